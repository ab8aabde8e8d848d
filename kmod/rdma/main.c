// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The RDMA provider's module: what it hooks, and nothing of what it does then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/inetdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/workqueue.h>
#include <rdma/ib_verbs.h>

#include "core/fabmon_core.h"
#include "rdma/rdma.h"
#include "version.h"

struct workqueue_struct *fabmon_rdma_wq;

static struct ib_client fabmon_rdma_client;

/**
 * fabmon_rdma_client_add - an RDMA device appeared, or we did
 * @ibdev: the device
 *
 * Context: process; may sleep. The RDMA core holds its device and client
 * semaphores, so no rename and no removal runs at the same time.
 *
 * A device that init_net may not access is left out. Moving a device to
 * another namespace is a remove and an add, which come here again.
 *
 * Return: 0, or an error after which the RDMA core calls nothing of ours for
 * this device.
 */
static int fabmon_rdma_client_add(struct ib_device *ibdev)
{
	struct fabmon_rdma_dev *dev;

	if (!rdma_dev_access_netns(ibdev, &init_net))
		return -EOPNOTSUPP;

	dev = fabmon_rdma_dev_add(ibdev);
	if (IS_ERR(dev)) {
		pr_warn_ratelimited("%s: not monitored: error %ld\n",
				    dev_name(&ibdev->dev), PTR_ERR(dev));
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
 * Return: NOTIFY_OK or NOTIFY_DONE; never objects.
 */
static int fabmon_rdma_netdev_event(struct notifier_block *nb,
				    unsigned long event, void *ptr)
{
	switch (event) {
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGE:
	case NETDEV_CHANGENAME:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGEADDR:
	case NETDEV_CHANGEUPPER:
	case NETDEV_UNREGISTER:
		fabmon_rdma_netdev_changed(netdev_notifier_info_to_dev(ptr)->ifindex);
		return NOTIFY_OK;
	default:
		return NOTIFY_DONE;
	}
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

static int __init fabmon_rdma_init(void)
{
	int rc;

	/*
	 * WQ_MEM_RECLAIM: adding and removing a device wait for its work, and
	 * drivers do both from queues that have the flag (the recovery of
	 * mlx5), which may not wait for a queue without it.
	 */
	fabmon_rdma_wq = alloc_workqueue("fabmon_rdma",
					 WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!fabmon_rdma_wq)
		return -ENOMEM;

	rc = register_netdevice_notifier(&fabmon_rdma_netdev_nb);
	if (rc)
		goto err_wq;

	rc = register_inetaddr_notifier(&fabmon_rdma_inetaddr_nb);
	if (rc)
		goto err_netdev;

	rc = ib_register_client(&fabmon_rdma_client);
	if (rc)
		goto err_inetaddr;

	fabmon_capability_set(FABMON_CAPABILITY_RDMA);
	return 0;

err_inetaddr:
	unregister_inetaddr_notifier(&fabmon_rdma_inetaddr_nb);
err_netdev:
	unregister_netdevice_notifier(&fabmon_rdma_netdev_nb);
err_wq:
	destroy_workqueue(fabmon_rdma_wq);
	return rc;
}

static void __exit fabmon_rdma_exit(void)
{
	fabmon_capability_clear(FABMON_CAPABILITY_RDMA);
	ib_unregister_client(&fabmon_rdma_client);
	unregister_inetaddr_notifier(&fabmon_rdma_inetaddr_nb);
	unregister_netdevice_notifier(&fabmon_rdma_netdev_nb);
	destroy_workqueue(fabmon_rdma_wq);
}

module_init(fabmon_rdma_init);
module_exit(fabmon_rdma_exit);

MODULE_AUTHOR("fabmon developers");
MODULE_DESCRIPTION("RDMA devices and ports for fabmon");
MODULE_VERSION(FABMON_VERSION);
MODULE_LICENSE("Dual BSD/GPL");
