// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What an idle client does: how often it looks whether the OFMF still knows the
 * host, how much it compares, and what it asks of the OFMF for that.
 *
 * The times are the defaults of the configuration divided by one number.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/priv.h"
#include "http_wrap.h"
#include "site.h"
#include "ofmf/priv.h"

#define SCALE		2000
#define HOUR		(3600 * 1000 / SCALE)	/* ms */
#define HEARTBEATS	12	/* an hour */
#define COMPARED	6	/* requests an hour, with the first of each */

/* ---- what is asked of the OFMF ------------------------------------------ */

static unsigned int requests;

int __wrap_ofmf_http_send(struct ofmf_http *http, const char *method,
			  const char *url, const json_t *body, long timeout,
			  ofmf_http_done done, void *ctx)
{
	requests++;
	return __real_ofmf_http_send(http, method, url, body, timeout, done,
				     ctx);
}

/* ---- the host ----------------------------------------------------------- */

/* The product's, of an [ofmf] that sets nothing. */
static void times_default(uint64_t *heartbeat, uint64_t *reconcile)
{
	struct config config = { 0 };
	const struct config_ofmf *ofmf = config_ofmf_get(&config, "");

	assert_non_null(ofmf);
	*heartbeat = ofmf->heartbeat * 1000000ULL;
	*reconcile = ofmf->reconcile * 1000000ULL;
	config_clear(&config);
}

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, true,
					 OFMF_RESYNC_AUTO);
	unsigned int i;
	char name[8];

	if (!agent)
		return 0;
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		agent_add(agent, "Memory", name, "Memory");
	}
	agent_patient(agent);
	return agent_start(agent);
}

static struct agent *settled(struct site *site)
{
	site_settle(site);
	assert_int_equal(ofmf_drift(site->agents[0]->ofmf), 0);
	return site->agents[0];
}

static char *copy_of(struct site *site, const char *uri, const char *property)
{
	json_t *copy = standin_ask(&site->standin, "GET", uri);
	const char *text = json_string_value(json_object_get(copy, property));
	char *result = text ? strdup(text) : NULL;

	json_decref(copy);
	return result;
}

/* ---- tests -------------------------------------------------------------- */

static void test_ticks(void **state)
{
	struct ofmf_timing timing = { 0 };

	assert_int_equal(ofmf_routine_ticks(&timing), 0);
	timing.heartbeat = 300;
	assert_int_equal(ofmf_routine_ticks(&timing), 0);
	timing.reconcile = 60;		/* the shorter one: at each */
	assert_int_equal(ofmf_routine_ticks(&timing), 1);
	timing.reconcile = 440;
	assert_int_equal(ofmf_routine_ticks(&timing), 1);
	timing.reconcile = 604800;
	assert_int_equal(ofmf_routine_ticks(&timing), 2016);
	timing.heartbeat = 0;
	assert_int_equal(ofmf_routine_ticks(&timing), 1);
	times_default(&timing.heartbeat, &timing.reconcile);
	assert_int_equal(ofmf_routine_ticks(&timing), HEARTBEATS);
	/* of 10,000 hosts, in a second */
	assert_true(10000 * (HEARTBEATS + COMPARED) <= 50 * 3600);
}

/* Nothing differs: so many requests, whatever the host has. */
static void test_requests(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	uint64_t heartbeat, reconcile, begin;
	unsigned int hours;

	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE, reconcile / SCALE);
	requests = 0;
	begin = agent_now_ms();
	agent_run(agent, 3 * HOUR);
	/* a busy machine runs for longer, and may be late */
	hours = (unsigned int)((agent_now_ms() - begin) / HOUR) + 1;
	print_message("%u requests in less than %u hours\n", requests, hours);
	assert_in_range(requests, HEARTBEATS + COMPARED,
			hours * (HEARTBEATS + COMPARED));
}

/* A client that has neither does not wake up. */
static void test_off(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	agent_routine(agent, 0, 0);
	assert_null(agent->ofmf->routine.timer);
	requests = 0;
	standin_wipe(&site->standin);
	agent_run(agent, HOUR / 2);
	assert_int_equal(requests, 0);
	assert_true(agent_at_rest(agent));
}

/* Nothing happens at the host, and it is there again. */
static void test_wiped(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = strdup(agent_context(agent));
	uint64_t heartbeat, reconcile, end;

	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE, 0);
	standin_wipe(&site->standin);
	end = agent_now_ms() + SITE_LIMIT;
	while (!agent_context(agent) ||
	       !strcmp(agent_context(agent), before)) {
		assert_true(agent_now_ms() < end);
		assert_true(sd_event_run(agent->event, 50000) >= 0);
	}
	settled(site);
	free(before);
}

/* Our AggregationSource, which is deleted: anybody may edit our copies now. */
static json_t *source_take(struct site *site, const struct agent *agent)
{
	char path[OFMF_SOURCE_PATH];
	json_t *source;

	ofmf_source_path(agent->ofmf, path);
	source = standin_ask(&site->standin, "GET", path);
	json_decref(standin_ask(&site->standin, "DELETE", path));
	return source;
}

/* Back, as if nothing had been. */
static void source_put(struct site *site, json_t *source)
{
	char *text = json_dumps(source, 0);

	json_decref(standin_send(&site->standin, "POST", OFMF_SOURCES, text));
	free(text);
	json_decref(source);
}

static void edit(struct site *site, const char *uri)
{
	json_decref(standin_send(&site->standin, "PATCH", uri,
				 "{\"Name\": \"foreign\"}"));
}

/*
 * Somebody wrote to a copy while nobody managed it. A comparison of some finds it
 * when its turn comes, and all are compared then.
 */
static void test_edited(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	json_t *source = source_take(site, agent);
	uint64_t heartbeat, reconcile, end;
	char uri[2][AGENT_URI_MAX], *text;
	int i;

	agent_uri(agent, "Memory/x7", uri[0]);
	agent_uri(agent, "Memory/x31", uri[1]);
	for (i = 0; i < 2; i++)
		edit(site, uri[i]);
	source_put(site, source);
	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE / 4, reconcile / SCALE / 4);
	end = agent_now_ms() + SITE_LIMIT;
	for (i = 0; i < 2; i++) {
		text = NULL;
		do {
			assert_true(agent_now_ms() < end);
			agent_run(agent, 50);
			free(text);
			text = copy_of(site, uri[i], "Name");
		} while (!strcmp(text, "foreign"));
		free(text);
	}
	settled(site);
}

static json_t *accessed(json_t *source)
{
	return json_object_get(json_object_get(source, "Links"),
			       "ResourcesAccessed");
}

/*
 * Somebody put an older state of the OFMF's files back. That a name is missing
 * is seen by a heartbeat, and so is what does not show in names.
 */
static void test_put_back(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	size_t before = agent_received(agent, "ResourceCreated", "Memory/x7");
	char gone[AGENT_URI_MAX], uri[AGENT_URI_MAX];
	json_t *source = source_take(site, agent);
	uint64_t heartbeat, reconcile;
	size_t i;

	agent_uri(agent, "Memory/x7", gone);
	agent_uri(agent, "Memory/x31", uri);
	i = json_array_size(accessed(source));
	while (i--)
		if (!strcmp(gone, json_string_value(
				    json_array_get(accessed(source), i))))
			json_array_remove(accessed(source), i);
	json_decref(standin_ask(&site->standin, "DELETE", gone));
	edit(site, uri);
	source_put(site, source);
	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE, 0);
	settled(site);
	agent_routine(agent, 0, 0);
	assert_int_equal(agent_received(agent, "ResourceCreated", "Memory/x7"),
			 before + 1);
}

/* The same with a name that is not ours any more. */
static void test_put_back_surplus(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char old[AGENT_URI_MAX], uri[AGENT_URI_MAX], *text;
	json_t *source = source_take(site, agent), *copy;
	uint64_t heartbeat, reconcile;

	agent_uri(agent, "Memory/old", old);
	agent_uri(agent, "Memory/x31", uri);
	copy = standin_ask(&site->standin, "GET", uri);
	json_object_set_new(copy, "@odata.id", json_string(old));
	json_object_set_new(copy, "Id", json_string("old"));
	text = json_dumps(copy, 0);
	json_decref(copy);
	agent_uri(agent, "Memory", old);
	json_decref(standin_send(&site->standin, "POST", old, text));
	free(text);
	agent_uri(agent, "Memory/old", old);
	json_array_append_new(accessed(source), json_string(old));
	edit(site, uri);
	source_put(site, source);
	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE, 0);
	settled(site);
	copy = standin_ask(&site->standin, "GET", old);
	assert_null(json_object_get(copy, "Model"));
	json_decref(copy);
}

/* Until a comparison is finished; returns whether it was one of all copies. */
static bool compared_all(struct agent *agent)
{
	uint64_t before = agent->ofmf->compare.finished;
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (agent->ofmf->compare.finished == before) {
		assert_true(agent_now_ms() < end);
		assert_true(sd_event_run(agent->event, 50000) >= 0);
	}
	return !agent->ofmf->compare.some;
}

/* It may have come back with other copies: the next comparison is of all. */
static void test_away(void **state)
{
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 10000, .ms = 3600 * 1000,
	};
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	uint64_t heartbeat, reconcile;

	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE, reconcile / SCALE);
	assert_false(compared_all(agent));
	fault_proxy_rule(site->front, &down);
	site_fails(site, agent, 2);
	fault_proxy_rule(site->front, NULL);
	assert_true(compared_all(agent));
	assert_false(compared_all(agent));
	settled(site);
}

/* It says that it took what it did not take: it is asked thrice, not for ever. */
static void test_not_taken(void **state)
{
	static const struct fault_rule lie = {
		.fault = FAULT_LIE, .method = "POST",
		.body = ".ResourceCreated\"", .count = 10000,
	};
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 10000, .ms = 3600 * 1000,
	};
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	uint64_t heartbeat, reconcile, end = agent_now_ms() + SITE_LIMIT;

	fault_proxy_rule(site->front, &lie);
	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE, reconcile / SCALE);
	agent_add(agent, "Memory", "new", "Memory");
	agent_publish(agent);
	while (ofmf_drift(agent->ofmf) != 1 ||
	       fault_proxy_hits(site->front) < 3) {
		assert_true(agent_now_ms() < end);
		agent_run(agent, 10);
	}
	agent_run(agent, 2 * HOUR);
	/* as news, when a heartbeat missed it, and when that was in vain */
	assert_int_equal(fault_proxy_hits(site->front), 3);
	assert_int_equal(ofmf_drift(agent->ofmf), 1);
	/* it may be another one after it was away */
	fault_proxy_rule(site->front, &down);
	site_fails(site, agent, 2);
	fault_proxy_rule(site->front, NULL);
	settled(site);
}

/* It refuses it: not each heartbeat tries again, but each comparison does. */
static void test_refused(void **state)
{
	static const struct fault_rule refuse = {
		.fault = FAULT_409, .method = "POST",
		.body = ".ResourceCreated\"", .count = 10000,
	};
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	uint64_t heartbeat, reconcile, end = agent_now_ms() + SITE_LIMIT;
	unsigned int hits;

	fault_proxy_rule(site->front, &refuse);
	times_default(&heartbeat, &reconcile);
	agent_routine(agent, heartbeat / SCALE, 0);
	agent_add(agent, "Memory", "new", "Memory");
	agent_publish(agent);
	while (!agent_at_rest(agent) || !fault_proxy_hits(site->front)) {
		assert_true(agent_now_ms() < end);
		agent_run(agent, 10);
	}
	hits = fault_proxy_hits(site->front);
	agent_run(agent, HOUR);
	assert_int_equal(fault_proxy_hits(site->front), hits);
	assert_int_equal(ofmf_drift(agent->ofmf), 1);
	fault_proxy_rule(site->front, NULL);
	agent_routine(agent, heartbeat / SCALE, reconcile / SCALE);
	settled(site);
}

int main(void)
{
#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, site_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ticks),
		CASE(test_requests),
		CASE(test_off),
		CASE(test_wiped),
		CASE(test_edited),
		CASE(test_put_back),
		CASE(test_put_back_surplus),
		CASE(test_away),
		CASE(test_not_taken),
		CASE(test_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
