// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Starts the parts from the host to the tree: the model, what feeds it, and the
 * publication of the tree that is made of it.
 */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "daemon.h"
#include "host/host.h"
#include "util/error.h"
#include "util/log.h"
#include "tree/readings.h"
#include "redfish/redfish.h"

#define NS_PER_S	1000000000ULL

int daemon_cannot_start(int error)
{
	error_log(LOG_ERR, error, "fabmond: cannot start");
	return EX_OSERR;
}

/* ---- callbacks between the parts ---------------------------------------- */

static void on_status(void *ctx)
{
	struct daemon *d = ctx;

	if (d->follow)
		report_notify(d);
}

static int on_publish(uint64_t realtime, void *ctx)
{
	struct daemon *d = ctx;
	int ret = daemon_publish(d, realtime);

	if (ret > 0)
		report_notify(d);
	return ret;
}

static void on_uevent(const char *path, void *ctx)
{
	struct daemon *d = ctx;

	follow_device(d->follow, path);
}

static void on_module(const char *path, void *ctx)
{
	struct daemon *d = ctx;

	follow_module(d->follow, path);
}

static void on_removed(const char *path, void *ctx)
{
	struct daemon *d = ctx;

	follow_removed(d->follow, path);
}

/*
 * Nobody else tells that a device goes which no provider watches. Not called by
 * on_removed(), which has the watch that is closed here.
 */
static void on_watch(void *ctx)
{
	struct daemon *d = ctx;
	bool kept = false;
	int p, ret;

	for (p = 0; p < MODEL_PROVIDERS; p++)
		kept |= model_kept(d->model, p) > 0;
	daemon_save_nodes(d);
	if (!kept) {
		uevent_close(d->removals);
		d->removals = NULL;
	} else if (!d->removals && d->event) {
		ret = uevent_open(&d->removals, d->event, UEVENT_REMOVALS, NULL,
				  on_removed, d);
		if (ret)
			error_log(LOG_WARNING, ret, "host: no uevents, so devices that nobody watches are not seen to go");
	}
	if (d->follow)
		report_notify(d);
}

static int on_fill(const char *uri, json_t *resource, void *ctx)
{
	struct daemon *d = ctx;
	int ret = rf_log_fill(d->model, uri, resource);

	return ret == -ENOENT ? readings_fill(d->model, d->config.sysfs, uri,
					      resource) : ret;
}

static void on_netdev(const struct netdev_change *change, void *ctx)
{
	struct daemon *d = ctx;

	follow_netdev(d->follow, change);
}

/* ---- starting ----------------------------------------------------------- */

int daemon_start_model(struct daemon *d)
{
	const struct model_flap_limits flap = {
		.count = d->config.flap_count,
		.window = d->config.flap_window * NS_PER_S,
		.hold = d->config.flap_hold * NS_PER_S,
		.quiet = d->config.flap_quiet * NS_PER_S,
	};
	int ret;

	d->model = model_new();
	d->tree = tree_new();
	if (!d->model || !d->tree)
		return daemon_cannot_start(-ENOMEM);
	tree_set_filler(d->tree, on_fill, d);
	model_log_limit(d->model, d->config.log_entries);
	model_flap_limit(d->model, &flap);
	ret = host_read(model_host(d->model), d->config.sysfs,
			d->config.host_id);
	if (ret == -ENXIO) {
		log_error("host: it has neither an SMBIOS UUID nor a machine id: set id in [host]");
		return EX_CONFIG;
	}
	return ret ? daemon_cannot_start(ret) : 0;
}

int daemon_start_publish(struct daemon *d)
{
	d->publish = publish_new(d->model, d->tree, &d->config);
	return d->publish ? 0 : daemon_cannot_start(-ENOMEM);
}

void daemon_start_uevents(struct daemon *d)
{
	int ret = uevent_open(&d->uevents, d->event, UEVENT_DRIVERS, "dax",
			      on_uevent, d);

	if (ret)
		error_log(LOG_WARNING, ret, "host: no uevents, so drivers of DAX devices are read with their region only");
	ret = uevent_open(&d->modules, d->event, UEVENT_MODULES, "module",
			  on_module, d);
	if (ret)
		error_log(LOG_WARNING, ret, "host: no uevents, so a module of fabmon that is loaded is noticed with its first device only");
}

int daemon_start_follow(struct daemon *d)
{
	const struct follow_setup setup = {
		.event = d->event, .model = d->model, .sysfs = d->config.sysfs,
		.publish = on_publish, .status = on_status,
		.watch = on_watch, .ctx = d,
	};

	switch (follow_open(&d->follow, &setup)) {
	case 0:
		return 0;
	case -ENOENT:
	case -ENODEV:
		return EX_UNAVAILABLE;
	case -EPROTO:
		return EX_PROTOCOL;
	case -EPERM:
	case -EACCES:
		return EX_NOPERM;
	default:
		return EX_OSERR;
	}
}

void daemon_start_netdevs(struct daemon *d)
{
	int ret = netdev_watch_start(&d->netdevs, d->event, on_netdev, d);

	if (ret < 0)
		error_log(LOG_WARNING, ret, "network devices cannot be watched, changes of VLANs and bonds are seen late");
}
