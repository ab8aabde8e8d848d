/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* The devices' logs (model/log.h) in the store. */
#ifndef FABMON_STORE_LOG_H
#define FABMON_STORE_LOG_H

#include "model/model.h"
#include "store.h"

/**
 * store_log_load - put what an earlier run stored into the model's logs
 *
 * Before there are nodes. A row that makes no sense is skipped with a warning.
 *
 * Return: 0; -ENOMEM; another -errno of the store, which was logged: the logs
 * are then as far as they could be read.
 */
int store_log_load(struct store *store, struct model *model);

/**
 * store_log_write - write what came into the logs and went out of them
 *
 * And the position in the stream. Between store_begin() and store_end(), which
 * returns the error of any of it; when there was none, model_log_saved(). What
 * cannot be written stays in memory and is written with the next call.
 */
void store_log_write(struct store *store, const struct model *model);

#endif /* FABMON_STORE_LOG_H */
