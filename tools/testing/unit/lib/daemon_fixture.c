// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The daemon with several OFMFs: see daemon_fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon_fixture.h"
#include "event_bytes.h"
#include "fixture.h"
#include "tempdir.h"
#include "util/log.h"

const char *const daemon_fix_names[OFMFS] = { "", "rack7", "b-2" };

static void configure(struct daemon_fix *host)
{
	char text[2048], path[128], error[256];
	char *argv[] = { "fabmond", "--config", path, NULL };
	size_t i, n;

	n = (size_t)snprintf(text, sizeof(text),
			     "[service]\nlisten = 127.0.0.1:0\n"
			     "[daemon]\nstate_dir = %s\n"
			     "control_socket = %s/control\n"
			     "[ofmf plain]\nprofile = redfish\n",
			     host->dir, host->dir);
	for (i = 0; i < OFMFS; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "[ofmf%s%s]\nurl = http://127.0.0.1:%d\n"
				      "reconcile_interval = 0\n"
				      "register_spread = 0\n",
				      *daemon_fix_names[i] ? " " : "", daemon_fix_names[i],
				      fault_proxy_port(host->ofmfs[i]->front));
	tempdir_write(host->dir, "fabmond.conf", text);
	snprintf(path, sizeof(path), "%s/fabmond.conf", host->dir);
	if (config_load(&host->d.config, 3, argv, error, sizeof(error)))
		fail_msg("%s", error);
}

void daemon_fix_publish(struct daemon_fix *host)
{
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	model_identify(host->model);
	assert_true(publish_tree(host->d.publish,
				 (uint64_t)now.tv_sec * 1000000000u +
				 (uint64_t)now.tv_nsec) >= 0);
	for (i = 0; i < OFMFS; i++)
		host->views[i].resources = (json_t *)tree_all(host->d.tree);
}

static void notify_open(struct daemon_fix *host)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/notify", host->dir);
	host->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC |
			     SOCK_NONBLOCK, 0);
	assert_int_equal(bind(host->notify, (struct sockaddr *)&addr,
			      sizeof(addr)), 0);
	setenv("NOTIFY_SOCKET", addr.sun_path, 1);
}

static int on_notified(sd_event_source *source, int fd, uint32_t events,
		       void *ctx)
{
	struct daemon_fix *host = ctx;
	ssize_t n = recv(fd, host->notified, sizeof(host->notified) - 1, 0);

	host->notified[n < 0 ? 0 : n] = '\0';
	host->n_notified++;
	return 0;
}

/* A health event, of which each OFMF gets an alert. */
void daemon_fix_poison(struct daemon_fix *host)
{
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_POISON, 0);
	struct model_stamp now = { .instance = 3, .seq = 1, .boottime = 1 };

	event.device = (char *)"mem0";
	event_pack(&event);
	assert_true(model_health(host->model, &event, 0, &now));
	daemon_fix_publish(host);
}

/* As main.c does it, but for the kernel. */
void daemon_fix_start(struct daemon_fix *host)
{
	static const struct ofmf_timing timing = {
		.base = 5000, .cap = 80000,
		.quiet = 500, .latest = 10000, .calm = 1000000,
		.backoff = { 1000, 2000, 4000 }, .recompare = 20000,
		.get = 400, .event = 400, .handshake = 1000, .crawl = 5000,
		.tries = 5,
	};
	struct daemon *d = &host->d;
	char *method = rf_connection_method_uri(host->model);
	size_t i;

	configure(host);
	assert_int_equal(sd_event_new(&d->event), 0);
	assert_true(sd_event_add_io(d->event, NULL, host->notify, EPOLLIN,
				    on_notified, host) >= 0);
	d->model = host->model;
	d->tree = tree_new();
	assert_int_equal(daemon_start_store(d), 0);
	assert_int_equal(daemon_start_publish(d), 0);
	daemon_fix_publish(host);
	assert_int_equal(daemon_start_service(d), 0);
	assert_int_equal(receivers_start(d), 0);
	assert_null(d->ofmfs[0]);	/* the one that subscribes */
	for (i = 0; i < OFMFS; i++) {
		struct agent *view = &host->views[i];

		view->event = d->event;
		view->standin = &host->ofmfs[i]->standin;
		view->ofmf = d->ofmfs[i + 1];
		view->ofmf->timing = timing;
		snprintf(view->method, sizeof(view->method), "%s", method);
		snprintf(view->name, sizeof(view->name), "%zu", i);
	}
	free(method);
}

void daemon_fix_stop(struct daemon_fix *host)
{
	struct daemon *d = &host->d;

	report_stop(d);
	receivers_stop(d);
	service_stop(d->service);
	publish_free(d->publish);
	tree_free(d->tree);
	store_close(d->store);
	sd_event_unref(d->event);
	config_clear(&d->config);
	memset(d, 0, sizeof(*d));
}

/* What the service manager received last, once it could be notified. */
const char *daemon_fix_notified(struct daemon_fix *host)
{
	agent_run(&host->views[0], 1400);
	return host->notified;
}

int daemon_fix_setup(void **state)
{
	struct daemon_fix *host;
	size_t i;

	*state = NULL;
	if (!standin_program())
		return 0;
	host = calloc(1, sizeof(*host));
	assert_non_null(host);
	*state = host;
	host->dir = tempdir_make();
	for (i = 0; i < OFMFS; i++)
		host->ofmfs[i] = site_new(i == 1, true);
	host->model = fix_host();
	fix_hca(host->model);
	fix_cxl(host->model);
	notify_open(host);
	daemon_fix_start(host);
	return 0;
}

int daemon_fix_teardown(void **state)
{
	struct daemon_fix *host = *state;
	size_t i;

	if (!host)
		return 0;
	daemon_fix_stop(host);
	model_free(host->model);
	for (i = 0; i < OFMFS; i++)
		site_free(host->ofmfs[i]);
	unsetenv("NOTIFY_SOCKET");
	close(host->notify);
	tempdir_remove(host->dir);
	free(host);
	return 0;
}

/* The reference does not take over what changed. */
static void settle(struct daemon_fix *host, size_t i)
{
	struct site *ofmf = host->ofmfs[i];

	site_settle_as(ofmf, &host->views[i], site_view(ofmf));
}

void daemon_fix_settle_but(struct daemon_fix *host, size_t dead)
{
	size_t i;

	for (i = 0; i < OFMFS; i++)
		if (i != dead)
			settle(host, i);
}
