// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * PATCH of the subscription that an OFMF has with us from the beginning: its
 * Context can be set, and nothing else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "service/protocol/message.h"
#include "service/protocol/protocol.h"
#include "service/protocol/reply.h"
#include "service/protocol/request.h"
#include "service/protocol/resource.h"
#include "service/protocol/site.h"
#include "sources.h"

/* A value as MessageArgs want it: text. */
static char *value_text(const json_t *value)
{
	if (json_is_string(value))
		return strdup(json_string_value(value));
	return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

static void refuse_value(json_t *messages, enum svc_message id,
			 const json_t *value)
{
	char *text = value_text(value);

	json_array_append_new(messages,
			      svc_message_new(id, text ? text : "", "Context",
					      "Context"));
	free(text);
}

static json_t *refuse_property(const json_t *resource, const char *name)
{
	bool known = json_object_get(resource, name);

	return svc_message_new(known ? SVC_PROPERTY_READ_ONLY :
			       SVC_PROPERTY_UNKNOWN, name, NULL, name);
}

/*
 * Properties that cannot be set, each with its message. Annotations are what a
 * client copies along, and are passed over.
 */
static json_t *refused_properties(const json_t *resource, const json_t *body)
{
	json_t *refused = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)body, name, value) {
		if (!strcmp(name, "Context") || strchr(name, '@'))
			continue;
		json_object_set_new(refused, name,
				    refuse_property(resource, name));
	}
	return refused;
}

static void context_set(struct svc_site *site, const json_t *value,
			json_t *refused, struct svc_reply *reply)
{
	json_t *messages;
	int r = -EINVAL;

	messages = svc_refused_messages(refused);
	if (!json_is_string(value)) {
		refuse_value(messages, SVC_PROPERTY_TYPE, value);
	} else {
		r = site->hooks.context(site->view, json_string_value(value),
					site->hooks.ctx);
		if (r == -EINVAL)
			refuse_value(messages, SVC_PROPERTY_FORMAT, value);
	}
	if (!r) {
		svc_reply_noted(site, SVC_SUBSCRIPTION, refused, reply);
	} else if (r == -EINVAL) {
		svc_reply_json(reply, 400,
			       svc_error_new(json_incref(messages)));
	} else {
		error_log(LOG_ERR, r, "service: Context of %s%s cannot be set",
			  *site->view ? "OFMF " : "the OFMF", site->view);
		svc_reply_error(reply, 500, SVC_INTERNAL, NULL, NULL, NULL);
	}
	json_decref(messages);
}

/*
 * The hook publishes the subscription anew, so that no reference to it may be
 * held across the call.
 */
static void subscription_act(void *ctx, struct svc_site *site,
			     const struct svc_request *request,
			     const json_t *body, struct svc_reply *reply)
{
	json_t *resource = svc_resource_get(site, SVC_SUBSCRIPTION);
	const json_t *value = json_object_get(body, "Context");
	json_t *refused = refused_properties(resource, body);

	json_decref(resource);
	if (value)
		context_set(site, value, refused, reply);
	else if (json_object_size(refused))
		svc_reply_json(reply, 400,
			       svc_error_new(svc_refused_messages(refused)));
	else
		svc_reply_error(reply, 400, SVC_NO_OPERATION, NULL, NULL, NULL);
	json_decref(refused);
}

static const char *subscription_allow(void *ctx, const char *uri)
{
	const struct svc_site *site = ctx;
	json_t *resource;

	if (!site->hooks.context || strcmp(uri, SVC_SUBSCRIPTION))
		return NULL;
	resource = svc_resource_get(site, uri);
	json_decref(resource);
	return resource ? "GET, HEAD, PATCH" : NULL;
}

/* The context is the site. */
const struct svc_source_ops svc_subscription_ops = {
	.allow = subscription_allow,
	.act = subscription_act,
	.trusted = true,
};
