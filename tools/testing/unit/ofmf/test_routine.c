// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What an idle client does: how often it looks whether the OFMF still knows the
 * host, how much it compares, what it asks of the OFMF for that; and what an
 * OFMF that was wiped does not lose.
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
#include "site.h"
#include "ofmf/priv.h"

#define SCALE		2000
#define HOUR		(3600 * 1000 / SCALE)	/* ms */
#define HEARTBEATS	12	/* an hour */
#define COMPARED	6	/* requests an hour, with the first of each */

/* ---- what is asked of the OFMF ------------------------------------------ */

static unsigned int requests;

int __real_ofmf_http_send(struct ofmf_http *http, const char *method,
			  const char *url, const json_t *body, long timeout,
			  ofmf_http_done done, void *ctx);
int __wrap_ofmf_http_send(struct ofmf_http *http, const char *method,
			  const char *url, const json_t *body, long timeout,
			  ofmf_http_done done, void *ctx);

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

static void routine_set(struct agent *agent, uint64_t heartbeat,
			uint64_t reconcile)
{
	struct ofmf *ofmf = agent->ofmf;

	ofmf->timing.heartbeat = heartbeat;
	ofmf->timing.reconcile = reconcile;
	ofmf_routine_free(ofmf);
	memset(&ofmf->routine, 0, sizeof(ofmf->routine));
	assert_int_equal(ofmf_routine_init(ofmf), 0);
}

static int setup(void **state)
{
	struct agent *agent = site_setup(state, false, false,
					 OFMF_RESYNC_AUTO);
	unsigned int i;
	char name[8];

	if (!agent)
		return 0;
	for (i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		agent_add(agent, "Memory", name, "Memory");
	}
	agent->timing.get = agent->timing.event = 30000;
	agent->timing.handshake = agent->timing.crawl = 30000;
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

static void wipe(struct site *site)
{
	json_decref(standin_ask(&site->standin, "POST", "/ResetResources"));
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
	routine_set(agent, heartbeat / SCALE, reconcile / SCALE);
	requests = 0;
	begin = agent_now_ms();
	agent_run(agent, 3 * HOUR);
	/* a busy machine runs for longer, and may be late */
	hours = (unsigned int)((agent_now_ms() - begin) / HOUR) + 1;
	print_message("%u requests in less than %u hours\n", requests, hours);
	assert_in_range(requests, HEARTBEATS + COMPARED,
			hours * (HEARTBEATS + COMPARED));
	assert_true(agent_at_rest(agent));
}

/* A client that has neither does not wake up. */
static void test_off(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	routine_set(agent, 0, 0);
	assert_null(agent->ofmf->routine.timer);
	requests = 0;
	wipe(site);
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
	routine_set(agent, heartbeat / SCALE, 0);
	wipe(site);
	end = agent_now_ms() + SITE_LIMIT;
	while (!agent_context(agent) ||
	       !strcmp(agent_context(agent), before)) {
		assert_true(agent_now_ms() < end);
		assert_true(sd_event_run(agent->event, 50000) >= 0);
	}
	settled(site);
	free(before);
}

/*
 * Somebody wrote to a copy while nobody managed it. A comparison of some finds it
 * when its turn comes, and all are compared then.
 */
static void test_edited(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char path[OFMF_SOURCE_PATH], uri[2][AGENT_URI_MAX], *text;
	uint64_t heartbeat, reconcile, end;
	json_t *source;
	int i;

	ofmf_source_path(agent->ofmf, path);
	source = standin_ask(&site->standin, "GET", path);
	json_decref(standin_ask(&site->standin, "DELETE", path));
	agent_uri(agent, "Memory/x7", uri[0]);
	agent_uri(agent, "Memory/x31", uri[1]);
	for (i = 0; i < 2; i++)
		json_decref(standin_send(&site->standin, "PATCH", uri[i],
					 "{\"Name\": \"foreign\"}"));
	text = json_dumps(source, 0);
	json_decref(standin_send(&site->standin, "POST", OFMF_SOURCES, text));
	free(text);
	json_decref(source);
	times_default(&heartbeat, &reconcile);
	routine_set(agent, heartbeat / SCALE / 4, reconcile / SCALE / 4);
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

static void test_alert(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = strdup(agent_context(agent));

	wipe(site);
	owed(site, agent, before);
	assert_int_equal(agent_received(agent, "Hot", NULL), 2);
	free(before);
}

/* It was restarted as well: what subscribed there is gone, too. */
static void test_alert_restarted(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char *before = strdup(agent_context(agent));

	standin_stop(&site->standin);
	standin_start(&site->standin);
	owed(site, agent, before);
	free(before);
}

/*
 * The OFMF ends the connection when it is told about what it does not have. The
 * alert is not given up, and what comes after it does not wait for that.
 */
static void test_alert_gone(void **state)
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

int main(void)
{
#define CASE(fn)	cmocka_unit_test_setup_teardown(fn, setup, site_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ticks),
		CASE(test_requests),
		CASE(test_off),
		CASE(test_wiped),
		CASE(test_edited),
		CASE(test_alert),
		CASE(test_alert_restarted),
		CASE(test_alert_gone),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
