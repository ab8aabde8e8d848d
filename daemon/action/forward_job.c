// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * A request while it is under way: an action is carried out, then the tree has
 * to show its result. An action on a region is recorded in the store before it
 * begins, so that the next run settles it if this one is killed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "forward_priv.h"
#include "util/error.h"
#include "util/log.h"

#define PATIENCE	5000000ull	/* us */

static bool is_region(const struct job *job)
{
	return job->asked != ACTION_LINK;
}

static struct job *job_new(struct forward *forward,
			   const struct rf_request *request, const char *uri)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		error_origin(-ENOMEM, "%s: state of a request", uri);
		return NULL;
	}
	job->forward = forward;
	job->request = *request;
	job->asked = request->action.kind;
	snprintf(job->uri, sizeof(job->uri), "%s", uri);
	job->next = forward->jobs;
	forward->jobs = job;
	forward->count++;
	return job;
}

/* What the region is to be called; a name ends a URI. */
static void expect(struct model *model, const struct forward_record *record)
{
	const struct action *action = &record->action;
	const char *slash = strrchr(record->member, '/');
	int r;

	r = model_region_expect(model, slash ? slash + 1 : "",
				record->connection, action->root,
				action->others);
	if (r)
		error_log(LOG_ERR, r, "%s: the new chunk will be called otherwise",
			  slash ? record->member : action->root);
}

static void publish(struct forward *forward)
{
	if (forward->setup.publish)
		forward->setup.publish(forward->setup.ctx);
}

/* It does not make the region, and what was held back for it is shown. */
static void job_forsake(const struct job *job)
{
	/* when fabmond stops the next run goes on */
	if (job->asked != ACTION_REGION_CREATE || !job->forward->actions)
		return;
	model_region_failed(job->forward->setup.model);
	publish(job->forward);
}

static void job_free(struct job *job)
{
	struct job **at = &job->forward->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	job->forward->count--;
	sd_event_source_disable_unref(job->timer);
	free(job);
}

/* Answers the client; @uri: the resource, or the one that is not there. */
static void job_end(struct job *job, enum change_outcome outcome,
		    const char *uri)
{
	struct change_result result = {
		.outcome = outcome, .refusals = job->request.refusals,
	};

	snprintf(result.uri, sizeof(result.uri), "%s", uri);
	if (outcome == CHANGE_IN_USE)
		memcpy(result.why, job->why, sizeof(result.why));
	if (job->done)
		job->done(&result, job->ctx);
	job_free(job);
}

/* Whether something is under way that rules this out for now. */
static bool is_busy(const struct forward *forward, enum action_kind kind,
		    const char *uri)
{
	const struct job *job;

	if (!forward->actions || forward->count == ACTIONS_MAX)
		return true;
	for (job = forward->jobs; job; job = job->next)
		if (!strcmp(job->uri, uri) ||
		    (is_region(job) && kind != ACTION_LINK))
			return true;
	return false;
}

/* ---- what the tree shows ------------------------------------------------ */

static bool shows_link(const struct job *job)
{
	const json_t *port = tree_get(job->forward->setup.tree, job->uri);
	const json_t *enabled = json_object_get(port, "InterfaceEnabled");

	return enabled && json_is_true(enabled) == job->request.action.up;
}

static void link_end(struct job *job)
{
	log_info("%s: %s brought %s on request of %s", job->uri,
		 job->request.action.ifname,
		 job->request.action.up ? "up" : "down", job->who);
	job_end(job, CHANGE_DONE, job->uri);
}

static bool text_is(const json_t *object, const char *key, const char *text)
{
	const char *its = json_string_value(json_object_get(object, key));

	return its && !strcmp(its, text);
}

/* Whether a chunk is there, with its driver, and is used as requested. */
static bool is_ready(const struct job *job, const json_t *chunk)
{
	const struct action *action = &job->request.action;
	const json_t *status = json_object_get(chunk, "Status"), *oem;

	if (!json_object_get(status, "State") ||
	    text_is(status, "State", "Disabled"))
		return false;
	if (action->pmem || action->use == ACTION_USE_ANY)
		return true;
	oem = json_object_get(json_object_get(chunk, "Oem"), "Fabmon");
	return text_is(status, "State", "Enabled") &&
	       text_is(oem, "Use", action->use == ACTION_USE_DEVDAX ?
				   "DeviceDax" : "SystemMemory");
}

static void made_end(struct job *job, const char *chunk)
{
	const struct forward_setup *setup = &job->forward->setup;
	const struct rf_request *request = &job->request;
	char *uri = NULL;

	forward_record_drop(setup->store);
	log_info("%s: made on request of %s", chunk, job->who);
	if (request->connects)
		uri = rf_connection_of(setup->model, chunk);
	job_end(job, request->named ? CHANGE_DONE : CHANGE_MADE,
		uri ? uri : chunk);
	free(uri);
}

static void deleted_end(struct job *job)
{
	const struct forward_setup *setup = &job->forward->setup;

	forward_removed_put(setup->store, job->uri);
	forward_record_drop(setup->store);
	log_info("%s: torn down on request of %s", job->uri, job->who);
	job_end(job, CHANGE_GONE, job->uri);
}

/* Ends a request if the tree shows its result. */
static void job_check(struct job *job)
{
	struct tree *tree = job->forward->setup.tree;
	char *chunk;

	if (job->asked == ACTION_LINK) {
		if (shows_link(job))
			link_end(job);
	} else if (job->asked == ACTION_REGION_DELETE) {
		if (!tree_get(tree, job->uri))
			deleted_end(job);
	} else {
		chunk = rf_chunk_at(job->forward->setup.model, job->start);
		if (chunk && is_ready(job, tree_get(tree, chunk)))
			made_end(job, chunk);
		free(chunk);
	}
}

void forward_job_check(struct forward *forward)
{
	struct job *job, *next;

	for (job = forward->jobs; job; job = next) {
		next = job->next;
		if (!job->working)
			job_check(job);
	}
}

/*
 * The kernel reported success, but the tree does not show it: the state of a
 * link that flaps is shown later. The record of an action on a region stays and is
 * settled before the next one; after that it does not block others any more.
 */
static int on_patience(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct job *job = ctx;

	if (job->asked != ACTION_LINK)
		log_warning("%s: what %s requested was done, but the tree does not show it",
			    job->uri, job->who);
	if (job->request.action.kind == ACTION_REGION_SETTLE)
		forward_record_drop(job->forward->setup.store);
	job_end(job, job->asked == ACTION_LINK ? CHANGE_DONE : CHANGE_FAILED,
		job->uri);
	return 0;
}

static void job_await(struct job *job)
{
	struct forward *forward = job->forward;
	uint64_t patience = forward->setup.patience;
	int r;

	job->working = false;
	r = sd_event_add_time_relative(forward->setup.event, &job->timer,
				       CLOCK_MONOTONIC,
				       patience ? patience : PATIENCE, 1000,
				       on_patience, job);
	if (r < 0) {
		error_log(LOG_ERR, r, "%s: no timer, so the result of a request is not awaited",
			  job->uri);
		job_end(job, CHANGE_FAILED, job->uri);
		return;
	}
	job_check(job);
}

/* ---- work --------------------------------------------------------------- */

static enum change_outcome outcome_of(const struct job *job, int error)
{
	switch (error) {
	case -EBUSY:
	case -ENODEV:
		return CHANGE_IN_USE;
	case -ENOSPC:
		return CHANGE_FULL;
	case -EINVAL:
	case -ENXIO:
	case -ERANGE:
		/* devices that cannot be interleaved like this */
		return job->asked == ACTION_REGION_CREATE ? CHANGE_REFUSED :
							    CHANGE_FAILED;
	default:
		return CHANGE_FAILED;
	}
}

static void job_fail(struct job *job, const struct action_result *how)
{
	struct change_refusals *refusals = &job->request.refusals;
	enum change_outcome outcome = outcome_of(job, how->error);

	memcpy(job->why, how->why, sizeof(job->why));

	log_warning("%s: a request of %s failed: %s%s", job->uri, job->who,
		    how->error ? how->why : "it was interrupted, and was undone",
		    how->error == -EACCES || how->error == -EPERM ?
		    ": it takes capabilities that fabmond has not, see allow_actions in fabmond.conf(5)" :
		    "");
	if (outcome == CHANGE_REFUSED) {
		refusals->count = 1;
		refusals->list[0] = (struct change_refusal) {
			.kind = CHANGE_VALUE, .property = "InterleaveSets",
		};
	}
	job_end(job, outcome, job->uri);
}

static void on_child(const struct action_result *result, void *ctx);

static int job_work(struct job *job)
{
	struct forward *forward = job->forward;

	job->working = true;
	return forward->setup.start(forward->actions, &job->request.action,
				    on_child, job);
}

/* A child that was interrupted may have left a region half done. */
static void job_settle(struct job *job, const struct action_result *how)
{
	int r;

	job->request.action.kind = ACTION_REGION_SETTLE;
	r = job_work(job);
	if (!r)
		return;
	error_log(LOG_ERR, r, "%s: what was interrupted cannot be settled now",
		  job->uri);
	job_forsake(job);
	job_fail(job, how);
}

/* Whether the host is as requested although the action was interrupted. */
static bool is_settled_well(const struct job *job)
{
	return job->asked == ACTION_REGION_DELETE ? !job->start : job->start;
}

static void on_child(const struct action_result *result, void *ctx)
{
	struct job *job = ctx;
	struct forward *forward = job->forward;
	bool settled = job->request.action.kind == ACTION_REGION_SETTLE;
	bool interrupted = result->error == -ECHILD ||
			   result->error == -ETIMEDOUT;

	if (interrupted && is_region(job) && !settled) {
		log_warning("%s: %s", job->uri, result->why);
		job_settle(job, result);
		return;
	}
	job->start = result->start;
	if (result->error || (settled && !is_settled_well(job))) {
		/* a failure was undone; an interrupted settling was not */
		if (is_region(job) && !interrupted)
			forward_record_drop(forward->setup.store);
		job_forsake(job);
		job_fail(job, result);
		return;
	}
	if (job->asked == ACTION_REGION_CREATE)
		model_region_made(forward->setup.model, job->start);
	job_await(job);
	publish(forward);
}

static void record_job(const struct job *job)
{
	const struct forward_setup *setup = &job->forward->setup;
	struct forward_record record = { .action = job->request.action };

	snprintf(record.member, sizeof(record.member), "%s",
		 job->asked == ACTION_REGION_DELETE ? job->uri :
		 job->request.member);
	strcpy(record.connection, job->request.connection);
	forward_record_put(setup->store, &record);
	if (job->asked == ACTION_REGION_CREATE)
		expect(setup->model, &record);
}

int forward_job_begin(struct forward *forward, const struct change *change,
		      const struct rf_request *request, change_done done,
		      void *ctx)
{
	struct job *job;
	int r;

	if (is_busy(forward, request->action.kind, change->uri) ||
	    (request->action.kind != ACTION_LINK &&
	     forward_job_settle(forward)))
		return -EBUSY;
	job = job_new(forward, request, change->uri);
	if (!job)
		return error_trace(-ENOMEM);
	snprintf(job->who, sizeof(job->who), "%s", change->who);
	job->done = done;
	job->ctx = ctx;
	if (is_region(job))
		record_job(job);
	r = job_work(job);
	if (r) {
		job_forsake(job);
		job_free(job);
	}
	return r;
}

bool forward_job_settle(struct forward *forward)
{
	struct forward_record record;
	struct rf_request request = { 0 };
	struct job *job;
	int r;

	if (forward_record_get(forward->setup.store, &record))
		return false;
	request.action = record.action;
	snprintf(request.member, sizeof(request.member), "%s", record.member);
	job = job_new(forward, &request, request.member);
	if (!job) {
		error_log(LOG_ERR, -ENOMEM, "cxl: what was interrupted cannot be settled now");
		return true;
	}
	job->asked = record.action.region[0] ? ACTION_REGION_DELETE :
					       ACTION_REGION_CREATE;
	strcpy(job->who, "an earlier client");
	log_info("cxl: a change of a region was interrupted, it is finished or undone");
	if (job->asked == ACTION_REGION_CREATE)
		expect(forward->setup.model, &record);
	r = job_work(job);
	if (r) {
		error_log(LOG_ERR, r, "cxl: what was interrupted cannot be settled now");
		job_forsake(job);
		job_free(job);
	}
	return true;
}

void forward_expect(struct store *store, struct model *model)
{
	struct forward_record record;

	if (!forward_record_get(store, &record) && !record.action.region[0])
		expect(model, &record);
}

void forward_job_stop(struct forward *forward)
{
	while (forward->jobs)
		job_end(forward->jobs, CHANGE_BUSY, forward->jobs->uri);
}
