// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * When there is something to do.
 *
 * Changes are published when none came for 2 ms, at the latest 20 ms after the
 * first: hot-adding one CXL device makes about ten of them. The timer runs only
 * while there is something to do.
 */
#include <time.h>

#include "priv.h"
#include "util/error.h"
#include "util/log.h"

#define QUIET_US	2000		/* without a change: publish */
#define LATEST_US	20000		/* after the first: publish anyway */
#define ACCURACY_US	200
#define RETRY_MIN_US	100000
#define RETRY_MAX_US	5000000

uint64_t follow_clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* CLOCK_MONOTONIC us when something is due that no change is the cause of. */
static uint64_t quiet_time(const struct follow *f, uint64_t now)
{
	uint64_t due = model_flap_wait(f->setup.model);
	uint64_t when = follow_watch_time(f), boot, flap;

	if (due == UINT64_MAX)
		return when;
	boot = follow_clock_us(CLOCK_BOOTTIME);
	due = (due + 999) / 1000;
	flap = now + (due > boot ? due - boot : 0);
	return flap < when ? flap : when;
}

/* CLOCK_MONOTONIC us when there is something to do; UINT64_MAX: there is not. */
static uint64_t due_time(const struct follow *f)
{
	uint64_t now = follow_clock_us(CLOCK_MONOTONIC), when = now;

	if (!f->dump && !f->dirty)
		return quiet_time(f, now);
	if (!f->dump) {
		when = now + QUIET_US;
		if (when > f->first + LATEST_US)
			when = f->first + LATEST_US;
	}
	if (f->dump || f->failures)
		when = later(when, f->not_before);
	return when;
}

/* Sets the timer to what is due next, or stops it. */
void follow_arm(struct follow *f)
{
	uint64_t when;
	int ret;

	if (!f->timer)
		return;
	when = due_time(f);
	if (when == UINT64_MAX) {
		sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
		return;
	}
	ret = sd_event_source_set_time(f->timer, when);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(f->timer, SD_EVENT_ONESHOT);
	if (ret < 0)
		error_log(LOG_ERR, error_origin(ret, "loop: the timer"),
			  "kernel: changes are not published in time");
}

void follow_mark_dirty(struct follow *f, uint64_t realtime)
{
	if (!f->dirty) {
		f->dirty = true;
		f->first = follow_clock_us(CLOCK_MONOTONIC);
		f->cause = realtime;
	}
}

void follow_want_dump(struct follow *f)
{
	f->dump = true;
	/* what was lost has no time; now is the nearest that is known */
	follow_mark_dirty(f, follow_clock_us(CLOCK_REALTIME) * 1000);
}

void follow_back_off(struct follow *f)
{
	uint64_t pause = RETRY_MIN_US;
	unsigned int i;

	for (i = 0; i < f->failures && pause < RETRY_MAX_US; i++)
		pause *= 2;
	if (pause > RETRY_MAX_US)
		pause = RETRY_MAX_US;
	f->failures++;
	f->not_before = follow_clock_us(CLOCK_MONOTONIC) + pause;
}

/* Links that flap: what they are is shown now and then, and in the end. */
static void run_flaps(struct follow *f)
{
	const struct model_stamp now = follow_stamp(f);

	if (model_flap_run(f->setup.model, &now)) {
		/* a net device may have changed with it */
		f->facts.all = true;
		follow_mark_dirty(f, now.realtime);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct follow *f = ctx;

	if (f->dump)
		follow_dump_again(f);
	run_flaps(f);
	follow_watch_run(f);
	if (f->dirty && f->whole && !f->dump)
		follow_publish(f);
	/* with the module gone there is nothing to wait for by time */
	if (!f->whole && !f->dump)
		f->dirty = false;
	follow_arm(f);
	return 0;
}

int follow_timer_add(struct follow *f)
{
	int ret;

	ret = sd_event_add_time(f->setup.event, &f->timer, CLOCK_MONOTONIC, 0,
				ACCURACY_US, on_timer, f);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
	return error_origin(ret < 0 ? ret : 0, "loop: a timer");
}
