// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Start and stop of one OFMF's client, and what comes in: changes of the tree,
 * and alerts. The steps are in the files that priv.h lists.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/error.h"
#include "util/log.h"
#include "priv.h"

static const struct ofmf_timing timing_default = {
	.base = 1000 * 1000,
	.cap = 60 * 1000 * 1000,
	.gather = 500 * 1000,
	.gathered = 2 * 1000 * 1000,
	.calm = 3600ULL * 1000 * 1000,
	.recompare = 60 * 1000 * 1000,
	.get = 30 * 1000,
	.event = 60 * 1000,
	.handshake = 120 * 1000,
	.crawl = 600 * 1000,
	.tries = 5,
};

/* ---- what comes in ------------------------------------------------------ */

/**
 * ofmf_enqueue - put what happened to a resource into the outbox
 *
 * What the outbox cannot hold is found by a comparison once it is empty.
 */
void ofmf_enqueue(struct ofmf *ofmf, enum tree_op op, const char *uri,
	      uint64_t realtime)
{
	int r = outbox_put(ofmf->outbox, op, uri, realtime);

	if (r >= 0)
		return;
	if (!ofmf->compare_due && r == -ENOBUFS)
		log_warning("OFMF %s: too much is pending; comparing trees later",
			    ofmf->name);
	else if (!ofmf->compare_due)
		error_log(LOG_WARNING, r, "OFMF %s: comparing trees later",
			  ofmf->name);
	ofmf->compare_due = true;
}

/* Before the upload nothing is enqueued, for the upload delivers it all. */
static void on_changes(const struct tree_change *changes, size_t count,
		       uint64_t realtime, void *ctx)
{
	struct ofmf *ofmf = ctx;
	size_t i;

	if (!ofmf->following)
		return;
	for (i = 0; i < count; i++) {
		const struct tree_change *c = &changes[i];

		if (!ofmf_announced(c->uri, c->after ? c->after : c->before))
			continue;
		ofmf_enqueue(ofmf, c->op, c->uri, realtime);
		if (c->op == TREE_CREATED)
			ofmf_deliver_created(ofmf);
	}
	if (ofmf->reg.reading)
		ofmf_reading_add(ofmf);
	ofmf_repair_changed(ofmf);
	ofmf_wake(ofmf);
}

void ofmf_alert(struct ofmf *ofmf, json_t *record)
{
	uint64_t dropped = outbox_dropped(ofmf->outbox);

	if (ofmf->leave.membership == OFMF_LEFT) {
		json_decref(record);
		return;
	}
	outbox_alert(ofmf->outbox, record);
	if (!dropped && outbox_dropped(ofmf->outbox))
		log_warning("OFMF %s: alerts are dropped", ofmf->name);
	ofmf_wake(ofmf);
}

/* ---- start and stop ----------------------------------------------------- */

static int concerns_init(struct ofmf *ofmf)
{
	int r;

	ofmf->copies = json_object();
	r = ofmf->copies ? ofmf_reg_init(ofmf) : -ENOMEM;
	if (!r)
		r = ofmf_deliver_init(ofmf);
	if (!r)
		r = ofmf_compare_init(ofmf);
	if (!r)
		r = ofmf_differ_init(ofmf);
	if (!r)
		r = ofmf_repair_init(ofmf);
	if (!r)
		r = ofmf_leave_init(ofmf);
	if (!r)
		r = ofmf_report_init(ofmf);
	return error_origin(r, "what is known of it: allocation");
}

/**
 * ofmf_timing_set - the times of a client with that configuration
 */
void ofmf_timing_set(struct ofmf_timing *timing, const struct ofmf_setup *setup)
{
	size_t i;

	*timing = timing_default;
	timing->heartbeat = setup->heartbeat * 1000000ULL;
	timing->reconcile = setup->reconcile * 1000000ULL;
	timing->spread = setup->spread * 1000000ULL;
	timing->quiet = setup->quiet * 1000ULL;
	timing->latest = setup->latest * 1000000ULL;
	for (i = 0; i < OFMF_BACKOFFS; i++)
		timing->backoff[i] = setup->backoff[i] * 1000000ULL;
}

static int setup_copy(struct ofmf *ofmf, const struct ofmf_setup *setup)
{
	ofmf_timing_set(&ofmf->timing, setup);
	ofmf->changed = setup->changed;
	ofmf->ctx = setup->ctx;
	ofmf->url = strdup(setup->url);
	ofmf->name = ofmf_url_public(setup->url);
	ofmf->callback = strdup(setup->callback);
	ofmf->method_uri = strdup(setup->method_uri);
	ofmf->system_uri = strdup(setup->system_uri);
	ofmf->resync = setup->resync;
	if (!ofmf->url || !ofmf->name || !ofmf->callback ||
	    !ofmf->method_uri || !ofmf->system_uri)
		return error_origin(-ENOMEM, "its configuration: copying");
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
			return error_origin(-ENOMEM, "%s: copying the name",
					    files[i]);
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
	r = concerns_init(ofmf);
	if (r < 0)
		return r;
	r = outbox_new(&ofmf->outbox, ofmf->store, ofmf->tree, ofmf_announced,
		       ofmf->name);
	if (r < 0)
		return r;
	ofmf_context_load(ofmf);
	/* of an earlier run: others may have changed its copies since */
	ofmf->compare_due = ofmf->context;
	ofmf_repair_load(ofmf);
	ofmf_heed_load(ofmf);
	r = ofmf_reading_load(ofmf);
	if (r < 0)
		return r;
	ofmf_leave_load(ofmf);
	r = security_copy(ofmf, &setup->security, &security);
	if (r < 0)
		return r;
	r = ofmf_http_new(&ofmf->http, ofmf->event, &security);
	if (r < 0)
		return r;
	r = ofmf_timer_init(ofmf);
	if (r < 0)
		return r;
	r = ofmf_routine_init(ofmf);
	if (r < 0)
		return r;
	return tree_listen(ofmf->tree, on_changes, ofmf);
}

static void start_first(struct ofmf *ofmf)
{
	if (ofmf->leave.membership == OFMF_LEFT) {
		ofmf_state_set(ofmf, OFMF_STATE_LEFT);
		log_info("OFMF %s: was left; \"fabmon join\" registers again",
			 ofmf->name);
	} else if (ofmf_is_leaving(ofmf)) {
		ofmf_go(ofmf, ofmf_leave_step);
	} else {
		ofmf_first(ofmf, ofmf_check);
	}
}

int ofmf_start(struct ofmf **ofmf_, sd_event *event, struct tree *tree,
	       struct store *store, const struct ofmf_setup *setup)
{
	struct ofmf *ofmf = calloc(1, sizeof(*ofmf));
	int r;

	if (!ofmf)
		return error_origin(-ENOMEM, "its client: allocation");
	ofmf->event = sd_event_ref(event);
	ofmf->tree = tree;
	ofmf->store = store;
	r = ofmf_init(ofmf, setup);
	if (r < 0) {
		ofmf_stop(ofmf);
		return error_trace(r);
	}
	start_first(ofmf);
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
	ofmf_routine_free(ofmf);
	sd_event_unref(ofmf->event);
	outbox_free(ofmf->outbox);
	ofmf_reg_free(ofmf);
	ofmf_deliver_free(ofmf);
	ofmf_compare_free(ofmf);
	ofmf_differ_free(ofmf);
	ofmf_repair_free(ofmf);
	ofmf_leave_free(ofmf);
	ofmf_report_free(ofmf);
	json_decref(ofmf->copies);
	json_decref(ofmf->reading);
	free(ofmf->url);
	free(ofmf->name);
	free(ofmf->callback);
	free(ofmf->method_uri);
	free(ofmf->system_uri);
	free(ofmf->context);
	for (i = 0; i < sizeof(ofmf->files) / sizeof(ofmf->files[0]); i++)
		free(ofmf->files[i]);
	free(ofmf);
}
