// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Slow, half-open, greedy and silent clients, over real sockets from several
 * addresses of the loopback; another client is served meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "secure_fixture.h"
#include "serve.h"
#include "service/service.h"

#define GET(target)	"GET " target " HTTP/1.1\r\nHost: 127.0.0.1\r\n" \
			"Connection: close\r\n\r\n"
#define KEEP(target)	"GET " target " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
#define HALF		"GET /redfish/v1/ HTTP/1.1\r\nHo"
#define SYSTEM		SERVE_SYSTEM
#define GOOD		"127.0.0.9"
#define MANY		200
#define LARGE		"/redfish/v1/Large?$expand=."

static const struct service_limits defaults = SERVICE_LIMITS_DEFAULT;

static const char *ask(struct serve *serve, const char *from, const char *text)
{
	return serve_ask(serve, from, text, strlen(text));
}

static void send_text(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 (ssize_t)strlen(text));
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The good client is answered, and at once. */
static void served(struct serve *serve)
{
	int fd = serve_connect(serve, GOOD);
	double start = seconds();
	char answer[2048];
	ssize_t n = -1;

	send_text(fd, GET(SYSTEM));
	while (n < 0 && seconds() < start + 5) {
		sd_event_run(serve->event, 1000);
		n = recv(fd, answer, sizeof(answer) - 1, 0);
	}
	assert_true(n > 0);
	answer[n] = '\0';
	assert_non_null(strstr(answer, "HTTP/1.1 200 "));
	assert_true(seconds() - start < 1);
	close(fd);
}

/* MANY clients of ten addresses, which send @text and no more. */
static void crowd(struct serve *serve, int fds[MANY], const char *text)
{
	char from[32];
	size_t i;

	for (i = 0; i < MANY; i++) {
		snprintf(from, sizeof(from), "127.0.1.%zu", i % 10 + 1);
		fds[i] = serve_connect(serve, from);
		serve_settle(serve, 0);
		send(fds[i], text, strlen(text), MSG_NOSIGNAL);
	}
	serve_settle(serve, 1);
}

static size_t count_open(struct serve *serve, const int fds[MANY])
{
	size_t i, n = 0;

	serve_settle(serve, 5);
	for (i = 0; i < MANY; i++)
		n += !serve_closed(serve, fds[i]);
	return n;
}

/* The loop runs until so long after @start. */
static void until(struct serve *serve, double start, double after)
{
	while (seconds() < start + after)
		sd_event_run(serve->event, 20000);
}

static void disperse(struct serve *serve, const int fds[MANY])
{
	size_t i;

	for (i = 0; i < MANY; i++)
		close(fds[i]);
	serve_settle(serve, 5);
}

/* They are let in as long as there is room, and make room for who asks. */
static void test_half_open(void **state)
{
	struct serve *serve = serve_start(NULL, NULL);
	int fds[MANY];

	crowd(serve, fds, HALF);
	served(serve);
	served(serve);
	assert_int_equal(count_open(serve, fds), defaults.connections - 1);
	disperse(serve, fds);
	served(serve);
	serve_stop(serve);
}

/* Clients that send nothing, all of one address: the good client's. */
static void test_same_address(void **state)
{
	struct serve *serve = serve_start(NULL, NULL);
	int fds[MANY];
	size_t i;

	for (i = 0; i < MANY; i++) {
		fds[i] = serve_connect(serve, GOOD);
		serve_settle(serve, 0);
	}
	served(serve);
	assert_int_equal(count_open(serve, fds),
			 defaults.client_connections - 1);
	disperse(serve, fds);
	serve_stop(serve);
}

/* A byte now and then does not make it last longer. */
static void test_byte_by_byte(void **state)
{
	static const char text[] = KEEP(SYSTEM);
	struct service_limits limits = defaults;
	struct serve *serve;
	double start;
	int fds[20];
	size_t i, k;

	limits.seconds = 1;
	serve = serve_start(NULL, &limits);
	for (i = 0; i < 20; i++)
		fds[i] = serve_connect(serve, "127.0.1.1");
	start = seconds();
	for (k = 0; k < 5; k++) {
		for (i = 0; i < 20; i++)
			send(fds[i], text + k, 1, MSG_NOSIGNAL);
		until(serve, start, 0.25 * (double)k + 0.25);
		served(serve);
	}
	for (i = 0; i < 20; i++) {
		assert_true(serve_closed(serve, fds[i]));
		close(fds[i]);
	}
	serve_stop(serve);
}

/* The same of a body, whose headers were in time. */
static void test_slow_body(void **state)
{
	struct service_limits limits = defaults;
	struct serve *serve;
	double start;
	int fd, k;

	limits.seconds = 1;
	serve = serve_start(NULL, &limits);
	fd = serve_connect(serve, NULL);
	send_text(fd, "PATCH " SERVE_PATCHED " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	     "Content-Type: application/json\r\nContent-Length: 17\r\n\r\n");
	start = seconds();
	for (k = 0; k < 5; k++) {
		send(fd, " ", 1, MSG_NOSIGNAL);
		until(serve, start, 0.25 * k + 0.25);
	}
	assert_true(serve_closed(serve, fd));
	close(fd);
	assert_string_equal(serve->context, "");
	serve_stop(serve);
}

/* A connection may be used again and again, each time in time. */
static void test_kept_alive(void **state)
{
	struct service_limits limits = defaults;
	struct serve *serve;
	double start;
	int fd, i;

	limits.seconds = 1;
	serve = serve_start(NULL, &limits);
	fd = serve_connect(serve, NULL);
	start = seconds();
	for (i = 0; i < 4; i++) {
		send_text(fd, KEEP(SYSTEM));
		until(serve, start, 0.5 * i + 0.5);
	}
	assert_false(serve_closed(serve, fd));
	until(serve, start, 3);
	assert_true(serve_closed(serve, fd));
	close(fd);
	/* Nobody is there: nothing wakes up. */
	serve_settle(serve, 5);
	assert_int_equal(sd_event_run(serve->event, 300000), 0);
	serve_stop(serve);
}

static int connect_raw(uint16_t port)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (void *)&to, sizeof(to)), 0);
	return fd;
}

/* A handshake that never ends is a request that never comes. */
static void test_slow_handshake(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01";
	struct secure *s = secure_new();
	int fds[30];
	char c;
	size_t i;

	s->setup.limits = defaults;
	s->setup.limits.seconds = 2;
	secure_start(s);
	for (i = 0; i < 30; i++) {
		fds[i] = connect_raw(service_port(s->service));
		if (i % 2)
			assert_true(send(fds[i], hello, sizeof(hello) - 1,
					 MSG_NOSIGNAL) > 0);
	}
	secure_expect(s, NULL, NULL, "GET", "/redfish", NULL, 200);
	secure_run(s, 2500);
	secure_expect(s, NULL, NULL, "GET", "/redfish", NULL, 200);
	for (i = 0; i < 30; i++) {
		while (recv(fds[i], &c, 1, MSG_DONTWAIT) > 0)
			;
		assert_true(recv(fds[i], &c, 1, MSG_DONTWAIT) == 0 ||
			    errno == ECONNRESET);
		close(fds[i]);
	}
	secure_free(s);
}

/* A collection whose members are large: about 1.5 MB when expanded. */
static json_t *large(void)
{
	json_t *all = json_object(), *members = json_array();
	char uri[64];
	int i;

	for (i = 0; i < 500; i++) {
		snprintf(uri, sizeof(uri), "/redfish/v1/Large/%d", i);
		json_array_append_new(members, json_pack("{s:s}", "@odata.id",
							 uri));
		json_object_set_new(all, uri, json_pack("{s:s, s:o}",
			"@odata.id", uri, "Text",
			json_sprintf("%03000d", i)));
	}
	json_object_set_new(all, "/redfish/v1/Large",
			    json_pack("{s:s, s:o}", "@odata.id",
				      "/redfish/v1/Large", "Members", members));
	return all;
}

/* Who asks for much and reads nothing holds little, and not for long. */
static void test_never_reads(void **state)
{
	struct service_limits limits = defaults;
	struct serve *serve;
	size_t before, i;
	int fds[MANY], small = 4096;

	limits.seconds = 2;
	serve = serve_start(large(), &limits);
	assert_non_null(strstr(ask(serve, NULL, GET(SYSTEM)), " 200 "));
	before = serve_resident();
	for (i = 0; i < MANY; i++) {
		char from[32];

		snprintf(from, sizeof(from), "127.0.1.%zu", i % 10 + 1);
		fds[i] = serve_connect(serve, from);
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small,
			   sizeof(small));
		serve_settle(serve, 0);
		send(fds[i], KEEP(LARGE), sizeof(KEEP(LARGE)) - 1,
		     MSG_NOSIGNAL);
		if (i % 20 == 0)
			served(serve);
	}
	serve_settle(serve, 1);
	served(serve);
	assert_true(serve_resident() < before + 40 * 1024 * 1024);
	until(serve, seconds(), 2.2);
	served(serve);
	/* Had they read, they would have been served. */
	assert_int_equal(count_open(serve, fds), 0);
	disperse(serve, fds);
	serve_stop(serve);
}

/* What is asked for and read is given, also all at once. */
static void test_reads(void **state)
{
	struct serve *serve = serve_start(large(), NULL);
	const char *answer = ask(serve, NULL, GET(LARGE));

	assert_int_equal(strncmp(answer, "HTTP/1.1 200 ", 13), 0);
	assert_int_equal(strlen(answer), sizeof(serve->answer) - 1);
	serve_stop(serve);
}

/* A burst is served, what is more has to wait; others do not. */
static void test_rate(void **state)
{
	struct service_limits limits = defaults;
	const char *answer;
	struct serve *serve;
	int i;

	limits.request_rate = 1;
	limits.request_burst = 20;
	serve = serve_start(NULL, &limits);
	for (i = 0; i < 20; i++) {
		answer = ask(serve, "127.0.1.1", GET(SYSTEM));
		assert_non_null(strstr(answer, "HTTP/1.1 200 "));
	}
	answer = ask(serve, "127.0.1.1", KEEP(SYSTEM));
	assert_non_null(strstr(answer, "HTTP/1.1 503 "));
	assert_non_null(strstr(answer, "Retry-After: 1\r\n"));
	assert_non_null(strstr(answer, "Connection: close\r\n"));
	assert_non_null(strstr(answer, "Base.1.22.ServiceTemporarilyUnavailable"));
	assert_non_null(strstr(answer, "\"MessageArgs\":[\"1\"]"));
	served(serve);
	until(serve, seconds(), 1.1);
	answer = ask(serve, "127.0.1.1", GET(SYSTEM));
	assert_non_null(strstr(answer, "HTTP/1.1 200 "));
	serve_stop(serve);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_open),
		cmocka_unit_test(test_same_address),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_slow_body),
		cmocka_unit_test(test_kept_alive),
		cmocka_unit_test(test_slow_handshake),
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_never_reads),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
