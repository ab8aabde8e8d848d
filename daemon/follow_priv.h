/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What follow.c says in the log, and how (follow_log.c). */
#ifndef FABMON_FOLLOW_PRIV_H
#define FABMON_FOLLOW_PRIV_H

#include "model.h"

#define TO_LOAD		"load it: modprobe -a fabmon_rdma fabmon_cxl"

/* What an event is, at the level that it deserves. */
void follow_log_event(const struct knl_msg *msg);
/* Why the kernel cannot be followed, and what to do. @error: -errno. */
void follow_log_open(int error);

#endif /* FABMON_FOLLOW_PRIV_H */
