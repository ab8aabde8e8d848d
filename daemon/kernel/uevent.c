// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The kernel's own uevents, not udev's, which is not everywhere. A filter in the
 * kernel lets through what is asked for, so that nothing else that happens to
 * devices wakes us.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uevent.h"
#include "util/error.h"

#define GROUP_KERNEL	1
/* Linux, include/linux/kobject.h: UEVENT_BUFFER_SIZE, and the head. */
#define BUFFER_SIZE	8192
/* At once; the rest when the loop comes round. */
#define BURST		64

struct uevents {
	sd_event_source *io;
	int fd;
	const char *subsystem;
	void (*fn)(const char *path, void *ctx);
	void *ctx;
};

const char *uevent_parse(const char *text, size_t len, const char *subsystem)
{
	const char *at, *field, *end = text + len;
	const size_t key = strlen("SUBSYSTEM=");

	if (!len || end[-1])
		return NULL;
	at = strchr(text, '@');
	if (!at || at[1] != '/')
		return NULL;
	for (field = text + strlen(text) + 1; field < end;
	     field += strlen(field) + 1)
		if (!strncmp(field, "SUBSYSTEM=", key))
			return subsystem && strcmp(field + key, subsystem) ?
			       NULL : at + 1;
	return NULL;
}

/* The first four letters of "/module/", as the kernel loads a word. */
#define MOD	0x2f6d6f64

/* Of all actions only "bind" and "unbind" begin so. */
static const struct sock_filter drivers[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'b', 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'u', 0, 1),
	BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/* "add@/mod" and "remove@/mod". */
static const struct sock_filter modules[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'a', 0, 2),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof("add@") - 1),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MOD, 3, 4),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'r', 0, 3),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof("remove@") - 1),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MOD, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/* Only "remove" begins so. */
static const struct sock_filter removals[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 'r', 0, 1),
	BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

#define FILTER(code) \
	{ .len = sizeof(code) / sizeof((code)[0]), \
	  .filter = (struct sock_filter *)(code) }

static int set_filter(int fd, enum uevent_what what)
{
	static const struct sock_fprog programs[] = {
		[UEVENT_DRIVERS] = FILTER(drivers),
		[UEVENT_MODULES] = FILTER(modules),
		[UEVENT_REMOVALS] = FILTER(removals),
	};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &programs[what],
		       sizeof(programs[what])))
		return error_origin(-errno, "uevents: attaching the filter");
	return 0;
}

/* Returns 1 for one that was read, 0 when there is none, or -errno. */
static int receive(struct uevents *u)
{
	char text[BUFFER_SIZE];
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof(from);
	const char *path;
	ssize_t len;

	len = recvfrom(u->fd, text, sizeof(text), MSG_DONTWAIT,
		       (struct sockaddr *)&from, &size);
	if (len < 0 && errno == EINTR)
		return 1;
	if (len < 0 && errno == ENOBUFS) {
		u->fn(NULL, u->ctx);
		return 1;
	}
	if (len < 0)
		return errno == EAGAIN ? 0 :
		       error_origin(-errno, "uevents: receiving");
	/* others can send here as well */
	path = from.nl_pid ? NULL :
	       uevent_parse(text, (size_t)len, u->subsystem);
	if (path)
		u->fn(path, u->ctx);
	return 1;
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents,
		       void *ctx)
{
	int left = BURST, ret;

	(void)source;
	(void)fd;
	(void)revents;
	do
		ret = receive(ctx);
	while (ret > 0 && --left);
	return ret < 0 ? ret : 0;
}

int uevent_open(struct uevents **out, sd_event *event, enum uevent_what what,
		const char *subsystem,
		void (*fn)(const char *path, void *ctx), void *ctx)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL,
	};
	struct uevents *u = calloc(1, sizeof(*u));
	int ret;

	if (!u)
		return error_origin(-ENOMEM, "uevents: the watch");
	u->subsystem = subsystem;
	u->fn = fn;
	u->ctx = ctx;
	u->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       NETLINK_KOBJECT_UEVENT);
	ret = u->fd < 0 ? error_origin(-errno, "uevents: opening a socket") :
			  set_filter(u->fd, what);
	if (!ret && bind(u->fd, (const struct sockaddr *)&address,
			 sizeof(address)))
		ret = error_origin(-errno, "uevents: joining the kernel's group");
	if (!ret) {
		ret = sd_event_add_io(event, &u->io, u->fd, EPOLLIN,
				      on_readable, u);
		if (ret < 0)
			error_origin(ret, "loop: uevents");
	}
	if (ret < 0) {
		uevent_close(u);
		return ret;
	}
	*out = u;
	return 0;
}

void uevent_close(struct uevents *u)
{
	if (!u)
		return;
	sd_event_source_disable_unref(u->io);
	if (u->fd >= 0)
		close(u->fd);
	free(u);
}
