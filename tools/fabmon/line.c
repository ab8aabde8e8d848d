// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* One line of "fabmon monitor", as text or as JSON. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "util/error.h"

/* Entries of a table that a line of text names one by one. */
#define ENTRIES_MAX	8

static uint64_t realtime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t line_time(const struct cli_line *line)
{
	return line->msg && line->msg->realtime ? line->msg->realtime :
						  realtime_now();
}

static bool is_event(const struct cli_line *line)
{
	return line->msg && line->msg->cmd == FABMON_CMD_EVENT_NTF;
}

/* What differs; NULL where there is nothing to compare with, or no memory. */
static json_t *line_diff(const struct cli_line *line)
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

static void put_tables(json_t *json, const char *gids, const char *pkeys,
		       const struct knl_tables *tables)
{
	if (tables->n_gids)
		json_object_set_new(json, gids,
				    cli_json_gids(tables->gids,
						  tables->n_gids));
	if (tables->n_pkeys)
		json_object_set_new(json, pkeys,
				    cli_json_pkeys(tables->pkeys,
						   tables->n_pkeys));
}

static int line_json(const struct cli_stream *stream,
		     const struct cli_line *line)
{
	const struct knl_msg *msg = line->msg;
	char when[CLI_TIME_LEN], instance[24];
	json_t *json, *diff;

	snprintf(instance, sizeof(instance), "%016" PRIx64, stream->instance);
	json = json_pack("{s:s, s:s}", "time",
			 cli_time(when, line_time(line), true), "op", line->op);
	if (!json)
		return error_origin(-ENOMEM, "the JSON document");
	if (msg) {
		json_object_set_new(json, "seq", json_integer(msg->seq));
		json_object_set_new(json, "instance", json_string(instance));
		json_object_set_new(json, "boottime",
				    json_integer(msg->boottime));
		json_object_set_new(json, "realtime",
				    json_integer(msg->realtime));
		if (msg->cause)
			json_object_set_new(json, "cause",
					    cli_json_causes(msg->cause));
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
	if (is_event(line))
		json_object_set_new(json, "event", cli_json_event(&msg->event));
	if (msg) {
		put_tables(json, "gid-added", "pkey-added", &msg->added);
		put_tables(json, "gid-removed", "pkey-removed", &msg->removed);
	}
	return cli_json_print(stream->cli, json);
}

static const char *change_text(const json_t *change, const char *key)
{
	const char *text = json_string_value(json_object_get(change, key));

	return text ? text : "(none)";
}

/* Entries that the notification names itself, which is more exact. */
static bool names_entry(const struct cli_line *line, const char *property)
{
	const struct knl_msg *msg = line->msg;

	if (!msg)
		return false;
	if (!strncmp(property, "gid[", 4))
		return msg->added.n_gids || msg->removed.n_gids;
	if (!strncmp(property, "pkey[", 5))
		return msg->added.n_pkeys || msg->removed.n_pkeys;
	return false;
}

/* Return: what is to come before whatever follows. */
static const char *diff_text(FILE *out, const struct cli_line *line)
{
	const char *property, *dot, *sep = "";
	json_t *diff = line_diff(line);
	json_t *change;
	size_t i;

	json_array_foreach(diff, i, change) {
		property = change_text(change, "property");
		if (names_entry(line, property))
			continue;
		dot = strchr(property, '.');
		fprintf(out, "%s %s %s -> %s", sep,
			dot ? dot + 1 : property, change_text(change, "old"),
			change_text(change, "new"));
		sep = ",";
	}
	json_decref(diff);
	return sep;
}

static const char *gids_text(FILE *out, const struct knl_tables *tables,
			     const char *verb, const char *sep)
{
	char text[CLI_GID_LEN];
	const char *type;
	size_t i;

	for (i = 0; i < tables->n_gids && i < ENTRIES_MAX; i++) {
		type = cli_gid_type(tables->gids[i].type);
		fprintf(out, "%s gid %" PRIu32 " %s %s %s", sep,
			tables->gids[i].index, verb,
			cli_gid(text, tables->gids[i].value), type ? type : "");
		sep = ",";
	}
	if (i < tables->n_gids)
		fprintf(out, ", %zu more gids %s", tables->n_gids - i, verb);
	return sep;
}

static const char *pkeys_text(FILE *out, const struct knl_tables *tables,
			      const char *verb, const char *sep)
{
	size_t i;

	for (i = 0; i < tables->n_pkeys && i < ENTRIES_MAX; i++) {
		fprintf(out, "%s pkey %" PRIu32 " %s 0x%04" PRIx32, sep,
			tables->pkeys[i].index, verb, tables->pkeys[i].value);
		sep = ",";
	}
	if (i < tables->n_pkeys)
		fprintf(out, ", %zu more pkeys %s", tables->n_pkeys - i, verb);
	return sep;
}

/* What changed: against the state before, if known, and by the notification. */
static void change_of_text(FILE *out, const struct cli_line *line)
{
	/* Without a state to compare with, what the node is stands before. */
	const char *sep = line->was ? diff_text(out, line) : ",";

	if (!line->msg)
		return;
	sep = gids_text(out, &line->msg->removed, "removed", sep);
	sep = gids_text(out, &line->msg->added, "added", sep);
	sep = pkeys_text(out, &line->msg->removed, "removed", sep);
	pkeys_text(out, &line->msg->added, "added", sep);
}

static void cause_text(FILE *out, uint32_t cause)
{
	const char *sep = "  cause ";
	uint32_t bit;

	for (bit = 1; bit; bit <<= 1) {
		if (!(cause & bit))
			continue;
		fprintf(out, "%s%s", sep, knl_cause_name(bit));
		sep = ",";
	}
}

static void event_text(const struct cli_stream *stream,
			const struct cli_line *line)
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

static void line_text(const struct cli_stream *stream,
		      const struct cli_line *line)
{
	const struct knl_node *above;
	FILE *out = stream->cli->out;
	char when[CLI_TIME_LEN];

	fprintf(out, "%s", cli_time(when, line_time(line), stream->cli->date));
	if (line->msg)
		fprintf(out, " #%" PRIu64, line->msg->seq);
	fprintf(out, " %s", line->op);
	if (is_event(line)) {
		event_text(stream, line);
	} else if (line->node) {
		fprintf(out, " %s %s", knl_kind_name(line->node->kind),
			line->node->name);
		above = cli_set_find(&stream->nodes, line->node->parent);
		if (line->was)
			fputc(':', out);
		else if (strcmp(line->op, "delete"))
			cli_text_node(out, line->node, above);
		change_of_text(out, line);
	}
	if (line->count)
		fprintf(out, " %" PRIu64 " notifications", line->count);
	if (line->msg)
		cause_text(out, line->msg->cause);
	if (line->note)
		fprintf(out, " (%s)", line->note);
	fputc('\n', out);
}

int cli_line_print(const struct cli_stream *stream, const struct cli_line *line)
{
	FILE *out = stream->cli->out;
	int err = 0;

	if (stream->cli->json)
		err = line_json(stream, line);
	else
		line_text(stream, line);
	/* at once: a reader may be waiting */
	errno = EIO;
	if (!err && (fflush(out) || ferror(out)))
		err = error_origin(-errno, "standard output: write");
	return err;
}
