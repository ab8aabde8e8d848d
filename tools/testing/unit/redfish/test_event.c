// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Event records and payloads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "event_bytes.h"
#include "fixture.h"
#include "json_memory.h"

#define NOW	1795356000123456789ULL
#define LD	FIX_CHASSIS "/PCIeDevices/" FIX_MEM0 "/CXLLogicalDevices/0"

static const char *str(const json_t *obj, const char *key)
{
	const char *value = json_string_value(json_object_get(obj, key));

	if (!value)
		fail_msg("no string at %s", key);
	return value;
}

static const char *origin(const json_t *record)
{
	return str(json_object_get(record, "OriginOfCondition"), "@odata.id");
}

/* Finds a message in the DMTF's registries: text and number of arguments. */
static void check_message(const json_t *record)
{
	const char *dir = getenv("REDFISH_SCHEMAS"), *id, *text, *at;
	const json_t *args = json_object_get(record, "MessageArgs"), *message;
	const char *file = "ResourceEvent.1.4.3.json";
	char path[256], expected[512] = "";
	json_t *registry;
	size_t n;

	id = str(record, "MessageId");
	if (!strncmp(id, "Platform.", 9))
		file = "Platform.1.3.2.json";
	if (!strncmp(id, "NetworkDevice.", 14))
		file = "NetworkDevice.1.1.1.json";
	snprintf(path, sizeof(path), "%s/registries/%s",
		 dir && *dir ? dir : "../shared/redfish", file);
	registry = json_load_file(path, 0, NULL);
	if (!registry) {
		fprintf(stderr, "not compared: no %s\n", path);
		return;
	}
	message = json_object_get(json_object_get(registry, "Messages"),
				  strrchr(id, '.') + 1);
	assert_non_null(message);
	assert_int_equal(json_integer_value(json_object_get(message,
							    "NumberOfArgs")),
			 json_array_size(args));
	text = str(message, "Message");
	while ((at = strchr(text, '%'))) {
		n = strlen(expected);
		snprintf(expected + n, sizeof(expected) - n, "%.*s%s",
			 (int)(at - text), text,
			 json_string_value(json_array_get(args,
					(size_t)(at[1] - '1'))));
		text = at + 2;
	}
	n = strlen(expected);
	snprintf(expected + n, sizeof(expected) - n, "%s", text);
	assert_string_equal(str(record, "Message"), expected);
	json_decref(registry);
}

/* In a payload the record validates against the Event schema. */
static void check_record(json_t *record)
{
	json_t *list = json_array(), *payload;

	assert_non_null(record);
	check_message(record);
	assert_string_equal(str(record, "Severity"),
			    str(record, "MessageSeverity"));
	json_array_append(list, record);
	payload = rf_event_payload(7, "context", list);
	assert_non_null(payload);
	assert_true(fix_validate_doc(payload) <= 0);
	json_decref(payload);
}

/* ---- lifecycle ---------------------------------------------------------- */

static void test_lifecycle(void **state)
{
	static const struct {
		char op;
		const char *id, *type;
	} cases[] = {
		{ 'C', "ResourceEvent.1.4.ResourceCreated", "ResourceAdded" },
		{ 'M', "ResourceEvent.1.4.ResourceChanged", "ResourceUpdated" },
		{ 'R', "ResourceEvent.1.4.ResourceRemoved", "ResourceRemoved" },
	};
	json_t *record;
	size_t i;

	for (i = 0; i < 3; i++) {
		record = rf_lifecycle_event(cases[i].op, FIX_SYSTEM, NOW);
		check_record(record);
		assert_string_equal(str(record, "MessageId"), cases[i].id);
		assert_string_equal(str(record, "EventType"), cases[i].type);
		assert_string_equal(str(record, "EventTimestamp"),
				    "2026-11-22T14:00:00.123456Z");
		assert_string_equal(origin(record), FIX_SYSTEM);
		assert_int_equal(json_array_size(json_object_get(record,
							"MessageArgs")), 0);
		assert_true(json_is_array(json_object_get(record,
							  "MessageArgs")));
		json_decref(record);
	}
}

static void test_no_time(void **state)
{
	json_t *record = rf_lifecycle_event('C', FIX_SYSTEM, 0);

	assert_null(json_object_get(record, "EventTimestamp"));
	check_record(record);
	json_decref(record);
}

static void test_payload(void **state)
{
	json_t *list = json_array(), *payload, *events, *second;

	json_array_append_new(list, rf_lifecycle_event('C', FIX_SYSTEM, NOW));
	json_array_append_new(list, rf_lifecycle_event('R', FIX_CHASSIS, NOW));
	payload = rf_event_payload(18446744073709551615ULL, NULL, list);
	assert_string_equal(str(payload, "@odata.type"),
			    "#Event.v1_13_0.Event");
	assert_string_equal(str(payload, "Id"), "18446744073709551615");
	assert_string_equal(str(payload, "Context"), "");
	events = json_object_get(payload, "Events");
	assert_int_equal(json_array_size(events), 2);
	second = json_array_get(events, 1);
	assert_string_equal(str(second, "MemberId"), "1");
	assert_string_equal(str(second, "EventId"), "18446744073709551615.1");
	assert_true(fix_validate_doc(payload) <= 0);
	json_decref(payload);
}

static const char *entry_uri(uint64_t number)
{
	static char uri[256];

	snprintf(uri, sizeof(uri), LD "/DeviceLog/Entries/%llu",
		 (unsigned long long)number);
	return uri;
}

/* ---- health ------------------------------------------------------------- */

static struct knl_event event_of(enum fabmon_event_type type,
				 enum fabmon_event_log log)
{
	struct knl_event event = event_of_type(type, 0);

	event.device = (char *)"mem0";
	event_set(&event, FABMON_A_EVENT_LOG, log);
	return event;
}

struct health {
	struct model *model;
	struct model_node *node;
};

static int setup(void **state)
{
	static struct health h;

	h.model = fix_all();
	model_identify(h.model);
	h.node = fix_node(h.model, "mem0", FABMON_NODE_KIND_CXL_MEMDEV);
	*state = &h;
	return 0;
}

static int teardown(void **state)
{
	model_free(((struct health *)*state)->model);
	return 0;
}

/* The records of an event that happens to mem0. */
static json_t *records_of(void **state, struct knl_event *event)
{
	const struct model_stamp stamp = {
		.instance = 5, .seq = 9, .realtime = NOW,
	};
	struct health *h = *state;
	uint64_t before = model_log_last(h->model);
	json_t *records, *record;
	size_t i;

	event_pack(event);
	assert_true(model_health(h->model, event, 0, &stamp));
	records = rf_entry_events(h->model,
				  model_log_after(h->model, before));
	assert_non_null(records);
	json_array_foreach(records, i, record) {
		check_record(record);
		assert_string_equal(origin(record), LD);
		assert_string_equal(str(record, "EventType"), "Alert");
		assert_int_equal(json_integer_value(json_object_get(record,
						"EventGroupId")),
				 (5LL << 32 | 9) & ((1LL << 53) - 1));
		assert_string_equal(str(json_object_get(record, "LogEntry"),
					"@odata.id"), entry_uri(before + 1));
	}
	return records;
}

/* The first of them, which is about the event itself. */
static json_t *record_of(void **state, struct knl_event *event)
{
	json_t *records = records_of(state, event);
	json_t *record = json_incref(json_array_get(records, 0));

	json_decref(records);
	return record;
}

static void test_uncorrected(void **state)
{
	static uint8_t raw[] = { 0, 1, 2, 3 };
	struct knl_event event = event_of(FABMON_EVENT_TYPE_DRAM,
					  FABMON_EVENT_LOG_FAILURE);
	json_t *record, *oem;

	event_set(&event, FABMON_A_EVENT_DESCRIPTOR, 1);
	event_set(&event, FABMON_A_EVENT_DPA, 0x12340000);
	event_set(&event, FABMON_A_EVENT_RANK, 2);
	event.bytes[FABMON_A_EVENT_RAW] = (struct knl_bytes) {
		raw, sizeof(raw),
	};
	record = record_of(state, &event);
	assert_string_equal(str(record, "MessageId"),
			    "Platform.1.3.MemoryUncorrectableError");
	assert_string_equal(str(record, "MessageSeverity"), "Critical");
	assert_string_equal(str(record, "DiagnosticData"), "AAECAw==");
	assert_string_equal(str(record, "DiagnosticDataType"), "CPERSection");
	assert_string_equal(str(json_object_get(record, "CPER"),
				"SectionType"),
			    "601dcbb3-9c06-4eab-b8af-4e9bfb5c9624");
	oem = json_object_get(json_object_get(record, "Oem"), "Fabmon");
	assert_string_equal(str(oem, "DpaStart"), "0x12340000");
	assert_string_equal(str(oem, "Log"), "Failure");
	assert_int_equal(json_integer_value(json_object_get(oem, "Rank")), 2);
	assert_null(json_object_get(oem, "Channel"));
	json_decref(record);
}

static void test_corrected(void **state)
{
	struct knl_event event = event_of(FABMON_EVENT_TYPE_GENERAL_MEDIA,
					  FABMON_EVENT_LOG_INFO);
	json_t *record = record_of(state, &event);

	assert_string_equal(str(record, "MessageId"),
			    "ResourceEvent.1.4.ResourceErrorsDetected");
	assert_string_equal(str(record, "MessageSeverity"), "OK");
	assert_null(json_object_get(record, "DiagnosticData"));
	json_decref(record);
}

static void test_poison(void **state)
{
	struct knl_event event = event_of(FABMON_EVENT_TYPE_POISON,
					  FABMON_EVENT_LOG_INFO);
	json_t *record;

	event_set(&event, FABMON_A_EVENT_POISON_OP, FABMON_POISON_OP_INJECT);
	record = record_of(state, &event);
	assert_string_equal(str(record, "MessageId"),
			    "Platform.1.3.MemoryContainedError");
	assert_string_equal(str(record, "MessageSeverity"), "Warning");
	json_decref(record);

	event_set(&event, FABMON_A_EVENT_POISON_OP, FABMON_POISON_OP_CLEAR);
	record = record_of(state, &event);
	assert_string_equal(str(record, "MessageId"),
			    "ResourceEvent.1.4.ResourceErrorsCorrected");
	assert_string_equal(str(record, "MessageSeverity"), "OK");
	json_decref(record);
}

static void test_module(void **state)
{
	static const struct {
		int64_t health;
		const char *id, *severity;
	} cases[] = {
		{ 0, "ResourceEvent.1.4.ResourceStatusChangedOK", "OK" },
		{ 1, "ResourceEvent.1.4.ResourceStatusChangedWarning",
		  "Warning" },
		{ 4, "ResourceEvent.1.4.ResourceStatusChangedCritical",
		  "Critical" },
	};
	struct knl_event event = event_of(FABMON_EVENT_TYPE_MEMORY_MODULE,
					  FABMON_EVENT_LOG_INFO);
	json_t *record, *oem;
	size_t i;

	event_set(&event, FABMON_A_EVENT_TEMPERATURE, -5);
	for (i = 0; i < 3; i++) {
		event_set(&event, FABMON_A_EVENT_HEALTH_STATUS, cases[i].health);
		record = record_of(state, &event);
		assert_string_equal(str(record, "MessageId"), cases[i].id);
		assert_string_equal(str(record, "MessageSeverity"),
				    cases[i].severity);
		oem = json_object_get(json_object_get(record, "Oem"),
				      "Fabmon");
		assert_int_equal(json_integer_value(json_object_get(oem,
						"TemperatureCelsius")), -5);
		json_decref(record);
	}
}

/* Types and logs that a newer module may have. */
static void test_unknown(void **state)
{
	struct knl_event event = event_of(99, 99);
	json_t *record = record_of(state, &event);

	assert_string_equal(str(record, "MessageId"),
			    "ResourceEvent.1.4.ResourceChanged");
	json_decref(record);
	event = event_of(FABMON_EVENT_TYPE_LOST, FABMON_EVENT_LOG_INFO);
	record = record_of(state, &event);
	assert_string_equal(str(record, "MessageSeverity"), "OK");
	json_decref(record);
}

/* What is wrong with the way to the device, or with the device's log. */
static void test_types(void **state)
{
	static const struct {
		int64_t type, log;
		const char *id, *severity;
	} cases[] = {
		{ FABMON_EVENT_TYPE_AER_CORRECTABLE, FABMON_EVENT_LOG_INFO,
		  "ResourceEvent.1.4.ResourceErrorsCorrected", "OK" },
		{ FABMON_EVENT_TYPE_AER_UNCORRECTABLE, FABMON_EVENT_LOG_INFO,
		  "Platform.1.3.PCIeUncorrectableError", "Critical" },
		{ FABMON_EVENT_TYPE_OVERFLOW, FABMON_EVENT_LOG_FATAL,
		  "ResourceEvent.1.4.ResourceErrorsDetected", "OK" },
		{ FABMON_EVENT_TYPE_GENERIC, FABMON_EVENT_LOG_INFO,
		  "ResourceEvent.1.4.ResourceChanged", "OK" },
		{ FABMON_EVENT_TYPE_MEMORY_SPARING, FABMON_EVENT_LOG_WARNING,
		  "ResourceEvent.1.4.ResourceStatusChangedWarning", "Warning" },
	};
	struct knl_event event;
	json_t *record;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		event = event_of(cases[i].type, cases[i].log);
		record = record_of(state, &event);
		assert_string_equal(str(record, "MessageId"), cases[i].id);
		assert_string_equal(str(record, "MessageSeverity"),
				    cases[i].severity);
		json_decref(record);
	}
}

static void test_large_record(void **state)
{
	static uint8_t raw[3073];
	struct knl_event event = event_of(FABMON_EVENT_TYPE_DRAM,
					  FABMON_EVENT_LOG_WARNING);
	json_t *record;

	event.bytes[FABMON_A_EVENT_RAW] = (struct knl_bytes) {
		raw, sizeof(raw),
	};
	record = record_of(state, &event);
	assert_null(json_object_get(record, "DiagnosticData"));
	json_decref(record);
}

/* The device has gone meanwhile: no record. */
static void test_gone(void **state)
{
	const struct model_stamp stamp = { .instance = 5, .seq = 9 };
	struct knl_event event = event_of(FABMON_EVENT_TYPE_MEMORY_MODULE,
					  FABMON_EVENT_LOG_FATAL);
	struct model *model = fix_host();
	struct model_node *node;
	json_t *records;

	fix_cxl(model);
	node = fix_node(model, "mem0", FABMON_NODE_KIND_CXL_MEMDEV);
	event_pack(&event);
	/* nor a log of one that is not identified */
	assert_false(model_health(model, &event, 0, &stamp));
	model_identify(model);
	assert_true(model_health(model, &event, 0, &stamp));
	model_node_drop(model, node->k.id);
	records = rf_entry_events(model, model_log_after(model, 0));
	assert_int_equal(json_array_size(records), 0);
	json_decref(records);
	model_free(model);
}

/* A second record for the device's health, if the first does not have it. */
static void test_health_changes(void **state)
{
	struct health *h = *state;
	struct knl_event event = event_of(FABMON_EVENT_TYPE_DRAM,
					  FABMON_EVENT_LOG_FAILURE);
	json_t *records, *second;

	model_health_clear(h->model, h->node->ident);
	event_set(&event, FABMON_A_EVENT_DESCRIPTOR, 1);
	event_set(&event, FABMON_A_EVENT_DPA, 0x40);
	records = records_of(state, &event);
	assert_int_equal(json_array_size(records), 2);
	second = json_array_get(records, 1);
	assert_string_equal(str(second, "MessageId"),
			    "ResourceEvent.1.4.ResourceStatusChangedCritical");
	assert_string_equal(str(second, "MessageSeverity"), "Critical");
	assert_null(json_object_get(second, "DiagnosticData"));
	json_decref(records);
	/* again: it is as ill as before */
	records = records_of(state, &event);
	assert_int_equal(json_array_size(records), 1);
	json_decref(records);
	/* and well again */
	event = event_of(FABMON_EVENT_TYPE_POISON, FABMON_EVENT_LOG_INFO);
	event_set(&event, FABMON_A_EVENT_DPA, 0x40);
	event_set(&event, FABMON_A_EVENT_POISON_OP, FABMON_POISON_OP_CLEAR);
	records = records_of(state, &event);
	assert_int_equal(json_array_size(records), 2);
	second = json_array_get(records, 1);
	assert_string_equal(str(second, "MessageId"),
			    "ResourceEvent.1.4.ResourceStatusChangedOK");
	json_decref(records);
	/* a module event has the health in its own message */
	event = event_of(FABMON_EVENT_TYPE_MEMORY_MODULE,
			 FABMON_EVENT_LOG_INFO);
	event_set(&event, FABMON_A_EVENT_HEALTH_STATUS, 4);
	records = records_of(state, &event);
	assert_int_equal(json_array_size(records), 1);
	json_decref(records);
}

static void test_no_memory(void **state)
{
	struct health *h = *state;
	json_t *record = NULL, *payload = NULL, *list;
	size_t n;

	for (n = 0; !record; n++) {
		json_memory_limit(n);
		record = rf_entry_events(h->model,
					 model_log_after(h->model, 0));
		json_memory_restore();
	}
	assert_true(n > 10);
	for (n = 0; !payload; n++) {
		list = json_array();
		json_array_append(list, json_array_get(record, 0));
		json_memory_limit(n);
		payload = rf_event_payload(1, "", list);
		json_memory_restore();
	}
	assert_true(n > 5);
	json_decref(payload);
	json_decref(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lifecycle),
		cmocka_unit_test(test_no_time),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_uncorrected),
		cmocka_unit_test(test_corrected),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_module),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_large_record),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_health_changes),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
