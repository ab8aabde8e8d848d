// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Some facts are in no file: the VLAN of a network device, and how many objects
 * of an RDMA device are in use. fabmond asks the running kernel for them. Here
 * the golden host's files answer instead, so that the result does not depend on
 * the machine. The linker has these calls go to the __wrap_ functions (see the
 * Makefile).
 */
#include <errno.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "golden.h"
#include "kernel/rdma_res.h"
#include "host/sysfs.h"

int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
void __real_rdma_res_read(uint32_t index, const char *name, rdma_res_fn *fn,
			  void *ctx);
void __wrap_rdma_res_read(uint32_t index, const char *name, rdma_res_fn *fn,
			  void *ctx);

/* Of a golden host; "": this machine is being recorded. */
static char root[64];

void golden_kernel_root(const char *dir)
{
	snprintf(root, sizeof(root), "%s", dir);
}

/* "vlan7  VID: 7	 REORDER_HDR: 1  dev->priv_flags: 1001" */
static int vlan_read(struct vlan_ioctl_args *args)
{
	char path[128];
	FILE *file;
	int vid, n;

	snprintf(path, sizeof(path), "%s/proc/net/vlan/%s", root,
		 args->device1);
	file = fopen(path, "re");
	n = file ? fscanf(file, "%*s VID: %d", &vid) : 0;
	if (file)
		fclose(file);
	if (n != 1) {
		errno = ENODEV;
		return -1;
	}
	args->u.VID = vid;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	return request == SIOCGIFVLAN ? vlan_read(arg) :
	       __real_ioctl(fd, request, arg);
}

struct objects {
	rdma_res_fn *fn;
	void *ctx;
};

static void object_read(int dir, const char *name, void *ctx)
{
	const struct objects *objects = ctx;

	objects->fn(name, sysfs_number(dir, name, 0), objects->ctx);
}

void __wrap_rdma_res_read(uint32_t index, const char *name, rdma_res_fn *fn,
			  void *ctx)
{
	struct objects objects = { fn, ctx };
	int dir;

	if (!*root) {
		__real_rdma_res_read(index, name, fn, ctx);
		return;
	}
	dir = sysfs_open(root, "rdma");
	sysfs_each(dir, name, object_read, &objects);
	if (dir >= 0)
		close(dir);
}
