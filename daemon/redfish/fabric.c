// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Fabrics, the endpoints that this host has in them, and connections.
 *
 * A CXL endpoint links one FabricAdapter (Sunfish document, appendix A): a
 * memory device is a target, a processor with CXL root ports an initiator. A
 * committed region is a connection between them that exists, whoever made it;
 * an OFMF that is not told would hand the memory out again.
 */
#include <arpa/inet.h>
#include <string.h>

#include "rf.h"

/* ---- fabrics ------------------------------------------------------------ */

static void add_fabric(struct rf *rf, const char *uri, const char *type,
		       const char *uuid)
{
	json_t *obj = rf_add(rf, uri, "Fabric.v1_4_0", NULL);

	rf_str(rf, obj, "FabricType", type);
	rf_str(rf, obj, "UUID", uuid);
	rf_status(rf, obj, "Enabled", MODEL_OK);
}

static void add_cxl_fabric(struct rf *rf)
{
	add_fabric(rf, rf_uri_cxl_fabric(rf), "CXL",
		   rf_uuid_host(rf, "Fabric:CXL"));
}

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
		add_fabric(rf, uri, type, rf_uuid_shared(rf,
			rf_printf(rf, "Fabric:%s", strrchr(uri, '/') + 1)));
	else if (old && type_rank(type) < type_rank(old))
		rf_str(rf, obj, "FabricType", type);
}

/* ---- CXL endpoints ------------------------------------------------------ */

static json_t *add_entity(struct rf *rf, json_t *endpoint, const char *type,
			  const char *role, const char *uri)
{
	json_t *entity;

	if (!rf_get(rf, uri))
		return NULL;
	entity = rf_push_obj(rf, rf_arr(rf, endpoint, "ConnectedEntities"));
	rf_str(rf, entity, "EntityType", type);
	rf_str(rf, entity, "EntityRole", role);
	rf_ref(rf, entity, "EntityLink", uri);
	return entity;
}

static void add_initiator(struct rf *rf, const struct model_cpu *cpu)
{
	const char *adapter = rf_uri_host_adapter(rf, cpu);
	json_t *obj;

	if (!rf_get(rf, adapter))
		return;
	add_cxl_fabric(rf);
	obj = rf_add(rf, rf_uri_initiator(rf, cpu), "Endpoint.v1_8_2",
		     rf_printf(rf, "CPU %u, CXL initiator", cpu->package));
	rf_str(rf, obj, "EndpointProtocol", "CXL");
	rf_status(rf, obj, "Enabled", MODEL_OK);
	add_entity(rf, obj, "FabricBridge", "Initiator", adapter);
	add_entity(rf, obj, "Processor", "Initiator",
		   rf_uri_processor(rf, cpu));
}

static void add_pci_id(struct rf *rf, json_t *entity, const char *addr)
{
	const struct model_pci *pci = model_pci_get(rf->model, addr);
	json_t *id;

	if (!entity || !pci || !pci->vendor)
		return;
	id = rf_obj(rf, entity, "EntityPciId");
	rf_hex(rf, id, "VendorId", pci->vendor, 4);
	rf_hex(rf, id, "DeviceId", pci->device, 4);
	rf_hex(rf, id, "ClassCode", pci->class_code, 6);
	if (!pci->subvendor)
		return;
	rf_hex(rf, id, "SubsystemVendorId", pci->subvendor, 4);
	rf_hex(rf, id, "SubsystemId", pci->subdevice, 4);
}

static void add_target(struct rf *rf, const struct model_node *memdev)
{
	const char *gcxlid = rf_memdev_gcxlid(rf, memdev);
	json_t *obj, *entity;

	add_cxl_fabric(rf);
	obj = rf_add(rf, rf_uri_target(rf, memdev), "Endpoint.v1_8_2",
		     rf_printf(rf, "%s, CXL target", memdev->k.name));
	rf_str(rf, obj, "EndpointProtocol", "CXL");
	rf_identifier(rf, obj, "GCXLID", gcxlid);
	rf_status(rf, obj, rf_memdev_enabled(rf, memdev) ? "Enabled" :
							   "Disabled",
		  MODEL_OK);
	entity = add_entity(rf, obj, "FabricBridge", "Target",
			    rf_uri_fabric_adapter(rf, memdev));
	add_pci_id(rf, entity, memdev->k.pci);
	entity = add_entity(rf, obj, "CXLDevice", "Target",
			    rf_uri_logical_device(rf, memdev));
	rf_identifier(rf, entity, "GCXLID", gcxlid);
}

/* ---- RDMA endpoints ----------------------------------------------------- */

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
	json_t *obj;
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
	add_pci_id(rf, add_entity(rf, obj, "NetworkController", "Both", ndf),
		   dev->k.pci);
	for (i = 0; obj && i < port->k.port.n_gids && i < RF_GIDS_MAX; i++)
		if (port->k.port.gids[i].type == FABMON_GID_TYPE_ROCEV2)
			add_transport(rf, obj, port->k.port.gids[i].value);
}

/* ---- connections -------------------------------------------------------- */

static void add_connection(struct rf *rf, const struct model_node *region)
{
	const char *chunks = rf_uri_chunks(rf, region);
	json_t *obj, *info, *access;

	if (!rf_get(rf, chunks))
		return;
	add_cxl_fabric(rf);
	obj = rf_add(rf, rf_uri_connection(rf, region), "Connection.v1_4_0",
		     region->k.name);
	rf_str(rf, obj, "ConnectionType", "Memory");
	rf_status(rf, obj, "Enabled", MODEL_OK);
	info = rf_push_obj(rf, rf_arr(rf, obj, "MemoryChunkInfo"));
	access = rf_arr(rf, info, "AccessCapabilities");
	rf_push_str(rf, access, "Read");
	rf_push_str(rf, access, "Write");
	rf_ref(rf, info, "MemoryChunk", chunks);
}

void rf_fabric_add(struct rf *rf)
{
	const struct model_node *node;
	size_t i;

	for (i = 0; i < rf->host->n_cpus; i++)
		add_initiator(rf, &rf->host->cpus[i]);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		if (node->ident)
			add_target(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node))
		if (model_port_dev(node))
			add_rdma_endpoint(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			add_connection(rf, node);
}

/* ---- links -------------------------------------------------------------- */

static void link_initiator_ports(struct rf *rf, const struct model_node *bridge)
{
	const struct model_cpu *cpu;
	const struct knl_edge *edge;
	size_t i;

	for (i = 0; i < bridge->k.n_edges; i++) {
		edge = &bridge->k.edges[i];
		cpu = edge->type == FABMON_EDGE_TYPE_DPORT ?
		      rf_dport_cpu(rf, edge) : NULL;
		if (cpu)
			rf_link(rf, rf_uri_initiator(rf, cpu), "LocalPorts",
				rf_uri_root_port(rf, edge));
	}
}

static void link_target(struct rf *rf, const struct model_node *memdev)
{
	const char *uri = rf_uri_target(rf, memdev);
	const struct knl_edge *root;

	rf_link(rf, uri, "LocalPorts", rf_uri_fabric_port(rf, memdev));
	root = model_memdev_root_port(rf->model, memdev);
	if (root && !model_memdev_switch_port(rf->model, memdev))
		rf_link(rf, uri, "ConnectedPorts", rf_uri_root_port(rf, root));
}

static void link_rdma(struct rf *rf, const struct model_node *port)
{
	const char *uri = rf_uri_rdma_endpoint(rf, port);

	rf_link(rf, uri, "LocalPorts", rf_uri_rdma_port(rf, port));
	rf_link(rf, uri, "NetworkDeviceFunction", rf_uri_ndf(rf, port));
}

/* From the processor that the device hangs from; from all, if unknown. */
static void link_initiator(struct rf *rf, const char *connection,
			   const struct model_node *memdev)
{
	const struct knl_edge *root = model_memdev_root_port(rf->model, memdev);
	const struct model_cpu *cpu = root ? rf_dport_cpu(rf, root) : NULL;
	const char *initiator;
	size_t i;

	for (i = 0; i < rf->host->n_cpus; i++) {
		if (cpu && cpu != &rf->host->cpus[i])
			continue;
		initiator = rf_uri_initiator(rf, &rf->host->cpus[i]);
		rf_link(rf, connection, "InitiatorEndpoints", initiator);
		rf_link(rf, initiator, "Connections", connection);
	}
}

/* Both ends of a connection, and what it is made of. */
static void link_connection(struct rf *rf, const struct model_node *region)
{
	const char *uri = rf_uri_connection(rf, region), *target;
	const char *chunks = rf_uri_chunks(rf, region);
	const struct model_node *memdev;
	size_t i;

	for (i = 0; i < region->region.n_targets; i++) {
		memdev = rf_region_memdev(rf, region, i);
		if (!memdev || !rf_get(rf, uri))
			continue;
		target = rf_uri_target(rf, memdev);
		rf_link(rf, uri, "TargetEndpoints", target);
		rf_link(rf, target, "Connections", uri);
		add_entity(rf, rf_get(rf, target), "MemoryChunk", "Target",
			   chunks);
		link_initiator(rf, uri, memdev);
	}
}

void rf_fabric_link(struct rf *rf)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_PORT);
	for (; node; node = rf_next(node))
		if (rf_is_bridge(node))
			link_initiator_ports(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		link_target(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node))
		if (model_port_dev(node))
			link_rdma(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			link_connection(rf, node);
}
