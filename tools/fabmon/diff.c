// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What differs between two states of a node. Both become flat lists of
 * properties first ("rdma-port.state", "gid[3]", "dport[0]"), so that a new
 * attribute needs no word here.
 */
#include <inttypes.h>
#include <string.h>

#include "cli.h"

#define KEY_LEN		80
#define TEXT_LEN	512

static json_t *text_of(const json_t *value)
{
	if (json_is_boolean(value))
		return json_string(json_is_true(value) ? "yes" : "no");
	if (json_is_integer(value))
		return json_sprintf("%" JSON_INTEGER_FORMAT,
				    json_integer_value(value));
	return json_string(json_string_value(value));
}

/* The end of a path is enough, and is the PCI address where there is one. */
static const char *short_of(const char *member, const char *text)
{
	const char *slash = strcmp(member, "path") ? NULL : strrchr(text, '/');

	return slash ? slash + 1 : text;
}

/* "gids" hold what is called a gid; an edge is called by its type. */
static void element_name(char *name, size_t size, const char *list,
			 const json_t *element)
{
	const char *type = NULL;

	if (!strcmp(list, "edges"))
		type = json_string_value(json_object_get(element, "type"));
	if (type)
		snprintf(name, size, "%s", type);
	else
		snprintf(name, size, "%.*s", (int)strlen(list) - 1, list);
}

/* Where it has no index: by the order in which they come. */
static void element_key(json_t *flat, char *key, const char *name,
			const json_t *index)
{
	int n;

	snprintf(key, KEY_LEN, index ? "%s[%d]" : "%s", name,
		 (int)json_integer_value(index));
	for (n = 1; json_object_get(flat, key); n++)
		snprintf(key, KEY_LEN, "%s[%d]", name, n);
}

/* "up" and "no carrier" are clearer than "yes no". */
static int member_text(char *text, size_t room, const char *member,
		       const json_t *value)
{
	json_t *part;
	int len = 0;

	if (json_is_boolean(value))
		return snprintf(text, room, "%s%s",
				json_is_true(value) ? "" : "no ", member);
	if (json_is_integer(value) &&
	    (!strcmp(member, "start") || !strcmp(member, "size") ||
	     !strcmp(member, "value")))
		return snprintf(text, room, "0x%" PRIx64,
				(uint64_t)json_integer_value(value));
	part = text_of(value);
	if (part)
		len = snprintf(text, room, "%s",
			       short_of(member, json_string_value(part)));
	json_decref(part);
	return len;
}

/* An element of "edges", "gids" or "pkeys" as one property. */
static void flatten_element(json_t *flat, const char *list, json_t *element)
{
	json_t *type = json_object_get(element, "type");
	json_t *index = json_object_get(element, "index");
	char name[KEY_LEN / 2], key[KEY_LEN], text[TEXT_LEN] = "";
	const char *member;
	json_t *value;
	size_t len = 0;

	element_name(name, sizeof(name), list, element);
	element_key(flat, key, name, index);
	json_object_foreach(element, member, value) {
		if (value == index || (value == type && strcmp(name, "gid")))
			continue;
		if (!strcmp(member, "pci") && len)
			continue;
		if (len && len < sizeof(text) - 1)
			text[len++] = ' ';
		if (len < sizeof(text))
			len += member_text(text + len, sizeof(text) - len,
					   member, value);
	}
	json_object_set_new(flat, key, json_string(text));
}

/* An array of words, such as "protocols", is one property. */
static void flatten_words(json_t *flat, const char *key, const json_t *array)
{
	char text[TEXT_LEN] = "";
	size_t i, len = 0;
	json_t *value, *word;

	json_array_foreach((json_t *)array, i, value) {
		word = text_of(value);
		if (word && len < sizeof(text))
			len += snprintf(text + len, sizeof(text) - len, "%s%s",
					i ? " " : "", json_string_value(word));
		json_decref(word);
	}
	json_object_set_new(flat, key, json_string(text));
}

/* Nests are two deep: the node, and what its kind has. */
static void flatten(json_t *flat, const char *prefix, const json_t *object)
{
	const char *name;
	char key[KEY_LEN];
	json_t *value, *element;
	size_t i;

	json_object_foreach((json_t *)object, name, value) {
		snprintf(key, sizeof(key), "%s%s", prefix, name);
		if (json_is_object(value)) {
			if (!*prefix) {
				snprintf(key, sizeof(key), "%s.", name);
				flatten(flat, key, value);
			}
		} else if (json_is_array(value) &&
			   !json_is_object(json_array_get(value, 0))) {
			if (json_array_size(value))
				flatten_words(flat, key, value);
		} else if (json_is_array(value)) {
			json_array_foreach(value, i, element)
				flatten_element(flat, name, element);
		} else {
			json_object_set_new(flat, key, text_of(value));
		}
	}
}

static void change_add(json_t *list, const char *property, json_t *old,
		       json_t *new)
{
	json_array_append_new(list, json_pack("{s:s, s:O?, s:O?}", "property",
					      property, "old", old, "new",
					      new));
}

json_t *cli_diff(const json_t *old, const json_t *new)
{
	json_t *before = json_object(), *after = json_object();
	json_t *list = json_array();
	const char *property;
	json_t *value, *was;

	if (before && after && list) {
		flatten(before, "", old);
		flatten(after, "", new);
		json_object_foreach(after, property, value) {
			was = json_object_get(before, property);
			if (!was || !json_equal(was, value))
				change_add(list, property, was, value);
		}
		json_object_foreach(before, property, value) {
			if (!json_object_get(after, property))
				change_add(list, property, value, NULL);
		}
	}
	json_decref(before);
	json_decref(after);
	return list;
}
