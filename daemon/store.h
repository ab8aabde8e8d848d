/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What must outlive the process, in SQLite (WAL): the host's identity, for
 * each OFMF the context that it gave us, who subscribed to events, and for each
 * receiver what it was told and the alerts that it is owed.
 */
#ifndef FABMON_STORE_H
#define FABMON_STORE_H

#include <stdint.h>

struct store;

/**
 * store_open - open or create DIR/fabmond.db
 *
 * DIR itself is made if only it is missing. A database that is corrupt is set
 * aside (renamed, with a warning) and a new one made. On a disk that is full or
 * read-only, what is stored is copied into memory, and kept there, with a
 * warning. Return: 0 or -errno
 * (-EACCES, -EROFS, -ENOSPC, ...), -EBUSY while another process has it open,
 * -EPROTO if a newer version wrote it. Errors have been logged.
 */
int store_open(struct store **store, const char *dir);
void store_close(struct store *store);

/* Value of a key, malloc()ed, in *value; -ENOENT if there is none. */
int store_get(struct store *store, const char *key, char **value);
/* Durable when it returns 0. @value NULL removes the key. */
int store_set(struct store *store, const char *key, const char *value);
/* All keys that begin with @prefix, in their order. @fn must not write. */
int store_each(struct store *store, const char *prefix,
	       void (*fn)(const char *key, const char *value, void *ctx),
	       void *ctx);

/*
 * Between these, writes become durable together, with the last store_end().
 * store_end() is called after an error of store_begin() and of writes as well.
 * Return: 0 or -errno: nothing of it was written.
 */
int store_begin(struct store *store);
int store_end(struct store *store);

/* ---- store_outbox.c; 0 or -errno, logged -------------------------------- */

/* The number of a receiver, which it keeps, by its name. */
int store_receiver(struct store *store, const char *name, int64_t *id);
/* It was told of the resource at @uri as it is with this digest. */
int store_told(struct store *store, int64_t receiver, const char *uri,
	       uint64_t digest);
/* It does not know of @uri (any more); NULL: of anything. */
int store_untold(struct store *store, int64_t receiver, const char *uri);
/* @fn must not write. */
int store_told_each(struct store *store, int64_t receiver,
		    void (*fn)(const char *uri, uint64_t digest, void *ctx),
		    void *ctx);

/* Owe it an alert; its number, never 0, is for store_alert_drop(). */
int store_alert(struct store *store, int64_t receiver, const char *record,
		int64_t *number);
int store_alert_drop(struct store *store, int64_t number);
/* In the order they were owed. @fn must not write. */
int store_alert_each(struct store *store, int64_t receiver,
		     void (*fn)(int64_t number, const char *record, void *ctx),
		     void *ctx);

#endif /* FABMON_STORE_H */
