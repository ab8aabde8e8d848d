// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Changes of the host, by clients that have accounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "secure_fixture.h"

#define AS(name)	name ":" name "-secret"
#define PORT		FIX_ADAPTERS "/" FIX_NIC "/Ports/1"
#define CHUNKS		FIX_SYSTEM "/MemoryDomains/cfmws-430000000-ram/MemoryChunks"

static char changer[64];	/* who changed something last */

static const char *on_methods(const char *uri, void *ctx)
{
	if (!strcmp(uri, PORT))
		return "GET, HEAD, PATCH";
	return strncmp(uri, CHUNKS, strlen(CHUNKS)) ? NULL :
						      "GET, HEAD, POST, DELETE";
}

static void on_change(const struct change *change, change_done done,
		      void *done_ctx, void *ctx)
{
	struct change_result result = { .outcome = CHANGE_DONE, .uri = PORT };

	snprintf(changer, sizeof(changer), "%s", change->who);
	done(&result, done_ctx);
}

/* Changes of the host are for operators, of what is not there yet as well. */
static void test_changes(void **state)
{
	static const char off[] = "{\"InterfaceEnabled\": false}";
	struct rf_agent agent = fix_alone;
	struct model *model = fix_host();
	struct secure *s = *state;

	fix_nic(model);
	fix_cxl(model);
	agent.actions = true;
	s->setup.hooks.methods = on_methods;
	s->setup.hooks.change = on_change;
	secure_start(s);
	assert_true(tree_publish(s->tree, fix_project(model, &agent), 0) > 0);
	model_free(model);
	secure_expect(s, AS(OPER), NULL, "PATCH", PORT, off, 200);
	assert_string_equal(changer, OPER);
	secure_expect(s, AS(ADMIN), NULL, "POST", CHUNKS "/x", "{}", 200);
	assert_string_equal(changer, ADMIN);
	changer[0] = '\0';
	secure_expect(s, AS(READER), NULL, "PATCH", PORT, off, 403);
	secure_expect(s, AS(READER), NULL, "POST", CHUNKS "/x", "{}", 403);
	secure_expect(s, AS(READER), NULL, "DELETE", CHUNKS "/x", NULL, 403);
	secure_expect(s, NULL, NULL, "PATCH", PORT, off, 401);
	secure_expect(s, NULL, NULL, "POST", CHUNKS "/x", "{}", 401);
	assert_string_equal(changer, "");
}

static bool on_view(const char *view, void *ctx)
{
	return !strcmp(view, "a");
}

/* An OFMF's view of the tree is no way around who may do what. */
static void test_views(void **state)
{
	static const char off[] = "{\"InterfaceEnabled\": false}";
	struct model *model = fix_host();
	struct secure *s = *state;

	fix_nic(model);
	s->setup.hooks.methods = on_methods;
	s->setup.hooks.change = on_change;
	s->setup.hooks.view = on_view;
	secure_start(s);
	assert_true(tree_publish(s->tree, fix_project(model, &fix_alone), 0) >
		    0);
	model_free(model);
	secure_expect(s, NULL, NULL, "GET", "/ofmf/a/redfish/v1/", NULL, 200);
	secure_expect(s, NULL, NULL, "GET", "/ofmf/a" PORT, NULL, 401);
	secure_expect(s, NULL, NULL, "GET", "/ofmf/b" PORT, NULL, 401);
	secure_expect(s, NULL, NULL, "PATCH", "/ofmf/a" PORT, off, 401);
	secure_expect(s, AS(READER), NULL, "GET", "/ofmf/a" PORT, NULL, 200);
	secure_expect(s, AS(READER), NULL, "GET", "/ofmf/b" PORT, NULL, 404);
	secure_expect(s, AS(READER), NULL, "PATCH", "/ofmf/a" PORT, off, 403);
	secure_expect(s, AS(OPER), NULL, "PATCH", "/ofmf/b" PORT, off, 404);
	assert_string_equal(changer, "");
	secure_expect(s, AS(OPER), NULL, "PATCH", "/ofmf/a" PORT, off, 200);
	assert_string_equal(changer, OPER);
}

static int setup(void **state)
{
	changer[0] = '\0';
	*state = secure_new();
	return 0;
}

static int teardown(void **state)
{
	secure_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_views, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
