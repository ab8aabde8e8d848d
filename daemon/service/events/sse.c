// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Streams of events over an open connection (DSP0266, "Server-sent events").
 *
 * A stream reads from the history and holds one payload at most. While there is
 * nothing to write its connection is suspended, so that libmicrohttpd does not
 * poll it: then it is this file that watches whether the client is still there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "util/error.h"
#include "util/log.h"
#include "service/access/clients.h"
#include "service/protocol/request.h"
#include "service/protocol/stream.h"
#include "events.h"

#define BLOCK_SIZE	(16u * 1024)
#define ID_MAX		20		/* digits of a number that we gave */

/**
 * struct sse - one stream
 * @base: what its reply has of it
 * @client: at the other end of @connection
 * @fd: libmicrohttpd's socket
 * @io: tells that the client is gone
 * @seq: number of the last event that was written or was not wanted
 * @lost: events before the next were lost, which is to be reported
 * @suspended: there is nothing to write
 * @writing: libmicrohttpd has bytes that the client has not taken
 * @ended: nothing more will be written
 * @text: what is being written, or NULL
 */
struct sse {
	struct svc_stream base;
	struct subscription *sub;
	struct MHD_Connection *connection;
	struct svc_client *client;
	int fd;
	sd_event_source *io;
	uint64_t seq;
	bool lost, suspended, writing, ended;
	char *text;
	size_t size, at;
};

/* ---- what to write ------------------------------------------------------ */

static const char *stream_context(const struct sse *stream)
{
	return subscription_text(stream->sub, "Context");
}

/* One message; a client cannot come back to one without a number. */
static void text_set(struct sse *stream, struct event *const *list,
		     size_t count, bool numbered)
{
	char *payload = event_payload(list, count, stream_context(stream));
	char id[48] = "";

	if (numbered)
		snprintf(id, sizeof(id), "id: %" PRIu64 "\n",
			 list[count - 1]->seq);
	if (payload &&
	    asprintf(&stream->text, "%sdata: %s\n\n", id, payload) < 0)
		stream->text = NULL;
	free(payload);
	stream->at = 0;
	stream->size = stream->text ? strlen(stream->text) : 0;
}

static void fill_lost(struct sse *stream)
{
	struct event *loss;

	stream->lost = false;
	loss = events_loss(++stream->sub->events->seq);
	if (loss)
		text_set(stream, &loss, 1, false);
	event_unref(loss);
}

static bool is_overtaken(const struct sse *stream)
{
	return stream->seq < stream->sub->events->history.gone;
}

/* The next message, if there is one to write. */
static void stream_fill(struct sse *stream)
{
	const struct event_history *history = &stream->sub->events->history;
	struct event *list[EVENT_BATCH_MAX], *event;
	size_t n = 0, size = 0;

	if (is_overtaken(stream)) {
		stream->seq = history->gone;
		stream->lost = true;
	}
	if (stream->lost) {
		fill_lost(stream);
		return;
	}
	while (n < EVENT_BATCH_MAX && size < EVENT_SSE_BYTES &&
	       (event = event_history_after(history, stream->seq))) {
		stream->seq = event->seq;
		if (!event_wanted(stream->sub->properties, event))
			continue;
		list[n++] = event;
		size += event->size;
	}
	if (n)
		text_set(stream, list, n, true);
}

/* ---- libmicrohttpd's side ----------------------------------------------- */

static ssize_t stream_write(struct sse *stream, char *out, size_t max)
{
	size_t n = stream->size - stream->at;

	if (n > max)
		n = max;
	memcpy(out, stream->text + stream->at, n);
	stream->at += n;
	if (stream->at == stream->size) {
		free(stream->text);
		stream->text = NULL;
	}
	return (ssize_t)n;
}

static ssize_t on_read(void *ctx, uint64_t pos, char *out, size_t max)
{
	struct sse *stream = ctx;

	if (!stream->text && !stream->ended)
		stream_fill(stream);
	stream->writing = stream->text && !stream->ended;
	if (stream->writing) {
		svc_client_serve(stream->client, svc_clients_now());
		return stream_write(stream, out, max);
	}
	if (stream->ended)
		return MHD_CONTENT_READER_END_OF_STREAM;
	svc_client_stay(stream->client);
	stream->suspended = true;
	MHD_suspend_connection(stream->connection);
	return 0;
}

/* The connection is closed, or could not be answered at all. */
static void on_free(void *ctx)
{
	struct sse *stream = ctx;

	sd_event_source_disable_unref(stream->io);
	subscription_free(stream->sub);
	free(stream->text);
	free(stream);
}

static void stream_resume(struct sse *stream)
{
	if (!stream->suspended)
		return;
	stream->suspended = false;
	MHD_resume_connection(stream->connection);
}

/* libmicrohttpd sees it and closes; nothing is sent any more. */
static void stream_cut(struct sse *stream)
{
	const struct linger reset = { .l_onoff = 1 };

	stream->ended = true;
	setsockopt(stream->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	shutdown(stream->fd, SHUT_RDWR);
	stream_resume(stream);
}

static int on_hangup(sd_event_source *source, int fd, uint32_t events,
		     void *ctx)
{
	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	stream_cut(ctx);
	return 0;
}

/* ---- the EventService's side -------------------------------------------- */

/**
 * sse_wake - there are events
 *
 * One that still writes when all that it has not written has left the history
 * is too slow, and is cut off; it may come back and ask for what it missed.
 */
void sse_wake(struct sse *stream)
{
	if (!stream->connection || stream->ended)
		return;
	if (stream->writing && is_overtaken(stream)) {
		log_info("stream %s: cut off, it reads too slowly",
			 stream->sub->id);
		stream_cut(stream);
		return;
	}
	if (!stream->suspended)
		return;
	stream_fill(stream);
	if (stream->text)
		stream_resume(stream);
}

/**
 * sse_end - close it
 */
void sse_end(struct sse *stream)
{
	stream->ended = true;
	if (stream->writing)
		stream_cut(stream);
	else
		stream_resume(stream);
}

/* ---- opening ------------------------------------------------------------ */

/* A number that we gave, or may have given: not ours is as good as too old. */
static void stream_position(struct sse *stream, const char *last_id)
{
	const struct events *events = stream->sub->events;
	uint64_t seq = 0;
	size_t n;

	stream->seq = events->seq;
	if (!last_id || !*last_id)
		return;
	n = strspn(last_id, "0123456789");
	if (!last_id[n] && n <= ID_MAX)
		seq = strtoull(last_id, NULL, 10);
	if (seq > events->seq)
		seq = 0;
	/* that it is too old is found by stream_fill() */
	stream->seq = seq;
}

static void destination_set(struct sse *stream)
{
	const union MHD_ConnectionInfo *info;
	const struct sockaddr_in6 *sin6;
	const struct sockaddr_in *sin;
	char host[INET6_ADDRSTRLEN] = "", text[96];
	bool v6;

	info = MHD_get_connection_info(stream->connection,
				       MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (!info || !info->client_addr)
		return;
	sin = (const void *)info->client_addr;
	sin6 = (const void *)info->client_addr;
	v6 = info->client_addr->sa_family == AF_INET6;
	if (v6 && IN6_IS_ADDR_V4MAPPED(&sin6->sin6_addr))
		inet_ntop(AF_INET, &sin6->sin6_addr.s6_addr[12], host,
			  sizeof(host));
	else if (v6)
		inet_ntop(AF_INET6, &sin6->sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &sin->sin_addr, host, sizeof(host));
	snprintf(text, sizeof(text), strchr(host, ':') ?
		 "redfish-sse://[%s]:%u" : "redfish-sse://%s:%u", host,
		 ntohs(v6 ? sin6->sin6_port : sin->sin_port));
	json_object_set_new(stream->sub->properties, "Destination",
			    json_string(text));
}

/* A client that is gone without a word is found by the kernel. */
static int socket_watch(struct sse *stream)
{
	const union MHD_ConnectionInfo *info;
	int one = 1, idle = 60, interval = 10, count = 3;

	info = MHD_get_connection_info(stream->connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info)
		return error_origin(-ENOTSUP, "the connection has no socket");
	stream->fd = info->connect_fd;
	setsockopt(stream->fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(stream->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(stream->fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
		   sizeof(interval));
	setsockopt(stream->fd, IPPROTO_TCP, TCP_KEEPCNT, &count,
		   sizeof(count));
	return error_step(sd_event_add_io(stream->sub->events->event,
					  &stream->io, stream->fd, EPOLLRDHUP,
					  on_hangup, stream),
			  "its socket cannot be watched");
}

static struct MHD_Response *stream_open(struct svc_stream *base,
					struct MHD_Connection *connection)
{
	struct sse *stream = (struct sse *)base;
	struct MHD_Response *response;
	int r;

	stream->connection = connection;
	r = socket_watch(stream);
	if (r < 0) {
		error_log(LOG_WARNING, r, "stream %s: cannot be opened",
			  stream->sub->id);
		return NULL;
	}
	destination_set(stream);
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
						     BLOCK_SIZE, on_read,
						     stream, on_free);
	if (response)
		MHD_add_response_header(response, "Connection", "close");
	return response;
}

static void stream_free(struct svc_stream *base)
{
	on_free(base);
}

static const struct svc_stream_ops stream_ops = {
	.open = stream_open,
	.free = stream_free,
};

/**
 * sse_new - a stream, which has no connection yet
 * @base: set to it, for a reply
 * @properties: of its subscription; a reference is taken over
 * @request: that asked for it
 * @owner: account that sent it, or ""
 *
 * Return: 0, or -errno with its origin.
 */
int sse_new(struct svc_stream **base, struct events *events,
	    json_t *properties, const struct svc_request *request,
	    const char *owner)
{
	struct sse *stream = calloc(1, sizeof(*stream));
	struct subscription *sub;
	int r;

	if (!stream) {
		json_decref(properties);
		return error_origin(-ENOMEM, "a stream: no memory for it");
	}
	r = subscription_new(&sub, events, NULL, properties);
	if (r) {
		free(stream);
		return error_trace(r);
	}
	subscription_own(sub, owner);
	sub->stream = stream;
	stream->base.ops = &stream_ops;
	stream->sub = sub;
	json_object_set_new(properties, "Context", json_string(sub->id));
	stream->client = request->client;
	stream_position(stream, request->last_event_id);
	/* headers go out with the first bytes of the body */
	stream->text = strdup(":\n\n");
	stream->size = stream->text ? strlen(stream->text) : 0;
	*base = &stream->base;
	return 0;
}
