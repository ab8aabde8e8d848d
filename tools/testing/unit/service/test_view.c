// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The tree as several OFMFs see it, over a real socket: each has a prefix, its
 * own stamp in what it takes over, its own subscription and entity tags.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "service/protocol/protocol.h"
#include "service_fixture.h"

#define SOURCES	"/redfish/v1/AggregationService/AggregationSources/"
#define AGENT	"Oem/Sunfish_RM/ManagingAgent/@odata.id"

struct fixture {
	struct service_fixture s;
	char context[2][64];		/* of "a" and "b" */
};

static int index_of(const char *view)
{
	return !strcmp(view, "a") ? 0 : !strcmp(view, "b") ? 1 : -1;
}

static bool on_view(const char *view, void *ctx)
{
	return index_of(view) >= 0;
}

/* At the root there is no OFMF. */
static json_t *on_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	struct fixture *f = ctx;
	struct rf_view seen = { .url = "http://ofmf" };
	int i = index_of(view);

	if (i < 0)
		return json_incref((json_t *)resource);
	if (f->context[i][0])
		seen.context = f->context[i];
	return rf_view_decorate(&seen, uri, resource);
}

static int on_context(const char *view, const char *context, void *ctx)
{
	struct fixture *f = ctx;
	int i = index_of(view);

	assert_true(i >= 0);
	snprintf(f->context[i], sizeof(f->context[i]), "%s", context);
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct service_setup what = {
		.events = SERVICE_EVENTS_DEFAULT,
		.hooks = {
			.view = on_view, .decorate = on_decorate,
			.context = on_context, .ctx = f,
		},
	};
	struct model *model = fix_all();

	*state = f;
	service_fixture_start(&f->s, &what, fix_project(model, &fix_waiting));
	model_free(model);
	strcpy(f->context[0], "context-of-a");
	strcpy(f->context[1], "context-of-b");
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	service_fixture_stop(&f->s);
	free(f);
	return 0;
}

/* ---- asking ------------------------------------------------------------- */

static struct answer *ask(struct fixture *f, const char *method,
			  const char *target, const char *header,
			  const char *body)
{
	const char *headers[] = { "Content-Type: application/json", header,
				  NULL };

	return service_fixture_call(&f->s, method, target, headers, body);
}

static void expect(struct fixture *f, const char *method, const char *target,
		   const char *header, const char *body, long status)
{
	struct answer *a = ask(f, method, target, header, body);

	if (a->status != status)
		fail_msg("%s %s (%s): %ld", method, target,
			 header ? header : "", a->status);
	answer_free(a);
}

/* The value of a header of the answer to a GET. */
static void tag_of(struct fixture *f, const char *target, char tag[64])
{
	struct answer *a = ask(f, "GET", target, NULL, NULL);
	const char *at = strstr(a->head, "\r\nETag: ");

	assert_int_equal(a->status, 200);
	assert_non_null(at);
	at += strlen("\r\nETag: ");
	snprintf(tag, 64, "%.*s", (int)strcspn(at, "\r"), at);
	answer_free(a);
}

/* The managing agent of a resource; "" if it has none. */
static void agent_is(struct fixture *f, const char *target, const char *context)
{
	struct answer *a = ask(f, "GET", target, NULL, NULL);
	json_t *tree = json_pack("{s:O?}", "r", a->json);
	char want[128];

	assert_int_equal(a->status, 200);
	snprintf(want, sizeof(want), SOURCES "%s", context);
	if (*context)
		assert_string_equal(fix_str(tree, "r", AGENT), want);
	else
		assert_null(fix_at(tree, "r", "Oem/Sunfish_RM"));
	/* who sees it is nobody's business but theirs: links are the same */
	assert_string_equal(fix_str(tree, "r", "@odata.id"), FIX_SYSTEM);
	json_decref(tree);
	answer_free(a);
}

/* ---- tests -------------------------------------------------------------- */

static void test_stamps(void **state)
{
	struct fixture *f = *state;

	agent_is(f, FIX_SYSTEM, "");
	agent_is(f, "/ofmf/a" FIX_SYSTEM, "context-of-a");
	agent_is(f, "/ofmf/b" FIX_SYSTEM, "context-of-b");
	/* as the reference puts them together, and worse */
	agent_is(f, "/ofmf/a/" FIX_SYSTEM, "context-of-a");
	agent_is(f, "//ofmf//b/" FIX_SYSTEM "/", "context-of-b");
	agent_is(f, "/%6ffmf/%61" FIX_SYSTEM, "context-of-a");
	/* one request does not leave its view to the next */
	agent_is(f, FIX_SYSTEM, "");
	f->context[0][0] = '\0';
	agent_is(f, "/ofmf/a" FIX_SYSTEM, "");
	agent_is(f, "/ofmf/b" FIX_SYSTEM, "context-of-b");
}

/* Everything that an OFMF takes over, and nothing else. */
static void test_all(void **state)
{
	struct fixture *f = *state;
	const char *uri;
	json_t *value;

	json_object_foreach((json_t *)tree_all(f->s.tree), uri, value) {
		bool theirs = !json_object_get(value, "Members") &&
			      (!strncmp(uri, "/redfish/v1/Systems/", 20) ||
			       !strncmp(uri, "/redfish/v1/Chassis/", 20) ||
			       !strncmp(uri, "/redfish/v1/Fabrics/", 20));
		struct answer *a;
		char target[512];
		json_t *tree;

		snprintf(target, sizeof(target), "/ofmf/b%s", uri);
		a = ask(f, "GET", target, NULL, NULL);
		assert_int_equal(a->status, 200);
		tree = json_pack("{s:O}", "r", a->json);
		if (theirs)
			assert_string_equal(fix_str(tree, "r", AGENT),
					    SOURCES "context-of-b");
		else
			assert_null(fix_at(tree, "r", AGENT));
		json_decref(tree);
		answer_free(a);
	}
}

static void test_unknown(void **state)
{
	static const char *const unknown[] = {
		"/ofmf/c" FIX_SYSTEM, "/ofmf/A" FIX_SYSTEM, "/ofmf" FIX_SYSTEM,
		"/ofmf/" FIX_SYSTEM, "/ofmf/a", "/ofmf/a/", "/ofmf/", "/ofmf",
		"/ofmf/a/ofmf/b" FIX_SYSTEM, "/ofmf/a/../b" FIX_SYSTEM,
		"/ofmf/c/redfish", "/ofmf/c/redfish/v1/$metadata",
		"/ofmf/a/redfish/v1/nothing", "/ofmf/a/redfishes",
		"/ofmf/a234567890123456789012345678901234567890" FIX_SYSTEM,
		"/ofmf/c/redfish/v1/EventService/Subscriptions",
	};
	struct fixture *f = *state;
	struct answer *a;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		expect(f, "GET", unknown[i], NULL, NULL, 404);
	expect(f, "PATCH", "/ofmf/c" SVC_SUBSCRIPTION, NULL,
	       "{\"Context\": \"x\"}", 404);
	assert_string_equal(f->context[0], "context-of-a");
	a = ask(f, "GET", "//ofmf/c/redfish/v1/Systems", NULL, NULL);
	text = json_dumps(a->json, 0);
	assert_non_null(strstr(text, "/ofmf/c/redfish/v1/Systems"));
	free(text);
	answer_free(a);
}

/* What is about the service is the same from everywhere. */
static void test_documents(void **state)
{
	static const char *const paths[] = {
		"/redfish", "/redfish/v1", "/redfish/v1/odata",
		"/redfish/v1/$metadata", "/redfish/v1/Systems",
		"/redfish/v1/EventService",
	};
	struct fixture *f = *state;
	struct answer *a, *b;
	char target[128];
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(target, sizeof(target), "/ofmf/a/%s", paths[i]);
		a = ask(f, "GET", paths[i], NULL, NULL);
		b = ask(f, "GET", target, NULL, NULL);
		assert_int_equal(a->status, 200);
		assert_int_equal(b->status, 200);
		assert_string_equal(a->body, b->body);
		answer_free(a);
		answer_free(b);
	}
}

static void test_tags(void **state)
{
	struct fixture *f = *state;
	char bare[64], a[64], b[64], again[64], header[128];

	tag_of(f, FIX_SYSTEM, bare);
	tag_of(f, "/ofmf/a" FIX_SYSTEM, a);
	tag_of(f, "/ofmf/b" FIX_SYSTEM, b);
	assert_string_not_equal(bare, a);
	assert_string_not_equal(bare, b);
	assert_string_not_equal(a, b);
	snprintf(header, sizeof(header), "If-None-Match: %s", a);
	expect(f, "GET", "/ofmf/a" FIX_SYSTEM, header, NULL, 304);
	expect(f, "GET", "/ofmf/b" FIX_SYSTEM, header, NULL, 200);
	expect(f, "GET", FIX_SYSTEM, header, NULL, 200);
	/* another context is another representation */
	strcpy(f->context[0], "another");
	tag_of(f, "/ofmf/a" FIX_SYSTEM, again);
	assert_string_not_equal(a, again);
	tag_of(f, FIX_SYSTEM, again);
	assert_string_equal(bare, again);
	/* and what nobody adds to has one tag for all */
	tag_of(f, "/redfish/v1/Systems", bare);
	tag_of(f, "/ofmf/b/redfish/v1/Systems", b);
	assert_string_equal(bare, b);
}

static void test_queries(void **state)
{
	struct fixture *f = *state;
	struct answer *a;
	json_t *tree;

	a = ask(f, "GET", "/ofmf/b/redfish/v1/Systems?$expand=.", NULL, NULL);
	tree = json_pack("{s:O}", "r", a->json);
	assert_string_equal(fix_str(tree, "r", "Members/0/" AGENT),
			    SOURCES "context-of-b");
	json_decref(tree);
	answer_free(a);
	agent_is(f, "/ofmf/a/redfish/v1/Systems?only", "context-of-a");
	a = ask(f, "GET", "/ofmf/a" FIX_SYSTEM "?$select=Oem/Sunfish_RM", NULL,
		NULL);
	tree = json_pack("{s:O}", "r", a->json);
	assert_string_equal(fix_str(tree, "r", AGENT), SOURCES "context-of-a");
	json_decref(tree);
	answer_free(a);
}

static void subscription_is(struct fixture *f, const char *view,
			    const char *context)
{
	char target[128];
	struct answer *a;

	snprintf(target, sizeof(target), "%s" SVC_SUBSCRIPTION, view);
	a = ask(f, "GET", target, NULL, NULL);
	assert_int_equal(a->status, 200);
	assert_non_null(strstr(a->head, "Allow: GET, HEAD, PATCH\r\n"));
	assert_string_equal(json_string_value(json_object_get(a->json,
							      "Context")),
			    context);
	assert_string_equal(json_string_value(json_object_get(a->json,
							      "Destination")),
			    "http://ofmf/EventListener");
	assert_true(fix_validate_doc(a->json) <= 0);
	answer_free(a);
}

static void test_subscription(void **state)
{
	static const char list[] = "/redfish/v1/EventService/Subscriptions";
	struct fixture *f = *state;
	struct answer *a;
	char tag[64], other[64], header[128];

	subscription_is(f, "/ofmf/a", "context-of-a");
	subscription_is(f, "/ofmf/b", "context-of-b");
	expect(f, "GET", SVC_SUBSCRIPTION, NULL, NULL, 404);
	expect(f, "PATCH", SVC_SUBSCRIPTION, NULL, "{\"Context\": \"x\"}", 404);
	a = ask(f, "GET", list, NULL, NULL);
	assert_null(strstr(a->body, "SunfishServer"));
	answer_free(a);
	a = ask(f, "GET", "/ofmf/b/redfish/v1/EventService/Subscriptions",
		NULL, NULL);
	assert_non_null(strstr(a->body, SVC_SUBSCRIPTION));
	assert_int_equal(json_integer_value(json_object_get(a->json,
					"Members@odata.count")), 1);
	assert_true(fix_validate_doc(a->json) <= 0);
	answer_free(a);

	a = ask(f, "PATCH", "/ofmf/b/" SVC_SUBSCRIPTION, NULL,
		"{\"Context\": \"new\"}");
	assert_int_equal(a->status, 200);
	assert_string_equal(json_string_value(json_object_get(a->json,
							      "Context")),
			    "new");
	answer_free(a);
	subscription_is(f, "/ofmf/a", "context-of-a");
	subscription_is(f, "/ofmf/b", "new");
	agent_is(f, "/ofmf/b" FIX_SYSTEM, "new");

	tag_of(f, "/ofmf/a" SVC_SUBSCRIPTION, tag);
	tag_of(f, "/ofmf/b" SVC_SUBSCRIPTION, other);
	snprintf(header, sizeof(header), "If-Match: %s", other);
	expect(f, "PATCH", "/ofmf/a" SVC_SUBSCRIPTION, header,
	       "{\"Context\": \"x\"}", 412);
	snprintf(header, sizeof(header), "If-Match: %s", tag);
	expect(f, "PATCH", "/ofmf/a" SVC_SUBSCRIPTION, header,
	       "{\"Context\": \"x\"}", 200);
	assert_string_equal(f->context[0], "x");
	assert_string_equal(f->context[1], "new");
	expect(f, "DELETE", "/ofmf/a" SVC_SUBSCRIPTION, NULL, NULL, 405);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	static const struct CMUnitTest tests[] = {
		CASE(test_stamps), CASE(test_all), CASE(test_unknown),
		CASE(test_documents), CASE(test_tags), CASE(test_queries),
		CASE(test_subscription),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
