// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Leaving and joining by the daemon's own wiring: over the socket that "fabmon
 * leave" asks, and as "fabmond --leave"; and an orderly stop. OFMF_STANDIN names
 * the program of the OFMFs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "daemon_fixture.h"
#include "fixture.h"
#include "tempdir.h"

#define STATE	"Status/State"

/* ---- asking ------------------------------------------------------------- */

static void socket_path(struct daemon_fix *host, char path[static 108])
{
	snprintf(path, 108, "%s/control.admin", host->dir);
}

static int ask(struct daemon_fix *host, const char *text)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	socket_path(host, addr.sun_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

/* The whole of it, at the end of the connection. */
static json_t *answer(struct daemon_fix *host, int fd)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;
	char text[4096];
	size_t len = 0;
	ssize_t n = -1;
	json_t *json;

	while (n && len < sizeof(text) && agent_now_ms() < end) {
		sd_event_run(host->d.event, 5000);
		n = read(fd, text + len, sizeof(text) - len);
		len += n > 0 ? (size_t)n : 0;
	}
	assert_int_equal(n, 0);
	close(fd);
	json = json_loadb(text, len, 0, NULL);
	if (!json)
		fail_msg("no JSON: %.*s", (int)len, text);
	return json;
}

static json_t *asked(struct daemon_fix *host, const char *text)
{
	return answer(host, ask(host, text));
}

static void refused(struct daemon_fix *host, const char *text,
		    const char *why)
{
	json_t *json = asked(host, text);
	const char *error = json_string_value(json_object_get(json, "error"));

	assert_non_null(error);
	if (!strstr(error, why))
		fail_msg("%s: %s", text, error);
	json_decref(json);
}

/* One result, of that OFMF, with that state. */
static void one_result(json_t *json, const char *name, const char *state)
{
	const json_t *all = json_object_get(json, "results");
	const json_t *one = json_array_get(all, 0);

	assert_int_equal(json_array_size(all), 1);
	assert_string_equal(json_string_value(json_object_get(one, "name")),
			    name);
	assert_string_equal(json_string_value(json_object_get(one, "state")),
			    state);
	json_decref(json);
}

/* ---- what the OFMFs have ------------------------------------------------ */

static bool has(struct daemon_fix *host, size_t i, const char *uri)
{
	json_t *json = standin_ask(&host->ofmfs[i]->standin, "GET", uri);
	bool there = json_object_get(json, "@odata.id");

	json_decref(json);
	return there;
}

static void is_out(struct daemon_fix *host, size_t i)
{
	json_t *sources = standin_ask(&host->ofmfs[i]->standin, "GET",
				      OFMF_SOURCES);

	assert_false(has(host, i, FIX_SYSTEM));
	assert_false(has(host, i, FIX_CHASSIS));
	assert_false(has(host, i, FIX_CXL));
	assert_false(has(host, i, host->views[0].method));
	assert_int_equal(json_array_size(json_object_get(sources, "Members")),
			 0);
	json_decref(sources);
}

/* ---- over the socket ---------------------------------------------------- */

static void test_leave_one(void **state)
{
	struct daemon_fix *host = site_of(state);
	char path[108];
	struct stat st;

	report_start(&host->d);
	daemon_fix_settle(host);
	socket_path(host, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	one_result(asked(host, "{\"command\":\"leave\",\"name\":\"rack7\"}\n"),
		   "rack7", "left");
	is_out(host, 1);
	daemon_fix_settle_but(host, 1);
	assert_true(has(host, 0, FIX_SYSTEM));
	one_result(asked(host, "{\"command\":\"leave\",\"name\":\"rack7\"}\n"),
		   "rack7", "left");
	one_result(asked(host, "{\"command\":\"join\",\"name\":\"rack7\"}\n"),
		   "rack7", "member");
	daemon_fix_settle(host);
}

static void test_leave_all(void **state)
{
	struct daemon_fix *host = site_of(state);
	json_t *json;
	size_t i;

	report_start(&host->d);
	daemon_fix_settle(host);
	json = asked(host, "{\"command\":\"leave\"}\n");
	assert_int_equal(json_array_size(json_object_get(json, "results")),
			 OFMFS);
	json_decref(json);
	for (i = 0; i < OFMFS; i++)
		is_out(host, i);
	json_decref(asked(host, "{\"command\":\"join\"}\n"));
	daemon_fix_settle(host);
}

/* Who waits is told that it does not get on; who goes away harms nothing. */
static void test_leave_away(void **state)
{
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 1000000, .ms = 3600 * 1000,
	};
	struct daemon_fix *host = site_of(state);
	char text[128];

	report_start(&host->d);
	daemon_fix_settle(host);
	fault_proxy_rule(host->ofmfs[2]->front, &down);
	close(ask(host, "{\"command\":\"leave\",\"name\":\"b-2\"}\n"));
	one_result(asked(host, "{\"command\":\"leave\",\"name\":\"b-2\"}\n"),
		   "b-2", "leaving");
	fault_proxy_rule(host->ofmfs[2]->front, NULL);
	snprintf(text, sizeof(text), "{\"command\":\"leave\",\"name\":\"%s\"}\n",
		 host->d.config.ofmfs[3].url);
	one_result(asked(host, text), "b-2", "left");
	is_out(host, 2);
}

static void test_nonsense(void **state)
{
	struct daemon_fix *host = site_of(state);
	char text[MEMBERSHIP_LINE + 1];
	int fd[MEMBERSHIP_CLIENTS], i;
	char byte;

	report_start(&host->d);
	refused(host, "\n", "no command");
	refused(host, "{}\n", "no command");
	refused(host, "{\"command\":1}\n", "no command");
	refused(host, "{\"command\":\"leave\",\"name\":7}\n", "no command");
	refused(host, "{\"command\":\"stay\"}\n", "unknown command");
	refused(host, "{\"command\":\"leave\",\"name\":\"x\"}\n", "no section");
	refused(host, "{\"command\":\"leave\",\"name\":\"plain\"}\n",
		"no section");
	refused(host, "{\"command\":\"leave\",\"name\":\"\"}\n", "no section");
	memset(text, 'x', sizeof(text));
	text[MEMBERSHIP_LINE] = '\0';
	refused(host, text, "too long");
	/* those that say nothing take all places, and no more */
	for (i = 0; i < MEMBERSHIP_CLIENTS; i++)
		fd[i] = ask(host, "");
	agent_run(&host->views[0], 50);
	i = ask(host, "");
	agent_run(&host->views[0], 50);
	assert_int_equal(read(i, &byte, 1), 0);
	close(i);
	for (i = 0; i < MEMBERSHIP_CLIENTS; i++)
		close(fd[i]);
	agent_run(&host->views[0], 50);
	refused(host, "{}\n", "no command");
}

/* ---- fabmond --leave ---------------------------------------------------- */

/* As main.c does it, but for the host's own files. */
static int leave_once(struct daemon_fix *host, const char *name)
{
	char path[128], error[256];
	char *argv[] = { "fabmond", "--config", path, "--leave",
			 (char *)name, NULL };
	struct daemon d = { 0 };
	struct model *model = fix_host();
	int ret;

	snprintf(path, sizeof(path), "%s/fabmond.conf", host->dir);
	assert_int_equal(config_load(&d.config, name ? 5 : 4, argv, error,
				     sizeof(error)), 0);
	assert_true(d.config.leave);
	model_identify(model);
	assert_int_equal(sd_event_new(&d.event), 0);
	d.model = model;
	d.tree = tree_new();
	ret = daemon_start_store(&d);
	if (!ret)
		ret = membership_leave(&d);
	receivers_stop(&d);
	tree_free(d.tree);
	store_close(d.store);
	model_free(model);
	sd_event_unref(d.event);
	config_clear(&d.config);
	return ret;
}

static void test_once(void **state)
{
	struct daemon_fix *host = site_of(state);
	static const struct fault_rule down = {
		.fault = FAULT_REFUSE, .count = 1000000, .ms = 3600 * 1000,
	};
	size_t i;

	daemon_fix_settle(host);
	/* while a fabmond has the database */
	assert_int_equal(leave_once(host, NULL), EX_CANTCREAT);
	daemon_fix_stop(host);
	assert_int_equal(leave_once(host, "nobody"), EX_CONFIG);
	assert_int_equal(leave_once(host, "rack7"), 0);
	is_out(host, 1);
	assert_true(has(host, 0, FIX_SYSTEM));
	fault_proxy_rule(host->ofmfs[2]->front, &down);
	assert_int_equal(leave_once(host, NULL), EX_TEMPFAIL);
	is_out(host, 0);
	fault_proxy_rule(host->ofmfs[2]->front, NULL);
	assert_int_equal(leave_once(host, NULL), 0);
	for (i = 0; i < OFMFS; i++)
		is_out(host, i);
	/* and the next start stays out */
	daemon_fix_start(host);
	agent_run(&host->views[0], 300);
	for (i = 0; i < OFMFS; i++) {
		is_out(host, i);
		assert_int_equal(ofmf_membership(host->views[i].ofmf),
				 OFMF_LEFT);
	}
}

/* ---- an orderly stop ---------------------------------------------------- */

static char *state_of(struct daemon_fix *host, size_t i, const char *uri)
{
	json_t *all = standin_ask(&host->ofmfs[i]->standin, "GET",
				  "/standin/tree");
	const json_t *value = fix_at(all, uri, STATE);
	char *text = strdup(value ? json_string_value(value) : "none");

	json_decref(all);
	return text;
}

static void has_state(struct daemon_fix *host, size_t i, const char *uri,
		      const char *want)
{
	char *text = state_of(host, i, uri);

	if (strcmp(text, want))
		fail_msg("%s of OFMF %zu: %s, not %s", uri, i, text, want);
	free(text);
}

/* Returns how long it took, ms. */
static uint64_t stop(struct daemon_fix *host)
{
	uint64_t begin = agent_now_ms();

	assert_true(daemon_on_stop(NULL, NULL, &host->d) >= 0);
	assert_int_equal(daemon_run_loop(&host->d), 0);
	return agent_now_ms() - begin;
}

static void all_online(struct daemon_fix *host)
{
	size_t i;

	for (i = 0; i < OFMFS; i++) {
		has_state(host, i, FIX_SYSTEM, "Enabled");
		has_state(host, i, FIX_CHASSIS, "Enabled");
	}
}

/* Those that want to know have it, whatever they do with events. */
static void test_offline(void **state)
{
	struct daemon_fix *host = site_of(state);
	size_t i;

	daemon_fix_settle(host);
	all_online(host);
	host->d.config.ofmfs[1].offline = true;
	host->d.config.ofmfs[2].offline = true;
	assert_true(stop(host) < 5000);
	for (i = 0; i < OFMFS; i++) {
		const char *want = i < 2 ? "UnavailableOffline" : "Enabled";

		has_state(host, i, FIX_SYSTEM, want);
		has_state(host, i, FIX_CHASSIS, want);
	}
	/* it is registered, and not in the middle of a repair */
	assert_null(host->views[0].ofmf->repair.source);
	daemon_fix_stop(host);
	daemon_fix_start(host);
	daemon_fix_settle(host);
	all_online(host);
}

/* The default: no request, and no time. */
static void test_keep(void **state)
{
	struct daemon_fix *host = site_of(state);

	daemon_fix_settle(host);
	assert_true(stop(host) < 500);
	all_online(host);
}

/* An OFMF that is silent holds the stop up for its time and no longer. */
static void test_offline_silent(void **state)
{
	static const struct fault_rule silent = {
		.fault = FAULT_HANG_BEFORE, .count = 1000000, .ms = 60000,
	};
	struct daemon_fix *host = site_of(state);
	uint64_t ms;

	daemon_fix_settle(host);
	host->views[0].ofmf->timing.get = 60000;
	host->views[0].ofmf->timing.event = 60000;
	host->d.config.ofmfs[1].offline = true;
	fault_proxy_rule(host->ofmfs[0]->front, &silent);
	ms = stop(host);
	assert_in_range(ms, 5900, 9000);
	fault_proxy_rule(host->ofmfs[0]->front, NULL);
	daemon_fix_stop(host);
	daemon_fix_start(host);
	daemon_fix_settle(host);
	all_online(host);
}

int main(void)
{
#define CASE(fn) cmocka_unit_test_setup_teardown(fn, daemon_fix_setup, \
						 daemon_fix_teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_leave_one), CASE(test_leave_all),
		CASE(test_leave_away), CASE(test_nonsense), CASE(test_once),
		CASE(test_offline), CASE(test_keep), CASE(test_offline_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
