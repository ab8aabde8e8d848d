// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Random histories: what happens to a host, to its OFMF and to fabmond, in an
 * order that a seed decides, all written down and then checked (history.h): at
 * every moment, not at the end.
 *
 * Time is compressed. Every waiting time of the product and every time of the
 * promise is divided by one number, SCALE, so that their ratios, and with them
 * the order in which timers end, are the product's; so are the pauses between
 * happenings. Only what a request takes is not: it is SCALE times as slow here
 * as in the product, beside everything else, so that what is in time here is in
 * time there, and a race between a request and a happening is likelier.
 *
 *	test_history			the fixed seeds
 *	test_history SEED [HAPPENINGS]	one, with what happened
 *	HISTORY_SEEDS=N			N more, random ones
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fixture.h"
#include "history.h"
#include "site.h"

#define SCALE		20
#define SCALED(ms)	((ms) * 1000ULL / SCALE)	/* us */
#define SECOND		1000ULL
#define HAPPENINGS	300
#define SAMPLE		8	/* ms from one look at the OFMF to the next */

/* Of each a fault was found, or they are the first ones. */
static const unsigned int seeds[] = { 1 };

static const struct history_promise promise = {
	.converge = 5 * SECOND / SCALE, .latest = 10 * SECOND / SCALE,
	.backoff = { 10 * SECOND / SCALE, 60 * SECOND / SCALE,
		     600 * SECOND / SCALE },
	.trouble = 130 * SECOND / SCALE,
};

/**
 * struct run - one history
 * @n: happenings so far
 * @births: of regions
 * @hca, @nic, @pmem, @sw, @region, @ill, @renamed: what the host has
 * @shown: the OFMF's tree when it was looked at last, as text
 * @down: ports whose link is down, a bit each
 */
struct run {
	struct site *site;
	struct agent *agent;
	struct model *model;
	struct history history;
	unsigned int random, n, births, down;
	bool hca, nic, pmem, region, ill, renamed, verbose;
	uint64_t sampled;
	char *shown;
};

/* ---- what our side writes ----------------------------------------------- */

static struct run *current;

static void note_event(const char *method, const json_t *event)
{
	const json_t *origin = json_object_get(event, "OriginOfCondition");
	const char *id = json_string_value(json_object_get(event, "MessageId"));
	const char *uri = json_string_value(json_object_get(origin,
							    "@odata.id"));

	if (!id || !uri)
		return;
	id = strrchr(id, '.') ? strrchr(id, '.') + 1 : id;
	history_write(&current->history, agent_now_ms(), id, uri, NULL,
		      tree_get(current->agent->tree, uri));
}

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
	const char *uri = strstr(url, "/redfish/");
	json_t *event;
	size_t i;

	if (current && current->verbose)
		print_message("# %llu ms: %s %s %s\n", (unsigned long long)
			      (agent_now_ms() - current->history.begin),
			      method, uri ? uri : strrchr(url, '/'),
			      json_string_value(json_object_get(json_array_get(
				json_object_get(body, "Events"), 0),
				"MessageId")));
	if (current && strcmp(method, "GET") && uri)
		history_write(&current->history, agent_now_ms(), method, uri,
			      body, tree_get(current->agent->tree, uri));
	json_array_foreach(json_object_get(body, "Events"), i, event)
		if (current)
			note_event(method, event);
	return __real_ofmf_http_send(http, method, url, body, timeout, done,
				     ctx);
}

/* ---- the host ----------------------------------------------------------- */

static const char *const ports[] = { "mlx5_0/1", "mlx5_1/1", "mlx5_1/2" };

static void links_set(struct run *run)
{
	struct model_node *port;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (!(i ? run->nic : run->hca) || !(run->down & 1u << i))
			continue;
		port = fix_node(run->model, ports[i],
				FABMON_NODE_KIND_RDMA_PORT);
		port->k.port.state = 1;		/* down, polling */
		port->k.port.phys_state = 2;
	}
}

static void host_build(struct run *run)
{
	struct model *old = run->model;

	fix_suffix = run->renamed ? "-b" : "";
	run->model = fix_host();
	if (run->hca)
		fix_hca(run->model);
	if (run->nic)
		fix_nic(run->model);
	fix_cxl(run->model);
	if (run->region) {
		fix_region(run->model);
		fix_birth(fix_node(run->model, "region0",
				   FABMON_NODE_KIND_CXL_REGION), run->births);
	}
	if (run->pmem)
		fix_pmem(run->model);
	if (run->ill && run->pmem)
		fix_conditions(run->model);
	links_set(run);
	fix_suffix = "";
	agent_model(run->agent, run->model);
	model_free(old);
}

static void host_publish(struct run *run, const char *what)
{
	host_build(run);
	history_host(&run->history, agent_now_ms(), what,
		     run->agent->resources);
	agent_publish(run->agent);
}

/* ---- the OFMF ----------------------------------------------------------- */

/* Most of the time nothing changed, and that costs little. */
static void look(struct run *run)
{
	long drift = ofmf_drift(run->agent->ofmf);
	json_t *tree;
	char *text;

	run->sampled = agent_now_ms();
	text = standin_text(run->agent->standin, "GET", "/standin/tree", NULL);
	if (run->shown && !strcmp(text, run->shown) &&
	    drift == run->history.drift) {
		free(text);
		return;
	}
	free(run->shown);
	run->shown = text;
	tree = json_loads(text, 0, NULL);
	if (tree)
		history_seen(&run->history, agent_now_ms(), tree, drift);
	json_decref(tree);
}

static void pass(struct run *run, uint64_t ms)
{
	uint64_t end = agent_now_ms() + ms;

	while (agent_now_ms() < end) {
		sd_event_run(run->agent->event, 2000);
		if (agent_now_ms() >= run->sampled + SAMPLE)
			look(run);
	}
}

static bool is_right(const struct run *run)
{
	size_t count[3];

	history_count(&run->history, count);
	return !count[0] && !count[1] && !count[2];
}

/* Until it is registered, or the checker is to say what is wrong. */
static void until_right(struct run *run)
{
	uint64_t end = agent_now_ms() + promise.trouble;

	do
		pass(run, SAMPLE);
	while ((!agent_at_rest(run->agent) || !is_right(run)) &&
	       agent_now_ms() < end);
}

/* ---- what happens ------------------------------------------------------- */

static unsigned int dice(struct run *run, unsigned int n)
{
	run->random = run->random * 1103515245u + 12345u;
	return (run->random >> 16) % n;
}

static void do_link(struct run *run)
{
	run->down ^= 1u << dice(run, 3);
	host_publish(run, "link");
}

static void do_rename(struct run *run)
{
	run->renamed = !run->renamed;
	host_publish(run, "rename");
}

static void do_rdma(struct run *run)
{
	bool *device = dice(run, 2) ? &run->hca : &run->nic;

	*device = !*device;
	host_publish(run, "RDMA device");
}

static void do_cxl(struct run *run)
{
	run->pmem = !run->pmem;
	host_publish(run, "CXL device");
}

static void do_region(struct run *run)
{
	run->region = !run->region;
	run->births += run->region;
	host_publish(run, "region");
}

static void do_health(struct run *run)
{
	run->ill = !run->ill;
	host_publish(run, "health");
	agent_alert(run->agent, "History.");
}

/* It keeps its tree, as one with a disk. */
static void do_restart(struct run *run)
{
	const struct fault_rule away = {
		.fault = FAULT_REFUSE, .count = 1,
		.ms = 20 + dice(run, 200),
	};

	history_note(&run->history, agent_now_ms(), HISTORY_TROUBLE);
	fault_proxy_rule(run->site->front, &away);
	do_link(run);
	pass(run, away.ms + 50);
	fault_proxy_rule(run->site->front, NULL);
	history_note(&run->history, agent_now_ms(), HISTORY_OVER);
}

/*
 * Nobody says so: the next event finds it. Not while it reads our tree, for then
 * it goes on to enter what it reads, for an agent that it does not know.
 */
static void do_wipe(struct run *run)
{
	while (ofmf_http_busy(run->agent->ofmf->http))
		pass(run, 1);
	json_decref(standin_send(run->agent->standin, "POST", "/ResetResources",
				 "{}"));
	history_note(&run->history, agent_now_ms(), HISTORY_WIPED);
	look(run);
	do_link(run);
}

/* Nothing is sent or stored at the end: test_kill has a real SIGKILL. */
static void do_kill(struct run *run)
{
	history_note(&run->history, agent_now_ms(), HISTORY_TROUBLE);
	agent_stop(run->agent);
	do
		run->down ^= 1u << dice(run, 3);
	while (dice(run, 2));
	host_build(run);
	history_host(&run->history, agent_now_ms(), "killed",
		     run->agent->resources);
	assert_int_equal(agent_start(run->agent), 0);
	history_note(&run->history, agent_now_ms(), HISTORY_OVER);
}

/* An hour without a repair. */
static void do_calm(struct run *run)
{
	run->agent->ofmf->repair.history.repairs = 0;
	history_note(&run->history, agent_now_ms(), HISTORY_CALM);
}

static const struct {
	void (*fn)(struct run *run);
	const char *name;
	unsigned int weight;
} happenings[] = {
	{ do_link, "link", 30 }, { do_rename, "rename", 8 },
	{ do_rdma, "RDMA device", 14 }, { do_cxl, "CXL device", 10 },
	{ do_region, "region", 10 }, { do_health, "health", 8 },
	{ do_restart, "OFMF restarts", 2 }, { do_wipe, "OFMF is wiped", 2 },
	{ do_kill, "fabmond is killed", 3 }, { do_calm, "an hour", 13 },
};

static void happen(struct run *run)
{
	unsigned int i = 0, at = dice(run, 100);

	while (at >= happenings[i].weight)
		at -= happenings[i++].weight;
	if (run->verbose)
		print_message("# %llu ms: %s\n", (unsigned long long)
			      (agent_now_ms() - run->history.begin),
			      happenings[i].name);
	happenings[i].fn(run);
}

/* ---- a run -------------------------------------------------------------- */

static void timing_set(struct agent *agent)
{
	struct ofmf_timing *timing = &agent->timing;

	timing->base = SCALED(1000);
	timing->cap = SCALED(60 * 1000);
	timing->quiet = SCALED(1500);
	timing->latest = SCALED(10 * 1000);
	timing->backoff[0] = SCALED(10 * 1000);
	timing->backoff[1] = SCALED(60 * 1000);
	timing->backoff[2] = SCALED(600 * 1000);
	timing->calm = SCALED(3600 * 1000);
	timing->recompare = SCALED(60 * 1000);
	/* limits of requests: a slow machine is no fault */
	timing->get = timing->event = 30000;
	timing->handshake = timing->crawl = 30000;
}

static void start(struct run *run)
{
	timing_set(run->agent);
	run->hca = run->nic = true;
	host_build(run);
	history_init(&run->history, agent_now_ms());
	history_host(&run->history, agent_now_ms(), "start",
		     run->agent->resources);
	current = run;
	assert_int_equal(agent_start(run->agent), 0);
	until_right(run);
	history_note(&run->history, agent_now_ms(), HISTORY_OVER);
}

/* Bursts, pauses in which a repair begins, and now and then until all is well. */
static void pause_randomly(struct run *run)
{
	switch (dice(run, 8)) {
	case 0: case 1: case 2:
		pass(run, dice(run, 20));
		break;
	case 3: case 4: case 5:
		pass(run, dice(run, 200));
		break;
	case 6:
		pass(run, promise.converge);
		break;
	default:
		do_calm(run);
		pass(run, promise.converge + promise.latest);
	}
}

static unsigned int history_run(struct run *run, unsigned int count)
{
	unsigned int breaches;

	start(run);
	for (run->n = 0; run->n < count; run->n++) {
		happen(run);
		pause_randomly(run);
	}
	do_calm(run);
	pass(run, promise.backoff[0] + promise.converge + promise.latest);
	look(run);
	current = NULL;
	breaches = history_check(run->history.log, &promise, stdout);
	print_message("# %zu changes, %zu writes, %u breaches, %llu ms\n",
		      run->history.changes, run->history.writes, breaches,
		      (unsigned long long)(agent_now_ms() -
					   run->history.begin));
	return breaches;
}

static unsigned int seed_run(unsigned int seed, unsigned int count, bool verbose)
{
	struct run run = { .random = seed, .verbose = verbose };
	unsigned int breaches;
	void *state;

	print_message("# seed %u\n", seed);
	run.agent = site_setup(&state, false, true, OFMF_RESYNC_AUTO);
	run.site = state;
	breaches = history_run(&run, count);
	site_teardown(&state);
	history_clear(&run.history);
	free(run.shown);
	model_free(run.model);
	return breaches;
}

static void test_seeds(void **state)
{
	const char *more = getenv("HISTORY_SEEDS");
	unsigned int n = more ? (unsigned int)atoi(more) : 0, breaches = 0;
	unsigned int first = (unsigned int)time(NULL) & 0xffffff, i;

	if (!standin_program())
		skip();
	for (i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++)
		breaches += seed_run(seeds[i], HAPPENINGS, false);
	for (i = 0; i < n; i++)
		breaches += seed_run(first + i, HAPPENINGS, false);
	assert_int_equal(breaches, 0);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
	};

	if (argc > 1)
		return seed_run((unsigned int)atoi(argv[1]), argc > 2 ?
				(unsigned int)atoi(argv[2]) : HAPPENINGS,
				true) > 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
