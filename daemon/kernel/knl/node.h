/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A node as the kernel describes it: identity, edges to other objects, and what
 * goes with its kind.
 */
#ifndef FABMON_KNL_NODE_H
#define FABMON_KNL_NODE_H

#include <stddef.h>
#include <stdint.h>
#include <linux/fabmon.h>

#define KNL_PCI_LEN	16	/* "dddd:bb:dd.f" and room for a long domain */
#define KNL_IFNAME_LEN	16
#define KNL_ADDRESS_LEN	32	/* the kernel's MAX_ADDR_LEN */

/* Most edges of a node, and most GIDs of a port, that a message may have. */
#define KNL_LIST_MAX	4096

/* Bit of an attribute in a member @has: the message had it. */
#define KNL_HAS(attr)		(1ULL << (attr))

struct knl_bytes {
	uint8_t *data;
	size_t len;
};

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
 * Owns its strings and arrays; knl_node_clear() frees them, knl_node_move()
 * hands them over. @raw has the attributes as they came, for knl_node_parse() some
 * other day; none in a node that came no such way.
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
	struct knl_bytes raw;
};

/**
 * knl_node_parse - take the attributes of a node apart again (pure; fuzzed)
 * @raw: what @node.raw held, of this version of the module or another
 * @node: filled on success; knl_node_clear() frees what it holds
 *
 * Return: 0, -EBADMSG or -ENOMEM. After an error @node is empty.
 */
int knl_node_parse(const struct knl_bytes *raw, struct knl_node *node);

/* Frees what the node holds and leaves it empty; an empty one is fine. */
void knl_node_clear(struct knl_node *node);
/* Moves *from into *to (freeing what *to held) and leaves *from empty. */
void knl_node_move(struct knl_node *to, struct knl_node *from);

#endif /* FABMON_KNL_NODE_H */
