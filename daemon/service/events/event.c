// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * One event, made into text once for all subscribers, and the payloads that
 * carry events. What differs between subscribers (MemberId, Context) is in the
 * payload.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "redfish/event.h"
#include "util/error.h"
#include "event.h"

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_t *time_now(void)
{
	struct timespec now;
	char date[32] = "";
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (gmtime_r(&now.tv_sec, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	return json_sprintf("%s.%06ldZ", date, now.tv_nsec / 1000);
}

static void default_set(json_t *record, const char *key, json_t *value)
{
	if (json_object_get(record, key))
		json_decref(value);
	else
		json_object_set_new(record, key, value);
}

/**
 * event_new - an event out of a record
 * @group: EventGroupId, 0: none
 * @record: EventId, EventTimestamp and EventGroupId are set if it has none
 * @type: of the resource that it is about, or NULL; copied
 *
 * Return: for event_unref(); NULL without memory, with -ENOMEM as the kept
 * error, or if there is no MessageId.
 */
struct event *event_new(uint64_t seq, uint64_t group, const json_t *record,
			const char *type)
{
	struct event *event = calloc(1, sizeof(*event));
	json_t *own = json_copy((json_t *)record);
	char id[24];

	if (!event || !own)
		goto err_free;
	snprintf(id, sizeof(id), "%" PRIu64, seq);
	default_set(own, "EventId", json_string(id));
	default_set(own, "EventTimestamp", time_now());
	if (group)
		default_set(own, "EventGroupId",
			    json_integer((json_int_t)group));
	json_object_del(own, "MemberId");
	event->refs = 1;
	event->seq = seq;
	event->group = group;
	event->type = copy(type);
	event->message = copy(text_of(own, "MessageId"));
	event->severity = copy(text_of(own, "MessageSeverity"));
	event->origin = copy(text_of(json_object_get(own, "OriginOfCondition"),
				     "@odata.id"));
	event->text = json_dumps(own, JSON_COMPACT);
	if (!event->message || !event->text)
		goto err_free;
	event->size = strlen(event->text);
	json_decref(own);
	return event;

err_free:
	json_decref(own);
	if (event)
		event->refs = 1;
	event_unref(event);
	error_origin(-ENOMEM, "event %" PRIu64 ": cannot be serialised", seq);
	return NULL;
}

/**
 * event_lifecycle - an event: a resource was created, changed or removed
 * @realtime: CLOCK_REALTIME ns, 0: now
 *
 * Else as above.
 */
struct event *event_lifecycle(uint64_t seq, uint64_t group, enum tree_op op,
			      const char *uri, const char *type,
			      uint64_t realtime)
{
	static const char ops[] = {
		[TREE_CREATED] = 'C',
		[TREE_CHANGED] = 'M',
		[TREE_REMOVED] = 'R',
	};
	json_t *record = rf_lifecycle_event(ops[op], uri, realtime);
	struct event *event = NULL;

	if (record)
		event = event_new(seq, group, record, type);
	if (event) {
		event->lifecycle = true;
		event->op = op;
		event->realtime = realtime;
	}
	json_decref(record);
	return event;
}

struct event *event_ref(struct event *event)
{
	event->refs++;
	return event;
}

void event_unref(struct event *event)
{
	if (!event || --event->refs)
		return;
	free(event->origin);
	free(event->type);
	free(event->message);
	free(event->severity);
	free(event->text);
	free(event);
}

/**
 * event_payload - the body of one delivery
 * @count: at least 1; the payload's Id is the number of the last one
 * @context: Context of the subscription
 *
 * Return: malloc()ed JSON on one line, or NULL without memory.
 */
char *event_payload(struct event *const *events, size_t count,
		    const char *context)
{
	json_t *value = json_string(context ? context : "");
	char *quoted = json_dumps(value, JSON_ENCODE_ANY);
	char *text = NULL;
	size_t size, i;
	FILE *out;

	json_decref(value);
	out = quoted ? open_memstream(&text, &size) : NULL;
	if (out) {
		fprintf(out, "{\"@odata.type\":\"#Event.v1_13_0.Event\","
			"\"Id\":\"%" PRIu64 "\",\"Name\":\"Fabric events\","
			"\"Context\":%s,\"Events@odata.count\":%zu,"
			"\"Events\":[", events[count - 1]->seq, quoted, count);
		for (i = 0; i < count; i++)
			fprintf(out, "%s{\"MemberId\":\"%zu\",%s",
				i ? "," : "", i, events[i]->text + 1);
		fputs("]}", out);
		if (fclose(out)) {
			free(text);
			text = NULL;
		}
	}
	free(quoted);
	return text;
}

/**
 * event_resource_type - "Port" of "#Port.v1_18_0.Port"
 *
 * Return: malloc()ed, or NULL if there is none.
 */
char *event_resource_type(const json_t *resource)
{
	const char *type = text_of(resource, "@odata.type");

	if (!type || *type != '#')
		return NULL;
	type++;
	return strndup(type, strcspn(type, "."));
}
