// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Catching up from the ring after a gap, or after a restart of the daemon. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "fake_kernel.h"
#include "follow/priv.h"
#include "kernel/knl/knl.h"
#include "util/error.h"

/* Nodes come, go and are ill, all notifications lost: three are left. */
static void miss(void)
{
	LOSE(.cmd = FABMON_CMD_NODE_ADD_NTF,
	     .id = 3);
	LOSE(.cmd = FABMON_CMD_EVENT_NTF, .id = 3);
	LOSE(.cmd = FABMON_CMD_NODE_DELETE_NTF,
	     .id = 2);
	LOSE(.cmd = FABMON_CMD_EVENT_NTF, .id = 1);
	LOSE(.cmd = FABMON_CMD_NODE_ADD_NTF,
	     .id = 4);
}

static void check_missed(struct reader *reader, unsigned int dumps)
{
	assert_int_equal(fake.dumps, dumps);
	assert_int_equal(reader_entries(reader), 2);
	assert_null(model_node_by_id(reader->model, 2));
	assert_non_null(model_node_by_id(reader->model, 4));
	assert_int_equal(reader->nodes, fake.n_ids);
	assert_int_equal(follow_seq(reader->follow), fake.seq);
	assert_int_equal(model_node_by_id(reader->model, 1)->conditions[0].count,
			 1);
}

static void test_replay_gap(void **state)
{
	struct reader *reader = *state;
	size_t i;

	reader_start(reader);
	miss();
	HAPPEN(.cmd = FABMON_CMD_NODE_ADD_NTF, .id = 5);
	HAPPEN(.cmd = FABMON_CMD_NODE_ADD_NTF, .id = 6);
	reader_run(reader, 30);
	check_missed(reader, 1);
	assert_int_equal(fake.replays, 1);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->cause, 1011);
	/* late, after they were replayed: nothing counts twice */
	for (i = 0; i < 5; i++)
		fake_notify(fake.ring[i]);
	HAPPEN(.cmd = FABMON_CMD_NODE_ADD_NTF, .id = 7);
	reader_run(reader, 30);
	check_missed(reader, 1);
	assert_int_equal(fake.replays, 1);
}

static void test_replay_overrun(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	miss();
	NOTIFY(.error = -ENOBUFS);
	reader_run(reader, 30);
	check_missed(reader, 1);
	/* nothing was missed: the overrun was of the controller's messages */
	NOTIFY(.error = -ENOBUFS);
	reader_run(reader, 30);
	assert_int_equal(fake.replays, 2);
	check_missed(reader, 1);
	assert_int_equal(reader_run(reader, 100), 0);
}

/* More happens while it is replayed: it comes twice, and counts once. */
static void test_replay_races(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	LOSE(.cmd = FABMON_CMD_NODE_DELETE_NTF,
	     .id = 2);
	fake.meanwhile = (struct step) { .cmd = FABMON_CMD_EVENT_NTF,
					   .id = 1 };
	HAPPEN(.cmd = FABMON_CMD_EVENT_NTF, .id = 1);
	HAPPEN(.cmd = FABMON_CMD_NODE_ADD_NTF, .id = 4);
	reader_run(reader, 30);
	assert_int_equal(reader_entries(reader), 2);
	assert_int_equal(model_node_by_id(reader->model, 1)->conditions[0].count,
			 2);
	assert_int_equal(fake.replays, 1);
	assert_int_equal(fake.dumps, 1);
	assert_int_equal(reader->nodes, 2);
	assert_int_equal(follow_seq(reader->follow), 14);
}

/* The ring has but the end of it: a dump for the nodes, events all the same. */
static void test_replay_lost(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	miss();
	fake.ring[0].seq = 0;
	fake.ring[1].seq = 0;
	fake.ring[2].seq = 0;
	NOTIFY(.error = -ENOBUFS);
	reader_run(reader, 30);
	assert_int_equal(fake.dumps, 2);
	assert_int_equal(reader_entries(reader), 1);
	assert_int_equal(reader->nodes, 3);
	assert_null(model_node_by_id(reader->model, 2));
	HAPPEN(.cmd = FABMON_CMD_NODE_ADD_NTF, .id = 5);
	reader_run(reader, 30);
	assert_int_equal(fake.dumps, 2);
	assert_int_equal(fake.replays, 1);
	assert_int_equal(reader->nodes, 4);
}

/* Another instance, unannounced: all of its notifications are new. */
static void test_replay_stale(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	fake.instance = 8;
	fake.seq = 0;
	miss();
	NOTIFY(.error = -ENOBUFS);
	reader_run(reader, 30);
	check_missed(reader, 2);
	assert_int_equal(fake.replays, 2);
	HAPPEN(.cmd = FABMON_CMD_EVENT_NTF, .id = 4);
	reader_run(reader, 30);
	assert_int_equal(reader_entries(reader), 3);
	assert_int_equal(fake.replays, 2);
}

/* No replay is to be had: a dump, and events from here on. */
static void test_replay_fails(void **state)
{
	static const int errors[] = { -EOPNOTSUPP, -ENOMEM, -ETIMEDOUT };
	struct reader *reader = *state;
	size_t i;

	reader_start(reader);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake.replay_error = errors[i];
		LOSE(.cmd = FABMON_CMD_NODE_ADD_NTF,
		     .id = 10 + i);
		HAPPEN(.cmd = FABMON_CMD_NODE_ADD_NTF,
		       .id = 20 + i);
		HAPPEN(.cmd = FABMON_CMD_EVENT_NTF, .id = 1);
		reader_run(reader, 150);
		assert_int_equal(fake.dumps, 2 + i);
		assert_int_equal(fake.replays, 1 + i);
		assert_int_equal(reader->nodes, fake.n_ids);
		HAPPEN(.cmd = FABMON_CMD_EVENT_NTF, .id = 2);
		reader_run(reader, 30);
		assert_int_equal(reader_entries(reader), 2 + 2 * i);
	}
}

/*
 * What happened while no fabmond ran: replayed from the last position if the
 * instance is the same, and from the beginning if it is another.
 */
static void test_resume(void **state)
{
	static const struct {
		uint64_t instance, seq;
		unsigned int health, replays;
	} cases[] = {
		/* no earlier run: nothing is replayed */
		{ 0, 0, 0, 0 },
		{ 7, 10, 2, 1 },
		{ 7, 12, 1, 1 },
		{ 7, 15, 0, 0 },
		{ 6, 99, 2, 1 },
		/* of the future: the numbers are those of the module */
		{ 7, 99, 0, 0 },
	};
	struct reader *reader = *state;
	uint64_t instance, seq;
	size_t i;

	miss();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		model_free(reader->model);
		reader->model = model_new();
		model_log_position_set(reader->model, cases[i].instance,
				       cases[i].seq);
		fake.replays = 0;
		assert_int_equal(reader_open(reader), 0);
		assert_int_equal(reader_entries(reader), cases[i].health);
		assert_int_equal(fake.replays, cases[i].replays);
		assert_int_equal(model_count(reader->model), 3);
		model_log_position(reader->model, &instance, &seq);
		assert_int_equal(instance, 7);
		assert_int_equal(seq, 15);
		follow_close(reader->follow);
		reader->follow = NULL;
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, reader_setup, \
					reader_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_replay_gap), TEST(test_replay_overrun),
		TEST(test_replay_races), TEST(test_replay_lost),
		TEST(test_replay_stale), TEST(test_replay_fails),
		TEST(test_resume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
