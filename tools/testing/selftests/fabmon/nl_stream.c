// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The stream and its replay, over the made-up nodes of fabmon_sim, whose every
 * change is known: order, whole content, what falls off the ring, overruns,
 * privilege, network namespaces, large nodes, dumps while things change.
 * Prints KTAP. Needs fabmon_sim and debugfs.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nl_message.h"

const char *ktap_name = "nl_stream";

/* Numbers that grow by one each from @first on. */
static bool unbroken(const struct list *list, uint64_t first)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->at[i].seq != first + i) {
			note("message %zu has number %llu, not %llu", i,
			     (unsigned long long)list->at[i].seq,
			     (unsigned long long)(first + i));
			return false;
		}
	}
	return true;
}

static bool same_content(const struct message *a, const struct message *b)
{
	return a->seq == b->seq && a->boottime == b->boottime &&
	       a->realtime == b->realtime && a->cause == b->cause &&
	       a->len == b->len && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* ---- order and content --------------------------------------------------- */

static void check_live(void)
{
	struct nl_sock *sk = subscribe(FABMON_MCGRP_ADMIN, 1 << 22);
	uint64_t seq = info(FABMON_A_INFO_SEQ);
	uint64_t instance = info(FABMON_A_INFO_INSTANCE);
	struct list live = { 0 }, again = { 0 };
	bool ok = true;
	size_t i;

	sim("add %u 2", 3);
	sim("change %u", 5);
	sim("same %u", 50);
	sim("event %u", 2);
	sim("change %u", 1);
	drain(sk, &live);
	nl_socket_free(sk);

	result(live.count == 11,
	       "K3: 3 nodes, 6 changes, 2 events, and nothing of 50 updates without a difference: %zu",
	       live.count);
	result(unbroken(&live, seq + 1), "K3: numbers without a gap");
	for (i = 0; i < live.count; i++)
		ok &= live.at[i].instance == instance;
	result(ok, "K3: one instance");
	for (ok = true, i = 1; i < live.count; i++)
		ok &= live.at[i].boottime >= live.at[i - 1].boottime &&
		      live.at[i].realtime;
	result(ok, "K3: both clocks, in order");
	for (ok = true, i = 0; i < live.count; i++)
		ok &= live.at[i].cmd == FABMON_CMD_EVENT_NTF ||
		      (live.at[i].node && live.at[i].gids == 2);
	result(ok, "K3: each has the whole node");

	replay(seq + 1, instance, &again);
	for (ok = again.count == live.count, i = 0; ok && i < live.count; i++)
		ok &= same_content(&live.at[i], &again.at[i]);
	result(ok, "K4: a replay has the same, byte for byte");
	for (ok = true, i = 0; i < again.count; i++)
		ok &= again.at[i].action == (i < 3 ? FABMON_ACTION_ADD :
			i < 8 || i == 10 ? FABMON_ACTION_CHANGE :
					   FABMON_ACTION_EVENT);
	result(ok, "K4: with the action that each was");
	list_free(&live);
	list_free(&again);
	sim("remove", 0);
}

/* ---- replay -------------------------------------------------------------- */

static void check_bounds(void)
{
	uint64_t seq = info(FABMON_A_INFO_SEQ);
	struct list list = { 0 };
	struct answer a;

	a = replay(seq + 1, 0, &list);
	result(!a.error && !list.count, "K4: from the next number: nothing");
	a = replay(seq + 2, 0, &list);
	result(a.error == -ERANGE, "K4: from a later one: %s",
	       strerror(-a.error));
	a = replay(seq, info(FABMON_A_INFO_INSTANCE) + 1, &list);
	result(a.error == -ESTALE, "K4: of another instance: %s",
	       strerror(-a.error));
	a = replay(seq, info(FABMON_A_INFO_INSTANCE), &list);
	result(!a.error && list.count == 1 && list.at[0].seq == seq,
	       "K4: from the last number: just that");
	list_free(&list);
}

static void check_ring_full(void)
{
	uint64_t size = info(FABMON_A_INFO_RING_SIZE), seq, dropped, last;
	struct list list = { 0 };
	bool ok;

	sim("add %u 1", 1);
	seq = info(FABMON_A_INFO_SEQ);
	dropped = info(FABMON_A_INFO_RING_DROPPED) +
		  info(FABMON_A_INFO_RING_USED);
	sim("change %u", size + 100);
	last = seq + size + 100;

	replay(seq + 1, 0, &list);
	result(list.count == size + 1 && list.at[0].lost == 100 &&
	       list.at[0].action == FABMON_ACTION_LOST &&
	       list.at[0].seq == seq + 100,
	       "K4: 100 more than the ring of %llu holds: first %llu are reported as lost",
	       (unsigned long long)size,
	       (unsigned long long)(list.count ? list.at[0].lost : 0));
	ok = list.count && list.at[list.count - 1].seq == last;
	result(ok && unbroken(&list, seq + 100),
	       "K4: then all that is left, in order, to the last");
	result(info(FABMON_A_INFO_RING_DROPPED) == dropped + 100,
	       "K4: what falls off the ring is counted");
	list_free(&list);

	replay(0, 0, &list);
	result(list.count == size && list.at[0].seq == seq + 101,
	       "K4: without a number: from the oldest, nothing reported as lost");
	list_free(&list);
	sim("remove", 0);
}

/* The ring is bounded in bytes as well: 60 kB nodes need not fill its slots. */
static void check_ring_bytes(void)
{
	struct list list = { 0 };
	uint64_t seq, used;

	sim("add %u 1200", 1);
	seq = info(FABMON_A_INFO_SEQ);
	sim("change %u", 400);
	used = info(FABMON_A_INFO_RING_USED);
	result(used < 400 && info(FABMON_A_INFO_RING_BYTES) <= 8192 * 1024,
	       "K4: 400 changes of 57 kB: %llu are kept, in %llu bytes",
	       (unsigned long long)used,
	       (unsigned long long)info(FABMON_A_INFO_RING_BYTES));
	replay(seq + 1, 0, &list);
	result(list.count == used + 1 && list.at[0].lost == 400 - used,
	       "K4: the rest is reported as lost");
	list_free(&list);
	sim("remove", 0);
}

/* ---- overrun ------------------------------------------------------------- */

static void check_overrun(void)
{
	struct nl_sock *sk = subscribe(FABMON_MCGRP_MONITOR, 20000);
	uint64_t lost_send = info(FABMON_A_INFO_LOST_SEND), seq, first;
	struct list live = { 0 }, rest = { 0 };
	int overruns, one = 1;
	size_t i;

	/* only those who ask for it are counted */
	setsockopt(nl_socket_get_fd(sk), SOL_NETLINK, NETLINK_BROADCAST_ERROR,
		   &one, sizeof(one));
	sim("add %u 1", 1);
	drain(sk, &live);
	first = live.count ? live.at[0].seq : 0;
	sim("change %u", 2000);
	seq = info(FABMON_A_INFO_SEQ);
	overruns = drain(sk, &live);
	result(overruns > 0, "K4: a reader too slow reads ENOBUFS (%d times)",
	       overruns);
	result(info(FABMON_A_INFO_LOST_SEND) > lost_send,
	       "K4: what could not be sent is counted: %llu",
	       (unsigned long long)(info(FABMON_A_INFO_LOST_SEND) - lost_send));
	for (i = 0; i < live.count && live.at[i].seq == first + i; i++)
		;
	replay(first + i, 0, &rest);
	result(i && rest.count == seq - first - i + 1 &&
	       unbroken(&rest, first + i),
	       "K4: a replay from its gap on has the %zu that it missed",
	       rest.count);
	list_free(&live);
	list_free(&rest);
	nl_socket_free(sk);
	sim("remove", 0);
}

/* ---- privilege ----------------------------------------------------------- */

static int addresses_of_replay(void)
{
	struct list list = { 0 };
	int addresses = 0, events = 0;

	replay(0, 0, &list);
	for (size_t i = 0; i < list.count; i++) {
		events += list.at[i].action == FABMON_ACTION_EVENT;
		addresses += !!list.at[i].dpa;
	}
	return events < 3 ? 99 : addresses > 90 ? 90 : addresses;
}

static int addresses_as_nobody(void)
{
	return become_nobody() ?: addresses_of_replay();
}

static void check_secrets(void)
{
	struct nl_sock *open = subscribe(FABMON_MCGRP_MONITOR, 0);
	struct nl_sock *admin = subscribe(FABMON_MCGRP_ADMIN, 0);
	struct list open_list = { 0 }, admin_list = { 0 };
	int addresses;
	bool ok;

	sim("event %u", 3);
	drain(open, &open_list);
	drain(admin, &admin_list);
	ok = open_list.count == 3 && admin_list.count == 3;
	for (size_t i = 0; ok && i < 3; i++)
		ok = !open_list.at[i].dpa && admin_list.at[i].dpa &&
		     open_list.at[i].seq == admin_list.at[i].seq;
	result(ok, "K6: \"admin\" has the address, \"monitor\" the same event without");
	addresses = in_child(addresses_of_replay);
	result(addresses == 3, "K6: a replay for root has them (%d)", addresses);
	addresses = in_child(addresses_as_nobody);
	result(addresses == 0, "K6: a replay for nobody has not (%d)",
	       addresses);
	list_free(&open_list);
	list_free(&admin_list);
	nl_socket_free(open);
	nl_socket_free(admin);
}

/* ---- namespaces ---------------------------------------------------------- */

static size_t sim_ports(const struct list *list)
{
	size_t count = 0;

	for (size_t i = 0; i < list->count; i++)
		count += !!list->at[i].port;
	return count;
}

/* In a namespace of its own, with shared nodes there: exit code 0 or a step. */
static int stream_elsewhere(void)
{
	struct list list = { 0 }, live = { 0 };
	struct nl_sock *sk;
	uint64_t seq;

	if (unshare(CLONE_NEWNET))
		return 253;
	seq = info(FABMON_A_INFO_SEQ);
	dump(&list);
	if (sim_ports(&list) != 2)
		return 1;
	list_free(&list);

	sk = subscribe(FABMON_MCGRP_ADMIN, 0);
	sim("change %u", 2);
	sim("event %u", 3);	/* for the initial namespace */
	sim("change %u", 2);
	drain(sk, &live);
	if (live.count != 4)
		return 2;
	if (!unbroken(&live, seq + 1))
		return 3;
	replay(seq + 1, 0, &list);
	if (list.count != 4 || !same_content(&list.at[3], &live.at[3]))
		return 4;
	list_free(&list);
	/* what was before it came to be is not for it */
	replay(1, 0, &list);
	if (list.count != 5 || list.at[0].lost != seq ||
	    list.at[0].seq != seq)
		return 5;
	return 0;
}

static int private_elsewhere(void)
{
	struct list list = { 0 };
	uint64_t seq;

	if (unshare(CLONE_NEWNET))
		return 253;
	seq = info(FABMON_A_INFO_SEQ);
	sim("private", 0);
	sim("add %u 1", 4);
	sim("change %u", 4);
	dump(&list);
	if (sim_ports(&list) != 4)
		return 1;
	return info(FABMON_A_INFO_SEQ) == seq + 8 ? 0 : 2;
}

static int private_seen(void)
{
	struct list list = { 0 };

	if (unshare(CLONE_NEWNET))
		return 253;
	dump(&list);
	return sim_ports(&list);
}

static void check_namespaces(void)
{
	struct nl_sock *sk;
	struct list list = { 0 }, live = { 0 };
	uint64_t seq;
	int step;

	sim("add %u 1", 2);
	step = in_child(stream_elsewhere);
	result(step == 0,
	       "K6: shared nodes, a stream without holes and its replay in another namespace, nothing from before it (step %d)",
	       step);
	sim("remove", 0);

	sk = subscribe(FABMON_MCGRP_MONITOR, 0);
	seq = info(FABMON_A_INFO_SEQ);
	step = in_child(private_elsewhere);
	result(step == 0, "K6: nodes of another namespace are seen there (step %d)",
	       step);
	dump(&list);
	drain(sk, &live);
	result(!sim_ports(&list) && !live.count &&
	       info(FABMON_A_INFO_SEQ) == seq,
	       "K6: but not here, in a dump, the stream or its numbers");
	result(info(FABMON_A_INFO_NODES) == list.count,
	       "K6: nor in the number of nodes");
	step = in_child(private_seen);
	result(step == 0, "K6: nor in a third one (%d)", step);
	sim("remove", 0);
	sim("shared", 0);
	nl_socket_free(sk);
	list_free(&list);
	list_free(&live);
}

/* ---- large nodes --------------------------------------------------------- */

static void check_large(void)
{
	struct nl_sock *sk = subscribe(FABMON_MCGRP_MONITOR, 1 << 22);
	struct list live = { 0 }, list = { 0 };
	struct answer a;

	sim("add %u 1200", 2);
	drain(sk, &live);
	result(live.count == 2 && live.at[0].gids == 1200,
	       "K1: a node with 1200 GIDs, %zu bytes, is notified whole",
	       live.count ? live.at[0].len : 0);
	a = dump(&list);
	result(!a.error && list.count >= 2 &&
	       list.at[list.count - 1].gids == 1200,
	       "K2: it is dumped whole");
	list_free(&list);
	a = node_get(live.count ? live.at[0].node : 1, &list);
	result(!a.error && list.count == 1 && list.at[0].gids == 1200,
	       "K1: and read alone: %s", strerror(-a.error));
	nl_socket_free(sk);
	list_free(&live);
	list_free(&list);
	sim("remove", 0);
}

/* ---- dumps while things change ------------------------------------------- */

/*
 * Ports come in the order of their numbers and go in the same, so at every
 * moment they are an unbroken row.
 */
static bool one_row(const struct list *list)
{
	uint32_t last = 0;

	for (size_t i = 0; i < list->count; i++) {
		uint32_t port = list->at[i].port;

		if (!port)
			continue;
		if (last && port != last + 1) {
			note("port %u after port %u", port, last);
			return false;
		}
		last = port;
	}
	return true;
}

static void check_dumps(void)
{
	unsigned int whole = 0, interrupted = 0, broken = 0, torn = 0;
	pid_t churn;

	sim("add %u 20", 150);
	fflush(stdout);
	churn = fork();
	if (!churn) {
		/* pauses, so that some dumps are whole: seen by their flag */
		for (;;) {
			sim("remove", 0);
			sim("add %u 20", 150);
			usleep(30000);
		}
	}
	for (int i = 0; i < 20000 && whole + interrupted < 400; i++) {
		struct list list = { 0 };
		struct answer a = dump(&list);

		if (a.error || a.interrupted) {
			interrupted++;
		} else {
			whole++;
			broken += !one_row(&list);
			for (size_t j = 1; j < list.count; j++)
				torn += list.at[j].seq != list.at[0].seq;
		}
		list_free(&list);
	}
	kill(churn, SIGKILL);
	waitpid(churn, NULL, 0);
	result(whole >= 20 && interrupted >= 5,
	       "K2: of dumps under churn %u are whole, %u flagged as interrupted",
	       whole, interrupted);
	result(!broken, "K2: no hole and no duplicate in those not flagged (%u)",
	       broken);
	result(!torn, "K2: and one number that all of it is true at (%u)",
	       torn);
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
	check_live();
	check_bounds();
	check_ring_full();
	check_ring_bytes();
	check_overrun();
	check_secrets();
	check_namespaces();
	check_large();
	check_dumps();
	return ktap_end();
}
