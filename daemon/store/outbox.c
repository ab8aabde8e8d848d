// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What each receiver was told, and the alerts that it is owed.
 *
 * No list of changes is kept: what a receiver was told of a resource against
 * what the tree says of it is the change that it is owed, whatever happened in
 * between and however long that took. Alerts say something once, and are kept
 * as they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"

static int bind_receiver(sqlite3 *db, const char *sql, int64_t receiver,
			 sqlite3_stmt **stmt)
{
	int code = sqlite3_prepare_v2(db, sql, -1, stmt, NULL);

	return code == SQLITE_OK ?
	       sqlite3_bind_int64(*stmt, 1, receiver) : code;
}

static int receiver_find(struct store *store, const char *name, int64_t *id)
{
	auto_stmt *stmt = NULL;
	int code;

	code = sqlite3_prepare_v2(store->db,
				  "SELECT id FROM receiver WHERE name = ?1",
				  -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*id = sqlite3_column_int64(stmt, 0);
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		return code == SQLITE_ROW ? 0 : -ENOENT;
	return store_fail(store, "cannot be read", code);
}

int store_receiver(struct store *store, const char *name, int64_t *id)
{
	auto_stmt *stmt = NULL;
	int code, ret;

	ret = receiver_find(store, name, id);
	if (ret != -ENOENT)
		return ret;
	code = sqlite3_prepare_v2(store->db,
				  "INSERT INTO receiver (name) VALUES (?1)",
				  -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	ret = store_write(store, stmt, code);
	if (!ret)
		*id = sqlite3_last_insert_rowid(store->db);
	return ret;
}

int store_delivered(struct store *store, int64_t receiver, const char *uri,
		    uint64_t digest)
{
	static const char sql[] = "INSERT INTO told (receiver, uri, digest) "
				  "VALUES (?1, ?2, ?3) "
				  "ON CONFLICT (receiver, uri) "
				  "DO UPDATE SET digest = excluded.digest";
	auto_stmt *stmt = NULL;
	int code;

	code = bind_receiver(store->db, sql, receiver, &stmt);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 2, uri, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_bind_int64(stmt, 3, (int64_t)digest);
	return store_write(store, stmt, code);
}

int store_delivered_drop(struct store *store, int64_t receiver, const char *uri)
{
	static const char one[] = "DELETE FROM told "
				  "WHERE receiver = ?1 AND uri = ?2";
	static const char all[] = "DELETE FROM told WHERE receiver = ?1";
	auto_stmt *stmt = NULL;
	int code;

	code = bind_receiver(store->db, uri ? one : all, receiver, &stmt);
	if (code == SQLITE_OK && uri)
		code = sqlite3_bind_text(stmt, 2, uri, -1, SQLITE_STATIC);
	return store_write(store, stmt, code);
}

int store_delivered_each(struct store *store, int64_t receiver,
			 void (*fn)(const char *uri, uint64_t digest, void *ctx),
			 void *ctx)
{
	static const char sql[] = "SELECT uri, digest FROM told "
				  "WHERE receiver = ?1";
	auto_stmt *stmt = NULL;
	int code;

	code = bind_receiver(store->db, sql, receiver, &stmt);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW)
			fn((const char *)sqlite3_column_text(stmt, 0),
			   (uint64_t)sqlite3_column_int64(stmt, 1), ctx);
	}
	return code == SQLITE_DONE ? 0 :
				     store_fail(store, "cannot be read", code);
}

int store_alert(struct store *store, int64_t receiver, const char *record,
		int64_t *number)
{
	static const char sql[] = "INSERT INTO alert (receiver, record) "
				  "VALUES (?1, ?2)";
	auto_stmt *stmt = NULL;
	int code, ret;

	code = bind_receiver(store->db, sql, receiver, &stmt);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 2, record, -1, SQLITE_STATIC);
	ret = store_write(store, stmt, code);
	*number = ret ? 0 : sqlite3_last_insert_rowid(store->db);
	return ret;
}

int store_alert_drop(struct store *store, int64_t number)
{
	auto_stmt *stmt = NULL;
	int code;

	code = bind_receiver(store->db, "DELETE FROM alert WHERE number = ?1",
			     number, &stmt);
	return store_write(store, stmt, code);
}

int store_alert_each(struct store *store, int64_t receiver,
		     void (*fn)(int64_t number, const char *record, void *ctx),
		     void *ctx)
{
	static const char sql[] = "SELECT number, record FROM alert "
				  "WHERE receiver = ?1 ORDER BY number";
	auto_stmt *stmt = NULL;
	int code;

	code = bind_receiver(store->db, sql, receiver, &stmt);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(stmt);
		if (code == SQLITE_ROW)
			fn(sqlite3_column_int64(stmt, 0),
			   (const char *)sqlite3_column_text(stmt, 1), ctx);
	}
	return code == SQLITE_DONE ? 0 :
				     store_fail(store, "cannot be read", code);
}
