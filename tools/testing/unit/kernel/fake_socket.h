/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A kernel of the test's own behind netlink sockets. sendmsg(), recvmsg() and
 * setsockopt() of fake_socket.c take the place of the C library's, for libnl
 * too, so that a socket fails in each way when the test wants it.
 */
#ifndef FABMON_TEST_FAKE_SOCKET_H
#define FABMON_TEST_FAKE_SOCKET_H

#include <netlink/msg.h>
#include <stdint.h>

#define FAMILY		0x21
#define GROUP		0x33
#define NOTIFY		0x10
#define INSTANCE	0x1122334455667788ULL

struct datagram;

/* What the module has, and how its calls end. */
struct fake_socket {
	int family;		/* 0: not loaded */
	uint32_t abi;
	int join_err;
	int resolve_err;
	int joined;		/* group last joined */
	unsigned int nodes;
	unsigned int interrupts;	/* dumps still to be interrupted */
	unsigned int dumps;
	int dump_err;		/* in NLMSG_DONE */
	uint64_t kept;		/* the oldest that the ring has, to 7 */
	unsigned int gids;	/* in each message of a replay */
	uint64_t asked_instance, asked_seq;	/* of the last event-get */
	int recv_err;		/* of the next request's answer */
	int send_err;		/* of the next sendmsg() */
	struct datagram *queue;
};

extern struct fake_socket fake;

/* For cmocka: the module is there, with three nodes. */
int fake_setup(void **state);
int fake_teardown(void **state);

/* What recvmsg() of @fd returns next: an error, or data, which are copied. */
void fake_queue(int fd, int err, int flags, uint32_t sender,
		const void *data, size_t len);
/* The same with a message, which is freed. */
void fake_send(int fd, struct nl_msg *msg);

/* Messages: an answer to @to without attributes, of the controller, a node. */
struct nl_msg *fake_answer(const struct nlmsghdr *to, int type, int flags,
			   uint8_t cmd);
struct nl_msg *fake_controller(const struct nlmsghdr *to, uint8_t cmd,
			       const char *name, int id, const char *group,
			       int group_id);
struct nl_msg *fake_node(const struct nlmsghdr *to, uint8_t cmd, int flags,
			 uint32_t id, uint64_t seq);

#endif /* FABMON_TEST_FAKE_SOCKET_H */
