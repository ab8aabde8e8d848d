/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Inside of request*.c. */
#ifndef FABMON_RF_REQUEST_H
#define FABMON_RF_REQUEST_H

#include "rf.h"

/* Note what is refused; @value as it was sent, or NULL. */
void rf_refuse(struct rf_request *request, enum change_refusal_kind kind,
	       const char *property, const json_t *value);

/* request_chunk.c: what chunk is to be made, of a window for @part. */
void rf_request_chunk(struct rf *rf, enum rf_part part, const json_t *body,
		      struct rf_request *request);

#endif /* FABMON_RF_REQUEST_H */
