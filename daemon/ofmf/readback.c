// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Reading back what was delivered, and what a repair edited: an OFMF that
 * acknowledges ResourceChanged and ResourceRemoved may have done nothing. Once
 * it is known that it ignores them, a copy is taken to differ without a look.
 */
#include <string.h>

#include "util/log.h"
#include "priv.h"

#define OP_EDITED	(-1)	/* nothing was delivered, so nothing is observed */

static void read_back_put(struct ofmf *ofmf, const char *uri, int op, int tries)
{
	json_object_set_new(ofmf->repair.unverified, uri,
			    json_pack("[i, i]", op, tries));
}

/* A resource with all below it. */
static void read_back_tree(struct ofmf *ofmf, const char *top)
{
	size_t len = strlen(top);
	const char *uri;
	json_t *ours;

	json_object_foreach((json_t *)tree_all(ofmf->tree), uri, ours)
		if (!strncmp(uri, top, len) && (!uri[len] || uri[len] == '/') &&
		    !tree_is_placeholder(ours) && ofmf_announced(uri, ours))
			read_back_put(ofmf, uri, OP_EDITED, 0);
}

/*
 * The OFMF keeps a copy of what was removed here, and does not read it anew
 * when it is told that the resource was created again.
 */
static void read_back_again(struct ofmf *ofmf)
{
	json_t *kind, *entry;
	const char *uri;

	/* it came back before it was read that the copy is still there */
	json_object_foreach(ofmf->repair.unverified, uri, entry)
		if (json_integer_value(json_array_get(entry, 0)) ==
		    TREE_REMOVED && tree_get(ofmf->tree, uri))
			ofmf_differ_surplus(ofmf, uri);
	json_object_foreach(ofmf->differ.set, uri, kind)
		if (json_integer_value(kind) == OFMF_IS_SURPLUS &&
		    tree_get(ofmf->tree, uri))
			read_back_tree(ofmf, uri);
}

static void enter(struct ofmf *ofmf, const struct outbox_pending *delivered)
{
	const json_t *ours = tree_get(ofmf->tree, delivered->uri);

	if (delivered->op == TREE_REMOVED)
		ofmf_differ_surplus(ofmf, delivered->uri);
	else if (ours && !tree_is_placeholder(ours))
		ofmf_differ_set(ofmf, delivered->uri, OFMF_IS_STALE);
}

/**
 * ofmf_read_back_later - what was just delivered is to be read back
 */
void ofmf_read_back_later(struct ofmf *ofmf,
			  const struct outbox_pending *delivered)
{
	if (!delivered->uri)
		return;
	if (delivered->op == TREE_CREATED)
		read_back_again(ofmf);
	else if (ofmf->repair.heed[delivered->op] == OFMF_IGNORES)
		enter(ofmf, delivered);
	else
		read_back_put(ofmf, delivered->uri, delivered->op, 0);
}

/**
 * ofmf_read_back_edited - a copy was edited by us; see whether it is right
 */
void ofmf_read_back_edited(struct ofmf *ofmf, const char *uri)
{
	read_back_put(ofmf, uri, OP_EDITED, 0);
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

/* What the copy says about how the OFMF acts upon events of @op. */
static void observe(struct ofmf *ofmf, json_int_t op, enum ofmf_kind kind)
{
	if (op == OP_EDITED)
		return;
	if (kind == OFMF_IS_EQUAL)
		ofmf_heed_seen(ofmf, (enum tree_op)op, true);
	else if (kind == (op == TREE_CHANGED ? OFMF_IS_STALE :
					       OFMF_IS_SURPLUS))
		ofmf_heed_seen(ofmf, (enum tree_op)op, false);
}

static void read_copy(struct ofmf *ofmf, const char *uri, json_int_t op,
		      const struct ofmf_reply *reply)
{
	enum ofmf_kind kind = ofmf_copy_kind(ofmf, uri, reply);
	enum ofmf_kind before = ofmf_differ_kind(ofmf, uri);

	/* changed again: it is read back after that was delivered */
	if (outbox_holds(ofmf->outbox, uri)) {
		if (op == TREE_REMOVED && reply->answer == OFMF_OK)
			ofmf_differ_surplus(ofmf, uri);
		return;
	}
	observe(ofmf, op, kind);
	if (kind == OFMF_IS_SURPLUS && op == TREE_REMOVED) {
		ofmf_differ_surplus(ofmf, uri);
	} else if (kind == OFMF_IS_STALE || kind == OFMF_IS_SURPLUS) {
		ofmf_differ_set(ofmf, uri, kind);
	} else if (kind == OFMF_IS_MISSING) {
		ofmf_create_missing(ofmf, uri);
	} else if (before != OFMF_IS_UNLISTED && before != OFMF_IS_LEFT_OUT) {
		ofmf_differ_clear(ofmf, uri);
	}
}

/* One that cannot be read counts as drift until the next comparison. */
static void read_again(struct ofmf *ofmf, const char *uri,
		       const struct ofmf_reply *reply)
{
	const json_t *entry = json_object_get(ofmf->repair.unverified, uri);
	json_int_t op = json_integer_value(json_array_get(entry, 0));
	json_int_t tries = json_integer_value(json_array_get(entry, 1)) + 1;

	ofmf_failed(ofmf, "did not let itself be read back", reply);
	if (tries < ofmf->timing.tries) {
		read_back_put(ofmf, uri, (int)op, (int)tries);
	} else {
		log_warning("OFMF %s: its copy of %s cannot be read back: %s",
			    ofmf->name, uri, reply->why);
		ofmf_differ_set(ofmf, uri, OFMF_IS_UNREADABLE);
		json_object_del(ofmf->repair.unverified, uri);
	}
	ofmf_wait(ofmf, ofmf_deliver);
}

static void on_read_back(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = first_unverified(ofmf);
	const json_t *entry = json_object_get(ofmf->repair.unverified, uri);

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
		read_copy(ofmf, uri,
			  json_integer_value(json_array_get(entry, 0)), reply);
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
