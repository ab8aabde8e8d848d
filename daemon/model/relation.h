/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* How nodes relate. NULL where there is no such node. */
#ifndef FABMON_MODEL_RELATION_H
#define FABMON_MODEL_RELATION_H

#include <stdbool.h>

#include "kernel/knl/node.h"

struct model;
struct model_node;

const struct model_node *model_port_dev(const struct model_node *port);
const struct knl_edge *model_edge(const struct model_node *node,
				  enum fabmon_edge_type type);
/* The memdev that an endpoint decoder (by name) or endpoint belongs to. */
const struct model_node *model_decoder_memdev(const struct model *model,
					      const char *decoder);
const struct model_node *model_endpoint_memdev(const struct model *model,
					       const struct model_node *endpoint);
/* The endpoint port of a memdev; NULL while its driver is not bound. */
const struct model_node *model_memdev_endpoint(const struct model *model,
					       const struct model_node *memdev);
/**
 * struct model_dport - a downstream port
 * @port: the host bridge or switch that it belongs to; the cxl-root for that of
 *	a host bridge that has a restricted CXL device (CXL 1.1) and no port of
 *	its own
 * @edge: which of its dports; NULL: there is none, or it is not known
 */
struct model_dport {
	const struct model_node *port;
	const struct knl_edge *edge;
};

/* What a memory device, or the switch of a cxl-port, is plugged into. */
struct model_dport model_dport_above(const struct model *model,
				     const struct model_node *node);
/* The same beyond all switches: the root port. */
struct model_dport model_dport_root(const struct model *model,
				    const struct model_node *node);
bool model_is_bridge(const struct model_node *node);
bool model_is_switch(const struct model_node *node);
/* A memory device of CXL 1.1: integrated into the root complex. */
bool model_is_rcd(const struct model *model, const struct model_node *memdev);
/* Its decoders are committed, by whomever, whether a driver has it or not. */
bool model_region_committed(const struct model_node *region);
/* The root decoder that a region lies in. */
const struct model_node *model_region_root(const struct model_node *region);

#endif /* FABMON_MODEL_RELATION_H */
