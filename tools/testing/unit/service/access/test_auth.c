// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Accounts, passwords, sessions and privileges over real TLS. */
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

#define AS(name)	name ":" name "-secret"
#define SESSIONS	SVC_SESSIONS "/Sessions"
#define ACCOUNTS	SVC_ACCOUNTS "/Accounts"
#define PATCH_CONTEXT	"{\"Context\": \"5ba9a3a2-1ab6-4f69-8a86-3a9d5e1c2f4c\"}"
#define LOGIN(name)	"{\"UserName\": \"" name "\", \"Password\": \"" name \
			"-secret\"}"

static int setup(void **state)
{
	struct secure *s = secure_new();

	*state = s;
	secure_start(s);
	return 0;
}

static int setup_stopped(void **state)
{
	*state = secure_new();
	return 0;
}

static int teardown(void **state)
{
	secure_free(*state);
	return 0;
}

static const char *text_at(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

/* ---- who is let in ------------------------------------------------------ */

static void test_public(void **state)
{
	static const char *const open[] = {
		"/redfish", "/redfish/v1", "/redfish/v1/", "/redfish/v1/odata",
		"/redfish/v1/$metadata", "//redfish/v1/",
	};
	static const char *const closed[] = {
		FIX_SYSTEM, SESSIONS, SVC_SESSIONS, ACCOUNTS, SVC_ACCOUNTS,
		"/redfish/v1/Systems", SVC_SUBSCRIPTION, "/redfish/v1/nothing",
		"/", "/redfish/v1/odata/x", SESSIONS "/Members",
	};
	struct answer *a;
	size_t i;

	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++) {
		secure_expect(*state, NULL, NULL, "GET", open[i], NULL, 200);
		secure_expect(*state, NULL, NULL, "HEAD", open[i], NULL, 200);
	}
	for (i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		a = secure_call(*state, NULL, NULL, "GET", closed[i], NULL);
		answer_is_error(a, 401, "NoValidSession");
		assert_non_null(answer_header(a, "WWW-Authenticate"));
		assert_null(answer_header(a, "Allow"));
		answer_free(a);
	}
	secure_expect(*state, NULL, NULL, "PATCH", "/redfish/v1/", "{}", 401);
	secure_expect(*state, NULL, NULL, "DELETE", FIX_SYSTEM, NULL, 401);
	secure_expect(*state, NULL, NULL, "PATCH", SVC_SUBSCRIPTION,
		      PATCH_CONTEXT, 401);
}

/* Also of what nobody has made yet: a validator asks for the schemas first. */
static void test_metadata(void **state)
{
	struct answer *a = secure_call(*state, NULL, NULL, "GET",
				       "/redfish/v1/$metadata", NULL);

	assert_non_null(strstr(a->body, "Namespace=\"Session.v1_"));
	assert_non_null(strstr(a->body, "Namespace=\"ManagerAccount.v1_"));
	answer_free(a);
}

/* What may be read without credentials must not lead to what may not. */
static void test_public_expand(void **state)
{
	struct answer *a;
	const json_t *systems;

	a = secure_call(*state, NULL, NULL, "GET",
			"/redfish/v1/?$expand=*($levels=6)", NULL);
	assert_int_equal(a->status, 200);
	systems = json_object_get(a->json, "Systems");
	assert_int_equal(json_object_size(systems), 1);
	assert_null(strstr(a->body, "SessionTimeout"));
	answer_free(a);
	a = secure_call(*state, AS(READER), NULL, "GET",
			"/redfish/v1/?$expand=*", NULL);
	assert_true(json_object_size(json_object_get(a->json, "Systems")) > 1);
	answer_free(a);
}

static void test_basic(void **state)
{
	struct answer *a;

	a = secure_call(*state, AS(ADMIN), NULL, "GET", FIX_SYSTEM, NULL);
	assert_int_equal(a->status, 200);
	assert_non_null(strstr(a->head, "Access-Control-Allow-Origin: https://"));
	answer_free(a);
	/* again: remembered */
	secure_expect(*state, AS(ADMIN), NULL, "GET", FIX_SYSTEM, NULL, 200);
	a = secure_call(*state, ADMIN ":wrong", NULL, "GET", FIX_SYSTEM, NULL);
	answer_is_error(a, 401, "AccessUnauthorized");
	assert_string_equal(answer_header(a, "WWW-Authenticate"),
			    "Basic realm=\"fabmond\", charset=\"UTF-8\"");
	answer_free(a);
	secure_expect(*state, "nobody:" ADMIN "-secret", NULL, "GET",
		      FIX_SYSTEM, NULL, 401);
	/* bad credentials take nothing away from what everybody may read */
	secure_expect(*state, ADMIN ":wrong", NULL, "GET", "/redfish/v1/", NULL,
		      200);
}

static void test_basic_malformed(void **state)
{
	static const char *const bad[] = {
		"Authorization: Basic", "Authorization: Basic !!!!",
		"Authorization: Basic YWRtaW4=",	/* no colon */
		"Authorization: Basic OmFkbWluLXNlY3JldA==",	/* no name */
		"Authorization: Basic YWRtaW46",	/* no password */
		"Authorization: Basic YWRtaW4AOmFkbWluLXNlY3JldA==",
		"Authorization: Bearer abc", "Authorization: Digest x=y",
		"Authorization: x",
	};
	char header[1500] = "Authorization: Basic ";
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		secure_expect(*state, NULL, bad[i], "GET", FIX_SYSTEM, NULL,
			      401);
	memset(header + strlen(header), 'a', 1200);
	secure_expect(*state, NULL, header, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(*state, NULL,
		      "Authorization: basic  YWRtaW46YWRtaW4tc2VjcmV0", "GET",
		      FIX_SYSTEM, NULL, 200);
}

/* An account without a password has none, nor that of another. */
static void test_no_password(void **state)
{
	static const char *const tries[] = {
		ROBOT ":*", ROBOT ":x", ROBOT ":" ADMIN "-secret",
	};
	size_t i;

	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++)
		secure_expect(*state, tries[i], NULL, "GET", FIX_SYSTEM, NULL,
			      401);
}

/* An address has to wait; who is known does not, nor the other clients. */
static void test_lock(void **state)
{
	struct answer *a;
	int i;

	secure_expect(*state, AS(OPER), NULL, "GET", FIX_SYSTEM, NULL, 200);
	for (i = 0; i < 5; i++)
		secure_expect(*state, ADMIN ":wrong", NULL, "GET", FIX_SYSTEM,
			      NULL, 401);
	a = secure_call(*state, AS(ADMIN), NULL, "GET", FIX_SYSTEM, NULL);
	answer_is_error(a, 503, "ServiceTemporarilyUnavailable");
	assert_string_equal(answer_header(a, "Retry-After"), "60");
	answer_free(a);
	a = secure_call(*state, NULL, NULL, "POST", SESSIONS, LOGIN(ADMIN));
	answer_is_error(a, 503, "ServiceTemporarilyUnavailable");
	answer_free(a);
	secure_expect(*state, AS(OPER), NULL, "GET", FIX_SYSTEM, NULL, 200);
}

/* ---- sessions ----------------------------------------------------------- */

struct session {
	char header[128];
	char uri[256];
};

static void login(struct secure *s, const char *body, struct session *session)
{
	struct answer *a = secure_call(s, NULL, NULL, "POST", SESSIONS, body);
	const char *value;

	if (a->status != 201)
		fail_msg("%ld: %s", a->status, a->body);
	value = answer_header(a, "X-Auth-Token");
	assert_non_null(value);
	assert_int_equal(strlen(value), 64);
	snprintf(session->header, sizeof(session->header), "X-Auth-Token: %s",
		 value);
	value = answer_header(a, "Location");
	assert_non_null(value);
	snprintf(session->uri, sizeof(session->uri), "%s", value);
	assert_string_equal(text_at(a->json, "@odata.id"), session->uri);
	assert_null(strstr(a->body, "-secret"));
	assert_null(strstr(a->body, session->header + 14));
	answer_free(a);
}

static void test_session(void **state)
{
	struct session one, two;
	struct answer *a;

	login(*state, LOGIN(ADMIN), &one);
	login(*state, "{\"UserName\": \"admin\", \"Password\": "
	      "\"admin-secret\", \"Context\": \"mine\"}", &two);
	assert_string_not_equal(one.header, two.header);
	assert_string_not_equal(one.uri, two.uri);
	a = secure_call(*state, NULL, one.header, "GET", two.uri, NULL);
	assert_int_equal(a->status, 200);
	assert_string_equal(text_at(a->json, "UserName"), ADMIN);
	assert_string_equal(text_at(a->json, "Context"), "mine");
	assert_string_equal(text_at(a->json, "ClientOriginIPAddress"),
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
	struct session mine;
	char header[256];

	login(*state, LOGIN(READER), &mine);
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
	struct session idle, busy;
	struct answer *a;
	int i;

	/* wide enough for a machine that does other things */
	s->setup.security.session_timeout = 4;
	secure_start(s);
	login(s, LOGIN(READER), &idle);
	login(s, LOGIN(ADMIN), &busy);
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
	struct session session;
	struct answer *a;
	int i;

	for (i = 0; i < SVC_SESSIONS_MAX; i++)
		login(*state, LOGIN(READER), &session);
	a = secure_call(*state, NULL, NULL, "POST", SESSIONS, LOGIN(READER));
	answer_is_error(a, 503, "SessionLimitExceeded");
	answer_free(a);
	secure_expect(*state, NULL, session.header, "DELETE", session.uri, NULL,
		      204);
	login(*state, LOGIN(READER), &session);
}

/* ---- roles -------------------------------------------------------------- */

static void test_roles(void **state)
{
	struct session admin, reader, other;
	struct answer *a;

	login(*state, LOGIN(ADMIN), &admin);
	login(*state, LOGIN(READER), &reader);
	login(*state, LOGIN(OPER), &other);
	secure_expect(*state, NULL, reader.header, "GET", reader.uri, NULL, 200);
	a = secure_call(*state, NULL, reader.header, "GET", other.uri, NULL);
	answer_is_error(a, 403, "InsufficientPrivilege");
	answer_free(a);
	secure_expect(*state, NULL, reader.header, "DELETE", other.uri, NULL,
		      403);
	/* nor by way of the collection */
	a = secure_call(*state, NULL, reader.header, "GET",
			SESSIONS "?$expand=.", NULL);
	assert_int_equal(a->status, 200);
	assert_null(strstr(a->body, "\"" OPER "\""));
	assert_non_null(strstr(a->body, "\"" READER "\""));
	answer_free(a);
	secure_expect(*state, NULL, reader.header, "PATCH", SVC_SUBSCRIPTION,
		      PATCH_CONTEXT, 403);
	secure_expect(*state, NULL, other.header, "PATCH", SVC_SUBSCRIPTION,
		      PATCH_CONTEXT, 403);
	secure_expect(*state, NULL, admin.header, "PATCH", SVC_SUBSCRIPTION,
		      PATCH_CONTEXT, 200);
	secure_expect(*state, NULL, reader.header, "DELETE", reader.uri, NULL,
		      204);
	secure_expect(*state, NULL, admin.header, "DELETE", other.uri, NULL,
		      204);
}

static void test_accounts(void **state)
{
	struct answer *a;

	a = secure_call(*state, AS(READER), NULL, "GET", ACCOUNTS, NULL);
	assert_int_equal(json_integer_value(json_object_get(a->json,
			 "Members@odata.count")), 4);
	answer_free(a);
	a = secure_call(*state, AS(READER), NULL, "GET", ACCOUNTS "/" READER,
			NULL);
	assert_int_equal(a->status, 200);
	assert_non_null(answer_header(a, "ETag"));
	assert_string_equal(answer_header(a, "Allow"), "GET, HEAD");
	assert_string_equal(text_at(a->json, "RoleId"), "ReadOnly");
	assert_true(json_is_null(json_object_get(a->json, "Password")));
	assert_null(strstr(a->body, "$6$"));
	answer_free(a);
	secure_expect(*state, AS(READER), NULL, "GET", ACCOUNTS "/" ADMIN, NULL,
		      403);
	secure_expect(*state, AS(ADMIN), NULL, "GET", ACCOUNTS "/" READER, NULL,
		      200);
	secure_expect(*state, AS(ADMIN), NULL, "GET", ACCOUNTS "/nobody", NULL,
		      404);
	secure_expect(*state, AS(ADMIN), NULL, "PATCH", ACCOUNTS "/" READER,
		      "{\"Enabled\": false}", 405);
	a = secure_call(*state, AS(READER), NULL, "GET",
			SVC_ACCOUNTS "/Roles/Operator", NULL);
	assert_int_equal(json_array_size(json_object_get(a->json,
			 "AssignedPrivileges")), 3);
	answer_free(a);
}

/* What the service has of its own, as the schemas want it. */
static void test_valid(void **state)
{
	static const char *const uris[] = {
		SVC_SESSIONS, SESSIONS, ACCOUNTS, ACCOUNTS "/" READER,
		SVC_ACCOUNTS, SVC_ACCOUNTS "/Roles/Operator", NULL, NULL,
	};
	struct session session;
	struct answer *a;
	size_t i;
	int r;

	login(*state, LOGIN(ADMIN), &session);
	for (i = 0; i < 7; i++) {
		a = secure_call(*state, NULL, session.header, "GET", uris[i] ?
				uris[i] : session.uri, NULL);
		assert_int_equal(a->status, 200);
		r = fix_validate_doc(a->json);
		answer_free(a);
		if (r < 0)
			skip();
		assert_int_equal(r, 0);
	}
}

/* The table is as the roles in the tree say. */
static void test_role_table(void **state)
{
	static const struct {
		const char *name;
		unsigned int may;
	} names[] = {
		{ "Login", SVC_MAY_LOGIN }, { "ConfigureManager", SVC_MAY_MANAGER },
		{ "ConfigureUsers", SVC_MAY_USERS },
		{ "ConfigureComponents", SVC_MAY_COMPONENTS },
		{ "ConfigureSelf", SVC_MAY_SELF },
	};
	struct secure *s = *state;
	enum svc_role role;
	char uri[128];
	size_t i, j;

	for (role = 0; role < SVC_ROLES; role++) {
		unsigned int may = 0;
		const json_t *list;

		snprintf(uri, sizeof(uri), SVC_ACCOUNTS "/Roles/%s",
			 svc_role_name(role));
		list = json_object_get(tree_get(s->tree, uri),
				       "AssignedPrivileges");
		for (i = 0; i < json_array_size(list); i++)
			for (j = 0; j < 5; j++)
				if (!strcmp(names[j].name, json_string_value(
					    json_array_get(list, i))))
					may |= names[j].may;
		assert_int_equal(may, svc_role_may(role));
	}
}

/* ---- accounts that change ------------------------------------------------ */

/* Other accounts count at once, and end the sessions of those who changed. */
static void test_accounts_reload(void **state)
{
	struct secure *s = *state;
	struct session admin, reader;
	char text[1024] = "";

	login(s, LOGIN(ADMIN), &admin);
	login(s, LOGIN(READER), &reader);
	strcat(text, secure_line(ADMIN, ADMIN "-secret", "Administrator"));
	strcat(text, secure_line(READER, "new", "ReadOnly"));
	secure_accounts(s, text);
	secure_run(s, 600);
	secure_expect(s, NULL, admin.header, "GET", FIX_SYSTEM, NULL, 200);
	secure_expect(s, NULL, reader.header, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(s, AS(READER), NULL, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(s, AS(OPER), NULL, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(s, READER ":new", NULL, "GET", FIX_SYSTEM, NULL, 200);
	/* a broken one is refused */
	secure_accounts(s, "admin:broken\n");
	secure_run(s, 600);
	service_reload(s->service);
	secure_expect(s, NULL, admin.header, "GET", FIX_SYSTEM, NULL, 200);
	secure_expect(s, READER ":new", NULL, "GET", FIX_SYSTEM, NULL, 200);
}

static void test_start_refused(void **state)
{
	struct secure *s = *state;

	secure_accounts(s, "admin:broken\n");
	assert_int_equal(service_start(&s->service, &s->setup), -EKEYREJECTED);
	secure_accounts(s, secure_line(ADMIN, "x", "Administrator"));
	assert_int_equal(chmod(secure_path(s, "accounts"), 0644), 0);
	assert_int_equal(service_start(&s->service, &s->setup), -EKEYREJECTED);
	assert_int_equal(chmod(secure_path(s, "accounts"), 0640), 0);
	s->setup.security.trust = "1.2.3";
	assert_int_equal(service_start(&s->service, &s->setup), -EKEYREJECTED);
	s->setup.security.trust = NULL;
	secure_start(s);
}

/* ---- without credentials ------------------------------------------------ */

/* The OFMF calls back without any: it may read, and set its Context. */
static void test_trust(void **state)
{
	struct secure *s = *state;
	struct answer *a;

	s->setup.security.trust = "192.0.2.1, 127.0.0.1";
	secure_start(s);
	secure_expect(s, NULL, NULL, "GET", FIX_SYSTEM, NULL, 200);
	secure_expect(s, NULL, NULL, "GET", "//redfish/v1/Systems", NULL, 200);
	secure_expect(s, NULL, NULL, "PATCH", SVC_SUBSCRIPTION, PATCH_CONTEXT,
		      200);
	assert_string_equal(s->context, "5ba9a3a2-1ab6-4f69-8a86-3a9d5e1c2f4c");
	a = secure_call(s, NULL, NULL, "PATCH", SVC_SESSIONS,
			"{\"SessionTimeout\": 60}");
	answer_is_error(a, 403, "InsufficientPrivilege");
	answer_free(a);
	a = secure_call(s, NULL, NULL, "PATCH", SVC_SUBSCRIPTION,
			"{\"Destination\": \"http://a/\"}");
	answer_is_error(a, 400, "PropertyNotWritable");
	answer_free(a);
	secure_expect(s, NULL, NULL, "GET", ACCOUNTS "/" ADMIN, NULL, 403);
	/* credentials that are given must be right */
	secure_expect(s, NULL, "X-Auth-Token: x", "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(s, NULL, "Host: evil.example.org", "GET", FIX_SYSTEM,
		      NULL, 400);
	secure_stop(s);
	s->setup.security.trust = "192.0.2.1 ::1";
	secure_start(s);
	secure_expect(s, NULL, NULL, "GET", FIX_SYSTEM, NULL, 401);
}

/* Plain HTTP with trust: nobody can log in, so the others are just refused. */
static void test_trust_only(void **state)
{
	struct secure *s = *state;
	struct service_security with = s->setup.security;
	struct answer *a;

	s->setup.security = (struct service_security){ .trust = "192.0.2.1" };
	secure_start(s);
	a = secure_call(s, NULL, NULL, "GET", FIX_SYSTEM, NULL);
	answer_is_error(a, 403, "InsufficientPrivilege");
	assert_null(answer_header(a, "WWW-Authenticate"));
	answer_free(a);
	secure_expect(s, NULL, NULL, "GET", "/redfish/v1/", NULL, 200);
	secure_stop(s);
	s->setup.security.trust = "127.0.0.1";
	secure_start(s);
	secure_expect(s, NULL, NULL, "GET", FIX_SYSTEM, NULL, 200);
	secure_stop(s);
	s->setup.security = with;
}

/*
 * Who comes without credentials does not get from us what the kernel keeps from
 * him: the host's links and regions are not his to change.
 */
static void test_guests(void **state)
{
	struct svc_auth auth = { 0 };
	struct svc_site site = { .auth = &auth };
	struct service_security security = { .guests = true };
	struct svc_request rq = { .method = "GET" };
	struct svc_reply reply = { 0 };

	strcpy(rq.target.path, FIX_SYSTEM);
	assert_int_equal(svc_auth_init(&auth, &security, NULL), 0);
	assert_true(svc_auth_admit(&site, &rq, &reply));
	assert_int_equal(site.who.may & SVC_MAY_COMPONENTS, 0);
	assert_int_equal(site.who.may & SVC_MAY_LOGIN, SVC_MAY_LOGIN);
	svc_auth_clear(&auth);
	security.guests = false;
	assert_int_equal(svc_auth_init(&auth, &security, NULL), 0);
	assert_true(svc_auth_admit(&site, &rq, &reply));
	assert_int_not_equal(site.who.may & SVC_MAY_COMPONENTS, 0);
	svc_auth_clear(&auth);
}

/* Plain HTTP: no credentials are taken, and no page can get at it. */
static void test_plain(void **state)
{
	static const char *const hosts[][2] = {
		{ "Host: localhost:8640", "ok" }, { "Host: [::1]:1", "ok" },
		{ "Host: 127.0.0.1", "ok" }, { "Host: Node01.example.org:80", "ok" },
		{ "Host: 127.0.0.1.example.org", NULL }, { "Host: x", NULL },
		{ "Host: localhost.example.org", NULL }, { "Host: [x]", NULL },
	};
	struct secure *s = *state;
	struct service_security with = s->setup.security;
	struct answer *a;
	size_t i;

	s->setup.security = (struct service_security){
		.url = "http://node01.example.org:8640" };
	secure_start(s);
	secure_expect(s, NULL, NULL, "GET", FIX_SYSTEM, NULL, 200);
	a = secure_call(s, NULL, "Authorization: Basic YTpi", "GET", FIX_SYSTEM,
			NULL);
	answer_is_error(a, 400, "HeaderInvalid");
	answer_free(a);
	a = secure_call(s, NULL, "X-Auth-Token: x", "GET", FIX_SYSTEM, NULL);
	answer_is_error(a, 400, "HeaderInvalid");
	answer_free(a);
	a = secure_call(s, NULL, NULL, "POST", SESSIONS, LOGIN(ADMIN));
	answer_is_error(a, 405, "OperationNotAllowed");
	answer_free(a);
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		secure_expect(s, NULL, hosts[i][0], "GET", FIX_SYSTEM, NULL,
			      hosts[i][1] ? 200 : 400);
	secure_expect(s, NULL, "Origin: http://evil.example.org", "PATCH",
		      SVC_SUBSCRIPTION, PATCH_CONTEXT, 403);
	secure_expect(s, NULL, "Origin: null", "PATCH", SVC_SUBSCRIPTION,
		      PATCH_CONTEXT, 403);
	secure_expect(s, NULL, NULL, "PATCH", SVC_SUBSCRIPTION, PATCH_CONTEXT,
		      200);
	secure_stop(s);
	s->setup.security = with;
}

static void test_origin(void **state)
{
	struct secure *s = *state;
	char own[64];

	snprintf(own, sizeof(own), "Origin: https://127.0.0.1:%u",
		 service_port(s->service));
	secure_expect(s, AS(ADMIN), own, "PATCH", SVC_SUBSCRIPTION,
		      PATCH_CONTEXT, 200);
	secure_expect(s, AS(ADMIN), "Origin: https://127.0.0.1:1", "PATCH",
		      SVC_SUBSCRIPTION, PATCH_CONTEXT, 403);
	secure_expect(s, NULL, "Origin: https://evil.example.org", "POST",
		      SESSIONS, LOGIN(ADMIN), 403);
}

/* ---- passwords that take long ------------------------------------------- */

#define CLIENTS	20

/* Several requests at a time. */
struct crowd {
	CURLM *multi;
	CURL *easy[CLIENTS];
	char url[128];
};

static size_t drop(char *data, size_t size, size_t n, void *ctx)
{
	return n;
}

static CURL *crowd_add(struct crowd *c, struct secure *s, const char *user,
		       const char *from)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_INTERFACE, from);

	curl_easy_setopt(easy, CURLOPT_URL, c->url);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_CAINFO, s->via.ca);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_USERPWD, user);
	curl_multi_add_handle(c->multi, easy);
	return easy;
}

/* So many come from one address. */
static void crowd_open(struct crowd *c, struct secure *s, int together)
{
	char user[32], from[32];
	int i;

	snprintf(c->url, sizeof(c->url), "https://127.0.0.1:%u" FIX_SYSTEM,
		 service_port(s->service));
	c->multi = curl_multi_init();
	for (i = 0; i < CLIENTS; i++) {
		snprintf(user, sizeof(user), "slow:wrong%d", i);
		snprintf(from, sizeof(from), "host!127.0.0.%d",
			 2 + i / together);
		c->easy[i] = crowd_add(c, s, user, from);
	}
}

static void crowd_close(struct crowd *c)
{
	int i;

	for (i = 0; i < CLIENTS; i++) {
		curl_multi_remove_handle(c->multi, c->easy[i]);
		curl_easy_cleanup(c->easy[i]);
	}
	curl_multi_cleanup(c->multi);
}

/* How many have an answer of a status; 0: none as yet. */
static int crowd_count(const struct crowd *c, long status)
{
	int i, n = 0;
	long is;

	for (i = 0; i < CLIENTS; i++) {
		curl_easy_getinfo(c->easy[i], CURLINFO_RESPONSE_CODE, &is);
		n += is == status;
	}
	return n;
}

/* Until so many have no answer, or all that are left wait for a password. */
static void crowd_run(struct crowd *c, struct secure *s, int left)
{
	int running, rounds = 20000;

	do {
		curl_multi_perform(c->multi, &running);
		assert_true(sd_event_run(s->event, 1000) >= 0);
	} while (running && crowd_count(c, 0) > left && --rounds);
	assert_int_not_equal(rounds, 0);
}

static void slow_account(struct secure *s)
{
	char text[1024];

	/* some 0.1 s a password */
	snprintf(text, sizeof(text), "slow:%s:Operator\n",
		 crypt("right", "$6$rounds=150000$fabmonsalt$"));
	strcat(text, secure_line(ADMIN, ADMIN "-secret", "Administrator"));
	secure_accounts(s, text);
}

/* So many wait at most, the others are sent away, and nobody else waits. */
static void test_busy(void **state)
{
	struct secure *s = *state;
	struct session session;
	struct crowd c;

	slow_account(s);
	secure_start(s);
	login(s, LOGIN(ADMIN), &session);
	crowd_open(&c, s, 4);
	crowd_run(&c, s, 16);
	assert_int_equal(crowd_count(&c, 200), 0);
	assert_true(crowd_count(&c, 0) > 8);
	/* a session is served while they wait */
	secure_expect(s, NULL, session.header, "GET", FIX_SYSTEM, NULL, 200);
	assert_true(crowd_count(&c, 0) > 4);
	crowd_run(&c, s, 0);
	assert_true(crowd_count(&c, 401) >= 16);
	assert_int_equal(crowd_count(&c, 401) + crowd_count(&c, 503), CLIENTS);
	crowd_close(&c);
}

/* One address alone cannot fill the queue. */
static void test_busy_address(void **state)
{
	struct secure *s = *state;
	struct crowd c;

	slow_account(s);
	secure_start(s);
	crowd_open(&c, s, CLIENTS);
	crowd_run(&c, s, 4);
	assert_true(crowd_count(&c, 503) >= 8);
	secure_expect(s, AS(ADMIN), NULL, "GET", FIX_SYSTEM, NULL, 200);
	crowd_run(&c, s, 0);
	assert_true(crowd_count(&c, 401) >= 4);
	assert_true(crowd_count(&c, 401) < 12);
	assert_int_equal(crowd_count(&c, 401) + crowd_count(&c, 503), CLIENTS);
	crowd_close(&c);
}

/* Stopped while passwords are looked at: nothing is left behind. */
static void test_stop_while_waiting(void **state)
{
	struct secure *s = *state;
	struct crowd c;

	slow_account(s);
	secure_start(s);
	crowd_open(&c, s, 4);
	crowd_run(&c, s, 16);
	assert_true(crowd_count(&c, 0) > 8);
	secure_stop(s);
	crowd_close(&c);
}

/* Clients of IPv4 at a socket of IPv6 are who they are. */
static void test_mapped(void **state)
{
	struct secure *s = *state;
	struct session session;
	struct answer *a;

	s->setup.addr = "*";
	s->setup.security.trust = "127.0.0.1";
	secure_start(s);
	secure_expect(s, NULL, NULL, "GET", FIX_SYSTEM, NULL, 200);
	login(s, LOGIN(ADMIN), &session);
	a = secure_call(s, NULL, session.header, "GET", session.uri, NULL);
	assert_string_equal(text_at(a->json, "ClientOriginIPAddress"),
			    "127.0.0.1");
	answer_free(a);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_STOPPED(name) \
	cmocka_unit_test_setup_teardown(name, setup_stopped, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_public),
		TEST(test_metadata),
		TEST(test_public_expand),
		TEST(test_basic),
		TEST(test_basic_malformed),
		TEST(test_no_password),
		TEST(test_lock),
		TEST(test_session),
		TEST(test_session_refused),
		TEST(test_token_bad),
		TEST_STOPPED(test_timeout),
		TEST(test_timeout_patch),
		TEST(test_session_limit),
		TEST(test_roles),
		TEST(test_accounts),
		TEST(test_valid),
		TEST(test_role_table),
		TEST(test_accounts_reload),
		TEST_STOPPED(test_start_refused),
		TEST_STOPPED(test_trust),
		TEST_STOPPED(test_trust_only),
		cmocka_unit_test(test_guests),
		TEST_STOPPED(test_plain),
		TEST(test_origin),
		TEST_STOPPED(test_busy),
		TEST_STOPPED(test_busy_address),
		TEST_STOPPED(test_stop_while_waiting),
		TEST_STOPPED(test_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
