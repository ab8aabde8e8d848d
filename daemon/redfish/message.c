// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Messages of the DMTF's registries: ResourceEvent 1.4.3, Platform 1.3.2. The
 * texts are theirs, word for word.
 */
#include <string.h>

#include "rf.h"

static const struct message {
	const char *id, *text;
} messages[] = {
	[RF_RESOURCE_CREATED] = {
		"ResourceEvent.1.4.ResourceCreated",
		"The resource was created successfully." },
	[RF_RESOURCE_CHANGED] = {
		"ResourceEvent.1.4.ResourceChanged",
		"One or more resource properties have changed." },
	[RF_RESOURCE_REMOVED] = {
		"ResourceEvent.1.4.ResourceRemoved",
		"The resource was removed successfully." },
	[RF_STATUS_OK] = {
		"ResourceEvent.1.4.ResourceStatusChangedOK",
		"The health of resource '%1' has changed to %2." },
	[RF_STATUS_WARNING] = {
		"ResourceEvent.1.4.ResourceStatusChangedWarning",
		"The health of resource '%1' has changed to %2." },
	[RF_STATUS_CRITICAL] = {
		"ResourceEvent.1.4.ResourceStatusChangedCritical",
		"The health of resource '%1' has changed to %2." },
	[RF_ERRORS_DETECTED] = {
		"ResourceEvent.1.4.ResourceErrorsDetected",
		"The resource property %1 has detected errors of type '%2'." },
	[RF_ERRORS_CORRECTED] = {
		"ResourceEvent.1.4.ResourceErrorsCorrected",
		"The resource property %1 has corrected errors of type '%2'." },
	[RF_MEMORY_UNCORRECTABLE] = {
		"Platform.1.3.MemoryUncorrectableError",
		"Memory device '%1' detected an uncorrectable error." },
	[RF_MEMORY_CONTAINED] = {
		"Platform.1.3.MemoryContainedError",
		"Memory device '%1' contained an uncorrectable error." },
};

/* Puts the arguments where the text has %1 and %2. */
static const char *substitute(struct rf *rf, const char *text,
			      const char *arg1, const char *arg2)
{
	const char *out = "", *arg, *at;

	while (out && (at = strchr(text, '%'))) {
		arg = at[1] == '1' ? arg1 : arg2;
		out = rf_printf(rf, "%s%.*s%s", out, (int)(at - text), text,
				arg ? arg : "");
		text = at + 2;
	}
	return out ? rf_printf(rf, "%s%s", out, text) : NULL;
}

/**
 * rf_message - set MessageId, Message and MessageArgs
 * @arg1: first argument, NULL if the message has none
 * @arg2: second argument, NULL if the message has only one
 */
void rf_message(struct rf *rf, json_t *obj, enum rf_message message,
		const char *arg1, const char *arg2)
{
	const struct message *m = &messages[message];
	json_t *args;

	rf_str(rf, obj, "MessageId", m->id);
	rf_str(rf, obj, "Message", substitute(rf, m->text, arg1, arg2));
	args = rf_arr(rf, obj, "MessageArgs");
	rf_push_str(rf, args, arg1);
	rf_push_str(rf, args, arg2);
}

static void message_media(struct rf *rf, json_t *obj,
			  const struct rf_trouble *trouble, const char *memory)
{
	if (trouble->uncorrected)
		rf_message(rf, obj, RF_MEMORY_UNCORRECTABLE, memory, NULL);
	else
		rf_message(rf, obj, RF_ERRORS_DETECTED, "Status",
			   trouble->type == FABMON_EVENT_TYPE_DRAM ?
			   "corrected DRAM error" : "corrected media error");
}

/**
 * rf_message_trouble - the message for what is wrong with a memory device
 * @memory: identity of the device
 * @uri: the resource whose health it is about
 */
void rf_message_trouble(struct rf *rf, json_t *obj,
			const struct rf_trouble *trouble, const char *memory,
			const char *uri)
{
	static const enum rf_message status[] = {
		[MODEL_OK] = RF_STATUS_OK,
		[MODEL_WARNING] = RF_STATUS_WARNING,
		[MODEL_CRITICAL] = RF_STATUS_CRITICAL,
	};

	switch (trouble->type) {
	case FABMON_EVENT_TYPE_GENERAL_MEDIA:
	case FABMON_EVENT_TYPE_DRAM:
		message_media(rf, obj, trouble, memory);
		break;
	case FABMON_EVENT_TYPE_POISON:
		if (trouble->cleared)
			rf_message(rf, obj, RF_ERRORS_CORRECTED, "Status",
				   "poison");
		else
			rf_message(rf, obj, RF_MEMORY_CONTAINED, memory, NULL);
		break;
	case FABMON_EVENT_TYPE_MEMORY_SPARING:
	case FABMON_EVENT_TYPE_GENERIC:
		if (trouble->severity == MODEL_OK) {
			rf_message(rf, obj, RF_RESOURCE_CHANGED, NULL, NULL);
			break;
		}
		/* fall through */
	case FABMON_EVENT_TYPE_MEMORY_MODULE:
		rf_message(rf, obj, status[trouble->severity], uri,
			   rf_health_name(trouble->severity));
		break;
	case FABMON_EVENT_TYPE_AER_CORRECTABLE:
		rf_message(rf, obj, RF_ERRORS_CORRECTED, "Status",
			   "CXL protocol error");
		break;
	case FABMON_EVENT_TYPE_AER_UNCORRECTABLE:
		rf_message(rf, obj, RF_ERRORS_DETECTED, "Status",
			   "CXL protocol error");
		break;
	case FABMON_EVENT_TYPE_LOST:
	case FABMON_EVENT_TYPE_OVERFLOW:
		rf_message(rf, obj, RF_ERRORS_DETECTED, "Status",
			   "lost health events");
		break;
	default:
		rf_message(rf, obj, RF_RESOURCE_CHANGED, NULL, NULL);
		break;
	}
}
