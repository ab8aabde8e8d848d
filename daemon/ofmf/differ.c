// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The set of what differs. Each read of a copy sets or clears the entry of its
 * URI; an entry is a reason to look again, never what to write.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "util/log.h"
#include "priv.h"

/**
 * ofmf_differ_init - nothing is known to differ, and nothing was compared
 *
 * Return: 0 or -ENOMEM; ofmf_differ_free() in both cases.
 */
int ofmf_differ_init(struct ofmf *ofmf)
{
	ofmf->differ.set = json_object();
	return ofmf->differ.set ? 0 : -ENOMEM;
}

void ofmf_differ_free(struct ofmf *ofmf)
{
	json_decref(ofmf->differ.set);
}

/**
 * ofmf_differ_forget - the OFMF has no copies any more
 */
void ofmf_differ_forget(struct ofmf *ofmf)
{
	json_object_clear(ofmf->differ.set);
	ofmf->differ.known = ofmf->differ.compared = false;
	ofmf->differ.logged = false;
}

/**
 * ofmf_differ_kind - in which way a resource is known to differ
 *
 * Return: OFMF_IS_EQUAL where it is not in the set.
 */
enum ofmf_kind ofmf_differ_kind(const struct ofmf *ofmf, const char *uri)
{
	return (enum ofmf_kind)json_integer_value(
		json_object_get(ofmf->differ.set, uri));
}

static bool is_of_collection(enum ofmf_kind kind)
{
	return kind == OFMF_IS_UNLISTED || kind == OFMF_IS_LEFT_OUT;
}

/**
 * ofmf_differ_set - the copy of a resource differs
 *
 * That its collection lacks it is found by reading the collection, so only
 * that, or its removal here, replaces such an entry.
 */
void ofmf_differ_set(struct ofmf *ofmf, const char *uri, enum ofmf_kind kind)
{
	if (is_of_collection(ofmf_differ_kind(ofmf, uri)) &&
	    kind == OFMF_IS_STALE)
		return;
	json_object_set_new(ofmf->differ.set, uri, json_integer(kind));
}

/**
 * ofmf_differ_surplus - the OFMF kept what was removed here, with all below it
 *
 * Also what exists again by now: its copy is that of the one before.
 */
void ofmf_differ_surplus(struct ofmf *ofmf, const char *uri)
{
	size_t len = strlen(uri);
	const char *below;
	json_t *value;

	ofmf_differ_set(ofmf, uri, OFMF_IS_SURPLUS);
	json_object_foreach(ofmf->copies, below, value)
		if (!strncmp(below, uri, len) && below[len] == '/' &&
		    ofmf_is_member(below) && ofmf_announced(below, NULL))
			ofmf_differ_set(ofmf, below, OFMF_IS_SURPLUS);
}

/**
 * ofmf_differ_clear - the copy of a resource does not differ any more
 */
void ofmf_differ_clear(struct ofmf *ofmf, const char *uri)
{
	json_object_del(ofmf->differ.set, uri);
	if (!json_object_size(ofmf->differ.set))
		ofmf->differ.logged = false;
}

/**
 * ofmf_differ_compared - a comparison is finished: from now on drift is known
 */
void ofmf_differ_compared(struct ofmf *ofmf)
{
	ofmf->differ.known = ofmf->differ.compared = true;
}

/**
 * ofmf_copy_kind - compare a copy, as the OFMF just sent it, with our tree
 */
enum ofmf_kind ofmf_copy_kind(const struct ofmf *ofmf, const char *uri,
			      const struct ofmf_reply *reply)
{
	const json_t *ours = tree_get(ofmf->tree, uri);

	if (reply->answer == OFMF_GONE)
		return ours ? OFMF_IS_MISSING : OFMF_IS_EQUAL;
	if (reply->answer != OFMF_OK || !json_is_object(reply->json))
		return OFMF_IS_UNREADABLE;
	if (!ofmf_copy_ours(ofmf, reply->json))
		return OFMF_IS_FOREIGN;
	/* with a fabric that is shared the others' endpoints would go */
	if (!ours)
		return ofmf_copy_shared(reply->json) ? OFMF_IS_FOREIGN :
						       OFMF_IS_SURPLUS;
	/* a placeholder has no values: no copy of it is out of date */
	if (tree_is_placeholder(ours))
		return OFMF_IS_EQUAL;
	if (!ofmf_resource_same(ours, reply->json, ofmf->copies))
		return OFMF_IS_STALE;
	/* an OFMF that acts upon changes would not get rid of them so */
	if (ofmf_heed_ignored(ofmf, TREE_CHANGED) &&
	    ofmf_copy_doubled(reply->json))
		return OFMF_IS_STALE;
	return OFMF_IS_EQUAL;
}

/* ---- how many, and which ------------------------------------------------ */

/* A resource is counted once, whatever is known of it. */
long ofmf_drift(const struct ofmf *ofmf)
{
	const json_t *unverified = ofmf->repair.unverified;
	size_t n = outbox_resources(ofmf->outbox);
	const char *uri;
	json_t *value;

	if (!ofmf->differ.known)
		return -1;
	json_object_foreach((json_t *)unverified, uri, value)
		n += !outbox_holds(ofmf->outbox, uri);
	json_object_foreach(ofmf->differ.set, uri, value)
		n += !outbox_holds(ofmf->outbox, uri) &&
		     !json_object_get(unverified, uri);
	return (long)n;
}

/* What brings a copy in line that differs so. */
static const char *remedy(const struct ofmf *ofmf, enum ofmf_kind kind)
{
	switch (kind) {
	case OFMF_IS_UNREADABLE:
	case OFMF_IS_REFUSED:
	case OFMF_IS_MISSING:
		return "it does not take, show or change them: see its log";
	case OFMF_IS_LEFT_OUT:
		return "resync = detach enters them into their collections";
	default:
		return ofmf->resync == OFMF_RESYNC_NONE ?
		       "it ignores our events: resync = auto repairs them" :
		       "a repair follows";
	}
}

static void print_first(const struct ofmf *ofmf, FILE *out)
{
	unsigned int n = 0;
	const char *uri;
	json_t *value;

	json_object_foreach(ofmf->differ.set, uri, value) {
		if (n++ == OFMF_NAMED_MAX) {
			fputs(", ...", out);
			return;
		}
		fprintf(out, "%s%s", n > 1 ? ", " : "", uri);
	}
}

/**
 * ofmf_differ_report - a line about what a comparison found and what stays
 *
 * Once until nothing differs. What is repaired now is a line of the repair.
 */
void ofmf_differ_report(struct ofmf *ofmf)
{
	const char *first = json_object_iter_key(
		json_object_iter(ofmf->differ.set));
	char text[512] = "";
	FILE *out;

	if (!ofmf->differ.compared)
		return;
	ofmf->differ.compared = false;
	if (!first || ofmf->differ.logged || ofmf_repair_first(ofmf))
		return;
	out = fmemopen(text, sizeof(text), "w");
	if (!out)
		return;
	print_first(ofmf, out);
	fclose(out);
	log_warning("OFMF %s: copies that differ: %zu (%s); %s", ofmf->name,
		    json_object_size(ofmf->differ.set), text,
		    remedy(ofmf, ofmf_differ_kind(ofmf, first)));
	ofmf->differ.logged = true;
}
