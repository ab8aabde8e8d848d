// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What is done while nothing happens, and all that an idle client wakes up for.
 * One timer: at each of its ticks the OFMF is asked for our AggregationSource
 * (register.c), which shows that it was not wiped and which names it has, and at
 * every so many of them some copies are compared with our tree (compare.c).
 *
 * Ticks have the same distance for ever, and the first one comes at random. So
 * the requests of many hosts are spread evenly, however they were started.
 */
#include <stdint.h>

#include "util/error.h"
#include "priv.h"

/* Ticks are for both, so the shorter of the two times is theirs. */
static uint64_t period_of(const struct ofmf_timing *timing)
{
	if (!timing->heartbeat ||
	    (timing->reconcile && timing->reconcile < timing->heartbeat))
		return timing->reconcile;
	return timing->heartbeat;
}

/**
 * ofmf_routine_ticks - at which ticks copies are compared
 *
 * Pure. Return: from one such tick to the next, 0: at none.
 */
unsigned int ofmf_routine_ticks(const struct ofmf_timing *timing)
{
	uint64_t period = period_of(timing);
	uint64_t ticks = period ? (timing->reconcile + period / 2) / period : 0;

	return (unsigned int)ticks;
}

static int on_tick(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct ofmf *ofmf = ctx;
	struct ofmf_routine *routine = &ofmf->routine;

	if (routine->every && ++routine->ticks >= routine->every) {
		routine->ticks = 0;
		routine->compare = true;
	}
	outbox_round(ofmf->outbox);
	routine->names = ofmf->online && !ofmf->step &&
			 !ofmf_http_busy(ofmf->http);
	ofmf->recheck = true;
	ofmf_wake(ofmf);
	sd_event_source_set_time_relative(source, routine->period);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/**
 * ofmf_routine_init - the first tick comes within the time between two
 */
int ofmf_routine_init(struct ofmf *ofmf)
{
	struct ofmf_routine *routine = &ofmf->routine;
	int r;

	routine->period = period_of(&ofmf->timing);
	routine->every = ofmf_routine_ticks(&ofmf->timing);
	if (!routine->period)
		return 0;
	r = sd_event_add_time_relative(ofmf->event, &routine->timer,
				       CLOCK_MONOTONIC,
				       ofmf_dice(ofmf) % routine->period, 0,
				       on_tick, ofmf);
	return r < 0 ? error_origin(r, "timer of heartbeats: adding it") : 0;
}

void ofmf_routine_free(struct ofmf *ofmf)
{
	sd_event_source_disable_unref(ofmf->routine.timer);
}
