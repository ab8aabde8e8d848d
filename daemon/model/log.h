/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * What happened to devices: a bounded log for each, by identity, so that it
 * goes on when the device comes back under another name.
 *
 * The log is also where health comes from: a device is as ill as the worst
 * entry that nothing later resolved (rule.c). So nothing but the log need
 * be kept for a later run to know it.
 */
#ifndef FABMON_MODEL_LOG_H
#define FABMON_MODEL_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "kernel/knl/event.h"

/* Entries of a device, unless it is set; and most of all devices together. */
#define MODEL_LOG_ENTRIES	64
#define MODEL_LOG_TOTAL		1024
/* What an event may take to be kept whole; the largest known is 600 bytes. */
#define MODEL_RAW_MAX		8192

struct model;

enum model_severity { MODEL_OK, MODEL_WARNING, MODEL_CRITICAL };

/* What happened. The numbers are stored: they never change. */
enum model_what {
	MODEL_EVENT = 1,	/* the kernel's event */
	MODEL_FATAL = 2,	/* an RDMA device has failed */
	MODEL_RENEWED = 3,	/* a driver has started the device anew */
	MODEL_LINK_UP = 4,
	MODEL_LINK_OFF = 5,	/* went down, and was to */
	MODEL_LINK_LOST = 6,	/* went down by itself */
	MODEL_FLAPPING = 7,	/* went up and down too often */
	MODEL_STEADY = 8,	/* no more */
	MODEL_LINK_SLOW = 9,	/* is up, but slower than it was */
};

/**
 * struct model_stamp - when and by which notification something was learned
 * @instance: of the module
 * @seq: sequence number of the notification
 * @boottime: CLOCK_BOOTTIME ns
 * @realtime: CLOCK_REALTIME ns
 */
struct model_stamp {
	uint64_t instance, seq, boottime, realtime;
};

/**
 * struct model_entry - one entry of a log
 * @number: of no other entry, of whatever log, ever
 * @device: identity of the device; the log's
 * @what: what happened
 * @type: MODEL_EVENT: the event's
 * @severity: how bad that is by itself
 * @before: severity of the device, or port, before it
 * @after: severity since
 * @instance: of the module that reported it
 * @seq: of the notification that reported it; several entries may have the same
 * @realtime: CLOCK_REALTIME ns, 0 if unknown
 * @node: the device's node at the time
 * @port: number of the RDMA port, 0: the device
 * @times: MODEL_FLAPPING: how often the link was lost
 * @minutes: MODEL_FLAPPING: within how many minutes
 * @count: the how manieth of its kind since none was left unresolved
 * @raw: MODEL_EVENT: the event, for knl_event_parse(); empty if it had none
 * @uncorrected: MODEL_EVENT: its descriptor says so
 * @dpa: MODEL_EVENT: its address in bytes, or MODEL_NONE
 * @resolved: something later took it away
 * @pinned: the device's health stands on it
 * @saved: it is in the store
 *
 * The members from @uncorrected on follow from those before and from later entries;
 * they are not stored.
 */
struct model_entry {
	uint64_t number;
	const char *device;
	enum model_what what;
	enum fabmon_event_type type;
	enum model_severity severity, before, after;
	uint64_t instance, seq, realtime;
	uint32_t node, port;
	uint32_t times, minutes;
	uint64_t count;
	struct knl_bytes raw;
	bool uncorrected;
	uint64_t dpa;
	bool resolved, pinned, saved;
	TAILQ_ENTRY(model_entry) in_log, in_all;
};

struct model_log;

/**
 * model_log_limit - how much is kept
 * @entries: of a device, at least 1; before anything is put in
 *
 * The oldest goes first, but for those that a device's health stands on, as
 * long as there are others.
 */
void model_log_limit(struct model *model, size_t entries);
size_t model_log_limit_get(const struct model *model);

/* The log of a device; NULL while it has none. Valid until it changes. */
const struct model_log *model_log_find(const struct model *model,
				       const char *device);
size_t model_log_count(const struct model_log *log);
/* Entries, the oldest first. NULL: there is none, or no other. */
const struct model_entry *model_log_first(const struct model_log *log);
const struct model_entry *model_log_next(const struct model_entry *entry);
const struct model_entry *model_log_by_number(const struct model_log *log,
					      uint64_t number);

/* Entries of all logs that have a larger number, in order. */
const struct model_entry *model_log_after(const struct model *model,
					  uint64_t number);
const struct model_entry *model_log_after_next(const struct model_entry *entry);
/* The largest number that was ever given, 0: none. */
uint64_t model_log_last(const struct model *model);

/**
 * model_log_load - put an entry back that an earlier run had
 * @entry: what of it is stored; @entry.raw.data is taken over, also by an error
 *
 * In order of the numbers, before there are nodes. Return: 0; -EBADMSG for one
 * that makes no sense; -ENOMEM.
 */
int model_log_load(struct model *model, const char *device,
		   const struct model_entry *entry);
/* No number up to this will be given, if none was loaded that is larger. */
void model_log_reserve(struct model *model, uint64_t number);

/* The first that is not in the store, for model_log_after_next(); or NULL. */
const struct model_entry *model_log_unsaved(const struct model *model);
/* Numbers of entries that are in the store and in no log any more. */
const uint64_t *model_log_dropped(const struct model *model, size_t *count);
/* Everything is in the store now. */
void model_log_saved(struct model *model);

/*
 * Position in the stream that the log is true at: the last notification that was
 * processed. @instance is 0 before the first.
 */
void model_log_position_set(struct model *model, uint64_t instance,
			    uint64_t seq);
void model_log_position(const struct model *model, uint64_t *instance,
			uint64_t *seq);

#endif /* FABMON_MODEL_LOG_H */
