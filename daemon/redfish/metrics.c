// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Finds the node that a placeholder of metrics is about. That is searched for:
 * the URI of each node that could be the one is made and compared.
 */
#include <errno.h>
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
 * The identity that is part of a node's URI. Nodes whose identity is not in the
 * URI are left out, so that few URIs have to be made.
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

int rf_metrics_node(const struct model *model, const char *uri,
		    const struct model_node **node, enum rf_metrics *what)
{
	struct rf rf;
	size_t i;
	int ret;

	*node = NULL;
	rf_init(&rf, model, uri);
	for (i = 0; !*node && i < sizeof(families) / sizeof(families[0]); i++) {
		*node = find(&rf, i, uri);
		*what = families[i].what;
	}
	ret = rf_done(&rf);
	return ret ? ret : *node ? 0 : -ENOENT;
}
