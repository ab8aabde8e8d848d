/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The command with its output in memory, and nodes for it to print. */
#ifndef FABMON_TEST_CLI_FIXTURE_H
#define FABMON_TEST_CLI_FIXTURE_H

#include "../../../fabmon/cli.h"

#define INSTANCE	0x1122334455667788ULL
#define TIME		1767323045123456000ULL	/* 2026-01-02T03:04:05.123456Z */

/**
 * struct cli_fix - the command's state in a test
 * @set: nodes of a dump
 * @stream: what the monitor keeps
 * @text: what was printed, after cli_fix_expect() only what is new
 */
struct cli_fix {
	struct cli cli;
	struct cli_set set;
	struct cli_stream stream;
	char *text;
	size_t len;
};

int cli_fix_setup(void **state);
int cli_fix_teardown(void **state);
/* A module that keeps nothing for a replay. */
int cli_fix_no_replay(struct cli_stream *stream, uint64_t seq);
/* Drop what was printed; compare it with @text, then drop it. */
void cli_fix_forget(struct cli_fix *f);
void cli_fix_expect(struct cli_fix *f, const char *text);

/* A node without attributes; give it an edge. */
struct knl_node new_node(uint32_t id, enum fabmon_node_kind kind,
			 uint32_t parent, const char *name);
void add_edge(struct knl_node *n, enum fabmon_edge_type type, uint32_t index,
		 uint32_t id, const char *path, const char *pci);

/* An RDMA device and its port, ids 1 and 2. */
struct knl_node new_dev(void);
struct knl_node new_port(uint32_t state);

/* Into a set: a node, which is taken over; nodes of CXL, ids 10 to 18. */
void set_put(struct cli_set *set, struct knl_node n);
void set_put_cxl(struct cli_set *set);

/* The port of new_port() as JSON. */
extern const char port_json[];

#endif /* FABMON_TEST_CLI_FIXTURE_H */
