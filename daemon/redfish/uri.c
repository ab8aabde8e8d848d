// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Where each resource lives, and the UUIDs that name it.
 *
 * The URIs are those of the Redfish schemas ("uris"). The segments that we
 * choose are identities of the model or addresses of slots, never names that
 * the kernel gives in the order in which it finds devices: these change with a
 * reboot.
 *
 * Functions return NULL where the model lacks what the URI is made from.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "family.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "util/error.h"

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

/* ---- RDMA --------------------------------------------------------------- */

const char *rf_uri_network_adapter(struct rf *rf, const struct model_node *dev)
{
	return below(rf, rf_uri_chassis(rf), "NetworkAdapters",
		     dev ? dev->ident : NULL);
}

const char *rf_uri_network_adapter_metrics(struct rf *rf,
					   const struct model_node *dev)
{
	const char *uri = rf_uri_network_adapter(rf, dev);

	return uri ? rf_printf(rf, "%s/Metrics", uri) : NULL;
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

/**
 * rf_port_name - what the port is called among all ports of the host
 */
const char *rf_port_name(struct rf *rf, const struct model_node *port)
{
	const struct model_node *dev = model_port_dev(port);

	if (!dev || !dev->ident || !port->ident)
		return NULL;
	return rf_printf(rf, "%s-%s", dev->ident, port->ident);
}

/* The port's own network device. */
const char *rf_uri_ethernet(struct rf *rf, const struct model_node *port)
{
	return below(rf, rf_uri_system(rf), "EthernetInterfaces",
		     rf_port_name(rf, port));
}

static const struct model_netdev *netdev_by_index(const struct model_node *port,
						  uint32_t ifindex)
{
	size_t i;

	for (i = 0; ifindex && i < port->port.n_netdevs; i++)
		if (port->port.netdevs[i].ifindex == ifindex)
			return &port->port.netdevs[i];
	return NULL;
}

/*
 * Names can be changed and indexes are handed out: a device is called after
 * what it is made of. @depth: VLANs can be stacked.
 */
static const char *netdev_name(struct rf *rf, const struct model_node *port,
			       const struct model_netdev *dev, int depth)
{
	const struct model_netdev *lower;
	const char *name;

	if (dev == port->port.netdevs)
		return rf_port_name(rf, port);
	if (dev->kind == MODEL_NETDEV_BOND) {
		name = json_string_value(json_object_get(rf->teams,
				rf_printf(rf, "%u", dev->ifindex)));
		return name ? rf_printf(rf, "%s-bond", name) : NULL;
	}
	lower = netdev_by_index(port, dev->lower);
	name = lower && depth ? netdev_name(rf, port, lower, depth - 1) : NULL;
	if (!name)
		return NULL;
	if (dev->kind == MODEL_NETDEV_VLAN && dev->vlan)
		return rf_printf(rf, "%s-vlan%u", name, dev->vlan);
	if (dev->kind == MODEL_NETDEV_IPOIB)
		return rf_printf(rf, "%s-pkey%04x", name, dev->pkey);
	return NULL;
}

/**
 * rf_uri_netdev - the EthernetInterface of a network device of a port
 *
 * Return: NULL also for a VLAN whose number is not known.
 */
const char *rf_uri_netdev(struct rf *rf, const struct model_node *port,
			  const struct model_netdev *netdev)
{
	return below(rf, rf_uri_system(rf), "EthernetInterfaces",
		     netdev_name(rf, port, netdev, 4));
}

/* ---- PCIe --------------------------------------------------------------- */

/* The function that has the device: for a virtual function the physical one. */
static const char *owner_addr(struct rf *rf, const struct model_node *node)
{
	const struct model_pci *pci = model_pci_get(rf->model, node->k.pci);

	return pci && *pci->physfn ? pci->physfn : node->k.pci;
}

/*
 * A CXL memory device has its own identity and takes it along to another slot.
 * For the others the slot stands: several RDMA devices can be in it.
 */
const char *rf_uri_pcie_device(struct rf *rf, const struct model_node *node)
{
	const char *id = node->ident;
	unsigned int at[4];

	if (node->k.kind != FABMON_NODE_KIND_CXL_MEMDEV)
		id = rf_pci_split(owner_addr(rf, node), at) ?
		     rf_printf(rf, "%04x-%02x-%02x", at[0], at[1], at[2]) :
		     NULL;
	return below(rf, rf_uri_chassis(rf), "PCIeDevices", id);
}

const char *rf_uri_pcie_function(struct rf *rf, const struct model_node *node)
{
	const struct model_pci *pci = model_pci_get(rf->model, node->k.pci);
	const char *device = rf_uri_pcie_device(rf, node);
	unsigned int at[4], own[4];

	if (!rf_pci_split(owner_addr(rf, node), at) ||
	    !rf_pci_split(node->k.pci, own))
		return NULL;
	if (!pci || !*pci->physfn)
		return below(rf, device, "PCIeFunctions",
			     rf_printf(rf, "%u", at[3]));
	if (pci->vf >= 0)
		return below(rf, device, "PCIeFunctions",
			     rf_printf(rf, "%u-vf%d", at[3], pci->vf));
	return below(rf, device, "PCIeFunctions",
		     rf_printf(rf, "%02x-%02x-%u", own[1], own[2], own[3]));
}

/* The physical function that a device's virtual one belongs to, or NULL. */
const char *rf_uri_physical_function(struct rf *rf,
				     const struct model_node *node)
{
	const struct model_pci *pci = model_pci_get(rf->model, node->k.pci);
	unsigned int at[4];

	if (!pci || !*pci->physfn || !rf_pci_split(pci->physfn, at))
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

const char *rf_uri_log(struct rf *rf, const struct model_node *dev)
{
	const char *device;

	if (dev->k.kind != FABMON_NODE_KIND_CXL_MEMDEV)
		return below(rf, rf_uri_system(rf), "LogServices", dev->ident);
	device = rf_uri_logical_device(rf, dev);
	return device ? rf_printf(rf, "%s/DeviceLog", device) : NULL;
}

const char *rf_uri_log_entry(struct rf *rf, const char *log,
			     const struct model_entry *entry)
{
	return below(rf, log, "Entries",
		     rf_printf(rf, "%llu", (unsigned long long)entry->number));
}

const char *rf_uri_memory_region(struct rf *rf,
				 const struct model_node *memdev,
				 enum rf_part part)
{
	return below(rf, rf_uri_logical_device(rf, memdev), "MemoryRegions",
		     rf_part_name(part));
}

/* The switch that a CXL port stands for. */
const char *rf_uri_switch(struct rf *rf, const struct model_node *port)
{
	return below(rf, rf_uri_cxl_fabric(rf), "Switches", port->ident);
}

/* A host sees one virtual switch of each switch. */
const char *rf_uri_vcs(struct rf *rf, const struct model_node *port)
{
	return below(rf, rf_uri_switch(rf, port), "VCSs", "0");
}

const char *rf_uri_switch_uport(struct rf *rf, const struct model_node *port)
{
	return below(rf, rf_uri_switch(rf, port), "Ports", "Upstream");
}

/**
 * rf_uri_dport - Port of a downstream port, of a processor's or of a switch
 *
 * Return: NULL too if @dport is none.
 */
const char *rf_uri_dport(struct rf *rf, struct model_dport dport)
{
	const struct model_cpu *cpu;

	if (!dport.edge)
		return NULL;
	if (model_is_switch(dport.port))
		return below(rf, rf_uri_switch(rf, dport.port), "Ports",
			     rf_printf(rf, "%u", dport.edge->index));
	cpu = rf_dport_cpu(rf, dport);
	if (!cpu)
		return NULL;
	return below(rf, rf_uri_processor(rf, cpu), "Ports",
		     rf_root_port_id(rf, dport.edge));
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

const char *rf_uri_fabric_port_metrics(struct rf *rf,
				       const struct model_node *memdev)
{
	const char *port = rf_uri_fabric_port(rf, memdev);

	return port ? rf_printf(rf, "%s/Metrics", port) : NULL;
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

const char *rf_uri_memory_metrics(struct rf *rf,
				  const struct model_node *memdev,
				  enum rf_part part)
{
	const char *memory = rf_uri_memory(rf, memdev, part);

	return memory ? rf_printf(rf, "%s/MemoryMetrics", memory) : NULL;
}

const char *rf_uri_memory_environment(struct rf *rf,
				      const struct model_node *memdev,
				      enum rf_part part)
{
	const char *memory = rf_uri_memory(rf, memdev, part);

	return memory ? rf_printf(rf, "%s/EnvironmentMetrics", memory) : NULL;
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
	return endpoint(rf, rf_uri_rdma_fabric(rf, port), rf_port_name(rf, port));
}

const char *rf_uri_connection(struct rf *rf, const struct model_node *region)
{
	return below(rf, rf_uri_cxl_fabric(rf), "Connections",
		     region->connection ? region->connection : region->ident);
}

/* ---- those that others ask for ------------------------------------------ */

char *rf_system_uri(const struct model *model)
{
	char *uri;

	if (asprintf(&uri, RF_PREFIX "/Systems/%s",
		     model_host_get(model)->id) < 0) {
		error_origin(-ENOMEM, "Systems: no room for the host's URI");
		return NULL;
	}
	return uri;
}

char *rf_connection_method_uri(const struct model *model)
{
	char *uri;

	if (asprintf(&uri, RF_PREFIX
		     "/AggregationService/ConnectionMethods/host-%s",
		     model_host_get(model)->id) < 0) {
		error_origin(-ENOMEM, "ConnectionMethods: no room for the host's URI");
		return NULL;
	}
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
 * Made from the serial number alone where that identifies the device, so that
 * all hosts, and the fabric's own agent if it does the same, have the same one.
 */
const char *rf_uuid_memdev(struct rf *rf, const struct model_node *memdev,
			   const char *role)
{
	const char *name = rf_printf(rf, "%s:%s", role, memdev->ident);

	return rf_memdev_serial(memdev) ? rf_uuid_shared(rf, name) :
					  rf_uuid_host(rf, name);
}
