// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The command with its output in memory, and nodes for it to print. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cli_fixture.h"

/* cli_fail() and cli_finish() live in main.c, which is not linked here. */
int cli_fail(int err, const char *doing)
{
	return CLI_EXIT_FAILURE;
}

int cli_finish(const struct cli *cli)
{
	return 0;
}

int cli_fix_no_replay(struct cli_stream *stream, uint64_t seq)
{
	return -EOPNOTSUPP;
}

int cli_fix_setup(void **state)
{
	struct cli_fix *f = calloc(1, sizeof(*f));

	setenv("TZ", "UTC", 1);
	tzset();
	f->cli.out = open_memstream(&f->text, &f->len);
	f->stream.cli = &f->cli;
	f->stream.replay = cli_fix_no_replay;
	f->stream.instance = INSTANCE;
	f->stream.seq = 10;
	f->stream.shown = 10;
	*state = f;
	return 0;
}

int cli_fix_teardown(void **state)
{
	struct cli_fix *f = *state;

	cli_set_clear(&f->set);
	cli_set_clear(&f->stream.nodes);
	fclose(f->cli.out);
	free(f->text);
	free(f);
	return 0;
}

/* A stream that was rewound still ends where it was longest: a new one. */
void cli_fix_forget(struct cli_fix *f)
{
	fclose(f->cli.out);
	free(f->text);
	f->cli.out = open_memstream(&f->text, &f->len);
}

void cli_fix_expect(struct cli_fix *f, const char *text)
{
	fflush(f->cli.out);
	assert_string_equal(f->text, text);
	cli_fix_forget(f);
}

struct knl_node new_node(uint32_t id, enum fabmon_node_kind kind,
			    uint32_t parent, const char *name)
{
	return (struct knl_node){
		.id = id, .kind = kind, .parent = parent, .numa_node = -1,
		.name = strdup(name),
	};
}

void add_edge(struct knl_node *n, enum fabmon_edge_type type, uint32_t index,
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

struct knl_node new_dev(void)
{
	struct knl_node n = new_node(1, FABMON_NODE_KIND_RDMA_DEV, 0, "mlx5_0");

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

struct knl_node new_port(uint32_t state)
{
	struct knl_node n = new_node(2, FABMON_NODE_KIND_RDMA_PORT, 1,
				     "mlx5_0/1");

	add_edge(&n, FABMON_EDGE_TYPE_NETDEV, 0, 0, NULL, "");
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

void set_put(struct cli_set *set, struct knl_node n)
{
	assert_int_equal(cli_set_put(set, &n), 0);
	assert_null(n.name);
}

void set_put_cxl(struct cli_set *set)
{
	struct knl_node n;

	n = new_node(10, FABMON_NODE_KIND_CXL_MEMDEV, 0, "mem0");
	n.driver = strdup("cxl_mem");
	n.path = strdup("/devices/pci0000:0c/0000:0c:00.0/0000:0d:00.0/mem0");
	strcpy(n.pci, "0000:0d:00.0");
	n.numa_node = 0;
	set_put(set, n);
	set_put(set, new_node(11, FABMON_NODE_KIND_CXL_ROOT, 0, "root0"));
	n = new_node(12, FABMON_NODE_KIND_CXL_PORT, 11, "port1");
	n.driver = strdup("cxl_port");
	add_edge(&n, FABMON_EDGE_TYPE_UPORT, 0, 0, "/devices/pci0000:0c", "");
	add_edge(&n, FABMON_EDGE_TYPE_DPORT, 0, 0, NULL, "0000:0c:00.0");
	add_edge(&n, FABMON_EDGE_TYPE_DPORT, 1, 0, NULL, "0000:0c:01.0");
	set_put(set, n);
	n = new_node(13, FABMON_NODE_KIND_CXL_ENDPOINT, 12, "endpoint2");
	add_edge(&n, FABMON_EDGE_TYPE_UPORT, 0, 10, NULL, "");
	set_put(set, n);
	set_put(set, new_node(14, FABMON_NODE_KIND_CXL_ROOT_DECODER, 11,
			      "decoder0.0"));
	n = new_node(15, FABMON_NODE_KIND_CXL_REGION, 14, "region0");
	n.driver = strdup("cxl_region");
	set_put(set, n);
	set_put(set, new_node(16, FABMON_NODE_KIND_CXL_SWITCH_DECODER, 12,
		      "decoder1.0"));
	set_put(set, new_node(17, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 13,
		      "decoder2.10"));
	set_put(set, new_node(18, FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, 13,
		      "decoder2.9"));
}

const char port_json[] =
	"{\"id\":2,\"kind\":\"rdma-port\",\"name\":\"mlx5_0/1\",\"parent\":1,"
	"\"edges\":[{\"type\":\"netdev\",\"ifindex\":7,\"ifname\":\"ens1\"}],"
	"\"rdma-port\":{\"number\":1,\"state\":\"active\","
	"\"phys-state\":\"link-up\",\"link-layer\":\"ethernet\","
	"\"protocol\":\"rocev2\",\"speed\":\"EDR\",\"width\":4,"
	"\"rate\":100000,\"active-mtu\":1024,\"max-mtu\":4096,\"gid-count\":1,"
	"\"gids\":[{\"index\":3,\"type\":\"rocev2\","
	"\"value\":\"0000:0000:0000:0000:0000:ffff:c000:0201\","
	"\"ifindex\":7}]}}";
