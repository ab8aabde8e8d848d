// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A kernel of the tests' own: see fake_kernel.h. */
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

#include "fake_kernel.h"
#include "tempdir.h"
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

struct fake_kernel fake;

int __wrap_knl_open(struct knl **knl, const char *group)
{
	*knl = (void *)&fake;
	if (fake.open_error)
		return fake.open_error;
	if (group && !strcmp(group, FABMON_MCGRP_ADMIN))
		return fake.admin_error;
	return 0;
}

void __wrap_knl_close(struct knl *knl)
{
}

int __wrap_knl_fd(const struct knl *knl)
{
	return fake.fd;
}

int __wrap_knl_info_get(struct knl *knl, struct knl_info *info)
{
	int i;

	memset(info, 0, sizeof(*info));
	info->instance = fake.instance;
	info->seq = fake.seq - fake.lag;
	info->nodes = fake.n_ids;
	for (i = 0; i < 2; i++) {
		if (fake.no_provider & 1 << i)
			continue;
		strcpy(info->providers[info->n_providers++].name,
		       model_provider_name(i));
	}
	return fake.info_error;
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

	fake.dumps++;
	begin(ctx);
	for (i = 0; i < fake.n_ids; i++) {
		/* a failure comes half way */
		if (fake.dump_error && i == fake.n_ids / 2)
			return fake.dump_error;
		msg.instance = fake.instance;
		msg.seq = fake.seq;
		msg.node.id = fake.ids[i];
		msg.node.kind = FABMON_NODE_KIND_CXL_MEMDEV;
		if (fake.rdma)
			as_rdma(&msg.node);
		if (fake.paths && asprintf(&msg.node.path, "/devices/mem%u",
					   msg.node.id) < 0)
			abort();
		assert_int_equal(fn(&msg, ctx), 0);
		knl_msg_clear(&msg);
	}
	return fake.dump_error;
}

static void drain(void)
{
	uint64_t value;

	if (fake.next == fake.n_steps)
		assert_int_equal(read(fake.fd, &value, sizeof(value)),
				 sizeof(value));
}

static struct knl_msg msg_of(const struct step *step)
{
	struct knl_msg msg = {
		.cmd = step->cmd, .instance = step->instance, .seq = step->seq,
		.realtime = 1000 + step->seq, .cause = step->cause,
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

	while (fake.next < fake.n_steps) {
		step = &fake.steps[fake.next++];
		if (step->error) {
			if (step->seq)
				fake.seq = step->seq;
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

void fake_notify(struct step step)
{
	uint64_t one = 1;

	if (!step.instance)
		step.instance = fake.instance;
	if (!step.kind)
		step.kind = FABMON_NODE_KIND_CXL_MEMDEV;
	fake.steps[fake.n_steps++] = step;
	assert_int_equal(write(fake.fd, &one, sizeof(one)), sizeof(one));
}

/* Something happens to the kernel's nodes; the notification is lost. */
struct step fake_lose(struct step step)
{
	size_t i;

	step.instance = fake.instance;
	step.seq = ++fake.seq;
	if (!step.kind)
		step.kind = FABMON_NODE_KIND_CXL_MEMDEV;
	fake.ring[fake.n_ring++] = step;
	if (step.cmd == FABMON_CMD_NODE_ADD_NTF)
		fake.ids[fake.n_ids++] = step.id;
	for (i = 0; step.cmd == FABMON_CMD_NODE_DELETE_NTF && i < fake.n_ids;
	     i++) {
		if (fake.ids[i] == step.id)
			fake.ids[i] = fake.ids[--fake.n_ids];
	}
	return step;
}

void fake_happen(struct step step)
{
	fake_notify(fake_lose(step));
}

static const struct step *ring_find(uint64_t seq)
{
	size_t i;

	for (i = 0; i < fake.n_ring; i++) {
		if (fake.ring[i].seq == seq)
			return &fake.ring[i];
	}
	return NULL;
}

/* As the module: what it has, and how many it has no more. */
int __wrap_knl_replay(struct knl *knl, uint64_t instance, uint64_t seq,
		      knl_msg_fn fn, void *ctx)
{
	struct knl_msg msg = { .cmd = FABMON_CMD_EVENT_GET };
	const struct step *step;

	fake.replays++;
	if (fake.replay_error)
		return fake.replay_error;
	if (instance != fake.instance)
		return -ESTALE;
	if (seq > fake.seq + 1)
		return -ERANGE;
	if (fake.meanwhile.cmd)
		fake_happen(fake.meanwhile);
	fake.meanwhile.cmd = 0;
	for (; seq <= fake.seq; seq++) {
		step = ring_find(seq);
		msg.lost += !step;
		if (msg.lost && (step || seq == fake.seq)) {
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
unsigned int reader_entries(const struct reader *reader)
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

static void on_watch(void *ctx)
{
	((struct reader *)ctx)->watches++;
}

int reader_open(struct reader *reader)
{
	const struct follow_setup work = {
		.event = reader->event, .model = reader->model,
		.sysfs = reader->sysfs ? reader->sysfs : "/nonexistent",
		.publish = on_publish, .status = on_status, .watch = on_watch,
		.grace_us = reader->grace_us, .ctx = reader,
	};

	return follow_open(&reader->follow, &work);
}

int reader_setup(void **state)
{
	struct reader *reader = calloc(1, sizeof(*reader));

	memset(&fake, 0, sizeof(fake));
	fake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fake.instance = 7;
	fake.seq = 10;
	fake.ids[0] = 1;
	fake.ids[1] = 2;
	fake.n_ids = 2;
	sd_event_new(&reader->event);
	reader->model = model_new();
	*state = reader;
	return 0;
}

int reader_teardown(void **state)
{
	struct reader *reader = *state;

	follow_close(reader->follow);
	model_free(reader->model);
	if (reader->sysfs)
		tempdir_remove(reader->sysfs);
	sd_event_unref(reader->event);
	close(fake.fd);
	free(reader);
	return 0;
}

void reader_start(struct reader *reader)
{
	assert_int_equal(reader_open(reader), 0);
	assert_int_equal(reader->published, 1);
	assert_int_equal(reader->nodes, 2);
	assert_int_equal(follow_start(reader->follow), 0);
	reader->published = 0;
	reader->watches = 0;
	/* apart from the pause between dumps */
	reader->follow->not_before = 0;
}

/* Runs the loop for so long; how often it was woken. */
unsigned int reader_run(struct reader *reader, uint64_t ms)
{
	uint64_t end = follow_clock_us(CLOCK_MONOTONIC) + ms * 1000, now;
	unsigned int turns = 0;

	while ((now = follow_clock_us(CLOCK_MONOTONIC)) < end)
		turns += sd_event_run(reader->event, end - now) > 0;
	return turns;
}
