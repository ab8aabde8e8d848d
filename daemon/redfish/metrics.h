/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Metrics: resources whose values are read when a client asks. The tree has a
 * placeholder for each. tree/readings.c reads the numbers, and these functions
 * make properties of them: they know the kernel's name of a counter and
 * Redfish's.
 */
#ifndef FABMON_REDFISH_METRICS_H
#define FABMON_REDFISH_METRICS_H

#include <jansson.h>

#include "model/model.h"

/* What a resource reports. */
enum rf_metrics {
	RF_METRICS_ADAPTER,		/* an RDMA device's objects */
	RF_METRICS_PORT,		/* an RDMA port's counters */
	RF_METRICS_CXL_PORT,		/* a memory device's PCIe errors */
	RF_METRICS_VOLATILE,		/* a memory device's partitions */
	RF_METRICS_PERSISTENT,
	RF_METRICS_ENVIRONMENT_VOLATILE,
	RF_METRICS_ENVIRONMENT_PERSISTENT,
};

/**
 * rf_metrics_node - find the node whose counters a resource has
 * @uri: of the placeholder
 * @node: the node, borrowed from @model; set if 0 is returned
 * @what: which metrics of the node; set if 0 is returned
 *
 * Return: 0; -ENOENT if @uri is no placeholder of metrics; -ENOMEM.
 */
int rf_metrics_node(const struct model *model, const char *uri,
		    const struct model_node **node, enum rf_metrics *what);

#define RF_COUNTERS_MAX	256
#define RF_COUNTER_NAME	48

/* A counter by the name of its file. */
struct rf_counter {
	char name[RF_COUNTER_NAME];
	uint64_t value;
};

/* Sorted by name. */
struct rf_counters {
	struct rf_counter list[RF_COUNTERS_MAX];
	size_t count;
};

/**
 * rf_metrics_adapter - add an RDMA device's numbers to its
 * NetworkAdapterMetrics
 * @res: objects in use, by the RDMA core's names
 * @hardware: the device's "hw_counters"
 *
 * Return: 0 or -ENOMEM.
 */
int rf_metrics_adapter(json_t *resource, const struct rf_counters *res,
		       const struct rf_counters *hardware);

/* Where an RDMA port's counters are from. */
enum rf_source { RF_SOURCE_PORT, RF_SOURCE_HARDWARE, RF_SOURCE_NETDEV,
		 RF_SOURCES };

/**
 * rf_metrics_port - add an RDMA port's counters to its PortMetrics
 * @counters: those of each source: the port's "counters" and "hw_counters",
 *	and the statistics of its network device
 *
 * Return: 0 or -ENOMEM.
 */
int rf_metrics_port(json_t *resource, const struct model_node *port,
		    const struct rf_counters counters[RF_SOURCES]);

/* PCI advanced error reporting, by severity: aer_dev_* of the function. */
enum rf_aer { RF_AER_CORRECTABLE, RF_AER_NONFATAL, RF_AER_FATAL, RF_AERS };

/**
 * rf_metrics_cxl_port - add a CXL port's PCIe errors to its PortMetrics
 * @counters: those of each severity, sorted by name
 *
 * Return: 0 or -ENOMEM.
 */
int rf_metrics_cxl_port(json_t *resource,
			const struct rf_counters counters[RF_AERS]);

/**
 * rf_metrics_memory - add to MemoryMetrics or EnvironmentMetrics what the
 * device reported last
 * @what: RF_METRICS_VOLATILE, or another of a memory device's partitions
 *
 * Return: 0 or -ENOMEM.
 */
int rf_metrics_memory(json_t *resource, const struct model_node *memdev,
		      enum rf_metrics what);

#endif /* FABMON_REDFISH_METRICS_H */
