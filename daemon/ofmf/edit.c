// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Editing copies while our AggregationSource is away (repair.c): one name of
 * the set after the other. Each copy is read first, and what is written is
 * computed from that answer and from the tree of this moment. So a resource
 * that changed back, or came back, since its name was entered is left alone.
 *
 * Each name leaves the set, or gets a kind that is not repaired, so it ends.
 */
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

/* Deleted there: with all below it, which has no life of its own. */
static void edit_deleted(struct ofmf *ofmf, const char *uri)
{
	size_t len = strlen(uri);
	json_t *value;
	const char *at;
	void *next;

	json_object_set_new(ofmf->repair.pruned, ofmf_their_uri(ofmf, uri),
			    json_true());
	json_object_foreach_safe(ofmf->differ.set, next, at, value)
		if (!strncmp(at, uri, len) && at[len] == '/' &&
		    !tree_get(ofmf->tree, at))
			ofmf_differ_clear(ofmf, at);
}

static void edit_done(struct ofmf *ofmf, const char *uri)
{
	ofmf_read_back_edited(ofmf, uri);
	ofmf_differ_clear(ofmf, uri);
	ofmf_go(ofmf, ofmf_edit);
}

/* @deleted: there is no copy any more */
static void edit_answered(struct ofmf *ofmf, const struct ofmf_reply *reply,
			  bool deleted)
{
	char *uri = NULL;

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_attach);
		return;
	}
	if (ofmf_repair_first(ofmf))
		uri = strdup(ofmf_repair_first(ofmf));
	if (!uri) {
		ofmf_go(ofmf, ofmf_attach);
		return;
	}
	if (reply->answer == OFMF_OK ||
	    (deleted && reply->answer == OFMF_GONE)) {
		if (deleted)
			edit_deleted(ofmf, uri);
		edit_done(ofmf, uri);
	} else if (reply->answer == OFMF_GONE) {
		edit_done(ofmf, uri);	/* and so it is found to be missing */
	} else {
		log_warning("OFMF %s: its copy of %s cannot be repaired: %s",
			    ofmf->name, uri, reply->why);
		ofmf_differ_set(ofmf, uri, OFMF_IS_REFUSED);
		ofmf_go(ofmf, ofmf_edit);
	}
	free(uri);
}

static void on_patched(const struct ofmf_reply *reply, void *ctx)
{
	edit_answered(ctx, reply, false);
}

static void on_deleted(const struct ofmf_reply *reply, void *ctx)
{
	edit_answered(ctx, reply, true);
}

static void edit_patch(struct ofmf *ofmf, const char *uri, const json_t *copy)
{
	const char *path = ofmf_their_uri(ofmf, uri);
	json_t *patch = ofmf_resource_patch(tree_get(ofmf->tree, uri), copy,
					    ofmf->copies);

	/* the reference wants it */
	json_object_set_new(patch, "@odata.id", json_string(path));
	ofmf_request(ofmf, "PATCH", path, patch, ofmf->timing.get, on_patched);
	json_decref(patch);
}

static void edit_delete(struct ofmf *ofmf, const char *uri)
{
	ofmf_request(ofmf, "DELETE", ofmf_their_uri(ofmf, uri), NULL,
		     ofmf->timing.get, on_deleted);
}

static void edit_drop(struct ofmf *ofmf, const char *uri)
{
	ofmf_differ_clear(ofmf, uri);
	ofmf_go(ofmf, ofmf_edit);
}

/* ---- left out of its collection ----------------------------------------- */

static void on_collection(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = ofmf_repair_first(ofmf);

	if (reply->answer == OFMF_OFFLINE || !uri) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_attach);
	} else if (tree_get(ofmf->tree, uri) && reply->answer == OFMF_OK &&
		   ofmf_members_lack(reply->json, ofmf_their_uri(ofmf, uri))) {
		edit_delete(ofmf, uri);
	} else {
		edit_drop(ofmf, uri);
	}
}

/*
 * A copy that is deleted is missing, and what is missing is created anew, with
 * its entry in the collection.
 */
static void edit_left_out(struct ofmf *ofmf, const char *uri)
{
	const char *path = ofmf_their_uri(ofmf, uri);
	char *parent = strndup(path, (size_t)(strrchr(path, '/') - path));

	if (parent)
		ofmf_request(ofmf, "GET", parent, NULL, ofmf->timing.get,
			     on_collection);
	else
		edit_drop(ofmf, uri);
	free(parent);
}

/* ---- one name ----------------------------------------------------------- */

static void edit_kind(struct ofmf *ofmf, const char *uri, enum ofmf_kind kind,
		      const struct ofmf_reply *reply)
{
	bool left_out = ofmf_differ_kind(ofmf, uri) == OFMF_IS_LEFT_OUT;

	switch (kind) {
	case OFMF_IS_STALE:
	case OFMF_IS_EQUAL:
		if (left_out && tree_get(ofmf->tree, uri) &&
		    !ofmf_copy_shared(reply->json)) {
			edit_left_out(ofmf, uri);
		} else if (kind == OFMF_IS_STALE) {
			edit_patch(ofmf, uri, reply->json);
		} else {
			if (reply->answer == OFMF_GONE)
				edit_deleted(ofmf, uri);
			edit_drop(ofmf, uri);
		}
		break;
	case OFMF_IS_SURPLUS:
		edit_delete(ofmf, uri);
		break;
	case OFMF_IS_MISSING:
		edit_deleted(ofmf, uri);
		ofmf_enqueue(ofmf, TREE_CREATED, uri, 0);
		edit_drop(ofmf, uri);
		break;
	case OFMF_IS_UNREADABLE:
		log_warning("OFMF %s: its copy of %s cannot be repaired: %s",
			    ofmf->name, uri, reply->why);
		ofmf_differ_set(ofmf, uri, OFMF_IS_REFUSED);
		ofmf_go(ofmf, ofmf_edit);
		break;
	default:
		edit_drop(ofmf, uri);
	}
}

static void on_copy(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	char *uri = NULL;

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_attach);
		return;
	}
	/* of its own: the name leaves the set on the way */
	if (ofmf_repair_first(ofmf))
		uri = strdup(ofmf_repair_first(ofmf));
	if (uri)
		edit_kind(ofmf, uri, ofmf_copy_kind(ofmf, uri, reply), reply);
	else
		ofmf_go(ofmf, ofmf_attach);
	free(uri);
}

/**
 * ofmf_edit - step: bring one copy in line with the tree as it is now
 */
void ofmf_edit(struct ofmf *ofmf)
{
	const char *uri = ofmf_repair_first(ofmf);

	if (uri && !ofmf_repair_ended(ofmf))
		ofmf_request(ofmf, "GET", ofmf_their_uri(ofmf, uri), NULL,
			     ofmf->timing.get, on_copy);
	else
		ofmf_attach(ofmf);
}
