// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Delivering: one event a POST, in order, each until the OFMF acknowledges it.
 *
 * An event is idempotent, for the OFMF reads the resource itself. So whatever
 * may not have arrived is sent again. Before that the context is checked: for
 * an unknown one the reference closes the connection without an answer.
 *
 * For a creation the OFMF follows every link from the new resource, so it reads
 * nearly the whole tree. A device that appears is several new resources; one of
 * them stands for those that it leads to. A single check afterwards tells
 * whether they arrived, in place of one reading of the tree for each. The kernel
 * makes the parts of a device one after the other, so a creation waits a moment
 * for those that follow it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/log.h"
#include "redfish/event.h"
#include "priv.h"

/**
 * ofmf_deliver_init - nothing was given up yet
 *
 * Return: 0 or -ENOMEM; ofmf_deliver_free() in both cases.
 */
int ofmf_deliver_init(struct ofmf *ofmf)
{
	ofmf->deliver.given_up = json_object();
	return ofmf->deliver.given_up ? 0 : -ENOMEM;
}

void ofmf_deliver_free(struct ofmf *ofmf)
{
	json_decref(ofmf->deliver.given_up);
}

/**
 * ofmf_deliver_forget - the OFMF does not know us any more
 */
void ofmf_deliver_forget(struct ofmf *ofmf)
{
	json_object_clear(ofmf->deliver.given_up);
	ofmf->deliver.rejected = false;
}

static const char *pending_name(const struct outbox_pending *pending)
{
	static const char *const names[] = {
		[TREE_CREATED] = "ResourceCreated",
		[TREE_CHANGED] = "ResourceChanged",
		[TREE_REMOVED] = "ResourceRemoved",
	};

	return pending->uri ? names[pending->op] : "alert";
}

static const char *pending_uri(const struct outbox_pending *pending)
{
	const json_t *origin;

	if (pending->uri)
		return pending->uri;
	origin = json_object_get(json_object_get(pending->record,
						 "OriginOfCondition"),
				 "@odata.id");
	return origin ? json_string_value(origin) : "";
}

/*
 * Returns whether it is the first time, so that a comparison is worth it. A
 * resource that failed before is one that the OFMF cannot take.
 */
static bool give_up_first(struct ofmf *ofmf,
			  const struct outbox_pending *pending)
{
	json_t *given_up = ofmf->deliver.given_up;

	if (!pending->uri || json_object_get(given_up, pending->uri) ||
	    json_object_size(given_up) >= OFMF_GIVEN_UP_MAX)
		return false;
	json_object_set_new(given_up, pending->uri, json_true());
	return true;
}

/*
 * Nothing later stands for an alert, and what is wrong may be at the OFMF: the
 * reference cannot pass events on while it remembers a subscriber whose entry
 * was wiped. So it is tried again now and then.
 */
static bool defer(struct ofmf *ofmf, const struct outbox_pending *pending,
		  const struct ofmf_reply *reply)
{
	unsigned int tries = pending->tries + 1;

	if (pending->uri || !outbox_defer(ofmf->outbox))
		return false;
	if (tries == ofmf->timing.tries)
		log_warning("OFMF %s: alert of %s not taken in %u tries: %s; it stays pending",
			    ofmf->name, pending_uri(pending), tries,
			    reply->why);
	ofmf_wait(ofmf, ofmf_deliver);
	return true;
}

static void give_up(struct ofmf *ofmf, const struct outbox_pending *pending,
		    const struct ofmf_reply *reply)
{
	bool first;

	if (defer(ofmf, pending, reply))
		return;
	first = give_up_first(ofmf, pending);
	log_warning("OFMF %s: %s of %s given up after %u tries: %s",
		    ofmf->name, pending_name(pending), pending_uri(pending),
		    pending->tries + 1, reply->why);
	if (pending->uri)
		ofmf_differ_set(ofmf, pending->uri, OFMF_IS_REFUSED);
	outbox_done(ofmf->outbox);
	if (first)
		ofmf->compare_due = true;
	ofmf_wait(ofmf, ofmf_deliver);
}

static void send_again(struct ofmf *ofmf, const struct outbox_pending *pending,
		       const struct ofmf_reply *reply)
{
	if (pending->tries + 1 >= ofmf->timing.tries) {
		give_up(ofmf, pending, reply);
		return;
	}
	outbox_back(ofmf->outbox, true);
	ofmf_wait(ofmf, ofmf_check);
}

/*
 * An answer that sending again should not change. It may be that of something
 * in between, or of an OFMF in disorder, so it has to come several times.
 */
static void refused(struct ofmf *ofmf, const struct outbox_pending *pending,
		    const struct ofmf_reply *reply)
{
	bool unknown = reply->answer == OFMF_GONE && pending->uri &&
		       pending->op == TREE_CHANGED;

	if (pending->tries + 1 < ofmf->timing.tries) {
		ofmf_failed(ofmf, "refused an event", reply);
		outbox_back(ofmf->outbox, true);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	if (defer(ofmf, pending, reply))
		return;
	log_warning("OFMF %s: refused %s of %s: %s", ofmf->name,
		    pending_name(pending), pending_uri(pending), reply->why);
	if (unknown && give_up_first(ofmf, pending))
		ofmf->recheck = true;
	if (pending->uri)
		ofmf_differ_set(ofmf, pending->uri, OFMF_IS_REFUSED);
	outbox_done(ofmf->outbox);
	ofmf_go(ofmf, ofmf_deliver);
}

/* What it may have read before it changed, and does not read again. */
static void read_back_outdated(struct ofmf *ofmf)
{
	json_t *uris = outbox_outdated(ofmf->outbox), *uri;
	size_t i;

	json_array_foreach(uris, i, uri)
		ofmf_read_back_edited(ofmf, json_string_value(uri));
	json_decref(uris);
}

static void delivered(struct ofmf *ofmf, const struct outbox_pending *pending)
{
	if (pending->uri)
		json_object_del(ofmf->deliver.given_up, pending->uri);
	ofmf_read_back_later(ofmf, pending);
	ofmf_created(ofmf, pending);
	read_back_outdated(ofmf);
	outbox_done(ofmf->outbox);
	ofmf_succeeded(ofmf);
	ofmf->deliver.rejected = false;
	ofmf_well(ofmf);
	ofmf_go(ofmf, ofmf_deliver);
}

/* @pending is still the outbox's: nothing was given back or taken since. */
static void on_answer(struct ofmf *ofmf, const struct outbox_pending *pending,
		      const struct ofmf_reply *reply)
{
	switch (reply->answer) {
	case OFMF_OK:
		delivered(ofmf, pending);
		return;
	case OFMF_BAD:
		/* the context, unless it proves good: then the event */
		if (ofmf->deliver.rejected) {
			ofmf->deliver.rejected = false;
			refused(ofmf, pending, reply);
			return;
		}
		ofmf->deliver.rejected = true;
		outbox_back(ofmf->outbox, false);
		ofmf_go(ofmf, ofmf_check);
		return;
	case OFMF_UNSURE:
		ofmf_failed(ofmf, "did not confirm an event", reply);
		send_again(ofmf, pending, reply);
		return;
	case OFMF_OFFLINE:
		ofmf_failed(ofmf, "", reply);
		outbox_back(ofmf->outbox, false);
		ofmf_wait(ofmf, ofmf_check);
		return;
	default:
		refused(ofmf, pending, reply);
	}
}

static void on_sent(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	on_answer(ofmf, outbox_taken(ofmf->outbox), reply);
}

/* @origin: of an alert, in place of its own, or NULL */
static json_t *pending_record(const struct outbox_pending *pending,
			      const char *origin)
{
	static const char ops[] = {
		[TREE_CREATED] = 'C',
		[TREE_CHANGED] = 'M',
		[TREE_REMOVED] = 'R',
	};

	json_t *record;

	if (pending->record) {
		record = json_deep_copy(pending->record);
		if (origin)
			json_object_set_new(record, "OriginOfCondition",
					    json_pack("{s:s}", "@odata.id",
						      origin));
		return record;
	}
	return rf_lifecycle_event(ops[pending->op], pending->uri,
				  pending->realtime);
}

/* The OFMF reads the new resource, and all below it, before it answers. */
static long pending_timeout(const struct ofmf *ofmf,
			    const struct outbox_pending *pending)
{
	if (pending->uri && pending->op == TREE_CREATED)
		return ofmf->timing.crawl;
	return ofmf->timing.event;
}

static uint64_t now_usec(const struct ofmf *ofmf)
{
	uint64_t now;

	return sd_event_now(ofmf->event, CLOCK_MONOTONIC, &now) < 0 ? 1 : now;
}

/**
 * ofmf_deliver_created - a resource was created here
 */
void ofmf_deliver_created(struct ofmf *ofmf)
{
	ofmf->deliver.created.last = now_usec(ofmf);
	if (!ofmf->deliver.created.first)
		ofmf->deliver.created.first = ofmf->deliver.created.last;
}

/* How long what is pending waits for further creations, us. */
static uint64_t gather(struct ofmf *ofmf)
{
	uint64_t now = now_usec(ofmf), quiet, latest, until;

	if (!outbox_creates(ofmf->outbox))
		ofmf->deliver.created.first = 0;
	if (!ofmf->deliver.created.first)
		return 0;
	quiet = ofmf->deliver.created.last + ofmf->timing.gather;
	latest = ofmf->deliver.created.first + ofmf->timing.gathered;
	until = quiet < latest ? quiet : latest;
	if (until > now)
		return until - now;
	ofmf->deliver.created.first = 0;
	return 0;
}

static void cover(struct ofmf *ofmf, const struct outbox_pending *pending)
{
	json_t *found;

	if (!pending->uri || pending->op != TREE_CREATED ||
	    !pending->realtime || !outbox_creates(ofmf->outbox))
		return;
	found = ofmf_reachable(ofmf->tree, pending->uri);
	if (outbox_cover(ofmf->outbox, found))
		ofmf->recheck = true;
	json_decref(found);
}

/* All is delivered and compared; what differs is repaired when it may be. */
static void rest(struct ofmf *ofmf)
{
	uint64_t repair, compare;
	bool repairs, compares;

	ofmf_well(ofmf);
	ofmf_differ_report(ofmf);
	repairs = ofmf_repair_due(ofmf, &repair);
	compares = ofmf_recompare_due(ofmf, &compare);
	if (repairs && !repair)
		ofmf_detach(ofmf);
	else if (repairs && (!compares || repair < compare))
		ofmf_pause(ofmf, ofmf_deliver, repair);
	else if (compares)
		ofmf_pause(ofmf, ofmf_deliver, compare);
	else
		ofmf_rest(ofmf);
}

static void pending_send(struct ofmf *ofmf,
			 const struct outbox_pending *pending,
			 const char *origin)
{
	cover(ofmf, pending);
	if (pending->uri && pending->op == TREE_CREATED) {
		ofmf->reg.reading = true;
		ofmf_reading_add(ofmf);
	}
	ofmf_post(ofmf, ofmf->context, pending_record(pending, origin),
		  pending_timeout(ofmf, pending), on_sent);
}

/*
 * The reference never answers an event about a resource that it does not have:
 * it ends the connection. So before such an event is sent again, it is asked; and
 * before the first time where it is not known to have what was removed, which it
 * has not if its creation came too late to be read.
 */
static bool needs_lookup(const struct ofmf *ofmf,
			 const struct outbox_pending *pending)
{
	if (!pending->uri)
		return pending->tries && *pending_uri(pending);
	return pending->op != TREE_CREATED &&
	       (pending->tries ||
		(pending->op == TREE_REMOVED &&
		 (!pending->realtime ||
		  !json_object_get(ofmf->copies, pending->uri))));
}

static void not_there(struct ofmf *ofmf, const struct outbox_pending *pending)
{
	char *uri = strdup(pending->uri);
	bool removed = pending->op == TREE_REMOVED;

	if (removed && uri)
		ofmf_differ_clear(ofmf, uri);
	outbox_done(ofmf->outbox);
	ofmf_succeeded(ofmf);
	ofmf_well(ofmf);
	if (!removed && uri)
		ofmf_enqueue(ofmf, TREE_CREATED, uri, 0);
	free(uri);
	ofmf_go(ofmf, ofmf_deliver);
}

static void on_looked_up(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const struct outbox_pending *pending = outbox_taken(ofmf->outbox);

	if (reply->answer == OFMF_GONE && pending->uri) {
		not_there(ofmf, pending);
	} else if (reply->answer == OFMF_GONE) {
		/* an alert outlives its resource: it is the host's then */
		pending_send(ofmf, pending, ofmf->system_uri);
	} else if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		outbox_back(ofmf->outbox, false);
		ofmf_wait(ofmf, ofmf_check);
	} else {
		pending_send(ofmf, pending, NULL);
	}
}

/**
 * ofmf_deliver - step: send what is pending; when nothing is, read back, then
 * compare, then repair; then rest
 */
void ofmf_deliver(struct ofmf *ofmf)
{
	const struct outbox_pending *pending;
	uint64_t delay;

	if (!ofmf->context || ofmf->recheck ||
	    ofmf_is_detached(ofmf)) {
		ofmf_check(ofmf);
		return;
	}
	/* also from a repair that could not begin */
	ofmf_state_set(ofmf, OFMF_STATE_REGISTERED);
	if (ofmf_recompare_due(ofmf, &delay) && !delay)
		ofmf->compare_due = true;
	delay = gather(ofmf);
	if (delay) {
		ofmf_pause(ofmf, ofmf_deliver, delay);
		return;
	}
	pending = outbox_take(ofmf->outbox);
	if (pending && needs_lookup(ofmf, pending)) {
		ofmf_request(ofmf, "GET",
			     ofmf_their_uri(ofmf, pending_uri(pending)),
			     NULL, ofmf->timing.get, on_looked_up);
	} else if (pending) {
		pending_send(ofmf, pending, NULL);
	} else if (ofmf_read_back_pending(ofmf)) {
		ofmf_read_back(ofmf);
	} else if (ofmf_compare_pending(ofmf)) {
		ofmf_compare(ofmf);
	} else if (ofmf_members_pending(ofmf)) {
		ofmf_members_enter(ofmf);
	} else if (ofmf->compare_due) {
		ofmf_check(ofmf);
	} else {
		rest(ofmf);
	}
}
