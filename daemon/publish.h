/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From the model to the published tree, and health events to the OFMF behind
 * it.
 */
#ifndef FABMON_PUBLISH_H
#define FABMON_PUBLISH_H

#include "config.h"
#include "model.h"
#include "ofmf/ofmf.h"
#include "tree.h"

struct publish;

/**
 * publish_new - project @model into @tree from now on
 * @context: that the OFMF gave an earlier run, or NULL; copied
 *
 * All are borrowed for as long as it lives. NULL without memory.
 */
struct publish *publish_new(const struct model *model, struct tree *tree,
			    const struct config *config, const char *context);
void publish_free(struct publish *publish);

/* Who is told of health events; NULL: nobody. */
void publish_set_ofmf(struct publish *publish, struct ofmf *ofmf);

/* The OFMF's context changed; NULL: there is none. 0 or -ENOMEM. */
int publish_set_context(struct publish *publish, const char *context);

/**
 * publish_tree - project and publish; then send the health events that wait
 * @realtime: CLOCK_REALTIME in ns of the first cause, 0 if unknown
 *
 * Return: the number of differences; -ENOMEM; -EBUSY within a listener of the
 * tree.
 */
int publish_tree(struct publish *publish, uint64_t realtime);

/**
 * publish_health - tell the OFMF of a health event
 * @node: its memory device, identified
 *
 * It waits for the next publish_tree(), so that whoever looks the resource up
 * finds it in the health that the event tells of.
 */
void publish_health(struct publish *publish, const struct model_node *node,
		    const struct knl_event *event, uint64_t realtime);

#endif /* FABMON_PUBLISH_H */
