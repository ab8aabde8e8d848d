// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Requests that the family "fabmon" must refuse, and how: the right errno and
 * a message that names the attribute. Then requests made at random, which it
 * must survive. Prints KTAP.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "nl_lib.h"

#define RANDOM_REQUESTS	20000
#define RANDOM_SEED	20261122

const char *ktap_name = "nl_abuse";

struct refusal {
	const char *what;
	uint8_t cmd;
	int flags;
	int attr;		/* 0: none */
	size_t len;		/* of the attribute's payload */
	uint64_t value;
	int error;		/* that is expected */
	const char *word;	/* that its text contains, or NULL */
	int named;		/* the attribute that it names, 0: any or none */
};

static const struct refusal refusals[] = {
	{ "info-get is answered", FABMON_CMD_INFO_GET },
	{ "info-get with an attribute", FABMON_CMD_INFO_GET, 0,
	  FABMON_A_INFO_MODULE_VERSION, 4, 1, -EINVAL, "",
	  FABMON_A_INFO_MODULE_VERSION },
	{ "info-get with an unknown attribute", FABMON_CMD_INFO_GET, 0,
	  200, 4, 1, -EINVAL, "", 200 },
	{ "info-get as a dump", FABMON_CMD_INFO_GET, NLM_F_DUMP, 0, 0, 0,
	  -EOPNOTSUPP },
	{ "node-get without an id", FABMON_CMD_NODE_GET, 0, 0, 0, 0,
	  -EINVAL, "\"id\"", FABMON_A_ID },
	{ "node-get of id 0", FABMON_CMD_NODE_GET, 0, FABMON_A_ID, 4, 0,
	  -ERANGE, "", FABMON_A_ID },
	{ "node-get of an id that never was", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 4, 0xfffffff0, -ENOENT, "no node", FABMON_A_ID },
	{ "node-get with an id of 2 bytes", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 2, 1, -EINVAL, "length", FABMON_A_ID },
	{ "node-get with an id of 64 bytes", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_ID, 64, 1, -EINVAL, "length", FABMON_A_ID },
	{ "node-get with another attribute", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_SEQ, 8, 1, -EINVAL, "", FABMON_A_SEQ },
	{ "node-get with an attribute beyond the last", FABMON_CMD_NODE_GET, 0,
	  FABMON_A_MAX + 1, 4, 1, -EINVAL, "", FABMON_A_MAX + 1 },
	{ "dump of nodes is answered", FABMON_CMD_NODE_GET, NLM_F_DUMP },
	/* Linux 6.1 drops the text of a dump that does not begin */
	{ "dump of nodes with an id", FABMON_CMD_NODE_GET, NLM_F_DUMP,
	  FABMON_A_ID, 4, 1, -EINVAL },
	{ "event-get is answered", FABMON_CMD_EVENT_GET, NLM_F_DUMP },
	{ "event-get that is no dump", FABMON_CMD_EVENT_GET, 0, 0, 0, 0,
	  -EOPNOTSUPP },
	{ "event-get from number 0", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_SEQ, 8, 0, -ERANGE },
	{ "event-get with a number of 4 bytes", FABMON_CMD_EVENT_GET,
	  NLM_F_DUMP, FABMON_A_SEQ, 4, 1, -EINVAL },
	{ "event-get from a number to come", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_SEQ, 8, UINT64_MAX, -ERANGE },
	{ "event-get of another instance", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_INSTANCE, 8, 1, -ESTALE },
	{ "event-get with an id", FABMON_CMD_EVENT_GET, NLM_F_DUMP,
	  FABMON_A_ID, 4, 1, -EINVAL },
	{ "a notification as a request", FABMON_CMD_NODE_ADD_NTF, 0, 0, 0, 0,
	  -EOPNOTSUPP },
	{ "a command that is none", 250, 0, 0, 0, 0, -EOPNOTSUPP },
};

static void check_refusals(void)
{
	int family;
	struct nl_sock *sk = family_connect(&family);

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
		       (!r->word || (*a.text && strstr(a.text, r->word))) &&
		       (!r->named || a.attr == r->named),
		       "K6: %s: %s, \"%s\", attribute %d", r->what,
		       strerror(-a.error), a.text, a.attr);
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
	sk = family_connect(&family);
	setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &brief,
		   sizeof(brief));
	for (int i = 0; i < RANDOM_REQUESTS; i++) {
		msg = request_new(family, rand() % 10,
				  rand() % 2 ? NLM_F_DUMP : rand() & 0xff00);
		fill_at_random(msg);
		ask(sk, msg, NULL, NULL);
		nlmsg_free(msg);
	}
	nl_socket_free(sk);

	sk = family_connect(&family);
	msg = request_new(family, FABMON_CMD_INFO_GET, 0);
	a = ask(sk, msg, NULL, NULL);
	nlmsg_free(msg);
	nl_socket_free(sk);
	result(!a.error, "K5: %d requests at random (seed %d): still answers",
	       RANDOM_REQUESTS, RANDOM_SEED);
}

static int join(const char *group)
{
	return group_join(family_connect(NULL), group);
}

static int join_admin(void)
{
	return join(FABMON_MCGRP_ADMIN);
}

static int join_admin_as_nobody(void)
{
	return become_nobody() ?: join(FABMON_MCGRP_ADMIN);
}

static int join_monitor_as_nobody(void)
{
	return become_nobody() ?: join(FABMON_MCGRP_MONITOR);
}

static int ask_as_nobody(uint8_t cmd, int flags)
{
	struct nl_sock *sk;
	int family;

	if (become_nobody())
		return 253;
	sk = family_connect(&family);
	return -ask_simple(sk, family, cmd, flags, NULL, NULL).error;
}

static int info_as_nobody(void)
{
	return ask_as_nobody(FABMON_CMD_INFO_GET, 0);
}

static int dump_as_nobody(void)
{
	return ask_as_nobody(FABMON_CMD_NODE_GET, NLM_F_DUMP);
}

static int replay_as_nobody(void)
{
	return ask_as_nobody(FABMON_CMD_EVENT_GET, NLM_F_DUMP);
}

/* Root of a namespace of its own is nobody in the initial one. */
static int join_admin_elsewhere(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return errno == EINVAL ? 252 : 253;
	return join(FABMON_MCGRP_ADMIN);
}

/* What is permitted to whom; nobody has no capability. */
static void check_privilege(void)
{
	int elsewhere;

	result(in_child(join_admin) == 0, "K6: root joins \"admin\"");
	result(in_child(join_admin_as_nobody) == EPERM,
	       "K6: nobody may not join \"admin\"");
	result(in_child(join_monitor_as_nobody) == 0,
	       "K6: nobody may join \"monitor\"");
	result(in_child(info_as_nobody) == 0, "K6: nobody may ask info-get");
	result(in_child(dump_as_nobody) == 0, "K6: nobody may dump");
	result(in_child(replay_as_nobody) == 0, "K6: nobody may replay");
	elsewhere = in_child(join_admin_elsewhere);
	result(elsewhere == 0 || elsewhere == 252,
	       "K6: the owner of another namespace joins its \"admin\"%s",
	       elsewhere == 252 ? " # SKIP no user namespaces here" : "");
}

int main(void)
{
	int family;

	nl_socket_free(family_connect(&family));
	if (family < 0) {
		puts("1..0 # SKIP the family fabmon is not there");
		return 4;
	}
	check_refusals();
	check_privilege();
	check_random();
	return ktap_end();
}
