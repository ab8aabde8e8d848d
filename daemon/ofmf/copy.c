// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An OFMF's copy of a resource, against ours.
 *
 * The copy does not have to be equal. Links are compared after our URIs were
 * replaced by those that the OFMF gave. What the OFMF may change is left out:
 * names, annotations, links to subordinates (the reference rewrites them), and
 * its member of Oem. Null counts as absent, for a PATCH cannot remove a
 * property, only set it to null.
 */
#include <string.h>

#include "facts.h"

#define OEM_THEIRS	"Sunfish_RM"

static const json_t *copy_rm(const json_t *copy)
{
	return json_object_get(json_object_get(copy, "Oem"), OEM_THEIRS);
}

/**
 * ofmf_copy_manager - the URI of the AggregationSource that manages a copy
 *
 * Return: borrowed, or NULL where none is named.
 */
const char *ofmf_copy_manager(const json_t *copy)
{
	const json_t *link = json_object_get(copy_rm(copy), "ManagingAgent");

	if (json_is_string(link))
		return json_string_value(link);
	return json_string_value(json_object_get(link, "@odata.id"));
}

/**
 * ofmf_copy_shared - does a copy stand for other agents' resources as well?
 *
 * Agents that have a fabric in common have one copy of it, which the first of
 * them manages.
 */
bool ofmf_copy_shared(const json_t *copy)
{
	return json_array_size(json_object_get(copy_rm(copy),
					       "FabricSharedWith"));
}

static bool is_link(const json_t *value)
{
	return json_is_string(json_object_get(value, "@odata.id")) &&
	       json_object_size(value) == 1;
}

static bool is_passed_over(const char *key, const json_t *value)
{
	return *key == '@' || !strcmp(key, "Id") || !strcmp(key, "Actions") ||
	       json_is_null(value) || is_link(value);
}

static json_t *translated(const json_t *value, const json_t *names);

static json_t *translated_object(const json_t *object, const json_t *names)
{
	json_t *out = json_object(), *value, *name;
	const char *key;

	json_object_foreach((json_t *)object, key, value) {
		name = !strcmp(key, "@odata.id") && json_is_string(value) ?
		       json_object_get(names, json_string_value(value)) : NULL;
		if (name)
			json_object_set(out, key, name);
		else
			json_object_set_new(out, key, translated(value, names));
	}
	return out;
}

static json_t *translated(const json_t *value, const json_t *names)
{
	json_t *out, *item;
	size_t i;

	if (json_is_object(value))
		return translated_object(value, names);
	if (!json_is_array(value))
		return json_incref((json_t *)value);
	out = json_array();
	json_array_foreach(value, i, item)
		json_array_append_new(out, translated(item, names));
	return out;
}

/* Oem without what is the OFMF's; NULL if nothing is left. */
static json_t *own_oem(const json_t *oem)
{
	json_t *copy = json_copy((json_t *)oem);

	json_object_del(copy, OEM_THEIRS);
	if (json_object_size(copy))
		return copy;
	json_decref(copy);
	return NULL;
}

/* What of a resource is compared. */
static json_t *bare(const json_t *resource, const json_t *names)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)resource, key, value) {
		if (is_passed_over(key, value))
			continue;
		value = strcmp(key, "Oem") ? json_incref(value) :
					     own_oem(value);
		if (value)
			json_object_set_new(out, key,
					    translated(value, names));
		json_decref(value);
	}
	return out;
}

/**
 * ofmf_resource_same - does the OFMF's copy equal ours?
 * @names: our URI -> the OFMF's, where it is another; NULL: none is
 */
bool ofmf_resource_same(const json_t *ours, const json_t *theirs,
			const json_t *names)
{
	json_t *a = bare(ours, names), *b = bare(theirs, NULL);
	bool same = json_equal(a, b);

	json_decref(a);
	json_decref(b);
	return same;
}

/* Properties are replaced whole: what of Oem is the OFMF's goes back with it. */
static void keep_theirs(json_t *patch, const json_t *theirs)
{
	json_t *oem = json_object_get(json_object_get(theirs, "Oem"),
				      OEM_THEIRS);
	json_t *own = json_object_get(patch, "Oem");

	if (!own || !oem)
		return;
	own = json_is_object(own) ? json_copy(own) : json_object();
	json_object_set(own, OEM_THEIRS, oem);
	json_object_set_new(patch, "Oem", own);
}

/**
 * ofmf_resource_patch - what makes the OFMF's copy equal ours
 *
 * Return: a new reference.
 */
json_t *ofmf_resource_patch(const json_t *ours, const json_t *theirs,
			    const json_t *names)
{
	json_t *a = bare(ours, names), *b = bare(theirs, NULL);
	json_t *patch = json_object(), *value;
	const char *key;

	json_object_foreach(a, key, value)
		if (!json_equal(value, json_object_get(b, key)))
			json_object_set(patch, key, value);
	json_object_foreach(b, key, value)
		if (!json_object_get(a, key))
			json_object_set_new(patch, key, json_null());
	keep_theirs(patch, theirs);
	json_decref(a);
	json_decref(b);
	return patch;
}
