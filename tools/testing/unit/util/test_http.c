// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The HTTP client where it cannot even begin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "capture.h"
#include "util/error.h"
#include "util/http.h"
#include "util/log.h"

/* Without a descriptor there is no timer: the line names it, and the client. */
static void test_no_timer(void **state)
{
	struct rlimit before, none;
	struct capture capture;
	struct http *http;
	sd_event *event;
	char *text;
	int r;

	assert_int_equal(sd_event_new(&event), 0);
	/* libcurl and what it loads are there from now on */
	assert_int_equal(http_new(&http, event), 0);
	http_free(http);
	sd_event_unref(event);
	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	capture_begin(&capture);
	setrlimit(RLIMIT_NOFILE, &none);
	r = http_new(&http, event);
	setrlimit(RLIMIT_NOFILE, &before);
	error_log(LOG_ERR, r, "OFMF http://ofmf: cannot be reached");
	text = capture_end(&capture);
	sd_event_unref(event);
	assert_true(r < 0);
	/* which of the two needs the first descriptor is libcurl's business */
	assert_non_null(strstr(text, r == -EMFILE ?
			       "cannot be reached: event loop: no timer for HTTP: Too many open files\n" :
			       "cannot be reached: libcurl: its multi handle: Cannot allocate memory\n"));
	free(text);
}

static void ignore(const struct http_reply *reply, void *ctx)
{
}

/* That a request is under way is an answer, and no failure. */
static void test_busy(void **state)
{
	const struct http_request request = {
		.method = "GET", .url = "http://127.0.0.1:1/", .timeout = 1000,
		.body_max = 1024,
	};
	struct http *http;
	sd_event *event;

	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(http_new(&http, event), 0);
	error_forget();
	assert_false(http_busy(http));
	assert_int_equal(http_send(http, &request, ignore, NULL), 0);
	assert_true(http_busy(http));
	assert_int_equal(http_send(http, &request, ignore, NULL), -EBUSY);
	assert_string_equal(error_text(-EBUSY), strerror(EBUSY));
	http_free(http);
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_timer),
		cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
