// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * When a repair begins: when nothing changed for a moment, so that a burst is
 * one repair, but not long after the first change even if the next ones keep
 * coming. Repairs that follow each other wait longer and longer, for each makes
 * the host unknown to the OFMF for a moment.
 */
#include "priv.h"

/**
 * ofmf_history_next - when the next repair may begin, CLOCK_MONOTONIC us
 *
 * Pure.
 */
uint64_t ofmf_history_next(const struct ofmf_history *history,
			   const struct ofmf_timing *timing)
{
	uint64_t quiet = history->changed ? history->changed + timing->quiet : 0;
	uint64_t latest = history->first + timing->latest;
	uint64_t next = quiet < latest ? quiet : latest;
	unsigned int n = history->repairs;
	uint64_t after;

	if (!n)
		return next;
	if (n > OFMF_BACKOFFS)
		n = OFMF_BACKOFFS;
	after = history->last + timing->backoff[n - 1];
	return next > after ? next : after;
}

/**
 * ofmf_history_begin - a repair begins
 */
void ofmf_history_begin(struct ofmf_history *history,
			const struct ofmf_timing *timing, uint64_t now)
{
	if (history->repairs && now >= history->last + timing->calm)
		history->repairs = 0;
	history->repairs++;
	history->last = now;
	history->first = 0;
}

/* May this be repaired, and can it be? */
static bool is_repairable(const struct ofmf *ofmf, enum ofmf_kind kind)
{
	if (ofmf->resync == OFMF_RESYNC_NONE)
		return false;
	/* those of an OFMF that heeds events are not in the set */
	if (kind == OFMF_IS_STALE || kind == OFMF_IS_SURPLUS)
		return true;
	return kind == OFMF_IS_LEFT_OUT &&
	       (ofmf->resync == OFMF_RESYNC_DETACH ||
		ofmf_heed_ignored(ofmf, TREE_CHANGED) ||
		ofmf_heed_ignored(ofmf, TREE_REMOVED));
}

/**
 * ofmf_repair_first - the first resource that is to be repaired, or NULL
 */
const char *ofmf_repair_first(const struct ofmf *ofmf)
{
	const char *uri;
	json_t *kind;

	json_object_foreach(ofmf->differ.set, uri, kind)
		if (is_repairable(ofmf,
				  (enum ofmf_kind)json_integer_value(kind)))
			return uri;
	return NULL;
}

static uint64_t now_usec(const struct ofmf *ofmf)
{
	uint64_t now;

	return sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) < 0 ? 1 : now;
}

/**
 * ofmf_repair_changed - the tree changed
 */
void ofmf_repair_changed(struct ofmf *ofmf)
{
	ofmf->repair.history.changed = now_usec(ofmf);
}

/**
 * ofmf_repair_ended - is it too late for another edit?
 */
bool ofmf_repair_ended(const struct ofmf *ofmf)
{
	return ofmf->repair.until && now_usec(ofmf) >= ofmf->repair.until;
}

/**
 * ofmf_repair_due - is a repair pending?
 * @delay: us until then, 0: now
 */
bool ofmf_repair_due(struct ofmf *ofmf, uint64_t *delay)
{
	struct ofmf_history *history = &ofmf->repair.history;
	uint64_t now = now_usec(ofmf), next;

	if (!ofmf_repair_first(ofmf) || ofmf_repair_ended(ofmf)) {
		history->first = 0;
		return false;
	}
	if (!history->first)
		history->first = now;
	next = ofmf_history_next(history, &ofmf->timing);
	*delay = next > now ? next - now : 0;
	return true;
}

/**
 * ofmf_recompare_due - is the comparison that follows a repair pending?
 * @delay: us until then, 0: now
 */
bool ofmf_recompare_due(struct ofmf *ofmf, uint64_t *delay)
{
	uint64_t now = now_usec(ofmf), at = ofmf->repair.compare;

	if (!at)
		return false;
	*delay = at > now ? at - now : 0;
	return true;
}
