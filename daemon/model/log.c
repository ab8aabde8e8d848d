// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The devices' logs in memory: one list for each device and one of all, both in
 * order of the numbers. No I/O: store/log.c keeps them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"
#include "util/error.h"

#define DEVICE_MAX	63

TAILQ_HEAD(model_entries, model_entry);

struct model_log {
	char *device;
	struct model_entries entries;
	size_t count;
};

/**
 * struct model_logs - all of them
 * @logs: in order of @device
 * @all: entries of all logs
 * @last: the largest number given
 * @dropped: see model_log_dropped(); @room for as many as are in the store
 */
struct model_logs {
	size_t limit;
	struct model_log **logs;
	size_t n_logs;
	struct model_entries all;
	size_t n_all;
	uint64_t last;
	uint64_t *dropped;
	size_t n_dropped, room;
	uint64_t instance, seq;
};

struct model_logs *model_logs_new(void)
{
	struct model_logs *logs = calloc(1, sizeof(*logs));

	if (!logs) {
		error_origin(-ENOMEM, "model: the logs");
		return NULL;
	}
	logs->limit = MODEL_LOG_ENTRIES;
	TAILQ_INIT(&logs->all);
	return logs;
}

/* ---- logs --------------------------------------------------------------- */

/* Index of the first log whose device is not before @device. */
static size_t log_index(const struct model_logs *logs, const char *device)
{
	size_t low = 0, high = logs->n_logs, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(logs->logs[mid]->device, device) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct model_log *log_find(const struct model_logs *logs,
				  const char *device)
{
	size_t at = log_index(logs, device);

	if (at == logs->n_logs || strcmp(logs->logs[at]->device, device))
		return NULL;
	return logs->logs[at];
}

static struct model_log *log_get(struct model_logs *logs, const char *device)
{
	struct model_log *log = log_find(logs, device), **grown;
	size_t at;

	if (log)
		return log;
	grown = reallocarray(logs->logs, logs->n_logs + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	logs->logs = grown;
	log = calloc(1, sizeof(*log));
	if (log)
		log->device = strdup(device);
	if (!log || !log->device) {
		free(log);
		return NULL;
	}
	TAILQ_INIT(&log->entries);
	at = log_index(logs, device);
	memmove(&grown[at + 1], &grown[at],
		(logs->n_logs - at) * sizeof(*grown));
	grown[at] = log;
	logs->n_logs++;
	return log;
}

static void log_free(struct model_logs *logs, struct model_log *log)
{
	size_t at = log_index(logs, log->device);

	logs->n_logs--;
	memmove(&logs->logs[at], &logs->logs[at + 1],
		(logs->n_logs - at) * sizeof(*logs->logs));
	free(log->device);
	free(log);
}

/* ---- entries ------------------------------------------------------------ */

/*
 * Room is made when an entry gets into the store, so that dropping it cannot
 * fail. @entries: how many are in the store then.
 */
static bool dropped_reserve(struct model_logs *logs, size_t entries)
{
	size_t room = logs->n_dropped + entries;
	uint64_t *grown;

	if (room <= logs->room)
		return true;
	grown = reallocarray(logs->dropped, room, sizeof(*grown));
	if (!grown)
		return false;
	logs->dropped = grown;
	logs->room = room;
	return true;
}

/* Out of its lists; the log stays, though it may be empty. */
static void entry_drop(struct model_logs *logs, struct model_log *log,
		       struct model_entry *entry)
{
	TAILQ_REMOVE(&log->entries, entry, in_log);
	TAILQ_REMOVE(&logs->all, entry, in_all);
	log->count--;
	logs->n_all--;
	if (entry->saved)
		logs->dropped[logs->n_dropped++] = entry->number;
	free(entry->raw.data);
	free(entry);
}

static struct model_entry *first_loose(const struct model_log *log)
{
	struct model_entry *entry;

	TAILQ_FOREACH(entry, &log->entries, in_log)
		if (!entry->pinned)
			return entry;
	return TAILQ_FIRST(&log->entries);
}

/* The oldest of all that can go; not of @keep, which has just been added to. */
static void shrink_all(struct model_logs *logs, const struct model_log *keep)
{
	struct model_entry *entry;
	struct model_log *log;

	TAILQ_FOREACH(entry, &logs->all, in_all)
		if (!entry->pinned)
			break;
	if (!entry)
		entry = TAILQ_FIRST(&logs->all);
	log = log_find(logs, entry->device);
	entry_drop(logs, log, entry);
	if (!log->count && log != keep)
		log_free(logs, log);
}

static bool entry_valid(const struct model_entry *entry)
{
	return entry->what >= MODEL_EVENT && entry->what <= MODEL_LINK_SLOW &&
	       entry->severity <= MODEL_CRITICAL &&
	       entry->before <= MODEL_CRITICAL &&
	       entry->after <= MODEL_CRITICAL;
}

/*
 * What of an event is asked for too often to take it apart each time. Without
 * the event (it was too large to keep, or there was no memory) nothing is known
 * of it but how bad it was.
 */
static int entry_digest(struct model_entry *entry)
{
	struct knl_event event;
	int ret;

	entry->dpa = MODEL_NONE;
	if (!entry->raw.len)
		return 0;
	ret = knl_event_parse(&entry->raw, &event);
	if (ret)
		return ret;
	entry->type = knl_event_num(&event, FABMON_A_EVENT_TYPE, 0);
	entry->uncorrected = knl_event_num(&event, FABMON_A_EVENT_DESCRIPTOR,
					   0) & 1;
	entry->dpa = knl_event_num(&event, FABMON_A_EVENT_DPA, -1);
	knl_event_clear(&event);
	return 0;
}

static void resolve_older(const struct model_log *log,
			  const struct model_entry *entry)
{
	struct model_entry *older;

	TAILQ_FOREACH(older, &log->entries, in_log)
		if (older != entry && !older->resolved &&
		    model_resolves(entry, older))
			older->resolved = true;
}

/* Health stands on the latest of each kind that is unresolved. */
static void pin(struct model_log *log)
{
	struct model_entry *entry, *newer;

	TAILQ_FOREACH_REVERSE(entry, &log->entries, model_entries, in_log) {
		entry->pinned = false;
		if (entry->resolved || entry->severity == MODEL_OK)
			continue;
		newer = TAILQ_NEXT(entry, in_log);
		while (newer && !(newer->pinned &&
				  model_same_kind(newer, entry)))
			newer = TAILQ_NEXT(newer, in_log);
		entry->pinned = !newer;
	}
}

/* Takes over @raw. */
static struct model_entry *entry_new(const struct model_entry *source)
{
	struct model_entry *entry = malloc(sizeof(*entry));

	if (!entry) {
		free(source->raw.data);
		return NULL;
	}
	*entry = *source;
	entry->resolved = false;
	entry->pinned = false;
	return entry;
}

static int entry_insert(struct model_logs *logs, const char *device,
			struct model_entry *entry)
{
	struct model_log *log = log_get(logs, device);

	if (!log)
		return error_origin(-ENOMEM, "log of %s", device);
	entry->device = log->device;
	TAILQ_INSERT_TAIL(&log->entries, entry, in_log);
	TAILQ_INSERT_TAIL(&logs->all, entry, in_all);
	log->count++;
	logs->n_all++;
	logs->last = entry->number;
	resolve_older(log, entry);
	pin(log);
	while (log->count > logs->limit)
		entry_drop(logs, log, first_loose(log));
	while (logs->n_all > MODEL_LOG_TOTAL)
		shrink_all(logs, log);
	return 0;
}

/**
 * model_log_add - a new entry, after all others
 * @source: everything but its number; @source.raw.data is taken over
 *
 * Return: the entry, or NULL without memory.
 */
struct model_entry *model_log_add(struct model *model, const char *device,
				  const struct model_entry *source)
{
	struct model_entry *entry = entry_new(source);

	if (!entry)
		return NULL;
	entry->number = model->logs->last + 1;
	entry->saved = false;
	/* what has no raw bytes is what @source says */
	if (entry->raw.len && entry_digest(entry)) {
		free(entry->raw.data);
		entry->raw = (struct knl_bytes) { 0 };
	}
	if (!entry_insert(model->logs, device, entry))
		return entry;
	free(entry->raw.data);
	free(entry);
	return NULL;
}

int model_log_load(struct model *model, const char *device,
		   const struct model_entry *source)
{
	struct model_entry *entry = entry_new(source);
	int ret;

	if (!entry)
		return error_origin(-ENOMEM, "log of %s: an entry", device);
	entry->saved = true;
	ret = entry_digest(entry);
	if (!ret && (!entry_valid(entry) || !*device ||
		     strlen(device) > DEVICE_MAX ||
		     entry->number <= model->logs->last))
		ret = error_origin(-EBADMSG, "log of %.*s: entry %llu",
				   DEVICE_MAX, device,
				   (unsigned long long)entry->number);
	if (!ret && !dropped_reserve(model->logs, model->logs->n_all + 1))
		ret = error_origin(-ENOMEM, "log of %s: %zu entries", device,
				   model->logs->n_all + 1);
	if (!ret)
		ret = entry_insert(model->logs, device, entry);
	if (!ret)
		return 0;
	free(entry->raw.data);
	free(entry);
	return ret;
}

static void log_clear(struct model_logs *logs, struct model_log *log)
{
	struct model_entry *entry;

	while ((entry = TAILQ_FIRST(&log->entries)))
		entry_drop(logs, log, entry);
	log_free(logs, log);
}

/**
 * model_log_remove - forget all entries of a device
 */
void model_log_remove(struct model *model, const char *device)
{
	struct model_log *log = log_find(model->logs, device);

	if (log)
		log_clear(model->logs, log);
}

void model_logs_free(struct model_logs *logs)
{
	struct model_entry *entry;

	if (!logs)
		return;
	TAILQ_FOREACH(entry, &logs->all, in_all)
		entry->saved = false;
	while (logs->n_logs)
		log_clear(logs, logs->logs[logs->n_logs - 1]);
	free(logs->logs);
	free(logs->dropped);
	free(logs);
}

/* ---- for others --------------------------------------------------------- */

void model_log_limit(struct model *model, size_t entries)
{
	model->logs->limit = entries;
}

size_t model_log_limit_get(const struct model *model)
{
	return model->logs->limit;
}

const struct model_log *model_log_find(const struct model *model,
				       const char *device)
{
	return device ? log_find(model->logs, device) : NULL;
}

size_t model_log_count(const struct model_log *log)
{
	return log ? log->count : 0;
}

const struct model_entry *model_log_first(const struct model_log *log)
{
	return log ? TAILQ_FIRST(&log->entries) : NULL;
}

const struct model_entry *model_log_next(const struct model_entry *entry)
{
	return TAILQ_NEXT(entry, in_log);
}

const struct model_entry *model_log_by_number(const struct model_log *log,
					      uint64_t number)
{
	const struct model_entry *entry;

	if (log)
		TAILQ_FOREACH(entry, &log->entries, in_log)
			if (entry->number == number)
				return entry;
	return NULL;
}

const struct model_entry *model_log_after(const struct model *model,
					  uint64_t number)
{
	const struct model_entry *entry, *next = NULL;

	/* what is asked for is at the end */
	TAILQ_FOREACH_REVERSE(entry, &model->logs->all, model_entries, in_all) {
		if (entry->number <= number)
			break;
		next = entry;
	}
	return next;
}

const struct model_entry *model_log_after_next(const struct model_entry *entry)
{
	return TAILQ_NEXT(entry, in_all);
}

uint64_t model_log_last(const struct model *model)
{
	return model->logs->last;
}

void model_log_reserve(struct model *model, uint64_t number)
{
	if (model->logs->last < number)
		model->logs->last = number;
}

const struct model_entry *model_log_unsaved(const struct model *model)
{
	const struct model_entry *entry, *first = NULL;

	TAILQ_FOREACH_REVERSE(entry, &model->logs->all, model_entries, in_all) {
		if (entry->saved)
			break;
		first = entry;
	}
	return first;
}

const uint64_t *model_log_dropped(const struct model *model, size_t *count)
{
	*count = model->logs->n_dropped;
	return model->logs->dropped;
}

/* Without memory they are written again next time. */
void model_log_saved(struct model *model)
{
	struct model_logs *logs = model->logs;
	struct model_entry *entry;

	logs->n_dropped = 0;
	if (!dropped_reserve(logs, logs->n_all))
		return;
	TAILQ_FOREACH_REVERSE(entry, &logs->all, model_entries, in_all) {
		if (entry->saved)
			break;
		entry->saved = true;
	}
}

void model_log_position_set(struct model *model, uint64_t instance,
			    uint64_t seq)
{
	model->logs->instance = instance;
	model->logs->seq = seq;
}

void model_log_position(const struct model *model, uint64_t *instance,
			uint64_t *seq)
{
	*instance = model->logs->instance;
	*seq = model->logs->seq;
}
