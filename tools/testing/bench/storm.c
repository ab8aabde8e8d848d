// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the storm costs, and whether it accounts for everything.
 *
 *	storm dump			read all nodes once, print how many
 *	storm compare ROUNDS NAME COMMAND [NAME COMMAND]...
 *					time and CPU of commands, in turn
 *	storm cost COUNT		a change with 0, 1 and 2 subscribers
 *	storm storm COUNT		three readers: one keeps up, one does not
 *					and replays, one is stopped meanwhile
 *	storm netns COUNT NAMESPACES...	a change with so many namespaces
 *
 * All but the first two change the ports of fabmon_sim, which has some.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../selftests/fabmon/nl_lib.h"
#include "bench.h"

#define ROUNDS	5

/**
 * struct reader - a subscriber, and how it accounts for its stream
 * @name: for the table
 * @pause_us: what it does between two messages: nothing, or sleep
 * @last: number of the last notification accounted for
 * @live: received as notifications
 * @replayed: read again with event-get
 * @lost: reported as lost
 * @unreported: missing without a word
 * @overruns: ENOBUFS read
 */
struct reader {
	const char *name;
	int fd;
	unsigned int pause_us;
	pthread_t thread;
	uint64_t last, live, replayed, lost, unreported, overruns;
};

static atomic_bool storm_over;

static uint64_t attr_u64(struct nlmsghdr *hdr, int type)
{
	struct nlattr *attr = nla_find(genlmsg_attrdata(nlmsg_data(hdr), 0),
				       genlmsg_attrlen(nlmsg_data(hdr), 0),
				       type);

	return attr ? nla_get_u64(attr) : 0;
}

static uint32_t attr_u32(struct nlmsghdr *hdr, int type)
{
	struct nlattr *attr = nla_find(genlmsg_attrdata(nlmsg_data(hdr), 0),
				       genlmsg_attrlen(nlmsg_data(hdr), 0),
				       type);

	return attr ? nla_get_u32(attr) : 0;
}

static void take_seq(struct nlmsghdr *hdr, void *ctx)
{
	*(uint64_t *)ctx = attr_u64(hdr, FABMON_A_INFO_SEQ);
}

static uint64_t current_seq(void)
{
	uint64_t seq = 0;
	int family;
	struct nl_sock *sk = family_connect(&family);

	ask_simple(sk, family, FABMON_CMD_INFO_GET, 0, take_seq, &seq);
	nl_socket_free(sk);
	return seq;
}

/* ---- readers ------------------------------------------------------------- */

static void take_replayed(struct nlmsghdr *hdr, void *ctx)
{
	struct reader *r = ctx;
	uint64_t seq = attr_u64(hdr, FABMON_A_SEQ), lost = 0;

	if (attr_u32(hdr, FABMON_A_ACTION) == FABMON_ACTION_LOST)
		lost = attr_u64(hdr, FABMON_A_LOST);
	else
		r->replayed++;
	r->lost += lost;
	r->unreported += seq - r->last - (lost ?: 1);
	r->last = seq;
}

static void reader_replay(struct reader *r)
{
	int family;
	struct nl_sock *sk = family_connect(&family);
	struct nl_msg *msg = request_new(family, FABMON_CMD_EVENT_GET,
					 NLM_F_DUMP);
	struct answer answer;
	uint64_t seq = r->last + 1;

	nla_put(msg, FABMON_A_SEQ, sizeof(seq), &seq);
	answer = ask(sk, msg, take_replayed, r);
	errno = -answer.error;
	if (answer.error)
		die("event-get");
	nlmsg_free(msg);
	nl_socket_free(sk);
}

/* Return: false if there was nothing to read. */
static bool reader_read(struct reader *r)
{
	char buffer[1 << 16];
	struct nlmsghdr *hdr = (void *)buffer;
	ssize_t len = recv(r->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	uint64_t seq;

	if (len < 0 && errno == ENOBUFS) {
		r->overruns++;
		return true;
	}
	if (len < 0 || !nlmsg_ok(hdr, len))
		return false;
	seq = attr_u64(hdr, FABMON_A_SEQ);
	if (seq > r->last + 1)
		reader_replay(r);
	if (seq > r->last) {
		r->live++;
		r->unreported += seq - r->last - 1;
		r->last = seq;
	}
	return true;
}

static void *reader_run(void *arg)
{
	struct reader *r = arg;
	struct pollfd poll_fd = { .fd = r->fd, .events = POLLIN };

	while (!atomic_load(&storm_over)) {
		if (poll(&poll_fd, 1, 10) > 0)
			reader_read(r);
		if (r->pause_us)
			usleep(r->pause_us);
	}
	return NULL;
}

static void reader_start(struct reader *r, bool stopped)
{
	r->last = current_seq();
	if (!stopped && pthread_create(&r->thread, NULL, reader_run, r))
		die("a thread");
}

/* Reads what is left, asks for the rest, and counts what nobody mentioned. */
static void reader_finish(struct reader *r)
{
	uint64_t seq;

	if (r->thread)
		pthread_join(r->thread, NULL);
	while (reader_read(r))
		;
	reader_replay(r);
	seq = current_seq();
	r->unreported += seq - r->last;
	close(r->fd);
}

/* ---- cost of a change ---------------------------------------------------- */

/* One burst of changes with so many subscribers. Return: ns for each. */
static int64_t burst(unsigned int count, unsigned int subscribers)
{
	struct reader readers[2] = { 0 };
	char line[32];
	int64_t ns;
	unsigned int i;

	atomic_store(&storm_over, false);
	for (i = 0; i < subscribers; i++) {
		readers[i].fd = monitor_open(32 << 20);
		reader_start(&readers[i], false);
	}
	snprintf(line, sizeof(line), "change %u", count);
	ns = sim(line) / count;
	atomic_store(&storm_over, true);
	for (i = 0; i < subscribers; i++)
		reader_finish(&readers[i]);
	return ns;
}

static int bench_cost(unsigned int count)
{
	static struct series cost[3];
	unsigned int i, n;

	for (i = 0; i < ROUNDS; i++) {
		for (n = 0; n < 3; n++)
			series_add(&cost[n], burst(count, n));
	}
	for (n = 0; n < 3; n++)
		printf("  a change with %u subscribers %17.2f us (%.2f to %.2f, %d times %u)\n",
		       n, series_at(&cost[n], 50) / 1e3,
		       series_at(&cost[n], 1) / 1e3,
		       series_at(&cost[n], 100) / 1e3, ROUNDS, count);
	return 0;
}

static int bench_storm(unsigned int count)
{
	struct reader readers[3] = {
		{ .name = "keeps up", .fd = monitor_open(256 << 20) },
		{ .name = "small buffer", .fd = monitor_open(8192),
		  .pause_us = 2000 },
		{ .name = "stopped", .fd = monitor_open(1 << 18) },
	};
	uint64_t first = current_seq(), sent;
	char line[32];
	int64_t ns;
	bool met = true;
	int i;

	for (i = 0; i < 3; i++)
		reader_start(&readers[i], i == 2);
	snprintf(line, sizeof(line), "change %u", count);
	ns = sim(line);
	atomic_store(&storm_over, true);
	for (i = 0; i < 3; i++)
		reader_finish(&readers[i]);
	sent = current_seq() - first;
	printf("  %u changes in %.2f s, %llu sent; of these, a reader that\n",
	       count, ns / 1e9, (unsigned long long)sent);
	for (i = 0; i < 3; i++) {
		struct reader *r = &readers[i];

		printf("    %-13s read %llu, replayed %llu, %llu reported as lost; %llu unreported (%llu overruns)\n",
		       r->name, (unsigned long long)r->live,
		       (unsigned long long)r->replayed,
		       (unsigned long long)r->lost,
		       (unsigned long long)r->unreported,
		       (unsigned long long)r->overruns);
		met &= !r->unreported &&
		       r->live + r->replayed + r->lost == sent;
	}
	printf("  nothing lost unreported: %s\n",
	       met && sent == count ? "met" : "MISSED");
	return 0;
}

/* ---- namespaces ---------------------------------------------------------- */

/* A namespace more, kept by the descriptor. Return: 0 or -1. */
static int namespace_add(int home)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		return -1;
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (setns(home, CLONE_NEWNET))
		die("the first namespace");
	return fd < 0 ? -1 : 0;
}

static int bench_netns(unsigned int count, int argc, char **argv)
{
	struct rlimit files = { 1 << 14, 1 << 14 };
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int there = 1, wanted, i, n;

	setrlimit(RLIMIT_NOFILE, &files);
	for (i = 0; i < argc; i++) {
		static struct series cost[2];

		cost[0].count = cost[1].count = 0;
		for (wanted = atoi(argv[i]); there < wanted; there++) {
			if (namespace_add(home))
				die("a namespace");
		}
		for (n = 0; n < 2 * ROUNDS; n++)
			series_add(&cost[n & 1], burst(count, n & 1));
		printf("  a change with %5d namespaces: %9.2f us without, %9.2f us with a subscriber\n",
		       there, series_at(&cost[0], 50) / 1e3,
		       series_at(&cost[1], 50) / 1e3);
		fflush(stdout);
	}
	return 0;
}

/* ---- snapshots ----------------------------------------------------------- */

static int dump(void)
{
	int family;
	struct nl_sock *sk = family_connect(&family);
	struct answer answer = ask_simple(sk, family, FABMON_CMD_NODE_GET,
					  NLM_F_DUMP, NULL, NULL);

	if (answer.error)
		return 1;
	printf("%u\n", answer.messages);
	return 0;
}

/**
 * struct cost - what a command takes
 * @wall: ns
 * @cpu: ns, user and system, of it and its children
 */
struct cost {
	struct series wall, cpu;
};

static int64_t tv_ns(const struct timeval *tv)
{
	return tv->tv_sec * 1000000000LL + tv->tv_usec * 1000LL;
}

static int64_t children_ns(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return tv_ns(&usage.ru_utime) + tv_ns(&usage.ru_stime);
}

static void run_command(const char *command, struct cost *cost)
{
	int64_t cpu = children_ns(), start = boottime_ns();
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		fprintf(stderr, "bench: %s: failed\n", command);
		exit(1);
	}
	series_add(&cost->wall, boottime_ns() - start);
	series_add(&cost->cpu, children_ns() - cpu);
}

/* The first is what the others are measured against. */
static int compare(unsigned int rounds, int argc, char **argv)
{
	static struct cost costs[8];
	int n = argc / 2, i;

	while (rounds--) {
		for (i = 0; i < n; i++)
			run_command(argv[2 * i + 1], &costs[i]);
	}
	for (i = 0; i < n; i++) {
		double wall = series_at(&costs[i].wall, 50) / 1e6;
		double cpu = series_at(&costs[i].cpu, 50) / 1e6;
		double walls = series_at(&costs[0].wall, 50) / 1e6 / wall;
		double cpus = series_at(&costs[0].cpu, 50) / 1e6 / (cpu ?: 0.001);

		printf("  %-34s %9.1f ms %9.1f ms of CPU", argv[2 * i], wall,
		       cpu);
		if (i)
			printf("  %6.1f and %6.1f times less  %s", walls, cpus,
			       walls >= 10 && cpus >= 10 ? "met" : "MISSED");
		putchar('\n');
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (!strcmp(mode, "dump"))
		return dump();
	if (!strcmp(mode, "compare") && argc > 4 && argc <= 19)
		return compare(atoi(argv[2]), argc - 3, argv + 3);
	if (!strcmp(mode, "cost") && argc > 2)
		return bench_cost(atoi(argv[2]));
	if (!strcmp(mode, "storm") && argc > 2)
		return bench_storm(atoi(argv[2]));
	if (!strcmp(mode, "netns") && argc > 3)
		return bench_netns(atoi(argv[2]), argc - 3, argv + 3);
	return 2;
}
