// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How nodes relate: what a projection asks of the graph.
 */
#include <string.h>

#include "model.h"
#include "model_priv.h"

/* Deepest hierarchy walked: a parent loop must not hold us. */
#define MAX_DEPTH	32

static const struct model_node *of_kind(const struct model_node *node,
					enum fabmon_node_kind kind)
{
	return node && node->k.kind == kind ? node : NULL;
}

const struct model_node *model_port_dev(const struct model_node *port)
{
	return of_kind(port->parent, FABMON_NODE_KIND_RDMA_DEV);
}

const struct knl_edge *model_edge(const struct model_node *node,
				  enum fabmon_edge_type type)
{
	size_t i;

	for (i = 0; i < node->k.n_edges; i++)
		if (node->k.edges[i].type == type)
			return &node->k.edges[i];
	return NULL;
}

const struct model_node *
model_endpoint_memdev(const struct model *model,
		      const struct model_node *endpoint)
{
	const struct knl_edge *edge;
	const char *name;

	edge = model_edge(endpoint, FABMON_EDGE_TYPE_UPORT);
	if (!edge)
		return NULL;
	if (edge->node)
		return of_kind(model_node_by_id(model, edge->node),
			       FABMON_NODE_KIND_CXL_MEMDEV);
	/* the kernel tells the path alone while it knows no node there */
	name = edge->path ? strrchr(edge->path, '/') : NULL;
	if (!name)
		return NULL;
	return model_node_by_name(model, FABMON_NODE_KIND_CXL_MEMDEV, name + 1);
}

const struct model_node *model_decoder_memdev(const struct model *model,
					      const char *decoder)
{
	const struct model_node *node;

	node = model_node_by_name(model, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER,
				  decoder);
	if (!node || !of_kind(node->parent, FABMON_NODE_KIND_CXL_ENDPOINT))
		return NULL;
	return model_endpoint_memdev(model, node->parent);
}

const struct model_node *model_memdev_endpoint(const struct model *model,
					       const struct model_node *memdev)
{
	return model_node_by_uport(model, FABMON_NODE_KIND_CXL_ENDPOINT,
				   memdev->k.id);
}

/* Where @name is a component of @path, its offset; else -1. */
static ssize_t path_find(const char *path, const char *name)
{
	size_t len = strlen(name);
	const char *p = path;

	while (len && (p = strstr(p, name))) {
		if (p > path && p[-1] == '/' && (!p[len] || p[len] == '/'))
			return p - path;
		p += len;
	}
	return -1;
}

/*
 * The dport of @port that a device at @path is below. @depth, how deep in the
 * path it was found, is only touched when it is.
 */
static const struct knl_edge *port_dport(const struct model_node *port,
					 const char *path, ssize_t *depth)
{
	const struct knl_edge *edge, *found = NULL;
	ssize_t at, best = -1;
	size_t i;

	for (i = 0; i < port->k.n_edges; i++) {
		edge = &port->k.edges[i];
		if (edge->type != FABMON_EDGE_TYPE_DPORT)
			continue;
		at = path_find(path, edge->pci);
		if (at > best) {
			best = at;
			found = edge;
		}
	}
	if (found && depth)
		*depth = best;
	return found;
}

static bool is_host_bridge(const struct model_node *port)
{
	return of_kind(port, FABMON_NODE_KIND_CXL_PORT) &&
	       of_kind(port->parent, FABMON_NODE_KIND_CXL_ROOT);
}

/*
 * Without an endpoint there is no chain of ports to follow: look at every
 * port for the dport nearest to the device.
 */
static const struct knl_edge *search_dport(const struct model *model,
					   const char *path, bool host_bridge)
{
	const struct knl_edge *edge, *found = NULL;
	const struct model_node *node;
	ssize_t depth, best = -1;

	for (node = model_first(model); node; node = node->next) {
		if (node->k.kind != FABMON_NODE_KIND_CXL_PORT ||
		    is_host_bridge(node) != host_bridge)
			continue;
		edge = port_dport(node, path, &depth);
		if (edge && depth > best) {
			best = depth;
			found = edge;
		}
	}
	return found;
}

const struct knl_edge *model_memdev_root_port(const struct model *model,
					      const struct model_node *memdev)
{
	const struct model_node *port;
	int depth;

	if (!memdev->k.path)
		return NULL;
	port = model_memdev_endpoint(model, memdev);
	if (!port)
		return search_dport(model, memdev->k.path, true);
	for (depth = 0; port && depth < MAX_DEPTH; depth++) {
		if (is_host_bridge(port))
			return port_dport(port, memdev->k.path, NULL);
		port = port->parent;
	}
	return NULL;
}

const struct knl_edge *model_memdev_switch_port(const struct model *model,
						const struct model_node *memdev)
{
	const struct model_node *endpoint, *port;

	if (!memdev->k.path)
		return NULL;
	endpoint = model_memdev_endpoint(model, memdev);
	if (!endpoint)
		return search_dport(model, memdev->k.path, false);
	port = of_kind(endpoint->parent, FABMON_NODE_KIND_CXL_PORT);
	if (!port || is_host_bridge(port))
		return NULL;
	return port_dport(port, memdev->k.path, NULL);
}

const struct model_node *model_region_root(const struct model_node *region)
{
	return of_kind(region->parent, FABMON_NODE_KIND_CXL_ROOT_DECODER);
}
