/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What knl.c (sockets, requests), ctrl.c (the controller) and stream.c
 * (notifications) share.
 */
#ifndef FABMON_KNL_PRIV_H
#define FABMON_KNL_PRIV_H

#include <linux/genetlink.h>
#include <netlink/netlink.h>
#include <sys/types.h>

#include "knl.h"

/*
 * The largest message is a change of a port that names what changed in its
 * tables: two times 63 KiB. Dumps come in pieces of at least that size, which
 * the kernel rounds up to a power of two. What is not used costs no memory.
 */
#define KNL_BUFFER_SIZE	(256 << 10)

/**
 * struct knl - the client
 * @request: socket for requests, blocking
 * @stream: socket for notifications, or NULL
 * @request_broken: an answer may still be under way on @request
 * @family: id of the family, 0 while the module is not loaded
 * @unsure: @family may be of the past, and the controller was not to be asked
 * @overrun: @stream overran, and its queue was not empty since
 * @group: name of the group, empty for none
 * @reason: why the kernel refused the last request, its text
 * @answer: what @request received
 * @notice: what @stream received; handlers may send requests meanwhile
 */
struct knl {
	struct nl_sock *request;
	struct nl_sock *stream;
	bool request_broken;
	int family;
	bool unsure;
	bool overrun;
	char group[GENL_NAMSIZ];
	char reason[128];
	_Alignas(struct nlmsghdr) uint8_t answer[KNL_BUFFER_SIZE];
	_Alignas(struct nlmsghdr) uint8_t notice[KNL_BUFFER_SIZE];
};

/**
 * struct knl_request - what to ask
 * @family: id of the family that is asked, 0: it is not there
 * @cmd: its command
 * @flags: NLM_F_ACK or NLM_F_DUMP
 * @id: FABMON_A_ID, or 0 for none
 * @instance: FABMON_A_INSTANCE, likewise
 * @seq: FABMON_A_SEQ, likewise
 * @name: CTRL_ATTR_FAMILY_NAME, or NULL for none
 */
struct knl_request {
	int family;
	uint8_t cmd;
	int flags;
	uint32_t id;
	uint64_t instance;
	uint64_t seq;
	const char *name;
};

/**
 * struct knl_answer - an answer being collected
 * @fn: called for each message; its first error ends the calls
 * @ctx: for @fn
 * @family: who answers
 * @seq: netlink sequence number of the request
 * @err: what the kernel answered or @fn returned
 * @interrupted: something changed during the dump
 * @done: nothing more comes
 *
 * The caller sets the first two.
 */
struct knl_answer {
	int (*fn)(const struct nlmsghdr *hdr, size_t len, void *ctx);
	void *ctx;
	int family;
	uint32_t seq;
	int err;
	bool interrupted;
	bool done;
};

/**
 * knl_request - ask and read the answer
 *
 * Reads the answer to its end, also after an error of @answer->fn: the next
 * request must not find the rest of it.
 *
 * Return: 0; -EAGAIN for a dump that was interrupted; -ENODEV without a
 * family; -ETIMEDOUT; what the kernel answered or @answer->fn returned.
 */
int knl_request(struct knl *knl, const struct knl_request *request,
		struct knl_answer *answer);

/**
 * struct knl_ctrl - a family, as the controller reports it
 * @cmd: CTRL_CMD_NEWFAMILY, CTRL_CMD_DELFAMILY, ...
 * @name: its name
 * @id: its id
 * @group: id of the group that was looked for, 0 where there is none
 */
struct knl_ctrl {
	uint8_t cmd;
	char name[GENL_NAMSIZ];
	int id;
	int group;
};

/**
 * knl_ctrl_parse - take a message of the controller apart (pure)
 * @group: name of the group whose id is wanted, or NULL
 *
 * Return: 0 or -EBADMSG.
 */
int knl_ctrl_parse(const struct nlmsghdr *hdr, size_t len, const char *group,
		   struct knl_ctrl *ctrl);

/**
 * knl_error_of - libnl's error number as -errno
 *
 * libnl has fewer numbers than there are; -EIO for what says nothing else.
 */
int knl_error_of(int nle);

/* Sets an option that helps and that an older kernel may lack. */
void knl_option_set(struct nl_sock *sock, int level, int name, int value);

/* A socket of generic netlink; nl_socket_free() closes it. 0 or -errno. */
int knl_socket_open(struct nl_sock **sock);

/**
 * knl_socket_read - receive one datagram of the kernel
 * @buffer: KNL_BUFFER_SIZE bytes
 *
 * Return: its length, 0 for one of somebody else; -EMSGSIZE when it was cut,
 * -ENOBUFS when others before it were lost; other -errno.
 */
ssize_t knl_socket_read(struct nl_sock *sock, void *buffer);

/**
 * knl_family_resolve - ask the controller for ids
 * @group: name of one of its groups, or NULL
 *
 * Return: 0; -ENOENT; other -errno where the question could not be put.
 */
int knl_family_resolve(struct knl *knl, const char *family, const char *group,
		       int *family_id, int *group_id);

/* The stream's socket joins a group. 0 or -errno. */
int knl_group_join(struct knl *knl, int group);

/**
 * knl_family_join - find the family and join its group
 *
 * Return: 0: it is the one that is known; 1: it is another one, joined;
 * -ENOENT: there is none; -EPROTO: it is too old; other -errno.
 */
int knl_family_join(struct knl *knl);

/* Opens the stream's socket, in the controller's group. 0 or -errno. */
int knl_stream_open(struct knl *knl);

#endif /* FABMON_KNL_PRIV_H */
