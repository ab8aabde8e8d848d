// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A resource that the OFMF may have read before it changed, and whose creation is
 * sent only then: the reference leaves what it has as it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "fault.h"
#include "site.h"

#define PAUSE_US	1000000	/* at least a tenth of it */

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, true,
					 OFMF_RESYNC_AUTO);

	if (!agent)
		return 0;
	/* nothing fails here because a machine is slow */
	agent->timing.get = agent->timing.event = 30000;
	agent->timing.handshake = agent->timing.crawl = 30000;
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changed_before_retry,
						setup, site_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
