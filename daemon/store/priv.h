/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Inside of the store: the database, and how its errors are told. */
#ifndef FABMON_STORE_PRIV_H
#define FABMON_STORE_PRIV_H

#include <limits.h>
#include <sqlite3.h>
#include <stdbool.h>

#include "store.h"

/**
 * struct store - the database
 * @depth: store_begin() without store_end() so far
 * @broken: something of the open transaction was refused
 * @failing: the last write failed, and that was logged
 * @changes: rows changed before the transaction that is open, or was last
 * @losses: transactions that failed
 */
struct store {
	sqlite3 *db;
	char path[PATH_MAX];
	unsigned int depth;
	bool broken;
	bool failing;
	int changes;
	uint64_t losses;
};

static inline void store_finalize(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

#define auto_stmt __attribute__((cleanup(store_finalize))) sqlite3_stmt

/* Logged, once until a write succeeds again; -errno. */
int store_fail(struct store *store, const char *what, int code);
/* Runs a statement that writes and gives no rows: 0 or -errno. */
int store_write(struct store *store, sqlite3_stmt *stmt, int code);

#endif /* FABMON_STORE_PRIV_H */
