// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Is an event for a subscription? And the $filter of a stream, read into the
 * properties of a subscription that say the same (DSP0266, "Server-sent
 * events"). Pure functions.
 */
#include <stdlib.h>
#include <string.h>

#include "event.h"

#define FILTER_DEPTH_MAX	8

/**
 * event_message_split - take a MessageId apart
 * @id: with or without version
 * @prefix: set to the length of the registry's prefix
 * @key: set to the message's key in @id
 *
 * Return: whether it is one.
 */
bool event_message_split(const char *id, size_t *prefix, const char **key)
{
	const char *dot = strrchr(id, '.');

	*prefix = strcspn(id, ".");
	*key = dot ? dot + 1 : id;
	return dot && *prefix && **key;
}

static bool has_prefix(const json_t *prefixes, const char *message)
{
	size_t n = strcspn(message, "."), i;
	json_t *item;

	json_array_foreach(prefixes, i, item)
		if (json_string_length(item) == n &&
		    !strncmp(json_string_value(item), message, n))
			return true;
	return false;
}

/* Of whichever version. */
static bool same_message(const char *a, const char *b)
{
	const char *a_key, *b_key;
	size_t a_prefix, b_prefix;

	return event_message_split(a, &a_prefix, &a_key) &&
	       event_message_split(b, &b_prefix, &b_key) &&
	       a_prefix == b_prefix && !strncmp(a, b, a_prefix) &&
	       !strcmp(a_key, b_key);
}

static bool has_message(const json_t *ids, const char *message)
{
	json_t *item;
	size_t i;

	json_array_foreach(ids, i, item)
		if (same_message(json_string_value(item), message))
			return true;
	return false;
}

/* An array that is absent or empty filters nothing. */
static bool has_text(const json_t *array, const char *text)
{
	json_t *item;
	size_t i;

	if (!json_array_size(array))
		return true;
	json_array_foreach(array, i, item)
		if (text && !strcmp(json_string_value(item), text))
			return true;
	return false;
}

static bool has_origin(const json_t *origins, const char *origin, bool below)
{
	const char *uri;
	json_t *item;
	size_t i, n;

	if (!json_array_size(origins))
		return true;
	json_array_foreach(origins, i, item) {
		uri = json_string_value(json_object_get(item, "@odata.id"));
		n = strlen(uri);
		/* the root, and what is written with a slash at its end */
		while (n && uri[n - 1] == '/')
			n--;
		if (origin && !strncmp(origin, uri, n) &&
		    (!origin[n] || !strcmp(origin + n, "/") ||
		     (below && origin[n] == '/')))
			return true;
	}
	return false;
}

/**
 * event_wanted - is an event for a subscription with these properties?
 */
bool event_wanted(const json_t *properties, const struct event *event)
{
	const json_t *prefixes = json_object_get(properties, "RegistryPrefixes");
	const json_t *ids = json_object_get(properties, "MessageIds");

	if ((json_array_size(prefixes) || json_array_size(ids)) &&
	    !has_prefix(prefixes, event->message) &&
	    !has_message(ids, event->message))
		return false;
	if (has_prefix(json_object_get(properties, "ExcludeRegistryPrefixes"),
		       event->message) ||
	    has_message(json_object_get(properties, "ExcludeMessageIds"),
			event->message))
		return false;
	return has_text(json_object_get(properties, "ResourceTypes"),
			event->type) &&
	       has_text(json_object_get(properties, "Severities"),
			event->severity) &&
	       has_origin(json_object_get(properties, "OriginResources"),
			  event->origin,
			  json_is_true(json_object_get(properties,
						       "SubordinateResources")));
}

/* ---- $filter ------------------------------------------------------------ */

/* Names in a filter and the properties of a subscription that say the same. */
static const struct name {
	const char *filter, *property;
	enum { NAME_TEXT, NAME_BOOL, NAME_TEXTS, NAME_LINKS } form;
} names[] = {
	{ "EventFormatType", "EventFormatType", NAME_TEXT },
	{ "MessageId", "MessageIds", NAME_TEXTS },
	{ "OriginResource", "OriginResources", NAME_LINKS },
	{ "RegistryPrefix", "RegistryPrefixes", NAME_TEXTS },
	{ "ResourceType", "ResourceTypes", NAME_TEXTS },
	{ "SubordinateResources", "SubordinateResources", NAME_BOOL },
};

struct filter {
	const char *at;
	unsigned int depth;
};

static void blanks_skip(struct filter *filter)
{
	filter->at += strspn(filter->at, " ");
}

/* Whether the next word is @word; it is read then. */
static bool word_read(struct filter *filter, const char *word)
{
	size_t n = strlen(word);

	blanks_skip(filter);
	if (strncmp(filter->at, word, n) ||
	    !strchr(" ()", filter->at[n]))
		return false;
	filter->at += n;
	return true;
}

/* A word, or anything between single quotes. */
static json_t *value_read(struct filter *filter)
{
	const char *start;
	size_t n;

	blanks_skip(filter);
	start = filter->at;
	if (*start != '\'') {
		n = strcspn(start, " ()'");
		filter->at += n;
		return n ? json_stringn(start, n) : NULL;
	}
	n = strcspn(++start, "'");
	if (start[n] != '\'')
		return NULL;
	filter->at = start + n + 1;
	return json_stringn(start, n);
}

/* A value as the property has it; takes the reference. */
static json_t *value_form(const struct name *name, json_t *value)
{
	const char *text = json_string_value(value);
	json_t *form = NULL;

	switch (name->form) {
	case NAME_TEXT:
		return value;
	case NAME_TEXTS:
		return value ? json_pack("[o]", value) : NULL;
	case NAME_LINKS:
		return value ? json_pack("[{s:o}]", "@odata.id", value) : NULL;
	case NAME_BOOL:
		if (text && !strcmp(text, "true"))
			form = json_true();
		else if (text && !strcmp(text, "false"))
			form = json_false();
		break;
	}
	json_decref(value);
	return form;
}

static json_t *comparison_read(struct filter *filter)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		json_t *value;

		if (!word_read(filter, names[i].filter))
			continue;
		if (!word_read(filter, "eq"))
			return NULL;
		value = value_form(&names[i], value_read(filter));
		return value ? json_pack("{s:o}", names[i].property, value) :
			       NULL;
	}
	return NULL;
}

static json_t *or_read(struct filter *filter);

static json_t *primary_read(struct filter *filter)
{
	json_t *inner;

	blanks_skip(filter);
	if (*filter->at != '(')
		return comparison_read(filter);
	if (filter->depth == FILTER_DEPTH_MAX)
		return NULL;
	filter->depth++;
	filter->at++;
	inner = or_read(filter);
	filter->depth--;
	blanks_skip(filter);
	if (*filter->at != ')') {
		json_decref(inner);
		return NULL;
	}
	filter->at++;
	return inner;
}

/* Both of two; a property cannot have two values at once. */
static bool merge_and(json_t *into, const json_t *from)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)from, key, value)
		if (json_object_get(into, key))
			return false;
	return !json_object_update(into, (json_t *)from);
}

/* One of two: a subscription can say that of values of one array only. */
static bool merge_or(json_t *into, const json_t *from)
{
	void *iter = json_object_iter(into);
	json_t *more;

	if (json_object_size(into) != 1 || json_object_size(from) != 1)
		return false;
	more = json_object_get(from, json_object_iter_key(iter));
	return json_is_array(more) &&
	       !json_array_extend(json_object_iter_value(iter), more);
}

static json_t *list_read(struct filter *filter, const char *word,
			 json_t *(*part)(struct filter *filter),
			 bool (*merge)(json_t *into, const json_t *from))
{
	json_t *whole = part(filter), *more;
	bool good = whole;

	while (good && word_read(filter, word)) {
		more = part(filter);
		good = more && merge(whole, more);
		json_decref(more);
	}
	if (good)
		return whole;
	json_decref(whole);
	return NULL;
}

static json_t *and_read(struct filter *filter)
{
	return list_read(filter, "and", primary_read, merge_and);
}

static json_t *or_read(struct filter *filter)
{
	return list_read(filter, "or", and_read, merge_or);
}

/**
 * event_filter_parse - read a $filter
 * @text: decoded
 *
 * Comparisons with eq, joined by and; by or, where they are about the same
 * property and its values. A registry or a message cannot both be demanded: a
 * subscription is for the one or the other.
 *
 * Return: the properties of a subscription that say the same, their values not
 * checked; a new reference, or NULL if it is no such filter.
 */
json_t *event_filter_parse(const char *text)
{
	struct filter filter = { .at = text };
	json_t *whole = or_read(&filter);

	blanks_skip(&filter);
	if (whole && !*filter.at &&
	    !(json_object_get(whole, "RegistryPrefixes") &&
	      json_object_get(whole, "MessageIds")))
		return whole;
	json_decref(whole);
	return NULL;
}
