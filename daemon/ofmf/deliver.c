// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Delivery: one event a POST, in order, until the OFMF says that it has it.
 *
 * An event is idempotent (the OFMF reads the resource itself), so whatever may
 * not have arrived is sent again. Before it is, the context is looked at: for
 * an unknown one the reference closes the connection without a word.
 *
 * For a creation the OFMF follows every link from the new resource, thus reads
 * nearly the whole tree. A device that appears is several new resources; one
 * of them stands for those that it leads to, and whether they arrived is
 * looked up once, instead of having the tree read for each of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "redfish/event.h"
#include "priv.h"

static const char *owed_name(const struct outbox_owed *owed)
{
	static const char *const names[] = {
		[TREE_CREATED] = "ResourceCreated",
		[TREE_CHANGED] = "ResourceChanged",
		[TREE_REMOVED] = "ResourceRemoved",
	};

	return owed->uri ? names[owed->op] : "alert";
}

static const char *owed_uri(const struct outbox_owed *owed)
{
	const json_t *origin;

	if (owed->uri)
		return owed->uri;
	origin = json_object_get(json_object_get(owed->record,
						 "OriginOfCondition"),
				 "@odata.id");
	return origin ? json_string_value(origin) : "";
}

/*
 * A resource that fails once more after a resync does not cause another: the
 * OFMF cannot take it. Returns whether a resync is worth it.
 */
static bool give_up_first(struct ofmf *ofmf, const struct outbox_owed *owed)
{
	if (!owed->uri || json_object_get(ofmf->given_up, owed->uri) ||
	    json_object_size(ofmf->given_up) >= OFMF_GIVEN_UP_MAX)
		return false;
	json_object_set_new(ofmf->given_up, owed->uri, json_true());
	return true;
}

static void give_up(struct ofmf *ofmf, const struct outbox_owed *owed,
		    const struct ofmf_reply *reply)
{
	bool resync = give_up_first(ofmf, owed);

	log_warning("OFMF %s: %s of %s given up after %u tries: %s",
		    ofmf->name, owed_name(owed), owed_uri(owed),
		    owed->tries + 1, reply->why);
	outbox_done(ofmf->outbox);
	if (resync)
		ofmf->deep = true;
	ofmf_wait(ofmf, ofmf_deliver);
}

static void send_again(struct ofmf *ofmf, const struct outbox_owed *owed,
		       const struct ofmf_reply *reply)
{
	if (owed->tries + 1 >= ofmf->timing.tries) {
		give_up(ofmf, owed, reply);
		return;
	}
	outbox_back(ofmf->outbox, true);
	ofmf_wait(ofmf, ofmf_check);
}

/*
 * An answer that sending again should not change. It may be that of something
 * in between, or of an OFMF in disorder, so it has to come several times.
 */
static void refused(struct ofmf *ofmf, const struct outbox_owed *owed,
		    const struct ofmf_reply *reply)
{
	bool unknown = reply->answer == OFMF_GONE && owed->uri &&
		       owed->op == TREE_CHANGED;

	if (owed->tries + 1 < ofmf->timing.tries) {
		ofmf_failed(ofmf, "refused an event", reply);
		outbox_back(ofmf->outbox, true);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	log_warning("OFMF %s: refused %s of %s: %s", ofmf->name,
		    owed_name(owed), owed_uri(owed), reply->why);
	if (unknown && give_up_first(ofmf, owed))
		ofmf->recheck = true;
	outbox_done(ofmf->outbox);
	ofmf_go(ofmf, ofmf_deliver);
}

static void delivered(struct ofmf *ofmf, const struct outbox_owed *owed)
{
	if (owed->uri)
		json_object_del(ofmf->given_up, owed->uri);
	ofmf_doubt(ofmf, owed);
	outbox_done(ofmf->outbox);
	ofmf_succeeded(ofmf);
	ofmf->doubted = false;
	ofmf_well(ofmf);
	ofmf_go(ofmf, ofmf_deliver);
}

/*
 * @owed is still the queue's: nothing was given back or taken since.
 */
static void on_answer(struct ofmf *ofmf, const struct outbox_owed *owed,
		      const struct ofmf_reply *reply)
{
	switch (reply->answer) {
	case OFMF_OK:
		delivered(ofmf, owed);
		return;
	case OFMF_BAD:
		/* the context, unless it proves good: then the event */
		if (ofmf->doubted) {
			ofmf->doubted = false;
			refused(ofmf, owed, reply);
			return;
		}
		ofmf->doubted = true;
		outbox_back(ofmf->outbox, false);
		ofmf_go(ofmf, ofmf_check);
		return;
	case OFMF_UNSURE:
		ofmf_failed(ofmf, "did not confirm an event", reply);
		send_again(ofmf, owed, reply);
		return;
	case OFMF_OFFLINE:
		ofmf_failed(ofmf, "", reply);
		outbox_back(ofmf->outbox, false);
		ofmf_wait(ofmf, ofmf_check);
		return;
	default:
		refused(ofmf, owed, reply);
	}
}

static void on_sent(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	on_answer(ofmf, outbox_taken(ofmf->outbox), reply);
}

static json_t *owed_record(const struct outbox_owed *owed)
{
	static const char ops[] = {
		[TREE_CREATED] = 'C',
		[TREE_CHANGED] = 'M',
		[TREE_REMOVED] = 'R',
	};

	if (owed->record)
		return json_deep_copy(owed->record);
	return rf_lifecycle_event(ops[owed->op], owed->uri, owed->realtime);
}

/* The OFMF reads the new resource, and all below it, before it answers. */
static long owed_timeout(const struct ofmf *ofmf, const struct outbox_owed *owed)
{
	if (owed->uri && owed->op == TREE_CREATED)
		return ofmf->timing.crawl;
	return ofmf->timing.event;
}

static void cover(struct ofmf *ofmf, const struct outbox_owed *owed)
{
	json_t *found;

	if (!owed->uri || owed->op != TREE_CREATED || !owed->realtime ||
	    !outbox_creates(ofmf->outbox))
		return;
	found = ofmf_reachable(ofmf->tree, owed->uri);
	if (outbox_cover(ofmf->outbox, found))
		ofmf->recheck = true;
	json_decref(found);
}

/* All was told; what did not follow is mended as soon as it may be. */
static void rest(struct ofmf *ofmf)
{
	uint64_t due = ofmf_repair_due(ofmf);

	ofmf_well(ofmf);
	if (due > 1)
		ofmf_pause(ofmf, ofmf_deliver, due);
	else if (due)
		ofmf_detach(ofmf);
	else
		ofmf_rest(ofmf);
}

static void owed_send(struct ofmf *ofmf, const struct outbox_owed *owed)
{
	cover(ofmf, owed);
	ofmf_post(ofmf, ofmf->context, owed_record(owed),
		  owed_timeout(ofmf, owed), on_sent);
}

/*
 * Where the OFMF has nothing of that name, the reference ends the connection
 * without an answer, as often as it is told: it is not told again.
 */
static bool is_looked_up(const struct outbox_owed *owed)
{
	return owed->uri && owed->op != TREE_CREATED &&
	       (owed->tries || (owed->op == TREE_REMOVED && !owed->realtime));
}

static void not_there(struct ofmf *ofmf, const struct outbox_owed *owed)
{
	char *uri = strdup(owed->uri);
	bool removed = owed->op == TREE_REMOVED;

	/* and where it lists it all the same, it is to be listed no more */
	if (removed)
		json_object_set_new(ofmf->pruned, ofmf_their_uri(ofmf, uri),
				    json_true());
	outbox_done(ofmf->outbox);
	if (!removed && uri)
		ofmf_owe(ofmf, TREE_CREATED, uri, 0);
	free(uri);
	ofmf_go(ofmf, ofmf_deliver);
}

static void on_looked_up(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const struct outbox_owed *owed = outbox_taken(ofmf->outbox);

	if (reply->answer == OFMF_GONE) {
		not_there(ofmf, owed);
	} else if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		outbox_back(ofmf->outbox, false);
		ofmf_wait(ofmf, ofmf_check);
	} else {
		owed_send(ofmf, owed);
	}
}

/**
 * ofmf_deliver - step: send what is owed; when nothing is, compare what is
 * left to compare; then rest
 */
void ofmf_deliver(struct ofmf *ofmf)
{
	const struct outbox_owed *owed;

	if (!ofmf->context || ofmf->recheck || ofmf->source) {
		ofmf_check(ofmf);
		return;
	}
	/* also from a repair that could not begin */
	ofmf_state_set(ofmf, OFMF_STATE_REGISTERED);
	owed = outbox_take(ofmf->outbox);
	if (owed && is_looked_up(owed)) {
		ofmf_request(ofmf, "GET", ofmf_their_uri(ofmf, owed->uri), NULL,
			     ofmf->timing.get, on_looked_up);
	} else if (owed) {
		owed_send(ofmf, owed);
	} else if (json_object_size(ofmf->doubts)) {
		ofmf_read_back(ofmf);
	} else if (json_array_size(ofmf->compare)) {
		ofmf_compare(ofmf);
	} else if (json_object_size(ofmf->lost)) {
		ofmf_enter(ofmf);
	} else if (ofmf->deep) {
		ofmf_check(ofmf);
	} else {
		rest(ofmf);
	}
}
