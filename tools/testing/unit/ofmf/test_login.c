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

#include "site.h"
#include "tempdir.h"
#include "util/log.h"

#define RIGHT	"host:Kei0shoh"
/* of RIGHT in base64 */
#define DEMAND	"Authorization: Basic aG9zdDpLZWkwc2hvaA=="

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, true, OFMF_RESYNC_NONE);
	struct site *site = *state;

	if (!site)
		return 0;
	fault_proxy_demand(site->front, DEMAND);
	agent->security.login = site_file(site, "login");
	/* what is not logged now is never logged */
	log_set_level(LOG_DEBUG);
	site_log_begin(site);
	return 0;
}

static int teardown(void **state)
{
	log_set_level(LOG_INFO);
	return site_teardown(state);
}

static struct agent *agent_of(const struct site *site)
{
	return site->agents[0];
}

/* The log, in which no secret is. */
static const char *log_checked(struct site *site)
{
	const char *log = site_log_end(site);

	assert_int_equal(capture_lines(log, "Kei0shoh"), 0);
	assert_int_equal(capture_lines(log, "aG9zdD"), 0);
	assert_int_equal(capture_lines(log, "wrong:"), 0);
	return log;
}

static void settle(struct site *site)
{
	site_settle_as(site, agent_of(site), AGENT_NAMES);
}

static void start(struct site *site)
{
	assert_int_equal(agent_start(agent_of(site)), 0);
}

static void fails(struct site *site)
{
	site_fails(site, agent_of(site), 3);
}

static void test_right(void **state)
{
	struct site *site = site_of(state);

	tempdir_write(site->files, "login", RIGHT "\n");
	start(site);
	settle(site);
	log_checked(site);
}

/* The log names the file; it is right as soon as the file is. */
static void test_wrong(void **state)
{
	struct site *site = site_of(state);
	const char *log;

	tempdir_write(site->files, "login", "wrong:wrong\n");
	start(site);
	fails(site);
	assert_int_equal(agent_received(agent_of(site), NULL, NULL), 0);
	tempdir_write(site->files, "login", RIGHT);
	settle(site);
	log = log_checked(site);
	assert_int_equal(capture_lines(log, "warning: "), 1);
	assert_true(capture_lines(log, agent_of(site)->security.login) > 0);
}

/* Nothing is lost over it, however long it takes. */
static void test_changed(void **state)
{
	struct site *site = site_of(state);

	tempdir_write(site->files, "login", RIGHT "\n");
	start(site);
	settle(site);
	fault_proxy_demand(site->front, "Authorization: Basic bmV3Om5ldw==");
	agent_alert(agent_of(site), "Locked");
	agent_name(agent_of(site), "Memory/m0", "changed");
	agent_publish(agent_of(site));
	fails(site);
	fails(site);
	assert_int_equal(agent_received(agent_of(site), "Locked", NULL), 0);
	tempdir_write(site->files, "login", "new:new\n");
	settle(site);
	assert_true(agent_received(agent_of(site), "Locked", NULL) > 0);
	assert_true(agent_received(agent_of(site), "ResourceChanged",
			       "Memory/m0") > 0);
	log_checked(site);
}

static void test_unusable(void **state)
{
	static const char *const bad[] = { "", "\n", "no colon\n" };
	struct site *site = site_of(state);
	const char *log;
	size_t i;

	start(site);
	fails(site);		/* there is none */
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tempdir_write(site->files, "login", bad[i]);
		fails(site);
	}
	assert_int_equal(fault_proxy_seen(site->front, "GET") +
			 fault_proxy_seen(site->front, "POST"), 0);
	tempdir_write(site->files, "login", RIGHT);
	settle(site);
	log = log_checked(site);
	assert_true(capture_lines(log, "/login cannot be read: No such") > 0);
	assert_true(capture_lines(log, "/login has no line \"name:pass") > 0);
}

static void test_none(void **state)
{
	struct site *site = site_of(state);
	const char *log;

	agent_of(site)->security.login = NULL;
	start(site);
	fails(site);
	log = log_checked(site);
	assert_true(capture_lines(log, "set login_file") > 0);
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
	struct site *site = site_of(state);

	tempdir_write(site->files, "login", RIGHT "\n");
	start(site);
	settle(site);
	log_checked(site);
	assert_true(is_in("/proc/self/cmdline", "test_login"));
	assert_false(is_in("/proc/self/cmdline", "Kei0shoh"));
	assert_false(is_in("/proc/self/environ", "Kei0shoh"));
}

/* Who sends us elsewhere does not get us to go there. */
static void test_redirected(void **state)
{
	struct site *site = site_of(state);
	const char *log;
	struct fault_proxy *elsewhere = fault_proxy_new();
	const struct fault_rule rule = {
		.fault = FAULT_REDIRECT, .count = 1000,
		.port = fault_proxy_port(elsewhere),
	};

	tempdir_write(site->files, "login", RIGHT "\n");
	fault_proxy_target(elsewhere, site->standin.port);
	fault_proxy_rule(site->front, &rule);
	start(site);
	fails(site);
	assert_true(fault_proxy_hits(site->front) >= 3);
	fault_proxy_rule(site->front, NULL);
	settle(site);
	fault_proxy_rule(site->front, &rule);
	agent_name(agent_of(site), "Memory/m0", "changed");
	agent_publish(agent_of(site));
	fails(site);
	fault_proxy_rule(site->front, NULL);
	settle(site);
	assert_int_equal(fault_proxy_seen(elsewhere, "GET") +
			 fault_proxy_seen(elsewhere, "POST") +
			 fault_proxy_seen(elsewhere, "PATCH"), 0);
	fault_proxy_free(elsewhere);
	log = log_checked(site);
	assert_true(capture_lines(log, "HTTP 307") > 0);
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
