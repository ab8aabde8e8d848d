// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Whole hosts, as they are on file, at an OFMF: each by itself, all of them at
 * one, and again after a restart. GOLDEN_HOSTS is another directory of hosts.
 *
 * Also for the reference server itself: tools/testing/ofmf/reference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "site.h"

#define HOSTS_MIN	12
#define HOSTS_MAX	64
#define LIMIT		60000	/* ms; the reference reads ten resources a second */

/**
 * struct place - one host at the OFMF
 * @name: of its directory
 * @agent: NULL where it is not there
 */
struct place {
	char name[64];
	struct golden_host host;
	struct agent *agent;
};

struct hosts {
	struct site *site;
	struct place places[HOSTS_MAX];
	size_t n;
};

static const char *hosts_dir(void)
{
	const char *dir = getenv("GOLDEN_HOSTS");

	return dir ? dir : "tools/testing/golden/hosts";
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct place *)a)->name,
		      ((const struct place *)b)->name);
}

static void find_hosts(struct hosts *hosts)
{
	DIR *stream = opendir(hosts_dir());
	struct dirent *entry;

	assert_non_null(stream);
	while ((entry = readdir(stream)) && hosts->n < HOSTS_MAX)
		if (*entry->d_name != '.')
			snprintf(hosts->places[hosts->n++].name,
				 sizeof(hosts->places->name), "%.63s",
				 entry->d_name);
	closedir(stream);
	assert_in_range(hosts->n, HOSTS_MIN, HOSTS_MAX - 1);
	qsort(hosts->places, hosts->n, sizeof(*hosts->places), by_name);
}

static int setup(void **state, bool conformant, enum ofmf_resync resync)
{
	struct site *site = site_new(conformant, false);
	struct hosts *hosts;

	*state = NULL;
	if (!site)
		return 0;
	site->resync = resync;
	site->limit = LIMIT;
	hosts = calloc(1, sizeof(*hosts));
	assert_non_null(hosts);
	hosts->site = site;
	find_hosts(hosts);
	*state = hosts;
	return 0;
}

static int setup_reference(void **state)
{
	return setup(state, false, OFMF_RESYNC_NONE);
}

static int setup_repair(void **state)
{
	return setup(state, false, OFMF_RESYNC_DETACH);
}

static int setup_conformant(void **state)
{
	return setup(state, true, OFMF_RESYNC_NONE);
}

static void place_load(struct hosts *hosts, struct place *place)
{
	struct agent *agent = site_add(hosts->site, place->name);
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", hosts_dir(), place->name);
	assert_int_equal(golden_host_load(&place->host, path), 0);
	assert_int_equal(golden_host_read(&place->host), 0);
	agent->timing.get = LIMIT;
	agent->timing.event = LIMIT;
	agent->timing.handshake = LIMIT;
	agent->timing.crawl = LIMIT;
	agent_model(agent, place->host.model);
	place->agent = agent;
}

static void place_stop(struct hosts *hosts, struct place *place)
{
	if (!place->agent)
		return;
	site_remove(hosts->site, place->agent);
	golden_host_clear(&place->host);
	place->agent = NULL;
}

static int teardown(void **state)
{
	struct hosts *hosts = *state;
	size_t i;

	if (!hosts)
		return 0;
	for (i = 0; i < hosts->n; i++)
		place_stop(hosts, &hosts->places[i]);
	site_free(hosts->site);
	free(hosts);
	return 0;
}

/* Contents also of an OFMF that does not follow: nothing changes here. */
static int settle(struct hosts *hosts, struct place *place)
{
	return site_settle_as(hosts->site, place->agent, AGENT_CONTENTS);
}

static void restart(struct hosts *hosts, struct place *place)
{
	char *context = strdup(agent_context(place->agent));

	agent_stop(place->agent);
	assert_int_equal(agent_start(place->agent), 0);
	settle(hosts, place);
	assert_string_equal(context, agent_context(place->agent));
	assert_int_equal(agent_received(place->agent,
				    "AggregationSourceDiscovered", NULL), 1);
	free(context);
}

static void test_each(void **state)
{
	struct hosts *hosts = site_of(state);
	int ms, again;
	size_t i;

	for (i = 0; i < hosts->n; i++) {
		struct place *place = &hosts->places[i];
		uint64_t begin;

		standin_stop(&hosts->site->standin);
		hosts->site->standin.port = 0;
		standin_start(&hosts->site->standin);
		place_load(hosts, place);
		assert_int_equal(agent_start(place->agent), 0);
		ms = settle(hosts, place);
		begin = agent_now_ms();
		restart(hosts, place);
		again = (int)(agent_now_ms() - begin);
		print_message("# %s: %zu resources, %d ms, %d ms again\n",
			      place->name,
			      json_object_size(place->agent->resources), ms,
			      again);
		place_stop(hosts, place);
	}
}

static const struct place *same_host(const struct hosts *hosts, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (hosts->places[i].agent &&
		    !strcmp(hosts->places[i].agent->method,
			    hosts->places[n].agent->method))
			return &hosts->places[i];
	return NULL;
}

/* One after the other; those before stay what they are. */
static void test_all(void **state)
{
	struct hosts *hosts = site_of(state);
	size_t i, n = 0;

	for (i = 0; i < hosts->n; i++) {
		place_load(hosts, &hosts->places[i]);
		if (same_host(hosts, i)) {
			place_stop(hosts, &hosts->places[i]);
			continue;
		}
		n++;
		assert_int_equal(agent_start(hosts->places[i].agent), 0);
		settle(hosts, &hosts->places[i]);
	}
	for (i = 0; i < hosts->n; i++)
		if (hosts->places[i].agent)
			settle(hosts, &hosts->places[i]);
	print_message("# %zu hosts at one OFMF\n", n);
	assert_true(n >= 2);
}

/*
 * Hosts on file that are the same one, with other hardware each: it lost its
 * store every time.
 */
static void test_rebuilt(void **state)
{
	struct hosts *hosts = site_of(state);
	char method[sizeof(hosts->places->agent->method)] = "";
	size_t i, n = 0;

	for (i = 0; i < hosts->n; i++) {
		struct place *place = &hosts->places[i];

		place_load(hosts, place);
		if (!n)
			strcpy(method, place->agent->method);
		if (!strcmp(method, place->agent->method)) {
			n++;
			assert_int_equal(agent_start(place->agent), 0);
			settle(hosts, place);
		}
		place_stop(hosts, place);
	}
	print_message("# %zu times\n", n);
	assert_true(n >= 2);
}

/* Endpoints that the OFMF left out of the fabric's collection. */
static void test_left_out(void **state)
{
	struct hosts *hosts = site_of(state);
	struct place *place = hosts->places;
	char path[256], why[512];
	const char *uri;
	json_t *value;
	unsigned int n = 0;

	while (strcmp(place->name, "rxe"))
		assert_true(++place < hosts->places + hosts->n);
	place_load(hosts, place);
	place->agent->reconcile = 1;
	assert_int_equal(agent_start(place->agent), 0);
	settle(hosts, place);
	json_object_foreach(place->agent->resources, uri, value) {
		if (!strstr(uri, "/Endpoints/"))
			continue;
		n++;
		snprintf(path, sizeof(path), "/standin/lose%s", uri);
		json_decref(standin_ask(&hosts->site->standin, "POST", path));
	}
	assert_true(n > 0);
	assert_true(agent_differs(place->agent, AGENT_NAMES, why,
				  sizeof(why)));
	settle(hosts, place);
}

int main(void)
{
#define CASE(fn) \
	{ #fn " (reference)", fn, setup_reference, teardown, NULL }, \
	{ #fn " (repair)", fn, setup_repair, teardown, NULL }, \
	{ #fn " (conformant)", fn, setup_conformant, teardown, NULL }
	const struct CMUnitTest tests[] = {
		CASE(test_each), CASE(test_all),
		/* the reference lets nobody remove, unless it is made to */
		{ "test_rebuilt (repair)", test_rebuilt, setup_repair, teardown,
		  NULL },
		{ "test_left_out (repair)", test_left_out, setup_repair,
		  teardown, NULL },
		{ "test_rebuilt (conformant)", test_rebuilt, setup_conformant,
		  teardown, NULL },
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
