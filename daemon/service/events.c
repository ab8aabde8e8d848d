// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Events: numbered, grouped, given to whom they are for.
 *
 * Numbers begin at the time of the start in microseconds. So they grow from run
 * to run without being written down, and a client that comes with one of an
 * earlier run is known to have missed something.
 *
 * What happens at once is queued first and sent when the loop comes round, so
 * that a burst is one payload. It has one EventGroupId: the kernel's events of
 * a few milliseconds are published together, and what the tree and the records
 * behind it say of them has the same cause.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../log.h"
#include "../redfish/redfish.h"
#include "events.h"

/**
 * events_kick - have what is queued sent when the loop comes round
 */
void events_kick(struct events *events)
{
	int r = sd_event_source_set_enabled(events->kick, SD_EVENT_ONESHOT);

	if (r < 0)
		log_error("events: cannot be sent: %s", strerror(-r));
}

static int on_kick(sd_event_source *source, void *ctx)
{
	struct events *events = ctx;
	struct subscription *sub, *next;

	events->group = 0;
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

static void event_spread(struct events *events, struct event *event)
{
	struct subscription *sub;

	event_history_add(&events->history, event);
	TAILQ_FOREACH(sub, &events->subscriptions, link)
		if (sub->push && event_wanted(sub->properties, event))
			push_put(sub->push, event);
}

/* @record: a reference is taken over; NULL without memory. */
static void record_spread(struct events *events, json_t *record,
			  const json_t *origin)
{
	char *type = event_resource_type(origin);
	struct event *event = NULL;
	uint64_t seq = events->seq + 1;

	if (!events->group)
		events->group = seq;
	if (record)
		event = event_new(seq, events->group, record, type);
	if (event) {
		events->seq = seq;
		event_spread(events, event);
	} else {
		log_error("events: one is not told: out of memory");
	}
	event_unref(event);
	json_decref(record);
	free(type);
}

/* Collections are told of by their members. */
static void on_changes(const struct tree_change *changes, size_t count,
		       uint64_t realtime, void *ctx)
{
	static const char ops[] = {
		[TREE_CREATED] = 'C',
		[TREE_CHANGED] = 'M',
		[TREE_REMOVED] = 'R',
	};
	struct events *events = ctx;
	size_t i;

	for (i = 0; i < count; i++) {
		const struct tree_change *c = &changes[i];
		const json_t *resource = c->after ? c->after : c->before;

		if (svc_is_collection(resource))
			continue;
		record_spread(events,
			      rf_lifecycle_event(ops[c->op], c->uri, realtime),
			      resource);
	}
	events_kick(events);
}

/**
 * events_record - tell of an event record
 * @record: one member of Event.Events; borrowed
 *
 * What was published just before has the same cause.
 */
void events_record(struct events *events, const json_t *record)
{
	const json_t *origin = json_object_get(record, "OriginOfCondition");
	const char *uri = json_string_value(json_object_get(origin,
							    "@odata.id"));

	record_spread(events, json_copy((json_t *)record),
		      uri ? tree_get(events->tree, uri) : NULL);
	events_kick(events);
}

/**
 * events_single - an event for one receiver, which is not in the history
 *
 * Return: for event_unref(), or NULL without memory.
 */
struct event *events_single(struct events *events, const char *message,
			    const char *text, const char *severity)
{
	json_t *record = json_pack("{s:s, s:s, s:s, s:[], s:s}",
				   "EventType", "Other",
				   "MessageId", message, "Message", text,
				   "MessageArgs", "MessageSeverity", severity);
	struct event *event = NULL;

	if (record)
		event = event_new(++events->seq, 0, record, NULL);
	json_decref(record);
	return event;
}

static uint64_t seq_begin(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* What clients make, and OFMFs see as theirs. */
static const char *const types[] = { "EventDestination.v1_16_0", NULL };

/**
 * events_new - tell of changes from now on
 * @store: for subscriptions; NULL: they do not outlive the process
 *
 * Return: 0, or -errno.
 */
int events_new(struct events **events_, sd_event *event, struct tree *tree,
	       struct store *store, const struct service_events *config)
{
	struct events *events = calloc(1, sizeof(*events));
	int r;

	if (!events)
		return -ENOMEM;
	events->event = sd_event_ref(event);
	events->tree = tree;
	events->store = store;
	events->config = *config;
	if (!events->config.second)
		events->config.second = 1000000;
	events->seq = events->history.gone = seq_begin();
	TAILQ_INIT(&events->subscriptions);
	events->source = (struct svc_source) {
		.prefix = EVENTS_URI, .ops = &event_service_ops, .ctx = events,
		.types = types,
	};
	r = sd_event_add_defer(event, &events->kick, on_kick, events);
	if (r >= 0)
		r = sd_event_source_set_enabled(events->kick, SD_EVENT_OFF);
	if (r >= 0)
		r = tree_listen(tree, on_changes, events);
	if (r < 0) {
		events_free(events);
		return r;
	}
	subscriptions_load(events);
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
	event_history_clear(&events->history);
	sd_event_source_disable_unref(events->kick);
	sd_event_unref(events->event);
	free(events);
}
