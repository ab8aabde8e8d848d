// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Following the kernel.
 *
 * The stream is joined before the dump, so that nothing falls between them;
 * what the dump already holds is skipped by its sequence number. After a hole
 * in the numbers, or an overrun of the socket, what is missing is replayed from
 * the module's ring. Where the ring has it no more, or there is another
 * instance of the module, the dump is taken again, and the difference is what
 * was missed.
 *
 * Changes are published when none came for 2 ms, at the latest 20 ms after the
 * first: hot-adding one CXL device is about ten of them. The timer runs only
 * while there is something to do.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/facts.h"
#include "follow.h"
#include "priv.h"
#include "kernel/knl/knl.h"
#include "util/log.h"

#define QUIET_US	2000		/* without a change: publish */
#define LATEST_US	20000		/* after the first: publish anyway */
#define ACCURACY_US	200
#define BATCH		256		/* notifications per turn of the loop */

/* Dumps in a storm of overruns, and after failures. */
#define DUMP_PAUSE_US	100000
#define RETRY_MIN_US	100000
#define RETRY_MAX_US	5000000
/* Errors of the socket in a row that no dump has mended. */
#define MAX_FAILURES	20

/**
 * struct follow - where we are
 * @instance: of the module that the model shows
 * @seq: sequence number that the model is true at
 * @heard: that of the last notification that came or was replayed, which a dump
 *	may be ahead of: events are in no dump
 * @whole: the model holds a complete dump
 * @dirty: something is to be published
 * @dump: a dump is owed
 * @gone: the module is not there
 * @first: CLOCK_MONOTONIC us of the first unpublished change
 * @cause: CLOCK_REALTIME ns of the same, 0 if unknown
 * @not_before: CLOCK_MONOTONIC us of the next try of what failed, or dump
 * @failures: in a row
 */
struct follow {
	struct follow_setup setup;
	struct knl *knl;
	struct facts facts;
	sd_event_source *io, *timer;
	uint64_t instance, seq, heard;
	bool whole, dirty, dump, gone;
	uint64_t first, cause, not_before;
	unsigned int failures;
	const char *status;
};

static uint64_t clock_us(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

static struct model_stamp stamp_now(const struct follow *f)
{
	return (struct model_stamp) {
		.instance = f->instance,
		.seq = f->heard,
		.boottime = clock_us(CLOCK_BOOTTIME) * 1000,
		.realtime = clock_us(CLOCK_REALTIME) * 1000,
	};
}

/* What a later run need not hear again. */
static void set_heard(struct follow *f, uint64_t seq)
{
	f->heard = seq;
	model_log_position_set(f->setup.model, f->instance, seq);
}

static void set_status(struct follow *f, const char *status)
{
	if (f->status == status)
		return;
	f->status = status;
	if (f->setup.status)
		f->setup.status(f->setup.ctx);
}

/* ---- the timer ---------------------------------------------------------- */

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* CLOCK_MONOTONIC us when something is due of links that flap. */
static uint64_t flap_time(const struct follow *f, uint64_t now)
{
	uint64_t due = model_flap_wait(f->setup.model), boot;

	if (due == UINT64_MAX)
		return UINT64_MAX;
	boot = clock_us(CLOCK_BOOTTIME);
	due = (due + 999) / 1000;
	return now + (due > boot ? due - boot : 0);
}

/* CLOCK_MONOTONIC us when there is something to do; UINT64_MAX: there is not. */
static uint64_t due_time(const struct follow *f)
{
	uint64_t now = clock_us(CLOCK_MONOTONIC), when = now;

	if (!f->dump && !f->dirty)
		return flap_time(f, now);
	if (!f->dump) {
		when = now + QUIET_US;
		if (when > f->first + LATEST_US)
			when = f->first + LATEST_US;
	}
	if (f->dump || f->failures)
		when = later(when, f->not_before);
	return when;
}

/* Sets the timer to what is due next, or stops it. */
static void arm(struct follow *f)
{
	uint64_t when;
	int ret;

	if (!f->timer)
		return;
	when = due_time(f);
	if (when == UINT64_MAX) {
		sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
		return;
	}
	ret = sd_event_source_set_time(f->timer, when);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(f->timer, SD_EVENT_ONESHOT);
	if (ret < 0)
		log_error("loop: timer: %s", strerror(-ret));
}

/* @realtime: ns, 0 if unknown. */
static void mark_dirty(struct follow *f, uint64_t realtime)
{
	if (!f->dirty) {
		f->dirty = true;
		f->first = clock_us(CLOCK_MONOTONIC);
		f->cause = realtime;
	}
}

static void want_dump(struct follow *f)
{
	f->dump = true;
	/* what was lost has no time; now is the nearest that is known */
	mark_dirty(f, clock_us(CLOCK_REALTIME) * 1000);
}

/* Try again later, and later each time. */
static void back_off(struct follow *f)
{
	uint64_t pause = RETRY_MIN_US;
	unsigned int i;

	for (i = 0; i < f->failures && pause < RETRY_MAX_US; i++)
		pause *= 2;
	if (pause > RETRY_MAX_US)
		pause = RETRY_MAX_US;
	f->failures++;
	f->not_before = clock_us(CLOCK_MONOTONIC) + pause;
}

/* ---- publishing --------------------------------------------------------- */

static int publish(struct follow *f)
{
	struct model_stamp now;
	int ret;

	ret = follow_identify(&f->facts, f->setup.model, f->setup.sysfs);
	if (!ret) {
		now = stamp_now(f);
		model_health_settle(f->setup.model, &now);
		ret = f->setup.publish(f->cause, f->setup.ctx);
	}
	/* a listener of the tree asked: when it is through */
	if (ret == -EBUSY)
		return 0;
	if (ret < 0) {
		if (!f->failures)
			log_error("tree: cannot be published%s: %s",
				  f->timer ? ", trying again" : "",
				  strerror(-ret));
		back_off(f);
		return ret;
	}
	f->dirty = false;
	f->failures = 0;
	return ret;
}

int follow_flush(struct follow *f)
{
	int ret = 0;

	mark_dirty(f, 0);
	if (f->whole && !f->dump)
		ret = publish(f);
	arm(f);
	return ret;
}

void follow_netdev(struct follow *f, const struct netdev_change *change)
{
	if (!facts_mark_netdev(&f->facts, f->setup.model, change))
		return;
	mark_dirty(f, clock_us(CLOCK_REALTIME) * 1000);
	arm(f);
}

void follow_device(struct follow *f, const char *path)
{
	if (!facts_mark_path(&f->facts, f->setup.model, path))
		return;
	mark_dirty(f, clock_us(CLOCK_REALTIME) * 1000);
	arm(f);
}

static void catch_up(struct follow *f);

/* ---- the dump ----------------------------------------------------------- */

static void dump_begin(void *ctx)
{
	struct follow *f = ctx;

	f->whole = false;
	model_mark(f->setup.model);
}

/* Ids and numbers mean nothing beyond the instance that gave them. */
static void enter_instance(struct follow *f, uint64_t instance)
{
	if (f->instance == instance)
		return;
	f->whole = false;
	model_clear_nodes(f->setup.model);
	f->instance = instance;
	f->heard = 0;
}

static int dump_node(struct knl_msg *msg, void *ctx)
{
	struct follow *f = ctx;

	enter_instance(f, msg->instance);
	f->seq = msg->seq;
	return model_node_put(f->setup.model, &msg->node) ? 0 : -ENOMEM;
}

/*
 * Where hearing goes on after the first dump. What happened while no fabmond
 * ran is replayed, also of a module that was loaded since. Before the first
 * fabmond it is not ours to tell.
 */
static void resume(struct follow *f, uint64_t seq)
{
	uint64_t instance, heard;

	model_log_position(f->setup.model, &instance, &heard);
	if (!instance)
		heard = seq;
	else if (instance != f->instance)
		heard = 0;
	set_heard(f, heard < seq ? heard : seq);
}

/* A dump of no nodes says nothing; the information does. */
static int dump(struct follow *f)
{
	bool first = !f->instance;
	struct knl_info info;
	bool behind;
	int ret;

	ret = knl_info_get(f->knl, &info);
	if (ret)
		return ret;
	enter_instance(f, info.instance);
	f->seq = info.seq;
	if (first)
		resume(f, info.seq);
	behind = first ? f->heard < info.seq : !f->heard && f->seq;
	ret = knl_dump(f->knl, dump_begin, dump_node, f);
	if (ret)
		return ret;
	if (!info.nodes)
		follow_log_providers(&info);
	model_sweep(f->setup.model);
	f->facts.all = true;
	f->whole = true;
	f->dump = false;
	f->gone = false;
	f->failures = 0;
	f->not_before = clock_us(CLOCK_MONOTONIC) + DUMP_PAUSE_US;
	mark_dirty(f, clock_us(CLOCK_REALTIME) * 1000);
	log_debug("kernel: instance %016llx, %zu nodes at %llu",
		  (unsigned long long)f->instance, model_count(f->setup.model),
		  (unsigned long long)f->seq);
	if (behind)
		catch_up(f);
	return 0;
}

/* Keep what was published: the hardware is still there, only unwatched. */
static void module_gone(struct follow *f)
{
	f->dump = false;
	if (f->gone)
		return;
	f->gone = true;
	log_warning("kernel: module fabmon was unloaded, the tree stays as it was; " TO_LOAD);
	set_status(f, "module fabmon is not loaded");
}

static void dump_again(struct follow *f)
{
	int ret = dump(f);

	if (!ret) {
		set_status(f, "following the kernel");
		return;
	}
	if (ret == -ENOENT || ret == -ENODEV) {
		module_gone(f);
		return;
	}
	if (!f->failures)
		log_warning("kernel: the dump failed, trying again: %s",
			    strerror(-ret));
	back_off(f);
}

/* Links that flap: what they are is shown now and then, and in the end. */
static void run_flaps(struct follow *f)
{
	const struct model_stamp now = stamp_now(f);

	if (model_flap_run(f->setup.model, &now)) {
		/* a net device may have changed with it */
		f->facts.all = true;
		mark_dirty(f, now.realtime);
	}
}

static int on_timer(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct follow *f = ctx;

	if (f->dump)
		dump_again(f);
	run_flaps(f);
	if (f->dirty && f->whole && !f->dump)
		publish(f);
	/* with the module gone there is nothing to wait for by time */
	if (!f->whole && !f->dump)
		f->dirty = false;
	arm(f);
	return 0;
}

/* ---- the stream --------------------------------------------------------- */

/* What came of a notification. */
static void heed(struct follow *f, const struct knl_msg *msg, int ret)
{
	if (ret < 0)
		want_dump(f);
	else if (ret)
		mark_dirty(f, msg->realtime);
}

static bool is_node_news(uint8_t cmd)
{
	return cmd == FABMON_CMD_NODE_ADD_NTF ||
	       cmd == FABMON_CMD_NODE_CHANGE_NTF ||
	       cmd == FABMON_CMD_NODE_DELETE_NTF;
}

/* The next notification, whichever way it came. */
static void take(struct follow *f, struct knl_msg *msg)
{
	struct model *model = f->setup.model;
	const char *sysfs = f->setup.sysfs;
	/* a dump holds it, or the one that is owed will */
	bool old = f->dump || msg->seq <= f->seq;

	set_heard(f, msg->seq);
	if (!old)
		f->seq = msg->seq;
	if (msg->cmd == FABMON_CMD_EVENT_NTF)
		heed(f, msg, follow_take_event(&f->facts, model, sysfs, msg));
	else if (is_node_news(msg->cmd) && old)
		heed(f, msg, follow_take_old_node(&f->facts, model, sysfs,
						  msg));
	else if (is_node_news(msg->cmd))
		heed(f, msg, follow_take_node(&f->facts, model, msg));
}

static int on_replayed(struct knl_msg *msg, void *ctx)
{
	struct follow *f = ctx;

	if (msg->seq <= f->heard)
		return 0;
	if (msg->cmd == FABMON_CMD_EVENT_GET) {
		log_warning("kernel: %llu notifications up to %llu are lost%s",
			    (unsigned long long)msg->lost,
			    (unsigned long long)msg->seq,
			    msg->seq > f->seq ? ", reading all nodes again" :
			    "");
		set_heard(f, msg->seq);
		if (msg->seq > f->seq)
			want_dump(f);
		return 0;
	}
	if (msg->seq != f->heard + 1)
		return -EBADMSG;
	take(f, msg);
	return 0;
}

/*
 * Replays what was missed. Where that fails, the nodes are dumped; events are
 * lost then, but for those that come all the same.
 */
static void catch_up(struct follow *f)
{
	int ret = knl_replay(f->knl, f->instance, f->heard + 1, on_replayed, f);

	switch (ret) {
	case 0:
		return;
	case -ENODEV:
		module_gone(f);
		return;
	case -ESTALE:
		log_info("kernel: module fabmon was loaded anew");
		break;
	default:
		if (!f->dump)
			log_warning("kernel: notifications cannot be replayed, reading all nodes again: %s",
				    strerror(-ret));
	}
	want_dump(f);
}

static int on_message(struct knl_msg *msg, void *ctx)
{
	struct follow *f = ctx;

	if (msg->instance != f->instance) {
		if (!f->dump)
			log_info("kernel: module fabmon was loaded anew");
		want_dump(f);
		return 0;
	}
	if (msg->seq > f->heard + 1) {
		log_info("kernel: %llu notifications are missing before %llu",
			 (unsigned long long)(msg->seq - f->heard - 1),
			 (unsigned long long)msg->seq);
		catch_up(f);
	}
	/* it was replayed, or is older than all that we tell of */
	if (msg->seq > f->heard)
		take(f, msg);
	return 0;
}

/* Any other error of the socket; 0 to go on, or what ends the daemon. */
static int stream_failed(struct follow *f, int error)
{
	if (!f->failures)
		log_warning("kernel: notifications: %s, reading all nodes again",
			    strerror(-error));
	if (f->failures >= MAX_FAILURES) {
		log_error("kernel: notifications cannot be read: %s; restart fabmond",
			  strerror(-error));
		return error;
	}
	back_off(f);
	want_dump(f);
	return 0;
}

static int on_readable(sd_event_source *source, int fd, uint32_t events,
		       void *ctx)
{
	struct follow *f = ctx;
	int ret = knl_receive(f->knl, BATCH, on_message, f);

	switch (ret < 0 ? ret : 0) {
	case 0:
		break;
	case -ENOBUFS:
	case -EBADMSG:
		log_info("kernel: %s",
			 ret == -ENOBUFS ? "notifications came too fast" :
			 "a notification makes no sense");
		catch_up(f);
		break;
	case -ENODEV:
		module_gone(f);
		break;
	case -ESTALE:
		log_info("kernel: module fabmon is back");
		want_dump(f);
		break;
	case -EPROTO:
		module_gone(f);
		log_error("kernel: module fabmon is older than this fabmond: install both from one version");
		set_status(f, "module fabmon is too old");
		break;
	default:
		ret = stream_failed(f, ret);
		if (ret)
			return sd_event_exit(f->setup.event, ret);
	}
	arm(f);
	return 0;
}

/* ---- opening ------------------------------------------------------------ */

static int open_stream(struct follow *f)
{
	int ret;

	if (!f->setup.event)
		return knl_open(&f->knl, NULL);
	ret = knl_open(&f->knl, FABMON_MCGRP_ADMIN);
	if (ret != -EPERM && ret != -EACCES)
		return ret;
	ret = knl_open(&f->knl, FABMON_MCGRP_MONITOR);
	if (!ret)
		log_warning("kernel: without CAP_NET_ADMIN health events have no addresses");
	return ret;
}

int follow_open(struct follow **out, const struct follow_setup *setup)
{
	struct follow *f = calloc(1, sizeof(*f));
	int ret;

	*out = NULL;
	if (!f)
		return -ENOMEM;
	f->setup = *setup;
	f->status = "starting";
	ret = open_stream(f);
	if (!ret)
		ret = dump(f);
	if (ret) {
		follow_log_open(ret);
		goto err_close;
	}
	ret = publish(f);
	if (ret < 0)
		goto err_close;
	follow_log_unreadable(f->setup.model);
	set_status(f, "following the kernel");
	*out = f;
	return 0;
err_close:
	follow_close(f);
	return ret;
}

int follow_start(struct follow *f)
{
	sd_event *event = f->setup.event;
	int ret;

	ret = sd_event_add_time(event, &f->timer, CLOCK_MONOTONIC, 0,
				ACCURACY_US, on_timer, f);
	if (ret >= 0)
		ret = sd_event_source_set_enabled(f->timer, SD_EVENT_OFF);
	if (ret >= 0)
		ret = sd_event_add_io(event, &f->io, knl_fd(f->knl), EPOLLIN,
				      on_readable, f);
	if (ret < 0) {
		log_error("loop: %s", strerror(-ret));
		return ret;
	}
	arm(f);
	return 0;
}

void follow_close(struct follow *f)
{
	if (!f)
		return;
	sd_event_source_disable_unref(f->io);
	sd_event_source_disable_unref(f->timer);
	knl_close(f->knl);
	facts_clear(&f->facts);
	free(f);
}

const char *follow_status(const struct follow *f)
{
	return f->status;
}

uint64_t follow_seq(const struct follow *f)
{
	return f->seq;
}
