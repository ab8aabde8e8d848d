// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An OFMF's copy of a resource, against ours.
 *
 * The copy does not have to be equal. Links are compared after our URIs were
 * replaced by those that the OFMF gave. What the OFMF may change is left out:
 * names, annotations, where links to subordinates lead (the reference rewrites
 * them), and its member of Oem. Null counts as absent, for a PATCH cannot remove
 * a property, only set it to null.
 *
 * That there is a link to subordinates does count: the reference keeps that to a
 * collection that lost its last member, and it leads nowhere.
 */
#include <string.h>

#include "facts.h"

#define OEM_THEIRS	"Sunfish_RM"
#define LINKS		"Links"
#define SHARED_WITH	"FabricSharedWith"

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
	return json_array_size(json_object_get(copy_rm(copy), SHARED_WITH));
}

/* The links of @list, each once; what is none stays. NULL without memory. */
static json_t *each_once(const json_t *list)
{
	json_t *out = json_array(), *seen = json_object(), *item;
	const char *uri;
	size_t i;

	json_array_foreach((json_t *)list, i, item) {
		uri = json_string_value(json_object_get(item, "@odata.id"));
		if (uri && json_object_get(seen, uri))
			continue;
		if (uri)
			json_object_set_new(seen, uri, json_true());
		json_array_append(out, item);
	}
	json_decref(seen);
	return out;
}

/**
 * ofmf_copy_doubled - does a shared copy name an agent more than once?
 *
 * The reference enters an agent anew each time that it reads the agent's tree.
 */
bool ofmf_copy_doubled(const json_t *copy)
{
	const json_t *list = json_object_get(copy_rm(copy), SHARED_WITH);
	json_t *once = each_once(list);
	bool doubled = once && json_array_size(once) < json_array_size(list);

	json_decref(once);
	return doubled;
}

static bool is_link(const json_t *value)
{
	return json_is_string(json_object_get(value, "@odata.id")) &&
	       json_object_size(value) == 1;
}

static bool is_passed_over(const char *key, const json_t *value)
{
	return *key == '@' || !strcmp(key, "Id") || !strcmp(key, "Actions") ||
	       json_is_null(value) || is_link(value) ||
	       (!strcmp(key, LINKS) && json_is_object(value) &&
		!json_object_size(value));
}

/*
 * What says that there is no @key. The reference goes through Links of all that
 * it has when something is deleted, and falls over one that is null.
 */
static json_t *none_of(const char *key)
{
	return strcmp(key, LINKS) ? json_null() : json_object();
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

/* ---- links to subordinates ---------------------------------------------- */

/* Is @uri @parent and @key, with a slash between? */
static bool is_below(const char *uri, const char *parent, const char *key)
{
	size_t len = strlen(parent);

	return !strncmp(uri, parent, len) && uri[len] == '/' &&
	       !strcmp(uri + len + 1, key);
}

/* Does @value link to what is called @key below @parent, at any depth? */
static bool refers(const json_t *value, const char *parent, const char *key)
{
	const char *name, *uri;
	json_t *item;
	size_t i;

	json_array_foreach((json_t *)value, i, item)
		if (refers(item, parent, key))
			return true;
	json_object_foreach((json_t *)value, name, item) {
		uri = strcmp(name, "@odata.id") ? NULL :
						  json_string_value(item);
		if ((uri && is_below(uri, parent, key)) ||
		    refers(item, parent, key))
			return true;
	}
	return false;
}

/*
 * Does the copy link to subordinates @key that we do not have? The reference
 * also links those at the top that we link further down.
 */
static bool is_link_surplus(const json_t *ours, const char *key,
			    const json_t *value)
{
	const char *to = json_string_value(json_object_get(value, "@odata.id"));
	const char *own = json_string_value(json_object_get(ours, "@odata.id"));
	const char *last = to ? strrchr(to, '/') : NULL;

	if (*key == '@' || !is_link(value) || !last || strcmp(last + 1, key) ||
	    is_link(json_object_get(ours, key)))
		return false;
	return !own || !refers(ours, own, key);
}

/* Does the copy lack a link of ours? */
static bool is_link_missing(const json_t *theirs, const char *key,
			    const json_t *value)
{
	const json_t *there = json_object_get(theirs, key);

	return *key != '@' && is_link(value) &&
	       (!there || json_is_null(there));
}

/* Returns how many links there are to correct, and does so in @patch. */
static size_t links_patch(const json_t *ours, const json_t *theirs,
			  const json_t *names, json_t *patch)
{
	const char *key;
	json_t *value;
	size_t n = 0;

	json_object_foreach((json_t *)theirs, key, value) {
		if (!is_link_surplus(ours, key, value))
			continue;
		n++;
		if (patch)
			json_object_set_new(patch, key, json_null());
	}
	json_object_foreach((json_t *)ours, key, value) {
		if (!is_link_missing(theirs, key, value))
			continue;
		n++;
		if (patch)
			json_object_set_new(patch, key,
					    translated(value, names));
	}
	return n;
}

/* ---- the whole ---------------------------------------------------------- */

/**
 * ofmf_resource_same - does the OFMF's copy equal ours?
 * @names: our URI -> the OFMF's, where it is another; NULL: none is
 */
bool ofmf_resource_same(const json_t *ours, const json_t *theirs,
			const json_t *names)
{
	json_t *a = bare(ours, names), *b = bare(theirs, NULL);
	bool same = json_equal(a, b) && !links_patch(ours, theirs, NULL, NULL);

	json_decref(a);
	json_decref(b);
	return same;
}

/* What of Oem is the OFMF's, without doubles. */
static json_t *their_oem(const json_t *theirs)
{
	json_t *oem = json_copy((json_t *)copy_rm(theirs));
	json_t *list = json_object_get(oem, SHARED_WITH);

	if (list)
		json_object_set_new(oem, SHARED_WITH, each_once(list));
	return oem;
}

/*
 * Properties are replaced whole: what of Oem is the OFMF's goes back with it.
 * @oem: ours, translated
 */
static void keep_theirs(json_t *patch, const json_t *oem, const json_t *theirs)
{
	json_t *rm = their_oem(theirs), *own;

	if (rm && (json_object_get(patch, "Oem") ||
		   ofmf_copy_doubled(theirs))) {
		own = json_is_object(oem) ? json_copy((json_t *)oem) :
					    json_object();
		json_object_set(own, OEM_THEIRS, rm);
		json_object_set_new(patch, "Oem", own);
	}
	json_decref(rm);
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
			json_object_set_new(patch, key, none_of(key));
	links_patch(ours, theirs, names, patch);
	keep_theirs(patch, json_object_get(a, "Oem"), theirs);
	json_decref(a);
	json_decref(b);
	return patch;
}
