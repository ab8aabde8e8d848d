// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Passwords whose hash takes long, and many clients that send them. */
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
	struct secure_session session;
	struct crowd c;

	slow_account(s);
	secure_start(s);
	secure_login(s, LOGIN(ADMIN), &session);
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

/* Stopped while passwords are checked: nothing is left behind. */
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		with_stopped(test_busy),
		with_stopped(test_busy_address),
		with_stopped(test_stop_while_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
