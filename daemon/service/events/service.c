// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The EventService over HTTP: which URI is what, and what may be asked of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/error.h"
#include "util/log.h"
#include "service/protocol/message.h"
#include "service/protocol/parse.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/site.h"
#include "events.h"

#define SUSPEND	"/Actions/EventDestination.SuspendSubscription"
#define RESUME	"/Actions/EventDestination.ResumeSubscription"

/* The subscription that a URI leads to, and what follows its Id. */
static struct subscription *subscription_at(const struct events *events,
					    const char *uri, const char **rest)
{
	static const char head[] = SUBSCRIPTIONS_URI "/";
	size_t n;

	if (strncmp(uri, head, strlen(head)))
		return NULL;
	uri += strlen(head);
	n = strcspn(uri, "/");
	*rest = uri + n;
	return subscription_find(events, uri, n);
}

/* ---- GET ---------------------------------------------------------------- */

static json_t *texts(const char *const *list)
{
	json_t *array = json_array();

	for (; *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

static json_t *filters(void)
{
	return json_pack("{s:b, s:b, s:b, s:b, s:b, s:b, s:b}",
			 "EventFormatType", 1, "MessageId", 1,
			 "MetricReportDefinition", 0, "OriginResource", 1,
			 "RegistryPrefix", 1, "ResourceType", 1,
			 "SubordinateResources", 1);
}

/* What is in the tree, and what only the EventService knows. */
static json_t *service_get(const struct events *events)
{
	json_t *json = json_copy((json_t *)tree_get(events->tree, EVENTS_URI));
	json_t *more;

	more = json_pack("{s:i, s:i, s:s, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b, s:b, s:b, s:{s:{s:s}}}",
			 "DeliveryRetryAttempts", (int)events->config.attempts,
			 "DeliveryRetryIntervalSeconds",
			 (int)events->config.interval,
			 "ServerSentEventUri", EVENTS_SSE_URI,
			 "SSEFilterPropertiesSupported", filters(),
			 "RegistryPrefixes", texts(subscription_registries),
			 "ResourceTypes", texts(subscription_types),
			 "Severities", texts(subscription_severities),
			 "SubordinateResourcesSupported", 1,
			 "OriginResourcesSupported", 1,
			 "ExcludeMessageId", 1, "ExcludeRegistryPrefix", 1,
			 "IncludeOriginOfConditionSupported", 0,
			 "SSEIncludeOriginOfConditionSupported", 0,
			 "Actions", "#EventService.SubmitTestEvent",
			 "target", EVENTS_TEST_URI);
	if (json && more)
		json_object_update(json, more);
	json_decref(more);
	return json;
}

/* Those of clients. That of an OFMF is in its view alone. */
static json_t *collection_get(const struct events *events)
{
	const json_t *tree = tree_get(events->tree, SUBSCRIPTIONS_URI);
	json_t *members = json_copy(json_object_get(tree, "Members"));
	json_t *json = json_copy((json_t *)tree);
	const struct subscription *sub;

	if (!json || !members) {
		json_decref(json);
		json_decref(members);
		return NULL;
	}
	TAILQ_FOREACH(sub, &events->subscriptions, link)
		if (sub->state != SUBSCRIPTION_ENDED)
			json_array_append_new(members,
					      json_pack("{s:o}", "@odata.id",
							json_sprintf(SUBSCRIPTIONS_URI "/%s",
								     sub->id)));
	json_object_set_new(json, "Members@odata.count",
			    json_integer((json_int_t)json_array_size(members)));
	json_object_set_new(json, "Members", members);
	return json;
}

static json_t *event_service_get(void *ctx, const char *uri)
{
	const struct events *events = ctx;
	const struct subscription *sub;
	const char *rest;

	if (!strcmp(uri, EVENTS_URI))
		return service_get(events);
	if (!strcmp(uri, SUBSCRIPTIONS_URI))
		return collection_get(events);
	sub = subscription_at(events, uri, &rest);
	return sub && !*rest ? subscription_json(sub) : NULL;
}

static const char *event_service_allow(void *ctx, const char *uri)
{
	const struct events *events = ctx;
	const struct subscription *sub;
	const char *rest;

	if (!strcmp(uri, EVENTS_SSE_URI))
		return "GET";
	if (!strcmp(uri, EVENTS_TEST_URI))
		return "POST";
	if (!strcmp(uri, SUBSCRIPTIONS_URI))
		return "GET, HEAD, POST";
	sub = subscription_at(events, uri, &rest);
	if (sub && !*rest)
		return sub->push ? "GET, HEAD, PATCH, DELETE" :
				   "GET, HEAD, DELETE";
	if (sub && sub->push && (!strcmp(rest, SUSPEND) ||
				 !strcmp(rest, RESUME)))
		return "POST";
	return NULL;
}

/* The account that may change it with ConfigureSelf. */
static const char *event_service_owner(void *ctx, const char *uri)
{
	const struct subscription *sub;
	const char *rest;

	sub = subscription_at(ctx, uri, &rest);
	return sub ? sub->owner : NULL;
}

/* ---- POST, PATCH, DELETE ------------------------------------------------ */

/* Why is for the log, not for the client. */
static void reply_internal(struct svc_reply *reply, int r, const char *what)
{
	error_log(LOG_ERR, r, "EventService: %s", what);
	svc_reply_error(reply, 500, SVC_INTERNAL, NULL, NULL, NULL);
}

static void reply_created(struct svc_site *site, const struct subscription *sub,
			  struct svc_reply *reply)
{
	char uri[sizeof(SUBSCRIPTIONS_URI) + SUBSCRIPTION_ID_SIZE + 1];

	snprintf(uri, sizeof(uri), SUBSCRIPTIONS_URI "/%s", sub->id);
	svc_reply_resource(site, uri, reply);
	if (reply->status != 200)
		return;
	reply->status = 201;
	reply->location = strdup(uri);
}

static void subscribe(struct events *events, struct svc_site *site,
		      const json_t *body, struct svc_reply *reply)
{
	struct subscription *sub;
	json_t *messages;
	json_t *properties = subscription_parse(body, &messages);
	int r;

	if (!properties) {
		svc_reply_json(reply, 400, svc_error_new(messages));
		return;
	}
	if (events->pushes >= events->config.subscriptions) {
		json_decref(properties);
		svc_reply_error(reply, 503, SVC_SUBSCRIPTION_LIMIT, NULL, NULL,
				NULL);
		return;
	}
	r = subscription_add(&sub, events, properties, site->who.name);
	if (r)
		reply_internal(reply, r, "a client cannot subscribe");
	else
		reply_created(site, sub, reply);
}

static void change(struct subscription *sub, struct svc_site *site,
		   const struct svc_request *request, const json_t *body,
		   struct svc_reply *reply)
{
	json_t *resource = subscription_json(sub), *refused;
	json_t *changes = subscription_parse_changes(body, resource, &refused);
	int r = 0;

	if (!json_object_size(changes) && json_object_size(refused))
		svc_reply_json(reply, 400,
			       svc_error_new(svc_refused_messages(refused)));
	else if (!json_object_size(changes))
		svc_reply_error(reply, 400, SVC_NO_OPERATION, NULL, NULL, NULL);
	else if ((r = subscription_change(sub, changes)))
		reply_internal(reply, r, "a subscription cannot be changed");
	else
		svc_reply_noted(site, request->target.path, refused, reply);
	json_decref(changes);
	json_decref(refused);
	json_decref(resource);
}

/* Actions without parameters. */
static void act_on(struct subscription *sub, const char *rest,
		   const json_t *body, struct svc_reply *reply)
{
	const char *action = strchr(rest, '.') - strlen("EventDestination");
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)body, name, value) {
		svc_reply_error(reply, 400, SVC_PARAMETER_UNKNOWN, action,
				name, name);
		return;
	}
	if (!strcmp(rest, SUSPEND))
		subscription_suspend(sub, SUBSCRIPTION_SUSPENDED);
	else
		subscription_resume(sub);
	reply->status = 204;
}

static void event_service_act(void *ctx, struct svc_site *site,
			      const struct svc_request *request,
			      const json_t *body, struct svc_reply *reply)
{
	struct events *events = ctx;
	const char *uri = request->target.path, *rest = "";
	struct subscription *sub = subscription_at(events, uri, &rest);

	if (!strcmp(uri, EVENTS_TEST_URI)) {
		event_test(events, body, reply);
	} else if (!sub) {
		subscribe(events, site, body, reply);
	} else if (*rest) {
		act_on(sub, rest, body, reply);
	} else if (!strcmp(request->method, "PATCH")) {
		change(sub, site, request, body, reply);
	} else {
		subscription_remove(sub);
		reply->status = 204;
	}
}

/* ---- the stream --------------------------------------------------------- */

static bool accepts_stream(const char *accept)
{
	return !accept || !*accept || strstr(accept, "*/*") ||
	       strcasestr(accept, "text/*") ||
	       strcasestr(accept, "text/event-stream");
}

/* Decoded value of $filter; "" without one, NULL if there is another. */
static const char *filter_find(const char *query, char *out, size_t size,
			       char *name, size_t name_size)
{
	const char *end, *equal;

	*out = '\0';
	for (; *query; query = *end ? end + 1 : end) {
		end = query + strcspn(query, "&");
		equal = query + strcspn(query, "&=");
		svc_text_decode(name, name_size, query, equal);
		if (*name != '$')
			continue;
		if (strcmp(name, "$filter") || *out || *equal != '=' ||
		    svc_text_decode(out, size, equal + 1, end) || !*out)
			return NULL;
	}
	return out;
}

/* Properties that a subscription like @filter has, or NULL. */
static json_t *stream_properties(const char *filter)
{
	json_t *wanted = *filter ? event_filter_parse(filter) : json_object();
	json_t *properties, *messages;

	if (!wanted)
		return NULL;
	/* checked as any other, with an address that is filled in later */
	json_object_set_new(wanted, "Destination", json_string("http://sse"));
	json_object_set_new(wanted, "Protocol", json_string("Redfish"));
	properties = subscription_parse(wanted, &messages);
	json_decref(messages);
	json_decref(wanted);
	if (!properties)
		return NULL;
	json_object_set_new(properties, "SubscriptionType", json_string("SSE"));
	json_object_del(properties, "DeliveryRetryPolicy");
	json_object_del(properties, "VerifyCertificate");
	return properties;
}

static bool stream_refused(const struct events *events,
			   const struct svc_request *request,
			   struct svc_reply *reply, json_t **properties)
{
	char filter[SVC_QUERY_MAX], name[64] = "";

	if (!accepts_stream(request->accept)) {
		svc_reply_error(reply, 406, SVC_HEADER_INVALID, "Accept", NULL,
				NULL);
	} else if (!filter_find(request->target.query, filter, sizeof(filter),
				name, sizeof(name))) {
		if (strcmp(name, "$filter"))
			svc_reply_error(reply, 501, SVC_QUERY_UNSUPPORTED,
					name, NULL, NULL);
		else
			svc_reply_error(reply, 400, SVC_QUERY_VALUE, name,
					NULL, NULL);
	} else if (events->streams >= events->config.streams) {
		svc_reply_error(reply, 503, SVC_SUBSCRIPTION_LIMIT, NULL, NULL,
				NULL);
	} else {
		*properties = stream_properties(filter);
		if (!*properties)
			svc_reply_error(reply, 400, SVC_QUERY_FORMAT, filter,
					"$filter", NULL);
	}
	return reply->status;
}

static bool event_service_stream(void *ctx, const struct svc_site *site,
				 const struct svc_request *request,
				 struct svc_reply *reply)
{
	struct events *events = ctx;
	json_t *properties = NULL;
	int r;

	if (strcmp(request->target.path, EVENTS_SSE_URI))
		return false;
	if (stream_refused(events, request, reply, &properties))
		return true;
	r = sse_new(&reply->stream, events, properties, request,
		    site->who.name);
	if (r) {
		reply_internal(reply, r, "a stream cannot be opened");
		return true;
	}
	reply->status = 200;
	reply->type = SVC_TYPE_STREAM;
	return true;
}

/* Types that clients make: OFMFs have them in their views as their own. */
static const char *const types[] = { SUBSCRIPTION_TYPE, NULL };

const struct svc_source_ops event_service_ops = {
	.get = event_service_get,
	.allow = event_service_allow,
	.act = event_service_act,
	.owner = event_service_owner,
	.stream = event_service_stream,
	.types = types,
};
