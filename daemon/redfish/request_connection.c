// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The body of a POST to Connections: memory of target endpoints for initiators
 * of this host. A Connection stands for one chunk. Where the chunk that it refers
 * to is not there, it is made of all the targets; how large it is to be goes
 * with the reference, for a Connection has no property for that.
 */
#include <errno.h>
#include <string.h>

#include "family.h"
#include "request_priv.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

static const char *collection_of(struct rf *rf)
{
	const char *fabric = rf_uri_cxl_fabric(rf);

	return fabric ? rf_printf(rf, "%s/Connections", fabric) : NULL;
}

bool rf_request_is_connection(struct rf *rf, const char *uri)
{
	const char *collection;
	size_t n;

	if (!strstr(uri, "/Connections"))
		return false;
	collection = collection_of(rf);
	n = collection ? strlen(collection) : 0;
	if (!n || strncmp(uri, collection, n))
		return false;
	return !uri[n] || (uri[n] == '/' &&
			   model_region_name_valid(uri + n + 1));
}

const struct model_node *rf_request_connection_find(struct rf *rf,
						    const char *uri)
{
	const struct model_node *region;

	if (!rf_request_is_connection(rf, uri))
		return NULL;
	region = model_region_by_connection(rf->model, strrchr(uri, '/') + 1);
	return region && rf_region_live(region) ? region : NULL;
}

static const char *uri_in(const json_t *reference)
{
	return json_string_value(json_object_get(reference, "@odata.id"));
}

/* ---- endpoints ---------------------------------------------------------- */

static bool is_initiator(struct rf *rf, const char *uri)
{
	const char *its;
	size_t i;

	for (i = 0; uri && i < rf->host->n_cpus; i++) {
		its = rf_uri_initiator(rf, &rf->host->cpus[i]);
		if (its && !strcmp(its, uri))
			return true;
	}
	return false;
}

static const struct model_node *target_find(struct rf *rf, const char *uri)
{
	const struct model_node *memdev;
	const char *its;

	memdev = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; uri && memdev; memdev = rf_next(memdev)) {
		its = memdev->ident ? rf_uri_target(rf, memdev) : NULL;
		if (its && !strcmp(its, uri))
			return memdev;
	}
	return NULL;
}

/* A list of one end; NULL: refused. */
static const json_t *endpoints(const json_t *body, const char *key,
			       struct rf_request *request)
{
	const json_t *list = json_object_get(json_object_get(body, "Links"),
					     key);

	if (!list)
		rf_refuse(request, CHANGE_MISSING, key, NULL);
	else if (!json_is_array(list))
		rf_refuse(request, CHANGE_TYPE, key, list);
	else if (!json_array_size(list) ||
		 json_array_size(list) > ACTION_WAYS_MAX)
		rf_refuse(request, CHANGE_VALUE, key, list);
	else
		return list;
	return NULL;
}

static void check_initiators(struct rf *rf, const json_t *body,
			     struct rf_request *request)
{
	const json_t *list = endpoints(body, "InitiatorEndpoints", request);
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		if (!is_initiator(rf, uri_in(item)))
			rf_refuse(request, CHANGE_VALUE, "InitiatorEndpoints",
				  item);
}

/* InterleaveSets of the targets' memory, in their order; NULL: refused. */
static json_t *sets_of(struct rf *rf, const json_t *targets, enum rf_part part,
		       struct rf_request *request)
{
	const struct model_node *memdev;
	json_t *sets = json_array();
	const json_t *item;
	const char *memory;
	size_t i;

	json_array_foreach(targets, i, item) {
		memdev = target_find(rf, uri_in(item));
		memory = memdev ? rf_uri_memory(rf, memdev, part) : NULL;
		if (!memory)
			rf_refuse(request, CHANGE_VALUE, "TargetEndpoints",
				  item);
		else
			json_array_append_new(sets, json_pack("{s:{s:s}}",
					"Memory", "@odata.id", memory));
	}
	return sets;
}

/* Whether the region is over the targets, in whatever order. */
static bool is_over(struct rf *rf, const struct model_node *region,
		    const json_t *targets)
{
	bool seen[ACTION_WAYS_MAX] = { false };
	const struct model_node *memdev;
	size_t i, j, found = 0;
	const json_t *item;

	if (json_array_size(targets) > ACTION_WAYS_MAX ||
	    json_array_size(targets) != region->region.n_targets)
		return false;
	json_array_foreach(targets, i, item) {
		memdev = target_find(rf, uri_in(item));
		for (j = 0; memdev && j < region->region.n_targets; j++)
			if (!seen[j] &&
			    rf_region_memdev(rf, region, j) == memdev) {
				seen[j] = true;
				found++;
				break;
			}
	}
	return found == region->region.n_targets;
}

/* ---- the chunk ---------------------------------------------------------- */

static bool may_read_and_write(const json_t *info)
{
	const json_t *list = json_object_get(info, "AccessCapabilities");
	bool reads = !list, writes = !list;
	const json_t *item;
	const char *text;
	size_t i;

	json_array_foreach(list, i, item) {
		text = json_string_value(item);
		reads |= text && !strcmp(text, "Read");
		writes |= text && !strcmp(text, "Write");
	}
	return reads && writes;
}

/* The reference to the one chunk, with an @odata.id; NULL: refused. */
static const json_t *chunk_of(const json_t *body, struct rf_request *request)
{
	const json_t *list = json_object_get(body, "MemoryChunkInfo");
	const json_t *info = json_array_get(list, 0);
	const json_t *chunk = json_object_get(info, "MemoryChunk");

	if (!list)
		rf_refuse(request, CHANGE_MISSING, "MemoryChunkInfo", NULL);
	else if (!json_is_array(list))
		rf_refuse(request, CHANGE_TYPE, "MemoryChunkInfo", list);
	else if (json_array_size(list) != 1)
		rf_refuse(request, CHANGE_VALUE, "MemoryChunkInfo", list);
	else if (!chunk)
		rf_refuse(request, CHANGE_MISSING, "MemoryChunk", NULL);
	else if (!uri_in(chunk))
		rf_refuse(request, CHANGE_VALUE, "MemoryChunk", chunk);
	else if (!may_read_and_write(info))
		rf_refuse(request, CHANGE_VALUE, "AccessCapabilities",
			  json_object_get(info, "AccessCapabilities"));
	else
		return chunk;
	return NULL;
}

static void copy_uri(char to[static CHANGE_URI_MAX], const char *uri)
{
	if (uri && strlen(uri) < CHANGE_URI_MAX)
		strcpy(to, uri);
}

/* It is there: all that can be asked for is what its Connection is called. */
static void connect_chunk(struct rf *rf, const struct model_node *region,
			  const json_t *chunk, const json_t *targets,
			  struct rf_request *request)
{
	const json_t *size = json_object_get(chunk, "MemoryChunkSizeMiB");
	const char *name = request->connection;

	if (!is_over(rf, region, targets)) {
		rf_refuse(request, CHANGE_VALUE, "TargetEndpoints", targets);
		return;
	}
	request->there = true;
	copy_uri(request->member, uri_in(chunk));
	if ((size && (uint64_t)json_integer_value(size) !=
		     region->region.size / RF_MIB) ||
	    (*name && region->connection && strcmp(region->connection, name)))
		copy_uri(request->taken, rf_uri_connection(rf, region));
}

static int make_chunk(struct rf *rf, const json_t *chunk,
		      const json_t *targets, struct rf_request *request)
{
	static const char *const copied[] = {
		"MemoryChunkSizeMiB", "RequestedOperationalState",
		"AddressRangeType",
	};
	struct change change = { .method = "POST", .uri = uri_in(chunk) };
	json_t *body = json_object(), *value;
	bool named = request->named;
	enum rf_part part;
	size_t i;
	int ret;

	if (!rf_request_window(rf, change.uri, &part)) {
		rf_refuse(request, CHANGE_VALUE, "MemoryChunk", chunk);
		json_decref(body);
		return 0;
	}
	for (i = 0; i < sizeof(copied) / sizeof(copied[0]); i++) {
		value = json_object_get(chunk, copied[i]);
		if (value)
			json_object_set(body, copied[i], value);
	}
	json_object_set_new(body, "InterleaveSets",
			    sets_of(rf, targets, part, request));
	change.body = body;
	ret = rf_request_make(rf, &change, request);
	request->named = named;
	json_decref(body);
	return ret;
}

/* What a copy of a resource brings along is no reason to refuse. */
static void check_properties(const json_t *body, struct rf_request *request)
{
	static const char *const known[] = {
		"ConnectionType", "MemoryChunkInfo", "Links", "Id", "Name",
		"Description", "Oem", "Status", "Actions",
	};
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)body, key, value) {
		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (!strcmp(key, known[i]))
				break;
		if (i == sizeof(known) / sizeof(known[0]) && !strchr(key, '@'))
			rf_refuse(request, CHANGE_UNKNOWN, key, value);
	}
}

static void check_type(const json_t *body, struct rf_request *request)
{
	const json_t *type = json_object_get(body, "ConnectionType");
	const char *text = json_string_value(type);

	if (type && (!text || strcmp(text, "Memory")))
		rf_refuse(request, text ? CHANGE_VALUE : CHANGE_TYPE,
			  "ConnectionType", type);
}

/* Another chunk's Connection is called so. */
static void check_name(struct rf *rf, const json_t *chunk,
		       struct rf_request *request)
{
	const struct model_node *other;

	if (!request->connection[0])
		return;
	other = model_region_by_connection(rf->model, request->connection);
	if (other && other != rf_request_chunk_find(rf, uri_in(chunk)))
		copy_uri(request->taken, rf_uri_connection(rf, other));
}

int rf_request_connect(struct rf *rf, const struct change *change,
		       struct rf_request *request)
{
	const char *collection = collection_of(rf), *id;
	const json_t *body = change->body, *targets, *chunk;
	const struct model_node *region;
	int ret = 0;

	if (!collection)
		return -ENOENT;
	id = rf_request_id(change, collection, request);
	if (id)
		strcpy(request->connection, id);
	request->connects = true;
	check_properties(body, request);
	check_type(body, request);
	check_initiators(rf, body, request);
	targets = endpoints(body, "TargetEndpoints", request);
	chunk = chunk_of(body, request);
	if (request->refusals.count)
		return 0;
	check_name(rf, chunk, request);
	region = rf_request_chunk_find(rf, uri_in(chunk));
	if (region)
		connect_chunk(rf, region, chunk, targets, request);
	else
		ret = make_chunk(rf, chunk, targets, request);
	request->asked &= !request->refusals.count;
	return ret;
}
