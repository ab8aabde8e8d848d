// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An OFMF that is wiped while it reads our tree goes on reading, and what it
 * reads then has the names that the next registration wants.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fault.h"
#include "site.h"

#define READS_MS	300
#define HEARTBEAT_US	500000	/* by which it is found */

static struct fault_proxy *back;

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, false,
					 OFMF_RESYNC_AUTO);

	if (!agent)
		return 0;
	back = fault_proxy_new();
	agent->back = back;
	/* nothing fails here because a machine is slow */
	agent->timing.get = agent->timing.event = 30000;
	agent->timing.handshake = agent->timing.crawl = 30000;
	agent->timing.heartbeat = HEARTBEAT_US;
	return agent_start(agent);
}

static int teardown(void **state)
{
	site_teardown(state);
	if (back)
		fault_proxy_free(back);
	back = NULL;
	return 0;
}

/* Runs the loop until the OFMF reads what the rule is about. */
static void until_read(struct agent *agent)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (!fault_proxy_hits(back) && agent_now_ms() < end)
		agent_run(agent, 5);
	assert_int_equal(fault_proxy_hits(back), 1);
}

static void wipe(struct site *site)
{
	json_decref(standin_ask(&site->standin, "POST", "/ResetResources"));
}

/* It reads a new resource slowly. */
static void test_wiped_while_reading(void **state)
{
	const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "GET", .path = "$Memory/m2",
		.count = 1, .ms = READS_MS,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_settle(site);
	fault_proxy_rule(back, &slow);
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	until_read(agent);
	wipe(site);
	site_settle(site);
	fault_proxy_rule(back, NULL);
}

/* It reads all, at the registration, and is in the middle. */
static void test_wiped_while_uploading(void **state)
{
	const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "GET", .path = "Ports/1",
		.count = 1, .ms = READS_MS,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	fault_proxy_rule(back, &slow);
	until_read(agent);
	wipe(site);
	site_settle(site);
	fault_proxy_rule(back, NULL);
}

/* The same, and fabmond is killed before the OFMF has read all. */
static void test_wiped_and_killed(void **state)
{
	const struct fault_rule first = {
		.fault = FAULT_DELAY, .method = "GET", .path = "Ports/1",
		.count = 1, .ms = READS_MS,
	};
	const struct fault_rule second = {
		.fault = FAULT_DELAY, .method = "GET", .path = "$Memory/m1",
		.count = 1, .ms = READS_MS,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	fault_proxy_rule(back, &first);
	until_read(agent);
	wipe(site);
	fault_proxy_rule(back, &second);
	until_read(agent);
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	fault_proxy_rule(back, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wiped_while_reading,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_wiped_while_uploading,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_wiped_and_killed,
						setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
