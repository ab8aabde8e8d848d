// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading devices again, where the kernel has no notification of a change.
 *
 * One work does it. What is in sysfs only it reads without any lock: the
 * functions behind these attributes take semaphores of the CXL core, whose
 * holders may be waiting for fabmon_cxl_lock in a notifier.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "provider.h"

/*
 * When to read a device that changed, in ms after the last reading. The first
 * gathers the burst that a hot-added device makes; the others are for links
 * that the kernel makes after the last notification (see links.c).
 */
static const unsigned int refresh_delays[] = { 20, 100, 500, 2000 };

/* all under fabmon_cxl_lock */
static LIST_HEAD(devices_dirty);
static bool refresh_soon;
static bool rescan;

static struct bus_type *cxl_bus;

static void refresh_work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(refresh_work, refresh_work_fn);

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

/**
 * fabmon_cxl_touch - have a device read again soon, and some times later
 * @cdev: the device
 * @change: why, and since when
 *
 * Context: process, fabmon_cxl_lock held.
 */
void fabmon_cxl_touch(struct fabmon_cxl_dev *cdev,
		      const struct fabmon_change *change)
{
	if (!cdev->pending.cause)
		cdev->pending.stamp = change->stamp;
	cdev->pending.cause |= change->cause;
	cdev->stale = true;
	cdev->pass = 0;
	cdev->due = jiffies + msecs_to_jiffies(refresh_delays[0]);
	if (list_empty(&cdev->dirty))
		list_add_tail(&cdev->dirty, &devices_dirty);
	refresh_start();
}

/**
 * fabmon_cxl_rescan - walk the bus again, for a device was missed
 *
 * Context: process, fabmon_cxl_lock held.
 */
void fabmon_cxl_rescan(void)
{
	rescan = true;
	refresh_plan();
}

/**
 * fabmon_cxl_refresh_now - have the work run at once
 *
 * Context: any.
 */
void fabmon_cxl_refresh_now(void)
{
	mod_delayed_work(fabmon_cxl_wq, &refresh_work, 0);
}

/**
 * dev_read - read what a device is made of
 * @cdev: the device
 * @ret: -ENOMEM if it has to be tried again, else 0
 *
 * Gives up fabmon_cxl_lock meanwhile. What is read of a device that another
 * has replaced by then may end up with the latter, which is read again: it
 * has just been added.
 *
 * Return: the device, or NULL if it went.
 */
static struct fabmon_cxl_dev *dev_read(struct fabmon_cxl_dev *cdev, int *ret)
{
	struct fabmon_cxl_detail *detail = NULL;
	enum fabmon_node_kind kind = cdev->kind;
	char *path;

	*ret = 0;
	cdev->stale = false;
	if (!fabmon_cxl_detail_wanted(kind))
		return cdev;
	path = kstrdup(cdev->path, GFP_KERNEL);
	if (!path) {
		*ret = -ENOMEM;
		return cdev;
	}

	mutex_unlock(&fabmon_cxl_lock);
	if (fabmon_cxl_detail_read(cxl_bus, kind, path, &detail) == -ENOMEM)
		*ret = -ENOMEM;
	mutex_lock(&fabmon_cxl_lock);

	cdev = fabmon_cxl_dev_find_path(path);
	if (cdev && detail)
		swap(cdev->detail, detail);
	fabmon_cxl_detail_free(detail);
	kfree(path);
	return cdev;
}

/*
 * dev_refresh - read and publish a device, and plan the next reading
 *
 * Without memory it goes on trying, slowly.
 */
static void dev_refresh(struct fabmon_cxl_dev *cdev)
{
	struct fabmon_change change = cdev->pending;
	int ret, err;

	if (!change.cause)
		change.stamp = fabmon_stamp_now();
	change.cause |= FABMON_CAUSE_LINK;

	cdev = dev_read(cdev, &ret);
	if (!cdev)
		return;
	if (cdev->role) {
		err = fabmon_cxl_links_resolve(cxl_bus, cdev);
		ret = ret ?: err;
	}
	if (fabmon_cxl_dev_publish(cdev, &change))
		ret = -ENOMEM;
	else if (!cdev->stale)
		cdev->pending.cause = 0;

	if (cdev->stale)
		return;
	if (cdev->pass + 1 < ARRAY_SIZE(refresh_delays)) {
		cdev->pass++;
	} else if (!ret) {
		list_del_init(&cdev->dirty);
		return;
	}
	cdev->due = jiffies + msecs_to_jiffies(refresh_delays[cdev->pass]);
}

/*
 * regions_locate - learn where regions are, for events of memory
 *
 * Memory may come online before the region that it belongs to has been read, or
 * has been read since it got its address: no notification says so, and on 6.12
 * the memory may be there before the region's driver is. Every turn makes one
 * region less stale.
 */
static void regions_locate(void)
{
	struct fabmon_cxl_dev *cdev;
	int ret;

	list_for_each_entry(cdev, &fabmon_cxl_devices, list) {
		if (cdev->kind == FABMON_NODE_KIND_CXL_REGION &&
		    (!cdev->detail || !cdev->detail->size))
			cdev->stale = true;
	}
again:
	list_for_each_entry(cdev, &fabmon_cxl_devices, list) {
		if (cdev->kind != FABMON_NODE_KIND_CXL_REGION || !cdev->stale)
			continue;
		dev_read(cdev, &ret);
		goto again;
	}
}

/*
 * refresh_work_fn - send events of memory, and read the devices that are due
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
		fabmon_cxl_devices_walk(cxl_bus);

	mutex_lock(&fabmon_cxl_lock);
	if (fabmon_cxl_memory_waiting()) {
		regions_locate();
		fabmon_cxl_memory_send();
	}
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
 * fabmon_cxl_refresh_init - set the bus whose devices are read
 * @bus: the CXL bus, referenced until fabmon_cxl_refresh_exit()
 */
void fabmon_cxl_refresh_init(struct bus_type *bus)
{
	cxl_bus = bus;
}

/**
 * fabmon_cxl_refresh_all - read every device, for the first dump
 *
 * What was there when the bus was walked has all its links.
 *
 * Context: process, nothing held.
 */
void fabmon_cxl_refresh_all(void)
{
	struct fabmon_cxl_dev *cdev;

	mutex_lock(&fabmon_cxl_lock);
	list_for_each_entry(cdev, &fabmon_cxl_devices, list)
		cdev->due = jiffies;
	mutex_unlock(&fabmon_cxl_lock);
	fabmon_cxl_refresh_now();
	flush_delayed_work(&refresh_work);
}

/**
 * fabmon_cxl_refresh_exit - stop reading
 *
 * Context: process, nothing held; nothing else starts the work any more.
 */
void fabmon_cxl_refresh_exit(void)
{
	cancel_delayed_work_sync(&refresh_work);
}
