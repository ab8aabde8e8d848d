// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One OFMF: its life, and what the tree and the kernel have to tell it. The
 * steps are in register.c, upload.c, resync.c, deliver.c and repair.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

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

void ofmf_alert(struct ofmf *ofmf, json_t *record)
{
	uint64_t dropped = outbox_dropped(ofmf->outbox);

	outbox_alert(ofmf->outbox, record);
	if (!dropped && outbox_dropped(ofmf->outbox))
		log_warning("OFMF %s: alerts are dropped", ofmf->name);
	ofmf_wake(ofmf);
}

/* ---- start and stop ----------------------------------------------------- */

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
	ofmf->lost = json_object();
	ofmf->pruned = json_object();
	ofmf->leftovers = json_array();
	ofmf->resync = setup->resync;
	ofmf->timing.reconcile = setup->reconcile * 1000000ULL;
	ofmf->timing.spread = setup->spread * 1000000ULL;
	ofmf->status = calloc(1, OFMF_STATUS_MAX);
	if (!ofmf->url || !ofmf->name || !ofmf->callback ||
	    !ofmf->method_uri || !ofmf->system_uri || !ofmf->kinds ||
	    !ofmf->given_up || !ofmf->members || !ofmf->compare ||
	    !ofmf->theirs || !ofmf->doubts || !ofmf->stale || !ofmf->lost ||
	    !ofmf->pruned || !ofmf->leftovers || !ofmf->status)
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
	ofmf_context_load(ofmf);
	/* of an earlier run: who knows what others did to its copy */
	ofmf->deep = ofmf->context;
	ofmf_repair_load(ofmf);
	r = security_copy(ofmf, &setup->security, &security);
	if (r < 0)
		return r;
	r = ofmf_http_new(&ofmf->http, ofmf->event, &security);
	if (r < 0)
		return r;
	r = ofmf_timer_init(ofmf);
	if (r < 0)
		return r;
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
	ofmf_first(ofmf, ofmf_check);
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
	json_decref(ofmf->lost);
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
