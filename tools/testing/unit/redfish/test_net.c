// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * RDMA hosts with more than adapters and ports: network devices above ports,
 * virtual functions, protocols that Redfish has no value for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

#define NIC		FIX_ADAPTERS "/" FIX_NIC
#define HCA		FIX_ADAPTERS "/" FIX_HCA
#define ETH		FIX_SYSTEM "/EthernetInterfaces/"
#define OWN		ETH FIX_NIC "-1"
#define OWN2		ETH FIX_NIC "-2"
#define BOND		OWN "-bond"
#define PCIE		FIX_CHASSIS "/PCIeDevices/0000-af-00"
#define PF		FIX_ADAPTERS "/0c42a103003f0000"
#define VF0		FIX_ADAPTERS "/0000000000000000-0000-af-00.2"
#define VF7		FIX_ADAPTERS "/0000000000000000-0000-af-01.1"

struct fixture {
	struct model *model;
	json_t *tree;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	*state = f;
	f->model = fix_host();
	fix_hca(f->model);
	fix_ipoib(f->model);
	fix_nic(f->model);
	fix_lan(f->model);
	fix_virtual(f->model);
	fix_opa(f->model);
	fix_usnic(f->model);
	fix_rocev1(f->model);
	f->tree = fix_project(f->model, &fix_alone);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	json_decref(f->tree);
	model_free(f->model);
	free(f);
	return 0;
}

static const json_t *tree_of(void **state)
{
	return ((struct fixture *)*state)->tree;
}

static bool is_true(const json_t *tree, const char *uri, const char *path)
{
	assert_true(json_is_boolean(fix_at(tree, uri, path)));
	return json_is_true(fix_at(tree, uri, path));
}

/* ---- network devices ---------------------------------------------------- */

static void test_own(void **state)
{
	const json_t *tree = tree_of(state);

	assert_string_equal(fix_str(tree, OWN, "Name"), "ens1f0np0");
	assert_string_equal(fix_str(tree, OWN, "Oem/Fabmon/KernelName"),
			    "ens1f0np0");
	assert_string_equal(fix_str(tree, OWN, "Oem/Fabmon/MasterName"),
			    "bond0");
	assert_string_equal(fix_str(tree, OWN, "EthernetInterfaceType"),
			    "Physical");
	assert_int_equal(fix_int(tree, OWN, "SpeedMbps"), 100000);
	assert_int_equal(fix_int(tree, OWN, "MTUSize"), 9000);
	assert_true(is_true(tree, OWN, "FullDuplex"));
	assert_true(is_true(tree, OWN, "InterfaceEnabled"));
	assert_string_equal(fix_str(tree, OWN, "LinkStatus"), "LinkUp");
	/* the GID that RoCE v1 and v2 share is one address */
	assert_int_equal(json_array_size(fix_at(tree, OWN, "IPv6Addresses")),
			 1);
	assert_string_equal(fix_str(tree, OWN, "IPv6Addresses/0/Address"),
			    "fe80::e42:a1ff:feaa:bb00");
	assert_string_equal(fix_str(tree, OWN,
				    "IPv6Addresses/0/AddressOrigin"),
			    "LinkLocal");
	assert_null(fix_at(tree, OWN, "IPv4Addresses"));
	assert_true(fix_links(tree, OWN, "Links/Ports", NIC "/Ports/1"));
	assert_null(fix_at(tree, OWN, "Links/RelatedInterfaces"));
	assert_true(fix_links(tree, OWN, "Links/AffiliatedInterfaces", BOND));
	assert_true(fix_links(tree, NIC "/Ports/1", "Links/EthernetInterfaces",
			      OWN));
	assert_int_equal(json_array_size(fix_at(tree, NIC "/Ports/1",
				"Links/EthernetInterfaces")), 1);
}

static void test_vlan(void **state)
{
	const json_t *tree = tree_of(state);
	const char *vlan = OWN "-vlan100";

	assert_string_equal(fix_str(tree, vlan, "Name"), "storage");
	assert_string_equal(fix_str(tree, vlan, "EthernetInterfaceType"),
			    "Virtual");
	assert_int_equal(fix_int(tree, vlan, "VLAN/VLANId"), 100);
	assert_true(is_true(tree, vlan, "VLAN/VLANEnable"));
	assert_string_equal(fix_str(tree, vlan, "LinkStatus"), "NoLink");
	assert_true(fix_links(tree, vlan, "Links/RelatedInterfaces", OWN));
	assert_true(fix_links(tree, OWN, "Links/AffiliatedInterfaces", vlan));
	assert_true(fix_links(tree, NIC "/NetworkDeviceFunctions/1",
			      "Links/EthernetInterfaces", vlan));
	assert_true(fix_links(tree, vlan, "Links/NetworkDeviceFunctions",
			      NIC "/NetworkDeviceFunctions/1"));
	/* it is not directly associated to a physical port */
	assert_null(fix_at(tree, vlan, "Links/Ports"));
}

/* Without its number there is nothing stable to call it. */
static void test_vlan_unknown(void **state)
{
	const json_t *tree = tree_of(state);
	const char *uri;
	json_t *obj;

	json_object_foreach((json_t *)tree, uri, obj)
		assert_string_not_equal(fix_str(tree, uri, "Name"), "odd");
	assert_null(fix_at(tree, OWN "-vlan0", "Id"));
}

static void test_bond(void **state)
{
	const json_t *tree = tree_of(state);
	const char *vlan = BOND "-vlan200";

	assert_string_equal(fix_str(tree, BOND, "Name"), "bond0");
	assert_string_equal(fix_str(tree, BOND, "TeamMode"), "IEEE802_3ad");
	assert_string_equal(fix_str(tree, BOND, "EthernetInterfaceType"),
			    "Virtual");
	assert_string_equal(fix_str(tree, BOND, "IPv4Addresses/0/Address"),
			    "10.0.0.1");
	assert_int_equal(json_array_size(fix_at(tree, BOND,
				"Links/RelatedInterfaces")), 2);
	assert_true(fix_links(tree, BOND, "Links/RelatedInterfaces", OWN));
	assert_true(fix_links(tree, BOND, "Links/RelatedInterfaces", OWN2));
	assert_int_equal(json_array_size(fix_at(tree, BOND,
				"Links/NetworkDeviceFunctions")), 2);
	assert_null(fix_at(tree, BOND, "Links/Ports"));
	assert_null(fix_at(tree, OWN2 "-bond", "Id"));

	assert_int_equal(fix_int(tree, vlan, "VLAN/VLANId"), 200);
	assert_true(fix_links(tree, vlan, "Links/RelatedInterfaces", BOND));
	assert_int_equal(json_array_size(fix_at(tree, vlan,
				"Links/NetworkDeviceFunctions")), 2);
}

static void test_ipoib(void **state)
{
	const json_t *tree = tree_of(state);
	const char *own = ETH FIX_HCA "-1", *child = ETH FIX_HCA "-1-pkey8001";

	assert_string_equal(fix_str(tree, own, "Name"), "ibs1");
	assert_null(fix_at(tree, own, "MACAddress"));
	assert_int_equal(fix_int(tree, own, "MTUSize"), 2044);
	assert_string_equal(fix_str(tree, own, "EthernetInterfaceType"),
			    "Physical");
	assert_string_equal(fix_str(tree, own, "Oem/Fabmon/HardwareAddress"),
			    "00:00:10:49:fe:80:00:00:00:00:"
			    "00:00:00:00:00:00:00:00:00:00");
	assert_string_equal(fix_str(tree, own, "Oem/Fabmon/PKey"), "0xffff");
	assert_string_equal(fix_str(tree, own, "Oem/Fabmon/IpoibMode"),
			    "datagram");
	assert_true(fix_links(tree, own, "Links/Ports", HCA "/Ports/1"));
	assert_string_equal(fix_str(tree, child, "LinkStatus"), "LinkDown");
	assert_string_equal(fix_str(tree, child, "Status/State"), "Disabled");
	assert_string_equal(fix_str(tree, child, "EthernetInterfaceType"),
			    "Virtual");
	assert_true(fix_links(tree, child, "Links/RelatedInterfaces", own));
	assert_null(fix_at(tree, child, "Links/Ports"));
}

/* The kernel's report of a port's own device is newer than sysfs' facts. */
static void test_edge_wins(void **state)
{
	struct fixture *f = *state;
	struct model_node *port = fix_node(f->model, "mlx5_1/1",
					   FABMON_NODE_KIND_RDMA_PORT);
	json_t *tree;

	port->k.edges[0].mtu = 1500;
	port->k.edges[0].up = 0;
	strcpy(port->k.edges[0].ifname, "renamed");
	tree = fix_project(f->model, &fix_alone);
	assert_int_equal(fix_int(tree, OWN, "MTUSize"), 1500);
	assert_string_equal(fix_str(tree, OWN, "Name"), "renamed");
	assert_false(is_true(tree, OWN, "InterfaceEnabled"));
	json_decref(tree);
	/* another device by now: what is known of the old one is not its */
	port->k.edges[0].ifindex = 77;
	tree = fix_project(f->model, &fix_alone);
	assert_null(fix_at(tree, OWN, "SpeedMbps"));
	json_decref(tree);
}

/* ---- virtual functions -------------------------------------------------- */

static void test_virtual(void **state)
{
	const json_t *tree = tree_of(state);
	const char *fn = PCIE "/PCIeFunctions/0-vf7";
	const char *ndf = PF "/NetworkDeviceFunctions/1";

	assert_string_equal(fix_str(tree, fn, "FunctionType"), "Virtual");
	assert_int_equal(fix_int(tree, fn, "FunctionId"), 9);
	assert_string_equal(fix_str(tree, fn, "DeviceNumber"), "0x01");
	assert_int_equal(fix_int(tree, fn, "Oem/Fabmon/VirtualFunctionNumber"),
			 7);
	assert_string_equal(fix_str(tree, fn,
			"Oem/Fabmon/PhysicalFunction/@odata.id"),
			    PCIE "/PCIeFunctions/0");
	assert_string_equal(fix_str(tree, fn, "Links/PCIeDevice/@odata.id"),
			    PCIE);
	assert_string_equal(fix_str(tree, PCIE "/PCIeFunctions/0",
				    "FunctionType"), "Physical");
	assert_int_equal(fix_int(tree, PCIE "/PCIeFunctions",
				 "Members@odata.count"), 3);
	/* one device, whatever bus its functions are numbered on */
	assert_null(fix_at(tree, FIX_CHASSIS "/PCIeDevices/0000-af-01", "Id"));
	assert_string_equal(fix_str(tree, VF7,
			"Controllers/0/PCIeInterface/PCIeType"), "Gen4");

	assert_string_equal(fix_str(tree, VF7 "/NetworkDeviceFunctions/1",
			"Links/PCIeFunction/@odata.id"), fn);
	assert_int_equal(fix_int(tree, VF7 "/NetworkDeviceFunctions/1",
			"Oem/Fabmon/VirtualFunctionNumber"), 7);
	assert_string_equal(fix_str(tree, VF7 "/NetworkDeviceFunctions/1",
			"Oem/Fabmon/PhysicalFunction/@odata.id"), ndf);
	assert_true(fix_links(tree, ndf, "Oem/Fabmon/VirtualFunctions",
			      VF0 "/NetworkDeviceFunctions/1"));
	assert_true(fix_links(tree, ndf, "Oem/Fabmon/VirtualFunctions",
			      VF7 "/NetworkDeviceFunctions/1"));
}

static void test_physical(void **state)
{
	const json_t *tree = tree_of(state);
	const char *ndf = PF "/NetworkDeviceFunctions/1";
	static const char *const cap = "Controllers/0/ControllerCapabilities/"
				       "VirtualizationOffload/";
	char path[160];

	assert_int_equal(fix_int(tree, ndf, "MaxVirtualFunctions"), 8);
	assert_int_equal(fix_int(tree, ndf, "VirtualFunctionAllocation"), 2);
	assert_true(is_true(tree, ndf, "VirtualFunctionsEnabled"));
	snprintf(path, sizeof(path), "%sSRIOV/SRIOVEnabled", cap);
	assert_true(is_true(tree, PF, path));
	snprintf(path, sizeof(path), "%sVirtualFunction/DeviceMaxCount", cap);
	assert_int_equal(fix_int(tree, PF, path), 8);
	assert_null(fix_at(tree, VF7 "/NetworkDeviceFunctions/1",
			   "MaxVirtualFunctions"));
	assert_null(fix_at(tree, NIC "/NetworkDeviceFunctions/1",
			   "MaxVirtualFunctions"));
	assert_string_equal(fix_str(tree, PF, "Manufacturer"), "Mellanox");
}

/* ---- protocols ---------------------------------------------------------- */

static void test_opa(void **state)
{
	const json_t *tree = tree_of(state);
	const char *dev = FIX_ADAPTERS "/00117501016789ab";
	const char *port = FIX_ADAPTERS "/00117501016789ab/Ports/1";
	const char *ndf = FIX_ADAPTERS
			  "/00117501016789ab/NetworkDeviceFunctions/1";
	const json_t *sizes;

	assert_string_equal(fix_str(tree, dev, "Manufacturer"), "Intel");
	assert_string_equal(fix_str(tree, port, "PortProtocol"), "InfiniBand");
	assert_string_equal(fix_str(tree, port, "Oem/Fabmon/Protocol"), "opa");
	assert_int_equal(fix_int(tree, port, "Oem/Fabmon/Lid"), 0x10001);
	assert_string_equal(fix_str(tree, port, "Oem/Fabmon/PKeys/1/PKey"),
			    "0xffff");
	assert_int_equal(fix_int(tree, port, "Oem/Fabmon/PKeys/1/Index"), 1);
	assert_int_equal(fix_int(tree, port, "Oem/Fabmon/PKeyCount"), 2);
	sizes = fix_at(tree, ndf, "InfiniBand/SupportedMTUSizes");
	assert_int_equal(json_array_size(sizes), 7);
	assert_int_equal(json_integer_value(json_array_get(sizes, 6)), 10240);
	assert_int_equal(fix_int(tree, ndf, "InfiniBand/MTUSize"), 10240);
}

static void test_usnic(void **state)
{
	const json_t *tree = tree_of(state);
	const char *dev = FIX_ADAPTERS "/0025b5fffe000001";
	const char *port = FIX_ADAPTERS "/0025b5fffe000001/Ports/1";
	const char *ndf = FIX_ADAPTERS
			  "/0025b5fffe000001/NetworkDeviceFunctions/1";

	assert_string_equal(fix_str(tree, dev, "Manufacturer"), "Cisco");
	assert_string_equal(fix_str(tree, dev, "Oem/Fabmon/NodeType"),
			    "usNIC-UDP");
	assert_string_equal(fix_str(tree, port, "PortProtocol"), "Ethernet");
	assert_string_equal(fix_str(tree, port, "Oem/Fabmon/Protocol"),
			    "usnic");
	assert_string_equal(fix_str(tree, ndf, "NetDevFuncType"), "Ethernet");
	assert_null(fix_at(tree, ndf, "Ethernet/AdditionalProtocols"));
	assert_non_null(fix_at(tree, ETH "0025b5fffe000001-1", "MACAddress"));
}

/* Two ports of one device, each with its own link. */
static void test_two_links(void **state)
{
	const json_t *tree = tree_of(state);
	const char *dev = FIX_ADAPTERS "/0002c903000a0b0c";
	const char *ib = FIX_ADAPTERS "/0002c903000a0b0c/Ports/1";
	const char *eth = FIX_ADAPTERS "/0002c903000a0b0c/Ports/2";
	const char *ndf = FIX_ADAPTERS
			  "/0002c903000a0b0c/NetworkDeviceFunctions/2";

	assert_string_equal(fix_str(tree, ib, "LinkNetworkTechnology"),
			    "InfiniBand");
	assert_string_equal(fix_str(tree, eth, "LinkNetworkTechnology"),
			    "Ethernet");
	assert_string_equal(fix_str(tree, eth, "PortProtocol"), "RoCE");
	assert_int_equal(json_array_size(fix_at(tree, ndf,
				"Ethernet/AdditionalProtocols")), 1);
	assert_string_equal(fix_str(tree, ndf,
			"Ethernet/AdditionalProtocols/0"), "RoCE");
	assert_true(fix_links(tree, dev, "Controllers/0/Links/Ports", ib));
	assert_true(fix_links(tree, dev, "Controllers/0/Links/Ports", eth));
	/* RoCE v1 has no IP header */
	assert_null(fix_at(tree, RF_PREFIX "/Fabrics/RoCE/Endpoints/" FIX_HOST
			   "-0002c903000a0b0c-2", "IPTransportDetails"));
}

static void test_valid(void **state)
{
	int valid = fix_validate_tree(tree_of(state));

	if (valid < 0)
		skip();
	assert_int_equal(valid, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_own, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vlan, setup, teardown),
		cmocka_unit_test_setup_teardown(test_vlan_unknown, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_bond, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ipoib, setup, teardown),
		cmocka_unit_test_setup_teardown(test_edge_wins, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_virtual, setup, teardown),
		cmocka_unit_test_setup_teardown(test_physical, setup, teardown),
		cmocka_unit_test_setup_teardown(test_opa, setup, teardown),
		cmocka_unit_test_setup_teardown(test_usnic, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_links, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_valid, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
