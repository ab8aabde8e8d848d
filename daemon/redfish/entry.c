// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * What log entries and event records have in common: the resource that they are
 * about, and the details of the kernel's event.
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "kernel/knl/event.h"
#include "kernel/knl/names.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* CXL 3.1, 8.2.9.2.1: the UUID of a kind of record, also in CPER sections. */
static const char *record_uuid(int64_t type)
{
	switch (type) {
	case FABMON_EVENT_TYPE_GENERAL_MEDIA:
		return "fbcd0a77-c260-417f-85a9-088b1621eba6";
	case FABMON_EVENT_TYPE_DRAM:
		return "601dcbb3-9c06-4eab-b8af-4e9bfb5c9624";
	case FABMON_EVENT_TYPE_MEMORY_MODULE:
		return "fe927475-dd59-4339-a586-79bab113b774";
	case FABMON_EVENT_TYPE_MEMORY_SPARING:
		return "e71f3a40-2d29-4092-8a39-4d1c966c7c65";
	default:
		return NULL;
	}
}

/* DSP0268, 4.1: DiagnosticData should not exceed 4 KB, in base64. */
#define MAX_RAW		3072

static void set_diagnostic(struct rf *rf, json_t *obj,
			   const struct knl_event *event, int64_t type)
{
	const struct knl_bytes *raw = &event->bytes[FABMON_A_EVENT_RAW];
	const char *uuid = record_uuid(type);

	if (!uuid || !raw->len || raw->len > MAX_RAW)
		return;
	rf_str(rf, obj, "DiagnosticDataType", "CPERSection");
	rf_str(rf, obj, "DiagnosticData", rf_base64(rf, raw->data, raw->len));
	rf_str(rf, rf_obj(rf, obj, "CPER"), "SectionType", uuid);
}

/* Attributes that have no place in an event record but Oem. */
static const struct field {
	int attr;
	const char *key;
	bool hex;
} fields[] = {
	{ FABMON_A_EVENT_FLAGS, "RecordFlags", true },
	{ FABMON_A_EVENT_HANDLE, "RecordHandle", false },
	{ FABMON_A_EVENT_DPA, "DpaStart", true },
	{ FABMON_A_EVENT_LENGTH, "LengthBytes", false },
	{ FABMON_A_EVENT_HPA, "HpaStart", true },
	{ FABMON_A_EVENT_DESCRIPTOR, "EventDescriptor", true },
	{ FABMON_A_EVENT_MEMORY_EVENT_TYPE, "MemoryEventType", false },
	{ FABMON_A_EVENT_TRANSACTION_TYPE, "TransactionType", false },
	{ FABMON_A_EVENT_CHANNEL, "Channel", false },
	{ FABMON_A_EVENT_RANK, "Rank", false },
	{ FABMON_A_EVENT_NIBBLE_MASK, "NibbleMask", true },
	{ FABMON_A_EVENT_BANK_GROUP, "BankGroup", false },
	{ FABMON_A_EVENT_BANK, "Bank", false },
	{ FABMON_A_EVENT_ROW, "Row", false },
	{ FABMON_A_EVENT_COLUMN, "Column", false },
	{ FABMON_A_EVENT_COMPONENT_DEVICE, "ComponentDevice", false },
	{ FABMON_A_EVENT_MODULE_EVENT_TYPE, "ModuleEventType", false },
	{ FABMON_A_EVENT_HEALTH_STATUS, "HealthStatus", true },
	{ FABMON_A_EVENT_MEDIA_STATUS, "MediaStatus", true },
	{ FABMON_A_EVENT_ADDITIONAL_STATUS, "AdditionalStatus", true },
	{ FABMON_A_EVENT_LIFE_USED, "LifeUsedPercent", false },
	{ FABMON_A_EVENT_TEMPERATURE, "TemperatureCelsius", false },
	{ FABMON_A_EVENT_DIRTY_SHUTDOWNS, "DirtyShutdownCount", false },
	{ FABMON_A_EVENT_CORRECTED_VOLATILE_ERRORS,
	  "CorrectedVolatileErrorCount", false },
	{ FABMON_A_EVENT_CORRECTED_PERSISTENT_ERRORS,
	  "CorrectedPersistentErrorCount", false },
	{ FABMON_A_EVENT_POISON_SOURCE, "PoisonSource", false },
	{ FABMON_A_EVENT_POISON_FLAGS, "PoisonFlags", true },
	{ FABMON_A_EVENT_COUNT, "LostCount", false },
};

/*
 * The host's physical addresses are for those who get events, not for all who
 * can read the tree.
 */
static void set_oem(struct rf *rf, json_t *obj, const struct knl_event *event,
		    int64_t type, bool event_record)
{
	static const char *const logs[] = {
		"Informational", "Warning", "Failure", "Fatal",
		"DynamicCapacity"
	};
	json_t *oem = rf_oem(rf, obj, "HealthEvent");
	int64_t log = knl_event_num(event, FABMON_A_EVENT_LOG, -1);
	const struct field *f;
	int64_t value;
	size_t i;

	rf_str(rf, oem, "EventType",
	       knl_event_name((enum fabmon_event_type)type));
	if (log >= 0 && (size_t)log < sizeof(logs) / sizeof(logs[0]))
		rf_str(rf, oem, "Log", logs[log]);
	value = knl_event_num(event, FABMON_A_EVENT_RECORD_TIME, 0);
	rf_str(rf, oem, "RecordTimestamp", rf_time(rf, (uint64_t)value));
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		f = &fields[i];
		if (!event->has[f->attr] ||
		    (f->attr == FABMON_A_EVENT_HPA && !event_record))
			continue;
		value = knl_event_num(event, f->attr, 0);
		if (f->hex)
			rf_hex(rf, oem, f->key, (uint64_t)value, 1);
		else
			rf_int(rf, oem, f->key, value);
	}
}

/**
 * rf_entry_details - set the details of an event that are not in its message
 * @event_record: for an event record, not for the tree
 */
void rf_entry_details(struct rf *rf, json_t *obj,
		      const struct model_entry *entry, bool event_record)
{
	struct knl_event event;

	if (entry->what != MODEL_EVENT || knl_event_parse(&entry->raw, &event))
		return;
	set_diagnostic(rf, obj, &event, entry->type);
	set_oem(rf, obj, &event, entry->type, event_record);
	knl_event_clear(&event);
}

/**
 * rf_entry_group - EventGroupId: the same for what one notification led to
 *
 * Never 0, and small enough for a JSON number that is a double (RFC 8259, 6).
 */
int64_t rf_entry_group(const struct model_entry *entry)
{
	uint64_t group = (entry->instance << 32 ^ entry->seq) &
			 ((1ULL << 53) - 1);

	return group ? (int64_t)group : 1;
}

/**
 * rf_entry_device - the device whose log it is; NULL: it is not there now
 */
const struct model_node *rf_entry_device(const struct rf *rf,
					 const struct model_entry *entry)
{
	const struct model_node *node = model_first(rf->model);

	while (node && !(rf_has_log(node) &&
			 !strcmp(node->ident, entry->device)))
		node = node->next;
	return node;
}

static const struct model_node *port_of(const struct rf *rf,
					const struct model_node *dev,
					uint32_t number)
{
	const struct model_node *node;

	node = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	while (node && !(node->parent == dev && node->ident &&
			 node->k.port.number == number))
		node = rf_next(node);
	return node;
}

/**
 * rf_entry_origin - the resource that an entry is about
 * @dev: the device whose log it is
 */
const char *rf_entry_origin(struct rf *rf, const struct model_node *dev,
			    const struct model_entry *entry)
{
	const struct model_node *port;

	if (dev->k.kind == FABMON_NODE_KIND_CXL_MEMDEV)
		return rf_uri_logical_device(rf, dev);
	port = entry->port ? port_of(rf, dev, entry->port) : NULL;
	return port ? rf_uri_rdma_port(rf, port) :
		      rf_uri_network_adapter(rf, dev);
}
