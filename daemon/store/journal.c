// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The journal: what is pending for the subscribers, once for all of them.
 *
 * Of each resource it has the latest event, other events as they are, and of
 * each subscriber the number of the event up to which all was delivered.
 */
#include <errno.h>
#include <stddef.h>

#include "priv.h"

#define RESOURCES	"the resources in the journal"
#define EVENTS		"the events in the journal"
#define SUBSCRIBERS	"the positions of the subscribers"

/* ---- resources ---------------------------------------------------------- */

int store_resource(struct store *store, const struct store_resource *resource)
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
	auto_query query = query_new(store, RESOURCES, sql);

	query_text(&query, 1, resource->uri);
	query_text(&query, 2, resource->type);
	query_number(&query, 3, resource->digest);
	query_number(&query, 4, resource->created);
	query_number(&query, 5, resource->number);
	query_number(&query, 6, resource->cause);
	query_number(&query, 7, resource->realtime);
	return query_write(&query);
}

int store_resource_each(struct store *store,
			void (*fn)(const struct store_resource *resource,
				   void *ctx), void *ctx)
{
	auto_query query = query_new(store, RESOURCES,
				     "SELECT uri, type, digest FROM known"
				     " WHERE digest <> 0");

	while (query_row(&query))
		fn(&(struct store_resource) {
			.uri = query_text_at(&query, 0),
			.type = query_text_at(&query, 1),
			.digest = query_number_at(&query, 2),
		   }, ctx);
	return query_end(&query);
}

/* ---- other events ------------------------------------------------------- */

int store_record(struct store *store, uint64_t number, const char *type,
		 const char *text)
{
	auto_query query = query_new(store, EVENTS,
				     "INSERT OR REPLACE INTO record"
				     " (number, type, text)"
				     " VALUES (?1, ?2, ?3)");

	query_number(&query, 1, number);
	query_text(&query, 2, type);
	query_text(&query, 3, text);
	return query_write(&query);
}

/* ---- all in order ------------------------------------------------------- */

int store_event_each(struct store *store, uint64_t after,
		     void (*fn)(const struct store_event *event, void *ctx),
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
	auto_query query = query_new(store, EVENTS, sql);

	query_number(&query, 1, after);
	while (query_row(&query))
		fn(&(struct store_event) {
			.number = query_number_at(&query, 0),
			.subject = query_text_at(&query, 1),
			.type = query_text_at(&query, 2),
			.op = *query_text_at(&query, 3),
			.cause = query_number_at(&query, 4),
			.realtime = query_number_at(&query, 5),
		   }, ctx);
	return query_end(&query);
}

int store_event_last(struct store *store, uint64_t *number)
{
	auto_query query = query_new(store, EVENTS,
		"SELECT coalesce(max(number), 0) FROM ("
		"SELECT max(number) AS number FROM known UNION ALL "
		"SELECT max(number) FROM record UNION ALL "
		"SELECT max(number) FROM reader)");

	*number = query_row(&query) ? query_number_at(&query, 0) : 0;
	return query_end(&query);
}

/* Both tables, the second also after an error of the first. */
static int delete_from(struct store *store, const char *known,
		       const char *record, const uint64_t *number)
{
	auto_query first = query_new(store, RESOURCES, known);
	auto_query second = query_new(store, EVENTS, record);
	int ret, r;

	if (number) {
		query_number(&first, 1, *number);
		query_number(&second, 1, *number);
	}
	ret = query_write(&first);
	r = query_write(&second);
	return ret ? ret : r;
}

int store_event_prune(struct store *store, uint64_t number)
{
	return delete_from(store,
			   "DELETE FROM known WHERE digest = 0"
			   " AND number <= ?1",
			   "DELETE FROM record WHERE number <= ?1", &number);
}

int store_event_clear(struct store *store)
{
	return delete_from(store, "DELETE FROM known", "DELETE FROM record",
			   NULL);
}

/* ---- subscribers -------------------------------------------------------- */

int store_subscriber(struct store *store, const char *id,
		     const struct store_subscriber *position)
{
	static const char set[] = "INSERT OR REPLACE INTO reader "
				  "(name, number, lost) VALUES (?1, ?2, ?3)";
	static const char unset[] = "DELETE FROM reader WHERE name = ?1";
	auto_query query = query_new(store, SUBSCRIBERS,
				     position ? set : unset);

	query_text(&query, 1, id);
	if (position) {
		query_number(&query, 2, position->number);
		query_number(&query, 3, position->lost);
	}
	return query_write(&query);
}

int store_subscriber_get(struct store *store, const char *id,
			 struct store_subscriber *position)
{
	auto_query query = query_new(store, SUBSCRIBERS,
				     "SELECT number, lost FROM reader"
				     " WHERE name = ?1");

	query_text(&query, 1, id);
	if (query_row(&query)) {
		*position = (struct store_subscriber) {
			.number = query_number_at(&query, 0),
			.lost = query_number_at(&query, 1),
		};
		return 0;
	}
	return query.code == SQLITE_DONE ? -ENOENT : query_end(&query);
}
