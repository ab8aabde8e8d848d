// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is pending for subscribers over restarts, and after a long time away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "events_fix.h"
#include "receiver.h"

/* ---- helpers ------------------------------------------------------------ */

static const char *key_of(const json_t *record)
{
	const char *id = fix_text(record, "MessageId");
	const char *dot = strrchr(id, '.');

	return dot ? dot + 1 : id;
}

static uint64_t id_of(const json_t *record)
{
	return strtoull(fix_text(record, "EventId"), NULL, 10);
}

/* Compares with "Created/3 Changed/0": the key less "Resource", the port. */
static void expect_records(struct receiver *r, size_t from, const char *want)
{
	json_t *records = receiver_records(r), *record;
	char got[1024] = "";
	uint64_t last = 0;
	size_t i;

	json_array_foreach(records, i, record) {
		const char *key = key_of(record);
		const char *port = strrchr(fix_origin(record), '/');

		assert_true(id_of(record) > last);
		last = id_of(record);
		if (!strncmp(key, "Resource", 8))
			key += 8;
		if (i >= from && strlen(got) < 900)
			sprintf(got + strlen(got), "%s%s%s",
				i > from ? " " : "", key, port ? port : "");
	}
	json_decref(records);
	assert_string_equal(got, want);
}

/* Up to that event everything was delivered to the subscriber, it is stored. */
static void number_set(struct events_fix *f, const char *uri, uint64_t number)
{
	const struct store_subscriber at = { .number = number };

	assert_int_equal(store_subscriber(f->store, strrchr(uri, '/') + 1,
					  &at), 0);
}

/* The receiver of @uri is away, and it has been noticed. */
static uint16_t away(struct events_fix *f, struct receiver *r, const char *uri)
{
	uint16_t port = receiver_port(r);

	receiver_stop(r);
	events_fix_alert(f, 0);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	return port;
}

static void back_is(struct events_fix *f, uint16_t port, size_t count,
		    const char *want)
{
	struct receiver *r = receiver_start(port, NULL);

	until(f, receiver_count(r) >= count);
	events_fix_idle(f, 50);
	expect_records(r, 0, want);
	receiver_stop(r);
}

/* ---- a long time away --------------------------------------------------- */

/* A day of changes: one event a resource, and nothing for what came and went. */
static void test_day(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, RETRY_FOREVER);
	uint16_t port = away(f, r, uri);
	unsigned int hour;

	for (hour = 0; hour < 24 * 60; hour++) {
		events_fix_change(f);
		if (hour % 60 == 30)
			events_fix_ports(f, 9);
		if (hour % 60 == 31)
			events_fix_ports(f, 3);
		if (!(hour % 100))
			events_fix_run(f, 0);
	}
	events_fix_ports(f, 4);
	events_fix_ports(f, 2);
	events_fix_ports(f, 5);
	events_fix_change(f);
	/* 2 was there, went and is another one now */
	back_is(f, port, 7, "PlatformError/0 Removed/2 Created/2 Created/3 "
		"Created/4 Changed/0 Changed/1");
	free(uri);
}

/* The same, and fabmond is restarted: the difference is pending. */
static void test_day_restart(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, RETRY_FOREVER);
	uint16_t port = away(f, r, uri);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		events_fix_change(f);
		events_fix_idle(f, 30);
		events_fix_ports(f, 9);
		events_fix_restart(f);
		events_fix_ports(f, 3);
	}
	events_fix_ports(f, 4);
	/* while fabmond is down */
	f->value++;
	f->ports = 5;
	events_fix_restart(f);
	back_is(f, port, 6, "PlatformError/0 Created/3 Created/4 Changed/0 "
		"Changed/1 Changed/2");
	free(uri);
}

/* ---- restarts ----------------------------------------------------------- */

static void test_down(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, "");

	events_fix_change(f);
	until(f, receiver_count(r) == 3);
	f->ports = 2;
	f->value++;
	events_fix_restart(f);
	until(f, receiver_count(r) == 6);
	expect_records(r, 3, "Changed/0 Changed/1 Removed/2");
	f->ports = 4;
	events_fix_restart(f);
	until(f, receiver_count(r) == 8);
	expect_records(r, 6, "Created/2 Created/3");
	/* all of that was delivered once */
	events_fix_restart(f);
	events_fix_restart(f);
	events_fix_idle(f, 100);
	assert_int_equal(receiver_count(r), 8);
	receiver_stop(r);
	free(uri);
}

/* One is behind, the other is not: each gets what is pending for it. */
static void test_two(void **state)
{
	struct events_fix *f = *state;
	struct receiver *here = receiver_start(0, NULL);
	struct receiver *r = receiver_start(0, NULL);
	char *here_uri = events_fix_subscribe(f, here, "");
	char *uri = events_fix_subscribe(f, r, RETRY_FOREVER);
	uint16_t port = away(f, r, uri);

	events_fix_ports(f, 5);
	until(f, receiver_count(here) == 3);
	events_fix_ports(f, 4);
	events_fix_change(f);
	until(f, receiver_count(here) == 8);
	events_fix_restart(f);
	/* an earlier run may have sent that 4 came */
	back_is(f, port, 6, "PlatformError/0 Created/3 Removed/4 Changed/0 "
		"Changed/1 Changed/2");
	assert_int_equal(receiver_count(here), 8);
	receiver_stop(here);
	free(here_uri);
	free(uri);
}

/* An alert is the same one after a restart. */
static void test_alerts(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	json_t *before, *after;
	uint16_t port;
	char *uri, *all;

	all = events_fix_subscribe(f, r, RETRY_FOREVER);
	uri = events_fix_subscribe(f, r, RETRY_FOREVER
				   ", \"Severities\": [\"Critical\"],"
				   " \"ResourceTypes\": [\"Port\"]");
	events_fix_alert(f, 1);
	until(f, receiver_count(r) == 2);
	events_fix_expect(f, "DELETE", all, NULL, 204);
	receiver_answer(r, 500, 0);
	events_fix_alert(f, 2);
	events_fix_alert(f, 1);
	events_fix_expect(f, "POST", EVENTS_TEST_URI,
			  "{\"MessageId\": \"ResourceEvent.1.4.ResourceRemoved\","
			  " \"MessageSeverity\": \"Critical\","
			  " \"EventId\": \"mine\","
			  " \"OriginOfCondition\": \"" PORTS "/0\"}", 204);
	events_fix_change(f);
	until(f, receiver_posts(r) > 3);
	port = receiver_port(r);
	events_fix_restart(f);
	receiver_answer(r, 204, 0);
	until(f, receiver_count(r) == 5);
	before = receiver_records(r);
	assert_string_equal(key_of(json_array_get(before, 2)), "PlatformError");
	assert_string_equal(fix_origin(json_array_get(before, 2)), PORTS "/2");
	assert_string_equal(fix_origin(json_array_get(before, 3)), PORTS "/1");
	assert_string_equal(fix_text(json_array_get(before, 4), "EventId"),
			    "mine");
	/* and acknowledged: not once more */
	receiver_stop(r);
	events_fix_restart(f);
	r = receiver_start(port, NULL);
	events_fix_alert(f, 0);
	until(f, receiver_count(r) == 1);
	after = receiver_records(r);
	assert_string_equal(fix_origin(json_array_get(after, 0)), PORTS "/0");
	json_decref(before);
	json_decref(after);
	receiver_stop(r);
	free(all);
	free(uri);
}

/* The first of a batch that is retried over a restart keeps its number. */
static void test_same_id(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, RETRY_FOREVER);
	json_t *one, *two;

	events_fix_alert(f, 1);
	until(f, receiver_count(r) == 1);
	one = receiver_records(r);
	/* as if the answer had been lost: the reader is set back */
	number_set(f, uri, id_of(json_array_get(one, 0)) - 1);
	events_fix_restart(f);
	until(f, receiver_count(r) == 2);
	two = receiver_records(r);
	json_object_del(json_array_get(two, 1), "MemberId");
	json_object_del(json_array_get(two, 0), "MemberId");
	assert_true(json_equal(json_array_get(two, 0), json_array_get(two, 1)));
	json_decref(one);
	json_decref(two);
	receiver_stop(r);
	free(uri);
}

/* ---- what somebody does not want -------------------------------- */

static void test_unwanted(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, RETRY_FOREVER
		", \"MessageIds\": [\"ResourceEvent.1.4.ResourceRemoved\"]");

	events_fix_ports(f, 6);
	events_fix_change(f);
	events_fix_idle(f, 50);
	/* goes while fabmond is down, and that it came was not wanted */
	f->ports = 5;
	events_fix_restart(f);
	until(f, receiver_count(r) == 1);
	f->ports = 6;
	f->value++;
	events_fix_restart(f);
	events_fix_idle(f, 50);
	f->ports = 4;
	events_fix_restart(f);
	until(f, receiver_count(r) == 3);
	expect_records(r, 0, "Removed/5 Removed/5 Removed/4");
	receiver_stop(r);
	free(uri);
}

/* ---- beginnings and ends ------------------------------------------------ */

static void on_known(const struct store_resource *known, void *ctx)
{
	++*(int *)ctx;
}

static int known_count(struct events_fix *f)
{
	int n = 0;

	assert_int_equal(store_resource_each(f->store, on_known, &n), 0);
	return n;
}

static void on_happened(const struct store_event *what, void *ctx)
{
	++*(int *)ctx;
}

static int happened_count(struct events_fix *f)
{
	int n = 0;

	assert_int_equal(store_event_each(f->store, 0, on_happened, &n), 0);
	return n;
}

static void test_life(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	struct store_subscriber at;
	char *one, *two;

	/* without a subscriber nothing is kept */
	events_fix_change(f);
	events_fix_alert(f, 1);
	assert_int_equal(happened_count(f), 0);
	one = events_fix_subscribe(f, r, "");
	two = events_fix_subscribe(f, r, "");
	/* the root, the EventService and three ports */
	assert_int_equal(known_count(f), 5);
	events_fix_restart(f);
	events_fix_idle(f, 50);
	assert_int_equal(receiver_posts(r), 0);
	assert_int_equal(store_subscriber_get(f->store, strrchr(one, '/') + 1,
					      &at), 0);
	events_fix_expect(f, "DELETE", one, NULL, 204);
	assert_int_equal(store_subscriber_get(f->store, strrchr(one, '/') + 1,
					      &at), -ENOENT);
	assert_int_equal(known_count(f), 5);
	events_fix_expect(f, "DELETE", two, NULL, 204);
	assert_int_equal(happened_count(f), 0);
	/* what changed meanwhile is no news to who subscribes now */
	events_fix_change(f);
	free(one);
	one = events_fix_subscribe(f, r, "");
	events_fix_restart(f);
	events_fix_idle(f, 50);
	assert_int_equal(receiver_posts(r), 0);
	receiver_stop(r);
	free(one);
	free(two);
}

/* Ones that nobody needs any more do not pile up. */
static void test_prune(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, "");
	/* nothing is ever for it, and it holds up nothing */
	char *deaf = events_fix_subscribe(f, r,
			", \"RegistryPrefixes\": [\"NetworkDevice\"]");
	unsigned int i;

	for (i = 0; i < 300; i++) {
		events_fix_ports(f, 3 + i % 2);
		events_fix_alert(f, 1);
		events_fix_run(f, 0);
	}
	until(f, events_fix_status_is(f, uri, "Enabled/OK"));
	events_fix_idle(f, 100);
	assert_true(receiver_count(r) >= 300);
	/* the resources, and what was written since the last pruning */
	assert_true(happened_count(f) < 2 * 6 + 2 * 64);
	receiver_stop(r);
	free(uri);
	free(deaf);
}

/* ---- a loss is reported ------------------------------------------------- */

static void test_lost(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, RETRY_FOREVER);
	uint16_t port = away(f, r, uri);
	json_t *records;
	size_t n;

	events_fix_ports(f, 10000);
	events_fix_idle(f, 50);
	events_fix_restart(f);
	events_fix_restart(f);
	r = receiver_start(port, NULL);
	until(f, receiver_count(r) > EVENT_QUEUE_MAX);
	events_fix_idle(f, 100);
	records = receiver_records(r);
	n = json_array_size(records);
	assert_int_equal(n, EVENT_QUEUE_MAX + 1);
	assert_string_equal(key_of(json_array_get(records, 0)),
			    "EventBufferExceeded");
	assert_string_equal(fix_origin(json_array_get(records, n - 1)),
			    PORTS "/9999");
	json_decref(records);
	/* that is reported, and once */
	events_fix_restart(f);
	events_fix_idle(f, 50);
	assert_int_equal(receiver_count(r), EVENT_QUEUE_MAX + 1);
	receiver_stop(r);
	free(uri);
}

/* From a version that kept nothing: all may be lost, and not all is news. */
static void test_upgrade(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, "");

	assert_int_equal(store_subscriber(f->store, strrchr(uri, '/') + 1, NULL),
			 0);
	assert_int_equal(store_event_clear(f->store), 0);
	events_fix_restart(f);
	until(f, receiver_count(r) == 1);
	events_fix_change(f);
	until(f, receiver_count(r) == 4);
	expect_records(r, 0, "EventBufferExceeded Changed/0 Changed/1 "
		       "Changed/2");
	receiver_stop(r);
	free(uri);
}

/* What was written with something that failed is written again. */
static void test_failed(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, "");

	store_begin(f->store);
	events_fix_ports(f, 5);
	events_fix_alert(f, 4);
	/* NOT NULL */
	assert_int_not_equal(store_resource(f->store,
					    &(struct store_resource) { 0 }), 0);
	assert_int_not_equal(store_end(f->store), 0);
	until(f, receiver_count(r) == 3);
	events_fix_idle(f, 50);
	f->ports = 4;
	events_fix_restart(f);
	until(f, receiver_count(r) == 4);
	expect_records(r, 0, "Created/3 Created/4 PlatformError/4 Removed/4");
	receiver_stop(r);
	free(uri);
}

/* Numbers grow although the clock was set back. */
static void test_clock(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, "");
	uint64_t future = 1ULL << 62;
	json_t *records;

	number_set(f, uri, future);
	events_fix_restart(f);
	events_fix_change(f);
	until(f, receiver_count(r) == 3);
	records = receiver_records(r);
	assert_int_equal(id_of(json_array_get(records, 0)), future + 1);
	json_decref(records);
	receiver_stop(r);
	free(uri);
}

/* Whose subscription cannot be stored has none, and the log knows why. */
static void test_refused(void **state)
{
	static const char body[] = "{\"Destination\": \"http://127.0.0.1:9/\","
				   " \"Protocol\": \"Redfish\"}";
	struct events_fix *f = *state;
	struct capture capture;
	char *text;

	store_begin(f->store);
	/* NOT NULL */
	store_resource(f->store, &(struct store_resource) { 0 });
	capture_begin(&capture);
	events_fix_expect(f, "POST", SUBSCRIPTIONS_URI, body, 500);
	text = capture_end(&capture);
	assert_non_null(strstr(text, "EventService: a client cannot subscribe: "));
	assert_non_null(strstr(text, "/fabmond.db: the settings cannot be written: "));
	assert_int_equal(capture_lines(text, "cannot"), 1);
	free(text);
	assert_int_not_equal(store_end(f->store), 0);
	events_fix_expect(f, "POST", SUBSCRIPTIONS_URI, body, 201);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_fix(test_day),
		with_fix(test_day_restart),
		with_fix(test_down),
		with_fix(test_two),
		with_fix(test_alerts),
		with_fix(test_same_id),
		with_fix(test_unwanted),
		with_fix(test_life),
		with_fix(test_prune),
		with_fix(test_lost),
		with_fix(test_upgrade),
		with_fix(test_failed),
		with_fix(test_refused),
		with_fix(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
