// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The devices of the CXL bus, each with a node.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/kobject.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/stringhash.h>

#include "provider.h"

/* protects what follows and all of struct fabmon_cxl_dev that changes */
DEFINE_MUTEX(fabmon_cxl_lock);
LIST_HEAD(fabmon_cxl_devices);

static DEFINE_HASHTABLE(devices_by_dev, 8);
static DEFINE_HASHTABLE(devices_by_path, 8);

static struct bus_type *cxl_bus;

/* dev->type->name, which is DEVTYPE in uevents (drivers/cxl/core) */
static const struct {
	const char *type;
	enum fabmon_node_kind kind;
} device_kinds[] = {
	{ "cxl_memdev", FABMON_NODE_KIND_CXL_MEMDEV },
	{ "cxl_decoder_root", FABMON_NODE_KIND_CXL_ROOT_DECODER },
	{ "cxl_decoder_switch", FABMON_NODE_KIND_CXL_SWITCH_DECODER },
	{ "cxl_decoder_endpoint", FABMON_NODE_KIND_CXL_ENDPOINT_DECODER },
	{ "cxl_region", FABMON_NODE_KIND_CXL_REGION },
	{ "cxl_pmem_region", FABMON_NODE_KIND_CXL_PMEM_REGION },
	{ "cxl_dax_region", FABMON_NODE_KIND_CXL_DAX_REGION },
	{ "cxl_nvdimm", FABMON_NODE_KIND_CXL_NVDIMM },
	{ "cxl_nvdimm_bridge", FABMON_NODE_KIND_CXL_NVDIMM_BRIDGE },
	{ "cxl_pmu", FABMON_NODE_KIND_CXL_PMU },
};

static enum fabmon_node_kind kind_of(const struct device *dev)
{
	const char *type = dev->type ? dev->type->name : NULL;
	const char *name = dev_name(dev);
	unsigned int i;

	if (!type)
		return FABMON_NODE_KIND_CXL_OTHER;
	/* one type for all ports, told apart by their names (cxl_port_add()) */
	if (!strcmp(type, "cxl_port")) {
		if (strstarts(name, "root"))
			return FABMON_NODE_KIND_CXL_ROOT;
		if (strstarts(name, "endpoint"))
			return FABMON_NODE_KIND_CXL_ENDPOINT;
		return FABMON_NODE_KIND_CXL_PORT;
	}
	for (i = 0; i < ARRAY_SIZE(device_kinds); i++) {
		if (!strcmp(type, device_kinds[i].type))
			return device_kinds[i].kind;
	}
	return FABMON_NODE_KIND_CXL_OTHER;
}

/* role_of - what a port is: a switch hangs from a port that is no root */
static enum fabmon_cxl_port_role role_of(enum fabmon_node_kind kind,
					 const struct device *parent)
{
	switch (kind) {
	case FABMON_NODE_KIND_CXL_ROOT:
		return FABMON_CXL_PORT_ROLE_ROOT;
	case FABMON_NODE_KIND_CXL_ENDPOINT:
		return FABMON_CXL_PORT_ROLE_ENDPOINT;
	case FABMON_NODE_KIND_CXL_PORT:
		if (parent && parent->bus == cxl_bus &&
		    kind_of(parent) == FABMON_NODE_KIND_CXL_ROOT)
			return FABMON_CXL_PORT_ROLE_HOST_BRIDGE;
		return FABMON_CXL_PORT_ROLE_SWITCH;
	default:
		return 0;
	}
}

static unsigned int path_hash(const char *path)
{
	return full_name_hash(NULL, path, strlen(path));
}

/**
 * fabmon_cxl_dev_find - find a device by its address
 * @dev: address of its struct device; not followed
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: the device, or NULL.
 */
struct fabmon_cxl_dev *fabmon_cxl_dev_find(const void *dev)
{
	struct fabmon_cxl_dev *cdev;

	lockdep_assert_held(&fabmon_cxl_lock);

	hash_for_each_possible(devices_by_dev, cdev, by_dev,
			       (unsigned long)dev) {
		if (cdev->dev == dev)
			return cdev;
	}
	return NULL;
}

/**
 * fabmon_cxl_dev_find_rcu - find a device by its address, in a probe
 * @dev: address of its struct device; not followed
 *
 * Context: any, under rcu_read_lock(). The device must be alive, or another
 * one at the same address may be found.
 * Return: the device, valid until rcu_read_unlock(), or NULL.
 */
struct fabmon_cxl_dev *fabmon_cxl_dev_find_rcu(const void *dev)
{
	struct fabmon_cxl_dev *cdev;

	hash_for_each_possible_rcu(devices_by_dev, cdev, by_dev,
				   (unsigned long)dev) {
		if (cdev->dev == dev)
			return cdev;
	}
	return NULL;
}

/**
 * fabmon_cxl_dev_find_path - find a device by its path
 * @path: path below /sys
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: the device, or NULL.
 */
struct fabmon_cxl_dev *fabmon_cxl_dev_find_path(const char *path)
{
	struct fabmon_cxl_dev *cdev;

	lockdep_assert_held(&fabmon_cxl_lock);

	hash_for_each_possible(devices_by_path, cdev, by_path,
			       path_hash(path)) {
		if (!strcmp(cdev->path, path))
			return cdev;
	}
	return NULL;
}

/* has_dport - does a port have this PCI function as a downstream port? */
static bool has_dport(const struct fabmon_cxl_dev *cdev, const char *pci)
{
	const struct fabmon_cxl_edge *edge;
	unsigned int i;

	for (i = 0; i < cdev->links.count; i++) {
		edge = &cdev->links.edge[i];
		if (edge->type == FABMON_EDGE_TYPE_DPORT &&
		    !strcmp(kbasename(edge->path), pci))
			return true;
	}
	return false;
}

/**
 * fabmon_cxl_dev_find_port - find the port that a PCI function belongs to
 * @pci: address of the upstream or a downstream port
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: the host bridge or switch, or NULL.
 */
struct fabmon_cxl_dev *fabmon_cxl_dev_find_port(const char *pci)
{
	struct fabmon_cxl_dev *cdev;

	lockdep_assert_held(&fabmon_cxl_lock);

	list_for_each_entry(cdev, &fabmon_cxl_devices, list) {
		if (cdev->kind == FABMON_NODE_KIND_CXL_PORT &&
		    (!strcmp(cdev->pci, pci) || has_dport(cdev, pci)))
			return cdev;
	}
	return NULL;
}

/**
 * fabmon_cxl_dev_find_region - find the region that an address belongs to
 * @hpa: host physical address
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: the region, if it has been read already, or NULL.
 */
struct fabmon_cxl_dev *fabmon_cxl_dev_find_region(u64 hpa)
{
	struct fabmon_cxl_dev *cdev;

	lockdep_assert_held(&fabmon_cxl_lock);

	list_for_each_entry(cdev, &fabmon_cxl_devices, list) {
		if (cdev->kind == FABMON_NODE_KIND_CXL_REGION &&
		    cdev->detail && hpa >= cdev->detail->start &&
		    hpa - cdev->detail->start < cdev->detail->size)
			return cdev;
	}
	return NULL;
}

/**
 * dev_touch_around - have read again what changes with a device
 * @cdev: the device
 * @stamp: when that changed
 *
 * The links of a port change with what is below it, and what switch decoders
 * decode with the regions.
 */
static void dev_touch_around(struct fabmon_cxl_dev *cdev,
			     const struct fabmon_stamp *stamp)
{
	struct fabmon_change change = {
		.stamp = *stamp,
		.cause = FABMON_CAUSE_LINK,
	};
	struct fabmon_cxl_dev *other = NULL;

	if (cdev->parent)
		other = fabmon_cxl_dev_find(cdev->parent);
	if (other && other->role)
		fabmon_cxl_touch(other, &change);

	if (cdev->kind != FABMON_NODE_KIND_CXL_REGION)
		return;
	list_for_each_entry(other, &fabmon_cxl_devices, list) {
		if (other->kind == FABMON_NODE_KIND_CXL_SWITCH_DECODER)
			fabmon_cxl_touch(other, &change);
	}
}

/*
 * dev_changed - publish a device, and have it read again and what is around it
 *
 * The causes for which it was to be read anyway are part of the change.
 */
static void dev_changed(struct fabmon_cxl_dev *cdev,
			const struct fabmon_change *change)
{
	struct fabmon_change all = *change;

	if (cdev->pending.cause)
		all.stamp = cdev->pending.stamp;
	all.cause |= cdev->pending.cause;
	if (fabmon_cxl_dev_publish(cdev, &all) || cdev->role ||
	    fabmon_cxl_detail_wanted(cdev->kind) ||
	    (cdev->parent && !fabmon_cxl_dev_find(cdev->parent)))
		fabmon_cxl_touch(cdev, change);
	dev_touch_around(cdev, &change->stamp);
}

/**
 * fabmon_cxl_dev_publish - hand the state of a device to the core
 * @cdev: the device
 * @change: when that was learned, and why it was read
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: 0, or -ENOMEM if it has to be tried again.
 */
int fabmon_cxl_dev_publish(struct fabmon_cxl_dev *cdev,
			   const struct fabmon_change *change)
{
	struct fabmon_node *node;
	struct sk_buff *attrs;
	int ret = 0;

	attrs = fabmon_cxl_node_fill(cdev);
	if (IS_ERR(attrs)) {
		ret = PTR_ERR(attrs);
	} else if (cdev->node) {
		ret = fabmon_node_update(cdev->node, attrs, NULL, change);
	} else {
		node = fabmon_node_add(&fabmon_cxl_provider, NULL, cdev->kind,
				       attrs, change);
		if (IS_ERR(node)) {
			ret = PTR_ERR(node);
		} else {
			cdev->node = node;
			WRITE_ONCE(cdev->id, fabmon_node_id(node));
		}
	}
	if (ret < 0 && ret != -ENOMEM)
		pr_warn_once("%s: cannot be published: %pe\n", cdev->name,
			     ERR_PTR(ret));
	return ret == -ENOMEM ? ret : 0;
}

/**
 * dev_alloc - copy what is needed of a device
 * @dev: the device
 *
 * Context: the parent of @dev stays while this runs, see dev_add().
 * Return: the device, in no list yet, or NULL without memory.
 */
static struct fabmon_cxl_dev *dev_alloc(struct device *dev)
{
	struct device *parent = dev->parent;
	struct fabmon_cxl_dev *cdev;
	size_t len;
	char *path;

	path = kobject_get_path(&dev->kobj, GFP_KERNEL);
	if (!path)
		return NULL;
	len = strlen(path) + 1;
	cdev = kzalloc(struct_size(cdev, path, len), GFP_KERNEL);
	if (cdev) {
		memcpy(cdev->path, path, len);
		cdev->name = kbasename(cdev->path);
		cdev->dev = dev;
		cdev->kind = kind_of(dev);
		cdev->role = role_of(cdev->kind, parent);
		cdev->numa_node = dev_to_node(dev);
		if (parent && parent->bus == cxl_bus)
			cdev->parent = parent;
		if (parent && dev_is_pci(parent))
			strscpy(cdev->pci, dev_name(parent),
				sizeof(cdev->pci));
		INIT_LIST_HEAD(&cdev->dirty);
	}
	kfree(path);
	return cdev;
}

/**
 * dev_add - begin to follow a device
 * @dev: the device
 * @driver: name of its driver, "" if none is known to be bound
 * @change: when it was learned of, and how
 *
 * Context: fabmon_cxl_lock held, and BUS_NOTIFY_REMOVED_DEVICE yet to be sent
 * for @dev: until the notifier gets the lock, the parent of @dev stays.
 */
static void dev_add(struct device *dev, const char *driver,
		    const struct fabmon_change *change)
{
	struct fabmon_cxl_dev *cdev;

	lockdep_assert_held(&fabmon_cxl_lock);

	if (fabmon_cxl_dev_find(dev))
		return;
	cdev = dev_alloc(dev);
	if (!cdev) {
		fabmon_cxl_rescan();
		return;
	}
	strscpy(cdev->driver, driver, sizeof(cdev->driver));

	hash_add_rcu(devices_by_dev, &cdev->by_dev, (unsigned long)dev);
	hash_add(devices_by_path, &cdev->by_path, path_hash(cdev->path));
	list_add_tail(&cdev->list, &fabmon_cxl_devices);

	dev_changed(cdev, change);
}

static void dev_remove(struct fabmon_cxl_dev *cdev,
		       const struct fabmon_change *change)
{
	dev_touch_around(cdev, &change->stamp);

	hash_del_rcu(&cdev->by_dev);
	hash_del(&cdev->by_path);
	list_del(&cdev->list);
	list_del(&cdev->dirty);
	fabmon_node_remove(cdev->node, change);
	fabmon_cxl_edges_free(&cdev->links);
	fabmon_cxl_detail_free(cdev->detail);
	kfree_rcu(cdev, rcu);
}

/* dev_bound - a driver was bound, perhaps before ADD was sent */
static void dev_bound(struct device *dev, struct fabmon_cxl_dev *cdev,
		      const struct fabmon_change *change)
{
	device_lock_assert(dev);

	if (!cdev) {
		dev_add(dev, dev->driver->name, change);
		return;
	}
	strscpy(cdev->driver, dev->driver->name, sizeof(cdev->driver));
	dev_changed(cdev, change);
}

static void dev_unbound(struct fabmon_cxl_dev *cdev,
			const struct fabmon_change *change)
{
	cdev->driver[0] = '\0';
	dev_changed(cdev, change);
}

static u32 cause_of(unsigned long action)
{
	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
		return FABMON_CAUSE_SCAN;
	case BUS_NOTIFY_BOUND_DRIVER:
		return FABMON_CAUSE_BIND;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		return FABMON_CAUSE_UNBIND;
	default:
		return 0;
	}
}

/*
 * devices_notify - something happened to a device on the bus
 *
 * ADD comes from device_add(), where the driver must not be read: it comes
 * with BOUND, under device_lock() as UNBOUND does. The node is removed with
 * REMOVED, which comes after the device left the bus: with DEL, a walk could
 * find the device afterwards (see fabmon_cxl_links_present()).
 */
static int devices_notify(struct notifier_block *nb, unsigned long action,
			  void *data)
{
	struct fabmon_change change = {
		.stamp = fabmon_stamp_now(),
		.cause = cause_of(action),
	};
	struct fabmon_cxl_dev *cdev;
	struct device *dev = data;

	mutex_lock(&fabmon_cxl_lock);
	cdev = fabmon_cxl_dev_find(dev);
	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
		dev_add(dev, "", &change);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		dev_bound(dev, cdev, &change);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		if (cdev)
			dev_unbound(cdev, &change);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		if (cdev)
			dev_remove(cdev, &change);
		break;
	}
	mutex_unlock(&fabmon_cxl_lock);
	return NOTIFY_DONE;
}

static struct notifier_block devices_nb = {
	.notifier_call = devices_notify,
};

static int walk_one(struct device *dev, void *data)
{
	struct fabmon_change change = {
		.stamp = fabmon_stamp_now(),
		.cause = FABMON_CAUSE_SCAN,
	};

	device_lock(dev);
	mutex_lock(&fabmon_cxl_lock);
	if (fabmon_cxl_links_present(cxl_bus, dev))
		dev_add(dev, dev->driver ? dev->driver->name : "", &change);
	mutex_unlock(&fabmon_cxl_lock);
	device_unlock(dev);
	return 0;
}

/**
 * fabmon_cxl_devices_walk - find the devices that are not known yet
 * @bus: the CXL bus
 *
 * Context: process, nothing held; takes device_lock() of each device in turn.
 */
void fabmon_cxl_devices_walk(struct bus_type *bus)
{
	bus_for_each_dev(bus, NULL, NULL, walk_one);
}

/**
 * fabmon_cxl_devices_init - begin to follow the bus
 * @bus: the CXL bus, referenced until fabmon_cxl_devices_exit()
 *
 * Context: process; takes device_lock() of each device in turn.
 * Return: 0 or -errno.
 */
int fabmon_cxl_devices_init(struct bus_type *bus)
{
	int ret;

	cxl_bus = bus;
	ret = bus_register_notifier(bus, &devices_nb);
	if (ret)
		return ret;
	fabmon_cxl_devices_walk(bus);
	return 0;
}

/**
 * fabmon_cxl_devices_exit - withdraw every node
 *
 * Context: process; waits for notifications and for the work.
 */
void fabmon_cxl_devices_exit(void)
{
	struct fabmon_change change = { .stamp = fabmon_stamp_now() };
	struct fabmon_cxl_dev *cdev, *tmp;

	bus_unregister_notifier(cxl_bus, &devices_nb);
	fabmon_cxl_refresh_exit();

	mutex_lock(&fabmon_cxl_lock);
	/* children before their parents */
	list_for_each_entry_safe_reverse(cdev, tmp, &fabmon_cxl_devices, list)
		dev_remove(cdev, &change);
	mutex_unlock(&fabmon_cxl_lock);
	fabmon_cxl_refresh_exit();
}
