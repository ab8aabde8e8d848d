// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* An agent's object finds its place: ownership, name clashes, shared fabrics. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "alias.h"
#include "change.h"
#include "diff.h"
#include "jsonx.h"
#include "place.h"
#include "standin.h"
#include "store.h"

void place_stamp(json_t *obj, const char *source)
{
	json_t *oem = json_object_get(obj, "Oem"), *rm;

	if (!json_is_object(oem)) {
		json_object_set_new(obj, "Oem", json_object());
		oem = json_object_get(obj, "Oem");
	}
	rm = json_object_get(oem, "Sunfish_RM");
	if (!json_is_object(rm)) {
		json_object_set_new(oem, "Sunfish_RM", json_object());
		rm = json_object_get(oem, "Sunfish_RM");
	}
	json_object_set_new(rm, "@odata.type", json_string(
			"#SunfishExtensions.v1_0_0.ResourceExtensions"));
	if (!jsonx_str(rm, "BoundaryComponent"))
		json_object_set_new(rm, "BoundaryComponent",
				    json_string("owned"));
	json_object_set_new(rm, "ManagingAgent", jsonx_link_new(source));
}

static void tell(struct place *p, const char *kind, const char *uri,
		 const json_t *obj, const json_t *properties, const char *note)
{
	struct change c = {
		.kind = kind, .uri = uri, .object = obj, .cause = p->cause,
		.properties = properties, .note = note,
	};

	change_emit(p->s->changes, &c);
}

void place_refuse(struct place *p, const char *uri, const char *why)
{
	tell(p, "Refused", uri, NULL, NULL, why);
}

/* A boundary port that is no CXL port trips the reference. */
static bool boundary_ok(struct place *p, const json_t *obj)
{
	const char *part = jsonx_str(jsonx_rm(obj), "BoundaryComponent");
	const char *protocol = jsonx_str(obj, "PortProtocol");

	if (!part || strcmp(part, "BoundaryPort"))
		return true;
	alias_mark(p->s->alias, agents_id(p->source));
	return p->s->conformant || (protocol && !strcmp(protocol, "CXL"));
}

static void account(struct place *p, const char *uri)
{
	json_object_set_new(p->accessed, uri, json_true());
}

static int add_new(struct place *p, json_t *obj, const char *note,
		   const char **why)
{
	int rc;

	place_stamp(obj, p->source);
	if (!boundary_ok(p, obj)) {
		*why = "BoundaryPort that is no CXL port";
		return -EINVAL;
	}
	rc = store_add(p->s->store, obj);
	if (rc == -EINVAL)
		*why = "unusable @odata.id";
	if (rc)
		return rc;
	account(p, jsonx_str(obj, "@odata.id"));
	tell(p, "Created", jsonx_str(obj, "@odata.id"), obj, NULL, note);
	return 0;
}

/* Known and the same agent's: the reference leaves it, the document does not. */
static int update_known(struct place *p, json_t *obj)
{
	const char *uri = jsonx_str(obj, "@odata.id");
	json_t *old = NULL, *now = NULL, *properties;

	account(p, uri);
	if (!p->s->conformant)
		return 0;
	if (!store_replace(p->s->store, uri, obj, &old, &now)) {
		properties = diff_properties(old, now);
		if (json_array_size(properties))
			tell(p, "Changed", uri, now, properties, NULL);
		json_decref(properties);
	}
	json_decref(old);
	json_decref(now);
	return 0;
}

static bool same_fabric(const json_t *a, const json_t *b)
{
	const char *type = jsonx_str(a, "@odata.type");
	const char *ua = jsonx_str(a, "UUID"), *ub = jsonx_str(b, "UUID");

	return type && !strncmp(type, "#Fabric.", 8) && ua && ub &&
	       !strcmp(ua, ub);
}

/* Sunfish_<first four of the uuid>_<name>, and children follow. */
static int add_renamed(struct place *p, const char *theirs, json_t *obj,
		       const char **why)
{
	const char *uri = jsonx_str(obj, "@odata.id");
	const char *name = strrchr(uri, '/') + 1, *id = jsonx_str(obj, "Id");
	char *to, note[64];

	if (asprintf(&to, "%.*sSunfish_%.4s_%s", (int)(name - uri), uri,
		     agents_id(p->source), name) < 0)
		return -ENOMEM;
	if (id && !strcmp(id, name))
		json_object_set_new(obj, "Id",
				    json_string(strrchr(to, '/') + 1));
	alias_add(p->s->alias, agents_id(p->source), theirs, to);
	json_object_set_new(obj, "@odata.id", json_string(to));
	free(to);
	p->renamed = true;
	snprintf(note, sizeof(note), "renamed, name was taken");
	return add_new(p, obj, note, why);
}

static int settle_clash(struct place *p, const char *theirs, json_t *obj,
			const char **why)
{
	const char *uri = jsonx_str(obj, "@odata.id");
	json_t *there = store_get(p->s->store, uri);
	const char *manager = jsonx_manager(there);
	int rc = 0;

	if (!manager) {
		*why = "the server's own object";
		rc = -EPERM;
	} else if (!strcmp(manager, p->source)) {
		rc = update_known(p, obj);
	} else if (same_fabric(obj, there)) {
		account(p, uri);
		if (store_share(p->s->store, uri, p->source) == 1)
			tell(p, "Changed", uri, there, NULL,
			     "fabric shared with one more agent");
	} else {
		rc = add_renamed(p, theirs, obj, why);
	}
	json_decref(there);
	return rc;
}

/* Only the object's own name: the reference leaves the links inside. */
static void translate_own(json_t *obj, const char *theirs, const char *here)
{
	const char *id = jsonx_str(obj, "Id");

	if (!strcmp(theirs, here))
		return;
	json_object_set_new(obj, "@odata.id", json_string(here));
	if (id && !strcmp(id, strrchr(theirs, '/') + 1))
		json_object_set_new(obj, "Id",
				    json_string(strrchr(here, '/') + 1));
}

static int place_named(struct place *p, const char *theirs, json_t *obj,
		       const char **why)
{
	const char *uri = jsonx_str(obj, "@odata.id");
	int rc;

	if (jsonx_is_collection(obj)) {
		/* the reference makes collections by need, not from these */
		account(p, uri);
		if (p->s->conformant)
			store_add_collection(p->s->store, obj);
		return 0;
	}
	/* "/redfish/v1/" is kept without its slash */
	if (!strcmp(uri, STANDIN_ROOT "/") || store_has(p->s->store, uri))
		return settle_clash(p, theirs, obj, why);
	rc = add_new(p, obj, NULL, why);
	if (rc == -EEXIST)	/* another agent was quicker */
		rc = settle_clash(p, theirs, obj, why);
	return rc;
}

int place_object(struct place *p, json_t *obj, const char **why)
{
	const char *agent = agents_id(p->source);
	char *theirs = strdup(jsonx_str(obj, "@odata.id"));
	char *here = theirs ? alias_to_here(p->s->alias, agent, theirs) : NULL;
	int rc = -EINVAL;

	*why = NULL;
	if (p->s->conformant)
		alias_links(p->s->alias, agent, obj, false);
	if (here && strchr(theirs, '/')) {
		translate_own(obj, theirs, here);
		rc = place_named(p, theirs, obj, why);
	}
	free(theirs);
	free(here);
	return rc;
}

void place_finish(struct place *p)
{
	const char *uri;
	json_t *val;

	if (!p->renamed || !p->s->conformant)
		return;
	json_object_foreach(p->accessed, uri, val) {
		json_t *obj = store_get(p->s->store, uri);
		const char *manager = jsonx_manager(obj);

		if (manager && !strcmp(manager, p->source)) {
			alias_links(p->s->alias, agents_id(p->source), obj,
				    false);
			store_replace(p->s->store, uri, obj, NULL, NULL);
		}
		json_decref(obj);
	}
}
