/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The agent's Redfish service: serves the published tree over HTTP.
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
 * struct service_setup - what it serves, and where
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
 * What is broken is logged, and the old stays. Connections stay as they are.
 * Changes of the files are seen without this, where the host can watch them.
 */
void service_reload(struct service *service);

/**
 * service_record - tell subscribers of an event record
 * @record: one member of Event.Events without EventId and MemberId; borrowed
 *
 * Changes of the tree need no telling.
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
