/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What differs between the OFMF's copies and our tree, and its repair.
 *
 * What is known to differ is a set of names: the URI of a resource, and in
 * which way its copy differs. No content is kept in it. What is written to the
 * OFMF is computed from the tree and from the copy at the moment of writing. So
 * nothing that happens in the meantime, here or there, makes it wrong.
 */
#ifndef FABMON_OFMF_DIFFER_H
#define FABMON_OFMF_DIFFER_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http.h"
#include "ofmf.h"
#include "outbox.h"

struct ofmf;
struct ofmf_timing;

/* How the OFMF's copy of a resource compares with ours. */
enum ofmf_kind {
	OFMF_IS_EQUAL,		/* or neither of us has the resource */
	OFMF_IS_FOREIGN,	/* others manage it: no matter of ours */
	/* what is entered into the set: */
	OFMF_IS_STALE,
	OFMF_IS_MISSING,
	OFMF_IS_SURPLUS,
	OFMF_IS_UNLISTED,	/* at the top: its collection there lacks it */
	OFMF_IS_LEFT_OUT,	/* the same further down */
	OFMF_IS_UNREADABLE,
	OFMF_IS_REFUSED,	/* the OFMF refused its event, or its edit */
};

#define OFMF_NAMED_MAX	3	/* names in the line about differences */

/* The set. */
struct ofmf_differ {
	json_t *set;		/* URI -> enum ofmf_kind */
	bool known;		/* a comparison was finished: it is complete */
	bool compared;		/* just now, and the log does not say so yet */
	bool logged;		/* the log names what differs */
};

/* How the OFMF acts upon ResourceChanged or ResourceRemoved, as observed. */
enum ofmf_heed {
	OFMF_HEED_UNKNOWN,
	OFMF_HEEDS,
	OFMF_IGNORED_ONCE,
	OFMF_IGNORES,		/* twice in a row: it is not looked at again */
};

#define OFMF_HEED_OPS	(TREE_REMOVED + 1)

/**
 * struct ofmf_history - what the time of the next repair depends on
 * @first: since when something is to be repaired
 * @changed: when the tree changed last
 * @last: when the last repair began
 * @repairs: how many there were without an hour's pause
 *
 * Times are CLOCK_MONOTONIC us, 0: never.
 */
struct ofmf_history {
	uint64_t first, changed, last;
	unsigned int repairs;
};

/* Repairing */
struct ofmf_repair {
	json_t *unverified;	/* URI -> [op or -1, tries]: to be read back */
	json_t *source;		/* our AggregationSource while it is deleted */
	json_t *pruned;		/* the OFMF's URIs, deleted since it is away */
	enum ofmf_heed heed[OFMF_HEED_OPS];	/* by enum tree_op */
	struct ofmf_history history;
	uint64_t compare;	/* when all is compared after a repair, or 0 */
	unsigned int rounds;	/* in a row that the source was not there */
	uint64_t until;		/* no edit begins later; 0: no limit */
};

/* ---- differ.c: the set -------------------------------------------------- */

int ofmf_differ_init(struct ofmf *ofmf);
void ofmf_differ_free(struct ofmf *ofmf);
void ofmf_differ_forget(struct ofmf *ofmf);
enum ofmf_kind ofmf_differ_kind(const struct ofmf *ofmf, const char *uri);
void ofmf_differ_set(struct ofmf *ofmf, const char *uri, enum ofmf_kind kind);
void ofmf_differ_surplus(struct ofmf *ofmf, const char *uri);
void ofmf_differ_clear(struct ofmf *ofmf, const char *uri);
void ofmf_differ_compared(struct ofmf *ofmf);
void ofmf_differ_report(struct ofmf *ofmf);
enum ofmf_kind ofmf_copy_kind(const struct ofmf *ofmf, const char *uri,
			      const struct ofmf_reply *reply);

/* ---- heed.c: does the OFMF act upon events? ----------------------------- */

void ofmf_heed_load(struct ofmf *ofmf);
void ofmf_heed_forget(struct ofmf *ofmf);
void ofmf_heed_seen(struct ofmf *ofmf, enum tree_op op, bool heeded);
void ofmf_heed_doubt(struct ofmf *ofmf, enum tree_op op);
bool ofmf_heed_ignored(const struct ofmf *ofmf, enum tree_op op);

/* ---- readback.c --------------------------------------------------------- */

void ofmf_read_back_later(struct ofmf *ofmf,
			  const struct outbox_pending *delivered);
void ofmf_read_back_edited(struct ofmf *ofmf, const char *uri);
bool ofmf_read_back_pending(const struct ofmf *ofmf);
void ofmf_read_back(struct ofmf *ofmf);

/* ---- due.c: when a repair begins ---------------------------------------- */

uint64_t ofmf_history_next(const struct ofmf_history *history,
			   const struct ofmf_timing *timing);
void ofmf_history_begin(struct ofmf_history *history,
			const struct ofmf_timing *timing, uint64_t now);
const char *ofmf_repair_first(const struct ofmf *ofmf);
void ofmf_repair_changed(struct ofmf *ofmf);
bool ofmf_repair_due(struct ofmf *ofmf, uint64_t *delay);
bool ofmf_repair_ended(const struct ofmf *ofmf);
bool ofmf_recompare_due(struct ofmf *ofmf, uint64_t *delay);

/* ---- repair.c, edit.c --------------------------------------------------- */

int ofmf_repair_init(struct ofmf *ofmf);
void ofmf_repair_free(struct ofmf *ofmf);
void ofmf_repair_forget(struct ofmf *ofmf);
void ofmf_repair_load(struct ofmf *ofmf);
bool ofmf_is_detached(const struct ofmf *ofmf);
void ofmf_detach(struct ofmf *ofmf);
void ofmf_attach(struct ofmf *ofmf);
void ofmf_edit(struct ofmf *ofmf);

#endif /* FABMON_OFMF_DIFFER_H */
