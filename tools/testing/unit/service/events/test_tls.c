// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Subscribers at https destinations: who they are is verified, or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certs.h"
#include "events_fix.h"
#include "receiver.h"

#define HERE	"127.0.0.1"

static char ca_path[256];

/* The path of a certificate less its end. */
static const char *cert(const struct events_fix *f, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

static void trust(struct events_fix *f, const char *name)
{
	snprintf(ca_path, sizeof(ca_path), "%s/%s.crt", f->dir, name);
	f->config.ca = ca_path;
	events_fix_restart(f);
}

static int setup(void **state)
{
	static const struct cert certs[] = {
		{ "ca", NULL, NULL, -30, 30 },
		{ "other", NULL, NULL, -30, 30 },
		{ "good", "ca", HERE, -1, 1 },
		{ "stranger", "other", HERE, -1, 1 },
		{ "itself", NULL, HERE, -1, 1 },
		{ "elsewhere", "ca", "127.0.0.2", -1, 1 },
		{ "nameless", "ca", NULL, -1, 1 },
		{ "expired", "ca", HERE, -2, -1 },
		{ "future", "ca", HERE, 1, 2 },
	};
	struct events_fix *f;
	size_t i;

	events_fix_setup(state);
	f = *state;
	for (i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
		cert_make(f->dir, &certs[i]);
	trust(f, "ca");
	return 0;
}

static void test_good(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, cert(f, "good"));
	char *uri = events_fix_subscribe_to(f, "https", receiver_port(r), "");

	events_fix_change(f);
	until(f, receiver_count(r) == 3);
	/* not with that authority */
	trust(f, "other");
	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	assert_int_equal(receiver_posts(r), 1);
	/* nor with the system's */
	f->config.ca = NULL;
	events_fix_restart(f);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	assert_int_equal(receiver_posts(r), 1);
	receiver_stop(r);
	free(uri);
}

static void refuses(struct events_fix *f, const char *name)
{
	struct receiver *r = receiver_start(0, cert(f, name));
	char *uri, *unchecked;

	uri = events_fix_subscribe_to(f, "https", receiver_port(r),
				      RETRY_FOREVER);
	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	events_fix_idle(f, 60);
	if (receiver_posts(r))
		fail_msg("events were sent to %s", name);
	/* another that asks for that, and then itself */
	unchecked = events_fix_subscribe_to(f, "https", receiver_port(r),
				RETRY_FOREVER ", \"VerifyCertificate\": false");
	events_fix_change(f);
	until(f, receiver_count(r) == 3);
	events_fix_idle(f, 60);
	assert_int_equal(receiver_count(r), 3);
	events_fix_expect(f, "PATCH", uri, "{\"VerifyCertificate\": false}",
			  200);
	until(f, events_fix_status_is(f, uri, "Enabled/OK"));
	assert_int_equal(receiver_count(r), 6);
	/* and not on the connection that there is, when it is to be checked */
	events_fix_expect(f, "PATCH", uri, "{\"VerifyCertificate\": true}",
			  200);
	events_fix_expect(f, "DELETE", unchecked, NULL, 204);
	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	assert_int_equal(receiver_count(r), 6);
	events_fix_expect(f, "DELETE", uri, NULL, 204);
	receiver_stop(r);
	free(unchecked);
	free(uri);
}

static void test_refused(void **state)
{
	static const char *const names[] = {
		"stranger", "itself", "elsewhere", "nameless", "expired",
		"future",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refuses(*state, names[i]);
}

/* What is pending comes when the receiver has a certificate that is good. */
static void test_renewed(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, cert(f, "expired"));
	uint16_t port = receiver_port(r);
	char *uri = events_fix_subscribe_to(f, "https", port, RETRY_FOREVER);

	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	receiver_stop(r);
	r = receiver_start(port, cert(f, "good"));
	until(f, receiver_count(r) == 3);
	receiver_stop(r);
	r = receiver_start(port, cert(f, "stranger"));
	events_fix_change(f);
	until(f, events_fix_status_is(f, uri, "Enabled/Warning"));
	assert_int_equal(receiver_posts(r), 0);
	receiver_stop(r);
	free(uri);
}

/* TLS where it was not asked for, and none where it was. */
static void test_scheme(void **state)
{
	struct events_fix *f = *state;
	struct receiver *plain = receiver_start(0, NULL);
	struct receiver *tls = receiver_start(0, cert(f, "good"));
	char *one, *two;

	one = events_fix_subscribe_to(f, "https", receiver_port(plain),
				      RETRY_FOREVER);
	two = events_fix_subscribe_to(f, "http", receiver_port(tls),
				      RETRY_FOREVER);
	events_fix_change(f);
	until(f, events_fix_status_is(f, one, "Enabled/Warning") &&
	      events_fix_status_is(f, two, "Enabled/Warning"));
	assert_int_equal(receiver_posts(plain), 0);
	assert_int_equal(receiver_posts(tls), 0);
	receiver_stop(plain);
	receiver_stop(tls);
	free(one);
	free(two);
}

#define CASE(test) \
	cmocka_unit_test_setup_teardown(test, setup, events_fix_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_good),
		CASE(test_refused),
		CASE(test_renewed),
		CASE(test_scheme),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
