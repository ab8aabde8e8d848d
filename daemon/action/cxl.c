// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <syslog.h>
#include <unistd.h>

#include "cxl.h"

#define CXL_BUS	"/sys/bus/cxl"

bool cxl_work_begin(struct cxl_work *work, struct action_result *result)
{
	int r;

	work->ctx = NULL;
	work->lock = open(CXL_BUS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (work->lock < 0) {
		action_fail(result, -ENODEV, errno == ENOENT ?
			    "this kernel has no CXL" :
			    CXL_BUS ": cannot be opened: %s", strerror(errno));
		return false;
	}
	if (flock(work->lock, LOCK_EX)) {
		action_fail(result, -ENODEV, CXL_BUS ": cannot be locked: %s",
			    strerror(errno));
		return false;
	}
	/* only under the lock: libcxl reads each object once */
	r = cxl_new(&work->ctx);
	if (r) {
		action_fail(result, -ENOMEM, "libcxl: cannot be started: %s",
			    strerror(-r));
		return false;
	}
	/* we report what failed, with the object and the step */
	cxl_set_log_priority(work->ctx, LOG_CRIT);
	return true;
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

bool cxl_step(struct action_result *result, int r, const char *object,
	      const char *what)
{
	if (!r)
		return true;
	action_fail(result, r, "%s: the kernel refused %s: %s", object, what,
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
	char name[ACTION_NAME];

	snprintf(name, sizeof(name), "%s", cxl_region_get_devname(region));
	if ((cxl_region_is_enabled(region) &&
	     !cxl_step(result, cxl_region_disable(region), name,
		       "to disable it")) ||
	    (cxl_region_decode_is_committed(region) &&
	     !cxl_step(result, cxl_region_decode_reset(region), name,
		       "to reset it")) ||
	    !cxl_step(result, cxl_region_delete(region), name, "to delete it"))
		return false;
	while (n)
		cxl_decoder_set_dpa_size(decoders[--n], 0);
	return true;
}
