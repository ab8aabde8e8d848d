/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files forward*.c share. */
#ifndef FABMON_FORWARD_PRIV_H
#define FABMON_FORWARD_PRIV_H

#include "forward.h"
#include "redfish/request.h"

/**
 * struct job - a request that is under way
 * @asked: what was requested; the action itself may be to settle that by now
 * @uri: the resource, or the collection that a chunk is to be created in
 * @who: the client
 * @working: the action is under way; else the tree does not show its result yet
 * @why: what failed
 * @start: host physical address of the region that was created
 * @timer: when the tree has to show the result
 * @done: NULL: no client waits for it
 */
struct job {
	struct forward *forward;
	struct job *next;
	struct rf_request request;
	enum action_kind asked;
	char uri[CHANGE_URI_MAX];
	char who[64];
	bool working;
	char why[ACTION_WHY];
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
 * forward_job_begin - carry a request out
 * @change: its @uri is the resource, or the collection for a new chunk
 * @done: called when the tree shows the result, or when it failed
 *
 * Return: 0; -EBUSY, as an answer: other requests are under way; another -errno
 * with its origin.
 */
int forward_job_begin(struct forward *forward, const struct change *change,
		      const struct rf_request *request, change_done done,
		      void *ctx);
/*
 * Settles an action that was interrupted, before any other begins. Return:
 * whether there was one.
 */
bool forward_job_settle(struct forward *forward);
/* The tree has changed: ends the requests whose result it shows now. */
void forward_job_check(struct forward *forward);
/* Ends all requests with CHANGE_BUSY. */
void forward_job_stop(struct forward *forward);

/* ---- forward_record.c: what must outlive the process -------------------- */

/**
 * struct forward_record - an action on a region that is under way
 * @action: ACTION_REGION_SETTLE, in case it is interrupted
 * @member: URI of the chunk that is made, "" where the client chose no Id; URI
 *	of what is torn down
 * @connection: Id that the client chose for its Connection, or ""
 */
struct forward_record {
	struct action action;
	char member[CHANGE_URI_MAX];
	char connection[MODEL_REGION_NAME];
};

/* @store may be NULL for all of them; what cannot be stored is logged. */
void forward_record_put(struct store *store,
			const struct forward_record *record);
void forward_record_drop(struct store *store);
/* 0; -ENOENT, as an answer: this boot has none. */
int forward_record_get(struct store *store, struct forward_record *record);

/* Whether a chunk with this URI was removed on request, some time ago. */
bool forward_removed(struct store *store, const char *chunk);
void forward_removed_put(struct store *store, const char *chunk);

#endif /* FABMON_FORWARD_PRIV_H */
