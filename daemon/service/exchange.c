// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One connection, and one request while libmicrohttpd reads it: its target, its
 * headers and its body, within the limits of the client that sent it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/error.h"
#include "util/log.h"
#include "service/access/clients.h"
#include "service/access/login.h"
#include "service/access/secure.h"
#include "service/access/tls.h"
#include "service/protocol/parse.h"
#include "exchange.h"
#include "handle.h"
#include "respond.h"
#include "server.h"

#define DRAIN_MAX	(1024u * 1024)	/* bytes that are read to answer 413 */
/* Expanding that many resources costs about as much as a request. */
#define EXPANDED_PER_REQUEST	10

/* One connection. */
struct link {
	struct svc_client *client;
	struct svc_tls *tls;	/* what it began with, NULL without TLS */
};

/* One request while it is read. */
struct exchange {
	struct svc_request request;
	struct svc_client *client;
	struct svc_login login;
	struct svc_pause pause;
	struct MHD_Connection *connection;
	bool begun;
	char *body;
	size_t size;		/* bytes that came, also those not kept */
};

/* There is no memory to answer with; libmicrohttpd closes the connection. */
static enum MHD_Result exchange_fail(const char *step)
{
	error_log(LOG_ERR, error_origin(-ENOMEM, "%s", step),
		  "service: a request is not answered");
	return MHD_NO;
}

static void link_close(struct link *link)
{
	if (!link)
		return;
	svc_client_close(link->client);
	svc_tls_unref(link->tls);
	free(link);
}

/* NULL where there is no room for it: it was shut down then. */
static struct link *link_open(struct svc_server *server,
			      struct MHD_Connection *connection)
{
	struct link *link = calloc(1, sizeof(*link));
	const union MHD_ConnectionInfo *info;
	const struct sockaddr *addr;

	if (!link)
		return NULL;
	/* the next one overwrites what this one returned */
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	addr = info->client_addr;
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	link->client = svc_client_open(server->clients, addr,
				       info->connect_fd, svc_clients_now());
	if (!link->client) {
		free(link);
		return NULL;
	}
	link->tls = svc_secure_attach(server->secure, connection);
	return link;
}

void svc_exchange_connection(void *cls, struct MHD_Connection *connection,
			      void **context,
			      enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_CLOSED)
		link_close(*context);
	else
		*context = link_open(cls, connection);
}

/* The answer can be given: libmicrohttpd calls svc_exchange_step() again. */
static void exchange_wake(void *ctx)
{
	struct exchange *exchange = ctx;

	MHD_resume_connection(exchange->connection);
}

/* First to see a request, and the only one to see its target unchanged. */
void *svc_exchange_begin(void *cls, const char *uri,
			    struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;
	struct svc_request *request;
	struct exchange *exchange;
	struct link *link;

	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	link = info->socket_context;
	if (!link)
		return NULL;
	exchange = calloc(1, sizeof(*exchange));
	if (!exchange) {
		exchange_fail("request: cannot be allocated");
		return NULL;
	}
	exchange->client = link->client;
	svc_client_wait(exchange->client, svc_clients_now());
	request = &exchange->request;
	request->client = exchange->client;
	request->target_error = svc_target_parse(&request->target, uri);
	request->login = &exchange->login;
	request->pause = &exchange->pause;
	exchange->pause.wake = exchange_wake;
	exchange->pause.ctx = exchange;
	exchange->connection = connection;
	return exchange;
}

void svc_exchange_end(void *cls, struct MHD_Connection *connection,
			 void **req_cls, enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *req_cls;

	if (!exchange)
		return;
	svc_client_wait(exchange->client, svc_clients_now());
	free(exchange->pause.data);
	free(exchange->body);
	free(exchange);
	*req_cls = NULL;
}

static const char *header_get(struct MHD_Connection *connection,
			      const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static void headers_read(struct svc_request *request,
			 struct MHD_Connection *connection)
{
	request->accept = header_get(connection, "Accept");
	request->content_type = header_get(connection, "Content-Type");
	request->content_encoding = header_get(connection, "Content-Encoding");
	request->if_match = header_get(connection, "If-Match");
	request->if_none_match = header_get(connection, "If-None-Match");
	request->odata_version = header_get(connection, "OData-Version");
	request->authorization = header_get(connection, "Authorization");
	request->token = header_get(connection, "X-Auth-Token");
	request->host = header_get(connection, "Host");
	request->origin = header_get(connection, "Origin");
	request->last_event_id = header_get(connection, "Last-Event-ID");
}

static enum MHD_Result exchange_answer(struct svc_server *server,
				       struct MHD_Connection *connection,
				       struct exchange *exchange)
{
	struct svc_request *request = &exchange->request;
	struct svc_reply reply = { 0 };
	enum MHD_Result result;
	uint64_t now = svc_clients_now();
	char *body;

	headers_read(request, connection);
	svc_secure_peer(server->secure, connection, request);
	request->body = exchange->body;
	request->size = exchange->size;
	svc_client_serve(exchange->client, now);
	svc_handle(server->site, request, &reply);
	if (!reply.status) {
		/* a client is not late while it waits for us */
		svc_client_stay(exchange->client);
		MHD_suspend_connection(connection);
		return MHD_YES;
	}
	svc_client_debit(exchange->client, reply.expanded / EXPANDED_PER_REQUEST,
		       now);
	body = svc_respond_body(&reply);
	if (body && !svc_client_answer(exchange->client, strlen(body))) {
		free(body);
		svc_reply_wait(&reply, SVC_ANSWER_SECONDS);
		body = svc_respond_body(&reply);
	}
	result = body ? svc_respond(connection, server->site, &reply, body) :
			exchange_fail("answer: no memory for its body");
	svc_reply_clear(&reply);
	return result;
}

static enum MHD_Result exchange_upload(struct svc_server *server,
				       struct exchange *exchange,
				       const char *data, size_t *size)
{
	size_t n = *size;
	char *body;

	*size = 0;
	exchange->size += n;
	if (exchange->size > server->limits.body_size) {
		exchange->request.too_large = true;
		return exchange->size > DRAIN_MAX ? MHD_NO : MHD_YES;
	}
	body = realloc(exchange->body, exchange->size);
	if (!body)
		return exchange_fail("request: no memory for its body");
	memcpy(body + exchange->size - n, data, n);
	exchange->body = body;
	return MHD_YES;
}

/* What has been seen of the headers that may be there once only. */
struct single_headers {
	unsigned int seen;
	const char *repeated;
};

/* Those that the service and a proxy before it must agree on (RFC 9112). */
static enum MHD_Result header_single(void *cls, enum MHD_ValueKind kind,
				     const char *name, const char *value)
{
	static const char *const single[] = {
		"Host", "Content-Length", "Transfer-Encoding", "Content-Type",
		"Authorization", "X-Auth-Token", "Origin",
	};
	struct single_headers *headers = cls;
	size_t i;

	for (i = 0; i < sizeof(single) / sizeof(single[0]); i++) {
		if (strcasecmp(name, single[i]))
			continue;
		if (headers->seen & 1u << i)
			headers->repeated = single[i];
		headers->seen |= 1u << i;
	}
	return MHD_YES;
}

/*
 * Is a request refused for its headers, before its body is read? So is one that
 * announces a body that is too large.
 */
static bool exchange_refused(const struct svc_server *server,
			     struct MHD_Connection *connection,
			     struct exchange *exchange)
{
	struct single_headers headers = { 0 };
	struct svc_request *request = &exchange->request;
	const char *length = header_get(connection, "Content-Length");
	const union MHD_ConnectionInfo *info;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, header_single,
				  &headers);
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	request->wait = svc_client_charge(exchange->client, 1, svc_clients_now());
	request->repeated = headers.repeated;
	request->headers_large = info->header_size >
				 server->limits.header_size;
	request->too_large = length && strtoull(length, NULL, 10) >
				       server->limits.body_size;
	return request->wait || request->repeated || request->headers_large ||
	       request->too_large;
}

enum MHD_Result svc_exchange_step(void *cls,
				     struct MHD_Connection *connection,
				     const char *url, const char *method,
				     const char *version, const char *data,
				     size_t *size, void **req_cls)
{
	struct exchange *exchange = *req_cls;

	if (!exchange)
		return MHD_NO;
	if (!exchange->begun) {
		exchange->begun = true;
		exchange->request.method = method;
		if (!exchange_refused(cls, connection, exchange))
			return MHD_YES;
		return exchange_answer(cls, connection, exchange);
	}
	if (*size)
		return exchange_upload(cls, exchange, data, size);
	return exchange_answer(cls, connection, exchange);
}

/* svc_target_parse() decodes: an encoded NUL must not cut what is looked up. */
size_t svc_exchange_unescape(void *cls, struct MHD_Connection *connection,
			       char *text)
{
	return strlen(text);
}

