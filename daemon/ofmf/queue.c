// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "queue.h"

/**
 * struct owing - one thing owed
 * @unsure: it was sent once and may have been done
 *
 * @owed.uri is the key in the index and part of the entry.
 */
struct owing {
	struct ofmf_owed owed;
	TAILQ_ENTRY(owing) link;
	bool unsure;
	char uri[];
};

TAILQ_HEAD(entries, owing);

/**
 * struct ofmf_queue - see queue.h
 * @waiting: in order
 * @taken: what is being sent, and behind it the entries that it covers; they
 *	are not in the index, so that what changes meanwhile is owed again
 * @index: URI -> waiting entry (tsearch(3))
 */
struct ofmf_queue {
	struct entries waiting;
	struct entries taken;
	void *index;
	size_t n_resources, n_alerts;
	uint64_t dropped;
};

static int entry_compare(const void *a, const void *b)
{
	const struct owing *x = a, *y = b;

	return strcmp(x->owed.uri, y->owed.uri);
}

static struct owing *entry_find(const struct ofmf_queue *queue,
				const char *uri)
{
	struct owing key = { .owed.uri = uri };
	struct owing **node = tfind(&key, &queue->index, entry_compare);

	return node ? *node : NULL;
}

/* Out of the list and the index; the caller owns it. */
static void entry_unlink(struct ofmf_queue *queue, struct owing *entry)
{
	TAILQ_REMOVE(&queue->waiting, entry, link);
	if (entry->owed.uri) {
		tdelete(entry, &queue->index, entry_compare);
		queue->n_resources--;
	} else {
		queue->n_alerts--;
	}
}

static void entry_free(struct owing *entry)
{
	json_decref(entry->owed.record);
	free(entry);
}

static int entry_link(struct ofmf_queue *queue, struct owing *entry, bool head)
{
	if (entry->owed.uri &&
	    !tsearch(entry, &queue->index, entry_compare))
		return -ENOMEM;
	if (head)
		TAILQ_INSERT_HEAD(&queue->waiting, entry, link);
	else
		TAILQ_INSERT_TAIL(&queue->waiting, entry, link);
	if (entry->owed.uri)
		queue->n_resources++;
	else
		queue->n_alerts++;
	return 0;
}

static struct owing *entry_new(const char *uri)
{
	size_t size = uri ? strlen(uri) + 1 : 0;
	struct owing *entry = calloc(1, sizeof(*entry) + size);

	if (entry && uri) {
		memcpy(entry->uri, uri, size);
		entry->owed.uri = entry->uri;
	}
	return entry;
}

struct ofmf_queue *ofmf_queue_new(void)
{
	struct ofmf_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	TAILQ_INIT(&queue->waiting);
	TAILQ_INIT(&queue->taken);
	return queue;
}

void ofmf_queue_free(struct ofmf_queue *queue)
{
	struct owing *entry;

	if (!queue)
		return;
	ofmf_queue_done(queue);
	while ((entry = TAILQ_FIRST(&queue->waiting))) {
		entry_unlink(queue, entry);
		entry_free(entry);
	}
	free(queue);
}

/*
 * Two things that happened to one resource, in order, as one. Returns false
 * if nothing is left to tell.
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

/* A removal goes to the tail: those of its children, later, come first. */
static void entry_merge(struct ofmf_queue *queue, struct owing *entry,
			enum tree_op op, uint64_t realtime)
{
	enum tree_op before = entry->owed.op;

	if (!op_merge(before, entry->unsure, op, &entry->owed.op)) {
		entry_unlink(queue, entry);
		entry_free(entry);
		return;
	}
	if (before != entry->owed.op)
		entry->owed.realtime = realtime;
	if (before != TREE_REMOVED && entry->owed.op == TREE_REMOVED) {
		TAILQ_REMOVE(&queue->waiting, entry, link);
		TAILQ_INSERT_TAIL(&queue->waiting, entry, link);
	}
}

/**
 * ofmf_queue_put - something happened to a resource
 *
 * Merged with what is already owed for it: an entry keeps its place and the
 * time of its first cause; what was created and removed again is forgotten.
 *
 * Return: 0; -ENOBUFS if there are OFMF_QUEUE_MAX (clear the queue and
 * compare trees); -ENOMEM.
 */
int ofmf_queue_put(struct ofmf_queue *queue, enum tree_op op, const char *uri,
		   uint64_t realtime)
{
	struct owing *entry = entry_find(queue, uri);
	int r;

	if (entry) {
		entry_merge(queue, entry, op, realtime);
		return 0;
	}
	if (queue->n_resources >= OFMF_QUEUE_MAX)
		return -ENOBUFS;
	entry = entry_new(uri);
	if (!entry)
		return -ENOMEM;
	entry->owed.op = op;
	entry->owed.realtime = realtime;
	r = entry_link(queue, entry, false);
	if (r < 0)
		entry_free(entry);
	return r;
}

/**
 * ofmf_queue_alert - an event record to be sent as it is
 * @record: the reference is taken over
 *
 * Beyond OFMF_ALERTS_MAX the oldest is dropped and counted. Return: 0, or
 * -ENOMEM (dropped and counted).
 */
int ofmf_queue_alert(struct ofmf_queue *queue, json_t *record)
{
	struct owing *entry = entry_new(NULL), *oldest;

	if (!entry) {
		json_decref(record);
		queue->dropped++;
		return -ENOMEM;
	}
	if (queue->n_alerts >= OFMF_ALERTS_MAX) {
		TAILQ_FOREACH(oldest, &queue->waiting, link)
			if (!oldest->owed.uri)
				break;
		entry_unlink(queue, oldest);
		entry_free(oldest);
		queue->dropped++;
	}
	entry->owed.record = record;
	return entry_link(queue, entry, false);
}

/* The topmost resource above @entry that the same happened to, or @entry. */
static struct owing *entry_topmost(const struct ofmf_queue *queue,
				   struct owing *entry)
{
	char *uri = strdup(entry->owed.uri);
	struct owing *top = entry, *above;
	char *slash;

	while (uri && (slash = strrchr(uri, '/')) && slash != uri) {
		*slash = '\0';
		above = entry_find(queue, uri);
		if (above && above->owed.op == entry->owed.op)
			top = above;
	}
	free(uri);
	return top;
}

/*
 * A creation covers what is new below it, for the OFMF reads it all; a
 * removal covers what went with it.
 */
static void take_covered(struct ofmf_queue *queue, const struct owing *top)
{
	size_t len = strlen(top->owed.uri);
	struct owing *entry, *next;

	for (entry = TAILQ_FIRST(&queue->waiting); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (!entry->owed.uri || entry->owed.op != top->owed.op ||
		    strncmp(entry->owed.uri, top->owed.uri, len) ||
		    entry->owed.uri[len] != '/')
			continue;
		entry_unlink(queue, entry);
		TAILQ_INSERT_TAIL(&queue->taken, entry, link);
	}
}

/**
 * ofmf_queue_take - what to send next
 *
 * Until ofmf_queue_done() or ofmf_queue_back(), one of which has to be called
 * before the next. What is put meanwhile is owed anew.
 *
 * Return: borrowed until then, or NULL if nothing is owed.
 */
const struct ofmf_owed *ofmf_queue_take(struct ofmf_queue *queue)
{
	struct owing *entry = TAILQ_FIRST(&queue->waiting);

	if (!entry)
		return NULL;
	if (entry->owed.uri && entry->owed.op != TREE_CHANGED)
		entry = entry_topmost(queue, entry);
	entry_unlink(queue, entry);
	TAILQ_INSERT_HEAD(&queue->taken, entry, link);
	if (entry->owed.uri && entry->owed.op != TREE_CHANGED)
		take_covered(queue, entry);
	return &entry->owed;
}

/* A creation that the tree told, not one that a comparison found missing. */
static bool is_news(const struct owing *entry)
{
	return entry->owed.uri && entry->owed.op == TREE_CREATED &&
	       entry->owed.realtime && !entry->owed.tries;
}

/**
 * ofmf_queue_creates - is a creation waiting that another may stand for?
 */
bool ofmf_queue_creates(const struct ofmf_queue *queue)
{
	const struct owing *entry;

	TAILQ_FOREACH(entry, &queue->waiting, link)
		if (is_news(entry))
			return true;
	return false;
}

/**
 * ofmf_queue_cover - let the creation that is taken stand for others
 * @uris: JSON object, what the OFMF finds from there as its keys
 *
 * What a comparison found missing is sent by itself: had it been found from
 * elsewhere, it would not be missing.
 *
 * Return: how many it stands for from now on.
 */
size_t ofmf_queue_cover(struct ofmf_queue *queue, const json_t *uris)
{
	struct owing *entry, *next;
	size_t n = 0;

	for (entry = TAILQ_FIRST(&queue->waiting); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (!is_news(entry) || !json_object_get(uris, entry->uri))
			continue;
		entry_unlink(queue, entry);
		TAILQ_INSERT_TAIL(&queue->taken, entry, link);
		n++;
	}
	return n;
}

/**
 * ofmf_queue_taken - what is being sent, or NULL
 */
const struct ofmf_owed *ofmf_queue_taken(const struct ofmf_queue *queue)
{
	const struct owing *entry = TAILQ_FIRST(&queue->taken);

	return entry ? &entry->owed : NULL;
}

/**
 * ofmf_queue_done - what was taken needs no more sending
 */
void ofmf_queue_done(struct ofmf_queue *queue)
{
	struct owing *entry;

	while ((entry = TAILQ_FIRST(&queue->taken))) {
		TAILQ_REMOVE(&queue->taken, entry, link);
		entry_free(entry);
	}
}

/* Puts one entry back in front of, or into, what was put meanwhile. */
static void entry_back(struct ofmf_queue *queue, struct owing *entry)
{
	struct owing *later = NULL;

	if (entry->owed.uri)
		later = entry_find(queue, entry->owed.uri);
	if (later) {
		enum tree_op op = later->owed.op;

		entry_unlink(queue, later);
		entry_free(later);
		if (!op_merge(entry->owed.op, entry->unsure, op,
			      &entry->owed.op)) {
			entry_free(entry);
			return;
		}
	}
	if (entry_link(queue, entry, true) < 0) {
		queue->dropped++;
		entry_free(entry);
	}
}

/**
 * ofmf_queue_back - what was taken was not delivered; it is owed as before
 * @unsure: it may have arrived, so that its removal has to be told even if it
 *	was never seen to arrive
 */
void ofmf_queue_back(struct ofmf_queue *queue, bool unsure)
{
	struct owing *entry;

	entry = TAILQ_FIRST(&queue->taken);
	if (entry && unsure)
		entry->owed.tries++;
	while ((entry = TAILQ_LAST(&queue->taken, entries))) {
		TAILQ_REMOVE(&queue->taken, entry, link);
		entry->unsure |= unsure;
		entry_back(queue, entry);
	}
}

/**
 * ofmf_queue_clear - forget what is owed of resources; alerts stay
 */
void ofmf_queue_clear(struct ofmf_queue *queue)
{
	struct owing *entry, *next;

	for (entry = TAILQ_FIRST(&queue->waiting); entry; entry = next) {
		next = TAILQ_NEXT(entry, link);
		if (!entry->owed.uri)
			continue;
		entry_unlink(queue, entry);
		entry_free(entry);
	}
}

/**
 * ofmf_queue_length - how much waits, without what is taken
 */
size_t ofmf_queue_length(const struct ofmf_queue *queue)
{
	return queue->n_resources + queue->n_alerts;
}

/**
 * ofmf_queue_dropped - how many entries were lost
 */
uint64_t ofmf_queue_dropped(const struct ofmf_queue *queue)
{
	return queue->dropped;
}
