/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A service with a tree, on a loop of its own. */
#ifndef FABMON_TEST_SERVICE_FIXTURE_H
#define FABMON_TEST_SERVICE_FIXTURE_H

#include <jansson.h>
#include <systemd/sd-event.h>

#include "http_call.h"
#include "service/service.h"
#include "tree/tree.h"

struct service_fixture {
	sd_event *event;
	struct tree *tree;
	struct service *service;
};

/**
 * service_fixture_start() - publish a tree and serve it at 127.0.0.1
 * @setup: all but its loop and its tree; without an address: 127.0.0.1
 * @all: URI -> resource, taken over
 */
void service_fixture_start(struct service_fixture *s,
			   struct service_setup *setup, json_t *all);
void service_fixture_stop(struct service_fixture *s);

/** service_fixture_call() - as http_call(); @body is a text, or NULL */
struct answer *service_fixture_call(struct service_fixture *s,
				    const char *method, const char *target,
				    const char *const *headers,
				    const char *body);

#endif /* FABMON_TEST_SERVICE_FIXTURE_H */
