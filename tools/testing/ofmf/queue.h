/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef QUEUE_H
#define QUEUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define QUEUE_SEEN_MAX	20000

/**
 * struct queue - URIs to visit, smallest first, each entered once
 * @seen: every URI ever entered
 * @uris: those to do, largest first
 */
struct queue {
	json_t *seen;
	char **uris;
	size_t n, room;
};

int queue_init(struct queue *q);
void queue_clear(struct queue *q);

/* Enter @uri unless it was seen. Return: whether it was new. */
bool queue_enter(struct queue *q, const char *uri);

/* Enter @uri though it was seen. */
void queue_again(struct queue *q, const char *uri);

/* The smallest, allocated; NULL when there is none. */
char *queue_next(struct queue *q);

/* Enter @uri's ancestors below a top-level collection. Return: any new. */
bool queue_enter_parents(struct queue *q, const char *uri);

/* Enter every @odata.id inside @val, except inside Sunfish_RM. */
void queue_enter_links(struct queue *q, const json_t *val);

#endif
