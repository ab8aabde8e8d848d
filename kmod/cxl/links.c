// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The edges of CXL nodes, from links in sysfs: those of a port to the device it
 * stands for and to its downstream ports, and those of regions and decoders to
 * what they interleave over.
 *
 * struct cxl_port is private to drivers/cxl and differs between versions; the
 * links uport, parent_dport and dportN are its ABI
 * (Documentation/ABI/testing/sysfs-bus-cxl). They are read from the kernfs
 * nodes behind them. Each of these is referenced while it is used and none
 * leads to a device, so a device may go away at any moment.
 */
#include <linux/acpi.h>
#include <linux/kernfs.h>
#include <linux/kobject.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "provider.h"

/*
 * PCI port numbers have 8 bits (PCIe 6.0, 7.5.3.6, Link Capabilities). Only
 * the ports of a root are numbered otherwise, by the _UID of the host bridge.
 */
#define DPORT_PCI_COUNT	256

/* names that are tried for the DAX devices of one region */
#define DAX_COUNT	64

/* longest path that is kept */
#define PATH_SIZE	512

/**
 * fabmon_cxl_pci_address - is this name of a device a PCI address?
 * @name: name of a device
 *
 * Context: any.
 * Return: true if so.
 */
bool fabmon_cxl_pci_address(const char *name)
{
	unsigned int domain, bus, slot, function;
	int end = 0;

	return strlen(name) < FABMON_CXL_PCI_SIZE &&
	       sscanf(name, "%8x:%2x:%2x.%1x%n", &domain, &bus, &slot,
		      &function, &end) == 4 && !name[end];
}

/* node_of - the directory of a device on the bus, referenced, or NULL */
static struct kernfs_node *node_of(struct bus_type *bus, const char *name)
{
	struct kernfs_node *devices, *link, *target = NULL;
	struct kset *kset = bus_get_kset(bus);

	if (!kset)
		return NULL;
	devices = kernfs_find_and_get(kset->kobj.sd, "devices");
	if (!devices)
		return NULL;
	link = kernfs_find_and_get(devices, name);
	kernfs_put(devices);
	if (!link)
		return NULL;
	if (kernfs_type(link) == KERNFS_LINK) {
		/* the link holds a reference on it for as long as it lives */
		target = link->symlink.target_kn;
		kernfs_get(target);
	}
	kernfs_put(link);
	return target;
}

/**
 * fabmon_cxl_links_present - does the bus still list a device?
 * @bus: the CXL bus
 * @dev: the device
 *
 * device_del() takes the device off the bus, and this link with it, before it
 * sends BUS_NOTIFY_REMOVED_DEVICE; device_is_registered() turns false only
 * after that (drivers/base/core.c). So a caller that holds a lock which the
 * notifier takes, and finds the link, knows that the notifier has yet to see
 * the removal, and that until then the parent of @dev stays.
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: true if the notifier has yet to see the removal of @dev.
 */
bool fabmon_cxl_links_present(struct bus_type *bus, const struct device *dev)
{
	struct kernfs_node *kn;
	bool present;

	lockdep_assert_held(&fabmon_cxl_lock);

	kn = node_of(bus, dev_name(dev));
	present = kn && kn == READ_ONCE(dev->kobj.sd);
	kernfs_put(kn);
	return present;
}

/**
 * fabmon_cxl_edges_free - empty a list of edges
 * @edges: the list
 */
void fabmon_cxl_edges_free(struct fabmon_cxl_edges *edges)
{
	unsigned int i;

	for (i = 0; i < edges->count; i++)
		kfree(edges->edge[i].path);
	kfree(edges->edge);
	memset(edges, 0, sizeof(*edges));
}

/* edges_grow - have room for one more */
static int edges_grow(struct fabmon_cxl_edges *edges)
{
	unsigned int size = max(4U, 2 * edges->size);
	struct fabmon_cxl_edge *edge;

	if (edges->count < edges->size)
		return 0;
	edge = krealloc(edges->edge, array_size(size, sizeof(*edge)),
			GFP_KERNEL);
	if (!edge)
		return -ENOMEM;
	edges->edge = edge;
	edges->size = size;
	return 0;
}

/**
 * edge_add - add an edge to a device
 * @edges: where to add it
 * @kn: directory of the device
 * @type: what the edge means
 * @index: its number, if it has one
 *
 * Return: 0 if it was added, or left out since its path is too long; -ENOMEM.
 */
static int edge_add(struct fabmon_cxl_edges *edges, struct kernfs_node *kn,
		    enum fabmon_edge_type type, u32 index)
{
	struct fabmon_cxl_edge *edge;
	int len, ret = -ENOMEM;
	char *path;

	path = kmalloc(PATH_SIZE, GFP_KERNEL);
	if (!path || edges_grow(edges))
		goto out_free;
	ret = 0;
	len = kernfs_path(kn, path, PATH_SIZE);
	if (len <= 0 || len >= PATH_SIZE)
		goto out_free;

	edge = &edges->edge[edges->count];
	edge->type = type;
	edge->index = index;
	edge->path = kstrdup(path, GFP_KERNEL);
	if (edge->path)
		edges->count++;
	else
		ret = -ENOMEM;
out_free:
	kfree(path);
	return ret;
}

/**
 * link_add - read one link of a port
 * @edges: where to add it
 * @port: directory of the port
 * @name: name of the link
 * @type: what it means
 * @index: its number, if it has one
 *
 * Return: 0 if it was added or there is no such link, -ENOMEM.
 */
static int link_add(struct fabmon_cxl_edges *edges, struct kernfs_node *port,
		    const char *name, enum fabmon_edge_type type, u32 index)
{
	struct kernfs_node *link;
	int ret = 0;

	link = kernfs_find_and_get(port, name);
	if (!link)
		return 0;
	if (kernfs_type(link) == KERNFS_LINK)
		ret = edge_add(edges, link->symlink.target_kn, type, index);
	kernfs_put(link);
	return ret;
}

/* dport_name - the name of a link, in the format of drivers/cxl/core/port.c */
#define DPORT_NAME_SIZE		sizeof("dport-2147483648")

static void dport_name(char *name, u32 number)
{
	snprintf(name, DPORT_NAME_SIZE, "dport%d", number);
}

/**
 * fabmon_cxl_links_add_target - add what a region interleaves over
 * @bus: the CXL bus
 * @edges: where to add it
 * @name: name of the device on the bus
 * @position: its position
 *
 * Context: process; takes the rwsem of kernfs.
 * Return: 0 if it was added or there is no such device, -ENOMEM.
 */
int fabmon_cxl_links_add_target(struct bus_type *bus,
				struct fabmon_cxl_edges *edges,
				const char *name, u32 position)
{
	struct kernfs_node *kn = node_of(bus, name);
	int ret;

	if (!kn)
		return 0;
	ret = edge_add(edges, kn, FABMON_EDGE_TYPE_TARGET, position);
	kernfs_put(kn);
	return ret;
}

/**
 * fabmon_cxl_links_add_dport - add what a decoder interleaves over
 * @bus: the CXL bus
 * @edges: where to add it
 * @port: name of the port that the decoder belongs to
 * @number: number of the downstream port
 * @position: its position
 *
 * Context: process; takes the rwsem of kernfs.
 * Return: 0 if it was added or there is no such port, -ENOMEM.
 */
int fabmon_cxl_links_add_dport(struct bus_type *bus,
			       struct fabmon_cxl_edges *edges,
			       const char *port, u32 number, u32 position)
{
	struct kernfs_node *kn = node_of(bus, port);
	char name[DPORT_NAME_SIZE];
	int ret;

	if (!kn)
		return 0;
	dport_name(name, number);
	ret = link_add(edges, kn, name, FABMON_EDGE_TYPE_TARGET, position);
	kernfs_put(kn);
	return ret;
}

/**
 * fabmon_cxl_links_add_dax - add the DAX devices of a region
 * @bus: the CXL bus
 * @edges: where to add them
 * @name: name of the region for device-dax, "dax_region0"
 *
 * They are named after it, dax0.0 and so on (drivers/dax/bus.c).
 *
 * Context: process; takes the rwsem of kernfs.
 * Return: 0, or -ENOMEM.
 */
int fabmon_cxl_links_add_dax(struct bus_type *bus,
			     struct fabmon_cxl_edges *edges, const char *name)
{
	struct kernfs_node *region, *dax;
	char dax_name[sizeof("dax4294967295.64")];
	unsigned int id, i;
	int ret = 0;

	if (sscanf(name, "dax_region%u", &id) != 1)
		return 0;
	region = node_of(bus, name);
	if (!region)
		return 0;
	for (i = 0; i < DAX_COUNT && !ret; i++) {
		snprintf(dax_name, sizeof(dax_name), "dax%u.%u", id, i);
		dax = kernfs_find_and_get(region, dax_name);
		if (!dax)
			continue;
		ret = edge_add(edges, dax, FABMON_EDGE_TYPE_DAX, 0);
		kernfs_put(dax);
	}
	kernfs_put(region);
	return ret;
}

static int dport_add(struct fabmon_cxl_edges *edges, struct kernfs_node *port,
		     u32 index)
{
	char name[DPORT_NAME_SIZE];

	dport_name(name, index);
	return link_add(edges, port, name, FABMON_EDGE_TYPE_DPORT, index);
}

/* dports_add - kernfs directories cannot be listed from here: try each name */
static int dports_add(struct fabmon_cxl_edges *edges, struct kernfs_node *port,
		      enum fabmon_node_kind kind)
{
	struct acpi_device *adev;
	u64 uid;
	u32 i;
	int ret;

	for (i = 0; i < DPORT_PCI_COUNT; i++) {
		ret = dport_add(edges, port, i);
		if (ret)
			return ret;
	}
	if (kind != FABMON_NODE_KIND_CXL_ROOT)
		return 0;

	ret = 0;
	for_each_acpi_dev_match(adev, "ACPI0016", NULL, -1) {
		if (!ret && !acpi_dev_uid_to_integer(adev, &uid) &&
		    uid >= DPORT_PCI_COUNT && uid <= U32_MAX)
			ret = dport_add(edges, port, uid);
	}
	return ret;
}

/**
 * pci_behind - the PCI function that a port stands for
 * @cdev: the port, whose links are resolved
 *
 * That is the upstream port of a switch, or, for an endpoint, the function
 * that the memory device belongs to: the last or the last but one component
 * of the path that uport leads to.
 */
static void pci_behind(struct fabmon_cxl_dev *cdev)
{
	struct fabmon_cxl_edge *uport;
	char *path, *last;

	if (!cdev->links.count)
		return;
	uport = &cdev->links.edge[0];
	if (uport->type != FABMON_EDGE_TYPE_UPORT)
		return;

	path = kstrdup(uport->path, GFP_KERNEL);
	if (!path)
		return;
	last = strrchr(path, '/');
	if (last && cdev->kind == FABMON_NODE_KIND_CXL_ENDPOINT) {
		*last = '\0';
		last = strrchr(path, '/');
	}
	if (last && fabmon_cxl_pci_address(last + 1))
		strscpy(cdev->pci, last + 1, sizeof(cdev->pci));
	kfree(path);
}

/**
 * fabmon_cxl_links_resolve - read the links of a port again
 * @bus: the CXL bus
 * @cdev: the port
 *
 * The links are made after device_add() has bound the driver, and those of
 * downstream ports whenever the driver finds one (drivers/cxl/core/port.c):
 * no notifier reports them, so the caller tries until they can be expected.
 *
 * Context: process, fabmon_cxl_lock held; takes the rwsem of kernfs.
 * Return: 0, also if the device is no longer in sysfs and nothing changed, or
 * -ENOMEM.
 */
int fabmon_cxl_links_resolve(struct bus_type *bus, struct fabmon_cxl_dev *cdev)
{
	struct fabmon_cxl_edges edges = {};
	struct kernfs_node *port;
	int ret;

	lockdep_assert_held(&fabmon_cxl_lock);

	port = node_of(bus, cdev->name);
	if (!port)
		return 0;
	ret = link_add(&edges, port, "uport", FABMON_EDGE_TYPE_UPORT, 0);
	if (!ret)
		ret = link_add(&edges, port, "parent_dport",
			       FABMON_EDGE_TYPE_PARENT_DPORT, 0);
	if (!ret && cdev->kind != FABMON_NODE_KIND_CXL_ENDPOINT)
		ret = dports_add(&edges, port, cdev->kind);
	if (!ret) {
		swap(cdev->links, edges);
		pci_behind(cdev);
	}
	fabmon_cxl_edges_free(&edges);
	kernfs_put(port);
	return ret;
}
