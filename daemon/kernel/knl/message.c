// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Messages about nodes and events taken apart, without any I/O. */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "util/error.h"

_Static_assert(FABMON_A_MAX < 64, "sets of attributes are u64");

static void tables_clear(struct knl_tables *tables)
{
	free(tables->gids);
	free(tables->pkeys);
}

void knl_msg_clear(struct knl_msg *msg)
{
	knl_node_clear(&msg->node);
	knl_event_clear(&msg->event);
	tables_clear(&msg->added);
	tables_clear(&msg->removed);
	memset(msg, 0, sizeof(*msg));
}

static int node_read(void *object, struct knl_span span)
{
	return knl_node_read(&((struct knl_msg *)object)->node, span);
}

static int event_read(void *object, struct knl_span span)
{
	return knl_event_read(&((struct knl_msg *)object)->event, span);
}

static int gid_added_read(void *object, struct knl_span span)
{
	struct knl_tables *added = &((struct knl_msg *)object)->added;

	return knl_gid_read(&added->gids, &added->n_gids, span);
}

static int gid_removed_read(void *object, struct knl_span span)
{
	struct knl_tables *removed = &((struct knl_msg *)object)->removed;

	return knl_gid_read(&removed->gids, &removed->n_gids, span);
}

static int pkey_added_read(void *object, struct knl_span span)
{
	struct knl_tables *added = &((struct knl_msg *)object)->added;

	return knl_pkey_read(&added->pkeys, &added->n_pkeys, span);
}

static int pkey_removed_read(void *object, struct knl_span span)
{
	struct knl_tables *removed = &((struct knl_msg *)object)->removed;

	return knl_pkey_read(&removed->pkeys, &removed->n_pkeys, span);
}

static const struct knl_field msg_fields[FABMON_A_MAX + 1] = {
	[FABMON_A_INSTANCE] = FIELD(U64, struct knl_msg, instance),
	[FABMON_A_SEQ] = FIELD(U64, struct knl_msg, seq),
	[FABMON_A_BOOTTIME] = FIELD(U64, struct knl_msg, boottime),
	[FABMON_A_REALTIME] = FIELD(U64, struct knl_msg, realtime),
	[FABMON_A_NODE] = NEST(node_read),
	[FABMON_A_EVENT] = NEST(event_read),
	[FABMON_A_CAUSE] = FIELD(U32, struct knl_msg, cause),
	[FABMON_A_GID_ADDED] = NEST(gid_added_read),
	[FABMON_A_GID_REMOVED] = NEST(gid_removed_read),
	[FABMON_A_PKEY_ADDED] = NEST(pkey_added_read),
	[FABMON_A_PKEY_REMOVED] = NEST(pkey_removed_read),
	[FABMON_A_ACTION] = FIELD(U32, struct knl_msg, action),
	[FABMON_A_LOST] = FIELD(U64, struct knl_msg, lost),
};

int knl_message_open(const struct nlmsghdr *hdr, size_t len, uint8_t *cmd,
		     struct knl_span *span)
{
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	struct genlmsghdr genl;

	if (len < head || hdr->nlmsg_len < head || hdr->nlmsg_len > len)
		return -EBADMSG;
	memcpy(&genl, NLMSG_DATA(hdr), sizeof(genl));
	*cmd = genl.cmd;
	span->pos = (const uint8_t *)hdr + head;
	span->len = hdr->nlmsg_len - head;
	return 0;
}

/* The notification that is replayed; 0: of an action that is not known. */
static uint8_t action_cmd(enum fabmon_action action)
{
	switch (action) {
	case FABMON_ACTION_ADD:
		return FABMON_CMD_NODE_ADD_NTF;
	case FABMON_ACTION_CHANGE:
		return FABMON_CMD_NODE_CHANGE_NTF;
	case FABMON_ACTION_DELETE:
		return FABMON_CMD_NODE_DELETE_NTF;
	case FABMON_ACTION_EVENT:
		return FABMON_CMD_EVENT_NTF;
	case FABMON_ACTION_LOST:
		return FABMON_CMD_EVENT_GET;
	}
	return 0;
}

/* Attributes that a message of this command must have. */
static uint64_t msg_need(uint8_t cmd)
{
	uint64_t need = KNL_HAS(FABMON_A_INSTANCE) | KNL_HAS(FABMON_A_SEQ);

	switch (cmd) {
	case FABMON_CMD_NODE_GET:
	case FABMON_CMD_NODE_ADD_NTF:
	case FABMON_CMD_NODE_CHANGE_NTF:
	case FABMON_CMD_NODE_DELETE_NTF:
		return need | KNL_HAS(FABMON_A_NODE);
	case FABMON_CMD_EVENT_NTF:
		return need | KNL_HAS(FABMON_A_EVENT);
	case FABMON_CMD_EVENT_GET:
		return need | KNL_HAS(FABMON_A_ACTION) | KNL_HAS(FABMON_A_LOST);
	}
	return need;
}

int knl_msg_parse(const struct nlmsghdr *hdr, size_t len, struct knl_msg *msg)
{
	uint64_t has = 0, need;
	struct knl_span span;
	int err;

	memset(msg, 0, sizeof(*msg));
	err = knl_message_open(hdr, len, &msg->cmd, &span);
	if (!err && msg->cmd == FABMON_CMD_INFO_GET)
		err = -EBADMSG;
	if (!err)
		err = knl_fields_read(span, msg_fields, FABMON_A_MAX, msg,
				      &has);
	if (msg->cmd == FABMON_CMD_EVENT_GET && has & KNL_HAS(FABMON_A_ACTION))
		msg->cmd = action_cmd(msg->action);
	need = msg_need(msg->cmd);
	if (!err && (has & need) != need)
		err = -EBADMSG;
	if (!err)
		return 0;
	error_origin(err, "kernel: message %u of %zu bytes", msg->cmd, len);
	knl_msg_clear(msg);
	return err;
}
