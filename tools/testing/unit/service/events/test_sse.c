// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Streams of events (SSE), over real sockets. */
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
#include <unistd.h>

#include "events_fix.h"
#include "fixture.h"
#include "sse_client.h"

#define STREAMS		50

static void stream_open(struct events_fix *f, struct sse_client *c,
			CURLM *multi, const char *query, const char *last_id)
{
	sse_open(c, multi, NULL, service_port(f->service), query, last_id);
}

#define streams_until(f, multi, expression) \
	until(f, (sse_turn(multi), (expression)))

static size_t subscriptions(struct events_fix *f)
{
	struct answer *a = events_fix_call(f, "GET", SUBSCRIPTIONS_URI, NULL);
	size_t n = json_array_size(json_object_get(a->json, "Members"));

	answer_free(a);
	return n;
}

static json_t *subscription(struct events_fix *f, size_t i)
{
	struct answer *a = events_fix_call(f, "GET", SUBSCRIPTIONS_URI
					   "?$expand=.", NULL);
	json_t *json = json_incref(json_array_get(json_object_get(a->json,
								  "Members"),
						  i));

	answer_free(a);
	return json;
}

/* ---- cases -------------------------------------------------------------- */

static void test_stream(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	json_t *sub, *json, *records;
	struct sse_client s;
	char *id;

	stream_open(f, &s, multi, "", NULL);
	/* headers come at once */
	streams_until(f, multi, s.size);
	assert_non_null(strstr(s.head, " 200 "));
	assert_non_null(strcasestr(s.head, "\r\nContent-Type: text/event-stream"));
	assert_non_null(strcasestr(s.head, "\r\nCache-Control: no-cache"));
	assert_non_null(strcasestr(s.head, "\r\nOData-Version: 4.0"));
	sub = subscription(f, 0);
	assert_true(fix_validate_doc(sub) <= 0);
	assert_string_equal(fix_text(sub, "SubscriptionType"), "SSE");
	assert_string_equal(fix_text(sub, "Protocol"), "Redfish");
	assert_int_equal(strncmp(fix_text(sub, "Destination"),
				 "redfish-sse://127.0.0.1:", 24), 0);
	assert_true(*fix_text(sub, "Context"));
	events_fix_change(f);
	streams_until(f, multi, sse_message_count(&s) == 1);
	json = sse_message(&s, 0);
	assert_true(fix_validate_doc(json) <= 0);
	assert_string_equal(fix_text(json, "Context"), fix_text(sub, "Context"));
	id = sse_last_id(&s);
	assert_string_equal(fix_text(json, "Id"), id);
	records = json_object_get(json, "Events");
	assert_int_equal(json_array_size(records), 3);
	assert_string_equal(fix_text(json_array_get(records, 2), "EventId"), id);
	assert_non_null(strstr(s.text, "\n\nid: "));
	events_fix_change(f);
	streams_until(f, multi, sse_message_count(&s) == 2);
	json_decref(json);
	json_decref(sub);
	free(id);
	/* closing deletes it */
	sse_close(&s);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

/* A stream with nothing to send does not wake the loop. */
static void test_idle(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	unsigned int i, woken = 0;
	struct sse_client s;

	stream_open(f, &s, multi, "", NULL);
	streams_until(f, multi, s.size);
	for (i = 0; i < 20; i++) {
		events_fix_run(f, 10);
		sse_turn(multi);
	}
	/* each run is one wait of 50 ms, or ends early */
	for (i = 0; i < 20; i++)
		if (sd_event_run(f->event, 50000) > 0)
			woken++;
	assert_int_equal(woken, 0);
	sse_close(&s);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

static void test_filter(void **state)
{
	static const char *const queries[] = {
		"?$filter=ResourceType%20eq%20Port",
		"?$filter=(RegistryPrefix%20eq%20Platform)%20or%20"
			"(RegistryPrefix%20eq%20'ResourceEvent')",
		"?$filter=OriginResource%20eq%20'" PORTS "'%20and%20"
			"SubordinateResources%20eq%20true",
		"?$filter=MessageId%20eq%20'ResourceEvent.1.0.ResourceChanged'",
		"?$filter=EventFormatType%20eq%20Event&x=y",
	};
	static const char *const others[] = {
		"?$filter=ResourceType%20eq%20Chassis",
		"?$filter=RegistryPrefix%20eq%20Platform",
		"?$filter=OriginResource%20eq%20'" PORTS "'",
		"?$filter=MessageId%20eq%20ResourceEvent.ResourceRemoved",
	};
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s[5], o[4];
	json_t *sub;
	size_t i;

	for (i = 0; i < 5; i++)
		stream_open(f, &s[i], multi, queries[i], NULL);
	for (i = 0; i < 4; i++)
		stream_open(f, &o[i], multi, others[i], NULL);
	streams_until(f, multi, subscriptions(f) == 9);
	sub = subscription(f, 0);
	assert_true(fix_validate_doc(sub) <= 0);
	json_decref(sub);
	events_fix_change(f);
	for (i = 0; i < 5; i++)
		streams_until(f, multi, sse_record_count(&s[i]) == 3);
	for (i = 0; i < 4; i++)
		assert_int_equal(sse_record_count(&o[i]), 0);
	for (i = 0; i < 5; i++)
		sse_close(&s[i]);
	for (i = 0; i < 4; i++)
		sse_close(&o[i]);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

static void test_refused(void **state)
{
	static const struct {
		const char *query, *key;
		long status;
	} cases[] = {
		{ "?$filter=", "QueryParameterValueError", 400 },
		{ "?$filter=Nonsense%20eq%20x",
		  "QueryParameterValueFormatError", 400 },
		{ "?$filter=RegistryPrefix%20eq%20Nonsense",
		  "QueryParameterValueFormatError", 400 },
		{ "?$filter=RegistryPrefix%20ne%20Base",
		  "QueryParameterValueFormatError", 400 },
		{ "?$filter=(RegistryPrefix%20eq%20Base",
		  "QueryParameterValueFormatError", 400 },
		{ "?$filter=RegistryPrefix%20eq%20Base%20or%20ResourceType"
		  "%20eq%20Port", "QueryParameterValueFormatError", 400 },
		{ "?$filter=EventFormatType%20eq%20MetricReport",
		  "QueryParameterValueFormatError", 400 },
		{ "?$filter=((((((((((ResourceType%20eq%20Port))))))))))",
		  "QueryParameterValueFormatError", 400 },
		{ "?$top=1", "QueryParameterUnsupported", 501 },
	};
	struct events_fix *f = *state;
	struct answer *a;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char target[512];

		snprintf(target, sizeof(target), EVENTS_SSE_URI "%s",
			 cases[i].query);
		a = events_fix_call(f, "GET", target, NULL);
		if (a->status != cases[i].status ||
		    strcmp(events_fix_key(a), cases[i].key))
			fail_msg("%s: %ld %s", target, a->status, a->body);
		assert_non_null(strcasestr(a->head,
					   "Content-Type: application/json"));
		answer_free(a);
	}
	a = http_call(f->event, service_port(f->service), "GET", EVENTS_SSE_URI,
		      (const char *const []){ "Accept: application/json", NULL },
		      NULL, 0);
	assert_int_equal(a->status, 406);
	answer_free(a);
	events_fix_expect(f, "POST", EVENTS_SSE_URI, "{}", 405);
	events_fix_expect(f, "HEAD", EVENTS_SSE_URI, NULL, 405);
	assert_int_equal(subscriptions(f), 0);
}

static void test_replay(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client first, second;
	json_t *records;
	char *id;

	stream_open(f, &first, multi, "", NULL);
	streams_until(f, multi, first.size);
	events_fix_change(f);
	streams_until(f, multi, sse_record_count(&first) == 3);
	id = sse_last_id(&first);
	sse_close(&first);
	until(f, !subscriptions(f));
	events_fix_change(f);
	events_fix_idle(f, 20);
	events_fix_change(f);
	stream_open(f, &second, multi, "", id);
	streams_until(f, multi, sse_record_count(&second) == 6);
	records = sse_records(&second);
	assert_int_equal(strtoull(fix_text(json_array_get(records, 0), "EventId"),
				  NULL, 10), strtoull(id, NULL, 10) + 1);
	json_decref(records);
	sse_close(&second);
	free(id);
	/* who is up to date gets nothing but what is new */
	until(f, !subscriptions(f));
	stream_open(f, &first, multi, "", NULL);
	streams_until(f, multi, first.size);
	events_fix_idle(f, 50);
	sse_turn(multi);
	assert_int_equal(sse_message_count(&first), 0);
	sse_close(&first);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

static const char *first_message(const struct sse_client *s)
{
	static char id[128];
	json_t *records = sse_records(s);

	snprintf(id, sizeof(id), "%s", fix_text(json_array_get(records, 0),
					   "MessageId"));
	json_decref(records);
	return id;
}

/* Of an earlier run, not from here, and fallen out of the history. */
static void test_replay_lost(void **state)
{
	static const char *const ids[] = {
		"1", "nonsense", "99999999999999999999999999",
		"9999999999999999999",
	};
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s;
	json_t *records;
	char *id;
	size_t i;

	stream_open(f, &s, multi, "", NULL);
	streams_until(f, multi, s.size);
	events_fix_change(f);
	streams_until(f, multi, sse_record_count(&s) == 3);
	id = sse_last_id(&s);
	sse_close(&s);
	for (i = 0; i < 4; i++) {
		stream_open(f, &s, multi, "", ids[i]);
		streams_until(f, multi, sse_record_count(&s) >= 4);
		assert_string_equal(first_message(&s),
				    "Base.1.22.EventBufferExceeded");
		sse_close(&s);
	}
	f->ports = EVENT_HISTORY_MAX + 10;
	events_fix_publish(f);
	stream_open(f, &s, multi, "", id);
	streams_until(f, multi, sse_record_count(&s) == EVENT_HISTORY_MAX + 1);
	assert_string_equal(first_message(&s), "Base.1.22.EventBufferExceeded");
	records = sse_records(&s);
	assert_string_equal(fix_text(json_object_get(json_array_get(records,
							EVENT_HISTORY_MAX),
						"OriginOfCondition"),
				"@odata.id"), PORTS "/999");
	json_decref(records);
	sse_close(&s);
	free(id);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

/* The daemon was restarted: what happened meanwhile may be lost. */
static void test_restart(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s;
	char *id;

	stream_open(f, &s, multi, "", NULL);
	streams_until(f, multi, s.size);
	events_fix_change(f);
	streams_until(f, multi, sse_record_count(&s) == 3);
	id = sse_last_id(&s);
	events_fix_restart(f);
	streams_until(f, multi, s.result >= 0);
	sse_close(&s);
	assert_int_equal(subscriptions(f), 0);
	stream_open(f, &s, multi, "", id);
	streams_until(f, multi, sse_record_count(&s) >= 1);
	assert_string_equal(first_message(&s), "Base.1.22.EventBufferExceeded");
	sse_close(&s);
	free(id);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

static void test_many(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s[STREAMS];
	unsigned int round;
	size_t i;

	for (i = 0; i < STREAMS; i++)
		stream_open(f, &s[i], multi, "", NULL);
	streams_until(f, multi, subscriptions(f) == STREAMS);
	for (round = 1; round <= 10; round++) {
		events_fix_change(f);
		for (i = 0; i < STREAMS; i++)
			streams_until(f, multi,
				      sse_record_count(&s[i]) == 3 * round);
	}
	for (i = 0; i < STREAMS; i++)
		sse_close(&s[i]);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

static void test_limit(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s[2], more;

	f->config.streams = 2;
	events_fix_restart(f);
	stream_open(f, &s[0], multi, "", NULL);
	stream_open(f, &s[1], multi, "", NULL);
	streams_until(f, multi, s[0].size && s[1].size);
	stream_open(f, &more, multi, "", NULL);
	streams_until(f, multi, more.result >= 0);
	assert_non_null(strstr(more.head, " 503 "));
	assert_non_null(strstr(more.text, "EventSubscriptionLimitExceeded"));
	sse_close(&more);
	sse_close(&s[0]);
	until(f, subscriptions(f) == 1);
	stream_open(f, &more, multi, "", NULL);
	streams_until(f, multi, more.size && strstr(more.head, " 200 "));
	sse_close(&more);
	sse_close(&s[1]);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

static void test_delete(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s;
	json_t *sub;

	stream_open(f, &s, multi, "", NULL);
	streams_until(f, multi, s.size);
	sub = subscription(f, 0);
	events_fix_expect(f, "PATCH", fix_text(sub, "@odata.id"), "{}", 405);
	events_fix_expect(f, "DELETE", fix_text(sub, "@odata.id"), NULL, 204);
	streams_until(f, multi, s.result >= 0);
	/* an end, not an error */
	assert_int_equal(s.result, CURLE_OK);
	assert_int_equal(subscriptions(f), 0);
	json_decref(sub);
	sse_close(&s);
	curl_multi_cleanup(multi);
}

/* A client that asks and then reads nothing. */
static int slow_open(struct events_fix *f)
{
	static const char ask[] = "GET " EVENTS_SSE_URI " HTTP/1.1\r\n"
				  "Host: 127.0.0.1\r\n\r\n";
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(service_port(f->service)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(write(fd, ask, strlen(ask)), strlen(ask));
	return fd;
}

/* It is cut off; one that reads gets all of it, as quickly as ever. */
static void test_slow(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s;
	unsigned int round;
	size_t want = 0;
	int fd;

	f->ports = 2000;
	events_fix_publish(f);
	events_fix_idle(f, 20);
	fd = slow_open(f);
	stream_open(f, &s, multi, "", NULL);
	streams_until(f, multi, s.size && subscriptions(f) == 2);
	for (round = 0; round < 20 && subscriptions(f) == 2; round++) {
		events_fix_change(f);
		want += f->ports;
		streams_until(f, multi, sse_record_count(&s) == want);
	}
	until(f, subscriptions(f) == 1);
	/* not before it was behind by more than the history holds */
	assert_true(want > EVENT_HISTORY_MAX);
	assert_int_equal(s.result, -1);
	close(fd);
	sse_close(&s);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

/* Time is for what there is to take, not for a stream that is quiet. */
static void test_deadline(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s;
	int fd;

	f->limits.seconds = 1;
	f->ports = 3000;
	events_fix_restart(f);
	fd = slow_open(f);
	stream_open(f, &s, multi, "", NULL);
	streams_until(f, multi, s.size && subscriptions(f) == 2);
	events_fix_idle(f, 1500);
	assert_int_equal(subscriptions(f), 2);
	events_fix_change(f);
	streams_until(f, multi, sse_record_count(&s) == f->ports);
	assert_int_equal(subscriptions(f), 2);
	events_fix_idle(f, 1500);
	assert_int_equal(subscriptions(f), 1);
	assert_int_equal(s.result, -1);
	close(fd);
	sse_close(&s);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

/* More at once than the history holds: that is reported, not punished. */
static void test_burst(void **state)
{
	struct events_fix *f = *state;
	CURLM *multi = curl_multi_init();
	struct sse_client s;

	stream_open(f, &s, multi, "", NULL);
	streams_until(f, multi, s.size);
	f->ports = 10000;
	events_fix_publish(f);
	streams_until(f, multi, sse_record_count(&s) == EVENT_HISTORY_MAX + 1);
	assert_string_equal(first_message(&s), "Base.1.22.EventBufferExceeded");
	assert_int_equal(s.result, -1);
	sse_close(&s);
	until(f, !subscriptions(f));
	curl_multi_cleanup(multi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_fix(test_stream),
		with_fix(test_idle),
		with_fix(test_filter),
		with_fix(test_refused),
		with_fix(test_replay),
		with_fix(test_replay_lost),
		with_fix(test_restart),
		with_fix(test_many),
		with_fix(test_limit),
		with_fix(test_delete),
		with_fix(test_slow),
		with_fix(test_deadline),
		with_fix(test_burst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
