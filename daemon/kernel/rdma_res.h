/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * How many objects of an RDMA device are in use: queue pairs, memory regions and
 * so on. No file of sysfs has these numbers; the RDMA core's netlink has.
 */
#ifndef FABMON_RDMA_RES_H
#define FABMON_RDMA_RES_H

#include <linux/netlink.h>
#include <stdint.h>

#define RDMA_RES_NAME_SIZE	48	/* of a kind's name, with its NUL */

/**
 * typedef rdma_res_fn - takes one number
 * @name: the core's name of a kind of object, as "qp", "cq" or "mr"; shorter
 *	than RDMA_RES_NAME_SIZE, and borrowed
 * @count: objects of that kind that are in use
 * @ctx: the caller's
 */
typedef void rdma_res_fn(const char *name, uint64_t count, void *ctx);

/**
 * rdma_res_read - count a device's objects
 * @index: the RDMA core's index of the device
 * @name: the device's name, as "mlx5_0"; with another name, the index has
 *	passed to another device, and nothing is counted
 * @fn: is called for each kind, in the core's order; not at all where the
 *	numbers cannot be had
 *
 * Blocks on the kernel, which answers at once; a second at most.
 */
void rdma_res_read(uint32_t index, const char *name, rdma_res_fn *fn,
		   void *ctx);

/**
 * rdma_res_parse - take an answer apart (pure)
 * @hdr: the message, whole
 *
 * Entries that make no sense are left out, and all of a device with another
 * name. See rdma_res_read().
 */
void rdma_res_parse(const struct nlmsghdr *hdr, const char *name,
		    rdma_res_fn *fn, void *ctx);

#endif /* FABMON_RDMA_RES_H */
