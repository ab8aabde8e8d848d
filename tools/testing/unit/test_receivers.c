// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Several OFMFs at once: the daemon's own wiring from the configuration to the
 * service, with a projected host, against stand-ins of both kinds. What happens
 * to one of them is no matter of the others. OFMF_STANDIN names the program.
 */
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

#include "daemon.h"
#include "event_bytes.h"
#include "fixture.h"
#include "http_call.h"
#include "site.h"
#include "tempdir.h"
#include "util/log.h"

#define N	3		/* that the host registers with */
#define SOURCE	"Oem/Sunfish_RM/ManagingAgent/@odata.id"

static const char *const names[N] = { "", "rack7", "b-2" };

/**
 * struct host - a daemon and its OFMFs
 * @ofmfs: each with a proxy between, and without an agent
 * @views: each as the tests of one OFMF know it
 * @notify: the service manager's socket
 * @notified: what it received last, of @n_notified times
 */
struct host {
	struct daemon d;
	struct model *model;
	struct site *ofmfs[N];
	struct agent views[N];
	char *dir;
	int notify;
	char notified[4096];
	unsigned int n_notified;
};

/* ---- the daemon --------------------------------------------------------- */

static void configure(struct host *host)
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
	for (i = 0; i < N; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "[ofmf%s%s]\nurl = http://127.0.0.1:%d\n"
				      "reconcile_interval = 0\n"
				      "register_spread = 0\n",
				      *names[i] ? " " : "", names[i],
				      fault_proxy_port(host->ofmfs[i]->front));
	tempdir_write(host->dir, "fabmond.conf", text);
	snprintf(path, sizeof(path), "%s/fabmond.conf", host->dir);
	if (config_load(&host->d.config, 3, argv, error, sizeof(error)))
		fail_msg("%s", error);
}

static void publish(struct host *host)
{
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	model_identify(host->model);
	assert_true(publish_tree(host->d.publish,
				 (uint64_t)now.tv_sec * 1000000000u +
				 (uint64_t)now.tv_nsec) >= 0);
	for (i = 0; i < N; i++)
		host->views[i].resources = (json_t *)tree_all(host->d.tree);
}

static void notify_open(struct host *host)
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
	struct host *host = ctx;
	ssize_t n = recv(fd, host->notified, sizeof(host->notified) - 1, 0);

	host->notified[n < 0 ? 0 : n] = '\0';
	host->n_notified++;
	return 0;
}

/* A health event, of which each OFMF gets an alert. */
static void poison(struct host *host)
{
	struct knl_event event = event_of_type(FABMON_EVENT_TYPE_POISON, 0);
	struct model_stamp now = { .instance = 3, .seq = 1, .boottime = 1 };

	event.device = (char *)"mem0";
	event_pack(&event);
	assert_true(model_health(host->model, &event, 0, &now));
	publish(host);
}

/* As main.c does it, but for the kernel. */
static void start(struct host *host)
{
	static const struct ofmf_timing timing = {
		.base = 5000, .cap = 80000, .repair = 1000,
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
	publish(host);
	assert_int_equal(daemon_start_service(d), 0);
	assert_int_equal(receivers_start(d), 0);
	assert_null(d->ofmfs[0]);	/* the one that subscribes */
	for (i = 0; i < N; i++) {
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

static void stop(struct host *host)
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
static const char *notified(struct host *host)
{
	agent_run(&host->views[0], 1400);
	return host->notified;
}

static int setup(void **state)
{
	struct host *host;
	size_t i;

	*state = NULL;
	if (!standin_program())
		return 0;
	host = calloc(1, sizeof(*host));
	assert_non_null(host);
	*state = host;
	host->dir = tempdir_make();
	for (i = 0; i < N; i++)
		host->ofmfs[i] = site_new(i == 1, true);
	host->model = fix_host();
	fix_hca(host->model);
	fix_cxl(host->model);
	notify_open(host);
	start(host);
	return 0;
}

static int teardown(void **state)
{
	struct host *host = *state;
	size_t i;

	if (!host)
		return 0;
	stop(host);
	model_free(host->model);
	for (i = 0; i < N; i++)
		site_free(host->ofmfs[i]);
	unsetenv("NOTIFY_SOCKET");
	close(host->notify);
	tempdir_remove(host->dir);
	free(host);
	return 0;
}

/* ---- what the OFMFs have ------------------------------------------------ */

/* The reference does not take over what changed. */
static void settle(struct host *host, size_t i)
{
	struct site *ofmf = host->ofmfs[i];

	site_settle_as(ofmf, &host->views[i], site_view(ofmf));
}

static void settle_but(struct host *host, size_t dead)
{
	size_t i;

	for (i = 0; i < N; i++)
		if (i != dead)
			settle(host, i);
}

#define settle_all(host)	settle_but(host, N)

static char *context(struct host *host, size_t i)
{
	const char *text = agent_context(&host->views[i]);

	assert_non_null(text);
	return strdup(text);
}

/* The AggregationSource that the OFMF has for us is that of our context. */
static void source_is_ours(struct host *host, size_t i)
{
	char path[256], want[256];
	json_t *source;

	snprintf(path, sizeof(path), OFMF_SOURCES "/%s",
		 agent_context(&host->views[i]));
	source = standin_ask(&host->ofmfs[i]->standin, "GET", path);
	snprintf(want, sizeof(want), "http://127.0.0.1:%u%s%s",
		 service_port(host->d.service), *names[i] ? "/ofmf/" : "",
		 names[i]);
	assert_string_equal(json_string_value(json_object_get(source,
							      "HostName")),
			    want);
	json_decref(source);
}

/* And what we serve that OFMF names it, as does what the OFMF has. */
static void agent_is_ours(struct host *host, size_t i)
{
	char target[256], want[256];
	json_t *seen, *all;
	struct answer *a;

	snprintf(want, sizeof(want), OFMF_SOURCES "/%s",
		 agent_context(&host->views[i]));
	snprintf(target, sizeof(target), "%s%s" FIX_SYSTEM,
		 *names[i] ? "/ofmf/" : "", names[i]);
	a = http_call(host->d.event, service_port(host->d.service), "GET",
		      target, NULL, NULL, 0);
	assert_int_equal(a->status, 200);
	seen = json_pack("{s:O}", "r", a->json);
	assert_string_equal(fix_str(seen, "r", SOURCE), want);
	json_decref(seen);
	answer_free(a);
	all = standin_ask(&host->ofmfs[i]->standin, "GET", "/standin/tree");
	assert_string_equal(fix_str(all, FIX_SYSTEM, SOURCE), want);
	json_decref(all);
}

static void all_ours(struct host *host)
{
	size_t i;

	for (i = 0; i < N; i++) {
		source_is_ours(host, i);
		agent_is_ours(host, i);
	}
}

/* ---- all is well -------------------------------------------------------- */

static void test_three(void **state)
{
	struct host *host = site_of(state);
	char *contexts[N];
	size_t i, alerts;

	settle_all(host);
	all_ours(host);
	for (i = 0; i < N; i++) {
		contexts[i] = context(host, i);
		assert_int_equal(agent_received(&host->views[i],
					    "AggregationSourceDiscovered",
					    NULL), 1);
	}
	assert_string_not_equal(contexts[0], contexts[1]);
	assert_string_not_equal(contexts[0], contexts[2]);
	assert_string_not_equal(contexts[1], contexts[2]);
	fix_pmem(host->model);
	publish(host);
	settle_all(host);
	poison(host);
	settle_all(host);
	alerts = agent_received(&host->views[0], "Platform.", NULL);
	assert_true(alerts > 0);
	for (i = 1; i < N; i++)
		assert_int_equal(agent_received(&host->views[i], "Platform.", NULL),
				 alerts);
	all_ours(host);
	for (i = 0; i < N; i++)
		free(contexts[i]);
}

/* Each has its own in store. */
static void test_restart(void **state)
{
	struct host *host = site_of(state);
	char *before[N];
	size_t i;

	settle_all(host);
	for (i = 0; i < N; i++)
		before[i] = context(host, i);
	stop(host);
	fix_pmem(host->model);
	start(host);
	settle_all(host);
	/* the port is another, so each received the new address */
	all_ours(host);
	for (i = 0; i < N; i++) {
		assert_string_equal(agent_context(&host->views[i]), before[i]);
		assert_int_equal(agent_received(&host->views[i],
					    "AggregationSourceDiscovered",
					    NULL), 1);
		free(before[i]);
	}
}

/* ---- one is not well ---------------------------------------------------- */

static void change(struct host *host, size_t dead)
{
	uint64_t begin = agent_now_ms();

	fix_pmem(host->model);
	publish(host);
	settle_but(host, dead);
	print_message("# %u ms until the others had it\n",
		      (unsigned int)(agent_now_ms() - begin));
	poison(host);
	settle_but(host, dead);
}

/* From the first on, or in the middle. */
static void without_one(struct host *host, const struct fault_rule *rule,
			size_t dead, bool first)
{
	if (!first)
		settle_all(host);
	fault_proxy_rule(host->ofmfs[dead]->front, rule);
	settle_but(host, dead);
	change(host, dead);
	assert_false(agent_at_rest(&host->views[dead]));
	agent_run(&host->views[dead], 500);
	settle_but(host, dead);
	/* it is not forgotten */
	fault_proxy_rule(host->ofmfs[dead]->front, NULL);
	settle_all(host);
	all_ours(host);
	assert_int_equal(agent_received(&host->views[dead], "Platform.", NULL) > 0,
			 true);
}

static const struct fault_rule down = {
	.fault = FAULT_REFUSE, .count = 1, .ms = 3600 * 1000,
}, silent = {
	.fault = FAULT_HANG_BEFORE, .count = 1000000, .ms = 60000,
}, slow = {
	.fault = FAULT_HANG_AFTER, .count = 1000000, .ms = 60000,
}, ill = {
	.fault = FAULT_500, .count = 1000000,
}, babble = {
	.fault = FAULT_GARBAGE, .count = 1000000,
};

static void test_dead(void **state)
{
	without_one(site_of(state), &down, 1, true);
}

static void test_dies(void **state)
{
	without_one(site_of(state), &down, 0, false);
}

static void test_silent(void **state)
{
	without_one(site_of(state), &silent, 0, true);
}

static void test_falls_silent(void **state)
{
	without_one(site_of(state), &silent, 1, false);
}

static void test_slow(void **state)
{
	without_one(site_of(state), &slow, 2, false);
}

static void test_ill(void **state)
{
	without_one(site_of(state), &ill, 2, true);
}

static void test_babble(void **state)
{
	without_one(site_of(state), &babble, 1, false);
}

/* One gives us another context: what the others see stays. */
static void test_wiped(void **state)
{
	struct host *host = site_of(state);
	char *before[N];
	size_t i;

	settle_all(host);
	for (i = 0; i < N; i++)
		before[i] = context(host, i);
	json_decref(standin_ask(&host->ofmfs[1]->standin, "POST",
				"/ResetResources"));
	fix_pmem(host->model);
	publish(host);
	settle_all(host);
	all_ours(host);
	for (i = 0; i < N; i++) {
		if (i == 1)
			assert_string_not_equal(agent_context(&host->views[i]),
						before[i]);
		else
			assert_string_equal(agent_context(&host->views[i]),
					    before[i]);
		assert_int_equal(agent_received(&host->views[i],
					    "AggregationSourceDiscovered",
					    NULL), i == 1 ? 2 : 1);
		free(before[i]);
	}
}

static long patch(struct host *host, const char *view, const char *text)
{
	static const char *const headers[] = {
		"Content-Type: application/json", NULL
	};
	char target[128], body[256];
	struct answer *a;
	long status;

	snprintf(target, sizeof(target), "%s" RF_SUBSCRIPTION_URI, view);
	snprintf(body, sizeof(body), "{\"Context\": \"%s\"}", text);
	a = http_call(host->d.event, service_port(host->d.service), "PATCH",
		      target, headers, body, strlen(body));
	status = a->status;
	answer_free(a);
	return status;
}

/* What one of them knows us by is not taken from another. */
static void test_mixed_up(void **state)
{
	struct host *host = site_of(state);
	char *before[N];
	size_t i;

	settle_all(host);
	for (i = 0; i < N; i++)
		before[i] = context(host, i);
	assert_int_equal(patch(host, "", before[1]), 400);
	assert_int_equal(patch(host, "/ofmf/rack7", before[0]), 400);
	assert_int_equal(patch(host, "/ofmf/rack7", before[1]), 200);
	assert_int_equal(patch(host, "/ofmf/plain", before[1]), 404);
	assert_int_equal(patch(host, "/ofmf/nobody", before[1]), 404);
	settle_all(host);
	for (i = 0; i < N; i++) {
		assert_string_equal(agent_context(&host->views[i]), before[i]);
		free(before[i]);
	}
	all_ours(host);
}

/* ---- it can be seen ----------------------------------------------------- */

static json_t *report(struct host *host)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	json_t *json;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/control", host->dir);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	agent_run(&host->views[0], 50);
	json = json_loadfd(fd, 0, NULL);
	assert_non_null(json);
	close(fd);
	return json;
}

/* The receiver's report; @state may be NULL. */
static const json_t *reported(const json_t *report, const char *name,
			      const char *profile, const char *state)
{
	const json_t *list = json_object_get(report, "receivers");
	const char *text;
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one) {
		text = json_string_value(json_object_get(one, "name"));
		if (strcmp(text ? text : "", name))
			continue;
		assert_string_equal(json_string_value(json_object_get(one,
							"profile")), profile);
		if (state)
			assert_string_equal(json_string_value(
				json_object_get(one, "state")), state);
		return one;
	}
	fail_msg("no receiver '%s'", name);
	return NULL;
}

static json_int_t number(const json_t *report, const char *key)
{
	const json_t *value = json_object_get(report, key);

	if (!json_is_integer(value))
		fail_msg("no number %s", key);
	return json_integer_value(value);
}

static void test_report(void **state)
{
	struct host *host = site_of(state);
	const json_t *one;
	json_t *all;
	size_t i;

	report_start(&host->d);
	settle_all(host);
	fault_proxy_rule(host->ofmfs[1]->front, &down);
	fix_pmem(host->model);
	publish(host);
	settle_but(host, 1);
	agent_run(&host->views[1], 1200);
	all = report(host);
	assert_int_equal(json_array_size(json_object_get(all, "receivers")),
			 N + 1);
	one = reported(all, "plain", "redfish", "subscribes");
	assert_null(json_object_get(one, "queued"));
	for (i = 0; i < N; i++) {
		one = reported(all, names[i], "sunfish", i == 1 ?
			       "not in touch" : "registered");
		assert_non_null(json_object_get(one, "url"));
		assert_int_equal(number(one, "queued") > 0, i == 1);
		assert_int_equal(number(one, "drift") > 0, i == 1);
		assert_int_equal(number(one, "failures") > 0, i == 1);
		assert_true(number(one, "success_s") < 60);
		if (i == 1)
			assert_in_range(number(one, "oldest_s"), 1, 60);
	}
	json_decref(all);
}

static void test_notify(void **state)
{
	struct host *host = site_of(state);
	const char *text;
	unsigned int n;

	settle_all(host);
	text = notified(host);
	assert_non_null(strstr(text, "OFMF: plain subscribes; registered; "
			       "rack7 registered; b-2 registered"));
	report_ready(&host->d);
	agent_run(&host->views[0], 50);
	assert_int_equal(strncmp(host->notified,
				 "READY=1\nSTATUS=starting; ", 25),
			 0);
	/* idle is idle, and a start of three is no storm */
	n = host->n_notified;
	assert_in_range(n, 1, 10);
	notified(host);
	assert_int_equal(host->n_notified, n);
	fault_proxy_rule(host->ofmfs[1]->front, &down);
	fix_pmem(host->model);
	publish(host);
	settle_but(host, 1);
	text = notified(host);
	assert_int_equal(strncmp(text, "STATUS=starting; ", 17), 0);
	assert_non_null(strstr(text, "; registered; rack7 not in touch, "));
	assert_non_null(strstr(text, " queued, "));
	assert_non_null(strstr(text, " failures in a row; b-2 registered"));
	fault_proxy_rule(host->ofmfs[1]->front, NULL);
	settle_all(host);
	text = notified(host);
	assert_non_null(strstr(text, "rack7 registered; b-2 registered"));
}

static void test_signal(void **state)
{
	struct host *host = site_of(state);
	char line[256], *text;
	struct capture capture;

	settle_all(host);
	fault_proxy_rule(host->ofmfs[2]->front, &down);
	fix_pmem(host->model);
	publish(host);
	settle_but(host, 2);
	agent_run(&host->views[2], 300);
	assert_true(sd_event_add_signal(host->d.event, NULL, SIGUSR1,
					report_log, &host->d) >= 0);
	capture_begin(&capture);
	kill(getpid(), SIGUSR1);
	agent_run(&host->views[0], 50);
	text = capture_end(&capture);
	assert_int_equal(capture_lines(text, "status: OFMF"), N + 1);
	assert_int_equal(capture_lines(text, "status: OFMF plain: subscribes"),
			 1);
	snprintf(line, sizeof(line),
		 "status: OFMF %s: registered as %s, 0 queued, drift 0, 0 failures in a row, last success 2",
		 host->d.config.ofmfs[1].url, agent_context(&host->views[0]));
	assert_int_equal(capture_lines(text, line), 1);
	snprintf(line, sizeof(line),
		 "status: OFMF b-2 %s: registered as %s, not in touch, ",
		 host->d.config.ofmfs[3].url, agent_context(&host->views[2]));
	assert_int_equal(capture_lines(text, line), 1);
	assert_int_equal(capture_lines(text, ", the oldest since 2"), 1);
	free(text);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_three), CASE(test_restart), CASE(test_dead),
		CASE(test_dies), CASE(test_silent), CASE(test_falls_silent),
		CASE(test_slow), CASE(test_ill), CASE(test_babble),
		CASE(test_wiped), CASE(test_mixed_up), CASE(test_report),
		CASE(test_notify), CASE(test_signal),
	};

	sigset_t mask;

	signal(SIGPIPE, SIG_IGN);
	/* before the proxies have threads that could take it */
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
