/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The RDMA provider: a node for each RDMA device and for each of its ports.
 *
 * main.c	module and workqueue, ib_client and netdev notifiers
 * device.c	the devices known, what is to be read again of them, and when
 * fill.c	reading a device or a port into a node's attributes
 */
#ifndef FABMON_RDMA_H
#define FABMON_RDMA_H

#include <linux/if.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <rdma/ib_verbs.h>

struct fabmon_rdma_dev;
struct sk_buff;
struct workqueue_struct;

/**
 * struct fabmon_rdma_netdev - what a port's node says of its netdev
 * @ifindex: its index, 0 without a netdev
 * @name: its name
 * @mtu: its MTU in bytes
 * @addr: its hardware address
 * @addr_len: length of @addr in bytes
 * @visible: it lives in init_net, the only namespace that sees our nodes
 */
struct fabmon_rdma_netdev {
	int ifindex;
	char name[IFNAMSIZ];
	unsigned int mtu;
	u8 addr[MAX_ADDR_LEN];
	u8 addr_len;
	bool visible;
};

/* main.c: the queue on which all devices are read */
extern struct workqueue_struct *fabmon_rdma_wq;

/* device.c */
struct fabmon_rdma_dev *fabmon_rdma_dev_add(struct ib_device *ibdev);
void fabmon_rdma_dev_remove(struct fabmon_rdma_dev *dev);
void fabmon_rdma_dev_rename(struct fabmon_rdma_dev *dev);
void fabmon_rdma_netdev_changed(int ifindex);
void fabmon_rdma_inetaddr_changed(int ifindex);

/* fill.c */
struct sk_buff *fabmon_rdma_fill_dev(struct ib_device *ibdev,
				     const char *name);
struct sk_buff *fabmon_rdma_fill_port(struct ib_device *ibdev,
				      const char *name, u32 port, u32 parent,
				      const struct fabmon_rdma_netdev *netdev,
				      struct ib_port_attr *attr);

#endif /* FABMON_RDMA_H */
