// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What an outbox remembers over restarts, kills and a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <signal.h>

#include "ofmf/outbox.h"
#include "tempdir.h"

#define P "/redfish/v1/"

struct rig {
	char *dir;
	struct store *store;
	struct tree *tree;
	json_t *resources;
	struct outbox *box, *other;
};

static bool filter(const char *uri, const json_t *resource)
{
	return !strstr(uri, "Service");
}

static void rig_open(struct rig *rig)
{
	assert_int_equal(store_open(&rig->store, rig->dir), 0);
	assert_int_equal(outbox_new(&rig->box, rig->store, rig->tree, filter,
				    "http://one"), 0);
	assert_int_equal(outbox_new(&rig->other, rig->store, rig->tree, filter,
				    "http://two"), 0);
}

static void rig_close(struct rig *rig)
{
	outbox_free(rig->box);
	outbox_free(rig->other);
	store_close(rig->store);
}

/* As if killed: the store gets nothing more. */
static void restart(struct rig *rig)
{
	rig_close(rig);
	rig_open(rig);
}

static void publish(struct rig *rig)
{
	assert_true(tree_publish(rig->tree, json_deep_copy(rig->resources),
				 0) >= 0);
}

static void set(struct rig *rig, const char *uri, const char *name)
{
	if (name)
		json_object_set_new(rig->resources, uri,
				    json_pack("{s:s, s:s}", "@odata.id", uri,
					      "Name", name));
	else
		json_object_del(rig->resources, uri);
	publish(rig);
}

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->dir = tempdir_make();
	rig->tree = tree_new();
	rig->resources = json_object();
	set(rig, P "Systems/h", "h");
	set(rig, P "Chassis/h", "c");
	set(rig, P "EventService", "e");
	rig_open(rig);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	rig_close(rig);
	tree_free(rig->tree);
	json_decref(rig->resources);
	tempdir_remove(rig->dir);
	free(rig);
	return 0;
}

static void delivered_all(struct rig *rig)
{
	outbox_delivered(rig->box, tree_all(rig->tree));
}

static void pending(struct rig *rig, int count)
{
	assert_int_equal(outbox_catch_up(rig->box), count);
	assert_int_equal(outbox_length(rig->box), count);
}

static void took(struct rig *rig, enum tree_op op, const char *uri)
{
	const struct outbox_pending *next = outbox_take(rig->box);

	assert_non_null(next);
	assert_string_equal(next->uri, uri);
	assert_int_equal(next->op, op);
}

static void arrived(struct rig *rig, enum tree_op op, const char *uri)
{
	took(rig, op, uri);
	outbox_done(rig->box);
}

static void test_first(void **state)
{
	pending(*state, 2);
	arrived(*state, TREE_CREATED, P "Systems/h");
	arrived(*state, TREE_CREATED, P "Chassis/h");
	restart(*state);
	pending(*state, 0);
}

static void test_difference(void **state)
{
	struct rig *rig = *state;

	delivered_all(rig);
	rig_close(rig);
	/* while nobody looked, and back and forth */
	set(rig, P "Systems/h", "other");
	set(rig, P "Systems/h", "h");
	set(rig, P "Chassis/h", "changed");
	set(rig, P "Systems/h/Memory/m", "m");
	set(rig, P "Systems/h/Memory/m", NULL);
	set(rig, P "Fabrics/f", "f");
	rig_open(rig);
	pending(rig, 2);
	arrived(rig, TREE_CHANGED, P "Chassis/h");
	/* half of it arrived */
	restart(rig);
	pending(rig, 1);
	arrived(rig, TREE_CREATED, P "Fabrics/f");
	set(rig, P "Fabrics/f", NULL);
	restart(rig);
	pending(rig, 1);
	arrived(rig, TREE_REMOVED, P "Fabrics/f");
	restart(rig);
	pending(rig, 0);
}

/* Killed after it was sent, before the answer: pending again. */
static void test_unanswered(void **state)
{
	struct rig *rig = *state;

	delivered_all(rig);
	set(rig, P "Chassis/h", "changed");
	pending(rig, 1);
	took(rig, TREE_CHANGED, P "Chassis/h");
	restart(rig);
	pending(rig, 1);
}

/* What changed while its event was sent is not taken for delivered. */
static void test_changed_meanwhile(void **state)
{
	struct rig *rig = *state;

	delivered_all(rig);
	set(rig, P "Chassis/h", "one");
	pending(rig, 1);
	took(rig, TREE_CHANGED, P "Chassis/h");
	set(rig, P "Chassis/h", "two");
	outbox_put(rig->box, TREE_CHANGED, P "Chassis/h", 1);
	outbox_done(rig->box);
	restart(rig);
	pending(rig, 1);
	took(rig, TREE_CHANGED, P "Chassis/h");
	/* and what was removed meanwhile is still to be removed */
	set(rig, P "Chassis/h", NULL);
	outbox_put(rig->box, TREE_REMOVED, P "Chassis/h", 1);
	outbox_done(rig->box);
	restart(rig);
	pending(rig, 1);
	arrived(rig, TREE_REMOVED, P "Chassis/h");
}

static json_t *record(int i)
{
	return json_pack("{s:i}", "n", i);
}

static int next_alert(struct rig *rig)
{
	const struct outbox_pending *next = outbox_take(rig->box);

	if (!next)
		return -1;
	assert_null(next->uri);
	return (int)json_integer_value(json_object_get(next->record, "n"));
}

static void test_alerts(void **state)
{
	struct rig *rig = *state;
	int i;

	delivered_all(rig);
	for (i = 0; i < 3; i++)
		assert_int_equal(outbox_alert(rig->box, record(i)), 0);
	assert_int_equal(outbox_alert(rig->other, record(9)), 0);
	restart(rig);
	assert_int_equal(next_alert(rig), 0);
	outbox_done(rig->box);
	assert_int_equal(next_alert(rig), 1);
	restart(rig);
	assert_int_equal(next_alert(rig), 1);
	outbox_done(rig->box);
	/* its context is lost, what happened is still news */
	outbox_forget(rig->box);
	restart(rig);
	assert_int_equal(next_alert(rig), 2);
	outbox_done(rig->box);
	assert_int_equal(next_alert(rig), -1);
	assert_int_equal(outbox_length(rig->other), 1);
	pending(rig, 2);
}

static void test_alerts_bound(void **state)
{
	struct rig *rig = *state;
	int i;

	assert_int_equal(store_begin(rig->store), 0);
	for (i = 0; i < OUTBOX_ALERTS_MAX + 5; i++)
		outbox_alert(rig->box, record(i));
	assert_int_equal(store_end(rig->store), 0);
	assert_int_equal(outbox_dropped(rig->box), 5);
	restart(rig);
	assert_int_equal(outbox_length(rig->box), OUTBOX_ALERTS_MAX);
	assert_int_equal(next_alert(rig), 5);
}

/* Each receiver has its own. */
static void test_receivers(void **state)
{
	struct rig *rig = *state;

	delivered_all(rig);
	assert_int_equal(outbox_catch_up(rig->other), 2);
	outbox_forget(rig->other);
	pending(rig, 0);
}

/* The store of a receiver was lost: what it has is taken for right. */
static void test_assume(void **state)
{
	struct rig *rig = *state;
	json_t *uris = json_pack("{s:b}", P "Systems/h", 1);

	outbox_assume(rig->box, uris);
	pending(rig, 1);
	arrived(rig, TREE_CREATED, P "Chassis/h");
	set(rig, P "Systems/h", "changed");
	/* known by now: no assumption */
	outbox_assume(rig->box, uris);
	pending(rig, 1);
	json_decref(uris);
}

/* A file that may not grow is what a full disk is to SQLite. */
static void test_disk_full(void **state)
{
	struct rig *rig = *state;
	struct rlimit old, none = { .rlim_cur = 0 };
	void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);

	delivered_all(rig);
	getrlimit(RLIMIT_FSIZE, &old);
	none.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	set(rig, P "Chassis/h", "changed");
	pending(rig, 1);
	arrived(rig, TREE_CHANGED, P "Chassis/h");
	outbox_alert(rig->box, record(1));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, handler);
	/* not written, not lost */
	assert_int_equal(next_alert(rig), 1);
	outbox_done(rig->box);
	outbox_alert(rig->box, record(2));
	restart(rig);
	assert_int_equal(next_alert(rig), 2);
	outbox_done(rig->box);
	pending(rig, 1);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_first), CASE(test_difference), CASE(test_unanswered),
		CASE(test_changed_meanwhile), CASE(test_alerts),
		CASE(test_alerts_bound), CASE(test_receivers),
		CASE(test_assume), CASE(test_disk_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
