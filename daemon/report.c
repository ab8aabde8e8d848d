// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Where fabmond stands, for whoever wants to know: the log on SIGUSR1, the
 * status that systemctl shows, and the control socket.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon.h"
#include "log.h"

const char *report_ofmf(const struct daemon *d)
{
	if (!d->config.ofmf)
		return "none configured";
	return d->ofmf ? ofmf_status(d->ofmf) : "not started";
}

void report_notify(struct daemon *d)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	d->notified = now.tv_sec;
	sd_notifyf(0, "STATUS=%s; %zu resources; OFMF: %s",
		   d->follow ? follow_status(d->follow) : "starting",
		   json_object_size(tree_all(d->tree)), report_ofmf(d));
}

int report_log(sd_event_source *source, const struct signalfd_siginfo *si,
	       void *ctx)
{
	struct daemon *d = ctx;

	log_info("status: %s; %zu nodes at %llu; %zu resources, generation %llu",
		 follow_status(d->follow), model_count(d->model),
		 (unsigned long long)follow_seq(d->follow),
		 json_object_size(tree_all(d->tree)),
		 (unsigned long long)tree_generation(d->tree));
	log_info("status: OFMF: %s", report_ofmf(d));
	report_notify(d);
	return 0;
}

static json_t *on_report(void *ctx)
{
	struct daemon *d = ctx;
	json_t *receivers = json_array();

	if (d->ofmf)
		json_array_append_new(receivers, ofmf_report(d->ofmf));
	return json_pack("{s:s, s:s, s:{s:s, s:I, s:I}, s:{s:I, s:I}, s:o}",
		"version", FABMON_VERSION,
		"host", model_host_get(d->model)->id,
		"kernel", "state", follow_status(d->follow),
		"nodes", (json_int_t)model_count(d->model),
		"seq", (json_int_t)follow_seq(d->follow),
		"tree", "resources",
		(json_int_t)json_object_size(tree_all(d->tree)),
		"generation", (json_int_t)tree_generation(d->tree),
		"receivers", receivers);
}

/* What cannot be asked does its work all the same. */
void report_start(struct daemon *d)
{
	const char *path = d->config.control;
	char *dir = strndup(path, (size_t)(strrchr(path, '/') - path));
	int ret = -ENOMEM;

	if (dir) {
		mkdir(dir, 0750);
		ret = control_open(&d->control, d->event, path, on_report, d);
	}
	free(dir);
	if (ret == -EADDRINUSE)
		log_warning("control: %s is another's: \"fabmon status\" will not ask this fabmond; set control_socket in [daemon]",
			    path);
	else if (ret)
		log_warning("control: %s: %s: \"fabmon status\" will not work; set control_socket in [daemon]",
			    path, strerror(-ret));
}
