// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The control socket, over a real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "capture.h"
#include "control.h"
#include "tempdir.h"
#include "util/error.h"
#include "util/log.h"

struct rig {
	char *dir;
	char path[128];
	sd_event *event;
	struct control *control;
	size_t padding;
};

static json_t *report(void *ctx)
{
	struct rig *rig = ctx;
	char *text = calloc(1, rig->padding + 1);
	json_t *json;

	memset(text, 'x', rig->padding);
	json = json_pack("{s:i, s:s}", "answer", 42, "padding", text);
	free(text);
	return json;
}

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->dir = tempdir_make();
	snprintf(rig->path, sizeof(rig->path), "%s/control", rig->dir);
	assert_int_equal(sd_event_new(&rig->event), 0);
	assert_int_equal(control_open(&rig->control, rig->event, rig->path,
				      report, rig), 0);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	control_close(rig->control);
	sd_event_unref(rig->event);
	tempdir_remove(rig->dir);
	free(rig);
	return 0;
}

static int reach(struct rig *rig)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(addr.sun_path, rig->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	return fd;
}

static void is_report(struct rig *rig, int fd)
{
	json_t *json = json_loadfd(fd, 0, NULL);

	assert_non_null(json);
	assert_int_equal(json_integer_value(json_object_get(json, "answer")),
			 42);
	json_decref(json);
	close(fd);
}

static void test_report(void **state)
{
	struct rig *rig = *state;
	struct stat st;
	int fd = reach(rig);

	assert_true(sd_event_run(rig->event, 1000000) > 0);
	is_report(rig, fd);
	assert_int_equal(stat(rig->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	/* no connection, no wake-up */
	assert_int_equal(sd_event_run(rig->event, 50000), 0);
}

/* Who does not read, or went away, holds nobody up. */
static void test_no_reader(void **state)
{
	struct rig *rig = *state;
	int gone = reach(rig), idle = reach(rig), fd;

	close(gone);
	rig->padding = 4 * 1024 * 1024;
	assert_true(sd_event_run(rig->event, 1000000) > 0);
	assert_true(sd_event_run(rig->event, 1000000) > 0);
	rig->padding = 100000;
	fd = reach(rig);
	assert_true(sd_event_run(rig->event, 1000000) > 0);
	is_report(rig, fd);
	close(idle);
}

static void test_taken(void **state)
{
	struct control *other = NULL;
	struct rig *rig = *state;
	int fd;

	assert_int_equal(control_open(&other, rig->event, rig->path, report,
				      rig), -EADDRINUSE);
	assert_null(other);
	fd = reach(rig);
	sd_event_run(rig->event, 1000000);
	sd_event_run(rig->event, 1000000);
	is_report(rig, fd);
}

/* What a killed fabmond left is replaced; what is no socket stays. */
static void test_left_behind(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct control *other = NULL;
	struct rig *rig = *state;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *file;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/old", rig->dir);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
	assert_int_equal(control_open(&other, rig->event, addr.sun_path,
				      report, rig), 0);
	control_close(other);
	assert_int_equal(access(addr.sun_path, F_OK), -1);

	file = fopen(addr.sun_path, "w");
	fclose(file);
	other = NULL;
	assert_int_equal(control_open(&other, rig->event, addr.sun_path,
				      report, rig), -EEXIST);
	assert_int_equal(access(addr.sun_path, F_OK), 0);
	unlink(addr.sun_path);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/no/such", rig->dir);
	assert_int_equal(control_open(&other, rig->event, addr.sun_path,
				      report, rig), -ENOENT);
}

/* One line of the log names the socket, and the step that failed. */
static void test_failure(void **state)
{
	struct rig *rig = *state;
	struct control *other;
	char path[160], line[512], *text;
	struct capture capture;

	snprintf(path, sizeof(path), "%s/none/control", rig->dir);
	capture_begin(&capture);
	error_log(LOG_ERR,
		  control_open(&other, rig->event, path, report, rig),
		  "control: does not work");
	text = capture_end(&capture);
	snprintf(line, sizeof(line),
		 "error: control: does not work: %s: bind: No such file or directory\n",
		 path);
	assert_non_null(strstr(text, line));
	free(text);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_report), CASE(test_no_reader), CASE(test_taken),
		CASE(test_left_behind), CASE(test_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
