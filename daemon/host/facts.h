/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Which nodes' sysfs facts are out of date. A burst of changes to a node costs
 * one reading, and a change costs what hangs on it, not what exists.
 */
#ifndef FABMON_FACTS_H
#define FABMON_FACTS_H

#include "model/model.h"
#include "kernel/netdev.h"

/**
 * struct facts - ids of nodes to read again; all 0 is none
 * @all: every node is to be read
 * @ended: a region went
 */
struct facts {
	uint32_t *ids;
	size_t count, room;
	bool all, ended;
};

void facts_clear(struct facts *facts);

/**
 * facts_mark - a node came, changed or is about to go
 *
 * Marks what hangs on it too: a region programs decoders, an endpoint has
 * some. Call after it was put and before it is dropped.
 */
void facts_mark(struct facts *facts, const struct model *model,
		const struct model_node *node);

/**
 * facts_mark_netdev - a network device came, changed or went
 *
 * Marks the ports that have it, and those that have what it is on.
 * Return: whether there are any.
 */
bool facts_mark_netdev(struct facts *facts, const struct model *model,
		       const struct netdev_change *change);

/*
 * The node whose directory is above @path, below /sys; NULL: all nodes. Returns
 * whether there is one.
 */
bool facts_mark_path(struct facts *facts, const struct model *model,
		     const char *path);

/* Reads what is marked and unmarks it. 0 or -ENOMEM (all stays marked). */
int facts_read(struct facts *facts, struct model *model, const char *sysfs);

#endif /* FABMON_FACTS_H */
