// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Requests that the family "fabmon" must refuse, and how: the right errno and
 * a message that names the attribute. Then requests made at random, which it
 * must survive. Prints KTAP.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fabmon.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define RANDOM_REQUESTS	20000
#define RANDOM_SEED	20261122

static int count, failed;

__attribute__((format(printf, 2, 3)))
static void result(bool ok, const char *format, ...)
{
	va_list args;

	count++;
	failed += !ok;
	printf("%s %d - nl_abuse: ", ok ? "ok" : "not ok", count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* What the kernel answered to one request. */
struct answer {
	int error;		/* -errno, 0 for success */
	char text[160];		/* of the extended ack, "" without one */
};

static struct nl_sock *connect_family(int *family)
{
	struct nl_sock *sk = nl_socket_alloc();
	int one = 1;

	if (!sk || genl_connect(sk))
		exit(1);
	nl_socket_disable_auto_ack(sk);
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_EXT_ACK, &one,
		   sizeof(one));
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_CAP_ACK, &one,
		   sizeof(one));
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_GET_STRICT_CHK,
		   &one, sizeof(one));
	if (family)
		*family = genl_ctrl_resolve(sk, FABMON_FAMILY_NAME);
	return sk;
}

static void read_text(const struct nlmsghdr *hdr, struct answer *answer)
{
	size_t skip = sizeof(*hdr) + sizeof(struct nlmsgerr);
	struct nlattr *text;

	if (!(hdr->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	text = nla_find((struct nlattr *)((char *)hdr + skip),
			hdr->nlmsg_len - skip, NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(answer->text, text, sizeof(answer->text));
}

/* Reads until an error or the end; what else comes is thrown away. */
static struct answer ask(struct nl_sock *sk, struct nl_msg *msg)
{
	struct nlmsghdr *request = nlmsg_hdr(msg);
	struct answer answer = { .error = -ETIMEDOUT };
	char buffer[65536];
	ssize_t len;

	request->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(nl_socket_get_fd(sk), request, request->nlmsg_len, 0) < 0) {
		answer.error = -errno;
		return answer;
	}
	for (;;) {
		struct nlmsghdr *hdr = (void *)buffer;

		len = recv(nl_socket_get_fd(sk), buffer, sizeof(buffer), 0);
		if (len <= 0)
			return answer;
		for (; nlmsg_ok(hdr, len); hdr = NLMSG_NEXT(hdr, len)) {
			if (hdr->nlmsg_type != NLMSG_ERROR &&
			    hdr->nlmsg_type != NLMSG_DONE)
				continue;
			answer.error = *(int *)NLMSG_DATA(hdr);
			if (answer.error)
				read_text(hdr, &answer);
			return answer;
		}
	}
}

struct refusal {
	const char *what;
	uint8_t cmd;
	int flags;
	int attr;		/* 0: none */
	size_t len;		/* of the attribute's payload */
	uint32_t value;
	int error;		/* that is expected */
	const char *word;	/* that its text contains, or NULL */
};

static const struct refusal refusals[] = {
	{ "info-get is answered", FABMON_CMD_INFO_GET },
	{ "info-get with an attribute", FABMON_CMD_INFO_GET, 0,
	  FABMON_A_INFO_MODULE_VERSION, 4, 1, -EINVAL, "" },
	{ "info-get with an unknown attribute", FABMON_CMD_INFO_GET, 0,
	  200, 4, 1, -EINVAL, "" },
	{ "info-get as a dump", FABMON_CMD_INFO_GET, NLM_F_DUMP, 0, 0, 0,
	  -EOPNOTSUPP },
	{ "node-get without an id", FABMON_CMD_NODE_GET, 0, 0, 0, 0,
	  -EINVAL, "\"id\"" },
	{ "node-get of id 0", FABMON_CMD_NODE_GET, 0, FABMON_A_ID, 4, 0,
	  -ERANGE, "" },
	{ "node-get of an id that never was", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 4, 0xfffffff0, -ENOENT, "no node" },
	{ "node-get with an id of 2 bytes", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 2, 1, -EINVAL, "length" },
	{ "node-get with an id of 64 bytes", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 64, 1, -EINVAL, "length" },
	{ "node-get with another attribute", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_SEQ, 8, 1, -EINVAL, "" },
	{ "node-get with an attribute beyond the last", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_MAX + 1, 4, 1, -EINVAL, "" },
	{ "dump of nodes is answered", FABMON_CMD_NODE_GET, NLM_F_DUMP },
	/* Linux 6.1 drops the text of a dump that does not begin */
	{ "dump of nodes with an id", FABMON_CMD_NODE_GET, NLM_F_DUMP,
	  FABMON_A_ID, 4, 1, -EINVAL },
	{ "a notification as a request", FABMON_CMD_NODE_ADD_NTF, 0, 0, 0, 0,
	  -EOPNOTSUPP },
	{ "a command that is none", 250, 0, 0, 0, 0, -EOPNOTSUPP },
};

static struct nl_msg *request_new(int family, uint8_t cmd, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, 1, family, 0, flags, cmd,
				 FABMON_FAMILY_VERSION))
		exit(1);
	return msg;
}

static void check_refusals(void)
{
	int family;
	struct nl_sock *sk = connect_family(&family);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct nl_msg *msg = request_new(family, r->cmd, r->flags);
		char payload[64] = { 0 };
		struct answer a;

		memcpy(payload, &r->value, sizeof(r->value));
		if (r->attr)
			nla_put(msg, r->attr, r->len, payload);
		a = ask(sk, msg);
		nlmsg_free(msg);
		result(a.error == r->error &&
		       (!r->word || (*a.text && strstr(a.text, r->word))),
		       "%s: %s, \"%s\"", r->what, strerror(-a.error), a.text);
	}
	nl_socket_free(sk);
}

static void fill_at_random(struct nl_msg *msg)
{
	char junk[512];

	for (int n = rand() % 6; n > 0; n--) {
		size_t len = rand() % sizeof(junk);

		for (size_t i = 0; i < len; i++)
			junk[i] = rand();
		if (nla_put(msg, rand() % 20 | (rand() % 8 ? 0 : NLA_F_NESTED),
			    len, junk))
			return;
	}
	/* now and then a length that lies */
	if (rand() % 4 == 0 && nlmsg_hdr(msg)->nlmsg_len > 40)
		((struct nlattr *)((char *)nlmsg_data(nlmsg_hdr(msg)) +
				   GENL_HDRLEN))->nla_len = rand();
}

static void check_random(void)
{
	struct timeval brief = { .tv_usec = 200000 };
	struct nl_msg *msg;
	struct nl_sock *sk;
	struct answer a;
	int family;

	srand(RANDOM_SEED);
	sk = connect_family(&family);
	setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &brief,
		   sizeof(brief));
	for (int i = 0; i < RANDOM_REQUESTS; i++) {
		msg = request_new(family, rand() % 10,
				  rand() % 2 ? NLM_F_DUMP : rand() & 0xff00);
		fill_at_random(msg);
		ask(sk, msg);
		nlmsg_free(msg);
	}
	nl_socket_free(sk);

	sk = connect_family(&family);
	msg = request_new(family, FABMON_CMD_INFO_GET, 0);
	a = ask(sk, msg);
	nlmsg_free(msg);
	nl_socket_free(sk);
	result(!a.error, "%d requests at random (seed %d): still answers",
	       RANDOM_REQUESTS, RANDOM_SEED);
}

/* Runs @fn in a child; its return value is the exit status. */
static int in_child(int (*fn)(void))
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

static int join(const char *group)
{
	struct nl_sock *sk = connect_family(NULL);
	int id = genl_ctrl_resolve_grp(sk, FABMON_FAMILY_NAME, group);

	if (id < 0)
		return 254;
	if (setsockopt(nl_socket_get_fd(sk), SOL_NETLINK,
		       NETLINK_ADD_MEMBERSHIP, &id, sizeof(id)))
		return errno;
	return 0;
}

static int join_admin(void)
{
	return join(FABMON_MCGRP_ADMIN);
}

static int join_admin_as_nobody(void)
{
	return setgid(65534) || setuid(65534) ? 253 : join(FABMON_MCGRP_ADMIN);
}

static int join_monitor_as_nobody(void)
{
	return setgid(65534) || setuid(65534) ? 253 : join(FABMON_MCGRP_MONITOR);
}

static int resolve_elsewhere(void)
{
	int family;

	if (unshare(CLONE_NEWNET))
		return 253;
	connect_family(&family);
	return family < 0 ? 0 : 1;
}

static void check_privilege(void)
{
	result(in_child(join_admin) == 0, "root joins \"admin\"");
	result(in_child(join_admin_as_nobody) == EPERM,
	       "nobody may not join \"admin\"");
	result(in_child(join_monitor_as_nobody) == 0,
	       "nobody may join \"monitor\"");
	result(in_child(resolve_elsewhere) == 0,
	       "another network namespace does not see the family");
}

int main(void)
{
	int family;

	nl_socket_free(connect_family(&family));
	if (family < 0) {
		puts("1..0 # SKIP the family fabmon is not there");
		return 4;
	}
	check_refusals();
	check_privilege();
	check_random();
	printf("1..%d\n", count);
	return failed ? 1 : 0;
}
