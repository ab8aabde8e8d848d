/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Requests to change something, as a client sends them: from a method and a
 * body to an action, in terms of the model. action/ carries it out.
 */
#ifndef FABMON_REDFISH_REQUEST_H
#define FABMON_REDFISH_REQUEST_H

#include <jansson.h>
#include <stdbool.h>

#include "action/action.h"
#include "action/change.h"
#include "model/model.h"

/**
 * struct rf_request - what a request asks for
 * @asked: @action is to be done
 * @refusals: what of the body was refused; of a PATCH the rest may be asked for
 * @named: it was sent to the URI of the member that it wants to have made
 * @member: that URI, or the one of the body; "" where the client chose none
 * @taken: the chunk, or Connection, that is in its way; "": none
 * @connects: a Connection is asked for: the answer is that of the chunk
 * @there: @connects: the chunk is there, so nothing is @asked
 * @connection: Id of the Connection, "" where the client chose none
 */
struct rf_request {
	bool asked;
	struct action action;
	struct change_refusals refusals;
	bool named;
	char member[CHANGE_URI_MAX];
	char taken[CHANGE_URI_MAX];
	bool connects, there;
	char connection[MODEL_REGION_NAME];
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
 * Return: 0; -ENOENT: nothing of this can be asked of the URI; -ENOSPC: its
 * window has more regions than there is room for the names of; -ENOMEM.
 */
int rf_request_parse(const struct model *model, const struct change *change,
		     const json_t *resource, struct rf_request *request);

/**
 * rf_request_matches - whether a request is for a chunk like the one at @uri
 */
bool rf_request_matches(const struct model *model,
			const struct rf_request *request, const char *uri);

/* URI of the Connection of a chunk, malloc()ed, or NULL. */
char *rf_connection_of(const struct model *model, const char *chunk);

/* URI of the chunk at a host physical address, malloc()ed, or NULL. */
char *rf_chunk_at(const struct model *model, uint64_t start);

#endif /* FABMON_REDFISH_REQUEST_H */
