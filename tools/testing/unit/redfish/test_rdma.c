// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* RDMA devices and ports as Redfish resources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture_state.h"

#define HCA		FIX_ADAPTERS "/" FIX_HCA
#define NIC		FIX_ADAPTERS "/" FIX_NIC
#define IWARP		FIX_ADAPTERS "/0242acfffe110002"
#define IB_FABRIC	RF_PREFIX "/Fabrics/IB-fe80000000000001"
#define ROCE		RF_PREFIX "/Fabrics/RoCE"

/* Linux: ib_port_state, ib_port_phys_state. */
enum { DOWN = 1, INIT, ARMED, ACTIVE, DEFER };
enum { SLEEP = 1, POLLING, DISABLED, TRAINING, LINK_UP, RECOVERY, TEST };

static const struct {
	uint32_t state, phys;
	const char *link_state, *link_status, *health, *status;
	int signal;			/* -1: left out */
} states[] = {
	{ ACTIVE, LINK_UP, "Enabled", "LinkUp", "OK", "Enabled", 1 },
	{ INIT, LINK_UP, "Enabled", "Starting", "OK", "Enabled", 1 },
	{ ARMED, LINK_UP, "Enabled", "Starting", "OK", "Enabled", 1 },
	{ DEFER, LINK_UP, "Enabled", "LinkUp", "Warning", "Enabled", 1 },
	{ DOWN, LINK_UP, "Enabled", "LinkDown", "OK", "Enabled", 1 },
	{ DOWN, TRAINING, "Enabled", "Training", "OK", "Enabled", 1 },
	{ DOWN, RECOVERY, "Enabled", "Training", "Warning", "Enabled", 1 },
	{ ACTIVE, RECOVERY, "Enabled", "Training", "Warning", "Enabled", 1 },
	{ DOWN, POLLING, "Enabled", "NoLink", "OK", "Enabled", 0 },
	{ DOWN, SLEEP, "Enabled", "LinkDown", "OK", "Enabled", 0 },
	{ DOWN, TEST, "Enabled", "LinkDown", "OK", "InTest", -1 },
	{ DOWN, DISABLED, "Disabled", "LinkDown", "OK", "Disabled", 0 },
	/* drivers that do not report the physical state */
	{ ACTIVE, 0, "Enabled", "LinkUp", "OK", "Enabled", -1 },
	{ INIT, 0, "Enabled", "Starting", "OK", "Enabled", -1 },
	{ DOWN, 0, "Enabled", "LinkDown", "OK", "Enabled", -1 },
	{ 0, 0, "Enabled", NULL, "OK", "Enabled", -1 },
	{ 99, 99, "Enabled", NULL, "OK", "Enabled", -1 },
};

static void check_state(const json_t *tree, size_t i)
{
	const char *uri = HCA "/Ports/1";
	const json_t *signal = fix_at(tree, uri, "SignalDetected");
	bool disabled = states[i].phys == DISABLED;

	assert_string_equal(fix_str(tree, uri, "LinkState"),
			    states[i].link_state);
	if (states[i].link_status)
		assert_string_equal(fix_str(tree, uri, "LinkStatus"),
				    states[i].link_status);
	else
		assert_null(fix_at(tree, uri, "LinkStatus"));
	assert_string_equal(fix_str(tree, uri, "Status/Health"),
			    states[i].health);
	assert_string_equal(fix_str(tree, uri, "Status/State"),
			    states[i].status);
	assert_int_equal(json_is_false(fix_at(tree, uri, "InterfaceEnabled")),
			 disabled);
	if (states[i].signal < 0)
		assert_null(signal);
	else
		assert_int_equal(json_is_true(signal), states[i].signal);
}

static void test_port_states(void **state)
{
	struct model *model = fix_host();
	struct model_node *port;
	json_t *tree;
	size_t i;

	fix_hca(model);
	port = fix_node(model, "mlx5_0/1", FABMON_NODE_KIND_RDMA_PORT);
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		port->k.port.state = states[i].state;
		port->k.port.phys_state = states[i].phys;
		tree = fix_project(model, &fix_alone);
		check_state(tree, i);
		json_decref(tree);
	}
	model_free(model);
}

/* What PATCH sets is what is shown: of the net device, where there is one. */
static void test_enabled(void **state)
{
	struct model *model = fix_host();
	struct model_node *port;
	struct knl_edge *net;
	json_t *tree;

	fix_nic(model);
	port = fix_node(model, "mlx5_1/1", FABMON_NODE_KIND_RDMA_PORT);
	net = &port->k.edges[0];
	assert_int_equal(net->type, FABMON_EDGE_TYPE_NETDEV);
	/* without a carrier drivers report the port as disabled */
	port->k.port.phys_state = 3;
	net->has |= KNL_HAS(FABMON_A_EDGE_UP);
	net->up = 1;
	tree = fix_project(model, &fix_alone);
	assert_true(json_is_true(fix_at(tree, NIC "/Ports/1",
					"InterfaceEnabled")));
	assert_string_equal(fix_str(tree, NIC "/Ports/1", "LinkStatus"),
			    "LinkDown");
	json_decref(tree);
	net->up = 0;
	tree = fix_project(model, &fix_alone);
	assert_true(json_is_false(fix_at(tree, NIC "/Ports/1",
					 "InterfaceEnabled")));
	assert_string_equal(fix_str(tree, NIC "/Ports/1", "LinkState"),
			    "Disabled");
	json_decref(tree);
	model_free(model);
}

static void test_state_names(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_string_equal(fix_str(tree, HCA "/Ports/1",
				    "Oem/Fabmon/LogicalState"), "Active");
	assert_string_equal(fix_str(tree, HCA "/Ports/1",
				    "Oem/Fabmon/PhysicalState"), "LinkUp");
	assert_string_equal(fix_str(tree, HCA "/Ports/2",
				    "Oem/Fabmon/PhysicalState"), "Polling");
	assert_string_equal(fix_str(tree, HCA "/Ports/1",
				    "Oem/Fabmon/@odata.type"),
			    "#Fabmon.v1_0_0.RdmaPort");
}

static void test_speed_and_width(void **state)
{
	const json_t *tree = fix_tree_of(state);

	assert_int_equal(fix_int(tree, HCA "/Ports/1", "CurrentSpeedGbps"),
			 100);
	assert_int_equal(fix_int(tree, HCA "/Ports/1", "ActiveWidth"), 4);
	assert_int_equal(fix_int(tree, HCA "/Ports/1", "MaxFrameSize"), 4096);
	assert_string_equal(fix_str(tree, HCA "/Ports/1",
				    "Oem/Fabmon/SpeedName"), "EDR");
	assert_true(json_real_value(fix_at(tree, HCA "/Ports/2",
					   "CurrentSpeedGbps")) == 2.5);
	/* unknown, not 0 */
	assert_null(fix_at(tree, IWARP "/Ports/1", "CurrentSpeedGbps"));
	assert_null(fix_at(tree, IWARP "/Ports/1", "ActiveWidth"));
}

static void test_infiniband(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *port = HCA "/Ports/1", *ndf;

	ndf = HCA "/NetworkDeviceFunctions/1";
	assert_string_equal(fix_str(tree, port, "PortProtocol"), "InfiniBand");
	assert_string_equal(fix_str(tree, port, "LinkNetworkTechnology"),
			    "InfiniBand");
	assert_string_equal(fix_str(tree, port,
				    "InfiniBand/AssociatedNodeGUIDs/0"),
			    "0c42:a103:0079:9a1c");
	assert_string_equal(fix_str(tree, port,
				    "InfiniBand/AssociatedPortGUIDs/0"),
			    "0c42:a103:0079:9a1d");
	assert_int_equal(fix_int(tree, port, "Oem/Fabmon/Lid"), 7);
	assert_string_equal(fix_str(tree, port, "Oem/Fabmon/SubnetPrefix"),
			    "0xfe80000000000001");
	assert_string_equal(fix_str(tree, port, "Oem/Fabmon/Gids/0/Gid"),
			    "fe80:0000:0000:0001:0c42:a103:0079:9a1d");
	assert_string_equal(fix_str(tree, ndf, "NetDevFuncType"),
			    "InfiniBand");
	assert_string_equal(fix_str(tree, ndf, "InfiniBand/PortGUID"),
			    "0c42:a103:0079:9a1d");
	assert_int_equal(fix_int(tree, ndf, "InfiniBand/MTUSize"), 4096);
	assert_int_equal(json_array_size(fix_at(tree, ndf,
					 "InfiniBand/SupportedMTUSizes")), 5);
	assert_null(fix_at(tree, port, "Ethernet"));
	/* no GID yet, so no port GUID */
	assert_null(fix_at(tree, HCA "/Ports/2",
			   "InfiniBand/AssociatedPortGUIDs"));
}

static void test_roce(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *port = NIC "/Ports/1", *ndf, *eth;

	ndf = NIC "/NetworkDeviceFunctions/1";
	eth = FIX_SYSTEM "/EthernetInterfaces/" FIX_NIC "-1";
	assert_string_equal(fix_str(tree, port, "PortProtocol"), "RoCEv2");
	assert_string_equal(fix_str(tree, port,
				    "Ethernet/AssociatedMACAddresses/0"),
			    "0c:42:a1:aa:bb:00");
	assert_string_equal(fix_str(tree, port, "Oem/Fabmon/NetworkDevice"),
			    "ens1f0np0");
	assert_null(fix_at(tree, port, "InfiniBand"));
	assert_null(fix_at(tree, port, "Oem/Fabmon/Lid"));
	assert_string_equal(fix_str(tree, ndf, "NetDevFuncType"), "Ethernet");
	assert_string_equal(fix_str(tree, ndf,
				    "Ethernet/AdditionalProtocols/1"),
			    "RoCEv2");
	assert_int_equal(fix_int(tree, ndf, "Ethernet/MTUSize"), 9000);
	assert_string_equal(fix_str(tree, eth, "Name"), "ens1f0np0");
	assert_string_equal(fix_str(tree, eth, "LinkStatus"), "LinkUp");
	assert_true(fix_links(tree, eth, "Links/Ports", port));
	assert_true(fix_links(tree, ndf, "Links/EthernetInterfaces", eth));
	assert_string_equal(fix_str(tree, NIC "/Ports/2", "LinkState"),
			    "Disabled");
}

static void test_adapter(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *interface = FIX_SYSTEM "/NetworkInterfaces/" FIX_HCA;
	const char *pcie = FIX_CHASSIS "/PCIeDevices/0000-3b-00";

	assert_string_equal(fix_str(tree, HCA, "Name"), "mlx5_0");
	assert_string_equal(fix_str(tree, HCA, "Model"), "MT4123");
	assert_string_equal(fix_str(tree, HCA, "Oem/Fabmon/KernelName"),
			    "mlx5_0");
	/* what is not UTF-8 does not lose the rest */
	assert_string_equal(fix_str(tree, HCA, "Oem/Fabmon/NodeDescription"),
			    "node01 ?");
	assert_string_equal(fix_str(tree, HCA,
			"Controllers/0/Identifiers/0/DurableName"),
			    "0C-42-A1-03-00-79-9A-1C");
	assert_string_equal(fix_str(tree, HCA,
			"Controllers/0/FirmwarePackageVersion"), "20.31.1014");
	assert_true(fix_links(tree, HCA, "Controllers/0/Links/PCIeDevices",
			      pcie));
	assert_string_equal(fix_str(tree, interface,
				    "Links/NetworkAdapter/@odata.id"), HCA);
	assert_string_equal(fix_str(tree, interface, "Ports/@odata.id"),
			    HCA "/Ports");
	assert_null(fix_at(tree, IWARP, "Controllers/0/Links/PCIeDevices"));
}

static void test_pcie(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *dev = FIX_CHASSIS "/PCIeDevices/0000-3b-00", *fn;

	fn = FIX_CHASSIS "/PCIeDevices/0000-3b-00/PCIeFunctions/0";
	assert_string_equal(fix_str(tree, dev, "PCIeInterface/PCIeType"),
			    "Gen5");
	assert_string_equal(fix_str(tree, fn, "VendorId"), "0x15b3");
	assert_string_equal(fix_str(tree, fn, "ClassCode"), "0x020700");
	assert_string_equal(fix_str(tree, fn, "DeviceClass"),
			    "NetworkController");
	assert_string_equal(fix_str(tree, fn, "BusNumber"), "0x3b");
	assert_string_equal(fix_str(tree, fn, "FunctionProtocol"), "PCIe");
	assert_true(fix_links(tree, fn, "Links/NetworkDeviceFunctions",
			      HCA "/NetworkDeviceFunctions/2"));
}

static void test_fabrics(void **state)
{
	const json_t *tree = fix_tree_of(state);
	struct model *other = fix_host();
	json_t *far;

	assert_string_equal(fix_str(tree, IB_FABRIC, "FabricType"),
			    "InfiniBand");
	assert_string_equal(fix_str(tree, ROCE, "FabricType"), "RoCEv2");

	/* another host: the same fabric */
	free(model_host(other)->id);
	free(model_host(other)->uuid);
	model_host(other)->id = strdup("node02");
	model_host(other)->uuid =
		strdup("11111111-2222-3333-4444-555555555555");
	fix_nic(other);
	fix_hca(other);
	fix_cxl(other);
	far = fix_project(other, &fix_alone);
	assert_string_equal(fix_str(far, ROCE, "UUID"),
			    fix_str(tree, ROCE, "UUID"));
	assert_string_equal(fix_str(far, IB_FABRIC, "UUID"),
			    fix_str(tree, IB_FABRIC, "UUID"));
	assert_string_not_equal(fix_str(far, RF_PREFIX "/Fabrics/CXL-node02",
					"UUID"),
				fix_str(tree, FIX_CXL, "UUID"));
	/* and endpoints that do not clash */
	assert_non_null(json_object_get(far, ROCE "/Endpoints/node02-"
					FIX_NIC "-1"));
	json_decref(far);
	model_free(other);
}

static void test_endpoints(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *roce = ROCE "/Endpoints/" FIX_HOST "-" FIX_NIC "-1";
	const char *ib = IB_FABRIC "/Endpoints/" FIX_HOST "-" FIX_HCA "-1";
	const char *ndf = NIC "/NetworkDeviceFunctions/1";

	assert_string_equal(fix_str(tree, roce, "EndpointProtocol"), "RoCEv2");
	assert_string_equal(fix_str(tree, roce,
				    "ConnectedEntities/0/EntityType"),
			    "NetworkController");
	assert_string_equal(fix_str(tree, roce,
				    "ConnectedEntities/0/EntityRole"), "Both");
	assert_string_equal(fix_str(tree, roce,
			"ConnectedEntities/0/EntityLink/@odata.id"), ndf);
	assert_string_equal(fix_str(tree, roce,
			"ConnectedEntities/0/EntityPciId/DeviceId"), "0x101d");
	assert_true(fix_links(tree, roce, "Links/LocalPorts", NIC "/Ports/1"));
	assert_true(fix_links(tree, roce, "Links/NetworkDeviceFunction", ndf));
	assert_true(fix_links(tree, ndf, "Links/Endpoints", roce));
	assert_true(fix_links(tree, NIC "/Ports/1",
			      "Links/AssociatedEndpoints", roce));
	assert_string_equal(fix_str(tree, ib, "EndpointProtocol"),
			    "InfiniBand");
	assert_string_equal(fix_str(tree, ib, "Identifiers/0/DurableName"),
			    "0C-42-A1-03-00-79-9A-1D");
	assert_null(fix_at(tree, ib, "IPTransportDetails"));
}

/* Of the GIDs only those of RoCE v2 are addresses to send to. */
static void test_transport(void **state)
{
	const json_t *tree = fix_tree_of(state);
	const char *roce = ROCE "/Endpoints/" FIX_HOST "-" FIX_NIC "-1";

	assert_int_equal(json_array_size(fix_at(tree, roce,
						"IPTransportDetails")), 2);
	assert_string_equal(fix_str(tree, roce,
			"IPTransportDetails/0/IPv6Address/Address"),
			    "fe80::e42:a1ff:feaa:bb00");
	assert_string_equal(fix_str(tree, roce,
			"IPTransportDetails/1/IPv4Address/Address"),
			    "10.0.0.1");
	assert_null(fix_at(tree, roce, "IPTransportDetails/1/IPv6Address"));
	assert_int_equal(fix_int(tree, roce, "IPTransportDetails/1/Port"),
			 4791);
	assert_string_equal(fix_str(tree, roce,
			"IPTransportDetails/1/TransportProtocol"), "RoCEv2");
	assert_null(fix_at(tree, ROCE "/Endpoints/" FIX_HOST
			   "-0242acfffe110002-1", "IPTransportDetails"));
}

/* No subnet, no fabric to be in; the port is there all the same. */
static void test_no_subnet(void **state)
{
	struct model *model = fix_host();
	struct model_node *port;
	json_t *tree;

	fix_hca(model);
	port = fix_node(model, "mlx5_0/2", FABMON_NODE_KIND_RDMA_PORT);
	port->k.port.has = 0;
	tree = fix_project(model, &fix_alone);
	assert_non_null(json_object_get(tree, HCA "/Ports/2"));
	assert_null(fix_at(tree, HCA "/Ports/2", "Links/AssociatedEndpoints"));
	assert_int_equal(fix_int(tree, IB_FABRIC "/Endpoints",
				 "Members@odata.count"), 1);
	json_decref(tree);
	model_free(model);
}

/* The device is not known yet: a port alone is no resource. */
static void test_orphan(void **state)
{
	struct model *model = fix_host();
	json_t *tree;

	fix_hca(model);
	model_node_drop(model, fix_node(model, "mlx5_0",
					FABMON_NODE_KIND_RDMA_DEV)->k.id);
	tree = fix_project(model, &fix_alone);
	assert_null(fix_at(tree, FIX_CHASSIS, "NetworkAdapters"));
	assert_null(fix_at(tree, RF_ROOT, "Fabrics"));
	json_decref(tree);
	model_free(model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port_states),
		cmocka_unit_test(test_enabled),
		cmocka_unit_test(test_state_names),
		cmocka_unit_test(test_speed_and_width),
		cmocka_unit_test(test_infiniband),
		cmocka_unit_test(test_roce),
		cmocka_unit_test(test_adapter),
		cmocka_unit_test(test_pcie),
		cmocka_unit_test(test_fabrics),
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_transport),
		cmocka_unit_test(test_no_subnet),
		cmocka_unit_test(test_orphan),
	};

	return cmocka_run_group_tests(tests, fix_setup, fix_teardown);
}
