// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The graph of nodes.
 *
 * Nodes are kept in an array in order of their id: ids only grow, so that
 * adding is appending, a lookup is a binary search, and walking in order is
 * free. Two chained hashes find a node by its name and by its uport; they use
 * links inside the nodes, so that only growing them can fail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"
#include "util/error.h"

#define MIN_BUCKETS	64

static struct model_slot *to_slot(const struct model_node *node)
{
	return (struct model_slot *)node;
}

/* ---- index by name and by uport ----------------------------------------- */

static uint32_t hash_bytes(uint32_t hash, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		hash = (hash ^ *p++) * 16777619u;	/* FNV-1a */
	return hash;
}

static uint32_t hash_name(enum fabmon_node_kind kind, const char *name)
{
	uint32_t hash = hash_bytes(2166136261u, &kind, sizeof(kind));

	return hash_bytes(hash, name, strlen(name));
}

static uint32_t hash_uport(enum fabmon_node_kind kind, uint32_t uport)
{
	uint32_t hash = hash_bytes(2166136261u, &kind, sizeof(kind));

	return hash_bytes(hash, &uport, sizeof(uport));
}

static uint32_t node_uport(const struct model_node *node)
{
	const struct knl_edge *edge = model_edge(node, FABMON_EDGE_TYPE_UPORT);

	return edge ? edge->node : 0;
}

/* Where the node belongs under a key; NULL where it has no such key. */
static struct model_slot **bucket_of(struct model *model,
				     const struct model_slot *slot,
				     enum model_key key)
{
	const struct knl_node *k = &slot->node.k;
	uint32_t uport, hash;

	if (key == MODEL_KEY_NAME) {
		if (!k->name)
			return NULL;
		hash = hash_name(k->kind, k->name);
	} else {
		uport = node_uport(&slot->node);
		if (!uport)
			return NULL;
		hash = hash_uport(k->kind, uport);
	}
	return &model->buckets[key][hash & (model->n_buckets - 1)];
}

static void index_add(struct model *model, struct model_slot *slot)
{
	struct model_slot **bucket;
	int key;

	for (key = 0; key < MODEL_KEYS; key++) {
		bucket = bucket_of(model, slot, key);
		slot->hashed[key] = bucket;
		if (!bucket)
			continue;
		slot->hash[key] = *bucket;
		*bucket = slot;
	}
}

/* While the node still has the keys that it was added under. */
static void index_del(struct model *model, struct model_slot *slot)
{
	struct model_slot **p;
	int key;

	for (key = 0; key < MODEL_KEYS; key++) {
		if (!slot->hashed[key])
			continue;
		p = bucket_of(model, slot, key);
		while (*p != slot)
			p = &(*p)->hash[key];
		*p = slot->hash[key];
		slot->hashed[key] = false;
	}
}

static int index_grow(struct model *model, size_t n_buckets)
{
	struct model_slot **fresh[MODEL_KEYS];
	size_t i;
	int key;

	for (key = 0; key < MODEL_KEYS; key++) {
		fresh[key] = calloc(n_buckets, sizeof(*fresh[key]));
		if (!fresh[key]) {
			while (key--)
				free(fresh[key]);
			return error_origin(-ENOMEM,
					    "model: an index of %zu buckets",
					    n_buckets);
		}
	}
	for (key = 0; key < MODEL_KEYS; key++) {
		free(model->buckets[key]);
		model->buckets[key] = fresh[key];
	}
	model->n_buckets = n_buckets;
	for (i = 0; i < model->count; i++)
		index_add(model, model->slots[i]);
	return 0;
}

/* ---- parents ------------------------------------------------------------ */

static void list_leave(struct model_slot *slot)
{
	if (!slot->link)
		return;
	*slot->link = slot->sibling;
	if (slot->sibling)
		slot->sibling->link = slot->link;
	slot->link = NULL;
	slot->sibling = NULL;
}

static void list_enter(struct model_slot **head, struct model_slot *slot)
{
	list_leave(slot);
	slot->sibling = *head;
	if (*head)
		(*head)->link = &slot->sibling;
	slot->link = head;
	*head = slot;
}

static void parent_set(struct model *model, struct model_slot *slot)
{
	uint32_t id = slot->node.k.parent;
	struct model_node *parent = NULL;

	if (id && id != slot->node.k.id)
		parent = model_node_by_id(model, id);
	slot->node.parent = parent;
	if (parent)
		list_enter(&to_slot(parent)->children, slot);
	else if (id)
		list_enter(&model->orphans, slot);
	else
		list_leave(slot);
}

/* A new node may be the parent that others have been waiting for. */
static void orphans_adopt(struct model *model, struct model_slot *parent)
{
	struct model_slot *slot, *next;

	for (slot = model->orphans; slot; slot = next) {
		next = slot->sibling;
		if (slot != parent &&
		    slot->node.k.parent == parent->node.k.id)
			parent_set(model, slot);
	}
}

static void children_orphan(struct model *model, struct model_slot *parent)
{
	struct model_slot *slot;

	while ((slot = parent->children)) {
		slot->node.parent = NULL;
		list_enter(&model->orphans, slot);
	}
}

void model_index_stop(struct model *model)
{
	size_t i;

	for (i = 0; i < model->count; i++)
		index_del(model, model->slots[i]);
}

/* What a node is the child of stays, but for one whose parent is not there. */
void model_index_start(struct model *model)
{
	size_t i;

	for (i = 0; i < model->count; i++) {
		index_add(model, model->slots[i]);
		parent_set(model, model->slots[i]);
	}
}

/* ---- the model ---------------------------------------------------------- */

struct model *model_new(void)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model) {
		error_origin(-ENOMEM, "model: the graph");
		return NULL;
	}
	model->logs = model_logs_new();
	if (!model->logs || index_grow(model, MIN_BUCKETS)) {
		model_logs_free(model->logs);
		free(model);
		return NULL;
	}
	return model;
}

void model_free(struct model *model)
{
	int key;

	if (!model)
		return;
	model_clear_nodes(model);
	for (key = 0; key < MODEL_KEYS; key++)
		free(model->buckets[key]);
	model_host_clear(&model->host);
	model_pcis_free(model);
	model_ledger_free(model->ledger);
	model_region_failed(model);
	model_logs_free(model->logs);
	free(model->slots);
	free(model);
}

/* Index of the first slot whose id is not below @id. */
size_t model_index(const struct model *model, uint32_t id)
{
	size_t low = 0, high = model->count, mid;

	/* a new node usually has the highest id so far */
	if (high && model->slots[high - 1]->node.k.id < id)
		return high;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (model->slots[mid]->node.k.id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct model_slot *slot_new(struct model *model, uint32_t id)
{
	struct model_slot *slot, **slots;
	size_t room, at;

	if (model->count == model->room) {
		room = model->room ? 2 * model->room : 64;
		slots = reallocarray(model->slots, room, sizeof(*slots));
		if (!slots) {
			error_origin(-ENOMEM, "model: room for %zu nodes",
				     room);
			return NULL;
		}
		model->slots = slots;
		model->room = room;
	}
	if (model->count >= model->n_buckets &&
	    index_grow(model, 2 * model->n_buckets))
		return NULL;
	slot = calloc(1, sizeof(*slot));
	if (!slot) {
		error_origin(-ENOMEM, "model: node %u", id);
		return NULL;
	}
	slot->node.k.id = id;
	at = model_index(model, id);
	memmove(&model->slots[at + 1], &model->slots[at],
		(model->count - at) * sizeof(*model->slots));
	model->slots[at] = slot;
	model->count++;
	if (at)
		model->slots[at - 1]->node.next = &slot->node;
	if (at + 1 < model->count)
		slot->node.next = &model->slots[at + 1]->node;
	return slot;
}

static void slot_free(struct model *model, struct model_slot *slot)
{
	index_del(model, slot);
	list_leave(slot);
	children_orphan(model, slot);
	model_link_free(model, &slot->node);
	model_facts_clear(&slot->node);
	model_ident_clear(&slot->node);
	knl_node_clear(&slot->node.k);
	free(slot);
}

struct model_node *model_node_put(struct model *model, struct knl_node *k)
{
	struct model_node *node = model_node_by_id(model, k->id);
	struct model_slot *slot;
	bool fresh = !node;

	if (fresh) {
		slot = slot_new(model, k->id);
		if (!slot)
			return NULL;
		node = &slot->node;
	} else if (node->k.kind == k->kind && model_link_hold(node, k)) {
		to_slot(node)->marked = false;
		return node;
	} else {
		slot = to_slot(node);
		index_del(model, slot);
		if (node->k.kind != k->kind) {
			model_link_free(model, node);
			model_facts_clear(node);
			model_ident_clear(node);
			node->n_conditions = 0;
			node->settled = false;
			memset(&node->module, 0, sizeof(node->module));
			fresh = true;
		}
	}
	knl_node_move(&node->k, k);
	if (fresh)
		model_facts_init(node);
	slot->marked = false;
	node->kept = false;
	index_add(model, slot);
	parent_set(model, slot);
	orphans_adopt(model, slot);
	return node;
}

void model_node_drop(struct model *model, uint32_t id)
{
	size_t at = model_index(model, id);
	struct model_slot *slot;

	if (at == model->count || model->slots[at]->node.k.id != id)
		return;
	slot = model->slots[at];
	if (at)
		model->slots[at - 1]->node.next = slot->node.next;
	model->count--;
	memmove(&model->slots[at], &model->slots[at + 1],
		(model->count - at) * sizeof(*model->slots));
	slot_free(model, slot);
}

void model_mark(struct model *model)
{
	size_t i;

	for (i = 0; i < model->count; i++)
		model->slots[i]->marked = !model->slots[i]->node.kept;
}

void model_sweep(struct model *model)
{
	struct model_slot *slot;
	size_t i, kept = 0;

	for (i = 0; i < model->count; i++) {
		slot = model->slots[i];
		if (slot->marked) {
			slot_free(model, slot);
			continue;
		}
		slot->node.next = NULL;
		if (kept)
			model->slots[kept - 1]->node.next = &slot->node;
		model->slots[kept++] = slot;
	}
	model->count = kept;
}

void model_clear_nodes(struct model *model)
{
	size_t i;

	for (i = 0; i < model->count; i++)
		model->slots[i]->marked = true;
	model_sweep(model);
}

/* ---- lookups ------------------------------------------------------------ */

struct model_node *model_node_by_id(const struct model *model, uint32_t id)
{
	size_t at = model_index(model, id);

	if (at == model->count || model->slots[at]->node.k.id != id)
		return NULL;
	return &model->slots[at]->node;
}

struct model_node *model_node_by_name(const struct model *model,
				      enum fabmon_node_kind kind,
				      const char *name)
{
	size_t at = hash_name(kind, name) & (model->n_buckets - 1);
	struct model_slot *slot;

	for (slot = model->buckets[MODEL_KEY_NAME][at]; slot;
	     slot = slot->hash[MODEL_KEY_NAME])
		if (slot->node.k.kind == kind &&
		    !strcmp(slot->node.k.name, name))
			return &slot->node;
	return NULL;
}

struct model_node *model_node_by_uport(const struct model *model,
				       enum fabmon_node_kind kind,
				       uint32_t uport)
{
	size_t at = hash_uport(kind, uport) & (model->n_buckets - 1);
	struct model_slot *slot;

	for (slot = model->buckets[MODEL_KEY_UPORT][at]; slot;
	     slot = slot->hash[MODEL_KEY_UPORT])
		if (slot->node.k.kind == kind &&
		    node_uport(&slot->node) == uport)
			return &slot->node;
	return NULL;
}

struct model_node *model_first(const struct model *model)
{
	return model->count ? &model->slots[0]->node : NULL;
}

size_t model_count(const struct model *model)
{
	return model->count;
}
