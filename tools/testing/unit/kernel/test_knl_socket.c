// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The netlink client against a kernel that fails in each way a socket can. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "fake_socket.h"
#include "kernel/knl/knl.h"

static struct knl *opened(const char *group)
{
	struct knl *knl;

	assert_int_equal(knl_open(&knl, group), 0);
	assert_non_null(knl);
	return knl;
}

static void open_fails(void **state)
{
	struct knl *knl;

	fake.family = 0;
	assert_int_equal(knl_open(&knl, NULL), -ENOENT);
	assert_null(knl);
	assert_int_equal(knl_open(&knl, FABMON_MCGRP_MONITOR), -ENOENT);
	fake.family = FAMILY;
	fake.abi = KNL_ABI - 1;
	assert_int_equal(knl_open(&knl, NULL), -EPROTO);
	fake.abi = KNL_ABI + 1;
	fake.join_err = EPERM;
	assert_int_equal(knl_open(&knl, FABMON_MCGRP_MONITOR), -EPERM);
	fake.join_err = 0;
	assert_int_equal(knl_open(&knl, "a name that is too long"), -EINVAL);
	assert_int_equal(knl_open(&knl, "nothing"), -ENOENT);
	knl_close(opened(NULL));
	knl_close(NULL);
}

static void count_begin(void *ctx)
{
	*(int *)ctx = 0;
}

static int count(struct knl_msg *msg, void *ctx)
{
	(*(int *)ctx)++;
	return 0;
}

static int refuse(struct knl_msg *msg, void *ctx)
{
	(*(int *)ctx)++;
	return -EXDEV;
}

static void dump(void **state)
{
	struct knl *knl = opened(NULL);
	int n = -1;

	assert_int_equal(knl_fd(knl), -1);
	assert_int_equal(knl_receive(knl, 1, count, &n), -EINVAL);
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 3);
	fake.nodes = 0;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 0);
	knl_close(knl);
}

static void dump_interrupted(void **state)
{
	struct knl *knl = opened(NULL);
	int n;

	fake.interrupts = 3;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(fake.dumps, 4);
	fake.interrupts = 1000;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -EAGAIN);
	assert_int_equal(fake.dumps, 20);
	/* Interrupted at its very end, and without any node. */
	fake.nodes = 0;
	fake.interrupts = 1;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(fake.dumps, 22);
	knl_close(knl);
}

/* An error of the reader ends the calls, and the next request is clean. */
static void dump_refused(void **state)
{
	struct knl *knl = opened(NULL);
	int n;

	assert_int_equal(knl_dump(knl, count_begin, refuse, &n), -EXDEV);
	assert_int_equal(n, 1);
	fake.dump_err = -ENOMEM;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -ENOMEM);
	fake.dump_err = 0;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 3);
	knl_close(knl);
}

static void answer_lost(void **state)
{
	struct knl *knl = opened(NULL);
	struct knl_info info;
	int n;

	fake.recv_err = ENOBUFS;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -ENOBUFS);
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 3);
	fake.recv_err = EAGAIN;
	assert_int_equal(knl_info_get(knl, &info), -ETIMEDOUT);
	fake.send_err = EINTR;
	assert_int_equal(knl_info_get(knl, &info), 0);
	assert_int_equal(info.seq, 7);
	fake.send_err = ENOMEM;
	assert_int_equal(knl_info_get(knl, &info), -ENOMEM);
	knl_close(knl);
}

struct received {
	uint64_t first, last, lost, lost_to;
	unsigned int count;
	size_t gids;
};

static int receive(struct knl_msg *msg, void *ctx)
{
	struct received *got = ctx;

	if (msg->cmd == FABMON_CMD_EVENT_GET) {
		got->lost += msg->lost;
		got->lost_to = msg->seq;
		return 0;
	}
	assert_int_equal(msg->cmd, FABMON_CMD_NODE_CHANGE_NTF);
	if (!got->count++)
		got->first = msg->seq;
	got->last = msg->seq;
	got->gids = msg->added.n_gids;
	return 0;
}

static void replay(void **state)
{
	struct knl *knl = opened(NULL);
	struct received got = { 0 };

	fake.kept = 3;
	assert_int_equal(knl_replay(knl, 0, 0, receive, &got), 0);
	assert_int_equal(fake.asked_instance, 0);
	assert_int_equal(fake.asked_seq, 0);
	assert_int_equal(got.first, 3);
	assert_int_equal(got.last, 7);
	assert_int_equal(got.lost, 0);

	memset(&got, 0, sizeof(got));
	assert_int_equal(knl_replay(knl, INSTANCE, 1, receive, &got), 0);
	assert_true(fake.asked_instance == INSTANCE);
	assert_int_equal(got.count, 5);
	assert_int_equal(got.lost, 2);
	assert_int_equal(got.lost_to, 2);

	/* the next, which is still to come */
	memset(&got, 0, sizeof(got));
	assert_int_equal(knl_replay(knl, INSTANCE, 8, receive, &got), 0);
	assert_int_equal(got.count, 0);
	assert_int_equal(knl_replay(knl, INSTANCE, 9, receive, &got), -ERANGE);
	assert_string_equal(knl_reason(knl), "still to come");
	assert_int_equal(knl_replay(knl, 5, 3, receive, &got), -ESTALE);
	assert_int_equal(got.count, 0);
	fake.family = 0;
	assert_int_equal(knl_replay(knl, INSTANCE, 3, receive, &got), -ENODEV);
	knl_close(knl);
}

/* The largest messages that there are, and a reader that has enough. */
static void replay_large(void **state)
{
	struct knl *knl = opened(NULL);
	struct received got = { 0 };
	int n = 0;

	fake.kept = 3;
	fake.gids = 3900;
	assert_int_equal(knl_replay(knl, INSTANCE, 3, receive, &got), 0);
	assert_int_equal(got.count, 5);
	assert_int_equal(got.gids, 3900);
	assert_int_equal(knl_replay(knl, INSTANCE, 3, refuse, &n), -EXDEV);
	assert_int_equal(n, 1);
	assert_int_equal(knl_replay(knl, INSTANCE, 7, receive, &got), 0);
	assert_int_equal(got.count, 6);
	knl_close(knl);
}

static void one_node(void **state)
{
	struct knl *knl = opened(NULL);
	struct knl_msg msg;

	assert_int_equal(knl_node_get(knl, 2, &msg), 0);
	assert_int_equal(msg.node.id, 2);
	assert_string_equal(knl_reason(knl), "");
	knl_msg_clear(&msg);
	assert_int_equal(knl_node_get(knl, 9, &msg), -ENOENT);
	assert_string_equal(knl_reason(knl), "no node has this id");
	assert_null(msg.node.name);
	assert_int_equal(knl_node_get(knl, 0, &msg), -ENOENT);
	knl_close(knl);
}

static void module_gone(void **state)
{
	struct knl *knl = opened(NULL);
	struct knl_info info;
	int n;

	fake.family = 0;
	assert_int_equal(knl_info_get(knl, &info), -ENODEV);
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -ENODEV);
	knl_close(knl);
}

static void notify(struct knl *knl, uint64_t seq)
{
	fake_send(knl_fd(knl),
		  fake_node(NULL, FABMON_CMD_NODE_ADD_NTF, 0, 9, seq));
}

static void stream(void **state)
{
	struct knl *knl = opened(FABMON_MCGRP_MONITOR);
	struct nl_msg *msg;
	int n = 0, i;

	assert_int_equal(fake.joined, GROUP);
	assert_true(knl_fd(knl) >= 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);
	for (i = 0; i < 5; i++)
		notify(knl, 8 + i);
	fake_queue(knl_fd(knl), EINTR, 0, 0, NULL, 0);
	notify(knl, 13);
	assert_int_equal(knl_receive(knl, 4, count, &n), 4);
	assert_int_equal(knl_receive(knl, 4, count, &n), 2);
	assert_int_equal(n, 6);

	/* Another process, another family, another group of the controller. */
	msg = fake_node(NULL, FABMON_CMD_NODE_ADD_NTF, 0, 9, 14);
	fake_queue(knl_fd(knl), 0, 0, 4711, nlmsg_hdr(msg),
		  nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
	fake_send(knl_fd(knl), fake_answer(NULL, FAMILY + 1, 0, 3));
	fake_send(knl_fd(knl),
		  fake_controller(NULL, CTRL_CMD_DELFAMILY, "other", FAMILY,
				  "x", 1));
	fake_queue(knl_fd(knl), 0, 0, 0, "short", 5);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);

	notify(knl, 14);
	assert_int_equal(knl_receive(knl, 10, refuse, &n), -EXDEV);
	fake_send(knl_fd(knl), fake_answer(NULL, FAMILY, 0,
				      FABMON_CMD_NODE_ADD_NTF));
	assert_int_equal(knl_receive(knl, 10, count, &n), -EBADMSG);
	fake_queue(knl_fd(knl), EIO, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), -EIO);
	knl_close(knl);
}

static void stream_overrun(void **state)
{
	struct knl *knl = opened(FABMON_MCGRP_MONITOR);
	int n = 0;

	notify(knl, 8);
	fake_queue(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	notify(knl, 20);
	/* returned when nothing is waiting any more: see datagram_read() */
	assert_int_equal(knl_receive(knl, 2, count, &n), -ENOBUFS);
	assert_int_equal(n, 2);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);
	fake_queue(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	notify(knl, 21);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENOBUFS);
	assert_int_equal(n, 3);
	fake_queue(knl_fd(knl), 0, MSG_TRUNC, 0, "", 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENOBUFS);
	knl_close(knl);
}

static void goes(struct knl *knl)
{
	fake_send(knl_fd(knl),
		  fake_controller(NULL, CTRL_CMD_DELFAMILY, "fabmon",
				  fake.family, "monitor", GROUP));
	fake.family = 0;
	fake.joined = 0;
}

static void comes(struct knl *knl, int family)
{
	fake.family = family;
	fake_send(knl_fd(knl),
		  fake_controller(NULL, CTRL_CMD_NEWFAMILY, "fabmon", family,
				  "monitor", GROUP));
}

static void module_reloaded(void **state)
{
	struct knl *knl = opened(FABMON_MCGRP_MONITOR);
	struct knl_info info;
	int n = 0;

	notify(knl, 8);
	goes(knl);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENODEV);
	assert_int_equal(n, 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);
	assert_int_equal(knl_info_get(knl, &info), -ENODEV);

	comes(knl, FAMILY + 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ESTALE);
	assert_int_equal(fake.joined, GROUP);
	assert_int_equal(knl_info_get(knl, &info), 0);
	notify(knl, 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), 1);

	goes(knl);
	fake.abi = KNL_ABI - 1;
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENODEV);
	comes(knl, FAMILY + 2);
	assert_int_equal(knl_receive(knl, 10, count, &n), -EPROTO);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);

	/* Gone again before it could be asked. */
	comes(knl, FAMILY + 3);
	fake.family = 0;
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);
	knl_close(knl);
}

/* The controller's word is among what was lost. */
static void module_reloaded_unnoticed(void **state)
{
	struct knl *knl = opened(FABMON_MCGRP_MONITOR);
	int n = 0;

	fake.family = FAMILY + 1;
	fake_queue(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ESTALE);
	/* Notifications about the past do not count. */
	fake_send(knl_fd(knl),
		  fake_controller(NULL, CTRL_CMD_DELFAMILY, "fabmon", FAMILY,
				  "monitor", GROUP));
	fake_send(knl_fd(knl),
		  fake_controller(NULL, CTRL_CMD_NEWFAMILY, "fabmon",
				  FAMILY + 1, "monitor", GROUP));
	notify(knl, 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), 1);

	fake.family = 0;
	fake_queue(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENODEV);
	fake_queue(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);

	/* The controller cannot be asked now: later. */
	fake.resolve_err = ENOMEM;
	comes(knl, FAMILY + 4);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENOMEM);
	fake.resolve_err = 0;
	assert_int_equal(knl_receive(knl, 10, count, &n), -ESTALE);
	knl_close(knl);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, \
					fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(open_fails),
		TEST(dump),
		TEST(dump_interrupted),
		TEST(dump_refused),
		TEST(answer_lost),
		TEST(replay),
		TEST(replay_large),
		TEST(one_node),
		TEST(module_gone),
		TEST(stream),
		TEST(stream_overrun),
		TEST(module_reloaded),
		TEST(module_reloaded_unnoticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
