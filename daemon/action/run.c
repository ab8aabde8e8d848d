// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Runs actions in child processes; each sends its result through a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "run.h"
#include "util/error.h"

#define USEC_PER_S	1000000ull

/**
 * struct child - a process that carries an action out
 * @fd: the end of the pipe that its result is read from
 * @done: NULL once it was called
 */
struct child {
	struct actions *actions;
	struct child *next;
	pid_t pid;
	int fd;
	sd_event_source *pipe;
	sd_event_source *deadline;
	action_done done;
	void *ctx;
};

struct actions {
	sd_event *event;
	struct child *children;
	unsigned int count;
};

void action_fail(struct action_result *result, int error,
		 const char *format, ...)
{
	va_list args;

	result->error = error < 0 ? error : -EIO;
	va_start(args, format);
	vsnprintf(result->why, sizeof(result->why), format, args);
	va_end(args);
}

/* ---- in the child ------------------------------------------------------- */

static void action_do(const struct action *action,
		      struct action_result *result)
{
	switch (action->kind) {
	case ACTION_LINK:
		action_link(action, result);
		return;
	case ACTION_REGION_CREATE:
		action_region_create(action, result);
		return;
	case ACTION_REGION_DELETE:
		action_region_delete(action, result);
		return;
	case ACTION_REGION_SETTLE:
		action_region_settle(action, result);
		return;
	}
	action_fail(result, -EINVAL, "unknown action");
}

/*
 * An action that has begun is finished, also while the unit is stopped: a
 * region that is half done is worse than a second's delay. The alarm ends it
 * where fabmond, which would, is not there any more.
 */
static void child_signals(void)
{
	sigset_t none;

	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	alarm(ACTION_SECONDS + 1);
}

/*
 * The child is a copy of fabmond. It closes all descriptors but the pipe and
 * the log, the database's among them, and never returns to the loop.
 */
static void __attribute__((noreturn))
child_run(const struct action *action, int fd)
{
	struct action_result result = { 0 };

	child_signals();
	prctl(PR_SET_NAME, "fabmond-action");
	if (dup2(fd, 3) < 0 || close_range(4, ~0U, 0))
		_exit(1);
	action_do(action, &result);
	_exit(write(3, &result, sizeof(result)) == sizeof(result) ? 0 : 1);
}

/* ---- on the loop -------------------------------------------------------- */

static void child_free(struct child *child)
{
	struct actions *actions = child->actions;
	struct child **at = &actions->children;

	while (*at != child)
		at = &(*at)->next;
	*at = child->next;
	actions->count--;
	sd_event_source_disable_unref(child->pipe);
	sd_event_source_disable_unref(child->deadline);
	if (child->fd >= 0)
		close(child->fd);
	free(child);
}

static void child_report(struct child *child,
			 const struct action_result *result)
{
	action_done done = child->done;

	child->done = NULL;
	if (done)
		done(result, child->ctx);
}

/* The child has ended without a result. */
static void child_interrupted(int status, struct action_result *result)
{
	if (WIFSIGNALED(status))
		action_fail(result, -ECHILD, "it was interrupted by signal %d",
			    WTERMSIG(status));
	else
		action_fail(result, -ECHILD, "its process ended with code %d",
			    WEXITSTATUS(status));
}

/* A result is shorter than PIPE_BUF: all of it comes at once, or nothing. */
static int on_pipe(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct action_result result = { 0 };
	struct child *child = ctx, ended;
	int status = 0;
	ssize_t n = read(fd, &result, sizeof(result));

	if (n < 0 && errno == EAGAIN)
		return 0;
	waitpid(child->pid, &status, 0);
	if (n != sizeof(result))
		child_interrupted(status, &result);
	result.why[sizeof(result.why) - 1] = '\0';
	/* the callback may start the next action */
	ended = *child;
	child_free(child);
	child_report(&ended, &result);
	return 0;
}

/* Where the kernel holds it, it ends later, and is waited for until then. */
static int on_deadline(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct action_result result = { 0 };
	struct child *child = ctx;

	kill(child->pid, SIGKILL);
	action_fail(&result, -ETIMEDOUT, "it took more than %d s",
		    ACTION_SECONDS);
	child_report(child, &result);
	return 0;
}

int actions_new(struct actions **actions_, sd_event *event)
{
	struct actions *actions = calloc(1, sizeof(*actions));

	if (!actions)
		return error_origin(-ENOMEM, "actions: their list");
	actions->event = sd_event_ref(event);
	*actions_ = actions;
	return 0;
}

void actions_free(struct actions *actions)
{
	if (!actions)
		return;
	while (actions->children)
		child_free(actions->children);
	sd_event_unref(actions->event);
	free(actions);
}

static int child_watch(struct child *child)
{
	sd_event *event = child->actions->event;
	int r;

	r = sd_event_add_io(event, &child->pipe, child->fd, EPOLLIN, on_pipe,
			    child);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &child->deadline,
					       CLOCK_MONOTONIC,
					       ACTION_SECONDS * USEC_PER_S,
					       USEC_PER_S / 10, on_deadline,
					       child);
	return r < 0 ? error_origin(r, "action: its pipe cannot be watched") : 0;
}

/* The pipe is watched before the child begins, so that none is forgotten. */
static int child_start(struct child *child, const struct action *action)
{
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return error_origin(-errno, "action: no pipe to its process");
	child->fd = fds[0];
	r = child_watch(child);
	if (!r) {
		child->pid = fork();
		if (!child->pid)
			child_run(action, fds[1]);
		r = child->pid < 0 ?
		    error_origin(-errno, "action: no process for it") : 0;
	}
	close(fds[1]);
	return r;
}

int action_start(struct actions *actions, const struct action *action,
		 action_done done, void *ctx)
{
	struct child *child;
	int r;

	if (actions->count == ACTIONS_MAX)
		return -EBUSY;
	child = calloc(1, sizeof(*child));
	if (!child)
		return error_origin(-ENOMEM, "action: its state");
	*child = (struct child) {
		.actions = actions, .next = actions->children, .fd = -1,
		.done = done, .ctx = ctx,
	};
	actions->children = child;
	actions->count++;
	r = child_start(child, action);
	if (r)
		child_free(child);
	return r;
}
