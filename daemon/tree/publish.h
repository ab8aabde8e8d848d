/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From the model to the published tree, and what is new in the devices' logs to
 * those who want event records.
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
 * typedef publish_listener - told of an event record
 * @record: one member of Event.Events without EventId and MemberId; borrowed,
 *	not to be changed
 *
 * Called after the tree was published that the record tells of.
 */
typedef void (*publish_listener)(json_t *record, void *ctx);

/* At most 4 (-ENOSPC), called in the order they were added. */
int publish_listen(struct publish *publish, publish_listener fn, void *ctx);

/**
 * publish_tree - project and publish; then tell of what is new in the logs
 * @realtime: CLOCK_REALTIME in ns of the first cause, 0 if unknown
 *
 * In this order, so that whoever looks the resource up finds it in the health
 * that the event tells of.
 *
 * Return: the number of differences; -ENOMEM; -EBUSY within a listener of the
 * tree.
 */
int publish_tree(struct publish *publish, uint64_t realtime);

/* Tell of what waited for a listener: once all are there. */
void publish_records(struct publish *publish);

#endif /* FABMON_PUBLISH_H */
