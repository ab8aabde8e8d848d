// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "events_fix.h"
#include "tempdir.h"

static json_t *collection(const char *uri, const char *type)
{
	return json_pack("{s:s, s:o, s:s, s:[], s:i}", "@odata.id", uri,
			 "@odata.type",
			 json_sprintf("#%sCollection.%sCollection", type, type),
			 "Name", type, "Members", "Members@odata.count", 0);
}

void events_fix_publish(struct events_fix *f)
{
	json_t *all = json_object();
	size_t i;

	json_object_set_new(all, "/redfish/v1/",
			    json_pack("{s:s, s:s, s:s, s:s}",
				      "@odata.id", "/redfish/v1/",
				      "@odata.type",
				      "#ServiceRoot.v1_20_0.ServiceRoot",
				      "Id", "RootService", "Name", "root"));
	json_object_set_new(all, EVENTS_URI,
			    json_pack("{s:s, s:s, s:s, s:s, s:b, s:[s], s:{s:s}}",
				      "@odata.id", EVENTS_URI, "@odata.type",
				      "#EventService.v1_12_0.EventService",
				      "Id", "EventService", "Name", "events",
				      "ServiceEnabled", 1,
				      "EventFormatTypes", "Event",
				      "Subscriptions", "@odata.id",
				      SUBSCRIPTIONS_URI));
	json_object_set_new(all, SUBSCRIPTIONS_URI,
			    collection(SUBSCRIPTIONS_URI, "EventDestination"));
	json_object_set_new(all, PORTS, collection(PORTS, "Port"));
	for (i = 0; i < f->ports; i++) {
		char uri[128];

		snprintf(uri, sizeof(uri), PORTS "/%zu", i);
		json_object_set_new(all, uri,
				    json_pack("{s:s, s:s, s:o, s:s, s:i}",
					      "@odata.id", uri,
					      "@odata.type",
					      "#Port.v1_18_0.Port", "Id",
					      json_sprintf("%zu", i), "Name",
					      "port", "CurrentSpeedGbps",
					      f->value));
	}
	assert_true(tree_publish(f->tree, all, 1764000000000000000ULL) >= 0);
}

void events_fix_change(struct events_fix *f)
{
	f->value++;
	events_fix_publish(f);
}

void events_fix_ports(struct events_fix *f, size_t ports)
{
	f->ports = ports;
	events_fix_publish(f);
}

void events_fix_alert(struct events_fix *f, unsigned int port)
{
	char uri[128];
	json_t *record;

	snprintf(uri, sizeof(uri), PORTS "/%u", port);
	record = json_pack("{s:s, s:s, s:s, s:{s:s}}", "EventType", "Alert",
			   "MessageId", "Platform.1.3.PlatformError",
			   "MessageSeverity", "Critical",
			   "OriginOfCondition", "@odata.id", uri);
	service_record(f->service, record);
	json_decref(record);
}

static void service_begin(struct events_fix *f)
{
	const struct service_setup what = {
		.event = f->event, .tree = f->tree, .store = f->store,
		.addr = "127.0.0.1", .limits = f->limits,
		.events = f->config,
	};

	assert_int_equal(service_start(&f->service, &what), 0);
}

void events_fix_open(struct events_fix *f, char *dir)
{
	f->dir = dir;
	assert_int_equal(sd_event_new(&f->event), 0);
	assert_int_equal(store_open(&f->store, f->dir), 0);
	f->tree = tree_new();
	events_fix_publish(f);
	service_begin(f);
}

void events_fix_close(struct events_fix *f)
{
	service_stop(f->service);
	tree_free(f->tree);
	store_close(f->store);
	sd_event_unref(f->event);
}

void events_fix_init(struct events_fix *f)
{
	*f = (struct events_fix) {
		.config = {
			.attempts = 2, .interval = 1, .subscriptions = 8,
			.streams = 64, .second = 20000,
		},
		.limits = SERVICE_LIMITS_DEFAULT,
		.ports = 3,
	};
}

int events_fix_setup(void **state)
{
	struct events_fix *f = calloc(1, sizeof(*f));

	*state = f;
	events_fix_init(f);
	events_fix_open(f, tempdir_make());
	return 0;
}

int events_fix_teardown(void **state)
{
	struct events_fix *f = *state;

	events_fix_close(f);
	tempdir_remove(f->dir);
	free(f);
	return 0;
}

void events_fix_restart(struct events_fix *f)
{
	service_stop(f->service);
	store_close(f->store);
	tree_free(f->tree);
	assert_int_equal(store_open(&f->store, f->dir), 0);
	f->tree = tree_new();
	events_fix_publish(f);
	service_begin(f);
}

void events_fix_run(struct events_fix *f, unsigned int ms)
{
	assert_true(sd_event_run(f->event, ms * 1000) >= 0);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void events_fix_idle(struct events_fix *f, unsigned int ms)
{
	uint64_t end = now_ms() + ms;

	while (now_ms() < end)
		events_fix_run(f, 5);
}

struct answer *events_fix_call(struct events_fix *f, const char *method,
			       const char *target, const char *body)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL
	};

	return http_call(f->event, service_port(f->service), method, target,
			 body ? headers : NULL, body, body ? strlen(body) : 0);
}

void events_fix_expect(struct events_fix *f, const char *method,
		       const char *target, const char *body, long status)
{
	struct answer *a = events_fix_call(f, method, target, body);

	if (a->status != status)
		fail_msg("%s %s: %ld %s", method, target, a->status, a->body);
	answer_free(a);
}

const char *events_fix_key(const struct answer *answer)
{
	json_t *info = json_object_get(json_object_get(answer->json, "error"),
				       "@Message.ExtendedInfo");
	const char *id;

	id = json_string_value(json_object_get(json_array_get(info, 0),
					       "MessageId"));
	return id ? strrchr(id, '.') + 1 : "";
}

const char *fix_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

char *events_fix_subscribe_to(struct events_fix *f, const char *scheme,
			      uint16_t port, const char *more)
{
	struct answer *a;
	char body[1024];
	char *uri;

	snprintf(body, sizeof(body), "{\"Destination\": \"%s://127.0.0.1:%u/e\","
		 " \"Protocol\": \"Redfish\"%s}", scheme, port, more);
	a = events_fix_call(f, "POST", SUBSCRIPTIONS_URI, body);
	if (a->status != 201)
		fail_msg("%ld %s", a->status, a->body);
	uri = strdup(fix_text(a->json, "@odata.id"));
	assert_int_equal(strncmp(uri, SUBSCRIPTIONS_URI "/",
				 strlen(SUBSCRIPTIONS_URI "/")), 0);
	answer_free(a);
	return uri;
}

char *events_fix_subscribe(struct events_fix *f, struct receiver *r,
			   const char *more)
{
	return events_fix_subscribe_to(f, "http", receiver_port(r), more);
}

json_t *events_fix_get(struct events_fix *f, const char *uri)
{
	struct answer *a = events_fix_call(f, "GET", uri, NULL);
	json_t *json;

	if (a->status != 200)
		fail_msg("%s: %ld %s", uri, a->status, a->body);
	json = json_incref(a->json);
	answer_free(a);
	return json;
}

const char *events_fix_status_of(struct events_fix *f, const char *uri)
{
	static char text[64];
	struct answer *a = events_fix_call(f, "GET", uri, NULL);
	const json_t *status = json_object_get(a->json, "Status");

	snprintf(text, sizeof(text), "%s/%s", fix_text(status, "State"),
		 fix_text(status, "Health"));
	if (a->status == 404)
		strcpy(text, "gone");
	answer_free(a);
	return text;
}

bool events_fix_status_is(struct events_fix *f, const char *uri,
			  const char *want)
{
	return !strcmp(events_fix_status_of(f, uri), want);
}

const char *fix_origin(const json_t *record)
{
	return fix_text(json_object_get(record, "OriginOfCondition"),
			"@odata.id");
}
