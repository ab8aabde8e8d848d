// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Requests of clients on the aggregated tree. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "alias.h"
#include "change.h"
#include "diff.h"
#include "forward.h"
#include "jsonx.h"
#include "reply.h"
#include "rest.h"
#include "standin.h"
#include "store.h"

static void tell(struct standin *s, const char *kind, const char *uri,
		 const json_t *obj, const json_t *properties)
{
	struct change c = {
		.kind = kind, .uri = uri, .object = obj,
		.properties = properties,
	};

	change_emit(s->changes, &c);
}

static void not_found(struct standin *s, const char *uri, struct reply *r)
{
	reply_error(s, r, 404, "ResourceMissingAtURI", uri,
		    "Resource not found: %s", uri);
}

static void not_allowed(struct standin *s, struct reply *r)
{
	reply_error(s, r, 405, "OperationNotAllowed", NULL,
		    "Collections cannot be changed");
}

static json_t *standin_own(struct standin *s, const char *what)
{
	if (!strcmp(what, "tree"))
		return store_dump(s->store);
	if (!strcmp(what, "log"))
		return change_log_dump(s->changes);
	if (!strcmp(what, "agents"))
		return agents_list(s);
	return NULL;
}

void rest_get(struct standin *s, const char *uri, struct reply *r)
{
	json_t *obj = NULL;

	if (!strncmp(uri, "/standin/", 9))
		obj = standin_own(s, uri + 9);
	else if (!strcmp(uri, STANDIN_ROOT "/"))
		obj = store_get(s->store, STANDIN_ROOT);
	else if (strcmp(uri, STANDIN_ROOT))
		obj = store_get(s->store, uri);
	else if (s->conformant)	/* the reference has no /redfish/v1 */
		obj = store_get(s->store, STANDIN_ROOT);
	if (!obj && s->conformant && !strcmp(uri, "/redfish"))
		obj = json_pack("{s:s}", "v1", STANDIN_ROOT "/");
	if (obj)
		reply_json(r, 200, obj);
	else
		not_found(s, uri, r);
}

/* Give @body the names it lacks; false with @r set when it is unusable. */
static bool name_body(struct standin *s, const char *uri, json_t *body,
		      struct reply *r)
{
	const char *id = jsonx_str(body, "Id");
	char uuid[37], *full;

	if (!jsonx_str(body, "@odata.type")) {
		reply_error(s, r, 400, "PropertyMissing", "@odata.type",
			    "Attribute not found: @odata.type");
		return false;
	}
	if (jsonx_is_collection(body)) {
		not_allowed(s, r);
		return false;
	}
	if (jsonx_str(body, "@odata.id"))
		return true;
	if (id && !s->conformant) {
		reply_error(s, r, 500, "InternalError", NULL,
			    "Internal Server Error");
		return false;
	}
	if (!id) {
		agents_uuid(uuid);
		json_object_set_new(body, "Id", json_string(uuid));
		id = jsonx_str(body, "Id");
	}
	if (asprintf(&full, "%s/%s", uri, id) < 0)
		return false;
	json_object_set_new(body, "@odata.id", json_string(full));
	free(full);
	return true;
}

static void create_here(struct standin *s, json_t *body, struct reply *r)
{
	const char *uri = jsonx_str(body, "@odata.id");
	int rc = store_add(s->store, body);

	if (rc == -EEXIST) {
		reply_error(s, r, 409, "ResourceAlreadyExists", uri,
			    "Already exists: %s", uri);
	} else if (rc) {
		reply_error(s, r, s->conformant ? 400 : 500,
			    "PropertyValueFormatError", "@odata.id",
			    "Unusable @odata.id");
	} else {
		tell(s, "Created", uri, body, NULL);
		reply_json(r, s->conformant ? 201 : 200, json_incref(body));
		if (s->conformant)
			r->location = strdup(uri);
	}
}

void rest_post(struct standin *s, const char *uri, json_t *body,
	       struct reply *r)
{
	json_t *source = NULL;
	char *parent;

	if (strncmp(uri, STANDIN_ROOT "/", strlen(STANDIN_ROOT "/"))) {
		not_found(s, uri, r);
		return;
	}
	if (!name_body(s, uri, body, r))
		return;
	/* a collection is nobody's: the object that has it decides */
	parent = store_parent(uri);
	if (parent)
		source = forward_source(s, parent);
	if (source)
		forward_post(s, source, uri, body, r);
	else
		create_here(s, body, r);
	json_decref(source);
	free(parent);
}

static void patch_here(struct standin *s, const char *uri, json_t *body,
		       struct reply *r)
{
	json_t *old = NULL, *now = NULL, *properties;

	json_object_set_new(body, "@odata.id", json_string(uri));
	if (store_merge(s->store, uri, body, &old, &now)) {
		not_found(s, uri, r);
		return;
	}
	properties = diff_properties(old, now);
	tell(s, "Changed", uri, now, properties);
	reply_json(r, 200, json_incref(now));
	json_decref(properties);
	json_decref(old);
	json_decref(now);
}

/* Sets @r and returns true when @uri cannot be changed at all. */
static bool refuse_change(struct standin *s, const char *uri, struct reply *r)
{
	json_t *obj = store_get(s->store, uri);
	bool refused = true;

	if (!obj) {
		not_found(s, uri, r);
	} else if (!jsonx_is_collection(obj) && store_uri_ok(uri)) {
		refused = false;
	} else if (s->conformant) {
		not_allowed(s, r);
	} else {
		reply_clear(r);
		r->status = REPLY_CLOSE;
	}
	json_decref(obj);
	return refused;
}

void rest_patch(struct standin *s, const char *uri, json_t *body,
		struct reply *r)
{
	json_t *source;

	if (refuse_change(s, uri, r))
		return;
	source = forward_source(s, uri);
	if (source)
		forward_patch(s, source, uri, body, r);
	else
		patch_here(s, uri, body, r);
	json_decref(source);
}

static void delete_here(struct standin *s, const char *uri, struct reply *r)
{
	json_t *gone = store_remove(s->store, uri, NULL), *item;
	size_t i;

	json_array_foreach(gone, i, item)
		tell(s, "Removed", json_string_value(item), NULL, NULL);
	json_decref(gone);
	if (s->conformant)
		reply_json(r, 204, NULL);
	else if (store_null_links(s->store))
		/* done, but then the reference goes through Links of all */
		reply_error(s, r, 500, "InternalError", NULL,
			    "Internal Server Error");
	else
		reply_json(r, 200, json_pack("[s]", uri));
}

void rest_delete(struct standin *s, const char *uri, struct reply *r)
{
	json_t *source;

	if (refuse_change(s, uri, r))
		return;
	source = forward_source(s, uri);
	if (source)
		forward_delete(s, source, uri, r);
	else
		delete_here(s, uri, r);
	json_decref(source);
}

void rest_lose(struct standin *s, const char *uri, struct reply *r)
{
	store_lose(s->store, uri);
	reply_json(r, 204, NULL);
}

void rest_reset(struct standin *s, struct reply *r)
{
	store_reset(s->store);
	alias_reset(s->alias);
	tell(s, "Reset", NULL, NULL, NULL);
	reply_json(r, 204, NULL);
}
