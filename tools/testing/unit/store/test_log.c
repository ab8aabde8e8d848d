// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The devices' logs in a real database. */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "event_bytes.h"
#include "store/log.h"
#include "tempdir.h"

#define MEM	"cxl-0000000000001234"

static void add_memdev(struct model *model)
{
	struct knl_node k = {
		.id = 1, .kind = FABMON_NODE_KIND_CXL_MEMDEV,
		.name = strdup("mem0"), .driver = strdup("cxl_mem"),
	};

	model_node_put(model, &k)->memdev.serial = 0x1234;
	model_identify(model);
}

static void happen(struct model *model, uint64_t seq, int64_t dpa)
{
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_POISON, 1);
	const struct model_stamp stamp = {
		.instance = 0xfedcba9876543210, .seq = seq,
		.realtime = 1795356000123456789 + seq,
	};

	event_set(&event, FABMON_A_EVENT_DPA, dpa);
	event_pack(&event);
	assert_true(model_health(model, &event, 0, &stamp));
	model_log_position_set(model, stamp.instance, seq);
}

/* Another run: what is in the store, and the device. */
static struct model *load(struct store **store, const char *dir, size_t limit)
{
	const struct model_stamp stamp = { .instance = 0xfedcba9876543210 };
	struct model *model = model_new();

	assert_int_equal(store_open(store, dir), 0);
	if (limit)
		model_log_limit(model, limit);
	assert_int_equal(store_log_load(*store, model), 0);
	add_memdev(model);
	model_health_settle(model, &stamp);
	return model;
}

static int save(struct store *store, struct model *model)
{
	int ret;

	store_begin(store);
	store_log_write(store, model);
	ret = store_end(store);
	if (!ret)
		model_log_saved(model);
	return ret;
}

static size_t entries(const struct model *model)
{
	return model_log_count(model_log_find(model, MEM));
}

static int64_t query(const char *dir, const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t value = -1;
	char path[256];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/fabmond.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
			 SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

static void test_again(void **state)
{
	const struct model_entry *before, *after;
	struct model *model, *later;
	struct store *store;
	uint64_t instance, seq;

	model = load(&store, *state, 0);
	model_log_position(model, &instance, &seq);
	assert_int_equal(instance, 0);
	happen(model, 5, 0x40);
	happen(model, 6, 0x80);
	assert_int_equal(save(store, model), 0);
	assert_null(model_log_unsaved(model));
	store_close(store);

	later = load(&store, *state, 0);
	model_log_position(later, &instance, &seq);
	assert_true(instance == 0xfedcba9876543210);
	assert_int_equal(seq, 6);
	assert_int_equal(entries(later), 2);
	before = model_log_after(model, 0);
	after = model_log_after(later, 0);
	for (; before; before = model_log_after_next(before),
	     after = model_log_after_next(after)) {
		assert_int_equal(after->number, before->number);
		assert_string_equal(after->device, MEM);
		assert_int_equal(after->type, FABMON_EVENT_TYPE_POISON);
		assert_int_equal(after->severity, MODEL_WARNING);
		assert_int_equal(after->before, before->before);
		assert_int_equal(after->after, MODEL_WARNING);
		assert_true(after->instance == before->instance);
		assert_int_equal(after->seq, before->seq);
		assert_true(after->realtime == before->realtime);
		assert_int_equal(after->node, 1);
		assert_int_equal(after->count, before->count);
		assert_int_equal(after->dpa, before->dpa);
		assert_int_equal(after->raw.len, before->raw.len);
		assert_memory_equal(after->raw.data, before->raw.data,
				    before->raw.len);
	}
	assert_int_equal(model_node_severity(model_first(later)),
			 MODEL_WARNING);
	model_log_position_set(later, 0xfedcba9876543210, 99);
	assert_int_equal(save(store, later), 0);
	store_close(store);
	model_free(later);
	later = load(&store, *state, 0);
	model_log_position(later, &instance, &seq);
	assert_int_equal(seq, 99);
	store_close(store);
	model_free(later);
	model_free(model);
}

static void test_bounded(void **state)
{
	struct model *model;
	struct store *store;
	uint64_t i;

	model = load(&store, *state, 10);
	for (i = 1; i <= 500; i++) {
		happen(model, i, 0x40);
		if (i % 7 == 0)
			assert_int_equal(save(store, model),
					 0);
	}
	save(store, model);
	store_close(store);
	model_free(model);
	assert_int_equal(query(*state, "SELECT count(*) FROM log"), 10);
	assert_int_equal(query(*state, "SELECT min(number) FROM log"), 491);
	/* less is wanted now */
	model = load(&store, *state, 3);
	assert_int_equal(entries(model), 3);
	save(store, model);
	store_close(store);
	model_free(model);
	assert_int_equal(query(*state, "SELECT count(*) FROM log"), 3);
}

/* Numbers are in URIs: none is used again, though its entry is long gone. */
static void test_numbers(void **state)
{
	struct model *model;
	struct store *store;

	model = load(&store, *state, 0);
	happen(model, 1, 0);
	happen(model, 2, 0);
	save(store, model);
	assert_true(model_health_clear(model, MEM));
	save(store, model);
	store_close(store);
	model_free(model);
	assert_int_equal(query(*state, "SELECT count(*) FROM log"), 0);
	model = load(&store, *state, 0);
	assert_int_equal(entries(model), 0);
	happen(model, 3, 0);
	assert_int_equal(model_log_last(model), 3);
	store_close(store);
	model_free(model);
}

static void test_killed(void **state)
{
	struct model *model;
	struct store *store;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		model = load(&store, *state, 0);
		happen(model, 7, 0x40);
		if (!save(store, model))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	model = load(&store, *state, 0);
	assert_int_equal(entries(model), 1);
	assert_int_equal(model_node_severity(model_first(model)),
			 MODEL_WARNING);
	store_close(store);
	model_free(model);
}

/* Rows that somebody has been at are left out, the others are there. */
static void test_bad_rows(void **state)
{
	static const char *const harm[] = {
		"UPDATE log SET event = x'0400' WHERE number = 1",
		"UPDATE log SET what = 77 WHERE number = 2",
		"UPDATE log SET severity = -1 WHERE number = 3",
		"UPDATE log SET device = '' WHERE number = 4",
		"UPDATE log SET event = zeroblob(100000) WHERE number = 5",
	};
	struct model *model;
	struct store *store;
	size_t i;

	model = load(&store, *state, 0);
	for (i = 1; i <= 6; i++)
		happen(model, i, i * 64);
	save(store, model);
	store_close(store);
	model_free(model);
	for (i = 0; i < sizeof(harm) / sizeof(harm[0]); i++)
		query(*state, harm[i]);
	query(*state, "UPDATE setting SET value = 'x' WHERE key = 'log-heard'");
	model = load(&store, *state, 0);
	assert_int_equal(entries(model), 1);
	assert_int_equal(model_log_after(model, 0)->number, 6);
	store_close(store);
	model_free(model);
}

/* No room: in memory all is there, and is written when there is some. */
static void test_full(void **state)
{
	struct model *model, *later;
	struct store *store;
	uint64_t i;

	query(*state, "PRAGMA user_version");
	model = load(&store, *state, 1000);
	store_close(store);
	/* a limit of the database stands for a full disk */
	query(*state, "CREATE TRIGGER full BEFORE INSERT ON log "
	      "BEGIN SELECT RAISE(ABORT, 'full'); END");
	assert_int_equal(store_open(&store, *state), 0);
	for (i = 1; i <= 200; i++) {
		happen(model, i, i * 64);
		assert_true(save(store, model) < 0);
	}
	assert_int_equal(entries(model), 200);
	store_close(store);
	query(*state, "DROP TRIGGER full");
	assert_int_equal(store_open(&store, *state), 0);
	happen(model, i, 0);
	assert_int_equal(save(store, model), 0);
	store_close(store);
	later = load(&store, *state, 1000);
	assert_int_equal(entries(later), 201);
	store_close(store);
	model_free(later);
	model_free(model);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, tempdir_setup, tempdir_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_again), TEST(test_bounded), TEST(test_numbers),
		TEST(test_killed), TEST(test_bad_rows), TEST(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
