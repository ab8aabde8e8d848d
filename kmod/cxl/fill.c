// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Builds the attributes of a CXL device's node.
 */
#include <linux/numa.h>
#include <linux/string.h>

#include "provider.h"

/* all but paths and edges: names of bounded length, and numbers */
#define NODE_ROOM	512

/* an edge to memory */
#define MEMORY_ROOM	(nla_total_size(0) + 2 * nla_total_size(sizeof(u32)) + \
			 2 * nla_total_size(sizeof(u64)))

/* fill_edge - one edge, or nothing of it when there is no room */
static int fill_edge(struct sk_buff *attrs, const struct fabmon_cxl_edge *edge)
{
	const char *last = kbasename(edge->path);
	struct fabmon_cxl_dev *peer;
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_NODE_EDGE);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(attrs, FABMON_A_EDGE_TYPE, edge->type) ||
	    ((edge->type == FABMON_EDGE_TYPE_DPORT ||
	      edge->type == FABMON_EDGE_TYPE_TARGET) &&
	     nla_put_u32(attrs, FABMON_A_EDGE_INDEX, edge->index)) ||
	    nla_put_string(attrs, FABMON_A_EDGE_PATH, edge->path))
		goto err_cancel;
	if (fabmon_cxl_pci_address(last) &&
	    nla_put_string(attrs, FABMON_A_EDGE_PCI, last))
		goto err_cancel;
	peer = fabmon_cxl_dev_find_path(edge->path);
	if (peer && peer->id &&
	    nla_put_u32(attrs, FABMON_A_EDGE_NODE, peer->id))
		goto err_cancel;
	nla_nest_end(attrs, nest);
	return 0;

err_cancel:
	nla_nest_cancel(attrs, nest);
	return -EMSGSIZE;
}

static int fill_identity(struct sk_buff *attrs,
			 const struct fabmon_cxl_dev *cdev)
{
	struct fabmon_cxl_dev *parent = NULL;

	if (cdev->parent)
		parent = fabmon_cxl_dev_find(cdev->parent);
	if (nla_put_string(attrs, FABMON_A_NODE_NAME, cdev->name) ||
	    (parent && parent->id &&
	     nla_put_u32(attrs, FABMON_A_NODE_PARENT, parent->id)) ||
	    nla_put_string(attrs, FABMON_A_NODE_PATH, cdev->path))
		return -EMSGSIZE;
	if (cdev->driver[0] &&
	    nla_put_string(attrs, FABMON_A_NODE_DRIVER, cdev->driver))
		return -EMSGSIZE;
	if (cdev->pci[0] &&
	    nla_put_string(attrs, FABMON_A_NODE_PCI, cdev->pci))
		return -EMSGSIZE;
	if (cdev->numa_node != NUMA_NO_NODE &&
	    nla_put_s32(attrs, FABMON_A_NODE_NUMA_NODE, cdev->numa_node))
		return -EMSGSIZE;
	return 0;
}

static int fill_port(struct sk_buff *attrs, const struct fabmon_cxl_dev *cdev)
{
	unsigned int i, dports = 0;
	struct nlattr *nest;

	for (i = 0; i < cdev->links.count; i++)
		dports += cdev->links.edge[i].type == FABMON_EDGE_TYPE_DPORT;

	nest = nla_nest_start(attrs, FABMON_A_NODE_CXL_PORT);
	if (!nest ||
	    nla_put_u32(attrs, FABMON_A_CXL_PORT_ROLE, cdev->role) ||
	    nla_put_u32(attrs, FABMON_A_CXL_PORT_DPORTS, dports))
		return -EMSGSIZE;
	nla_nest_end(attrs, nest);
	return 0;
}

static int fill_region(struct sk_buff *attrs,
		       const struct fabmon_cxl_detail *detail)
{
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_NODE_CXL_REGION);
	if (!nest ||
	    nla_put_u32(attrs, FABMON_A_CXL_REGION_COMMITTED,
			detail->committed) ||
	    nla_put_u32(attrs, FABMON_A_CXL_REGION_TARGETS, detail->ways))
		return -EMSGSIZE;
	nla_nest_end(attrs, nest);
	return 0;
}

/* fill_memory - one edge to memory, or nothing of it when there is no room */
static int fill_memory(struct sk_buff *attrs,
		       const struct fabmon_cxl_range *range)
{
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_NODE_EDGE);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(attrs, FABMON_A_EDGE_TYPE, FABMON_EDGE_TYPE_MEMORY) ||
	    fabmon_put_u64(attrs, FABMON_A_EDGE_START, range->start) ||
	    fabmon_put_u64(attrs, FABMON_A_EDGE_SIZE, range->size) ||
	    (range->nid != NUMA_NO_NODE &&
	     nla_put_s32(attrs, FABMON_A_EDGE_NUMA_NODE, range->nid))) {
		nla_nest_cancel(attrs, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(attrs, nest);
	return 0;
}

static void fill_edges(struct sk_buff *attrs,
		       const struct fabmon_cxl_edges *edges)
{
	unsigned int i;

	for (i = 0; i < edges->count; i++) {
		if (fill_edge(attrs, &edges->edge[i]))
			return;
	}
}

/* fill_detail - what a region or a decoder is made of */
static int fill_detail(struct sk_buff *attrs, const struct fabmon_cxl_dev *cdev)
{
	const struct fabmon_cxl_detail *detail = cdev->detail;
	struct fabmon_cxl_range range;
	u64 from, end;

	if (!detail)
		return 0;
	if (cdev->kind == FABMON_NODE_KIND_CXL_REGION &&
	    fill_region(attrs, detail))
		return -EMSGSIZE;
	fill_edges(attrs, &detail->edges);

	end = detail->start + detail->size;
	for (from = detail->start; fabmon_cxl_memory_next(from, end, &range);
	     from = range.start + range.size) {
		if (fill_memory(attrs, &range))
			break;
	}
	return 0;
}

static size_t edges_room(const struct fabmon_cxl_edges *edges)
{
	unsigned int i;
	size_t room = 0;

	for (i = 0; i < edges->count; i++)
		room += nla_total_size(0) + 3 * nla_total_size(sizeof(u32)) +
			nla_total_size(strlen(edges->edge[i].path) + 1) +
			nla_total_size(FABMON_CXL_PCI_SIZE);
	return room;
}

/* node_room - what the description of a device takes at most */
static size_t node_room(const struct fabmon_cxl_dev *cdev)
{
	const struct fabmon_cxl_detail *detail = cdev->detail;
	size_t room = NODE_ROOM + strlen(cdev->path);
	struct fabmon_cxl_range range;
	u64 from, end;

	room += edges_room(&cdev->links);
	if (!detail)
		return room;
	room += edges_room(&detail->edges);
	end = detail->start + detail->size;
	for (from = detail->start; fabmon_cxl_memory_next(from, end, &range);
	     from = range.start + range.size)
		room += MEMORY_ROOM;
	return room;
}

/**
 * fabmon_cxl_node_fill - describe a device
 * @cdev: the device
 *
 * Follows nothing but what @cdev holds copies of. Edges for which there is no
 * room in FABMON_ATTRS_MAX are left out, the last ones first.
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: the attributes, to be handed to the core, or ERR_PTR: -ENOMEM, or
 * -EMSGSIZE if there is no room for the rest.
 */
struct sk_buff *fabmon_cxl_node_fill(const struct fabmon_cxl_dev *cdev)
{
	struct sk_buff *attrs;

	lockdep_assert_held(&fabmon_cxl_lock);

	attrs = fabmon_attrs_new(node_room(cdev));
	if (!attrs)
		return ERR_PTR(-ENOMEM);
	if (fill_identity(attrs, cdev) ||
	    (cdev->role && fill_port(attrs, cdev)))
		goto err_free;
	fill_edges(attrs, &cdev->links);
	if (fill_detail(attrs, cdev))
		goto err_free;
	return attrs;

err_free:
	fabmon_attrs_free(attrs);
	return ERR_PTR(-EMSGSIZE);
}
