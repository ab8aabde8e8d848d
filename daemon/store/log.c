// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The devices' logs.
 *
 * A burst of events is one transaction. The number of an entry is in its URI
 * and never used again: AUTOINCREMENT remembers the largest there ever was.
 *
 * An event is kept as the netlink attributes that it came as: they are uapi,
 * which does not change, and the parser of notifications reads them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "log.h"
#include "priv.h"

#define KEY_POSITION	"log-heard"	/* as earlier versions stored it */
#define ENTRIES		"the log entries"

#define COLUMNS \
	"number, device, what, type, severity, before, after, instance, seq, " \
	"realtime, node, port, times, minutes, count, event"
#define SELECT	"SELECT " COLUMNS " FROM log ORDER BY number"
#define INSERT \
	"INSERT OR REPLACE INTO log (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, " \
	"?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"

/* In the order of COLUMNS. */
enum { NUMBER, DEVICE, WHAT, TYPE, SEVERITY, BEFORE, AFTER, INSTANCE, SEQ,
       REALTIME, NODE, PORT, TIMES, MINUTES, COUNT, EVENT };

/* ---- reading ------------------------------------------------------------ */

/* 0; -EBADMSG for a row that makes no sense, which is counted; or -ENOMEM. */
static int row_load(sqlite3_stmt *stmt, struct model *model)
{
	const char *device = (const char *)sqlite3_column_text(stmt, DEVICE);
	const void *raw = sqlite3_column_blob(stmt, EVENT);
	int len = sqlite3_column_bytes(stmt, EVENT);
	struct model_entry entry = {
		.number = sqlite3_column_int64(stmt, NUMBER),
		.what = sqlite3_column_int(stmt, WHAT),
		.type = sqlite3_column_int(stmt, TYPE),
		.severity = sqlite3_column_int(stmt, SEVERITY),
		.before = sqlite3_column_int(stmt, BEFORE),
		.after = sqlite3_column_int(stmt, AFTER),
		.instance = sqlite3_column_int64(stmt, INSTANCE),
		.seq = sqlite3_column_int64(stmt, SEQ),
		.realtime = sqlite3_column_int64(stmt, REALTIME),
		.node = sqlite3_column_int64(stmt, NODE),
		.port = sqlite3_column_int64(stmt, PORT),
		.times = sqlite3_column_int64(stmt, TIMES),
		.minutes = sqlite3_column_int64(stmt, MINUTES),
		.count = sqlite3_column_int64(stmt, COUNT),
	};

	if (!device || len > MODEL_RAW_MAX)
		return -EBADMSG;
	if (raw && len) {
		entry.raw.data = malloc(len);
		if (!entry.raw.data)
			return error_origin(-ENOMEM, "%s: log entry %" PRIu64 " cannot be loaded",
					    device, entry.number);
		memcpy(entry.raw.data, raw, len);
		entry.raw.len = len;
	}
	return model_log_load(model, device, &entry);
}

static int rows_load(struct store *store, struct model *model)
{
	auto_query query = query_new(store, ENTRIES, SELECT);
	unsigned int bad = 0, rows = 0;
	int ret;

	while (query_row(&query)) {
		ret = row_load(query.stmt, model);
		if (ret == -ENOMEM)
			return error_trace(ret);
		bad += !!ret;
		rows++;
	}
	if (bad)
		log_warning("%s: %u of %u log entries make no sense and are left out",
			    store->path, bad, rows);
	return query_end(&query);
}

/* The largest number that the table ever had: of entries long gone, too. */
static void reserve_numbers(struct store *store, struct model *model)
{
	auto_query query = query_new(store, ENTRIES,
				     "SELECT seq FROM sqlite_sequence"
				     " WHERE name = 'log'");

	if (query_row(&query))
		model_log_reserve(model, query_number_at(&query, 0));
}

int store_log_load(struct store *store, struct model *model)
{
	uint64_t instance, seq;
	char *position = NULL;
	int ret;

	ret = rows_load(store, model);
	reserve_numbers(store, model);
	if (!store_get(store, KEY_POSITION, &position) &&
	    sscanf(position, "%" SCNx64 ":%" SCNu64, &instance, &seq) == 2)
		model_log_position_set(model, instance, seq);
	free(position);
	return ret;
}

/* ---- writing ------------------------------------------------------------ */

static void entry_bind(struct query *query, const struct model_entry *e)
{
	const int64_t numbers[] = {
		[NUMBER] = e->number, [WHAT] = e->what, [TYPE] = e->type,
		[SEVERITY] = e->severity, [BEFORE] = e->before,
		[AFTER] = e->after, [INSTANCE] = e->instance, [SEQ] = e->seq,
		[REALTIME] = e->realtime, [NODE] = e->node, [PORT] = e->port,
		[TIMES] = e->times, [MINUTES] = e->minutes, [COUNT] = e->count,
	};
	int i;

	for (i = 0; i < EVENT; i++) {
		if (i == DEVICE)
			query_text(query, i + 1, e->device);
		else
			query_number(query, i + 1, (uint64_t)numbers[i]);
	}
	/* none is NULL */
	if (query->code == SQLITE_OK)
		query->code = sqlite3_bind_blob(query->stmt, EVENT + 1,
						e->raw.len ? e->raw.data : NULL,
						(int)e->raw.len, SQLITE_STATIC);
}

static void entries_insert(struct store *store, const struct model_entry *entry)
{
	auto_query query = query_new(store, ENTRIES, INSERT);

	for (; entry; entry = model_log_after_next(entry)) {
		entry_bind(&query, entry);
		if (query_write(&query))
			return;
	}
}

static void entries_delete(struct store *store, const uint64_t *numbers,
			   size_t count)
{
	auto_query query = query_new(store, ENTRIES,
				     "DELETE FROM log WHERE number = ?1");
	size_t i;

	for (i = 0; i < count; i++) {
		query_number(&query, 1, numbers[i]);
		if (query_write(&query))
			return;
	}
}

/* store_end() returns the error of any of them. */
void store_log_write(struct store *store, const struct model *model)
{
	uint64_t instance, seq;
	const uint64_t *dropped;
	char position[64];
	size_t count;

	entries_insert(store, model_log_unsaved(model));
	dropped = model_log_dropped(model, &count);
	entries_delete(store, dropped, count);
	model_log_position(model, &instance, &seq);
	snprintf(position, sizeof(position), "%016" PRIx64 ":%" PRIu64,
		 instance, seq);
	store_set(store, KEY_POSITION, position);
}
