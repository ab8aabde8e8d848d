// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Runs actions in a child process and hears from it over a pipe. */
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
#include <unistd.h>

#include "action.h"
#include "log.h"

struct actions {
	sd_event *event;
	sd_event_source *pipe;
	int fd;
	pid_t pid;
	action_done done;
	void *ctx;
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
	}
	action_fail(result, -EINVAL, "unknown action");
}

/*
 * A copy of fabmond that has nothing to do with its loop: all descriptors but
 * the pipe and the log are closed, the database's lock among them.
 */
static void __attribute__((noreturn))
child_run(const struct action *action, int fd)
{
	struct action_result result = { 0 };
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_NAME, "fabmond-action");
	if (dup2(fd, 3) < 0 || close_range(4, ~0U, 0))
		_exit(1);
	action_do(action, &result);
	_exit(write(3, &result, sizeof(result)) == sizeof(result) ? 0 : 1);
}

static void actions_rest(struct actions *actions)
{
	actions->pipe = sd_event_source_disable_unref(actions->pipe);
	if (actions->fd >= 0)
		close(actions->fd);
	actions->fd = -1;
	actions->pid = 0;
}

/* A result is less than PIPE_BUF: it comes whole, or not at all. */
static int on_pipe(sd_event_source *source, int fd, uint32_t events, void *ctx)
{
	struct actions *actions = ctx;
	struct action_result result = { 0 };
	ssize_t n = read(fd, &result, sizeof(result));

	if (n < 0 && errno == EAGAIN)
		return 0;
	waitpid(actions->pid, NULL, 0);
	if (n != sizeof(result))
		action_fail(&result, -ECHILD, "it was interrupted");
	result.why[sizeof(result.why) - 1] = '\0';
	actions_rest(actions);
	actions->done(&result, actions->ctx);
	return 0;
}

int actions_new(struct actions **actions_, sd_event *event)
{
	struct actions *actions = calloc(1, sizeof(*actions));

	if (!actions)
		return -ENOMEM;
	actions->event = sd_event_ref(event);
	actions->fd = -1;
	*actions_ = actions;
	return 0;
}

void actions_free(struct actions *actions)
{
	if (!actions)
		return;
	actions_rest(actions);
	sd_event_unref(actions->event);
	free(actions);
}

int action_start(struct actions *actions, const struct action *action,
		 action_done done, void *ctx)
{
	int fds[2], r;

	if (actions->pid)
		return -EBUSY;
	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	actions->pid = fork();
	if (!actions->pid)
		child_run(action, fds[1]);
	r = actions->pid < 0 ? -errno : 0;
	close(fds[1]);
	actions->fd = fds[0];
	actions->done = done;
	actions->ctx = ctx;
	if (!r)
		r = sd_event_add_io(actions->event, &actions->pipe, fds[0],
				    EPOLLIN, on_pipe, actions);
	if (r < 0) {
		actions_rest(actions);
		return r;
	}
	return 0;
}
