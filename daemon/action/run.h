/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Runs actions, each in a child process, and reports the result to the loop.
 */
#ifndef FABMON_ACTION_RUN_H
#define FABMON_ACTION_RUN_H

#include <systemd/sd-event.h>

#include "action.h"

#define ACTIONS_MAX	4	/* at a time */
#define ACTION_SECONDS	20	/* that one may take */

/* @result is borrowed for the call. */
typedef void (*action_done)(const struct action_result *result, void *ctx);

struct actions;

/* 0 or -ENOMEM. */
int actions_new(struct actions **actions, sd_event *event);
/* Actions that are under way go on, and end without a report. */
void actions_free(struct actions *actions);

/**
 * action_start - carry an action out
 * @action: copied
 * @done: called from the loop when it has ended, unless actions_free() is first
 *
 * Region actions wait for one another, also for those of another fabmond.
 *
 * Return: 0; -EBUSY, as an answer: too many are under way; another -errno with
 * its origin.
 */
int action_start(struct actions *actions, const struct action *action,
		 action_done done, void *ctx);

/* ---- in the child process; may block ------------------------------------ */

void action_link(const struct action *action, struct action_result *result);
void action_region_create(const struct action *action,
			  struct action_result *result);
void action_region_delete(const struct action *action,
			  struct action_result *result);
void action_region_settle(const struct action *action,
			  struct action_result *result);

/* Sets @result: @error as given, never 0; then the object and the step. */
__attribute__((format(printf, 3, 4)))
void action_fail(struct action_result *result, int error,
		 const char *format, ...);

#endif /* FABMON_ACTION_RUN_H */
