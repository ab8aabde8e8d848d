/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* From a request to its reply. */
#ifndef FABMON_SVC_HANDLE_H
#define FABMON_SVC_HANDLE_H

#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/site.h"

void svc_handle(struct svc_site *site, struct svc_request *request,
		struct svc_reply *reply);

#endif /* FABMON_SVC_HANDLE_H */
