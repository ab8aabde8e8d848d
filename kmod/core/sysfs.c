// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading an attribute of a device from sysfs.
 *
 * Calling an attribute's show() from outside goes past kernfs, which is what
 * keeps the device from going while show() runs; and what a subsystem tells in
 * sysfs alone has a layout of no stable kind behind it. So it is read as any
 * other reader does, through a mount that is nobody else's: what user space
 * mounts where makes no difference.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "core.h"

static struct vfsmount *sysfs_mount;

static void sysfs_mount_fn(struct work_struct *work)
{
	struct file_system_type *type = get_fs_type("sysfs");

	sysfs_mount = type ? kern_mount(type) : ERR_PTR(-ENODEV);
}

/**
 * fabmon_sysfs_init - mount the initial network namespace's sysfs
 *
 * From a kernel thread: a mount shows the namespace of whoever mounts it, and
 * the module may be loaded from any.
 *
 * Return: 0 or -errno.
 */
int fabmon_sysfs_init(void)
{
	struct work_struct work;

	INIT_WORK_ONSTACK(&work, sysfs_mount_fn);
	schedule_work(&work);
	flush_work(&work);
	destroy_work_on_stack(&work);
	return PTR_ERR_OR_ZERO(sysfs_mount);
}

/**
 * fabmon_sysfs_exit - unmount it
 */
void fabmon_sysfs_exit(void)
{
	kern_unmount(sysfs_mount);
}

ssize_t fabmon_sysfs_read(const char *path, const char *name, char *buf,
			  size_t size)
{
	struct path root = { .mnt = sysfs_mount, .dentry = sysfs_mount->mnt_root };
	struct file *file;
	loff_t pos = 0;
	ssize_t len;
	char *full;

	full = kasprintf(GFP_KERNEL, "%s/%s", path + strspn(path, "/"), name);
	if (!full)
		return -ENOMEM;
	file = file_open_root(&root, full, O_RDONLY, 0);
	kfree(full);
	if (IS_ERR(file))
		return PTR_ERR(file);

	len = kernel_read(file, buf, size - 1, &pos);
	fput(file);
	if (len < 0)
		return len;
	if (len && buf[len - 1] == '\n')
		len--;
	buf[len] = '\0';
	return len;
}
EXPORT_SYMBOL_GPL(fabmon_sysfs_read);
