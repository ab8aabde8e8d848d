// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Providers: which of them report what happens, and what becomes of the nodes of
 * one that does not.
 *
 * A provider that leaves takes its nodes with it, though not the devices. Their
 * nodes are kept (model/watch.h). For a while nothing else happens, so that an
 * upgrade of the modules is not noticed by anyone. Then the tree shows that
 * nobody watches them. A provider that comes is followed from the first dump
 * after its initialization has ended: until then it has reported but some of its
 * nodes. That is learned from the module's uevent, and where there are none, by
 * asking again while it reports nodes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/host.h"
#include "priv.h"
#include "util/log.h"

#define GRACE_US	60000000ULL	/* until the tree shows it */
#define COMING_US	50000		/* between questions whether it has come */
#define REMOVED_US	500000		/* from the uevent to the look at sysfs */
#define MODULE_LEN	32

static const char *module_name(enum model_provider p, char *name)
{
	snprintf(name, MODULE_LEN, "fabmon_%s", model_provider_name(p));
	return name;
}

static const char *what(enum model_provider p)
{
	return p == MODEL_RDMA ? "RDMA" : "CXL";
}

static uint64_t grace_us(const struct follow *f)
{
	return f->setup.grace_us ? f->setup.grace_us : GRACE_US;
}

/*
 * One of another name may report nodes of any kind. A module that lists none, but
 * has nodes, is too old to do so.
 */
static bool is_listed(const struct knl_info *info, enum model_provider provider)
{
	bool other;
	size_t i;
	int p;

	if (!info->n_providers && info->nodes)
		return true;
	for (i = 0; i < info->n_providers; i++) {
		other = true;
		for (p = 0; p < MODEL_PROVIDERS; p++)
			other &= strcmp(info->providers[i].name,
					model_provider_name(p)) != 0;
		if (other || !strcmp(info->providers[i].name,
				     model_provider_name(provider)))
			return true;
	}
	return false;
}

bool follow_watch_here(const struct follow *f, enum fabmon_node_kind kind)
{
	return f->watches[model_provider_of(kind)].here;
}

static void notify(struct follow *f)
{
	if (f->setup.watch)
		f->setup.watch(f->setup.ctx);
}

/* The tree shows it from the time that is due on. */
static void unwatch(struct follow *f, enum model_provider p, uint64_t realtime)
{
	struct follow_watch *watch = &f->watches[p];

	model_unwatch(f->setup.model, p, realtime);
	if (!watch->due && !model_unwatched_since(f->setup.model, p) &&
	    model_kept(f->setup.model, p))
		watch->due = follow_clock_us(CLOCK_MONOTONIC) + grace_us(f);
}

static void watch_again(struct follow *f, enum model_provider p)
{
	struct follow_watch *watch = &f->watches[p];

	if (watch->warned)
		log_info("kernel: %s devices are watched again", what(p));
	watch->due = 0;
	watch->warned = false;
	model_watch(f->setup.model, p);
}

/* It is followed from the first dump after its initialization on. */
static void coming(struct follow *f)
{
	if (f->dump)
		return;
	f->not_before = follow_clock_us(CLOCK_MONOTONIC) + COMING_US;
	follow_want_dump(f);
}

static bool is_gone(const struct model_node *node, void *ctx)
{
	const struct follow *f = ctx;

	return !host_node_present(node, f->setup.sysfs);
}

/* Forgets kept nodes whose device sysfs does not have any more. */
static bool drop_gone(struct follow *f)
{
	size_t count = model_kept_drop(f->setup.model, is_gone, f);

	if (!count)
		return false;
	log_info("kernel: %zu devices and parts of devices that nobody watches have gone",
		 count);
	/* what was part of them, or made of them */
	f->facts.all = true;
	return true;
}

/* Nobody needs to know of a provider without hardware. */
static void warn(struct follow *f, enum model_provider p)
{
	struct follow_watch *watch = &f->watches[p];
	char name[MODULE_LEN], since[32];
	time_t when = model_unwatched(f->setup.model, p) / 1000000000;
	struct tm tm;

	if (watch->warned || !follow_unwatched(f, p, NULL))
		return;
	watch->warned = true;
	strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ",
		 gmtime_r(&when, &tm));
	log_warning("kernel: %s devices are here and not watched since %s, their health is unknown; load the module: modprobe %s",
		    what(p), since, module_name(p, name));
}

/* What the dump will not have is kept, unless its provider should have it. */
void follow_watch_info(struct follow *f, const struct knl_info *info)
{
	uint64_t now = follow_clock_us(CLOCK_REALTIME) * 1000;
	struct follow_watch *watch;
	char name[MODULE_LEN];
	bool changed = false;
	int p;

	for (p = 0; p < MODEL_PROVIDERS; p++) {
		watch = &f->watches[p];
		watch->listed = is_listed(info, p);
		watch->here = watch->listed &&
			      host_module_ready(f->setup.sysfs,
						module_name(p, name));
		if (watch->here)
			continue;
		changed |= model_watched(f->setup.model, p);
		unwatch(f, p, now);
	}
	if (changed)
		notify(f);
}

void follow_watch_dumped(struct follow *f, bool first)
{
	struct follow_watch *watch;
	bool changed = false;
	int p;

	for (p = 0; p < MODEL_PROVIDERS; p++) {
		watch = &f->watches[p];
		if (watch->here) {
			changed |= !model_watched(f->setup.model, p);
			watch_again(f, p);
		} else if (watch->listed) {
			coming(f);
		} else if (first) {
			warn(f, p);
		}
	}
	drop_gone(f);
	if (changed)
		notify(f);
}

static void left(struct follow *f, enum model_provider p, uint64_t realtime)
{
	char name[MODULE_LEN];

	if (!model_watched(f->setup.model, p))
		return;
	unwatch(f, p, realtime);
	log_info("kernel: module %s is being unloaded, what it reported stays as it was for %" PRIu64 " s",
		 module_name(p, name), grace_us(f) / 1000000);
	notify(f);
}

bool follow_watch_takes(struct follow *f, const struct knl_msg *msg)
{
	enum model_provider p = model_provider_of(msg->node.kind);

	if (msg->cmd == FABMON_CMD_NODE_DELETE_NTF) {
		if (msg->cause & FABMON_CAUSE_PROVIDER_EXIT)
			left(f, p, msg->realtime);
	} else if (!model_watched(f->setup.model, p)) {
		coming(f);
	}
	return !model_watched(f->setup.model, p);
}

void follow_watch_gone(struct follow *f)
{
	uint64_t now = follow_clock_us(CLOCK_REALTIME) * 1000;
	int p;

	for (p = 0; p < MODEL_PROVIDERS; p++)
		unwatch(f, p, now);
	notify(f);
}

uint64_t follow_watch_time(const struct follow *f)
{
	uint64_t due = UINT64_MAX;
	int p;

	for (p = 0; p < MODEL_PROVIDERS; p++)
		if (f->watches[p].due && f->watches[p].due < due)
			due = f->watches[p].due;
	if (f->removed_due && f->removed_due < due)
		due = f->removed_due;
	return due;
}

void follow_watch_run(struct follow *f)
{
	uint64_t now = follow_clock_us(CLOCK_MONOTONIC);
	struct follow_watch *watch;
	int p;

	if (f->removed_due && f->removed_due <= now) {
		f->removed_due = 0;
		if (drop_gone(f))
			follow_mark_dirty(f, follow_clock_us(CLOCK_REALTIME) *
					     1000);
	}
	for (p = 0; p < MODEL_PROVIDERS; p++) {
		watch = &f->watches[p];
		if (!watch->due || watch->due > now)
			continue;
		watch->due = 0;
		drop_gone(f);
		model_unwatched_show(f->setup.model, p);
		warn(f, p);
		follow_mark_dirty(f, follow_clock_us(CLOCK_REALTIME) * 1000);
	}
}

/* ---- what others learn and tell ----------------------------------------- */

void follow_module(struct follow *f, const char *path)
{
	if (path && strncmp(path, "/module/fabmon", strlen("/module/fabmon")))
		return;
	if (f->gone)
		return;
	follow_want_dump(f);
	follow_arm(f);
}

/* Whether a kept node is at a path, or below it. */
static bool has_kept_below(const struct model *model, const char *path)
{
	const size_t len = strlen(path);
	const struct model_node *node;

	for (node = model_first(model); node; node = node->next)
		if (node->kept && node->k.path &&
		    !strncmp(node->k.path, path, len) &&
		    (!node->k.path[len] || node->k.path[len] == '/'))
			return true;
	return false;
}

/*
 * The uevent comes before the directory goes (Linux, device_del()), so sysfs is
 * looked at a moment later.
 */
void follow_removed(struct follow *f, const char *path)
{
	if (path && !has_kept_below(f->setup.model, path))
		return;
	f->removed_due = follow_clock_us(CLOCK_MONOTONIC) + REMOVED_US;
	follow_arm(f);
}

bool follow_unwatched(const struct follow *f, enum model_provider provider,
		      uint64_t *since)
{
	const struct model *model = f->setup.model;

	if (since)
		*since = model_unwatched(model, provider);
	return !model_watched(model, provider) &&
	       (model_kept(model, provider) ||
		host_has_hardware(f->setup.sysfs, provider));
}
