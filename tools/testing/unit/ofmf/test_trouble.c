// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What happens to an OFMF and a rack of hosts in months: it is wiped, it is
 * away for a day, all hosts come up at once, two have the same name. The faults
 * of single requests are in test_faults.c.
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

#include "fixture.h"
#include "site.h"

#define HOSTS	20

static struct agent *add(struct site *site, const char *name)
{
	struct agent *agent = site_add(site, name);

	agent->reconcile = 2;
	return agent;
}

static int setup(void **state, bool conformant, enum ofmf_resync resync)
{
	struct agent *agent = site_setup(state, conformant, true, resync);

	if (agent)
		agent->reconcile = 2;
	return 0;
}

static int setup_reference(void **state)
{
	return setup(state, false, OFMF_RESYNC_NONE);
}

static int setup_repair(void **state)
{
	return setup(state, false, OFMF_RESYNC_AUTO);
}

static int setup_conformant(void **state)
{
	return setup(state, true, OFMF_RESYNC_NONE);
}

/* ---- the OFMF's troubles ------------------------------------------------ */

/* Nothing that happens here shows it: the comparison finds it. */
static void test_wiped_in_silence(void **state)
{
	struct site *site = site_of(state);
	char why[512], *before;

	site_start(site);
	before = strdup(agent_context(site->agents[0]));
	standin_wipe(&site->standin);
	assert_true(agent_differs(site->agents[0], AGENT_NAMES, why,
				  sizeof(why)));
	site_settle(site);
	assert_string_not_equal(before, agent_context(site->agents[0]));
	free(before);
}

static void test_wiped_and_changed(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	standin_wipe(&site->standin);
	agent_alert(agent, "Wiped");
	agent_name(agent, "Memory/m0", "changed");
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	site_settle_as(site, agent, AGENT_CONTENTS);
	assert_true(agent_received(agent, "Wiped", NULL) > 0);
}

/* Again and again, also in the middle of what we do about it. */
static void test_wiped_often(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	char name[32];
	int i;

	site_start(site);
	for (i = 0; i < 12; i++) {
		standin_wipe(&site->standin);
		snprintf(name, sizeof(name), "n%d", i);
		agent_name(agent, "Memory/m0", name);
		agent_publish(agent);
		agent_run(agent, 7 * i);
	}
	site_settle(site);
}

static void test_restarted(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	standin_stop(&site->standin);
	agent_name(agent, "Memory/m0", "changed");
	agent_publish(agent);
	agent_alert(agent, "Down");
	agent_run(agent, 300);
	standin_start(&site->standin);
	site_settle_as(site, agent, AGENT_CONTENTS);
	assert_true(agent_received(agent, "Down", NULL) > 0);
}

/*
 * A day in which it cannot be reached, and in which much happens: what goes out
 * afterwards is the difference, not the day.
 */
static void test_day_offline(void **state)
{
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 1, .ms = 3600 * 1000,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	unsigned int i, posts;
	char name[32];

	site_start(site);
	fault_proxy_rule(site->front, &down);
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		agent_name(agent, "Memory/m0", name);
		agent_name(agent, "Memory/m1", name);
		if (i % 2)
			agent_remove(agent, "Memory", "flap");
		else
			agent_add(agent, "Memory", "flap", "Memory");
		if (i % 300 == 0) {
			snprintf(name, sizeof(name), "Day%u.", i);
			agent_alert(agent, name);
		}
		agent_publish(agent);
		sd_event_run(site->event, 0);
	}
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	agent_run(agent, 200);
	fault_proxy_rule(site->front, NULL);
	site_settle(site);
	posts = fault_proxy_seen(site->front, "POST");
	print_message("# 3000 generations offline: %u POSTs\n", posts);
	/* 10 alerts, 2 changes, 1 creation; the flapping one may be among them */
	assert_in_range(posts, 13, 20);
	/* the reference stops at the first of several that it cannot take */
	assert_int_equal(fault_proxy_records(site->front), 1);
	for (i = 0; i < 3000; i += 300) {
		snprintf(name, sizeof(name), "Day%u.", i);
		assert_true(agent_received(agent, name, NULL) > 0);
	}
}

/* As when others register at the same time. */
static void test_left_out(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	char path[128], why[512];

	site_start(site);
	snprintf(path, sizeof(path), "/standin/lose%s", agent->system);
	json_decref(standin_ask(&site->standin, "POST", path));
	assert_true(agent_differs(agent, AGENT_NAMES, why, sizeof(why)));
	site_settle(site);
	agent_run(agent, 2500);	/* a comparison finds nothing more */
	assert_int_equal(ofmf_drift(agent->ofmf), 0);
}

/* What cannot be read is not known to be right. */
static void test_unreadable_copy(void **state)
{
	static const struct fault_rule broken = {
		.fault = FAULT_500, .method = "GET", .path = "$/Memory/m0",
		.count = 10000,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	uint64_t end = agent_now_ms() + SITE_LIMIT;
	/* that of m1, where the change is ignored */
	long others = site_view(site) == AGENT_CONTENTS ? 0 : 1;

	site_start(site);
	fault_proxy_rule(site->front, &broken);
	while (!ofmf_drift(agent->ofmf) && agent_now_ms() < end)
		agent_run(agent, 20);
	assert_int_equal(ofmf_drift(agent->ofmf), 1);
	/* and others are compared and delivered as ever */
	agent_name(agent, "Memory/m1", "changed");
	agent_publish(agent);
	site_settle(site);
	assert_int_equal(ofmf_drift(agent->ofmf), 1 + others);
	fault_proxy_rule(site->front, NULL);
	end = agent_now_ms() + SITE_LIMIT;
	while (ofmf_drift(agent->ofmf) != others && agent_now_ms() < end)
		agent_run(agent, 20);
	assert_int_equal(ofmf_drift(agent->ofmf), others);
}

/* ---- ours --------------------------------------------------------------- */

static void test_moved(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	char before[64];
	json_t *source;
	char path[256];

	site_start(site);
	strcpy(before, agent->callback);
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
	assert_string_not_equal(agent->callback, before);
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	site_settle(site);
	snprintf(path, sizeof(path), OFMF_SOURCES "/%s", agent_context(agent));
	source = standin_ask(&site->standin, "GET", path);
	assert_string_equal(json_string_value(json_object_get(source,
							      "HostName")),
			    agent->callback);
	json_decref(source);
	assert_int_equal(agent_received(agent, "AggregationSourceDiscovered",
				    NULL), 1);
}

static void test_lost_store_moved(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	agent_stop(agent);
	agent_lose_store(agent);
	agent_name(agent, "Memory/m0", "changed");
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
}

/* A whole projected host, to which things happen while the OFMF is away. */
static void test_real_host(void **state)
{
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 1, .ms = 3600 * 1000,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	struct model *model = fix_host();

	fix_hca(model);
	fix_cxl(model);
	agent_model(agent, model);
	agent->timing.crawl = 5000;
	site_start(site);
	fault_proxy_rule(site->front, &down);
	fix_nic(model);
	fix_pmem(model);
	agent_publish(agent);
	fix_conditions(model);
	agent_publish(agent);
	agent_run(agent, 100);
	fault_proxy_rule(site->front, NULL);
	site_settle(site);
	fix_unbind(model);
	agent_publish(agent);
	site_settle(site);
	model_free(model);
	agent->model = NULL;
}

/* ---- a rack ------------------------------------------------------------- */

static void rack(struct site *site)
{
	char name[32];
	unsigned int i;

	for (i = 1; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		add(site, name);
	}
	/* where all share two cores */
	for (i = 0; i < HOSTS; i++) {
		site->agents[i]->timing.handshake = 5000;
		site->agents[i]->timing.crawl = 5000;
	}
}

static void test_power_up_together(void **state)
{
	struct site *site = site_of(state);
	json_t *agents;
	unsigned int i;

	rack(site);
	site_start(site);
	agents = standin_ask(&site->standin, "GET", "/standin/agents");
	assert_int_equal(json_array_size(agents), HOSTS);
	json_decref(agents);
	/* and what one does is not the others' matter */
	for (i = 0; i < HOSTS; i++) {
		agent_name(site->agents[i], "Memory/m0", "changed");
		agent_publish(site->agents[i]);
	}
	site_settle(site);
}

/* When each begins: spread over the time that they are given. */
static void test_spread(void **state)
{
	enum { SPREAD = 8, PARTS = 4 };
	struct site *site = site_of(state);
	unsigned int i, early[PARTS] = { 0 };
	uint64_t now, at;

	for (i = 0; i < 200; i++) {
		struct agent *agent = site->agents[0];

		agent->spread = SPREAD;
		assert_int_equal(agent_start(agent), 0);
		assert_true(sd_event_now(site->event, CLOCK_MONOTONIC,
					 &now) >= 0);
		assert_int_equal(sd_event_source_get_time(agent->ofmf->timer,
							  &at), 0);
		assert_true(at < now + SPREAD * 1000000);
		at = at > now ? at - now : 0;
		early[at * PARTS / (SPREAD * 1000000)]++;
		agent_stop(agent);
	}
	/* 50 are to be expected, six standard deviations are 37 */
	for (i = 0; i < PARTS; i++) {
		print_message("# quarter %u: %u of 200\n", i + 1, early[i]);
		assert_in_range(early[i], 13, 87);
	}
}

/* One that is registered has no turn to wait for. */
static void test_spread_once(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	uint64_t begin;

	site_start(site);
	agent_stop(agent);
	agent->spread = 3600;
	begin = agent_now_ms();
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	assert_true(agent_now_ms() < begin + SITE_LIMIT);
}

static void test_wiped_under_all(void **state)
{
	struct site *site = site_of(state);
	unsigned int i;

	rack(site);
	site_start(site);
	standin_wipe(&site->standin);
	for (i = 0; i < HOSTS; i++) {
		agent_name(site->agents[i], "Memory/m0", "changed");
		agent_publish(site->agents[i]);
	}
	site_settle(site);
}

/* ---- two hosts with one name -------------------------------------------- */

static bool copy_reads(struct site *site, struct agent *agent, const char *name)
{
	json_t *all = standin_ask(&site->standin, "GET", "/standin/tree");
	char uri[128];
	const char *text;
	bool reads;

	snprintf(uri, sizeof(uri),
		 AGENT_ROOT "Systems/Sunfish_%.4s_h/Memory/m0",
		 agent_context(agent));
	text = json_string_value(json_object_get(json_object_get(all, uri),
						 "Name"));
	reads = text && !strcmp(text, name);
	json_decref(all);
	return reads;
}

static void wait_copy(struct site *site, struct agent *agent, const char *name)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (agent_now_ms() < end) {
		agent_run(agent, 20);
		if (agent_context(agent) && copy_reads(site, agent, name))
			return;
	}
	fail_msg("the renamed copy does not read %s", name);
}

/* The OFMF renames the second's objects; each follows its own host. */
static void test_same_name(void **state)
{
	struct site *site = site_of(state);
	struct agent *first = site->agents[0], *second;
	json_t *method;

	site_start(site);
	second = add(site, "h");
	method = json_deep_copy(json_object_get(second->resources,
						second->method));
	json_object_del(second->resources, second->method);
	strcat(second->method, "-2");
	json_object_set_new(method, "@odata.id", json_string(second->method));
	json_object_set_new(method, "Id", json_string("host-h-2"));
	json_object_set_new(second->resources, second->method, method);
	agent_name(second, "Memory/m0", "of the second");
	assert_int_equal(agent_start(second), 0);
	wait_copy(site, second, "of the second");
	site_settle_as(site, first, site_view(site));
	agent_name(first, "Memory/m0", "first changed");
	agent_publish(first);
	site_settle_as(site, first, site_view(site));
	agent_name(second, "Memory/m0", "second changed");
	agent_publish(second);
	if (site_view(site) == AGENT_CONTENTS)
		wait_copy(site, second, "second changed");
	agent_run(second, 2500);	/* a comparison */
	site_settle_as(site, first, site_view(site));
	if (site_view(site) == AGENT_CONTENTS)
		assert_true(copy_reads(site, second, "second changed"));
}

int main(void)
{
#define CASE(fn) \
	{ #fn " (reference)", fn, setup_reference, site_teardown, NULL }, \
	{ #fn " (repair)", fn, setup_repair, site_teardown, NULL }, \
	{ #fn " (conformant)", fn, setup_conformant, site_teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_wiped_in_silence), CASE(test_wiped_and_changed),
		CASE(test_wiped_often), CASE(test_restarted),
		CASE(test_day_offline), CASE(test_moved),
		CASE(test_lost_store_moved), CASE(test_real_host),
		CASE(test_power_up_together),
		CASE(test_wiped_under_all), CASE(test_same_name),
		CASE(test_unreadable_copy), CASE(test_spread_once),
		{ "test_spread", test_spread, setup_conformant, site_teardown,
		  NULL },
		/* a conformant one leaves nobody out */
		{ "test_left_out (reference)", test_left_out, setup_reference,
		  site_teardown, NULL },
		{ "test_left_out (repair)", test_left_out, setup_repair,
		  site_teardown, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
