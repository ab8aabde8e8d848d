// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The Redfish service over a real socket, case by case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "service/protocol/protocol.h"
#include "service_fixture.h"

#define SCHEMA	"/redfish/v1/Schemas/Fabmon_v1.xml"
#define SYSTEM	"/redfish/v1/Systems/h"

struct fixture {
	struct service_fixture s;
	char context[64];
	int refuse;
};

static const char tree_text[] =
"{\"/redfish/v1/\": {\"@odata.id\": \"/redfish/v1/\","
"  \"@odata.type\": \"#ServiceRoot.v1_20_0.ServiceRoot\", \"Id\": \"RootService\","
"  \"Systems\": {\"@odata.id\": \"/redfish/v1/Systems\"},"
"  \"Links\": {\"Sessions\": {\"@odata.id\": \"/redfish/v1/SessionService/Sessions\"}}},"
" \"/redfish/v1/Systems\": {\"@odata.id\": \"/redfish/v1/Systems\","
"  \"@odata.type\": \"#ComputerSystemCollection.ComputerSystemCollection\","
"  \"Members\": [{\"@odata.id\": \"/redfish/v1/Systems/h\"}], \"Members@odata.count\": 1},"
" \"/redfish/v1/Systems/h\": {\"@odata.id\": \"/redfish/v1/Systems/h\","
"  \"@odata.type\": \"#ComputerSystem.v1_24_0.ComputerSystem\", \"Id\": \"h\"},"
" \"/redfish/v1/EventService/Subscriptions/SunfishServer\": {"
"  \"@odata.id\": \"/redfish/v1/EventService/Subscriptions/SunfishServer\","
"  \"@odata.type\": \"#EventDestination.v1_13_0.EventDestination\","
"  \"Id\": \"SunfishServer\", \"Protocol\": \"Redfish\", \"Context\": \"%s\"}}";

static json_t *resources(const struct fixture *f)
{
	char text[2048];
	json_t *all;

	snprintf(text, sizeof(text), tree_text, f->context);
	all = json_loads(text, 0, NULL);
	assert_non_null(all);
	return all;
}

static int on_context(const char *view, const char *context, void *ctx)
{
	struct fixture *f = ctx;

	assert_string_equal(view, "");
	if (f->refuse)
		return f->refuse;
	snprintf(f->context, sizeof(f->context), "%s", context);
	assert_true(tree_publish(f->s.tree, resources(f), 0) >= 0);
	return 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct service_setup what = {
		.hooks = { .context = on_context, .ctx = f },
	};

	*state = f;
	service_fixture_start(&f->s, &what, resources(f));
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	service_fixture_stop(&f->s);
	free(f);
	return 0;
}

static struct answer *call_body(struct fixture *f, const char *method,
				const char *target, const char *const *headers,
				const char *body, size_t size)
{
	return http_call(f->s.event, service_port(f->s.service), method, target,
			 headers, body, size);
}

static struct answer *call(struct fixture *f, const char *method,
			   const char *target)
{
	return call_body(f, method, target, NULL, NULL, 0);
}

static struct answer *patch(struct fixture *f, const char *body)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL
	};

	return call_body(f, "PATCH", SVC_SUBSCRIPTION, headers, body,
			 strlen(body));
}

static void has_header(const struct answer *a, const char *line)
{
	char want[256];

	snprintf(want, sizeof(want), "\r\n%s", line);
	if (!strcasestr(a->head, want))
		fail_msg("no \"%s\" in %s", line, a->head);
}

static void is_error(const struct answer *a, long status, const char *key)
{
	const json_t *error = json_object_get(a->json, "error");
	const json_t *info = json_object_get(error, "@Message.ExtendedInfo");
	const char *id;
	char want[64];

	assert_int_equal(a->status, status);
	id = json_string_value(json_object_get(json_array_get(info, 0),
					       "MessageId"));
	snprintf(want, sizeof(want), "Base.1.22.%s", key);
	assert_non_null(id);
	assert_string_equal(id, want);
	assert_string_equal(json_string_value(json_object_get(error, "code")),
			    want);
}

static void expect(struct fixture *f, const char *method, const char *target,
		   long status)
{
	struct answer *a = call(f, method, target);

	if (a->status != status)
		fail_msg("%s %s: %ld", method, target, a->status);
	answer_free(a);
}

static void test_get(void **state)
{
	struct answer *a = call(*state, "GET", SYSTEM);
	char origin[96];

	assert_int_equal(a->status, 200);
	assert_string_equal(json_string_value(json_object_get(a->json, "Id")),
			    "h");
	has_header(a, "OData-Version: 4.0");
	has_header(a, "Content-Type: application/json;charset=utf-8");
	has_header(a, "Cache-Control: no-cache");
	has_header(a, "Allow: GET, HEAD\r\n");
	snprintf(origin, sizeof(origin), "Access-Control-Allow-Origin: "
		 "http://127.0.0.1:%u\r\n",
		 service_port(((struct fixture *)*state)->s.service));
	has_header(a, origin);
	has_header(a, "ETag: \"");
	has_header(a, "Link: <http://redfish.dmtf.org/schemas/v1/"
		      "ComputerSystem.v1_24_0.json>; rel=describedby");
	answer_free(a);
	a = call(*state, "GET", SVC_SUBSCRIPTION);
	has_header(a, "Allow: GET, HEAD, PATCH\r\n");
	answer_free(a);
}

static void test_head(void **state)
{
	struct answer *a = call(*state, "HEAD", SYSTEM);

	assert_int_equal(a->status, 200);
	assert_int_equal(a->size, 0);
	has_header(a, "ETag: \"");
	has_header(a, "Content-Length: ");
	answer_free(a);
}

static void test_paths(void **state)
{
	char path[3000];

	expect(*state, "GET", "//redfish/v1/Systems/h", 200);
	expect(*state, "GET", "/redfish/v1", 200);
	expect(*state, "GET", "/redfish/v1/Systems/h?a=b", 200);
	expect(*state, "GET", "/redfish/v1/%24metadata", 200);
	expect(*state, "GET", "/", 404);
	expect(*state, "GET", "/redfish/v1/Systems/h%00", 400);
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	expect(*state, "GET", path, 414);
}

static void test_documents(void **state)
{
	struct answer *a = call(*state, "GET", "/redfish");

	assert_string_equal(json_string_value(json_object_get(a->json, "v1")),
			    "/redfish/v1/");
	answer_free(a);
	a = call(*state, "GET", "/redfish/v1/odata");
	assert_int_equal(json_array_size(json_object_get(a->json, "value")), 3);
	answer_free(a);
	a = call(*state, "GET", "/redfish/v1/$metadata");
	has_header(a, "Content-Type: application/xml");
	assert_non_null(strstr(a->body,
			       "Namespace=\"ComputerSystem.v1_24_0\""));
	assert_non_null(strstr(a->body, "RedfishExtensions.v1_0_0"));
	assert_non_null(strstr(a->body, "<EntityContainer"));
	assert_non_null(strstr(a->body, "Uri=\"" SCHEMA "\""));
	answer_free(a);
}

static void test_schema(void **state)
{
	struct answer *a = call(*state, "GET", SCHEMA);

	assert_int_equal(a->status, 200);
	has_header(a, "Content-Type: application/xml");
	assert_non_null(strstr(a->body, "Namespace=\"Fabmon.v1_0_0\""));
	assert_non_null(strstr(a->body, "</edmx:Edmx>\n"));
	answer_free(a);
	expect(*state, "GET", "/redfish/v1/Schemas/Nobodys_v1.xml", 404);
}

static void test_not_found(void **state)
{
	struct answer *a = call(*state, "GET", "/redfish/v1/Systems/x\"y");
	const json_t *info;

	is_error(a, 404, "ResourceMissingAtURI");
	info = json_object_get(json_object_get(a->json, "error"),
			       "@Message.ExtendedInfo");
	info = json_object_get(json_array_get(info, 0), "MessageArgs");
	assert_string_equal(json_string_value(json_array_get(info, 0)),
			    "/redfish/v1/Systems/x\"y");
	answer_free(a);
	a = call(*state, "GET", "/redfish/v1/%ff%fe%0a");
	is_error(a, 404, "ResourceMissingAtURI");
	answer_free(a);
}

static void test_methods(void **state)
{
	struct answer *a = call(*state, "DELETE", SYSTEM);

	is_error(a, 405, "OperationNotAllowed");
	has_header(a, "Allow: GET, HEAD\r\n");
	answer_free(a);
	a = call(*state, "BREW", SYSTEM);
	assert_int_equal(a->status, 501);
	has_header(a, "Allow: GET, HEAD\r\n");
	answer_free(a);
	a = call_body(*state, "POST", "/redfish/v1/Systems", NULL, "{}", 2);
	is_error(a, 405, "OperationNotAllowed");
	answer_free(a);
	a = call_body(*state, "PATCH", "/redfish/v1/", NULL, "{}", 2);
	is_error(a, 405, "OperationNotAllowed");
	answer_free(a);
	a = call_body(*state, "POST", "/redfish/v1/Systems/Members", NULL, "{}",
		      2);
	is_error(a, 405, "OperationNotAllowed");
	has_header(a, "Allow: GET, HEAD\r\n");
	answer_free(a);
	expect(*state, "GET", "/redfish/v1/Systems/Members", 404);
	expect(*state, "POST", SYSTEM "/Members", 404);
	expect(*state, "POST", "/Members", 404);
	expect(*state, "POST", "/redfish/v1/Nothing", 404);
}

static void test_conditional(void **state)
{
	struct fixture *f = *state;
	const char *headers[2] = { NULL, NULL };
	struct answer *a;
	char line[256];

	snprintf(line, sizeof(line), "If-None-Match: \"x\", W/%s",
		 tree_etag(f->s.tree, SYSTEM));
	headers[0] = line;
	a = call_body(f, "GET", SYSTEM, headers, NULL, 0);
	assert_int_equal(a->status, 304);
	assert_int_equal(a->size, 0);
	has_header(a, "ETag: \"");
	answer_free(a);
	headers[0] = "If-None-Match: \"x\"";
	a = call_body(f, "GET", SYSTEM, headers, NULL, 0);
	assert_int_equal(a->status, 200);
	answer_free(a);
	headers[0] = "If-Match: \"x\"";
	a = call_body(f, "PATCH", SVC_SUBSCRIPTION, headers, "{}", 2);
	is_error(a, 412, "PreconditionFailed");
	answer_free(a);
}

static void test_headers(void **state)
{
	const char *headers[2] = { "OData-Version: 3.0", NULL };
	struct answer *a = call_body(*state, "GET", SYSTEM, headers, NULL, 0);

	assert_int_equal(a->status, 412);
	answer_free(a);
	headers[0] = "Accept: text/html";
	a = call_body(*state, "GET", SYSTEM, headers, NULL, 0);
	assert_int_equal(a->status, 406);
	answer_free(a);
	headers[0] = "Accept: text/html, application/*;q=0.8";
	a = call_body(*state, "GET", SYSTEM, headers, NULL, 0);
	assert_int_equal(a->status, 200);
	answer_free(a);
}

static void test_patch(void **state)
{
	struct fixture *f = *state;
	struct answer *a = patch(f, "{\"Context\": \"c-1\"}");
	json_t *value;

	assert_int_equal(a->status, 200);
	assert_string_equal(f->context, "c-1");
	value = json_object_get(a->json, "Context");
	assert_string_equal(json_string_value(value), "c-1");
	answer_free(a);
	a = patch(f, "{\"Context\": \"c-2\", \"Protocol\": \"x\"}");
	assert_int_equal(a->status, 200);
	assert_string_equal(f->context, "c-2");
	assert_non_null(json_object_get(a->json,
					"Protocol@Message.ExtendedInfo"));
	answer_free(a);
}

static void test_patch_refused(void **state)
{
	static const struct {
		const char *body;
		const char *key;
	} cases[] = {
		{ "{\"Context\": ", "MalformedJSON" },
		{ "", "MalformedJSON" },
		{ "{\"Context\": \"a\", \"Context\": \"b\"}", "MalformedJSON" },
		{ "[1]", "UnrecognizedRequestBody" },
		{ "3", "UnrecognizedRequestBody" },
		{ "{}", "NoOperation" },
		{ "{\"@odata.id\": \"x\"}", "NoOperation" },
		{ "{\"Bogus\": 1}", "PropertyUnknown" },
		{ "{\"Protocol\": \"x\"}", "PropertyNotWritable" },
		{ "{\"Context\": 5}", "PropertyValueTypeError" },
		{ "{\"Context\": null}", "PropertyValueTypeError" },
	};
	struct fixture *f = *state;
	struct answer *a;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = patch(f, cases[i].body);
		is_error(a, 400, cases[i].key);
		answer_free(a);
	}
	f->refuse = -EINVAL;
	a = patch(f, "{\"Context\": \"../x\"}");
	is_error(a, 400, "PropertyValueFormatError");
	answer_free(a);
	f->refuse = -EIO;
	a = patch(f, "{\"Context\": \"x\"}");
	is_error(a, 500, "InternalError");
	answer_free(a);
	assert_string_equal(f->context, "");
}

static void test_patch_form(void **state)
{
	const char *headers[2] = { "Content-Type: text/plain", NULL };
	struct answer *a;
	char deep[512];

	a = call_body(*state, "PATCH", SVC_SUBSCRIPTION, headers, "{}", 2);
	assert_int_equal(a->status, 415);
	answer_free(a);
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	a = patch(*state, deep);
	is_error(a, 400, "MalformedJSON");
	answer_free(a);
}

/* Query parameters are for GET, but what is unknown is passed over. */
static void test_patch_query(void **state)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL
	};
	static const char body[] = "{\"Context\": \"q\"}";
	struct fixture *f = *state;
	struct answer *a;

	a = call_body(f, "PATCH", SVC_SUBSCRIPTION "?$select=Id", headers,
		      body, sizeof(body) - 1);
	is_error(a, 400, "QueryNotSupportedOnOperation");
	answer_free(a);
	assert_string_equal(f->context, "");
	a = call_body(f, "PATCH", SVC_SUBSCRIPTION "?x=1", headers, body,
		      sizeof(body) - 1);
	assert_int_equal(a->status, 200);
	answer_free(a);
	assert_string_equal(f->context, "q");
}

static void test_patch_large(void **state)
{
	static const char *const chunked[] = {
		"Transfer-Encoding: chunked", "Content-Type: application/json",
		NULL
	};
	size_t size = 256 * 1024;
	char *body = malloc(size);
	struct answer *a;

	memset(body, ' ', size);
	a = call_body(*state, "PATCH", SVC_SUBSCRIPTION, NULL, body, size);
	is_error(a, 413, "PayloadTooLarge");
	answer_free(a);
	a = call_body(*state, "PATCH", SVC_SUBSCRIPTION, chunked, body, size);
	is_error(a, 413, "PayloadTooLarge");
	answer_free(a);
	free(body);
}

static int raw_connect(struct fixture *f)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(service_port(f->s.service)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (void *)&sin, sizeof(sin)), 0);
	return fd;
}

static void test_slow_clients(void **state)
{
	static const char half[] = "GET /redfish/v1/ HTTP/1.1\r\nHo";
	struct fixture *f = *state;
	int fds[40];
	size_t i;

	for (i = 0; i < 40; i++) {
		fds[i] = raw_connect(f);
		assert_true(write(fds[i], half, sizeof(half) - 1) > 0);
	}
	expect(f, "GET", SYSTEM, 200);
	for (i = 0; i < 40; i++)
		close(fds[i]);
	expect(f, "GET", SYSTEM, 200);
}

static void test_byte_by_byte(void **state)
{
	static const char text[] =
		"PATCH " SVC_SUBSCRIPTION " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
		"Content-Type: application/json\r\n"
		"Content-Length: 17\r\nConnection: close\r\n\r\n"
		"{\"Context\": \"bb\"}";
	struct fixture *f = *state;
	int fd = raw_connect(f);
	char answer[1024] = "";
	size_t i;
	int r;

	for (i = 0; i < sizeof(text) - 1; i++) {
		assert_int_equal(write(fd, text + i, 1), 1);
		do {
			r = sd_event_run(f->s.event, 1000);
		} while (r > 0);
	}
	assert_true(read(fd, answer, sizeof(answer) - 1) > 0);
	assert_non_null(strstr(answer, " 200 "));
	assert_string_equal(f->context, "bb");
	close(fd);
}

static void test_garbage(void **state)
{
	static const char text[] = "\x16\x03\x01\x02\x00\x01\xfc\0\r\n\r\n";
	struct fixture *f = *state;
	int fd = raw_connect(f);

	assert_true(write(fd, text, sizeof(text)) > 0);
	expect(f, "GET", SYSTEM, 200);
	close(fd);
}

static void test_idle(void **state)
{
	struct fixture *f = *state;
	int i;

	expect(f, "GET", SYSTEM, 200);
	for (i = 0; i < 20; i++)
		if (!sd_event_run(f->s.event, 50000))
			break;
	assert_true(i < 10);
	assert_int_equal(sd_event_run(f->s.event, 500000), 0);
}

static void test_port_taken(void **state)
{
	struct fixture *f = *state;
	struct service_setup what = {
		.event = f->s.event, .tree = f->s.tree,
		.addr = "127.0.0.1", .port = service_port(f->s.service),
	};
	struct service *other = NULL;

	assert_int_equal(service_start(&other, &what), -EADDRINUSE);
	what.port = 0;
	what.addr = "no address";
	assert_int_equal(service_start(&other, &what), -EADDRNOTAVAIL);
	what.addr = "192.0.2.1";
	assert_int_equal(service_start(&other, &what), -EADDRNOTAVAIL);
	assert_null(other);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_get), CASE(test_head), CASE(test_paths),
		CASE(test_documents),
		CASE(test_schema),
		CASE(test_not_found), CASE(test_methods),
		CASE(test_conditional), CASE(test_headers), CASE(test_patch),
		CASE(test_patch_refused), CASE(test_patch_form),
		CASE(test_patch_query),
		CASE(test_patch_large), CASE(test_slow_clients),
		CASE(test_byte_by_byte), CASE(test_garbage), CASE(test_idle),
		CASE(test_port_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
