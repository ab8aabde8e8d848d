// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Subscriptions. Those that clients made outlive the process, those of open
 * streams do not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "util/error.h"
#include "util/log.h"
#include "events.h"

#define STORE_PREFIX	"subscription."

/* As stored; the others are not. */
static const char *const state_names[] = {
	[SUBSCRIPTION_SUSPENDED] = "suspended",
	[SUBSCRIPTION_GIVEN_UP] = "given up",
};

/**
 * subscription_text - a property that is a string, or NULL
 */
const char *subscription_text(const struct subscription *sub, const char *key)
{
	return json_string_value(json_object_get(sub->properties, key));
}

/* ---- what is stored ----------------------------------------------------- */

static int stored_set(const struct subscription *sub, const char *text)
{
	char key[64];

	if (!sub->events->store)
		return 0;
	snprintf(key, sizeof(key), STORE_PREFIX "%s", sub->id);
	return store_set(sub->events->store, key, text);
}

static int stored_save(const struct subscription *sub)
{
	json_t *json = json_pack("{s:O, s:O*, s:s*}",
				 "properties", sub->properties,
				 "headers", sub->headers, "owner", sub->owner);
	const char *state = NULL;
	char *text;
	int r;

	if (sub->state == SUBSCRIPTION_SUSPENDED ||
	    sub->state == SUBSCRIPTION_GIVEN_UP)
		state = state_names[sub->state];
	if (state)
		json_object_set_new(json, "state", json_string(state));
	text = json_dumps(json, JSON_COMPACT);
	r = text ? stored_set(sub, text) :
	    error_origin(-ENOMEM, "subscription %s: cannot be serialised",
			 sub->id);
	free(text);
	json_decref(json);
	return r;
}

/* With its position: it gets what happens from now on. */
static int stored_add(const struct subscription *sub)
{
	struct store *store = sub->events->store;
	int r, end;

	if (!store)
		return 0;
	store_begin(store);
	r = stored_save(sub);
	if (!r)
		r = journal_join(sub->events->journal, sub);
	end = store_end(store);
	return r ? r : end;
}

static void stored_remove(const struct subscription *sub)
{
	struct store *store = sub->events->store;

	if (!store)
		return;
	store_begin(store);
	stored_set(sub, NULL);
	journal_leave(sub->events->journal, sub);
	store_end(store);
}

static void state_set(struct subscription *sub, enum subscription_state state)
{
	sub->state = state;
	push_stop(sub->push);
}

/* The client's answer and delivery do not depend on it. */
static void state_save(const struct subscription *sub)
{
	int r = stored_save(sub);

	if (r)
		error_log(LOG_WARNING, r, "subscription %s: a restart will forget whether it is suspended",
			  sub->id);
}

static void state_restore(struct subscription *sub, const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(state_names) / sizeof(state_names[0]); i++)
		if (name && state_names[i] && !strcmp(name, state_names[i]))
			state_set(sub, (enum subscription_state)i);
}

/* A version that did not store it: all until now may be lost. */
static void position_restore(struct subscription *sub)
{
	const struct events *events = sub->events;
	struct store_subscriber position = {
		.number = events->seq, .lost = events->seq,
	};

	store_subscriber_get(events->store, sub->id, &position);
	sub->delivered = position.number;
	if (position.lost)
		push_lose(sub->push, position.lost);
}

static void restore(struct subscription *sub, const json_t *json)
{
	position_restore(sub);
	subscription_own(sub, json_string_value(json_object_get(json,
								"owner")));
	state_restore(sub, json_string_value(json_object_get(json, "state")));
}

/* One that was stored; what it may hold is checked as when it was made. */
static void load_one(const char *key, const char *text, void *ctx)
{
	struct events *events = ctx;
	json_t *json = json_loads(text, 0, NULL), *messages = NULL;
	json_t *body = json_copy(json_object_get(json, "properties"));
	const char *id = key + strlen(STORE_PREFIX);
	struct subscription *sub;
	json_t *properties;
	int r = -EBADMSG;

	if (body && json_object_get(json, "headers"))
		json_object_set(body, "HttpHeaders",
				json_object_get(json, "headers"));
	properties = body ? subscription_parse(body, &messages) : NULL;
	if (properties)
		r = subscription_new(&sub, events, id, properties);
	if (r)
		error_log(LOG_WARNING, r, "subscription %s: what is stored of it cannot be used",
			  id);
	else
		restore(sub, json);
	json_decref(messages);
	json_decref(body);
	json_decref(json);
}

/**
 * subscriptions_load - take up those of earlier runs
 */
void subscriptions_load(struct events *events)
{
	if (events->store)
		store_each(events->store, STORE_PREFIX, load_one, events);
	events_kick(events);
}

/* ---- one subscription --------------------------------------------------- */

static void id_draw(char id[static SUBSCRIPTION_ID_SIZE])
{
	uint64_t dice;

	if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != sizeof(dice))
		dice = (uint64_t)time(NULL) << 32 ^ (uint64_t)clock();
	snprintf(id, SUBSCRIPTION_ID_SIZE, "%016llx",
		 (unsigned long long)dice);
}

static bool is_stream(const struct subscription *sub)
{
	const char *type = subscription_text(sub, "SubscriptionType");

	return type && !strcmp(type, "SSE");
}

/**
 * subscription_new - a subscription, not stored
 * @sub_: set to it
 * @id: its Id, or NULL for a new one
 * @properties: what subscription_parse() returned; a reference is taken over
 *
 * Return: 0; -EBADMSG if @id cannot be one; or -errno with its origin.
 */
int subscription_new(struct subscription **sub_, struct events *events,
		     const char *id, json_t *properties)
{
	struct subscription *sub = calloc(1, sizeof(*sub));
	int r = 0;

	if (!sub || (id && strlen(id) >= sizeof(sub->id))) {
		json_decref(properties);
		free(sub);
		return sub ? -EBADMSG :
		       error_origin(-ENOMEM, "subscription %s: no memory for it",
				    id ? id : "(new)");
	}
	if (id)
		strcpy(sub->id, id);
	else
		id_draw(sub->id);
	sub->events = events;
	sub->properties = properties;
	sub->headers = json_incref(json_object_get(properties, "HttpHeaders"));
	json_object_del(properties, "HttpHeaders");
	TAILQ_INSERT_TAIL(&events->subscriptions, sub, link);
	if (is_stream(sub)) {
		events->streams++;
	} else {
		events->pushes++;
		r = push_new(&sub->push, sub);
	}
	if (r)
		subscription_free(sub);
	else
		*sub_ = sub;
	return error_trace(r);
}

/**
 * subscription_add - a subscription that outlives the process
 * @sub: set to it
 * @properties: as above
 * @owner: as below
 *
 * Return: 0, or -errno: it cannot be stored, or there is no memory.
 */
int subscription_add(struct subscription **sub, struct events *events,
		     json_t *properties, const char *owner)
{
	int r = subscription_new(sub, events, NULL, properties);

	if (r)
		return error_trace(r);
	subscription_own(*sub, owner);
	r = stored_add(*sub);
	if (r)
		subscription_free(*sub);
	return error_trace(r);
}

/**
 * subscription_own - it belongs to an account from now on
 * @owner: its name; NULL or "": nobody's
 */
void subscription_own(struct subscription *sub, const char *owner)
{
	free(sub->owner);
	sub->owner = owner && *owner ? strdup(owner) : NULL;
}

/**
 * subscription_find - the subscription with an Id, or NULL
 */
struct subscription *subscription_find(const struct events *events,
				       const char *id, size_t len)
{
	struct subscription *sub;

	TAILQ_FOREACH(sub, &events->subscriptions, link)
		if (strlen(sub->id) == len && !strncmp(sub->id, id, len) &&
		    sub->state != SUBSCRIPTION_ENDED)
			return sub;
	return NULL;
}

/**
 * subscription_free - forget it, as at the end of the process
 */
void subscription_free(struct subscription *sub)
{
	struct events *events = sub->events;

	TAILQ_REMOVE(&events->subscriptions, sub, link);
	if (is_stream(sub))
		events->streams--;
	else
		events->pushes--;
	push_free(sub->push);
	json_decref(sub->properties);
	json_decref(sub->headers);
	free(sub->owner);
	free(sub);
}

/**
 * subscription_remove - end it for good
 *
 * A stream closes its connection first, and then frees it.
 */
void subscription_remove(struct subscription *sub)
{
	if (sub->stream) {
		sse_end(sub->stream);
		return;
	}
	stored_remove(sub);
	subscription_free(sub);
}

/**
 * subscription_change - what subscription_parse_changes() let through
 *
 * Return: 0, or -errno of the store; then nothing is changed.
 */
int subscription_change(struct subscription *sub, json_t *changes)
{
	json_t *headers = json_object_get(changes, "HttpHeaders");
	json_t *old = sub->properties, *old_headers = sub->headers;
	int r;

	sub->properties = json_copy(old);
	json_object_update(sub->properties, changes);
	json_object_del(sub->properties, "HttpHeaders");
	sub->headers = json_incref(headers ? headers : old_headers);
	r = stored_save(sub);
	if (r < 0) {
		json_decref(sub->properties);
		json_decref(sub->headers);
		sub->properties = old;
		sub->headers = old_headers;
		return r;
	}
	json_decref(old);
	json_decref(old_headers);
	return 0;
}

/**
 * subscription_suspend - send nothing until it is resumed
 * @state: SUBSCRIPTION_SUSPENDED or SUBSCRIPTION_GIVEN_UP
 */
void subscription_suspend(struct subscription *sub,
			  enum subscription_state state)
{
	state_set(sub, state);
	state_save(sub);
}

/**
 * subscription_resume - send again; first that events were lost
 */
void subscription_resume(struct subscription *sub)
{
	if (sub->state != SUBSCRIPTION_SUSPENDED &&
	    sub->state != SUBSCRIPTION_GIVEN_UP)
		return;
	sub->state = SUBSCRIPTION_ACTIVE;
	state_save(sub);
	push_wake(sub->push);
}

/* ---- the resource ------------------------------------------------------- */

static json_t *status_json(const struct subscription *sub)
{
	static const struct status {
		const char *state, *health;
	} statuses[] = {
		[SUBSCRIPTION_ACTIVE] = { "Enabled", "OK" },
		[SUBSCRIPTION_FAILING] = { "Enabled", "Warning" },
		[SUBSCRIPTION_SUSPENDED] = { "Disabled", "OK" },
		[SUBSCRIPTION_GIVEN_UP] = { "Disabled", "Critical" },
		[SUBSCRIPTION_ENDED] = { "Disabled", "Critical" },
	};
	const struct status *status = &statuses[sub->state];

	return json_pack("{s:s, s:s}", "State", status->state,
			 "Health", status->health);
}

static json_t *actions_json(const char *uri)
{
	return json_pack("{s:{s:o}, s:{s:o}}",
			 "#EventDestination.SuspendSubscription", "target",
			 json_sprintf("%s/Actions/EventDestination.SuspendSubscription",
				      uri),
			 "#EventDestination.ResumeSubscription", "target",
			 json_sprintf("%s/Actions/EventDestination.ResumeSubscription",
				      uri));
}

/**
 * subscription_json - the EventDestination
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *subscription_json(const struct subscription *sub)
{
	char uri[sizeof(SUBSCRIPTIONS_URI) + SUBSCRIPTION_ID_SIZE + 1];
	json_t *json;

	snprintf(uri, sizeof(uri), SUBSCRIPTIONS_URI "/%s", sub->id);
	json = json_pack("{s:s, s:s, s:s, s:s, s:o}", "@odata.id", uri,
			 "@odata.type",
			 "#" SUBSCRIPTION_TYPE ".EventDestination",
			 "Id", sub->id,
			 "Name", "Subscription", "Status", status_json(sub));
	json_object_update(json, sub->properties);
	if (sub->push) {
		json_object_set_new(json, "HttpHeaders", json_array());
		json_object_set_new(json, "Actions", actions_json(uri));
	}
	return json;
}
