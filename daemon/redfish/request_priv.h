/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files request*.c share. */
#ifndef FABMON_REDFISH_REQUEST_PRIV_H
#define FABMON_REDFISH_REQUEST_PRIV_H

#include "request.h"
#include "rf.h"

/* Note what is refused; @value as it was sent, or NULL. */
void rf_refuse(struct rf_request *request, enum change_refusal_kind kind,
	       const char *property, const json_t *value);

/**
 * rf_request_id - the Id that a client wants a new member of a collection to have
 *
 * By the URI that it sends to or else by @odata.id or Id of the body; the URI of
 * a copy of something elsewhere asks for nothing. Return: NULL: none, or it was
 * refused.
 */
const char *rf_request_id(const struct change *change, const char *collection,
			  struct rf_request *request);
/* A POST that makes a chunk, or that asks for nothing of this (-ENOENT). */
int rf_request_make(struct rf *rf, const struct change *change,
		    struct rf_request *request);
/* The live region whose MemoryChunks has this URI, or NULL. */
const struct model_node *rf_request_chunk_find(struct rf *rf, const char *uri);
/*
 * Whether chunks can be made in a collection, or in the one above a member's URI;
 * @part of the memory that they are made of.
 */
bool rf_request_window(struct rf *rf, const char *uri, enum rf_part *part);

/* request_connection.c: the same of Connections. */
int rf_request_connect(struct rf *rf, const struct change *change,
		       struct rf_request *request);
const struct model_node *rf_request_connection_find(struct rf *rf,
						    const char *uri);
/* Whether it is the URI of Connections, or of a member that there may be. */
bool rf_request_is_connection(struct rf *rf, const char *uri);

/* request_chunk.c: what chunk is to be made, of a window for @part. */
void rf_request_chunk(struct rf *rf, enum rf_part part, const json_t *body,
		      struct rf_request *request);

#endif /* FABMON_REDFISH_REQUEST_PRIV_H */
