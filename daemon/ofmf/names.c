// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Comparing names: our AggregationSource lists the resources that the OFMF has of
 * us. So the one answer that shows that it still knows us shows as well what it
 * lacks, and what it has that we have not.
 *
 * What is missing is created. For that the OFMF reads nearly our whole tree, so
 * it is asked a few times; what it acknowledged then and did not do is drift.
 * What it refused is tried again with the next comparison.
 */
#include <string.h>

#include "util/log.h"
#include "priv.h"

#define ASKED_MAX	2	/* beside the news of it */

/**
 * ofmf_is_member - is this the URI of a resource, not of a collection?
 *
 * Collections are among ResourcesAccessed, and one that lost its last member
 * is not in our tree to be known as one. They lie at odd depths, where single
 * resources (metrics) go away with their parent.
 */
bool ofmf_is_member(const char *uri)
{
	unsigned int depth = 0;

	for (uri += strlen("/redfish/v1"); *uri; uri++)
		depth += *uri == '/';
	return depth % 2 == 0;
}

/**
 * ofmf_is_surplus - has the OFMF something of ours, as it seems, that we have not?
 */
bool ofmf_is_surplus(const struct ofmf *ofmf, const char *uri)
{
	return !tree_get(ofmf->tree, uri) && ofmf_is_member(uri) &&
	       ofmf_announced(uri, NULL);
}

/* ---- what is missing ---------------------------------------------------- */

/**
 * ofmf_created - an event of @uri was acknowledged
 *
 * Whether what was missing is there now is read.
 */
void ofmf_created(struct ofmf *ofmf, const struct outbox_pending *delivered)
{
	const char *uri = delivered->uri;
	json_int_t asked;
	enum ofmf_kind kind;

	if (!uri || delivered->op == TREE_CHANGED)
		return;
	asked = json_integer_value(json_object_get(ofmf->compare.created, uri));
	json_object_del(ofmf->compare.created, uri);
	if (delivered->op == TREE_REMOVED)
		return;
	kind = ofmf_differ_kind(ofmf, uri);
	if (kind == OFMF_IS_MISSING || kind == OFMF_IS_REFUSED)
		ofmf_differ_clear(ofmf, uri);
	if (delivered->realtime)
		return;
	json_object_set_new(ofmf->compare.created, uri, json_integer(asked + 1));
	ofmf_read_back_edited(ofmf, uri);
}

/**
 * ofmf_created_forget - the OFMF may be another one
 */
void ofmf_created_forget(struct ofmf *ofmf)
{
	json_object_clear(ofmf->compare.created);
}

/**
 * ofmf_create_missing - the OFMF does not have @uri
 *
 * Return: is its creation pending from now on, and was not?
 */
bool ofmf_create_missing(struct ofmf *ofmf, const char *uri)
{
	if (outbox_holds(ofmf->outbox, uri))
		return false;
	if (json_integer_value(json_object_get(ofmf->compare.created, uri)) >=
	    ASKED_MAX) {
		ofmf_differ_set(ofmf, uri, OFMF_IS_MISSING);
		return false;
	}
	ofmf_differ_clear(ofmf, uri);
	ofmf_enqueue(ofmf, TREE_CREATED, uri, 0);
	return true;
}

struct search {
	struct ofmf *ofmf;
	bool all;	/* also what was refused */
	bool found;	/* something that was not pending */
};

static void on_missing(const char *uri, void *ctx)
{
	struct search *search = ctx;

	if (!search->all &&
	    ofmf_differ_kind(search->ofmf, uri) == OFMF_IS_REFUSED)
		return;
	if (ofmf_create_missing(search->ofmf, uri))
		search->found = true;
}

static bool create_all(struct ofmf *ofmf, const json_t *theirs, bool all)
{
	struct search search = { .ofmf = ofmf, .all = all };
	size_t n = ofmf_missing(tree_all(ofmf->tree), ofmf->tree, theirs,
				on_missing, &search);

	log_debug("OFMF %s: has %zu resources, lacks %zu", ofmf->name,
		  json_object_size(theirs), n);
	return search.found;
}

/**
 * ofmf_enqueue_missing - queue the creation of what the OFMF does not have
 * @theirs: what ofmf_copies_update() gave
 */
void ofmf_enqueue_missing(struct ofmf *ofmf, const json_t *theirs)
{
	create_all(ofmf, theirs, true);
}

/* What it lists by now, and was not found missing by reading it. */
static void forget_listed(struct ofmf *ofmf, const json_t *theirs)
{
	json_t *value;
	const char *uri;
	void *next;

	json_object_foreach_safe(ofmf->compare.created, next, uri, value)
		if (json_object_get(theirs, uri) &&
		    ofmf_differ_kind(ofmf, uri) != OFMF_IS_MISSING)
			json_object_del(ofmf->compare.created, uri);
}

/* ---- what is new -------------------------------------------------------- */

/* Did a name come that we do not have, and that nothing explains? */
static bool is_strange(const struct ofmf *ofmf, const json_t *before,
		       const json_t *theirs)
{
	const char *uri;
	json_t *value;

	json_object_foreach((json_t *)theirs, uri, value)
		if (!json_object_get(before, uri) &&
		    ofmf_is_surplus(ofmf, uri) &&
		    !outbox_holds(ofmf->outbox, uri) &&
		    ofmf_differ_kind(ofmf, uri) != OFMF_IS_SURPLUS)
			return true;
	return false;
}

/* While nothing happened here the names were changed: look at all copies. */
static bool is_doubtful(struct ofmf *ofmf, const json_t *before,
			const json_t *theirs, bool found)
{
	bool idle = ofmf->routine.names;

	ofmf->routine.names = false;
	return idle && (found || is_strange(ofmf, before, theirs));
}

/**
 * ofmf_compare_names - queue what the OFMF does not know
 * @source: our AggregationSource, as the OFMF just sent it
 *
 * What is queued already stays: it tells more than a comparison of names.
 */
void ofmf_compare_names(struct ofmf *ofmf, const json_t *source)
{
	json_t *before = json_incref(ofmf->copies);
	json_t *theirs = ofmf_copies_update(ofmf, source);
	bool uploaded = json_object_get(theirs, ofmf->system_uri);
	bool all, found = false;

	outbox_assume(ofmf->outbox, theirs);
	if (uploaded && !ofmf->following &&
	    outbox_catch_up(ofmf->outbox) < 0)
		ofmf->compare_due = true;
	ofmf->following = true;
	all = ofmf->compare_due || ofmf->routine.compare;
	ofmf_compare_queue(ofmf, theirs);
	forget_listed(ofmf, theirs);
	if (uploaded)
		found = create_all(ofmf, theirs, all);
	if (is_doubtful(ofmf, before, theirs, found))
		ofmf->compare_due = true;
	json_decref(before);
	json_decref(theirs);
	if (uploaded)
		ofmf_online(ofmf);
	else
		ofmf_go(ofmf, ofmf_upload);
}
