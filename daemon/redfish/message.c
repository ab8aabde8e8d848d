// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Messages of the DMTF's registries: ResourceEvent 1.4.3, Platform 1.3.2,
 * NetworkDevice 1.1.1. The texts are the same, word for word.
 */
#include <string.h>

#include "health.h"
#include "kernel/knl/event.h"
#include "rf.h"
#include "text.h"
#include "value.h"

const struct rf_message_def rf_messages[RF_MESSAGES] = {
	[RF_RESOURCE_CREATED] = {
		"ResourceEvent.1.4.ResourceCreated",
		"The resource was created successfully.", 0 },
	[RF_RESOURCE_CHANGED] = {
		"ResourceEvent.1.4.ResourceChanged",
		"One or more resource properties have changed.", 0 },
	[RF_RESOURCE_REMOVED] = {
		"ResourceEvent.1.4.ResourceRemoved",
		"The resource was removed successfully.", 0 },
	[RF_STATUS_OK] = {
		"ResourceEvent.1.4.ResourceStatusChangedOK",
		"The health of resource '%1' has changed to %2.", 2 },
	[RF_STATUS_WARNING] = {
		"ResourceEvent.1.4.ResourceStatusChangedWarning",
		"The health of resource '%1' has changed to %2.", 2 },
	[RF_STATUS_CRITICAL] = {
		"ResourceEvent.1.4.ResourceStatusChangedCritical",
		"The health of resource '%1' has changed to %2.", 2 },
	[RF_ERRORS_DETECTED] = {
		"ResourceEvent.1.4.ResourceErrorsDetected",
		"The resource property %1 has detected errors of type '%2'.",
		2 },
	[RF_ERRORS_CORRECTED] = {
		"ResourceEvent.1.4.ResourceErrorsCorrected",
		"The resource property %1 has corrected errors of type '%2'.",
		2 },
	[RF_MEMORY_UNCORRECTABLE] = {
		"Platform.1.3.MemoryUncorrectableError",
		"Memory device '%1' detected an uncorrectable error.", 1 },
	[RF_MEMORY_CONTAINED] = {
		"Platform.1.3.MemoryContainedError",
		"Memory device '%1' contained an uncorrectable error.", 1 },
	[RF_PCIE_UNCORRECTABLE] = {
		"Platform.1.3.PCIeUncorrectableError",
		"PCIe device '%1' detected an uncorrectable error.", 1 },
	[RF_LINK_UP] = {
		"NetworkDevice.1.1.ConnectionEstablished",
		"A network connection was established for network adapter '%1' port '%2' function '%3'.",
		3 },
	[RF_LINK_DEGRADED] = {
		"NetworkDevice.1.1.DegradedConnectionEstablished",
		"A degraded network connection was established for network adapter '%1' port '%2' function '%3'.",
		3 },
	[RF_LINK_DOWN] = {
		"NetworkDevice.1.1.ConnectionDropped",
		"The connection is no longer active for network adapter '%1' port '%2' function '%3'.",
		3 },
	[RF_LINK_FLAPS] = {
		"NetworkDevice.1.1.LinkFlapDetected",
		"The network connection for network adapter '%1' port '%2' function '%3' was established and dropped '%4' times in the last '%5' minutes.",
		5 },
};

/* Puts the arguments where the text has %1 to %5. */
static const char *substitute(struct rf *rf, const char *text,
			      const char *const *args)
{
	const char *out = "", *at;

	while (out && (at = strchr(text, '%'))) {
		out = rf_printf(rf, "%s%.*s%s", out, (int)(at - text), text,
				args[at[1] - '1']);
		text = at + 2;
	}
	return out ? rf_printf(rf, "%s%s", out, text) : NULL;
}

/**
 * rf_message - set MessageId, Message and MessageArgs
 * @args: as many as the message has; NULL stands for ""
 */
void rf_message(struct rf *rf, json_t *obj, enum rf_message message,
		const char *const *args)
{
	const struct rf_message_def *m = &rf_messages[message];
	const char *given[RF_ARGS_MAX];
	json_t *list;
	unsigned int i;

	for (i = 0; i < m->args; i++)
		given[i] = args[i] ? args[i] : "";
	rf_str(rf, obj, "MessageId", m->id);
	rf_str(rf, obj, "Message", substitute(rf, m->text, given));
	list = rf_arr(rf, obj, "MessageArgs");
	for (i = 0; i < m->args; i++)
		rf_push(rf, list, json_string(given[i]));
}

/**
 * rf_message_status - the message for a resource whose health is now as given
 */
void rf_message_status(struct rf *rf, json_t *obj, const char *uri,
		       enum model_severity severity)
{
	static const enum rf_message status[] = {
		[MODEL_OK] = RF_STATUS_OK,
		[MODEL_WARNING] = RF_STATUS_WARNING,
		[MODEL_CRITICAL] = RF_STATUS_CRITICAL,
	};

	rf_message(rf, obj, status[severity], (const char *const[]) {
			   uri, rf_health_name(severity) });
}

static void message_errors(struct rf *rf, json_t *obj, enum rf_message message,
			   const char *type)
{
	rf_message(rf, obj, message, (const char *const[]) { "Status", type });
}

/* ---- of what happened --------------------------------------------------- */

static bool is_cleared(const struct model_entry *entry)
{
	struct knl_event event;
	bool cleared;

	if (knl_event_parse(&entry->raw, &event))
		return false;
	cleared = knl_event_num(&event, FABMON_A_EVENT_POISON_OP,
				FABMON_POISON_OP_LIST) ==
		  FABMON_POISON_OP_CLEAR;
	knl_event_clear(&event);
	return cleared;
}

static void message_event(struct rf *rf, json_t *obj,
			  const struct model_entry *entry, const char *memory,
			  const char *uri)
{
	switch (entry->type) {
	case FABMON_EVENT_TYPE_GENERAL_MEDIA:
	case FABMON_EVENT_TYPE_DRAM:
		if (entry->uncorrected)
			rf_message(rf, obj, RF_MEMORY_UNCORRECTABLE, &memory);
		else
			message_errors(rf, obj, RF_ERRORS_DETECTED,
				       entry->type == FABMON_EVENT_TYPE_DRAM ?
				       "corrected DRAM error" :
				       "corrected media error");
		break;
	case FABMON_EVENT_TYPE_POISON:
		if (is_cleared(entry))
			message_errors(rf, obj, RF_ERRORS_CORRECTED, "poison");
		else
			rf_message(rf, obj, RF_MEMORY_CONTAINED, &memory);
		break;
	case FABMON_EVENT_TYPE_MEMORY_SPARING:
	case FABMON_EVENT_TYPE_GENERIC:
		if (entry->severity == MODEL_OK) {
			rf_message(rf, obj, RF_RESOURCE_CHANGED, NULL);
			break;
		}
		/* fall through */
	case FABMON_EVENT_TYPE_MEMORY_MODULE:
		rf_message_status(rf, obj, uri, entry->severity);
		break;
	case FABMON_EVENT_TYPE_AER_CORRECTABLE:
		message_errors(rf, obj, RF_ERRORS_CORRECTED,
			       "CXL protocol error");
		break;
	case FABMON_EVENT_TYPE_AER_UNCORRECTABLE:
		rf_message(rf, obj, RF_PCIE_UNCORRECTABLE, &memory);
		break;
	case FABMON_EVENT_TYPE_LOST:
	case FABMON_EVENT_TYPE_OVERFLOW:
		message_errors(rf, obj, RF_ERRORS_DETECTED,
			       "lost health events");
		break;
	default:
		rf_message(rf, obj, RF_RESOURCE_CHANGED, NULL);
		break;
	}
}

/* Each port has one function, which has its number. */
static void message_link(struct rf *rf, json_t *obj,
			 const struct model_entry *entry,
			 enum rf_message message, const char *adapter)
{
	const char *port = rf_printf(rf, "%u", entry->port);
	const char *const args[RF_ARGS_MAX] = {
		adapter, port, port, rf_printf(rf, "%u", entry->times),
		rf_printf(rf, "%u", entry->minutes),
	};

	rf_message(rf, obj, message, args);
}

/**
 * rf_message_entry - the message for an entry of a device's log
 * @device: identity of the device
 * @uri: the resource that it is about
 */
void rf_message_entry(struct rf *rf, json_t *obj,
		      const struct model_entry *entry, const char *device,
		      const char *uri)
{
	switch (entry->what) {
	case MODEL_EVENT:
		message_event(rf, obj, entry, device, uri);
		break;
	case MODEL_FATAL:
		rf_message_status(rf, obj, uri, MODEL_CRITICAL);
		break;
	case MODEL_RENEWED:
	case MODEL_STEADY:
		rf_message_status(rf, obj, uri, entry->after);
		break;
	case MODEL_LINK_UP:
		message_link(rf, obj, entry, RF_LINK_UP, device);
		break;
	case MODEL_LINK_SLOW:
		message_link(rf, obj, entry, RF_LINK_DEGRADED, device);
		break;
	case MODEL_LINK_OFF:
	case MODEL_LINK_LOST:
		message_link(rf, obj, entry, RF_LINK_DOWN, device);
		break;
	case MODEL_FLAPPING:
		message_link(rf, obj, entry, RF_LINK_FLAPS, device);
		break;
	}
}

/**
 * rf_message_is_status - whether the message of an entry has the health, too
 */
bool rf_message_is_status(const struct model_entry *entry)
{
	switch (entry->what) {
	case MODEL_EVENT:
		return entry->type == FABMON_EVENT_TYPE_MEMORY_MODULE &&
		       entry->severity == entry->after;
	case MODEL_FATAL:
	case MODEL_RENEWED:
	case MODEL_STEADY:
		return true;
	default:
		return false;
	}
}
