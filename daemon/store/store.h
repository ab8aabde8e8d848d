/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What must outlive the process, in SQLite (WAL): the host's identity, for
 * each OFMF the context that it gave us, who subscribed to events, and for each
 * receiver and subscriber what it was told and the alerts that it is owed.
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
/*
 * How many transactions failed. Who wrote within another's, which store_end()
 * said nothing of, finds out whether that came to nothing.
 */
uint64_t store_failures(const struct store *store);

/* ---- store_outbox.c; 0 or -errno, logged -------------------------------- */

/* The number of a receiver, which it keeps, by its name. */
int store_receiver(struct store *store, const char *name, int64_t *id);
/* It was told of the resource at @uri as it is with this digest. */
int store_delivered(struct store *store, int64_t receiver, const char *uri,
		    uint64_t digest);
/* It does not know of @uri (any more); NULL: of anything. */
int store_delivered_drop(struct store *store, int64_t receiver, const char *uri);
/* @fn must not write. */
int store_delivered_each(struct store *store, int64_t receiver,
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

/* ---- store_events.c; 0 or -errno, logged -------------------------------- */

/**
 * struct store_resource - what subscribers know of, or will be told of
 * @type: of the resource, without version; NULL: unknown, or as it was
 * @digest: tree_digest(); 0: it is gone
 * @created: number of the event that told that it is there, 0: as it was
 * @number: of the latest event that is about it
 * @cause: number of the group of that, 0: none
 * @realtime: of that, CLOCK_REALTIME ns, 0: unknown
 */
struct store_resource {
	const char *uri, *type;
	uint64_t digest, created, number, cause, realtime;
};

int store_resource(struct store *store, const struct store_resource *known);
/* Those that are not gone, with @uri, @type and @digest. @fn must not write. */
int store_resource_each(struct store *store,
			void (*fn)(const struct store_resource *known, void *ctx),
			void *ctx);

/* An event that is not about a resource's life, as it is. */
int store_record(struct store *store, uint64_t number, const char *type,
		 const char *text);

/**
 * struct store_event - an event that is still known
 * @op: 'C', 'M' or 'R' for created, changed, removed; 'A': a record
 * @subject: URI of the resource; the text of the record
 *
 * Else as in struct store_resource. A resource that was created and changed is
 * told twice: who hears of the creation needs not hear of the change.
 */
struct store_event {
	uint64_t number, cause, realtime;
	const char *subject, *type;
	char op;
};

/* What happened after the event with that number. @fn must not write. */
int store_event_each(struct store *store, uint64_t after,
		     void (*fn)(const struct store_event *what, void *ctx),
		     void *ctx);
/* The highest number that is in use, 0: none. */
int store_event_last(struct store *store, uint64_t *number);
/* Everybody was told up to @number: what is only kept for that may go. */
int store_event_prune(struct store *store, uint64_t number);
/* Nobody is told any more. */
int store_event_clear(struct store *store);

/**
 * struct store_subscriber - how far a subscriber is
 * @number: of the event up to which it was told
 * @lost: of the last event that it will not be told; 0: there is none, or it
 *	was told that
 */
struct store_subscriber {
	uint64_t number, lost;
};

/* @reader NULL removes it. */
int store_subscriber(struct store *store, const char *name,
		     const struct store_subscriber *reader);
/* -ENOENT if there is none. */
int store_subscriber_get(struct store *store, const char *name,
			 struct store_subscriber *reader);

#endif /* FABMON_STORE_H */
