// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading an RDMA device or port into the attributes of its node.
 *
 * The same state must give the same bytes: the core takes a difference in them
 * for a change.
 *
 * The put functions return 0 or -EMSGSIZE, and leave no open nest behind.
 */
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/log2.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <rdma/ib_cache.h>
#include <rdma/ib_verbs.h>

#include "core/fabmon_core.h"
#include "rdma/rdma.h"

/* As the spec promises: a GID table may have a thousand entries. */
#define FABMON_RDMA_GIDS_MAX	64

/**
 * fabmon_rdma_put_path - put a device's path below /sys
 * @attrs: the node's attributes
 * @ibdev: the device
 * @name: its name, as the caller copied it
 *
 * kobject_get_path() of the device itself would read the name that a rename
 * frees. Nothing renames what is above it.
 *
 * Return: 0, -EMSGSIZE or -ENOMEM.
 */
static int fabmon_rdma_put_path(struct sk_buff *attrs,
				struct ib_device *ibdev, const char *name)
{
	char *above, *path;
	int rc;

	if (!ibdev->dev.kobj.parent)
		return 0;

	above = kobject_get_path(ibdev->dev.kobj.parent, GFP_KERNEL);
	if (!above)
		return -ENOMEM;
	path = kasprintf(GFP_KERNEL, "%s/%s", above, name);
	kfree(above);
	if (!path)
		return -ENOMEM;

	rc = nla_put_string(attrs, FABMON_A_NODE_PATH, path);
	kfree(path);
	return rc;
}

static int fabmon_rdma_put_pci(struct sk_buff *attrs, struct ib_device *ibdev)
{
	struct device *parent = ibdev->dev.parent;

	if (!parent || !dev_is_pci(parent))
		return 0;

	return nla_put_string(attrs, FABMON_A_NODE_PCI,
			      pci_name(to_pci_dev(parent)));
}

/*
 * What is known of the device that carries the RDMA device. Its driver stays
 * bound while the RDMA device is registered, so the name can be read without
 * the device's lock.
 */
static int fabmon_rdma_put_parent(struct sk_buff *attrs,
				  struct ib_device *ibdev)
{
	struct device *parent = ibdev->dev.parent;
	int node = ibdev_to_node(ibdev);
	struct device_driver *driver;

	driver = parent ? READ_ONCE(parent->driver) : NULL;
	if (driver && nla_put_string(attrs, FABMON_A_NODE_DRIVER, driver->name))
		return -EMSGSIZE;
	if (fabmon_rdma_put_pci(attrs, ibdev))
		return -EMSGSIZE;
	if (node != NUMA_NO_NODE &&
	    nla_put_s32(attrs, FABMON_A_NODE_NUMA_NODE, node))
		return -EMSGSIZE;
	return 0;
}

static int fabmon_rdma_put_dev(struct sk_buff *attrs, struct ib_device *ibdev)
{
	char firmware[IB_FW_VERSION_NAME_MAX] = "";
	struct nlattr *nest;

	ib_get_device_fw_str(ibdev, firmware);

	nest = nla_nest_start(attrs, FABMON_A_NODE_RDMA_DEV);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(attrs, FABMON_A_RDMA_DEV_INDEX, ibdev->index) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_DEV_NODE_TYPE,
			ibdev->node_type) ||
	    fabmon_put_u64(attrs, FABMON_A_RDMA_DEV_NODE_GUID,
			   be64_to_cpu(ibdev->node_guid)) ||
	    fabmon_put_u64(attrs, FABMON_A_RDMA_DEV_SYS_IMAGE_GUID,
			   be64_to_cpu(ibdev->attrs.sys_image_guid)))
		goto cancel;
	if (firmware[0] &&
	    nla_put_string(attrs, FABMON_A_RDMA_DEV_FIRMWARE, firmware))
		goto cancel;
	if (nla_put_u32(attrs, FABMON_A_RDMA_DEV_PORTS, ibdev->phys_port_cnt))
		goto cancel;

	nla_nest_end(attrs, nest);
	return 0;

cancel:
	nla_nest_cancel(attrs, nest);
	return -EMSGSIZE;
}

/**
 * fabmon_rdma_fill_dev - read a device
 * @ibdev: the device
 * @name: its name, as the caller copied it
 *
 * Context: process; may sleep.
 *
 * Return: the attributes of its node, which the caller owns, or ERR_PTR.
 */
struct sk_buff *fabmon_rdma_fill_dev(struct ib_device *ibdev, const char *name)
{
	struct sk_buff *attrs = fabmon_attrs_new();
	int rc = -EMSGSIZE;

	if (!attrs)
		return ERR_PTR(-ENOMEM);

	if (nla_put_string(attrs, FABMON_A_NODE_NAME, name))
		goto err;
	rc = fabmon_rdma_put_path(attrs, ibdev, name);
	if (rc)
		goto err;
	rc = fabmon_rdma_put_parent(attrs, ibdev);
	if (rc)
		goto err;
	rc = fabmon_rdma_put_dev(attrs, ibdev);
	if (rc)
		goto err;

	return attrs;

err:
	fabmon_attrs_free(attrs);
	return ERR_PTR(rc);
}

/* 0 for what the spec has no value for (raw packets only) */
static u32 fabmon_rdma_protocol(struct ib_device *ibdev, u32 port)
{
	/* OPA claims to be InfiniBand as well. */
	if (rdma_core_cap_opa_port(ibdev, port) ||
	    rdma_cap_opa_ah(ibdev, port))
		return FABMON_RDMA_PROTOCOL_OPA;
	if (rdma_protocol_ib(ibdev, port))
		return FABMON_RDMA_PROTOCOL_INFINIBAND;
	if (rdma_protocol_roce_udp_encap(ibdev, port))
		return FABMON_RDMA_PROTOCOL_ROCEV2;
	if (rdma_protocol_roce_eth_encap(ibdev, port))
		return FABMON_RDMA_PROTOCOL_ROCEV1;
	if (rdma_protocol_iwarp(ibdev, port))
		return FABMON_RDMA_PROTOCOL_IWARP;
	if (rdma_protocol_usnic(ibdev, port))
		return FABMON_RDMA_PROTOCOL_USNIC;
	return 0;
}

/**
 * fabmon_rdma_lane_rate - the rate of one lane
 * @speed: enum ib_port_speed; a bit each from SDR to XDR (which 6.1 lacks)
 *
 * The nominal rates that the RDMA core's sysfs file "rate" counts with, so
 * that both tell the same.
 *
 * Return: the rate in Mb/s, 0 if unknown.
 */
static u32 fabmon_rdma_lane_rate(u32 speed)
{
	static const u32 rates[] = {
		2500,	/* SDR */
		5000,	/* DDR */
		10000,	/* QDR */
		10000,	/* FDR10 */
		14000,	/* FDR */
		25000,	/* EDR */
		50000,	/* HDR */
		100000,	/* NDR */
		200000,	/* XDR */
	};

	if (!is_power_of_2(speed) || ilog2(speed) >= ARRAY_SIZE(rates))
		return 0;
	return rates[ilog2(speed)];
}

/* An MTU of a kind that the RDMA core does not know is -1 and left out. */
static int fabmon_rdma_put_mtu(struct sk_buff *attrs, int type, int mtu)
{
	return mtu > 0 ? nla_put_u32(attrs, type, mtu) : 0;
}

/* What only ports with a subnet manager have: InfiniBand and OPA */
static int fabmon_rdma_put_subnet(struct sk_buff *attrs,
				  const struct ib_port_attr *attr)
{
	if (nla_put_u32(attrs, FABMON_A_RDMA_PORT_LID, attr->lid) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_LMC, attr->lmc) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_SM_LID, attr->sm_lid) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_SM_SL, attr->sm_sl) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_CAPABILITIES,
			attr->port_cap_flags) ||
	    fabmon_put_u64(attrs, FABMON_A_RDMA_PORT_SUBNET_PREFIX,
			   attr->subnet_prefix))
		return -EMSGSIZE;
	return 0;
}

/* What the port answered to a query */
static int fabmon_rdma_put_state(struct sk_buff *attrs,
				 struct ib_device *ibdev, u32 port,
				 struct ib_port_attr *attr)
{
	int lanes = max(ib_width_enum_to_int(attr->active_width), 0);

	if (nla_put_u32(attrs, FABMON_A_RDMA_PORT_STATE, attr->state) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_PHYS_STATE,
			attr->phys_state) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_SPEED, attr->active_speed) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_WIDTH, lanes) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_RATE,
			fabmon_rdma_lane_rate(attr->active_speed) * lanes))
		return -EMSGSIZE;

	if (fabmon_rdma_put_mtu(attrs, FABMON_A_RDMA_PORT_ACTIVE_MTU,
				rdma_mtu_enum_to_int(ibdev, port,
						     attr->active_mtu)) ||
	    fabmon_rdma_put_mtu(attrs, FABMON_A_RDMA_PORT_MAX_MTU,
				rdma_mtu_from_attr(ibdev, port, attr)))
		return -EMSGSIZE;

	if (rdma_port_get_link_layer(ibdev, port) != IB_LINK_LAYER_INFINIBAND)
		return 0;
	return fabmon_rdma_put_subnet(attrs, attr);
}

static u32 fabmon_rdma_gid_type(enum ib_gid_type type)
{
	switch (type) {
	case IB_GID_TYPE_ROCE:
		return FABMON_GID_TYPE_ROCEV1;
	case IB_GID_TYPE_ROCE_UDP_ENCAP:
		return FABMON_GID_TYPE_ROCEV2;
	default:
		return FABMON_GID_TYPE_IB;
	}
}

/* 0 without a netdev, or with one that init_net does not see */
static int fabmon_rdma_gid_ifindex(const struct ib_gid_attr *gid)
{
	struct net_device *ndev;
	int ifindex = 0;

	rcu_read_lock();
	ndev = rdma_read_gid_attr_ndev_rcu(gid);
	if (!IS_ERR(ndev) && net_eq(dev_net(ndev), &init_net))
		ifindex = ndev->ifindex;
	rcu_read_unlock();

	return ifindex;
}

static int fabmon_rdma_put_gid(struct sk_buff *attrs,
			       const struct ib_gid_attr *gid)
{
	int ifindex = fabmon_rdma_gid_ifindex(gid);
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_RDMA_PORT_GID);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(attrs, FABMON_A_GID_INDEX, gid->index) ||
	    nla_put_u32(attrs, FABMON_A_GID_TYPE,
			fabmon_rdma_gid_type(gid->gid_type)) ||
	    nla_put(attrs, FABMON_A_GID_VALUE, sizeof(gid->gid.raw),
		    gid->gid.raw))
		goto cancel;
	if (ifindex && nla_put_u32(attrs, FABMON_A_GID_IFINDEX, ifindex))
		goto cancel;

	nla_nest_end(attrs, nest);
	return 0;

cancel:
	nla_nest_cancel(attrs, nest);
	return -EMSGSIZE;
}

/**
 * fabmon_rdma_put_gids - put a port's GIDs and their number
 * @attrs: the open nest of the port
 * @ibdev: the device
 * @port: the port
 *
 * Counts all, lists the first ones: at most FABMON_RDMA_GIDS_MAX, and fewer
 * where the room ends. An entry being deleted counts no more.
 *
 * Return: 0, or -EMSGSIZE without room for the number.
 */
static int fabmon_rdma_put_gids(struct sk_buff *attrs,
				struct ib_device *ibdev, u32 port)
{
	int size = ibdev->port_data[port].immutable.gid_tbl_len;
	const struct ib_gid_attr *gid;
	bool list = true;
	struct nlattr *nla;
	u32 count = 0;
	int i;

	nla = nla_reserve(attrs, FABMON_A_RDMA_PORT_GID_COUNT, sizeof(count));
	if (!nla)
		return -EMSGSIZE;

	for (i = 0; i < size; i++) {
		gid = rdma_get_gid_attr(ibdev, port, i);
		if (IS_ERR(gid))
			continue;
		if (!rdma_is_zero_gid(&gid->gid)) {
			list = list && count < FABMON_RDMA_GIDS_MAX &&
			       !fabmon_rdma_put_gid(attrs, gid);
			count++;
		}
		rdma_put_gid_attr(gid);
	}

	memcpy(nla_data(nla), &count, sizeof(count));
	return 0;
}

static int fabmon_rdma_put_port(struct sk_buff *attrs,
				struct ib_device *ibdev, u32 port,
				struct ib_port_attr *attr)
{
	u32 protocol = fabmon_rdma_protocol(ibdev, port);
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_NODE_RDMA_PORT);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(attrs, FABMON_A_RDMA_PORT_NUMBER, port) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_LINK_LAYER,
			rdma_port_get_link_layer(ibdev, port)))
		goto cancel;
	if (protocol &&
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_PROTOCOL, protocol))
		goto cancel;
	if (attr && fabmon_rdma_put_state(attrs, ibdev, port, attr))
		goto cancel;
	if (fabmon_rdma_put_gids(attrs, ibdev, port))
		goto cancel;

	nla_nest_end(attrs, nest);
	return 0;

cancel:
	nla_nest_cancel(attrs, nest);
	return -EMSGSIZE;
}

static int fabmon_rdma_put_edge(struct sk_buff *attrs,
				const struct fabmon_rdma_netdev *netdev)
{
	struct nlattr *nest;

	if (!netdev->ifindex || !netdev->visible)
		return 0;

	nest = nla_nest_start(attrs, FABMON_A_NODE_EDGE);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(attrs, FABMON_A_EDGE_TYPE, FABMON_EDGE_TYPE_NETDEV) ||
	    nla_put_u32(attrs, FABMON_A_EDGE_IFINDEX, netdev->ifindex) ||
	    nla_put_string(attrs, FABMON_A_EDGE_IFNAME, netdev->name) ||
	    nla_put_u32(attrs, FABMON_A_EDGE_MTU, netdev->mtu) ||
	    (netdev->addr_len &&
	     nla_put(attrs, FABMON_A_EDGE_ADDRESS, netdev->addr_len,
		     netdev->addr))) {
		nla_nest_cancel(attrs, nest);
		return -EMSGSIZE;
	}

	nla_nest_end(attrs, nest);
	return 0;
}

/**
 * fabmon_rdma_fill_port - read a port's GIDs and put it together
 * @ibdev: the device
 * @name: the device's name, as the caller copied it
 * @port: the port's number
 * @parent: id of the device's node
 * @netdev: the port's netdev
 * @attr: the port's answer to a query, or NULL where it gave none
 *
 * Context: process.
 *
 * Return: the attributes of its node, which the caller owns, or ERR_PTR.
 */
struct sk_buff *fabmon_rdma_fill_port(struct ib_device *ibdev,
				      const char *name, u32 port, u32 parent,
				      const struct fabmon_rdma_netdev *netdev,
				      struct ib_port_attr *attr)
{
	char full_name[IB_DEVICE_NAME_MAX + sizeof("/4294967295")];
	struct sk_buff *attrs = fabmon_attrs_new();

	if (!attrs)
		return ERR_PTR(-ENOMEM);

	snprintf(full_name, sizeof(full_name), "%s/%u", name, port);
	if (nla_put_string(attrs, FABMON_A_NODE_NAME, full_name) ||
	    nla_put_u32(attrs, FABMON_A_NODE_PARENT, parent) ||
	    fabmon_rdma_put_pci(attrs, ibdev) ||
	    fabmon_rdma_put_edge(attrs, netdev) ||
	    fabmon_rdma_put_port(attrs, ibdev, port, attr)) {
		fabmon_attrs_free(attrs);
		return ERR_PTR(-EMSGSIZE);
	}

	return attrs;
}
