// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Sockets and requests of the netlink client.
 *
 * libnl opens sockets and builds messages; receiving is done here, because its
 * receive functions fold a full socket (ENOBUFS) into "no memory" and grow
 * their buffer instead of telling that a message was cut.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/errno.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "attr.h"
#include "priv.h"
#include "util/error.h"

/* Seconds that the kernel, which answers at once, gets for an answer. */
#define ANSWER_TIMEOUT	10

#define DUMP_ATTEMPTS	16

int knl_error_of(int nle)
{
	static const int codes[NLE_MAX + 1] = {
		[NLE_INTR] = EINTR,
		[NLE_BAD_SOCK] = EBADF,
		[NLE_AGAIN] = EAGAIN,
		[NLE_NOMEM] = ENOMEM,
		[NLE_EXIST] = EEXIST,
		[NLE_INVAL] = EINVAL,
		[NLE_RANGE] = ERANGE,
		[NLE_MSGSIZE] = EMSGSIZE,
		[NLE_OPNOTSUPP] = EOPNOTSUPP,
		[NLE_AF_NOSUPPORT] = EAFNOSUPPORT,
		[NLE_OBJ_NOTFOUND] = ENOENT,
		[NLE_MSG_OVERFLOW] = EOVERFLOW,
		[NLE_MSG_TRUNC] = EMSGSIZE,
		[NLE_BUSY] = EBUSY,
		[NLE_NOACCESS] = EACCES,
		[NLE_PERM] = EPERM,
		[NLE_NODEV] = ENODEV,
		[NLE_DUMP_INTR] = EAGAIN,
	};

	nle = nle < 0 ? -nle : nle;
	if (!nle)
		return 0;
	return nle <= NLE_MAX && codes[nle] ? -codes[nle] : -EIO;
}

void knl_option_set(struct nl_sock *sock, int level, int name, int value)
{
	/* Each is a help, and older kernels lack some. */
	setsockopt(nl_socket_get_fd(sock), level, name, &value, sizeof(value));
}

int knl_socket_open(struct nl_sock **sock)
{
	struct nl_sock *new;
	int err;

	new = nl_socket_alloc();
	if (!new)
		return error_origin(-ENOMEM, "kernel: a netlink socket");
	err = knl_error_of(genl_connect(new));
	if (err) {
		nl_socket_free(new);
		return error_origin(err, "kernel: opening a netlink socket");
	}
	knl_option_set(new, SOL_NETLINK, NETLINK_EXT_ACK, 1);
	knl_option_set(new, SOL_NETLINK, NETLINK_CAP_ACK, 1);
	knl_option_set(new, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
	*sock = new;
	return 0;
}

static int request_open(struct knl *knl)
{
	const struct timeval timeout = { .tv_sec = ANSWER_TIMEOUT };
	struct nl_sock *sock;
	int err;

	err = knl_socket_open(&sock);
	if (err)
		return err;
	setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO, &timeout,
		   sizeof(timeout));
	nl_socket_free(knl->request);
	knl->request = sock;
	knl->request_broken = false;
	return 0;
}

/* That nothing is there, and that something is lost, are answers. */
static int receive_error(int err)
{
	if (err == -EAGAIN || err == -ENOBUFS)
		return err;
	return error_origin(err, "kernel: receiving from a netlink socket");
}

ssize_t knl_socket_read(struct nl_sock *sock, void *buffer)
{
	struct iovec iov = { .iov_base = buffer, .iov_len = KNL_BUFFER_SIZE };
	struct sockaddr_nl from = { 0 };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t len;

	do {
		len = recvmsg(nl_socket_get_fd(sock), &msg, 0);
	} while (len < 0 && errno == EINTR);

	if (len < 0)
		return receive_error(-errno);
	if (msg.msg_flags & MSG_TRUNC)
		return error_origin(-EMSGSIZE,
				    "kernel: a message longer than %u bytes",
				    KNL_BUFFER_SIZE);
	return from.nl_pid ? 0 : len;
}

/* The text that the kernel adds to an error, for knl_reason(). */
static void reason_read(struct knl *knl, const struct nlmsghdr *hdr)
{
	const struct nlmsgerr *error = NLMSG_DATA(hdr);
	size_t skip = NLMSG_HDRLEN + sizeof(*error);
	struct knl_span span;
	struct knl_attr attr;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(hdr->nlmsg_flags & NLM_F_CAPPED) &&
	    error->msg.nlmsg_len > NLMSG_HDRLEN)
		skip += NLMSG_ALIGN(error->msg.nlmsg_len - NLMSG_HDRLEN);
	if (skip > hdr->nlmsg_len)
		return;

	span.pos = (const uint8_t *)hdr + skip;
	span.len = hdr->nlmsg_len - skip;
	while (knl_attr_next(&span, &attr) > 0) {
		if (attr.type == NLMSGERR_ATTR_MSG)
			knl_attr_copy(&attr, knl->reason, sizeof(knl->reason));
	}
}

/* NLMSG_ERROR (also an acknowledgement) and NLMSG_DONE end an answer. */
static void answer_end(struct knl *knl, struct knl_answer *answer,
		       const struct nlmsghdr *hdr)
{
	int err = 0;

	answer->done = true;
	if (hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(err)))
		memcpy(&err, NLMSG_DATA(hdr), sizeof(err));
	else if (hdr->nlmsg_type == NLMSG_ERROR)
		err = error_origin(-EBADMSG, "kernel: an answer of %u bytes",
				   hdr->nlmsg_len);
	if (hdr->nlmsg_type == NLMSG_ERROR &&
	    hdr->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		reason_read(knl, hdr);
	/* NLMSG_DONE of an older kernel may carry a length. */
	if (answer->err || err >= 0)
		return;
	answer->err = err;
	if (*knl->reason)
		error_origin(err, "kernel: %s", knl->reason);
}

static void answer_read(struct knl *knl, struct knl_answer *answer, size_t len)
{
	struct nlmsghdr *hdr = (void *)knl->answer;
	int left = (int)len;

	for (; nlmsg_ok(hdr, left); hdr = nlmsg_next(hdr, &left)) {
		if (hdr->nlmsg_seq != answer->seq)
			continue;
		if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
			answer->interrupted = true;
		if (hdr->nlmsg_type == NLMSG_ERROR ||
		    hdr->nlmsg_type == NLMSG_DONE) {
			answer_end(knl, answer, hdr);
			return;
		}
		if (hdr->nlmsg_type == answer->family && !answer->err)
			answer->err = answer->fn(hdr, hdr->nlmsg_len,
						 answer->ctx);
	}
}

/* False: the message has no room for it. */
static bool request_put(struct nl_msg *msg, const struct knl_request *request)
{
	return genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, request->family, 0,
			   NLM_F_REQUEST | request->flags, request->cmd,
			   FABMON_FAMILY_VERSION) &&
	       (!request->id || !nla_put_u32(msg, FABMON_A_ID, request->id)) &&
	       (!request->instance ||
		!nla_put_u64(msg, FABMON_A_INSTANCE, request->instance)) &&
	       (!request->seq ||
		!nla_put_u64(msg, FABMON_A_SEQ, request->seq)) &&
	       (!request->name ||
		!nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, request->name));
}

static int request_send(struct knl *knl, const struct knl_request *request,
			uint32_t *seq)
{
	struct nl_msg *msg;
	int err;

	msg = nlmsg_alloc();
	if (!msg)
		return error_origin(-ENOMEM, "kernel: request %u",
				    request->cmd);
	if (!request_put(msg, request)) {
		nlmsg_free(msg);
		return error_origin(-EMSGSIZE, "kernel: request %u",
				    request->cmd);
	}
	do {
		err = nl_send_auto(knl->request, msg);
	} while (err == -NLE_INTR);
	err = err < 0 ? knl_error_of(err) : 0;
	*seq = nlmsg_hdr(msg)->nlmsg_seq;
	nlmsg_free(msg);
	return error_origin(err, "kernel: sending request %u", request->cmd);
}

int knl_request(struct knl *knl, const struct knl_request *request,
		struct knl_answer *answer)
{
	ssize_t len;
	int err;

	knl->reason[0] = 0;
	if (!request->family)
		return -ENODEV;
	if (knl->request_broken) {
		err = request_open(knl);
		if (err)
			return err;
	}

	answer->family = request->family;
	err = request_send(knl, request, &answer->seq);
	if (err)
		return err;
	while (!answer->done) {
		len = knl_socket_read(knl->request, knl->answer);
		if (len < 0) {
			knl->request_broken = true;
			return len == -EAGAIN ?
			       error_origin(-ETIMEDOUT,
					    "kernel: request %u", request->cmd) :
			       len;
		}
		answer_read(knl, answer, len);
	}
	if (answer->err)
		return answer->err;
	return answer->interrupted ? -EAGAIN : 0;
}

int knl_group_join(struct knl *knl, int group)
{
	/* Not nl_socket_add_membership(): -EPERM must stay what it is. */
	if (setsockopt(nl_socket_get_fd(knl->stream), SOL_NETLINK,
		       NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return error_origin(-errno, "kernel: joining netlink group %d",
				    group);
	return 0;
}

/* The family that the controller just reported: its group, its revision. */
static int family_enter(struct knl *knl, int family, int group)
{
	struct knl_info info;
	int err = 0;

	knl->family = family;
	if (knl->stream)
		err = knl_group_join(knl, group);
	if (!err)
		err = knl_info_get(knl, &info);
	/* Gone again between the controller's answer and its own. */
	if (err == -ENODEV)
		err = -ENOENT;
	if (!err && info.abi < KNL_ABI)
		err = error_origin(-EPROTO,
				   "kernel: module fabmon %s has interface %u, and %u is needed",
				   info.version, info.abi, KNL_ABI);
	if (err)
		knl->family = 0;
	return err;
}

int knl_family_join(struct knl *knl)
{
	int family = 0, group = 0, err;

	err = knl_family_resolve(knl, FABMON_FAMILY_NAME,
				 knl->stream ? knl->group : NULL, &family,
				 &group);
	if (!err && family == knl->family)
		return 0;
	if (err == -ENOENT)
		knl->family = 0;
	if (!err)
		err = family_enter(knl, family, group);
	return err ? err : 1;
}

int knl_open(struct knl **knl, const char *group)
{
	struct knl *new;
	int err;

	*knl = NULL;
	if (group && strlen(group) >= sizeof(new->group))
		return error_origin(-EINVAL, "kernel: netlink group %s", group);
	new = calloc(1, sizeof(*new));
	if (!new)
		return error_origin(-ENOMEM, "kernel: the client's buffers");
	if (group)
		memcpy(new->group, group, strlen(group) + 1);

	err = request_open(new);
	/* First the watch over the family, then the family: no gap between. */
	if (!err && group)
		err = knl_stream_open(new);
	if (!err)
		err = knl_family_join(new);
	if (err < 0) {
		knl_close(new);
		return err;
	}
	*knl = new;
	return 0;
}

void knl_close(struct knl *knl)
{
	if (!knl)
		return;
	nl_socket_free(knl->request);
	nl_socket_free(knl->stream);
	free(knl);
}

int knl_fd(const struct knl *knl)
{
	return knl->stream ? nl_socket_get_fd(knl->stream) : -1;
}

const char *knl_reason(const struct knl *knl)
{
	return knl->reason;
}

static int info_take(const struct nlmsghdr *hdr, size_t len, void *ctx)
{
	return knl_info_parse(hdr, len, ctx);
}

int knl_info_get(struct knl *knl, struct knl_info *info)
{
	const struct knl_request request = {
		.family = knl->family, .cmd = FABMON_CMD_INFO_GET,
		.flags = NLM_F_ACK,
	};
	struct knl_answer answer = { .fn = info_take, .ctx = info };
	int err;

	memset(info, 0, sizeof(*info));
	err = knl_request(knl, &request, &answer);
	/* The kernel has no such family any more. */
	if (err == -ENOENT)
		return -ENODEV;
	if (!err && !info->instance)
		return error_origin(-EBADMSG,
				    "kernel: information without an instance");
	return err;
}

struct dump {
	knl_msg_fn fn;
	void *ctx;
};

static int dump_take(const struct nlmsghdr *hdr, size_t len, void *ctx)
{
	struct dump *dump = ctx;
	struct knl_msg msg;
	int err;

	err = knl_msg_parse(hdr, len, &msg);
	if (err)
		return err;
	if (msg.cmd != FABMON_CMD_NODE_GET)
		err = error_origin(-EBADMSG, "kernel: message %u in a dump",
				   msg.cmd);
	else
		err = dump->fn(&msg, dump->ctx);
	knl_msg_clear(&msg);
	return err;
}

int knl_dump(struct knl *knl, void (*begin)(void *ctx), knl_msg_fn fn,
	     void *ctx)
{
	const struct knl_request request = {
		.family = knl->family, .cmd = FABMON_CMD_NODE_GET,
		.flags = NLM_F_DUMP,
	};
	struct dump dump = { .fn = fn, .ctx = ctx };
	int i, err = -EAGAIN;

	for (i = 0; i < DUMP_ATTEMPTS && err == -EAGAIN; i++) {
		struct knl_answer answer = { .fn = dump_take, .ctx = &dump };

		if (begin)
			begin(ctx);
		err = knl_request(knl, &request, &answer);
	}
	return err == -ENOENT ? -ENODEV : err;
}

static int replay_take(const struct nlmsghdr *hdr, size_t len, void *ctx)
{
	struct dump *replay = ctx;
	struct knl_msg msg;
	int err;

	err = knl_msg_parse(hdr, len, &msg);
	if (err)
		return err;
	if (!msg.action)
		err = error_origin(-EBADMSG, "kernel: message %u in a replay",
				   msg.cmd);
	else
		err = replay->fn(&msg, replay->ctx);
	knl_msg_clear(&msg);
	return err < 0 ? err : 0;
}

int knl_replay(struct knl *knl, uint64_t instance, uint64_t seq, knl_msg_fn fn,
	       void *ctx)
{
	const struct knl_request request = {
		.family = knl->family, .cmd = FABMON_CMD_EVENT_GET,
		.flags = NLM_F_DUMP, .instance = instance, .seq = seq,
	};
	struct dump replay = { .fn = fn, .ctx = ctx };
	struct knl_answer answer = { .fn = replay_take, .ctx = &replay };
	int err = knl_request(knl, &request, &answer);

	return err == -ENOENT ? -ENODEV : err;
}

static int node_take(const struct nlmsghdr *hdr, size_t len, void *ctx)
{
	struct knl_msg *msg = ctx;

	knl_msg_clear(msg);
	return knl_msg_parse(hdr, len, msg);
}

int knl_node_get(struct knl *knl, uint32_t id, struct knl_msg *msg)
{
	const struct knl_request request = {
		.family = knl->family, .cmd = FABMON_CMD_NODE_GET,
		.flags = NLM_F_ACK, .id = id,
	};
	struct knl_answer answer = { .fn = node_take, .ctx = msg };
	int err;

	memset(msg, 0, sizeof(*msg));
	if (!id)
		return -ENOENT;
	err = knl_request(knl, &request, &answer);
	if (!err && msg->node.id != id)
		err = error_origin(-EBADMSG, "kernel: node %u in place of %u",
				   msg->node.id, id);
	if (err)
		knl_msg_clear(msg);
	return err;
}
