/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A message of the family "fabmon" about a node or an event, taken apart. */
#ifndef FABMON_KNL_MESSAGE_H
#define FABMON_KNL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <linux/fabmon.h>
#include <linux/netlink.h>

#include "event.h"
#include "node.h"

/* What came into a port's tables, or went out of them. */
struct knl_tables {
	struct knl_gid *gids;
	size_t n_gids;
	struct knl_pkey *pkeys;
	size_t n_pkeys;
};

/**
 * struct knl_msg - one message of the family, taken apart
 * @cmd: enum of FABMON_CMD_*: NODE_GET (answer), NODE_*_NTF or EVENT_NTF, also
 *	of a notification that is replayed; EVENT_GET: see @lost
 * @instance: the module's instance
 * @seq: sequence number of the notification, or that the answer is true at
 * @boottime: CLOCK_BOOTTIME ns, 0 in answers
 * @realtime: CLOCK_REALTIME ns, 0 in answers
 * @cause: FABMON_CAUSE_* bits, what led to the notification
 * @action: of what is replayed; @cmd follows from it
 * @lost: of EVENT_GET: this many notifications, @seq the last of them, cannot
 *	be replayed any more
 * @node: the node, of messages that have one
 * @event: the event of EVENT_NTF
 * @added: of NODE_CHANGE_NTF
 * @removed: of NODE_CHANGE_NTF
 */
struct knl_msg {
	uint8_t cmd;
	uint64_t instance;
	uint64_t seq;
	uint64_t boottime;
	uint64_t realtime;
	uint32_t cause;
	enum fabmon_action action;
	uint64_t lost;
	struct knl_node node;
	struct knl_event event;
	struct knl_tables added, removed;
};

/**
 * knl_msg_parse - take one netlink message apart (pure; fuzzed)
 * @hdr: the message; @len bytes of it are readable
 * @msg: filled on success; knl_msg_clear() frees what it holds
 *
 * Unknown attributes are skipped, and so is what a command has that this
 * client does not know: such a message has @cmd, @instance and @seq, and its
 * reader counts it and does no more. An unknown kind of node or event keeps
 * its number. Bytes of a text that are not printable UTF-8 become '?'.
 *
 * Return: 0; -EBADMSG for a message that is cut short, malformed, of another
 * family's shape or without a mandatory attribute; -ENOMEM. After an error
 * @msg is empty.
 */
int knl_msg_parse(const struct nlmsghdr *hdr, size_t len, struct knl_msg *msg);
/* Frees what the message holds and leaves it empty; an empty one is fine. */
void knl_msg_clear(struct knl_msg *msg);

#endif /* FABMON_KNL_MESSAGE_H */
