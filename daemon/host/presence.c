// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What is there, whether or not a module of fabmon reports it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "sysfs.h"

static bool opens(int dir)
{
	if (dir < 0)
		return false;
	close(dir);
	return true;
}

bool host_node_present(const struct model_node *node, const char *sysfs)
{
	if (node->k.kind == FABMON_NODE_KIND_RDMA_PORT)
		return !node->parent || host_node_present(node->parent, sysfs);
	if (!node->k.path && node->k.kind != FABMON_NODE_KIND_RDMA_DEV)
		return true;
	errno = 0;
	if (opens(host_node_open(node, sysfs)) || errno != ENOENT)
		return true;
	/* unless nothing at all can be seen */
	return !opens(sysfs_open(sysfs, "devices"));
}

static void note(int dir, const char *name, void *ctx)
{
	*(bool *)ctx = true;
}

bool host_has_hardware(const char *sysfs, enum model_provider provider)
{
	int dir = sysfs_open(sysfs, provider == MODEL_RDMA ?
			     "class/infiniband" : "bus/cxl/devices");
	bool any = false;

	if (dir < 0)
		return false;
	sysfs_each(dir, ".", note, &any);
	close(dir);
	return any;
}

bool host_module_ready(const char *sysfs, const char *name)
{
	char path[64], state[16];
	bool ready;
	int dir;

	snprintf(path, sizeof(path), "module/%s", name);
	dir = sysfs_open(sysfs, path);
	if (dir < 0)
		return true;
	ready = sysfs_read(dir, "initstate", state, sizeof(state)) < 0 ||
		!strcmp(state, "live");
	close(dir);
	return ready;
}
