// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Providers that leave, come back, or have not come: the nodes of one that nobody
 * watches are kept.
 *
 * The time until the tree shows it is shorter here than the product's. Nothing
 * else waits for it: what happens before is one state, what happens after it is
 * another.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "fake_kernel.h"
#include "tempdir.h"

#define GRACE_MS	300
#define EXITS	.cmd = FABMON_CMD_NODE_DELETE_NTF, \
		.cause = FABMON_CAUSE_PROVIDER_EXIT
#define COMES	.cmd = FABMON_CMD_NODE_ADD_NTF, .cause = FABMON_CAUSE_SCAN

static struct model_node *node(const struct reader *reader, uint32_t id)
{
	return model_node_by_id(reader->model, id);
}

/* Two CXL devices, as the fake kernel has them, whose module is unloaded. */
static void cxl_leaves(struct reader *reader)
{
	fake.no_provider = 1 << MODEL_CXL;
	HAPPEN(EXITS, .id = 2);
	HAPPEN(EXITS, .id = 1);
	reader_run(reader, 50);
}

static void cxl_comes(struct reader *reader)
{
	fake.no_provider = 0;
	HAPPEN(COMES, .id = 3);
	HAPPEN(COMES, .id = 4);
	reader_run(reader, 100);
}

static void start(struct reader *reader)
{
	reader->grace_us = GRACE_MS * 1000;
	reader_start(reader);
}

static void test_leaves(void **state)
{
	struct reader *reader = *state;
	uint64_t since;

	start(reader);
	assert_false(follow_unwatched(reader->follow, MODEL_CXL, &since));
	assert_int_equal(since, 0);
	cxl_leaves(reader);
	/* nobody learns of it yet */
	assert_int_equal(reader->published, 0);
	assert_int_equal(reader->watches, 1);
	assert_int_equal(model_count(reader->model), 2);
	assert_int_equal(model_unwatched_since(reader->model, MODEL_CXL), 0);
	assert_true(follow_unwatched(reader->follow, MODEL_CXL, &since));
	assert_int_not_equal(since, 0);

	reader_run(reader, GRACE_MS);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
	assert_int_equal(model_unwatched_since(reader->model, MODEL_CXL), since);
	assert_true(model_watched(reader->model, MODEL_RDMA));
	/* then there is nothing more to wake up for */
	assert_int_equal(reader_run(reader, 2 * GRACE_MS), 0);
}

static void test_back_in_time(void **state)
{
	struct reader *reader = *state;

	start(reader);
	cxl_leaves(reader);
	cxl_comes(reader);
	/* at once: what the kernel has now is in the place of what was kept */
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
	assert_null(node(reader, 1));
	assert_non_null(node(reader, 3));
	assert_true(model_watched(reader->model, MODEL_CXL));
	assert_int_equal(reader->watches, 2);
	assert_int_equal(reader_run(reader, 2 * GRACE_MS), 0);
	assert_int_equal(model_unwatched_since(reader->model, MODEL_CXL), 0);
}

static void test_back_late(void **state)
{
	struct reader *reader = *state;

	start(reader);
	cxl_leaves(reader);
	reader_run(reader, GRACE_MS);
	assert_int_not_equal(model_unwatched_since(reader->model, MODEL_CXL), 0);
	cxl_comes(reader);
	assert_int_equal(model_unwatched_since(reader->model, MODEL_CXL), 0);
	assert_int_equal(reader->nodes, 2);
}

/* What it reports while it begins is not all that there is. */
static void test_half_way(void **state)
{
	struct reader *reader = *state;

	start(reader);
	cxl_leaves(reader);
	HAPPEN(COMES, .id = 3);
	reader_run(reader, 30);
	assert_null(node(reader, 3));
	assert_int_equal(model_count(reader->model), 2);
	assert_int_equal(reader->published, 0);
}

/* A device that goes is not a provider that goes. */
static void test_device(void **state)
{
	struct reader *reader = *state;

	start(reader);
	HAPPEN(.cmd = FABMON_CMD_NODE_DELETE_NTF, .id = 2);
	reader_run(reader, 50);
	assert_int_equal(reader->nodes, 1);
	assert_int_equal(reader->watches, 0);
}

/* Notifications were lost: the dump that follows has no nodes of it. */
static void test_lost(void **state)
{
	struct reader *reader = *state;

	start(reader);
	fake.no_provider = 1 << MODEL_CXL;
	fake.n_ids = 0;
	fake.seq += 2;
	NOTIFY(.error = -ENOBUFS);
	reader_run(reader, 200);
	assert_int_equal(model_count(reader->model), 2);
	assert_true(follow_unwatched(reader->follow, MODEL_CXL, NULL));
}

/* The whole module goes, and another instance of it comes, one part at a time. */
static void test_reloaded(void **state)
{
	struct reader *reader = *state;

	start(reader);
	cxl_leaves(reader);
	NOTIFY(.error = -ENODEV);
	reader_run(reader, 30);
	assert_int_equal(model_count(reader->model), 2);

	fake.instance = 8;
	fake.seq = 0;
	fake.n_ids = 0;
	fake.no_provider = 3;
	NOTIFY(.error = -ESTALE);
	reader_run(reader, 150);
	/* without either provider */
	assert_int_equal(model_count(reader->model), 2);
	assert_false(model_watched(reader->model, MODEL_CXL));
	cxl_comes(reader);
	assert_int_equal(reader->nodes, 2);
	assert_non_null(node(reader, 3));
	assert_true(model_watched(reader->model, MODEL_CXL));
}

/* One that has not come when fabmond starts: what an earlier run left is kept. */
static void test_not_come(void **state)
{
	struct reader *reader = *state;
	struct knl_node k = { .id = 5, .kind = FABMON_NODE_KIND_RDMA_DEV };

	model_node_put(reader->model, &k);
	model_unwatch(reader->model, MODEL_RDMA, 1000);
	fake.no_provider = 1 << MODEL_RDMA;
	reader->grace_us = GRACE_MS * 1000;
	assert_int_equal(reader_open(reader), 0);
	assert_int_equal(reader->nodes, 3);
	assert_int_equal(follow_start(reader->follow), 0);
	assert_int_equal(model_unwatched_since(reader->model, MODEL_RDMA), 0);
	reader_run(reader, GRACE_MS + 50);
	assert_int_equal(model_unwatched_since(reader->model, MODEL_RDMA), 1000);
	fake.no_provider = 0;
	follow_module(reader->follow, "/module/fabmon_rdma");
	reader_run(reader, 150);
	/* it has no devices */
	assert_int_equal(reader->nodes, 2);
	assert_true(model_watched(reader->model, MODEL_RDMA));
}

static void test_other_module(void **state)
{
	struct reader *reader = *state;
	unsigned int dumps;

	start(reader);
	dumps = fake.dumps;
	follow_module(reader->follow, "/module/loop");
	reader_run(reader, 50);
	assert_int_equal(fake.dumps, dumps);
}

/* Devices of a provider that is not loaded: sysfs says which are still there. */
static void test_sysfs(void **state)
{
	struct reader *reader = *state;
	char path[256];

	reader->sysfs = tempdir_make();
	tempdir_write(reader->sysfs, "devices/mem1/serial", "1");
	tempdir_write(reader->sysfs, "devices/mem2/serial", "2");
	fake.paths = true;
	start(reader);
	cxl_leaves(reader);
	assert_int_equal(model_count(reader->model), 2);
	/* the kernel says so before the directory is gone */
	follow_removed(reader->follow, "/devices/mem2");
	reader_run(reader, 20);
	snprintf(path, sizeof(path), "%s/devices/mem2/serial", reader->sysfs);
	assert_int_equal(unlink(path), 0);
	*strrchr(path, '/') = 0;
	assert_int_equal(rmdir(path), 0);
	reader_run(reader, 1000);
	assert_int_equal(reader->nodes, 1);
	assert_non_null(node(reader, 1));
}

static void test_log(void **state)
{
	struct reader *reader = *state;
	struct capture capture;
	char *text;

	start(reader);
	capture_begin(&capture);
	cxl_leaves(reader);
	reader_run(reader, GRACE_MS);
	cxl_comes(reader);
	text = capture_end(&capture);
	assert_int_equal(capture_lines(text, "are here and not watched"), 1);
	assert_int_equal(capture_lines(text, "modprobe fabmon_cxl"), 1);
	assert_int_equal(capture_lines(text, "CXL devices are watched again"), 1);
	free(text);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, reader_setup, \
						 reader_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_leaves),
		TEST(test_back_in_time),
		TEST(test_back_late),
		TEST(test_half_way),
		TEST(test_device),
		TEST(test_lost),
		TEST(test_reloaded),
		TEST(test_not_come),
		TEST(test_other_module),
		TEST(test_sysfs),
		TEST(test_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
