// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The family "fabmon": Documentation/netlink/specs/fabmon.yaml is what it
 * promises. The table of operations is written by hand because Linux 6.1 has
 * no struct genl_split_ops, which is all that the generator can make; a test
 * compares the table with the specification.
 */
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "core.h"
#include "../compat.h"
#include "../version.h"

/*
 * Every refusal in this file sets a message that names the object and the
 * reason. Documentation/netlink/fabmon.md lists what the kernel itself refuses
 * without one.
 */

/* Takes over @msg. The client's socket may have no room for it. */
static int fabmon_nl_reply(struct sk_buff *msg, struct genl_info *info)
{
	int err = genlmsg_reply(msg, info);

	if (err)
		NL_SET_ERR_MSG(info->extack,
			       "answer: the socket's receive buffer has no room for it");
	return err;
}

/* ---- info-get ------------------------------------------------------------ */

static u32 fabmon_nodes_visible(const struct net *net)
{
	struct fabmon_node *node;
	unsigned long id;
	u32 count = 0;

	xa_for_each(&fabmon_store.nodes, id, node)
		count += fabmon_node_visible(node, net);
	return count;
}

static int fabmon_fill_info(struct sk_buff *skb, const struct net *net)
{
	const struct fabmon_store *store = &fabmon_store;

	lockdep_assert_held(&fabmon_store.lock);

	if (nla_put_string(skb, FABMON_A_INFO_MODULE_VERSION, FABMON_VERSION) ||
	    nla_put_u32(skb, FABMON_A_INFO_ABI, FABMON_ABI) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_INSTANCE, store->instance) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_SEQ,
			   fabmon_net_seq(fabmon_net(net))) ||
	    nla_put_u32(skb, FABMON_A_INFO_NODES, fabmon_nodes_visible(net)) ||
	    nla_put_u32(skb, FABMON_A_INFO_CAPABILITIES, store->capabilities) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_LOST_BUILD, store->lost_build) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_LOST_HOOK, store->lost_hook) ||
	    fabmon_put_u64(skb, FABMON_A_INFO_LOST_SEND, store->lost_send))
		return -EMSGSIZE;
	return fabmon_ring_fill(skb) ?: fabmon_provider_fill(skb);
}

static int fabmon_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg) {
		NL_SET_ERR_MSG(info->extack, "info: no memory for the answer");
		return -ENOMEM;
	}

	hdr = genlmsg_put_reply(msg, info, &fabmon_family, 0,
				FABMON_CMD_INFO_GET);
	mutex_lock(&fabmon_store.lock);
	err = hdr ? fabmon_fill_info(msg, genl_info_net(info)) : -EMSGSIZE;
	mutex_unlock(&fabmon_store.lock);
	if (err) {
		NL_SET_ERR_MSG(info->extack,
			       "info: the answer is larger than its message");
		nlmsg_free(msg);
		return err;
	}

	genlmsg_end(msg, hdr);
	return fabmon_nl_reply(msg, info);
}

/* ---- node-get ------------------------------------------------------------ */

static struct sk_buff *fabmon_node_reply(struct genl_info *info,
					 const struct fabmon_node *node)
{
	u64 seq = fabmon_net_seq(fabmon_net(genl_info_net(info)));
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(fabmon_message_size(node->attrs->len),
			  FABMON_GFP_LOCKED);
	if (!msg) {
		NL_SET_ERR_MSG(info->extack, "node: no memory for the answer");
		return ERR_PTR(-ENOMEM);
	}

	hdr = genlmsg_put_reply(msg, info, &fabmon_family, 0,
				FABMON_CMD_NODE_GET);
	if (!hdr || fabmon_message_node(msg, seq, node)) {
		NL_SET_ERR_MSG(info->extack,
			       "node: the answer is larger than its message");
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
		fabmon_attr_missing(info, FABMON_A_ID);
		NL_SET_ERR_MSG(info->extack,
			       "node: \"id\" is missing; without one ask for a dump");
		return -EINVAL;
	}

	mutex_lock(&fabmon_store.lock);
	node = xa_load(&fabmon_store.nodes, nla_get_u32(id));
	if (node && fabmon_node_visible(node, genl_info_net(info)))
		msg = fabmon_node_reply(info, node);
	else
		msg = ERR_PTR(-ENOENT);
	mutex_unlock(&fabmon_store.lock);

	if (IS_ERR(msg)) {
		if (PTR_ERR(msg) == -ENOENT)
			NL_SET_ERR_MSG_ATTR(info->extack, id,
					    "node: none with this \"id\" is seen in this network namespace");
		return PTR_ERR(msg);
	}
	return fabmon_nl_reply(msg, info);
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

/* A buffer must take the largest message, or the dump would end there. */
static void fabmon_dump_room(struct netlink_callback *cb)
{
	lockdep_assert_held(&fabmon_store.lock);

	cb->min_dump_alloc = NLMSG_HDRLEN + GENL_HDRLEN +
			     fabmon_message_size(fabmon_store.largest);
}

static int fabmon_nl_node_get_start(struct netlink_callback *cb)
{
	struct nlattr *id = fabmon_dump_attrs(cb)[FABMON_A_ID];

	if (id) {
		NL_SET_ERR_MSG_ATTR(cb->extack, id,
				    "dump of nodes: it has all of them and takes no \"id\"");
		return -EINVAL;
	}

	mutex_lock(&fabmon_store.lock);
	fabmon_dump_room(cb);
	mutex_unlock(&fabmon_store.lock);
	return 0;
}

static int fabmon_dump_node(struct sk_buff *skb, struct netlink_callback *cb,
			    u64 seq, const struct fabmon_node *node)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &fabmon_family, NLM_F_MULTI, FABMON_CMD_NODE_GET);
	if (!hdr)
		return -EMSGSIZE;

	genl_dump_check_consistent(cb, hdr);
	if (fabmon_message_node(skb, seq, node)) {
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
	const struct net *net = sock_net(cb->skb->sk);
	struct fabmon_dump *dump = fabmon_dump(cb);
	struct fabmon_node *node;
	unsigned long id;
	int err = 0;
	u64 seq;

	mutex_lock(&fabmon_store.lock);
	seq = fabmon_net_seq(fabmon_net(net));
	cb->seq = lower_32_bits(seq) ?: U32_MAX;
	xa_for_each_start(&fabmon_store.nodes, id, node, dump->next) {
		if (fabmon_node_visible(node, net))
			err = fabmon_dump_node(skb, cb, seq, node);
		if (err)
			break;
		dump->next = id + 1;
	}
	fabmon_dump_room(cb);
	mutex_unlock(&fabmon_store.lock);

	/* what does not fit behind others begins the next buffer */
	if (err && !skb->len)
		NL_SET_ERR_MSG(cb->extack,
			       "dump of nodes: a node grew beyond the buffer; dump again");
	return skb->len ?: err;
}

/* ---- event-get ----------------------------------------------------------- */

/**
 * struct fabmon_replay - what a replay remembers between two buffers
 * @next: number of the next record
 * @last: number of the last one: the newest when the replay began, so that it
 *	ends however fast they come; later ones come to those who subscribed
 * @pos: position of the next record in the ring, once @found
 * @found: @pos is known
 * @admin: the reader has CAP_NET_ADMIN
 */
struct fabmon_replay {
	u64 next;
	u64 last;
	u64 pos;
	bool found;
	bool admin;
};

static struct fabmon_replay *fabmon_replay(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct fabmon_replay) > sizeof(cb->ctx));
	return (struct fabmon_replay *)cb->ctx;
}

static int fabmon_replay_check(struct netlink_callback *cb,
			       const struct fabmon_replay *replay)
{
	struct nlattr *instance = fabmon_dump_attrs(cb)[FABMON_A_INSTANCE];
	struct nlattr *seq = fabmon_dump_attrs(cb)[FABMON_A_SEQ];

	if (instance && nla_get_u64(instance) != fabmon_store.instance) {
		NL_SET_ERR_MSG_ATTR(cb->extack, instance,
				    "replay: \"instance\" is not this load of the module; dump again");
		return -ESTALE;
	}
	if (replay->next > replay->last + 1) {
		NL_SET_ERR_MSG_ATTR(cb->extack, seq,
				    "replay: \"seq\" is beyond the next notification; dump again");
		return -ERANGE;
	}
	return 0;
}

static int fabmon_nl_event_get_start(struct netlink_callback *cb)
{
	struct nlattr *seq = fabmon_dump_attrs(cb)[FABMON_A_SEQ];
	struct fabmon_replay *replay = fabmon_replay(cb);
	struct net *net = sock_net(cb->skb->sk);
	struct fabmon_net *fnet = fabmon_net(net);
	int err;

	replay->admin = netlink_ns_capable(cb->skb, net->user_ns,
					   CAP_NET_ADMIN);

	mutex_lock(&fabmon_store.lock);
	replay->last = fabmon_net_seq(fnet);
	replay->next = seq ? nla_get_u64(seq) :
			     fabmon_ring_find(fnet, 1, &replay->pos);
	err = fabmon_replay_check(cb, replay);
	fabmon_dump_room(cb);
	mutex_unlock(&fabmon_store.lock);
	return err;
}

/* @record, or that @lost are kept no more up to @seq */
static int fabmon_replay_put(struct sk_buff *skb, struct netlink_callback *cb,
			     u64 seq, const struct fabmon_record *record,
			     u64 lost)
{
	void *hdr;
	int err;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &fabmon_family, NLM_F_MULTI, FABMON_CMD_EVENT_GET);
	if (!hdr)
		return -EMSGSIZE;

	if (record)
		err = fabmon_message_replay(skb, seq, record,
					    fabmon_replay(cb)->admin);
	else
		err = fabmon_message_lost(skb, seq, lost);
	if (err) {
		genlmsg_cancel(skb, hdr);
		return err;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Where the replay goes on, which the ring may have overtaken meanwhile. */
static int fabmon_replay_seek(struct sk_buff *skb, struct netlink_callback *cb,
			      const struct fabmon_net *fnet)
{
	struct fabmon_replay *replay = fabmon_replay(cb);
	u64 found, lost;
	int err;

	if (replay->found && replay->pos >= fabmon_ring_oldest())
		return 0;

	found = fabmon_ring_find(fnet, replay->next, &replay->pos);
	replay->found = true;
	lost = min(found, replay->last + 1) - replay->next;
	if (!lost)
		return 0;

	err = fabmon_replay_put(skb, cb, replay->next + lost - 1, NULL, lost);
	if (err)
		replay->found = false;
	else
		replay->next += lost;
	return err;
}

static int fabmon_replay_fill(struct sk_buff *skb, struct netlink_callback *cb,
			      const struct fabmon_net *fnet)
{
	struct fabmon_replay *replay = fabmon_replay(cb);
	const struct fabmon_record *record;
	int err;

	err = fabmon_replay_seek(skb, cb, fnet);
	while (!err && replay->next <= replay->last) {
		record = fabmon_ring_at(replay->pos);
		if (fabmon_net_sees(fnet, record)) {
			err = fabmon_replay_put(skb, cb, replay->next, record,
						0);
			if (err)
				break;
			replay->next++;
		}
		replay->pos++;
	}
	return err;
}

static int fabmon_nl_event_get_dumpit(struct sk_buff *skb,
				      struct netlink_callback *cb)
{
	const struct fabmon_net *fnet = fabmon_net(sock_net(cb->skb->sk));
	int err;

	mutex_lock(&fabmon_store.lock);
	err = fabmon_replay_fill(skb, cb, fnet);
	fabmon_dump_room(cb);
	mutex_unlock(&fabmon_store.lock);

	if (err && !skb->len)
		NL_SET_ERR_MSG(cb->extack,
			       "replay: a notification is larger than the buffer; ask again");
	return skb->len ?: err;
}

/* ---- the family ---------------------------------------------------------- */

/*
 * Strict parsing refuses what is not listed or beyond the last entry, with a
 * message of its own.
 */
static const struct nla_policy fabmon_nl_info_get_policy[] = {
	[FABMON_A_INFO_MODULE_VERSION] = {
		.type		= NLA_REJECT,
		.reject_message	= "info: the request takes no attribute",
	},
};

static const struct nla_policy fabmon_nl_node_get_policy[] = {
	[FABMON_A_ID] = NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy fabmon_nl_event_get_policy[] = {
	[FABMON_A_INSTANCE] = NLA_POLICY_MIN(NLA_U64, 1),
	[FABMON_A_SEQ] = NLA_POLICY_MIN(NLA_U64, 1),
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
	{
		.cmd		= FABMON_CMD_EVENT_GET,
		.start		= fabmon_nl_event_get_start,
		.dumpit		= fabmon_nl_event_get_dumpit,
		.policy		= fabmon_nl_event_get_policy,
		.maxattr	= ARRAY_SIZE(fabmon_nl_event_get_policy) - 1,
	},
};

static const struct genl_multicast_group fabmon_nl_groups[] = {
	[FABMON_GROUP_MONITOR]	= { .name = FABMON_MCGRP_MONITOR },
	[FABMON_GROUP_ADMIN]	= {
		.name	= FABMON_MCGRP_ADMIN,
		.flags	= GENL_MCAST_CAP_NET_ADMIN,
	},
};

/* Requests hold no lock of generic netlink's: the store has its own. */
struct genl_family fabmon_family __ro_after_init = {
	.name		= FABMON_FAMILY_NAME,
	.version	= FABMON_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= fabmon_nl_ops,
	.n_ops		= ARRAY_SIZE(fabmon_nl_ops),
	.mcgrps		= fabmon_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(fabmon_nl_groups),
};

/**
 * fabmon_netlink_init - answer requests
 *
 * Return: 0 or -errno.
 */
int __init fabmon_netlink_init(void)
{
	BUILD_BUG_ON(ARRAY_SIZE(fabmon_nl_groups) != FABMON_GROUPS);
	return genl_register_family(&fabmon_family);
}

/**
 * fabmon_netlink_exit - answer no more
 */
void fabmon_netlink_exit(void)
{
	genl_unregister_family(&fabmon_family);
}
