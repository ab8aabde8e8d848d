// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The RDMA fabrics that this host's ports are in, and its endpoints there. */
#include <arpa/inet.h>
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* What the ports of the shared Ethernet fabric speak, the chief one first. */
static unsigned int type_rank(const char *type)
{
	static const char *const types[] = { "RoCEv2", "iWARP" };
	unsigned int i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i], type))
			break;
	return i;
}

/*
 * All hosts publish the fabric with the same Id and UUID, so that the OFMF
 * makes one of it.
 */
static void add_rdma_fabric(struct rf *rf, const struct model_node *port)
{
	const char *uri = rf_uri_rdma_fabric(rf, port);
	const char *type = rf_port_protocol(port), *old;
	json_t *obj = rf_get(rf, uri);

	if (!uri)
		return;
	if (!strcmp(type, "RoCE"))
		type = "RoCEv2";
	old = json_string_value(json_object_get(obj, "FabricType"));
	if (!obj)
		rf_fabric_new(rf, uri, type, rf_uuid_shared(rf,
			rf_printf(rf, "Fabric:%s", strrchr(uri, '/') + 1)));
	else if (old && type_rank(type) < type_rank(old))
		rf_str(rf, obj, "FabricType", type);
}

static bool is_v4_mapped(const uint8_t *gid)
{
	static const uint8_t prefix[12] = { [10] = 0xff, [11] = 0xff };

	return !memcmp(gid, prefix, sizeof(prefix));
}

/* UDP port 4791: IANA's for RoCE v2 (IBTA annex A17). */
static void add_transport(struct rf *rf, json_t *obj, const uint8_t *gid)
{
	char text[INET6_ADDRSTRLEN];
	json_t *ip;

	ip = rf_push_obj(rf, rf_arr(rf, obj, "IPTransportDetails"));
	rf_str(rf, ip, "TransportProtocol", "RoCEv2");
	if (is_v4_mapped(gid)) {
		inet_ntop(AF_INET, gid + 12, text, sizeof(text));
		rf_str(rf, rf_obj(rf, ip, "IPv4Address"), "Address", text);
	} else {
		inet_ntop(AF_INET6, gid, text, sizeof(text));
		rf_str(rf, rf_obj(rf, ip, "IPv6Address"), "Address", text);
	}
	rf_int(rf, ip, "Port", 4791);
}

static void set_identifiers(struct rf *rf, json_t *obj,
			    const struct model_node *port)
{
	uint64_t guid = model_port_dev(port)->k.dev.node_guid;

	if (rf_port_is_ib(port))
		rf_port_guid(port, &guid);
	if (guid)
		rf_identifier(rf, obj, "EUI", rf_eui(rf, guid));
	if (!rf_port_is_ib(port) && rf_port_mac(rf, port))
		rf_identifier(rf, obj, "MACAddress", rf_port_mac(rf, port));
}

static void add_rdma_endpoint(struct rf *rf, const struct model_node *port)
{
	const struct model_node *dev = model_port_dev(port);
	const char *ndf = rf_uri_ndf(rf, port);
	json_t *obj, *entity;
	size_t i;

	if (!rf_get(rf, ndf))
		return;
	add_rdma_fabric(rf, port);
	obj = rf_add(rf, rf_uri_rdma_endpoint(rf, port), "Endpoint.v1_8_2",
		     rf_printf(rf, "%s port %u", dev->k.name,
			       port->k.port.number));
	rf_str(rf, obj, "EndpointProtocol", rf_port_protocol(port));
	rf_status(rf, obj, rf_port_state(port), rf_port_severity(port));
	set_identifiers(rf, obj, port);
	entity = rf_fabric_entity(rf, obj, "NetworkController", "Both", ndf);
	rf_fabric_pci_id(rf, entity, dev->k.pci);
	for (i = 0; obj && i < port->k.port.n_gids && i < RF_GIDS_MAX; i++)
		if (port->k.port.gids[i].type == FABMON_GID_TYPE_ROCEV2)
			add_transport(rf, obj, port->k.port.gids[i].value);
}

void rf_fabric_rdma_add(struct rf *rf)
{
	const struct model_node *node;

	rf_of(rf, MODEL_RDMA);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node))
		if (model_port_dev(node))
			add_rdma_endpoint(rf, node);
}

static void link_rdma(struct rf *rf, const struct model_node *port)
{
	const char *uri = rf_uri_rdma_endpoint(rf, port);

	rf_link(rf, uri, "LocalPorts", rf_uri_rdma_port(rf, port));
	rf_link(rf, uri, "NetworkDeviceFunction", rf_uri_ndf(rf, port));
}

void rf_fabric_rdma_link(struct rf *rf)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node))
		if (model_port_dev(node))
			link_rdma(rf, node);
}
