/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What a host can be asked to do: a port's net device up or down, a CXL region
 * made or torn down.
 *
 * Each is done by a child process, for the kernel may take seconds (memory has
 * to be emptied before it goes offline), and the loop must not wait. Nobody is
 * told of what was changed but by the kernel.
 */
#ifndef FABMON_ACTION_H
#define FABMON_ACTION_H

#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#define ACTION_WAYS_MAX	16	/* CXL 3.1, 8.2.4.20.7: interleave ways */
#define ACTION_NAME	32
#define ACTION_WHY	192
#define ACTION_OTHERS	1024
#define ACTIONS_MAX	4	/* at a time */
#define ACTION_SECONDS	20	/* that one may take */

enum action_kind {
	ACTION_LINK, ACTION_REGION_CREATE, ACTION_REGION_DELETE,
	/* put in order what one of the two before left when it was interrupted */
	ACTION_REGION_SETTLE,
};

/**
 * struct action - what to do; plain data, by the kernel's names
 * @ifindex: ACTION_LINK: the net device
 * @ifname: its name, which must still be its
 * @up: to bring it up
 * @region: ACTION_REGION_DELETE: the region's name; ACTION_REGION_SETTLE: that of
 *	the one that was being torn down, "" if one was being made
 * @start: ACTION_REGION_DELETE: its host physical address, which must still be
 *	its: the kernel gives the name to the next one
 * @root: ACTION_REGION_CREATE: the root decoder's name
 * @others: names of the regions that it had before, a blank after each
 * @memdevs: the memory devices, in the order of the interleave
 * @ways: how many, 1 to ACTION_WAYS_MAX
 * @size: bytes of the whole region
 * @pmem: it is persistent, else volatile
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
};

/**
 * struct action_result - how it went
 * @error: 0 or -errno; -ECHILD: it was interrupted, -ETIMEDOUT: by us
 * @why: what failed, in words, "" if nothing did
 * @start: host physical address of the region that was made, or of
 *	ACTION_REGION_SETTLE of that which is there, 0: none is
 */
struct action_result {
	int error;
	char why[ACTION_WHY];
	uint64_t start;
};

typedef void (*action_done)(const struct action_result *result, void *ctx);

struct actions;

/* 0 or -ENOMEM. */
int actions_new(struct actions **actions, sd_event *event);
/* Those that are under way are left to end by themselves. */
void actions_free(struct actions *actions);

/**
 * action_start - do it
 * @action: copied
 * @done: called from the loop when it is done, unless actions_free() is before
 *
 * Region actions wait for one another, also for those of another fabmond.
 *
 * Return: 0; -EBUSY: too many are under way; -errno of fork(2), pipe(2).
 */
int action_start(struct actions *actions, const struct action *action,
		 action_done done, void *ctx);

/* ---- what the child does; may block ------------------------------------- */

void action_link(const struct action *action, struct action_result *result);
void action_region_create(const struct action *action,
			  struct action_result *result);
void action_region_delete(const struct action *action,
			  struct action_result *result);
void action_region_settle(const struct action *action,
			  struct action_result *result);

/* Note what failed, with a phrase for people; errno as given, never 0. */
__attribute__((format(printf, 3, 4)))
void action_fail(struct action_result *result, int error,
		 const char *format, ...);

#endif /* FABMON_ACTION_H */
