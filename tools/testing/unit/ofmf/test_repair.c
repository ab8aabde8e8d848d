// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Copies at an OFMF that acknowledges changes and ignores them: what is known
 * to differ, and that it is repaired by the facts of the moment, after quiet,
 * and once. Looked at is what the stand-in was asked to do, not only what it has
 * in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "site.h"

#define CHASSIS		AGENT_ROOT "Chassis/h"
#define ADAPTERS	CHASSIS "/NetworkAdapters"
#define PORTS		ADAPTERS "/n0/Ports"
#define MS		1000ULL

static int setup(void **state, bool conformant, enum ofmf_resync resync)
{
	struct agent *agent = site_setup(state, conformant, true, resync);

	if (!agent)
		return 0;
	agent_patient(agent);
	/* in the order of the product's: test_due.c */
	agent->timing.quiet = 150 * MS;
	agent->timing.latest = 1500 * MS;
	agent->timing.backoff[0] = 200 * MS;
	agent->timing.backoff[1] = 400 * MS;
	agent->timing.backoff[2] = 800 * MS;
	agent->timing.calm = 3600 * 1000 * MS;
	agent->timing.recompare = 100 * MS;
	return agent_start(agent);
}

static int setup_auto(void **state)
{
	return setup(state, false, OFMF_RESYNC_AUTO);
}

static int setup_none(void **state)
{
	return setup(state, false, OFMF_RESYNC_NONE);
}

static int setup_detach(void **state)
{
	return setup(state, false, OFMF_RESYNC_DETACH);
}

static int setup_conformant(void **state)
{
	return setup(state, true, OFMF_RESYNC_AUTO);
}

/* ---- the host ----------------------------------------------------------- */

static void link_set(struct agent *agent, const char *path, const char *status)
{
	char uri[AGENT_URI_MAX];

	agent_uri(agent, path, uri);
	json_object_set_new(json_object_get(agent->resources, uri),
			    "LinkStatus", json_string(status));
	agent_publish(agent);
}

/* An adapter with so many ports. */
static void device_put(struct agent *agent, unsigned int ports)
{
	char collection[AGENT_URI_MAX], uri[AGENT_URI_MAX], id[16];
	unsigned int i;

	agent_add(agent, ADAPTERS, "n7", "NetworkAdapter");
	agent_uri(agent, ADAPTERS "/n7", uri);
	snprintf(collection, sizeof(collection), ADAPTERS "/n7/Ports");
	json_object_set_new(json_object_get(agent->resources, uri), "Ports",
			    json_pack("{s:s}", "@odata.id", collection));
	json_object_set_new(agent->resources, collection,
			    json_pack("{s:s, s:s, s:s, s:s, s:[]}",
				      "@odata.id", collection, "Id", "Ports",
				      "@odata.type",
				      "#PortCollection.PortCollection",
				      "Name", "Ports", "Members"));
	for (i = 0; i < ports; i++) {
		snprintf(id, sizeof(id), "%u", i);
		agent_add(agent, collection, id, "Port");
	}
}

static void device_add(struct agent *agent, unsigned int ports)
{
	device_put(agent, ports);
	agent_publish(agent);
}

static void device_remove(struct agent *agent)
{
	agent_remove(agent, ADAPTERS, "n7");
	agent_publish(agent);
}

/* ---- what happened ------------------------------------------------------ */

/* Entries of the stand-in's log; @value: that a property got, or NULL. */
static size_t happened(const struct agent *agent, const char *change,
		       const char *uri_part, const char *value)
{
	json_t *log = standin_ask(agent->standin, "GET", "/standin/log");
	json_t *entry, *property;
	size_t i, j, n = 0;

	json_array_foreach(log, i, entry) {
		const char *kind = json_string_value(
			json_object_get(entry, "change"));
		const char *uri = json_string_value(
			json_object_get(entry, "uri"));
		bool match = !value;

		if (!kind || strcmp(kind, change) || !uri ||
		    !strstr(uri, uri_part))
			continue;
		json_array_foreach(json_object_get(entry, "properties"), j,
				   property) {
			const char *text = json_string_value(
				json_object_get(property, "new"));

			match |= value && text && !strcmp(text, value);
		}
		n += match;
	}
	json_decref(log);
	return n;
}

/* How often our AggregationSource was away. */
static size_t repairs(const struct agent *agent)
{
	return happened(agent, "Removed", "/AggregationSources/", NULL);
}

static long drift(const struct agent *agent)
{
	return ofmf_drift(agent->ofmf);
}

static void until_drift(struct agent *agent, long want)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (drift(agent) != want && agent_now_ms() < end)
		agent_run(agent, 5);
	assert_int_equal(drift(agent), want);
}

/* All is delivered, and the set of what differs has so many names. */
static void until_known(struct agent *agent, size_t want)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;
	struct ofmf *ofmf = agent->ofmf;

	while ((json_object_size(ofmf->differ.set) != want ||
		outbox_resources(ofmf->outbox) ||
		json_object_size(ofmf->repair.unverified)) &&
	       agent_now_ms() < end)
		agent_run(agent, 2);
	assert_int_equal(json_object_size(ofmf->differ.set), want);
}

static void compare_now(struct agent *agent)
{
	uint64_t before = agent->ofmf->compare.finished;
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	agent->ofmf->compare_due = true;
	ofmf_wake(agent->ofmf);
	while (agent->ofmf->compare.finished == before &&
	       agent_now_ms() < end)
		agent_run(agent, 5);
	assert_true(agent->ofmf->compare.finished != before);
	agent_run(agent, 20);
}

static struct agent *settled(struct site *site)
{
	site_settle(site);
	assert_int_equal(drift(site->agents[0]), 0);
	return site->agents[0];
}

/* ---- no plan outlives its facts ----------------------------------------- */

/* Down and up again while the repair waits: nothing is to be done. */
static void test_down_up(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	link_set(agent, PORTS "/1", "LinkUp");
	settled(site);
	assert_int_equal(happened(agent, "Changed", PORTS "/1", "LinkUp"), 1);
	link_set(agent, PORTS "/1", "LinkDown");
	until_known(agent, 1);
	link_set(agent, PORTS "/1", "LinkUp");
	settled(site);
	assert_int_equal(happened(agent, "Changed", PORTS "/1", "LinkDown"), 0);
	/* and nothing was detached for it */
	assert_int_equal(repairs(agent), 1);
}

/* The same beside one that has to be repaired, and in the window of it. */
static void test_down_up_in_repair(void **state)
{
	static const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "DELETE",
		.path = "AggregationSources/", .count = 1, .ms = 1500,
	};
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	link_set(agent, PORTS "/1", "LinkUp");
	settled(site);
	agent->timing.backoff[0] = agent->ofmf->timing.backoff[0] = 0;
	agent_name(agent, "Memory/m0", "renamed");
	link_set(agent, PORTS "/1", "LinkDown");
	until_known(agent, 2);
	fault_proxy_rule(site->front, &slow);
	/* the source is set when its deletion is under way */
	while (!agent->ofmf->repair.source)
		sd_event_run(agent->event, 100000);
	link_set(agent, PORTS "/1", "LinkUp");
	settled(site);
	assert_int_equal(fault_proxy_hits(site->front), 1);
	assert_int_equal(happened(agent, "Changed", PORTS "/1", "LinkDown"), 0);
	assert_int_equal(happened(agent, "Changed", "Memory/m0", "renamed"), 1);
}

/* A device that is removed and comes back while the repair waits. */
static void test_away_and_back(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	device_add(agent, 7);
	settled(site);
	device_remove(agent);
	until_known(agent, 1);
	fault_proxy_rule(site->front, NULL);
	device_add(agent, 7);
	settled(site);
	assert_int_equal(happened(agent, "Removed", "/n7", NULL), 0);
	/* one ResourceCreated stands for it and its ports */
	assert_int_equal(fault_proxy_seen(site->front, "POST"), 1);
	assert_int_equal(fault_proxy_seen(site->front, "DELETE"), 0);
	assert_int_equal(repairs(agent), 0);
}

/* It comes back as another: then it is edited, not deleted. */
static void test_back_as_another(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	device_add(agent, 2);
	settled(site);
	device_remove(agent);
	until_known(agent, 1);
	device_put(agent, 2);
	agent_name(agent, ADAPTERS "/n7", "another");
	link_set(agent, ADAPTERS "/n7/Ports/1", "LinkDown");
	settled(site);
	assert_int_equal(happened(agent, "Changed", "/n7/Ports/1", "LinkDown"),
			 1);
	assert_int_equal(happened(agent, "Removed", "/n7", NULL), 0);
	assert_int_equal(happened(agent, "Changed", "/n7", "another"), 1);
}

/* It comes back before it was read that the OFMF kept the copy. */
static void back_at_once(struct site *site, bool being_read,
			 const char *status)
{
	static const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "GET", .path = "$/n7",
		.count = 1, .ms = 300,
	};
	struct agent *agent = site->agents[0];

	fault_proxy_rule(site->front, &slow);
	device_remove(agent);
	while (!json_object_size(agent->ofmf->repair.unverified) ||
	       (being_read && !fault_proxy_hits(site->front)))
		sd_event_run(agent->event, 10000);
	device_put(agent, 2);
	link_set(agent, ADAPTERS "/n7/Ports/1", status);
	settled(site);
	assert_int_equal(happened(agent, "Removed", "/n7", NULL), 0);
	assert_int_equal(happened(agent, "Changed", "/n7/Ports/1", status), 1);
}

static void test_back_at_once(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	device_add(agent, 2);
	settled(site);
	back_at_once(site, false, "LinkDown");
	back_at_once(site, true, "LinkUp");
}

/* What stays away goes, with what is below it, and nothing else. */
static void test_away(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);

	device_add(agent, 7);
	settled(site);
	device_remove(agent);
	settled(site);
	assert_int_equal(repairs(agent), 1);
	assert_int_equal(happened(agent, "Removed", ADAPTERS "/n7", NULL), 8);
	compare_now(agent);
	settled(site);
	assert_int_equal(agent->ofmf->compare.differences, 0);
	/* and can come back */
	device_add(agent, 7);
	settled(site);
}

/* A client edits one of our copies while nobody manages it. */
static void test_client_in_window(void **state)
{
	static const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "POST",
		.path = "$AggregationSources", .count = 1, .ms = 1500,
	};
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char uri[AGENT_URI_MAX];

	fault_proxy_rule(site->front, &slow);
	agent_name(agent, "Memory/m0", "renamed");
	agent_publish(agent);
	while (!happened(agent, "Changed", "Memory/m0", NULL))
		agent_run(agent, 10);
	agent_uri(agent, "Memory/m1", uri);
	json_decref(standin_send(&site->standin, "PATCH", uri,
				 "{\"Name\": \"foreign\"}"));
	settled(site);
	assert_int_equal(fault_proxy_hits(site->front), 1);
	assert_int_equal(happened(agent, "Changed", "Memory/m1", "foreign"),
			 1);
}

/* ---- drift -------------------------------------------------------------- */

static void drift_is_unknown(struct agent *agent)
{
	json_t *report = ofmf_report(agent->ofmf);

	assert_int_equal(drift(agent), -1);
	assert_true(json_is_null(json_object_get(report, "drift")));
	assert_non_null(strstr(ofmf_status(agent->ofmf, false),
			       "drift unknown"));
	json_decref(report);
}

/* Unknown, then the number, then 0 if it is repaired. */
static void test_drift(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	bool repaired = site->resync != OFMF_RESYNC_NONE;

	drift_is_unknown(agent);
	settled(site);
	agent_name(agent, "Memory/m0", "renamed");
	agent_remove(agent, "Memory", "m1");
	agent_publish(agent);
	until_drift(agent, 2);
	until_known(agent, 2);
	assert_int_equal(drift(agent), 2);
	site_settle(site);
	assert_int_equal(drift(agent), repaired ? 0 : 2);
	agent_stop(agent);
	agent_name(agent, "Memory/m0", "again");
	assert_int_equal(agent_start(agent), 0);
	while (drift(agent) < 0) {
		drift_is_unknown(agent);
		sd_event_run(agent->event, 100000);
	}
	/* that it differs was known before the number was */
	assert_int_equal(drift(agent), repaired ? 1 : 2);
	site_settle(site);
	assert_int_equal(drift(agent), repaired ? 0 : 2);
}

/* One line names what stays. */
static void test_log_line(void **state)
{
	static const char begin[] = "copies that differ: 1 (";
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	const char *text;
	int i;

	site_log_begin(site);
	for (i = 0; i < 3; i++) {
		agent_name(agent, "Memory/m0", i % 2 ? "a" : "b");
		agent_publish(agent);
		site_settle(site);
		compare_now(agent);
	}
	text = strstr(site_log_end(site), begin);
	assert_non_null(text);
	assert_non_null(strstr(text, "/Memory/m0"));
	assert_non_null(strstr(text, "resync = auto"));
	assert_null(strstr(text + 1, begin));
}

/* ---- what is not taken is sent once ------------------------------------- */

static void test_sent_once(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char id[8];
	int i;

	agent_name(agent, "Memory/m0", "renamed");
	agent_remove(agent, "Memory", "m1");
	agent_publish(agent);
	for (i = 0; i < 4; i++) {
		site_settle(site);
		compare_now(agent);
		snprintf(id, sizeof(id), "x%d", i);
		agent_add(agent, "Memory", id, "Memory");
		agent_publish(agent);
	}
	site_settle(site);
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	compare_now(agent);
	assert_int_equal(agent_received(agent, "ResourceRemoved", "Memory/m1"),
			 1);
	assert_int_equal(agent_received(agent, "ResourceChanged", "Memory/m0"),
			 1);
	assert_int_equal(drift(agent), 2);
}

/* Once it is known that changes are ignored, none is read back. */
static void test_known_to_ignore(void **state)
{
	static const struct fault_rule gets = {
		.fault = FAULT_DELAY, .method = "GET", .path = "$/Memory/m0",
		.count = 1000, .ms = 1,
	};
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 1, .ms = 3600 * 1000,
	};
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	char name[8];
	int i;

	fault_proxy_rule(site->front, &gets);
	for (i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		agent_name(agent, "Memory/m0", name);
		agent_publish(agent);
		site_settle(site);
		assert_int_equal(drift(agent), 1);
	}
	assert_int_equal(fault_proxy_hits(site->front), 2);
	/* and so it stays over a restart, but not when the OFMF was away */
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
	assert_int_equal(agent->ofmf->repair.heed[TREE_CHANGED], OFMF_IGNORES);
	site_settle(site);
	fault_proxy_rule(site->front, &down);
	agent_name(agent, "Memory/m0", "away");
	agent_publish(agent);
	/* the first may be a connection that was cut, which says less */
	site_fails(site, agent, 2);
	fault_proxy_rule(site->front, NULL);
	site_settle(site);
	assert_true(agent->ofmf->repair.heed[TREE_CHANGED] < OFMF_IGNORES);
	assert_int_equal(drift(agent), 1);
}

/* Nothing is ever detached at one that acts upon them. */
static void test_heeds(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	int i;

	for (i = 0; i < 4; i++) {
		link_set(agent, PORTS "/1", i % 2 ? "LinkUp" : "LinkDown");
		device_add(agent, 2);
		settled(site);
		device_remove(agent);
		settled(site);
	}
	assert_int_equal(agent->ofmf->repair.heed[TREE_CHANGED], OFMF_HEEDS);
	assert_int_equal(agent->ofmf->repair.heed[TREE_REMOVED], OFMF_HEEDS);
	assert_int_equal(repairs(agent), 0);
}

/* ---- when --------------------------------------------------------------- */

/* What happens within the time of quiet is one repair. */
static void test_burst(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	int i;

	device_add(agent, 3);
	settled(site);
	for (i = 0; i < 6; i++) {
		link_set(agent, PORTS "/1", i % 2 ? "LinkUp" : "LinkDown");
		link_set(agent, PORTS "/2", i % 2 ? "LinkDown" : "LinkUp");
		if (i == 3)
			device_remove(agent);
		agent_run(agent, 40);
	}
	settled(site);
	assert_int_equal(repairs(agent), 1);
	assert_int_equal(happened(agent, "Changed", PORTS "/1", "LinkDown"), 0);
}

/* Each repair later than the one before. */
static void test_backoff_runs(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = settled(site);
	uint64_t last = 0, begun, gap;
	unsigned int i;
	char name[8];

	for (i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		agent_name(agent, "Memory/m0", name);
		agent_publish(agent);
		until_known(agent, 1);
		settled(site);
		begun = agent->ofmf->repair.history.last;
		gap = begun - last;
		if (i)
			assert_true(gap >= agent->timing.backoff[
				i > OFMF_BACKOFFS ? OFMF_BACKOFFS - 1 : i - 1]);
		assert_true(gap >= agent->timing.quiet);
		last = begun;
	}
	assert_int_equal(repairs(agent), 5);
}

int main(void)
{
#define CASE(fn, how) \
	{ #fn " (" #how ")", fn, setup_ ## how, site_teardown, NULL }
#define REPAIRS(fn) CASE(fn, auto), CASE(fn, detach)
	const struct CMUnitTest tests[] = {
		REPAIRS(test_down_up), REPAIRS(test_down_up_in_repair),
		REPAIRS(test_away_and_back), REPAIRS(test_back_as_another),
		REPAIRS(test_back_at_once),
		REPAIRS(test_away), REPAIRS(test_client_in_window),
		CASE(test_drift, none), REPAIRS(test_drift),
		CASE(test_log_line, none), CASE(test_sent_once, none),
		CASE(test_known_to_ignore, none), CASE(test_heeds, conformant),
		REPAIRS(test_burst),
		CASE(test_backoff_runs, auto),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
