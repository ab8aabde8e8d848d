// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Leaving: take this host out of the OFMF, and stay out.
 *
 *   store that we leave
 *     |
 *   read our AggregationSource, or search for it; store what it lists
 *     |
 *   delete it --> copies are nobody's, so that the OFMF deletes them itself
 *     |
 *   delete copies, from the top (clear.c); look whether they are gone
 *     |
 *   delete our ConnectionMethod --> store that we left
 *
 * Each step can be done again, and is, until the OFMF did it: an agent that was
 * killed in between goes on. What another agent manages is left alone; what
 * others share with us is handed over (handover.c).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

#define RECORD		"leave"
#define STUCK_OFFLINE	2	/* failures in a row until the client gets an answer */
#define STUCK		OFMF_PATIENCE

/* ---- what is stored ----------------------------------------------------- */

static const char *const words[] = {
	[OFMF_MEMBER] = "member",
	[OFMF_LEAVING] = "leaving",
	[OFMF_LEFT] = "left",
};

/* A member has no record. */
static int record_store(struct ofmf *ofmf, enum ofmf_membership membership)
{
	json_t *record;
	int r;

	if (membership == OFMF_MEMBER)
		return ofmf_record_set(ofmf, RECORD, NULL);
	record = json_pack("{s:s, s:O}", "state", words[membership],
			   "resources", ofmf->leave.resources);
	r = record ? ofmf_record_set_json(ofmf, RECORD, record) :
	    error_origin(-ENOMEM, "leaving: its record");
	json_decref(record);
	return r;
}

static void record_take(struct ofmf *ofmf, const json_t *record)
{
	const char *word = json_string_value(json_object_get(record, "state"));
	const json_t *resources = json_object_get(record, "resources");

	if (word && !strcmp(word, words[OFMF_LEFT]))
		ofmf->leave.membership = OFMF_LEFT;
	else
		ofmf->leave.membership = OFMF_LEAVING;
	if (json_is_object(resources))
		json_object_update(ofmf->leave.resources, (json_t *)resources);
}

/**
 * ofmf_leave_load - did an earlier run leave, or begin to?
 */
void ofmf_leave_load(struct ofmf *ofmf)
{
	json_t *record = ofmf_record_get_json(ofmf, RECORD);

	if (record)
		record_take(ofmf, record);
	json_decref(record);
}

/**
 * ofmf_leave_init - a member
 *
 * Return: 0 or -ENOMEM; ofmf_leave_free() in both cases.
 */
int ofmf_leave_init(struct ofmf *ofmf)
{
	ofmf->leave.resources = json_object();
	ofmf->leave.deleted = json_object();
	return ofmf->leave.resources && ofmf->leave.deleted ? 0 : -ENOMEM;
}

void ofmf_leave_free(struct ofmf *ofmf)
{
	json_decref(ofmf->leave.resources);
	json_decref(ofmf->leave.deleted);
	json_decref(ofmf->leave.shared);
	json_decref(ofmf->leave.heirs);
}

bool ofmf_is_leaving(const struct ofmf *ofmf)
{
	return ofmf->leave.membership == OFMF_LEAVING;
}

/**
 * ofmf_leave_failed - a request failed, for who asked us to leave
 */
void ofmf_leave_failed(struct ofmf *ofmf, const char *why, bool offline)
{
	snprintf(ofmf->leave.why, sizeof(ofmf->leave.why), "%s", why);
	ofmf->leave.offline = offline;
}

/* ---- the AggregationSource ---------------------------------------------- */

/* What it lists becomes ours to delete, if its copy says so. */
static int resources_add(struct ofmf *ofmf, const json_t *source)
{
	json_t *theirs = ofmf_accessed(source, ofmf->tree), *value;
	const char *uri;

	if (!theirs)
		return error_origin(-ENOMEM, "leaving: a list of copies");
	json_object_foreach(theirs, uri, value)
		json_object_set_new(ofmf->leave.resources,
				    json_string_value(value), json_true());
	json_decref(theirs);
	return record_store(ofmf, OFMF_LEAVING);
}

/* Not before it is stored. */
static void not_stored(struct ofmf *ofmf, int error)
{
	error_log(LOG_ERR, error, "OFMF %s: cannot be left now", ofmf->name);
	ofmf_leave_failed(ofmf, "cannot be left: what it has of this host cannot be stored",
			  false);
	ofmf_wait(ofmf, ofmf_leave_step);
}

static void source_gone(struct ofmf *ofmf, bool found)
{
	ofmf->leave.searched = found;
	ofmf->failures = 0;
	ofmf_reset(ofmf);
	ofmf_go(ofmf, ofmf_leave_step);
}

/* Whatever the answer: it may have been done, so it is read again. */
static void on_detached(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_OK || reply->answer == OFMF_GONE) {
		source_gone(ofmf, true);
		return;
	}
	ofmf_failed(ofmf, "did not let our AggregationSource go", reply);
	ofmf_wait(ofmf, ofmf_leave_step);
}

static void on_source(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	char path[OFMF_SOURCE_PATH];
	int r;

	if (!ofmf_is_leaving(ofmf)) {
		ofmf_go(ofmf, ofmf_check);
	} else if (reply->answer == OFMF_OK &&
		   ofmf_source_ours(reply->json, ofmf->method_uri,
				    ofmf->callback)) {
		r = resources_add(ofmf, reply->json);
		if (r) {
			not_stored(ofmf, r);
			return;
		}
		ofmf_source_path(ofmf, path);
		ofmf_request(ofmf, "DELETE", path, NULL, ofmf->timing.get,
			     on_detached);
	} else if (reply->answer == OFMF_GONE ||
		   (reply->answer == OFMF_OK && json_is_object(reply->json))) {
		source_gone(ofmf, false);
	} else {
		ofmf_failed(ofmf, "did not show our registration", reply);
		ofmf_wait(ofmf, ofmf_leave_step);
	}
}

/**
 * ofmf_leave_searched - the search for an AggregationSource of ours ended
 *
 * One that could not be read may be ours, but not for ever: another agent's
 * damaged entry stays damaged.
 */
void ofmf_leave_searched(struct ofmf *ofmf)
{
	if (ofmf->reg.unread && ++ofmf->reg.rounds < OFMF_PATIENCE) {
		ofmf_failed(ofmf, "did not show all its AggregationSources",
			    NULL);
		ofmf_wait(ofmf, ofmf_leave_step);
		return;
	}
	ofmf->leave.searched = true;
	ofmf->failures = 0;
	ofmf_go(ofmf, ofmf_leave_step);
}

/* ---- the copies --------------------------------------------------------- */

static unsigned int depth_of(const char *uri)
{
	unsigned int n = 0;

	for (; *uri; uri++)
		n += *uri == '/';
	return n;
}

/* What is at the top comes last, for lists are taken from the end. */
static int deeper(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;
	unsigned int m = depth_of(*left), n = depth_of(*right);

	return m == n ? strcmp(*right, *left) : m < n ? 1 : -1;
}

/* The keys of @set, sorted so; a new reference, NULL without memory. */
static json_t *sorted(const json_t *set)
{
	size_t n = json_object_size(set), i = 0;
	const char **uris = calloc(n + 1, sizeof(*uris)), *uri;
	json_t *list = json_array(), *value;

	if (uris && list) {
		json_object_foreach((json_t *)set, uri, value)
			uris[i++] = uri;
		qsort(uris, n, sizeof(*uris), deeper);
		for (i = 0; i < n; i++)
			json_array_append_new(list, json_string(uris[i]));
	} else {
		json_decref(list);
		list = NULL;
	}
	free(uris);
	return list;
}

static bool is_deletable(const char *uri)
{
	return !strncmp(uri, "/redfish/v1/", strlen("/redfish/v1/")) &&
	       strlen(uri) == strcspn(uri, " \t\r\n?#") &&
	       ofmf_is_member(uri) && ofmf_announced(uri, NULL);
}

/* Collections go with what they are in. */
static void candidates_add(json_t *all, const json_t *set)
{
	const char *uri;
	json_t *value;

	json_object_foreach((json_t *)set, uri, value)
		if (is_deletable(uri))
			json_object_set_new(all, uri, json_true());
}

/*
 * All that may be ours there: what the OFMF listed, what was delivered, and
 * what the host has, for an upload that was cut off is in no list.
 */
static json_t *candidates(struct ofmf *ofmf)
{
	json_t *all = json_object(), *list;
	json_t *known = outbox_known(ofmf->outbox);

	candidates_add(all, ofmf->leave.resources);
	candidates_add(all, known);
	candidates_add(all, tree_all(ofmf->tree));
	if (is_deletable(ofmf->system_uri))
		json_object_set_new(all, ofmf->system_uri, json_true());
	list = sorted(all);
	json_decref(known);
	json_decref(all);
	return list;
}

static void clear(struct ofmf *ofmf, json_t *list)
{
	ofmf->leave.kept = 0;
	if (list)
		ofmf_clear_list(ofmf, list);
	else
		ofmf_wait(ofmf, ofmf_leave_step);
}

/**
 * ofmf_leave_deleted - a copy was deleted, as the OFMF says
 */
void ofmf_leave_deleted(struct ofmf *ofmf, const char *uri)
{
	json_object_set_new(ofmf->leave.deleted, uri, json_true());
	ofmf->leave.removed++;
	ofmf->failures = 0;
}

/* ---- the end ------------------------------------------------------------ */

static void left(struct ofmf *ofmf)
{
	struct ofmf_leave *leave = &ofmf->leave;

	json_object_clear(leave->resources);
	outbox_forget(ofmf->outbox);
	if (record_store(ofmf, OFMF_LEFT))
		log_error("OFMF %s: that it was left is not stored: after a restart it is left once more",
			  ofmf->name);
	leave->membership = OFMF_LEFT;
	leave->begun = false;
	*leave->why = '\0';
	log_info("OFMF %s: left: %u copies deleted with what was below them, %u handed over; \"fabmon join\" registers again",
		 ofmf->name, leave->removed, leave->handed);
	ofmf_state_set(ofmf, OFMF_STATE_LEFT);
	ofmf_well(ofmf);
	ofmf_rest(ofmf);
}

/* Nothing depends on it but a later registration, which clears it. */
static void on_method(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (!ofmf_is_leaving(ofmf)) {
		ofmf_go(ofmf, ofmf_check);
	} else if (reply->answer == OFMF_OK || reply->answer == OFMF_GONE) {
		left(ofmf);
	} else if (reply->answer != OFMF_OFFLINE &&
		   ++ofmf->reg.rounds >= OFMF_PATIENCE) {
		log_warning("OFMF %s: keeps our ConnectionMethod: %s",
			    ofmf->name, reply->why);
		left(ofmf);
	} else {
		ofmf_failed(ofmf, "keeps our ConnectionMethod", reply);
		ofmf_wait(ofmf, ofmf_leave_cleared);
	}
}

/**
 * ofmf_leave_cleared - step: the list of copies was gone through
 *
 * What was deleted is looked at until it is not there.
 */
void ofmf_leave_cleared(struct ofmf *ofmf)
{
	struct ofmf_leave *leave = &ofmf->leave;
	json_t *again;

	if (!ofmf_is_leaving(ofmf)) {
		ofmf_check(ofmf);
	} else if (leave->kept || leave->rounds >= OFMF_PATIENCE) {
		ofmf_failed(ofmf, "keeps copies of ours", NULL);
		leave->rounds = 0;
		json_object_clear(leave->deleted);
		ofmf_wait(ofmf, ofmf_leave_step);
	} else if (json_object_size(leave->deleted)) {
		leave->rounds++;
		again = sorted(leave->deleted);
		json_object_clear(leave->deleted);
		clear(ofmf, again);
	} else {
		ofmf_request(ofmf, "DELETE", ofmf->method_uri, NULL,
			     ofmf->timing.get, on_method);
	}
}

/**
 * ofmf_leave_step - step: the next of leaving
 */
void ofmf_leave_step(struct ofmf *ofmf)
{
	char path[OFMF_SOURCE_PATH];
	int r;

	if (!ofmf_is_leaving(ofmf)) {
		ofmf_check(ofmf);
		return;
	}
	ofmf->leave.begun = true;
	ofmf_state_set(ofmf, OFMF_STATE_LEAVING);
	if (ofmf_is_detached(ofmf)) {
		r = resources_add(ofmf, ofmf->repair.source);
		if (r) {
			not_stored(ofmf, r);
			return;
		}
		ofmf_repair_drop(ofmf);
	}
	if (ofmf->context) {
		ofmf_source_path(ofmf, path);
		ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get,
			     on_source);
	} else if (!ofmf->leave.searched) {
		ofmf_recover(ofmf);
	} else {
		ofmf->leave.rounds = 0;
		json_object_clear(ofmf->leave.deleted);
		clear(ofmf, candidates(ofmf));
	}
}

/* ---- from outside ------------------------------------------------------- */

enum ofmf_membership ofmf_membership(const struct ofmf *ofmf)
{
	return ofmf->leave.membership;
}

static void begin(struct ofmf *ofmf)
{
	struct ofmf_leave *leave = &ofmf->leave;

	leave->membership = OFMF_LEAVING;
	leave->begun = leave->searched = leave->offline = false;
	leave->removed = leave->handed = leave->kept = 0;
	*leave->why = '\0';
	ofmf->failures = 0;
	ofmf->reg.rounds = 0;
}

/* A request under way is not broken off: the OFMF may be doing it. */
int ofmf_leave(struct ofmf *ofmf)
{
	int r = 0;

	if (!ofmf_is_leaving(ofmf)) {
		r = record_store(ofmf, OFMF_LEAVING);
		if (r)
			return r;
		log_info("OFMF %s: leaving", ofmf->name);
	}
	if (!ofmf->leave.begun)
		begin(ofmf);
	else
		ofmf->failures = 0;
	if (!ofmf_http_busy(ofmf->http))
		ofmf_go(ofmf, ofmf_leave_step);
	return 0;
}

int ofmf_join(struct ofmf *ofmf)
{
	int r;

	if (ofmf->leave.membership == OFMF_MEMBER)
		return 0;
	r = record_store(ofmf, OFMF_MEMBER);
	if (r)
		return r;
	log_info("OFMF %s: joining", ofmf->name);
	begin(ofmf);
	ofmf->leave.membership = OFMF_MEMBER;
	json_object_clear(ofmf->leave.resources);
	if (!ofmf_http_busy(ofmf->http))
		ofmf_go(ofmf, ofmf_check);
	return 0;
}

bool ofmf_leave_stuck(const struct ofmf *ofmf)
{
	return ofmf_is_leaving(ofmf) && *ofmf->leave.why &&
	       ofmf->failures >= (ofmf->leave.offline ? STUCK_OFFLINE : STUCK);
}

json_t *ofmf_leave_report(const struct ofmf *ofmf)
{
	const struct ofmf_leave *leave = &ofmf->leave;

	return json_pack("{s:s, s:s, s:I, s:I, s:s*}", "url", ofmf->name,
			 "state", words[leave->membership],
			 "deleted", (json_int_t)leave->removed,
			 "handed_over", (json_int_t)leave->handed,
			 "error", *leave->why ? leave->why : NULL);
}
