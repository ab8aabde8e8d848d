// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Whether a process has a DAX character device open, or mapped. The kernel
 * would take it away all the same, and the process gets SIGBUS.
 *
 * The kernel does not report who has it, so all processes are looked through.
 * Those of others can be seen with CAP_SYS_PTRACE only, and with ProtectProc= of
 * the unit are not even listed; so is process 1. Where some cannot be seen, the
 * use count of the module device_dax tells whether any of its devices is open
 * (chrdev_open() takes a reference): then it is assumed to be this one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "dax.h"

#define REFCNT	"/sys/module/device_dax/refcnt"

/**
 * struct search - for whoever has the device
 * @name: "dax0.0"
 * @pid: found, 0: nobody yet
 * @hidden: there are processes that could not be looked into
 */
struct search {
	dev_t device;
	const char *name;
	int pid;
	bool hidden;
};

static void search_files(struct search *search, int pid)
{
	struct dirent *entry;
	char path[64];
	struct stat st;
	DIR *list;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	list = opendir(path);
	if (!list) {
		search->hidden |= errno == EACCES || errno == EPERM;
		return;
	}
	while ((entry = readdir(list)) && !search->pid) {
		if (fstatat(dirfd(list), entry->d_name, &st, 0))
			search->hidden |= errno == EACCES || errno == EPERM;
		else if (S_ISCHR(st.st_mode) && st.st_rdev == search->device)
			search->pid = pid;
	}
	closedir(list);
}

/* A mapping outlives the descriptor that it was made with. */
static void search_maps(struct search *search, int pid)
{
	char path[64], *line = NULL, *slash;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	if (!file) {
		search->hidden |= errno == EACCES || errno == EPERM;
		return;
	}
	while (!search->pid && getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		slash = strrchr(line, '/');
		if (slash && !strcmp(slash + 1, search->name))
			search->pid = pid;
	}
	free(line);
	fclose(file);
}

static void search_all(struct search *search)
{
	struct dirent *entry;
	DIR *list = opendir("/proc");
	int pid;

	if (!list) {
		search->hidden = true;
		return;
	}
	/* init is always there, and is somebody else's */
	search->hidden = access("/proc/1/fd", R_OK | X_OK);
	while ((entry = readdir(list)) && !search->pid) {
		pid = atoi(entry->d_name);
		if (pid <= 0)
			continue;
		search_files(search, pid);
		if (!search->pid)
			search_maps(search, pid);
	}
	closedir(list);
}

static void process_name(int pid, char *name, size_t size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	snprintf(name, size, "?");
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, (int)size, file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
}

static bool module_is_used(void)
{
	FILE *file = fopen(REFCNT, "re");
	int count = 0;

	if (!file)
		return false;
	if (fscanf(file, "%d", &count) != 1)
		count = 0;
	fclose(file);
	return count > 0;
}

bool dax_is_closed(struct daxctl_dev *dev, struct action_result *result)
{
	struct search search = {
		.device = makedev((unsigned int)daxctl_dev_get_major(dev),
				  (unsigned int)daxctl_dev_get_minor(dev)),
		.name = daxctl_dev_get_devname(dev),
	};
	char name[32];

	if (!daxctl_dev_is_enabled(dev))
		return true;
	search_all(&search);
	if (search.pid) {
		process_name(search.pid, name, sizeof(name));
		action_fail(result, -EBUSY, "process %d (%s) has %s open",
			    search.pid, name, search.name);
		return false;
	}
	if (search.hidden && module_is_used()) {
		action_fail(result, -EBUSY,
			    "a DAX device is open, perhaps %s: without CAP_SYS_PTRACE fabmond cannot see which",
			    search.name);
		return false;
	}
	return true;
}
