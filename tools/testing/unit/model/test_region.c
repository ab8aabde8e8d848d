// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a CXL region is called: over restarts of fabmond and reboots the same as
 * long as it is there, and no other one after it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

/**
 * struct world - what outlives the process
 * @memory: key -> text
 * @gone: birth of a region that is not there any more
 */
struct world {
	json_t *memory;
	const char *gone;
};

static bool memory_get(const char *key, char *ident, size_t size, void *ctx)
{
	struct world *w = ctx;
	const char *value = json_string_value(json_object_get(w->memory, key));

	return value && snprintf(ident, size, "%s", value) < (int)size;
}

static void memory_put(const char *key, const char *ident, void *ctx)
{
	struct world *w = ctx;

	if (ident)
		json_object_set_new(w->memory, key, json_string(ident));
	else
		json_object_del(w->memory, key);
}

static void memory_each(const char *prefix,
			void (*fn)(const char *key, const char *value,
				   void *fn_ctx), void *fn_ctx, void *ctx)
{
	struct world *w = ctx;
	const char *key;
	json_t *value;

	json_object_foreach(w->memory, key, value)
		if (!strncmp(key, prefix, strlen(prefix)))
			fn(key, json_string_value(value), fn_ctx);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->memory = json_object();
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	json_decref(w->memory);
	free(w);
	return 0;
}

/* A run of fabmond, on a host with two devices and no region. */
static struct model *run(struct world *w)
{
	const struct model_memory hooks = {
		.get = memory_get, .put = memory_put, .each = memory_each,
		.ctx = w,
	};
	struct model *model = fix_host();

	model_remember(model, &hooks);
	fix_cxl(model);
	return model;
}

static struct model_node *region_of(struct model *model)
{
	return fix_node(model, "region0", FABMON_NODE_KIND_CXL_REGION);
}

/* The region, as the kernel's object with this birth. */
static struct model_node *region(struct model *model, const char *birth)
{
	struct model_node *node;

	fix_region(model);
	node = region_of(model);
	free(node->region.birth);
	node->region.birth = strdup(birth);
	return node;
}

static void drop(struct model *model)
{
	model_node_drop(model, region_of(model)->k.id);
}

/* What a run finds that region to be called; to be freed. */
static char *called(struct world *w, const char *birth)
{
	struct model *model = run(w);
	struct model_node *node = region(model, birth);
	char *ident;

	model_identify(model);
	assert_non_null(node->ident);
	ident = strdup(node->ident);
	model_free(model);
	return ident;
}

static void is_called(struct world *w, const char *birth, const char *ident)
{
	char *its = called(w, birth);

	assert_string_equal(its, ident);
	free(its);
}

static void is_not_called(struct world *w, const char *birth,
			  const char *ident)
{
	char *its = called(w, birth);

	assert_string_not_equal(its, ident);
	free(its);
}

/* A region that a client named in boot "a". */
static void make_mine(struct world *w)
{
	struct model *model = run(w);

	model_identify(model);
	assert_int_equal(model_region_expect(model, "mine", "", "decoder0.0", ""),
			 0);
	region(model, "a/1");
	model_identify(model);
	assert_null(region_of(model)->ident);
	model_region_made(model, 0x430000000);
	assert_string_equal(region_of(model)->ident, "mine");
	model_free(model);
}

static void test_restart(void **state)
{
	struct world *w = *state;
	char *ident = called(w, "a/1");

	is_called(w, "a/1", ident);
	/* destroyed while fabmond was away, and another made in its place */
	is_not_called(w, "a/2", ident);
	free(ident);
}

static void test_name_restart(void **state)
{
	make_mine(*state);
	is_called(*state, "a/1", "mine");
	is_called(*state, "a/1", "mine");
	is_not_called(*state, "a/2", "mine");
}

static void test_name_reboot(void **state)
{
	make_mine(*state);
	is_called(*state, "b/7", "mine");
	is_called(*state, "b/7", "mine");
	is_not_called(*state, "b/8", "mine");
	is_not_called(*state, "c/1", "mine");
}

/* What makes it another one after a reboot. */
static void test_other_shape(void **state)
{
	struct world *w = *state;
	struct model *model;
	struct model_node *node;
	json_t *kept;
	int i;

	make_mine(w);
	kept = json_deep_copy(w->memory);
	for (i = 0; i < 5; i++) {
		model = run(w);
		node = region(model, "b/1");
		switch (i) {
		case 0:
			node->region.size /= 2;
			break;
		case 1:
			node->region.start += node->region.size;
			break;
		case 2:
			node->region.uuid = strdup("8f4c2a7e-3a51-4f35-9a26-0f6a3f5f8d11");
			break;
		case 3:		/* the devices in another order */
			free(node->region.targets[0].decoder);
			free(node->region.targets[1].decoder);
			node->region.targets[0].decoder = strdup("decoder10.0");
			node->region.targets[1].decoder = strdup("decoder11.0");
			break;
		case 4:
			fix_node(model, "decoder0.0",
				 FABMON_NODE_KIND_CXL_ROOT_DECODER)->decoder.start--;
			break;
		}
		model_identify(model);
		assert_non_null(node->ident);
		assert_string_not_equal(node->ident, "mine");
		model_free(model);
		json_object_clear(w->memory);
		json_object_update(w->memory, kept);
	}
	json_decref(kept);
	is_called(w, "b/1", "mine");
}

/* One that a running fabmond saw go, and one that went while it was away. */
static bool is_there(const char *birth, const char *path, void *ctx)
{
	const struct world *w = ctx;

	return !w->gone || strcmp(birth, w->gone);
}

static void test_end(void **state)
{
	struct world *w = *state;
	struct model *model;

	make_mine(w);
	model = run(w);
	model_identify(model);
	model_regions_end(model, is_there, w);
	assert_int_equal(json_object_size(w->memory), 1);
	w->gone = "a/1";
	model_regions_end(model, is_there, w);
	assert_int_equal(json_object_size(w->memory), 0);
	model_free(model);
	/* another boot, and one that is the same in all */
	is_not_called(w, "b/1", "mine");
}

/* What a client makes is new, also where one of another boot was. */
static void test_made_is_new(void **state)
{
	struct world *w = *state;
	struct model *model;

	make_mine(w);
	model = run(w);
	model_identify(model);
	assert_int_equal(model_region_expect(model, "", "", "decoder0.0", ""), 0);
	region(model, "b/1");
	model_identify(model);
	assert_null(region_of(model)->ident);
	model_region_made(model, 0x430000000);
	assert_string_not_equal(region_of(model)->ident, "mine");
	model_free(model);
}

/* Seen before it was known that it is the one. */
static void test_renamed(void **state)
{
	struct world *w = *state;
	struct model *model = run(w);
	char *uid;

	/* its name is one that another had before */
	assert_int_equal(model_region_expect(model, "late", "", "decoder0.0",
					     "region0 "), 0);
	region(model, "a/1");
	model_identify(model);
	uid = strdup(region_of(model)->uid);
	assert_string_equal(region_of(model)->ident, uid);
	model_region_made(model, 0x430000000);
	assert_string_equal(region_of(model)->ident, "late");
	assert_string_equal(region_of(model)->uid, uid);
	/* it is known before it is seen */
	drop(model);
	assert_int_equal(model_region_expect(model, "next", "", "decoder0.0", ""),
			 0);
	model_region_made(model, 0x430000000);
	region(model, "a/2");
	model_identify(model);
	assert_string_equal(region_of(model)->ident, "next");
	assert_string_not_equal(region_of(model)->uid, uid);
	free(uid);
	model_free(model);
	is_called(w, "a/2", "next");
}

/* The Connection's name is the client's as well, and goes with the region. */
static void test_connection(void **state)
{
	struct world *w = *state;
	struct model *model = run(w);
	struct model_node *node;

	model_identify(model);
	assert_int_equal(model_region_expect(model, "mine", "wire",
					     "decoder0.0", ""), 0);
	region(model, "a/1");
	model_region_made(model, 0x430000000);
	assert_string_equal(region_of(model)->connection, "wire");
	assert_ptr_equal(model_region_by_connection(model, "wire"),
			 region_of(model));
	assert_null(model_region_by_connection(model, "mine"));
	model_free(model);
	model = run(w);
	node = region(model, "b/1");
	model_identify(model);
	assert_string_equal(node->connection, "wire");
	model_region_connect(model, "mine", "other");
	model_free(model);
	model = run(w);
	node = region(model, "b/1");
	model_identify(model);
	assert_string_equal(node->connection, "other");
	model_free(model);
	/* the next one has nothing of it */
	model = run(w);
	node = region(model, "b/2");
	model_identify(model);
	assert_null(node->connection);
	model_free(model);
}

/* It is not made: what was held back is called as any other. */
static void test_failed(void **state)
{
	struct model *model = run(*state);

	assert_int_equal(model_region_expect(model, "mine", "", "decoder0.0", ""),
			 0);
	region(model, "a/1");
	model_identify(model);
	assert_null(region_of(model)->ident);
	model_region_failed(model);
	model_identify(model);
	assert_string_not_equal(region_of(model)->ident, "mine");
	model_free(model);
}

/* A device's driver that is away for a while makes no other region. */
static void test_unbound(void **state)
{
	struct model *model = run(*state);
	char *ident;

	region(model, "a/1");
	model_identify(model);
	ident = strdup(region_of(model)->ident);
	model_node_drop(model, fix_node(model, "decoder10.0",
			FABMON_NODE_KIND_CXL_ENDPOINT_DECODER)->k.id);
	model_identify(model);
	assert_string_equal(region_of(model)->ident, ident);
	model_free(model);
	is_called(*state, "a/1", ident);
	free(ident);
}

/* What the memory holds is only text. */
static void test_memory_odd(void **state)
{
	static const char *const odd[] = {
		"", "a/1", "a/1 ../x u s p", "a/1 good b\x01" "ad s p",
		"a/1 one two", "   ",
	};
	struct world *w = *state;
	char *ident = called(w, "a/1");
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		json_object_set_new(w->memory, "cxl-region/430000000",
				    json_string(odd[i]));
		is_called(w, "a/1", ident);
	}
	free(ident);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_restart), CASE(test_name_restart),
		CASE(test_name_reboot), CASE(test_other_shape),
		CASE(test_end), CASE(test_made_is_new), CASE(test_renamed),
		CASE(test_connection), CASE(test_failed), CASE(test_unbound), CASE(test_memory_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
