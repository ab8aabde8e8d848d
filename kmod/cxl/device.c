// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The devices of the CXL bus, each with a node.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/jiffies.h>
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

static DEFINE_HASHTABLE(devices_by_dev, 8);
static DEFINE_HASHTABLE(devices_by_path, 8);
static LIST_HEAD(devices);
static LIST_HEAD(devices_dirty);
static bool refresh_soon;
static bool rescan;

static struct bus_type *cxl_bus;

static void refresh_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(refresh_work, refresh_work_fn);

/*
 * When to look at a device that changed, in ms after the last look. The first
 * gathers the burst that a hot-added device makes; the others are for links
 * that the kernel makes after the last notification (see links.c).
 */
static const unsigned int refresh_delays[] = { 20, 100, 500, 2000 };

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
	/* one type for all ports: the name tells (cxl_port_add()) */
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

static bool is_port(const struct fabmon_cxl_dev *cdev)
{
	return cdev->kind == FABMON_NODE_KIND_CXL_ROOT ||
	       cdev->kind == FABMON_NODE_KIND_CXL_PORT ||
	       cdev->kind == FABMON_NODE_KIND_CXL_ENDPOINT;
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

/* refresh_start - have the work run soon, once for a burst of reasons */
static void refresh_start(void)
{
	lockdep_assert_held(&fabmon_cxl_lock);

	if (refresh_soon)
		return;
	refresh_soon = true;
	mod_delayed_work(fabmon_cxl_wq, &refresh_work,
			 msecs_to_jiffies(refresh_delays[0]));
}

/* refresh_plan - have the work run when it is next needed */
static void refresh_plan(void)
{
	unsigned int last = refresh_delays[ARRAY_SIZE(refresh_delays) - 1];
	unsigned long now = jiffies, next = now + msecs_to_jiffies(last);
	struct fabmon_cxl_dev *cdev;

	lockdep_assert_held(&fabmon_cxl_lock);

	if (refresh_soon || (list_empty(&devices_dirty) && !rescan))
		return;
	list_for_each_entry(cdev, &devices_dirty, dirty) {
		if (time_before(cdev->due, next))
			next = cdev->due;
	}
	mod_delayed_work(fabmon_cxl_wq, &refresh_work,
			 time_after(next, now) ? next - now : 1);
}

/* dev_touch - look at a device again soon, and some times later */
static void dev_touch(struct fabmon_cxl_dev *cdev)
{
	cdev->pass = 0;
	cdev->due = jiffies + msecs_to_jiffies(refresh_delays[0]);
	if (list_empty(&cdev->dirty))
		list_add_tail(&cdev->dirty, &devices_dirty);
	refresh_start();
}

/* dev_touch_ports - the links of a port change with what is below it */
static void dev_touch_ports(struct fabmon_cxl_dev *cdev)
{
	struct fabmon_cxl_dev *parent = NULL;

	if (is_port(cdev))
		dev_touch(cdev);
	if (cdev->parent)
		parent = fabmon_cxl_dev_find(cdev->parent);
	if (parent && is_port(parent))
		dev_touch(parent);
}

/**
 * dev_publish - tell the core what a device is like now
 * @cdev: the device
 * @stamp: when that was learned
 *
 * Return: 0, or -ENOMEM if it has to be tried again.
 */
static int dev_publish(struct fabmon_cxl_dev *cdev,
		       const struct fabmon_stamp *stamp)
{
	struct fabmon_node *node;
	struct sk_buff *attrs;
	int ret = 0;

	attrs = fabmon_cxl_node_fill(cdev);
	if (IS_ERR(attrs)) {
		ret = PTR_ERR(attrs);
	} else if (cdev->node) {
		ret = fabmon_node_update(cdev->node, attrs, stamp);
	} else {
		node = fabmon_node_add(cdev->kind, attrs, stamp);
		if (IS_ERR(node)) {
			ret = PTR_ERR(node);
		} else {
			cdev->node = node;
			WRITE_ONCE(cdev->id, fabmon_node_id(node));
		}
	}
	if (ret < 0 && ret != -ENOMEM)
		pr_warn_once("%s cannot be published: error %d\n",
			     cdev->name, ret);
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
 * @stamp: when it was learned of
 *
 * Context: fabmon_cxl_lock held, and BUS_NOTIFY_REMOVED_DEVICE yet to be sent
 * for @dev: until the notifier gets the lock, the parent of @dev stays.
 */
static void dev_add(struct device *dev, const char *driver,
		    const struct fabmon_stamp *stamp)
{
	struct fabmon_cxl_dev *cdev;

	lockdep_assert_held(&fabmon_cxl_lock);

	if (fabmon_cxl_dev_find(dev))
		return;
	cdev = dev_alloc(dev);
	if (!cdev) {
		rescan = true;
		refresh_plan();
		return;
	}
	strscpy(cdev->driver, driver, sizeof(cdev->driver));

	hash_add_rcu(devices_by_dev, &cdev->by_dev, (unsigned long)dev);
	hash_add(devices_by_path, &cdev->by_path, path_hash(cdev->path));
	list_add_tail(&cdev->list, &devices);

	if (dev_publish(cdev, stamp) ||
	    (cdev->parent && !fabmon_cxl_dev_find(cdev->parent)))
		dev_touch(cdev);
	dev_touch_ports(cdev);
}

static void dev_remove(struct fabmon_cxl_dev *cdev,
		       const struct fabmon_stamp *stamp)
{
	dev_touch_ports(cdev);

	hash_del_rcu(&cdev->by_dev);
	hash_del(&cdev->by_path);
	list_del(&cdev->list);
	list_del(&cdev->dirty);
	fabmon_node_remove(cdev->node, stamp);
	fabmon_cxl_edges_free(cdev->edges);
	kfree_rcu(cdev, rcu);
}

static void dev_set_driver(struct fabmon_cxl_dev *cdev, const char *driver,
			   const struct fabmon_stamp *stamp)
{
	strscpy(cdev->driver, driver, sizeof(cdev->driver));
	if (dev_publish(cdev, stamp))
		dev_touch(cdev);
	dev_touch_ports(cdev);
}

/* dev_bound - a driver was bound, perhaps before ADD was sent */
static void dev_bound(struct device *dev, struct fabmon_cxl_dev *cdev,
		      const struct fabmon_stamp *stamp)
{
	device_lock_assert(dev);

	if (cdev)
		dev_set_driver(cdev, dev->driver->name, stamp);
	else
		dev_add(dev, dev->driver->name, stamp);
}

/*
 * devices_notify - something happened to a device on the bus
 *
 * ADD comes from device_add(), where the driver is not to be looked at: it
 * comes with BOUND, under device_lock() as UNBOUND does. The node goes with
 * REMOVED, which comes after the device left the bus: with DEL, a walk could
 * find the device afterwards (see fabmon_cxl_links_present()).
 */
static int devices_notify(struct notifier_block *nb, unsigned long action,
			  void *data)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();
	struct fabmon_cxl_dev *cdev;
	struct device *dev = data;

	mutex_lock(&fabmon_cxl_lock);
	cdev = fabmon_cxl_dev_find(dev);
	switch (action) {
	case BUS_NOTIFY_ADD_DEVICE:
		dev_add(dev, "", &stamp);
		break;
	case BUS_NOTIFY_BOUND_DRIVER:
		dev_bound(dev, cdev, &stamp);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		if (cdev)
			dev_set_driver(cdev, "", &stamp);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		if (cdev)
			dev_remove(cdev, &stamp);
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
	struct fabmon_stamp stamp = fabmon_stamp_now();

	device_lock(dev);
	mutex_lock(&fabmon_cxl_lock);
	if (fabmon_cxl_links_present(cxl_bus, dev))
		dev_add(dev, dev->driver ? dev->driver->name : "", &stamp);
	mutex_unlock(&fabmon_cxl_lock);
	device_unlock(dev);
	return 0;
}

/*
 * dev_refresh - look at the links of a device, and plan the next look
 *
 * Without memory it goes on trying, slowly.
 */
static void dev_refresh(struct fabmon_cxl_dev *cdev)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();
	int ret = 0;

	if (is_port(cdev))
		ret = fabmon_cxl_links_resolve(cxl_bus, cdev);
	if (dev_publish(cdev, &stamp))
		ret = -ENOMEM;

	if (cdev->pass + 1 < ARRAY_SIZE(refresh_delays)) {
		cdev->pass++;
	} else if (!ret) {
		list_del_init(&cdev->dirty);
		return;
	}
	cdev->due = jiffies + msecs_to_jiffies(refresh_delays[cdev->pass]);
}

/*
 * refresh_work_fn - look at the devices that are due
 *
 * Gives up the lock after each, so that no notification waits for all of
 * them; @todo is protected by it like devices_dirty.
 */
static void refresh_work_fn(struct work_struct *work)
{
	struct fabmon_cxl_dev *cdev;
	LIST_HEAD(todo);
	bool walk;

	mutex_lock(&fabmon_cxl_lock);
	refresh_soon = false;
	walk = rescan;
	rescan = false;
	mutex_unlock(&fabmon_cxl_lock);
	if (walk)
		bus_for_each_dev(cxl_bus, NULL, NULL, walk_one);

	mutex_lock(&fabmon_cxl_lock);
	list_splice_init(&devices_dirty, &todo);
	while (!list_empty(&todo)) {
		cdev = list_first_entry(&todo, struct fabmon_cxl_dev, dirty);
		list_move_tail(&cdev->dirty, &devices_dirty);
		if (time_before(jiffies, cdev->due))
			continue;
		dev_refresh(cdev);
		mutex_unlock(&fabmon_cxl_lock);
		cond_resched();
		mutex_lock(&fabmon_cxl_lock);
	}
	refresh_plan();
	mutex_unlock(&fabmon_cxl_lock);
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
	struct fabmon_cxl_dev *cdev;
	int ret;

	cxl_bus = bus;
	ret = bus_register_notifier(bus, &devices_nb);
	if (ret)
		return ret;
	bus_for_each_dev(bus, NULL, NULL, walk_one);

	/* what was there has all its links: the first dump shall have them */
	mutex_lock(&fabmon_cxl_lock);
	list_for_each_entry(cdev, &devices, list) {
		if (is_port(cdev))
			dev_refresh(cdev);
	}
	mutex_unlock(&fabmon_cxl_lock);
	return 0;
}

/**
 * fabmon_cxl_devices_exit - withdraw every node
 *
 * Context: process; waits for notifications and for the work.
 */
void fabmon_cxl_devices_exit(void)
{
	struct fabmon_stamp stamp = fabmon_stamp_now();
	struct fabmon_cxl_dev *cdev, *tmp;

	bus_unregister_notifier(cxl_bus, &devices_nb);
	cancel_delayed_work_sync(&refresh_work);

	mutex_lock(&fabmon_cxl_lock);
	/* children before their parents */
	list_for_each_entry_safe_reverse(cdev, tmp, &devices, list)
		dev_remove(cdev, &stamp);
	mutex_unlock(&fabmon_cxl_lock);
	cancel_delayed_work_sync(&refresh_work);
}
