// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Rules that the Redfish schemas have in their descriptions only, so that no
 * validator checks them: which properties go together, and which exclude each
 * other. They are checked on every host that the tests build, and each rule
 * also on a resource that breaks it, which has to be found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

/* What a property needs of the one that it depends on. */
enum need {
	ONLY_IF,	/* only present if the other is or contains the value */
	NOT_IF,		/* absent if the other is or contains the value */
	MUST_IF,	/* present if the other is or contains the value */
};

#define ANY	"*"		/* whatever the other is, if it is there */

static const struct rule {
	const char *type, *property;
	enum need need;
	const char *other, *value;
} rules[] = {
	{ "ServiceRoot", "ProtocolFeaturesSupported/ExpandQuery/MaxLevels",
	  MUST_IF, "ProtocolFeaturesSupported/ExpandQuery/Levels", "true" },
	{ "ServiceRoot",
	  "ProtocolFeaturesSupported/FilterQueryComparisonOperations", NOT_IF,
	  "ProtocolFeaturesSupported/FilterQuery", "false" },
	{ "ServiceRoot",
	  "ProtocolFeaturesSupported/FilterQueryCompoundOperations", NOT_IF,
	  "ProtocolFeaturesSupported/FilterQuery", "false" },
	{ "ComputerSystem", "BootProgress/OemLastState", ONLY_IF,
	  "BootProgress/LastState", "OEM" },
	{ "ComputerSystem", "Links/HostingComputerSystem", ONLY_IF,
	  "SystemType", "Virtual" },
	{ "ComputerSystem", "Links/OffloadedNetworkDeviceFunctions", ONLY_IF,
	  "SystemType", "DPU" },
	{ "Chassis", "RackMountCapacityUnits", ONLY_IF, "ChassisType",
	  "Rack" },
	{ "Chassis", "Links/Fans", NOT_IF, "ThermalManagedByParent", "true" },
	{ "Chassis", "Links/PowerOutlets", NOT_IF, "PoweredByParent", "true" },
	{ "Chassis", "Links/PowerSupplies", NOT_IF, "PoweredByParent",
	  "true" },
	{ "Port", "CXL/SupportedCXLModes", NOT_IF, "CXL/SupportedCXLModes",
	  "Disconnected" },
	{ "Port", "Ethernet/LLDPReceive/SystemCapabilities", NOT_IF,
	  "Ethernet/LLDPReceive/SystemCapabilities", "None" },
	{ "Port", "Links/AssociatedPhysicalPorts", NOT_IF, "IsAggregation",
	  "false" },
	{ "Port", "AssociatedPhysicalPort", NOT_IF, "IsSplit", "false" },
	{ "Port", "FirstLane", NOT_IF, "IsSplit", "false" },
	{ "Connection", "ConnectionKey/CHAP", NOT_IF, "ConnectionKey/DHCHAP",
	  ANY },
	{ "Connection", "Links/InitiatorEndpointGroups", NOT_IF,
	  "Links/InitiatorEndpoints", ANY },
	{ "Connection", "Links/TargetEndpointGroups", NOT_IF,
	  "Links/TargetEndpoints", ANY },
	{ "NetworkDeviceFunction", "Ethernet/VLAN", NOT_IF, "Ethernet/VLANs",
	  ANY },
	{ "NetworkDeviceFunction", "Links/OffloadProcessors", NOT_IF,
	  "Links/OffloadSystem", ANY },
	{ "PCIeDevice", "PCIeFunctions", NOT_IF, "DeviceType", "Retimer" },
	{ "PCIeFunction", "ARIFunctionNumber", NOT_IF, "ARIModeEnabled",
	  "false" },
	{ "Memory", "CacheLevel", ONLY_IF, "MemoryType", "Cache" },
	{ "Memory", "CacheSizeMiB", NOT_IF, "MemoryType", "Cache" },
	{ "Memory", "CapacityMiB", MUST_IF, "MemoryType", "Cache" },
	{ "LogEntry", "CPER/NotificationType", ONLY_IF, "DiagnosticDataType",
	  "CPER" },
	{ "LogEntry", "CPER/SectionType", ONLY_IF, "DiagnosticDataType",
	  "CPERSection" },
	{ "LogEntry", "CXLEntryType", ONLY_IF, "EntryType", "CXL" },
	{ "LogEntry", "MessageId", NOT_IF, "EntryType", "CXL" },
	{ "LogEntry", "GeneratorId", ONLY_IF, "EntryType", "SEL" },
	{ "LogEntry", "OEMDiagnosticDataType", MUST_IF, "DiagnosticDataType",
	  "OEM" },
	{ "LogEntry", "OemLogEntryCode", ONLY_IF, "LogEntryCode", "OEM" },
	{ "LogEntry", "ResolutionSteps", NOT_IF, "Severity", "OK" },
	{ "EventDestination", "HeartbeatIntervalMinutes", ONLY_IF,
	  "SendHeartbeat", ANY },
	{ "EventDestination", "OEMProtocol", MUST_IF, "Protocol", "OEM" },
	{ "EventDestination", "OEMSubscriptionType", MUST_IF,
	  "SubscriptionType", "OEM" },
	{ "EthernetInterface", "VLAN", NOT_IF, "VLANs", ANY },
};

#define N_RULES	(sizeof(rules) / sizeof(rules[0]))

static const json_t *at(const json_t *json, const char *path)
{
	char copy[128], *rest = copy, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	while (json && (key = strsep(&rest, "/")))
		json = json_object_get(json, key);
	return json;
}

static bool has_value(const json_t *json, const char *value)
{
	const json_t *item;
	size_t i;

	if (!strcmp(value, ANY))
		return json;
	if (json_is_boolean(json))
		return json_is_true(json) == !strcmp(value, "true");
	json_array_foreach(json, i, item)
		if (has_value(item, value))
			return true;
	return json_is_string(json) && !strcmp(json_string_value(json), value);
}

static bool is_kept(const struct rule *rule, const json_t *obj)
{
	bool there = at(obj, rule->property);
	bool value = has_value(at(obj, rule->other), rule->value);

	switch (rule->need) {
	case ONLY_IF:
		return !there || value;
	case NOT_IF:
		return !there || !value;
	default:
		return there || !value;
	}
}

static bool is_of(const json_t *obj, const char *type)
{
	const char *have = json_string_value(json_object_get(obj,
							     "@odata.type"));
	char start[64];

	snprintf(start, sizeof(start), "#%s.v", type);
	return have && !strncmp(have, start, strlen(start));
}

static void rules_of(const json_t *tree, const struct rf_view *view)
{
	const char *uri;
	json_t *obj;
	size_t i;

	(void)view;
	json_object_foreach((json_t *)tree, uri, obj)
		for (i = 0; i < N_RULES; i++)
			if (is_of(obj, rules[i].type) &&
			    !is_kept(&rules[i], obj))
				fail_msg("%s: %s beside %s", uri,
					 rules[i].property, rules[i].other);
}

static void test_rules(void **state)
{
	(void)state;
	fix_each_tree(rules_of);
}

/* Sets the property at a path, unless it is there. */
static void set(json_t *json, const char *path, json_t *value)
{
	char copy[128], *rest = copy, *key;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((key = strsep(&rest, "/")) && rest) {
		if (!json_object_get(json, key))
			json_object_set_new(json, key, json_object());
		json = json_object_get(json, key);
	}
	if (json_object_get(json, key))
		json_decref(value);
	else
		json_object_set_new(json, key, value);
}

static json_t *value_of(const char *value)
{
	if (!strcmp(value, "true") || !strcmp(value, "false"))
		return json_boolean(!strcmp(value, "true"));
	return json_string(value);
}

static void test_rules_can_fail(void **state)
{
	const struct rule *rule;
	json_t *obj;

	(void)state;
	for (rule = rules; rule < rules + N_RULES; rule++) {
		obj = json_object();
		if (rule->need != ONLY_IF)
			set(obj, rule->other, value_of(rule->value));
		if (rule->need != MUST_IF)
			set(obj, rule->property, json_string("x"));
		if (is_kept(rule, obj))
			fail_msg("%s: %s beside %s is not found", rule->type,
				 rule->property, rule->other);
		json_decref(obj);
	}
}

/* ---- rules that do not fit a table --------------------------------------- */

static void lanes_of(const json_t *tree, const struct rf_view *view)
{
	const json_t *used, *max;
	const char *uri;
	json_t *obj;

	(void)view;
	json_object_foreach((json_t *)tree, uri, obj) {
		used = at(obj, "PCIeInterface/LanesInUse");
		max = at(obj, "PCIeInterface/MaxLanes");
		if (used && max)
			assert_true(json_integer_value(used) <=
				    json_integer_value(max));
	}
}

/* "shall be equal to or less than the MaxLanes property value" */
static void test_lanes(void **state)
{
	struct model *model = fix_host();
	struct model_pci *pci;
	json_t *tree;

	(void)state;
	fix_each_tree(lanes_of);
	fix_cxl(model);
	pci = model_pci_put(model, "0000:0f:00.0");
	pci->lanes = 16;
	tree = fix_project(model, &fix_alone);
	lanes_of(tree, NULL);
	assert_null(fix_at(tree, FIX_CHASSIS "/PCIeDevices/" FIX_MEM0,
			   "PCIeInterface/LanesInUse"));
	json_decref(tree);
	model_free(model);
}

static bool is_behind_switch(const json_t *tree, const char *device)
{
	const char *port = json_string_value(fix_at(tree, device,
				"Links/ConnectedPCIePorts/0/@odata.id"));

	return port && strstr(port, "/Switches/");
}

static size_t n_attached, n_direct;

static void place_of(const json_t *tree, const struct rf_view *view)
{
	static const char *const place[] = { "SegmentNumber", "BusNumber",
					     "DeviceNumber", "FunctionNumber" };
	const char *uri, *device;
	json_t *obj;
	size_t i;

	(void)view;
	json_object_foreach((json_t *)tree, uri, obj) {
		if (!is_of(obj, "PCIeFunction"))
			continue;
		device = fix_str(tree, uri, "Links/PCIeDevice/@odata.id");
		if (!is_behind_switch(tree, device)) {
			n_direct++;
			continue;
		}
		n_attached++;
		for (i = 0; i < 4; i++)
			assert_null(json_object_get(obj, place[i]));
	}
}

/* "shall not be present if the PCIe device function is fabric-attached" */
static void test_place(void **state)
{
	(void)state;
	fix_each_tree(place_of);
	assert_true(n_attached > 0);
	assert_true(n_direct > 0);
}

/* "shall only be present if [it] is not associated with a ComputerSystem" */
static void function_ethernet_of(const json_t *tree,
				 const struct rf_view *view)
{
	const char *uri;
	json_t *obj;

	(void)view;
	json_object_foreach((json_t *)tree, uri, obj)
		if (is_of(obj, "NetworkDeviceFunction"))
			assert_null(at(obj, "Ethernet/EthernetInterfaces"));
}

static void test_function_ethernet(void **state)
{
	(void)state;
	fix_each_tree(function_ethernet_of);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_rules_can_fail),
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_function_ethernet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
