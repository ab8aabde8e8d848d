// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading an attribute of a device from sysfs.
 *
 * Some facts of a device are in sysfs only: the structures behind them are
 * private to their subsystem. Calling an attribute's show() directly would go
 * past kernfs, which keeps the device in place while show() runs. So the file
 * is read like any reader would, through a mount of our own, which does not
 * depend on what user space has mounted where.
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
 * From a kernel thread, which is in the initial namespace: a mount shows the
 * namespace of the task that mounts it, and the module may be loaded from any.
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
 * fabmon_sysfs_exit - unmount sysfs
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
