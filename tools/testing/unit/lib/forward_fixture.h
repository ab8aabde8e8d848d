/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A host whose service takes requests to change it, over real sockets. All is
 * real but the actions: the fixture records them, and changes the model as the
 * kernel's notifications would.
 */
#ifndef FABMON_TEST_FORWARD_FIXTURE_H
#define FABMON_TEST_FORWARD_FIXTURE_H

#include "fixture.h"
#include "action/forward.h"
#include "http_call.h"
#include "service/service.h"

#define PORT	FIX_ADAPTERS "/" FIX_NIC "/Ports/1"
#define PORT2	FIX_ADAPTERS "/" FIX_NIC "/Ports/2"
#define IB_PORT	FIX_ADAPTERS "/" FIX_HCA "/Ports/1"
#define DOMAIN	FIX_SYSTEM "/MemoryDomains/cfmws-430000000-ram"
#define CHUNKS	DOMAIN "/MemoryChunks"
#define CHUNK	CHUNKS "/" FIX_REGION
#define MEM(ident) FIX_SYSTEM "/Memory/" ident "-ram"
/* A request for the region that fix_region() makes. */
#define BODY(size) \
	"{\"MemoryChunkSizeMiB\": " size ", \"InterleaveSets\": [" \
	"{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM1) "\"}}, " \
	"{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "\"}}]}"

#define ENOUGH	16

/**
 * struct rig - a host, its service, and the actions that were started
 * @started: actions, @count of them
 * @ended: how many of them have ended
 * @made: regions that were made
 * @result: of the next action that ends
 * @slow: actions do not end by themselves
 * @use: of chunks, where a request does not say it
 * @blind: what an action does is not seen by the model
 * @defer: ends actions on the loop
 */
struct rig {
	sd_event *event;
	char *dir;
	struct store *store;
	struct model *model;
	struct tree *tree;
	struct forward *forward;
	struct service *service;
	struct service_security security;
	struct action started[ENOUGH];
	action_done done[ENOUGH];
	void *ctx[ENOUGH];
	size_t count, ended, made;
	struct action_result result;
	bool slow, blind;
	enum action_use use;
	sd_event_source *defer;
};

int rig_setup(void **state);
int rig_teardown(void **state);

/* Publishes the model as it is. */
void rig_publish(struct rig *rig);
/* Start parts again after they were stopped. */
void rig_start_forward(struct rig *rig);
void rig_start_service(struct rig *rig, bool actions);
/* Another run of fabmond, on the same host and the same store. */
void rig_restart(struct rig *rig);
/* The same, with allow_actions or without. */
void rig_renew(struct rig *rig, bool actions);
/* Ends the oldest action that is under way, with rig->result. */
void rig_end_one(struct rig *rig);

/*
 * Sends a request and waits until its action has started, which does not end by
 * itself. Return: the socket that the answer comes on.
 */
int rig_begin(struct rig *rig, const char *method, const char *uri,
	      const char *body);
struct answer *rig_ask(struct rig *rig, const char *method, const char *uri,
		       const char *body);
/* These fail the test if the status is another. Return: the body, a new reference. */
json_t *rig_expect(struct rig *rig, const char *method, const char *uri,
		   const char *body, long status);
void rig_done(struct rig *rig, const char *method, const char *uri,
	      const char *body, long status);
/* @message: as "Base.1.22.ResourceInUse" */
void rig_refused(struct rig *rig, const char *method, const char *uri,
		 const char *body, long status, const char *message);
/* MessageId of an error body, or NULL. */
const char *rig_message(const json_t *error);

#endif /* FABMON_TEST_FORWARD_FIXTURE_H */
