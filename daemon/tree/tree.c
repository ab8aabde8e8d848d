// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The published tree.
 *
 * A tree is one JSON object, URI -> resource. Publishing compares the new one
 * with the old one resource by resource. What differs gets another entity tag,
 * and the listeners are called with it. A tag is a number drawn at start and
 * the generation of the resource's last change: so no resource has to be
 * written out for its tag, and a tag of an earlier run never matches by chance.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "tree.h"
#include "util/error.h"
#include "util/log.h"

struct listener {
	tree_listener fn;
	void *ctx;
};

/**
 * struct tree - the published tree
 * @resources: URI -> resource
 * @etags: URI -> entity tag
 * @instance: random, in every tag
 * @busy: listeners are being called
 * @fill: reads the values of placeholders, or NULL
 */
struct tree {
	json_t *resources;
	json_t *etags;
	uint64_t instance;
	uint64_t generation;
	struct listener listeners[TREE_LISTENERS_MAX];
	size_t n_listeners;
	bool busy;
	tree_filler fill;
	void *fill_ctx;
};

struct tree *tree_new(void)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	struct timespec now;

	if (!tree) {
		error_origin(-ENOMEM, "tree: no room for it");
		return NULL;
	}
	tree->resources = json_object();
	tree->etags = json_object();
	if (!tree->resources || !tree->etags) {
		error_origin(-ENOMEM, "tree: no room for its resources");
		tree_free(tree);
		return NULL;
	}
	if (getrandom(&tree->instance, sizeof(tree->instance), GRND_NONBLOCK) !=
	    sizeof(tree->instance)) {
		/* early at boot; it need only differ from other runs */
		clock_gettime(CLOCK_REALTIME, &now);
		tree->instance = now.tv_sec * 1000000000ULL + now.tv_nsec;
	}
	return tree;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	json_decref(tree->resources);
	json_decref(tree->etags);
	free(tree);
}

int tree_listen(struct tree *tree, tree_listener fn, void *ctx)
{
	if (tree->n_listeners == TREE_LISTENERS_MAX)
		return error_origin(-ENOSPC, "tree: more than %d listeners",
				    TREE_LISTENERS_MAX);
	tree->listeners[tree->n_listeners].fn = fn;
	tree->listeners[tree->n_listeners++].ctx = ctx;
	return 0;
}

void tree_set_filler(struct tree *tree, tree_filler fn, void *ctx)
{
	tree->fill = fn;
	tree->fill_ctx = ctx;
}

/*
 * A parent's URI is the beginning of its children's, so that the order of
 * strings has parents first, and turned round children first.
 */
static int change_compare(const void *a, const void *b)
{
	const struct tree_change *x = a, *y = b;

	if (x->op != y->op)
		return x->op < y->op ? -1 : 1;
	if (x->op == TREE_REMOVED)
		return strcmp(y->uri, x->uri);
	return strcmp(x->uri, y->uri);
}

void tree_changes_sort(struct tree_change *changes, size_t count)
{
	qsort(changes, count, sizeof(*changes), change_compare);
}

/* Fills @changes, which has room for every resource of both trees. */
static size_t diff(json_t *before, json_t *after, struct tree_change *changes)
{
	const json_t *old;
	const char *uri;
	json_t *value;
	size_t n = 0;

	json_object_foreach(after, uri, value) {
		old = json_object_get(before, uri);
		if (old && json_equal(old, value))
			continue;
		changes[n++] = (struct tree_change) {
			.op = old ? TREE_CHANGED : TREE_CREATED,
			.uri = uri, .before = old, .after = value,
		};
	}
	json_object_foreach(before, uri, value) {
		if (json_object_get(after, uri))
			continue;
		changes[n++] = (struct tree_change) {
			.op = TREE_REMOVED, .uri = uri, .before = value,
		};
	}
	return n;
}

/* A copy of the tags with new ones for what differs; NULL without memory. */
static json_t *etags_renew(const struct tree *tree,
			   const struct tree_change *changes, size_t count)
{
	json_t *etags = json_copy(tree->etags);
	char tag[48];
	size_t i;

	if (!etags) {
		error_origin(-ENOMEM, "tree: no room for entity tags");
		return NULL;
	}
	snprintf(tag, sizeof(tag), "\"%016" PRIx64 "-%" PRIx64 "\"",
		 tree->instance, tree->generation + 1);
	for (i = 0; i < count; i++) {
		if (changes[i].op == TREE_REMOVED) {
			json_object_del(etags, changes[i].uri);
		} else if (json_object_set_new(etags, changes[i].uri,
					       json_string(tag))) {
			error_origin(-ENOMEM, "%s: no room for its entity tag",
				     changes[i].uri);
			json_decref(etags);
			return NULL;
		}
	}
	return etags;
}

static void listeners_call(struct tree *tree, const struct tree_change *changes,
			   size_t count, uint64_t realtime)
{
	size_t i;

	tree->busy = true;
	for (i = 0; i < tree->n_listeners; i++)
		tree->listeners[i].fn(changes, count, realtime,
				      tree->listeners[i].ctx);
	tree->busy = false;
}

int tree_publish(struct tree *tree, json_t *resources, uint64_t realtime)
{
	struct tree_change *changes = NULL;
	json_t *etags = NULL, *before;
	size_t count;
	int ret;

	if (!resources)
		return error_trace(-ENOMEM);
	if (tree->busy) {
		ret = error_origin(-EBUSY, "tree: a listener published it");
		goto drop;
	}
	changes = calloc(json_object_size(tree->resources) +
			 json_object_size(resources) + 1, sizeof(*changes));
	if (!changes) {
		ret = error_origin(-ENOMEM, "tree: no room for its differences");
		goto drop;
	}
	count = diff(tree->resources, resources, changes);
	ret = count;
	if (!count)
		goto drop;
	etags = etags_renew(tree, changes, count);
	if (!etags) {
		ret = error_trace(-ENOMEM);
		goto drop;
	}
	tree_changes_sort(changes, count);
	before = tree->resources;
	tree->resources = resources;
	json_decref(tree->etags);
	tree->etags = etags;
	tree->generation++;
	listeners_call(tree, changes, count, realtime);
	json_decref(before);
	free(changes);
	return ret;
drop:
	json_decref(resources);
	free(changes);
	return ret;
}

const json_t *tree_get(const struct tree *tree, const char *uri)
{
	return json_object_get(tree->resources, uri);
}

bool tree_is_placeholder(const json_t *resource)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)resource, key, value)
		if (*key != '@' && strcmp(key, "Id") && strcmp(key, "Name"))
			return false;
	return true;
}

json_t *tree_read(const struct tree *tree, const char *uri)
{
	json_t *kept = json_object_get(tree->resources, uri), *filled;
	int ret;

	if (!kept || !tree->fill || !tree_is_placeholder(kept))
		return json_incref(kept);
	filled = json_deep_copy(kept);
	if (filled)
		ret = tree->fill(uri, filled, tree->fill_ctx);
	else
		ret = error_origin(-ENOMEM, "%s: no room for values", uri);
	if (ret >= 0)
		return filled;
	if (ret != -ENOENT)
		error_log(LOG_WARNING, ret, "tree: values cannot be read");
	json_decref(filled);
	return json_incref(kept);
}

const char *tree_etag(const struct tree *tree, const char *uri)
{
	return json_string_value(json_object_get(tree->etags, uri));
}

/* FNV-1a, 64 bits: nobody gains by a collision but who owns the resource. */
static int digest_bytes(const char *data, size_t size, void *digest)
{
	uint64_t *d = digest;
	size_t i;

	for (i = 0; i < size; i++)
		*d = (*d ^ (unsigned char)data[i]) * 0x100000001b3ULL;
	return 0;
}

uint64_t tree_digest(const json_t *resource)
{
	uint64_t digest = 0xcbf29ce484222325ULL;

	json_dump_callback(resource, digest_bytes, &digest,
			   JSON_COMPACT | JSON_SORT_KEYS);
	return digest ? digest : 1;
}

const json_t *tree_all(const struct tree *tree)
{
	return tree->resources;
}

uint64_t tree_generation(const struct tree *tree)
{
	return tree->generation;
}
