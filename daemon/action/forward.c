// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Finds the answer to a request, at once or by a job.
 *
 * Requests are repeated: an OFMF that received no answer sends them again. So a
 * request is answered with success if all is as requested already, and the
 * store keeps which chunks were removed on request.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_priv.h"
#include "util/error.h"
#include "util/log.h"

static enum change_outcome failed(const struct change *change, int error)
{
	error_log(LOG_ERR, error, "%s: a request of %s failed", change->uri,
		  change->who);
	return CHANGE_FAILED;
}

static enum change_outcome refused_of(const struct rf_request *request)
{
	return request->refusals.count ? CHANGE_REFUSED : CHANGE_NOTHING;
}

/* Whether there is a chunk with the Id already: then @result is set. */
static bool is_made(const struct forward *forward,
		    const struct rf_request *request,
		    struct change_result *result)
{
	const struct forward_setup *setup = &forward->setup;
	const char *chunk = request->taken[0] ? request->taken :
						request->member;

	if (!*chunk || !tree_get(setup->tree, chunk))
		return false;
	snprintf(result->uri, sizeof(result->uri), "%s", chunk);
	result->outcome = !request->taken[0] &&
			  rf_request_matches(setup->model, request, chunk) ?
			  CHANGE_DONE : CHANGE_CONFLICT;
	return true;
}

/* A Connection of a chunk that is there: the client may choose its Id once. */
static void connect_chunk(const struct forward *forward,
			  const struct rf_request *request,
			  struct change_result *result)
{
	const struct forward_setup *setup = &forward->setup;
	const char *chunk = request->member;
	char *uri;

	if (request->taken[0]) {
		snprintf(result->uri, sizeof(result->uri), "%s",
			 request->taken);
		result->outcome = CHANGE_CONFLICT;
		return;
	}
	if (request->connection[0]) {
		model_region_connect(setup->model, strrchr(chunk, '/') + 1,
				     request->connection);
		if (setup->publish)
			setup->publish(setup->ctx);
	}
	uri = rf_connection_of(setup->model, chunk);
	result->outcome = CHANGE_BUSY;
	if (uri && tree_get(setup->tree, uri)) {
		snprintf(result->uri, sizeof(result->uri), "%s", uri);
		result->outcome = CHANGE_DONE;
	}
	free(uri);
}

/* The request that a change stands for; false: none, @result is set. */
static bool parse(const struct forward *forward, const struct change *change,
		  struct rf_request *request, struct change_result *result)
{
	const struct forward_setup *setup = &forward->setup;
	int r;

	r = rf_request_parse(setup->model, change,
			     tree_get(setup->tree, change->uri), request);
	result->refusals = request->refusals;
	if (!r && request->there && !request->refusals.count) {
		connect_chunk(forward, request, result);
		return false;
	}
	if (!r && request->asked && is_made(forward, request, result))
		return false;
	if (!r && request->asked) {
		if (request->action.use == ACTION_USE_ANY)
			request->action.use = setup->use;
		return true;
	}
	if (!r)
		result->outcome = refused_of(request);
	else if (r == -ENOENT)
		result->outcome = CHANGE_ABSENT;
	else
		result->outcome = r == -ENOSPC ? CHANGE_FULL :
						 failed(change, r);
	return false;
}

/*
 * Whether there is something to remove. A chunk that was removed on request is
 * removed, however often that is requested.
 */
static bool is_there(const struct forward *forward, const char *uri,
		     struct change_result *result)
{
	if (tree_get(forward->setup.tree, uri))
		return true;
	result->outcome = forward_removed(forward->setup.store, uri) ?
			  CHANGE_GONE : CHANGE_ABSENT;
	return false;
}

void forward_change(const struct change *change, change_done done,
		    void *done_ctx, void *ctx)
{
	struct forward *forward = ctx;
	struct change_result result = { 0 };
	struct rf_request request;
	int r;

	snprintf(result.uri, sizeof(result.uri), "%s", change->uri);
	if ((strcmp(change->method, "DELETE") ||
	     is_there(forward, change->uri, &result)) &&
	    parse(forward, change, &request, &result)) {
		r = forward_job_begin(forward, change, &request, done,
				      done_ctx);
		if (!r)
			return;
		result.outcome = r == -EBUSY ? CHANGE_BUSY :
					       failed(change, r);
	}
	done(&result, done_ctx);
}

const char *forward_methods(const char *uri, void *ctx)
{
	const struct forward *forward = ctx;

	return rf_request_methods(forward->setup.model, uri);
}

/* ---- start and stop ----------------------------------------------------- */

static void on_tree(const struct tree_change *changes, size_t count,
		    uint64_t realtime, void *ctx)
{
	forward_job_check(ctx);
}

int forward_new(struct forward **forward_, const struct forward_setup *setup)
{
	struct forward *forward = calloc(1, sizeof(*forward));
	int r;

	if (!forward)
		return error_origin(-ENOMEM, "actions: their state");
	forward->setup = *setup;
	if (!setup->start)
		forward->setup.start = action_start;
	r = actions_new(&forward->actions, setup->event);
	if (!r)
		r = tree_listen(setup->tree, on_tree, forward);
	if (r) {
		forward_free(forward);
		return r;
	}
	forward_job_settle(forward);
	*forward_ = forward;
	return 0;
}

void forward_stop(struct forward *forward)
{
	if (!forward)
		return;
	actions_free(forward->actions);
	forward->actions = NULL;
	forward_job_stop(forward);
}

void forward_free(struct forward *forward)
{
	forward_stop(forward);
	free(forward);
}
