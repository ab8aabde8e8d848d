// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What is owed to one subscriber, in the order it happened. What happened to a
 * resource is told by its latest event: the receiver reads the resource, so
 * that a slow one is owed its final state and not its history. Other events
 * stand for themselves.
 *
 * In memory. The callers keep to put, take, done and back, so that a durable
 * queue can take this one's place.
 */
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "events.h"

/**
 * struct owed - one event that is owed
 * @sent: it may have arrived already
 *
 * The index has at most one entry for an origin, the latest that waits.
 */
struct owed {
	TAILQ_ENTRY(owed) link;
	struct event *event;
	bool sent;
};

TAILQ_HEAD(entries, owed);

/**
 * struct event_queue - see above
 * @taken: what is being sent
 * @index: origin -> waiting entry of the lifecycle (tsearch(3))
 * @lost: events were dropped, which is to be told
 * @taken_lost: and is being told
 */
struct event_queue {
	struct entries waiting, taken;
	void *index;
	size_t length, max;
	bool lost, taken_lost;
};

static int entry_compare(const void *a, const void *b)
{
	const struct owed *x = a, *y = b;

	return strcmp(x->event->origin, y->event->origin);
}

static struct owed *index_find(const struct event_queue *queue,
				struct event *event)
{
	struct owed key = { .event = event };
	struct owed **node;

	if (!event->lifecycle)
		return NULL;
	node = tfind(&key, &queue->index, entry_compare);
	return node ? *node : NULL;
}

static void entry_free(struct owed *entry)
{
	event_unref(entry->event);
	free(entry);
}

static void entry_unlink(struct event_queue *queue, struct owed *entry)
{
	TAILQ_REMOVE(&queue->waiting, entry, link);
	queue->length--;
	if (index_find(queue, entry->event) == entry)
		tdelete(entry, &queue->index, entry_compare);
}

static void entry_drop(struct event_queue *queue, struct owed *entry)
{
	entry_unlink(queue, entry);
	entry_free(entry);
}

/* Without memory for the index it is only not found again. */
static void entry_link(struct event_queue *queue, struct owed *entry,
		       bool head)
{
	struct owed *before = index_find(queue, entry->event);

	if (head)
		TAILQ_INSERT_HEAD(&queue->waiting, entry, link);
	else
		TAILQ_INSERT_TAIL(&queue->waiting, entry, link);
	queue->length++;
	if (!entry->event->lifecycle || (before && head))
		return;
	if (before)
		tdelete(before, &queue->index, entry_compare);
	tsearch(entry, &queue->index, entry_compare);
}

/**
 * event_queue_new - an empty queue
 * @max: how many events wait at most
 */
struct event_queue *event_queue_new(size_t max)
{
	struct event_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	TAILQ_INIT(&queue->waiting);
	TAILQ_INIT(&queue->taken);
	queue->max = max;
	return queue;
}

void event_queue_free(struct event_queue *queue)
{
	if (!queue)
		return;
	event_queue_done(queue);
	while (!TAILQ_EMPTY(&queue->waiting))
		entry_drop(queue, TAILQ_FIRST(&queue->waiting));
	free(queue);
}

static void queue_trim(struct event_queue *queue)
{
	while (queue->length > queue->max) {
		entry_drop(queue, TAILQ_FIRST(&queue->waiting));
		queue->lost = true;
	}
}

/*
 * Is an event told by what waits for the same resource? An entry that the
 * event tells is dropped.
 */
static bool put_covered(struct event_queue *queue, const struct event *event,
			struct owed *before)
{
	bool new = before->event->op == TREE_CREATED;

	switch (event->op) {
	case TREE_CHANGED:
		if (new)
			return true;
		break;
	case TREE_REMOVED:
		/* came and went unseen */
		if (new && !before->sent) {
			entry_drop(queue, before);
			return true;
		}
		break;
	case TREE_CREATED:
		/* a removal is told, too: it may be another resource now */
		return false;
	}
	entry_drop(queue, before);
	return false;
}

/**
 * event_queue_put - an event is owed; a reference is taken
 *
 * Beyond the limit the oldest is dropped, and event_queue_take() says so.
 */
void event_queue_put(struct event_queue *queue, struct event *event)
{
	struct owed *before = index_find(queue, event);
	struct owed *entry;

	if (before && put_covered(queue, event, before))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry) {
		queue->lost = true;
		return;
	}
	entry->event = event_ref(event);
	entry_link(queue, entry, false);
	queue_trim(queue);
}

/**
 * event_queue_take - what to send next
 * @bytes: limit of their sizes; the first one is taken in any case
 * @events: filled in, at most @max; borrowed until done or back
 * @lost: set if events were dropped before these
 *
 * event_queue_done() or event_queue_back() has to be called before the next.
 *
 * Return: how many.
 */
size_t event_queue_take(struct event_queue *queue, size_t bytes,
			struct event **events, size_t max, bool *lost)
{
	struct owed *entry;
	size_t n = 0, size = 0;

	while (n < max && (entry = TAILQ_FIRST(&queue->waiting))) {
		/* MemberId and comma */
		size += entry->event->size + 24;
		if (n && size > bytes)
			break;
		entry_unlink(queue, entry);
		TAILQ_INSERT_TAIL(&queue->taken, entry, link);
		events[n++] = entry->event;
	}
	*lost = queue->taken_lost = queue->lost;
	queue->lost = false;
	return n;
}

/**
 * event_queue_done - what was taken arrived
 */
void event_queue_done(struct event_queue *queue)
{
	struct owed *entry;

	while ((entry = TAILQ_FIRST(&queue->taken))) {
		TAILQ_REMOVE(&queue->taken, entry, link);
		entry_free(entry);
	}
	queue->taken_lost = false;
}

/**
 * event_queue_back - what was taken may not have arrived; it is owed as before
 *
 * But for changes that a later event tells.
 */
void event_queue_back(struct event_queue *queue)
{
	struct owed *entry;

	while ((entry = TAILQ_LAST(&queue->taken, entries))) {
		TAILQ_REMOVE(&queue->taken, entry, link);
		entry->sent = true;
		if (entry->event->lifecycle &&
		    entry->event->op == TREE_CHANGED &&
		    index_find(queue, entry->event))
			entry_free(entry);
		else
			entry_link(queue, entry, true);
	}
	queue->lost |= queue->taken_lost;
	queue->taken_lost = false;
	queue_trim(queue);
}

/**
 * event_queue_lose - forget all; that something was lost is owed
 */
void event_queue_lose(struct event_queue *queue)
{
	event_queue_done(queue);
	while (!TAILQ_EMPTY(&queue->waiting))
		entry_drop(queue, TAILQ_FIRST(&queue->waiting));
	queue->lost = true;
}

/**
 * event_queue_length - how much waits, without what is taken
 */
size_t event_queue_length(const struct event_queue *queue)
{
	return queue->length;
}
