// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The last moments before fabmond ends: what is pending is delivered and
 * repaired at once, as far as the time goes.
 */
#include "priv.h"

/**
 * ofmf_freeze - no change of the tree is delivered any more
 */
void ofmf_freeze(struct ofmf *ofmf)
{
	ofmf->following = false;
}

/**
 * ofmf_hurry - wait for nothing any more
 * @until: CLOCK_MONOTONIC us; no edit of a copy begins later
 */
void ofmf_hurry(struct ofmf *ofmf, uint64_t until)
{
	struct ofmf_timing *timing = &ofmf->timing;
	size_t i;

	timing->quiet = timing->latest = 0;
	for (i = 0; i < OFMF_BACKOFFS; i++)
		timing->backoff[i] = 0;
	ofmf->repair.until = until;
	ofmf->repair.compare = 0;
	ofmf->compare_due = false;
	ofmf_compare_forget(ofmf);
	ofmf_wake(ofmf);
}

/**
 * ofmf_is_settled - is there nothing more to do, or nothing to be done?
 */
bool ofmf_is_settled(const struct ofmf *ofmf)
{
	if (!ofmf->online || ofmf->failures)
		return true;
	return !ofmf_http_busy(ofmf->http) && !ofmf_is_detached(ofmf) &&
	       !outbox_length(ofmf->outbox) && !ofmf_read_back_pending(ofmf) &&
	       !ofmf_repair_first(ofmf);
}
