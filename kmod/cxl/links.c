// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The links in sysfs that say what a CXL port stands for and leads to.
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

/* longest path that is kept; it and struct fabmon_cxl_edges bound a node */
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
 * fabmon_cxl_edges_free - free a set of links
 * @edges: the set, or NULL
 */
void fabmon_cxl_edges_free(struct fabmon_cxl_edges *edges)
{
	unsigned int i;

	if (!edges)
		return;
	for (i = 0; i < edges->count; i++)
		kfree(edges->edge[i].path);
	kfree(edges);
}

/**
 * link_add - read one link of a port
 * @edges: where to add it
 * @port: directory of the port
 * @name: name of the link
 * @type: what it means
 * @index: its number, if it has one
 *
 * Return: 0 if it was added or there is no such link (or no room), -ENOMEM.
 */
static int link_add(struct fabmon_cxl_edges *edges, struct kernfs_node *port,
		    const char *name, enum fabmon_edge_type type, u32 index)
{
	struct fabmon_cxl_edge *edge = &edges->edge[edges->count];
	struct kernfs_node *link;
	int len = -ENOENT;
	char *path;

	if (edges->count == FABMON_CXL_EDGES_MAX)
		return 0;
	link = kernfs_find_and_get(port, name);
	if (!link)
		return 0;

	path = kmalloc(PATH_SIZE, GFP_KERNEL);
	if (path && kernfs_type(link) == KERNFS_LINK)
		len = kernfs_path(link->symlink.target_kn, path, PATH_SIZE);
	kernfs_put(link);
	if (!path)
		return -ENOMEM;

	edge->path = NULL;
	if (len > 0 && len < PATH_SIZE) {
		edge->type = type;
		edge->index = index;
		edge->path = kstrdup(path, GFP_KERNEL);
		if (edge->path)
			edges->count++;
		else
			len = -ENOMEM;
	}
	kfree(path);
	return len == -ENOMEM ? len : 0;
}

static int dport_add(struct fabmon_cxl_edges *edges, struct kernfs_node *port,
		     u32 index)
{
	char name[sizeof("dport-2147483648")];

	/* the format of drivers/cxl/core/port.c */
	snprintf(name, sizeof(name), "dport%d", index);
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

	if (!cdev->edges->count)
		return;
	uport = &cdev->edges->edge[0];
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
 * no notifier tells of them, the caller tries until they can be expected.
 *
 * Context: process, fabmon_cxl_lock held; takes the rwsem of kernfs.
 * Return: 0, also if the device is no longer in sysfs and nothing changed, or
 * -ENOMEM.
 */
int fabmon_cxl_links_resolve(struct bus_type *bus, struct fabmon_cxl_dev *cdev)
{
	struct fabmon_cxl_edges *edges;
	struct kernfs_node *port;
	int ret;

	lockdep_assert_held(&fabmon_cxl_lock);

	port = node_of(bus, cdev->name);
	if (!port)
		return 0;
	edges = kzalloc(sizeof(*edges), GFP_KERNEL);
	if (!edges) {
		ret = -ENOMEM;
		goto out_put;
	}
	ret = link_add(edges, port, "uport", FABMON_EDGE_TYPE_UPORT, 0);
	if (!ret)
		ret = link_add(edges, port, "parent_dport",
			       FABMON_EDGE_TYPE_PARENT_DPORT, 0);
	if (!ret && cdev->kind != FABMON_NODE_KIND_CXL_ENDPOINT)
		ret = dports_add(edges, port, cdev->kind);
	if (ret) {
		fabmon_cxl_edges_free(edges);
		goto out_put;
	}
	swap(cdev->edges, edges);
	fabmon_cxl_edges_free(edges);
	pci_behind(cdev);
out_put:
	kernfs_put(port);
	return ret;
}
