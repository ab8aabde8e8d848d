/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The EventService: clients subscribe, and events are delivered to them.
 *
 * Changes of the tree and event records (alerts) come in; each becomes an event
 * with a number. A client is posted the events that it subscribed to, or reads
 * them from an open connection (SSE). The service owns the subscriptions, the
 * latest events in memory, a queue for each subscriber, and the journal: what
 * is pending for subscribers, on disk, so that it outlives the process.
 *
 * A subscriber gets each event that it wants in order, at least once, or a
 * report that events were lost. One that is slow or away costs the others
 * nothing, and a bounded amount of memory. The service never reads the model,
 * and never changes the tree.
 */
#ifndef FABMON_EVENTS_H
#define FABMON_EVENTS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "store/store.h"
#include "service/protocol/protocol.h"
#include "service/protocol/source.h"
#include "tree/tree.h"
#include "deliver.h"
#include "queue.h"
#include "setup.h"
#include "subscription.h"

#define EVENTS_URI		SVC_PREFIX "/EventService"
#define EVENTS_SSE_URI		EVENTS_URI "/SSE"
#define EVENTS_TEST_URI		EVENTS_URI "/Actions/EventService.SubmitTestEvent"
#define SUBSCRIPTIONS_URI	EVENTS_URI "/Subscriptions"

/**
 * struct events - the EventService
 * @seq: number of the latest event
 * @group: number of the group of events that has one cause, 0: none
 * @journal: NULL without @store
 * @kick: sends what is queued, once all that happened together is queued
 * @source: its resources
 */
struct events {
	sd_event *event;
	struct tree *tree;
	struct store *store;
	struct service_events config;
	uint64_t seq, group;
	struct event_journal *journal;
	struct event_history history;
	struct subscriptions subscriptions;
	size_t pushes, streams;
	sd_event_source *kick;
	struct svc_source source;
};

/* ---- events.c ----------------------------------------------------------- */

int events_new(struct events **events, sd_event *event, struct tree *tree,
	       struct store *store, const struct service_events *config);
void events_close(struct events *events);
void events_free(struct events *events);
void events_changes(struct events *events, const struct tree_change *changes,
		    size_t count, uint64_t realtime);
void events_record(struct events *events, const json_t *record);
struct event *events_single(uint64_t seq, const char *message, const char *text,
			    const char *severity);
struct event *events_loss(uint64_t seq);
void events_kick(struct events *events);
json_t *events_report(const struct events *events);

/* ---- service.c ---------------------------------------------------------- */

extern const struct svc_source_ops event_service_ops;

/* ---- test.c ------------------------------------------------------------- */

struct svc_reply;

void event_test(struct events *events, const json_t *body,
		struct svc_reply *reply);

#endif /* FABMON_EVENTS_H */
