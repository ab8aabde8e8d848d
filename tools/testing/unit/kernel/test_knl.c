// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Taking messages of the family apart: whole ones, cut ones, broken ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>

#include "kernel/knl/knl.h"
#include "util/error.h"
#include "kernel/knl/priv.h"

#define FAMILY		0x21
#define INSTANCE	0x1122334455667788ULL

static struct nl_msg *message(uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, FAMILY, 0, 0, cmd, 1));
	return msg;
}

static struct nl_msg *notification(uint8_t cmd)
{
	struct nl_msg *msg = message(cmd);

	nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
	nla_put_u64(msg, FABMON_A_SEQ, 41);
	nla_put_u64(msg, FABMON_A_BOOTTIME, 1000);
	nla_put_u64(msg, FABMON_A_REALTIME, 2000);
	return msg;
}

/* What a newer module may add, anywhere. */
static void put_unknown(struct nl_msg *msg)
{
	nla_put_u32(msg, 1000, 7);
	nla_put(msg, 1001, 0, NULL);
	nla_put(msg, 1002, 3, "abc");
}

static void put_edges(struct nl_msg *msg)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_NODE_EDGE);

	nla_put_u32(msg, FABMON_A_EDGE_TYPE, FABMON_EDGE_TYPE_DPORT);
	nla_put_u32(msg, FABMON_A_EDGE_INDEX, 3);
	nla_put_u32(msg, FABMON_A_EDGE_NODE, 12);
	nla_put_string(msg, FABMON_A_EDGE_PATH, "/devices/pci0000:0c");
	nla_put_string(msg, FABMON_A_EDGE_PCI, "0000:0c:00.0");
	put_unknown(msg);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, FABMON_A_NODE_EDGE);
	nla_put_u32(msg, FABMON_A_EDGE_TYPE, FABMON_EDGE_TYPE_NETDEV);
	nla_put_u32(msg, FABMON_A_EDGE_IFINDEX, 7);
	nla_put_string(msg, FABMON_A_EDGE_IFNAME, "ens1");
	nla_put_u32(msg, FABMON_A_EDGE_MTU, 9000);
	nla_put(msg, FABMON_A_EDGE_ADDRESS, 6, "\2\0\x5e\0\0\1");
	nla_put_u32(msg, FABMON_A_EDGE_UP, 1);
	nla_put_u32(msg, FABMON_A_EDGE_CARRIER, 0);
	nla_put_u32(msg, FABMON_A_EDGE_MASTER_IFINDEX, 9);
	nla_put_string(msg, FABMON_A_EDGE_MASTER_IFNAME, "bond0");
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, FABMON_A_NODE_EDGE);
	nla_put_u32(msg, FABMON_A_EDGE_TYPE, FABMON_EDGE_TYPE_MEMORY);
	nla_put_u64(msg, FABMON_A_EDGE_START, 0x490000000);
	nla_put_u64(msg, FABMON_A_EDGE_SIZE, 0x10000000);
	nla_put_u32(msg, FABMON_A_EDGE_NUMA_NODE, 2);
	nla_nest_end(msg, nest);
}

static void put_dev(struct nl_msg *msg)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_NODE_RDMA_DEV);

	nla_put_u32(msg, FABMON_A_RDMA_DEV_INDEX, 4);
	nla_put_u32(msg, FABMON_A_RDMA_DEV_NODE_TYPE, 1);
	nla_put_u64(msg, FABMON_A_RDMA_DEV_NODE_GUID, 0x0c42a10300799a1cULL);
	nla_put_u64(msg, FABMON_A_RDMA_DEV_SYS_IMAGE_GUID, 5);
	nla_put_string(msg, FABMON_A_RDMA_DEV_FIRMWARE, "22.31");
	nla_put_u32(msg, FABMON_A_RDMA_DEV_PORTS, 2);
	nla_put_string(msg, FABMON_A_RDMA_DEV_BOARD_ID, "MT_0000000010");
	nla_put_u64(msg, FABMON_A_RDMA_DEV_CAPABILITIES, 1ULL << 40);
	nla_put_u64(msg, FABMON_A_RDMA_DEV_NETNS_COOKIE, 4097);
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

static void put_gid(struct nl_msg *msg, int type, uint32_t index)
{
	const uint8_t gid[16] = { 0xfe, 0x80, [15] = 1 };
	struct nlattr *entry = nla_nest_start(msg, type);

	nla_put_u32(msg, FABMON_A_GID_INDEX, index);
	nla_put_u32(msg, FABMON_A_GID_TYPE, FABMON_GID_TYPE_ROCEV2);
	nla_put(msg, FABMON_A_GID_VALUE, sizeof(gid), gid);
	nla_put_u32(msg, FABMON_A_GID_IFINDEX, 7);
	put_unknown(msg);
	nla_nest_end(msg, entry);
}

static void put_pkey(struct nl_msg *msg, int type, uint32_t index)
{
	struct nlattr *entry = nla_nest_start(msg, type);

	nla_put_u32(msg, FABMON_A_PKEY_INDEX, index);
	nla_put_u32(msg, FABMON_A_PKEY_VALUE, 0x8000 + index);
	put_unknown(msg);
	nla_nest_end(msg, entry);
}

/* Numbers 101, 102, ... by the attribute's own number. */
static void put_port(struct nl_msg *msg)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_NODE_RDMA_PORT);
	uint32_t i;
	int attr;

	for (attr = 1; attr <= FABMON_A_RDMA_PORT_PKEY_COUNT; attr++) {
		if (attr == FABMON_A_RDMA_PORT_SUBNET_PREFIX)
			nla_put_u64(msg, attr, 100 + attr);
		else if (attr != FABMON_A_RDMA_PORT_GID)
			nla_put_u32(msg, attr, 100 + attr);
	}
	for (i = 0; i < 3; i++) {
		put_gid(msg, FABMON_A_RDMA_PORT_GID, i);
		put_pkey(msg, FABMON_A_RDMA_PORT_PKEY, i);
	}
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

static void put_cxl(struct nl_msg *msg)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_NODE_CXL_PORT);

	nla_put_u32(msg, FABMON_A_CXL_PORT_ROLE, FABMON_CXL_PORT_ROLE_SWITCH);
	nla_put_u32(msg, FABMON_A_CXL_PORT_DPORTS, 4);
	put_unknown(msg);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, FABMON_A_NODE_CXL_REGION);
	nla_put_u32(msg, FABMON_A_CXL_REGION_COMMITTED, 1);
	nla_put_u32(msg, FABMON_A_CXL_REGION_TARGETS, 8);
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

static void put_node(struct nl_msg *msg)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_NODE);

	nla_put_u32(msg, FABMON_A_NODE_ID, 11);
	nla_put_u32(msg, FABMON_A_NODE_KIND, FABMON_NODE_KIND_RDMA_PORT);
	nla_put_string(msg, FABMON_A_NODE_NAME, "mlx5_0/1");
	nla_put_u32(msg, FABMON_A_NODE_PARENT, 10);
	nla_put_string(msg, FABMON_A_NODE_PATH, "/devices/x");
	nla_put_string(msg, FABMON_A_NODE_DRIVER, "mlx5_core");
	nla_put_string(msg, FABMON_A_NODE_PCI, "0000:3b:00.0");
	nla_put_u32(msg, FABMON_A_NODE_NUMA_NODE, 1);
	put_edges(msg);
	put_dev(msg);
	put_port(msg);
	put_cxl(msg);
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

static struct nl_msg *node_message(void)
{
	struct nl_msg *msg = notification(FABMON_CMD_NODE_CHANGE_NTF);

	put_unknown(msg);
	nla_put_u32(msg, FABMON_A_CAUSE, FABMON_CAUSE_GID_CHANGE);
	put_node(msg);
	put_gid(msg, FABMON_A_GID_ADDED, 5);
	put_gid(msg, FABMON_A_GID_REMOVED, 6);
	put_gid(msg, FABMON_A_GID_REMOVED, 7);
	put_pkey(msg, FABMON_A_PKEY_ADDED, 8);
	put_pkey(msg, FABMON_A_PKEY_ADDED, 9);
	put_pkey(msg, FABMON_A_PKEY_REMOVED, 10);
	return msg;
}

static void put_event(struct nl_msg *msg)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_EVENT);
	int attr;

	for (attr = 1; attr <= FABMON_A_EVENT_MAX; attr++) {
		switch (attr) {
		case FABMON_A_EVENT_DEVICE:
			nla_put_string(msg, attr, "mem0");
			break;
		case FABMON_A_EVENT_PCI:
			nla_put_string(msg, attr, "0000:0d:00.0");
			break;
		case FABMON_A_EVENT_COMPONENT_ID:
		case FABMON_A_EVENT_RAW:
		case FABMON_A_EVENT_UUID:
		case FABMON_A_EVENT_CORRECTION_MASK:
		case FABMON_A_EVENT_HEADER_LOG:
			nla_put(msg, attr, 5, "\1\2\3\4\5");
			break;
		case FABMON_A_EVENT_RECORD_TIME:
		case FABMON_A_EVENT_DPA:
		case FABMON_A_EVENT_LENGTH:
		case FABMON_A_EVENT_HPA:
		case FABMON_A_EVENT_COUNT:
			nla_put_u64(msg, attr, (1ULL << 40) + attr);
			break;
		case FABMON_A_EVENT_TEMPERATURE:
		case FABMON_A_EVENT_NUMA_NODE:
			nla_put_u32(msg, attr, (uint32_t)-40);
			break;
		default:
			nla_put_u32(msg, attr, 100 + attr);
		}
	}
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

static struct nl_msg *event_message(void)
{
	struct nl_msg *msg = notification(FABMON_CMD_EVENT_NTF);

	put_event(msg);
	return msg;
}

/* An answer to event-get: something of @action. */
static struct nl_msg *replayed(uint32_t action)
{
	struct nl_msg *msg = notification(FABMON_CMD_EVENT_GET);

	nla_put_u32(msg, FABMON_A_ACTION, action);
	return msg;
}

static struct nl_msg *lost_message(void)
{
	struct nl_msg *msg = replayed(FABMON_ACTION_LOST);

	nla_put_u64(msg, FABMON_A_LOST, 12);
	return msg;
}

static int parse(struct nl_msg *from, struct knl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(from);

	return knl_msg_parse(hdr, hdr->nlmsg_len, msg);
}

static void assert_refused(struct nl_msg *from)
{
	static const struct knl_msg empty;
	struct knl_msg msg;

	assert_int_equal(parse(from, &msg), -EBADMSG);
	assert_memory_equal(&msg, &empty, sizeof(msg));
	nlmsg_free(from);
}

static void port_numbers(const struct knl_rdma_port *port)
{
	assert_int_equal(port->number, 101);
	assert_int_equal(port->state, 102);
	assert_int_equal(port->phys_state, 103);
	assert_int_equal(port->link_layer, 104);
	assert_int_equal(port->protocol, 105);
	assert_int_equal(port->speed, 106);
	assert_int_equal(port->width, 107);
	assert_int_equal(port->rate, 108);
	assert_int_equal(port->active_mtu, 109);
	assert_int_equal(port->max_mtu, 110);
	assert_true(port->has & KNL_HAS(FABMON_A_RDMA_PORT_LID));
	assert_int_equal(port->lid, 111);
	assert_int_equal(port->lmc, 112);
	assert_int_equal(port->sm_lid, 113);
	assert_int_equal(port->sm_sl, 114);
	assert_int_equal(port->capabilities, 115);
	assert_int_equal(port->subnet_prefix, 116);
	assert_int_equal(port->gid_count, 117);
	assert_int_equal(port->n_gids, 3);
	assert_int_equal(port->gids[2].index, 2);
	assert_int_equal(port->gids[2].type, FABMON_GID_TYPE_ROCEV2);
	assert_int_equal(port->gids[2].ifindex, 7);
	assert_int_equal(port->gids[2].value[0], 0xfe);
	assert_int_equal(port->gids[2].value[15], 1);
	assert_int_equal(port->protocols, 119);
	assert_int_equal(port->capabilities2, 120);
	assert_int_equal(port->pkey_count, 121);
	assert_int_equal(port->n_pkeys, 3);
	assert_int_equal(port->pkeys[2].index, 2);
	assert_int_equal(port->pkeys[2].value, 0x8002);
}

static void netdev_and_memory(const struct knl_edge *edges)
{
	assert_int_equal(edges[0].up, 1);
	assert_int_equal(edges[0].carrier, 0);
	assert_true(edges[0].has & KNL_HAS(FABMON_A_EDGE_CARRIER));
	assert_int_equal(edges[0].master_ifindex, 9);
	assert_string_equal(edges[0].master_ifname, "bond0");
	assert_int_equal(edges[0].numa_node, -1);
	assert_int_equal(edges[1].type, FABMON_EDGE_TYPE_MEMORY);
	assert_true(edges[1].start == 0x490000000);
	assert_true(edges[1].size == 0x10000000);
	assert_int_equal(edges[1].numa_node, 2);
	assert_false(edges[1].has & KNL_HAS(FABMON_A_EDGE_CARRIER));
}

static void tables(const struct knl_msg *msg)
{
	assert_int_equal(msg->cause, FABMON_CAUSE_GID_CHANGE);
	assert_int_equal(msg->added.n_gids, 1);
	assert_int_equal(msg->added.gids[0].index, 5);
	assert_int_equal(msg->removed.n_gids, 2);
	assert_int_equal(msg->removed.gids[1].index, 7);
	assert_int_equal(msg->added.n_pkeys, 2);
	assert_int_equal(msg->added.pkeys[1].value, 0x8009);
	assert_int_equal(msg->removed.n_pkeys, 1);
	assert_int_equal(msg->removed.pkeys[0].index, 10);
}

static void every_field_of_a_node(void **state)
{
	struct nl_msg *from = node_message();
	struct knl_msg msg;
	struct knl_node moved = { 0 };

	assert_int_equal(parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.cmd, FABMON_CMD_NODE_CHANGE_NTF);
	assert_true(msg.instance == INSTANCE);
	assert_int_equal(msg.seq, 41);
	assert_int_equal(msg.boottime, 1000);
	assert_int_equal(msg.realtime, 2000);
	tables(&msg);

	knl_node_move(&moved, &msg.node);
	assert_null(msg.node.name);
	knl_msg_clear(&msg);
	assert_int_equal(moved.id, 11);
	assert_int_equal(moved.kind, FABMON_NODE_KIND_RDMA_PORT);
	assert_string_equal(moved.name, "mlx5_0/1");
	assert_int_equal(moved.parent, 10);
	assert_string_equal(moved.path, "/devices/x");
	assert_string_equal(moved.driver, "mlx5_core");
	assert_string_equal(moved.pci, "0000:3b:00.0");
	assert_int_equal(moved.numa_node, 1);
	assert_int_equal(moved.n_edges, 3);
	assert_int_equal(moved.edges[0].type, FABMON_EDGE_TYPE_DPORT);
	assert_int_equal(moved.edges[0].index, 3);
	assert_int_equal(moved.edges[0].node, 12);
	assert_string_equal(moved.edges[0].path, "/devices/pci0000:0c");
	assert_string_equal(moved.edges[0].pci, "0000:0c:00.0");
	assert_null(moved.edges[1].path);
	assert_int_equal(moved.edges[1].ifindex, 7);
	assert_string_equal(moved.edges[1].ifname, "ens1");
	assert_int_equal(moved.edges[1].mtu, 9000);
	assert_int_equal(moved.edges[1].address_len, 6);
	assert_memory_equal(moved.edges[1].address, "\2\0\x5e\0\0\1", 6);
	assert_int_equal(moved.dev.index, 4);
	assert_int_equal(moved.dev.node_type, 1);
	assert_true(moved.dev.node_guid == 0x0c42a10300799a1cULL);
	assert_int_equal(moved.dev.sys_image_guid, 5);
	assert_string_equal(moved.dev.firmware, "22.31");
	assert_int_equal(moved.dev.ports, 2);
	assert_string_equal(moved.dev.board_id, "MT_0000000010");
	assert_true(moved.dev.capabilities == 1ULL << 40);
	assert_int_equal(moved.dev.netns_cookie, 4097);
	netdev_and_memory(moved.edges + 1);
	assert_int_equal(moved.cxl_port.role, FABMON_CXL_PORT_ROLE_SWITCH);
	assert_int_equal(moved.cxl_port.dports, 4);
	assert_int_equal(moved.region.committed, 1);
	assert_int_equal(moved.region.targets, 8);
	port_numbers(&moved.port);
	knl_node_clear(&moved);
}

static void every_field_of_an_event(void **state)
{
	struct nl_msg *from = event_message();
	struct knl_event *event;
	struct knl_msg msg;
	int attr;

	assert_int_equal(parse(from, &msg), 0);
	nlmsg_free(from);
	event = &msg.event;
	for (attr = 1; attr <= FABMON_A_EVENT_MAX; attr++)
		assert_true(event->has[attr]);
	assert_int_equal(knl_event_num(event, FABMON_A_EVENT_ROW, 0),
			 100 + FABMON_A_EVENT_ROW);
	assert_int_equal(knl_event_num(event, FABMON_A_EVENT_DPA, 0),
			 (1LL << 40) + FABMON_A_EVENT_DPA);
	assert_int_equal(knl_event_num(event, FABMON_A_EVENT_COUNT, 0),
			 (1LL << 40) + FABMON_A_EVENT_COUNT);
	assert_int_equal(knl_event_num(event, FABMON_A_EVENT_TEMPERATURE, 0),
			 -40);
	assert_int_equal(knl_event_num(event, FABMON_A_EVENT_MAX + 1, -3), -3);
	assert_int_equal(knl_event_num(event, -1, -3), -3);
	assert_string_equal(event->device, "mem0");
	assert_int_equal(knl_event_num(event, FABMON_A_EVENT_NUMA_NODE, 0),
			 -40);
	assert_string_equal(event->pci, "0000:0d:00.0");
	assert_int_equal(event->bytes[FABMON_A_EVENT_COMPONENT_ID].len, 5);
	assert_int_equal(event->bytes[FABMON_A_EVENT_HEADER_LOG].len, 5);
	assert_int_equal(event->bytes[FABMON_A_EVENT_RAW].len, 5);
	assert_memory_equal(event->bytes[FABMON_A_EVENT_RAW].data,
			    "\1\2\3\4\5", 5);
	assert_null(event->bytes[FABMON_A_EVENT_DPA].data);
	knl_msg_clear(&msg);
}

/* What is replayed reads as what was sent. */
static void every_action(void **state)
{
	static const uint8_t cmds[] = {
		[FABMON_ACTION_ADD] = FABMON_CMD_NODE_ADD_NTF,
		[FABMON_ACTION_CHANGE] = FABMON_CMD_NODE_CHANGE_NTF,
		[FABMON_ACTION_DELETE] = FABMON_CMD_NODE_DELETE_NTF,
		[FABMON_ACTION_EVENT] = FABMON_CMD_EVENT_NTF,
	};
	struct nl_msg *from;
	struct knl_msg msg;
	uint32_t action;

	for (action = FABMON_ACTION_ADD; action <= FABMON_ACTION_EVENT;
	     action++) {
		/* without what it is about, then with it */
		assert_refused(replayed(action));
		from = replayed(action);
		put_node(from);
		put_event(from);
		assert_int_equal(parse(from, &msg), 0);
		nlmsg_free(from);
		assert_int_equal(msg.cmd, cmds[action]);
		assert_int_equal(msg.seq, 41);
		knl_msg_clear(&msg);
	}

	from = lost_message();
	assert_int_equal(parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.cmd, FABMON_CMD_EVENT_GET);
	assert_int_equal(msg.seq, 41);
	assert_int_equal(msg.lost, 12);
	knl_msg_clear(&msg);

	assert_refused(replayed(FABMON_ACTION_LOST));
	assert_refused(notification(FABMON_CMD_EVENT_GET));
	/* one of the future counts, and says nothing */
	from = replayed(99);
	assert_int_equal(parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.cmd, 0);
	assert_int_equal(msg.action, 99);
	knl_msg_clear(&msg);
}

/* A node with the attributes of @with, a set of bits. */
static struct nl_msg *bare_node(unsigned int with)
{
	struct nl_msg *msg = message(FABMON_CMD_NODE_GET);
	struct nlattr *nest;

	if (with & 1)
		nla_put_u64(msg, FABMON_A_INSTANCE, INSTANCE);
	if (with & 2)
		nla_put_u64(msg, FABMON_A_SEQ, 41);
	if (!(with & 4))
		return msg;
	nest = nla_nest_start(msg, FABMON_A_NODE);
	if (with & 8)
		nla_put_u32(msg, FABMON_A_NODE_ID, 11);
	if (with & 16)
		nla_put_u32(msg, FABMON_A_NODE_KIND, 77);
	if (with & 32)
		nla_put_string(msg, FABMON_A_NODE_NAME, "x");
	nla_nest_end(msg, nest);
	return msg;
}

static void mandatory_attributes(void **state)
{
	struct nl_msg *from = bare_node(63);
	struct knl_msg msg;
	unsigned int bit;

	assert_int_equal(parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.node.numa_node, -1);
	assert_int_equal(msg.node.kind, 77);
	assert_string_equal(knl_kind_name(msg.node.kind), "unknown");
	assert_int_equal(msg.node.port.has, 0);
	knl_msg_clear(&msg);

	for (bit = 1; bit < 64; bit <<= 1)
		assert_refused(bare_node(63 & ~bit));
	assert_refused(message(FABMON_CMD_INFO_GET));
	assert_refused(notification(FABMON_CMD_EVENT_NTF));
	assert_refused(notification(FABMON_CMD_NODE_DELETE_NTF));
}

static void commands_of_the_future(void **state)
{
	struct nl_msg *from = notification(99);
	struct knl_msg msg;

	assert_int_equal(parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.cmd, 99);
	assert_int_equal(msg.seq, 41);
	knl_msg_clear(&msg);
}

/* @name, of @len bytes, as the name of a node. */
static int parse_name(const void *name, size_t len, struct knl_msg *msg)
{
	struct nl_msg *from = notification(FABMON_CMD_NODE_ADD_NTF);
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);
	int err;

	nla_put_u32(from, FABMON_A_NODE_ID, 11);
	nla_put_u32(from, FABMON_A_NODE_KIND, 1);
	nla_put(from, FABMON_A_NODE_NAME, len, name);
	nla_nest_end(from, nest);
	err = parse(from, msg);
	nlmsg_free(from);
	return err;
}

static void text(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "", "" },
		{ "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
		  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\x1b[2Jx\x7f\n", "?[2Jx??" },
		{ "\xff\xfe", "??" },
		{ "\xc2\x9b" "1m", "??1m" },	/* C1: a terminal obeys it */
		{ "\xc0\xaf", "??" },		/* too long a form of "/" */
		{ "\xed\xa0\x80", "???" },	/* half of a pair */
		{ "\xf4\x90\x80\x80", "????" },	/* past the end */
		{ "\xe2\x82", "??" },		/* cut */
		{ "\xe0\x80\x80", "???" },
	};
	struct knl_msg msg;
	char big[5000];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse_name(cases[i].in,
					    strlen(cases[i].in) + 1, &msg), 0);
		assert_string_equal(msg.node.name, cases[i].out);
		knl_msg_clear(&msg);
	}
	assert_int_equal(parse_name("a\0b", 4, &msg), 0);
	assert_string_equal(msg.node.name, "a");
	knl_msg_clear(&msg);
	assert_int_equal(parse_name("abc", 3, &msg), -EBADMSG);
	assert_non_null(strstr(error_text(-EBADMSG), "kernel: message "));
	assert_int_equal(parse_name("", 0, &msg), -EBADMSG);
	memset(big, 'x', sizeof(big));
	big[4999] = 0;
	assert_int_equal(parse_name(big, sizeof(big), &msg), -EBADMSG);
	big[4095] = 0;
	assert_int_equal(parse_name(big, 4096, &msg), 0);
	knl_msg_clear(&msg);
}

/* A node with one attribute of a wrong shape. */
static void assert_shape_refused(int type, const void *data, size_t len)
{
	struct nl_msg *from = bare_node(3);
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);

	nla_put_u32(from, FABMON_A_NODE_ID, 11);
	nla_put_u32(from, FABMON_A_NODE_KIND, 1);
	nla_put_string(from, FABMON_A_NODE_NAME, "x");
	nla_put(from, type, len, data);
	nla_nest_end(from, nest);
	assert_refused(from);
}

static void wrong_shapes(void **state)
{
	assert_shape_refused(FABMON_A_NODE_PARENT, "12345678", 8);
	assert_shape_refused(FABMON_A_NODE_PARENT, "12", 2);
	assert_shape_refused(FABMON_A_NODE_PARENT, NULL, 0);
	assert_shape_refused(FABMON_A_NODE_ID, "\0\0\0\0", 4);
	assert_shape_refused(FABMON_A_NODE_KIND, "\0\0\0\0", 4);
	assert_shape_refused(FABMON_A_NODE_PCI, "0123456789abcdef", 17);
	/* A nest whose attribute is longer than the nest, and one cut. */
	assert_shape_refused(FABMON_A_NODE_EDGE, "\x20\0\1\0aaaa", 8);
	assert_shape_refused(FABMON_A_NODE_RDMA_DEV, "\x08\0\1", 3);
	assert_shape_refused(FABMON_A_NODE_RDMA_PORT, "\x03\0\1\0", 4);
	/* A GID of 4 bytes. */
	assert_shape_refused(FABMON_A_NODE_RDMA_PORT,
			     "\x0c\0\x12\0\x08\0\3\0gggg", 12);
}

/* The same attribute twice: the later one, and the first is not leaked. */
static void comes_twice(void **state)
{
	struct nl_msg *from = node_message();
	struct knl_msg msg;
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);

	nla_put_u32(from, FABMON_A_NODE_ID, 12);
	nla_put_u32(from, FABMON_A_NODE_KIND, 2);
	nla_put_string(from, FABMON_A_NODE_NAME, "one");
	nla_put_string(from, FABMON_A_NODE_NAME, "two");
	nla_nest_end(from, nest);
	assert_int_equal(parse(from, &msg), 0);
	assert_string_equal(msg.node.name, "two");
	assert_int_equal(msg.node.n_edges, 0);
	nlmsg_free(from);
	knl_msg_clear(&msg);
}

static void lists_are_bounded(void **state)
{
	struct nl_msg *from = bare_node(3);
	struct nlattr *nest = nla_nest_start(from, FABMON_A_NODE);
	struct knl_msg msg;
	int i;

	nla_put_u32(from, FABMON_A_NODE_ID, 11);
	nla_put_u32(from, FABMON_A_NODE_KIND, 1);
	nla_put_string(from, FABMON_A_NODE_NAME, "x");
	for (i = 0; i < KNL_LIST_MAX; i++)
		nla_put(from, FABMON_A_NODE_EDGE, 0, NULL);
	nla_nest_end(from, nest);
	assert_int_equal(parse(from, &msg), 0);
	assert_int_equal(msg.node.n_edges, KNL_LIST_MAX);
	knl_msg_clear(&msg);

	nla_put(from, FABMON_A_NODE_EDGE, 0, NULL);
	nest->nla_len += NLA_HDRLEN;
	assert_refused(from);
}

/* A copy that ends where the message does, for the sanitizer to see. */
static void parse_copy(const uint8_t *data, size_t len, uint32_t claimed)
{
	struct nlmsghdr *copy = malloc(len ? len : 1);
	struct knl_info info;
	struct knl_ctrl ctrl;
	struct knl_msg msg;
	int err;

	memcpy(copy, data, len);
	if (len >= sizeof(copy->nlmsg_len))
		memcpy(copy, &claimed, sizeof(claimed));
	err = knl_msg_parse(copy, len, &msg);
	assert_true(err == 0 || err == -EBADMSG);
	if (!err)
		knl_msg_clear(&msg);
	err = knl_info_parse(copy, len, &info);
	assert_true(err == 0 || err == -EBADMSG);
	err = knl_ctrl_parse(copy, len, "monitor", &ctrl);
	assert_true(err == 0 || err == -EBADMSG);
	free(copy);
}

static void put_provider(struct nl_msg *msg, const char *name)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_INFO_PROVIDER);
	int attr;

	nla_put_string(msg, FABMON_A_PROVIDER_NAME, name);
	nla_put_string(msg, FABMON_A_PROVIDER_VERSION, "0.1.0");
	nla_put_u32(msg, FABMON_A_PROVIDER_NODES, 21);
	for (attr = FABMON_A_PROVIDER_ADDED; attr <= FABMON_A_PROVIDER_EVENTS;
	     attr++)
		nla_put_u64(msg, attr, 100 + attr);
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

static void put_absence(struct nl_msg *msg, const char *reason)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_INFO_ABSENCE);

	nla_put_u32(msg, FABMON_A_ABSENCE_CAPABILITY,
		    FABMON_CAPABILITY_EVENT_DRAM);
	nla_put_string(msg, FABMON_A_ABSENCE_REASON, reason);
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

static struct nl_msg *info_message(void)
{
	struct nl_msg *msg = message(FABMON_CMD_INFO_GET);

	nla_put_string(msg, FABMON_A_INFO_MODULE_VERSION, "0.1.0");
	nla_put_u32(msg, FABMON_A_INFO_ABI, 1);
	nla_put_u64(msg, FABMON_A_INFO_INSTANCE, INSTANCE);
	nla_put_u64(msg, FABMON_A_INFO_SEQ, 9);
	nla_put_u32(msg, FABMON_A_INFO_NODES, 2);
	nla_put_u32(msg, FABMON_A_INFO_CAPABILITIES, 3);
	nla_put_u64(msg, FABMON_A_INFO_LOST_BUILD, 4);
	nla_put_u64(msg, FABMON_A_INFO_LOST_HOOK, 5);
	nla_put_u64(msg, FABMON_A_INFO_LOST_SEND, 6);
	nla_put_u32(msg, FABMON_A_INFO_RING_SIZE, 7);
	nla_put_u32(msg, FABMON_A_INFO_RING_USED, 8);
	nla_put_u64(msg, FABMON_A_INFO_RING_BYTES, 9);
	nla_put_u64(msg, FABMON_A_INFO_RING_DROPPED, 10);
	put_provider(msg, "rdma");
	put_provider(msg, "cxl");
	put_absence(msg, "the kernel has no such tracepoint");
	put_unknown(msg);
	return msg;
}

static void providers_and_absences(const struct knl_info *info)
{
	const struct knl_provider *cxl = &info->providers[1];

	assert_int_equal(info->n_providers, 2);
	assert_string_equal(info->providers[0].name, "rdma");
	assert_string_equal(cxl->name, "cxl");
	assert_string_equal(cxl->version, "0.1.0");
	assert_int_equal(cxl->nodes, 21);
	assert_int_equal(cxl->added, 100 + FABMON_A_PROVIDER_ADDED);
	assert_int_equal(cxl->changed, 100 + FABMON_A_PROVIDER_CHANGED);
	assert_int_equal(cxl->unchanged, 100 + FABMON_A_PROVIDER_UNCHANGED);
	assert_int_equal(cxl->deleted, 100 + FABMON_A_PROVIDER_DELETED);
	assert_int_equal(cxl->events, 100 + FABMON_A_PROVIDER_EVENTS);
	assert_int_equal(info->n_absences, 1);
	assert_int_equal(info->absences[0].capability,
			 FABMON_CAPABILITY_EVENT_DRAM);
	assert_string_equal(info->absences[0].reason,
			    "the kernel has no such tracepoint");
}

/* More than there can be, and longer than there is room for. */
static void info_is_bounded(void **state)
{
	struct nl_msg *from = info_message();
	struct nlmsghdr *hdr = nlmsg_hdr(from);
	struct knl_info info;
	char reason[300];
	int i;

	memset(reason, 'r', sizeof(reason));
	reason[sizeof(reason) - 1] = 0;
	for (i = 0; i < 100; i++) {
		put_provider(from, "a name that is longer than any name is");
		put_absence(from, reason);
	}
	assert_int_equal(knl_info_parse(hdr, hdr->nlmsg_len, &info), 0);
	assert_int_equal(info.n_providers, KNL_PROVIDERS_MAX);
	assert_string_equal(info.providers[7].name,
			    "a name that is longer than any ");
	assert_int_equal(info.n_absences, KNL_ABSENCES_MAX);
	assert_int_equal(strlen(info.absences[31].reason),
			 sizeof(info.absences[31].reason) - 1);
	nlmsg_free(from);
}

static void every_field_of_info(void **state)
{
	struct nl_msg *from = info_message();
	struct nlmsghdr *hdr = nlmsg_hdr(from);
	struct knl_info info;

	assert_int_equal(knl_info_parse(hdr, hdr->nlmsg_len, &info), 0);
	assert_string_equal(info.version, "0.1.0");
	assert_int_equal(info.abi, 1);
	assert_true(info.instance == INSTANCE);
	assert_int_equal(info.seq, 9);
	assert_int_equal(info.nodes, 2);
	assert_int_equal(info.capabilities, 3);
	assert_int_equal(info.lost_build, 4);
	assert_int_equal(info.lost_hook, 5);
	assert_int_equal(info.lost_send, 6);
	assert_int_equal(info.ring_size, 7);
	assert_int_equal(info.ring_used, 8);
	assert_int_equal(info.ring_bytes, 9);
	assert_int_equal(info.ring_dropped, 10);
	nlmsg_free(from);
	providers_and_absences(&info);

	from = message(FABMON_CMD_INFO_GET);
	hdr = nlmsg_hdr(from);
	assert_int_equal(knl_info_parse(hdr, hdr->nlmsg_len, &info), -EBADMSG);
	assert_non_null(strstr(error_text(-EBADMSG), "kernel: information of "));
	nlmsg_free(from);
}

static struct nl_msg *controller_message(void)
{
	struct nl_msg *msg = message(CTRL_CMD_NEWFAMILY);
	struct nlattr *groups, *group;

	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, "fabmon");
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, FAMILY);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	group = nla_nest_start(msg, 1);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, "admin");
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, 4);
	nla_nest_end(msg, group);
	group = nla_nest_start(msg, 2);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, "monitor");
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, 5);
	nla_nest_end(msg, group);
	nla_nest_end(msg, groups);
	put_unknown(msg);
	return msg;
}

static void what_the_controller_says(void **state)
{
	struct nl_msg *from = controller_message();
	struct nlmsghdr *hdr = nlmsg_hdr(from);
	struct knl_ctrl ctrl;

	assert_int_equal(knl_ctrl_parse(hdr, hdr->nlmsg_len, "monitor", &ctrl),
			 0);
	assert_int_equal(ctrl.cmd, CTRL_CMD_NEWFAMILY);
	assert_string_equal(ctrl.name, "fabmon");
	assert_int_equal(ctrl.id, FAMILY);
	assert_int_equal(ctrl.group, 5);
	assert_int_equal(knl_ctrl_parse(hdr, hdr->nlmsg_len, "x", &ctrl), 0);
	assert_int_equal(ctrl.group, 0);
	nlmsg_free(from);
}

static struct nl_msg *(* const builders[])(void) = {
	node_message, event_message, info_message, controller_message,
	lost_message,
};

static void cut_at_every_byte(void **state)
{
	const uint8_t *data;
	struct nl_msg *from;
	size_t b, len, full;

	for (b = 0; b < sizeof(builders) / sizeof(builders[0]); b++) {
		from = builders[b]();
		data = (const uint8_t *)nlmsg_hdr(from);
		full = nlmsg_hdr(from)->nlmsg_len;
		for (len = 0; len <= full; len++) {
			parse_copy(data, len, len);
			parse_copy(data, len, full);
			parse_copy(data, len, UINT32_MAX);
		}
		nlmsg_free(from);
	}
}

static void mutations(void **state)
{
	uint8_t data[8192];
	struct nl_msg *from;
	size_t len, i;
	int round, n;

	srandom(1);
	for (round = 0; round < 10000; round++) {
		from = builders[round % 5]();
		len = nlmsg_hdr(from)->nlmsg_len;
		assert_true(len <= sizeof(data));
		memcpy(data, nlmsg_hdr(from), len);
		nlmsg_free(from);
		for (n = random() % 8; n >= 0; n--) {
			i = NLMSG_HDRLEN + random() % (len - NLMSG_HDRLEN);
			data[i] = random() % 3 ? random() : random() % 16;
		}
		parse_copy(data, len, len);
	}
}

static void names(void **state)
{
	assert_string_equal(knl_kind_name(FABMON_NODE_KIND_CXL_OTHER),
			    "cxl-other");
	assert_string_equal(knl_kind_name(0), "unknown");
	assert_string_equal(knl_edge_name(FABMON_EDGE_TYPE_PARENT_DPORT),
			    "parent-dport");
	assert_string_equal(knl_event_name(FABMON_EVENT_TYPE_LOST), "lost");
	assert_string_equal(knl_event_name(-1), "unknown");
	assert_string_equal(knl_protocol_name(FABMON_RDMA_PROTOCOL_USNIC),
			    "usnic");
	assert_string_equal(knl_protocol_name(7), "unknown");
	assert_string_equal(knl_edge_name(FABMON_EDGE_TYPE_DAX), "dax");
	assert_string_equal(knl_role_name(FABMON_CXL_PORT_ROLE_HOST_BRIDGE),
			    "host-bridge");
	assert_string_equal(knl_role_name(0), "unknown");
	assert_string_equal(knl_cause_name(FABMON_CAUSE_OTHER), "other");
	assert_string_equal(knl_cause_name(0x80000000), "unknown");
	assert_string_equal(knl_capability_name(FABMON_CAPABILITY_MEMORY),
			    "memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_of_a_node),
		cmocka_unit_test(every_field_of_an_event),
		cmocka_unit_test(every_action),
		cmocka_unit_test(every_field_of_info),
		cmocka_unit_test(info_is_bounded),
		cmocka_unit_test(what_the_controller_says),
		cmocka_unit_test(mandatory_attributes),
		cmocka_unit_test(commands_of_the_future),
		cmocka_unit_test(text),
		cmocka_unit_test(wrong_shapes),
		cmocka_unit_test(comes_twice),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(mutations),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
