// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Who may change the host, and that nothing else of it can be changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_fixture.h"

/* Everybody on the host gets in, but may not change it. */
static void test_guests(void **state)
{
	struct rig *rig = *state;

	rig->security = (struct service_security) { .guests = true };
	rig_renew(rig, true);
	rig_refused(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 403,
		    "Base.1.22.InsufficientPrivilege");
	rig_refused(rig, "POST", CHUNKS, BODY("2048"), 403,
		    "Base.1.22.InsufficientPrivilege");
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("2048"), 403,
		    "Base.1.22.InsufficientPrivilege");
	rig_refused(rig, "DELETE", CHUNKS "/mine", NULL, 403,
		    "Base.1.22.InsufficientPrivilege");
	assert_int_equal(rig->count, 0);
	rig_done(rig, "GET", PORT, NULL, 200);
}

static void test_trusted(void **state)
{
	struct rig *rig = *state;

	rig->security = (struct service_security) { .trust = "127.0.0.1" };
	rig_renew(rig, true);
	rig_done(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 200);
	rig_done(rig, "POST", CHUNKS "/mine", BODY("2048"), 200);
	rig_done(rig, "DELETE", CHUNKS "/mine", NULL, 204);
	assert_int_equal(rig->count, 3);
	/* nothing but that */
	rig_refused(rig, "PATCH", FIX_SYSTEM, "{\"AssetTag\": \"x\"}", 405,
		    "Base.1.22.OperationNotAllowed");
	rig->security.trust = "192.0.2.1";
	rig_renew(rig, true);
	rig_refused(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 403,
		    "Base.1.22.InsufficientPrivilege");
	assert_int_equal(rig->count, 3);
}

/* ---- everything else ---------------------------------------------------- */

static bool may(const char *allow, const char *method)
{
	return allow && strstr(allow, method);
}

/* Refused where Allow does not name it; the rest is for the tests above. */
static size_t try_all(struct rig *rig, const char *uri)
{
	static const char *const methods[] = {
		"PUT", "POST", "PATCH", "DELETE", "OPTIONS",
	};
	struct answer *a;
	size_t i, n = 0;
	char *allow;

	a = rig_ask(rig, "GET", uri, NULL);
	assert_int_equal(a->status, 200);
	allow = strstr(a->head, "Allow: ");
	allow = allow ? strndup(allow, strcspn(allow, "\r")) : NULL;
	answer_free(a);
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (may(allow, methods[i]))
			continue;
		a = rig_ask(rig, methods[i], uri, "{\"InterfaceEnabled\": false}");
		if (a->status != 405 || !rig_message(a->json) ||
		    strcmp(rig_message(a->json),
			   "Base.1.22.OperationNotAllowed") ||
		    !strstr(a->head, "Allow: GET"))
			fail_msg("%s %s: %ld %s", methods[i], uri, a->status,
				 a->body);
		answer_free(a);
		n++;
	}
	free(allow);
	return n;
}

static size_t try_tree(struct rig *rig)
{
	json_t *all = json_deep_copy(tree_all(rig->tree)), *value;
	uint64_t generation = tree_generation(rig->tree);
	const char *uri;
	size_t n = 0;

	json_object_foreach(all, uri, value)
		n += try_all(rig, uri);
	assert_true(json_equal(all, tree_all(rig->tree)));
	assert_true(generation == tree_generation(rig->tree));
	assert_int_equal(rig->count, 0);
	json_decref(all);
	return n;
}

/* A host with everything. */
static void test_all_refused(void **state)
{
	struct rig *rig = *state;
	size_t allowed, forbidden;

	model_free(rig->model);
	rig->model = fix_all();
	rig_renew(rig, true);
	allowed = try_tree(rig);
	/* without allow_actions nothing of all that can be done */
	rig_renew(rig, false);
	forbidden = try_tree(rig);
	assert_true(allowed > 500);
	assert_true(forbidden > allowed);
	rig_refused(rig, "PATCH", PORT, "{\"InterfaceEnabled\": false}", 405,
		    "Base.1.22.OperationNotAllowed");
	rig_refused(rig, "POST", CHUNKS, BODY("2048"), 405,
		    "Base.1.22.OperationNotAllowed");
	rig_refused(rig, "POST", CHUNKS "/mine", BODY("2048"), 404,
		    "Base.1.22.ResourceMissingAtURI");
	rig_refused(rig, "DELETE", CHUNK, NULL, 405,
		    "Base.1.22.OperationNotAllowed");
	assert_int_equal(rig->count, 0);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_guests), CASE(test_trusted), CASE(test_all_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
