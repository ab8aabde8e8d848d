// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Event records, and the body of the request that carries them.
 *
 * Of MessageId Sunfish reads what is after the last dot, so that any version of
 * a registry will do. Records have Severity, which is deprecated, next to
 * MessageSeverity: Sunfish passes events on, and its receivers may know only
 * the old one.
 */
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* A record and whatever comes of building it. */
static json_t *record_begin(struct rf *rf, const char *type)
{
	json_t *obj = json_object();

	if (!obj)
		rf_fail(rf, NULL, "an event record");
	rf_str(rf, obj, "EventType", type);
	return obj;
}

static json_t *record_end(struct rf *rf, json_t *obj)
{
	if (!rf_done(rf))
		return obj;
	json_decref(obj);
	return NULL;
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
	rf_init(&rf, NULL, uri);
	obj = record_begin(&rf, kind->type);
	rf_str(&rf, obj, "EventTimestamp", rf_time(&rf, realtime));
	set_severity(&rf, obj, MODEL_OK);
	rf_message(&rf, obj, kind->message, NULL);
	set_origin(&rf, obj, uri);
	return record_end(&rf, obj);
}

/*
 * One of a group of records with the same cause: of a log entry, and of what it
 * did to the health of the resource.
 */
static json_t *entry_record(struct rf *rf, const struct model_entry *entry,
			    const char *uri, enum model_severity severity)
{
	json_t *obj = json_object();

	if (!obj)
		rf_fail(rf, NULL, "an event record");
	rf_str(rf, obj, "EventType", "Alert");
	rf_int(rf, obj, "EventGroupId", rf_entry_group(entry));
	rf_str(rf, obj, "EventTimestamp", rf_time(rf, entry->realtime));
	set_severity(rf, obj, severity);
	set_origin(rf, obj, uri);
	return obj;
}

/* A reference to the entry; no rf_ref(), the tree is elsewhere. */
static void set_log_entry(struct rf *rf, json_t *obj,
			  const struct model_node *dev,
			  const struct model_entry *entry)
{
	const char *log = rf_uri_log(rf, dev);

	if (log && model_log_by_number(model_log_find(rf->model, dev->ident),
				       entry->number))
		rf_str(rf, rf_obj(rf, obj, "LogEntry"), "@odata.id",
		       rf_uri_log_entry(rf, log, entry));
}

static void entry_records(struct rf *rf, json_t *list,
			  const struct model_entry *entry,
			  const struct model_node *dev)
{
	const char *uri = rf_entry_origin(rf, dev, entry);
	json_t *obj;

	obj = entry_record(rf, entry, uri, entry->severity);
	rf_message_entry(rf, obj, entry, entry->device,
			 uri ? uri : entry->device);
	set_log_entry(rf, obj, dev, entry);
	rf_entry_details(rf, obj, entry, true);
	rf_push(rf, list, obj);
	if (entry->before == entry->after || rf_message_is_status(entry))
		return;
	obj = entry_record(rf, entry, uri, entry->after);
	rf_message_status(rf, obj, uri ? uri : entry->device, entry->after);
	set_log_entry(rf, obj, dev, entry);
	rf_push(rf, list, obj);
}

json_t *rf_entry_events(const struct model *model,
			const struct model_entry *entry)
{
	const struct model_node *dev;
	json_t *list = json_array();
	struct rf rf;

	rf_init(&rf, model, entry->device);
	if (!list)
		rf_fail(&rf, NULL, "event records");
	dev = rf_entry_device(&rf, entry);
	if (dev)
		entry_records(&rf, list, entry, dev);
	return record_end(&rf, list);
}

json_t *rf_event_payload(uint64_t id, const char *context, json_t *records)
{
	json_t *obj, *record;
	struct rf rf;
	size_t i;

	rf_init(&rf, NULL, "event payload");
	obj = json_object();
	if (!obj)
		rf_fail(&rf, NULL, "its object");
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
