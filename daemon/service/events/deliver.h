/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* How events get to subscribers, and what of it is on disk meanwhile. */
#ifndef FABMON_EVENT_DELIVER_H
#define FABMON_EVENT_DELIVER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"
#include "event.h"

struct events;
struct subscription;

/* ---- journal.c ---------------------------------------------------------- */

struct event_journal;

int journal_new(struct event_journal **journal, struct events *events);
void journal_free(struct event_journal *journal);
void journal_put(struct event_journal *journal, struct event *event);
void journal_write(struct event_journal *journal);
void journal_ready(struct event_journal *journal);
void journal_delivered(struct event_journal *journal,
		       const struct subscription *sub);
int journal_join(struct event_journal *journal, const struct subscription *sub);
void journal_leave(struct event_journal *journal,
		   const struct subscription *sub);
void journal_replay(struct event_journal *journal);

/* ---- push.c ------------------------------------------------------------- */

struct push;

int push_new(struct push **push, struct subscription *sub);
void push_free(struct push *push);
void push_put(struct push *push, struct event *event, bool sent);
void push_wake(struct push *push);
void push_stop(struct push *push);
void push_lose(struct push *push, uint64_t seq);
struct store_subscriber push_position(const struct push *push);
json_t *push_report(const struct push *push);

/* ---- sse.c -------------------------------------------------------------- */

struct sse;
struct svc_request;
struct svc_stream;

int sse_new(struct svc_stream **stream, struct events *events,
	    json_t *properties, const struct svc_request *request,
	    const char *owner);
void sse_wake(struct sse *stream);
void sse_end(struct sse *stream);

#endif /* FABMON_EVENT_DELIVER_H */
