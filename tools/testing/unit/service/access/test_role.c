// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What each role may do, and a file of accounts that changes. */
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

#define ACCOUNTS	SVC_ACCOUNTS "/Accounts"
#define PATCH_CONTEXT	"{\"Context\": \"5ba9a3a2-1ab6-4f69-8a86-3a9d5e1c2f4c\"}"

static void test_roles(void **state)
{
	struct secure_session admin, reader, other;
	struct answer *a;

	secure_login(*state, LOGIN(ADMIN), &admin);
	secure_login(*state, LOGIN(READER), &reader);
	secure_login(*state, LOGIN(OPER), &other);
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
	assert_string_equal(secure_text(a->json, "RoleId"), "ReadOnly");
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
	struct secure_session session;
	struct answer *a;
	size_t i;
	int r;

	secure_login(*state, LOGIN(ADMIN), &session);
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

/* The table agrees with the roles in the tree. */
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

/* Other accounts count at once, and end the sessions of those who changed. */
static void test_accounts_reload(void **state)
{
	struct secure *s = *state;
	struct secure_session admin, reader;
	char text[1024] = "";

	secure_login(s, LOGIN(ADMIN), &admin);
	secure_login(s, LOGIN(READER), &reader);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_secure(test_roles),
		with_secure(test_accounts),
		with_secure(test_valid),
		with_secure(test_role_table),
		with_secure(test_accounts_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
