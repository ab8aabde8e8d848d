// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL root ports: the ports of a processor's host bridges.
 *
 * A host bridge with a restricted CXL device (CXL 1.1) has no root ports on the
 * PCI bus. Then the bridge itself stands for the port.
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* Without NUMA in the kernel a package has its own number's node. */
static unsigned int node_package(const struct model_host *host, int numa_node)
{
	size_t i;

	for (i = 0; i < host->n_nodes; i++)
		if (host->nodes[i].node == (unsigned int)numa_node)
			return host->nodes[i].package;
	return (unsigned int)numa_node;
}

/* The first processor has all that is not known to be another's. */
static const struct model_cpu *node_cpu(const struct rf *rf, int numa_node)
{
	const struct model_host *host = rf->host;
	unsigned int package = node_package(host, numa_node);
	size_t i;

	for (i = 0; numa_node >= 0 && i < host->n_cpus; i++)
		if (host->cpus[i].package == package)
			return &host->cpus[i];
	return host->n_cpus ? &host->cpus[0] : NULL;
}

/* Of a host bridge that is a port: that of a device behind it. */
static int bridge_numa_node(const struct rf *rf, struct model_dport dport)
{
	const struct model_node *memdev;
	struct model_dport above;

	memdev = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; memdev; memdev = rf_next(memdev)) {
		above = model_dport_above(rf->model, memdev);
		if (above.edge == dport.edge)
			return memdev->k.numa_node;
	}
	return -1;
}

/**
 * rf_dport_cpu - the processor that a root port hangs from
 *
 * Return: NULL if @dport is none.
 */
const struct model_cpu *rf_dport_cpu(const struct rf *rf,
				     struct model_dport dport)
{
	const struct model_pci *pci;

	if (!dport.edge)
		return NULL;
	if (!model_is_bridge(dport.port))
		return node_cpu(rf, bridge_numa_node(rf, dport));
	pci = model_pci_get(rf->model, dport.edge->pci);
	return node_cpu(rf, pci ? pci->numa_node : -1);
}

/**
 * rf_root_port_id - what a root port is called in a URI: where it is
 */
const char *rf_root_port_id(struct rf *rf, const struct knl_edge *dport)
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

static void add_root_port(struct rf *rf, struct model_dport dport)
{
	json_t *obj;

	obj = rf_cxl_port_add(rf, rf_uri_dport(rf, dport),
			      rf_printf(rf, "CXL root port %s",
					rf_root_port_id(rf, dport.edge)),
			      dport.edge->pci);
	rf_str(rf, obj, "PortId", rf_printf(rf, "%u", dport.edge->index));
	rf_str(rf, obj, "PortType", "DownstreamPort");
	rf_str(rf, rf_obj(rf, obj, "CXL"), "CurrentPortConfigurationState",
	       "DSP");
	rf_status(rf, obj, "Enabled", MODEL_OK);
}

static void bridge_ports(struct rf *rf, const struct model_node *bridge,
			 rf_dport_fn fn)
{
	struct model_dport dport = { bridge, NULL };
	size_t i;

	for (i = 0; i < bridge->k.n_edges; i++) {
		dport.edge = &bridge->k.edges[i];
		if (dport.edge->type == FABMON_EDGE_TYPE_DPORT)
			fn(rf, dport);
	}
}

/**
 * rf_root_ports - call a function for every root port
 *
 * Twice for a host bridge that is a port and has two devices.
 */
void rf_root_ports(struct rf *rf, rf_dport_fn fn)
{
	const struct model_node *node;
	struct model_dport above;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_PORT);
	for (; node; node = rf_next(node))
		if (model_is_bridge(node))
			bridge_ports(rf, node, fn);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node)) {
		if (!model_is_rcd(rf->model, node))
			continue;
		above = model_dport_above(rf->model, node);
		if (above.edge)
			fn(rf, above);
	}
}

void rf_root_port_add(struct rf *rf)
{
	rf_of(rf, MODEL_CXL);
	rf_root_ports(rf, add_root_port);
}

static void link_root_port(struct rf *rf, struct model_dport dport)
{
	const struct model_cpu *cpu = rf_dport_cpu(rf, dport);

	if (cpu)
		rf_link(rf, rf_uri_dport(rf, dport), "AssociatedEndpoints",
			rf_uri_initiator(rf, cpu));
}

void rf_root_port_link(struct rf *rf)
{
	rf_root_ports(rf, link_root_port);
}
