// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Builds the attributes of an RDMA device's or port's node.
 *
 * The same state must give the same bytes: the core takes a difference in them
 * for a change.
 *
 * The put functions return 0 or -EMSGSIZE, and leave no open nest behind.
 */
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kobject.h>
#include <linux/log2.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <net/netlink.h>
#include <rdma/ib_verbs.h>

#include "core/fabmon_core.h"
#include "rdma/rdma.h"

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

static int fabmon_rdma_put_dev(struct sk_buff *attrs,
			       const struct fabmon_rdma_dev *dev)
{
	struct ib_device *ibdev = dev->ibdev;
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
	if (dev->board_id[0] &&
	    nla_put_string(attrs, FABMON_A_RDMA_DEV_BOARD_ID, dev->board_id))
		goto cancel;
	if (nla_put_u32(attrs, FABMON_A_RDMA_DEV_PORTS, ibdev->phys_port_cnt) ||
	    fabmon_put_u64(attrs, FABMON_A_RDMA_DEV_CAPABILITIES,
			   ibdev->attrs.device_cap_flags) ||
	    fabmon_put_u64(attrs, FABMON_A_RDMA_DEV_NETNS_COOKIE,
			   read_pnet(&ibdev->coredev.rdma_net)->net_cookie))
		goto cancel;

	nla_nest_end(attrs, nest);
	return 0;

cancel:
	nla_nest_cancel(attrs, nest);
	return -EMSGSIZE;
}

/**
 * fabmon_rdma_fill_dev - read a device
 * @dev: the device
 * @name: its name, as the caller copied it
 *
 * Context: process; may sleep.
 *
 * Return: the attributes of its node, which the caller owns, or ERR_PTR.
 */
struct sk_buff *fabmon_rdma_fill_dev(const struct fabmon_rdma_dev *dev,
				     const char *name)
{
	struct sk_buff *attrs = fabmon_attrs_new(FABMON_ATTRS_SIZE);
	int rc = -EMSGSIZE;

	if (!attrs)
		return ERR_PTR(-ENOMEM);

	if (nla_put_string(attrs, FABMON_A_NODE_NAME, name))
		goto err;
	rc = fabmon_rdma_put_path(attrs, dev->ibdev, name);
	if (rc)
		goto err;
	rc = fabmon_rdma_put_parent(attrs, dev->ibdev);
	if (rc)
		goto err;
	rc = fabmon_rdma_put_dev(attrs, dev);
	if (rc)
		goto err;

	return attrs;

err:
	fabmon_attrs_free(attrs);
	return ERR_PTR(rc);
}

#define FABMON_RDMA_PROTOCOL_BIT(name)	BIT(FABMON_RDMA_PROTOCOL_##name)

/* All protocols of a port; none for raw packets only, which the spec lacks. */
static u32 fabmon_rdma_protocols(struct ib_device *ibdev, u32 port)
{
	u32 protocols = 0;

	/* OPA claims to be InfiniBand as well. */
	if (rdma_core_cap_opa_port(ibdev, port) ||
	    rdma_cap_opa_ah(ibdev, port))
		protocols |= FABMON_RDMA_PROTOCOL_BIT(OPA);
	else if (rdma_protocol_ib(ibdev, port))
		protocols |= FABMON_RDMA_PROTOCOL_BIT(INFINIBAND);
	if (rdma_protocol_roce_eth_encap(ibdev, port))
		protocols |= FABMON_RDMA_PROTOCOL_BIT(ROCEV1);
	if (rdma_protocol_roce_udp_encap(ibdev, port))
		protocols |= FABMON_RDMA_PROTOCOL_BIT(ROCEV2);
	if (rdma_protocol_iwarp(ibdev, port))
		protocols |= FABMON_RDMA_PROTOCOL_BIT(IWARP);
	if (rdma_protocol_usnic(ibdev, port))
		protocols |= FABMON_RDMA_PROTOCOL_BIT(USNIC);

	return protocols;
}

/* The one to name where one is asked for: of RoCE the later version. */
static u32 fabmon_rdma_protocol(u32 protocols)
{
	if (protocols & FABMON_RDMA_PROTOCOL_BIT(ROCEV2))
		return FABMON_RDMA_PROTOCOL_ROCEV2;
	return __ffs(protocols);
}

/**
 * fabmon_rdma_lane_rate - the rate of one lane
 * @speed: enum ib_port_speed; a bit each from SDR to XDR (which 6.1 lacks)
 *
 * The nominal rates that the RDMA core's sysfs file "rate" counts with, so
 * that both have the same.
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
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_CAPABILITIES2,
			attr->port_cap_flags2) ||
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

/* The tables come last: they take what room is left. */
static int fabmon_rdma_put_tables(struct sk_buff *attrs,
				  struct ib_device *ibdev, u32 port,
				  const struct fabmon_rdma_table *gids,
				  const struct fabmon_rdma_table *pkeys)
{
	if (nla_put_u32(attrs, FABMON_A_RDMA_PORT_GID_COUNT, gids->count))
		return -EMSGSIZE;
	/* iWARP has no P_Keys */
	if (ibdev->port_data[port].immutable.pkey_tbl_len &&
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_PKEY_COUNT, pkeys->count))
		return -EMSGSIZE;

	fabmon_rdma_put_pkeys(attrs, FABMON_A_RDMA_PORT_PKEY, pkeys);
	fabmon_rdma_put_gids(attrs, FABMON_A_RDMA_PORT_GID, gids);
	return 0;
}

static int fabmon_rdma_put_port(struct sk_buff *attrs,
				struct ib_device *ibdev, u32 port,
				struct ib_port_attr *attr,
				const struct fabmon_rdma_table *gids,
				const struct fabmon_rdma_table *pkeys)
{
	u32 protocols = fabmon_rdma_protocols(ibdev, port);
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_NODE_RDMA_PORT);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(attrs, FABMON_A_RDMA_PORT_NUMBER, port) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_LINK_LAYER,
			rdma_port_get_link_layer(ibdev, port)))
		goto cancel;
	if (protocols &&
	    (nla_put_u32(attrs, FABMON_A_RDMA_PORT_PROTOCOL,
			 fabmon_rdma_protocol(protocols)) ||
	     nla_put_u32(attrs, FABMON_A_RDMA_PORT_PROTOCOLS, protocols)))
		goto cancel;
	if (attr && fabmon_rdma_put_state(attrs, ibdev, port, attr))
		goto cancel;
	if (fabmon_rdma_put_tables(attrs, ibdev, port, gids, pkeys))
		goto cancel;

	nla_nest_end(attrs, nest);
	return 0;

cancel:
	nla_nest_cancel(attrs, nest);
	return -EMSGSIZE;
}

static int fabmon_rdma_put_master(struct sk_buff *attrs,
				  const struct fabmon_rdma_netdev *netdev)
{
	if (!netdev->master)
		return 0;
	if (nla_put_u32(attrs, FABMON_A_EDGE_MASTER_IFINDEX, netdev->master) ||
	    nla_put_string(attrs, FABMON_A_EDGE_MASTER_IFNAME,
			   netdev->master_name))
		return -EMSGSIZE;
	return 0;
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
		     netdev->addr)) ||
	    nla_put_u32(attrs, FABMON_A_EDGE_UP, netdev->up) ||
	    nla_put_u32(attrs, FABMON_A_EDGE_CARRIER, netdev->carrier) ||
	    fabmon_rdma_put_master(attrs, netdev)) {
		nla_nest_cancel(attrs, nest);
		return -EMSGSIZE;
	}

	nla_nest_end(attrs, nest);
	return 0;
}

/**
 * fabmon_rdma_fill_port - put a port together
 * @port: the port, whose device has a node
 * @name: the device's name, as the caller copied it
 * @netdev: the port's netdev
 * @attr: the port's answer to a query, or NULL where it gave none
 * @gids: its GIDs
 * @pkeys: its P_Keys
 *
 * Context: process.
 *
 * Return: the attributes of its node, which the caller owns, or ERR_PTR.
 */
struct sk_buff *fabmon_rdma_fill_port(const struct fabmon_rdma_port *port,
				      const char *name,
				      const struct fabmon_rdma_netdev *netdev,
				      struct ib_port_attr *attr,
				      const struct fabmon_rdma_table *gids,
				      const struct fabmon_rdma_table *pkeys)
{
	char full_name[IB_DEVICE_NAME_MAX + sizeof("/4294967295")];
	struct ib_device *ibdev = port->dev->ibdev;
	u32 number = fabmon_rdma_port_number(port);
	struct sk_buff *attrs;

	attrs = fabmon_attrs_new(FABMON_ATTRS_SIZE +
				 fabmon_rdma_tables_room(gids, pkeys));
	if (!attrs)
		return ERR_PTR(-ENOMEM);

	snprintf(full_name, sizeof(full_name), "%s/%u", name, number);
	if (nla_put_string(attrs, FABMON_A_NODE_NAME, full_name) ||
	    nla_put_u32(attrs, FABMON_A_NODE_PARENT,
			fabmon_node_id(port->dev->node)) ||
	    fabmon_rdma_put_pci(attrs, ibdev) ||
	    fabmon_rdma_put_edge(attrs, netdev) ||
	    fabmon_rdma_put_port(attrs, ibdev, number, attr, gids, pkeys)) {
		fabmon_attrs_free(attrs);
		return ERR_PTR(-EMSGSIZE);
	}

	return attrs;
}
