// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Regions: what the host maps, over which devices, and what it is used for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture_state.h"

static void test_chunks(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, CHUNKS, "Name"), "region0");
	assert_string_equal(fix_str(tree, CHUNKS, "AddressRangeType"),
			    "Volatile");
	assert_int_equal(fix_int(tree, CHUNKS, "AddressRangeOffsetMiB"),
			 0x430000000 >> 20);
	assert_int_equal(fix_int(tree, CHUNKS, "MemoryChunkSizeMiB"), 2048);
	assert_int_equal(fix_int(tree, CHUNKS,
				 "Oem/Fabmon/InterleaveGranularityBytes"), 256);
	assert_string_equal(fix_str(tree, PMEM_CHUNKS, "AddressRangeType"),
			    "PMEM");
	assert_string_equal(fix_str(tree, PMEM_CHUNKS, "DisplayName"),
			    "8f4c2a7e-3a51-4f35-9a26-0f6a3f5f8d11");
}

/* In the order of positions, which is not that of names. */
static void test_interleave(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_int_equal(json_array_size(fix_at(tree, CHUNKS,
						"InterleaveSets")), 2);
	assert_string_equal(fix_str(tree, CHUNKS,
				    "InterleaveSets/0/Memory/@odata.id"),
			    MEM(FIX_MEM1 "-ram"));
	assert_string_equal(fix_str(tree, CHUNKS,
				    "InterleaveSets/1/Memory/@odata.id"),
			    MEM(FIX_MEM0 "-ram"));
	assert_int_equal(fix_int(tree, CHUNKS, "InterleaveSets/1/SizeMiB"),
			 1024);
	assert_string_equal(fix_str(tree, CHUNKS, "InterleaveSets/1/RegionId"),
			    "ram");
	assert_int_equal(fix_int(tree, PMEM_CHUNKS,
				 "InterleaveSets/0/OffsetMiB"), 2048);
	assert_string_equal(fix_str(tree, PMEM_CHUNKS,
				    "InterleaveSets/0/Memory/@odata.id"),
			    MEM(FIX_PMEM "-pmem"));
}

/* "No MemoryChunks but those that the host has really committed" */
static void test_only_committed(void **state)
{
	struct model *model = fix_host();
	struct model_node *region;
	json_t *tree;

	fix_cxl(model);
	fix_region(model);
	region = fix_node(model, "region0", FABMON_NODE_KIND_CXL_REGION);
	free(region->k.driver);
	region->k.driver = NULL;
	tree = fix_project(model, &fix_alone);
	assert_null(json_object_get(tree, CHUNKS));
	assert_null(fix_at(tree, WINDOW, "MemoryChunks"));
	assert_null(fix_at(tree, FIX_CXL, "Connections"));
	json_decref(tree);

	region->k.driver = strdup("cxl_region");
	region->region.size = 0;
	tree = fix_project(model, &fix_alone);
	assert_null(json_object_get(tree, CHUNKS));
	json_decref(tree);
	model_free(model);
}

/* Four ways: every position has its device, and its place in that device. */
static void test_four_ways(void **state)
{
	static const int ident[] = { 9, 7, 10, 8 };
	const char *uri = FIX_SYSTEM "/MemoryDomains/cfmws-c30000000-ram/"
			  "MemoryChunks/" FIX_REGION_FOUR;
	struct model *model = fix_host();
	char path[64], memory[256];
	json_t *tree;
	int i;

	(void)state;
	fix_four(model);
	tree = fix_project(model, &fix_alone);
	assert_int_equal(json_array_size(fix_at(tree, uri, "InterleaveSets")),
			 4);
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path),
			 "InterleaveSets/%d/Memory/@odata.id", i);
		snprintf(memory, sizeof(memory),
			 MEM("cxl-00000000dead00%02x-ram"), ident[i]);
		assert_string_equal(fix_str(tree, uri, path), memory);
		snprintf(path, sizeof(path), "InterleaveSets/%d/OffsetMiB", i);
		assert_int_equal(fix_int(tree, uri, path),
				 (ident[i] - 7) * 256);
		snprintf(path, sizeof(path), "InterleaveSets/%d/SizeMiB", i);
		assert_int_equal(fix_int(tree, uri, path), 1024);
	}
	assert_int_equal(fix_int(tree, uri,
				 "Oem/Fabmon/InterleaveGranularityBytes"),
			 1024);
	assert_string_equal(fix_str(tree, uri,
				    "Oem/Fabmon/Targets/0/DpaStart"),
			    "0x20000000");
	assert_int_equal(json_array_size(fix_at(tree, uri,
						"Links/MemoryRegions")), 4);
	json_decref(tree);
	model_free(model);
}

static json_t *region_used(const char *driver, uint64_t online)
{
	struct model *model = fix_host();
	json_t *tree;

	fix_cxl(model);
	fix_region(model);
	if (driver)
		fix_dax(model, driver, online);
	tree = fix_project(model, &fix_alone);
	model_free(model);
	return tree;
}

static void test_system_memory(void **state)
{
	json_t *tree = region_used("kmem", 1ULL << 30);

	(void)state;
	assert_string_equal(fix_str(tree, CHUNKS, "Status/State"), "Enabled");
	assert_string_equal(fix_str(tree, CHUNKS, "Oem/Fabmon/Use"),
			    "SystemMemory");
	assert_int_equal(fix_int(tree, CHUNKS, "Oem/Fabmon/OnlineBytes"),
			 1 << 30);
	assert_int_equal(fix_int(tree, CHUNKS,
				 "Oem/Fabmon/OnlineMemory/0/NumaNode"), 2);
	assert_string_equal(fix_str(tree, CHUNKS,
				    "Oem/Fabmon/OnlineMemory/0/HpaStart"),
			    "0x430000000");
	json_decref(tree);

	/* none of its blocks was set online */
	tree = region_used("kmem", 0);
	assert_string_equal(fix_str(tree, CHUNKS, "Status/State"),
			    "StandbyOffline");
	assert_int_equal(fix_int(tree, CHUNKS, "Oem/Fabmon/OnlineBytes"), 0);
	json_decref(tree);
}

static void test_other_uses(void **state)
{
	json_t *tree = region_used("device_dax", 0);

	assert_string_equal(fix_str(tree, CHUNKS, "Oem/Fabmon/Use"),
			    "DeviceDax");
	assert_string_equal(fix_str(tree, CHUNKS, "Status/State"), "Enabled");
	assert_string_equal(fix_str(tree, CHUNKS,
				    "Oem/Fabmon/DaxDevices/0/KernelName"),
			    "dax0.0");
	assert_null(fix_at(tree, CHUNKS, "Oem/Fabmon/OnlineBytes"));
	json_decref(tree);
	/* nobody uses it, as far as is known */
	tree = region_used(NULL, 0);
	assert_null(fix_at(tree, CHUNKS, "Oem/Fabmon/Use"));
	json_decref(tree);
	assert_string_equal(fix_str(fix_tree_of(state), PMEM_CHUNKS,
				    "Oem/Fabmon/Use"), "PersistentMemory");
}

/* The driver let go of it; its decoders still map it. */
static void test_no_driver(void **state)
{
	struct model *model = fix_host();
	struct model_node *region;
	json_t *tree;

	(void)state;
	fix_cxl(model);
	fix_region(model);
	region = fix_node(model, "region0", FABMON_NODE_KIND_CXL_REGION);
	region->k.region.has = KNL_HAS(FABMON_A_CXL_REGION_COMMITTED);
	region->k.region.committed = 1;
	free(region->k.driver);
	region->k.driver = NULL;
	tree = fix_project(model, &fix_alone);
	assert_string_equal(fix_str(tree, CHUNKS, "Status/State"), "Disabled");
	json_decref(tree);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_interleave),
		cmocka_unit_test(test_only_committed),
		cmocka_unit_test(test_four_ways),
		cmocka_unit_test(test_system_memory),
		cmocka_unit_test(test_other_uses),
		cmocka_unit_test(test_no_driver),
	};

	return cmocka_run_group_tests(tests, fix_setup, fix_teardown);
}
