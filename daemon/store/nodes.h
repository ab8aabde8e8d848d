/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The nodes in the store: for a run that begins while a provider is not loaded,
 * and still has to know what it reported (model/watch.h).
 */
#ifndef FABMON_STORE_NODES_H
#define FABMON_STORE_NODES_H

#include "model/model.h"
#include "store.h"

/**
 * store_nodes_load - put the nodes of an earlier run into the model
 *
 * Before there are others. They are kept, and not watched since they were
 * written. A row that makes no sense is skipped with a warning. Return: 0;
 * -ENOMEM; another -errno of the store, which was logged.
 */
int store_nodes_load(struct store *store, struct model *model);

/**
 * store_nodes_write - write all nodes, in the place of those that were written
 * @realtime: CLOCK_REALTIME ns, now
 *
 * Between store_begin() and store_end(), which returns the error of any of it.
 */
void store_nodes_write(struct store *store, const struct model *model,
		       uint64_t realtime);

#endif /* FABMON_STORE_NODES_H */
