// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is posted to who has a subscription, over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "events_fix.h"
#include "fixture.h"
#include "receiver.h"

/* ---- delivery ----------------------------------------------------------- */

static void test_delivery(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	json_t *payloads, *records, *record;
	json_int_t group;
	char *uri;
	size_t i;

	uri = events_fix_subscribe(f, r, ", \"Context\": \"a \\\"b\\\"\","
			      " \"HttpHeaders\": [{\"X-Key\": \"secret\"},"
			      " {\"X-Empty\": \"\"}]");
	events_fix_change(f);
	until(f, receiver_count(r) == 3);
	assert_int_equal(receiver_posts(r), 1);
	assert_true(receiver_had(r, "X-Key", "secret"));
	assert_true(receiver_had(r, "X-Empty", ""));
	assert_true(receiver_had(r, "Content-Type", "application/json"));
	payloads = receiver_payloads(r);
	assert_true(fix_validate_doc(json_array_get(payloads, 0)) <= 0);
	assert_string_equal(fix_text(json_array_get(payloads, 0), "Context"),
			    "a \"b\"");
	json_decref(payloads);
	records = receiver_records(r);
	group = json_integer_value(json_object_get(json_array_get(records, 0),
						   "EventGroupId"));
	assert_true(group > 0);
	json_array_foreach(records, i, record) {
		char member[24];

		snprintf(member, sizeof(member), "%zu", i);
		assert_string_equal(fix_text(record, "MemberId"), member);
		assert_string_equal(fix_text(record, "MessageId"),
				    "ResourceEvent.1.4.ResourceChanged");
		assert_string_equal(fix_text(record, "EventTimestamp"),
				    "2025-11-24T16:00:00.000000Z");
		assert_int_equal(strtoull(fix_text(record, "EventId"), NULL, 10),
				 group + (json_int_t)i);
		assert_int_equal(json_integer_value(json_object_get(record,
							"EventGroupId")),
				 group);
	}
	json_decref(records);
	events_fix_expect(f, "DELETE", uri, NULL, 204);
	events_fix_expect(f, "GET", uri, NULL, 404);
	events_fix_change(f);
	events_fix_idle(f, 100);
	assert_int_equal(receiver_posts(r), 1);
	receiver_stop(r);
	free(uri);
}

/* A record of another part has the group of what was published before it. */
static void test_record(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	json_t *record = json_pack("{s:s, s:s, s:s, s:{s:s}}",
				   "EventType", "Alert", "MessageId",
				   "Platform.1.3.MemoryUncorrectableError",
				   "MessageSeverity", "Critical",
				   "OriginOfCondition", "@odata.id",
				   PORTS "/1");
	json_t *records;
	char *all, *some;

	all = events_fix_subscribe(f, r, "");
	some = events_fix_subscribe(f, r, ", \"Severities\": [\"Critical\"],"
			       " \"Context\": \"some\","
			       " \"ResourceTypes\": [\"Port\"]");
	events_fix_change(f);
	service_record(f->service, record);
	until(f, receiver_count(r) == 5);
	assert_int_equal(receiver_posts(r), 2);
	records = receiver_records(r);
	assert_true(json_equal(json_object_get(json_array_get(records, 0),
					       "EventGroupId"),
			       json_object_get(json_array_get(records, 4),
					       "EventGroupId")));
	assert_null(json_object_get(record, "EventId"));
	json_decref(records);
	json_decref(record);
	receiver_stop(r);
	free(all);
	free(some);
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void change_and_alert(struct events_fix *f)
{
	json_t *record = json_pack("{s:s, s:s, s:s}", "EventType", "Alert",
				   "MessageId", "Platform.1.3.PlatformError",
				   "MessageSeverity", "Critical");

	events_fix_change(f);
	service_record(f->service, record);
	json_decref(record);
}

static void test_restart(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	json_t *before, *after, *records;
	uint64_t last;
	char *uri;

	uri = events_fix_subscribe(f, r, ", \"HttpHeaders\": [{\"X-Key\": \"s\"}],"
			      " \"Context\": \"kept\"");
	before = events_fix_get(f, uri);
	events_fix_change(f);
	until(f, receiver_count(r) == 3);
	records = receiver_records(r);
	last = strtoull(fix_text(json_array_get(records, 2), "EventId"), NULL, 10);
	json_decref(records);
	events_fix_restart(f);
	after = events_fix_get(f, uri);
	assert_true(json_equal(before, after));
	/* all that there was */
	events_fix_idle(f, 100);
	assert_int_equal(receiver_count(r), 3);
	events_fix_change(f);
	until(f, receiver_count(r) == 6);
	assert_true(receiver_had(r, "X-Key", "s"));
	records = receiver_records(r);
	assert_true(strtoull(fix_text(json_array_get(records, 3), "EventId"),
			     NULL, 10) > last);
	json_decref(records);
	events_fix_expect(f, "DELETE", uri, NULL, 204);
	events_fix_restart(f);
	events_fix_expect(f, "GET", uri, NULL, 404);
	json_decref(before);
	json_decref(after);
	receiver_stop(r);
	free(uri);
}

static void test_redirect(void **state)
{
	struct events_fix *f = *state;
	struct receiver *there = receiver_start(0, NULL);
	struct receiver *r = receiver_start(0, NULL);
	char location[64];
	char *uri;

	snprintf(location, sizeof(location), "http://127.0.0.1:%u/",
		 receiver_port(there));
	receiver_answer(r, 307, 0);
	receiver_header(r, "Location", location);
	uri = events_fix_subscribe(f, r, ", \"DeliveryRetryPolicy\": \"SuspendRetries\"");
	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "Disabled/Critical"));
	/* once, and DeliveryRetryAttempts times more */
	assert_int_equal(receiver_posts(r), 3);
	assert_int_equal(receiver_posts(there), 0);
	receiver_stop(r);
	receiver_stop(there);
	free(uri);
}

/* ---- retries ------------------------------------------------------------ */

static void test_terminate(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri;

	receiver_answer(r, 500, 0);
	uri = events_fix_subscribe(f, r, ", \"DeliveryRetryPolicy\":"
			      " \"TerminateAfterRetries\"");
	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "gone"));
	assert_int_equal(receiver_posts(r), 3);
	events_fix_restart(f);
	events_fix_expect(f, "GET", uri, NULL, 404);
	receiver_stop(r);
	free(uri);
}

static void act(struct events_fix *f, const char *uri, const char *action,
		const char *body, long status)
{
	char target[256];

	snprintf(target, sizeof(target), "%s/Actions/EventDestination.%s", uri,
		 action);
	events_fix_expect(f, "POST", target, body, status);
}

/* Suspended over a restart; what was missed meanwhile is reported as lost. */
static void test_suspend(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	json_t *records;
	char *uri;

	receiver_answer(r, 404, 0);
	uri = events_fix_subscribe(f, r, ", \"DeliveryRetryPolicy\": \"SuspendRetries\"");
	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "Disabled/Critical"));
	assert_int_equal(receiver_posts(r), 3);
	events_fix_restart(f);
	assert_string_equal(events_fix_status_of(f, uri), "Disabled/Critical");
	receiver_answer(r, 200, 0);
	events_fix_change(f);
	events_fix_idle(f, 100);
	assert_int_equal(receiver_posts(r), 3);
	act(f, uri, "ResumeSubscription", "{}", 204);
	until(f, receiver_count(r) == 1);
	events_fix_change(f);
	until(f, receiver_count(r) == 4);
	records = receiver_records(r);
	assert_string_equal(fix_text(json_array_get(records, 0), "MessageId"),
			    "Base.1.22.EventBufferExceeded");
	json_decref(records);
	assert_string_equal(events_fix_status_of(f, uri), "Enabled/OK");
	act(f, uri, "SuspendSubscription", NULL, 204);
	assert_string_equal(events_fix_status_of(f, uri), "Disabled/OK");
	act(f, uri, "SuspendSubscription", "{\"x\": 1}", 400);
	act(f, uri, "Nonsense", "{}", 404);
	receiver_stop(r);
	free(uri);
}

/* A receiver that dies and comes back gets all of it, in order. */
static void test_killed(void **state, const char *policy)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	uint16_t port = receiver_port(r);
	uint64_t last = 0, id;
	json_t *records, *record;
	char more[96];
	char *uri;
	size_t i;

	snprintf(more, sizeof(more), ", \"DeliveryRetryPolicy\": \"%s\"",
		 policy);
	uri = events_fix_subscribe(f, r, more);
	receiver_stop(r);
	f->ports = 5;
	events_fix_publish(f);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	f->ports = 1;
	events_fix_publish(f);
	events_fix_idle(f, 300);
	assert_string_equal(events_fix_status_of(f, uri), "Enabled/Warning");
	r = receiver_start(port, NULL);
	until(f, receiver_count(r) >= 4);
	until(f, events_fix_status_is(f, uri, "Enabled/OK"));
	records = receiver_records(r);
	json_array_foreach(records, i, record) {
		id = strtoull(fix_text(record, "EventId"), NULL, 10);
		assert_true(id > last);
		last = id;
	}
	record = json_array_get(records, json_array_size(records) - 1);
	assert_string_equal(fix_text(record, "MessageId"),
			    "ResourceEvent.1.4.ResourceRemoved");
	assert_string_equal(fix_origin(record), PORTS "/1");
	json_decref(records);
	receiver_stop(r);
	free(uri);
}

static void test_forever(void **state)
{
	test_killed(state, "RetryForever");
}

static void test_backoff(void **state)
{
	test_killed(state, "RetryForeverWithBackoff");
}

/* The same failures cost the patient fewer tries, and it does not give up. */
static void test_patience(void **state)
{
	struct events_fix *f = *state;
	struct receiver *steady = receiver_start(0, NULL);
	struct receiver *patient = receiver_start(0, NULL);
	char *steady_uri, *patient_uri;
	size_t n;

	receiver_answer(steady, 503, 0);
	receiver_answer(patient, 503, 0);
	steady_uri = events_fix_subscribe(f, steady,
				", \"DeliveryRetryPolicy\": \"RetryForever\"");
	patient_uri = events_fix_subscribe(f, patient,
			", \"DeliveryRetryPolicy\": \"RetryForeverWithBackoff\"");
	events_fix_change(f);
	/* an interval is 20 ms; the other waits 10, 20, 40, ... ms at least */
	until(f, receiver_posts(steady) >= 30);
	n = receiver_posts(patient);
	assert_in_range(n, 2, 15);
	until(f, receiver_posts(patient) > n);
	receiver_answer(steady, 202, 0);
	receiver_answer(patient, 202, 0);
	until(f, receiver_count(steady) == 3 && receiver_count(patient) == 3);
	until(f, events_fix_status_is(f, steady_uri, "Enabled/OK"));
	until(f, events_fix_status_is(f, patient_uri, "Enabled/OK"));
	receiver_stop(steady);
	receiver_stop(patient);
	free(steady_uri);
	free(patient_uri);
}

/* Attempts are counted for each failure anew: a success in between counts. */
static void test_attempts(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	unsigned int i;
	size_t posts;
	char *uri;

	uri = events_fix_subscribe(f, r, ", \"DeliveryRetryPolicy\":"
			      " \"SuspendRetries\"");
	for (i = 0; i < 4; i++) {
		posts = receiver_posts(r);
		receiver_answer(r, 500, 0);
		events_fix_change(f);
		until(f, receiver_posts(r) > posts);
		receiver_answer(r, 204, 0);
		until(f, receiver_count(r) == 3 * (i + 1));
	}
	until(f, events_fix_status_is(f, uri, "Enabled/OK"));
	receiver_stop(r);
	free(uri);
}

/* One who takes connections and never answers. */
static int mute_open(uint16_t *port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(fd, 4), 0);
	getsockname(fd, (struct sockaddr *)&sin, &len);
	*port = ntohs(sin.sin_port);
	return fd;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_others(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	uint64_t begin;
	uint16_t port;
	int fd = mute_open(&port);
	char *mute = events_fix_subscribe_to(f, "http", port, "");
	char *dead = events_fix_subscribe_to(f, "http", 9, "");
	char *good = events_fix_subscribe(f, r, "");

	f->value++;
	begin = now_ms();
	events_fix_publish(f);
	until(f, receiver_count(r) == 3);
	assert_true(now_ms() - begin < 1000);
	close(fd);
	receiver_stop(r);
	free(mute);
	free(dead);
	free(good);
}

/* ---- bursts ------------------------------------------------------------- */

/* Many changes of few resources: a slow receiver gets the last of each. */
static void test_coalesce(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	size_t i, n;
	char *uri;

	f->ports = 100;
	events_fix_publish(f);
	events_fix_idle(f, 20);
	receiver_answer(r, 204, 300);
	uri = events_fix_subscribe(f, r, "");
	for (i = 0; i < 100; i++) {
		events_fix_change(f);
		events_fix_run(f, 0);
	}
	/* the first, and one for what happened while that was sent */
	until(f, receiver_posts(r) >= 2);
	events_fix_idle(f, 400);
	n = receiver_count(r);
	assert_true(n >= 200 && n <= 400);
	receiver_stop(r);
	free(uri);
}

/* More resources than a queue holds: the loss is reported. */
static void test_burst(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	json_t *records;
	char *uri;
	size_t n;

	receiver_answer(r, 204, 100);
	uri = events_fix_subscribe(f, r, "");
	f->ports = 10000;
	events_fix_publish(f);
	until(f, receiver_count(r) > EVENT_QUEUE_MAX);
	events_fix_idle(f, 300);
	records = receiver_records(r);
	n = json_array_size(records);
	assert_int_equal(n, EVENT_QUEUE_MAX + 1);
	assert_string_equal(fix_text(json_array_get(records, 0), "MessageId"),
			    "Base.1.22.EventBufferExceeded");
	/* the URIs are in the order of strings */
	assert_string_equal(fix_origin(json_array_get(records, n - 1)),
			    PORTS "/9999");
	assert_true(receiver_posts(r) <= 10);
	assert_true(receiver_largest(r) <= 1024 * 1024);
	json_decref(records);
	receiver_stop(r);
	free(uri);
}

/* What is pending for the subscriber that came @index-th. */
static json_int_t pending(struct events_fix *f, size_t index)
{
	json_t *reports = service_subscribers(f->service);
	json_int_t n = number(json_array_get(reports, index), "queued");

	json_decref(reports);
	return n;
}

/* As "fabmon status" has it. */
static void test_report(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *good = events_fix_subscribe(f, r, "");
	char *bad = events_fix_subscribe_to(f, "http", 9,
				", \"DeliveryRetryPolicy\": \"RetryForever\"");
	json_t *reports, *report;

	change_and_alert(f);
	/* the receiver counts before its answer has come back */
	until(f, receiver_count(r) == 4 && !pending(f, 0) &&
	      events_fix_status_is(f, good, "Enabled/OK") &&
	      events_fix_status_is(f, bad, "Enabled/Warning"));
	reports = service_subscribers(f->service);
	assert_int_equal(json_array_size(reports), 2);
	report = json_array_get(reports, 0);
	assert_string_equal(fix_text(report, "subscription"),
			    strrchr(good, '/') + 1);
	assert_string_equal(fix_text(report, "state"), "subscribed");
	assert_int_equal(number(report, "queued"), 0);
	assert_int_equal(number(report, "drift"), 0);
	assert_int_equal(number(report, "failures"), 0);
	assert_non_null(json_object_get(report, "success_s"));
	assert_null(json_object_get(report, "oldest_s"));
	report = json_array_get(reports, 1);
	assert_string_equal(fix_text(report, "url"), "http://127.0.0.1:9/e");
	assert_string_equal(fix_text(report, "profile"), "redfish");
	assert_string_equal(fix_text(report, "state"), "not in touch");
	assert_int_equal(number(report, "queued"), 4);
	assert_int_equal(number(report, "drift"), 3);
	assert_int_equal(number(report, "dropped"), 0);
	assert_true(number(report, "failures") > 0);
	assert_null(json_object_get(report, "success_s"));
	assert_non_null(json_object_get(report, "oldest_s"));
	json_decref(reports);
	act(f, bad, "SuspendSubscription", "{}", 204);
	reports = service_subscribers(f->service);
	report = json_array_get(reports, 1);
	assert_string_equal(fix_text(report, "state"), "suspended");
	assert_int_equal(number(report, "queued"), 0);
	assert_int_equal(number(report, "dropped"), 4);
	json_decref(reports);
	receiver_stop(r);
	free(good);
	free(bad);
}

static void test_heartbeat(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	struct receiver *other = receiver_start(0, NULL);
	json_t *records;
	char *uri, *none, *away;

	/* a minute of 1.2 s */
	uri = events_fix_subscribe(f, r, ", \"SendHeartbeat\": true,"
			      " \"HeartbeatIntervalMinutes\": 1,"
			      " \"RegistryPrefixes\": [\"Platform\"]");
	none = events_fix_subscribe(f, other, "");
	/* not each of them is pending for one that is away */
	away = events_fix_subscribe_to(f, "http", 9, ", \"SendHeartbeat\": true,"
			      " \"HeartbeatIntervalMinutes\": 1");
	until(f, receiver_count(r) == 2);
	records = receiver_records(r);
	assert_string_equal(fix_text(json_array_get(records, 1), "MessageId"),
			    "HeartbeatEvent.1.1.RedfishServiceFunctional");
	json_decref(records);
	records = service_subscribers(f->service);
	assert_int_equal(number(json_array_get(records, 2), "queued"), 1);
	json_decref(records);
	assert_int_equal(receiver_posts(other), 0);
	/* it goes on after a restart */
	events_fix_restart(f);
	until(f, receiver_count(r) == 3);
	assert_int_equal(receiver_posts(other), 0);
	receiver_stop(r);
	receiver_stop(other);
	free(uri);
	free(none);
	free(away);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_fix(test_delivery),
		with_fix(test_record),
		with_fix(test_restart),
		with_fix(test_redirect),
		with_fix(test_terminate),
		with_fix(test_suspend),
		with_fix(test_forever),
		with_fix(test_backoff),
		with_fix(test_patience),
		with_fix(test_attempts),
		with_fix(test_others),
		with_fix(test_coalesce),
		with_fix(test_burst),
		with_fix(test_report),
		with_fix(test_heartbeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
