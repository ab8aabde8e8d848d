// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Processors, and the FabricAdapter that a processor has on the CXL fabric.
 */
#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* A bridge hangs from the processor that its root ports hang from. */
static bool is_bridge_of(const struct rf *rf, const struct model_node *node,
			 const struct model_cpu *cpu)
{
	struct model_dport dport = { node, NULL };

	if (!model_is_bridge(node))
		return false;
	dport.edge = model_edge(node, FABMON_EDGE_TYPE_DPORT);
	return dport.edge && rf_dport_cpu(rf, dport) == cpu;
}

static void add_bridges(struct rf *rf, json_t *obj,
			const struct model_cpu *cpu)
{
	const struct model_node *node;
	json_t *bridge;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_PORT);
	for (; obj && node; node = rf_next(node)) {
		if (!is_bridge_of(rf, node, cpu))
			continue;
		bridge = rf_push_obj(rf, rf_arr(rf, rf_oem(rf, obj, "CxlHost"),
						"HostBridges"));
		rf_str(rf, bridge, "KernelName", node->k.name);
		rf_str(rf, bridge, "Driver", node->k.driver);
		rf_str(rf, bridge, "Location", node->ident);
		rf_decoders(rf, bridge, node);
	}
}

/* The processor as the fabric sees it; its ports are the processor's. */
static void add_host_adapter(struct rf *rf, const struct model_cpu *cpu)
{
	const char *uri = rf_uri_host_adapter(rf, cpu);
	const char *ports = rf_printf(rf, "%s/Ports",
				      rf_uri_processor(rf, cpu));
	json_t *obj;

	if (!rf_get(rf, ports))
		return;
	obj = rf_add(rf, uri, "FabricAdapter.v1_5_3",
		     rf_printf(rf, "CXL host bridges of CPU %u", cpu->package));
	rf_str(rf, obj, "FabricType", "CXL");
	rf_str(rf, obj, "UUID",
	       rf_uuid_host(rf, rf_printf(rf, "FabricAdapter:CPU%u",
					  cpu->package)));
	rf_status(rf, obj, "Enabled", MODEL_OK);
	rf_ref(rf, obj, "Ports", ports);
	add_bridges(rf, obj, cpu);
}

static void add_processor(struct rf *rf, const struct model_cpu *cpu)
{
	json_t *obj = rf_add(rf, rf_uri_processor(rf, cpu),
			     "Processor.v1_22_0",
			     rf_printf(rf, "CPU %u", cpu->package));

	rf_str(rf, obj, "ProcessorType", "CPU");
	rf_str(rf, obj, "Socket", rf_printf(rf, "%u", cpu->package));
	rf_str(rf, obj, "UUID",
	       rf_uuid_host(rf, rf_printf(rf, "Processor:CPU%u",
					  cpu->package)));
	rf_str(rf, obj, "Manufacturer", cpu->vendor);
	rf_str(rf, obj, "Model", cpu->model);
	rf_count(rf, obj, "TotalCores", cpu->cores);
	rf_count(rf, obj, "TotalThreads", cpu->threads);
	rf_status(rf, obj, "Enabled", MODEL_OK);
}

void rf_processor_add(struct rf *rf)
{
	size_t i;

	for (i = 0; i < rf->host->n_cpus; i++)
		add_processor(rf, &rf->host->cpus[i]);
	rf_root_port_add(rf);
	for (i = 0; i < rf->host->n_cpus; i++)
		add_host_adapter(rf, &rf->host->cpus[i]);
}

void rf_processor_link(struct rf *rf)
{
	const char *uri, *adapter, *endpoint;
	size_t i;

	for (i = 0; i < rf->host->n_cpus; i++) {
		uri = rf_uri_processor(rf, &rf->host->cpus[i]);
		adapter = rf_uri_host_adapter(rf, &rf->host->cpus[i]);
		endpoint = rf_uri_initiator(rf, &rf->host->cpus[i]);
		rf_link_one(rf, uri, "Chassis", rf_uri_chassis(rf));
		rf_link(rf, uri, "Endpoints", endpoint);
		rf_link(rf, uri, "FabricAdapters", adapter);
		rf_link(rf, adapter, "Processors", uri);
		rf_link(rf, adapter, "Endpoints", endpoint);
	}
	rf_root_port_link(rf);
}
