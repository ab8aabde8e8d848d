// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * MemoryDomain: what a CXL fixed memory window can map of one kind of memory.
 * MemoryChunks: what the host maps there.
 *
 * Appendix A of the Sunfish document: a domain is homogeneous, so that a
 * window for both kinds makes two; its size is that of its sources; there are
 * no chunks but committed regions, each with a UUID as its DisplayName.
 */
#include <string.h>

#include "rf.h"

#define MAX_DEPTH	32	/* a loop of parents must not hold us */
#define ALIGN_MIB	256	/* CXL 3.1, 8.2.4.20: decoders map 256 MiB */

/**
 * rf_region_live - whether the region is one that the host decodes right now
 */
bool rf_region_live(const struct model_node *region)
{
	return region->ident && region->k.driver &&
	       rf_known(region->region.size) &&
	       region->region.size >= RF_MIB && model_region_root(region);
}

const struct model_node *rf_region_memdev(const struct rf *rf,
					  const struct model_node *region,
					  size_t position)
{
	const char *decoder = region->region.targets[position].decoder;

	return decoder ? model_decoder_memdev(rf->model, decoder) : NULL;
}

static const struct model_node *target_decoder(const struct rf *rf,
					       const struct model_node *region,
					       size_t position)
{
	const char *name = region->region.targets[position].decoder;

	if (!name)
		return NULL;
	return model_node_by_name(rf->model,
				  FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, name);
}

/**
 * rf_region_part - the kind of memory that a region maps
 *
 * Linux 6.1 has no "mode" of regions: then its decoders tell, or else what
 * the window is for.
 */
enum rf_part rf_region_part(const struct rf *rf,
			    const struct model_node *region)
{
	const struct model_node *root = model_region_root(region), *decoder;
	const char *mode = region->region.mode;
	size_t i;

	for (i = 0; !mode && i < region->region.n_targets; i++) {
		decoder = target_decoder(rf, region, i);
		mode = decoder ? decoder->decoder.mode : NULL;
	}
	if (mode)
		return strcmp(mode, "pmem") ? RF_RAM : RF_PMEM;
	return root && root->decoder.cap_pmem && !root->decoder.cap_ram ?
	       RF_PMEM : RF_RAM;
}

static const struct model_node *cxl_root_of(const struct model_node *node)
{
	int depth;

	for (depth = 0; node && depth < MAX_DEPTH; depth++) {
		if (node->k.kind == FABMON_NODE_KIND_CXL_ROOT)
			return node;
		node = node->parent;
	}
	return NULL;
}

/* Whether memory of the device can be mapped through the window. */
static bool in_window(const struct rf *rf, const struct model_node *window,
		      const struct model_node *memdev, enum rf_part part)
{
	const struct model_node *endpoint;

	endpoint = model_memdev_endpoint(rf->model, memdev);
	return memdev->ident && endpoint &&
	       rf_part_size(memdev, part) >= RF_MIB &&
	       cxl_root_of(endpoint) == cxl_root_of(window);
}

static bool has_region(const struct rf *rf, const struct model_node *window,
		       enum rf_part part)
{
	const struct model_node *region;

	region = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; region; region = rf_next(region))
		if (rf_region_live(region) &&
		    model_region_root(region) == window &&
		    rf_region_part(rf, region) == part)
			return true;
	return false;
}

static void set_sources(struct rf *rf, json_t *obj,
			const struct model_node *window, enum rf_part part)
{
	const struct model_node *memdev;
	json_t *set = NULL;
	uint64_t size = 0;

	memdev = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; memdev; memdev = rf_next(memdev)) {
		if (!in_window(rf, window, memdev, part))
			continue;
		if (!set) {
			set = rf_arr(rf, obj, "InterleavableMemorySets");
			set = rf_push_obj(rf, set);
			set = rf_arr(rf, set, "MemorySet");
		}
		rf_link_into(rf, set, rf_uri_memory(rf, memdev, part));
		size += rf_part_size(memdev, part);
	}
	rf_mib(rf, obj, "MemorySizeMiB", size);
}

static void set_window_oem(struct rf *rf, json_t *obj,
			   const struct model_node *window)
{
	json_t *oem;

	if (!obj)
		return;
	oem = rf_oem(rf, obj, "CxlWindow");
	rf_str(rf, oem, "KernelName", window->k.name);
	rf_hex(rf, oem, "HpaStart", window->decoder.start, 1);
	rf_bytes(rf, oem, "SizeBytes", window->decoder.size);
	rf_count(rf, oem, "InterleaveWays", window->decoder.ways);
	rf_bytes(rf, oem, "InterleaveGranularityBytes",
		 window->decoder.granularity);
	rf_bool(rf, oem, "Locked", window->decoder.locked);
}

static void add_domain(struct rf *rf, const struct model_node *window,
		       enum rf_part part)
{
	bool able = part == RF_PMEM ? window->decoder.cap_pmem :
				      window->decoder.cap_ram;
	json_t *obj;

	if (!window->ident || !(able || has_region(rf, window, part)))
		return;
	obj = rf_add(rf, rf_uri_domain(rf, window, part),
		     "MemoryDomain.v1_5_1",
		     rf_printf(rf, "CXL window %s, %s", window->k.name,
			       rf_part_name(part)));
	rf_bool(rf, obj, "AllowsMemoryChunkCreation", false);
	rf_int(rf, obj, "MinMemoryChunkSizeMiB", ALIGN_MIB);
	rf_int(rf, obj, "MemoryChunkIncrementMiB", ALIGN_MIB);
	set_sources(rf, obj, window, part);
	rf_status(rf, obj, "Enabled", MODEL_OK);
	set_window_oem(rf, obj, window);
}

/* One per target, in position order. */
static void set_interleave(struct rf *rf, json_t *obj,
			   const struct model_node *region, enum rf_part part)
{
	const struct model_region *r = &region->region;
	uint64_t ways = r->ways ? r->ways : r->n_targets;
	const struct model_node *decoder, *memdev;
	json_t *set;
	size_t i;

	for (i = 0; i < r->n_targets; i++) {
		memdev = rf_region_memdev(rf, region, i);
		decoder = target_decoder(rf, region, i);
		set = rf_push_obj(rf, rf_arr(rf, obj, "InterleaveSets"));
		if (memdev)
			rf_ref(rf, set, "Memory",
			       rf_uri_memory(rf, memdev, part));
		if (decoder)
			rf_mib(rf, set, "OffsetMiB",
			       decoder->decoder.dpa_start);
		rf_mib(rf, set, "SizeMiB", r->size / ways);
		rf_str(rf, set, "RegionId", rf_part_name(part));
	}
}

static void set_region_oem(struct rf *rf, json_t *obj,
			   const struct model_node *region)
{
	const struct model_region *r = &region->region;
	json_t *oem;

	if (!obj)
		return;
	oem = rf_oem(rf, obj, "CxlRegion");
	rf_str(rf, oem, "KernelName", region->k.name);
	rf_str(rf, oem, "Driver", region->k.driver);
	rf_hex(rf, oem, "HpaStart", r->start, 1);
	rf_bytes(rf, oem, "SizeBytes", r->size);
	rf_count(rf, oem, "InterleaveWays", r->ways);
	rf_bytes(rf, oem, "InterleaveGranularityBytes", r->granularity);
	if (region->k.numa_node >= 0)
		rf_int(rf, oem, "NumaNode", region->k.numa_node);
}

static enum model_severity region_severity(const struct rf *rf,
					   const struct model_node *region,
					   enum rf_part part)
{
	enum model_severity worst = MODEL_OK, severity;
	const struct model_node *memdev;
	size_t i;

	for (i = 0; i < region->region.n_targets; i++) {
		memdev = rf_region_memdev(rf, region, i);
		severity = memdev ? rf_severity_part(memdev, part) : MODEL_OK;
		if (severity > worst)
			worst = severity;
	}
	return worst;
}

static void add_chunks(struct rf *rf, const struct model_node *region)
{
	enum rf_part part = rf_region_part(rf, region);
	const char *uuid = region->region.uuid;
	json_t *obj;

	obj = rf_add(rf, rf_uri_chunks(rf, region), "MemoryChunks.v1_6_2",
		     region->k.name);
	rf_str(rf, obj, "DisplayName", uuid && *uuid ? uuid :
	       rf_uuid_host(rf, rf_printf(rf, "MemoryChunks:%s",
					  region->ident)));
	rf_str(rf, obj, "AddressRangeType",
	       part == RF_PMEM ? "PMEM" : "Volatile");
	rf_mib(rf, obj, "AddressRangeOffsetMiB", region->region.start);
	rf_mib(rf, obj, "MemoryChunkSizeMiB", region->region.size);
	rf_str(rf, obj, "MediaLocation", "Local");
	rf_str(rf, obj, "RequestedOperationalState", "Online");
	set_interleave(rf, obj, region, part);
	rf_status_rollup(rf, rf_status(rf, obj, "Enabled", MODEL_OK),
			 region_severity(rf, region, part));
	set_region_oem(rf, obj, region);
}

void rf_domain_add(struct rf *rf)
{
	const struct model_node *node;
	enum rf_part part;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_ROOT_DECODER);
	for (; node; node = rf_next(node))
		for (part = RF_RAM; part < RF_PARTS; part++)
			add_domain(rf, node, part);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			add_chunks(rf, node);
}

static void link_domain(struct rf *rf, const struct model_node *window,
			enum rf_part part)
{
	const char *uri = rf_uri_domain(rf, window, part);
	const char *adapter, *device, *function;
	const struct model_node *memdev;

	memdev = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; rf_get(rf, uri) && memdev; memdev = rf_next(memdev)) {
		if (!in_window(rf, window, memdev, part))
			continue;
		adapter = rf_uri_fabric_adapter(rf, memdev);
		device = rf_uri_logical_device(rf, memdev);
		function = rf_uri_pcie_function(rf, memdev);
		rf_link(rf, uri, "FabricAdapters", adapter);
		rf_link(rf, uri, "CXLLogicalDevices", device);
		rf_link(rf, uri, "PCIeFunctions", function);
		rf_link(rf, adapter, "MemoryDomains", uri);
		rf_link(rf, device, "MemoryDomains", uri);
		rf_link(rf, function, "MemoryDomains", uri);
	}
}

static void link_chunks(struct rf *rf, const struct model_node *region)
{
	const char *uri = rf_uri_chunks(rf, region), *device;
	const struct model_node *memdev;
	size_t i;

	for (i = 0; i < region->region.n_targets; i++) {
		memdev = rf_region_memdev(rf, region, i);
		if (!memdev)
			continue;
		device = rf_uri_logical_device(rf, memdev);
		rf_link(rf, uri, "CXLLogicalDevices", device);
		rf_link(rf, uri, "Endpoints", rf_uri_target(rf, memdev));
		rf_link(rf, device, "MemoryChunks", uri);
	}
}

void rf_domain_link(struct rf *rf)
{
	const struct model_node *node;
	enum rf_part part;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_ROOT_DECODER);
	for (; node; node = rf_next(node))
		for (part = RF_RAM; part < RF_PARTS; part++)
			link_domain(rf, node, part);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			link_chunks(rf, node);
}
