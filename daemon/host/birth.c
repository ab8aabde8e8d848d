// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Which of the kernel's objects a directory of sysfs is: the boot, and the
 * directory's inode number. Within a boot kernfs gives none twice (its ids have a
 * generation), and it stays when our modules are loaded anew, unlike the id of
 * a node.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include "host.h"
#include "priv.h"
#include "sysfs.h"

static bool boot_id(char text[static SD_ID128_STRING_MAX])
{
	sd_id128_t id;

	if (sd_id128_get_boot(&id) < 0)
		return false;
	sd_id128_to_string(id, text);
	return true;
}

char *host_birth(int dir)
{
	char boot[SD_ID128_STRING_MAX], *birth;
	struct stat st;

	if (dir < 0 || fstat(dir, &st) || !boot_id(boot))
		return NULL;
	return asprintf(&birth, "%s/%ju", boot, (uintmax_t)st.st_ino) < 0 ?
	       NULL : birth;
}

bool host_region_there(const char *birth, const char *path, void *sysfs)
{
	char boot[SD_ID128_STRING_MAX], *its;
	bool there;
	int dir;

	if (!boot_id(boot) || strncmp(birth, boot, strlen(boot)))
		return true;
	dir = sysfs_open(sysfs, path);
	its = host_birth(dir);
	there = its && !strcmp(its, birth);
	free(its);
	if (dir >= 0)
		close(dir);
	return there;
}
