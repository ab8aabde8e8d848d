// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What "fabmon monitor" has to know: the last state of each node, so that it
 * can say what changed, and the last sequence number, so that it can say what
 * is missing.
 */
#include <errno.h>
#include <string.h>

#include "cli.h"

/* A hole in the sequence is told before what comes after it. */
static int check_sequence(struct cli_stream *stream, const struct knl_msg *msg)
{
	struct cli_line line = { .op = "lost", .note = "hole in the sequence" };
	uint64_t last = stream->seq;

	stream->seq = msg->seq;
	if (msg->seq == last + 1)
		return 0;
	stream->unsure = true;
	line.count = msg->seq - last - 1;
	return cli_line_print(stream, &line);
}

static int take_node(struct cli_stream *stream, struct knl_msg *msg)
{
	struct cli_line line = { .msg = msg, .node = &msg->node };
	uint32_t id = msg->node.id;
	int err;

	switch (msg->cmd) {
	case FABMON_CMD_NODE_ADD_NTF:
		line.op = "add";
		break;
	case FABMON_CMD_NODE_CHANGE_NTF:
		line.op = "change";
		line.was = cli_set_find(&stream->nodes, id);
		break;
	case FABMON_CMD_NODE_DELETE_NTF:
		line.op = "delete";
		break;
	default:
		/* A newer module's; it counts in the sequence. */
		return 0;
	}
	err = cli_line_print(stream, &line);
	if (msg->cmd == FABMON_CMD_NODE_DELETE_NTF)
		cli_set_remove(&stream->nodes, id);
	else if (!err)
		err = cli_set_put(&stream->nodes, &msg->node);
	return err;
}

static int take_event(struct cli_stream *stream, const struct knl_msg *msg)
{
	struct cli_line line = { .op = "event", .msg = msg };
	uint32_t id = (uint32_t)knl_event_num(&msg->event,
					      FABMON_A_EVENT_NODE, 0);

	if (stream->cli->no_events)
		return 0;
	line.node = cli_set_find(&stream->nodes, id);
	return cli_line_print(stream, &line);
}

int cli_stream_message(struct knl_msg *msg, void *ctx)
{
	struct cli_stream *stream = ctx;
	int err = 0;

	/* Of a module that is gone; its successor announces itself. */
	if (msg->instance != stream->instance) {
		stream->unsure = true;
		return 0;
	}
	if (msg->seq <= stream->shown)
		return 0;
	stream->shown = msg->seq;
	/* Older than the dump, which has the nodes but no health events. */
	if (msg->seq > stream->seq)
		err = check_sequence(stream, msg);
	else if (msg->cmd != FABMON_CMD_EVENT_NTF)
		return 0;
	if (err)
		return err;
	if (msg->cmd == FABMON_CMD_EVENT_NTF)
		return take_event(stream, msg);
	return take_node(stream, msg);
}

int cli_stream_lost(struct cli_stream *stream, const char *reason)
{
	const struct cli_line line = { .op = "lost", .note = reason };

	stream->unsure = true;
	return cli_line_print(stream, &line);
}

int cli_stream_unload(struct cli_stream *stream)
{
	const struct cli_line line = {
		.op = "unload", .note = "the kernel module is gone",
	};

	cli_set_clear(&stream->nodes);
	stream->unsure = false;
	return cli_line_print(stream, &line);
}

int cli_stream_load(struct cli_stream *stream)
{
	const struct cli_line line = {
		.op = "load", .note = "the kernel module is there",
	};

	cli_set_clear(&stream->nodes);
	stream->shown = 0;
	stream->unsure = true;
	return cli_line_print(stream, &line);
}

static bool same(const struct knl_node *a, const struct knl_node *b)
{
	json_t *x = cli_json_node(a), *y = cli_json_node(b);
	bool equal = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return equal;
}

static int tell_new(struct cli_stream *stream, const struct cli_set *nodes)
{
	struct cli_line line = { .note = "found by reading again" };
	size_t i;
	int err = 0;

	for (i = 0; !err && i < nodes->count; i++) {
		line.node = &nodes->nodes[i];
		line.was = cli_set_find(&stream->nodes, line.node->id);
		line.op = line.was ? "change" : "add";
		if (!line.was || !same(line.was, line.node))
			err = cli_line_print(stream, &line);
	}
	return err;
}

static int tell_gone(struct cli_stream *stream, const struct cli_set *nodes)
{
	struct cli_line line = {
		.op = "delete", .note = "found by reading again",
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < stream->nodes.count; i++) {
		line.node = &stream->nodes.nodes[i];
		if (!cli_set_find(nodes, line.node->id))
			err = cli_line_print(stream, &line);
	}
	return err;
}

static int tell_resync(struct cli_stream *stream, const struct cli_set *nodes,
		       uint64_t skipped)
{
	const struct cli_line line = {
		.op = "resync", .count = skipped, .note = "nodes read again",
	};
	int err;

	err = cli_line_print(stream, &line);
	if (!err)
		err = tell_gone(stream, nodes);
	if (!err)
		err = tell_new(stream, nodes);
	return err;
}

int cli_stream_resync(struct cli_stream *stream, struct cli_set *nodes,
		      uint64_t instance, uint64_t seq, bool tell)
{
	bool same_load = instance == stream->instance;
	uint64_t skipped = 0;
	int err = 0;

	if (same_load && seq > stream->seq)
		skipped = seq - stream->seq;
	stream->instance = instance;
	if (tell)
		err = tell_resync(stream, nodes, skipped);
	if (!tell)
		stream->shown = seq;
	else if (!same_load)
		stream->shown = 0;
	cli_set_clear(&stream->nodes);
	stream->nodes = *nodes;
	memset(nodes, 0, sizeof(*nodes));
	stream->seq = seq;
	stream->unsure = false;
	return err;
}
