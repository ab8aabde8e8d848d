/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The agent's Redfish service: the published tree over HTTP, for OFMFs, for
 * operators and for their scripts.
 *
 * The top of the folder accepts connections, reads requests, finds out what each
 * asks for and answers it. It owns the listening socket, libmicrohttpd and the
 * site that is served. In come the tree, the settings, and hooks for all that a
 * client may change; out go replies. protocol/ has what requests and replies
 * are, access/ who may do what, events/ subscriptions and their delivery.
 *
 * It never reads the model, the host or the kernel, it changes nothing by itself
 * but asks a hook, and a slow or hostile client never delays another.
 */
#ifndef FABMON_SERVICE_H
#define FABMON_SERVICE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <systemd/sd-event.h>

#include "store/store.h"
#include "tree/tree.h"
#include "service/access/setup.h"
#include "service/events/setup.h"
#include "service/protocol/hooks.h"

struct service;

/**
 * struct service_setup - what to serve, and where
 * @store: for what outlives the process; NULL: nothing does
 * @addr: number of an address, "localhost", or "*", "" or NULL for all
 * @port: 0: any that is free
 */
struct service_setup {
	sd_event *event;
	struct tree *tree;
	struct store *store;
	const char *addr;
	uint16_t port;
	struct service_hooks hooks;
	struct service_limits limits;
	struct service_security security;
	struct service_events events;
};

/**
 * service_start - listen and serve the tree on the loop
 * @setup: not used after the call; what it points to is
 *
 * Return: 0; -EADDRINUSE, -EADDRNOTAVAIL, -EACCES of bind(2); -EKEYREJECTED
 * for security settings or files that cannot be used, which has been logged; or
 * another -errno, with its origin.
 */
int service_start(struct service **service, const struct service_setup *setup);
void service_stop(struct service *service);

/**
 * service_check - could a service start with this security?
 *
 * What is wrong with its settings and files is logged. Return: 0;
 * -EKEYREJECTED.
 */
int service_check(const struct service_security *security);

/**
 * service_reload - read certificates, keys and accounts again
 *
 * A file that is broken is logged, and what was read before stays in use.
 * Connections stay as they are. Where the directories of the files can be
 * watched, changes are noticed without this.
 */
void service_reload(struct service *service);

/**
 * service_record - deliver an event record to subscribers
 * @record: one member of Event.Events without EventId and MemberId; borrowed
 *
 * Changes of the tree are delivered without this.
 */
void service_record(struct service *service, const json_t *record);

/**
 * service_subscribers - how delivery to each subscriber stands
 *
 * Return: an array of objects with the keys of ofmf_report(), as far as they
 * apply, and "subscription", its Id; a new reference, or NULL without memory.
 */
json_t *service_subscribers(const struct service *service);

/* The port in use; another than asked for where that was 0. */
uint16_t service_port(const struct service *service);

#endif /* FABMON_SERVICE_H */
