// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Following the kernel: opening and closing, and what others ask for.
 *
 * The stream is joined before the dump, so that nothing falls between them. What
 * the dump already holds is skipped by its sequence number.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "follow.h"
#include "kernel/knl/knl.h"
#include "priv.h"
#include "util/error.h"
#include "util/log.h"

struct model_stamp follow_stamp(const struct follow *f)
{
	return (struct model_stamp) {
		.instance = f->instance,
		.seq = f->processed,
		.boottime = follow_clock_us(CLOCK_BOOTTIME) * 1000,
		.realtime = follow_clock_us(CLOCK_REALTIME) * 1000,
	};
}

/* A later run need not replay what was processed. */
void follow_position_set(struct follow *f, uint64_t seq)
{
	f->processed = seq;
	model_log_position_set(f->setup.model, f->instance, seq);
}

void follow_status_set(struct follow *f, const char *status)
{
	if (f->status == status)
		return;
	f->status = status;
	if (f->setup.status)
		f->setup.status(f->setup.ctx);
}

/* ---- publishing --------------------------------------------------------- */

int follow_publish(struct follow *f)
{
	struct model_stamp now;
	int ret;

	ret = follow_identify(&f->facts, f->setup.model, f->setup.sysfs);
	if (!ret) {
		now = follow_stamp(f);
		model_health_settle(f->setup.model, &now);
		ret = f->setup.publish(f->cause, f->setup.ctx);
	}
	/* a listener of the tree is at work: when it is through */
	if (ret == -EBUSY)
		return 0;
	if (ret < 0) {
		if (!f->failures)
			error_log(LOG_ERR, ret, "tree: cannot be published%s",
				  f->timer ? ", trying again" : "");
		follow_back_off(f);
		return ret;
	}
	f->dirty = false;
	f->failures = 0;
	return ret;
}

int follow_flush(struct follow *f)
{
	int ret = 0;

	follow_mark_dirty(f, 0);
	if (f->whole && !f->dump)
		ret = follow_publish(f);
	follow_arm(f);
	return ret;
}

void follow_netdev(struct follow *f, const struct netdev_change *change)
{
	if (!facts_mark_netdev(&f->facts, f->setup.model, change))
		return;
	follow_mark_dirty(f, follow_clock_us(CLOCK_REALTIME) * 1000);
	follow_arm(f);
}

void follow_device(struct follow *f, const char *path)
{
	if (!facts_mark_path(&f->facts, f->setup.model, path))
		return;
	follow_mark_dirty(f, follow_clock_us(CLOCK_REALTIME) * 1000);
	follow_arm(f);
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
		return error_origin(-ENOMEM, "kernel: state of the stream");
	f->setup = *setup;
	f->status = "starting";
	ret = open_stream(f);
	if (!ret)
		ret = follow_dump(f);
	if (ret) {
		follow_log_open(ret);
		goto err_close;
	}
	ret = follow_publish(f);
	if (ret < 0)
		goto err_close;
	follow_log_unreadable(f->setup.model);
	follow_status_set(f, "following the kernel");
	*out = f;
	return 0;
err_close:
	follow_close(f);
	return ret;
}

int follow_start(struct follow *f)
{
	int ret = follow_timer_add(f);

	if (!ret)
		ret = follow_stream_add(f);
	if (ret) {
		error_log(LOG_ERR, ret, "kernel: cannot be followed");
		return ret;
	}
	follow_arm(f);
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
