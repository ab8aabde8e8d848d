// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The devices' logs in SQLite.
 *
 * A burst of events is one transaction. The number of an entry is in its URI
 * and never used again: AUTOINCREMENT remembers the largest there ever was.
 *
 * An event is kept as the netlink attributes that it came as. That format is
 * the kernel's promise to keep, and is read by the parser that reads it first.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "log.h"
#include "priv.h"

#define KEY_HEARD	"log-heard"

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

/* 0, -EBADMSG for a row that makes no sense, or -ENOMEM. */
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
			return -ENOMEM;
		memcpy(entry.raw.data, raw, len);
		entry.raw.len = len;
	}
	return model_log_load(model, device, &entry);
}

static int rows_load(struct store *store, struct model *model)
{
	unsigned int bad = 0, rows = 0;
	auto_stmt *stmt = NULL;
	int code, ret;

	code = sqlite3_prepare_v2(store->db, SELECT, -1, &stmt, NULL);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(stmt);
		if (code != SQLITE_ROW)
			break;
		ret = row_load(stmt, model);
		if (ret == -ENOMEM)
			return ret;
		bad += !!ret;
		rows++;
	}
	if (bad)
		log_warning("%s: %u of %u log entries make no sense and are left out",
			    store->path, bad, rows);
	return code == SQLITE_DONE ? 0 :
				     store_fail(store, "log cannot be read",
						code);
}

/* The largest number that the table ever had: of entries long gone, too. */
static void reserve_numbers(struct store *store, struct model *model)
{
	auto_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(store->db, "SELECT seq FROM sqlite_sequence "
			       "WHERE name = 'log'", -1, &stmt, NULL) ==
	    SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW)
		model_log_reserve(model, sqlite3_column_int64(stmt, 0));
}

int store_log_load(struct store *store, struct model *model)
{
	uint64_t instance, seq;
	char *heard = NULL;
	int ret;

	ret = rows_load(store, model);
	reserve_numbers(store, model);
	if (!store_get(store, KEY_HEARD, &heard) &&
	    sscanf(heard, "%" SCNx64 ":%" SCNu64, &instance, &seq) == 2)
		model_log_position_set(model, instance, seq);
	free(heard);
	return ret;
}

/* ---- writing ------------------------------------------------------------ */

static int entry_bind(sqlite3_stmt *stmt, const struct model_entry *e)
{
	const int64_t numbers[] = {
		[NUMBER] = e->number, [WHAT] = e->what, [TYPE] = e->type,
		[SEVERITY] = e->severity, [BEFORE] = e->before,
		[AFTER] = e->after, [INSTANCE] = e->instance, [SEQ] = e->seq,
		[REALTIME] = e->realtime, [NODE] = e->node, [PORT] = e->port,
		[TIMES] = e->times, [MINUTES] = e->minutes, [COUNT] = e->count,
	};
	int code = SQLITE_OK, i;

	for (i = 0; i < EVENT && code == SQLITE_OK; i++)
		code = i == DEVICE ?
		       sqlite3_bind_text(stmt, i + 1, e->device, -1,
					 SQLITE_STATIC) :
		       sqlite3_bind_int64(stmt, i + 1, numbers[i]);
	/* none is NULL */
	if (code == SQLITE_OK)
		code = sqlite3_bind_blob(stmt, EVENT + 1,
					 e->raw.len ? e->raw.data : NULL,
					 (int)e->raw.len, SQLITE_STATIC);
	return code;
}

static void entries_insert(struct store *store, const struct model_entry *entry)
{
	auto_stmt *stmt = NULL;
	int code, ret = 0;

	code = sqlite3_prepare_v2(store->db, INSERT, -1, &stmt, NULL);
	for (; entry && !ret; entry = model_log_after_next(entry)) {
		if (code == SQLITE_OK)
			code = entry_bind(stmt, entry);
		ret = store_write(store, stmt, code);
		sqlite3_reset(stmt);
	}
}

static void entries_delete(struct store *store, const uint64_t *numbers,
			   size_t count)
{
	auto_stmt *stmt = NULL;
	int code, ret = 0;
	size_t i;

	code = sqlite3_prepare_v2(store->db, "DELETE FROM log WHERE number = ?1",
				  -1, &stmt, NULL);
	for (i = 0; i < count && !ret; i++) {
		if (code == SQLITE_OK)
			code = sqlite3_bind_int64(stmt, 1, numbers[i]);
		ret = store_write(store, stmt, code);
		sqlite3_reset(stmt);
	}
}

/* An error of one is told by store_end(). */
void store_log_write(struct store *store, const struct model *model)
{
	uint64_t instance, seq;
	const uint64_t *dropped;
	char heard[64];
	size_t count;

	entries_insert(store, model_log_unsaved(model));
	dropped = model_log_dropped(model, &count);
	entries_delete(store, dropped, count);
	model_log_position(model, &instance, &seq);
	snprintf(heard, sizeof(heard), "%016" PRIx64 ":%" PRIu64, instance,
		 seq);
	store_set(store, KEY_HEARD, heard);
}
