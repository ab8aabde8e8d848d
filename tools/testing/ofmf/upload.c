// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* ResourceCreated: the crawl of an agent's objects into the tree. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "change.h"
#include "client.h"
#include "jsonx.h"
#include "place.h"
#include "queue.h"
#include "reply.h"
#include "standin.h"
#include "store.h"
#include "upload.h"

/* One crawl. @place carries what storing an object needs. */
struct crawl {
	struct place place;
	const char *host;
	const char *origin;
	struct queue queue;
};

static void internal_error(struct crawl *c, struct reply *r, const char *why)
{
	struct standin *s = c->place.s;

	reply_error(s, r, s->conformant ? 502 : 500,
		    s->conformant ? "CouldNotEstablishConnection" :
		    "InternalError", c->host, "%s", why);
}

/* What the reference answers by its faults, and conformant mode steps over. */
static void faulty(struct crawl *c, struct reply *r, const char *uri,
		   const char *why)
{
	place_refuse(&c->place, uri, why);
	if (!c->place.s->conformant)
		internal_error(c, r, "Internal Server Error");
}

static void store_one(struct crawl *c, const char *uri, json_t *obj,
		      struct reply *r)
{
	const char *why = NULL, *key;
	json_t *raw, *val;
	int rc;

	if (!jsonx_str(obj, "@odata.id")) {
		faulty(c, r, uri, "no @odata.id");
		return;
	}
	if (!jsonx_str(obj, "@odata.type")) {
		place_refuse(&c->place, uri, "no @odata.type");
		return;
	}
	/* placing may translate the links, the crawl needs the agent's */
	raw = json_deep_copy(obj);
	rc = place_object(&c->place, obj, &why);
	if (rc)
		faulty(c, r, uri, why ? why : "cannot be stored");
	else
		json_object_foreach(raw, key, val)
			queue_enter_links(&c->queue, val);
	json_decref(raw);
}

static void fetch_one(struct crawl *c, const char *uri, struct reply *r)
{
	struct standin *s = c->place.s;
	struct client_answer ans;
	int rc;

	rc = client_call(s, "GET", c->host, uri, true, NULL, &ans);
	if (rc == -EINVAL && s->conformant) {
		place_refuse(&c->place, uri, "link is no path");
		return;
	}
	if (rc) {
		internal_error(c, r, "The agent does not answer");
		return;
	}
	if (ans.status == 200) {
		if (json_is_object(ans.json))
			store_one(c, uri, ans.json, r);
		else
			faulty(c, r, uri, "no JSON object");
	} else if (s->conformant && !strcmp(uri, c->origin)) {
		reply_error(s, r, 404, "ResourceMissingAtURI", uri,
			    "The agent has no %s", uri);
	}
	json_decref(ans.json);
}

/*
 * The reference asks for the origin once more before the crawl, and starts
 * from the @odata.id it finds in it. Returns that, or NULL with @r set.
 */
static char *look_at_origin(struct crawl *c, struct reply *r)
{
	struct client_answer ans;
	const char *uri;
	char *start = NULL;

	if (c->place.s->conformant)
		return strdup(c->origin);
	if (client_call(c->place.s, "GET", c->host, c->origin, false, NULL,
			&ans)) {
		internal_error(c, r, "Internal Server Error");
		return NULL;
	}
	if (ans.status != 200) {
		reply_clear(r);
		r->status = REPLY_CLOSE;
	} else if (!json_is_object(ans.json)) {
		internal_error(c, r, "Internal Server Error");
	} else {
		uri = jsonx_str(ans.json, "@odata.id");
		start = strdup(uri ? uri : c->origin);
	}
	json_decref(ans.json);
	return start;
}

static void crawl(struct crawl *c, struct reply *r)
{
	char *uri;

	while (r->status == 200 && (uri = queue_next(&c->queue))) {
		if (queue_enter_parents(&c->queue, uri))
			queue_again(&c->queue, uri);
		else
			fetch_one(c, uri, r);
		free(uri);
	}
}

void upload_run(struct standin *s, const json_t *source,
		const struct cause *cause, struct reply *r)
{
	struct crawl c = {
		.place = { .s = s, .cause = cause,
			   .source = jsonx_str(source, "@odata.id") },
		.host = jsonx_str(source, "HostName"),
		.origin = jsonx_link(cause->record, "OriginOfCondition"),
	};
	char *start;

	if (!c.host || !c.origin || *c.origin != '/') {
		reply_error(s, r, s->conformant ? 400 : 500, "PropertyMissing",
			    "OriginOfCondition", "Internal Server Error");
		return;
	}
	start = look_at_origin(&c, r);
	c.place.accessed = json_object();
	if (start && c.place.accessed && !queue_init(&c.queue)) {
		reply_json(r, 200, NULL);
		queue_enter(&c.queue, start);
		crawl(&c, r);
		queue_clear(&c.queue);
		/* an aborted crawl is not accounted for by the reference */
		if (r->status == 200 || s->conformant) {
			place_finish(&c.place);
			agents_account(s, c.place.source, c.place.accessed,
				       NULL);
		}
	}
	json_decref(c.place.accessed);
	free(start);
}
