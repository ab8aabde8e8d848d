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
 *	HISTORY_SCALE=N			for a slow or busy machine: less than SCALE
 *	HISTORY_LOG=FILE		what was written down, an entry a line
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
#include <unistd.h>

#include "config/priv.h"
#include "fixture.h"
#include "history.h"
#include "http_wrap.h"
#include "site.h"
#include "waited.h"

#define SCALE		10
#define HAPPENINGS	300
#define SAMPLE		15	/* ms between looks at an OFMF that is written to */
#define MS(s)		((s) * 1000ULL / scale)	/* of the product's seconds */

static unsigned int scale = SCALE;

/* Of each a fault was found, or they are the first ones. */
static const unsigned int seeds[] = { 1 };

/**
 * struct run - one history
 * @promise: what is checked, in compressed time
 * @births, @alerts, @leavings, @edits: of regions, of providers, of clients
 * @hca, @nic, @pmem, @region, @ill, @renamed: what the host has
 * @unwatched: providers that are away, a bit each
 * @down: ports whose link is down, a bit each
 * @edit: a client is to write to a copy when it can
 * @contact: fabmond did not ask the OFMF since the trouble is over
 * @dirty: the OFMF may have changed since it was looked at
 * @looked: when that was
 */
struct run {
	struct site *site;
	struct agent *agent;
	struct model *model;
	struct history history;
	struct history_promise promise;
	unsigned int random, births, alerts, leavings, edits, down, unwatched;
	bool hca, nic, pmem, region, ill, renamed, verbose, contact, dirty, edit;
	uint64_t looked;
	struct waited waited;
};

/* ---- time --------------------------------------------------------------- */

/* All times of a client but the limits of requests, which are in ms. */
static uint64_t *const *times_of(struct ofmf_timing *t)
{
	static uint64_t *all[15];
	uint64_t *const now[] = {
		&t->base, &t->cap, &t->heartbeat, &t->reconcile, &t->spread,
		&t->gather, &t->gathered, &t->quiet, &t->latest,
		&t->backoff[0], &t->backoff[1], &t->backoff[2], &t->calm,
		&t->recompare, NULL,
	};

	_Static_assert(sizeof(now) == sizeof(all), "as many");
	/* so that one that is new is not left as it is */
	_Static_assert(sizeof(*t) == (sizeof(now) / sizeof(now[0]) - 1) *
		       sizeof(uint64_t) + 4 * sizeof(long) +
		       sizeof(uint64_t), "each time is in the list");
	memcpy(all, now, sizeof(all));
	return all;
}

/* The product's, of an [ofmf] that sets nothing. */
static void timing_product(struct ofmf_timing *timing)
{
	struct config config = { 0 };
	const struct config_ofmf *c = config_ofmf_get(&config, "");
	struct ofmf_setup setup;

	assert_non_null(c);
	setup = (struct ofmf_setup){
		.quiet = c->quiet, .latest = c->latest,
		.backoff = { c->backoff[0], c->backoff[1], c->backoff[2] },
		.heartbeat = c->heartbeat, .reconcile = c->reconcile,
		.spread = c->spread,
	};
	ofmf_timing_set(timing, &setup);
	config_clear(&config);
}

static void timing_compressed(struct ofmf_timing *timing)
{
	uint64_t *const *time;

	timing_product(timing);
	for (time = times_of(timing); *time; time++)
		**time /= scale;
	timing->get /= scale;
	timing->event /= scale;
	timing->handshake /= scale;
	timing->crawl /= scale;
}

/* The promise of Documentation/ofmf.md, and what follows from the times. */
static struct history_promise promise_of(const struct ofmf_timing *timing)
{
	return (struct history_promise){
		.converge = MS(5),
		.latest = timing->latest / 1000,
		.backoff = { timing->backoff[0] / 1000,
			     timing->backoff[1] / 1000,
			     timing->backoff[2] / 1000 },
		.away = timing->cap / 1000,
		.recover = MS(20),
		.wiped = timing->heartbeat / 1000 + MS(5),
		.edited = timing->recompare / 1000 + MS(20),
	};
}

static struct run *current;

/*
 * ms. What the threads of this process and of the stand-in, which take turns,
 * waited for a processor does not count: a busy machine is no fault. It is known
 * only when they go on, so this goes back then; history_straighten() mends that.
 */
static uint64_t clock_ms(struct run *run)
{
	waited_add(&run->waited, getpid());
	waited_add(&run->waited, run->agent->standin->pid);
	return agent_now_ms() - run->waited.total / 1000000;
}

/* ---- what our side writes ----------------------------------------------- */

static void note_event(const json_t *event)
{
	const json_t *origin = json_object_get(event, "OriginOfCondition");
	const char *id = json_string_value(json_object_get(event, "MessageId"));
	const char *uri = json_string_value(json_object_get(origin,
							    "@odata.id"));

	if (!id || !uri)
		return;
	id = strrchr(id, '.') ? strrchr(id, '.') + 1 : id;
	history_write(&current->history, clock_ms(current), id, uri, NULL,
		      tree_get(current->agent->tree, uri));
}

/* One that the OFMF has, or NULL. */
static const char *any_copy(unsigned int number)
{
	json_t *all = current->history.theirs, *value;
	size_t n = json_object_size(all);
	const char *uri;

	number = n ? (unsigned int)(number % n) : 0;
	json_object_foreach(all, uri, value)
		if (!number--)
			return uri;
	return NULL;
}

/*
 * A client's, while the OFMF takes the copies for its own: the one that is being
 * repaired, or any other.
 */
static void client_edits(const char *at)
{
	const char *uri = current->edits % 2 ? at : any_copy(current->edits * 37);
	const json_t *ours = uri ? tree_get(current->agent->tree, uri) : NULL;
	char body[512];

	/* a copy of what is read on request is as of the upload */
	if (ours && tree_is_placeholder(ours))
		return;
	if (!current->edit || !ofmf_is_detached(current->agent->ofmf) ||
	    !strncmp(at, OFMF_SOURCES, strlen(OFMF_SOURCES)) ||
	    !uri || !json_object_get(current->history.theirs, uri))
		return;
	snprintf(body, sizeof(body), "{\"@odata.id\": \"%s\", \"Name\": \"edit %u\"}",
		 uri, current->edits++);
	current->edit = false;
	history_note(&current->history, clock_ms(current), HISTORY_EDITED, uri);
	json_decref(standin_send(current->agent->standin, "PATCH", uri, body));
}

static void note_request(const char *method, const char *uri,
			 const json_t *body)
{
	json_t *event;
	size_t i;

	if (current->contact)
		history_note(&current->history, clock_ms(current), HISTORY_CONTACT,
			     NULL);
	current->contact = false;
	client_edits(uri);
	/* what a wiped OFMF went on reading is nobody's, and cleared */
	if (!strcmp(method, "DELETE") && !agent_context(current->agent))
		method = "clear";
	current->dirty |= strcmp(method, "GET") != 0;
	if (strcmp(method, "GET"))
		history_write(&current->history, clock_ms(current), method, uri,
			      body, tree_get(current->agent->tree, uri));
	json_array_foreach(json_object_get(body, "Events"), i, event)
		note_event(event);
}

int __wrap_ofmf_http_send(struct ofmf_http *http, const char *method,
			  const char *url, const json_t *body, long timeout,
			  ofmf_http_done done, void *ctx)
{
	const char *uri = strstr(url, "://");

	uri = uri ? strchr(uri + 3, '/') : NULL;
	if (current && uri)
		note_request(method, uri, body);
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

/* Away for longer than the daemon waits: the tree shows it. */
static void unwatch(struct run *run, enum model_provider provider)
{
	if (!(run->unwatched & 1u << provider))
		return;
	model_unwatch(run->model, provider, (1795514794ULL + run->leavings) *
		      1000000000);
	model_unwatched_show(run->model, provider);
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
	unwatch(run, MODEL_RDMA);
	unwatch(run, MODEL_CXL);
	fix_suffix = "";
	agent_model(run->agent, run->model);
	model_free(old);
}

static void host_publish(struct run *run, const char *what)
{
	host_build(run);
	agent_publish(run->agent);
	history_host(&run->history, clock_ms(run), what,
		     tree_all(run->agent->tree));
}

/* ---- the OFMF ----------------------------------------------------------- */

static void look(struct run *run)
{
	json_t *tree;

	/* it changes only while it is asked to */
	run->dirty = ofmf_http_busy(run->agent->ofmf->http);
	tree = standin_ask(run->agent->standin, "GET", "/standin/tree");
	if (tree)
		history_seen(&run->history, clock_ms(run), tree,
			     ofmf_drift(run->agent->ofmf));
	json_decref(tree);
	run->looked = agent_now_ms();
}

static void pass(struct run *run, uint64_t ms)
{
	uint64_t end = agent_now_ms() + ms;

	while (agent_now_ms() < end) {
		sd_event_run(run->agent->event, 2000);
		if (agent_now_ms() < run->looked + SAMPLE)
			continue;
		if (run->dirty)
			look(run);
		else
			history_drift(&run->history, clock_ms(run),
				      ofmf_drift(run->agent->ofmf));
	}
}

static bool is_right(const struct run *run)
{
	size_t count[3];

	history_count(&run->history, count);
	return !count[0] && !count[1] && !count[2];
}

/* Or the checker is to say what is wrong. */
static void until_right(struct run *run)
{
	uint64_t end = agent_now_ms() + MS(200);

	do
		pass(run, SAMPLE);
	while ((!agent_at_rest(run->agent) || !is_right(run)) &&
	       agent_now_ms() < end);
}

/* ---- what happens ------------------------------------------------------- */

static unsigned int dice(struct run *run, uint64_t n)
{
	run->random = run->random * 1103515245u + 12345u;
	return (unsigned int)((run->random >> 16) % n);
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

static void do_unwatch(struct run *run)
{
	run->unwatched ^= 1u << dice(run, MODEL_PROVIDERS);
	run->leavings++;
	host_publish(run, "provider");
}

static void alert(struct run *run, const char *uri)
{
	char id[64];

	snprintf(id, sizeof(id), "History%u", run->alerts++);
	history_alert(&run->history, clock_ms(run), id);
	ofmf_alert(run->agent->ofmf, json_pack(
		"{s:s, s:s, s:s, s:o, s:[], s:{s:s}}",
		"EventType", "Alert", "Severity", "Warning", "Message", id,
		"MessageId", json_sprintf("CXL.1.0.%s", id), "MessageArgs",
		"OriginOfCondition", "@odata.id", uri));
}

static void do_health(struct run *run)
{
	run->ill = !run->ill;
	host_publish(run, "health");
	alert(run, FIX_SYSTEM);
}

static void trouble(struct run *run)
{
	history_note(&run->history, clock_ms(run), HISTORY_TROUBLE, NULL);
}

static void trouble_over(struct run *run)
{
	history_note(&run->history, clock_ms(run), HISTORY_OVER, NULL);
	run->contact = true;
}

/* It keeps its tree, as one with a disk. */
static void do_restart(struct run *run)
{
	const struct fault_rule away = {
		.fault = FAULT_REFUSE, .count = 1,
		.ms = (unsigned int)MS(1) / 2 + dice(run, MS(4)),
	};

	trouble(run);
	fault_proxy_rule(run->site->front, &away);
	do_link(run);
	pass(run, away.ms + 50);
	fault_proxy_rule(run->site->front, NULL);
	trouble_over(run);
}

/* Nobody says so: the next event finds it, or a heartbeat. */
static void do_wipe(struct run *run)
{
	standin_wipe(run->agent->standin);
	history_note(&run->history, clock_ms(run), HISTORY_WIPED, NULL);
	look(run);
	if (dice(run, 2))
		do_link(run);
}

/* Nothing is sent or stored at the end: test_kill has a real SIGKILL. */
static void do_kill(struct run *run)
{
	trouble(run);
	agent_stop(run->agent);
	do
		run->down ^= 1u << dice(run, 3);
	while (dice(run, 2));
	if (!dice(run, 3))
		run->pmem = !run->pmem;
	if (!dice(run, 3))
		run->hca = !run->hca;
	host_build(run);
	assert_int_equal(agent_start(run->agent), 0);
	run->dirty = true;
	history_host(&run->history, clock_ms(run), "killed",
		     tree_all(run->agent->tree));
	trouble_over(run);
}

/* In the next repair. */
static void do_edit(struct run *run)
{
	run->edit = true;
}

/* No quiet: events go on, for longer than a repair may wait for their end. */
static void do_storm(struct run *run)
{
	uint64_t end = agent_now_ms() + run->promise.latest +
		       run->promise.converge;

	do_rename(run);
	while (agent_now_ms() < end) {
		do_link(run);
		pass(run, run->agent->timing.quiet / 2000);
	}
}

/* An hour without a repair, so that the next is the first, and may begin. */
static void do_calm(struct run *run)
{
	run->agent->ofmf->repair.history.repairs = 0;
	ofmf_wake(run->agent->ofmf);
	history_note(&run->history, clock_ms(run), HISTORY_CALM, NULL);
}

static const struct {
	void (*fn)(struct run *run);
	const char *name;
	unsigned int weight;
} happenings[] = {
	{ do_link, "link", 26 }, { do_rename, "rename", 8 },
	{ do_rdma, "RDMA device", 13 }, { do_cxl, "CXL device", 10 },
	{ do_region, "region", 9 }, { do_health, "health", 8 },
	{ do_unwatch, "provider", 6 }, { do_edit, "a client", 4 },
	{ do_restart, "OFMF restarts", 2 }, { do_wipe, "OFMF is wiped", 2 },
	{ do_kill, "fabmond is killed", 3 }, { do_calm, "an hour", 7 },
	{ do_storm, "no quiet", 2 },
};

static void happen(struct run *run)
{
	unsigned int i = 0, at = dice(run, 100);

	while (at >= happenings[i].weight)
		at -= happenings[i++].weight;
	if (run->verbose)
		print_message("# %llu ms: %s\n", (unsigned long long)
			      (clock_ms(run) - run->history.begin),
			      happenings[i].name);
	happenings[i].fn(run);
}

/* ---- a run -------------------------------------------------------------- */

static void start(struct run *run)
{
	struct ofmf_timing *timing = &run->agent->timing;

	timing_compressed(timing);
	/* agent_start() has it in s */
	run->agent->reconcile = (unsigned int)(timing->reconcile / 1000000);
	run->promise = promise_of(timing);
	run->hca = run->nic = true;
	host_build(run);
	history_init(&run->history, clock_ms(run));
	assert_int_equal(agent_start(run->agent), 0);
	history_host(&run->history, clock_ms(run), "start",
		     tree_all(run->agent->tree));
	current = run;
	until_right(run);
	history_note(&run->history, clock_ms(run), HISTORY_OVER, NULL);
	history_note(&run->history, clock_ms(run), HISTORY_CONTACT, NULL);
}

/* Bursts, pauses in which a repair begins, and now and then until all is well. */
static void pause_randomly(struct run *run)
{
	const struct history_promise *p = &run->promise;

	switch (dice(run, 8)) {
	case 0: case 1: case 2:
		pass(run, dice(run, MS(1) / 2));
		break;
	case 3: case 4: case 5:
		pass(run, dice(run, MS(4)));
		break;
	case 6:
		pass(run, p->converge);
		break;
	default:
		do_calm(run);
		pass(run, p->converge + p->latest);
	}
}

/* Until all that was promised is due. */
static void finish(struct run *run)
{
	const struct history_promise *p = &run->promise;

	do_link(run);
	do_calm(run);
	pass(run, p->backoff[0] + p->converge + p->latest);
	do_calm(run);
	pass(run, p->edited + p->backoff[0] + p->converge);
	look(run);
}

static unsigned int history_run(struct run *run, unsigned int count)
{
	const char *file = getenv("HISTORY_LOG");
	struct history_figures figures;
	unsigned int i;
	FILE *out;

	start(run);
	for (i = 0; i < count; i++) {
		happen(run);
		pause_randomly(run);
	}
	finish(run);
	current = NULL;
	history_straighten(&run->history);
	figures = history_check(run->history.log, &run->promise, stdout);
	print_message("# %zu changes, %zu writes, %llu ms; right after %llu ms of %llu; %u breaches\n",
		      run->history.changes, run->history.writes,
		      (unsigned long long)(clock_ms(run) - run->history.begin),
		      (unsigned long long)figures.slowest,
		      (unsigned long long)run->promise.converge,
		      figures.breaches);
	out = file ? fopen(file, "we") : NULL;
	if (out) {
		history_print(&run->history, out);
		fclose(out);
	}
	return figures.breaches;
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
	model_free(run.model);
	return breaches;
}

/* ---- tests -------------------------------------------------------------- */

/* The ratios of the product's times are those of the test's. */
static void test_times(void **state)
{
	struct ofmf_timing product, compressed;
	uint64_t *const *time;
	uint64_t before[16];
	size_t n = 0, i;

	timing_product(&product);
	for (time = times_of(&product); *time; time++)
		before[n++] = **time;
	timing_compressed(&compressed);
	time = times_of(&compressed);
	for (i = 0; i < n; i++) {
		assert_true(before[i]);
		assert_int_equal(*time[i] * scale, before[i]);
	}
	assert_int_equal(promise_of(&compressed).latest * scale,
			 product.latest / 1000);
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
		cmocka_unit_test(test_times), cmocka_unit_test(test_seeds),
	};

	if (getenv("HISTORY_SCALE"))
		scale = (unsigned int)atoi(getenv("HISTORY_SCALE"));
	if (argc > 1)
		return seed_run((unsigned int)atoi(argv[1]), argc > 2 ?
				(unsigned int)atoi(argv[2]) : HAPPENINGS,
				true) > 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
