// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Leaving an OFMF: nothing of the host is there afterwards, nothing of others is
 * missing, and they can go on. Looked at is what the OFMF has, over REST.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"

#define METHODS		AGENT_ROOT "AggregationService/ConnectionMethods"
#define FABRICS		AGENT_ROOT "Fabrics"
#define SHARED		FABRICS "/shared"
#define ENDPOINTS	SHARED "/Endpoints"

static int setup(void **state, bool conformant)
{
	struct agent *agent = site_setup(state, conformant, true,
					 OFMF_RESYNC_AUTO);

	if (!agent)
		return 0;
	agent_patient(agent);
	return 0;
}

static int setup_reference(void **state)
{
	return setup(state, false);
}

static int setup_conformant(void **state)
{
	return setup(state, true);
}

/* ---- what the OFMF has -------------------------------------------------- */

static json_t *get(const struct site *site, const char *uri)
{
	return standin_ask(&site->standin, "GET", uri);
}

/* A resource, and no error. */
static bool has(const struct site *site, const char *uri)
{
	json_t *json = get(site, uri);
	const char *at = json_string_value(json_object_get(json, "@odata.id"));
	bool there = at && !strcmp(at, uri);

	json_decref(json);
	return there;
}

static bool lists(const struct site *site, const char *collection,
		  const char *uri)
{
	json_t *json = get(site, collection), *member;
	bool listed = false;
	size_t i;

	json_array_foreach(json_object_get(json, "Members"), i, member) {
		const char *at = json_string_value(
			json_object_get(member, "@odata.id"));

		listed |= at && !strcmp(at, uri);
	}
	json_decref(json);
	return listed;
}

/* No link of the collection leads nowhere. */
static void leads_somewhere(const struct site *site, const char *collection)
{
	json_t *json = get(site, collection), *member;
	size_t i;

	json_array_foreach(json_object_get(json, "Members"), i, member)
		assert_true(has(site, json_string_value(
			json_object_get(member, "@odata.id"))));
	json_decref(json);
}

static size_t sources_of(const struct site *site, const struct agent *agent)
{
	json_t *all = get(site, OFMF_SOURCES), *member, *source;
	size_t i, n = 0;

	json_array_foreach(json_object_get(all, "Members"), i, member) {
		source = get(site, json_string_value(
			json_object_get(member, "@odata.id")));
		n += ofmf_source_ours(source, agent->method, agent->callback);
		json_decref(source);
	}
	json_decref(all);
	return n;
}

/* Is it of this host alone? Its name is a part of the path then. */
static bool is_of(const struct agent *agent, const char *uri)
{
	size_t len = strlen(agent->name);
	const char *at = uri;

	while ((at = strstr(at, agent->name))) {
		if (at[-1] == '/' && (!at[len] || at[len] == '/'))
			return ofmf_is_member(uri);
		at++;
	}
	return false;
}

/* Nothing of it is there, and nothing that is left refers to it. */
static void is_out(const struct site *site, const struct agent *agent)
{
	static const char *const tops[] = {
		AGENT_ROOT "Systems", AGENT_ROOT "Chassis", METHODS,
		OFMF_SOURCES, FABRICS,
	};
	json_t *resource;
	const char *uri;
	size_t i;

	json_object_foreach(agent->resources, uri, resource)
		if (is_of(agent, uri) && has(site, uri))
			fail_msg("%s is still there", uri);
	assert_int_equal(sources_of(site, agent), 0);
	assert_false(has(site, agent->method));
	assert_false(lists(site, AGENT_ROOT "Systems", agent->system));
	for (i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		leads_somewhere(site, tops[i]);
}

/* ---- leaving ------------------------------------------------------------ */

static void until_left(struct site *site, struct agent *agent)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;
	const struct ofmf *ofmf = agent->ofmf;

	while (ofmf_membership(ofmf) != OFMF_LEFT && agent_now_ms() < end)
		agent_run(agent, 5);
	if (ofmf_membership(ofmf) != OFMF_LEFT)
		fail_msg("%s does not get out: %s; %s", agent->name,
			 ofmf_status(ofmf, false), ofmf->leave.why);
	is_out(site, agent);
}

static void leave(struct site *site, struct agent *agent)
{
	assert_int_equal(ofmf_leave(agent->ofmf), 0);
	until_left(site, agent);
}

/* Requests to the OFMF since the last rule. */
static unsigned int seen(const struct site *site)
{
	static const char *const methods[] = { "GET", "POST", "DELETE" };
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		n += fault_proxy_seen(site->front, methods[i]);
	return n;
}

static json_int_t deleted(const struct agent *agent)
{
	json_t *report = ofmf_leave_report(agent->ofmf);
	json_int_t n = json_integer_value(json_object_get(report, "deleted"));

	json_decref(report);
	return n;
}

static struct agent *other_of(struct site *site)
{
	struct agent *other = site_add(site, "other");

	other->timing = site->agents[0]->timing;
	return other;
}

/* Another host stays as it is, and a third can register afterwards. */
static void test_leave(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0], *third;

	other_of(site);
	site_start(site);
	leave(site, agent);
	/* the ComputerSystem and the Chassis, with what is below them */
	assert_int_equal(deleted(agent), 2);
	assert_non_null(strstr(ofmf_status(agent->ofmf, true), "left"));
	site_settle_as(site, site->agents[1], AGENT_CONTENTS);
	third = site_add(site, "third");
	third->timing = agent->timing;
	assert_int_equal(agent_start(third), 0);
	site_settle_as(site, third, AGENT_CONTENTS);
	site_settle_as(site, site->agents[1], AGENT_CONTENTS);
}

/* What happens on the host afterwards is nothing to the OFMF. */
static void test_silent(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	leave(site, agent);
	fault_proxy_rule(site->front, NULL);
	agent_name(agent, "Memory/m0", "renamed");
	agent_publish(agent);
	agent_alert(agent, "Alert");
	assert_int_equal(ofmf_context_set(agent->ofmf, "a-context"), -EINVAL);
	agent_run(agent, 300);
	assert_int_equal(seen(site), 0);
	assert_int_equal(outbox_length(agent->ofmf->outbox), 0);
	assert_null(agent->ofmf->step);
	is_out(site, agent);
}

static void restart(struct agent *agent)
{
	agent_stop(agent);
	assert_int_equal(agent_start(agent), 0);
}

/* It stays out over a restart; who asks again gets the same; join rejoins. */
static void test_twice_and_join(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	leave(site, agent);
	restart(agent);
	fault_proxy_rule(site->front, NULL);
	agent_run(agent, 300);
	assert_int_equal(seen(site), 0);
	assert_int_equal(ofmf_membership(agent->ofmf), OFMF_LEFT);
	leave(site, agent);
	assert_int_equal(deleted(agent), 0);
	assert_int_equal(ofmf_join(agent->ofmf), 0);
	site_settle(site);
	assert_int_equal(ofmf_join(agent->ofmf), 0);
	restart(agent);
	site_settle(site);
	leave(site, agent);
	restart(agent);
	assert_int_equal(ofmf_join(agent->ofmf), 0);
	site_settle(site);
}

/* Of an OFMF that never heard of us, and of one that was wiped. */
static void test_unknown(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	agent->spread = 3600;
	agent->timing.spread = 3600 * 1000000ULL;
	assert_int_equal(agent_start(agent), 0);
	leave(site, agent);
	assert_int_equal(deleted(agent), 0);
	assert_int_equal(ofmf_join(agent->ofmf), 0);
	site_settle(site);
	standin_wipe(&site->standin);
	leave(site, agent);
}

/* A host whose database is lost finds what is there. */
static void test_lost_store(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	agent_stop(agent);
	agent_lose_store(agent);
	agent->spread = 3600;
	assert_int_equal(agent_start(agent), 0);
	leave(site, agent);
	assert_int_equal(deleted(agent), 2);
}

/* Without our own tree, as fabmond --leave: the OFMF's list is enough. */
static void test_without_tree(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	json_t *all;

	site_start(site);
	agent_stop(agent);
	all = agent->resources;
	agent->resources = json_object();
	assert_int_equal(agent_start(agent), 0);
	json_decref(agent->resources);
	agent->resources = all;
	leave(site, agent);
	assert_int_equal(deleted(agent), 2);
}

/* Asked in the middle of whatever it does. */
static void test_any_moment(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	int ms;

	for (ms = 0; ms < 120; ms += 4) {
		assert_int_equal(agent_start(agent), 0);
		agent_run(agent, ms);
		if (ms > 60) {
			agent_name(agent, "Memory/m0", ms % 8 ? "a" : "b");
			agent_publish(agent);
			agent_run(agent, ms % 7);
		}
		leave(site, agent);
		assert_int_equal(ofmf_join(agent->ofmf), 0);
		agent_stop(agent);
	}
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
}

/* While its AggregationSource is away for a repair. */
static void test_in_repair(void **state)
{
	static const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "PATCH", .path = "Memory/m0",
		.count = 1, .ms = 1000,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];

	site_start(site);
	fault_proxy_rule(site->front, &slow);
	agent_name(agent, "Memory/m0", "renamed");
	agent_publish(agent);
	while (!fault_proxy_hits(site->front))
		sd_event_run(agent->event, 10000);
	assert_non_null(agent->ofmf->repair.source);
	leave(site, agent);
	restart(agent);
	assert_null(agent->ofmf->repair.source);
	assert_int_equal(ofmf_join(agent->ofmf), 0);
	site_settle(site);
}

/* ---- trouble ------------------------------------------------------------ */

static void until_stuck(struct agent *agent)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (!ofmf_leave_stuck(agent->ofmf) && agent_now_ms() < end)
		agent_run(agent, 5);
	assert_true(ofmf_leave_stuck(agent->ofmf));
}

/* Who asked is told; it goes on, also after a restart, and gets there. */
static void test_away(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	json_t *report;

	snprintf(agent->url, sizeof(agent->url), "%s", site->standin.url);
	site_start(site);
	standin_stop(&site->standin);
	site->standin.pid = 0;
	assert_int_equal(ofmf_leave(agent->ofmf), 0);
	until_stuck(agent);
	report = ofmf_leave_report(agent->ofmf);
	assert_non_null(strstr(json_string_value(
		json_object_get(report, "error")), "unreachable"));
	assert_string_equal(json_string_value(
		json_object_get(report, "state")), "leaving");
	json_decref(report);
	restart(agent);
	until_stuck(agent);
	/* without its memory, as a wiped one */
	standin_start(&site->standin);
	until_left(site, agent);
	restart(agent);
	assert_int_equal(ofmf_membership(agent->ofmf), OFMF_LEFT);
}

/* A request that is refused, or lost behind its effect, is done again. */
static void test_faults(void **state)
{
	static const struct {
		enum fault fault;
		const char *method, *path;
	} faults[] = {
		{ FAULT_500, "GET", "AggregationSources/" },
		{ FAULT_500, "DELETE", "AggregationSources/" },
		{ FAULT_CLOSE_AFTER, "DELETE", "AggregationSources/" },
		{ FAULT_500, "GET", "$Systems/h" },
		{ FAULT_500, "DELETE", "$Systems/h" },
		{ FAULT_CLOSE_AFTER, "DELETE", "$Systems/h" },
		{ FAULT_500, "DELETE", "ConnectionMethods" },
		{ FAULT_CLOSE_AFTER, "DELETE", "ConnectionMethods" },
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	size_t i;

	site_start(site);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const struct fault_rule rule = {
			.fault = faults[i].fault, .method = faults[i].method,
			.path = faults[i].path, .count = 2,
		};

		fault_proxy_rule(site->front, &rule);
		leave(site, agent);
		assert_true(fault_proxy_hits(site->front) > 0);
		fault_proxy_rule(site->front, NULL);
		assert_int_equal(ofmf_join(agent->ofmf), 0);
		site_settle(site);
	}
}

/* Joined before it was out. */
static void test_join_in_between(void **state)
{
	static const struct fault_rule slow = {
		.fault = FAULT_DELAY, .method = "DELETE", .count = 1, .ms = 200,
	};
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0];
	int i;

	site_start(site);
	for (i = 0; i < 12; i++) {
		fault_proxy_rule(site->front, i % 2 ? &slow : NULL);
		assert_int_equal(ofmf_leave(agent->ofmf), 0);
		agent_run(agent, i * 4);
		assert_int_equal(ofmf_join(agent->ofmf), 0);
		site_settle(site);
		assert_int_equal(sources_of(site, agent), 1);
	}
}

/* ---- a fabric that hosts share ------------------------------------------ */

static void put(struct agent *agent, const char *uri, const char *type,
		const char *uuid)
{
	char name[128];
	json_t *resource;

	snprintf(name, sizeof(name), "#%s.v1_0_0.%s", type, type);
	resource = json_pack("{s:s, s:s, s:s, s:s}", "@odata.id", uri,
			     "@odata.type", name, "Id", strrchr(uri, '/') + 1,
			     "Name", type);
	if (uuid)
		json_object_set_new(resource, "UUID", json_string(uuid));
	json_object_set_new(agent->resources, uri, resource);
}

static void put_collection(struct agent *agent, const char *uri,
			   const char *type)
{
	char name[128];

	snprintf(name, sizeof(name), "#%sCollection.%sCollection", type, type);
	json_object_set_new(agent->resources, uri,
			    json_pack("{s:s, s:s, s:s, s:s, s:[]}",
				      "@odata.id", uri, "@odata.type", name,
				      "Id", strrchr(uri, '/') + 1, "Name", type,
				      "Members"));
}

static void link_to(struct agent *agent, const char *from, const char *name,
		    const char *to)
{
	json_object_set_new(json_object_get(agent->resources, from), name,
			    json_pack("{s:s}", "@odata.id", to));
}

/* The fabric that all have, with an endpoint of this one. */
static void share(struct agent *agent)
{
	json_t *members;

	put_collection(agent, FABRICS, "Fabric");
	members = json_object_get(json_object_get(agent->resources, FABRICS),
				  "Members");
	json_array_append_new(members, json_pack("{s:s}", "@odata.id", SHARED));
	put(agent, SHARED, "Fabric", "6a3b0c2e-0000-4000-8000-000000000001");
	put_collection(agent, ENDPOINTS, "Endpoint");
	link_to(agent, SHARED, "Endpoints", ENDPOINTS);
	agent_add(agent, ENDPOINTS, agent->name, "Endpoint");
	link_to(agent, agent->system, "Fabric", SHARED);
}

static const char *manager(const struct site *site, const char *uri,
			   char text[static 256])
{
	json_t *json = get(site, uri);
	const char *at = ofmf_copy_manager(json);

	snprintf(text, 256, "%s", at ? at : "nobody");
	json_decref(json);
	return text;
}

static void managed_by(const struct site *site, const char *uri,
		       const struct agent *agent)
{
	char want[256], text[256];

	snprintf(want, sizeof(want), OFMF_SOURCES "/%s", agent_context(agent));
	assert_string_equal(manager(site, uri, text), want);
}

/* The manager leaves, then another one, then the last. */
static void test_shared(void **state)
{
	struct site *site = site_of(state);
	struct agent *agent = site->agents[0], *other, *third;

	share(agent);
	assert_int_equal(agent_start(agent), 0);
	site_settle(site);
	other = other_of(site);
	share(other);
	assert_int_equal(agent_start(other), 0);
	site_settle_as(site, other, AGENT_CONTENTS);
	managed_by(site, SHARED, agent);
	assert_true(lists(site, ENDPOINTS, ENDPOINTS "/h"));
	assert_true(lists(site, ENDPOINTS, ENDPOINTS "/other"));

	leave(site, agent);
	managed_by(site, SHARED, other);
	managed_by(site, ENDPOINTS "/other", other);
	assert_false(has(site, ENDPOINTS "/h"));
	assert_false(lists(site, ENDPOINTS, ENDPOINTS "/h"));
	leads_somewhere(site, ENDPOINTS);
	site_settle_as(site, other, AGENT_CONTENTS);

	third = site_add(site, "third");
	third->timing = agent->timing;
	share(third);
	assert_int_equal(agent_start(third), 0);
	site_settle_as(site, third, AGENT_CONTENTS);
	site_settle_as(site, other, AGENT_CONTENTS);
	managed_by(site, SHARED, other);

	/* one that does not manage it takes nothing but its own */
	leave(site, third);
	managed_by(site, SHARED, other);
	assert_false(has(site, ENDPOINTS "/third"));
	assert_true(has(site, ENDPOINTS "/other"));
	site_settle_as(site, other, AGENT_CONTENTS);

	/* the sharer that is named there is gone: nobody inherits it */
	leave(site, other);
	assert_false(has(site, SHARED));
	leads_somewhere(site, FABRICS);
	assert_int_equal(ofmf_join(agent->ofmf), 0);
	site_settle_as(site, agent, AGENT_CONTENTS);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup_reference, \
						 site_teardown)
#define ALSO(fn) { #fn "_conformant", fn, setup_conformant, site_teardown, \
		   NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_leave), ALSO(test_leave),
		CASE(test_silent), CASE(test_twice_and_join),
		ALSO(test_twice_and_join), CASE(test_unknown),
		CASE(test_lost_store), CASE(test_without_tree),
		CASE(test_any_moment), CASE(test_in_repair), CASE(test_away),
		CASE(test_faults), CASE(test_join_in_between),
		CASE(test_shared), ALSO(test_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
