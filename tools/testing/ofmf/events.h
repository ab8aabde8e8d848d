/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef EVENTS_H
#define EVENTS_H

#include <jansson.h>
#include <time.h>

struct reply;
struct standin;

/**
 * events_post - handle a POST to /EventListener
 * @payload: parsed body, any JSON
 * @arrival: when its request arrived
 *
 * Runs the callbacks to the agent before it returns.
 */
void events_post(struct standin *s, const json_t *payload,
		 const struct timespec *arrival, struct reply *r);

#endif
