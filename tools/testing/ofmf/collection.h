/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef COLLECTION_H
#define COLLECTION_H

#include <jansson.h>
#include <stdbool.h>

/*
 * Collections of a tree ({uri: object}). The caller, which is the store, holds
 * the tree's lock.
 */

/* The tree a server starts with: its root and services, a new reference. */
json_t *collection_base(bool conformant);

/**
 * collection_make - make an empty collection at @uri and link it from above
 * @like: collection as the agent describes it, or NULL
 * @conformant: own URI and type; otherwise the reference's faulty ones
 *
 * Return: 0 or -ENOMEM.
 */
int collection_make(json_t *tree, const char *uri, const json_t *like,
		    bool conformant);

/* Enter @uri into its @parent, made if missing. Return: 0 or -ENOMEM. */
int collection_enter(json_t *tree, const char *parent, const char *uri,
		     bool conformant);

/* Take @uri out of its parent's members or links. */
void collection_leave(json_t *tree, const char *uri);

#endif
