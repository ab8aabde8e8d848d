// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * CXL regions, by libcxl: made as "cxl create-region" does, and torn down in
 * the order that loses no data by accident. Memory that the system uses is
 * taken offline first; where that fails the region stays as it is, for a kernel
 * whose memory goes away under it does not survive.
 */
#include <cxl/libcxl.h>
#include <daxctl/libdaxctl.h>
#include <errno.h>
#include <string.h>
#include <uuid/uuid.h>

#include "action.h"

static void close_cxl(struct cxl_ctx **ctx)
{
	if (*ctx)
		cxl_unref(*ctx);
}

#define auto_cxl __attribute__((cleanup(close_cxl))) struct cxl_ctx

static struct cxl_decoder *root_find(struct cxl_ctx *ctx, const char *name)
{
	struct cxl_decoder *decoder;
	struct cxl_bus *bus;

	cxl_bus_foreach(ctx, bus)
		cxl_decoder_foreach(cxl_bus_get_port(bus), decoder)
			if (!strcmp(cxl_decoder_get_devname(decoder), name))
				return decoder;
	return NULL;
}

static struct cxl_region *region_find(struct cxl_ctx *ctx, const char *name)
{
	struct cxl_decoder *decoder;
	struct cxl_region *region;
	struct cxl_bus *bus;

	cxl_bus_foreach(ctx, bus)
		cxl_decoder_foreach(cxl_bus_get_port(bus), decoder)
			cxl_region_foreach(decoder, region)
				if (!strcmp(cxl_region_get_devname(region),
					    name))
					return region;
	return NULL;
}

static struct cxl_memdev *memdev_find(struct cxl_ctx *ctx, const char *name)
{
	struct cxl_memdev *memdev;

	cxl_memdev_foreach(ctx, memdev)
		if (!strcmp(cxl_memdev_get_devname(memdev), name))
			return memdev;
	return NULL;
}

/* ---- create ------------------------------------------------------------- */

/**
 * struct making - a region while it is made, to be undone
 * @targets: endpoint decoders that have capacity, in position order
 */
struct making {
	const struct action *action;
	struct action_result *result;
	struct cxl_region *region;
	struct cxl_decoder *targets[ACTION_WAYS_MAX];
	unsigned int n_targets;
};

/* Decoders are committed in order: only the first that is free will do. */
static struct cxl_decoder *decoder_free(struct cxl_memdev *memdev)
{
	struct cxl_endpoint *endpoint = cxl_memdev_get_endpoint(memdev);
	struct cxl_decoder *decoder;

	if (!endpoint)
		return NULL;
	cxl_decoder_foreach(cxl_endpoint_get_port(endpoint), decoder)
		if (!cxl_decoder_get_dpa_size(decoder))
			return decoder;
	return NULL;
}

static bool target_take(struct making *m, struct cxl_ctx *ctx,
			const char *name)
{
	const struct action *action = m->action;
	struct cxl_memdev *memdev = memdev_find(ctx, name);
	struct cxl_decoder *decoder = memdev ? decoder_free(memdev) : NULL;
	int r;

	if (!memdev || !cxl_memdev_is_enabled(memdev)) {
		action_fail(m->result, -ENODEV, "%s has no driver", name);
		return false;
	}
	if (!decoder) {
		action_fail(m->result, -ENOSPC, "%s has no free decoder", name);
		return false;
	}
	r = cxl_decoder_set_mode(decoder, action->pmem ? CXL_DECODER_MODE_PMEM :
				 CXL_DECODER_MODE_RAM);
	if (!r)
		r = cxl_decoder_set_dpa_size(decoder,
					     action->size / action->ways);
	if (r) {
		action_fail(m->result, r == -EBUSY ? -ENOSPC : r,
			    "%s has not this much free: %s", name,
			    strerror(-r));
		return false;
	}
	m->targets[m->n_targets++] = decoder;
	return true;
}

static bool targets_take(struct making *m, struct cxl_ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < m->action->ways; i++)
		if (!target_take(m, ctx, m->action->memdevs[i]))
			return false;
	return true;
}

static bool step(struct making *m, int r, const char *what)
{
	if (!r)
		return true;
	action_fail(m->result, r, "the kernel refused %s: %s", what,
		    strerror(r < 0 ? -r : r));
	return false;
}

static int region_uuid(struct making *m)
{
	uuid_t uuid;

	if (!m->action->pmem)
		return 0;
	uuid_generate(uuid);
	return cxl_region_set_uuid(m->region, uuid);
}

static bool region_configure(struct making *m, struct cxl_decoder *root)
{
	const struct action *action = m->action;
	unsigned int i;

	if (!step(m, region_uuid(m), "the UUID") ||
	    !step(m, cxl_region_set_interleave_granularity(m->region,
			cxl_decoder_get_interleave_granularity(root)),
		  "the interleave granularity") ||
	    !step(m, cxl_region_set_interleave_ways(m->region, action->ways),
		  "the interleave ways") ||
	    !step(m, cxl_region_set_size(m->region, action->size),
		  "the size"))
		return false;
	for (i = 0; i < m->n_targets; i++)
		if (!step(m, cxl_region_set_target(m->region, (int)i,
						   m->targets[i]),
			  action->memdevs[i]))
			return false;
	return true;
}

static bool region_make(struct making *m, struct cxl_ctx *ctx)
{
	struct cxl_decoder *root = root_find(ctx, m->action->root);

	if (!root)
		return step(m, -ENODEV, "the memory domain");
	if (!targets_take(m, ctx))
		return false;
	m->region = m->action->pmem ? cxl_decoder_create_pmem_region(root) :
				      cxl_decoder_create_ram_region(root);
	if (!m->region)
		return step(m, -errno, "a new region");
	return region_configure(m, root) &&
	       step(m, cxl_region_decode_commit(m->region), "to commit it") &&
	       step(m, cxl_region_enable(m->region), "to use it");
}

static void region_undo(struct making *m)
{
	if (m->region) {
		if (cxl_region_decode_is_committed(m->region))
			cxl_region_decode_reset(m->region);
		cxl_region_delete(m->region);
	}
	while (m->n_targets)
		cxl_decoder_set_dpa_size(m->targets[--m->n_targets], 0);
}

void action_region_create(const struct action *action,
			  struct action_result *result)
{
	struct making m = { .action = action, .result = result };
	auto_cxl *ctx = NULL;

	if (cxl_new(&ctx)) {
		action_fail(result, -ENOMEM, "out of memory");
		return;
	}
	if (region_make(&m, ctx))
		result->start = cxl_region_get_resource(m.region);
	else
		region_undo(&m);
}

/* ---- delete ------------------------------------------------------------- */

static bool memory_offline(struct daxctl_dev *dev,
			   struct action_result *result)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dev);
	int r;

	if (memory && daxctl_dev_has_online_memory(dev) > 0) {
		r = daxctl_memory_offline(memory);
		if (r < 0 || daxctl_dev_has_online_memory(dev) > 0) {
			action_fail(result, -EBUSY,
				    "memory of %s is in use and cannot be taken offline",
				    daxctl_dev_get_devname(dev));
			return false;
		}
	}
	return true;
}

/* All is taken offline before anything is undone. */
static bool region_release(struct cxl_region *region,
			   struct action_result *result)
{
	struct daxctl_region *dax = cxl_region_get_daxctl_region(region);
	struct daxctl_dev *dev;

	if (!dax)
		return true;
	daxctl_dev_foreach(dax, dev)
		if (!memory_offline(dev, result))
			return false;
	daxctl_dev_foreach(dax, dev)
		if (daxctl_dev_is_enabled(dev) && daxctl_dev_disable(dev)) {
			action_fail(result, -EBUSY, "%s is in use",
				    daxctl_dev_get_devname(dev));
			return false;
		}
	return true;
}

static void region_targets(struct cxl_region *region, struct making *m)
{
	unsigned int i, ways = cxl_region_get_interleave_ways(region);

	for (i = 0; i < ways && i < ACTION_WAYS_MAX; i++) {
		m->targets[m->n_targets] =
			cxl_region_get_target_decoder(region, (int)i);
		if (m->targets[m->n_targets])
			m->n_targets++;
	}
}

void action_region_delete(const struct action *action,
			  struct action_result *result)
{
	struct making m = { .action = action, .result = result };
	struct cxl_region *region;
	auto_cxl *ctx = NULL;

	if (cxl_new(&ctx)) {
		action_fail(result, -ENOMEM, "out of memory");
		return;
	}
	region = region_find(ctx, action->region);
	if (!region) {
		action_fail(result, -ENODEV, "%s is not here any more",
			    action->region);
		return;
	}
	if (!region_release(region, result))
		return;
	region_targets(region, &m);
	if ((cxl_region_is_enabled(region) &&
	     !step(&m, cxl_region_disable(region), "to disable it")) ||
	    !step(&m, cxl_region_decode_reset(region), "to reset it") ||
	    !step(&m, cxl_region_delete(region), "to delete it"))
		return;
	while (m.n_targets)
		cxl_decoder_set_dpa_size(m.targets[--m.n_targets], 0);
}
