// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What happens to an OFMF and a rack of hosts in months: it is wiped, it is
 * away for a day, all hosts come up at once, two have the same name. The faults
 * of single requests are in test_ofmf_faults.c.
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

#include "agent.h"
#include "fault.h"
#include "fixture.h"
#include "tempdir.h"

#define HOSTS	20
#define LIMIT	15000	/* ms */

/**
 * struct rig - hosts and their OFMF
 * @front: between the first @n_front hosts, of which all are, and the OFMF
 */
struct rig {
	struct standin standin;
	struct fault_proxy *front;
	sd_event *event;
	struct agent *agents;
	unsigned int n;
	char why[512];
};

static void rig_add(struct rig *rig, const char *name, enum ofmf_resync resync)
{
	struct agent *agent = &rig->agents[rig->n++];

	agent_init(agent, rig->event, &rig->standin, name, tempdir_make());
	snprintf(agent->url, sizeof(agent->url), "http://127.0.0.1:%d",
		 fault_proxy_port(rig->front));
	agent->resync = resync;
	agent->reconcile = 2;
}

static int rig_new(void **state, bool conformant, enum ofmf_resync resync)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	if (!standin_program())
		return 0;
	assert_int_equal(sd_event_new(&rig->event), 0);
	rig->standin.conformant = conformant;
	standin_start(&rig->standin);
	rig->front = fault_proxy_new();
	fault_proxy_target(rig->front, rig->standin.port);
	rig->agents = calloc(HOSTS, sizeof(*rig->agents));
	rig_add(rig, "h", resync);
	return 0;
}

static int setup_reference(void **state)
{
	return rig_new(state, false, OFMF_RESYNC_NONE);
}

static int setup_repair(void **state)
{
	return rig_new(state, false, OFMF_RESYNC_DETACH);
}

static int setup_conformant(void **state)
{
	return rig_new(state, true, OFMF_RESYNC_NONE);
}

static int teardown(void **state)
{
	struct rig *rig = *state;
	unsigned int i;

	for (i = 0; i < rig->n; i++) {
		agent_stop(&rig->agents[i]);
		tempdir_remove((char *)rig->agents[i].dir);
		agent_clear(&rig->agents[i]);
	}
	fault_proxy_free(rig->front);
	standin_stop(&rig->standin);
	sd_event_unref(rig->event);
	free(rig->agents);
	free(rig);
	return 0;
}

static struct rig *rig_of(void **state)
{
	struct rig *rig = *state;

	if (!rig->event) {
		print_message("OFMF_STANDIN is not set\n");
		skip();
	}
	return rig;
}

/* Whether the OFMF takes over what changed. */
static enum agent_view view_of(const struct rig *rig)
{
	return rig->standin.conformant ||
	       rig->agents[0].resync == OFMF_RESYNC_DETACH ?
	       AGENT_CONTENTS : AGENT_NAMES;
}

static void settle_as(struct rig *rig, struct agent *agent,
		      enum agent_view view)
{
	if (agent_settle(agent, view, LIMIT, rig->why, sizeof(rig->why)) < 0)
		fail_msg("%s: %s", agent->name, rig->why);
}

static void settle(struct rig *rig)
{
	unsigned int i;

	for (i = 0; i < rig->n; i++)
		settle_as(rig, &rig->agents[i], view_of(rig));
}

static void start(struct rig *rig)
{
	unsigned int i;

	for (i = 0; i < rig->n; i++)
		assert_int_equal(agent_start(&rig->agents[i]), 0);
	settle(rig);
}

/* ---- the OFMF's troubles ------------------------------------------------ */

/* Nothing happens here that would tell us: the comparison finds it. */
static void test_wiped_in_silence(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	start(rig);
	before = strdup(agent_context(&rig->agents[0]));
	json_decref(standin_ask(&rig->standin, "POST", "/ResetResources"));
	assert_true(agent_differs(&rig->agents[0], AGENT_NAMES, rig->why,
				  sizeof(rig->why)));
	settle(rig);
	assert_string_not_equal(before, agent_context(&rig->agents[0]));
	free(before);
}

static void test_wiped_and_changed(void **state)
{
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];

	start(rig);
	json_decref(standin_ask(&rig->standin, "POST", "/ResetResources"));
	agent_alert(agent, "Wiped");
	agent_name(agent, "Memory/m0", "changed");
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	settle_as(rig, agent, AGENT_CONTENTS);
	assert_true(agent_told(agent, "Wiped", NULL) > 0);
}

/* Again and again, also in the middle of what we do about it. */
static void test_wiped_often(void **state)
{
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];
	char name[32];
	int i;

	start(rig);
	for (i = 0; i < 12; i++) {
		json_decref(standin_ask(&rig->standin, "POST",
					"/ResetResources"));
		snprintf(name, sizeof(name), "n%d", i);
		agent_name(agent, "Memory/m0", name);
		agent_publish(agent);
		agent_run(agent, 7 * i);
	}
	settle(rig);
}

static void test_restarted(void **state)
{
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];

	start(rig);
	standin_stop(&rig->standin);
	agent_name(agent, "Memory/m0", "changed");
	agent_publish(agent);
	agent_alert(agent, "Down");
	agent_run(agent, 300);
	standin_start(&rig->standin);
	settle_as(rig, agent, AGENT_CONTENTS);
	assert_true(agent_told(agent, "Down", NULL) > 0);
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
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];
	unsigned int i, posts;
	char name[32];

	start(rig);
	fault_proxy_rule(rig->front, &down);
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
		sd_event_run(rig->event, 0);
	}
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	agent_run(agent, 200);
	fault_proxy_rule(rig->front, NULL);
	settle(rig);
	posts = fault_proxy_seen(rig->front, "POST");
	print_message("# 3000 generations offline: %u POSTs\n", posts);
	/* 10 alerts, 2 changes, 1 creation; the flapping one may be told */
	assert_in_range(posts, 13, 20);
	/* the reference stops at the first of several that it cannot take */
	assert_int_equal(fault_proxy_records(rig->front), 1);
	for (i = 0; i < 3000; i += 300) {
		snprintf(name, sizeof(name), "Day%u.", i);
		assert_true(agent_told(agent, name, NULL) > 0);
	}
}

/* As when others register at the same time. */
static void test_left_out(void **state)
{
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];
	char path[128];

	start(rig);
	snprintf(path, sizeof(path), "/standin/lose%s", agent->system);
	json_decref(standin_ask(&rig->standin, "POST", path));
	assert_true(agent_differs(agent, AGENT_NAMES, rig->why,
				  sizeof(rig->why)));
	settle(rig);
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
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];
	uint64_t end = agent_now_ms() + LIMIT;

	start(rig);
	fault_proxy_rule(rig->front, &broken);
	while (!ofmf_drift(agent->ofmf) && agent_now_ms() < end)
		agent_run(agent, 20);
	assert_int_equal(ofmf_drift(agent->ofmf), 1);
	/* and others are compared and told as ever */
	agent_name(agent, "Memory/m1", "changed");
	agent_publish(agent);
	settle(rig);
	assert_int_equal(ofmf_drift(agent->ofmf), 1);
	fault_proxy_rule(rig->front, NULL);
	end = agent_now_ms() + LIMIT;
	while (ofmf_drift(agent->ofmf) && agent_now_ms() < end)
		agent_run(agent, 20);
	assert_int_equal(ofmf_drift(agent->ofmf), 0);
}

/* ---- ours --------------------------------------------------------------- */

static void test_moved(void **state)
{
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];
	char before[64];
	json_t *source;
	char path[256];

	start(rig);
	strcpy(before, agent->callback);
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
	assert_string_not_equal(agent->callback, before);
	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	settle(rig);
	snprintf(path, sizeof(path), OFMF_SOURCES "/%s", agent_context(agent));
	source = standin_ask(&rig->standin, "GET", path);
	assert_string_equal(json_string_value(json_object_get(source,
							      "HostName")),
			    agent->callback);
	json_decref(source);
	assert_int_equal(agent_told(agent, "AggregationSourceDiscovered",
				    NULL), 1);
}

static void test_lost_store_moved(void **state)
{
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];

	start(rig);
	agent_stop(agent);
	agent_lose_store(agent);
	agent_name(agent, "Memory/m0", "changed");
	assert_int_equal(agent_start(agent), 0);
	settle(rig);
}

/* A whole projected host, to which things happen while the OFMF is away. */
static void test_real_host(void **state)
{
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 1, .ms = 3600 * 1000,
	};
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];
	struct model *model = fix_host();

	fix_hca(model);
	fix_cxl(model);
	agent_model(agent, model);
	agent->timing.crawl = 5000;
	start(rig);
	fault_proxy_rule(rig->front, &down);
	fix_nic(model);
	fix_pmem(model);
	agent_publish(agent);
	fix_conditions(model);
	agent_publish(agent);
	agent_run(agent, 100);
	fault_proxy_rule(rig->front, NULL);
	settle(rig);
	fix_unbind(model);
	agent_publish(agent);
	settle(rig);
	model_free(model);
	agent->model = NULL;
}

/* ---- a rack ------------------------------------------------------------- */

static void rack(struct rig *rig)
{
	char name[32];
	unsigned int i;

	for (i = 1; i < HOSTS; i++) {
		snprintf(name, sizeof(name), "h%u", i);
		rig_add(rig, name, rig->agents[0].resync);
	}
	/* where all share two cores */
	for (i = 0; i < HOSTS; i++) {
		rig->agents[i].timing.handshake = 5000;
		rig->agents[i].timing.crawl = 5000;
	}
}

static void test_power_up_together(void **state)
{
	struct rig *rig = rig_of(state);
	json_t *agents;
	unsigned int i;

	rack(rig);
	start(rig);
	agents = standin_ask(&rig->standin, "GET", "/standin/agents");
	assert_int_equal(json_array_size(agents), HOSTS);
	json_decref(agents);
	/* and what one does is not the others' matter */
	for (i = 0; i < HOSTS; i++) {
		agent_name(&rig->agents[i], "Memory/m0", "changed");
		agent_publish(&rig->agents[i]);
	}
	settle(rig);
}

/* When each begins: spread over the time that they are given. */
static void test_spread(void **state)
{
	enum { SPREAD = 8, PARTS = 4 };
	struct rig *rig = rig_of(state);
	unsigned int i, early[PARTS] = { 0 };
	uint64_t now, at;

	for (i = 0; i < 200; i++) {
		struct agent *agent = &rig->agents[0];

		agent->spread = SPREAD;
		assert_int_equal(agent_start(agent), 0);
		assert_true(sd_event_now(rig->event, CLOCK_MONOTONIC,
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
	struct rig *rig = rig_of(state);
	struct agent *agent = &rig->agents[0];
	uint64_t begin;

	start(rig);
	agent_stop(agent);
	agent->spread = 3600;
	begin = agent_now_ms();
	assert_int_equal(agent_start(agent), 0);
	settle(rig);
	assert_true(agent_now_ms() < begin + LIMIT);
}

static void test_wiped_under_all(void **state)
{
	struct rig *rig = rig_of(state);
	unsigned int i;

	rack(rig);
	start(rig);
	json_decref(standin_ask(&rig->standin, "POST", "/ResetResources"));
	for (i = 0; i < HOSTS; i++) {
		agent_name(&rig->agents[i], "Memory/m0", "changed");
		agent_publish(&rig->agents[i]);
	}
	settle(rig);
}

/* ---- two hosts with one name -------------------------------------------- */

static bool copy_reads(struct rig *rig, struct agent *agent, const char *name)
{
	json_t *all = standin_ask(&rig->standin, "GET", "/standin/tree");
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

static void wait_copy(struct rig *rig, struct agent *agent, const char *name)
{
	uint64_t end = agent_now_ms() + LIMIT;

	while (agent_now_ms() < end) {
		agent_run(agent, 20);
		if (agent_context(agent) && copy_reads(rig, agent, name))
			return;
	}
	fail_msg("the renamed copy does not read %s", name);
}

/* The OFMF renames the second's objects; each follows its own host. */
static void test_same_name(void **state)
{
	struct rig *rig = rig_of(state);
	struct agent *first = &rig->agents[0], *second;
	json_t *method;

	start(rig);
	rig_add(rig, "h", first->resync);
	second = &rig->agents[1];
	method = json_deep_copy(json_object_get(second->resources,
						second->method));
	json_object_del(second->resources, second->method);
	strcat(second->method, "-2");
	json_object_set_new(method, "@odata.id", json_string(second->method));
	json_object_set_new(method, "Id", json_string("host-h-2"));
	json_object_set_new(second->resources, second->method, method);
	agent_name(second, "Memory/m0", "of the second");
	assert_int_equal(agent_start(second), 0);
	wait_copy(rig, second, "of the second");
	settle_as(rig, first, view_of(rig));
	agent_name(first, "Memory/m0", "first changed");
	agent_publish(first);
	settle_as(rig, first, view_of(rig));
	agent_name(second, "Memory/m0", "second changed");
	agent_publish(second);
	if (view_of(rig) == AGENT_CONTENTS)
		wait_copy(rig, second, "second changed");
	agent_run(second, 2500);	/* a comparison */
	settle_as(rig, first, view_of(rig));
	if (view_of(rig) == AGENT_CONTENTS)
		assert_true(copy_reads(rig, second, "second changed"));
}

int main(void)
{
#define CASE(fn) \
	{ #fn " (reference)", fn, setup_reference, teardown, NULL }, \
	{ #fn " (repair)", fn, setup_repair, teardown, NULL }, \
	{ #fn " (conformant)", fn, setup_conformant, teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_wiped_in_silence), CASE(test_wiped_and_changed),
		CASE(test_wiped_often), CASE(test_restarted),
		CASE(test_day_offline), CASE(test_moved),
		CASE(test_lost_store_moved), CASE(test_real_host),
		CASE(test_power_up_together),
		CASE(test_wiped_under_all), CASE(test_same_name),
		CASE(test_unreadable_copy), CASE(test_spread_once),
		{ "test_spread", test_spread, setup_conformant, teardown,
		  NULL },
		/* a conformant one leaves nobody out */
		{ "test_left_out (reference)", test_left_out, setup_reference,
		  teardown, NULL },
		{ "test_left_out (repair)", test_left_out, setup_repair,
		  teardown, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
