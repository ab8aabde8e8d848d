// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Watching network devices: no polling, one socket on the loop. */
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "netdev.h"
#include "util/error.h"

#define BATCH	64		/* datagrams per turn of the loop */

struct netdev_watch {
	struct nl_sock *sock;
	sd_event_source *io;
	void (*changed)(const struct netdev_change *change, void *ctx);
	void *ctx;
};

static uint32_t index_of(const struct nlattr *attr)
{
	return attr && nla_len(attr) == sizeof(uint32_t) ? nla_get_u32(attr) :
							   0;
}

bool netdev_parse(const struct nlmsghdr *hdr, size_t len,
		  struct netdev_change *change)
{
	struct nlattr *attrs[IFLA_MAX + 1];
	struct ifinfomsg info;

	memset(change, 0, sizeof(*change));
	if (len < NLMSG_LENGTH(sizeof(info)) || hdr->nlmsg_len > len ||
	    (hdr->nlmsg_type != RTM_NEWLINK && hdr->nlmsg_type != RTM_DELLINK))
		return false;
	/* libnl only reads the header, but has no const for it */
	if (nlmsg_parse((struct nlmsghdr *)hdr, sizeof(info), attrs, IFLA_MAX,
			NULL))
		return false;
	memcpy(&info, NLMSG_DATA(hdr), sizeof(info));
	if (info.ifi_index <= 0)
		return false;
	change->ifindex = info.ifi_index;
	change->infiniband = info.ifi_type == ARPHRD_INFINIBAND;
	change->lower = index_of(attrs[IFLA_LINK]);
	change->master = index_of(attrs[IFLA_MASTER]);
	return true;
}

static int on_message(struct nl_msg *msg, void *ctx)
{
	const struct nlmsghdr *hdr = nlmsg_hdr(msg);
	struct netdev_watch *watch = ctx;
	struct netdev_change change;

	if (netdev_parse(hdr, hdr->nlmsg_len, &change))
		watch->changed(&change, watch->ctx);
	return NL_OK;
}

static int on_readable(sd_event_source *source, int fd, uint32_t events,
		       void *ctx)
{
	const struct netdev_change any = { 0 };
	struct netdev_watch *watch = ctx;
	int ret = 0, i;

	for (i = 0; i < BATCH && ret >= 0; i++)
		ret = nl_recvmsgs_default(watch->sock);
	if (ret >= 0 || ret == -NLE_AGAIN)
		return 0;
	/* an overrun, for one: read everything again */
	log_info("network devices: %s, reading all again", nl_geterror(ret));
	watch->changed(&any, watch->ctx);
	return 0;
}

static int open_socket(struct netdev_watch *watch)
{
	int ret;

	watch->sock = nl_socket_alloc();
	if (!watch->sock)
		return error_origin(-ENOMEM, "network devices: a socket");
	nl_socket_disable_seq_check(watch->sock);
	nl_socket_modify_cb(watch->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message,
			    watch);
	ret = nl_connect(watch->sock, NETLINK_ROUTE);
	if (!ret)
		ret = nl_socket_add_membership(watch->sock, RTNLGRP_LINK);
	if (!ret)
		ret = nl_socket_set_nonblocking(watch->sock);
	if (!ret)
		return 0;
	return error_origin(-EIO, "network devices: watching them: %s",
			    nl_geterror(ret));
}

int netdev_watch_start(struct netdev_watch **out, sd_event *event,
		       void (*changed)(const struct netdev_change *change,
				       void *ctx), void *ctx)
{
	struct netdev_watch *watch = calloc(1, sizeof(*watch));
	int ret;

	*out = NULL;
	if (!watch)
		return error_origin(-ENOMEM, "network devices: the watch");
	watch->changed = changed;
	watch->ctx = ctx;
	ret = open_socket(watch);
	if (!ret) {
		ret = sd_event_add_io(event, &watch->io,
				      nl_socket_get_fd(watch->sock), EPOLLIN,
				      on_readable, watch);
		if (ret < 0)
			error_origin(ret, "loop: network devices");
	}
	if (ret < 0) {
		netdev_watch_stop(watch);
		return ret;
	}
	*out = watch;
	return 0;
}

void netdev_watch_stop(struct netdev_watch *watch)
{
	if (!watch)
		return;
	sd_event_source_disable_unref(watch->io);
	nl_socket_free(watch->sock);
	free(watch);
}
