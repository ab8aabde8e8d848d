/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Objects of an RDMA device that are in use, from the RDMA core's netlink: they
 * have no file in sysfs.
 */
#ifndef FABMON_RDMA_RES_H
#define FABMON_RDMA_RES_H

#include <linux/netlink.h>

#include "model/model.h"
#include "redfish/redfish.h"

/**
 * rdma_res_read - count a device's objects
 * @dev: the device
 * @counters: out: by the core's names, "qp", "cq", "mr", ..., sorted; empty
 *	where they cannot be had
 *
 * Blocks on the kernel, which answers at once; a second at most.
 */
void rdma_res_read(const struct model_node *dev, struct rf_counters *counters);

/**
 * rdma_res_parse - take an answer apart (pure)
 * @hdr: the message, which is all there
 * @name: of the device that was asked for
 *
 * Entries that make no sense, and all of another device, are left out.
 */
void rdma_res_parse(const struct nlmsghdr *hdr, const char *name,
		    struct rf_counters *counters);

#endif /* FABMON_RDMA_RES_H */
