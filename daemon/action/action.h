/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Actions: changes of the host that are carried out on request.
 *
 * A client asks the service to change a resource (change.h). redfish/ turns
 * that into an action on an object of the kernel, which is described here: a
 * port's net device is brought up or down, a CXL region is created or torn
 * down. forward.c leads a request through all of this, run.h carries actions
 * out in child processes, because the kernel may take seconds and the event
 * loop must not wait.
 *
 * A change goes to the kernel only. The model and the tree are not touched from
 * here: they follow the kernel's notifications, as after any other change, and
 * the client is answered when the tree shows the result. What must not be left
 * half done is recorded in the store before it begins.
 *
 * This header and change.h are plain data, which redfish/ and service/ share.
 */
#ifndef FABMON_ACTION_H
#define FABMON_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#define ACTION_WAYS_MAX	16	/* CXL 3.1, 8.2.4.20.7: interleave ways */
#define ACTION_NAME	32
#define ACTION_WHY	192
#define ACTION_OTHERS	1024

enum action_kind {
	ACTION_LINK, ACTION_REGION_CREATE, ACTION_REGION_DELETE,
	/* finish or undo one of the two above that was interrupted */
	ACTION_REGION_SETTLE,
};

/* What a volatile region is used as. */
enum action_use {
	ACTION_USE_ANY,		/* whatever the kernel does with it */
	ACTION_USE_DEVDAX,	/* a character device */
	ACTION_USE_SYSTEM_RAM,	/* memory of the system, online and movable */
};

/**
 * struct action - a change of the host, in the kernel's names
 * @ifindex: ACTION_LINK: index of the net device
 * @ifname: the name that goes with @ifindex; refused if it is another by now
 * @up: bring it up, else down
 * @region: ACTION_REGION_DELETE: name of the region; ACTION_REGION_SETTLE: name
 *	of the region that was being torn down, "" if one was being created
 * @start: ACTION_REGION_DELETE: host physical address that goes with @region;
 *	refused if it is another by now, for the kernel uses names again
 * @root: ACTION_REGION_CREATE: name of the root decoder
 * @others: names of the regions that @root had before, a blank after each
 * @memdevs: names of the memory devices, in the order of the interleave
 * @ways: number of @memdevs, 1 to ACTION_WAYS_MAX
 * @size: bytes of the whole region
 * @pmem: the region is persistent memory, else volatile
 * @use: ACTION_REGION_CREATE, of one that is volatile
 */
struct action {
	enum action_kind kind;
	uint32_t ifindex;
	char ifname[ACTION_NAME];
	bool up;
	char region[ACTION_NAME];
	uint64_t start;
	char root[ACTION_NAME];
	char others[ACTION_OTHERS];
	char memdevs[ACTION_WAYS_MAX][ACTION_NAME];
	unsigned int ways;
	uint64_t size;
	bool pmem;
	enum action_use use;
};

/**
 * struct action_result - the outcome of an action
 * @error: 0 or -errno; -ECHILD: it was interrupted; -ETIMEDOUT: it took too
 *	long, and was killed
 * @why: the object and the step that failed, "" if none did
 * @start: host physical address of the region that was created;
 *	ACTION_REGION_SETTLE: of the region that is there, 0: there is none
 */
struct action_result {
	int error;
	char why[ACTION_WHY];
	uint64_t start;
};

#endif /* FABMON_ACTION_H */
