// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Subscriptions and what is posted to who has one, over real sockets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "events_fix.h"
#include "fixture.h"
#include "receiver.h"

/* ---- resources ---------------------------------------------------------- */

static void test_service(void **state)
{
	json_t *json = events_fix_get(*state, EVENTS_URI);
	const json_t *action;

	assert_true(fix_validate_doc(json) <= 0);
	assert_int_equal(json_integer_value(json_object_get(json,
					"DeliveryRetryAttempts")), 2);
	assert_int_equal(json_integer_value(json_object_get(json,
					"DeliveryRetryIntervalSeconds")), 1);
	assert_string_equal(fix_text(json, "ServerSentEventUri"), EVENTS_SSE_URI);
	action = json_object_get(json_object_get(json, "Actions"),
				 "#EventService.SubmitTestEvent");
	assert_string_equal(fix_text(action, "target"), EVENTS_TEST_URI);
	json_decref(json);
	events_fix_expect(*state, "PATCH", EVENTS_URI, "{}", 405);
	events_fix_expect(*state, "DELETE", SUBSCRIPTIONS_URI, NULL, 405);
}

/* What a tree has can be subscribed to. */
static void test_types(void **state)
{
	struct model *model = fix_all();
	json_t *tree = fix_project(model, &fix_registered), *resource;
	const char *uri;
	size_t i;

	json_object_foreach(tree, uri, resource) {
		char *type;

		if (json_object_get(resource, "Members"))
			continue;
		type = event_resource_type(resource);
		for (i = 0; subscription_types[i]; i++)
			if (!strcmp(subscription_types[i], type))
				break;
		if (!subscription_types[i])
			fail_msg("%s", type);
		free(type);
	}
	json_decref(tree);
	model_free(model);
}

static void test_create(void **state)
{
	struct events_fix *f = *state;
	struct answer *a;
	json_t *json;
	char *uri;

	a = events_fix_call(f, "POST", SUBSCRIPTIONS_URI "/Members",
			    "{\"Destination\": \"https://h.example:9/x?y=1\","
			    " \"Protocol\": \"Redfish\", \"Context\": \"mine\","
			    " \"Name\": \"me\","
			    " \"RegistryPrefixes\": [\"ResourceEvent\"],"
			    " \"ResourceTypes\": [\"Port\"],"
			    " \"ExcludeMessageIds\":"
			    "  [\"ResourceEvent.1.2.ResourceRemoved\"],"
			    " \"OriginResources\": [{\"@odata.id\":"
			    "  \"/redfish/v1/Chassis\"}],"
			    " \"SubordinateResources\": true,"
			    " \"Severities\": [\"OK\", \"Critical\"],"
			    " \"SendHeartbeat\": true,"
			    " \"HeartbeatIntervalMinutes\": 60000,"
			    " \"DeliveryRetryPolicy\": \"SuspendRetries\","
			    " \"SubscriptionType\": \"RedfishEvent\","
			    " \"EventFormatType\": \"Event\","
			    " \"VerifyCertificate\": true,"
			    " \"HttpHeaders\": [{\"X-Secret\": \"hush-hush\"}]}");
	assert_int_equal(a->status, 201);
	assert_non_null(strcasestr(a->head, "\r\nLocation: " SUBSCRIPTIONS_URI));
	assert_non_null(strcasestr(a->head, "\r\nETag: \""));
	assert_null(strstr(a->body, "hush-hush"));
	assert_true(fix_validate_doc(a->json) <= 0);
	uri = strdup(fix_text(a->json, "@odata.id"));
	json = events_fix_get(f, uri);
	assert_true(json_equal(json, a->json));
	answer_free(a);
	assert_string_equal(fix_text(json, "Context"), "mine");
	assert_string_equal(fix_text(json, "Name"), "me");
	assert_int_equal(json_array_size(json_object_get(json, "HttpHeaders")),
			 0);
	json_decref(json);
	json = events_fix_get(f, SUBSCRIPTIONS_URI);
	assert_int_equal(json_integer_value(json_object_get(json,
						"Members@odata.count")), 1);
	assert_string_equal(fix_text(json_array_get(json_object_get(json, "Members"),
					       0), "@odata.id"), uri);
	json_decref(json);
	events_fix_expect(f, "PUT", uri, "{}", 405);
	free(uri);
}

/* Defaults; null is as good as nothing. */
static void test_defaults(void **state)
{
	char *uri = events_fix_subscribe_to(*state, "http", 9, ", \"Context\": null");
	json_t *json = events_fix_get(*state, uri);

	assert_true(fix_validate_doc(json) <= 0);
	assert_string_equal(fix_text(json, "Context"), "");
	assert_string_equal(fix_text(json, "SubscriptionType"), "RedfishEvent");
	assert_string_equal(fix_text(json, "DeliveryRetryPolicy"),
			    "RetryForeverWithBackoff");
	assert_true(json_is_true(json_object_get(json, "VerifyCertificate")));
	json_decref(json);
	free(uri);
}

static const struct refusal {
	const char *more, *key, *property;
} refusals[] = {
	{ ", \"Nonsense\": 1", "PropertyUnknown", "Nonsense" },
	{ ", \"EventTypes\": [\"Alert\"]", "PropertyUnknown", "EventTypes" },
	{ ", \"Context\": 7", "PropertyValueTypeError", "Context" },
	{ ", \"RegistryPrefixes\": \"Base\"", "PropertyValueTypeError",
	  "RegistryPrefixes" },
	{ ", \"RegistryPrefixes\": [7]", "PropertyValueTypeError",
	  "RegistryPrefixes" },
	{ ", \"RegistryPrefixes\": [\"Update\"]", "PropertyValueNotInList",
	  "RegistryPrefixes" },
	{ ", \"MessageIds\": [\"nothing\"]", "PropertyValueFormatError",
	  "MessageIds" },
	{ ", \"MessageIds\": [\"Update.1.0.X\"]", "PropertyValueNotInList",
	  "MessageIds" },
	{ ", \"ResourceTypes\": [\"Port.v1_0_0\"]", "PropertyValueNotInList",
	  "ResourceTypes" },
	{ ", \"OriginResources\": [\"/redfish/v1\"]", "PropertyValueTypeError",
	  "OriginResources" },
	{ ", \"OriginResources\": [{\"@odata.id\": \"/x\"}]",
	  "PropertyValueFormatError", "OriginResources" },
	{ ", \"SubordinateResources\": 1", "PropertyValueTypeError",
	  "SubordinateResources" },
	{ ", \"Severities\": [\"Bad\"]", "PropertyValueNotInList",
	  "Severities" },
	{ ", \"DeliveryRetryPolicy\": \"Never\"", "PropertyValueNotInList",
	  "DeliveryRetryPolicy" },
	{ ", \"SubscriptionType\": \"SSE\"", "PropertyValueNotInList",
	  "SubscriptionType" },
	{ ", \"EventFormatType\": \"MetricReport\"", "PropertyValueNotInList",
	  "EventFormatType" },
	{ ", \"VerifyCertificate\": \"no\"", "PropertyValueTypeError",
	  "VerifyCertificate" },
	{ ", \"HttpHeaders\": {\"a\": \"b\"}", "PropertyValueError",
	  "HttpHeaders" },
	{ ", \"HttpHeaders\": [{\"Host\": \"b\"}]", "PropertyValueError",
	  "HttpHeaders" },
	{ ", \"HttpHeaders\": [{\"a b\": \"b\"}]", "PropertyValueError",
	  "HttpHeaders" },
	{ ", \"HttpHeaders\": [{\"a\": \"b\\r\\nc: d\"}]", "PropertyValueError",
	  "HttpHeaders" },
	{ ", \"SendHeartbeat\": true, \"HeartbeatIntervalMinutes\": 0",
	  "PropertyValueOutOfRange", "HeartbeatIntervalMinutes" },
	{ ", \"HeartbeatIntervalMinutes\": 5", "PropertyValueConflict",
	  "HeartbeatIntervalMinutes" },
	{ ", \"RegistryPrefixes\": [\"Base\"],"
	  " \"ExcludeRegistryPrefixes\": [\"Base\"]", "PropertyValueConflict",
	  "ExcludeRegistryPrefixes" },
};

static void is_refused(struct events_fix *f, const char *body,
		       const char *key, const char *property)
{
	struct answer *a = events_fix_call(f, "POST", SUBSCRIPTIONS_URI, body);
	const json_t *info;
	char pointer[64];

	if (a->status != 400 || strcmp(events_fix_key(a), key))
		fail_msg("%s: %ld %s", body, a->status, a->body);
	info = json_array_get(json_object_get(json_object_get(a->json, "error"),
					      "@Message.ExtendedInfo"), 0);
	snprintf(pointer, sizeof(pointer), "#/%s", property);
	info = json_array_get(json_object_get(info, "RelatedProperties"), 0);
	assert_string_equal(json_string_value(info), pointer);
	answer_free(a);
}

static void test_refused(void **state)
{
	static const char *const destinations[] = {
		"mailto:x", "ftp://h/", "http://", "/x", "http://u:p@h/",
		"http://h/#x", "redfish-sse://1.2.3.4:5", "http://h h/",
	};
	char body[512];
	json_t *json;
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		snprintf(body, sizeof(body), "{\"Destination\":"
			 " \"http://127.0.0.1:9\", \"Protocol\": \"Redfish\"%s}",
			 refusals[i].more);
		is_refused(*state, body, refusals[i].key,
			   refusals[i].property);
	}
	for (i = 0; i < sizeof(destinations) / sizeof(destinations[0]); i++) {
		snprintf(body, sizeof(body), "{\"Destination\": \"%s\","
			 " \"Protocol\": \"Redfish\"}", destinations[i]);
		is_refused(*state, body, "PropertyValueFormatError",
			   "Destination");
	}
	is_refused(*state, "{\"Protocol\": \"Redfish\"}", "PropertyMissing",
		   "Destination");
	is_refused(*state, "{\"Destination\": \"http://h\"}", "PropertyMissing",
		   "Protocol");
	is_refused(*state, "{\"Destination\": \"http://h\","
			   " \"Protocol\": \"SMTP\"}", "PropertyValueNotInList",
		   "Protocol");
	json = events_fix_get(*state, SUBSCRIPTIONS_URI);
	assert_int_equal(json_array_size(json_object_get(json, "Members")), 0);
	json_decref(json);
}

static void test_limit(void **state)
{
	struct answer *a;
	unsigned int i;
	char *uri = NULL;

	for (i = 0; i < 8; i++) {
		free(uri);
		uri = events_fix_subscribe_to(*state, "http", 9, "");
	}
	a = events_fix_call(*state, "POST", SUBSCRIPTIONS_URI,
			    "{\"Destination\": \"http://h\","
			    " \"Protocol\": \"Redfish\"}");
	assert_int_equal(a->status, 503);
	assert_string_equal(events_fix_key(a), "EventSubscriptionLimitExceeded");
	answer_free(a);
	events_fix_expect(*state, "DELETE", uri, NULL, 204);
	free(uri);
	free(events_fix_subscribe_to(*state, "http", 9, ""));
}

static void test_patch(void **state)
{
	char *uri = events_fix_subscribe_to(*state, "http", 9, "");
	struct answer *a;

	a = events_fix_call(*state, "PATCH", uri,
			    "{\"Context\": \"new\", \"Destination\": \"x\","
			    " \"DeliveryRetryPolicy\": \"RetryForever\","
			    " \"@odata.id\": \"whatever\"}");
	assert_int_equal(a->status, 200);
	assert_string_equal(fix_text(a->json, "Context"), "new");
	assert_string_equal(fix_text(a->json, "DeliveryRetryPolicy"),
			    "RetryForever");
	assert_non_null(json_object_get(a->json,
					"Destination@Message.ExtendedInfo"));
	answer_free(a);
	a = events_fix_call(*state, "PATCH", uri, "{\"Protocol\": \"Redfish\"}");
	assert_int_equal(a->status, 400);
	assert_string_equal(events_fix_key(a), "PropertyNotWritable");
	answer_free(a);
	a = events_fix_call(*state, "PATCH", uri,
			    "{\"VerifyCertificate\": 1}");
	assert_int_equal(a->status, 400);
	assert_string_equal(events_fix_key(a), "PropertyValueTypeError");
	answer_free(a);
	a = events_fix_call(*state, "PATCH", uri, "{\"@odata.id\": \"x\"}");
	assert_int_equal(a->status, 400);
	assert_string_equal(events_fix_key(a), "NoOperation");
	answer_free(a);
	free(uri);
}

/* ---- the test event ----------------------------------------------------- */

static void test_test_event(void **state)
{
	struct events_fix *f = *state;
	struct receiver *r = receiver_start(0, NULL);
	json_t *payloads, *records, *record;
	char *uri = events_fix_subscribe(f, r, "");

	events_fix_expect(f, "POST", EVENTS_TEST_URI,
			  "{\"MessageId\": \"ResourceEvent.1.4.TestMessage\"}",
			  204);
	until(f, receiver_count(r) == 1);
	events_fix_expect(f, "POST", EVENTS_TEST_URI,
			  "{\"MessageId\": \"Contoso.1.0.Any\","
			  " \"EventId\": \"mine\", \"EventGroupId\": 7,"
			  " \"EventTimestamp\": \"2026-01-02T03:04:05Z\","
			  " \"Message\": \"hello\","
			  " \"MessageArgs\": [\"a\"],"
			  " \"MessageSeverity\": \"Warning\","
			  " \"EventType\": \"Alert\","
			  " \"OriginOfCondition\": \"" PORTS "/0\"}", 204);
	until(f, receiver_count(r) == 2);
	payloads = receiver_payloads(r);
	assert_true(fix_validate_doc(json_array_get(payloads, 0)) <= 0);
	assert_true(fix_validate_doc(json_array_get(payloads, 1)) <= 0);
	json_decref(payloads);
	records = receiver_records(r);
	record = json_array_get(records, 0);
	assert_string_equal(fix_text(record, "Message"), "Test message.");
	assert_string_equal(fix_text(record, "MessageSeverity"), "OK");
	assert_true(json_is_array(json_object_get(record, "MessageArgs")));
	record = json_array_get(records, 1);
	assert_string_equal(fix_text(record, "EventId"), "mine");
	assert_string_equal(fix_text(record, "Message"), "hello");
	assert_string_equal(fix_text(record, "EventTimestamp"),
			    "2026-01-02T03:04:05Z");
	assert_string_equal(fix_origin(record), PORTS "/0");
	assert_int_equal(json_integer_value(json_object_get(record,
							    "EventGroupId")),
			 7);
	json_decref(records);
	receiver_stop(r);
	free(uri);
}

static void test_test_refused(void **state)
{
	static const struct {
		const char *body, *key;
	} cases[] = {
		{ "{}", "ActionParameterMissing" },
		{ "{\"MessageId\": 7}", "ActionParameterValueTypeError" },
		{ "{\"MessageId\": \"x\"}", "ActionParameterValueFormatError" },
		{ "{\"MessageId\": \"A.1.B.c\"}",
		  "ActionParameterValueFormatError" },
		{ "{\"Nonsense\": 1, \"MessageId\": \"A.1.0.B\"}",
		  "ActionParameterUnknown" },
		{ "{\"EventType\": \"x\", \"MessageId\": \"A.1.0.B\"}",
		  "ActionParameterValueNotInList" },
		{ "{\"Severity\": \"x\", \"MessageId\": \"A.1.0.B\"}",
		  "ActionParameterValueNotInList" },
		{ "{\"EventTimestamp\": \"now\", \"MessageId\": \"A.1.0.B\"}",
		  "ActionParameterValueFormatError" },
		{ "{\"MessageArgs\": [1], \"MessageId\": \"A.1.0.B\"}",
		  "ActionParameterValueTypeError" },
		{ "{\"EventGroupId\": -1, \"MessageId\": \"A.1.0.B\"}",
		  "ActionParameterValueFormatError" },
		{ "{\"OriginOfCondition\": \"x\", \"MessageId\": \"A.1.0.B\"}",
		  "ActionParameterValueFormatError" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer *a = events_fix_call(*state, "POST",
						   EVENTS_TEST_URI,
						   cases[i].body);

		if (a->status != 400 ||
		    strcmp(events_fix_key(a), cases[i].key))
			fail_msg("%s: %ld %s", cases[i].body, a->status,
				 a->body);
		answer_free(a);
	}
	events_fix_expect(*state, "GET", EVENTS_TEST_URI, NULL, 405);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_fix(test_service),
		cmocka_unit_test(test_types),
		with_fix(test_create),
		with_fix(test_defaults),
		with_fix(test_refused),
		with_fix(test_limit),
		with_fix(test_patch),
		with_fix(test_test_event),
		with_fix(test_test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
