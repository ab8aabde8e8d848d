// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* fabmon monitor: a line for each thing that happens, until interrupted. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

/**
 * struct monitor - the stream and where it comes from
 * @stream: first, see monitor_replay()
 */
struct monitor {
	struct cli_stream stream;
	struct knl *knl;
};

/* Notifications handed over at once, and times that before the signals. */
#define BATCH		64
#define BATCHES		64

/* A dump that kept being interrupted is tried again after this. */
#define RETRY_NS	100000000

struct picture {
	struct cli_set nodes;
	uint64_t instance;
	uint64_t seq;
	bool empty;
};

static volatile sig_atomic_t stopped;

static void stop(int signum)
{
	stopped = 1;
}

static void picture_begin(void *ctx)
{
	struct picture *picture = ctx;

	cli_set_clear(&picture->nodes);
	picture->empty = true;
}

static int picture_node(struct knl_msg *msg, void *ctx)
{
	struct picture *picture = ctx;

	/* The first: whatever is newer comes as a notification. */
	if (picture->empty) {
		picture->instance = msg->instance;
		picture->seq = msg->seq;
		picture->empty = false;
	}
	return cli_set_put(&picture->nodes, &msg->node);
}

/* A dump has no sequence number when there are no nodes: info has one. */
static int resync(struct knl *knl, struct cli_stream *stream, bool print)
{
	struct picture picture = { 0 };
	struct knl_info info;
	int err;

	err = knl_info_get(knl, &info);
	if (err)
		return err;
	picture.instance = info.instance;
	picture.seq = info.seq;
	err = knl_dump(knl, picture_begin, picture_node, &picture);
	if (!err)
		err = cli_stream_resync(stream, &picture.nodes,
					picture.instance, picture.seq,
					print);
	cli_set_clear(&picture.nodes);
	return err;
}

static int monitor_replay(struct cli_stream *stream, uint64_t seq)
{
	struct monitor *monitor = (struct monitor *)stream;

	return knl_replay(monitor->knl, stream->instance, seq,
			  cli_stream_replayed, stream);
}

/* If it is gone again, the next message of the stream will report that. */
static int reload(struct knl *knl, struct cli_stream *stream)
{
	struct knl_info info;
	int err = knl_info_get(knl, &info);

	if (err)
		return err == -ENODEV ? 0 : err;
	return cli_stream_load(stream, info.instance);
}

/* One batch. 0: more may be waiting; 1: none is; -errno: the end. */
static int receive(struct knl *knl, struct cli_stream *stream)
{
	int rc = knl_receive(knl, BATCH, cli_stream_message, stream);

	switch (rc) {
	case -ENOBUFS:
		return cli_stream_lost(stream, "read too slowly");
	case -EBADMSG:
		return cli_stream_lost(stream, "one made no sense");
	case -ENODEV:
		return cli_stream_unload(stream);
	case -ESTALE:
		return reload(knl, stream);
	}
	if (rc < 0)
		return rc;
	return rc < BATCH;
}

/* Reads the nodes again, once nothing older is waiting. */
static int catch_up(struct knl *knl, struct cli_stream *stream)
{
	int err = resync(knl, stream, true);

	if (err == -EAGAIN || err == -ENOBUFS || err == -ETIMEDOUT) {
		stream->unsure = true;
		return 0;
	}
	/* Gone meanwhile, which the next message of the stream will report. */
	if (err == -ENODEV) {
		stream->unsure = false;
		return 0;
	}
	return err;
}

/* Sleeps until something is there. 1 when nobody reads our output any more. */
static int wait_for(const struct cli *cli, struct knl *knl, bool unsure,
		    const sigset_t *mask)
{
	const struct timespec retry = { .tv_nsec = RETRY_NS };
	struct pollfd fds[2] = {
		{ .fd = knl_fd(knl), .events = POLLIN },
		{ .fd = fileno(cli->out), .events = 0 },
	};

	if (ppoll(fds, 2, unsure ? &retry : NULL, mask) < 0)
		return errno == EINTR ? 0 : -errno;
	return fds[1].revents & (POLLERR | POLLHUP) ? 1 : 0;
}

static int watch(const struct cli *cli, struct knl *knl,
		 struct cli_stream *stream, const sigset_t *mask)
{
	int i, rc = 0;

	while (!stopped) {
		rc = wait_for(cli, knl, stream->unsure, mask);
		if (rc)
			break;
		for (i = 0; !rc && i < BATCHES; i++)
			rc = receive(knl, stream);
		if (rc > 0 && stream->unsure)
			rc = catch_up(knl, stream);
		if (rc < 0)
			break;
	}
	/* a reader that closed the pipe is no error */
	return rc < 0 && rc != -EPIPE ? rc : 0;
}

/* Signals come only while waiting, so that no line is cut. */
static void signals_prepare(sigset_t *mask)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, mask);
	sigdelset(mask, SIGINT);
	sigdelset(mask, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* What was before, if that was asked for. The exit code. */
static int history(const struct cli *cli, struct cli_stream *stream)
{
	int err;

	if (!cli->replay)
		return 0;
	err = cli_stream_history(stream, cli->since);
	switch (err) {
	case 0:
		return 0;
	case -ERANGE:
		fprintf(stderr, "fabmon: notification %" PRIu64 " is still to come, the last one is %" PRIu64 "\n",
			cli->since, stream->seq);
		return CLI_EXIT_FAILURE;
	case -EOPNOTSUPP:
		fprintf(stderr, "fabmon: the kernel module is too old to replay: install the modules of version %s\n",
			FABMON_VERSION);
		return CLI_EXIT_OLD_MODULE;
	case -EPIPE:
		return CLI_EXIT_FAILURE;
	}
	return cli_fail(err, "replay notifications");
}

static int follow(const struct cli *cli, struct monitor *monitor)
{
	struct cli_stream *stream = &monitor->stream;
	sigset_t mask;
	int err, code;

	signals_prepare(&mask);
	err = resync(monitor->knl, stream, false);
	if (err)
		return cli_fail(err, "listen for notifications");
	code = history(cli, stream);
	if (code)
		return code;
	/* Not on stdout: what is there are notifications. */
	fprintf(stderr, "fabmon: ready, %zu nodes\n", stream->nodes.count);
	err = watch(cli, monitor->knl, stream, &mask);
	return err ? cli_fail(err, "listen for notifications") :
		     cli_finish(cli);
}

int cli_monitor(const struct cli *cli)
{
	struct monitor monitor = {
		.stream = { .cli = cli, .replay = monitor_replay },
	};
	int err;

	err = knl_open(&monitor.knl, cli->admin ? FABMON_MCGRP_ADMIN :
						  FABMON_MCGRP_MONITOR);
	if (err)
		return cli_fail(err, "listen for notifications");
	err = follow(cli, &monitor);
	cli_set_clear(&monitor.stream.nodes);
	knl_close(monitor.knl);
	return err;
}
