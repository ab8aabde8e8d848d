// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Members that the OFMF left out of its collections.
 *
 * Agents that register at the same time lose each other's entries in the
 * collections that they share (those at the top and those of fabrics) at the
 * reference. The resource is there and nobody finds it. So it is entered again:
 *
 *   - a top-level resource by a POST of the OFMF's own copy to its collection,
 *     which the reference does not forward;
 *   - another one by deleting the copy in a repair (edit.c), which is then
 *     missing and is created anew.
 *
 * The reference refuses both for a resource that is in its collection.
 */
#include <string.h>

#include "util/log.h"
#include "priv.h"

#define TOP_LEVEL	4	/* slashes in /redfish/v1/Systems/ID */

static unsigned int slashes(const char *uri)
{
	unsigned int n = 0;

	for (; *uri; uri++)
		n += *uri == '/';
	return n;
}

/* Do other agents enter resources into @uri as well? */
static bool is_shared(const char *uri)
{
	return slashes(uri) < TOP_LEVEL ||
	       !strncmp(uri, OFMF_FABRICS, strlen(OFMF_FABRICS));
}

/**
 * ofmf_members_put - queue the collections that we share for comparison
 */
void ofmf_members_put(struct ofmf *ofmf)
{
	const json_t *all = tree_all(ofmf->tree);
	json_t *ours;
	const char *uri;

	json_object_foreach((json_t *)all, uri, ours)
		if (json_array_size(json_object_get(ours, "Members")) &&
		    ofmf_announced(uri, NULL) && is_shared(uri))
			ofmf_compare_put(ofmf, uri, ofmf_their_uri(ofmf, uri));
}

static bool has_member(const json_t *members, const char *uri)
{
	json_t *member;
	size_t i;

	json_array_foreach((json_t *)members, i, member) {
		const char *at = json_string_value(
			json_object_get(member, "@odata.id"));

		if (at && !strcmp(at, uri))
			return true;
	}
	return false;
}

/*
 * Only one that lists all its members tells which it lacks. A server that sends
 * pages keeps its tree in order.
 */
static bool is_whole(const json_t *collection)
{
	return json_is_array(json_object_get(collection, "Members")) &&
	       !json_object_get(collection, "Members@odata.nextLink");
}

/**
 * ofmf_members_lack - does a collection of the OFMF's lack @uri?
 */
bool ofmf_members_lack(const json_t *collection, const char *uri)
{
	return is_whole(collection) &&
	       !has_member(json_object_get(collection, "Members"), uri);
}

/* It is listed, so what is known of its collection is not so any more. */
static void listed(struct ofmf *ofmf, const char *uri)
{
	enum ofmf_kind kind = ofmf_differ_kind(ofmf, uri);

	if (kind == OFMF_IS_UNLISTED || kind == OFMF_IS_LEFT_OUT)
		ofmf_differ_clear(ofmf, uri);
}

/**
 * ofmf_members_compare - compare a collection with the OFMF's copy
 *
 * Return: how many of our members it lacks.
 */
size_t ofmf_members_compare(struct ofmf *ofmf, const json_t *ours,
			    const json_t *theirs)
{
	json_t *member;
	size_t i, n = 0;

	if (!is_whole(theirs))
		return 0;
	json_array_foreach(json_object_get(ours, "Members"), i, member) {
		const char *uri = json_string_value(
			json_object_get(member, "@odata.id"));

		/* a copy that is not there at all is found elsewhere */
		if (!uri || !json_object_get(ofmf->copies, uri))
			continue;
		if (!ofmf_members_lack(theirs, ofmf_their_uri(ofmf, uri))) {
			listed(ofmf, uri);
			continue;
		}
		ofmf_differ_set(ofmf, uri, slashes(uri) == TOP_LEVEL ?
				OFMF_IS_UNLISTED : OFMF_IS_LEFT_OUT);
		n++;
	}
	return n;
}

static const char *unlisted_uri(const struct ofmf *ofmf)
{
	const char *uri;
	json_t *kind;

	json_object_foreach(ofmf->differ.set, uri, kind)
		if (json_integer_value(kind) == OFMF_IS_UNLISTED)
			return uri;
	return NULL;
}

/**
 * ofmf_members_pending - is there something to enter?
 */
bool ofmf_members_pending(const struct ofmf *ofmf)
{
	return unlisted_uri(ofmf);
}

/* ---- enter it again ----------------------------------------------------- */

static void unlisted_done(struct ofmf *ofmf)
{
	ofmf_differ_clear(ofmf, unlisted_uri(ofmf));
	ofmf_go(ofmf, ofmf_deliver);
}

static void on_entered(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;

	if (reply->answer == OFMF_OFFLINE) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_check);
		return;
	}
	/* 409: it is in the collection after all */
	if (reply->answer == OFMF_OK || reply->answer == OFMF_CONFLICT) {
		if (reply->answer == OFMF_OK)
			log_info("OFMF %s: entered %s into its collection again",
				 ofmf->name, unlisted_uri(ofmf));
		unlisted_done(ofmf);
		return;
	}
	ofmf_failed(ofmf, "leaves a resource of ours out of its collection",
		    reply);
	ofmf_differ_set(ofmf, unlisted_uri(ofmf), OFMF_IS_REFUSED);
	ofmf_go(ofmf, ofmf_deliver);
}

static void enter_top_level(struct ofmf *ofmf, const json_t *copy)
{
	char path[OFMF_TOP_LEVEL_MAX];
	const char *uri = ofmf_their_uri(ofmf, unlisted_uri(ofmf));
	size_t len = (size_t)(strrchr(uri, '/') - uri);

	if (len >= sizeof(path)) {
		unlisted_done(ofmf);
		return;
	}
	memcpy(path, uri, len);
	path[len] = '\0';
	ofmf_request(ofmf, "POST", path, copy, ofmf->timing.get, on_entered);
}

static void on_unlisted(const struct ofmf_reply *reply, void *ctx)
{
	struct ofmf *ofmf = ctx;
	const char *uri = unlisted_uri(ofmf);

	if (reply->answer == OFMF_OFFLINE || !uri) {
		ofmf_failed(ofmf, "", reply);
		ofmf_wait(ofmf, ofmf_check);
	} else if (reply->answer != OFMF_OK || !tree_get(ofmf->tree, uri) ||
		   !ofmf_copy_ours(ofmf, reply->json)) {
		unlisted_done(ofmf);
	} else {
		enter_top_level(ofmf, reply->json);
	}
}

/**
 * ofmf_members_enter - step: enter one resource into its collection
 */
void ofmf_members_enter(struct ofmf *ofmf)
{
	ofmf_request(ofmf, "GET", ofmf_their_uri(ofmf, unlisted_uri(ofmf)),
		     NULL, ofmf->timing.get, on_unlisted);
}
