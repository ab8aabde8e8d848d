/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Client of the kernel's generic netlink family "fabmon".
 *
 * Two sockets: one for requests, one for notifications, so that neither waits
 * for the other. The daemon and the command share this file and nothing else.
 */
#ifndef FABMON_KNL_H
#define FABMON_KNL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/fabmon.h>
#include <linux/netlink.h>

#define KNL_PCI_LEN	16	/* "dddd:bb:dd.f" and room for a long domain */
#define KNL_IFNAME_LEN	16
#define KNL_ADDRESS_LEN	32	/* the kernel's MAX_ADDR_LEN */

/* Most edges of a node, and most GIDs of a port, that a message may have. */
#define KNL_LIST_MAX	4096

/* Bit of an attribute in a member @has: the message had it. */
#define KNL_HAS(attr)		(1ULL << (attr))

/* One entry of node.edges. Strings are NULL or empty where absent. */
struct knl_edge {
	uint64_t has;			/* FABMON_A_EDGE_* */
	enum fabmon_edge_type type;
	uint32_t index;
	uint32_t node;			/* 0: not a node */
	uint32_t ifindex;		/* 0: none */
	char ifname[KNL_IFNAME_LEN];
	uint32_t mtu;			/* bytes, of a netdev */
	uint8_t address[KNL_ADDRESS_LEN];
	uint8_t address_len;		/* 0: none */
	uint32_t up, carrier;		/* 0 or 1, of a netdev */
	uint32_t master_ifindex;	/* 0: none */
	char master_ifname[KNL_IFNAME_LEN];
	uint64_t start, size;		/* bytes, of memory */
	int32_t numa_node;
	char pci[KNL_PCI_LEN];
	char *path;
};

struct knl_gid {
	uint32_t index;
	enum fabmon_gid_type type;
	uint32_t ifindex;
	uint8_t value[16];
};

struct knl_pkey {
	uint32_t index;
	uint32_t value;
};

struct knl_rdma_dev {
	uint64_t has;			/* FABMON_A_RDMA_DEV_* */
	uint32_t index;
	uint32_t node_type;
	uint64_t node_guid;
	uint64_t sys_image_guid;
	uint32_t ports;
	uint64_t capabilities;
	uint64_t netns_cookie;
	char *firmware;
	char *board_id;
};

struct knl_rdma_port {
	uint64_t has;			/* FABMON_A_RDMA_PORT_* */
	uint32_t number;
	uint32_t state;
	uint32_t phys_state;
	uint32_t link_layer;
	enum fabmon_rdma_protocol protocol;
	uint32_t protocols;		/* 1 << enum fabmon_rdma_protocol */
	uint32_t speed;
	uint32_t width;
	uint32_t rate;			/* Mb/s */
	uint32_t active_mtu;		/* bytes */
	uint32_t max_mtu;		/* bytes */
	uint32_t lid, lmc, sm_lid, sm_sl;
	uint32_t capabilities, capabilities2;
	uint64_t subnet_prefix;
	uint32_t gid_count;
	struct knl_gid *gids;
	size_t n_gids;
	uint32_t pkey_count;
	struct knl_pkey *pkeys;
	size_t n_pkeys;
};

struct knl_cxl_port {
	uint64_t has;			/* FABMON_A_CXL_PORT_* */
	enum fabmon_cxl_port_role role;
	uint32_t dports;
};

struct knl_cxl_region {
	uint64_t has;			/* FABMON_A_CXL_REGION_* */
	uint32_t committed;		/* 0 or 1 */
	uint32_t targets;
};

/**
 * struct knl_node - one node as the kernel described it
 *
 * Owns its strings and arrays; knl_node_free() frees them, knl_node_move()
 * hands them over.
 */
struct knl_node {
	uint32_t id;
	uint32_t parent;		/* 0: none */
	enum fabmon_node_kind kind;
	int32_t numa_node;		/* -1: unknown */
	char pci[KNL_PCI_LEN];
	char *name;
	char *path;			/* below /sys, leading slash */
	char *driver;			/* NULL: not bound */
	struct knl_edge *edges;
	size_t n_edges;
	struct knl_rdma_dev dev;	/* kind RDMA_DEV */
	struct knl_rdma_port port;	/* kind RDMA_PORT */
	struct knl_cxl_port cxl_port;	/* kinds CXL_ROOT, _PORT, _ENDPOINT */
	struct knl_cxl_region region;	/* kind CXL_REGION */
};

struct knl_bytes {
	uint8_t *data;
	size_t len;
};

/**
 * struct knl_event - one event
 * @has: which attributes came, by FABMON_A_EVENT_*
 * @num: those that are numbers; read with knl_event_num()
 * @bytes: those that are binary, such as the raw record
 * @device: NULL where absent
 * @pci: empty where absent
 * @raw: the attributes as they came, for knl_event_parse() some other day; none
 *	in an event that came no such way
 */
struct knl_event {
	bool has[FABMON_A_EVENT_MAX + 1];
	uint64_t num[FABMON_A_EVENT_MAX + 1];
	struct knl_bytes bytes[FABMON_A_EVENT_MAX + 1];
	char *device;
	char pci[KNL_PCI_LEN];
	struct knl_bytes raw;
};

/* What came into a port's tables, or went out of them. */
struct knl_tables {
	struct knl_gid *gids;
	size_t n_gids;
	struct knl_pkey *pkeys;
	size_t n_pkeys;
};

/**
 * struct knl_msg - one message of the family, taken apart
 * @cmd: enum of FABMON_CMD_*: NODE_GET (answer), NODE_*_NTF or EVENT_NTF, also
 *	of a notification that is replayed; EVENT_GET: see @lost
 * @instance: the module's instance
 * @seq: sequence number of the notification, or that the answer is true at
 * @boottime: CLOCK_BOOTTIME ns, 0 in answers
 * @realtime: CLOCK_REALTIME ns, 0 in answers
 * @cause: FABMON_CAUSE_* bits, what led to the notification
 * @action: of what is replayed; @cmd follows from it
 * @lost: of EVENT_GET: this many notifications, @seq the last of them, cannot
 *	be replayed any more
 * @node: the node, of messages that have one
 * @event: the event of EVENT_NTF
 * @added: of NODE_CHANGE_NTF
 * @removed: of NODE_CHANGE_NTF
 */
struct knl_msg {
	uint8_t cmd;
	uint64_t instance;
	uint64_t seq;
	uint64_t boottime;
	uint64_t realtime;
	uint32_t cause;
	enum fabmon_action action;
	uint64_t lost;
	struct knl_node node;
	struct knl_event event;
	struct knl_tables added, removed;
};

/* Providers and absent capabilities that are kept; there are fewer. */
#define KNL_PROVIDERS_MAX	8
#define KNL_ABSENCES_MAX	32

struct knl_provider {
	char name[32];
	char version[32];
	uint32_t nodes;
	uint64_t added, changed, unchanged, deleted, events;
};

struct knl_absence {
	uint32_t capability;		/* FABMON_CAPABILITY_* bits */
	char reason[128];
};

struct knl_info {
	uint64_t has;			/* FABMON_A_INFO_* */
	char version[32];
	uint32_t abi;
	uint64_t instance;
	uint64_t seq;
	uint32_t nodes;
	uint32_t capabilities;
	uint64_t lost_build, lost_hook, lost_send;
	uint32_t ring_size, ring_used;
	uint64_t ring_bytes, ring_dropped;
	struct knl_provider providers[KNL_PROVIDERS_MAX];
	size_t n_providers;
	struct knl_absence absences[KNL_ABSENCES_MAX];
	size_t n_absences;
};

/*
 * The oldest interface revision that will do. What later ones added is missed
 * but not needed: where a module cannot replay (2), its nodes are dumped.
 */
#ifndef KNL_ABI
#define KNL_ABI		1
#endif

/**
 * knl_msg_parse - take one netlink message apart (pure; fuzzed)
 * @hdr: the message; @len bytes of it are readable
 * @msg: filled on success; knl_msg_clear() frees what it holds
 *
 * Unknown attributes are skipped, and so is what a command has that this
 * client does not know: such a message has @cmd, @instance and @seq, and its
 * reader counts it and does no more. An unknown kind of node or event keeps
 * its number. Bytes of a text that are not printable UTF-8 become '?'.
 *
 * Return: 0; -EBADMSG for a message that is cut short, malformed, of another
 * family's shape or without a mandatory attribute; -ENOMEM. After an error
 * @msg is empty.
 */
int knl_msg_parse(const struct nlmsghdr *hdr, size_t len, struct knl_msg *msg);
void knl_msg_clear(struct knl_msg *msg);

/**
 * knl_info_parse - take the answer to info-get apart (pure; fuzzed)
 * @hdr: the message; @len bytes of it are readable
 * @info: filled on success; owns nothing
 *
 * Return: 0 or -EBADMSG.
 */
int knl_info_parse(const struct nlmsghdr *hdr, size_t len,
		   struct knl_info *info);

/**
 * knl_event_parse - take the attributes of an event apart again (pure; fuzzed)
 * @raw: what @event.raw held, of this version of the module or another
 * @event: filled on success; knl_event_clear() frees what it holds
 *
 * Return: 0, -EBADMSG or -ENOMEM. After an error @event is empty.
 */
int knl_event_parse(const struct knl_bytes *raw, struct knl_event *event);

/* All leave an empty object behind, and take one. */
void knl_node_clear(struct knl_node *node);
void knl_event_clear(struct knl_event *event);
/* Moves *from into *to (freeing what *to held) and leaves *from empty. */
void knl_node_move(struct knl_node *to, struct knl_node *from);

/**
 * knl_event_num - a number of an event
 * @event: the event
 * @attr: FABMON_A_EVENT_*
 * @def: what to answer where the event has no such attribute
 */
int64_t knl_event_num(const struct knl_event *event, int attr, int64_t def);

/*
 * Names of the specification's enum values, for people and for JSON; "unknown"
 * for a value that a newer module has. Never NULL, never to be freed.
 */
const char *knl_kind_name(enum fabmon_node_kind kind);
const char *knl_edge_name(enum fabmon_edge_type type);
const char *knl_event_name(enum fabmon_event_type type);
const char *knl_protocol_name(enum fabmon_rdma_protocol protocol);
const char *knl_role_name(enum fabmon_cxl_port_role role);
/* Of one bit, FABMON_CAUSE_* or FABMON_CAPABILITY_*. */
const char *knl_cause_name(uint32_t bit);
const char *knl_capability_name(uint32_t bit);

struct knl;

/**
 * knl_open - open both sockets and join the stream
 * @knl: out: the client; knl_close() frees it
 * @group: FABMON_MCGRP_MONITOR, FABMON_MCGRP_ADMIN, or NULL for requests only
 *
 * The group is joined before this returns, so that a dump that follows misses
 * nothing. Sockets are non-blocking for notifications and CLOEXEC.
 *
 * Return: 0; -ENOENT: the module is not loaded; -EPERM: the group needs
 * CAP_NET_ADMIN; -EPROTO: the module is older than KNL_ABI; other -errno.
 */
int knl_open(struct knl **knl, const char *group);
void knl_close(struct knl *knl);

/* File descriptor of the notifications, readable when there are some. */
int knl_fd(const struct knl *knl);

/*
 * Requests. They block until the kernel has answered, which it does at once;
 * -ETIMEDOUT after 10 s without an answer. -ENODEV: the module is not loaded
 * (any more). Not to be called from the callbacks of knl_dump() and knl_replay().
 */
int knl_info_get(struct knl *knl, struct knl_info *info);

/**
 * knl_reason - what the kernel said of the last request, in words
 *
 * Return: the kernel's text where it refused the request and gave one, else
 * "". Valid until the next request.
 */
const char *knl_reason(const struct knl *knl);

typedef int (*knl_msg_fn)(struct knl_msg *msg, void *ctx);

/**
 * knl_dump - read all nodes
 * @begin: called before each attempt (a dump that something changed under is
 *	repeated from the start), so that the caller forgets the last one
 * @fn: called for each node; may move the node out of the message
 *
 * Return: 0; -EAGAIN when it still was interrupted after 16 attempts; other
 * -errno, also what @fn returned.
 */
int knl_dump(struct knl *knl, void (*begin)(void *ctx), knl_msg_fn fn, void *ctx);

/**
 * knl_replay - read notifications again that the module still has
 * @instance: of the module that numbered them, 0: whichever is there
 * @seq: number of the first, 0: the oldest that there is
 * @fn: called for each, in order, up to the last that was sent when this was
 *	called; may move the node out of the message
 *
 * They are like those of knl_receive(). What is there no more is told by
 * messages with the command EVENT_GET, see struct knl_msg. With CAP_NET_ADMIN
 * events have addresses.
 *
 * Return: 0; -ESTALE: it is another instance; -ERANGE: @seq is still to come
 * and not the next; -EOPNOTSUPP: the module is older than that; other -errno,
 * also what @fn returned.
 */
int knl_replay(struct knl *knl, uint64_t instance, uint64_t seq, knl_msg_fn fn,
	       void *ctx);

/*
 * Read one node by id; knl_msg_clear() frees it. -ENOENT where there is none,
 * and *msg is empty then.
 */
int knl_node_get(struct knl *knl, uint32_t id, struct knl_msg *msg);

/**
 * knl_receive - hand over the notifications that are waiting
 * @max: at most this many in one call, so that the loop stays fair; after an
 *	overrun all that are waiting
 * @fn: called for each; may move the node out of the message and send requests
 *
 * An error says nothing about notifications before it: those were handed over.
 *
 * The client also watches the generic netlink controller: when the module goes
 * and when it comes back, without polling.
 *
 * Return: the number handed over, 0 when there are none; -ENOBUFS when the
 * socket overran, all that was waiting has been handed over, and those after
 * it are missing (replay); -ENODEV once when the
 * module was unloaded; -ESTALE once when it is back and the group was joined
 * anew (dump again); -EPROTO when what came back is too old; -EBADMSG when a
 * notification made no sense and is missing (replay); other -errno, also what
 * @fn returned.
 */
int knl_receive(struct knl *knl, unsigned int max, knl_msg_fn fn, void *ctx);

#endif /* FABMON_KNL_H */
