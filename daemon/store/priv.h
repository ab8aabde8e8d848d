/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Inside of the store: the database, one statement, and errors of both. */
#ifndef FABMON_STORE_PRIV_H
#define FABMON_STORE_PRIV_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "store.h"

/**
 * struct store - the database
 * @depth: store_begin() without store_end() so far
 * @broken: -errno of what was refused first in the open transaction, or 0
 * @failing: the last write failed, and that was logged
 * @changes: rows changed before the transaction that is open, or was last
 * @failures: transactions that failed
 */
struct store {
	sqlite3 *db;
	char path[PATH_MAX];
	unsigned int depth;
	int broken;
	bool failing;
	int changes;
	uint64_t failures;
};

/* ---- open.c -------------------------------------------------------------- */

/**
 * store_error - the origin of an error that SQLite reports
 * @step: what failed, as "the alerts cannot be read"
 * @code: of SQLite
 *
 * Return: -errno; it is not logged.
 */
int store_error(const struct store *store, const char *step, int code);

/* ---- schema.c ----------------------------------------------------------- */

/* Brings the database to this version: 0 or -errno with its origin. */
int store_upgrade(struct store *store);

/* ---- query.c ------------------------------------------------------------ */

/**
 * struct query - one statement, from its text to its result
 * @about: what it reads or writes, in the plural, for errors: "the alerts"
 * @code: of SQLite. After an error nothing more is done, and query_write() or
 *	query_end() returns it
 */
struct query {
	struct store *store;
	sqlite3_stmt *stmt;
	const char *about;
	int code;
};

void query_finish(struct query *query);

/* Finished when it goes out of scope. */
#define auto_query __attribute__((cleanup(query_finish))) struct query

/* @about is borrowed. */
struct query query_new(struct store *store, const char *about, const char *sql);
/* Parameters count from 1. @text is borrowed, NULL is NULL. */
void query_text(struct query *query, int parameter, const char *text);
void query_number(struct query *query, int parameter, uint64_t number);

/**
 * query_write - run a statement that writes and gives no rows
 *
 * It can be run again with other parameters then.
 *
 * Return: 0 or -errno. The first error is logged, and when writing works
 * again; those between are not.
 */
int query_write(struct query *query);
/* Step to the next row; false after the last one, or on an error. */
bool query_row(struct query *query);
/* Columns count from 0. Texts are borrowed until the next row. */
uint64_t query_number_at(const struct query *query, int column);
const char *query_text_at(const struct query *query, int column);
/* After the last row: 0 or -errno, logged. */
int query_end(struct query *query);

#endif /* FABMON_STORE_PRIV_H */
