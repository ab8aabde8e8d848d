/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The host: facts from files.
 *
 * The kernel's modules report what no file has; all else is read here: who the
 * host is (SMBIOS, machine id), its processors and memory (procfs), and for each
 * node what sysfs has of the device, its PCI functions and its network devices.
 * Files below a root that the caller names come in; members of model_host and
 * model_node are filled in. It owns nothing but the list of nodes whose facts are
 * out of date (facts.h). Devices go while they are read: a file that is missing
 * or makes no sense is a fact that is unknown, never an error. It writes to no
 * file, and blocks on nothing but sysfs.
 */
#ifndef FABMON_HOST_H
#define FABMON_HOST_H

#include "model/model.h"

/**
 * host_read - fill in the host's facts
 * @host: of the model, empty
 * @sysfs: root of sysfs, normally "/sys"
 * @id: configured host id, or NULL: "<uuid>"
 *
 * The UUID is SMBIOS's, in the byte order the kernel prints; where that is
 * absent, unreadable or a filler (all 0, all f), one derived from the machine
 * id, with a warning. Return: 0, -ENOMEM, -ENXIO without any identity; there is
 * a text (util/error.h).
 */
int host_read(struct model_host *host, const char *sysfs, const char *id);

/**
 * host_read_node - read the sysfs facts of one node into it
 *
 * Also the PCI functions that the node and its edges name. Files that are
 * missing leave "unknown". Return: 0 or -ENOMEM.
 */
int host_read_node(struct model *model, struct model_node *node,
		   const char *sysfs);

/**
 * host_node_open - the sysfs directory of a node
 *
 * Return: descriptor, to be closed; -1 where it has none.
 */
int host_node_open(const struct model_node *node, const char *sysfs);

/*
 * Whether the region with this birth is still at @path, for
 * model_regions_end(). One of another boot may come back. @sysfs: root of sysfs
 */
bool host_region_there(const char *birth, const char *path, void *sysfs);

/**
 * host_node_present - whether sysfs still has the device of a node
 *
 * An RDMA port is there as long as its device is. Return: false only where sysfs
 * says so: what cannot be looked up is taken to be there.
 */
bool host_node_present(const struct model_node *node, const char *sysfs);

/**
 * host_has_hardware - whether the host has what a provider reports
 *
 * From sysfs: RDMA devices, or devices of the CXL bus.
 */
bool host_has_hardware(const char *sysfs, enum model_provider provider);

/**
 * host_module_ready - whether a module's initialization has ended
 * @name: of the module
 *
 * Return: false while it runs. What is built in, or is not known, is ready.
 */
bool host_module_ready(const char *sysfs, const char *name);

#endif /* FABMON_HOST_H */
