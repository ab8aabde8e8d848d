// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* How CXL memory is attached: ports, switches, processors and connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture_state.h"

static void test_direct(void **state)
{
	const char *root = ROOT_PORTS "/0000-0c-00.0", *port;
	const json_t *tree = fix_tree_of(state);

	port = FA(FIX_MEM0) "/Ports/1";
	assert_true(fix_links(tree, port, "Links/ConnectedPorts", root));
	assert_true(fix_links(tree, root, "Links/ConnectedPorts", port));
	assert_true(fix_links(tree, TARGET(FIX_MEM0), "Links/ConnectedPorts",
			      root));
	assert_string_equal(fix_str(tree, root, "CXL/ConnectedDeviceType"),
			    "Type3SLD");
	assert_string_equal(fix_str(tree, root, "PortType"), "DownstreamPort");
	assert_string_equal(fix_str(tree, root, "PortId"), "0");
	assert_int_equal(fix_int(tree, root, "CurrentSpeedGbps"), 256);
	assert_int_equal(fix_int(tree, root, "ActiveWidth"), 8);
	assert_true(fix_links(tree, FIX_CHASSIS "/PCIeDevices/" FIX_MEM0,
			      "Links/ConnectedPCIePorts", root));
}

static void test_behind_switch(void **state)
{
	const char *root = ROOT_PORTS "/0000-0c-01.0", *port;
	const char *dsp = SWITCH "/Ports/0", *usp = SWITCH "/Ports/Upstream";
	const json_t *tree = fix_tree_of(state);

	port = FA(FIX_MEM1) "/Ports/1";
	assert_true(fix_links(tree, port, "Links/ConnectedPorts", dsp));
	assert_true(fix_links(tree, port, "Links/ConnectedSwitchPorts", dsp));
	assert_true(fix_links(tree, port, "Links/ConnectedSwitches", SWITCH));
	assert_true(fix_links(tree, dsp, "Links/ConnectedPorts", port));
	assert_true(fix_links(tree, dsp, "Links/AssociatedEndpoints",
			      TARGET(FIX_MEM1)));
	assert_true(fix_links(tree, usp, "Links/ConnectedPorts", root));
	assert_true(fix_links(tree, root, "Links/ConnectedPorts", usp));
	assert_true(fix_links(tree, root, "Links/ConnectedSwitches", SWITCH));
	assert_true(fix_links(tree, TARGET(FIX_MEM1), "Links/ConnectedPorts",
			      dsp));
	/* no host can find out whether it has several logical devices */
	assert_null(fix_at(tree, root, "CXL/ConnectedDeviceType"));
	assert_null(fix_at(tree, dsp, "CXL/ConnectedDeviceType"));
	assert_true(fix_links(tree, FIX_CHASSIS "/PCIeDevices/" FIX_MEM1,
			      "Links/ConnectedPCIePorts", dsp));
	/* the addresses of fabric-attached functions are not shown */
	assert_null(fix_at(tree, FIX_CHASSIS "/PCIeDevices/" FIX_MEM1
			   "/PCIeFunctions/0", "BusNumber"));
	assert_string_equal(fix_str(tree, FIX_CHASSIS "/PCIeDevices/" FIX_MEM0
				    "/PCIeFunctions/0", "BusNumber"), "0x0f");
}

static void test_switch(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *oem = "Oem/Fabmon/Decoders/0/Committed";

	assert_string_equal(fix_str(tree, SWITCH, "SwitchType"), "CXL");
	assert_int_equal(fix_int(tree, SWITCH, "CXL/TotalHDMDecoders"), 2);
	assert_string_equal(fix_str(tree, SWITCH,
				    "CXL/VirtualCXLSwitches/@odata.id"),
			    SWITCH "/VCSs");
	assert_int_equal(fix_int(tree, SWITCH "/VCSs/0", "HDMDecoders"), 2);
	assert_string_equal(fix_str(tree, SWITCH "/VCSs/0",
				    "Links/Port/@odata.id"),
			    SWITCH "/Ports/Upstream");
	assert_true(fix_links(tree, SWITCH "/VCSs/0", "Links/Endpoints",
			      TARGET(FIX_MEM1)));
	assert_true(fix_links(tree, SWITCH, "Links/Endpoints",
			      TARGET(FIX_PMEM)));
	assert_false(fix_links(tree, SWITCH, "Links/Endpoints",
			       TARGET(FIX_MEM0)));
	assert_int_equal(fix_int(tree, SWITCH "/Ports",
				 "Members@odata.count"), 4);
	assert_string_equal(fix_str(tree, SWITCH "/Ports/Upstream",
				    "PortType"), "UpstreamPort");
	assert_string_equal(fix_str(tree, SWITCH "/Ports/1", "PortType"),
			    "DownstreamPort");
	assert_string_equal(fix_str(tree, SWITCH "/Ports/1", "LinkStatus"),
			    "LinkUp");
	/* nothing is plugged in, so that nothing runs at any speed */
	assert_string_equal(fix_str(tree, SWITCH "/Ports/2", "LinkStatus"),
			    "NoLink");
	assert_null(fix_at(tree, SWITCH "/Ports/2", "CurrentSpeedGbps"));
	assert_int_equal(fix_int(tree, SWITCH "/Ports/2", "MaxSpeedGbps"),
			 256);
	/* 4 of 8 lanes of 32 GT/s */
	assert_int_equal(fix_int(tree, SWITCH "/Ports/Upstream",
				 "CurrentSpeedGbps"), 128);
	assert_true(json_is_true(fix_at(tree, SWITCH, oem)));
	assert_true(json_is_false(fix_at(tree, SWITCH,
				"Oem/Fabmon/Decoders/1/Committed")));
	assert_string_equal(fix_str(tree, SWITCH,
				    "Oem/Fabmon/Decoders/0/Targets/0"),
			    "0000:0e:00.0");
}

/* From the root port down: every link is named at both ends. */
static void test_two_switches(void **state)
{
	const char *first = FIX_CXL "/Switches/0000-de-00.0-00.0";
	const char *second = FIX_CXL "/Switches/0000-de-00.0-00.0-01.0-00.0";
	const char *root = FIX_SYSTEM "/Processors/CPU1/Ports/0000-de-00.0";
	char upper[256], lower[256], dsp[256];
	struct model *model = fix_host();
	json_t *tree;

	(void)state;
	fix_switches(model);
	tree = fix_project(model, &fix_alone);
	snprintf(upper, sizeof(upper), "%s/Ports/1", first);
	snprintf(lower, sizeof(lower), "%s/Ports/Upstream", second);
	snprintf(dsp, sizeof(dsp), "%s/Ports/3", second);
	assert_true(fix_links(tree, upper, "Links/ConnectedPorts", lower));
	assert_true(fix_links(tree, lower, "Links/ConnectedPorts", upper));
	assert_string_equal(fix_str(tree, upper, "PortType"),
			    "InterswitchPort");
	assert_string_equal(fix_str(tree, lower, "PortType"),
			    "InterswitchPort");
	assert_true(fix_links(tree, root, "Links/ConnectedSwitches", first));
	assert_true(fix_links(tree, upper, "Links/ConnectedSwitches",
			      second));
	assert_true(fix_links(tree, lower, "Links/ConnectedSwitches", first));
	assert_true(fix_links(tree, dsp, "Links/ConnectedPorts",
			      FA(FIX_MEM6) "/Ports/1"));
	/* the second one's devices are behind the first one too */
	assert_true(fix_links(tree, first, "Links/Endpoints",
			      TARGET(FIX_MEM6)));
	assert_false(fix_links(tree, second, "Links/Endpoints",
			       TARGET(FIX_MEM5)));
	assert_true(fix_links(tree, FIX_SYSTEM "/Processors/CPU1",
			      "Links/Memory", MEM(FIX_MEM6 "-ram")));
	/* the first has no HDM decoders that the kernel found */
	assert_null(fix_at(tree, first, "CXL/TotalHDMDecoders"));
	json_decref(tree);
	model_free(model);
}

/* CXL 1.1: the host bridge is the port. */
static void test_rcd(void **state)
{
	const char *port = FIX_SYSTEM "/Processors/CPU1/Ports/pci0000-3f";
	const char *device = FIX_CHASSIS "/PCIeDevices/" FIX_RCD;
	struct model *model = fix_host();
	struct model_node *node;
	json_t *tree;

	(void)state;
	fix_rcd(model);
	tree = fix_project(model, &fix_alone);
	assert_string_equal(fix_str(tree, port, "CXL/ConnectedDeviceMode"),
			    "RCD");
	assert_string_equal(fix_str(tree, port, "CXL/ConnectedDeviceType"),
			    "Type3SLD");
	assert_true(fix_links(tree, port, "Links/ConnectedPorts",
			      FA(FIX_RCD) "/Ports/1"));
	assert_true(fix_links(tree, FIX_CXL "/Endpoints/" FIX_HOST "-CPU1",
			      "Links/LocalPorts", port));
	assert_string_equal(fix_str(tree, device,
				    "CXLDevice/CurrentProtocolVersion"),
			    "CXL1_1");
	assert_int_equal(fix_int(tree, FA(FIX_RCD) "/Ports/1",
				 "CurrentSpeedGbps"), 256);
	json_decref(tree);

	/* without a driver it is the same, as its PCI function has it */
	node = fix_node(model, "mem11", FABMON_NODE_KIND_CXL_MEMDEV);
	free(node->k.driver);
	node->k.driver = NULL;
	node = fix_node(model, "endpoint11", FABMON_NODE_KIND_CXL_ENDPOINT);
	model_node_drop(model, node->k.id);
	tree = fix_project(model, &fix_alone);
	assert_true(fix_links(tree, port, "Links/ConnectedPorts",
			      FA(FIX_RCD) "/Ports/1"));
	assert_string_equal(fix_str(tree, LD(FIX_RCD), "Status/State"),
			    "Disabled");
	json_decref(tree);
	model_free(model);
}

/* Root ports hang from the processor of their NUMA node. */
static void test_processors(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *cpu1 = FIX_SYSTEM "/Processors/CPU1";

	assert_int_equal(fix_int(tree, ROOT_PORTS, "Members@odata.count"), 2);
	assert_non_null(json_object_get(tree, FIX_SYSTEM "/Processors/CPU1/"
					"Ports/0000-0c-02.0"));
	assert_true(fix_links(tree, cpu1, "Links/Endpoints",
			      FIX_CXL "/Endpoints/" FIX_HOST "-CPU1"));
	assert_string_equal(fix_str(tree, HOST_ADAPTER, "Ports/@odata.id"),
			    ROOT_PORTS);
	assert_true(fix_links(tree, HOST_ADAPTER, "Links/Processors",
			      FIX_SYSTEM "/Processors/CPU0"));
}

/* Two NUMA nodes to a package: node 1 is the first one's, too. */
static void test_split_packages(void **state)
{
	static const struct model_numa nodes[] = {
		{ 0, 0 }, { 1, 0 }, { 2, 1 }, { 3, 1 }
	};
	struct model *model = fix_host();
	struct model_host *host = model_host(model);
	json_t *tree;

	(void)state;
	host->nodes = malloc(sizeof(nodes));
	memcpy(host->nodes, nodes, sizeof(nodes));
	host->n_nodes = 4;
	fix_cxl(model);
	model_pci_put(model, "0000:0c:00.0")->numa_node = 2;
	tree = fix_project(model, &fix_alone);
	assert_non_null(json_object_get(tree, ROOT_PORTS "/0000-0c-02.0"));
	assert_non_null(json_object_get(tree, FIX_SYSTEM "/Processors/CPU1/"
					"Ports/0000-0c-00.0"));
	json_decref(tree);
	model_free(model);
}

static void test_connection(void **state)
{
	const char *uri = FIX_CXL "/Connections/" FIX_REGION;
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, uri, "ConnectionType"), "Memory");
	assert_string_equal(fix_str(tree, uri,
				    "MemoryChunkInfo/0/MemoryChunk/@odata.id"),
			    CHUNKS);
	assert_true(fix_links(tree, uri, "Links/InitiatorEndpoints",
			      INITIATOR));
	assert_true(fix_links(tree, uri, "Links/TargetEndpoints",
			      TARGET(FIX_MEM0)));
	assert_true(fix_links(tree, uri, "Links/TargetEndpoints",
			      TARGET(FIX_MEM1)));
	assert_true(fix_links(tree, TARGET(FIX_MEM0), "Links/Connections",
			      uri));
	assert_string_equal(fix_str(tree, TARGET(FIX_MEM0),
				    "ConnectedEntities/2/EntityType"),
			    "MemoryChunk");
}

/* Two topologies do not mix; a device without PCI address has no function. */
static void test_mock(void **state)
{
	const char *uri = FIX_CXL "/Connections/f010000000-69fb2917";
	struct model *model = fix_host();
	const char *mock = FIX_SYSTEM "/MemoryDomains/cfmws-f010000000-ram";
	json_t *tree;

	fix_cxl(model);
	fix_mock(model);
	tree = fix_project(model, &fix_alone);
	assert_int_equal(fix_int(tree, mock, "MemorySizeMiB"), 2048);
	assert_int_equal(fix_int(tree, WINDOW, "MemorySizeMiB"), 8192);
	assert_null(fix_at(tree, FIX_CHASSIS "/PCIeDevices/"
			   "cxl-0000000000000001", "PCIeFunctions"));
	assert_non_null(json_object_get(tree, ROOT_PORTS "/cxl_root_port.0"));
	assert_true(fix_links(tree, uri, "Links/InitiatorEndpoints",
			      INITIATOR));
	json_decref(tree);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_behind_switch),
		cmocka_unit_test(test_switch),
		cmocka_unit_test(test_two_switches),
		cmocka_unit_test(test_rcd),
		cmocka_unit_test(test_processors),
		cmocka_unit_test(test_split_packages),
		cmocka_unit_test(test_connection),
		cmocka_unit_test(test_mock),
	};

	return cmocka_run_group_tests(tests, fix_setup, fix_teardown);
}
