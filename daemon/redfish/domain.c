// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * MemoryDomain: what a CXL fixed memory window can map of one kind of memory.
 *
 * A domain has one kind of memory only, so that a window for both kinds becomes
 * two domains. Its size is that of the memory that can be mapped into it
 * (Sunfish document, appendix A).
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

#define ALIGN_MIB	256	/* CXL 3.1, 8.2.4.20: decoders map 256 MiB */

static const struct model_node *cxl_root_of(const struct model_node *node)
{
	int depth;

	for (depth = 0; node && depth < RF_DEPTH_MAX; depth++) {
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

/* What firmware restricts the window to (CXL 3.1, table 9-22). */
static void set_restrictions(struct rf *rf, json_t *oem,
			     const struct model_decoder *window)
{
	json_t *list = rf_arr(rf, oem, "Restrictions");

	if (window->cap_ram)
		rf_push_str(rf, list, "Volatile");
	if (window->cap_pmem)
		rf_push_str(rf, list, "Persistent");
	if (window->cap_type2)
		rf_push_str(rf, list, "DeviceCoherent");
	if (window->cap_type3)
		rf_push_str(rf, list, "HostOnlyCoherent");
}

/* In position order. */
static void set_bridges(struct rf *rf, json_t *oem,
			const struct model_node *window)
{
	const struct knl_edge *edge;
	const char *name;
	size_t i;

	for (i = 0; i < window->k.n_edges; i++) {
		edge = &window->k.edges[i];
		name = edge->path ? strrchr(edge->path, '/') : NULL;
		if (edge->type == FABMON_EDGE_TYPE_TARGET && name)
			rf_push_str(rf, rf_arr(rf, oem, "TargetHostBridges"),
				    name + 1);
	}
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
	if (window->decoder.qos >= 0)
		rf_int(rf, oem, "QosThrottlingGroup", window->decoder.qos);
	set_restrictions(rf, oem, &window->decoder);
	set_bridges(rf, oem, window);
}

/* Whether the window is for memory of the kind. */
static bool is_able(const struct model_node *window, enum rf_part part)
{
	return part == RF_PMEM ? window->decoder.cap_pmem :
				 window->decoder.cap_ram;
}

/**
 * rf_domain_makes - whether the kernel makes regions of the kind in a window
 *
 * Linux 6.1 makes no volatile ones.
 */
bool rf_domain_makes(const struct rf *rf, const struct model_node *window,
		     enum rf_part part)
{
	const struct model_node *memdev;

	if (!window->ident || !is_able(window, part) ||
	    !(part == RF_PMEM ? window->decoder.makes_pmem :
				window->decoder.makes_ram))
		return false;
	memdev = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	while (memdev && !in_window(rf, window, memdev, part))
		memdev = rf_next(memdev);
	return memdev;
}

static void add_domain(struct rf *rf, const struct model_node *window,
		       enum rf_part part)
{
	json_t *obj;

	if (!window->ident || !(is_able(window, part) ||
				has_region(rf, window, part)))
		return;
	obj = rf_add(rf, rf_uri_domain(rf, window, part),
		     "MemoryDomain.v1_5_1",
		     rf_printf(rf, "CXL window %s, %s", window->k.name,
			       rf_part_name(part)));
	rf_bool(rf, obj, "AllowsMemoryChunkCreation",
		rf->agent->actions && rf_domain_makes(rf, window, part));
	rf_int(rf, obj, "MinMemoryChunkSizeMiB", ALIGN_MIB);
	rf_int(rf, obj, "MemoryChunkIncrementMiB", ALIGN_MIB);
	set_sources(rf, obj, window, part);
	rf_status(rf, obj, "Enabled", MODEL_OK);
	set_window_oem(rf, obj, window);
}

void rf_domain_add(struct rf *rf)
{
	const struct model_node *node;
	enum rf_part part;

	rf_of(rf, MODEL_CXL);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_ROOT_DECODER);
	for (; node; node = rf_next(node))
		for (part = RF_RAM; part < RF_PARTS; part++)
			add_domain(rf, node, part);
}

/*
 * Where a chunk can be made there is a collection to make it in. Sunfish keeps
 * no empty collection, so that a link to one leads nowhere there: with an OFMF
 * the collection is served, but not linked until it has a member.
 */
static void add_collection(struct rf *rf, const struct model_node *window,
			   enum rf_part part)
{
	const char *uri = rf_uri_domain(rf, window, part);
	const char *chunks = uri ? rf_printf(rf, "%s/MemoryChunks", uri) : NULL;

	if (!rf->agent->actions || !chunks || rf_get(rf, chunks) ||
	    !rf_domain_makes(rf, window, part))
		return;
	rf_collection(rf, chunks);
	if (rf->agent->ofmf)
		json_object_del(rf_get(rf, uri), "MemoryChunks");
}

static void link_domain(struct rf *rf, const struct model_node *window,
			enum rf_part part)
{
	const char *uri = rf_uri_domain(rf, window, part);
	const char *adapter, *device, *function;
	const struct model_node *memdev;

	add_collection(rf, window, part);
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

void rf_domain_link(struct rf *rf)
{
	const struct model_node *node;
	enum rf_part part;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_ROOT_DECODER);
	for (; node; node = rf_next(node))
		for (part = RF_RAM; part < RF_PARTS; part++)
			link_domain(rf, node, part);
}
