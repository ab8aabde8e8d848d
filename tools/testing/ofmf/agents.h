/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef AGENTS_H
#define AGENTS_H

#include <jansson.h>

struct cause;
struct reply;
struct standin;

/**
 * agents_register - handle an AggregationSourceDiscovered record
 *
 * Calls the agent back while its request is held open. Sets @r->status to 200
 * without a body when all went well, or to a refusal.
 */
void agents_register(struct standin *s, const struct cause *cause,
		     struct reply *r);

/* URI of the AggregationSource with Id @context, allocated; NULL if unusable. */
char *agents_source_uri(const char *context);

/* Id of the AggregationSource at @uri, a part of it. */
const char *agents_id(const char *uri);

/**
 * agents_account - keep Links.ResourcesAccessed of an AggregationSource
 * @source_uri: its URI
 * @added: {uri: anything} to enter, or NULL
 * @gone: array of URIs to take out, or NULL
 */
void agents_account(struct standin *s, const char *source_uri,
		    const json_t *added, const json_t *gone);

/* What /standin/agents tells, a new array. */
json_t *agents_list(struct standin *s);

/* A random UUID; @buf holds 37. */
void agents_uuid(char *buf);

#endif
