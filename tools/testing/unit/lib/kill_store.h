/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Kill points of the store and of SQLite below it: definitions, see kill.h. */
#ifndef FABMON_TEST_KILL_STORE_H
#define FABMON_TEST_KILL_STORE_H

#include <sqlite3.h>

#include "kill.h"
#include "store/store.h"

KILL_WRAP(int, store_set, (struct store *s, const char *k, const char *v),
	  (s, k, v))
KILL_WRAP(int, store_begin, (struct store *s), (s))
KILL_WRAP(int, store_end, (struct store *s), (s))

int __real_sqlite3_step(sqlite3_stmt *stmt);
int __wrap_sqlite3_step(sqlite3_stmt *stmt);

/* Statements that only read leave nothing behind to be killed in. */
int __wrap_sqlite3_step(sqlite3_stmt *stmt)
{
	bool writes = !sqlite3_stmt_readonly(stmt);
	int r;

	if (writes)
		kill_point("sqlite3_step", "before");
	r = __real_sqlite3_step(stmt);
	if (writes)
		kill_point("sqlite3_step", "after");
	return r;
}

typedef int (*row_fn)(void *, int, char **, char **);
KILL_WRAP(int, sqlite3_exec, (sqlite3 *db, const char *sql, row_fn fn, void *ctx,
			 char **error), (db, sql, fn, ctx, error))

#endif /* FABMON_TEST_KILL_STORE_H */
