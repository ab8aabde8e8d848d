// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Clearing what an earlier registration left behind (not with resync = none).
 *
 * Where our AggregationSource was deleted its copies stay, and nobody manages
 * them. A new registration would find its names taken, and get other names. So
 * before that, those of our top-level copies whose ManagingAgent does not exist
 * are deleted, with all below them. Copies of other agents, such as a fabric
 * that is shared, have a ManagingAgent.
 */
#include <string.h>

#include "util/log.h"
#include "priv.h"

static void clear_next(struct ofmf *ofmf);
static void clear_pop(struct ofmf *ofmf);

static const char *clear_uri(const struct ofmf *ofmf)
{
	const json_t *all = ofmf->reg.leftovers;

	return json_string_value(json_array_get(all, json_array_size(all) - 1));
}

/* It may not have been done: a few more tries, then go on without it. */
static void clear_again(struct ofmf *ofmf, const struct ofmf_reply *reply)
{
	ofmf_failed(ofmf, "keeps what we left there", reply);
	if (reply->answer != OFMF_OFFLINE &&
	    ++ofmf->reg.rounds >= OFMF_PATIENCE)
		clear_pop(ofmf);
	else
		ofmf_wait(ofmf, clear_next);
}

static void clear_pop(struct ofmf *ofmf)
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
		clear_again(ofmf, reply);
		return;
	}
	log_info("OFMF %s: deleted %s, which nobody managed", ofmf->name,
		 clear_uri(ofmf));
	clear_pop(ofmf);
}

static void on_manager(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_GONE)
		ofmf_request(ofmf, "DELETE", clear_uri(ofmf), NULL,
			     ofmf->timing.get, on_deleted);
	else if (reply->answer == OFMF_OK && json_is_object(reply->json))
		clear_pop(ofmf);
	else
		clear_again(ofmf, reply);
}

static void on_leftover(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *manager = ofmf_copy_manager(reply->json);

	if (reply->answer != OFMF_GONE && !json_is_object(reply->json))
		clear_again(ofmf, reply);
	else if (manager && !ofmf_copy_shared(reply->json) &&
		 !strncmp(manager, OFMF_SOURCES "/",
			  strlen(OFMF_SOURCES "/")) &&
		 ofmf_context_valid(manager + strlen(OFMF_SOURCES "/")))
		ofmf_request(ofmf, "GET", manager, NULL, ofmf->timing.get,
			     on_manager);
	else
		clear_pop(ofmf);
}

static void clear_next(struct ofmf *ofmf)
{
	const char *uri = clear_uri(ofmf);

	if (ofmf->context)
		ofmf_check(ofmf);
	else if (uri)
		ofmf_request(ofmf, "GET", uri, NULL, ofmf->timing.get,
			     on_leftover);
	else
		ofmf_orphan(ofmf);
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
 * ofmf_clear - step: delete copies that were left behind, then our
 * ConnectionMethod
 */
void ofmf_clear(struct ofmf *ofmf)
{
	const char *uri;
	json_t *ours;

	json_array_clear(ofmf->reg.leftovers);
	ofmf->reg.rounds = 0;
	json_object_foreach((json_t *)tree_all(ofmf->tree), uri, ours)
		if (ofmf->resync != OFMF_RESYNC_NONE && is_top_level(uri) &&
		    ofmf_announced(uri, ours))
			json_array_append_new(ofmf->reg.leftovers,
					      json_string(uri));
	clear_next(ofmf);
}
