/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef FORWARD_H
#define FORWARD_H

#include <jansson.h>

struct reply;
struct standin;

/**
 * forward_source - the agent to ask about an object
 * @uri: object
 *
 * Return: a copy of its AggregationSource; NULL when nobody manages it, or the
 * AggregationSource is not there (detached).
 */
json_t *forward_source(struct standin *s, const char *uri);

/*
 * Pass a client's request on to the agent at @source and answer with the result.
 * @uri is the object, or the collection for a POST.
 */
void forward_post(struct standin *s, const json_t *source, const char *uri,
		  json_t *body, struct reply *r);
void forward_patch(struct standin *s, const json_t *source, const char *uri,
		   json_t *body, struct reply *r);
void forward_delete(struct standin *s, const json_t *source, const char *uri,
		    struct reply *r);

#endif
