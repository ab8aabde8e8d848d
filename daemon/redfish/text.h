/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Texts that live as long as the projection. A projection makes many short ones
 * and frees them all at once. NULL without memory, which fails the projection.
 */
#ifndef FABMON_RF_TEXT_H
#define FABMON_RF_TEXT_H

#include "rf.h"

const char *rf_printf(struct rf *rf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *rf_eui(struct rf *rf, uint64_t value);
const char *rf_guid(struct rf *rf, uint64_t value);
const char *rf_mac(struct rf *rf, const uint8_t mac[6]);
const char *rf_time(struct rf *rf, uint64_t realtime);
const char *rf_base64(struct rf *rf, const uint8_t *data, size_t len);

void rf_text_free(struct rf *rf);

#endif /* FABMON_RF_TEXT_H */
