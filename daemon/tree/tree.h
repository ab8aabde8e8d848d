/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The published tree: every Redfish resource by its URI.
 *
 * tree/ keeps what the host looked like when it was last published, and finds
 * out what a newer projection changed. A projection comes in (publish.h makes
 * it of the model); the differences go out to listeners, each exactly once, in
 * an order in which a receiver can apply them: parents first, and children
 * first when they go. The service and the OFMF's client read the tree and never
 * the model, so that all see the same host.
 *
 * Counters change all the time and are no state of the host. Such a resource is
 * a placeholder, and its values are read when somebody asks (readings.h).
 *
 * A resource that is published is never written to. No listener may publish.
 */
#ifndef FABMON_TREE_H
#define FABMON_TREE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tree_op { TREE_CREATED, TREE_CHANGED, TREE_REMOVED };

/**
 * struct tree_change - one difference between two published trees
 * @op: what happened
 * @uri: the resource
 * @before: the resource as it was, NULL if created
 * @after: the resource as it is, NULL if removed
 *
 * Valid during the listener's call only.
 */
struct tree_change {
	enum tree_op op;
	const char *uri;
	const json_t *before;
	const json_t *after;
};

/**
 * typedef tree_listener - is called when something changed
 * @changes: created ones parents first, then changed, then removed ones
 *	children first; collections (resources with Members) are among them
 * @count: how many
 * @realtime: CLOCK_REALTIME in ns of the first cause, 0 if unknown
 */
typedef void (*tree_listener)(const struct tree_change *changes, size_t count,
			      uint64_t realtime, void *ctx);

/* Into that order. */
void tree_changes_sort(struct tree_change *changes, size_t count);

struct tree;

/**
 * typedef tree_filler - reads the values that a placeholder stands for
 * @uri: the resource
 * @resource: a copy of the placeholder, to be added to
 *
 * Return: 0; negative: @resource is not used. -ENOENT: there are none; others
 * are logged.
 */
typedef int (*tree_filler)(const char *uri, json_t *resource, void *ctx);

struct tree *tree_new(void);
void tree_free(struct tree *tree);

/* Eight OFMFs, the service, and some to spare. */
#define TREE_LISTENERS_MAX	12

/* At most so many (-ENOSPC), called in the order they were added. */
int tree_listen(struct tree *tree, tree_listener fn, void *ctx);

/* Who reads the values of placeholders; NULL: nobody, they stay empty. */
void tree_set_filler(struct tree *tree, tree_filler fn, void *ctx);

/**
 * tree_publish - make @resources the published tree
 * @resources: JSON object, URI -> resource; a reference is taken over
 * @realtime: CLOCK_REALTIME in ns of what caused it, 0 if unknown
 *
 * Listeners are called if anything differs. Return: the number of
 * differences; -ENOMEM, also for a NULL @resources, or -EBUSY when called by a
 * listener (the old tree stays). The reference is taken over in any case.
 */
int tree_publish(struct tree *tree, json_t *resources, uint64_t realtime);

/* The resource at @uri (no trailing slash but the root's), borrowed, or NULL. */
const json_t *tree_get(const struct tree *tree, const char *uri);
/**
 * tree_is_placeholder - whether a resource has nothing but its name
 *
 * Counters change all the time: such a resource is published without values,
 * so that no change of them is a difference, and read when it is asked for.
 */
bool tree_is_placeholder(const json_t *resource);
/**
 * tree_read - the resource at @uri, values that are not kept included
 *
 * Return: a new reference to what must not be written to; it is tree_get()'s
 * where there was nothing to read. NULL if there is no such resource.
 */
json_t *tree_read(const struct tree *tree, const char *uri);
/*
 * Strong entity tag of a resource, with its quotes, or NULL. It changes with
 * each change of the resource, and over restarts.
 */
const char *tree_etag(const struct tree *tree, const char *uri);
/*
 * Digest of a resource's content: the same in every run, and another where the
 * content differs, but for chance; never 0.
 */
uint64_t tree_digest(const json_t *resource);
/* All resources, URI -> resource, borrowed. */
const json_t *tree_all(const struct tree *tree);
/* Grows with each publication that changed something. */
uint64_t tree_generation(const struct tree *tree);

/**
 * tree_dump - write the tree as DIR/.../index.json
 *
 * With the values that are not kept, as they are now. /redfish/v1/ becomes
 * DIR/index.json. Directories are made, each file is replaced at once; files
 * of an earlier dump that have no resource any more stay. Return: 0 or -errno;
 * -EINVAL for a URI that is not below /redfish/v1.
 */
int tree_dump(const struct tree *tree, const char *dir);

#endif /* FABMON_TREE_H */
