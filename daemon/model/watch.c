// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Which nodes somebody watches.
 *
 * Ids mean nothing beyond the instance of the module that gave them. A node that
 * outlives its instance gets one from the upper half of all ids, which the kernel
 * reaches only after two thousand million nodes.
 */
#include <errno.h>

#include "model.h"
#include "priv.h"
#include "util/error.h"

#define KEPT_FIRST	0x80000000u

enum model_provider model_provider_of(enum fabmon_node_kind kind)
{
	switch (kind) {
	case FABMON_NODE_KIND_RDMA_DEV:
	case FABMON_NODE_KIND_RDMA_PORT:
		return MODEL_RDMA;
	default:
		return MODEL_CXL;
	}
}

const char *model_provider_name(enum model_provider provider)
{
	return provider == MODEL_RDMA ? "rdma" : "cxl";
}

static bool is_of(const struct model_node *node, enum model_provider provider)
{
	return model_provider_of(node->k.kind) == provider;
}

bool model_watched(const struct model *model, enum model_provider provider)
{
	return !model->watches[provider].since;
}

void model_unwatch(struct model *model, enum model_provider provider,
		   uint64_t realtime)
{
	struct model_watch *watch = &model->watches[provider];
	struct model_node *node;

	if (!watch->since)
		watch->since = realtime ? realtime : 1;
	for (node = model_first(model); node; node = node->next)
		if (is_of(node, provider))
			model_keep(node);
}

static bool of_provider(const struct model_node *node, void *ctx)
{
	return is_of(node, *(const enum model_provider *)ctx);
}

void model_watch(struct model *model, enum model_provider provider)
{
	model->watches[provider] = (struct model_watch){ 0 };
	model_kept_drop(model, of_provider, &provider);
}

void model_unwatched_show(struct model *model, enum model_provider provider)
{
	model->watches[provider].shown = true;
}

uint64_t model_unwatched_since(const struct model *model,
			       enum model_provider provider)
{
	const struct model_watch *watch = &model->watches[provider];

	return watch->shown ? watch->since : 0;
}

uint64_t model_unwatched(const struct model *model,
			 enum model_provider provider)
{
	return model->watches[provider].since;
}

void model_keep(struct model_node *node)
{
	node->kept = true;
}

/* The id that a node will have; 0: it is not there. */
static uint32_t kept_id(const struct model *model, uint32_t id)
{
	size_t at = model_index(model, id);

	return at < model->count && model->slots[at]->node.k.id == id ?
	       KEPT_FIRST + (uint32_t)at : 0;
}

void model_keep_all(struct model *model)
{
	struct knl_node *k;
	size_t i, e;

	model_index_stop(model);
	for (i = 0; i < model->count; i++) {
		k = &model->slots[i]->node.k;
		k->parent = kept_id(model, k->parent);
		for (e = 0; e < k->n_edges; e++)
			k->edges[e].node = kept_id(model, k->edges[e].node);
	}
	for (i = 0; i < model->count; i++) {
		model->slots[i]->node.k.id = KEPT_FIRST + (uint32_t)i;
		model_keep(&model->slots[i]->node);
	}
	model_index_start(model);
}

size_t model_kept_drop(struct model *model,
		       bool (*gone)(const struct model_node *node, void *ctx),
		       void *ctx)
{
	size_t before = model->count, i;
	struct model_slot *slot;

	for (i = 0; i < model->count; i++) {
		slot = model->slots[i];
		slot->marked = slot->node.kept && gone(&slot->node, ctx);
	}
	model_sweep(model);
	return before - model->count;
}

int model_node_load(struct model *model, const struct knl_bytes *raw)
{
	struct knl_node node;
	int ret = knl_node_parse(raw, &node);

	if (ret)
		return ret;
	ret = model_node_put(model, &node) ? 0 : error_trace(-ENOMEM);
	knl_node_clear(&node);
	return ret;
}

size_t model_kept(const struct model *model, enum model_provider provider)
{
	const struct model_node *node;
	size_t count = 0;

	for (node = model_first(model); node; node = node->next)
		count += node->kept && is_of(node, provider);
	return count;
}
