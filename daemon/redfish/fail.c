// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Names the property that there was no memory for. Its path is searched for in
 * the tree when that happens, so that a projection that succeeds pays nothing.
 */
#include <errno.h>
#include <stdio.h>

#include "rf.h"
#include "util/error.h"

#define WAY_MAX		128	/* characters of a property's path, with its NUL */

/* Appends the keys on the way from @in to @wanted to the first @len of @way. */
static bool way_find(json_t *in, const json_t *wanted, char way[WAY_MAX],
		     size_t len)
{
	const char *key;
	json_t *value;
	size_t i;
	int n;

	if (in == wanted)
		return true;
	json_object_foreach(in, key, value) {
		n = snprintf(way + len, WAY_MAX - len, "%s/", key);
		if ((size_t)n < WAY_MAX - len &&
		    way_find(value, wanted, way, len + (size_t)n))
			return true;
	}
	json_array_foreach(in, i, value)
		if (way_find(value, wanted, way, len))
			return true;
	way[len] = '\0';
	return false;
}

/**
 * rf_fail - fail the projection: out of memory
 * @in: object or array that something was to be put into, or NULL
 * @key: the property; NULL: a member of an array
 *
 * The origin of the error is as "Chassis/1: no room for Status/Health". Where
 * @in is in no resource of the tree, it has what is being worked on instead of
 * the resource. Of several failures the first is kept.
 */
void rf_fail(struct rf *rf, const json_t *in, const char *key)
{
	const char *uri, *about = rf->about ? rf->about : "redfish";
	char way[WAY_MAX] = "";
	json_t *resource;

	if (rf->failed)
		return;
	rf->failed = true;
	if (in && in == rf->tree && key)
		about = key;
	json_object_foreach(rf->tree, uri, resource) {
		if (in && in != rf->tree && way_find(resource, in, way, 0)) {
			about = uri;
			break;
		}
	}
	if (in && in == rf->tree)
		error_origin(-ENOMEM, "%s: no room for the resource", about);
	else
		error_origin(-ENOMEM, "%s: no room for %s%s", about, way,
			     key ? key : "a member");
}
