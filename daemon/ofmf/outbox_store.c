// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What an outbox keeps in the store: alerts, and which resources were delivered
 * and as what.
 *
 * A receiver that gets an event about a resource reads the resource. So it may
 * have a newer state than that of the event, never an older one. A resource
 * that changed again while its event was sent is stored with a digest that
 * nothing has, so that it is pending again after a restart.
 *
 * The store logs its errors itself, and none of them ends anything: what was
 * not written is delivered once more after a restart.
 */
#include <stdlib.h>

#include "outbox_priv.h"

#define DIGEST_NONE	0

/* Is there a place to write to? The receiver is entered as soon as possible. */
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

static void delivered(struct outbox *box, const char *uri)
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
 * outbox_delivered_one - the receiver has what an entry says
 *
 * The removal of a resource that is gone meanwhile is pending; until that is
 * delivered the receiver has the resource.
 */
void outbox_delivered_one(struct outbox *box, const struct outbox_entry *entry)
{
	if (!entry->pending.uri) {
		if (box->store && entry->number)
			store_alert_drop(box->store, entry->number);
	} else if (entry->pending.op != TREE_REMOVED &&
		   outbox_find(box, entry->uri)) {
		if (is_kept(box))
			store_delivered(box->store, box->receiver, entry->uri,
					DIGEST_NONE);
	} else {
		delivered(box, entry->uri);
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
 * outbox_delivered - the receiver has these resources as they are
 * @uris: JSON object with URIs as keys
 */
void outbox_delivered(struct outbox *box, const json_t *uris)
{
	const char *uri;
	json_t *value;

	outbox_begin(box);
	json_object_foreach((json_t *)uris, uri, value)
		delivered(box, uri);
	outbox_end(box);
}

static void delivered_load(const char *uri, uint64_t digest, void *ctx)
{
	json_object_set_new(ctx, uri, json_integer((json_int_t)digest));
}

static json_t *delivered_all(struct outbox *box)
{
	json_t *all = json_object();

	if (all && box->receiver)
		store_delivered_each(box->store, box->receiver, delivered_load,
				     all);
	return all;
}

/**
 * outbox_known - what was delivered, as keys of a JSON object
 *
 * Return: a new reference, NULL without memory.
 */
json_t *outbox_known(struct outbox *box)
{
	return box->store && is_kept(box) ? delivered_all(box) : json_object();
}

/**
 * outbox_assume - the receiver has these resources
 * @uris: JSON object with URIs as keys
 *
 * Those of which the store does not know that they were delivered are taken for
 * up to date; a comparison of contents finds out.
 */
void outbox_assume(struct outbox *box, const json_t *uris)
{
	json_t *all = delivered_all(box), *value;
	const char *uri;

	outbox_begin(box);
	json_object_foreach((json_t *)uris, uri, value)
		if (!json_object_get(all, uri))
			delivered(box, uri);
	outbox_end(box);
	json_decref(all);
}

/**
 * outbox_forget - the receiver has no resources; alerts stay pending
 */
void outbox_forget(struct outbox *box)
{
	outbox_clear(box);
	outbox_retry(box);
	if (box->receiver)
		store_delivered_drop(box->store, box->receiver, NULL);
}

static int put(struct outbox *box, enum tree_op op, const char *uri, int count)
{
	int r = count < 0 ? count : outbox_put(box, op, uri, 0);

	return r < 0 ? r : count + 1;
}

static int put_present(struct outbox *box, json_t *all)
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
 * outbox_catch_up - put the difference between what was delivered and the tree
 *
 * Call it with nothing pending but alerts, as after a start. Return: the number
 * of differences; -ENOBUFS if they are too many; -ENOMEM.
 */
int outbox_catch_up(struct outbox *box)
{
	json_t *all = delivered_all(box), *value;
	const char *uri;
	int n;

	n = put_present(box, all);
	json_object_foreach(all, uri, value)
		if (!tree_get(box->tree, uri) && box->filter(uri, NULL))
			n = put(box, TREE_REMOVED, uri, n);
	json_decref(all);
	return n;
}
