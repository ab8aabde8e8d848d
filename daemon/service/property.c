// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Answers to a PATCH that does not do all that it was asked for (DSP0266,
 * "PATCH").
 */
#include <stdio.h>

#include "svc.h"

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
