// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The stream: each notification once, in the order of its sequence number. What
 * is missing is replayed from the module's ring; what the ring has no more makes
 * a dump necessary.
 */
#include <errno.h>
#include <string.h>

#include "kernel/knl/knl.h"
#include "priv.h"
#include "util/error.h"
#include "util/log.h"

#define BATCH		256		/* notifications per turn of the loop */

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
	/* a dump holds it, or the one that is still to be taken will */
	bool old = f->dump || msg->seq <= f->seq;
	int ret = 0;

	follow_position_set(f, msg->seq);
	if (!old)
		f->seq = msg->seq;
	if (msg->cmd == FABMON_CMD_EVENT_NTF)
		ret = follow_take_event(&f->facts, model, sysfs, msg);
	else if (is_node_news(msg->cmd) && old)
		ret = follow_take_old_node(&f->facts, model, sysfs, msg);
	else if (is_node_news(msg->cmd) && !follow_watch_takes(f, msg))
		ret = follow_take_node(&f->facts, model, msg);
	if (ret < 0)
		follow_want_dump(f);
	else if (ret)
		follow_mark_dirty(f, msg->realtime);
}

static int on_replayed(struct knl_msg *msg, void *ctx)
{
	struct follow *f = ctx;

	if (msg->seq <= f->processed)
		return 0;
	if (msg->cmd == FABMON_CMD_EVENT_GET) {
		log_warning("kernel: %llu notifications up to %llu are lost%s",
			    (unsigned long long)msg->lost,
			    (unsigned long long)msg->seq,
			    msg->seq > f->seq ? ", reading all nodes again" :
			    "");
		follow_position_set(f, msg->seq);
		if (msg->seq > f->seq)
			follow_want_dump(f);
		return 0;
	}
	if (msg->seq != f->processed + 1)
		return error_origin(-EBADMSG,
				    "kernel: notification %llu after %llu",
				    (unsigned long long)msg->seq,
				    (unsigned long long)f->processed);
	take(f, msg);
	return 0;
}

void follow_catch_up(struct follow *f)
{
	int ret = knl_replay(f->knl, f->instance, f->processed + 1,
			     on_replayed, f);

	switch (ret) {
	case 0:
		return;
	case -ENODEV:
		follow_module_gone(f);
		return;
	case -ESTALE:
		log_info("kernel: module fabmon was loaded anew");
		break;
	default:
		if (!f->dump)
			error_log(LOG_WARNING, ret,
				  "kernel: notifications cannot be replayed, reading all nodes again");
	}
	follow_want_dump(f);
}

static int on_message(struct knl_msg *msg, void *ctx)
{
	struct follow *f = ctx;

	if (msg->instance != f->instance) {
		if (!f->dump)
			log_info("kernel: module fabmon was loaded anew");
		follow_want_dump(f);
		return 0;
	}
	if (msg->seq > f->processed + 1) {
		log_info("kernel: %llu notifications are missing before %llu",
			 (unsigned long long)(msg->seq - f->processed - 1),
			 (unsigned long long)msg->seq);
		follow_catch_up(f);
	}
	/* it was not replayed, and is newer than what is processed */
	if (msg->seq > f->processed)
		take(f, msg);
	return 0;
}

/* Any other error of the socket; 0 to go on, or what ends the daemon. */
static int stream_failed(struct follow *f, int error)
{
	if (!f->failures)
		log_warning("kernel: notifications: %s, reading all nodes again",
			    error_text(error));
	if (f->failures >= FOLLOW_MAX_FAILURES) {
		error_log(LOG_ERR, error,
			  "kernel: notifications cannot be read, restart fabmond");
		return error;
	}
	follow_back_off(f);
	follow_want_dump(f);
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
		follow_catch_up(f);
		break;
	case -ENODEV:
		follow_module_gone(f);
		break;
	case -ESTALE:
		log_info("kernel: module fabmon is back");
		follow_want_dump(f);
		break;
	case -EPROTO:
		follow_module_gone(f);
		log_error("kernel: module fabmon is older than this fabmond: install both from one version");
		follow_status_set(f, "module fabmon is too old");
		break;
	default:
		ret = stream_failed(f, ret);
		if (ret)
			return sd_event_exit(f->setup.event, ret);
	}
	follow_arm(f);
	return 0;
}

int follow_stream_add(struct follow *f)
{
	int ret = sd_event_add_io(f->setup.event, &f->io, knl_fd(f->knl),
				  EPOLLIN, on_readable, f);

	return error_origin(ret < 0 ? ret : 0, "loop: the kernel's notifications");
}
