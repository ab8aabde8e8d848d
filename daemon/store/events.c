// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The events that are, or were, owed to those who subscribed, once for all of
 * them: for each resource what last happened to it, alerts as they are, and for
 * each reader the number of the event up to which it was told.
 */
#include <errno.h>
#include <stdlib.h>

#include "priv.h"

static int bind_text(sqlite3_stmt *stmt, int i, const char *text)
{
	return text ? sqlite3_bind_text(stmt, i, text, -1, SQLITE_STATIC) :
		      sqlite3_bind_null(stmt, i);
}

/* Prepares a statement and binds numbers from parameter @first on. */
static int bind_numbers(struct store *store, sqlite3_stmt **stmt,
			const char *sql, int first, const uint64_t *numbers,
			int count)
{
	int code = sqlite3_prepare_v2(store->db, sql, -1, stmt, NULL), i;

	for (i = 0; code == SQLITE_OK && i < count; i++)
		code = sqlite3_bind_int64(*stmt, first + i,
					  (int64_t)numbers[i]);
	return code;
}

static uint64_t number_at(sqlite3_stmt *stmt, int column)
{
	return (uint64_t)sqlite3_column_int64(stmt, column);
}

static const char *text_at(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

/* ---- resources ---------------------------------------------------------- */

int store_resource(struct store *store, const struct store_resource *known)
{
	static const char sql[] =
		"INSERT INTO known (uri, type, digest, created, number, cause,"
		" realtime) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
		" ON CONFLICT (uri) DO UPDATE SET"
		" type = coalesce(excluded.type, type),"
		" digest = excluded.digest,"
		" created = coalesce(nullif(excluded.created, 0), created),"
		" number = excluded.number, cause = excluded.cause,"
		" realtime = excluded.realtime";
	const uint64_t numbers[] = {
		known->digest, known->created, known->number, known->cause,
		known->realtime,
	};
	auto_stmt *stmt = NULL;
	int code;

	code = bind_numbers(store, &stmt, sql, 3, numbers, 5);
	if (code == SQLITE_OK)
		code = bind_text(stmt, 1, known->uri);
	if (code == SQLITE_OK)
		code = bind_text(stmt, 2, known->type);
	return store_write(store, stmt, code);
}

int store_resource_each(struct store *store,
			void (*fn)(const struct store_resource *known, void *ctx),
			void *ctx)
{
	static const char sql[] = "SELECT uri, type, digest FROM known "
				  "WHERE digest <> 0";
	auto_stmt *stmt = NULL;
	int code = bind_numbers(store, &stmt, sql, 1, NULL, 0);

	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW)
			fn(&(struct store_resource) {
				.uri = text_at(stmt, 0),
				.type = text_at(stmt, 1),
				.digest = number_at(stmt, 2),
			   }, ctx);
	}
	return code == SQLITE_DONE ? 0 :
				     store_fail(store, "cannot be read", code);
}

/* ---- alerts ------------------------------------------------------------- */

int store_record(struct store *store, uint64_t number, const char *type,
		 const char *text)
{
	static const char sql[] = "INSERT OR REPLACE INTO record "
				  "(number, type, text) VALUES (?1, ?2, ?3)";
	auto_stmt *stmt = NULL;
	int code;

	code = bind_numbers(store, &stmt, sql, 1, &number, 1);
	if (code == SQLITE_OK)
		code = bind_text(stmt, 2, type);
	if (code == SQLITE_OK)
		code = bind_text(stmt, 3, text);
	return store_write(store, stmt, code);
}

/* ---- all in order ------------------------------------------------------- */

int store_event_each(struct store *store, uint64_t after,
		     void (*fn)(const struct store_event *what, void *ctx),
		     void *ctx)
{
	/* a creation keeps its place when the resource changed since */
	static const char sql[] =
		"SELECT created, uri, type, 'C', cause * (number = created),"
		" realtime FROM known"
		" WHERE digest <> 0 AND created > ?1 "
		"UNION ALL SELECT number, uri, type, CASE WHEN"
		" digest THEN 'M' ELSE 'R' END,"
		" cause, realtime FROM known"
		" WHERE number > ?1 AND (digest = 0 OR number > created) "
		"UNION ALL SELECT number, text, type, 'A', 0, 0 FROM record"
		" WHERE number > ?1 ORDER BY 1";
	auto_stmt *stmt = NULL;
	int code = bind_numbers(store, &stmt, sql, 1, &after, 1);

	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW)
			fn(&(struct store_event) {
				.number = number_at(stmt, 0),
				.subject = text_at(stmt, 1),
				.type = text_at(stmt, 2),
				.op = *text_at(stmt, 3),
				.cause = number_at(stmt, 4),
				.realtime = number_at(stmt, 5),
			   }, ctx);
	}
	return code == SQLITE_DONE ? 0 :
				     store_fail(store, "cannot be read", code);
}

static int number_read(struct store *store, const char *sql, uint64_t *number)
{
	auto_stmt *stmt = NULL;
	int code = bind_numbers(store, &stmt, sql, 1, NULL, 0);

	*number = 0;
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code != SQLITE_ROW)
		return store_fail(store, "cannot be read", code);
	*number = number_at(stmt, 0);
	return 0;
}

int store_event_last(struct store *store, uint64_t *number)
{
	return number_read(store,
			   "SELECT coalesce(max(number), 0) FROM ("
			   "SELECT max(number) AS number FROM known UNION ALL "
			   "SELECT max(number) FROM record UNION ALL "
			   "SELECT max(number) FROM reader)", number);
}

static int number_write(struct store *store, const char *sql,
			const uint64_t *number)
{
	auto_stmt *stmt = NULL;
	int code = bind_numbers(store, &stmt, sql, 1, number, !!number);

	return store_write(store, stmt, code);
}

int store_event_prune(struct store *store, uint64_t number)
{
	int ret, r;

	ret = number_write(store, "DELETE FROM known WHERE digest = 0 "
				  "AND number <= ?1", &number);
	r = number_write(store, "DELETE FROM record WHERE number <= ?1",
			 &number);
	return ret ? ret : r;
}

int store_event_clear(struct store *store)
{
	int ret = number_write(store, "DELETE FROM known", NULL);
	int r = number_write(store, "DELETE FROM record", NULL);

	return ret ? ret : r;
}

/* ---- readers ------------------------------------------------------------ */

int store_subscriber(struct store *store, const char *name,
		     const struct store_subscriber *reader)
{
	static const char set[] = "INSERT OR REPLACE INTO reader "
				  "(name, number, lost) VALUES (?1, ?2, ?3)";
	static const char unset[] = "DELETE FROM reader WHERE name = ?1";
	const uint64_t numbers[] = {
		reader ? reader->number : 0, reader ? reader->lost : 0,
	};
	auto_stmt *stmt = NULL;
	int code;

	code = bind_numbers(store, &stmt, reader ? set : unset, 2, numbers,
			    reader ? 2 : 0);
	if (code == SQLITE_OK)
		code = bind_text(stmt, 1, name);
	return store_write(store, stmt, code);
}

int store_subscriber_get(struct store *store, const char *name,
			 struct store_subscriber *reader)
{
	auto_stmt *stmt = NULL;
	int code;

	code = bind_numbers(store, &stmt, "SELECT number, lost FROM reader "
			    "WHERE name = ?1", 1, NULL, 0);
	if (code == SQLITE_OK)
		code = bind_text(stmt, 1, name);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_DONE)
		return -ENOENT;
	if (code != SQLITE_ROW)
		return store_fail(store, "cannot be read", code);
	*reader = (struct store_subscriber) {
		.number = number_at(stmt, 0), .lost = number_at(stmt, 1),
	};
	return 0;
}
