/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Inside of forward*.c. */
#ifndef FABMON_FORWARD_PRIV_H
#define FABMON_FORWARD_PRIV_H

#include "forward.h"
#include "redfish/redfish.h"

/**
 * struct job - a request that is under way
 * @asked: what for; the action may settle what it left meanwhile
 * @uri: the resource, or where the chunk is to be made
 * @who: sent it
 * @working: a child is; else the tree does not show it yet
 * @start: of the region that was made
 * @timer: until when the tree has to
 * @done: NULL: nobody waits any more
 */
struct job {
	struct forward *forward;
	struct job *next;
	struct rf_request request;
	enum action_kind asked;
	char uri[CHANGE_URI_MAX];
	char who[64];
	bool working;
	uint64_t start;
	sd_event_source *timer;
	change_done done;
	void *ctx;
};

/* @actions: NULL once it was stopped. */
struct forward {
	struct forward_setup setup;
	struct actions *actions;
	struct job *jobs;
	unsigned int count;
};

/* ---- forward_job.c ------------------------------------------------------ */

/**
 * forward_job_begin - do what a request asks for
 * @change: its @uri is the resource, or where the chunk is to be made
 * @done: called when the tree shows it, or when it failed
 *
 * Return: 0; -EBUSY: with other requests; -errno, which has been logged.
 */
int forward_job_begin(struct forward *forward, const struct change *change,
		      const struct rf_request *request, change_done done,
		      void *ctx);
/* End what was begun, and its end not seen, before all else; is there any? */
bool forward_job_settle(struct forward *forward);
/* All that wait for the tree to show something look at it. */
void forward_job_look(struct forward *forward);
/* Those who wait are told to come again. */
void forward_job_stop(struct forward *forward);

#endif /* FABMON_FORWARD_PRIV_H */
