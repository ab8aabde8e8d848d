// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A service with a tree, on a loop of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "service_fixture.h"

void service_fixture_start(struct service_fixture *s,
			   struct service_setup *setup, json_t *all)
{
	assert_non_null(all);
	assert_int_equal(sd_event_new(&s->event), 0);
	s->tree = tree_new();
	assert_true(tree_publish(s->tree, all, 0) > 0);
	setup->event = s->event;
	setup->tree = s->tree;
	if (!setup->addr)
		setup->addr = "127.0.0.1";
	assert_int_equal(service_start(&s->service, setup), 0);
}

void service_fixture_stop(struct service_fixture *s)
{
	service_stop(s->service);
	tree_free(s->tree);
	sd_event_unref(s->event);
}

struct answer *service_fixture_call(struct service_fixture *s,
				    const char *method, const char *target,
				    const char *const *headers,
				    const char *body)
{
	return http_call(s->event, service_port(s->service), method, target,
			 headers, body, body ? strlen(body) : 0);
}
