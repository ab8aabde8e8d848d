// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What is pending for subscribers, on disk, once for all of them.
 *
 * The journal has, for each resource, its latest event and the digest that it
 * had then; other events as they are; and for each subscriber the number of the
 * event up to which all was delivered. Pending is what has a higher number, and
 * the difference between the digests and the tree, which is computed at the
 * start. So a change is not written when it happens, but when the first
 * subscriber has acknowledged it, and each further one costs a number.
 *
 * Two things are written before anything is sent:
 * - creations. Else, if the process is killed and the resource is gone at the
 *   next start, a subscriber would keep a resource of which no removal is sent;
 * - alerts, as soon as they arise: they exist nowhere else.
 *
 * What waits to be written is a queue like that of a subscriber, since it is
 * merged in the same way.
 *
 * Errors of the store were logged there and end nothing: what could not be
 * written is delivered once more after a restart.
 */
#include <errno.h>
#include <stdlib.h>

#include "service/protocol/resource.h"
#include "util/error.h"
#include "events.h"

#define OLD_MAX	64	/* rows that nobody needs any more, before they go */

/**
 * struct event_journal - see above
 * @queue: what is to be written
 * @created: there are creations in it
 * @failures: transactions that had failed when this was last written
 * @old: rows written that will have to be removed
 * @pruned: those up to this number were
 */
struct event_journal {
	struct events *events;
	struct event_queue *queue;
	bool created;
	uint64_t failures;
	unsigned int old;
	uint64_t pruned;
};

/**
 * journal_new - the journal of an EventService that has a store
 *
 * All other functions do nothing where there is none, NULL.
 */
int journal_new(struct event_journal **journal_, struct events *events)
{
	struct event_journal *journal = calloc(1, sizeof(*journal));

	if (!journal)
		return error_origin(-ENOMEM, "journal: no memory for it");
	journal->events = events;
	journal->failures = store_failures(events->store);
	journal->queue = event_queue_new(EVENT_QUEUE_MAX);
	if (!journal->queue) {
		free(journal);
		return error_trace(-ENOMEM);
	}
	*journal_ = journal;
	return 0;
}

void journal_free(struct event_journal *journal)
{
	if (!journal)
		return;
	event_queue_free(journal->queue);
	free(journal);
}

/* ---- the tree and the journal ------------------------------------------- */

/* Like the resource that it was, of which type and digest are left. */
static void resource_load(const struct store_resource *resource, void *ctx)
{
	json_object_set_new(ctx, resource->uri,
			    json_pack("{s:o*, s:I}", "@odata.type",
				      resource->type ?
				      json_sprintf("#%s", resource->type) :
				      NULL, "digest", (json_int_t)resource->digest));
}

static bool is_unchanged(const json_t *before, const json_t *resource)
{
	const json_t *digest = json_object_get(before, "digest");

	return (uint64_t)json_integer_value(digest) == tree_digest(resource);
}

/* Fills @changes, which has room for all. */
static size_t differences(const json_t *stored, const json_t *all,
			  struct tree_change *changes)
{
	json_t *resource, *before;
	const char *uri;
	size_t n = 0;

	json_object_foreach((json_t *)all, uri, resource) {
		if (svc_is_collection(resource))
			continue;
		before = json_object_get(stored, uri);
		if (before && is_unchanged(before, resource))
			continue;
		changes[n++] = (struct tree_change) {
			.op = before ? TREE_CHANGED : TREE_CREATED,
			.uri = uri, .before = before, .after = resource,
		};
	}
	json_object_foreach((json_t *)stored, uri, before) {
		if (json_object_get(all, uri))
			continue;
		changes[n++] = (struct tree_change) {
			.op = TREE_REMOVED, .uri = uri, .before = before,
		};
	}
	tree_changes_sort(changes, n);
	return n;
}

/**
 * compare - what changed in the tree since the journal was written
 * @stored: set to what the changes point into, a new reference
 *
 * Return: malloc()ed; NULL without memory.
 */
static struct tree_change *compare(struct event_journal *journal,
				   json_t **stored, size_t *count)
{
	const json_t *all = tree_all(journal->events->tree);
	struct tree_change *changes = NULL;

	*stored = json_object();
	if (*stored && !store_resource_each(journal->events->store,
					    resource_load, *stored))
		changes = calloc(json_object_size(*stored) +
				 json_object_size(all) + 1, sizeof(*changes));
	*count = changes ? differences(*stored, all, changes) : 0;
	return changes;
}

static void change_write(struct event_journal *journal,
			 const struct tree_change *change)
{
	uint64_t seq = journal->events->seq;
	const json_t *resource = change->after ? change->after : change->before;
	char *type = event_resource_type(resource);

	store_resource(journal->events->store, &(struct store_resource) {
		.uri = change->uri, .type = type, .number = seq,
		.digest = change->after ? tree_digest(change->after) : 0,
		.created = change->op == TREE_CREATED ? seq : 0,
	});
	free(type);
}

/* Makes the journal equal to the tree, as of now. */
static void settle(struct event_journal *journal)
{
	struct tree_change *changes;
	json_t *stored;
	size_t n, i;

	changes = compare(journal, &stored, &n);
	for (i = 0; i < n; i++)
		change_write(journal, &changes[i]);
	free(changes);
	json_decref(stored);
}

/* ---- writing ------------------------------------------------------------ */

static void lifecycle_write(struct event_journal *journal,
			    const struct event *event)
{
	const json_t *resource = tree_get(journal->events->tree, event->origin);

	store_resource(journal->events->store, &(struct store_resource) {
		.uri = event->origin, .type = event->type,
		.digest = event->op != TREE_REMOVED && resource ?
			  tree_digest(resource) : 0,
		.created = event->op == TREE_CREATED ? event->seq : 0,
		.number = event->seq, .cause = event->group,
		.realtime = event->realtime,
	});
}

static void event_write(struct event_journal *journal,
			const struct event *event)
{
	if (event->lifecycle)
		lifecycle_write(journal, event);
	else
		store_record(journal->events->store, event->seq, event->type,
			     event->text);
	if (!event->lifecycle || event->op == TREE_REMOVED)
		journal->old++;
}

static void position_write(struct event_journal *journal,
			   const struct subscription *sub)
{
	struct store_subscriber position = push_position(sub->push);

	store_subscriber(journal->events->store, sub->id, &position);
}

/* Number of the event up to which all was delivered to all. */
static uint64_t delivered_to_all(const struct event_journal *journal)
{
	const struct subscription *sub;
	uint64_t least = journal->events->seq, number;

	TAILQ_FOREACH(sub, &journal->events->subscriptions, link) {
		number = sub->push ? push_position(sub->push).number : least;
		if (number < least)
			least = number;
	}
	return least;
}

/* Removes what was delivered to all, if that is more than before. */
static void prune(struct event_journal *journal)
{
	const struct subscription *sub;
	uint64_t least = delivered_to_all(journal);

	if (least <= journal->pruned)
		return;
	TAILQ_FOREACH(sub, &journal->events->subscriptions, link)
		if (sub->push)
			position_write(journal, sub);
	store_event_prune(journal->events->store, least);
	journal->pruned = least;
	if (least == journal->events->seq)
		journal->old = 0;
}

/* All that waits and the position of @sub, which may be NULL, in one step. */
static void commit(struct event_journal *journal,
		   const struct subscription *sub)
{
	struct store *store = journal->events->store;
	struct event *list[EVENT_QUEUE_MAX];
	uint64_t lost;
	size_t n, i;

	n = event_queue_take(journal->queue, SIZE_MAX, list, EVENT_QUEUE_MAX,
			     &lost);
	store_begin(store);
	for (i = 0; i < n; i++)
		event_write(journal, list[i]);
	/* too much at once; or what was written before came to nothing */
	if (lost || journal->failures != store_failures(store))
		settle(journal);
	if (sub)
		position_write(journal, sub);
	if (journal->old >= OLD_MAX)
		prune(journal);
	if (store_end(store)) {
		event_queue_back(journal->queue);
	} else {
		event_queue_done(journal->queue);
		journal->created = false;
	}
	journal->failures = store_failures(store);
}

/**
 * journal_put - an event; journal_write() writes it
 */
void journal_put(struct event_journal *journal, struct event *event)
{
	if (!journal || !journal->events->pushes)
		return;
	event_queue_put(journal->queue, event, false);
	if (event->lifecycle && event->op == TREE_CREATED)
		journal->created = true;
}

/**
 * journal_write - write what waits
 *
 * It is on disk when this returns, or with the transaction that is open.
 */
void journal_write(struct event_journal *journal)
{
	if (journal && event_queue_length(journal->queue))
		commit(journal, NULL);
}

/**
 * journal_ready - write what has to be on disk before anything is sent
 */
void journal_ready(struct event_journal *journal)
{
	if (journal && journal->created)
		journal_write(journal);
}

/**
 * journal_delivered - a subscriber acknowledged what it was sent
 */
void journal_delivered(struct event_journal *journal,
		       const struct subscription *sub)
{
	if (journal)
		commit(journal, sub);
}

/* ---- subscribers -------------------------------------------------------- */

/**
 * journal_join - a new subscriber, for what happens from now on
 *
 * Return: 0, or -errno: what is pending for it would not survive a restart.
 */
int journal_join(struct event_journal *journal, const struct subscription *sub)
{
	struct store *store;

	if (!journal)
		return 0;
	store = journal->events->store;
	store_begin(store);
	if (journal->events->pushes == 1)
		settle(journal);
	position_write(journal, sub);
	return store_end(store);
}

/**
 * journal_leave - a subscriber is gone
 */
void journal_leave(struct event_journal *journal,
		   const struct subscription *sub)
{
	struct store *store;

	if (!journal)
		return;
	store = journal->events->store;
	store_begin(store);
	store_subscriber(store, sub->id, NULL);
	if (journal->events->pushes == 1) {
		store_event_clear(store);
		event_queue_lose(journal->queue, journal->events->seq);
	}
	store_end(store);
}

/* ---- after a restart ---------------------------------------------------- */

static struct event *stored_event(const struct store_event *what)
{
	uint64_t group = what->cause ? what->cause : what->number;
	struct event *event = NULL;
	json_t *record;

	switch (what->op) {
	case 'A':
		record = json_loads(what->subject, 0, NULL);
		if (record)
			event = event_new(what->number, 0, record, what->type);
		json_decref(record);
		return event;
	case 'C':
		return event_lifecycle(what->number, group, TREE_CREATED,
				       what->subject, what->type,
				       what->realtime);
	case 'R':
		return event_lifecycle(what->number, group, TREE_REMOVED,
				       what->subject, what->type,
				       what->realtime);
	default:
		return event_lifecycle(what->number, group, TREE_CHANGED,
				       what->subject, what->type,
				       what->realtime);
	}
}

static void put_stored(const struct store_event *what, void *ctx)
{
	struct event_journal *journal = ctx;
	struct event *event = stored_event(what);
	struct subscription *sub;

	if (!event)
		return;
	TAILQ_FOREACH(sub, &journal->events->subscriptions, link)
		if (sub->push && sub->delivered < what->number &&
		    event_wanted(sub->properties, event))
			push_put(sub->push, event, true);
	event_unref(event);
}

/* What earlier runs did not deliver. */
static void put_all_stored(struct event_journal *journal)
{
	const struct subscription *sub;
	uint64_t least = UINT64_MAX;

	TAILQ_FOREACH(sub, &journal->events->subscriptions, link)
		if (sub->push && sub->delivered < least)
			least = sub->delivered;
	store_event_each(journal->events->store, least, put_stored, journal);
}

/**
 * journal_replay - queue what was not delivered before the start, and what
 * changed in the tree since
 */
void journal_replay(struct event_journal *journal)
{
	struct tree_change *changes;
	json_t *stored;
	size_t n;

	if (!journal || !journal->events->pushes)
		return;
	put_all_stored(journal);
	changes = compare(journal, &stored, &n);
	/* of a version without one: a loss is pending for its subscribers */
	if (changes && !json_object_size(stored))
		settle(journal);
	else
		events_changes(journal->events, changes, n, 0);
	free(changes);
	json_decref(stored);
}
