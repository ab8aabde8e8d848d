/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Health: Status and Conditions (health.c), messages of the registries
 * (message.c), and what log entries and event records have in common (entry.c).
 */
#ifndef FABMON_RF_HEALTH_H
#define FABMON_RF_HEALTH_H

#include "rf.h"

enum rf_message {
	RF_RESOURCE_CREATED,
	RF_RESOURCE_CHANGED,
	RF_RESOURCE_REMOVED,
	RF_STATUS_OK,
	RF_STATUS_WARNING,
	RF_STATUS_CRITICAL,
	RF_ERRORS_DETECTED,
	RF_ERRORS_CORRECTED,
	RF_MEMORY_UNCORRECTABLE,
	RF_MEMORY_CONTAINED,
	RF_PCIE_UNCORRECTABLE,
	RF_LINK_UP,
	RF_LINK_DEGRADED,
	RF_LINK_DOWN,
	RF_LINK_FLAPS,
	RF_MESSAGES,
};

#define RF_ARGS_MAX	5

struct rf_message_def {
	const char *id, *text;
	unsigned int args;
};

/* All that we ever send. */
extern const struct rf_message_def rf_messages[RF_MESSAGES];

void rf_message(struct rf *rf, json_t *obj, enum rf_message message,
		const char *const *args);
void rf_message_status(struct rf *rf, json_t *obj, const char *uri,
		       enum model_severity severity);
void rf_message_entry(struct rf *rf, json_t *obj,
		      const struct model_entry *entry, const char *device,
		      const char *uri);
bool rf_message_is_status(const struct model_entry *entry);

void rf_entry_details(struct rf *rf, json_t *obj,
		      const struct model_entry *entry, bool event_record);
int64_t rf_entry_group(const struct model_entry *entry);
const struct model_node *rf_entry_device(const struct rf *rf,
					 const struct model_entry *entry);
const char *rf_entry_origin(struct rf *rf, const struct model_node *dev,
			    const struct model_entry *entry);

const char *rf_health_name(enum model_severity severity);
json_t *rf_status(struct rf *rf, json_t *obj, const char *state,
		  enum model_severity severity);
void rf_status_rollup(struct rf *rf, json_t *obj, enum model_severity severity);
enum model_severity rf_severity_host(const struct rf *rf);
enum model_severity rf_severity_part(const struct model_node *memdev,
				     enum rf_part part);
void rf_conditions(struct rf *rf, json_t *status, const struct model_node *node,
		   const char *uri, enum rf_part part);

#endif /* FABMON_RF_HEALTH_H */
