// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL memory devices, as CXLLogicalDevice and as FabricAdapter.
 *
 * Memory on a fabric is reached through a FabricAdapter, which has a UUID and a
 * Port for each physical port (Sunfish document, appendix A).
 */
#include <stdio.h>
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/**
 * rf_memdev_state - whether the host can use the memory
 *
 * It has a CXL endpoint as long as cxl_mem drives it and everything on the way
 * to it. Without one it is there, and all its URIs stay.
 */
const char *rf_memdev_state(const struct rf *rf,
			    const struct model_node *memdev)
{
	if (model_memdev_endpoint(rf->model, memdev))
		return "Enabled";
	return memdev->k.driver ? "UnavailableOffline" : "Disabled";
}

/**
 * rf_memdev_serial - whether the serial number identifies the device
 *
 * Where two devices have the same one, the model gives them other identities.
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
	if (memdev->memdev.ram_qos >= 0)
		rf_int(rf, oem, "VolatileQosClass", memdev->memdev.ram_qos);
	if (memdev->memdev.pmem_qos >= 0)
		rf_int(rf, oem, "PersistentQosClass",
		       memdev->memdev.pmem_qos);
	rf_decoders(rf, oem, model_memdev_endpoint(rf->model, memdev));
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
	rf_conditions(rf, rf_status(rf, obj, rf_memdev_state(rf, memdev),
				    model_node_severity(memdev)),
		      memdev, uri, RF_PARTS);
	set_oem(rf, obj, memdev);
}

static void add_port(struct rf *rf, const struct model_node *memdev)
{
	const char *uri = rf_uri_fabric_port(rf, memdev);
	json_t *obj;

	obj = rf_cxl_port_add(rf, uri, rf_printf(rf, "%s port",
						 memdev->k.name),
			      memdev->k.pci);
	rf_str(rf, obj, "PortId", "1");
	rf_str(rf, obj, "PortType", "UpstreamPort");
	rf_str(rf, rf_obj(rf, obj, "CXL"), "CurrentPortConfigurationState",
	       "USP");
	rf_status(rf, obj, rf_memdev_state(rf, memdev), MODEL_OK);
	/* whatever it is plugged into, it answers */
	rf_cxl_port_up(rf, uri, memdev->k.pci);
	rf_metrics_cxl_port_add(rf, memdev);
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
	rf_status_rollup(rf, rf_status(rf, obj, rf_memdev_state(rf, memdev),
				       MODEL_OK),
			 model_node_severity(memdev));
	add_port(rf, memdev);
}

void rf_cxl_device_add(struct rf *rf)
{
	const struct model_node *node;

	rf_of(rf, MODEL_CXL);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node)) {
		if (!node->ident)
			continue;
		add_logical_device(rf, node);
		add_fabric_adapter(rf, node);
	}
}

static void link_port(struct rf *rf, const struct model_node *memdev)
{
	struct model_dport above = model_dport_above(rf->model, memdev);
	const char *port = rf_uri_fabric_port(rf, memdev);
	const char *target = rf_uri_target(rf, memdev);
	json_t *cxl;

	rf_link(rf, port, "AssociatedEndpoints", target);
	if (!above.edge)
		return;
	rf_cxl_port_join(rf, above, port);
	if (model_is_switch(above.port)) {
		rf_link(rf, rf_uri_dport(rf, above), "AssociatedEndpoints",
			target);
		return;
	}
	/* several logical devices are only to be had behind a switch */
	cxl = rf_obj(rf, rf_get(rf, rf_uri_dport(rf, above)), "CXL");
	rf_str(rf, cxl, "ConnectedDeviceType", "Type3SLD");
	if (model_is_rcd(rf->model, memdev))
		rf_str(rf, cxl, "ConnectedDeviceMode", "RCD");
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
