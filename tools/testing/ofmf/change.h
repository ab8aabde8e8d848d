/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
#ifndef CHANGE_H
#define CHANGE_H

#include <jansson.h>
#include <stdbool.h>
#include <time.h>

struct change_log;

/**
 * struct cause - the event record behind a change
 * @record: the record, NULL when a client's request is the cause
 * @timed: the record had a usable EventTimestamp
 * @latency_ms: arrival of the request minus that timestamp
 */
struct cause {
	const json_t *record;
	bool timed;
	double latency_ms;
};

void cause_init(struct cause *c, const json_t *record,
		const struct timespec *arrival);

/**
 * struct change - one change line
 * @kind: Registered, Reregistered, Created, Changed, Removed, Event, Ignored,
 *	Refused, Reset
 * @uri: resource, or NULL
 * @object: resource for its type and name, or NULL
 * @properties: from diff_properties(), or NULL
 * @note: why, for people, or NULL
 * @cause: event record, or NULL
 * @named: give the record's MessageId and MessageArgs in the line
 */
struct change {
	const char *kind;
	const char *uri;
	const json_t *object;
	const json_t *properties;
	const char *note;
	const struct cause *cause;
	bool named;
};

struct change_log *change_log_new(bool json, bool quiet);
void change_log_free(struct change_log *log);

/* Print @c and keep it. Takes the log's own lock; needs no other. */
void change_emit(struct change_log *log, const struct change *c);

/* The line that says the server is ready; never silenced. */
void change_listening(struct change_log *log, const char *url);

/* A copy of the changes so far, the newest 10000. */
json_t *change_log_dump(struct change_log *log);

#endif
