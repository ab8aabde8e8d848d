// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Ports of RDMA devices, and what their logical and physical states mean. */
#include <stdio.h>
#include <string.h>

#include "family.h"
#include "health.h"
#include "kernel/knl/names.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* Linux: enum ib_port_state. */
enum { STATE_NOP, STATE_DOWN, STATE_INIT, STATE_ARMED, STATE_ACTIVE,
       STATE_ACTIVE_DEFER };
/* Linux: enum ib_port_phys_state; IBTA 1.4, table 158. */
enum { PHYS_SLEEP = 1, PHYS_POLLING, PHYS_DISABLED, PHYS_TRAINING,
       PHYS_LINK_UP, PHYS_RECOVERY, PHYS_TEST };
/* Linux: enum rdma_link_layer. */
enum { LAYER_INFINIBAND = 1, LAYER_ETHERNET };

static const char *const state_names[] = {
	[STATE_DOWN] = "Down",
	[STATE_INIT] = "Init",
	[STATE_ARMED] = "Armed",
	[STATE_ACTIVE] = "Active",
	[STATE_ACTIVE_DEFER] = "ActiveDefer",
};

static const char *const phys_names[] = {
	[PHYS_SLEEP] = "Sleep",
	[PHYS_POLLING] = "Polling",
	[PHYS_DISABLED] = "Disabled",
	[PHYS_TRAINING] = "PortConfigurationTraining",
	[PHYS_LINK_UP] = "LinkUp",
	[PHYS_RECOVERY] = "LinkErrorRecovery",
	[PHYS_TEST] = "PhyTest",
};

/* Ports without a subnet manager have no LID, and nothing that goes with it. */
#define LID	KNL_HAS(FABMON_A_RDMA_PORT_LID)

#define NAME_OF(names, value) \
	((value) < sizeof(names) / sizeof((names)[0]) ? (names)[value] : NULL)

bool rf_port_is_ib(const struct model_node *port)
{
	switch (port->k.port.protocol) {
	case FABMON_RDMA_PROTOCOL_INFINIBAND:
	case FABMON_RDMA_PROTOCOL_OPA:
		return true;
	case FABMON_RDMA_PROTOCOL_ROCEV1:
	case FABMON_RDMA_PROTOCOL_ROCEV2:
	case FABMON_RDMA_PROTOCOL_IWARP:
	case FABMON_RDMA_PROTOCOL_USNIC:
		return false;
	}
	return port->k.port.link_layer == LAYER_INFINIBAND;
}

/**
 * rf_port_protocol - the protocol in Redfish's words
 *
 * There is none for Omni-Path and usNIC: they pass as the link they use, and
 * their names are in Oem.
 */
const char *rf_port_protocol(const struct model_node *port)
{
	switch (port->k.port.protocol) {
	case FABMON_RDMA_PROTOCOL_ROCEV1:
		return "RoCE";
	case FABMON_RDMA_PROTOCOL_ROCEV2:
		return "RoCEv2";
	case FABMON_RDMA_PROTOCOL_IWARP:
		return "iWARP";
	default:
		return rf_port_is_ib(port) ? "InfiniBand" : "Ethernet";
	}
}

/* The logical state alone, where the physical one is unknown or up. */
static const char *logical_status(const struct model_node *port)
{
	switch (port->k.port.state) {
	case STATE_ACTIVE:
	case STATE_ACTIVE_DEFER:
		return "LinkUp";
	case STATE_INIT:
	case STATE_ARMED:
		/* "established, but the port is not able to transfer data" */
		return "Starting";
	case STATE_DOWN:
		return "LinkDown";
	default:
		return NULL;
	}
}

/**
 * rf_port_link_status - LinkStatus of an RDMA port, NULL if unknown
 */
const char *rf_port_link_status(const struct model_node *port)
{
	switch (port->k.port.phys_state) {
	case PHYS_POLLING:
		return "NoLink";
	case PHYS_TRAINING:
	case PHYS_RECOVERY:
		return "Training";
	case PHYS_SLEEP:
	case PHYS_DISABLED:
	case PHYS_TEST:
		return "LinkDown";
	default:
		return logical_status(port);
	}
}

const char *rf_port_state(const struct model_node *port)
{
	if (model_link_disabled(&port->k))
		return "Disabled";
	return port->k.port.phys_state == PHYS_TEST ? "InTest" : "Enabled";
}

enum model_severity rf_port_severity(const struct model_node *port)
{
	enum model_severity severity = model_node_severity(port);

	if (severity == MODEL_OK &&
	    (port->k.port.phys_state == PHYS_RECOVERY ||
	     port->k.port.state == STATE_ACTIVE_DEFER))
		return MODEL_WARNING;
	return severity;
}

static void set_link(struct rf *rf, json_t *obj, const struct model_node *port)
{
	bool disabled = model_link_disabled(&port->k);

	rf_str(rf, obj, "LinkState", disabled ? "Disabled" : "Enabled");
	rf_str(rf, obj, "LinkStatus", rf_port_link_status(port));
	rf_bool(rf, obj, "InterfaceEnabled", !disabled);
	switch (port->k.port.phys_state) {
	case PHYS_LINK_UP:
	case PHYS_TRAINING:
	case PHYS_RECOVERY:
		rf_bool(rf, obj, "SignalDetected", true);
		break;
	case PHYS_POLLING:
	case PHYS_SLEEP:
	case PHYS_DISABLED:
		rf_bool(rf, obj, "SignalDetected", false);
		break;
	default:
		break;
	}
	rf_conditions(rf, rf_status(rf, obj, rf_port_state(port),
				    rf_port_severity(port)),
		      port, rf_uri_rdma_port(rf, port), RF_PARTS);
}

/**
 * rf_port_guid - the port GUID: the interface part of an IB port's first GID
 */
bool rf_port_guid(const struct model_node *port, uint64_t *guid)
{
	const struct knl_gid *gid;
	size_t i, b;

	for (i = 0; i < port->k.port.n_gids; i++) {
		gid = &port->k.port.gids[i];
		if (gid->index || gid->type != FABMON_GID_TYPE_IB)
			continue;
		*guid = 0;
		for (b = 8; b < 16; b++)
			*guid = *guid << 8 | gid->value[b];
		return *guid;
	}
	return false;
}

/**
 * rf_port_prefix - the subnet that an IB port is in
 *
 * Where the port does not report it, it is that of the first GID. 0: none yet.
 */
bool rf_port_prefix(const struct model_node *port, uint64_t *prefix)
{
	const struct knl_rdma_port *p = &port->k.port;
	size_t i, b;

	*prefix = p->has & LID ? p->subnet_prefix : 0;
	for (i = 0; !*prefix && i < p->n_gids; i++)
		for (b = 0; !p->gids[i].index && b < 8; b++)
			*prefix = *prefix << 8 | p->gids[i].value[b];
	return *prefix;
}

/* Linux: enum ib_port_speed, per lane. */
static const char *speed_name(uint32_t speed)
{
	static const char *const names[] = {
		"SDR", "DDR", "QDR", "FDR10", "FDR", "EDR", "HDR", "NDR", "XDR"
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (speed == 1u << i)
			return names[i];
	return NULL;
}

static void oem_gids(struct rf *rf, json_t *oem, const struct model_node *port)
{
	static const char *const types[] = { "IB", "RoCEv1", "RoCEv2" };
	const struct knl_gid *gid;
	const uint8_t *v;
	json_t *obj;
	size_t i;

	for (i = 0; i < port->k.port.n_gids && i < RF_GIDS_MAX; i++) {
		gid = &port->k.port.gids[i];
		v = gid->value;
		obj = rf_push_obj(rf, rf_arr(rf, oem, "Gids"));
		rf_int(rf, obj, "Index", gid->index);
		rf_str(rf, obj, "Type", NAME_OF(types, gid->type));
		rf_str(rf, obj, "Gid", rf_printf(rf,
			"%02x%02x:%02x%02x:%02x%02x:%02x%02x:"
			"%02x%02x:%02x%02x:%02x%02x:%02x%02x",
			v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7],
			v[8], v[9], v[10], v[11], v[12], v[13], v[14], v[15]));
	}
}

static void oem_pkeys(struct rf *rf, json_t *oem, const struct model_node *port)
{
	const struct knl_rdma_port *p = &port->k.port;
	json_t *obj;
	size_t i;

	for (i = 0; i < p->n_pkeys && i < RF_PKEYS_MAX; i++) {
		obj = rf_push_obj(rf, rf_arr(rf, oem, "PKeys"));
		rf_int(rf, obj, "Index", p->pkeys[i].index);
		rf_hex(rf, obj, "PKey", p->pkeys[i].value, 4);
	}
	rf_count(rf, oem, "PKeyCount", p->pkey_count);
}

static void set_oem(struct rf *rf, json_t *obj, const struct model_node *port)
{
	const struct knl_rdma_port *p = &port->k.port;
	json_t *oem = rf_oem(rf, obj, "RdmaPort");

	rf_str(rf, oem, "Protocol", knl_protocol_name(p->protocol));
	rf_str(rf, oem, "LogicalState", NAME_OF(state_names, p->state));
	rf_str(rf, oem, "PhysicalState", NAME_OF(phys_names, p->phys_state));
	rf_str(rf, oem, "SpeedName", speed_name(p->speed));
	rf_count(rf, oem, "ActiveMtuBytes", p->active_mtu);
	rf_count(rf, oem, "MaxMtuBytes", p->max_mtu);
	rf_str(rf, oem, "NetworkDevice", rf_port_netdev(port)->ifname);
	if (p->has & LID) {
		rf_int(rf, oem, "Lid", p->lid);
		rf_int(rf, oem, "Lmc", p->lmc);
		rf_int(rf, oem, "SmLid", p->sm_lid);
		rf_int(rf, oem, "SmSl", p->sm_sl);
		rf_hex(rf, oem, "SubnetPrefix", p->subnet_prefix, 16);
	}
	rf_hex(rf, oem, "CapabilityMask", p->capabilities, 8);
	if (p->capabilities2)
		rf_hex(rf, oem, "CapabilityMask2", p->capabilities2, 4);
	rf_int(rf, oem, "GidCount", p->gid_count);
	oem_gids(rf, oem, port);
	oem_pkeys(rf, oem, port);
}

static void set_guids(struct rf *rf, json_t *obj,
		      const struct model_node *port)
{
	const struct model_node *dev = model_port_dev(port);
	json_t *ib = rf_obj(rf, obj, "InfiniBand");
	uint64_t guid;

	if (dev->k.dev.node_guid)
		rf_push_str(rf, rf_arr(rf, ib, "AssociatedNodeGUIDs"),
			    rf_guid(rf, dev->k.dev.node_guid));
	if (rf_port_guid(port, &guid))
		rf_push_str(rf, rf_arr(rf, ib, "AssociatedPortGUIDs"),
			    rf_guid(rf, guid));
	if (dev->k.dev.sys_image_guid)
		rf_push_str(rf, rf_arr(rf, ib, "AssociatedSystemGUIDs"),
			    rf_guid(rf, dev->k.dev.sys_image_guid));
}

/**
 * rf_port_netdev - the port's network device; an empty one where it has none
 */
const struct knl_edge *rf_port_netdev(const struct model_node *port)
{
	static const struct knl_edge none;
	const struct knl_edge *edge = model_edge(port, FABMON_EDGE_TYPE_NETDEV);

	return edge ? edge : &none;
}

/**
 * rf_port_mac - its MAC address, or NULL: IP over InfiniBand has addresses of
 * 20 octets, which Redfish has no place for
 */
const char *rf_port_mac(struct rf *rf, const struct model_node *port)
{
	const struct knl_edge *netdev = rf_port_netdev(port);

	return netdev->address_len == 6 ? rf_mac(rf, netdev->address) : NULL;
}

static void set_mac(struct rf *rf, json_t *obj, const struct model_node *port)
{
	const char *mac = rf_port_mac(rf, port);
	json_t *eth;

	if (!mac)
		return;
	eth = rf_obj(rf, obj, "Ethernet");
	rf_push_str(rf, rf_arr(rf, eth, "AssociatedMACAddresses"), mac);
}

/**
 * rf_port_add - add the Port of an RDMA port
 */
void rf_port_add(struct rf *rf, const struct model_node *port)
{
	const struct knl_rdma_port *p = &port->k.port;
	bool ib = rf_port_is_ib(port);
	json_t *obj;

	obj = rf_add(rf, rf_uri_rdma_port(rf, port), "Port.v1_18_0",
		     rf_printf(rf, "%s port %u", model_port_dev(port)->k.name,
			       p->number));
	rf_str(rf, obj, "PortId", rf_printf(rf, "%u", p->number));
	rf_str(rf, obj, "PortProtocol", rf_port_protocol(port));
	rf_str(rf, obj, "PortType", "BidirectionalPort");
	rf_str(rf, obj, "LinkNetworkTechnology",
	       ib ? "InfiniBand" : "Ethernet");
	set_link(rf, obj, port);
	rf_real(rf, obj, "CurrentSpeedGbps", p->rate / 1000.0);
	rf_count(rf, obj, "ActiveWidth", p->width);
	rf_count(rf, obj, "MaxFrameSize", p->max_mtu);
	if (ib)
		set_guids(rf, obj, port);
	else
		set_mac(rf, obj, port);
	if (obj)
		set_oem(rf, obj, port);
}
