// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Query parameters, over a real socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/protocol/query.h"
#include "service_fixture.h"

#define V1	"/redfish/v1"
#define MANY	1200		/* members of Many; more than fit into one answer */

struct fixture {
	struct service_fixture s;
};

/* A and B link each other; A has one more below it, with a link back. */
static const char tree_text[] =
"{\"/redfish/v1/\": {\"@odata.id\": \"/redfish/v1/\","
"  \"Systems\": {\"@odata.id\": \"/redfish/v1/Systems\"},"
"  \"One\": {\"@odata.id\": \"/redfish/v1/One\"}},"
" \"/redfish/v1/Systems\": {\"@odata.id\": \"/redfish/v1/Systems\","
"  \"@odata.type\": \"#X.X\", \"Members@odata.count\": 3, \"Members\": ["
"   {\"@odata.id\": \"/redfish/v1/Systems/a\"},"
"   {\"@odata.id\": \"/redfish/v1/Systems/b\"},"
"   {\"@odata.id\": \"/redfish/v1/Systems/c\"}]},"
" \"/redfish/v1/One\": {\"@odata.id\": \"/redfish/v1/One\","
"  \"Members@odata.count\": 1, \"Members\": ["
"   {\"@odata.id\": \"/redfish/v1/Systems/b\"}]},"
" \"/redfish/v1/Systems/a\": {\"@odata.id\": \"/redfish/v1/Systems/a\","
"  \"@odata.type\": \"#ComputerSystem.v1_24_0.ComputerSystem\", \"Id\": \"a\","
"  \"Status\": {\"State\": \"Enabled\", \"Health\": \"OK\"},"
"  \"Below\": {\"@odata.id\": \"/redfish/v1/Systems/a/d\"},"
"  \"Links\": {\"To\": [{\"@odata.id\": \"/redfish/v1/Systems/b\"}],"
"   \"To@odata.count\": 1}},"
" \"/redfish/v1/Systems/a/d\": {\"@odata.id\": \"/redfish/v1/Systems/a/d\","
"  \"Id\": \"d\", \"Up\": {\"@odata.id\": \"/redfish/v1/Systems/a\"}},"
" \"/redfish/v1/Systems/b\": {\"@odata.id\": \"/redfish/v1/Systems/b\","
"  \"@odata.type\": \"#ComputerSystem.v1_24_0.ComputerSystem\", \"Id\": \"b\","
"  \"Links\": {\"To\": [{\"@odata.id\": \"/redfish/v1/Systems/a\"}]}},"
" \"/redfish/v1/Systems/c\": {\"@odata.id\": \"/redfish/v1/Systems/c\","
"  \"Id\": \"c\", \"Gone\": {\"@odata.id\": \"/redfish/v1/Gone\"}}}";

static void add_many(json_t *all)
{
	json_t *members = json_array();
	int i;

	for (i = 0; i < MANY; i++)
		json_array_append_new(members, json_pack("{s:s}", "@odata.id",
							 V1 "/Systems/c"));
	json_object_set_new(all, V1 "/Many",
			    json_pack("{s:s, s:o}", "@odata.id", V1 "/Many",
				      "Members", members));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct service_setup what = { 0 };
	json_t *all = json_loads(tree_text, 0, NULL);

	*state = f;
	assert_non_null(all);
	add_many(all);
	service_fixture_start(&f->s, &what, all);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	service_fixture_stop(&f->s);
	free(f);
	return 0;
}

static struct answer *get(struct fixture *f, const char *target)
{
	return service_fixture_call(&f->s, "GET", target, NULL, NULL);
}

static void gives(struct fixture *f, const char *target, const char *text)
{
	json_t *want = json_loads(text, 0, NULL);
	struct answer *a = get(f, target);

	assert_non_null(want);
	if (a->status != 200 || !json_equal(a->json, want))
		fail_msg("%s: %ld %s", target, a->status, a->body);
	json_decref(want);
	answer_free(a);
}

static void refuses(struct fixture *f, const char *method, const char *target,
		    long status, const char *key)
{
	struct answer *a = service_fixture_call(&f->s, method, target, NULL,
						 NULL);
	json_t *error = json_object_get(a->json, "error");
	const char *code = json_string_value(json_object_get(error, "code"));
	char want[64];

	snprintf(want, sizeof(want), "Base.1.22.%s", key);
	if (a->status != status || !code || strcmp(code, want))
		fail_msg("%s: %ld %s", target, a->status, a->body);
	answer_free(a);
}

#define REF(id)	"{\"@odata.id\": \"" V1 id "\"}"
#define C	"{\"@odata.id\": \"" V1 "/Systems/c\", \"Id\": \"c\", \"Gone\": " \
		REF("/Gone") "}"
#define B(to)	"{\"@odata.id\": \"" V1 "/Systems/b\", \"@odata.type\": " \
		"\"#ComputerSystem.v1_24_0.ComputerSystem\", \"Id\": \"b\", " \
		"\"Links\": {\"To\": [" to "]}}"
#define D(up)	"{\"@odata.id\": \"" V1 "/Systems/a/d\", \"Id\": \"d\", " \
		"\"Up\": " up "}"
#define A(below, to) \
		"{\"@odata.id\": \"" V1 "/Systems/a\", \"@odata.type\": " \
		"\"#ComputerSystem.v1_24_0.ComputerSystem\", \"Id\": \"a\", " \
		"\"Status\": {\"State\": \"Enabled\", \"Health\": \"OK\"}, " \
		"\"Below\": " below ", \"Links\": {\"To\": [" to "], " \
		"\"To@odata.count\": 1}}"
#define SYSTEMS(members, more) \
		"{\"@odata.id\": \"" V1 "/Systems\", \"@odata.type\": " \
		"\"#X.X\", \"Members@odata.count\": 3, " more \
		"\"Members\": [" members "]}"
#define NEXT(q)	"\"Members@odata.nextLink\": \"" V1 "/Systems?" q "\", "

#define RA	REF("/Systems/a")
#define RB	REF("/Systems/b")
#define RC	REF("/Systems/c")
#define RD	REF("/Systems/a/d")

static void test_ignored(void **state)
{
	gives(*state, V1 "/Systems/c?a=b&excerpt&%zz", C);
}

static void test_only(void **state)
{
	struct answer *a = get(*state, V1 "/One?only");

	assert_int_equal(a->status, 200);
	assert_string_equal(json_string_value(json_object_get(a->json, "Id")),
			    "b");
	/* It is the member whole: its entity tag and its schema. */
	assert_non_null(strcasestr(a->head, "\r\nETag: \""));
	assert_non_null(strcasestr(a->head, "ComputerSystem.v1_24_0.json"));
	assert_non_null(strcasestr(a->head, "\r\nAllow: GET, HEAD\r\n"));
	answer_free(a);
	gives(*state, V1 "/Systems?only", SYSTEMS(RA "," RB "," RC, ""));
}

static void test_page(void **state)
{
	struct answer *a;

	gives(*state, V1 "/Systems?$top=2",
	      SYSTEMS(RA "," RB, NEXT("$skip=2&$top=2")));
	gives(*state, V1 "/Systems?$skip=2&$top=2", SYSTEMS(RC, ""));
	gives(*state, V1 "/Systems?$skip=1", SYSTEMS(RB "," RC, ""));
	gives(*state, V1 "/Systems?$top=3", SYSTEMS(RA "," RB "," RC, ""));
	/* Nothing would ever be next. */
	gives(*state, V1 "/Systems?$top=0", SYSTEMS("", ""));
	gives(*state, V1 "/Systems?$skip=999999999", SYSTEMS("", ""));
	a = get(*state, V1 "/Systems?$top=2");
	assert_null(strcasestr(a->head, "\r\nETag:"));
	answer_free(a);
	/* Nothing of it stays in the tree. */
	gives(*state, V1 "/Systems", SYSTEMS(RA "," RB "," RC, ""));
}

static void test_expand(void **state)
{
	gives(*state, V1 "/Systems/a?$expand=.", A(D(RA), RB));
	gives(*state, V1 "/Systems/a?$expand=~", A(RD, B(RA)));
	gives(*state, V1 "/Systems/a?$expand=*", A(D(RA), B(RA)));
	gives(*state, V1 "/Systems/a?$expand=.($levels=2)",
	      A(D(A(RD, RB)), RB));
	gives(*state, V1 "/Systems/a?$expand=~($levels=3)",
	      A(RD, B(A(RD, B(RA)))));
	gives(*state, V1 "/Systems?$expand=.",
	      SYSTEMS(A(RD, RB) "," B(RA) "," C, ""));
	gives(*state, V1 "/Systems?$expand=~", SYSTEMS(RA "," RB "," RC, ""));
	gives(*state, V1 "/Systems?$skip=1&$top=1&$expand=.",
	      SYSTEMS(B(RA), NEXT("$skip=2&$top=1&$expand=.($levels=1)")));
	gives(*state, V1 "/Systems/a", A(RD, RB));
	gives(*state, V1 "/Systems/a/d", D(RA));
}

static void test_expand_bounded(void **state)
{
	struct answer *a;

	refuses(*state, "GET", V1 "/Many?$expand=.", 507,
		"InsufficientStorage");
	refuses(*state, "GET", V1 "/Many?$top=1001&$expand=.", 507,
		"InsufficientStorage");
	a = get(*state, V1 "/Many?$top=500&$expand=*($levels=6)");
	assert_int_equal(a->status, 200);
	answer_free(a);
}

static void test_select(void **state)
{
#define ID_TYPE	"\"@odata.id\": \"" V1 "/Systems/a\", \"@odata.type\": " \
		"\"#ComputerSystem.v1_24_0.ComputerSystem\""
	gives(*state, V1 "/Systems/a?$select=Id,Nothing,",
	      "{" ID_TYPE ", \"Id\": \"a\"}");
	gives(*state, V1 "/Systems/a?$select=Status/State,Links/To",
	      "{" ID_TYPE ", \"Status\": {\"State\": \"Enabled\"},"
	      " \"Links\": {\"To\": [" RB "], \"To@odata.count\": 1}}");
	gives(*state, V1 "/Systems/a?$select=Status,Status/State",
	      "{" ID_TYPE ", \"Status\": {\"State\": \"Enabled\","
	      " \"Health\": \"OK\"}}");
	gives(*state, V1 "/Systems/a?$select=Status/State,Status,Status/Health",
	      "{" ID_TYPE ", \"Status\": {\"State\": \"Enabled\","
	      " \"Health\": \"OK\"}}");
	gives(*state, V1 "/Systems?$select=Members&$top=1",
	      SYSTEMS(RA, NEXT("$skip=1&$top=1&$select=Members")));
	gives(*state, V1 "/Systems/a", A(RD, RB));
}

/* $select is of what $expand made; a path leads into every member. */
static void test_expand_select(void **state)
{
	gives(*state, V1 "/Systems?$expand=.&$select=Members/Id,Members/Status/Health",
	      SYSTEMS("{" ID_TYPE ", \"Id\": \"a\","
		      " \"Status\": {\"Health\": \"OK\"}},"
		      "{\"@odata.id\": \"" V1 "/Systems/b\", \"@odata.type\": "
		      "\"#ComputerSystem.v1_24_0.ComputerSystem\","
		      " \"Id\": \"b\"},"
		      "{\"@odata.id\": \"" V1 "/Systems/c\", \"Id\": \"c\"}",
		      ""));
	gives(*state, V1 "/Systems/a?$select=Links/To/Id&$expand=~",
	      "{" ID_TYPE ", \"Links\": {\"To@odata.count\": 1, \"To\": ["
	      "{\"@odata.id\": \"" V1 "/Systems/b\", \"@odata.type\": "
	      "\"#ComputerSystem.v1_24_0.ComputerSystem\","
	      " \"Id\": \"b\"}]}}");
	gives(*state, V1 "/Systems?$expand=.&$select=Name", "{\"@odata.id\":"
	      " \"" V1 "/Systems\", \"@odata.type\": \"#X.X\"}");
	gives(*state, V1 "/Systems?$top=1&$expand=.($levels=2)&$select=Members/Below/Id",
	      SYSTEMS("{" ID_TYPE ", \"Below\": {\"@odata.id\": \"" V1
		      "/Systems/a/d\", \"Id\": \"d\"}}",
		      NEXT("$skip=1&$top=1&$expand=.($levels=2)"
			   "&$select=Members/Below/Id")));
	gives(*state, V1 "/Systems?$select=Members@odata.count",
	      "{\"@odata.id\": \"" V1 "/Systems\", \"@odata.type\": \"#X.X\","
	      " \"Members@odata.count\": 3}");
	gives(*state, V1 "/Systems/a?$select=Sta,Status/,Id/x,/Id",
	      "{" ID_TYPE ", \"Status\": {}}");
	gives(*state, V1 "/Systems", SYSTEMS(RA "," RB "," RC, ""));
}

static void test_refused(void **state)
{
	struct fixture *f = *state;

	refuses(f, "GET", V1 "/Systems?$filter=a", 501,
		"QueryParameterUnsupported");
	refuses(f, "GET", V1 "/Systems?only=x", 400,
		"QueryParameterValueFormatError");
	refuses(f, "GET", V1 "/Systems?$top=-1", 400,
		"QueryParameterValueTypeError");
	refuses(f, "GET", V1 "/Systems?$expand=*($levels=7)", 400,
		"QueryParameterOutOfRange");
	refuses(f, "GET", V1 "/Systems?only&$expand=.", 400,
		"QueryCombinationInvalid");
	refuses(f, "GET", V1 "/Systems/a?only", 400,
		"QueryNotSupportedOnResource");
	refuses(f, "GET", V1 "/Systems/a?$top=1", 400,
		"QueryNotSupportedOnResource");
	refuses(f, "GET", "/redfish?$select=v1", 400,
		"QueryNotSupportedOnResource");
	refuses(f, "GET", V1 "/$metadata?$expand=.", 400,
		"QueryNotSupportedOnResource");
	refuses(f, "GET", V1 "/Nothing?$expand=.", 404,
		"ResourceMissingAtURI");
	refuses(f, "DELETE", V1 "/Systems/a?$top=1", 405,
		"OperationNotAllowed");
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_ignored), CASE(test_only), CASE(test_page),
		CASE(test_expand), CASE(test_expand_bounded), CASE(test_select),
		CASE(test_expand_select),
		CASE(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
