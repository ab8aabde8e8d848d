// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Resources in the shape that a query asks for. What is not changed is shared
 * with the tree, and nothing shared is written to.
 */
#include <stdio.h>
#include <string.h>

#include "svc.h"

struct expansion {
	const struct svc_site *site;
	unsigned int which;
	size_t left;		/* resources that still fit */
	bool full;
};

/**
 * svc_is_collection - does a resource have Members?
 * @resource: or NULL
 */
bool svc_is_collection(const json_t *resource)
{
	return json_is_array(json_object_get(resource, "Members"));
}

/* Where the members go on; what else was asked for goes with it. */
static json_t *page_next(const char *uri, const struct svc_query *query,
			 size_t skip)
{
	static const char symbols[] = { 0, '.', '~', '*' };
	char text[SVC_URI_MAX + SVC_QUERY_MAX + 96];
	int n;

	n = snprintf(text, sizeof(text), "%s?$skip=%zu&$top=%zu", uri, skip,
		     query->top);
	if (query->expand)
		snprintf(text + n, sizeof(text) - (size_t)n,
			 "&$expand=%c($levels=%u)", symbols[query->expand],
			 query->levels);
	else if (query->select[0])
		snprintf(text + n, sizeof(text) - (size_t)n, "&$select=%s",
			 query->select);
	return json_string(text);
}

/**
 * svc_shape_page - a collection with the members of $skip and $top only
 * @uri: the collection's
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_shape_page(const json_t *collection, const char *uri,
		       const struct svc_query *query)
{
	const json_t *members = json_object_get(collection, "Members");
	json_t *out = json_copy((json_t *)collection);
	size_t n = json_array_size(members);
	json_t *some = json_array();
	size_t i;

	for (i = query->skip; i < n && i - query->skip < query->top; i++)
		json_array_append(some, json_array_get(members, i));
	if (i < n && i > query->skip)
		json_object_set_new(out, "Members@odata.nextLink",
				    page_next(uri, query, i));
	if (json_object_set_new(out, "Members", some)) {
		json_decref(out);
		return NULL;
	}
	return out;
}

static json_t *expand_value(struct expansion *e, const json_t *value,
			    bool links, unsigned int levels);

static json_t *expand_object(struct expansion *e, const json_t *object,
			     bool links, unsigned int levels)
{
	json_t *out = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
		json_object_set_new(out, name,
				    expand_value(e, value, links ||
						 !strcmp(name, "Links"),
						 levels));
	return out;
}

/*
 * The resource that a hyperlink of the kind asked for leads to, a new
 * reference, or NULL.
 */
static json_t *expand_target(const struct expansion *e, const json_t *value,
			     bool links)
{
	const char *uri;

	if (!(e->which & (links ? SVC_EXPAND_LINKS : SVC_EXPAND_OTHERS)) ||
	    json_object_size(value) != 1)
		return NULL;
	uri = json_string_value(json_object_get(value, "@odata.id"));
	return uri ? svc_resource_read(e->site, uri, NULL) : NULL;
}

static json_t *expand_value(struct expansion *e, const json_t *value,
			    bool links, unsigned int levels)
{
	json_t *target, *out, *item;
	size_t i;

	if (e->full)
		return json_incref((json_t *)value);
	target = expand_target(e, value, links);
	if (target && !e->left--) {
		e->full = true;
		json_decref(target);
		return json_incref((json_t *)value);
	}
	if (target && levels > 1) {
		out = expand_object(e, target, false, levels - 1);
		json_decref(target);
		return out;
	}
	if (target)
		return target;
	if (json_is_object(value))
		return expand_object(e, value, links, levels);
	if (!json_is_array(value))
		return json_incref((json_t *)value);
	out = json_array();
	json_array_foreach(value, i, item)
		json_array_append_new(out, expand_value(e, item, links,
							levels));
	return out;
}

/**
 * svc_shape_expand - a resource with others in place of its hyperlinks
 * @full: set where that is more than SVC_EXPAND_MAX resources
 *
 * Links may lead in circles: levels and the number of resources end them.
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_shape_expand(const struct svc_site *site, const json_t *resource,
			 const struct svc_query *query, bool *full)
{
	struct expansion e = {
		.site = site,
		.which = query->expand,
		.left = SVC_EXPAND_MAX,
	};
	json_t *out = expand_object(&e, resource, false, query->levels);

	*full = e.full;
	return out;
}

/* A property and its annotations, as in Members and Members@odata.count. */
static void select_property(json_t *out, const json_t *in, const char *name,
			    size_t len)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)in, key, value)
		if (!strncmp(key, name, len) && (!key[len] || key[len] == '@'))
			json_object_set(out, key, value);
}

static void select_path(json_t *out, const json_t *in, const char *path,
			size_t len)
{
	const char *slash = memchr(path, '/', len);
	size_t n = slash ? (size_t)(slash - path) : len;
	json_t *value = json_object_getn(in, path, n);
	json_t *some = json_object_getn(out, path, n);

	if (!n)
		return;
	if (!slash || !json_is_object(value)) {
		select_property(out, in, path, n);
		return;
	}
	/* The whole of it is there already, and is the tree's. */
	if (some == value)
		return;
	if (!some) {
		some = json_object();
		if (json_object_setn_new(out, path, n, some))
			return;
	}
	select_path(some, value, slash + 1, len - n - 1);
}

/**
 * svc_shape_select - a resource with the properties of $select only
 * @select: comma-separated; "A/B" is B of A
 *
 * What the resource does not have is not missed. Return: a new reference, or
 * NULL without memory.
 */
json_t *svc_shape_select(const json_t *resource, const char *select)
{
	json_t *out = json_object();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)resource, key, value)
		if (!strncmp(key, "@odata.", 7))
			json_object_set(out, key, value);
	for (;;) {
		size_t n = strcspn(select, ",");

		select_path(out, resource, select, n);
		if (!select[n])
			return out;
		select += n + 1;
	}
}
