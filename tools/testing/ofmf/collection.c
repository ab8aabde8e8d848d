// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Collections of the aggregated tree and the server's own resources. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collection.h"
#include "jsonx.h"
#include "standin.h"
#include "store.h"

/* Segments whose members are not named by the segment without its "s". */
static const struct {
	const char *segment;
	const char *member;
} member_names[] = {
	{ "Systems", "ComputerSystem" },
	{ "Chassis", "Chassis" },
	{ "Switches", "Switch" },
	{ "Entries", "LogEntry" },
	{ "Memory", "Memory" },
	{ "MemoryChunks", "MemoryChunks" },
	{ "Subscriptions", "EventDestination" },
	{ "VCSs", "VirtualCXLSwitch" },
};

static json_t *collection_body(const char *uri, const char *type,
			       const char *name)
{
	return json_pack("{s:s, s:s, s:s, s:[], s:i}", "@odata.id", uri,
			 "@odata.type", type, "Name", name, "Members",
			 "Members@odata.count", 0);
}

/* What the reference writes: only the last segment, whatever stands above. */
static json_t *reference_body(const char *segment)
{
	char uri[1100], type[2200], name[1100];

	snprintf(uri, sizeof(uri), STANDIN_ROOT "/%s", segment);
	snprintf(type, sizeof(type), "#%sCollection.%sCollection", segment,
		 segment);
	snprintf(name, sizeof(name), "%s Collection", segment);
	return collection_body(uri, type, name);
}

static json_t *conformant_body(const char *uri, const char *segment,
			       const json_t *like)
{
	const char *type = jsonx_str(like, "@odata.type");
	const char *name = jsonx_str(like, "Name");
	char member[1100], types[2300], names[1100];
	size_t len;

	snprintf(member, sizeof(member), "%s", segment);
	len = strlen(member);
	if (len > 1 && member[len - 1] == 's')
		member[len - 1] = '\0';
	for (size_t i = 0; i < sizeof(member_names) / sizeof(*member_names); i++)
		if (!strcmp(segment, member_names[i].segment))
			snprintf(member, sizeof(member), "%s",
				 member_names[i].member);
	snprintf(types, sizeof(types), "#%sCollection.%sCollection", member,
		 member);
	snprintf(names, sizeof(names), "%.1000s Collection", member);
	return collection_body(uri, type ? type : types, name ? name : names);
}

/* Wherever in the resource: VCSs are linked from CXL of their switch. */
static bool links_to(const json_t *json, const char *uri)
{
	const char *key, *to;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)json, key, value) {
		to = strcmp(key, "@odata.id") ? NULL : json_string_value(value);
		if ((to && !strcmp(to, uri)) || links_to(value, uri))
			return true;
	}
	json_array_foreach(json, i, value)
		if (links_to(value, uri))
			return true;
	return false;
}

static int link_from_above(json_t *tree, const char *uri, const char *segment,
			   bool conformant)
{
	char *above = store_parent(uri), wrong[1100];
	json_t *parent = above ? json_object_get(tree, above) : NULL;
	int rc = 0;

	free(above);
	if (!parent || jsonx_is_collection(parent))
		return 0;
	if (conformant && links_to(parent, uri))
		return 0;
	/* the reference links /redfish/v1/<segment> from any depth */
	snprintf(wrong, sizeof(wrong), STANDIN_ROOT "/%s", segment);
	rc = json_object_set_new(parent, segment,
				 jsonx_link_new(conformant ? uri : wrong));
	return rc ? -ENOMEM : 0;
}

int collection_make(json_t *tree, const char *uri, const json_t *like,
		    bool conformant)
{
	const char *segment = strrchr(uri, '/') + 1;
	json_t *body = conformant ? conformant_body(uri, segment, like) :
		reference_body(segment);

	/* json_object_set_new() takes the reference, and refuses NULL */
	if (json_object_set_new(tree, uri, body))
		return -ENOMEM;
	return link_from_above(tree, uri, segment, conformant);
}

int collection_enter(json_t *tree, const char *parent, const char *uri,
		     bool conformant)
{
	json_t *above = json_object_get(tree, parent), *members;
	int rc;

	if (!above) {
		rc = collection_make(tree, parent, NULL, conformant);
		if (rc)
			return rc;
		above = json_object_get(tree, parent);
	}
	members = json_object_get(above, "Members");
	if (!jsonx_is_collection(above) || !json_is_array(members))
		return 0;
	if (json_array_append_new(members, jsonx_link_new(uri)))
		return -ENOMEM;
	json_object_set_new(above, "Members@odata.count",
			    json_integer((json_int_t)json_array_size(members)));
	return 0;
}

static void drop_member(json_t *above, json_t *members, const char *uri)
{
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member) {
		const char *have = jsonx_str(member, "@odata.id");

		if (!have || strcmp(have, uri))
			continue;
		json_array_remove(members, i);
		json_object_set_new(above, "Members@odata.count", json_integer(
				(json_int_t)json_array_size(members)));
		return;
	}
}

void collection_leave(json_t *tree, const char *uri)
{
	char *parent = store_parent(uri);
	json_t *above = parent ? json_object_get(tree, parent) : NULL;
	json_t *members = json_object_get(above, "Members");

	if (json_is_array(members))
		drop_member(above, members, uri);
	else if (above)
		json_object_del(above, strrchr(uri, '/') + 1);
	free(parent);
}

static int base_collection(json_t *tree, const char *uri, const char *type)
{
	char full[128];

	snprintf(full, sizeof(full), "#%sCollection.%sCollection", type, type);
	return json_object_set_new(tree, uri, collection_body(uri, full, full +
							      1));
}

static json_t *base_root(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o}",
			 "@odata.id", STANDIN_ROOT "/", "@odata.type",
			 "#ServiceRoot.v1_14_0.ServiceRoot", "Id",
			 "RootService", "Name", "OFMF stand-in",
			 "RedfishVersion", "1.14.0",
			 "AggregationService",
			 jsonx_link_new(STANDIN_ROOT "/AggregationService"),
			 "EventService",
			 jsonx_link_new(STANDIN_ROOT "/EventService"),
			 "Systems", jsonx_link_new(STANDIN_ROOT "/Systems"),
			 "Chassis", jsonx_link_new(STANDIN_ROOT "/Chassis"),
			 "Fabrics", jsonx_link_new(STANDIN_ROOT "/Fabrics"));
}

json_t *collection_base(bool conformant)
{
	static const char methods[] =
		STANDIN_ROOT "/AggregationService/ConnectionMethods";
	static const char subs[] = STANDIN_ROOT "/EventService/Subscriptions";
	json_t *tree = json_object();
	int rc;

	rc = json_object_set_new(tree, STANDIN_ROOT, base_root());
	rc |= json_object_set_new(tree, STANDIN_ROOT "/AggregationService",
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}",
			  "@odata.id", STANDIN_ROOT "/AggregationService",
			  "@odata.type",
			  "#AggregationService.v1_0_1.AggregationService",
			  "Id", "AggregationService", "Name",
			  "Aggregation Service", "AggregationSources",
			  jsonx_link_new(STANDIN_SOURCES), "ConnectionMethods",
			  jsonx_link_new(methods)));
	rc |= json_object_set_new(tree, STANDIN_ROOT "/EventService",
		json_pack("{s:s, s:s, s:s, s:s, s:o}",
			  "@odata.id", STANDIN_ROOT "/EventService",
			  "@odata.type", "#EventService.v1_7_0.EventService",
			  "Id", "EventService", "Name", "Event Service",
			  "Subscriptions", jsonx_link_new(subs)));
	rc |= base_collection(tree, STANDIN_SOURCES, "AggregationSource");
	rc |= base_collection(tree, methods, "ConnectionMethod");
	rc |= base_collection(tree, subs, "EventDestination");
	if (conformant) {
		rc |= base_collection(tree, STANDIN_ROOT "/Systems",
				      "ComputerSystem");
		rc |= base_collection(tree, STANDIN_ROOT "/Chassis", "Chassis");
		rc |= base_collection(tree, STANDIN_ROOT "/Fabrics", "Fabric");
	}
	if (!rc)
		return tree;
	json_decref(tree);
	return NULL;
}
