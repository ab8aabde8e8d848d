// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The family "fabmon": Documentation/netlink/specs/fabmon.yaml is what it
 * promises. The table of operations is written by hand because Linux 6.1 has
 * no struct genl_split_ops, which is all that the generator can make; a test
 * compares the table with the specification.
 */
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "core.h"
#include "../compat.h"
#include "../version.h"

enum { FABMON_GROUP_MONITOR, FABMON_GROUP_ADMIN };

static struct genl_family fabmon_family;

static int fabmon_fill_node(struct sk_buff *skb, const struct fabmon_node *node)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, FABMON_A_NODE);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(skb, FABMON_A_NODE_ID, node->id) ||
	    nla_put_u32(skb, FABMON_A_NODE_KIND, node->kind) ||
	    nla_append(skb, node->len, node->attrs)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* What every message but info-get begins with; fabmon_store.lock held. */
static int fabmon_fill_head(struct sk_buff *skb,
			    const struct fabmon_stamp *stamp)
{
	lockdep_assert_held(&fabmon_store.lock);

	if (fabmon_put_u64(skb, FABMON_A_INSTANCE, fabmon_store.instance) ||
	    fabmon_put_u64(skb, FABMON_A_SEQ, fabmon_store.seq))
		return -EMSGSIZE;
	if (stamp &&
	    (fabmon_put_u64(skb, FABMON_A_BOOTTIME, stamp->boottime) ||
	     fabmon_put_u64(skb, FABMON_A_REALTIME, stamp->realtime)))
		return -EMSGSIZE;
	return 0;
}

/* Room for the head and a nest that holds @len bytes, an id and a kind. */
static size_t fabmon_msg_size(size_t len)
{
	return 4 * nla_total_size(sizeof(u64)) +
	       nla_total_size(2 * nla_total_size(sizeof(u32)) + len);
}

/* ---- notifications ------------------------------------------------------- */

static bool fabmon_has_listeners(unsigned int group)
{
	return genl_has_listeners(&fabmon_family, &init_net, group);
}

/*
 * Consumes @skb. Never waits: a subscriber without room reads ENOBUFS, and
 * nobody else is held up by it.
 */
static void fabmon_send(struct sk_buff *skb, unsigned int group)
{
	int err;

	err = genlmsg_multicast(&fabmon_family, skb, 0, group,
				GFP_NOWAIT | __GFP_NOWARN);
	if (err && err != -ESRCH)
		fabmon_store.lost_send++;
}

static struct sk_buff *fabmon_ntf_node(u8 cmd, const struct fabmon_node *node,
				       const struct fabmon_stamp *stamp)
{
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(fabmon_msg_size(node->len), GFP_KERNEL);
	if (!skb)
		return NULL;

	hdr = genlmsg_put(skb, 0, 0, &fabmon_family, 0, cmd);
	if (!hdr || fabmon_fill_head(skb, stamp) ||
	    fabmon_fill_node(skb, node)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

void fabmon_notify_node(u8 cmd, const struct fabmon_node *node,
			const struct fabmon_stamp *stamp)
{
	bool monitor = fabmon_has_listeners(FABMON_GROUP_MONITOR);
	bool admin = fabmon_has_listeners(FABMON_GROUP_ADMIN);
	struct sk_buff *skb, *copy;

	lockdep_assert_held(&fabmon_store.lock);

	fabmon_store.seq++;
	if (!monitor && !admin)
		return;

	skb = fabmon_ntf_node(cmd, node, stamp);
	if (!skb) {
		fabmon_store.lost_build++;
		return;
	}

	if (monitor && admin) {
		copy = skb_clone(skb, GFP_KERNEL);
		if (copy)
			fabmon_send(copy, FABMON_GROUP_MONITOR);
		else
			fabmon_store.lost_build++;
	}
	fabmon_send(skb, admin ? FABMON_GROUP_ADMIN : FABMON_GROUP_MONITOR);
}

static struct sk_buff *fabmon_ntf_health(const struct sk_buff *open,
					 const struct sk_buff *secret,
					 const struct fabmon_stamp *stamp)
{
	size_t len = open->len + (secret ? secret->len : 0);
	struct nlattr *nest;
	struct sk_buff *skb;
	void *hdr;

	skb = genlmsg_new(fabmon_msg_size(len), GFP_KERNEL);
	if (!skb)
		return NULL;

	hdr = genlmsg_put(skb, 0, 0, &fabmon_family, 0, FABMON_CMD_EVENT_NTF);
	if (!hdr || fabmon_fill_head(skb, stamp))
		goto err_free;

	nest = nla_nest_start(skb, FABMON_A_EVENT);
	if (!nest || nla_append(skb, open->len, open->data) ||
	    (secret && nla_append(skb, secret->len, secret->data)))
		goto err_free;
	nla_nest_end(skb, nest);
	genlmsg_end(skb, hdr);
	return skb;

err_free:
	nlmsg_free(skb);
	return NULL;
}

static void fabmon_send_health(const struct sk_buff *open,
			       const struct sk_buff *secret,
			       const struct fabmon_stamp *stamp,
			       unsigned int group)
{
	struct sk_buff *skb;

	if (!fabmon_has_listeners(group))
		return;

	skb = fabmon_ntf_health(open, secret, stamp);
	if (skb)
		fabmon_send(skb, group);
	else
		fabmon_store.lost_build++;
}

void fabmon_notify_health(const struct sk_buff *open,
			  const struct sk_buff *secret,
			  const struct fabmon_stamp *stamp)
{
	lockdep_assert_held(&fabmon_store.lock);

	fabmon_store.seq++;
	fabmon_send_health(open, NULL, stamp, FABMON_GROUP_MONITOR);
	fabmon_send_health(open, secret, stamp, FABMON_GROUP_ADMIN);
}

/* ---- requests ------------------------------------------------------------ */

static int fabmon_fill_info(struct sk_buff *skb)
{
	const struct fabmon_store *store = &fabmon_store;

	lockdep_assert_held(&fabmon_store.lock);

	if (nla_put_string(skb, FABMON_A_INFO_MODULE_VERSION, FABMON_VERSION) ||
	    nla_put_u32(skb, FABMON_A_INFO_ABI, FABMON_ABI) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_INSTANCE, store->instance) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_SEQ, store->seq) ||
	    nla_put_u32(skb, FABMON_A_INFO_NODES, store->count) ||
	    nla_put_u32(skb, FABMON_A_INFO_CAPABILITIES, store->capabilities) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_LOST_BUILD, store->lost_build) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_LOST_HOOK, store->lost_hook) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_LOST_SEND, store->lost_send))
		return -EMSGSIZE;
	return 0;
}

static int fabmon_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;

	hdr = genlmsg_put_reply(msg, info, &fabmon_family, 0,
				FABMON_CMD_INFO_GET);
	if (!hdr) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}

	mutex_lock(&fabmon_store.lock);
	err = fabmon_fill_info(msg);
	mutex_unlock(&fabmon_store.lock);
	if (err) {
		nlmsg_free(msg);
		return err;
	}

	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static struct sk_buff *fabmon_node_reply(struct genl_info *info,
					 const struct fabmon_node *node)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(fabmon_msg_size(node->len), GFP_KERNEL);
	if (!msg)
		return ERR_PTR(-ENOMEM);

	hdr = genlmsg_put_reply(msg, info, &fabmon_family, 0,
				FABMON_CMD_NODE_GET);
	if (!hdr || fabmon_fill_head(msg, NULL) ||
	    fabmon_fill_node(msg, node)) {
		nlmsg_free(msg);
		return ERR_PTR(-EMSGSIZE);
	}
	genlmsg_end(msg, hdr);
	return msg;
}

static int fabmon_nl_node_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[FABMON_A_ID];
	struct fabmon_node *node;
	struct sk_buff *msg;

	if (!id) {
		NL_SET_ERR_MSG(info->extack,
			       "attribute \"id\" is missing: name a node, or dump");
		return -EINVAL;
	}

	mutex_lock(&fabmon_store.lock);
	node = xa_load(&fabmon_store.nodes, nla_get_u32(id));
	msg = node ? fabmon_node_reply(info, node) : ERR_PTR(-ENOENT);
	mutex_unlock(&fabmon_store.lock);

	if (IS_ERR(msg)) {
		if (PTR_ERR(msg) == -ENOENT)
			NL_SET_ERR_MSG_ATTR(info->extack, id,
					    "no node has this id");
		return PTR_ERR(msg);
	}
	return genlmsg_reply(msg, info);
}

/* What a dump remembers between two buffers. */
struct fabmon_dump {
	unsigned long next;
};

static struct fabmon_dump *fabmon_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct fabmon_dump) > sizeof(cb->ctx));
	return (struct fabmon_dump *)cb->ctx;
}

static int fabmon_nl_node_get_start(struct netlink_callback *cb)
{
	struct nlattr *id = fabmon_dump_attrs(cb)[FABMON_A_ID];

	if (id) {
		NL_SET_ERR_MSG_ATTR(cb->extack, id,
				    "a dump takes no \"id\": it has all nodes");
		return -EINVAL;
	}
	return 0;
}

static int fabmon_dump_node(struct sk_buff *skb, struct netlink_callback *cb,
			    const struct fabmon_node *node)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &fabmon_family, NLM_F_MULTI, FABMON_CMD_NODE_GET);
	if (!hdr)
		return -EMSGSIZE;

	genl_dump_check_consistent(cb, hdr);
	if (fabmon_fill_head(skb, NULL) || fabmon_fill_node(skb, node)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/*
 * cb->seq must never be 0 (0 means "not checked", netlink_dump_check_consistent)
 * and differs whenever something was sent since the last buffer.
 */
static int fabmon_nl_node_get_dumpit(struct sk_buff *skb,
				     struct netlink_callback *cb)
{
	struct fabmon_dump *dump = fabmon_dump(cb);
	struct fabmon_node *node;
	unsigned long id;
	int err = 0;

	mutex_lock(&fabmon_store.lock);
	cb->seq = lower_32_bits(fabmon_store.seq) ?: U32_MAX;
	xa_for_each_start(&fabmon_store.nodes, id, node, dump->next) {
		err = fabmon_dump_node(skb, cb, node);
		if (err)
			break;
		dump->next = id + 1;
	}
	mutex_unlock(&fabmon_store.lock);

	return skb->len ?: err;
}

/* ---- the family ---------------------------------------------------------- */

/* Strict parsing refuses what is not listed, or beyond the last entry. */
static const struct nla_policy fabmon_nl_info_get_policy[] = {
	[FABMON_A_INFO_MODULE_VERSION] = { .type = NLA_REJECT },
};

static const struct nla_policy fabmon_nl_node_get_policy[] = {
	[FABMON_A_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct genl_ops fabmon_nl_ops[] = {
	{
		.cmd		= FABMON_CMD_INFO_GET,
		.doit		= fabmon_nl_info_get_doit,
		.policy		= fabmon_nl_info_get_policy,
		.maxattr	= ARRAY_SIZE(fabmon_nl_info_get_policy) - 1,
	},
	{
		.cmd		= FABMON_CMD_NODE_GET,
		.doit		= fabmon_nl_node_get_doit,
		.start		= fabmon_nl_node_get_start,
		.dumpit		= fabmon_nl_node_get_dumpit,
		.policy		= fabmon_nl_node_get_policy,
		.maxattr	= ARRAY_SIZE(fabmon_nl_node_get_policy) - 1,
	},
};

static const struct genl_multicast_group fabmon_nl_groups[] = {
	[FABMON_GROUP_MONITOR]	= { .name = FABMON_MCGRP_MONITOR },
	[FABMON_GROUP_ADMIN]	= {
		.name	= FABMON_MCGRP_ADMIN,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

/*
 * Not for other network namespaces: CXL belongs to the host, and RDMA devices
 * are reported as the initial namespace sees them.
 */
static struct genl_family fabmon_family __ro_after_init = {
	.name		= FABMON_FAMILY_NAME,
	.version	= FABMON_FAMILY_VERSION,
	.module		= THIS_MODULE,
	.ops		= fabmon_nl_ops,
	.n_ops		= ARRAY_SIZE(fabmon_nl_ops),
	.mcgrps		= fabmon_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(fabmon_nl_groups),
};

int __init fabmon_netlink_init(void)
{
	return genl_register_family(&fabmon_family);
}

void fabmon_netlink_exit(void)
{
	genl_unregister_family(&fabmon_family);
}
