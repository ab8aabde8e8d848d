// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * fabmon_cxl: publishes the devices of the CXL bus and their events.
 * Only the module's parts are started and stopped here.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>

#include "provider.h"
#include "version.h"

struct workqueue_struct *fabmon_cxl_wq;

/* all that this module may bring */
#define FABMON_CXL_CAPABILITIES						\
	(FABMON_CAPABILITY_CXL | FABMON_CAPABILITY_EVENT_GENERAL_MEDIA |	\
	 FABMON_CAPABILITY_EVENT_DRAM |	FABMON_CAPABILITY_EVENT_MEMORY_MODULE |	\
	 FABMON_CAPABILITY_EVENT_POISON |					\
	 FABMON_CAPABILITY_EVENT_MEMORY_SPARING |				\
	 FABMON_CAPABILITY_EVENT_GENERIC | FABMON_CAPABILITY_EVENT_OVERFLOW |	\
	 FABMON_CAPABILITY_EVENT_AER | FABMON_CAPABILITY_EVENT_PORT_AER |	\
	 FABMON_CAPABILITY_MEMORY | FABMON_CAPABILITY_REGION_DETAIL)

/* without .netns: CXL belongs to the host, the initial namespace sees it */
struct fabmon_provider fabmon_cxl_provider = {
	.name = "cxl",
	.version = FABMON_VERSION,
};

static void fabmon_cxl_detail_start(void)
{
	if (fabmon_cxl_detail_init())
		fabmon_capability_set(FABMON_CAPABILITY_REGION_DETAIL);
	else
		fabmon_capability_clear(FABMON_CAPABILITY_REGION_DETAIL,
					"sysfs cannot be read on this system");
}

static void fabmon_cxl_memory_start(void)
{
	int ret = fabmon_cxl_memory_init();

	if (!ret)
		fabmon_capability_set(FABMON_CAPABILITY_MEMORY);
	else
		fabmon_capability_clear(FABMON_CAPABILITY_MEMORY,
					ret == -EOPNOTSUPP ?
					"the kernel lacks CONFIG_MEMORY_HOTPLUG" :
					"the memory notifier cannot be registered");
}

static int __init fabmon_cxl_init(void)
{
	struct bus_type *bus;
	int ret;

	bus = symbol_request(cxl_bus_type);
	if (!bus) {
		pr_info("CXL bus: this kernel has none (CONFIG_CXL_BUS), the module is not loaded\n");
		return -ENODEV;
	}

	fabmon_cxl_wq = alloc_workqueue("fabmon_cxl", WQ_UNBOUND, 0);
	if (!fabmon_cxl_wq) {
		pr_err("workqueue: no memory for it, the module is not loaded\n");
		ret = -ENOMEM;
		goto err_put;
	}

	fabmon_provider_register(&fabmon_cxl_provider, FABMON_CAPABILITY_CXL);
	fabmon_cxl_detail_start();
	fabmon_cxl_refresh_init(bus);
	ret = fabmon_cxl_devices_init(bus);
	if (ret) {
		pr_err("CXL bus: cannot be followed, the module is not loaded: %pe\n",
		       ERR_PTR(ret));
		goto err_provider;
	}
	fabmon_cxl_memory_start();
	fabmon_cxl_refresh_all();
	fabmon_cxl_trace_init();

	return 0;

err_provider:
	fabmon_provider_unregister(&fabmon_cxl_provider,
				   FABMON_CXL_CAPABILITIES);
	destroy_workqueue(fabmon_cxl_wq);
err_put:
	symbol_put(cxl_bus_type);
	return ret;
}

static void __exit fabmon_cxl_exit(void)
{
	fabmon_cxl_trace_exit();
	fabmon_cxl_memory_exit();
	fabmon_provider_leave(&fabmon_cxl_provider);
	fabmon_cxl_devices_exit();
	fabmon_cxl_memory_free();
	fabmon_provider_unregister(&fabmon_cxl_provider,
				   FABMON_CXL_CAPABILITIES);
	destroy_workqueue(fabmon_cxl_wq);
	symbol_put(cxl_bus_type);
}

module_init(fabmon_cxl_init);
module_exit(fabmon_cxl_exit);

MODULE_DESCRIPTION("fabmon: devices and events of the CXL bus");
MODULE_AUTHOR("fabmon developers");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_ALIAS("acpi*:ACPI0017:*");
