// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kill sweep. An agent goes through a script: registration, upload,
 * changes, a creation, a removal, alerts. Before and after each of its steps
 * towards the disk and the OFMF (wraps below) is a kill point; in run k it
 * kills itself with SIGKILL at the k-th, and is then started again with the
 * store that it left, and with the host as it is at the end of the script.
 *
 * What is promised, and checked for each k:
 * - the OFMF's tree equals ours, and there is one AggregationSource of ours;
 * - each alert for which ofmf_alert() had returned before the kill arrived.
 *
 * In a third mode it registers and leaves. What is promised then: nothing of it
 * is there, however often it was killed on the way.
 *
 *	test_kill			every k, in all modes
 *	test_kill MODE K		one, with the agent's log
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "http_wrap.h"
#include "kill_store.h"

#define LIMIT	10000	/* ms, of one life */
#define ALERTS	4

/**
 * struct shared - between a run and its lives
 * @promised: alerts that were handed over
 */
struct shared {
	unsigned int promised;
};

static struct shared *shared;

/* ---- kill points -------------------------------------------------------- */

KILL_WRAP(int, store_receiver, (struct store *s, const char *n, int64_t *id),
	  (s, n, id))
KILL_WRAP(int, store_delivered, (struct store *s, int64_t r_, const char *u,
				 uint64_t d), (s, r_, u, d))
KILL_WRAP(int, store_delivered_drop,
	  (struct store *s, int64_t r_, const char *u), (s, r_, u))
KILL_WRAP(int, store_alert, (struct store *s, int64_t r_, const char *t,
			     int64_t *n), (s, r_, t, n))
KILL_WRAP(int, store_alert_drop, (struct store *s, int64_t n), (s, n))
KILL_WRAP(int, ofmf_context_set, (struct ofmf *o, const char *c), (o, c))

/* One request at a time, so one place to keep who asked. */
static ofmf_http_done asked;

static void on_answered(const struct ofmf_reply *reply, void *ctx)
{
	kill_point("answer", "before");
	asked(reply, ctx);
	kill_point("answer", "after");
}

int __wrap_ofmf_http_send(struct ofmf_http *http, const char *method,
			  const char *url, const json_t *body, long timeout,
			  ofmf_http_done done, void *ctx)
{
	int r;

	asked = done;
	kill_point(method, "before");
	r = __real_ofmf_http_send(http, method, url, body, timeout,
				  on_answered, ctx);
	kill_point(method, "after");
	return r;
}

/* ---- one life ----------------------------------------------------------- */

static void alert(struct agent *agent)
{
	char word[32];

	snprintf(word, sizeof(word), "Kill%u.", shared->promised);
	agent_alert(agent, word);
	shared->promised++;
}

static void pause_a_little(struct agent *agent)
{
	agent_run(agent, 15);
}

/* Each part once; what an earlier part changed is not touched again. */
static void script(struct agent *agent, bool alerts)
{
	char ports[128];

	snprintf(ports, sizeof(ports),
		 AGENT_ROOT "Chassis/h/NetworkAdapters/n0/Ports");
	agent_name(agent, "Memory/m0", "changed");
	if (alerts) {
		agent_publish(agent);
		alert(agent);
		alert(agent);
		pause_a_little(agent);
	}
	agent_add(agent, "Memory", "m2", "Memory");
	if (alerts) {
		agent_publish(agent);
		pause_a_little(agent);
	}
	agent_remove(agent, ports, "2");
	agent_name(agent, "Memory/m0", "changed again");
	if (alerts) {
		agent_publish(agent);
		alert(agent);
		pause_a_little(agent);
		alert(agent);
	}
}

/* What a life begins with. */
struct world {
	bool leaves;
	struct standin standin;
	char dir[32];
};

/* The first goes through the script; the other's host is as at its end. */
static int life(bool first, void *ctx)
{
	struct world *world = ctx;
	struct standin *standin = &world->standin;
	struct agent agent;
	char why[512] = "";
	sd_event *event;
	int r = 0;

	if (sd_event_new(&event) < 0)
		return 1;
	agent_init(&agent, event, standin, "h", world->dir);
	agent.reconcile = 2;
	if (!first)
		script(&agent, false);
	if (agent_start(&agent) < 0 ||
	    agent_settle(&agent, AGENT_CONTENTS, LIMIT, why, sizeof(why)) < 0)
		r = 1;
	if (!r && first) {
		script(&agent, true);
		if (agent_settle(&agent, AGENT_CONTENTS, LIMIT, why,
				 sizeof(why)) < 0)
			r = 1;
	}
	if (r)
		fprintf(stderr, "%s life: %s\n", first ? "first" : "second",
			why);
	agent_stop(&agent);
	agent_clear(&agent);
	sd_event_unref(event);
	return r;
}

/* ---- a life that leaves ------------------------------------------------- */

static bool is_there(const struct standin *standin, const char *uri)
{
	json_t *json = standin_ask(standin, "GET", uri);
	bool there = json_object_get(json, "@odata.id");

	json_decref(json);
	return there;
}

/* What is left of it, NULL: nothing. */
static const char *left_behind(const struct agent *agent)
{
	json_t *sources = standin_ask(agent->standin, "GET", OFMF_SOURCES);
	size_t n = json_array_size(json_object_get(sources, "Members"));
	const char *uri;
	json_t *value;

	json_decref(sources);
	if (n)
		return "its AggregationSource";
	if (is_there(agent->standin, agent->method))
		return "its ConnectionMethod";
	json_object_foreach(agent->resources, uri, value)
		if (ofmf_is_member(uri) && strstr(uri, "/h") &&
		    is_there(agent->standin, uri))
			return uri;
	return NULL;
}

/* The host's administrator asks again unless it is known that he did. */
static int leave(struct agent *agent)
{
	uint64_t end = agent_now_ms() + LIMIT;
	const char *left;

	if (ofmf_membership(agent->ofmf) == OFMF_MEMBER &&
	    ofmf_leave(agent->ofmf))
		return 1;
	while (ofmf_membership(agent->ofmf) != OFMF_LEFT &&
	       agent_now_ms() < end)
		agent_run(agent, 5);
	left = left_behind(agent);
	if (!left && ofmf_membership(agent->ofmf) == OFMF_LEFT)
		return 0;
	fprintf(stderr, "%s is left; %s\n", left ? left : "nothing",
		ofmf_status(agent->ofmf, false));
	return 1;
}

static int leaving_life(bool first, void *ctx)
{
	struct world *world = ctx;
	struct agent agent;
	char why[512] = "";
	sd_event *event;
	int r = 0;

	if (sd_event_new(&event) < 0)
		return 1;
	agent_init(&agent, event, &world->standin, "h", world->dir);
	if (agent_start(&agent) < 0)
		return 1;
	if (first && agent_settle(&agent, AGENT_CONTENTS, LIMIT, why,
				  sizeof(why)) < 0) {
		fprintf(stderr, "it does not register: %s\n", why);
		r = 1;
	}
	if (!r)
		r = leave(&agent);
	agent_stop(&agent);
	agent_clear(&agent);
	sd_event_unref(event);
	return r;
}

/* ---- one run ------------------------------------------------------------ */

/* What the killed one had been given to send. */
static int alerts_lost(const struct standin *standin, unsigned int promised)
{
	struct agent agent = { .standin = (struct standin *)standin };
	unsigned int i;
	char word[32];

	for (i = 0; i < promised; i++) {
		snprintf(word, sizeof(word), "Kill%u.", i);
		if (agent_received(&agent, word, NULL))
			continue;
		fprintf(stderr, "alert %u of %u is lost\n", i, promised);
		return 1;
	}
	return 0;
}

static void shared_new(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
}

struct mode {
	const char *name;
	bool conformant, leaves;
};

static int run(const void *mode, unsigned int at, unsigned int *points)
{
	struct world world = {
		.leaves = ((const struct mode *)mode)->leaves,
		.standin = { .conformant =
			     ((const struct mode *)mode)->conformant },
		.dir = "/tmp/test_kill.XXXXXX",
	};
	struct agent files = { .dir = world.dir };
	kill_life one = world.leaves ? leaving_life : life;
	int status, r = KILL_SURVIVED;
	bool killed;

	kill_arm(at);
	shared_new();
	if (!mkdtemp(world.dir))
		return KILL_FAILED;
	standin_start(&world.standin);
	status = kill_life_run(one, true, &world);
	killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	if (points)
		*points = kill_points();
	if (killed)
		status = kill_life_run(one, false, &world);
	if (status || alerts_lost(&world.standin, shared->promised))
		r = KILL_FAILED;
	else if (at && !killed)
		r = KILL_NOT;
	standin_stop(&world.standin);
	agent_lose_store(&files);
	rmdir(world.dir);
	return r;
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{ "repair", false, false },
		{ "conformant", true, false },
		{ "leave", false, true },
	};
	const size_t n = sizeof(modes) / sizeof(modes[0]);
	bool ok = true;
	size_t i;

	if (!standin_program()) {
		printf("1..0 # SKIP OFMF_STANDIN is not set\n");
		return 4;
	}
	signal(SIGPIPE, SIG_IGN);
	for (i = 0; argc == 3 && i < n; i++)
		if (!strcmp(argv[1], modes[i].name))
			return run(&modes[i], (unsigned int)atoi(argv[2]),
				   NULL);
	printf("1..%zu\n", n);
	for (i = 0; i < n; i++) {
		fflush(stdout);
		ok &= kill_sweep((int)i + 1, modes[i].name, run, &modes[i]);
	}
	return !ok;
}
