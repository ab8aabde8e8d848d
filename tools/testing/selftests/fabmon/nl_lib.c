// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <grp.h>
#include <linux/netlink.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl_lib.h"

static int count, failed;

bool result(bool ok, const char *format, ...)
{
	va_list args;

	count++;
	failed += !ok;
	printf("%s %d - %s: ", ok ? "ok" : "not ok", count, ktap_name);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return ok;
}

void note(const char *format, ...)
{
	va_list args;

	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

int ktap_end(void)
{
	printf("1..%d\n", count);
	return failed ? 1 : 0;
}

struct nl_sock *family_connect(int *family)
{
	struct nl_sock *sk = nl_socket_alloc();
	int one = 1, fd;

	if (!sk || genl_connect(sk))
		exit(1);
	nl_socket_disable_auto_ack(sk);
	/* libnl's 32 kB would not hold a large node and its ack */
	nl_socket_set_buffer_size(sk, 1 << 18, 0);
	fd = nl_socket_get_fd(sk);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	if (family)
		*family = genl_ctrl_resolve(sk, FABMON_FAMILY_NAME);
	return sk;
}

int group_join(struct nl_sock *sk, const char *group)
{
	int id = genl_ctrl_resolve_grp(sk, FABMON_FAMILY_NAME, group);

	if (id < 0)
		return 254;
	if (setsockopt(nl_socket_get_fd(sk), SOL_NETLINK,
		       NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		return errno;
	return 0;
}

struct nl_msg *request_new(int family, uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, 1, family, 0, flags, cmd,
				 FABMON_FAMILY_VERSION))
		exit(1);
	return msg;
}

/* The attribute at @offset of the request, by its type. */
static int attr_at(const struct nlmsghdr *request, uint32_t offset)
{
	const struct nlattr *attr;

	if (offset + sizeof(*attr) > request->nlmsg_len)
		return 0;
	attr = (const void *)((const char *)request + offset);
	return attr->nla_type & NLA_TYPE_MASK;
}

static void read_ack(const struct nlmsghdr *hdr, size_t skip,
		     const struct nlmsghdr *request, struct answer *answer)
{
	struct nlattr *attr = (void *)((char *)hdr + skip);
	int len = hdr->nlmsg_len - skip;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	for (; nla_ok(attr, len); attr = nla_next(attr, &len)) {
		if (attr->nla_type == NLMSGERR_ATTR_MSG)
			nla_strlcpy(answer->text, attr, sizeof(answer->text));
		else if (attr->nla_type == NLMSGERR_ATTR_OFFS)
			answer->attr = attr_at(request, nla_get_u32(attr));
		else if (attr->nla_type == NLMSGERR_ATTR_MISS_TYPE)
			answer->attr = nla_get_u32(attr);
	}
}

/* Return: true at the end of the answer. */
static bool take(struct nlmsghdr *hdr, const struct nlmsghdr *request,
		 struct answer *answer, answer_fn fn, void *ctx)
{
	size_t skip = sizeof(*hdr);

	if (hdr->nlmsg_flags & NLM_F_DUMP_INTR)
		answer->interrupted = true;
	switch (hdr->nlmsg_type) {
	case NLMSG_ERROR:
		skip += sizeof(struct nlmsgerr);
		break;
	case NLMSG_DONE:
		skip += sizeof(int);
		break;
	default:
		answer->messages++;
		if (fn)
			fn(hdr, ctx);
		return false;
	}
	answer->error = *(int *)NLMSG_DATA(hdr);
	if (answer->error)
		read_ack(hdr, skip, request, answer);
	return true;
}

int request_send(struct nl_sock *sk, struct nl_msg *msg)
{
	struct nlmsghdr *request = nlmsg_hdr(msg);

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(nl_socket_get_fd(sk), request, request->nlmsg_len, 0) < 0)
		return -errno;
	return 0;
}

struct answer answer_read(struct nl_sock *sk, struct nl_msg *msg, answer_fn fn,
			  void *ctx)
{
	struct answer answer = { .error = -ETIMEDOUT };
	static char buffer[1 << 17];
	int fd = nl_socket_get_fd(sk);
	ssize_t len;

	for (;;) {
		struct nlmsghdr *hdr = (void *)buffer;

		len = recv(fd, buffer, sizeof(buffer), 0);
		if (len <= 0)
			return answer;
		for (; nlmsg_ok(hdr, len); hdr = NLMSG_NEXT(hdr, len)) {
			if (take(hdr, nlmsg_hdr(msg), &answer, fn, ctx))
				return answer;
		}
	}
}

struct answer ask(struct nl_sock *sk, struct nl_msg *msg, answer_fn fn,
		  void *ctx)
{
	struct answer answer = { .error = request_send(sk, msg) };

	return answer.error ? answer : answer_read(sk, msg, fn, ctx);
}

struct answer ask_simple(struct nl_sock *sk, int family, uint8_t cmd, int flags,
			 answer_fn fn, void *ctx)
{
	struct nl_msg *msg = request_new(family, cmd, flags);
	struct answer answer = ask(sk, msg, fn, ctx);

	nlmsg_free(msg);
	return answer;
}

int in_child(int (*fn)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(fn());
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return 255;
	return WEXITSTATUS(status);
}

int become_nobody(void)
{
	return setgroups(0, NULL) || setgid(65534) || setuid(65534) ? 253 : 0;
}
