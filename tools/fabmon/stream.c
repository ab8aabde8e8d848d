// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The stream of "fabmon monitor". It keeps the last state of each node, to print
 * what changed, and the last sequence number, to find what is missing.
 *
 * Missing notifications are replayed by the module. Those that its ring does
 * not hold any more are printed as lost; then the nodes are read again and the
 * differences are printed. Events that are lost stay lost.
 */
#include <errno.h>
#include <string.h>

#include "cli.h"

static int print_lost(struct cli_stream *stream, const char *reason,
		     uint64_t count)
{
	const struct cli_line line = {
		.op = "lost", .note = reason, .count = count,
	};

	stream->unsure = true;
	return cli_line_print(stream, &line);
}

/* @set: the states that it is to be compared with, and changes */
static int take_node(struct cli_stream *stream, struct cli_set *set,
		     struct knl_msg *msg)
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
		line.was = cli_set_find(set, id);
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
		cli_set_remove(set, id);
	else if (!err)
		err = cli_set_put(set, &msg->node);
	return err;
}

static int take_event(struct cli_stream *stream, const struct cli_set *set,
		      const struct knl_msg *msg)
{
	struct cli_line line = { .op = "event", .msg = msg };
	uint32_t id = (uint32_t)knl_event_num(&msg->event,
					      FABMON_A_EVENT_NODE, 0);

	if (stream->cli->no_events)
		return 0;
	line.node = cli_set_find(set, id);
	return cli_line_print(stream, &line);
}

/* The next notification, whichever way it came. */
static int take(struct cli_stream *stream, struct knl_msg *msg)
{
	bool old = msg->seq <= stream->seq;
	struct cli_set *set = old && stream->history ? &stream->past :
						       &stream->nodes;

	stream->shown = msg->seq;
	if (!old)
		stream->seq = msg->seq;
	if (msg->cmd == FABMON_CMD_EVENT_NTF)
		return take_event(stream, set, msg);
	/* The nodes were read after it: the difference has been printed. */
	if (old && !stream->history)
		return 0;
	return take_node(stream, set, msg);
}

/* How many are missing before this one. */
static uint64_t hole(const struct cli_stream *stream, const struct knl_msg *msg)
{
	if (!stream->shown || msg->seq <= stream->shown)
		return 0;
	return msg->seq - stream->shown - 1;
}

static int replayed(struct cli_stream *stream, struct knl_msg *msg)
{
	struct cli_line line = {
		.op = "lost", .msg = msg, .count = msg->lost,
		.note = "the module has them no more",
	};
	int err = 0;

	if (msg->seq <= stream->shown)
		return 0;
	if (msg->cmd == FABMON_CMD_EVENT_GET) {
		stream->shown = msg->seq;
		/* At the start the nodes have just been read. */
		if (!stream->history)
			stream->unsure = true;
		return cli_line_print(stream, &line);
	}
	if (hole(stream, msg))
		err = print_lost(stream, "hole in the replay",
				hole(stream, msg));
	return err ? err : take(stream, msg);
}

int cli_stream_replayed(struct knl_msg *msg, void *ctx)
{
	struct cli_stream *stream = ctx;

	stream->err = replayed(stream, msg);
	return stream->err;
}

/*
 * Replays what is missing and prints it. Return: 0, or -errno of printing. That
 * the module replayed nothing is in *@failed, and no reason to end.
 */
static int catch_up(struct cli_stream *stream, uint64_t seq, int *failed)
{
	stream->err = 0;
	*failed = stream->replay(stream, seq);
	if (stream->err)
		return stream->err;
	/* Gone or loaded anew: the next message of the stream will report it. */
	if (*failed == -ENODEV || *failed == -ESTALE)
		*failed = 0;
	return 0;
}

int cli_stream_message(struct knl_msg *msg, void *ctx)
{
	struct cli_stream *stream = ctx;
	int err = 0, failed;

	/* Of a module that is gone; its successor announces itself. */
	if (msg->instance != stream->instance) {
		stream->unsure = true;
		return 0;
	}
	if (hole(stream, msg))
		err = catch_up(stream, stream->shown + 1, &failed);
	if (!err && hole(stream, msg))
		err = print_lost(stream, "hole in the sequence",
				hole(stream, msg));
	if (err || msg->seq <= stream->shown)
		return err;
	return take(stream, msg);
}

int cli_stream_lost(struct cli_stream *stream, const char *reason)
{
	int err, failed;

	err = catch_up(stream, stream->shown + 1, &failed);
	if (!err && failed) {
		/* What comes next is taken as it comes. */
		stream->shown = 0;
		err = print_lost(stream, reason, 0);
	}
	return err;
}

int cli_stream_history(struct cli_stream *stream, uint64_t seq)
{
	uint64_t dumped = stream->seq;
	int err;

	stream->history = true;
	stream->shown = seq ? seq - 1 : 0;
	err = stream->replay(stream, seq);
	stream->history = false;
	cli_set_clear(&stream->past);
	if (stream->shown < dumped)
		stream->shown = dumped;
	return err;
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

int cli_stream_load(struct cli_stream *stream, uint64_t instance)
{
	const struct cli_line line = {
		.op = "load", .note = "the kernel module is there",
	};
	int err, failed;

	cli_set_clear(&stream->nodes);
	stream->instance = instance;
	stream->seq = 0;
	stream->shown = 0;
	stream->unsure = false;
	err = cli_line_print(stream, &line);
	if (!err)
		err = catch_up(stream, 1, &failed);
	if (!err && failed)
		stream->unsure = true;
	return err;
}

static bool same(const struct knl_node *a, const struct knl_node *b)
{
	json_t *x = cli_json_node(a), *y = cli_json_node(b);
	bool equal = x && y && json_equal(x, y);

	json_decref(x);
	json_decref(y);
	return equal;
}

static int print_new(struct cli_stream *stream, const struct cli_set *nodes)
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

static int print_gone(struct cli_stream *stream, const struct cli_set *nodes)
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

static int print_resync(struct cli_stream *stream, const struct cli_set *nodes,
		       uint64_t skipped)
{
	const struct cli_line line = {
		.op = "resync", .count = skipped, .note = "nodes read again",
	};
	int err;

	err = cli_line_print(stream, &line);
	if (!err)
		err = print_gone(stream, nodes);
	if (!err)
		err = print_new(stream, nodes);
	return err;
}

int cli_stream_resync(struct cli_stream *stream, struct cli_set *nodes,
		      uint64_t instance, uint64_t seq, bool print)
{
	bool same_load = instance == stream->instance;
	uint64_t skipped = 0;
	int err = 0;

	if (same_load && seq > stream->seq)
		skipped = seq - stream->seq;
	stream->instance = instance;
	if (print)
		err = print_resync(stream, nodes, skipped);
	if (!print)
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
