// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * fabmon.ko: the store of nodes and the generic netlink family "fabmon".
 * It knows neither RDMA nor CXL; providers bring the nodes.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>

#include "core.h"
#include "../version.h"

/* Logs what keeps the module from being loaded. Return: @err. */
static int __init fabmon_init_step(const char *object, int err)
{
	if (err)
		pr_err("%s: cannot be set up, the module is not loaded: %pe\n",
		       object, ERR_PTR(err));
	return err;
}

static int __init fabmon_init(void)
{
	int err;

	fabmon_store_init();

	err = fabmon_init_step("ring of notifications", fabmon_ring_init());
	if (err)
		goto err_store;

	err = fabmon_init_step("mount of sysfs", fabmon_sysfs_init());
	if (err)
		goto err_ring;

	err = fabmon_init_step("network namespaces", fabmon_net_init());
	if (err)
		goto err_sysfs;

	err = fabmon_init_step("netlink family", fabmon_netlink_init());
	if (err)
		goto err_net;

	fabmon_debugfs_init();
	return 0;

err_net:
	fabmon_net_exit();
err_sysfs:
	fabmon_sysfs_exit();
err_ring:
	fabmon_ring_exit();
err_store:
	fabmon_store_exit();
	return err;
}

static void __exit fabmon_exit(void)
{
	fabmon_debugfs_exit();
	fabmon_netlink_exit();
	fabmon_net_exit();
	fabmon_sysfs_exit();
	fabmon_ring_exit();
	fabmon_store_exit();
}

module_init(fabmon_init);
module_exit(fabmon_exit);

MODULE_AUTHOR("fabmon developers");
MODULE_DESCRIPTION("Fabric state of the host over generic netlink");
MODULE_VERSION(FABMON_VERSION);
MODULE_LICENSE("Dual BSD/GPL");
