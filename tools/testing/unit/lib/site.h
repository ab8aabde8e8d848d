/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The fixture of tests against an OFMF: a stand-in for it, agents that are
 * registered with it, and a proxy between them where the test wants one.
 *
 * Where OFMF_STANDIN names no program a setup function leaves *state NULL, and
 * site_of() skips the test.
 */
#ifndef FABMON_TEST_SITE_H
#define FABMON_TEST_SITE_H

#include <jansson.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "agent.h"
#include "capture.h"
#include "fault.h"
#include "standin.h"

#define SITE_AGENTS_MAX	64
#define SITE_LIMIT	15000	/* ms until all has to be well */

/**
 * struct site - an OFMF and its agents
 * @front: between the OFMF and agents that are added, NULL: nothing is
 * @back: between the OFMF and the first agent, NULL: nothing is
 * @resync: of agents that are added
 * @agents: in the order they were added
 * @limit: of site_settle(), ms
 * @files: directory for files of the test's own
 *
 * The rest is site.c's.
 */
struct site {
	struct standin standin;
	struct fault_proxy *front, *back;
	sd_event *event;
	enum ofmf_resync resync;
	struct agent *agents[SITE_AGENTS_MAX];
	unsigned int n;
	int limit;
	char *files;

	json_t *paths;
	struct capture capture;
	char *log;
};

/*
 * With a stand-in that listens and no agent; @proxy: with @front. NULL where
 * there is no stand-in.
 */
struct site *site_new(bool conformant, bool proxy);
/*
 * For setup functions: sets *@state to one with the agent "h", which is not
 * started. Return: the agent, NULL where there is no stand-in.
 */
struct agent *site_setup(void **state, bool conformant, bool proxy,
			enum ofmf_resync resync);
/* Stops and removes all. For teardown; NULL is fine. */
int site_teardown(void **state);
void site_free(struct site *site);

/* What the setup function left, of whatever type; skips without. */
void *site_of(void **state);

/* Sets @back; before the first agent is started. */
void site_back(struct site *site);

/* One more agent, with a state directory of its own; not started. */
struct agent *site_add(struct site *site, const char *name);
/* Stops and frees an agent. */
void site_remove(struct site *site, struct agent *agent);

/* Where @name is in @files; the same pointer each time, the site's. */
const char *site_file(struct site *site, const char *name);

/* How far the OFMF can be expected to follow what changed. */
enum agent_view site_view(const struct site *site);
/*
 * Runs the loop until nothing differs and the agent rests; fails the test.
 * Returns the ms that it took.
 */
int site_settle_as(struct site *site, struct agent *agent, enum agent_view view);
/* All agents, as site_view() has it. */
void site_settle(struct site *site);
/* Starts all agents and settles. */
void site_start(struct site *site);
/* Runs the loop until a rule of @proxy was hit once; fails the test. */
void site_hit(struct site *site, struct fault_proxy *proxy);
/* Runs the loop until @agent failed @n times more; fails the test. */
void site_fails(struct site *site, struct agent *agent, unsigned int n);

/* What is logged from here on; it is shown after all. */
void site_log_begin(struct site *site);
/* The text, the site's until the next. */
const char *site_log_end(struct site *site);

#endif /* FABMON_TEST_SITE_H */
