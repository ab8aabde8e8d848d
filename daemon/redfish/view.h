/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What one OFMF sees in a resource that the others do not: its subscription,
 * and the agent's name as that OFMF gave it.
 */
#ifndef FABMON_REDFISH_VIEW_H
#define FABMON_REDFISH_VIEW_H

#include <jansson.h>

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

#endif /* FABMON_REDFISH_VIEW_H */
