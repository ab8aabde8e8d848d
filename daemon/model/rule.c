// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * How bad an event is, and what takes it away again. Documentation/health.md
 * has the same as a table.
 */
#include <string.h>

#include "model.h"
#include "priv.h"

/* CXL 3.1, table 8-45 and 8-47: memory event descriptor. */
#define DESC_UNCORRECTABLE	0x01
#define DESC_THRESHOLD		0x02

/* CXL 3.1, table 8-133: health status, media status, additional status. */
#define HEALTH_MAINTENANCE	0x01
#define HEALTH_DEGRADED		0x02
#define HEALTH_REPLACE		0x04
#define HEALTH_CAPACITY		0x08
#define MEDIA_NOT_READY		0x01
#define MEDIA_PERSISTENCY_LOST	0x02
#define MEDIA_DATA_LOST		0x03
#define MEDIA_DATA_LOSS_IMMINENT 0x09
#define STATUS_NORMAL		0
#define STATUS_CRITICAL		2
#define STATUS_LIFE(s)		((s) & 3)
#define STATUS_TEMPERATURE(s)	((s) >> 2 & 3)
#define STATUS_CORRECTED(s)	((s) & 0x30)

/* CXL 3.1, 8.2.9.9.4: poison is listed and cleared in units of 64 bytes. */
#define POISON_UNIT		64

/* ---- how bad ------------------------------------------------------------ */

enum model_severity model_worse(enum model_severity a, enum model_severity b)
{
	return a > b ? a : b;
}

/* The device sorts its records by severity into logs. */
static enum model_severity log_severity(const struct knl_event *event)
{
	switch (knl_event_num(event, FABMON_A_EVENT_LOG,
			      FABMON_EVENT_LOG_INFO)) {
	case FABMON_EVENT_LOG_FATAL:
	case FABMON_EVENT_LOG_FAILURE:
		return MODEL_CRITICAL;
	case FABMON_EVENT_LOG_WARNING:
		return MODEL_WARNING;
	default:
		return MODEL_OK;
	}
}

static enum model_severity media_severity(const struct knl_event *event)
{
	int64_t desc = knl_event_num(event, FABMON_A_EVENT_DESCRIPTOR, 0);

	if (desc & DESC_UNCORRECTABLE)
		return MODEL_CRITICAL;
	if (desc & DESC_THRESHOLD)
		return model_worse(MODEL_WARNING, log_severity(event));
	return log_severity(event);
}

static enum model_severity trip_severity(unsigned int trip)
{
	if (trip == STATUS_NORMAL)
		return MODEL_OK;
	return trip == STATUS_CRITICAL ? MODEL_CRITICAL : MODEL_WARNING;
}

static enum model_severity module_severity(const struct knl_event *event)
{
	int64_t health = knl_event_num(event, FABMON_A_EVENT_HEALTH_STATUS, 0);
	int64_t media = knl_event_num(event, FABMON_A_EVENT_MEDIA_STATUS, 0);
	int64_t more = knl_event_num(event, FABMON_A_EVENT_ADDITIONAL_STATUS,
				     0);
	enum model_severity severity = log_severity(event);

	if (health & HEALTH_REPLACE)
		severity = model_worse(severity, MODEL_CRITICAL);
	if (health & (HEALTH_MAINTENANCE | HEALTH_DEGRADED | HEALTH_CAPACITY))
		severity = model_worse(severity, MODEL_WARNING);
	if (media == MEDIA_NOT_READY || media == MEDIA_PERSISTENCY_LOST ||
	    media == MEDIA_DATA_LOST || media == MEDIA_DATA_LOSS_IMMINENT)
		severity = model_worse(severity, MODEL_CRITICAL);
	else if (media)
		severity = model_worse(severity, MODEL_WARNING);
	severity = model_worse(severity, trip_severity(STATUS_LIFE(more)));
	severity = model_worse(severity, trip_severity(STATUS_TEMPERATURE(more)));
	if (STATUS_CORRECTED(more))
		severity = model_worse(severity, MODEL_WARNING);
	return severity;
}

/* CXL 3.2, table 8-60: anything but success leaves the fault where it is. */
static enum model_severity sparing_severity(const struct knl_event *event)
{
	return knl_event_num(event, FABMON_A_EVENT_RESULT, 0) ?
	       MODEL_WARNING : MODEL_OK;
}

/**
 * model_event_severity - how bad an event is by itself
 *
 * Poison is a warning: the error is contained, reading the address is refused.
 */
enum model_severity model_event_severity(const struct knl_event *event)
{
	switch (knl_event_num(event, FABMON_A_EVENT_TYPE, 0)) {
	case FABMON_EVENT_TYPE_GENERAL_MEDIA:
	case FABMON_EVENT_TYPE_DRAM:
		return media_severity(event);
	case FABMON_EVENT_TYPE_MEMORY_MODULE:
		return module_severity(event);
	case FABMON_EVENT_TYPE_POISON:
		return knl_event_num(event, FABMON_A_EVENT_POISON_OP,
				     FABMON_POISON_OP_LIST) ==
		       FABMON_POISON_OP_CLEAR ? MODEL_OK : MODEL_WARNING;
	case FABMON_EVENT_TYPE_MEMORY_SPARING:
		return model_worse(log_severity(event), sparing_severity(event));
	case FABMON_EVENT_TYPE_AER_UNCORRECTABLE:
		return MODEL_CRITICAL;
	case FABMON_EVENT_TYPE_AER_CORRECTABLE:
		/* the link has repeated it; nothing is wrong */
		return MODEL_OK;
	case FABMON_EVENT_TYPE_LOST:
	case FABMON_EVENT_TYPE_OVERFLOW:
		/* events are missing; of the device nothing is known */
		return MODEL_OK;
	case FABMON_EVENT_TYPE_MEMORY_ONLINE:
	case FABMON_EVENT_TYPE_MEMORY_OFFLINE:
	case FABMON_EVENT_TYPE_RDMA_ASYNC:
		/* no matter of health by themselves */
		return MODEL_OK;
	default:
		return log_severity(event);
	}
}

/* ---- what takes it away ------------------------------------------------- */

/**
 * model_same_kind - whether of two entries the later one speaks for both
 *
 * By severity too, so that a flood of corrected errors does not hide one that
 * was not.
 */
bool model_same_kind(const struct model_entry *a, const struct model_entry *b)
{
	return a->what == b->what && a->type == b->type &&
	       a->port == b->port && a->severity == b->severity;
}

static bool is_media(const struct model_entry *entry)
{
	return entry->type == FABMON_EVENT_TYPE_GENERAL_MEDIA ||
	       entry->type == FABMON_EVENT_TYPE_DRAM;
}

/*
 * Clearing poison writes the address anew: what could not be read there can be
 * read again. Both without an address (nobody with the capability listened) are
 * not the same one.
 */
static bool poison_resolves(const struct model_entry *entry,
			    const struct model_entry *older)
{
	struct knl_event event;
	uint64_t length;
	bool cleared;

	if (older->type != FABMON_EVENT_TYPE_POISON &&
	    !(is_media(older) && older->uncorrected))
		return false;
	if (entry->dpa == MODEL_NONE || older->dpa == MODEL_NONE ||
	    older->dpa / POISON_UNIT < entry->dpa / POISON_UNIT)
		return false;
	if (knl_event_parse(&entry->raw, &event))
		return false;
	length = knl_event_num(&event, FABMON_A_EVENT_LENGTH, POISON_UNIT);
	cleared = knl_event_num(&event, FABMON_A_EVENT_POISON_OP,
				FABMON_POISON_OP_LIST) ==
		  FABMON_POISON_OP_CLEAR;
	knl_event_clear(&event);
	if (length < POISON_UNIT)
		length = POISON_UNIT;
	return cleared && older->dpa / POISON_UNIT - entry->dpa / POISON_UNIT <
			  length / POISON_UNIT;
}

/* Whether the part that was replaced is the one that the older event names. */
static bool same_part(const struct knl_event *spared,
		      const struct knl_event *older)
{
	static const int where[] = {
		FABMON_A_EVENT_CHANNEL, FABMON_A_EVENT_SUB_CHANNEL,
		FABMON_A_EVENT_RANK, FABMON_A_EVENT_BANK_GROUP,
		FABMON_A_EVENT_BANK, FABMON_A_EVENT_ROW,
		FABMON_A_EVENT_COLUMN, FABMON_A_EVENT_NIBBLE_MASK,
	};
	bool some = false;
	size_t i;

	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		if (!spared->has[where[i]])
			continue;
		if (!older->has[where[i]] ||
		    older->num[where[i]] != spared->num[where[i]])
			return false;
		some = true;
	}
	return some;
}

static bool sparing_resolves(const struct model_entry *entry,
			     const struct model_entry *older)
{
	struct knl_event spared, before;
	bool same;

	if (older->type != FABMON_EVENT_TYPE_MEMORY_SPARING &&
	    !is_media(older))
		return false;
	if (knl_event_parse(&entry->raw, &spared))
		return false;
	if (knl_event_parse(&older->raw, &before)) {
		knl_event_clear(&spared);
		return false;
	}
	same = !knl_event_num(&spared, FABMON_A_EVENT_RESULT, 0) &&
	       same_part(&spared, &before);
	knl_event_clear(&spared);
	knl_event_clear(&before);
	return same;
}

static bool event_resolves(const struct model_entry *entry,
			   const struct model_entry *older)
{
	if (older->what != MODEL_EVENT)
		return false;
	switch (entry->type) {
	case FABMON_EVENT_TYPE_MEMORY_MODULE:
		/* it is the whole state, as the device sees it */
		return older->type == FABMON_EVENT_TYPE_MEMORY_MODULE;
	case FABMON_EVENT_TYPE_POISON:
		return poison_resolves(entry, older);
	case FABMON_EVENT_TYPE_MEMORY_SPARING:
		return sparing_resolves(entry, older);
	default:
		return false;
	}
}

/* What is over when a driver has started the device anew. */
static bool is_transient(const struct model_entry *entry)
{
	return entry->what == MODEL_FATAL ||
	       (entry->what == MODEL_EVENT &&
		entry->type == FABMON_EVENT_TYPE_AER_UNCORRECTABLE);
}

/**
 * model_resolves - whether an entry takes away the fault that an older one reported
 */
bool model_resolves(const struct model_entry *entry,
		    const struct model_entry *older)
{
	switch (entry->what) {
	case MODEL_EVENT:
		return event_resolves(entry, older);
	case MODEL_RENEWED:
		return is_transient(older);
	case MODEL_LINK_UP:
	case MODEL_LINK_OFF:
	case MODEL_LINK_LOST:
	case MODEL_LINK_SLOW:
		return (older->what == MODEL_LINK_LOST ||
			older->what == MODEL_LINK_SLOW) &&
		       older->port == entry->port;
	case MODEL_STEADY:
		return older->what == MODEL_FLAPPING &&
		       older->port == entry->port;
	default:
		return false;
	}
}

/**
 * model_outlived - whether an entry is of an earlier life of a device that is
 * there and driven
 */
bool model_outlived(const struct model_entry *entry,
		    const struct model_node *node, uint64_t instance)
{
	return !entry->resolved && is_transient(entry) &&
	       (entry->instance != instance || entry->node != node->k.id);
}
