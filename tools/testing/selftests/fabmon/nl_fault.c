// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Failed allocations: every tenth that this process causes in the kernel fails
 * (failslab), while it has fabmon_sim add nodes, change them and emit events.
 * Nothing may break, and nothing may be lost without being reported.
 * Prints KTAP. Needs CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "nl_message.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define ROUNDS		300

const char *ktap_name = "nl_fault";

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return ok;
}

static bool failslab_set(void)
{
	return write_file(FAILSLAB "task-filter", "Y") &&
	       write_file(FAILSLAB "ignore-gfp-wait", "N") &&
	       write_file(FAILSLAB "cache-filter", "N") &&
	       write_file(FAILSLAB "interval", "1") &&
	       write_file(FAILSLAB "space", "0") &&
	       write_file(FAILSLAB "verbose", "0") &&
	       write_file(FAILSLAB "probability", "10") &&
	       write_file(FAILSLAB "times", "-1");
}

/* Opened before, for that takes memory, and would fail just when it is to end. */
static void fail(bool on)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/proc/self/make-it-fail", O_WRONLY | O_CLOEXEC);
	while (pwrite(fd, on ? "1" : "0", 1, 0) < 0 && errno == ENOMEM)
		;
}

/* Return: how many of @rounds commands failed, 0xffff if one did otherwise. */
static unsigned int storm(const char *command, unsigned int rounds)
{
	unsigned int failed = 0;

	for (unsigned int i = 0; i < rounds; i++) {
		int err;

		fail(true);
		err = sim_try(command, 1);
		fail(false);
		if (err && err != -ENOMEM)
			return 0xffff;
		failed += !!err;
	}
	return failed;
}

/* Of what came from @first on: how many were lost, or -1 if one is missing. */
static int lost_of(const struct list *list, uint64_t first, uint64_t last)
{
	uint64_t next = first;
	int lost = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct message *message = &list->at[i];

		next += message->lost ?: 1;
		if (message->seq != next - 1)
			return -1;
		lost += message->lost;
	}
	return next == last + 1 ? lost : -1;
}

/*
 * Requests that there is no memory for. Some fail in generic netlink, which has
 * no text for it; those that fail in fabmon have one. Neither may be answered
 * with another error.
 */
static void check_refused(void)
{
	struct timeval brief = { .tv_usec = 200000 };
	struct nl_sock *sk = family_connect(NULL);
	unsigned int refused = 0, texts = 0, others = 0;

	setsockopt(nl_socket_get_fd(sk), SOL_SOCKET, SO_RCVTIMEO, &brief,
		   sizeof(brief));
	for (unsigned int i = 0; i < 2 * ROUNDS; i++) {
		struct nl_msg *msg = request_new(family, FABMON_CMD_INFO_GET, 0);
		struct answer a;
		int err;

		fail(true);
		err = request_send(sk, msg);
		fail(false);
		if (!err) {
			a = answer_read(sk, msg, NULL, NULL);
			refused += a.error == -ENOMEM;
			texts += !strcmp(a.text, "info: no memory for the answer");
			/* the refusal or the answer had no memory itself */
			others += a.error && a.error != -ENOMEM &&
				  a.error != -ETIMEDOUT;
		}
		nlmsg_free(msg);
	}
	result(texts && texts <= refused && !others,
	       "K6: of %u requests without memory %u have a text, %u have another error",
	       refused, texts, others);
	nl_socket_free(sk);
}

int main(void)
{
	struct list list = { 0 }, live = { 0 };
	unsigned int add, change, event;
	uint64_t seq, build;
	struct nl_sock *sk;
	struct answer a;
	int lost, overruns;

	if (!sim_open() || !failslab_set()) {
		puts("1..0 # SKIP no fabmon_sim, or no failslab");
		return 4;
	}
	sim("remove", 0);
	sim("shared", 0);
	sim("add %u 2", 20);
	sk = subscribe(FABMON_MCGRP_ADMIN, 1 << 22);
	seq = info(FABMON_A_INFO_SEQ);
	build = info(FABMON_A_INFO_LOST_BUILD);

	add = storm("add %u 3", ROUNDS);
	change = storm("change %u", ROUNDS);
	event = storm("event %u", ROUNDS);
	result(add && change && add < ROUNDS && change < ROUNDS,
	       "K4: of %u each, %u additions, %u changes and %u events failed, with ENOMEM",
	       ROUNDS, add, change, event);
	build = info(FABMON_A_INFO_LOST_BUILD) - build;
	result(build > 0, "K4: allocation failures are counted: %llu",
	       (unsigned long long)build);

	replay(seq + 1, 0, &list);
	lost = lost_of(&list, seq + 1, info(FABMON_A_INFO_SEQ));
	result(lost > 0, "K4: a replay has every number, %d of them reported as lost",
	       lost);
	overruns = drain(sk, &live);
	result(overruns || live.count + build >= list.count,
	       "K4: a reader that misses some can know it: %zu of %zu came, ENOBUFS %d times",
	       live.count, list.count, overruns);
	nl_socket_free(sk);
	list_free(&list);

	a = dump(&list);
	result(!a.error && list.count >= 20 + ROUNDS - add,
	       "K2: the nodes that were added are there: %zu", list.count);
	check_refused();
	sim("remove", 0);
	list_free(&list);
	list_free(&live);
	return ktap_end();
}
