/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the files of the CXL provider share.
 *
 * Lock order: device_lock() of a CXL device, then fabmon_cxl_lock, then
 * fabmon_lock of the core and the rwsem of kernfs, which are leaves.
 */
#ifndef FABMON_CXL_PROVIDER_H
#define FABMON_CXL_PROVIDER_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "core/fabmon_core.h"

/* "dddddddd:bb:dd.f": the domain of a PCI address is a u32 */
#define FABMON_CXL_PCI_SIZE	24

#define FABMON_CXL_DRIVER_SIZE	64

/* names are "mem0", "decoder12.31", "pmu_mem0.0"; longer ones are cut */
#define FABMON_CXL_NAME_SIZE	24

/* Edges of one node: what fits in FABMON_ATTRS_SIZE with paths of 100 bytes */
#define FABMON_CXL_EDGES_MAX	48

/**
 * struct fabmon_cxl_edge - a link in sysfs of a CXL port
 * @type: uport, dport or parent-dport
 * @index: number of the downstream port, for FABMON_EDGE_TYPE_DPORT
 * @path: path below /sys of the device it leads to
 */
struct fabmon_cxl_edge {
	enum fabmon_edge_type type;
	u32 index;
	char *path;
};

/**
 * struct fabmon_cxl_edges - the links of a CXL port, as last resolved
 * @count: how many of @edge are in use
 * @edge: uport first, then parent-dport, then dports by number
 */
struct fabmon_cxl_edges {
	unsigned int count;
	struct fabmon_cxl_edge edge[FABMON_CXL_EDGES_MAX];
};

/**
 * struct fabmon_cxl_dev - a device on the CXL bus that has a node
 * @by_dev: in the table by @dev; readers in probes hold only rcu_read_lock()
 * @by_path: in the table by @path
 * @list: in the list of all, oldest first
 * @dirty: in the list of those to look at again, or empty
 * @pass: how often it has been looked at since it became dirty
 * @due: in jiffies, when to look at it next
 * @dev: the device, a key: never followed
 * @parent: its parent if that is on the CXL bus as well, a key like @dev
 * @node: what the core knows, NULL if that could not be had yet
 * @id: id of @node, for readers under RCU
 * @kind: kind of @node
 * @numa_node: NUMA node or NUMA_NO_NODE
 * @driver: name of the bound driver, or ""
 * @pci: PCI address of the function behind the device, or ""
 * @edges: its links, or NULL
 * @name: name of the device, the end of @path
 * @rcu: frees it
 * @path: path below /sys
 *
 * @dev, @name, @path and @kind are constant; @id may be read under RCU; the
 * rest is protected by fabmon_cxl_lock.
 */
struct fabmon_cxl_dev {
	struct hlist_node by_dev;
	struct hlist_node by_path;
	struct list_head list;
	struct list_head dirty;
	unsigned int pass;
	unsigned long due;
	const void *dev;
	const void *parent;
	struct fabmon_node *node;
	u32 id;
	enum fabmon_node_kind kind;
	int numa_node;
	char driver[FABMON_CXL_DRIVER_SIZE];
	char pci[FABMON_CXL_PCI_SIZE];
	struct fabmon_cxl_edges *edges;
	const char *name;
	struct rcu_head rcu;
	char path[];
};

extern struct mutex fabmon_cxl_lock;
extern struct workqueue_struct *fabmon_cxl_wq;

/* device.c */
int fabmon_cxl_devices_init(struct bus_type *bus);
void fabmon_cxl_devices_exit(void);
struct fabmon_cxl_dev *fabmon_cxl_dev_find(const void *dev);
struct fabmon_cxl_dev *fabmon_cxl_dev_find_rcu(const void *dev);
struct fabmon_cxl_dev *fabmon_cxl_dev_find_path(const char *path);

/* links.c */
bool fabmon_cxl_links_present(struct bus_type *bus, const struct device *dev);
int fabmon_cxl_links_resolve(struct bus_type *bus, struct fabmon_cxl_dev *cdev);
void fabmon_cxl_edges_free(struct fabmon_cxl_edges *edges);
bool fabmon_cxl_pci_address(const char *name);

/* fill.c */
struct sk_buff *fabmon_cxl_node_fill(const struct fabmon_cxl_dev *cdev);

/* trace.c; without the record layouts (Linux 6.1) there is nothing to trace */
#ifdef FABMON_HAVE_CXL_EVENTS
void fabmon_cxl_trace_init(void);
void fabmon_cxl_trace_exit(void);
#else
static inline void fabmon_cxl_trace_init(void)
{
}

static inline void fabmon_cxl_trace_exit(void)
{
}
#endif

#endif /* FABMON_CXL_PROVIDER_H */
