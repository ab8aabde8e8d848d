// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One statement, and the border for errors of an open database.
 *
 * An error of a statement is logged here and not by the callers. For none of
 * them is it an end: what cannot be written is kept in memory and written
 * later, and dozens of them would report one full disk.
 */
#include <stdio.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

struct query query_new(struct store *store, const char *about, const char *sql)
{
	struct query query = { .store = store, .about = about };

	query.code = sqlite3_prepare_v2(store->db, sql, -1, &query.stmt, NULL);
	return query;
}

void query_finish(struct query *query)
{
	sqlite3_finalize(query->stmt);
}

void query_text(struct query *query, int parameter, const char *text)
{
	if (query->code != SQLITE_OK)
		return;
	query->code = text ? sqlite3_bind_text(query->stmt, parameter, text,
					       -1, SQLITE_STATIC) :
			     sqlite3_bind_null(query->stmt, parameter);
}

void query_number(struct query *query, int parameter, uint64_t number)
{
	if (query->code == SQLITE_OK)
		query->code = sqlite3_bind_int64(query->stmt, parameter,
						 (int64_t)number);
}

/* ---- writing ------------------------------------------------------------ */

static int write_failed(struct query *query)
{
	struct store *store = query->store;
	char step[128];
	int ret;

	snprintf(step, sizeof(step), "%s cannot be written", query->about);
	ret = store_error(store, step, query->code);
	if (!store->failing)
		error_log(LOG_ERR, ret,
			  "store: from now on what is new is in memory only");
	store->failing = true;
	store->broken = ret;
	return ret;
}

int query_write(struct query *query)
{
	struct store *store = query->store;

	/* SQLite may have ended the transaction by itself */
	if (store->depth && store->broken)
		return error_origin(store->broken, "%s: %s cannot be written: the transaction failed before",
				    store->path, query->about);
	/* a transaction, or a statement that is one, begins here */
	if (sqlite3_get_autocommit(store->db))
		store->changes = sqlite3_total_changes(store->db);
	if (query->code == SQLITE_OK)
		query->code = sqlite3_step(query->stmt);
	if (query->code != SQLITE_DONE)
		return write_failed(query);
	/* what changes no row succeeds on a full disk as well */
	if (store->failing && !store->depth &&
	    sqlite3_total_changes(store->db) != store->changes) {
		store->failing = false;
		log_info("%s: can be written again", store->path);
	}
	query->code = sqlite3_reset(query->stmt);
	return 0;
}

/* ---- reading ------------------------------------------------------------ */

bool query_row(struct query *query)
{
	if (query->code == SQLITE_OK || query->code == SQLITE_ROW)
		query->code = sqlite3_step(query->stmt);
	return query->code == SQLITE_ROW;
}

uint64_t query_number_at(const struct query *query, int column)
{
	return (uint64_t)sqlite3_column_int64(query->stmt, column);
}

const char *query_text_at(const struct query *query, int column)
{
	return (const char *)sqlite3_column_text(query->stmt, column);
}

int query_end(struct query *query)
{
	char step[128];
	int ret;

	if (query->code == SQLITE_DONE || query->code == SQLITE_ROW)
		return 0;
	snprintf(step, sizeof(step), "%s cannot be read", query->about);
	ret = store_error(query->store, step, query->code);
	if (!query->store->failing)
		error_log(LOG_ERR, ret,
			  "store: going on without what is stored");
	return ret;
}
