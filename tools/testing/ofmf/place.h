/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef PLACE_H
#define PLACE_H

#include <jansson.h>
#include <stdbool.h>

struct cause;
struct standin;

/**
 * struct place - the agent for which objects are put into the tree
 * @s: context
 * @cause: event record to name in the change lines, or NULL
 * @source: URI of the agent's AggregationSource
 * @accessed: {uri: true} of what was placed
 * @renamed: an object got a new name
 */
struct place {
	struct standin *s;
	const struct cause *cause;
	const char *source;
	json_t *accessed;
	bool renamed;
};

/**
 * place_object - put an object the agent served into the tree
 * @obj: object in the agent's names; changed to how it was stored
 * @why: set to the reason of a refusal
 *
 * Decides between new, known, shared fabric and name clash.
 *
 * Return: 0 or -errno.
 */
int place_object(struct place *p, json_t *obj, const char **why);

/* After the last object: translate links to objects renamed meanwhile. */
void place_finish(struct place *p);

/* A change line for what is not taken. */
void place_refuse(struct place *p, const char *uri, const char *why);

/* Mark @obj as managed by the AggregationSource at @source. */
void place_stamp(json_t *obj, const char *source);

#endif
