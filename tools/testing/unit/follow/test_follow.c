// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Following a kernel that is played by this file: follow.c is compiled in with
 * its netlink client replaced, under names of its own.
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

/* Before knl.h, which then declares the client that is played here. */
#define follow_open	played_open
#define follow_close	played_close
#define follow_start	played_start
#define follow_flush	played_flush
#define follow_netdev	played_netdev
#define follow_status	played_status
#define follow_seq	played_seq
#define follow_device	played_device
#define knl_open	play_open
#define knl_close	play_close
#define knl_fd		play_fd
#define knl_info_get	play_info_get
#define knl_dump	play_dump
#define knl_receive	play_receive
#define knl_replay	play_replay

#include "follow/follow.c"

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

int play_open(struct knl **knl, const char *group)
{
	*knl = (void *)&kernel;
	if (kernel.open_error)
		return kernel.open_error;
	if (group && !strcmp(group, FABMON_MCGRP_ADMIN))
		return kernel.admin_error;
	return 0;
}

void play_close(struct knl *knl)
{
}

int play_fd(const struct knl *knl)
{
	return kernel.fd;
}

int play_info_get(struct knl *knl, struct knl_info *info)
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

int play_dump(struct knl *knl, void (*begin)(void *ctx), knl_msg_fn fn,
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
		msg.boottime = clock_us(CLOCK_BOOTTIME) * 1000;
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

int play_receive(struct knl *knl, unsigned int max, knl_msg_fn fn, void *ctx)
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

static void say(struct step step)
{
	uint64_t one = 1;

	if (!step.instance)
		step.instance = kernel.instance;
	if (!step.kind)
		step.kind = FABMON_NODE_KIND_CXL_MEMDEV;
	kernel.steps[kernel.n_steps++] = step;
	assert_int_equal(write(kernel.fd, &one, sizeof(one)), sizeof(one));
}

/* Something happens to the kernel's nodes; nobody hears of it. */
static struct step happen_unheard(struct step step)
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
	say(happen_unheard(step));
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
int play_replay(struct knl *knl, uint64_t instance, uint64_t seq, knl_msg_fn fn,
		void *ctx)
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

/* ---- whoever is told ---------------------------------------------------- */

struct told {
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
	struct told *told = ctx;

	told->published++;
	told->cause = realtime;
	told->nodes = model_count(told->model);
	return told->answer;
}

/* How many entries all logs have. */
static unsigned int health(const struct told *told)
{
	const struct model_entry *entry = model_log_after(told->model, 0);
	unsigned int count = 0;

	for (; entry; entry = model_log_after_next(entry))
		count++;
	return count;
}

static void on_status(void *ctx)
{
	((struct told *)ctx)->status++;
}

static int open_it(struct told *told)
{
	const struct follow_setup work = {
		.event = told->event, .model = told->model,
		.sysfs = "/nonexistent", .publish = on_publish,
		.status = on_status, .ctx = told,
	};

	return follow_open(&told->follow, &work);
}

static int setup(void **state)
{
	struct told *told = calloc(1, sizeof(*told));

	memset(&kernel, 0, sizeof(kernel));
	kernel.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	kernel.instance = 7;
	kernel.seq = 10;
	kernel.ids[0] = 1;
	kernel.ids[1] = 2;
	kernel.n_ids = 2;
	sd_event_new(&told->event);
	told->model = model_new();
	*state = told;
	return 0;
}

static int teardown(void **state)
{
	struct told *told = *state;

	follow_close(told->follow);
	model_free(told->model);
	sd_event_unref(told->event);
	close(kernel.fd);
	free(told);
	return 0;
}

static void start(struct told *told)
{
	assert_int_equal(open_it(told), 0);
	assert_int_equal(told->published, 1);
	assert_int_equal(told->nodes, 2);
	assert_int_equal(follow_start(told->follow), 0);
	told->published = 0;
	/* apart from the pause between dumps */
	told->follow->not_before = 0;
}

/* Runs the loop for so long; how often it was woken. */
static unsigned int run(struct told *told, uint64_t ms)
{
	uint64_t end = clock_us(CLOCK_MONOTONIC) + ms * 1000, now;
	unsigned int turns = 0;

	while ((now = clock_us(CLOCK_MONOTONIC)) < end)
		turns += sd_event_run(told->event, end - now) > 0;
	return turns;
}

/* ---- tests -------------------------------------------------------------- */

static void test_open_fails(void **state)
{
	static const int errors[] = { -ENOENT, -EPROTO, -ENOMEM };
	struct told *told = *state;
	size_t i;

	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel.open_error = errors[i];
		assert_int_equal(open_it(told), errors[i]);
		assert_null(told->follow);
	}
	kernel.open_error = -EPERM;
	assert_int_equal(open_it(told), -EPERM);
	kernel.open_error = 0;
	kernel.dump_error = -EAGAIN;
	assert_int_equal(open_it(told), -EAGAIN);
	kernel.dump_error = 0;
	told->answer = -ENOMEM;
	assert_int_equal(open_it(told), -ENOMEM);
	/* without the capability, but for what it can see */
	told->answer = 0;
	kernel.admin_error = -EPERM;
	assert_int_equal(open_it(told), 0);
}

static void test_idle(void **state)
{
	struct told *told = *state;

	start(told);
	assert_int_equal(run(told, 150), 0);
	assert_int_equal(told->published, 0);
}

static void test_burst(void **state)
{
	struct told *told = *state;
	uint32_t id;

	start(told);
	/* what the dump holds */
	say((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 9, .id = 1 });
	say((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 10, .id = 2 });
	run(told, 30);
	assert_int_equal(told->published, 0);
	for (id = 3; id < 13; id++)
		say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				    .seq = id + 8, .id = id });
	run(told, 30);
	assert_int_equal(told->published, 1);
	assert_int_equal(told->nodes, 12);
	assert_int_equal(told->cause, 1011);
	assert_int_equal(follow_seq(told->follow), 20);
	say((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 21, .id = 1 });
	run(told, 30);
	assert_int_equal(told->nodes, 11);
	assert_int_equal(kernel.dumps, 1);
}

/* Changes without a pause are published all the same. */
static void test_steady(void **state)
{
	struct told *told = *state;
	uint64_t seq;

	start(told);
	for (seq = 11; seq < 70; seq++) {
		kernel.n_steps = kernel.next = 0;
		say((struct step) { .cmd = FABMON_CMD_NODE_CHANGE_NTF,
				    .seq = seq, .id = 1 });
		run(told, 1);
	}
	assert_in_range(told->published, 2, 30);
}

static void test_gap(void **state)
{
	struct told *told = *state;

	start(told);
	kernel.ids[2] = 5;
	kernel.n_ids = 3;
	kernel.seq = 20;
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 13, .id = 9 });
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 14, .id = 10 });
	run(told, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(told->published, 1);
	assert_int_equal(told->nodes, 3);
	assert_null(model_node_by_id(told->model, 9));
	/* and on from there */
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 15, .id = 9 });
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 21, .id = 9 });
	run(told, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(told->nodes, 4);
}

static void test_overrun(void **state)
{
	struct told *told = *state;
	uint64_t begin;

	start(told);
	kernel.n_ids = 1;
	say((struct step) { .error = -ENOBUFS, .seq = 12 });
	run(told, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(told->nodes, 1);
	/* a storm of them is one dump in a while */
	begin = kernel.dumps;
	for (int i = 0; i < 20; i++)
		say((struct step) { .error = i % 2 ? -ENOBUFS : -EBADMSG,
				    .seq = 20 + i });
	run(told, 250);
	assert_in_range(kernel.dumps, begin + 1, begin + 3);
}

static void test_unload(void **state)
{
	struct told *told = *state;

	start(told);
	say((struct step) { .error = -ENODEV });
	assert_in_range(run(told, 100), 1, 2);
	assert_int_equal(told->published, 0);
	assert_int_equal(model_count(told->model), 2);
	assert_non_null(strstr(follow_status(told->follow), "not loaded"));
	/* something else of the tree still changes */
	assert_int_equal(follow_flush(told->follow), 0);
	assert_int_equal(told->published, 1);
	assert_int_equal(told->nodes, 2);
	assert_int_equal(told->cause, 0);
	/* back, as another instance that uses the same ids */
	model_node_by_id(told->model, 1)->memdev.payload_max = 99;
	kernel.instance = 8;
	kernel.seq = 3;
	kernel.n_ids = 1;
	say((struct step) { .error = -ESTALE });
	run(told, 30);
	assert_int_equal(told->nodes, 1);
	assert_int_equal(model_node_by_id(told->model, 1)->memdev.payload_max, 0);
	assert_string_equal(follow_status(told->follow), "following the kernel");
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 4, .id = 3 });
	run(told, 30);
	assert_int_equal(told->nodes, 2);
	/* what was left of the old one in the socket */
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .instance = 7,
			    .seq = 99, .id = 4 });
	run(told, 150);
	assert_null(model_node_by_id(told->model, 4));
}

/* The module goes while it is dumped: half a tree is never published. */
static void test_unload_dump(void **state)
{
	struct told *told = *state;

	start(told);
	kernel.instance = 8;
	kernel.dump_error = -ENODEV;
	say((struct step) { .error = -ENOBUFS });
	run(told, 30);
	say((struct step) { .error = -ENODEV });
	run(told, 30);
	assert_int_equal(told->published, 0);
	kernel.dump_error = -EAGAIN;
	say((struct step) { .error = -ESTALE });
	run(told, 60);
	assert_int_equal(follow_flush(told->follow), 0);
	assert_int_equal(told->published, 0);
	/* it is tried again, with pauses */
	run(told, 200);
	assert_in_range(kernel.dumps, 2, 5);
	kernel.dump_error = 0;
	run(told, 600);
	assert_int_equal(told->published, 1);
	assert_int_equal(told->nodes, 2);
}

static void test_health(void **state)
{
	struct told *told = *state;

	kernel.lag = 2;
	start(told);
	kernel.lag = 0;
	/* before the dump in the stream, but not in the dump */
	say((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .seq = 9, .id = 1 });
	say((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF, .seq = 10,
			    .id = 1 });
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 11, .id = 3 });
	say((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .seq = 12, .id = 3 });
	say((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .seq = 13, .id = 77 });
	say((struct step) { .cmd = 99, .seq = 14 });
	run(told, 30);
	assert_int_equal(health(told), 2);
	assert_int_equal(told->published, 1);
	assert_int_equal(kernel.dumps, 1);
	assert_int_equal(model_node_severity(model_node_by_id(told->model, 1)),
			 MODEL_WARNING);
	/* a hole that the module cannot fill does not lose it */
	kernel.seq = 19;
	happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
	run(told, 150);
	assert_int_equal(health(told), 3);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(model_node_by_id(told->model, 1)->conditions[0].count, 2);
}

/* Nodes come and go and are ill, all unheard of: three nodes in the end. */
static void miss(void)
{
	happen_unheard((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				       .id = 3 });
	happen_unheard((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 3 });
	happen_unheard((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF,
				       .id = 2 });
	happen_unheard((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
	happen_unheard((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				       .id = 4 });
}

static void check_missed(struct told *told, unsigned int dumps)
{
	assert_int_equal(kernel.dumps, dumps);
	assert_int_equal(health(told), 2);
	assert_null(model_node_by_id(told->model, 2));
	assert_non_null(model_node_by_id(told->model, 4));
	assert_int_equal(told->nodes, kernel.n_ids);
	assert_int_equal(follow_seq(told->follow), kernel.seq);
	assert_int_equal(model_node_by_id(told->model, 1)->conditions[0].count,
			 1);
}

static void test_replay_gap(void **state)
{
	struct told *told = *state;
	size_t i;

	start(told);
	miss();
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 5 });
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 6 });
	run(told, 30);
	check_missed(told, 1);
	assert_int_equal(kernel.replays, 1);
	assert_int_equal(told->published, 1);
	assert_int_equal(told->cause, 1011);
	/* late, after they were replayed: nothing counts twice */
	for (i = 0; i < 5; i++)
		say(kernel.ring[i]);
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 7 });
	run(told, 30);
	check_missed(told, 1);
	assert_int_equal(kernel.replays, 1);
}

static void test_replay_overrun(void **state)
{
	struct told *told = *state;

	start(told);
	miss();
	say((struct step) { .error = -ENOBUFS });
	run(told, 30);
	check_missed(told, 1);
	/* nothing was missed: the overrun was of the controller's messages */
	say((struct step) { .error = -ENOBUFS });
	run(told, 30);
	assert_int_equal(kernel.replays, 2);
	check_missed(told, 1);
	assert_int_equal(run(told, 100), 0);
}

/* More happens while it is replayed: it comes twice, and counts once. */
static void test_replay_races(void **state)
{
	struct told *told = *state;

	start(told);
	happen_unheard((struct step) { .cmd = FABMON_CMD_NODE_DELETE_NTF,
				       .id = 2 });
	kernel.meanwhile = (struct step) { .cmd = FABMON_CMD_EVENT_NTF,
					   .id = 1 };
	happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 4 });
	run(told, 30);
	assert_int_equal(health(told), 2);
	assert_int_equal(model_node_by_id(told->model, 1)->conditions[0].count,
			 2);
	assert_int_equal(kernel.replays, 1);
	assert_int_equal(kernel.dumps, 1);
	assert_int_equal(told->nodes, 2);
	assert_int_equal(follow_seq(told->follow), 14);
}

/* The ring has but the end of it: a dump for the nodes, events all the same. */
static void test_replay_lost(void **state)
{
	struct told *told = *state;

	start(told);
	miss();
	kernel.ring[0].seq = 0;
	kernel.ring[1].seq = 0;
	kernel.ring[2].seq = 0;
	say((struct step) { .error = -ENOBUFS });
	run(told, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(health(told), 1);
	assert_int_equal(told->nodes, 3);
	assert_null(model_node_by_id(told->model, 2));
	happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .id = 5 });
	run(told, 30);
	assert_int_equal(kernel.dumps, 2);
	assert_int_equal(kernel.replays, 1);
	assert_int_equal(told->nodes, 4);
}

/* Another instance, unannounced; all that it ever said is news. */
static void test_replay_stale(void **state)
{
	struct told *told = *state;

	start(told);
	kernel.instance = 8;
	kernel.seq = 0;
	miss();
	say((struct step) { .error = -ENOBUFS });
	run(told, 30);
	check_missed(told, 2);
	assert_int_equal(kernel.replays, 2);
	happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 4 });
	run(told, 30);
	assert_int_equal(health(told), 3);
	assert_int_equal(kernel.replays, 2);
}

/* No replay is to be had: a dump, and events from here on. */
static void test_replay_fails(void **state)
{
	static const int errors[] = { -EOPNOTSUPP, -ENOMEM, -ETIMEDOUT };
	struct told *told = *state;
	size_t i;

	start(told);
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel.replay_error = errors[i];
		happen_unheard((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
					       .id = 10 + i });
		happen((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF,
				       .id = 20 + i });
		happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 1 });
		run(told, 150);
		assert_int_equal(kernel.dumps, 2 + i);
		assert_int_equal(kernel.replays, 1 + i);
		assert_int_equal(told->nodes, kernel.n_ids);
		happen((struct step) { .cmd = FABMON_CMD_EVENT_NTF, .id = 2 });
		run(told, 30);
		assert_int_equal(health(told), 2 + 2 * i);
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
		/* nobody ever heard: it is not ours to tell */
		{ 0, 0, 0, 0 },
		{ 7, 10, 2, 1 },
		{ 7, 12, 1, 1 },
		{ 7, 15, 0, 0 },
		{ 6, 99, 2, 1 },
		/* of the future: the numbers are what the module says */
		{ 7, 99, 0, 0 },
	};
	struct told *told = *state;
	uint64_t instance, seq;
	size_t i;

	miss();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		model_free(told->model);
		told->model = model_new();
		model_log_position_set(told->model, cases[i].instance,
				       cases[i].seq);
		kernel.replays = 0;
		assert_int_equal(open_it(told), 0);
		assert_int_equal(health(told), cases[i].health);
		assert_int_equal(kernel.replays, cases[i].replays);
		assert_int_equal(model_count(told->model), 3);
		model_log_position(told->model, &instance, &seq);
		assert_int_equal(instance, 7);
		assert_int_equal(seq, 15);
		follow_close(told->follow);
		told->follow = NULL;
	}
}

/* A link that flaps wakes us once, and without one nothing does. */
static void test_flap(void **state)
{
	const struct model_flap_limits limits = {
		.count = 1, .window = 60000000000, .hold = 200000000,
		.quiet = 200000000,
	};
	struct told *told = *state;
	struct model_node *port;
	struct step step = {
		.cmd = FABMON_CMD_NODE_CHANGE_NTF, .id = 2, .parent = 1,
		.kind = FABMON_NODE_KIND_RDMA_PORT,
	};
	int i;

	kernel.rdma = true;
	model_flap_limit(told->model, &limits);
	start(told);
	for (i = 0; i < 4; i++) {
		step.port_state = i % 2 ? 4 : 1;
		happen(step);
	}
	run(told, 50);
	port = model_node_by_id(told->model, 2);
	assert_int_equal(model_node_severity(port), MODEL_WARNING);
	/* lost, up and flapping; the rest is held back */
	assert_int_equal(health(told), 3);
	assert_int_equal(told->published, 1);
	step.port_state = 1;
	happen(step);
	run(told, 50);
	assert_int_equal(port->k.port.state, 4);
	assert_int_equal(health(told), 3);
	assert_in_range(run(told, 400), 2, 4);
	assert_int_equal(port->k.port.state, 1);
	assert_int_equal(health(told), 5);
	assert_int_equal(run(told, 300), 0);
}

static void test_publish_fails(void **state)
{
	struct told *told = *state;

	start(told);
	told->answer = -ENOMEM;
	say((struct step) { .cmd = FABMON_CMD_NODE_ADD_NTF, .seq = 11, .id = 3 });
	run(told, 60);
	assert_int_equal(told->published, 1);
	told->answer = 0;
	run(told, 150);
	assert_int_equal(told->published, 2);
	assert_int_equal(run(told, 100), 0);
	/* from within a listener: after it */
	told->answer = -EBUSY;
	assert_int_equal(follow_flush(told->follow), 0);
	told->answer = 0;
	run(told, 30);
	assert_int_equal(told->published, 4);
	assert_int_equal(run(told, 100), 0);
}

static void test_socket_fails(void **state)
{
	struct told *told = *state;
	int i;

	start(told);
	kernel.dump_error = -EIO;
	for (i = 0; i < MAX_FAILURES + 1; i++)
		say((struct step) { .error = -EIO });
	assert_int_equal(sd_event_loop(told->event), -EIO);
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
