// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Finds the answer to a request, at once or by a job.
 *
 * Requests are repeated: an OFMF that received no answer sends them again. So a
 * request is answered with success if all is as requested already, and the
 * store keeps which chunk was created for the name that a client chose.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_priv.h"
#include "util/error.h"
#include "util/log.h"

/* The URI of a chunk by a client's name for it or by itself; malloc()ed. */
static char *chunk_of(const struct forward *forward, const char *name)
{
	if (tree_get(forward->setup.tree, name))
		return strdup(name);
	return forward_name_get(forward->setup.store, name);
}

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

/* Whether a chunk was created for this name already: then @result is set. */
static bool is_made(const struct forward *forward,
		    const struct rf_request *request,
		    struct change_result *result)
{
	const struct forward_setup *setup = &forward->setup;
	char *chunk = request->member[0] ? chunk_of(forward, request->member) :
					   NULL;
	bool there = chunk && tree_get(setup->tree, chunk);

	if (there) {
		snprintf(result->uri, sizeof(result->uri), "%s", chunk);
		result->outcome = rf_request_matches(setup->model, request,
						     chunk) ?
				  CHANGE_DONE : CHANGE_CONFLICT;
	}
	free(chunk);
	return there;
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
	if (!r && request->asked)
		return !is_made(forward, request, result);
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
 * The chunk that is to be removed, by its URI or by a client's name for it. One
 * that was removed on request is removed, however often that is requested.
 */
static bool find_chunk(const struct forward *forward, const char *name,
		       char uri[static CHANGE_URI_MAX],
		       struct change_result *result)
{
	char *chunk = chunk_of(forward, name);
	bool there = chunk && tree_get(forward->setup.tree, chunk);

	if (there)
		snprintf(uri, CHANGE_URI_MAX, "%s", chunk);
	result->outcome = chunk ? CHANGE_GONE : CHANGE_ABSENT;
	free(chunk);
	return there;
}

void forward_change(const struct change *change, change_done done,
		    void *done_ctx, void *ctx)
{
	struct forward *forward = ctx;
	struct change_result result = { 0 };
	struct change its = *change;
	struct rf_request request;
	char uri[CHANGE_URI_MAX];
	int r;

	snprintf(uri, sizeof(uri), "%s", change->uri);
	snprintf(result.uri, sizeof(result.uri), "%s", change->uri);
	its.uri = uri;
	if ((strcmp(change->method, "DELETE") ||
	     find_chunk(forward, change->uri, uri, &result)) &&
	    parse(forward, &its, &request, &result)) {
		r = forward_job_begin(forward, &its, &request, done, done_ctx);
		if (!r)
			return;
		result.outcome = r == -EBUSY ? CHANGE_BUSY :
					       failed(&its, r);
	}
	done(&result, done_ctx);
}

const char *forward_methods(const char *uri, void *ctx)
{
	static const char deletable[] = "GET, HEAD, DELETE";
	const struct forward *forward = ctx;
	const char *allow = rf_request_methods(forward->setup.model, uri);
	char *chunk;

	/* one that has a client's name can be requested by that name again */
	if (allow && !strcmp(allow, deletable)) {
		chunk = forward_name_get(forward->setup.store, uri);
		if (chunk)
			allow = "GET, HEAD, POST, DELETE";
		free(chunk);
	}
	return allow;
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
