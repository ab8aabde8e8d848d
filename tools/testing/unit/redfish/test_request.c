// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Requests to change a resource: the action that comes out, or the refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "redfish/request.h"

#define NIC_PORT	FIX_ADAPTERS "/" FIX_NIC "/Ports/1"
#define DOMAIN		FIX_SYSTEM "/MemoryDomains/cfmws-430000000-ram"
#define CHUNKS		DOMAIN "/MemoryChunks"
#define CHUNK		CHUNKS "/" FIX_REGION
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

static int ask(struct rig *rig, const char *method, const char *uri,
	       const char *text)
{
	json_t *body = text ? json_loads(text, 0, NULL) : NULL;
	const struct change change = {
		.method = method, .uri = uri, .body = body, .who = "test",
	};
	int ret;

	assert_true(!text || body);
	ret = rf_request_parse(rig->model, &change,
			       json_object_get(rig->tree, uri), &rig->request);
	json_decref(body);
	return ret;
}

/* As the URI takes it. */
static int parse(struct rig *rig, const char *uri, const char *text)
{
	if (!text)
		return ask(rig, "DELETE", uri, NULL);
	return ask(rig, strstr(uri, "/MemoryChunks") ? "POST" : "PATCH", uri,
		   text);
}

static void refused(struct rig *rig, const char *uri, const char *text,
		    enum change_refusal_kind kind, const char *property)
{
	assert_int_equal(parse(rig, uri, text), 0);
	assert_false(rig->request.asked);
	assert_true(rig->request.refusals.count >= 1);
	assert_string_equal(rig->request.refusals.list[0].property, property);
	assert_int_equal(rig->request.refusals.list[0].kind, kind);
}

static void test_methods(void **state)
{
	struct rig *rig = *state;
	const struct model *m = rig->model;

	assert_string_equal(rf_request_methods(m, NIC_PORT),
			    "GET, HEAD, PATCH");
	assert_string_equal(rf_request_methods(m, CHUNKS), "GET, HEAD, POST");
	/* its request may come again */
	assert_string_equal(rf_request_methods(m, CHUNK),
			    "GET, HEAD, POST, DELETE");
	assert_null(rf_request_methods(m, FIX_SYSTEM));
	assert_null(rf_request_methods(m, DOMAIN));
	/* one that can be made, or was */
	assert_string_equal(rf_request_methods(m, CHUNKS "/1"),
			    "GET, HEAD, POST, DELETE");
	assert_null(rf_request_methods(m, CHUNKS "/1/2"));
	assert_null(rf_request_methods(m, CHUNKS "/"));
	assert_null(rf_request_methods(m, FIX_ADAPTERS "/" FIX_HCA "/Ports/1"));
	assert_null(rf_request_methods(m, NIC_PORT "/Metrics"));
	assert_int_equal(parse(rig, FIX_SYSTEM, "{}"), -ENOENT);
	assert_int_equal(parse(rig, NIC_PORT, NULL), -ENOENT);
	assert_int_equal(ask(rig, "PATCH", CHUNK, "{}"), -ENOENT);
	assert_int_equal(ask(rig, "POST", DOMAIN, "{}"), -ENOENT);
}

static void test_port(void **state)
{
	struct rig *rig = *state;
	const struct action *action = &rig->request.action;

	assert_int_equal(parse(rig, NIC_PORT, "{\"InterfaceEnabled\": false, \"@odata.id\": 1}"),
			 0);
	assert_true(rig->request.asked);
	assert_int_equal(rig->request.refusals.count, 0);
	assert_int_equal(action->kind, ACTION_LINK);
	assert_false(action->up);
	assert_true(action->ifindex > 0);
	assert_true(strlen(action->ifname) > 0);
	assert_int_equal(parse(rig, NIC_PORT, "{\"InterfaceEnabled\": true}"),
			 0);
	assert_true(action->up);

	refused(rig, NIC_PORT, "{\"InterfaceEnabled\": 1}", CHANGE_TYPE,
		"InterfaceEnabled");
	refused(rig, NIC_PORT, "{\"LinkStatus\": \"LinkDown\"}",
		CHANGE_READ_ONLY, "LinkStatus");
	refused(rig, NIC_PORT, "{\"Colour\": \"red\"}", CHANGE_UNKNOWN,
		"Colour");
	assert_string_equal(rig->request.refusals.list[0].value, "red");
	/* some of it */
	assert_int_equal(parse(rig, NIC_PORT, "{\"InterfaceEnabled\": true, \"Colour\": 1}"),
			 0);
	assert_true(rig->request.asked);
	assert_int_equal(rig->request.refusals.count, 1);
	/* nothing of it */
	assert_int_equal(parse(rig, NIC_PORT, "{}"), 0);
	assert_false(rig->request.asked);
	assert_int_equal(rig->request.refusals.count, 0);
}

/* What comes along in a copy of the resource asks for nothing. */
static void test_copy(void **state)
{
	struct rig *rig = *state;
	json_t *copy = json_deep_copy(json_object_get(rig->tree, NIC_PORT));
	json_t *oem = json_object_get(copy, "Oem");
	char *text;

	json_object_set_new(copy, "InterfaceEnabled", json_false());
	json_object_set_new(oem, "Sunfish_RM", json_pack("{s:s}", "a", "b"));
	text = json_dumps(copy, 0);
	assert_int_equal(parse(rig, NIC_PORT, text), 0);
	assert_true(rig->request.asked);
	assert_int_equal(rig->request.refusals.count, 0);
	free(text);
	json_object_set_new(oem, "Contoso", json_object());
	text = json_dumps(copy, 0);
	assert_int_equal(parse(rig, NIC_PORT, text), 0);
	assert_int_equal(rig->request.refusals.count, 1);
	assert_string_equal(rig->request.refusals.list[0].property, "Oem");
	free(text);
	json_decref(copy);
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
	assert_int_equal(rig->request.refusals.count, 0);
	assert_true(rig->request.asked);
	assert_int_equal(action->kind, ACTION_REGION_CREATE);
	assert_int_equal(action->ways, 2);
	assert_int_equal(action->size, 1024ULL << 20);
	assert_false(action->pmem);
	/* in the order asked for */
	assert_string_equal(action->memdevs[0], "mem1");
	assert_string_equal(action->memdevs[1], "mem0");
	assert_string_equal(action->root, "decoder0.0");
	assert_non_null(strstr(action->others, "region0 "));
	assert_string_equal(rig->request.member, CHUNKS "/x");
	assert_false(rig->request.named);

	assert_int_equal(parse(rig, PMEM, "{\"MemoryChunkSizeMiB\": 256, "
			       SETS(MEM(FIX_PMEM) "-pmem") "}"), 0);
	assert_true(rig->request.asked);
	assert_true(action->pmem);
}

#define BODY "\"MemoryChunkSizeMiB\": 256, " SETS(MEM(FIX_MEM0) "-ram")

/* What the client calls it. */
static void test_names(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(parse(rig, CHUNKS "/mine", "{" BODY "}"), 0);
	assert_true(rig->request.asked);
	assert_true(rig->request.named);
	assert_string_equal(rig->request.member, CHUNKS "/mine");
	/* the URI it is sent to counts */
	assert_int_equal(parse(rig, CHUNKS "/mine", "{\"Id\": \"its\", " BODY "}"),
			 0);
	assert_string_equal(rig->request.member, CHUNKS "/mine");
	assert_int_equal(parse(rig, CHUNKS, "{" BODY "}"), 0);
	assert_string_equal(rig->request.member, "");
	assert_int_equal(parse(rig, CHUNKS, "{\"@odata.id\": \"" CHUNKS "/his\", "
			       "\"Id\": \"her\", " BODY "}"), 0);
	assert_string_equal(rig->request.member, CHUNKS "/his");
	/* elsewhere */
	assert_int_equal(parse(rig, CHUNKS, "{\"@odata.id\": \"" PMEM "/his\", "
			       BODY "}"), 0);
	assert_string_equal(rig->request.member, "");
	assert_int_equal(parse(rig, CHUNKS, "{\"Id\": null, " BODY "}"), 0);
	assert_string_equal(rig->request.member, "");
}

#define LONG	"0123456789012345678901234567890123456789012345678901234567890123"

static void test_names_refused(void **state)
{
	static const char *const bad[] = {
		"a/b", "", "..", ".", "a b", "a%20b", "\u00e4", LONG,
	};
	struct rig *rig = *state;
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "{\"Id\": \"%s\", " BODY "}",
			 bad[i]);
		refused(rig, CHUNKS, text, CHANGE_VALUE, "Id");
		snprintf(text, sizeof(text), "{\"@odata.id\": \"" CHUNKS
			 "/%s\", \"Id\": \"good\", " BODY "}", bad[i]);
		refused(rig, CHUNKS, text, CHANGE_VALUE, "@odata.id");
	}
	refused(rig, CHUNKS, "{\"Id\": 1, " BODY "}", CHANGE_TYPE, "Id");
	snprintf(text, sizeof(text), "{\"Id\": \"%s\", " BODY "}", LONG + 1);
	assert_int_equal(parse(rig, CHUNKS, text), 0);
	assert_true(rig->request.asked);
}

/* Of a chunk of another window: their Connections would be the same. */
static void test_name_taken(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(parse(rig, CHUNKS "/" FIX_REGION_PMEM, "{" BODY "}"),
			 0);
	assert_string_equal(rig->request.taken, PMEM "/" FIX_REGION_PMEM);
	assert_int_equal(parse(rig, CHUNK, "{" BODY "}"), 0);
	assert_string_equal(rig->request.taken, "");
	assert_string_equal(rig->request.member, CHUNK);
}

/* A body like the chunk of fix_region(): 2 GiB over mem0 and mem1. */
#define LIKE(size, first, second) \
	"{\"MemoryChunkSizeMiB\": " size ", \"InterleaveSets\": [" \
	"{\"Memory\": {\"@odata.id\": \"" MEM(first) "-ram\"}}, " \
	"{\"Memory\": {\"@odata.id\": \"" MEM(second) "-ram\"}}]}"

static bool matches(struct rig *rig, const char *text)
{
	assert_int_equal(parse(rig, CHUNKS "/x", text), 0);
	assert_int_equal(rig->request.refusals.count, 0);
	return rf_request_matches(rig->model, &rig->request, CHUNK);
}

static void test_matches(void **state)
{
	struct rig *rig = *state;
	char *uri;

	assert_true(matches(rig, LIKE("2048", FIX_MEM1, FIX_MEM0)));
	assert_false(matches(rig, LIKE("2048", FIX_MEM0, FIX_MEM1)));
	assert_false(matches(rig, LIKE("1024", FIX_MEM0, FIX_MEM1)));
	assert_false(matches(rig, "{\"MemoryChunkSizeMiB\": 2048, "
			     SETS(MEM(FIX_MEM0) "-ram") "}"));
	assert_false(rf_request_matches(rig->model, &rig->request,
					CHUNKS "/1"));
	uri = rf_chunk_at(rig->model, 0x430000000);
	assert_string_equal(uri, CHUNK);
	free(uri);
	assert_null(rf_chunk_at(rig->model, 0x430000001));
}

static void test_create_refused(void **state)
{
	struct rig *rig = *state;

	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256}",
		CHANGE_MISSING, "InterleaveSets");
	refused(rig, CHUNKS, "{" SETS(MEM(FIX_MEM0) "-ram") "}",
		CHANGE_MISSING, "MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 257, "
		SETS(MEM(FIX_MEM0) "-ram") "}", CHANGE_VALUE,
		"MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": -256, "
		SETS(MEM(FIX_MEM0) "-ram") "}", CHANGE_VALUE,
		"MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 9223372036854775552, "
		SETS(MEM(FIX_MEM0) "-ram") "}", CHANGE_VALUE,
		"MemoryChunkSizeMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": \"256\", "
		SETS(MEM(FIX_MEM0) "-ram") "}", CHANGE_TYPE,
		"MemoryChunkSizeMiB");
	/* persistent memory in a volatile domain, and memory of nobody */
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		SETS(MEM(FIX_PMEM) "-pmem") "}", CHANGE_VALUE,
		"InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		SETS("/redfish/v1/Systems/x/Memory/y") "}", CHANGE_VALUE,
		"InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		"\"InterleaveSets\": []}", CHANGE_VALUE, "InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, "
		"\"InterleaveSets\": 7}", CHANGE_TYPE, "InterleaveSets");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, \"InterleaveSets\": "
		"[{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "-ram\"}, "
		"\"OffsetMiB\": 0}]}", CHANGE_READ_ONLY, "OffsetMiB");
	refused(rig, CHUNKS, "{\"MemoryChunkSizeMiB\": 256, \"InterleaveSets\": "
		"[{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "-ram\"}, "
		"\"SizeMiB\": 128}]}", CHANGE_READ_ONLY, "SizeMiB");
	/* the same memory twice */
	refused(rig, CHUNKS, LIKE("1024", FIX_MEM0, FIX_MEM0), CHANGE_VALUE,
		"InterleaveSets");
	/* what the kernel decides, and what there is only one of */
	refused(rig, CHUNKS, "{\"AddressRangeOffsetMiB\": 0, " BODY "}",
		CHANGE_READ_ONLY, "AddressRangeOffsetMiB");
	refused(rig, CHUNKS, "{\"IsMirrorEnabled\": true, " BODY "}",
		CHANGE_VALUE, "IsMirrorEnabled");
	refused(rig, CHUNKS, "{\"RequestedOperationalState\": \"Half\", "
		BODY "}", CHANGE_VALUE, "RequestedOperationalState");
	refused(rig, CHUNKS, "{\"RequestedOperationalState\": true, "
		BODY "}", CHANGE_TYPE, "RequestedOperationalState");
	refused(rig, PMEM, "{\"RequestedOperationalState\": \"Offline\", "
		"\"MemoryChunkSizeMiB\": 256, "
		SETS(MEM(FIX_PMEM) "-pmem") "}", CHANGE_VALUE,
		"RequestedOperationalState");
	refused(rig, CHUNKS, "{\"AddressRangeType\": \"PMEM\", \"MemoryChunkSizeMiB\": 256, "
		SETS(MEM(FIX_MEM0) "-ram") "}", CHANGE_VALUE,
		"AddressRangeType");
	refused(rig, CHUNKS, "{\"Colour\": 1}", CHANGE_UNKNOWN, "Colour");
}

/* What a client copied of another chunk is no reason to refuse. */
static void test_create_passed(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(parse(rig, CHUNKS, "{\"@odata.type\": \"x\", "
		"\"Name\": \"n\", \"Oem\": {\"Sunfish_RM\": {}}, "
		"\"Status\": {}, \"Links\": {}, \"MediaLocation\": \"Local\", "
		"\"RequestedOperationalState\": \"Online\", \"IsSpare\": false, "
		"\"MemoryChunkSizeMiB\": 256, \"InterleaveSets\": "
		"[{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "-ram\"}, "
		"\"SizeMiB\": 256, \"RegionId\": \"ram\", "
		"\"OffsetMiB\": null}]}"), 0);
	assert_int_equal(rig->request.refusals.count, 0);
	assert_true(rig->request.asked);
}

static enum action_use use_of(struct rig *rig, const char *state)
{
	char text[512];

	snprintf(text, sizeof(text), "{\"RequestedOperationalState\": %s, "
		 BODY "}", state);
	assert_int_equal(parse(rig, CHUNKS, text), 0);
	assert_true(rig->request.asked);
	return rig->request.action.use;
}

static void test_state(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(use_of(rig, "\"Online\""), ACTION_USE_SYSTEM_RAM);
	assert_int_equal(use_of(rig, "\"Offline\""), ACTION_USE_DEVDAX);
	assert_int_equal(use_of(rig, "null"), ACTION_USE_ANY);
	assert_int_equal(parse(rig, PMEM, "{\"RequestedOperationalState\": "
			       "\"Online\", \"MemoryChunkSizeMiB\": 256, "
			       SETS(MEM(FIX_PMEM) "-pmem") "}"), 0);
	assert_int_equal(rig->request.action.use, ACTION_USE_ANY);
}

/* A chunk that is used otherwise is another one. */
static void test_state_matches(void **state)
{
	struct rig *rig = *state;

	fix_dax(rig->model, "device_dax", 0);
	assert_true(matches(rig, LIKE("2048", FIX_MEM1, FIX_MEM0)));
	rig->request.action.use = ACTION_USE_DEVDAX;
	assert_true(rf_request_matches(rig->model, &rig->request, CHUNK));
	rig->request.action.use = ACTION_USE_SYSTEM_RAM;
	assert_false(rf_request_matches(rig->model, &rig->request, CHUNK));
}

/* Linux 6.1 makes no volatile regions. */
static void test_cannot_make(void **state)
{
	struct rig *rig = *state;

	fix_node(rig->model, "decoder0.0",
		 FABMON_NODE_KIND_CXL_ROOT_DECODER)->decoder.makes_ram = false;
	assert_null(rf_request_methods(rig->model, CHUNKS));
	assert_null(rf_request_methods(rig->model, CHUNKS "/1"));
	assert_int_equal(parse(rig, CHUNKS, "{" BODY "}"), -ENOENT);
	assert_string_equal(rf_request_methods(rig->model, CHUNK),
			    "GET, HEAD, DELETE");
	assert_non_null(rf_request_methods(rig->model, PMEM));
}

/* Memory that firmware gave the system has nothing to take it back with. */
static void test_firmware_memory(void **state)
{
	struct model *model = fix_host();

	fix_cxl(model);
	fix_region(model);
	fix_kmem(model);
	model_identify(model);
	assert_non_null(rf_request_methods(model, CHUNK));
	model_node_drop(model, fix_node(model, "dax_region0",
					FABMON_NODE_KIND_CXL_DAX_REGION)->k.id);
	assert_null(rf_request_methods(model, CHUNK));
	model_free(model);
}

static void test_delete(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(parse(rig, CHUNK, NULL), 0);
	assert_true(rig->request.asked);
	assert_int_equal(rig->request.action.kind, ACTION_REGION_DELETE);
	assert_string_equal(rig->request.action.region, "region0");
	assert_true(rig->request.action.start == 0x430000000);
	assert_int_equal(parse(rig, CHUNKS, NULL), -ENOENT);
}

/* More refusals than are reported: bounded. */
static void test_many(void **state)
{
	struct rig *rig = *state;
	struct change change = { .method = "PATCH", .uri = NIC_PORT };
	json_t *body = json_object();
	char name[16];
	int i;

	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "P%d", i);
		json_object_set_new(body, name, json_integer(i));
	}
	change.body = body;
	assert_int_equal(rf_request_parse(rig->model, &change, NULL,
					  &rig->request), 0);
	assert_int_equal(rig->request.refusals.count, CHANGE_REFUSALS_MAX);
	json_decref(body);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_methods), CASE(test_port), CASE(test_copy),
		CASE(test_create), CASE(test_names),
		CASE(test_state), CASE(test_state_matches),
		CASE(test_names_refused), CASE(test_name_taken), CASE(test_matches),
		CASE(test_create_refused), CASE(test_create_passed),
		CASE(test_cannot_make), CASE(test_firmware_memory), CASE(test_delete), CASE(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
