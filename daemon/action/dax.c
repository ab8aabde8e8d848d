// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a volatile region is used as. The kernel makes it a DAX region with one
 * device, which is a character device with the driver device_dax, or memory of
 * the system with kmem. Memory goes online as movable (ZONE_MOVABLE), so that it
 * can be taken back.
 *
 * Nothing is taken away that is in use: memory is taken offline before its
 * device loses the driver, and an open character device is left alone.
 */
#include <daxctl/libdaxctl.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cxl.h"
#include "dax.h"

#define MEMORY		"/sys/devices/system/memory"
/* The device comes with its driver's module, which udev may have to load. */
#define WAIT_MS		100
#define WAITS		50
/* That taking memory offline may take; less than ACTION_SECONDS. */
#define OFFLINE_SECONDS	12

/* Not -EINVAL and the like, which blame the devices that a client named. */
static int failure(int r)
{
	return r == -EACCES || r == -EPERM ? r : -EIO;
}

/* ---- memory blocks ------------------------------------------------------ */

static uint64_t read_hex(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t number = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%" SCNx64, &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

static bool block_is_online(uint64_t block)
{
	char path[64], state[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), MEMORY "/memory%" PRIu64 "/state", block);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(state, sizeof(state), file))
		state[0] = '\0';
	fclose(file);
	return !strncmp(state, "online", 6);
}

/* Names the first block of a device that is online, and counts the rest. */
static void fail_online(struct daxctl_dev *dev, struct action_result *result)
{
	uint64_t start = daxctl_dev_get_resource(dev), first = 0, count = 0;
	uint64_t size = read_hex(MEMORY "/block_size_bytes"), block;

	for (block = size ? start / size : 0;
	     size && block * size < start + daxctl_dev_get_size(dev); block++)
		if (block_is_online(block) && !count++)
			first = block;
	if (count > 1)
		action_fail(result, -EBUSY, "memory%" PRIu64 " and %" PRIu64
			    " more blocks of %s are in use and cannot be taken offline",
			    first, count - 1, daxctl_dev_get_devname(dev));
	else if (count)
		action_fail(result, -EBUSY, "memory%" PRIu64
			    " of %s is in use and cannot be taken offline",
			    first, daxctl_dev_get_devname(dev));
	else
		action_fail(result, -EBUSY,
			    "memory of %s is in use and cannot be taken offline",
			    daxctl_dev_get_devname(dev));
}

static void on_alarm(int signal)
{
}

/*
 * The kernel tries again and again where pages cannot be moved away, until a
 * signal comes. That there is no answer in time is one.
 */
static bool offline_all(struct daxctl_dev *dev)
{
	const struct sigaction wake = { .sa_handler = on_alarm };
	const struct sigaction end = { .sa_handler = SIG_DFL };
	int r;

	sigaction(SIGALRM, &wake, NULL);
	alarm(OFFLINE_SECONDS);
	r = daxctl_memory_offline(daxctl_dev_get_memory(dev));
	alarm(ACTION_SECONDS);
	sigaction(SIGALRM, &end, NULL);
	return r >= 0 && daxctl_dev_has_online_memory(dev) <= 0;
}

/* All of it or nothing: what went offline by a vain try goes online again. */
static bool memory_offline(struct daxctl_dev *dev,
			   struct action_result *result)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dev);

	if (!memory || daxctl_dev_has_online_memory(dev) <= 0)
		return true;
	if (offline_all(dev))
		return true;
	fail_online(dev, result);
	daxctl_memory_online(memory);
	return false;
}

static bool memory_online(struct daxctl_dev *dev, struct action_result *result)
{
	struct daxctl_memory *memory = daxctl_dev_get_memory(dev);
	const char *name = daxctl_dev_get_devname(dev);
	int r;

	if (!memory) {
		action_fail(result, -EIO, "%s: is no memory of the system",
			    name);
		return false;
	}
	/* the kernel, or udev, may set it online by itself, and otherwise */
	if (daxctl_dev_has_online_memory(dev) > 0 &&
	    daxctl_memory_is_movable(memory) == 0 &&
	    !memory_offline(dev, result))
		return false;
	r = daxctl_memory_online(memory);
	if (r >= 0 &&
	    daxctl_memory_is_online(memory) == daxctl_memory_num_sections(memory) &&
	    daxctl_memory_is_movable(memory) != 0)
		return true;
	action_fail(result, failure(r),
		    "%s: its memory cannot be set online as movable: %s", name,
		    r < 0 ? strerror(-r) : "some of it is otherwise");
	return false;
}

/* ---- taking back -------------------------------------------------------- */

static bool dev_release(struct daxctl_dev *dev, struct action_result *result)
{
	const char *name = daxctl_dev_get_devname(dev);

	if (!daxctl_dev_get_memory(dev) && !dax_is_closed(dev, result))
		return false;
	if (!daxctl_dev_is_enabled(dev) || !daxctl_dev_disable(dev))
		return true;
	action_fail(result, -EBUSY, "%s is in use", name);
	return false;
}

bool dax_release(struct cxl_region *region, struct action_result *result)
{
	struct daxctl_region *dax = cxl_region_get_daxctl_region(region);
	struct daxctl_dev *dev;

	if (!dax) {
		action_fail(result, -EBUSY, "%s is the system's memory",
			    cxl_region_get_devname(region));
		return false;
	}
	daxctl_dev_foreach(dax, dev)
		if (!memory_offline(dev, result))
			return false;
	daxctl_dev_foreach(dax, dev)
		if (!dev_release(dev, result))
			return false;
	return true;
}

/* ---- taking into use ---------------------------------------------------- */

bool dax_has_device(struct cxl_region *region)
{
	char pattern[128];
	glob_t found;
	bool has;

	snprintf(pattern, sizeof(pattern),
		 "/sys/bus/cxl/devices/%s/dax_region*/dax[0-9]*",
		 cxl_region_get_devname(region));
	has = !glob(pattern, GLOB_NOSORT, NULL, &found);
	globfree(&found);
	return has;
}

/* libdaxctl reads once what there is, so it must be there. */
static struct daxctl_region *await_device(struct cxl_region *region,
					  struct action_result *result)
{
	const struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
	struct daxctl_region *dax = NULL;
	unsigned int i;

	for (i = 0; i < WAITS && !dax_has_device(region); i++)
		nanosleep(&pause, NULL);
	if (i < WAITS)
		dax = cxl_region_get_daxctl_region(region);
	if (!dax)
		action_fail(result, -EIO,
			    "%s: no DAX device came of it: is the module dax_cxl there?",
			    cxl_region_get_devname(region));
	return dax;
}

static bool dev_enable(struct daxctl_dev *dev, enum action_use use,
		       struct action_result *result)
{
	bool ram = use == ACTION_USE_SYSTEM_RAM;
	const char *name = daxctl_dev_get_devname(dev);
	int r;

	if (daxctl_dev_is_enabled(dev) && ram == !!daxctl_dev_get_memory(dev))
		return true;
	if (daxctl_dev_is_enabled(dev) &&
	    (!memory_offline(dev, result) || !dev_release(dev, result)))
		return false;
	r = ram ? daxctl_dev_enable_ram(dev) : daxctl_dev_enable_devdax(dev);
	if (!r)
		return true;
	action_fail(result, failure(r), "%s: cannot be given the driver %s: %s",
		    name, ram ? "kmem" : "device_dax", strerror(r < 0 ? -r : r));
	return false;
}

bool dax_use(struct cxl_region *region, enum action_use use,
	     struct action_result *result)
{
	struct daxctl_region *dax;
	struct daxctl_dev *dev;

	if (use == ACTION_USE_ANY)
		return true;
	dax = await_device(region, result);
	if (!dax)
		return false;
	daxctl_dev_foreach(dax, dev)
		if (!dev_enable(dev, use, result) ||
		    (use == ACTION_USE_SYSTEM_RAM &&
		     !memory_online(dev, result)))
			return false;
	return true;
}
