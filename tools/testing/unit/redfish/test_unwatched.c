// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Resources of a provider that is not loaded: they stay, in the state that they
 * were in, and say that nobody watches them.
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

#define SINCE		1795514794000000000ULL
#define SINCE_TEXT	"2026-11-24T10:06:34.000000Z"

static json_t *project(struct model *model)
{
	return fix_project(model, &fix_alone);
}

static struct model *everything(void)
{
	struct model *model = fix_all();

	fix_ipoib(model);
	fix_lan(model);
	fix_virtual(model);
	return model;
}

/* While a module is exchanged nobody learns of it. */
static void test_not_at_once(void **state)
{
	struct model *model = everything();
	json_t *before = project(model), *after;

	model_unwatch(model, MODEL_RDMA, SINCE);
	model_unwatch(model, MODEL_CXL, SINCE);
	after = project(model);
	assert_true(json_equal(before, after));
	json_decref(after);
	/* nor of a new instance of the module, which numbers nodes anew */
	model_keep_all(model);
	after = project(model);
	assert_true(json_equal(before, after));
	json_decref(after);
	json_decref(before);
	model_free(model);
}

static bool is_rdma(const char *uri)
{
	return strstr(uri, "/NetworkAdapters/") ||
	       strstr(uri, "/NetworkInterfaces/") ||
	       strstr(uri, "/EthernetInterfaces/") ||
	       strstr(uri, "/Fabrics/IB-") || strstr(uri, "/Fabrics/RoCE-");
}

static bool is_cxl(const char *uri)
{
	return strstr(uri, "/Memory/") || strstr(uri, "/MemoryDomains/") ||
	       strstr(uri, "/Switches/") || strstr(uri, "/Fabrics/CXL-") ||
	       strstr(uri, "/FabricAdapters/");
}

/* Without what changes: it is to be the same on both sides. */
static json_t *bare(const json_t *resource)
{
	json_t *copy = json_deep_copy(resource), *status;

	status = json_object_get(copy, "Status");
	json_object_del(status, "HealthRollup");
	return copy;
}

static void same_but_rollup(const json_t *a, const json_t *b, const char *uri)
{
	json_t *one = bare(a), *two = bare(b);

	if (!json_equal(one, two))
		fail_msg("%s is another", uri);
	json_decref(one);
	json_decref(two);
}

static void says_so(const json_t *tree, const json_t *before, const char *uri)
{
	const json_t *status = fix_at(tree, uri, "Status"), *list;

	assert_string_equal(fix_str(tree, uri, "Status/State"),
			    fix_str(before, uri, "Status/State"));
	assert_null(json_object_get(status, "Health"));
	assert_null(json_object_get(status, "HealthRollup"));
	list = json_object_get(status, "Conditions");
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(fix_str(tree, uri, "Status/Conditions/0/Message"),
			    "Not watched since " SINCE_TEXT ".");
	assert_string_equal(fix_str(tree, uri, "Status/Conditions/0/Timestamp"),
			    SINCE_TEXT);
}

/* @gone, of the others @kept: which resources are to show it. */
static void shown(enum model_provider provider, bool (*mine)(const char *uri),
		  bool (*others)(const char *uri))
{
	struct model *model = everything();
	json_t *before = project(model), *after, *obj;
	unsigned int count = 0;
	const char *uri;

	fix_conditions(model);
	model_unwatch(model, provider, SINCE);
	model_unwatched_show(model, provider);
	after = project(model);
	assert_int_equal(json_object_size(before), json_object_size(after));
	json_object_foreach(before, uri, obj) {
		assert_non_null(json_object_get(after, uri));
		if (mine(uri) && json_object_get(obj, "Status")) {
			says_so(after, before, uri);
			count++;
		} else if (provider == MODEL_CXL && others(uri)) {
			same_but_rollup(obj, json_object_get(after, uri), uri);
		}
	}
	assert_true(count > 10);
	json_decref(after);
	json_decref(before);
	model_free(model);
}

static void test_rdma(void **state)
{
	shown(MODEL_RDMA, is_rdma, is_cxl);
}

static void test_cxl(void **state)
{
	shown(MODEL_CXL, is_cxl, is_rdma);
}

static bool anywhere(const json_t *value, const char *wanted)
{
	const json_t *below;
	const char *key;
	size_t i;

	json_object_foreach((json_t *)value, key, below)
		if (!strcmp(key, wanted) || anywhere(below, wanted))
			return true;
	json_array_foreach(value, i, below)
		if (anywhere(below, wanted))
			return true;
	return false;
}

static void test_negotiated(void **state)
{
	static const char port[] = FIX_ADAPTERS "/" FIX_HCA "/Ports/1";
	struct model *model = everything();
	json_t *before = project(model), *after;
	const json_t *was = json_object_get(before, port), *is;

	model_unwatch(model, MODEL_RDMA, SINCE);
	model_unwatched_show(model, MODEL_RDMA);
	after = project(model);
	is = json_object_get(after, port);
	assert_true(anywhere(was, "CurrentSpeedGbps"));
	assert_true(anywhere(was, "LinkStatus"));
	assert_true(anywhere(was, "PhysicalState"));
	assert_false(anywhere(is, "CurrentSpeedGbps"));
	assert_false(anywhere(is, "LinkStatus"));
	assert_false(anywhere(is, "PhysicalState"));
	/* what it can do, and what was asked of it */
	assert_true(anywhere(is, "InterfaceEnabled"));
	assert_true(anywhere(is, "MaxFrameSize"));
	json_decref(after);
	json_decref(before);
	model_free(model);
}

/* The host is not known to be well, but may be known to be ill. */
static void test_rollup(void **state)
{
	struct model *model = fix_host();
	json_t *tree;

	fix_hca(model);
	fix_cxl(model);
	fix_pmem(model);
	tree = project(model);
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "Status/HealthRollup"),
			    "OK");
	json_decref(tree);

	model_unwatch(model, MODEL_RDMA, SINCE);
	model_unwatched_show(model, MODEL_RDMA);
	tree = project(model);
	assert_null(fix_at(tree, FIX_SYSTEM, "Status/HealthRollup"));
	assert_null(fix_at(tree, FIX_CHASSIS, "Status/HealthRollup"));
	json_decref(tree);

	fix_conditions(model);
	tree = project(model);
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "Status/HealthRollup"),
			    "Critical");
	json_decref(tree);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_at_once),
		cmocka_unit_test(test_rdma),
		cmocka_unit_test(test_cxl),
		cmocka_unit_test(test_negotiated),
		cmocka_unit_test(test_rollup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
