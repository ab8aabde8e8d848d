// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Which processor package a NUMA node is a part of. Firmware can split packages
 * into several nodes (Sub-NUMA Clustering, Nodes per Socket), so that the
 * numbers of the two need not agree.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "priv.h"
#include "sysfs.h"
#include "util/error.h"

#define MAX_NODES	1024		/* the kernel's (CONFIG_NODES_SHIFT 10) */

static void close_dir(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void close_list(DIR **list)
{
	if (*list)
		closedir(*list);
}

#define auto_dir __attribute__((cleanup(close_dir))) int
#define auto_list __attribute__((cleanup(close_list))) DIR

/* The package of a node's first processor; false: it has none, or is gone. */
static bool node_package(const char *sysfs, unsigned int node,
			 unsigned int *package)
{
	char path[64], text[SYSFS_MAX];
	auto_dir dir = -1;
	auto_dir topology = -1;
	uint64_t value;
	unsigned int cpu;

	snprintf(path, sizeof(path), "devices/system/node/node%u", node);
	dir = sysfs_open(sysfs, path);
	if (sysfs_read(dir, "cpulist", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%u", &cpu) != 1)
		return false;
	snprintf(path, sizeof(path), "devices/system/cpu/cpu%u/topology", cpu);
	topology = sysfs_open(sysfs, path);
	value = sysfs_number(topology, "physical_package_id", UINT32_MAX);
	*package = (unsigned int)value;
	return value < UINT32_MAX;
}

static int add_node(struct model_host *host, const char *sysfs,
		    unsigned int node)
{
	struct model_numa *nodes;
	unsigned int package;

	if (host->n_nodes == MAX_NODES || !node_package(sysfs, node, &package))
		return 0;
	nodes = reallocarray(host->nodes, host->n_nodes + 1, sizeof(*nodes));
	if (!nodes)
		return error_origin(-ENOMEM, "host: NUMA node %u", node);
	host->nodes = nodes;
	nodes[host->n_nodes].node = node;
	nodes[host->n_nodes++].package = package;
	return 0;
}

int host_read_numa(struct model_host *host, const char *sysfs)
{
	const struct dirent *entry;
	auto_list *list = NULL;
	unsigned int node;
	auto_dir dir = -1;
	int ret = 0, fd, len;

	dir = sysfs_open(sysfs, "devices/system/node");
	if (dir < 0)
		return 0;
	fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	list = fdopendir(fd);
	if (!list) {
		close(fd);
		return 0;
	}
	while (!ret && (entry = readdir(list)))
		if (sscanf(entry->d_name, "node%u%n", &node, &len) == 1 &&
		    !entry->d_name[len])
			ret = add_node(host, sysfs, node);
	return ret;
}
