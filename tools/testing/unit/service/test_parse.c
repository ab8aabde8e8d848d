// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Parsing of what a client of the service sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/protocol/message.h"
#include "service/protocol/parse.h"
#include "service/protocol/query.h"

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

static void test_target_view(void **state)
{
	static const struct {
		const char *uri, *view, *path;
		enum svc_kind kind;
	} cases[] = {
		{ "/redfish/v1/A", "", "/redfish/v1/A", SVC_RESOURCE },
		{ "/ofmf/x-1/redfish/v1/A", "x-1", "/redfish/v1/A",
		  SVC_RESOURCE },
		{ "//ofmf/x//redfish//v1/", "x", "/redfish/v1/", SVC_RESOURCE },
		{ "/ofmf/x/redfish", "x", "/redfish", SVC_VERSIONS },
		{ "/ofmf/x/redfish/v1/$metadata?q", "x",
		  "/redfish/v1/$metadata", SVC_METADATA },
		{ "/ofmf/x", "", "/ofmf/x", SVC_RESOURCE },
		{ "/ofmf/redfish/v1/A", "", "/ofmf/redfish/v1/A",
		  SVC_RESOURCE },
		{ "/ofmf/x/y/redfish/v1", "", "/ofmf/x/y/redfish/v1",
		  SVC_RESOURCE },
		{ "/ofmf/x/ofmf/y/redfish/v1", "",
		  "/ofmf/x/ofmf/y/redfish/v1", SVC_RESOURCE },
		{ "/ofmf/12345678901234567890123456789012/redfish",
		  "12345678901234567890123456789012", "/redfish",
		  SVC_VERSIONS },
		{ "/ofmf/123456789012345678901234567890123/redfish", "",
		  "/ofmf/123456789012345678901234567890123/redfish",
		  SVC_RESOURCE },
	};
	struct svc_target target;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(svc_target_parse(&target, cases[i].uri), 0);
		assert_string_equal(target.view, cases[i].view);
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

static void test_query_text(void **state)
{
	static const char *const cases[][2] = {
		{ "/a", "" }, { "/a?", "" }, { "/a?x=$top", "x=$top" },
		{ "/a?%24top=1&y#$skip", "%24top=1&y" }, { "/a?b?c", "b?c" },
	};
	char text[2 * SVC_QUERY_MAX];
	struct svc_target target;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(svc_target_parse(&target, cases[i][0]), 0);
		assert_string_equal(target.query, cases[i][1]);
	}
	memset(text, 'a', sizeof(text));
	memcpy(text, "/a?", 3);
	text[3 + SVC_QUERY_MAX] = '\0';
	assert_int_equal(svc_target_parse(&target, text), -ENAMETOOLONG);
	text[3 + SVC_QUERY_MAX - 1] = '\0';
	assert_int_equal(svc_target_parse(&target, text), 0);
}

static void test_query(void **state)
{
	struct svc_query q;

	assert_int_equal(svc_query_parse(&q, ""), 0);
	assert_false(svc_query_given(&q));
	assert_int_equal(svc_query_parse(&q, "a=b&&=&%zz=1&only2&x=$top"), 0);
	assert_false(svc_query_given(&q));
	assert_int_equal(svc_query_parse(&q, "%24top=0&a&$skip=%37"), 0);
	assert_true(q.has_top && q.has_skip);
	assert_int_equal(q.top, 0);
	assert_int_equal(q.skip, 7);
	assert_int_equal(svc_query_parse(&q, "only"), 0);
	assert_true(q.only);
	assert_int_equal(svc_query_parse(&q, "$expand=."), 0);
	assert_int_equal(q.expand, SVC_EXPAND_OTHERS);
	assert_int_equal(q.levels, 1);
	assert_int_equal(svc_query_parse(&q, "$expand=~(%24levels=6)"), 0);
	assert_int_equal(q.expand, SVC_EXPAND_LINKS);
	assert_int_equal(q.levels, 6);
	assert_int_equal(svc_query_parse(&q, "$expand=*($levels=2)"), 0);
	assert_int_equal(q.expand, SVC_EXPAND_LINKS | SVC_EXPAND_OTHERS);
	assert_int_equal(svc_query_parse(&q, "$select=Id%2CStatus/State"), 0);
	assert_string_equal(q.select, "Id,Status/State");
}

static void test_query_refused(void **state)
{
	static const struct {
		const char *text;
		enum svc_message message;
		unsigned int status;
	} cases[] = {
		{ "$filter=x", SVC_QUERY_UNSUPPORTED, 501 },
		{ "a&$", SVC_QUERY_UNSUPPORTED, 501 },
		{ "$%zz", SVC_QUERY_UNSUPPORTED, 501 },
		{ "%24top%00=1", SVC_QUERY_UNSUPPORTED, 501 },
		{ "only=x", SVC_QUERY_FORMAT, 400 },
		{ "$top", SVC_QUERY_TYPE, 400 },
		{ "$top=", SVC_QUERY_TYPE, 400 },
		{ "$top=-1", SVC_QUERY_TYPE, 400 },
		{ "$skip=+1", SVC_QUERY_TYPE, 400 },
		{ "$skip=1x", SVC_QUERY_TYPE, 400 },
		{ "$top=1000000000", SVC_QUERY_VALUE, 400 },
		{ "$top=%zz", SVC_QUERY_FORMAT, 400 },
		{ "$top=1&$top=1", SVC_QUERY_COMBINATION, 400 },
		{ "$expand", SVC_QUERY_FORMAT, 400 },
		{ "$expand=Members", SVC_QUERY_FORMAT, 400 },
		{ "$expand=.x", SVC_QUERY_FORMAT, 400 },
		{ "$expand=.($levels=1", SVC_QUERY_FORMAT, 400 },
		{ "$expand=.($levels=1)x", SVC_QUERY_FORMAT, 400 },
		{ "$expand=.($levels=)", SVC_QUERY_TYPE, 400 },
		{ "$expand=.($levels=0)", SVC_QUERY_RANGE, 400 },
		{ "$expand=.($levels=7)", SVC_QUERY_RANGE, 400 },
		{ "$expand=.($levels=11111111111111111)", SVC_QUERY_FORMAT,
		  400 },
		{ "$select=", SVC_QUERY_FORMAT, 400 },
		{ "$select=a%0d%0aX:b", SVC_QUERY_FORMAT, 400 },
		{ "only&$top=1", SVC_QUERY_COMBINATION, 400 },
		{ "$select=Id&$select=Id", SVC_QUERY_COMBINATION, 400 },
	};
	struct svc_query q;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (svc_query_parse(&q, cases[i].text) != -EINVAL ||
		    q.message != cases[i].message ||
		    q.status != cases[i].status)
			fail_msg("%s: %u %u", cases[i].text, q.message,
				 q.status);
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
	assert_false(svc_header_accepts("application/json;q=0", "json"));
	assert_false(svc_header_accepts("application/json; a=b; Q=0.000",
					"json"));
	assert_false(svc_header_accepts("*/*;q=0.0, text/*", "json"));
	assert_true(svc_header_accepts("*/*;q=0, application/*;q=0.001",
				       "json"));
	assert_true(svc_header_accepts("*/*;q=1.0;", "json"));
	assert_true(svc_header_accepts("*/*;q=", "json"));
	/* found by fuzz_header: blanks after the last parameter */
	assert_true(svc_header_accepts("*/*; ,text/html", "json"));
	assert_true(svc_header_accepts("*/*;;  ", "json"));
}

static void test_content_type(void **state)
{
	assert_false(svc_header_is_json(NULL));
	assert_true(svc_header_is_json("application/json"));
	assert_true(svc_header_is_json(" Application/JSON; charset=utf-8"));
	assert_false(svc_header_is_json("application/json-patch+json"));
	assert_false(svc_header_is_json("application/jso"));
	assert_false(svc_header_is_json(""));
	assert_true(svc_header_is_identity(NULL));
	assert_true(svc_header_is_identity("Identity"));
	assert_false(svc_header_is_identity("gzip"));
	assert_false(svc_header_is_identity("identity, gzip"));
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

/* Texts, severities and resolutions are the DMTF's. */
static void test_messages(void **state)
{
	const char *schemas = getenv("REDFISH_SCHEMAS");
	json_t *registry, *known;
	char path[512];
	unsigned int i;

	snprintf(path, sizeof(path), "%s/registries/Base.1.22.1.json",
		 schemas ? schemas : "../shared/redfish");
	registry = json_load_file(path, 0, NULL);
	if (!registry) {
		print_message("not compared: no %s\n", path);
		skip();
	}
	known = json_object_get(registry, "Messages");
	for (i = 0; i < SVC_N_MESSAGES; i++) {
		static const char *const args[] = { "%1", "%2", "%3" };
		json_t *m = svc_message_args(i, args, NULL);
		const char *id = json_string_value(json_object_get(m,
							"MessageId"));
		json_t *want = json_object_get(known, strrchr(id, '.') + 1);

		if (!want || !json_equal(json_object_get(m, "Message"),
					 json_object_get(want, "Message")) ||
		    !json_equal(json_object_get(m, "MessageSeverity"),
				json_object_get(want, "MessageSeverity")) ||
		    !json_equal(json_object_get(m, "Resolution"),
				json_object_get(want, "Resolution")))
			fail_msg("%s is not as in the registry", id);
		json_decref(m);
	}
	json_decref(registry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_target_view),
		cmocka_unit_test(test_target_bad),
		cmocka_unit_test(test_query_text),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_query_refused),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_accepts),
		cmocka_unit_test(test_content_type),
		cmocka_unit_test(test_etag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
