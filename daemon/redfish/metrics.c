// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Resources that are read when asked for: which there are, and of what. */
#include <string.h>

#include "metrics.h"
#include "rf.h"
#include "uri.h"

static const char *volatile_uri(struct rf *rf, const struct model_node *memdev)
{
	return rf_uri_memory_metrics(rf, memdev, RF_RAM);
}

static const char *persistent_uri(struct rf *rf,
				  const struct model_node *memdev)
{
	return rf_uri_memory_metrics(rf, memdev, RF_PMEM);
}

static const char *volatile_environment_uri(struct rf *rf,
					    const struct model_node *memdev)
{
	return rf_uri_memory_environment(rf, memdev, RF_RAM);
}

static const char *persistent_environment_uri(struct rf *rf,
					      const struct model_node *memdev)
{
	return rf_uri_memory_environment(rf, memdev, RF_PMEM);
}

static const struct {
	enum fabmon_node_kind kind;
	enum rf_metrics what;
	const char *(*uri)(struct rf *rf, const struct model_node *node);
} families[] = {
	{ FABMON_NODE_KIND_RDMA_DEV, RF_METRICS_ADAPTER,
	  rf_uri_network_adapter_metrics },
	{ FABMON_NODE_KIND_RDMA_PORT, RF_METRICS_PORT,
	  rf_uri_rdma_port_metrics },
	{ FABMON_NODE_KIND_CXL_MEMDEV, RF_METRICS_CXL_PORT,
	  rf_uri_fabric_port_metrics },
	{ FABMON_NODE_KIND_CXL_MEMDEV, RF_METRICS_VOLATILE, volatile_uri },
	{ FABMON_NODE_KIND_CXL_MEMDEV, RF_METRICS_PERSISTENT, persistent_uri },
	{ FABMON_NODE_KIND_CXL_MEMDEV, RF_METRICS_ENVIRONMENT_VOLATILE,
	  volatile_environment_uri },
	{ FABMON_NODE_KIND_CXL_MEMDEV, RF_METRICS_ENVIRONMENT_PERSISTENT,
	  persistent_environment_uri },
};

/*
 * The identity that the URI of a node has in it. Comparing that first saves
 * making the URIs of all nodes to find one.
 */
static const char *ident_of(const struct model_node *node)
{
	if (node->k.kind == FABMON_NODE_KIND_RDMA_PORT)
		node = model_port_dev(node);
	return node ? node->ident : NULL;
}

static const struct model_node *find(struct rf *rf, size_t family,
				     const char *uri)
{
	const struct model_node *node = rf_first(rf, families[family].kind);
	const char *ident, *its;

	for (; node; node = rf_next(node)) {
		ident = ident_of(node);
		if (!ident || !strstr(uri, ident))
			continue;
		its = families[family].uri(rf, node);
		if (its && !strcmp(its, uri))
			return node;
	}
	return NULL;
}

const struct model_node *rf_metrics_node(const struct model *model,
					 const char *uri,
					 enum rf_metrics *what)
{
	const struct model_node *node = NULL;
	struct rf rf;
	size_t i;

	rf_init(&rf, model, uri);
	for (i = 0; !node && i < sizeof(families) / sizeof(families[0]); i++) {
		node = find(&rf, i, uri);
		*what = families[i].what;
	}
	rf_done(&rf);
	return node;
}
