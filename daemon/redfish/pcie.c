// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* PCIeDevice and PCIeFunction of RDMA and CXL devices. */
#include <stdio.h>
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

/**
 * rf_pci_split - domain, bus, device, function of a PCI address
 */
bool rf_pci_split(const char *addr, unsigned int part[4])
{
	return sscanf(addr, "%x:%x:%x.%x", &part[0], &part[1], &part[2],
		      &part[3]) == 4;
}

static const char *gen_name(unsigned int gen)
{
	static const char *const names[] = {
		NULL, "Gen1", "Gen2", "Gen3", "Gen4", "Gen5", "Gen6"
	};

	return gen < sizeof(names) / sizeof(names[0]) ? names[gen] : NULL;
}

/**
 * rf_pcie_gbps - raw speed of a link in one direction, 0 if unknown
 */
double rf_pcie_gbps(unsigned int gen, unsigned int lanes)
{
	static const double lane[] = { 0, 2.5, 5, 8, 16, 32, 64 };

	if (gen >= sizeof(lane) / sizeof(lane[0]))
		return 0;
	return lane[gen] * lanes;
}

/**
 * rf_pcie_interface - the PCIeInterface of an adapter or device
 */
void rf_pcie_interface(struct rf *rf, json_t *obj, const char *pci_addr)
{
	const struct model_pci *pci = model_pci_get(rf->model, pci_addr);
	json_t *link;

	/* the link is the device's, and a virtual function's registers are 0 */
	if (pci && *pci->physfn)
		pci = model_pci_get(rf->model, pci->physfn);
	if (!obj || !pci || !(pci->gen || pci->max_gen || pci->lanes ||
			      pci->max_lanes))
		return;
	link = rf_obj(rf, obj, "PCIeInterface");
	rf_str(rf, link, "PCIeType", gen_name(pci->gen));
	rf_str(rf, link, "MaxPCIeType", gen_name(pci->max_gen));
	/* "shall be equal to or less than"; a register may have more */
	if (!pci->max_lanes || pci->lanes <= pci->max_lanes)
		rf_count(rf, link, "LanesInUse", pci->lanes);
	rf_count(rf, link, "MaxLanes", pci->max_lanes);
}

/* PCI Code and ID Assignment Specification: base classes 00h to 13h. */
static const char *device_class(uint32_t class_code)
{
	static const char *const names[] = {
		"UnclassifiedDevice", "MassStorageController",
		"NetworkController", "DisplayController",
		"MultimediaController", "MemoryController", "Bridge",
		"CommunicationController", "GenericSystemPeripheral",
		"InputDeviceController", "DockingStation", "Processor",
		"SerialBusController", "WirelessController",
		"IntelligentController", "SatelliteCommunicationsController",
		"EncryptionController", "SignalProcessingController",
		"ProcessingAccelerators", "NonEssentialInstrumentation",
	};
	uint32_t base = class_code >> 16;

	return base < sizeof(names) / sizeof(names[0]) ? names[base] : "Other";
}

static bool is_cxl(const struct model_node *node)
{
	return node->k.kind == FABMON_NODE_KIND_CXL_MEMDEV;
}

static void set_ids(struct rf *rf, json_t *obj, const struct model_pci *pci)
{
	if (!obj || !pci || !pci->vendor)
		return;
	rf_str(rf, obj, "DeviceClass", device_class(pci->class_code));
	rf_hex(rf, obj, "ClassCode", pci->class_code, 6);
	rf_hex(rf, obj, "VendorId", pci->vendor, 4);
	rf_hex(rf, obj, "DeviceId", pci->device, 4);
	rf_hex(rf, obj, "RevisionId", pci->revision, 2);
	if (!pci->subvendor)
		return;
	rf_hex(rf, obj, "SubsystemVendorId", pci->subvendor, 4);
	rf_hex(rf, obj, "SubsystemId", pci->subdevice, 4);
}

/* Behind a switch, attached to a fabric: its bus address shall not be shown. */
static bool is_fabric_attached(const struct rf *rf,
			       const struct model_node *node)
{
	struct model_dport above;

	if (!is_cxl(node))
		return false;
	above = model_dport_above(rf->model, node);
	return above.edge && model_is_switch(above.port);
}

static void set_place(struct rf *rf, json_t *obj, const unsigned int at[4])
{
	if (!obj || at[0] > 0xffff || at[2] > 0x1f || at[3] > 7)
		return;
	rf_hex(rf, obj, "SegmentNumber", at[0], 4);
	rf_hex(rf, obj, "BusNumber", at[1], 2);
	rf_hex(rf, obj, "DeviceNumber", at[2], 2);
	rf_hex(rf, obj, "FunctionNumber", at[3], 1);
}

/* With ARI, as virtual functions have it, there is no device number. */
static unsigned int function_id(const struct model_pci *pci,
				const unsigned int at[4])
{
	return pci && *pci->physfn ? at[2] << 3 | at[3] : at[3];
}

static void set_sriov(struct rf *rf, json_t *obj, const struct model_pci *pci)
{
	json_t *oem;

	if (!obj || !pci)
		return;
	rf_str(rf, obj, "FunctionType", *pci->physfn ? "Virtual" : "Physical");
	if (!*pci->physfn || pci->vf < 0)
		return;
	oem = rf_oem(rf, obj, "PcieFunction");
	rf_int(rf, oem, "VirtualFunctionNumber", pci->vf);
}

static void add_function(struct rf *rf, const struct model_node *node)
{
	const struct model_pci *pci = model_pci_get(rf->model, node->k.pci);
	const char *uri = rf_uri_pcie_function(rf, node);
	unsigned int at[4];
	json_t *obj;

	if (!uri || !rf_pci_split(node->k.pci, at))
		return;
	obj = rf_add(rf, uri, "PCIeFunction.v1_7_0", node->k.pci);
	rf_int(rf, obj, "FunctionId", function_id(pci, at));
	rf_str(rf, obj, "FunctionProtocol", is_cxl(node) ? "CXL" : "PCIe");
	set_ids(rf, obj, pci);
	set_sriov(rf, obj, pci);
	if (!is_fabric_attached(rf, node))
		set_place(rf, obj, at);
	rf_status(rf, obj, "Enabled", MODEL_OK);
}

/* What the port that the device is plugged into can do. */
static void set_slot(struct rf *rf, json_t *obj, const struct model_node *node)
{
	struct model_dport above = model_dport_above(rf->model, node);
	const struct model_pci *pci;
	json_t *slot;

	pci = above.edge ? model_pci_get(rf->model, above.edge->pci) : NULL;
	if (!obj || !pci || !(pci->max_gen || pci->max_lanes))
		return;
	slot = rf_obj(rf, obj, "Slot");
	rf_str(rf, slot, "PCIeType", gen_name(pci->max_gen));
	rf_count(rf, slot, "Lanes", pci->max_lanes);
}

/*
 * All that cxl_pci drives is of type 3. The kernel does not report which
 * revision was negotiated from CXL 2.0 on; an RCD has only one.
 */
static void set_cxl(struct rf *rf, json_t *obj, const struct model_node *node)
{
	json_t *cxl = rf_obj(rf, obj, "CXLDevice");

	rf_str(rf, obj, "FirmwareVersion", node->memdev.firmware);
	if (rf_memdev_serial(node))
		rf_hex(rf, obj, "SerialNumber", node->memdev.serial, 16);
	rf_str(rf, obj, "UUID", rf_uuid_memdev(rf, node, "PCIeDevice"));
	rf_str(rf, cxl, "DeviceType", "Type3");
	if (model_is_rcd(rf->model, node))
		rf_str(rf, cxl, "CurrentProtocolVersion", "CXL1_1");
	set_slot(rf, obj, node);
	rf_status_rollup(rf, rf_status(rf, obj, "Enabled", MODEL_OK),
			 model_node_severity(node));
}

static void add_device(struct rf *rf, const struct model_node *node)
{
	const char *uri = rf_uri_pcie_device(rf, node);
	json_t *obj;

	if (!uri)
		return;
	if (is_cxl(node)) {
		obj = rf_add(rf, uri, "PCIeDevice.v1_21_0",
			     "CXL memory device");
		set_cxl(rf, obj, node);
	} else {
		/* several RDMA devices can be functions of one */
		obj = rf_add(rf, uri, "PCIeDevice.v1_21_0",
			     "RDMA network controller");
		rf_str(rf, obj, "FirmwareVersion", node->k.dev.firmware);
		rf_str(rf, obj, "UUID", rf_uuid_host(rf, uri));
		rf_status(rf, obj, "Enabled", MODEL_OK);
	}
	rf_pcie_interface(rf, obj, node->k.pci);
	add_function(rf, node);
}

void rf_pcie_add(struct rf *rf)
{
	const struct model_node *node;

	rf_of(rf, MODEL_RDMA);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_DEV);
	for (; node; node = rf_next(node))
		add_device(rf, node);
	rf_of(rf, MODEL_CXL);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		add_device(rf, node);
}

static void link_device(struct rf *rf, const struct model_node *node)
{
	const char *uri = rf_uri_pcie_device(rf, node);
	const char *function = rf_uri_pcie_function(rf, node);

	rf_link(rf, uri, "Chassis", rf_uri_chassis(rf));
	rf_link_one(rf, function, "PCIeDevice", uri);
	if (!is_cxl(node))
		return;
	rf_link_one(rf, function, "CXLLogicalDevice",
		    rf_uri_logical_device(rf, node));
	rf_link(rf, uri, "ConnectedPCIePorts",
		rf_uri_dport(rf, model_dport_above(rf->model, node)));
}

/* Both ways between a port's function on a virtual and on the physical one. */
static void link_virtual(struct rf *rf, const struct model_node *port)
{
	const struct model_node *dev = model_port_dev(port);
	const char *physical = rf_uri_physical_function(rf, dev);
	const char *ndf = rf_uri_ndf(rf, port), *other;
	json_t *list, *ref, *oem;
	size_t i;

	if (!rf_get(rf, ndf) || !rf_get(rf, physical))
		return;
	oem = rf_oem(rf, rf_get(rf, rf_uri_pcie_function(rf, dev)),
		     "PcieFunction");
	rf_ref(rf, oem, "PhysicalFunction", physical);
	list = json_object_get(json_object_get(rf_get(rf, physical), "Links"),
			       "NetworkDeviceFunctions");
	json_array_foreach(list, i, ref) {
		other = json_string_value(json_object_get(ref, "@odata.id"));
		if (!other || strcmp(strrchr(other, '/'), strrchr(ndf, '/')))
			continue;
		oem = rf_oem(rf, rf_get(rf, ndf), "RdmaFunction");
		rf_ref(rf, oem, "PhysicalFunction", other);
		oem = rf_oem(rf, rf_get(rf, other), "RdmaFunction");
		rf_link_into(rf, rf_arr(rf, oem, "VirtualFunctions"), ndf);
	}
}

void rf_pcie_link(struct rf *rf)
{
	const struct model_node *node, *dev;
	const char *function;

	node = rf_first(rf, FABMON_NODE_KIND_RDMA_DEV);
	for (; node; node = rf_next(node))
		link_device(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		link_device(rf, node);
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node)) {
		dev = model_port_dev(node);
		if (!dev)
			continue;
		function = rf_uri_pcie_function(rf, dev);
		rf_link(rf, function, "NetworkDeviceFunctions",
			rf_uri_ndf(rf, node));
		rf_link(rf, function, "EthernetInterfaces",
			rf_uri_ethernet(rf, node));
	}
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node))
		if (model_port_dev(node))
			link_virtual(rf, node);
}
