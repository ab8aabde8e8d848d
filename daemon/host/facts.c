// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading again what changed.
 *
 * The kernel says that a region was committed, but its decoders get their
 * range, mode and partition by the same act without a word. So a region stands
 * for the decoders it is made of: those that it had before it changed, and
 * those that it has after.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "facts.h"
#include "host.h"

#define MIN_ROOM	64
#define MAX_ROOM	65536
/* Ports between an endpoint and the root; a loop must not hold us. */
#define MAX_DEPTH	16

void facts_clear(struct facts *facts)
{
	free(facts->ids);
	*facts = (struct facts) { 0 };
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* In order, each once, and only nodes that are there. */
static void compact(struct facts *facts, const struct model *model)
{
	size_t i, kept = 0;
	uint32_t id;

	if (!facts->count)
		return;
	qsort(facts->ids, facts->count, sizeof(*facts->ids), compare_ids);
	for (i = 0; i < facts->count; i++) {
		id = facts->ids[i];
		if ((!kept || facts->ids[kept - 1] != id) &&
		    model_node_by_id(model, id))
			facts->ids[kept++] = id;
	}
	facts->count = kept;
}

/* Doubles do no harm until they are many: reading everything costs less. */
static void add(struct facts *facts, uint32_t id)
{
	uint32_t *ids;
	size_t room;

	if (facts->count == MAX_ROOM)
		facts->all = true;
	if (facts->all)
		return;
	if (facts->count == facts->room) {
		room = facts->room ? 2 * facts->room : MIN_ROOM;
		ids = reallocarray(facts->ids, room, sizeof(*ids));
		if (!ids) {
			facts->all = true;
			return;
		}
		facts->ids = ids;
		facts->room = room;
	}
	facts->ids[facts->count++] = id;
}

static void mark_children(struct facts *facts, const struct model *model,
			  const struct model_node *parent,
			  enum fabmon_node_kind kind)
{
	const struct model_node *node;

	for (node = model_first(model); node; node = node->next)
		if (node->parent == parent && node->k.kind == kind)
			add(facts, node->k.id);
}

/*
 * The endpoint decoder at one position, the decoders on the way to it, and the
 * ports that they belong to.
 */
static void mark_target(struct facts *facts, const struct model *model,
			const char *name)
{
	const struct model_node *node;
	int depth;

	node = model_node_by_name(model, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER,
				  name);
	if (!node)
		return;
	add(facts, node->k.id);
	/* decoder, endpoint, ports */
	node = node->parent;
	for (depth = 0; node && depth < MAX_DEPTH; depth++) {
		add(facts, node->k.id);
		node = node->parent;
		if (node && node->k.kind == FABMON_NODE_KIND_CXL_PORT)
			mark_children(facts, model, node,
				      FABMON_NODE_KIND_CXL_SWITCH_DECODER);
	}
}

static void mark_targets(struct facts *facts, const struct model *model,
			 const struct model_node *region)
{
	size_t i;

	for (i = 0; i < region->region.n_targets; i++)
		mark_target(facts, model, region->region.targets[i].decoder);
}

void facts_mark(struct facts *facts, const struct model *model,
		const struct model_node *node)
{
	const struct model_node *memdev;

	add(facts, node->k.id);
	if (node->k.kind == FABMON_NODE_KIND_CXL_REGION) {
		mark_targets(facts, model, node);
		/* memory that came online has another driver than before */
		mark_children(facts, model, node,
			      FABMON_NODE_KIND_CXL_DAX_REGION);
	} else if (node->k.kind == FABMON_NODE_KIND_CXL_ENDPOINT) {
		mark_children(facts, model, node,
			      FABMON_NODE_KIND_CXL_ENDPOINT_DECODER);
		memdev = model_endpoint_memdev(model, node);
		if (memdev)
			add(facts, memdev->k.id);
	}
}

static bool has_ifindex(const struct model_node *port, uint32_t ifindex)
{
	const struct knl_edge *edge = model_edge(port, FABMON_EDGE_TYPE_NETDEV);
	size_t i;

	if (!ifindex)
		return false;
	if (edge && edge->ifindex == ifindex)
		return true;
	for (i = 0; i < port->port.n_netdevs; i++)
		if (port->port.netdevs[i].ifindex == ifindex)
			return true;
	return false;
}

/* Of what port an IP over InfiniBand device is only sysfs tells. */
static bool netdev_concerns(const struct model_node *port,
			    const struct netdev_change *change)
{
	if (!change->ifindex)
		return true;
	if (change->infiniband &&
	    !model_edge(port, FABMON_EDGE_TYPE_NETDEV))
		return true;
	return has_ifindex(port, change->ifindex) ||
	       has_ifindex(port, change->lower) ||
	       has_ifindex(port, change->master);
}

bool facts_mark_netdev(struct facts *facts, const struct model *model,
		       const struct netdev_change *change)
{
	const struct model_node *node;
	bool any = false;

	for (node = model_first(model); node; node = node->next) {
		if (node->k.kind != FABMON_NODE_KIND_RDMA_PORT ||
		    !netdev_concerns(node, change))
			continue;
		add(facts, node->k.id);
		any = true;
	}
	return any;
}

/* The node whose directory is the nearest above a path. */
static const struct model_node *node_above(const struct model *model,
					   const char *path)
{
	const struct model_node *node, *found = NULL;
	size_t len, best = 0;

	for (node = model_first(model); node; node = node->next) {
		len = node->k.path ? strlen(node->k.path) : 0;
		if (len > best && !strncmp(path, node->k.path, len) &&
		    path[len] == '/') {
			best = len;
			found = node;
		}
	}
	return found;
}

bool facts_mark_path(struct facts *facts, const struct model *model,
		     const char *path)
{
	const struct model_node *node = path ? node_above(model, path) : NULL;

	if (!path)
		facts->all = true;
	if (node)
		facts_mark(facts, model, node);
	return node || !path;
}

/* Decoders, and ports, which count those that are committed. */
static bool is_programmed(const struct model_node *node)
{
	switch (node->k.kind) {
	case FABMON_NODE_KIND_CXL_ROOT:
	case FABMON_NODE_KIND_CXL_PORT:
	case FABMON_NODE_KIND_CXL_ENDPOINT:
	case FABMON_NODE_KIND_CXL_ROOT_DECODER:
	case FABMON_NODE_KIND_CXL_SWITCH_DECODER:
	case FABMON_NODE_KIND_CXL_ENDPOINT_DECODER:
		return true;
	default:
		return false;
	}
}

static int read_all(struct model *model, const char *sysfs)
{
	struct model_node *node;
	int ret = 0;

	for (node = model_first(model); node && !ret; node = node->next)
		ret = host_read_node(model, node, sysfs);
	return ret;
}

/* Those that regions program, or those that they do not. */
static int read_some(struct facts *facts, struct model *model,
		     const char *sysfs, bool programmed)
{
	size_t count = facts->count, i;
	struct model_node *node;
	int ret = 0;

	for (i = 0; i < count && !facts->all && !ret; i++) {
		node = model_node_by_id(model, facts->ids[i]);
		if (!node || is_programmed(node) != programmed)
			continue;
		ret = host_read_node(model, node, sysfs);
	}
	return ret;
}

int facts_read(struct facts *facts, struct model *model, const char *sysfs)
{
	size_t count, i;
	struct model_node *node;
	int ret;

	compact(facts, model);
	count = facts->count;
	ret = read_some(facts, model, sysfs, false);
	/* what regions are made of is known only now */
	for (i = 0; i < count && !facts->all; i++) {
		node = model_node_by_id(model, facts->ids[i]);
		if (node && node->k.kind == FABMON_NODE_KIND_CXL_REGION)
			mark_targets(facts, model, node);
	}
	if (!ret && !facts->all) {
		compact(facts, model);
		ret = read_some(facts, model, sysfs, true);
	}
	if (!ret && facts->all)
		ret = read_all(model, sysfs);
	if (ret) {
		facts->all = true;
		return ret;
	}
	facts->count = 0;
	facts->all = false;
	return 0;
}
