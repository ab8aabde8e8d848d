// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL memory devices as logical devices and as adapters to the CXL fabric.
 *
 * Appendix A of the Sunfish document: fabric-attached memory is reached
 * through a FabricAdapter with a UUID and a Port for each physical port.
 */
#include <stdio.h>
#include <string.h>

#include "rf.h"

/**
 * rf_memdev_enabled - whether the host can use the memory
 *
 * It has a CXL endpoint as long as cxl_mem drives it. Without one it is there,
 * and all its URIs stay.
 */
bool rf_memdev_enabled(const struct rf *rf, const struct model_node *memdev)
{
	return model_memdev_endpoint(rf->model, memdev);
}

static const char *state_of(const struct rf *rf,
			    const struct model_node *memdev)
{
	return rf_memdev_enabled(rf, memdev) ? "Enabled" : "Disabled";
}

/**
 * rf_memdev_serial - whether the serial number tells the device from others
 *
 * If it did not, the model gave it another identity.
 */
bool rf_memdev_serial(const struct model_node *memdev)
{
	char ident[32];

	snprintf(ident, sizeof(ident), "cxl-%016llx",
		 (unsigned long long)memdev->memdev.serial);
	return memdev->ident && memdev->memdev.serial &&
	       !strcmp(memdev->ident, ident);
}

/**
 * rf_memdev_gcxlid - the name that all hosts know the logical device by
 */
const char *rf_memdev_gcxlid(struct rf *rf, const struct model_node *memdev)
{
	const char *eui;

	if (!rf_memdev_serial(memdev))
		return NULL;
	eui = rf_eui(rf, memdev->memdev.serial);
	return eui ? rf_printf(rf, "%s:0000", eui) : NULL;
}

static void set_oem(struct rf *rf, json_t *obj, const struct model_node *memdev)
{
	json_t *oem;

	if (!obj)
		return;
	oem = rf_oem(rf, obj, "CxlMemory");
	rf_str(rf, oem, "KernelName", memdev->k.name);
	rf_str(rf, oem, "Driver", memdev->k.driver);
	rf_str(rf, oem, "PciAddress", memdev->k.pci);
	if (memdev->k.numa_node >= 0)
		rf_int(rf, oem, "NumaNode", memdev->k.numa_node);
	rf_bytes(rf, oem, "PayloadMaxBytes", memdev->memdev.payload_max);
}

static void add_logical_device(struct rf *rf, const struct model_node *memdev)
{
	const char *uri = rf_uri_logical_device(rf, memdev);
	uint64_t size = rf_part_size(memdev, RF_RAM) +
			rf_part_size(memdev, RF_PMEM);
	json_t *obj = rf_add(rf, uri, "CXLLogicalDevice.v1_3_0",
			     memdev->k.name);
	json_t *semantics = rf_arr(rf, obj, "SemanticsSupported");

	rf_identifier(rf, obj, "GCXLID", rf_memdev_gcxlid(rf, memdev));
	rf_push_str(rf, semantics, "CXLio");
	rf_push_str(rf, semantics, "CXLmem");
	rf_count(rf, obj, "MemorySizeMiB", size / RF_MIB);
	rf_conditions(rf, rf_status(rf, obj, state_of(rf, memdev),
				    model_node_severity(memdev)),
		      memdev, uri, RF_PARTS);
	set_oem(rf, obj, memdev);
}

static void add_port(struct rf *rf, const struct model_node *memdev)
{
	const struct knl_edge *dsp;
	json_t *obj;

	obj = rf_add(rf, rf_uri_fabric_port(rf, memdev), "Port.v1_18_0",
		     rf_printf(rf, "%s port", memdev->k.name));
	rf_str(rf, obj, "PortId", "1");
	rf_str(rf, obj, "PortType", "UpstreamPort");
	rf_port_cxl(rf, obj, memdev->k.pci, true);
	rf_str(rf, rf_obj(rf, obj, "CXL"), "CurrentPortConfigurationState",
	       "USP");
	rf_status(rf, obj, state_of(rf, memdev), MODEL_OK);
	/* the switch is its own agent's to publish */
	dsp = model_memdev_switch_port(rf->model, memdev);
	if (obj && dsp && *dsp->pci)
		rf_str(rf, rf_oem(rf, obj, "CxlPort"), "SwitchPortPciAddress",
		       dsp->pci);
}

static void add_fabric_adapter(struct rf *rf, const struct model_node *memdev)
{
	json_t *obj = rf_add(rf, rf_uri_fabric_adapter(rf, memdev),
			     "FabricAdapter.v1_5_3", memdev->k.name);

	rf_str(rf, obj, "FabricType", "CXL");
	rf_str(rf, obj, "UUID", rf_uuid_memdev(rf, memdev, "FabricAdapter"));
	rf_str(rf, obj, "FirmwareVersion", memdev->memdev.firmware);
	if (rf_memdev_serial(memdev))
		rf_hex(rf, obj, "SerialNumber", memdev->memdev.serial, 16);
	rf_pcie_interface(rf, obj, memdev->k.pci);
	rf_status_rollup(rf, rf_status(rf, obj, state_of(rf, memdev),
				       MODEL_OK),
			 model_node_severity(memdev));
	add_port(rf, memdev);
}

void rf_cxl_device_add(struct rf *rf)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node)) {
		if (!node->ident)
			continue;
		add_logical_device(rf, node);
		add_fabric_adapter(rf, node);
	}
}

/* The root port that the device is plugged into; NULL behind a switch. */
static const char *direct_port(struct rf *rf, const struct model_node *memdev)
{
	if (model_memdev_switch_port(rf->model, memdev))
		return NULL;
	return rf_uri_root_port(rf, model_memdev_root_port(rf->model, memdev));
}

static void link_port(struct rf *rf, const struct model_node *memdev)
{
	const char *port = rf_uri_fabric_port(rf, memdev);
	const char *root = direct_port(rf, memdev);
	json_t *obj = rf_get(rf, root);

	rf_link(rf, port, "AssociatedEndpoints", rf_uri_target(rf, memdev));
	if (!obj)
		return;
	rf_link(rf, port, "ConnectedPorts", root);
	rf_link(rf, root, "ConnectedPorts", port);
	/* several logical devices are only to be had behind a switch */
	rf_str(rf, rf_obj(rf, obj, "CXL"), "ConnectedDeviceType", "Type3SLD");
}

static void link_memdev(struct rf *rf, const struct model_node *memdev)
{
	const char *adapter = rf_uri_fabric_adapter(rf, memdev);
	const char *device = rf_uri_logical_device(rf, memdev);
	const char *target = rf_uri_target(rf, memdev);

	rf_link(rf, adapter, "Endpoints", target);
	rf_link(rf, adapter, "PCIeDevices", rf_uri_pcie_device(rf, memdev));
	rf_link(rf, device, "Endpoints", target);
	rf_link(rf, device, "PCIeFunctions",
		rf_uri_pcie_function(rf, memdev));
	link_port(rf, memdev);
}

void rf_cxl_device_link(struct rf *rf)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		if (node->ident)
			link_memdev(rf, node);
}
