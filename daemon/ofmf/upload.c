// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Uploading: one ResourceCreated for the ComputerSystem, from which the OFMF
 * reads all that is linked. Afterwards our AggregationSource tells what it has,
 * for an answer of the reference says little about what it did.
 */
#include "util/log.h"
#include "redfish/event.h"
#include "priv.h"

static void ofmf_verify(struct ofmf *ofmf);

static void on_uploaded(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	outbox_crawl(ofmf->outbox, false);
	switch (reply->answer) {
	case OFMF_OK:
		ofmf_go(ofmf, ofmf_verify);
		return;
	case OFMF_UNSURE:
		ofmf_failed(ofmf, "did not complete the upload", reply);
		ofmf_go(ofmf, ofmf_verify);
		return;
	default:
		ofmf_failed(ofmf, "refused the upload", reply);
		ofmf_wait(ofmf, ofmf_check);
	}
}

/**
 * ofmf_upload - step: have the OFMF read our tree
 *
 * From here on changes are enqueued, for the OFMF may have read what changes.
 */
void ofmf_upload(struct ofmf *ofmf)
{
	if (!ofmf->context) {
		ofmf_register(ofmf);
		return;
	}
	ofmf_state_set(ofmf, OFMF_STATE_UPLOADING);
	ofmf->following = true;
	ofmf->reg.reading = true;
	ofmf_reading_all(ofmf);
	outbox_crawl(ofmf->outbox, true);
	ofmf->upload.count++;
	ofmf_post(ofmf, ofmf->context,
		  rf_lifecycle_event('C', ofmf->system_uri, 0),
		  ofmf->timing.crawl, on_uploaded);
}

/* What no upload finds, or OFMF_UPLOADS_MAX did not find, is sent singly. */
static void verify_source(struct ofmf *ofmf, const json_t *source)
{
	json_t *theirs = ofmf_copies_update(ofmf, source);
	json_t *linked = ofmf_reachable(ofmf->tree, ofmf->system_uri);
	size_t total = json_object_size(linked);
	size_t n = ofmf_missing(linked, ofmf->tree, theirs, NULL, NULL);

	outbox_delivered(ofmf->outbox, theirs);
	if (n && ofmf->upload.count < OFMF_UPLOADS_MAX) {
		log_debug("OFMF %s: %zu of %zu resources are not there",
			  ofmf->name, n, total);
		ofmf_wait(ofmf, ofmf_upload);
	} else {
		if (n) {
			log_debug("OFMF %s: %zu of %zu resources are missing; sending each",
				  ofmf->name, n, total);
			ofmf_failed(ofmf, "did not take all in several uploads",
				    NULL);
		}
		ofmf_enqueue_missing(ofmf, theirs);
		/* some may be of an earlier run, whose context it gave again */
		ofmf_compare_all(ofmf, theirs);
		ofmf->upload.count = 0;
		ofmf_online(ofmf);
	}
	json_decref(theirs);
	json_decref(linked);
}

static void on_verified(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_OK && json_is_object(reply->json)) {
		ofmf->reg.reading = false;
		verify_source(ofmf, reply->json);
	} else if (reply->answer == OFMF_GONE) {
		/* lost in a race of registrations: begin again, not at once */
		ofmf_failed(ofmf, "lost our registration", reply);
		ofmf_forget(ofmf);
		ofmf_wait(ofmf, ofmf_register);
	} else {
		ofmf_failed(ofmf, "did not show what it has of us", reply);
		ofmf_wait(ofmf, ofmf_check);
	}
}

static void ofmf_verify(struct ofmf *ofmf)
{
	char path[OFMF_SOURCE_PATH];

	if (!ofmf->context) {
		ofmf_register(ofmf);
		return;
	}
	ofmf_source_path(ofmf, path);
	ofmf_request(ofmf, "GET", path, NULL, ofmf->timing.get, on_verified);
}
