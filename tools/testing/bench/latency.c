// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How soon an event reaches user space through fabmon, and through the quickest
 * other watcher there is. One process polls both for the same event; which is
 * read first when both are ready alternates.
 *
 *	latency device ROUNDS NETDEV	RDMA devices come, are renamed, and go,
 *					against RDMA netlink's monitor group
 *	latency port ROUNDS NETDEV UVERBS	the link goes down and up,
 *					against an uverbs async event reader
 *	latency media ROUNDS INJECT	CXL media events, made by the command
 *					INJECT, against tracefs
 *
 * Times count from before the system call that makes the event; those of media
 * events, which an interrupt brings, from the module's own stamp.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <rdma/ib_user_verbs.h>
#include <rdma/rdma_netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../selftests/fabmon/nl_lib.h"
#include "bench.h"

#define TIMEOUT_MS	4000
#define QUIET_MS	30
#define TRACING		"/sys/kernel/tracing/instances/fabmon_bench"

/* enum ib_event_type, which no header of the user's interface has */
#define EVENT_PORT_ACTIVE	9
#define EVENT_PORT_ERR		10

/* enum ib_port_state */
enum { PORT_DOWN = 1, PORT_ACTIVE = 4 };

/* enum rdma_nl_notify_event_type; older headers lack the last */
enum { MON_REGISTER, MON_UNREGISTER, MON_RENAME = 4 };

/**
 * struct kind - a kind of event
 * @name: for the table
 * @cmd: fabmon's notification of it
 * @node: kind of the node in that, or 0
 * @state: state of the port that it has, or 0
 * @other: the other watcher's number of it
 * @fabmon: from the start to fabmon's receipt
 * @hook: from fabmon's stamp to its receipt
 * @theirs: from the start to the other's receipt
 * @gap: fabmon's receipt after the other's
 * @missed: rounds that fabmon did not see
 * @alone: rounds that only fabmon saw
 */
struct kind {
	const char *name;
	uint8_t cmd;
	uint32_t node;
	uint32_t state;
	int other;
	struct series fabmon, hook, theirs, gap;
	unsigned int missed, alone;
};

static int fabmon_fd, other_fd, rdma_fd;
static int (*other_parse)(const void *data, ssize_t len);
static uint32_t rdma_index;

/* What the thread does that makes the event; @start is when it began to. */
static struct {
	void (*act)(const void *arg);
	const void *arg;
	int64_t start;
} trigger;

/* ---- fabmon -------------------------------------------------------------- */

static uint32_t port_state(struct nlattr *node)
{
	struct nlattr *port = nla_find(nla_data(node), nla_len(node),
				       FABMON_A_NODE_RDMA_PORT);
	struct nlattr *state = port ? nla_find(nla_data(port), nla_len(port),
					       FABMON_A_RDMA_PORT_STATE) : NULL;

	return state ? nla_get_u32(state) : 0;
}

static uint32_t node_kind(struct nlattr *node)
{
	struct nlattr *kind = nla_find(nla_data(node), nla_len(node),
				       FABMON_A_NODE_KIND);
	struct nlattr *dev = nla_find(nla_data(node), nla_len(node),
				      FABMON_A_NODE_RDMA_DEV);
	struct nlattr *index = dev ? nla_find(nla_data(dev), nla_len(dev),
					      FABMON_A_RDMA_DEV_INDEX) : NULL;

	if (index)
		rdma_index = nla_get_u32(index);
	return kind ? nla_get_u32(kind) : 0;
}

/* Return: the stamp of the notification if it is of this kind, else 0. */
static int64_t fabmon_is(const struct kind *k, const struct nlmsghdr *hdr)
{
	const struct genlmsghdr *genl = nlmsg_data(hdr);
	struct nlattr *attrs = genlmsg_attrdata(genl, 0);
	int len = genlmsg_attrlen(genl, 0);
	struct nlattr *node = nla_find(attrs, len, FABMON_A_NODE);
	struct nlattr *stamp = nla_find(attrs, len, FABMON_A_BOOTTIME);

	if (genl->cmd != k->cmd || !stamp)
		return 0;
	if (k->node && (!node || node_kind(node) != k->node))
		return 0;
	if (k->state && port_state(node) != k->state)
		return 0;
	return nla_get_u64(stamp);
}

static int64_t fabmon_read(const struct kind *k)
{
	static char buffer[1 << 17];
	ssize_t len = recv(fabmon_fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	struct nlmsghdr *hdr = (void *)buffer;

	if (len < 0 && errno == ENOBUFS)
		fprintf(stderr, "bench: the stream overran\n");
	if (len < 0 || !nlmsg_ok(hdr, len))
		return 0;
	return fabmon_is(k, hdr);
}

/* ---- the others ---------------------------------------------------------- */

static int nldev_parse(const void *data, ssize_t len)
{
	const struct nlmsghdr *hdr = data;
	struct nlattr *type;

	if (!nlmsg_ok(hdr, len) ||
	    hdr->nlmsg_type != RDMA_NL_GET_TYPE(RDMA_NL_NLDEV,
						RDMA_NLDEV_CMD_MONITOR))
		return -1;
	type = nla_find(nlmsg_data(hdr), nlmsg_datalen(hdr),
			RDMA_NLDEV_ATTR_EVENT_TYPE);
	return type ? nla_get_u8(type) : -1;
}

static int uverbs_parse(const void *data, ssize_t len)
{
	const struct ib_uverbs_async_event_desc *event = data;

	return len >= (ssize_t)sizeof(*event) ? (int)event->event_type : -1;
}

static int trace_parse(const void *data, ssize_t len)
{
	return len > 0 ? 0 : -1;
}

static bool other_read(const struct kind *k)
{
	static char buffer[1 << 16];
	struct pollfd poll_fd = { .fd = other_fd, .events = POLLIN };
	ssize_t len;

	if (poll(&poll_fd, 1, 0) < 1)
		return false;
	len = read(other_fd, buffer, sizeof(buffer));
	return other_parse(buffer, len) == k->other;
}

static void nldev_open(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int group = RDMA_NL_GROUP_NOTIFY;

	/* without a port number of its own a socket gets no broadcast */
	other_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_RDMA);
	if (other_fd < 0 ||
	    bind(other_fd, (void *)&address, sizeof(address)) ||
	    setsockopt(other_fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		die("RDMA netlink's monitor group");
	other_parse = nldev_parse;
}

/* What ibv_open_device() and ibv_get_async_event() come down to. */
static void uverbs_open(const char *path)
{
	struct ib_uverbs_get_context_resp resp = { 0 };
	struct {
		struct ib_uverbs_cmd_hdr hdr;
		uint64_t response;
	} cmd = {
		.hdr = {
			.command = IB_USER_VERBS_CMD_GET_CONTEXT,
			.in_words = sizeof(cmd) / 4,
			.out_words = sizeof(resp) / 4,
		},
		.response = (uintptr_t)&resp,
	};
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0 || write(fd, &cmd, sizeof(cmd)) != sizeof(cmd))
		die(path);
	other_fd = resp.async_fd;
	other_parse = uverbs_parse;
}

static void trace_open(void)
{
	other_fd = open(TRACING "/trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (other_fd < 0)
		die(TRACING "/trace_pipe");
	other_parse = trace_parse;
}

/* ---- what makes the events ----------------------------------------------- */

static void put_string(struct nl_msg *msg, int type, const char *value)
{
	if (value)
		nla_put_string(msg, type, value);
}

/* A request of RDMA netlink, which is done when send() returns. */
static void nldev_ask(int cmd, const char *name, const char *link,
		      const char *netdev)
{
	struct nl_msg *msg = nlmsg_alloc();
	int error = 0;
	struct {
		struct nlmsghdr hdr;
		struct nlmsgerr err;
	} ack;

	if (!msg || !nlmsg_put(msg, 0, 0, RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, cmd),
			       0, NLM_F_REQUEST | NLM_F_ACK))
		die("a message");
	if (cmd != RDMA_NLDEV_CMD_NEWLINK)
		nla_put_u32(msg, RDMA_NLDEV_ATTR_DEV_INDEX, rdma_index);
	put_string(msg, RDMA_NLDEV_ATTR_DEV_NAME, name);
	put_string(msg, RDMA_NLDEV_ATTR_LINK_TYPE, link);
	put_string(msg, RDMA_NLDEV_ATTR_NDEV_NAME, netdev);
	trigger.start = boottime_ns();
	if (send(rdma_fd, nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len, 0) < 0 ||
	    recv(rdma_fd, &ack, sizeof(ack), MSG_TRUNC) < 0)
		die("RDMA netlink");
	if (ack.hdr.nlmsg_type == NLMSG_ERROR)
		error = -ack.err.error;
	nlmsg_free(msg);
	errno = error;
	if (error)
		die("RDMA netlink's answer");
}

static void act_add(const void *netdev)
{
	nldev_ask(RDMA_NLDEV_CMD_NEWLINK, "bench0", "rxe", netdev);
}

static void act_rename(const void *unused)
{
	nldev_ask(RDMA_NLDEV_CMD_SET, "bench1", NULL, NULL);
}

static void act_delete(const void *unused)
{
	nldev_ask(RDMA_NLDEV_CMD_DELLINK, NULL, NULL, NULL);
}

static void link_set(const char *netdev, bool up)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", netdev);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		die(netdev);
	if (up)
		request.ifr_flags |= IFF_UP;
	else
		request.ifr_flags &= ~IFF_UP;
	trigger.start = boottime_ns();
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		die(netdev);
	close(fd);
}

static void act_up(const void *netdev)
{
	link_set(netdev, true);
}

static void act_down(const void *netdev)
{
	link_set(netdev, false);
}

static void act_command(const void *command)
{
	if (system(command))
		die("the command that injects");
}

/* ---- rounds -------------------------------------------------------------- */

static void *run_trigger(void *unused)
{
	trigger.act(trigger.arg);
	return NULL;
}

/* Reads until nothing more comes: what follows an event, GIDs for instance. */
static void settle(const struct kind *k)
{
	struct pollfd fds[2] = {
		{ .fd = fabmon_fd, .events = POLLIN },
		{ .fd = other_fd, .events = POLLIN },
	};

	while (poll(fds, 2, QUIET_MS) > 0) {
		if (fds[0].revents)
			fabmon_read(k);
		if (fds[1].revents)
			other_read(k);
	}
}

/**
 * struct receipt - when a round's event was received, 0 if not yet
 * @stamp: fabmon's own
 */
struct receipt {
	int64_t fabmon, other, stamp;
};

static void receive(const struct kind *k, struct receipt *r, bool fabmon)
{
	int64_t stamp;

	if (!fabmon) {
		if (!r->other && other_read(k))
			r->other = boottime_ns();
		return;
	}
	stamp = fabmon_read(k);
	if (stamp && !r->fabmon) {
		r->fabmon = boottime_ns();
		r->stamp = stamp;
	}
}

static void account(struct kind *k, const struct receipt *r)
{
	int64_t start = trigger.start ?: r->stamp;

	if (!r->fabmon) {
		k->missed++;
		return;
	}
	series_add(&k->fabmon, r->fabmon - start);
	series_add(&k->hook, r->fabmon - r->stamp);
	if (!r->other) {
		k->alone++;
		return;
	}
	series_add(&k->theirs, r->other - start);
	series_add(&k->gap, r->fabmon - r->other);
}

static void round_of(struct kind *k, void (*act)(const void *), const void *arg,
		     bool first)
{
	struct pollfd fds[2] = {
		{ .fd = fabmon_fd, .events = POLLIN },
		{ .fd = other_fd, .events = POLLIN },
	};
	struct receipt r = { 0 };
	int64_t end = boottime_ns() + TIMEOUT_MS * 1000000LL;
	pthread_t thread;

	settle(k);
	trigger.act = act;
	trigger.arg = arg;
	trigger.start = 0;
	if (pthread_create(&thread, NULL, run_trigger, NULL))
		die("a thread");
	/* a watcher that is known not to report this is not waited for */
	while ((!r.fabmon || (!r.other && k->alone < 3)) &&
	       boottime_ns() < end) {
		poll(fds, 2, 100);
		if (fds[first].revents)
			receive(k, &r, !first);
		if (fds[!first].revents)
			receive(k, &r, first);
	}
	pthread_join(thread, NULL);
	account(k, &r);
}

static double us(struct series *s, unsigned int percent)
{
	return series_at(s, percent) / 1e3;
}

static void print_kind(struct kind *k, const char *other)
{
	bool met = series_at(&k->fabmon, 99) <= series_at(&k->theirs, 99);

	printf("  %-16s %5u %9.0f %9.0f %9.0f", k->name, k->fabmon.count,
	       us(&k->fabmon, 50), us(&k->fabmon, 99), us(&k->fabmon, 100));
	if (k->theirs.count)
		printf(" %9.0f %9.0f %9.0f %8.0f", us(&k->theirs, 50),
		       us(&k->theirs, 99), us(&k->theirs, 100), us(&k->gap, 50));
	else
		printf(" %9s %9s %9s %8s", "-", "-", "-", "-");
	printf(" %8.0f %8.0f  %s", us(&k->hook, 50), us(&k->hook, 99),
	       k->missed ? "MISSED" : !k->theirs.count ? "nobody else reports it" :
	       met ? "met" : "MISSED");
	if (k->missed || (k->alone && k->theirs.count))
		printf(" (%u not seen by fabmon, %u not by the other)", k->missed,
		       k->alone);
	printf("  [%s]\n", other);
}

static void bench_device(unsigned int rounds, const char *netdev)
{
	static struct kind add = { "device added", FABMON_CMD_NODE_ADD_NTF,
		FABMON_NODE_KIND_RDMA_DEV, 0, MON_REGISTER };
	static struct kind named = { "device renamed", FABMON_CMD_NODE_CHANGE_NTF,
		FABMON_NODE_KIND_RDMA_DEV, 0, MON_RENAME };
	static struct kind gone = { "device removed", FABMON_CMD_NODE_DELETE_NTF,
		0, 0, MON_UNREGISTER };
	unsigned int i;

	rdma_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_RDMA);
	nldev_open();
	for (i = 0; i < rounds; i++) {
		round_of(&add, act_add, netdev, i & 1);
		round_of(&named, act_rename, NULL, i & 1);
		round_of(&gone, act_delete, NULL, i & 1);
	}
	print_kind(&add, "RDMA netlink");
	print_kind(&named, "RDMA netlink");
	print_kind(&gone, "RDMA netlink");
}

static void bench_port(unsigned int rounds, const char *netdev,
		       const char *uverbs)
{
	static struct kind down = { "port down", FABMON_CMD_NODE_CHANGE_NTF,
		FABMON_NODE_KIND_RDMA_PORT, PORT_DOWN,
		EVENT_PORT_ERR };
	static struct kind up = { "port up", FABMON_CMD_NODE_CHANGE_NTF,
		FABMON_NODE_KIND_RDMA_PORT, PORT_ACTIVE,
		EVENT_PORT_ACTIVE };
	unsigned int i;

	uverbs_open(uverbs);
	for (i = 0; i < rounds; i++) {
		round_of(&down, act_down, netdev, i & 1);
		round_of(&up, act_up, netdev, i & 1);
	}
	print_kind(&down, "uverbs");
	print_kind(&up, "uverbs");
}

static void bench_media(unsigned int rounds, const char *command)
{
	static struct kind media = { "CXL media event", FABMON_CMD_EVENT_NTF };
	unsigned int i;

	trace_open();
	for (i = 0; i < rounds; i++)
		round_of(&media, act_command, command, i & 1);
	print_kind(&media, "tracefs");
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 2;
	fabmon_fd = monitor_open(1 << 20);
	if (!strcmp(argv[1], "device"))
		bench_device(atoi(argv[2]), argv[3]);
	else if (!strcmp(argv[1], "port") && argc > 4)
		bench_port(atoi(argv[2]), argv[3], argv[4]);
	else if (!strcmp(argv[1], "media"))
		bench_media(atoi(argv[2]), argv[3]);
	else
		return 2;
	return 0;
}
