/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files of fabmon.ko share among themselves. */
#ifndef FABMON_CORE_PRIVATE_H
#define FABMON_CORE_PRIVATE_H

#include <linux/mutex.h>
#include <linux/xarray.h>

#include "fabmon_core.h"

/* Revision of the netlink interface; grows with each addition to it. */
#define FABMON_ABI	1

struct fabmon_node {
	u32 id;
	enum fabmon_node_kind kind;
	/* Serialised attributes without id and kind. Under fabmon_store.lock. */
	u32 len;
	void *attrs;
};

/**
 * struct fabmon_store - everything that the module knows
 * @lock: protects all of it, and the order of the stream: a notification is
 *	sent before the lock that numbered it is released. Innermost lock.
 * @nodes: id -> struct fabmon_node
 * @instance: random, not 0; constant
 * @seq: number of the last notification
 * @last_id: id of the newest node; ids are not used again
 * @count: number of nodes
 * @capabilities: enum fabmon_capability bits
 * @lost_build: notifications that there was no memory for
 * @lost_hook: events that providers dropped
 * @lost_send: notifications that netlink could not hand to somebody
 */
struct fabmon_store {
	struct mutex lock;
	struct xarray nodes;
	u64 instance;
	u64 seq;
	u32 last_id;
	u32 count;
	u32 capabilities;
	u64 lost_build;
	u64 lost_hook;
	u64 lost_send;
};

extern struct fabmon_store fabmon_store;

void fabmon_store_init(void);
void fabmon_store_exit(void);

/**
 * fabmon_notify_node - number and send a notification about a node
 * @cmd: FABMON_CMD_NODE_ADD_NTF, _CHANGE_NTF or _DELETE_NTF
 * @node: the node, with the state to tell
 * @stamp: when the provider learned of it
 *
 * Context: fabmon_store.lock held. Without subscribers it costs one test.
 */
void fabmon_notify_node(u8 cmd, const struct fabmon_node *node,
			const struct fabmon_stamp *stamp);

/**
 * fabmon_notify_health - number and send a health event
 * @open: attributes for both groups
 * @secret: further ones for the group "admin" only, or NULL
 *
 * Context: fabmon_store.lock held.
 */
void fabmon_notify_health(const struct sk_buff *open,
			  const struct sk_buff *secret,
			  const struct fabmon_stamp *stamp);

int fabmon_netlink_init(void);
void fabmon_netlink_exit(void);

#endif /* FABMON_CORE_PRIVATE_H */
