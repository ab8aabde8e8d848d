// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Clients' changes to agents' objects go to the agent that manages them. */
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "alias.h"
#include "change.h"
#include "client.h"
#include "diff.h"
#include "forward.h"
#include "jsonx.h"
#include "place.h"
#include "reply.h"
#include "standin.h"
#include "store.h"

json_t *forward_source(struct standin *s, const char *uri)
{
	json_t *obj = store_get(s->store, uri), *source = NULL;
	const char *manager = jsonx_manager(obj);

	if (manager)
		source = store_get(s->store, manager);
	json_decref(obj);
	return source;
}

static void server_error(struct standin *s, struct reply *r)
{
	reply_error(s, r, 500, "InternalError", NULL, "Internal Server Error");
}

/* In conformant mode a refusal of the agent's goes to the client as it is. */
static void pass_on(struct standin *s, struct client_answer *ans,
		    struct reply *r)
{
	if (!s->conformant) {
		reply_clear(r);
		r->status = REPLY_CLOSE;
	} else {
		reply_json(r, ans->status >= 400 ? (int)ans->status : 502,
			   json_incref(ans->json));
	}
}

/* Returns false with @r set when the agent did not answer. */
static bool ask(struct standin *s, const char *method, const json_t *source,
		const char *uri, const json_t *body, struct client_answer *ans,
		struct reply *r)
{
	const char *host = jsonx_str(source, "HostName");

	if (!client_call(s, method, host, uri, false, body, ans))
		return true;
	reply_error(s, r, s->conformant ? 502 : 500,
		    "CouldNotEstablishConnection", host,
		    "The agent does not answer");
	return false;
}

static void store_created(struct standin *s, const json_t *source,
			  json_t *obj, struct reply *r)
{
	const char *why = NULL;
	struct place p = {
		.s = s, .source = jsonx_str(source, "@odata.id"),
		.accessed = json_object(),
	};

	if (!jsonx_str(obj, "@odata.id") || !jsonx_str(obj, "@odata.type") ||
	    place_object(&p, obj, &why)) {
		server_error(s, r);
	} else {
		if (s->conformant)
			agents_account(s, p.source, p.accessed, NULL);
		reply_json(r, s->conformant ? 201 : 200, json_incref(obj));
		if (s->conformant)
			r->location = strdup(jsonx_str(obj, "@odata.id"));
	}
	json_decref(p.accessed);
}

/* The reference POSTs to the new member's own URI and wants 200. */
static void post_reference(struct standin *s, const json_t *source,
			   json_t *body, struct reply *r)
{
	const char *uri = jsonx_str(body, "@odata.id");
	const char *agent = jsonx_str(source, "Id");
	struct client_answer ans;
	char *target = uri ? strdup(uri) : NULL;

	if (!target) {
		server_error(s, r);
		return;
	}
	alias_links(s->alias, agent, body, true);
	/* the URL stays in this tree's names while the links do not */
	if (ask(s, "POST", source, target, body, &ans, r)) {
		if (ans.status != 200)
			pass_on(s, &ans, r);
		else if (!alias_known(s->alias, agent))
			server_error(s, r);
		else
			store_created(s, source, ans.json, r);
		json_decref(ans.json);
	}
	free(target);
}

/* 201 with Location and no body: fetch what was made. */
static json_t *created_object(struct standin *s, const json_t *source,
			      struct client_answer *ans)
{
	struct client_answer got;
	const char *path = ans->location;

	if (json_is_object(ans->json))
		return json_incref(ans->json);
	if (!strncmp(path, "http", 4)) {
		path = strstr(path, "://");
		path = path ? strchr(path + 3, '/') : NULL;
	}
	if (!path || *path != '/' ||
	    client_call(s, "GET", jsonx_str(source, "HostName"), path, true,
			NULL, &got))
		return NULL;
	return got.json;
}

static void post_conformant(struct standin *s, const json_t *source,
			    const char *uri, json_t *body, struct reply *r)
{
	const char *agent = jsonx_str(source, "Id");
	char *target = alias_to_agent(s->alias, agent, uri);
	struct client_answer ans;
	json_t *obj;

	alias_links(s->alias, agent, body, true);
	if (target && ask(s, "POST", source, target, body, &ans, r)) {
		obj = ans.status < 300 ? created_object(s, source, &ans) : NULL;
		if (ans.status >= 300)
			pass_on(s, &ans, r);
		else if (obj)
			store_created(s, source, obj, r);
		else
			reply_json(r, 204, NULL);
		json_decref(obj);
		json_decref(ans.json);
	}
	free(target);
}

void forward_post(struct standin *s, const json_t *source, const char *uri,
		  json_t *body, struct reply *r)
{
	if (s->conformant)
		post_conformant(s, source, uri, body, r);
	else
		post_reference(s, source, body, r);
}

static void tell_changed(struct standin *s, const char *uri,
			 const json_t *old, const json_t *now)
{
	json_t *properties = diff_properties(old, now);
	struct change c = {
		.kind = "Changed", .uri = uri, .object = now,
		.properties = properties,
	};

	change_emit(s->changes, &c);
	json_decref(properties);
}

static void store_patched(struct standin *s, const json_t *source,
			  const char *uri, json_t *obj, struct reply *r)
{
	json_t *old = NULL, *now = NULL;

	alias_links(s->alias, jsonx_str(source, "Id"), obj, false);
	if (!store_replace(s->store, uri, obj, &old, &now)) {
		tell_changed(s, uri, old, now);
		reply_json(r, 200, json_incref(now));
	} else {
		server_error(s, r);
	}
	json_decref(old);
	json_decref(now);
}

static void patched(struct standin *s, const json_t *source, const char *uri,
		    const char *target, struct client_answer *ans,
		    struct reply *r)
{
	struct client_answer got = { 0 };

	if (!s->conformant && ans->status == 200 && jsonx_manager(ans->json)) {
		store_patched(s, source, uri, ans->json, r);
	} else if (!s->conformant &&
		   (ans->status == 200 || ans->status == 204)) {
		server_error(s, r);
	} else if (!s->conformant || ans->status >= 300) {
		pass_on(s, ans, r);
	} else if (!client_call(s, "GET", jsonx_str(source, "HostName"), target,
				true, NULL, &got)) {
		if (got.status == 200 && json_is_object(got.json))
			store_patched(s, source, uri, got.json, r);
		else
			reply_json(r, 204, NULL);
		json_decref(got.json);
	} else {
		reply_json(r, 204, NULL);
	}
}

void forward_patch(struct standin *s, const json_t *source, const char *uri,
		   json_t *body, struct reply *r)
{
	const char *agent = jsonx_str(source, "Id");
	struct client_answer ans;
	char *target;

	if (!s->conformant && !jsonx_str(body, "@odata.id")) {
		server_error(s, r);
		return;
	}
	target = alias_to_agent(s->alias, agent, uri);
	alias_links(s->alias, agent, body, true);
	if (target && ask(s, "PATCH", source, target, body, &ans, r)) {
		patched(s, source, uri, target, &ans, r);
		json_decref(ans.json);
	}
	free(target);
}

static void deleted(struct standin *s, const json_t *source, const char *uri,
		    struct reply *r)
{
	json_t *gone, *item;
	size_t i;

	if (!s->conformant) {
		/* it keeps what the agent no longer has */
		server_error(s, r);
		return;
	}
	gone = store_remove(s->store, uri, NULL);
	json_array_foreach(gone, i, item) {
		struct change c = {
			.kind = "Removed", .uri = json_string_value(item),
		};

		change_emit(s->changes, &c);
	}
	agents_account(s, jsonx_str(source, "@odata.id"), NULL, gone);
	json_decref(gone);
	reply_json(r, 204, NULL);
}

void forward_delete(struct standin *s, const json_t *source, const char *uri,
		    struct reply *r)
{
	char *target = s->conformant ?
		alias_to_agent(s->alias, jsonx_str(source, "Id"), uri) :
		strdup(uri);
	struct client_answer ans;

	if (target && ask(s, "DELETE", source, target, NULL, &ans, r)) {
		if (ans.status == 200 || ans.status == 202 || ans.status == 204)
			deleted(s, source, uri, r);
		else
			pass_on(s, &ans, r);
		json_decref(ans.json);
	}
	free(target);
}
