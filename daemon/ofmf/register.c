// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Registering: from nothing, or from a stored context, to a context that the
 * OFMF knows.
 *
 *   check --- 200 --> (address) --> compare
 *     | 404
 *   register -- context came --> upload
 *     | 409, closed, 500, 200 without a context
 *   recover -- one of the AggregationSources is ours --> check
 *     | none is, and the OFMF has our ConnectionMethod (409)
 *   clear -- what it left (clear.c)
 *   orphan -- DELETE it --> register
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

#define ROUNDS		3	/* see recover_end() */

static void ofmf_recover_next(struct ofmf *ofmf);

/**
 * ofmf_reg_init - nothing is known of a registration
 *
 * Return: 0 or -ENOMEM; ofmf_reg_free() in both cases.
 */
int ofmf_reg_init(struct ofmf *ofmf)
{
	ofmf->reg.sources = json_array();
	ofmf->reg.leftovers = json_array();
	return ofmf->reg.sources && ofmf->reg.leftovers ? 0 : -ENOMEM;
}

void ofmf_reg_free(struct ofmf *ofmf)
{
	json_decref(ofmf->reg.sources);
	json_decref(ofmf->reg.leftovers);
}

/* ---- check: does the OFMF know our context, and where we are? ----------- */

static void on_moved(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer != OFMF_OK) {
		ofmf_failed(ofmf, "did not take our new address", reply);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	log_info("OFMF %s: reaches us at %s from now on", ofmf->name,
		 ofmf->callback);
	ofmf->compare_due = ofmf->reg.moved = true;
	ofmf_go(ofmf, ofmf_check);
}

static void check_address(struct ofmf *ofmf, const json_t *source)
{
	char path[OFMF_SOURCE_PATH];
	json_t *body;

	if (ofmf_host_same(source, ofmf->callback)) {
		ofmf->reg.moved = false;
		ofmf_compare_names(ofmf, source);
		return;
	}
	if (ofmf->reg.moved) {
		ofmf->reg.moved = false;
		ofmf_failed(ofmf, "keeps an old address of ours", NULL);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	ofmf_source_path(ofmf, path);
	body = json_pack("{s:s}", "HostName", ofmf->callback);
	ofmf_request(ofmf, "PATCH", path, body, ofmf->timing.get, on_moved);
	json_decref(body);
}

/**
 * ofmf_checked - act upon what the OFMF shows as our AggregationSource
 */
void ofmf_checked(struct ofmf *ofmf, const struct ofmf_reply *reply)
{
	if (reply->answer == OFMF_OK &&
	    ofmf_source_ours(reply->json, ofmf->method_uri, ofmf->callback)) {
		ofmf->recheck = ofmf->reg.reading = false;
		check_address(ofmf, reply->json);
	} else if (reply->answer == OFMF_GONE ||
		   (reply->answer == OFMF_OK && json_is_object(reply->json))) {
		ofmf_forget(ofmf);
		ofmf_go(ofmf, ofmf_register);
	} else {
		ofmf_failed(ofmf, reply->answer == OFMF_OK ?
			    "sent no JSON" : "did not show our registration",
			    reply);
		ofmf_wait(ofmf, ofmf_check);
	}
}

static void on_checked(const struct ofmf_reply *reply, void *ctx)
{
	ofmf_checked(ctx, reply);
}

/**
 * ofmf_check - step: is our context still good?
 */
void ofmf_check(struct ofmf *ofmf)
{
	char path[OFMF_SOURCE_PATH];

	if (ofmf_is_leaving(ofmf)) {
		ofmf_leave_step(ofmf);
		return;
	}
	if (ofmf_is_detached(ofmf)) {
		ofmf_attach(ofmf);
		return;
	}
	if (!ofmf->context) {
		ofmf_register(ofmf);
		return;
	}
	ofmf_state_set(ofmf, OFMF_STATE_CHECKING);
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get, on_checked);
}

/* ---- register ----------------------------------------------------------- */

static json_t *discovered_record(const struct ofmf *ofmf)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[s,s], s:{s:s}}",
		"EventType", "Other",
		"EventId", "1",
		"MemberId", "1",
		"Severity", "OK",
		"Message", "A host with its fabric endpoints is available.",
		"MessageId", "ResourceEvent.1.0.AggregationSourceDiscovered",
		"MessageArgs", "Redfish", ofmf->callback,
		"OriginOfCondition", "@odata.id", ofmf->method_uri);
}

/* Written here whole: registration has its own form on the wire. */
static json_t *discovered_payload(const struct ofmf *ofmf)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:[o]}",
			 "@odata.type", "#Event.v1_7_0.Event",
			 "Id", "1",
			 "Name", "AggregationSourceDiscovered",
			 "Context", "",
			 "Events", discovered_record(ofmf));
}

static void on_registered(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	ofmf->reg.open = false;
	if (ofmf->context) {
		/* whatever the answer: the context came while we waited */
		ofmf->recheck = false;
		ofmf_go(ofmf, ofmf_upload);
		return;
	}
	ofmf->reg.conflict = reply->answer == OFMF_CONFLICT;
	switch (reply->answer) {
	case OFMF_OK:
	case OFMF_CONFLICT:
		ofmf_go(ofmf, ofmf_recover);
		return;
	case OFMF_UNSURE:
		ofmf_failed(ofmf, "did not complete the registration", reply);
		ofmf_go(ofmf, ofmf_recover);
		return;
	default:
		ofmf_failed(ofmf, "refused the registration", reply);
		ofmf_wait(ofmf, ofmf_register);
	}
}

/**
 * ofmf_register - step: make ourselves known
 *
 * While this POST is open the OFMF reads our ConnectionMethod and patches the
 * Context of our subscription: it arrives by ofmf_context_set().
 */
void ofmf_register(struct ofmf *ofmf)
{
	json_t *payload;

	if (ofmf->context || ofmf_is_leaving(ofmf)) {
		ofmf_check(ofmf);
		return;
	}
	ofmf_state_set(ofmf, OFMF_STATE_REGISTERING);
	if (ofmf->reg.reading) {
		ofmf_clear_read(ofmf);
		return;
	}
	payload = discovered_payload(ofmf);
	ofmf->reg.open = true;
	ofmf_request(ofmf, "POST", OFMF_LISTENER, payload,
		     ofmf->timing.handshake, on_registered);
	json_decref(payload);
}

/* ---- recover: an AggregationSource of ours that we do not know ---------- */

/*
 * If our ConnectionMethod is deleted although its AggregationSource is there, a
 * second one is made, and nobody ever removes the first. So one answer does not
 * suffice. A source that could not be read may be ours, which takes more of
 * them; but not for ever, for another agent's damaged entry stays damaged.
 */
static void recover_end(struct ofmf *ofmf)
{
	unsigned int patience = ofmf->reg.unread ? OFMF_PATIENCE : ROUNDS;

	json_array_clear(ofmf->reg.sources);
	if (ofmf_is_leaving(ofmf)) {
		ofmf_leave_searched(ofmf);
		return;
	}
	ofmf->reg.rounds = ofmf->reg.conflict ? ofmf->reg.rounds + 1 : 0;
	if (ofmf->reg.rounds >= patience) {
		ofmf_go(ofmf, ofmf_clear);
		return;
	}
	ofmf_failed(ofmf, "gave no context", NULL);
	ofmf_wait(ofmf, ofmf_register);
}

static void on_source(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	char *id = NULL;

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_register);
		return;
	}
	if (reply->answer == OFMF_OK &&
	    ofmf_source_ours(reply->json, ofmf->method_uri, ofmf->callback))
		id = ofmf_source_id(reply->json);
	if (id) {
		log_info("OFMF %s: knows this host already, as %s", ofmf->name,
			 id);
		json_array_clear(ofmf->reg.sources);
		ofmf->reg.rounds = 0;
		ofmf->compare_due = true;
		ofmf_adopt(ofmf, id);
		ofmf_go(ofmf, ofmf_check);
	} else {
		if (!json_is_object(reply->json))
			ofmf->reg.unread = true;
		ofmf_go(ofmf, ofmf_recover_next);
	}
	free(id);
}

/* Where a link of the OFMF's leads; NULL if not to the OFMF itself. */
static const char *member_path(const json_t *member)
{
	const char *uri = json_string_value(json_object_get(member,
							    "@odata.id"));

	if (!uri || strncmp(uri, "/redfish/", 9) ||
	    strlen(uri) != strcspn(uri, " \t\r\n?#"))
		return NULL;
	return uri;
}

static void ofmf_recover_next(struct ofmf *ofmf)
{
	const char *path = NULL;
	json_t *member = NULL;

	if (ofmf->context) {
		ofmf_check(ofmf);
		return;
	}
	while (!path && json_array_size(ofmf->reg.sources)) {
		size_t last = json_array_size(ofmf->reg.sources) - 1;

		json_decref(member);
		member = json_incref(json_array_get(ofmf->reg.sources, last));
		json_array_remove(ofmf->reg.sources, last);
		path = member_path(member);
	}
	if (path)
		ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get,
			     on_source);
	else
		recover_end(ofmf);
	json_decref(member);
}

static void on_sources(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const json_t *members = json_object_get(reply->json, "Members");
	size_t i;

	json_array_clear(ofmf->reg.sources);
	ofmf->reg.unread = reply->answer == OFMF_OK && !json_is_array(members);
	if (reply->answer == OFMF_OK) {
		for (i = 0; i < json_array_size(members) &&
		     i < OFMF_MEMBERS_MAX; i++)
			json_array_append(ofmf->reg.sources,
					  json_array_get(members, i));
		ofmf_go(ofmf, ofmf_recover_next);
	} else if (reply->answer == OFMF_GONE) {
		/* so the reference answers where there is none */
		recover_end(ofmf);
	} else {
		ofmf_failed(ofmf, "did not list its AggregationSources",
			    reply);
		ofmf_wait(ofmf, ofmf_register);
	}
}

/**
 * ofmf_recover - step: search the AggregationSources for this host
 */
void ofmf_recover(struct ofmf *ofmf)
{
	if (ofmf->context)
		ofmf_check(ofmf);
	else
		ofmf_request(ofmf, "GET", OFMF_SOURCES, NULL,
			     ofmf->timing.get, on_sources);
}

/* ---- orphan: our ConnectionMethod without an AggregationSource ---------- */

/* Registers again after a pause even on success, or this could spin. */
static void on_orphan_deleted(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_OK || reply->answer == OFMF_GONE)
		log_info("OFMF %s: deleted our ConnectionMethod, which no AggregationSource had",
			 ofmf->name);
	else
		ofmf_failed(ofmf, "kept our orphaned ConnectionMethod", reply);
	ofmf_wait(ofmf, ofmf_register);
}

/**
 * ofmf_orphan - step: delete our ConnectionMethod, then register
 */
void ofmf_orphan(struct ofmf *ofmf)
{
	if (ofmf->context)
		ofmf_check(ofmf);
	else
		ofmf_request(ofmf, "DELETE", ofmf->method_uri, NULL,
			     ofmf->timing.get, on_orphan_deleted);
}
