// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The dump: all nodes at once, where the stream does not say how they came to be
 * so. It has no events: those are replayed from where the last run stopped.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "kernel/knl/knl.h"
#include "priv.h"
#include "util/error.h"
#include "util/log.h"

/* Between dumps in a storm of overruns. */
#define DUMP_PAUSE_US	100000

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
	model_keep_all(f->setup.model);
	f->instance = instance;
	f->processed = 0;
}

static int dump_node(struct knl_msg *msg, void *ctx)
{
	struct follow *f = ctx;

	enter_instance(f, msg->instance);
	f->seq = msg->seq;
	if (!follow_watch_here(f, msg->node.kind))
		return 0;
	return model_node_put(f->setup.model, &msg->node) ? 0 :
	       error_trace(-ENOMEM);
}

/*
 * From where notifications are replayed after the first dump. What happened while
 * no fabmond ran is, also of a module that was loaded since. What happened before
 * the first fabmond ran is not: there is no log that it would be missing in.
 */
static void resume(struct follow *f, uint64_t seq)
{
	uint64_t instance, last;

	model_log_position(f->setup.model, &instance, &last);
	if (!instance)
		last = seq;
	else if (instance != f->instance)
		last = 0;
	follow_position_set(f, last < seq ? last : seq);
}

int follow_dump(struct follow *f)
{
	bool first = !f->instance;
	struct knl_info info;
	bool behind;
	int ret;

	/* a dump of no nodes has no message that would bear its number */
	ret = knl_info_get(f->knl, &info);
	if (ret)
		return ret;
	enter_instance(f, info.instance);
	f->seq = info.seq;
	if (first)
		resume(f, info.seq);
	follow_watch_info(f, &info);
	behind = first ? f->processed < info.seq : !f->processed && f->seq;
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
	f->not_before = follow_clock_us(CLOCK_MONOTONIC) + DUMP_PAUSE_US;
	follow_mark_dirty(f, follow_clock_us(CLOCK_REALTIME) * 1000);
	follow_watch_dumped(f, first);
	log_debug("kernel: instance %016llx, %zu nodes at %llu",
		  (unsigned long long)f->instance, model_count(f->setup.model),
		  (unsigned long long)f->seq);
	if (behind)
		follow_catch_up(f);
	return 0;
}

/* What was published stays: the hardware is still there, only unwatched. */
void follow_module_gone(struct follow *f)
{
	f->dump = false;
	if (f->gone)
		return;
	f->gone = true;
	follow_watch_gone(f);
	log_warning("kernel: module fabmon was unloaded, the tree stays as it was; " TO_LOAD);
	follow_status_set(f, "module fabmon is not loaded");
}

void follow_dump_again(struct follow *f)
{
	int ret = follow_dump(f);

	if (!ret) {
		follow_status_set(f, "following the kernel");
		return;
	}
	if (ret == -ENOENT || ret == -ENODEV) {
		follow_module_gone(f);
		return;
	}
	if (!f->failures)
		error_log(LOG_WARNING, ret,
			  "kernel: the dump failed, trying again");
	follow_back_off(f);
}
