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
 *	test_ofmf_kill			every k, in both modes
 *	test_ofmf_kill MODE K		one, with the agent's log
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "store.h"

#define LIMIT	10000	/* ms, of one life */
#define WORKERS	6
#define ALERTS	4

/**
 * struct shared - between a run and its lives
 * @points: kill points passed in this life
 * @kill_at: at which to die, 0: never
 * @promised: alerts that were handed over
 */
struct shared {
	unsigned int points, kill_at, promised;
};

static struct shared *shared;
static char last_point[64];

/* ---- kill points -------------------------------------------------------- */

static void point(const char *where, const char *side)
{
	if (!shared)
		return;
	shared->points++;
	snprintf(last_point, sizeof(last_point), "%s %s", side, where);
	if (shared->points != shared->kill_at)
		return;
	fprintf(stderr, "killed %s\n", last_point);
	kill(getpid(), SIGKILL);
}

#define WRAP(type, name, params, args)			\
	type __real_##name params;			\
	type __wrap_##name params;			\
	type __wrap_##name params			\
	{						\
		type r;					\
							\
		point(#name, "before");			\
		r = __real_##name args;			\
		point(#name, "after");			\
		return r;				\
	}

WRAP(int, store_set, (struct store *s, const char *k, const char *v),
     (s, k, v))
WRAP(int, store_begin, (struct store *s), (s))
WRAP(int, store_end, (struct store *s), (s))
WRAP(int, store_receiver, (struct store *s, const char *n, int64_t *id),
     (s, n, id))
WRAP(int, store_told, (struct store *s, int64_t r_, const char *u, uint64_t d),
     (s, r_, u, d))
WRAP(int, store_untold, (struct store *s, int64_t r_, const char *u),
     (s, r_, u))
WRAP(int, store_alert, (struct store *s, int64_t r_, const char *t,
			int64_t *n), (s, r_, t, n))
WRAP(int, store_alert_drop, (struct store *s, int64_t n), (s, n))
WRAP(int, ofmf_context_set, (struct ofmf *o, const char *c), (o, c))

int __real_sqlite3_step(sqlite3_stmt *stmt);
int __wrap_sqlite3_step(sqlite3_stmt *stmt);

/* Statements that only read leave nothing behind to be killed in. */
int __wrap_sqlite3_step(sqlite3_stmt *stmt)
{
	bool writes = !sqlite3_stmt_readonly(stmt);
	int r;

	if (writes)
		point("sqlite3_step", "before");
	r = __real_sqlite3_step(stmt);
	if (writes)
		point("sqlite3_step", "after");
	return r;
}

typedef int (*row_fn)(void *, int, char **, char **);
WRAP(int, sqlite3_exec, (sqlite3 *db, const char *sql, row_fn fn, void *ctx,
			 char **error), (db, sql, fn, ctx, error))

/* One request at a time, so one place to keep who asked. */
static ofmf_http_done asked;

static void on_answered(const struct ofmf_reply *reply, void *ctx)
{
	point("answer", "before");
	asked(reply, ctx);
	point("answer", "after");
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
	int r;

	asked = done;
	point(method, "before");
	r = __real_ofmf_http_send(http, method, url, body, timeout,
				  on_answered, ctx);
	point(method, "after");
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

/**
 * life - start the agent, let it settle, stop it
 * @first: goes through the script; else the host is as at its end
 */
static int life(struct standin *standin, const char *dir, bool first)
{
	struct agent agent;
	char why[512] = "";
	sd_event *event;
	int r = 0;

	if (sd_event_new(&event) < 0)
		return 1;
	agent_init(&agent, event, standin, "h", dir);
	agent.reconcile = 2;
	if (!standin->conformant)
		agent.resync = OFMF_RESYNC_DETACH;
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

static int life_run(struct standin *standin, const char *dir, bool first)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		shared->points = 0;
		if (!first)
			shared->kill_at = 0;
		_exit(life(standin, dir, first));
	}
	waitpid(pid, &status, 0);
	return status;
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
		if (agent_told(&agent, word, NULL))
			continue;
		fprintf(stderr, "alert %u of %u is lost\n", i, promised);
		return 1;
	}
	return 0;
}

static void shared_new(unsigned int kill_at)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		abort();
	shared->kill_at = kill_at;
}

/* Return: 0 survived, 1 not, 3 the script ended before the kill point. */
static int run(bool conformant, unsigned int kill_at, unsigned int *points)
{
	struct standin standin = { .conformant = conformant };
	struct agent files = { 0 };
	char dir[] = "/tmp/test_kill.XXXXXX";
	int status, r = 0;
	bool killed;

	shared_new(kill_at);
	if (!mkdtemp(dir))
		return 1;
	standin_start(&standin);
	status = life_run(&standin, dir, true);
	killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	if (points)
		*points = shared->points;
	if (killed)
		status = life_run(&standin, dir, false);
	if (status || alerts_lost(&standin, shared->promised))
		r = 1;
	else if (kill_at && !killed)
		r = 3;
	standin_stop(&standin);
	files.dir = dir;
	agent_lose_store(&files);
	rmdir(dir);
	return r;
}

/* ---- the sweep ---------------------------------------------------------- */

struct worker {
	pid_t pid;
	int log;
	unsigned int kill_at;
};

struct sweep {
	bool conformant;
	struct worker workers[WORKERS];
	unsigned int killed, failed;
};

static const char *mode_name(bool conformant)
{
	return conformant ? "conformant" : "repair";
}

static void log_show(int fd)
{
	char text[4096], *line, *rest = text;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	while ((line = strsep(&rest, "\n")))
		if (*line)
			printf("#   %s\n", line);
}

static void worker_end(struct sweep *sweep, struct worker *worker, int status)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 1;

	worker->pid = 0;
	sweep->killed += code != 3;
	if (code && code != 3) {
		sweep->failed++;
		printf("# %s, killed at point %u:\n",
		       mode_name(sweep->conformant), worker->kill_at);
		log_show(worker->log);
		fflush(stdout);
	}
	close(worker->log);
}

static struct worker *wait_one(struct sweep *sweep, bool all)
{
	size_t i, busy;

	for (;;) {
		for (i = busy = 0; i < WORKERS; i++) {
			struct worker *worker = &sweep->workers[i];
			int status;

			if (worker->pid &&
			    waitpid(worker->pid, &status, WNOHANG) > 0)
				worker_end(sweep, worker, status);
			if (!worker->pid && !all)
				return worker;
			busy += worker->pid != 0;
		}
		if (!busy)
			return NULL;
		poll(NULL, 0, 5);
	}
}

static void worker_start(struct sweep *sweep, struct worker *worker,
			 unsigned int kill_at)
{
	worker->kill_at = kill_at;
	worker->log = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	worker->pid = fork();
	if (worker->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(worker->log, STDOUT_FILENO);
	dup2(worker->log, STDERR_FILENO);
	_exit(run(sweep->conformant, kill_at, NULL));
}

/* How many points there are is found by a run to the end. */
static bool sweep_all(int number, bool conformant)
{
	struct sweep sweep = { .conformant = conformant };
	unsigned int points = 0, k;

	if (run(conformant, 0, &points) || !points) {
		printf("not ok %d - %s: not even without a kill\n", number,
		       mode_name(conformant));
		return false;
	}
	for (k = 1; k <= points; k++)
		worker_start(&sweep, wait_one(&sweep, false), k);
	wait_one(&sweep, true);
	printf("%s %d - %s: %u kill points, %u survived\n",
	       sweep.failed || !sweep.killed ? "not ok" : "ok", number,
	       mode_name(conformant), sweep.killed,
	       sweep.killed - sweep.failed);
	return !sweep.failed;
}

int main(int argc, char **argv)
{
	bool ok;

	if (!standin_program()) {
		printf("1..0 # SKIP OFMF_STANDIN is not set\n");
		return 4;
	}
	signal(SIGPIPE, SIG_IGN);
	if (argc == 3)
		return run(!strcmp(argv[1], "conformant"),
			   (unsigned int)atoi(argv[2]), NULL);
	printf("1..2\n");
	fflush(stdout);
	ok = sweep_all(1, false);
	fflush(stdout);
	return !(sweep_all(2, true) && ok);
}
