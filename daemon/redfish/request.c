// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a request to change a resource asks the host to do: PATCH of a port's
 * InterfaceEnabled, POST to MemoryChunks or Connections, DELETE of one.
 *
 * A body is not trusted. It is checked against the model, so that an action has
 * only names that the kernel reported, and only numbers that are in range.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"
#include "request_priv.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "util/error.h"

/* What is too long ends with the last character that fits: it stays UTF-8. */
static void cut(char *out, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size)
		for (n = size - 1; n && (text[n] & 0xc0) == 0x80; n--)
			;
	memcpy(out, text, n);
	out[n] = '\0';
}

void rf_refuse(struct rf_request *request, enum change_refusal_kind kind,
	       const char *property, const json_t *value)
{
	struct change_refusals *refusals = &request->refusals;
	struct change_refusal *refusal;
	char *text = NULL;

	if (refusals->count == CHANGE_REFUSALS_MAX)
		return;
	refusal = &refusals->list[refusals->count++];
	memset(refusal, 0, sizeof(*refusal));
	refusal->kind = kind;
	cut(refusal->property, sizeof(refusal->property), property);
	if (json_is_string(value))
		cut(refusal->value, sizeof(refusal->value),
		    json_string_value(value));
	else if (value && (text = json_dumps(value, JSON_ENCODE_ANY |
					     JSON_COMPACT)))
		cut(refusal->value, sizeof(refusal->value), text);
	free(text);
}

/* ---- ports -------------------------------------------------------------- */

/* InfiniBand's net devices are above the port, and not what makes it up. */
static bool has_switch(const struct model_node *port)
{
	return !rf_port_is_ib(port) && rf_port_netdev(port)->ifindex;
}

/* Each request to the service asks: no URI is made of ports that it is not. */
static bool may_be(const struct model_node *port, const char *uri)
{
	const struct model_node *dev = model_port_dev(port);

	return dev && dev->ident && port->ident &&
	       !strcmp(strrchr(uri, '/') + 1, port->ident) &&
	       strstr(uri, dev->ident);
}

static const struct model_node *port_find(struct rf *rf, const char *uri)
{
	const struct model_node *port = NULL;
	const char *its;

	if (strstr(uri, "/NetworkAdapters/"))
		port = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; port; port = rf_next(port)) {
		its = may_be(port, uri) ? rf_uri_rdma_port(rf, port) : NULL;
		if (its && !strcmp(its, uri) && has_switch(port))
			return port;
	}
	return NULL;
}

/*
 * What a copy of the resource brings along, and does not ask for anything: what
 * is as it is, and what the reference OFMF puts into its copies.
 */
static bool is_same(const json_t *resource, const char *key,
		    const json_t *value)
{
	const json_t *has = json_object_get(resource, key);
	const char *name;
	json_t *member;

	if (json_equal(has, value))
		return true;
	if (strcmp(key, "Oem") || !json_is_object(value))
		return false;
	json_object_foreach((json_t *)value, name, member)
		if (strcmp(name, "Sunfish_RM") &&
		    !json_equal(json_object_get(has, name), member))
			return false;
	return true;
}

static void parse_port(const struct model_node *port, const json_t *resource,
		       const json_t *body, struct rf_request *request)
{
	const struct knl_edge *net = rf_port_netdev(port);
	struct action *action = &request->action;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)body, key, value)
		if (strcmp(key, "InterfaceEnabled") && !strchr(key, '@') &&
		    !is_same(resource, key, value))
			rf_refuse(request, json_object_get(resource, key) ?
				  CHANGE_READ_ONLY : CHANGE_UNKNOWN, key,
				  value);
	value = json_object_get(body, "InterfaceEnabled");
	if (!value)
		return;
	if (!json_is_boolean(value)) {
		rf_refuse(request, CHANGE_TYPE, "InterfaceEnabled", value);
		return;
	}
	action->kind = ACTION_LINK;
	action->ifindex = net->ifindex;
	snprintf(action->ifname, sizeof(action->ifname), "%s", net->ifname);
	action->up = json_is_true(value);
	request->asked = true;
}

/* ---- memory chunks ------------------------------------------------------ */

/**
 * struct window - where chunks can be made
 * @collection: their URI
 */
struct window {
	const struct model_node *root;
	enum rf_part part;
	const char *collection;
};

/* The window whose collection's URI is the first @len bytes of @uri. */
static bool window_find(struct rf *rf, const char *uri, size_t len,
			struct window *window)
{
	const char *domain;

	window->root = rf_first(rf, FABMON_NODE_KIND_CXL_ROOT_DECODER);
	for (; window->root; window->root = rf_next(window->root)) {
		for (window->part = RF_RAM; window->part < RF_PARTS;
		     window->part++) {
			if (!rf_domain_makes(rf, window->root, window->part))
				continue;
			domain = rf_uri_domain(rf, window->root, window->part);
			window->collection = domain ?
				rf_printf(rf, "%s/MemoryChunks", domain) : NULL;
			if (window->collection &&
			    strlen(window->collection) == len &&
			    !strncmp(uri, window->collection, len))
				return true;
		}
	}
	return false;
}

/* The same for a member, which need not be there. */
static bool window_above(struct rf *rf, const char *uri, struct window *window)
{
	const char *slash = strrchr(uri, '/');

	return slash && model_region_name_valid(slash + 1) &&
	       window_find(rf, uri, (size_t)(slash - uri), window);
}

const struct model_node *rf_request_chunk_find(struct rf *rf, const char *uri)
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

static const char *id_of_body(const json_t *body, const char *collection,
			      struct rf_request *request)
{
	const json_t *value = json_object_get(body, "@odata.id");
	const char *text = json_string_value(value), *key = "@odata.id";
	size_t n = strlen(collection);

	if (text && !strncmp(text, collection, n) && text[n] == '/') {
		text += n + 1;
	} else {
		key = "Id";
		value = json_object_get(body, key);
		text = json_string_value(value);
		if (!value || json_is_null(value))
			return NULL;
	}
	if (text && model_region_name_valid(text))
		return text;
	rf_refuse(request, text ? CHANGE_VALUE : CHANGE_TYPE, key, value);
	return NULL;
}

const char *rf_request_id(const struct change *change, const char *collection,
			  struct rf_request *request)
{
	request->named = strcmp(change->uri, collection);
	return request->named ? strrchr(change->uri, '/') + 1 :
	       id_of_body(change->body, collection, request);
}

/* What the client wants it to be called, and whether another one is. */
static void name_member(struct rf *rf, const struct change *change,
			const struct window *window,
			struct rf_request *request)
{
	const char *id = rf_request_id(change, window->collection, request);
	const struct model_node *other;
	const char *uri;

	if (!id)
		return;
	uri = rf_printf(rf, "%s/%s", window->collection, id);
	if (uri && strlen(uri) < sizeof(request->member))
		strcpy(request->member, uri);
	/* its Connection is called the same, in one collection for all */
	other = model_region_by_ident(rf->model, id);
	if (!other)
		other = model_region_by_connection(rf->model, id);
	uri = other ? rf_uri_chunks(rf, other) : NULL;
	if (uri && strcmp(uri, request->member) &&
	    strlen(uri) < sizeof(request->taken))
		strcpy(request->taken, uri);
}

/*
 * The regions that the window has. When the action is interrupted, a region
 * that is not one of them is what it left.
 */
static bool list_others(struct rf *rf, const struct model_node *root,
			struct action *action)
{
	const struct model_node *region;
	size_t n = 0;

	region = rf_first(rf, FABMON_NODE_KIND_CXL_REGION);
	for (; region; region = rf_next(region)) {
		if (model_region_root(region) != root)
			continue;
		n += (size_t)snprintf(action->others + n,
				      sizeof(action->others) - n, "%s ",
				      region->k.name);
		if (n >= sizeof(action->others))
			return false;
	}
	return true;
}

int rf_request_make(struct rf *rf, const struct change *change,
		    struct rf_request *request)
{
	struct action *action = &request->action;
	struct window window;

	if (!window_find(rf, change->uri, strlen(change->uri), &window) &&
	    !window_above(rf, change->uri, &window))
		return -ENOENT;
	name_member(rf, change, &window, request);
	rf_request_chunk(rf, window.part, change->body, request);
	action->kind = ACTION_REGION_CREATE;
	snprintf(action->root, sizeof(action->root), "%s", window.root->k.name);
	if (!list_others(rf, window.root, action))
		return error_origin(-ENOSPC, "%s: the names of its regions are longer than %zu bytes",
				    window.root->k.name,
				    sizeof(action->others) - 1);
	request->asked = !request->refusals.count;
	return 0;
}

bool rf_request_window(struct rf *rf, const char *uri, enum rf_part *part)
{
	struct window window;

	if (!window_find(rf, uri, strlen(uri), &window) &&
	    !window_above(rf, uri, &window))
		return false;
	*part = window.part;
	return true;
}

/* In the order of positions. */
static bool same_devices(const struct rf *rf, const struct action *action,
			 const struct model_node *region)
{
	const struct model_node *memdev;
	size_t i;

	if (region->region.n_targets != action->ways)
		return false;
	for (i = 0; i < action->ways; i++) {
		memdev = rf_region_memdev(rf, region, i);
		if (!memdev || strcmp(memdev->k.name, action->memdevs[i]))
			return false;
	}
	return true;
}

bool rf_request_matches(const struct model *model,
			const struct rf_request *request, const char *uri)
{
	const struct action *action = &request->action;
	const struct model_node *region;
	struct rf rf;
	bool same;

	rf_init(&rf, model, uri);
	region = rf_request_chunk_find(&rf, uri);
	same = region && region->region.size == action->size &&
	       (rf_region_part(&rf, region) == RF_PMEM) == action->pmem &&
	       !strcmp(model_region_root(region)->k.name, action->root) &&
	       same_devices(&rf, action, region) &&
	       (action->use == ACTION_USE_ANY ||
		action->use == rf_region_use(&rf, region));
	rf_done(&rf);
	return same;
}

char *rf_chunk_at(const struct model *model, uint64_t start)
{
	const struct model_node *region;
	const char *uri = NULL;
	char *copy = NULL;
	struct rf rf;

	rf_init(&rf, model, "MemoryChunks");
	region = rf_first(&rf, FABMON_NODE_KIND_CXL_REGION);
	for (; region && !uri; region = rf_next(region))
		if (rf_region_live(region) && region->region.start == start)
			uri = rf_uri_chunks(&rf, region);
	if (uri) {
		copy = strdup(uri);
		if (!copy)
			error_origin(-ENOMEM, "%s: no room for its URI", uri);
	}
	rf_done(&rf);
	return copy;
}

char *rf_connection_of(const struct model *model, const char *chunk)
{
	const struct model_node *region;
	const char *uri = NULL;
	char *copy = NULL;
	struct rf rf;

	rf_init(&rf, model, chunk);
	region = rf_request_chunk_find(&rf, chunk);
	if (region)
		uri = rf_uri_connection(&rf, region);
	if (uri) {
		copy = strdup(uri);
		if (!copy)
			error_origin(-ENOMEM, "%s: no room for its URI", uri);
	}
	rf_done(&rf);
	return copy;
}

/* ---- all ---------------------------------------------------------------- */

/* Of Connections, each of which stands for a chunk. */
static const char *connection_methods(struct rf *rf, const char *uri)
{
	const struct model_node *region = rf_request_connection_find(rf, uri);

	if (region)
		return rf_region_removable(rf, region) ?
		       "GET, HEAD, POST, DELETE" : NULL;
	if (!rf_request_is_connection(rf, uri))
		return NULL;
	return strcmp(strrchr(uri, '/'), "/Connections") ?
	       "GET, HEAD, POST, DELETE" : "GET, HEAD, POST";
}

const char *rf_request_methods(const struct model *model, const char *uri)
{
	const struct model_node *chunk = NULL;
	const char *allow = NULL;
	struct window window;
	struct rf rf;

	rf_init(&rf, model, uri);
	if (strstr(uri, "/MemoryChunks"))
		chunk = rf_request_chunk_find(&rf, uri);
	if (port_find(&rf, uri))
		allow = "GET, HEAD, PATCH";
	else if (!strstr(uri, "/MemoryChunks"))
		allow = connection_methods(&rf, uri);
	else if (chunk && !rf_region_removable(&rf, chunk))
		allow = NULL;
	/* the request that made it may come again */
	else if (chunk && !window_above(&rf, uri, &window))
		allow = "GET, HEAD, DELETE";
	else if (window_find(&rf, uri, strlen(uri), &window))
		allow = "GET, HEAD, POST";
	else if (window_above(&rf, uri, &window))
		allow = "GET, HEAD, POST, DELETE";
	rf_done(&rf);
	return allow;
}

static int parse(struct rf *rf, const struct change *change,
		 const json_t *resource, struct rf_request *request)
{
	const struct model_node *node;

	if (!strcmp(change->method, "POST"))
		return rf_request_is_connection(rf, change->uri) ?
		       rf_request_connect(rf, change, request) :
		       rf_request_make(rf, change, request);
	if (!strcmp(change->method, "PATCH")) {
		node = port_find(rf, change->uri);
		if (node)
			parse_port(node, resource, change->body, request);
		return node ? 0 : -ENOENT;
	}
	node = rf_request_chunk_find(rf, change->uri);
	if (!node)
		node = rf_request_connection_find(rf, change->uri);
	if (!node || !rf_region_removable(rf, node))
		return -ENOENT;
	request->action.kind = ACTION_REGION_DELETE;
	request->action.pmem = rf_region_part(rf, node) == RF_PMEM;
	snprintf(request->action.region, ACTION_NAME, "%s", node->k.name);
	request->action.start = node->region.start;
	request->asked = true;
	return 0;
}

int rf_request_parse(const struct model *model, const struct change *change,
		     const json_t *resource, struct rf_request *request)
{
	struct rf rf;
	int ret, failed;

	memset(request, 0, sizeof(*request));
	rf_init(&rf, model, change->uri);
	ret = parse(&rf, change, resource, request);
	failed = rf_done(&rf);
	return failed ? failed : ret;
}
