// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What was delivered to each receiver, and its pending alerts.
 *
 * No list of changes is kept. A resource as it was last delivered, against the
 * resource in the tree, is the change that is pending, whatever happened in
 * between and however long that took. An alert is an event of its own, and is
 * kept as it is.
 */
#include <errno.h>

#include "priv.h"

#define RECEIVERS	"the receivers"
#define DELIVERED	"the resources that were delivered"
#define ALERTS		"the pending alerts"

/* -ENOENT: there is none. */
static int receiver_find(struct store *store, const char *name, int64_t *id)
{
	auto_query query = query_new(store, RECEIVERS,
				     "SELECT id FROM receiver WHERE name = ?1");

	query_text(&query, 1, name);
	if (query_row(&query)) {
		*id = (int64_t)query_number_at(&query, 0);
		return 0;
	}
	return query.code == SQLITE_DONE ? -ENOENT : query_end(&query);
}

static int receiver_add(struct store *store, const char *name, int64_t *id)
{
	auto_query query = query_new(store, RECEIVERS,
				     "INSERT INTO receiver (name) VALUES (?1)");
	int ret;

	query_text(&query, 1, name);
	ret = query_write(&query);
	if (!ret)
		*id = sqlite3_last_insert_rowid(store->db);
	return ret;
}

int store_receiver(struct store *store, const char *name, int64_t *id)
{
	int ret = receiver_find(store, name, id);

	return ret == -ENOENT ? receiver_add(store, name, id) : ret;
}

int store_delivered(struct store *store, int64_t receiver, const char *uri,
		    uint64_t digest)
{
	auto_query query = query_new(store, DELIVERED,
				     "INSERT INTO told (receiver, uri, digest)"
				     " VALUES (?1, ?2, ?3)"
				     " ON CONFLICT (receiver, uri)"
				     " DO UPDATE SET digest = excluded.digest");

	query_number(&query, 1, (uint64_t)receiver);
	query_text(&query, 2, uri);
	query_number(&query, 3, digest);
	return query_write(&query);
}

int store_delivered_drop(struct store *store, int64_t receiver,
			 const char *uri)
{
	static const char one[] = "DELETE FROM told "
				  "WHERE receiver = ?1 AND uri = ?2";
	static const char all[] = "DELETE FROM told WHERE receiver = ?1";
	auto_query query = query_new(store, DELIVERED, uri ? one : all);

	query_number(&query, 1, (uint64_t)receiver);
	if (uri)
		query_text(&query, 2, uri);
	return query_write(&query);
}

int store_delivered_each(struct store *store, int64_t receiver,
			 void (*fn)(const char *uri, uint64_t digest,
				    void *ctx), void *ctx)
{
	auto_query query = query_new(store, DELIVERED,
				     "SELECT uri, digest FROM told"
				     " WHERE receiver = ?1");

	query_number(&query, 1, (uint64_t)receiver);
	while (query_row(&query))
		fn(query_text_at(&query, 0), query_number_at(&query, 1), ctx);
	return query_end(&query);
}

int store_alert(struct store *store, int64_t receiver, const char *record,
		int64_t *number)
{
	auto_query query = query_new(store, ALERTS,
				     "INSERT INTO alert (receiver, record)"
				     " VALUES (?1, ?2)");
	int ret;

	query_number(&query, 1, (uint64_t)receiver);
	query_text(&query, 2, record);
	ret = query_write(&query);
	*number = ret ? 0 : sqlite3_last_insert_rowid(store->db);
	return ret;
}

int store_alert_drop(struct store *store, int64_t number)
{
	auto_query query = query_new(store, ALERTS,
				     "DELETE FROM alert WHERE number = ?1");

	query_number(&query, 1, (uint64_t)number);
	return query_write(&query);
}

int store_alert_each(struct store *store, int64_t receiver,
		     void (*fn)(int64_t number, const char *record, void *ctx),
		     void *ctx)
{
	auto_query query = query_new(store, ALERTS,
				     "SELECT number, record FROM alert"
				     " WHERE receiver = ?1 ORDER BY number");

	query_number(&query, 1, (uint64_t)receiver);
	while (query_row(&query))
		fn((int64_t)query_number_at(&query, 0),
		   query_text_at(&query, 1), ctx);
	return query_end(&query);
}
