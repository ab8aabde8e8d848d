// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Who is let in: passwords, trusted addresses, guests, over real TLS. */
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
 * A client without credentials may not change the host's links and regions: the
 * kernel would not let it, either.
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

/* Clients of IPv4 at a socket of IPv6 are who they are. */
static void test_mapped(void **state)
{
	struct secure *s = *state;
	struct secure_session session;
	struct answer *a;

	s->setup.addr = "*";
	s->setup.security.trust = "127.0.0.1";
	secure_start(s);
	secure_expect(s, NULL, NULL, "GET", FIX_SYSTEM, NULL, 200);
	secure_login(s, LOGIN(ADMIN), &session);
	a = secure_call(s, NULL, session.header, "GET", session.uri, NULL);
	assert_string_equal(secure_text(a->json, "ClientOriginIPAddress"),
			    "127.0.0.1");
	answer_free(a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_secure(test_public),
		with_secure(test_metadata),
		with_secure(test_public_expand),
		with_secure(test_basic),
		with_secure(test_basic_malformed),
		with_secure(test_no_password),
		with_secure(test_lock),
		with_stopped(test_start_refused),
		with_stopped(test_trust),
		with_stopped(test_trust_only),
		cmocka_unit_test(test_guests),
		with_stopped(test_plain),
		with_secure(test_origin),
		with_stopped(test_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
