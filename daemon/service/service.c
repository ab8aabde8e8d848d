// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The service put together: the site, its sources, and the server for it. */
#include <errno.h>
#include <stdlib.h>

#include "util/error.h"
#include "service/access/auth.h"
#include "service/access/clients.h"
#include "service/access/secure.h"
#include "service/events/events.h"
#include "service/protocol/protocol.h"
#include "service/protocol/site.h"
#include "service/protocol/source.h"
#include "listen.h"
#include "server.h"
#include "service.h"
#include "sources.h"

struct service {
	struct svc_site site;
	struct svc_source subscription;
	struct svc_source logs;
	struct svc_source changes;
	struct svc_clients *clients;
	struct svc_secure *secure;
	struct events *events;
	struct svc_server server;
	uint16_t port;
};

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

	service->clients = svc_clients_new(&service->server.limits);
	if (!service->clients)
		return error_trace(-ENOMEM);
	r = svc_secure_new(&service->secure, &service->site, &setup->security,
			   setup->event);
	if (r < 0)
		return error_trace(r);
	r = events_new(&service->events, setup->event, setup->tree,
		       setup->store, &setup->events);
	if (r < 0)
		return error_trace(r);
	sources_serve(service);
	fd = svc_listen(setup->addr, setup->port);
	if (fd < 0)
		return error_trace(fd);
	svc_listen_name(fd, service->site.auth->tls, &service->port,
			service->site.origin, sizeof(service->site.origin));
	service->server.secure = service->secure;
	service->server.clients = service->clients;
	return error_trace(svc_server_start(&service->server, fd,
					    setup->event));
}

int service_start(struct service **service_, const struct service_setup *setup)
{
	static const struct service_limits defaults = SERVICE_LIMITS_DEFAULT;
	struct service *service = calloc(1, sizeof(*service));
	int r;

	if (!service)
		return error_origin(-ENOMEM, "service: cannot be allocated");
	service->server.limits = setup->limits.connections ? setup->limits :
							     defaults;
	service->server.site = &service->site;
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

int service_check(const struct service_security *security)
{
	struct svc_secure *secure = NULL;
	struct svc_site site = { 0 };
	sd_event *event = NULL;
	int r;

	r = sd_event_new(&event);
	if (r >= 0)
		r = svc_secure_new(&secure, &site, security, event);
	svc_secure_end(secure);
	svc_secure_free(secure);
	sd_event_unref(event);
	return r < 0 ? -EKEYREJECTED : 0;
}

void service_reload(struct service *service)
{
	svc_secure_reload(service->secure);
}

void service_stop(struct service *service)
{
	if (!service)
		return;
	svc_server_leave(&service->server);
	/* nobody waits for a password any more when the daemon stops */
	svc_secure_end(service->secure);
	if (service->events)
		events_close(service->events);
	/* requests that waited for a change or a password are answered */
	svc_server_stop(&service->server);
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
