// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a message of the family "fabmon" holds: owning it, reading it, naming
 * it.
 */
#include <stdlib.h>
#include <string.h>

#include "knl.h"

#define NAMES(table, value) \
	((size_t)(value) < sizeof(table) / sizeof((table)[0]) && \
	 (table)[value] ? (table)[value] : "unknown")

void knl_event_clear(struct knl_event *event)
{
	free(event->device);
	free(event->raw);
	memset(event, 0, sizeof(*event));
}

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
	free(node->port.gids);
	memset(node, 0, sizeof(*node));
}

void knl_msg_clear(struct knl_msg *msg)
{
	knl_node_clear(&msg->node);
	knl_event_clear(&msg->event);
	memset(msg, 0, sizeof(*msg));
}

void knl_node_move(struct knl_node *to, struct knl_node *from)
{
	if (to == from)
		return;
	knl_node_clear(to);
	*to = *from;
	memset(from, 0, sizeof(*from));
}

int64_t knl_event_num(const struct knl_event *event, int attr, int64_t def)
{
	if (attr <= 0 || attr > FABMON_A_EVENT_MAX ||
	    !(event->has & KNL_EVENT_HAS(attr)))
		return def;
	return (int64_t)event->num[attr];
}

const char *knl_kind_name(enum fabmon_node_kind kind)
{
	static const char * const names[] = {
		[FABMON_NODE_KIND_RDMA_DEV] = "rdma-dev",
		[FABMON_NODE_KIND_RDMA_PORT] = "rdma-port",
		[FABMON_NODE_KIND_CXL_ROOT] = "cxl-root",
		[FABMON_NODE_KIND_CXL_PORT] = "cxl-port",
		[FABMON_NODE_KIND_CXL_ENDPOINT] = "cxl-endpoint",
		[FABMON_NODE_KIND_CXL_MEMDEV] = "cxl-memdev",
		[FABMON_NODE_KIND_CXL_ROOT_DECODER] = "cxl-root-decoder",
		[FABMON_NODE_KIND_CXL_SWITCH_DECODER] = "cxl-switch-decoder",
		[FABMON_NODE_KIND_CXL_ENDPOINT_DECODER] =
			"cxl-endpoint-decoder",
		[FABMON_NODE_KIND_CXL_REGION] = "cxl-region",
		[FABMON_NODE_KIND_CXL_PMEM_REGION] = "cxl-pmem-region",
		[FABMON_NODE_KIND_CXL_DAX_REGION] = "cxl-dax-region",
		[FABMON_NODE_KIND_CXL_NVDIMM] = "cxl-nvdimm",
		[FABMON_NODE_KIND_CXL_NVDIMM_BRIDGE] = "cxl-nvdimm-bridge",
		[FABMON_NODE_KIND_CXL_PMU] = "cxl-pmu",
		[FABMON_NODE_KIND_CXL_OTHER] = "cxl-other",
	};

	return NAMES(names, kind);
}

const char *knl_edge_name(enum fabmon_edge_type type)
{
	static const char * const names[] = {
		[FABMON_EDGE_TYPE_UPORT] = "uport",
		[FABMON_EDGE_TYPE_DPORT] = "dport",
		[FABMON_EDGE_TYPE_PARENT_DPORT] = "parent-dport",
		[FABMON_EDGE_TYPE_NETDEV] = "netdev",
	};

	return NAMES(names, type);
}

const char *knl_event_name(enum fabmon_event_type type)
{
	static const char * const names[] = {
		[FABMON_EVENT_TYPE_GENERAL_MEDIA] = "general-media",
		[FABMON_EVENT_TYPE_DRAM] = "dram",
		[FABMON_EVENT_TYPE_MEMORY_MODULE] = "memory-module",
		[FABMON_EVENT_TYPE_POISON] = "poison",
		[FABMON_EVENT_TYPE_LOST] = "lost",
	};

	return NAMES(names, type);
}

const char *knl_protocol_name(enum fabmon_rdma_protocol protocol)
{
	static const char * const names[] = {
		[FABMON_RDMA_PROTOCOL_INFINIBAND] = "infiniband",
		[FABMON_RDMA_PROTOCOL_ROCEV1] = "rocev1",
		[FABMON_RDMA_PROTOCOL_ROCEV2] = "rocev2",
		[FABMON_RDMA_PROTOCOL_IWARP] = "iwarp",
		[FABMON_RDMA_PROTOCOL_OPA] = "opa",
		[FABMON_RDMA_PROTOCOL_USNIC] = "usnic",
	};

	return NAMES(names, protocol);
}
