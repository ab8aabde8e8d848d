// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* TLS, client certificates, and both when their files change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "secure_fixture.h"
#include "tempdir.h"

#define ROOT		"/redfish/v1/"
#define AS_ADMIN	ADMIN ":" ADMIN "-secret"

static int setup(void **state)
{
	struct secure *s = secure_new();

	*state = s;
	s->setup.security.client_ca = strdup(secure_path(s, "clients.crt"));
	s->setup.security.client_crl = strdup(secure_path(s, "clients.crl"));
	return 0;
}

static int teardown(void **state)
{
	secure_free(*state);
	return 0;
}

/* ---- versions ----------------------------------------------------------- */

static int try_version(struct secure *s, long version)
{
	struct answer *a;
	int result;

	s->via.version = version;
	a = secure_call(s, NULL, NULL, "GET", ROOT, NULL);
	result = a->result;
	if (!result)
		assert_int_equal(a->status, 200);
	answer_free(a);
	s->via.version = 0;
	return result;
}

static void test_versions(void **state)
{
	struct secure *s = *state;

	secure_start(s);
	assert_int_equal(try_version(s, CURL_SSLVERSION_TLSv1_3), 0);
	assert_int_equal(try_version(s, CURL_SSLVERSION_TLSv1_2 |
				     CURL_SSLVERSION_MAX_TLSv1_2), 0);
	assert_int_equal(try_version(s, CURL_SSLVERSION_TLSv1_0 |
				     CURL_SSLVERSION_MAX_TLSv1_1),
			 CURLE_SSL_CONNECT_ERROR);
	secure_stop(s);
	s->setup.security.tls_priority =
		"NORMAL:-VERS-ALL:+VERS-TLS1.3";
	secure_start(s);
	assert_int_equal(try_version(s, CURL_SSLVERSION_TLSv1_3), 0);
	assert_int_equal(try_version(s, CURL_SSLVERSION_TLSv1_2 |
				     CURL_SSLVERSION_MAX_TLSv1_2),
			 CURLE_SSL_CONNECT_ERROR);
}

/* Plain HTTP at the port of TLS gets no answer. */
static void test_plain_at_tls(void **state)
{
	struct secure *s = *state;
	struct answer *a;

	secure_start(s);
	a = http_call(s->event, service_port(s->service), "GET", ROOT, NULL,
		      NULL, 0);
	assert_int_equal(a->status, 0);
	answer_free(a);
	assert_int_equal(try_version(s, 0), 0);
}

/* ---- clients that are slow ---------------------------------------------- */

static int half_open(struct secure *s, const char *bytes, size_t size)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(service_port(s->service)),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	if (size)
		assert_int_equal(send(fd, bytes, size, 0), size);
	return fd;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Handshakes that were begun and do not go on delay nobody. */
static void test_slow_handshake(void **state)
{
	static const char hello[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, (char)0xfc, 3, 3 };
	struct secure *s = *state;
	int fd[20];
	double begin;
	size_t i;

	secure_start(s);
	for (i = 0; i < 20; i++)
		fd[i] = half_open(s, hello, i % 2 ? sizeof(hello) : 0);
	secure_run(s, 50);
	begin = now();
	assert_int_equal(try_version(s, 0), 0);
	/* far from the 30 s that a silent connection has */
	assert_true(now() - begin < 8);
	for (i = 0; i < 20; i++)
		close(fd[i]);
	assert_int_equal(try_version(s, 0), 0);
}

/* ---- client certificates ------------------------------------------------ */

static void use_certificate(struct secure *s, const char *name)
{
	char file[64];

	snprintf(file, sizeof(file), "%s.crt", name);
	s->via.cert = secure_path(s, file);
	snprintf(file, sizeof(file), "%s.key", name);
	s->via.key = secure_path(s, file);
}

static void expect_certificate(struct secure *s, const char *name, long status)
{
	struct answer *a;

	use_certificate(s, name);
	a = secure_call(s, NULL, NULL, "GET", FIX_SYSTEM, NULL);
	if (a->status != status)
		fail_msg("%s: %ld (%d), not %ld", name, a->status, a->result,
			 status);
	answer_free(a);
	s->via.cert = NULL;
}

static void issue_and_expect(struct secure *s, struct pki_ca *ca,
			     const struct pki_subject *subject, long status)
{
	pki_issue(ca, s->dir, "client", subject);
	expect_certificate(s, "client", status);
}

static void test_client_certificate(void **state)
{
	struct secure *s = *state;
	const struct pki_subject good = { .cn = ADMIN };
	const struct pki_subject alternative = { .cn = "a robot",
						 .email = ROBOT };
	struct answer *a;

	secure_start(s);
	issue_and_expect(s, s->clients, &alternative, 200);
	issue_and_expect(s, s->clients, &good, 200);
	/* its role counts */
	use_certificate(s, "client");
	a = secure_call(s, NULL, NULL, "PATCH", "/redfish/v1/SessionService",
			"{\"SessionTimeout\": 60}");
	assert_int_equal(a->status, 200);
	answer_free(a);
	/* one that is asked for and not sent is no obstacle */
	s->via.cert = NULL;
	secure_expect(s, NULL, NULL, "GET", FIX_SYSTEM, NULL, 401);
	secure_expect(s, AS_ADMIN, NULL, "GET", FIX_SYSTEM, NULL, 200);
	/* a token in the request goes before a certificate */
	use_certificate(s, "client");
	secure_expect(s, NULL, "X-Auth-Token: x", "GET", FIX_SYSTEM, NULL, 401);
}

static void test_client_certificate_bad(void **state)
{
	struct secure *s = *state;
	const struct {
		struct pki_ca *ca;
		struct pki_subject subject;
	} cases[] = {
		{ s->ca, { .cn = ADMIN } },		/* another CA's */
		{ s->clients, { .cn = ADMIN, .days = -1 } },	/* expired */
		{ s->clients, { .cn = ADMIN, .server = true } },
		{ s->clients, { .cn = "nobody" } },
		{ s->clients, { .cn = "Admin" } },
		{ s->clients, { .cn = ADMIN, .cn2 = "nobody" } },
		{ s->clients, { .cn = "nobody", .cn2 = ADMIN } },
		{ s->clients, { .email = ADMIN "@example.org" } },
		{ s->clients, { 0 } },
	};
	size_t i;

	secure_start(s);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		issue_and_expect(s, cases[i].ca, &cases[i].subject, 401);
}

/* Without client_ca nobody is asked for one, and none counts. */
static void test_client_certificate_off(void **state)
{
	struct secure *s = *state;
	const struct pki_subject good = { .cn = ADMIN };

	free((char *)s->setup.security.client_ca);
	free((char *)s->setup.security.client_crl);
	s->setup.security.client_ca = s->setup.security.client_crl = NULL;
	secure_start(s);
	issue_and_expect(s, s->clients, &good, 401);
}

/* ---- files that change -------------------------------------------------- */

/* A connection that stays; its answers to two requests, and any between. */
struct lasting {
	struct secure *s;
	CURLM *multi;
	CURL *easy;
};

static size_t drop(char *data, size_t size, size_t n, void *ctx)
{
	return n;
}

static void lasting_open(struct lasting *l, struct secure *s,
			 const char *target)
{
	char url[256];

	*l = (struct lasting){ s, curl_multi_init(), curl_easy_init() };
	snprintf(url, sizeof(url), "https://127.0.0.1:%u%s",
		 service_port(s->service), target);
	curl_easy_setopt(l->easy, CURLOPT_URL, url);
	curl_easy_setopt(l->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(l->easy, CURLOPT_CAINFO, s->via.ca);
	curl_easy_setopt(l->easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(l->easy, CURLOPT_SSLCERT, s->via.cert);
	curl_easy_setopt(l->easy, CURLOPT_SSLKEY, s->via.key);
	curl_easy_setopt(l->easy, CURLOPT_WRITEFUNCTION, drop);
}

/* Asks; returns the status. @connects: whether a connection had to be made. */
static long lasting_ask(struct lasting *l, bool connects)
{
	long status, made;
	int running, rounds = 2000;

	curl_multi_add_handle(l->multi, l->easy);
	do {
		curl_multi_perform(l->multi, &running);
		assert_true(sd_event_run(l->s->event, 1000) >= 0);
	} while (running && --rounds);
	curl_easy_getinfo(l->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(l->easy, CURLINFO_NUM_CONNECTS, &made);
	assert_int_equal(made, connects);
	curl_multi_remove_handle(l->multi, l->easy);
	return status;
}

static void lasting_close(struct lasting *l)
{
	curl_easy_cleanup(l->easy);
	curl_multi_cleanup(l->multi);
}

/* New ones count for new connections; those that stand are not dropped. */
static void test_reload(void **state)
{
	struct secure *s = *state;
	const struct pki_subject server = { .cn = "new", .server = true };
	struct pki_ca *other = pki_ca_new("others");
	struct lasting l;

	secure_start(s);
	lasting_open(&l, s, ROOT);
	assert_int_equal(lasting_ask(&l, true), 200);
	pki_issue(other, s->dir, "server", &server);
	secure_run(s, 700);
	/* the old CA does not know the new certificate */
	assert_int_equal(try_version(s, 0), CURLE_PEER_FAILED_VERIFICATION);
	assert_int_equal(lasting_ask(&l, false), 200);
	pki_ca_write(other, s->dir, "ca");
	assert_int_equal(try_version(s, 0), 0);
	lasting_close(&l);
	pki_ca_free(other);
}

static void test_reload_bad(void **state)
{
	struct secure *s = *state;
	const struct pki_subject server = { .cn = "new", .server = true };
	char *key = tempdir_read(s->dir, "server.key");

	secure_start(s);
	tempdir_write(s->dir, "server.crt", "no certificate\n");
	secure_run(s, 700);
	assert_int_equal(try_version(s, 0), 0);
	/* a certificate whose key is another */
	pki_issue(s->ca, s->dir, "server", &server);
	tempdir_write(s->dir, "server.key", key);
	service_reload(s->service);
	assert_int_equal(try_version(s, 0), 0);
	assert_int_equal(unlink(secure_path(s, "server.key")), 0);
	service_reload(s->service);
	assert_int_equal(try_version(s, 0), 0);
	/* and a good one at last */
	pki_issue(s->ca, s->dir, "server", &server);
	secure_run(s, 700);
	assert_int_equal(try_version(s, 0), 0);
	free(key);
}

/* A revoked certificate is worth nothing, on old connections too. */
static void test_revoked(void **state)
{
	struct secure *s = *state;
	const struct pki_subject good = { .cn = ADMIN };
	struct lasting l;

	secure_start(s);
	pki_issue(s->clients, s->dir, "client", &good);
	expect_certificate(s, "client", 200);
	use_certificate(s, "client");
	lasting_open(&l, s, FIX_SYSTEM);
	assert_int_equal(lasting_ask(&l, true), 200);
	pki_crl_write(s->clients, s->dir, "clients", true, 1);
	secure_run(s, 700);
	assert_int_equal(lasting_ask(&l, false), 401);
	expect_certificate(s, "client", 401);
	lasting_close(&l);
	/* with a list that is out of date no certificate is accepted */
	pki_crl_write(s->clients, s->dir, "clients", false, 1);
	service_reload(s->service);
	expect_certificate(s, "client", 200);
	pki_crl_write(s->clients, s->dir, "clients", false, -1);
	service_reload(s->service);
	expect_certificate(s, "client", 401);
}

/* Clients with a certificate of another CA. */
static void test_client_ca_reload(void **state)
{
	struct secure *s = *state;
	const struct pki_subject good = { .cn = ADMIN };
	struct pki_ca *other = pki_ca_new("others");

	secure_start(s);
	issue_and_expect(s, other, &good, 401);
	pki_ca_write(other, s->dir, "clients");
	pki_crl_write(other, s->dir, "clients", false, 1);
	secure_run(s, 700);
	expect_certificate(s, "client", 200);
	pki_ca_free(other);
}

/* ---- the start ---------------------------------------------------------- */

static void refused(struct secure *s)
{
	assert_int_equal(service_start(&s->service, &s->setup), -EKEYREJECTED);
}

static void test_start_refused(void **state)
{
	struct secure *s = *state;
	struct service_security *sec = &s->setup.security;
	const struct pki_subject server = { .cn = "new", .server = true };
	const char *crl = secure_path(s, "clients.crl");
	char *key = tempdir_read(s->dir, "server.key");

	assert_int_equal(chmod(secure_path(s, "server.key"), 0644), 0);
	refused(s);
	assert_int_equal(chmod(secure_path(s, "server.key"), 0640), 0);
	sec->tls_priority = "NONSENSE";
	refused(s);
	sec->tls_priority = "NORMAL:+VERS-TLS1.1";
	refused(s);
	sec->tls_priority = NULL;
	tempdir_write(s->dir, "clients.crl", "");
	refused(s);
	pki_crl_write(s->clients, s->dir, "clients", false, 1);
	tempdir_write(s->dir, "clients.crt", "x");
	refused(s);
	pki_ca_write(s->clients, s->dir, "clients");
	assert_int_equal(unlink(crl), 0);
	assert_int_equal(mkdir(crl, 0700), 0);
	refused(s);
	assert_int_equal(rmdir(crl), 0);
	refused(s);
	pki_crl_write(s->clients, s->dir, "clients", false, 1);
	secure_start(s);
	secure_stop(s);
	pki_issue(s->ca, s->dir, "server", &server);
	tempdir_write(s->dir, "server.key", key);
	refused(s);
	free(key);
}

#define TEST(name)	cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_versions),
		TEST(test_plain_at_tls),
		TEST(test_slow_handshake),
		TEST(test_client_certificate),
		TEST(test_client_certificate_bad),
		TEST(test_client_certificate_off),
		TEST(test_reload),
		TEST(test_reload_bad),
		TEST(test_revoked),
		TEST(test_client_ca_reload),
		TEST(test_start_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
