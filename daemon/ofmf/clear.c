// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Clearing what an earlier registration left behind (not with resync = none).
 *
 * Where our AggregationSource was deleted its copies stay, and nobody manages
 * them. A new registration would find its names taken, and get other names. So
 * before that, those of our top-level copies whose ManagingAgent does not exist
 * are deleted, with all below them. Copies of other agents, such as a fabric
 * that is shared, have a ManagingAgent.
 *
 * An OFMF that is wiped while it reads our tree goes on reading, and so has some
 * copies before the new registration, not only at the top.
 *
 * Leaving (leave.c) uses the same with a list of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

static void clear_next(struct ofmf *ofmf);

/**
 * ofmf_clear_uri - the copy that is being looked at, or NULL
 */
const char *ofmf_clear_uri(const struct ofmf *ofmf)
{
	const json_t *all = ofmf->reg.leftovers;

	return json_string_value(json_array_get(all, json_array_size(all) - 1));
}

/* /redfish/v1/Systems/ID, not what is below it. */
static bool is_top_level(const char *uri)
{
	unsigned int depth = 0;

	while ((uri = strchr(uri, '/'))) {
		depth++;
		uri++;
	}
	return depth == 4;
}

/**
 * ofmf_clear_again - it may not have been done: a few more tries, then go on
 * without it
 */
void ofmf_clear_again(struct ofmf *ofmf, const struct ofmf_reply *reply)
{
	ofmf_failed(ofmf, "keeps what we left there", reply);
	if (reply->answer != OFMF_OFFLINE &&
	    ++ofmf->reg.rounds >= OFMF_PATIENCE) {
		ofmf->leave.kept++;
		ofmf_clear_pop(ofmf);
	} else {
		ofmf_wait(ofmf, clear_next);
	}
}

/**
 * ofmf_clear_pop - go on with the next
 */
void ofmf_clear_pop(struct ofmf *ofmf)
{
	ofmf->reg.rounds = 0;
	json_array_remove(ofmf->reg.leftovers,
			  json_array_size(ofmf->reg.leftovers) - 1);
	ofmf_go(ofmf, clear_next);
}

static void on_deleted(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer != OFMF_OK && reply->answer != OFMF_GONE) {
		ofmf_clear_again(ofmf, reply);
		return;
	}
	if (ofmf_is_leaving(ofmf))
		ofmf_leave_deleted(ofmf, ofmf_clear_uri(ofmf));
	else if (is_top_level(ofmf_clear_uri(ofmf)))
		log_info("OFMF %s: deleted %s, which nobody managed",
			 ofmf->name, ofmf_clear_uri(ofmf));
	ofmf_clear_pop(ofmf);
}

/**
 * ofmf_clear_delete - delete the copy
 */
void ofmf_clear_delete(struct ofmf *ofmf)
{
	ofmf_request(ofmf, "DELETE", ofmf_clear_uri(ofmf), NULL,
		     ofmf->timing.get, on_deleted);
}

static void on_manager(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_GONE && ofmf->leave.shared)
		ofmf_handover(ofmf, ofmf->leave.shared);
	else if (reply->answer == OFMF_GONE)
		ofmf_clear_delete(ofmf);
	else if (reply->answer == OFMF_OK && json_is_object(reply->json))
		ofmf_clear_pop(ofmf);
	else
		ofmf_clear_again(ofmf, reply);
}

static void on_leftover(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *manager = ofmf_copy_manager(reply->json);
	bool shared = ofmf_copy_shared(reply->json);

	json_decref(ofmf->leave.shared);
	ofmf->leave.shared = shared ? json_incref((json_t *)reply->json) : NULL;
	if (reply->answer != OFMF_GONE && !json_is_object(reply->json))
		ofmf_clear_again(ofmf, reply);
	else if (manager && (!shared || ofmf_is_leaving(ofmf)) &&
		 !strncmp(manager, OFMF_SOURCES "/",
			  strlen(OFMF_SOURCES "/")) &&
		 ofmf_context_valid(manager + strlen(OFMF_SOURCES "/")))
		ofmf_request(ofmf, "GET", manager, NULL, ofmf->timing.get,
			     on_manager);
	else
		ofmf_clear_pop(ofmf);
}

static void clear_next(struct ofmf *ofmf)
{
	const char *uri = ofmf_clear_uri(ofmf);

	if (ofmf->context)
		ofmf_check(ofmf);
	else if (uri)
		ofmf_request(ofmf, "GET", uri, NULL, ofmf->timing.get,
			     on_leftover);
	else if (ofmf_is_leaving(ofmf))
		ofmf_leave_cleared(ofmf);
	else if (ofmf->reg.conflict)
		ofmf_orphan(ofmf);
	else
		ofmf_register(ofmf);
}

/**
 * ofmf_clear_list - delete those of some copies that nobody manages
 * @uris: the OFMF's, the first last; the reference is taken over
 */
void ofmf_clear_list(struct ofmf *ofmf, json_t *uris)
{
	json_decref(ofmf->reg.leftovers);
	ofmf->reg.leftovers = uris;
	ofmf->reg.rounds = 0;
	clear_next(ofmf);
}

/* Longest first: what others are below is last, for the list is read from there. */
static int by_length(const void *a, const void *b)
{
	size_t x = strlen(*(const char *const *)a);
	size_t y = strlen(*(const char *const *)b);

	return (x < y) - (x > y);
}

/* @all: not only those at the top */
static json_t *leftovers(const struct ofmf *ofmf, bool all)
{
	const json_t *tree = tree_all(ofmf->tree);
	const char **found = calloc(json_object_size(tree) +
				    json_object_size(ofmf->reading) + 1,
				    sizeof(*found));
	json_t *uris = json_array(), *ours;
	const char *uri;
	size_t n = 0, i;

	if (!found || ofmf->resync == OFMF_RESYNC_NONE) {
		free(found);
		return uris;
	}
	json_object_foreach((json_t *)tree, uri, ours)
		if ((all || is_top_level(uri)) && ofmf_announced(uri, ours))
			found[n++] = uri;
	json_object_foreach(ofmf->reading, uri, ours)
		if (all && !json_object_get(tree, uri))
			found[n++] = uri;
	qsort(found, n, sizeof(*found), by_length);
	for (i = 0; i < n; i++)
		json_array_append_new(uris, json_string(found[i]));
	free(found);
	return uris;
}

/**
 * ofmf_clear - step: delete copies that were left behind, then our
 * ConnectionMethod
 */
void ofmf_clear(struct ofmf *ofmf)
{
	ofmf_clear_list(ofmf, leftovers(ofmf, false));
}

/**
 * ofmf_clear_read - step: delete what a wiped OFMF went on reading, then
 * register
 */
void ofmf_clear_read(struct ofmf *ofmf)
{
	ofmf->reg.reading = ofmf->reg.conflict = false;
	ofmf_clear_list(ofmf, leftovers(ofmf, true));
}
