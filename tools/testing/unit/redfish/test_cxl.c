// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* CXL memory devices as Redfish resources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture_state.h"

/* Calls @fn for each resource of a type. */
static void each(const json_t *tree, const char *type,
		 void (*fn)(const json_t *tree, const char *uri))
{
	const char *uri, *have;
	char start[64];
	json_t *obj;
	size_t n = 0;

	snprintf(start, sizeof(start), "#%s.v", type);
	json_object_foreach((json_t *)tree, uri, obj) {
		have = json_string_value(json_object_get(obj, "@odata.type"));
		if (strncmp(have, start, strlen(start)))
			continue;
		fn(tree, uri);
		n++;
	}
	assert_true(n > 0);
}

/* ---- adapters and memory ------------------------------------------------- */

static void test_fabric_adapters(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_non_null(json_object_get(tree, FA(FIX_MEM0)));
	assert_non_null(json_object_get(tree, FA(FIX_MEM1)));
	assert_non_null(json_object_get(tree, FA(FIX_PMEM)));
	assert_non_null(json_object_get(tree, FA(FIX_NOSERIAL)));
	assert_string_equal(fix_str(tree, FA(FIX_MEM0), "Name"), "mem0");
	assert_true(fix_links(tree, FA(FIX_MEM0), "Links/MemoryDomains",
			      WINDOW));
	assert_true(fix_links(tree, FA(FIX_MEM0), "Links/PCIeDevices",
			      FIX_CHASSIS "/PCIeDevices/" FIX_MEM0));
}

static void port_is_complete(const json_t *tree, const char *uri)
{
	assert_true(*fix_str(tree, uri, "PortId"));
	assert_non_null(fix_at(tree, uri, "PortProtocol"));
}

static void test_ports(void **state)
{
	each(fix_tree_of(state), "Port", port_is_complete);
}

static void test_endpoints(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, TARGET(FIX_MEM0),
			"ConnectedEntities/0/EntityType"), "FabricBridge");
	assert_string_equal(fix_str(tree, TARGET(FIX_MEM0),
			"ConnectedEntities/0/EntityRole"), "Target");
	assert_string_equal(fix_str(tree, INITIATOR,
			"ConnectedEntities/0/EntityRole"), "Initiator");
	assert_string_equal(fix_str(tree, TARGET(FIX_MEM0),
			"Identifiers/0/DurableName"),
			    "00-00-00-00-DE-AD-00-01:0000");
}

static void test_memory(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_int_equal(fix_int(tree, MEM(FIX_PMEM "-ram"), "CapacityMiB"),
			 2048);
	assert_int_equal(fix_int(tree, MEM(FIX_PMEM "-pmem"), "CapacityMiB"),
			 6144);
	assert_int_equal(fix_int(tree, MEM(FIX_PMEM "-pmem"),
				 "Regions/0/OffsetMiB"), 2048);
	assert_int_equal(fix_int(tree, MEM(FIX_PMEM "-pmem"),
				 "CXL/LabelStorageSizeBytes"), 131072);
	assert_null(json_object_get(tree, MEM(FIX_MEM0 "-pmem")));
	assert_string_equal(fix_str(tree, MEM(FIX_MEM0 "-ram"),
				    "SecurityState"), "Disabled");
}

static void test_domains(void **state)
{
	const json_t *tree = fix_tree_of(state);

	/* a window for both kinds is two domains */
	assert_non_null(json_object_get(tree, WINDOW2 "-ram"));
	assert_non_null(json_object_get(tree, WINDOW2 "-pmem"));
	assert_null(json_object_get(tree, FIX_SYSTEM "/MemoryDomains/"
				    "cfmws-430000000-pmem"));
	assert_true(fix_links(tree, WINDOW, "Links/FabricAdapters",
			      FA(FIX_MEM1)));
	assert_true(fix_links(tree, WINDOW, "Links/CXLLogicalDevices",
			      LD(FIX_MEM1)));
	assert_true(fix_links(tree, WINDOW2 "-pmem", "Links/FabricAdapters",
			      FA(FIX_PMEM)));
	assert_false(fix_links(tree, WINDOW2 "-pmem", "Links/FabricAdapters",
			       FA(FIX_MEM0)));
}

/* Where chunks can be made there is a collection, if need be an empty one. */
static void test_makes(void **state)
{
	struct rf_agent agent = fix_alone;
	struct model *model = fix_host();
	json_t *tree;

	fix_cxl(model);
	agent.actions = true;
	tree = fix_project(model, &agent);
	assert_true(json_is_true(fix_at(tree, WINDOW,
					"AllowsMemoryChunkCreation")));
	assert_string_equal(fix_str(tree, WINDOW, "MemoryChunks/@odata.id"),
			    WINDOW "/MemoryChunks");
	assert_int_equal(fix_int(tree, WINDOW "/MemoryChunks",
				 "Members@odata.count"), 0);
	json_decref(tree);
	/* Sunfish has no empty collections */
	agent.ofmf = true;
	tree = fix_project(model, &agent);
	assert_true(json_is_true(fix_at(tree, WINDOW,
					"AllowsMemoryChunkCreation")));
	assert_null(fix_at(tree, WINDOW, "MemoryChunks"));
	assert_non_null(json_object_get(tree, WINDOW "/MemoryChunks"));
	json_decref(tree);
	fix_region(model);
	tree = fix_project(model, &agent);
	assert_non_null(fix_at(tree, WINDOW, "MemoryChunks"));
	json_decref(tree);
	model_free(model);
	/* not if nobody may */
	tree = json_incref((json_t *)fix_tree_of(state));
	assert_true(json_is_false(fix_at(tree, WINDOW,
					 "AllowsMemoryChunkCreation")));
	json_decref(tree);
}

/* ---- devices ------------------------------------------------------------ */

static void test_logical_device(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, LD(FIX_MEM0),
				    "Identifiers/0/DurableNameFormat"),
			    "GCXLID");
	assert_int_equal(fix_int(tree, LD(FIX_PMEM), "MemorySizeMiB"), 8192);
	assert_string_equal(fix_str(tree, LD(FIX_MEM0),
				    "Oem/Fabmon/KernelName"), "mem0");
	assert_true(fix_links(tree, LD(FIX_MEM0), "Links/MemoryChunks",
			      CHUNKS));
	/* without a serial number there is no global name */
	assert_null(fix_at(tree, LD(FIX_NOSERIAL), "Identifiers"));
	assert_null(fix_at(tree, MEM(FIX_NOSERIAL "-ram"), "SerialNumber"));
}

/* The driver goes: the state changes, no URI does. */
static void test_unbound(void **state)
{
	struct model *model = fix_host();
	json_t *before, *after;
	const char *uri;
	json_t *obj;

	fix_cxl(model);
	before = fix_project(model, &fix_alone);
	fix_unbind(model);
	after = fix_project(model, &fix_alone);
	json_object_foreach(before, uri, obj)
		assert_non_null(json_object_get(after, uri));
	assert_string_equal(fix_str(before, LD(FIX_MEM0), "Status/State"),
			    "Enabled");
	assert_string_equal(fix_str(after, LD(FIX_MEM0), "Status/State"),
			    "Disabled");
	assert_string_equal(fix_str(after, MEM(FIX_MEM0 "-ram"),
				    "Status/State"), "Disabled");
	assert_string_equal(fix_str(after, TARGET(FIX_MEM0), "Status/State"),
			    "Disabled");
	/* its capacity is not to be had */
	assert_int_equal(fix_int(before, WINDOW, "MemorySizeMiB"), 8192);
	assert_int_equal(fix_int(after, WINDOW, "MemorySizeMiB"), 4096);
	json_decref(before);
	json_decref(after);
	model_free(model);
}

/* Buses from 0d on get other numbers; 0c is the host bridge's own. */
static void renumber(char *text)
{
	char *at = text;

	while (text && (at = strstr(at, "0000:"))) {
		at += strlen("0000:");
		if (strncmp(at, "0c", 2) && at[2] == ':')
			at[0] = at[0] == '4' ? '7' : '5';
	}
}

/* A card with bridges came in: the same URIs, whatever buses are called now. */
static void test_renumbered(void **state)
{
	struct model *before = fix_host(), *after = fix_host();
	struct model_node *node;
	json_t *a, *b, *obj;
	const char *uri;
	size_t i;

	(void)state;
	fix_cxl(before);
	fix_pmem(before);
	fix_noserial(before);
	fix_noserial(after);
	fix_pmem(after);
	fix_cxl(after);
	for (node = model_first(after); node; node = node->next) {
		renumber(node->k.path);
		renumber(node->k.pci);
		for (i = 0; i < node->k.n_edges; i++) {
			renumber(node->k.edges[i].path);
			renumber(node->k.edges[i].pci);
		}
	}
	a = fix_project(before, &fix_alone);
	b = fix_project(after, &fix_alone);
	assert_string_equal(fix_str(b, LD(FIX_NOSERIAL),
				    "Oem/Fabmon/PciAddress"), "0000:7e:00.0");
	assert_int_equal(json_object_size(a), json_object_size(b));
	json_object_foreach(a, uri, obj)
		assert_non_null(json_object_get(b, uri));
	json_decref(a);
	json_decref(b);
	model_free(before);
	model_free(after);
}

/* The driver is there, but what leads to the device is not. */
static void test_unreachable(void **state)
{
	struct model *model = fix_host();
	struct model_node *node;
	json_t *tree;

	(void)state;
	fix_cxl(model);
	node = fix_node(model, "endpoint0", FABMON_NODE_KIND_CXL_ENDPOINT);
	model_node_drop(model, node->k.id);
	tree = fix_project(model, &fix_alone);
	assert_string_equal(fix_str(tree, MEM(FIX_MEM0 "-ram"),
				    "Status/State"), "UnavailableOffline");
	assert_string_equal(fix_str(tree, MEM(FIX_MEM0 "-ram"),
				    "SerialNumber"), "0x00000000dead0001");
	json_decref(tree);
	model_free(model);
}

/* The partitions, as the device sees them. */
static void test_memory_regions(void **state)
{
	const char *ram = LD(FIX_PMEM) "/MemoryRegions/ram";
	const char *pmem = LD(FIX_PMEM) "/MemoryRegions/pmem";
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, ram, "RegionType"), "Static");
	assert_int_equal(fix_int(tree, ram, "RegionNumber"), 0);
	assert_int_equal(fix_int(tree, ram, "RegionBaseOffsetMiB"), 0);
	assert_int_equal(fix_int(tree, ram, "RegionSizeMiB"), 2048);
	assert_true(json_is_false(fix_at(tree, ram, "NonVolatileRegion")));
	assert_int_equal(fix_int(tree, pmem, "RegionNumber"), 1);
	assert_int_equal(fix_int(tree, pmem, "RegionBaseOffsetMiB"), 2048);
	assert_int_equal(fix_int(tree, pmem, "RegionSizeMiB"), 6144);
	assert_true(json_is_true(fix_at(tree, pmem, "NonVolatileRegion")));
	assert_true(fix_links(tree, FIX_SYSTEM "/MemoryDomains/"
			      "cfmws-830000000-pmem/MemoryChunks/"
			      FIX_REGION_PMEM,
			      "Links/MemoryRegions", pmem));
	assert_null(json_object_get(tree, LD(FIX_MEM0) "/MemoryRegions/pmem"));
}

/* Oem properties: of a window those from firmware, of a device its own. */
static void test_oem(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, WINDOW2 "-ram",
				    "Oem/Fabmon/Restrictions/1"),
			    "Persistent");
	assert_int_equal(fix_int(tree, WINDOW2 "-ram",
				 "Oem/Fabmon/QosThrottlingGroup"), 1);
	assert_null(fix_at(tree, WINDOW, "Oem/Fabmon/QosThrottlingGroup"));
	assert_string_equal(fix_str(tree, WINDOW,
				    "Oem/Fabmon/TargetHostBridges/0"),
			    "pci0000:0c");
	assert_int_equal(fix_int(tree, LD(FIX_MEM0),
				 "Oem/Fabmon/VolatileQosClass"), 1);
	assert_null(fix_at(tree, LD(FIX_MEM1), "Oem/Fabmon/VolatileQosClass"));
	assert_string_equal(fix_str(tree, HOST_ADAPTER,
			"Oem/Fabmon/HostBridges/0/Location"), "pci0000-0c");
	assert_string_equal(fix_str(tree, HOST_ADAPTER,
			"Oem/Fabmon/HostBridges/0/Decoders/0/Targets/0"),
			    "0000:0c:01.0");
	assert_string_equal(fix_str(tree, FIX_CHASSIS "/PCIeDevices/" FIX_MEM0,
				    "Slot/PCIeType"), "Gen5");
	assert_int_equal(fix_int(tree, FIX_CHASSIS "/PCIeDevices/" FIX_MEM0,
				 "Slot/Lanes"), 8);
}

static void test_health(void **state)
{
	const char *memory = MEM(FIX_MEM0 "-ram"), *poison;
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, LD(FIX_MEM0), "Status/Health"),
			    "Critical");
	assert_string_equal(fix_str(tree, memory, "Status/Health"),
			    "Critical");
	assert_int_equal(json_array_size(fix_at(tree, memory,
						"Status/Conditions")), 2);
	assert_string_equal(fix_str(tree, memory,
				    "Status/Conditions/0/MessageId"),
			    "ResourceEvent.1.4.ResourceErrorsDetected");
	assert_string_equal(fix_str(tree, memory,
				    "Status/Conditions/1/MessageId"),
			    "Platform.1.3.MemoryUncorrectableError");
	assert_string_equal(fix_str(tree, memory,
				    "Status/Conditions/1/Message"),
			    "Memory device '" FIX_MEM0
			    "' detected an uncorrectable error.");
	assert_string_equal(fix_str(tree, memory,
				    "Status/Conditions/1/Timestamp"),
			    "2026-11-22T14:00:00.123456Z");
	assert_int_equal(fix_int(tree, memory,
			"Status/Conditions/1/Oem/Fabmon/Count"), 3);
	assert_string_equal(fix_str(tree, CHUNKS, "Status/HealthRollup"),
			    "Critical");

	/* the address is in one of two partitions */
	poison = MEM(FIX_PMEM "-pmem");
	assert_string_equal(fix_str(tree, poison,
				    "Status/Conditions/0/MessageId"),
			    "Platform.1.3.MemoryContainedError");
	assert_string_equal(fix_str(tree, poison, "Status/Health"), "Warning");
	assert_string_equal(fix_str(tree, MEM(FIX_PMEM "-ram"),
				    "Status/Health"), "OK");
	assert_string_equal(fix_str(tree, LD(FIX_MEM1), "Status/Health"),
			    "OK");
	assert_null(fix_at(tree, LD(FIX_MEM1), "Status/Conditions"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fabric_adapters),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_makes),
		cmocka_unit_test(test_logical_device),
		cmocka_unit_test(test_unbound),
		cmocka_unit_test(test_renumbered),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_memory_regions),
		cmocka_unit_test(test_oem),
		cmocka_unit_test(test_health),
	};

	return cmocka_run_group_tests(tests, fix_setup, fix_teardown);
}
