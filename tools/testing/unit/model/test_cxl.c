// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Identities of CXL devices and switches over reboots, rebinding and
 * enumerations, and what hangs from what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"

static struct model_node *put(struct model *model, uint32_t id,
			      enum fabmon_node_kind kind, uint32_t parent,
			      const char *name, const char *path)
{
	struct knl_node k = {
		.id = id, .kind = kind, .parent = parent,
		.name = strdup(name), .path = path ? strdup(path) : NULL,
	};
	struct model_node *node = model_node_put(model, &k);

	assert_non_null(node);
	return node;
}

/* A memory device; @dir is that of its PCI function. */
static struct model_node *memdev(struct model *model, uint32_t id,
				 uint64_t serial, const char *dir)
{
	struct model_node *node;
	char path[256], name[16];

	snprintf(name, sizeof(name), "mem%u", id);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	node = put(model, id, FABMON_NODE_KIND_CXL_MEMDEV, 0, name, path);
	snprintf(node->k.pci, sizeof(node->k.pci), "%s",
		 strrchr(dir, '/') + 1);
	node->memdev.serial = serial;
	return node;
}

static void test_place(void **state)
{
	char place[64];

	(void)state;
	assert_true(model_place("/devices/pci0000:0c/0000:0c:01.0/0000:0d:00.0/"
				"0000:0e:03.1/0000:0f:1f.7/mem4", place,
				sizeof(place)));
	assert_string_equal(place, "0000-0c-01.0-00.0-03.1-1f.7");
	assert_true(model_place("/devices/pci10000:00/10000:00:00.0", place,
				sizeof(place)));
	assert_string_equal(place, "10000-00-00.0");
	assert_false(model_place("/devices/platform/cxl_mem.0/mem0", place,
				 sizeof(place)));
	assert_false(model_place("", place, sizeof(place)));
	assert_false(model_place(NULL, place, sizeof(place)));
	/* too deep for the room that there is */
	assert_false(model_place("/0000:0c:01.0/0000:0d:00.0", place, 16));
	assert_true(model_place("/0000:0c:01.0/0000:0d:00.0", place, 18));
}

#define DIR_A	"/devices/pci0000:0c/0000:0c:00.0/0000:0d:00.0"
#define DIR_B	"/devices/pci0000:0c/0000:0c:01.0/0000:0e:00.0"
/* the same slots, after a card with bridges came in before them */
#define LATER_A	"/devices/pci0000:0c/0000:0c:00.0/0000:1d:00.0"
#define LATER_B	"/devices/pci0000:0c/0000:0c:01.0/0000:1e:00.0"

static void idents_are(struct model *model, const struct model_node *a,
		       const struct model_node *b, const char *is_a,
		       const char *is_b)
{
	model_identify(model);
	assert_string_equal(a->ident, is_a);
	assert_string_equal(b->ident, is_b);
}

/* Serial numbers that are 0 or doubled: the same identity in every boot. */
static void unhelpful_serial(uint64_t serial)
{
	const char *is_a = "cxl-0000-0c-00.0-00.0";
	const char *is_b = "cxl-0000-0c-01.0-00.0";
	struct model_node *a, *b;
	struct model *model;

	model = model_new();
	a = memdev(model, 1, serial, DIR_A);
	b = memdev(model, 2, serial, DIR_B);
	idents_are(model, a, b, is_a, is_b);
	model_free(model);

	/* another boot: the other order, other bus numbers */
	model = model_new();
	b = memdev(model, 1, serial, LATER_B);
	a = memdev(model, 2, serial, LATER_A);
	idents_are(model, a, b, is_a, is_b);

	/* enumerated again while we run */
	model_clear_nodes(model);
	a = memdev(model, 3, serial, DIR_A);
	b = memdev(model, 4, serial, DIR_B);
	idents_are(model, a, b, is_a, is_b);
	model_free(model);
}

static void test_no_serial(void **state)
{
	(void)state;
	unhelpful_serial(0);
}

static void test_doubled_serial(void **state)
{
	(void)state;
	unhelpful_serial(0x1234);
}

/* A device that has a serial number takes its identity to another slot. */
static void test_moved(void **state)
{
	struct model *model = model_new();
	struct model_node *node = memdev(model, 1, 0x1234, DIR_A);

	(void)state;
	model_identify(model);
	assert_string_equal(node->ident, "cxl-0000000000001234");
	model_node_drop(model, 1);
	node = memdev(model, 2, 0x1234, DIR_B);
	model_identify(model);
	assert_string_equal(node->ident, "cxl-0000000000001234");
	model_free(model);
}

/* The driver is bound anew: mem0 is mem7 now, and nothing else is new. */
static void test_rebound(void **state)
{
	struct model *model = model_new();
	struct model_node *a, *b;

	(void)state;
	a = memdev(model, 1, 0, DIR_A);
	b = memdev(model, 2, 5, DIR_B);
	idents_are(model, a, b, "cxl-0000-0c-00.0-00.0",
		   "cxl-0000000000000005");
	model_node_drop(model, 1);
	model_node_drop(model, 2);
	b = memdev(model, 7, 5, DIR_B);
	model_identify(model);
	a = memdev(model, 8, 0, DIR_A);
	idents_are(model, a, b, "cxl-0000-0c-00.0-00.0",
		   "cxl-0000000000000005");
	model_free(model);
}

/* ---- ports -------------------------------------------------------------- */

static void add_edge(struct model_node *node, enum fabmon_edge_type type,
		     uint32_t index, const char *path)
{
	struct knl_node *k = &node->k;
	struct knl_edge *edge;
	const char *last = strrchr(path, '/') + 1;

	k->edges = realloc(k->edges, (k->n_edges + 1) * sizeof(*k->edges));
	edge = &k->edges[k->n_edges++];
	memset(edge, 0, sizeof(*edge));
	edge->type = type;
	edge->index = index;
	edge->path = strdup(path);
	/* as the kernel does: host bridges have no PCI address */
	if (strlen(last) == strlen("0000:00:00.0"))
		strcpy(edge->pci, last);
}

#define BRIDGE	"/devices/pci0000:0c"
#define USP	BRIDGE "/0000:0c:00.0/0000:0d:00.0"
#define USP2	USP "/0000:0e:01.0/0000:0f:00.0"
#define DEVICE	USP2 "/0000:10:02.0/0000:11:00.0"
#define RCD	"/devices/pci0000:3f/0000:3f:00.0"

/* Two switches and a device behind them, and an RCD. */
static void make_topology(struct model *model)
{
	struct model_node *root, *bridge, *first, *second;

	root = put(model, 1, FABMON_NODE_KIND_CXL_ROOT, 0, "root0", NULL);
	add_edge(root, FABMON_EDGE_TYPE_DPORT, 12, BRIDGE);
	add_edge(root, FABMON_EDGE_TYPE_DPORT, 63, "/devices/pci0000:3f");
	bridge = put(model, 2, FABMON_NODE_KIND_CXL_PORT, 1, "port1", NULL);
	add_edge(bridge, FABMON_EDGE_TYPE_DPORT, 0, BRIDGE "/0000:0c:00.0");
	first = put(model, 3, FABMON_NODE_KIND_CXL_PORT, 2, "port2", NULL);
	add_edge(first, FABMON_EDGE_TYPE_UPORT, 0, USP);
	add_edge(first, FABMON_EDGE_TYPE_DPORT, 0, USP "/0000:0e:00.0");
	add_edge(first, FABMON_EDGE_TYPE_DPORT, 1, USP "/0000:0e:01.0");
	second = put(model, 4, FABMON_NODE_KIND_CXL_PORT, 3, "port3", NULL);
	add_edge(second, FABMON_EDGE_TYPE_UPORT, 0, USP2);
	add_edge(second, FABMON_EDGE_TYPE_DPORT, 2, USP2 "/0000:10:02.0");
	memdev(model, 5, 5, DEVICE);
	memdev(model, 6, 6, RCD);
}

static void endpoint(struct model *model, uint32_t id, uint32_t port,
		     uint32_t device)
{
	struct knl_node k = {
		.id = id, .kind = FABMON_NODE_KIND_CXL_ENDPOINT,
		.parent = port, .name = strdup("endpoint"),
		.edges = calloc(1, sizeof(*k.edges)), .n_edges = 1,
	};

	k.edges[0].type = FABMON_EDGE_TYPE_UPORT;
	k.edges[0].node = device;
	assert_non_null(model_node_put(model, &k));
}

static void ports_are_right(struct model *model)
{
	struct model_dport at = model_dport_above(model,
					model_node_by_id(model, 5));

	assert_int_equal(at.port->k.id, 4);
	assert_int_equal(at.edge->index, 2);
	at = model_dport_above(model, at.port);
	assert_int_equal(at.port->k.id, 3);
	assert_int_equal(at.edge->index, 1);
	at = model_dport_above(model, at.port);
	assert_int_equal(at.port->k.id, 2);
	assert_true(model_is_bridge(at.port));
	assert_ptr_equal(at.edge, model_dport_root(model,
					model_node_by_id(model, 5)).edge);
}

static void test_ports(void **state)
{
	struct model *model = model_new();

	(void)state;
	make_topology(model);
	ports_are_right(model);		/* nothing is bound: by paths */
	endpoint(model, 7, 4, 5);
	ports_are_right(model);
	model_identify(model);
	assert_string_equal(model_node_by_id(model, 3)->ident,
			    "0000-0c-00.0-00.0");
	assert_string_equal(model_node_by_id(model, 4)->ident,
			    "0000-0c-00.0-00.0-01.0-00.0");
	model_free(model);
}

static void test_rcd_port(void **state)
{
	struct model *model = model_new();
	const struct model_node *rcd;
	struct model_dport at;

	(void)state;
	make_topology(model);
	rcd = model_node_by_id(model, 6);
	/* a device whose host bridge is not known (yet) might be any */
	assert_false(model_is_rcd(model, rcd));
	assert_null(model_dport_above(model, rcd).edge);
	endpoint(model, 8, 1, 6);
	assert_true(model_is_rcd(model, rcd));
	at = model_dport_above(model, rcd);
	assert_int_equal(at.port->k.id, 1);
	assert_int_equal(at.edge->index, 63);
	assert_ptr_equal(model_dport_root(model, rcd).edge, at.edge);
	model_node_drop(model, 8);
	model_pci_put(model, "0000:3f:00.0")->is_rcd = true;
	assert_int_equal(model_dport_above(model, rcd).edge->index, 63);
	model_free(model);
}

/* Nothing that a kernel reports makes us walk for ever. */
static void test_loop(void **state)
{
	struct model *model = model_new();
	struct model_node *a, *b;

	(void)state;
	a = put(model, 1, FABMON_NODE_KIND_CXL_PORT, 2, "port1", NULL);
	b = put(model, 2, FABMON_NODE_KIND_CXL_PORT, 1, "port2", NULL);
	add_edge(a, FABMON_EDGE_TYPE_DPORT, 0, BRIDGE "/0000:0c:00.0");
	add_edge(b, FABMON_EDGE_TYPE_DPORT, 0, BRIDGE "/0000:0c:00.0");
	add_edge(a, FABMON_EDGE_TYPE_UPORT, 0, USP);
	add_edge(b, FABMON_EDGE_TYPE_UPORT, 0, USP);
	memdev(model, 3, 1, USP);
	assert_non_null(model_dport_above(model, a).edge);
	assert_null(model_dport_root(model, model_node_by_id(model, 3)).edge);
	model_free(model);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_no_serial),
		cmocka_unit_test(test_doubled_serial),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_rebound),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_rcd_port),
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
