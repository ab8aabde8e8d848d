// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kill.h"

#define WORKERS	6

/**
 * struct points - between a run and its lives
 * @passed: in this life
 * @at: at which to die, 0: never
 */
struct points {
	unsigned int passed, at;
};

static struct points *points;

void kill_point(const char *where, const char *side)
{
	if (!points)
		return;
	points->passed++;
	if (points->passed != points->at)
		return;
	fprintf(stderr, "killed %s %s\n", side, where);
	kill(getpid(), SIGKILL);
}

void kill_arm(unsigned int at)
{
	points = mmap(NULL, sizeof(*points), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (points == MAP_FAILED)
		abort();
	points->at = at;
}

unsigned int kill_points(void)
{
	return points->passed;
}

int kill_life_run(kill_life life, bool first, void *ctx)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		points->passed = 0;
		if (!first)
			points->at = 0;
		_exit(life(first, ctx));
	}
	waitpid(pid, &status, 0);
	return status;
}

/* ---- the sweep ---------------------------------------------------------- */

struct worker {
	pid_t pid;
	int log;
	unsigned int at;
};

struct sweep {
	const char *name;
	kill_run run;
	const void *mode;
	struct worker workers[WORKERS];
	unsigned int killed, failed;
};

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
	sweep->killed += code != KILL_NOT;
	if (code && code != KILL_NOT) {
		sweep->failed++;
		printf("# %s, killed at point %u:\n",
		       sweep->name, worker->at);
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
			 unsigned int at)
{
	worker->at = at;
	worker->log = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	worker->pid = fork();
	if (worker->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(worker->log, STDOUT_FILENO);
	dup2(worker->log, STDERR_FILENO);
	_exit(sweep->run(sweep->mode, at, NULL));
}

/* How many points there are is found by a run to the end. */
bool kill_sweep(int number, const char *name, kill_run run, const void *mode)
{
	struct sweep sweep = { .name = name, .run = run, .mode = mode };
	unsigned int all = 0, k;

	if (run(mode, 0, &all) || !all) {
		printf("not ok %d - %s: not even without a kill\n", number,
		       name);
		return false;
	}
	for (k = 1; k <= all; k++)
		worker_start(&sweep, wait_one(&sweep, false), k);
	wait_one(&sweep, true);
	printf("%s %d - %s: %u kill points, %u survived\n",
	       sweep.failed || !sweep.killed ? "not ok" : "ok", number,
	       name, sweep.killed, sweep.killed - sweep.failed);
	return !sweep.failed;
}
