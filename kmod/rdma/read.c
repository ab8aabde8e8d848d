// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A device's work: reads what is marked, and publishes the result.
 *
 * If what is read differs from what was published last, that is a change, with
 * the causes and with the entries of tables that came and went. If it does not,
 * but one of the causes matters by itself, such as a subnet manager that wants
 * its clients to register again, that is an event. Otherwise nothing is
 * published.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <net/netlink.h>
#include <rdma/ib_verbs.h>

#include "compat.h"
#include "core/fabmon_core.h"
#include "rdma/rdma.h"

/* Wait before reading again what failed: 1 s, doubled up to 64 s. */
#define FABMON_RDMA_RETRY_SHIFT_MAX	6

/* Causes that are an event if the state is the same as before. */
#define FABMON_RDMA_DEV_EVENTS	\
	(FABMON_CAUSE_DEVICE_FATAL | FABMON_CAUSE_SPEED_CHANGE | \
	 FABMON_CAUSE_OTHER)
#define FABMON_RDMA_PORT_EVENTS	\
	(FABMON_CAUSE_PORT_ACTIVE | FABMON_CAUSE_PORT_ERROR | \
	 FABMON_CAUSE_SM_CHANGE | FABMON_CAUSE_CLIENT_REREGISTER)

/*
 * Causes for which the P_Keys are read, entry by entry from the device. Any
 * event of the port is one, for the one of the P_Keys may be lost.
 */
#define FABMON_RDMA_PKEY_CAUSES	\
	(FABMON_CAUSE_SCAN | FABMON_CAUSE_PORT_ACTIVE | \
	 FABMON_CAUSE_PORT_ERROR | FABMON_CAUSE_LID_CHANGE | \
	 FABMON_CAUSE_SM_CHANGE | FABMON_CAUSE_PKEY_CHANGE | \
	 FABMON_CAUSE_CLIENT_REREGISTER | FABMON_CAUSE_DEVICE_FATAL | \
	 FABMON_CAUSE_SPEED_CHANGE | FABMON_CAUSE_OTHER)

/**
 * fabmon_rdma_publish - hand what was read to the core
 * @dev: the device
 * @node: its node or that of one of its ports, made here if it is NULL
 * @kind: its kind
 * @attrs: what was read, or ERR_PTR; taken over
 * @detail: what changed in tables, NULL, or ERR_PTR; taken over
 * @change: why it was read
 *
 * Return: 1 if it was new, 0 if not, or the error for which it is to be read
 * again. The node is then the same as before.
 */
static int fabmon_rdma_publish(struct fabmon_rdma_dev *dev,
			       struct fabmon_node **node,
			       enum fabmon_node_kind kind,
			       struct sk_buff *attrs, struct sk_buff *detail,
			       const struct fabmon_change *change)
{
	struct fabmon_node *added;

	if (IS_ERR(attrs) || IS_ERR(detail)) {
		if (!IS_ERR(attrs))
			fabmon_attrs_free(attrs);
		if (!IS_ERR(detail))
			fabmon_attrs_free(detail);
		return IS_ERR(attrs) ? PTR_ERR(attrs) : PTR_ERR(detail);
	}

	if (*node)
		return fabmon_node_update(*node, attrs, detail, change);

	/* all that is in a new node's tables is new */
	fabmon_attrs_free(detail);
	added = fabmon_node_add(&fabmon_rdma_provider, dev, kind, attrs,
				change);
	if (IS_ERR(added))
		return PTR_ERR(added);
	*node = added;
	return 1;
}

/* What happened at a node that is the same as before. */
static void fabmon_rdma_event_emit(const struct fabmon_node *node,
				   const char *name,
				   const struct fabmon_change *change)
{
	struct sk_buff *attrs = fabmon_attrs_new(FABMON_ATTRS_SIZE);

	if (!attrs ||
	    nla_put_u32(attrs, FABMON_A_EVENT_TYPE,
			FABMON_EVENT_TYPE_RDMA_ASYNC) ||
	    nla_put_u32(attrs, FABMON_A_EVENT_NODE, fabmon_node_id(node)) ||
	    nla_put_string(attrs, FABMON_A_EVENT_DEVICE, name)) {
		fabmon_attrs_free(attrs);
		fabmon_event_lost(&fabmon_rdma_provider, 1, &change->stamp);
		return;
	}

	fabmon_event_emit(&fabmon_rdma_provider, node, attrs, NULL, change);
}

static int fabmon_rdma_dev_read(struct fabmon_rdma_dev *dev)
{
	struct fabmon_change change;
	char name[IB_DEVICE_NAME_MAX];
	int rc;

	if (!fabmon_rdma_mark_take(dev, &dev->mark, &change, name))
		return 0;

	rc = fabmon_rdma_publish(dev, &dev->node, FABMON_NODE_KIND_RDMA_DEV,
				 fabmon_rdma_fill_dev(dev, name), NULL,
				 &change);
	if (rc < 0) {
		fabmon_rdma_mark_return(&dev->mark, &change);
		return rc;
	}

	change.cause &= FABMON_RDMA_DEV_EVENTS;
	if (!rc && change.cause)
		fabmon_rdma_event_emit(dev->node, name, &change);
	return 0;
}

static void fabmon_rdma_master_read(struct net_device *ndev,
				    struct fabmon_rdma_netdev *netdev)
{
	struct net_device *master;

	rcu_read_lock();
	master = netdev_master_upper_dev_get_rcu(ndev);
	if (master) {
		netdev->master = master->ifindex;
		strscpy(netdev->master_name, master->name,
			sizeof(netdev->master_name));
	}
	rcu_read_unlock();
}

/**
 * fabmon_rdma_netdev_read - learn a port's netdev
 * @port: the port
 * @netdev: receives what the port's node has of it
 *
 * Keeps the ifindex for the notifier, before anything that a notification
 * could change is read. The netdev's own reference is short: its
 * unregistration waits for it.
 */
static void fabmon_rdma_netdev_read(struct fabmon_rdma_port *port,
				    struct fabmon_rdma_netdev *netdev)
{
	struct ib_device *ibdev = port->dev->ibdev;
	struct net_device *ndev;

	memset(netdev, 0, sizeof(*netdev));

	ndev = fabmon_ib_device_get_netdev(ibdev,
					   fabmon_rdma_port_number(port));
	fabmon_rdma_port_netdev_set(port, ndev ? ndev->ifindex : 0);
	if (!ndev)
		return;

	netdev->ifindex = ndev->ifindex;
	netdev->visible = net_eq(dev_net(ndev),
				 read_pnet(&ibdev->coredev.rdma_net));
	/* May be torn by a change, which is followed by its notification. */
	strscpy(netdev->name, ndev->name, sizeof(netdev->name));
	netdev->mtu = READ_ONCE(ndev->mtu);
	netdev->up = READ_ONCE(ndev->flags) & IFF_UP;
	netdev->carrier = netif_carrier_ok(ndev);
	netdev->addr_len = min_t(u8, ndev->addr_len, sizeof(netdev->addr));
	memcpy(netdev->addr, ndev->dev_addr, netdev->addr_len);
	fabmon_rdma_master_read(ndev, netdev);
	dev_put(ndev);
}

/**
 * fabmon_rdma_port_event - emit what happened at an unchanged port
 * @port: the port
 * @name: its device's name
 * @change: why the port was read
 *
 * That it is active, or is not, is no event if it was published as such. Both
 * at once are one: the link was lost in between.
 */
static void fabmon_rdma_port_event(const struct fabmon_rdma_port *port,
				   const char *name,
				   const struct fabmon_change *change)
{
	u32 known = port->active ? FABMON_CAUSE_PORT_ACTIVE :
				   FABMON_CAUSE_PORT_ERROR;
	char full_name[IB_DEVICE_NAME_MAX + sizeof("/4294967295")];
	struct fabmon_change event = *change;

	event.cause &= FABMON_RDMA_PORT_EVENTS;
	if (!(event.cause & ~known))
		return;

	snprintf(full_name, sizeof(full_name), "%s/%u", name,
		 fabmon_rdma_port_number(port));
	fabmon_rdma_event_emit(port->node, full_name, &event);
}

/**
 * struct fabmon_rdma_reading - what was read of a port
 * @netdev: its netdev
 * @attr: its state
 * @gids: its GIDs
 * @pkeys: its P_Keys, if they were asked for
 * @attr_valid: its state could be read
 * @pkeys_valid: its P_Keys could be read
 */
struct fabmon_rdma_reading {
	struct fabmon_rdma_netdev netdev;
	struct ib_port_attr attr;
	struct fabmon_rdma_table gids;
	struct fabmon_rdma_table pkeys;
	bool attr_valid;
	bool pkeys_valid;
};

/*
 * What cannot be read is unknown (the state) or stays as it was published (the
 * P_Keys); the error is for trying again.
 */
static int fabmon_rdma_port_ask(struct fabmon_rdma_port *port, u32 cause,
				struct fabmon_rdma_reading *reading)
{
	u32 number = fabmon_rdma_port_number(port);
	struct ib_device *ibdev = port->dev->ibdev;
	int rc, err;

	fabmon_rdma_netdev_read(port, &reading->netdev);

	rc = ib_query_port(ibdev, number, &reading->attr);
	reading->attr_valid = !rc;

	if (!port->node || (cause & FABMON_RDMA_PKEY_CAUSES)) {
		err = fabmon_rdma_pkeys_read(ibdev, number, &reading->pkeys);
		reading->pkeys_valid = !err;
		rc = rc ?: err;
	}

	return rc;
}

/* What was published is what the next reading is compared with. */
static void fabmon_rdma_port_keep(struct fabmon_rdma_port *port,
				  struct fabmon_rdma_reading *reading)
{
	port->active = reading->attr_valid &&
		       reading->attr.state == IB_PORT_ACTIVE;
	swap(port->gids, reading->gids);
	if (reading->pkeys_valid)
		swap(port->pkeys, reading->pkeys);
}

static int fabmon_rdma_port_publish(struct fabmon_rdma_port *port,
				    const char *name,
				    struct fabmon_rdma_reading *reading,
				    const struct fabmon_change *change)
{
	const struct fabmon_rdma_table *gids = &reading->gids;
	const struct fabmon_rdma_table *pkeys = reading->pkeys_valid ?
						&reading->pkeys : &port->pkeys;
	struct sk_buff *attrs, *detail;

	attrs = fabmon_rdma_fill_port(port, name, &reading->netdev,
				      reading->attr_valid ? &reading->attr :
							    NULL,
				      gids, pkeys);
	detail = fabmon_rdma_tables_diff(port, gids, pkeys);
	return fabmon_rdma_publish(port->dev, &port->node,
				   FABMON_NODE_KIND_RDMA_PORT, attrs, detail,
				   change);
}

/**
 * fabmon_rdma_port_read - read a port if it is marked
 * @port: the port, whose device has a node
 *
 * Context: the device's work. May take RTNL and wait for the device.
 *
 * Return: 0, or the error for which it is marked again. If it is the port that
 * failed, what could be read is published all the same.
 */
static int fabmon_rdma_port_read(struct fabmon_rdma_port *port)
{
	struct fabmon_rdma_dev *dev = port->dev;
	struct fabmon_rdma_reading reading = {};
	char name[IB_DEVICE_NAME_MAX];
	struct fabmon_change change;
	int asked, rc;

	if (!fabmon_rdma_mark_take(dev, &port->mark, &change, name))
		return 0;

	asked = fabmon_rdma_port_ask(port, change.cause, &reading);
	rc = fabmon_rdma_gids_read(dev->ibdev, fabmon_rdma_port_number(port),
				   &reading.gids);
	if (!rc)
		rc = fabmon_rdma_port_publish(port, name, &reading, &change);
	if (!rc)
		fabmon_rdma_port_event(port, name, &change);
	if (rc >= 0) {
		fabmon_rdma_port_keep(port, &reading);
		/* the event is published: try again for the state's sake */
		change.cause &= ~FABMON_RDMA_PORT_EVENTS;
		change.cause |= FABMON_CAUSE_SCAN;
		rc = asked;
	}
	if (rc)
		fabmon_rdma_mark_return(&port->mark, &change);

	fabmon_rdma_table_free(&reading.gids);
	fabmon_rdma_table_free(&reading.pkeys);
	return rc;
}

/* The device first: its node is the parent of the others. */
static int fabmon_rdma_dev_scan(struct fabmon_rdma_dev *dev)
{
	unsigned int i;
	int rc, err;

	err = fabmon_rdma_dev_read(dev);
	if (!dev->node)
		return err;

	for (i = 0; i < dev->nports; i++) {
		rc = fabmon_rdma_port_read(&dev->ports[i]);
		if (rc)
			err = rc;
	}
	return err;
}

/**
 * fabmon_rdma_dev_work - read what is marked, and again later what failed
 * @work: the work of a device
 *
 * Never runs twice at a time for one device, whose removal waits for it: so no
 * allocation in it may wait for I/O, which could be that of the device.
 */
void fabmon_rdma_dev_work(struct work_struct *work)
{
	struct fabmon_rdma_dev *dev = container_of(to_delayed_work(work),
						   struct fabmon_rdma_dev,
						   work);
	unsigned int noio = memalloc_noio_save();
	int rc = fabmon_rdma_dev_scan(dev);

	memalloc_noio_restore(noio);
	if (!rc) {
		dev->retries = 0;
		return;
	}

	/* Does nothing if an event has queued it meanwhile. */
	queue_delayed_work(fabmon_rdma_wq, &dev->work, HZ << dev->retries);
	if (dev->retries < FABMON_RDMA_RETRY_SHIFT_MAX)
		dev->retries++;
}
