// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Notifications: those of the family, and the controller's about the family.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "priv.h"
#include "util/error.h"

/*
 * The stream's socket holds about 4,000 ordinary notifications, every port of a
 * large host going down twice while its reader is busy, and 30 of the largest.
 */
#define STREAM_SIZE	(4 << 20)

/* The stream's socket, in the controller's group "notify" from the start. */
int knl_stream_open(struct knl *knl)
{
	int ctrl = 0, notify = 0, err;

	err = knl_family_resolve(knl, "nlctrl", "notify", &ctrl, &notify);
	if (err)
		return err;
	err = knl_socket_open(&knl->stream);
	if (err)
		return err;
	/* Past net.core.rmem_max where CAP_NET_ADMIN allows, else up to it. */
	knl_option_set(knl->stream, SOL_SOCKET, SO_RCVBUF, STREAM_SIZE);
	knl_option_set(knl->stream, SOL_SOCKET, SO_RCVBUFFORCE, STREAM_SIZE);
	/* The module counts (lost-send) what this socket had no room for. */
	knl_option_set(knl->stream, SOL_NETLINK, NETLINK_BROADCAST_ERROR, 1);
	err = knl_error_of(nl_socket_set_nonblocking(knl->stream));
	if (err)
		return err;
	return knl_group_join(knl, notify);
}

/* The module may have come or changed. Return: as knl_receive(). */
static int family_follow(struct knl *knl)
{
	bool known = knl->family;
	int rc = knl_family_join(knl);

	knl->unsure = rc < 0 && rc != -ENOENT && rc != -EPROTO;
	if (rc == 1)
		return -ESTALE;
	if (rc == -ENOENT)
		return known ? -ENODEV : 0;
	return rc;
}

static int controller_follow(struct knl *knl, const struct nlmsghdr *hdr)
{
	struct knl_ctrl ctrl;

	if (knl_ctrl_parse(hdr, hdr->nlmsg_len, NULL, &ctrl) ||
	    strcmp(ctrl.name, FABMON_FAMILY_NAME))
		return 0;
	/* One of an earlier load, read after an overrun, is no news. */
	if (ctrl.cmd == CTRL_CMD_DELFAMILY && ctrl.id == knl->family) {
		knl->family = 0;
		return -ENODEV;
	}
	if (ctrl.cmd == CTRL_CMD_NEWFAMILY && ctrl.id != knl->family)
		return family_follow(knl);
	return 0;
}

static int notice_take(const struct nlmsghdr *hdr, knl_msg_fn fn, void *ctx)
{
	struct knl_msg msg;
	int err;

	err = knl_msg_parse(hdr, hdr->nlmsg_len, &msg);
	if (err)
		return err;
	err = fn(&msg, ctx);
	knl_msg_clear(&msg);
	return err < 0 ? err : 1;
}

/* The messages of one datagram. Return: how many were handed over; -errno. */
static int notice_read(struct knl *knl, size_t len, knl_msg_fn fn, void *ctx)
{
	struct nlmsghdr *hdr = (void *)knl->notice;
	int left = (int)len, count = 0, rc;

	for (; nlmsg_ok(hdr, left); hdr = nlmsg_next(hdr, &left)) {
		rc = 0;
		if (hdr->nlmsg_type == GENL_ID_CTRL)
			rc = controller_follow(knl, hdr);
		else if (knl->family && hdr->nlmsg_type == knl->family)
			rc = notice_take(hdr, fn, ctx);
		if (rc < 0)
			return rc;
		count += rc;
	}
	return count;
}

/*
 * Notifications are lost, and the controller's may be among them: the family
 * is looked up anew.
 */
static int overrun_follow(struct knl *knl)
{
	bool known = knl->family;
	int rc = family_follow(knl);

	return rc || !known ? rc : -ENOBUFS;
}

/*
 * One datagram. Return: how many messages were handed over; -EAGAIN where none
 * is waiting; other -errno.
 *
 * A socket that overran takes nothing more until its queue was empty once
 * (netlink_rcv_wake() of the kernel), and does not say so again. Whoever made
 * up for what is lost before that would miss what is dropped after it: the
 * overrun is returned when the queue is empty.
 */
static int datagram_read(struct knl *knl, knl_msg_fn fn, void *ctx)
{
	ssize_t len = knl_socket_read(knl->stream, knl->notice);

	switch (len) {
	case -ENOBUFS:
		knl->overrun = true;
		return 0;
	case -EAGAIN:
		if (!knl->overrun)
			return -EAGAIN;
		knl->overrun = false;
		return overrun_follow(knl);
	case -EMSGSIZE:
		return overrun_follow(knl);
	}
	return len < 0 ? (int)len : notice_read(knl, len, fn, ctx);
}

int knl_receive(struct knl *knl, unsigned int max, knl_msg_fn fn, void *ctx)
{
	unsigned int count = 0;
	int rc;

	if (!knl->stream)
		return error_origin(-EINVAL, "kernel: no group was joined");
	if (knl->unsure) {
		rc = overrun_follow(knl);
		if (rc < 0)
			return rc;
	}
	/* Nothing would wake us for an overrun when the queue is empty. */
	while (count < max || knl->overrun) {
		rc = datagram_read(knl, fn, ctx);
		if (rc == -EAGAIN)
			break;
		if (rc < 0)
			return rc;
		count += rc;
	}
	return (int)count;
}
