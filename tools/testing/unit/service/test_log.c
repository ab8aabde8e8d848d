// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* LogService.ClearLog over a real socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service_fixture.h"

#define LOG	"/redfish/v1/Chassis/h/LogServices/d"
#define ACTION	LOG "/Actions/LogService.ClearLog"

struct fixture {
	struct service_fixture s;
	unsigned int cleared;
	int answer;
};

static json_t *resources(bool empty)
{
	json_t *all = json_pack(
		"{s:{s:s, s:s, s:{s:{s:s}}}, s:{s:s, s:s}}",
		LOG, "@odata.id", LOG,
		"@odata.type", "#LogService.v1_9_0.LogService",
		"Actions", "#LogService.ClearLog", "target", ACTION,
		"/redfish/v1/Chassis/h", "@odata.id", "/redfish/v1/Chassis/h",
		"@odata.type", "#Chassis.v1_28_0.Chassis");

	assert_non_null(all);
	if (!empty) {
		json_object_set_new(all, LOG "/Entries", json_pack(
			"{s:s, s:s, s:[{s:s}], s:i}",
			"@odata.id", LOG "/Entries", "@odata.type",
			"#LogEntryCollection.LogEntryCollection",
			"Members", "@odata.id", LOG "/Entries/1",
			"Members@odata.count", 1));
		json_object_set_new(all, LOG "/Entries/1", json_pack(
			"{s:s, s:s, s:s}", "@odata.id", LOG "/Entries/1",
			"@odata.type", "#LogEntry.v1_18_0.LogEntry",
			"Message", "it happened"));
	}
	return all;
}

static int on_clear(const char *uri, void *ctx)
{
	struct fixture *f = ctx;

	assert_string_equal(uri, LOG);
	f->cleared++;
	if (!f->answer)
		assert_true(tree_publish(f->s.tree, resources(true), 0) >= 0);
	return f->answer;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct service_setup what = {
		.hooks = { .clear_log = on_clear, .ctx = f },
	};

	*state = f;
	service_fixture_start(&f->s, &what, resources(false));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	service_fixture_stop(&f->s);
	free(f);
	return 0;
}

static void check(struct fixture *f, const char *method, const char *uri,
		  const char *body, long status)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL
	};
	struct answer *a;

	a = service_fixture_call(&f->s, method, uri, headers, body);
	if (a->status != status)
		fail_msg("%s %s: %ld, not %ld", method, uri, (long)a->status,
			 status);
	answer_free(a);
}

static void test_clear(void **state)
{
	struct fixture *f = *state;

	check(f, "POST", ACTION, "{}", 204);
	assert_int_equal(f->cleared, 1);
	assert_null(tree_get(f->s.tree, LOG "/Entries"));
	check(f, "POST", ACTION, "{}", 204);
	assert_int_equal(f->cleared, 2);
}

static void test_refused(void **state)
{
	struct fixture *f = *state;

	check(f, "GET", ACTION, "", 405);
	check(f, "PATCH", ACTION, "{}", 405);
	check(f, "POST", LOG, "{}", 405);
	check(f, "POST", "/redfish/v1/Chassis/h/Actions/LogService.ClearLog",
	      "{}", 404);
	check(f, "POST", ACTION "/x", "{}", 404);
	check(f, "POST", ACTION, "{\"Force\": true}", 400);
	check(f, "POST", ACTION, "{\"LogEntriesETag\": 5}", 400);
	check(f, "POST", ACTION, "[]", 400);
	assert_int_equal(f->cleared, 0);
	f->answer = -ENOENT;
	check(f, "POST", ACTION, "{}", 404);
	f->answer = -ENOMEM;
	check(f, "POST", ACTION, "{}", 500);
}

/* With an entity tag, only what the client has seen is cleared. */
static void test_seen(void **state)
{
	struct fixture *f = *state;
	struct answer *a;
	const char *etag;
	json_t *json;
	char *body;

	check(f, "POST", ACTION, "{\"LogEntriesETag\": \"\\\"other\\\"\"}",
	      428);
	assert_int_equal(f->cleared, 0);
	a = service_fixture_call(&f->s, "GET", LOG "/Entries", NULL, NULL);
	etag = strcasestr(a->head, "\r\nETag: ");
	assert_non_null(etag);
	etag += 8;
	json = json_pack("{s:s%}", "LogEntriesETag", etag,
			 strcspn(etag, "\r"));
	answer_free(a);
	body = json_dumps(json, 0);
	check(f, "POST", ACTION, body, 204);
	assert_int_equal(f->cleared, 1);
	/* there is nothing that it could be the tag of */
	check(f, "POST", ACTION, body, 428);
	json_decref(json);
	free(body);
}

/* The collection has whole entries, as DSP8010 wants of this one. */
static void test_entries(void **state)
{
	struct fixture *f = *state;
	struct answer *a;

	a = service_fixture_call(&f->s, "GET", LOG "/Entries", NULL, NULL);
	assert_int_equal(a->status, 200);
	assert_string_equal(json_string_value(json_object_get(json_array_get(
			json_object_get(a->json, "Members"), 0), "Message")),
			"it happened");
	answer_free(a);
	/* the tree has links */
	assert_int_equal(json_object_size(json_array_get(json_object_get(
			tree_get(f->s.tree, LOG "/Entries"), "Members"), 0)), 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_clear), TEST(test_refused), TEST(test_seen),
		TEST(test_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
