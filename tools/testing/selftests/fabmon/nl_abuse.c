// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the family "fabmon" permits to whom; and requests made at random, which
 * it must survive. Prints KTAP. How it refuses is the matter of nl_refuse.c.
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
	check_privilege();
	check_random();
	return ktap_end();
}
