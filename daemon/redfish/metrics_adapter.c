// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * NetworkAdapterMetrics of RDMA devices: objects in use, and what a driver
 * counts for the device as a whole. Redfish has a property for neither.
 */
#include <string.h>

#include "family.h"
#include "metrics.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

static const char *const objects[][2] = {
	{ "cm_id", "ConnectionIdCount" },
	{ "cq", "CompletionQueueCount" },
	{ "ctx", "ContextCount" },
	{ "mr", "MemoryRegionCount" },
	{ "pd", "ProtectionDomainCount" },
	{ "qp", "QueuePairCount" },
	{ "srq", "SharedReceiveQueueCount" },
};

static void set_objects(struct rf *rf, json_t *obj,
			const struct rf_counters *counters)
{
	size_t i, o;

	for (i = 0; i < counters->count; i++)
		for (o = 0; o < sizeof(objects) / sizeof(objects[0]); o++)
			if (!strcmp(counters->list[i].name, objects[o][0]))
				rf_int(rf, rf_oem(rf, obj, "RdmaDeviceMetrics"),
				       objects[o][1],
				       rf_counter_int(&counters->list[i]));
}

int rf_metrics_adapter(json_t *resource, const struct rf_counters *res,
		       const struct rf_counters *hardware)
{
	struct rf rf;
	size_t i;

	rf_init(&rf, NULL, rf_odata_id(resource));
	set_objects(&rf, resource, res);
	for (i = 0; i < hardware->count; i++)
		rf_counter_push(&rf, rf_oem(&rf, resource, "RdmaDeviceMetrics"),
				"HardwareCounters", &hardware->list[i]);
	return rf_done(&rf);
}

/**
 * rf_metrics_adapter_add - add a device's NetworkAdapterMetrics without values
 */
void rf_metrics_adapter_add(struct rf *rf, const struct model_node *dev)
{
	const char *uri = rf_uri_network_adapter_metrics(rf, dev);

	rf_add(rf, uri, "NetworkAdapterMetrics.v1_1_0", "Adapter metrics");
	rf_nav(rf, rf_uri_network_adapter(rf, dev), "Metrics", uri);
}
