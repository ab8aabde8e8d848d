// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * New resources that the OFMF reads on its way: one that changes before its own
 * creation is sent, for the reference leaves what it has as it is, and some that
 * are gone when nobody can have told us that it has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fault.h"
#include "site.h"

#define PAUSE_US	1000000	/* at least a tenth of it */
#define READS_MS	300

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, true,
					 OFMF_RESYNC_AUTO);

	if (!agent)
		return 0;
	site_back(*state);
	agent_patient(agent);
	agent->timing.base = PAUSE_US;
	return agent_start(agent);
}

/* Its creation is done and not answered, and it changes before the next try. */
static void test_changed_before_retry(void **state)
{
	const struct fault_rule unanswered = {
		.fault = FAULT_CLOSE_AFTER, .body = "ResourceCreated",
		.count = 1,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_settle(site);
	fault_proxy_rule(site->front, &unanswered);
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	site_fails(site, agent, 1);
	agent_name(agent, "Memory/m2", "renamed");
	agent_publish(agent);
	/* and no comparison is due that would find it */
	site_settle(site);
	fault_proxy_rule(site->front, NULL);
}

/* Two, of which the first leads to the second. */
static void two_add(struct agent *agent)
{
	char first[AGENT_URI_MAX], second[AGENT_URI_MAX];

	agent_add(agent, "Memory", "m2", "Memory");
	agent_add(agent, "Memory", "m3", "Memory");
	agent_uri(agent, "Memory/m2", first);
	agent_uri(agent, "Memory/m3", second);
	json_object_set_new(json_object_get(agent->resources, first), "Links",
			    json_pack("{s:[{s:s}]}", "Memory", "@odata.id",
				      second));
}

/* The OFMF has the first, reads the second, and both go while we are away. */
static void test_gone_while_away(void **state)
{
	const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "GET", .path = "$Memory/m3",
		.count = 1, .ms = READS_MS,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_settle(site);
	fault_proxy_rule(site->back, &slow);
	two_add(agent);
	agent_publish(agent);
	site_hit(site, site->back);
	agent_stop(agent);
	agent_remove(agent, "Memory", "m2");
	agent_remove(agent, "Memory", "m3");
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	fault_proxy_rule(site->back, NULL);
}

/* The same while it reads all, for the first time. */
static void test_gone_while_uploading(void **state)
{
	const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "GET", .path = "$Memory/m1",
		.count = 1, .ms = READS_MS,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	fault_proxy_rule(site->back, &slow);
	site_hit(site, site->back);
	agent_stop(agent);
	agent_remove(agent, "Memory", "m0");
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	fault_proxy_rule(site->back, NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changed_before_retry,
						setup, site_teardown),
		cmocka_unit_test_setup_teardown(test_gone_while_away,
						setup, site_teardown),
		cmocka_unit_test_setup_teardown(test_gone_while_uploading,
						setup, site_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
