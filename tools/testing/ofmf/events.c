// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* EventListener: records to their handlers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "alias.h"
#include "change.h"
#include "client.h"
#include "diff.h"
#include "events.h"
#include "jsonx.h"
#include "reply.h"
#include "standin.h"
#include "store.h"
#include "upload.h"

/* One record on its way through. */
struct record {
	struct standin *s;
	struct cause cause;
	const json_t *source;	/* the agent's AggregationSource, may be NULL */
	const char *key;	/* MessageId after its last dot */
	char *uri;		/* origin in this tree's names, may be NULL */
};

static void tell(const struct record *rec, const char *kind,
		 const json_t *obj, const json_t *properties, const char *note)
{
	struct change c = {
		.kind = kind, .uri = rec->uri, .object = obj,
		.properties = properties, .note = note, .cause = &rec->cause,
		.named = !strcmp(kind, "Event") || !strcmp(kind, "Ignored"),
	};

	change_emit(rec->s->changes, &c);
}

static bool is_lifecycle(const char *key)
{
	return !strcmp(key, "ResourceChanged") ||
	       !strcmp(key, "ResourceRemoved");
}

/* Messages that say the resource reads differently now. */
static bool is_refetch(const char *id, const char *key)
{
	if (strncmp(id, "ResourceEvent.", 14))
		return false;
	return !strcmp(key, "ResourceChanged") ||
	       !strcmp(key, "ResourceStateChanged") ||
	       !strncmp(key, "ResourceStatusChanged", 21);
}

static bool owned_by(struct standin *s, const char *uri, const json_t *source)
{
	const char *own = jsonx_str(source, "@odata.id");
	json_t *obj = store_get(s->store, uri);
	const char *manager = jsonx_manager(obj);
	bool owned = own && manager && !strcmp(own, manager);

	json_decref(obj);
	return owned;
}

static void replace_with(struct record *rec, const char *kind, json_t *obj)
{
	struct standin *s = rec->s;
	json_t *old = NULL, *now = NULL, *properties;

	alias_links(s->alias, jsonx_str(rec->source, "Id"), obj, false);
	if (!store_replace(s->store, rec->uri, obj, &old, &now)) {
		properties = diff_properties(old, now);
		tell(rec, kind, !strcmp(kind, "Event") ? NULL : now, properties,
		     json_array_size(properties) ? NULL : "no difference");
		json_decref(properties);
	} else {
		tell(rec, "Ignored", NULL, NULL, "removed meanwhile");
	}
	json_decref(old);
	json_decref(now);
}

static void refetch(struct record *rec, struct reply *r)
{
	const char *host = jsonx_str(rec->source, "HostName");
	const char *origin = jsonx_link(rec->cause.record, "OriginOfCondition");
	const char *kind = !strcmp(rec->key, "ResourceChanged") ? "Changed" :
		"Event";
	struct client_answer ans;

	if (!store_has(rec->s->store, rec->uri)) {
		tell(rec, "Ignored", NULL, NULL, "not in the tree");
		reply_error(rec->s, r, 404, "ResourceMissingAtURI", rec->uri,
			    "There is no %s", rec->uri);
		return;
	}
	if (!owned_by(rec->s, rec->uri, rec->source)) {
		tell(rec, "Ignored", NULL, NULL, "another agent's");
		return;
	}
	if (client_call(rec->s, "GET", host, origin, true, NULL, &ans)) {
		tell(rec, "Ignored", NULL, NULL, "agent does not answer");
		reply_error(rec->s, r, 502, "CouldNotEstablishConnection", host,
			    "The agent does not answer");
		return;
	}
	if (ans.status == 200 && jsonx_str(ans.json, "@odata.type"))
		replace_with(rec, kind, ans.json);
	else	/* its ResourceRemoved is on the way */
		tell(rec, "Ignored", NULL, NULL, "agent does not serve it");
	json_decref(ans.json);
}

static void remove_tree(struct record *rec, struct reply *r)
{
	const char *source = jsonx_str(rec->source, "@odata.id");
	char *whole = rec->uri;
	json_t *gone, *uri;
	size_t i;

	(void)r;
	gone = store_remove(rec->s->store, whole, source);
	json_array_foreach(gone, i, uri) {
		rec->uri = (char *)json_string_value(uri);
		tell(rec, "Removed", NULL, NULL, NULL);
	}
	rec->uri = whole;
	if (!json_array_size(gone))
		tell(rec, "Ignored", NULL, NULL, "nothing to remove");
	agents_account(rec->s, source, NULL, gone);
	json_decref(gone);
}

static void no_context(struct standin *s, struct reply *r, const char *why,
		       const char *context)
{
	reply_error(s, r, 400, *context ? "PropertyValueNotInList" :
		    "PropertyMissing", "Context",
		    "Attribute not found: %s", why);
}

static void created(struct record *rec, const char *context, struct reply *r)
{
	if (rec->source)
		upload_run(rec->s, rec->source, &rec->cause, r);
	else if (!*context)
		no_context(rec->s, r,
			   "Missing agent context in ResourceCreated event",
			   context);
	else
		no_context(rec->s, r, "Cannot find aggregation source",
			   context);
}

static void dispatch_reference(struct record *rec, const char *context,
			       struct reply *r)
{
	if (!strcmp(rec->key, "AggregationSourceDiscovered"))
		agents_register(rec->s, &rec->cause, r);
	else if (!strcmp(rec->key, "ResourceCreated"))
		created(rec, context, r);
	else if (is_lifecycle(rec->key))
		tell(rec, "Ignored", NULL, NULL, "as the reference does");
	else
		tell(rec, "Event", NULL, NULL, NULL);
}

static void dispatch_conformant(struct record *rec, const char *context,
				struct reply *r)
{
	const char *id = jsonx_str(rec->cause.record, "MessageId");

	if (!strcmp(rec->key, "AggregationSourceDiscovered")) {
		agents_register(rec->s, &rec->cause, r);
		return;
	}
	if (!rec->source || !strcmp(rec->key, "ResourceCreated"))
		created(rec, context, r);
	else if (!rec->uri && (is_lifecycle(rec->key)))
		reply_error(rec->s, r, 400, "PropertyMissing",
			    "OriginOfCondition", "No OriginOfCondition");
	else if (!strcmp(rec->key, "ResourceRemoved"))
		remove_tree(rec, r);
	else if (rec->uri && is_refetch(id, rec->key))
		refetch(rec, r);
	else
		tell(rec, "Event", NULL, NULL, NULL);
}

static void one_record(struct standin *s, const json_t *record,
		       const char *context, const struct timespec *arrival,
		       struct reply *r)
{
	const char *id = jsonx_str(record, "MessageId");
	const char *origin = jsonx_link(record, "OriginOfCondition");
	char *source_uri = agents_source_uri(context);
	json_t *source = source_uri ? store_get(s->store, source_uri) : NULL;
	struct record rec = { .s = s, .source = source };

	reply_json(r, 200, NULL);
	cause_init(&rec.cause, record, arrival);
	if (!id) {
		reply_error(s, r, s->conformant ? 400 : 500, "PropertyMissing",
			    "MessageId", "No MessageId");
	} else {
		rec.key = strrchr(id, '.') ? strrchr(id, '.') + 1 : id;
		if (origin)
			rec.uri = s->conformant && source ?
				alias_to_here(s->alias, context, origin) :
				strdup(origin);
		if (s->conformant)
			dispatch_conformant(&rec, context, r);
		else
			dispatch_reference(&rec, context, r);
	}
	free(rec.uri);
	free(source_uri);
	json_decref(source);
}

/* The reference looks up only the first origin, and stumbles if it is not there. */
static void look_up_first(struct standin *s, const json_t *events,
			  struct reply *r)
{
	const json_t *first = json_array_get(events, 0);
	const char *uri = jsonx_link(first, "OriginOfCondition");
	char *own;

	if (!json_object_get(first, "OriginOfCondition"))
		return;
	if (!uri) {
		reply_error(s, r, 500, "InternalError", NULL,
			    "Internal Server Error");
		return;
	}
	own = strdup(uri);
	if (own && !strcmp(own, STANDIN_ROOT "/"))
		own[strlen(STANDIN_ROOT)] = '\0';
	if (!own || !store_has(s->store, own))
		reply_drop(s, r, 404, "ResourceMissingAtURI", uri,
			   "Unknown OriginOfCondition");
	free(own);
}

static pthread_mutex_t *lane_of(struct standin *s, const char *context)
{
	unsigned int hash = 5381;

	for (; *context; context++)
		hash = hash * 33 + (unsigned char)*context;
	return &s->lanes[hash % STANDIN_LANES];
}

static void all_records(struct standin *s, const json_t *events,
			const char *context, const struct timespec *arrival,
			struct reply *r)
{
	struct reply first = { .status = 200 };
	json_t *record;
	size_t i;

	json_array_foreach((json_t *)events, i, record) {
		one_record(s, record, context, arrival, r);
		if (r->status == 200)
			continue;
		if (!s->conformant)
			return;
		/* the others are still handled; the first failure is the answer */
		if (first.status == 200) {
			first = *r;
			memset(r, 0, sizeof(*r));
		}
	}
	if (first.status != 200) {
		reply_clear(r);
		*r = first;
	}
}

void events_post(struct standin *s, const json_t *payload,
		 const struct timespec *arrival, struct reply *r)
{
	const json_t *events = json_object_get(payload, "Events");
	const char *context = jsonx_str(payload, "Context");
	pthread_mutex_t *lane = NULL;

	if (!json_array_size(events)) {
		reply_error(s, r, s->conformant ? 400 : 500, "PropertyMissing",
			    "Events", "No Events");
		return;
	}
	if (!context)
		context = "";
	if (s->conformant) {
		/* one that registers has no Context yet, but its method's name */
		const char *method = jsonx_link(json_array_get(events, 0),
						"OriginOfCondition");

		lane = lane_of(s, *context ? context : method ? method : "");
		pthread_mutex_lock(lane);
	}
	all_records(s, events, context, arrival, r);
	if (lane)
		pthread_mutex_unlock(lane);
	if (r->status == 200 && !s->conformant)
		look_up_first(s, events, r);
	if (r->status == 200)
		reply_json(r, 200, json_array());
}
