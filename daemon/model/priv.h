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

struct model_expected;
struct model_ledger;
struct model_logs;

/**
 * struct model_link - the link of an RDMA port
 * @is: MODEL_LINK_*; 0: not known yet
 * @logged: what was logged last, which differs from @is while it flaps
 * @rate: the fastest that it was, in Mb/s
 * @holds: @held is what the port is, and the model has an older one
 */
struct model_link {
	enum model_what is, logged;
	uint32_t rate;
	struct model_flap flap;
	bool holds;
	struct knl_node held;
};

/**
 * struct model_watch - a provider; watch.c
 * @since: CLOCK_REALTIME ns since when nobody watches; 0: it does
 * @shown: the tree shows that
 */
struct model_watch {
	uint64_t since;
	bool shown;
};

/**
 * struct model - the graph
 * @slots: all nodes in order of id
 * @orphans: nodes whose parent is not known (yet)
 * @buckets: per key @n_buckets (a power of 2) chains
 * @pcis: PCI functions in order of address
 * @ledger: identities given so far; ident.c
 * @memory: those that earlier runs gave
 * @expected: a region that is about to be made, or NULL; region.c
 * @logs: what happened; log.c
 * @n_damped: ports that flap
 * @watches: the providers
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
	struct model_expected *expected;
	struct model_logs *logs;
	struct model_flap_limits flap;
	size_t n_damped;
	struct model_watch watches[MODEL_PROVIDERS];
};

/* Where in the slots this id is, or would be. */
size_t model_index(const struct model *model, uint32_t id);
/* Nothing is found by a key in between, while ids and edges change. */
void model_index_stop(struct model *model);
void model_index_start(struct model *model);

/* The node of @kind whose uport is the node @uport; NULL if there is none. */
struct model_node *model_node_by_uport(const struct model *model,
				       enum fabmon_node_kind kind,
				       uint32_t uport);

/* facts.c, pci.c */
void model_host_clear(struct model_host *host);
void model_facts_init(struct model_node *node);
void model_pcis_free(struct model *model);

/* Frees the record of identities; NULL is fine. */
void model_ledger_free(struct model_ledger *ledger);

/* log.c */
struct model_logs *model_logs_new(void);
void model_logs_free(struct model_logs *logs);
struct model_entry *model_log_add(struct model *model, const char *device,
				  const struct model_entry *source);
void model_log_remove(struct model *model, const char *device);

/* rule.c */
enum model_severity model_worse(enum model_severity a, enum model_severity b);
bool model_same_kind(const struct model_entry *a, const struct model_entry *b);
bool model_resolves(const struct model_entry *entry,
		    const struct model_entry *older);
bool model_outlived(const struct model_entry *entry,
		    const struct model_node *node, uint64_t instance);

/* health.c, link.c */
bool model_happen(struct model *model, struct model_node *dev,
		  struct model_entry *source, const struct model_stamp *stamp);
bool model_link_observe(struct model *model, struct model_node *port,
			const struct knl_node *k,
			const struct model_stamp *stamp);
bool model_link_event(struct model *model, struct model_node *port,
		      uint32_t cause, const struct model_stamp *stamp);
bool model_link_settle(struct model *model, struct model_node *port,
		       const struct model_stamp *stamp);
bool model_link_hold(struct model_node *port, struct knl_node *k);
void model_link_free(struct model *model, struct model_node *node);

/* Resets a node's identity, e.g. because it is another device now. */
void model_ident_clear(struct model_node *node);

/* region.c */
void model_identify_region(struct model *model, struct model_node *region);

#endif /* FABMON_MODEL_PRIV_H */
