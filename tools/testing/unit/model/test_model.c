// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"

static int setup(void **state)
{
	*state = model_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	model_free(*state);
	return 0;
}

static struct model_node *put(struct model *model, uint32_t id,
			      enum fabmon_node_kind kind, uint32_t parent,
			      const char *name)
{
	struct knl_node k = {
		.id = id, .kind = kind, .parent = parent, .numa_node = -1,
		.name = name ? strdup(name) : NULL,
	};
	struct model_node *node = model_node_put(model, &k);

	assert_non_null(node);
	assert_null(k.name);
	return node;
}

static struct knl_edge *add_edge(struct knl_node *k, enum fabmon_edge_type type,
				 uint32_t node, const char *pci)
{
	struct knl_edge *edge;

	k->edges = realloc(k->edges, (k->n_edges + 1) * sizeof(*k->edges));
	edge = &k->edges[k->n_edges++];
	memset(edge, 0, sizeof(*edge));
	edge->type = type;
	edge->node = node;
	strcpy(edge->pci, pci);
	return edge;
}

static struct model_node *put_rdma(struct model *model, uint32_t id,
				   uint64_t guid, const char *pci)
{
	struct knl_node k = {
		.id = id, .kind = FABMON_NODE_KIND_RDMA_DEV,
		.dev.node_guid = guid, .name = strdup("mlx5_0"),
	};

	strcpy(k.pci, pci);
	return model_node_put(model, &k);
}

static struct model_node *put_memdev(struct model *model, uint32_t id,
				     uint64_t serial, const char *pci)
{
	struct knl_node k = { .id = id, .kind = FABMON_NODE_KIND_CXL_MEMDEV };
	struct model_node *node;

	strcpy(k.pci, pci);
	node = model_node_put(model, &k);
	node->memdev.serial = serial;
	return node;
}

static void check_order(struct model *model)
{
	const struct model_node *node;
	uint32_t last = 0;
	size_t count = 0;

	for (node = model_first(model); node; node = node->next) {
		assert_true(node->k.id > last);
		last = node->k.id;
		count++;
	}
	assert_int_equal(count, model_count(model));
}

/* ---- the graph ---------------------------------------------------------- */

static void test_order(void **state)
{
	static const uint32_t ids[] = { 5, 1, 9, 3, 7, 2, 8 };
	struct model *model = *state;
	size_t i;

	assert_null(model_first(model));
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		put(model, ids[i], FABMON_NODE_KIND_CXL_PORT, 0, "p");
		check_order(model);
	}
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		assert_non_null(model_node_by_id(model, ids[i]));
		model_node_drop(model, ids[i]);
		model_node_drop(model, ids[i]);
		assert_null(model_node_by_id(model, ids[i]));
		check_order(model);
	}
	assert_int_equal(model_count(model), 0);
}

static void test_parent_later(void **state)
{
	struct model *model = *state;
	struct model_node *child, *parent;

	child = put(model, 2, FABMON_NODE_KIND_RDMA_PORT, 1, "a/1");
	assert_null(child->parent);
	assert_null(model_port_dev(child));
	parent = put(model, 1, FABMON_NODE_KIND_RDMA_DEV, 0, "a");
	assert_ptr_equal(child->parent, parent);
	assert_ptr_equal(model_port_dev(child), parent);
	model_node_drop(model, 1);
	assert_null(child->parent);
	parent = put(model, 1, FABMON_NODE_KIND_RDMA_DEV, 0, "a");
	assert_ptr_equal(child->parent, parent);
	/* moved to another, and to none */
	put(model, 3, FABMON_NODE_KIND_RDMA_DEV, 0, "b");
	put(model, 2, FABMON_NODE_KIND_RDMA_PORT, 3, "b/1");
	assert_int_equal(child->parent->k.id, 3);
	put(model, 2, FABMON_NODE_KIND_RDMA_PORT, 0, "b/1");
	assert_null(child->parent);
	put(model, 2, FABMON_NODE_KIND_RDMA_PORT, 2, "b/1");
	assert_null(child->parent);
}

/* Any order of adding and dropping leaves parents right. */
static void test_parent_random(void **state)
{
	struct model *model = *state;
	const struct model_node *node, *parent;
	uint32_t id;
	int i;

	srand(1);
	for (i = 0; i < 20000; i++) {
		id = 1 + rand() % 200;
		if (rand() % 2)
			put(model, id, FABMON_NODE_KIND_CXL_PORT,
			    rand() % 201, rand() % 4 ? "x" : NULL);
		else
			model_node_drop(model, id);
		if (i % 50)
			continue;
		check_order(model);
		for (node = model_first(model); node; node = node->next) {
			parent = model_node_by_id(model, node->k.parent);
			if (node->k.parent == node->k.id)
				parent = NULL;
			assert_ptr_equal(node->parent, parent);
		}
	}
}

static void test_names(void **state)
{
	struct model *model = *state;
	struct model_node *node;
	char name[16];
	uint32_t i;

	for (i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "mem%u", i);
		put(model, i, FABMON_NODE_KIND_CXL_MEMDEV, 0, name);
	}
	for (i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "mem%u", i);
		node = model_node_by_name(model, FABMON_NODE_KIND_CXL_MEMDEV,
					  name);
		assert_int_equal(node->k.id, i);
	}
	assert_null(model_node_by_name(model, FABMON_NODE_KIND_CXL_REGION,
				       "mem1"));
	put(model, 1, FABMON_NODE_KIND_CXL_MEMDEV, 0, "other");
	assert_null(model_node_by_name(model, FABMON_NODE_KIND_CXL_MEMDEV,
				       "mem1"));
	node = model_node_by_name(model, FABMON_NODE_KIND_CXL_MEMDEV, "other");
	assert_int_equal(node->k.id, 1);
}

static void test_sweep(void **state)
{
	struct model *model = *state;
	struct model_node *node;
	uint32_t i;

	for (i = 1; i <= 10; i++)
		put(model, i, FABMON_NODE_KIND_CXL_PORT, i - 1, "p");
	model_mark(model);
	for (i = 2; i <= 10; i += 2)
		put(model, i, FABMON_NODE_KIND_CXL_PORT, i - 1, "p");
	put(model, 11, FABMON_NODE_KIND_CXL_PORT, 10, "p");
	model_sweep(model);
	check_order(model);
	assert_int_equal(model_count(model), 6);
	assert_null(model_node_by_id(model, 3));
	for (node = model_first(model); node; node = node->next)
		if (node->k.id != 11)
			assert_null(node->parent);
	model_clear_nodes(model);
	assert_int_equal(model_count(model), 0);
	assert_null(model_first(model));
}

static void test_put_keeps(void **state)
{
	struct model *model = *state;
	struct model_node *node = put_memdev(model, 1, 7, "");

	node->memdev.firmware = strdup("1.0");
	model_identify(model);
	assert_string_equal(node->ident, "cxl-0000000000000007");
	assert_ptr_equal(put(model, 1, FABMON_NODE_KIND_CXL_MEMDEV, 0, "m"),
			 node);
	assert_string_equal(node->memdev.firmware, "1.0");
	assert_string_equal(node->ident, "cxl-0000000000000007");
	/* an id that is another device now keeps nothing */
	put(model, 1, FABMON_NODE_KIND_CXL_REGION, 0, "region0");
	assert_null(node->ident);
	assert_true(node->region.start == MODEL_NONE);
	assert_int_equal(node->region.n_targets, 0);
}

static void test_pci(void **state)
{
	struct model *model = *state;
	struct model_pci *pci = model_pci_put(model, "0000:35:00.0");

	assert_int_equal(pci->numa_node, -1);
	pci->vendor = 0x8086;
	model_pci_put(model, "0000:01:00.0");
	model_pci_put(model, "10000:01:00.0");
	assert_ptr_equal(model_pci_put(model, "0000:35:00.0"), pci);
	assert_ptr_equal(model_pci_get(model, "0000:35:00.0"), pci);
	assert_null(model_pci_get(model, "0000:36:00.0"));
	assert_null(model_pci_put(model, ""));
	assert_null(model_pci_put(model, "00000000:0000:35:00.0"));
}

/* ---- identity ----------------------------------------------------------- */

static void test_ident_rdma(void **state)
{
	struct model *model = *state;
	struct model_node *port;

	put_rdma(model, 1, 0x0002c90300a1b2c3, "0000:81:00.0");
	put_rdma(model, 2, 0, "0000:82:00.0");
	put_rdma(model, 3, 0, "");
	port = put(model, 4, FABMON_NODE_KIND_RDMA_PORT, 1, "mlx5_0/1");
	port->k.port.number = 1;
	model_identify(model);
	assert_string_equal(model_node_by_id(model, 1)->ident,
			    "0002c90300a1b2c3");
	assert_string_equal(model_node_by_id(model, 2)->ident,
			    "0000000000000000-0000-82-00.0");
	assert_string_equal(model_node_by_id(model, 3)->ident,
			    "0000000000000000-1");
	assert_string_equal(port->ident, "1");
}

static void test_ident_doubled(void **state)
{
	struct model *model = *state;
	struct model_node *a, *b, *c;

	a = put_memdev(model, 1, 5, "0000:0d:00.0");
	b = put_memdev(model, 2, 5, "0000:0e:00.0");
	c = put_memdev(model, 3, 6, "0000:0f:00.0");
	model_identify(model);
	assert_string_equal(a->ident, "cxl-0000-0d-00.0");
	assert_string_equal(b->ident, "cxl-0000-0e-00.0");
	assert_string_equal(c->ident, "cxl-0000000000000006");
	/* one goes, the other is bound anew: it keeps what it had */
	model_node_drop(model, 1);
	model_identify(model);
	model_node_drop(model, 2);
	b = put_memdev(model, 4, 5, "0000:0e:00.0");
	model_identify(model);
	assert_string_equal(b->ident, "cxl-0000-0e-00.0");
}

static void test_ident_later(void **state)
{
	struct model *model = *state;
	struct model_node *a, *b;

	a = put_memdev(model, 1, 5, "0000:0d:00.0");
	model_identify(model);
	b = put_memdev(model, 2, 5, "0000:0e:00.0");
	model_identify(model);
	assert_string_equal(a->ident, "cxl-0000000000000005");
	assert_string_equal(b->ident, "cxl-0000-0e-00.0");
	/* rebinding the first while the second is there */
	model_node_drop(model, 1);
	a = put_memdev(model, 3, 5, "0000:0d:00.0");
	model_identify(model);
	assert_string_equal(a->ident, "cxl-0000000000000005");
	/* both, in another order, together */
	model_clear_nodes(model);
	b = put_memdev(model, 4, 5, "0000:0e:00.0");
	a = put_memdev(model, 5, 5, "0000:0d:00.0");
	model_identify(model);
	assert_string_equal(a->ident, "cxl-0000000000000005");
	assert_string_equal(b->ident, "cxl-0000-0e-00.0");
}

static void test_ident_soft(void **state)
{
	struct model *model = *state;
	struct model_node *a, *b;

	a = put_rdma(model, 1, 9, "");
	b = put_rdma(model, 2, 9, "");
	model_identify(model);
	assert_string_equal(a->ident, "0000000000000009-1");
	assert_string_equal(b->ident, "0000000000000009-2");
	model_node_drop(model, 1);
	a = put_rdma(model, 3, 9, "");
	model_identify(model);
	assert_string_equal(a->ident, "0000000000000009-1");
}

/* Many more devices than the ledger holds come and go. */
static void test_ident_bounded(void **state)
{
	struct model *model = *state;
	uint32_t i;

	for (i = 1; i <= 3000; i++) {
		put_memdev(model, i, i, "0000:0d:00.0");
		model_identify(model);
		model_node_drop(model, i);
	}
	put_memdev(model, 4000, 3000, "0000:0d:00.0");
	model_identify(model);
	assert_string_equal(model_first(model)->ident, "cxl-0000000000000bb8");
}

static void test_ident_region(void **state)
{
	struct model *model = *state;
	struct model_node *region;
	struct model_node *window;
	char *first;

	window = put(model, 1, FABMON_NODE_KIND_CXL_ROOT_DECODER, 0,
		     "decoder0.0");
	region = put(model, 2, FABMON_NODE_KIND_CXL_REGION, 1, "region0");
	model_identify(model);
	assert_null(region->ident);
	assert_null(window->ident);
	window->decoder.start = 0x490000000;
	region->region.start = 0x490000000;
	model_identify(model);
	assert_null(region->ident);
	assert_string_equal(window->ident, "cfmws-490000000");
	assert_ptr_equal(model_region_root(region), window);
	region->k.driver = strdup("cxl_region");
	model_identify(model);
	first = strdup(region->ident);
	assert_memory_equal(first, "490000000-", 10);
	region->region.start = 0x4a0000000;
	model_identify(model);
	assert_memory_equal(region->ident, "4a0000000-", 10);
	region->region.start = 0x490000000;
	model_identify(model);
	assert_string_equal(region->ident, first);
	free(first);
	free(region->k.driver);
	region->k.driver = NULL;
	model_identify(model);
	assert_null(region->ident);
}

/* ---- relations ---------------------------------------------------------- */

#define BRIDGE	"/devices/pci0000:0c/0000:0c:00.0"
#define SWITCH	BRIDGE "/0000:0d:00.0/0000:0e:01.0/0000:10:00.0"

/* A device behind a switch (mem0), and one at the root port (mem1). */
static void make_cxl(struct model *model)
{
	struct model_node *node;

	put(model, 1, FABMON_NODE_KIND_CXL_ROOT, 0, "root0");
	node = put(model, 2, FABMON_NODE_KIND_CXL_PORT, 1, "port1");
	add_edge(&node->k, FABMON_EDGE_TYPE_UPORT, 0, "")->path =
		strdup("/devices/pci0000:0c");
	add_edge(&node->k, FABMON_EDGE_TYPE_DPORT, 0, "0000:0c:00.0");
	add_edge(&node->k, FABMON_EDGE_TYPE_DPORT, 0, "0000:0c:01.0")->index = 1;
	node = put(model, 3, FABMON_NODE_KIND_CXL_PORT, 2, "port2");
	add_edge(&node->k, FABMON_EDGE_TYPE_UPORT, 0, "0000:0d:00.0")->path =
		strdup(BRIDGE "/0000:0d:00.0");
	add_edge(&node->k, FABMON_EDGE_TYPE_DPORT, 0, "0000:0e:00.0");
	add_edge(&node->k, FABMON_EDGE_TYPE_DPORT, 0, "0000:0e:01.0");
	node = put(model, 4, FABMON_NODE_KIND_CXL_MEMDEV, 0, "mem0");
	node->k.path = strdup(SWITCH "/mem0");
	node->memdev.serial = 1;
	node = put(model, 5, FABMON_NODE_KIND_CXL_MEMDEV, 0, "mem1");
	node->k.path = strdup("/devices/pci0000:0c/0000:0c:01.0/0000:11:00.0/mem1");
	node->memdev.serial = 2;
}

static void bind(struct model *model, uint32_t id, uint32_t port,
		 uint32_t memdev, const char *decoder)
{
	struct knl_node k = {
		.id = id, .kind = FABMON_NODE_KIND_CXL_ENDPOINT, .parent = port,
		.name = strdup("endpoint"),
	};

	add_edge(&k, FABMON_EDGE_TYPE_UPORT, memdev, "");
	assert_non_null(model_node_put(model, &k));
	put(model, id + 1, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, id, decoder);
}

static void check_ports(struct model *model)
{
	const struct model_node *mem0 = model_node_by_id(model, 4);
	const struct model_node *mem1 = model_node_by_id(model, 5);

	struct model_dport at;

	assert_string_equal(model_dport_root(model, mem0).edge->pci,
			    "0000:0c:00.0");
	at = model_dport_above(model, mem0);
	assert_string_equal(at.edge->pci, "0000:0e:01.0");
	assert_true(model_is_switch(at.port));
	assert_string_equal(model_dport_root(model, mem1).edge->pci,
			    "0000:0c:01.0");
	assert_true(model_is_bridge(model_dport_above(model, mem1).port));
}

static void test_relations(void **state)
{
	struct model *model = *state;
	const struct model_node *mem0, *endpoint;

	make_cxl(model);
	check_ports(model);		/* by paths, nothing is bound */
	mem0 = model_node_by_id(model, 4);
	assert_null(model_memdev_endpoint(model, mem0));
	assert_null(model_decoder_memdev(model, "decoder3.0"));
	bind(model, 10, 3, 4, "decoder3.0");
	bind(model, 20, 2, 5, "decoder4.0");
	check_ports(model);		/* by the chain of ports */
	endpoint = model_memdev_endpoint(model, mem0);
	assert_int_equal(endpoint->k.id, 10);
	assert_ptr_equal(model_endpoint_memdev(model, endpoint), mem0);
	assert_ptr_equal(model_decoder_memdev(model, "decoder3.0"), mem0);
	model_identify(model);
	assert_string_equal(endpoint->ident, "cxl-0000000000000001");
	assert_string_equal(model_node_by_id(model, 2)->ident, "pci0000-0c");
	assert_string_equal(model_node_by_id(model, 3)->ident, "0000-0c-00.0-00.0");
	model_node_drop(model, 10);
	assert_null(model_memdev_endpoint(model, mem0));
	assert_null(model_decoder_memdev(model, "decoder3.0"));
	model_node_drop(model, 4);
	bind(model, 30, 3, 4, "decoder5.0");
	assert_null(model_decoder_memdev(model, "decoder5.0"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_order), TEST(test_parent_later),
		TEST(test_parent_random), TEST(test_names), TEST(test_sweep),
		TEST(test_put_keeps), TEST(test_pci), TEST(test_ident_rdma),
		TEST(test_ident_doubled), TEST(test_ident_later),
		TEST(test_ident_soft), TEST(test_ident_bounded),
		TEST(test_ident_region), TEST(test_relations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
