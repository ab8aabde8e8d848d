// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The RDMA devices known, and what is to be read again of them.
 *
 * The hooks may not ask a device anything: for a GID change the GID table's
 * mutex is held and RTNL may be too, and reading a port takes RTNL in several
 * drivers. So they mark a port, with the time, and queue the device's work.
 * The work reads what is marked. Whatever happens meanwhile marks the port
 * again, so the last reading is newer than the last event; and events may get
 * lost in the RDMA core without harm as long as one comes through.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <rdma/ib_verbs.h>

#include "compat.h"
#include "core/fabmon_core.h"
#include "rdma/rdma.h"

/* Wait before reading again what failed: 1 s, doubled up to 64 s. */
#define FABMON_RDMA_RETRY_SHIFT_MAX	6

/**
 * struct fabmon_rdma_mark - something to be read again
 * @stamp: when the first thing happened that made it so
 * @set: it is to be read
 */
struct fabmon_rdma_mark {
	struct fabmon_stamp stamp;
	bool set;
};

/**
 * struct fabmon_rdma_port - a port
 * @node: its node, or NULL while it could not be made. Only the work touches
 *	it and, the work being gone, removal.
 * @ifindex: of its netdev when last read, 0 without; fabmon_rdma_lock
 * @mark: fabmon_rdma_lock
 */
struct fabmon_rdma_port {
	struct fabmon_node *node;
	int ifindex;
	struct fabmon_rdma_mark mark;
};

/**
 * struct fabmon_rdma_dev - a device
 * @ibdev: the device; valid until the client's remove callback returns
 * @handler: for the RDMA core's events
 * @entry: in fabmon_rdma_devs; fabmon_rdma_lock
 * @work: reads what is marked
 * @retries: readings that failed in a row; only the work
 * @node: like that of a port
 * @name: dev_name() as of add or the last rename, which frees the original
 *	under its readers; fabmon_rdma_lock
 * @mark: for the device itself; fabmon_rdma_lock
 * @nports: number of @ports
 * @ports: from rdma_start_port() on
 */
struct fabmon_rdma_dev {
	struct ib_device *ibdev;
	struct ib_event_handler handler;
	struct list_head entry;
	struct delayed_work work;
	unsigned int retries;
	struct fabmon_node *node;
	char name[IB_DEVICE_NAME_MAX];
	struct fabmon_rdma_mark mark;
	unsigned int nports;
	struct fabmon_rdma_port ports[];
};

/*
 * Protects the list and, in every device, the name, the marks and the ports'
 * ifindex. All who take it are in process context. The hooks queue a device's
 * work under it, and only while the device is on the list.
 */
static DEFINE_SPINLOCK(fabmon_rdma_lock);
static LIST_HEAD(fabmon_rdma_devs);

static u32 fabmon_rdma_port_number(const struct fabmon_rdma_dev *dev,
				   const struct fabmon_rdma_port *port)
{
	return rdma_start_port(dev->ibdev) + (port - dev->ports);
}

/* The first of several marks tells the time. */
static void fabmon_rdma_mark_set(struct fabmon_rdma_mark *mark,
				 const struct fabmon_stamp *stamp)
{
	lockdep_assert_held(&fabmon_rdma_lock);

	if (mark->set)
		return;
	mark->stamp = *stamp;
	mark->set = true;
}

/**
 * fabmon_rdma_mark_take - begin to read what is marked
 * @dev: the device
 * @mark: its mark or that of one of its ports
 * @stamp: receives when it was marked
 * @name: receives the device's name
 *
 * What happens from here on marks anew.
 *
 * Return: false if there is nothing to read.
 */
static bool fabmon_rdma_mark_take(struct fabmon_rdma_dev *dev,
				  struct fabmon_rdma_mark *mark,
				  struct fabmon_stamp *stamp,
				  char name[IB_DEVICE_NAME_MAX])
{
	bool set;

	spin_lock(&fabmon_rdma_lock);
	set = mark->set;
	if (set) {
		mark->set = false;
		*stamp = mark->stamp;
		strscpy(name, dev->name, IB_DEVICE_NAME_MAX);
	}
	spin_unlock(&fabmon_rdma_lock);

	return set;
}

/* Put a mark back whose reading failed; its stamp is older than any new one. */
static void fabmon_rdma_mark_return(struct fabmon_rdma_mark *mark,
				    const struct fabmon_stamp *stamp)
{
	spin_lock(&fabmon_rdma_lock);
	mark->stamp = *stamp;
	mark->set = true;
	spin_unlock(&fabmon_rdma_lock);
}

/* Read now, even if the work waits to try again. */
static void fabmon_rdma_dev_queue(struct fabmon_rdma_dev *dev)
{
	lockdep_assert_held(&fabmon_rdma_lock);

	mod_delayed_work(fabmon_rdma_wq, &dev->work, 0);
}

static void fabmon_rdma_dev_mark_all(struct fabmon_rdma_dev *dev,
				     const struct fabmon_stamp *stamp)
{
	unsigned int i;

	lockdep_assert_held(&fabmon_rdma_lock);

	fabmon_rdma_mark_set(&dev->mark, stamp);
	for (i = 0; i < dev->nports; i++)
		fabmon_rdma_mark_set(&dev->ports[i].mark, stamp);
}

/**
 * fabmon_rdma_publish - hand what was read to the core
 * @node: the node, made here if it is NULL
 * @kind: its kind
 * @attrs: what was read, or ERR_PTR; taken over
 * @stamp: when it was marked
 *
 * Return: 0, or the error for which it is to be read again. The node is then
 * as it was.
 */
static int fabmon_rdma_publish(struct fabmon_node **node,
			       enum fabmon_node_kind kind,
			       struct sk_buff *attrs,
			       const struct fabmon_stamp *stamp)
{
	struct fabmon_node *added;
	int rc;

	if (IS_ERR(attrs))
		return PTR_ERR(attrs);

	if (*node) {
		rc = fabmon_node_update(*node, attrs, stamp);
		return min(rc, 0);
	}

	added = fabmon_node_add(kind, attrs, stamp);
	if (IS_ERR(added))
		return PTR_ERR(added);
	*node = added;
	return 0;
}

static int fabmon_rdma_dev_read(struct fabmon_rdma_dev *dev)
{
	char name[IB_DEVICE_NAME_MAX];
	struct fabmon_stamp stamp;
	int rc;

	if (!fabmon_rdma_mark_take(dev, &dev->mark, &stamp, name))
		return 0;

	rc = fabmon_rdma_publish(&dev->node, FABMON_NODE_KIND_RDMA_DEV,
				 fabmon_rdma_fill_dev(dev->ibdev, name),
				 &stamp);
	if (rc)
		fabmon_rdma_mark_return(&dev->mark, &stamp);
	return rc;
}

/**
 * fabmon_rdma_netdev_read - learn a port's netdev
 * @dev: the device
 * @port: its port
 * @netdev: receives what there is to say of it
 *
 * Keeps the ifindex for the notifier, before anything that a notification
 * could change is read. The netdev's own reference is short: its
 * unregistration waits for it.
 */
static void fabmon_rdma_netdev_read(struct fabmon_rdma_dev *dev,
				    struct fabmon_rdma_port *port,
				    struct fabmon_rdma_netdev *netdev)
{
	struct net_device *ndev;

	memset(netdev, 0, sizeof(*netdev));

	ndev = fabmon_ib_device_get_netdev(dev->ibdev,
					   fabmon_rdma_port_number(dev, port));

	spin_lock(&fabmon_rdma_lock);
	port->ifindex = ndev ? ndev->ifindex : 0;
	spin_unlock(&fabmon_rdma_lock);

	if (!ndev)
		return;

	netdev->ifindex = ndev->ifindex;
	netdev->visible = net_eq(dev_net(ndev), &init_net);
	/* May be torn by a change, which is followed by its notification. */
	strscpy(netdev->name, ndev->name, sizeof(netdev->name));
	netdev->mtu = READ_ONCE(ndev->mtu);
	netdev->addr_len = min_t(u8, ndev->addr_len, sizeof(netdev->addr));
	memcpy(netdev->addr, ndev->dev_addr, netdev->addr_len);
	dev_put(ndev);
}

/**
 * fabmon_rdma_port_read - read a port if it is marked
 * @dev: the device, whose node exists
 * @port: its port
 *
 * Context: the device's work. May take RTNL and wait for the device.
 *
 * A port that cannot be queried is published without its state, which is
 * unknown then, and read again later.
 *
 * Return: 0, or the error for which it is marked again.
 */
static int fabmon_rdma_port_read(struct fabmon_rdma_dev *dev,
				 struct fabmon_rdma_port *port)
{
	u32 number = fabmon_rdma_port_number(dev, port);
	struct fabmon_rdma_netdev netdev;
	char name[IB_DEVICE_NAME_MAX];
	struct fabmon_stamp stamp;
	struct ib_port_attr attr;
	struct sk_buff *attrs;
	int query, rc;

	if (!fabmon_rdma_mark_take(dev, &port->mark, &stamp, name))
		return 0;

	fabmon_rdma_netdev_read(dev, port, &netdev);
	query = ib_query_port(dev->ibdev, number, &attr);
	attrs = fabmon_rdma_fill_port(dev->ibdev, name, number,
				      fabmon_node_id(dev->node), &netdev,
				      query ? NULL : &attr);
	rc = fabmon_rdma_publish(&port->node, FABMON_NODE_KIND_RDMA_PORT,
				 attrs, &stamp) ?: query;
	if (rc)
		fabmon_rdma_mark_return(&port->mark, &stamp);
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
		rc = fabmon_rdma_port_read(dev, &dev->ports[i]);
		if (rc)
			err = rc;
	}
	return err;
}

/**
 * fabmon_rdma_dev_work - read what is marked, and again later what failed
 * @work: the work of a device
 *
 * Never runs twice at a time for one device.
 */
static void fabmon_rdma_dev_work(struct work_struct *work)
{
	struct fabmon_rdma_dev *dev = container_of(to_delayed_work(work),
						   struct fabmon_rdma_dev,
						   work);

	if (!fabmon_rdma_dev_scan(dev)) {
		dev->retries = 0;
		return;
	}

	/* Does nothing if an event has queued it meanwhile. */
	queue_delayed_work(fabmon_rdma_wq, &dev->work, HZ << dev->retries);
	if (dev->retries < FABMON_RDMA_RETRY_SHIFT_MAX)
		dev->retries++;
}

/**
 * fabmon_rdma_event - the RDMA core reports an event of a device
 * @handler: ours of that device
 * @event: the event; its port number means something only for port events
 *
 * Context: process, with the device's event_handler_rwsem held for reading
 * and, for a GID change, the GID table's mutex and possibly RTNL.
 *
 * A device-wide event, or one that is newer than this code (such as
 * IB_EVENT_DEVICE_SPEED_CHANGE), has everything read again.
 */
static void fabmon_rdma_event(struct ib_event_handler *handler,
			      struct ib_event *event)
{
	struct fabmon_rdma_dev *dev = container_of(handler,
						   struct fabmon_rdma_dev,
						   handler);
	struct fabmon_stamp stamp = fabmon_stamp_now();
	u32 index;

	spin_lock(&fabmon_rdma_lock);
	switch (event->event) {
	case IB_EVENT_PORT_ACTIVE:
	case IB_EVENT_PORT_ERR:
	case IB_EVENT_LID_CHANGE:
	case IB_EVENT_PKEY_CHANGE:
	case IB_EVENT_SM_CHANGE:
	case IB_EVENT_CLIENT_REREGISTER:
	case IB_EVENT_GID_CHANGE:
		index = event->element.port_num - rdma_start_port(dev->ibdev);
		if (index < dev->nports) {
			fabmon_rdma_mark_set(&dev->ports[index].mark, &stamp);
			break;
		}
		fallthrough;
	default:
		fabmon_rdma_dev_mark_all(dev, &stamp);
	}
	fabmon_rdma_dev_queue(dev);
	spin_unlock(&fabmon_rdma_lock);
}

static bool fabmon_rdma_port_iwarp(const struct fabmon_rdma_dev *dev,
				   const struct fabmon_rdma_port *port)
{
	return rdma_protocol_iwarp(dev->ibdev,
				   fabmon_rdma_port_number(dev, port));
}

/* Mark a device's ports over a netdev, all of them or those with iWARP. */
static void fabmon_rdma_dev_mark_netdev(struct fabmon_rdma_dev *dev,
					int ifindex, bool iwarp_only,
					const struct fabmon_stamp *stamp)
{
	struct fabmon_rdma_port *port;
	bool hit = false;
	unsigned int i;

	lockdep_assert_held(&fabmon_rdma_lock);

	for (i = 0; i < dev->nports; i++) {
		port = &dev->ports[i];
		if (port->ifindex != ifindex ||
		    (iwarp_only && !fabmon_rdma_port_iwarp(dev, port)))
			continue;
		fabmon_rdma_mark_set(&port->mark, stamp);
		hit = true;
	}
	if (hit)
		fabmon_rdma_dev_queue(dev);
}

/**
 * fabmon_rdma_netdev_changed - a network device changed
 * @ifindex: its index
 *
 * Context: process, RTNL held. An equal index in another namespace costs a
 * reading that finds nothing new.
 */
void fabmon_rdma_netdev_changed(int ifindex)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();
	struct fabmon_rdma_dev *dev;

	spin_lock(&fabmon_rdma_lock);
	list_for_each_entry(dev, &fabmon_rdma_devs, entry)
		fabmon_rdma_dev_mark_netdev(dev, ifindex, false, &stamp);
	spin_unlock(&fabmon_rdma_lock);
}

/**
 * fabmon_rdma_inetaddr_changed - an IPv4 address came or went
 * @ifindex: of the network device that has it
 *
 * Context: like fabmon_rdma_netdev_changed().
 *
 * An iWARP port is ACTIVE if its netdev has an IPv4 address, else INIT
 * (iw_query_port() of the RDMA core), and nothing tells of this change. With
 * RoCE the address becomes a GID, and that has an event.
 */
void fabmon_rdma_inetaddr_changed(int ifindex)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();
	struct fabmon_rdma_dev *dev;

	spin_lock(&fabmon_rdma_lock);
	list_for_each_entry(dev, &fabmon_rdma_devs, entry)
		fabmon_rdma_dev_mark_netdev(dev, ifindex, true, &stamp);
	spin_unlock(&fabmon_rdma_lock);
}

/**
 * fabmon_rdma_dev_rename - a device has a new name
 * @dev: the device
 *
 * Context: process, from the client's rename callback: the RDMA core's
 * devices_rwsem keeps dev_name() from being replaced while it is copied.
 */
void fabmon_rdma_dev_rename(struct fabmon_rdma_dev *dev)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();

	spin_lock(&fabmon_rdma_lock);
	strscpy(dev->name, dev_name(&dev->ibdev->dev), sizeof(dev->name));
	fabmon_rdma_dev_mark_all(dev, &stamp);
	fabmon_rdma_dev_queue(dev);
	spin_unlock(&fabmon_rdma_lock);
}

/**
 * fabmon_rdma_dev_add - know a device and publish it
 * @ibdev: the device
 *
 * Context: process, from the client's add callback. The first reading is done
 * when this returns. What it could not publish for want of memory is tried
 * again by the device's work.
 *
 * Return: the device, which lasts until fabmon_rdma_dev_remove(), or
 * ERR_PTR(-ENOMEM) with nothing left behind.
 */
struct fabmon_rdma_dev *fabmon_rdma_dev_add(struct ib_device *ibdev)
{
	unsigned int nports = rdma_end_port(ibdev) - rdma_start_port(ibdev) + 1;
	struct fabmon_stamp stamp = fabmon_stamp_now();
	struct fabmon_rdma_dev *dev;

	dev = kvzalloc(struct_size(dev, ports, nports), GFP_KERNEL);
	if (!dev)
		return ERR_PTR(-ENOMEM);

	dev->ibdev = ibdev;
	dev->nports = nports;
	strscpy(dev->name, dev_name(&ibdev->dev), sizeof(dev->name));
	INIT_DELAYED_WORK(&dev->work, fabmon_rdma_dev_work);
	INIT_IB_EVENT_HANDLER(&dev->handler, ibdev, fabmon_rdma_event);

	/* Listen first, then read: nothing falls between. */
	spin_lock(&fabmon_rdma_lock);
	list_add_tail(&dev->entry, &fabmon_rdma_devs);
	spin_unlock(&fabmon_rdma_lock);
	ib_register_event_handler(&dev->handler);

	spin_lock(&fabmon_rdma_lock);
	fabmon_rdma_dev_mark_all(dev, &stamp);
	fabmon_rdma_dev_queue(dev);
	spin_unlock(&fabmon_rdma_lock);
	flush_delayed_work(&dev->work);

	return dev;
}

/**
 * fabmon_rdma_dev_remove - withdraw a device and forget it
 * @dev: the device
 *
 * Context: process, from the client's remove callback, which holds no lock.
 * Waits for the device's work, thus not under RTNL.
 */
void fabmon_rdma_dev_remove(struct fabmon_rdma_dev *dev)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();
	unsigned int i;

	ib_unregister_event_handler(&dev->handler);

	spin_lock(&fabmon_rdma_lock);
	list_del_init(&dev->entry);
	spin_unlock(&fabmon_rdma_lock);

	cancel_delayed_work_sync(&dev->work);

	for (i = dev->nports; i-- > 0;)
		fabmon_node_remove(dev->ports[i].node, &stamp);
	fabmon_node_remove(dev->node, &stamp);
	kvfree(dev);
}
