// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * An orderly stop, by SIGTERM or SIGINT. Where an OFMF is to be notified of it
 * (on_stop = offline) the tree says that the host is offline, and what differs
 * there is delivered or repaired as any other change, but at once and for a few
 * seconds only. The next start finds the difference, as after any other.
 */
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon.h"
#include "util/error.h"
#include "util/log.h"

#define S		1000000ULL	/* us */
#define EDIT		(4 * S)
#define LIMIT		(6 * S)		/* TimeoutStopSec of the unit is 15 s */

static bool is_notified(const struct daemon *d, size_t i)
{
	return d->ofmfs[i] && d->config.ofmfs[i].offline;
}

static bool anyone_is_notified(const struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++)
		if (is_notified(d, i))
			return true;
	return false;
}

static bool all_settled(const struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++)
		if (is_notified(d, i) && !ofmf_is_settled(d->ofmfs[i]))
			return false;
	return true;
}

/* After whatever the loop did. */
static int on_progress(sd_event_source *source, void *ctx)
{
	struct daemon *d = ctx;

	return all_settled(d) ? sd_event_exit(d->event, 0) : 0;
}

static int on_limit(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct daemon *d = ctx;

	log_info("fabmond: not every OFMF could be notified in time that this host is offline");
	return sd_event_exit(d->event, 0);
}

static void notify(struct daemon *d, uint64_t now)
{
	struct timespec real;
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++)
		if (d->ofmfs[i] && !is_notified(d, i))
			ofmf_freeze(d->ofmfs[i]);
	publish_offline(d->publish);
	clock_gettime(CLOCK_REALTIME, &real);
	daemon_publish(d, (uint64_t)real.tv_sec * 1000000000u +
			  (uint64_t)real.tv_nsec);
	for (i = 0; i < d->config.n_ofmfs; i++)
		if (is_notified(d, i))
			ofmf_hurry(d->ofmfs[i], now + EDIT);
}

int daemon_on_stop(sd_event_source *source, const struct signalfd_siginfo *si,
		   void *ctx)
{
	struct daemon *d = ctx;
	uint64_t now;
	int ret;

	/* the second signal means it */
	if (d->stopping || !d->publish || !anyone_is_notified(d))
		return sd_event_exit(d->event, 0);
	ret = sd_event_now(d->event, CLOCK_MONOTONIC, &now);
	if (ret < 0)
		return sd_event_exit(d->event, 0);
	d->stopping = true;
	sd_notify(0, "STOPPING=1\nSTATUS=notifying OFMFs that this host is offline");
	log_info("fabmond: notifying OFMFs that this host is offline");
	notify(d, now);
	if (all_settled(d))
		return sd_event_exit(d->event, 0);
	ret = sd_event_add_post(d->event, NULL, on_progress, d);
	if (ret >= 0)
		ret = sd_event_add_time_relative(d->event, NULL,
						 CLOCK_MONOTONIC, LIMIT, 0,
						 on_limit, d);
	return ret < 0 ? sd_event_exit(d->event, 0) : 0;
}
