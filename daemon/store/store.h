/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The store keeps what has to outlive the process, in one SQLite database.
 *
 * It owns the file and everything in it: names that identities were given, the
 * devices' logs, what each OFMF calls this host, accounts and subscriptions,
 * and for each receiver and subscriber what was delivered and what is pending.
 * Its users hand in keys, texts and numbers, and get them back in a later run;
 * the meaning is theirs. Writes between store_begin() and store_end() are on
 * disk together or not at all.
 *
 * It never decides what is sent, never calls anybody but the callback it is
 * given, and never ends the daemon: on a full disk its users go on in memory.
 * It logs its own errors, once until writing works again, since nobody can do
 * more about them; only store_open() leaves that to its caller.
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
 * warning.
 *
 * Return: 0 or -errno with its origin, not logged: -EACCES, -ENOTDIR, ...;
 * -EBUSY while another process has it open; -EPROTO if a newer version wrote
 * it.
 */
int store_open(struct store **store, const char *dir);
void store_close(struct store *store);

/*
 * All that follows returns 0 or -errno. An error of the database was logged; a
 * text that there is no memory for was not.
 */

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
 * Return: 0, or the first error: nothing of it was written.
 */
int store_begin(struct store *store);
int store_end(struct store *store);
/*
 * How many transactions failed. store_end() of an inner one returns 0; whether
 * the outer one failed later is found by comparing this number.
 */
uint64_t store_failures(const struct store *store);

/* ---- outbox.c: receivers ------------------------------------------------ */

/* The number of a receiver, which it keeps, by its name. */
int store_receiver(struct store *store, const char *name, int64_t *id);
/* The resource at @uri was delivered to it, with this digest. */
int store_delivered(struct store *store, int64_t receiver, const char *uri,
		    uint64_t digest);
/* It has no resource at @uri (any more); NULL: it has none at all. */
int store_delivered_drop(struct store *store, int64_t receiver,
			 const char *uri);
/* @fn must not write. */
int store_delivered_each(struct store *store, int64_t receiver,
			 void (*fn)(const char *uri, uint64_t digest,
				    void *ctx), void *ctx);

/* An alert is pending; its number, never 0, is for store_alert_drop(). */
int store_alert(struct store *store, int64_t receiver, const char *record,
		int64_t *number);
int store_alert_drop(struct store *store, int64_t number);
/* In the order of store_alert(). @fn must not write. */
int store_alert_each(struct store *store, int64_t receiver,
		     void (*fn)(int64_t number, const char *record, void *ctx),
		     void *ctx);

/* ---- journal.c: subscribers --------------------------------------------- */

/**
 * struct store_resource - the latest event of a resource
 * @type: of the resource, without version; NULL: unknown, or as it was
 * @digest: tree_digest(); 0: it was removed
 * @created: number of the event of its creation, 0: as it was
 * @number: of the latest event
 * @cause: number of the group of that, 0: none
 * @realtime: of that, CLOCK_REALTIME ns, 0: unknown
 */
struct store_resource {
	const char *uri, *type;
	uint64_t digest, created, number, cause, realtime;
};

int store_resource(struct store *store, const struct store_resource *resource);
/* All less the removed, with @uri, @type and @digest. @fn must not write. */
int store_resource_each(struct store *store,
			void (*fn)(const struct store_resource *resource,
				   void *ctx), void *ctx);

/* An event that is no creation, change or removal; kept as it is. */
int store_record(struct store *store, uint64_t number, const char *type,
		 const char *text);

/**
 * struct store_event - an event in the journal
 * @op: 'C', 'M' or 'R' for created, changed, removed; 'A': a record
 * @subject: URI of the resource; the text of the record
 *
 * Else as in struct store_resource. A resource that was created and then
 * changed has two: a receiver of the first does not need the second.
 */
struct store_event {
	uint64_t number, cause, realtime;
	const char *subject, *type;
	char op;
};

/* The events with a higher number, in order. @fn must not write. */
int store_event_each(struct store *store, uint64_t after,
		     void (*fn)(const struct store_event *event, void *ctx),
		     void *ctx);
/* The highest number that is in use, 0: none. */
int store_event_last(struct store *store, uint64_t *number);
/* Up to @number all was delivered to all: what is only kept for that goes. */
int store_event_prune(struct store *store, uint64_t number);
/* The last subscriber is gone: all of it goes. */
int store_event_clear(struct store *store);

/**
 * struct store_subscriber - the position of a subscriber
 * @number: of the event up to which all was delivered
 * @lost: of the last event that will not be delivered; 0: there is none, or
 *	that was reported
 */
struct store_subscriber {
	uint64_t number, lost;
};

/* @position NULL removes it. */
int store_subscriber(struct store *store, const char *id,
		     const struct store_subscriber *position);
/* -ENOENT if there is none. */
int store_subscriber_get(struct store *store, const char *id,
			 struct store_subscriber *position);

#endif /* FABMON_STORE_H */
