/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* One event, and for which subscriptions it is. */
#ifndef FABMON_EVENT_H
#define FABMON_EVENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/tree.h"

/* Limits of one payload */
#define EVENT_BATCH_MAX		1024		/* events */
#define EVENT_PUSH_BYTES	(1000u * 1000)	/* DSP0266: at most 1 MiB */
#define EVENT_SSE_BYTES		(64u * 1024)

/**
 * struct event - one event record as text; shared, never changed
 * @seq: its number, which grows with each event and from run to run
 * @group: number of the group of events that has one cause, 0: none
 * @realtime: of the cause, CLOCK_REALTIME ns, 0: unknown
 * @lifecycle: that @origin was created, changed or removed (@op), and nothing
 *	else
 * @origin: OriginOfCondition, or NULL
 * @type: type of that resource without its version, or NULL if unknown
 * @message: MessageId
 * @severity: MessageSeverity, or NULL
 * @text: the record's JSON without MemberId, @size bytes
 */
struct event {
	unsigned int refs;
	uint64_t seq, group, realtime;
	bool lifecycle;
	enum tree_op op;
	char *origin, *type, *message, *severity, *text;
	size_t size;
};

/* ---- event.c ------------------------------------------------------------ */

struct event *event_new(uint64_t seq, uint64_t group, const json_t *record,
			const char *type);
struct event *event_lifecycle(uint64_t seq, uint64_t group, enum tree_op op,
			      const char *uri, const char *type,
			      uint64_t realtime);
struct event *event_ref(struct event *event);
void event_unref(struct event *event);
char *event_payload(struct event *const *events, size_t count,
		    const char *context);
char *event_resource_type(const json_t *resource);

/* ---- filter.c: pure functions ------------------------------------------- */

bool event_message_split(const char *id, size_t *prefix, const char **key);
bool event_wanted(const json_t *properties, const struct event *event);
json_t *event_filter_parse(const char *text);

#endif /* FABMON_EVENT_H */
