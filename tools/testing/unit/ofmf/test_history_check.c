// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The checker of histories (history.h) has to find what test_history looks for:
 * here each breach is written into a history by hand, beside what is none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define URI	"/redfish/v1/Systems/h"
#define OTHER	"/redfish/v1/Chassis/h"
#define SOURCE	"/redfish/v1/AggregationService/AggregationSources/1"
#define WORDS	512

static const struct history_promise promise = {
	.converge = 50, .latest = 100, .backoff = { 100, 600, 6000 },
	.away = 600, .recover = 200, .wiped = 3000, .edited = 700,
};

/* ---- a history in words ------------------------------------------------- */

static struct history history;

static json_t *resource(const char *state)
{
	return json_pack("{s:s, s:s, s:{s:{s:s}}}", "Name", "n", "State", state,
			 "Oem", "Sunfish_RM", "ManagingAgent", "1");
}

/* NULL: there is none */
static json_t *tree_of(const char *state)
{
	json_t *tree = json_pack("{s:{s:s}}", "/redfish/v1/Systems", "Name",
				 "a collection of the OFMF's");

	if (state)
		json_object_set_new(tree, URI, resource(state));
	return tree;
}

static void host(uint64_t t, const char *state)
{
	json_t *tree = tree_of(state);

	history_host(&history, t, "a test", tree);
	json_decref(tree);
}

static void seen(uint64_t t, const char *state, long drift)
{
	json_t *tree = tree_of(state);

	history_seen(&history, t, tree, drift);
	json_decref(tree);
}

static void note(uint64_t t, enum history_note what)
{
	history_note(&history, t, what, URI);
}

/* What the host has now is @ours. */
static void patch(uint64_t t, const char *state, const char *ours)
{
	json_t *body = json_pack("{s:s, s:s}", "@odata.id", URI, "State",
				 state);
	json_t *resource_ = ours ? resource(ours) : NULL;

	history_write(&history, t, "PATCH", URI, body, resource_);
	json_decref(resource_);
	json_decref(body);
}

static void about(uint64_t t, const char *method, const char *uri,
		  const char *ours)
{
	json_t *resource_ = ours ? resource(ours) : NULL;

	history_write(&history, t, method, uri, NULL, resource_);
	json_decref(resource_);
}

/* A host with one resource, up, and an OFMF that has it. */
static void begin(void)
{
	history_init(&history, 0);
	host(0, "up");
	seen(5, "up", 0);
	note(10, HISTORY_OVER);
	note(10, HISTORY_CONTACT);
	seen(1000, "up", 0);
}

/* Checks that there are @count breaches, all with @word in them. */
static void end(unsigned int count, const char *word)
{
	char text[WORDS] = "", *line, *rest = text;
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct history_figures figures;

	assert_non_null(out);
	figures = history_check(history.log, &promise, out);
	fclose(out);
	history_clear(&history);
	if (figures.breaches != count)
		print_message("%s", text);
	assert_int_equal(figures.breaches, count);
	while ((line = strsep(&rest, "\n")) && *line)
		assert_non_null(strstr(line, word));
}

/* ---- in time ------------------------------------------------------------ */

static void test_right(void **state)
{
	begin();
	host(1000, "down");
	seen(1001, "up", 1);
	patch(1020, "down", "down");
	seen(1040, "down", 0);
	seen(9000, "down", 0);
	end(0, "");
}

/* What went back: the first could not be so late. */
static void test_straighten(void **state)
{
	begin();
	host(1000, "down");
	seen(1100, "up", 1);
	seen(1020, "up", 1);
	seen(1040, "down", 0);
	history_straighten(&history);
	end(0, "");
}

static void test_late(void **state)
{
	begin();
	host(1000, "down");
	seen(1040, "up", 1);
	seen(1060, "up", 1);
	seen(1070, "up", 1);
	seen(1080, "down", 0);
	end(1, "within the promised time");
}

static void test_missing(void **state)
{
	begin();
	seen(1001, NULL, 1);
	seen(1100, NULL, 1);
	end(1, "within the promised time");
}

static void test_surplus(void **state)
{
	begin();
	host(1000, NULL);
	seen(1001, "up", 1);
	seen(1100, "up", 1);
	end(1, "within the promised time");
}

/* Events go on: the repair waits, but not for ever. */
static void test_events_go_on(void **state)
{
	uint64_t t;

	begin();
	for (t = 1000; t < 1200; t += 20) {
		host(t, t % 40 ? "down" : "off");
		seen(t + 1, "up", 1);
	}
	end(1, "within the promised time");
}

static void test_backoff(void **state)
{
	begin();
	about(1000, "DELETE", SOURCE, NULL);
	host(1010, "down");
	seen(1140, "up", 1);	/* 100 after the repair, and 50 */
	seen(1145, "down", 0);
	about(1200, "DELETE", SOURCE, NULL);
	host(1210, "up");
	seen(1840, "down", 1);	/* 600 and 50 */
	seen(1845, "up", 0);
	end(0, "");
}

static void test_backoff_over(void **state)
{
	begin();
	about(1000, "DELETE", SOURCE, NULL);
	host(1010, "down");
	seen(1160, "up", 1);
	end(1, "within the promised time");
}

static void test_calm(void **state)
{
	begin();
	about(1000, "DELETE", SOURCE, NULL);
	host(1010, "down");
	note(1020, HISTORY_CALM);
	seen(1065, "up", 1);
	seen(1080, "up", 1);
	end(1, "within the promised time");
}

static void test_trouble(void **state)
{
	begin();
	note(1000, HISTORY_TROUBLE);
	host(1000, "down");
	seen(5000, "up", 1);
	note(5000, HISTORY_OVER);
	seen(5790, "up", 1);	/* 600 until it tries, 200 after that */
	note(5795, HISTORY_CONTACT);
	seen(5990, "up", 1);
	seen(6000, "up", 1);
	end(1, "within the promised time");
}

static void test_alert(void **state)
{
	begin();
	history_alert(&history, 1000, "a");
	history_alert(&history, 1000, "b");
	about(1010, "a", URI, "up");
	seen(1060, "up", 0);
	seen(1070, "up", 0);
	end(1, "b: is not delivered");
}

static void test_wiped(void **state)
{
	begin();
	note(1000, HISTORY_WIPED);
	seen(1001, NULL, 0);	/* it cannot be known */
	seen(3900, NULL, -1);	/* found */
	seen(4000, "up", 0);
	end(0, "");
}

static void test_wiped_unnoticed(void **state)
{
	begin();
	note(1000, HISTORY_WIPED);
	seen(1001, NULL, 0);
	seen(4100, NULL, 0);
	seen(4200, NULL, 0);
	end(1, "a wipe: is not right");
}

/* ---- what is shown ------------------------------------------------------ */

static void test_older(void **state)
{
	begin();
	host(1000, "down");
	seen(1001, "up", 1);
	seen(1010, "down", 1);
	seen(1020, "up", 1);
	seen(1030, "down", 0);
	end(1, "older than what was shown");
}

/* What is the same as something older is not older. */
static void test_again(void **state)
{
	begin();
	host(1000, "down");
	seen(1001, "up", 1);
	seen(1010, "down", 0);
	host(1020, "up");
	seen(1021, "down", 1);
	seen(1030, "up", 0);
	end(0, "");
}

static void test_never_said(void **state)
{
	begin();
	seen(1010, "gone", 1);
	seen(1020, "up", 0);
	end(1, "never said");
}

/* URI, with a link to OTHER or without. */
static json_t *linked_tree(bool linked)
{
	json_t *tree = json_pack("{s:{s:s}}", URI, "Name", "n");

	if (linked)
		json_object_set_new(json_object_get(tree, URI), "Links",
				    json_pack("{s:[{s:s}]}", "Peers",
					      "@odata.id", OTHER));
	return tree;
}

/* The OFMF takes out what leads to what was deleted there, and lists with it. */
static void links_go(bool deleted)
{
	json_t *with = linked_tree(true), *without = linked_tree(false);

	history_init(&history, 0);
	history_host(&history, 0, "a test", with);
	history_seen(&history, 5, with, 0);
	note(10, HISTORY_OVER);
	note(10, HISTORY_CONTACT);
	if (deleted)
		about(1000, "DELETE", OTHER, NULL);
	history_seen(&history, 1010, without, 1);
	history_seen(&history, 1020, with, 0);
	json_decref(without);
	json_decref(with);
}

static void test_links_go(void **state)
{
	links_go(true);
	end(0, "");
}

static void test_links_go_alone(void **state)
{
	links_go(false);
	end(1, "never said");
}

static void test_drift(void **state)
{
	begin();
	host(1000, "down");
	seen(1001, "up", 0);
	seen(1002, "up", 0);
	seen(1003, "down", 0);
	end(1, "while drift is 0");
}

static void test_edited(void **state)
{
	begin();
	note(1000, HISTORY_EDITED);
	seen(1010, "a client's", 0);
	seen(1740, "a client's", 0);
	seen(1745, "up", 0);
	end(0, "");
}

static void test_edited_for_ever(void **state)
{
	begin();
	note(1000, HISTORY_EDITED);
	seen(1010, "a client's", 0);
	seen(1760, "a client's", 0);
	end(1, "within the promised time");
}

/* ---- what is written ---------------------------------------------------- */

static void test_stale_patch(void **state)
{
	begin();
	patch(1000, "down", "up");
	patch(1000, "down", NULL);
	end(2, "patched to what our tree does not say");
}

static void test_stale_delete(void **state)
{
	begin();
	about(1000, "DELETE", URI, "up");
	about(1000, "DELETE", OTHER, NULL);
	end(1, "is deleted while it exists");
}

static void test_stale_event(void **state)
{
	begin();
	about(1000, "ResourceCreated", URI, NULL);
	about(1000, "ResourceRemoved", URI, "up");
	about(1000, "ResourceCreated", URI, "up");
	about(1000, "ResourceRemoved", URI, NULL);
	end(2, "is told as");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right),
		cmocka_unit_test(test_straighten),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_surplus),
		cmocka_unit_test(test_events_go_on),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_backoff_over),
		cmocka_unit_test(test_calm),
		cmocka_unit_test(test_trouble),
		cmocka_unit_test(test_alert),
		cmocka_unit_test(test_wiped),
		cmocka_unit_test(test_wiped_unnoticed),
		cmocka_unit_test(test_older),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_never_said),
		cmocka_unit_test(test_links_go),
		cmocka_unit_test(test_links_go_alone),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_edited),
		cmocka_unit_test(test_edited_for_ever),
		cmocka_unit_test(test_stale_patch),
		cmocka_unit_test(test_stale_delete),
		cmocka_unit_test(test_stale_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
