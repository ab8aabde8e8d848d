// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * From a reply to bytes: body and headers (DSP0266, "Response headers").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/protocol/stream.h"
#include "respond.h"

/* Body of a reply, malloc()ed; NULL without memory. */
char *svc_respond_body(const struct svc_reply *reply)
{
	if (reply->json)
		return json_dumps(reply->json, JSON_COMPACT);
	return strdup(reply->text ? reply->text : "");
}

static void header_set(struct MHD_Response *response, const char *name,
		       const char *value)
{
	if (value)
		MHD_add_response_header(response, name, value);
}

static void headers_set(struct MHD_Response *response,
			const struct svc_site *site,
			const struct svc_reply *reply, bool typed)
{
	char link[320], seconds[16];

	header_set(response, "OData-Version", "4.0");
	header_set(response, "Cache-Control", "no-cache");
	/* No page of another origin may read what is served. */
	header_set(response, "Access-Control-Allow-Origin", site->origin);
	header_set(response, "Allow", reply->allow);
	header_set(response, "ETag", reply->etag);
	header_set(response, "Location", reply->location);
	header_set(response, "WWW-Authenticate", reply->challenge);
	if (reply->token[0])
		header_set(response, "X-Auth-Token", reply->token);
	if (typed)
		header_set(response, "Content-Type", reply->type);
	if (reply->retry) {
		snprintf(seconds, sizeof(seconds), "%u", reply->retry);
		header_set(response, "Retry-After", seconds);
		/* a client that ignores it has to connect for each refusal */
		header_set(response, "Connection", "close");
	}
	if (reply->schema) {
		snprintf(link, sizeof(link), "<%s>; rel=describedby",
			 reply->schema);
		header_set(response, "Link", link);
	}
}

/* A stream is given away; @body is taken over. */
static struct MHD_Response *response_make(struct MHD_Connection *connection,
					  struct svc_reply *reply, char *body)
{
	struct MHD_Response *response;

	if (reply->stream) {
		free(body);
		response = reply->stream->ops->open(reply->stream,
						    connection);
		if (response)
			reply->stream = NULL;
		return response;
	}
	response = MHD_create_response_from_buffer(strlen(body), body,
						   MHD_RESPMEM_MUST_FREE);
	if (!response)
		free(body);
	return response;
}

/**
 * svc_respond - queue @reply, which gives its stream away
 * @body: of svc_respond_body(), not NULL; taken over
 *
 * libmicrohttpd leaves the body out where the method is HEAD.
 */
enum MHD_Result svc_respond(struct MHD_Connection *connection,
			    const struct svc_site *site,
			    struct svc_reply *reply, char *body)
{
	struct MHD_Response *response;
	enum MHD_Result result;
	bool typed;

	typed = reply->stream || *body;
	response = response_make(connection, reply, body);
	if (!response)
		return MHD_NO;
	headers_set(response, site, reply, typed);
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}
