// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What the receiver may have read before an event of it was delivered: it follows
 * links from what it was notified of.
 */
#include "outbox.h"
#include "outbox_priv.h"

/* Adds the URIs of creations as keys. */
static void created_add(json_t *uris, const struct outbox_entries *entries)
{
	const struct outbox_entry *entry;

	TAILQ_FOREACH(entry, entries, link)
		if (entry->pending.uri && entry->pending.op == TREE_CREATED)
			json_object_set_new(uris, entry->uri, json_true());
}

/**
 * outbox_created - what was created and is pending, or is being sent
 *
 * Return: JSON object with URIs as keys, a new reference, or NULL without memory.
 */
json_t *outbox_created(const struct outbox *box)
{
	json_t *uris = json_object();

	created_add(uris, &box->taken);
	created_add(uris, &box->waiting);
	return uris;
}

/**
 * outbox_outdated - of what was taken, what the receiver may have as it was
 *
 * A receiver that has a resource may take nothing from its creation. So where it
 * may have read one before, and the resource changed since, its copy is to be
 * looked at.
 *
 * Return: JSON array of URIs, a new reference, or NULL without memory.
 */
json_t *outbox_outdated(const struct outbox *box)
{
	const struct outbox_entry *entry;
	json_t *uris = json_array();

	TAILQ_FOREACH(entry, &box->taken, link)
		if (entry->outdated && entry->pending.op == TREE_CREATED)
			json_array_append_new(uris, json_string(entry->uri));
	return uris;
}
