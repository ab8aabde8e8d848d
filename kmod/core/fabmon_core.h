/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a provider (fabmon_rdma, fabmon_cxl, ...) needs of the core.
 *
 * The core keeps a node as the bytes of its netlink attributes, which the
 * provider builds. Answers, dumps and notifications copy these bytes; a node
 * has changed if they differ.
 *
 * fabmon_store.lock (a mutex, store.c) is the innermost lock: every function
 * here may be called with the subsystem's own locks held (device_lock, rtnl,
 * the RDMA core's semaphores), and none of them calls back into a subsystem,
 * but for fabmon_provider.netns. All of them need process context unless their
 * description has another context.
 */
#ifndef FABMON_CORE_H
#define FABMON_CORE_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/fabmon.h>
#include <net/netlink.h>

struct fabmon_node;
struct net;

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
 * Context: any, NMI included.
 *
 * Return: the time.
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
 * struct fabmon_change - why and when the provider read a node
 * @stamp: when the first of the hooks fired that led to it
 * @cause: enum fabmon_cause bits
 */
struct fabmon_change {
	struct fabmon_stamp stamp;
	u32 cause;
};

/**
 * struct fabmon_provider - a module that brings nodes
 * @name: for user space: "rdma", "cxl"
 * @version: of the module
 * @netns: the only network namespace that may see the node with this context,
 *	or NULL if all may. Called with fabmon_store.lock held, while the node
 *	exists: it must not sleep, lock or block. Without it nodes are seen in
 *	the initial namespace alone.
 * @entry: the core's
 * @leaving: the core's, like those that follow: fabmon_provider_leave() was called
 * @nodes: nodes there are
 * @added: nodes that appeared
 * @changed: changes of nodes
 * @unchanged: updates that found nothing new
 * @deleted: nodes that went
 * @events: events
 */
struct fabmon_provider {
	const char *name;
	const char *version;
	const struct net *(*netns)(void *ctx);

	struct list_head entry;
	bool leaving;
	u32 nodes;
	u64 added;
	u64 changed;
	u64 unchanged;
	u64 deleted;
	u64 events;
};

/**
 * fabmon_provider_register - add a provider
 * @provider: static memory of the caller's module, kept until unregistered
 * @capabilities: enum fabmon_capability bits that come with it
 */
void fabmon_provider_register(struct fabmon_provider *provider,
			      u32 capabilities);

/**
 * fabmon_provider_leave - the provider's module is being unloaded
 * @provider: as registered
 *
 * Call before the nodes are removed. The removals that follow have the cause
 * provider-exit, so that a reader can tell a device that nobody watches any more
 * from one that has gone.
 */
void fabmon_provider_leave(struct fabmon_provider *provider);

/**
 * fabmon_provider_unregister - remove a provider
 * @provider: as registered; it has no nodes left
 * @capabilities: enum fabmon_capability bits that go with it; the reasons of
 *	absent ones are forgotten
 */
void fabmon_provider_unregister(struct fabmon_provider *provider,
				u32 capabilities);

/**
 * fabmon_capability_set - mark capabilities as present
 * @mask: enum fabmon_capability bits to set
 */
void fabmon_capability_set(u32 mask);

/**
 * fabmon_capability_clear - mark capabilities as absent
 * @mask: enum fabmon_capability bits to clear
 * @reason: why, in words for an administrator; a constant, or NULL to forget
 *	about it
 */
void fabmon_capability_clear(u32 mask, const char *reason);

/**
 * fabmon_attrs_new - get an empty buffer for a node's or an event's attributes
 * @room: how many bytes it shall take, at most FABMON_ATTRS_MAX, which is
 *	taken for what is larger
 *
 * The buffer takes nla_put() and its relatives. A description that needs more
 * than it asked for is a bug of the provider, which bounds its lists.
 *
 * Return: the buffer, to be handed to the core or freed with
 * fabmon_attrs_free(), or NULL without memory.
 */
struct sk_buff *fabmon_attrs_new(size_t room);

static inline void fabmon_attrs_free(struct sk_buff *attrs)
{
	kfree_skb(attrs);
}

/* What an ordinary node or event needs at most. */
#define FABMON_ATTRS_SIZE	4096

/* A nest's length has 16 bits; the core adds the id and the kind. */
#define FABMON_ATTRS_MAX	(63 * 1024)

/**
 * fabmon_put_u64 - append a 64-bit attribute
 * @attrs: takes it
 * @type: its type
 * @value: its value
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
 * @provider: whose it is
 * @ctx: for @provider->netns; valid as long as the node exists
 * @kind: what the node is
 * @attrs: its attributes of the set "node", without id and kind; taken over,
 *	whatever the result
 * @change: when and why
 *
 * Return: the node, which the provider owns until fabmon_node_remove(), or
 * ERR_PTR: -ENOMEM, -ENOSPC when all ids have been used.
 */
struct fabmon_node *fabmon_node_add(struct fabmon_provider *provider,
				    void *ctx, enum fabmon_node_kind kind,
				    struct sk_buff *attrs,
				    const struct fabmon_change *change);

/**
 * fabmon_node_update - publish a node's state again
 * @node: the node
 * @attrs: all of its attributes as they are now; taken over
 * @detail: attributes of the set "fabmon" that name what changed (gid-added
 *	and its like), or NULL; taken over
 * @change: when and why
 *
 * There is no notification if the bytes are the same as before. The provider
 * must not call this for one node from two places at a time.
 *
 * Return: 1 if the node changed, 0 if not, -ENOMEM if the new state could not
 * be kept: the old one stays and the caller tries again later.
 */
int fabmon_node_update(struct fabmon_node *node, struct sk_buff *attrs,
		       struct sk_buff *detail,
		       const struct fabmon_change *change);

/**
 * fabmon_node_remove - withdraw a node and free it
 * @node: the node, or NULL
 * @change: when and why
 *
 * Never fails, and waits for nothing but fabmon_store.lock.
 */
void fabmon_node_remove(struct fabmon_node *node,
			const struct fabmon_change *change);

/**
 * fabmon_node_id - the id that a node has for user space
 * @node: the node, or NULL
 *
 * Return: the id, 0 for NULL. Constant over the node's life; any context.
 */
u32 fabmon_node_id(const struct fabmon_node *node);

/**
 * fabmon_event_emit - publish an event
 * @provider: whose it is
 * @node: the node that it is about, whose readers get it; NULL for readers in
 *	the initial network namespace
 * @open: attributes of the set "event" that anyone may read; taken over
 * @secret: those with addresses and the raw record, or NULL; taken over
 * @change: when the hook fired, and why
 */
void fabmon_event_emit(struct fabmon_provider *provider,
		       const struct fabmon_node *node, struct sk_buff *open,
		       struct sk_buff *secret,
		       const struct fabmon_change *change);

/**
 * fabmon_event_lost - report that events were dropped
 * @provider: which provider dropped them
 * @count: how many; 0 does nothing
 * @stamp: when the provider noticed
 *
 * Seen in the initial network namespace.
 */
void fabmon_event_lost(struct fabmon_provider *provider, u64 count,
		       const struct fabmon_stamp *stamp);

/**
 * fabmon_sysfs_read - read an attribute of a device as user space would
 * @path: path of the device below /sys, as kobject_get_path() gives it
 * @name: name of the attribute, such as "target0"
 * @buf: takes the text without the newline at its end, and a NUL
 * @size: bytes of @buf
 *
 * For the few facts that a subsystem has in sysfs only. Reads the file through a
 * mount of our own of the initial namespace's sysfs, so that kernfs keeps the
 * device in place while its driver is asked, as for any other reader.
 *
 * Context: process, without any lock that an attribute might take (device_lock,
 * the CXL core's semaphores, RTNL), nor one that is held when those are.
 *
 * Return: length of the text, or -errno: -ENOENT where the device or the
 * attribute is not there.
 */
ssize_t fabmon_sysfs_read(const char *path, const char *name, char *buf,
			  size_t size);

#endif /* FABMON_CORE_H */
