// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What the command prints of nodes, of the module and of the daemon. */
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
	struct cli_fix *f = *state;
	char both[2048];

	set_put(&f->set, new_port(4));
	set_put(&f->set, new_dev());
	set_put_cxl(&f->set);
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	snprintf(both, sizeof(both), "%s%s", rdma_text, cxl_text);
	cli_fix_expect(f, both);
}

static void show_some(void **state)
{
	char *words[] = { "mem?", "region0", "mlx5_0", "nothing" };
	struct cli_fix *f = *state;

	set_put_cxl(&f->set);
	f->cli.args = words;
	f->cli.n_args = 2;
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	cli_fix_expect(f, "mem0  cxl-memdev  pci 0000:0d:00.0  numa 0  driver cxl_mem\n"
		       "region0  cxl-region  committed  driver cxl_region\n");
	f->cli.n_args = 4;
	assert_int_equal(cli_show_set(&f->cli, &f->set), -ENOENT);
}

static void show_as_json(void **state)
{
	struct cli_fix *f = *state;
	char text[2048];

	f->cli.json = true;
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	cli_fix_expect(f, "[]\n");

	set_put(&f->set, new_dev());
	set_put(&f->set, new_port(4));
	assert_int_equal(cli_show_set(&f->cli, &f->set), 0);
	snprintf(text, sizeof(text),
		 "[{\"id\":1,\"kind\":\"rdma-dev\",\"name\":\"mlx5_0\","
		 "\"driver\":\"mlx5_core\",\"pci\":\"0000:3b:00.0\","
		 "\"numa-node\":1,\"edges\":[],\"rdma-dev\":{\"index\":3,"
		 "\"node-type\":\"ca\",\"node-guid\":\"0c42:a103:0079:9a1c\","
		 "\"sys-image-guid\":\"0c42:a103:0079:9a1c\","
		 "\"firmware\":\"22.31.1014\",\"ports\":1}},%s]\n", port_json);
	cli_fix_expect(f, text);
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
	struct cli_fix *f = *state;
	uint32_t id;
	int count = 0;

	set_put(&f->set, new_node(1, FABMON_NODE_KIND_CXL_PORT, 2, "a"));
	set_put(&f->set, new_node(2, FABMON_NODE_KIND_CXL_PORT, 1, "b"));
	set_put(&f->set, new_node(3, FABMON_NODE_KIND_CXL_PORT, 3, "c"));
	set_put(&f->set, new_node(4, FABMON_NODE_KIND_CXL_PORT, 99, "d"));
	for (id = 100; id < 300; id++)
		set_put(&f->set, new_node(id, FABMON_NODE_KIND_CXL_PORT,
					   id - 1, "e"));
	assert_int_equal(cli_tree_walk(&f->set, count_node, &count), 0);
	assert_int_equal(count, 204);
}

static void set_keeps_order(void **state)
{
	struct cli_fix *f = *state;
	uint32_t id;
	size_t i;

	for (id = 500; id > 0; id--)
		set_put(&f->set, new_node((id * 7) % 503 + 1,
					   FABMON_NODE_KIND_CXL_PMU,
				  0, "x"));
	for (i = 1; i < f->set.count; i++)
		assert_true(f->set.nodes[i - 1].id < f->set.nodes[i].id);
	for (id = 1; id <= 600; id += 2)
		cli_set_remove(&f->set, id);
	assert_null(cli_set_find(&f->set, 3));
	assert_non_null(cli_set_find(&f->set, 4));
}

static void info_as_json(void **state)
{
	const struct knl_info info = {
		.version = "0.1.0", .abi = 1, .instance = INSTANCE, .seq = 7,
		.nodes = 2, .lost_send = 3,
		.capabilities = FABMON_CAPABILITY_RDMA |
				FABMON_CAPABILITY_EVENT_POISON | 0x40000000,
	};
	struct cli_fix *f = *state;

	assert_int_equal(cli_json_print(&f->cli, cli_json_info(&info)), 0);
	cli_fix_expect(f, "{\"module-version\":\"0.1.0\",\"abi\":1,"
		       "\"instance\":\"1122334455667788\",\"seq\":7,"
		       "\"nodes\":2,\"capabilities\":[\"rdma\","
		       "\"event-poison\",\"1073741824\"],\"lost-build\":0,\"lost-hook\":0,"
		       "\"lost-send\":3}\n");
}

/* A fabmond that answers once, after @request if that is not NULL. */
static pid_t daemon_play_to(const char *path, const char *request,
			    const char *report)
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
		char text[256] = "";

		if (request &&
		    (read(client, text, sizeof(text) - 1) < 0 ||
		     strcmp(text, request)))
			_exit(2);
		_exit(write(client, report, strlen(report)) < 0);
	}
	close(fd);
	return pid;
}

static pid_t daemon_play(const char *path, const char *report)
{
	return daemon_play_to(path, NULL, report);
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
		"{\"name\":\"new\",\"url\":\"http://c\","
		"\"profile\":\"sunfish\",\"state\":\"checking\","
		"\"queued\":0,\"drift\":null,\"failures\":0,"
		"\"dropped\":0},"
		"{\"name\":\"plain\",\"profile\":\"redfish\","
		"\"state\":\"subscribes\"}]}";
	struct cli_fix *f = *state;
	char *dir = tempdir_make(), path[100];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/control", dir);
	f->cli.socket = path;
	assert_int_equal(cli_status(&f->cli), CLI_EXIT_NO_DAEMON);
	pid = daemon_play(path, report);
	assert_int_equal(cli_status(&f->cli), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	cli_fix_expect(f,
		    "fabmond 0, host h\n"
		    "kernel: k; 2 nodes at 3\n"
		    "tree: 4 resources, generation 5\n"
		    "receiver http://a (sunfish): registered\n"
		    "  0 queued; drift 0; 0 failures in a row; 0 dropped\n"
		    "  last success 7 s ago\n"
		    "  last comparison 2 h ago, 1 differences\n"
		    "receiver rack7 http://b (sunfish): not in touch\n"
		    "  12 queued, the oldest for 3 min; drift 9; 4 failures in a row; 1 dropped\n"
		    "receiver new http://c (sunfish): checking\n"
		    "  0 queued; drift unknown; 0 failures in a row; 0 dropped\n"
		    "receiver plain (redfish): subscribes\n");
	tempdir_remove(dir);
}

#define LEAVE	"{\"command\":\"leave\"}\n"

/* @words of the command, what fabmond is to receive, and its answer. */
static int ask_daemon(struct cli_fix *f, int (*run)(const struct cli *cli),
		      const char *word, const char *request,
		      const char *answer)
{
	char *dir = tempdir_make(), base[100], path[108];
	char *args[] = { (char *)word };
	int code, status;
	pid_t pid;

	snprintf(base, sizeof(base), "%s/control", dir);
	snprintf(path, sizeof(path), "%s.admin", base);
	f->cli.socket = base;
	f->cli.args = args;
	f->cli.n_args = word ? 1 : 0;
	pid = daemon_play_to(path, request, answer);
	code = run(&f->cli);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	tempdir_remove(dir);
	return code;
}

static void leave_and_join(void **state)
{
	static const char both[] =
		"{\"results\":[{\"url\":\"http://a\",\"state\":\"left\","
		"\"deleted\":3,\"handed_over\":1},{\"url\":\"http://b\","
		"\"state\":\"leaving\",\"deleted\":0,\"handed_over\":0,"
		"\"error\":\"unreachable: no route\"}]}";
	static const char one[] =
		"{\"results\":[{\"url\":\"http://a\",\"state\":\"left\","
		"\"deleted\":0,\"handed_over\":0}]}";
	char *two[] = { (char *)"a", (char *)"b" };
	struct cli_fix *f = *state;

	assert_int_equal(ask_daemon(f, cli_leave, NULL, LEAVE, both),
			 CLI_EXIT_FAILURE);
	cli_fix_expect(f,
		"OFMF http://a: left; 3 resources deleted with all below them, 1 handed over to who shares them\n"
		"OFMF http://b: not left yet: unreachable: no route; fabmond keeps trying, see fabmon status\n");
	assert_int_equal(ask_daemon(f, cli_leave, "rack7",
		"{\"command\":\"leave\",\"name\":\"rack7\"}\n", one), 0);
	cli_fix_expect(f, "OFMF http://a: left; 0 resources deleted with all below them\n");
	assert_int_equal(ask_daemon(f, cli_join, "rack7",
		"{\"command\":\"join\",\"name\":\"rack7\"}\n", one), 0);
	cli_fix_expect(f, "OFMF http://a: joining, see fabmon status\n");
	assert_int_equal(ask_daemon(f, cli_leave, NULL, LEAVE,
				    "{\"error\":\"no\"}"), CLI_EXIT_FAILURE);
	assert_int_equal(ask_daemon(f, cli_leave, NULL, LEAVE, ""),
			 CLI_EXIT_FAILURE);
	f->cli.json = true;
	assert_int_equal(ask_daemon(f, cli_leave, NULL, LEAVE, both),
			 CLI_EXIT_FAILURE);
	assert_int_equal(ask_daemon(f, cli_leave, NULL, LEAVE, one), 0);
	f->cli.args = two;
	f->cli.n_args = 2;
	assert_int_equal(cli_leave(&f->cli), CLI_EXIT_USAGE);
	f->cli.n_args = 0;
	f->cli.socket = "/nowhere/control";
	assert_int_equal(cli_leave(&f->cli), CLI_EXIT_NO_DAEMON);
}

/* A full disk behind standard output: the error names the step. */
static void write_fails(void **state)
{
	struct cli_fix *f = *state;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, cli_fix_setup, \
					cli_fix_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(show_all_as_text),
		TEST(show_some),
		TEST(show_as_json),
		TEST(tree_of_nonsense),
		TEST(set_keeps_order),
		TEST(info_as_json),
		TEST(status_as_text),
		TEST(leave_and_join),
		TEST(write_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
