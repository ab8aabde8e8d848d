// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Keys and values in SQLite.
 *
 * Write-ahead log with synchronous=FULL: NORMAL would lose the last commits on
 * a loss of power, and what is stored here (identity, the OFMF's context) is
 * written a few times in a host's life, so that the flush costs nothing that
 * matters. The lock is exclusive: a second fabmond on the same directory is
 * told so at once instead of two of them speaking for one host.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "store.h"

#define FILE_NAME	"fabmond.db"
#define VERSION		1
#define TO_DO		"set state_dir in [daemon], or mend its permissions"

struct store {
	sqlite3 *db;
	char path[PATH_MAX];
};

static void finalize(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

#define auto_stmt __attribute__((cleanup(finalize))) sqlite3_stmt

static bool is_corrupt(int code)
{
	return (code & 0xff) == SQLITE_NOTADB ||
	       (code & 0xff) == SQLITE_CORRUPT;
}

static int to_errno(sqlite3 *db, int code)
{
	int system = db ? sqlite3_system_errno(db) : 0;

	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CANTOPEN:
		return system ? -system : -EACCES;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EUCLEAN;
	default:
		return system ? -system : -EIO;
	}
}

/* The one place that says what SQLite said; @to_do is what to do, or "". */
static int fail_hint(const struct store *store, const char *what, int code,
		     const char *to_do)
{
	int ret = to_errno(store->db, code);

	log_error("%s: %s: %s (%s)%s%s", store->path, what,
		  store->db ? sqlite3_errmsg(store->db) : sqlite3_errstr(code),
		  strerror(ret ? -ret : EIO), *to_do ? ": " : "", to_do);
	return ret ? ret : -EIO;
}

static int fail(const struct store *store, const char *what, int code)
{
	return fail_hint(store, what, code, "");
}

/* SQLite's code; quiet, since what is wrong with it may be mended. */
static int check(sqlite3 *db)
{
	sqlite3_stmt *stmt = NULL;
	const char *answer;
	int code;

	code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		answer = (const char *)sqlite3_column_text(stmt, 0);
		code = answer && !strcmp(answer, "ok") ? SQLITE_OK :
							 SQLITE_CORRUPT;
	}
	sqlite3_finalize(stmt);
	return code;
}

static int open_database(struct store *store)
{
	int code;

	code = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE |
			       SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(store->db,
				    "PRAGMA locking_mode = EXCLUSIVE;"
				    "PRAGMA journal_mode = WAL;"
				    "PRAGMA synchronous = FULL;"
				    "PRAGMA trusted_schema = OFF;",
				    NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = check(store->db);
	return code;
}

static void close_database(struct store *store)
{
	sqlite3_close(store->db);
	store->db = NULL;
}

/* One is kept, the latest: an endless row of them would fill the disk. */
static int set_aside(struct store *store)
{
	static const char * const parts[] = { "", "-wal", "-shm" };
	char from[PATH_MAX + 8], to[PATH_MAX + 16];
	size_t i;

	close_database(store);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		snprintf(from, sizeof(from), "%s%s", store->path, parts[i]);
		snprintf(to, sizeof(to), "%s.corrupt%s", store->path, parts[i]);
		if (rename(from, to) && errno != ENOENT)
			return -errno;
	}
	log_warning("%s: is corrupt and was set aside as %s.corrupt; starting with an empty one",
		    store->path, store->path);
	return 0;
}

static int read_version(struct store *store, int *version)
{
	auto_stmt *stmt = NULL;
	int code;

	code = sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &stmt,
				  NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	*version = code == SQLITE_ROW ? sqlite3_column_int(stmt, 0) : 0;
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* Also takes the lock: before this nothing was written. */
static int prepare(struct store *store)
{
	int version, code;

	code = read_version(store, &version);
	if (code != SQLITE_OK)
		return fail_hint(store, "cannot be read", code, TO_DO);
	if (version > VERSION) {
		log_error("%s: was written by a newer fabmond (version %d): install that, or remove the file",
			  store->path, version);
		return -EPROTO;
	}
	code = sqlite3_exec(store->db,
			    "BEGIN IMMEDIATE;"
			    "CREATE TABLE IF NOT EXISTS setting ("
			    " key TEXT PRIMARY KEY NOT NULL,"
			    " value TEXT NOT NULL) WITHOUT ROWID;"
			    "PRAGMA user_version = 1;"
			    "COMMIT;", NULL, NULL, NULL);
	if (code != SQLITE_OK)
		return fail_hint(store, "cannot be written", code, TO_DO);
	return 0;
}

static int open_or_replace(struct store *store)
{
	int code, ret;

	code = open_database(store);
	if (is_corrupt(code)) {
		ret = set_aside(store);
		if (ret) {
			log_error("%s: is corrupt and cannot be set aside: %s",
				  store->path, strerror(-ret));
			return ret;
		}
		code = open_database(store);
	}
	if ((code & 0xff) == SQLITE_BUSY) {
		log_error("%s: is in use: another fabmond runs with this state directory",
			  store->path);
		return -EBUSY;
	}
	if (code != SQLITE_OK)
		return fail_hint(store, "cannot be opened", code, TO_DO);
	return prepare(store);
}

/*
 * SQLite falls back from writing to reading and then tells the error of the
 * second try: ask the system first what it would refuse.
 */
static int check_access(const char *dir, const char *path)
{
	const char *what = dir;
	struct stat st;
	int ret = 0;

	if ((mkdir(dir, 0700) && errno != EEXIST) ||
	    faccessat(AT_FDCWD, dir, R_OK | W_OK | X_OK, AT_EACCESS)) {
		ret = -errno;
		if (!stat(dir, &st) && !S_ISDIR(st.st_mode))
			ret = -ENOTDIR;
	} else if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) &&
		   errno != ENOENT) {
		ret = -errno;
		what = path;
	}
	if (ret)
		log_error("%s: cannot be used: %s: " TO_DO, what, strerror(-ret));
	return ret;
}

int store_open(struct store **out, const char *dir)
{
	struct store *store;
	int ret;

	*out = NULL;
	store = calloc(1, sizeof(*store));
	if (!store)
		return -ENOMEM;
	if (snprintf(store->path, sizeof(store->path), "%s/" FILE_NAME, dir) >=
	    (int)sizeof(store->path)) {
		free(store);
		return -ENAMETOOLONG;
	}
	ret = check_access(dir, store->path);
	if (!ret)
		ret = open_or_replace(store);
	if (ret) {
		store_close(store);
		return ret;
	}
	*out = store;
	return 0;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	close_database(store);
	free(store);
}

int store_get(struct store *store, const char *key, char **value)
{
	auto_stmt *stmt = NULL;
	int code;

	*value = NULL;
	code = sqlite3_prepare_v2(store->db,
				  "SELECT value FROM setting WHERE key = ?1",
				  -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code != SQLITE_ROW)
		return fail(store, "cannot be read", code);
	*value = strdup((const char *)sqlite3_column_text(stmt, 0));
	return *value ? 0 : -ENOMEM;
}

int store_set(struct store *store, const char *key, const char *value)
{
	static const char set[] = "INSERT INTO setting (key, value) "
				  "VALUES (?1, ?2) ON CONFLICT (key) "
				  "DO UPDATE SET value = excluded.value";
	static const char unset[] = "DELETE FROM setting WHERE key = ?1";
	auto_stmt *stmt = NULL;
	int code;

	code = sqlite3_prepare_v2(store->db, value ? set : unset, -1, &stmt,
				  NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	if (code == SQLITE_OK && value)
		code = sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	return code == SQLITE_DONE ? 0 : fail(store, "cannot be written", code);
}
