// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Parsing of what a client of the service sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "service/svc.h"

static void test_target(void **state)
{
	static const struct {
		const char *uri, *path;
		enum svc_kind kind;
	} cases[] = {
		{ "/", "/", SVC_RESOURCE },
		{ "/redfish", "/redfish", SVC_VERSIONS },
		{ "//redfish/", "/redfish", SVC_VERSIONS },
		{ "/redfish/v1", "/redfish/v1/", SVC_RESOURCE },
		{ "//redfish//v1//", "/redfish/v1/", SVC_RESOURCE },
		{ "//redfish/v1/A/b", "/redfish/v1/A/b", SVC_RESOURCE },
		{ "/redfish/v1/A///b/", "/redfish/v1/A/b", SVC_RESOURCE },
		{ "/redfish/v1/%41/%62", "/redfish/v1/A/b", SVC_RESOURCE },
		{ "/redfish/v1/A#x", "/redfish/v1/A", SVC_RESOURCE },
		{ "/redfish/v1/..", "/redfish/v1/..", SVC_RESOURCE },
		{ "http://h:80/redfish", "/redfish", SVC_VERSIONS },
		{ "HTTPS://u@h//redfish", "/redfish", SVC_VERSIONS },
		{ "/redfish/v1/odata", "/redfish/v1/odata", SVC_SERVICE },
		{ "/redfish/v1/$metadata", "/redfish/v1/$metadata",
		  SVC_METADATA },
		{ "/redfish/v1/%24metadata?x", "/redfish/v1/$metadata",
		  SVC_METADATA },
	};
	struct svc_target target;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(svc_target_parse(&target, cases[i].uri), 0);
		assert_string_equal(target.path, cases[i].path);
		assert_int_equal(target.kind, cases[i].kind);
	}
}

static void test_target_bad(void **state)
{
	static const char *const bad[] = {
		"", "*", "redfish", "http://h", "/a%00b", "/%", "/%4", "/%zz",
		"/%-1",
	};
	struct svc_target target;
	char text[2 * SVC_URI_MAX];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(svc_target_parse(&target, bad[i]), -EINVAL);
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(svc_target_parse(&target, text), -ENAMETOOLONG);
	text[SVC_URI_MAX - 2] = '\0';
	assert_int_equal(svc_target_parse(&target, text), 0);
	memset(text, '/', sizeof(text) - 1);
	assert_int_equal(svc_target_parse(&target, text), 0);
	assert_string_equal(target.path, "/");
}

static void test_query(void **state)
{
	static const char *const cases[][2] = {
		{ "/a", "" },
		{ "/a?", "" },
		{ "/a?x=$top", "" },
		{ "/a?only&&=&x", "" },
		{ "/a?$top=1", "$top" },
		{ "/a?x=1&$expand=.&$top", "$expand" },
		{ "/a?%24filter", "$filter" },
		{ "/a?$%zz", "$" },
		{ "/a?%", "" },
	};
	struct svc_target target;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(svc_target_parse(&target, cases[i][0]), 0);
		assert_string_equal(target.query, cases[i][1]);
	}
}

static void body_gives(const char *text, int want)
{
	json_t *json = NULL;

	assert_int_equal(svc_body_parse(text, strlen(text), &json), want);
	assert_int_equal(!json, want < 0);
	json_decref(json);
}

static void test_body(void **state)
{
	char deep[4 * SVC_DEPTH_MAX];
	json_t *json = NULL;

	body_gives("{}", 0);
	body_gives("{\"a\": \"[[[[\\\"{{{\"}", 0);
	body_gives("[]", -EINVAL);
	body_gives("\"\"", -EINVAL);
	body_gives("", -EBADMSG);
	body_gives("{", -EBADMSG);
	body_gives("{} x", -EBADMSG);
	body_gives("{\"a\": 1, \"a\": 2}", -EBADMSG);
	body_gives("{\"a\": \"\xff\"}", -EBADMSG);
	body_gives("\"\\", -EBADMSG);
	assert_int_equal(svc_body_parse(NULL, 0, &json), -EBADMSG);
	memset(deep, '[', SVC_DEPTH_MAX);
	memset(deep + SVC_DEPTH_MAX, ']', SVC_DEPTH_MAX);
	deep[2 * SVC_DEPTH_MAX] = '\0';
	body_gives(deep, -EINVAL);
	memset(deep, '[', SVC_DEPTH_MAX + 1);
	memset(deep + SVC_DEPTH_MAX + 1, ']', SVC_DEPTH_MAX + 1);
	deep[2 * SVC_DEPTH_MAX + 2] = '\0';
	body_gives(deep, -EBADMSG);
}

static void test_accepts(void **state)
{
	assert_true(svc_header_accepts(NULL, "json"));
	assert_true(svc_header_accepts("", "json"));
	assert_true(svc_header_accepts("*/*", "json"));
	assert_true(svc_header_accepts("text/html, */*;q=0.1", "json"));
	assert_true(svc_header_accepts("Application/JSON;charset=utf-8",
				       "json"));
	assert_true(svc_header_accepts("application/* ; q=1", "xml"));
	assert_false(svc_header_accepts("text/html", "json"));
	assert_false(svc_header_accepts("application/xml", "json"));
	assert_false(svc_header_accepts("application/jsonx,,", "json"));
	assert_false(svc_header_accepts("application/", "json"));
}

static void test_content_type(void **state)
{
	assert_true(svc_header_is_json(NULL));
	assert_true(svc_header_is_json("application/json"));
	assert_true(svc_header_is_json(" Application/JSON; charset=utf-8"));
	assert_false(svc_header_is_json("application/json-patch+json"));
	assert_false(svc_header_is_json("application/jso"));
	assert_false(svc_header_is_json(""));
}

static void test_etag(void **state)
{
	assert_true(svc_etag_matches("*", "\"a\"", false));
	assert_true(svc_etag_matches("\"a\"", "\"a\"", false));
	assert_true(svc_etag_matches("\"b\" ,\t\"a\"", "\"a\"", false));
	assert_false(svc_etag_matches("W/\"a\"", "\"a\"", false));
	assert_true(svc_etag_matches("W/\"a\"", "\"a\"", true));
	assert_false(svc_etag_matches("\"ab\"", "\"a\"", true));
	assert_false(svc_etag_matches("", "\"a\"", true));
	assert_false(svc_etag_matches(",,", "\"a\"", true));
	assert_false(svc_etag_matches("*", NULL, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_target_bad),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_content_type),
		cmocka_unit_test(test_etag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
