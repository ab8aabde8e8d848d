// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Facts: owning and forgetting them. */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"

struct model_host *model_host(struct model *model)
{
	return &model->host;
}

const struct model_host *model_host_get(const struct model *model)
{
	return &model->host;
}

void model_host_clear(struct model_host *host)
{
	size_t i;

	free(host->id);
	free(host->uuid);
	free(host->hostname);
	free(host->vendor);
	free(host->product);
	free(host->sku);
	free(host->serial);
	free(host->bios);
	for (i = 0; i < host->n_cpus; i++) {
		free(host->cpus[i].vendor);
		free(host->cpus[i].model);
	}
	free(host->cpus);
	free(host->nodes);
	memset(host, 0, sizeof(*host));
}

static void dax_clear(struct model_dax_region *region)
{
	size_t i;

	for (i = 0; i < region->n_devices; i++) {
		free(region->devices[i].name);
		free(region->devices[i].driver);
	}
	free(region->devices);
	memset(region, 0, sizeof(*region));
}

void model_facts_clear(struct model_node *node)
{
	size_t i;

	switch (node->k.kind) {
	case FABMON_NODE_KIND_CXL_MEMDEV:
		free(node->memdev.firmware);
		free(node->memdev.security);
		memset(&node->memdev, 0, sizeof(node->memdev));
		node->memdev.ram_qos = -1;
		node->memdev.pmem_qos = -1;
		break;
	case FABMON_NODE_KIND_CXL_ROOT:
	case FABMON_NODE_KIND_CXL_PORT:
	case FABMON_NODE_KIND_CXL_ENDPOINT:
		node->cxl_port.committed = -1;
		break;
	case FABMON_NODE_KIND_CXL_DAX_REGION:
		dax_clear(&node->dax_region);
		break;
	case FABMON_NODE_KIND_CXL_ROOT_DECODER:
	case FABMON_NODE_KIND_CXL_SWITCH_DECODER:
	case FABMON_NODE_KIND_CXL_ENDPOINT_DECODER:
		free(node->decoder.mode);
		free(node->decoder.region);
		memset(&node->decoder, 0, sizeof(node->decoder));
		node->decoder.start = MODEL_NONE;
		node->decoder.dpa_start = MODEL_NONE;
		node->decoder.qos = -1;
		break;
	case FABMON_NODE_KIND_CXL_REGION:
		for (i = 0; i < node->region.n_targets; i++)
			free(node->region.targets[i].decoder);
		free(node->region.targets);
		free(node->region.mode);
		free(node->region.uuid);
		free(node->region.birth);
		memset(&node->region, 0, sizeof(node->region));
		node->region.start = MODEL_NONE;
		break;
	case FABMON_NODE_KIND_RDMA_DEV:
		free(node->rdma.hca_type);
		free(node->rdma.board_id);
		free(node->rdma.node_desc);
		memset(&node->rdma, 0, sizeof(node->rdma));
		break;
	case FABMON_NODE_KIND_RDMA_PORT:
		free(node->port.netdevs);
		memset(&node->port, 0, sizeof(node->port));
		break;
	default:
		break;
	}
}

/* Nothing was read of the node yet. */
void model_facts_init(struct model_node *node)
{
	const size_t start = offsetof(struct model_node, memdev);
	const size_t end = offsetof(struct model_node, conditions);

	memset((char *)node + start, 0, end - start);
	model_facts_clear(node);
}
