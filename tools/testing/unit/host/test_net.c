// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Facts from sysfs: network devices and virtual functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/facts.h"
#include "fixture.h"
#include "host/host.h"
#include "host_fixture.h"

static int setup(void **state)
{
	struct host_fixture *f;

	host_fixture_setup(state);
	f = *state;
	model_free(f->model);
	f->model = fix_host();
	fix_hca(f->model);
	fix_nic(f->model);
	f->port = fix_node(f->model, "mlx5_1/1", FABMON_NODE_KIND_RDMA_PORT);
	f->port->k.edges[0].ifindex = 5;
	return 0;
}

static void file(struct host_fixture *f, const char *dir, const char *name,
		 const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	tempdir_write(f->dir, path, text);
}

static void netdev(struct host_fixture *f, const char *name,
		   const char *ifindex, const char *devtype)
{
	char dir[80];

	snprintf(dir, sizeof(dir), "class/net/%s", name);
	file(f, dir, "ifindex", ifindex);
	file(f, dir, "iflink", ifindex);
	file(f, dir, "type", "1\n");
	file(f, dir, "mtu", "9000\n");
	file(f, dir, "flags", "0x1003\n");
	file(f, dir, "operstate", "up\n");
	file(f, dir, "speed", "100000\n");
	file(f, dir, "duplex", "full\n");
	file(f, dir, "address", "0c:42:a1:aa:bb:00\n");
	file(f, dir, "uevent", devtype);
}

static const struct model_netdev *find(const struct host_fixture *f,
				       const char *name)
{
	size_t i;

	for (i = 0; i < f->port->port.n_netdevs; i++)
		if (!strcmp(f->port->port.netdevs[i].ifname, name))
			return &f->port->port.netdevs[i];
	return NULL;
}

static void read_port(struct host_fixture *f)
{
	assert_int_equal(host_read_node(f->model, f->port, f->dir), 0);
}

static void test_ethernet(void **state)
{
	struct host_fixture *f = *state;
	const struct model_netdev *dev;

	netdev(f, "ens1f0np0", "5\n", "INTERFACE=ens1f0np0\nIFINDEX=5\n");
	read_port(f);
	read_port(f);
	assert_int_equal(f->port->port.n_netdevs, 1);
	dev = &f->port->port.netdevs[0];
	assert_string_equal(dev->ifname, "ens1f0np0");
	assert_int_equal(dev->ifindex, 5);
	assert_int_equal(dev->kind, MODEL_NETDEV_PLAIN);
	assert_int_equal(dev->mtu, 9000);
	assert_int_equal(dev->speed, 100000);
	assert_true(dev->up);
	assert_true(dev->full_duplex);
	assert_string_equal(dev->operstate, "up");
	assert_int_equal(dev->address_len, 6);
	assert_int_equal(dev->address[2], 0xa1);
	assert_int_equal(dev->lower, 0);
}

static void test_uppers(void **state)
{
	struct host_fixture *f = *state;
	const struct model_netdev *dev;

	netdev(f, "ens1f0np0", "5\n", "INTERFACE=ens1f0np0\n");
	file(f, "class/net/ens1f0np0/master", "ifindex", "9\n");
	file(f, "class/net/ens1f0np0/upper_bond0", "x", "");
	file(f, "class/net/ens1f0np0/upper_storage", "x", "");
	file(f, "class/net/ens1f0np0/upper_br0", "x", "");
	file(f, "class/net/ens1f0np0/upper_gone", "x", "");
	netdev(f, "bond0", "9\n", "DEVTYPE=bond\nINTERFACE=bond0\n");
	file(f, "class/net/bond0/bonding", "mode", "802.3ad 4\n");
	file(f, "class/net/bond0/upper_bond0.7", "x", "");
	netdev(f, "bond0.7", "10\n", "DEVTYPE=vlan\n");
	file(f, "class/net/bond0.7", "iflink", "9\n");
	netdev(f, "storage", "7\n", "INTERFACE=storage\nDEVTYPE=vlan\n");
	file(f, "class/net/storage", "iflink", "5\n");
	netdev(f, "br0", "8\n", "DEVTYPE=bridge\n");
	read_port(f);
	assert_int_equal(f->port->port.n_netdevs, 4);
	assert_int_equal(f->port->port.netdevs[0].ifindex, 5);
	assert_int_equal(f->port->port.netdevs[0].master, 9);
	dev = find(f, "bond0");
	assert_int_equal(dev->kind, MODEL_NETDEV_BOND);
	assert_string_equal(dev->mode, "802.3ad");
	assert_int_equal(dev->lower, 0);
	dev = find(f, "storage");
	assert_int_equal(dev->kind, MODEL_NETDEV_VLAN);
	assert_int_equal(dev->lower, 5);
	/* no such device in the name space that the test is in */
	assert_int_equal(dev->vlan, 0);
	assert_int_equal(find(f, "bond0.7")->lower, 9);
}

/* A loop of uppers ends; so does a list that is too long. */
static void test_bounds(void **state)
{
	struct host_fixture *f = *state;
	char name[32], text[32];
	int i;

	netdev(f, "ens1f0np0", "5\n", "INTERFACE=ens1f0np0\n");
	file(f, "class/net/ens1f0np0/upper_v1", "x", "");
	netdev(f, "v1", "100\n", "DEVTYPE=vlan\n");
	file(f, "class/net/v1/upper_v2", "x", "");
	netdev(f, "v2", "101\n", "DEVTYPE=vlan\n");
	file(f, "class/net/v2/upper_v1", "x", "");
	file(f, "class/net/v2/upper_ens1f0np0", "x", "");
	file(f, "class/net/v1", "iflink", "101\n");
	file(f, "class/net/v2", "iflink", "100\n");
	read_port(f);
	assert_int_equal(f->port->port.n_netdevs, 3);
	json_decref(fix_project(f->model, &fix_alone));
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "x%d", i);
		snprintf(text, sizeof(text), "%d\n", 200 + i);
		netdev(f, name, text, "DEVTYPE=vlan\n");
		snprintf(name, sizeof(name), "upper_x%d/y", i);
		file(f, "class/net/ens1f0np0", name, "");
	}
	read_port(f);
	assert_int_equal(f->port->port.n_netdevs, 64);
}

static void test_other_device(void **state)
{
	struct host_fixture *f = *state;

	netdev(f, "ens1f0np0", "6\n", "INTERFACE=ens1f0np0\n");
	read_port(f);
	assert_int_equal(f->port->port.n_netdevs, 0);
}

static void test_hostile(void **state)
{
	static const char *const addresses[] = {
		"", "zz", "0c:42:a1:aa:bb:0", "0c:42:a1:aa:bb:00:zz", "0c42",
		"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:"
		"00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00",
	};
	static const uint8_t lens[] = { 0, 0, 6, 0, 0, 0 };
	struct host_fixture *f = *state;
	const struct model_netdev *dev;
	size_t i;

	netdev(f, "ens1f0np0", "5\n", "XDEVTYPE=vlan\nDEVTYPE=vlanx\n");
	file(f, "class/net/ens1f0np0", "speed", "-1\n");
	file(f, "class/net/ens1f0np0", "mtu", "lots\n");
	file(f, "class/net/ens1f0np0", "operstate",
	     "a-word-that-is-longer-than-any-state-can-be\n");
	for (i = 0; i < sizeof(lens); i++) {
		file(f, "class/net/ens1f0np0", "address", addresses[i]);
		read_port(f);
		dev = &f->port->port.netdevs[0];
		assert_int_equal(dev->address_len, lens[i]);
	}
	assert_int_equal(dev->kind, MODEL_NETDEV_PLAIN);
	assert_int_equal(dev->speed, 0);
	assert_int_equal(dev->mtu, 0);
	assert_true(strlen(dev->operstate) < sizeof(dev->operstate));
	file(f, "class/net/ens1f0np0", "speed", "4294967295\n");
	read_port(f);
	assert_int_equal(f->port->port.netdevs[0].speed, 0);
}

static void test_ipoib(void **state)
{
	static const char net[] = "class/infiniband/mlx5_0/device/net";
	struct host_fixture *f = *state;
	const struct model_netdev *dev;

	f->port = fix_node(f->model, "mlx5_0/1", FABMON_NODE_KIND_RDMA_PORT);
	file(f, net, "ibs1/x", "");
	file(f, net, "ibs1.8001/x", "");
	file(f, net, "ibs1d1/x", "");
	file(f, net, "eth0/x", "");
	netdev(f, "eth0", "2\n", "");
	netdev(f, "ibs1", "3\n", "");
	file(f, "class/net/ibs1", "type", "32\n");
	file(f, "class/net/ibs1", "dev_port", "0\n");
	file(f, "class/net/ibs1", "pkey", "0xffff\n");
	file(f, "class/net/ibs1", "mode", "connected\n");
	netdev(f, "ibs1.8001", "4\n", "");
	file(f, "class/net/ibs1.8001", "type", "32\n");
	file(f, "class/net/ibs1.8001", "iflink", "3\n");
	file(f, "class/net/ibs1.8001", "pkey", "0x8001\n");
	netdev(f, "ibs1d1", "5\n", "");
	file(f, "class/net/ibs1d1", "type", "32\n");
	file(f, "class/net/ibs1d1", "dev_port", "1\n");
	read_port(f);
	assert_int_equal(f->port->port.n_netdevs, 2);
	/* the child is never first, whatever order they are found in */
	dev = &f->port->port.netdevs[0];
	assert_string_equal(dev->ifname, "ibs1");
	assert_int_equal(dev->kind, MODEL_NETDEV_IPOIB);
	assert_int_equal(dev->pkey, 0xffff);
	assert_int_equal(dev->lower, 0);
	assert_string_equal(dev->mode, "connected");
	assert_int_equal(find(f, "ibs1.8001")->lower, 3);
	assert_int_equal(find(f, "ibs1.8001")->pkey, 0x8001);
}

/* ---- what changed ------------------------------------------------------- */

static size_t marked(struct host_fixture *f, const struct netdev_change *change)
{
	struct facts facts = { 0 };
	bool any = facts_mark_netdev(&facts, f->model, change);
	size_t n = facts.count;

	assert_int_equal(any, n > 0);
	facts_clear(&facts);
	return n;
}

static void test_mark(void **state)
{
	struct host_fixture *f = *state;

	netdev(f, "ens1f0np0", "5\n", "INTERFACE=ens1f0np0\n");
	file(f, "class/net/ens1f0np0/upper_storage", "x", "");
	netdev(f, "storage", "7\n", "DEVTYPE=vlan\n");
	read_port(f);
	assert_int_equal(marked(f, &(struct netdev_change){ .ifindex = 5 }), 1);
	assert_int_equal(marked(f, &(struct netdev_change){ .ifindex = 7 }), 1);
	assert_int_equal(marked(f, &(struct netdev_change){ .ifindex = 8 }), 0);
	/* something new on it; a bond that it becomes part of */
	assert_int_equal(marked(f, &(struct netdev_change){
			 .ifindex = 8, .lower = 7 }), 1);
	assert_int_equal(marked(f, &(struct netdev_change){
			 .ifindex = 8, .master = 5 }), 1);
	/* both InfiniBand ports; all four */
	assert_int_equal(marked(f, &(struct netdev_change){
			 .ifindex = 8, .infiniband = true }), 2);
	assert_int_equal(marked(f, &(struct netdev_change){ 0 }), 4);
}

/* A message with IFLA_IFNAME, IFLA_LINK and IFLA_MASTER. */
struct message {
	struct nlmsghdr hdr;
	struct ifinfomsg info;
	struct nlattr link;
	uint32_t lower;
	struct nlattr master;
	uint32_t bond;
};

static struct message message(void)
{
	return (struct message){
		.hdr = { .nlmsg_len = sizeof(struct message),
			 .nlmsg_type = RTM_NEWLINK },
		.info = { .ifi_index = 7, .ifi_type = ARPHRD_INFINIBAND },
		.link = { .nla_len = 8, .nla_type = IFLA_LINK },
		.lower = 5,
		.master = { .nla_len = 8, .nla_type = IFLA_MASTER },
		.bond = 9,
	};
}

static void test_parse(void **state)
{
	struct message m = message();
	struct netdev_change c;
	size_t len;

	assert_true(netdev_parse(&m.hdr, sizeof(m), &c));
	assert_int_equal(c.ifindex, 7);
	assert_int_equal(c.lower, 5);
	assert_int_equal(c.master, 9);
	assert_true(c.infiniband);
	/* cut short: never beyond what is there */
	for (len = 0; len < sizeof(m); len++)
		assert_false(netdev_parse(&m.hdr, len, &c));
	for (len = 0; len < NLMSG_LENGTH(sizeof(m.info)); len++) {
		m.hdr.nlmsg_len = len;
		assert_false(netdev_parse(&m.hdr, sizeof(m), &c));
	}
	m = message();
	m.link.nla_len = 6;
	assert_true(netdev_parse(&m.hdr, sizeof(m), &c));
	assert_int_equal(c.lower, 0);
	m.link.nla_len = 0xffff;
	netdev_parse(&m.hdr, sizeof(m), &c);
	assert_int_equal(c.lower, 0);
	m = message();
	m.hdr.nlmsg_type = RTM_NEWADDR;
	assert_false(netdev_parse(&m.hdr, sizeof(m), &c));
	m = message();
	m.info.ifi_index = -1;
	assert_false(netdev_parse(&m.hdr, sizeof(m), &c));
}

static void ignore(const struct netdev_change *change, void *ctx)
{
}

/* Idle is idle: nothing is asked and nothing comes of itself. */
static void test_watch(void **state)
{
	struct netdev_watch *watch;
	sd_event *event;

	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(netdev_watch_start(&watch, event, ignore, NULL), 0);
	assert_true(sd_event_run(event, 0) >= 0);
	netdev_watch_stop(watch);
	netdev_watch_stop(NULL);
	sd_event_unref(event);
}

/* ---- virtual functions -------------------------------------------------- */

static void link_to(struct host_fixture *f, const char *at, const char *to)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", f->dir, at);
	assert_int_equal(symlink(to, path), 0);
}

static void virtual_files(struct host_fixture *f)
{
	static const char pf[] = "bus/pci/devices/0000:5e:00.0";

	file(f, pf, "sriov_totalvfs", "16\n");
	file(f, pf, "sriov_numvfs", "2\n");
	file(f, pf, "sriov_offset", "2\n");
	file(f, pf, "sriov_stride", "3\n");
	file(f, pf, "current_link_speed", "16.0 GT/s PCIe\n");
	file(f, "bus/pci/devices/0000:5e:01.0", "vendor", "0x15b3\n");
	link_to(f, "0000:5e:01.0/physfn", "../0000:5e:00.0");
	link_to(f, "0000:5e:00.0/virtfn2", "../0000:5e:01.0");
}

static const struct model_pci *read_virtual(struct host_fixture *f)
{
	struct model_node *dev = fix_node(f->model, "mlx5_1",
					  FABMON_NODE_KIND_RDMA_DEV);

	strcpy(dev->k.pci, "0000:5e:01.0");
	assert_int_equal(host_read_node(f->model, dev, f->dir), 0);
	return model_pci_get(f->model, "0000:5e:01.0");
}

static void test_virtual(void **state)
{
	struct host_fixture *f = *state;
	const struct model_pci *pci;

	virtual_files(f);
	pci = read_virtual(f);
	assert_string_equal(pci->physfn, "0000:5e:00.0");
	assert_int_equal(pci->vf, 2);
	pci = model_pci_get(f->model, "0000:5e:00.0");
	assert_string_equal(pci->physfn, "");
	assert_int_equal(pci->vf, -1);
	assert_int_equal(pci->max_vfs, 16);
	assert_int_equal(pci->vfs, 2);
	assert_int_equal(pci->gen, 4);
}

/* What is not confirmed is no number. */
static void test_virtual_odd(void **state)
{
	struct host_fixture *f = *state;
	char path[256];

	virtual_files(f);
	file(f, "bus/pci/devices/0000:5e:00.0", "sriov_stride", "1\n");
	assert_int_equal(read_virtual(f)->vf, -1);
	file(f, "bus/pci/devices/0000:5e:00.0", "sriov_stride", "0\n");
	assert_int_equal(read_virtual(f)->vf, -1);
	file(f, "bus/pci/devices/0000:5e:00.0", "sriov_offset", "99999\n");
	assert_int_equal(read_virtual(f)->vf, -1);
	snprintf(path, sizeof(path), "%s/bus/pci/devices/0000:5e:01.0/physfn",
		 f->dir);
	assert_int_equal(unlink(path), 0);
	link_to(f, "0000:5e:01.0/physfn",
		"../a-name-that-is-longer-than-any-address");
	assert_string_equal(read_virtual(f)->physfn, "");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, \
						 host_fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_ethernet),
		TEST(test_uppers),
		TEST(test_bounds),
		TEST(test_other_device),
		TEST(test_hostile),
		TEST(test_ipoib),
		TEST(test_mark),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_watch),
		TEST(test_virtual),
		TEST(test_virtual_odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
