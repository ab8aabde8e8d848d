// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Serves the tree of a golden host on 127.0.0.1: serve HOST [PORT [DIRECTORY]].
 * Port 0, the default, takes a free one; its number is printed on stdout. With
 * a directory it serves over TLS, and only to clients that log in: cert.pem,
 * key.pem and accounts are in the directory. A signal ends it.
 *
 * The tree is that of an agent that has not registered: resources of a
 * registered one link to their AggregationSource, which only an OFMF has.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "service/service.h"
#include "tree/tree.h"
#include "util/error.h"

/* No context: not registered. */
static json_t *on_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	const struct rf_view seen = { .url = golden_view.url };

	return rf_view_decorate(&seen, uri, resource);
}

static int on_context(const char *view, const char *context, void *ctx)
{
	return -EINVAL;
}

static struct service_security security_of(const char *dir)
{
	static char cert[256], key[256], accounts[256];
	struct service_security security = { 0 };

	if (!dir)
		return security;
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	snprintf(accounts, sizeof(accounts), "%s/accounts", dir);
	security.tls_cert = cert;
	security.tls_key = key;
	security.accounts = accounts;
	return security;
}

static int serve(struct golden_host *host, uint16_t port, const char *dir)
{
	struct service_setup setup = {
		.events = SERVICE_EVENTS_DEFAULT,
		.addr = "127.0.0.1", .port = port,
		.hooks = { .decorate = on_decorate, .context = on_context },
		.security = security_of(dir),
	};
	struct service *service = NULL;
	int ret;

	setup.tree = tree_new();
	tree_set_filler(setup.tree, golden_host_fill, host);
	ret = tree_publish(setup.tree, rf_project(host->model, &golden_agent),
			   GOLDEN_REALTIME);
	if (ret >= 0)
		ret = sd_event_new(&setup.event);
	if (ret >= 0)
		ret = service_start(&service, &setup);
	if (ret >= 0) {
		printf("%u\n", service_port(service));
		fflush(stdout);
		ret = sd_event_loop(setup.event);
		service_stop(service);
	}
	sd_event_unref(setup.event);
	tree_free(setup.tree);
	return ret;
}

int main(int argc, char **argv)
{
	struct golden_host host;
	int ret;

	if (argc < 2) {
		fprintf(stderr, "usage: serve HOST [PORT [DIRECTORY]]\n");
		return 2;
	}
	ret = golden_host_load(&host, argv[1]);
	if (!ret)
		ret = golden_host_read(&host);
	if (!ret)
		ret = serve(&host, argc > 2 ? (uint16_t)atoi(argv[2]) : 0,
			    argc > 3 ? argv[3] : NULL);
	golden_host_clear(&host);
	if (ret < 0)
		fprintf(stderr, "serve: %s\n", error_text(ret));
	return ret < 0;
}
