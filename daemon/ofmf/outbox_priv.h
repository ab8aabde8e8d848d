/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Inside of an outbox: entries (outbox.c) and the store (outbox_store.c). */
#ifndef FABMON_OUTBOX_PRIV_H
#define FABMON_OUTBOX_PRIV_H

#include <sys/queue.h>

#include "outbox.h"

/**
 * struct outbox_entry - one thing that is pending
 * @unsure: it was sent once and may have been done
 * @outdated: so was the creation, and the resource has changed since
 * @since: CLOCK_MONOTONIC of its first cause, us
 * @number: of an alert in the store, 0: it is not there
 * @held: of an alert that was refused often: so many rounds are not its turn
 * @rounds: what @held began with
 *
 * @pending.uri is the key in the index and part of the entry.
 */
struct outbox_entry {
	struct outbox_pending pending;
	TAILQ_ENTRY(outbox_entry) link;
	bool unsure, outdated;
	uint64_t since;
	int64_t number;
	unsigned int held, rounds;
	char uri[];
};

TAILQ_HEAD(outbox_entries, outbox_entry);

/**
 * struct outbox - see outbox.h
 * @name: the receiver
 * @receiver: its number in the store, 0: it has none yet
 * @crawling: the receiver may be reading the whole tree
 * @waiting: in order
 * @taken: what is being sent, and behind it the entries that it covers; they
 *	are not in the index, so that what changes meanwhile is pending again
 * @index: URI -> waiting entry (tsearch(3))
 */
struct outbox {
	struct store *store;
	const struct tree *tree;
	outbox_filter filter;
	char *name;
	int64_t receiver;
	bool crawling;
	struct outbox_entries waiting;
	struct outbox_entries taken;
	void *index;
	size_t n_resources, n_alerts;
	uint64_t dropped;
};

/* ---- outbox.c ----------------------------------------------------------- */

struct outbox_entry *outbox_find(const struct outbox *box, const char *uri);
void outbox_clear(struct outbox *box);

/* ---- outbox_hold.c ------------------------------------------------------ */

struct outbox_entry *outbox_first(const struct outbox *box);

/* ---- outbox_store.c ----------------------------------------------------- */

void outbox_begin(struct outbox *box);
void outbox_end(struct outbox *box);
void outbox_delivered_one(struct outbox *box, const struct outbox_entry *entry);
int64_t outbox_alert_keep(struct outbox *box, const json_t *record);

#endif /* FABMON_OUTBOX_PRIV_H */
