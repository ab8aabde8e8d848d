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

#include "certs.h"
#include "site.h"
#include "tempdir.h"

#define HERE	"127.0.0.1"
#define OLD_TLS	"NORMAL:-VERS-ALL:+VERS-TLS1.1:%COMPAT"

/* ---- certificates ------------------------------------------------------- */

static void make(struct site *site, const char *name, const char *issuer,
		 const char *address, int from, int to)
{
	const struct cert cert = {
		.name = name, .issuer = issuer, .address = address,
		.from = from, .to = to,
	};

	cert_make(site->files, &cert);
}

static void make_all(struct site *site)
{
	make(site, "ca", NULL, NULL, -1, 10);
	make(site, "other-ca", NULL, NULL, -1, 10);
	make(site, "good", "ca", HERE, -1, 10);
	make(site, "stranger", "other-ca", HERE, -1, 10);
	make(site, "self-signed", NULL, HERE, -1, 10);
	make(site, "elsewhere", "ca", "192.0.2.1", -1, 10);
	make(site, "nameless", "ca", NULL, -1, 10);
	make(site, "expired", "ca", HERE, -10, -1);
	make(site, "early", "ca", HERE, 1, 10);
	make(site, "client", "ca", NULL, -1, 10);
	make(site, "other-client", "other-ca", NULL, -1, 10);
}

/* What the OFMF shows from now on. */
static void show_as(struct site *site, const char *name, const char *priority,
		    bool ask)
{
	char cert[64], key[64];
	struct fault_tls tls = { .priority = priority };

	snprintf(cert, sizeof(cert), "%s.crt", name);
	snprintf(key, sizeof(key), "%s.key", name);
	tls.cert = site_file(site, cert);
	tls.key = site_file(site, key);
	tls.clients = ask ? site_file(site, "ca.crt") : NULL;
	fault_proxy_tls(site->front, &tls);
}

static void show(struct site *site, const char *name)
{
	show_as(site, name, NULL, false);
}

/* What we show from now on; the files have the same names. */
static void client_is(struct site *site, const char *name)
{
	static const char *const ends[] = { "crt", "key" };
	char from[160], path[160];
	char *text;
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(from, sizeof(from), "%s.%s", name, ends[i]);
		text = tempdir_read(site->files, from);
		assert_non_null(text);
		snprintf(path, sizeof(path), "us.%s", ends[i]);
		tempdir_write(site->files, path, text);
		free(text);
	}
	site->agents[0]->security.cert = site_file(site, "us.crt");
	site->agents[0]->security.key = site_file(site, "us.key");
}

/* ---- the site ------------------------------------------------------------ */

static int setup(void **state)
{
	struct agent *agent = site_setup(state, true, true, OFMF_RESYNC_NONE);
	struct site *site = *state;

	if (!site)
		return 0;
	make_all(site);
	snprintf(agent->url, sizeof(agent->url), "https://" HERE ":%d",
		 fault_proxy_port(site->front));
	agent->security.ca = site_file(site, "ca.crt");
	return 0;
}

static struct agent *agent_of(const struct site *site)
{
	return site->agents[0];
}

static void start(struct site *site)
{
	assert_int_equal(agent_start(agent_of(site)), 0);
}

static unsigned int requests(struct site *site)
{
	return fault_proxy_seen(site->front, "GET") +
	       fault_proxy_seen(site->front, "POST") +
	       fault_proxy_seen(site->front, "PATCH");
}

/* Some tries long nothing of ours goes there. */
static void is_refused(struct site *site)
{
	fault_proxy_rule(site->front, NULL);
	site_fails(site, agent_of(site), 2);
	assert_int_equal(requests(site), 0);
}

/* ---- tests -------------------------------------------------------------- */

static void test_good(void **state)
{
	struct site *site = site_of(state);

	show(site, "good");
	start(site);
	site_settle(site);
}

/* The log says what is wrong, once. */
static void is_refused_for(struct site *site, const char *why)
{
	site_log_begin(site);
	json_object_clear(agent_of(site)->ofmf->report.kinds);
	is_refused(site);
	if (capture_lines(site_log_end(site), why) != 1)
		fail_msg("it is not logged once that %s", why);
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
	struct site *site = site_of(state);
	size_t i;

	show(site, bad[0].name);
	start(site);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("# %s\n", bad[i].name);
		show(site, bad[i].name);
		is_refused_for(site, bad[i].why);
	}
	show(site, "good");
	site_settle(site);
}

/* That it would have got through if it wanted to. */
static bool old_tls_works(const struct site *site)
{
	CURL *easy = curl_easy_init();
	char url[128];
	CURLcode code;

	snprintf(url, sizeof(url), "%s/redfish/v1/", agent_of(site)->url);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_CAINFO, agent_of(site)->security.ca);
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
	struct site *site = site_of(state);

	show_as(site, "good", OLD_TLS, false);
	assert_true(old_tls_works(site));
	start(site);
	is_refused_for(site, "no TLS: ");
	show(site, "good");
	site_settle(site);
}

static void test_no_tls(void **state)
{
	static const struct fault_tls none;
	struct site *site = site_of(state);

	start(site);
	is_refused(site);
	show(site, "good");
	site_settle(site);
	fault_proxy_tls(site->front, &none);
	agent_name(agent_of(site), "Memory/m0", "plain");
	agent_publish(agent_of(site));
	is_refused(site);
	show(site, "good");
	site_settle(site);
}

/* The server's certificate becomes bad, and good again, in mid-life. */
static void test_changed(void **state)
{
	struct site *site = site_of(state);

	show(site, "good");
	start(site);
	site_settle(site);
	show(site, "expired");
	agent_name(agent_of(site), "Memory/m0", "changed");
	agent_publish(agent_of(site));
	agent_alert(agent_of(site), "Tls");
	is_refused(site);
	assert_int_equal(agent_received(agent_of(site), "Tls", NULL), 0);
	make(site, "renewed", "ca", HERE, -1, 20);
	show(site, "renewed");
	site_settle(site);
	assert_true(agent_received(agent_of(site), "Tls", NULL) > 0);
}

/* The OFMF moves to another CA, and so does our file, without a restart. */
static void test_other_ca(void **state)
{
	struct site *site = site_of(state);
	char *text;

	show(site, "good");
	start(site);
	site_settle(site);
	show(site, "stranger");
	agent_name(agent_of(site), "Memory/m0", "changed");
	agent_publish(agent_of(site));
	is_refused(site);
	text = tempdir_read(site->files, "other-ca.crt");
	tempdir_write(site->files, "ca.crt", text);
	free(text);
	site_settle(site);
	/* and what was right before is wrong now */
	show(site, "good");
	agent_name(agent_of(site), "Memory/m0", "changed again");
	agent_publish(agent_of(site));
	is_refused(site);
}

static void test_no_ca_file(void **state)
{
	struct site *site = site_of(state);
	char *text = tempdir_read(site->files, "ca.crt");

	show(site, "good");
	assert_int_equal(unlink(agent_of(site)->security.ca), 0);
	start(site);
	is_refused_for(site, "the ca file cannot be used");
	tempdir_write(site->files, "ca.crt", "-----BEGIN CERTIFICATE-----\nx");
	is_refused_for(site, "the ca file cannot be used");
	tempdir_write(site->files, "ca.crt", text);
	site_settle(site);
	free(text);
}

static void test_client_certificate(void **state)
{
	struct site *site = site_of(state);

	client_is(site, "other-client");
	show_as(site, "good", NULL, true);
	start(site);
	is_refused(site);
	/* renewed in place */
	client_is(site, "client");
	site_settle(site);
}

/* Ours is not there, for a moment or for good. */
static void test_client_certificate_gone(void **state)
{
	struct site *site = site_of(state);

	client_is(site, "client");
	assert_int_equal(unlink(site_file(site, "us.crt")), 0);
	show_as(site, "good", NULL, true);
	start(site);
	is_refused_for(site, "our certificate or its key cannot be used");
	client_is(site, "client");
	site_settle(site);
}

/* Without one of ours where one is asked for. */
static void test_no_client_certificate(void **state)
{
	struct site *site = site_of(state);

	show_as(site, "good", NULL, true);
	start(site);
	is_refused(site);
	show(site, "good");
	site_settle(site);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, site_teardown)
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
