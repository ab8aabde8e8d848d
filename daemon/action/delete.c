// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Tears a CXL region down, in the order that loses no data by accident. Memory
 * that the system uses is taken offline first. Where that fails the region
 * stays: a kernel does not survive it if memory in use goes away.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cxl.h"
#include "dax.h"

#define ND_REGIONS	"/sys/bus/nd/devices/region*/resource"

/* ---- persistent memory -------------------------------------------------- */

static bool file_holds(const char *path, unsigned long long number)
{
	FILE *file = fopen(path, "re");
	char line[32] = "";

	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strtoull(line, NULL, 0) == number;
}

/* Whether a device of a libnvdimm region has a driver; @resource: its file. */
static bool nd_region_used(const char *resource)
{
	const char *end = strrchr(resource, '/');
	char pattern[256];
	glob_t found;
	bool used;

	snprintf(pattern, sizeof(pattern), "%.*s/*/driver",
		 (int)(end - resource), resource);
	used = !glob(pattern, GLOB_NOSORT, NULL, &found);
	globfree(&found);
	return used;
}

/* An active namespace may hold a mounted file system. */
static bool is_used(struct cxl_region *region)
{
	unsigned long long start = cxl_region_get_resource(region);
	bool used = false;
	glob_t found;
	size_t i;

	if (!glob(ND_REGIONS, GLOB_NOSORT, NULL, &found))
		for (i = 0; i < found.gl_pathc && !used; i++)
			used = file_holds(found.gl_pathv[i], start) &&
			       nd_region_used(found.gl_pathv[i]);
	globfree(&found);
	return used;
}

static bool pmem_release(struct cxl_region *region,
			 struct action_result *result)
{
	if (!is_used(region))
		return true;
	action_fail(result, -EBUSY, "a namespace of %s is active",
		    cxl_region_get_devname(region));
	return false;
}

/* Linux 6.1 does not show of a region which kind it is; the action has it. */
static bool region_release(const struct action *action,
			   struct cxl_region *region,
			   struct action_result *result)
{
	if (!cxl_region_is_enabled(region))
		return true;
	return action->pmem ? pmem_release(region, result) :
			      dax_release(region, result);
}

/* ---- both --------------------------------------------------------------- */

void action_region_delete(const struct action *action,
			  struct action_result *result)
{
	struct cxl_region *region = NULL;
	struct cxl_work work;

	if (cxl_work_begin(&work, result)) {
		region = cxl_find_region(work.ctx, action->region);
		if (region && cxl_region_get_resource(region) != action->start)
			region = NULL;
		if (!region)
			action_fail(result, -ENODEV,
				    "%s is not here any more", action->region);
	}
	if (region && region_release(action, region, result))
		cxl_region_end(region, result);
	cxl_work_end(&work);
}
