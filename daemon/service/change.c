// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Changes of the host and its fabrics that clients ask for: PATCH, POST and
 * DELETE of resources of the tree. A hook knows what can be changed and carries
 * it out; this file turns its result into a reply. Until there is a result the
 * connection is suspended.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/protocol/hooks.h"
#include "service/protocol/message.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/site.h"
#include "sources.h"

#define BUSY_SECONDS	1

/**
 * struct outcome - the result of a change, for the request that asked for it
 * @pause: of the request
 * @there: @result is filled in
 * @awaited: the connection is suspended until then
 */
struct outcome {
	struct svc_pause *pause;
	bool there, awaited;
	struct change_result result;
};

/* ---- answers ------------------------------------------------------------ */

static json_t *refusal_message(const struct change_refusal *refusal)
{
	const char *name = refusal->property, *value = refusal->value;

	switch (refusal->kind) {
	case CHANGE_UNKNOWN:
		return svc_message_new(SVC_PROPERTY_UNKNOWN, name, NULL, name);
	case CHANGE_READ_ONLY:
		return svc_message_new(SVC_PROPERTY_READ_ONLY, name, NULL,
				       name);
	case CHANGE_TYPE:
		return svc_message_new(SVC_PROPERTY_TYPE, value, name, name);
	case CHANGE_MISSING:
		return svc_message_new(SVC_PROPERTY_MISSING, name, NULL, name);
	case CHANGE_VALUE:
		break;
	}
	return svc_message_new(SVC_PROPERTY_VALUE, name, NULL, name);
}

/* Property -> message, as svc_reply_noted() takes it. */
static json_t *refusal_notes(const struct change_refusals *refusals)
{
	json_t *notes = json_object();
	size_t i;

	for (i = 0; i < refusals->count; i++)
		json_object_set_new(notes, refusals->list[i].property,
				    refusal_message(&refusals->list[i]));
	return notes;
}

static void reply_made(struct svc_site *site, const char *uri,
		       struct svc_reply *reply)
{
	svc_reply_resource(site, uri, reply);
	if (reply->status != 200)
		return;
	reply->status = 201;
	reply->location = strdup(uri);
}

/* The message has no argument for what is in use: it goes with what to do. */
static void reply_in_use(const struct change_result *result,
			 struct svc_reply *reply)
{
	json_t *message = svc_message_new(SVC_IN_USE, NULL, NULL, NULL);

	if (*result->why)
		json_object_set_new(message, "Resolution",
				    json_sprintf("Stop what uses it, and repeat the request: %s.",
						 result->why));
	svc_reply_json(reply, 409,
		       svc_error_new(json_pack("[o]", message)));
}

static void reply_result(struct svc_site *site,
			 const struct change_result *result,
			 struct svc_reply *reply)
{
	json_t *notes = refusal_notes(&result->refusals);

	switch (result->outcome) {
	case CHANGE_DONE:
		svc_reply_noted(site, result->uri, notes, reply);
		break;
	case CHANGE_MADE:
		reply_made(site, result->uri, reply);
		break;
	case CHANGE_GONE:
		reply->status = 204;
		break;
	case CHANGE_REFUSED:
		svc_reply_json(reply, 400,
			       svc_error_new(svc_refused_messages(notes)));
		break;
	case CHANGE_NOTHING:
		svc_reply_error(reply, 400, SVC_NO_OPERATION, NULL, NULL, NULL);
		break;
	case CHANGE_ABSENT:
		svc_reply_error(reply, 404, SVC_MISSING_AT_URI, result->uri,
				NULL, NULL);
		break;
	case CHANGE_CONFLICT:
		svc_reply_error(reply, 409, SVC_CREATION_CONFLICT, result->uri,
				NULL, NULL);
		break;
	case CHANGE_IN_USE:
		reply_in_use(result, reply);
		break;
	case CHANGE_FULL:
		svc_reply_error(reply, 507, SVC_NO_STORAGE, NULL, NULL, NULL);
		break;
	case CHANGE_BUSY:
		svc_reply_wait(reply, BUSY_SECONDS);
		break;
	case CHANGE_FAILED:
		svc_reply_error(reply, 500, SVC_INTERNAL, NULL, NULL, NULL);
		break;
	}
	json_decref(notes);
}

/* ---- asking ------------------------------------------------------------- */

static void change_finish(struct svc_site *site,
			  const struct svc_request *request,
			  struct svc_reply *reply)
{
	const struct outcome *outcome = request->pause->data;

	reply_result(site, &outcome->result, reply);
}

static void on_done(const struct change_result *result, void *ctx)
{
	struct outcome *outcome = ctx;

	outcome->result = *result;
	outcome->there = true;
	if (outcome->awaited)
		outcome->pause->wake(outcome->pause->ctx);
}

static const char *who_text(const struct svc_site *site,
			    const struct svc_request *request,
			    char text[static INET6_ADDRSTRLEN])
{
	if (site->who.name[0])
		return site->who.name;
	inet_ntop(AF_INET6, &request->peer, text, INET6_ADDRSTRLEN);
	return IN6_IS_ADDR_V4MAPPED(&request->peer) ? strrchr(text, ':') + 1 :
						      text;
}

static void change_act(void *ctx, struct svc_site *site,
		       const struct svc_request *request, const json_t *body,
		       struct svc_reply *reply)
{
	char address[INET6_ADDRSTRLEN];
	const struct change change = {
		.method = request->method, .uri = request->target.path,
		.body = body, .who = who_text(site, request, address),
	};
	struct outcome *outcome = calloc(1, sizeof(*outcome));

	if (!outcome) {
		svc_reply_error(reply, 500, SVC_INTERNAL, NULL, NULL, NULL);
		return;
	}
	outcome->pause = request->pause;
	request->pause->data = outcome;
	site->hooks.change(&change, on_done, outcome, site->hooks.ctx);
	if (outcome->there) {
		change_finish(site, request, reply);
		return;
	}
	outcome->awaited = true;
	request->pause->finish = change_finish;
}

static const char *change_allow(void *ctx, const char *uri)
{
	const struct svc_site *site = ctx;

	if (!site->hooks.methods || !site->hooks.change)
		return NULL;
	return site->hooks.methods(uri, site->hooks.ctx);
}

/* The context is the site. */
const struct svc_source_ops svc_change_ops = {
	.allow = change_allow,
	.act = change_act,
	.trusted = true,
};
