// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Where it stands, for logs, systemctl status and the control socket.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../log.h"
#include "ofmf_priv.h"

/**
 * ofmf_failed - log a failure, once a kind until all is well again
 * @what: what did not work, as a predicate of the OFMF
 * @reply: why, or NULL
 */
void ofmf_failed(struct ofmf *ofmf, const char *what,
		 const struct ofmf_reply *reply)
{
	char kind[256];

	if (!reply)
		snprintf(kind, sizeof(kind), "%s", what);
	else if (reply->answer == OFMF_OFFLINE)
		snprintf(kind, sizeof(kind), "unreachable: %s", reply->why);
	else
		snprintf(kind, sizeof(kind), "%s: %s", what, reply->why);
	if (json_object_get(ofmf->kinds, kind) ||
	    json_object_size(ofmf->kinds) >= OFMF_KINDS_MAX) {
		log_debug("OFMF %s %s", ofmf->name, kind);
		return;
	}
	json_object_set_new(ofmf->kinds, kind, json_true());
	log_warning("OFMF %s %s; trying again", ofmf->name, kind);
}

/**
 * ofmf_online - context and upload are good: deliver from now on
 */
void ofmf_online(struct ofmf *ofmf)
{
	if (!ofmf->online)
		log_info("OFMF %s: registered as %s", ofmf->name,
			 ofmf->context);
	ofmf->online = true;
	ofmf_go(ofmf, ofmf_deliver);
}

/**
 * ofmf_well - all that was asked of the OFMF was done
 */
void ofmf_well(struct ofmf *ofmf)
{
	ofmf->failures = 0;
	if (!json_object_size(ofmf->kinds))
		return;
	json_object_clear(ofmf->kinds);
	log_info("OFMF %s: in touch again", ofmf->name);
}

size_t ofmf_drift(const struct ofmf *ofmf)
{
	return outbox_resources(ofmf->outbox) +
	       json_object_size(ofmf->doubts) + json_object_size(ofmf->stale) +
	       json_object_size(ofmf->lost) + ofmf->unknown;
}

const char *ofmf_status(const struct ofmf *ofmf)
{
	uint64_t dropped = outbox_dropped(ofmf->outbox), now;
	char success[64] = "";

	if (ofmf->success &&
	    sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) >= 0)
		snprintf(success, sizeof(success),
			 ", last success %" PRIu64 " s ago",
			 (now - ofmf->success) / 1000000);
	if (dropped)
		snprintf(success + strlen(success),
			 sizeof(success) - strlen(success),
			 ", %" PRIu64 " dropped", dropped);
	snprintf(ofmf->status, OFMF_STATUS_MAX, "%s%s%s, %zu queued, drift %zu%s",
		 !ofmf->context ? "not registered" :
		 ofmf->online && !ofmf->failures ? "registered as " :
		 "registered, not in touch, as ",
		 ofmf->context ? ofmf->context : "",
		 ofmf->failures ? ", trying again" : "",
		 outbox_length(ofmf->outbox), ofmf_drift(ofmf), success);
	return ofmf->status;
}

static const char *state_name(const struct ofmf *ofmf)
{
	if (!ofmf->context)
		return "not registered";
	if (ofmf->source)
		return "repairing";
	if (ofmf->failures)
		return "not in touch";
	return ofmf->online ? "registered" : "checking";
}

static void set_age(const struct ofmf *ofmf, json_t *report, const char *key,
		    uint64_t since)
{
	uint64_t now;

	if (since && sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) >= 0 &&
	    now >= since)
		json_object_set_new(report, key,
				    json_integer((now - since) / 1000000));
}

json_t *ofmf_report(const struct ofmf *ofmf)
{
	json_t *report;

	report = json_pack("{s:s, s:s, s:s, s:s*, s:I, s:I, s:I, s:I}",
			   "url", ofmf->name, "profile", "sunfish",
			   "state", state_name(ofmf),
			   "context", ofmf->context,
			   "queued", (json_int_t)outbox_length(ofmf->outbox),
			   "drift", (json_int_t)ofmf_drift(ofmf),
			   "failures", (json_int_t)ofmf->failures,
			   "dropped",
			   (json_int_t)outbox_dropped(ofmf->outbox));
	set_age(ofmf, report, "oldest_s", outbox_oldest(ofmf->outbox));
	set_age(ofmf, report, "success_s", ofmf->success);
	if (ofmf->compared) {
		set_age(ofmf, report, "compared_s", ofmf->compared);
		json_object_set_new(report, "differences",
				    json_integer(ofmf->differences));
	}
	return report;
}
