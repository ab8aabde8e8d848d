// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The CXL fabric: the endpoints that this host has in it, and connections.
 *
 * A memory device is a target, and a processor with CXL root ports an
 * initiator; each endpoint links to one FabricAdapter (Sunfish document,
 * appendix A). A committed region is a connection between them, also if no OFMF
 * made it: one that did not know of it would give the memory to somebody else.
 */
#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

void rf_fabric_cxl(struct rf *rf)
{
	rf_fabric_new(rf, rf_uri_cxl_fabric(rf), "CXL",
		      rf_uuid_host(rf, "Fabric:CXL"));
}

/* ---- endpoints ---------------------------------------------------------- */

static void add_initiator(struct rf *rf, const struct model_cpu *cpu)
{
	const char *adapter = rf_uri_host_adapter(rf, cpu);
	json_t *obj;

	if (!rf_get(rf, adapter))
		return;
	rf_fabric_cxl(rf);
	obj = rf_add(rf, rf_uri_initiator(rf, cpu), "Endpoint.v1_8_2",
		     rf_printf(rf, "CPU %u, CXL initiator", cpu->package));
	rf_str(rf, obj, "EndpointProtocol", "CXL");
	rf_status(rf, obj, "Enabled", MODEL_OK);
	rf_fabric_entity(rf, obj, "FabricBridge", "Initiator", adapter);
	rf_fabric_entity(rf, obj, "Processor", "Initiator",
			 rf_uri_processor(rf, cpu));
}

static void add_target(struct rf *rf, const struct model_node *memdev)
{
	const char *gcxlid = rf_memdev_gcxlid(rf, memdev);
	json_t *obj, *entity;

	rf_fabric_cxl(rf);
	obj = rf_add(rf, rf_uri_target(rf, memdev), "Endpoint.v1_8_2",
		     rf_printf(rf, "%s, CXL target", memdev->k.name));
	rf_str(rf, obj, "EndpointProtocol", "CXL");
	rf_identifier(rf, obj, "GCXLID", gcxlid);
	rf_status(rf, obj, rf_memdev_state(rf, memdev), MODEL_OK);
	entity = rf_fabric_entity(rf, obj, "FabricBridge", "Target",
				  rf_uri_fabric_adapter(rf, memdev));
	rf_fabric_pci_id(rf, entity, memdev->k.pci);
	entity = rf_fabric_entity(rf, obj, "CXLDevice", "Target",
				  rf_uri_logical_device(rf, memdev));
	rf_identifier(rf, entity, "GCXLID", gcxlid);
}

/* ---- connections -------------------------------------------------------- */

static void add_connection(struct rf *rf, const struct model_node *region)
{
	const char *chunks = rf_uri_chunks(rf, region);
	json_t *obj, *info, *access;

	if (!rf_get(rf, chunks))
		return;
	rf_fabric_cxl(rf);
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

void rf_fabric_cxl_add(struct rf *rf)
{
	const struct model_node *node;
	size_t i;

	rf_of(rf, MODEL_CXL);
	for (i = 0; i < rf->host->n_cpus; i++)
		add_initiator(rf, &rf->host->cpus[i]);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		if (node->ident)
			add_target(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			add_connection(rf, node);
}

/* ---- links -------------------------------------------------------------- */

static void link_initiator_port(struct rf *rf, struct model_dport dport)
{
	const struct model_cpu *cpu = rf_dport_cpu(rf, dport);

	if (cpu)
		rf_link(rf, rf_uri_initiator(rf, cpu), "LocalPorts",
			rf_uri_dport(rf, dport));
}

static void link_target(struct rf *rf, const struct model_node *memdev)
{
	const char *uri = rf_uri_target(rf, memdev);

	rf_link(rf, uri, "LocalPorts", rf_uri_fabric_port(rf, memdev));
	rf_link(rf, uri, "ConnectedPorts",
		rf_uri_dport(rf, model_dport_above(rf->model, memdev)));
}

/* From the processor that the device hangs from; from all, if unknown. */
static void link_initiator(struct rf *rf, const char *connection,
			   const struct model_node *memdev)
{
	const struct model_cpu *cpu = rf_dport_cpu(rf,
				model_dport_root(rf->model, memdev));
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
		rf_fabric_entity(rf, rf_get(rf, target), "MemoryChunk",
				 "Target", chunks);
		link_initiator(rf, uri, memdev);
	}
}

void rf_fabric_cxl_link(struct rf *rf)
{
	const struct model_node *node;

	rf_root_ports(rf, link_initiator_port);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		link_target(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			link_connection(rf, node);
}
