/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * An agent: a tree of a small host, the service that serves it, the store and
 * the OFMF client, wired as receivers.c wires them; and what an OFMF has to hold
 * once all is well.
 *
 * Only this file knows the client from inside, for its times and for when it
 * rests.
 */
#ifndef FABMON_TEST_AGENT_H
#define FABMON_TEST_AGENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "model/model.h"
#include "ofmf/priv.h"
#include "standin.h"

struct fault_proxy;
struct service;

#define AGENT_ROOT	"/redfish/v1/"
#define AGENT_URI_MAX	256

/**
 * struct agent - one host
 * @event: the loop, the caller's
 * @standin: its OFMF
 * @name: of the host; URIs end in it
 * @url: where the OFMF is reached; not @standin's where a proxy is between
 * @dir: state directory
 * @back: proxy between the OFMF and our service, or NULL
 * @resync: what to do with an OFMF that does not follow
 * @reconcile: s between comparisons, 0: none
 * @spread: s within which it begins to register
 * @security: of the client; the strings are the caller's
 * @timing: of the client; agent_init() sets short ones
 * @model: a host to project in place of the small one, the caller's, or NULL
 * @actions: of that: clients can change it
 * @resources: what is published with the next agent_publish(), or was last
 *
 * What follows is there from agent_start() to agent_stop().
 */
struct agent {
	sd_event *event;
	struct standin *standin;
	char name[32], url[64], callback[64], system[96], method[128];
	const char *dir;
	struct fault_proxy *back;
	enum ofmf_resync resync;
	unsigned int reconcile, spread;
	struct ofmf_security security;
	struct ofmf_timing timing;
	struct model *model;
	bool actions;
	json_t *resources;

	struct tree *tree;
	struct store *store;
	struct service *service;
	struct ofmf *ofmf;
};

/* Sets the loop, the names and the times; the tree is one of a small host. */
void agent_init(struct agent *agent, sd_event *event, struct standin *standin,
		const char *name, const char *dir);
void agent_clear(struct agent *agent);
/* No request fails because a machine is slow. */
void agent_patient(struct agent *agent);
/* Is @model from now on, of a stopped one. */
void agent_model(struct agent *agent, struct model *model);

/* Return: 0 or what store, service or client returned. */
int agent_start(struct agent *agent);
void agent_stop(struct agent *agent);
/* Of a started one: what it does while idle, from now on; us, 0: not at all. */
int agent_routine(struct agent *agent, uint64_t heartbeat, uint64_t reconcile);
/* What the OFMF knows it by, NULL without; not for long. */
const char *agent_context(const struct agent *agent);
/* Without its database; of a stopped one. */
void agent_lose_store(struct agent *agent);

/* ---- the host; @path is below the system unless it begins with '/' ------ */

void agent_uri(const struct agent *agent, const char *path,
	       char uri[static AGENT_URI_MAX]);
void agent_name(struct agent *agent, const char *path, const char *name);
void agent_add(struct agent *agent, const char *path, const char *id,
	       const char *type);
void agent_remove(struct agent *agent, const char *path, const char *id);
void agent_publish(struct agent *agent);
/* A health event whose MessageId ends in @word. */
void agent_alert(struct agent *agent, const char *word);

/* ---- the OFMF: agent_view.c --------------------------------------------- */

/* What agent_differs() compares. */
enum agent_view {
	AGENT_NAMES,	/* which resources there are, but those removed */
	AGENT_CONTENTS,	/* all */
};

/**
 * agent_differs - compare the stand-in's tree with ours
 * @why: what differs first, in words
 *
 * Right is: each resource of ours is there and reads as ours does, but for what
 * the OFMF adds; nothing else is there that says it is ours; and one
 * AggregationSource has our ConnectionMethod and knows the rest by our context.
 * Blocks for the stand-in's answer.
 */
bool agent_differs(const struct agent *agent, enum agent_view view, char *why,
		   size_t size);
/* How many events the stand-in received, by its log. NULL matches any. */
size_t agent_received(const struct agent *agent, const char *message,
		  const char *uri);
/* ---- waiting ------------------------------------------------------------ */

/* The client has nothing to do. */
bool agent_at_rest(const struct agent *agent);
/**
 * agent_settle - run the loop until nothing differs and the client rests
 * @ms: limit
 *
 * Return: ms it took, or -1 with *@why.
 */
int agent_settle(struct agent *agent, enum agent_view view, int ms, char *why,
		 size_t size);
/* Runs the loop for so long. */
void agent_run(struct agent *agent, int ms);

/* CLOCK_MONOTONIC */
uint64_t agent_now_ms(void);

#endif /* FABMON_TEST_AGENT_H */
