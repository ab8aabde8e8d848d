/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* libmicrohttpd on the event loop. */
#ifndef FABMON_SVC_SERVER_H
#define FABMON_SVC_SERVER_H

#include <microhttpd.h>
#include <systemd/sd-event.h>

#include "service/access/setup.h"

struct svc_clients;
struct svc_secure;
struct svc_site;

/**
 * struct svc_server - what takes requests for a site
 * @site: borrowed
 * @secure: borrowed
 * @clients: borrowed
 * @io: libmicrohttpd's epoll descriptor is ready
 * @timer: libmicrohttpd or @clients have something to do at a time; it is off
 *	while nobody is connected
 */
struct svc_server {
	struct svc_site *site;
	struct svc_secure *secure;
	struct svc_clients *clients;
	struct service_limits limits;
	struct MHD_Daemon *daemon;
	sd_event_source *io;
	sd_event_source *timer;
};

int svc_server_start(struct svc_server *server, int fd, sd_event *event);
void svc_server_leave(struct svc_server *server);
void svc_server_stop(struct svc_server *server);

#endif /* FABMON_SVC_SERVER_H */
