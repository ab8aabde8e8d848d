// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a request to change a resource asks the host to do: PATCH of a port's
 * InterfaceEnabled, POST to MemoryChunks, DELETE of one.
 *
 * A body comes from anybody. What it asks for is checked against the model, so
 * that an action has names that the kernel gave, and numbers that fit.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rf.h"

/* CXL 3.1, 8.2.4.20.3: what a decoder's size is a multiple of. */
#define CHUNK_MIB	256
#define MIB_MAX		(INT64_MAX / (int64_t)RF_MIB)

/* ---- refusals ----------------------------------------------------------- */

static void refuse(struct rf_request *request, enum rf_refusal_kind kind,
		   const char *property, const json_t *value)
{
	struct rf_refusal *refusal;
	char *text = NULL;

	if (request->n_refusals == RF_REFUSALS_MAX)
		return;
	refusal = &request->refusals[request->n_refusals++];
	memset(refusal, 0, sizeof(*refusal));
	refusal->kind = kind;
	snprintf(refusal->property, sizeof(refusal->property), "%s", property);
	if (json_is_string(value))
		snprintf(refusal->value, sizeof(refusal->value), "%s",
			 json_string_value(value));
	else if (value && (text = json_dumps(value, JSON_ENCODE_ANY |
					     JSON_COMPACT)))
		snprintf(refusal->value, sizeof(refusal->value), "%s", text);
	free(text);
}

static bool one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return true;
	return false;
}

/*
 * Properties that are not to be set. What the service or the client's own copy
 * of the resource brought along is passed over when something is created.
 */
static void check_properties(struct rf_request *request, const json_t *body,
			     const json_t *resource,
			     const char *const *settable,
			     const char *const *passed)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)body, key, value) {
		if (strchr(key, '@') || one_of(key, settable) ||
		    one_of(key, passed))
			continue;
		refuse(request, json_object_get(resource, key) ?
		       RF_REFUSED_READ_ONLY : RF_REFUSED_UNKNOWN, key, value);
	}
}

/* ---- ports -------------------------------------------------------------- */

static const struct model_node *port_find(struct rf *rf, const char *uri)
{
	const struct model_node *port = rf_first(rf,
						 FABMON_NODE_KIND_RDMA_PORT);
	const char *its;

	for (; port; port = rf_next(port)) {
		its = model_port_dev(port) ? rf_uri_rdma_port(rf, port) : NULL;
		if (its && !strcmp(its, uri))
			return port;
	}
	return NULL;
}

static void parse_port(struct rf *rf, const struct model_node *port,
		       const json_t *resource, const json_t *body,
		       struct rf_request *request)
{
	static const char *const settable[] = { "InterfaceEnabled", NULL };
	static const char *const none[] = { NULL };
	const json_t *value = json_object_get(body, "InterfaceEnabled");
	const struct knl_edge *net = rf_port_netdev(port);

	check_properties(request, body, resource, settable, none);
	if (!value)
		return;
	if (!json_is_boolean(value)) {
		refuse(request, RF_REFUSED_TYPE, "InterfaceEnabled", value);
		return;
	}
	request->action.kind = ACTION_LINK;
	request->action.ifindex = net->ifindex;
	snprintf(request->action.ifname, sizeof(request->action.ifname), "%s",
		 net->ifname);
	request->action.up = json_is_true(value);
	request->asked = true;
}

/* ---- memory chunks ------------------------------------------------------ */

/* A root decoder's domain of one kind of memory, by the chunks' collection. */
static const struct model_node *domain_find(struct rf *rf, const char *uri,
					    size_t len, enum rf_part *part)
{
	static const char tail[] = "/MemoryChunks";
	const struct model_node *root;
	const char *domain;
	size_t n;

	root = rf_first(rf, FABMON_NODE_KIND_CXL_ROOT_DECODER);
	for (; root; root = rf_next(root)) {
		for (*part = RF_RAM; *part < RF_PARTS; (*part)++) {
			domain = rf_uri_domain(rf, root, *part);
			n = domain ? strlen(domain) : 0;
			if (n && len == n + strlen(tail) &&
			    !strncmp(uri, domain, n) &&
			    !strncmp(uri + n, tail, strlen(tail)))
				return root;
		}
	}
	return NULL;
}

static const struct model_node *memory_find(struct rf *rf, const char *uri,
					    enum rf_part part)
{
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

static void parse_size(const json_t *body, struct rf_request *request)
{
	const json_t *value = json_object_get(body, "MemoryChunkSizeMiB");
	int64_t mib = json_integer_value(value);
	unsigned int ways = request->action.ways ? request->action.ways : 1;

	if (!value)
		refuse(request, RF_REFUSED_MISSING, "MemoryChunkSizeMiB", NULL);
	else if (!json_is_integer(value))
		refuse(request, RF_REFUSED_TYPE, "MemoryChunkSizeMiB", value);
	else if (mib <= 0 || mib > MIB_MAX || mib % (CHUNK_MIB * ways))
		refuse(request, RF_REFUSED_VALUE, "MemoryChunkSizeMiB", value);
	else
		request->action.size = (uint64_t)mib * RF_MIB;
}

static void parse_type(const json_t *body, enum rf_part part,
		       struct rf_request *request)
{
	const json_t *value = json_object_get(body, "AddressRangeType");
	const char *type = json_string_value(value);

	if (value && !type)
		refuse(request, RF_REFUSED_TYPE, "AddressRangeType", value);
	else if (type && strcmp(type, part == RF_RAM ? "Volatile" : "PMEM"))
		refuse(request, RF_REFUSED_VALUE, "AddressRangeType", value);
	request->action.pmem = part == RF_PMEM;
}

/* Where in a device's memory it lies the kernel decides. */
static bool set_is_plain(const json_t *set, struct rf_request *request)
{
	static const char *const names[] = { "OffsetMiB", "SizeMiB",
					     "RegionId", "MemoryLevel" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const json_t *value = json_object_get(set, names[i]);

		if (!value || json_is_null(value))
			continue;
		refuse(request, RF_REFUSED_READ_ONLY, names[i], value);
		return false;
	}
	return true;
}

static void parse_sets(struct rf *rf, const json_t *body, enum rf_part part,
		       struct rf_request *request)
{
	const json_t *sets = json_object_get(body, "InterleaveSets");
	size_t n = json_array_size(sets), i;

	if (!sets) {
		refuse(request, RF_REFUSED_MISSING, "InterleaveSets", NULL);
		return;
	}
	if (!n || n > ACTION_WAYS_MAX) {
		refuse(request, json_is_array(sets) ? RF_REFUSED_VALUE :
		       RF_REFUSED_TYPE, "InterleaveSets", sets);
		return;
	}
	for (i = 0; i < n; i++) {
		const json_t *set = json_array_get(sets, i);
		const json_t *memory = json_object_get(set, "Memory");
		const struct model_node *memdev;

		memdev = memory_find(rf, json_string_value(
			json_object_get(memory, "@odata.id")), part);
		if (!memdev) {
			refuse(request, RF_REFUSED_VALUE, "InterleaveSets",
			       set);
			return;
		}
		if (!set_is_plain(set, request))
			return;
		snprintf(request->action.memdevs[i], ACTION_NAME, "%s",
			 memdev->k.name);
	}
	request->action.ways = (unsigned int)n;
}

static void parse_chunks(struct rf *rf, const struct model_node *root,
			 enum rf_part part, const json_t *body,
			 struct rf_request *request)
{
	static const char *const settable[] = {
		"MemoryChunkSizeMiB", "AddressRangeType", "InterleaveSets", NULL
	};
	static const char *const passed[] = {
		"Id", "Name", "Description", "Links", "Oem", "Status", NULL
	};

	check_properties(request, body, NULL, settable, passed);
	parse_type(body, part, request);
	parse_sets(rf, body, part, request);
	parse_size(body, request);
	request->action.kind = ACTION_REGION_CREATE;
	snprintf(request->action.root, ACTION_NAME, "%s", root->k.name);
	request->asked = !request->n_refusals;
}

static const struct model_node *chunk_find(struct rf *rf, const char *uri)
{
	const struct model_node *region;
	const char *its;

	region = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; region; region = rf_next(region)) {
		its = rf_region_live(region) ? rf_uri_chunks(rf, region) : NULL;
		if (its && !strcmp(its, uri))
			return region;
	}
	return NULL;
}

/* ---- both --------------------------------------------------------------- */

static const struct model_node *port_of(struct rf *rf, const char *uri)
{
	const struct model_node *port = NULL;

	if (strstr(uri, "/NetworkAdapters/"))
		port = port_find(rf, uri);
	return port && rf_port_netdev(port)->ifindex ? port : NULL;
}

const char *rf_request_methods(const struct model *model, const char *uri)
{
	const char *allow = NULL;
	enum rf_part part;
	struct rf rf;

	rf_init(&rf, model, NULL);
	if (port_of(&rf, uri))
		allow = "GET, HEAD, PATCH";
	else if (strstr(uri, "/MemoryChunks") && chunk_find(&rf, uri))
		allow = "GET, HEAD, DELETE";
	else if (strstr(uri, "/MemoryChunks") &&
		 domain_find(&rf, uri, strlen(uri), &part))
		allow = "GET, HEAD, POST";
	rf_done(&rf);
	return allow;
}

int rf_request_parse(const struct model *model, const char *uri,
		     const json_t *resource, const json_t *body,
		     struct rf_request *request)
{
	const struct model_node *node;
	enum rf_part part;
	struct rf rf;
	int ret = 0;

	memset(request, 0, sizeof(*request));
	rf_init(&rf, model, NULL);
	if ((node = port_of(&rf, uri)) && body) {
		parse_port(&rf, node, resource, body, request);
	} else if (!body && (node = chunk_find(&rf, uri))) {
		request->action.kind = ACTION_REGION_DELETE;
		snprintf(request->action.region, ACTION_NAME, "%s",
			 node->k.name);
		request->asked = true;
	} else if (body && (node = domain_find(&rf, uri, strlen(uri), &part))) {
		parse_chunks(&rf, node, part, body, request);
	} else {
		ret = -ENOENT;
	}
	rf_done(&rf);
	return ret;
}
