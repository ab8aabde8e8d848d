// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Where an error came from, from its origin to the line in the log. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "capture.h"
#include "util/error.h"
#include "util/log.h"

static int forget(void **state)
{
	error_forget();
	log_set_level(LOG_INFO);
	return 0;
}

static int leaf(int code)
{
	return error_origin(code, "%s: no room for %s", "Memory/m0", "Name");
}

static int middle(int code)
{
	return error_trace(leaf(code));
}

static int top(int code)
{
	return error_step(middle(code), "Chassis/%d", 1);
}

static void test_text(void **state)
{
	assert_int_equal(leaf(-ENOMEM), -ENOMEM);
	assert_string_equal(error_text(-ENOMEM),
			    "Memory/m0: no room for Name: Cannot allocate memory");
	assert_int_equal(top(-EIO), -EIO);
	assert_string_equal(error_text(-EIO),
			    "Chassis/1: Memory/m0: no room for Name: "
			    "Input/output error");
}

/* What is kept is not shown for another error, nor after it was forgotten. */
static void test_other(void **state)
{
	leaf(-ENOMEM);
	assert_string_equal(error_text(-ENOENT), "No such file or directory");
	assert_int_equal(error_step(-ENOENT, "file"), -ENOENT);
	assert_string_equal(error_text(-ENOENT),
			    "file: No such file or directory");
	assert_string_equal(error_text(-ENOMEM), "Cannot allocate memory");
	error_forget();
	assert_string_equal(error_text(-ENOENT), "No such file or directory");
}

/* A reason that no system call gave has no number to explain. */
static void test_whole(void **state)
{
	assert_int_equal(error_whole(-EINVAL, "/x has no line NAME:PASSWORD"),
			 -EINVAL);
	assert_string_equal(error_text(-EINVAL),
			    "/x has no line NAME:PASSWORD");
	assert_int_equal(error_step(-EINVAL, "OFMF a"), -EINVAL);
	assert_string_equal(error_text(-EINVAL),
			    "OFMF a: /x has no line NAME:PASSWORD");
	assert_int_equal(error_step(-EIO, "OFMF a"), -EIO);
	assert_string_equal(error_text(-EIO), "OFMF a: Input/output error");
	assert_int_equal(error_whole(0, "nothing"), 0);
}

static void test_no_error(void **state)
{
	leaf(-ENOMEM);
	assert_int_equal(top(0), 0);
	assert_int_equal(error_trace(7), 7);
	assert_int_equal(error_step(7, "x"), 7);
	assert_string_equal(error_text(-ENOMEM),
			    "Memory/m0: no room for Name: Cannot allocate memory");
}

static char *logged(int level, int code)
{
	struct capture capture;

	log_set_level(level);
	capture_begin(&capture);
	error_log(LOG_ERR, code, "tree: cannot be published");
	return capture_end(&capture);
}

static void test_log(void **state)
{
	char *text;

	top(-ENOMEM);
	text = logged(LOG_INFO, -ENOMEM);
	assert_string_equal(text, "fabmond: error: tree: cannot be published: "
			    "Chassis/1: Memory/m0: no room for Name: "
			    "Cannot allocate memory\n");
	free(text);
	/* it was handled */
	assert_string_equal(error_text(-ENOMEM), "Cannot allocate memory");
}

/* The origin first, then the way that it took. */
static void test_places(void **state)
{
	const char *at;
	char *text;

	top(-ENOMEM);
	text = logged(LOG_DEBUG, -ENOMEM);
	at = strstr(text, "  arose at tools/testing/unit/util/test_error.c:");
	assert_non_null(at);
	at = strstr(at, " leaf()\n");
	assert_non_null(at);
	at = strstr(at, "  passed on at ");
	assert_non_null(at);
	at = strstr(at, " middle()\n");
	assert_non_null(at);
	at = strstr(at, " top()\n");
	assert_non_null(at);
	at = strstr(at, "  handled at ");
	assert_non_null(at);
	assert_non_null(strstr(at, " logged()\n"));
	free(text);
}

static void test_bounds(void **state)
{
	char name[2 * ERROR_TEXT_MAX];
	char *text;
	int i;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	error_origin(-EIO, "%s", name);
	for (i = 0; i < 2 * ERROR_PLACES_MAX; i++)
		error_step(-EIO, "%s", name);
	assert_int_equal(strlen(error_text(-EIO)),
			 ERROR_TEXT_MAX - 1 + strlen(": Input/output error"));
	text = logged(LOG_DEBUG, -EIO);
	assert_non_null(strstr(text, "  and at 9 more places\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_text, forget),
		cmocka_unit_test_setup(test_other, forget),
		cmocka_unit_test_setup(test_whole, forget),
		cmocka_unit_test_setup(test_no_error, forget),
		cmocka_unit_test_setup_teardown(test_log, forget, forget),
		cmocka_unit_test_setup_teardown(test_places, forget, forget),
		cmocka_unit_test_setup_teardown(test_bounds, forget, forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
