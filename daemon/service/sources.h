/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What clients may change of what the tree has. The context of each is the site. */
#ifndef FABMON_SVC_SOURCES_H
#define FABMON_SVC_SOURCES_H

#include "service/protocol/source.h"

extern const struct svc_source_ops svc_subscription_ops;
extern const struct svc_source_ops svc_log_ops;
extern const struct svc_source_ops svc_change_ops;

#endif /* FABMON_SVC_SOURCES_H */
