// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Creates a CXL region with libcxl, in the steps of "cxl create-region". */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <uuid/uuid.h>

#include "cxl.h"
#include "dax.h"

/**
 * struct making - a region while it is created, to be undone
 * @region: NULL as long as there is none
 * @targets: endpoint decoders that were given capacity, in position order
 */
struct making {
	const struct action *action;
	struct action_result *result;
	struct cxl_region *region;
	struct cxl_decoder *targets[ACTION_WAYS_MAX];
	unsigned int n_targets;
};

static bool step(struct making *m, int r, const char *what)
{
	return cxl_step(m->result, r, m->region ?
			cxl_region_get_devname(m->region) : m->action->root,
			what);
}

/* Decoders are committed in order, so that only the first free one will do. */
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
	struct cxl_memdev *memdev = cxl_find_memdev(ctx, name);
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
	struct cxl_decoder *root = cxl_find_root(ctx, m->action->root);

	if (!root)
		return step(m, -ENODEV, "to show it");
	if (!targets_take(m, ctx))
		return false;
	m->region = m->action->pmem ? cxl_decoder_create_pmem_region(root) :
				      cxl_decoder_create_ram_region(root);
	if (!m->region)
		return step(m, -errno, "a new region");
	return region_configure(m, root) &&
	       step(m, cxl_region_decode_commit(m->region), "to commit it") &&
	       step(m, cxl_region_enable(m->region), "to use it") &&
	       (m->action->pmem ||
		dax_use(m->region, m->action->use, m->result));
}

/* It may be in use by now: the kernel sets memory online by itself. */
static bool region_end(struct making *m, struct action_result *undo)
{
	if (!m->action->pmem && cxl_region_is_enabled(m->region) &&
	    dax_has_device(m->region) && !dax_release(m->region, undo)) {
		/* it stays, and so does its capacity */
		m->n_targets = 0;
		return false;
	}
	return cxl_region_end(m->region, undo);
}

/* What cannot be undone is reported with what failed first. */
static void region_undo(struct making *m)
{
	struct action_result undo = { 0 };
	char *why = m->result->why;
	size_t len = strlen(why);

	if (m->region && !region_end(m, &undo))
		snprintf(why + len, sizeof(m->result->why) - len,
			 "; and it cannot be undone: %s", undo.why);
	while (m->n_targets)
		cxl_decoder_set_dpa_size(m->targets[--m->n_targets], 0);
}

void action_region_create(const struct action *action,
			  struct action_result *result)
{
	struct making m = { .action = action, .result = result };
	struct cxl_work work;

	if (cxl_work_begin(&work, result)) {
		if (region_make(&m, work.ctx))
			result->start = cxl_region_get_resource(m.region);
		else
			region_undo(&m);
	}
	cxl_work_end(&work);
}
