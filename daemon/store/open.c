// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Opening the database.
 *
 * The lock is exclusive: a second fabmond on the same directory is refused at
 * once, instead of two of them speaking for one host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

#define FILE_NAME	"fabmond.db"

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

int store_error(const struct store *store, const char *step, int code)
{
	int ret = to_errno(store->db, code);

	return error_origin(ret ? ret : -EIO, "%s: %s: %s", store->path, step,
			    store->db ? sqlite3_errmsg(store->db) :
					sqlite3_errstr(code));
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
			return error_origin(-errno, "%s: is corrupt and cannot be set aside",
					    from);
	}
	log_warning("%s: is corrupt and was set aside as %s.corrupt; starting with an empty one",
		    store->path, store->path);
	return 0;
}

static int open_or_replace(struct store *store)
{
	int code, ret;

	code = open_database(store);
	if (is_corrupt(code)) {
		ret = set_aside(store);
		if (ret)
			return error_trace(ret);
		code = open_database(store);
	}
	if ((code & 0xff) == SQLITE_BUSY)
		return error_whole(-EBUSY, "%s: is in use: another fabmond runs with this state directory",
				   store->path);
	if (code != SQLITE_OK)
		return store_error(store, "cannot be opened", code);
	return store_upgrade(store);
}

/*
 * SQLite falls back from writing to reading, and reports the error of that
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
	return error_origin(ret, "%s: cannot be used", what);
}

/* ---- a disk that cannot be written -------------------------------------- */

/* The database as a URI that SQLite reads without writing beside it. */
static void uri_of(const char *path, char *uri, size_t size)
{
	size_t n = (size_t)snprintf(uri, size, "file:");

	for (; *path && n + 16 < size; path++) {
		if (strchr("?#%", *path))
			n += (size_t)snprintf(uri + n, size - n, "%%%02x",
					      *path);
		else
			uri[n++] = *path;
	}
	snprintf(uri + n, size - n, "?immutable=1");
}

/* What there is; none is as good as one that cannot be read. */
static void copy_stored(struct store *store)
{
	char uri[3 * PATH_MAX];
	sqlite3 *from = NULL;
	sqlite3_backup *copy;

	uri_of(store->path, uri, sizeof(uri));
	if (sqlite3_open_v2(uri, &from, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
			    NULL) == SQLITE_OK && check(from) == SQLITE_OK) {
		copy = sqlite3_backup_init(store->db, "main", from, "main");
		if (copy) {
			sqlite3_backup_step(copy, -1);
			sqlite3_backup_finish(copy);
		}
	}
	sqlite3_close(from);
}

/*
 * A node whose disk is full or read-only has trouble enough, and its fabrics
 * are there all the same: fabmond goes on with what was stored, in memory.
 */
static int open_in_memory(struct store *store, int why)
{
	int code;

	close_database(store);
	code = sqlite3_open(":memory:", &store->db);
	if (code != SQLITE_OK)
		return store_error(store, "cannot be kept in memory", code);
	copy_stored(store);
	error_log(LOG_WARNING, why,
		  "store: going on in memory, and what happens from here on is forgotten with a restart");
	return store_upgrade(store);
}

int store_open(struct store **out, const char *dir)
{
	struct store *store;
	int ret;

	*out = NULL;
	store = calloc(1, sizeof(*store));
	if (!store)
		return error_origin(-ENOMEM, "%s: cannot be opened", dir);
	if (snprintf(store->path, sizeof(store->path), "%s/" FILE_NAME, dir) >=
	    (int)sizeof(store->path)) {
		free(store);
		return error_origin(-ENAMETOOLONG, "%s: cannot be used", dir);
	}
	ret = check_access(dir, store->path);
	if (!ret)
		ret = open_or_replace(store);
	if (ret == -EROFS || ret == -ENOSPC)
		ret = open_in_memory(store, ret);
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
