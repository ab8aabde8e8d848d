/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What the netlink tests in C share: KTAP, a socket, a request and its whole
 * answer. The kernel's bytes are parsed here and not by libnl, which hides
 * extended acks and the flag of an interrupted dump.
 */
#ifndef FABMON_NL_LIB_H
#define FABMON_NL_LIB_H

#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/fabmon.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/* The program's name in each KTAP line. */
extern const char *ktap_name;

/* result - print a KTAP line. Return: @ok. */
__attribute__((format(printf, 2, 3)))
bool result(bool ok, const char *format, ...);

/* note - print a KTAP comment */
__attribute__((format(printf, 1, 2)))
void note(const char *format, ...);

/* ktap_end - print the plan. Return: the exit code. */
int ktap_end(void);

/**
 * family_connect - a socket with extended acks and strict checking
 * @family: receives the family's number, negative if it is not there; or NULL
 */
struct nl_sock *family_connect(int *family);

/* group_join - Return: 0, errno, or 254 if there is no such group */
int group_join(struct nl_sock *sk, const char *group);

/* request_new - a request of the family; the caller frees it */
struct nl_msg *request_new(int family, uint8_t cmd, int flags);

/**
 * struct answer - how a request ended
 * @error: -errno, 0 for success
 * @text: of the extended ack, "" without one
 * @attr: type of the attribute that the extended ack points at in the request,
 *	or says is missing; 0 without
 * @messages: answers before the end
 * @interrupted: one was flagged NLM_F_DUMP_INTR
 */
struct answer {
	int error;
	char text[160];
	int attr;
	unsigned int messages;
	bool interrupted;
};

typedef void (*answer_fn)(struct nlmsghdr *hdr, void *ctx);

/* request_send - send a request, with an ack asked for. Return: 0 or -errno. */
int request_send(struct nl_sock *sk, struct nl_msg *msg);

/**
 * answer_read - read all of the answer to a request
 * @msg: the request that was sent
 * @fn: called for each message of the answer; or NULL
 */
struct answer answer_read(struct nl_sock *sk, struct nl_msg *msg, answer_fn fn,
			  void *ctx);

/**
 * ask - send a request and read all of its answer
 * @fn: called for each message of the answer; or NULL
 */
struct answer ask(struct nl_sock *sk, struct nl_msg *msg, answer_fn fn,
		  void *ctx);

/* ask_simple - the same for a request without attributes */
struct answer ask_simple(struct nl_sock *sk, int family, uint8_t cmd, int flags,
			 answer_fn fn, void *ctx);

/* in_child - run @fn in a child. Return: what @fn returned, or 255. */
int in_child(int (*fn)(void));

/* become_nobody - Return: 0, or 253 */
int become_nobody(void);

#endif /* FABMON_NL_LIB_H */
