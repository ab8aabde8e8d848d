// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The OFMF that this host is registered with.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "daemon.h"
#include "log.h"
#include "redfish/redfish.h"

static void on_record(json_t *record, void *ctx)
{
	struct daemon *d = ctx;

	if (d->ofmf)
		ofmf_alert(d->ofmf, json_incref(record));
}

/* ---- as whom the service is asked --------------------------------------- */

json_t *receivers_dress(const char *view, const char *uri,
			const json_t *resource, void *ctx)
{
	struct daemon *d = ctx;
	struct rf_view seen;

	if (!d->ofmf)
		return json_incref((json_t *)resource);
	seen.url = d->config.ofmf;
	seen.context = ofmf_context(d->ofmf);
	return rf_view_dress(&seen, uri, resource);
}

int receivers_context(const char *view, const char *context, void *ctx)
{
	struct daemon *d = ctx;

	return d->ofmf ? ofmf_context_set(d->ofmf, context) : -EINVAL;
}

/* ---- starting ----------------------------------------------------------- */

static bool is_loopback(const char *url)
{
	const char *host = strstr(url, "://") + 3;

	return !strncmp(host, "127.", 4) || !strncmp(host, "localhost", 9) ||
	       !strncmp(host, "[::1]", 5);
}

int receivers_start(struct daemon *d)
{
	char *method = rf_connection_method_uri(d->model);
	char *system = rf_system_uri(d->model);
	const struct ofmf_setup setup = {
		.url = d->config.ofmf, .callback = d->config.callback,
		.method_uri = method, .system_uri = system,
		.security = {
			.ca = d->config.ofmf_ca, .cert = d->config.ofmf_cert,
			.key = d->config.ofmf_key,
			.login = d->config.ofmf_login,
		},
		.resync = d->config.ofmf_detach ? OFMF_RESYNC_DETACH :
						  OFMF_RESYNC_NONE,
		.reconcile = d->config.ofmf_reconcile,
	};
	int ret = -ENOMEM;

	if (is_loopback(setup.callback) && !is_loopback(setup.url))
		log_warning("service: the OFMF at %s cannot reach us at %s: set listen and url in [service]",
			    setup.url, setup.callback);
	if (method && system)
		ret = ofmf_start(&d->ofmf, d->event, d->tree, d->store, &setup);
	free(method);
	free(system);
	if (ret) {
		log_error("ofmf: cannot be started: %s", strerror(-ret));
		return EX_OSERR;
	}
	publish_listen(d->publish, on_record, d);
	return 0;
}
