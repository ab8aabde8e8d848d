/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Which nodes somebody watches.
 *
 * A provider, a module of its own, reports each node. When it is unloaded the
 * devices are there still, and nobody says any more how they are. Their nodes are
 * kept as they were last, until the provider reports them again or their devices
 * are known to have gone.
 */
#ifndef FABMON_MODEL_WATCH_H
#define FABMON_MODEL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/fabmon.h>

#include "kernel/knl/node.h"

struct model;
struct model_node;

/* The numbers are stored: they never change. */
enum model_provider { MODEL_RDMA = 0, MODEL_CXL = 1, MODEL_PROVIDERS };

/* Which of them reports nodes of this kind. */
enum model_provider model_provider_of(enum fabmon_node_kind kind);
/* "rdma", "cxl": the name that it has for the kernel. */
const char *model_provider_name(enum model_provider provider);

/**
 * model_watched - whether the provider reports what happens
 *
 * True at first.
 */
bool model_watched(const struct model *model, enum model_provider provider);

/**
 * model_unwatch - the provider has gone, or has not come
 * @realtime: CLOCK_REALTIME ns since when; of several calls the first counts
 *
 * All of its nodes are kept from now on.
 */
void model_unwatch(struct model *model, enum model_provider provider,
		   uint64_t realtime);

/**
 * model_watch - the provider is back, and the model has what it reported
 *
 * Nodes that are kept are forgotten.
 */
void model_watch(struct model *model, enum model_provider provider);

/**
 * model_unwatched_show - the tree is to show that nobody watches
 *
 * Until then it shows the nodes as they were, as if they were watched.
 */
void model_unwatched_show(struct model *model, enum model_provider provider);

/* CLOCK_REALTIME ns since when the tree shows that nobody watches; 0: it does not. */
uint64_t model_unwatched_since(const struct model *model,
			       enum model_provider provider);

/* CLOCK_REALTIME ns since when nobody watches; 0: somebody does. */
uint64_t model_unwatched(const struct model *model,
			 enum model_provider provider);

/* The kernel has the node no more, but its device is not known to have gone. */
void model_keep(struct model_node *node);

/**
 * model_keep_all - another instance of the module numbers the nodes
 *
 * All are kept, under numbers that the kernel does not give.
 */
void model_keep_all(struct model *model);

/**
 * model_kept_drop - forget nodes that are kept
 * @gone: whether to forget this one
 *
 * Return: how many were forgotten.
 */
size_t model_kept_drop(struct model *model,
		       bool (*gone)(const struct model_node *node, void *ctx),
		       void *ctx);

/**
 * model_node_load - put a node as an earlier run had it
 * @raw: its attributes, see struct knl_node
 *
 * Return: 0, -EBADMSG where they make no sense, or -ENOMEM.
 */
int model_node_load(struct model *model, const struct knl_bytes *raw);

/* How many nodes of the provider are kept. */
size_t model_kept(const struct model *model, enum model_provider provider);

#endif /* FABMON_MODEL_WATCH_H */
