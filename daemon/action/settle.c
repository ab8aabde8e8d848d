// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Finishes or undoes what an action that was interrupted left of a region.
 *
 * One that was being created and is not committed yet is removed, for nobody
 * but its creator can use it; one that is committed is finished. One that was
 * being torn down is removed if it is not committed any more. If it is, it
 * stays, perhaps without a driver, and can be torn down again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cxl.h"
#include "dax.h"

static bool was_before(const struct action *action, const char *name)
{
	const char *at = action->others;
	size_t n = strlen(name);

	while ((at = strstr(at, name))) {
		if ((at == action->others || at[-1] == ' ') && at[n] == ' ')
			return true;
		at += n;
	}
	return false;
}

/* Whether the decoder is one of the device that was to be at this position. */
static bool is_target(const struct action *action, unsigned int position,
		      struct cxl_decoder *decoder)
{
	struct cxl_memdev *memdev = cxl_decoder_get_memdev(decoder);

	return memdev && !strcmp(cxl_memdev_get_devname(memdev),
				 action->memdevs[position]);
}

/* All that is set of the region is as requested; the rest is not set yet. */
static bool is_ours(const struct action *action, struct cxl_region *region)
{
	unsigned long long size = cxl_region_get_size(region);
	struct cxl_decoder *decoder;
	unsigned int i;

	if (was_before(action, cxl_region_get_devname(region)) ||
	    (size && size != action->size))
		return false;
	for (i = 0; i < action->ways; i++) {
		decoder = cxl_region_get_target_decoder(region, (int)i);
		if (decoder && !is_target(action, i, decoder))
			return false;
	}
	return true;
}

/* Frees capacity of decoders that have not become part of a region. */
static void decoders_free(const struct action *action, struct cxl_ctx *ctx)
{
	struct cxl_endpoint *endpoint;
	struct cxl_decoder *decoder;
	struct cxl_memdev *memdev;
	unsigned int i;

	for (i = 0; i < action->ways; i++) {
		memdev = cxl_find_memdev(ctx, action->memdevs[i]);
		endpoint = memdev ? cxl_memdev_get_endpoint(memdev) : NULL;
		if (!endpoint)
			continue;
		cxl_decoder_foreach(cxl_endpoint_get_port(endpoint), decoder)
			if (cxl_decoder_get_dpa_size(decoder) ==
			    action->size / action->ways &&
			    !cxl_decoder_get_region(decoder))
				cxl_decoder_set_dpa_size(decoder, 0);
	}
}

static void settle_made(const struct action *action, struct cxl_ctx *ctx,
			struct action_result *result)
{
	struct cxl_decoder *root = cxl_find_root(ctx, action->root);
	struct cxl_region *region, *next;

	if (!root)
		return;
	cxl_region_foreach_safe(root, region, next) {
		if (!is_ours(action, region))
			continue;
		if (!cxl_region_decode_is_committed(region)) {
			cxl_region_end(region, result);
			continue;
		}
		if ((cxl_region_is_enabled(region) ||
		     cxl_step(result, cxl_region_enable(region),
			      cxl_region_get_devname(region), "to use it")) &&
		    (action->pmem || dax_use(region, action->use, result)))
			result->start = cxl_region_get_resource(region);
		return;
	}
	decoders_free(action, ctx);
}

static void settle_deleted(const struct action *action, struct cxl_ctx *ctx,
			   struct action_result *result)
{
	struct cxl_region *region = cxl_find_region(ctx, action->region);

	if (region && cxl_region_decode_is_committed(region))
		result->start = cxl_region_get_resource(region);
	else if (region)
		cxl_region_end(region, result);
}

void action_region_settle(const struct action *action,
			  struct action_result *result)
{
	struct cxl_work work;

	if (cxl_work_begin(&work, result)) {
		if (action->region[0])
			settle_deleted(action, work.ctx, result);
		else
			settle_made(action, work.ctx, result);
	}
	cxl_work_end(&work);
}
