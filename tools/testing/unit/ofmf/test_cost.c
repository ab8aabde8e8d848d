// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What a change costs in requests, both ways, with each setting of resync:
 * the numbers of Documentation/ofmf.md, section "What it costs".
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

#define ADAPTERS	AGENT_ROOT "Chassis/h/NetworkAdapters"
#define PORTS		ADAPTERS "/n0/Ports"
#define MS		1000ULL
#define NEVER		(3600 * 1000 * MS)

struct cost {
	unsigned int post, get, edit;	/* from us to the OFMF; PATCH, DELETE */
	unsigned int read;		/* GET from the OFMF to us */
};

static int setup(void **state, bool conformant, enum ofmf_resync resync)
{
	struct agent *agent = site_setup(state, conformant, true, resync);

	if (!agent)
		return 0;
	site_back(*state);
	agent_patient(agent);
	agent->timing.quiet = 50 * MS;
	agent->timing.latest = 1000 * MS;
	agent->timing.backoff[0] = agent->timing.backoff[1] = 50 * MS;
	agent->timing.backoff[2] = 50 * MS;
	agent->timing.calm = NEVER;
	/* counted apart */
	agent->timing.recompare = NEVER;
	return agent_start(agent);
}

static int setup_none(void **state)
{
	return setup(state, false, OFMF_RESYNC_NONE);
}

static int setup_auto(void **state)
{
	return setup(state, false, OFMF_RESYNC_AUTO);
}

static int setup_detach(void **state)
{
	return setup(state, false, OFMF_RESYNC_DETACH);
}

static int setup_conformant(void **state)
{
	return setup(state, true, OFMF_RESYNC_AUTO);
}

static bool quiet(const struct agent *agent)
{
	const struct ofmf *ofmf = agent->ofmf;

	return ofmf->online && !ofmf_http_busy(ofmf->http) &&
	       !outbox_length(ofmf->outbox) && !ofmf->compare_due &&
	       !ofmf->recheck && (!ofmf->step || ofmf->pausing) &&
	       !ofmf->repair.source && ofmf_drift(ofmf) >= 0 &&
	       !ofmf_repair_first(ofmf);
}

/* Waits until there is no more for it to do than the comparison to come. */
static void settle(struct agent *agent)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;
	int still = 0;

	while (still < 20 && agent_now_ms() < end) {
		agent_run(agent, 10);
		still = quiet(agent) ? still + 1 : 0;
	}
	assert_true(still);
}

static void count_begin(struct site *site)
{
	fault_proxy_rule(site->front, NULL);
	fault_proxy_rule(site->back, NULL);
}

static struct cost count_end(struct site *site)
{
	return (struct cost){
		.post = fault_proxy_seen(site->front, "POST"),
		.get = fault_proxy_seen(site->front, "GET"),
		/* all that is neither */
		.edit = fault_proxy_seen(site->front, "PATCH"),
		.read = fault_proxy_seen(site->back, "GET"),
	};
}

static void cost_is(const char *of, struct cost have, struct cost want)
{
	print_message("%s: POST %u GET %u edits %u, read %u\n", of, have.post,
		      have.get, have.edit, have.read);
	assert_memory_equal(&have, &want, sizeof(have));
}

static struct cost links_set(struct site *site, unsigned int ports,
			     const char *status)
{
	static const char *const uris[] = { PORTS "/1", PORTS "/2" };
	struct agent *agent = site->agents[0];

	count_begin(site);
	while (ports--)
		json_object_set_new(json_object_get(agent->resources,
						    uris[ports]),
				    "LinkStatus", json_string(status));
	agent_publish(agent);
	settle(agent);
	return count_end(site);
}

static struct cost link_set(struct site *site, const char *status)
{
	return links_set(site, 1, status);
}

static struct cost compare(struct site *site)
{
	struct agent *agent = site->agents[0];

	count_begin(site);
	agent->ofmf->compare_due = true;
	ofmf_wake(agent->ofmf);
	settle(agent);
	return count_end(site);
}

static unsigned int resources(const struct agent *agent)
{
	unsigned int n = 0;
	json_t *resource;
	const char *uri;

	json_object_foreach(agent->resources, uri, resource)
		n += ofmf_announced(uri, resource);
	return n;
}

/* Left as it is; once it is known that it is ignored, it is not looked at. */
static void test_none(void **state)
{
	struct site *site = site_of(state);

	settle(site->agents[0]);
	cost_is("first", link_set(site, "LinkDown"),
		(struct cost){ .post = 1, .get = 1 });
	cost_is("second", link_set(site, "LinkUp"),
		(struct cost){ .post = 1, .get = 1 });
	cost_is("later", link_set(site, "LinkDown"),
		(struct cost){ .post = 1 });
}

/*
 * The event; the copy, the AggregationSource; it goes; the copy, its PATCH; it
 * comes back and is looked at; the copy once more.
 */
static void test_repaired(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	settle(agent);
	/* that it is ignored is seen by reading the copy */
	cost_is("first", link_set(site, "LinkDown"),
		(struct cost){ .post = 2, .get = 6, .edit = 2 });
	cost_is("second", link_set(site, "LinkUp"),
		(struct cost){ .post = 2, .get = 6, .edit = 2 });
	cost_is("later", link_set(site, "LinkDown"),
		(struct cost){ .post = 2, .get = 5, .edit = 2 });
	cost_is("both", links_set(site, 2, "LinkUp"),
		(struct cost){ .post = 3, .get = 7, .edit = 3 });
	/* each copy, our AggregationSource, Systems and Chassis */
	cost_is("comparison", compare(site),
		(struct cost){ .get = resources(agent) + 3 });
}

/* One that acts upon it reads it. */
static void test_heeded(void **state)
{
	struct site *site = site_of(state);
	int i;

	settle(site->agents[0]);
	for (i = 0; i < 3; i++)
		cost_is("each", link_set(site, i % 2 ? "LinkUp" : "LinkDown"),
			(struct cost){ .post = 1, .get = 1, .read = 1 });
}

/* Ten resources in three places, as those of a device are. */
static void device_put(struct agent *agent)
{
	char id[8];
	int i;

	agent_add(agent, ADAPTERS, "n7", "NetworkAdapter");
	agent_add(agent, "Memory", "m7", "Memory");
	agent_add(agent, "Memory", "m8", "Memory");
	json_object_update_new(
		json_object_get(agent->resources, ADAPTERS "/n7"),
		json_pack("{s:{s:s}, s:{s:[{s:s}, {s:s}]}}",
			  "Ports", "@odata.id", ADAPTERS "/n7/Ports",
			  "Links", "Memory",
			  "@odata.id", AGENT_ROOT "Systems/h/Memory/m7",
			  "@odata.id", AGENT_ROOT "Systems/h/Memory/m8"));
	json_object_set_new(agent->resources, ADAPTERS "/n7/Ports", json_pack(
		"{s:s, s:s, s:s, s:[]}", "@odata.id", ADAPTERS "/n7/Ports",
		"@odata.type", "#PortCollection.PortCollection",
		"Name", "Ports", "Members"));
	for (i = 0; i < 7; i++) {
		snprintf(id, sizeof(id), "%d", i);
		agent_add(agent, ADAPTERS "/n7/Ports", id, "Port");
	}
}

/* The OFMF reads the tree once, not ten times. */
static void test_hot_add(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	struct cost cost;
	unsigned int all, before = resources(agent);

	settle(agent);
	device_put(agent);
	assert_int_equal(resources(agent), before + 10);
	all = (unsigned int)json_object_size(agent->resources);
	count_begin(site);
	agent_publish(agent);
	settle(agent);
	cost = count_end(site);
	print_message("POST %u GET %u, read %u of %u\n", cost.post, cost.get,
		      cost.read, all);
	assert_int_equal(cost.post, 1);
	/* one look whether all of them are there */
	assert_int_equal(cost.get, 1);
	assert_int_equal(cost.edit, 0);
	assert_in_range(cost.read, 10, all);
	site_settle_as(site, agent, AGENT_NAMES);
}

int main(void)
{
#define CASE(fn, how) \
	{ #fn " (" #how ")", fn, setup_ ## how, site_teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_none, none),
		CASE(test_repaired, auto), CASE(test_repaired, detach),
		CASE(test_heeded, conformant),
		CASE(test_hot_add, none), CASE(test_hot_add, auto),
		CASE(test_hot_add, detach), CASE(test_hot_add, conformant),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
