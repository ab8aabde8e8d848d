// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An OFMF that wants to know who we are: a name and a password from a file that
 * is read for each request. They are in no log and on no command line, and go to
 * nobody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "capture.h"
#include "fault.h"
#include "util/log.h"
#include "tempdir.h"

#define LIMIT	15000	/* ms */
#define RIGHT	"host:Kei0shoh"
/* of RIGHT in base64 */
#define DEMAND	"Authorization: Basic aG9zdDpLZWkwc2hvaA=="

struct rig {
	struct standin standin;
	struct fault_proxy *front;
	struct agent agent;
	char *dir, *files;
	char login[128];
	char why[512];
	struct capture capture;
	char *text;
};

static int setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	sd_event *event;

	*state = rig;
	if (!standin_program())
		return 0;
	rig->dir = tempdir_make();
	rig->files = tempdir_make();
	standin_start(&rig->standin);
	rig->front = fault_proxy_new();
	fault_proxy_target(rig->front, rig->standin.port);
	fault_proxy_demand(rig->front, DEMAND);
	assert_int_equal(sd_event_new(&event), 0);
	agent_init(&rig->agent, event, &rig->standin, "h", rig->dir);
	sd_event_unref(event);
	snprintf(rig->agent.url, sizeof(rig->agent.url), "http://127.0.0.1:%d",
		 fault_proxy_port(rig->front));
	snprintf(rig->login, sizeof(rig->login), "%s/login", rig->files);
	rig->agent.security.login = rig->login;
	/* what is not logged now is never logged */
	log_set_level(LOG_DEBUG);
	capture_begin(&rig->capture);
	return 0;
}

static void said_nothing_secret(struct rig *rig)
{
	rig->text = capture_end(&rig->capture);
	assert_int_equal(capture_lines(rig->text, "Kei0shoh"), 0);
	assert_int_equal(capture_lines(rig->text, "aG9zdD"), 0);
	assert_int_equal(capture_lines(rig->text, "wrong:"), 0);
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	log_set_level(LOG_INFO);
	if (rig->dir) {
		agent_stop(&rig->agent);
		fault_proxy_free(rig->front);
		standin_stop(&rig->standin);
		agent_clear(&rig->agent);
		tempdir_remove(rig->dir);
		tempdir_remove(rig->files);
	}
	free(rig->text);
	free(rig);
	return 0;
}

static struct rig *rig_of(void **state)
{
	struct rig *rig = *state;

	if (!rig->dir) {
		print_message("OFMF_STANDIN is not set\n");
		skip();
	}
	return rig;
}

static void settle(struct rig *rig)
{
	if (agent_settle(&rig->agent, AGENT_NAMES, LIMIT, rig->why,
			 sizeof(rig->why)) < 0)
		fail_msg("%s", rig->why);
}

static void fails(struct rig *rig)
{
	uint64_t end = agent_now_ms() + LIMIT;
	unsigned int before = rig->agent.ofmf->failures;

	while (rig->agent.ofmf->failures < before + 3 && agent_now_ms() < end)
		agent_run(&rig->agent, 20);
	assert_true(rig->agent.ofmf->failures >= before + 3);
}

static void test_right(void **state)
{
	struct rig *rig = rig_of(state);

	tempdir_write(rig->files, "login", RIGHT "\n");
	assert_int_equal(agent_start(&rig->agent), 0);
	settle(rig);
	said_nothing_secret(rig);
}

/* The log names the file; it is right as soon as the file is. */
static void test_wrong(void **state)
{
	struct rig *rig = rig_of(state);

	tempdir_write(rig->files, "login", "wrong:wrong\n");
	assert_int_equal(agent_start(&rig->agent), 0);
	fails(rig);
	assert_int_equal(agent_told(&rig->agent, NULL, NULL), 0);
	tempdir_write(rig->files, "login", RIGHT);
	settle(rig);
	said_nothing_secret(rig);
	assert_int_equal(capture_lines(rig->text, "warning: "), 1);
	assert_true(capture_lines(rig->text, rig->login) > 0);
}

/* Nothing is lost over it, however long it takes. */
static void test_changed(void **state)
{
	struct rig *rig = rig_of(state);

	tempdir_write(rig->files, "login", RIGHT "\n");
	assert_int_equal(agent_start(&rig->agent), 0);
	settle(rig);
	fault_proxy_demand(rig->front, "Authorization: Basic bmV3Om5ldw==");
	agent_alert(&rig->agent, "Locked");
	agent_name(&rig->agent, "Memory/m0", "changed");
	agent_publish(&rig->agent);
	fails(rig);
	fails(rig);
	assert_int_equal(agent_told(&rig->agent, "Locked", NULL), 0);
	tempdir_write(rig->files, "login", "new:new\n");
	settle(rig);
	assert_true(agent_told(&rig->agent, "Locked", NULL) > 0);
	assert_true(agent_told(&rig->agent, "ResourceChanged", "Memory/m0") > 0);
	said_nothing_secret(rig);
}

static void test_unusable(void **state)
{
	static const char *const bad[] = { "", "\n", "no colon\n" };
	struct rig *rig = rig_of(state);
	size_t i;

	assert_int_equal(agent_start(&rig->agent), 0);
	fails(rig);		/* there is none */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tempdir_write(rig->files, "login", bad[i]);
		fails(rig);
	}
	assert_int_equal(fault_proxy_seen(rig->front, "GET") +
			 fault_proxy_seen(rig->front, "POST"), 0);
	tempdir_write(rig->files, "login", RIGHT);
	settle(rig);
	said_nothing_secret(rig);
	assert_true(capture_lines(rig->text, "login_file cannot be read") > 0);
	assert_true(capture_lines(rig->text, "login_file has no line") > 0);
}

static void test_none(void **state)
{
	struct rig *rig = rig_of(state);

	rig->agent.security.login = NULL;
	assert_int_equal(agent_start(&rig->agent), 0);
	fails(rig);
	said_nothing_secret(rig);
	assert_true(capture_lines(rig->text, "set login_file") > 0);
}

static bool is_in(const char *path, const char *word)
{
	char text[65536];
	FILE *file = fopen(path, "re");
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	return memmem(text, size, word, strlen(word));
}

/* libcurl is given it, and nobody else. */
static void test_process_list(void **state)
{
	struct rig *rig = rig_of(state);

	tempdir_write(rig->files, "login", RIGHT "\n");
	assert_int_equal(agent_start(&rig->agent), 0);
	settle(rig);
	said_nothing_secret(rig);
	assert_true(is_in("/proc/self/cmdline", "test_login"));
	assert_false(is_in("/proc/self/cmdline", "Kei0shoh"));
	assert_false(is_in("/proc/self/environ", "Kei0shoh"));
}

/* Who sends us elsewhere does not get us to go there. */
static void test_redirected(void **state)
{
	struct rig *rig = rig_of(state);
	struct fault_proxy *elsewhere = fault_proxy_new();
	const struct fault_rule rule = {
		.fault = FAULT_REDIRECT, .count = 1000,
		.port = fault_proxy_port(elsewhere),
	};

	tempdir_write(rig->files, "login", RIGHT "\n");
	fault_proxy_target(elsewhere, rig->standin.port);
	fault_proxy_rule(rig->front, &rule);
	assert_int_equal(agent_start(&rig->agent), 0);
	fails(rig);
	assert_true(fault_proxy_hits(rig->front) >= 3);
	fault_proxy_rule(rig->front, NULL);
	settle(rig);
	fault_proxy_rule(rig->front, &rule);
	agent_name(&rig->agent, "Memory/m0", "changed");
	agent_publish(&rig->agent);
	fails(rig);
	fault_proxy_rule(rig->front, NULL);
	settle(rig);
	assert_int_equal(fault_proxy_seen(elsewhere, "GET") +
			 fault_proxy_seen(elsewhere, "POST") +
			 fault_proxy_seen(elsewhere, "PATCH"), 0);
	fault_proxy_free(elsewhere);
	said_nothing_secret(rig);
	assert_true(capture_lines(rig->text, "HTTP 307") > 0);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_right), CASE(test_wrong), CASE(test_changed),
		CASE(test_unusable), CASE(test_none), CASE(test_process_list),
		CASE(test_redirected),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
