// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "util/error.h"
#include "util/log.h"
#include "store/store.h"
#include "capture.h"
#include "tempdir.h"

#define NOBODY 65534

static void harm(const char *dir, const char *sql)
{
	char path[256];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/fabmond.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void check_value(struct store *store, const char *key, const char *want)
{
	char *value;

	assert_int_equal(store_get(store, key, &value), want ? 0 : -ENOENT);
	if (want)
		assert_string_equal(value, want);
	else
		assert_null(value);
	free(value);
}

static void test_values(void **state)
{
	struct store *store;
	char dir[256];

	snprintf(dir, sizeof(dir), "%s/state", (char *)*state);
	assert_int_equal(store_open(&store, dir), 0);
	check_value(store, "a", NULL);
	assert_int_equal(store_set(store, "a", "1"), 0);
	assert_int_equal(store_set(store, "b'; DROP TABLE setting; --", ""), 0);
	assert_int_equal(store_set(store, "a", "2 \xc3\xa4"), 0);
	check_value(store, "a", "2 \xc3\xa4");
	store_close(store);

	assert_int_equal(store_open(&store, dir), 0);
	check_value(store, "a", "2 \xc3\xa4");
	check_value(store, "b'; DROP TABLE setting; --", "");
	assert_int_equal(store_set(store, "a", NULL), 0);
	assert_int_equal(store_set(store, "a", NULL), 0);
	check_value(store, "a", NULL);
	store_close(store);
	store_close(NULL);
}

/* What store_set() returned 0 for survives being killed. */
static void test_killed(void **state)
{
	struct store *store;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (!store_open(&store, *state) &&
		    !store_set(store, "context", "1234"))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(store_open(&store, *state), 0);
	check_value(store, "context", "1234");
	store_close(store);
}

static void check_replaced(const char *dir)
{
	struct store *store;
	char *aside;

	assert_int_equal(store_open(&store, dir), 0);
	check_value(store, "a", NULL);
	assert_int_equal(store_set(store, "a", "new"), 0);
	store_close(store);
	aside = tempdir_read(dir, "fabmond.db.corrupt");
	assert_non_null(aside);
	free(aside);
	assert_int_equal(store_open(&store, dir), 0);
	check_value(store, "a", "new");
	store_close(store);
}

static void test_no_database(void **state)
{
	char text[8192];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	tempdir_write(*state, "fabmond.db", text);
	check_replaced(*state);
	/* and a second time */
	tempdir_write(*state, "fabmond.db", text);
	check_replaced(*state);
}

static void test_damaged(void **state)
{
	struct store *store;
	char path[256];
	FILE *file;

	assert_int_equal(store_open(&store, *state), 0);
	assert_int_equal(store_set(store, "a", "old"), 0);
	store_close(store);
	snprintf(path, sizeof(path), "%s/fabmond.db", (char *)*state);
	file = fopen(path, "r+");
	assert_non_null(file);
	/* all pages but the header of the first */
	fseek(file, 100, SEEK_SET);
	for (int i = 0; i < 8092; i++)
		fputc(0xa5, file);
	fclose(file);
	check_replaced(*state);
}

static void test_newer(void **state)
{
	struct store *store;

	harm(*state, "PRAGMA user_version = 99");
	assert_int_equal(store_open(&store, *state), -EPROTO);
	assert_null(store);
}

static void test_two(void **state)
{
	struct store *first, *second;

	assert_int_equal(store_open(&first, *state), 0);
	assert_int_equal(store_open(&second, *state), -EBUSY);
	check_value(first, "a", NULL);
	store_close(first);
	assert_int_equal(store_open(&second, *state), 0);
	store_close(second);
}

static void test_bad_dir(void **state)
{
	char path[256];
	struct store *store;

	snprintf(path, sizeof(path), "%s/no/such", (char *)*state);
	assert_int_equal(store_open(&store, path), -ENOENT);
	tempdir_write(*state, "file", "");
	snprintf(path, sizeof(path), "%s/file", (char *)*state);
	assert_int_equal(store_open(&store, path), -ENOTDIR);
}

/* ---- errors ------------------------------------------------------------- */

/* Who opens it knows the object and the step. */
static void test_open_origin(void **state)
{
	struct store *store;
	char want[512];
	int ret;

	harm(*state, "PRAGMA user_version = 99");
	ret = store_open(&store, *state);
	snprintf(want, sizeof(want), "%s/fabmond.db: was written by a newer fabmond (version 99): install that, or remove the file",
		 (char *)*state);
	assert_string_equal(error_text(ret), want);
	tempdir_write(*state, "file", "");
	snprintf(want, sizeof(want), "%s/file", (char *)*state);
	ret = store_open(&store, want);
	strcat(want, ": cannot be used: Not a directory");
	assert_string_equal(error_text(ret), want);
	error_forget();
}

/* One line for a disk on which nothing can be written, and one for its end. */
static void test_write_line(void **state)
{
	struct capture capture;
	struct store *store;
	char *text;
	int64_t id;

	assert_int_equal(store_open(&store, *state), 0);
	store_close(store);
	harm(*state, "CREATE TRIGGER full BEFORE INSERT ON alert WHEN new.record = 'x'"
	     "BEGIN SELECT RAISE(ABORT, 'no room'); END");
	assert_int_equal(store_open(&store, *state), 0);
	capture_begin(&capture);
	store_begin(store);
	assert_true(store_alert(store, 1, "x", &id) < 0);
	assert_int_equal(id, 0);
	/* nothing of the transaction */
	assert_true(store_set(store, "a", "1") < 0);
	assert_true(store_end(store) < 0);
	assert_int_equal(store_failures(store), 1);
	assert_true(store_alert(store, 1, "x", &id) < 0);
	assert_int_equal(store_set(store, "a", "2"), 0);
	text = capture_end(&capture);
	assert_int_equal(capture_lines(text, "in memory only"), 1);
	assert_non_null(strstr(text, "/fabmond.db: the pending alerts cannot be written: no room: "));
	assert_int_equal(capture_lines(text, "can be written again"), 1);
	free(text);
	check_value(store, "a", "2");
	store_close(store);
}

static void test_read_line(void **state)
{
	struct store_subscriber position;
	struct capture capture;
	struct store *store;
	char *text;

	assert_int_equal(store_open(&store, *state), 0);
	store_close(store);
	harm(*state, "DROP TABLE reader");
	assert_int_equal(store_open(&store, *state), 0);
	capture_begin(&capture);
	assert_true(store_subscriber_get(store, "1", &position) < 0);
	text = capture_end(&capture);
	assert_non_null(strstr(text, "/fabmond.db: the positions of the subscribers cannot be read: no such table: reader"));
	free(text);
	store_close(store);
}

/* As somebody else, since root may write everywhere. */
static void test_read_only(void **state)
{
	struct store *store;
	bool root = !geteuid();
	char path[256];
	int made, written;

	if (root)
		assert_int_equal(chown(*state, NOBODY, NOBODY), 0);
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	assert_int_equal(chmod(*state, 0500), 0);
	made = store_open(&store, *state);
	assert_int_equal(chmod(*state, 0700), 0);
	assert_int_equal(store_open(&store, *state), 0);
	store_close(store);
	snprintf(path, sizeof(path), "%s/fabmond.db", (char *)*state);
	assert_int_equal(chmod(path, 0400), 0);
	written = store_open(&store, *state);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(made, -EACCES);
	assert_int_equal(written, -EACCES);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, tempdir_setup, tempdir_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_values), TEST(test_killed), TEST(test_no_database),
		TEST(test_damaged), TEST(test_newer), TEST(test_two),
		TEST(test_bad_dir), TEST(test_open_origin),
		TEST(test_write_line), TEST(test_read_line),
		TEST(test_read_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
