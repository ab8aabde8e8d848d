/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a provider (fabmon_rdma, fabmon_cxl, ...) needs of the core.
 *
 * The core keeps a node as the netlink attributes that describe it, built once
 * by the provider. Reading, dumping and notifying copy these bytes; a change
 * is a difference in them.
 *
 * fabmon_lock (a mutex, store.c) is the innermost lock: every function here
 * may be called with the subsystem's own locks held (device_lock, rtnl, the
 * RDMA core's semaphores), and none of them calls back into a subsystem. All
 * of them need process context unless their description says otherwise.
 */
#ifndef FABMON_CORE_H
#define FABMON_CORE_H

#include <linux/ktime.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/fabmon.h>
#include <net/netlink.h>

struct fabmon_node;

/**
 * struct fabmon_stamp - when something happened
 * @boottime: CLOCK_BOOTTIME in ns
 * @realtime: CLOCK_REALTIME in ns
 */
struct fabmon_stamp {
	u64 boottime;
	u64 realtime;
};

/**
 * fabmon_stamp_now - take both clocks
 *
 * Any context, NMI included.
 */
static inline struct fabmon_stamp fabmon_stamp_now(void)
{
	struct fabmon_stamp stamp = {
		.boottime = ktime_get_boot_fast_ns(),
		.realtime = ktime_get_real_fast_ns(),
	};

	return stamp;
}

/**
 * fabmon_attrs_new - get an empty buffer for a node's or an event's attributes
 *
 * The buffer takes nla_put() and its relatives. It has room for
 * FABMON_ATTRS_SIZE bytes; a description that needs more is a bug of the
 * provider, which bounds its lists.
 *
 * Return: the buffer, to be handed to the core or freed with
 * fabmon_attrs_free(), or NULL without memory.
 */
struct sk_buff *fabmon_attrs_new(void);

static inline void fabmon_attrs_free(struct sk_buff *attrs)
{
	kfree_skb(attrs);
}

#define FABMON_ATTRS_SIZE	8192

/**
 * fabmon_put_u64 - append a 64-bit attribute
 *
 * Without padding to 8 bytes, which nla_put_u64_64bit() would add on some
 * architectures: descriptions are copied to where the alignment is another.
 *
 * Return: 0 or -EMSGSIZE.
 */
static inline int fabmon_put_u64(struct sk_buff *attrs, int type, u64 value)
{
	return nla_put(attrs, type, sizeof(value), &value);
}

/**
 * fabmon_node_add - publish a node
 * @kind: what the node is
 * @attrs: its attributes of the set "node", without id and kind; taken over,
 *	whatever the result
 * @stamp: when the provider learned of it
 *
 * Return: the node, which the provider owns until fabmon_node_remove(), or
 * ERR_PTR: -ENOMEM, -ENOSPC when all ids have been used.
 */
struct fabmon_node *fabmon_node_add(enum fabmon_node_kind kind,
				    struct sk_buff *attrs,
				    const struct fabmon_stamp *stamp);

/**
 * fabmon_node_update - publish a node's state again
 * @node: the node
 * @attrs: all of its attributes as they are now; taken over
 * @stamp: when the provider learned of the change
 *
 * Says nothing to anyone if nothing differs from what is known. The provider
 * lets one caller at a time do this to a node.
 *
 * Return: 1 if the node changed, 0 if not, -ENOMEM if the new state could not
 * be kept: the old one stays and the caller tries again later.
 */
int fabmon_node_update(struct fabmon_node *node, struct sk_buff *attrs,
		       const struct fabmon_stamp *stamp);

/**
 * fabmon_node_remove - withdraw a node and free it
 * @node: the node, or NULL
 * @stamp: when the provider learned of it
 *
 * Never fails, and waits for nothing but fabmon_lock.
 */
void fabmon_node_remove(struct fabmon_node *node,
			const struct fabmon_stamp *stamp);

/**
 * fabmon_node_id - the id that a node has for user space
 * @node: the node, or NULL
 *
 * Return: the id, 0 for NULL. Constant over the node's life; any context.
 */
u32 fabmon_node_id(const struct fabmon_node *node);

/**
 * fabmon_health_emit - publish a health event
 * @open: attributes of the set "event" that anyone may read; taken over
 * @secret: those with addresses and the raw record, or NULL; taken over
 * @stamp: when the hook fired
 */
void fabmon_health_emit(struct sk_buff *open, struct sk_buff *secret,
			const struct fabmon_stamp *stamp);

/**
 * fabmon_health_lost - tell readers that health events were dropped
 * @count: how many; 0 does nothing
 * @stamp: when the provider noticed
 */
void fabmon_health_lost(u64 count, const struct fabmon_stamp *stamp);

/**
 * fabmon_capability_set - say what can be reported
 * @mask: enum fabmon_capability bits to set
 */
void fabmon_capability_set(u32 mask);

/**
 * fabmon_capability_clear - say what can no longer be reported
 * @mask: enum fabmon_capability bits to clear
 */
void fabmon_capability_clear(u32 mask);

#endif /* FABMON_CORE_H */
