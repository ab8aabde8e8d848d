// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Making replies: a resource, an error, or the resource with notes on what was
 * not done of a PATCH (DSP0266, "PATCH").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reply.h"
#include "resource.h"
#include "schema.h"
#include "stream.h"

/* Frees what @reply owns, and zeroes it. */
void svc_reply_clear(struct svc_reply *reply)
{
	json_decref(reply->json);
	free(reply->text);
	if (reply->stream)
		reply->stream->ops->free(reply->stream);
	free(reply->etag);
	free(reply->schema);
	free(reply->location);
	memset(reply, 0, sizeof(*reply));
}

/* The reference to @json is taken over; without one there is no memory. */
void svc_reply_json(struct svc_reply *reply, unsigned int status, json_t *json)
{
	reply->status = json ? status : 500;
	reply->json = json;
	reply->type = SVC_TYPE_JSON;
}

/* Arguments as for svc_message_new(). */
void svc_reply_error(struct svc_reply *reply, unsigned int status,
		     enum svc_message id, const char *arg1, const char *arg2,
		     const char *property)
{
	svc_reply_json(reply, status, svc_error_one(id, arg1, arg2, property));
}

/* 503: too much was asked for; again after @seconds. */
void svc_reply_wait(struct svc_reply *reply, unsigned int seconds)
{
	char text[16];

	svc_reply_clear(reply);
	snprintf(text, sizeof(text), "%u", seconds);
	svc_reply_error(reply, 503, SVC_UNAVAILABLE, text, NULL, NULL);
	reply->retry = seconds;
}

/* 200 with the resource at @uri as it is now. */
void svc_reply_resource(struct svc_site *site, const char *uri,
			struct svc_reply *reply)
{
	json_t *resource = svc_resource_read(site, uri, &reply->etag);

	if (!resource) {
		svc_reply_error(reply, 404, SVC_MISSING_AT_URI, uri, NULL,
				NULL);
		return;
	}
	svc_reply_json(reply, 200, resource);
	reply->schema = svc_schema_uri(resource);
}

/**
 * svc_refused_messages - what to answer where nothing was done
 * @refused: property -> message
 *
 * Return: an array for svc_error_new(), a new reference.
 */
json_t *svc_refused_messages(json_t *refused)
{
	json_t *messages = json_array();
	const char *name;
	json_t *message;

	json_object_foreach(refused, name, message)
		json_array_append(messages, message);
	return messages;
}

/**
 * svc_reply_noted - the resource with notes on what was not done
 * @refused: property -> message
 */
void svc_reply_noted(struct svc_site *site, const char *uri, json_t *refused,
		     struct svc_reply *reply)
{
	const char *name;
	json_t *message, *copy;

	svc_reply_resource(site, uri, reply);
	if (!reply->json || !json_object_size(refused))
		return;
	copy = json_copy(reply->json);
	json_object_foreach(refused, name, message) {
		char key[160];

		snprintf(key, sizeof(key), "%.120s@Message.ExtendedInfo", name);
		json_object_set_new(copy, key, json_pack("[O]", message));
	}
	json_decref(reply->json);
	reply->json = copy;
}
