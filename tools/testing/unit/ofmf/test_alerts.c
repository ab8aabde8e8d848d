// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Alerts that the OFMF does not take: it was wiped, or something is wrong there.
 * None is lost, and what it acknowledged it is not sent again.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "site.h"
#include "ofmf/priv.h"

#define HEARTBEAT	50000	/* us */
#define TRIES		5

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, true,
					 OFMF_RESYNC_AUTO);

	if (!agent)
		return 0;
	agent_patient(agent);
	return agent_start(agent);
}

static struct agent *settled(struct site *site)
{
	site_settle(site);
	assert_int_equal(ofmf_drift(site->agents[0]->ofmf), 0);
	return site->agents[0];
}

/* Ends the connections of alerts with "Hot", without doing what they ask. */
static void close_hot(struct site *site, struct fault_rule *rule,
		      unsigned int count)
{
	*rule = (struct fault_rule) {
		.fault = FAULT_CLOSE_BEFORE, .method = "POST",
		.body = "CXL.1.0.Hot", .count = count,
	};
	fault_proxy_rule(site->front, rule);
}

/* Until an alert was tried that often and nothing else is pending. */
static void tried(struct site *site, struct agent *agent, unsigned int n)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (fault_proxy_hits(site->front) < n ||
	       outbox_length(agent->ofmf->outbox) > 1 || agent->ofmf->step) {
		assert_true(agent_now_ms() < end);
		agent_run(agent, 10);
	}
}

/*
 * Alerts are owed to an OFMF that was wiped. The first one finds that out, and is
 * not given up for it; all arrive once it knows the host again.
 */
static void owed(struct site *site, struct agent *agent, const char *before)
{
	agent_alert(agent, "Hot");
	agent_alert(agent, "Worn");
	settled(site);
	assert_string_not_equal(agent_context(agent), before);
	assert_int_equal(agent_received(agent, "Worn", NULL), 1);
}

static void test_wiped(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = strdup(agent_context(agent));

	standin_wipe(&site->standin);
	owed(site, agent, before);
	assert_int_equal(agent_received(agent, "Hot", NULL), 2);
	free(before);
}

/* It was restarted as well: what subscribed there is gone, too. */
static void test_restarted(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = strdup(agent_context(agent));

	standin_stop(&site->standin);
	standin_start(&site->standin);
	owed(site, agent, before);
	free(before);
}

/* What is wrong there passes. Others do not wait for it. */
static void test_held(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	struct fault_rule rule;

	close_hot(site, &rule, TRIES + 2);
	site_log_begin(site);
	agent_alert(agent, "Hot");
	agent_alert(agent, "Worn");
	agent_name(agent, "Memory/m0", "changed");
	agent_publish(agent);
	tried(site, agent, TRIES);
	assert_non_null(strstr(site_log_end(site),
			       "Memory/m1 not taken in 5 tries"));
	assert_int_equal(agent_received(agent, "Worn", NULL), 1);
	assert_int_equal(agent_received(agent, "ResourceChanged",
					"Memory/m0"), 1);
	assert_int_equal(outbox_length(agent->ofmf->outbox), 1);
	agent_run(agent, 300);
	assert_int_equal(fault_proxy_hits(site->front), TRIES);
	agent_routine(agent, HEARTBEAT, 0);
	settled(site);
	assert_int_equal(fault_proxy_hits(site->front), TRIES + 2);
	agent_run(agent, 5 * HEARTBEAT / 1000);
	assert_int_equal(agent_received(agent, "Hot", NULL), 1);
}

/* Held, and then the OFMF forgets us, which is found out by what comes next. */
static void test_held_wiped(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = strdup(agent_context(agent));
	struct fault_rule rule;

	close_hot(site, &rule, 10000);
	agent_alert(agent, "Hot");
	tried(site, agent, TRIES);
	standin_wipe(&site->standin);
	fault_proxy_rule(site->front, NULL);
	agent_alert(agent, "Worn");
	settled(site);
	assert_string_not_equal(agent_context(agent), before);
	assert_int_equal(agent_received(agent, "Hot", NULL), 1);
	free(before);
}

/* The pauses get longer, and it ends after 255 heartbeats, 21 h. */
static void test_given_up(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	struct fault_rule rule;

	close_hot(site, &rule, 10000);
	site_log_begin(site);
	agent_alert(agent, "Hot");
	agent_routine(agent, HEARTBEAT / 10, 0);
	settled(site);
	assert_non_null(strstr(site_log_end(site),
			       "Memory/m1 given up after 13 tries"));
	assert_int_equal(fault_proxy_hits(site->front), TRIES + 8);
}

/*
 * The OFMF ends the connection when it is told about what it does not have. The
 * alert is not given up, and what comes after it does not wait for that.
 */
static void test_gone(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	agent_remove(agent, "Memory", "m1");
	agent_publish(agent);
	settled(site);
	agent_alert(agent, "Gone");
	settled(site);
	assert_int_equal(agent_received(agent, "Gone", agent->system), 1);
	assert_int_equal(outbox_length(agent->ofmf->outbox), 0);
}

/*
 * What came and went before it could be read there: it is not told of it, and
 * many such do not make each other wait longer and longer.
 */
static void test_never_had(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char path[64], uri[AGENT_URI_MAX];
	unsigned int i;

	site_log_begin(site);
	for (i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "Memory/never%u", i);
		agent_uri(agent, path, uri);
		ofmf_enqueue(agent->ofmf, TREE_REMOVED, uri, 1);
	}
	ofmf_wake(agent->ofmf);
	assert_int_equal(outbox_length(agent->ofmf->outbox), 8);
	settled(site);
	assert_null(strstr(site_log_end(site), "did not confirm"));
	assert_int_equal(agent_received(agent, "ResourceRemoved", NULL), 0);
}

/* Events that are refused: the copy is right all the same, by a repair. */
static void test_changes_refused(void **state)
{
	static const struct fault_rule refuse = {
		.fault = FAULT_CLOSE_BEFORE, .method = "POST",
		.body = ".ResourceChanged\"", .count = 10000,
	};
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	fault_proxy_rule(site->front, &refuse);
	agent_name(agent, "Memory/m0", "changed");
	agent_publish(agent);
	settled(site);
	assert_int_equal(fault_proxy_hits(site->front), TRIES);
}

int main(void)
{
#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, site_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_wiped),
		CASE(test_restarted),
		CASE(test_held),
		CASE(test_held_wiped),
		CASE(test_given_up),
		CASE(test_gone),
		CASE(test_never_had),
		CASE(test_changes_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
