// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* CXL as libcxl has it, for those who change it; in the child. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <syslog.h>
#include <unistd.h>

#include "cxl.h"

#define CXL_BUS	"/sys/bus/cxl"

bool cxl_work_begin(struct cxl_work *work, struct action_result *result)
{
	work->ctx = NULL;
	work->lock = open(CXL_BUS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->lock < 0 || flock(work->lock, LOCK_EX)) {
		action_fail(result, -ENODEV, "this kernel has no CXL");
		return false;
	}
	/* only now: what libcxl has looked at it does not look at again */
	if (!cxl_new(&work->ctx)) {
		/* what failed is told by us, and by what it was for */
		cxl_set_log_priority(work->ctx, LOG_CRIT);
		return true;
	}
	action_fail(result, -ENOMEM, "out of memory");
	return false;
}

void cxl_work_end(struct cxl_work *work)
{
	if (work->ctx)
		cxl_unref(work->ctx);
	if (work->lock >= 0)
		close(work->lock);
}

struct cxl_decoder *cxl_find_root(struct cxl_ctx *ctx, const char *name)
{
	struct cxl_decoder *decoder;
	struct cxl_bus *bus;

	cxl_bus_foreach(ctx, bus)
		cxl_decoder_foreach(cxl_bus_get_port(bus), decoder)
			if (!strcmp(cxl_decoder_get_devname(decoder), name))
				return decoder;
	return NULL;
}

struct cxl_region *cxl_find_region(struct cxl_ctx *ctx, const char *name)
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

struct cxl_memdev *cxl_find_memdev(struct cxl_ctx *ctx, const char *name)
{
	struct cxl_memdev *memdev;

	cxl_memdev_foreach(ctx, memdev)
		if (!strcmp(cxl_memdev_get_devname(memdev), name))
			return memdev;
	return NULL;
}

bool cxl_step(struct action_result *result, int r, const char *what)
{
	if (!r)
		return true;
	action_fail(result, r, "the kernel refused %s: %s", what,
		    strerror(r < 0 ? -r : r));
	return false;
}

static unsigned int region_decoders(struct cxl_region *region,
				    struct cxl_decoder *list[ACTION_WAYS_MAX])
{
	unsigned int i, n = 0, ways = cxl_region_get_interleave_ways(region);

	for (i = 0; i < ways && i < ACTION_WAYS_MAX; i++) {
		list[n] = cxl_region_get_target_decoder(region, (int)i);
		if (list[n])
			n++;
	}
	return n;
}

bool cxl_region_end(struct cxl_region *region, struct action_result *result)
{
	struct cxl_decoder *decoders[ACTION_WAYS_MAX];
	unsigned int n = region_decoders(region, decoders);

	if ((cxl_region_is_enabled(region) &&
	     !cxl_step(result, cxl_region_disable(region), "to disable it")) ||
	    (cxl_region_decode_is_committed(region) &&
	     !cxl_step(result, cxl_region_decode_reset(region),
		       "to reset it")) ||
	    !cxl_step(result, cxl_region_delete(region), "to delete it"))
		return false;
	while (n)
		cxl_decoder_set_dpa_size(decoders[--n], 0);
	return true;
}
