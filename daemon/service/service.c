// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The Redfish service on the event loop: libmicrohttpd's epoll descriptor and
 * its next timeout are event sources, so that an idle service never wakes up
 * and a slow client is only one more descriptor.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "util/log.h"
#include "service/access/clients.h"
#include "service/events/events.h"
#include "svc.h"

/* Those that were ended, until libmicrohttpd has seen it. */
#define CONNECTIONS_ENDING	64
/* What libmicrohttpd needs beside the headers, and for those of the answer. */
#define CONNECTION_MEMORY	(12u * 1024)
#define LISTEN_BACKLOG		128
#define SEND_BUFFER		(128 * 1024)
/* Expanding that many resources costs about as much as a request. */
#define EXPANDED_PER_REQUEST	10

struct service {
	struct svc_site site;
	struct svc_source subscription;
	struct service_limits limits;
	struct svc_clients *clients;
	struct svc_secure *secure;
	struct svc_source logs;
	struct svc_source changes;
	struct events *events;
	struct MHD_Daemon *daemon;
	sd_event_source *io;
	sd_event_source *timer;
	uint16_t port;
};

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

/* ---- requests ----------------------------------------------------------- */

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000;
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
static struct link *link_open(struct service *service,
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
	link->client = svc_client_open(service->clients, addr,
				       info->connect_fd, now_usec());
	if (!link->client) {
		free(link);
		return NULL;
	}
	link->tls = svc_secure_attach(service->secure, connection);
	return link;
}

static void connection_notify(void *cls, struct MHD_Connection *connection,
			      void **context,
			      enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_CLOSED)
		link_close(*context);
	else
		*context = link_open(cls, connection);
}

/* What its answer waited for is there: exchange_step() is called again. */
static void exchange_wake(void *ctx)
{
	struct exchange *exchange = ctx;

	MHD_resume_connection(exchange->connection);
}

/* First to see a request, and the only one to see its target unchanged. */
static void *exchange_begin(void *cls, const char *uri,
			    struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;
	struct svc_request *request;
	struct exchange *exchange;
	struct link *link;

	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	link = info->socket_context;
	exchange = link ? calloc(1, sizeof(*exchange)) : NULL;
	if (!exchange)
		return NULL;
	exchange->client = link->client;
	svc_client_wait(exchange->client, now_usec());
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

static void exchange_end(void *cls, struct MHD_Connection *connection,
			 void **req_cls, enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *req_cls;

	if (!exchange)
		return;
	svc_client_wait(exchange->client, now_usec());
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

static enum MHD_Result exchange_answer(struct service *service,
				       struct MHD_Connection *connection,
				       struct exchange *exchange)
{
	struct svc_request *request = &exchange->request;
	struct svc_reply reply = { 0 };
	enum MHD_Result result;
	uint64_t now = now_usec();
	char *body;

	headers_read(request, connection);
	svc_secure_peer(service->secure, connection, request);
	request->body = exchange->body;
	request->size = exchange->size;
	svc_client_serve(exchange->client, now);
	svc_handle(&service->site, request, &reply);
	if (!reply.status) {
		/* nobody is late while it is us who take the time */
		svc_client_stay(exchange->client);
		MHD_suspend_connection(connection);
		return MHD_YES;
	}
	svc_client_owe(exchange->client, reply.expanded / EXPANDED_PER_REQUEST,
		       now);
	body = svc_respond_body(&reply);
	if (body && !svc_client_answer(exchange->client, strlen(body))) {
		free(body);
		svc_reply_wait(&reply, SVC_ANSWER_SECONDS);
		body = svc_respond_body(&reply);
	}
	result = svc_respond(connection, &service->site, &reply, body);
	svc_reply_clear(&reply);
	return result;
}

static enum MHD_Result exchange_upload(struct service *service,
				       struct exchange *exchange,
				       const char *data, size_t *size)
{
	size_t n = *size;
	char *body;

	*size = 0;
	exchange->size += n;
	if (exchange->size > service->limits.body_size) {
		exchange->request.too_large = true;
		return exchange->size > SVC_DRAIN_MAX ? MHD_NO : MHD_YES;
	}
	body = realloc(exchange->body, exchange->size);
	if (!body)
		return MHD_NO;
	memcpy(body + exchange->size - n, data, n);
	exchange->body = body;
	return MHD_YES;
}

/* What has been seen of the headers that may be there once only. */
struct single_headers {
	unsigned int seen;
	const char *repeated;
};

/* Those that the service and what is before it must agree on (RFC 9112). */
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
 * What is to be refused by its headers, before the body is read. A body that
 * is announced to be too large is, too.
 */
static bool exchange_refused(const struct service *service,
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
	request->wait = svc_client_charge(exchange->client, 1, now_usec());
	request->repeated = headers.repeated;
	request->headers_large = info->header_size >
				 service->limits.header_size;
	request->too_large = length && strtoull(length, NULL, 10) >
				       service->limits.body_size;
	return request->wait || request->repeated || request->headers_large ||
	       request->too_large;
}

static enum MHD_Result exchange_step(void *cls,
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
static size_t unescape_nothing(void *cls, struct MHD_Connection *connection,
			       char *text)
{
	return strlen(text);
}

static __attribute__((format(printf, 2, 0)))
void daemon_log(void *cls, const char *format, va_list ap)
{
	char line[256];

	vsnprintf(line, sizeof(line), format, ap);
	line[strcspn(line, "\r\n")] = '\0';
	log_debug("service: %s", line);
}

/* ---- the loop ----------------------------------------------------------- */

/* There is a timer only while somebody is connected. */
static int timer_arm(struct service *service)
{
	uint64_t next = svc_clients_next(service->clients);
	MHD_UNSIGNED_LONG_LONG ms;
	int r;

	if (MHD_get_timeout(service->daemon, &ms) == MHD_YES &&
	    now_usec() + ms * 1000 < next)
		next = now_usec() + ms * 1000;
	if (next == UINT64_MAX)
		return sd_event_source_set_enabled(service->timer,
						   SD_EVENT_OFF);
	r = sd_event_source_set_time(service->timer, next);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(service->timer, SD_EVENT_ONESHOT);
}

static int service_run(struct service *service)
{
	int r;

	svc_clients_expire(service->clients, now_usec());
	MHD_run(service->daemon);
	r = timer_arm(service);
	if (r < 0)
		log_error("service: cannot set its timer: %s", strerror(-r));
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	return service_run(ctx);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *ctx)
{
	return service_run(ctx);
}

static int loop_join(struct service *service, sd_event *event)
{
	const union MHD_DaemonInfo *info;
	int r;

	info = MHD_get_daemon_info(service->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || info->epoll_fd < 0)
		return -ENOTSUP;
	r = sd_event_add_io(event, &service->io, info->epoll_fd, EPOLLIN,
			    on_io, service);
	if (r < 0)
		return r;
	sd_event_source_set_description(service->io, "service-io");
	/* An accuracy of 0 would mean 250 ms. */
	r = sd_event_add_time_relative(event, &service->timer, CLOCK_MONOTONIC,
				       0, 1, on_timer, service);
	if (r < 0)
		return r;
	sd_event_source_set_description(service->timer, "service-timer");
	return timer_arm(service);
}

/* ---- start and stop ----------------------------------------------------- */

/*
 * Each connection has the buffer of the listening socket: an answer that is not
 * read is then held here, where it is counted, and not by the kernel.
 */
static int socket_listen(const struct addrinfo *ai)
{
	int one = 1, buffer = SEND_BUFFER;
	int fd, r;

	fd = socket(ai->ai_family,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 ||
	    listen(fd, LISTEN_BACKLOG) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

/* No address, or none but "*": both families where the host has both. */
static int socket_open(const char *addr, uint16_t port)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV,
	};
	bool any = !addr || !*addr || !strcmp(addr, "*");
	struct addrinfo *ai;
	char service[8];
	int fd;

	snprintf(service, sizeof(service), "%u", port);
	if (any)
		addr = "::";
	else if (!strcasecmp(addr, "localhost"))
		addr = "127.0.0.1";
	if (getaddrinfo(addr, service, &hints, &ai))
		return -EADDRNOTAVAIL;
	fd = socket_listen(ai);
	freeaddrinfo(ai);
	if (any && fd == -EAFNOSUPPORT)
		return socket_open("0.0.0.0", port);
	return fd;
}

/* Port in use, and the origin that pages from there would have. */
static void socket_name(int fd, struct service *service)
{
	struct sockaddr_storage ss = { 0 };
	socklen_t len = sizeof(ss);
	char host[INET6_ADDRSTRLEN] = "";
	const struct sockaddr_in6 *sin6 = (const void *)&ss;
	const struct sockaddr_in *sin = (const void *)&ss;
	bool v6;

	getsockname(fd, (struct sockaddr *)&ss, &len);
	v6 = ss.ss_family == AF_INET6;
	service->port = ntohs(v6 ? sin6->sin6_port : sin->sin_port);
	if (v6)
		inet_ntop(AF_INET6, &sin6->sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &sin->sin_addr, host, sizeof(host));
	snprintf(service->site.origin, sizeof(service->site.origin),
		 v6 ? "%s://[%s]:%u" : "%s://%s:%u",
		 service->site.auth->tls ? "https" : "http", host,
		 service->port);
}

static struct MHD_Daemon *daemon_start(struct service *service, int fd)
{
	struct MHD_OptionItem tls[SVC_SECURE_OPTIONS];
	unsigned int flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG |
			     MHD_ALLOW_SUSPEND_RESUME;

	if (svc_secure_options(service->secure, tls))
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, exchange_step, service,
		MHD_OPTION_EXTERNAL_LOGGER, daemon_log, service,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
		MHD_OPTION_CONNECTION_LIMIT,
		service->limits.connections + CONNECTIONS_ENDING,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)service->limits.header_size + CONNECTION_MEMORY,
		MHD_OPTION_NOTIFY_CONNECTION, connection_notify, service,
		MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, service,
		MHD_OPTION_UNESCAPE_CALLBACK, unescape_nothing, service,
		MHD_OPTION_NOTIFY_COMPLETED, exchange_end, service,
		MHD_OPTION_ARRAY, tls,
		MHD_OPTION_END);
}

static void sources_serve(struct service *service)
{
	/* what is served is the tree's own; what can be done to it is theirs */
	service->logs = (struct svc_source) {
		.prefix = SVC_PREFIX,
		.ops = &svc_log_ops,
		.ctx = &service->site,
	};
	svc_source_add(&service->site, &service->logs);
	service->changes = (struct svc_source) {
		.prefix = SVC_PREFIX,
		.ops = &svc_change_ops,
		.ctx = &service->site,
	};
	svc_source_add(&service->site, &service->changes);
	service->subscription = (struct svc_source) {
		.prefix = SVC_SUBSCRIPTION,
		.ops = &svc_subscription_ops,
		.ctx = &service->site,
	};
	svc_source_add(&service->site, &service->events->source);
	svc_source_add(&service->site, &service->subscription);
}

static int service_open(struct service *service,
			const struct service_setup *setup)
{
	int fd, r;

	service->clients = svc_clients_new(&service->limits);
	if (!service->clients)
		return -ENOMEM;
	r = svc_secure_new(&service->secure, &service->site, setup);
	if (r < 0)
		return r;
	r = events_new(&service->events, setup->event, setup->tree,
		       setup->store, &setup->events);
	if (r < 0)
		return r;
	sources_serve(service);
	fd = socket_open(setup->addr, setup->port);
	if (fd < 0)
		return fd;
	socket_name(fd, service);
	service->daemon = daemon_start(service, fd);
	return service->daemon ? loop_join(service, setup->event) : -ENOMEM;
}

int service_start(struct service **service_, const struct service_setup *setup)
{
	static const struct service_limits defaults = SERVICE_LIMITS_DEFAULT;
	struct service *service = calloc(1, sizeof(*service));
	int r;

	if (!service)
		return -ENOMEM;
	service->limits = setup->limits.connections ? setup->limits : defaults;
	service->site.tree = setup->tree;
	service->site.hooks = setup->hooks;
	r = service_open(service, setup);
	if (r < 0) {
		service_stop(service);
		return r;
	}
	*service_ = service;
	return 0;
}

void service_reload(struct service *service)
{
	svc_secure_reload(service->secure);
}

void service_stop(struct service *service)
{
	if (!service)
		return;
	sd_event_source_disable_unref(service->io);
	sd_event_source_disable_unref(service->timer);
	/* nobody waits for a password any more when the daemon stops */
	svc_secure_end(service->secure);
	if (service->events)
		events_close(service->events);
	if (service->daemon) {
		/* who was just told what came of it is answered */
		MHD_run(service->daemon);
		MHD_stop_daemon(service->daemon);
	}
	events_free(service->events);
	svc_secure_free(service->secure);
	svc_clients_free(service->clients);
	free(service->site.metadata);
	free(service);
}

void service_record(struct service *service, const json_t *record)
{
	events_record(service->events, record);
}

json_t *service_subscribers(const struct service *service)
{
	return events_report(service->events);
}

uint16_t service_port(const struct service *service)
{
	return service->port;
}
