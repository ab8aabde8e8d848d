// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Agents: registration and the AggregationSource that stands for each. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agents.h"
#include "alias.h"
#include "change.h"
#include "client.h"
#include "jsonx.h"
#include "reply.h"
#include "standin.h"
#include "store.h"

#define AGENT_SUBSCRIPTION STANDIN_ROOT "/EventService/Subscriptions/SunfishServer"

void agents_uuid(char *buf)
{
	uint8_t b[16];
	int n = 0;

	if (getrandom(b, sizeof(b), 0) != sizeof(b))
		abort();	/* cannot happen for 16 bytes after boot */
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	for (size_t i = 0; i < sizeof(b); i++)
		n += sprintf(buf + n, "%s%02x", i == 4 || i == 6 || i == 8 ||
			     i == 10 ? "-" : "", b[i]);
}

const char *agents_id(const char *uri)
{
	const char *slash = strrchr(uri, '/');

	return slash ? slash + 1 : uri;
}

char *agents_source_uri(const char *context)
{
	char *uri;

	if (!context || !*context || strlen(context) > 256 ||
	    strchr(context, '/'))
		return NULL;
	return asprintf(&uri, STANDIN_SOURCES "/%s", context) < 0 ? NULL : uri;
}

static json_t *source_new(const char *host, const char *method)
{
	char id[37], *uri;
	json_t *source;

	agents_uuid(id);
	uri = agents_source_uri(id);
	source = json_pack("{s:s, s:s*, s:s, s:s, s:{s:o, s:[]}}",
			   "@odata.type",
			   "#AggregationSource.v1_2_0.AggregationSource",
			   "@odata.id", uri, "HostName", host, "Id", id,
			   "Links", "ConnectionMethod",
			   jsonx_link_new(method), "ResourcesAccessed");
	free(uri);
	return source;
}

/* The status of the answer is ignored by the reference, as is its body. */
static bool send_context(struct standin *s, const char *host, const char *id)
{
	struct client_answer ans;
	json_t *body = json_pack("{s:s}", "Context", id);
	int rc = client_call(s, "PATCH", host, AGENT_SUBSCRIPTION, true, body,
			     &ans);

	json_decref(body);
	if (rc)
		return false;
	json_decref(ans.json);
	return !s->conformant || ans.status < 400;
}

static json_t *fetch_method(struct standin *s, const char *host,
			    const char *method, struct reply *r)
{
	struct client_answer ans;
	int rc = client_call(s, "GET", host, method, false, NULL, &ans);
	int status = s->conformant ? 502 : 500;

	if (rc || ans.status != 200 || !json_is_object(ans.json)) {
		reply_error(s, r, status, "CouldNotEstablishConnection", method,
			    "Cannot find ConnectionMethod");
		if (!rc)
			json_decref(ans.json);
		return NULL;
	}
	if (s->conformant)
		json_object_set_new(ans.json, "@odata.id", json_string(method));
	return ans.json;
}

static void tell(struct standin *s, const char *kind, const char *uri,
		 const char *host, const struct cause *cause)
{
	struct change c = {
		.kind = kind, .uri = uri, .note = host, .cause = cause,
	};

	change_emit(s->changes, &c);
}

/* Conformant: the agent gets the Context it had. */
static void register_again(struct standin *s, json_t *source, const char *host,
			   const struct cause *cause, struct reply *r)
{
	const char *uri = jsonx_str(source, "@odata.id");
	json_t *patch = json_pack("{s:s}", "HostName", host);

	if (send_context(s, host, agents_id(uri))) {
		store_merge(s->store, uri, patch, NULL, NULL);
		tell(s, "Reregistered", uri, host, cause);
		reply_json(r, 200, NULL);
	} else {
		reply_error(s, r, 502, "CouldNotEstablishConnection", host,
			    "The agent did not take its Context");
	}
	json_decref(patch);
}

static void register_new(struct standin *s, const char *method,
			 const char *host, const struct cause *cause,
			 struct reply *r)
{
	json_t *source = source_new(host, method);
	const char *uri = jsonx_str(source, "@odata.id");

	if (!uri || store_add(s->store, source)) {
		reply_error(s, r, 500, "InternalError", NULL, "Internal error");
	} else if (send_context(s, host, agents_id(uri))) {
		tell(s, "Registered", uri, host, cause);
		reply_json(r, 200, NULL);
	} else if (s->conformant) {
		json_decref(store_remove(s->store, uri, NULL));
		json_decref(store_remove(s->store, method, NULL));
		reply_error(s, r, 502, "CouldNotEstablishConnection", host,
			    "The agent did not take its Context");
	} else {
		/* the reference keeps both objects */
		tell(s, "Registered", uri, "agent did not take its Context",
		     cause);
		reply_error(s, r, 500, "InternalError", NULL,
			    "Internal Server Error");
	}
	json_decref(source);
}

void agents_register(struct standin *s, const struct cause *cause,
		     struct reply *r)
{
	const char *method = jsonx_link(cause->record, "OriginOfCondition");
	const json_t *args = json_object_get(cause->record, "MessageArgs");
	const char *host = json_string_value(json_array_get(args, 1));
	json_t *body, *source = NULL;
	int rc;

	if (!host || !method || (s->conformant && !store_uri_ok(method))) {
		reply_error(s, r, s->conformant ? 400 : 500, "PropertyMissing",
			    host ? "OriginOfCondition" : "MessageArgs",
			    "No usable OriginOfCondition or MessageArgs[1]");
		return;
	}
	body = fetch_method(s, host, method, r);
	if (!body)
		return;
	rc = store_add(s->store, body);
	if (rc == -EEXIST && s->conformant)
		source = store_find_source(s->store, method);
	if (source)
		register_again(s, source, host, cause, r);
	else if (rc == -EEXIST && !s->conformant)
		reply_error(s, r, 409, "ResourceAlreadyExists", method,
			    "Already exists: %s", method);
	else if (rc && rc != -EEXIST)
		reply_error(s, r, 500, "InternalError", NULL,
			    "ConnectionMethod without a usable @odata.id");
	else
		register_new(s, method, host, cause, r);
	json_decref(source);
	json_decref(body);
}

/* The reference lists strings, the schema wants links. */
static json_t *accessed_entry(struct standin *s, const char *uri)
{
	return s->conformant ? jsonx_link_new(uri) : json_string(uri);
}

static json_t *accessed_set(const json_t *links, const json_t *added,
			    const json_t *gone)
{
	json_t *list = json_object_get(links, "ResourcesAccessed");
	json_t *set = json_object(), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const char *uri = json_string_value(item);

		if (!uri)
			uri = jsonx_str(item, "@odata.id");
		if (uri)
			json_object_set_new(set, uri, json_true());
	}
	json_object_update(set, (json_t *)added);
	json_array_foreach((json_t *)gone, i, item)
		json_object_del(set, json_string_value(item));
	return set;
}

void agents_account(struct standin *s, const char *source_uri,
		    const json_t *added, const json_t *gone)
{
	json_t *source = store_get(s->store, source_uri);
	json_t *links = json_object_get(source, "Links");
	json_t *set, *list, *patch, *val;
	const char *uri;

	if (!json_is_object(links)) {
		json_decref(source);
		return;
	}
	set = accessed_set(links, added, gone);
	list = json_array();
	json_object_foreach(set, uri, val)
		json_array_append_new(list, accessed_entry(s, uri));
	json_object_set_new(links, "ResourcesAccessed", list);
	patch = json_pack("{s:O}", "Links", links);
	store_merge(s->store, source_uri, patch, NULL, NULL);
	json_decref(patch);
	json_decref(set);
	json_decref(source);
}

json_t *agents_list(struct standin *s)
{
	json_t *sources = store_sources(s->store), *out = json_array();
	json_t *source;
	size_t i;

	json_array_foreach(sources, i, source) {
		json_t *links = json_object_get(source, "Links");
		const char *uri = jsonx_str(source, "@odata.id");
		size_t n = json_array_size(json_object_get(links,
						"ResourcesAccessed"));

		json_array_append_new(out, json_pack(
			"{s:s, s:s?, s:s?, s:s?, s:i, s:o}", "uri", uri, "id",
			jsonx_str(source, "Id"), "HostName",
			jsonx_str(source, "HostName"), "ConnectionMethod",
			jsonx_link(links, "ConnectionMethod"), "resources",
			(int)n, "aliases", alias_dump(s->alias,
						      agents_id(uri))));
	}
	json_decref(sources);
	return out;
}
