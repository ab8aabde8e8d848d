/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The operator's command. It reads the kernel module through knl.h, as fabmond
 * does, and asks fabmond for its status, or to leave an OFMF; else it changes
 * nothing.
 *
 * There is a file for each command: show.c, monitor.c, info.c, status.c and
 * leave.c, the last two by what asks fabmond (ask.c).
 * They share names and numbers for people (format.c), lines of text (text.c),
 * JSON (json.c), the nodes by their ids (set.c), these as a tree (tree.c) and
 * the differences between two states of a node (diff.c).
 *
 * The answer goes to standard output. An error is one line on standard error,
 * which names the object, the step and what to do, and an exit code.
 */
#ifndef FABMON_CLI_H
#define FABMON_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "kernel/knl/knl.h"

/* Exit codes, of sysexits.h where it has one. */
#define CLI_EXIT_FAILURE	1
#define CLI_EXIT_USAGE		2
#define CLI_EXIT_NO_MODULE	69
#define CLI_EXIT_NO_DAEMON	69
#define CLI_EXIT_OLD_MODULE	76
#define CLI_EXIT_PERMISSION	77

/* Where fabmon.service has it. */
#define CLI_SOCKET	"/run/fabmon/control"

/**
 * struct cli - what the command line asked for
 * @out: where the answer goes
 * @json: JSON instead of text
 * @pretty: indented JSON
 * @date: time stamps with the date
 * @admin: monitor: the group with addresses
 * @no_events: monitor: changes of nodes only
 * @replay: monitor: first what was before, from @since on
 * @since: sequence number, 0: the oldest that the module has
 * @socket: status, leave, join: fabmond's control socket
 * @args: the words after the command, @n_args of them
 */
struct cli {
	FILE *out;
	bool json;
	bool pretty;
	bool date;
	bool admin;
	bool no_events;
	bool replay;
	uint64_t since;
	const char *socket;
	char **args;
	int n_args;
};

/* Commands. Return the exit code. */
int cli_show(const struct cli *cli);
int cli_monitor(const struct cli *cli);
int cli_info(const struct cli *cli);
int cli_status(const struct cli *cli);
int cli_leave(const struct cli *cli);
int cli_join(const struct cli *cli);

/*
 * One line on stderr: what failed, with the origin that is kept for @err, and
 * what to do. Nothing for -EPIPE: the reader of our output has gone.
 * @doing: completes "cannot ...". Return: the exit code.
 */
int cli_fail(int err, const char *doing);
/* The end of a command: the exit code, after all was written. */
int cli_finish(const struct cli *cli);

/* ---- names and numbers (format.c) ---- */

#define CLI_TIME_LEN	48
#define CLI_GUID_LEN	24
#define CLI_GID_LEN	40
#define CLI_UUID_LEN	40

/* Words for values; NULL for one that has none. */
const char *cli_port_state(uint32_t state);
const char *cli_phys_state(uint32_t state);
const char *cli_link_layer(uint32_t layer);
const char *cli_port_speed(uint32_t speed);
const char *cli_node_type(uint32_t type);
const char *cli_gid_type(uint32_t type);
const char *cli_event_log(uint32_t log);
const char *cli_poison_op(uint32_t op);
/* Name of an attribute of the set "event", NULL for one that is not known. */
const char *cli_event_attr(int attr);
/* What a number of an event means, NULL where it is a mere number. */
const char *cli_event_word(const struct knl_event *event, int attr);

/* @buffer: at least CLI_..._LEN bytes. Return: @buffer. */
char *cli_guid(char *buffer, uint64_t guid);
char *cli_gid(char *buffer, const uint8_t gid[16]);
char *cli_uuid(char *buffer, const uint8_t uuid[16]);
/* @realtime: ns since the epoch; with the date and the offset from UTC too. */
char *cli_time(char *buffer, uint64_t realtime, bool date);

/* ---- JSON (json.c): new references, NULL without memory ---- */

json_t *cli_json_node(const struct knl_node *node);
json_t *cli_json_event(const struct knl_event *event);
/* Arrays: of the names of bits, of entries of a port's tables. */
json_t *cli_json_causes(uint32_t cause);
json_t *cli_json_gids(const struct knl_gid *gids, size_t n);
json_t *cli_json_pkeys(const struct knl_pkey *pkeys, size_t n);
json_t *cli_json_info(const struct knl_info *info);
/* Writes a document and a line feed; takes the reference. 0 or -errno. */
int cli_json_print(const struct cli *cli, json_t *json);

/* ---- text (text.c) ---- */

/**
 * cli_text_node - the line of a node, after its name
 * @parent: the node above it, or NULL
 */
void cli_text_node(FILE *out, const struct knl_node *node,
		   const struct knl_node *parent);
void cli_text_event(FILE *out, const struct knl_event *event);

/* ---- nodes by id (set.c) ---- */

struct cli_set {
	struct knl_node *nodes;		/* by ascending id */
	size_t count;
	size_t room;
};

/* Takes *node over, which is empty then. 0 or -ENOMEM. */
int cli_set_put(struct cli_set *set, struct knl_node *node);
void cli_set_remove(struct cli_set *set, uint32_t id);
/* Valid until the set changes; NULL where there is none. */
struct knl_node *cli_set_find(const struct cli_set *set, uint32_t id);
void cli_set_clear(struct cli_set *set);

/* ---- the tree (tree.c) ---- */

typedef int (*cli_tree_fn)(const struct knl_node *node,
			   const struct knl_node *above, unsigned int depth,
			   void *ctx);

/**
 * cli_tree_walk - visit every node once, each below the one it belongs to
 *
 * A memory device, which hangs from its PCI function, is found below the
 * endpoint that stands for it. Siblings come by kind and name.
 *
 * Return: 0; -ENOMEM; what @fn returned, if that is not 0.
 */
int cli_tree_walk(const struct cli_set *set, cli_tree_fn fn, void *ctx);

/*
 * Prints the set as "fabmon show" does. 0; -ENOENT: there is no node of a name,
 * which was printed to stderr; other -errno of printing.
 */
int cli_show_set(const struct cli *cli, const struct cli_set *set);

/* ---- differences (diff.c) ---- */

/**
 * cli_diff - what differs between two states of a node
 * @old: as cli_json_node() made it
 * @new: likewise
 *
 * Return: an array of {"property", "old", "new"}, texts, null for what is not
 * there; NULL without memory.
 */
json_t *cli_diff(const json_t *old, const json_t *new);

/* ---- the stream (stream.c): what monitor knows, without sockets ---- */

/**
 * struct cli_stream - what is known while watching
 * @replay: hands what the module still has from a number on (0: the oldest) to
 *	cli_stream_replayed(); 0 or -errno
 * @nodes: the last state of each
 * @past: during @history: the states of the past, as far as they are replayed
 * @instance: the module's, 0 before the first dump
 * @seq: what @nodes is true at
 * @shown: of the last notification that came, 0: take the next as it comes
 * @unsure: something is lost; a dump is needed
 * @history: what was before the command began is replayed
 * @err: why cli_stream_replayed() ended the replay
 */
struct cli_stream {
	const struct cli *cli;
	int (*replay)(struct cli_stream *stream, uint64_t seq);
	struct cli_set nodes;
	struct cli_set past;
	uint64_t instance;
	uint64_t seq;
	uint64_t shown;
	bool unsure;
	bool history;
	int err;
};

/*
 * Prints and keeps a notification, after those that are missing before it;
 * takes its node. A knl_msg_fn.
 */
int cli_stream_message(struct knl_msg *msg, void *ctx);
/* The same of a replayed one. */
int cli_stream_replayed(struct knl_msg *msg, void *ctx);
/*
 * Notifications are missing: they are replayed, or printed as lost for @reason,
 * a phrase. 0, or -errno of printing.
 */
int cli_stream_lost(struct cli_stream *stream, const char *reason);
/* Prints what came before the dump, from a number on; 0: all there is. */
int cli_stream_history(struct cli_stream *stream, uint64_t seq);
/* The module was unloaded: every node went with it. */
int cli_stream_unload(struct cli_stream *stream);
/* It is back, as another instance: all of its notifications are new. */
int cli_stream_load(struct cli_stream *stream, uint64_t instance);
/**
 * cli_stream_resync - take the nodes of a dump as the state of all
 * @nodes: the nodes dumped; taken over
 * @print: print what differs; not the first time
 */
int cli_stream_resync(struct cli_stream *stream, struct cli_set *nodes,
		      uint64_t instance, uint64_t seq, bool print);

/* ---- what monitor prints (line.c) ---- */

/**
 * struct cli_line - one thing to be printed
 * @op: add, change, delete, event, lost, resync, unload, load
 * @msg: the notification, or NULL for what the command found by itself
 * @node: the node, or NULL
 * @was: its state before, or NULL
 * @note: a phrase, or NULL
 * @count: notifications lost, 0 where nobody knows
 */
struct cli_line {
	const char *op;
	const struct knl_msg *msg;
	const struct knl_node *node;
	const struct knl_node *was;
	const char *note;
	uint64_t count;
};

/* Prints at once, for a reader that waits. 0 or -errno. */
int cli_line_print(const struct cli_stream *stream,
		   const struct cli_line *line);

/* ---- ask.c -------------------------------------------------------------- */

/**
 * cli_ask - ask fabmond at a socket
 * @who: may, for the error
 * @request: JSON, or NULL where it answers without
 *
 * Return: its answer, a new reference; NULL with the exit code in *@code after
 * the error was printed.
 */
json_t *cli_ask(const char *path, const char *who, const json_t *request,
		int *code);

#endif /* FABMON_CLI_H */
