/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the files of the CXL provider share.
 *
 * Lock order: device_lock() of a CXL device, then fabmon_cxl_lock, then
 * fabmon_store.lock of the core and the rwsem of kernfs, which are leaves.
 * The memory hotplug lock, then blocks_lock of memory.c, a leaf as well.
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

struct kernfs_node;

/* "dddddddd:bb:dd.f": the domain of a PCI address is a u32 */
#define FABMON_CXL_PCI_SIZE	24

#define FABMON_CXL_DRIVER_SIZE	64

/* names are "mem0", "decoder12.31", "pmu_mem0.0"; longer ones are cut */
#define FABMON_CXL_NAME_SIZE	24

/**
 * struct fabmon_cxl_edge - what a device leads to
 * @type: what that means
 * @index: number of the downstream port, or position of the target
 * @path: path below /sys of the device it leads to
 */
struct fabmon_cxl_edge {
	enum fabmon_edge_type type;
	u32 index;
	char *path;
};

/**
 * struct fabmon_cxl_edges - a list of edges
 * @count: how many of @edge are in use
 * @size: how many there is room for
 * @edge: the edges
 */
struct fabmon_cxl_edges {
	unsigned int count;
	unsigned int size;
	struct fabmon_cxl_edge *edge;
};

/**
 * struct fabmon_cxl_detail - what a region or a decoder is made of
 * @committed: the region's decoders are committed
 * @ways: how many devices the region interleaves over
 * @start: host physical address of the region
 * @size: length of the region in bytes, 0 if it has no address yet
 * @edges: targets by position, or DAX devices
 */
struct fabmon_cxl_detail {
	bool committed;
	u32 ways;
	u64 start;
	u64 size;
	struct fabmon_cxl_edges edges;
};

/**
 * struct fabmon_cxl_range - memory that is online as system memory
 * @start: host physical address
 * @size: bytes
 * @nid: NUMA node
 */
struct fabmon_cxl_range {
	u64 start;
	u64 size;
	int nid;
};

/**
 * struct fabmon_cxl_dev - a device on the CXL bus that has a node
 * @by_dev: in the table by @dev; readers in probes hold only rcu_read_lock()
 * @by_path: in the table by @path
 * @list: in the list of all, oldest first
 * @dirty: in the list of those to read again, or empty
 * @pass: how often it has been read since it became dirty
 * @due: in jiffies, when to read it next
 * @pending: why and since when it is to be read; without a cause it is read
 *	only to find whether its links are complete
 * @stale: @detail has not been read since @pending was set, or is of a time
 *	before what is to be known now
 * @dev: the device, a key: never followed
 * @parent: its parent if that is on the CXL bus as well, a key like @dev
 * @node: what the core knows, NULL if that could not be had yet
 * @id: id of @node, for readers under RCU
 * @kind: kind of @node
 * @role: what a port is, 0 for all that are none
 * @numa_node: NUMA node or NUMA_NO_NODE
 * @driver: name of the bound driver, or ""
 * @pci: PCI address of the function behind the device, or ""
 * @links: links of a port, as last resolved: uport, parent-dport, dports
 * @detail: what it is made of, as last read, or NULL
 * @name: name of the device, the end of @path
 * @rcu: frees it
 * @path: path below /sys
 *
 * @dev, @name, @path, @kind, @role and, of a memory device, @pci are constant;
 * @id may be read under RCU; the rest is protected by fabmon_cxl_lock.
 */
struct fabmon_cxl_dev {
	struct hlist_node by_dev;
	struct hlist_node by_path;
	struct list_head list;
	struct list_head dirty;
	unsigned int pass;
	unsigned long due;
	struct fabmon_change pending;
	bool stale;
	const void *dev;
	const void *parent;
	struct fabmon_node *node;
	u32 id;
	enum fabmon_node_kind kind;
	enum fabmon_cxl_port_role role;
	int numa_node;
	char driver[FABMON_CXL_DRIVER_SIZE];
	char pci[FABMON_CXL_PCI_SIZE];
	struct fabmon_cxl_edges links;
	struct fabmon_cxl_detail *detail;
	const char *name;
	struct rcu_head rcu;
	char path[];
};

/*
 * Declared by drivers/cxl/cxl.h, which no header package ships. Taken with
 * symbol_request(), not by linking: the namespace it is exported in is spelt
 * differently across versions and need not stay open to outsiders.
 */
extern struct bus_type cxl_bus_type;

extern struct mutex fabmon_cxl_lock;
extern struct list_head fabmon_cxl_devices;
extern struct workqueue_struct *fabmon_cxl_wq;
extern struct fabmon_provider fabmon_cxl_provider;

/* device.c */
int fabmon_cxl_devices_init(struct bus_type *bus);
void fabmon_cxl_devices_exit(void);
void fabmon_cxl_devices_walk(struct bus_type *bus);
int fabmon_cxl_dev_publish(struct fabmon_cxl_dev *cdev,
			   const struct fabmon_change *change);
struct fabmon_cxl_dev *fabmon_cxl_dev_find(const void *dev);
struct fabmon_cxl_dev *fabmon_cxl_dev_find_rcu(const void *dev);
struct fabmon_cxl_dev *fabmon_cxl_dev_find_path(const char *path);
struct fabmon_cxl_dev *fabmon_cxl_dev_find_port(const char *pci);
struct fabmon_cxl_dev *fabmon_cxl_dev_find_region(u64 hpa);

/* refresh.c */
void fabmon_cxl_refresh_init(struct bus_type *bus);
void fabmon_cxl_refresh_exit(void);
void fabmon_cxl_refresh_all(void);
void fabmon_cxl_refresh_now(void);
void fabmon_cxl_touch(struct fabmon_cxl_dev *cdev,
		      const struct fabmon_change *change);
void fabmon_cxl_rescan(void);

/* links.c */
bool fabmon_cxl_links_present(struct bus_type *bus, const struct device *dev);
int fabmon_cxl_links_resolve(struct bus_type *bus, struct fabmon_cxl_dev *cdev);
int fabmon_cxl_links_add_target(struct bus_type *bus,
				struct fabmon_cxl_edges *edges,
				const char *name, u32 position);
int fabmon_cxl_links_add_dport(struct bus_type *bus,
			       struct fabmon_cxl_edges *edges,
			       const char *port, u32 number, u32 position);
int fabmon_cxl_links_add_dax(struct bus_type *bus,
			     struct fabmon_cxl_edges *edges, const char *name);
void fabmon_cxl_edges_free(struct fabmon_cxl_edges *edges);
bool fabmon_cxl_pci_address(const char *name);

/* region.c */
bool fabmon_cxl_detail_init(void);
bool fabmon_cxl_detail_wanted(enum fabmon_node_kind kind);
int fabmon_cxl_detail_read(struct bus_type *bus, enum fabmon_node_kind kind,
			   const char *path,
			   struct fabmon_cxl_detail **result);
void fabmon_cxl_detail_free(struct fabmon_cxl_detail *detail);

/* memory.c */
int fabmon_cxl_memory_init(void);
void fabmon_cxl_memory_exit(void);
void fabmon_cxl_memory_free(void);
bool fabmon_cxl_memory_waiting(void);
void fabmon_cxl_memory_send(void);
bool fabmon_cxl_memory_next(u64 from, u64 end, struct fabmon_cxl_range *range);

/* fill.c */
struct sk_buff *fabmon_cxl_node_fill(const struct fabmon_cxl_dev *cdev);

/* trace.c */
void fabmon_cxl_trace_init(void);
void fabmon_cxl_trace_exit(void);

#endif /* FABMON_CXL_PROVIDER_H */
