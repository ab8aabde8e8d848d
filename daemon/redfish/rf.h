/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A projection under construction.
 *
 * A projection has two passes. The first adds every resource, parents before
 * children; rf_add() makes a collection with its first member, so that there is
 * no empty one. The second links resources; a link is left out if its target
 * was not added, so that no link leads nowhere.
 *
 * Without memory the whole projection fails. Helpers then call rf_fail(), which
 * keeps the origin of the error, and the code goes on: nothing in between has
 * to check. So each helper does nothing with a NULL object; NULL also stands
 * for a resource that was not added.
 */
#ifndef FABMON_RF_H
#define FABMON_RF_H

#include "redfish.h"

/* Deepest hierarchy walked: a loop of parents must not hold us. */
#define RF_DEPTH_MAX	32

/**
 * struct rf - one projection
 * @model: what is projected
 * @host: the model's host
 * @agent: what the tree has about the agent; NULL in events
 * @tree: URI -> resource
 * @teams: ifindex of a bond -> name of its first port; rf_ethernet_teams()
 * @unwatched: URI -> since when nobody watches it; NULL: there is none
 * @since: CLOCK_REALTIME ns since when nobody watches what is added now, 0:
 *	somebody does; rf_of()
 * @pool: strings that live as long as the projection (text.c)
 * @about: URI of the resource, or device, that is worked on, for errors
 * @failed: out of memory; rf_fail() kept the origin
 */
struct rf {
	const struct model *model;
	const struct model_host *host;
	const struct rf_agent *agent;
	json_t *tree;
	json_t *teams;
	json_t *unwatched;
	uint64_t since;
	struct rf_pool *pool;
	const char *about;
	bool failed;
};

/* The two kinds of capacity, never mixed in one resource. */
enum rf_part { RF_RAM, RF_PMEM, RF_PARTS };

void rf_init(struct rf *rf, const struct model *model, const char *about);
int rf_done(struct rf *rf);
void rf_fail(struct rf *rf, const json_t *in, const char *key);

/* What is added from now on is the provider's; until the next family. */
void rf_of(struct rf *rf, enum model_provider provider);

json_t *rf_add(struct rf *rf, const char *uri, const char *type,
	       const char *name);
json_t *rf_get(const struct rf *rf, const char *uri);
json_t *rf_collection(struct rf *rf, const char *uri);
void rf_nav(struct rf *rf, const char *parent, const char *key,
	    const char *uri);

void rf_link(struct rf *rf, const char *from, const char *key,
	     const char *to);
void rf_link_one(struct rf *rf, const char *from, const char *key,
		 const char *to);
void rf_link_into(struct rf *rf, json_t *array, const char *to);

/* All nodes of a kind, in the model's order. */
const struct model_node *rf_first(const struct rf *rf,
				  enum fabmon_node_kind kind);
const struct model_node *rf_next(const struct model_node *node);

#endif /* FABMON_RF_H */
