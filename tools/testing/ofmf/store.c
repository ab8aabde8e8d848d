// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The aggregated tree: objects and their place in it. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "collection.h"
#include "jsonx.h"
#include "standin.h"
#include "store.h"

struct store {
	pthread_mutex_t lock;	/* protects tree */
	json_t *tree;
	bool conformant;
};

char *store_parent(const char *uri)
{
	const char *slash = strrchr(uri, '/');

	if (!slash || slash == uri)
		return NULL;
	return strndup(uri, (size_t)(slash - uri));
}

bool store_uri_ok(const char *uri)
{
	size_t root = strlen(STANDIN_ROOT "/"), len;

	if (!uri || strncmp(uri, STANDIN_ROOT "/", root))
		return false;
	len = strlen(uri);
	return len > root && len < 1024 && uri[len - 1] != '/' &&
	       !strstr(uri, "//") && !strpbrk(uri, "?#") &&
	       strchr(uri + root, '/');
}

struct store *store_new(bool conformant)
{
	struct store *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	pthread_mutex_init(&st->lock, NULL);
	st->conformant = conformant;
	st->tree = collection_base(conformant);
	if (!st->tree) {
		store_free(st);
		return NULL;
	}
	return st;
}

void store_free(struct store *st)
{
	if (!st)
		return;
	json_decref(st->tree);
	pthread_mutex_destroy(&st->lock);
	free(st);
}

void store_reset(struct store *st)
{
	json_t *base = collection_base(st->conformant);

	if (!base)
		return;
	pthread_mutex_lock(&st->lock);
	json_decref(st->tree);
	st->tree = base;
	pthread_mutex_unlock(&st->lock);
}

json_t *store_get(struct store *st, const char *uri)
{
	json_t *copy;

	pthread_mutex_lock(&st->lock);
	copy = json_deep_copy(json_object_get(st->tree, uri));
	pthread_mutex_unlock(&st->lock);
	return copy;
}

bool store_has(struct store *st, const char *uri)
{
	bool has;

	pthread_mutex_lock(&st->lock);
	has = json_object_get(st->tree, uri);
	pthread_mutex_unlock(&st->lock);
	return has;
}

json_t *store_dump(struct store *st)
{
	json_t *copy;

	pthread_mutex_lock(&st->lock);
	copy = json_deep_copy(st->tree);
	pthread_mutex_unlock(&st->lock);
	return copy;
}

static bool is_entered(const json_t *tree, const char *parent, const char *uri)
{
	const json_t *members = json_object_get(json_object_get(tree, parent),
						"Members");

	return !members || jsonx_has_link(members, uri);
}

static int add_locked(struct store *st, const char *uri, const json_t *obj)
{
	bool there = json_object_get(st->tree, uri);
	char *parent;
	int rc;

	/* the reference looks into the collection only */
	if (there && st->conformant)
		return -EEXIST;
	parent = store_parent(uri);
	if (!parent)
		return -ENOMEM;
	if (there && is_entered(st->tree, parent, uri)) {
		free(parent);
		return -EEXIST;
	}
	rc = collection_enter(st->tree, parent, uri, st->conformant);
	free(parent);
	if (rc)
		return rc;
	rc = json_object_set_new(st->tree, uri, json_deep_copy(obj));
	return rc ? -ENOMEM : 0;
}

int store_add(struct store *st, const json_t *obj)
{
	const char *uri = jsonx_str(obj, "@odata.id");
	int rc;

	if (!store_uri_ok(uri))
		return -EINVAL;
	pthread_mutex_lock(&st->lock);
	rc = add_locked(st, uri, obj);
	pthread_mutex_unlock(&st->lock);
	return rc;
}

int store_add_collection(struct store *st, const json_t *obj)
{
	const char *uri = jsonx_str(obj, "@odata.id");
	int rc;

	if (!store_uri_ok(uri))
		return -EINVAL;
	pthread_mutex_lock(&st->lock);
	rc = json_object_get(st->tree, uri) ? -EEXIST :
		collection_make(st->tree, uri, obj, st->conformant);
	pthread_mutex_unlock(&st->lock);
	return rc;
}

/* Put @obj in the place of @uri's object; takes over the reference to @obj. */
static int swap_locked(struct store *st, const char *uri, json_t *obj,
		       json_t **old, json_t **now)
{
	if (old)
		*old = json_deep_copy(json_object_get(st->tree, uri));
	if (now)
		*now = json_deep_copy(obj);
	return json_object_set_new(st->tree, uri, obj) ? -ENOMEM : 0;
}

int store_merge(struct store *st, const char *uri, const json_t *patch,
		json_t **old, json_t **now)
{
	json_t *obj, *copy = json_deep_copy(patch);
	int rc = -ENOENT;

	pthread_mutex_lock(&st->lock);
	obj = json_copy(json_object_get(st->tree, uri));
	if (obj && copy && !json_object_update(obj, copy))
		rc = swap_locked(st, uri, json_incref(obj), old, now);
	pthread_mutex_unlock(&st->lock);
	json_decref(obj);
	json_decref(copy);
	return rc;
}

static void keep_rm(const json_t *stored, json_t *obj)
{
	json_t *rm = json_deep_copy(jsonx_rm(stored));
	json_t *oem = json_object_get(obj, "Oem");

	if (!rm)
		return;
	if (!json_is_object(oem)) {
		json_object_set_new(obj, "Oem", json_object());
		oem = json_object_get(obj, "Oem");
	}
	json_object_set_new(oem, "Sunfish_RM", rm);
}

int store_replace(struct store *st, const char *uri, const json_t *obj,
		  json_t **old, json_t **now)
{
	json_t *stored, *copy = json_deep_copy(obj);
	int rc = -ENOENT;

	if (!copy)
		return -ENOMEM;
	pthread_mutex_lock(&st->lock);
	stored = json_object_get(st->tree, uri);
	if (stored) {
		keep_rm(stored, copy);
		json_object_set_new(copy, "@odata.id", json_string(uri));
		rc = swap_locked(st, uri, json_incref(copy), old, now);
	}
	pthread_mutex_unlock(&st->lock);
	json_decref(copy);
	return rc;
}

/* The first sharer becomes the manager; false when @obj is not shared. */
static bool hand_over(json_t *obj)
{
	json_t *rm = jsonx_rm(obj);
	json_t *sharers = json_object_get(rm, "FabricSharedWith");
	json_t *heir = json_array_get(sharers, 0);

	if (!heir)
		return false;
	json_object_set(rm, "ManagingAgent", heir);
	json_array_remove(sharers, 0);
	return true;
}

/* A sharer that removes the fabric only stops sharing it. */
static void stop_sharing(json_t *obj, const char *owner)
{
	json_t *sharers = json_object_get(jsonx_rm(obj), "FabricSharedWith");
	json_t *member;
	size_t i;

	json_array_foreach(sharers, i, member) {
		const char *uri = jsonx_str(member, "@odata.id");

		if (uri && !strcmp(uri, owner)) {
			json_array_remove(sharers, i);
			return;
		}
	}
}

static bool may_remove(json_t *obj, const char *owner)
{
	const char *manager = jsonx_manager(obj);

	if (!owner)
		return true;
	if (manager && strcmp(manager, owner)) {
		stop_sharing(obj, owner);
		return false;
	}
	if (!manager) {
		/* a collection goes with its last member's parent */
		return jsonx_is_collection(obj) &&
		       !json_array_size(json_object_get(obj, "Members"));
	}
	return !hand_over(obj);
}

static int longest_first(const void *a, const void *b)
{
	size_t la = strlen(*(char *const *)a), lb = strlen(*(char *const *)b);

	return la < lb ? 1 : la > lb ? -1 :
		strcmp(*(char *const *)a, *(char *const *)b);
}

/* The URIs at and below @uri, deepest first; strings belong to the caller. */
static size_t subtree(json_t *tree, const char *uri, char ***out)
{
	size_t len = strlen(uri), n = 0;
	char **list = calloc(json_object_size(tree) + 1, sizeof(*list));
	const char *key;
	json_t *obj;

	*out = list;
	if (!list)
		return 0;
	json_object_foreach(tree, key, obj) {
		if (strncmp(key, uri, len) || (key[len] && key[len] != '/'))
			continue;
		list[n] = strdup(key);
		if (list[n])
			n++;
	}
	qsort(list, n, sizeof(*list), longest_first);
	return n;
}

static const char *link_to(const json_t *link)
{
	return json_is_string(link) ? json_string_value(link) :
				      jsonx_str(link, "@odata.id");
}

static void list_drop(json_t *list, const char *uri)
{
	size_t i = json_array_size(list);

	while (i--) {
		const char *to = link_to(json_array_get(list, i));

		if (to && !strcmp(to, uri))
			json_array_remove(list, i);
	}
}

/*
 * The reference takes a link to what was deleted, not to what went with it, out
 * of the lists in Links of all that it has, and with its last link the list.
 */
static void links_drop(json_t *tree, const char *uri)
{
	const char *at, *key;
	json_t *obj, *list;
	void *next;
	size_t n;

	json_object_foreach(tree, at, obj) {
		json_t *links = json_object_get(obj, "Links");

		json_object_foreach_safe(links, next, key, list) {
			n = json_array_size(list);
			list_drop(list, uri);
			if (n && !json_array_size(list))
				json_object_del(links, key);
		}
	}
}

json_t *store_remove(struct store *st, const char *uri, const char *owner)
{
	json_t *gone = json_array();
	char **list;
	size_t n;

	pthread_mutex_lock(&st->lock);
	n = subtree(st->tree, uri, &list);
	for (size_t i = 0; i < n; i++) {
		json_t *obj = json_object_get(st->tree, list[i]);
		bool named = !jsonx_is_collection(obj);

		if (may_remove(obj, owner)) {
			collection_leave(st->tree, list[i]);
			json_object_del(st->tree, list[i]);
			if (named)
				json_array_append_new(gone,
						      json_string(list[i]));
		}
		free(list[i]);
	}
	if (!st->conformant && json_array_size(gone))
		links_drop(st->tree, uri);
	pthread_mutex_unlock(&st->lock);
	free(list);
	return gone;
}

/* Links themselves, or what one of them leads to. */
static bool has_null_links(const json_t *obj)
{
	const json_t *links = json_object_get(obj, "Links");
	const char *key;
	json_t *value;

	if (json_is_null(links))
		return true;
	json_object_foreach((json_t *)links, key, value)
		if (json_is_null(value))
			return true;
	return false;
}

bool store_null_links(struct store *st)
{
	const char *uri;
	bool found = false;
	json_t *obj;

	pthread_mutex_lock(&st->lock);
	json_object_foreach(st->tree, uri, obj)
		found |= has_null_links(obj);
	pthread_mutex_unlock(&st->lock);
	return found;
}

void store_lose(struct store *st, const char *uri)
{
	pthread_mutex_lock(&st->lock);
	collection_leave(st->tree, uri);
	pthread_mutex_unlock(&st->lock);
}

int store_share(struct store *st, const char *uri, const char *source)
{
	json_t *obj, *rm, *sharers;
	int rc = -ENOENT;

	pthread_mutex_lock(&st->lock);
	obj = json_object_get(st->tree, uri);
	rm = jsonx_rm(obj);
	if (rm) {
		sharers = json_object_get(rm, "FabricSharedWith");
		if (!json_is_array(sharers)) {
			sharers = json_array();
			json_object_set_new(rm, "FabricSharedWith", sharers);
		}
		rc = !jsonx_has_link(sharers, source);
		/* the reference enters it each time that it reads the fabric */
		if (rc || !st->conformant)
			json_array_append_new(sharers, jsonx_link_new(source));
	}
	pthread_mutex_unlock(&st->lock);
	return rc;
}

json_t *store_sources(struct store *st)
{
	json_t *list = json_array(), *members, *member;
	size_t i;

	pthread_mutex_lock(&st->lock);
	members = json_object_get(json_object_get(st->tree, STANDIN_SOURCES),
				  "Members");
	json_array_foreach(members, i, member) {
		const char *uri = jsonx_str(member, "@odata.id");
		json_t *source = uri ? json_object_get(st->tree, uri) : NULL;

		if (source)
			json_array_append_new(list, json_deep_copy(source));
	}
	pthread_mutex_unlock(&st->lock);
	return list;
}

json_t *store_find_source(struct store *st, const char *method)
{
	json_t *list = store_sources(st), *source, *found = NULL;
	size_t i;

	json_array_foreach(list, i, source) {
		const char *uri = jsonx_link(json_object_get(source, "Links"),
					     "ConnectionMethod");

		if (uri && !strcmp(uri, method)) {
			found = json_incref(source);
			break;
		}
	}
	json_decref(list);
	return found;
}
