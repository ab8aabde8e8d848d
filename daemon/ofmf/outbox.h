/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What is pending for one receiver, in order: at most one entry a resource, and
 * alerts, of which none stands for another.
 *
 * Stored are the alerts, and the digest that each resource had when it was
 * delivered. Pending changes of resources are not stored: they are the
 * difference between those digests and the tree, and outbox_catch_up() finds
 * them again after a restart. So a change costs no write before it is
 * delivered, and a day without the receiver costs one event a resource.
 */
#ifndef FABMON_OUTBOX_H
#define FABMON_OUTBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"
#include "tree/tree.h"

#define OUTBOX_MAX	16384	/* resources */
#define OUTBOX_ALERTS_MAX	1024
#define OUTBOX_ROUNDS_MAX	128	/* from one try of an alert to the next */

/**
 * struct outbox_pending - one thing to send, owned by the outbox
 * @op: what happened to the resource at @uri; nothing to an alert
 * @uri: the resource, NULL for an alert
 * @record: event record of an alert, else NULL
 * @realtime: of the change, CLOCK_REALTIME ns, 0: unknown
 * @tries: how often it was sent without an answer
 */
struct outbox_pending {
	enum tree_op op;
	const char *uri;
	json_t *record;
	uint64_t realtime;
	unsigned int tries;
};

struct outbox;

/* Does a receiver get events about a resource? NULL: it is gone. */
typedef bool (*outbox_filter)(const char *uri, const json_t *resource);

int outbox_new(struct outbox **box, struct store *store,
	       const struct tree *tree, outbox_filter filter,
	       const char *receiver);
void outbox_free(struct outbox *box);
int outbox_put(struct outbox *box, enum tree_op op, const char *uri,
	       uint64_t realtime);
int outbox_alert(struct outbox *box, json_t *record);
const struct outbox_pending *outbox_take(struct outbox *box);
size_t outbox_cover(struct outbox *box, const json_t *uris);
bool outbox_creates(const struct outbox *box);
const struct outbox_pending *outbox_taken(const struct outbox *box);
void outbox_done(struct outbox *box);
void outbox_back(struct outbox *box, bool unsure);
void outbox_crawl(struct outbox *box, bool crawling);
size_t outbox_length(const struct outbox *box);
uint64_t outbox_oldest(const struct outbox *box);
bool outbox_holds(const struct outbox *box, const char *uri);
size_t outbox_resources(const struct outbox *box);
uint64_t outbox_dropped(const struct outbox *box);

/* ---- outbox_read.c ------------------------------------------------------ */

json_t *outbox_created(const struct outbox *box);
json_t *outbox_outdated(const struct outbox *box);

/* ---- outbox_hold.c ------------------------------------------------------ */

bool outbox_defer(struct outbox *box);
void outbox_round(struct outbox *box);
void outbox_retry(struct outbox *box);

/* ---- outbox_store.c ----------------------------------------------------- */

void outbox_delivered(struct outbox *box, const json_t *uris);
void outbox_assume(struct outbox *box, const json_t *uris);
json_t *outbox_known(struct outbox *box);
void outbox_forget(struct outbox *box);
int outbox_catch_up(struct outbox *box);

#endif /* FABMON_OUTBOX_H */
