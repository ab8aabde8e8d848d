// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The nodes as a tree. The kernel's parent says where a node belongs, except
 * for a memory device, whose parent is a PCI function and no node: it goes
 * below the endpoint that stands for it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "util/error.h"

/* Deeper than any fabric; what hangs lower is a root of its own. */
#define DEPTH_MAX	64

#define NONE		((size_t)-1)

struct entry {
	const struct knl_node *node;
	size_t above, child, next;	/* indexes, or NONE */
	bool seen;
};

struct walk {
	struct entry *entries;		/* by kind and name */
	size_t count;
	struct entry **by_id;
	cli_tree_fn fn;
	void *ctx;
};

static int by_kind_name(const void *a, const void *b)
{
	const struct knl_node *x = ((const struct entry *)a)->node;
	const struct knl_node *y = ((const struct entry *)b)->node;
	int diff;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	diff = strverscmp(x->name, y->name);
	if (diff)
		return diff;
	return x->id < y->id ? -1 : x->id > y->id;
}

static int by_id(const void *a, const void *b)
{
	const struct entry *x = *(struct entry * const *)a;
	const struct entry *y = *(struct entry * const *)b;

	return x->node->id < y->node->id ? -1 : x->node->id > y->node->id;
}

static struct entry *entry_find(const struct walk *walk, uint32_t id)
{
	const struct knl_node node = { .id = id };
	struct entry entry = { .node = &node };
	struct entry *key = &entry;
	struct entry **found;

	found = bsearch(&key, walk->by_id, walk->count, sizeof(*walk->by_id),
			by_id);
	return found ? *found : NULL;
}

/* Memory devices below the endpoints that stand for them. */
static void adopt(const struct walk *walk, const struct entry *endpoint)
{
	const struct knl_node *node = endpoint->node;
	struct entry *target;
	size_t i;

	for (i = 0; i < node->n_edges; i++) {
		if (node->edges[i].type != FABMON_EDGE_TYPE_UPORT)
			continue;
		target = entry_find(walk, node->edges[i].node);
		if (target && target->above == NONE && !target->node->parent)
			target->above = endpoint - walk->entries;
	}
}

static void link_up(struct walk *walk)
{
	struct entry *above;
	size_t i;

	for (i = 0; i < walk->count; i++) {
		above = entry_find(walk, walk->entries[i].node->parent);
		if (above)
			walk->entries[i].above = above - walk->entries;
	}
	for (i = 0; i < walk->count; i++) {
		if (walk->entries[i].node->kind ==
		    FABMON_NODE_KIND_CXL_ENDPOINT)
			adopt(walk, &walk->entries[i]);
	}
	/* From the end, so that each list of children is in order. */
	for (i = walk->count; i-- > 0;) {
		if (walk->entries[i].above == NONE)
			continue;
		above = &walk->entries[walk->entries[i].above];
		walk->entries[i].next = above->child;
		above->child = i;
	}
}

static int visit(struct walk *walk, size_t at, const struct knl_node *above,
		 unsigned int depth)
{
	struct entry *entry = &walk->entries[at];
	size_t i;
	int rc;

	if (entry->seen || depth > DEPTH_MAX)
		return 0;
	entry->seen = true;
	rc = walk->fn(entry->node, above, depth, walk->ctx);
	for (i = entry->child; !rc && i != NONE; i = walk->entries[i].next)
		rc = visit(walk, i, entry->node, depth + 1);
	return rc;
}

static int visit_all(struct walk *walk)
{
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < walk->count; i++) {
		if (walk->entries[i].above == NONE)
			rc = visit(walk, i, NULL, 0);
	}
	/* What is left hangs in a ring, which the kernel never builds. */
	for (i = 0; !rc && i < walk->count; i++)
		rc = visit(walk, i, NULL, 0);
	return rc;
}

int cli_tree_walk(const struct cli_set *set, cli_tree_fn fn, void *ctx)
{
	struct walk walk = { .count = set->count, .fn = fn, .ctx = ctx };
	size_t i;
	int rc;

	if (!set->count)
		return 0;
	walk.entries = calloc(set->count, sizeof(*walk.entries));
	walk.by_id = calloc(set->count, sizeof(*walk.by_id));
	if (!walk.entries || !walk.by_id) {
		rc = error_origin(-ENOMEM, "the tree of nodes");
		goto out;
	}

	for (i = 0; i < set->count; i++)
		walk.entries[i] = (struct entry){
			.node = &set->nodes[i],
			.above = NONE, .child = NONE, .next = NONE,
		};
	qsort(walk.entries, walk.count, sizeof(*walk.entries), by_kind_name);
	for (i = 0; i < set->count; i++)
		walk.by_id[i] = &walk.entries[i];
	qsort(walk.by_id, walk.count, sizeof(*walk.by_id), by_id);

	link_up(&walk);
	rc = visit_all(&walk);
out:
	free(walk.entries);
	free(walk.by_id);
	return rc;
}
