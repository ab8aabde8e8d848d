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

#include "agent.h"
#include "golden.h"
#include "tempdir.h"

#define HOSTS_MIN	12
#define HOSTS_MAX	64
#define LIMIT		60000	/* ms; the reference reads ten resources a second */

/**
 * struct place - one host at the OFMF
 * @name: of its directory
 */
struct place {
	char name[64];
	struct golden_host host;
	struct agent agent;
	bool there;
};

struct rig {
	struct standin standin;
	sd_event *event;
	enum ofmf_resync resync;
	struct place places[HOSTS_MAX];
	size_t n;
	char why[512];
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

static void find_hosts(struct rig *rig)
{
	DIR *stream = opendir(hosts_dir());
	struct dirent *entry;

	assert_non_null(stream);
	while ((entry = readdir(stream)) && rig->n < HOSTS_MAX)
		if (*entry->d_name != '.')
			snprintf(rig->places[rig->n++].name,
				 sizeof(rig->places->name), "%.63s",
				 entry->d_name);
	closedir(stream);
	assert_in_range(rig->n, HOSTS_MIN, HOSTS_MAX - 1);
	qsort(rig->places, rig->n, sizeof(*rig->places), by_name);
}

static int rig_new(void **state, bool conformant, enum ofmf_resync resync)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	*state = rig;
	if (!standin_program())
		return 0;
	rig->standin.conformant = conformant;
	rig->resync = resync;
	find_hosts(rig);
	return sd_event_new(&rig->event);
}

static int setup_reference(void **state)
{
	return rig_new(state, false, OFMF_RESYNC_NONE);
}

static int setup_repair(void **state)
{
	return rig_new(state, false, OFMF_RESYNC_DETACH);
}

static int setup_conformant(void **state)
{
	return rig_new(state, true, OFMF_RESYNC_NONE);
}

static void place_load(struct rig *rig, struct place *place)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", hosts_dir(), place->name);
	assert_int_equal(golden_host_load(&place->host, path), 0);
	assert_int_equal(golden_host_read(&place->host), 0);
	agent_init(&place->agent, rig->event, &rig->standin, place->name,
		   tempdir_make());
	place->agent.resync = rig->resync;
	place->agent.timing.get = LIMIT;
	place->agent.timing.event = LIMIT;
	place->agent.timing.handshake = LIMIT;
	place->agent.timing.crawl = LIMIT;
	agent_model(&place->agent, place->host.model);
	place->there = true;
}

static void place_stop(struct place *place)
{
	if (!place->there)
		return;
	agent_stop(&place->agent);
	tempdir_remove((char *)place->agent.dir);
	agent_clear(&place->agent);
	golden_host_clear(&place->host);
	place->there = false;
}

static int teardown(void **state)
{
	struct rig *rig = *state;
	size_t i;

	for (i = 0; i < rig->n; i++)
		place_stop(&rig->places[i]);
	standin_stop(&rig->standin);
	sd_event_unref(rig->event);
	free(rig);
	return 0;
}

static struct rig *rig_of(void **state)
{
	struct rig *rig = *state;

	if (!rig->event) {
		print_message("OFMF_STANDIN is not set\n");
		skip();
	}
	return rig;
}

static int settle(struct rig *rig, struct place *place)
{
	int ms = agent_settle(&place->agent, AGENT_CONTENTS, LIMIT, rig->why,
			      sizeof(rig->why));

	if (ms < 0)
		fail_msg("%s: %s", place->name, rig->why);
	return ms;
}

static void restart(struct rig *rig, struct place *place)
{
	char *context = strdup(agent_context(&place->agent));

	agent_stop(&place->agent);
	assert_int_equal(agent_start(&place->agent), 0);
	settle(rig, place);
	assert_string_equal(context, agent_context(&place->agent));
	assert_int_equal(agent_told(&place->agent,
				    "AggregationSourceDiscovered", NULL), 1);
	free(context);
}

static void test_each(void **state)
{
	struct rig *rig = rig_of(state);
	int ms, again;
	size_t i;

	for (i = 0; i < rig->n; i++) {
		struct place *place = &rig->places[i];
		uint64_t begin;

		rig->standin.port = 0;
		standin_start(&rig->standin);
		place_load(rig, place);
		assert_int_equal(agent_start(&place->agent), 0);
		ms = settle(rig, place);
		begin = agent_now_ms();
		restart(rig, place);
		again = (int)(agent_now_ms() - begin);
		print_message("# %s: %zu resources, %d ms, %d ms again\n",
			      place->name,
			      json_object_size(place->agent.resources), ms,
			      again);
		place_stop(place);
		standin_stop(&rig->standin);
	}
}

static const struct place *same_host(const struct rig *rig, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (rig->places[i].there &&
		    !strcmp(rig->places[i].agent.method,
			    rig->places[n].agent.method))
			return &rig->places[i];
	return NULL;
}

/* One after the other; those before stay what they are. */
static void test_all(void **state)
{
	struct rig *rig = rig_of(state);
	size_t i, n = 0;

	standin_start(&rig->standin);
	for (i = 0; i < rig->n; i++) {
		place_load(rig, &rig->places[i]);
		if (same_host(rig, i)) {
			place_stop(&rig->places[i]);
			continue;
		}
		n++;
		assert_int_equal(agent_start(&rig->places[i].agent), 0);
		settle(rig, &rig->places[i]);
	}
	for (i = 0; i < rig->n; i++)
		if (rig->places[i].there)
			settle(rig, &rig->places[i]);
	print_message("# %zu hosts at one OFMF\n", n);
	assert_true(n >= 2);
}

/*
 * Hosts on file that are the same one, with other hardware each: it lost its
 * store every time.
 */
static void test_rebuilt(void **state)
{
	struct rig *rig = rig_of(state);
	char method[sizeof(rig->places->agent.method)] = "";
	size_t i, n = 0;

	standin_start(&rig->standin);
	for (i = 0; i < rig->n; i++) {
		struct place *place = &rig->places[i];

		place_load(rig, place);
		if (!n)
			strcpy(method, place->agent.method);
		if (!strcmp(method, place->agent.method)) {
			n++;
			assert_int_equal(agent_start(&place->agent), 0);
			settle(rig, place);
		}
		place_stop(place);
	}
	print_message("# %zu times\n", n);
	assert_true(n >= 2);
}

/* Endpoints that the OFMF left out of the fabric's collection. */
static void test_left_out(void **state)
{
	struct rig *rig = rig_of(state);
	struct place *place = rig->places;
	char path[256];
	const char *uri;
	json_t *value;
	unsigned int n = 0;

	while (strcmp(place->name, "rxe"))
		assert_true(++place < rig->places + rig->n);
	standin_start(&rig->standin);
	place_load(rig, place);
	place->agent.reconcile = 1;
	assert_int_equal(agent_start(&place->agent), 0);
	settle(rig, place);
	json_object_foreach(place->agent.resources, uri, value) {
		if (!strstr(uri, "/Endpoints/"))
			continue;
		n++;
		snprintf(path, sizeof(path), "/standin/lose%s", uri);
		json_decref(standin_ask(&rig->standin, "POST", path));
	}
	assert_true(n > 0);
	assert_true(agent_differs(&place->agent, AGENT_NAMES, rig->why,
				  sizeof(rig->why)));
	settle(rig, place);
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
