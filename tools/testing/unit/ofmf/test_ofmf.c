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
#include <time.h>
#include <unistd.h>

#include "ofmf/priv.h"
#include "redfish/redfish.h"
#include "service/service.h"
#include "standin.h"

#define P	"/redfish/v1/"
#define CM	P "AggregationService/ConnectionMethods/host-h"
#define SYSTEM	P "Systems/h"

struct rig {
	struct standin standin;
	char callback[64], dir[64];
	sd_event *event;
	struct tree *tree;
	struct store *store;
	struct service *service;
	struct ofmf *ofmf;
	json_t *resources;
	enum ofmf_resync resync;
	unsigned int reconcile;
};

/* ---- our side ----------------------------------------------------------- */

static void put(struct rig *rig, const char *uri, json_t *resource)
{
	const char *last = strrchr(uri, '/') + 1;

	json_object_set_new(resource, "@odata.id", json_string(uri));
	if (!json_object_get(resource, "Id"))
		json_object_set_new(resource, "Id", json_string(last));
	json_object_set_new(rig->resources, uri, resource);
}

static void put_collection(struct rig *rig, const char *uri, const char *type)
{
	char name[128];

	snprintf(name, sizeof(name), "#%sCollection.%sCollection", type, type);
	put(rig, uri, json_pack("{s:s, s:s, s:[]}", "@odata.type", name,
				"Name", type, "Members"));
}

static void put_member(struct rig *rig, const char *collection,
		       const char *id, const char *type)
{
	json_t *parent = json_object_get(rig->resources, collection);
	char uri[128], name[128];

	snprintf(uri, sizeof(uri), "%s/%s", collection, id);
	snprintf(name, sizeof(name), "#%s.v1_0_0.%s", type, type);
	/* with a property besides names, which is what no placeholder has */
	put(rig, uri, json_pack("{s:s, s:s, s:s}", "@odata.type", name,
				"Name", id, "Model", "m"));
	json_array_append_new(json_object_get(parent, "Members"),
			      json_pack("{s:s}", "@odata.id", uri));
}

static void remove_last_member(struct rig *rig, const char *collection,
			       const char *id)
{
	json_t *parent = json_object_get(rig->resources, collection);
	json_t *members = json_object_get(parent, "Members");
	char uri[128];

	snprintf(uri, sizeof(uri), "%s/%s", collection, id);
	json_array_remove(members, json_array_size(members) - 1);
	json_object_del(rig->resources, uri);
}

static void put_link(struct rig *rig, const char *uri, const char *name,
		     const char *to)
{
	json_object_set_new(json_object_get(rig->resources, uri), name,
			    json_pack("{s:s}", "@odata.id", to));
}

static void put_tree(struct rig *rig)
{
	rig->resources = json_object();
	put(rig, P, json_pack("{s:s, s:s}", "@odata.type",
			      "#ServiceRoot.v1_20_0.ServiceRoot", "Name", "r"));
	put_collection(rig, P "Systems", "ComputerSystem");
	put_member(rig, P "Systems", "h", "ComputerSystem");
	put_collection(rig, SYSTEM "/Memory", "Memory");
	put_member(rig, SYSTEM "/Memory", "m0", "Memory");
	put_member(rig, SYSTEM "/Memory", "m1", "Memory");
	put_collection(rig, P "Chassis", "Chassis");
	put_member(rig, P "Chassis", "h", "Chassis");
	put_link(rig, SYSTEM, "Memory", SYSTEM "/Memory");
	put_link(rig, SYSTEM, "X", P "Chassis/h");
	put(rig, CM, json_pack("{s:s, s:s, s:s}", "@odata.type",
		"#ConnectionMethod.v1_1_0.ConnectionMethod", "Name", "cm",
		"ConnectionMethodType", "Redfish"));
}

static const char *context_of(const struct rig *rig)
{
	return rig->ofmf ? ofmf_context(rig->ofmf) : NULL;
}

static void publish(struct rig *rig)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	assert_true(tree_publish(rig->tree, json_deep_copy(rig->resources),
				 (uint64_t)now.tv_sec * 1000000000u +
				 (uint64_t)now.tv_nsec) >= 0);
}

static json_t *on_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	const struct rig *rig = ctx;
	const struct rf_view seen = {
		.url = rig->standin.url, .context = context_of(rig),
	};

	return rf_view_decorate(&seen, uri, resource);
}

static int on_context(const char *view, const char *context, void *ctx)
{
	struct rig *rig = ctx;

	return ofmf_context_set(rig->ofmf, context);
}

static void agent_start(struct rig *rig)
{
	struct service_setup serve = {
		.addr = "127.0.0.1",
		.hooks = {
			.decorate = on_decorate, .context = on_context,
			.ctx = rig,
		},
	};
	struct ofmf_setup what = {
		.url = rig->standin.url, .callback = rig->callback, .method_uri = CM,
		.system_uri = SYSTEM,
	};

	assert_int_equal(store_open(&rig->store, rig->dir), 0);
	rig->tree = tree_new();
	publish(rig);
	serve.event = rig->event;
	serve.tree = rig->tree;
	assert_int_equal(service_start(&rig->service, &serve), 0);
	snprintf(rig->callback, sizeof(rig->callback), "http://127.0.0.1:%u",
		 service_port(rig->service));
	what.resync = rig->resync;
	what.reconcile = rig->reconcile;
	assert_int_equal(ofmf_start(&rig->ofmf, rig->event, rig->tree,
				    rig->store, &what), 0);
	rig->ofmf->timing.repair = 1000;
	rig->ofmf->timing.base = 20000;
	rig->ofmf->timing.cap = 200000;
}

static void agent_stop(struct rig *rig)
{
	ofmf_stop(rig->ofmf);
	service_stop(rig->service);
	tree_free(rig->tree);
	store_close(rig->store);
	rig->ofmf = NULL;
}

static void store_lose(struct rig *rig)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/fabmond.db", rig->dir);
	unlink(path);
}

static int rig_start(void **state, bool conformant)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	if (!standin_program())
		return 0;
	rig->standin.conformant = conformant;
	strcpy(rig->dir, "/tmp/test_ofmf.XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	assert_int_equal(sd_event_new(&rig->event), 0);
	put_tree(rig);
	standin_start(&rig->standin);
	agent_start(rig);
	return 0;
}

static int setup_reference(void **state)
{
	return rig_start(state, false);
}

static int setup_conformant(void **state)
{
	return rig_start(state, true);
}

/* The reference, and what it does not do is made up for. */
static int setup_repair(void **state)
{
	struct rig *rig;
	int r = rig_start(state, false);

	rig = *state;
	if (r || !rig->event)
		return r;
	agent_stop(rig);
	rig->resync = OFMF_RESYNC_DETACH;
	rig->reconcile = 1;
	agent_start(rig);
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = *state;

	if (rig->event) {
		agent_stop(rig);
		standin_stop(&rig->standin);
		sd_event_unref(rig->event);
		json_decref(rig->resources);
		store_lose(rig);
		rmdir(rig->dir);
	}
	free(rig);
	return 0;
}

/* ---- waiting ------------------------------------------------------------ */

static struct rig *rig_of(void **state)
{
	struct rig *rig = *state;

	if (!rig->event) {
		print_message("OFMF_STANDIN is not set\n");
		skip();
	}
	return rig;
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

typedef bool (*condition)(struct rig *rig);

static bool until(struct rig *rig, condition is)
{
	uint64_t end = now_us() + 15 * 1000000;

	while (!is(rig)) {
		if (now_us() > end)
			return false;
		assert_true(sd_event_run(rig->event, 50000) >= 0);
	}
	return true;
}

static bool at_rest(struct rig *rig)
{
	return rig->ofmf->online && !rig->ofmf->step &&
	       !ofmf_http_busy(rig->ofmf->http) &&
	       !outbox_length(rig->ofmf->outbox) && !rig->ofmf->deep &&
	       !ofmf_drift(rig->ofmf);
}

static bool in_trouble(struct rig *rig)
{
	return rig->ofmf->failures > 2;
}

static void settle(struct rig *rig)
{
	if (!until(rig, at_rest))
		fail_msg("not at rest: %s", ofmf_status(rig->ofmf, false));
}

/* ---- what the stand-in has ---------------------------------------------- */

static json_t *theirs(const struct rig *rig, const char *uri)
{
	json_t *all = standin_ask(&rig->standin, "GET", "/standin/tree");
	json_t *value = json_incref(json_object_get(all, uri));

	json_decref(all);
	return value;
}

static void is_there(const struct rig *rig, const char *uri, bool want)
{
	json_t *value = theirs(rig, uri);

	if (!value == want)
		fail_msg("%s is %s", uri, value ? "there" : "not there");
	json_decref(value);
}

static void name_is(const struct rig *rig, const char *uri, const char *want)
{
	json_t *value = theirs(rig, uri);

	assert_string_equal(json_string_value(json_object_get(value, "Name")),
			    want);
	json_decref(value);
}

static void all_there(const struct rig *rig)
{
	is_there(rig, CM, true);
	is_there(rig, SYSTEM, true);
	is_there(rig, SYSTEM "/Memory/m0", true);
	is_there(rig, SYSTEM "/Memory/m1", true);
	is_there(rig, P "Chassis/h", true);
}

static size_t log_count(const struct rig *rig, const char *member,
			const char *what, const char *uri)
{
	json_t *log = standin_ask(&rig->standin, "GET", "/standin/log"), *entry;
	size_t i, n = 0;

	json_array_foreach(log, i, entry) {
		const char *kind = json_string_value(json_object_get(entry,
								     member));
		const char *at = json_string_value(json_object_get(entry,
								   "uri"));

		n += kind && !strcmp(kind, what) &&
		     (!uri || (at && !strcmp(at, uri)));
	}
	json_decref(log);
	return n;
}

static void set_name(struct rig *rig, const char *uri, const char *name)
{
	json_object_set_new(json_object_get(rig->resources, uri), "Name",
			    json_string(name));
}

/* ---- tests -------------------------------------------------------------- */

static void test_register(void **state)
{
	struct rig *rig = rig_of(state);
	char want[128], *stored;

	settle(rig);
	all_there(rig);
	assert_non_null(context_of(rig));
	snprintf(want, sizeof(want), "ofmf.context.%s", rig->standin.url);
	assert_int_equal(store_get(rig->store, want, &stored), 0);
	assert_string_equal(stored, context_of(rig));
	free(stored);
	snprintf(want, sizeof(want), "registered as %s, 0 queued",
		 context_of(rig));
	assert_non_null(strstr(ofmf_status(rig->ofmf, false), want));
	assert_int_equal(log_count(rig, "change", "Registered", NULL), 1);
	/* idle is no wake-up at all */
	assert_int_equal(sd_event_run(rig->event, 500000), 0);
}

static void test_changes(void **state)
{
	struct rig *rig = rig_of(state);

	settle(rig);
	put_member(rig, SYSTEM "/Memory", "m2", "Memory");
	set_name(rig, SYSTEM "/Memory/m0", "renamed");
	publish(rig);
	settle(rig);
	is_there(rig, SYSTEM "/Memory/m2", true);
	remove_last_member(rig, SYSTEM "/Memory", "m2");
	publish(rig);
	settle(rig);
	if (!rig->standin.conformant) {
		/* told, and not acted upon */
		assert_int_equal(log_count(rig, "change", "Ignored",
					   SYSTEM "/Memory/m0"), 1);
		assert_int_equal(log_count(rig, "change", "Ignored",
					   SYSTEM "/Memory/m2"), 1);
		return;
	}
	name_is(rig, SYSTEM "/Memory/m0", "renamed");
	is_there(rig, SYSTEM "/Memory/m2", false);
}

static void test_alert(void **state)
{
	struct rig *rig = rig_of(state);
	json_t *record;

	settle(rig);
	record = json_pack("{s:s, s:s, s:s, s:s, s:[], s:{s:s}}",
		"EventType", "Alert", "Severity", "Warning",
		"Message", "hot", "MessageId", "CXL.1.0.Hot", "MessageArgs",
		"OriginOfCondition", "@odata.id", SYSTEM "/Memory/m0");
	ofmf_alert(rig->ofmf, record);
	settle(rig);
	assert_int_equal(log_count(rig, "message_id", "CXL.1.0.Hot", NULL), 1);
}

static void test_restart(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	settle(rig);
	before = strdup(context_of(rig));
	agent_stop(rig);
	put_member(rig, SYSTEM "/Memory", "m2", "Memory");
	set_name(rig, SYSTEM "/Memory/m0", "renamed");
	json_object_del(rig->resources, P "Chassis/h");
	json_object_del(json_object_get(rig->resources, SYSTEM), "X");
	agent_start(rig);	/* at another port */
	settle(rig);
	assert_string_equal(context_of(rig), before);
	is_there(rig, SYSTEM "/Memory/m2", true);
	if (rig->standin.conformant) {
		name_is(rig, SYSTEM "/Memory/m0", "renamed");
		is_there(rig, P "Chassis/h", false);
	}
	free(before);
}

static void test_lost_store(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	settle(rig);
	before = strdup(context_of(rig));
	agent_stop(rig);
	store_lose(rig);
	agent_start(rig);
	settle(rig);
	assert_string_equal(context_of(rig), before);
	all_there(rig);
	free(before);
}

static void test_wiped(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	settle(rig);
	before = strdup(context_of(rig));
	json_decref(standin_ask(&rig->standin, "POST", "/ResetResources"));
	is_there(rig, SYSTEM, false);
	set_name(rig, SYSTEM "/Memory/m0", "renamed");
	publish(rig);
	settle(rig);
	assert_string_not_equal(context_of(rig), before);
	all_there(rig);
	name_is(rig, SYSTEM "/Memory/m0", "renamed");
	free(before);
}

static void test_down(void **state)
{
	struct rig *rig = rig_of(state);

	settle(rig);
	standin_stop(&rig->standin);
	set_name(rig, SYSTEM "/Memory/m0", "renamed");
	publish(rig);
	assert_true(until(rig, in_trouble));
	assert_int_equal(outbox_length(rig->ofmf->outbox), 1);
	assert_non_null(strstr(ofmf_status(rig->ofmf, false), "1 queued"));
	standin_start(&rig->standin);	/* and knows nothing */
	settle(rig);
	all_there(rig);
	name_is(rig, SYSTEM "/Memory/m0", "renamed");
}

static void test_down_at_start(void **state)
{
	struct rig *rig = rig_of(state);

	agent_stop(rig);
	standin_stop(&rig->standin);
	store_lose(rig);
	agent_start(rig);
	assert_true(until(rig, in_trouble));
	assert_non_null(strstr(ofmf_status(rig->ofmf, false), "not registered"));
	standin_start(&rig->standin);
	settle(rig);
	all_there(rig);
}

static void test_orphan(void **state)
{
	struct rig *rig = rig_of(state);
	char path[256], *before;

	settle(rig);
	before = strdup(context_of(rig));
	agent_stop(rig);
	store_lose(rig);
	snprintf(path, sizeof(path), OFMF_SOURCES "/%s", before);
	json_decref(standin_ask(&rig->standin, "DELETE", path));
	is_there(rig, path, false);
	agent_start(rig);
	settle(rig);
	assert_string_not_equal(context_of(rig), before);
	is_there(rig, CM, true);
	free(before);
}

static void test_foreign_context(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	settle(rig);
	before = strdup(context_of(rig));
	assert_int_equal(ofmf_context_set(rig->ofmf, "../x"), -EINVAL);
	assert_int_equal(ofmf_context_set(rig->ofmf, before), 0);
	assert_int_equal(ofmf_context_set(rig->ofmf, "not-from-the-ofmf"),
			 -EINVAL);
	assert_false(at_rest(rig));
	settle(rig);
	assert_string_equal(context_of(rig), before);
	free(before);
}

static void test_storm(void **state)
{
	struct rig *rig = rig_of(state);
	char name[32];
	int i;

	settle(rig);
	for (i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		set_name(rig, SYSTEM "/Memory/m0", name);
		publish(rig);
		sd_event_run(rig->event, 0);
	}
	settle(rig);
	if (rig->standin.conformant)
		name_is(rig, SYSTEM "/Memory/m0", "n499");
	assert_true(log_count(rig, "uri", SYSTEM "/Memory/m0", NULL) < 500);
}

/* A copy that does not follow is mended, and the registration is as it was. */
static void test_repair(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	settle(rig);
	before = strdup(context_of(rig));
	put_member(rig, SYSTEM "/Memory", "m2", "Memory");
	publish(rig);
	settle(rig);
	set_name(rig, SYSTEM "/Memory/m0", "renamed");
	json_object_set_new(json_object_get(rig->resources, SYSTEM "/Memory/m1"),
			    "CapacityMiB", json_integer(7));
	remove_last_member(rig, SYSTEM "/Memory", "m2");
	publish(rig);
	settle(rig);
	name_is(rig, SYSTEM "/Memory/m0", "renamed");
	is_there(rig, SYSTEM "/Memory/m2", false);
	/* what is gone of a resource is null there, and is no difference */
	json_object_del(json_object_get(rig->resources, SYSTEM "/Memory/m1"),
			"CapacityMiB");
	publish(rig);
	settle(rig);
	assert_string_equal(context_of(rig), before);
	is_there(rig, CM, true);
	put_member(rig, SYSTEM "/Memory", "m3", "Memory");
	publish(rig);
	settle(rig);
	is_there(rig, SYSTEM "/Memory/m3", true);
	assert_int_equal(log_count(rig, "change", "Registered", NULL), 1);
	free(before);
}

static bool is_away(struct rig *rig)
{
	return rig->ofmf->source;
}

/* Killed while its AggregationSource was away: it is put back first. */
static void test_repair_killed(void **state)
{
	struct rig *rig = rig_of(state);
	char *before;

	settle(rig);
	before = strdup(context_of(rig));
	set_name(rig, SYSTEM "/Memory/m0", "renamed");
	publish(rig);
	assert_true(until(rig, is_away));
	while (rig->ofmf->step || ofmf_http_busy(rig->ofmf->http)) {
		json_t *all = standin_ask(&rig->standin, "GET",
					  "/standin/agents");
		size_t n = json_array_size(all);

		json_decref(all);
		if (!n)
			break;
		sd_event_run(rig->event, 1000);
	}
	agent_stop(rig);
	agent_start(rig);
	settle(rig);
	assert_string_equal(context_of(rig), before);
	name_is(rig, SYSTEM "/Memory/m0", "renamed");
	assert_int_equal(log_count(rig, "change", "Registered", NULL), 1);
	free(before);
}

static bool found_difference(struct rig *rig)
{
	return rig->ofmf->differences;
}

/* Somebody edited the OFMF's copy: the next comparison finds it. */
static void test_reconcile(void **state)
{
	struct rig *rig = rig_of(state);
	char path[256], *text;
	json_t *source;

	settle(rig);
	snprintf(path, sizeof(path), OFMF_SOURCES "/%s", context_of(rig));
	source = standin_ask(&rig->standin, "GET", path);
	json_decref(standin_ask(&rig->standin, "DELETE", path));
	json_decref(standin_send(&rig->standin, "PATCH", SYSTEM "/Memory/m0",
				 "{\"Name\": \"foreign\"}"));
	name_is(rig, SYSTEM "/Memory/m0", "foreign");
	text = json_dumps(source, 0);
	json_decref(standin_send(&rig->standin, "POST", OFMF_SOURCES, text));
	free(text);
	json_decref(source);
	assert_true(until(rig, found_difference));
	settle(rig);
	name_is(rig, SYSTEM "/Memory/m0", "m0");
}

int main(void)
{
#define REPAIR(fn) { #fn, fn, setup_repair, teardown, NULL }
#define CASE(fn) \
	{ #fn " (reference)", fn, setup_reference, teardown, NULL }, \
	{ #fn " (conformant)", fn, setup_conformant, teardown, NULL }
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
