// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One OFMF: its life, the timer between its steps, and what others tell it.
 * The steps are in register.c, upload.c, resync.c and deliver.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "../log.h"
#include "../redfish/redfish.h"
#include "ofmf_priv.h"

#define STORE_PREFIX	"ofmf.context."
#define STATUS_MAX	320

static const struct ofmf_timing timing_default = {
	.base = 1000 * 1000,
	.cap = 60 * 1000 * 1000,
	.repair = 600ULL * 1000 * 1000,
	.get = 30 * 1000,
	.event = 60 * 1000,
	.handshake = 120 * 1000,
	.crawl = 600 * 1000,
	.tries = 5,
};

/* ---- the timer between steps -------------------------------------------- */

static void step_arm(struct ofmf *ofmf, ofmf_step step, uint64_t delay)
{
	int r;

	ofmf->step = step;
	ofmf->pausing = false;
	r = sd_event_source_set_time_relative(ofmf->timer, delay);
	if (r >= 0)
		r = sd_event_source_set_enabled(ofmf->timer,
						SD_EVENT_ONESHOT);
	if (r < 0)
		log_error("OFMF %s: cannot set its timer: %s", ofmf->name,
			  strerror(-r));
}

/**
 * ofmf_go - do @step next
 */
void ofmf_go(struct ofmf *ofmf, ofmf_step step)
{
	step_arm(ofmf, step, 0);
}

static uint64_t dice(const struct ofmf *ofmf)
{
	uint64_t value;

	if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != sizeof(value))
		value = (uint64_t)clock() ^ (uintptr_t)ofmf;
	return value;
}

/**
 * ofmf_pause - do @step in @delay us, or before if something is owed
 */
void ofmf_pause(struct ofmf *ofmf, ofmf_step step, uint64_t delay)
{
	step_arm(ofmf, step, delay);
	ofmf->pausing = true;
}

/**
 * ofmf_wait - do @step after a backoff
 *
 * Doubles with each failure in a row, with full jitter: agents that lost the
 * same OFMF must not come back together, for registrations at the same time
 * damage the reference's tree.
 */
void ofmf_wait(struct ofmf *ofmf, ofmf_step step)
{
	uint64_t limit = ofmf->timing.base;
	unsigned int i;

	for (i = 0; i < ofmf->failures && limit < ofmf->timing.cap; i++)
		limit *= 2;
	if (limit > ofmf->timing.cap)
		limit = ofmf->timing.cap;
	ofmf->failures++;
	step_arm(ofmf, step, ofmf->timing.base / 10 + dice(ofmf) % limit);
}

/**
 * ofmf_rest - nothing is owed: no timer
 */
void ofmf_rest(struct ofmf *ofmf)
{
	ofmf->step = NULL;
	sd_event_source_set_enabled(ofmf->timer, SD_EVENT_OFF);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct ofmf *ofmf = ctx;
	ofmf_step step = ofmf->step;

	ofmf->step = NULL;
	if (step)
		step(ofmf);
	return 0;
}

/* Wake up a client that rests; one that is busy looks by itself. */
static void ofmf_wake(struct ofmf *ofmf)
{
	if (ofmf->online && (!ofmf->step || ofmf->pausing) &&
	    !ofmf_http_busy(ofmf->http))
		ofmf_go(ofmf, ofmf_deliver);
}

/* A quarter earlier or later: hosts that started together drift apart. */
static uint64_t reconcile_delay(const struct ofmf *ofmf)
{
	uint64_t span = ofmf->timing.reconcile / 2;

	return ofmf->timing.reconcile - span / 2 + dice(ofmf) % (span + 1);
}

static int on_reconcile(sd_event_source *source, uint64_t usec, void *ctx)
{
	struct ofmf *ofmf = ctx;

	ofmf->deep = true;
	ofmf_wake(ofmf);
	sd_event_source_set_time_relative(source, reconcile_delay(ofmf));
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int reconcile_arm(struct ofmf *ofmf)
{
	return sd_event_add_time_relative(ofmf->event, &ofmf->reconcile,
					  CLOCK_MONOTONIC,
					  reconcile_delay(ofmf), 0,
					  on_reconcile, ofmf);
}

/* ---- what steps share --------------------------------------------------- */

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

/**
 * ofmf_source_path - the path of our AggregationSource
 */
void ofmf_source_path(const struct ofmf *ofmf,
		      char path[static OFMF_SOURCE_PATH])
{
	snprintf(path, OFMF_SOURCE_PATH, OFMF_SOURCES "/%s", ofmf->context);
}

static char *store_key(const char *name)
{
	char *key;

	return asprintf(&key, STORE_PREFIX "%s", name) < 0 ? NULL : key;
}

static void context_change(struct ofmf *ofmf, const char *context)
{
	char *copy = context ? strdup(context) : NULL;
	char *key = store_key(ofmf->name);
	int r = -ENOMEM;

	if (key && (copy || !context))
		r = store_set(ofmf->store, key, copy);
	if (r < 0 && r != -ENOENT)
		log_error("OFMF %s: cannot store its context: %s", ofmf->name,
			  strerror(-r));
	free(key);
	free(ofmf->context);
	ofmf->context = copy;
	if (ofmf->changed)
		ofmf->changed(copy, ofmf->ctx);
}

/**
 * ofmf_adopt - @context is ours from now on; stored before anyone is told
 */
void ofmf_adopt(struct ofmf *ofmf, const char *context)
{
	if (ofmf->context && !strcmp(ofmf->context, context))
		return;
	context_change(ofmf, context);
}

/**
 * ofmf_forget - the OFMF does not know our context any more
 */
void ofmf_forget(struct ofmf *ofmf)
{
	if (ofmf->context)
		log_info("OFMF %s does not know %s; registering again",
			 ofmf->name, ofmf->context);
	ofmf->online = ofmf->following = ofmf->deep = false;
	ofmf->recheck = ofmf->doubted = false;
	ofmf->uploads = 0;
	outbox_forget(ofmf->outbox);
	json_object_clear(ofmf->given_up);
	json_array_clear(ofmf->compare);
	json_object_clear(ofmf->theirs);
	json_object_clear(ofmf->doubts);
	json_object_clear(ofmf->stale);
	if (ofmf->context)
		context_change(ofmf, NULL);
}

/* Every callback answers OFMF_OFFLINE by waiting, so no step recurses. */
static void request_failed(struct ofmf *ofmf, int error, ofmf_http_done done)
{
	struct ofmf_reply reply = { .answer = OFMF_OFFLINE };
	char why[160];

	if (error == -ENOMEM || error == -EBUSY)
		snprintf(why, sizeof(why), "%s", strerror(-error));
	else if (error == -EINVAL)
		snprintf(why, sizeof(why),
			 "login_file has no line \"name:password\"");
	else
		snprintf(why, sizeof(why), "login_file cannot be read: %s",
			 strerror(-error));
	reply.why = why;
	done(&reply, ofmf);
}

/**
 * ofmf_request - send a request
 * @path: below the base URL
 *
 * Where there is no memory @done is called from here with OFMF_OFFLINE.
 */
void ofmf_request(struct ofmf *ofmf, const char *method, const char *path,
		  const json_t *body, long timeout, ofmf_http_done done)
{
	char *url = NULL;
	int r = -ENOMEM;

	if (asprintf(&url, "%s%s", ofmf->url, path) < 0)
		url = NULL;
	if (url)
		r = ofmf_http_send(ofmf->http, method, url, body, timeout, done,
				   ofmf);
	free(url);
	if (r < 0)
		request_failed(ofmf, r, done);
}

/**
 * ofmf_post - send one event record
 * @record: the reference is taken over; NULL without memory
 */
void ofmf_post(struct ofmf *ofmf, const char *context, json_t *record,
	       long timeout, ofmf_http_done done)
{
	json_t *records = json_array();
	json_t *payload = NULL;

	if (record && records) {
		json_array_append(records, record);
		payload = rf_event_payload(++ofmf->sent, context, records);
	} else {
		json_decref(records);
	}
	json_decref(record);
	if (payload)
		ofmf_request(ofmf, "POST", OFMF_LISTENER, payload, timeout,
			     done);
	else
		request_failed(ofmf, -ENOMEM, done);
	json_decref(payload);
}

/* ---- what others tell --------------------------------------------------- */

/**
 * ofmf_owe - queue what happened to a resource
 *
 * What the queue cannot hold is found by comparing trees once it is empty.
 */
void ofmf_owe(struct ofmf *ofmf, enum tree_op op, const char *uri,
	      uint64_t realtime)
{
	if (outbox_put(ofmf->outbox, op, uri, realtime) >= 0)
		return;
	if (!ofmf->deep)
		log_warning("OFMF %s: too much is owed; comparing trees later",
			    ofmf->name);
	ofmf->deep = true;
}

/* Until the upload begins nothing is owed: the upload tells it all. */
static void on_changes(const struct tree_change *changes, size_t count,
		       uint64_t realtime, void *ctx)
{
	struct ofmf *ofmf = ctx;
	size_t i;

	if (!ofmf->following)
		return;
	for (i = 0; i < count; i++) {
		const struct tree_change *c = &changes[i];

		if (ofmf_announced(c->uri, c->after ? c->after : c->before))
			ofmf_owe(ofmf, c->op, c->uri, realtime);
	}
	ofmf_wake(ofmf);
}

/**
 * ofmf_context_valid - may @context be one? It becomes part of URIs.
 */
bool ofmf_context_valid(const char *context)
{
	size_t len = strlen(context);

	return len && len <= OFMF_CONTEXT_MAX && *context != '.' &&
	       strspn(context, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "0123456789-_.:") == len;
}

int ofmf_context_set(struct ofmf *ofmf, const char *context)
{
	if (!ofmf_context_valid(context))
		return -EINVAL;
	if (ofmf->context && !strcmp(ofmf->context, context))
		return 0;
	/*
	 * Anyone may say this, the OFMF only while it registers us. So the
	 * context that we have is looked at, and stays if it is still good.
	 */
	if (ofmf->context && !ofmf->registering) {
		ofmf->recheck = true;
		ofmf_wake(ofmf);
		return -EINVAL;
	}
	ofmf_adopt(ofmf, context);
	/* else of a registration that we gave up too early */
	if (!ofmf->registering && !ofmf_http_busy(ofmf->http))
		ofmf_go(ofmf, ofmf_check);
	return 0;
}

void ofmf_alert(struct ofmf *ofmf, json_t *record)
{
	uint64_t dropped = outbox_dropped(ofmf->outbox);

	outbox_alert(ofmf->outbox, record);
	if (!dropped && outbox_dropped(ofmf->outbox))
		log_warning("OFMF %s: alerts are dropped", ofmf->name);
	ofmf_wake(ofmf);
}

size_t ofmf_drift(const struct ofmf *ofmf)
{
	return outbox_resources(ofmf->outbox) +
	       json_object_size(ofmf->doubts) + json_object_size(ofmf->stale);
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
	snprintf(ofmf->status, STATUS_MAX, "%s%s%s, %zu queued, drift %zu%s",
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

/* ---- start and stop ----------------------------------------------------- */

char *ofmf_stored_context(struct store *store, const char *url)
{
	char *name = ofmf_url_public(url);
	char *key = name ? store_key(name) : NULL;
	char *context = NULL;

	if (!key || store_get(store, key, &context) < 0)
		context = NULL;
	if (context && !ofmf_context_valid(context)) {
		free(context);
		context = NULL;
	}
	free(key);
	free(name);
	return context;
}

static int setup_copy(struct ofmf *ofmf, const struct ofmf_setup *setup)
{
	ofmf->timing = timing_default;
	ofmf->changed = setup->changed;
	ofmf->ctx = setup->ctx;
	ofmf->url = strdup(setup->url);
	ofmf->name = ofmf_url_public(setup->url);
	ofmf->callback = strdup(setup->callback);
	ofmf->method_uri = strdup(setup->method_uri);
	ofmf->system_uri = strdup(setup->system_uri);
	ofmf->kinds = json_object();
	ofmf->given_up = json_object();
	ofmf->members = json_array();
	ofmf->compare = json_array();
	ofmf->theirs = json_object();
	ofmf->doubts = json_object();
	ofmf->stale = json_object();
	ofmf->pruned = json_object();
	ofmf->leftovers = json_array();
	ofmf->resync = setup->resync;
	ofmf->timing.reconcile = setup->reconcile * 1000000ULL;
	ofmf->status = calloc(1, STATUS_MAX);
	if (!ofmf->url || !ofmf->name || !ofmf->callback ||
	    !ofmf->method_uri || !ofmf->system_uri || !ofmf->kinds || !ofmf->given_up || !ofmf->members ||
	    !ofmf->compare || !ofmf->theirs || !ofmf->doubts ||
	    !ofmf->stale || !ofmf->pruned || !ofmf->leftovers || !ofmf->status)
		return -ENOMEM;
	return 0;
}

static int security_copy(struct ofmf *ofmf, const struct ofmf_security *from,
			 struct ofmf_security *to)
{
	const char *const files[] = {
		from->ca, from->cert, from->key, from->login
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		ofmf->files[i] = files[i] ? strdup(files[i]) : NULL;
		if (files[i] && !ofmf->files[i])
			return -ENOMEM;
	}
	*to = (struct ofmf_security) {
		.ca = ofmf->files[0], .cert = ofmf->files[1],
		.key = ofmf->files[2], .login = ofmf->files[3],
	};
	return 0;
}

static int ofmf_init(struct ofmf *ofmf, const struct ofmf_setup *setup)
{
	struct ofmf_security security;
	int r;

	r = setup_copy(ofmf, setup);
	if (r < 0)
		return r;
	r = outbox_new(&ofmf->outbox, ofmf->store, ofmf->tree, ofmf_announced,
		       ofmf->name);
	if (r < 0)
		return r;
	ofmf->context = ofmf_stored_context(ofmf->store, setup->url);
	/* of an earlier run: who knows what others did to its copy */
	ofmf->deep = ofmf->context;
	ofmf_repair_load(ofmf);
	r = security_copy(ofmf, &setup->security, &security);
	if (r < 0)
		return r;
	r = ofmf_http_new(&ofmf->http, ofmf->event, &security);
	if (r < 0)
		return r;
	r = sd_event_add_time_relative(ofmf->event, &ofmf->timer,
				       CLOCK_MONOTONIC, 0, 1, on_timer, ofmf);
	if (r < 0)
		return r;
	sd_event_source_set_description(ofmf->timer, "ofmf-timer");
	if (ofmf->timing.reconcile) {
		r = reconcile_arm(ofmf);
		if (r < 0)
			return r;
	}
	return tree_listen(ofmf->tree, on_changes, ofmf);
}

int ofmf_start(struct ofmf **ofmf_, sd_event *event, struct tree *tree,
	       struct store *store, const struct ofmf_setup *setup)
{
	struct ofmf *ofmf = calloc(1, sizeof(*ofmf));
	int r;

	if (!ofmf)
		return -ENOMEM;
	ofmf->event = sd_event_ref(event);
	ofmf->tree = tree;
	ofmf->store = store;
	r = ofmf_init(ofmf, setup);
	if (r < 0) {
		ofmf_stop(ofmf);
		return r;
	}
	ofmf_go(ofmf, ofmf_check);
	*ofmf_ = ofmf;
	return 0;
}

void ofmf_stop(struct ofmf *ofmf)
{
	size_t i;

	if (!ofmf)
		return;
	ofmf_http_free(ofmf->http);
	sd_event_source_disable_unref(ofmf->timer);
	sd_event_source_disable_unref(ofmf->reconcile);
	sd_event_unref(ofmf->event);
	outbox_free(ofmf->outbox);
	json_decref(ofmf->kinds);
	json_decref(ofmf->given_up);
	json_decref(ofmf->members);
	json_decref(ofmf->compare);
	json_decref(ofmf->theirs);
	json_decref(ofmf->doubts);
	json_decref(ofmf->stale);
	json_decref(ofmf->source);
	json_decref(ofmf->pruned);
	json_decref(ofmf->leftovers);
	free(ofmf->url);
	free(ofmf->name);
	free(ofmf->callback);
	free(ofmf->method_uri);
	free(ofmf->system_uri);
	free(ofmf->context);
	free(ofmf->status);
	for (i = 0; i < sizeof(ofmf->files) / sizeof(ofmf->files[0]); i++)
		free(ofmf->files[i]);
	free(ofmf);
}
