// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * MemoryChunks: the regions that the host maps.
 *
 * As appendix A of the Sunfish document wants it, each committed region is one
 * MemoryChunks, with a UUID as its DisplayName, and there are no others.
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/**
 * rf_region_live - whether the region is one that the host decodes right now
 */
bool rf_region_live(const struct model_node *region)
{
	return region->ident && model_region_committed(region) &&
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

/**
 * rf_region_decoder - the endpoint decoder at a position of a region, or NULL
 */
const struct model_node *rf_region_decoder(const struct rf *rf,
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
 * Linux 6.1 has no "mode" of regions. Then it is the mode of its decoders, or
 * else the kind that its window is restricted to.
 */
enum rf_part rf_region_part(const struct rf *rf,
			    const struct model_node *region)
{
	const struct model_node *root = model_region_root(region), *decoder;
	const char *mode = region->region.mode;
	size_t i;

	for (i = 0; !mode && i < region->region.n_targets; i++) {
		decoder = rf_region_decoder(rf, region, i);
		mode = decoder ? decoder->decoder.mode : NULL;
	}
	if (mode)
		return strcmp(mode, "pmem") ? RF_RAM : RF_PMEM;
	return root && root->decoder.cap_pmem && !root->decoder.cap_ram ?
	       RF_PMEM : RF_RAM;
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
		decoder = rf_region_decoder(rf, region, i);
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
	/* one that a client calls as another was called has another */
	rf_str(rf, obj, "DisplayName", uuid && *uuid ? uuid :
	       rf_uuid_host(rf, rf_printf(rf, "MemoryChunks:%s",
					  region->uid)));
	rf_str(rf, obj, "AddressRangeType",
	       part == RF_PMEM ? "PMEM" : "Volatile");
	rf_mib(rf, obj, "AddressRangeOffsetMiB", region->region.start);
	rf_mib(rf, obj, "MemoryChunkSizeMiB", region->region.size);
	rf_str(rf, obj, "MediaLocation", "Local");
	/* a DAX device is no memory of the system; see request_chunk.c */
	rf_str(rf, obj, "RequestedOperationalState",
	       rf_region_use(rf, region) == ACTION_USE_DEVDAX ? "Offline" :
								"Online");
	set_interleave(rf, obj, region, part);
	rf_status_rollup(rf, rf_status(rf, obj, rf_region_state(rf, region),
				       MODEL_OK),
			 region_severity(rf, region, part));
	rf_region_oem(rf, obj, region);
}

static void link_chunks(struct rf *rf, const struct model_node *region)
{
	enum rf_part part = rf_region_part(rf, region);
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
		rf_link(rf, uri, "MemoryRegions",
			rf_uri_memory_region(rf, memdev, part));
		rf_link(rf, device, "MemoryChunks", uri);
	}
}

void rf_chunks_add(struct rf *rf)
{
	const struct model_node *node;

	rf_of(rf, MODEL_CXL);
	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			add_chunks(rf, node);
}

void rf_chunks_link(struct rf *rf)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; node; node = rf_next(node))
		if (rf_region_live(node))
			link_chunks(rf, node);
}
