// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What subscribers are owed over restarts, and after a long time away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void change(struct events_fix *f)
{
	f->value++;
	events_fix_publish(f);
}

static void ports_set(struct events_fix *f, size_t ports)
{
	f->ports = ports;
	events_fix_publish(f);
}

static void alert(struct events_fix *f, unsigned int port)
{
	char uri[128];
	json_t *record;

	snprintf(uri, sizeof(uri), PORTS "/%u", port);
	record = json_pack("{s:s, s:s, s:s, s:{s:s}}", "EventType", "Alert",
			   "MessageId", "Platform.1.3.PlatformError",
			   "MessageSeverity", "Critical",
			   "OriginOfCondition", "@odata.id", uri);
	service_record(f->service, record);
	json_decref(record);
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
	alert(f, 0);
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

#define FOREVER	", \"DeliveryRetryPolicy\": \"RetryForever\""

/* ---- a long time away --------------------------------------------------- */

/* A day of changes: one event a resource, and nothing for what came and went. */
static void test_day(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, FOREVER);
	uint16_t port = away(f, r, uri);
	unsigned int hour;

	for (hour = 0; hour < 24 * 60; hour++) {
		change(f);
		if (hour % 60 == 30)
			ports_set(f, 9);
		if (hour % 60 == 31)
			ports_set(f, 3);
		if (!(hour % 100))
			events_fix_run(f, 0);
	}
	ports_set(f, 4);
	ports_set(f, 2);
	ports_set(f, 5);
	change(f);
	/* 2 was there, went and is another one now */
	back_is(f, port, 7, "PlatformError/0 Removed/2 Created/2 Created/3 "
		"Created/4 Changed/0 Changed/1");
	free(uri);
}

/* The same, and fabmond is restarted: the difference is what is owed. */
static void test_day_restart(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, FOREVER);
	uint16_t port = away(f, r, uri);
	unsigned int i;

	for (i = 0; i < 3; i++) {
		change(f);
		events_fix_idle(f, 30);
		ports_set(f, 9);
		events_fix_restart(f);
		ports_set(f, 3);
	}
	ports_set(f, 4);
	/* happens while nobody looks */
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

	change(f);
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
	/* all of that was told once */
	events_fix_restart(f);
	events_fix_restart(f);
	events_fix_idle(f, 100);
	assert_int_equal(receiver_count(r), 8);
	receiver_stop(r);
	free(uri);
}

/* One is behind, the other is not: each is told what it is owed. */
static void test_two(void **state)
{
	struct events_fix *f = *state;
	struct receiver *here = receiver_start(0, NULL);
	struct receiver *r = receiver_start(0, NULL);
	char *here_uri = events_fix_subscribe(f, here, "");
	char *uri = events_fix_subscribe(f, r, FOREVER);
	uint16_t port = away(f, r, uri);

	ports_set(f, 5);
	until(f, receiver_count(here) == 3);
	ports_set(f, 4);
	change(f);
	until(f, receiver_count(here) == 8);
	events_fix_restart(f);
	/* whether an earlier run told it of 4, nobody knows */
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

	all = events_fix_subscribe(f, r, FOREVER);
	uri = events_fix_subscribe(f, r, FOREVER
				   ", \"Severities\": [\"Critical\"],"
				   " \"ResourceTypes\": [\"Port\"]");
	alert(f, 1);
	until(f, receiver_count(r) == 2);
	events_fix_expect(f, "DELETE", all, NULL, 204);
	receiver_answer(r, 500, 0);
	alert(f, 2);
	alert(f, 1);
	events_fix_expect(f, "POST", EVENTS_TEST_URI,
			  "{\"MessageId\": \"ResourceEvent.1.4.ResourceRemoved\","
			  " \"MessageSeverity\": \"Critical\","
			  " \"EventId\": \"mine\","
			  " \"OriginOfCondition\": \"" PORTS "/0\"}", 204);
	change(f);
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
	/* and told: not once more */
	receiver_stop(r);
	events_fix_restart(f);
	r = receiver_start(port, NULL);
	alert(f, 0);
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
	char *uri = events_fix_subscribe(f, r, FOREVER);
	json_t *one, *two;

	alert(f, 1);
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

/* ---- what somebody does not want to hear -------------------------------- */

static void test_unwanted(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, FOREVER
		", \"MessageIds\": [\"ResourceEvent.1.4.ResourceRemoved\"]");

	ports_set(f, 6);
	change(f);
	events_fix_idle(f, 50);
	/* goes while nobody looks, and it never heard that it came */
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

	/* nobody is told: nothing is kept */
	change(f);
	alert(f, 1);
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
	change(f);
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
	/* it never has anything to hear, and holds up nothing */
	char *deaf = events_fix_subscribe(f, r,
			", \"RegistryPrefixes\": [\"NetworkDevice\"]");
	unsigned int i;

	for (i = 0; i < 300; i++) {
		ports_set(f, 3 + i % 2);
		alert(f, 1);
		events_fix_run(f, 0);
	}
	until(f, events_fix_status_is(f, uri, "Enabled/OK"));
	events_fix_idle(f, 100);
	assert_true(receiver_count(r) >= 300);
	/* the resources, and what was written since the last look */
	assert_true(happened_count(f) < 2 * 6 + 2 * 64);
	receiver_stop(r);
	free(uri);
	free(deaf);
}

/* ---- what is lost is told of -------------------------------------------- */

static void test_lost(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = events_fix_subscribe(f, r, FOREVER);
	uint16_t port = away(f, r, uri);
	json_t *records;
	size_t n;

	ports_set(f, 10000);
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
	/* that is told, and once */
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
	change(f);
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
	ports_set(f, 5);
	alert(f, 4);
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
	change(f);
	until(f, receiver_count(r) == 3);
	records = receiver_records(r);
	assert_int_equal(id_of(json_array_get(records, 0)), future + 1);
	json_decref(records);
	receiver_stop(r);
	free(uri);
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
		with_fix(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
