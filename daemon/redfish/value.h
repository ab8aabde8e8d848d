/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Values of resources. What is not known is left out: most of these set nothing
 * for a value that stands for "unknown", and nothing in a NULL object.
 */
#ifndef FABMON_RF_VALUE_H
#define FABMON_RF_VALUE_H

#include "rf.h"

#define RF_OEM		"Fabmon"
#define RF_MIB		(1ULL << 20)


const char *rf_odata_id(const json_t *resource);
void rf_set(struct rf *rf, json_t *obj, const char *key, json_t *value);
void rf_str(struct rf *rf, json_t *obj, const char *key, const char *value);
void rf_int(struct rf *rf, json_t *obj, const char *key, int64_t value);
void rf_count(struct rf *rf, json_t *obj, const char *key, uint64_t value);
void rf_bool(struct rf *rf, json_t *obj, const char *key, bool value);
void rf_real(struct rf *rf, json_t *obj, const char *key, double value);
void rf_hex(struct rf *rf, json_t *obj, const char *key, uint64_t value,
	    int digits);
void rf_bytes(struct rf *rf, json_t *obj, const char *key, uint64_t value);
void rf_mib(struct rf *rf, json_t *obj, const char *key, uint64_t bytes);
void rf_ref(struct rf *rf, json_t *obj, const char *key, const char *uri);
void rf_push(struct rf *rf, json_t *array, json_t *value);
void rf_push_str(struct rf *rf, json_t *array, const char *value);
json_t *rf_obj(struct rf *rf, json_t *obj, const char *key);
json_t *rf_arr(struct rf *rf, json_t *obj, const char *key);
json_t *rf_push_obj(struct rf *rf, json_t *array);
json_t *rf_oem(struct rf *rf, json_t *obj, const char *type);
void rf_identifier(struct rf *rf, json_t *obj, const char *format,
		   const char *name);
bool rf_known(uint64_t value);

#endif /* FABMON_RF_VALUE_H */
