// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/facts.h"
#include "host/priv.h"
#include "host/sysfs.h"
#include "host_fixture.h"

#define UUID "4c4c4544-0042-3510-8052-b4c04f4d5031"

/* Each pair is a path below the directory and its text. */
static void write_files(const struct host_fixture *f,
			const char * const (*files)[2], size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		tempdir_write(f->dir, files[i][0], files[i][1]);
}

#define WRITE(f, files) \
	write_files(f, files, sizeof(files) / sizeof((files)[0]))

/* ---- texts -------------------------------------------------------------- */

static void test_filler(void **state)
{
	static const char * const fillers[] = {
		"", "To be filled by O.E.M.", "to be filled by o.e.m.", "None",
		"Not Specified", "Default string", "...", "0", "0000000000",
		"xxxxxxxx", "System Product Name", "SKU", "  ", "FFFF",
	};
	static const char * const real[] = {
		"Dell Inc.", "PowerEdge R760", "J8B5Q14", "0A12", "X11", "F1",
		"Standard PC (Q35 + ICH9, 2009)", "1.2",
	};
	size_t i;

	for (i = 0; i < sizeof(fillers) / sizeof(fillers[0]); i++)
		assert_true(host_is_filler(fillers[i]));
	for (i = 0; i < sizeof(real) / sizeof(real[0]); i++)
		assert_false(host_is_filler(real[i]));
}

static void test_uuid(void **state)
{
	static const char * const bad[] = {
		"", "00000000-0000-0000-0000-000000000000",
		"FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
		"03000200-0400-0500-0006-000700080009", "not-a-uuid",
		"4c4c4544-0042-3510-8052-b4c04f4d503", UUID "0",
		"4c4c4544004235108052b4c04f4d50310000",
	};
	char uuid[37];
	size_t i;

	assert_true(host_parse_uuid("4C4C4544-0042-3510-8052-B4C04F4D5031",
				    uuid));
	assert_string_equal(uuid, UUID);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(host_parse_uuid(bad[i], uuid));
}

static void test_numbers(void **state)
{
	uint64_t value;

	assert_true(sysfs_parse_number("0xffffffffffffffff", 16, &value));
	assert_true(value == UINT64_MAX);
	assert_false(sysfs_parse_number("0x1ffffffffffffffff", 16, &value));
	assert_false(sysfs_parse_number("-1", 10, &value));
	assert_false(sysfs_parse_number("", 10, &value));
	assert_false(sysfs_parse_number("12monkeys", 10, &value));
	assert_true(sysfs_parse_number("4096 bytes", 10, &value));
	assert_int_equal(value, 4096);

	assert_int_equal(sysfs_parse_gen("2.5 GT/s PCIe"), 1);
	assert_int_equal(sysfs_parse_gen("5.0 GT/s PCIe"), 2);
	assert_int_equal(sysfs_parse_gen("16.0 GT/s PCIe"), 4);
	assert_int_equal(sysfs_parse_gen("64.0 GT/s PCIe"), 6);
	assert_int_equal(sysfs_parse_gen("Unknown"), 0);
	assert_int_equal(sysfs_parse_gen("7.0 GT/s"), 0);
}

/* ---- the host ----------------------------------------------------------- */

static const char * const host_files[][2] = {
	{ "class/dmi/id/product_uuid", "4C4C4544-0042-3510-8052-B4C04F4D5031\n" },
	{ "class/dmi/id/sys_vendor", "Dell Inc.\n" },
	{ "class/dmi/id/product_name", "PowerEdge R760  \n" },
	{ "class/dmi/id/product_serial", "To be filled by O.E.M.\n" },
	{ "class/dmi/id/product_sku", "\n" },
	{ "class/dmi/id/bios_version", "2.3.5\n" },
	{ "devices/system/cpu/cpu0/topology/physical_package_id", "0\n" },
	{ "devices/system/cpu/cpu0/topology/thread_siblings_list", "0,2\n" },
	{ "devices/system/cpu/cpu1/topology/physical_package_id", "1\n" },
	{ "devices/system/cpu/cpu1/topology/thread_siblings_list", "1,3\n" },
	{ "devices/system/cpu/cpu2/topology/physical_package_id", "0\n" },
	{ "devices/system/cpu/cpu2/topology/thread_siblings_list", "0,2\n" },
	{ "devices/system/cpu/cpu3/topology/physical_package_id", "1\n" },
	{ "devices/system/cpu/cpu3/topology/thread_siblings_list", "1,3\n" },
	{ "devices/system/cpu/cpu4/online", "0\n" },
	{ "devices/system/cpu/cpufreq/boost", "1\n" },
	{ "proc/meminfo", "MemTotal:       1024 kB\nMemFree: 1 kB\n" },
	{ "proc/cpuinfo", "processor\t: 0\nvendor_id\t: GenuineIntel\n"
	  "model\t\t: 143\nmodel name\t: Intel(R) Xeon(R) 8480+\n"
	  "flags\t\t: fpu vme hypervisors\n\nprocessor\t: 1\n"
	  "vendor_id\t: Other\n" },
};

static int read_host(const struct host_fixture *f, const char *id)
{
	char proc[256];

	snprintf(proc, sizeof(proc), "%s/proc", f->dir);
	return host_read_at(model_host(f->model), f->dir, proc, id);
}

static void test_host(void **state)
{
	struct host_fixture *f = *state;
	struct model_host *host = model_host(f->model);

	WRITE(f, host_files);
	assert_int_equal(read_host(f, NULL), 0);
	assert_string_equal(host->uuid, UUID);
	assert_string_equal(host->id, UUID);
	assert_string_equal(host->vendor, "Dell Inc.");
	assert_string_equal(host->product, "PowerEdge R760");
	assert_null(host->serial);
	assert_null(host->sku);
	assert_string_equal(host->bios, "2.3.5");
	assert_false(host->is_virtual);
	assert_int_equal(host->memory, 1024 * 1024);
	assert_int_equal(host->n_cpus, 2);
	assert_int_equal(host->cpus[1].package, 1);
	assert_int_equal(host->cpus[1].cores, 1);
	assert_int_equal(host->cpus[1].threads, 2);
	assert_string_equal(host->cpus[1].vendor, "GenuineIntel");
	assert_string_equal(host->cpus[0].model, "Intel(R) Xeon(R) 8480+");
}

static void test_host_bare(void **state)
{
	struct host_fixture *f = *state;
	struct model_host *host = model_host(f->model);

	/* nothing at all; the UUID is made, and the same each time */
	assert_int_equal(read_host(f, "node-01"), 0);
	assert_string_equal(host->id, "node-01");
	assert_int_equal(strlen(host->uuid), 36);
	assert_null(host->vendor);
	assert_int_equal(host->n_cpus, 1);
	assert_int_equal(host->memory, 0);
}

static void test_host_virtual(void **state)
{
	struct host_fixture *f = *state;

	tempdir_write(f->dir, "class/dmi/id/sys_vendor", "QEMU\n");
	tempdir_write(f->dir, "class/dmi/id/product_uuid",
		      "00000000-0000-0000-0000-000000000000\n");
	tempdir_write(f->dir, "proc/cpuinfo", "flags : fpu\n");
	assert_int_equal(read_host(f, "a"), 0);
	assert_true(model_host(f->model)->is_virtual);
	assert_string_not_equal(model_host(f->model)->uuid,
				"00000000-0000-0000-0000-000000000000");
}

static void test_host_hypervisor(void **state)
{
	struct host_fixture *f = *state;

	tempdir_write(f->dir, "proc/cpuinfo", "flags : fpu hypervisor vme\n");
	assert_int_equal(read_host(f, "a"), 0);
	assert_true(model_host(f->model)->is_virtual);
}

/* ---- nodes -------------------------------------------------------------- */

static struct model_node *put(struct model *model, uint32_t id,
			      enum fabmon_node_kind kind, uint32_t parent,
			      const char *name, const char *path)
{
	struct knl_node k = {
		.id = id, .kind = kind, .parent = parent,
		.name = strdup(name), .path = path ? strdup(path) : NULL,
	};

	return model_node_put(model, &k);
}

static void test_memdev(void **state)
{
	static const char * const files[][2] = {
		{ "devices/mem0/serial", "0xc100e2e0\n" },
		{ "devices/mem0/ram/size", "0x10000000\n" },
		{ "devices/mem0/pmem/size", "0x0\n" },
		{ "devices/mem0/label_storage_size", "65536\n" },
		{ "devices/mem0/payload_max", "2048\n" },
		{ "devices/mem0/firmware_version", "BWFW VERSION 00\n" },
		{ "devices/mem0/security/state", "disabled\n" },
		{ "bus/pci/devices/0000:0d:00.0/vendor", "0x8086\n" },
		{ "bus/pci/devices/0000:0d:00.0/device", "0x0d93\n" },
		{ "bus/pci/devices/0000:0d:00.0/class", "0x050210\n" },
		{ "bus/pci/devices/0000:0d:00.0/revision", "0x01\n" },
		{ "bus/pci/devices/0000:0d:00.0/current_link_speed",
		  "32.0 GT/s PCIe\n" },
		{ "bus/pci/devices/0000:0d:00.0/max_link_speed", "Unknown\n" },
		{ "bus/pci/devices/0000:0d:00.0/current_link_width", "16\n" },
		{ "bus/pci/devices/0000:0d:00.0/max_link_width", "255\n" },
		{ "bus/pci/devices/0000:0d:00.0/numa_node", "-1\n" },
	};
	struct host_fixture *f = *state;
	const struct model_pci *pci;
	struct model_node *node;

	WRITE(f, files);
	node = put(f->model, 1, FABMON_NODE_KIND_CXL_MEMDEV, 0, "mem0",
		   "/devices/mem0");
	strcpy(node->k.pci, "0000:0d:00.0");
	assert_int_equal(host_read_node(f->model, node, f->dir), 0);
	assert_int_equal(host_read_node(f->model, node, f->dir), 0);
	assert_int_equal(node->memdev.serial, 0xc100e2e0);
	assert_int_equal(node->memdev.ram_size, 0x10000000);
	assert_int_equal(node->memdev.pmem_size, 0);
	assert_int_equal(node->memdev.label_size, 65536);
	assert_int_equal(node->memdev.payload_max, 2048);
	assert_string_equal(node->memdev.firmware, "BWFW VERSION 00");
	assert_string_equal(node->memdev.security, "disabled");
	pci = model_pci_get(f->model, "0000:0d:00.0");
	assert_int_equal(pci->vendor, 0x8086);
	assert_int_equal(pci->class_code, 0x050210);
	assert_int_equal(pci->gen, 5);
	assert_int_equal(pci->max_gen, 0);
	assert_int_equal(pci->lanes, 16);
	assert_int_equal(pci->max_lanes, 0);
	assert_int_equal(pci->numa_node, -1);
}

static void test_missing(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *node;

	node = put(f->model, 1, FABMON_NODE_KIND_CXL_MEMDEV, 0, "mem0",
		   "/devices/../../etc");
	assert_int_equal(host_read_node(f->model, node, f->dir), 0);
	assert_int_equal(node->memdev.serial, 0);
	node = put(f->model, 2, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 0,
		   "decoder2.0", "/none");
	assert_int_equal(host_read_node(f->model, node, f->dir), 0);
	assert_true(node->decoder.start == MODEL_NONE);
	assert_true(node->decoder.dpa_start == MODEL_NONE);
	assert_null(node->decoder.mode);
}

static void test_rdma(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *dev;

	tempdir_write(f->dir, "class/infiniband/mlx5_0/hca_type", "MT4129\n");
	tempdir_write(f->dir, "class/infiniband/mlx5_0/board_id",
		      "MT_0000000838\n");
	dev = put(f->model, 1, FABMON_NODE_KIND_RDMA_DEV, 0, "mlx5_0", NULL);
	assert_int_equal(host_read_node(f->model, dev, f->dir), 0);
	assert_string_equal(dev->rdma.hca_type, "MT4129");
	assert_string_equal(dev->rdma.board_id, "MT_0000000838");
	assert_null(dev->rdma.node_desc);
}

static void write_region(const struct host_fixture *f, const char *target0)
{
	static const char * const files[][2] = {
		{ "d/region0/resource", "0x490000000\n" },
		{ "d/region0/size", "0x20000000\n" },
		{ "d/region0/interleave_ways", "2\n" },
		{ "d/region0/interleave_granularity", "256\n" },
		{ "d/region0/mode", "ram\n" },
		{ "d/region0/uuid", "\n" },
		{ "d/region0/commit", "1\n" },
		{ "d/region0/target1", "\n" },
	};

	WRITE(f, files);
	tempdir_write(f->dir, "d/region0/target0", target0);
}

static void test_region(void **state)
{
	struct host_fixture *f = *state;
	struct model_node *node;

	write_region(f, "decoder2.0\n");
	node = put(f->model, 1, FABMON_NODE_KIND_CXL_REGION, 0, "region0",
		   "/d/region0");
	assert_int_equal(host_read_node(f->model, node, f->dir), 0);
	assert_true(node->region.start == 0x490000000);
	assert_int_equal(node->region.size, 0x20000000);
	assert_int_equal(node->region.ways, 2);
	assert_int_equal(node->region.granularity, 256);
	assert_string_equal(node->region.mode, "ram");
	assert_null(node->region.uuid);
	assert_true(node->region.commit);
	assert_int_equal(node->region.n_targets, 2);
	assert_string_equal(node->region.targets[0].decoder, "decoder2.0");
	assert_string_equal(node->region.targets[1].decoder, "");
	tempdir_write(f->dir, "d/region0/interleave_ways", "4294967295\n");
	assert_int_equal(host_read_node(f->model, node, f->dir), 0);
	assert_int_equal(node->region.n_targets, 0);
}

/* ---- what is read again ------------------------------------------------- */

static void write_decoder(const struct host_fixture *f, const char *name,
			  const char *size)
{
	char path[64];

	snprintf(path, sizeof(path), "d/%s/size", name);
	tempdir_write(f->dir, path, size);
}

static uint64_t size_of(const struct host_fixture *f, uint32_t id)
{
	return model_node_by_id(f->model, id)->decoder.size;
}

static void make_topology(struct host_fixture *f)
{
	put(f->model, 1, FABMON_NODE_KIND_CXL_PORT, 0, "port1", NULL);
	put(f->model, 2, FABMON_NODE_KIND_CXL_ENDPOINT, 1, "endpoint2", NULL);
	put(f->model, 3, FABMON_NODE_KIND_CXL_SWITCH_DECODER, 1, "decoder1.0",
	    "/d/decoder1.0");
	put(f->model, 4, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 2, "decoder2.0",
	    "/d/decoder2.0");
	put(f->model, 5, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 2, "decoder2.1",
	    "/d/decoder2.1");
	put(f->model, 6, FABMON_NODE_KIND_CXL_REGION, 0, "region0",
	    "/d/region0");
}

static void write_decoders(const struct host_fixture *f, const char *size)
{
	write_decoder(f, "decoder1.0", size);
	write_decoder(f, "decoder2.0", size);
	write_decoder(f, "decoder2.1", size);
}

static void test_facts(void **state)
{
	struct facts facts = { .all = true };
	struct host_fixture *f = *state;
	struct model *model = f->model;

	make_topology(f);
	write_decoders(f, "0x1\n");
	write_region(f, "decoder2.0\n");
	assert_int_equal(facts_read(&facts, model, f->dir), 0);
	assert_int_equal(size_of(f, 3), 1);
	assert_int_equal(size_of(f, 5), 1);
	assert_false(facts.all);

	/* nothing is marked, nothing is read */
	write_decoders(f, "0x2\n");
	assert_int_equal(facts_read(&facts, model, f->dir), 0);
	assert_int_equal(size_of(f, 4), 1);

	/* a region: the targets that it had and has, and those on the way */
	write_region(f, "decoder2.1\n");
	facts_mark(&facts, model, model_node_by_id(model, 6));
	assert_int_equal(facts_read(&facts, model, f->dir), 0);
	assert_int_equal(size_of(f, 3), 2);
	assert_int_equal(size_of(f, 4), 2);
	assert_int_equal(size_of(f, 5), 2);

	/* going: the one that it has now; a node that is gone is no matter */
	write_decoders(f, "0x3\n");
	facts_mark(&facts, model, model_node_by_id(model, 6));
	model_node_drop(model, 6);
	assert_int_equal(facts_read(&facts, model, f->dir), 0);
	assert_int_equal(size_of(f, 4), 2);
	assert_int_equal(size_of(f, 5), 3);

	/* an endpoint has its decoders; very many marks become all */
	write_decoders(f, "0x4\n");
	facts_mark(&facts, model, model_node_by_id(model, 2));
	assert_int_equal(facts_read(&facts, model, f->dir), 0);
	assert_int_equal(size_of(f, 3), 3);
	assert_int_equal(size_of(f, 4), 4);
	for (int i = 0; i < 100000; i++)
		facts_mark(&facts, model, model_node_by_id(model, 1));
	assert_true(facts.all);
	assert_int_equal(facts_read(&facts, model, f->dir), 0);
	assert_int_equal(size_of(f, 3), 4);
	facts_clear(&facts);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, host_fixture_setup, \
						 host_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filler), cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_numbers), TEST(test_host),
		TEST(test_host_bare), TEST(test_host_virtual),
		TEST(test_host_hypervisor), TEST(test_memdev),
		TEST(test_missing), TEST(test_rdma), TEST(test_region),
		TEST(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
