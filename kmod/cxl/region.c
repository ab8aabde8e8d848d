// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What regions and decoders are made of: targets, size, address.
 *
 * struct cxl_region and struct cxl_decoder are private to drivers/cxl and
 * differ between versions; the attributes in sysfs are their ABI
 * (Documentation/ABI/testing/sysfs-bus-cxl). They are read as user space would
 * read them, see fabmon_sysfs_read().
 *
 * The kernel has no notification of a write to these attributes. What matters
 * comes with another one: a region's driver is bound after its decoders were
 * committed, and unbound before they are reset, and the reads that follow
 * (refresh.c) see both. A region without a driver is of no use to the kernel.
 * Where its decoders are committed or reset by hand, that is seen for 2.6 s after
 * the region was made or last bound or unbound; later only with the next of
 * these, with its memory going on or off line, or when its node goes.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "provider.h"

/* CXL 3.1, 8.2.4.20.7: no decoder interleaves over more */
#define WAYS_MAX	16

/* "%d,%d,...": numbers of downstream ports */
#define TEXT_SIZE	(WAYS_MAX * sizeof("-2147483648"))

/**
 * fabmon_cxl_detail_init - can attributes be read on this system?
 *
 * Asks for one that every bus has.
 *
 * Context: process, nothing held.
 * Return: true if so.
 */
bool fabmon_cxl_detail_init(void)
{
	char text[4];

	return fabmon_sysfs_read("/bus/cxl", "drivers_autoprobe", text,
				 sizeof(text)) > 0;
}

/**
 * fabmon_cxl_detail_wanted - is there anything to read of such a device?
 * @kind: kind of the device
 *
 * Context: any.
 * Return: true if so.
 */
bool fabmon_cxl_detail_wanted(enum fabmon_node_kind kind)
{
	return kind == FABMON_NODE_KIND_CXL_REGION ||
	       kind == FABMON_NODE_KIND_CXL_DAX_REGION ||
	       kind == FABMON_NODE_KIND_CXL_ROOT_DECODER ||
	       kind == FABMON_NODE_KIND_CXL_SWITCH_DECODER;
}

/**
 * fabmon_cxl_detail_free - free what was read
 * @detail: as fabmon_cxl_detail_read() gave it, or NULL
 */
void fabmon_cxl_detail_free(struct fabmon_cxl_detail *detail)
{
	if (!detail)
		return;
	fabmon_cxl_edges_free(&detail->edges);
	kfree(detail);
}

/* read_number - Return: 0, or -errno */
static int read_number(const char *path, const char *name, u64 *number)
{
	char text[24];
	ssize_t len;

	len = fabmon_sysfs_read(path, name, text, sizeof(text));
	if (len < 0)
		return len;
	return kstrtou64(text, 0, number);
}

static int read_targets(struct bus_type *bus, const char *path,
			struct fabmon_cxl_detail *detail)
{
	char name[sizeof("target15")], text[FABMON_CXL_NAME_SIZE];
	ssize_t len;
	u32 i;
	int ret;

	for (i = 0; i < min_t(u32, detail->ways, WAYS_MAX); i++) {
		snprintf(name, sizeof(name), "target%u", i);
		len = fabmon_sysfs_read(path, name, text, sizeof(text));
		if (len < 0)
			return len;
		/* empty until a decoder is given for the position */
		if (!len)
			continue;
		ret = fabmon_cxl_links_add_target(bus, &detail->edges, text, i);
		if (ret)
			return ret;
	}
	return 0;
}

static int read_region(struct bus_type *bus, const char *path,
		       struct fabmon_cxl_detail *detail)
{
	u64 committed, ways;
	int ret;

	ret = read_number(path, "commit", &committed);
	if (!ret)
		ret = read_number(path, "interleave_ways", &ways);
	if (ret)
		return ret;
	detail->committed = committed;
	detail->ways = ways;

	/* no address, or one of all bits set, until the size is given */
	if (read_number(path, "size", &detail->size) ||
	    read_number(path, "resource", &detail->start) ||
	    detail->start > U64_MAX - detail->size) {
		detail->start = 0;
		detail->size = 0;
	}
	return read_targets(bus, path, detail);
}

/* port_of - name of the device above the one that a path leads to */
static int port_of(const char *path, char *name, size_t size)
{
	const char *end = strrchr(path, '/');
	const char *start = end;

	while (start && start > path && start[-1] != '/')
		start--;
	if (!start || start == end || end - start >= size)
		return -ENOENT;
	strscpy(name, start, end - start + 1);
	return 0;
}

static int read_decoder(struct bus_type *bus, const char *path,
			struct fabmon_cxl_detail *detail)
{
	char *text, *rest, *number;
	char port[FABMON_CXL_NAME_SIZE];
	u32 position;
	ssize_t len;
	int ret, id;

	ret = port_of(path, port, sizeof(port));
	if (ret)
		return ret;
	text = kmalloc(TEXT_SIZE, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	len = fabmon_sysfs_read(path, "target_list", text, TEXT_SIZE);
	ret = min_t(int, len, 0);

	rest = text;
	for (position = 0; !ret && len > 0 && rest; position++) {
		number = strsep(&rest, ",");
		ret = kstrtoint(number, 10, &id);
		if (!ret)
			ret = fabmon_cxl_links_add_dport(bus, &detail->edges,
							 port, id, position);
	}
	kfree(text);
	return ret;
}

/**
 * fabmon_cxl_detail_read - read what a region or a decoder is made of
 * @bus: the CXL bus
 * @kind: one that fabmon_cxl_detail_wanted()
 * @path: its path below /sys
 * @result: takes what was read, to be freed with fabmon_cxl_detail_free()
 *
 * Context: process, nothing held: the CXL core's semaphores are taken.
 * Return: 0, or -errno and nothing in @result: -ENOMEM, or -ENOENT and its
 * like when the device has gone or changed while it was read.
 */
int fabmon_cxl_detail_read(struct bus_type *bus, enum fabmon_node_kind kind,
			   const char *path, struct fabmon_cxl_detail **result)
{
	struct fabmon_cxl_detail *detail;
	int ret;

	detail = kzalloc(sizeof(*detail), GFP_KERNEL);
	if (!detail)
		return -ENOMEM;
	switch (kind) {
	case FABMON_NODE_KIND_CXL_REGION:
		ret = read_region(bus, path, detail);
		break;
	case FABMON_NODE_KIND_CXL_DAX_REGION:
		ret = fabmon_cxl_links_add_dax(bus, &detail->edges,
					       kbasename(path));
		break;
	default:
		ret = read_decoder(bus, path, detail);
		break;
	}
	if (ret) {
		fabmon_cxl_detail_free(detail);
		return ret;
	}
	*result = detail;
	return 0;
}
