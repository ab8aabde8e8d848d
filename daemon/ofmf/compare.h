/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Comparing what the OFMF has of us with our tree: names, copies, and the
 * collections that hosts share; and when that is done.
 */
#ifndef FABMON_OFMF_COMPARE_H
#define FABMON_OFMF_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "outbox.h"

struct ofmf;
struct ofmf_timing;

/* Comparing: the OFMF's copies with our resources. */
struct ofmf_compare {
	json_t *queue;		/* [ours, theirs, tries], from the end */
	json_t *created;	/* URIs that were missing -> how often asked for */
	size_t differences;	/* found by the last comparison */
	size_t next;		/* where the next comparison of some begins */
	bool some;		/* not all are in the queue */
	bool doubt;		/* the OFMF was away: the next is of all */
	uint64_t finished;	/* CLOCK_MONOTONIC us, 0: none yet */
};

/* What an idle client does from time to time. */
struct ofmf_routine {
	sd_event_source *timer;	/* NULL: nothing is configured */
	uint64_t period;	/* us */
	unsigned int every;	/* ticks from one comparison to the next */
	unsigned int ticks;	/* since the last one */
	bool compare;		/* that is due */
	bool names;		/* nothing but the time is why they are read */
};

/* ---- compare.c: copies -------------------------------------------------- */

int ofmf_compare_init(struct ofmf *ofmf);
void ofmf_compare_free(struct ofmf *ofmf);
void ofmf_compare_forget(struct ofmf *ofmf);
void ofmf_compare_doubt(struct ofmf *ofmf);
bool ofmf_compare_pending(const struct ofmf *ofmf);
void ofmf_compare_put(struct ofmf *ofmf, const char *uri, const char *theirs);
void ofmf_compare_queue(struct ofmf *ofmf, const json_t *theirs);
void ofmf_compare(struct ofmf *ofmf);
json_t *ofmf_copies_update(struct ofmf *ofmf, const json_t *source);
bool ofmf_copy_ours(const struct ofmf *ofmf, const json_t *copy);
void ofmf_compare_all(struct ofmf *ofmf, const json_t *theirs);

/* ---- names.c ------------------------------------------------------------ */

bool ofmf_is_member(const char *uri);
bool ofmf_is_surplus(const struct ofmf *ofmf, const char *uri);
void ofmf_created(struct ofmf *ofmf, const struct outbox_pending *delivered);
void ofmf_created_forget(struct ofmf *ofmf);
bool ofmf_create_missing(struct ofmf *ofmf, const char *uri);
void ofmf_enqueue_missing(struct ofmf *ofmf, const json_t *theirs);
void ofmf_compare_names(struct ofmf *ofmf, const json_t *source);

/* ---- members.c: collections that are shared ----------------------------- */

void ofmf_members_put(struct ofmf *ofmf);
size_t ofmf_members_compare(struct ofmf *ofmf, const json_t *ours,
			    const json_t *theirs);
bool ofmf_members_pending(const struct ofmf *ofmf);
bool ofmf_members_lack(const json_t *collection, const char *uri);
void ofmf_members_enter(struct ofmf *ofmf);

/* ---- routine.c: what an idle client does -------------------------------- */

unsigned int ofmf_routine_ticks(const struct ofmf_timing *timing);
int ofmf_routine_init(struct ofmf *ofmf);
void ofmf_routine_free(struct ofmf *ofmf);

#endif /* FABMON_OFMF_COMPARE_H */
