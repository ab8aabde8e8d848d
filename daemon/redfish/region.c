// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How the host uses a region, and those properties of it that Redfish does not
 * have (Oem).
 *
 * A volatile region becomes a DAX region. Its DAX device is system memory if
 * kmem drives it (block by block, as they are set online), and a character
 * device if device_dax does. A region that firmware set up is system memory
 * without either. A persistent region is handed to libnvdimm.
 */
#include <string.h>

#include "family.h"
#include "rf.h"
#include "value.h"

static const struct model_node *child_of(const struct rf *rf,
					 const struct model_node *region,
					 enum fabmon_node_kind kind)
{
	const struct model_node *node;

	for (node = rf_first(rf, kind); node; node = rf_next(node))
		if (node->parent == region)
			return node;
	return NULL;
}

/* Whether a driver has one of the region's DAX devices. */
static bool has_dax(const struct rf *rf, const struct model_node *region,
		    const char *driver)
{
	const struct model_node *node;
	const char *has;
	size_t i;

	node = child_of(rf, region, FABMON_NODE_KIND_CXL_DAX_REGION);
	for (i = 0; node && i < node->dax_region.n_devices; i++) {
		has = node->dax_region.devices[i].driver;
		if (has && !strcmp(has, driver))
			return true;
	}
	return false;
}

/* Bytes that are online as system memory. */
static uint64_t online_bytes(const struct model_node *region)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < region->k.n_edges; i++)
		if (region->k.edges[i].type == FABMON_EDGE_TYPE_MEMORY)
			bytes += region->k.edges[i].size;
	return bytes;
}

/**
 * rf_region_removable - whether a region's memory can be taken away
 *
 * Not where firmware gave it to the system: it has no DAX device to take it
 * back with.
 */
bool rf_region_removable(const struct rf *rf, const struct model_node *region)
{
	return !online_bytes(region) ||
	       child_of(rf, region, FABMON_NODE_KIND_CXL_DAX_REGION);
}

static const char *use_of(const struct rf *rf, const struct model_node *region)
{
	if (online_bytes(region) || has_dax(rf, region, "kmem"))
		return "SystemMemory";
	if (has_dax(rf, region, "device_dax"))
		return "DeviceDax";
	if (child_of(rf, region, FABMON_NODE_KIND_CXL_PMEM_REGION))
		return "PersistentMemory";
	return NULL;
}

/**
 * rf_region_use - what a volatile region is used as, ACTION_USE_ANY: neither
 */
enum action_use rf_region_use(const struct rf *rf,
			      const struct model_node *region)
{
	const char *use = use_of(rf, region);

	if (!use)
		return ACTION_USE_ANY;
	if (!strcmp(use, "SystemMemory"))
		return ACTION_USE_SYSTEM_RAM;
	return strcmp(use, "DeviceDax") ? ACTION_USE_ANY : ACTION_USE_DEVDAX;
}

/**
 * rf_region_state - State of a region that is committed
 *
 * Without a driver it holds memory that nobody can use. System memory that is
 * offline waits for somebody to set it online.
 */
const char *rf_region_state(const struct rf *rf,
			    const struct model_node *region)
{
	const char *use = use_of(rf, region);

	if (!region->k.driver)
		return "Disabled";
	return use && !strcmp(use, "SystemMemory") && !online_bytes(region) ?
	       "StandbyOffline" : "Enabled";
}

static void set_ranges(struct rf *rf, json_t *oem,
		       const struct model_node *region)
{
	const struct knl_edge *edge;
	json_t *obj;
	size_t i;

	for (i = 0; i < region->k.n_edges; i++) {
		edge = &region->k.edges[i];
		if (edge->type != FABMON_EDGE_TYPE_MEMORY)
			continue;
		obj = rf_push_obj(rf, rf_arr(rf, oem, "OnlineMemory"));
		rf_hex(rf, obj, "HpaStart", edge->start, 1);
		rf_bytes(rf, obj, "SizeBytes", edge->size);
		if (edge->has & KNL_HAS(FABMON_A_EDGE_NUMA_NODE))
			rf_int(rf, obj, "NumaNode", edge->numa_node);
	}
}

static void set_dax(struct rf *rf, json_t *oem,
		    const struct model_node *region)
{
	const struct model_node *node;
	const struct model_dax *dax;
	json_t *obj;
	size_t i;

	node = child_of(rf, region, FABMON_NODE_KIND_CXL_DAX_REGION);
	for (i = 0; node && i < node->dax_region.n_devices; i++) {
		dax = &node->dax_region.devices[i];
		obj = rf_push_obj(rf, rf_arr(rf, oem, "DaxDevices"));
		rf_str(rf, obj, "KernelName", dax->name);
		rf_str(rf, obj, "Driver", dax->driver);
		rf_bytes(rf, obj, "SizeBytes", dax->size);
	}
}

/* In position order, as InterleaveSets, which have no room for bytes. */
static void set_targets(struct rf *rf, json_t *oem,
			const struct model_node *region)
{
	const struct model_node *decoder;
	json_t *obj;
	size_t i;

	for (i = 0; i < region->region.n_targets; i++) {
		obj = rf_push_obj(rf, rf_arr(rf, oem, "Targets"));
		rf_str(rf, obj, "Decoder", region->region.targets[i].decoder);
		decoder = rf_region_decoder(rf, region, i);
		if (!decoder)
			continue;
		if (rf_known(decoder->decoder.dpa_start))
			rf_hex(rf, obj, "DpaStart",
			       decoder->decoder.dpa_start, 1);
		rf_bytes(rf, obj, "DpaSizeBytes", decoder->decoder.dpa_size);
	}
}

/**
 * rf_region_oem - set the Oem object of a region's MemoryChunks
 */
void rf_region_oem(struct rf *rf, json_t *obj, const struct model_node *region)
{
	const struct model_region *r = &region->region;
	const char *use;
	json_t *oem;

	if (!obj)
		return;
	oem = rf_oem(rf, obj, "CxlRegion");
	rf_str(rf, oem, "KernelName", region->k.name);
	rf_str(rf, oem, "Driver", region->k.driver);
	rf_str(rf, oem, "RegionUuid", r->uuid);
	rf_hex(rf, oem, "HpaStart", r->start, 1);
	rf_bytes(rf, oem, "SizeBytes", r->size);
	rf_count(rf, oem, "InterleaveWays", r->ways);
	rf_bytes(rf, oem, "InterleaveGranularityBytes", r->granularity);
	if (region->k.numa_node >= 0)
		rf_int(rf, oem, "NumaNode", region->k.numa_node);
	use = use_of(rf, region);
	rf_str(rf, oem, "Use", use);
	if (use && !strcmp(use, "SystemMemory"))
		rf_int(rf, oem, "OnlineBytes",
		       (int64_t)online_bytes(region));
	set_targets(rf, oem, region);
	set_ranges(rf, oem, region);
	set_dax(rf, oem, region);
}
