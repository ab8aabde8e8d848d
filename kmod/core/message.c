// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Netlink messages, made from nodes and records. Each part of a message is put
 * by one function, whether the message is an answer, a notification, or part of
 * a dump or a replay.
 */
#include <net/genetlink.h>

#include "core.h"

/* Where the number is: behind the headers and the first attribute. */
#define SEQ_OFFSET	(NLMSG_HDRLEN + GENL_HDRLEN + \
			 NLA_HDRLEN + sizeof(u64) + NLA_HDRLEN)

/**
 * fabmon_message_size - room for the largest message about something
 * @attrs: bytes of its attributes
 *
 * Return: bytes, without the headers.
 */
size_t fabmon_message_size(size_t attrs)
{
	/* instance, seq, boottime, realtime, lost; cause, action */
	return 5 * nla_total_size(sizeof(u64)) +
	       2 * nla_total_size(sizeof(u32)) +
	       nla_total_size(2 * nla_total_size(sizeof(u32))) + attrs;
}

/* First in every message but info-get's, see SEQ_OFFSET. */
static int message_head(struct sk_buff *skb, u64 seq)
{
	if (fabmon_put_u64(skb, FABMON_A_INSTANCE, fabmon_store.instance) ||
	    fabmon_put_u64(skb, FABMON_A_SEQ, seq))
		return -EMSGSIZE;
	return 0;
}

static int message_change(struct sk_buff *skb,
			  const struct fabmon_change *change)
{
	if (fabmon_put_u64(skb, FABMON_A_BOOTTIME, change->stamp.boottime) ||
	    fabmon_put_u64(skb, FABMON_A_REALTIME, change->stamp.realtime))
		return -EMSGSIZE;
	if (change->cause &&
	    nla_put_u32(skb, FABMON_A_CAUSE, change->cause))
		return -EMSGSIZE;
	return 0;
}

static int message_attrs(struct sk_buff *skb, const struct fabmon_blob *blob)
{
	return blob ? nla_append(skb, blob->len, blob->data) : 0;
}

static int message_nest_node(struct sk_buff *skb, u32 id, u32 kind,
			     const struct fabmon_blob *attrs)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, FABMON_A_NODE);
	if (!nest)
		return -EMSGSIZE;

	if (nla_put_u32(skb, FABMON_A_NODE_ID, id) ||
	    nla_put_u32(skb, FABMON_A_NODE_KIND, kind) ||
	    message_attrs(skb, attrs)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int message_nest_event(struct sk_buff *skb,
			      const struct fabmon_record *record, bool admin)
{
	struct nlattr *nest;

	nest = nla_nest_start(skb, FABMON_A_EVENT);
	if (!nest)
		return -EMSGSIZE;

	if (message_attrs(skb, record->body) ||
	    (admin && message_attrs(skb, record->extra))) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int message_record(struct sk_buff *skb,
			  const struct fabmon_record *record, bool admin)
{
	if (message_change(skb, &record->change))
		return -EMSGSIZE;

	switch (record->action) {
	case FABMON_ACTION_EVENT:
		return message_nest_event(skb, record, admin);
	case FABMON_ACTION_LOST:
		return fabmon_put_u64(skb, FABMON_A_LOST, 1);
	default:
		if (message_nest_node(skb, record->id, record->kind,
				      record->body))
			return -EMSGSIZE;
		return message_attrs(skb, record->extra);
	}
}

static u8 message_command(const struct fabmon_record *record)
{
	switch (record->action) {
	case FABMON_ACTION_ADD:
		return FABMON_CMD_NODE_ADD_NTF;
	case FABMON_ACTION_CHANGE:
		return FABMON_CMD_NODE_CHANGE_NTF;
	case FABMON_ACTION_DELETE:
		return FABMON_CMD_NODE_DELETE_NTF;
	default:
		return FABMON_CMD_EVENT_NTF;
	}
}

/**
 * fabmon_message_notification - make a notification
 * @record: what to report
 * @admin: with what needs CAP_NET_ADMIN
 *
 * Context: fabmon_store.lock held.
 *
 * Return: the message, yet to be numbered, or NULL without memory.
 */
struct sk_buff *fabmon_message_notification(const struct fabmon_record *record,
					    bool admin)
{
	size_t len = record->body->len;
	struct sk_buff *skb;
	void *hdr;

	lockdep_assert_held(&fabmon_store.lock);

	if (record->extra)
		len += record->extra->len;
	skb = genlmsg_new(fabmon_message_size(len), FABMON_GFP_LOCKED);
	if (!skb)
		return NULL;

	hdr = genlmsg_put(skb, 0, 0, &fabmon_family, 0,
			  message_command(record));
	if (!hdr || message_head(skb, 0) ||
	    message_record(skb, record, admin)) {
		nlmsg_free(skb);
		return NULL;
	}
	genlmsg_end(skb, hdr);
	return skb;
}

/**
 * fabmon_message_number - number a notification
 * @skb: as made by fabmon_message_notification(), shared with nobody
 * @seq: the number
 */
void fabmon_message_number(struct sk_buff *skb, u64 seq)
{
	memcpy(skb->data + SEQ_OFFSET, &seq, sizeof(seq));
}

/**
 * fabmon_message_replay - put a record as part of the answer to event-get
 * @skb: begun with a header
 * @seq: its number
 * @record: the record
 * @admin: with what needs CAP_NET_ADMIN
 *
 * Context: fabmon_store.lock held.
 *
 * Return: 0 or -EMSGSIZE.
 */
int fabmon_message_replay(struct sk_buff *skb, u64 seq,
			  const struct fabmon_record *record, bool admin)
{
	lockdep_assert_held(&fabmon_store.lock);

	if (message_head(skb, seq) ||
	    nla_put_u32(skb, FABMON_A_ACTION, record->action))
		return -EMSGSIZE;
	return message_record(skb, record, admin);
}

/**
 * fabmon_message_lost - put that the ring no longer has some records
 * @skb: begun with a header
 * @seq: number of the last of them
 * @count: how many
 *
 * Context: fabmon_store.lock held.
 *
 * Return: 0 or -EMSGSIZE.
 */
int fabmon_message_lost(struct sk_buff *skb, u64 seq, u64 count)
{
	lockdep_assert_held(&fabmon_store.lock);

	if (message_head(skb, seq) ||
	    nla_put_u32(skb, FABMON_A_ACTION, FABMON_ACTION_LOST) ||
	    fabmon_put_u64(skb, FABMON_A_LOST, count))
		return -EMSGSIZE;
	return 0;
}

/**
 * fabmon_message_node - put a node as an answer, or part of a dump
 * @skb: begun with a header
 * @seq: the number that it is true at
 * @node: the node
 *
 * Context: fabmon_store.lock held.
 *
 * Return: 0 or -EMSGSIZE.
 */
int fabmon_message_node(struct sk_buff *skb, u64 seq,
			const struct fabmon_node *node)
{
	lockdep_assert_held(&fabmon_store.lock);

	if (message_head(skb, seq))
		return -EMSGSIZE;
	return message_nest_node(skb, node->id, node->kind, node->attrs);
}
