// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nl_message.h"

int family;

void list_free(struct list *list)
{
	free(list->at);
	*list = (struct list){ 0 };
}

bool sim_open(void)
{
	nl_socket_free(family_connect(&family));
	return family >= 0 && !access(SIM_CTL, W_OK);
}

int sim_try(const char *format, unsigned int number)
{
	int fd = open(SIM_CTL, O_WRONLY), err = 0;
	char line[64];

	if (fd < 0)
		return -errno;
	snprintf(line, sizeof(line), format, number);
	if (write(fd, line, strlen(line)) < 0)
		err = -errno;
	close(fd);
	return err;
}

void sim(const char *format, unsigned int number)
{
	int err = sim_try(format, number);

	if (err) {
		note("fabmon_sim: %s: %s", format, strerror(-err));
		exit(1);
	}
}

static uint64_t u64_of(struct nlattr **attrs, int type)
{
	return attrs[type] ? nla_get_u64(attrs[type]) : 0;
}

static uint32_t u32_of(struct nlattr **attrs, int type)
{
	return attrs[type] ? nla_get_u32(attrs[type]) : 0;
}

static void read_node(struct nlattr *nest, struct message *message)
{
	struct nlattr *node[FABMON_A_NODE_MAX + 1];
	struct nlattr *port[FABMON_A_RDMA_PORT_MAX + 1];
	struct nlattr *attr;
	int left;

	nla_parse_nested(node, FABMON_A_NODE_MAX, nest, NULL);
	message->node = u32_of(node, FABMON_A_NODE_ID);
	if (!node[FABMON_A_NODE_RDMA_PORT])
		return;
	nest = node[FABMON_A_NODE_RDMA_PORT];
	nla_parse_nested(port, FABMON_A_RDMA_PORT_MAX, nest, NULL);
	message->port = u32_of(port, FABMON_A_RDMA_PORT_NUMBER);
	nla_for_each_nested(attr, nest, left)
		message->gids += nla_type(attr) == FABMON_A_RDMA_PORT_GID;
}

static void read_message(struct nlmsghdr *hdr, void *ctx)
{
	struct nlattr *attrs[FABMON_A_MAX + 1];
	struct nlattr *event[FABMON_A_EVENT_MAX + 1];
	struct genlmsghdr *genl = genlmsg_hdr(hdr);
	struct nlattr *nest;
	struct list *list = ctx;
	struct message message = { .cmd = genl->cmd };

	genlmsg_parse(hdr, 0, attrs, FABMON_A_MAX, NULL);
	message.instance = u64_of(attrs, FABMON_A_INSTANCE);
	message.seq = u64_of(attrs, FABMON_A_SEQ);
	message.boottime = u64_of(attrs, FABMON_A_BOOTTIME);
	message.realtime = u64_of(attrs, FABMON_A_REALTIME);
	message.lost = u64_of(attrs, FABMON_A_LOST);
	message.action = u32_of(attrs, FABMON_A_ACTION);
	message.cause = u32_of(attrs, FABMON_A_CAUSE);
	nest = attrs[FABMON_A_NODE] ?: attrs[FABMON_A_EVENT];
	if (attrs[FABMON_A_NODE])
		read_node(nest, &message);
	if (attrs[FABMON_A_EVENT]) {
		nla_parse_nested(event, FABMON_A_EVENT_MAX, nest, NULL);
		message.dpa = u64_of(event, FABMON_A_EVENT_DPA);
	}
	if (nest) {
		message.len = nla_len(nest);
		memcpy(message.bytes, nla_data(nest),
		       message.len < sizeof(message.bytes) ?
		       message.len : sizeof(message.bytes));
	}
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 256;
		list->at = realloc(list->at, list->room * sizeof(*list->at));
	}
	list->at[list->count++] = message;
}

struct nl_sock *subscribe(const char *group, int buffer)
{
	struct nl_sock *sk = family_connect(NULL);
	int fd = nl_socket_get_fd(sk);

	if (buffer)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer,
			   sizeof(buffer));
	if (group_join(sk, group)) {
		note("cannot join %s", group);
		exit(1);
	}
	return sk;
}

int drain(struct nl_sock *sk, struct list *list)
{
	struct pollfd poll_fd = { nl_socket_get_fd(sk), POLLIN };
	static char buffer[1 << 17];
	int overruns = 0;
	ssize_t len;

	while (poll(&poll_fd, 1, 200) > 0) {
		struct nlmsghdr *hdr = (void *)buffer;

		len = recv(poll_fd.fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		if (len < 0 && errno == ENOBUFS) {
			overruns++;
			continue;
		}
		for (; len > 0 && nlmsg_ok(hdr, len);
		     hdr = NLMSG_NEXT(hdr, len))
			read_message(hdr, list);
	}
	return overruns;
}

struct answer replay(uint64_t from, uint64_t instance, struct list *list)
{
	struct nl_sock *sk = family_connect(NULL);
	struct nl_msg *msg = request_new(family, FABMON_CMD_EVENT_GET,
					 NLM_F_DUMP);
	struct answer answer;

	if (from)
		nla_put_u64(msg, FABMON_A_SEQ, from);
	if (instance)
		nla_put_u64(msg, FABMON_A_INSTANCE, instance);
	answer = ask(sk, msg, read_message, list);
	nlmsg_free(msg);
	nl_socket_free(sk);
	return answer;
}

struct answer dump(struct list *list)
{
	struct nl_sock *sk = family_connect(NULL);
	struct answer answer = ask_simple(sk, family, FABMON_CMD_NODE_GET,
					  NLM_F_DUMP, read_message, list);

	nl_socket_free(sk);
	return answer;
}

struct answer node_get(uint32_t id, struct list *list)
{
	struct nl_sock *sk = family_connect(NULL);
	struct nl_msg *msg = request_new(family, FABMON_CMD_NODE_GET, 0);
	struct answer answer;

	nla_put_u32(msg, FABMON_A_ID, id);
	answer = ask(sk, msg, read_message, list);
	nlmsg_free(msg);
	nl_socket_free(sk);
	return answer;
}

static void read_info(struct nlmsghdr *hdr, void *ctx)
{
	genlmsg_parse(hdr, 0, ctx, FABMON_A_INFO_MAX, NULL);
}

uint64_t info(int type)
{
	struct nlattr *attrs[FABMON_A_INFO_MAX + 1] = { 0 };
	struct nl_sock *sk = family_connect(NULL);
	uint64_t value = 0;

	ask_simple(sk, family, FABMON_CMD_INFO_GET, 0, read_info, attrs);
	if (attrs[type])
		value = nla_len(attrs[type]) == 8 ? nla_get_u64(attrs[type]) :
						    nla_get_u32(attrs[type]);
	nl_socket_free(sk);
	return value;
}
