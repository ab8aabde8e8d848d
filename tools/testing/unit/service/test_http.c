// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* HTTP as it comes in over a socket, byte by byte as written here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve.h"

#define HOST	"Host: 127.0.0.1\r\n"
#define CLOSE	"Connection: close\r\n"
#define JSON	"Content-Type: application/json\r\n"
#define SYSTEM	SERVE_SYSTEM
#define BODY	"{\"Context\": \"cc\"}"
#define LENGTH	"Content-Length: 17\r\n"

static int setup(void **state)
{
	*state = serve_start(NULL, NULL);
	return 0;
}

static int teardown(void **state)
{
	serve_stop(*state);
	return 0;
}

static const char *ask(struct serve *serve, const char *text)
{
	return serve_ask(serve, NULL, text, strlen(text));
}

static void expect(struct serve *serve, const char *text, const char *line,
		 const char *has)
{
	const char *answer = ask(serve, text);

	if (strncmp(answer, line, strlen(line)) ||
	    (has && !strstr(answer, has)))
		fail_msg("%s\n%s", text, answer);
}

/* How often @text is in @in. */
static int times(const char *in, const char *text)
{
	int n = 0;

	for (; (in = strstr(in, text)); in++)
		n++;
	return n;
}

static void test_host(void **state)
{
	expect(*state, "GET " SYSTEM " HTTP/1.1\r\n" CLOSE "\r\n",
	     "HTTP/1.1 400 ", NULL);
	expect(*state, "GET " SYSTEM " HTTP/1.1\r\n" HOST HOST CLOSE "\r\n",
	     "HTTP/1.1 400 ", "HeaderInvalid");
	expect(*state, "GET " SYSTEM " HTTP/1.1\r\nHost:\r\n" CLOSE "\r\n",
	     "HTTP/1.1 200 ", "\"h\"");
}

static void test_versions(void **state)
{
	expect(*state, "GET " SYSTEM " HTTP/1.0\r\n\r\n", "HTTP/1.1 200 ",
	     "Connection: close");
	expect(*state, "GET " SYSTEM " HTTP/2.0\r\n" HOST "\r\n",
	     "HTTP/1.1 505 ", NULL);
	expect(*state, "GET " SYSTEM "\r\n\r\n", "HTTP/1.1 ", NULL);
}

static void test_targets(void **state)
{
	expect(*state, "GET http://h:1" SYSTEM " HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 200 ", "\"h\"");
	expect(*state, "GET HTTPS://h" SYSTEM "/?a HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 200 ", "\"h\"");
	expect(*state, "GET http://h HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 400 ", "InvalidURI");
	expect(*state, "OPTIONS * HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 400 ", "InvalidURI");
	expect(*state, "CONNECT h:80 HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 400 ", "InvalidURI");
	expect(*state, "GET " SYSTEM "%2 HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 400 ", "InvalidURI");
	expect(*state, "GET " SYSTEM "%zz HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 400 ", "InvalidURI");
	expect(*state, "GET " SYSTEM "?%zz&$top=%2 HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 400 ", "QueryParameterValueFormatError");
	expect(*state, "GET /redfish/v1/Systems/ HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 200 ", "\"Members\"");
	expect(*state, "GET /redfish/v1/%53ystems HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 200 ", "\"Members\"");
}

static void test_no_coding(void **state)
{
	const char *answer = ask(*state, "GET " SYSTEM " HTTP/1.1\r\n" HOST CLOSE
			       "Accept-Encoding: gzip, deflate, br\r\n\r\n");

	assert_non_null(strstr(answer, "HTTP/1.1 200 "));
	assert_null(strcasestr(answer, "Content-Encoding"));
	expect(*state, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE JSON
	     "Content-Encoding: gzip\r\n" LENGTH "\r\n" BODY,
	     "HTTP/1.1 415 ", "HeaderInvalid");
	expect(*state, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE
	     LENGTH "\r\n" BODY, "HTTP/1.1 415 ", "HeaderMissing");
}

static void test_chunked(void **state)
{
	struct serve *serve = *state;

	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE JSON
	     "Transfer-Encoding: chunked\r\n\r\n"
	     "7\r\n{\"Conte\r\na\r\nxt\": \"cc\"}\r\n0\r\nT: t\r\n\r\n",
	     "HTTP/1.1 200 ", NULL);
	assert_string_equal(serve->context, "cc");
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE JSON
	     "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 400 ", NULL);
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE JSON
	     "Transfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 400 ", NULL);
}

/* What two could read in two ways is read in none (RFC 9112, 11.2). */
static void test_smuggling(void **state)
{
	struct serve *serve = *state;

	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON
	     LENGTH "Content-Length: 4\r\n\r\n" BODY, "HTTP/1.1 400 ",
	     "HeaderInvalid");
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON
	     LENGTH LENGTH "\r\n" BODY, "HTTP/1.1 400 ", "HeaderInvalid");
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON
	     LENGTH "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	     "HTTP/1.1 400 ", NULL);
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON
	     "Content-Length: 1x\r\n\r\n" BODY, "HTTP/1.1 400 ", NULL);
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON
	     "Content-Length: -1\r\n\r\n" BODY, "HTTP/1.1 400 ", NULL);
	expect(serve, "GET " SYSTEM " HTTP/1.1\r\n" HOST "X-Auth-Token: a\r\n"
	     "x-auth-token: b\r\n\r\n", "HTTP/1.1 400 ", "HeaderInvalid");
	expect(serve, "GET " SYSTEM " HTTP/1.1\r\n" HOST "X : y\r\n\r\n",
	     "HTTP/1.1 400 ", NULL);
	expect(serve, "GET " SYSTEM " HTTP/1.1\r\n" HOST "X: y\r\n z\r\n\r\n",
	     "HTTP/1.1 400 ", NULL);
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON
	     "Content-Length: 99999999999999999999\r\n\r\n" BODY,
	     "HTTP/1.1 413 ", NULL);
	assert_string_equal(serve->context, "");
}

static void test_continue(void **state)
{
	struct serve *serve = *state;
	int fd = serve_connect(serve, NULL);
	static const char head[] = "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST
		CLOSE JSON "Expect: 100-continue\r\n" LENGTH "\r\n";

	assert_true(send(fd, head, sizeof(head) - 1, 0) > 0);
	assert_string_equal(serve_read(serve, fd),
			    "HTTP/1.1 100 Continue\r\n\r\n");
	assert_true(send(fd, BODY, sizeof(BODY) - 1, 0) > 0);
	assert_non_null(strstr(serve_read(serve, fd), "HTTP/1.1 200 "));
	close(fd);
	/* A body that will not be read is not asked for. */
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON
	     "Expect: 100-continue\r\nContent-Length: 65537\r\n\r\n",
	     "HTTP/1.1 413 ", "PayloadTooLarge");
}

static void test_pipelining(void **state)
{
	static const char text[] =
		"GET " SYSTEM " HTTP/1.1\r\n" HOST "\r\n"
		"GET /redfish HTTP/1.1\r\n" HOST "\r\n"
		"PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST JSON LENGTH "\r\n"
		BODY
		"HEAD " SYSTEM " HTTP/1.1\r\n" HOST "\r\n"
		"GET /nothing HTTP/1.1\r\n" HOST CLOSE "\r\n";
	const char *answer = ask(*state, text), *at;

	assert_int_equal(times(answer, "HTTP/1.1 200 "), 4);
	assert_int_equal(times(answer, "HTTP/1.1 404 "), 1);
	at = strstr(answer, "\"Id\":\"h\"");
	assert_non_null(at);
	at = strstr(at, "{\"v1\":\"/redfish/v1/\"}");
	assert_non_null(at);
	assert_non_null(strstr(at, "SunfishServer"));
}

/* The second, and with it any part of the date, may be the next one by then. */
static void date_mask(char *text)
{
	char *date = strstr(text, "\r\nDate: ");

	assert_non_null(date);
	date += strlen("\r\nDate: ");
	memset(date, '?', strcspn(date, "\r"));
}

/* HEAD has GET's headers, with the length that the body would have. */
static void test_head(void **state)
{
	static const char *const targets[] = {
		"/redfish", "/redfish/v1/", "/redfish/v1/odata",
		"/redfish/v1/$metadata", SYSTEM, "/nothing",
		"/redfish/v1/Systems?$expand=.",
	};
	char request[256], get[4096], *head;
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\n" HOST
			 CLOSE "\r\n", targets[i]);
		snprintf(get, sizeof(get), "%s", ask(*state, request));
		head = strstr(get, "\r\n\r\n") + 4;
		assert_true(*head);
		*head = '\0';
		snprintf(request, sizeof(request), "HEAD %s HTTP/1.1\r\n" HOST
			 CLOSE "\r\n", targets[i]);
		head = (char *)ask(*state, request);
		date_mask(get);
		date_mask(head);
		assert_string_equal(get, head);
	}
}

static void test_large_headers(void **state)
{
	struct service_limits limits = SERVICE_LIMITS_DEFAULT;
	struct serve *serve;
	char text[8192];
	int n;

	limits.header_size = 2048;
	serve = serve_start(NULL, &limits);
	n = snprintf(text, sizeof(text), "GET " SYSTEM " HTTP/1.1\r\n" HOST
		     CLOSE "X: %01900d\r\n\r\n", 1);
	assert_true(n < 2048);
	expect(serve, text, "HTTP/1.1 200 ", NULL);
	snprintf(text, sizeof(text), "GET " SYSTEM " HTTP/1.1\r\n" HOST
		 CLOSE "X: %02048d\r\n\r\n", 1);
	expect(serve, text, "HTTP/1.1 431 ", "PayloadTooLarge");
	serve_stop(serve);
	/* More than there is memory for. */
	serve = *state;
	n = snprintf(text, sizeof(text), "GET " SYSTEM " HTTP/1.1\r\n" HOST
		     "X: %08000d", 1);
	{
		int fd = serve_connect(serve, NULL), i;

		for (i = 0; i < 6; i++)
			send(fd, text, (size_t)n, MSG_NOSIGNAL);
		assert_int_equal(strncmp(serve_read(serve, fd),
					 "HTTP/1.1 431 ", 13), 0);
		close(fd);
	}
}

static void test_large_body(void **state)
{
	struct service_limits limits = SERVICE_LIMITS_DEFAULT;
	struct serve *serve;

	limits.body_size = 16;
	serve = serve_start(NULL, &limits);
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE JSON
	     LENGTH "\r\n" BODY, "HTTP/1.1 413 ", "PayloadTooLarge");
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE JSON
	     "Transfer-Encoding: chunked\r\n\r\n11\r\n" BODY "\r\n0\r\n\r\n",
	     "HTTP/1.1 413 ", "PayloadTooLarge");
	expect(serve, "PATCH " SERVE_PATCHED " HTTP/1.1\r\n" HOST CLOSE JSON
	     "Content-Length: 16\r\n\r\n{\"Context\": \"c\"}",
	     "HTTP/1.1 200 ", NULL);
	serve_stop(serve);
}

static void test_conditions(void **state)
{
	struct serve *serve = *state;
	char text[512];

	snprintf(text, sizeof(text), "PATCH " SERVE_PATCHED " HTTP/1.1\r\n"
		 HOST CLOSE JSON LENGTH "If-None-Match: *\r\n\r\n" BODY);
	expect(serve, text, "HTTP/1.1 412 ", "PreconditionFailed");
	snprintf(text, sizeof(text), "PATCH " SERVE_PATCHED " HTTP/1.1\r\n"
		 HOST CLOSE JSON LENGTH "If-Match: W/%s\r\n\r\n" BODY,
		 tree_etag(serve->tree, SERVE_PATCHED));
	expect(serve, text, "HTTP/1.1 412 ", "PreconditionFailed");
	assert_string_equal(serve->context, "");
	snprintf(text, sizeof(text), "PATCH " SERVE_PATCHED " HTTP/1.1\r\n"
		 HOST CLOSE JSON LENGTH "If-Match: \"x\", %s\r\n\r\n" BODY,
		 tree_etag(serve->tree, SERVE_PATCHED));
	expect(serve, text, "HTTP/1.1 200 ", "ETag: \"");
	assert_string_equal(serve->context, "cc");
	/* Of what there is, "*" is any. */
	expect(serve, "GET " SYSTEM " HTTP/1.1\r\n" HOST CLOSE
	     "If-None-Match: *\r\n\r\n", "HTTP/1.1 304 ", "ETag: \"");
	/* What has no tag is never the same. */
	expect(serve, "GET /redfish HTTP/1.1\r\n" HOST CLOSE
	     "If-None-Match: *\r\n\r\n", "HTTP/1.1 200 ", NULL);
	expect(serve, "GET /redfish/v1/Systems?$top=1 HTTP/1.1\r\n" HOST CLOSE
	     "If-None-Match: *\r\n\r\n", "HTTP/1.1 200 ", NULL);
}

static void test_post(void **state)
{
	expect(*state, "POST /redfish/v1/Systems HTTP/1.1\r\n" HOST CLOSE JSON
	     LENGTH "\r\n" BODY, "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(*state, "PUT " SYSTEM " HTTP/1.1\r\n" HOST CLOSE JSON
	     LENGTH "\r\n" BODY, "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(*state, "TRACE " SYSTEM " HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 405 ", "Allow: GET, HEAD\r\n");
	expect(*state, "get " SYSTEM " HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 501 ", "Allow: GET, HEAD\r\n");
	expect(*state, "DELETE /redfish/v1 HTTP/1.1\r\n" HOST CLOSE "\r\n",
	     "HTTP/1.1 405 ", "OperationNotAllowed");
	expect(*state, "PATCH /redfish/v1/$metadata HTTP/1.1\r\n" HOST CLOSE
	     "\r\n", "HTTP/1.1 405 ", "OperationNotAllowed");
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_host), CASE(test_versions), CASE(test_targets),
		CASE(test_no_coding), CASE(test_chunked), CASE(test_smuggling),
		CASE(test_continue), CASE(test_pipelining), CASE(test_head),
		CASE(test_large_headers), CASE(test_large_body),
		CASE(test_conditions), CASE(test_post),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
