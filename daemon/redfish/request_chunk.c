// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The body of a POST to MemoryChunks. The kernel decides which addresses a
 * region has in its window and in the device, so a body that asks for some is
 * refused.
 */
#include <stdio.h>
#include <string.h>

#include "family.h"
#include "request_priv.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

/* CXL 3.1, 8.2.4.20.3: what a decoder's size is a multiple of. */
#define CHUNK_MIB	256
#define MIB_MAX		(INT64_MAX / (int64_t)RF_MIB)

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/* What the schema lets a client choose, and we cannot do otherwise. */
static bool check_fixed(const char *key, const json_t *value,
			struct rf_request *request)
{
	static const struct {
		const char *key, *text;		/* NULL: false */
	} fixed[] = {
		{ "IsMirrorEnabled", NULL },
		{ "IsSpare", NULL },
		{ "MediaLocation", "Local" },
	};
	const char *text = json_string_value(value);
	size_t i;

	for (i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(key, fixed[i].key))
			continue;
		if (fixed[i].text ? !text || strcmp(text, fixed[i].text) :
				    !json_is_false(value))
			rf_refuse(request, CHANGE_VALUE, key, value);
		return true;
	}
	return false;
}

static void check_properties(const json_t *body, struct rf_request *request)
{
	static const char *const known[] = {
		"MemoryChunkSizeMiB", "AddressRangeType", "InterleaveSets",
		"RequestedOperationalState",
		/* what a copy of a resource brings along */
		"Id", "Name", "Description", "Links", "Oem", "Status",
		"Actions", NULL
	};
	static const char *const read_only[] = {
		"AddressRangeOffsetMiB", "DisplayName", NULL
	};
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)body, key, value)
		if (!strchr(key, '@') && !one_of(key, known) &&
		    !check_fixed(key, value, request))
			rf_refuse(request, one_of(key, read_only) ?
				  CHANGE_READ_ONLY : CHANGE_UNKNOWN, key,
				  value);
}

static void parse_type(const json_t *body, enum rf_part part,
		       struct rf_request *request)
{
	const json_t *value = json_object_get(body, "AddressRangeType");
	const char *type = json_string_value(value);

	if (value && !type)
		rf_refuse(request, CHANGE_TYPE, "AddressRangeType", value);
	else if (type && strcmp(type, part == RF_RAM ? "Volatile" : "PMEM"))
		rf_refuse(request, CHANGE_VALUE, "AddressRangeType", value);
	request->action.pmem = part == RF_PMEM;
}

/*
 * Online is memory of the system. Offline is memory that the system does not
 * use, and that programs get as a DAX device. What persistent memory is used as
 * is up to its namespaces.
 */
static void parse_state(const json_t *body, enum rf_part part,
			struct rf_request *request)
{
	static const char name[] = "RequestedOperationalState";
	const json_t *value = json_object_get(body, name);
	const char *state = json_string_value(value);

	if (!value || json_is_null(value))
		return;
	if (!state)
		rf_refuse(request, CHANGE_TYPE, name, value);
	else if (!strcmp(state, "Online"))
		request->action.use = part == RF_RAM ? ACTION_USE_SYSTEM_RAM :
						       ACTION_USE_ANY;
	else if (!strcmp(state, "Offline") && part == RF_RAM)
		request->action.use = ACTION_USE_DEVDAX;
	else
		rf_refuse(request, CHANGE_VALUE, name, value);
}

static const struct model_node *memory_find(struct rf *rf, const json_t *set,
					    enum rf_part part)
{
	const json_t *memory = json_object_get(set, "Memory");
	const char *uri = json_string_value(json_object_get(memory,
							    "@odata.id"));
	const struct model_node *memdev;
	const char *its;

	memdev = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; memdev; memdev = rf_next(memdev)) {
		its = rf_uri_memory(rf, memdev, part);
		if (its && uri && !strcmp(its, uri))
			return memdev;
	}
	return NULL;
}

static void add_device(const struct model_node *memdev, const json_t *sets,
		       struct rf_request *request)
{
	struct action *action = &request->action;
	unsigned int i;

	for (i = 0; i < action->ways; i++) {
		if (strcmp(action->memdevs[i], memdev->k.name))
			continue;
		/* the same memory twice */
		rf_refuse(request, CHANGE_VALUE, "InterleaveSets", sets);
		return;
	}
	snprintf(action->memdevs[action->ways++], ACTION_NAME, "%s",
		 memdev->k.name);
}

static void parse_sets(struct rf *rf, const json_t *body, enum rf_part part,
		       struct rf_request *request)
{
	const json_t *sets = json_object_get(body, "InterleaveSets");
	const struct model_node *memdev;
	const json_t *set;
	size_t i;

	if (!sets) {
		rf_refuse(request, CHANGE_MISSING, "InterleaveSets", NULL);
		return;
	}
	if (!json_is_array(sets)) {
		rf_refuse(request, CHANGE_TYPE, "InterleaveSets", sets);
		return;
	}
	if (!json_array_size(sets) || json_array_size(sets) > ACTION_WAYS_MAX) {
		rf_refuse(request, CHANGE_VALUE, "InterleaveSets", sets);
		return;
	}
	json_array_foreach(sets, i, set) {
		memdev = memory_find(rf, set, part);
		if (memdev)
			add_device(memdev, sets, request);
		else
			rf_refuse(request, CHANGE_VALUE, "InterleaveSets", set);
		if (request->refusals.count)
			return;
	}
}

/* A share that a body gives must be what it is anyway. */
static void check_sets(const json_t *body, enum rf_part part,
		       struct rf_request *request)
{
	const json_t *sets = json_object_get(body, "InterleaveSets");
	uint64_t share = request->action.ways ?
		request->action.size / request->action.ways / RF_MIB : 0;
	const char *key;
	json_t *set, *value;
	size_t i;

	json_array_foreach(sets, i, set) {
		json_object_foreach(set, key, value) {
			if (json_is_null(value) || !strcmp(key, "Memory") ||
			    strchr(key, '@'))
				continue;
			if (!strcmp(key, "SizeMiB") &&
			    (uint64_t)json_integer_value(value) == share)
				continue;
			if (!strcmp(key, "RegionId") && json_is_string(value) &&
			    !strcmp(json_string_value(value),
				    rf_part_name(part)))
				continue;
			rf_refuse(request, CHANGE_READ_ONLY, key, value);
			return;
		}
	}
}

static void parse_size(const json_t *body, struct rf_request *request)
{
	const json_t *value = json_object_get(body, "MemoryChunkSizeMiB");
	int64_t mib = json_integer_value(value);
	unsigned int ways = request->action.ways ? request->action.ways : 1;

	if (!value)
		rf_refuse(request, CHANGE_MISSING, "MemoryChunkSizeMiB", NULL);
	else if (!json_is_integer(value))
		rf_refuse(request, CHANGE_TYPE, "MemoryChunkSizeMiB", value);
	else if (mib <= 0 || mib > MIB_MAX || mib % (CHUNK_MIB * ways))
		rf_refuse(request, CHANGE_VALUE, "MemoryChunkSizeMiB", value);
	else
		request->action.size = (uint64_t)mib * RF_MIB;
}

void rf_request_chunk(struct rf *rf, enum rf_part part, const json_t *body,
		      struct rf_request *request)
{
	check_properties(body, request);
	parse_type(body, part, request);
	parse_state(body, part, request);
	parse_sets(rf, body, part, request);
	parse_size(body, request);
	if (!request->refusals.count)
		check_sets(body, part, request);
}
