// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Memory that is not to be had: every tenth allocation that this process
 * causes in the kernel fails (failslab), while it makes fabmon_sim add, change
 * and tell. Nothing may break, and nothing may be lost without being said.
 * Prints KTAP. Needs CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_DEBUG_FS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nl_said.h"

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

static void fail(bool on)
{
	write_file("/proc/self/make-it-fail", on ? "1" : "0");
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
		const struct said *said = &list->said[i];

		next += said->lost ?: 1;
		if (said->seq != next - 1)
			return -1;
		lost += said->lost;
	}
	return next == last + 1 ? lost : -1;
}

int main(void)
{
	struct list list = { 0 }, live = { 0 };
	unsigned int add, change, event;
	uint64_t seq, build;
	struct nl_sock *sk;
	struct answer a;
	int lost, overruns;

	if (!said_open() || !failslab_set()) {
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
	result(lost > 0, "K4: a replay has every number, %d of them said to be lost",
	       lost);
	overruns = drain(sk, &live);
	result(overruns || live.count + build >= list.count,
	       "K4: a reader that misses some is told: %zu of %zu came, ENOBUFS %d times",
	       live.count, list.count, overruns);
	nl_socket_free(sk);
	list_free(&list);

	a = dump(&list);
	result(!a.error && list.count >= 20 + ROUNDS - add,
	       "K2: the nodes that were added are there: %zu", list.count);
	sim("remove", 0);
	list_free(&list);
	list_free(&live);
	return ktap_end();
}
