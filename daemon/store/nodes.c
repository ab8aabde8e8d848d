// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The nodes, as the netlink attributes that they came as: they are uapi, which
 * does not change, and the parser of notifications reads them.
 *
 * The ids in them are those of the instance that gave them, which need not be the
 * same for both providers. So they go into the model one provider after the other,
 * and get others in between.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "util/error.h"
#include "util/log.h"
#include "nodes.h"
#include "priv.h"

#define NODES	"the nodes"

static void since_key(enum model_provider provider, char *key, size_t size)
{
	snprintf(key, size, "watched/%s", model_provider_name(provider));
}

/* CLOCK_REALTIME ns when the provider was there last; 0: it never was. */
static uint64_t since_load(struct store *store, enum model_provider provider)
{
	char key[32], *value;
	uint64_t since = 0;

	since_key(provider, key, sizeof(key));
	if (store_get(store, key, &value))
		return 0;
	if (sscanf(value, "%" SCNu64, &since) != 1)
		since = 0;
	free(value);
	return since;
}

/* 0; -EBADMSG for a row that makes no sense; or -ENOMEM. */
static int row_load(sqlite3_stmt *stmt, struct model *model)
{
	const struct knl_bytes raw = {
		.data = (uint8_t *)sqlite3_column_blob(stmt, 0),
		.len = (size_t)sqlite3_column_bytes(stmt, 0),
	};

	return raw.data ? model_node_load(model, &raw) : -EBADMSG;
}

static int provider_load(struct store *store, struct model *model,
			 enum model_provider provider)
{
	auto_query query = query_new(store, NODES, "SELECT attrs FROM node"
				     " WHERE provider = ?1 ORDER BY position");
	unsigned int bad = 0;
	int ret;

	query_number(&query, 1, provider);
	while (query_row(&query)) {
		ret = row_load(query.stmt, model);
		if (ret == -ENOMEM)
			return error_origin(ret, "a node of an earlier run");
		bad += ret != 0;
	}
	if (bad)
		log_warning("store: %u nodes of an earlier run make no sense, they are skipped",
			    bad);
	return query_end(&query);
}

int store_nodes_load(struct store *store, struct model *model)
{
	uint64_t since;
	int ret, p;

	for (p = 0; p < MODEL_PROVIDERS; p++) {
		since = since_load(store, p);
		if (!since)
			continue;
		ret = provider_load(store, model, p);
		model_unwatch(model, p, since);
		model_keep_all(model);
		if (ret)
			return ret;
	}
	return 0;
}

static void since_write(struct store *store, enum model_provider provider,
			uint64_t since)
{
	char key[32], value[32];

	since_key(provider, key, sizeof(key));
	snprintf(value, sizeof(value), "%" PRIu64, since);
	store_set(store, key, value);
}

void store_nodes_write(struct store *store, const struct model *model,
		       uint64_t realtime)
{
	auto_query drop = query_new(store, NODES, "DELETE FROM node");
	auto_query add = query_new(store, NODES, "INSERT INTO node"
				   " (provider, position, attrs)"
				   " VALUES (?1, ?2, ?3)");
	const struct model_node *node;
	uint64_t position = 0, since;
	int p;

	if (query_write(&drop))
		return;
	for (node = model_first(model); node; node = node->next) {
		if (!node->k.raw.len)
			continue;
		query_number(&add, 1, model_provider_of(node->k.kind));
		query_number(&add, 2, ++position);
		if (add.code == SQLITE_OK)
			add.code = sqlite3_bind_blob(add.stmt, 3,
						     node->k.raw.data,
						     (int)node->k.raw.len,
						     SQLITE_STATIC);
		if (query_write(&add))
			return;
	}
	for (p = 0; p < MODEL_PROVIDERS; p++) {
		since = model_unwatched(model, p);
		/* one that has never come is still to come */
		if (!since || model_kept(model, p))
			since_write(store, p, since ? since : realtime);
	}
}
