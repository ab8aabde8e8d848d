/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Subscriptions: who gets events, which ones, and how. */
#ifndef FABMON_SUBSCRIPTION_H
#define FABMON_SUBSCRIPTION_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "event.h"

#define SUBSCRIPTION_TYPE	"EventDestination.v1_16_0"
#define SUBSCRIPTION_ID_SIZE	20

struct events;
struct push;
struct sse;

/* ---- subscription_parse.c: pure functions ------------------------------- */

extern const char *const subscription_registries[];
extern const char *const subscription_types[];
extern const char *const subscription_severities[];

json_t *subscription_parse(const json_t *body, json_t **messages);
json_t *subscription_parse_changes(const json_t *body, const json_t *resource,
				   json_t **refused);

/* ---- subscription.c ----------------------------------------------------- */

enum subscription_state {
	SUBSCRIPTION_ACTIVE,
	SUBSCRIPTION_FAILING,		/* delivery is tried again */
	SUBSCRIPTION_SUSPENDED,		/* by a client */
	SUBSCRIPTION_GIVEN_UP,		/* by its DeliveryRetryPolicy */
	SUBSCRIPTION_ENDED,		/* to be removed */
};

/**
 * struct subscription - one EventDestination
 * @properties: what a client may see of it, but what changes by itself
 * @headers: HttpHeaders, or NULL
 * @owner: name of the account that made it, or NULL
 * @delivered: number of the event up to which earlier runs delivered all
 * @push: delivery by POST, or
 * @stream: delivery over an open connection
 */
struct subscription {
	struct events *events;
	TAILQ_ENTRY(subscription) link;
	char id[SUBSCRIPTION_ID_SIZE];
	enum subscription_state state;
	json_t *properties;
	json_t *headers;
	char *owner;
	uint64_t delivered;
	struct push *push;
	struct sse *stream;
};

TAILQ_HEAD(subscriptions, subscription);

const char *subscription_text(const struct subscription *sub, const char *key);
int subscription_new(struct subscription **sub, struct events *events,
		     const char *id, json_t *properties);
int subscription_add(struct subscription **sub, struct events *events,
		     json_t *properties, const char *owner);
void subscription_own(struct subscription *sub, const char *owner);
struct subscription *subscription_find(const struct events *events,
				       const char *id, size_t len);
void subscription_remove(struct subscription *sub);
void subscription_free(struct subscription *sub);
int subscription_change(struct subscription *sub, json_t *changes);
void subscription_suspend(struct subscription *sub,
			  enum subscription_state state);
void subscription_resume(struct subscription *sub);
json_t *subscription_json(const struct subscription *sub);
void subscriptions_load(struct events *events);

#endif /* FABMON_SUBSCRIPTION_H */
