/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef JSONX_H
#define JSONX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define JSONX_DEPTH_MAX	64

/**
 * jsonx_parse - parse untrusted JSON text
 * @buf: text, need not be terminated
 * @len: its length in bytes
 *
 * Refuses text nested deeper than JSONX_DEPTH_MAX, duplicate members and
 * anything after the value.
 *
 * Return: a new reference, or NULL.
 */
json_t *jsonx_parse(const char *buf, size_t len);

/* The string at obj[key], borrowed, or NULL when it is no string. */
const char *jsonx_str(const json_t *obj, const char *key);

/* The string at obj[key]["@odata.id"], borrowed, or NULL. */
const char *jsonx_link(const json_t *obj, const char *key);

/* obj.Oem.Sunfish_RM, borrowed, or NULL. */
json_t *jsonx_rm(const json_t *obj);

/* URI of the AggregationSource that manages @obj, borrowed, or NULL. */
const char *jsonx_manager(const json_t *obj);

/* Whether @odata.type names a collection. */
bool jsonx_is_collection(const json_t *obj);

/* {"@odata.id": uri}, a new reference. */
json_t *jsonx_link_new(const char *uri);

/* Whether @array holds @uri as a string or as a link object. */
bool jsonx_has_link(const json_t *array, const char *uri);

#endif
