// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Brings a net device up or down, through rtnetlink. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>

#include "run.h"

static int link_request(struct nl_sock *sock, const struct action *action)
{
	struct ifinfomsg info = {
		.ifi_index = (int)action->ifindex,
		.ifi_flags = action->up ? IFF_UP : 0,
		.ifi_change = IFF_UP,
	};
	struct nl_msg *msg;
	int r;

	r = nl_connect(sock, NETLINK_ROUTE);
	if (r < 0)
		return r;
	msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	if (!msg)
		return -NLE_NOMEM;
	r = nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO);
	if (!r)
		r = nl_send_sync(sock, msg);	/* frees it */
	else
		nlmsg_free(msg);
	return r;
}

/*
 * The index is not enough: the net device of a port can be in another network
 * namespace, and then the index is that of another device here.
 */
void action_link(const struct action *action, struct action_result *result)
{
	char name[IF_NAMESIZE];
	struct nl_sock *sock;
	int r;

	if (!if_indextoname(action->ifindex, name) ||
	    strcmp(name, action->ifname)) {
		action_fail(result, -ENODEV, "%s is not here any more",
			    action->ifname);
		return;
	}
	sock = nl_socket_alloc();
	r = sock ? link_request(sock, action) : -NLE_NOMEM;
	nl_socket_free(sock);
	if (r < 0)
		action_fail(result, r == -NLE_PERM ? -EPERM : -EIO,
			    "%s cannot be brought %s: %s", action->ifname,
			    action->up ? "up" : "down", nl_geterror(r));
}
