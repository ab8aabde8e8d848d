// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Publishing a record. Under one lock it gets its sequence number, is kept in
 * the ring for replays, and is sent to the subscribers.
 */
#include <linux/export.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>

#include "core.h"

/**
 * fabmon_send - send a record to a group in a namespace
 * @fnet: the namespace
 * @group: FABMON_GROUP_MONITOR or FABMON_GROUP_ADMIN
 * @record: what to send
 * @skb: the message, as returned for another namespace, or NULL
 *
 * Never waits: a subscriber without room reads ENOBUFS, and nobody else is
 * held up by it.
 *
 * A message that nobody took serves the next namespace: netlink_has_listeners()
 * knows whether there are subscribers for all namespaces together only.
 *
 * Return: the message if nobody took it, else NULL.
 */
static struct sk_buff *fabmon_send(const struct fabmon_net *fnet,
				   unsigned int group,
				   const struct fabmon_record *record,
				   struct sk_buff *skb)
{
	int err;

	if (!skb)
		skb = fabmon_message_notification(record,
						  group == FABMON_GROUP_ADMIN);
	if (!skb) {
		fabmon_store.lost_build++;
		return NULL;
	}

	fabmon_message_number(skb, fabmon_net_seq(fnet));
	err = genlmsg_multicast_netns(&fabmon_family, fnet->net, skb_get(skb),
				      0, group, FABMON_GFP_LOCKED);
	if (err == -ESRCH)
		return skb;
	if (err)
		fabmon_store.lost_send++;
	nlmsg_free(skb);
	return NULL;
}

/* Without subscribers it costs one test. */
static void fabmon_send_group(unsigned int group, const struct net *scope,
			      const struct fabmon_record *record)
{
	struct sk_buff *skb = NULL;
	struct fabmon_net *fnet;

	if (!genl_has_listeners(&fabmon_family, &init_net, group))
		return;

	list_for_each_entry(fnet, &fabmon_store.nets, entry) {
		if (!scope || net_eq(scope, fnet->net))
			skb = fabmon_send(fnet, group, record, skb);
	}
	nlmsg_free(skb);
}

/**
 * fabmon_publish - number a record, keep it, send it
 * @scope: the only network namespace that sees it, or NULL
 * @record: the record; @netns is filled in here. The ring takes references of
 *	its own on the blobs.
 *
 * A record FABMON_ACTION_LOST is numbered and kept but not sent: subscribers
 * find a gap, and a replay reports that it cannot fill it.
 *
 * Context: fabmon_store.lock held.
 */
void fabmon_publish(const struct net *scope, struct fabmon_record *record)
{
	unsigned int group;

	lockdep_assert_held(&fabmon_store.lock);

	if (scope)
		fabmon_net(scope)->own++;
	else
		fabmon_store.shared++;
	record->netns = scope ? scope->net_cookie : 0;
	fabmon_ring_put(record);

	if (record->action == FABMON_ACTION_LOST)
		return;
	for (group = 0; group < FABMON_GROUPS; group++)
		fabmon_send_group(group, scope, record);
}

/**
 * fabmon_publish_lost - number a notification that there was no memory for
 * @scope: the only network namespace that would have seen it, or NULL
 * @change: when and why
 *
 * Context: fabmon_store.lock held.
 */
void fabmon_publish_lost(const struct net *scope,
			 const struct fabmon_change *change)
{
	struct fabmon_record record = {
		.change = *change,
		.action = FABMON_ACTION_LOST,
	};

	fabmon_store.lost_build++;
	fabmon_publish(scope, &record);
}

/* Who sees an event. */
static const struct net *fabmon_event_scope(const struct fabmon_node *node)
{
	return node ? fabmon_scope(node->provider, node->ctx) : &init_net;
}

/* Under the lock; without memory for the event a number is used up. */
static void fabmon_event_publish(const struct fabmon_node *node,
				 struct fabmon_blob *open,
				 struct fabmon_blob *secret,
				 const struct fabmon_change *change)
{
	const struct net *scope = fabmon_event_scope(node);
	struct fabmon_record record = {
		.change = *change,
		.body = open,
		.extra = secret,
		.action = FABMON_ACTION_EVENT,
	};

	lockdep_assert_held(&fabmon_store.lock);

	if (open)
		fabmon_publish(scope, &record);
	else
		fabmon_publish_lost(scope, change);
}

void fabmon_event_emit(struct fabmon_provider *provider,
		       const struct fabmon_node *node, struct sk_buff *open,
		       struct sk_buff *secret,
		       const struct fabmon_change *change)
{
	struct fabmon_blob *extra = secret ? fabmon_blob_new(secret) : NULL;
	struct fabmon_blob *body = fabmon_blob_new(open);

	/* half an event would pass for a whole one */
	if (secret && !extra) {
		fabmon_blob_put(body);
		body = NULL;
	}

	mutex_lock(&fabmon_store.lock);
	provider->events++;
	fabmon_event_publish(node, body, extra, change);
	fabmon_blob_put(extra);
	fabmon_blob_put(body);
	mutex_unlock(&fabmon_store.lock);

	fabmon_attrs_free(open);
	fabmon_attrs_free(secret);
}
EXPORT_SYMBOL_GPL(fabmon_event_emit);

void fabmon_event_lost(struct fabmon_provider *provider, u64 count,
		       const struct fabmon_stamp *stamp)
{
	struct fabmon_change change = { .stamp = *stamp };
	struct fabmon_blob *body = NULL;
	struct sk_buff *open;

	if (!count)
		return;

	open = fabmon_attrs_new(FABMON_ATTRS_SIZE);
	if (open &&
	    !nla_put_u32(open, FABMON_A_EVENT_TYPE, FABMON_EVENT_TYPE_LOST) &&
	    !fabmon_put_u64(open, FABMON_A_EVENT_COUNT, count))
		body = fabmon_blob_new(open);
	fabmon_attrs_free(open);

	mutex_lock(&fabmon_store.lock);
	provider->events++;
	fabmon_store.lost_hook += count;
	fabmon_event_publish(NULL, body, NULL, &change);
	fabmon_blob_put(body);
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_event_lost);
