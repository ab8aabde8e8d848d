/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A projection under construction.
 *
 * A projection has two passes. The first adds every resource, parents before
 * children; rf_add() makes collections out of members, so that there is no
 * empty one. The second links resources; a link whose target was not added is
 * left out, so that no link dangles.
 *
 * Running out of memory fails the whole projection: helpers call rf_fail(), which
 * keeps the origin, and the code goes on. So helpers take a NULL object, and do
 * nothing; NULL also stands for a resource that was not added.
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
 * @agent: what the tree says about the agent; NULL in events
 * @tree: URI -> resource
 * @teams: ifindex of a bond -> name of its first port; rf_ethernet_teams()
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
	struct rf_pool *pool;
	const char *about;
	bool failed;
};

/* The two kinds of capacity, never mixed in one resource. */
enum rf_part { RF_RAM, RF_PMEM, RF_PARTS };

void rf_init(struct rf *rf, const struct model *model, const char *about);
int rf_done(struct rf *rf);
void rf_fail(struct rf *rf, const json_t *in, const char *key);

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
