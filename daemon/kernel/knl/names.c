// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Names of the specification's enum values, by table. */
#include <stddef.h>

#include "names.h"

#define NAMES(table, value) \
	((size_t)(value) < sizeof(table) / sizeof((table)[0]) && \
	 (table)[value] ? (table)[value] : "unknown")

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
		[FABMON_EDGE_TYPE_TARGET] = "target",
		[FABMON_EDGE_TYPE_MEMORY] = "memory",
		[FABMON_EDGE_TYPE_DAX] = "dax",
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
		[FABMON_EVENT_TYPE_MEMORY_SPARING] = "memory-sparing",
		[FABMON_EVENT_TYPE_GENERIC] = "generic",
		[FABMON_EVENT_TYPE_OVERFLOW] = "overflow",
		[FABMON_EVENT_TYPE_AER_CORRECTABLE] = "aer-correctable",
		[FABMON_EVENT_TYPE_AER_UNCORRECTABLE] = "aer-uncorrectable",
		[FABMON_EVENT_TYPE_MEMORY_ONLINE] = "memory-online",
		[FABMON_EVENT_TYPE_MEMORY_OFFLINE] = "memory-offline",
		[FABMON_EVENT_TYPE_RDMA_ASYNC] = "rdma-async",
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

const char *knl_role_name(enum fabmon_cxl_port_role role)
{
	static const char * const names[] = {
		[FABMON_CXL_PORT_ROLE_ROOT] = "root",
		[FABMON_CXL_PORT_ROLE_HOST_BRIDGE] = "host-bridge",
		[FABMON_CXL_PORT_ROLE_SWITCH] = "switch",
		[FABMON_CXL_PORT_ROLE_ENDPOINT] = "endpoint",
	};

	return NAMES(names, role);
}

const char *knl_cause_name(uint32_t bit)
{
	switch (bit) {
	case FABMON_CAUSE_SCAN:
		return "scan";
	case FABMON_CAUSE_PORT_ACTIVE:
		return "port-active";
	case FABMON_CAUSE_PORT_ERROR:
		return "port-error";
	case FABMON_CAUSE_LID_CHANGE:
		return "lid-change";
	case FABMON_CAUSE_SM_CHANGE:
		return "sm-change";
	case FABMON_CAUSE_PKEY_CHANGE:
		return "pkey-change";
	case FABMON_CAUSE_GID_CHANGE:
		return "gid-change";
	case FABMON_CAUSE_CLIENT_REREGISTER:
		return "client-reregister";
	case FABMON_CAUSE_DEVICE_FATAL:
		return "device-fatal";
	case FABMON_CAUSE_SPEED_CHANGE:
		return "speed-change";
	case FABMON_CAUSE_RENAME:
		return "rename";
	case FABMON_CAUSE_NETDEV_UP:
		return "netdev-up";
	case FABMON_CAUSE_NETDEV_DOWN:
		return "netdev-down";
	case FABMON_CAUSE_NETDEV_CHANGE:
		return "netdev-change";
	case FABMON_CAUSE_NETDEV_RENAME:
		return "netdev-rename";
	case FABMON_CAUSE_NETDEV_MTU:
		return "netdev-mtu";
	case FABMON_CAUSE_NETDEV_ADDRESS:
		return "netdev-address";
	case FABMON_CAUSE_NETDEV_MASTER:
		return "netdev-master";
	case FABMON_CAUSE_NETDEV_UNREGISTER:
		return "netdev-unregister";
	case FABMON_CAUSE_BIND:
		return "bind";
	case FABMON_CAUSE_UNBIND:
		return "unbind";
	case FABMON_CAUSE_LINK:
		return "link";
	case FABMON_CAUSE_MEMORY:
		return "memory";
	case FABMON_CAUSE_OTHER:
		return "other";
	case FABMON_CAUSE_PROVIDER_EXIT:
		return "provider-exit";
	}
	return "unknown";
}

const char *knl_capability_name(uint32_t bit)
{
	switch (bit) {
	case FABMON_CAPABILITY_RDMA:
		return "rdma";
	case FABMON_CAPABILITY_CXL:
		return "cxl";
	case FABMON_CAPABILITY_EVENT_GENERAL_MEDIA:
		return "event-general-media";
	case FABMON_CAPABILITY_EVENT_DRAM:
		return "event-dram";
	case FABMON_CAPABILITY_EVENT_MEMORY_MODULE:
		return "event-memory-module";
	case FABMON_CAPABILITY_EVENT_POISON:
		return "event-poison";
	case FABMON_CAPABILITY_EVENT_MEMORY_SPARING:
		return "event-memory-sparing";
	case FABMON_CAPABILITY_EVENT_GENERIC:
		return "event-generic";
	case FABMON_CAPABILITY_EVENT_OVERFLOW:
		return "event-overflow";
	case FABMON_CAPABILITY_EVENT_AER:
		return "event-aer";
	case FABMON_CAPABILITY_EVENT_PORT_AER:
		return "event-port-aer";
	case FABMON_CAPABILITY_MEMORY:
		return "memory";
	case FABMON_CAPABILITY_REGION_DETAIL:
		return "region-detail";
	}
	return "unknown";
}
