// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The nodes in a real database: what a run knows that begins without a provider. */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/nodes.h"
#include "tempdir.h"

#define NOW	1795514794000000000ULL
#define THEN	1795514000000000000ULL

/* A node as the kernel would send it. */
static void put(struct model *model, uint32_t id, uint32_t parent,
		enum fabmon_node_kind kind, const char *name)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct knl_bytes raw;
	struct knl_node node;
	struct nlattr *edge;

	nla_put_u32(msg, FABMON_A_NODE_ID, id);
	nla_put_u32(msg, FABMON_A_NODE_KIND, kind);
	nla_put_string(msg, FABMON_A_NODE_NAME, name);
	if (parent)
		nla_put_u32(msg, FABMON_A_NODE_PARENT, parent);
	if (parent) {
		edge = nla_nest_start(msg, FABMON_A_NODE_EDGE);
		nla_put_u32(msg, FABMON_A_EDGE_TYPE, FABMON_EDGE_TYPE_UPORT);
		nla_put_u32(msg, FABMON_A_EDGE_NODE, parent);
		nla_nest_end(msg, edge);
	}
	raw.data = nlmsg_data(nlmsg_hdr(msg));
	raw.len = nlmsg_datalen(nlmsg_hdr(msg));
	assert_int_equal(knl_node_parse(&raw, &node), 0);
	assert_non_null(model_node_put(model, &node));
	nlmsg_free(msg);
}

static void save(struct store *store, const struct model *model, uint64_t now)
{
	assert_int_equal(store_begin(store), 0);
	store_nodes_write(store, model, now);
	assert_int_equal(store_end(store), 0);
}

static struct model *load(struct store *store)
{
	struct model *model = model_new();

	assert_int_equal(store_nodes_load(store, model), 0);
	return model;
}

static struct model_node *find(const struct model *model,
			       enum fabmon_node_kind kind, const char *name)
{
	struct model_node *node = model_node_by_name(model, kind, name);

	assert_non_null(node);
	assert_true(node->kept);
	return node;
}

/* Both providers' nodes with the same ids, as of two instances of the module. */
static struct model *two_instances(void)
{
	struct model *model = model_new();

	put(model, 1, 0, FABMON_NODE_KIND_RDMA_DEV, "rxe0");
	put(model, 2, 1, FABMON_NODE_KIND_RDMA_PORT, "rxe0/1");
	model_unwatch(model, MODEL_RDMA, THEN);
	model_keep_all(model);
	put(model, 1, 0, FABMON_NODE_KIND_CXL_ROOT, "root0");
	put(model, 2, 1, FABMON_NODE_KIND_CXL_PORT, "port1");
	return model;
}

static void test_round_trip(void **state)
{
	struct model *model = two_instances();
	struct model_node *node;
	struct store *store;

	assert_int_equal(store_open(&store, *state), 0);
	save(store, model, NOW);
	model_free(model);
	store_close(store);

	assert_int_equal(store_open(&store, *state), 0);
	model = load(store);
	assert_int_equal(model_count(model), 4);
	node = find(model, FABMON_NODE_KIND_RDMA_PORT, "rxe0/1");
	assert_ptr_equal(node->parent,
			 find(model, FABMON_NODE_KIND_RDMA_DEV, "rxe0"));
	assert_int_equal(node->k.edges[0].node, node->parent->k.id);
	node = find(model, FABMON_NODE_KIND_CXL_PORT, "port1");
	assert_ptr_equal(node->parent,
			 find(model, FABMON_NODE_KIND_CXL_ROOT, "root0"));
	assert_int_equal(node->k.edges[0].node, node->parent->k.id);
	/* since when: one had gone before, the other was there until now */
	assert_int_equal(model_unwatched(model, MODEL_RDMA), THEN);
	assert_int_equal(model_unwatched(model, MODEL_CXL), NOW);
	assert_int_equal(model_unwatched_since(model, MODEL_CXL), 0);

	/* and again from there */
	save(store, model, NOW + 1);
	model_free(model);
	model = load(store);
	assert_int_equal(model_count(model), 4);
	assert_int_equal(model_unwatched(model, MODEL_CXL), NOW);
	model_free(model);
	store_close(store);
}

static void test_replaced(void **state)
{
	struct model *model = two_instances();
	struct store *store;

	assert_int_equal(store_open(&store, *state), 0);
	save(store, model, NOW);
	model_watch(model, MODEL_RDMA);
	save(store, model, NOW);
	model_free(model);
	model = load(store);
	assert_int_equal(model_count(model), 2);
	model_free(model);
	store_close(store);
}

static void test_first_run(void **state)
{
	struct store *store;
	struct model *model;

	assert_int_equal(store_open(&store, *state), 0);
	model = load(store);
	assert_int_equal(model_count(model), 0);
	assert_true(model_watched(model, MODEL_RDMA));
	model_free(model);
	store_close(store);
}

static void harm(const char *dir, const char *sql)
{
	char path[512];
	sqlite3 *db;

	snprintf(path, sizeof(path), "%s/fabmond.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void test_nonsense(void **state)
{
	struct model *model = two_instances();
	struct store *store;

	assert_int_equal(store_open(&store, *state), 0);
	save(store, model, NOW);
	store_close(store);
	model_free(model);
	harm(*state, "UPDATE node SET attrs = x'0102' WHERE position = 3;"
		     "UPDATE setting SET value = 'soon' WHERE key = 'watched/cxl'");
	assert_int_equal(store_open(&store, *state), 0);
	model = load(store);
	/* the rest of the one provider; of the other nothing is known */
	assert_int_equal(model_count(model), 1);
	model_free(model);
	store_close(store);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tempdir_setup, \
						 tempdir_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_replaced),
		TEST(test_first_run),
		TEST(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
