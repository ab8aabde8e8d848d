// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What requests to change a resource ask the host to do, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"

#define NIC_PORT	FIX_ADAPTERS "/" FIX_NIC "/Ports/1"
#define DOMAIN		FIX_SYSTEM "/MemoryDomains/cfmws-430000000-ram"
#define CHUNKS		DOMAIN "/MemoryChunks"
#define CHUNK		CHUNKS "/430000000"
#define PMEM		FIX_SYSTEM "/MemoryDomains/cfmws-830000000-pmem/MemoryChunks"
#define MEM(ident)	FIX_SYSTEM "/Memory/" ident

struct rig {
	struct model *model;
	json_t *tree;
	struct rf_request request;
};

static int setup(void **state)
{
	struct rig *rig = test_calloc(1, sizeof(*rig));

	rig->model = fix_all();
	rig->tree = fix_project(rig->model, &fix_alone);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	json_decref(rig->tree);
	model_free(rig->model);
	test_free(rig);
	return 0;
}

static int parse(struct rig *rig, const char *uri, const char *text)
{
	json_t *body = text ? json_loads(text, 0, NULL) : NULL;
	int ret;

	assert_true(!text || body);
	ret = rf_request_parse(rig->model, uri,
			       json_object_get(rig->tree, uri), body,
			       &rig->request);
	json_decref(body);
	return ret;
}

static void refused(struct rig *rig, const char *uri, const char *text,
		    enum rf_refusal_kind kind, const char *property)
{
	assert_int_equal(parse(rig, uri, text), 0);
	assert_false(rig->request.asked);
	assert_true(rig->request.n_refusals >= 1);
	assert_string_equal(rig->request.refusals[0].property, property);
	assert_int_equal(rig->request.refusals[0].kind, kind);
}

static void test_methods(void **state)
{
	struct rig *rig = *state;
	const struct model *m = rig->model;

	assert_string_equal(rf_request_methods(m, NIC_PORT),
			    "GET, HEAD, PATCH");
	assert_string_equal(rf_request_methods(m, CHUNKS), "GET, HEAD, POST");
	assert_string_equal(rf_request_methods(m, CHUNK), "GET, HEAD, DELETE");
	assert_null(rf_request_methods(m, FIX_SYSTEM));
	assert_null(rf_request_methods(m, DOMAIN));
	assert_null(rf_request_methods(m, CHUNKS "/1"));
	assert_null(rf_request_methods(m, NIC_PORT "/Metrics"));
	assert_int_equal(parse(rig, FIX_SYSTEM, "{}"), -ENOENT);
	assert_int_equal(parse(rig, NIC_PORT, NULL), -ENOENT);
	assert_int_equal(parse(rig, CHUNK, "{}"), -ENOENT);
}

static void test_port(void **state)
{
	struct rig *rig = *state;
	const struct action *action = &rig->request.action;

	assert_int_equal(parse(rig, NIC_PORT, "{\"InterfaceEnabled\": false, \"@odata.id\": 1}"),
			 0);
	assert_true(rig->request.asked);
	assert_int_equal(rig->request.n_refusals, 0);
	assert_int_equal(action->kind, ACTION_LINK);
	assert_false(action->up);
	assert_true(action->ifindex > 0);
	assert_true(strlen(action->ifname) > 0);
	assert_int_equal(parse(rig, NIC_PORT, "{\"InterfaceEnabled\": true}"),
			 0);
	assert_true(action->up);

	refused(rig, NIC_PORT, "{\"InterfaceEnabled\": 1}", RF_REFUSED_TYPE,
		"InterfaceEnabled");
	refused(rig, NIC_PORT, "{\"LinkStatus\": \"LinkUp\"}",
		RF_REFUSED_READ_ONLY, "LinkStatus");
	refused(rig, NIC_PORT, "{\"Colour\": \"red\"}", RF_REFUSED_UNKNOWN,
		"Colour");
	assert_string_equal(rig->request.refusals[0].value, "red");
	/* some of it */
	assert_int_equal(parse(rig, NIC_PORT, "{\"InterfaceEnabled\": true, \"Colour\": 1}"),
			 0);
	assert_true(rig->request.asked);
	assert_int_equal(rig->request.n_refusals, 1);
	/* nothing of it */
	assert_int_equal(parse(rig, NIC_PORT, "{}"), 0);
	assert_false(rig->request.asked);
	assert_int_equal(rig->request.n_refusals, 0);
}

#define SETS(memory) \
	"\"InterleaveSets\": [{\"Memory\": {\"@odata.id\": \"" memory "\"}}]"

static void test_create(void **state)
{
	struct rig *rig = *state;
	const struct action *action = &rig->request.action;

	assert_int_equal(parse(rig, CHUNKS, "{\"Id\": \"x\", \"MemoryChunkSizeMiB\": 1024, "
			       "\"AddressRangeType\": \"Volatile\", \"InterleaveSets\": ["
			       "{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM1) "-ram\"}},"
			       "{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "-ram\"}}]}"),
			 0);
	assert_int_equal(rig->request.n_refusals, 0);
	assert_true(rig->request.asked);
	assert_int_equal(action->kind, ACTION_REGION_CREATE);
	assert_int_equal(action->ways, 2);
	assert_int_equal(action->size, 1024ULL << 20);
	assert_false(action->pmem);
	/* in the order asked for */
	assert_string_equal(action->memdevs[0], "mem1");
	assert_string_equal(action->memdevs[1], "mem0");
	assert_string_equal(action->root, "decoder0.0");

	assert_int_equal(parse(rig, PMEM, "{\"MemoryChunkSizeMiB\": 256, "
			       SETS(MEM(FIX_PMEM) "-pmem") "}"), 0);
	assert_true(rig->request.asked);
	assert_true(action->pmem);
}

static void test_create_refused(void **state)
{
	struct rig *rig = *state;

	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256}",
		RF_REFUSED_MISSING, "InterleaveSets");
	refused(rig, CHUNKS, "{" SETS(MEM(FIX_MEM0) "-ram") "}",
		RF_REFUSED_MISSING, "MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 257, "
		SETS(MEM(FIX_MEM0) "-ram") "}", RF_REFUSED_VALUE,
		"MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": -256, "
		SETS(MEM(FIX_MEM0) "-ram") "}", RF_REFUSED_VALUE,
		"MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 9223372036854775552, "
		SETS(MEM(FIX_MEM0) "-ram") "}", RF_REFUSED_VALUE,
		"MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": \"256\", "
		SETS(MEM(FIX_MEM0) "-ram") "}", RF_REFUSED_TYPE,
		"MemoryChunkSizeMiB");
	/* persistent memory in a volatile domain, and memory of nobody */
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		SETS(MEM(FIX_PMEM) "-pmem") "}", RF_REFUSED_VALUE,
		"InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		SETS("/redfish/v1/Systems/x/Memory/y") "}", RF_REFUSED_VALUE,
		"InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		"\"InterleaveSets\": []}", RF_REFUSED_VALUE, "InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		"\"InterleaveSets\": 7}", RF_REFUSED_TYPE, "InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, \"InterleaveSets\": "
		"[{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "-ram\"}, "
		"\"OffsetMiB\": 0}]}", RF_REFUSED_READ_ONLY, "OffsetMiB");
	refused(rig, CHUNKS, "{\"AddressRangeType\": \"PMEM\", \"MemoryChunkSizeMiB\": 256, "
		SETS(MEM(FIX_MEM0) "-ram") "}", RF_REFUSED_VALUE,
		"AddressRangeType");
	refused(rig, CHUNKS, "{\"Colour\": 1}", RF_REFUSED_UNKNOWN, "Colour");
}

static void test_delete(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(parse(rig, CHUNK, NULL), 0);
	assert_true(rig->request.asked);
	assert_int_equal(rig->request.action.kind, ACTION_REGION_DELETE);
	assert_string_equal(rig->request.action.region, "region0");
	assert_int_equal(parse(rig, CHUNKS, NULL), -ENOENT);
}

/* More refusals than are told: bounded. */
static void test_many(void **state)
{
	struct rig *rig = *state;
	json_t *body = json_object();
	char name[16];
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "P%d", i);
		json_object_set_new(body, name, json_integer(i));
	}
	assert_int_equal(rf_request_parse(rig->model, NIC_PORT, NULL, body,
					  &rig->request), 0);
	assert_int_equal(rig->request.n_refusals, RF_REFUSALS_MAX);
	json_decref(body);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_methods), CASE(test_port), CASE(test_create),
		CASE(test_create_refused), CASE(test_delete), CASE(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
