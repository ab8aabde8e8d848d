// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Requests to change the host, also repeated ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "forward_fixture.h"

static bool text_is(const json_t *json, const char *key, const char *value)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text && !strcmp(text, value);
}

/* ---- ports -------------------------------------------------------------- */

static void test_port(void **state)
{
	struct rig *rig = *state;
	json_t *port;

	port = rig_expect(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 200);
	assert_true(json_is_false(json_object_get(port, "InterfaceEnabled")));
	assert_true(text_is(port, "@odata.id", PORT));
	assert_int_equal(rig->count, 1);
	assert_int_equal(rig->started[0].kind, ACTION_LINK);
	assert_false(rig->started[0].up);
	json_decref(port);
	/* again: the same answer */
	port = rig_expect(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 200);
	assert_true(json_is_false(json_object_get(port, "InterfaceEnabled")));
	json_decref(port);
	/* as the reference OFMF sends it */
	port = rig_expect(rig, "PATCH", "/" PORT, "{\"@odata.id\": \"" PORT "\", "
			  "\"Id\": \"1\", \"InterfaceEnabled\": true}", 200);
	assert_true(json_is_true(json_object_get(port, "InterfaceEnabled")));
	assert_null(json_object_get(port, "Id@Message.ExtendedInfo"));
	json_decref(port);
	assert_true(json_is_true(json_object_get(tree_get(rig->tree, PORT),
						 "InterfaceEnabled")));
}

#define LONG	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_port_refused(void **state)
{
	struct rig *rig = *state;
	json_t *port;

	rig_refused(rig, "PATCH", PORT, "{\"InterfaceEnabled\": 1}", 400,
		    "Base.1.22.PropertyValueTypeError");
	rig_refused(rig, "PATCH", PORT, "{\"LinkStatus\": \"LinkDown\"}", 400,
		    "Base.1.22.PropertyNotWritable");
	/* a name that is cut, within a character */
	rig_refused(rig, "PATCH", PORT, "{\"" LONG "\u00e9\": 1}",
		    400, "Base.1.22.PropertyUnknown");
	rig_refused(rig, "PATCH", PORT, "{}", 400, "Base.1.22.NoOperation");
	/* no net device makes it go up or down */
	rig_refused(rig, "PATCH", IB_PORT, "{\"InterfaceEnabled\": false}", 405,
		    "Base.1.22.OperationNotAllowed");
	assert_int_equal(rig->count, 0);
	/* a part of it */
	port = rig_expect(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false, "
			  "\"PortId\": \"9\"}", 200);
	assert_non_null(json_object_get(port,
					"PortId@Message.ExtendedInfo"));
	json_decref(port);
}

static void test_conditions(void **state)
{
	static const char *const headers[] = {
		"Content-Type: application/json", "If-Match: \"other\"", NULL
	};
	static const char body[] = "{\"InterfaceEnabled\": false}";
	struct rig *rig = *state;
	const char *match[3] = { headers[0] };
	struct answer *a;
	char *header;

	a = http_call(rig->event, service_port(rig->service), "PATCH", PORT,
		      headers, body, strlen(body));
	assert_int_equal(a->status, 412);
	answer_free(a);
	assert_int_equal(rig->count, 0);
	/* it is met before, and not any more when that is done */
	assert_true(asprintf(&header, "If-Match: %s",
			     tree_etag(rig->tree, PORT)) > 0);
	match[1] = header;
	a = http_call(rig->event, service_port(rig->service), "PATCH", PORT,
		      match, body, strlen(body));
	assert_int_equal(a->status, 200);
	assert_non_null(strstr(a->head, "Allow: GET, HEAD, PATCH"));
	answer_free(a);
	free(header);
}

/* The kernel reports success, and the tree does not show it. */
static void test_not_seen(void **state)
{
	struct rig *rig = *state;
	json_t *port;

	rig->blind = true;
	port = rig_expect(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 200);
	assert_true(json_is_true(json_object_get(port, "InterfaceEnabled")));
	json_decref(port);
}

static void test_errors(void **state)
{
	static const struct {
		int error;
		long status;
		const char *message;
	} cases[] = {
		{ -EPERM, 500, "Base.1.22.InternalError" },
		{ -EBUSY, 409, "Base.1.22.ResourceInUse" },
		{ -ENOSPC, 507, "Base.1.22.InsufficientStorage" },
		{ -ENXIO, 400, "Base.1.22.PropertyValueError" },
	};
	struct rig *rig = *state;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig->result.error = cases[i].error;
		rig_refused(rig, "POST", CHUNKS, BODY("2048"), cases[i].status,
			    cases[i].message);
		assert_null(tree_get(rig->tree, CHUNK));
	}
	/* no work is left behind */
	rig_restart(rig);
	assert_int_equal(rig->count, i);
}

/* ---- chunks ------------------------------------------------------------- */

#define MINE	CHUNKS "/mine"

static void test_collection(void **state)
{
	struct rig *rig = *state;
	json_t *json;

	json = rig_expect(rig, "GET", DOMAIN, NULL, 200);
	assert_true(json_is_true(json_object_get(json,
					"AllowsMemoryChunkCreation")));
	json_decref(json);
	json = rig_expect(rig, "GET", CHUNKS, NULL, 200);
	assert_int_equal(json_array_size(json_object_get(json, "Members")), 0);
	json_decref(json);
}

static void test_valid(void **state)
{
	struct rig *rig = *state;
	int valid = fix_validate_tree(tree_all(rig->tree));

	if (valid < 0)
		skip();
	assert_int_equal(valid, 0);
}

static void test_chunk(void **state)
{
	struct rig *rig = *state;
	struct answer *a = rig_ask(rig, "POST", CHUNKS, BODY("2048"));

	assert_int_equal(a->status, 201);
	assert_non_null(strstr(a->head, "Location: " CHUNK "\r\n"));
	assert_true(text_is(a->json, "@odata.id", CHUNK));
	answer_free(a);
	assert_int_equal(rig->started[0].kind, ACTION_REGION_CREATE);
	rig_done(rig, "GET", CHUNK, NULL, 200);

	rig_done(rig, "DELETE", CHUNK, NULL, 204);
	assert_int_equal(rig->count, 2);
	assert_int_equal(rig->started[1].kind, ACTION_REGION_DELETE);
	assert_string_equal(rig->started[1].region, "region0");
	rig_refused(rig, "GET", CHUNK, NULL, 404,
		    "Base.1.22.ResourceMissingAtURI");
	/* again: it is gone, as was asked for; and so after a restart */
	rig_done(rig, "DELETE", CHUNK, NULL, 204);
	rig_restart(rig);
	rig_done(rig, "DELETE", CHUNK, NULL, 204);
	rig_refused(rig, "DELETE", CHUNKS "/4711", NULL, 404,
		    "Base.1.22.ResourceMissingAtURI");
	assert_int_equal(rig->count, 2);
}

/* As the reference OFMF does: to the URI of the new member, and again. */
static void test_member(void **state)
{
	struct rig *rig = *state;
	json_t *json;
	int i;

	for (i = 0; i < 2; i++) {
		json = rig_expect(rig, "POST", "/" CHUNKS "/mine", BODY("2048"),
				  200);
		assert_true(text_is(json, "@odata.id", MINE));
		assert_true(text_is(json, "Id", "mine"));
		json_decref(json);
		assert_int_equal(rig->count, 1);
	}
	rig_restart(rig);
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	rig_done(rig, "POST", CHUNKS, "{\"Id\": \"mine\", "
		 "\"MemoryChunkSizeMiB\": 2048, \"InterleaveSets\": ["
		 "{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM1) "\"}}, "
		 "{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "\"}}]}", 200);
	assert_int_equal(rig->count, 1);
	/* another of the same name */
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("1024"), 409,
		    "Base.1.22.ResourceCreationConflict");
	/* it is that one, everywhere */
	rig_done(rig, "GET", MINE, NULL, 200);
	rig_done(rig, "GET", FIX_CXL "/Connections/mine", NULL, 200);
	assert_null(tree_get(rig->tree, CHUNK));
	rig_done(rig, "DELETE", MINE, NULL, 204);
	assert_int_equal(rig->count, 2);
	rig_done(rig, "DELETE", MINE, NULL, 204);
	assert_int_equal(rig->count, 2);
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	assert_int_equal(rig->count, 3);
}

/*
 * Another client's next chunk has the same address. A repeated DELETE of the
 * first one must not remove it.
 */
static void test_another_there(void **state)
{
	struct rig *rig = *state;

	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	rig_done(rig, "DELETE", MINE, NULL, 204);
	assert_int_equal(rig->count, 2);
	fix_region(rig->model);
	rig_publish(rig);
	rig_done(rig, "GET", CHUNK, NULL, 200);
	rig_done(rig, "DELETE", CHUNKS "/mine", NULL, 204);
	rig_restart(rig);
	rig_done(rig, "DELETE", CHUNKS "/mine", NULL, 204);
	assert_int_equal(rig->count, 2);
	rig_done(rig, "GET", CHUNK, NULL, 200);
	rig_done(rig, "DELETE", CHUNK, NULL, 204);
	assert_int_equal(rig->count, 3);
}

static void test_chunk_refused(void **state)
{
	struct rig *rig = *state;

	rig_refused(rig, "POST", CHUNKS, "{}", 400, "Base.1.22.PropertyMissing");
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("257"), 400,
		    "Base.1.22.PropertyValueError");
	rig_refused(rig, "PATCH", CHUNKS "/mine", "{}", 405,
		    "Base.1.22.OperationNotAllowed");
	rig_refused(rig, "POST", CHUNKS "/a%0ab", BODY("2048"), 404,
		    "Base.1.22.ResourceMissingAtURI");
	rig_refused(rig, "POST", CHUNKS "/mine/more", BODY("2048"), 404,
		    "Base.1.22.ResourceMissingAtURI");
	rig_refused(rig, "POST", CHUNKS, "[]", 400,
		    "Base.1.22.UnrecognizedRequestBody");
	assert_int_equal(rig->count, 0);
}

/* ---- half done ---------------------------------------------------------- */

/* The child is killed: what it left is found and undone. */
static void test_interrupted(void **state)
{
	struct rig *rig = *state;

	rig->result.error = -ECHILD;
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("2048"), 500,
		    "Base.1.22.InternalError");
	assert_int_equal(rig->count, 2);
	assert_int_equal(rig->started[1].kind, ACTION_REGION_SETTLE);
	assert_string_equal(rig->started[1].memdevs[0], "mem1");
	assert_string_equal(rig->started[1].region, "");
	/* it can be asked for again */
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	assert_int_equal(rig->count, 3);
	rig->result.error = -ETIMEDOUT;
	rig_refused(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 500,
		    "Base.1.22.InternalError");
	assert_int_equal(rig->count, 4);
}

/* fabmond is killed after the commit, before the client is answered. */
static void test_killed(void **state)
{
	struct rig *rig = *state;
	struct answer *a;
	json_t *body;
	int fd = rig_begin(rig, "POST", CHUNKS "/mine", BODY("2048"));

	/* nobody else may make one meanwhile, but other things go on */
	rig_refused(rig, "POST", CHUNKS "/other", BODY("2048"), 503,
		    "Base.1.22.ServiceTemporarilyUnavailable");
	/* the record stays when it stops */
	forward_stop(rig->forward);
	close(fd);
	service_stop(rig->service);
	forward_free(rig->forward);
	tree_free(rig->tree);
	rig->tree = tree_new();
	model_region_failed(rig->model);
	forward_expect(rig->store, rig->model);
	fix_region(rig->model);
	rig_publish(rig);
	/* not shown under another name meanwhile */
	assert_null(tree_get(rig->tree, CHUNK));
	rig_start_forward(rig);
	rig_start_service(rig, true);
	assert_int_equal(rig->count, 2);
	assert_int_equal(rig->started[1].kind, ACTION_REGION_SETTLE);
	assert_string_equal(rig->started[1].root, "decoder0.0");
	rig->ended = 1;
	rig->slow = false;
	rig->result.start = 0x430000000;
	rig_end_one(rig);
	/* it is that one's */
	a = rig_ask(rig, "POST", CHUNKS "/mine", BODY("2048"));
	assert_int_equal(a->status, 200);
	body = a->json;
	assert_true(text_is(body, "@odata.id", MINE));
	answer_free(a);
	assert_int_equal(rig->count, 2);
}

static void test_id_refused(void **state)
{
	struct rig *rig = *state;

	rig_refused(rig, "POST", CHUNKS, "{\"Id\": \"a b\", "
		    "\"MemoryChunkSizeMiB\": 2048, \"InterleaveSets\": ["
		    "{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM1) "\"}}, "
		    "{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "\"}}]}",
		    400, "Base.1.22.PropertyValueError");
	/* in use, in another window */
	fix_pmem(rig->model);
	rig_publish(rig);
	rig_refused(rig, "POST", CHUNKS "/" FIX_REGION_PMEM, BODY("2048"), 409,
		    "Base.1.22.ResourceCreationConflict");
	assert_int_equal(rig->count, 0);
}

static void on_change_of(const struct tree_change *changes, size_t count,
			 uint64_t realtime, void *ctx)
{
	json_t *seen = ctx;
	size_t i;

	for (i = 0; i < count; i++)
		json_array_append_new(seen, json_string(changes[i].uri));
}

/* It is published when it is whole, and never under another name. */
static void test_one_name(void **state)
{
	struct rig *rig = *state;
	json_t *seen = json_array(), *uri;
	size_t i, found = 0;

	assert_int_equal(tree_listen(rig->tree, on_change_of, seen), 0);
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	json_array_foreach(seen, i, uri) {
		found += !strcmp(json_string_value(uri), MINE);
		assert_null(strstr(json_string_value(uri), FIX_REGION));
	}
	assert_int_equal(found, 1);
	json_decref(seen);
}

static json_t *uuid_of(const struct rig *rig, const char *uri)
{
	json_t *uuid = json_object_get(tree_get(rig->tree, uri), "DisplayName");

	assert_non_null(uuid);
	return json_incref(uuid);
}

/* The next one of the same name and address is not the same resource. */
static void test_next_of_name(void **state)
{
	struct rig *rig = *state;
	json_t *first, *second;

	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	first = uuid_of(rig, MINE);
	rig_done(rig, "DELETE", MINE, NULL, 204);
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	second = uuid_of(rig, MINE);
	assert_false(json_equal(first, second));
	json_decref(first);
	json_decref(second);
}

#define BODY_STATE(state) \
	"{\"RequestedOperationalState\": \"" state "\", " \
	"\"MemoryChunkSizeMiB\": 2048, \"InterleaveSets\": [" \
	"{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM1) "\"}}, " \
	"{\"Memory\": {\"@odata.id\": \"" MEM(FIX_MEM0) "\"}}]}"

static void test_use(void **state)
{
	struct rig *rig = *state;
	json_t *chunk;

	chunk = rig_expect(rig, "POST", MINE, BODY_STATE("Offline"), 200);
	assert_int_equal(rig->started[0].use, ACTION_USE_DEVDAX);
	assert_true(text_is(chunk, "RequestedOperationalState", "Offline"));
	json_decref(chunk);
	rig_done(rig, "POST", MINE, BODY_STATE("Offline"), 200);
	/* it is the same one, to who does not say what it is used as */
	rig_done(rig, "POST", MINE, BODY("2048"), 200);
	rig_refused(rig, "POST", MINE, BODY_STATE("Online"), 409,
		    "Base.1.22.ResourceCreationConflict");
	assert_int_equal(rig->count, 1);
}

static void test_use_default(void **state)
{
	struct rig *rig = *state;

	rig->use = ACTION_USE_SYSTEM_RAM;
	rig_restart(rig);
	rig_done(rig, "POST", MINE, BODY("2048"), 200);
	assert_int_equal(rig->started[0].use, ACTION_USE_SYSTEM_RAM);
	rig_done(rig, "DELETE", MINE, NULL, 204);
	rig_done(rig, "POST", MINE, BODY_STATE("Offline"), 200);
	assert_int_equal(rig->started[2].use, ACTION_USE_DEVDAX);
}

/* It is there, and the memory is not in use yet. */
static void test_use_awaited(void **state)
{
	struct rig *rig = *state;

	rig->blind = true;
	fix_region(rig->model);
	rig_refused(rig, "POST", MINE, BODY_STATE("Online"), 500,
		    "Base.1.22.InternalError");
}

/* What holds it is in the answer. */
static void test_why(void **state)
{
	struct rig *rig = *state;
	json_t *error, *list;

	rig_done(rig, "POST", MINE, BODY("2048"), 200);
	rig->result.error = -EBUSY;
	strcpy(rig->result.why, "process 7 (db) has dax0.0 open");
	error = rig_expect(rig, "DELETE", MINE, NULL, 409);
	assert_string_equal(rig_message(error), "Base.1.22.ResourceInUse");
	list = json_object_get(json_object_get(error, "error"),
			       "@Message.ExtendedInfo");
	assert_non_null(strstr(json_string_value(json_object_get(
					json_array_get(list, 0),
					"Resolution")), "process 7 (db)"));
	json_decref(error);
	rig_done(rig, "GET", MINE, NULL, 200);
}

/* What else appears while one is made, and is not that one. */
static void test_made_meanwhile(void **state)
{
	struct rig *rig = *state;
	int fd = rig_begin(rig, "POST", CHUNKS "/mine", BODY("2048"));

	fix_region(rig->model);
	rig_publish(rig);
	assert_null(tree_get(rig->tree, CHUNK));
	/* the request fails, so it was another's */
	rig->slow = false;
	rig->result.error = -ENOSPC;
	rig_end_one(rig);
	assert_non_null(tree_get(rig->tree, CHUNK));
	assert_null(tree_get(rig->tree, MINE));
	close(fd);
}

/* It was created, and is seen only after the client was answered otherwise. */
static void test_seen_late(void **state)
{
	struct rig *rig = *state;

	rig->blind = true;
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("2048"), 500,
		    "Base.1.22.InternalError");
	rig->blind = false;
	fix_region(rig->model);
	rig_publish(rig);
	assert_non_null(tree_get(rig->tree, MINE));
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	assert_int_equal(rig->count, 1);
	/* it was recorded as under way, and is settled before the next one */
	rig->result.start = 0x430000000;
	rig_refused(rig, "DELETE", MINE, NULL, 503,
		    "Base.1.22.ServiceTemporarilyUnavailable");
	assert_int_equal(rig->count, 2);
	assert_int_equal(rig->started[1].kind, ACTION_REGION_SETTLE);
	while (rig->ended < rig->count)
		assert_true(sd_event_run(rig->event, 5000000) >= 0);
	assert_non_null(tree_get(rig->tree, MINE));
	rig_done(rig, "DELETE", MINE, NULL, 204);
	assert_int_equal(rig->count, 3);
}

/* It is never seen: others are not kept waiting for it for ever. */
static void test_never_seen(void **state)
{
	struct rig *rig = *state;

	rig->blind = true;
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("2048"), 500,
		    "Base.1.22.InternalError");
	rig->result.start = 0x430000000;
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("2048"), 503,
		    "Base.1.22.ServiceTemporarilyUnavailable");
	assert_int_equal(rig->started[1].kind, ACTION_REGION_SETTLE);
	/* its patience is 50 ms */
	assert_true(sd_event_run(rig->event, 1000000) >= 0);
	while (sd_event_run(rig->event, 200000) > 0)
		;
	rig->blind = false;
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	assert_int_equal(rig->count, 3);
	assert_int_equal(rig->started[2].kind, ACTION_REGION_CREATE);
}

/* The client does not wait for the answer. */
static void test_client_gone(void **state)
{
	struct rig *rig = *state;
	int fd = rig_begin(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}");

	close(fd);
	/* one of a resource, others of others */
	rig_refused(rig, "PATCH", PORT, "{\"InterfaceEnabled\": true}", 503,
		    "Base.1.22.ServiceTemporarilyUnavailable");
	rig->slow = false;
	rig_end_one(rig);
	rig_done(rig, "PATCH", PORT, "{\"InterfaceEnabled\": true}", 200);
	assert_int_equal(rig->count, 2);
}

/* A client that waits when fabmond stops is answered to try again. */
static void test_stop_meanwhile(void **state)
{
	struct rig *rig = *state;
	int fd = rig_begin(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}");
	char answer[64] = "";

	rig_restart(rig);
	assert_true(recv(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT) > 0);
	assert_memory_equal(answer, "HTTP/1.1 503 ", 13);
	close(fd);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_port), CASE(test_port_refused),
		CASE(test_conditions), CASE(test_not_seen),
		CASE(test_errors), CASE(test_collection), CASE(test_valid),
		CASE(test_chunk), CASE(test_member), CASE(test_another_there),
		CASE(test_chunk_refused),
		CASE(test_seen_late), CASE(test_never_seen),
		CASE(test_interrupted), CASE(test_killed),
		CASE(test_use), CASE(test_use_default), CASE(test_use_awaited),
		CASE(test_why),
		CASE(test_id_refused), CASE(test_one_name),
		CASE(test_next_of_name), CASE(test_made_meanwhile),
		CASE(test_client_gone), CASE(test_stop_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
