// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "fault.h"
#include "fixture.h"
#include "redfish/redfish.h"
#include "service/service.h"

#define R	AGENT_ROOT
#define URI_MAX	AGENT_URI_MAX

/* ---- the host ----------------------------------------------------------- */

void agent_uri(const struct agent *agent, const char *path,
	       char uri[static AGENT_URI_MAX])
{
	if (*path == '/')
		snprintf(uri, URI_MAX, "%s", path);
	else
		snprintf(uri, URI_MAX, "%s/%s", agent->system, path);
}

static void put(struct agent *agent, const char *uri, json_t *resource)
{
	const char *last = strrchr(uri, '/') + 1;

	json_object_set_new(resource, "@odata.id", json_string(uri));
	if (!json_object_get(resource, "Id"))
		json_object_set_new(resource, "Id", json_string(last));
	json_object_set_new(agent->resources, uri, resource);
}

static void link_to(struct agent *agent, const char *from, const char *name,
		    const char *to)
{
	json_object_set_new(json_object_get(agent->resources, from), name,
			    json_pack("{s:s}", "@odata.id", to));
}

static void put_collection(struct agent *agent, const char *path,
			   const char *type)
{
	char name[128], uri[URI_MAX];

	agent_uri(agent, path, uri);
	snprintf(name, sizeof(name), "#%sCollection.%sCollection", type, type);
	put(agent, uri, json_pack("{s:s, s:s, s:[]}", "@odata.type", name,
				  "Name", type, "Members"));
}

void agent_add(struct agent *agent, const char *path, const char *id,
	       const char *type)
{
	char name[128], parent[URI_MAX], uri[2 * URI_MAX];
	json_t *members;

	agent_uri(agent, path, parent);
	members = json_object_get(json_object_get(agent->resources, parent),
				  "Members");
	snprintf(uri, sizeof(uri), "%s/%s", parent, id);
	snprintf(name, sizeof(name), "#%s.v1_0_0.%s", type, type);
	put(agent, uri, json_pack("{s:s, s:s, s:s, s:{s:s}}",
				  "@odata.type", name, "Name", id, "Model", "m",
				  "Status", "Health", "OK"));
	json_array_append_new(members, json_pack("{s:s}", "@odata.id", uri));
}

/* With all below it. */
void agent_remove(struct agent *agent, const char *path, const char *id)
{
	char parent[URI_MAX], uri[2 * URI_MAX];
	json_t *members, *member, *value;
	const char *key;
	size_t i, len;
	void *next;

	agent_uri(agent, path, parent);
	len = (size_t)snprintf(uri, sizeof(uri), "%s/%s", parent, id);
	members = json_object_get(json_object_get(agent->resources, parent),
				  "Members");
	json_array_foreach(members, i, member)
		if (!strcmp(json_string_value(json_object_get(member,
							      "@odata.id")),
			    uri))
			break;
	json_array_remove(members, i);
	json_object_foreach_safe(agent->resources, next, key, value)
		if (!strncmp(key, uri, len) && (!key[len] || key[len] == '/'))
			json_object_del(agent->resources, key);
}

void agent_name(struct agent *agent, const char *path, const char *name)
{
	char uri[URI_MAX];

	agent_uri(agent, path, uri);
	json_object_set_new(json_object_get(agent->resources, uri), "Name",
			    json_string(name));
}

/* Levels, several collections, links in all directions. */
static void put_host(struct agent *agent)
{
	char chassis[96], adapters[160], ports[200], memory[128];

	snprintf(chassis, sizeof(chassis), R "Chassis/%s", agent->name);
	snprintf(adapters, sizeof(adapters), "%s/NetworkAdapters", chassis);
	snprintf(ports, sizeof(ports), "%s/n0/Ports", adapters);
	snprintf(memory, sizeof(memory), "%s/Memory", agent->system);
	put(agent, R, json_pack("{s:s, s:s}", "@odata.type",
				"#ServiceRoot.v1_20_0.ServiceRoot",
				"Name", "r"));
	put_collection(agent, R "Systems", "ComputerSystem");
	put_collection(agent, R "Chassis", "Chassis");
	agent_add(agent, R "Systems", agent->name, "ComputerSystem");
	agent_add(agent, R "Chassis", agent->name, "Chassis");
	put_collection(agent, memory, "Memory");
	agent_add(agent, memory, "m0", "Memory");
	agent_add(agent, memory, "m1", "Memory");
	put_collection(agent, adapters, "NetworkAdapter");
	agent_add(agent, adapters, "n0", "NetworkAdapter");
	put_collection(agent, ports, "Port");
	agent_add(agent, ports, "1", "Port");
	agent_add(agent, ports, "2", "Port");
	link_to(agent, agent->system, "Memory", memory);
	link_to(agent, agent->system, "X", chassis);
	link_to(agent, chassis, "NetworkAdapters", adapters);
	strcat(adapters, "/n0");
	link_to(agent, adapters, "Ports", ports);
	put(agent, agent->method, json_pack("{s:s, s:s, s:s}", "@odata.type",
		"#ConnectionMethod.v1_1_0.ConnectionMethod", "Name", "cm",
		"ConnectionMethodType", "Redfish"));
}

static json_t *projected(struct agent *agent)
{
	struct rf_agent how = fix_waiting;

	how.actions = agent->actions;
	json_decref(agent->resources);
	agent->resources = fix_project(agent->model, &how);
	return json_incref(agent->resources);
}

void agent_publish(struct agent *agent)
{
	json_t *all = agent->model ? projected(agent) :
				     json_deep_copy(agent->resources);
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (tree_publish(agent->tree, all,
			 (uint64_t)now.tv_sec * 1000000000u +
			 (uint64_t)now.tv_nsec) < 0)
		abort();
}

void agent_alert(struct agent *agent, const char *word)
{
	char id[96], origin[URI_MAX];

	snprintf(id, sizeof(id), "CXL.1.0.%s", word);
	agent_uri(agent, "Memory/m1", origin);
	if (agent->model)
		agent_uri(agent, agent->system, origin);
	ofmf_alert(agent->ofmf, json_pack(
		"{s:s, s:s, s:s, s:s, s:[], s:{s:s}}",
		"EventType", "Alert", "Severity", "Warning",
		"Message", word, "MessageId", id, "MessageArgs",
		"OriginOfCondition", "@odata.id", origin));
}

/* ---- its life ----------------------------------------------------------- */

static json_t *on_decorate(const char *view, const char *uri,
			   const json_t *resource, void *ctx)
{
	const struct agent *agent = ctx;
	const struct rf_view seen = {
		.url = agent->url, .context = agent_context(agent),
	};

	return rf_view_decorate(&seen, uri, resource);
}

static int on_context(const char *view, const char *context, void *ctx)
{
	struct agent *agent = ctx;

	return ofmf_context_set(agent->ofmf, context);
}

const char *agent_context(const struct agent *agent)
{
	return agent->ofmf ? ofmf_context(agent->ofmf) : NULL;
}

void agent_init(struct agent *agent, sd_event *event, struct standin *standin,
		const char *name, const char *dir)
{
	static const struct ofmf_timing timing = {
		.base = 5000, .cap = 80000,
		.quiet = 500, .latest = 10000, .calm = 1000000,
		.backoff = { 1000, 2000, 4000 }, .recompare = 20000,
		.get = 400, .event = 400, .handshake = 600, .crawl = 800,
		.tries = 5,
	};

	memset(agent, 0, sizeof(*agent));
	agent->event = sd_event_ref(event);
	agent->standin = standin;
	agent->timing = timing;
	agent->dir = dir;
	snprintf(agent->name, sizeof(agent->name), "%s", name);
	snprintf(agent->url, sizeof(agent->url), "%s", standin->url);
	snprintf(agent->system, sizeof(agent->system), R "Systems/%s", name);
	snprintf(agent->method, sizeof(agent->method),
		 R "AggregationService/ConnectionMethods/host-%s", name);
	agent->resources = json_object();
	put_host(agent);
}

void agent_patient(struct agent *agent)
{
	agent->timing.get = agent->timing.event = 30000;
	agent->timing.handshake = agent->timing.crawl = 30000;
}

void agent_clear(struct agent *agent)
{
	json_decref(agent->resources);
	sd_event_unref(agent->event);
}

void agent_model(struct agent *agent, struct model *model)
{
	char *uri;

	agent->model = model;
	json_decref(projected(agent));
	uri = rf_system_uri(model);
	snprintf(agent->system, sizeof(agent->system), "%s", uri);
	free(uri);
	uri = rf_connection_method_uri(model);
	snprintf(agent->method, sizeof(agent->method), "%s", uri);
	free(uri);
}

static int service_up(struct agent *agent)
{
	struct service_setup setup = {
		.event = agent->event,
		.tree = agent->tree,
		.addr = "127.0.0.1",
		.hooks = {
			.decorate = on_decorate, .context = on_context,
			.ctx = agent,
		},
	};
	int port, r;

	r = service_start(&agent->service, &setup);
	if (r < 0)
		return r;
	port = service_port(agent->service);
	if (agent->back) {
		fault_proxy_target(agent->back, port);
		port = fault_proxy_port(agent->back);
	}
	snprintf(agent->callback, sizeof(agent->callback),
		 "http://127.0.0.1:%d", port);
	return 0;
}

int agent_start(struct agent *agent)
{
	struct ofmf_setup setup = {
		.url = agent->url, .callback = agent->callback,
		.method_uri = agent->method, .system_uri = agent->system,
		.resync = agent->resync,
		.reconcile = agent->reconcile, .spread = agent->spread,
		.security = agent->security,
	};
	int r;

	r = store_open(&agent->store, agent->dir);
	if (r < 0)
		return r;
	agent->tree = tree_new();
	agent_publish(agent);
	r = service_up(agent);
	if (r < 0)
		return r;
	r = ofmf_start(&agent->ofmf, agent->event, agent->tree, agent->store,
		       &setup);
	if (r < 0)
		return r;
	agent->timing.reconcile = agent->reconcile * 1000000ULL;
	agent->ofmf->timing = agent->timing;
	return agent_routine(agent, agent->timing.heartbeat,
			     agent->timing.reconcile);
}

int agent_routine(struct agent *agent, uint64_t heartbeat, uint64_t reconcile)
{
	struct ofmf *ofmf = agent->ofmf;

	ofmf->timing.heartbeat = heartbeat;
	ofmf->timing.reconcile = reconcile;
	ofmf_routine_free(ofmf);
	memset(&ofmf->routine, 0, sizeof(ofmf->routine));
	return ofmf_routine_init(ofmf);
}

void agent_stop(struct agent *agent)
{
	ofmf_stop(agent->ofmf);
	service_stop(agent->service);
	tree_free(agent->tree);
	store_close(agent->store);
	agent->ofmf = NULL;
	agent->service = NULL;
	agent->tree = NULL;
	agent->store = NULL;
}

void agent_lose_store(struct agent *agent)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".corrupt" };
	char path[URI_MAX];
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s/fabmond.db%s", agent->dir,
			 ends[i]);
		unlink(path);
	}
}

bool agent_at_rest(const struct agent *agent)
{
	const struct ofmf *ofmf = agent->ofmf;

	return ofmf->online && !ofmf->step && !ofmf_http_busy(ofmf->http) &&
	       !outbox_length(ofmf->outbox) && !ofmf->compare_due &&
	       !ofmf->recheck;
}

/* ---- waiting ------------------------------------------------------------ */

uint64_t agent_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void agent_run(struct agent *agent, int ms)
{
	uint64_t end = agent_now_ms() + (uint64_t)ms;

	while (agent_now_ms() < end)
		sd_event_run(agent->event, 5000);
}

int agent_settle(struct agent *agent, enum agent_view view, int ms, char *why,
		 size_t size)
{
	uint64_t begin = agent_now_ms(), now = begin, checked = 0;

	snprintf(why, size, "it does not rest");
	while (now < begin + (uint64_t)ms) {
		sd_event_run(agent->event, 10000);
		now = agent_now_ms();
		if (!agent_at_rest(agent) || now < checked + 20)
			continue;
		checked = now;
		if (!agent_differs(agent, view, why, size))
			return (int)(now - begin);
	}
	if (!agent_at_rest(agent))
		snprintf(why + strlen(why), size - strlen(why), "; %s",
			 ofmf_status(agent->ofmf, false));
	return -1;
}
