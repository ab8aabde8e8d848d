/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From the model to Redfish resources. Pure functions: no I/O, no clock, the
 * same model gives the same bytes.
 */
#ifndef FABMON_REDFISH_H
#define FABMON_REDFISH_H

#include <jansson.h>
#include <stdbool.h>

#include "action/action.h"
#include "action/change.h"
#include "model/model.h"

#define RF_ROOT		"/redfish/v1/"
#define RF_PREFIX	"/redfish/v1"

/* Levels of $expand: what ServiceRoot says, and the service keeps to. */
#define RF_LEVELS_MAX	6

/**
 * struct rf_agent - what the tree says about the agent itself
 * @version: version of fabmond
 * @rdma_fabric: name of the Ethernet (RoCE, iWARP) fabric, shared by all hosts
 *	on it; safe in a URI
 * @ofmf: whether there is an OFMF to register with
 * @login: whether clients can log in with an account
 * @certificates: whether they can with a certificate, too
 * @actions: whether clients can change the host and its fabrics
 */
struct rf_agent {
	const char *version;
	const char *rdma_fabric;
	bool ofmf;
	bool login;
	bool certificates;
	bool actions;
};

/**
 * rf_project - the whole tree
 *
 * model_identify() has been called. Return: JSON object, URI -> resource, a
 * new reference; NULL without memory. Links between resources always lead to
 * a resource of the same tree.
 */
json_t *rf_project(const struct model *model, const struct rf_agent *agent);

/* URI of the host's ComputerSystem, malloc()ed, or NULL without memory. */
char *rf_system_uri(const struct model *model);
/* URI of the agent's ConnectionMethod; never linked from the tree. */
char *rf_connection_method_uri(const struct model *model);
/* URI of the subscription that a Sunfish server patches. */
#define RF_SUBSCRIPTION_URI	RF_PREFIX "/EventService/Subscriptions/SunfishServer"

/**
 * struct rf_view - the OFMF that is to see the tree
 * @url: its base URL
 * @context: that it gave us, or NULL while there is none; it is also the
 *	ManagingAgent that resources echo
 */
struct rf_view {
	const char *url;
	const char *context;
};

/**
 * rf_view_decorate - a resource with what is for one OFMF alone
 * @uri: of the resource
 * @resource: as the tree, or the service, has it; NULL where they have none
 *
 * Return: a new reference to what must not be written to, which is @resource
 * where there is nothing to add; NULL if there is no such resource, or without
 * memory.
 */
json_t *rf_view_decorate(const struct rf_view *view, const char *uri,
			 const json_t *resource);

/**
 * rf_entry_events - Redfish event records for an entry of a device's log
 *
 * One for what happened, and one for the device's health if that changed it
 * and the first does not say so.
 *
 * Return: JSON array of members of Event.Events without EventId and MemberId,
 * empty if the device is not there any more; a new reference, or NULL without
 * memory.
 */
json_t *rf_entry_events(const struct model *model,
			const struct model_entry *entry);

/**
 * rf_log_fill - what the placeholder of a log entry stands for
 * @uri: of the LogEntry
 * @resource: the placeholder, to be filled
 *
 * Return: 0; -ENOENT if there is no such entry; -ENOMEM.
 */
int rf_log_fill(const struct model *model, const char *uri, json_t *resource);

/*
 * The device whose LogService is at @uri, for model_health_clear(); NULL: it is
 * none. Valid as long as the model is not changed.
 */
const char *rf_log_device(const struct model *model, const char *uri);

/**
 * rf_lifecycle_event - event record for a difference of the tree
 * @op: 'C'reated, 'M'odified, 'R'emoved
 * @uri: OriginOfCondition
 * @realtime: ns since the epoch, 0: leave EventTimestamp out
 */
json_t *rf_lifecycle_event(char op, const char *uri, uint64_t realtime);

/**
 * rf_event_payload - the body of one event POST
 * @id: number of the payload, never 0
 * @context: the receiver's context, "" without one
 * @records: JSON array of records; a reference is taken over; EventId and
 *	MemberId are set here
 */
json_t *rf_event_payload(uint64_t id, const char *context, json_t *records);

/*
 * ---- resources that are read when asked for ----------------------------
 *
 * The tree has a placeholder for each; readings.c reads the numbers, and these
 * functions make properties of them.
 */

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
 * rf_metrics_node - what a resource that is read when asked for is about
 * @what: out: which metrics of the node
 *
 * Return: the node, or NULL if @uri is no such resource, or without memory.
 */
const struct model_node *rf_metrics_node(const struct model *model,
					 const char *uri,
					 enum rf_metrics *what);

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
 * device said of itself last
 * @what: RF_METRICS_VOLATILE, or another of a memory device's partitions
 *
 * Return: 0 or -ENOMEM.
 */
int rf_metrics_memory(json_t *resource, const struct model_node *memdev,
		      enum rf_metrics what);

/* ---- requests to change something (request.c) --------------------------- */

/**
 * struct rf_request - what a request asks for
 * @asked: @action is to be done
 * @refusals: what of the body was refused; of a PATCH the rest may be asked for
 * @named: it was sent to the URI of the member that it wants to have made
 * @member: that URI, or the one of the body; "" where the client chose none
 */
struct rf_request {
	bool asked;
	struct action action;
	struct change_refusals refusals;
	bool named;
	char member[CHANGE_URI_MAX];
};

/*
 * Allow of a resource that something can be asked of, and of a URI below a
 * collection that members can be made in; else NULL.
 */
const char *rf_request_methods(const struct model *model, const char *uri);

/**
 * rf_request_parse - what a request asks for
 * @resource: what the tree has at the URI, or NULL
 *
 * Return: 0; -ENOENT: nothing of this can be asked of the URI.
 */
int rf_request_parse(const struct model *model, const struct change *change,
		     const json_t *resource, struct rf_request *request);

/**
 * rf_request_matches - whether a request is for a chunk like the one at @uri
 */
bool rf_request_matches(const struct model *model,
			const struct rf_request *request, const char *uri);

/* URI of the chunk at a host physical address, malloc()ed, or NULL. */
char *rf_chunk_at(const struct model *model, uint64_t start);

#endif /* FABMON_REDFISH_H */
