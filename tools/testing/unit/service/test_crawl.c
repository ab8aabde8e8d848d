// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A client that follows all links from the service root, on a host that has
 * every kind of resource, and checks each against DSP0266 and the schemas.
 * REDFISH_SCHEMAS names the schemas.
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
#include "service_fixture.h"

struct crawl {
	struct service_fixture s;
	json_t *seen;		/* URI -> resource */
	json_t *todo;		/* URIs */
};

static json_t *on_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	return rf_view_decorate(&fix_seen_waiting, uri, resource);
}

static int on_context(const char *view, const char *context, void *ctx)
{
	return 0;
}

static int setup(void **state)
{
	struct crawl *c = calloc(1, sizeof(*c));
	struct service_setup what = {
		.hooks = { .decorate = on_decorate, .context = on_context },
	};
	struct model *model = fix_all();

	*state = c;
	service_fixture_start(&c->s, &what, fix_project(model, &fix_waiting));
	model_free(model);
	c->seen = json_object();
	c->todo = json_array();
	return 0;
}

static int teardown(void **state)
{
	struct crawl *c = *state;

	service_fixture_stop(&c->s);
	json_decref(c->seen);
	json_decref(c->todo);
	free(c);
	return 0;
}

static struct answer *ask(struct crawl *c, const char *method, const char *uri)
{
	return service_fixture_call(&c->s, method, uri, NULL, NULL);
}

static void follow(struct crawl *c, const json_t *value)
{
	const char *name, *uri;
	json_t *item;
	size_t i;

	json_array_foreach(value, i, item)
		follow(c, item);
	json_object_foreach((json_t *)value, name, item) {
		uri = json_string_value(item);
		if (strcmp(name, "@odata.id") || !uri || strchr(uri, '#'))
			follow(c, item);
		else if (!json_object_get(c->seen, uri))
			json_array_append(c->todo, item);
	}
}

/* Up to the line's end; false if there is no such header. */
static bool header_get(const struct answer *a, const char *name, char *value,
		       size_t size)
{
	char want[64];
	const char *at;

	snprintf(want, sizeof(want), "\r\n%s: ", name);
	at = strcasestr(a->head, want);
	if (!at)
		return false;
	at += strlen(want);
	snprintf(value, size, "%.*s", (int)strcspn(at, "\r\n"), at);
	return true;
}

/* "#Port.v1_14_0.Port" to "Port.v1_14_0" */
static void namespace_of(const json_t *resource, char *out, size_t size)
{
	const char *type = json_string_value(json_object_get(resource,
							     "@odata.type"));

	assert_non_null(type);
	snprintf(out, size, "%.*s", (int)(strrchr(type, '.') - type) - 1,
		 type + 1);
}

static void check_resource(struct crawl *c, const char *uri)
{
	struct answer *a = ask(c, "GET", uri), *head;
	char value[256], want[256], namespace[128];

	if (a->status != 200 || !json_is_object(a->json))
		fail_msg("%s: %ld", uri, a->status);
	assert_string_equal(json_string_value(json_object_get(a->json,
					"@odata.id")), uri);
	namespace_of(a->json, namespace, sizeof(namespace));
	snprintf(want, sizeof(want), "<http://redfish.dmtf.org/schemas/v1/%s"
		 ".json>; rel=describedby", namespace);
	assert_true(header_get(a, "Link", value, sizeof(value)));
	assert_string_equal(value, want);
	assert_true(header_get(a, "ETag", value, sizeof(value)));
	assert_true(header_get(a, "Content-Type", value, sizeof(value)));
	assert_true(header_get(a, "Cache-Control", value, sizeof(value)));
	assert_true(header_get(a, "OData-Version", value, sizeof(value)));
	assert_true(header_get(a, "Access-Control-Allow-Origin", value,
			       sizeof(value)));
	assert_true(header_get(a, "Allow", value, sizeof(value)));
	json_object_set_new(a->json, "Allow", json_string(value));
	head = ask(c, "HEAD", uri);
	assert_int_equal(head->status, 200);
	assert_int_equal(head->size, 0);
	assert_true(header_get(head, "Allow", want, sizeof(want)));
	assert_string_equal(value, want);
	json_object_set(c->seen, uri, a->json);
	follow(c, a->json);
	answer_free(head);
	answer_free(a);
}

static void crawl(struct crawl *c)
{
	size_t i;

	json_array_append_new(c->todo, json_string(RF_ROOT));
	for (i = 0; i < json_array_size(c->todo); i++) {
		const char *uri = json_string_value(json_array_get(c->todo, i));

		if (!json_object_get(c->seen, uri))
			check_resource(c, uri);
	}
}

static void test_resources(void **state)
{
	struct crawl *c = *state;

	crawl(c);
	assert_true(json_object_size(c->seen) > 100);
}

/* What $metadata does not reference, no validator can check. */
static void test_metadata(void **state)
{
	struct crawl *c = *state;
	struct answer *a;
	const char *uri, *at;
	json_t *resource;
	char want[256], namespace[128];

	crawl(c);
	a = ask(c, "GET", RF_ROOT "$metadata");
	assert_int_equal(a->status, 200);
	json_object_foreach(c->seen, uri, resource) {
		namespace_of(resource, namespace, sizeof(namespace));
		snprintf(want, sizeof(want), "<edmx:Include Namespace=\"%s\"/>",
			 namespace);
		at = strstr(a->body, want);
		if (!at || strstr(at + 1, want))
			fail_msg("not once: %s", want);
	}
	assert_non_null(strstr(a->body, "Namespace=\"Message.v1_3_0\""));
	answer_free(a);
}

/* The service document has the root and each resource right below it. */
static void test_service_document(void **state)
{
	struct crawl *c = *state;
	struct answer *root = ask(c, "GET", RF_ROOT);
	struct answer *a = ask(c, "GET", RF_ROOT "odata");
	json_t *urls = json_object(), *entry, *link;
	const json_t *value = json_object_get(a->json, "value");
	const char *name, *uri;
	size_t i;

	json_array_foreach(value, i, entry) {
		uri = json_string_value(json_object_get(entry, "url"));
		assert_non_null(uri);
		assert_string_equal(json_string_value(json_object_get(entry,
						"kind")), "Singleton");
		assert_non_null(json_object_get(entry, "name"));
		assert_null(json_object_get(urls, uri));
		json_object_set_new(urls, uri, json_true());
	}
	assert_non_null(json_object_get(urls, RF_ROOT));
	json_object_foreach(root->json, name, link) {
		uri = json_string_value(json_object_get(link, "@odata.id"));
		if (uri && !json_object_get(urls, uri))
			fail_msg("%s is not in the service document", uri);
	}
	assert_string_equal(json_string_value(json_object_get(a->json,
					"@odata.context")),
			    RF_PREFIX "/$metadata");
	json_decref(urls);
	answer_free(a);
	answer_free(root);
}

static const char *schemas(void)
{
	const char *dir = getenv("REDFISH_SCHEMAS");

	return dir && *dir ? dir : "../shared/redfish";
}

/* The definition of a type, of any version; NULL if the schema is not here. */
static json_t *schema_of(const json_t *resource)
{
	const char *type = json_string_value(json_object_get(resource,
							     "@odata.type"));
	json_t *schema, *definition;
	char path[512];

	type = strrchr(type, '.') + 1;
	snprintf(path, sizeof(path), "%s/json-schema/%s.json", schemas(), type);
	schema = json_load_file(path, 0, NULL);
	definition = json_object_get(schema, "definitions");
	definition = json_incref(json_object_get(definition, type));
	json_decref(schema);
	return definition;
}

static bool forbids(const json_t *definition, const char *what)
{
	return json_is_false(json_object_get(definition, what));
}

/* A method that the schema forbids is never allowed, and refused. */
static void check_allow(struct crawl *c, const char *uri,
			const json_t *resource)
{
	static const struct {
		const char *method, *permission;
	} methods[] = {
		{ "PATCH", "updatable" }, { "POST", "insertable" },
		{ "DELETE", "deletable" },
	};
	const char *allow = json_string_value(json_object_get(resource,
							      "Allow"));
	json_t *definition = schema_of(resource);
	struct answer *a;
	size_t i;

	assert_non_null(definition);
	assert_non_null(strstr(allow, "GET"));
	assert_non_null(strstr(allow, "HEAD"));
	assert_null(strstr(allow, "PUT"));
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (!forbids(definition, methods[i].permission))
			continue;
		if (strstr(allow, methods[i].method))
			fail_msg("%s: Allow: %s", uri, allow);
		a = ask(c, methods[i].method, uri);
		if (a->status != 405 || !json_object_get(a->json, "error"))
			fail_msg("%s %s: %ld", methods[i].method, uri,
				 a->status);
		answer_free(a);
	}
	json_decref(definition);
}

static void test_allow(void **state)
{
	struct crawl *c = *state;
	json_t *resource, *probe;
	const char *uri;

	crawl(c);
	probe = schema_of(json_object_get(c->seen, RF_ROOT));
	if (!probe) {
		print_message("not compared: no schemas in %s\n", schemas());
		skip();
	}
	json_decref(probe);
	json_object_foreach(c->seen, uri, resource)
		check_allow(c, uri, resource);
}

/* Everything at once is what it is one by one. */
static void test_expand(void **state)
{
	struct crawl *c = *state;
	struct answer *a = ask(c, "GET", FIX_CHASSIS "/PCIeDevices?$expand=.");
	json_t *member, *one, *plain;
	const char *uri;
	size_t i;

	crawl(c);
	assert_int_equal(a->status, 200);
	assert_true(json_array_size(json_object_get(a->json, "Members")) > 2);
	json_array_foreach(json_object_get(a->json, "Members"), i, member) {
		uri = json_string_value(json_object_get(member, "@odata.id"));
		one = json_object_get(c->seen, uri);
		plain = json_copy(one);
		json_object_del(plain, "Allow");
		assert_true(json_equal(member, plain));
		json_decref(plain);
	}
	answer_free(a);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_resources), CASE(test_metadata),
		CASE(test_service_document), CASE(test_allow),
		CASE(test_expand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
