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

#include "daemon_fixture.h"
#include "event_bytes.h"
#include "fixture.h"
#include "tempdir.h"
#include "util/log.h"

#define SOURCE	"Oem/Sunfish_RM/ManagingAgent/@odata.id"

/* ---- what the OFMFs have ------------------------------------------------ */

static char *context(struct daemon_fix *host, size_t i)
{
	const char *text = agent_context(&host->views[i]);

	assert_non_null(text);
	return strdup(text);
}

/* The AggregationSource that the OFMF has for us is that of our context. */
static void source_is_ours(struct daemon_fix *host, size_t i)
{
	char path[256], want[256];
	json_t *source;

	snprintf(path, sizeof(path), OFMF_SOURCES "/%s",
		 agent_context(&host->views[i]));
	source = standin_ask(&host->ofmfs[i]->standin, "GET", path);
	snprintf(want, sizeof(want), "http://127.0.0.1:%u%s%s",
		 service_port(host->d.service), *daemon_fix_names[i] ? "/ofmf/" : "",
		 daemon_fix_names[i]);
	assert_string_equal(json_string_value(json_object_get(source,
							      "HostName")),
			    want);
	json_decref(source);
}

/* And what we serve that OFMF names it, as does what the OFMF has. */
static void agent_is_ours(struct daemon_fix *host, size_t i)
{
	char target[256], want[256];
	json_t *seen, *all;
	struct answer *a;

	snprintf(want, sizeof(want), OFMF_SOURCES "/%s",
		 agent_context(&host->views[i]));
	snprintf(target, sizeof(target), "%s%s" FIX_SYSTEM,
		 *daemon_fix_names[i] ? "/ofmf/" : "", daemon_fix_names[i]);
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

static void all_ours(struct daemon_fix *host)
{
	size_t i;

	for (i = 0; i < OFMFS; i++) {
		source_is_ours(host, i);
		agent_is_ours(host, i);
	}
}

/* ---- all is well -------------------------------------------------------- */

static void test_three(void **state)
{
	struct daemon_fix *host = site_of(state);
	char *contexts[OFMFS];
	size_t i, alerts;

	daemon_fix_settle(host);
	all_ours(host);
	for (i = 0; i < OFMFS; i++) {
		contexts[i] = context(host, i);
		assert_int_equal(agent_received(&host->views[i],
					    "AggregationSourceDiscovered",
					    NULL), 1);
	}
	assert_string_not_equal(contexts[0], contexts[1]);
	assert_string_not_equal(contexts[0], contexts[2]);
	assert_string_not_equal(contexts[1], contexts[2]);
	fix_pmem(host->model);
	daemon_fix_publish(host);
	daemon_fix_settle(host);
	daemon_fix_poison(host);
	daemon_fix_settle(host);
	alerts = agent_received(&host->views[0], "Platform.", NULL);
	assert_true(alerts > 0);
	for (i = 1; i < OFMFS; i++)
		assert_int_equal(agent_received(&host->views[i], "Platform.", NULL),
				 alerts);
	all_ours(host);
	for (i = 0; i < OFMFS; i++)
		free(contexts[i]);
}

/* Each has its own in store. */
static void test_restart(void **state)
{
	struct daemon_fix *host = site_of(state);
	char *before[OFMFS];
	size_t i;

	daemon_fix_settle(host);
	for (i = 0; i < OFMFS; i++)
		before[i] = context(host, i);
	daemon_fix_stop(host);
	fix_pmem(host->model);
	daemon_fix_start(host);
	daemon_fix_settle(host);
	/* the port is another, so each received the new address */
	all_ours(host);
	for (i = 0; i < OFMFS; i++) {
		assert_string_equal(agent_context(&host->views[i]), before[i]);
		assert_int_equal(agent_received(&host->views[i],
					    "AggregationSourceDiscovered",
					    NULL), 1);
		free(before[i]);
	}
}

/* ---- one is not well ---------------------------------------------------- */

static void change(struct daemon_fix *host, size_t dead)
{
	uint64_t begin = agent_now_ms();

	fix_pmem(host->model);
	daemon_fix_publish(host);
	daemon_fix_settle_but(host, dead);
	print_message("# %u ms until the others had it\n",
		      (unsigned int)(agent_now_ms() - begin));
	daemon_fix_poison(host);
	daemon_fix_settle_but(host, dead);
}

/* From the first on, or in the middle. */
static void without_one(struct daemon_fix *host, const struct fault_rule *rule,
			size_t dead, bool first)
{
	if (!first)
		daemon_fix_settle(host);
	fault_proxy_rule(host->ofmfs[dead]->front, rule);
	daemon_fix_settle_but(host, dead);
	change(host, dead);
	assert_false(agent_at_rest(&host->views[dead]));
	agent_run(&host->views[dead], 500);
	daemon_fix_settle_but(host, dead);
	/* it is not forgotten */
	fault_proxy_rule(host->ofmfs[dead]->front, NULL);
	daemon_fix_settle(host);
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
	struct daemon_fix *host = site_of(state);
	char *before[OFMFS];
	size_t i;

	daemon_fix_settle(host);
	for (i = 0; i < OFMFS; i++)
		before[i] = context(host, i);
	json_decref(standin_ask(&host->ofmfs[1]->standin, "POST",
				"/ResetResources"));
	fix_pmem(host->model);
	daemon_fix_publish(host);
	daemon_fix_settle(host);
	all_ours(host);
	for (i = 0; i < OFMFS; i++) {
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

static long patch(struct daemon_fix *host, const char *view, const char *text)
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
	struct daemon_fix *host = site_of(state);
	char *before[OFMFS];
	size_t i;

	daemon_fix_settle(host);
	for (i = 0; i < OFMFS; i++)
		before[i] = context(host, i);
	assert_int_equal(patch(host, "", before[1]), 400);
	assert_int_equal(patch(host, "/ofmf/rack7", before[0]), 400);
	assert_int_equal(patch(host, "/ofmf/rack7", before[1]), 200);
	assert_int_equal(patch(host, "/ofmf/plain", before[1]), 404);
	assert_int_equal(patch(host, "/ofmf/nobody", before[1]), 404);
	daemon_fix_settle(host);
	for (i = 0; i < OFMFS; i++) {
		assert_string_equal(agent_context(&host->views[i]), before[i]);
		free(before[i]);
	}
	all_ours(host);
}

/* ---- it can be seen ----------------------------------------------------- */

static json_t *report(struct daemon_fix *host)
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
	struct daemon_fix *host = site_of(state);
	const json_t *one;
	json_t *all;
	size_t i;

	report_start(&host->d);
	daemon_fix_settle(host);
	fault_proxy_rule(host->ofmfs[1]->front, &down);
	fix_pmem(host->model);
	daemon_fix_publish(host);
	daemon_fix_settle_but(host, 1);
	agent_run(&host->views[1], 1200);
	all = report(host);
	assert_int_equal(json_array_size(json_object_get(all, "receivers")),
			 OFMFS + 1);
	one = reported(all, "plain", "redfish", "subscribes");
	assert_null(json_object_get(one, "queued"));
	for (i = 0; i < OFMFS; i++) {
		one = reported(all, daemon_fix_names[i], "sunfish", i == 1 ?
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
	struct daemon_fix *host = site_of(state);
	const char *text;
	unsigned int n;

	daemon_fix_settle(host);
	text = daemon_fix_notified(host);
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
	daemon_fix_notified(host);
	assert_int_equal(host->n_notified, n);
	fault_proxy_rule(host->ofmfs[1]->front, &down);
	fix_pmem(host->model);
	daemon_fix_publish(host);
	daemon_fix_settle_but(host, 1);
	text = daemon_fix_notified(host);
	assert_int_equal(strncmp(text, "STATUS=starting; ", 17), 0);
	assert_non_null(strstr(text, "; registered; rack7 not in touch, "));
	assert_non_null(strstr(text, " queued, "));
	assert_non_null(strstr(text, " failures in a row; b-2 registered"));
	fault_proxy_rule(host->ofmfs[1]->front, NULL);
	daemon_fix_settle(host);
	text = daemon_fix_notified(host);
	assert_non_null(strstr(text, "rack7 registered; b-2 registered"));
}

static void test_signal(void **state)
{
	struct daemon_fix *host = site_of(state);
	char line[256], *text;
	struct capture capture;

	daemon_fix_settle(host);
	fault_proxy_rule(host->ofmfs[2]->front, &down);
	fix_pmem(host->model);
	daemon_fix_publish(host);
	daemon_fix_settle_but(host, 2);
	agent_run(&host->views[2], 300);
	assert_true(sd_event_add_signal(host->d.event, NULL, SIGUSR1,
					report_log, &host->d) >= 0);
	capture_begin(&capture);
	kill(getpid(), SIGUSR1);
	agent_run(&host->views[0], 50);
	text = capture_end(&capture);
	assert_int_equal(capture_lines(text, "status: OFMF"), OFMFS + 1);
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
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, daemon_fix_setup, \
					daemon_fix_teardown)
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
