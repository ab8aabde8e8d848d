// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The partitions of CXL memory devices: each is a Memory of the system, and a
 * MemoryRegion of the device. A Memory has one kind of capacity and no media
 * sources (Sunfish document, appendix A).
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/**
 * rf_part_name - what a partition is called, also as a RegionId
 */
const char *rf_part_name(enum rf_part part)
{
	return part == RF_PMEM ? "pmem" : "ram";
}

/**
 * rf_part_size - capacity of a partition in bytes, 0 if none or unknown
 */
uint64_t rf_part_size(const struct model_node *memdev, enum rf_part part)
{
	uint64_t size = part == RF_PMEM ? memdev->memdev.pmem_size :
					  memdev->memdev.ram_size;

	return rf_known(size) ? size : 0;
}

/*
 * Words of sysfs, Documentation/ABI/testing/sysfs-bus-cxl. What it calls frozen
 * is no state of its own since Memory 1.7, but ConfigurationLocked.
 */
static void set_security(struct rf *rf, json_t *obj, const char *word)
{
	static const char *const words[][2] = {
		{ "disabled", "Disabled" },
		{ "unlocked", "Enabled" },
		{ "locked", "Locked" },
	};
	size_t i;

	for (i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i][0], word))
			rf_str(rf, obj, "SecurityState", words[i][1]);
	if (word)
		rf_bool(rf, obj, "ConfigurationLocked",
			!strcmp(word, "frozen"));
}

/* Volatile capacity is first in a device's addresses (CXL 3.1, 8.2.9.9.1.1). */
static uint64_t part_start(const struct model_node *memdev, enum rf_part part)
{
	return part == RF_PMEM ? rf_part_size(memdev, RF_RAM) : 0;
}

static void set_regions(struct rf *rf, json_t *obj,
			const struct model_node *memdev, enum rf_part part)
{
	json_t *region = rf_push_obj(rf, rf_arr(rf, obj, "Regions"));

	rf_str(rf, region, "RegionId", rf_part_name(part));
	rf_str(rf, region, "MemoryClassification",
	       part == RF_PMEM ? "ByteAccessiblePersistent" : "Volatile");
	rf_mib(rf, region, "OffsetMiB", part_start(memdev, part));
	rf_mib(rf, region, "SizeMiB", rf_part_size(memdev, part));
}

static void add_memory(struct rf *rf, const struct model_node *memdev,
		       enum rf_part part)
{
	const char *uri = rf_uri_memory(rf, memdev, part);
	uint64_t size = rf_part_size(memdev, part);
	bool pmem = part == RF_PMEM;
	json_t *obj;

	obj = rf_add(rf, uri, "Memory.v1_23_0",
		     rf_printf(rf, "%s %s", memdev->k.name,
			       rf_part_name(part)));
	rf_str(rf, obj, "MemoryDeviceType", "Logical");
	rf_mib(rf, obj, "CapacityMiB", size);
	rf_mib(rf, obj, "VolatileSizeMiB", pmem ? 0 : size);
	rf_mib(rf, obj, "NonVolatileSizeMiB", pmem ? size : 0);
	if (!pmem)
		rf_str(rf, obj, "MemoryType", "DRAM");
	rf_push_str(rf, rf_arr(rf, obj, "OperatingMemoryModes"),
		    pmem ? "PMEM" : "Volatile");
	rf_str(rf, obj, "FirmwareRevision", memdev->memdev.firmware);
	if (rf_memdev_serial(memdev))
		rf_hex(rf, obj, "SerialNumber", memdev->memdev.serial, 16);
	set_security(rf, obj, memdev->memdev.security);
	if (pmem && memdev->memdev.label_size)
		rf_bytes(rf, rf_obj(rf, obj, "CXL"), "LabelStorageSizeBytes",
			 memdev->memdev.label_size);
	set_regions(rf, obj, memdev, part);
	rf_conditions(rf, rf_status(rf, obj, rf_memdev_state(rf, memdev),
				    rf_severity_part(memdev, part)),
		      memdev, uri, part);
	rf_metrics_memory_add(rf, memdev, part);
}

/*
 * What the device offers at which of its addresses. Linux has no dynamic
 * capacity yet (7.3), so that every region is static.
 */
static void add_region(struct rf *rf, const struct model_node *memdev,
		       enum rf_part part)
{
	bool pmem = part == RF_PMEM;
	json_t *obj;

	obj = rf_add(rf, rf_uri_memory_region(rf, memdev, part),
		     "MemoryRegion.v1_0_3",
		     pmem ? "Persistent partition" : "Volatile partition");
	rf_str(rf, obj, "RegionType", "Static");
	rf_int(rf, obj, "RegionNumber", part);
	rf_mib(rf, obj, "RegionBaseOffsetMiB", part_start(memdev, part));
	rf_mib(rf, obj, "RegionSizeMiB", rf_part_size(memdev, part));
	rf_bool(rf, obj, "NonVolatileRegion", pmem);
	rf_status(rf, obj, rf_memdev_state(rf, memdev),
		  rf_severity_part(memdev, part));
}

typedef void (*memory_fn)(struct rf *rf, const struct model_node *memdev,
			  enum rf_part part);

static void each_memory(struct rf *rf, memory_fn fn)
{
	const struct model_node *node;
	enum rf_part part;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		for (part = RF_RAM; part < RF_PARTS; part++)
			if (node->ident && rf_part_size(node, part) >= RF_MIB)
				fn(rf, node, part);
}

void rf_memory_add(struct rf *rf)
{
	rf_of(rf, MODEL_CXL);
	each_memory(rf, add_memory);
	each_memory(rf, add_region);
}

static void link_memory(struct rf *rf, const struct model_node *memdev,
			enum rf_part part)
{
	const struct model_cpu *cpu = rf_dport_cpu(rf,
				model_dport_root(rf->model, memdev));
	const char *uri = rf_uri_memory(rf, memdev, part);

	rf_link_one(rf, uri, "Chassis", rf_uri_chassis(rf));
	rf_link(rf, uri, "Endpoints", rf_uri_target(rf, memdev));
	if (!cpu)
		return;
	rf_link(rf, uri, "Processors", rf_uri_processor(rf, cpu));
	rf_link(rf, rf_uri_processor(rf, cpu), "Memory", uri);
}

void rf_memory_link(struct rf *rf)
{
	each_memory(rf, link_memory);
}
