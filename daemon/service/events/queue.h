/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Where events wait: the history, which streams read from, and queues, one for
 * each subscriber that events are posted to and one for the journal.
 */
#ifndef FABMON_EVENT_QUEUE_H
#define FABMON_EVENT_QUEUE_H

#include "event.h"

#define EVENT_HISTORY_MAX	4096		/* events */
#define EVENT_HISTORY_BYTES	(4u << 20)
#define EVENT_QUEUE_MAX		8192		/* events for one subscriber */
#define EVENT_QUEUE_BYTES	(8u << 20)	/* of them */

/* ---- history.c ---------------------------------------------------------- */

/**
 * struct event_history - the latest events
 * @gone: number of the latest event that is not kept any more; one from before
 *	this run to begin with
 */
struct event_history {
	struct event *ring[EVENT_HISTORY_MAX];
	size_t first, count, bytes;
	uint64_t gone;
};

void event_history_add(struct event_history *history, struct event *event);
struct event *event_history_after(const struct event_history *history,
				  uint64_t seq);
void event_history_clear(struct event_history *history);

/* ---- queue.c ------------------------------------------------------------ */

struct event_queue;

/**
 * struct event_queue_state - what is in a queue
 * @resources: changes of resources among @length events
 * @oldest: since when something is pending, CLOCK_MONOTONIC us; 0: nothing is
 * @dropped: how many events were, so far
 */
struct event_queue_state {
	size_t length, resources;
	uint64_t oldest, dropped;
};

struct event_queue *event_queue_new(size_t max);
void event_queue_free(struct event_queue *queue);
void event_queue_put(struct event_queue *queue, struct event *event, bool sent);
size_t event_queue_take(struct event_queue *queue, size_t bytes,
			struct event **events, size_t max, uint64_t *lost);
void event_queue_done(struct event_queue *queue);
void event_queue_back(struct event_queue *queue);
void event_queue_lose(struct event_queue *queue, uint64_t seq);
uint64_t event_queue_first(const struct event_queue *queue);
uint64_t event_queue_lost(const struct event_queue *queue);
size_t event_queue_length(const struct event_queue *queue);
void event_queue_count(const struct event_queue *queue,
		       struct event_queue_state *state);

#endif /* FABMON_EVENT_QUEUE_H */
