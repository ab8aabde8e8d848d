// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * fabmon_cxl: publishes the devices of the CXL bus and their health events.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "provider.h"

/*
 * Declared by drivers/cxl/cxl.h, which no header package ships. Taken with
 * symbol_request(), not by linking: the namespace it is exported in is spelt
 * differently across versions and need not stay open to outsiders.
 */
extern struct bus_type cxl_bus_type;

struct workqueue_struct *fabmon_cxl_wq;

static int __init fabmon_cxl_init(void)
{
	struct bus_type *bus;
	int ret;

	bus = symbol_request(cxl_bus_type);
	if (!bus) {
		pr_info("this kernel has no CXL bus (CONFIG_CXL_BUS)\n");
		return -ENODEV;
	}

	fabmon_cxl_wq = alloc_workqueue("fabmon_cxl", WQ_UNBOUND, 0);
	if (!fabmon_cxl_wq) {
		ret = -ENOMEM;
		goto err_put;
	}

	ret = fabmon_cxl_devices_init(bus);
	if (ret)
		goto err_wq;
	fabmon_capability_set(FABMON_CAPABILITY_CXL);
	fabmon_cxl_trace_init();

	return 0;

err_wq:
	destroy_workqueue(fabmon_cxl_wq);
err_put:
	symbol_put(cxl_bus_type);
	return ret;
}

static void __exit fabmon_cxl_exit(void)
{
	fabmon_cxl_trace_exit();
	fabmon_capability_clear(FABMON_CAPABILITY_CXL);
	fabmon_cxl_devices_exit();
	destroy_workqueue(fabmon_cxl_wq);
	symbol_put(cxl_bus_type);
}

module_init(fabmon_cxl_init);
module_exit(fabmon_cxl_exit);

MODULE_DESCRIPTION("fabmon: devices and health events of the CXL bus");
MODULE_AUTHOR("fabmon developers");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_ALIAS("acpi*:ACPI0017:*");
