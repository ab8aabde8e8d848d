// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The action SubmitTestEvent: an event that a client makes up, delivered to all
 * whose subscriptions it fits, as a real one is.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "service/protocol/message.h"
#include "service/protocol/reply.h"
#include "events.h"

#define ACTION		"EventService.SubmitTestEvent"
#define TEXT_MAX	4096		/* bytes of a string */
#define ARGS_MAX	32

/**
 * struct parameter - one that the action takes
 * @check: message for what is wrong with a value; SVC_NONE: nothing
 */
struct parameter {
	const char *name;
	enum svc_message (*check)(const json_t *value);
};

static enum svc_message check_text(const json_t *value)
{
	if (!json_is_string(value))
		return SVC_PARAMETER_TYPE;
	return json_string_length(value) > TEXT_MAX ? SVC_PARAMETER_FORMAT :
						      SVC_NONE;
}

static bool is_listed(const char *const *list, const json_t *value)
{
	for (; *list; list++)
		if (!strcmp(*list, json_string_value(value)))
			return true;
	return false;
}

static enum svc_message check_word(const json_t *value,
				   const char *const *list)
{
	if (!json_is_string(value))
		return SVC_PARAMETER_TYPE;
	return is_listed(list, value) ? SVC_NONE : SVC_PARAMETER_LIST;
}

static enum svc_message check_severity(const json_t *value)
{
	return check_word(value, subscription_severities);
}

static enum svc_message check_event_type(const json_t *value)
{
	static const char *const types[] = {
		"StatusChange", "ResourceUpdated", "ResourceAdded",
		"ResourceRemoved", "Alert", "MetricReport", "Other", NULL
	};

	return check_word(value, types);
}

/* Length of a run of letters and digits, or of digits. */
static size_t run(const char *text, bool digits)
{
	size_t n = 0;

	while (digits ? isdigit((unsigned char)text[n]) :
			isalnum((unsigned char)text[n]))
		n++;
	return n;
}

/* Prefix.Major.Minor.Key (DSP0266, "MessageId format"). */
static enum svc_message check_message(const json_t *value)
{
	const char *text = json_string_value(value);
	enum svc_message wrong = check_text(value);
	unsigned int part;
	size_t n;

	if (wrong != SVC_NONE)
		return wrong;
	for (part = 0; part < 4; part++) {
		n = run(text, part == 1 || part == 2);
		if (!n || text[n] != (part < 3 ? '.' : '\0'))
			return SVC_PARAMETER_FORMAT;
		text += n + 1;
	}
	return SVC_NONE;
}

/* RFC 3339, which subscribers rely on. */
static enum svc_message check_time(const json_t *value)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	const char *text = json_string_value(value);
	size_t i, n;

	if (!text)
		return SVC_PARAMETER_TYPE;
	for (i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)text[i]) :
				     text[i] != form[i])
			return SVC_PARAMETER_FORMAT;
	text += i;
	if (*text == '.') {
		n = run(text + 1, true);
		if (!n || n > 9)
			return SVC_PARAMETER_FORMAT;
		text += n + 1;
	}
	if (!strcmp(text, "Z"))
		return SVC_NONE;
	if ((*text != '+' && *text != '-') || strlen(text) != 6 ||
	    run(text + 1, true) != 2 || text[3] != ':' ||
	    run(text + 4, true) != 2)
		return SVC_PARAMETER_FORMAT;
	return SVC_NONE;
}

static enum svc_message check_origin(const json_t *value)
{
	enum svc_message wrong = check_text(value);

	if (wrong != SVC_NONE)
		return wrong;
	return *json_string_value(value) == '/' ? SVC_NONE :
						  SVC_PARAMETER_FORMAT;
}

/* Up to what JSON's numbers hold without loss everywhere. */
static enum svc_message check_group(const json_t *value)
{
	if (!json_is_integer(value))
		return SVC_PARAMETER_TYPE;
	return json_integer_value(value) < 0 ||
	       json_integer_value(value) > 1LL << 53 ? SVC_PARAMETER_FORMAT :
						       SVC_NONE;
}

static enum svc_message check_args(const json_t *value)
{
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return SVC_PARAMETER_TYPE;
	if (json_array_size(value) > ARGS_MAX)
		return SVC_PARAMETER_FORMAT;
	json_array_foreach(value, i, item)
		if (check_text(item) != SVC_NONE)
			return check_text(item);
	return SVC_NONE;
}

static const struct parameter parameters[] = {
	{ "MessageId", check_message },
	{ "EventGroupId", check_group },
	{ "EventId", check_text },
	{ "EventTimestamp", check_time },
	{ "EventType", check_event_type },
	{ "Message", check_text },
	{ "MessageArgs", check_args },
	{ "MessageSeverity", check_severity },
	{ "OriginOfCondition", check_origin },
	{ "Severity", check_severity },
};

static json_t *value_message(enum svc_message wrong, const char *name,
			     const json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	const char *shown = json_is_string(value) ? json_string_value(value) :
			    text ? text : "";
	const char *const args[SVC_ARGS_MAX] = { shown, name, ACTION };
	json_t *message = svc_message_args(wrong, args, name);

	free(text);
	return message;
}

static json_t *pair_check(const char *name, const json_t *value)
{
	enum svc_message wrong;
	size_t i;

	for (i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
		if (strcmp(parameters[i].name, name))
			continue;
		wrong = parameters[i].check(value);
		return wrong == SVC_NONE ? NULL :
		       value_message(wrong, name, value);
	}
	return svc_message_new(SVC_PARAMETER_UNKNOWN, ACTION, name, name);
}

/* What is wrong with @body, an array of messages, a new reference. */
static json_t *body_check(const json_t *body)
{
	json_t *messages = json_array();
	json_t *value, *message;
	const char *name;

	json_object_foreach((json_t *)body, name, value) {
		message = pair_check(name, value);
		if (message)
			json_array_append_new(messages, message);
	}
	if (!json_object_get(body, "MessageId"))
		json_array_append_new(messages,
				      svc_message_new(SVC_PARAMETER_MISSING,
						      ACTION, "MessageId",
						      "MessageId"));
	return messages;
}

static bool is_test_message(const json_t *id)
{
	const char *text = json_string_value(id), *key;
	size_t prefix;

	return event_message_split(text, &prefix, &key) &&
	       !strncmp(text, "ResourceEvent", prefix) &&
	       !strcmp(key, "TestMessage");
}

/* Where the client left something out, what TestMessage would have. */
static json_t *record_make(const json_t *body)
{
	json_t *record = json_pack("{s:s, s:[], s:s}", "EventType", "Other",
				   "MessageArgs", "MessageSeverity", "OK");
	json_t *origin = json_object_get(body, "OriginOfCondition");

	if (!record)
		return NULL;
	if (is_test_message(json_object_get(body, "MessageId")))
		json_object_set_new(record, "Message",
				    json_string("Test message."));
	json_object_update(record, (json_t *)body);
	if (origin)
		json_object_set_new(record, "OriginOfCondition",
				    json_pack("{s:O}", "@odata.id", origin));
	return record;
}

/**
 * event_test - the action SubmitTestEvent
 * @body: its parameters
 */
void event_test(struct events *events, const json_t *body,
		struct svc_reply *reply)
{
	json_t *messages = body_check(body), *record;

	if (json_array_size(messages)) {
		svc_reply_json(reply, 400, svc_error_new(messages));
		return;
	}
	json_decref(messages);
	record = record_make(body);
	if (record)
		events_record(events, record);
	if (record)
		reply->status = 204;
	else
		svc_reply_error(reply, 500, SVC_INTERNAL, NULL, NULL, NULL);
	json_decref(record);
}
