/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What userspace reads about the host and its devices: SMBIOS, machine-id,
 * processors, and the sysfs files of nodes. Reads only; blocks only on sysfs.
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
 * id, with a warning. Return: 0, -ENOMEM, -ENXIO without any identity.
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

#endif /* FABMON_HOST_H */
