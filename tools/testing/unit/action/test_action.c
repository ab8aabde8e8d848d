// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Actions are carried out by a child process, and its result comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "action/run.h"
#include "capture.h"
#include "util/error.h"
#include "util/log.h"

struct rig {
	sd_event *event;
	struct actions *actions;
	struct action_result result;
	int count;
};

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_int_equal(sd_event_new(&rig->event), 0);
	assert_int_equal(actions_new(&rig->actions, rig->event), 0);
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	actions_free(rig->actions);
	sd_event_unref(rig->event);
	free(rig);
	return 0;
}

static void on_done(const struct action_result *result, void *ctx)
{
	struct rig *rig = ctx;

	rig->result = *result;
	rig->count++;
}

static void run(struct rig *rig, const struct action *action)
{
	int before = rig->count;

	assert_int_equal(action_start(rig->actions, action, on_done, rig), 0);
	while (rig->count == before)
		assert_true(sd_event_run(rig->event, 10 * 1000000) > 0);
	assert_int_equal(rig->count, before + 1);
}

static bool is_up(const char *name)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCGIFFLAGS, &request), 0);
	close(fd);
	return request.ifr_flags & IFF_UP;
}

/* The loopback device of a network namespace of our own. */
static void test_link(void **state)
{
	struct action action = { .kind = ACTION_LINK, .up = true };
	struct rig *rig = *state;

	if (unshare(CLONE_NEWNET)) {
		print_message("no network namespace: %s\n", strerror(errno));
		skip();
	}
	action.ifindex = if_nametoindex("lo");
	strcpy(action.ifname, "lo");
	assert_false(is_up("lo"));
	run(rig, &action);
	assert_int_equal(rig->result.error, 0);
	assert_true(is_up("lo"));
	run(rig, &action);		/* again */
	assert_int_equal(rig->result.error, 0);
	action.up = false;
	run(rig, &action);
	assert_int_equal(rig->result.error, 0);
	assert_false(is_up("lo"));
	/* a number that is another's by now */
	strcpy(action.ifname, "eth9");
	run(rig, &action);
	assert_int_equal(rig->result.error, -ENODEV);
	assert_string_equal(rig->result.why, "eth9 is not here any more");
}

static void test_nothing_there(void **state)
{
	struct action action = {
		.kind = ACTION_REGION_DELETE, .region = "region4711",
	};
	struct rig *rig = *state;

	run(rig, &action);
	assert_int_equal(rig->result.error, -ENODEV);
	action.kind = ACTION_REGION_SETTLE;
	run(rig, &action);
	assert_true(rig->result.error == -ENODEV || !rig->result.error);
	assert_int_equal(rig->result.start, 0);
	action = (struct action) {
		.kind = ACTION_REGION_CREATE, .root = "decoder0.99",
		.memdevs = { "mem4711" }, .ways = 1, .size = 1 << 28,
	};
	run(rig, &action);
	assert_int_equal(rig->result.error, -ENODEV);
	assert_true(strlen(rig->result.why) > 0);
}

/* So many at a time, and then others. */
static void test_many(void **state)
{
	struct action action = { .kind = ACTION_LINK, .ifindex = 4711 };
	struct rig *rig = *state;
	int i;

	for (i = 0; i < ACTIONS_MAX; i++)
		assert_int_equal(action_start(rig->actions, &action, on_done,
					      rig), 0);
	assert_int_equal(action_start(rig->actions, &action, on_done, rig),
			 -EBUSY);
	while (rig->count < ACTIONS_MAX)
		assert_true(sd_event_run(rig->event, 10 * 1000000) > 0);
	run(rig, &action);
}

/* Nothing names the child's process: it is searched for among our children. */
static pid_t child_find(void)
{
	char path[64], list[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (!fgets(list, sizeof(list), file))
		list[0] = '\0';
	fclose(file);
	return (pid_t)atoi(list);
}

/* A child that ends before it has sent a result. */
static void test_killed(void **state)
{
	struct action action = { .kind = ACTION_LINK, .ifindex = 4711 };
	struct rig *rig = *state;
	pid_t pid;

	assert_int_equal(action_start(rig->actions, &action, on_done, rig), 0);
	pid = child_find();
	if (!pid) {
		print_message("/proc does not show children\n");
		skip();
	}
	kill(pid, SIGKILL);
	while (!rig->count)
		assert_true(sd_event_run(rig->event, 10 * 1000000) > 0);
	/* it may have been quicker than we were */
	assert_true(rig->result.error == -ECHILD ||
		    rig->result.error == -ENODEV);
	if (rig->result.error == -ECHILD)
		assert_string_equal(rig->result.why,
				    "it was interrupted by signal 9");
	/* and nobody is left to be waited for */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* A process that cannot be started is reported with the step that failed. */
static void test_no_pipe(void **state)
{
	struct action action = { .kind = ACTION_LINK, .ifindex = 4711 };
	struct rlimit before, none;
	struct rig *rig = *state;
	struct capture capture;
	char *text;
	int r;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 0;
	capture_begin(&capture);
	setrlimit(RLIMIT_NOFILE, &none);
	r = action_start(rig->actions, &action, on_done, rig);
	setrlimit(RLIMIT_NOFILE, &before);
	error_log(LOG_ERR, r, "/redfish/v1: a request failed");
	text = capture_end(&capture);
	assert_int_equal(r, -EMFILE);
	assert_non_null(strstr(text, "error: /redfish/v1: a request failed: "
			       "action: no pipe to its process: "
			       "Too many open files\n"));
	free(text);
	assert_int_equal(rig->count, 0);
}

/* The list of actions is gone: no callback comes. */
static void test_freed_under_way(void **state)
{
	struct action action = { .kind = ACTION_LINK, .ifindex = 4711 };
	struct rig *rig = *state;

	assert_int_equal(action_start(rig->actions, &action, on_done, rig), 0);
	actions_free(rig->actions);
	rig->actions = NULL;
	assert_int_equal(sd_event_run(rig->event, 100000), 0);
	assert_int_equal(rig->count, 0);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_link), CASE(test_nothing_there),
		CASE(test_many), CASE(test_killed), CASE(test_freed_under_way),
		CASE(test_no_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
