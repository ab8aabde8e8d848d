/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the files of fabmon.ko share among themselves.
 *
 * store.c	the nodes
 * provider.c	who brings them, what can be reported and what cannot
 * publish.c	a record gets its number, is kept, and is sent
 * ring.c	the last notifications, for replays
 * net.c	network namespaces: a stream for each
 * message.c	netlink messages out of nodes and records
 * netlink.c	the family: requests
 * sysfs.c	reading an attribute of a device
 * debugfs.c	the above, for debugging this module
 */
#ifndef FABMON_CORE_PRIVATE_H
#define FABMON_CORE_PRIVATE_H

#include <linux/mutex.h>
#include <linux/xarray.h>

#include "fabmon_core.h"

/* Revision of the netlink interface; grows with each addition to it. */
#define FABMON_ABI	3

/*
 * For what is allocated with fabmon_store.lock held: the removal of a device
 * may wait for the lock, and freeing memory for the device.
 */
#define FABMON_GFP_LOCKED	(GFP_NOWAIT | __GFP_NOWARN)

enum { FABMON_GROUP_MONITOR, FABMON_GROUP_ADMIN, FABMON_GROUPS };

struct genl_family;
struct seq_file;

/**
 * struct fabmon_blob - serialised attributes, shared by a node and the ring
 * @users: how many hold it; fabmon_store.lock
 * @len: bytes of @data
 * @data: constant
 */
struct fabmon_blob {
	u32 users;
	u32 len;
	u8 data[];
};

/**
 * struct fabmon_node - a node
 * @id: for user space; constant
 * @kind: constant
 * @provider: whose it is; constant
 * @ctx: for @provider->netns; constant
 * @attrs: its attributes without id and kind. Only its provider changes them,
 *	under fabmon_store.lock.
 */
struct fabmon_node {
	u32 id;
	enum fabmon_node_kind kind;
	struct fabmon_provider *provider;
	void *ctx;
	struct fabmon_blob *attrs;
};

/**
 * struct fabmon_record - a notification, as it is sent and as it is kept
 * @change: when and why
 * @netns: cookie of the only network namespace that sees it, 0 for all
 * @body: attributes of the node or the open ones of the event; NULL for
 *	FABMON_ACTION_LOST
 * @extra: detail of a change, or the secret attributes of an event, or NULL
 * @id: of the node, 0 for an event
 * @kind: of the node
 * @action: enum fabmon_action
 */
struct fabmon_record {
	struct fabmon_change change;
	u64 netns;
	struct fabmon_blob *body;
	struct fabmon_blob *extra;
	u32 id;
	u16 kind;
	u16 action;
};

/**
 * struct fabmon_net - the stream of a network namespace
 * @entry: in fabmon_store.nets
 * @net: the namespace
 * @own: notifications so far that only this namespace sees
 * @first: number of the last notification before the namespace was made
 */
struct fabmon_net {
	struct list_head entry;
	struct net *net;
	u64 own;
	u64 first;
};

/**
 * struct fabmon_store - everything that the module knows
 * @lock: protects all of it, and the order of the stream: a notification is
 *	sent before the lock that numbered it is released. Innermost lock.
 * @nodes: id -> struct fabmon_node
 * @nets: every network namespace
 * @providers: registered ones
 * @instance: random, not 0; constant
 * @shared: notifications so far that every namespace sees
 * @last_id: id of the newest node; ids are not used again
 * @largest: bytes of attributes of the largest record so far
 * @capabilities: enum fabmon_capability bits
 * @lost_build: notifications that there was no memory for
 * @lost_hook: events that providers dropped
 * @lost_send: notifications that did not reach every subscriber
 */
struct fabmon_store {
	struct mutex lock;	/* all that follows */
	struct xarray nodes;
	struct list_head nets;
	struct list_head providers;
	u64 instance;
	u64 shared;
	u32 last_id;
	u32 largest;
	u32 capabilities;
	u64 lost_build;
	u64 lost_hook;
	u64 lost_send;
};

extern struct fabmon_store fabmon_store;

/* store.c */
void fabmon_store_init(void);
void fabmon_store_exit(void);
struct fabmon_blob *fabmon_blob_new(const struct sk_buff *attrs);
struct fabmon_blob *fabmon_blob_get(struct fabmon_blob *blob);
void fabmon_blob_put(struct fabmon_blob *blob);
const struct net *fabmon_scope(const struct fabmon_provider *provider,
			       void *ctx);
bool fabmon_node_visible(const struct fabmon_node *node, const struct net *net);

/* provider.c */
int fabmon_provider_fill(struct sk_buff *skb);
void fabmon_provider_show(struct seq_file *file);

/* publish.c */
void fabmon_publish(const struct net *scope, struct fabmon_record *record);
void fabmon_publish_lost(const struct net *scope,
			 const struct fabmon_change *change);

/* ring.c */
int fabmon_ring_init(void);
void fabmon_ring_exit(void);
void fabmon_ring_put(const struct fabmon_record *record);
u64 fabmon_ring_head(void);
u64 fabmon_ring_oldest(void);
const struct fabmon_record *fabmon_ring_at(u64 pos);
u64 fabmon_ring_find(const struct fabmon_net *fnet, u64 from, u64 *pos);
int fabmon_ring_fill(struct sk_buff *skb);

/* net.c */
int fabmon_net_init(void);
void fabmon_net_exit(void);
struct fabmon_net *fabmon_net(const struct net *net);
u64 fabmon_net_seq(const struct fabmon_net *fnet);
bool fabmon_net_sees(const struct fabmon_net *fnet,
		     const struct fabmon_record *record);

/* message.c */
size_t fabmon_message_size(size_t attrs);
struct sk_buff *fabmon_message_notification(const struct fabmon_record *record,
					    bool admin);
void fabmon_message_number(struct sk_buff *skb, u64 seq);
int fabmon_message_replay(struct sk_buff *skb, u64 seq,
			  const struct fabmon_record *record, bool admin);
int fabmon_message_lost(struct sk_buff *skb, u64 seq, u64 count);
int fabmon_message_node(struct sk_buff *skb, u64 seq,
			const struct fabmon_node *node);

/* netlink.c */
extern struct genl_family fabmon_family;
int fabmon_netlink_init(void);
void fabmon_netlink_exit(void);

/* sysfs.c */
int fabmon_sysfs_init(void);
void fabmon_sysfs_exit(void);

/* debugfs.c */
void fabmon_debugfs_init(void);
void fabmon_debugfs_exit(void);

#endif /* FABMON_CORE_PRIVATE_H */
