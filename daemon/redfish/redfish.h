/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * From the model to Redfish resources.
 *
 * redfish/ knows what Redfish calls a thing, where it lives and how it is
 * linked; nothing else in the daemon does. It owns no state. The model comes
 * in, with the counters and requests that others have read. JSON goes out: the
 * whole tree, one resource's values, an event record. A request goes out as an
 * action in the kernel's terms.
 *
 * All of it is pure. There is no I/O and no clock, and the same model gives the
 * same bytes, so that a difference of two trees is a difference of the host.
 * What is not known is left out, never 0 or "OK". A link never leads nowhere.
 *
 * This header is for those who have the model. names.h, view.h and event.h are
 * for those who have resources only, metrics.h and request.h for one user each.
 */
#ifndef FABMON_REDFISH_H
#define FABMON_REDFISH_H

#include <jansson.h>
#include <stdbool.h>

#include "model/model.h"
#include "event.h"
#include "names.h"
#include "view.h"

/**
 * struct rf_agent - what the tree has about the agent itself
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

/* Marks what stands for a host that is about to be stopped, in a projection. */
void rf_mark_offline(json_t *tree);

/* URI of the host's ComputerSystem, malloc()ed, or NULL without memory. */
char *rf_system_uri(const struct model *model);
/* URI of the agent's ConnectionMethod; never linked from the tree. */
char *rf_connection_method_uri(const struct model *model);

/**
 * rf_entry_events - Redfish event records for an entry of a device's log
 *
 * One for what happened, and one for the device's health if that changed and is
 * not in the first.
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

/**
 * rf_log_device - find the device whose LogService is at a URI
 * @ident: its identity, for model_health_clear(), valid until the model
 *	changes; set if 0 is returned
 *
 * Return: 0; -ENOENT if @uri is no device's LogService; -ENOMEM.
 */
int rf_log_device(const struct model *model, const char *uri,
		  const char **ident);

#endif /* FABMON_REDFISH_H */
