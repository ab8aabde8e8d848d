// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* From the model to the published tree. */
#include <errno.h>
#include <stdlib.h>

#include "publish.h"
#include "redfish/redfish.h"
#include "util/error.h"
#include "util/log.h"

#define MAX_LISTENERS	4

struct listener {
	publish_listener fn;
	void *ctx;
};

/**
 * struct publish - see publish.h
 * @offline: the host is about to be stopped
 * @sent: number of the last log entry whose records the listeners have
 */
struct publish {
	const struct model *model;
	struct tree *tree;
	const struct config *config;
	bool offline;
	uint64_t sent;
	struct listener listeners[MAX_LISTENERS];
	size_t n_listeners;
};

struct publish *publish_new(const struct model *model, struct tree *tree,
			    const struct config *config)
{
	struct publish *publish = calloc(1, sizeof(*publish));

	if (!publish) {
		error_origin(-ENOMEM, "tree: no room for who publishes it");
		return NULL;
	}
	publish->model = model;
	publish->tree = tree;
	publish->config = config;
	/* an earlier run sent what it left in the logs */
	publish->sent = model_log_last(model);
	return publish;
}

void publish_free(struct publish *publish)
{
	free(publish);
}

int publish_listen(struct publish *publish, publish_listener fn, void *ctx)
{
	if (publish->n_listeners == MAX_LISTENERS)
		return error_origin(-ENOSPC, "event records: more than %d listeners",
				    MAX_LISTENERS);
	publish->listeners[publish->n_listeners].fn = fn;
	publish->listeners[publish->n_listeners++].ctx = ctx;
	return 0;
}

static void records_send(const struct publish *publish,
			 const struct model_entry *entry)
{
	json_t *records = rf_entry_events(publish->model, entry), *record;
	size_t i, l;

	if (!records)
		error_log(LOG_WARNING, -ENOMEM, "health: event %llu of %s was not sent",
			  (unsigned long long)entry->number, entry->device);
	json_array_foreach(records, i, record)
		for (l = 0; l < publish->n_listeners; l++)
			publish->listeners[l].fn(record,
						 publish->listeners[l].ctx);
	json_decref(records);
}

void publish_records(struct publish *publish)
{
	const struct model_entry *entry;
	uint64_t lost = model_log_last(publish->model) - publish->sent;

	if (!publish->n_listeners || !lost)
		return;
	entry = model_log_after(publish->model, publish->sent);
	for (; entry; entry = model_log_after_next(entry), lost--)
		records_send(publish, entry);
	if (lost)
		log_warning("health: %llu events were not sent, there were too many at once",
			    (unsigned long long)lost);
	publish->sent = model_log_last(publish->model);
}

void publish_offline(struct publish *publish)
{
	publish->offline = true;
}

int publish_tree(struct publish *publish, uint64_t realtime)
{
	const struct rf_agent agent = {
		.version = FABMON_VERSION,
		.rdma_fabric = publish->config->rdma_fabric,
		.ofmf = config_registers(publish->config),
		.login = publish->config->accounts,
		.actions = publish->config->allow_actions,
		.certificates = publish->config->client_ca,
	};
	json_t *tree = rf_project(publish->model, &agent);
	int ret;

	if (publish->offline)
		rf_mark_offline(tree);
	ret = tree_publish(publish->tree, tree, realtime);
	if (ret >= 0)
		publish_records(publish);
	return error_trace(ret);
}
