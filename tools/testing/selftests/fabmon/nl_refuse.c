// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Every request that the family "fabmon" refuses: with the right errno and with
 * the text of an extended ack, which names the object and the reason. Prints
 * KTAP. Refusals for lack of memory are in nl_fault.c.
 *
 * The modules have to be loaded anew for it (see check_outgrown()).
 */
#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "nl_message.h"

const char *ktap_name = "nl_refuse";

/* Who refuses, and what of the text arrives. */
enum origin {
	NOBODY,		/* it is answered */
	MODULE,		/* fabmon, or the kernel by its policy */
	START,		/* the same as a dump begins: not on Linux 6.1 */
	KERNEL,		/* generic netlink, without a text */
};

struct refusal {
	const char *what;
	uint8_t cmd;
	int flags;
	int attr;		/* 0: none */
	size_t len;		/* of the attribute's payload */
	uint64_t value;
	int error;		/* that is expected */
	enum origin origin;
	const char *word;	/* that its text contains */
	int named;		/* the attribute that it names, 0: any or none */
};

static const struct refusal refusals[] = {
	{ "info-get is answered", FABMON_CMD_INFO_GET },
	{ "info-get with an attribute", FABMON_CMD_INFO_GET, 0,
	  FABMON_A_INFO_MODULE_VERSION, 4, 1, -EINVAL, MODULE,
	  "info: the request takes no attribute",
	  FABMON_A_INFO_MODULE_VERSION },
	{ "info-get with an unknown attribute", FABMON_CMD_INFO_GET, 0,
	  200, 4, 1, -EINVAL, MODULE, "Unknown attribute", 200 },
	{ "info-get as a dump", FABMON_CMD_INFO_GET, NLM_F_DUMP, 0, 0, 0,
	  -EOPNOTSUPP, KERNEL },
	{ "node-get without an id", FABMON_CMD_NODE_GET, 0, 0, 0, 0,
	  -EINVAL, MODULE, "node: \"id\" is missing", FABMON_A_ID },
	{ "node-get of id 0", FABMON_CMD_NODE_GET, 0, FABMON_A_ID, 4, 0,
	  -ERANGE, MODULE, "out of range", FABMON_A_ID },
	{ "node-get of an id that never was", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 4, 0xfffffff0, -ENOENT, MODULE,
	  "node: none with this \"id\"", FABMON_A_ID },
	{ "node-get with an id of 2 bytes", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 2, 1, -EINVAL, MODULE, "length", FABMON_A_ID },
	{ "node-get with an id of 64 bytes", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 64, 1, -EINVAL, MODULE, "length", FABMON_A_ID },
	{ "node-get with another attribute", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_SEQ, 8, 1, -EINVAL, MODULE, "ttribute", FABMON_A_SEQ },
	{ "node-get with an attribute beyond the last", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_MAX + 1, 4, 1, -EINVAL, MODULE, "Unknown attribute",
	  FABMON_A_MAX + 1 },
	{ "node-get with a flag that means nothing", FABMON_CMD_NODE_GET,
	  NLM_F_CREATE, FABMON_A_ID, 4, 1, -EINVAL, MODULE, "nlmsg_flags" },
	{ "dump of nodes is answered", FABMON_CMD_NODE_GET, NLM_F_DUMP },
	{ "dump of nodes with an id", FABMON_CMD_NODE_GET, NLM_F_DUMP,
	  FABMON_A_ID, 4, 1, -EINVAL, START, "dump of nodes: it has all",
	  FABMON_A_ID },
	{ "dump of nodes with another attribute", FABMON_CMD_NODE_GET,
	  NLM_F_DUMP, FABMON_A_SEQ, 8, 1, -EINVAL, MODULE, "ttribute",
	  FABMON_A_SEQ },
	{ "event-get is answered", FABMON_CMD_EVENT_GET, NLM_F_DUMP },
	{ "event-get that is no dump", FABMON_CMD_EVENT_GET, 0, 0, 0, 0,
	  -EOPNOTSUPP, KERNEL },
	{ "event-get from number 0", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_SEQ, 8, 0, -ERANGE, MODULE, "out of range", FABMON_A_SEQ },
	{ "event-get with a number of 4 bytes", FABMON_CMD_EVENT_GET,
	  NLM_F_DUMP, FABMON_A_SEQ, 4, 1, -EINVAL, MODULE, "length",
	  FABMON_A_SEQ },
	{ "event-get from a number to come", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_SEQ, 8, UINT64_MAX, -ERANGE, START,
	  "replay: \"seq\" is beyond", FABMON_A_SEQ },
	{ "event-get of instance 0", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_INSTANCE, 8, 0, -ERANGE, MODULE, "out of range",
	  FABMON_A_INSTANCE },
	{ "event-get of another instance", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_INSTANCE, 8, 1, -ESTALE, START,
	  "replay: \"instance\" is not", FABMON_A_INSTANCE },
	{ "event-get with an id", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_ID, 4, 1, -EINVAL, MODULE, "ttribute", FABMON_A_ID },
	{ "a notification as a request", FABMON_CMD_NODE_ADD_NTF, 0, 0, 0, 0,
	  -EOPNOTSUPP, KERNEL },
	{ "a command that is none", 250, 0, 0, 0, 0, -EOPNOTSUPP, KERNEL },
};

/* Linux 6.1 has no extended ack for the function that begins a dump. */
static bool start_has_text(void)
{
	struct utsname name;

	return uname(&name) || strncmp(name.release, "6.1.", 4);
}

static bool text_expected(enum origin origin)
{
	return origin == MODULE || (origin == START && start_has_text());
}

static bool refused(const struct answer *a, int error, const char *word)
{
	return a->error == error && strstr(a->text, word);
}

static void check_refusals(void)
{
	struct nl_sock *sk = family_connect(NULL);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(*refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct nl_msg *msg = request_new(family, r->cmd, r->flags);
		char payload[64] = { 0 };
		struct answer a;

		memcpy(payload, &r->value, sizeof(r->value));
		if (r->attr)
			nla_put(msg, r->attr, r->len, payload);
		a = ask(sk, msg, NULL, NULL);
		nlmsg_free(msg);
		result(a.error == r->error &&
		       (!text_expected(r->origin) ||
			(strstr(a.text, r->word) &&
			 (!r->named || a.attr == r->named))),
		       "K6: %s: %s, \"%s\", attribute %d", r->what,
		       strerror(-a.error), a.text, a.attr);
	}
	nl_socket_free(sk);
}

/* Requests that are no messages of generic netlink's. */
static void check_malformed(void)
{
	struct nl_sock *sk = family_connect(NULL);
	struct nl_msg *msg = request_new(family, FABMON_CMD_INFO_GET, 0);
	struct answer a;

	genlmsg_hdr(nlmsg_hdr(msg))->reserved = 1;
	a = ask(sk, msg, NULL, NULL);
	nlmsg_free(msg);
	result(refused(&a, -EINVAL, "reserved"),
	       "K6: a reserved field that is set: %s, \"%s\"",
	       strerror(-a.error), a.text);

	msg = request_new(family, FABMON_CMD_NODE_GET, 0);
	nla_put_u32(msg, FABMON_A_ID, 1);
	nlmsg_append(msg, "xx", 2, 0);
	a = ask(sk, msg, NULL, NULL);
	nlmsg_free(msg);
	result(refused(&a, -EINVAL, "leftover"),
	       "K6: bytes behind the last attribute: %s, \"%s\"",
	       strerror(-a.error), a.text);
	nl_socket_free(sk);
}

/*
 * A node that is larger than the buffer that the dump continues in: the size of
 * a buffer is that of the largest message when the one before it was filled,
 * so the module must not have had large nodes before.
 */
static void check_outgrown(void)
{
	struct nl_sock *sk = family_connect(NULL);
	struct nl_msg *msg = request_new(family, FABMON_CMD_NODE_GET,
					 NLM_F_DUMP);
	struct answer a = { 0 };

	sim("add %u 20", 200);
	a.error = request_send(sk, msg);
	sim("remove", 0);
	sim("add %u 1200", 1);
	if (!a.error)
		a = answer_read(sk, msg, NULL, NULL);
	nlmsg_free(msg);
	nl_socket_free(sk);
	result(a.messages && refused(&a, -EMSGSIZE, "dump of nodes: a node grew"),
	       "K6: a node larger than the buffer of its dump: %s, \"%s\"",
	       strerror(-a.error), a.text);
	sim("remove", 0);
}

/*
 * An answer that the socket has no room for: a node of 57 kB behind another
 * answer that was not read. Without NETLINK_NO_ENOBUFS the kernel would drop
 * the refusal as well.
 */
static void check_no_room(void)
{
	struct nl_sock *sk = family_connect(NULL);
	struct nl_msg *small = request_new(family, FABMON_CMD_INFO_GET, 0);
	struct nl_msg *large = request_new(family, FABMON_CMD_NODE_GET, 0);
	int fd = nl_socket_get_fd(sk), one = 1, size = 8192;
	struct list list = { 0 };
	struct answer a;

	sim("add %u 1200", 1);
	dump(&list);
	nla_put_u32(large, FABMON_A_ID, list.count ?
		    list.at[list.count - 1].node : 0);
	setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	request_send(sk, small);
	request_send(sk, large);
	a = answer_read(sk, small, NULL, NULL);
	if (!a.error)
		a = answer_read(sk, large, NULL, NULL);
	result(refused(&a, -EAGAIN, "answer: the socket's receive buffer"),
	       "K6: an answer larger than what the socket takes: %s, \"%s\"",
	       strerror(-a.error), a.text);
	nlmsg_free(small);
	nlmsg_free(large);
	nl_socket_free(sk);
	list_free(&list);
	sim("remove", 0);
}

int main(void)
{
	if (!sim_open()) {
		puts("1..0 # SKIP no fabmon, or no fabmon_sim");
		return 4;
	}
	sim("remove", 0);
	sim("shared", 0);
	check_refusals();
	check_malformed();
	check_outgrown();
	check_no_room();
	return ktap_end();
}
