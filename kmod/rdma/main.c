// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The RDMA provider's module: the hooks it registers. What is done when one of
 * them fires is in device.c and read.c.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/inetdevice.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <rdma/ib_verbs.h>

#include "core/fabmon_core.h"
#include "rdma/rdma.h"
#include "version.h"

struct workqueue_struct *fabmon_rdma_wq;

static struct ib_client fabmon_rdma_client;

/* A day: what is longer is as good as never. */
#define FABMON_RDMA_RESCAN_MAX	86400

/* Both: kernel_param_lock() */
static unsigned int fabmon_rdma_rescan_interval;
static bool fabmon_rdma_rescan_ready;

static void fabmon_rdma_rescan_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(fabmon_rdma_rescan_dwork, fabmon_rdma_rescan_work);

/* Begin to count anew, with the interval as it is now. */
static void fabmon_rdma_rescan_arm(void)
{
	unsigned int interval = READ_ONCE(fabmon_rdma_rescan_interval);

	if (interval)
		mod_delayed_work(fabmon_rdma_wq, &fabmon_rdma_rescan_dwork,
				 interval * HZ);
	else
		cancel_delayed_work(&fabmon_rdma_rescan_dwork);
}

static void fabmon_rdma_rescan_work(struct work_struct *work)
{
	fabmon_rdma_rescan();
	fabmon_rdma_rescan_arm();
}

static int fabmon_rdma_rescan_set(const char *value,
				  const struct kernel_param *param)
{
	int rc = param_set_uint_minmax(value, param, 0,
				       FABMON_RDMA_RESCAN_MAX);

	if (!rc && fabmon_rdma_rescan_ready)
		fabmon_rdma_rescan_arm();
	return rc;
}

/* The parameter can be written before the module is ready, and after. */
static void fabmon_rdma_rescan_start(void)
{
	kernel_param_lock(THIS_MODULE);
	fabmon_rdma_rescan_ready = true;
	fabmon_rdma_rescan_arm();
	kernel_param_unlock(THIS_MODULE);
}

static void fabmon_rdma_rescan_stop(void)
{
	kernel_param_lock(THIS_MODULE);
	fabmon_rdma_rescan_ready = false;
	kernel_param_unlock(THIS_MODULE);
	cancel_delayed_work_sync(&fabmon_rdma_rescan_dwork);
}

static const struct kernel_param_ops fabmon_rdma_rescan_ops = {
	.set = fabmon_rdma_rescan_set,
	.get = param_get_uint,
};
module_param_cb(rescan_interval, &fabmon_rdma_rescan_ops,
		&fabmon_rdma_rescan_interval, 0644);
MODULE_PARM_DESC(rescan_interval,
		 "Read all devices again every so many seconds, 0 (default) for never");

/**
 * fabmon_rdma_netns - who may see a device and its ports
 * @ctx: the device
 *
 * As the RDMA core shows them: all namespaces, or only the device's own if the
 * RDMA subsystem is in exclusive mode. A move is a removal and an addition, so
 * the device's own stays the same as long as the node exists.
 *
 * Context: any.
 *
 * Return: the only namespace, or NULL for all.
 */
static const struct net *fabmon_rdma_netns(void *ctx)
{
	const struct fabmon_rdma_dev *dev = ctx;

	/* nobody's namespace has access only if all have */
	if (rdma_dev_access_netns(dev->ibdev, NULL))
		return NULL;
	return read_pnet(&dev->ibdev->coredev.rdma_net);
}

struct fabmon_provider fabmon_rdma_provider = {
	.name = "rdma",
	.version = FABMON_VERSION,
	.netns = fabmon_rdma_netns,
};

/**
 * fabmon_rdma_client_add - an RDMA device appeared, or we did
 * @ibdev: the device
 *
 * Context: process; may sleep. The RDMA core holds its device and client
 * semaphores, so no rename and no removal runs at the same time.
 *
 * Devices of all network namespaces are taken; the core shows each where it
 * belongs. Moving one to another namespace is a remove and an add, which come
 * here again.
 *
 * Return: 0, or an error after which the RDMA core calls nothing of ours for
 * this device.
 */
static int fabmon_rdma_client_add(struct ib_device *ibdev)
{
	struct fabmon_rdma_dev *dev;

	dev = fabmon_rdma_dev_add(ibdev);
	if (IS_ERR(dev)) {
		pr_warn_ratelimited("%s: not monitored: %pe\n",
				    dev_name(&ibdev->dev), dev);
		return PTR_ERR(dev);
	}

	ib_set_client_data(ibdev, &fabmon_rdma_client, dev);
	return 0;
}

/* No lock is held; what returns from here is a fence for this device. */
static void fabmon_rdma_client_remove(struct ib_device *ibdev,
				      void *client_data)
{
	fabmon_rdma_dev_remove(client_data);
}

static void fabmon_rdma_client_rename(struct ib_device *ibdev,
				      void *client_data)
{
	fabmon_rdma_dev_rename(client_data);
}

static struct ib_client fabmon_rdma_client = {
	.name = "fabmon",
	.add = fabmon_rdma_client_add,
	.remove = fabmon_rdma_client_remove,
	.rename = fabmon_rdma_client_rename,
	/* Devices without kernel verbs (usnic, efa) are fabric too. */
	.no_kverbs_req = 1,
};

/* 0 for what changes nothing in the node of a netdev's port */
static u32 fabmon_rdma_netdev_cause(unsigned long event)
{
	switch (event) {
	case NETDEV_UP:
		return FABMON_CAUSE_NETDEV_UP;
	case NETDEV_DOWN:
		return FABMON_CAUSE_NETDEV_DOWN;
	case NETDEV_CHANGE:
	case NETDEV_REGISTER:
		return FABMON_CAUSE_NETDEV_CHANGE;
	case NETDEV_CHANGENAME:
		return FABMON_CAUSE_NETDEV_RENAME;
	case NETDEV_CHANGEMTU:
		return FABMON_CAUSE_NETDEV_MTU;
	case NETDEV_CHANGEADDR:
		return FABMON_CAUSE_NETDEV_ADDRESS;
	case NETDEV_CHANGEUPPER:
		return FABMON_CAUSE_NETDEV_MASTER;
	case NETDEV_UNREGISTER:
		return FABMON_CAUSE_NETDEV_UNREGISTER;
	default:
		return 0;
	}
}

/**
 * fabmon_rdma_netdev_event - something happened to a network device
 * @nb: our notifier
 * @event: what
 * @ptr: to which device
 *
 * Context: process, RTNL held: reading a port may take RTNL, so it is only
 * marked here. Most of these changes raise no event in the RDMA core, or one
 * that comes before its own tables have changed.
 *
 * A bond's name is part of the nodes of its members' ports.
 *
 * Return: NOTIFY_OK or NOTIFY_DONE; never objects.
 */
static int fabmon_rdma_netdev_event(struct notifier_block *nb,
				    unsigned long event, void *ptr)
{
	struct net_device *ndev = netdev_notifier_info_to_dev(ptr);
	u32 cause = fabmon_rdma_netdev_cause(event);
	struct net_device *lower;
	struct list_head *iter;

	if (!cause)
		return NOTIFY_DONE;

	fabmon_rdma_netdev_changed(ndev->ifindex, cause);
	if (event == NETDEV_CHANGENAME)
		netdev_for_each_lower_dev(ndev, lower, iter)
			fabmon_rdma_netdev_changed(lower->ifindex, cause);
	return NOTIFY_OK;
}

static struct notifier_block fabmon_rdma_netdev_nb = {
	.notifier_call = fabmon_rdma_netdev_event,
};

/* An IPv4 address came or went. RTNL held, as above. */
static int fabmon_rdma_inetaddr_event(struct notifier_block *nb,
				      unsigned long event, void *ptr)
{
	const struct in_ifaddr *ifa = ptr;

	fabmon_rdma_inetaddr_changed(ifa->ifa_dev->dev->ifindex);
	return NOTIFY_OK;
}

static struct notifier_block fabmon_rdma_inetaddr_nb = {
	.notifier_call = fabmon_rdma_inetaddr_event,
};

#ifdef FABMON_OFED
static int fabmon_rdma_check_core(void)
{
	return 0;
}
#else
/**
 * fabmon_rdma_check_core - is the RDMA core the one we were built for?
 *
 * Vendors' driver packages bring an ib_core of their own, whose structures
 * differ from those in the kernel's headers. Where the kernel keeps no
 * versions of symbols (Debian's 7.x) nothing else stops us from reading them
 * wrongly. Such a module has "O" for out of tree among its taints.
 *
 * Context: process, before anything of the RDMA core is used.
 *
 * Return: 0 for the kernel's own, -EOPNOTSUPP for another, or why that cannot
 * be found out.
 */
static int __init fabmon_rdma_check_core(void)
{
	char taint[32];
	ssize_t rc;

	rc = fabmon_sysfs_read("/module/ib_core", "taint", taint,
			       sizeof(taint));
	/* what is built in is no module, and the kernel's own */
	if (rc == -ENOENT)
		return 0;
	if (rc < 0) {
		pr_err("ib_core: cannot read whether it is this kernel's own: %pe\n",
		       ERR_PTR(rc));
		return rc;
	}
	if (!strchr(taint, 'O'))
		return 0;

	pr_err("ib_core is not this kernel's own, but from another package: build fabmon's modules again, against that package's headers (OFA_DIR)\n");
	return -EOPNOTSUPP;
}
#endif

/* Logs what keeps the module from being loaded. Return: @rc. */
static int __init fabmon_rdma_init_step(const char *object, int rc)
{
	if (rc)
		pr_err("%s: cannot be set up, the module is not loaded: %pe\n",
		       object, ERR_PTR(rc));
	return rc;
}

static int __init fabmon_rdma_init(void)
{
	int rc;

	rc = fabmon_rdma_check_core();
	if (rc)
		return rc;

	/*
	 * WQ_MEM_RECLAIM: adding and removing a device wait for its work, and
	 * drivers do both from queues that have the flag (the recovery of
	 * mlx5), which may not wait for a queue without it.
	 */
	fabmon_rdma_wq = alloc_workqueue("fabmon_rdma",
					 WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!fabmon_rdma_wq)
		return fabmon_rdma_init_step("workqueue", -ENOMEM);

	fabmon_provider_register(&fabmon_rdma_provider, FABMON_CAPABILITY_RDMA);

	rc = fabmon_rdma_init_step("notifier of network devices",
				   register_netdevice_notifier(&fabmon_rdma_netdev_nb));
	if (rc)
		goto err_provider;

	rc = fabmon_rdma_init_step("notifier of IPv4 addresses",
				   register_inetaddr_notifier(&fabmon_rdma_inetaddr_nb));
	if (rc)
		goto err_netdev;

	rc = fabmon_rdma_init_step("client of the RDMA core",
				   ib_register_client(&fabmon_rdma_client));
	if (rc)
		goto err_inetaddr;

	fabmon_rdma_rescan_start();
	return 0;

err_inetaddr:
	unregister_inetaddr_notifier(&fabmon_rdma_inetaddr_nb);
err_netdev:
	unregister_netdevice_notifier(&fabmon_rdma_netdev_nb);
err_provider:
	fabmon_provider_unregister(&fabmon_rdma_provider,
				   FABMON_CAPABILITY_RDMA);
	destroy_workqueue(fabmon_rdma_wq);
	return rc;
}

static void __exit fabmon_rdma_exit(void)
{
	fabmon_rdma_rescan_stop();
	fabmon_provider_leave(&fabmon_rdma_provider);
	ib_unregister_client(&fabmon_rdma_client);
	unregister_inetaddr_notifier(&fabmon_rdma_inetaddr_nb);
	unregister_netdevice_notifier(&fabmon_rdma_netdev_nb);
	fabmon_provider_unregister(&fabmon_rdma_provider,
				   FABMON_CAPABILITY_RDMA);
	destroy_workqueue(fabmon_rdma_wq);
}

module_init(fabmon_rdma_init);
module_exit(fabmon_rdma_exit);

MODULE_AUTHOR("fabmon developers");
MODULE_DESCRIPTION("RDMA devices and ports for fabmon");
MODULE_VERSION(FABMON_VERSION);
MODULE_LICENSE("Dual BSD/GPL");
