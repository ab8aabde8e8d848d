// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* ComputerSystem: the host, and the root of what an OFMF crawls. */
#include "family.h"
#include "health.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

static void processor_summary(struct rf *rf, json_t *obj)
{
	unsigned int cores = 0, threads = 0;
	json_t *sum;
	size_t i;

	for (i = 0; i < rf->host->n_cpus; i++) {
		cores += rf->host->cpus[i].cores;
		threads += rf->host->cpus[i].threads;
	}
	sum = rf_obj(rf, obj, "ProcessorSummary");
	rf_count(rf, sum, "Count", rf->host->n_cpus);
	rf_count(rf, sum, "CoreCount", cores);
	rf_count(rf, sum, "LogicalProcessorCount", threads);
	if (rf->host->n_cpus)
		rf_str(rf, sum, "Model", rf->host->cpus[0].model);
}

/* In GiB, rounded down to eighths, which floating point holds exactly. */
static void memory_summary(struct rf *rf, json_t *obj)
{
	uint64_t eighths = rf->host->memory >> 27;

	if (eighths && rf_known(rf->host->memory))
		rf_real(rf, rf_obj(rf, obj, "MemorySummary"),
			"TotalSystemMemoryGiB", (double)eighths / 8);
}

void rf_system_add(struct rf *rf)
{
	const struct model_host *host = rf->host;
	json_t *obj = rf_add(rf, rf_uri_system(rf), "ComputerSystem.v1_27_0",
			     host->hostname);

	rf_str(rf, obj, "SystemType", host->is_virtual ? "Virtual" :
						       "Physical");
	rf_str(rf, obj, "HostName", host->hostname);
	rf_str(rf, obj, "UUID", host->uuid);
	rf_str(rf, obj, "Manufacturer", host->vendor);
	rf_str(rf, obj, "Model", host->product);
	rf_str(rf, obj, "SKU", host->sku);
	rf_str(rf, obj, "SerialNumber", host->serial);
	rf_str(rf, obj, "BiosVersion", host->bios);
	rf_str(rf, obj, "PowerState", "On");
	rf_status_rollup(rf, rf_status(rf, obj, "Enabled", MODEL_OK),
			 rf_severity_host(rf));
	processor_summary(rf, obj);
	memory_summary(rf, obj);
}

static void link_pcie(struct rf *rf, enum fabmon_node_kind kind)
{
	json_t *obj = rf_get(rf, rf_uri_system(rf));
	const struct model_node *node;
	const char *uri;

	for (node = rf_first(rf, kind); node; node = rf_next(node)) {
		uri = rf_uri_pcie_device(rf, node);
		if (rf_get(rf, uri))
			rf_link_into(rf, rf_arr(rf, obj, "PCIeDevices"), uri);
	}
}

/* Without these links a crawler finds no fabric. */
static void link_endpoints(struct rf *rf)
{
	const char *system = rf_uri_system(rf);
	const struct model_node *node;
	size_t i;

	for (i = 0; i < rf->host->n_cpus; i++)
		rf_link(rf, system, "Endpoints",
			rf_uri_initiator(rf, &rf->host->cpus[i]));
	node = rf_first(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	for (; node; node = rf_next(node))
		rf_link(rf, system, "Endpoints", rf_uri_target(rf, node));
	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; node; node = rf_next(node))
		rf_link(rf, system, "Endpoints",
			rf_uri_rdma_endpoint(rf, node));
}

void rf_system_link(struct rf *rf)
{
	link_pcie(rf, FABMON_NODE_KIND_RDMA_DEV);
	link_pcie(rf, FABMON_NODE_KIND_CXL_MEMDEV);
	rf_link(rf, rf_uri_system(rf), "Chassis", rf_uri_chassis(rf));
	link_endpoints(rf);
}
