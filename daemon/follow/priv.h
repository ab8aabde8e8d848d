/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Inside of following: what follow.c says in the log, and how (log.c), and
 * what notifications make of the model (take.c).
 */
#ifndef FABMON_FOLLOW_PRIV_H
#define FABMON_FOLLOW_PRIV_H

#include "host/facts.h"
#include "kernel/knl/info.h"
#include "kernel/knl/message.h"
#include "model/model.h"

#define TO_LOAD		"load it: modprobe -a fabmon_rdma fabmon_cxl"

/* Reads the facts that are marked, and gives new nodes their identities. */
int follow_identify(struct facts *facts, struct model *model,
		    const char *sysfs);

/*
 * Each returns 1 where there is something to publish, 0 where there is not, or
 * -ENOMEM: the model is not what the kernel says. The node is moved out of
 * @msg.
 */
int follow_take_node(struct facts *facts, struct model *model,
		     struct knl_msg *msg);
/* A change that a dump has gone past, but that nobody was told of. */
int follow_take_old_node(struct facts *facts, struct model *model,
			 const char *sysfs, const struct knl_msg *msg);
/* A dump does not repeat events: they count whatever their number. */
int follow_take_event(struct facts *facts, struct model *model,
		      const char *sysfs, const struct knl_msg *msg);

/* What an event is, at the level that it deserves. */
void follow_log_event(const struct knl_msg *msg);
/* That nothing is to be seen, or not all: what can be done. */
void follow_log_providers(const struct knl_info *info);
void follow_log_unreadable(const struct model *model);
/* Why the kernel cannot be followed, and what to do. @error: -errno. */
void follow_log_open(int error);

#endif /* FABMON_FOLLOW_PRIV_H */
