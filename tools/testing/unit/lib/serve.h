/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A service on a loop of its own, and raw connections to it. */
#ifndef FABMON_TEST_SERVE_H
#define FABMON_TEST_SERVE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "service/service.h"
#include "tree/tree.h"

#define SERVE_SYSTEM	"/redfish/v1/Systems/h"
#define SERVE_PATCHED	"/redfish/v1/EventService/Subscriptions/SunfishServer"

struct serve {
	sd_event *event;
	struct tree *tree;
	struct service *service;
	char context[64];	/* what was patched last */
	char answer[65536];	/* of serve_ask() */
};

/**
 * serve_start - a service with a small tree
 * @more: further resources, URI -> resource, taken over, or NULL
 * @limits: or NULL for the defaults
 */
struct serve *serve_start(json_t *more, const struct service_limits *limits);
void serve_stop(struct serve *serve);

/* A socket that is connected from @from, NULL for 127.0.0.1; non-blocking. */
int serve_connect(struct serve *serve, const char *from);
/* Runs the loop until it has had nothing to do for @ms. */
void serve_settle(struct serve *serve, unsigned int ms);

/* Send @size bytes and read to the end. Return: all that came, in @serve. */
const char *serve_ask(struct serve *serve, const char *from, const char *text,
		      size_t size);
/* Read an open socket to its end, or until nothing more comes. */
const char *serve_read(struct serve *serve, int fd);
/* Whether the peer has closed it, once the loop has run. */
bool serve_closed(struct serve *serve, int fd);
/* Bytes of memory that this process, with its services, has resident. */
size_t serve_resident(void);

#endif /* FABMON_TEST_SERVE_H */
