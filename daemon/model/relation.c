// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How nodes relate: the questions of the projection.
 */
#include <string.h>
#include <sys/types.h>

#include "model.h"
#include "priv.h"

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
	/* the kernel reports the path alone while it knows no node there */
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

bool model_is_bridge(const struct model_node *node)
{
	if (node->k.kind != FABMON_NODE_KIND_CXL_PORT)
		return false;
	return node->k.cxl_port.role == FABMON_CXL_PORT_ROLE_HOST_BRIDGE ||
	       of_kind(node->parent, FABMON_NODE_KIND_CXL_ROOT);
}

bool model_is_switch(const struct model_node *node)
{
	return node->k.kind == FABMON_NODE_KIND_CXL_PORT &&
	       !model_is_bridge(node);
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

/* How deep in a device's path a dport is that it is below of; else -1. */
static ssize_t dport_depth(const struct knl_edge *dport, const char *path)
{
	size_t len;

	if (*dport->pci)
		return path_find(path, dport->pci);
	if (!dport->path || !strrchr(dport->path, '/'))
		return -1;
	len = strlen(dport->path);
	if (strncmp(path, dport->path, len) || path[len] != '/')
		return -1;
	return strrchr(dport->path, '/') + 1 - dport->path;
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

	for (i = 0; path && i < port->k.n_edges; i++) {
		edge = &port->k.edges[i];
		if (edge->type != FABMON_EDGE_TYPE_DPORT)
			continue;
		at = dport_depth(edge, path);
		if (at > best) {
			best = at;
			found = edge;
		}
	}
	if (found && depth)
		*depth = best;
	return found;
}

/* The dport of a port or endpoint, as the kernel reports it (6.12). */
static const struct knl_edge *reported_dport(const struct model_node *child)
{
	const struct knl_edge *reported, *edge;
	size_t i;

	reported = model_edge(child, FABMON_EDGE_TYPE_PARENT_DPORT);
	for (i = 0; reported && reported->path && i < child->parent->k.n_edges; i++) {
		edge = &child->parent->k.edges[i];
		if (edge->type == FABMON_EDGE_TYPE_DPORT && edge->path &&
		    !strcmp(edge->path, reported->path))
			return edge;
	}
	return NULL;
}

/*
 * Without an endpoint there is no chain of ports to follow: search every
 * port for the dport nearest to the device. A dport of the root is a whole
 * host bridge: only an RCD has nothing in between.
 */
static struct model_dport search_dport(const struct model *model,
				       const struct model_node *memdev)
{
	bool rcd = model_is_rcd(model, memdev);
	struct model_dport found = { NULL, NULL };
	const struct model_node *node;
	const struct knl_edge *edge;
	ssize_t depth, best = -1;

	for (node = model_first(model); node; node = node->next) {
		if (node->k.kind != (rcd ? FABMON_NODE_KIND_CXL_ROOT :
					   FABMON_NODE_KIND_CXL_PORT))
			continue;
		edge = port_dport(node, memdev->k.path, &depth);
		if (edge && depth > best) {
			best = depth;
			found = (struct model_dport){ node, edge };
		}
	}
	return found;
}

struct model_dport model_dport_above(const struct model *model,
				     const struct model_node *node)
{
	struct model_dport above = { NULL, NULL };
	const struct model_node *child = node;
	const struct knl_edge *uport;
	const char *path = node->k.path;

	if (node->k.kind == FABMON_NODE_KIND_CXL_MEMDEV) {
		child = model_memdev_endpoint(model, node);
		if (!child)
			return search_dport(model, node);
	} else {
		uport = model_edge(node, FABMON_EDGE_TYPE_UPORT);
		path = uport ? uport->path : NULL;
	}
	above.port = child->parent;
	if (!above.port)
		return above;
	above.edge = reported_dport(child);
	if (!above.edge)
		above.edge = port_dport(above.port, path, NULL);
	return above;
}

struct model_dport model_dport_root(const struct model *model,
				    const struct model_node *node)
{
	struct model_dport at = model_dport_above(model, node);
	int depth;

	for (depth = 0; at.edge && model_is_switch(at.port); depth++) {
		if (depth == MAX_DEPTH)
			return (struct model_dport){ NULL, NULL };
		at = model_dport_above(model, at.port);
	}
	return at;
}

/*
 * The kernel registers the host bridge of an RCD as a dport of the root, so
 * that the endpoint hangs from the root (Linux 6.3). The function shows the
 * link's registers, which are not where PCI has them (6.13).
 */
bool model_is_rcd(const struct model *model, const struct model_node *memdev)
{
	const struct model_pci *pci = model_pci_get(model, memdev->k.pci);
	const struct model_node *endpoint;

	endpoint = model_memdev_endpoint(model, memdev);
	return (pci && pci->is_rcd) ||
	       (endpoint && of_kind(endpoint->parent,
				    FABMON_NODE_KIND_CXL_ROOT));
}

/* The CXL core binds the driver to what is committed only. */
bool model_region_committed(const struct model_node *region)
{
	const struct knl_cxl_region *k = &region->k.region;

	if (k->has & KNL_HAS(FABMON_A_CXL_REGION_COMMITTED))
		return k->committed;
	return region->k.driver;
}

const struct model_node *model_region_root(const struct model_node *region)
{
	return of_kind(region->parent, FABMON_NODE_KIND_CXL_ROOT_DECODER);
}
