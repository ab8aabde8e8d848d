/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The nodes, in order of their ids, and how they are found. */
#ifndef FABMON_MODEL_GRAPH_H
#define FABMON_MODEL_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "facts.h"
#include "health.h"
#include "kernel/knl/node.h"

struct model_node {
	struct knl_node k;		/* as the kernel reported it */
	struct model_node *parent;	/* NULL: none, or not known (yet) */
	/*
	 * Stable identity, unique among the nodes of its kind, safe in a URI
	 * ([A-Za-z0-9._-]); NULL where the node has none of its own.
	 */
	char *ident;
	/*
	 * Regions: a name that no other region ever gets, also one that is
	 * called the same; and what it was given for. Else NULL.
	 */
	char *uid, *shape;
	/* Regions: what a client called its Connection; NULL: as the region. */
	char *connection;
	union {
		struct model_memdev memdev;
		struct model_decoder decoder;
		struct model_region region;
		struct model_cxl_port cxl_port;
		struct model_dax_region dax_region;
		struct model_rdma rdma;
		struct model_rdma_port port;
	};
	struct model_condition conditions[MODEL_MAX_CONDITIONS];
	size_t n_conditions;
	struct model_link *link;	/* rdma-port; link.c's */
	bool settled;			/* its conditions are the log's */
	bool kept;			/* nobody reports it any more; watch.h */
	struct model_module module;	/* cxl-memdev */
	struct model_node *next;	/* in id order */
};

/*
 * NULL without memory, of which there is a text (util/error.h). The model owns
 * everything it is given.
 */
struct model *model_new(void);
void model_free(struct model *model);

/**
 * model_node_put - add a node or replace what the kernel reported of it
 * @k: moved out of
 *
 * Facts, identity and conditions of a known node stay. Return: the node, or
 * NULL without memory, of which there is a text.
 */
struct model_node *model_node_put(struct model *model, struct knl_node *k);
/* Forget a node. Unknown ids are fine. */
void model_node_drop(struct model *model, uint32_t id);
/*
 * Forget all nodes that were not put since model_mark(). For a new dump, which
 * cannot have those that are kept: they stay.
 */
void model_mark(struct model *model);
void model_sweep(struct model *model);
/* Forget all nodes, e.g. for a new instance of the module. */
void model_clear_nodes(struct model *model);

struct model_node *model_node_by_id(const struct model *model, uint32_t id);
struct model_node *model_node_by_name(const struct model *model,
				      enum fabmon_node_kind kind, const char *name);
/* All nodes in id order: for (n = model_first(m); n; n = n->next). */
struct model_node *model_first(const struct model *model);
size_t model_count(const struct model *model);

#endif /* FABMON_MODEL_GRAPH_H */
