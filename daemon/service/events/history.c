// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The latest events, for streams. Each stream reads on from its own position,
 * so that a slow one costs no memory, and one that comes back goes on where it
 * was.
 */
#include "queue.h"

static struct event *event_at(const struct event_history *history, size_t i)
{
	return history->ring[(history->first + i) % EVENT_HISTORY_MAX];
}

static void drop_oldest(struct event_history *history)
{
	struct event *event = history->ring[history->first];

	history->gone = event->seq;
	history->bytes -= event->size;
	history->first = (history->first + 1) % EVENT_HISTORY_MAX;
	history->count--;
	event_unref(event);
}

/**
 * event_history_add - keep an event, as long as there is room
 * @event: with a higher number than all before; a reference is taken
 */
void event_history_add(struct event_history *history, struct event *event)
{
	while (history->count &&
	       (history->count == EVENT_HISTORY_MAX ||
		history->bytes + event->size > EVENT_HISTORY_BYTES))
		drop_oldest(history);
	history->ring[(history->first + history->count++) %
		      EVENT_HISTORY_MAX] = event_ref(event);
	history->bytes += event->size;
}

/**
 * event_history_after - the first event with a number above @seq
 *
 * Return: borrowed; NULL if there is none.
 */
struct event *event_history_after(const struct event_history *history,
				  uint64_t seq)
{
	size_t low = 0, high = history->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (event_at(history, mid)->seq > seq)
			high = mid;
		else
			low = mid + 1;
	}
	return low < history->count ? event_at(history, low) : NULL;
}

void event_history_clear(struct event_history *history)
{
	while (history->count)
		drop_oldest(history);
}
