/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef STORE_H
#define STORE_H

#include <jansson.h>
#include <stdbool.h>

struct store;

/*
 * The aggregated tree: URI to JSON object, with its collections. Every function
 * takes the store's lock for its whole length; objects go in and come out as
 * copies, so the caller owns what it gets.
 */

struct store *store_new(bool conformant);
void store_free(struct store *st);

/* Back to the server's own resources. */
void store_reset(struct store *st);

/* A copy of the object at @uri, or NULL. */
json_t *store_get(struct store *st, const char *uri);
bool store_has(struct store *st, const char *uri);

/* A copy of the whole tree, {uri: object}. */
json_t *store_dump(struct store *st);

/* Whether an object may live at @uri. */
bool store_uri_ok(const char *uri);

/**
 * store_add - add a new object at its @odata.id
 * @st: store
 * @obj: object, copied
 *
 * Makes the parent collection when there is no parent and enters the object
 * into it.
 *
 * Return: 0, -EEXIST, -EINVAL for an unusable @odata.id, -ENOMEM.
 */
int store_add(struct store *st, const json_t *obj);

/* Make the collection @obj describes, without members, if it is not there. */
int store_add_collection(struct store *st, const json_t *obj);

/**
 * store_merge - set each top-level property of @patch
 * @old: gets a copy of the object before, may be NULL
 * @now: gets a copy of the object after, may be NULL
 *
 * Return: 0 or -ENOENT.
 */
int store_merge(struct store *st, const char *uri, const json_t *patch,
		json_t **old, json_t **now);

/**
 * store_replace - replace the agent's part of an object
 *
 * The stored Oem.Sunfish_RM stays, whatever @obj has there.
 * @old and @now as for store_merge(). Return: 0 or -ENOENT.
 */
int store_replace(struct store *st, const char *uri, const json_t *obj,
		  json_t **old, json_t **now);

/**
 * store_remove - remove an object, what is below it, and its membership
 * @owner: remove only objects this AggregationSource manages; NULL for all
 *
 * An object shared with other agents is handed to the first of them instead.
 *
 * Return: new array of the URIs removed (empty if none), NULL without memory.
 */
json_t *store_remove(struct store *st, const char *uri, const char *owner);

/* Is there an object whose Links, or a member of them, are null? */
bool store_null_links(struct store *st);

/* Take @uri out of its collection, and leave it where it is. */
void store_lose(struct store *st, const char *uri);

/**
 * store_share - note that @source shares the fabric at @uri
 *
 * Return: 1 if that is new, 0 if known, -ENOENT.
 */
int store_share(struct store *st, const char *uri, const char *source);

/* A copy of the AggregationSource using @method, or NULL. */
json_t *store_find_source(struct store *st, const char *method);

/* Copies of all AggregationSources, a new array. */
json_t *store_sources(struct store *st);

/* The URI one level up, allocated, or NULL at the root. */
char *store_parent(const char *uri);

#endif
