// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The OFMFs that this host registers with. Each has its own HTTP client, outbox
 * and timers, so that one that cannot be reached does not delay the others.
 * Each has its own view of the tree, too: the OFMF of section [ofmf] sees it at
 * the root of our service, that of [ofmf NAME] below /ofmf/NAME, which is the
 * address that it registers us with.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "service/protocol/protocol.h"
#include "daemon.h"
#include "util/error.h"
#include "util/log.h"
#include "redfish/redfish.h"

/* ---- alerts ------------------------------------------------------------- */

static void on_record(json_t *record, void *ctx)
{
	struct daemon *d = ctx;
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++)
		if (d->ofmfs[i])
			ofmf_alert(d->ofmfs[i], json_incref(record));
}

/* ---- views -------------------------------------------------------------- */

/* The index of the OFMF that has a view; -1: none has it. */
static int receiver_of(const struct daemon *d, const char *view)
{
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++)
		if (d->ofmfs[i] && !strcmp(d->config.ofmfs[i].name, view))
			return (int)i;
	return -1;
}

bool receivers_view(const char *view, void *ctx)
{
	return receiver_of(ctx, view) >= 0;
}

json_t *receivers_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	struct daemon *d = ctx;
	int i = receiver_of(d, view);
	struct rf_view seen;

	if (i < 0)
		return json_incref((json_t *)resource);
	seen.url = d->config.ofmfs[i].url;
	seen.context = ofmf_context(d->ofmfs[i]);
	return rf_view_decorate(&seen, uri, resource);
}

int receivers_context(const char *view, const char *context, void *ctx)
{
	struct daemon *d = ctx;
	int i = receiver_of(d, view);

	return i < 0 ? -EINVAL : ofmf_context_set(d->ofmfs[i], context);
}

/* ---- starting ----------------------------------------------------------- */

static bool is_loopback(const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return !strncmp(host, "127.", 4) || !strncmp(host, "localhost", 9) ||
	       !strncmp(host, "[::1]", 5);
}

/* The URL that an OFMF reaches us at; malloc()ed, or NULL without memory. */
static char *callback_of(const struct config *config,
			 const struct config_ofmf *ofmf)
{
	char *url;

	if (asprintf(&url, "%s%s%s", config->callback,
		     *ofmf->name ? SVC_VIEWS : "", ofmf->name) < 0)
		return NULL;
	return url;
}

static void on_state(void *ctx)
{
	membership_check(ctx);
	report_notify(ctx);
}

static int receiver_start(struct daemon *d, size_t i, const char *callback,
			  const char *method, const char *system)
{
	const struct config_ofmf *c = &d->config.ofmfs[i];
	static const enum ofmf_resync resync[] = {
		[CONFIG_RESYNC_AUTO] = OFMF_RESYNC_AUTO,
		[CONFIG_RESYNC_NONE] = OFMF_RESYNC_NONE,
		[CONFIG_RESYNC_DETACH] = OFMF_RESYNC_DETACH,
	};
	const struct ofmf_setup setup = {
		.url = c->url, .callback = callback,
		.method_uri = method, .system_uri = system,
		.security = {
			.ca = c->ca, .cert = c->cert, .key = c->key,
			.login = c->login,
		},
		.resync = resync[c->resync],
		.quiet = c->quiet, .latest = c->latest,
		.backoff = { c->backoff[0], c->backoff[1], c->backoff[2] },
		.heartbeat = c->heartbeat,
		.reconcile = c->reconcile,
		.spread = d->config.leave ? 0 : c->spread,
		.changed = on_state, .ctx = d,
	};

	if (!callback || !method || !system)
		return error_origin(-ENOMEM, "%s: our URLs", c->url);
	if (is_loopback(callback) && !is_loopback(c->url) &&
	    !d->config.leave)
		log_warning("service: the OFMF at %s cannot reach us at %s: set listen and url in [service]",
			    c->url, callback);
	return ofmf_start(&d->ofmfs[i], d->event, d->tree, d->store, &setup);
}

static int receivers_some(struct daemon *d, unsigned int chosen)
{
	char *method = rf_connection_method_uri(d->model);
	char *system = rf_system_uri(d->model);
	int ret = 0;
	size_t i;

	for (i = 0; !ret && i < d->config.n_ofmfs; i++) {
		char *callback = callback_of(&d->config, &d->config.ofmfs[i]);

		if (!d->config.ofmfs[i].subscribes && chosen & 1u << i)
			ret = receiver_start(d, i, callback, method, system);
		free(callback);
	}
	free(method);
	free(system);
	if (ret) {
		error_log(LOG_ERR, ret, "OFMF %s: cannot register with it",
			  d->config.ofmfs[i - 1].url);
		return EX_OSERR;
	}
	return 0;
}

int receivers_start(struct daemon *d)
{
	int ret = receivers_some(d, ~0u);

	if (!ret)
		publish_listen(d->publish, on_record, d);
	return ret;
}

int receivers_leave(struct daemon *d, unsigned int chosen)
{
	int ret = config_derive_callback(&d->config, d->config.listen_port);

	return ret ? daemon_cannot_start(ret) : receivers_some(d, chosen);
}

void receivers_stop(struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++) {
		ofmf_stop(d->ofmfs[i]);
		d->ofmfs[i] = NULL;
	}
}
