// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Holding alerts that a receiver refused often. Nothing later stands for an
 * alert, so it is not given up at once; but others do not wait for it.
 */
#include "outbox_priv.h"

/**
 * outbox_first - the first entry whose turn it is, or NULL
 */
struct outbox_entry *outbox_first(const struct outbox *box)
{
	struct outbox_entry *entry;

	TAILQ_FOREACH(entry, &box->waiting, link)
		if (!entry->held)
			break;
	return entry;
}

/**
 * outbox_defer - the alert that was taken was refused often: hold it
 *
 * Others pass it. It is pending again after one outbox_round(), the next time
 * after two, four and so on.
 *
 * Return: false if it was held for OUTBOX_ROUNDS_MAX, and is still taken.
 */
bool outbox_defer(struct outbox *box)
{
	struct outbox_entry *entry = TAILQ_FIRST(&box->taken);
	struct outbox_entry *next = outbox_first(box);

	if (entry->rounds >= OUTBOX_ROUNDS_MAX)
		return false;
	entry->rounds = entry->rounds ? 2 * entry->rounds : 1;
	entry->held = entry->rounds;
	entry->pending.tries++;
	TAILQ_REMOVE(&box->taken, entry, link);
	if (next)
		TAILQ_INSERT_BEFORE(next, entry, link);
	else
		TAILQ_INSERT_TAIL(&box->waiting, entry, link);
	box->n_alerts++;
	return true;
}

/**
 * outbox_round - one round of those for which alerts are held is over
 */
void outbox_round(struct outbox *box)
{
	struct outbox_entry *entry;

	TAILQ_FOREACH(entry, &box->waiting, link)
		if (entry->held)
			entry->held--;
}

static void alert_renew(struct outbox_entry *entry)
{
	if (entry->pending.uri)
		return;
	entry->held = entry->rounds = 0;
	entry->pending.tries = 0;
}

/**
 * outbox_retry - the receiver may be another: no alert was refused by it
 */
void outbox_retry(struct outbox *box)
{
	struct outbox_entry *entry;

	TAILQ_FOREACH(entry, &box->taken, link)
		alert_renew(entry);
	TAILQ_FOREACH(entry, &box->waiting, link)
		alert_renew(entry);
}
