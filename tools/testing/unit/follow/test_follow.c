// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Following the kernel: dumps, notifications, gaps, and an unloaded module. */
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

static void test_open_fails(void **state)
{
	static const int errors[] = { -ENOENT, -EPROTO, -ENOMEM };
	struct reader *reader = *state;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		fake.open_error = errors[i];
		assert_int_equal(reader_open(reader), errors[i]);
		assert_null(reader->follow);
	}
	fake.open_error = -EPERM;
	assert_int_equal(reader_open(reader), -EPERM);
	fake.open_error = 0;
	fake.dump_error = -EAGAIN;
	assert_int_equal(reader_open(reader), -EAGAIN);
	fake.dump_error = 0;
	reader->answer = -ENOMEM;
	assert_int_equal(reader_open(reader), -ENOMEM);
	/* without the capability, but for what it can see */
	reader->answer = 0;
	fake.admin_error = -EPERM;
	assert_int_equal(reader_open(reader), 0);
}

static void test_idle(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	assert_int_equal(reader_run(reader, 150), 0);
	assert_int_equal(reader->published, 0);
}

static void test_burst(void **state)
{
	struct reader *reader = *state;
	uint32_t id;

	reader_start(reader);
	/* what the dump holds */
	NOTIFY(.cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 9, .id = 1);
	NOTIFY(.cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 10, .id = 2);
	reader_run(reader, 30);
	assert_int_equal(reader->published, 0);
	for (id = 3; id < 13; id++)
		NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF,
		       .seq = id + 8, .id = id);
	reader_run(reader, 30);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 12);
	assert_int_equal(reader->cause, 1011);
	assert_int_equal(follow_seq(reader->follow), 20);
	NOTIFY(.cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 21, .id = 1);
	reader_run(reader, 30);
	assert_int_equal(reader->nodes, 11);
	assert_int_equal(fake.dumps, 1);
}

/* Changes without a pause are published all the same. */
static void test_steady(void **state)
{
	struct reader *reader = *state;
	uint64_t seq;

	reader_start(reader);
	for (seq = 11; seq < 70; seq++) {
		fake.n_steps = fake.next = 0;
		NOTIFY(.cmd = FABMON_CMD_NODE_CHANGE_NTF,
		       .seq = seq, .id = 1);
		reader_run(reader, 1);
	}
	assert_in_range(reader->published, 2, 30);
}

static void test_gap(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	fake.ids[2] = 5;
	fake.n_ids = 3;
	fake.seq = 20;
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 13, .id = 9);
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 14, .id = 10);
	reader_run(reader, 30);
	assert_int_equal(fake.dumps, 2);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 3);
	assert_null(model_node_by_id(reader->model, 9));
	/* and on from there */
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 15, .id = 9);
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 21, .id = 9);
	reader_run(reader, 30);
	assert_int_equal(fake.dumps, 2);
	assert_int_equal(reader->nodes, 4);
}

static void test_overrun(void **state)
{
	struct reader *reader = *state;
	uint64_t begin;

	reader_start(reader);
	fake.n_ids = 1;
	NOTIFY(.error = -ENOBUFS, .seq = 12);
	reader_run(reader, 30);
	assert_int_equal(fake.dumps, 2);
	assert_int_equal(reader->nodes, 1);
	/* a storm of them is one dump in a while */
	begin = fake.dumps;
	for (int i = 0; i < 20; i++)
		NOTIFY(.error = i % 2 ? -ENOBUFS : -EBADMSG,
		       .seq = 20 + i);
	reader_run(reader, 250);
	assert_in_range(fake.dumps, begin + 1, begin + 3);
}

static void test_unload(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	NOTIFY(.error = -ENODEV);
	assert_in_range(reader_run(reader, 100), 1, 2);
	assert_int_equal(reader->published, 0);
	assert_int_equal(model_count(reader->model), 2);
	assert_non_null(strstr(follow_status(reader->follow), "not loaded"));
	/* something else of the tree still changes */
	assert_int_equal(follow_flush(reader->follow), 0);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
	assert_int_equal(reader->cause, 0);
	/* back, as another instance that uses the same ids */
	model_node_by_id(reader->model, 1)->memdev.payload_max = 99;
	fake.instance = 8;
	fake.seq = 3;
	fake.n_ids = 1;
	NOTIFY(.error = -ESTALE);
	reader_run(reader, 30);
	assert_int_equal(reader->nodes, 1);
	assert_int_equal(model_node_by_id(reader->model, 1)->memdev.payload_max, 0);
	assert_string_equal(follow_status(reader->follow), "following the kernel");
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 4, .id = 3);
	reader_run(reader, 30);
	assert_int_equal(reader->nodes, 2);
	/* what was left of the old one in the socket */
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .instance = 7,
	       .seq = 99, .id = 4);
	reader_run(reader, 150);
	assert_null(model_node_by_id(reader->model, 4));
}

/* The module goes while it is dumped: half a tree is never published. */
static void test_unload_dump(void **state)
{
	struct reader *reader = *state;

	reader_start(reader);
	fake.instance = 8;
	fake.dump_error = -ENODEV;
	NOTIFY(.error = -ENOBUFS);
	reader_run(reader, 30);
	NOTIFY(.error = -ENODEV);
	reader_run(reader, 30);
	assert_int_equal(reader->published, 0);
	fake.dump_error = -EAGAIN;
	NOTIFY(.error = -ESTALE);
	reader_run(reader, 60);
	assert_int_equal(follow_flush(reader->follow), 0);
	assert_int_equal(reader->published, 0);
	/* it is tried again, with pauses */
	reader_run(reader, 200);
	assert_in_range(fake.dumps, 2, 5);
	fake.dump_error = 0;
	reader_run(reader, 600);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
}

static void test_health(void **state)
{
	struct reader *reader = *state;

	fake.lag = 2;
	reader_start(reader);
	fake.lag = 0;
	/* before the dump in the stream, but not in the dump */
	NOTIFY(.cmd = FABMON_CMD_EVENT_NTF, .seq = 9, .id = 1);
	NOTIFY(.cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 10,
	       .id = 1);
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 11, .id = 3);
	NOTIFY(.cmd = FABMON_CMD_EVENT_NTF, .seq = 12, .id = 3);
	NOTIFY(.cmd = FABMON_CMD_EVENT_NTF, .seq = 13, .id = 77);
	NOTIFY(.cmd = 99, .seq = 14);
	reader_run(reader, 30);
	assert_int_equal(reader_entries(reader), 2);
	assert_int_equal(reader->published, 1);
	assert_int_equal(fake.dumps, 1);
	assert_int_equal(model_node_severity(model_node_by_id(reader->model, 1)),
			 MODEL_WARNING);
	/* a hole that the module cannot fill does not lose it */
	fake.seq = 19;
	HAPPEN(.cmd = FABMON_CMD_EVENT_NTF, .id = 1);
	reader_run(reader, 150);
	assert_int_equal(reader_entries(reader), 3);
	assert_int_equal(fake.dumps, 2);
	assert_int_equal(model_node_by_id(reader->model, 1)->conditions[0].count, 2);
}

/* A link that flaps wakes us once, and without one nothing does. */
static void test_flap(void **state)
{
	const struct model_flap_limits limits = {
		.count = 1, .window = 60000000000, .hold = 200000000,
		.quiet = 200000000,
	};
	struct reader *reader = *state;
	struct model_node *port;
	struct step step = {
		.cmd = FABMON_CMD_NODE_CHANGE_NTF, .id = 2, .parent = 1,
		.kind = FABMON_NODE_KIND_RDMA_PORT,
	};
	int i;

	fake.rdma = true;
	model_flap_limit(reader->model, &limits);
	reader_start(reader);
	for (i = 0; i < 4; i++) {
		step.port_state = i % 2 ? 4 : 1;
		fake_happen(step);
	}
	reader_run(reader, 50);
	port = model_node_by_id(reader->model, 2);
	assert_int_equal(model_node_severity(port), MODEL_WARNING);
	/* lost, up and flapping; the rest is held back */
	assert_int_equal(reader_entries(reader), 3);
	assert_int_equal(reader->published, 1);
	step.port_state = 1;
	fake_happen(step);
	reader_run(reader, 50);
	assert_int_equal(port->k.port.state, 4);
	assert_int_equal(reader_entries(reader), 3);
	assert_in_range(reader_run(reader, 400), 2, 4);
	assert_int_equal(port->k.port.state, 1);
	assert_int_equal(reader_entries(reader), 5);
	assert_int_equal(reader_run(reader, 300), 0);
}

static void test_publish_fails(void **state)
{
	struct reader *reader = *state;
	struct capture log;
	char *lines;

	reader_start(reader);
	reader->answer = -ENOMEM;
	NOTIFY(.cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 11, .id = 3);
	capture_begin(&log);
	reader_run(reader, 60);
	lines = capture_end(&log);
	assert_int_equal(capture_lines(lines, "tree: cannot be published, trying again: tree of 3 nodes: Cannot allocate memory"),
			 1);
	free(lines);
	assert_int_equal(reader->published, 1);
	reader->answer = 0;
	reader_run(reader, 150);
	assert_int_equal(reader->published, 2);
	assert_int_equal(reader_run(reader, 100), 0);
	/* from within a listener: after it */
	reader->answer = -EBUSY;
	assert_int_equal(follow_flush(reader->follow), 0);
	reader->answer = 0;
	reader_run(reader, 30);
	assert_int_equal(reader->published, 4);
	assert_int_equal(reader_run(reader, 100), 0);
}

static void test_socket_fails(void **state)
{
	struct reader *reader = *state;
	int i;

	reader_start(reader);
	fake.dump_error = -EIO;
	for (i = 0; i < FOLLOW_MAX_FAILURES + 1; i++)
		NOTIFY(.error = -EIO);
	assert_int_equal(sd_event_loop(reader->event), -EIO);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, reader_setup, \
					reader_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open_fails), TEST(test_idle), TEST(test_burst),
		TEST(test_steady), TEST(test_gap), TEST(test_overrun),
		TEST(test_unload), TEST(test_unload_dump), TEST(test_health),
		TEST(test_flap),
		TEST(test_publish_fails), TEST(test_socket_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
