// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A client of the netlink family "fabmon", complete and small: it prints all
 * nodes, then what happens to them, and misses nothing. fabmon.md beside this
 * file explains it.
 *
 *	cc -o example example.c $(pkg-config --cflags --libs libnl-genl-3.0)
 *
 * With the directory uapi/ of fabmon in the include path. The one argument, if
 * there is one, is how many notifications to print before ending.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/fabmon.h>
#include <netlink/errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

/* The longest message has two times 63 KiB of attributes. */
#define MESSAGE_SIZE	(256 << 10)
/* What may wait for us before something is lost, and has to be replayed. */
#define QUEUE_SIZE	(4 << 20)

/**
 * struct client - what is known
 * @request: socket to ask with
 * @stream: socket to listen with: an answer never waits behind notifications
 * @instance: of the module that gave the numbers
 * @seq: the last notification that is part of the picture
 * @dump: the picture has to be read again
 * @missed: notifications after @seq have to be replayed
 * @left: notifications to print before ending
 */
static struct client {
	struct nl_sock *request, *stream;
	int family;
	uint64_t instance, seq;
	bool dump, missed;
	unsigned long left;
} client = { .dump = true, .left = -1UL };

static void check(int err, const char *doing)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", doing, nl_geterror(err));
	exit(EXIT_FAILURE);
}

static void print_node(const char *what, struct nlattr *nest)
{
	struct nlattr *attrs[FABMON_A_NODE_MAX + 1];

	if (!nest || nla_parse_nested(attrs, FABMON_A_NODE_MAX, nest, NULL) ||
	    !attrs[FABMON_A_NODE_ID] || !attrs[FABMON_A_NODE_NAME])
		return;
	printf("%s %" PRIu32 " %s\n", what,
	       nla_get_u32(attrs[FABMON_A_NODE_ID]),
	       nla_get_string(attrs[FABMON_A_NODE_NAME]));
}

static void print_event(struct nlattr *nest)
{
	struct nlattr *attrs[FABMON_A_EVENT_MAX + 1];

	if (!nest || nla_parse_nested(attrs, FABMON_A_EVENT_MAX, nest, NULL) ||
	    !attrs[FABMON_A_EVENT_TYPE])
		return;
	printf("event of type %" PRIu32 "\n",
	       nla_get_u32(attrs[FABMON_A_EVENT_TYPE]));
}

/* The next notification, whether it came by itself or was replayed. */
static void notified(int action, uint64_t seq, struct nlattr **attrs)
{
	static const char * const words[] = {
		[FABMON_ACTION_ADD] = "add",
		[FABMON_ACTION_CHANGE] = "change",
		[FABMON_ACTION_DELETE] = "delete",
	};

	if (seq <= client.seq)
		return;			/* the picture has it */
	if (action == FABMON_ACTION_LOST) {
		client.seq = seq;
		client.dump = true;	/* the module has it no more */
		return;
	}
	if (seq != client.seq + 1) {
		client.missed = true;	/* the replay will have this one too */
		return;
	}
	client.seq = seq;
	client.left--;
	printf("#%" PRIu64 " ", seq);
	if (action == FABMON_ACTION_EVENT)
		print_event(attrs[FABMON_A_EVENT]);
	else if (action < FABMON_ACTION_EVENT)
		print_node(words[action], attrs[FABMON_A_NODE]);
	else
		printf("something new\n");
	fflush(stdout);
}

/* The action of a message, 0 for an answer to node-get. */
static int action_of(int cmd, struct nlattr **attrs)
{
	switch (cmd) {
	case FABMON_CMD_NODE_GET:
		return 0;
	case FABMON_CMD_NODE_ADD_NTF:
		return FABMON_ACTION_ADD;
	case FABMON_CMD_NODE_CHANGE_NTF:
		return FABMON_ACTION_CHANGE;
	case FABMON_CMD_NODE_DELETE_NTF:
		return FABMON_ACTION_DELETE;
	case FABMON_CMD_EVENT_NTF:
		return FABMON_ACTION_EVENT;
	case FABMON_CMD_EVENT_GET:
		if (attrs[FABMON_A_ACTION])
			return nla_get_u32(attrs[FABMON_A_ACTION]);
	}
	return FABMON_ACTION_LOST + 1;
}

static int on_message(struct nl_msg *msg, void *unused)
{
	struct nlattr *attrs[FABMON_A_MAX + 1];
	struct nlmsghdr *hdr = nlmsg_hdr(msg);
	int action;

	if (genlmsg_parse(hdr, 0, attrs, FABMON_A_MAX, NULL) ||
	    !attrs[FABMON_A_INSTANCE] || !attrs[FABMON_A_SEQ])
		return NL_SKIP;
	action = action_of(genlmsg_hdr(hdr)->cmd, attrs);
	if (!action)
		print_node("node", attrs[FABMON_A_NODE]);
	else if (nla_get_u64(attrs[FABMON_A_INSTANCE]) != client.instance)
		client.dump = true;
	else
		notified(action, nla_get_u64(attrs[FABMON_A_SEQ]), attrs);
	return client.left ? NL_OK : NL_STOP;
}

static int on_info(struct nl_msg *msg, void *unused)
{
	struct nlattr *attrs[FABMON_A_INFO_MAX + 1];

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, FABMON_A_INFO_MAX, NULL) ||
	    !attrs[FABMON_A_INFO_INSTANCE] || !attrs[FABMON_A_INFO_SEQ])
		return NL_SKIP;
	client.instance = nla_get_u64(attrs[FABMON_A_INFO_INSTANCE]);
	client.seq = nla_get_u64(attrs[FABMON_A_INFO_SEQ]);
	return NL_OK;
}

/* Asks, and reads the whole answer with @fn. Return: a libnl error or 0. */
static int ask(int cmd, int flags, nl_recvmsg_msg_cb_t fn)
{
	struct nl_msg *msg = nlmsg_alloc();
	int err;

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, client.family,
				 0, flags, cmd, FABMON_FAMILY_VERSION))
		return -NLE_NOMEM;
	if (cmd == FABMON_CMD_EVENT_GET) {
		nla_put_u64(msg, FABMON_A_INSTANCE, client.instance);
		nla_put_u64(msg, FABMON_A_SEQ, client.seq + 1);
	}
	nl_socket_modify_cb(client.request, NL_CB_VALID, NL_CB_CUSTOM, fn,
			    NULL);
	err = nl_send_auto(client.request, msg);
	nlmsg_free(msg);
	if (err >= 0)
		err = nl_recvmsgs_default(client.request);
	/* An answer to "do" is followed by an acknowledgement. */
	if (err >= 0 && !(flags & NLM_F_DUMP))
		err = nl_wait_for_ack(client.request);
	return err < 0 ? err : 0;
}

/*
 * The number is that of before the dump: what happens meanwhile is in the dump,
 * and comes again as a notification, which does no harm to nodes; events are
 * in no dump. Where something did happen the dump is no picture of any moment,
 * and is repeated.
 */
static void dump(void)
{
	int err;

	check(ask(FABMON_CMD_INFO_GET, 0, on_info), "info-get");
	do {
		err = ask(FABMON_CMD_NODE_GET, NLM_F_DUMP, on_message);
	} while (err == -NLE_DUMP_INTR);
	check(err, "node-get");
	client.dump = false;
	client.missed = false;
}

/* What fails here, ESTALE for one, a dump mends. */
static void replay(void)
{
	client.missed = false;
	if (ask(FABMON_CMD_EVENT_GET, NLM_F_DUMP, on_message))
		client.dump = true;
}

static struct nl_sock *open_socket(void)
{
	struct nl_sock *sk = nl_socket_alloc();

	if (!sk)
		check(-NLE_NOMEM, "socket");
	check(genl_connect(sk), "socket");
	check(nl_socket_set_msg_buf_size(sk, MESSAGE_SIZE), "socket");
	nl_socket_disable_msg_peek(sk);
	return sk;
}

/* Listens before anything is asked, so that nothing falls between. */
static void open_client(void)
{
	int group;

	client.request = open_socket();
	client.stream = open_socket();
	client.family = genl_ctrl_resolve(client.request, FABMON_FAMILY_NAME);
	check(client.family, "the family (is the module loaded?)");
	group = genl_ctrl_resolve_grp(client.request, FABMON_FAMILY_NAME,
				      FABMON_MCGRP_MONITOR);
	check(group, "the group");
	nl_socket_set_buffer_size(client.stream, QUEUE_SIZE, 0);
	/* Notifications have no sequence number of netlink's. */
	nl_socket_disable_seq_check(client.stream);
	nl_socket_modify_cb(client.stream, NL_CB_VALID, NL_CB_CUSTOM,
			    on_message, NULL);
	check(nl_socket_set_nonblocking(client.stream), "socket");
	check(nl_socket_add_membership(client.stream, group), "the group");
}

/*
 * Reads until nothing is waiting. A socket that overran drops all that comes
 * until it was empty once, and reports that only once: a replay before that
 * would have a gap after it.
 */
static void drain(void)
{
	bool overrun = false;
	int err;

	do {
		err = nl_recvmsgs_default(client.stream);
		/* libnl's word for ENOBUFS: some found no room. */
		if (err == -NLE_NOMEM)
			overrun = true;
		else if (err != -NLE_AGAIN)
			check(err, "listening");
	} while (client.left && err != -NLE_AGAIN);
	if (overrun)
		client.missed = true;
}

int main(int argc, char **argv)
{
	struct pollfd fd = { .events = POLLIN };

	if (argc > 1)
		client.left = strtoul(argv[1], NULL, 10);
	open_client();
	fd.fd = nl_socket_get_fd(client.stream);
	while (client.left) {
		if (client.dump)
			dump();
		if (client.missed)
			replay();
		if (client.dump || !client.left)
			continue;
		poll(&fd, 1, -1);
		drain();
	}
	nl_socket_free(client.stream);
	nl_socket_free(client.request);
	return 0;
}
