// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * libmicrohttpd on the event loop: its epoll descriptor and its next timeout are
 * event sources, so that an idle service never wakes up and a slow client is
 * only one more descriptor.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "util/error.h"
#include "util/log.h"
#include "service/access/clients.h"
#include "service/access/secure.h"
#include "exchange.h"
#include "server.h"

/* Connections that were shut down and that libmicrohttpd has not closed yet. */
#define CONNECTIONS_ENDING	64
/* For libmicrohttpd itself, and for the headers of the answer. */
#define CONNECTION_MEMORY	(12u * 1024)

/* There is a timer only while somebody is connected. */
static int timer_arm(struct svc_server *server)
{
	uint64_t next = svc_clients_next(server->clients);
	MHD_UNSIGNED_LONG_LONG ms;
	int r;

	if (MHD_get_timeout(server->daemon, &ms) == MHD_YES &&
	    svc_clients_now() + ms * 1000 < next)
		next = svc_clients_now() + ms * 1000;
	if (next == UINT64_MAX) {
		r = sd_event_source_set_enabled(server->timer, SD_EVENT_OFF);
	} else {
		r = sd_event_source_set_time(server->timer, next);
		if (r >= 0)
			r = sd_event_source_set_enabled(server->timer,
							SD_EVENT_ONESHOT);
	}
	return r < 0 ? error_origin(r, "service timer: cannot be set") : 0;
}

static int server_run(struct svc_server *server)
{
	int r;

	svc_clients_expire(server->clients, svc_clients_now());
	MHD_run(server->daemon);
	r = timer_arm(server);
	if (r < 0)
		error_log(LOG_ERR, r,
			  "service: clients that are late keep their connections");
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	return server_run(ctx);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *ctx)
{
	return server_run(ctx);
}

static int loop_join(struct svc_server *server, sd_event *event)
{
	const union MHD_DaemonInfo *info;
	int r;

	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info || info->epoll_fd < 0)
		return error_origin(-ENOTSUP, "libmicrohttpd: has no epoll descriptor");
	r = sd_event_add_io(event, &server->io, info->epoll_fd, EPOLLIN,
			    on_io, server);
	if (r < 0)
		return error_origin(r, "libmicrohttpd: its descriptor cannot be watched");
	sd_event_source_set_description(server->io, "service-io");
	/* An accuracy of 0 would mean 250 ms. */
	r = sd_event_add_time_relative(event, &server->timer, CLOCK_MONOTONIC,
				       0, 1, on_timer, server);
	if (r < 0)
		return error_origin(r, "service timer: cannot be made");
	sd_event_source_set_description(server->timer, "service-timer");
	return timer_arm(server);
}

static __attribute__((format(printf, 2, 0)))
void daemon_log(void *cls, const char *format, va_list ap)
{
	char line[256];

	vsnprintf(line, sizeof(line), format, ap);
	line[strcspn(line, "\r\n")] = '\0';
	log_debug("service: %s", line);
}

static struct MHD_Daemon *daemon_start(struct svc_server *server, int fd)
{
	struct MHD_OptionItem tls[SVC_SECURE_OPTIONS];
	unsigned int flags = MHD_USE_EPOLL | MHD_USE_ERROR_LOG |
			     MHD_ALLOW_SUSPEND_RESUME;

	if (svc_secure_options(server->secure, tls))
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, svc_exchange_step, server,
		MHD_OPTION_EXTERNAL_LOGGER, daemon_log, server,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
		MHD_OPTION_CONNECTION_LIMIT,
		server->limits.connections + CONNECTIONS_ENDING,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)server->limits.header_size + CONNECTION_MEMORY,
		MHD_OPTION_NOTIFY_CONNECTION, svc_exchange_connection, server,
		MHD_OPTION_URI_LOG_CALLBACK, svc_exchange_begin, server,
		MHD_OPTION_UNESCAPE_CALLBACK, svc_exchange_unescape, server,
		MHD_OPTION_NOTIFY_COMPLETED, svc_exchange_end, server,
		MHD_OPTION_ARRAY, tls,
		MHD_OPTION_END);
}

/**
 * svc_server_start - take requests from a listening socket
 * @fd: taken over
 *
 * Return: 0, or -errno; svc_server_stop() it in any case.
 */
int svc_server_start(struct svc_server *server, int fd, sd_event *event)
{
	server->daemon = daemon_start(server, fd);
	/* its log, at debug level here, has the reason; a code there is none */
	if (!server->daemon)
		return error_origin(-EIO, "libmicrohttpd: cannot be started");
	return loop_join(server, event);
}

/**
 * svc_server_leave - take no more requests from the loop
 */
void svc_server_leave(struct svc_server *server)
{
	server->io = sd_event_source_disable_unref(server->io);
	server->timer = sd_event_source_disable_unref(server->timer);
}

/**
 * svc_server_stop - send the answers that are there, and close all connections
 */
void svc_server_stop(struct svc_server *server)
{
	svc_server_leave(server);
	if (!server->daemon)
		return;
	MHD_run(server->daemon);
	MHD_stop_daemon(server->daemon);
	server->daemon = NULL;
}
