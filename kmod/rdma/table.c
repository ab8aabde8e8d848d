// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A port's GID and P_Key tables. An event reports at most that one of them
 * changed; which entry it was is found by comparing two readings.
 *
 * Only entries in use are kept: tables have a thousand entries, and few in use.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netlink.h>
#include <rdma/ib_cache.h>
#include <rdma/ib_verbs.h>

#include "core/fabmon_core.h"
#include "rdma/rdma.h"

/* What an entry takes in a message: a nest of attributes */
#define FABMON_RDMA_GID_SPACE	\
	(NLA_HDRLEN + 3 * nla_total_size(sizeof(u32)) + \
	 nla_total_size(sizeof(union ib_gid)))
#define FABMON_RDMA_PKEY_SPACE	\
	(NLA_HDRLEN + 2 * nla_total_size(sizeof(u32)))

/* The bits of a P_Key that name the partition; without any it is invalid. */
#define FABMON_RDMA_PKEY_BASE	0x7fff

/* A full table grows to twice its size. */
static int fabmon_rdma_table_add(struct fabmon_rdma_table *table,
				 const void *entry, size_t size)
{
	if (table->count == table->room) {
		u32 room = max_t(u32, 2 * table->room, 4);
		void *entries;

		entries = krealloc_array(table->entries, room, size,
					 GFP_KERNEL);
		if (!entries)
			return -ENOMEM;
		table->entries = entries;
		table->room = room;
	}

	memcpy(table->entries + table->count++ * size, entry, size);
	return 0;
}

/**
 * fabmon_rdma_table_free - forget what was read
 * @table: the table, empty afterwards
 */
void fabmon_rdma_table_free(struct fabmon_rdma_table *table)
{
	kfree(table->entries);
	memset(table, 0, sizeof(*table));
}

static u32 fabmon_rdma_gid_type(enum ib_gid_type type)
{
	switch (type) {
	case IB_GID_TYPE_ROCE:
		return FABMON_GID_TYPE_ROCEV1;
	case IB_GID_TYPE_ROCE_UDP_ENCAP:
		return FABMON_GID_TYPE_ROCEV2;
	default:
		return FABMON_GID_TYPE_IB;
	}
}

/* An index means nothing in another namespace than that of the netdev. */
static u32 fabmon_rdma_gid_ifindex(struct ib_device *ibdev,
				   const struct ib_gid_attr *gid)
{
	struct net_device *ndev;
	u32 ifindex = 0;

	rcu_read_lock();
	ndev = rdma_read_gid_attr_ndev_rcu(gid);
	if (!IS_ERR(ndev) &&
	    net_eq(dev_net(ndev), read_pnet(&ibdev->coredev.rdma_net)))
		ifindex = ndev->ifindex;
	rcu_read_unlock();

	return ifindex;
}

/**
 * fabmon_rdma_gids_read - read a port's GIDs
 * @ibdev: the device
 * @port: its port
 * @gids: an empty table, which takes them; the caller frees it, whatever the
 *	result
 *
 * As the RDMA core has them, and shows them in sysfs. An entry being deleted
 * counts no more. For InfiniBand the core learns of a change by an
 * IB_EVENT_GID_CHANGE that it does not pass on, up to 7.3: the port's next
 * event, or a rescan, finds it here.
 *
 * Context: process.
 *
 * Return: 0 or -ENOMEM.
 */
int fabmon_rdma_gids_read(struct ib_device *ibdev, u32 port,
			  struct fabmon_rdma_table *gids)
{
	int size = ibdev->port_data[port].immutable.gid_tbl_len;
	const struct ib_gid_attr *gid;
	int i, rc = 0;

	for (i = 0; i < size && !rc; i++) {
		struct fabmon_rdma_gid entry = { .index = i };

		gid = rdma_get_gid_attr(ibdev, port, i);
		if (IS_ERR(gid))
			continue;

		if (!rdma_is_zero_gid(&gid->gid)) {
			entry.type = fabmon_rdma_gid_type(gid->gid_type);
			entry.ifindex = fabmon_rdma_gid_ifindex(ibdev, gid);
			memcpy(entry.value, gid->gid.raw, sizeof(entry.value));
			rc = fabmon_rdma_table_add(gids, &entry, sizeof(entry));
		}
		rdma_put_gid_attr(gid);
	}

	return rc;
}

/**
 * fabmon_rdma_pkeys_read - read a port's P_Keys
 * @ibdev: the device
 * @port: its port
 * @pkeys: an empty table, which takes them; the caller frees it, whatever the
 *	result
 *
 * From the device, like the files in sysfs: the RDMA core's copy stays old
 * when an event got lost.
 *
 * Context: process; waits for the device.
 *
 * Return: 0, -ENOMEM, or what the device's driver fails with.
 */
int fabmon_rdma_pkeys_read(struct ib_device *ibdev, u32 port,
			   struct fabmon_rdma_table *pkeys)
{
	int size = ibdev->port_data[port].immutable.pkey_tbl_len;
	int i, rc = 0;
	u16 pkey;

	if (!ibdev->ops.query_pkey)
		return 0;

	for (i = 0; i < size && !rc; i++) {
		struct fabmon_rdma_pkey entry = { .index = i };

		rc = ib_query_pkey(ibdev, port, i, &pkey);
		if (rc || !(pkey & FABMON_RDMA_PKEY_BASE))
			continue;
		entry.value = pkey;
		rc = fabmon_rdma_table_add(pkeys, &entry, sizeof(entry));
	}

	return rc;
}

/* The buffer may have more room than an attribute can have length. */
static struct nlattr *fabmon_rdma_entry_start(struct sk_buff *attrs, int type,
					      size_t space)
{
	if (attrs->len + space > FABMON_ATTRS_MAX)
		return NULL;
	return nla_nest_start(attrs, type);
}

static int fabmon_rdma_put_gid(struct sk_buff *attrs, int type,
			       const void *entry)
{
	const struct fabmon_rdma_gid *gid = entry;
	struct nlattr *nest;

	nest = fabmon_rdma_entry_start(attrs, type, FABMON_RDMA_GID_SPACE);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(attrs, FABMON_A_GID_INDEX, gid->index) ||
	    nla_put_u32(attrs, FABMON_A_GID_TYPE, gid->type) ||
	    nla_put(attrs, FABMON_A_GID_VALUE, sizeof(gid->value),
		    gid->value) ||
	    (gid->ifindex &&
	     nla_put_u32(attrs, FABMON_A_GID_IFINDEX, gid->ifindex))) {
		nla_nest_cancel(attrs, nest);
		return -EMSGSIZE;
	}

	nla_nest_end(attrs, nest);
	return 0;
}

static int fabmon_rdma_put_pkey(struct sk_buff *attrs, int type,
				const void *entry)
{
	const struct fabmon_rdma_pkey *pkey = entry;
	struct nlattr *nest;

	nest = fabmon_rdma_entry_start(attrs, type, FABMON_RDMA_PKEY_SPACE);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(attrs, FABMON_A_PKEY_INDEX, pkey->index) ||
	    nla_put_u32(attrs, FABMON_A_PKEY_VALUE, pkey->value)) {
		nla_nest_cancel(attrs, nest);
		return -EMSGSIZE;
	}

	nla_nest_end(attrs, nest);
	return 0;
}

/**
 * fabmon_rdma_put_gids - list GIDs as far as there is room
 * @attrs: an open nest
 * @type: attribute that takes one of them
 * @gids: the GIDs
 */
void fabmon_rdma_put_gids(struct sk_buff *attrs, int type,
			  const struct fabmon_rdma_table *gids)
{
	const struct fabmon_rdma_gid *gid = gids->entries;
	u32 i;

	for (i = 0; i < gids->count; i++)
		if (fabmon_rdma_put_gid(attrs, type, &gid[i]))
			break;
}

/**
 * fabmon_rdma_put_pkeys - list P_Keys as far as there is room
 * @attrs: an open nest
 * @type: attribute that takes one of them
 * @pkeys: the P_Keys
 */
void fabmon_rdma_put_pkeys(struct sk_buff *attrs, int type,
			   const struct fabmon_rdma_table *pkeys)
{
	const struct fabmon_rdma_pkey *pkey = pkeys->entries;
	u32 i;

	for (i = 0; i < pkeys->count; i++)
		if (fabmon_rdma_put_pkey(attrs, type, &pkey[i]))
			break;
}

/**
 * fabmon_rdma_tables_room - how much room all entries take in a message
 * @gids: a port's GIDs
 * @pkeys: its P_Keys
 *
 * Return: bytes.
 */
size_t fabmon_rdma_tables_room(const struct fabmon_rdma_table *gids,
			       const struct fabmon_rdma_table *pkeys)
{
	return (size_t)gids->count * FABMON_RDMA_GID_SPACE +
	       (size_t)pkeys->count * FABMON_RDMA_PKEY_SPACE;
}

static bool fabmon_rdma_table_equal(const struct fabmon_rdma_table *a,
				    const struct fabmon_rdma_table *b,
				    size_t size)
{
	return a->count == b->count &&
	       (!a->count || !memcmp(a->entries, b->entries, a->count * size));
}

/**
 * struct fabmon_rdma_table_type - how to compare the tables of a type
 * @size: of an entry, whose first member is its u32 index
 * @put: appends an entry to a message
 * @added: attribute for what came
 * @removed: attribute for what went
 */
struct fabmon_rdma_table_type {
	size_t size;
	int (*put)(struct sk_buff *attrs, int type, const void *entry);
	int added;
	int removed;
};

static const struct fabmon_rdma_table_type fabmon_rdma_gid_table = {
	.size = sizeof(struct fabmon_rdma_gid),
	.put = fabmon_rdma_put_gid,
	.added = FABMON_A_GID_ADDED,
	.removed = FABMON_A_GID_REMOVED,
};

static const struct fabmon_rdma_table_type fabmon_rdma_pkey_table = {
	.size = sizeof(struct fabmon_rdma_pkey),
	.put = fabmon_rdma_put_pkey,
	.added = FABMON_A_PKEY_ADDED,
	.removed = FABMON_A_PKEY_REMOVED,
};

/*
 * Both tables are in the order of their indices. An entry with another content
 * is one that went and one that came.
 */
static int fabmon_rdma_table_diff(struct sk_buff *detail,
				  const struct fabmon_rdma_table_type *type,
				  const struct fabmon_rdma_table *was,
				  const struct fabmon_rdma_table *is)
{
	const void *old = was->entries, *fresh = is->entries;
	const void *old_end = old + was->count * type->size;
	const void *fresh_end = fresh + is->count * type->size;
	int rc = 0;

	while (!rc && (old < old_end || fresh < fresh_end)) {
		u32 old_index = old < old_end ? *(u32 *)old : U32_MAX;
		u32 index = fresh < fresh_end ? *(u32 *)fresh : U32_MAX;
		bool same = old_index == index &&
			    !memcmp(old, fresh, type->size);

		if (old_index <= index) {
			if (!same)
				rc = type->put(detail, type->removed, old);
			old += type->size;
		}
		if (index <= old_index) {
			if (!same && !rc)
				rc = type->put(detail, type->added, fresh);
			fresh += type->size;
		}
	}

	return rc;
}

/**
 * fabmon_rdma_tables_diff - name what differs from what was published last
 * @port: the port, with its tables as last published
 * @gids: its GIDs now
 * @pkeys: its P_Keys now
 *
 * Lists as much as there is room for in an attribute.
 *
 * Return: attributes of the set "fabmon", which the caller owns; NULL without
 * a difference; ERR_PTR(-ENOMEM).
 */
struct sk_buff *fabmon_rdma_tables_diff(const struct fabmon_rdma_port *port,
					const struct fabmon_rdma_table *gids,
					const struct fabmon_rdma_table *pkeys)
{
	struct sk_buff *detail;

	if (fabmon_rdma_table_equal(&port->gids, gids,
				    sizeof(struct fabmon_rdma_gid)) &&
	    fabmon_rdma_table_equal(&port->pkeys, pkeys,
				    sizeof(struct fabmon_rdma_pkey)))
		return NULL;

	detail = fabmon_attrs_new(fabmon_rdma_tables_room(&port->gids,
							  &port->pkeys) +
				  fabmon_rdma_tables_room(gids, pkeys));
	if (!detail)
		return ERR_PTR(-ENOMEM);

	if (!fabmon_rdma_table_diff(detail, &fabmon_rdma_pkey_table,
				    &port->pkeys, pkeys))
		fabmon_rdma_table_diff(detail, &fabmon_rdma_gid_table,
				       &port->gids, gids);
	return detail;
}
