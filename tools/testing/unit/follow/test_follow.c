// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Following a kernel that is played by this file: the linker puts the __wrap_
 * functions in the place of the netlink client's (see the Makefile).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture.h"
#include "follow/priv.h"
#include "kernel/knl/knl.h"
#include "util/error.h"

int __wrap_knl_open(struct knl **knl, const char *group);
void __wrap_knl_close(struct knl *knl);
int __wrap_knl_fd(const struct knl *knl);
int __wrap_knl_info_get(struct knl *knl, struct knl_info *info);
int __wrap_knl_dump(struct knl *knl, void (*begin)(void *ctx), knl_msg_fn fn,
		    void *ctx);
int __wrap_knl_receive(struct knl *knl, unsigned int max, knl_msg_fn fn,
		       void *ctx);
int __wrap_knl_replay(struct knl *knl, uint64_t instance, uint64_t seq,
		      knl_msg_fn fn, void *ctx);

/* ---- the kernel --------------------------------------------------------- */

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
	uint32_t id, parent;
	enum fabmon_node_kind kind;
	uint32_t port_state;
};

static struct {
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
	bool rdma;			/* node 2 is a port of node 1 */
} kernel;

int __wrap_knl_open(struct knl **knl, const char *group)
{
	*knl = (void *)&kernel;
	if (kernel.open_error)
		return kernel.open_error;
	if (group && !strcmp(group, FABMON_MCGRP_ADMIN))
		return kernel.admin_error;
	return 0;
}

void __wrap_knl_close(struct knl *knl)
{
}

int __wrap_knl_fd(const struct knl *knl)
{
	return kernel.fd;
}

int __wrap_knl_info_get(struct knl *knl, struct knl_info *info)
{
	memset(info, 0, sizeof(*info));
	info->instance = kernel.instance;
	info->seq = kernel.seq - kernel.lag;
	info->nodes = kernel.n_ids;
	return kernel.info_error;
}

static void as_rdma(struct knl_node *node)
{
	node->kind = node->id == 1 ? FABMON_NODE_KIND_RDMA_DEV :
				     FABMON_NODE_KIND_RDMA_PORT;
	node->parent = node->id - 1;
	node->port.number = 1;
	node->port.state = 4;
}

int __wrap_knl_dump(struct knl *knl, void (*begin)(void *ctx), knl_msg_fn fn,
		    void *ctx)
{
	struct knl_msg msg = { .cmd = FABMON_CMD_NODE_GET };
	size_t i;

	kernel.dumps++;
	begin(ctx);
	for (i = 0; i < kernel.n_ids; i++) {
		/* a failure comes half way */
		if (kernel.dump_error && i == kernel.n_ids / 2)
			return kernel.dump_error;
		msg.instance = kernel.instance;
		msg.seq = kernel.seq;
		msg.node.id = kernel.ids[i];
		msg.node.kind = FABMON_NODE_KIND_CXL_MEMDEV;
		if (kernel.rdma)
			as_rdma(&msg.node);
		assert_int_equal(fn(&msg, ctx), 0);
		knl_msg_clear(&msg);
	}
	return kernel.dump_error;
}

static void drain(void)
{
	uint64_t value;

	if (kernel.next == kernel.n_steps)
		assert_int_equal(read(kernel.fd, &value, sizeof(value)),
				 sizeof(value));
}

static struct knl_msg msg_of(const struct step *step)
{
	struct knl_msg msg = {
		.cmd = step->cmd, .instance = step->instance, .seq = step->seq,
		.realtime = 1000 + step->seq,
	};

	if (step->cmd != FABMON_CMD_EVENT_NTF) {
		msg.node.id = step->id;
		msg.node.parent = step->parent;
		msg.node.kind = step->kind;
		msg.boottime = follow_clock_us(CLOCK_BOOTTIME) * 1000;
		msg.node.port.number = 1;
		msg.node.port.state = step->port_state;
		return msg;
	}
	msg.event.has[FABMON_A_EVENT_NODE] = true;
	msg.event.num[FABMON_A_EVENT_NODE] = step->id;
	msg.event.has[FABMON_A_EVENT_TYPE] = true;
	msg.event.num[FABMON_A_EVENT_TYPE] = FABMON_EVENT_TYPE_POISON;
	return msg;
}

int __wrap_knl_receive(struct knl *knl, unsigned int max, knl_msg_fn fn,
		       void *ctx)
{
	const struct step *step;
	struct knl_msg msg;
	int count = 0;

	while (kernel.next < kernel.n_steps) {
		step = &kernel.steps[kernel.next++];
		if (step->error) {
			if (step->seq)
				kernel.seq = step->seq;
			drain();
			return step->error;
		}
		msg = msg_of(step);
		assert_int_equal(fn(&msg, ctx), 0);
		knl_msg_clear(&msg);
		count++;
	}
	drain();
	return count;
}

static void notify(struct step step)
{
	uint64_t one = 1;

	if (!step.instance)
		step.instance = kernel.instance;
	if (!step.kind)
		step.kind = FABMON_NODE_KIND_CXL_MEMDEV;
	kernel.steps[kernel.n_steps++] = step;
	assert_int_equal(write(kernel.fd, &one, sizeof(one)), sizeof(one));
}

/* Something happens to the kernel's nodes; the notification is lost. */
static struct step happen_lost(struct step step)
{
	size_t i;

	step.instance = kernel.instance;
	step.seq = ++kernel.seq;
	if (!step.kind)
		step.kind = FABMON_NODE_KIND_CXL_MEMDEV;
	kernel.ring[kernel.n_ring++] = step;
	if (step.cmd == FABMON_CMD_NODE_ADD_NTF)
		kernel.ids[kernel.n_ids++] = step.id;
	for (i = 0; step.cmd == FABMON_CMD_NODE_DELETE_NTF && i < kernel.n_ids;
	     i++) {
		if (kernel.ids[i] == step.id)
			kernel.ids[i] = kernel.ids[--kernel.n_ids];
	}
	return step;
}

static void happen(struct step step)
{
	notify(happen_lost(step));
}

static const struct step *ring_find(uint64_t seq)
{
	size_t i;

	for (i = 0; i < kernel.n_ring; i++) {
		if (kernel.ring[i].seq == seq)
			return &kernel.ring[i];
	}
	return NULL;
}

/* As the module: what it has, and how many it has no more. */
int __wrap_knl_replay(struct knl *knl, uint64_t instance, uint64_t seq,
		      knl_msg_fn fn, void *ctx)
{
	struct knl_msg msg = { .cmd = FABMON_CMD_EVENT_GET };
	const struct step *step;

	kernel.replays++;
	if (kernel.replay_error)
		return kernel.replay_error;
	if (instance != kernel.instance)
		return -ESTALE;
	if (seq > kernel.seq + 1)
		return -ERANGE;
	if (kernel.meanwhile.cmd)
		happen(kernel.meanwhile);
	kernel.meanwhile.cmd = 0;
	for (; seq <= kernel.seq; seq++) {
		step = ring_find(seq);
		msg.lost += !step;
		if (msg.lost && (step || seq == kernel.seq)) {
			msg.instance = instance;
			msg.seq = step ? seq - 1 : seq;
			assert_int_equal(fn(&msg, ctx), 0);
			msg.lost = 0;
		}
		if (step) {
			struct knl_msg kept = msg_of(step);

			assert_int_equal(fn(&kept, ctx), 0);
			knl_msg_clear(&kept);
		}
	}
	return 0;
}

/* ---- the reader -------------------------------------------------------- */

struct reader {
	struct follow *follow;
	struct model *model;
	sd_event *event;
	unsigned int published, status;
	uint64_t cause;
	size_t nodes;			/* at the last publication */
	int answer;
};

static int on_publish(uint64_t realtime, void *ctx)
{
	struct reader *reader = ctx;

	reader->published++;
	reader->cause = realtime;
	reader->nodes = model_count(reader->model);
	return error_origin(reader->answer, "tree of %zu nodes",
			    reader->nodes);
}

/* How many entries all logs have. */
static unsigned int health(const struct reader *reader)
{
	const struct model_entry *entry = model_log_after(reader->model, 0);
	unsigned int count = 0;

	for (; entry; entry = model_log_after_next(entry))
		count++;
	return count;
}

static void on_status(void *ctx)
{
	((struct reader *)ctx)->status++;
}

static int open_it(struct reader *reader)
{
	const struct follow_setup work = {
		.event = reader->event, .model = reader->model,
		.sysfs = "/nonexistent", .publish = on_publish,
		.status = on_status, .ctx = reader,
	};

	return follow_open(&reader->follow, &work);
}

static int setup(void **state)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	memset(&kernel, 0, sizeof(kernel));
	kernel.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	kernel.instance = 7;
	kernel.seq = 10;
	kernel.ids[0] = 1;
	kernel.ids[1] = 2;
	kernel.n_ids = 2;
	sd_event_new(&reader->event);
	reader->model = model_new();
	*state = reader;
	return 0;
}

static int teardown(void **state)
{
	struct reader *reader = *state;

	follow_close(reader->follow);
	model_free(reader->model);
	sd_event_unref(reader->event);
	close(kernel.fd);
	free(reader);
	return 0;
}

static void start(struct reader *reader)
{
	assert_int_equal(open_it(reader), 0);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
	assert_int_equal(follow_start(reader->follow), 0);
	reader->published = 0;
	/* apart from the pause between dumps */
	reader->follow->not_before = 0;
}

/* Runs the loop for so long; how often it was woken. */
static unsigned int run(struct reader *reader, uint64_t ms)
{
	uint64_t end = follow_clock_us(CLOCK_MONOTONIC) + ms * 1000, now;
	unsigned int turns = 0;

	while ((now = follow_clock_us(CLOCK_MONOTONIC)) < end)
		turns += sd_event_run(reader->event, end - now) > 0;
	return turns;
}

/* ---- tests -------------------------------------------------------------- */

static void test_open_fails(void **state)
{
	static const int errors[] = { -ENOENT, -EPROTO, -ENOMEM };
	struct reader *reader = *state;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel.open_error = errors[i];
		assert_int_equal(open_it(reader), errors[i]);
		assert_null(reader->follow);
	}
	kernel.open_error = -EPERM;
	assert_int_equal(open_it(reader), -EPERM);
	kernel.open_error = 0;
	kernel.dump_error = -EAGAIN;
	assert_int_equal(open_it(reader), -EAGAIN);
	kernel.dump_error = 0;
	reader->answer = -ENOMEM;
	assert_int_equal(open_it(reader), -ENOMEM);
	/* without the capability, but for what it can see */
	reader->answer = 0;
	kernel.admin_error = -EPERM;
	assert_int_equal(open_it(reader), 0);
}

static void test_idle(void **state)
{
	struct reader *reader = *state;

	start(reader);
	assert_int_equal(run(reader, 150), 0);
	assert_int_equal(reader->published, 0);
}

static void test_burst(void **state)
{
	struct reader *reader = *state;
	uint32_t id;

	start(reader);
	/* what the dump holds */
	notify((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 9, .id = 1 });
	notify((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 10, .id = 2 });
	run(reader, 30);
	assert_int_equal(reader->published, 0);
	for (id = 3; id < 13; id++)
		notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				    .seq = id + 8, .id = id });
	run(reader, 30);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 12);
	assert_int_equal(reader->cause, 1011);
	assert_int_equal(follow_seq(reader->follow), 20);
	notify((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 21, .id = 1 });
	run(reader, 30);
	assert_int_equal(reader->nodes, 11);
	assert_int_equal(kernel.dumps, 1);
}

/* Changes without a pause are published all the same. */
static void test_steady(void **state)
{
	struct reader *reader = *state;
	uint64_t seq;

	start(reader);
	for (seq = 11; seq < 70; seq++) {
		kernel.n_steps = kernel.next = 0;
		notify((struct step) { .cmd = FABMON_CMD_NODE_CHANGE_NTF,
				    .seq = seq, .id = 1 });
		run(reader, 1);
	}
	assert_in_range(reader->published, 2, 30);
}

static void test_gap(void **state)
{
	struct reader *reader = *state;

	start(reader);
	kernel.ids[2] = 5;
	kernel.n_ids = 3;
	kernel.seq = 20;
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 13, .id = 9 });
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 14, .id = 10 });
	run(reader, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 3);
	assert_null(model_node_by_id(reader->model, 9));
	/* and on from there */
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 15, .id = 9 });
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 21, .id = 9 });
	run(reader, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(reader->nodes, 4);
}

static void test_overrun(void **state)
{
	struct reader *reader = *state;
	uint64_t begin;

	start(reader);
	kernel.n_ids = 1;
	notify((struct step) { .error = -ENOBUFS, .seq = 12 });
	run(reader, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(reader->nodes, 1);
	/* a storm of them is one dump in a while */
	begin = kernel.dumps;
	for (int i = 0; i < 20; i++)
		notify((struct step) { .error = i % 2 ? -ENOBUFS : -EBADMSG,
				    .seq = 20 + i });
	run(reader, 250);
	assert_in_range(kernel.dumps, begin + 1, begin + 3);
}

static void test_unload(void **state)
{
	struct reader *reader = *state;

	start(reader);
	notify((struct step) { .error = -ENODEV });
	assert_in_range(run(reader, 100), 1, 2);
	assert_int_equal(reader->published, 0);
	assert_int_equal(model_count(reader->model), 2);
	assert_non_null(strstr(follow_status(reader->follow), "not loaded"));
	/* something else of the tree still changes */
	assert_int_equal(follow_flush(reader->follow), 0);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
	assert_int_equal(reader->cause, 0);
	/* back, as another instance that uses the same ids */
	model_node_by_id(reader->model, 1)->memdev.payload_max = 99;
	kernel.instance = 8;
	kernel.seq = 3;
	kernel.n_ids = 1;
	notify((struct step) { .error = -ESTALE });
	run(reader, 30);
	assert_int_equal(reader->nodes, 1);
	assert_int_equal(model_node_by_id(reader->model, 1)->memdev.payload_max, 0);
	assert_string_equal(follow_status(reader->follow), "following the kernel");
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 4, .id = 3 });
	run(reader, 30);
	assert_int_equal(reader->nodes, 2);
	/* what was left of the old one in the socket */
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .instance = 7,
			    .seq = 99, .id = 4 });
	run(reader, 150);
	assert_null(model_node_by_id(reader->model, 4));
}

/* The module goes while it is dumped: half a tree is never published. */
static void test_unload_dump(void **state)
{
	struct reader *reader = *state;

	start(reader);
	kernel.instance = 8;
	kernel.dump_error = -ENODEV;
	notify((struct step) { .error = -ENOBUFS });
	run(reader, 30);
	notify((struct step) { .error = -ENODEV });
	run(reader, 30);
	assert_int_equal(reader->published, 0);
	kernel.dump_error = -EAGAIN;
	notify((struct step) { .error = -ESTALE });
	run(reader, 60);
	assert_int_equal(follow_flush(reader->follow), 0);
	assert_int_equal(reader->published, 0);
	/* it is tried again, with pauses */
	run(reader, 200);
	assert_in_range(kernel.dumps, 2, 5);
	kernel.dump_error = 0;
	run(reader, 600);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
}

static void test_health(void **state)
{
	struct reader *reader = *state;

	kernel.lag = 2;
	start(reader);
	kernel.lag = 0;
	/* before the dump in the stream, but not in the dump */
	notify((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .seq = 9, .id = 1 });
	notify((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 10,
			    .id = 1 });
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 11, .id = 3 });
	notify((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .seq = 12, .id = 3 });
	notify((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .seq = 13, .id = 77 });
	notify((struct step) { .cmd = 99, .seq = 14 });
	run(reader, 30);
	assert_int_equal(health(reader), 2);
	assert_int_equal(reader->published, 1);
	assert_int_equal(kernel.dumps, 1);
	assert_int_equal(model_node_severity(model_node_by_id(reader->model, 1)),
			 MODEL_WARNING);
	/* a hole that the module cannot fill does not lose it */
	kernel.seq = 19;
	happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
	run(reader, 150);
	assert_int_equal(health(reader), 3);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(model_node_by_id(reader->model, 1)->conditions[0].count, 2);
}

/* Nodes come and go and are ill, all notifications lost: three nodes in the end. */
static void miss(void)
{
	happen_lost((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				       .id = 3 });
	happen_lost((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 3 });
	happen_lost((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF,
				       .id = 2 });
	happen_lost((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
	happen_lost((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				       .id = 4 });
}

static void check_missed(struct reader *reader, unsigned int dumps)
{
	assert_int_equal(kernel.dumps, dumps);
	assert_int_equal(health(reader), 2);
	assert_null(model_node_by_id(reader->model, 2));
	assert_non_null(model_node_by_id(reader->model, 4));
	assert_int_equal(reader->nodes, kernel.n_ids);
	assert_int_equal(follow_seq(reader->follow), kernel.seq);
	assert_int_equal(model_node_by_id(reader->model, 1)->conditions[0].count,
			 1);
}

static void test_replay_gap(void **state)
{
	struct reader *reader = *state;
	size_t i;

	start(reader);
	miss();
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 5 });
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 6 });
	run(reader, 30);
	check_missed(reader, 1);
	assert_int_equal(kernel.replays, 1);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->cause, 1011);
	/* late, after they were replayed: nothing counts twice */
	for (i = 0; i < 5; i++)
		notify(kernel.ring[i]);
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 7 });
	run(reader, 30);
	check_missed(reader, 1);
	assert_int_equal(kernel.replays, 1);
}

static void test_replay_overrun(void **state)
{
	struct reader *reader = *state;

	start(reader);
	miss();
	notify((struct step) { .error = -ENOBUFS });
	run(reader, 30);
	check_missed(reader, 1);
	/* nothing was missed: the overrun was of the controller's messages */
	notify((struct step) { .error = -ENOBUFS });
	run(reader, 30);
	assert_int_equal(kernel.replays, 2);
	check_missed(reader, 1);
	assert_int_equal(run(reader, 100), 0);
}

/* More happens while it is replayed: it comes twice, and counts once. */
static void test_replay_races(void **state)
{
	struct reader *reader = *state;

	start(reader);
	happen_lost((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF,
				       .id = 2 });
	kernel.meanwhile = (struct step) { .cmd = FABMON_CMD_EVENT_NTF,
					   .id = 1 };
	happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 4 });
	run(reader, 30);
	assert_int_equal(health(reader), 2);
	assert_int_equal(model_node_by_id(reader->model, 1)->conditions[0].count,
			 2);
	assert_int_equal(kernel.replays, 1);
	assert_int_equal(kernel.dumps, 1);
	assert_int_equal(reader->nodes, 2);
	assert_int_equal(follow_seq(reader->follow), 14);
}

/* The ring has but the end of it: a dump for the nodes, events all the same. */
static void test_replay_lost(void **state)
{
	struct reader *reader = *state;

	start(reader);
	miss();
	kernel.ring[0].seq = 0;
	kernel.ring[1].seq = 0;
	kernel.ring[2].seq = 0;
	notify((struct step) { .error = -ENOBUFS });
	run(reader, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(health(reader), 1);
	assert_int_equal(reader->nodes, 3);
	assert_null(model_node_by_id(reader->model, 2));
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 5 });
	run(reader, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(kernel.replays, 1);
	assert_int_equal(reader->nodes, 4);
}

/* Another instance, unannounced; all that it ever said is news. */
static void test_replay_stale(void **state)
{
	struct reader *reader = *state;

	start(reader);
	kernel.instance = 8;
	kernel.seq = 0;
	miss();
	notify((struct step) { .error = -ENOBUFS });
	run(reader, 30);
	check_missed(reader, 2);
	assert_int_equal(kernel.replays, 2);
	happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 4 });
	run(reader, 30);
	assert_int_equal(health(reader), 3);
	assert_int_equal(kernel.replays, 2);
}

/* No replay is to be had: a dump, and events from here on. */
static void test_replay_fails(void **state)
{
	static const int errors[] = { -EOPNOTSUPP, -ENOMEM, -ETIMEDOUT };
	struct reader *reader = *state;
	size_t i;

	start(reader);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel.replay_error = errors[i];
		happen_lost((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
					       .id = 10 + i });
		happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				       .id = 20 + i });
		happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
		run(reader, 150);
		assert_int_equal(kernel.dumps, 2 + i);
		assert_int_equal(kernel.replays, 1 + i);
		assert_int_equal(reader->nodes, kernel.n_ids);
		happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 2 });
		run(reader, 30);
		assert_int_equal(health(reader), 2 + 2 * i);
	}
}

/*
 * What happened while no fabmond ran: of the same instance from where the last
 * one was, of another all that it ever said.
 */
static void test_resume(void **state)
{
	static const struct {
		uint64_t instance, seq;
		unsigned int health, replays;
	} cases[] = {
		/* no earlier run: nothing is replayed */
		{ 0, 0, 0, 0 },
		{ 7, 10, 2, 1 },
		{ 7, 12, 1, 1 },
		{ 7, 15, 0, 0 },
		{ 6, 99, 2, 1 },
		/* of the future: the numbers are what the module says */
		{ 7, 99, 0, 0 },
	};
	struct reader *reader = *state;
	uint64_t instance, seq;
	size_t i;

	miss();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		model_free(reader->model);
		reader->model = model_new();
		model_log_position_set(reader->model, cases[i].instance,
				       cases[i].seq);
		kernel.replays = 0;
		assert_int_equal(open_it(reader), 0);
		assert_int_equal(health(reader), cases[i].health);
		assert_int_equal(kernel.replays, cases[i].replays);
		assert_int_equal(model_count(reader->model), 3);
		model_log_position(reader->model, &instance, &seq);
		assert_int_equal(instance, 7);
		assert_int_equal(seq, 15);
		follow_close(reader->follow);
		reader->follow = NULL;
	}
}

/* A link that flaps wakes us once, and without one nothing does. */
static void test_flap(void **state)
{
	const struct model_flap_limits limits = {
		.count = 1, .window = 60000000000, .hold = 200000000,
		.quiet = 200000000,
	};
	struct reader *reader = *state;
	struct model_node *port;
	struct step step = {
		.cmd = FABMON_CMD_NODE_CHANGE_NTF, .id = 2, .parent = 1,
		.kind = FABMON_NODE_KIND_RDMA_PORT,
	};
	int i;

	kernel.rdma = true;
	model_flap_limit(reader->model, &limits);
	start(reader);
	for (i = 0; i < 4; i++) {
		step.port_state = i % 2 ? 4 : 1;
		happen(step);
	}
	run(reader, 50);
	port = model_node_by_id(reader->model, 2);
	assert_int_equal(model_node_severity(port), MODEL_WARNING);
	/* lost, up and flapping; the rest is held back */
	assert_int_equal(health(reader), 3);
	assert_int_equal(reader->published, 1);
	step.port_state = 1;
	happen(step);
	run(reader, 50);
	assert_int_equal(port->k.port.state, 4);
	assert_int_equal(health(reader), 3);
	assert_in_range(run(reader, 400), 2, 4);
	assert_int_equal(port->k.port.state, 1);
	assert_int_equal(health(reader), 5);
	assert_int_equal(run(reader, 300), 0);
}

static void test_publish_fails(void **state)
{
	struct reader *reader = *state;
	struct capture log;
	char *lines;

	start(reader);
	reader->answer = -ENOMEM;
	notify((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 11, .id = 3 });
	capture_begin(&log);
	run(reader, 60);
	lines = capture_end(&log);
	assert_int_equal(capture_lines(lines, "tree: cannot be published, trying again: tree of 3 nodes: Cannot allocate memory"),
			 1);
	free(lines);
	assert_int_equal(reader->published, 1);
	reader->answer = 0;
	run(reader, 150);
	assert_int_equal(reader->published, 2);
	assert_int_equal(run(reader, 100), 0);
	/* from within a listener: after it */
	reader->answer = -EBUSY;
	assert_int_equal(follow_flush(reader->follow), 0);
	reader->answer = 0;
	run(reader, 30);
	assert_int_equal(reader->published, 4);
	assert_int_equal(run(reader, 100), 0);
}

static void test_socket_fails(void **state)
{
	struct reader *reader = *state;
	int i;

	start(reader);
	kernel.dump_error = -EIO;
	for (i = 0; i < FOLLOW_MAX_FAILURES + 1; i++)
		notify((struct step) { .error = -EIO });
	assert_int_equal(sd_event_loop(reader->event), -EIO);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_open_fails), TEST(test_idle), TEST(test_burst),
		TEST(test_steady), TEST(test_gap), TEST(test_overrun),
		TEST(test_unload), TEST(test_unload_dump), TEST(test_health),
		TEST(test_replay_gap), TEST(test_replay_overrun),
		TEST(test_replay_races), TEST(test_replay_lost),
		TEST(test_replay_stale), TEST(test_replay_fails),
		TEST(test_resume), TEST(test_flap),
		TEST(test_publish_fails), TEST(test_socket_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
