// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Sessions: made, used, timed out and ended, over real TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <crypt.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fixture.h"
#include "secure_fixture.h"
#include "service/access/access.h"
#include "service/access/account.h"
#include "service/access/auth.h"
#include "service/access/session.h"
#include "service/access/setup.h"
#include "service/protocol/protocol.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/site.h"
#include "tempdir.h"

static void test_session(void **state)
{
	struct secure_session one, two;
	struct answer *a;

	secure_login(*state, LOGIN(ADMIN), &one);
	secure_login(*state, "{\"UserName\": \"admin\", \"Password\": "
	      "\"admin-secret\", \"Context\": \"mine\"}", &two);
	assert_string_not_equal(one.header, two.header);
	assert_string_not_equal(one.uri, two.uri);
	a = secure_call(*state, NULL, one.header, "GET", two.uri, NULL);
	assert_int_equal(a->status, 200);
	assert_string_equal(secure_text(a->json, "UserName"), ADMIN);
	assert_string_equal(secure_text(a->json, "Context"), "mine");
	assert_string_equal(secure_text(a->json, "ClientOriginIPAddress"),
			    "127.0.0.1");
	assert_non_null(answer_header(a, "ETag"));
	assert_string_equal(answer_header(a, "Allow"), "GET, HEAD, DELETE");
	answer_free(a);
	a = secure_call(*state, NULL, one.header, "GET", SESSIONS, NULL);
	assert_int_equal(json_array_size(json_object_get(a->json, "Members")),
			 2);
	answer_free(a);
	secure_expect(*state, NULL, one.header, "DELETE", two.uri, NULL, 204);
	secure_expect(*state, NULL, two.header, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(*state, NULL, one.header, "GET", two.uri, NULL, 404);
	/* one's own */
	secure_expect(*state, NULL, one.header, "DELETE", one.uri, NULL, 204);
	a = secure_call(*state, NULL, one.header, "GET", FIX_SYSTEM, NULL);
	answer_is_error(a, 401, "NoValidSession");
	answer_free(a);
	/* with an old token one can log in again */
	secure_expect(*state, NULL, one.header, "POST", SESSIONS "/Members",
		      LOGIN(ADMIN), 201);
}

static void test_session_refused(void **state)
{
	static const struct {
		const char *body;
		long status;
		const char *key;
	} cases[] = {
		{ "{\"UserName\": \"admin\", \"Password\": \"x\"}", 401,
		  "AccessUnauthorized" },
		{ "{\"UserName\": \"who\", \"Password\": \"x\"}", 401,
		  "AccessUnauthorized" },
		{ "{\"UserName\": \"admin\", \"Password\": \"\"}", 401,
		  "AccessUnauthorized" },
		{ "{\"UserName\": \"admin\"}", 400, "PropertyMissing" },
		{ "{\"Password\": \"x\"}", 400, "PropertyMissing" },
		{ "{}", 400, "PropertyMissing" },
		{ "{\"UserName\": 1, \"Password\": \"x\"}", 400,
		  "PropertyValueTypeError" },
		{ "{\"UserName\": \"admin\", \"Password\": \"x\", "
		  "\"Context\": 1}", 400, "PropertyValueTypeError" },
		{ "{\"UserName\": \"admin\", \"Password\": \"x\", "
		  "\"Size\": 1}", 400, "PropertyUnknown" },
		{ "{", 400, "MalformedJSON" },
	};
	struct answer *a;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = secure_call(*state, NULL, NULL, "POST", SESSIONS,
				cases[i].body);
		answer_is_error(a, cases[i].status, cases[i].key);
		assert_null(answer_header(a, "X-Auth-Token"));
		answer_free(a);
	}
}

static void test_token_bad(void **state)
{
	struct secure_session mine;
	char header[256];

	secure_login(*state, LOGIN(READER), &mine);
	snprintf(header, sizeof(header), "%s0", mine.header);
	secure_expect(*state, NULL, header, "GET", FIX_SYSTEM, NULL, 401);
	snprintf(header, sizeof(header), "%.*s",
		 (int)strlen(mine.header) - 1, mine.header);
	secure_expect(*state, NULL, header, "GET", FIX_SYSTEM, NULL, 401);
	strcpy(header, mine.header);
	header[strlen(header) - 1] ^= 1;
	secure_expect(*state, NULL, header, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(*state, NULL, "X-Auth-Token: x", "GET", FIX_SYSTEM, NULL,
		      401);
	/* the token counts, not what is right beside it */
	secure_expect(*state, AS(ADMIN), header, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(*state, NULL, mine.header, "GET", FIX_SYSTEM, NULL, 200);
	/* of another run of the service */
	secure_stop(*state);
	secure_start(*state);
	secure_expect(*state, NULL, mine.header, "GET", FIX_SYSTEM, NULL, 401);
}

static void test_timeout(void **state)
{
	struct secure *s = *state;
	struct secure_session idle, busy;
	struct answer *a;
	int i;

	/* wide enough for a machine that does other things */
	s->setup.security.session_timeout = 4;
	secure_start(s);
	secure_login(s, LOGIN(READER), &idle);
	secure_login(s, LOGIN(ADMIN), &busy);
	for (i = 0; i < 5; i++) {
		secure_run(s, 1000);
		secure_expect(s, NULL, busy.header, "GET", FIX_SYSTEM, NULL,
			      200);
	}
	secure_expect(s, NULL, idle.header, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(s, NULL, busy.header, "GET", idle.uri, NULL, 404);
	a = secure_call(s, NULL, busy.header, "GET", SESSIONS, NULL);
	assert_int_equal(json_array_size(json_object_get(a->json, "Members")),
			 1);
	answer_free(a);
}

static void test_timeout_patch(void **state)
{
	struct answer *a;

	a = secure_call(*state, AS(ADMIN), NULL, "GET", SVC_SESSIONS, NULL);
	assert_int_equal(json_integer_value(json_object_get(a->json,
			 "SessionTimeout")), 1800);
	assert_string_equal(answer_header(a, "Allow"), "GET, HEAD, PATCH");
	answer_free(a);
	a = secure_call(*state, AS(ADMIN), NULL, "PATCH", SVC_SESSIONS,
			"{\"SessionTimeout\": 60}");
	assert_int_equal(a->status, 200);
	assert_int_equal(json_integer_value(json_object_get(a->json,
			 "SessionTimeout")), 60);
	answer_free(a);
	a = secure_call(*state, AS(ADMIN), NULL, "PATCH", SVC_SESSIONS,
			"{\"SessionTimeout\": 29}");
	answer_is_error(a, 400, "PropertyValueOutOfRange");
	answer_free(a);
	a = secure_call(*state, AS(ADMIN), NULL, "PATCH", SVC_SESSIONS,
			"{\"SessionTimeout\": \"60\"}");
	answer_is_error(a, 400, "PropertyValueTypeError");
	answer_free(a);
	a = secure_call(*state, AS(ADMIN), NULL, "PATCH", SVC_SESSIONS,
			"{\"ServiceEnabled\": false}");
	answer_is_error(a, 400, "PropertyNotWritable");
	answer_free(a);
	a = secure_call(*state, AS(ADMIN), NULL, "PATCH", SVC_SESSIONS, "{}");
	answer_is_error(a, 400, "NoOperation");
	answer_free(a);
	a = secure_call(*state, AS(OPER), NULL, "PATCH", SVC_SESSIONS,
			"{\"SessionTimeout\": 60}");
	answer_is_error(a, 403, "InsufficientPrivilege");
	answer_free(a);
}

static void test_session_limit(void **state)
{
	struct secure_session session;
	struct answer *a;
	int i;

	for (i = 0; i < SVC_SESSIONS_MAX; i++)
		secure_login(*state, LOGIN(READER), &session);
	a = secure_call(*state, NULL, NULL, "POST", SESSIONS, LOGIN(READER));
	answer_is_error(a, 503, "SessionLimitExceeded");
	answer_free(a);
	secure_expect(*state, NULL, session.header, "DELETE", session.uri, NULL,
		      204);
	secure_login(*state, LOGIN(READER), &session);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_secure(test_session),
		with_secure(test_session_refused),
		with_secure(test_token_bad),
		with_stopped(test_timeout),
		with_secure(test_timeout_patch),
		with_secure(test_session_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
