// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Out of memory: the tree stays, and the log names the resource and the step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "capture.h"
#include "fixture.h"
#include "json_memory.h"
#include "redfish/redfish.h"
#include "tree/publish.h"
#include "tree/readings.h"
#include "util/error.h"
#include "util/log.h"

#define FAILURES	60	/* allocations that fail, spread over all */

static size_t spent;	/* allocations of the last publish() */

static const struct config config = { .rdma_fabric = "roce" };

/* Publishes a host in a new tree, with @left allocations to spend, or any. */
static int publish(const struct model *model, struct tree *tree, bool fails,
		   unsigned long left)
{
	struct publish *publish = publish_new(model, tree, &config);
	int ret;

	assert_non_null(publish);
	json_memory_limit(fails ? left : SIZE_MAX);
	ret = publish_tree(publish, 0);
	spent = json_memory_restore();
	publish_free(publish);
	return ret;
}

static void check_failure(const struct model *model, unsigned long left)
{
	struct tree *tree = tree_new();
	struct capture capture;
	char *text;
	int ret;

	assert_non_null(tree);
	ret = publish(model, tree, true, left);
	assert_int_equal(ret, -ENOMEM);
	assert_int_equal(json_object_size(tree_all(tree)), 0);
	capture_begin(&capture);
	error_log(LOG_ERR, ret, "tree: cannot be published");
	text = capture_end(&capture);
	assert_int_equal(capture_lines(text, "tree: cannot be published: "), 1);
	assert_int_equal(capture_lines(text, ": no room for "), 1);
	assert_int_equal(capture_lines(text, ": Cannot allocate memory"), 1);
	/* but for the very first, in a resource */
	if (left > 10)
		assert_int_equal(capture_lines(text, ": /redfish/v1"), 1);
	free(text);
	tree_free(tree);
}

static void test_publish(void **state)
{
	struct model *model = fix_all();
	struct tree *tree = tree_new();
	unsigned long all, i;

	model_identify(model);
	assert_true(publish(model, tree, false, 0) > 0);
	tree_free(tree);
	all = spent;
	assert_true(all > 10 * FAILURES);
	for (i = 0; i < FAILURES; i++)
		check_failure(model, i < 10 ? i : all / FAILURES * i);
	model_free(model);
}

/* The line of one failure, from resource to property. */
static void test_property(void **state)
{
	struct model *model = fix_host();
	unsigned long left;
	bool found = false;
	struct tree *tree;

	model_identify(model);
	for (left = 0; !found; left++) {
		tree = tree_new();
		if (publish(model, tree, true, left) < 0)
			found = strstr(error_text(-ENOMEM),
				       FIX_SYSTEM ": no room for Status/Health");
		else
			fail();
		tree_free(tree);
	}
	model_free(model);
}

/* A placeholder whose values there is no memory for is shown as it is. */
static int on_fill(const char *uri, json_t *resource, void *ctx)
{
	return error_origin(-ENOMEM, "%s: no room for its counters", uri);
}

static void test_placeholder(void **state)
{
	struct tree *tree = tree_new();
	struct capture capture;
	json_t *read;
	char *text;

	tree_set_filler(tree, on_fill, NULL);
	assert_int_equal(tree_publish(tree, json_pack("{s:{s:s}}", "/m", "Name",
						      "metrics"), 0), 1);
	capture_begin(&capture);
	read = tree_read(tree, "/m");
	text = capture_end(&capture);
	assert_ptr_equal(read, tree_get(tree, "/m"));
	assert_int_equal(capture_lines(text,
				       "tree: values cannot be read: /m: no room for its counters: Cannot allocate memory"),
			 1);
	json_decref(read);
	free(text);
	tree_free(tree);
}

/* No memory to search with is no answer: the URI may be a placeholder's. */
static void test_search(void **state)
{
	struct model *model = fix_host();
	const char *device = NULL;
	json_t *resource = json_object();

	json_memory_limit(0);
	assert_int_equal(readings_fill(model, "/sys", FIX_SYSTEM, resource),
			 -ENOMEM);
	assert_int_equal(rf_log_device(model, FIX_SYSTEM, &device), -ENOMEM);
	json_memory_restore();
	assert_string_equal(error_text(-ENOMEM), FIX_SYSTEM
			    ": no room for a tree: Cannot allocate memory");
	assert_int_equal(readings_fill(model, "/sys", FIX_SYSTEM, resource),
			 -ENOENT);
	assert_int_equal(rf_log_device(model, FIX_SYSTEM, &device), -ENOENT);
	json_decref(resource);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_property),
		cmocka_unit_test(test_placeholder),
		cmocka_unit_test(test_search),
	};

	log_open("test", LOG_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
