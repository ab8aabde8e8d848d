// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Event records and the payloads that carry them.
 *
 * Sunfish looks at what is after the last dot of MessageId and takes any
 * version. Severity is deprecated in favour of MessageSeverity; what Sunfish
 * passes the events on to may know only the former.
 */
#include "rf.h"

/* DSP0268, 4.1: DiagnosticData should not exceed 4 KB, in base64. */
#define MAX_RAW		3072

/* A record and whatever comes of building it. */
static json_t *record_begin(struct rf *rf, const char *type)
{
	json_t *obj = json_object();

	if (!obj)
		rf->failed = true;
	rf_str(rf, obj, "EventType", type);
	return obj;
}

static json_t *record_end(struct rf *rf, json_t *obj)
{
	if (rf->failed) {
		json_decref(obj);
		obj = NULL;
	}
	rf_done(rf);
	return obj;
}

static void set_severity(struct rf *rf, json_t *obj,
			 enum model_severity severity)
{
	rf_str(rf, obj, "Severity", rf_health_name(severity));
	rf_str(rf, obj, "MessageSeverity", rf_health_name(severity));
}

/* The origin of an event of something removed is gone: no rf_ref(). */
static void set_origin(struct rf *rf, json_t *obj, const char *uri)
{
	if (uri)
		rf_str(rf, rf_obj(rf, obj, "OriginOfCondition"), "@odata.id",
		       uri);
}

json_t *rf_lifecycle_event(char op, const char *uri, uint64_t realtime)
{
	static const struct kind {
		char op;
		enum rf_message message;
		const char *type;
	} kinds[] = {
		{ 'C', RF_RESOURCE_CREATED, "ResourceAdded" },
		{ 'R', RF_RESOURCE_REMOVED, "ResourceRemoved" },
		{ 'M', RF_RESOURCE_CHANGED, "ResourceUpdated" },
	};
	const struct kind *kind = kinds;
	struct rf rf;
	json_t *obj;

	while (kind->op != op && kind->op != 'M')
		kind++;
	rf_init(&rf, NULL, NULL);
	obj = record_begin(&rf, kind->type);
	rf_str(&rf, obj, "EventTimestamp", rf_time(&rf, realtime));
	set_severity(&rf, obj, MODEL_OK);
	rf_message(&rf, obj, kind->message, NULL, NULL);
	set_origin(&rf, obj, uri);
	return record_end(&rf, obj);
}

/* CXL 3.1, 8.2.9.2.1: what a record is told by, also in a CPER section. */
static const char *record_uuid(int64_t type)
{
	switch (type) {
	case FABMON_EVENT_TYPE_GENERAL_MEDIA:
		return "fbcd0a77-c260-417f-85a9-088b1621eba6";
	case FABMON_EVENT_TYPE_DRAM:
		return "601dcbb3-9c06-4eab-b8af-4e9bfb5c9624";
	case FABMON_EVENT_TYPE_MEMORY_MODULE:
		return "fe927475-dd59-4339-a586-79bab113b774";
	default:
		return NULL;
	}
}

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

static void set_oem(struct rf *rf, json_t *obj, const struct knl_event *event,
		    int64_t type)
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
		if (!event->has[f->attr])
			continue;
		value = knl_event_num(event, f->attr, 0);
		if (f->hex)
			rf_hex(rf, oem, f->key, (uint64_t)value, 1);
		else
			rf_int(rf, oem, f->key, value);
	}
}

json_t *rf_health_event(const struct model *model, const struct model_node *node,
			const struct knl_event *event, uint64_t realtime)
{
	int64_t type = knl_event_num(event, FABMON_A_EVENT_TYPE, 0);
	const struct rf_trouble trouble = {
		.type = (enum fabmon_event_type)type,
		.severity = model_event_severity(event),
		.uncorrected = knl_event_num(event, FABMON_A_EVENT_DESCRIPTOR,
					     0) & 1,
		.cleared = knl_event_num(event, FABMON_A_EVENT_POISON_OP,
					 FABMON_POISON_OP_LIST) ==
			   FABMON_POISON_OP_CLEAR,
	};
	const char *uri;
	struct rf rf;
	json_t *obj;

	rf_init(&rf, model, NULL);
	obj = record_begin(&rf, "Alert");
	uri = rf_uri_logical_device(&rf, node);
	rf_str(&rf, obj, "EventTimestamp", rf_time(&rf, realtime));
	set_severity(&rf, obj, trouble.severity);
	rf_message_trouble(&rf, obj, &trouble,
			   node->ident ? node->ident : node->k.name,
			   uri ? uri : node->k.name);
	set_origin(&rf, obj, uri);
	set_diagnostic(&rf, obj, event, type);
	set_oem(&rf, obj, event, type);
	return record_end(&rf, obj);
}

json_t *rf_event_payload(uint64_t id, const char *context, json_t *records)
{
	json_t *obj, *record;
	struct rf rf;
	size_t i;

	rf_init(&rf, NULL, NULL);
	obj = json_object();
	if (!obj)
		rf.failed = true;
	rf_str(&rf, obj, "@odata.type", "#Event.v1_13_0.Event");
	rf_str(&rf, obj, "Id",
	       rf_printf(&rf, "%llu", (unsigned long long)id));
	rf_str(&rf, obj, "Name", "Fabric events");
	/* Sunfish wants it, even empty */
	rf_set(&rf, obj, "Context", json_string(context ? context : ""));
	json_array_foreach(records, i, record) {
		rf_str(&rf, record, "EventId",
		       rf_printf(&rf, "%llu.%zu", (unsigned long long)id, i));
		rf_str(&rf, record, "MemberId", rf_printf(&rf, "%zu", i));
	}
	rf_set(&rf, obj, "Events", records);
	return record_end(&rf, obj);
}
