// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Repair of an OFMF that does not follow ResourceChanged and ResourceRemoved,
 * as the reference does not (resync = detach).
 *
 * What was told is read back. Where the OFMF's copy is still the old one, the
 * agent takes its AggregationSource away, so that the OFMF takes the objects
 * for its own and does not forward what is done to them, edits them, and puts
 * the AggregationSource back as it was:
 *
 *   deliver -- told --> read back -- stale --> detach --> edit ... --> attach
 *
 * While it is away the OFMF does not know our context, and a registration would
 * find our names taken. So the AggregationSource is in the store before it is
 * deleted, and an agent that was killed there puts it back first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

#define STORE_PREFIX	"ofmf.detached."

static void ofmf_edit(struct ofmf *ofmf);

static int store_source(struct ofmf *ofmf)
{
	char *text = NULL, *key = NULL;
	int r = -ENOMEM;

	if (asprintf(&key, STORE_PREFIX "%s", ofmf->name) < 0)
		return -ENOMEM;
	if (ofmf->source)
		text = json_dumps(ofmf->source, JSON_COMPACT);
	if (text || !ofmf->source)
		r = store_set(ofmf->store, key, text);
	free(text);
	free(key);
	return r;
}

/**
 * ofmf_repair_load - is the AggregationSource away since an earlier run?
 */
void ofmf_repair_load(struct ofmf *ofmf)
{
	char *text = NULL, *key = NULL;

	if (asprintf(&key, STORE_PREFIX "%s", ofmf->name) < 0)
		return;
	if (!store_get(ofmf->store, key, &text))
		ofmf->source = json_loads(text, 0, NULL);
	free(text);
	free(key);
}

/* ---- read back ---------------------------------------------------------- */

/**
 * ofmf_doubt - what was just told is to be read back
 */
void ofmf_doubt(struct ofmf *ofmf, const struct outbox_owed *owed)
{
	if (ofmf->resync != OFMF_RESYNC_DETACH || !owed->uri ||
	    owed->op == TREE_CREATED)
		return;
	json_object_set_new(ofmf->doubts, owed->uri, json_integer(0));
}

static const char *first_key(const json_t *object)
{
	return json_object_iter_key(json_object_iter((json_t *)object));
}

static void read_copy(struct ofmf *ofmf, const char *uri,
		      const struct ofmf_reply *reply)
{
	const json_t *ours = tree_get(ofmf->tree, uri);

	if (reply->answer != OFMF_OK || !json_is_object(reply->json) ||
	    !ofmf_copy_ours(ofmf, reply->json))
		return;
	/* with a fabric that is shared the others' endpoints would go */
	if (!ours && ofmf_copy_shared(reply->json))
		return;
	if (!ours)
		json_object_set_new(ofmf->stale, uri, json_null());
	else if (!ofmf_resource_same(ours, reply->json,
				     ofmf->theirs))
		json_object_set_new(ofmf->stale, uri,
				    ofmf_resource_patch(ours, reply->json,
							ofmf->theirs));
}

/* One that cannot be read is left to the next comparison, but told till then. */
static void read_again(struct ofmf *ofmf, const char *uri,
		       const struct ofmf_reply *reply)
{
	json_int_t tries = json_integer_value(json_object_get(ofmf->doubts,
							      uri)) + 1;

	ofmf_failed(ofmf, "did not let itself be read back", reply);
	if (tries < ofmf->timing.tries) {
		json_object_set_new(ofmf->doubts, uri, json_integer(tries));
	} else {
		ofmf->unknown++;
		log_warning("OFMF %s: its copy of %s cannot be read back: %s",
			    ofmf->name, uri, reply->why);
		json_object_del(ofmf->doubts, uri);
	}
	ofmf_wait(ofmf, ofmf_deliver);
}

static void on_read_back(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = first_key(ofmf->doubts);

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_deliver);
		return;
	}
	if (uri && reply->answer != OFMF_GONE &&
	    !json_is_object(reply->json)) {
		read_again(ofmf, uri, reply);
		return;
	}
	if (uri) {
		read_copy(ofmf, uri, reply);
		json_object_del(ofmf->doubts, uri);
	}
	ofmf_go(ofmf, ofmf_deliver);
}

/**
 * ofmf_read_back - step: does the OFMF say what it was told?
 */
void ofmf_read_back(struct ofmf *ofmf)
{
	ofmf_request(ofmf, "GET", ofmf_their_uri(ofmf, first_key(ofmf->doubts)),
		     NULL, ofmf->timing.get, on_read_back);
}

/**
 * ofmf_repair_due - is a repair owed?
 *
 * Return: 0: none; 1: now; else the time in us that it has to wait, for
 * repairs are rate-limited: each makes the host unknown for a moment.
 */
uint64_t ofmf_repair_due(const struct ofmf *ofmf)
{
	uint64_t now, next;

	if (!json_object_size(ofmf->stale))
		return 0;
	if (!ofmf->repaired ||
	    sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) < 0)
		return 1;
	next = ofmf->repaired + ofmf->timing.repair;
	return now >= next ? 1 : next - now;
}

/* ---- attach ------------------------------------------------------------- */

/* What was removed is no more listed as ours. */
static void source_prune(struct ofmf *ofmf)
{
	json_t *links = json_object_get(ofmf->source, "Links");
	json_t *list = json_object_get(links, "ResourcesAccessed");
	size_t i = json_array_size(list);
	const char *uri;
	json_t *item;

	while (i--) {
		item = json_array_get(list, i);
		uri = json_is_string(item) ? json_string_value(item) :
		      json_string_value(json_object_get(item, "@odata.id"));
		if (uri && json_object_get(ofmf->pruned, uri))
			json_array_remove(list, i);
	}
	json_object_clear(ofmf->pruned);
}

static void attach_end(struct ofmf *ofmf)
{
	ofmf->rounds = 0;
	json_decref(ofmf->source);
	ofmf->source = NULL;
	store_source(ofmf);
	ofmf_go(ofmf, ofmf_check);
}

/*
 * Without it our names there are taken by nobody, and a registration makes a
 * second copy of all: it is given up late.
 */
static void on_looked_up(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	bool there = reply->answer == OFMF_OK &&
		     ofmf_source_ours(reply->json, ofmf->method_uri,
				      ofmf->callback);

	if (!there && (reply->answer != OFMF_GONE ||
		       ++ofmf->rounds < OFMF_PATIENCE)) {
		ofmf_failed(ofmf, "did not take our AggregationSource back",
			    reply);
		ofmf_wait(ofmf, ofmf_attach);
		return;
	}
	if (!there)
		log_warning("OFMF %s: does not take our AggregationSource back; registering again",
			    ofmf->name);
	attach_end(ofmf);
}

/* What it answers is not what it has: look. */
static void on_attached(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	char path[OFMF_SOURCE_PATH];

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_attach);
		return;
	}
	if (!ofmf->context) {
		attach_end(ofmf);
		return;
	}
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get, on_looked_up);
}

/**
 * ofmf_attach - step: put our AggregationSource back
 */
void ofmf_attach(struct ofmf *ofmf)
{
	ofmf_state_set(ofmf, OFMF_STATE_REPAIRING);
	source_prune(ofmf);
	ofmf_request(ofmf, "POST", OFMF_SOURCES, ofmf->source,
		     ofmf->timing.get, on_attached);
}

/* ---- edit --------------------------------------------------------------- */

static void on_edited(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = first_key(ofmf->stale);

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_attach);
		return;
	}
	/* what was not done stays listed, so that the next comparison sees it */
	if (reply->answer != OFMF_OK && reply->answer != OFMF_GONE)
		log_warning("OFMF %s: its copy of %s cannot be mended: %s",
			    ofmf->name, uri ? uri : "", reply->why);
	else if (uri && json_is_null(json_object_get(ofmf->stale, uri)))
		json_object_set_new(ofmf->pruned, ofmf_their_uri(ofmf, uri),
				    json_true());
	if (uri)
		json_object_del(ofmf->stale, uri);
	ofmf_go(ofmf, ofmf_edit);
}

/* Removals of children before their parents would be more work, not better. */
static void ofmf_edit(struct ofmf *ofmf)
{
	const char *uri = first_key(ofmf->stale);
	json_t *patch = json_object_get(ofmf->stale, uri);
	const char *path = uri ? ofmf_their_uri(ofmf, uri) : NULL;

	if (!path) {
		ofmf_attach(ofmf);
	} else if (json_is_null(patch)) {
		ofmf_request(ofmf, "DELETE", path, NULL, ofmf->timing.get,
			     on_edited);
	} else {
		/* the reference wants it */
		json_object_set_new(patch, "@odata.id", json_string(path));
		ofmf_request(ofmf, "PATCH", path, patch, ofmf->timing.get,
			     on_edited);
	}
}

/* ---- detach ------------------------------------------------------------- */

/* Whatever the answer: it may have been done. */
static void on_detached(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_OK || reply->answer == OFMF_GONE) {
		ofmf_go(ofmf, ofmf_edit);
		return;
	}
	ofmf_failed(ofmf, "did not let our AggregationSource go", reply);
	json_object_clear(ofmf->stale);
	ofmf_wait(ofmf, ofmf_attach);
}

static void on_source(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	char path[OFMF_SOURCE_PATH];

	if (reply->answer != OFMF_OK ||
	    !ofmf_source_ours(reply->json, ofmf->method_uri, ofmf->callback)) {
		ofmf_failed(ofmf, "did not tell our registration", reply);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	ofmf->source = json_deep_copy(reply->json);
	if (!ofmf->source || store_source(ofmf)) {
		/* not without having it in store */
		json_decref(ofmf->source);
		ofmf->source = NULL;
		json_object_clear(ofmf->stale);
		ofmf_go(ofmf, ofmf_deliver);
		return;
	}
	log_info("OFMF %s: mending %zu copies that did not follow",
		 ofmf->name, json_object_size(ofmf->stale));
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "DELETE", path, NULL, ofmf->timing.get,
		     on_detached);
}

/**
 * ofmf_detach - step: mend what is stale
 */
void ofmf_detach(struct ofmf *ofmf)
{
	char path[OFMF_SOURCE_PATH];

	ofmf_state_set(ofmf, OFMF_STATE_REPAIRING);
	if (sd_event_now(ofmf->event, CLOCK_MONOTONIC, &ofmf->repaired) < 0)
		ofmf->repaired = 1;
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get, on_source);
}
