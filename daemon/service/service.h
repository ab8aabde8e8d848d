/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The agent's Redfish service: serves the published tree over HTTP.
 */
#ifndef FABMON_SERVICE_H
#define FABMON_SERVICE_H

#include <stdint.h>
#include <systemd/sd-event.h>

#include "../tree.h"

#define SERVICE_LEVELS_MAX	6	/* of $expand; ServiceRoot says so */

struct service;

/**
 * struct service_hooks - what the service asks of others
 * @context: an OFMF patched the Context of the subscription at @uri; returns
 *	0, or -EINVAL if the value is not acceptable
 */
struct service_hooks {
	int (*context)(const char *uri, const char *context, void *ctx);
	void *ctx;
};

/**
 * struct service_setup - what it serves, and where
 * @addr: number of an address, "localhost", or "*", "" or NULL for all
 * @port: 0: any that is free
 */
struct service_setup {
	sd_event *event;
	struct tree *tree;
	const char *addr;
	uint16_t port;
	struct service_hooks hooks;
};

/**
 * service_start - listen and serve the tree on the loop
 * @setup: not used after the call; what it points to is
 *
 * Return: 0; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES as bind(2) says; -ENOMEM.
 */
int service_start(struct service **service, const struct service_setup *setup);
void service_stop(struct service *service);

/* The port in use; another than asked for where that was 0. */
uint16_t service_port(const struct service *service);

#endif /* FABMON_SERVICE_H */
