// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Events: numbered, grouped, and put into the queues of those who subscribed.
 *
 * Numbers begin at the time of the start in microseconds. So they grow from run
 * to run without each being written down, and a stream's client that comes back
 * with one of an earlier run is known to have missed something.
 *
 * What happens together is queued first and sent when the loop comes round, so
 * that a burst is one payload. It has one EventGroupId: the kernel's events of
 * a few milliseconds are published together, so that the changes of the tree
 * and the records that follow them have one cause.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "service/protocol/resource.h"
#include "util/error.h"
#include "util/log.h"
#include "events.h"

/**
 * events_kick - have what is queued sent when the loop comes round
 */
void events_kick(struct events *events)
{
	int r = sd_event_source_set_enabled(events->kick, SD_EVENT_ONESHOT);

	if (r < 0)
		error_log(LOG_ERR, r, "events: cannot be sent");
}

static int on_kick(sd_event_source *source, void *ctx)
{
	struct events *events = ctx;
	struct subscription *sub, *next;

	events->group = 0;
	journal_ready(events->journal);
	for (sub = TAILQ_FIRST(&events->subscriptions); sub; sub = next) {
		next = TAILQ_NEXT(sub, link);
		if (sub->state == SUBSCRIPTION_ENDED)
			subscription_remove(sub);
		else if (sub->push)
			push_wake(sub->push);
		else if (sub->stream)
			sse_wake(sub->stream);
	}
	return 0;
}

/* @event: a reference is taken over; NULL without memory, and it is lost. */
static void event_spread(struct events *events, struct event *event)
{
	struct subscription *sub;

	if (!event) {
		error_log(LOG_ERR, -ENOMEM, "events: one is not delivered");
		return;
	}
	events->seq = event->seq;
	event_history_add(&events->history, event);
	journal_put(events->journal, event);
	TAILQ_FOREACH(sub, &events->subscriptions, link)
		if (sub->push && event_wanted(sub->properties, event))
			push_put(sub->push, event, false);
	event_unref(event);
}

/* The number of the group that what happens now belongs to. */
static uint64_t group_now(struct events *events)
{
	if (!events->group)
		events->group = events->seq + 1;
	return events->group;
}

/**
 * events_changes - events for changes of the tree
 *
 * A collection has none: its members have.
 */
void events_changes(struct events *events, const struct tree_change *changes,
		    size_t count, uint64_t realtime)
{
	size_t i;

	for (i = 0; i < count; i++) {
		const struct tree_change *c = &changes[i];
		const json_t *resource = c->after ? c->after : c->before;
		char *type;

		if (svc_is_collection(resource))
			continue;
		type = event_resource_type(resource);
		event_spread(events, event_lifecycle(events->seq + 1,
						     group_now(events), c->op,
						     c->uri, type, realtime));
		free(type);
	}
	events_kick(events);
}

static void on_changes(const struct tree_change *changes, size_t count,
		       uint64_t realtime, void *ctx)
{
	events_changes(ctx, changes, count, realtime);
}

/**
 * events_record - an event for an event record
 * @record: one member of Event.Events; borrowed
 *
 * What was published just before has the same cause. It is pending on disk when
 * this returns, or with the transaction of the store that is open.
 */
void events_record(struct events *events, const json_t *record)
{
	const json_t *origin = json_object_get(record, "OriginOfCondition");
	const char *uri = json_string_value(json_object_get(origin,
							    "@odata.id"));
	char *type = event_resource_type(uri ? tree_get(events->tree, uri) :
					       NULL);

	event_spread(events, event_new(events->seq + 1, group_now(events),
				       record, type));
	free(type);
	journal_write(events->journal);
	events_kick(events);
}

/**
 * events_single - an event for one subscriber, which is not in the history
 *
 * Return: for event_unref(), or NULL without memory.
 */
struct event *events_single(uint64_t seq, const char *message, const char *text,
			    const char *severity)
{
	json_t *record = json_pack("{s:s, s:s, s:s, s:[], s:s}",
				   "EventType", "Other",
				   "MessageId", message, "Message", text,
				   "MessageArgs", "MessageSeverity", severity);
	struct event *event = NULL;

	if (record)
		event = event_new(seq, 0, record, NULL);
	json_decref(record);
	return event;
}

/**
 * events_loss - an event that reports the loss of others
 * @seq: the number of the last one of them, which this takes: those that follow
 *	have higher ones
 *
 * Return: as above.
 */
struct event *events_loss(uint64_t seq)
{
	return events_single(seq, "Base.1.22.EventBufferExceeded",
			     "Undelivered events may have been lost due to exceeding the event buffer.",
			     "Warning");
}

/**
 * events_report - how delivery to each subscriber stands
 *
 * Return: an array, a new reference, or NULL without memory.
 */
json_t *events_report(const struct events *events)
{
	json_t *reports = json_array();
	const struct subscription *sub;

	TAILQ_FOREACH(sub, &events->subscriptions, link)
		if (sub->push)
			json_array_append_new(reports, push_report(sub->push));
	return reports;
}

/* The clock may have been set back since. */
static uint64_t seq_begin(struct store *store)
{
	struct timespec now;
	uint64_t last = 0, seq;

	clock_gettime(CLOCK_REALTIME, &now);
	seq = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
	if (store)
		store_event_last(store, &last);
	return seq > last ? seq : last;
}

/**
 * events_new - the EventService of a tree, from now on
 * @store: for subscriptions; NULL: they do not outlive the process
 *
 * Return: 0, or -errno with its origin.
 */
int events_new(struct events **events_, sd_event *event, struct tree *tree,
	       struct store *store, const struct service_events *config)
{
	struct events *events = calloc(1, sizeof(*events));
	int r;

	if (!events)
		return error_origin(-ENOMEM, "EventService: cannot start");
	events->event = sd_event_ref(event);
	events->tree = tree;
	events->store = store;
	events->config = *config;
	if (!events->config.second)
		events->config.second = 1000000;
	events->seq = events->history.gone = seq_begin(store);
	TAILQ_INIT(&events->subscriptions);
	events->source = (struct svc_source) {
		.prefix = EVENTS_URI, .ops = &event_service_ops, .ctx = events,
	};
	r = store ? journal_new(&events->journal, events) : 0;
	if (r >= 0)
		r = sd_event_add_defer(event, &events->kick, on_kick, events);
	if (r >= 0)
		r = sd_event_source_set_enabled(events->kick, SD_EVENT_OFF);
	if (r >= 0)
		r = tree_listen(tree, on_changes, events);
	if (r < 0) {
		events_free(events);
		return error_step(r, "EventService: cannot start");
	}
	subscriptions_load(events);
	journal_replay(events->journal);
	*events_ = events;
	return 0;
}

/**
 * events_close - end the streams; they are gone when their server is
 */
void events_close(struct events *events)
{
	struct subscription *sub;

	TAILQ_FOREACH(sub, &events->subscriptions, link)
		if (sub->stream)
			sse_end(sub->stream);
}

/**
 * events_free - end; the tree cannot be left: nothing may be published to it
 * any more
 */
void events_free(struct events *events)
{
	if (!events)
		return;
	while (!TAILQ_EMPTY(&events->subscriptions))
		subscription_free(TAILQ_FIRST(&events->subscriptions));
	journal_free(events->journal);
	event_history_clear(&events->history);
	sd_event_source_disable_unref(events->kick);
	sd_event_unref(events->event);
	free(events);
}
