// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Nodes: reading them out of attributes, and owning what they hold. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"

_Static_assert(FABMON_A_NODE_MAX < 64 && FABMON_A_EDGE_MAX < 64 &&
	       FABMON_A_RDMA_PORT_MAX < 64, "sets of attributes are u64");

void knl_node_clear(struct knl_node *node)
{
	size_t i;

	for (i = 0; i < node->n_edges; i++)
		free(node->edges[i].path);
	free(node->edges);
	free(node->name);
	free(node->path);
	free(node->driver);
	free(node->dev.firmware);
	free(node->dev.board_id);
	free(node->port.gids);
	free(node->port.pkeys);
	free(node->raw.data);
	memset(node, 0, sizeof(*node));
}

void knl_node_move(struct knl_node *to, struct knl_node *from)
{
	if (to == from)
		return;
	knl_node_clear(to);
	*to = *from;
	memset(from, 0, sizeof(*from));
}

static int address_read(void *object, struct knl_span span)
{
	struct knl_edge *edge = object;

	if (span.len > sizeof(edge->address))
		return -EBADMSG;
	memcpy(edge->address, span.pos, span.len);
	edge->address_len = span.len;
	return 0;
}

#define EDGE(type, attr, member) \
	[FABMON_A_EDGE_##attr] = FIELD(type, struct knl_edge, member)

static const struct knl_field edge_fields[FABMON_A_EDGE_MAX + 1] = {
	EDGE(U32, TYPE, type),
	EDGE(U32, INDEX, index),
	EDGE(U32, NODE, node),
	EDGE(TEXT, PATH, path),
	EDGE(SHORT, PCI, pci),
	EDGE(U32, IFINDEX, ifindex),
	EDGE(SHORT, IFNAME, ifname),
	EDGE(U32, MTU, mtu),
	[FABMON_A_EDGE_ADDRESS] = NEST(address_read),
	EDGE(U32, UP, up),
	EDGE(U32, CARRIER, carrier),
	EDGE(U32, MASTER_IFINDEX, master_ifindex),
	EDGE(SHORT, MASTER_IFNAME, master_ifname),
	EDGE(U64, START, start),
	EDGE(U64, SIZE, size),
	EDGE(U32, NUMA_NODE, numa_node),
};

static int edge_read(void *object, struct knl_span span)
{
	struct knl_node *node = object;
	struct knl_edge *edges, *edge;

	edges = knl_array_add(node->edges, node->n_edges, sizeof(*edges));
	if (!edges)
		return -errno;
	node->edges = edges;
	edge = &edges[node->n_edges++];
	edge->numa_node = -1;
	return knl_fields_read(span, edge_fields, FABMON_A_EDGE_MAX, edge,
			       &edge->has);
}

static int gid_value_read(void *object, struct knl_span span)
{
	struct knl_gid *gid = object;

	if (span.len != sizeof(gid->value))
		return -EBADMSG;
	memcpy(gid->value, span.pos, sizeof(gid->value));
	return 0;
}

static const struct knl_field gid_fields[FABMON_A_GID_MAX + 1] = {
	[FABMON_A_GID_INDEX] = FIELD(U32, struct knl_gid, index),
	[FABMON_A_GID_TYPE] = FIELD(U32, struct knl_gid, type),
	[FABMON_A_GID_VALUE] = NEST(gid_value_read),
	[FABMON_A_GID_IFINDEX] = FIELD(U32, struct knl_gid, ifindex),
};

int knl_gid_read(struct knl_gid **gids, size_t *n, struct knl_span span)
{
	struct knl_gid *grown;
	uint64_t has = 0;

	grown = knl_array_add(*gids, *n, sizeof(*grown));
	if (!grown)
		return -errno;
	*gids = grown;
	return knl_fields_read(span, gid_fields, FABMON_A_GID_MAX,
			       &grown[(*n)++], &has);
}

static const struct knl_field pkey_fields[FABMON_A_PKEY_MAX + 1] = {
	[FABMON_A_PKEY_INDEX] = FIELD(U32, struct knl_pkey, index),
	[FABMON_A_PKEY_VALUE] = FIELD(U32, struct knl_pkey, value),
};

int knl_pkey_read(struct knl_pkey **pkeys, size_t *n, struct knl_span span)
{
	struct knl_pkey *grown;
	uint64_t has = 0;

	grown = knl_array_add(*pkeys, *n, sizeof(*grown));
	if (!grown)
		return -errno;
	*pkeys = grown;
	return knl_fields_read(span, pkey_fields, FABMON_A_PKEY_MAX,
			       &grown[(*n)++], &has);
}

#define DEV(type, attr, member) \
	[FABMON_A_RDMA_DEV_##attr] = FIELD(type, struct knl_rdma_dev, member)

static const struct knl_field dev_fields[FABMON_A_RDMA_DEV_MAX + 1] = {
	DEV(U32, INDEX, index),
	DEV(U32, NODE_TYPE, node_type),
	DEV(U64, NODE_GUID, node_guid),
	DEV(U64, SYS_IMAGE_GUID, sys_image_guid),
	DEV(TEXT, FIRMWARE, firmware),
	DEV(U32, PORTS, ports),
	DEV(TEXT, BOARD_ID, board_id),
	DEV(U64, CAPABILITIES, capabilities),
	DEV(U64, NETNS_COOKIE, netns_cookie),
};

static int dev_read(void *object, struct knl_span span)
{
	struct knl_rdma_dev *dev = &((struct knl_node *)object)->dev;

	return knl_fields_read(span, dev_fields, FABMON_A_RDMA_DEV_MAX, dev,
			       &dev->has);
}

static int port_gid_read(void *object, struct knl_span span)
{
	struct knl_rdma_port *port = object;

	return knl_gid_read(&port->gids, &port->n_gids, span);
}

static int port_pkey_read(void *object, struct knl_span span)
{
	struct knl_rdma_port *port = object;

	return knl_pkey_read(&port->pkeys, &port->n_pkeys, span);
}

#define PORT(type, attr, member) \
	[FABMON_A_RDMA_PORT_##attr] = FIELD(type, struct knl_rdma_port, member)

static const struct knl_field port_fields[FABMON_A_RDMA_PORT_MAX + 1] = {
	PORT(U32, NUMBER, number),
	PORT(U32, STATE, state),
	PORT(U32, PHYS_STATE, phys_state),
	PORT(U32, LINK_LAYER, link_layer),
	PORT(U32, PROTOCOL, protocol),
	PORT(U32, SPEED, speed),
	PORT(U32, WIDTH, width),
	PORT(U32, RATE, rate),
	PORT(U32, ACTIVE_MTU, active_mtu),
	PORT(U32, MAX_MTU, max_mtu),
	PORT(U32, LID, lid),
	PORT(U32, LMC, lmc),
	PORT(U32, SM_LID, sm_lid),
	PORT(U32, SM_SL, sm_sl),
	PORT(U32, CAPABILITIES, capabilities),
	PORT(U64, SUBNET_PREFIX, subnet_prefix),
	PORT(U32, GID_COUNT, gid_count),
	[FABMON_A_RDMA_PORT_GID] = NEST(port_gid_read),
	PORT(U32, PROTOCOLS, protocols),
	PORT(U32, CAPABILITIES2, capabilities2),
	PORT(U32, PKEY_COUNT, pkey_count),
	[FABMON_A_RDMA_PORT_PKEY] = NEST(port_pkey_read),
};

static int port_read(void *object, struct knl_span span)
{
	struct knl_rdma_port *port = &((struct knl_node *)object)->port;

	return knl_fields_read(span, port_fields, FABMON_A_RDMA_PORT_MAX, port,
			       &port->has);
}

static const struct knl_field cxl_port_fields[FABMON_A_CXL_PORT_MAX + 1] = {
	[FABMON_A_CXL_PORT_ROLE] = FIELD(U32, struct knl_cxl_port, role),
	[FABMON_A_CXL_PORT_DPORTS] = FIELD(U32, struct knl_cxl_port, dports),
};

static int cxl_port_read(void *object, struct knl_span span)
{
	struct knl_cxl_port *port = &((struct knl_node *)object)->cxl_port;

	return knl_fields_read(span, cxl_port_fields, FABMON_A_CXL_PORT_MAX,
			       port, &port->has);
}

static const struct knl_field cxl_region_fields[FABMON_A_CXL_REGION_MAX + 1] = {
	[FABMON_A_CXL_REGION_COMMITTED] =
		FIELD(U32, struct knl_cxl_region, committed),
	[FABMON_A_CXL_REGION_TARGETS] =
		FIELD(U32, struct knl_cxl_region, targets),
};

static int cxl_region_read(void *object, struct knl_span span)
{
	struct knl_cxl_region *region = &((struct knl_node *)object)->region;

	return knl_fields_read(span, cxl_region_fields,
			       FABMON_A_CXL_REGION_MAX, region, &region->has);
}

static const struct knl_field node_fields[FABMON_A_NODE_MAX + 1] = {
	[FABMON_A_NODE_ID] = FIELD(U32, struct knl_node, id),
	[FABMON_A_NODE_KIND] = FIELD(U32, struct knl_node, kind),
	[FABMON_A_NODE_NAME] = FIELD(TEXT, struct knl_node, name),
	[FABMON_A_NODE_PARENT] = FIELD(U32, struct knl_node, parent),
	[FABMON_A_NODE_PATH] = FIELD(TEXT, struct knl_node, path),
	[FABMON_A_NODE_DRIVER] = FIELD(TEXT, struct knl_node, driver),
	[FABMON_A_NODE_PCI] = FIELD(SHORT, struct knl_node, pci),
	[FABMON_A_NODE_NUMA_NODE] = FIELD(U32, struct knl_node, numa_node),
	[FABMON_A_NODE_EDGE] = NEST(edge_read),
	[FABMON_A_NODE_RDMA_DEV] = NEST(dev_read),
	[FABMON_A_NODE_RDMA_PORT] = NEST(port_read),
	[FABMON_A_NODE_CXL_PORT] = NEST(cxl_port_read),
	[FABMON_A_NODE_CXL_REGION] = NEST(cxl_region_read),
};

int knl_node_read(struct knl_node *node, struct knl_span span)
{
	const struct knl_span whole = span;
	const uint64_t need = KNL_HAS(FABMON_A_NODE_ID) |
			      KNL_HAS(FABMON_A_NODE_KIND) |
			      KNL_HAS(FABMON_A_NODE_NAME);
	uint64_t has = 0;
	int err;

	knl_node_clear(node);
	node->numa_node = -1;
	err = knl_fields_read(span, node_fields, FABMON_A_NODE_MAX, node, &has);
	if (err)
		return err;
	if ((has & need) != need || !node->id || !node->kind)
		return -EBADMSG;
	return knl_bytes_copy(&node->raw, whole.pos, whole.len);
}

int knl_node_parse(const struct knl_bytes *raw, struct knl_node *node)
{
	int err;

	memset(node, 0, sizeof(*node));
	err = knl_node_read(node, (struct knl_span){ raw->data, raw->len });
	if (err)
		knl_node_clear(node);
	return err;
}
