// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reporting where the registration stands, to the log, to systemctl status and
 * to the control socket.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "util/log.h"
#include "priv.h"

/**
 * ofmf_report_init - nothing is reported yet
 *
 * Return: 0 or -ENOMEM; ofmf_report_free() in both cases.
 */
int ofmf_report_init(struct ofmf *ofmf)
{
	ofmf->report.kinds = json_object();
	ofmf->report.status = calloc(1, OFMF_STATUS_MAX);
	return ofmf->report.kinds && ofmf->report.status ? 0 : -ENOMEM;
}

void ofmf_report_free(struct ofmf *ofmf)
{
	json_decref(ofmf->report.kinds);
	free(ofmf->report.status);
}

/**
 * ofmf_failed - log a failure, once a kind until all is well again
 * @what: what did not work, as a predicate of the OFMF
 * @reply: why, or NULL
 */
void ofmf_failed(struct ofmf *ofmf, const char *what,
		 const struct ofmf_reply *reply)
{
	char kind[384];

	if (reply && reply->answer == OFMF_OFFLINE) {
		/* another may answer next time */
		ofmf_heed_forget(ofmf);
		ofmf_compare_doubt(ofmf);
		outbox_retry(ofmf->outbox);
	}
	if (!reply)
		snprintf(kind, sizeof(kind), "%s", what);
	else if (reply->answer == OFMF_OFFLINE && reply->status)
		snprintf(kind, sizeof(kind), "does not let us in: %s",
			 reply->why);
	else if (reply->answer == OFMF_OFFLINE)
		snprintf(kind, sizeof(kind), "unreachable: %s", reply->why);
	else
		snprintf(kind, sizeof(kind), "%s: %s", what, reply->why);
	ofmf_leave_failed(ofmf, kind, reply && reply->answer == OFMF_OFFLINE);
	if (json_object_get(ofmf->report.kinds, kind) ||
	    json_object_size(ofmf->report.kinds) >= OFMF_KINDS_MAX) {
		log_debug("OFMF %s %s", ofmf->name, kind);
		return;
	}
	json_object_set_new(ofmf->report.kinds, kind, json_true());
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
	ofmf_state_set(ofmf, OFMF_STATE_REGISTERED);
	ofmf_succeeded(ofmf);
	ofmf_go(ofmf, ofmf_deliver);
}

/**
 * ofmf_succeeded - the OFMF has what it was to have
 */
void ofmf_succeeded(struct ofmf *ofmf)
{
	if (sd_event_now(ofmf->event, CLOCK_MONOTONIC,
			 &ofmf->report.success) < 0)
		ofmf->report.success = 0;
}

/**
 * ofmf_well - all that was asked of the OFMF was done
 */
void ofmf_well(struct ofmf *ofmf)
{
	ofmf->failures = 0;
	if (!json_object_size(ofmf->report.kinds))
		return;
	json_object_clear(ofmf->report.kinds);
	log_info("OFMF %s: in touch again", ofmf->name);
}

/* The registration stays while the OFMF does not answer. */
static const char *ofmf_state(const struct ofmf *ofmf)
{
	if (ofmf->failures && ofmf->context &&
	    ofmf->state != OFMF_STATE_REPAIRING &&
	    ofmf->state != OFMF_STATE_LEAVING)
		return "not in touch";
	return ofmf_state_name(ofmf->state);
}

/**
 * ofmf_notify - call @changed if ofmf_status() is another by now
 *
 * Called between steps; while events are pending successes are not notified.
 */
void ofmf_notify(struct ofmf *ofmf)
{
	const char *state = ofmf_state(ofmf);
	bool busy = outbox_length(ofmf->outbox) > 0;

	if (state == ofmf->report.notified.state &&
	    ofmf->failures == ofmf->report.notified.failures &&
	    (busy || ofmf->report.success == ofmf->report.notified.success))
		return;
	ofmf->report.notified.state = state;
	ofmf->report.notified.failures = ofmf->failures;
	ofmf->report.notified.success = ofmf->report.success;
	if (ofmf->changed)
		ofmf->changed(ofmf->ctx);
}

/* Seconds since a moment of CLOCK_MONOTONIC in us; false: it never came. */
static bool age_of(const struct ofmf *ofmf, uint64_t since, uint64_t *seconds)
{
	uint64_t now;

	if (!since || sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) < 0 ||
	    now < since)
		return false;
	*seconds = (now - since) / 1000000;
	return true;
}

/* Shown for long, a time of day stays right and an age does not. */
static void print_time(const struct ofmf *ofmf, FILE *out, const char *before,
		       uint64_t since)
{
	uint64_t seconds;
	char text[32];
	struct tm tm;
	time_t then;

	if (!age_of(ofmf, since, &seconds))
		return;
	then = time(NULL) - (time_t)seconds;
	if (localtime_r(&then, &tm) && strftime(text, sizeof(text), "%F %T",
						&tm))
		fprintf(out, "%s%s", before, text);
}

static void print_brief(const struct ofmf *ofmf, FILE *out)
{
	size_t queued = outbox_length(ofmf->outbox);

	fputs(ofmf_state(ofmf), out);
	if (queued)
		fprintf(out, ", %zu queued", queued);
	if (ofmf->failures)
		fprintf(out, ", %u failures in a row", ofmf->failures);
}

static void print_status(const struct ofmf *ofmf, FILE *out)
{
	const char *state = ofmf_state(ofmf);
	uint64_t dropped = outbox_dropped(ofmf->outbox);

	if (ofmf->context)
		fprintf(out, "registered as %s", ofmf->context);
	if (!ofmf->context || strcmp(state, "registered"))
		fprintf(out, "%s%s", ofmf->context ? ", " : "", state);
	fprintf(out, ", %zu queued", outbox_length(ofmf->outbox));
	print_time(ofmf, out, ", the oldest since ",
		   outbox_oldest(ofmf->outbox));
	if (ofmf_drift(ofmf) < 0)
		fputs(", drift unknown", out);
	else
		fprintf(out, ", drift %ld", ofmf_drift(ofmf));
	fprintf(out, ", %u failures in a row", ofmf->failures);
	if (dropped)
		fprintf(out, ", %" PRIu64 " dropped", dropped);
	print_time(ofmf, out, ", last success ", ofmf->report.success);
	print_time(ofmf, out, ", last comparison ", ofmf->compare.finished);
	if (ofmf->compare.finished)
		fprintf(out, " with %zu differences",
			ofmf->compare.differences);
}

const char *ofmf_status(const struct ofmf *ofmf, bool brief)
{
	FILE *out = fmemopen(ofmf->report.status, OFMF_STATUS_MAX, "w");

	if (!out)
		return ofmf_state(ofmf);
	if (brief)
		print_brief(ofmf, out);
	else
		print_status(ofmf, out);
	fclose(out);
	return ofmf->report.status;
}

static void set_age(const struct ofmf *ofmf, json_t *report, const char *key,
		    uint64_t since)
{
	uint64_t seconds;

	if (age_of(ofmf, since, &seconds))
		json_object_set_new(report, key,
				    json_integer((json_int_t)seconds));
}

json_t *ofmf_report(const struct ofmf *ofmf)
{
	long drift = ofmf_drift(ofmf);
	json_t *report;

	report = json_pack("{s:s, s:s, s:s, s:s*, s:I, s:o, s:I, s:I}",
			   "url", ofmf->name, "profile", "sunfish",
			   "state", ofmf_state(ofmf),
			   "context", ofmf->context,
			   "queued", (json_int_t)outbox_length(ofmf->outbox),
			   "drift", drift < 0 ? json_null() :
						json_integer(drift),
			   "failures", (json_int_t)ofmf->failures,
			   "dropped",
			   (json_int_t)outbox_dropped(ofmf->outbox));
	set_age(ofmf, report, "oldest_s", outbox_oldest(ofmf->outbox));
	set_age(ofmf, report, "success_s", ofmf->report.success);
	if (ofmf->compare.finished) {
		set_age(ofmf, report, "compared_s", ofmf->compare.finished);
		json_object_set_new(report, "differences",
				    json_integer(ofmf->compare.differences));
	}
	return report;
}
