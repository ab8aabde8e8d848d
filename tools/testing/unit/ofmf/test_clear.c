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

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, false,
					 OFMF_RESYNC_AUTO);

	if (!agent)
		return 0;
	site_back(*state);
	agent_patient(agent);
	agent->timing.heartbeat = HEARTBEAT_US;
	return agent_start(agent);
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
	fault_proxy_rule(site->back, &slow);
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	site_hit(site, site->back);
	standin_wipe(&site->standin);
	site_settle(site);
	fault_proxy_rule(site->back, NULL);
}

/* It reads all, at the registration, and is in the middle. */
static void test_wiped_while_uploading(void **state)
{
	const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "GET", .path = "Ports/1",
		.count = 1, .ms = READS_MS,
	};
	struct site *site = site_of(state);

	fault_proxy_rule(site->back, &slow);
	site_hit(site, site->back);
	standin_wipe(&site->standin);
	site_settle(site);
	fault_proxy_rule(site->back, NULL);
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

	fault_proxy_rule(site->back, &first);
	site_hit(site, site->back);
	standin_wipe(&site->standin);
	fault_proxy_rule(site->back, &second);
	site_hit(site, site->back);
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	fault_proxy_rule(site->back, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_wiped_while_reading,
						setup, site_teardown),
		cmocka_unit_test_setup_teardown(test_wiped_while_uploading,
						setup, site_teardown),
		cmocka_unit_test_setup_teardown(test_wiped_and_killed,
						setup, site_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
