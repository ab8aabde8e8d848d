/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What request.c and request_chunk.c share. */
#ifndef FABMON_REDFISH_REQUEST_PRIV_H
#define FABMON_REDFISH_REQUEST_PRIV_H

#include "request.h"
#include "rf.h"

/* Note what is refused; @value as it was sent, or NULL. */
void rf_refuse(struct rf_request *request, enum change_refusal_kind kind,
	       const char *property, const json_t *value);

/* request_chunk.c: what chunk is to be made, of a window for @part. */
void rf_request_chunk(struct rf *rf, enum rf_part part, const json_t *body,
		      struct rf_request *request);

#endif /* FABMON_REDFISH_REQUEST_PRIV_H */
