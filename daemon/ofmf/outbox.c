// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The entries of an outbox: order, merging, and what is being sent. */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/error.h"
#include "outbox_priv.h"

static int entry_compare(const void *a, const void *b)
{
	const struct outbox_entry *x = a, *y = b;

	return strcmp(x->pending.uri, y->pending.uri);
}

/**
 * outbox_find - the entry that waits for a resource, or NULL
 */
struct outbox_entry *outbox_find(const struct outbox *box, const char *uri)
{
	struct outbox_entry key = { .pending.uri = uri };
	struct outbox_entry **node = tfind(&key, &box->index, entry_compare);

	return node ? *node : NULL;
}

/* Out of the list and the index; the caller owns it. */
static void entry_unlink(struct outbox *box, struct outbox_entry *entry)
{
	TAILQ_REMOVE(&box->waiting, entry, link);
	if (entry->pending.uri) {
		tdelete(entry, &box->index, entry_compare);
		box->n_resources--;
	} else {
		box->n_alerts--;
	}
}

static void entry_free(struct outbox_entry *entry)
{
	json_decref(entry->pending.record);
	free(entry);
}

static int entry_link(struct outbox *box, struct outbox_entry *entry, bool head)
{
	if (entry->pending.uri &&
	    !tsearch(entry, &box->index, entry_compare))
		return error_origin(-ENOMEM, "%s: entering it in the outbox",
				    entry->pending.uri);
	if (head)
		TAILQ_INSERT_HEAD(&box->waiting, entry, link);
	else
		TAILQ_INSERT_TAIL(&box->waiting, entry, link);
	if (entry->pending.uri)
		box->n_resources++;
	else
		box->n_alerts++;
	return 0;
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct outbox_entry *entry_new(const char *uri)
{
	size_t size = uri ? strlen(uri) + 1 : 0;
	struct outbox_entry *entry = calloc(1, sizeof(*entry) + size);

	if (entry)
		entry->since = now_usec();
	if (entry && uri) {
		memcpy(entry->uri, uri, size);
		entry->pending.uri = entry->uri;
	}
	return entry;
}

/* An alert that is in the store already, or has no place there. */
static int alert_link(struct outbox *box, json_t *record, int64_t number)
{
	struct outbox_entry *entry = entry_new(NULL);

	if (!entry) {
		json_decref(record);
		box->dropped++;
		return error_origin(-ENOMEM, "outbox: allocation for an alert");
	}
	entry->pending.record = record;
	entry->number = number;
	return entry_link(box, entry, false);
}

static void alert_load(int64_t number, const char *text, void *ctx)
{
	json_t *record = json_loads(text, 0, NULL);

	if (record)
		alert_link(ctx, record, number);
}

/**
 * outbox_new - the outbox of a receiver, with the alerts that are still pending
 * @store: borrowed; NULL: nothing is durable
 * @tree: borrowed
 * @filter: which resources the receiver gets events about
 * @receiver: its name, by which it is found again
 *
 * Return: 0 or -errno, logged but for -ENOMEM.
 */
int outbox_new(struct outbox **box_, struct store *store,
	       const struct tree *tree, outbox_filter filter,
	       const char *receiver)
{
	struct outbox *box = calloc(1, sizeof(*box));
	int r = 0;

	if (!box)
		return error_origin(-ENOMEM, "outbox: allocation");
	TAILQ_INIT(&box->waiting);
	TAILQ_INIT(&box->taken);
	box->store = store;
	box->tree = tree;
	box->filter = filter;
	box->name = receiver ? strdup(receiver) : NULL;
	/* a disk that is full now has room later: outbox_store.c tries again */
	if (store && box->name)
		store_receiver(store, receiver, &box->receiver);
	if (box->receiver)
		r = store_alert_each(store, box->receiver, alert_load, box);
	if (r || (store && !box->name)) {
		outbox_free(box);
		return r ? error_step(r, "outbox: reading its alerts") :
			   error_origin(-ENOMEM, "outbox: copying its name");
	}
	*box_ = box;
	return 0;
}

static void entries_free(struct outbox_entries *entries)
{
	struct outbox_entry *entry;

	while ((entry = TAILQ_FIRST(entries))) {
		TAILQ_REMOVE(entries, entry, link);
		entry_free(entry);
	}
}

static void index_keep(void *entry)
{
}

/* What was not delivered is pending again after the next outbox_new(). */
void outbox_free(struct outbox *box)
{
	if (!box)
		return;
	tdestroy(box->index, index_keep);
	entries_free(&box->waiting);
	entries_free(&box->taken);
	free(box->name);
	free(box);
}

/*
 * Two things that happened to one resource, in order, as one. Returns false
 * if nothing is left to deliver.
 */
static bool op_merge(enum tree_op first, bool unsure, enum tree_op second,
		     enum tree_op *result)
{
	*result = second;
	if (first == TREE_CREATED && second == TREE_CHANGED)
		*result = TREE_CREATED;
	else if (first == TREE_REMOVED && second == TREE_CREATED)
		*result = TREE_CHANGED;
	else if (first == TREE_CREATED && second == TREE_REMOVED)
		return unsure;
	return true;
}

/* Was it created, may the receiver have read it by now, and has it changed? */
static bool is_outdated(const struct outbox_entry *entry, enum tree_op second)
{
	return entry->unsure && entry->pending.op == TREE_CREATED &&
	       second == TREE_CHANGED;
}

/* A removal goes to the tail: those of its children, later, come first. */
static void entry_merge(struct outbox *box, struct outbox_entry *entry,
			enum tree_op op, uint64_t realtime)
{
	enum tree_op before = entry->pending.op;

	entry->outdated |= is_outdated(entry, op);
	if (!op_merge(before, entry->unsure, op, &entry->pending.op)) {
		entry_unlink(box, entry);
		entry_free(entry);
		return;
	}
	if (before != entry->pending.op)
		entry->pending.realtime = realtime;
	if (before != TREE_REMOVED && entry->pending.op == TREE_REMOVED) {
		TAILQ_REMOVE(&box->waiting, entry, link);
		TAILQ_INSERT_TAIL(&box->waiting, entry, link);
	}
}

/**
 * outbox_put - something happened to a resource
 *
 * Merged with what is already pending for it: an entry keeps its place and the
 * time of its first cause; what was created and removed again is forgotten.
 *
 * Return: 0; -ENOBUFS if there are OUTBOX_MAX (clear the queue and
 * compare trees); -ENOMEM.
 */
int outbox_put(struct outbox *box, enum tree_op op, const char *uri,
		   uint64_t realtime)
{
	struct outbox_entry *entry = outbox_find(box, uri);
	int r;

	if (entry) {
		entry_merge(box, entry, op, realtime);
		return 0;
	}
	if (box->n_resources >= OUTBOX_MAX)
		return -ENOBUFS;
	entry = entry_new(uri);
	if (!entry)
		return error_origin(-ENOMEM, "%s: allocation in the outbox",
				    uri);
	entry->pending.op = op;
	entry->pending.realtime = realtime;
	entry->unsure = box->crawling;
	r = entry_link(box, entry, false);
	if (r < 0)
		entry_free(entry);
	return r;
}

/**
 * outbox_alert - an event record to be sent as it is
 * @record: the reference is taken over
 *
 * Durable when it returns, unless the store is broken, which is logged there.
 * Beyond OUTBOX_ALERTS_MAX the oldest is dropped and counted. Return: 0, or
 * -ENOMEM (dropped and counted).
 */
int outbox_alert(struct outbox *box, json_t *record)
{
	struct outbox_entry *oldest;

	if (box->n_alerts >= OUTBOX_ALERTS_MAX) {
		TAILQ_FOREACH(oldest, &box->waiting, link)
			if (!oldest->pending.uri)
				break;
		entry_unlink(box, oldest);
		outbox_delivered_one(box, oldest);
		entry_free(oldest);
		box->dropped++;
	}
	return alert_link(box, record, outbox_alert_keep(box, record));
}

/* The topmost resource above @entry that the same happened to, or @entry. */
static struct outbox_entry *entry_topmost(const struct outbox *box,
				   struct outbox_entry *entry)
{
	char *uri = strdup(entry->pending.uri);
	struct outbox_entry *top = entry, *above;
	char *slash;

	while (uri && (slash = strrchr(uri, '/')) && slash != uri) {
		*slash = '\0';
		above = outbox_find(box, uri);
		if (above && above->pending.op == entry->pending.op)
			top = above;
	}
	free(uri);
	return top;
}

/*
 * A creation covers what is new below it, for the OFMF reads it all; a
 * removal covers what went with it.
 */
static void take_covered(struct outbox *box, const struct outbox_entry *top)
{
	size_t len = strlen(top->pending.uri);
	struct outbox_entry *entry, *next;

	for (entry = TAILQ_FIRST(&box->waiting); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (!entry->pending.uri ||
		    entry->pending.op != top->pending.op ||
		    strncmp(entry->pending.uri, top->pending.uri, len) ||
		    entry->pending.uri[len] != '/')
			continue;
		entry_unlink(box, entry);
		TAILQ_INSERT_TAIL(&box->taken, entry, link);
	}
}

/**
 * outbox_crawl - the receiver begins, or is done, to read the whole tree
 *
 * It may find resources whose creation is pending, or becomes so meanwhile. If
 * they go again, their removal has to be delivered then.
 */
void outbox_crawl(struct outbox *box, bool crawling)
{
	struct outbox_entry *entry;

	box->crawling = crawling;
	if (!crawling)
		return;
	TAILQ_FOREACH(entry, &box->waiting, link)
		if (entry->pending.uri)
			entry->unsure = true;
}

/**
 * outbox_take - what to send next
 *
 * Until outbox_done() or outbox_back(), one of which has to be called
 * before the next. What is put meanwhile becomes pending again.
 *
 * Return: borrowed until then, or NULL if nothing is pending.
 */
const struct outbox_pending *outbox_take(struct outbox *box)
{
	struct outbox_entry *entry = outbox_first(box);

	if (!entry)
		return NULL;
	if (entry->pending.uri && entry->pending.op != TREE_CHANGED)
		entry = entry_topmost(box, entry);
	entry_unlink(box, entry);
	TAILQ_INSERT_HEAD(&box->taken, entry, link);
	if (entry->pending.uri && entry->pending.op != TREE_CHANGED)
		take_covered(box, entry);
	if (entry->pending.uri && entry->pending.op == TREE_CREATED)
		outbox_crawl(box, true);
	return &entry->pending;
}

/* A creation out of the tree, not one that a comparison found missing. */
static bool is_news(const struct outbox_entry *entry)
{
	return entry->pending.uri && entry->pending.op == TREE_CREATED &&
	       entry->pending.realtime && !entry->pending.tries;
}

/**
 * outbox_creates - is a creation waiting that another may stand for?
 */
bool outbox_creates(const struct outbox *box)
{
	const struct outbox_entry *entry;

	TAILQ_FOREACH(entry, &box->waiting, link)
		if (is_news(entry))
			return true;
	return false;
}

/**
 * outbox_cover - let the creation that is taken stand for others
 * @uris: JSON object, what the OFMF finds from there as its keys
 *
 * What a comparison found missing is sent by itself: had it been found from
 * elsewhere, it would not be missing.
 *
 * Return: how many it stands for from now on.
 */
size_t outbox_cover(struct outbox *box, const json_t *uris)
{
	struct outbox_entry *entry, *next;
	size_t n = 0;

	for (entry = TAILQ_FIRST(&box->waiting); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (!is_news(entry) || !json_object_get(uris, entry->uri))
			continue;
		entry_unlink(box, entry);
		TAILQ_INSERT_TAIL(&box->taken, entry, link);
		n++;
	}
	return n;
}

/**
 * outbox_taken - what is being sent, or NULL
 */
const struct outbox_pending *outbox_taken(const struct outbox *box)
{
	const struct outbox_entry *entry = TAILQ_FIRST(&box->taken);

	return entry ? &entry->pending : NULL;
}

/**
 * outbox_done - what was taken is delivered, or is not to be sent any more
 */
void outbox_done(struct outbox *box)
{
	const struct outbox_entry *entry;

	outbox_begin(box);
	TAILQ_FOREACH(entry, &box->taken, link)
		outbox_delivered_one(box, entry);
	outbox_end(box);
	entries_free(&box->taken);
	box->crawling = false;
}

/* Puts one entry back in front of, or into, what was put meanwhile. */
static void entry_back(struct outbox *box, struct outbox_entry *entry)
{
	struct outbox_entry *later = NULL;

	if (entry->pending.uri)
		later = outbox_find(box, entry->pending.uri);
	if (later) {
		enum tree_op op = later->pending.op;

		entry->outdated |= later->outdated || is_outdated(entry, op);
		entry_unlink(box, later);
		entry_free(later);
		if (!op_merge(entry->pending.op, entry->unsure, op,
			      &entry->pending.op)) {
			entry_free(entry);
			return;
		}
	}
	if (entry_link(box, entry, true) < 0) {
		box->dropped++;
		entry_free(entry);
	}
}

/**
 * outbox_back - what was taken was not delivered; it is pending as before
 * @unsure: it may have arrived, so that its removal has to be delivered even if
 *	it never was acknowledged
 */
void outbox_back(struct outbox *box, bool unsure)
{
	struct outbox_entry *entry;

	box->crawling = false;
	entry = TAILQ_FIRST(&box->taken);
	if (entry && unsure)
		entry->pending.tries++;
	while ((entry = TAILQ_LAST(&box->taken, outbox_entries))) {
		TAILQ_REMOVE(&box->taken, entry, link);
		entry->unsure |= unsure;
		entry_back(box, entry);
	}
}

/**
 * outbox_clear - forget what waits of resources; alerts stay
 */
void outbox_clear(struct outbox *box)
{
	struct outbox_entry *entry, *next;

	for (entry = TAILQ_FIRST(&box->waiting); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (!entry->pending.uri)
			continue;
		entry_unlink(box, entry);
		entry_free(entry);
	}
}

/**
 * outbox_length - how much waits, without what is taken
 */
size_t outbox_length(const struct outbox *box)
{
	return box->n_resources + box->n_alerts;
}

/**
 * outbox_oldest - since when something is pending, CLOCK_MONOTONIC us; or 0
 */
uint64_t outbox_oldest(const struct outbox *box)
{
	const struct outbox_entry *entry;
	uint64_t oldest = UINT64_MAX;

	TAILQ_FOREACH(entry, &box->taken, link)
		if (entry->since < oldest)
			oldest = entry->since;
	/* not in the order of their causes: a removal goes to the tail */
	TAILQ_FOREACH(entry, &box->waiting, link)
		if (entry->since < oldest)
			oldest = entry->since;
	return oldest == UINT64_MAX ? 0 : oldest;
}

/**
 * outbox_resources - how many resources are pending, with those being sent
 */
size_t outbox_resources(const struct outbox *box)
{
	const struct outbox_entry *entry;
	size_t n = box->n_resources;

	TAILQ_FOREACH(entry, &box->taken, link)
		n += entry->pending.uri != NULL;
	return n;
}

/**
 * outbox_holds - is something pending for a resource, without what is taken?
 */
bool outbox_holds(const struct outbox *box, const char *uri)
{
	return outbox_find(box, uri);
}

/**
 * outbox_dropped - how many entries were lost
 */
uint64_t outbox_dropped(const struct outbox *box)
{
	return box->dropped;
}
