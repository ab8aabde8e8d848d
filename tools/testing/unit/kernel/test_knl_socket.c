// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The client against a kernel made here: sendmsg(), recvmsg() and setsockopt()
 * of this program take the place of the C library's, for libnl too, so that
 * each way in which a socket can fail happens when the test wants it.
 */
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

#include "kernel/knl/knl.h"

#define FAMILY		0x21
#define GROUP		0x33
#define NOTIFY		0x10
#define INSTANCE	0x1122334455667788ULL

/* What one recvmsg() on @fd gives. */
struct datagram {
	struct datagram *next;
	int fd;
	int err;
	int flags;
	uint32_t sender;
	size_t len;
	uint8_t data[];
};

static struct {
	int family;		/* 0: not loaded */
	uint32_t abi;
	int join_err;
	int resolve_err;
	int joined;		/* group last joined */
	unsigned int nodes;
	unsigned int interrupts;	/* dumps still to be interrupted */
	unsigned int dumps;
	int dump_err;		/* in NLMSG_DONE */
	uint64_t kept;		/* the oldest that the ring has, to 7 */
	unsigned int gids;	/* in each message of a replay */
	uint64_t asked_instance, asked_seq;	/* of the last event-get */
	int recv_err;		/* of the next request's answer */
	int send_err;		/* of the next sendmsg() */
	struct datagram *queue;
} kernel;

static void queue_add(int fd, int err, int flags, uint32_t sender,
		      const void *data, size_t len)
{
	struct datagram *d = calloc(1, sizeof(*d) + len), **at;

	*d = (struct datagram){
		.fd = fd, .err = err, .flags = flags, .sender = sender,
		.len = len,
	};
	if (len)
		memcpy(d->data, data, len);
	for (at = &kernel.queue; *at; at = &(*at)->next)
		;
	*at = d;
}

/* Sends @msg and frees it. */
static void queue_msg(int fd, struct nl_msg *msg)
{
	queue_add(fd, 0, 0, 0, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl *from = msg->msg_name;
	struct datagram **at = &kernel.queue, *d;
	size_t room = msg->msg_iov[0].iov_len, len;

	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	d = *at;
	if (!d || d->err) {
		errno = d ? d->err : EAGAIN;
		if (d) {
			*at = d->next;
			free(d);
		}
		return -1;
	}
	len = d->len < room ? d->len : room;
	memcpy(msg->msg_iov[0].iov_base, d->data, len);
	memset(from, 0, sizeof(*from));
	from->nl_family = AF_NETLINK;
	from->nl_pid = d->sender;
	msg->msg_namelen = sizeof(*from);
	msg->msg_controllen = 0;
	msg->msg_flags = d->flags | (d->len > room ? MSG_TRUNC : 0);
	if (flags & MSG_TRUNC)
		len = d->len;
	if (!(flags & MSG_PEEK)) {
		*at = d->next;
		free(d);
	}
	return len;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	if (level == SOL_NETLINK && name == NETLINK_ADD_MEMBERSHIP) {
		if (kernel.join_err && *(const int *)value == GROUP) {
			errno = kernel.join_err;
			return -1;
		}
		kernel.joined = *(const int *)value;
	}
	return 0;
}

static struct nl_msg *answer(const struct nlmsghdr *to, int type, int flags,
			     uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, to ? to->nlmsg_pid : 0, to ? to->nlmsg_seq : 0, type,
		    0, flags, cmd, 1);
	return msg;
}

static void answer_error(int fd, const struct nlmsghdr *to, int err,
			 const char *reason)
{
	const struct nlmsgerr error = { .error = err, .msg = *to };
	struct nl_msg *msg = nlmsg_alloc();
	struct nlmsghdr *hdr;

	hdr = nlmsg_put(msg, to->nlmsg_pid, to->nlmsg_seq, NLMSG_ERROR, 0,
			NLM_F_CAPPED | (reason ? NLM_F_ACK_TLVS : 0));
	assert_non_null(hdr);
	nlmsg_append(msg, (void *)&error, sizeof(error), NLMSG_ALIGNTO);
	if (reason)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, reason);
	queue_msg(fd, msg);
}

static struct nl_msg *controller(const struct nlmsghdr *to, uint8_t cmd,
				 const char *name, int id, const char *group,
				 int group_id)
{
	struct nl_msg *msg = answer(to, GENL_ID_CTRL, 0, cmd);
	struct nlattr *groups, *one;

	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, name);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, id);
	nla_put_u32(msg, CTRL_ATTR_VERSION, 1);
	nla_put_u32(msg, CTRL_ATTR_HDRSIZE, 0);
	nla_put_u32(msg, CTRL_ATTR_MAXATTR, 8);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	one = nla_nest_start(msg, 1);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, group);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, group_id);
	nla_nest_end(msg, one);
	nla_nest_end(msg, groups);
	return msg;
}

static void answer_controller(int fd, struct nlmsghdr *hdr)
{
	struct nlattr *name = nlmsg_find_attr(hdr, GENL_HDRLEN,
					      CTRL_ATTR_FAMILY_NAME);

	assert_non_null(name);
	if (!strcmp(nla_get_string(name), "nlctrl")) {
		queue_msg(fd, controller(hdr, CTRL_CMD_NEWFAMILY, "nlctrl",
					 GENL_ID_CTRL, "notify", NOTIFY));
	} else if (kernel.resolve_err || !kernel.family) {
		answer_error(fd, hdr, kernel.resolve_err ?
			     -kernel.resolve_err : -ENOENT, NULL);
		return;
	} else {
		queue_msg(fd, controller(hdr, CTRL_CMD_NEWFAMILY, "fabmon",
					 kernel.family, "monitor", GROUP));
	}
	answer_error(fd, hdr, 0, NULL);
}

static struct nl_msg *node(const struct nlmsghdr *to, uint8_t cmd, int flags,
			   uint32_t id, uint64_t seq)
{
	struct nl_msg *msg = answer(to, kernel.family, flags, cmd);
	struct nlattr *nest;

	nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
	nla_put_u64(msg, FABMON_A_SEQ, seq);
	nest = nla_nest_start(msg, FABMON_A_NODE);
	nla_put_u32(msg, FABMON_A_NODE_ID, id);
	nla_put_u32(msg, FABMON_A_NODE_KIND, FABMON_NODE_KIND_CXL_MEMDEV);
	nla_put_string(msg, FABMON_A_NODE_NAME, "mem0");
	nla_nest_end(msg, nest);
	return msg;
}

static void answer_done(int fd, const struct nlmsghdr *hdr, int flags)
{
	struct nl_msg *done = nlmsg_alloc();

	nlmsg_put(done, hdr->nlmsg_pid, hdr->nlmsg_seq, NLMSG_DONE, 0, flags);
	nlmsg_append(done, &kernel.dump_err, sizeof(int), NLMSG_ALIGNTO);
	queue_msg(fd, done);
}

/* A change of a node and of very many GIDs, as a message of 126 KiB has them. */
static struct nl_msg *replayed(const struct nlmsghdr *to, uint64_t seq)
{
	struct nl_msg *msg = nlmsg_alloc_size(200 << 10);
	struct nlattr *nest;
	unsigned int i;

	genlmsg_put(msg, to->nlmsg_pid, to->nlmsg_seq, kernel.family, 0,
		    NLM_F_MULTI, FABMON_CMD_EVENT_GET, 1);
	nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
	nla_put_u64(msg, FABMON_A_SEQ, seq);
	nla_put_u32(msg, FABMON_A_ACTION, FABMON_ACTION_CHANGE);
	nest = nla_nest_start(msg, FABMON_A_NODE);
	nla_put_u32(msg, FABMON_A_NODE_ID, 9);
	nla_put_u32(msg, FABMON_A_NODE_KIND, FABMON_NODE_KIND_RDMA_PORT);
	nla_put_string(msg, FABMON_A_NODE_NAME, "rxe0/1");
	nla_nest_end(msg, nest);
	for (i = 0; i < kernel.gids; i++) {
		nest = nla_nest_start(msg, FABMON_A_GID_ADDED);
		nla_put_u32(msg, FABMON_A_GID_INDEX, i);
		nla_put(msg, FABMON_A_GID_VALUE, 16, "0123456789abcdef");
		nla_nest_end(msg, nest);
	}
	return msg;
}

static void answer_replay(int fd, struct nlmsghdr *hdr)
{
	struct nlattr *instance = nlmsg_find_attr(hdr, GENL_HDRLEN,
						  FABMON_A_INSTANCE);
	struct nlattr *from = nlmsg_find_attr(hdr, GENL_HDRLEN, FABMON_A_SEQ);
	struct nl_msg *msg;
	uint64_t seq;

	kernel.asked_instance = instance ? nla_get_u64(instance) : 0;
	kernel.asked_seq = from ? nla_get_u64(from) : 0;
	if (instance && nla_get_u64(instance) != INSTANCE) {
		answer_error(fd, hdr, -ESTALE, "loaded anew");
		return;
	}
	if (kernel.asked_seq > 8) {
		answer_error(fd, hdr, -ERANGE, "still to come");
		return;
	}
	seq = from ? kernel.asked_seq : kernel.kept;
	if (seq < kernel.kept) {
		msg = answer(hdr, kernel.family, NLM_F_MULTI,
			     FABMON_CMD_EVENT_GET);
		nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
		nla_put_u64(msg, FABMON_A_SEQ, kernel.kept - 1);
		nla_put_u32(msg, FABMON_A_ACTION, FABMON_ACTION_LOST);
		nla_put_u64(msg, FABMON_A_LOST, kernel.kept - seq);
		queue_msg(fd, msg);
		seq = kernel.kept;
	}
	for (; seq <= 7; seq++)
		queue_msg(fd, replayed(hdr, seq));
	answer_done(fd, hdr, NLM_F_MULTI);
}

static void answer_dump(int fd, const struct nlmsghdr *hdr)
{
	int flags = NLM_F_MULTI;
	uint32_t id;

	kernel.dumps++;
	if (kernel.interrupts) {
		kernel.interrupts--;
		flags |= NLM_F_DUMP_INTR;
	}
	for (id = 1; id <= kernel.nodes; id++)
		queue_msg(fd, node(hdr, FABMON_CMD_NODE_GET, flags, id, 7));
	answer_done(fd, hdr, flags);
}

static void answer_family(int fd, struct nlmsghdr *hdr)
{
	const struct genlmsghdr *genl = NLMSG_DATA(hdr);
	struct nl_msg *msg;
	struct nlattr *id;

	if (genl->cmd == FABMON_CMD_INFO_GET) {
		msg = answer(hdr, kernel.family, 0, FABMON_CMD_INFO_GET);
		nla_put_u32(msg, FABMON_A_INFO_ABI, kernel.abi);
		nla_put_u64(msg, FABMON_A_INFO_INSTANCE, INSTANCE);
		nla_put_u64(msg, FABMON_A_INFO_SEQ, 7);
		queue_msg(fd, msg);
		answer_error(fd, hdr, 0, NULL);
		return;
	}
	if (genl->cmd == FABMON_CMD_EVENT_GET) {
		answer_replay(fd, hdr);
		return;
	}
	if (hdr->nlmsg_flags & NLM_F_DUMP) {
		answer_dump(fd, hdr);
		return;
	}
	id = nlmsg_find_attr(hdr, GENL_HDRLEN, FABMON_A_ID);
	assert_non_null(id);
	if (nla_get_u32(id) > kernel.nodes) {
		answer_error(fd, hdr, -ENOENT, "no node has this id");
		return;
	}
	queue_msg(fd, node(hdr, FABMON_CMD_NODE_GET, 0, nla_get_u32(id), 7));
	answer_error(fd, hdr, 0, NULL);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct nlmsghdr *hdr = msg->msg_iov[0].iov_base;

	if (kernel.send_err) {
		errno = kernel.send_err;
		kernel.send_err = 0;
		return -1;
	}
	/* What an interrupted system call before the answer looks like. */
	queue_add(fd, EINTR, 0, 0, NULL, 0);
	if (kernel.recv_err && hdr->nlmsg_type != GENL_ID_CTRL) {
		queue_add(fd, kernel.recv_err, 0, 0, NULL, 0);
		kernel.recv_err = 0;
	}
	if (hdr->nlmsg_type == GENL_ID_CTRL)
		answer_controller(fd, hdr);
	else if (kernel.family && hdr->nlmsg_type == kernel.family)
		answer_family(fd, hdr);
	else
		answer_error(fd, hdr, -ENOENT, NULL);
	return msg->msg_iov[0].iov_len;
}

static int setup(void **state)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.family = FAMILY;
	kernel.abi = KNL_ABI;
	kernel.nodes = 3;
	*state = NULL;
	return 0;
}

static int teardown(void **state)
{
	struct datagram *d;

	while ((d = kernel.queue)) {
		kernel.queue = d->next;
		free(d);
	}
	return 0;
}

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

	kernel.family = 0;
	assert_int_equal(knl_open(&knl, NULL), -ENOENT);
	assert_null(knl);
	assert_int_equal(knl_open(&knl, FABMON_MCGRP_MONITOR), -ENOENT);
	kernel.family = FAMILY;
	kernel.abi = KNL_ABI - 1;
	assert_int_equal(knl_open(&knl, NULL), -EPROTO);
	kernel.abi = KNL_ABI + 1;
	kernel.join_err = EPERM;
	assert_int_equal(knl_open(&knl, FABMON_MCGRP_MONITOR), -EPERM);
	kernel.join_err = 0;
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
	kernel.nodes = 0;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 0);
	knl_close(knl);
}

static void dump_interrupted(void **state)
{
	struct knl *knl = opened(NULL);
	int n;

	kernel.interrupts = 3;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(kernel.dumps, 4);
	kernel.interrupts = 1000;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -EAGAIN);
	assert_int_equal(kernel.dumps, 20);
	/* Interrupted at its very end, and without any node. */
	kernel.nodes = 0;
	kernel.interrupts = 1;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(kernel.dumps, 22);
	knl_close(knl);
}

/* An error of the reader ends the calls, and the next request is clean. */
static void dump_refused(void **state)
{
	struct knl *knl = opened(NULL);
	int n;

	assert_int_equal(knl_dump(knl, count_begin, refuse, &n), -EXDEV);
	assert_int_equal(n, 1);
	kernel.dump_err = -ENOMEM;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -ENOMEM);
	kernel.dump_err = 0;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 3);
	knl_close(knl);
}

static void answer_lost(void **state)
{
	struct knl *knl = opened(NULL);
	struct knl_info info;
	int n;

	kernel.recv_err = ENOBUFS;
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -ENOBUFS);
	assert_int_equal(knl_dump(knl, count_begin, count, &n), 0);
	assert_int_equal(n, 3);
	kernel.recv_err = EAGAIN;
	assert_int_equal(knl_info_get(knl, &info), -ETIMEDOUT);
	kernel.send_err = EINTR;
	assert_int_equal(knl_info_get(knl, &info), 0);
	assert_int_equal(info.seq, 7);
	kernel.send_err = ENOMEM;
	assert_int_equal(knl_info_get(knl, &info), -ENOMEM);
	knl_close(knl);
}

struct heard {
	uint64_t first, last, lost, lost_to;
	unsigned int count;
	size_t gids;
};

static int hear(struct knl_msg *msg, void *ctx)
{
	struct heard *heard = ctx;

	if (msg->cmd == FABMON_CMD_EVENT_GET) {
		heard->lost += msg->lost;
		heard->lost_to = msg->seq;
		return 0;
	}
	assert_int_equal(msg->cmd, FABMON_CMD_NODE_CHANGE_NTF);
	if (!heard->count++)
		heard->first = msg->seq;
	heard->last = msg->seq;
	heard->gids = msg->added.n_gids;
	return 0;
}

static void replay(void **state)
{
	struct knl *knl = opened(NULL);
	struct heard heard = { 0 };

	kernel.kept = 3;
	assert_int_equal(knl_replay(knl, 0, 0, hear, &heard), 0);
	assert_int_equal(kernel.asked_instance, 0);
	assert_int_equal(kernel.asked_seq, 0);
	assert_int_equal(heard.first, 3);
	assert_int_equal(heard.last, 7);
	assert_int_equal(heard.lost, 0);

	memset(&heard, 0, sizeof(heard));
	assert_int_equal(knl_replay(knl, INSTANCE, 1, hear, &heard), 0);
	assert_true(kernel.asked_instance == INSTANCE);
	assert_int_equal(heard.count, 5);
	assert_int_equal(heard.lost, 2);
	assert_int_equal(heard.lost_to, 2);

	/* the next, which is still to come */
	memset(&heard, 0, sizeof(heard));
	assert_int_equal(knl_replay(knl, INSTANCE, 8, hear, &heard), 0);
	assert_int_equal(heard.count, 0);
	assert_int_equal(knl_replay(knl, INSTANCE, 9, hear, &heard), -ERANGE);
	assert_string_equal(knl_reason(knl), "still to come");
	assert_int_equal(knl_replay(knl, 5, 3, hear, &heard), -ESTALE);
	assert_int_equal(heard.count, 0);
	kernel.family = 0;
	assert_int_equal(knl_replay(knl, INSTANCE, 3, hear, &heard), -ENODEV);
	knl_close(knl);
}

/* The largest messages that there are, and a reader that has enough. */
static void replay_large(void **state)
{
	struct knl *knl = opened(NULL);
	struct heard heard = { 0 };
	int n = 0;

	kernel.kept = 3;
	kernel.gids = 3900;
	assert_int_equal(knl_replay(knl, INSTANCE, 3, hear, &heard), 0);
	assert_int_equal(heard.count, 5);
	assert_int_equal(heard.gids, 3900);
	assert_int_equal(knl_replay(knl, INSTANCE, 3, refuse, &n), -EXDEV);
	assert_int_equal(n, 1);
	assert_int_equal(knl_replay(knl, INSTANCE, 7, hear, &heard), 0);
	assert_int_equal(heard.count, 6);
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

	kernel.family = 0;
	assert_int_equal(knl_info_get(knl, &info), -ENODEV);
	assert_int_equal(knl_dump(knl, count_begin, count, &n), -ENODEV);
	knl_close(knl);
}

static void notify(struct knl *knl, uint64_t seq)
{
	queue_msg(knl_fd(knl), node(NULL, FABMON_CMD_NODE_ADD_NTF, 0, 9, seq));
}

static void stream(void **state)
{
	struct knl *knl = opened(FABMON_MCGRP_MONITOR);
	struct nl_msg *msg;
	int n = 0, i;

	assert_int_equal(kernel.joined, GROUP);
	assert_true(knl_fd(knl) >= 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);
	for (i = 0; i < 5; i++)
		notify(knl, 8 + i);
	queue_add(knl_fd(knl), EINTR, 0, 0, NULL, 0);
	notify(knl, 13);
	assert_int_equal(knl_receive(knl, 4, count, &n), 4);
	assert_int_equal(knl_receive(knl, 4, count, &n), 2);
	assert_int_equal(n, 6);

	/* Another process, another family, another group of the controller. */
	msg = node(NULL, FABMON_CMD_NODE_ADD_NTF, 0, 9, 14);
	queue_add(knl_fd(knl), 0, 0, 4711, nlmsg_hdr(msg),
		  nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
	queue_msg(knl_fd(knl), answer(NULL, FAMILY + 1, 0, 3));
	queue_msg(knl_fd(knl), controller(NULL, CTRL_CMD_DELFAMILY, "other",
					  FAMILY, "x", 1));
	queue_add(knl_fd(knl), 0, 0, 0, "short", 5);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);

	notify(knl, 14);
	assert_int_equal(knl_receive(knl, 10, refuse, &n), -EXDEV);
	queue_msg(knl_fd(knl), answer(NULL, FAMILY, 0,
				      FABMON_CMD_NODE_ADD_NTF));
	assert_int_equal(knl_receive(knl, 10, count, &n), -EBADMSG);
	queue_add(knl_fd(knl), EIO, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), -EIO);
	knl_close(knl);
}

static void stream_overrun(void **state)
{
	struct knl *knl = opened(FABMON_MCGRP_MONITOR);
	int n = 0;

	notify(knl, 8);
	queue_add(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	notify(knl, 20);
	/* told when nothing is waiting any more: see datagram_read() */
	assert_int_equal(knl_receive(knl, 2, count, &n), -ENOBUFS);
	assert_int_equal(n, 2);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);
	queue_add(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	notify(knl, 21);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENOBUFS);
	assert_int_equal(n, 3);
	queue_add(knl_fd(knl), 0, MSG_TRUNC, 0, "", 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENOBUFS);
	knl_close(knl);
}

static void goes(struct knl *knl)
{
	queue_msg(knl_fd(knl), controller(NULL, CTRL_CMD_DELFAMILY, "fabmon",
					  kernel.family, "monitor", GROUP));
	kernel.family = 0;
	kernel.joined = 0;
}

static void comes(struct knl *knl, int family)
{
	kernel.family = family;
	queue_msg(knl_fd(knl), controller(NULL, CTRL_CMD_NEWFAMILY, "fabmon",
					  family, "monitor", GROUP));
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
	assert_int_equal(kernel.joined, GROUP);
	assert_int_equal(knl_info_get(knl, &info), 0);
	notify(knl, 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), 1);

	goes(knl);
	kernel.abi = KNL_ABI - 1;
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENODEV);
	comes(knl, FAMILY + 2);
	assert_int_equal(knl_receive(knl, 10, count, &n), -EPROTO);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);

	/* Gone again before it could be asked. */
	comes(knl, FAMILY + 3);
	kernel.family = 0;
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);
	knl_close(knl);
}

/* The controller's word is among what was lost. */
static void module_reloaded_unheard(void **state)
{
	struct knl *knl = opened(FABMON_MCGRP_MONITOR);
	int n = 0;

	kernel.family = FAMILY + 1;
	queue_add(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ESTALE);
	/* What is said of the past does not count. */
	queue_msg(knl_fd(knl), controller(NULL, CTRL_CMD_DELFAMILY, "fabmon",
					  FAMILY, "monitor", GROUP));
	queue_msg(knl_fd(knl), controller(NULL, CTRL_CMD_NEWFAMILY, "fabmon",
					  FAMILY + 1, "monitor", GROUP));
	notify(knl, 1);
	assert_int_equal(knl_receive(knl, 10, count, &n), 1);

	kernel.family = 0;
	queue_add(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENODEV);
	queue_add(knl_fd(knl), ENOBUFS, 0, 0, NULL, 0);
	assert_int_equal(knl_receive(knl, 10, count, &n), 0);

	/* The controller cannot be asked now: later. */
	kernel.resolve_err = ENOMEM;
	comes(knl, FAMILY + 4);
	assert_int_equal(knl_receive(knl, 10, count, &n), -ENOMEM);
	kernel.resolve_err = 0;
	assert_int_equal(knl_receive(knl, 10, count, &n), -ESTALE);
	knl_close(knl);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

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
		TEST(module_reloaded_unheard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
