// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL switches. A host sees one virtual switch of each, with the ports that are
 * bound to it. A switch may have an agent of its own, which knows the rest; its
 * resources and ours can be matched by the devices behind the ports.
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* PCI function of the upstream port, "" if unknown. */
static const char *uport_pci(const struct model_node *port)
{
	const struct knl_edge *uport = model_edge(port,
						  FABMON_EDGE_TYPE_UPORT);

	return *port->k.pci || !uport ? port->k.pci : uport->pci;
}

static const char *state_of(const struct model_node *port)
{
	return port->k.driver ? "Enabled" : "Disabled";
}

/*
 * The kernel registers as many decoders of a port as its HDM decoder
 * capability has (drivers/cxl/core/hdm.c).
 */
static size_t count_decoders(const struct rf *rf,
			     const struct model_node *port)
{
	const struct model_node *node;
	size_t count = 0;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_SWITCH_DECODER);
	for (; node; node = rf_next(node))
		count += node->parent == port;
	return count;
}

/*
 * The kernel keeps no number of the upstream port, as it does of the others. So
 * it is identified by what it is; a switch has one of it as a host sees it.
 */
static void add_uport(struct rf *rf, const struct model_node *port)
{
	json_t *obj;

	obj = rf_cxl_port_add(rf, rf_uri_switch_uport(rf, port),
			      "Upstream port", uport_pci(port));
	rf_str(rf, obj, "PortId", "Upstream");
	rf_str(rf, obj, "PortType", "UpstreamPort");
	rf_str(rf, rf_obj(rf, obj, "CXL"), "CurrentPortConfigurationState",
	       "USP");
	rf_status(rf, obj, state_of(port), MODEL_OK);
	/* we would not know of the switch otherwise */
	rf_cxl_port_up(rf, rf_uri_switch_uport(rf, port), uport_pci(port));
}

static void add_dport(struct rf *rf, struct model_dport dport)
{
	json_t *obj;

	obj = rf_cxl_port_add(rf, rf_uri_dport(rf, dport),
			      rf_printf(rf, "Downstream port %u",
					dport.edge->index),
			      dport.edge->pci);
	rf_str(rf, obj, "PortId", rf_printf(rf, "%u", dport.edge->index));
	rf_str(rf, obj, "PortType", "DownstreamPort");
	rf_str(rf, rf_obj(rf, obj, "CXL"), "CurrentPortConfigurationState",
	       "DSP");
	rf_status(rf, obj, state_of(dport.port), MODEL_OK);
}

static void add_vcs(struct rf *rf, const struct model_node *port)
{
	json_t *obj;

	obj = rf_add(rf, rf_uri_vcs(rf, port), "VirtualCXLSwitch.v1_0_0",
		     "Virtual switch of this host");
	rf_count(rf, obj, "HDMDecoders", count_decoders(rf, port));
	rf_status(rf, obj, state_of(port), MODEL_OK);
}

static void set_oem(struct rf *rf, json_t *obj, const struct model_node *port)
{
	json_t *oem;

	if (!obj)
		return;
	oem = rf_oem(rf, obj, "CxlSwitch");
	rf_str(rf, oem, "KernelName", port->k.name);
	rf_str(rf, oem, "Driver", port->k.driver);
	rf_str(rf, oem, "PciAddress", uport_pci(port));
	rf_decoders(rf, oem, port);
}

static void add_switch(struct rf *rf, const struct model_node *port)
{
	struct model_dport dport = { port, NULL };
	json_t *obj;
	size_t i;

	rf_fabric_cxl(rf);
	obj = rf_add(rf, rf_uri_switch(rf, port), "Switch.v1_11_0",
		     rf_printf(rf, "CXL switch %s", port->k.name));
	rf_str(rf, obj, "SwitchType", "CXL");
	rf_str(rf, obj, "UUID",
	       rf_uuid_host(rf, rf_printf(rf, "Switch:%s", port->ident)));
	rf_count(rf, rf_obj(rf, obj, "CXL"), "TotalHDMDecoders",
		 count_decoders(rf, port));
	rf_status(rf, obj, state_of(port), MODEL_OK);
	set_oem(rf, obj, port);
	add_vcs(rf, port);
	add_uport(rf, port);
	for (i = 0; i < port->k.n_edges; i++) {
		dport.edge = &port->k.edges[i];
		if (dport.edge->type == FABMON_EDGE_TYPE_DPORT)
			add_dport(rf, dport);
	}
}

typedef void (*switch_fn)(struct rf *rf, const struct model_node *port);

static void each_switch(struct rf *rf, switch_fn fn)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_PORT);
	for (; node; node = rf_next(node))
		if (node->ident && model_is_switch(node))
			fn(rf, node);
}

void rf_switch_add(struct rf *rf)
{
	rf_of(rf, MODEL_CXL);
	each_switch(rf, add_switch);
}

/* Up to the host bridge or to the next switch. */
static void link_uport(struct rf *rf, const struct model_node *port)
{
	struct model_dport above = model_dport_above(rf->model, port);
	const char *uport = rf_uri_switch_uport(rf, port);
	const char *upper = rf_uri_dport(rf, above);

	rf_link_one(rf, rf_uri_vcs(rf, port), "Port", uport);
	if (!above.edge)
		return;
	rf_cxl_port_join(rf, above, uport);
	rf_link(rf, upper, "ConnectedSwitchPorts", uport);
	rf_link(rf, upper, "ConnectedSwitches", rf_uri_switch(rf, port));
	if (!model_is_switch(above.port))
		return;
	rf_str(rf, rf_get(rf, uport), "PortType", "InterswitchPort");
	rf_str(rf, rf_get(rf, upper), "PortType", "InterswitchPort");
}

/* The devices behind it, next to it or behind further switches. */
static void link_target(struct rf *rf, const struct model_node *memdev)
{
	struct model_dport at = model_dport_above(rf->model, memdev);
	const char *target = rf_uri_target(rf, memdev);
	int depth;

	for (depth = 0; at.edge && model_is_switch(at.port) &&
	     depth < RF_DEPTH_MAX; depth++) {
		rf_link(rf, rf_uri_switch(rf, at.port), "Endpoints", target);
		rf_link(rf, rf_uri_vcs(rf, at.port), "Endpoints", target);
		at = model_dport_above(rf->model, at.port);
	}
}

void rf_switch_link(struct rf *rf)
{
	const struct model_node *node;

	each_switch(rf, link_uport);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		link_target(rf, node);
}
