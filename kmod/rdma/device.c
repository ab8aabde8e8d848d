// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The RDMA devices, and what of them is to be read again.
 *
 * The hooks may not ask a device anything: for a GID change the GID table's
 * mutex is held and RTNL may be too, and reading a port takes RTNL in several
 * drivers. So they mark a port, with the time and the cause, and queue the
 * device's work, which reads what is marked (read.c). Whatever happens
 * meanwhile marks the port again, so the last reading is newer than the last
 * event; and events may get lost in the RDMA core without harm as long as one
 * comes through.
 */
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>
#include <rdma/ib_verbs.h>

#include "compat.h"
#include "core/fabmon_core.h"
#include "rdma/rdma.h"

/*
 * Protects the list, the hash and, in every device, the name, the marks and
 * the ports' ifindex. All who take it are in process context. The hooks queue
 * a device's work under it, and only while the device is on the list.
 */
static DEFINE_SPINLOCK(fabmon_rdma_lock);
static LIST_HEAD(fabmon_rdma_devs);

/* Ports by their netdev's ifindex, of whichever namespace: 512 buckets */
static DEFINE_HASHTABLE(fabmon_rdma_ports, 9);

/* The time is that of the first of several causes. */
static void fabmon_rdma_mark_set(struct fabmon_change *mark,
				 const struct fabmon_change *change)
{
	lockdep_assert_held(&fabmon_rdma_lock);

	if (!mark->cause)
		mark->stamp = change->stamp;
	mark->cause |= change->cause;
}

/**
 * fabmon_rdma_mark_take - begin to read what is marked
 * @dev: the device
 * @mark: its mark or that of one of its ports
 * @change: receives when it was marked, and all causes since
 * @name: receives the device's name
 *
 * What happens from here on marks anew.
 *
 * Return: false if there is nothing to read.
 */
bool fabmon_rdma_mark_take(struct fabmon_rdma_dev *dev,
			   struct fabmon_change *mark,
			   struct fabmon_change *change,
			   char name[IB_DEVICE_NAME_MAX])
{
	spin_lock(&fabmon_rdma_lock);
	*change = *mark;
	mark->cause = 0;
	strscpy(name, dev->name, IB_DEVICE_NAME_MAX);
	spin_unlock(&fabmon_rdma_lock);

	return change->cause;
}

/**
 * fabmon_rdma_mark_return - put a mark back whose reading failed
 * @mark: the mark
 * @change: as it was taken: its stamp is older than any new one
 */
void fabmon_rdma_mark_return(struct fabmon_change *mark,
			     const struct fabmon_change *change)
{
	spin_lock(&fabmon_rdma_lock);
	mark->stamp = change->stamp;
	mark->cause |= change->cause;
	spin_unlock(&fabmon_rdma_lock);
}

/* Read now, even if the work waits to try again. */
static void fabmon_rdma_dev_queue(struct fabmon_rdma_dev *dev)
{
	lockdep_assert_held(&fabmon_rdma_lock);

	mod_delayed_work(fabmon_rdma_wq, &dev->work, 0);
}

static void fabmon_rdma_dev_mark_all(struct fabmon_rdma_dev *dev,
				     const struct fabmon_change *change)
{
	unsigned int i;

	lockdep_assert_held(&fabmon_rdma_lock);

	fabmon_rdma_mark_set(&dev->mark, change);
	for (i = 0; i < dev->nports; i++)
		fabmon_rdma_mark_set(&dev->ports[i].mark, change);
	fabmon_rdma_dev_queue(dev);
}

/**
 * fabmon_rdma_port_netdev_set - have a port found by its netdev
 * @port: the port
 * @ifindex: of its netdev, 0 without
 *
 * Context: the device's work. Does nothing for a device that is being removed.
 */
void fabmon_rdma_port_netdev_set(struct fabmon_rdma_port *port, int ifindex)
{
	spin_lock(&fabmon_rdma_lock);
	if (port->ifindex != ifindex && !list_empty(&port->dev->entry)) {
		hash_del(&port->link);
		port->ifindex = ifindex;
		if (ifindex)
			hash_add(fabmon_rdma_ports, &port->link, ifindex);
	}
	spin_unlock(&fabmon_rdma_lock);
}

static u32 fabmon_rdma_event_cause(enum ib_event_type type)
{
	switch (type) {
	case IB_EVENT_PORT_ACTIVE:
		return FABMON_CAUSE_PORT_ACTIVE;
	case IB_EVENT_PORT_ERR:
		return FABMON_CAUSE_PORT_ERROR;
	case IB_EVENT_LID_CHANGE:
		return FABMON_CAUSE_LID_CHANGE;
	case IB_EVENT_PKEY_CHANGE:
		return FABMON_CAUSE_PKEY_CHANGE;
	case IB_EVENT_SM_CHANGE:
		return FABMON_CAUSE_SM_CHANGE;
	case IB_EVENT_CLIENT_REREGISTER:
		return FABMON_CAUSE_CLIENT_REREGISTER;
	case IB_EVENT_GID_CHANGE:
		return FABMON_CAUSE_GID_CHANGE;
	case IB_EVENT_DEVICE_FATAL:
		return FABMON_CAUSE_DEVICE_FATAL;
#ifdef FABMON_HAVE_IB_SPEED_CHANGE
	case IB_EVENT_DEVICE_SPEED_CHANGE:
		return FABMON_CAUSE_SPEED_CHANGE;
#endif
	default:
		return FABMON_CAUSE_OTHER;
	}
}

/* What is not about one port is about the device and all of them. */
#define FABMON_RDMA_DEVICE_CAUSES	\
	(FABMON_CAUSE_DEVICE_FATAL | FABMON_CAUSE_SPEED_CHANGE | \
	 FABMON_CAUSE_OTHER)

/**
 * fabmon_rdma_event - the RDMA core reports an event of a device
 * @handler: ours of that device
 * @event: the event; its port number means something only for port events
 *
 * Context: process, with the device's event_handler_rwsem held for reading
 * and, for a GID change, the GID table's mutex and possibly RTNL.
 */
static void fabmon_rdma_event(struct ib_event_handler *handler,
			      struct ib_event *event)
{
	struct fabmon_rdma_dev *dev = container_of(handler,
						   struct fabmon_rdma_dev,
						   handler);
	struct fabmon_change change = {
		.stamp = fabmon_stamp_now(),
		.cause = fabmon_rdma_event_cause(event->event),
	};
	u32 index = event->element.port_num - rdma_start_port(dev->ibdev);

	spin_lock(&fabmon_rdma_lock);
	if ((change.cause & FABMON_RDMA_DEVICE_CAUSES) ||
	    index >= dev->nports) {
		fabmon_rdma_dev_mark_all(dev, &change);
	} else {
		fabmon_rdma_mark_set(&dev->ports[index].mark, &change);
		fabmon_rdma_dev_queue(dev);
	}
	spin_unlock(&fabmon_rdma_lock);
}

static bool fabmon_rdma_port_iwarp(const struct fabmon_rdma_port *port)
{
	return rdma_protocol_iwarp(port->dev->ibdev,
				   fabmon_rdma_port_number(port));
}

/* Mark the ports over a netdev, all of them or those with iWARP. */
static void fabmon_rdma_netdev_mark(int ifindex, u32 cause, bool iwarp_only)
{
	struct fabmon_change change = {
		.stamp = fabmon_stamp_now(),
		.cause = cause,
	};
	struct fabmon_rdma_port *port;

	spin_lock(&fabmon_rdma_lock);
	hash_for_each_possible(fabmon_rdma_ports, port, link, ifindex) {
		if (port->ifindex != ifindex ||
		    (iwarp_only && !fabmon_rdma_port_iwarp(port)))
			continue;
		fabmon_rdma_mark_set(&port->mark, &change);
		fabmon_rdma_dev_queue(port->dev);
	}
	spin_unlock(&fabmon_rdma_lock);
}

/**
 * fabmon_rdma_netdev_changed - a network device changed
 * @ifindex: its index
 * @cause: in what way, an enum fabmon_cause bit
 *
 * Context: process, RTNL held. An equal index in another namespace costs a
 * reading that finds nothing new.
 */
void fabmon_rdma_netdev_changed(int ifindex, u32 cause)
{
	fabmon_rdma_netdev_mark(ifindex, cause, false);
}

/**
 * fabmon_rdma_inetaddr_changed - an IPv4 address came or went
 * @ifindex: of the network device that has it
 *
 * Context: like fabmon_rdma_netdev_changed().
 *
 * An iWARP port is ACTIVE if its netdev has an IPv4 address, else INIT
 * (iw_query_port() of the RDMA core), and no event reports this change. With
 * RoCE the address becomes a GID, and that has an event.
 */
void fabmon_rdma_inetaddr_changed(int ifindex)
{
	fabmon_rdma_netdev_mark(ifindex, FABMON_CAUSE_NETDEV_ADDRESS, true);
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
	struct fabmon_change change = {
		.stamp = fabmon_stamp_now(),
		.cause = FABMON_CAUSE_RENAME,
	};

	spin_lock(&fabmon_rdma_lock);
	strscpy(dev->name, dev_name(&dev->ibdev->dev), sizeof(dev->name));
	fabmon_rdma_dev_mark_all(dev, &change);
	spin_unlock(&fabmon_rdma_lock);
}

/**
 * fabmon_rdma_rescan - have everything read again
 *
 * For what no hook reports, or what got lost. Context: process.
 */
void fabmon_rdma_rescan(void)
{
	struct fabmon_change change = {
		.stamp = fabmon_stamp_now(),
		.cause = FABMON_CAUSE_SCAN,
	};
	struct fabmon_rdma_dev *dev;

	spin_lock(&fabmon_rdma_lock);
	list_for_each_entry(dev, &fabmon_rdma_devs, entry)
		fabmon_rdma_dev_mark_all(dev, &change);
	spin_unlock(&fabmon_rdma_lock);
}

static struct attribute *
fabmon_rdma_board_id_attr(struct ib_device *ibdev)
{
	const struct attribute_group *group = ibdev->ops.device_group;
	int i;

	if (!group)
		return NULL;

	for (i = 0; group->attrs && group->attrs[i]; i++) {
		if (strcmp(group->attrs[i]->name, "board_id"))
			continue;
		if (group->is_visible &&
		    !group->is_visible(&ibdev->dev.kobj, group->attrs[i], i))
			return NULL;
		return group->attrs[i];
	}
	return NULL;
}

/**
 * fabmon_rdma_board_id_read - learn a device's board id
 * @dev: the device
 *
 * Drivers have it as a sysfs attribute only. It is asked here rather than
 * through sysfs, which shows a device in its own network namespace only. The
 * driver has the device registered until the client's remove callback
 * returns, so the attribute is as alive as it is for a reader of its file.
 *
 * Context: the client's add callback, once: it never changes.
 */
static void fabmon_rdma_board_id_read(struct fabmon_rdma_dev *dev)
{
	struct attribute *attr = fabmon_rdma_board_id_attr(dev->ibdev);
	struct device_attribute *dev_attr;
	char *page;

	if (!attr)
		return;
	dev_attr = container_of(attr, struct device_attribute, attr);
	/* sysfs_emit() insists on a page */
	page = dev_attr->show ? (char *)get_zeroed_page(GFP_KERNEL) : NULL;
	if (!page)
		return;

	if (dev_attr->show(&dev->ibdev->dev, dev_attr, page) > 0)
		strscpy(dev->board_id, strim(page), sizeof(dev->board_id));
	free_page((unsigned long)page);
}

static struct fabmon_rdma_dev *fabmon_rdma_dev_new(struct ib_device *ibdev)
{
	unsigned int i, nports = rdma_end_port(ibdev) -
				 rdma_start_port(ibdev) + 1;
	struct fabmon_rdma_dev *dev;

	dev = kvzalloc(struct_size(dev, ports, nports), GFP_KERNEL);
	if (!dev)
		return NULL;

	dev->ibdev = ibdev;
	dev->nports = nports;
	for (i = 0; i < nports; i++) {
		dev->ports[i].dev = dev;
		INIT_HLIST_NODE(&dev->ports[i].link);
	}
	strscpy(dev->name, dev_name(&ibdev->dev), sizeof(dev->name));
	INIT_DELAYED_WORK(&dev->work, fabmon_rdma_dev_work);
	INIT_IB_EVENT_HANDLER(&dev->handler, ibdev, fabmon_rdma_event);
	return dev;
}

/**
 * fabmon_rdma_dev_add - begin to follow a device, and publish it
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
	struct fabmon_change change = {
		.stamp = fabmon_stamp_now(),
		.cause = FABMON_CAUSE_SCAN,
	};
	struct fabmon_rdma_dev *dev = fabmon_rdma_dev_new(ibdev);

	if (!dev)
		return ERR_PTR(-ENOMEM);

	fabmon_rdma_board_id_read(dev);

	/* Listen first, then read: nothing falls between. */
	spin_lock(&fabmon_rdma_lock);
	list_add_tail(&dev->entry, &fabmon_rdma_devs);
	spin_unlock(&fabmon_rdma_lock);
	ib_register_event_handler(&dev->handler);

	spin_lock(&fabmon_rdma_lock);
	fabmon_rdma_dev_mark_all(dev, &change);
	spin_unlock(&fabmon_rdma_lock);
	flush_delayed_work(&dev->work);

	return dev;
}

/* No hook finds the device from here on. */
static void fabmon_rdma_dev_unlink(struct fabmon_rdma_dev *dev)
{
	unsigned int i;

	spin_lock(&fabmon_rdma_lock);
	list_del_init(&dev->entry);
	for (i = 0; i < dev->nports; i++)
		hash_del(&dev->ports[i].link);
	spin_unlock(&fabmon_rdma_lock);
}

/**
 * fabmon_rdma_dev_remove - withdraw the nodes of a device and free it
 * @dev: the device
 *
 * Context: process, from the client's remove callback, which holds no lock.
 * Waits for the device's work, thus not under RTNL.
 */
void fabmon_rdma_dev_remove(struct fabmon_rdma_dev *dev)
{
	struct fabmon_change change = { .stamp = fabmon_stamp_now() };
	struct fabmon_rdma_port *port;

	ib_unregister_event_handler(&dev->handler);
	fabmon_rdma_dev_unlink(dev);
	cancel_delayed_work_sync(&dev->work);

	for (port = dev->ports + dev->nports; port-- > dev->ports;) {
		fabmon_node_remove(port->node, &change);
		fabmon_rdma_table_free(&port->gids);
		fabmon_rdma_table_free(&port->pkeys);
	}
	fabmon_node_remove(dev->node, &change);
	kvfree(dev);
}
