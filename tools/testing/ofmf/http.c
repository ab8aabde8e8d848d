// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* libmicrohttpd glue: bodies in, routes, answers out. */
#include <microhttpd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "events.h"
#include "http.h"
#include "jsonx.h"
#include "reply.h"
#include "rest.h"
#include "standin.h"

#define LOSE		"/standin/lose"
#define CONNECTIONS_MAX	2000
/* Longer ones are refused unread; up to here the client gets to read its 413 */
#define DRAIN_MAX	(16ULL * STANDIN_BODY_MAX)
#define STACK_BYTES	(1024 * 1024)

struct request {
	struct timespec arrival;
	char *body;
	size_t len;
	bool over;
};

/* Collapse slashes and drop a trailing one, but for the service root's. */
static char *normalise(const char *url)
{
	char *out = malloc(strlen(url) + 1), *p = out;

	if (!out)
		return NULL;
	for (; *url; url++)
		if (*url != '/' || p == out || p[-1] != '/')
			*p++ = *url;
	*p = '\0';
	if (p > out + 1 && p[-1] == '/' && strcmp(out, STANDIN_ROOT "/"))
		p[-1] = '\0';
	return out;
}

static bool is_json(struct MHD_Connection *conn)
{
	const char *type = MHD_lookup_connection_value(conn, MHD_HEADER_KIND,
						       "Content-Type");

	return type && (!strncasecmp(type, "application/json", 16) ||
			(!strncasecmp(type, "application/", 12) &&
			 strstr(type, "+json")));
}

static void with_body(struct standin *s, struct MHD_Connection *conn,
		      struct request *req, const char *method, const char *uri,
		      struct reply *r)
{
	json_t *body;

	if (!is_json(conn)) {
		reply_error(s, r, s->conformant ? 415 : 400, "HeaderInvalid",
			    "Content-Type", "Content-Type is not JSON");
		return;
	}
	body = jsonx_parse(req->body, req->len);
	if (!body)
		reply_error(s, r, 400, "MalformedJSON", NULL,
			    "The body is not usable JSON");
	else if (!strcmp(uri, "/EventListener") && !strcmp(method, "POST"))
		events_post(s, body, &req->arrival, r);
	else if (!json_is_object(body))
		reply_error(s, r, 400, "UnrecognizedRequestBody", NULL,
			    "The body is no JSON object");
	else if (!strcmp(method, "POST"))
		rest_post(s, uri, body, r);
	else
		rest_patch(s, uri, body, r);
	json_decref(body);
}

static void route(struct standin *s, struct MHD_Connection *conn,
		  struct request *req, const char *method, const char *uri,
		  struct reply *r)
{
	if (req->over)
		reply_error(s, r, 413, "PayloadTooLarge", NULL,
			    "The body is larger than 1 MiB");
	else if (!strcmp(method, "GET") || !strcmp(method, "HEAD"))
		rest_get(s, uri, r);
	else if (!strcmp(method, "POST") && !strcmp(uri, "/ResetResources"))
		rest_reset(s, r);
	else if (!strcmp(method, "POST") && !strncmp(uri, LOSE, strlen(LOSE)))
		rest_lose(s, uri + strlen(LOSE), r);
	else if (!strcmp(method, "POST") || !strcmp(method, "PATCH"))
		with_body(s, conn, req, method, uri, r);
	else if (!strcmp(method, "DELETE"))
		rest_delete(s, uri, r);
	else if (!strcmp(method, "PUT") && !s->conformant)
		reply_error(s, r, 500, "InternalError", NULL,
			    "Internal Server Error");
	else
		reply_error(s, r, 405, "OperationNotAllowed", NULL,
			    "Method not allowed");
}

static enum MHD_Result send_reply(struct standin *s,
				  struct MHD_Connection *conn,
				  const struct reply *r)
{
	char *text = r->json ? json_dumps(r->json, JSON_COMPACT) :
		strdup(r->text ? r->text : "");
	struct MHD_Response *resp;
	enum MHD_Result ret;

	if (!text)
		return MHD_NO;
	resp = MHD_create_response_from_buffer(strlen(text), text,
					       MHD_RESPMEM_MUST_FREE);
	if (!resp) {
		free(text);
		return MHD_NO;
	}
	if (r->json || r->text)
		MHD_add_response_header(resp, "Content-Type", r->json ?
				"application/json" : "text/html; charset=utf-8");
	if (s->conformant) {
		MHD_add_response_header(resp, "OData-Version", "4.0");
		MHD_add_response_header(resp, "Cache-Control", "no-cache");
	}
	if (r->location)
		MHD_add_response_header(resp, "Location", r->location);
	if (r->status == 405)
		MHD_add_response_header(resp, "Allow",
					"GET, HEAD, POST, PATCH, DELETE");
	ret = MHD_queue_response(conn, (unsigned int)r->status, resp);
	MHD_destroy_response(resp);
	return ret;
}

static enum MHD_Result answer(struct standin *s, struct MHD_Connection *conn,
			      struct request *req, const char *method,
			      const char *url)
{
	enum MHD_Result ret = MHD_NO;
	struct reply r = { 0 };
	char *uri = normalise(url);

	if (uri) {
		route(s, conn, req, method, uri, &r);
		/* MHD_NO closes the connection, as REPLY_CLOSE wants */
		if (r.status != REPLY_CLOSE && !atomic_load(&s->stopping))
			ret = send_reply(s, conn, &r);
	}
	reply_clear(&r);
	free(uri);
	return ret;
}

static void take(struct request *req, const char *data, size_t len)
{
	char *body;

	if (req->over)
		return;
	body = len <= STANDIN_BODY_MAX - req->len ?
		realloc(req->body, req->len + len) : NULL;
	if (!body) {
		req->over = true;
		return;
	}
	memcpy(body + req->len, data, len);
	req->body = body;
	req->len += len;
}

static enum MHD_Result begin(struct standin *s, struct MHD_Connection *conn,
			     void **state)
{
	struct request *req = calloc(1, sizeof(*req));
	const char *length = MHD_lookup_connection_value(conn, MHD_HEADER_KIND,
							 "Content-Length");
	struct reply r = { 0 };
	enum MHD_Result ret;

	if (!req)
		return MHD_NO;
	clock_gettime(CLOCK_REALTIME, &req->arrival);
	*state = req;
	if (!length || strtoull(length, NULL, 10) <= DRAIN_MAX)
		return MHD_YES;
	reply_error(s, &r, 413, "PayloadTooLarge", NULL,
		    "The body is larger than 1 MiB");
	ret = send_reply(s, conn, &r);
	reply_clear(&r);
	return ret;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *conn,
				  const char *url, const char *method,
				  const char *version, const char *data,
				  size_t *len, void **state)
{
	struct request *req = *state;

	(void)version;
	if (!req)
		return begin(arg, conn, state);
	if (*len) {
		take(req, data, *len);
		*len = 0;
		return MHD_YES;
	}
	return answer(arg, conn, req, method, url);
}

static void on_completed(void *arg, struct MHD_Connection *conn, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct request *req = *state;

	(void)arg, (void)conn, (void)code;
	if (req)
		free(req->body);
	free(req);
	*state = NULL;
}

struct MHD_Daemon *http_start(struct standin *s, int fd)
{
	return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION |
				MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO,
				0, NULL, NULL, on_request, s,
				MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
				MHD_OPTION_CONNECTION_LIMIT,
				(unsigned int)CONNECTIONS_MAX,
				MHD_OPTION_THREAD_STACK_SIZE,
				(size_t)STACK_BYTES, MHD_OPTION_END);
}

void http_stop(struct MHD_Daemon *daemon)
{
	MHD_stop_daemon(daemon);
}
