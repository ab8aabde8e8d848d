/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A kernel of the tests' own, and a follow/ that reads from it. The linker puts
 * the functions of fake_kernel.c in the place of the netlink client's (see the
 * Makefile).
 */
#ifndef FABMON_TEST_FAKE_KERNEL_H
#define FABMON_TEST_FAKE_KERNEL_H

#include "follow/priv.h"
#include "kernel/knl/knl.h"

#define MAX_NODES	16
#define MAX_STEPS	64

/*
 * What knl_receive() does next: a notification or an error; also what the
 * module keeps for a replay.
 */
struct step {
	int error;
	uint8_t cmd;
	uint64_t instance, seq;
	uint32_t cause;
	uint32_t id, parent;
	enum fabmon_node_kind kind;
	uint32_t port_state;
};

/* What the module has, and how its calls end. */
struct fake_kernel {
	uint64_t instance, seq;
	uint32_t ids[MAX_NODES];
	size_t n_ids;
	int open_error, admin_error, info_error, dump_error;
	int replay_error;
	uint64_t lag;			/* the information is that old */
	struct step steps[MAX_STEPS];
	size_t n_steps, next;
	struct step ring[MAX_STEPS];
	size_t n_ring;
	struct step meanwhile;		/* happens when a replay begins */
	int fd;
	unsigned int dumps, replays;
	unsigned int no_provider;	/* 1 << enum model_provider: not loaded */
	bool paths;			/* nodes are at /devices/memID */
	bool rdma;			/* node 2 is a port of node 1 */
};

extern struct fake_kernel fake;

/* A notification comes in, whatever the kernel has. */
void fake_notify(struct step step);
/* The kernel's nodes change, with or without the notification being lost. */
struct step fake_lose(struct step step);
void fake_happen(struct step step);

/* The same with the members of a step. */
#define NOTIFY(...)	fake_notify((struct step){ __VA_ARGS__ })
#define LOSE(...)	fake_lose((struct step){ __VA_ARGS__ })
#define HAPPEN(...)	fake_happen((struct step){ __VA_ARGS__ })

/* Who follows the kernel. */
struct reader {
	struct follow *follow;
	struct model *model;
	sd_event *event;
	unsigned int published, status, watches;
	uint64_t grace_us;
	char *sysfs;			/* NULL: there is none */
	uint64_t cause;
	size_t nodes;			/* at the last publication */
	int answer;
};

/* For cmocka: the kernel has two nodes; nothing is open. */
int reader_setup(void **state);
int reader_teardown(void **state);
/* follow_open(); the same, started, with all that is expected of it. */
int reader_open(struct reader *reader);
void reader_start(struct reader *reader);
/* Runs the loop for so long. Return: how often it was woken. */
unsigned int reader_run(struct reader *reader, uint64_t ms);
/* How many entries all logs have. */
unsigned int reader_entries(const struct reader *reader);

#endif /* FABMON_TEST_FAKE_KERNEL_H */
