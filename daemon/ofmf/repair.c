// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Repairing copies at an OFMF that does not act upon ResourceChanged and
 * ResourceRemoved, as the reference does not (resync = auto or detach).
 *
 * An edit of a copy is forwarded to the agent that manages it. So the agent
 * deletes its AggregationSource first; then the copies are nobody's, and the
 * OFMF edits them itself. Afterwards the agent puts the AggregationSource back
 * as it was:
 *
 *   deliver --> read back -- differs --> detach --> edit ... --> attach
 *
 * Meanwhile the OFMF does not know our context, and a registration would find
 * our names taken. So the AggregationSource is stored before it is deleted, and
 * an agent that was killed in between puts it back first.
 */
#include <errno.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

#define RECORD	"detached"

static int store_source(struct ofmf *ofmf)
{
	return ofmf_record_set_json(ofmf, RECORD, ofmf->repair.source);
}

/**
 * ofmf_repair_load - is the AggregationSource away since an earlier run?
 */
void ofmf_repair_load(struct ofmf *ofmf)
{
	ofmf->repair.source = ofmf_record_get_json(ofmf, RECORD);
}

/**
 * ofmf_repair_init - nothing is to be repaired
 *
 * Return: 0 or -ENOMEM; ofmf_repair_free() in both cases.
 */
int ofmf_repair_init(struct ofmf *ofmf)
{
	ofmf->repair.unverified = json_object();
	ofmf->repair.pruned = json_object();
	if (!ofmf->repair.unverified || !ofmf->repair.pruned)
		return error_origin(-ENOMEM, "OFMF %s: copies to repair",
				    ofmf->name);
	return 0;
}

void ofmf_repair_free(struct ofmf *ofmf)
{
	json_decref(ofmf->repair.unverified);
	json_decref(ofmf->repair.source);
	json_decref(ofmf->repair.pruned);
}

/**
 * ofmf_repair_forget - the OFMF has no copies any more
 */
void ofmf_repair_forget(struct ofmf *ofmf)
{
	json_object_clear(ofmf->repair.unverified);
	json_object_clear(ofmf->repair.pruned);
	ofmf->repair.history.first = 0;
	ofmf->repair.compare = 0;
}

/**
 * ofmf_is_detached - is our AggregationSource deleted for a repair?
 */
bool ofmf_is_detached(const struct ofmf *ofmf)
{
	return ofmf->repair.source;
}

/**
 * ofmf_repair_drop - our AggregationSource is not to be put back
 */
void ofmf_repair_drop(struct ofmf *ofmf)
{
	json_decref(ofmf->repair.source);
	ofmf->repair.source = NULL;
	store_source(ofmf);
}

static uint64_t now_usec(const struct ofmf *ofmf)
{
	uint64_t now;

	return sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) < 0 ? 1 : now;
}

/* ---- attach ------------------------------------------------------------- */

/* Was @uri, or what it is below, deleted while our AggregationSource is away? */
static bool is_pruned(const struct ofmf *ofmf, const char *uri)
{
	const char *top;
	json_t *value;
	size_t len;

	json_object_foreach(ofmf->repair.pruned, top, value) {
		len = strlen(top);
		if (!strncmp(uri, top, len) && (!uri[len] || uri[len] == '/'))
			return true;
	}
	return false;
}

/*
 * What was deleted is not listed as ours any more, and nothing is twice; all
 * else stays, in its order.
 */
static void source_prune(struct ofmf *ofmf)
{
	json_t *links = json_object_get(ofmf->repair.source, "Links");
	json_t *list = json_object_get(links, "ResourcesAccessed");
	json_t *kept = json_array(), *seen = json_object(), *item;
	const char *uri;
	size_t i;

	json_array_foreach(list, i, item) {
		uri = json_is_string(item) ? json_string_value(item) :
		      json_string_value(json_object_get(item, "@odata.id"));
		if (uri && (is_pruned(ofmf, uri) || json_object_get(seen, uri)))
			continue;
		if (uri)
			json_object_set_new(seen, uri, json_true());
		json_array_append(kept, item);
	}
	if (list && kept && seen)
		json_object_set(links, "ResourcesAccessed", kept);
	json_decref(kept);
	json_decref(seen);
	json_object_clear(ofmf->repair.pruned);
}

/*
 * What was edited is read back now. What a client changed in the meantime, when
 * the OFMF took the copies for its own, is found by comparing all, later.
 */
static void attach_end(struct ofmf *ofmf)
{
	ofmf->repair.rounds = 0;
	json_decref(ofmf->repair.source);
	ofmf->repair.source = NULL;
	ofmf->repair.compare = now_usec(ofmf) + ofmf->timing.recompare;
	store_source(ofmf);
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
	attach_end(ofmf);
	if (there) {
		ofmf_state_set(ofmf, OFMF_STATE_CHECKING);
		ofmf_checked(ofmf, reply);
		return;
	}
	log_warning("OFMF %s: does not take our AggregationSource back; registering again",
		    ofmf->name);
	ofmf_go(ofmf, ofmf_check);
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
		ofmf_go(ofmf, ofmf_check);
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
	ofmf_history_begin(&ofmf->repair.history, &ofmf->timing,
			   now_usec(ofmf));
	ofmf->repair.source = json_deep_copy(reply->json);
	r = ofmf->repair.source ? store_source(ofmf) :
	    error_origin(-ENOMEM, "AggregationSource: copying it");
	if (r) {
		/* not before it is stored */
		error_log(LOG_ERR, r, "OFMF %s: no repair of its copies now",
			  ofmf->name);
		json_decref(ofmf->repair.source);
		ofmf->repair.source = NULL;
		ofmf_go(ofmf, ofmf_deliver);
		return;
	}
	log_info("OFMF %s: repairing copies: %zu differ, the first is %s",
		 ofmf->name, json_object_size(ofmf->differ.set),
		 ofmf_repair_first(ofmf));
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "DELETE", path, NULL, ofmf->timing.get,
		     on_detached);
}

static void detach(struct ofmf *ofmf)
{
	char path[OFMF_SOURCE_PATH];

	ofmf_state_set(ofmf, OFMF_STATE_REPAIRING);
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get, on_source);
}

static void on_first(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = ofmf_repair_first(ofmf);
	enum ofmf_kind kind;

	if (reply->answer == OFMF_OFFLINE || !uri) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	kind = ofmf_copy_kind(ofmf, uri, reply);
	if (ofmf_differ_kind(ofmf, uri) != OFMF_IS_LEFT_OUT &&
	    (kind == OFMF_IS_EQUAL || kind == OFMF_IS_FOREIGN)) {
		ofmf_differ_clear(ofmf, uri);
		ofmf_go(ofmf, ofmf_deliver);
	} else {
		detach(ofmf);
	}
}

/**
 * ofmf_detach - step: repair what differs
 *
 * Where the first is equal by now nothing is detached for it.
 */
void ofmf_detach(struct ofmf *ofmf)
{
	ofmf_request(ofmf, "GET", ofmf_their_uri(ofmf, ofmf_repair_first(ofmf)),
		     NULL, ofmf->timing.get, on_first);
}
