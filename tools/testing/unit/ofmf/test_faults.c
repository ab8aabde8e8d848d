// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The fault matrix: each step of the conversation with an OFMF, times each
 * fault, times each kind of OFMF. One cell is a process of its own, for most of
 * its time is waiting, and so that one that hangs costs only itself:
 *
 *	test_faults			all, in WORKERS processes
 *	test_faults MODE STEP FAULT	one, with the agent's log
 *
 * A cell has survived if, within LIMIT after its start, the OFMF's tree equals
 * ours, it has one AggregationSource for us, what is not acted upon arrived,
 * and each alert arrived. That the step was reached, and the fault done to it,
 * is part of it: what was not tried has not been survived.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "fault.h"

#define LIMIT		10000	/* ms */
#define KILL_AFTER	25000	/* ms */
#define WORKERS		6
#define RECONCILE	2	/* s; what only that repaired counts as late */

/* What the stand-in is, and what we do about it. */
enum mode { REFERENCE, REPAIR, CONFORMANT, MODES };

#define SUNFISH	(1u << REFERENCE | 1u << REPAIR)
#define ALL	(SUNFISH | 1u << CONFORMANT)
#define FOLLOWS	(1u << CONFORMANT)
#define MENDED	(1u << REPAIR)

static const char *const modes[] = {
	[REFERENCE] = "reference",
	[REPAIR] = "repair",
	[CONFORMANT] = "conformant",
};

/* What is done, for a step to occur. */
enum scene {
	FRESH,		/* the first start */
	RUNNING,	/* changes, a new one, a removal, alerts */
	RESTART,	/* the same while we were down */
	LOST,		/* start with an empty store */
	ORPHAN,		/* and without our AggregationSource there */
	MOVED,		/* start at another address */
	LEFT_OUT,	/* start when it lost us from a collection */
};

/**
 * struct step - one request of the conversation
 * @modes: in which it occurs
 * @back: it is the OFMF's, not ours
 */
struct step {
	const char *name;
	enum scene scene;
	unsigned int modes;
	bool back;
	const char *method, *path, *body;
};

static const struct step steps[] = {
	{ "register", FRESH, ALL, false, "POST", "EventListener",
	  "AggregationSourceDiscovered" },
	{ "method-get", FRESH, ALL, true, "GET", "ConnectionMethods/host-" },
	{ "context-patch", FRESH, ALL, true, "PATCH", "Subscriptions/" },
	{ "upload", FRESH, ALL, false, "POST", "EventListener",
	  "ResourceCreated" },
	{ "crawl-first", FRESH, ALL, true, "GET", "$/Systems/h" },
	{ "crawl-middle", FRESH, ALL, true, "GET", "$/Memory/m1" },
	{ "crawl-last", FRESH, ALL, true, "GET", "$/Ports/2" },
	{ "verify", FRESH, ALL, false, "GET", "AggregationSources/" },
	{ "change", RUNNING, ALL, false, "POST", NULL, "ResourceChanged" },
	{ "create", RUNNING, ALL, false, "POST", NULL, "ResourceCreated" },
	{ "remove", RUNNING, ALL, false, "POST", NULL, "ResourceRemoved" },
	{ "alert", RUNNING, ALL, false, "POST", NULL, "CXL.1.0.Hot" },
	{ "change-get", RUNNING, FOLLOWS, true, "GET", "$/Memory/m0" },
	{ "create-get", RUNNING, ALL, true, "GET", "$/Memory/m2" },
	{ "read-back", RUNNING, MENDED, false, "GET", "$/Memory/m0" },
	{ "detach", RUNNING, MENDED, false, "DELETE", "AggregationSources/" },
	{ "edit", RUNNING, MENDED, false, "PATCH", "$/Memory/m0" },
	{ "edit-remove", RUNNING, MENDED, false, "DELETE", "$/Ports/2" },
	{ "attach", RUNNING, MENDED, false, "POST", "$AggregationSources" },
	{ "check", RESTART, ALL, false, "GET", "AggregationSources/" },
	{ "compare", RESTART, ALL, false, "GET", "$/Memory/m1" },
	{ "recover-list", LOST, SUNFISH, false, "GET", "$AggregationSources" },
	{ "recover-one", LOST, ALL, false, "GET", "AggregationSources/" },
	{ "orphan", ORPHAN, SUNFISH, false, "DELETE",
	  "ConnectionMethods/host-" },
	{ "clear-read", ORPHAN, MENDED, false, "GET", "$/Systems/h" },
	{ "clear-manager", ORPHAN, MENDED, false, "GET",
	  "AggregationSources/" },
	{ "clear", ORPHAN, MENDED, false, "DELETE", "$/Systems/h" },
	{ "members", LEFT_OUT, SUNFISH, false, "GET", "$/v1/Systems" },
	{ "enter", LEFT_OUT, SUNFISH, false, "POST", "$/v1/Systems" },
	{ "moved", MOVED, ALL, false, "PATCH", "AggregationSources/" },
};

#define N_STEPS	(sizeof(steps) / sizeof(steps[0]))

/*
 * A server that claims what it did not do cannot be found out where
 * there is nothing to read back: alerts, what has no effect there anyway, and
 * what nobody asks for any more once it is reported gone.
 */
static bool is_plausible(const struct step *step, enum mode mode,
			 enum fault fault)
{
	if (!strcmp(step->name, "edit-remove") || !strcmp(step->name, "clear"))
		return fault != FAULT_LIE && fault != FAULT_404;
	if (!strcmp(step->name, "clear-read"))
		return fault != FAULT_404;
	if (fault != FAULT_LIE)
		return true;
	if (!strcmp(step->name, "alert"))
		return false;
	return mode != REFERENCE || (strcmp(step->name, "change") &&
				     strcmp(step->name, "remove"));
}

/* How often in a row, and how long. */
static struct fault_rule rule_of(const struct step *step, enum fault fault)
{
	struct fault_rule rule = {
		.fault = fault, .method = step->method, .path = step->path,
		.body = step->body, .count = 2, .ms = step->back ? 300 : 3000,
	};

	switch (fault) {
	case FAULT_REFUSE:
	case FAULT_DELAY:
		rule.ms = 150;
		break;
	case FAULT_LIE:
		rule.count = 1;
		break;
	default:
		break;
	}
	return rule;
}

/* ---- one cell ----------------------------------------------------------- */

/**
 * struct cell - what runs
 * @front: between our client and the stand-in
 * @back: between the stand-in and our service
 */
struct cell {
	enum mode mode;
	const struct step *step;
	enum fault fault;
	struct standin standin;
	struct fault_proxy *front, *back;
	struct agent agent;
	char dir[64], why[512];
	unsigned int alerts;
};

static bool follows(const struct cell *cell)
{
	return cell->mode != REFERENCE;
}

static enum agent_view view_of(const struct cell *cell)
{
	return follows(cell) ? AGENT_CONTENTS : AGENT_NAMES;
}

static void arm(struct cell *cell)
{
	struct fault_rule rule = rule_of(cell->step, cell->fault);

	fault_proxy_rule(cell->step->back ? cell->back : cell->front, &rule);
}

static void edit(struct cell *cell)
{
	struct agent *agent = &cell->agent;
	char ports[128];

	snprintf(ports, sizeof(ports),
		 AGENT_ROOT "Chassis/h/NetworkAdapters/n0/Ports");
	agent_name(agent, "Memory/m0", "changed");
	agent_add(agent, "Memory", "m2", "Memory");
	agent_remove(agent, ports, "2");
}

/* One before and one after the changes, so that both wait for the other. */
static void run_edits(struct cell *cell)
{
	arm(cell);
	agent_alert(&cell->agent, "HotA");
	edit(cell);
	agent_publish(&cell->agent);
	agent_alert(&cell->agent, "HotB");
	cell->alerts = 2;
}

static bool settled(struct cell *cell)
{
	return agent_settle(&cell->agent, view_of(cell), LIMIT, cell->why,
			    sizeof(cell->why)) >= 0;
}

static void source_delete(struct cell *cell, const char *context)
{
	char path[256];

	snprintf(path, sizeof(path), OFMF_SOURCES "/%s", context);
	json_decref(standin_ask(&cell->standin, "DELETE", path));
}

static void leave_out(struct cell *cell)
{
	char path[256];

	snprintf(path, sizeof(path), "/standin/lose%s", cell->agent.system);
	json_decref(standin_ask(&cell->standin, "POST", path));
}

static bool start_again(struct cell *cell)
{
	char *context = strdup(agent_context(&cell->agent));
	enum scene scene = cell->step->scene;

	agent_stop(&cell->agent);
	if (scene == LOST || scene == ORPHAN)
		agent_lose_store(&cell->agent);
	if (scene == ORPHAN)
		source_delete(cell, context);
	if (scene == RESTART)
		edit(cell);
	if (scene == LEFT_OUT)
		leave_out(cell);
	if (scene == MOVED)
		cell->agent.back = NULL;
	free(context);
	arm(cell);
	return agent_start(&cell->agent) >= 0;
}

static bool act(struct cell *cell)
{
	if (cell->step->scene == FRESH) {
		arm(cell);
		return agent_start(&cell->agent) >= 0;
	}
	if (agent_start(&cell->agent) < 0 || !settled(cell))
		return false;
	if (cell->step->scene != RUNNING)
		return start_again(cell);
	run_edits(cell);
	return true;
}

/* What has to be in the stand-in's log, whatever its tree. */
static bool was_received(struct cell *cell)
{
	enum scene scene = cell->step->scene;
	const struct agent *agent = &cell->agent;

	if (cell->alerts && (!agent_received(agent, "HotA", NULL) ||
			     !agent_received(agent, "HotB", NULL))) {
		snprintf(cell->why, sizeof(cell->why), "an alert is lost");
		return false;
	}
	if ((scene == RUNNING || scene == RESTART) && !follows(cell) &&
	    (!agent_received(agent, "ResourceChanged", "Memory/m0") ||
	     !agent_received(agent, "ResourceRemoved", AGENT_ROOT
			 "Chassis/h/NetworkAdapters/n0/Ports/2"))) {
		snprintf(cell->why, sizeof(cell->why),
			 "a change or a removal did not arrive");
		return false;
	}
	return true;
}

static bool was_hit(struct cell *cell)
{
	if (fault_proxy_hits(cell->step->back ? cell->back : cell->front))
		return true;
	snprintf(cell->why, sizeof(cell->why), "the step was not reached");
	return false;
}

static bool cell_run(struct cell *cell)
{
	sd_event *event;
	bool ok;

	signal(SIGPIPE, SIG_IGN);
	strcpy(cell->dir, "/tmp/test_faults.XXXXXX");
	if (!mkdtemp(cell->dir) || sd_event_new(&event) < 0)
		return false;
	cell->standin.conformant = cell->mode == CONFORMANT;
	standin_start(&cell->standin);
	cell->front = fault_proxy_new();
	cell->back = fault_proxy_new();
	fault_proxy_target(cell->front, cell->standin.port);
	agent_init(&cell->agent, event, &cell->standin, "h", cell->dir);
	snprintf(cell->agent.url, sizeof(cell->agent.url),
		 "http://127.0.0.1:%d", fault_proxy_port(cell->front));
	cell->agent.back = cell->back;
	cell->agent.reconcile = RECONCILE;
	if (cell->mode == REFERENCE)
		cell->agent.resync = OFMF_RESYNC_NONE;
	ok = act(cell) && settled(cell) && was_received(cell) && was_hit(cell);
	agent_stop(&cell->agent);
	standin_stop(&cell->standin);
	fault_proxy_free(cell->front);
	fault_proxy_free(cell->back);
	agent_lose_store(&cell->agent);
	agent_clear(&cell->agent);
	sd_event_unref(event);
	rmdir(cell->dir);
	return ok;
}

static int cell_main(char **argv)
{
	struct cell cell = { 0 };
	size_t i;

	while (cell.mode < MODES && strcmp(modes[cell.mode], argv[0]))
		cell.mode++;
	for (i = 0; i < N_STEPS; i++)
		if (!strcmp(steps[i].name, argv[1]))
			cell.step = &steps[i];
	while (cell.fault < FAULT_KINDS &&
	       strcmp(fault_name(cell.fault), argv[2]))
		cell.fault++;
	if (cell.mode == MODES || !cell.step || cell.fault == FAULT_KINDS) {
		fprintf(stderr, "test_faults: no such cell\n");
		return 2;
	}
	if (cell_run(&cell))
		return 0;
	fprintf(stderr, "%s: %s\n", cell.step->name, cell.why);
	return 1;
}

/* ---- all of them -------------------------------------------------------- */

struct worker {
	pid_t pid;
	int log;
	uint64_t begin;
	enum mode mode;
	const struct step *step;
	enum fault fault;
};

/**
 * struct matrix - the run
 * @late: cells that only reconciliation, or several tries, brought right
 * @failed: by kind of fault
 */
struct matrix {
	const char *program;
	struct worker workers[WORKERS];
	unsigned int tried[FAULT_KINDS], failed[FAULT_KINDS];
	unsigned int late;
	uint64_t worst;
};

static void worker_start(struct matrix *matrix, struct worker *worker)
{
	worker->log = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	worker->begin = agent_now_ms();
	worker->pid = fork();
	if (worker->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(worker->log, STDOUT_FILENO);
	dup2(worker->log, STDERR_FILENO);
	execl(matrix->program, matrix->program, modes[worker->mode],
	      worker->step->name, fault_name(worker->fault), NULL);
	_exit(127);
}

static void log_show(int fd)
{
	char text[4096], *line, *rest = text;
	off_t size = lseek(fd, 0, SEEK_END);
	ssize_t n;

	n = pread(fd, text, sizeof(text) - 1,
		  size > (off_t)sizeof(text) ? size - (off_t)sizeof(text) + 1 :
		  0);
	text[n < 0 ? 0 : n] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("#   %s\n", line);
}

static void worker_end(struct matrix *matrix, struct worker *worker,
		       int status)
{
	uint64_t took = agent_now_ms() - worker->begin;

	matrix->tried[worker->fault]++;
	if (took > matrix->worst)
		matrix->worst = took;
	if (took > 3000)
		matrix->late++;
	if (status) {
		matrix->failed[worker->fault]++;
		printf("# %s %s %s after %llu ms, status %x:\n",
		       modes[worker->mode], worker->step->name,
		       fault_name(worker->fault), (unsigned long long)took,
		       (unsigned int)status);
		log_show(worker->log);
		fflush(stdout);
	}
	close(worker->log);
	worker->pid = 0;
}

/* A worker that is free, after one ended if need be; NULL: none is busy. */
static struct worker *wait_one(struct matrix *matrix, bool all)
{
	for (;;) {
		bool busy = false;
		size_t i;

		for (i = 0; i < WORKERS; i++) {
			struct worker *worker = &matrix->workers[i];
			int status;

			if (!worker->pid) {
				if (!all)
					return worker;
				continue;
			}
			busy = true;
			if (agent_now_ms() > worker->begin + KILL_AFTER)
				kill(worker->pid, SIGKILL);
			if (waitpid(worker->pid, &status, WNOHANG) > 0)
				worker_end(matrix, worker, status);
		}
		if (!busy)
			return NULL;
		poll(NULL, 0, 5);
	}
}

static void run_fault(struct matrix *matrix, enum fault fault)
{
	unsigned int i, mode;

	for (i = 0; i < N_STEPS; i++)
		for (mode = 0; mode < MODES; mode++) {
			struct worker *worker;

			if (!(steps[i].modes & 1u << mode) ||
			    !is_plausible(&steps[i], mode, fault))
				continue;
			worker = wait_one(matrix, false);
			worker->mode = mode;
			worker->step = &steps[i];
			worker->fault = fault;
			worker_start(matrix, worker);
		}
}

static int report(const struct matrix *matrix, uint64_t took)
{
	unsigned int tried = 0, failed = 0;
	enum fault fault;

	for (fault = FAULT_NONE + 1; fault < FAULT_KINDS; fault++) {
		printf("%s %d - %s: %u of %u\n",
		       matrix->failed[fault] ? "not ok" : "ok", fault,
		       fault_name(fault),
		       matrix->tried[fault] - matrix->failed[fault],
		       matrix->tried[fault]);
		tried += matrix->tried[fault];
		failed += matrix->failed[fault];
	}
	printf("# %llu s, the longest %llu ms, %u longer than 3 s\n",
	       (unsigned long long)took / 1000,
	       (unsigned long long)matrix->worst, matrix->late);
	printf("faults tried %u survived %u\n", tried, tried - failed);
	return !!failed;
}

int main(int argc, char **argv)
{
	struct matrix matrix = { .program = "/proc/self/exe" };
	uint64_t begin = agent_now_ms();
	enum fault fault;

	if (!standin_program()) {
		printf("1..0 # SKIP OFMF_STANDIN is not set\n");
		return 4;
	}
	if (argc == 4)
		return cell_main(argv + 1);
	printf("1..%d\n", FAULT_KINDS - 1);
	fflush(stdout);
	for (fault = FAULT_NONE + 1; fault < FAULT_KINDS; fault++)
		run_fault(&matrix, fault);
	wait_one(&matrix, true);
	return report(&matrix, agent_now_ms() - begin);
}
