// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Metrics of CXL memory: PCI's error counters from sysfs, and what the device
 * reported in its last memory module event.
 */
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
#include "readings_fixture.h"
#include "tree/readings.h"
#include "tempdir.h"
#include "tree/tree.h"

#define METRICS	FIX_CHASSIS "/FabricAdapters/" FIX_MEM0 "/Ports/1/Metrics"
#define RAM	FIX_SYSTEM "/Memory/" FIX_PMEM "-ram"
#define PMEM	FIX_SYSTEM "/Memory/" FIX_PMEM "-pmem"
#define AER	"bus/pci/devices/0000:0f:00.0/aer_dev_"

static int setup(void **state)
{
	struct model *model = fix_host();

	fix_cxl(model);
	fix_pmem(model);
	*state = readings_fixture_new(model);
	return 0;
}

static int teardown(void **state)
{
	readings_fixture_free(*state);
	return 0;
}

/* ---- PCI errors --------------------------------------------------------- */

/* As Linux prints them; the kinds that do not matter here are left out. */
static void aer_files(struct readings_fixture *f)
{
	tempdir_write(f->dir, AER "correctable", "RxErr 1\nBadTLP 2\n"
		      "BadDLLP 3\nRollover 4\nTimeout 5\nNonFatalErr 0\n"
		      "CorrIntErr 0\nHeaderOF 0\nTOTAL_ERR_COR 15\n");
	tempdir_write(f->dir, AER "nonfatal", "Undefined 0\nDLP 0\n"
		      "UnsupReq 6\nTOTAL_ERR_NONFATAL 6\n");
	tempdir_write(f->dir, AER "fatal", "DLP 7\nUnsupReq 1\n"
		      "TOTAL_ERR_FATAL 8\n");
}

static void test_aer(void **state)
{
	struct readings_fixture *f = *state;
	json_t *tree;

	aer_files(f);
	tree = readings_fixture_read(f, METRICS);
	assert_int_equal(fix_int(tree, METRICS,
				 "PCIeErrors/CorrectableErrorCount"), 15);
	assert_int_equal(fix_int(tree, METRICS, "PCIeErrors/BadTLPCount"), 2);
	assert_int_equal(fix_int(tree, METRICS, "PCIeErrors/BadDLLPCount"), 3);
	assert_int_equal(fix_int(tree, METRICS,
				 "PCIeErrors/ReplayRolloverCount"), 4);
	assert_int_equal(fix_int(tree, METRICS,
				 "PCIeErrors/NonFatalErrorCount"), 6);
	assert_int_equal(fix_int(tree, METRICS,
				 "PCIeErrors/FatalErrorCount"), 8);
	/* whichever it was set up to be */
	assert_int_equal(fix_int(tree, METRICS,
				 "PCIeErrors/UnsupportedRequestCount"), 7);
	/* those without a property, if they happened */
	assert_int_equal(json_array_size(fix_at(tree, METRICS,
				"Oem/Fabmon/CorrectableErrors")), 2);
	assert_string_equal(fix_str(tree, METRICS,
				    "Oem/Fabmon/FatalErrors/0/Name"), "DLP");
	assert_int_equal(fix_int(tree, METRICS,
				 "Oem/Fabmon/FatalErrors/0/Value"), 7);
	assert_null(fix_at(tree, METRICS, "Oem/Fabmon/NonFatalErrors"));
	json_decref(tree);
	/* nothing of it is kept */
	assert_true(tree_is_placeholder(tree_get(f->tree, METRICS)));
}

/* A kernel without AER, or a device that is gone. */
static void test_no_aer(void **state)
{
	json_t *tree = readings_fixture_read(*state, METRICS);

	assert_null(fix_at(tree, METRICS, "PCIeErrors"));
	json_decref(tree);
}

static void test_aer_nonsense(void **state)
{
	struct readings_fixture *f = *state;
	char text[4096];
	json_t *tree;
	size_t used = 0;
	int i;

	tempdir_write(f->dir, AER "correctable", "TOTAL_ERR_COR\n\n 5\n"
		      "BadTLP -1\nBadDLLP 99999999999999999999999\n"
		      "Rollover 18446744073709551615\n");
	tempdir_write(f->dir, AER "nonfatal", "A_name_that_is_much_longer_than_"
		      "any_that_a_kernel_has_ever_had 5\n"
		      "UnsupReq 18446744073709551615\n");
	tempdir_write(f->dir, AER "fatal", "UnsupReq 18446744073709551615\n");
	tree = readings_fixture_read(f, METRICS);
	assert_int_equal(json_object_size(fix_at(tree, METRICS,
						 "PCIeErrors")), 2);
	assert_true(fix_int(tree, METRICS, "PCIeErrors/ReplayRolloverCount") ==
		    INT64_MAX);
	assert_true(fix_int(tree, METRICS,
			    "PCIeErrors/UnsupportedRequestCount") == INT64_MAX);
	json_decref(tree);

	for (i = 0; used + 16 < sizeof(text); i++)
		used += (size_t)sprintf(text + used, "E%d 1\n", i);
	tempdir_write(f->dir, AER "correctable", text);
	tree = readings_fixture_read(f, METRICS);
	assert_true(json_array_size(fix_at(tree, METRICS,
			"Oem/Fabmon/CorrectableErrors")) <= 256);
	json_decref(tree);
}

/* ---- what the device reported ------------------------------------------- */

static void set(struct knl_event *event, int attr, uint64_t value)
{
	event->has[attr] = true;
	event->num[attr] = value;
}

/* A memory module event of the device with both kinds. */
static void module_event(struct readings_fixture *f, uint32_t additional,
			 uint32_t life_used, int64_t temperature)
{
	struct model_node *node = fix_node(f->model, "mem2",
					   FABMON_NODE_KIND_CXL_MEMDEV);
	struct knl_event event = { 0 };

	set(&event, FABMON_A_EVENT_TYPE, FABMON_EVENT_TYPE_MEMORY_MODULE);
	set(&event, FABMON_A_EVENT_NODE, node->k.id);
	set(&event, FABMON_A_EVENT_HEALTH_STATUS, 0x02);
	set(&event, FABMON_A_EVENT_MEDIA_STATUS, 0x03);
	set(&event, FABMON_A_EVENT_ADDITIONAL_STATUS, additional);
	set(&event, FABMON_A_EVENT_LIFE_USED, life_used);
	set(&event, FABMON_A_EVENT_TEMPERATURE, (uint64_t)temperature);
	set(&event, FABMON_A_EVENT_DIRTY_SHUTDOWNS, 9);
	set(&event, FABMON_A_EVENT_CORRECTED_VOLATILE_ERRORS, 11);
	set(&event, FABMON_A_EVENT_CORRECTED_PERSISTENT_ERRORS, 12);
	model_module_note(node, &event, 1795356000123456789);
	assert_true(readings_fixture_publish(f) >= 0);
}

static void test_module(void **state)
{
	const char *ram = RAM "/MemoryMetrics", *pmem = PMEM "/MemoryMetrics";
	struct readings_fixture *f = *state;
	json_t *tree;

	/* temperature critical; corrected volatile errors past the threshold */
	module_event(f, 0x18, 40, 85);
	tree = readings_fixture_read(f, ram);
	assert_int_equal(fix_int(tree, ram, "CorrectedVolatileErrorCount"),
			 11);
	assert_null(fix_at(tree, ram, "CorrectedPersistentErrorCount"));
	assert_null(fix_at(tree, ram, "DirtyShutdownCount"));
	assert_int_equal(fix_int(tree, ram,
				 "HealthData/PredictedMediaLifeLeftPercent"),
			 60);
	assert_true(json_is_true(fix_at(tree, ram,
					"HealthData/PerformanceDegraded")));
	assert_true(json_is_true(fix_at(tree, ram,
					"HealthData/DataLossDetected")));
	assert_true(json_is_true(fix_at(tree, ram,
			"HealthData/AlarmTrips/Temperature")));
	assert_true(json_is_true(fix_at(tree, ram,
			"HealthData/AlarmTrips/CorrectableECCError")));
	assert_string_equal(fix_str(tree, ram, "Oem/Fabmon/ReportedTime"),
			    "2026-11-22T14:00:00.123456Z");
	json_decref(tree);

	tree = readings_fixture_read(f, pmem);
	assert_int_equal(fix_int(tree, pmem, "CorrectedPersistentErrorCount"),
			 12);
	assert_int_equal(fix_int(tree, pmem, "DirtyShutdownCount"), 9);
	assert_null(fix_at(tree, pmem, "CorrectedVolatileErrorCount"));
	assert_true(json_is_false(fix_at(tree, pmem,
			"HealthData/AlarmTrips/CorrectableECCError")));
	json_decref(tree);

	tree = readings_fixture_read(f, RAM "/EnvironmentMetrics");
	assert_int_equal(fix_int(tree, RAM "/EnvironmentMetrics",
				 "TemperatureCelsius/Reading"), 85);
	json_decref(tree);
	/* a number is read, not published */
	assert_true(tree_is_placeholder(tree_get(f->tree, ram)));
}

/* "Not implemented" has numbers, too. */
static void test_module_unknown(void **state)
{
	const char *ram = RAM "/MemoryMetrics";
	struct readings_fixture *f = *state;
	json_t *tree;

	module_event(f, 0, 255, 0x7fff);
	tree = readings_fixture_read(f, ram);
	assert_null(fix_at(tree, ram,
			   "HealthData/PredictedMediaLifeLeftPercent"));
	assert_null(tree_get(f->tree, RAM "/EnvironmentMetrics"));
	json_decref(tree);
	module_event(f, 0, 0, -10);
	tree = readings_fixture_read(f, RAM "/EnvironmentMetrics");
	assert_int_equal(fix_int(tree, RAM "/EnvironmentMetrics",
				 "TemperatureCelsius/Reading"), -10);
	json_decref(tree);
}

/* No values before the first event of the device. */
static void test_module_silent(void **state)
{
	const char *ram = RAM "/MemoryMetrics";
	json_t *tree = readings_fixture_read(*state, ram);

	assert_null(fix_at(tree, ram, "HealthData"));
	assert_null(fix_at(tree, ram, "Oem"));
	json_decref(tree);
}

/* Events reach it the way that all of them do. */
static void test_module_event(void **state)
{
	struct readings_fixture *f = *state;
	struct model_node *node = fix_node(f->model, "mem0",
					   FABMON_NODE_KIND_CXL_MEMDEV);
	const struct model_stamp stamp = { .instance = 1, .seq = 7 };
	struct knl_event event;

	event = event_of_type(FABMON_EVENT_TYPE_MEMORY_MODULE, node->k.id);
	event_set(&event, FABMON_A_EVENT_LIFE_USED, 30);
	event_pack(&event);
	model_health(f->model, &event, 0, &stamp);
	assert_int_equal(node->module.life_used, 30);
	assert_int_equal(node->module.health, -1);
	/* another kind of event does not change it */
	event = event_of_type(FABMON_EVENT_TYPE_DRAM, node->k.id);
	event_set(&event, FABMON_A_EVENT_LIFE_USED, 50);
	event_pack(&event);
	model_health(f->model, &event, 0, &stamp);
	assert_int_equal(node->module.life_used, 30);
	/* the log knows it still when the device is there anew */
	memset(&node->module, 0, sizeof(node->module));
	node->settled = false;
	model_health_settle(f->model, &stamp);
	assert_true(node->module.known);
	assert_int_equal(node->module.life_used, 30);
}

static void test_valid(void **state)
{
	static const char *const uris[] = {
		METRICS, RAM "/MemoryMetrics", PMEM "/MemoryMetrics",
		PMEM "/EnvironmentMetrics"
	};
	struct readings_fixture *f = *state;
	json_t *resource;
	size_t i;
	int ret;

	aer_files(f);
	module_event(f, 0x3f, 10, 50);
	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		resource = tree_read(f->tree, uris[i]);
		ret = fix_validate_doc(resource);
		json_decref(resource);
		if (ret < 0)
			skip();
		assert_int_equal(ret, 0);
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_aer), TEST(test_no_aer), TEST(test_aer_nonsense),
		TEST(test_module), TEST(test_module_unknown),
		TEST(test_module_silent), TEST(test_module_event),
		TEST(test_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
