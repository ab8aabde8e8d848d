// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading sysfs. Devices come and go while they are read: what is missing is
 * unknown, never an error.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sysfs.h"
#include "util/error.h"

int sysfs_open(const char *root, const char *path)
{
	char full[PATH_MAX];

	/* paths come from the kernel, but over a socket */
	if (strstr(path, "..") ||
	    snprintf(full, sizeof(full), "%s/%s", root, path) >=
	    (int)sizeof(full))
		return -1;
	return open(full, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

int sysfs_read(int dir, const char *name, char *text, size_t size)
{
	__attribute__((cleanup(close_fd))) int fd = -1;
	ssize_t len;

	if (dir < 0)
		return -ENOENT;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	do
		len = read(fd, text, size - 1);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	text[len] = '\0';
	return len;
}

static bool name_is_plain(const char *name)
{
	size_t n = 0;

	while (name[n] > ' ' && name[n] < 0x7f)
		n++;
	return n && n <= SYSFS_NAME_MAX && !name[n] && *name != '.';
}

void sysfs_each(int dir, const char *name,
		void (*fn)(int dir, const char *name, void *ctx), void *ctx)
{
	const struct dirent *entry;
	unsigned int n = 0;
	DIR *list;
	int fd;

	if (dir < 0)
		return;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	list = fdopendir(fd);
	if (!list) {
		close(fd);
		return;
	}
	while (n < SYSFS_LIST_MAX && (entry = readdir(list))) {
		if (!name_is_plain(entry->d_name))
			continue;
		fn(fd, entry->d_name, ctx);
		n++;
	}
	closedir(list);
}

void sysfs_link(int dir, const char *name, char *text, size_t size)
{
	char target[PATH_MAX];
	const char *last;
	ssize_t len;

	*text = '\0';
	if (dir < 0)
		return;
	len = readlinkat(dir, name, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (strlen(last) < size)
		strcpy(text, last);
}

int sysfs_string(int dir, const char *name, char **text)
{
	char buffer[SYSFS_MAX];

	*text = NULL;
	if (sysfs_read(dir, name, buffer, sizeof(buffer)) <= 0)
		return 0;
	*text = strdup(buffer);
	return *text ? 0 : error_origin(-ENOMEM, "sysfs file %s", name);
}

bool sysfs_parse_number(const char *text, int base, uint64_t *value)
{
	char *end;

	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, base);
	return !errno && end > text && (!*end || isspace((unsigned char)*end));
}

/* Base 0 would take the leading zero of a decimal number for octal. */
uint64_t sysfs_number(int dir, const char *name, uint64_t unknown)
{
	char text[64];
	uint64_t value;
	int base;

	if (sysfs_read(dir, name, text, sizeof(text)) <= 0)
		return unknown;
	base = !strncmp(text, "0x", 2) ? 16 : 10;
	return sysfs_parse_number(text, base, &value) ? value : unknown;
}

uint64_t sysfs_hex(int dir, const char *name, uint64_t unknown)
{
	char text[64];
	uint64_t value;

	if (sysfs_read(dir, name, text, sizeof(text)) <= 0 ||
	    !sysfs_parse_number(text, 16, &value))
		return unknown;
	return value;
}

bool sysfs_flag(int dir, const char *name)
{
	return sysfs_number(dir, name, 0) == 1;
}

/* drivers/pci/probe.c, pci_speed_string(); in tenths of GT/s. */
unsigned int sysfs_parse_gen(const char *text)
{
	static const unsigned int speeds[] = { 25, 50, 80, 160, 320, 640 };
	unsigned int whole, tenth, i;

	if (sscanf(text, "%4u.%1u GT/s", &whole, &tenth) != 2)
		return 0;
	for (i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (whole * 10 + tenth == speeds[i])
			return i + 1;
	return 0;
}
