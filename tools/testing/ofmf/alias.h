/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef ALIAS_H
#define ALIAS_H

#include <jansson.h>
#include <stdbool.h>

struct alias;

/*
 * The names objects got here because another agent had theirs first. Agents are
 * known by their AggregationSource's Id. Has its own lock.
 */

struct alias *alias_new(void);
void alias_free(struct alias *al);
void alias_reset(struct alias *al);

/* @here is the name in this tree of what @agent calls @theirs. */
void alias_add(struct alias *al, const char *agent, const char *theirs,
	       const char *here);

/* Give @agent an entry without names, as a CXL boundary port does. */
void alias_mark(struct alias *al, const char *agent);

/* Whether @agent has an entry. */
bool alias_known(struct alias *al, const char *agent);

/* @uri in the other name space, allocated; a copy if nothing was renamed. */
char *alias_to_here(struct alias *al, const char *agent, const char *uri);
char *alias_to_agent(struct alias *al, const char *agent, const char *uri);

/*
 * Translate every @odata.id in @obj, its own too, except inside Sunfish_RM.
 * An Id that was the last segment of the old @odata.id follows it.
 */
void alias_links(struct alias *al, const char *agent, json_t *obj,
		 bool to_agent);

/* A copy of @agent's names, {theirs: here}; {} if there are none. */
json_t *alias_dump(struct alias *al, const char *agent);

#endif
