/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What an OFMF's answers mean. Pure functions: they read JSON that may have any
 * shape, and our tree. A fuzzer calls them.
 */
#ifndef FABMON_OFMF_FACTS_H
#define FABMON_OFMF_FACTS_H

#include <jansson.h>
#include <stdbool.h>

#include "tree/tree.h"

#define OFMF_CONTEXT_MAX	128	/* bytes */
#define OFMF_ACCESSED_MAX	65536	/* ResourcesAccessed that are read */

/* ---- facts.c: AggregationSources, URIs, names --------------------------- */

json_t *ofmf_accessed(const json_t *source, const struct tree *tree);
bool ofmf_source_ours(const json_t *source, const char *method_uri,
		      const char *callback);
bool ofmf_host_same(const json_t *source, const char *callback);
char *ofmf_source_id(const json_t *source);
bool ofmf_context_valid(const char *context);
bool ofmf_announced(const char *uri, const json_t *resource);
json_t *ofmf_reachable(const struct tree *tree, const char *uri);
size_t ofmf_missing(const json_t *ours, const struct tree *tree,
		    const json_t *theirs,
		    void (*found)(const char *uri, void *ctx), void *ctx);
char *ofmf_url_public(const char *url);

/* ---- copy.c: a copy, and the resource of ours that it is of ------------- */

const char *ofmf_copy_manager(const json_t *copy);
bool ofmf_copy_shared(const json_t *copy);
bool ofmf_copy_doubled(const json_t *copy);
bool ofmf_resource_same(const json_t *ours, const json_t *theirs,
			const json_t *names);
json_t *ofmf_resource_patch(const json_t *ours, const json_t *theirs,
			    const json_t *names);

#endif /* FABMON_OFMF_FACTS_H */
