// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The control socket. A report is a few KiB and goes into the socket's buffer
 * at once, so that no client is waited for. Where the buffer is too small the
 * document is cut: it is no valid JSON then, and the client may ask again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "util/error.h"
#include "util/log.h"

#define BACKLOG		16
#define BUFFER		(1024 * 1024)

struct control {
	sd_event_source *io;
	int fd;
	struct sockaddr_un addr;
	mode_t mode;
	control_report report;
	control_connected connected;	/* or NULL */
	void *ctx;
};

static void report_send(struct control *control, int fd)
{
	json_t *report = control->report(control->ctx);
	char *text = report ? json_dumps(report, JSON_COMPACT) : NULL;
	int size = BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (!text)
		log_warning("control: a report cannot be made: out of memory");
	else if (send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) !=
		 (ssize_t)strlen(text))
		log_debug("control: a report was sent in part only");
	free(text);
	json_decref(report);
}

static int on_connect(sd_event_source *source, int listener, uint32_t events,
		      void *ctx)
{
	struct control *control = ctx;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return 0;
	if (control->connected) {
		control->connected(fd, control->ctx);
		return 0;
	}
	report_send(control, fd);
	close(fd);
	return 0;
}

/* A socket that nobody listens on is what a killed fabmond left behind. */
static int address_clear(const struct sockaddr_un *addr)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r = 0;
	struct stat st;

	if (fd < 0)
		return error_origin(-errno, "%s: no socket", addr->sun_path);
	if (!connect(fd, (const struct sockaddr *)addr, sizeof(*addr)))
		r = -EADDRINUSE;
	else if (errno != ECONNREFUSED || lstat(addr->sun_path, &st))
		r = 0;
	else if (!S_ISSOCK(st.st_mode))
		r = error_origin(-EEXIST, "%s: is no socket, and is not replaced",
				 addr->sun_path);
	else if (unlink(addr->sun_path))
		r = error_origin(-errno, "%s: an old socket cannot be removed",
				 addr->sun_path);
	close(fd);
	return r;
}

static int socket_listen(struct control *control)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const char *path = control->addr.sun_path;
	int r;

	if (fd < 0)
		return error_origin(-errno, "%s: no socket", path);
	if (bind(fd, (struct sockaddr *)&control->addr,
		 sizeof(control->addr))) {
		r = error_origin(-errno, "%s: bind", path);
		close(fd);
		return r;
	}
	/* from here on it is ours to remove */
	control->fd = fd;
	if (chmod(path, control->mode))
		return error_origin(-errno, "%s: its mode cannot be set", path);
	if (listen(fd, BACKLOG))
		return error_origin(-errno, "%s: listen", path);
	return 0;
}

static int open_as(struct control **control_, sd_event *event,
		   const char *path, const struct control *as)
{
	struct control *control;
	int r;

	if (strlen(path) >= sizeof(control->addr.sun_path))
		return error_origin(-ENAMETOOLONG, "%s: a socket's path has at most %zu characters",
				    path, sizeof(control->addr.sun_path) - 1);
	control = calloc(1, sizeof(*control));
	if (!control)
		return error_origin(-ENOMEM, "%s: the socket's state", path);
	*control = *as;
	control->fd = -1;
	control->addr.sun_family = AF_UNIX;
	strcpy(control->addr.sun_path, path);
	r = address_clear(&control->addr);
	if (r) {
		/* another fabmond's: leave it there */
		free(control);
		return r;
	}
	r = socket_listen(control);
	if (!r) {
		r = sd_event_add_io(event, &control->io, control->fd, EPOLLIN,
				    on_connect, control);
		if (r < 0)
			error_origin(r, "%s: cannot be watched", path);
	}
	if (r < 0) {
		control_close(control);
		return r;
	}
	*control_ = control;
	return 0;
}

int control_open(struct control **control, sd_event *event, const char *path,
		 control_report report, void *ctx)
{
	const struct control as = {
		.mode = 0660, .report = report, .ctx = ctx,
	};

	return open_as(control, event, path, &as);
}

int control_listen(struct control **control, sd_event *event, const char *path,
		   mode_t mode, control_connected fn, void *ctx)
{
	const struct control as = {
		.mode = mode, .connected = fn, .ctx = ctx,
	};

	return open_as(control, event, path, &as);
}

void control_close(struct control *control)
{
	if (!control)
		return;
	sd_event_source_disable_unref(control->io);
	if (control->fd >= 0) {
		unlink(control->addr.sun_path);
		close(control->fd);
	}
	free(control);
}
