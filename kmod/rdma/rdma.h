/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The RDMA provider: a node for each RDMA device and for each of its ports.
 *
 * main.c	module, its parameter and workqueue, ib_client and notifiers
 * device.c	the devices known, and what is to be read again of them
 * read.c	reading what is marked, and publishing the result
 * table.c	GID and P_Key tables, and how two readings of them differ
 * fill.c	what was read, as the attributes of a node
 */
#ifndef FABMON_RDMA_H
#define FABMON_RDMA_H

#include <linux/if.h>
#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <rdma/ib_verbs.h>

#include "core/fabmon_core.h"

/**
 * struct fabmon_rdma_gid - an entry of a port's GID table
 * @index: its index
 * @type: enum fabmon_gid_type
 * @ifindex: of its netdev, 0 without one or with one of another namespace than
 *	the device's
 * @value: the GID
 */
struct fabmon_rdma_gid {
	u32 index;
	u32 type;
	u32 ifindex;
	u8 value[sizeof(union ib_gid)];
};

/**
 * struct fabmon_rdma_pkey - an entry of a port's P_Key table
 * @index: its index
 * @value: the P_Key
 */
struct fabmon_rdma_pkey {
	u32 index;
	u32 value;
};

/**
 * struct fabmon_rdma_table - the entries in use of a table, as they were read
 * @entries: of one of the types above, without padding, by index
 * @count: how many
 * @room: for how many there is memory
 */
struct fabmon_rdma_table {
	void *entries;
	u32 count;
	u32 room;
};

/**
 * struct fabmon_rdma_netdev - what a port's node has of its netdev
 * @ifindex: its index, 0 without a netdev
 * @name: its name
 * @mtu: its MTU in bytes
 * @addr: its hardware address
 * @addr_len: length of @addr in bytes
 * @up: it is set up
 * @carrier: it has a carrier
 * @visible: it lives in the device's namespace
 * @master: index of the bond or the like that it belongs to, or 0
 * @master_name: name of that
 */
struct fabmon_rdma_netdev {
	int ifindex;
	char name[IFNAMSIZ];
	unsigned int mtu;
	u8 addr[MAX_ADDR_LEN];
	u8 addr_len;
	bool up;
	bool carrier;
	bool visible;
	int master;
	char master_name[IFNAMSIZ];
};

struct fabmon_rdma_dev;

/**
 * struct fabmon_rdma_port - a port
 * @dev: its device
 * @node: its node, or NULL while it could not be made. Only the work touches
 *	it and what follows and, the work being gone, removal.
 * @active: its state was ACTIVE when last published
 * @gids: its GIDs as last published
 * @pkeys: its P_Keys as last published
 * @link: in the hash by @ifindex, where that is not 0; fabmon_rdma_lock
 * @ifindex: of its netdev when last read, 0 without; fabmon_rdma_lock
 * @mark: why it is to be read, and since when: not marked while there is no
 *	cause; fabmon_rdma_lock
 */
struct fabmon_rdma_port {
	struct fabmon_rdma_dev *dev;
	struct fabmon_node *node;
	bool active;
	struct fabmon_rdma_table gids;
	struct fabmon_rdma_table pkeys;
	struct hlist_node link;
	int ifindex;
	struct fabmon_change mark;
};

/* mlx5 has 16 characters; what is longer is cut */
#define FABMON_RDMA_BOARD_ID_SIZE	64

/**
 * struct fabmon_rdma_dev - a device
 * @ibdev: the device; valid until the client's remove callback returns
 * @handler: for the RDMA core's events
 * @entry: in the list of devices; fabmon_rdma_lock
 * @work: reads what is marked
 * @retries: readings that failed in a row; only the work
 * @node: like that of a port
 * @board_id: from its driver, constant; empty without
 * @name: dev_name() as of add or the last rename, which frees the original
 *	under its readers; fabmon_rdma_lock
 * @mark: like that of a port, for the device itself; fabmon_rdma_lock
 * @nports: number of @ports
 * @ports: from rdma_start_port() on
 */
struct fabmon_rdma_dev {
	struct ib_device *ibdev;
	struct ib_event_handler handler;
	struct list_head entry;
	struct delayed_work work;
	unsigned int retries;
	struct fabmon_node *node;
	char board_id[FABMON_RDMA_BOARD_ID_SIZE];
	char name[IB_DEVICE_NAME_MAX];
	struct fabmon_change mark;
	unsigned int nports;
	struct fabmon_rdma_port ports[];
};

static inline u32 fabmon_rdma_port_number(const struct fabmon_rdma_port *port)
{
	return rdma_start_port(port->dev->ibdev) + (port - port->dev->ports);
}

/* main.c: what we are, and the queue on which all devices are read */
extern struct fabmon_provider fabmon_rdma_provider;
extern struct workqueue_struct *fabmon_rdma_wq;

/* device.c */
struct fabmon_rdma_dev *fabmon_rdma_dev_add(struct ib_device *ibdev);
void fabmon_rdma_dev_remove(struct fabmon_rdma_dev *dev);
void fabmon_rdma_dev_rename(struct fabmon_rdma_dev *dev);
void fabmon_rdma_netdev_changed(int ifindex, u32 cause);
void fabmon_rdma_inetaddr_changed(int ifindex);
void fabmon_rdma_rescan(void);
bool fabmon_rdma_mark_take(struct fabmon_rdma_dev *dev,
			   struct fabmon_change *mark,
			   struct fabmon_change *change,
			   char name[IB_DEVICE_NAME_MAX]);
void fabmon_rdma_mark_return(struct fabmon_change *mark,
			     const struct fabmon_change *change);
void fabmon_rdma_port_netdev_set(struct fabmon_rdma_port *port, int ifindex);

/* read.c */
void fabmon_rdma_dev_work(struct work_struct *work);

/* table.c */
int fabmon_rdma_gids_read(struct ib_device *ibdev, u32 port,
			  struct fabmon_rdma_table *gids);
int fabmon_rdma_pkeys_read(struct ib_device *ibdev, u32 port,
			   struct fabmon_rdma_table *pkeys);
void fabmon_rdma_table_free(struct fabmon_rdma_table *table);
struct sk_buff *fabmon_rdma_tables_diff(const struct fabmon_rdma_port *port,
					const struct fabmon_rdma_table *gids,
					const struct fabmon_rdma_table *pkeys);
size_t fabmon_rdma_tables_room(const struct fabmon_rdma_table *gids,
			       const struct fabmon_rdma_table *pkeys);
void fabmon_rdma_put_gids(struct sk_buff *attrs, int type,
			  const struct fabmon_rdma_table *gids);
void fabmon_rdma_put_pkeys(struct sk_buff *attrs, int type,
			   const struct fabmon_rdma_table *pkeys);

/* fill.c */
struct sk_buff *fabmon_rdma_fill_dev(const struct fabmon_rdma_dev *dev,
				     const char *name);
struct sk_buff *fabmon_rdma_fill_port(const struct fabmon_rdma_port *port,
				      const char *name,
				      const struct fabmon_rdma_netdev *netdev,
				      struct ib_port_attr *attr,
				      const struct fabmon_rdma_table *gids,
				      const struct fabmon_rdma_table *pkeys);

#endif /* FABMON_RDMA_H */
