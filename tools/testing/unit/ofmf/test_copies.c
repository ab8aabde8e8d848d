// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What of a copy is not the contents of ours alone: links to collections that a
 * repair emptied, Links that are gone, what the OFMF enters by repetition, and
 * what the configuration adds later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "fixture_state.h"
#include "site.h"

#define CHASSIS		AGENT_ROOT "Chassis/h"
#define ADAPTER		CHASSIS "/NetworkAdapters/n0"
#define PORTS		ADAPTER "/Ports"
#define FABRICS		AGENT_ROOT "Fabrics"
#define FABRIC		FABRICS "/RDMA"
#define MS		1000ULL

/* Times are short, and nothing fails by chance. */
static void set_times(struct agent *agent)
{
	agent_patient(agent);
	agent->timing.quiet = 100 * MS;
	agent->timing.latest = 1500 * MS;
	agent->timing.backoff[0] = 200 * MS;
	agent->timing.backoff[1] = agent->timing.backoff[2] = 300 * MS;
	agent->timing.calm = 3600 * 1000 * MS;
	agent->timing.recompare = 100 * MS;
}

static int setup(void **state, enum ofmf_resync resync)
{
	struct agent *agent = site_setup(state, false, false, resync);

	if (agent)
		set_times(agent);
	return 0;
}

static int setup_auto(void **state)
{
	return setup(state, OFMF_RESYNC_AUTO);
}

static int setup_none(void **state)
{
	return setup(state, OFMF_RESYNC_NONE);
}

static json_t *ours(struct agent *agent, const char *uri)
{
	return json_object_get(agent->resources, uri);
}

/* A new reference. */
static json_t *theirs(const struct agent *agent, const char *uri)
{
	return standin_ask(agent->standin, "GET", uri);
}

static void until_drift(struct agent *agent, long want)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while ((ofmf_drift(agent->ofmf) != want || !agent_at_rest(agent)) &&
	       agent_now_ms() < end)
		agent_run(agent, 5);
	assert_int_equal(ofmf_drift(agent->ofmf), want);
}

static void compare_now(struct agent *agent)
{
	uint64_t before = agent->ofmf->compare.finished;

	agent->ofmf->compare_due = true;
	ofmf_wake(agent->ofmf);
	while (agent->ofmf->compare.finished == before)
		sd_event_run(agent->event, 100000);
}

/* ---- links to subordinates ---------------------------------------------- */

static void ports_remove(struct agent *agent)
{
	agent_remove(agent, PORTS, "1");
	agent_remove(agent, PORTS, "2");
	json_object_del(agent->resources, PORTS);
	json_object_del(ours(agent, ADAPTER), "Ports");
	agent_publish(agent);
}

static void ports_add(struct agent *agent)
{
	json_object_set_new(agent->resources, PORTS, json_pack(
		"{s:s, s:s, s:s, s:s, s:[]}", "@odata.id", PORTS,
		"@odata.type", "#PortCollection.PortCollection",
		"Id", "Ports", "Name", "Ports", "Members"));
	json_object_set_new(ours(agent, ADAPTER), "Ports",
			    json_pack("{s:s}", "@odata.id", PORTS));
	agent_add(agent, PORTS, "1", "Port");
	agent_publish(agent);
}

static bool has_ports(const struct agent *agent, const char **to)
{
	static char uri[AGENT_URI_MAX];
	json_t *copy = theirs(agent, ADAPTER);
	json_t *link = json_object_get(copy, "Ports");
	bool has = link && !json_is_null(link);
	const char *at = json_string_value(json_object_get(link, "@odata.id"));

	assert_non_null(copy);
	snprintf(uri, sizeof(uri), "%s", at ? at : "");
	*to = uri;
	json_decref(copy);
	return has;
}

static void test_emptied(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	const char *to;

	site_start(site);
	assert_true(has_ports(agent, &to));
	ports_remove(agent);
	site_settle(site);
	until_drift(agent, 0);
	assert_false(has_ports(agent, &to));
	ports_add(agent);
	site_settle(site);
	until_drift(agent, 0);
	assert_true(has_ports(agent, &to));
	assert_string_equal(to, PORTS);
}

/* Not repaired: the adapter counts beside its ports. */
static void test_emptied_drift(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	until_drift(agent, 0);
	ports_remove(agent);
	until_drift(agent, 3);
	compare_now(agent);
	until_drift(agent, 3);
	assert_int_equal(agent->ofmf->compare.differences, 3);
}

/* What has no Links any more; the OFMF still can delete things. */
static void test_links_gone(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	json_t *copy;

	json_object_set_new(ours(agent, ADAPTER), "Links", json_pack(
		"{s:[{s:s}]}", "Chassis", "@odata.id", CHASSIS));
	site_start(site);
	json_object_del(ours(agent, ADAPTER), "Links");
	agent_publish(agent);
	site_settle(site);
	agent_remove(agent, PORTS, "1");
	agent_publish(agent);
	site_settle(site);
	until_drift(agent, 0);
	copy = theirs(agent, ADAPTER);
	assert_false(json_is_null(json_object_get(copy, "Links")));
	json_decref(copy);
}

/* ---- what grows by repetition ------------------------------------------- */

static void fabric_put(struct agent *agent)
{
	json_t *system = ours(agent, agent->system);

	json_object_set_new(agent->resources, FABRICS, json_pack(
		"{s:s, s:s, s:s, s:[]}", "@odata.id", FABRICS,
		"@odata.type", "#FabricCollection.FabricCollection",
		"Name", "Fabrics", "Members"));
	agent_add(agent, FABRICS, "RDMA", "Fabric");
	json_object_set_new(ours(agent, FABRIC), "UUID",
			    json_string("8b5ae1a4-0000-4000-8000-000000000001"));
	json_object_set_new(system, "Links", json_pack(
		"{s:[{s:s}]}", "Fabrics", "@odata.id", FABRIC));
}

static size_t sharers(const struct agent *agent)
{
	json_t *copy = theirs(agent, FABRIC);
	size_t n = json_array_size(json_object_get(
		json_object_get(json_object_get(copy, "Oem"), "Sunfish_RM"),
		"FabricSharedWith"));

	json_decref(copy);
	return n;
}

/* Each is listed once; the number of those that are. */
static size_t accessed(const struct agent *agent)
{
	json_t *seen = json_object(), *source, *list, *item;
	char path[OFMF_SOURCE_PATH];
	size_t i, n;

	ofmf_source_path(agent->ofmf, path);
	source = theirs(agent, path);
	list = json_object_get(json_object_get(source, "Links"),
			       "ResourcesAccessed");
	json_array_foreach(list, i, item) {
		assert_true(json_is_string(item));
		json_object_set_new(seen, json_string_value(item), json_true());
	}
	n = json_object_size(seen);
	assert_int_equal(json_array_size(list), n);
	json_decref(source);
	json_decref(seen);
	return n;
}

static void test_shared(void **state)
{
	struct site *site = site_of(state);
	struct agent *first = site->agents[0], *second;
	char id[8];
	int i;

	fabric_put(first);
	site_start(site);
	second = site_add(site, "g");
	set_times(second);
	fabric_put(second);
	assert_int_equal(agent_start(second), 0);
	site_settle(site);
	for (i = 0; i < 3; i++) {
		snprintf(id, sizeof(id), "x%d", i);
		agent_add(second, "Memory", id, "Memory");
		agent_publish(second);
		site_settle(site);
	}
	/* once for each time that the OFMF read the second's tree */
	assert_true(sharers(first) >= 4);
	agent_name(first, "Memory/m0", "renamed");
	agent_publish(first);
	site_settle(site);
	compare_now(first);
	until_drift(first, 0);
	assert_int_equal(sharers(first), 1);
	accessed(first);
}

/* A resource that is removed and added, again and again. */
static void test_accessed(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	size_t before;
	int i;

	site_start(site);
	before = accessed(agent);
	for (i = 0; i < 3; i++) {
		ports_remove(agent);
		site_settle(site);
		until_drift(agent, 0);
		ports_add(agent);
		site_settle(site);
		until_drift(agent, 0);
	}
	/* two ports at first, one in the end */
	assert_int_equal(accessed(agent), before - 1);
}

/* ---- allow_actions, later ----------------------------------------------- */

static struct model *host;

static int setup_host(void **state)
{
	int r = setup_auto(state);
	struct site *site = *state;

	host = fix_all();
	if (site)
		agent_model(site->agents[0], host);
	return r;
}

static int teardown_host(void **state)
{
	site_teardown(state);
	model_free(host);
	return 0;
}

static bool allows(const struct agent *agent)
{
	json_t *copy = theirs(agent, WINDOW);
	bool allows = json_is_true(json_object_get(copy,
					"AllowsMemoryChunkCreation"));

	assert_non_null(json_object_get(copy, "AllowsMemoryChunkCreation"));
	json_decref(copy);
	return allows;
}

static void test_late_actions(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	assert_false(allows(agent));
	agent_stop(agent);
	agent->actions = true;
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	until_drift(agent, 0);
	assert_true(allows(agent));
}

int main(void)
{
#define CASE(fn, how) \
	{ #fn, fn, setup_ ## how, site_teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_emptied, auto), CASE(test_emptied_drift, none),
		CASE(test_links_gone, auto),
		CASE(test_shared, auto), CASE(test_accessed, auto),
		{ "test_late_actions", test_late_actions, setup_host,
		  teardown_host, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
