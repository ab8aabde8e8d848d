// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* One request for each reading; nothing is kept open between them. */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <rdma/rdma_netlink.h>
#include <string.h>
#include <sys/socket.h>

#include "rdma_res.h"

struct request {
	const char *name;
	rdma_res_fn *fn;
	void *ctx;
};

/* A text that ends within the attribute; NULL if there is none. */
static const char *text_of(const struct nlattr *attr)
{
	const char *text = attr ? nla_data(attr) : NULL;

	return text && memchr(text, '\0', nla_len(attr)) ? text : NULL;
}

static void entry_parse(struct nlattr *entry, rdma_res_fn *fn, void *ctx)
{
	struct nlattr *attrs[RDMA_NLDEV_ATTR_MAX];
	const struct nlattr *count;
	const char *name;

	if (nla_parse_nested(attrs, RDMA_NLDEV_ATTR_MAX - 1, entry, NULL))
		return;
	name = text_of(attrs[RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_NAME]);
	count = attrs[RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY_CURR];
	if (name && *name && strlen(name) < RDMA_RES_NAME_SIZE && count &&
	    nla_len(count) == sizeof(uint64_t))
		fn(name, nla_get_u64(count), ctx);
}

void rdma_res_parse(const struct nlmsghdr *hdr, const char *name,
		    rdma_res_fn *fn, void *ctx)
{
	struct nlattr *attrs[RDMA_NLDEV_ATTR_MAX], *entry;
	const char *answered;
	int left;

	/* libnl only reads the header, but has no const for it */
	if (nlmsg_parse((struct nlmsghdr *)hdr, 0, attrs,
			RDMA_NLDEV_ATTR_MAX - 1, NULL))
		return;
	answered = text_of(attrs[RDMA_NLDEV_ATTR_DEV_NAME]);
	if (!answered || strcmp(answered, name) ||
	    !attrs[RDMA_NLDEV_ATTR_RES_SUMMARY])
		return;
	nla_for_each_nested(entry, attrs[RDMA_NLDEV_ATTR_RES_SUMMARY], left)
		if (nla_type(entry) == RDMA_NLDEV_ATTR_RES_SUMMARY_ENTRY)
			entry_parse(entry, fn, ctx);
}

static int on_answer(struct nl_msg *msg, void *ctx)
{
	const struct request *request = ctx;

	rdma_res_parse(nlmsg_hdr(msg), request->name, request->fn,
		       request->ctx);
	return NL_STOP;
}

static int send_request(struct nl_sock *sock, uint32_t index)
{
	struct nl_msg *msg = nlmsg_alloc_simple(
		RDMA_NL_GET_TYPE(RDMA_NL_NLDEV, RDMA_NLDEV_CMD_RES_GET), 0);
	int ret = -NLE_NOMEM;

	if (msg && !nla_put_u32(msg, RDMA_NLDEV_ATTR_DEV_INDEX, index))
		ret = nl_send_auto(sock, msg);
	nlmsg_free(msg);
	return ret;
}

void rdma_res_read(uint32_t index, const char *name, rdma_res_fn *fn, void *ctx)
{
	const struct timeval second = { .tv_sec = 1 };
	struct request request = { name, fn, ctx };
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		goto free;
	nl_socket_disable_auto_ack(sock);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_answer,
			    &request);
	if (nl_connect(sock, NETLINK_RDMA) ||
	    setsockopt(nl_socket_get_fd(sock), SOL_SOCKET, SO_RCVTIMEO,
		       &second, sizeof(second)) ||
	    send_request(sock, index) < 0)
		goto free;
	nl_recvmsgs_default(sock);
free:
	nl_socket_free(sock);
}
