// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * fabmond: starts the parts, runs the event loop, stops the parts. Data goes
 * one way: from the kernel into the model, from the model into the tree, from
 * the tree to the OFMFs and to the clients of the service.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>

#include "daemon.h"
#include "util/error.h"
#include "util/log.h"

/* Certificates and accounts are read again; the configuration is not. */
static int on_hup(sd_event_source *source, const struct signalfd_siginfo *si,
		  void *ctx)
{
	struct daemon *d = ctx;

	service_reload(d->service);
	return 0;
}

/* ---- the things it can be asked for ------------------------------------- */

static int dump_tree(struct daemon *d)
{
	int ret;

	ret = daemon_start_model(d);
	if (!ret)
		ret = daemon_start_publish(d);
	if (!ret)
		ret = daemon_start_follow(d);
	if (ret)
		return ret;
	ret = tree_dump(d->tree, d->config.dump_tree);
	if (!ret)
		return 0;
	error_log(LOG_ERR, ret, "tree: cannot be dumped");
	return EX_CANTCREAT;
}

/* What all that lasts begins with. */
static int start_state(struct daemon *d)
{
	int ret;

	ret = daemon_start_loop(d);
	if (!ret)
		ret = daemon_start_model(d);
	if (!ret)
		ret = daemon_start_store(d);
	return ret;
}

/* The tree stays empty: what the OFMF has is known there, and in the store. */
static int leave(struct daemon *d)
{
	int ret = start_state(d);

	return ret ? ret : membership_leave(d);
}

static int check(const struct config *config)
{
	const struct service_security security = daemon_security(config);

	if (service_check(&security))
		return EX_CONFIG;
	puts("fabmond: the configuration is valid");
	return 0;
}

static int start(struct daemon *d)
{
	int ret = start_state(d);

	if (!ret)
		ret = daemon_start_publish(d);
	if (!ret)
		daemon_start_netdevs(d);
	if (!ret)
		daemon_start_uevents(d);
	if (!ret)
		ret = daemon_start_follow(d);
	if (!ret)
		ret = daemon_start_service(d);
	if (!ret)
		ret = receivers_start(d);
	if (!ret && follow_start(d->follow))
		ret = EX_OSERR;
	/* should this run be killed: what an earlier one had may be long gone */
	if (!ret)
		daemon_save_nodes(d);
	/* all listeners are there */
	if (!ret)
		publish_records(d->publish);
	return ret;
}

static int serve(struct daemon *d)
{
	int ret;

	ret = sd_event_add_signal(d->event, NULL, SIGUSR1, report_log, d);
	if (ret >= 0)
		ret = sd_event_add_signal(d->event, NULL, SIGHUP, on_hup, d);
	if (ret < 0)
		return error_origin(ret, "event loop: no handler for signals");
	report_start(d);
	log_info("host %s: %zu nodes, %zu resources, OFMFs: %zu",
		 model_host_get(d->model)->id, model_count(d->model),
		 json_object_size(tree_all(d->tree)), d->config.n_ofmfs);
	report_ready(d);
	return daemon_run_loop(d);
}

static int run(struct daemon *d)
{
	int ret;

	ret = start(d);
	if (ret)
		return ret;
	ret = serve(d);
	sd_notify(0, "STOPPING=1");
	if (!ret)
		return 0;
	error_log(LOG_ERR, ret, "fabmond: cannot go on");
	return EX_OSERR;
}

static void stop(struct daemon *d)
{
	report_stop(d);
	receivers_stop(d);
	forward_stop(d->forward);
	if (d->service)
		service_stop(d->service);
	forward_free(d->forward);
	netdev_watch_stop(d->netdevs);
	uevent_close(d->removals);
	uevent_close(d->modules);
	uevent_close(d->uevents);
	follow_close(d->follow);
	if (d->store && d->follow) {
		daemon_save_log(d);
		daemon_save_nodes(d);
	}
	publish_free(d->publish);
	tree_free(d->tree);
	store_close(d->store);
	model_free(d->model);
	sd_event_unref(d->event);
	config_clear(&d->config);
}

int main(int argc, char **argv)
{
	struct daemon d = { 0 };
	char error[512];
	int ret;

	log_open("fabmond", LOG_INFO);
	ret = config_load(&d.config, argc, argv, error, sizeof(error));
	switch (ret) {
	case 0:
		log_set_level(d.config.log_level);
		if (d.config.check)
			ret = check(&d.config);
		else if (d.config.leave)
			ret = leave(&d);
		else if (d.config.dump_tree)
			ret = dump_tree(&d);
		else
			ret = run(&d);
		break;
	case 1:
		ret = EX_OK;
		break;
	case -EINVAL:
		log_error("%s", error);
		ret = EX_USAGE;
		break;
	case -EBADMSG:
		log_error("%s", error);
		ret = EX_CONFIG;
		break;
	default:
		ret = daemon_cannot_start(ret);
	}
	stop(&d);
	return ret;
}
