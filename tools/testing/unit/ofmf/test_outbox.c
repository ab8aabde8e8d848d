// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is pending for an OFMF: coalescing, order, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ofmf/outbox.h"

#define S "/redfish/v1/Systems/h"

static int setup(void **state)
{
	struct outbox *box = NULL;
	int r = outbox_new(&box, NULL, NULL, NULL, NULL);

	*state = box;
	return r;
}

static int teardown(void **state)
{
	outbox_free(*state);
	return 0;
}

static void put(void **state, enum tree_op op, const char *uri)
{
	assert_int_equal(outbox_put(*state, op, uri, 1), 0);
}

static void took(void **state, enum tree_op op, const char *uri)
{
	const struct outbox_pending *pending = outbox_take(*state);

	assert_non_null(pending);
	assert_non_null(pending->uri);
	assert_string_equal(pending->uri, uri);
	assert_int_equal(pending->op, op);
	assert_ptr_equal(pending, outbox_taken(*state));
	outbox_done(*state);
	assert_null(outbox_taken(*state));
}

static void is_empty(void **state)
{
	assert_int_equal(outbox_length(*state), 0);
	assert_null(outbox_take(*state));
}

static void test_coalesce(void **state)
{
	static const struct {
		enum tree_op first, second;
		int result;	/* -1: nothing */
	} cases[] = {
		{ TREE_CREATED, TREE_CREATED, TREE_CREATED },
		{ TREE_CREATED, TREE_CHANGED, TREE_CREATED },
		{ TREE_CREATED, TREE_REMOVED, -1 },
		{ TREE_CHANGED, TREE_CREATED, TREE_CREATED },
		{ TREE_CHANGED, TREE_CHANGED, TREE_CHANGED },
		{ TREE_CHANGED, TREE_REMOVED, TREE_REMOVED },
		{ TREE_REMOVED, TREE_CREATED, TREE_CHANGED },
		{ TREE_REMOVED, TREE_CHANGED, TREE_CHANGED },
		{ TREE_REMOVED, TREE_REMOVED, TREE_REMOVED },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put(state, cases[i].first, S);
		put(state, cases[i].second, S);
		if (cases[i].result >= 0)
			took(state, (enum tree_op)cases[i].result, S);
		is_empty(state);
	}
}

static void test_order(void **state)
{
	put(state, TREE_CHANGED, S "/b");
	put(state, TREE_CREATED, S "/a");
	put(state, TREE_CHANGED, S "/c");
	put(state, TREE_CHANGED, S "/b");
	took(state, TREE_CHANGED, S "/b");
	took(state, TREE_CREATED, S "/a");
	took(state, TREE_CHANGED, S "/c");
	is_empty(state);
}

static void test_first_cause(void **state)
{
	const struct outbox_pending *pending;

	assert_int_equal(outbox_put(*state, TREE_CHANGED, S, 5), 0);
	assert_int_equal(outbox_put(*state, TREE_CHANGED, S, 9), 0);
	pending = outbox_take(*state);
	assert_int_equal(pending->realtime, 5);
	outbox_done(*state);
}

static void test_topmost_created(void **state)
{
	put(state, TREE_CREATED, S);
	put(state, TREE_CREATED, S "/Memory/m0");
	put(state, TREE_CREATED, S "x");
	put(state, TREE_CREATED, S "/Memory/m0/Metrics");
	put(state, TREE_CHANGED, S "/Memory/m1");
	took(state, TREE_CREATED, S);
	took(state, TREE_CREATED, S "x");
	took(state, TREE_CHANGED, S "/Memory/m1");
	is_empty(state);
}

static void test_topmost_removed(void **state)
{
	put(state, TREE_REMOVED, S "/Memory/m0/Metrics");
	put(state, TREE_REMOVED, S "/Memory/m0");
	put(state, TREE_REMOVED, S "/Memory/m1");
	took(state, TREE_REMOVED, S "/Memory/m0");
	took(state, TREE_REMOVED, S "/Memory/m1");
	is_empty(state);
}

static void test_alerts(void **state)
{
	const struct outbox_pending *pending;

	put(state, TREE_CHANGED, S "/a");
	assert_int_equal(outbox_alert(*state, json_integer(1)), 0);
	put(state, TREE_CHANGED, S "/b");
	assert_int_equal(outbox_alert(*state, json_integer(2)), 0);
	took(state, TREE_CHANGED, S "/a");
	pending = outbox_take(*state);
	assert_null(pending->uri);
	assert_int_equal(json_integer_value(pending->record), 1);
	outbox_done(*state);
	outbox_forget(*state);
	pending = outbox_take(*state);
	assert_int_equal(json_integer_value(pending->record), 2);
	outbox_done(*state);
	is_empty(state);
}

static void test_alert_bound(void **state)
{
	const struct outbox_pending *pending;
	int i;

	for (i = 0; i < OUTBOX_ALERTS_MAX + 3; i++)
		assert_int_equal(outbox_alert(*state, json_integer(i)), 0);
	assert_int_equal(outbox_length(*state), OUTBOX_ALERTS_MAX);
	assert_int_equal(outbox_dropped(*state), 3);
	pending = outbox_take(*state);
	assert_int_equal(json_integer_value(pending->record), 3);
	outbox_done(*state);
}

static void test_bound(void **state)
{
	char uri[64];
	int i;

	for (i = 0; i < OUTBOX_MAX; i++) {
		snprintf(uri, sizeof(uri), "/redfish/v1/Chassis/%d", i);
		put(state, TREE_CHANGED, uri);
	}
	assert_int_equal(outbox_put(*state, TREE_CHANGED, S, 1), -ENOBUFS);
	/* what is there already needs no room */
	put(state, TREE_REMOVED, uri);
	outbox_forget(*state);
	is_empty(state);
}

static void test_back(void **state)
{
	const struct outbox_pending *pending;

	put(state, TREE_CREATED, S);
	put(state, TREE_CREATED, S "/Memory/m0");
	put(state, TREE_CHANGED, "/redfish/v1/Chassis/c");
	assert_string_equal(outbox_take(*state)->uri, S);
	/* meanwhile */
	put(state, TREE_REMOVED, S "/Memory/m0");
	put(state, TREE_CHANGED, S);
	outbox_back(*state, false);
	pending = outbox_take(*state);
	assert_string_equal(pending->uri, S);
	assert_int_equal(pending->op, TREE_CREATED);
	assert_int_equal(pending->tries, 0);
	outbox_done(*state);
	took(state, TREE_CHANGED, "/redfish/v1/Chassis/c");
	is_empty(state);
}

static void test_back_unsure(void **state)
{
	put(state, TREE_CREATED, S);
	assert_string_equal(outbox_take(*state)->uri, S);
	outbox_back(*state, true);
	assert_int_equal(outbox_take(*state)->tries, 1);
	outbox_back(*state, true);
	/* it may be there */
	put(state, TREE_REMOVED, S);
	took(state, TREE_REMOVED, S);

	put(state, TREE_CREATED, S);
	assert_string_equal(outbox_take(*state)->uri, S);
	put(state, TREE_REMOVED, S);
	outbox_back(*state, true);
	took(state, TREE_REMOVED, S);
	is_empty(state);
}

static void test_put_while_taken(void **state)
{
	put(state, TREE_CHANGED, S);
	assert_string_equal(outbox_take(*state)->uri, S);
	put(state, TREE_CHANGED, S);
	outbox_done(*state);
	took(state, TREE_CHANGED, S);
	is_empty(state);
}

/*
 * What the OFMF finds from one new resource needs no event of its own; what
 * only a comparison found missing (no time), and what merely changed, does.
 */
static void test_cover(void **state)
{
	json_t *found = json_pack("{s:b,s:b,s:b,s:b}", "/a", 1, "/b", 1,
				  "/missing", 1, "/changed", 1);

	outbox_put(*state, TREE_CREATED, "/a", 5);
	outbox_put(*state, TREE_CREATED, "/b", 5);
	outbox_put(*state, TREE_CREATED, "/elsewhere", 5);
	outbox_put(*state, TREE_CREATED, "/missing", 0);
	outbox_put(*state, TREE_CHANGED, "/changed", 5);
	assert_string_equal(outbox_take(*state)->uri, "/a");
	assert_true(outbox_creates(*state));
	assert_int_equal(outbox_cover(*state, found), 1);
	outbox_done(*state);
	took(state, TREE_CREATED, "/elsewhere");
	assert_false(outbox_creates(*state));
	took(state, TREE_CREATED, "/missing");
	took(state, TREE_CHANGED, "/changed");
	is_empty(state);
	json_decref(found);
}

/* It did not arrive: all of it is pending again. */
static void test_cover_back(void **state)
{
	json_t *found = json_pack("{s:b}", "/b", 1);

	outbox_put(*state, TREE_CREATED, "/a", 5);
	outbox_put(*state, TREE_CREATED, "/b", 5);
	outbox_take(*state);
	assert_int_equal(outbox_cover(*state, found), 1);
	outbox_back(*state, true);
	took(state, TREE_CREATED, "/a");
	took(state, TREE_CREATED, "/b");
	is_empty(state);
	json_decref(found);
}

/* An upload may have found what waits: its removal is delivered then. */
static void test_crawled(void **state)
{
	outbox_put(*state, TREE_CREATED, "/b", 5);
	outbox_put(*state, TREE_CREATED, "/a", 5);
	assert_string_equal(outbox_take(*state)->uri, "/b");
	outbox_put(*state, TREE_CREATED, "/c", 5);
	outbox_done(*state);
	outbox_put(*state, TREE_CREATED, "/d", 5);
	outbox_put(*state, TREE_REMOVED, "/a", 5);
	outbox_put(*state, TREE_REMOVED, "/c", 5);
	outbox_put(*state, TREE_REMOVED, "/d", 5);
	took(state, TREE_REMOVED, "/a");
	took(state, TREE_REMOVED, "/c");
	/* nobody can have seen this one */
	is_empty(state);
}

/* How many of those that are taken the receiver may have as they were. */
static size_t outdated(void **state)
{
	json_t *uris = outbox_outdated(*state);
	size_t n = json_array_size(uris);

	json_decref(uris);
	return n;
}

static void test_outdated(void **state)
{
	outbox_put(*state, TREE_CREATED, "/b", 5);
	outbox_put(*state, TREE_CREATED, "/a", 5);
	outbox_put(*state, TREE_CREATED, "/c", 5);
	assert_string_equal(outbox_take(*state)->uri, "/b");
	outbox_put(*state, TREE_CHANGED, "/a", 6);
	assert_int_equal(outdated(state), 0);
	outbox_done(*state);
	/* as it was found when /b was read, which its creation does not change */
	assert_string_equal(outbox_take(*state)->uri, "/a");
	assert_int_equal(outdated(state), 1);
	outbox_done(*state);
	assert_string_equal(outbox_take(*state)->uri, "/c");
	assert_int_equal(outdated(state), 0);
	outbox_done(*state);
	/* before anybody can have seen it */
	outbox_put(*state, TREE_CREATED, "/d", 5);
	outbox_put(*state, TREE_CHANGED, "/d", 6);
	assert_string_equal(outbox_take(*state)->uri, "/d");
	assert_int_equal(outdated(state), 0);
	outbox_done(*state);
}

/* It may have arrived, and is sent again with other content. */
static void test_outdated_back(void **state)
{
	outbox_put(*state, TREE_CREATED, "/a", 5);
	assert_non_null(outbox_take(*state));
	outbox_put(*state, TREE_CHANGED, "/a", 6);
	outbox_back(*state, true);
	assert_int_equal(outbox_take(*state)->op, TREE_CREATED);
	assert_int_equal(outdated(state), 1);
	/* and so it stays */
	outbox_back(*state, true);
	assert_non_null(outbox_take(*state));
	assert_int_equal(outdated(state), 1);
	outbox_done(*state);
	is_empty(state);
}

static void alert(void **state, const char *word)
{
	assert_int_equal(outbox_alert(*state, json_pack("{s:s}", "Message",
							word)), 0);
}

static void took_alert(void **state, const char *word)
{
	const struct outbox_pending *pending = outbox_take(*state);

	assert_non_null(pending);
	assert_null(pending->uri);
	assert_string_equal(json_string_value(
		json_object_get(pending->record, "Message")), word);
}

/* An alert that is refused often lets others pass, and waits longer and longer. */
static void test_defer(void **state)
{
	unsigned int rounds = 1, i;

	alert(state, "a");
	alert(state, "b");
	put(state, TREE_CHANGED, S);
	took_alert(state, "a");
	assert_true(outbox_defer(*state));
	assert_null(outbox_taken(*state));
	took_alert(state, "b");
	assert_true(outbox_defer(*state));
	took(state, TREE_CHANGED, S);
	assert_null(outbox_take(*state));
	assert_int_equal(outbox_length(*state), 2);
	assert_true(outbox_oldest(*state) > 0);
	outbox_round(*state);
	took_alert(state, "a");
	assert_int_equal(outbox_taken(*state)->tries, 1);
	outbox_done(*state);
	took_alert(state, "b");
	while (outbox_defer(*state)) {
		rounds *= 2;
		for (i = 0; i < rounds; i++) {
			assert_null(outbox_take(*state));
			outbox_round(*state);
		}
		took_alert(state, "b");
	}
	assert_int_equal(rounds, OUTBOX_ROUNDS_MAX);
	assert_non_null(outbox_taken(*state));
	outbox_done(*state);
	is_empty(state);
}

/* At another receiver nothing was refused yet; also what is being sent. */
static void test_retry(void **state)
{
	alert(state, "a");
	alert(state, "b");
	took_alert(state, "a");
	assert_true(outbox_defer(*state));
	outbox_round(*state);
	took_alert(state, "a");
	assert_true(outbox_defer(*state));
	took_alert(state, "b");
	outbox_back(*state, true);
	took_alert(state, "b");
	assert_int_equal(outbox_taken(*state)->tries, 1);
	outbox_retry(*state);
	assert_int_equal(outbox_taken(*state)->tries, 0);
	outbox_back(*state, false);
	took_alert(state, "b");
	outbox_done(*state);
	took_alert(state, "a");
	assert_int_equal(outbox_taken(*state)->tries, 0);
	assert_true(outbox_defer(*state));
	outbox_round(*state);
	took_alert(state, "a");
	outbox_done(*state);
	is_empty(state);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_coalesce), CASE(test_order), CASE(test_first_cause),
		CASE(test_topmost_created), CASE(test_topmost_removed),
		CASE(test_alerts), CASE(test_alert_bound), CASE(test_bound),
		CASE(test_back), CASE(test_back_unsure),
		CASE(test_put_while_taken), CASE(test_cover),
		CASE(test_cover_back), CASE(test_crawled),
		CASE(test_outdated), CASE(test_outdated_back),
		CASE(test_defer), CASE(test_retry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
