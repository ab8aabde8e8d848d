// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * When a repair begins, with the times of a fabmond as it is installed: the
 * function that computes it is pure, so hours take no time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent.h"
#include "config/priv.h"

#define MS		1000ULL
#define SECOND		1000000ULL

/* The times of a fabmond as it is installed. */
static struct ofmf_timing product(void)
{
	struct config config = { 0 };
	const struct config_ofmf *c = config_ofmf_get(&config, "");
	const struct ofmf_setup setup = {
		.quiet = c->quiet, .latest = c->latest,
		.backoff = { c->backoff[0], c->backoff[1], c->backoff[2] },
	};
	struct ofmf_timing timing;

	ofmf_timing_set(&timing, &setup);
	config_clear(&config);
	return timing;
}

/*
 * The order that they lie in is that of the short ones which other tests use
 * (test_repair.c, lib/agent.c).
 */
static void same_order(const struct ofmf_timing *timing)
{
	assert_true(timing->quiet < timing->latest);
	assert_true(timing->quiet < timing->backoff[0]);
	assert_true(timing->backoff[0] < timing->backoff[1]);
	assert_true(timing->backoff[1] < timing->backoff[2]);
	assert_true(timing->backoff[2] < timing->calm);
}

static void test_times(void **state)
{
	const struct ofmf_timing timing = product();
	struct agent agent;

	same_order(&timing);
	agent_init(&agent, NULL, &(struct standin){ .port = 0 }, "h", "/");
	same_order(&agent.timing);
	agent_clear(&agent);
	assert_int_equal(timing.quiet, 1500 * MS);
	assert_int_equal(timing.latest, 10 * SECOND);
	assert_int_equal(timing.backoff[0], 10 * SECOND);
	assert_int_equal(timing.backoff[1], 60 * SECOND);
	assert_int_equal(timing.backoff[2], 600 * SECOND);
	assert_int_equal(timing.calm, 3600 * SECOND);
}

/* A change at @at, and nothing after it: when the repair begins. */
static uint64_t repaired_at(struct ofmf_history *history,
			    const struct ofmf_timing *timing, uint64_t at)
{
	uint64_t next;

	history->first = history->changed = at;
	next = ofmf_history_next(history, timing);
	ofmf_history_begin(history, timing, next);
	return next;
}

/* By the clock of the product: hours in no time. */
static void test_backoff(void **state)
{
	static const uint64_t gaps[] = { 10, 60, 600, 600, 600 };
	const struct ofmf_timing timing = product();
	struct ofmf_history history = { 0 };
	uint64_t at = 1000 * SECOND, last, next;
	size_t i;

	last = repaired_at(&history, &timing, at);
	assert_int_equal(last, at + 1500 * MS);
	for (i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
		next = repaired_at(&history, &timing, last + SECOND);
		assert_int_equal(next, last + gaps[i] * SECOND);
		last = next;
	}
	/* a change later than that waits for quiet alone */
	at = last + 700 * SECOND;
	last = repaired_at(&history, &timing, at);
	assert_int_equal(last, at + 1500 * MS);
	/* and after an hour without a repair it is as in the beginning */
	last = repaired_at(&history, &timing, last + 3601 * SECOND);
	next = repaired_at(&history, &timing, last + SECOND);
	assert_int_equal(next, last + 10 * SECOND);
}

/* Changes without end do not put it off without end. */
static void test_latest(void **state)
{
	const struct ofmf_timing timing = product();
	struct ofmf_history history = { .first = 1000 * SECOND };
	uint64_t now;

	for (now = history.first; now < history.first + 60 * SECOND;
	     now += SECOND) {
		history.changed = now;
		if (ofmf_history_next(&history, &timing) <= now)
			break;
	}
	assert_int_equal(now, history.first + 10 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times), cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_latest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
