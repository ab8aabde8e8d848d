// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Memory that is asked for as a Connection between endpoints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_fixture.h"

#define MINE		CHUNKS "/mine"
#define CONNECTIONS	FIX_CXL "/Connections"
#define WIRE		CONNECTIONS "/wire"
#define REF(uri)	"{\"@odata.id\": \"" uri "\"}"
#define TARGET(ident)	REF(FIX_CXL "/Endpoints/" FIX_HOST "-" ident)
#define FROM		"\"InitiatorEndpoints\": [" \
			TARGET("CPU0") "]"
#define BOTH		"\"TargetEndpoints\": [" TARGET(FIX_MEM1) ", " \
			TARGET(FIX_MEM0) "]"
#define LINKS(a, b)	"\"Links\": {" a ", " b "}"
#define CHUNK_OF(more)	"\"MemoryChunkInfo\": [{\"AccessCapabilities\": " \
			"[\"Read\", \"Write\"], \"MemoryChunk\": " more "}]"
#define SIZED(uri)	CHUNK_OF("{\"@odata.id\": \"" uri "\", " \
				 "\"MemoryChunkSizeMiB\": 2048}")
#define ALL		"{\"ConnectionType\": \"Memory\", " LINKS(FROM, BOTH) \
			", " SIZED(MINE) "}"

static void is_at(const json_t *json, const char *uri)
{
	assert_string_equal(json_string_value(json_object_get(json,
							      "@odata.id")),
			    uri);
	json_decref((json_t *)json);
}

/* As the OFMF forwards it: to the URI of the new member, and again. */
static void test_make(void **state)
{
	struct rig *rig = *state;
	int i;

	for (i = 0; i < 2; i++) {
		is_at(rig_expect(rig, "POST", "/" WIRE, ALL, 200), WIRE);
		assert_int_equal(rig->count, 1);
	}
	assert_int_equal(rig->started[0].kind, ACTION_REGION_CREATE);
	assert_string_equal(rig->started[0].memdevs[0], "mem1");
	assert_string_equal(rig->started[0].memdevs[1], "mem0");
	assert_true(rig->started[0].size == 2048ull << 20);
	rig_done(rig, "GET", MINE, NULL, 200);
	rig_restart(rig);
	rig_done(rig, "POST", WIRE, ALL, 200);
	rig_done(rig, "DELETE", WIRE, NULL, 204);
	assert_int_equal(rig->count, 2);
	assert_int_equal(rig->started[1].kind, ACTION_REGION_DELETE);
	assert_null(tree_get(rig->tree, MINE));
	assert_null(tree_get(rig->tree, WIRE));
	rig_done(rig, "DELETE", WIRE, NULL, 204);
	rig_refused(rig, "DELETE", CONNECTIONS "/other", NULL, 404,
		    "Base.1.22.ResourceMissingAtURI");
	assert_int_equal(rig->count, 2);
}

/* Neither has a name: both get the one that the region is given. */
static void test_unnamed(void **state)
{
	struct rig *rig = *state;
	struct answer *a;

	a = rig_ask(rig, "POST", CONNECTIONS, "{" LINKS(FROM, BOTH) ", "
		    SIZED(CHUNKS) "}");
	assert_int_equal(a->status, 201);
	assert_non_null(strstr(a->head, "Location: " CONNECTIONS "/" FIX_REGION
			       "\r\n"));
	answer_free(a);
	rig_done(rig, "GET", CHUNK, NULL, 200);
}

/* The way with two steps: the chunk first, and then who gets it. */
static void test_of_chunk(void **state)
{
	struct rig *rig = *state;

	rig_done(rig, "POST", MINE, BODY("2048"), 200);
	rig_done(rig, "GET", CONNECTIONS "/mine", NULL, 200);
	is_at(rig_expect(rig, "POST", CONNECTIONS, "{\"Id\": \"wire\", "
			 LINKS(FROM, BOTH) ", " CHUNK_OF(REF(MINE)) "}", 200),
	      WIRE);
	assert_null(tree_get(rig->tree, CONNECTIONS "/mine"));
	assert_int_equal(rig->count, 1);
	/* it has one, and that is what it is called */
	is_at(rig_expect(rig, "POST", CONNECTIONS, "{" LINKS(FROM, BOTH) ", "
			 CHUNK_OF(REF(MINE)) "}", 200), WIRE);
	rig_refused(rig, "POST", CONNECTIONS "/second", ALL, 409,
		    "Base.1.22.ResourceCreationConflict");
	rig_refused(rig, "POST", WIRE, "{" LINKS(FROM, BOTH) ", "
		    CHUNK_OF("{\"@odata.id\": \"" MINE "\", "
			     "\"MemoryChunkSizeMiB\": 1024}") "}", 409,
		    "Base.1.22.ResourceCreationConflict");
	/* another chunk's */
	rig_refused(rig, "POST", WIRE, "{" LINKS(FROM, BOTH) ", "
		    SIZED(CHUNKS "/its") "}", 409,
		    "Base.1.22.ResourceCreationConflict");
	/* the Connection of a chunk with this Id would be called the same */
	rig_refused(rig, "POST", CHUNKS "/wire", BODY("2048"), 409,
		    "Base.1.22.ResourceCreationConflict");
	assert_int_equal(rig->count, 1);
	rig_done(rig, "DELETE", MINE, NULL, 204);
	assert_null(tree_get(rig->tree, WIRE));
}

static void test_refused(void **state)
{
	static const char missing[] = "Base.1.22.PropertyMissing";
	static const char value[] = "Base.1.22.PropertyValueError";
	static const struct {
		const char *body, *message;
	} cases[] = {
		{ "{}", missing },
		{ "{" LINKS(FROM, BOTH) "}", missing },
		{ "{\"Links\": {" BOTH "}, " SIZED(MINE) "}", missing },
		{ "{\"Links\": {" FROM "}, " SIZED(MINE) "}", missing },
		/* without a size */
		{ "{" LINKS(FROM, BOTH) ", " CHUNK_OF(REF(MINE)) "}", missing },
		{ "{" LINKS(FROM, BOTH) ", \"MemoryChunkInfo\": [{}]}", missing },
		{ "{" LINKS(FROM, BOTH) ", \"MemoryChunkInfo\": []}", value },
		{ "{" LINKS(FROM, BOTH) ", " CHUNK_OF("{}") "}", value },
		/* a chunk of nobody, and of another host */
		{ "{" LINKS(FROM, BOTH) ", " SIZED("/redfish/v1/x/MemoryChunks/1") "}",
		  value },
		/* ends that are not ours, or the wrong way */
		{ "{" LINKS("\"InitiatorEndpoints\": [" REF("/x") "]", BOTH) ", "
		  SIZED(MINE) "}", value },
		{ "{" LINKS(FROM, "\"TargetEndpoints\": [" REF("/x") "]") ", "
		  SIZED(MINE) "}", value },
		{ "{" LINKS(FROM, "\"TargetEndpoints\": [" TARGET("CPU0") "]") ", "
		  SIZED(MINE) "}", value },
		{ "{" LINKS(FROM, "\"TargetEndpoints\": []") ", " SIZED(MINE) "}",
		  value },
		{ "{\"ConnectionType\": \"Storage\", " LINKS(FROM, BOTH) ", "
		  SIZED(MINE) "}", value },
		{ "{" LINKS(FROM, BOTH) ", \"MemoryChunkInfo\": [{"
		  "\"AccessCapabilities\": [\"Read\"], \"MemoryChunk\": "
		  REF(MINE) "}]}", value },
		{ "{\"VolumeInfo\": [], " LINKS(FROM, BOTH) ", " SIZED(MINE) "}",
		  "Base.1.22.PropertyUnknown" },
		{ "{" LINKS(FROM, "\"TargetEndpoints\": 7") ", " SIZED(MINE) "}",
		  "Base.1.22.PropertyValueTypeError" },
	};
	struct rig *rig = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		rig_refused(rig, "POST", WIRE, cases[i].body, 400,
			    cases[i].message);
	rig_refused(rig, "POST", CONNECTIONS "/a%20b", ALL, 404,
		    "Base.1.22.ResourceMissingAtURI");
	assert_int_equal(rig->count, 0);
}

/* Of a chunk that is over other devices. */
static void test_other_targets(void **state)
{
	struct rig *rig = *state;

	rig_done(rig, "POST", MINE, BODY("2048"), 200);
	rig_refused(rig, "POST", WIRE, "{" LINKS(FROM, "\"TargetEndpoints\": ["
		    TARGET(FIX_MEM0) "]") ", " CHUNK_OF(REF(MINE)) "}", 400,
		    "Base.1.22.PropertyValueError");
	rig_refused(rig, "POST", WIRE, "{" LINKS(FROM, "\"TargetEndpoints\": ["
		    TARGET(FIX_MEM0) ", " TARGET(FIX_MEM0) "]") ", "
		    CHUNK_OF(REF(MINE)) "}", 400,
		    "Base.1.22.PropertyValueError");
	assert_int_equal(rig->count, 1);
}

/* How the memory is to be used goes with the chunk. */
static void test_use(void **state)
{
	struct rig *rig = *state;

	rig_done(rig, "POST", WIRE, "{" LINKS(FROM, BOTH) ", "
		 CHUNK_OF("{\"@odata.id\": \"" MINE "\", "
			  "\"RequestedOperationalState\": \"Offline\", "
			  "\"MemoryChunkSizeMiB\": 2048}") "}", 200);
	assert_int_equal(rig->started[0].use, ACTION_USE_DEVDAX);
}

/* fabmond is killed meanwhile: the next run knows what both are called. */
static void test_killed(void **state)
{
	struct rig *rig = *state;

	rig->blind = true;
	rig_refused(rig, "POST", WIRE, ALL, 500, "Base.1.22.InternalError");
	rig->blind = false;
	model_region_failed(rig->model);
	forward_expect(rig->store, rig->model);
	fix_region(rig->model);
	rig_publish(rig);
	assert_null(tree_get(rig->tree, CHUNK));
	model_region_made(rig->model, 0x430000000);
	rig_publish(rig);
	assert_non_null(tree_get(rig->tree, MINE));
	assert_non_null(tree_get(rig->tree, WIRE));
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_make), CASE(test_unnamed), CASE(test_of_chunk),
		CASE(test_refused), CASE(test_other_targets), CASE(test_use),
		CASE(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
