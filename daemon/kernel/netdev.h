/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Changes of network devices, from the kernel's route netlink. The module does
 * not report VLANs, bonds and IP over InfiniBand, and of other network devices
 * not all that sysfs has.
 */
#ifndef FABMON_NETDEV_H
#define FABMON_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>
#include <systemd/sd-event.h>

/**
 * struct netdev_change - one network device that came, changed or went
 * @ifindex: its index; 0: some were lost, it can be any
 * @lower: index of what it stands on, 0: none
 * @master: index of the bond or the like that it belongs to, 0: none
 * @infiniband: it is IP over InfiniBand
 */
struct netdev_change {
	uint32_t ifindex, lower, master;
	bool infiniband;
};

struct netdev_watch;

/**
 * netdev_watch_start - call @changed for each change, on the loop
 *
 * Return: 0 or -errno. netdev_watch_stop() takes NULL.
 */
int netdev_watch_start(struct netdev_watch **watch, sd_event *event,
		       void (*changed)(const struct netdev_change *change,
				       void *ctx), void *ctx);
void netdev_watch_stop(struct netdev_watch *watch);

/**
 * netdev_parse - take a message apart (pure)
 * @hdr: the message; @len bytes of it are readable
 *
 * Return: whether it is about a network device.
 */
bool netdev_parse(const struct nlmsghdr *hdr, size_t len,
		  struct netdev_change *change);

#endif /* FABMON_NETDEV_H */
