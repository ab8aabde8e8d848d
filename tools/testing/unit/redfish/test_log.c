// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The devices' logs as resources, and every message that we send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "event_bytes.h"
#include "fixture.h"
#include "redfish/health.h"
#include "tree/tree.h"

#define NOW	1795356000123456789ULL
#define LD	FIX_CHASSIS "/PCIeDevices/" FIX_MEM0 "/CXLLogicalDevices/0"
#define LOG	LD "/DeviceLog"
#define NIC	FIX_ADAPTERS "/" FIX_NIC
#define NIC_LOG	FIX_SYSTEM "/LogServices/" FIX_NIC
#define ENTRY(n)	LOG "/Entries/" #n

static uint64_t seq;

static struct model_stamp stamp(void)
{
	return (struct model_stamp) {
		.instance = 3, .seq = ++seq, .boottime = seq,
		.realtime = NOW + seq * 1000000000,
	};
}

static struct model *host(void)
{
	struct model *model = fix_host();
	struct model_stamp now = stamp();

	fix_nic(model);
	fix_cxl(model);
	fix_region(model);
	model_identify(model);
	model_health_settle(model, &now);
	return model;
}

static void happen(struct model *model, struct knl_event *event)
{
	struct model_stamp now = stamp();

	event->device = (char *)"mem0";
	event_pack(event);
	assert_true(model_health(model, event, 0, &now));
}

static void link_is(struct model *model, uint32_t state, uint32_t rate)
{
	struct model_node *port = fix_node(model, "mlx5_1/1",
					   FABMON_NODE_KIND_RDMA_PORT);
	struct model_stamp now = stamp();

	port->k.port.state = state;
	port->k.port.rate = rate;
	model_health_node(model, port, &port->k, 0, &now);
}

/* The tree as it is read: with what its placeholders stand for. */
static json_t *read_all(struct model *model, const struct rf_agent *agent)
{
	json_t *tree = fix_project(model, agent), *resource;
	const char *uri;

	json_object_foreach(tree, uri, resource)
		if (rf_log_fill(model, uri, resource))
			assert_null(strstr(uri, "/Entries/"));
	return tree;
}

/* ---- resources ---------------------------------------------------------- */

static void test_empty(void **state)
{
	struct model *model = host();
	json_t *tree = read_all(model, &fix_alone);

	assert_string_equal(fix_str(tree, LD, "Log/@odata.id"), LOG);
	assert_string_equal(fix_str(tree, LOG, "LogEntryType"), "Event");
	assert_string_equal(fix_str(tree, LOG, "OverWritePolicy"),
			    "WrapsWhenFull");
	assert_int_equal(fix_int(tree, LOG, "MaxNumberOfRecords"),
			 MODEL_LOG_ENTRIES);
	assert_null(fix_at(tree, LOG, "Entries"));
	assert_null(json_object_get(tree, LOG "/Entries"));
	assert_true(fix_links(tree, FIX_SYSTEM "/LogServices", "Members",
			      NIC_LOG));
	assert_string_equal(fix_str(tree, FIX_SYSTEM,
				    "LogServices/@odata.id"),
			    FIX_SYSTEM "/LogServices");
	assert_true(fix_validate_tree(tree) <= 0);
	json_decref(tree);
	model_free(model);
}

static void test_entries(void **state)
{
	static uint8_t raw[] = { 0, 1, 2, 3 };
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_DRAM, 0);
	struct model *model = host();
	json_t *tree;

	event_set(&event, FABMON_A_EVENT_LOG, FABMON_EVENT_LOG_FAILURE);
	event_set(&event, FABMON_A_EVENT_DESCRIPTOR, 1);
	event_set(&event, FABMON_A_EVENT_DPA, 0x1000);
	event_set(&event, FABMON_A_EVENT_HPA, 0x431000000);
	event.bytes[FABMON_A_EVENT_RAW] = (struct knl_bytes) {
		raw, sizeof(raw),
	};
	happen(model, &event);
	event = event_of_type(FABMON_EVENT_TYPE_POISON, 0);
	event_set(&event, FABMON_A_EVENT_DPA, 0x1000);
	event_set(&event, FABMON_A_EVENT_POISON_OP, FABMON_POISON_OP_CLEAR);
	happen(model, &event);
	event = event_of_type(FABMON_EVENT_TYPE_OVERFLOW, 0);
	event_set(&event, FABMON_A_EVENT_COUNT, 7);
	event_set(&event, FABMON_A_EVENT_FIRST_TIME, NOW);
	event_set(&event, FABMON_A_EVENT_LAST_TIME, NOW + 1000000000);
	happen(model, &event);

	tree = read_all(model, &fix_registered);
	assert_int_equal(fix_int(tree, LOG "/Entries", "Members@odata.count"),
			 3);
	assert_string_equal(fix_str(tree, LOG, "Entries/@odata.id"),
			    LOG "/Entries");
	assert_string_equal(fix_str(tree, ENTRY(1), "EntryType"), "Event");
	assert_string_equal(fix_str(tree, ENTRY(1), "MessageId"),
			    "Platform.1.3.MemoryUncorrectableError");
	assert_string_equal(fix_str(tree, ENTRY(1), "MessageArgs/0"), FIX_MEM0);
	assert_string_equal(fix_str(tree, ENTRY(1), "Severity"), "Critical");
	assert_string_equal(fix_str(tree, ENTRY(1), "EventTimestamp"),
			    fix_str(tree, ENTRY(1), "Created"));
	assert_string_equal(fix_str(tree, ENTRY(1), "DiagnosticData"),
			    "AAECAw==");
	assert_string_equal(fix_str(tree, ENTRY(1), "CPER/SectionType"),
			    "601dcbb3-9c06-4eab-b8af-4e9bfb5c9624");
	assert_string_equal(fix_str(tree, ENTRY(1),
				    "Links/OriginOfCondition/@odata.id"), LD);
	/* the tree has no physical addresses of the host's */
	assert_string_equal(fix_str(tree, ENTRY(1), "Oem/Fabmon/DpaStart"),
			    "0x1000");
	assert_null(fix_at(tree, ENTRY(1), "Oem/Fabmon/HpaStart"));
	/* what cleared the address resolved it */
	assert_true(json_is_true(fix_at(tree, ENTRY(1), "Resolved")));
	assert_null(fix_at(tree, ENTRY(2), "Resolved"));
	assert_string_equal(fix_str(tree, LD, "Status/Health"), "OK");
	/* an overflow is shown in the entry before it */
	assert_null(fix_at(tree, ENTRY(1), "OverflowErrorCount"));
	assert_int_equal(fix_int(tree, ENTRY(2), "OverflowErrorCount"), 7);
	assert_non_null(fix_at(tree, ENTRY(2), "FirstOverflowTimestamp"));
	assert_non_null(fix_at(tree, ENTRY(2), "LastOverflowTimestamp"));
	assert_true(fix_validate_tree(tree) <= 0);
	json_decref(tree);
	model_free(model);
}

/* They cost next to nothing until somebody asks. */
static void test_placeholders(void **state)
{
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_POISON, 0);
	struct model *model = host();
	json_t *tree, *entry;

	happen(model, &event);
	tree = fix_project(model, &fix_registered);
	assert_true(tree_is_placeholder(json_object_get(tree, ENTRY(1))));
	entry = json_object();
	assert_int_equal(rf_log_fill(model, ENTRY(2), entry), -ENOENT);
	assert_int_equal(rf_log_fill(model, LOG, entry), -ENOENT);
	assert_int_equal(rf_log_fill(model, NIC_LOG "/Entries/1", entry),
			 -ENOENT);
	assert_int_equal(json_object_size(entry), 0);
	assert_int_equal(rf_log_fill(model, ENTRY(1), entry), 0);
	assert_true(json_object_size(entry) > 5);
	json_decref(entry);
	json_decref(tree);
	model_free(model);
}

static void test_conditions(void **state)
{
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_POISON, 0);
	struct model *model = host();
	const char *device = NULL;
	json_t *tree;

	event_set(&event, FABMON_A_EVENT_DPA, 0x1000);
	happen(model, &event);
	happen(model, &event);
	tree = read_all(model, &fix_alone);
	assert_string_equal(fix_str(tree, LD, "Status/Health"), "Warning");
	assert_string_equal(fix_str(tree, LD,
				"Status/Conditions/0/LogEntry/@odata.id"),
			    ENTRY(2));
	assert_int_equal(fix_int(tree, LD,
				 "Status/Conditions/0/Oem/Fabmon/Count"), 2);
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "Status/HealthRollup"),
			    "Warning");
	assert_true(fix_validate_tree(tree) <= 0);
	json_decref(tree);
	/* emptied by an operator */
	assert_int_equal(rf_log_device(model, LD, &device), -ENOENT);
	assert_int_equal(rf_log_device(model, LOG, &device), 0);
	assert_string_equal(device, FIX_MEM0);
	assert_true(model_health_clear(model, device));
	tree = read_all(model, &fix_alone);
	assert_string_equal(fix_str(tree, LD, "Status/Health"), "OK");
	assert_null(fix_at(tree, LD, "Status/Conditions"));
	assert_null(json_object_get(tree, LOG "/Entries"));
	json_decref(tree);
	model_free(model);
}

static void test_fatal(void **state)
{
	struct model *model = host();
	struct model_node *port = fix_node(model, "mlx5_1/1",
					   FABMON_NODE_KIND_RDMA_PORT);
	struct model_stamp now = stamp();
	json_t *tree, *records;

	model_health_node(model, port, &port->k, FABMON_CAUSE_DEVICE_FATAL,
			  &now);
	tree = read_all(model, &fix_alone);
	assert_string_equal(fix_str(tree, NIC, "Status/Health"), "Critical");
	assert_string_equal(fix_str(tree, NIC_LOG "/Entries/1", "MessageId"),
			    "ResourceEvent.1.4.ResourceStatusChangedCritical");
	assert_string_equal(fix_str(tree, NIC_LOG "/Entries/1",
				    "Links/OriginOfCondition/@odata.id"), NIC);
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "Status/HealthRollup"),
			    "Critical");
	assert_true(fix_validate_tree(tree) <= 0);
	records = rf_entry_events(model, model_log_after(model, 0));
	assert_int_equal(json_array_size(records), 1);
	json_decref(records);
	json_decref(tree);
	model_free(model);
}

/* ---- messages ----------------------------------------------------------- */

static json_t *registry_of(const char *id)
{
	static const char *const files[] = {
		"ResourceEvent.1.4.3", "Platform.1.3.2", "NetworkDevice.1.1.1",
	};
	const char *dir = getenv("REDFISH_SCHEMAS"), *dot = strrchr(id, '.');
	char path[512];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (strncmp(files[i], id, dot - id) ||
		    files[i][dot - id] != '.')
			continue;
		snprintf(path, sizeof(path), "%s/registries/%s.json",
			 dir && *dir ? dir : "../shared/redfish", files[i]);
		return json_load_file(path, 0, NULL);
	}
	fail_msg("%s is of no registry that is known", id);
	return NULL;
}

static json_t *message_of(const char *id)
{
	json_t *registry = registry_of(id), *message;

	if (!registry) {
		fprintf(stderr, "not compared: no registry for %s\n", id);
		return NULL;
	}
	message = json_object_get(json_object_get(registry, "Messages"),
				  strrchr(id, '.') + 1);
	if (!message)
		fail_msg("%s is not in its registry", id);
	json_incref(message);
	json_decref(registry);
	return message;
}

/* Each that there is, whoever sends it: its text and how many arguments. */
static void test_registries(void **state)
{
	const struct rf_message_def *m;
	json_t *message;
	size_t i;

	for (i = 0; i < RF_MESSAGES; i++) {
		m = &rf_messages[i];
		assert_non_null(m->id);
		message = message_of(m->id);
		if (!message)
			continue;
		assert_string_equal(json_string_value(json_object_get(message,
							"Message")), m->text);
		assert_int_equal(json_integer_value(json_object_get(message,
							"NumberOfArgs")),
				 m->args);
		assert_in_range(m->args, 0, RF_ARGS_MAX);
		json_decref(message);
	}
}

static const char *str(const json_t *obj, const char *key)
{
	const char *value = json_string_value(json_object_get(obj, key));

	if (!value)
		fail_msg("no string at %s", key);
	return value;
}

/* The first record of the newest entry has this id, severity and argument. */
static json_t *check_last(const struct model *model, const char *id,
			  const char *severity)
{
	const uint64_t last = model_log_last(model) - 1;
	json_t *records = rf_entry_events(model, model_log_after(model, last));
	json_t *record = json_array_get(records, 0);
	json_t *payload;

	assert_string_equal(str(record, "MessageId"), id);
	assert_string_equal(str(record, "MessageSeverity"), severity);
	json_incref(record);
	payload = rf_event_payload(7, "context", json_incref(records));
	assert_true(fix_validate_doc(payload) <= 0);
	json_decref(payload);
	json_decref(records);
	return record;
}

/*
 * A link that comes and goes. Severities are the registry's but for a link that
 * was lost, which is worse than one that was taken down.
 */
static void test_links(void **state)
{
	static const char *const args[] = { FIX_NIC, "1", "1" };
	struct model *model = host();
	json_t *record, *list;
	size_t i;

	link_is(model, 1, 100000);
	record = check_last(model, "NetworkDevice.1.1.ConnectionDropped",
			    "Warning");
	list = json_object_get(record, "MessageArgs");
	assert_int_equal(json_array_size(list), 3);
	for (i = 0; i < 3; i++)
		assert_string_equal(json_string_value(json_array_get(list, i)),
				    args[i]);
	assert_string_equal(str(json_object_get(record, "OriginOfCondition"),
				"@odata.id"), NIC "/Ports/1");
	assert_string_equal(str(json_object_get(record, "LogEntry"),
				"@odata.id"), NIC_LOG "/Entries/1");
	json_decref(record);
	link_is(model, 4, 50000);
	json_decref(check_last(model,
			       "NetworkDevice.1.1.DegradedConnectionEstablished",
			       "Warning"));
	link_is(model, 4, 100000);
	json_decref(check_last(model, "NetworkDevice.1.1.ConnectionEstablished",
			       "OK"));
	model_free(model);
}

static void test_flapping(void **state)
{
	const struct model_flap_limits limits = {
		.count = 5, .window = 120000000000, .hold = 1, .quiet = 1,
	};
	struct model *model = host();
	json_t *record, *tree;
	int i;

	model_flap_limit(model, &limits);
	for (i = 0; i < 6; i++)
		link_is(model, i % 2 ? 4 : 1, 100000);
	record = check_last(model, "NetworkDevice.1.1.LinkFlapDetected",
			    "Warning");
	assert_string_equal(str(record, "Message"),
			    "The network connection for network adapter '"
			    FIX_NIC "' port '1' function '1' was established "
			    "and dropped '3' times in the last '2' minutes.");
	json_decref(record);
	tree = read_all(model, &fix_alone);
	assert_string_equal(fix_str(tree, NIC "/Ports/1", "Status/Health"),
			    "Warning");
	assert_string_equal(fix_str(tree, NIC "/Ports/1",
				    "Status/Conditions/0/MessageId"),
			    "NetworkDevice.1.1.LinkFlapDetected");
	assert_string_equal(fix_str(tree, NIC "/Ports/1",
				    "Status/Conditions/0/MessageArgs/3"), "3");
	assert_true(fix_validate_tree(tree) <= 0);
	json_decref(tree);
	model_free(model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_fatal),
		cmocka_unit_test(test_registries),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_flapping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
