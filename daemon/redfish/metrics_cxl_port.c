// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * PortMetrics of CXL memory devices: the counters of PCI's advanced error
 * reporting since the function was found. There are none of traffic.
 */
#include <string.h>

#include "family.h"
#include "metrics.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

static const struct row {
	enum rf_aer severity;
	const char *counter, *property;
} rows[] = {
	{ RF_AER_CORRECTABLE, "TOTAL_ERR_COR", "CorrectableErrorCount" },
	{ RF_AER_CORRECTABLE, "BadTLP", "BadTLPCount" },
	{ RF_AER_CORRECTABLE, "BadDLLP", "BadDLLPCount" },
	{ RF_AER_CORRECTABLE, "Rollover", "ReplayRolloverCount" },
	{ RF_AER_NONFATAL, "TOTAL_ERR_NONFATAL", "NonFatalErrorCount" },
	{ RF_AER_NONFATAL, "UnsupReq", "UnsupportedRequestCount" },
	{ RF_AER_FATAL, "TOTAL_ERR_FATAL", "FatalErrorCount" },
	/* how severe it is depends on how the function is set up */
	{ RF_AER_FATAL, "UnsupReq", "UnsupportedRequestCount" },
};

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

static const struct row *row_of(enum rf_aer severity, const char *counter)
{
	const struct row *row;

	for (row = rows; row < rows + COUNT(rows); row++)
		if (row->severity == severity && !strcmp(row->counter, counter))
			return row;
	return NULL;
}

/* JSON's integers end at 63 bits; no counter gets there but by a fault. */
static void add_to(struct rf *rf, json_t *obj, const char *property,
		   uint64_t value)
{
	uint64_t sum = json_integer_value(json_object_get(obj, property));

	sum = value > INT64_MAX - sum ? INT64_MAX : sum + value;
	rf_int(rf, obj, property, (int64_t)sum);
}

/* What has no property is in Oem if it ever happened. */
static void set_counter(struct rf *rf, json_t *resource, enum rf_aer severity,
			const struct rf_counter *counter)
{
	static const char *const lists[RF_AERS] = {
		"CorrectableErrors", "NonFatalErrors", "FatalErrors"
	};
	const struct row *row = row_of(severity, counter->name);
	json_t *item;

	if (row) {
		add_to(rf, rf_obj(rf, resource, "PCIeErrors"), row->property,
		       counter->value);
		return;
	}
	if (!counter->value)
		return;
	item = rf_push_obj(rf, rf_arr(rf, rf_oem(rf, resource,
						 "CxlPortMetrics"),
				      lists[severity]));
	rf_str(rf, item, "Name", counter->name);
	add_to(rf, item, "Value", counter->value);
}

int rf_metrics_cxl_port(json_t *resource,
			const struct rf_counters counters[RF_AERS])
{
	enum rf_aer severity;
	struct rf rf;
	size_t i;

	rf_init(&rf, NULL, rf_odata_id(resource));
	for (severity = 0; severity < RF_AERS; severity++)
		for (i = 0; i < counters[severity].count; i++)
			set_counter(&rf, resource, severity,
				    &counters[severity].list[i]);
	return rf_done(&rf);
}

/**
 * rf_metrics_cxl_port_add - add a memory device's PortMetrics without values
 */
void rf_metrics_cxl_port_add(struct rf *rf, const struct model_node *memdev)
{
	const char *uri = rf_uri_fabric_port_metrics(rf, memdev);

	/* what is not on a PCI bus has no errors of it */
	if (!*memdev->k.pci)
		return;
	rf_add(rf, uri, "PortMetrics.v1_8_1", "Port metrics");
	rf_nav(rf, rf_uri_fabric_port(rf, memdev), "Metrics", uri);
}
