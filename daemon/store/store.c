// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Transactions, and settings: keys with a value.
 *
 * Write-ahead log with synchronous=FULL: NORMAL would lose the last commits on
 * a loss of power, and what is stored here decides what is not sent again. It
 * is written once a request and not once a change, so that the flush costs
 * little.
 */
#include <errno.h>
#include <string.h>

#include "util/error.h"
#include "priv.h"

#define SETTINGS	"the settings"

static int run(struct store *store, const char *sql)
{
	auto_query query = query_new(store, "a transaction", sql);

	return query_write(&query);
}

int store_begin(struct store *store)
{
	if (store->depth++)
		return 0;
	store->broken = 0;
	return run(store, "BEGIN IMMEDIATE");
}

/* What SQLite rolled back by itself (a full disk) cannot be rolled back. */
int store_end(struct store *store)
{
	int ret;

	if (--store->depth)
		return 0;
	ret = store->broken ? store->broken : run(store, "COMMIT");
	if (!ret)
		return 0;
	if (!sqlite3_get_autocommit(store->db))
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	store->failures++;
	return ret;
}

uint64_t store_failures(const struct store *store)
{
	return store->failures;
}

int store_get(struct store *store, const char *key, char **value)
{
	auto_query query = query_new(store, SETTINGS,
				     "SELECT value FROM setting"
				     " WHERE key = ?1");

	*value = NULL;
	query_text(&query, 1, key);
	if (!query_row(&query))
		return query.code == SQLITE_DONE ? -ENOENT : query_end(&query);
	*value = strdup(query_text_at(&query, 0));
	if (*value)
		return 0;
	return error_origin(-ENOMEM, "%s: setting %s cannot be read",
			    store->path, key);
}

int store_set(struct store *store, const char *key, const char *value)
{
	static const char set[] = "INSERT INTO setting (key, value) "
				  "VALUES (?1, ?2) ON CONFLICT (key) "
				  "DO UPDATE SET value = excluded.value";
	static const char unset[] = "DELETE FROM setting WHERE key = ?1";
	auto_query query = query_new(store, SETTINGS, value ? set : unset);

	query_text(&query, 1, key);
	if (value)
		query_text(&query, 2, value);
	return query_write(&query);
}

int store_each(struct store *store, const char *prefix,
	       void (*fn)(const char *key, const char *value, void *ctx),
	       void *ctx)
{
	auto_query query = query_new(store, SETTINGS,
				     "SELECT key, value FROM setting"
				     " WHERE substr(key, 1, length(?1)) = ?1"
				     " ORDER BY key");

	query_text(&query, 1, prefix);
	while (query_row(&query))
		fn(query_text_at(&query, 0), query_text_at(&query, 1), ctx);
	return query_end(&query);
}
