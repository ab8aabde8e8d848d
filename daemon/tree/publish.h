/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Publishes the model: its projection becomes the tree, and what is new in the
 * devices' logs becomes event records for who listens.
 */
#ifndef FABMON_PUBLISH_H
#define FABMON_PUBLISH_H

#include "config/config.h"
#include "model/model.h"
#include "tree.h"

struct publish;

/**
 * publish_new - project @model into @tree from now on
 *
 * All are borrowed for as long as it lives. NULL without memory.
 */
struct publish *publish_new(const struct model *model, struct tree *tree,
			    const struct config *config);
void publish_free(struct publish *publish);

/**
 * typedef publish_listener - takes an event record
 * @record: one member of Event.Events without EventId and MemberId; borrowed,
 *	not to be changed
 *
 * Called when the tree with what the record is about has been published.
 */
typedef void (*publish_listener)(json_t *record, void *ctx);

/* At most 4 (-ENOSPC), called in the order they were added. */
int publish_listen(struct publish *publish, publish_listener fn, void *ctx);

/**
 * publish_tree - project and publish; then send what is new in the logs
 * @realtime: CLOCK_REALTIME in ns of the first cause, 0 if unknown
 *
 * In this order, so that whoever reads the resource finds it in the health that
 * the event reports.
 *
 * Return: the number of differences; -ENOMEM; -EBUSY within a listener of the
 * tree.
 */
int publish_tree(struct publish *publish, uint64_t realtime);

/* What is published from now on says that the host is offline. */
void publish_offline(struct publish *publish);

/* Send what waited for a listener: once all are there. */
void publish_records(struct publish *publish);

#endif /* FABMON_PUBLISH_H */
