// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A kernel of the test's own behind netlink sockets: see fake_socket.h. */
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

struct fake_socket fake;

void fake_queue(int fd, int err, int flags, uint32_t sender,
		      const void *data, size_t len)
{
	struct datagram *d = calloc(1, sizeof(*d) + len), **at;

	*d = (struct datagram){
		.fd = fd, .err = err, .flags = flags, .sender = sender,
		.len = len,
	};
	if (len)
		memcpy(d->data, data, len);
	for (at = &fake.queue; *at; at = &(*at)->next)
		;
	*at = d;
}

/* Sends @msg and frees it. */
void fake_send(int fd, struct nl_msg *msg)
{
	fake_queue(fd, 0, 0, 0, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct sockaddr_nl *from = msg->msg_name;
	struct datagram **at = &fake.queue, *d;
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
		if (fake.join_err && *(const int *)value == GROUP) {
			errno = fake.join_err;
			return -1;
		}
		fake.joined = *(const int *)value;
	}
	return 0;
}

struct nl_msg *fake_answer(const struct nlmsghdr *to, int type, int flags,
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
	fake_send(fd, msg);
}

struct nl_msg *fake_controller(const struct nlmsghdr *to, uint8_t cmd,
				 const char *name, int id, const char *group,
				 int group_id)
{
	struct nl_msg *msg = fake_answer(to, GENL_ID_CTRL, 0, cmd);
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
		fake_send(fd, fake_controller(hdr, CTRL_CMD_NEWFAMILY, "nlctrl",
					 GENL_ID_CTRL, "notify", NOTIFY));
	} else if (fake.resolve_err || !fake.family) {
		answer_error(fd, hdr, fake.resolve_err ?
			     -fake.resolve_err : -ENOENT, NULL);
		return;
	} else {
		fake_send(fd, fake_controller(hdr, CTRL_CMD_NEWFAMILY, "fabmon",
					 fake.family, "monitor", GROUP));
	}
	answer_error(fd, hdr, 0, NULL);
}

struct nl_msg *fake_node(const struct nlmsghdr *to, uint8_t cmd, int flags,
			   uint32_t id, uint64_t seq)
{
	struct nl_msg *msg = fake_answer(to, fake.family, flags, cmd);
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
	nlmsg_append(done, &fake.dump_err, sizeof(int), NLMSG_ALIGNTO);
	fake_send(fd, done);
}

/* A change of a node and of very many GIDs, in a message of 126 KiB. */
static struct nl_msg *replayed(const struct nlmsghdr *to, uint64_t seq)
{
	struct nl_msg *msg = nlmsg_alloc_size(200 << 10);
	struct nlattr *nest;
	unsigned int i;

	genlmsg_put(msg, to->nlmsg_pid, to->nlmsg_seq, fake.family, 0,
		    NLM_F_MULTI, FABMON_CMD_EVENT_GET, 1);
	nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
	nla_put_u64(msg, FABMON_A_SEQ, seq);
	nla_put_u32(msg, FABMON_A_ACTION, FABMON_ACTION_CHANGE);
	nest = nla_nest_start(msg, FABMON_A_NODE);
	nla_put_u32(msg, FABMON_A_NODE_ID, 9);
	nla_put_u32(msg, FABMON_A_NODE_KIND, FABMON_NODE_KIND_RDMA_PORT);
	nla_put_string(msg, FABMON_A_NODE_NAME, "rxe0/1");
	nla_nest_end(msg, nest);
	for (i = 0; i < fake.gids; i++) {
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

	fake.asked_instance = instance ? nla_get_u64(instance) : 0;
	fake.asked_seq = from ? nla_get_u64(from) : 0;
	if (instance && nla_get_u64(instance) != INSTANCE) {
		answer_error(fd, hdr, -ESTALE, "loaded anew");
		return;
	}
	if (fake.asked_seq > 8) {
		answer_error(fd, hdr, -ERANGE, "still to come");
		return;
	}
	seq = from ? fake.asked_seq : fake.kept;
	if (seq < fake.kept) {
		msg = fake_answer(hdr, fake.family, NLM_F_MULTI,
			     FABMON_CMD_EVENT_GET);
		nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
		nla_put_u64(msg, FABMON_A_SEQ, fake.kept - 1);
		nla_put_u32(msg, FABMON_A_ACTION, FABMON_ACTION_LOST);
		nla_put_u64(msg, FABMON_A_LOST, fake.kept - seq);
		fake_send(fd, msg);
		seq = fake.kept;
	}
	for (; seq <= 7; seq++)
		fake_send(fd, replayed(hdr, seq));
	answer_done(fd, hdr, NLM_F_MULTI);
}

static void answer_dump(int fd, const struct nlmsghdr *hdr)
{
	int flags = NLM_F_MULTI;
	uint32_t id;

	fake.dumps++;
	if (fake.interrupts) {
		fake.interrupts--;
		flags |= NLM_F_DUMP_INTR;
	}
	for (id = 1; id <= fake.nodes; id++)
		fake_send(fd,
			  fake_node(hdr, FABMON_CMD_NODE_GET, flags, id, 7));
	answer_done(fd, hdr, flags);
}

static void answer_family(int fd, struct nlmsghdr *hdr)
{
	const struct genlmsghdr *genl = NLMSG_DATA(hdr);
	struct nl_msg *msg;
	struct nlattr *id;

	if (genl->cmd == FABMON_CMD_INFO_GET) {
		msg = fake_answer(hdr, fake.family, 0, FABMON_CMD_INFO_GET);
		nla_put_u32(msg, FABMON_A_INFO_ABI, fake.abi);
		nla_put_u64(msg, FABMON_A_INFO_INSTANCE, INSTANCE);
		nla_put_u64(msg, FABMON_A_INFO_SEQ, 7);
		fake_send(fd, msg);
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
	if (nla_get_u32(id) > fake.nodes) {
		answer_error(fd, hdr, -ENOENT, "no node has this id");
		return;
	}
	fake_send(fd,
		  fake_node(hdr, FABMON_CMD_NODE_GET, 0, nla_get_u32(id), 7));
	answer_error(fd, hdr, 0, NULL);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct nlmsghdr *hdr = msg->msg_iov[0].iov_base;

	if (fake.send_err) {
		errno = fake.send_err;
		fake.send_err = 0;
		return -1;
	}
	/* A system call that is interrupted before the answer. */
	fake_queue(fd, EINTR, 0, 0, NULL, 0);
	if (fake.recv_err && hdr->nlmsg_type != GENL_ID_CTRL) {
		fake_queue(fd, fake.recv_err, 0, 0, NULL, 0);
		fake.recv_err = 0;
	}
	if (hdr->nlmsg_type == GENL_ID_CTRL)
		answer_controller(fd, hdr);
	else if (fake.family && hdr->nlmsg_type == fake.family)
		answer_family(fd, hdr);
	else
		answer_error(fd, hdr, -ENOENT, NULL);
	return msg->msg_iov[0].iov_len;
}

int fake_setup(void **state)
{
	memset(&fake, 0, sizeof(fake));
	fake.family = FAMILY;
	fake.abi = KNL_ABI;
	fake.nodes = 3;
	*state = NULL;
	return 0;
}

int fake_teardown(void **state)
{
	struct datagram *d;

	while ((d = fake.queue)) {
		fake.queue = d->next;
		free(d);
	}
	return 0;
}
