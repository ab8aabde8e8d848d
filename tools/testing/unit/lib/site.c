// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "site.h"
#include "tempdir.h"

/* ---- set-up and tear-down ----------------------------------------------- */

struct site *site_new(bool conformant, bool proxy)
{
	struct site *site;

	if (!standin_program())
		return NULL;
	site = calloc(1, sizeof(*site));
	assert_non_null(site);
	assert_int_equal(sd_event_new(&site->event), 0);
	site->files = tempdir_make();
	site->paths = json_object();
	site->limit = SITE_LIMIT;
	site->standin.conformant = conformant;
	standin_start(&site->standin);
	if (proxy) {
		site->front = fault_proxy_new();
		fault_proxy_target(site->front, site->standin.port);
	}
	return site;
}

struct agent *site_setup(void **state, bool conformant, bool proxy,
			enum ofmf_resync resync)
{
	struct site *site = site_new(conformant, proxy);

	*state = site;
	if (!site)
		return NULL;
	site->resync = resync;
	return site_add(site, "h");
}

void site_back(struct site *site)
{
	site->back = fault_proxy_new();
	site->agents[0]->back = site->back;
}

void site_free(struct site *site)
{
	if (!site)
		return;
	while (site->n)
		site_remove(site, site->agents[site->n - 1]);
	if (site->front)
		fault_proxy_free(site->front);
	if (site->back)
		fault_proxy_free(site->back);
	standin_stop(&site->standin);
	sd_event_unref(site->event);
	tempdir_remove(site->files);
	json_decref(site->paths);
	free(site->log);
	free(site);
}

int site_teardown(void **state)
{
	site_free(*state);
	return 0;
}

void *site_of(void **state)
{
	if (!*state) {
		print_message("OFMF_STANDIN is not set\n");
		skip();
	}
	return *state;
}

/* ---- agents ------------------------------------------------------------- */

struct agent *site_add(struct site *site, const char *name)
{
	struct agent *agent = calloc(1, sizeof(*agent));

	assert_non_null(agent);
	assert_true(site->n < SITE_AGENTS_MAX);
	agent_init(agent, site->event, &site->standin, name, tempdir_make());
	if (site->front)
		snprintf(agent->url, sizeof(agent->url), "http://127.0.0.1:%d",
			 fault_proxy_port(site->front));
	agent->resync = site->resync;
	site->agents[site->n++] = agent;
	return agent;
}

void site_remove(struct site *site, struct agent *agent)
{
	unsigned int i;

	for (i = 0; site->agents[i] != agent; i++)
		assert_true(i + 1 < site->n);
	site->n--;
	memmove(&site->agents[i], &site->agents[i + 1],
		(site->n - i) * sizeof(site->agents[0]));
	agent_stop(agent);
	tempdir_remove((char *)agent->dir);
	agent_clear(agent);
	free(agent);
}

const char *site_file(struct site *site, const char *name)
{
	if (!json_object_get(site->paths, name))
		json_object_set_new(site->paths, name,
				    json_sprintf("%s/%s", site->files, name));
	return json_string_value(json_object_get(site->paths, name));
}

/* ---- waiting ------------------------------------------------------------ */

enum agent_view site_view(const struct site *site)
{
	return site->standin.conformant || site->resync != OFMF_RESYNC_NONE ?
	       AGENT_CONTENTS : AGENT_NAMES;
}

int site_settle_as(struct site *site, struct agent *agent, enum agent_view view)
{
	char why[512];
	int ms = agent_settle(agent, view, site->limit, why, sizeof(why));

	if (ms < 0)
		fail_msg("%s: %s", agent->name, why);
	return ms;
}

void site_settle(struct site *site)
{
	unsigned int i;

	for (i = 0; i < site->n; i++)
		site_settle_as(site, site->agents[i], site_view(site));
}

void site_start(struct site *site)
{
	unsigned int i;

	for (i = 0; i < site->n; i++)
		assert_int_equal(agent_start(site->agents[i]), 0);
	site_settle(site);
}

void site_hit(struct site *site, struct fault_proxy *proxy)
{
	uint64_t end = agent_now_ms() + SITE_LIMIT;

	while (!fault_proxy_hits(proxy) && agent_now_ms() < end)
		agent_run(site->agents[0], 5);
	assert_int_equal(fault_proxy_hits(proxy), 1);
}

void site_fails(struct site *site, struct agent *agent, unsigned int n)
{
	uint64_t end = agent_now_ms() + (uint64_t)site->limit;
	unsigned int before = agent->ofmf->failures;

	while (agent->ofmf->failures < before + n && agent_now_ms() < end)
		agent_run(agent, 20);
	assert_true(agent->ofmf->failures >= before + n);
}

/* ---- the log ------------------------------------------------------------ */

void site_log_begin(struct site *site)
{
	capture_begin(&site->capture);
}

const char *site_log_end(struct site *site)
{
	free(site->log);
	site->log = capture_end(&site->capture);
	return site->log;
}
