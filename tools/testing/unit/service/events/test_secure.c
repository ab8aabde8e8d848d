// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Subscriptions and streams where clients log in, over TLS: who may what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receiver.h"
#include "secure_fixture.h"
#include "service/events/events.h"
#include "sse_client.h"

#define AS_ADMIN	ADMIN ":" ADMIN "-secret"
#define AS_OPER		OPER ":" OPER "-secret"
#define AS_READER	READER ":" READER "-secret"

static int setup(void **state)
{
	const struct service_events config = {
		.attempts = 2, .interval = 1, .subscriptions = 16,
		.streams = 4, .second = 20000,
	};
	struct secure *s = secure_new();

	*state = s;
	s->setup.events = config;
	assert_int_equal(store_open(&s->setup.store, s->dir), 0);
	secure_start(s);
	return 0;
}

static int teardown(void **state)
{
	struct secure *s = *state;
	struct store *store = s->setup.store;

	secure_stop(s);
	store_close(store);
	secure_free(s);
	return 0;
}

static void restart(struct secure *s)
{
	secure_stop(s);
	store_close(s->setup.store);
	assert_int_equal(store_open(&s->setup.store, s->dir), 0);
	secure_start(s);
}

/* Return: URI, malloc()ed. */
static char *subscribe(struct secure *s, const char *user, uint16_t port)
{
	struct answer *a;
	char body[256];
	char *uri;

	snprintf(body, sizeof(body),
		 "{\"Destination\": \"http://127.0.0.1:%u/\","
		 " \"Protocol\": \"Redfish\","
		 " \"HttpHeaders\": [{\"X-Key\": \"hidden\"}]}", port);
	a = secure_call(s, user, NULL, "POST", SUBSCRIPTIONS_URI, body);
	if (a->status != 201)
		fail_msg("%ld %s", a->status, a->body);
	uri = strdup(answer_header(a, "Location"));
	answer_free(a);
	return uri;
}

/* ---- subscriptions ------------------------------------------------------ */

/* ConfigureManager or ConfigureComponents make them. */
static void test_make(void **state)
{
	static const char body[] = "{\"Destination\": \"http://127.0.0.1:9/\","
				   " \"Protocol\": \"Redfish\"}";
	struct secure *s = *state;

	secure_expect(s, NULL, NULL, "POST", SUBSCRIPTIONS_URI, body, 401);
	secure_expect(s, AS_READER, NULL, "POST", SUBSCRIPTIONS_URI, body, 403);
	secure_expect(s, AS_OPER, NULL, "POST", SUBSCRIPTIONS_URI, body, 201);
	secure_expect(s, AS_ADMIN, NULL, "POST", SUBSCRIPTIONS_URI, body, 201);
	secure_expect(s, AS_READER, NULL, "POST", EVENTS_TEST_URI,
		      "{\"MessageId\": \"ResourceEvent.1.4.TestMessage\"}",
		      403);
	secure_expect(s, AS_OPER, NULL, "POST", EVENTS_TEST_URI,
		      "{\"MessageId\": \"ResourceEvent.1.4.TestMessage\"}",
		      403);
	secure_expect(s, AS_ADMIN, NULL, "POST", EVENTS_TEST_URI,
		      "{\"MessageId\": \"ResourceEvent.1.4.TestMessage\"}",
		      204);
}

/* What @user gets who tries all that changes a subscription but ending it. */
static void try_changes(struct secure *s, const char *user, const char *uri,
			bool may)
{
	char target[256];

	secure_expect(s, user, NULL, "PATCH", uri,
		      "{\"Context\": \"changed\"}", may ? 200 : user ? 403 : 401);
	snprintf(target, sizeof(target),
		 "%s/Actions/EventDestination.SuspendSubscription", uri);
	secure_expect(s, user, NULL, "POST", target, "{}",
		      may ? 204 : user ? 403 : 401);
	snprintf(target, sizeof(target),
		 "%s/Actions/EventDestination.ResumeSubscription", uri);
	secure_expect(s, user, NULL, "POST", target, "{}",
		      may ? 204 : user ? 403 : 401);
}

static void try_all(struct secure *s, const char *mine, const char *theirs)
{
	try_changes(s, NULL, mine, false);
	try_changes(s, AS_READER, mine, false);
	try_changes(s, AS_OPER, theirs, false);
	try_changes(s, AS_OPER, mine, true);
	try_changes(s, AS_ADMIN, mine, true);
	try_changes(s, AS_ADMIN, theirs, true);
}

/* ConfigureManager changes all, who made one with ConfigureSelf that one. */
static void test_change(void **state)
{
	struct secure *s = *state;
	char *mine = subscribe(s, AS_OPER, 9);
	char *theirs = subscribe(s, AS_ADMIN, 9);

	try_all(s, mine, theirs);
	/* whose it is is remembered */
	restart(s);
	try_all(s, mine, theirs);
	secure_expect(s, AS_READER, NULL, "DELETE", mine, NULL, 403);
	secure_expect(s, AS_OPER, NULL, "DELETE", theirs, NULL, 403);
	secure_expect(s, NULL, NULL, "DELETE", mine, NULL, 401);
	secure_expect(s, AS_OPER, NULL, "DELETE", mine, NULL, 204);
	free(mine);
	mine = subscribe(s, AS_OPER, 9);
	secure_expect(s, AS_ADMIN, NULL, "DELETE", mine, NULL, 204);
	secure_expect(s, AS_ADMIN, NULL, "DELETE", theirs, NULL, 204);
	free(mine);
	free(theirs);
}

/* Login reads all of them, and the secrets of none. */
static void test_read(void **state)
{
	struct secure *s = *state;
	struct receiver *r = receiver_start(0, NULL);
	char *uri = subscribe(s, AS_OPER, receiver_port(r));
	static const char *const users[] = { AS_READER, AS_OPER, AS_ADMIN };
	struct answer *a;
	size_t i;

	secure_expect(s, NULL, NULL, "GET", uri, NULL, 401);
	secure_expect(s, NULL, NULL, "GET", SUBSCRIPTIONS_URI, NULL, 401);
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		a = secure_call(s, users[i], NULL, "GET", uri, NULL);
		assert_int_equal(a->status, 200);
		assert_null(strstr(a->body, "hidden"));
		assert_null(strstr(a->body, OPER));
		answer_free(a);
	}
	secure_expect(s, AS_ADMIN, NULL, "POST", EVENTS_TEST_URI,
		      "{\"MessageId\": \"ResourceEvent.1.4.TestMessage\"}",
		      204);
	for (i = 0; i < 100 && !receiver_count(r); i++)
		secure_run(s, 20);
	assert_int_equal(receiver_count(r), 1);
	assert_true(receiver_had(r, "X-Key", "hidden"));
	receiver_stop(r);
	free(uri);
}

/* ---- streams ------------------------------------------------------------ */

static void stream_open(struct secure *s, struct sse_client *stream,
			const char *user)
{
	struct http_via via = s->via;

	via.user = user;
	sse_open(stream, curl_multi_init(), &via, service_port(s->service), "",
		 NULL);
}

static void stream_close(struct sse_client *stream)
{
	CURLM *multi = stream->multi;

	sse_close(stream);
	curl_multi_cleanup(multi);
}

/* Service and client both run. */
static void turn(struct secure *s, struct sse_client *stream)
{
	sse_turn(stream->multi);
	secure_run(s, 2);
}

#define stream_until(s, stream, expression) do { \
	unsigned int until_n_ = 0; \
	while (!(expression)) { \
		assert_true(until_n_++ < 5000); \
		turn(s, stream); \
	} \
} while (0)

static unsigned int stream_count(struct secure *s)
{
	struct answer *a = secure_call(s, AS_ADMIN, NULL, "GET",
				       SUBSCRIPTIONS_URI, NULL);
	json_t *members = json_object_get(a->json, "Members");
	unsigned int n = (unsigned int)json_array_size(members);

	answer_free(a);
	return n;
}

static unsigned int occurrences(const char *text, const char *word)
{
	unsigned int n = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		n++;
	}
	return n;
}

static void test_event_send(struct secure *s)
{
	secure_expect(s, AS_ADMIN, NULL, "POST", EVENTS_TEST_URI,
		      "{\"MessageId\": \"ResourceEvent.1.4.TestMessage\"}",
		      204);
}

static void test_stream(void **state)
{
	struct secure *s = *state;
	unsigned int before = stream_count(s), i;
	struct sse_client stream;

	stream_open(s, &stream, NULL);
	stream_until(s, &stream, stream.result >= 0);
	assert_int_equal(sse_status(&stream), 401);
	stream_close(&stream);

	stream_open(s, &stream, AS_READER);
	stream_until(s, &stream, stream.size);
	assert_int_equal(sse_status(&stream), 200);
	assert_int_equal(stream_count(s), before + 1);
	for (i = 1; i <= 5; i++) {
		test_event_send(s);
		stream_until(s, &stream,
			     occurrences(stream.text, "TestMessage") == i);
		/* nothing to send: the connection is idle */
		secure_run(s, 20);
	}
	/* more than fits into one record of TLS, and than the client reads */
	for (i = 0; i < 60; i++)
		test_event_send(s);
	stream_until(s, &stream,
		     occurrences(stream.text, "TestMessage") == 65);
	assert_int_equal(stream.result, -1);
	/* the client goes away */
	stream_close(&stream);
	for (i = 0; i < 100 && stream_count(s) != before; i++)
		secure_run(s, 20);
	assert_int_equal(stream_count(s), before);
}

static char *stream_uri(struct secure *s)
{
	struct answer *a = secure_call(s, AS_ADMIN, NULL, "GET",
				       SUBSCRIPTIONS_URI, NULL);
	json_t *members = json_object_get(a->json, "Members");
	json_t *last = json_array_get(members, json_array_size(members) - 1);
	char *uri;

	uri = strdup(json_string_value(json_object_get(last, "@odata.id")));
	answer_free(a);
	return uri;
}

/* Its client may end it, although it may make no subscriptions. */
static void test_stream_owner(void **state)
{
	struct secure *s = *state;
	struct sse_client stream;
	char *uri;

	stream_open(s, &stream, AS_READER);
	stream_until(s, &stream, stream.size);
	uri = stream_uri(s);
	secure_expect(s, AS_OPER, NULL, "DELETE", uri, NULL, 403);
	secure_run(s, 20);
	turn(s, &stream);
	assert_int_equal(stream.result, -1);
	secure_expect(s, AS_READER, NULL, "DELETE", uri, NULL, 204);
	stream_until(s, &stream, stream.result >= 0);
	secure_expect(s, AS_ADMIN, NULL, "GET", uri, NULL, 404);
	stream_close(&stream);
	free(uri);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_make),
		CASE(test_change),
		CASE(test_read),
		CASE(test_stream),
		CASE(test_stream_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
