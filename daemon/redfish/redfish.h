/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From the model to Redfish resources. Pure functions: no I/O, no clock, the
 * same model gives the same bytes.
 */
#ifndef FABMON_REDFISH_H
#define FABMON_REDFISH_H

#include <jansson.h>

#include "../model.h"

#define RF_ROOT		"/redfish/v1/"
#define RF_PREFIX	"/redfish/v1"

/**
 * struct rf_agent - what the tree says about the agent itself
 * @version: version of fabmond
 * @rdma_fabric: name of the Ethernet (RoCE, iWARP) fabric, shared by all hosts
 *	on it; safe in a URI
 * @ofmf: base URL of the OFMF, or NULL without one
 * @context: context that the OFMF gave us, or NULL while there is none; it is
 *	also the ManagingAgent that resources echo
 */
struct rf_agent {
	const char *version;
	const char *rdma_fabric;
	const char *ofmf;
	const char *context;
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
 * rf_health_event - Redfish event record for a health event
 * @node: memory device that it belongs to
 *
 * Return: one member of Event.Events without EventId and MemberId, a new
 * reference, or NULL without memory.
 */
json_t *rf_health_event(const struct model *model, const struct model_node *node,
			const struct knl_event *event, uint64_t realtime);

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

#endif /* FABMON_REDFISH_H */
