// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Keys and values in SQLite.
 *
 * Write-ahead log with synchronous=FULL: NORMAL would lose the last commits on
 * a loss of power, and what is stored here says what need not be told again.
 * It is written when something arrived at a receiver, once a request and not
 * once a change, so that the flush costs nothing that matters. The lock is
 * exclusive: a second fabmond on the same directory is told so at once instead
 * of two of them speaking for one host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/log.h"
#include "priv.h"

#define FILE_NAME	"fabmond.db"
#define TO_DO		"set state_dir in [daemon], or mend its permissions"

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

/*
 * A full disk fails every write until there is room: the first is logged, and
 * that it is over.
 */
int store_fail(struct store *store, const char *what, int code)
{
	int ret = to_errno(store->db, code);

	if (!store->failing)
		return fail_hint(store, what, code, "");
	return ret ? ret : -EIO;
}

int store_write(struct store *store, sqlite3_stmt *stmt, int code)
{
	int ret;

	/* SQLite may have ended the transaction by itself */
	if (store->depth && store->broken)
		return -EIO;
	/* a transaction, or a statement that is one, begins here */
	if (sqlite3_get_autocommit(store->db))
		store->changes = sqlite3_total_changes(store->db);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code != SQLITE_DONE) {
		ret = store_fail(store, "cannot be written", code);
		store->failing = store->broken = true;
		return ret;
	}
	/* what changes no row succeeds on a full disk as well */
	if (store->failing && !store->depth &&
	    sqlite3_total_changes(store->db) != store->changes) {
		store->failing = false;
		log_info("%s: can be written again", store->path);
	}
	return 0;
}

static int run(struct store *store, const char *sql)
{
	auto_stmt *stmt = NULL;
	int code;

	code = sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL);
	return store_write(store, stmt, code);
}

int store_begin(struct store *store)
{
	if (store->depth++)
		return 0;
	store->broken = false;
	return run(store, "BEGIN IMMEDIATE");
}

/* What SQLite rolled back by itself (a full disk) cannot be rolled back. */
int store_end(struct store *store)
{
	int ret;

	if (--store->depth)
		return 0;
	if (!store->broken) {
		ret = run(store, "COMMIT");
		if (!ret)
			return 0;
	}
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->losses++;
	return -EIO;
}

uint64_t store_failures(const struct store *store)
{
	return store->losses;
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

/* Each makes a database of its version out of one of the version before. */
static const char *const versions[] = {
	"CREATE TABLE setting (key TEXT PRIMARY KEY NOT NULL,"
	" value TEXT NOT NULL) WITHOUT ROWID",

	"CREATE TABLE receiver (id INTEGER PRIMARY KEY,"
	" name TEXT UNIQUE NOT NULL);"
	"CREATE TABLE told (receiver INTEGER NOT NULL, uri TEXT NOT NULL,"
	" digest INTEGER NOT NULL, PRIMARY KEY (receiver, uri)) WITHOUT ROWID;"
	"CREATE TABLE alert (number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" receiver INTEGER NOT NULL, record TEXT NOT NULL);"
	"CREATE INDEX alert_receiver ON alert (receiver, number)",

	"CREATE TABLE log (number INTEGER PRIMARY KEY AUTOINCREMENT,"
	" device TEXT NOT NULL, what INTEGER NOT NULL, type INTEGER NOT NULL,"
	" severity INTEGER NOT NULL, before INTEGER NOT NULL,"
	" after INTEGER NOT NULL, instance INTEGER NOT NULL,"
	" seq INTEGER NOT NULL, realtime INTEGER NOT NULL,"
	" node INTEGER NOT NULL, port INTEGER NOT NULL,"
	" times INTEGER NOT NULL, minutes INTEGER NOT NULL,"
	" count INTEGER NOT NULL, event BLOB)",

	"CREATE TABLE known (uri TEXT PRIMARY KEY NOT NULL, type TEXT,"
	" digest INTEGER NOT NULL, created INTEGER NOT NULL,"
	" number INTEGER NOT NULL, cause INTEGER NOT NULL,"
	" realtime INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX known_gone ON known (number) WHERE digest = 0;"
	"CREATE TABLE record (number INTEGER PRIMARY KEY, type TEXT,"
	" text TEXT NOT NULL);"
	"CREATE TABLE reader (name TEXT PRIMARY KEY NOT NULL,"
	" number INTEGER NOT NULL, lost INTEGER NOT NULL) WITHOUT ROWID",
};

#define VERSION ((int)(sizeof(versions) / sizeof(versions[0])))

static int upgrade(struct store *store, int version)
{
	char pragma[48];
	int code;

	code = sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	for (; code == SQLITE_OK && version < VERSION; version++)
		code = sqlite3_exec(store->db, versions[version], NULL, NULL,
				    NULL);
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", version);
	if (code == SQLITE_OK)
		code = sqlite3_exec(store->db, pragma, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL);
	return code;
}

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
	/* a disk that is full is enough for one that needs no upgrade */
	code = version < VERSION ? upgrade(store, version) : SQLITE_OK;
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
		return fail_hint(store, "cannot be kept in memory", code, "");
	copy_stored(store);
	log_warning("%s: %s: going on in memory; what happens from here on is forgotten with a restart",
		    store->path, strerror(-why));
	return prepare(store);
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
		return store_fail(store, "cannot be read", code);
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
	return store_write(store, stmt, code);
}

int store_each(struct store *store, const char *prefix,
	       void (*fn)(const char *key, const char *value, void *ctx),
	       void *ctx)
{
	auto_stmt *stmt = NULL;
	int code;

	code = sqlite3_prepare_v2(store->db,
				  "SELECT key, value FROM setting"
				  " WHERE substr(key, 1, length(?1)) = ?1"
				  " ORDER BY key", -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 1, prefix, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	while (code == SQLITE_ROW) {
		fn((const char *)sqlite3_column_text(stmt, 0),
		   (const char *)sqlite3_column_text(stmt, 1), ctx);
		code = sqlite3_step(stmt);
	}
	return code == SQLITE_DONE ? 0 :
	       store_fail(store, "cannot be read", code);
}
