// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Parsing messages of the family: every field, and what is not known yet. */
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
#include "knl_message.h"

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
	struct nl_msg *from = knl_node_message();
	struct knl_msg msg;
	struct knl_node moved = { 0 };

	assert_int_equal(knl_message_parse(from, &msg), 0);
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
	struct nl_msg *from = knl_event_message();
	struct knl_event *event;
	struct knl_msg msg;
	int attr;

	assert_int_equal(knl_message_parse(from, &msg), 0);
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
		knl_message_refused(knl_replayed(action));
		from = knl_replayed(action);
		knl_put_node(from);
		knl_put_event(from);
		assert_int_equal(knl_message_parse(from, &msg), 0);
		nlmsg_free(from);
		assert_int_equal(msg.cmd, cmds[action]);
		assert_int_equal(msg.seq, 41);
		knl_msg_clear(&msg);
	}

	from = knl_lost_message();
	assert_int_equal(knl_message_parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.cmd, FABMON_CMD_EVENT_GET);
	assert_int_equal(msg.seq, 41);
	assert_int_equal(msg.lost, 12);
	knl_msg_clear(&msg);

	knl_message_refused(knl_replayed(FABMON_ACTION_LOST));
	knl_message_refused(knl_notification(FABMON_CMD_EVENT_GET));
	/* one of the future counts, and has no name */
	from = knl_replayed(99);
	assert_int_equal(knl_message_parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.cmd, 0);
	assert_int_equal(msg.action, 99);
	knl_msg_clear(&msg);
}

static void commands_of_the_future(void **state)
{
	struct nl_msg *from = knl_notification(99);
	struct knl_msg msg;

	assert_int_equal(knl_message_parse(from, &msg), 0);
	nlmsg_free(from);
	assert_int_equal(msg.cmd, 99);
	assert_int_equal(msg.seq, 41);
	knl_msg_clear(&msg);
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
	struct nl_msg *from = knl_info_message();
	struct nlmsghdr *hdr = nlmsg_hdr(from);
	struct knl_info info;
	char reason[300];
	int i;

	memset(reason, 'r', sizeof(reason));
	reason[sizeof(reason) - 1] = 0;
	for (i = 0; i < 100; i++) {
		knl_put_provider(from, "a name that is longer than any name is");
		knl_put_absence(from, reason);
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
	struct nl_msg *from = knl_info_message();
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

	from = knl_message(FABMON_CMD_INFO_GET);
	hdr = nlmsg_hdr(from);
	assert_int_equal(knl_info_parse(hdr, hdr->nlmsg_len, &info), -EBADMSG);
	assert_non_null(strstr(error_text(-EBADMSG), "kernel: information of "));
	nlmsg_free(from);
}

static void what_the_controller_says(void **state)
{
	struct nl_msg *from = knl_controller_message();
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
		cmocka_unit_test(commands_of_the_future),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
