/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A service with a tree of ports, whose changes are events. */
#ifndef FABMON_TEST_EVENTS_FIX_H
#define FABMON_TEST_EVENTS_FIX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "http_call.h"
#include "receiver.h"
#include "service/events/events.h"
#include "service/service.h"

#define PORTS		"/redfish/v1/Chassis/h/Ports"

/**
 * struct events_fix - see above
 * @ports: how many there are
 * @value: what they all have, so that a new one changes them
 */
struct events_fix {
	sd_event *event;
	struct tree *tree;
	struct store *store;
	char *dir;
	struct service *service;
	struct service_events config;
	struct service_limits limits;
	size_t ports;
	unsigned int value;
};

/* The defaults; then start it, with @dir as its state, and stop it. */
void events_fix_init(struct events_fix *f);
void events_fix_open(struct events_fix *f, char *dir);
void events_fix_close(struct events_fix *f);

/* The same for cmocka. */
int events_fix_setup(void **state);
int events_fix_teardown(void **state);
/* Stop and start the service, as a restart of the daemon does. */
void events_fix_restart(struct events_fix *f);
/* Publish the tree as it should be. */
void events_fix_publish(struct events_fix *f);
/* The same with a change of all ports; with so many ports. */
void events_fix_change(struct events_fix *f);
void events_fix_ports(struct events_fix *f, size_t ports);
/* An event record, a critical alert, about a port. */
void events_fix_alert(struct events_fix *f, unsigned int port);
/* Let the loop run once, for at most @ms. */
void events_fix_run(struct events_fix *f, unsigned int ms);
/* For some time. */
void events_fix_idle(struct events_fix *f, unsigned int ms);

struct answer *events_fix_call(struct events_fix *f, const char *method,
			       const char *target, const char *body);
/* As above; fails the test on another status. */
void events_fix_expect(struct events_fix *f, const char *method,
		       const char *target, const char *body, long status);
/* The key of the first message, or "". */
const char *events_fix_key(const struct answer *answer);

/* A resource, a new reference; fails the test where there is none. */
json_t *events_fix_get(struct events_fix *f, const char *uri);

/*
 * Subscribe with the defaults and @more, JSON that begins with a comma, or "".
 * Return: URI of the subscription, malloc()ed.
 */
char *events_fix_subscribe(struct events_fix *f, struct receiver *r,
			   const char *more);
char *events_fix_subscribe_to(struct events_fix *f, const char *scheme,
			      uint16_t port, const char *more);
/* For @more: never suspended. */
#define RETRY_FOREVER	", \"DeliveryRetryPolicy\": \"RetryForever\""
/* Its status, "Enabled/OK", or "gone". */
const char *events_fix_status_of(struct events_fix *f, const char *uri);
bool events_fix_status_is(struct events_fix *f, const char *uri,
			  const char *want);

/* A property that is a string, "" if there is none. */
const char *fix_text(const json_t *object, const char *key);
/* OriginOfCondition of a record. */
const char *fix_origin(const json_t *record);

#define with_fix(test) \
	cmocka_unit_test_setup_teardown(test, events_fix_setup, \
					events_fix_teardown)

/* Runs the loop until the expression is true; fails the test after 20 s. */
#define until(f, expression) do { \
	unsigned int until_n_ = 0; \
	while (!(expression)) { \
		assert_true(until_n_++ < 4000); \
		events_fix_run(f, 5); \
	} \
} while (0)

#endif /* FABMON_TEST_EVENTS_FIX_H */
