/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Inside of the EventService. Every event gets a number and goes to the
 * history, which streams read from, to the queue of each subscriber that wants
 * it, and to the journal, which keeps on disk what those are owed.
 */
#ifndef FABMON_EVENTS_H
#define FABMON_EVENTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>

#include "util/http.h"
#include "store/store.h"
#include "service/protocol/message.h"
#include "service/protocol/protocol.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/resource.h"
#include "service/protocol/site.h"
#include "service/protocol/source.h"
#include "tree/tree.h"
#include "setup.h"

#define EVENTS_URI		SVC_PREFIX "/EventService"
#define EVENTS_SSE_URI		EVENTS_URI "/SSE"
#define EVENTS_TEST_URI		EVENTS_URI "/Actions/EventService.SubmitTestEvent"
#define SUBSCRIPTIONS_URI	EVENTS_URI "/Subscriptions"
#define SUBSCRIPTION_TYPE	"EventDestination.v1_16_0"

#define EVENT_HISTORY_MAX	4096		/* events */
#define EVENT_HISTORY_BYTES	(4u << 20)
#define EVENT_QUEUE_MAX		8192		/* events for one subscriber */
#define EVENT_QUEUE_BYTES	(8u << 20)	/* of them */
#define EVENT_BATCH_MAX		1024		/* events in one payload */
#define EVENT_PUSH_BYTES	(1000u * 1000)	/* DSP0266: at most 1 MiB */
#define EVENT_SSE_BYTES		(64u * 1024)

struct events;
struct sse;
struct subscription;

/* ---- event.c ------------------------------------------------------------ */

/**
 * struct event - one event record, written out; shared, never changed
 * @seq: its number, which grows with each event and from run to run
 * @group: number of the group of events that has one cause, 0: none
 * @realtime: of the cause, CLOCK_REALTIME ns, 0: unknown
 * @lifecycle: what @op says happened to @origin, and nothing else
 * @origin: OriginOfCondition, or NULL
 * @type: type of that resource without its version, or NULL if unknown
 * @message: MessageId
 * @severity: MessageSeverity, or NULL
 * @text: the record's JSON without MemberId, @size bytes
 */
struct event {
	unsigned int refs;
	uint64_t seq, group, realtime;
	bool lifecycle;
	enum tree_op op;
	char *origin, *type, *message, *severity, *text;
	size_t size;
};

struct event *event_new(uint64_t seq, uint64_t group, const json_t *record,
			const char *type);
struct event *event_lifecycle(uint64_t seq, uint64_t group, enum tree_op op,
			      const char *uri, const char *type,
			      uint64_t realtime);
struct event *event_ref(struct event *event);
void event_unref(struct event *event);
char *event_payload(struct event *const *events, size_t count,
		    const char *context);
char *event_resource_type(const json_t *resource);

/* ---- event_history.c ---------------------------------------------------- */

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

/* ---- event_queue.c ------------------------------------------------------ */

struct event_queue;

/**
 * struct event_queue_state - what is in a queue
 * @resources: changes of resources among @length events
 * @oldest: since when something is owed, CLOCK_MONOTONIC us; 0: nothing is
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
void event_queue_look(const struct event_queue *queue,
		      struct event_queue_state *state);

/* ---- event_journal.c ---------------------------------------------------- */

struct event_journal;

int journal_new(struct event_journal **journal, struct events *events);
void journal_free(struct event_journal *journal);
void journal_put(struct event_journal *journal, struct event *event);
void journal_write(struct event_journal *journal);
void journal_ready(struct event_journal *journal);
void journal_told(struct event_journal *journal,
		  const struct subscription *sub);
int journal_join(struct event_journal *journal, const struct subscription *sub);
void journal_leave(struct event_journal *journal,
		   const struct subscription *sub);
void journal_replay(struct event_journal *journal);

/* ---- event_filter.c ----------------------------------------------------- */

bool event_message_split(const char *id, size_t *prefix, const char **key);
bool event_wanted(const json_t *properties, const struct event *event);
json_t *event_filter_parse(const char *text);

/* ---- subscription_parse.c: pure functions ------------------------------- */

extern const char *const subscription_registries[];
extern const char *const subscription_types[];
extern const char *const subscription_severities[];

json_t *subscription_parse(const json_t *body, json_t **messages);
json_t *subscription_parse_changes(const json_t *body, const json_t *resource,
				   json_t **refused);

/* ---- subscription.c ----------------------------------------------------- */

#define SUBSCRIPTION_ID_SIZE	20

enum subscription_state {
	SUBSCRIPTION_ACTIVE,
	SUBSCRIPTION_FAILING,		/* delivery is tried again */
	SUBSCRIPTION_SUSPENDED,		/* a client said so */
	SUBSCRIPTION_GIVEN_UP,		/* DeliveryRetryPolicy said so */
	SUBSCRIPTION_ENDED,		/* to be removed */
};

/**
 * struct subscription - one EventDestination
 * @properties: what a client may see of it, but what changes by itself
 * @headers: HttpHeaders, or NULL
 * @owner: name of the account that made it, or NULL
 * @told: number of the event up to which an earlier run told it
 * @push: delivery by POST, or
 * @stream: delivery over an open connection
 */
struct subscription {
	struct events *events;
	TAILQ_ENTRY(subscription) link;
	char id[SUBSCRIPTION_ID_SIZE];
	enum subscription_state state;
	json_t *properties;
	json_t *headers;
	char *owner;
	uint64_t told;
	struct push *push;
	struct sse *stream;
};

TAILQ_HEAD(subscriptions, subscription);

const char *subscription_text(const struct subscription *sub, const char *key);
struct subscription *subscription_new(struct events *events, const char *id,
				      json_t *properties);
struct subscription *subscription_add(struct events *events,
				      json_t *properties, const char *owner);
void subscription_own(struct subscription *sub, const char *owner);
struct subscription *subscription_find(const struct events *events,
				       const char *id, size_t len);
void subscription_remove(struct subscription *sub);
void subscription_free(struct subscription *sub);
int subscription_change(struct subscription *sub, json_t *changes);
void subscription_suspend(struct subscription *sub,
			  enum subscription_state state);
void subscription_resume(struct subscription *sub);
json_t *subscription_json(const struct subscription *sub);
void subscriptions_load(struct events *events);

/* ---- event_push.c ------------------------------------------------------- */

struct push;

int push_new(struct push **push, struct subscription *sub);
void push_free(struct push *push);
void push_put(struct push *push, struct event *event, bool sent);
void push_wake(struct push *push);
void push_stop(struct push *push);
void push_lose(struct push *push, uint64_t seq);
struct store_subscriber push_at(const struct push *push);
json_t *push_report(const struct push *push);

/* ---- event_sse.c -------------------------------------------------------- */

struct svc_stream *sse_new(struct events *events, json_t *properties,
			   const struct svc_request *request,
			   const char *owner);
void sse_wake(struct sse *stream);
void sse_end(struct sse *stream);

/* ---- event_service.c ---------------------------------------------------- */

extern const struct svc_source_ops event_service_ops;

/* ---- event_test.c ------------------------------------------------------- */

void event_test(struct events *events, const json_t *body,
		struct svc_reply *reply);

/* ---- events.c ----------------------------------------------------------- */

/**
 * struct events - the EventService
 * @seq: number of the latest event
 * @group: number of the group of events that has one cause, 0: none
 * @journal: what is owed to subscribers, on disk; NULL: nothing is
 * @kick: wakes up who delivers, when all that happened at once is queued
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

#endif /* FABMON_EVENTS_H */
