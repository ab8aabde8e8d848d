// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Processors, the CXL root ports that hang from them, and the adapter that
 * presents a processor to its CXL fabric.
 */
#include <string.h>

#include "rf.h"

bool rf_is_bridge(const struct model_node *node)
{
	return node->k.kind == FABMON_NODE_KIND_CXL_PORT && node->parent &&
	       node->parent->k.kind == FABMON_NODE_KIND_CXL_ROOT;
}

/**
 * rf_dport_cpu - the processor that a root port hangs from
 *
 * The kernel tells the NUMA node. That is the package's number unless the
 * firmware splits packages into several nodes; then, and where it is not
 * known, the first processor has them all.
 */
const struct model_cpu *rf_dport_cpu(const struct rf *rf,
				     const struct knl_edge *dport)
{
	const struct model_pci *pci = model_pci_get(rf->model, dport->pci);
	const struct model_host *host = rf->host;
	size_t i;

	if (!host->n_cpus)
		return NULL;
	for (i = 0; pci && i < host->n_cpus; i++)
		if (pci->numa_node >= 0 &&
		    host->cpus[i].package == (unsigned int)pci->numa_node)
			return &host->cpus[i];
	return &host->cpus[0];
}

/**
 * rf_dport_id - what a root port is called in a URI: where it is
 */
const char *rf_dport_id(struct rf *rf, const struct knl_edge *dport)
{
	const char *name = dport->pci, *id;
	char *c;

	if (!*name && dport->path)
		name = strrchr(dport->path, '/') ?
		       strrchr(dport->path, '/') + 1 : dport->path;
	id = *name ? rf_printf(rf, "%s", name) :
		     rf_printf(rf, "dport%u", dport->index);
	for (c = (char *)id; c && *c; c++)
		if (*c == ':' || *c == '/')
			*c = '-';
	return id;
}

/* Is a memory device, or a switch that the kernel took, behind a root port? */
static bool root_port_used(struct rf *rf, const struct knl_edge *dport)
{
	const struct knl_edge *above;
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		if (model_memdev_root_port(rf->model, node) == dport)
			return true;
	node = rf_first(rf, FABMON_NODE_KIND_CXL_PORT);
	for (; node; node = rf_next(node)) {
		above = model_edge(node, FABMON_EDGE_TYPE_PARENT_DPORT);
		if (above && above->path && dport->path &&
		    !strcmp(above->path, dport->path))
			return true;
	}
	return false;
}

static void add_root_port(struct rf *rf, const struct knl_edge *dport)
{
	const char *uri = rf_uri_root_port(rf, dport);
	json_t *obj = rf_add(rf, uri, "Port.v1_18_0",
			     rf_printf(rf, "CXL root port %s",
				       rf_dport_id(rf, dport)));

	rf_str(rf, obj, "PortId", rf_printf(rf, "%u", dport->index));
	rf_str(rf, obj, "PortType", "DownstreamPort");
	rf_port_cxl(rf, obj, dport->pci, root_port_used(rf, dport));
	rf_str(rf, rf_obj(rf, obj, "CXL"), "CurrentPortConfigurationState",
	       "DSP");
	rf_status(rf, obj, "Enabled", MODEL_OK);
	if (obj && *dport->pci)
		rf_str(rf, rf_oem(rf, obj, "CxlPort"), "PciAddress",
		       dport->pci);
}

typedef void (*dport_fn)(struct rf *rf, const struct knl_edge *dport);

static void each_root_port(struct rf *rf, dport_fn fn)
{
	const struct model_node *node;
	size_t i;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_PORT);
	for (; node; node = rf_next(node)) {
		if (!rf_is_bridge(node))
			continue;
		for (i = 0; i < node->k.n_edges; i++)
			if (node->k.edges[i].type == FABMON_EDGE_TYPE_DPORT)
				fn(rf, &node->k.edges[i]);
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
	each_root_port(rf, add_root_port);
	for (i = 0; i < rf->host->n_cpus; i++)
		add_host_adapter(rf, &rf->host->cpus[i]);
}

static void link_root_port(struct rf *rf, const struct knl_edge *dport)
{
	const struct model_cpu *cpu = rf_dport_cpu(rf, dport);

	if (cpu)
		rf_link(rf, rf_uri_root_port(rf, dport), "AssociatedEndpoints",
			rf_uri_initiator(rf, cpu));
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
	each_root_port(rf, link_root_port);
}
