// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Events that are pending for one subscriber, in the order they happened.
 *
 * Only the latest event of a resource is kept: the receiver reads the resource,
 * so that a slow one gets its final state and not its history. Other events
 * stand for themselves.
 *
 * Numbers ascend in a queue. So the first one in it says up to where all was
 * delivered, and the journal needs no more than that on disk. What the journal
 * has still to write is a queue as well, for the same merging.
 */
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "util/error.h"
#include "queue.h"

/**
 * struct pending - one event in a queue
 * @since: CLOCK_MONOTONIC us, when it was put in
 * @sent: it may have arrived already
 *
 * The index has at most one entry for an origin, the latest that waits.
 */
struct pending {
	TAILQ_ENTRY(pending) link;
	struct event *event;
	uint64_t since;
	bool sent;
};

TAILQ_HEAD(entries, pending);

/**
 * struct event_queue - see above
 * @taken: what is being sent
 * @index: origin -> waiting entry of the lifecycle (tsearch(3))
 * @bytes: of what waits
 * @lost: number of the last event that was dropped, which is to be reported to
 *	the subscriber; or 0
 * @taken_lost: and is being reported
 * @dropped: how many were dropped so far
 */
struct event_queue {
	struct entries waiting, taken;
	void *index;
	size_t length, max, bytes;
	uint64_t lost, taken_lost, dropped;
};

static int entry_compare(const void *a, const void *b)
{
	const struct pending *x = a, *y = b;

	return strcmp(x->event->origin, y->event->origin);
}

static struct pending *index_find(const struct event_queue *queue,
				  struct event *event)
{
	struct pending key = { .event = event };
	struct pending **node;

	if (!event->lifecycle)
		return NULL;
	node = tfind(&key, &queue->index, entry_compare);
	return node ? *node : NULL;
}

static void entry_free(struct pending *entry)
{
	event_unref(entry->event);
	free(entry);
}

static void entry_unlink(struct event_queue *queue, struct pending *entry)
{
	TAILQ_REMOVE(&queue->waiting, entry, link);
	queue->length--;
	queue->bytes -= entry->event->size;
	if (index_find(queue, entry->event) == entry)
		tdelete(entry, &queue->index, entry_compare);
}

static void entry_drop(struct event_queue *queue, struct pending *entry)
{
	entry_unlink(queue, entry);
	entry_free(entry);
}

/* Without memory for the index it is only not found again. */
static void entry_link(struct event_queue *queue, struct pending *entry,
		       bool head)
{
	struct pending *before = index_find(queue, entry->event);

	if (head)
		TAILQ_INSERT_HEAD(&queue->waiting, entry, link);
	else
		TAILQ_INSERT_TAIL(&queue->waiting, entry, link);
	queue->length++;
	queue->bytes += entry->event->size;
	if (!entry->event->lifecycle || (before && head))
		return;
	if (before)
		tdelete(before, &queue->index, entry_compare);
	tsearch(entry, &queue->index, entry_compare);
}

/**
 * event_queue_new - an empty queue
 * @max: how many events wait at most; EVENT_QUEUE_BYTES are the other limit
 *
 * Return: NULL without memory; -ENOMEM is the kept error.
 */
struct event_queue *event_queue_new(size_t max)
{
	struct event_queue *queue = calloc(1, sizeof(*queue));

	if (!queue) {
		error_origin(-ENOMEM, "events: no queue");
		return NULL;
	}
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

static void lost_note(struct event_queue *queue, uint64_t seq)
{
	if (queue->lost < seq)
		queue->lost = seq;
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void queue_trim(struct event_queue *queue)
{
	while (queue->length > queue->max ||
	       (queue->length > 1 && queue->bytes > EVENT_QUEUE_BYTES)) {
		struct pending *oldest = TAILQ_FIRST(&queue->waiting);

		lost_note(queue, oldest->event->seq);
		entry_drop(queue, oldest);
		queue->dropped++;
	}
}

/*
 * Does what waits for the same resource make an event needless? An entry that
 * the event makes needless is dropped.
 */
static bool put_covered(struct event_queue *queue, const struct event *event,
			struct pending *before)
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
		/* a removal stays, too: it may be another resource now */
		return false;
	}
	entry_drop(queue, before);
	return false;
}

/**
 * event_queue_put - an event is pending; a reference is taken
 * @sent: an earlier run may have sent it
 *
 * Beyond the limit the oldest is dropped, and event_queue_take() says so.
 */
void event_queue_put(struct event_queue *queue, struct event *event, bool sent)
{
	struct pending *before = index_find(queue, event);
	struct pending *entry;

	if (before && put_covered(queue, event, before))
		return;
	entry = calloc(1, sizeof(*entry));
	if (!entry) {
		lost_note(queue, event->seq);
		queue->dropped++;
		return;
	}
	entry->event = event_ref(event);
	entry->sent = sent;
	entry->since = now_usec();
	entry_link(queue, entry, false);
	queue_trim(queue);
}

/**
 * event_queue_take - what to send next
 * @bytes: limit of their sizes; the first one is taken in any case
 * @events: filled in, at most @max; borrowed until done or back
 * @lost: set to the number of the last event that was dropped before these,
 *	or 0
 *
 * event_queue_done() or event_queue_back() has to be called before the next.
 *
 * Return: how many.
 */
size_t event_queue_take(struct event_queue *queue, size_t bytes,
			struct event **events, size_t max, uint64_t *lost)
{
	struct pending *entry;
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
	queue->lost = 0;
	return n;
}

/**
 * event_queue_done - what was taken arrived
 */
void event_queue_done(struct event_queue *queue)
{
	struct pending *entry;

	while ((entry = TAILQ_FIRST(&queue->taken))) {
		TAILQ_REMOVE(&queue->taken, entry, link);
		entry_free(entry);
	}
	queue->taken_lost = 0;
}

/**
 * event_queue_back - what was taken may not have arrived, and is pending again
 *
 * Less changes of a resource for which a later event waits.
 */
void event_queue_back(struct event_queue *queue)
{
	struct pending *entry;

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
	lost_note(queue, queue->taken_lost);
	queue->taken_lost = 0;
	queue_trim(queue);
}

/**
 * event_queue_lose - forget all; the loss is pending instead
 * @seq: number of the last event that is lost by it
 */
void event_queue_lose(struct event_queue *queue, uint64_t seq)
{
	event_queue_done(queue);
	queue->dropped += queue->length;
	while (!TAILQ_EMPTY(&queue->waiting))
		entry_drop(queue, TAILQ_FIRST(&queue->waiting));
	lost_note(queue, seq);
}

/**
 * event_queue_first - number of the first pending event, 0: there is none
 */
uint64_t event_queue_first(const struct event_queue *queue)
{
	const struct pending *entry = TAILQ_FIRST(&queue->taken);

	if (!entry)
		entry = TAILQ_FIRST(&queue->waiting);
	return entry ? entry->event->seq : 0;
}

/**
 * event_queue_lost - number of the last event that was lost, which was not
 * reported yet; or 0
 */
uint64_t event_queue_lost(const struct event_queue *queue)
{
	return queue->lost ? queue->lost : queue->taken_lost;
}

/**
 * event_queue_length - how many events wait, without what is taken
 */
size_t event_queue_length(const struct event_queue *queue)
{
	return queue->length;
}

static void entries_count(const struct entries *entries,
			  struct event_queue_state *state)
{
	const struct pending *entry;

	TAILQ_FOREACH(entry, entries, link) {
		state->length++;
		state->resources += entry->event->lifecycle;
		if (!state->oldest || entry->since < state->oldest)
			state->oldest = entry->since;
	}
}

/**
 * event_queue_count - what is in it, with what is taken
 */
void event_queue_count(const struct event_queue *queue,
		       struct event_queue_state *state)
{
	*state = (struct event_queue_state) { .dropped = queue->dropped };
	entries_count(&queue->taken, state);
	entries_count(&queue->waiting, state);
}
