// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What "fabmon monitor" prints of notifications, and how it catches up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli_fixture.h"
#include "tempdir.h"
#include "util/error.h"

static int notify(struct cli_fix *f, uint8_t cmd, uint64_t seq,
		  struct knl_node *n)
{
	struct knl_msg msg = {
		.cmd = cmd, .instance = INSTANCE, .seq = seq, .boottime = 42,
		.realtime = TIME,
	};
	int err;

	if (n)
		msg.node = *n;
	err = cli_stream_message(&msg, &f->stream);
	knl_msg_clear(&msg);
	return err;
}

static void monitor_as_text(void **state)
{
	struct cli_fix *f = *state;
	struct knl_node n;

	set_put(&f->stream.nodes, new_dev());
	n = new_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 11, &n), 0);
	cli_fix_expect(f, "03:04:05.123456 #11 add rdma-port mlx5_0/1  ACTIVE"
		       "  LINK_UP  rocev2  100 Gb/s (4X EDR)  mtu 1024"
		       "  netdev ens1  gids 1\n");
	n = new_port(1);
	n.port.n_gids = 0;
	n.port.gid_count = 0;
	assert_int_equal(notify(f, FABMON_CMD_NODE_CHANGE_NTF, 12, &n), 0);
	cli_fix_expect(f, "03:04:05.123456 #12 change rdma-port mlx5_0/1:"
		       " state active -> down, phys-state link-up -> disabled,"
		       " gid-count 1 -> 0, gid[3] rocev2"
		       " 0000:0000:0000:0000:0000:ffff:c000:0201 7 -> (none)\n");
	/* Known already, then one that a newer module has. */
	n = new_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_CHANGE_NTF, 12, &n), 0);
	assert_int_equal(notify(f, 200, 13, NULL), 0);
	cli_fix_expect(f, "");
	n = new_port(1);
	f->cli.date = true;
	assert_int_equal(notify(f, FABMON_CMD_NODE_DELETE_NTF, 14, &n), 0);
	cli_fix_expect(f, "2026-01-02T03:04:05.123456+0000 #14 delete rdma-port"
		       " mlx5_0/1\n");
	assert_null(cli_set_find(&f->stream.nodes, 2));
	assert_false(f->stream.unsure);
}

static void monitor_as_json(void **state)
{
	struct cli_fix *f = *state;
	struct knl_node n;
	char text[2048];

	f->cli.json = true;
	set_put(&f->stream.nodes, new_port(1));
	n = new_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_CHANGE_NTF, 11, &n), 0);
	snprintf(text, sizeof(text),
		 "{\"time\":\"2026-01-02T03:04:05.123456+0000\","
		 "\"op\":\"change\",\"seq\":11,"
		 "\"instance\":\"1122334455667788\",\"boottime\":42,"
		 "\"realtime\":1767323045123456000,\"node\":%s,\"changed\":"
		 "[{\"property\":\"rdma-port.state\",\"old\":\"down\","
		 "\"new\":\"active\"},{\"property\":\"rdma-port.phys-state\","
		 "\"old\":\"disabled\",\"new\":\"link-up\"}]}\n", port_json);
	cli_fix_expect(f, text);
}

static void event_num(struct knl_event *event, int attr, uint64_t value)
{
	event->has[attr] = true;
	event->num[attr] = value;
}

static void event_bytes(struct knl_event *event, int attr, const char *data,
			size_t len)
{
	event->has[attr] = true;
	event->bytes[attr].data = malloc(len);
	memcpy(event->bytes[attr].data, data, len);
	event->bytes[attr].len = len;
}

static void dram_event(struct knl_msg *msg)
{
	*msg = (struct knl_msg){
		.cmd = FABMON_CMD_EVENT_NTF, .instance = INSTANCE, .seq = 11,
		.boottime = 42, .realtime = TIME,
	};
	event_num(&msg->event, FABMON_A_EVENT_TYPE, FABMON_EVENT_TYPE_DRAM);
	event_num(&msg->event, FABMON_A_EVENT_NODE, 10);
	event_num(&msg->event, FABMON_A_EVENT_LOG, FABMON_EVENT_LOG_FAILURE);
	event_num(&msg->event, FABMON_A_EVENT_DPA, 8192);
	event_num(&msg->event, FABMON_A_EVENT_DESCRIPTOR, 1);
	event_num(&msg->event, FABMON_A_EVENT_TRANSACTION_TYPE, 1);
	event_num(&msg->event, FABMON_A_EVENT_MEMORY_EVENT_TYPE, 1);
	event_num(&msg->event, FABMON_A_EVENT_BANK, 2);
	event_num(&msg->event, FABMON_A_EVENT_TEMPERATURE, (uint64_t)-5);
	event_bytes(&msg->event, FABMON_A_EVENT_COMPONENT_ID, "\xab", 1);
	event_bytes(&msg->event, FABMON_A_EVENT_RAW, "\x01\xff", 2);
	msg->event.has[FABMON_A_EVENT_DEVICE] = true;
	msg->event.device = strdup("mem0");
}

static void monitor_event(void **state)
{
	struct cli_fix *f = *state;
	struct knl_msg msg;

	set_put_cxl(&f->stream.nodes);
	dram_event(&msg);
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	cli_fix_expect(f, "03:04:05.123456 #11 event cxl-memdev mem0: dram"
		       "  log failure  dpa 0x2000  descriptor uncorrectable"
		       "  memory-event-type \"scrub ECC error\""
		       "  transaction-type \"host read\"  bank 2"
		       "  component-id ab  temperature -5C\n");
	f->cli.json = true;
	msg.seq = 12;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	assert_non_null(strstr(f->text, "\"node\":{\"id\":10,"));
	assert_non_null(strstr(f->text,
		"\"event\":{\"type\":\"dram\",\"node\":10,\"device\":\"mem0\","
		"\"log\":\"failure\",\"dpa\":8192,\"descriptor\":1,"
		"\"memory-event-type\":1,\"transaction-type\":1,\"bank\":2,"
		"\"component-id\":\"ab\",\"temperature\":-5,"
		"\"raw\":\"01ff\"}}\n"));
	cli_fix_forget(f);
	f->cli.no_events = true;
	msg.seq = 13;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	cli_fix_expect(f, "");
	assert_int_equal(f->stream.seq, 13);
	knl_msg_clear(&msg);
}

/* The entries of a table that came and went, and why. */
static void monitor_tables(void **state)
{
	struct cli_fix *f = *state;
	struct knl_gid gids[10] = { { .index = 3, .value = { 0xfe, 0x80 },
				      .type = FABMON_GID_TYPE_ROCEV2 } };
	struct knl_pkey pkeys[2] = { { 0, 0xffff }, { 1, 0x8001 } };
	struct knl_msg msg = {
		.cmd = FABMON_CMD_NODE_CHANGE_NTF, .instance = INSTANCE,
		.seq = 11, .boottime = 42, .realtime = TIME,
		.cause = FABMON_CAUSE_GID_CHANGE |
			 FABMON_CAUSE_NETDEV_ADDRESS,
		.added = { .gids = gids, .n_gids = 1, .pkeys = pkeys,
			   .n_pkeys = 2 },
		.removed = { .gids = gids, .n_gids = 10 },
	};

	set_put(&f->stream.nodes, new_port(4));
	msg.node = new_port(4);
	msg.node.port.gids[0].index = 9;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	fflush(f->cli.out);
	assert_memory_equal(f->text, "03:04:05.123456 #11 change rdma-port"
			    " mlx5_0/1: gid 3 removed fe80:", 62);
	assert_null(strstr(f->text, "gid["));
	assert_non_null(strstr(f->text, ", 2 more gids removed, gid 3 added"
		" fe80:0000:0000:0000:0000:0000:0000:0000 rocev2, pkey 0 added"
		" 0xffff, pkey 1 added 0x8001"
		"  cause gid-change,netdev-address\n"));
	cli_fix_forget(f);

	/* Of a port whose state before is not known. */
	cli_set_remove(&f->stream.nodes, 2);
	msg.seq = 12;
	msg.node = new_port(4);
	msg.removed.n_gids = 0;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, "  gids 1, gid 3 added fe80:"));
	cli_fix_forget(f);

	f->cli.json = true;
	msg.seq = 13;
	msg.node = new_port(4);
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	assert_non_null(strstr(f->text,
		"\"cause\":[\"gid-change\",\"netdev-address\"]"));
	assert_non_null(strstr(f->text,
		"\"gid-added\":[{\"index\":3,\"type\":\"rocev2\",\"value\":"
		"\"fe80:0000:0000:0000:0000:0000:0000:0000\"}],"
		"\"pkey-added\":[{\"index\":0,\"value\":65535},"
		"{\"index\":1,\"value\":32769}]}\n"));
	assert_null(strstr(f->text, "gid-removed"));
}

/* The time of what the command finds by itself is now; it is cut off. */
static void expect_now(struct cli_fix *f, const char *text)
{
	const char *from;

	fflush(f->cli.out);
	from = strchr(f->text, ' ');
	assert_non_null(from);
	assert_string_equal(from, text);
	cli_fix_forget(f);
}

static void monitor_loses(void **state)
{
	struct cli_fix *f = *state;
	struct cli_set dumped = { 0 };
	struct knl_node n;

	set_put(&f->stream.nodes, new_dev());
	set_put(&f->stream.nodes, new_port(4));
	n = new_dev();
	assert_int_equal(notify(f, FABMON_CMD_NODE_DELETE_NTF, 15, &n), 0);
	assert_non_null(strstr(f->text, " lost 4 notifications"
			       " (hole in the sequence)\n03:04:05.123456 #15"
			       " delete rdma-dev mlx5_0\n"));
	assert_true(f->stream.unsure);
	cli_fix_forget(f);

	set_put(&dumped, new_port(1));
	assert_int_equal(cli_stream_resync(&f->stream, &dumped, INSTANCE, 20,
					   true), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " resync 5 notifications"
			       " (nodes read again)\n"));
	assert_non_null(strstr(f->text, " change rdma-port mlx5_0/1: state"
			       " active -> down, phys-state link-up ->"
			       " disabled (found by reading again)\n"));
	cli_fix_forget(f);
	assert_false(f->stream.unsure);
	assert_int_equal(f->stream.seq, 20);
	assert_int_equal(dumped.count, 0);

	assert_int_equal(cli_stream_resync(&f->stream, &dumped, INSTANCE, 21,
					   true), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " delete rdma-port mlx5_0/1"
			       " (found by reading again)\n"));
	cli_fix_forget(f);
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	expect_now(f, " lost (read too slowly)\n");
	assert_true(f->stream.unsure);
}

/*
 * The module's ring: a port goes down (21) and up (22), a device is ill (23),
 * and the port goes (24).
 */
#define RING_FIRST	21
#define RING_LAST	24

static uint64_t ring_oldest;
static unsigned int replays;

static void ring_msg(struct knl_msg *msg, uint64_t seq)
{
	if (seq == RING_LAST - 1) {
		dram_event(msg);
		msg->seq = seq;
		return;
	}
	*msg = (struct knl_msg){
		.cmd = seq == RING_LAST ? FABMON_CMD_NODE_DELETE_NTF :
					  FABMON_CMD_NODE_CHANGE_NTF,
		.instance = INSTANCE, .seq = seq, .realtime = TIME,
		.cause = seq == RING_FIRST ? FABMON_CAUSE_PORT_ERROR :
					     FABMON_CAUSE_PORT_ACTIVE,
		.node = new_port(seq == RING_FIRST ? 1 : 4),
	};
}

static int ring_replay(struct cli_stream *stream, uint64_t seq)
{
	struct knl_msg msg;
	int err = 0;

	replays++;
	if (seq && seq < ring_oldest) {
		msg = (struct knl_msg){
			.cmd = FABMON_CMD_EVENT_GET, .instance = INSTANCE,
			.seq = ring_oldest - 1, .lost = ring_oldest - seq,
		};
		err = cli_stream_replayed(&msg, stream);
	}
	if (seq < ring_oldest)
		seq = ring_oldest;
	for (; !err && seq <= RING_LAST; seq++) {
		ring_msg(&msg, seq);
		err = cli_stream_replayed(&msg, stream);
		knl_msg_clear(&msg);
	}
	return err;
}

static void ring_use(struct cli_fix *f, uint64_t oldest)
{
	ring_oldest = oldest;
	replays = 0;
	f->stream.replay = ring_replay;
}

static const char down_text[] =
	"03:04:05.123456 #21 change rdma-port mlx5_0/1: state active -> down,"
	" phys-state link-up -> disabled  cause port-error\n";
static const char rest_text[] =
	"03:04:05.123456 #22 change rdma-port mlx5_0/1: state down -> active,"
	" phys-state disabled -> link-up  cause port-active\n"
	"03:04:05.123456 #23 event cxl-memdev mem0: dram  log failure"
	"  dpa 0x2000  descriptor uncorrectable  memory-event-type"
	" \"scrub ECC error\"  transaction-type \"host read\"  bank 2"
	"  component-id ab  temperature -5C\n"
	"03:04:05.123456 #24 delete rdma-port mlx5_0/1  cause port-active\n";

static void expect_texts(struct cli_fix *f, const char *first,
			 const char *second, const char *third)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s%s", first, second, third);
	cli_fix_expect(f, text);
}

/* A hole is filled before what comes after it, and nothing comes twice. */
static void monitor_replays(void **state)
{
	struct cli_fix *f = *state;
	struct knl_msg msg;
	struct knl_node n;

	ring_use(f, RING_FIRST);
	f->stream.seq = 20;
	f->stream.shown = 20;
	set_put_cxl(&f->stream.nodes);
	set_put(&f->stream.nodes, new_port(4));
	n = new_dev();
	assert_int_equal(notify(f, FABMON_CMD_NODE_DELETE_NTF, 25, &n), 0);
	expect_texts(f, down_text, rest_text,
		     "03:04:05.123456 #25 delete rdma-dev mlx5_0\n");
	assert_false(f->stream.unsure);
	ring_msg(&msg, 23);
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	knl_msg_clear(&msg);
	cli_fix_expect(f, "");
	assert_int_equal(replays, 1);
	assert_int_equal(f->stream.seq, 25);
}

static void monitor_replays_overrun(void **state)
{
	struct cli_fix *f = *state;

	ring_use(f, RING_FIRST);
	f->stream.seq = 20;
	f->stream.shown = 20;
	set_put_cxl(&f->stream.nodes);
	set_put(&f->stream.nodes, new_port(4));
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	expect_texts(f, down_text, rest_text, "");
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	cli_fix_expect(f, "");
	assert_false(f->stream.unsure);
}

/* What the ring has dropped is printed as lost; the nodes are read again. */
static void monitor_replays_in_part(void **state)
{
	struct cli_fix *f = *state;

	ring_use(f, RING_FIRST + 1);
	set_put_cxl(&f->stream.nodes);
	set_put(&f->stream.nodes, new_port(1));
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " #21 lost 11 notifications"
			       " (the module has them no more)\n"));
	assert_non_null(strstr(f->text, rest_text));
	assert_true(f->stream.unsure);
	cli_fix_forget(f);
	/* as JSON: the number of the last that is lost, and how many */
	f->stream.shown = 10;
	f->cli.json = true;
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, "\"op\":\"lost\",\"seq\":21,"));
	assert_non_null(strstr(f->text, "\"count\":11"));
}

/* What was before the command began has its own states to differ from. */
static void monitor_history(void **state)
{
	struct cli_fix *f = *state;

	ring_use(f, RING_FIRST);
	f->stream.seq = 24;
	f->stream.shown = 24;
	set_put_cxl(&f->stream.nodes);
	assert_int_equal(cli_stream_history(&f->stream, 0), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, "03:04:05.123456 #21 change rdma-port"
			       " mlx5_0/1  DOWN  DISABLED  rocev2"));
	assert_non_null(strstr(f->text, "#22 change rdma-port mlx5_0/1:"
			       " state down -> active"));
	assert_non_null(strstr(f->text, "#23 event mem0: dram"));
	assert_null(strstr(f->text, "lost"));
	cli_fix_forget(f);
	assert_int_equal(f->stream.shown, 24);
	assert_int_equal(f->stream.past.count, 0);
	assert_int_equal(f->stream.nodes.count, 9);

	/* from a number on, some of which is gone */
	ring_use(f, RING_FIRST + 2);
	assert_int_equal(cli_stream_history(&f->stream, 22), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " #22 lost 1 notifications"));
	assert_non_null(strstr(f->text, " #23 event"));
	assert_false(f->stream.unsure);
	cli_fix_forget(f);

	/* the next, that is nothing; and what cannot be */
	assert_int_equal(cli_stream_history(&f->stream, 25), 0);
	cli_fix_expect(f, "");
	assert_int_equal(f->stream.shown, 24);
	f->stream.replay = cli_fix_no_replay;
	assert_int_equal(cli_stream_history(&f->stream, 1), -EOPNOTSUPP);
}

/* More happened between the dump and the replay: it changes the nodes. */
static void monitor_history_races(void **state)
{
	struct cli_fix *f = *state;

	ring_use(f, RING_FIRST);
	f->stream.seq = 21;
	f->stream.shown = 21;
	set_put_cxl(&f->stream.nodes);
	set_put(&f->stream.nodes, new_port(1));
	assert_int_equal(cli_stream_history(&f->stream, 21), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, rest_text));
	assert_int_equal(f->stream.shown, 24);
	assert_int_equal(f->stream.seq, 24);
	assert_null(cli_set_find(&f->stream.nodes, 2));
}

/* Events that were on their way during a dump are in no dump. */
static void monitor_event_after_resync(void **state)
{
	struct cli_fix *f = *state;
	struct cli_set dumped = { 0 };
	struct knl_msg msg;
	struct knl_node n;

	set_put_cxl(&dumped);
	f->stream.shown = 11;
	assert_int_equal(cli_stream_resync(&f->stream, &dumped, INSTANCE, 14,
					   true), 0);
	cli_fix_forget(f);
	n = new_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 12, &n), 0);
	cli_fix_expect(f, "");
	dram_event(&msg);
	msg.seq = 13;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	knl_msg_clear(&msg);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " #13 event cxl-memdev mem0: dram"));
	cli_fix_forget(f);
	n = new_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 14, &n), 0);
	cli_fix_expect(f, "");
	n = new_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 15, &n), 0);
	assert_non_null(strstr(f->text, " #15 add"));
	assert_null(strstr(f->text, "lost"));
}

static void monitor_module_goes(void **state)
{
	struct cli_fix *f = *state;
	struct knl_msg msg = {
		.cmd = 200, .instance = INSTANCE + 1, .seq = 1,
	};

	set_put(&f->stream.nodes, new_dev());
	assert_int_equal(cli_stream_unload(&f->stream), 0);
	expect_now(f, " unload (the kernel module is gone)\n");
	assert_int_equal(f->stream.nodes.count, 0);
	assert_int_equal(cli_stream_load(&f->stream, INSTANCE), 0);
	expect_now(f, " load (the kernel module is there)\n");
	assert_true(f->stream.unsure);
	f->stream.unsure = false;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	assert_true(f->stream.unsure);
	assert_int_equal(f->stream.seq, 0);
	assert_true(f->stream.instance == INSTANCE);

	/* all of its notifications are new */
	ring_use(f, 1);
	ring_oldest = RING_FIRST;
	assert_int_equal(cli_stream_load(&f->stream, INSTANCE), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " #20 lost 20 notifications"));
	assert_non_null(strstr(f->text, " #24 delete rdma-port mlx5_0/1"));
	assert_int_equal(f->stream.seq, 24);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_fix_setup, \
					cli_fix_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(monitor_as_text),
		TEST(monitor_as_json),
		TEST(monitor_event),
		TEST(monitor_tables),
		TEST(monitor_loses),
		TEST(monitor_replays),
		TEST(monitor_replays_overrun),
		TEST(monitor_replays_in_part),
		TEST(monitor_history),
		TEST(monitor_history_races),
		TEST(monitor_event_after_resync),
		TEST(monitor_module_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
