// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What an OFMF's answers say, whatever shape they have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "ofmf/priv.h"

#define CM	"/redfish/v1/AggregationService/ConnectionMethods/h"
#define HOST	"http://h:1"

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(json);
	return json;
}

static void test_url_public(void **state)
{
	static const char *const urls[][2] = {
		{ "http://h:1", "http://h:1" },
		{ "http://u:p@h:1", "http://h:1" },
		{ "https://u:p@q@h/x@y", "https://h/x@y" },
		{ "http://h/a@b", "http://h/a@b" },
		{ "u@h", "h" },
	};
	size_t i;

	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		char *out = ofmf_url_public(urls[i][0]);

		assert_string_equal(out, urls[i][1]);
		free(out);
	}
}

static void test_source_ours(void **state)
{
	static const struct {
		const char *text;
		bool ours;
	} cases[] = {
		{ "{\"HostName\": \"http://h:1/\"}", true },
		{ "{\"HostName\": \"http://h:12\"}", false },
		{ "{\"HostName\": 5}", false },
		{ "{\"Links\": {\"ConnectionMethod\": {\"@odata.id\": \"" CM
		  "\"}}}", true },
		{ "{\"HostName\": \"http://h:1\", \"Links\":"
		  " {\"ConnectionMethod\": {\"@odata.id\": \"" CM "2\"}}}",
		  false },
		{ "{\"Links\": []}", false },
		{ "[]", false },
		{ "null", false },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *json = parse(cases[i].text);

		assert_int_equal(ofmf_source_ours(json, CM, HOST),
				 cases[i].ours);
		json_decref(json);
	}
	assert_false(ofmf_source_ours(NULL, CM, HOST));
}

static void source_id_is(const char *text, const char *id)
{
	json_t *json = parse(text);
	char *out = ofmf_source_id(json);

	if (id)
		assert_string_equal(out, id);
	else
		assert_null(out);
	free(out);
	json_decref(json);
}

static void test_source_id(void **state)
{
	source_id_is("{\"Id\": \"a-1\"}", "a-1");
	source_id_is("{\"@odata.id\": \"/x/a-2\"}", "a-2");
	source_id_is("{\"Id\": \"../x\"}", NULL);
	source_id_is("{\"Id\": \"\"}", NULL);
	source_id_is("{\"Id\": \"a b\"}", NULL);
	source_id_is("{}", NULL);
}

static struct tree *tree_of(const char *text)
{
	struct tree *tree = tree_new();

	assert_true(tree_publish(tree, parse(text), 0) >= 0);
	return tree;
}

#define TREE \
"{\"/redfish/v1/\": {\"S\": {\"@odata.id\": \"/redfish/v1/Systems\"}}," \
" \"/redfish/v1/Systems\": {\"Members\": [{\"@odata.id\": \"/redfish/v1/Systems/h\"}]}," \
" \"/redfish/v1/Systems/h\": {\"@odata.id\": \"/redfish/v1/Systems/h\"," \
"   \"M\": {\"@odata.id\": \"/redfish/v1/Systems/h/Memory\"}}," \
" \"/redfish/v1/Systems/h/Memory\": {\"Members\": [{\"@odata.id\": \"/redfish/v1/Systems/h/Memory/0\"}]}," \
" \"/redfish/v1/Systems/h/Memory/0\": {\"Name\": \"m\"}," \
" \"/redfish/v1/EventService\": {\"Name\": \"e\"}," \
" \"/redfish/v1/Chassis/c\": {\"Name\": \"c\"}}"

static void test_reachable(void **state)
{
	struct tree *tree = tree_of(TREE);
	json_t *theirs = parse("{\"/redfish/v1/Systems/h\": \"\"}");
	json_t *found = ofmf_reachable(tree, "/redfish/v1/Systems/h");

	assert_int_equal(json_object_size(found), 2);
	assert_non_null(json_object_get(found, "/redfish/v1/Systems/h"));
	assert_non_null(json_object_get(found,
					"/redfish/v1/Systems/h/Memory/0"));
	assert_int_equal(ofmf_missing(found, tree, theirs, NULL, NULL), 1);
	assert_int_equal(ofmf_missing(tree_all(tree), tree, theirs, NULL,
				      NULL), 2);
	json_decref(found);
	found = ofmf_reachable(tree, "/redfish/v1/Nothing");
	assert_int_equal(json_object_size(found), 0);
	json_decref(found);
	json_decref(theirs);
	tree_free(tree);
}

static void test_accessed(void **state)
{
	struct tree *tree = tree_of(TREE);
	json_t *source, *out;

	source = parse("{\"Links\": {\"ResourcesAccessed\": ["
		"\"/redfish/v1/Systems/Sunfish_ab12_h/Memory/0\", 7, null, [],"
		"{\"@odata.id\": \"/redfish/v1/Chassis/c\"}, {\"x\": 1},"
		"\"/redfish/v1/Systems/Sunfish_ab12_x\", \"http://evil/\","
		"\"/redfish/v1/Systems/Sunfish_\"]}}");
	out = ofmf_accessed(source, tree);
	assert_int_equal(json_object_size(out), 4);
	assert_string_equal(json_string_value(json_object_get(out,
			    "/redfish/v1/Systems/h/Memory/0")),
			    "/redfish/v1/Systems/Sunfish_ab12_h/Memory/0");
	assert_non_null(json_object_get(out, "/redfish/v1/Chassis/c"));
	json_decref(out);
	json_decref(source);
	out = ofmf_accessed(NULL, tree);
	assert_int_equal(json_object_size(out), 0);
	json_decref(out);
	tree_free(tree);
}

static void same(const char *a, const char *b, bool want)
{
	json_t *names = parse("{\"/ours\": \"/theirs\"}");
	json_t *x = parse(a), *y = parse(b);

	assert_int_equal(ofmf_resource_same(x, y, names), want);
	json_decref(x);
	json_decref(y);
	json_decref(names);
}

static void test_same(void **state)
{
	same("{\"a\": 1, \"Id\": \"x\"}", "{\"a\": 1, \"Id\": \"y\"}", true);
	same("{\"a\": 1}", "{\"a\": 2}", false);
	same("{\"a\": 1}", "{}", false);
	same("{}", "{\"a\": 1}", false);
	same("{}", "{\"a\": null}", true);
	same("{\"Status\": {\"Health\": \"OK\"}}",
	     "{\"Status\": {\"Health\": \"Critical\"}}", false);
	/* subordinates, annotations */
	same("{\"P\": {\"@odata.id\": \"/a\"}, \"@odata.id\": \"/x\"}",
	     "{\"P\": {\"@odata.id\": \"/b\"}, \"@odata.id\": \"/y\"}", true);
	/* there are subordinates, or there are none */
	same("{\"@odata.id\": \"/x\"}",
	     "{\"Ports\": {\"@odata.id\": \"/redfish/v1/Ports\"}}", false);
	same("{\"@odata.id\": \"/x\", \"Ports\": null}",
	     "{\"Ports\": {\"@odata.id\": \"/x/Ports\"}}", false);
	same("{\"Ports\": {\"@odata.id\": \"/x/Ports\"}}", "{}", false);
	same("{\"Ports\": {\"@odata.id\": \"/x/Ports\"}}",
	     "{\"Ports\": null}", false);
	/* further down with us, and what links to nothing of ours */
	same("{\"@odata.id\": \"/x\","
	     " \"CXL\": {\"V\": {\"@odata.id\": \"/x/V\"}}}",
	     "{\"CXL\": {\"V\": {\"@odata.id\": \"/x/V\"}},"
	     " \"V\": {\"@odata.id\": \"/redfish/v1/V\"}}", true);
	same("{\"@odata.id\": \"/x\"}",
	     "{\"Theirs\": {\"@odata.id\": \"/y/Z\"}}", true);
	same("{}", "{\"Links\": {}}", true);
	/* links, by the names that the OFMF gave */
	same("{\"P\": [{\"@odata.id\": \"/a\"}]}", "{}", false);
	same("{\"P\": []}", "{\"P\": [{\"@odata.id\": \"/a\"}]}", false);
	same("{\"Links\": {\"P\": [{\"@odata.id\": \"/ours\"}]}}",
	     "{\"Links\": {\"P\": [{\"@odata.id\": \"/theirs\"}]}}", true);
	same("{\"Links\": {\"P\": [{\"@odata.id\": \"/ours\"}]}}",
	     "{\"Links\": {\"P\": [{\"@odata.id\": \"/ours\"}]}}", false);
	/* Oem, but for the OFMF's own */
	same("{\"Oem\": {\"x\": 1}}",
	     "{\"Oem\": {\"x\": 1, \"Sunfish_RM\": 2}}", true);
	same("{\"Oem\": {\"x\": 1}}", "{\"Oem\": {\"x\": 2}}", false);
	same("{}", "{\"Oem\": {\"Sunfish_RM\": 2}}", true);
	same("{\"Oem\": {\"x\": 1}}", "{\"Oem\": 2}", false);
}

static void test_patch(void **state)
{
	json_t *names = parse("{\"/ours\": \"/theirs\"}");
	json_t *ours = parse("{\"a\": 1, \"b\": 2, \"Oem\": {\"x\": 1},"
			     " \"Links\": {\"P\": [{\"@odata.id\": \"/ours\"}]}}");
	json_t *theirs = parse("{\"a\": 1, \"b\": 3, \"c\": 4,"
			       " \"Oem\": {\"Sunfish_RM\": 5}}");
	json_t *want = parse("{\"b\": 2, \"c\": null,"
			     " \"Oem\": {\"x\": 1, \"Sunfish_RM\": 5},"
			     " \"Links\": {\"P\": [{\"@odata.id\": \"/theirs\"}]}}");
	json_t *patch = ofmf_resource_patch(ours, theirs, names);

	assert_true(json_equal(patch, want));
	json_decref(patch);
	json_decref(want);
	json_decref(theirs);
	json_decref(ours);
	json_decref(names);
}

static void patch_is(const char *a, const char *b, const char *want)
{
	json_t *names = parse("{\"/ours\": \"/theirs\"}");
	json_t *ours = parse(a), *theirs = parse(b), *right = parse(want);
	json_t *patch = ofmf_resource_patch(ours, theirs, names);

	assert_true(json_equal(patch, right));
	json_decref(patch);
	json_decref(right);
	json_decref(theirs);
	json_decref(ours);
	json_decref(names);
}

static void test_patch_links(void **state)
{
	patch_is("{\"@odata.id\": \"/x\"}",
		 "{\"Ports\": {\"@odata.id\": \"/redfish/v1/Ports\"}}",
		 "{\"Ports\": null}");
	patch_is("{\"P\": {\"@odata.id\": \"/ours\"}}", "{\"P\": null}",
		 "{\"P\": {\"@odata.id\": \"/theirs\"}}");
	/* never null: that breaks each DELETE at the reference */
	patch_is("{}", "{\"Links\": {\"P\": []}, \"a\": 1}",
		 "{\"Links\": {}, \"a\": null}");
}

/* An agent that is named more than once. */
static void test_doubled(void **state)
{
	static const char doubled[] =
		"{\"Oem\": {\"x\": 1, \"Sunfish_RM\": {\"m\": 2,"
		" \"FabricSharedWith\": [{\"@odata.id\": \"/a\"},"
		" {\"@odata.id\": \"/b\"}, {\"@odata.id\": \"/a\"}, 3, 3]}}}";
	static const char once[] =
		"{\"Oem\": {\"x\": 1, \"Sunfish_RM\": {\"m\": 2,"
		" \"FabricSharedWith\": [{\"@odata.id\": \"/a\"},"
		" {\"@odata.id\": \"/b\"}, 3, 3]}}}";
	json_t *copy = parse(doubled), *right = parse(once);

	assert_true(ofmf_copy_doubled(copy));
	assert_false(ofmf_copy_doubled(right));
	assert_false(ofmf_copy_doubled(NULL));
	json_decref(copy);
	json_decref(right);
	patch_is("{\"Oem\": {\"x\": 1}}", doubled, once);
	patch_is("{\"Oem\": {\"x\": 1}}", once, "{}");
}

/* Which of our members are left out, and which collections say so. */
static void test_members(void **state)
{
	static const struct {
		const char *theirs;
		size_t lost;
	} cases[] = {
		{ "{\"Members\": [{\"@odata.id\": \"/c/a\"},"
		  " {\"@odata.id\": \"/c/x_b\"}]}", 0 },
		{ "{\"Members\": [{\"@odata.id\": \"/c/x_b\"}]}", 1 },
		/* the name that it had before the OFMF gave it another */
		{ "{\"Members\": [{\"@odata.id\": \"/c/b\"}]}", 2 },
		{ "{\"Members\": []}", 2 },
		{ "{\"Members\": [1, null, {\"@odata.id\": 2}]}", 2 },
		{ "{\"Members\": [], \"Members@odata.nextLink\": \"/c?p=2\"}",
		  0 },
		{ "{\"Members\": {}}", 0 },
		{ "{}", 0 },
		{ "[]", 0 },
	};
	json_t *ours = parse("{\"Members\": [{\"@odata.id\": \"/c/a\"},"
			     " {\"@odata.id\": \"/c/b\"},"
			     " {\"@odata.id\": \"/c/not-there-at-all\"}]}");
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ofmf ofmf = {
			.copies = parse("{\"/c/a\": \"/c/a\","
					" \"/c/b\": \"/c/x_b\"}"),
			.differ.set = json_object(),
		};
		json_t *theirs = parse(cases[i].theirs);

		assert_int_equal(ofmf_members_compare(&ofmf, ours, theirs),
				 cases[i].lost);
		assert_int_equal(json_object_size(ofmf.differ.set),
				 cases[i].lost);
		json_decref(theirs);
		json_decref(ofmf.copies);
		json_decref(ofmf.differ.set);
	}
	json_decref(ours);
}

static void test_context_valid(void **state)
{
	char big[OFMF_CONTEXT_MAX + 2];

	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	assert_false(ofmf_context_valid(big));
	big[sizeof(big) - 2] = '\0';
	assert_true(ofmf_context_valid(big));
	assert_false(ofmf_context_valid(""));
	assert_false(ofmf_context_valid(".."));
	assert_false(ofmf_context_valid("a/b"));
	assert_false(ofmf_context_valid("a?b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_public),
		cmocka_unit_test(test_source_ours),
		cmocka_unit_test(test_source_id),
		cmocka_unit_test(test_reachable),
		cmocka_unit_test(test_accessed),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_patch),
		cmocka_unit_test(test_patch_links),
		cmocka_unit_test(test_doubled),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_context_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
