// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Publications, their differences and listeners, and the tree as files. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tempdir.h"
#include "tree/tree.h"

/* What a listener saw, as "+/a ~/b -/c ". */
struct seen {
	char text[512];
	uint64_t realtime;
	unsigned int calls;
	struct tree *tree;
	int nested;
};

static void listen(const struct tree_change *changes, size_t count,
		   uint64_t realtime, void *ctx)
{
	struct seen *seen = ctx;
	size_t i;

	seen->text[0] = '\0';
	for (i = 0; i < count; i++) {
		assert_int_equal(!changes[i].before,
				 changes[i].op == TREE_CREATED);
		assert_int_equal(!changes[i].after,
				 changes[i].op == TREE_REMOVED);
		strcat(seen->text, changes[i].op == TREE_CREATED ? "+" :
		       changes[i].op == TREE_CHANGED ? "~" : "-");
		strcat(seen->text, changes[i].uri);
		strcat(seen->text, " ");
	}
	seen->realtime = realtime;
	seen->calls++;
	if (seen->tree)
		seen->nested = tree_publish(seen->tree, json_object(), 0);
}

static json_t *parse(const char *text)
{
	json_t *json = json_loads(text, 0, NULL);

	assert_non_null(json);
	return json;
}

static void test_diff(void **state)
{
	struct tree *tree = tree_new();
	struct seen seen = { 0 };
	char etag[64];

	assert_int_equal(tree_listen(tree, listen, &seen), 0);
	assert_int_equal(tree_publish(tree, parse("{\"/a/b\":{\"x\":1},"
		"\"/a\":{},\"/a/c\":{\"y\":1},\"/a-b\":{}}"), 42), 4);
	assert_string_equal(seen.text, "+/a +/a-b +/a/b +/a/c ");
	assert_int_equal(seen.realtime, 42);
	assert_int_equal(tree_generation(tree), 1);
	strcpy(etag, tree_etag(tree, "/a/b"));
	assert_int_equal(etag[0], '"');

	/* the order of keys is no difference */
	assert_int_equal(tree_publish(tree, parse("{\"/a-b\":{},\"/a/c\":"
		"{\"y\":1},\"/a\":{},\"/a/b\":{\"x\":1}}"), 43), 0);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(tree_generation(tree), 1);

	assert_int_equal(tree_publish(tree, parse("{\"/a\":{\"z\":2},"
		"\"/a/b\":{\"x\":1},\"/d\":{}}"), 44), 4);
	assert_string_equal(seen.text, "+/d ~/a -/a/c -/a-b ");
	assert_string_equal(tree_etag(tree, "/a/b"), etag);
	assert_string_not_equal(tree_etag(tree, "/a"), etag);
	assert_null(tree_etag(tree, "/a/c"));
	assert_null(tree_get(tree, "/a/c"));
	assert_non_null(tree_get(tree, "/d"));
	assert_int_equal(json_object_size(tree_all(tree)), 3);
	assert_int_equal(tree_publish(tree, NULL, 0), -ENOMEM);
	assert_int_equal(json_object_size(tree_all(tree)), 3);
	tree_free(tree);
}

static void test_listeners(void **state)
{
	struct tree *tree = tree_new(), *other = tree_new();
	struct seen seen = { .tree = tree };
	int i;

	for (i = 0; i < TREE_LISTENERS_MAX; i++)
		assert_int_equal(tree_listen(tree, listen, &seen), 0);
	assert_int_equal(tree_listen(tree, listen, &seen), -ENOSPC);
	assert_int_equal(tree_publish(tree, parse("{\"/a\":{}}"), 0), 1);
	assert_int_equal(seen.calls, TREE_LISTENERS_MAX);
	assert_int_equal(seen.nested, -EBUSY);
	assert_non_null(tree_get(tree, "/a"));
	/* tags of two runs differ */
	assert_int_equal(tree_publish(other, parse("{\"/a\":{}}"), 0), 1);
	assert_string_not_equal(tree_etag(tree, "/a"), tree_etag(other, "/a"));
	tree_free(other);
	tree_free(tree);
	tree_free(NULL);
}

static int fill(const char *uri, json_t *resource, void *ctx)
{
	int *ret = ctx;

	assert_string_equal(uri, "/m");
	json_object_set_new(resource, "Count", json_integer(7));
	return *ret;
}

/* Values of a placeholder are read, and leave what is published alone. */
static void test_read(void **state)
{
	struct tree *tree = tree_new();
	json_t *read;
	int ret = 0;

	tree_publish(tree, parse("{\"/m\":{\"@odata.id\":\"/m\",\"Id\":\"m\","
		"\"Name\":\"M\"},\"/p\":{\"Id\":\"p\",\"Oem\":{}}}"), 0);
	assert_true(tree_is_placeholder(tree_get(tree, "/m")));
	assert_false(tree_is_placeholder(tree_get(tree, "/p")));
	read = tree_read(tree, "/m");
	assert_ptr_equal(read, tree_get(tree, "/m"));
	json_decref(read);

	tree_set_filler(tree, fill, &ret);
	read = tree_read(tree, "/m");
	assert_int_equal(json_integer_value(json_object_get(read, "Count")), 7);
	assert_null(json_object_get(tree_get(tree, "/m"), "Count"));
	json_decref(read);
	read = tree_read(tree, "/p");
	assert_ptr_equal(read, tree_get(tree, "/p"));
	json_decref(read);
	assert_null(tree_read(tree, "/q"));

	ret = -ENOENT;
	read = tree_read(tree, "/m");
	assert_ptr_equal(read, tree_get(tree, "/m"));
	json_decref(read);
	tree_free(tree);
}

static void test_dump(void **state)
{
	struct tree *tree = tree_new();
	char *dir = tempdir_make(), path[256], *text;

	tree_publish(tree, parse("{\"/redfish/v1/\":{\"Id\":\"root\"},"
		"\"/redfish/v1/Systems\":{\"Members\":[]},"
		"\"/redfish/v1/Systems/h/Memory/m\":{\"Id\":\"m\"}}"), 0);
	snprintf(path, sizeof(path), "%s/deep/tree", dir);
	assert_int_equal(tree_dump(tree, path), 0);
	assert_int_equal(tree_dump(tree, path), 0);
	text = tempdir_read(path, "index.json");
	assert_non_null(strstr(text, "root"));
	free(text);
	text = tempdir_read(path, "Systems/index.json");
	assert_non_null(strstr(text, "Members"));
	free(text);
	text = tempdir_read(path, "Systems/h/Memory/m/index.json");
	assert_string_equal(text, "{\n  \"Id\": \"m\"\n}\n");
	free(text);
	tempdir_write(dir, "file", "");
	snprintf(path, sizeof(path), "%s/file/tree", dir);
	assert_int_equal(tree_dump(tree, path), -ENOTDIR);
	tree_publish(tree, parse("{\"/redfish/v1/../../x\":{}}"), 0);
	assert_int_equal(tree_dump(tree, dir), -EINVAL);
	tree_publish(tree, parse("{\"/etc\":{}}"), 0);
	assert_int_equal(tree_dump(tree, dir), -EINVAL);
	tempdir_remove(dir);
	tree_free(tree);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
