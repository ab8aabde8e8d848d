// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An OFMF behind TLS: what must be refused is refused before a byte of ours
 * goes there, and once it is in order all is delivered. The proxy ends TLS in
 * front of the stand-in, which has none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "capture.h"
#include "certs.h"
#include "fault.h"
#include "tempdir.h"

#define LIMIT	15000	/* ms */
#define HERE	"127.0.0.1"
#define OLD_TLS	"NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT"

struct rig {
	struct standin standin;
	struct fault_proxy *front;
	struct agent agent;
	char *dir, *certs;
	char ca[128], cert[128], key[128];
	char why[512];
	struct capture capture;
};

/* ---- certificates ------------------------------------------------------- */

static void make(const struct rig *rig, const char *name, const char *issuer,
		 const char *address, int from, int to)
{
	const struct cert cert = {
		.name = name, .issuer = issuer, .address = address,
		.from = from, .to = to,
	};

	cert_make(rig->certs, &cert);
}

static void make_all(const struct rig *rig)
{
	make(rig, "ca", NULL, NULL, -1, 10);
	make(rig, "other-ca", NULL, NULL, -1, 10);
	make(rig, "good", "ca", HERE, -1, 10);
	make(rig, "stranger", "other-ca", HERE, -1, 10);
	make(rig, "self-signed", NULL, HERE, -1, 10);
	make(rig, "elsewhere", "ca", "192.0.2.1", -1, 10);
	make(rig, "nameless", "ca", NULL, -1, 10);
	make(rig, "expired", "ca", HERE, -10, -1);
	make(rig, "early", "ca", HERE, 1, 10);
	make(rig, "client", "ca", NULL, -1, 10);
	make(rig, "other-client", "other-ca", NULL, -1, 10);
}

/* What the OFMF shows from now on. */
static void show_as(struct rig *rig, const char *name, const char *priority,
		    bool ask)
{
	char cert[128], key[128], ca[128];
	const struct fault_tls tls = {
		.cert = cert, .key = key, .priority = priority,
		.clients = ask ? ca : NULL,
	};

	snprintf(cert, sizeof(cert), "%s/%s.crt", rig->certs, name);
	snprintf(key, sizeof(key), "%s/%s.key", rig->certs, name);
	snprintf(ca, sizeof(ca), "%s/ca.crt", rig->certs);
	fault_proxy_tls(rig->front, &tls);
}

static void show(struct rig *rig, const char *name)
{
	show_as(rig, name, NULL, false);
}

/* What we show from now on; the files have the same names. */
static void client_is(struct rig *rig, const char *name)
{
	static const char *const ends[] = { "crt", "key" };
	char from[160], path[160];
	char *text;
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(from, sizeof(from), "%s.%s", name, ends[i]);
		text = tempdir_read(rig->certs, from);
		assert_non_null(text);
		snprintf(path, sizeof(path), "us.%s", ends[i]);
		tempdir_write(rig->certs, path, text);
		free(text);
	}
	snprintf(rig->cert, sizeof(rig->cert), "%s/us.crt", rig->certs);
	snprintf(rig->key, sizeof(rig->key), "%s/us.key", rig->certs);
	rig->agent.security.cert = rig->cert;
	rig->agent.security.key = rig->key;
}

/* ---- the rig ------------------------------------------------------------ */

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	sd_event *event;

	*state = rig;
	if (!standin_program())
		return 0;
	rig->dir = tempdir_make();
	rig->certs = tempdir_make();
	make_all(rig);
	rig->standin.conformant = true;
	standin_start(&rig->standin);
	rig->front = fault_proxy_new();
	fault_proxy_target(rig->front, rig->standin.port);
	assert_int_equal(sd_event_new(&event), 0);
	agent_init(&rig->agent, event, &rig->standin, "h", rig->dir);
	sd_event_unref(event);
	snprintf(rig->agent.url, sizeof(rig->agent.url), "https://" HERE ":%d",
		 fault_proxy_port(rig->front));
	snprintf(rig->ca, sizeof(rig->ca), "%s/ca.crt", rig->certs);
	rig->agent.security.ca = rig->ca;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	if (rig->dir) {
		agent_stop(&rig->agent);
		fault_proxy_free(rig->front);
		standin_stop(&rig->standin);
		agent_clear(&rig->agent);
		tempdir_remove(rig->dir);
		tempdir_remove(rig->certs);
	}
	free(rig);
	return 0;
}

static struct rig *rig_of(void **state)
{
	struct rig *rig = *state;

	if (!rig->dir) {
		print_message("OFMF_STANDIN is not set\n");
		skip();
	}
	return rig;
}

static void settle(struct rig *rig)
{
	if (agent_settle(&rig->agent, AGENT_CONTENTS, LIMIT, rig->why,
			 sizeof(rig->why)) < 0)
		fail_msg("%s", rig->why);
}

static unsigned int requests(struct rig *rig)
{
	return fault_proxy_seen(rig->front, "GET") +
	       fault_proxy_seen(rig->front, "POST") +
	       fault_proxy_seen(rig->front, "PATCH");
}

/* Some tries long nothing of ours goes there. */
static void is_refused(struct rig *rig)
{
	uint64_t end = agent_now_ms() + 5000;
	unsigned int before = rig->agent.ofmf->failures;

	fault_proxy_rule(rig->front, NULL);
	while (rig->agent.ofmf->failures < before + 2 && agent_now_ms() < end)
		agent_run(&rig->agent, 20);
	assert_true(rig->agent.ofmf->failures >= before + 2);
	assert_int_equal(requests(rig), 0);
}

/* ---- tests -------------------------------------------------------------- */

static void test_good(void **state)
{
	struct rig *rig = rig_of(state);

	show(rig, "good");
	assert_int_equal(agent_start(&rig->agent), 0);
	settle(rig);
}

/* The log says what is wrong, once. */
static void is_refused_for(struct rig *rig, const char *why)
{
	char *text;

	capture_begin(&rig->capture);
	json_object_clear(rig->agent.ofmf->kinds);
	is_refused(rig);
	text = capture_end(&rig->capture);
	if (capture_lines(text, why) != 1)
		fail_msg("it is not logged once that %s", why);
	free(text);
}

static void test_bad_certificates(void **state)
{
	static const struct {
		const char *name, *why;
	} bad[] = {
		{ "stranger", "from a CA that is not trusted" },
		{ "self-signed", "from a CA that is not trusted" },
		{ "elsewhere", "is for another name" },
		{ "nameless", "is for another name" },
		{ "expired", "has expired" },
		{ "early", "is not valid yet" },
	};
	struct rig *rig = rig_of(state);
	size_t i;

	show(rig, bad[0].name);
	assert_int_equal(agent_start(&rig->agent), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("# %s\n", bad[i].name);
		show(rig, bad[i].name);
		is_refused_for(rig, bad[i].why);
	}
	show(rig, "good");
	settle(rig);
}

/* That it would have got through if it wanted to. */
static bool old_tls_works(const struct rig *rig)
{
	CURL *easy = curl_easy_init();
	char url[128];
	CURLcode code;

	snprintf(url, sizeof(url), "%s/redfish/v1/", rig->agent.url);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_CAINFO, rig->ca);
	curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, "NORMAL:+VERS-TLS1.1");
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_1);
	code = curl_easy_perform(easy);
	curl_easy_cleanup(easy);
	return code == CURLE_OK;
}

static void test_old_tls(void **state)
{
	struct rig *rig = rig_of(state);

	show_as(rig, "good", OLD_TLS, false);
	assert_true(old_tls_works(rig));
	assert_int_equal(agent_start(&rig->agent), 0);
	is_refused_for(rig, "no TLS: ");
	show(rig, "good");
	settle(rig);
}

static void test_no_tls(void **state)
{
	static const struct fault_tls none;
	struct rig *rig = rig_of(state);

	assert_int_equal(agent_start(&rig->agent), 0);
	is_refused(rig);
	show(rig, "good");
	settle(rig);
	fault_proxy_tls(rig->front, &none);
	agent_name(&rig->agent, "Memory/m0", "plain");
	agent_publish(&rig->agent);
	is_refused(rig);
	show(rig, "good");
	settle(rig);
}

/* The server's certificate becomes bad, and good again, in mid-life. */
static void test_changed(void **state)
{
	struct rig *rig = rig_of(state);

	show(rig, "good");
	assert_int_equal(agent_start(&rig->agent), 0);
	settle(rig);
	show(rig, "expired");
	agent_name(&rig->agent, "Memory/m0", "changed");
	agent_publish(&rig->agent);
	agent_alert(&rig->agent, "Tls");
	is_refused(rig);
	assert_int_equal(agent_told(&rig->agent, "Tls", NULL), 0);
	make(rig, "renewed", "ca", HERE, -1, 20);
	show(rig, "renewed");
	settle(rig);
	assert_true(agent_told(&rig->agent, "Tls", NULL) > 0);
}

/* The OFMF moves to another CA, and so does our file, without a restart. */
static void test_other_ca(void **state)
{
	struct rig *rig = rig_of(state);
	char *text;

	show(rig, "good");
	assert_int_equal(agent_start(&rig->agent), 0);
	settle(rig);
	show(rig, "stranger");
	agent_name(&rig->agent, "Memory/m0", "changed");
	agent_publish(&rig->agent);
	is_refused(rig);
	text = tempdir_read(rig->certs, "other-ca.crt");
	tempdir_write(rig->certs, "ca.crt", text);
	free(text);
	settle(rig);
	/* and what was right before is wrong now */
	show(rig, "good");
	agent_name(&rig->agent, "Memory/m0", "changed again");
	agent_publish(&rig->agent);
	is_refused(rig);
}

static void test_no_ca_file(void **state)
{
	struct rig *rig = rig_of(state);
	char *text = tempdir_read(rig->certs, "ca.crt");

	show(rig, "good");
	assert_int_equal(unlink(rig->ca), 0);
	assert_int_equal(agent_start(&rig->agent), 0);
	is_refused_for(rig, "the ca file cannot be used");
	tempdir_write(rig->certs, "ca.crt", "-----BEGIN CERTIFICATE-----\nx");
	is_refused_for(rig, "the ca file cannot be used");
	tempdir_write(rig->certs, "ca.crt", text);
	settle(rig);
	free(text);
}

static void test_client_certificate(void **state)
{
	struct rig *rig = rig_of(state);

	client_is(rig, "other-client");
	show_as(rig, "good", NULL, true);
	assert_int_equal(agent_start(&rig->agent), 0);
	is_refused(rig);
	/* renewed in place */
	client_is(rig, "client");
	settle(rig);
}

/* Ours is not there, for a moment or for good. */
static void test_client_certificate_gone(void **state)
{
	struct rig *rig = rig_of(state);

	client_is(rig, "client");
	assert_int_equal(unlink(rig->cert), 0);
	show_as(rig, "good", NULL, true);
	assert_int_equal(agent_start(&rig->agent), 0);
	is_refused_for(rig, "our certificate or its key cannot be used");
	client_is(rig, "client");
	settle(rig);
}

/* Without one of ours where one is asked for. */
static void test_no_client_certificate(void **state)
{
	struct rig *rig = rig_of(state);

	show_as(rig, "good", NULL, true);
	assert_int_equal(agent_start(&rig->agent), 0);
	is_refused(rig);
	show(rig, "good");
	settle(rig);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_good), CASE(test_bad_certificates),
		CASE(test_old_tls), CASE(test_no_tls), CASE(test_changed),
		CASE(test_other_ca), CASE(test_no_ca_file),
		CASE(test_client_certificate),
		CASE(test_client_certificate_gone),
		CASE(test_no_client_certificate),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
