// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * RDMA devices: a NetworkAdapter, its NetworkDeviceFunctions (one for each
 * port), and the NetworkInterface by which the system refers to it.
 */
#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* Linux: enum rdma_node_type. */
static const char *node_type(uint32_t type)
{
	static const char *const names[] = {
		[1] = "ChannelAdapter", "Switch", "Router", "RNIC", "usNIC",
		"usNIC-UDP", "Unspecified",
	};

	return type < sizeof(names) / sizeof(names[0]) ? names[type] : NULL;
}

/* Who has the PCI vendor id, of those that make RDMA adapters (PCI-SIG). */
static const char *manufacturer(const struct model_pci *pci)
{
	static const struct {
		uint16_t vendor;
		const char *name;
	} makers[] = {
		{ 0x1077, "QLogic" },
		{ 0x1137, "Cisco" },
		{ 0x1414, "Microsoft" },
		{ 0x1425, "Chelsio" },
		{ 0x14e4, "Broadcom" },
		{ 0x15ad, "VMware" },
		{ 0x15b3, "Mellanox" },
		{ 0x19e5, "Huawei" },
		{ 0x1d0f, "Amazon" },
		{ 0x1dd8, "AMD Pensando" },
		{ 0x1ded, "Alibaba" },
		{ 0x434e, "Cornelis Networks" },
		{ 0x8086, "Intel" },
	};
	size_t i;

	for (i = 0; pci && i < sizeof(makers) / sizeof(makers[0]); i++)
		if (makers[i].vendor == pci->vendor)
			return makers[i].name;
	return NULL;
}

static void set_sriov(struct rf *rf, json_t *cap, const struct model_pci *pci)
{
	json_t *offload;

	if (!cap || !pci || !pci->max_vfs)
		return;
	offload = rf_obj(rf, cap, "VirtualizationOffload");
	rf_bool(rf, rf_obj(rf, offload, "SRIOV"), "SRIOVEnabled", pci->vfs);
	rf_int(rf, rf_obj(rf, offload, "VirtualFunction"), "DeviceMaxCount",
	       pci->max_vfs);
}

static void set_controller(struct rf *rf, json_t *adapter,
			   const struct model_node *dev)
{
	json_t *ctl = rf_push_obj(rf, rf_arr(rf, adapter, "Controllers"));
	json_t *cap;

	if (!ctl)
		return;
	rf_str(rf, ctl, "FirmwarePackageVersion", dev->k.dev.firmware);
	cap = rf_obj(rf, ctl, "ControllerCapabilities");
	rf_int(rf, cap, "NetworkPortCount", dev->k.dev.ports);
	rf_int(rf, cap, "NetworkDeviceFunctionCount", dev->k.dev.ports);
	set_sriov(rf, cap, model_pci_get(rf->model, dev->k.pci));
	rf_pcie_interface(rf, ctl, dev->k.pci);
	if (dev->k.dev.node_guid)
		rf_identifier(rf, ctl, "EUI",
			      rf_eui(rf, dev->k.dev.node_guid));
}

static void set_adapter_oem(struct rf *rf, json_t *obj,
			    const struct model_node *dev)
{
	json_t *oem;

	if (!obj)
		return;
	oem = rf_oem(rf, obj, "RdmaDevice");
	rf_str(rf, oem, "KernelName", dev->k.name);
	rf_str(rf, oem, "NodeType", node_type(dev->k.dev.node_type));
	rf_str(rf, oem, "NodeDescription", dev->rdma.node_desc);
	rf_str(rf, oem, "BoardId", dev->rdma.board_id);
	rf_str(rf, oem, "PciAddress", dev->k.pci);
	if (dev->k.dev.sys_image_guid)
		rf_str(rf, oem, "SystemImageGuid",
		       rf_guid(rf, dev->k.dev.sys_image_guid));
	if (dev->k.dev.has & KNL_HAS(FABMON_A_RDMA_DEV_NETNS_COOKIE))
		rf_hex(rf, oem, "NetworkNamespaceCookie",
		       dev->k.dev.netns_cookie, 16);
	if (dev->k.numa_node >= 0)
		rf_int(rf, oem, "NumaNode", dev->k.numa_node);
}

static void add_adapter(struct rf *rf, const struct model_node *dev)
{
	json_t *obj = rf_add(rf, rf_uri_network_adapter(rf, dev),
			     "NetworkAdapter.v1_14_0", dev->k.name);
	const char *model = dev->rdma.hca_type;

	rf_str(rf, obj, "Manufacturer",
	       manufacturer(model_pci_get(rf->model, dev->k.pci)));
	rf_str(rf, obj, "Model", model && *model ? model :
						   dev->rdma.board_id);
	rf_conditions(rf, rf_status(rf, obj, "Enabled",
				    model_node_severity(dev)),
		      dev, rf_uri_network_adapter(rf, dev), RF_PARTS);
	set_controller(rf, obj, dev);
	set_adapter_oem(rf, obj, dev);
	rf_metrics_adapter_add(rf, dev);

	obj = rf_add(rf, rf_uri_network_interface(rf, dev),
		     "NetworkInterface.v1_2_3", dev->k.name);
	rf_status(rf, obj, "Enabled", MODEL_OK);
}

static void set_mtu_sizes(struct rf *rf, json_t *ib, uint32_t max)
{
	json_t *list;
	uint32_t size;

	if (max < 256)
		return;
	list = rf_arr(rf, ib, "SupportedMTUSizes");
	for (size = 256; size <= max && size <= 8192; size *= 2)
		rf_push(rf, list, json_integer(size));
	/* Omni-Path goes on to 10240 */
	if (max > 8192)
		rf_push(rf, list, json_integer(max));
}

static void set_infiniband(struct rf *rf, json_t *ndf,
			   const struct model_node *port)
{
	const struct knl_rdma_dev *dev = &model_port_dev(port)->k.dev;
	json_t *ib = rf_obj(rf, ndf, "InfiniBand");
	uint64_t guid;

	if (dev->node_guid)
		rf_str(rf, ib, "NodeGUID", rf_guid(rf, dev->node_guid));
	if (rf_port_guid(port, &guid))
		rf_str(rf, ib, "PortGUID", rf_guid(rf, guid));
	if (dev->sys_image_guid)
		rf_str(rf, ib, "SystemGUID", rf_guid(rf, dev->sys_image_guid));
	rf_count(rf, ib, "MTUSize", port->k.port.active_mtu);
	set_mtu_sizes(rf, ib, port->k.port.max_mtu);
}

/* All protocols of the port; older kernels report only the main one. */
static void set_protocols(struct rf *rf, json_t *eth,
			  const struct model_node *port)
{
	static const struct {
		enum fabmon_rdma_protocol protocol;
		const char *name;
	} names[] = {
		{ FABMON_RDMA_PROTOCOL_ROCEV1, "RoCE" },
		{ FABMON_RDMA_PROTOCOL_ROCEV2, "RoCEv2" },
		{ FABMON_RDMA_PROTOCOL_IWARP, "iWARP" },
	};
	uint32_t all = port->k.port.protocols | 1u << port->k.port.protocol;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (all & 1u << names[i].protocol)
			rf_push_str(rf, rf_arr(rf, eth, "AdditionalProtocols"),
				    names[i].name);
}

static void set_ethernet(struct rf *rf, json_t *ndf,
			 const struct model_node *port)
{
	json_t *eth = rf_obj(rf, ndf, "Ethernet");

	rf_str(rf, eth, "MACAddress", rf_port_mac(rf, port));
	rf_count(rf, eth, "MTUSize", rf_port_netdev(port)->mtu);
	set_protocols(rf, eth, port);
}

static void set_virtual(struct rf *rf, json_t *ndf,
			const struct model_node *dev)
{
	const struct model_pci *pci = model_pci_get(rf->model, dev->k.pci);

	if (!ndf || !pci)
		return;
	if (pci->max_vfs) {
		rf_int(rf, ndf, "MaxVirtualFunctions", pci->max_vfs);
		rf_int(rf, ndf, "VirtualFunctionAllocation", pci->vfs);
		rf_bool(rf, ndf, "VirtualFunctionsEnabled", pci->vfs);
	}
	if (*pci->physfn && pci->vf >= 0)
		rf_int(rf, rf_oem(rf, ndf, "RdmaFunction"),
		       "VirtualFunctionNumber", pci->vf);
}

static void add_function(struct rf *rf, const struct model_node *port)
{
	const char *type = rf_port_is_ib(port) ? "InfiniBand" : "Ethernet";
	json_t *obj;

	obj = rf_add(rf, rf_uri_ndf(rf, port), "NetworkDeviceFunction.v1_11_1",
		     rf_printf(rf, "%s function %u",
			       model_port_dev(port)->k.name,
			       port->k.port.number));
	rf_str(rf, obj, "NetDevFuncType", type);
	rf_push_str(rf, rf_arr(rf, obj, "NetDevFuncCapabilities"), type);
	rf_bool(rf, obj, "DeviceEnabled", true);
	rf_status(rf, obj, "Enabled", MODEL_OK);
	if (rf_port_is_ib(port))
		set_infiniband(rf, obj, port);
	else
		set_ethernet(rf, obj, port);
	set_virtual(rf, obj, model_port_dev(port));
}

void rf_adapter_add(struct rf *rf)
{
	const struct model_node *node;

	rf_of(rf, MODEL_RDMA);
	rf_ethernet_teams(rf);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_DEV);
	for (; node; node = rf_next(node))
		add_adapter(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node)) {
		if (!model_port_dev(node))
			continue;
		rf_port_add(rf, node);
		rf_metrics_port_add(rf, node);
		add_function(rf, node);
		rf_ethernet_add(rf, node);
	}
}

static void link_adapter(struct rf *rf, const struct model_node *dev)
{
	const char *uri = rf_uri_network_adapter(rf, dev);
	json_t *adapter = rf_get(rf, uri), *ctl, *links;
	const char *interface = rf_uri_network_interface(rf, dev);
	const char *pcie = rf_uri_pcie_device(rf, dev);

	if (!adapter)
		return;
	ctl = json_array_get(json_object_get(adapter, "Controllers"), 0);
	if (rf_get(rf, pcie)) {
		links = rf_obj(rf, ctl, "Links");
		rf_link_into(rf, rf_arr(rf, links, "PCIeDevices"), pcie);
	}
	rf_link_one(rf, interface, "NetworkAdapter", uri);
	rf_nav(rf, interface, "Ports", rf_printf(rf, "%s/Ports", uri));
	rf_nav(rf, interface, "NetworkDeviceFunctions",
	       rf_printf(rf, "%s/NetworkDeviceFunctions", uri));
}

static void link_port(struct rf *rf, const struct model_node *port)
{
	const struct model_node *dev = model_port_dev(port);
	json_t *adapter = rf_get(rf, rf_uri_network_adapter(rf, dev));
	const char *uri = rf_uri_rdma_port(rf, port);
	const char *ndf = rf_uri_ndf(rf, port);
	const char *endpoint = rf_uri_rdma_endpoint(rf, port);
	json_t *links, *obj = rf_get(rf, ndf);

	if (!obj)
		return;
	links = json_array_get(json_object_get(adapter, "Controllers"), 0);
	links = rf_obj(rf, links, "Links");
	rf_link_into(rf, rf_arr(rf, links, "Ports"), uri);
	rf_link_into(rf, rf_arr(rf, links, "NetworkDeviceFunctions"), ndf);

	rf_link_into(rf, rf_arr(rf, obj, "AssignablePhysicalNetworkPorts"),
		     uri);
	rf_link_one(rf, ndf, "PhysicalNetworkPortAssignment", uri);
	rf_link_one(rf, ndf, "PCIeFunction", rf_uri_pcie_function(rf, dev));
	rf_link(rf, ndf, "Endpoints", endpoint);
	rf_link(rf, uri, "AssociatedEndpoints", endpoint);
	rf_ethernet_link(rf, port);
}

void rf_adapter_link(struct rf *rf)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_RDMA_DEV);
	for (; node; node = rf_next(node))
		link_adapter(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node))
		if (model_port_dev(node))
			link_port(rf, node);
}
