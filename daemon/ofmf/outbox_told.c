// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What an outbox's receiver was told, in the store.
 *
 * A receiver reads a resource itself when it is told of it, so it may have a
 * newer state than the one that it was told of, never an older. What changed
 * while it was being told waits in the outbox; it is kept as told with a digest
 * that nothing has, so that a restart in between owes it again.
 *
 * Errors of the store have been logged there and end nothing: what was not
 * written is told once more after a restart.
 */
#include <stdlib.h>

#include "outbox_priv.h"

#define DIGEST_NONE	0

/* Whether there is a place to write to; the receiver's is made when it can be. */
static bool is_kept(struct outbox *box)
{
	if (!box->store)
		return false;
	return box->receiver ||
	       !store_receiver(box->store, box->name, &box->receiver);
}

void outbox_begin(struct outbox *box)
{
	if (box->store)
		store_begin(box->store);
}

void outbox_end(struct outbox *box)
{
	/* what was not written may be the receiver itself */
	if (box->store && store_end(box->store))
		box->receiver = 0;
}

static void told(struct outbox *box, const char *uri)
{
	const json_t *resource = box->store ? tree_get(box->tree, uri) : NULL;

	if (!box->store || !box->filter(uri, resource) || !is_kept(box))
		return;
	if (resource)
		store_delivered(box->store, box->receiver, uri,
				outbox_find(box, uri) ? DIGEST_NONE :
				tree_digest(resource));
	else
		store_delivered_drop(box->store, box->receiver, uri);
}

/**
 * outbox_told_one - the receiver has what an entry says
 *
 * Of a resource that is gone meanwhile its removal waits: it is still told.
 */
void outbox_told_one(struct outbox *box, const struct owing *entry)
{
	if (!entry->owed.uri) {
		if (box->store && entry->number)
			store_alert_drop(box->store, entry->number);
	} else if (entry->owed.op != TREE_REMOVED &&
		   outbox_find(box, entry->uri)) {
		if (is_kept(box))
			store_delivered(box->store, box->receiver, entry->uri,
					DIGEST_NONE);
	} else {
		told(box, entry->uri);
	}
}

/**
 * outbox_alert_keep - make an alert durable
 *
 * Return: its number, 0 if it could not be.
 */
int64_t outbox_alert_keep(struct outbox *box, const json_t *record)
{
	int64_t number = 0;
	char *text;

	if (!is_kept(box))
		return 0;
	text = json_dumps(record, JSON_COMPACT);
	if (text)
		store_alert(box->store, box->receiver, text, &number);
	free(text);
	return number;
}

/**
 * outbox_told - the receiver has these resources as they are
 * @uris: JSON object with URIs as keys
 */
void outbox_told(struct outbox *box, const json_t *uris)
{
	const char *uri;
	json_t *value;

	outbox_begin(box);
	json_object_foreach((json_t *)uris, uri, value)
		told(box, uri);
	outbox_end(box);
}

static void told_load(const char *uri, uint64_t digest, void *ctx)
{
	json_object_set_new(ctx, uri, json_integer((json_int_t)digest));
}

static json_t *told_all(struct outbox *box)
{
	json_t *all = json_object();

	if (all && box->receiver)
		store_delivered_each(box->store, box->receiver, told_load, all);
	return all;
}

/**
 * outbox_assume - the receiver has these resources, and was told of them
 * @uris: JSON object with URIs as keys
 *
 * Of those that were told by nobody who remembers, it is assumed that they are
 * as they should be: whoever compares them finds out.
 */
void outbox_assume(struct outbox *box, const json_t *uris)
{
	json_t *all = told_all(box), *value;
	const char *uri;

	outbox_begin(box);
	json_object_foreach((json_t *)uris, uri, value)
		if (!json_object_get(all, uri))
			told(box, uri);
	outbox_end(box);
	json_decref(all);
}

/**
 * outbox_forget - the receiver knows nothing; alerts are still owed
 */
void outbox_forget(struct outbox *box)
{
	outbox_clear(box);
	if (box->receiver)
		store_delivered_drop(box->store, box->receiver, NULL);
}

static int put(struct outbox *box, enum tree_op op, const char *uri, int count)
{
	int r = count < 0 ? count : outbox_put(box, op, uri, 0);

	return r < 0 ? r : count + 1;
}

static int owe_present(struct outbox *box, json_t *all)
{
	json_t *resource, *digest;
	const char *uri;
	int n = 0;

	json_object_foreach((json_t *)tree_all(box->tree), uri, resource) {
		if (!box->filter(uri, resource))
			continue;
		digest = json_object_get(all, uri);
		if (!digest)
			n = put(box, TREE_CREATED, uri, n);
		else if ((uint64_t)json_integer_value(digest) !=
			 tree_digest(resource))
			n = put(box, TREE_CHANGED, uri, n);
	}
	return n;
}

/**
 * outbox_catch_up - owe the difference between what was told and the tree
 *
 * Call it with nothing owed but alerts, e.g. after a start. Return: the number
 * of differences; -ENOBUFS if they are too many; -ENOMEM.
 */
int outbox_catch_up(struct outbox *box)
{
	json_t *all = told_all(box), *value;
	const char *uri;
	int n;

	n = owe_present(box, all);
	json_object_foreach(all, uri, value)
		if (!tree_get(box->tree, uri) && box->filter(uri, NULL))
			n = put(box, TREE_REMOVED, uri, n);
	json_decref(all);
	return n;
}
