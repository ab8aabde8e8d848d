// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Limits and deadlines of clients, computed without a service or a clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "serve.h"
#include "service/access/clients.h"
#include "service/service.h"

#define SECOND	1000000ull

static const struct service_limits defaults = SERVICE_LIMITS_DEFAULT;

static const struct sockaddr_in some = {
	.sin_family = AF_INET, .sin_addr.s_addr = 0x0100007f,
};

static void test_bucket(void **state)
{
	struct service_limits limits = defaults;
	struct svc_clients *clients;
	struct svc_client *c;
	uint64_t now = 5;
	int i;

	limits.request_rate = 10;
	limits.request_burst = 30;
	clients = svc_clients_new(&limits);
	c = svc_client_open(clients, (void *)&some, -1, now);
	for (i = 0; i < 30; i++)
		assert_int_equal(svc_client_charge(c, 1, now), 0);
	assert_int_equal(svc_client_charge(c, 1, now), 1);
	assert_int_equal(svc_client_charge(c, 30, now), 3);
	now += SECOND / 10 - 1;
	assert_int_equal(svc_client_charge(c, 1, now), 1);
	assert_int_equal(svc_client_charge(c, 1, ++now), 0);
	assert_int_equal(svc_client_charge(c, 1, now), 1);
	/* Debts are paid before anything else is. */
	svc_client_debit(c, 100, now);
	assert_int_equal(svc_client_charge(c, 1, now), 11);
	now += 10 * SECOND + SECOND / 10;
	assert_int_equal(svc_client_charge(c, 1, now), 0);
	assert_int_equal(svc_client_charge(c, 1, now), 1);
	/* It never holds more than the burst, however long it has been. */
	now += UINT64_MAX / 4;
	for (i = 0; i < 30; i++)
		assert_int_equal(svc_client_charge(c, 1, now), 0);
	assert_int_equal(svc_client_charge(c, 1, now), 1);
	/* The address is remembered, not the connection. */
	svc_client_close(c);
	c = svc_client_open(clients, (void *)&some, -1, now);
	assert_int_equal(svc_client_charge(c, 1, now), 1);
	svc_client_close(c);
	svc_clients_free(clients);
}

/* Unread answers are bounded, for one client and for all. */
static void test_answers(void **state)
{
	const size_t large = 3 * 1024 * 1024 / 2, small = 64 * 1024;
	struct svc_clients *clients = svc_clients_new(&defaults);
	struct sockaddr_in sin = some;
	struct svc_client *c[20], *b;
	size_t i;

	c[0] = svc_client_open(clients, (void *)&sin, -1, 0);
	b = svc_client_open(clients, (void *)&sin, -1, 0);
	assert_true(svc_client_answer(c[0], large));
	assert_int_equal(svc_client_charge(b, 1, 0), 0);
	assert_true(svc_client_answer(b, large));
	/* Two times as much is too much: it has to read, or to wait. */
	assert_int_equal(svc_client_charge(b, 1, 0), SVC_ANSWER_SECONDS);
	assert_false(svc_client_answer(b, large));
	assert_true(svc_client_answer(b, small));
	svc_client_wait(c[0], 0);
	assert_int_equal(svc_client_charge(b, 1, 0), 0);
	svc_client_close(b);
	/* What one alone has is never too large. */
	assert_true(svc_client_answer(c[0], 100 * large));
	svc_client_wait(c[0], 0);
	for (i = 0; i < 10; i++) {
		sin.sin_addr.s_addr = (uint32_t)i + 1;
		c[i + 1] = svc_client_open(clients, (void *)&sin, -1, 0);
		assert_true(svc_client_answer(c[i + 1], large));
	}
	/* Others have all there is but for small ones. */
	assert_false(svc_client_answer(c[0], 2 * large));
	assert_true(svc_client_answer(c[0], small));
	for (i = 0; i < 11; i++)
		svc_client_close(c[i]);
	svc_clients_free(clients);
}

/* Addresses of one IPv6 network are one client; so is IPv4 in IPv6. */
static void test_addresses(void **state)
{
	static const char *const addrs[] = {
		"2001:db8::1", "2001:db8::2:3:4:5", "2001:db8:0:1::1",
		"::ffff:127.0.0.1", "::1",
	};
	static const unsigned int waits[] = { 0, 1, 0, 1, 0 };
	struct service_limits limits = defaults;
	struct svc_clients *clients;
	struct svc_client *c;
	size_t i;

	limits.request_rate = limits.request_burst = 1;
	clients = svc_clients_new(&limits);
	c = svc_client_open(clients, (void *)&some, -1, 0);
	assert_int_equal(svc_client_charge(c, 1, 0), 0);
	svc_client_close(c);
	for (i = 0; i < 5; i++) {
		struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };

		assert_int_equal(inet_pton(AF_INET6, addrs[i],
					   &sin6.sin6_addr), 1);
		c = svc_client_open(clients, (void *)&sin6, -1, 0);
		if (svc_client_charge(c, 1, 0) != waits[i])
			fail_msg("%s", addrs[i]);
		svc_client_close(c);
	}
	svc_clients_free(clients);
}

/* However many addresses come and go, few are remembered. */
static void test_many_addresses(void **state)
{
	struct svc_clients *clients = svc_clients_new(&defaults);
	struct sockaddr_in sin = some;
	struct svc_client *c;
	size_t before;
	uint32_t i;

	before = serve_resident();
	for (i = 0; i < 100000; i++) {
		sin.sin_addr.s_addr = i;
		c = svc_client_open(clients, (void *)&sin, -1, i);
		assert_non_null(c);
		svc_client_close(c);
	}
	assert_true(serve_resident() < before + 1024 * 1024);
	svc_clients_free(clients);
}

static void test_deadlines(void **state)
{
	struct service_limits limits = defaults;
	struct svc_clients *clients;
	struct svc_client *a, *b, *c;

	limits.seconds = 10;
	limits.client_connections = 2;
	clients = svc_clients_new(&limits);
	assert_true(svc_clients_next(clients) == UINT64_MAX);
	a = svc_client_open(clients, (void *)&some, -1, 0);
	b = svc_client_open(clients, (void *)&some, -1, 1);
	assert_true(svc_clients_next(clients) == 10 * SECOND);
	svc_client_serve(a, 2);
	assert_true(svc_clients_next(clients) == 10 * SECOND + 1);
	/* The one that is served stays, though it came first. */
	c = svc_client_open(clients, (void *)&some, -1, 3);
	assert_non_null(c);
	assert_int_equal(svc_client_charge(b, 1, 3), 1);
	assert_int_equal(svc_client_charge(a, 1, 3), 0);
	assert_true(svc_clients_next(clients) == 10 * SECOND + 2);
	/* A late one is ended once; what it still sends changes nothing. */
	svc_client_wait(b, 4);
	svc_clients_expire(clients, 10 * SECOND + 3);
	assert_true(svc_clients_next(clients) == UINT64_MAX);
	svc_client_wait(a, 20 * SECOND);
	svc_client_serve(c, 20 * SECOND);
	assert_true(svc_clients_next(clients) == UINT64_MAX);
	svc_client_close(a);
	svc_client_close(b);
	svc_client_close(c);
	svc_clients_free(clients);
}

/* A stream has no deadline, and is not ended to make room. */
static void test_stream(void **state)
{
	struct service_limits limits = defaults;
	struct svc_clients *clients;
	struct svc_client *a, *b;

	limits.client_connections = 1;
	clients = svc_clients_new(&limits);
	a = svc_client_open(clients, (void *)&some, -1, 0);
	svc_client_serve(a, 0);
	svc_client_stay(a);
	assert_true(svc_clients_next(clients) == UINT64_MAX);
	assert_null(svc_client_open(clients, (void *)&some, -1, 0));
	svc_client_wait(a, 5);
	assert_true(svc_clients_next(clients) == 5 + 30 * SECOND);
	b = svc_client_open(clients, (void *)&some, -1, 6);
	assert_non_null(b);
	svc_client_close(a);
	svc_client_close(b);
	svc_clients_free(clients);
}

/* Nobody waits: there is no room to be made. */
static void test_all_served(void **state)
{
	struct service_limits limits = defaults;
	struct svc_clients *clients;
	struct svc_client *a;

	limits.client_connections = 1;
	clients = svc_clients_new(&limits);
	a = svc_client_open(clients, (void *)&some, -1, 0);
	svc_client_serve(a, 0);
	assert_null(svc_client_open(clients, (void *)&some, -1, 0));
	svc_client_wait(a, 0);
	svc_client_close(a);
	svc_clients_free(clients);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_all_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
