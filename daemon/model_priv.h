/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files of the model share among themselves, and with nobody else. */
#ifndef FABMON_MODEL_PRIV_H
#define FABMON_MODEL_PRIV_H

#include "model.h"

/* What nodes are found by, other than their id. */
enum model_key {
	MODEL_KEY_NAME,			/* kind and kernel name */
	MODEL_KEY_UPORT,		/* kind and id of the uport's node */
	MODEL_KEYS,
};

/**
 * struct model_slot - a node and how it hangs together with others
 * @node: what everybody else sees; first, so that one is the other
 * @children: nodes whose parent this is
 * @sibling: next in the parent's children, or in the model's orphans
 * @link: the pointer that points here, to leave that list without a search
 * @hash: next in the bucket, by key
 * @hashed: is in the index of that key
 * @marked: not put since model_mark()
 */
struct model_slot {
	struct model_node node;
	struct model_slot *children;
	struct model_slot *sibling;
	struct model_slot **link;
	struct model_slot *hash[MODEL_KEYS];
	bool hashed[MODEL_KEYS];
	bool marked;
};

struct model_ledger;

/**
 * struct model - the graph
 * @slots: all nodes in order of id
 * @orphans: nodes whose parent is not known (yet)
 * @buckets: per key @n_buckets (a power of 2) chains
 * @pcis: PCI functions in order of address
 * @ledger: identities given so far; model_ident.c
 * @memory: those that earlier runs gave
 */
struct model {
	struct model_host host;
	struct model_slot **slots;
	size_t count, room;
	struct model_slot *orphans;
	struct model_slot **buckets[MODEL_KEYS];
	size_t n_buckets;
	struct model_pci **pcis;
	size_t n_pcis;
	struct model_ledger *ledger;
	struct model_memory memory;
};

/* The node of @kind whose uport is the node @uport; NULL if there is none. */
struct model_node *model_node_by_uport(const struct model *model,
				       enum fabmon_node_kind kind,
				       uint32_t uport);

/* Frees the record of identities; NULL is fine. */
void model_ledger_free(struct model_ledger *ledger);

/* Resets a node's identity, e.g. because it is another device now. */
void model_ident_clear(struct model_node *node);

#endif /* FABMON_MODEL_PRIV_H */
