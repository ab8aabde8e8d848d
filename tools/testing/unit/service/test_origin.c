// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Failures of the service, provoked for real, and their log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../lib/capture.h"
#include "../lib/serve.h"
#include "service/access/login.h"
#include "service/access/watch.h"
#include "util/error.h"

static void expect_start(const char *addr, uint16_t port, int code,
			 const char *text)
{
	struct service_setup setup = { .addr = addr, .port = port };
	struct service *service;

	assert_int_equal(sd_event_new(&setup.event), 0);
	setup.tree = tree_new();
	assert_int_equal(service_start(&service, &setup), code);
	assert_string_equal(error_text(code), text);
	tree_free(setup.tree);
	sd_event_unref(setup.event);
}

static void test_listen(void **state)
{
	struct serve *serve = serve_start(NULL, NULL);

	expect_start("0.0.0.0", service_port(serve->service), -EADDRINUSE,
		     "listening socket: cannot be bound: Address already in use");
	expect_start("192.0.2.1", 0, -EADDRNOTAVAIL,
		     "listening socket: cannot be bound: Cannot assign requested address");
	expect_start("host.example", 0, -EADDRNOTAVAIL,
		     "address host.example: Name or service not known: Cannot assign requested address");
	serve_stop(serve);
}

static void test_descriptors(void **state)
{
	struct rlimit before, none;
	struct svc_logins *logins;
	sd_event *event;
	int r;

	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	r = svc_logins_new(&logins, event);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(r, -EMFILE);
	assert_string_equal(error_text(r),
			    "passwords: no eventfd: Too many open files");
	sd_event_unref(event);
}

static void on_change(void *ctx)
{
}

/* The service starts all the same: somebody can send a signal. */
static void test_watch(void **state)
{
	const char *const paths[] = { "/nonexistent/cert.pem" };
	struct svc_watch *watch;
	struct capture capture;
	sd_event *event;
	char *text;
	int r;

	assert_int_equal(sd_event_new(&event), 0);
	capture_begin(&capture);
	r = svc_watch_new(&watch, event, paths, 1, on_change, NULL);
	text = capture_end(&capture);
	assert_int_equal(r, 0);
	assert_int_equal(capture_lines(text, "service: send SIGHUP when /nonexistent/cert.pem changes: /nonexistent: cannot be watched: No such file or directory"),
			 1);
	free(text);
	svc_watch_free(watch);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listen),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
