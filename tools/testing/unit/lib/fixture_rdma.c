// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* RDMA hosts that are less plain than fixture.c's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

enum { ID_VIRTUAL = 40, ID_OPA = 60, ID_USNIC = 65, ID_MLX4 = 70 };

static struct model_node *put(struct model *model, struct knl_node *k)
{
	struct model_node *node = model_node_put(model, k);

	assert_non_null(node);
	return node;
}

static void add_netdev(struct model_node *port, struct model_netdev dev)
{
	struct model_rdma_port *p = &port->port;

	p->netdevs = reallocarray(p->netdevs, p->n_netdevs + 1, sizeof(dev));
	p->netdevs[p->n_netdevs++] = dev;
}

/* ---- network devices above RoCE ----------------------------------------- */

enum { IF_PORT1 = 5, IF_PORT2, IF_VLAN100, IF_BOND = 9, IF_VLAN200, IF_NO_ID };

static struct model_netdev lan(uint32_t ifindex, const char *name,
			       enum model_netdev_kind kind)
{
	struct model_netdev dev = {
		.ifindex = ifindex, .kind = kind, .mtu = 9000, .speed = 100000,
		.up = true, .full_duplex = true, .operstate = "up",
		.address = { 0x0c, 0x42, 0xa1, 0xaa, 0xbb, 0 },
		.address_len = 6,
	};

	strncpy(dev.ifname, name, sizeof(dev.ifname) - 1);
	return dev;
}

/* What both ports have above them. */
static void add_bond(struct model_node *port)
{
	struct model_netdev dev = lan(IF_BOND, "bond0", MODEL_NETDEV_BOND);

	strcpy(dev.mode, "802.3ad");
	add_netdev(port, dev);
	dev = lan(IF_VLAN200, "bond0.200", MODEL_NETDEV_VLAN);
	dev.vlan = 200;
	dev.lower = IF_BOND;
	add_netdev(port, dev);
}

static void enslave(struct model_node *port, uint32_t ifindex)
{
	struct knl_edge *edge = &port->k.edges[0];
	struct model_netdev dev = lan(ifindex, edge->ifname,
				      MODEL_NETDEV_PLAIN);

	edge->has |= KNL_HAS(FABMON_A_EDGE_UP);
	edge->up = 1;
	edge->ifindex = ifindex;
	edge->master_ifindex = dev.master = IF_BOND;
	strcpy(edge->master_ifname, "bond0");
	add_netdev(port, dev);
}

void fix_lan(struct model *model)
{
	struct model_node *one = fix_node(model, "mlx5_1/1",
					  FABMON_NODE_KIND_RDMA_PORT);
	struct model_node *two = fix_node(model, "mlx5_1/2",
					  FABMON_NODE_KIND_RDMA_PORT);
	struct model_netdev dev;
	size_t i;

	enslave(one, IF_PORT1);
	dev = lan(IF_VLAN100, "storage", MODEL_NETDEV_VLAN);
	dev.vlan = 100;
	dev.lower = IF_PORT1;
	strcpy(dev.operstate, "lowerlayerdown");
	add_netdev(one, dev);
	dev = lan(IF_NO_ID, "odd", MODEL_NETDEV_VLAN);
	dev.lower = IF_PORT1;
	add_netdev(one, dev);
	add_bond(one);
	enslave(two, IF_PORT2);
	add_bond(two);
	/* of both versions: link-local of the port, IPv4 of the bond */
	for (i = 0; i < one->k.port.n_gids; i++)
		one->k.port.gids[i].ifindex = i < 2 ? IF_PORT1 : IF_BOND;
}

/* ---- IP over InfiniBand ------------------------------------------------- */

void fix_ipoib(struct model *model)
{
	struct model_node *port = fix_node(model, "mlx5_0/1",
					   FABMON_NODE_KIND_RDMA_PORT);
	struct model_netdev dev = {
		.ifindex = 3, .kind = MODEL_NETDEV_IPOIB, .mtu = 2044,
		.speed = 100000, .up = true, .operstate = "up",
		.mode = "datagram", .ifname = "ibs1", .pkey = 0xffff,
		.address = { 0, 0, 0x10, 0x49, 0xfe, 0x80 }, .address_len = 20,
	};

	add_netdev(port, dev);
	dev.ifindex = 4;
	dev.lower = 3;
	dev.pkey = 0x8001;
	dev.up = false;
	strcpy(dev.operstate, "down");
	strcpy(dev.ifname, "ibs1.8001");
	add_netdev(port, dev);
}

/* ---- virtual functions -------------------------------------------------- */

static void virtual_dev(struct model *model, uint32_t id, const char *name,
			const char *addr, uint64_t guid, const char *port_name)
{
	struct knl_node k;
	struct model_pci *pci = model_pci_put(model, addr);

	pci->vendor = 0x15b3;
	pci->device = 0x101d;
	pci->class_code = 0x020000;
	fix_rdma_dev(model, id, name, addr, guid)->k.dev.ports = 1;
	k = fix_rdma_port(id, port_name, 1, FABMON_RDMA_PROTOCOL_ROCEV2);
	fix_netdev(&k, name, (uint8_t)id);
	put(model, &k);
}

void fix_virtual(struct model *model)
{
	static const char physical[] = "0000:af:00.0";
	struct model_pci *pci;

	virtual_dev(model, ID_VIRTUAL, "rocep175s0f0", physical,
		    0x0c42a103003f0000, "rocep175s0f0/1");
	pci = model_pci_put(model, physical);
	pci->max_vfs = 8;
	pci->vfs = 2;
	pci->gen = pci->max_gen = 4;
	pci->lanes = pci->max_lanes = 16;
	virtual_dev(model, ID_VIRTUAL + 2, "rocep175s0f0v0", "0000:af:00.2", 0,
		    "rocep175s0f0v0/1");
	pci = model_pci_put(model, "0000:af:00.2");
	strcpy(pci->physfn, physical);
	pci->vf = 0;
	virtual_dev(model, ID_VIRTUAL + 4, "rocep175s0f0v7", "0000:af:01.1", 0,
		    "rocep175s0f0v7/1");
	pci = model_pci_put(model, "0000:af:01.1");
	strcpy(pci->physfn, physical);
	pci->vf = 7;
}

/* ---- other protocols ---------------------------------------------------- */

void fix_opa(struct model *model)
{
	static const uint8_t gid[16] = { 0xfe, 0x80, [8] = 0, 0x11, 0x75, 1, 1,
					 0x67, 0x89, 0xab };
	struct knl_node k;

	fix_rdma_dev(model, ID_OPA, "hfi1_0", "0000:18:00.0",
		     0x00117501016789ab)->k.dev.ports = 1;
	model_pci_put(model, "0000:18:00.0")->vendor = 0x8086;
	k = fix_rdma_port(ID_OPA, "hfi1_0/1", 1, FABMON_RDMA_PROTOCOL_OPA);
	k.port.link_layer = 1;
	k.port.max_mtu = k.port.active_mtu = 10240;
	k.port.has = KNL_HAS(FABMON_A_RDMA_PORT_LID);
	k.port.lid = 0x10001;		/* more than InfiniBand's 16 bits */
	k.port.subnet_prefix = 0xfe80000000000000;
	fix_gid(&k, FABMON_GID_TYPE_IB, gid);
	k.port.pkeys = calloc(2, sizeof(*k.port.pkeys));
	k.port.pkeys[0].value = 0x8001;
	k.port.pkeys[1].index = 1;
	k.port.pkeys[1].value = 0xffff;
	k.port.n_pkeys = k.port.pkey_count = 2;
	put(model, &k);
}

void fix_usnic(struct model *model)
{
	struct model_node *dev;
	struct knl_node k;

	dev = fix_rdma_dev(model, ID_USNIC, "usnic_0", "0000:0b:00.0",
			   0x0025b5fffe000001);
	dev->k.dev.ports = 1;
	dev->k.dev.node_type = 6;
	model_pci_put(model, "0000:0b:00.0")->vendor = 0x1137;
	k = fix_rdma_port(ID_USNIC, "usnic_0/1", 1, FABMON_RDMA_PROTOCOL_USNIC);
	fix_netdev(&k, "enp11s0", 0x77);
	put(model, &k);
}

void fix_rocev1(struct model *model)
{
	static const uint8_t gid[16] = { 0xfe, 0x80, [8] = 2, 0xc9, 3, 0, 0,
					 0xa, 0xb, 0xc };
	struct knl_node k;

	fix_rdma_dev(model, ID_MLX4, "mlx4_0", "0000:04:00.0",
		     0x0002c903000a0b0c);
	k = fix_rdma_port(ID_MLX4, "mlx4_0/1", 1,
			  FABMON_RDMA_PROTOCOL_INFINIBAND);
	k.port.has = KNL_HAS(FABMON_A_RDMA_PORT_LID);
	k.port.subnet_prefix = 0xfe80000000000000;
	fix_gid(&k, FABMON_GID_TYPE_IB, gid);
	put(model, &k);
	k = fix_rdma_port(ID_MLX4, "mlx4_0/2", 2, FABMON_RDMA_PROTOCOL_ROCEV1);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV1, gid);
	fix_netdev(&k, "ens2d1", 0x42);
	put(model, &k);
}
