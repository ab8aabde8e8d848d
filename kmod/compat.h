/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Differences between the kernels that this builds for, 6.1 and later. No other
 * file tests the version of the kernel.
 */
#ifndef FABMON_COMPAT_H
#define FABMON_COMPAT_H

#include <linux/version.h>

/* For files that include <rdma/ib_verbs.h> before this one. */
#ifdef IB_VERBS_H

#include <linux/netdevice.h>

/**
 * fabmon_ib_device_get_netdev - the netdev of an RDMA device's port
 * @ibdev: the device
 * @port: a valid port of it
 *
 * Exported by the RDMA core since 6.12 only, as ib_device_get_netdev();
 * before, this does the same, like 6.1 without an unregistering netdev.
 *
 * Context: process.
 *
 * Return: the netdev with a reference for the caller to put, or NULL.
 */
static inline struct net_device *
fabmon_ib_device_get_netdev(struct ib_device *ibdev, u32 port)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return ib_device_get_netdev(ibdev, port);
#else
	struct ib_port_data *pdata = &ibdev->port_data[port];
	struct net_device *ndev;

	if (ibdev->ops.get_netdev) {
		ndev = ibdev->ops.get_netdev(ibdev, port);
	} else {
		spin_lock(&pdata->netdev_lock);
		ndev = rcu_dereference_protected(pdata->netdev,
						 lockdep_is_held(&pdata->netdev_lock));
		dev_hold(ndev);
		spin_unlock(&pdata->netdev_lock);
	}

	if (ndev && ndev->reg_state != NETREG_REGISTERED) {
		dev_put(ndev);
		return NULL;
	}
	return ndev;
#endif
}

/* IB_EVENT_DEVICE_SPEED_CHANGE is of an enum: only the version can be tested. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
#define FABMON_HAVE_IB_SPEED_CHANGE
#endif

#endif /* IB_VERBS_H */

/* For files that include <net/genetlink.h> before this one. */
#ifdef __NET_GENERIC_NETLINK_H

/**
 * fabmon_dump_attrs - the parsed attributes of a dump request
 * @cb: of the dump, in .start or .dumpit
 *
 * Linux 6.6 moved them into struct genl_info.
 *
 * Return: the attributes by their type, NULL for those that are absent.
 */
static inline struct nlattr **fabmon_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/**
 * fabmon_attr_missing - name an attribute that a request lacks
 * @info: of the request
 * @type: the attribute
 *
 * Linux 6.2 added GENL_SET_ERR_MSG() and its kin; the field came with 6.0.
 */
static inline void fabmon_attr_missing(struct genl_info *info, int type)
{
	if (info->extack)
		info->extack->miss_type = type;
}

#endif /* __NET_GENERIC_NETLINK_H */

/*
 * With the tracepoint of general media or DRAM records in use, the CXL core of
 * these versions runs WARN_ON_ONCE() on records of ordinary types: it tests
 * "type & 5" for type 5 (cxl_event_trace_record()). Seen on 7.2, right again
 * in 7.3; from where it came in is taken early rather than late.
 */
#define FABMON_CXL_MEDIA_WARNS	\
	(LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0) && \
	 LINUX_VERSION_CODE < KERNEL_VERSION(7, 3, 0))

/* For files that include <linux/tracepoint.h> before this one. */
#ifdef _LINUX_TRACEPOINT_H

struct srcu_ctr;

/**
 * fabmon_tracepoint_enter - before a call of a tracepoint's functions
 *
 * As the kernel does it: preemption is off at first, later there is only SRCU.
 *
 * Return: for fabmon_tracepoint_leave().
 */
static inline struct srcu_ctr __percpu *fabmon_tracepoint_enter(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	return srcu_read_lock_fast_notrace(&tracepoint_srcu);
#else
	preempt_disable_notrace();
	return NULL;
#endif
}

/**
 * fabmon_tracepoint_leave - after it
 * @guard: what fabmon_tracepoint_enter() gave
 */
static inline void fabmon_tracepoint_leave(struct srcu_ctr __percpu *guard)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	srcu_read_unlock_fast_notrace(&tracepoint_srcu, guard);
#else
	preempt_enable_notrace();
#endif
}

#endif /* _LINUX_TRACEPOINT_H */

#endif /* FABMON_COMPAT_H */
