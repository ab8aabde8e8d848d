// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The state of fabmond, in three places: in the log on SIGUSR1, in what
 * "systemctl status" shows, and on the control socket for "fabmon status".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "daemon.h"
#include "util/error.h"
#include "util/log.h"

/* The state of an OFMF that subscribes to the EventService, as clients do. */
#define SUBSCRIBES	"subscribes"
#define NOTIFY_USEC	1000000

static const char *kernel_state(const struct daemon *d)
{
	return d->follow ? follow_status(d->follow) : "starting";
}

static uint64_t kernel_seq(const struct daemon *d)
{
	return d->follow ? follow_seq(d->follow) : 0;
}

/* The name of a receiver where its URL is not shown: "rack7 ", or nothing. */
static void print_name(const struct config_ofmf *ofmf, FILE *out)
{
	if (*ofmf->name)
		fprintf(out, "%s ", ofmf->name);
}

static const char *receiver_status(const struct daemon *d, size_t i,
				   bool brief)
{
	if (d->ofmfs[i])
		return ofmf_status(d->ofmfs[i], brief);
	return d->config.ofmfs[i].subscribes ? SUBSCRIBES : "not started";
}

/* ---- the service manager ------------------------------------------------ */

/* The states of several are cut down to what is wrong: there is little room. */
static void print_receivers(const struct daemon *d, FILE *out)
{
	size_t n = d->config.n_ofmfs, i;

	fprintf(out, "OFMF: %s", n ? "" : "none configured");
	for (i = 0; i < n; i++) {
		fputs(i ? "; " : "", out);
		print_name(&d->config.ofmfs[i], out);
		fputs(receiver_status(d, i, n > 1), out);
	}
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000;
}

/* @head: further messages for the service manager, whole lines. */
static void notify_send(struct daemon *d, const char *head)
{
	char *text = NULL;
	size_t size;
	FILE *out;

	d->notified = now_usec();
	out = open_memstream(&text, &size);
	if (!out)
		return;
	fprintf(out, "%sSTATUS=%s; %zu resources; ", head, kernel_state(d),
		json_object_size(tree_all(d->tree)));
	print_receivers(d, out);
	if (!fclose(out))
		sd_notify(0, text);
	free(text);
}

static int on_notify(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct daemon *d = ctx;

	d->notify = sd_event_source_disable_unref(d->notify);
	notify_send(d, "");
	return 0;
}

/* Rarely: each is work for the service manager as well. */
void report_notify(struct daemon *d)
{
	if (d->notify)
		return;
	if (!d->notified || now_usec() >= d->notified + NOTIFY_USEC ||
	    sd_event_add_time(d->event, &d->notify, CLOCK_MONOTONIC,
			      d->notified + NOTIFY_USEC, 0, on_notify, d) < 0)
		notify_send(d, "");
}

void report_ready(struct daemon *d)
{
	notify_send(d, "READY=1\n");
}

/* ---- the log ------------------------------------------------------------ */

static void log_receiver(const struct daemon *d, size_t i)
{
	const struct config_ofmf *c = &d->config.ofmfs[i];

	log_info("status: OFMF%s%s%s%s: %s", *c->name ? " " : "", c->name,
		 c->url ? " " : "", c->url ? c->url : "",
		 receiver_status(d, i, false));
}

static json_t *subscribers(const struct daemon *d)
{
	return d->service ? service_subscribers(d->service) : NULL;
}

static long long number(const json_t *report, const char *key)
{
	return json_integer_value(json_object_get(report, key));
}

static void log_subscribers(const struct daemon *d)
{
	json_t *reports = subscribers(d), *report;
	const char *id, *url, *state;
	size_t i;

	json_array_foreach(reports, i, report) {
		if (json_unpack(report, "{s:s, s:s, s:s}", "subscription", &id,
				"url", &url, "state", &state))
			continue;
		log_info("status: subscription %s %s: %s, %lld queued, drift %lld, %lld failures in a row, %lld dropped",
			 id, url, state, number(report, "queued"),
			 number(report, "drift"), number(report, "failures"),
			 number(report, "dropped"));
	}
	json_decref(reports);
}

int report_log(sd_event_source *source, const struct signalfd_siginfo *si,
	       void *ctx)
{
	struct daemon *d = ctx;
	size_t i;

	log_info("status: %s; %zu nodes at %llu; %zu resources, generation %llu",
		 kernel_state(d), model_count(d->model),
		 (unsigned long long)kernel_seq(d),
		 json_object_size(tree_all(d->tree)),
		 (unsigned long long)tree_generation(d->tree));
	for (i = 0; i < d->config.n_ofmfs; i++)
		log_receiver(d, i);
	if (!i)
		log_info("status: OFMF: none configured");
	log_subscribers(d);
	report_notify(d);
	return 0;
}

/* ---- the control socket ------------------------------------------------- */

static json_t *report_receiver(const struct daemon *d, size_t i)
{
	const struct config_ofmf *c = &d->config.ofmfs[i];
	json_t *report = d->ofmfs[i] ? ofmf_report(d->ofmfs[i]) :
			 json_pack("{s:s, s:s}", "profile", "redfish",
				   "state", receiver_status(d, i, true));

	if (*c->name)
		json_object_set_new(report, "name", json_string(c->name));
	return report;
}

static int add_unwatched(const struct daemon *d, json_t *list,
			 enum model_provider provider)
{
	uint64_t since;

	if (!d->follow || !follow_unwatched(d->follow, provider, &since))
		return 0;
	return json_array_append_new(list, json_pack("{s:s, s:I, s:I}",
		"provider", model_provider_name(provider),
		"since", (json_int_t)(since / 1000000000u),
		"nodes", (json_int_t)model_kept(d->model, provider)));
}

/* Providers whose devices are here and that are not loaded. */
static json_t *report_unwatched(const struct daemon *d)
{
	json_t *list = json_array();
	int p;

	for (p = 0; p < MODEL_PROVIDERS; p++)
		add_unwatched(d, list, p);
	return list;
}

static json_t *on_report(void *ctx)
{
	struct daemon *d = ctx;
	json_t *receivers = json_array(), *others = subscribers(d);
	size_t i;

	for (i = 0; i < d->config.n_ofmfs; i++)
		json_array_append_new(receivers, report_receiver(d, i));
	json_array_extend(receivers, others);
	json_decref(others);
	return json_pack("{s:s, s:s, s:{s:s, s:I, s:I, s:o}, s:{s:I, s:I}, s:o}",
		"version", FABMON_VERSION,
		"host", model_host_get(d->model)->id,
		"kernel", "state", kernel_state(d),
		"nodes", (json_int_t)model_count(d->model),
		"seq", (json_int_t)kernel_seq(d),
		"unwatched", report_unwatched(d),
		"tree", "resources",
		(json_int_t)json_object_size(tree_all(d->tree)),
		"generation", (json_int_t)tree_generation(d->tree),
		"receivers", receivers);
}

/* ---- from start to stop ------------------------------------------------- */

/* The directory of the control socket, where there is none yet. */
static int directory_make(const char *path)
{
	char *dir = strndup(path, (size_t)(strrchr(path, '/') - path));
	int ret = 0;

	if (!dir)
		return error_origin(-ENOMEM, "%s: its directory's name", path);
	if (*dir && mkdir(dir, 0750) && errno != EEXIST)
		ret = error_origin(-errno, "%s: cannot be created", dir);
	free(dir);
	return ret;
}

void report_start(struct daemon *d)
{
	const char *path = d->config.control;
	int ret;

	ret = directory_make(path);
	if (!ret)
		ret = control_open(&d->control, d->event, path, on_report, d);
	if (ret == -EADDRINUSE)
		log_warning("control: another fabmond has %s: \"fabmon status\" will not ask this one; set control_socket in [daemon]",
			    path);
	else if (ret)
		error_log(LOG_WARNING, ret, "control: \"fabmon status\" will not work, set control_socket in [daemon]");
	membership_start(d);
}

void report_stop(struct daemon *d)
{
	membership_stop(d);
	control_close(d->control);
	sd_event_source_disable_unref(d->notify);
}
