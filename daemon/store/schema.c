// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The versions of the database.
 *
 * Tables and columns keep the names they once had, also where the code has
 * better words now: a database of an earlier version has to open.
 */
#include <errno.h>
#include <stdio.h>

#include "util/error.h"
#include "priv.h"

static int read_version(struct store *store, int *version)
{
	auto_query query = query_new(store, "the version",
				     "PRAGMA user_version");

	*version = query_row(&query) ? (int)query_number_at(&query, 0) : 0;
	return query.code == SQLITE_ROW ? SQLITE_OK : query.code;
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

	"CREATE TABLE node (position INTEGER PRIMARY KEY,"
	" provider INTEGER NOT NULL, attrs BLOB NOT NULL)",
};

#define VERSION ((int)(sizeof(versions) / sizeof(versions[0])))

static int upgrade_from(struct store *store, int version)
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

int store_upgrade(struct store *store)
{
	int version, code;

	code = read_version(store, &version);
	if (code != SQLITE_OK)
		return store_error(store, "its version cannot be read", code);
	if (version > VERSION)
		return error_whole(-EPROTO, "%s: was written by a newer fabmond (version %d): install that, or remove the file",
				    store->path, version);
	/* a disk that is full is enough for one that needs no upgrade */
	code = version < VERSION ? upgrade_from(store, version) : SQLITE_OK;
	if (code != SQLITE_OK)
		return store_error(store, "cannot be upgraded", code);
	return 0;
}
