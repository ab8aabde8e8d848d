/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef UPLOAD_H
#define UPLOAD_H

#include <jansson.h>

struct cause;
struct reply;
struct standin;

/**
 * upload_run - handle a ResourceCreated record
 * @source: AggregationSource of the agent
 *
 * Crawls the agent from the record's origin while its request is held open.
 * Sets @r->status to 200 without a body, or to a refusal.
 */
void upload_run(struct standin *s, const json_t *source,
		const struct cause *cause, struct reply *r);

#endif
