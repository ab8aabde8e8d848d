// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What holds for every projected tree, whatever the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"
#include "json_memory.h"

static void validate(const char *name, struct model *model)
{
	static unsigned int turn;
	json_t *tree = fix_project(model, turn++ % 2 ? &fix_alone :
						       &fix_registered);
	int ret = fix_validate_tree(tree);

	json_decref(tree);
	if (ret < 0)
		skip();
	if (ret)
		fail_msg("host \"%s\" does not validate", name);
}

static void test_schemas(void **state)
{
	(void)state;
	fix_each_host(validate);
}

/* ---- shape -------------------------------------------------------------- */

static void check_value(const char *uri, const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_null(json))
		fail_msg("%s has a null", uri);
	if (json_is_object(json) && !json_object_size(json))
		fail_msg("%s has an empty object", uri);
	json_object_foreach((json_t *)json, key, value) {
		if (json_is_string(value) && !*json_string_value(value) &&
		    strcmp(key, "Context"))
			fail_msg("%s: %s is empty", uri, key);
		check_value(uri, value);
	}
	json_array_foreach(json, i, value)
		check_value(uri, value);
}

static void check_resource(const char *uri, json_t *obj)
{
	const char *id = json_string_value(json_object_get(obj, "Id"));

	assert_string_equal(json_string_value(json_object_get(obj,
							      "@odata.id")),
			    uri);
	assert_non_null(json_string_value(json_object_get(obj, "@odata.type")));
	assert_non_null(json_string_value(json_object_get(obj, "Name")));
	check_value(uri, obj);
	if (!strcmp(uri, RF_ROOT)) {
		assert_string_equal(id, "RootService");
		return;
	}
	assert_int_not_equal(uri[strlen(uri) - 1], '/');
	if (json_object_get(obj, "Members"))
		assert_null(id);
	else
		assert_string_equal(id, strrchr(uri, '/') + 1);
}

static void shape_of(const json_t *tree, const struct rf_view *view)
{
	const char *uri;
	json_t *obj;

	json_object_foreach((json_t *)tree, uri, obj)
		check_resource(uri, obj);
}

static void test_shape(void **state)
{
	fix_each_tree(shape_of);
}

/*
 * Empty collections are 404 at Sunfish; sessions and accounts, whose members
 * are the service's, must be there regardless, and subscriptions, where there
 * is no Sunfish that has one.
 */
static void collections_of(const json_t *tree, const struct rf_view *view)
{
	json_t *obj, *members, *ref;
	const char *uri, *last;
	size_t i;

	json_object_foreach((json_t *)tree, uri, obj) {
		members = json_object_get(obj, "Members");
		if (!members)
			continue;
		if (!json_array_size(members) &&
		    strcmp(uri, RF_PREFIX "/AccountService/Accounts") &&
		    (view ||
		     strcmp(uri, RF_PREFIX "/EventService/Subscriptions")))
			assert_string_equal(uri, RF_PREFIX
					    "/SessionService/Sessions");
		assert_int_equal(json_array_size(members),
				 fix_int(tree, uri, "Members@odata.count"));
		last = "";
		json_array_foreach(members, i, ref) {
			ref = json_object_get(ref, "@odata.id");
			assert_true(strverscmp(last,
					       json_string_value(ref)) < 0);
			last = json_string_value(ref);
			assert_non_null(json_object_get(tree, last));
			assert_int_equal(strncmp(last, uri, strlen(uri)), 0);
		}
	}
}

static void test_collections(void **state)
{
	fix_each_tree(collections_of);
}

/* ---- links -------------------------------------------------------------- */

/* Calls @fn for each link of a resource but those in Sunfish_RM. */
static void each_link(const json_t *json,
		      void (*fn)(const char *uri, void *ctx), void *ctx)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach((json_t *)json, key, value) {
		if (!strcmp(key, "@odata.id"))
			fn(json_string_value(value), ctx);
		else if (strcmp(key, "Sunfish_RM"))
			each_link(value, fn, ctx);
	}
	json_array_foreach(json, i, value)
		each_link(value, fn, ctx);
}

struct crawl {
	const json_t *tree;
	json_t *seen;
};

/*
 * The way Sunfish does: the resources above a resource first, then itself,
 * then all that it links. Its top-level collections are its own.
 */
static void crawl(const char *uri, void *ctx)
{
	struct crawl *c = ctx;
	const char *slash = uri + strlen(RF_ROOT);
	const json_t *obj;
	char up[512];

	slash = strchr(slash, '/');
	if (!slash || json_object_get(c->seen, uri))
		return;
	while ((slash = strchr(slash + 1, '/'))) {
		snprintf(up, sizeof(up), "%.*s", (int)(slash - uri), uri);
		crawl(up, ctx);
	}
	if (json_object_get(c->seen, uri))
		return;
	obj = json_object_get(c->tree, uri);
	if (!obj)
		fail_msg("the crawler gets 404 for %s", uri);
	json_object_set_new(c->seen, uri, json_true());
	each_link(obj, crawl, ctx);
}

static bool is_uploaded(const char *uri)
{
	return !strncmp(uri, RF_PREFIX "/Systems/", 20) ||
	       !strncmp(uri, RF_PREFIX "/Chassis/", 20) ||
	       !strncmp(uri, RF_PREFIX "/Fabrics/", 20);
}

static void crawl_of(const json_t *tree, const struct rf_view *view)
{
	struct crawl c = { .tree = tree, .seen = json_object() };
	const char *uri;
	json_t *obj;

	crawl(FIX_SYSTEM, &c);
	json_object_foreach((json_t *)tree, uri, obj)
		if (is_uploaded(uri) && !json_object_get(c.seen, uri))
			fail_msg("the crawler does not find %s", uri);
	json_object_foreach(c.seen, uri, obj)
		if (!is_uploaded(uri))
			fail_msg("the upload has %s", uri);
	json_decref(c.seen);
}

/* All of Systems, Chassis and Fabrics, nothing of the agent. */
static void test_crawl(void **state)
{
	fix_each_tree(crawl_of);
}

static void stamp_of(const json_t *tree, const struct rf_view *view)
{
	const char *path = "Oem/Sunfish_RM/ManagingAgent/@odata.id", *uri;
	char expected[128];
	bool stamped;
	json_t *obj;

	snprintf(expected, sizeof(expected), RF_PREFIX
		 "/AggregationService/AggregationSources/%s",
		 view && view->context ? view->context : "");
	json_object_foreach((json_t *)tree, uri, obj) {
		stamped = view && view->context && is_uploaded(uri) &&
			  !json_object_get(obj, "Members");
		if (stamped)
			assert_string_equal(fix_str(tree, uri, path), expected);
		else
			assert_null(fix_at(tree, uri, path));
	}
}

static void test_managing_agent(void **state)
{
	fix_each_tree(stamp_of);
}

static void agent_of(const json_t *tree, const struct rf_view *view)
{
	const char *method = RF_PREFIX "/AggregationService/ConnectionMethods/"
			     "host-" FIX_HOST;

	assert_string_equal(fix_str(tree, RF_ROOT, "Links/Sessions/@odata.id"),
			    fix_str(tree, RF_PREFIX "/SessionService",
				    "Sessions/@odata.id"));
	assert_int_equal(!view, !json_object_get(tree, method));
	assert_int_equal(!view, !json_object_get(tree, RF_SUBSCRIPTION_URI));
	if (!view)
		return;
	assert_string_equal(fix_str(tree, method, "ConnectionMethodType"),
			    "Redfish");
	assert_non_null(fix_at(tree, method, "Links/AggregationSources"));
	assert_string_equal(fix_str(tree, RF_SUBSCRIPTION_URI, "Context"),
			    view->context ? view->context : "");
	assert_string_equal(fix_str(tree, RF_SUBSCRIPTION_URI, "Destination"),
			    "http://ofmf.example.org:5000/EventListener");
}

static void test_agent(void **state)
{
	fix_each_tree(agent_of);
}

static void test_uris_of_others(void **state)
{
	struct model *model = fix_host();
	char *uri = rf_system_uri(model);

	assert_string_equal(uri, FIX_SYSTEM);
	free(uri);
	uri = rf_connection_method_uri(model);
	assert_string_equal(uri, RF_PREFIX "/AggregationService/"
			    "ConnectionMethods/host-" FIX_HOST);
	free(uri);
	model_free(model);
}

/* ---- stability ---------------------------------------------------------- */

static void test_same_bytes(void **state)
{
	struct model *one = fix_all(), *two = fix_all();
	json_t *a = fix_project(one, &fix_registered);
	json_t *b = fix_project(two, &fix_registered);
	json_t *c = fix_project(one, &fix_registered);
	char *x = json_dumps(a, 0), *y = json_dumps(b, 0);
	char *z = json_dumps(c, 0);

	assert_string_equal(x, y);
	assert_string_equal(x, z);
	free(x);
	free(y);
	free(z);
	json_decref(a);
	json_decref(b);
	json_decref(c);
	model_free(one);
	model_free(two);
}

static bool mentions(const json_t *json, const char *text)
{
	char *dump = json_dumps(json, 0);
	bool found = strstr(dump, text);

	free(dump);
	return found;
}

/* Names move, URIs stay; the name is somewhere, so that it can be found. */
static void test_renamed(void **state)
{
	static const char *const names[] = {
		"mlx5_0-renamed", "siw0-renamed", "mem0-renamed",
		"mem3-renamed", "region0-renamed", "decoder0.0-renamed"
	};
	struct model *one = fix_all(), *two;
	json_t *before, *after, *obj;
	const char *uri;
	size_t i;

	fix_suffix = "-renamed";
	two = fix_all();
	fix_suffix = "";
	before = fix_project(one, &fix_alone);
	after = fix_project(two, &fix_alone);
	assert_int_equal(json_object_size(before), json_object_size(after));
	json_object_foreach(after, uri, obj) {
		assert_non_null(json_object_get(before, uri));
		assert_null(strstr(uri, "renamed"));
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_true(mentions(after, names[i]));
	json_decref(before);
	json_decref(after);
	model_free(one);
	model_free(two);
}

/* The order in which the kernel finds devices shows nowhere. */
static void test_order(void **state)
{
	struct model *one = fix_host(), *two = fix_host();
	json_t *a, *b;

	fix_hca(one);
	fix_cxl(one);
	fix_pmem(one);
	fix_nic(one);
	fix_nic(two);
	fix_pmem(two);
	fix_cxl(two);
	fix_hca(two);
	a = fix_project(one, &fix_alone);
	b = fix_project(two, &fix_alone);
	assert_true(json_equal(a, b));
	json_decref(a);
	json_decref(b);
	model_free(one);
	model_free(two);
}

/* ---- memory -------------------------------------------------------------- */

/* Whichever allocation fails: NULL, and nothing is left behind. */
static void test_no_memory(void **state)
{
	struct model *model = fix_all();
	json_t *tree = NULL;
	size_t n, step = 1;

	model_identify(model);
	for (n = 0; !tree; n += step) {
		json_memory_limit(n);
		tree = rf_project(model, &fix_registered);
		json_memory_restore();
		step = n / 20 + 1;
	}
	assert_true(n > 1000);
	json_decref(tree);
	model_free(model);
}

/* ---- system ------------------------------------------------------------- */

static void test_system(void **state)
{
	struct model *model = fix_all();
	json_t *tree = fix_project(model, &fix_alone);

	assert_string_equal(fix_str(tree, FIX_SYSTEM, "HostName"),
			    "node01.example.org");
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "SystemType"),
			    "Physical");
	assert_int_equal(fix_int(tree, FIX_SYSTEM,
				 "ProcessorSummary/LogicalProcessorCount"), 32);
	assert_true(json_real_value(fix_at(tree, FIX_SYSTEM,
			"MemorySummary/TotalSystemMemoryGiB")) == 15.625);
	assert_null(fix_at(tree, FIX_SYSTEM, "SKU"));
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "Status/Health"), "OK");
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "Status/HealthRollup"),
			    "Critical");
	assert_string_equal(fix_str(tree, FIX_CHASSIS, "Status/HealthRollup"),
			    "Critical");
	assert_true(fix_links(tree, FIX_SYSTEM, "Links/Chassis", FIX_CHASSIS));
	/* 2 initiators, 4 targets, 5 RDMA ports */
	assert_int_equal(json_array_size(fix_at(tree, FIX_SYSTEM,
						"Links/Endpoints")), 11);
	/* 2 RDMA devices with an address, 4 CXL devices */
	assert_int_equal(json_array_size(fix_at(tree, FIX_SYSTEM,
						"PCIeDevices")), 6);
	json_decref(tree);
	model_free(model);
}

static void test_empty_host(void **state)
{
	struct model *model = fix_host();
	json_t *tree = fix_project(model, &fix_alone);

	assert_null(fix_at(tree, RF_ROOT, "Fabrics"));
	assert_null(fix_at(tree, FIX_SYSTEM, "Memory"));
	assert_null(fix_at(tree, FIX_CHASSIS, "NetworkAdapters"));
	assert_non_null(fix_at(tree, FIX_SYSTEM, "Processors"));
	assert_null(fix_at(tree, FIX_SYSTEM "/Processors/CPU0", "Ports"));
	assert_string_equal(fix_str(tree, FIX_SYSTEM, "Status/HealthRollup"),
			    "OK");
	json_decref(tree);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_shape),
		cmocka_unit_test(test_collections),
		cmocka_unit_test(test_crawl),
		cmocka_unit_test(test_managing_agent),
		cmocka_unit_test(test_agent),
		cmocka_unit_test(test_uris_of_others),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_renamed),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_empty_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
