// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading back what was delivered (resync = detach): an OFMF that acknowledges
 * ResourceChanged and ResourceRemoved may have done nothing. A copy that is
 * still the old one is to be repaired (repair.c).
 */
#include "util/log.h"
#include "priv.h"

/**
 * ofmf_read_back_later - what was just delivered is to be read back
 */
void ofmf_read_back_later(struct ofmf *ofmf,
			  const struct outbox_pending *delivered)
{
	if (ofmf->resync != OFMF_RESYNC_DETACH || !delivered->uri ||
	    delivered->op == TREE_CREATED)
		return;
	json_object_set_new(ofmf->repair.unverified, delivered->uri,
			    json_integer(0));
}

/**
 * ofmf_read_back_pending - is there something to be read back?
 */
bool ofmf_read_back_pending(const struct ofmf *ofmf)
{
	return json_object_size(ofmf->repair.unverified);
}

static const char *first_unverified(const struct ofmf *ofmf)
{
	return json_object_iter_key(json_object_iter(ofmf->repair.unverified));
}

static void read_copy(struct ofmf *ofmf, const char *uri,
		      const struct ofmf_reply *reply)
{
	const json_t *ours = tree_get(ofmf->tree, uri);

	if (reply->answer != OFMF_OK || !json_is_object(reply->json) ||
	    !ofmf_copy_ours(ofmf, reply->json))
		return;
	/* with a fabric that is shared the others' endpoints would go */
	if (!ours && ofmf_copy_shared(reply->json))
		return;
	if (!ours)
		ofmf_repair_delete(ofmf, uri);
	else if (!ofmf_resource_same(ours, reply->json, ofmf->copies))
		ofmf_repair_patch(ofmf, uri,
				  ofmf_resource_patch(ours, reply->json,
						      ofmf->copies));
}

/* One that cannot be read counts as drift until the next comparison. */
static void read_again(struct ofmf *ofmf, const char *uri,
		       const struct ofmf_reply *reply)
{
	json_t *unverified = ofmf->repair.unverified;
	json_int_t tries = 1 + json_integer_value(json_object_get(unverified,
								  uri));

	ofmf_failed(ofmf, "did not let itself be read back", reply);
	if (tries < ofmf->timing.tries) {
		json_object_set_new(unverified, uri, json_integer(tries));
	} else {
		ofmf->compare.unread++;
		log_warning("OFMF %s: its copy of %s cannot be read back: %s",
			    ofmf->name, uri, reply->why);
		json_object_del(unverified, uri);
	}
	ofmf_wait(ofmf, ofmf_deliver);
}

static void on_read_back(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = first_unverified(ofmf);

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_deliver);
		return;
	}
	if (uri && reply->answer != OFMF_GONE &&
	    !json_is_object(reply->json)) {
		read_again(ofmf, uri, reply);
		return;
	}
	if (uri) {
		read_copy(ofmf, uri, reply);
		json_object_del(ofmf->repair.unverified, uri);
	}
	ofmf_go(ofmf, ofmf_deliver);
}

/**
 * ofmf_read_back - step: does one copy have what was delivered?
 */
void ofmf_read_back(struct ofmf *ofmf)
{
	ofmf_request(ofmf, "GET", ofmf_their_uri(ofmf, first_unverified(ofmf)),
		     NULL, ofmf->timing.get, on_read_back);
}
