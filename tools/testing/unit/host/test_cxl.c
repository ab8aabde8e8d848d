// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Facts from sysfs: CXL ports, windows and DAX devices, and the link of a
 * restricted CXL device, as Linux 6.12 and 7.3 print it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/facts.h"
#include "host/priv.h"
#include "host_fixture.h"

static struct model_node *put(struct host_fixture *f, uint32_t id,
			      enum fabmon_node_kind kind, uint32_t parent,
			      const char *name)
{
	struct knl_node k = {
		.id = id, .kind = kind, .parent = parent,
		.name = strdup(name),
	};

	assert_true(asprintf(&k.path, "/d/%s", name) > 0);
	return model_node_put(f->model, &k);
}

static void read_node(struct host_fixture *f, struct model_node *node)
{
	assert_int_equal(host_read_node(f->model, node, f->dir), 0);
}

static void test_port(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *node = put(f, 1, FABMON_NODE_KIND_CXL_PORT, 0,
				      "port1");

	/* 6.1 has no such file */
	read_node(f, node);
	assert_int_equal(node->cxl_port.committed, -1);
	tempdir_write(f->dir, "d/port1/decoders_committed", "2\n");
	read_node(f, node);
	assert_int_equal(node->cxl_port.committed, 2);
}

static void test_qos(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *window, *memdev;

	window = put(f, 1, FABMON_NODE_KIND_CXL_ROOT_DECODER, 0, "decoder0.0");
	memdev = put(f, 2, FABMON_NODE_KIND_CXL_MEMDEV, 0, "mem0");
	tempdir_write(f->dir, "d/decoder0.0/qos_class", "-1\n");
	read_node(f, window);
	read_node(f, memdev);
	assert_int_equal(window->decoder.qos, -1);
	assert_int_equal(memdev->memdev.ram_qos, -1);
	tempdir_write(f->dir, "d/decoder0.0/qos_class", "0\n");
	tempdir_write(f->dir, "d/mem0/ram/qos_class", "42\n");
	tempdir_write(f->dir, "d/mem0/pmem/qos_class", "7\n");
	read_node(f, window);
	read_node(f, memdev);
	assert_int_equal(window->decoder.qos, 0);
	assert_int_equal(memdev->memdev.ram_qos, 42);
	assert_int_equal(memdev->memdev.pmem_qos, 7);
}

/* Linux 6.1 makes no volatile regions. */
static void test_makes(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *window;

	window = put(f, 1, FABMON_NODE_KIND_CXL_ROOT_DECODER, 0, "decoder0.0");
	tempdir_write(f->dir, "d/decoder0.0/create_pmem_region", "region0\n");
	read_node(f, window);
	assert_true(window->decoder.makes_pmem);
	assert_false(window->decoder.makes_ram);
	tempdir_write(f->dir, "d/decoder0.0/create_ram_region", "region0\n");
	read_node(f, window);
	assert_true(window->decoder.makes_ram);
}

/* Another directory of the same name is another region. */
static void test_birth(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *region;
	char *first, from[256], to[256];

	region = put(f, 1, FABMON_NODE_KIND_CXL_REGION, 0, "region0");
	read_node(f, region);
	assert_null(region->region.birth);
	tempdir_write(f->dir, "d/region0/size", "0x10000000\n");
	read_node(f, region);
	assert_non_null(region->region.birth);
	first = strdup(region->region.birth);
	read_node(f, region);
	assert_string_equal(region->region.birth, first);
	assert_true(host_region_there(first, "/d/region0", f->dir));
	/* one of another boot may come back */
	assert_true(host_region_there("other/1", "/d/region0", f->dir));
	assert_true(host_region_there("other/1", "/d/region1", f->dir));
	snprintf(from, sizeof(from), "%s/d/region0", f->dir);
	snprintf(to, sizeof(to), "%s/d/region1", f->dir);
	assert_int_equal(rename(from, to), 0);
	assert_false(host_region_there(first, "/d/region0", f->dir));
	tempdir_write(f->dir, "d/region0/size", "0x10000000\n");
	assert_false(host_region_there(first, "/d/region0", f->dir));
	read_node(f, region);
	assert_string_not_equal(region->region.birth, first);
	free(first);
}

static void link_driver(const struct host_fixture *f, const char *target)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/d/region0/dax0.0/driver", f->dir);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static struct model_node *put_dax(struct host_fixture *f)
{
	struct model_node *node = put(f, 2, FABMON_NODE_KIND_CXL_DAX_REGION, 1,
				      "dax_region0");

	node->k.edges = calloc(2, sizeof(*node->k.edges));
	node->k.n_edges = 2;
	node->k.edges[0].type = FABMON_EDGE_TYPE_DAX;
	node->k.edges[0].path = strdup("/d/region0/dax0.0");
	node->k.edges[1].type = FABMON_EDGE_TYPE_DAX;
	node->k.edges[1].path = strdup("/d/../../etc");
	return node;
}

static void test_dax(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *node = put_dax(f);

	tempdir_write(f->dir, "d/region0/dax0.0/size", "536870912\n");
	read_node(f, node);
	assert_int_equal(node->dax_region.n_devices, 2);
	assert_string_equal(node->dax_region.devices[0].name, "dax0.0");
	assert_null(node->dax_region.devices[0].driver);
	assert_int_equal(node->dax_region.devices[0].size, 536870912);
	assert_int_equal(node->dax_region.devices[1].size, 0);
	link_driver(f, "../../../bus/dax/drivers/device_dax");
	read_node(f, node);
	assert_string_equal(node->dax_region.devices[0].driver, "device_dax");
}

/* Its DAX device has another driver when a region's memory comes online. */
static void test_dax_follows_region(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *region = put(f, 1, FABMON_NODE_KIND_CXL_REGION, 0,
					"region0");
	struct model_node *dax = put_dax(f);
	struct facts facts = { .all = true };

	tempdir_write(f->dir, "d/region0/dax0.0/size", "536870912\n");
	assert_int_equal(facts_read(&facts, f->model, f->dir), 0);
	assert_null(dax->dax_region.devices[0].driver);
	link_driver(f, "kmem");
	facts_mark(&facts, f->model, region);
	assert_int_equal(facts_read(&facts, f->model, f->dir), 0);
	assert_string_equal(dax->dax_region.devices[0].driver, "kmem");
	facts_clear(&facts);
}

/* A uevent reports that the device below a node has another driver. */
static void test_dax_follows_path(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *dax;
	struct facts facts = { .all = true };

	put(f, 1, FABMON_NODE_KIND_CXL_REGION, 0, "region0");
	dax = put_dax(f);
	/* the nearest above, not the first */
	free(dax->k.path);
	dax->k.path = strdup("/d/region0/dax_region0");
	tempdir_write(f->dir, "d/region0/dax0.0/size", "536870912\n");
	assert_int_equal(facts_read(&facts, f->model, f->dir), 0);
	link_driver(f, "device_dax");
	facts_mark_path(&facts, f->model, "/d/region0/dax_region0/dax0.0");
	assert_int_equal(facts.count, 1);
	assert_int_equal(facts_read(&facts, f->model, f->dir), 0);
	assert_string_equal(dax->dax_region.devices[0].driver, "device_dax");
	facts_mark_path(&facts, f->model, "/d/region01/dax1.0");
	assert_int_equal(facts.count, 0);
	facts_mark_path(&facts, f->model, NULL);
	assert_true(facts.all);
	facts_clear(&facts);
}

/* A region is committed: the ports on the way count one decoder more. */
static void test_ports_follow_region(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *port, *endpoint, *region;
	struct facts facts = { .all = true };

	port = put(f, 1, FABMON_NODE_KIND_CXL_PORT, 0, "port1");
	endpoint = put(f, 2, FABMON_NODE_KIND_CXL_ENDPOINT, 1, "endpoint2");
	put(f, 3, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 2, "decoder2.0");
	region = put(f, 4, FABMON_NODE_KIND_CXL_REGION, 0, "region0");
	tempdir_write(f->dir, "d/region0/interleave_ways", "1\n");
	tempdir_write(f->dir, "d/region0/target0", "decoder2.0\n");
	tempdir_write(f->dir, "d/port1/decoders_committed", "0\n");
	tempdir_write(f->dir, "d/endpoint2/decoders_committed", "0\n");
	assert_int_equal(facts_read(&facts, f->model, f->dir), 0);
	tempdir_write(f->dir, "d/port1/decoders_committed", "1\n");
	tempdir_write(f->dir, "d/endpoint2/decoders_committed", "1\n");
	facts_mark(&facts, f->model, region);
	assert_int_equal(facts_read(&facts, f->model, f->dir), 0);
	assert_int_equal(port->cxl_port.committed, 1);
	assert_int_equal(endpoint->cxl_port.committed, 1);
	facts_clear(&facts);
}

#define PCI	"bus/pci/devices/0000:3f:00.0/"

/* Its link is not where PCI has links; the CXL driver prints the registers. */
static void test_rcd(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *node = put(f, 1, FABMON_NODE_KIND_CXL_MEMDEV, 0,
				      "mem0");
	const struct model_pci *pci;

	strcpy(node->k.pci, "0000:3f:00.0");
	tempdir_write(f->dir, PCI "vendor", "0x8086\n");
	read_node(f, node);
	pci = model_pci_get(f->model, "0000:3f:00.0");
	assert_false(pci->is_rcd);
	/* x8, 32 GT/s; trained to x4, 16 GT/s */
	tempdir_write(f->dir, PCI "rcd_link_cap", "477085\n");
	tempdir_write(f->dir, PCI "rcd_link_status", "2044\n");
	read_node(f, node);
	assert_true(pci->is_rcd);
	assert_true(model_is_rcd(f->model, node));
	assert_int_equal(pci->max_gen, 5);
	assert_int_equal(pci->max_lanes, 8);
	assert_int_equal(pci->gen, 4);
	assert_int_equal(pci->lanes, 4);
}

/* Two packages of two nodes each, and a node of memory alone. */
static void test_numa(void **state)
{
	struct host_fixture *f = *state;
	struct model_host *host = model_host(f->model);
	unsigned int package[5] = { 9, 9, 9, 9, 9 };
	size_t i;

	assert_int_equal(host_read_numa(host, f->dir), 0);
	assert_int_equal(host->n_nodes, 0);
	tempdir_write(f->dir, "devices/system/node/node0/cpulist", "0-3\n");
	tempdir_write(f->dir, "devices/system/node/node1/cpulist", "4-7\n");
	tempdir_write(f->dir, "devices/system/node/node2/cpulist", "8,10\n");
	tempdir_write(f->dir, "devices/system/node/node3/cpulist", "9,11\n");
	tempdir_write(f->dir, "devices/system/node/node4/cpulist", "\n");
	tempdir_write(f->dir, "devices/system/node/online", "0-4\n");
	tempdir_write(f->dir, "devices/system/cpu/cpu0/topology/"
		      "physical_package_id", "0\n");
	tempdir_write(f->dir, "devices/system/cpu/cpu4/topology/"
		      "physical_package_id", "0\n");
	tempdir_write(f->dir, "devices/system/cpu/cpu8/topology/"
		      "physical_package_id", "1\n");
	tempdir_write(f->dir, "devices/system/cpu/cpu9/topology/"
		      "physical_package_id", "1\n");
	assert_int_equal(host_read_numa(host, f->dir), 0);
	assert_int_equal(host->n_nodes, 4);
	for (i = 0; i < 4; i++)
		package[host->nodes[i].node] = host->nodes[i].package;
	assert_int_equal(package[0], 0);
	assert_int_equal(package[1], 0);
	assert_int_equal(package[2], 1);
	assert_int_equal(package[3], 1);
	assert_int_equal(package[4], 9);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, host_fixture_setup, \
						 host_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_port), TEST(test_qos), TEST(test_makes),
		TEST(test_birth),
		TEST(test_dax),
		TEST(test_dax_follows_region),
		TEST(test_dax_follows_path), TEST(test_ports_follow_region),
		TEST(test_rcd), TEST(test_numa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
