// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What "fabmon monitor" prints, and what it has to know for that: the last
 * state of each node, so that it can say what changed, and the last sequence
 * number, so that it can say what is missing.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli.h"

/**
 * struct line - one thing to be printed
 * @op: add, change, delete, health, lost, resync, unload, load
 * @msg: the notification, or NULL for what the command found by itself
 * @node: the node, or NULL
 * @was: its state before, or NULL
 * @note: a phrase, or NULL
 * @count: notifications lost, 0 where nobody knows
 */
struct line {
	const char *op;
	const struct knl_msg *msg;
	const struct knl_node *node;
	const struct knl_node *was;
	const char *note;
	uint64_t count;
};

static uint64_t realtime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t line_time(const struct line *line)
{
	return line->msg && line->msg->realtime ? line->msg->realtime :
						  realtime_now();
}

static bool is_health(const struct line *line)
{
	return line->msg && line->msg->cmd == FABMON_CMD_EVENT_NTF;
}

/* What differs; NULL where there is nothing to compare with, or no memory. */
static json_t *line_diff(const struct line *line)
{
	json_t *old, *new, *diff = NULL;

	if (!line->node || !line->was)
		return NULL;
	old = cli_json_node(line->was);
	new = cli_json_node(line->node);
	if (old && new)
		diff = cli_diff(old, new);
	json_decref(old);
	json_decref(new);
	return diff;
}

static int line_json(const struct cli_stream *stream, const struct line *line)
{
	const struct knl_msg *msg = line->msg;
	char when[CLI_TIME_LEN], instance[24];
	json_t *json, *diff;

	snprintf(instance, sizeof(instance), "%016" PRIx64, stream->instance);
	json = json_pack("{s:s, s:s}", "time",
			 cli_time(when, line_time(line), true), "op", line->op);
	if (!json)
		return -ENOMEM;
	if (msg) {
		json_object_set_new(json, "seq", json_integer(msg->seq));
		json_object_set_new(json, "instance", json_string(instance));
		json_object_set_new(json, "boottime",
				    json_integer(msg->boottime));
		json_object_set_new(json, "realtime",
				    json_integer(msg->realtime));
	} else if (line->node) {
		json_object_set_new(json, "resync", json_true());
	}
	if (line->note)
		json_object_set_new(json, "reason", json_string(line->note));
	if (line->count)
		json_object_set_new(json, "count", json_integer(line->count));
	if (line->node)
		json_object_set_new(json, "node", cli_json_node(line->node));
	diff = line_diff(line);
	if (diff)
		json_object_set_new(json, "changed", diff);
	if (is_health(line))
		json_object_set_new(json, "event", cli_json_event(&msg->event));
	return cli_json_print(stream->cli, json);
}

static const char *change_text(const json_t *change, const char *key)
{
	const char *text = json_string_value(json_object_get(change, key));

	return text ? text : "(none)";
}

static void diff_text(FILE *out, const struct line *line)
{
	const char *property, *dot;
	json_t *diff = line_diff(line);
	json_t *change;
	size_t i;

	json_array_foreach(diff, i, change) {
		property = change_text(change, "property");
		dot = strchr(property, '.');
		fprintf(out, "%s %s %s -> %s", i ? "," : "",
			dot ? dot + 1 : property, change_text(change, "old"),
			change_text(change, "new"));
	}
	json_decref(diff);
}

static void health_text(const struct cli_stream *stream,
			const struct line *line)
{
	const struct knl_event *event = &line->msg->event;
	FILE *out = stream->cli->out;

	if (line->node)
		fprintf(out, " %s %s:", knl_kind_name(line->node->kind),
			line->node->name);
	else if (event->device)
		fprintf(out, " %s:", event->device);
	fputc(' ', out);
	cli_text_event(out, event);
}

static void line_text(const struct cli_stream *stream, const struct line *line)
{
	const struct knl_node *above;
	FILE *out = stream->cli->out;
	char when[CLI_TIME_LEN];

	fprintf(out, "%s", cli_time(when, line_time(line), stream->cli->date));
	if (line->msg)
		fprintf(out, " #%" PRIu64, line->msg->seq);
	fprintf(out, " %s", line->op);
	if (is_health(line)) {
		health_text(stream, line);
	} else if (line->node) {
		fprintf(out, " %s %s", knl_kind_name(line->node->kind),
			line->node->name);
		above = cli_set_find(&stream->nodes, line->node->parent);
		if (line->was)
			fputc(':', out);
		if (line->was)
			diff_text(out, line);
		else if (strcmp(line->op, "delete"))
			cli_text_node(out, line->node, above);
	}
	if (line->count)
		fprintf(out, " %" PRIu64 " notifications", line->count);
	if (line->note)
		fprintf(out, " (%s)", line->note);
	fputc('\n', out);
}

static int line_print(const struct cli_stream *stream, const struct line *line)
{
	FILE *out = stream->cli->out;
	int err = 0;

	if (stream->cli->json)
		err = line_json(stream, line);
	else
		line_text(stream, line);
	/* Whoever reads this reads it now. */
	errno = EIO;
	if (!err && (fflush(out) || ferror(out)))
		err = -errno;
	return err;
}

/* A hole in the sequence is told before what comes after it. */
static int check_sequence(struct cli_stream *stream, const struct knl_msg *msg)
{
	struct line line = { .op = "lost", .note = "hole in the sequence" };
	uint64_t last = stream->seq;

	stream->seq = msg->seq;
	if (msg->seq == last + 1)
		return 0;
	stream->unsure = true;
	line.count = msg->seq - last - 1;
	return line_print(stream, &line);
}

static int take_node(struct cli_stream *stream, struct knl_msg *msg)
{
	struct line line = { .msg = msg, .node = &msg->node };
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
	err = line_print(stream, &line);
	if (msg->cmd == FABMON_CMD_NODE_DELETE_NTF)
		cli_set_remove(&stream->nodes, id);
	else if (!err)
		err = cli_set_put(&stream->nodes, &msg->node);
	return err;
}

static int take_health(struct cli_stream *stream, const struct knl_msg *msg)
{
	struct line line = { .op = "health", .msg = msg };
	uint32_t id = (uint32_t)knl_event_num(&msg->event,
					      FABMON_A_EVENT_NODE, 0);

	if (stream->cli->no_health)
		return 0;
	line.node = cli_set_find(&stream->nodes, id);
	return line_print(stream, &line);
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
		return take_health(stream, msg);
	return take_node(stream, msg);
}

int cli_stream_lost(struct cli_stream *stream, const char *reason)
{
	const struct line line = { .op = "lost", .note = reason };

	stream->unsure = true;
	return line_print(stream, &line);
}

int cli_stream_unload(struct cli_stream *stream)
{
	const struct line line = {
		.op = "unload", .note = "the kernel module is gone",
	};

	cli_set_clear(&stream->nodes);
	stream->unsure = false;
	return line_print(stream, &line);
}

int cli_stream_load(struct cli_stream *stream)
{
	const struct line line = {
		.op = "load", .note = "the kernel module is there",
	};

	cli_set_clear(&stream->nodes);
	stream->shown = 0;
	stream->unsure = true;
	return line_print(stream, &line);
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
	struct line line = { .note = "found by reading again" };
	size_t i;
	int err = 0;

	for (i = 0; !err && i < nodes->count; i++) {
		line.node = &nodes->nodes[i];
		line.was = cli_set_find(&stream->nodes, line.node->id);
		line.op = line.was ? "change" : "add";
		if (!line.was || !same(line.was, line.node))
			err = line_print(stream, &line);
	}
	return err;
}

static int tell_gone(struct cli_stream *stream, const struct cli_set *nodes)
{
	struct line line = {
		.op = "delete", .note = "found by reading again",
	};
	size_t i;
	int err = 0;

	for (i = 0; !err && i < stream->nodes.count; i++) {
		line.node = &stream->nodes.nodes[i];
		if (!cli_set_find(nodes, line.node->id))
			err = line_print(stream, &line);
	}
	return err;
}

static int tell_resync(struct cli_stream *stream, const struct cli_set *nodes,
		       uint64_t skipped)
{
	const struct line line = {
		.op = "resync", .count = skipped, .note = "nodes read again",
	};
	int err;

	err = line_print(stream, &line);
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
