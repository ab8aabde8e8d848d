// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * From a request to what it is answered with.
 *
 * Requests come again: an OFMF that heard no answer repeats them. So what is as
 * it was asked for is an answer, and for a chunk it is kept which one a client
 * got for the name that it chose.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "forward_priv.h"

/* The chunk that a name, or the chunk's own URI, stands for; malloc()ed. */
static char *chunk_of(const struct forward *forward, const char *name)
{
	if (tree_get(forward->setup.tree, name))
		return strdup(name);
	return forward_name_get(forward->setup.store, name);
}

static enum change_outcome refused_of(const struct rf_request *request)
{
	return request->refusals.count ? CHANGE_REFUSED : CHANGE_NOTHING;
}

/* Whether a chunk was made for this name already; @result says what of it. */
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

/* What is to be done; false: nothing, @result says why. */
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
		result->outcome = r == -ENOSPC ? CHANGE_FULL : CHANGE_FAILED;
	return false;
}

/*
 * Which chunk is to go, by its own URI or the name that a client gave it. What
 * is gone by request stays gone, however often that is asked for.
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
		result.outcome = r == -EBUSY ? CHANGE_BUSY : CHANGE_FAILED;
	}
	done(&result, done_ctx);
}

const char *forward_methods(const char *uri, void *ctx)
{
	static const char deletable[] = "GET, HEAD, DELETE";
	const struct forward *forward = ctx;
	const char *allow = rf_request_methods(forward->setup.model, uri);
	char *chunk;

	/* one that has the name that its client chose can be asked for again */
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
	forward_job_look(ctx);
}

int forward_new(struct forward **forward_, const struct forward_setup *setup)
{
	struct forward *forward = calloc(1, sizeof(*forward));
	int r;

	if (!forward)
		return -ENOMEM;
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
