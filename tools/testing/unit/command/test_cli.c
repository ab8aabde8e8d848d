// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What the command prints, of nodes and notifications made here. */
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

#include "../../../fabmon/cli.h"
#include "tempdir.h"
#include "util/error.h"

#define INSTANCE	0x1122334455667788ULL
#define TIME		1767323045123456000ULL	/* 2026-01-02T03:04:05.123456Z */

/* cli_fail() and cli_finish() live in main.c, which is not linked here. */
int cli_fail(int err, const char *doing)
{
	return CLI_EXIT_FAILURE;
}

int cli_finish(const struct cli *cli)
{
	return 0;
}

struct fixture {
	struct cli cli;
	struct cli_set set;
	struct cli_stream stream;
	char *text;
	size_t len;
};

static int no_replay(struct cli_stream *stream, uint64_t seq)
{
	return -EOPNOTSUPP;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	setenv("TZ", "UTC", 1);
	tzset();
	f->cli.out = open_memstream(&f->text, &f->len);
	f->stream.cli = &f->cli;
	f->stream.replay = no_replay;
	f->stream.instance = INSTANCE;
	f->stream.seq = 10;
	f->stream.shown = 10;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cli_set_clear(&f->set);
	cli_set_clear(&f->stream.nodes);
	fclose(f->cli.out);
	free(f->text);
	free(f);
	return 0;
}

/* A stream that was rewound still ends where it was longest: a new one. */
static void forget_text(struct fixture *f)
{
	fclose(f->cli.out);
	free(f->text);
	f->cli.out = open_memstream(&f->text, &f->len);
}

static void expect_text(struct fixture *f, const char *text)
{
	fflush(f->cli.out);
	assert_string_equal(f->text, text);
	forget_text(f);
}

static struct knl_node node(uint32_t id, enum fabmon_node_kind kind,
			    uint32_t parent, const char *name)
{
	return (struct knl_node){
		.id = id, .kind = kind, .parent = parent, .numa_node = -1,
		.name = strdup(name),
	};
}

static void edge(struct knl_node *n, enum fabmon_edge_type type, uint32_t index,
		 uint32_t id, const char *path, const char *pci)
{
	struct knl_edge *e;

	n->edges = realloc(n->edges, (n->n_edges + 1) * sizeof(*e));
	e = &n->edges[n->n_edges++];
	*e = (struct knl_edge){ .type = type, .index = index, .node = id };
	if (type != FABMON_EDGE_TYPE_UPORT && type != FABMON_EDGE_TYPE_NETDEV)
		e->has = KNL_HAS(FABMON_A_EDGE_INDEX);
	e->path = path ? strdup(path) : NULL;
	snprintf(e->pci, sizeof(e->pci), "%s", pci);
}

static struct knl_node rdma_dev(void)
{
	struct knl_node n = node(1, FABMON_NODE_KIND_RDMA_DEV, 0, "mlx5_0");

	n.driver = strdup("mlx5_core");
	n.numa_node = 1;
	strcpy(n.pci, "0000:3b:00.0");
	n.dev = (struct knl_rdma_dev){
		.index = 3, .node_type = 1, .node_guid = 0x0c42a10300799a1cULL,
		.sys_image_guid = 0x0c42a10300799a1cULL, .ports = 1,
		.firmware = strdup("22.31.1014"),
	};
	return n;
}

static struct knl_node rdma_port(uint32_t state)
{
	struct knl_node n = node(2, FABMON_NODE_KIND_RDMA_PORT, 1, "mlx5_0/1");

	edge(&n, FABMON_EDGE_TYPE_NETDEV, 0, 0, NULL, "");
	n.edges[0].ifindex = 7;
	strcpy(n.edges[0].ifname, "ens1");
	n.port = (struct knl_rdma_port){
		.number = 1, .state = state, .phys_state = state == 4 ? 5 : 3,
		.link_layer = 2, .protocol = FABMON_RDMA_PROTOCOL_ROCEV2,
		.speed = 32, .width = 4, .rate = 100000, .active_mtu = 1024,
		.max_mtu = 4096, .gid_count = 1, .n_gids = 1,
	};
	n.port.gids = calloc(1, sizeof(*n.port.gids));
	n.port.gids[0] = (struct knl_gid){
		.index = 3, .type = FABMON_GID_TYPE_ROCEV2, .ifindex = 7,
		.value = { [10] = 0xff, 0xff, 192, 0, 2, 1 },
	};
	return n;
}

static void put(struct cli_set *set, struct knl_node n)
{
	assert_int_equal(cli_set_put(set, &n), 0);
	assert_null(n.name);
}

static void put_cxl(struct cli_set *set)
{
	struct knl_node n;

	n = node(10, FABMON_NODE_KIND_CXL_MEMDEV, 0, "mem0");
	n.driver = strdup("cxl_mem");
	n.path = strdup("/devices/pci0000:0c/0000:0c:00.0/0000:0d:00.0/mem0");
	strcpy(n.pci, "0000:0d:00.0");
	n.numa_node = 0;
	put(set, n);
	put(set, node(11, FABMON_NODE_KIND_CXL_ROOT, 0, "root0"));
	n = node(12, FABMON_NODE_KIND_CXL_PORT, 11, "port1");
	n.driver = strdup("cxl_port");
	edge(&n, FABMON_EDGE_TYPE_UPORT, 0, 0, "/devices/pci0000:0c", "");
	edge(&n, FABMON_EDGE_TYPE_DPORT, 0, 0, NULL, "0000:0c:00.0");
	edge(&n, FABMON_EDGE_TYPE_DPORT, 1, 0, NULL, "0000:0c:01.0");
	put(set, n);
	n = node(13, FABMON_NODE_KIND_CXL_ENDPOINT, 12, "endpoint2");
	edge(&n, FABMON_EDGE_TYPE_UPORT, 0, 10, NULL, "");
	put(set, n);
	put(set, node(14, FABMON_NODE_KIND_CXL_ROOT_DECODER, 11, "decoder0.0"));
	n = node(15, FABMON_NODE_KIND_CXL_REGION, 14, "region0");
	n.driver = strdup("cxl_region");
	put(set, n);
	put(set, node(16, FABMON_NODE_KIND_CXL_SWITCH_DECODER, 12,
		      "decoder1.0"));
	put(set, node(17, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 13,
		      "decoder2.10"));
	put(set, node(18, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 13,
		      "decoder2.9"));
}

static const char rdma_text[] =
	"mlx5_0  rdma-dev  ca  guid 0c42:a103:0079:9a1c  firmware 22.31.1014"
	"  pci 0000:3b:00.0  numa 1  driver mlx5_core\n"
	"  mlx5_0/1  rdma-port  ACTIVE  LINK_UP  rocev2  100 Gb/s (4X EDR)"
	"  mtu 1024  netdev ens1  gids 1\n";

static const char cxl_text[] =
	"root0  cxl-root\n"
	"  port1  cxl-port  host bridge  pci0000:0c"
	"  dports 0=0000:0c:00.0,1=0000:0c:01.0  driver cxl_port\n"
	"    endpoint2  cxl-endpoint  (no driver)\n"
	"      mem0  cxl-memdev  pci 0000:0d:00.0  numa 0  driver cxl_mem\n"
	"      decoder2.9  cxl-endpoint-decoder\n"
	"      decoder2.10  cxl-endpoint-decoder\n"
	"    decoder1.0  cxl-switch-decoder\n"
	"  decoder0.0  cxl-root-decoder\n"
	"    region0  cxl-region  committed  driver cxl_region\n";

static void show_all_as_text(void **state)
{
	struct fixture *f = *state;
	char both[2048];

	put(&f->set, rdma_port(4));
	put(&f->set, rdma_dev());
	put_cxl(&f->set);
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	snprintf(both, sizeof(both), "%s%s", rdma_text, cxl_text);
	expect_text(f, both);
}

static void show_some(void **state)
{
	char *words[] = { "mem?", "region0", "mlx5_0", "nothing" };
	struct fixture *f = *state;

	put_cxl(&f->set);
	f->cli.args = words;
	f->cli.n_args = 2;
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	expect_text(f, "mem0  cxl-memdev  pci 0000:0d:00.0  numa 0  driver cxl_mem\n"
		       "region0  cxl-region  committed  driver cxl_region\n");
	f->cli.n_args = 4;
	assert_int_equal(cli_show_set(&f->cli, &f->set), -ENOENT);
}

static const char port_json[] =
	"{\"id\":2,\"kind\":\"rdma-port\",\"name\":\"mlx5_0/1\",\"parent\":1,"
	"\"edges\":[{\"type\":\"netdev\",\"ifindex\":7,\"ifname\":\"ens1\"}],"
	"\"rdma-port\":{\"number\":1,\"state\":\"active\","
	"\"phys-state\":\"link-up\",\"link-layer\":\"ethernet\","
	"\"protocol\":\"rocev2\",\"speed\":\"EDR\",\"width\":4,"
	"\"rate\":100000,\"active-mtu\":1024,\"max-mtu\":4096,\"gid-count\":1,"
	"\"gids\":[{\"index\":3,\"type\":\"rocev2\","
	"\"value\":\"0000:0000:0000:0000:0000:ffff:c000:0201\","
	"\"ifindex\":7}]}}";

static void show_as_json(void **state)
{
	struct fixture *f = *state;
	char text[2048];

	f->cli.json = true;
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	expect_text(f, "[]\n");

	put(&f->set, rdma_dev());
	put(&f->set, rdma_port(4));
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	snprintf(text, sizeof(text),
		 "[{\"id\":1,\"kind\":\"rdma-dev\",\"name\":\"mlx5_0\","
		 "\"driver\":\"mlx5_core\",\"pci\":\"0000:3b:00.0\","
		 "\"numa-node\":1,\"edges\":[],\"rdma-dev\":{\"index\":3,"
		 "\"node-type\":\"ca\",\"node-guid\":\"0c42:a103:0079:9a1c\","
		 "\"sys-image-guid\":\"0c42:a103:0079:9a1c\","
		 "\"firmware\":\"22.31.1014\",\"ports\":1}},%s]\n", port_json);
	expect_text(f, text);
}

/* Rings and parents that are not there: every node comes once. */
static int count_node(const struct knl_node *n, const struct knl_node *above,
		      unsigned int depth, void *ctx)
{
	(*(int *)ctx)++;
	return 0;
}

static void tree_of_nonsense(void **state)
{
	struct fixture *f = *state;
	uint32_t id;
	int count = 0;

	put(&f->set, node(1, FABMON_NODE_KIND_CXL_PORT, 2, "a"));
	put(&f->set, node(2, FABMON_NODE_KIND_CXL_PORT, 1, "b"));
	put(&f->set, node(3, FABMON_NODE_KIND_CXL_PORT, 3, "c"));
	put(&f->set, node(4, FABMON_NODE_KIND_CXL_PORT, 99, "d"));
	for (id = 100; id < 300; id++)
		put(&f->set, node(id, FABMON_NODE_KIND_CXL_PORT, id - 1, "e"));
	assert_int_equal(cli_tree_walk(&f->set, count_node, &count), 0);
	assert_int_equal(count, 204);
}

static void set_keeps_order(void **state)
{
	struct fixture *f = *state;
	uint32_t id;
	size_t i;

	for (id = 500; id > 0; id--)
		put(&f->set, node((id * 7) % 503 + 1, FABMON_NODE_KIND_CXL_PMU,
				  0, "x"));
	for (i = 1; i < f->set.count; i++)
		assert_true(f->set.nodes[i - 1].id < f->set.nodes[i].id);
	for (id = 1; id <= 600; id += 2)
		cli_set_remove(&f->set, id);
	assert_null(cli_set_find(&f->set, 3));
	assert_non_null(cli_set_find(&f->set, 4));
}

static int notify(struct fixture *f, uint8_t cmd, uint64_t seq,
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
	struct fixture *f = *state;
	struct knl_node n;

	put(&f->stream.nodes, rdma_dev());
	n = rdma_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 11, &n), 0);
	expect_text(f, "03:04:05.123456 #11 add rdma-port mlx5_0/1  ACTIVE"
		       "  LINK_UP  rocev2  100 Gb/s (4X EDR)  mtu 1024"
		       "  netdev ens1  gids 1\n");
	n = rdma_port(1);
	n.port.n_gids = 0;
	n.port.gid_count = 0;
	assert_int_equal(notify(f, FABMON_CMD_NODE_CHANGE_NTF, 12, &n), 0);
	expect_text(f, "03:04:05.123456 #12 change rdma-port mlx5_0/1:"
		       " state active -> down, phys-state link-up -> disabled,"
		       " gid-count 1 -> 0, gid[3] rocev2"
		       " 0000:0000:0000:0000:0000:ffff:c000:0201 7 -> (none)\n");
	/* Known already, then one that a newer module has. */
	n = rdma_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_CHANGE_NTF, 12, &n), 0);
	assert_int_equal(notify(f, 200, 13, NULL), 0);
	expect_text(f, "");
	n = rdma_port(1);
	f->cli.date = true;
	assert_int_equal(notify(f, FABMON_CMD_NODE_DELETE_NTF, 14, &n), 0);
	expect_text(f, "2026-01-02T03:04:05.123456+0000 #14 delete rdma-port"
		       " mlx5_0/1\n");
	assert_null(cli_set_find(&f->stream.nodes, 2));
	assert_false(f->stream.unsure);
}

static void monitor_as_json(void **state)
{
	struct fixture *f = *state;
	struct knl_node n;
	char text[2048];

	f->cli.json = true;
	put(&f->stream.nodes, rdma_port(1));
	n = rdma_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_CHANGE_NTF, 11, &n), 0);
	snprintf(text, sizeof(text),
		 "{\"time\":\"2026-01-02T03:04:05.123456+0000\","
		 "\"op\":\"change\",\"seq\":11,"
		 "\"instance\":\"1122334455667788\",\"boottime\":42,"
		 "\"realtime\":1767323045123456000,\"node\":%s,\"changed\":"
		 "[{\"property\":\"rdma-port.state\",\"old\":\"down\","
		 "\"new\":\"active\"},{\"property\":\"rdma-port.phys-state\","
		 "\"old\":\"disabled\",\"new\":\"link-up\"}]}\n", port_json);
	expect_text(f, text);
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
	struct fixture *f = *state;
	struct knl_msg msg;

	put_cxl(&f->stream.nodes);
	dram_event(&msg);
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	expect_text(f, "03:04:05.123456 #11 event cxl-memdev mem0: dram"
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
	forget_text(f);
	f->cli.no_events = true;
	msg.seq = 13;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	expect_text(f, "");
	assert_int_equal(f->stream.seq, 13);
	knl_msg_clear(&msg);
}

/* The entries of a table that came and went, and why. */
static void monitor_tables(void **state)
{
	struct fixture *f = *state;
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

	put(&f->stream.nodes, rdma_port(4));
	msg.node = rdma_port(4);
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
	forget_text(f);

	/* Of a port whose state before is not known. */
	cli_set_remove(&f->stream.nodes, 2);
	msg.seq = 12;
	msg.node = rdma_port(4);
	msg.removed.n_gids = 0;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, "  gids 1, gid 3 added fe80:"));
	forget_text(f);

	f->cli.json = true;
	msg.seq = 13;
	msg.node = rdma_port(4);
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
static void expect_now(struct fixture *f, const char *text)
{
	const char *from;

	fflush(f->cli.out);
	from = strchr(f->text, ' ');
	assert_non_null(from);
	assert_string_equal(from, text);
	forget_text(f);
}

static void monitor_loses(void **state)
{
	struct fixture *f = *state;
	struct cli_set dumped = { 0 };
	struct knl_node n;

	put(&f->stream.nodes, rdma_dev());
	put(&f->stream.nodes, rdma_port(4));
	n = rdma_dev();
	assert_int_equal(notify(f, FABMON_CMD_NODE_DELETE_NTF, 15, &n), 0);
	assert_non_null(strstr(f->text, " lost 4 notifications"
			       " (hole in the sequence)\n03:04:05.123456 #15"
			       " delete rdma-dev mlx5_0\n"));
	assert_true(f->stream.unsure);
	forget_text(f);

	put(&dumped, rdma_port(1));
	assert_int_equal(cli_stream_resync(&f->stream, &dumped, INSTANCE, 20,
					   true), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " resync 5 notifications"
			       " (nodes read again)\n"));
	assert_non_null(strstr(f->text, " change rdma-port mlx5_0/1: state"
			       " active -> down, phys-state link-up ->"
			       " disabled (found by reading again)\n"));
	forget_text(f);
	assert_false(f->stream.unsure);
	assert_int_equal(f->stream.seq, 20);
	assert_int_equal(dumped.count, 0);

	assert_int_equal(cli_stream_resync(&f->stream, &dumped, INSTANCE, 21,
					   true), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " delete rdma-port mlx5_0/1"
			       " (found by reading again)\n"));
	forget_text(f);
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
		.node = rdma_port(seq == RING_FIRST ? 1 : 4),
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

static void ring_use(struct fixture *f, uint64_t oldest)
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

static void expect_texts(struct fixture *f, const char *first,
			 const char *second, const char *third)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s%s", first, second, third);
	expect_text(f, text);
}

/* A hole is filled before what comes after it, and nothing comes twice. */
static void monitor_replays(void **state)
{
	struct fixture *f = *state;
	struct knl_msg msg;
	struct knl_node n;

	ring_use(f, RING_FIRST);
	f->stream.seq = 20;
	f->stream.shown = 20;
	put_cxl(&f->stream.nodes);
	put(&f->stream.nodes, rdma_port(4));
	n = rdma_dev();
	assert_int_equal(notify(f, FABMON_CMD_NODE_DELETE_NTF, 25, &n), 0);
	expect_texts(f, down_text, rest_text,
		     "03:04:05.123456 #25 delete rdma-dev mlx5_0\n");
	assert_false(f->stream.unsure);
	ring_msg(&msg, 23);
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	knl_msg_clear(&msg);
	expect_text(f, "");
	assert_int_equal(replays, 1);
	assert_int_equal(f->stream.seq, 25);
}

static void monitor_replays_overrun(void **state)
{
	struct fixture *f = *state;

	ring_use(f, RING_FIRST);
	f->stream.seq = 20;
	f->stream.shown = 20;
	put_cxl(&f->stream.nodes);
	put(&f->stream.nodes, rdma_port(4));
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	expect_texts(f, down_text, rest_text, "");
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	expect_text(f, "");
	assert_false(f->stream.unsure);
}

/* What the ring does not hold any more is printed as lost; the nodes are read again. */
static void monitor_replays_in_part(void **state)
{
	struct fixture *f = *state;

	ring_use(f, RING_FIRST + 1);
	put_cxl(&f->stream.nodes);
	put(&f->stream.nodes, rdma_port(1));
	assert_int_equal(cli_stream_lost(&f->stream, "read too slowly"), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " #21 lost 11 notifications"
			       " (the module has them no more)\n"));
	assert_non_null(strstr(f->text, rest_text));
	assert_true(f->stream.unsure);
	forget_text(f);
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
	struct fixture *f = *state;

	ring_use(f, RING_FIRST);
	f->stream.seq = 24;
	f->stream.shown = 24;
	put_cxl(&f->stream.nodes);
	assert_int_equal(cli_stream_history(&f->stream, 0), 0);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, "03:04:05.123456 #21 change rdma-port"
			       " mlx5_0/1  DOWN  DISABLED  rocev2"));
	assert_non_null(strstr(f->text, "#22 change rdma-port mlx5_0/1:"
			       " state down -> active"));
	assert_non_null(strstr(f->text, "#23 event mem0: dram"));
	assert_null(strstr(f->text, "lost"));
	forget_text(f);
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
	forget_text(f);

	/* the next, that is nothing; and what cannot be */
	assert_int_equal(cli_stream_history(&f->stream, 25), 0);
	expect_text(f, "");
	assert_int_equal(f->stream.shown, 24);
	f->stream.replay = no_replay;
	assert_int_equal(cli_stream_history(&f->stream, 1), -EOPNOTSUPP);
}

/* More happened between the dump and the replay: it changes the nodes. */
static void monitor_history_races(void **state)
{
	struct fixture *f = *state;

	ring_use(f, RING_FIRST);
	f->stream.seq = 21;
	f->stream.shown = 21;
	put_cxl(&f->stream.nodes);
	put(&f->stream.nodes, rdma_port(1));
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
	struct fixture *f = *state;
	struct cli_set dumped = { 0 };
	struct knl_msg msg;
	struct knl_node n;

	put_cxl(&dumped);
	f->stream.shown = 11;
	assert_int_equal(cli_stream_resync(&f->stream, &dumped, INSTANCE, 14,
					   true), 0);
	forget_text(f);
	n = rdma_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 12, &n), 0);
	expect_text(f, "");
	dram_event(&msg);
	msg.seq = 13;
	assert_int_equal(cli_stream_message(&msg, &f->stream), 0);
	knl_msg_clear(&msg);
	fflush(f->cli.out);
	assert_non_null(strstr(f->text, " #13 event cxl-memdev mem0: dram"));
	forget_text(f);
	n = rdma_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 14, &n), 0);
	expect_text(f, "");
	n = rdma_port(4);
	assert_int_equal(notify(f, FABMON_CMD_NODE_ADD_NTF, 15, &n), 0);
	assert_non_null(strstr(f->text, " #15 add"));
	assert_null(strstr(f->text, "lost"));
}

static void monitor_module_goes(void **state)
{
	struct fixture *f = *state;
	struct knl_msg msg = {
		.cmd = 200, .instance = INSTANCE + 1, .seq = 1,
	};

	put(&f->stream.nodes, rdma_dev());
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

static void info_as_json(void **state)
{
	const struct knl_info info = {
		.version = "0.1.0", .abi = 1, .instance = INSTANCE, .seq = 7,
		.nodes = 2, .lost_send = 3,
		.capabilities = FABMON_CAPABILITY_RDMA |
				FABMON_CAPABILITY_EVENT_POISON | 0x40000000,
	};
	struct fixture *f = *state;

	assert_int_equal(cli_json_print(&f->cli, cli_json_info(&info)), 0);
	expect_text(f, "{\"module-version\":\"0.1.0\",\"abi\":1,"
		       "\"instance\":\"1122334455667788\",\"seq\":7,"
		       "\"nodes\":2,\"capabilities\":[\"rdma\","
		       "\"event-poison\",\"1073741824\"],\"lost-build\":0,\"lost-hook\":0,"
		       "\"lost-send\":3}\n");
}

/* A fabmond that answers once. */
static pid_t daemon_play(const char *path, const char *report)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	if (!pid) {
		int client = accept(fd, NULL, NULL);

		_exit(write(client, report, strlen(report)) < 0);
	}
	close(fd);
	return pid;
}

static void status_as_text(void **state)
{
	static const char report[] =
		"{\"version\":\"0\",\"host\":\"h\",\"kernel\":{\"state\":\"k\","
		"\"nodes\":2,\"seq\":3},\"tree\":{\"resources\":4,"
		"\"generation\":5},\"receivers\":["
		"{\"url\":\"http://a\",\"profile\":\"sunfish\","
		"\"state\":\"registered\",\"context\":\"c\",\"queued\":0,"
		"\"drift\":0,\"failures\":0,\"dropped\":0,\"success_s\":7,"
		"\"compared_s\":7200,\"differences\":1},"
		"{\"name\":\"rack7\",\"url\":\"http://b\","
		"\"profile\":\"sunfish\",\"state\":\"not in touch\","
		"\"queued\":12,\"oldest_s\":180,\"drift\":9,\"failures\":4,"
		"\"dropped\":1},"
		"{\"name\":\"plain\",\"profile\":\"redfish\","
		"\"state\":\"subscribes\"}]}";
	struct fixture *f = *state;
	char *dir = tempdir_make(), path[100];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/control", dir);
	f->cli.socket = path;
	assert_int_equal(cli_status(&f->cli), CLI_EXIT_NO_DAEMON);
	pid = daemon_play(path, report);
	assert_int_equal(cli_status(&f->cli), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	expect_text(f,
		    "fabmond 0, host h\n"
		    "kernel: k; 2 nodes at 3\n"
		    "tree: 4 resources, generation 5\n"
		    "receiver http://a (sunfish): registered\n"
		    "  0 queued; drift 0; 0 failures in a row; 0 dropped\n"
		    "  last success 7 s ago\n"
		    "  last comparison 2 h ago, 1 differences\n"
		    "receiver rack7 http://b (sunfish): not in touch\n"
		    "  12 queued, the oldest for 3 min; drift 9; 4 failures in a row; 1 dropped\n"
		    "receiver plain (redfish): subscribes\n");
	tempdir_remove(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* A full disk behind standard output: the error names the step. */
static void write_fails(void **state)
{
	struct fixture *f = *state;
	struct cli cli = { .out = fopen("/dev/full", "we"), .json = true };
	int err;

	assert_non_null(cli.out);
	setvbuf(cli.out, NULL, _IONBF, 0);
	err = cli_json_print(&cli, json_object());
	assert_int_equal(err, -ENOSPC);
	assert_string_equal(error_text(err),
			    "standard output: write: No space left on device");
	assert_int_equal(cli_json_print(&f->cli, NULL), -ENOMEM);
	assert_string_equal(error_text(-ENOMEM),
			    "the JSON document: Cannot allocate memory");
	fclose(cli.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(show_all_as_text),
		TEST(show_some),
		TEST(show_as_json),
		TEST(tree_of_nonsense),
		TEST(set_keeps_order),
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
		TEST(info_as_json),
		TEST(status_as_text),
		TEST(write_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
