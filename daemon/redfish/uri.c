// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Where each resource lives, and the UUIDs that name it.
 *
 * The URIs are those of the Redfish schemas ("uris"). A segment of ours is an
 * identity of the model or the address of a slot, never a name that the kernel
 * hands out in the order it finds things.
 *
 * Functions return NULL where the model lacks what the URI is made from.
 */
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "rf.h"

static const char *below(struct rf *rf, const char *parent,
			 const char *collection, const char *id)
{
	if (!parent || !id || !*id)
		return NULL;
	return rf_printf(rf, "%s/%s/%s", parent, collection, id);
}

const char *rf_uri_system(struct rf *rf)
{
	return below(rf, RF_PREFIX, "Systems", rf->host->id);
}

const char *rf_uri_chassis(struct rf *rf)
{
	return below(rf, RF_PREFIX, "Chassis", rf->host->id);
}

static const char *cpu_id(struct rf *rf, const struct model_cpu *cpu)
{
	return rf_printf(rf, "CPU%u", cpu->package);
}

const char *rf_uri_processor(struct rf *rf, const struct model_cpu *cpu)
{
	return below(rf, rf_uri_system(rf), "Processors", cpu_id(rf, cpu));
}

const char *rf_uri_root_port(struct rf *rf, const struct knl_edge *dport)
{
	const struct model_cpu *cpu = dport ? rf_dport_cpu(rf, dport) : NULL;

	if (!cpu)
		return NULL;
	return below(rf, rf_uri_processor(rf, cpu), "Ports",
		     rf_dport_id(rf, dport));
}

/* ---- RDMA --------------------------------------------------------------- */

const char *rf_uri_network_adapter(struct rf *rf, const struct model_node *dev)
{
	return below(rf, rf_uri_chassis(rf), "NetworkAdapters",
		     dev ? dev->ident : NULL);
}

const char *rf_uri_network_interface(struct rf *rf,
				     const struct model_node *dev)
{
	return below(rf, rf_uri_system(rf), "NetworkInterfaces", dev->ident);
}

const char *rf_uri_rdma_port(struct rf *rf, const struct model_node *port)
{
	return below(rf, rf_uri_network_adapter(rf, model_port_dev(port)),
		     "Ports", port->ident);
}

const char *rf_uri_rdma_port_metrics(struct rf *rf,
				     const struct model_node *port)
{
	const char *uri = rf_uri_rdma_port(rf, port);

	return uri ? rf_printf(rf, "%s/Metrics", uri) : NULL;
}

const char *rf_uri_ndf(struct rf *rf, const struct model_node *port)
{
	return below(rf, rf_uri_network_adapter(rf, model_port_dev(port)),
		     "NetworkDeviceFunctions", port->ident);
}

/* What the port is called among all ports of the host. */
static const char *port_name(struct rf *rf, const struct model_node *port)
{
	const struct model_node *dev = model_port_dev(port);

	if (!dev || !dev->ident || !port->ident)
		return NULL;
	return rf_printf(rf, "%s-%s", dev->ident, port->ident);
}

const char *rf_uri_ethernet(struct rf *rf, const struct model_node *port)
{
	return below(rf, rf_uri_system(rf), "EthernetInterfaces",
		     port_name(rf, port));
}

/* ---- PCIe --------------------------------------------------------------- */

/*
 * A CXL memory device has its own identity and takes it along to another slot.
 * For the others the slot stands: several RDMA devices can be in it.
 */
const char *rf_uri_pcie_device(struct rf *rf, const struct model_node *node)
{
	const char *id = node->ident;
	unsigned int at[4];

	if (node->k.kind != FABMON_NODE_KIND_CXL_MEMDEV)
		id = rf_pci_split(node->k.pci, at) ?
		     rf_printf(rf, "%04x-%02x-%02x", at[0], at[1], at[2]) :
		     NULL;
	return below(rf, rf_uri_chassis(rf), "PCIeDevices", id);
}

const char *rf_uri_pcie_function(struct rf *rf, const struct model_node *node)
{
	unsigned int at[4];

	if (!rf_pci_split(node->k.pci, at))
		return NULL;
	return below(rf, rf_uri_pcie_device(rf, node), "PCIeFunctions",
		     rf_printf(rf, "%u", at[3]));
}

/* ---- CXL ---------------------------------------------------------------- */

/* A host sees one logical device of each device it has, as number 0. */
const char *rf_uri_logical_device(struct rf *rf,
				  const struct model_node *memdev)
{
	return below(rf, rf_uri_pcie_device(rf, memdev), "CXLLogicalDevices",
		     "0");
}

const char *rf_uri_fabric_adapter(struct rf *rf,
				  const struct model_node *memdev)
{
	return below(rf, rf_uri_chassis(rf), "FabricAdapters", memdev->ident);
}

const char *rf_uri_fabric_port(struct rf *rf, const struct model_node *memdev)
{
	return below(rf, rf_uri_fabric_adapter(rf, memdev), "Ports", "1");
}

const char *rf_uri_host_adapter(struct rf *rf, const struct model_cpu *cpu)
{
	return below(rf, rf_uri_system(rf), "FabricAdapters",
		     rf_printf(rf, "cxl-CPU%u", cpu->package));
}

const char *rf_uri_memory(struct rf *rf, const struct model_node *memdev,
			  enum rf_part part)
{
	if (!memdev->ident)
		return NULL;
	return below(rf, rf_uri_system(rf), "Memory",
		     rf_printf(rf, "%s-%s", memdev->ident, rf_part_name(part)));
}

const char *rf_uri_domain(struct rf *rf, const struct model_node *root,
			  enum rf_part part)
{
	if (!root->ident)
		return NULL;
	return below(rf, rf_uri_system(rf), "MemoryDomains",
		     rf_printf(rf, "%s-%s", root->ident, rf_part_name(part)));
}

const char *rf_uri_chunks(struct rf *rf, const struct model_node *region)
{
	const struct model_node *root = model_region_root(region);

	if (!root)
		return NULL;
	return below(rf, rf_uri_domain(rf, root, rf_region_part(rf, region)),
		     "MemoryChunks", region->ident);
}

/* ---- fabrics ------------------------------------------------------------ */

/* CXL reaches no further than this host; RDMA fabrics are shared. */
const char *rf_uri_cxl_fabric(struct rf *rf)
{
	return rf_printf(rf, RF_PREFIX "/Fabrics/CXL-%s", rf->host->id);
}

const char *rf_uri_rdma_fabric(struct rf *rf, const struct model_node *port)
{
	uint64_t prefix;

	if (!rf_port_is_ib(port))
		return below(rf, RF_PREFIX, "Fabrics", rf->agent->rdma_fabric);
	if (!rf_port_prefix(port, &prefix))
		return NULL;
	return rf_printf(rf, RF_PREFIX "/Fabrics/IB-%016llx",
			 (unsigned long long)prefix);
}

/* Endpoints of several hosts meet in one fabric: their host is in the id. */
static const char *endpoint(struct rf *rf, const char *fabric, const char *id)
{
	if (!id)
		return NULL;
	return below(rf, fabric, "Endpoints",
		     rf_printf(rf, "%s-%s", rf->host->id, id));
}

const char *rf_uri_initiator(struct rf *rf, const struct model_cpu *cpu)
{
	return endpoint(rf, rf_uri_cxl_fabric(rf), cpu_id(rf, cpu));
}

const char *rf_uri_target(struct rf *rf, const struct model_node *memdev)
{
	return endpoint(rf, rf_uri_cxl_fabric(rf), memdev->ident);
}

const char *rf_uri_rdma_endpoint(struct rf *rf, const struct model_node *port)
{
	return endpoint(rf, rf_uri_rdma_fabric(rf, port), port_name(rf, port));
}

const char *rf_uri_connection(struct rf *rf, const struct model_node *region)
{
	return below(rf, rf_uri_cxl_fabric(rf), "Connections", region->ident);
}

/* ---- agent -------------------------------------------------------------- */

const char *rf_uri_managing_agent(struct rf *rf)
{
	return below(rf, RF_PREFIX "/AggregationService", "AggregationSources",
		     rf->agent->context);
}

char *rf_system_uri(const struct model *model)
{
	char *uri;

	if (asprintf(&uri, RF_PREFIX "/Systems/%s",
		     model_host_get(model)->id) < 0)
		return NULL;
	return uri;
}

char *rf_connection_method_uri(const struct model *model)
{
	char *uri;

	if (asprintf(&uri, RF_PREFIX
		     "/AggregationService/ConnectionMethods/host-%s",
		     model_host_get(model)->id) < 0)
		return NULL;
	return uri;
}

/* ---- UUIDs -------------------------------------------------------------- */

/* RFC 4122 version 5: the same name in the same name space, the same UUID. */
static const char *uuid5(struct rf *rf, const uuid_t space, const char *name)
{
	char text[UUID_STR_LEN];
	uuid_t uuid;

	if (!name)
		return NULL;
	uuid_generate_sha1(uuid, space, name, strlen(name));
	uuid_unparse_lower(uuid, text);
	return rf_printf(rf, "%s", text);
}

/**
 * rf_uuid_host - UUID of something that is this host's alone
 */
const char *rf_uuid_host(struct rf *rf, const char *name)
{
	uuid_t space;

	if (uuid_parse(rf->host->uuid, space))
		return NULL;
	return uuid5(rf, space, name);
}

/**
 * rf_uuid_shared - UUID of something that other hosts see as well
 * @name: what they call it, too
 *
 * In the name space of URLs, with a URN, so that others can derive it.
 */
const char *rf_uuid_shared(struct rf *rf, const char *name)
{
	const uuid_t *space = uuid_get_template("url");

	if (!name)
		return NULL;
	return uuid5(rf, *space, rf_printf(rf, "urn:fabmon:%s", name));
}

/**
 * rf_uuid_memdev - UUID of a memory device in one of its roles
 * @role: "FabricAdapter", "PCIeDevice": resources do not share a UUID
 *
 * Made from the serial number alone where that tells the device, so that all
 * hosts and the fabric's own agent, if they follow the same rule, agree.
 */
const char *rf_uuid_memdev(struct rf *rf, const struct model_node *memdev,
			   const char *role)
{
	const char *name = rf_printf(rf, "%s:%s", role, memdev->ident);

	return rf_memdev_serial(memdev) ? rf_uuid_shared(rf, name) :
					  rf_uuid_host(rf, name);
}
