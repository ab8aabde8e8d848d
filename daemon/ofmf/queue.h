/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What is owed to an OFMF, in the order it came: at most one entry per
 * resource, and alerts, of which none stands for another.
 *
 * In memory. The callers keep to put, take, done and back, so that a durable
 * queue can take this one's place.
 */
#ifndef FABMON_OFMF_QUEUE_H
#define FABMON_OFMF_QUEUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../tree.h"

#define OFMF_QUEUE_MAX	16384	/* resources */
#define OFMF_ALERTS_MAX	1024

/**
 * struct ofmf_owed - one thing to send, owned by the queue
 * @op: what happened to the resource at @uri; nothing to an alert
 * @uri: the resource, NULL for an alert
 * @record: event record of an alert, else NULL
 * @realtime: of the change, CLOCK_REALTIME ns, 0: unknown
 * @tries: how often it was sent without an answer
 */
struct ofmf_owed {
	enum tree_op op;
	const char *uri;
	json_t *record;
	uint64_t realtime;
	unsigned int tries;
};

struct ofmf_queue;

struct ofmf_queue *ofmf_queue_new(void);
void ofmf_queue_free(struct ofmf_queue *queue);
int ofmf_queue_put(struct ofmf_queue *queue, enum tree_op op, const char *uri,
		   uint64_t realtime);
int ofmf_queue_alert(struct ofmf_queue *queue, json_t *record);
const struct ofmf_owed *ofmf_queue_take(struct ofmf_queue *queue);
size_t ofmf_queue_cover(struct ofmf_queue *queue, const json_t *uris);
bool ofmf_queue_creates(const struct ofmf_queue *queue);
const struct ofmf_owed *ofmf_queue_taken(const struct ofmf_queue *queue);
void ofmf_queue_done(struct ofmf_queue *queue);
void ofmf_queue_back(struct ofmf_queue *queue, bool unsure);
void ofmf_queue_clear(struct ofmf_queue *queue);
size_t ofmf_queue_length(const struct ofmf_queue *queue);
uint64_t ofmf_queue_dropped(const struct ofmf_queue *queue);

#endif /* FABMON_OFMF_QUEUE_H */
