// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Comparing what the OFMF has with our tree: after a start with a known
 * context, and after trouble. First the names (names.c). Then the contents, copy
 * by copy, while nothing more urgent is pending. What differs goes into the outbox,
 * or, where the OFMF is known to ignore that event or got it before, into the set
 * of what differs (differ.c).
 *
 * From time to time some are compared, in turn, for an OFMF of many hosts has to
 * answer all of them. Where one differs all are.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

#define SOME	5	/* with the AggregationSource six requests */

/**
 * ofmf_compare_init - nothing is to be compared
 *
 * Return: 0 or -ENOMEM; ofmf_compare_free() in both cases.
 */
int ofmf_compare_init(struct ofmf *ofmf)
{
	ofmf->compare.queue = json_array();
	ofmf->compare.created = json_object();
	return ofmf->compare.queue && ofmf->compare.created ? 0 : -ENOMEM;
}

void ofmf_compare_free(struct ofmf *ofmf)
{
	json_decref(ofmf->compare.queue);
	json_decref(ofmf->compare.created);
}

/**
 * ofmf_compare_forget - the OFMF has no copies any more
 */
void ofmf_compare_forget(struct ofmf *ofmf)
{
	json_array_clear(ofmf->compare.queue);
	ofmf_created_forget(ofmf);
}

/**
 * ofmf_compare_doubt - the OFMF is away, and may come back with other copies
 *
 * Not at once, or all hosts would read theirs when it is back: at the next time
 * of a comparison, which is another for each.
 */
void ofmf_compare_doubt(struct ofmf *ofmf)
{
	ofmf->compare.doubt = true;
	ofmf->routine.compare = false;
	ofmf_created_forget(ofmf);
}

/**
 * ofmf_compare_pending - are there copies still to be compared?
 */
bool ofmf_compare_pending(const struct ofmf *ofmf)
{
	return json_array_size(ofmf->compare.queue);
}

/* ---- what is compared --------------------------------------------------- */

/**
 * ofmf_compare_put - compare @uri with what the OFMF has at @theirs
 */
void ofmf_compare_put(struct ofmf *ofmf, const char *uri, const char *theirs)
{
	json_array_append_new(ofmf->compare.queue,
			      json_pack("[s, s, i]", uri, theirs, 0));
}

static void queue_all(struct ofmf *ofmf, const json_t *theirs)
{
	const char *uri;
	json_t *value;

	ofmf->compare.differences = 0;
	ofmf->compare.some = false;
	json_array_clear(ofmf->compare.queue);
	ofmf_members_put(ofmf);
	json_object_foreach((json_t *)theirs, uri, value) {
		const json_t *ours = tree_get(ofmf->tree, uri);

		/* a placeholder has no values: no copy of it is out of date */
		if (ofmf_is_surplus(ofmf, uri) ||
		    (ours && !tree_is_placeholder(ours) &&
		     ofmf_announced(uri, ours)))
			ofmf_compare_put(ofmf, uri, json_string_value(value));
	}
	ofmf_reading_compare(ofmf);
}

/**
 * ofmf_compare_all - queue all copies for comparison
 * @theirs: what ofmf_copies_update() gave
 */
void ofmf_compare_all(struct ofmf *ofmf, const json_t *theirs)
{
	ofmf->repair.compare = 0;
	ofmf->compare.doubt = false;
	queue_all(ofmf, theirs);
}

/* Those that are next in turn. */
static void compare_some(struct ofmf *ofmf, const json_t *theirs)
{
	struct ofmf_compare *compare = &ofmf->compare;
	json_t *all = compare->queue, *some = json_array();
	size_t i, n;

	queue_all(ofmf, theirs);
	n = json_array_size(all);
	for (i = 0; some && i < n && i < SOME; i++)
		json_array_append(some, json_array_get(all,
						(compare->next + i) % n));
	if (!some)
		return;
	compare->next = n ? (compare->next + i) % n : 0;
	compare->some = true;
	compare->queue = some;
	json_decref(all);
}

/* What is due by time; all where something differs, or may. */
static void compare_routine(struct ofmf *ofmf, const json_t *theirs)
{
	ofmf->routine.compare = false;
	if (ofmf_compare_pending(ofmf))
		return;
	if (ofmf->compare.doubt || !ofmf->differ.known ||
	    json_object_size(ofmf->differ.set))
		ofmf_compare_all(ofmf, theirs);
	else
		compare_some(ofmf, theirs);
}

/**
 * ofmf_copies_update - what the OFMF has of us
 * @source: our AggregationSource, which lists it
 *
 * Kept, for the names that the OFMF gave. Return: our URI -> its, a
 * new reference, or NULL without memory.
 */
json_t *ofmf_copies_update(struct ofmf *ofmf, const json_t *source)
{
	json_t *theirs = ofmf_accessed(source, ofmf->tree);

	json_decref(ofmf->copies);
	ofmf->copies = json_incref(theirs);
	ofmf_reading_listed(ofmf, theirs);
	return theirs;
}

/**
 * ofmf_compare_queue - queue the copies whose comparison is due
 * @theirs: what ofmf_copies_update() gave
 */
void ofmf_compare_queue(struct ofmf *ofmf, const json_t *theirs)
{
	if (ofmf->compare_due)
		ofmf_compare_all(ofmf, theirs);
	ofmf->compare_due = false;
	if (ofmf->routine.compare)
		compare_routine(ofmf, theirs);
}

/* ---- contents ----------------------------------------------------------- */

static void compare_pop(struct ofmf *ofmf)
{
	struct ofmf_compare *compare = &ofmf->compare;

	json_array_remove(compare->queue, json_array_size(compare->queue) - 1);
	if (json_array_size(compare->queue))
		return;
	if (compare->some && compare->differences)
		ofmf->compare_due = true;
	if (sd_event_now(ofmf->event, CLOCK_MONOTONIC, &compare->finished) < 0)
		compare->finished = 0;
	if (!compare->some)
		ofmf_reading_compared(ofmf);
	ofmf_differ_compared(ofmf);
}

static const json_t *compare_last(const struct ofmf *ofmf)
{
	return json_array_get(ofmf->compare.queue,
			      json_array_size(ofmf->compare.queue) - 1);
}

/**
 * ofmf_copy_ours - is a copy ours to keep up to date?
 *
 * Not where another agent manages it: of a fabric that we share, it has what
 * that agent sees, and each would undo what the other did.
 */
bool ofmf_copy_ours(const struct ofmf *ofmf, const json_t *copy)
{
	const char *manager = ofmf_copy_manager(copy);
	char path[OFMF_SOURCE_PATH];

	ofmf_source_path(ofmf, path);
	return !manager || !strcmp(manager, path);
}

/*
 * An event that was delivered and not acted upon, or was refused, is not
 * delivered again, unless the OFMF acts upon others.
 */
static void difference(struct ofmf *ofmf, const char *uri, enum ofmf_kind kind)
{
	enum tree_op op = kind == OFMF_IS_STALE ? TREE_CHANGED : TREE_REMOVED;
	enum ofmf_kind before = ofmf_differ_kind(ofmf, uri);

	ofmf->compare.differences++;
	if (ofmf_heed_ignored(ofmf, op) ||
	    ((before == kind || before == OFMF_IS_REFUSED) &&
	     ofmf->repair.heed[op] != OFMF_HEEDS)) {
		ofmf_differ_set(ofmf, uri, kind);
	} else {
		ofmf_differ_clear(ofmf, uri);
		ofmf_enqueue(ofmf, op, uri, 0);
	}
}

/* One that was taken to differ without a look: do that no more. */
static void equal(struct ofmf *ofmf, const char *uri, enum ofmf_kind kind)
{
	enum ofmf_kind before = ofmf_differ_kind(ofmf, uri);

	if (kind == OFMF_IS_EQUAL && before == OFMF_IS_STALE)
		ofmf_heed_doubt(ofmf, TREE_CHANGED);
	if (kind == OFMF_IS_EQUAL && before == OFMF_IS_SURPLUS)
		ofmf_heed_doubt(ofmf, TREE_REMOVED);
	if (before != OFMF_IS_UNLISTED && before != OFMF_IS_LEFT_OUT)
		ofmf_differ_clear(ofmf, uri);
}

static void compare_copy(struct ofmf *ofmf, const char *uri,
			 const struct ofmf_reply *reply)
{
	enum ofmf_kind kind = ofmf_copy_kind(ofmf, uri, reply);

	/* changed meanwhile: what is pending is read back once delivered */
	if (outbox_holds(ofmf->outbox, uri))
		return;
	if (reply->answer == OFMF_OK)
		json_object_del(ofmf->compare.created, uri);
	switch (kind) {
	case OFMF_IS_MISSING:
		ofmf->compare.differences++;
		ofmf_create_missing(ofmf, uri);
		break;
	case OFMF_IS_STALE:
	case OFMF_IS_SURPLUS:
		difference(ofmf, uri, kind);
		break;
	default:
		equal(ofmf, uri, kind);
	}
}

static void compare_with(struct ofmf *ofmf, const struct ofmf_reply *reply)
{
	const json_t *pair = compare_last(ofmf);
	const char *uri = json_string_value(json_array_get(pair, 0));
	const json_t *ours = uri ? tree_get(ofmf->tree, uri) : NULL;

	if (json_object_get(ours, "Members"))
		ofmf->compare.differences += ofmf_members_compare(ofmf, ours,
							  reply->json);
	else if (uri)
		compare_copy(ofmf, uri, reply);
}

/*
 * What could not be read was not compared. It is tried again after the others,
 * and in the end left to the next comparison; until then it counts as drift.
 */
static void compare_again(struct ofmf *ofmf, const struct ofmf_reply *reply)
{
	json_t *pair = json_incref((json_t *)compare_last(ofmf));
	json_int_t tries = json_integer_value(json_array_get(pair, 2)) + 1;
	const char *uri = json_string_value(json_array_get(pair, 0));

	ofmf_failed(ofmf, reply->answer == OFMF_OK ?
		    "sent no JSON for a copy" : "did not show a copy", reply);
	if (tries < ofmf->timing.tries) {
		json_array_set_new(pair, 2, json_integer(tries));
		json_array_insert(ofmf->compare.queue, 0, pair);
	} else if (uri) {
		log_warning("OFMF %s: its copy of %s cannot be compared: %s",
			    ofmf->name, uri, reply->why);
		ofmf_differ_set(ofmf, uri, OFMF_IS_UNREADABLE);
	}
	compare_pop(ofmf);
	json_decref(pair);
	ofmf_wait(ofmf, ofmf_deliver);
}

static void on_copy(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	bool read = reply->answer == OFMF_GONE ||
		    (reply->answer == OFMF_OK && json_is_object(reply->json));

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	if (json_array_size(ofmf->compare.queue) && !read) {
		compare_again(ofmf, reply);
		return;
	}
	if (json_array_size(ofmf->compare.queue)) {
		compare_with(ofmf, reply);
		compare_pop(ofmf);
	}
	ofmf_go(ofmf, ofmf_deliver);
}

/**
 * ofmf_compare - step: compare one resource with the OFMF's copy
 */
void ofmf_compare(struct ofmf *ofmf)
{
	const char *uri = json_string_value(json_array_get(compare_last(ofmf),
							   1));

	if (!uri || strlen(uri) != strcspn(uri, " \t\r\n?#")) {
		compare_pop(ofmf);
		ofmf_go(ofmf, ofmf_deliver);
		return;
	}
	ofmf_request(ofmf, "GET", uri, NULL, ofmf->timing.get, on_copy);
}
