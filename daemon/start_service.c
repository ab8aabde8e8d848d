// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Starts the Redfish service, and connects it with the parts that its requests
 * need.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "daemon.h"
#include "util/error.h"
#include "util/log.h"
#include "redfish/redfish.h"

static void on_subscribers(json_t *record, void *ctx)
{
	service_record(ctx, record);
}

static int on_clear_log(const char *uri, void *ctx)
{
	struct daemon *d = ctx;
	const char *device;
	int ret;

	ret = rf_log_device(d->model, uri, &device);
	if (ret)
		return ret;
	if (model_health_clear(d->model, device))
		log_info("%s: its log was cleared", device);
	follow_flush(d->follow);
	return 0;
}

static const char *on_methods(const char *uri, void *ctx)
{
	struct daemon *d = ctx;

	return forward_methods(uri, d->forward);
}

static void on_change(const struct change *change, change_done done,
		      void *done_ctx, void *ctx)
{
	struct daemon *d = ctx;

	forward_change(change, done, done_ctx, d->forward);
}

/* Actions are allowed, and either nobody can use them or anybody can. */
static void warn_actions(const struct config *c)
{
	if (!c->accounts && !c->trust && !c->no_auth)
		log_warning("service: allow_actions: nobody may: set accounts, or trust with the OFMF's address");
	if (c->trust)
		log_warning("service: allow_actions: %s may take links down and memory away without authentication",
			    c->trust);
	if (c->no_auth)
		log_warning("service: allow_actions: everybody may take links down and memory away");
}

static void warn_insecure(const struct config *c)
{
	if (c->allow_actions)
		warn_actions(c);
	if (config_is_loopback(c))
		return;
	if (!c->tls_cert)
		log_warning("service: %s: plain HTTP: whoever is on the way reads and changes all of it",
			    c->listen_addr);
	if (!c->accounts && !c->trust)
		log_warning("service: %s: no authentication: everybody may read and change all of it",
			    c->listen_addr);
	if (c->trust)
		log_warning("service: %s: %s may read all of it, and set the OFMF's Context, without authentication",
			    c->listen_addr, c->trust);
}

struct service_security daemon_security(const struct config *c)
{
	return (struct service_security) {
		.tls_cert = c->tls_cert, .tls_key = c->tls_key,
		.tls_priority = c->tls_priority,
		.client_ca = c->client_ca, .client_crl = c->client_crl,
		.accounts = c->accounts, .trust = c->trust,
		.no_auth = c->no_auth, .guests = !c->no_auth, .url = c->callback,
		.session_timeout = c->session_timeout,
	};
}

static int service_refused(const struct config *c, int error)
{
	switch (error) {
	case -EKEYREJECTED:
		return EX_CONFIG;
	case -EADDRINUSE:
		log_error("service: %s port %u is taken: stop who has it, or set another listen in [service]",
			  c->listen_addr, c->listen_port);
		return EX_OSERR;
	case -EADDRNOTAVAIL:
		log_error("service: %s is no address of this host: set another listen in [service]",
			  c->listen_addr);
		return EX_OSERR;
	case -EACCES:
		log_error("service: port %u is privileged: set one from 1024 as listen in [service]",
			  c->listen_port);
		return EX_NOPERM;
	default:
		error_log(LOG_ERR, error, "service: %s port %u: cannot start",
			  c->listen_addr, c->listen_port);
		return EX_OSERR;
	}
}

static void on_publish(void *ctx)
{
	struct daemon *d = ctx;

	follow_flush(d->follow);
}

static int start_forward(struct daemon *d)
{
	static const enum action_use uses[] = {
		[CONFIG_CHUNK_NONE] = ACTION_USE_ANY,
		[CONFIG_CHUNK_DEVDAX] = ACTION_USE_DEVDAX,
		[CONFIG_CHUNK_SYSTEM_RAM] = ACTION_USE_SYSTEM_RAM,
	};
	const struct forward_setup setup = {
		.event = d->event, .model = d->model, .tree = d->tree,
		.store = d->store, .use = uses[d->config.chunk_state],
		.publish = on_publish, .ctx = d,
	};

	return d->config.allow_actions ? forward_new(&d->forward, &setup) : 0;
}

static struct service_hooks hooks_of(struct daemon *d)
{
	struct service_hooks hooks = {
		.view = receivers_view, .decorate = receivers_decorate,
		.context = receivers_context,
		.clear_log = on_clear_log, .ctx = d,
	};

	if (d->forward) {
		hooks.methods = on_methods;
		hooks.change = on_change;
	}
	return hooks;
}

int daemon_start_service(struct daemon *d)
{
	const struct config *c = &d->config;
	struct service_setup setup = {
		.event = d->event, .tree = d->tree, .store = d->store,
		.addr = c->listen_addr, .port = c->listen_port,
		.security = daemon_security(c),
		.limits = c->limits,
		.events = c->events,
	};
	int ret;

	warn_insecure(c);
	ret = start_forward(d);
	if (ret)
		return daemon_cannot_start(ret);
	setup.hooks = hooks_of(d);
	ret = service_start(&d->service, &setup);
	if (ret)
		return service_refused(c, ret);
	ret = config_derive_callback(&d->config, service_port(d->service));
	if (ret)
		return daemon_cannot_start(ret);
	log_info("service: listening on %s port %u", c->listen_addr,
		 service_port(d->service));
	publish_listen(d->publish, on_subscribers, d->service);
	return 0;
}
