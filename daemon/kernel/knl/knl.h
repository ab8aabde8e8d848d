/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Client of the kernel's generic netlink family "fabmon".
 *
 * The kernel's modules know the fabric; this folder asks them. It owns two
 * sockets: one for requests, one for notifications, so that neither waits for
 * the other. Bytes of netlink come in. Nodes, events and messages go out, as
 * plain structs whose texts are printable and whose lengths are checked: nobody
 * behind it looks at an attribute. Nothing is kept but what the sockets need to
 * know. It never decides what a message means, and never closes a gap in the
 * stream by itself: it returns that there is one. The daemon and the command
 * share this folder and util/, and nothing else.
 *
 * node.h, event.h, message.h and info.h describe what goes out, names.h names it.
 */
#ifndef FABMON_KNL_H
#define FABMON_KNL_H

#include <stdint.h>
#include <linux/fabmon.h>

#include "event.h"
#include "info.h"
#include "message.h"
#include "names.h"
#include "node.h"

/*
 * The oldest interface revision that will do. What later ones added is missed
 * but not needed: where a module cannot replay (2), its nodes are dumped.
 */
#ifndef KNL_ABI
#define KNL_ABI		1
#endif

struct knl;

/**
 * knl_open - open both sockets and join the stream
 * @knl: out: the client; knl_close() frees it
 * @group: FABMON_MCGRP_MONITOR, FABMON_MCGRP_ADMIN, or NULL for requests only
 *
 * The group is joined before this returns, so that a dump that follows misses
 * nothing. Sockets are non-blocking for notifications and CLOEXEC.
 *
 * Return: 0; -ENOENT: the module is not loaded; -EPERM: the group needs
 * CAP_NET_ADMIN; -EPROTO: the module is older than KNL_ABI; other -errno.
 */
int knl_open(struct knl **knl, const char *group);
void knl_close(struct knl *knl);

/* File descriptor of the notifications, readable when there are some. */
int knl_fd(const struct knl *knl);

/*
 * Requests. They block until the kernel has answered, which it does at once;
 * -ETIMEDOUT after 10 s without an answer. -ENODEV: the module is not loaded
 * (any more). Not to be called from the callbacks of knl_dump() and knl_replay().
 */
int knl_info_get(struct knl *knl, struct knl_info *info);

/**
 * knl_reason - why the kernel refused the last request, in words
 *
 * Return: the kernel's text where it refused the request and gave one, else
 * "". Valid until the next request.
 */
const char *knl_reason(const struct knl *knl);

typedef int (*knl_msg_fn)(struct knl_msg *msg, void *ctx);

/**
 * knl_dump - read all nodes
 * @begin: called before each attempt (a dump that something changed under is
 *	repeated from the start), so that the caller forgets the last one
 * @fn: called for each node; may move the node out of the message
 *
 * Return: 0; -EAGAIN when it still was interrupted after 16 attempts; other
 * -errno, also what @fn returned.
 */
int knl_dump(struct knl *knl, void (*begin)(void *ctx), knl_msg_fn fn, void *ctx);

/**
 * knl_replay - read notifications again that the module still has
 * @instance: of the module that numbered them, 0: whichever is there
 * @seq: number of the first, 0: the oldest that there is
 * @fn: called for each, in order, up to the last that was sent when this was
 *	called; may move the node out of the message
 *
 * They are like those of knl_receive(). What is there no more is reported by
 * messages with the command EVENT_GET, see struct knl_msg. With CAP_NET_ADMIN
 * events have addresses.
 *
 * Return: 0; -ESTALE: it is another instance; -ERANGE: @seq is still to come
 * and not the next; -EOPNOTSUPP: the module is older than that; other -errno,
 * also what @fn returned.
 */
int knl_replay(struct knl *knl, uint64_t instance, uint64_t seq, knl_msg_fn fn,
	       void *ctx);

/*
 * Read one node by id; knl_msg_clear() frees it. -ENOENT where there is none,
 * and *msg is empty then.
 */
int knl_node_get(struct knl *knl, uint32_t id, struct knl_msg *msg);

/**
 * knl_receive - hand over the notifications that are waiting
 * @max: at most this many in one call, so that the loop stays fair; after an
 *	overrun all that are waiting
 * @fn: called for each; may move the node out of the message and send requests
 *
 * An error is not about the notifications before it: those were handed over.
 *
 * The client also watches the generic netlink controller: when the module goes
 * and when it comes back, without polling.
 *
 * Return: the number handed over, 0 when there are none; -ENOBUFS when the
 * socket overran, all that was waiting has been handed over, and those after
 * it are missing (replay); -ENODEV once when the
 * module was unloaded; -ESTALE once when it is back and the group was joined
 * anew (dump again); -EPROTO when what came back is too old; -EBADMSG when a
 * notification made no sense and is missing (replay); other -errno, also what
 * @fn returned.
 */
int knl_receive(struct knl *knl, unsigned int max, knl_msg_fn fn, void *ctx);

#endif /* FABMON_KNL_H */
