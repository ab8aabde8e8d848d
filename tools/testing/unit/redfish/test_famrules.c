// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The OFMF's rules for fabric-attached memory (Sunfish document, appendix A),
 * each as a test that checks every host that the tests build.
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

typedef void (*resource_fn)(const json_t *tree, const char *uri);

static const char *text_at(const json_t *tree, const char *uri,
			   const char *path)
{
	const char *text = json_string_value(fix_at(tree, uri, path));

	return text ? text : "";
}

static bool is_type(const json_t *obj, const char *type)
{
	const char *have;
	char start[64];

	snprintf(start, sizeof(start), "#%s.v", type);
	have = json_string_value(json_object_get(obj, "@odata.type"));
	return have && !strncmp(have, start, strlen(start));
}

/* Calls @fn for each resource of a type; returns how many there were. */
static size_t each(const json_t *tree, const char *type, resource_fn fn)
{
	const char *uri;
	json_t *obj;
	size_t n = 0;

	json_object_foreach((json_t *)tree, uri, obj) {
		if (!is_type(obj, type))
			continue;
		fn(tree, uri);
		n++;
	}
	return n;
}

/* Call @check for each resource of a type in every tree. */
static const char *rule_type;
static resource_fn rule_check;
static size_t rule_count;

static void rule_of(const json_t *tree, const struct rf_view *view)
{
	(void)view;
	rule_count += each(tree, rule_type, rule_check);
}

static void rule(const char *type, resource_fn check)
{
	rule_type = type;
	rule_check = check;
	rule_count = 0;
	fix_each_tree(rule_of);
	/* a rule that nothing falls under has not been tested */
	assert_true(rule_count > 10);
}

/* ---- adapters ----------------------------------------------------------- */

static void devices_have_adapters(const char *name, struct model *model)
{
	json_t *tree = fix_project(model, &fix_alone);
	const struct model_node *node;
	char uri[256];

	(void)name;
	for (node = model_first(model); node; node = node->next) {
		if (node->k.kind != FABMON_NODE_KIND_CXL_MEMDEV)
			continue;
		assert_non_null(node->ident);
		snprintf(uri, sizeof(uri), FIX_CHASSIS "/FabricAdapters/%s",
			 node->ident);
		assert_non_null(json_object_get(tree, uri));
		assert_string_equal(fix_str(tree, uri, "Name"), node->k.name);
	}
	json_decref(tree);
}

/* "A FabricAdapter for each CXL memory device" */
static void test_adapter_for_each(void **state)
{
	(void)state;
	fix_each_host(devices_have_adapters);
}

static void adapter_type(const json_t *tree, const char *uri)
{
	assert_string_equal(fix_str(tree, uri, "FabricType"), "CXL");
	assert_int_equal(strlen(fix_str(tree, uri, "UUID")), 36);
}

/* "with FabricType, UUID" */
static void test_adapter_type(void **state)
{
	(void)state;
	rule("FabricAdapter", adapter_type);
}

static void adapter_ports(const json_t *tree, const char *uri)
{
	const char *ports = fix_str(tree, uri, "Ports/@odata.id"), *port;
	const json_t *ref;
	size_t i, n = 0;

	json_array_foreach(fix_at(tree, ports, "Members"), i, ref) {
		port = json_string_value(json_object_get(ref, "@odata.id"));
		assert_string_equal(fix_str(tree, port, "PortProtocol"),
				    "CXL");
		assert_true(*fix_str(tree, port, "PortId"));
		n++;
	}
	assert_true(n > 0);
	/* a memory device has one; a processor as many as root ports */
	if (strstr(uri, "/Chassis/"))
		assert_int_equal(n, 1);
}

/* "and a Port per physical port" */
static void test_adapter_ports(void **state)
{
	(void)state;
	rule("FabricAdapter", adapter_ports);
}

/* ---- endpoints ---------------------------------------------------------- */

static bool is_cxl_endpoint(const json_t *tree, const char *uri)
{
	return !strcmp(text_at(tree, uri, "EndpointProtocol"), "CXL");
}

static bool is_initiator(const json_t *tree, const char *uri)
{
	const char *adapter = text_at(tree, uri,
			"ConnectedEntities/0/EntityLink/@odata.id");

	return !strncmp(adapter, FIX_SYSTEM, strlen(FIX_SYSTEM));
}

/* The one FabricAdapter that it links; fails the test unless it is one. */
static const char *adapter_of(const json_t *tree, const char *uri)
{
	const char *adapter = NULL, *to;
	const json_t *entity;
	size_t i;

	json_array_foreach(fix_at(tree, uri, "ConnectedEntities"), i, entity) {
		entity = json_object_get(entity, "EntityLink");
		to = json_string_value(json_object_get(entity, "@odata.id"));
		assert_non_null(to);
		if (!is_type(json_object_get(tree, to), "FabricAdapter"))
			continue;
		assert_null(adapter);
		adapter = to;
	}
	assert_non_null(adapter);
	return adapter;
}

static void endpoint_adapter(const json_t *tree, const char *uri)
{
	if (is_cxl_endpoint(tree, uri))
		assert_true(fix_links(tree, adapter_of(tree, uri),
				      "Links/Endpoints", uri));
}

/* "Every Endpoint links one FabricAdapter" */
static void test_endpoint_adapter(void **state)
{
	(void)state;
	rule("Endpoint", endpoint_adapter);
}

static void endpoint_role(const json_t *tree, const char *uri)
{
	const char *role = is_initiator(tree, uri) ? "Initiator" : "Target";
	const json_t *entity;
	size_t i;

	if (!is_cxl_endpoint(tree, uri))
		return;
	json_array_foreach(fix_at(tree, uri, "ConnectedEntities"), i, entity)
		assert_string_equal(json_string_value(json_object_get(entity,
							"EntityRole")), role);
}

/* "EntityRole Target (device) or Initiator (host)" */
static void test_endpoint_role(void **state)
{
	(void)state;
	rule("Endpoint", endpoint_role);
}

static void endpoint_ports(const json_t *tree, const char *uri)
{
	const char *ports, *port;
	const json_t *ref;
	size_t i, n = 0;

	if (!is_cxl_endpoint(tree, uri))
		return;
	ports = fix_str(tree, adapter_of(tree, uri), "Ports/@odata.id");
	json_array_foreach(fix_at(tree, uri, "Links/LocalPorts"), i, ref) {
		port = json_string_value(json_object_get(ref, "@odata.id"));
		assert_true(fix_links(tree, ports, "Members", port));
		assert_true(fix_links(tree, port, "Links/AssociatedEndpoints",
				      uri));
		n++;
	}
	assert_true(n > 0);
}

/* "Links.LocalPorts set" */
static void test_endpoint_ports(void **state)
{
	(void)state;
	rule("Endpoint", endpoint_ports);
}

static void endpoint_entity(const json_t *tree, const char *uri)
{
	if (!is_cxl_endpoint(tree, uri))
		return;
	assert_string_equal(fix_str(tree, uri,
				    "ConnectedEntities/0/EntityType"),
			    "FabricBridge");
	assert_string_equal(fix_str(tree, uri,
			"ConnectedEntities/0/EntityLink/@odata.id"),
			    adapter_of(tree, uri));
}

/* "ConnectedEntity for a CXL device is the FabricBridge" */
static void test_endpoint_entity(void **state)
{
	(void)state;
	rule("Endpoint", endpoint_entity);
}

/* ---- memory ------------------------------------------------------------- */

static void memory_kind(const json_t *tree, const char *uri)
{
	json_int_t ram = fix_int(tree, uri, "VolatileSizeMiB");
	json_int_t pmem = fix_int(tree, uri, "NonVolatileSizeMiB");

	assert_true(!ram != !pmem);
	assert_int_equal(fix_int(tree, uri, "CapacityMiB"), ram + pmem);
	/* and its media are nobody else's */
	assert_null(fix_at(tree, uri, "Links/MemoryMediaSources"));
	assert_null(fix_at(tree, uri, "Links/MemoryRegionMediaSources"));
}

/* "Memory resources homogeneous" */
static void test_memory_kind(void **state)
{
	(void)state;
	rule("Memory", memory_kind);
}

static void memory_regions(const json_t *tree, const char *uri)
{
	bool ram = fix_int(tree, uri, "VolatileSizeMiB");
	const json_t *regions = fix_at(tree, uri, "Regions"), *region;
	json_int_t sum = 0;
	size_t i;

	json_array_foreach(regions, i, region) {
		assert_string_equal(json_string_value(json_object_get(region,
						"MemoryClassification")),
				    ram ? "Volatile" :
					  "ByteAccessiblePersistent");
		assert_non_null(json_string_value(json_object_get(region,
								"RegionId")));
		sum += json_integer_value(json_object_get(region, "SizeMiB"));
	}
	assert_int_equal(sum, fix_int(tree, uri, "CapacityMiB"));
}

/* "Regions[] with MemoryClassification, RegionId, SizeMiB" */
static void test_memory_regions(void **state)
{
	(void)state;
	rule("Memory", memory_regions);
}

/* ---- domains and chunks ------------------------------------------------- */

/* One kind of memory, and as large as its sources. */
static void domain_kind(const json_t *tree, const char *uri)
{
	json_int_t size = 0, ram = 0, pmem = 0;
	const char *memory;
	const json_t *ref;
	size_t i;

	json_array_foreach(fix_at(tree, uri,
				  "InterleavableMemorySets/0/MemorySet"),
			   i, ref) {
		memory = json_string_value(json_object_get(ref, "@odata.id"));
		ram += fix_int(tree, memory, "VolatileSizeMiB");
		pmem += fix_int(tree, memory, "NonVolatileSizeMiB");
		size += fix_int(tree, memory, "CapacityMiB");
	}
	assert_true(!ram || !pmem);
	assert_int_equal(fix_int(tree, uri, "MemorySizeMiB"), size);
}

/* "MemoryDomains homogeneous" */
static void test_domain_kind(void **state)
{
	(void)state;
	rule("MemoryDomain", domain_kind);
}

/* As many adapters as sources, and each leads back. */
static void domain_adapters(const json_t *tree, const char *uri)
{
	const json_t *adapters = fix_at(tree, uri, "Links/FabricAdapters");
	const json_t *ref;
	const char *adapter;
	size_t i;

	assert_int_equal(json_array_size(adapters),
			 json_array_size(fix_at(tree, uri,
				"InterleavableMemorySets/0/MemorySet")));
	json_array_foreach(adapters, i, ref) {
		adapter = json_string_value(json_object_get(ref, "@odata.id"));
		assert_true(fix_links(tree, adapter, "Links/MemoryDomains",
				      uri));
	}
}

/* "linked from the FabricAdapter" */
static void test_domain_adapters(void **state)
{
	(void)state;
	rule("MemoryDomain", domain_adapters);
}

static void no_check(const json_t *tree, const char *uri)
{
	assert_string_equal(fix_str(tree, uri, "MediaLocation"), "Local");
	assert_int_equal(strlen(fix_str(tree, uri, "DisplayName")), 36);
}

/* As many as are committed, then none of one that is not any more. */
static void chunks_committed(const char *name, struct model *model)
{
	json_t *tree = fix_project(model, &fix_alone);
	struct model_node *node;
	size_t committed = 0;

	for (node = model_first(model); node; node = node->next) {
		if (node->k.kind != FABMON_NODE_KIND_CXL_REGION)
			continue;
		committed += node->region.commit;
		node->k.region.has = KNL_HAS(FABMON_A_CXL_REGION_COMMITTED);
	}
	if (each(tree, "MemoryChunks", no_check) != committed)
		fail_msg("host \"%s\" has not %zu chunks", name, committed);
	json_decref(tree);
	tree = fix_project(model, &fix_alone);
	assert_int_equal(each(tree, "MemoryChunks", no_check), 0);
	assert_int_equal(each(tree, "Connection", no_check), 0);
	json_decref(tree);
}

/* "No MemoryChunks but those the host has really committed" */
static void test_chunks_committed(void **state)
{
	(void)state;
	fix_each_host(chunks_committed);
}

static void domain_offers(const json_t *tree, const char *uri)
{
	assert_true(json_is_false(fix_at(tree, uri,
					 "AllowsMemoryChunkCreation")));
}

/* Nor may anybody ask us for more. */
static void test_chunks_offered(void **state)
{
	(void)state;
	rule("MemoryDomain", domain_offers);
}

/* ---- UUIDs -------------------------------------------------------------- */

static const char *const with_uuid[] = {
	"ComputerSystem", "Chassis", "Processor", "FabricAdapter", "Fabric",
	"PCIeDevice", "Switch", "ServiceRoot"
};

static void uuid_is_there(const json_t *tree, const char *uri)
{
	assert_int_equal(strlen(fix_str(tree, uri, "UUID")), 36);
}

/* "A UUID in every object that has one" */
static void test_uuid_there(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(with_uuid) / sizeof(with_uuid[0]); i++)
		rule(with_uuid[i], uuid_is_there);
}

static void uuids_differ(const json_t *tree, const struct rf_view *view)
{
	json_t *seen = json_object(), *obj;
	const char *uri, *uuid;

	(void)view;
	json_object_foreach((json_t *)tree, uri, obj) {
		uuid = json_string_value(json_object_get(obj, "UUID"));
		if (!uuid)
			continue;
		if (json_object_get(seen, uuid))
			fail_msg("%s has the UUID of another", uri);
		json_object_set_new(seen, uuid, json_true());
	}
	json_decref(seen);
}

static void test_uuid_own(void **state)
{
	(void)state;
	fix_each_tree(uuids_differ);
}

static struct model *other_host(void)
{
	struct model *model = fix_host();

	free(model_host(model)->id);
	free(model_host(model)->uuid);
	model_host(model)->id = strdup("node02");
	model_host(model)->uuid =
		strdup("11111111-2222-3333-4444-555555555555");
	return model;
}

/* "so that two agents' views of one device can be matched" */
static void test_uuid_matches(void **state)
{
	struct model *model = fix_host(), *other = other_host();
	json_t *here, *there;

	(void)state;
	fix_cxl(model);
	fix_noserial(model);
	fix_cxl(other);
	fix_noserial(other);
	here = fix_project(model, &fix_alone);
	there = fix_project(other, &fix_alone);
	assert_string_equal(fix_str(here, FIX_CHASSIS "/FabricAdapters/"
				    FIX_MEM0, "UUID"),
			    fix_str(there, RF_PREFIX "/Chassis/node02/"
				    "FabricAdapters/" FIX_MEM0, "UUID"));
	/* devices without a serial number cannot be recognised as one */
	assert_string_not_equal(fix_str(here, FIX_CHASSIS "/FabricAdapters/"
					FIX_NOSERIAL, "UUID"),
				fix_str(there, RF_PREFIX "/Chassis/node02/"
					"FabricAdapters/" FIX_NOSERIAL,
					"UUID"));
	json_decref(here);
	json_decref(there);
	model_free(model);
	model_free(other);
}

/* "A stable UUID": everything was found in another order, by other names. */
static void test_uuid_stable(void **state)
{
	struct model *before = fix_host(), *after = fix_host();
	json_t *a, *b, *obj;
	const char *uri;

	(void)state;
	fix_cxl(before);
	fix_region(before);
	fix_switches(before);
	fix_noserial(before);
	fix_rcd(before);
	fix_suffix = "-later";
	fix_rcd(after);
	fix_noserial(after);
	fix_switches(after);
	fix_cxl(after);
	fix_region(after);
	fix_suffix = "";
	a = fix_project(before, &fix_alone);
	b = fix_project(after, &fix_registered);
	json_object_foreach(a, uri, obj)
		if (json_object_get(obj, "UUID"))
			assert_string_equal(fix_str(a, uri, "UUID"),
					    fix_str(b, uri, "UUID"));
	json_decref(a);
	json_decref(b);
	model_free(before);
	model_free(after);
}

/* "An agent that restarts registers with the same Fabric UUID" */
static void test_uuid_fabric(void **state)
{
	struct model *model = fix_all();
	json_t *tree = fix_project(model, &fix_registered);

	(void)state;
	/* for ever: the name spaces and names are part of the interface */
	assert_string_equal(fix_str(tree, FIX_CXL, "UUID"),
			    "fcddca54-d8bd-5b7a-9ff3-9ac0c15d5545");
	assert_string_equal(fix_str(tree, RF_PREFIX "/Fabrics/RoCE", "UUID"),
			    "7b5e52f4-f251-5d4f-ac21-c12e0d247d1b");
	assert_string_equal(fix_str(tree, FIX_CHASSIS "/FabricAdapters/"
				    FIX_MEM0, "UUID"),
			    "3b85bdb5-d01b-511e-9112-e21252da655a");
	json_decref(tree);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adapter_for_each),
		cmocka_unit_test(test_adapter_type),
		cmocka_unit_test(test_adapter_ports),
		cmocka_unit_test(test_endpoint_adapter),
		cmocka_unit_test(test_endpoint_role),
		cmocka_unit_test(test_endpoint_ports),
		cmocka_unit_test(test_endpoint_entity),
		cmocka_unit_test(test_memory_kind),
		cmocka_unit_test(test_memory_regions),
		cmocka_unit_test(test_domain_kind),
		cmocka_unit_test(test_domain_adapters),
		cmocka_unit_test(test_chunks_committed),
		cmocka_unit_test(test_chunks_offered),
		cmocka_unit_test(test_uuid_there),
		cmocka_unit_test(test_uuid_own),
		cmocka_unit_test(test_uuid_matches),
		cmocka_unit_test(test_uuid_stable),
		cmocka_unit_test(test_uuid_fabric),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
