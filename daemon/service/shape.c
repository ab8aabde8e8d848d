// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Resources in the shape that a query asks for. What is not changed is shared
 * with the tree, and nothing shared is written to.
 */
#include <stdio.h>
#include <string.h>

#include "service/access/auth.h"
#include "service/protocol/protocol.h"
#include "service/protocol/resource.h"
#include "shape.h"

/*
 * Values that one $expand may visit. It bounds what is copied where large
 * resources link one another.
 */
#define EXPAND_VALUES	200000

struct expansion {
	const struct svc_site *site;
	unsigned int which;
	size_t left;		/* resources that still fit */
	size_t values;		/* that may still be visited */
	bool full;
};

/* Where the members go on; what else was asked for goes with it. */
static json_t *page_next(const char *uri, const struct svc_query *query,
			 size_t skip)
{
	static const char symbols[] = { 0, '.', '~', '*' };
	char expand[32] = "";

	if (query->expand)
		snprintf(expand, sizeof(expand), "&$expand=%c($levels=%u)",
			 symbols[query->expand], query->levels);
	return json_sprintf("%s?$skip=%zu&$top=%zu%s%s%s", uri, skip,
			    query->top, expand,
			    query->select[0] ? "&$select=" : "", query->select);
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

/* What has nothing to expand in it stays shared. */
static json_t *expand_object(struct expansion *e, const json_t *object,
			     bool links, unsigned int levels)
{
	json_t *out = NULL, *value, *expanded;
	const char *name;

	json_object_foreach((json_t *)object, name, value) {
		expanded = expand_value(e, value, links ||
					!strcmp(name, "Links"), levels);
		if (expanded == value) {
			json_decref(expanded);
			continue;
		}
		if (!out)
			out = json_copy((json_t *)object);
		json_object_set_new(out, name, expanded);
	}
	return out ? out : json_incref((json_t *)object);
}

static json_t *expand_array(struct expansion *e, const json_t *array,
			    bool links, unsigned int levels)
{
	json_t *out = json_array(), *item;
	bool same = true;
	size_t i;

	json_array_foreach((json_t *)array, i, item) {
		json_t *expanded = expand_value(e, item, links, levels);

		same = same && expanded == item;
		json_array_append_new(out, expanded);
	}
	if (!same)
		return out;
	json_decref(out);
	return json_incref((json_t *)array);
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
	return uri && svc_auth_permits(e->site, "GET", uri) ?
	       svc_resource_read(e->site, uri, NULL) : NULL;
}

static json_t *expand_value(struct expansion *e, const json_t *value,
			    bool links, unsigned int levels)
{
	json_t *target, *out;

	if (e->full || !e->values) {
		e->full = true;
		return json_incref((json_t *)value);
	}
	e->values--;
	target = expand_target(e, value, links);
	if (target && !e->left) {
		e->full = true;
		json_decref(target);
		return json_incref((json_t *)value);
	}
	if (target) {
		e->left--;
		if (levels == 1)
			return target;
		out = expand_object(e, target, false, levels - 1);
		json_decref(target);
		return out;
	}
	if (json_is_object(value))
		return expand_object(e, value, links, levels);
	if (json_is_array(value))
		return expand_array(e, value, links, levels);
	return json_incref((json_t *)value);
}

/**
 * svc_shape_expand - a resource with others in place of its hyperlinks
 * @count: set to the resources that were put in
 *
 * Links may lead in circles: levels and the number of resources end them.
 * Return: a new reference; NULL where that is more than SVC_EXPAND_MAX
 * resources.
 */
json_t *svc_shape_expand(const struct svc_site *site, const json_t *resource,
			 const struct svc_query *query, size_t *count)
{
	struct expansion e = {
		.site = site,
		.which = query->expand,
		.left = SVC_EXPAND_MAX,
		.values = EXPAND_VALUES,
	};
	json_t *out = expand_object(&e, resource, false, query->levels);

	*count = SVC_EXPAND_MAX - e.left;
	if (!e.full)
		return out;
	json_decref(out);
	return NULL;
}

/* What a path is to a list of selected ones. */
enum match { NOT_SELECTED, PARTLY, WHOLLY };

static enum match select_match(const char *select, const char *path, size_t len)
{
	enum match match = NOT_SELECTED;

	for (;;) {
		size_t n = strcspn(select, ",");

		if (n >= len && !strncmp(select, path, len)) {
			if (n == len)
				return WHOLLY;
			if (select[len] == '/')
				match = PARTLY;
		}
		if (!select[n])
			return match;
		select += n + 1;
	}
}

/* An annotation, as Members@odata.count, goes with its property. */
static enum match select_match_name(const char *select, const char *path,
				    size_t start)
{
	size_t len = strlen(path);
	enum match match = select_match(select, path, len);
	size_t base = start + strcspn(path + start, "@");

	if (match != NOT_SELECTED || base == len || base == start)
		return match;
	return select_match(select, path, base) == NOT_SELECTED ?
	       NOT_SELECTED : WHOLLY;
}

static json_t *select_part(const json_t *value, const char *select, char *path,
			   size_t len);

/* @path has room for SVC_QUERY_MAX bytes; what is longer is not selected. */
static json_t *select_object(const json_t *object, const char *select,
			     char *path, size_t len)
{
	json_t *out = json_object(), *value;
	const char *name;
	enum match match;

	json_object_foreach((json_t *)object, name, value) {
		if (!strncmp(name, "@odata.", 7)) {
			json_object_set(out, name, value);
			continue;
		}
		if (len + strlen(name) + 2 > SVC_QUERY_MAX)
			continue;
		strcpy(path + len, name);
		match = select_match_name(select, path, len);
		if (match == WHOLLY)
			json_object_set(out, name, value);
		else if (match == PARTLY && (json_is_object(value) ||
					     json_is_array(value)))
			json_object_set_new(out, name,
					    select_part(value, select, path,
							strlen(path)));
	}
	return out;
}

/* Part of what is at @path: a path leads through an array to all its items. */
static json_t *select_part(const json_t *value, const char *select, char *path,
			   size_t len)
{
	json_t *out, *item;
	size_t i;

	if (json_is_object(value)) {
		strcpy(path + len, "/");
		return select_object(value, select, path, len + 1);
	}
	if (!json_is_array(value))
		return json_incref((json_t *)value);
	out = json_array();
	json_array_foreach((json_t *)value, i, item)
		json_array_append_new(out, select_part(item, select, path,
						       len));
	return out;
}

/**
 * svc_shape_select - a resource with the properties of $select only
 * @select: comma-separated; "A/B" is B of A, or of each item of A
 *
 * What the resource does not have is not missed, and OData's annotations stay.
 * Return: a new reference, or NULL without memory.
 */
json_t *svc_shape_select(const json_t *resource, const char *select)
{
	char path[SVC_QUERY_MAX];

	return select_object(resource, select, path, 0);
}
