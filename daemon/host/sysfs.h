/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Attributes of sysfs directories. A directory is an O_PATH descriptor; -1,
 * one that could not be opened, has no attributes.
 */
#ifndef FABMON_SYSFS_H
#define FABMON_SYSFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest attribute that is read; the kernel prints at most a page. */
#define SYSFS_MAX	4096
/* Most entries of a directory that are looked at, and their longest name. */
#define SYSFS_LIST_MAX	256
#define SYSFS_NAME_MAX	47

/*
 * Descriptor of the directory root/path; -1 where there is none or where the
 * path leads upwards. close() it.
 */
int sysfs_open(const char *root, const char *path);

/* Length, without trailing white space, or -errno. */
int sysfs_read(int dir, const char *name, char *text, size_t size);
/**
 * sysfs_each - call @fn for each entry of the directory @name of @dir
 *
 * Whatever it is; in no order; at most SYSFS_LIST_MAX, and none whose name is
 * longer than SYSFS_NAME_MAX, begins with a dot or is not printable ASCII.
 */
void sysfs_each(int dir, const char *name,
		void (*fn)(int dir, const char *name, void *ctx), void *ctx);
/* The last part of what a link leads to, or "". */
void sysfs_link(int dir, const char *name, char *text, size_t size);
/* malloc()ed in *text, NULL where missing or empty. 0 or -ENOMEM. */
int sysfs_string(int dir, const char *name, char **text);
/* Decimal, or hexadecimal with 0x; @unknown where missing or no number. */
uint64_t sysfs_number(int dir, const char *name, uint64_t unknown);
/* Hexadecimal with or without 0x. */
uint64_t sysfs_hex(int dir, const char *name, uint64_t unknown);
/* The attribute reads 1. */
bool sysfs_flag(int dir, const char *name);

/* The same on text; pure. */
bool sysfs_parse_number(const char *text, int base, uint64_t *value);
/* PCIe generation of "16.0 GT/s PCIe", 0 if it is none. */
unsigned int sysfs_parse_gen(const char *text);

#endif /* FABMON_SYSFS_H */
