// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Repairing copies at an OFMF that does not follow ResourceChanged and
 * ResourceRemoved, as the reference does not (resync = detach).
 *
 * An edit of a copy is forwarded to the agent that manages it. So the agent
 * deletes its AggregationSource first; then the copies are nobody's, and the
 * OFMF edits them itself. Afterwards the agent puts the AggregationSource back
 * as it was:
 *
 *   deliver --> read back -- stale --> detach --> edit ... --> attach
 *
 * Meanwhile the OFMF does not know our context, and a registration would find
 * our names taken. So the AggregationSource is stored before it is deleted, and
 * an agent that was killed in between puts it back first.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

#define STORE_PREFIX	"ofmf.detached."

static void ofmf_edit(struct ofmf *ofmf);

static int store_source(struct ofmf *ofmf)
{
	char *text = NULL, *key = NULL;
	int r;

	if (asprintf(&key, STORE_PREFIX "%s", ofmf->name) < 0)
		return error_origin(-ENOMEM, "AggregationSource: its key");
	if (ofmf->repair.source)
		text = json_dumps(ofmf->repair.source, JSON_COMPACT);
	if (text || !ofmf->repair.source)
		r = store_set(ofmf->store, key, text);
	else
		r = error_origin(-ENOMEM, "AggregationSource: writing JSON");
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
		ofmf->repair.source = json_loads(text, 0, NULL);
	free(text);
	free(key);
}

static const char *first_stale(const struct ofmf *ofmf)
{
	return json_object_iter_key(json_object_iter(ofmf->repair.stale));
}

/* ---- what is to be repaired --------------------------------------------- */

/**
 * ofmf_repair_init - nothing is to be repaired
 *
 * Return: 0 or -ENOMEM; ofmf_repair_free() in both cases.
 */
int ofmf_repair_init(struct ofmf *ofmf)
{
	ofmf->repair.unverified = json_object();
	ofmf->repair.stale = json_object();
	ofmf->repair.pruned = json_object();
	if (!ofmf->repair.unverified || !ofmf->repair.stale ||
	    !ofmf->repair.pruned)
		return error_origin(-ENOMEM, "OFMF %s: copies to repair",
				    ofmf->name);
	return 0;
}

void ofmf_repair_free(struct ofmf *ofmf)
{
	json_decref(ofmf->repair.unverified);
	json_decref(ofmf->repair.stale);
	json_decref(ofmf->repair.source);
	json_decref(ofmf->repair.pruned);
}

/**
 * ofmf_repair_forget - the OFMF has no copies any more
 */
void ofmf_repair_forget(struct ofmf *ofmf)
{
	json_object_clear(ofmf->repair.unverified);
	json_object_clear(ofmf->repair.stale);
	json_object_clear(ofmf->repair.pruned);
}

/**
 * ofmf_repair_patch - a copy is to be edited
 * @patch: what it lacks; the reference is taken over; NULL without memory
 */
void ofmf_repair_patch(struct ofmf *ofmf, const char *uri, json_t *patch)
{
	json_object_set_new(ofmf->repair.stale, uri, patch);
}

/**
 * ofmf_repair_delete - a copy is to be deleted
 */
void ofmf_repair_delete(struct ofmf *ofmf, const char *uri)
{
	json_object_set_new(ofmf->repair.stale, uri, json_null());
}

/**
 * ofmf_repair_gone - the OFMF has no copy of a resource that we removed
 *
 * Where it lists it all the same, the next repair takes it off the list.
 */
void ofmf_repair_gone(struct ofmf *ofmf, const char *uri)
{
	json_object_set_new(ofmf->repair.pruned, ofmf_their_uri(ofmf, uri),
			    json_true());
}

/**
 * ofmf_repair_drift - how many copies are to be read back or to be repaired
 */
size_t ofmf_repair_drift(const struct ofmf *ofmf)
{
	return json_object_size(ofmf->repair.unverified) +
	       json_object_size(ofmf->repair.stale);
}

/**
 * ofmf_is_detached - is our AggregationSource deleted for a repair?
 */
bool ofmf_is_detached(const struct ofmf *ofmf)
{
	return ofmf->repair.source;
}

/**
 * ofmf_repair_due - is a repair pending?
 *
 * Return: 0: none; 1: now; else the time in us that it has to wait, for
 * repairs are rate-limited: each makes the host unknown for a moment.
 */
uint64_t ofmf_repair_due(const struct ofmf *ofmf)
{
	uint64_t now, next;

	if (!json_object_size(ofmf->repair.stale))
		return 0;
	if (!ofmf->repair.begun ||
	    sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) < 0)
		return 1;
	next = ofmf->repair.begun + ofmf->timing.repair;
	return now >= next ? 1 : next - now;
}

/* ---- attach ------------------------------------------------------------- */

/* What was removed is no more listed as ours. */
static void source_prune(struct ofmf *ofmf)
{
	json_t *links = json_object_get(ofmf->repair.source, "Links");
	json_t *list = json_object_get(links, "ResourcesAccessed");
	size_t i = json_array_size(list);
	const char *uri;
	json_t *item;

	while (i--) {
		item = json_array_get(list, i);
		uri = json_is_string(item) ? json_string_value(item) :
		      json_string_value(json_object_get(item, "@odata.id"));
		if (uri && json_object_get(ofmf->repair.pruned, uri))
			json_array_remove(list, i);
	}
	json_object_clear(ofmf->repair.pruned);
}

static void attach_end(struct ofmf *ofmf)
{
	ofmf->repair.rounds = 0;
	json_decref(ofmf->repair.source);
	ofmf->repair.source = NULL;
	store_source(ofmf);
	ofmf_go(ofmf, ofmf_check);
}

/*
 * Without it our names there are taken by copies that nobody manages, and a
 * registration makes a second copy of everything: so it is given up late.
 */
static void on_read(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	bool there = reply->answer == OFMF_OK &&
		     ofmf_source_ours(reply->json, ofmf->method_uri,
				      ofmf->callback);

	if (!there && (reply->answer != OFMF_GONE ||
		       ++ofmf->repair.rounds < OFMF_PATIENCE)) {
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

/* Its answer does not prove that it has it: read it. */
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
	ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get, on_read);
}

/**
 * ofmf_attach - step: put our AggregationSource back
 */
void ofmf_attach(struct ofmf *ofmf)
{
	ofmf_state_set(ofmf, OFMF_STATE_REPAIRING);
	source_prune(ofmf);
	ofmf_request(ofmf, "POST", OFMF_SOURCES, ofmf->repair.source,
		     ofmf->timing.get, on_attached);
}

/* ---- edit --------------------------------------------------------------- */

static void on_edited(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = first_stale(ofmf);

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_attach);
		return;
	}
	/* what was not done stays listed, so that the next comparison sees it */
	if (reply->answer != OFMF_OK && reply->answer != OFMF_GONE)
		log_warning("OFMF %s: its copy of %s cannot be mended: %s",
			    ofmf->name, uri ? uri : "", reply->why);
	else if (uri && json_is_null(json_object_get(ofmf->repair.stale, uri)))
		ofmf_repair_gone(ofmf, uri);
	if (uri)
		json_object_del(ofmf->repair.stale, uri);
	ofmf_go(ofmf, ofmf_edit);
}

/* Removals of children before their parents would be more work, not better. */
static void ofmf_edit(struct ofmf *ofmf)
{
	const char *uri = first_stale(ofmf);
	json_t *patch = json_object_get(ofmf->repair.stale, uri);
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
	json_object_clear(ofmf->repair.stale);
	ofmf_wait(ofmf, ofmf_attach);
}

static void on_source(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	char path[OFMF_SOURCE_PATH];
	int r;

	if (reply->answer != OFMF_OK ||
	    !ofmf_source_ours(reply->json, ofmf->method_uri, ofmf->callback)) {
		ofmf_failed(ofmf, "did not show our registration", reply);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	ofmf->repair.source = json_deep_copy(reply->json);
	r = ofmf->repair.source ? store_source(ofmf) :
	    error_origin(-ENOMEM, "AggregationSource: copying it");
	if (r) {
		/* not before it is stored */
		error_log(LOG_ERR, r, "OFMF %s: no repair of its copies now",
			  ofmf->name);
		json_decref(ofmf->repair.source);
		ofmf->repair.source = NULL;
		json_object_clear(ofmf->repair.stale);
		ofmf_go(ofmf, ofmf_deliver);
		return;
	}
	log_info("OFMF %s: mending %zu copies that did not follow",
		 ofmf->name, json_object_size(ofmf->repair.stale));
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
	if (sd_event_now(ofmf->event, CLOCK_MONOTONIC, &ofmf->repair.begun) < 0)
		ofmf->repair.begun = 1;
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get, on_source);
}
