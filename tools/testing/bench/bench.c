// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "../selftests/fabmon/nl_lib.h"
#include "bench.h"

const char *ktap_name = "bench";

int64_t boottime_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

void series_add(struct series *s, int64_t ns)
{
	if (s->count < sizeof(s->value) / sizeof(s->value[0]))
		s->value[s->count++] = ns;
	s->sorted = false;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int64_t series_at(struct series *s, unsigned int percent)
{
	if (!s->count)
		return 0;
	if (!s->sorted)
		qsort(s->value, s->count, sizeof(s->value[0]), compare);
	s->sorted = true;
	return s->value[((s->count * percent + 99) / 100 ?: 1) - 1];
}

void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

int monitor_open(int rcvbuf)
{
	struct nl_sock *sk = family_connect(NULL);
	int fd = nl_socket_get_fd(sk);

	errno = group_join(sk, FABMON_MCGRP_MONITOR);
	if (errno)
		die("group monitor");
	/* without a limit of the system in the way */
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf));
	return fd;
}

int64_t sim(const char *line)
{
	int fd = open("/sys/kernel/debug/fabmon_sim/ctl", O_WRONLY | O_CLOEXEC);
	int64_t start;

	if (fd < 0)
		die("fabmon_sim");
	start = boottime_ns();
	if (write(fd, line, strlen(line)) < 0)
		die(line);
	start = boottime_ns() - start;
	close(fd);
	return start;
}
