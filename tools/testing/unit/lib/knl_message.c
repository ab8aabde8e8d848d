// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Messages of the fabmon family and of the controller, as a kernel sends them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "kernel/knl/knl.h"
#include "knl_message.h"

struct nl_msg *knl_message(uint8_t cmd)
{
	struct nl_msg *msg = nlmsg_alloc_size(65536);

	assert_non_null(msg);
	assert_non_null(genlmsg_put(msg, 0, 0, FAMILY, 0, 0, cmd, 1));
	return msg;
}

struct nl_msg *knl_notification(uint8_t cmd)
{
	struct nl_msg *msg = knl_message(cmd);

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

void knl_put_node(struct nl_msg *msg)
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

struct nl_msg *knl_node_message(void)
{
	struct nl_msg *msg = knl_notification(FABMON_CMD_NODE_CHANGE_NTF);

	put_unknown(msg);
	nla_put_u32(msg, FABMON_A_CAUSE, FABMON_CAUSE_GID_CHANGE);
	knl_put_node(msg);
	put_gid(msg, FABMON_A_GID_ADDED, 5);
	put_gid(msg, FABMON_A_GID_REMOVED, 6);
	put_gid(msg, FABMON_A_GID_REMOVED, 7);
	put_pkey(msg, FABMON_A_PKEY_ADDED, 8);
	put_pkey(msg, FABMON_A_PKEY_ADDED, 9);
	put_pkey(msg, FABMON_A_PKEY_REMOVED, 10);
	return msg;
}

void knl_put_event(struct nl_msg *msg)
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

struct nl_msg *knl_event_message(void)
{
	struct nl_msg *msg = knl_notification(FABMON_CMD_EVENT_NTF);

	knl_put_event(msg);
	return msg;
}

/* An answer to event-get: something of @action. */
struct nl_msg *knl_replayed(uint32_t action)
{
	struct nl_msg *msg = knl_notification(FABMON_CMD_EVENT_GET);

	nla_put_u32(msg, FABMON_A_ACTION, action);
	return msg;
}

struct nl_msg *knl_lost_message(void)
{
	struct nl_msg *msg = knl_replayed(FABMON_ACTION_LOST);

	nla_put_u64(msg, FABMON_A_LOST, 12);
	return msg;
}

void knl_put_provider(struct nl_msg *msg, const char *name)
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

void knl_put_absence(struct nl_msg *msg, const char *reason)
{
	struct nlattr *nest = nla_nest_start(msg, FABMON_A_INFO_ABSENCE);

	nla_put_u32(msg, FABMON_A_ABSENCE_CAPABILITY,
		    FABMON_CAPABILITY_EVENT_DRAM);
	nla_put_string(msg, FABMON_A_ABSENCE_REASON, reason);
	put_unknown(msg);
	nla_nest_end(msg, nest);
}

struct nl_msg *knl_info_message(void)
{
	struct nl_msg *msg = knl_message(FABMON_CMD_INFO_GET);

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
	knl_put_provider(msg, "rdma");
	knl_put_provider(msg, "cxl");
	knl_put_absence(msg, "the kernel has no such tracepoint");
	put_unknown(msg);
	return msg;
}

struct nl_msg *knl_controller_message(void)
{
	struct nl_msg *msg = knl_message(CTRL_CMD_NEWFAMILY);
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

int knl_message_parse(struct nl_msg *from, struct knl_msg *msg)
{
	struct nlmsghdr *hdr = nlmsg_hdr(from);

	return knl_msg_parse(hdr, hdr->nlmsg_len, msg);
}

void knl_message_refused(struct nl_msg *from)
{
	static const struct knl_msg empty;
	struct knl_msg msg;

	assert_int_equal(knl_message_parse(from, &msg), -EBADMSG);
	assert_memory_equal(&msg, &empty, sizeof(msg));
	nlmsg_free(from);
}
