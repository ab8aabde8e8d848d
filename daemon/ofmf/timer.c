// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * When the next step is done: at once, after a backoff, or when something is
 * pending.
 */
#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

static void step_arm(struct ofmf *ofmf, ofmf_step step, uint64_t delay)
{
	int r;

	ofmf->step = step;
	ofmf->pausing = false;
	r = sd_event_source_set_time_relative(ofmf->timer, delay);
	if (r >= 0)
		r = sd_event_source_set_enabled(ofmf->timer,
						SD_EVENT_ONESHOT);
	if (r < 0)
		error_log(LOG_ERR, error_origin(r, "timer: setting it"),
			  "OFMF %s: its next step does not come", ofmf->name);
	ofmf_notify(ofmf);
}

/**
 * ofmf_go - do @step next
 */
void ofmf_go(struct ofmf *ofmf, ofmf_step step)
{
	step_arm(ofmf, step, 0);
}

/**
 * ofmf_dice - a random number
 */
uint64_t ofmf_dice(const struct ofmf *ofmf)
{
	uint64_t value;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
		value = (uint64_t)clock() ^ (uintptr_t)ofmf;
	return value;
}

/**
 * ofmf_pause - do @step in @delay us, or before if something is pending
 */
void ofmf_pause(struct ofmf *ofmf, ofmf_step step, uint64_t delay)
{
	step_arm(ofmf, step, delay);
	ofmf->pausing = true;
}

/**
 * ofmf_wait - do @step after a backoff
 *
 * Doubles with each failure in a row, with full jitter: agents that lost the
 * same OFMF must not come back together, for registrations at the same time
 * damage the reference's tree.
 */
void ofmf_wait(struct ofmf *ofmf, ofmf_step step)
{
	uint64_t limit = ofmf->timing.base;
	unsigned int i;

	for (i = 0; i < ofmf->failures && limit < ofmf->timing.cap; i++)
		limit *= 2;
	if (limit > ofmf->timing.cap)
		limit = ofmf->timing.cap;
	ofmf->failures++;
	step_arm(ofmf, step, ofmf->timing.base / 10 + ofmf_dice(ofmf) % limit);
}

/**
 * ofmf_first - do @step first
 *
 * At once, unless it will be a registration: a rack that powers up together, or
 * that gets fabmond together, would register together.
 */
void ofmf_first(struct ofmf *ofmf, ofmf_step step)
{
	uint64_t delay = 0;

	if (!ofmf->context && ofmf->timing.spread)
		delay = ofmf_dice(ofmf) % ofmf->timing.spread;
	if (delay)
		ofmf_state_set(ofmf, OFMF_STATE_WAITING);
	if (delay >= 1000000)
		log_info("OFMF %s: registering in %" PRIu64 " s; not all hosts may do it at once",
			 ofmf->name, delay / 1000000);
	step_arm(ofmf, step, delay);
}

/**
 * ofmf_rest - nothing is to be done: no timer
 */
void ofmf_rest(struct ofmf *ofmf)
{
	if (ofmf_is_leaving(ofmf)) {
		ofmf_go(ofmf, ofmf_leave_step);
		return;
	}
	ofmf->step = NULL;
	sd_event_source_set_enabled(ofmf->timer, SD_EVENT_OFF);
	ofmf_notify(ofmf);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct ofmf *ofmf = ctx;
	ofmf_step step = ofmf->step;

	ofmf->step = NULL;
	/* whatever was to be done */
	if (step && ofmf_is_leaving(ofmf) && !ofmf->leave.begun)
		step = ofmf_leave_step;
	if (step)
		step(ofmf);
	return 0;
}

/**
 * ofmf_wake - wake up a client that rests; a busy one finds by itself
 */
void ofmf_wake(struct ofmf *ofmf)
{
	if (ofmf->online && (!ofmf->step || ofmf->pausing) &&
	    !ofmf_http_busy(ofmf->http))
		ofmf_go(ofmf, ofmf_deliver);
}

/**
 * ofmf_timer_init - the timer between steps, not set yet
 */
int ofmf_timer_init(struct ofmf *ofmf)
{
	int r;

	r = sd_event_add_time_relative(ofmf->event, &ofmf->timer,
				       CLOCK_MONOTONIC, 0, 1, on_timer, ofmf);
	if (r < 0)
		return error_origin(r, "timer between steps: adding it");
	sd_event_source_set_description(ofmf->timer, "ofmf-timer");
	return 0;
}
