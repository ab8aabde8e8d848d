/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The answer to a request, and making it. */
#ifndef FABMON_SVC_REPLY_H
#define FABMON_SVC_REPLY_H

#include <jansson.h>
#include <stddef.h>

#include "message.h"

#define SVC_TYPE_JSON	"application/json;charset=utf-8"
#define SVC_TYPE_XML	"application/xml;charset=utf-8"
#define SVC_TYPE_STREAM	"text/event-stream;charset=utf-8"
#define SVC_TOKEN_SIZE	65	/* 256 bits in hex, with the NUL */

struct svc_site;
struct svc_stream;

/**
 * struct svc_reply - the answer; svc_reply_clear() it
 * @status: HTTP status; 0: the request is handled again when wake() of its
 *	pause was called
 * @json: body, owned, or NULL
 * @text: body where there is no @json, owned, or NULL
 * @type: Content-Type of the body
 * @etag: entity tag, owned, or NULL
 * @schema: URI of the body's schema, owned, or NULL
 * @location: URI of what was created, owned, or NULL
 * @allow: methods of the target, or NULL where there is no target
 * @expanded: resources that $expand put in
 * @retry: seconds after which to ask again, or 0
 * @token: X-Auth-Token of a new session, "" without
 * @challenge: WWW-Authenticate, or NULL
 * @stream: body that has no end, owned, or NULL
 */
struct svc_reply {
	unsigned int status;
	json_t *json;
	char *text;
	struct svc_stream *stream;
	const char *type;
	char *etag;
	char *schema;
	char *location;
	const char *allow;
	size_t expanded;
	unsigned int retry;
	char token[SVC_TOKEN_SIZE];
	const char *challenge;
};

void svc_reply_clear(struct svc_reply *reply);
void svc_reply_json(struct svc_reply *reply, unsigned int status, json_t *json);
void svc_reply_error(struct svc_reply *reply, unsigned int status,
		     enum svc_message id, const char *arg1, const char *arg2,
		     const char *property);
void svc_reply_wait(struct svc_reply *reply, unsigned int seconds);
void svc_reply_resource(struct svc_site *site, const char *uri,
			struct svc_reply *reply);
json_t *svc_refused_messages(json_t *refused);
void svc_reply_noted(struct svc_site *site, const char *uri, json_t *refused,
		     struct svc_reply *reply);

#endif /* FABMON_SVC_REPLY_H */
