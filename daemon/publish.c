// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* From the model to the published tree. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "publish.h"
#include "redfish/redfish.h"

/* Health events of one burst; what waits is bounded. */
#define MAX_RECORDS	1024

struct publish {
	const struct model *model;
	struct tree *tree;
	const struct config *config;
	struct ofmf *ofmf;
	char *context;
	json_t *records;
	unsigned int lost;		/* of this burst */
};

struct publish *publish_new(const struct model *model, struct tree *tree,
			    const struct config *config, const char *context)
{
	struct publish *publish = calloc(1, sizeof(*publish));

	if (!publish)
		return NULL;
	publish->model = model;
	publish->tree = tree;
	publish->config = config;
	publish->records = json_array();
	if (!publish->records || publish_set_context(publish, context)) {
		publish_free(publish);
		return NULL;
	}
	return publish;
}

void publish_free(struct publish *publish)
{
	if (!publish)
		return;
	json_decref(publish->records);
	free(publish->context);
	free(publish);
}

void publish_set_ofmf(struct publish *publish, struct ofmf *ofmf)
{
	publish->ofmf = ofmf;
}

int publish_set_context(struct publish *publish, const char *context)
{
	char *copy = NULL;

	if (context) {
		copy = strdup(context);
		if (!copy)
			return -ENOMEM;
	}
	free(publish->context);
	publish->context = copy;
	return 0;
}

static void send_records(struct publish *publish)
{
	json_t *record;
	size_t i;

	if (publish->lost)
		log_warning("health: %u events were not sent, there were too many at once",
			    publish->lost);
	publish->lost = 0;
	json_array_foreach(publish->records, i, record)
		if (publish->ofmf)
			ofmf_alert(publish->ofmf, json_incref(record));
	json_array_clear(publish->records);
}

int publish_tree(struct publish *publish, uint64_t realtime)
{
	const struct rf_agent agent = {
		.version = FABMON_VERSION,
		.rdma_fabric = publish->config->rdma_fabric,
		.ofmf = publish->config->ofmf,
		.context = publish->context,
		.login = publish->config->accounts,
		.certificates = publish->config->client_ca,
	};
	int ret;

	ret = tree_publish(publish->tree, rf_project(publish->model, &agent),
			   realtime);
	if (ret >= 0)
		send_records(publish);
	return ret;
}

void publish_health(struct publish *publish, const struct model_node *node,
		    const struct knl_event *event, uint64_t realtime)
{
	json_t *record;

	if (!publish->ofmf)
		return;
	if (json_array_size(publish->records) >= MAX_RECORDS) {
		publish->lost++;
		return;
	}
	record = rf_health_event(publish->model, node, event, realtime);
	if (!record || json_array_append_new(publish->records, record))
		publish->lost++;
}
