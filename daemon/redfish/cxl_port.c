// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the ports of CXL host bridges, switches and devices have in common, and
 * the address decoders behind them.
 */
#include <stdlib.h>
#include <string.h>

#include "family.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

/**
 * rf_cxl_port_add - add a Port that nothing is known to be plugged into
 * @pci_addr: PCI function of the port, may be empty
 *
 * Nothing is read from the link registers: without a partner they hold what the
 * port last trained to, or no valid value. rf_cxl_port_up() does that.
 *
 * Return: the Port, borrowed, or NULL if there is one already.
 */
json_t *rf_cxl_port_add(struct rf *rf, const char *uri, const char *name,
			const char *pci_addr)
{
	const struct model_pci *pci = model_pci_get(rf->model, pci_addr);
	json_t *obj = rf_add(rf, uri, "Port.v1_18_0", name);

	rf_str(rf, obj, "PortProtocol", "CXL");
	rf_str(rf, obj, "LinkNetworkTechnology", "PCIe");
	rf_str(rf, obj, "LinkState", "Enabled");
	rf_bool(rf, obj, "InterfaceEnabled", true);
	rf_str(rf, obj, "LinkStatus", "NoLink");
	if (pci) {
		rf_real(rf, obj, "MaxSpeedGbps",
			rf_pcie_gbps(pci->max_gen, pci->max_lanes));
		rf_count(rf, obj, "Width", pci->max_lanes);
	}
	if (obj && *pci_addr)
		rf_str(rf, rf_oem(rf, obj, "CxlPort"), "PciAddress", pci_addr);
	return obj;
}

/**
 * rf_cxl_port_up - something answers at the other end of a Port
 */
void rf_cxl_port_up(struct rf *rf, const char *uri, const char *pci_addr)
{
	const struct model_pci *pci = model_pci_get(rf->model, pci_addr);
	json_t *obj = rf_get(rf, uri);

	rf_str(rf, obj, "LinkStatus", "LinkUp");
	if (!pci)
		return;
	rf_real(rf, obj, "CurrentSpeedGbps",
		rf_pcie_gbps(pci->gen, pci->lanes));
	rf_count(rf, obj, "ActiveWidth", pci->lanes);
}

/**
 * rf_cxl_port_join - link the two ends of a CXL link
 * @upper: the end nearer to the host
 * @lower: URI of the other end's Port
 */
void rf_cxl_port_join(struct rf *rf, struct model_dport upper,
		      const char *lower)
{
	const char *uri = rf_uri_dport(rf, upper);

	if (!rf_get(rf, uri) || !rf_get(rf, lower))
		return;
	rf_cxl_port_up(rf, uri, upper.edge->pci);
	rf_link(rf, uri, "ConnectedPorts", lower);
	rf_link(rf, lower, "ConnectedPorts", uri);
	if (!model_is_switch(upper.port))
		return;
	rf_link(rf, lower, "ConnectedSwitchPorts", uri);
	rf_link(rf, lower, "ConnectedSwitches",
		rf_uri_switch(rf, upper.port));
}

/* ---- decoders ----------------------------------------------------------- */

static bool is_decoder(const struct model_node *node)
{
	return node->k.kind == FABMON_NODE_KIND_CXL_SWITCH_DECODER ||
	       node->k.kind == FABMON_NODE_KIND_CXL_ENDPOINT_DECODER;
}

/* The number behind the dot of "decoder2.1"; -1 if there is none. */
static int decoder_number(const struct model_node *node)
{
	const char *dot = node->k.name ? strrchr(node->k.name, '.') : NULL;

	return dot ? atoi(dot + 1) : -1;
}

/* The ports that it spreads accesses over, in position order. */
static void set_targets(struct rf *rf, json_t *obj,
			const struct model_node *node)
{
	const struct knl_edge *edge;
	const char *name;
	size_t i;

	for (i = 0; i < node->k.n_edges; i++) {
		edge = &node->k.edges[i];
		if (edge->type != FABMON_EDGE_TYPE_TARGET)
			continue;
		name = edge->path ? strrchr(edge->path, '/') : NULL;
		rf_push_str(rf, rf_arr(rf, obj, "Targets"),
			    name ? name + 1 : edge->pci);
	}
}

static void add_decoder(struct rf *rf, json_t *list,
			const struct model_node *node)
{
	const struct model_decoder *d = &node->decoder;
	int number = decoder_number(node);
	json_t *obj = rf_push_obj(rf, list);

	rf_str(rf, obj, "KernelName", node->k.name);
	if (node->parent->cxl_port.committed >= 0 && number >= 0)
		rf_bool(rf, obj, "Committed",
			number < node->parent->cxl_port.committed);
	if (!d->size || !rf_known(d->size))
		return;
	if (rf_known(d->start))
		rf_hex(rf, obj, "HpaStart", d->start, 1);
	rf_bytes(rf, obj, "SizeBytes", d->size);
	rf_count(rf, obj, "InterleaveWays", d->ways);
	rf_bytes(rf, obj, "InterleaveGranularityBytes", d->granularity);
	rf_bool(rf, obj, "Locked", d->locked);
	set_targets(rf, obj, node);
	if (!d->dpa_size || !rf_known(d->dpa_start))
		return;
	rf_hex(rf, obj, "DpaStart", d->dpa_start, 1);
	rf_bytes(rf, obj, "DpaSizeBytes", d->dpa_size);
}

/**
 * rf_decoders - set the Decoders of an Oem object
 * @port: host bridge, switch or endpoint that they belong to; may be NULL
 */
void rf_decoders(struct rf *rf, json_t *oem, const struct model_node *port)
{
	const struct model_node *node;

	for (node = model_first(rf->model); oem && port && node;
	     node = node->next)
		if (node->parent == port && is_decoder(node))
			add_decoder(rf, rf_arr(rf, oem, "Decoders"), node);
}
