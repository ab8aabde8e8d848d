// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Registration, upload and delivery against ofmf-standin, in both modes.
 * OFMF_STANDIN names the program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#define CHASSIS	AGENT_ROOT "Chassis"

/* Nothing here fails by chance: that a machine is slow is no fault. */
static void be_patient(struct agent *agent)
{
	agent->timing.base = 20000;
	agent->timing.cap = 200000;
	agent_patient(agent);
}

static int setup(void **state, bool conformant, enum ofmf_resync resync)
{
	struct agent *agent = site_setup(state, conformant, false, resync);

	if (!agent)
		return 0;
	be_patient(agent);
	if (resync != OFMF_RESYNC_NONE)
		agent->reconcile = 1;
	return agent_start(agent);
}

static int setup_reference(void **state)
{
	return setup(state, false, OFMF_RESYNC_NONE);
}

static int setup_conformant(void **state)
{
	return setup(state, true, OFMF_RESYNC_NONE);
}

/* The reference, and what it does not do is made up for. */
static int setup_auto(void **state)
{
	return setup(state, false, OFMF_RESYNC_AUTO);
}

static int setup_detach(void **state)
{
	return setup(state, false, OFMF_RESYNC_DETACH);
}

/* ---- waiting ------------------------------------------------------------ */

typedef bool (*condition)(const struct agent *agent);

static bool until(struct agent *agent, condition is)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (!is(agent)) {
		if (agent_now_ms() > end)
			return false;
		assert_true(sd_event_run(agent->event, 50000) >= 0);
	}
	return true;
}

static bool in_trouble(const struct agent *agent)
{
	return agent->ofmf->failures > 2;
}

/* And so many copies are known to differ where the OFMF ignores changes. */
static struct agent *settled_but(struct site *site, long drift)
{
	bool follows = site_view(site) == AGENT_CONTENTS;

	site_settle(site);
	assert_int_equal(ofmf_drift(site->agents[0]->ofmf),
			 follows ? 0 : drift);
	return site->agents[0];
}

/* And nothing is known to differ. */
static struct agent *settled(struct site *site)
{
	return settled_but(site, 0);
}

static char *context_copy(const struct agent *agent)
{
	const char *context = agent_context(agent);

	assert_non_null(context);
	return strdup(context);
}

/* ---- what the stand-in has; @path as agent_uri() has it ----------------- */

static json_t *theirs(const struct agent *agent, const char *path)
{
	json_t *all = standin_ask(agent->standin, "GET", "/standin/tree");
	char uri[AGENT_URI_MAX];
	json_t *value;

	agent_uri(agent, path, uri);
	value = json_incref(json_object_get(all, uri));
	json_decref(all);
	return value;
}

static void is_there(const struct agent *agent, const char *path, bool want)
{
	json_t *value = theirs(agent, path);

	if (!value == want)
		fail_msg("%s is %s", path, value ? "there" : "not there");
	json_decref(value);
}

static void name_is(const struct agent *agent, const char *path,
		    const char *want)
{
	json_t *value = theirs(agent, path);

	assert_string_equal(json_string_value(json_object_get(value, "Name")),
			    want);
	json_decref(value);
}

static void all_there(const struct agent *agent)
{
	is_there(agent, agent->method, true);
	is_there(agent, agent->system, true);
	is_there(agent, "Memory/m0", true);
	is_there(agent, "Memory/m1", true);
	is_there(agent, CHASSIS "/h", true);
}

/* Entries of its log with that member; @path may be NULL. */
static size_t log_count(const struct agent *agent, const char *member,
			const char *what, const char *path)
{
	json_t *log = standin_ask(agent->standin, "GET", "/standin/log");
	char uri[AGENT_URI_MAX];
	json_t *entry;
	size_t i, n = 0;

	if (path)
		agent_uri(agent, path, uri);
	json_array_foreach(log, i, entry) {
		const char *kind = json_string_value(json_object_get(entry,
								     member));
		const char *at = json_string_value(json_object_get(entry,
								   "uri"));

		n += kind && !strcmp(kind, what) &&
		     (!path || (at && !strcmp(at, uri)));
	}
	json_decref(log);
	return n;
}

/* ---- tests -------------------------------------------------------------- */

static void test_register(void **state)
{
	struct agent *agent = settled(site_of(state));
	char want[128], *stored;

	all_there(agent);
	snprintf(want, sizeof(want), "ofmf.context.%s", agent->url);
	assert_int_equal(store_get(agent->store, want, &stored), 0);
	assert_string_equal(stored, agent_context(agent));
	free(stored);
	snprintf(want, sizeof(want), "registered as %s, 0 queued",
		 agent_context(agent));
	assert_non_null(strstr(ofmf_status(agent->ofmf, false), want));
	assert_int_equal(log_count(agent, "change", "Registered", NULL), 1);
	/* idle is no wake-up at all */
	assert_int_equal(sd_event_run(agent->event, 500000), 0);
}

static void test_changes(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	agent_add(agent, "Memory", "m2", "Memory");
	agent_name(agent, "Memory/m0", "renamed");
	agent_publish(agent);
	settled_but(site, 1);
	is_there(agent, "Memory/m2", true);
	agent_remove(agent, "Memory", "m2");
	agent_publish(agent);
	settled_but(site, 2);
	if (!site->standin.conformant) {
		/* received, and not acted upon */
		assert_int_equal(log_count(agent, "change", "Ignored",
					   "Memory/m0"), 1);
		assert_int_equal(log_count(agent, "change", "Ignored",
					   "Memory/m2"), 1);
		return;
	}
	name_is(agent, "Memory/m0", "renamed");
	is_there(agent, "Memory/m2", false);
}

static void test_alert(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	agent_alert(agent, "Hot");
	settled(site);
	assert_int_equal(log_count(agent, "message_id", "CXL.1.0.Hot", NULL),
			 1);
}

static void test_restart(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = context_copy(agent);

	agent_stop(agent);
	agent_add(agent, "Memory", "m2", "Memory");
	agent_name(agent, "Memory/m0", "renamed");
	agent_remove(agent, CHASSIS, "h");
	json_object_del(json_object_get(agent->resources, agent->system), "X");
	assert_int_equal(agent_start(agent), 0);	/* at another port */
	/* of the chassis there are an adapter and two ports as well */
	settled_but(site, 5);
	assert_string_equal(agent_context(agent), before);
	is_there(agent, "Memory/m2", true);
	if (site->standin.conformant) {
		name_is(agent, "Memory/m0", "renamed");
		is_there(agent, CHASSIS "/h", false);
	}
	free(before);
}

static void test_lost_store(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = context_copy(agent);

	agent_stop(agent);
	agent_lose_store(agent);
	assert_int_equal(agent_start(agent), 0);
	settled(site);
	assert_string_equal(agent_context(agent), before);
	all_there(agent);
	free(before);
}

static void test_wiped(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = context_copy(agent);

	standin_wipe(&site->standin);
	is_there(agent, agent->system, false);
	agent_name(agent, "Memory/m0", "renamed");
	agent_publish(agent);
	settled(site);
	assert_string_not_equal(agent_context(agent), before);
	all_there(agent);
	name_is(agent, "Memory/m0", "renamed");
	free(before);
}

static void test_down(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	standin_stop(&site->standin);
	agent_name(agent, "Memory/m0", "renamed");
	agent_publish(agent);
	assert_true(until(agent, in_trouble));
	assert_int_equal(outbox_length(agent->ofmf->outbox), 1);
	assert_non_null(strstr(ofmf_status(agent->ofmf, false), "1 queued"));
	standin_start(&site->standin);	/* and knows nothing */
	settled(site);
	all_there(agent);
	name_is(agent, "Memory/m0", "renamed");
}

static void test_down_at_start(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	agent_stop(agent);
	standin_stop(&site->standin);
	agent_lose_store(agent);
	assert_int_equal(agent_start(agent), 0);
	assert_true(until(agent, in_trouble));
	assert_non_null(strstr(ofmf_status(agent->ofmf, false),
			       "not registered"));
	standin_start(&site->standin);
	settled(site);
	all_there(agent);
}

static void test_orphan(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char path[256], *before = context_copy(agent);

	agent_stop(agent);
	agent_lose_store(agent);
	snprintf(path, sizeof(path), OFMF_SOURCES "/%s", before);
	json_decref(standin_ask(&site->standin, "DELETE", path));
	is_there(agent, path, false);
	assert_int_equal(agent_start(agent), 0);
	/* a conformant OFMF gives the new copies other names */
	site_settle_as(site, agent, AGENT_NAMES);
	assert_string_not_equal(agent_context(agent), before);
	is_there(agent, agent->method, true);
	free(before);
}

static void test_foreign_context(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = context_copy(agent);

	assert_int_equal(ofmf_context_set(agent->ofmf, "../x"), -EINVAL);
	assert_int_equal(ofmf_context_set(agent->ofmf, before), 0);
	assert_int_equal(ofmf_context_set(agent->ofmf, "not-from-the-ofmf"),
			 -EINVAL);
	assert_false(agent_at_rest(agent));
	settled(site);
	assert_string_equal(agent_context(agent), before);
	free(before);
}

static void test_storm(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char name[32];
	int i;

	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		agent_name(agent, "Memory/m0", name);
		agent_publish(agent);
		sd_event_run(agent->event, 0);
	}
	settled_but(site, 1);
	if (site->standin.conformant)
		name_is(agent, "Memory/m0", "n499");
	assert_true(agent_received(agent, NULL, "Memory/m0") < 500);
}

/* A resource of our small host, to edit. */
static json_t *memory(const struct agent *agent, const char *path)
{
	char uri[AGENT_URI_MAX];

	agent_uri(agent, path, uri);
	return json_object_get(agent->resources, uri);
}

/* A copy that does not follow is mended, and the registration is as it was. */
static void test_repair(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = context_copy(agent);

	agent_add(agent, "Memory", "m2", "Memory");
	agent_publish(agent);
	settled(site);
	agent_name(agent, "Memory/m0", "renamed");
	json_object_set_new(memory(agent, "Memory/m1"), "CapacityMiB",
			    json_integer(7));
	agent_remove(agent, "Memory", "m2");
	agent_publish(agent);
	settled(site);
	name_is(agent, "Memory/m0", "renamed");
	is_there(agent, "Memory/m2", false);
	/* what is gone of a resource is null there, and is no difference */
	json_object_del(memory(agent, "Memory/m1"), "CapacityMiB");
	agent_publish(agent);
	settled(site);
	assert_string_equal(agent_context(agent), before);
	is_there(agent, agent->method, true);
	agent_add(agent, "Memory", "m3", "Memory");
	agent_publish(agent);
	settled(site);
	is_there(agent, "Memory/m3", true);
	assert_int_equal(log_count(agent, "change", "Registered", NULL), 1);
	free(before);
}

static bool is_away(const struct agent *agent)
{
	return agent->ofmf->repair.source;
}

/* Killed while its AggregationSource was away: it is put back first. */
static void test_repair_killed(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = context_copy(agent);

	agent_name(agent, "Memory/m0", "renamed");
	agent_publish(agent);
	assert_true(until(agent, is_away));
	while (agent->ofmf->step || ofmf_http_busy(agent->ofmf->http)) {
		json_t *all = standin_ask(&site->standin, "GET",
					  "/standin/agents");
		size_t n = json_array_size(all);

		json_decref(all);
		if (!n)
			break;
		sd_event_run(agent->event, 1000);
	}
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
	settled(site);
	assert_string_equal(agent_context(agent), before);
	name_is(agent, "Memory/m0", "renamed");
	assert_int_equal(log_count(agent, "change", "Registered", NULL), 1);
	free(before);
}

static bool found_difference(const struct agent *agent)
{
	return agent->ofmf->compare.differences;
}

/* Somebody edited the OFMF's copy: the next comparison finds it. */
static void test_reconcile(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char path[256], uri[AGENT_URI_MAX], *text;
	json_t *source;

	snprintf(path, sizeof(path), OFMF_SOURCES "/%s", agent_context(agent));
	source = standin_ask(&site->standin, "GET", path);
	json_decref(standin_ask(&site->standin, "DELETE", path));
	agent_uri(agent, "Memory/m0", uri);
	json_decref(standin_send(&site->standin, "PATCH", uri,
				 "{\"Name\": \"foreign\"}"));
	name_is(agent, "Memory/m0", "foreign");
	text = json_dumps(source, 0);
	json_decref(standin_send(&site->standin, "POST", OFMF_SOURCES, text));
	free(text);
	json_decref(source);
	assert_true(until(agent, found_difference));
	settled(site);
	name_is(agent, "Memory/m0", "m0");
}

int main(void)
{
#define REPAIR(fn) \
	{ #fn " (auto)", fn, setup_auto, site_teardown, NULL }, \
	{ #fn " (detach)", fn, setup_detach, site_teardown, NULL }
#define CASE(fn) \
	{ #fn " (reference)", fn, setup_reference, site_teardown, NULL }, \
	{ #fn " (conformant)", fn, setup_conformant, site_teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_register), CASE(test_changes), CASE(test_alert),
		CASE(test_restart), CASE(test_lost_store), CASE(test_wiped),
		CASE(test_down), CASE(test_down_at_start), CASE(test_orphan),
		CASE(test_foreign_context), CASE(test_storm),
		REPAIR(test_repair), REPAIR(test_repair_killed),
		REPAIR(test_reconcile),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
