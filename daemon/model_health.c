// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Health of memory devices: how bad an event is, and what it leaves behind.
 *
 * A device keeps one condition per event type and severity, so that a flood
 * of corrected errors does not hide an uncorrected one. What is not wrong
 * (MODEL_OK) leaves none.
 */
#include <string.h>

#include "model.h"

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

static enum model_severity worse(enum model_severity a, enum model_severity b)
{
	return a > b ? a : b;
}

/* Others are no matter of a device's health. */
static bool is_health(enum fabmon_event_type type)
{
	switch (type) {
	case FABMON_EVENT_TYPE_MEMORY_ONLINE:
	case FABMON_EVENT_TYPE_MEMORY_OFFLINE:
	case FABMON_EVENT_TYPE_RDMA_ASYNC:
		return false;
	default:
		return true;
	}
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
		return worse(MODEL_WARNING, log_severity(event));
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
		severity = worse(severity, MODEL_CRITICAL);
	if (health & (HEALTH_MAINTENANCE | HEALTH_DEGRADED | HEALTH_CAPACITY))
		severity = worse(severity, MODEL_WARNING);
	if (media == MEDIA_NOT_READY || media == MEDIA_PERSISTENCY_LOST ||
	    media == MEDIA_DATA_LOST || media == MEDIA_DATA_LOSS_IMMINENT)
		severity = worse(severity, MODEL_CRITICAL);
	else if (media)
		severity = worse(severity, MODEL_WARNING);
	severity = worse(severity, trip_severity(STATUS_LIFE(more)));
	severity = worse(severity, trip_severity(STATUS_TEMPERATURE(more)));
	if (STATUS_CORRECTED(more))
		severity = worse(severity, MODEL_WARNING);
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
		return worse(log_severity(event), sparing_severity(event));
	case FABMON_EVENT_TYPE_AER_UNCORRECTABLE:
		return MODEL_CRITICAL;
	case FABMON_EVENT_TYPE_AER_CORRECTABLE:
		/* the link has repeated it; nothing is wrong */
		return MODEL_OK;
	case FABMON_EVENT_TYPE_LOST:
	case FABMON_EVENT_TYPE_OVERFLOW:
		/* says that we do not know, nothing of the device */
		return MODEL_OK;
	case FABMON_EVENT_TYPE_MEMORY_ONLINE:
	case FABMON_EVENT_TYPE_MEMORY_OFFLINE:
	case FABMON_EVENT_TYPE_RDMA_ASYNC:
		return MODEL_OK;
	default:
		return log_severity(event);
	}
}

enum model_severity model_node_severity(const struct model_node *node)
{
	enum model_severity severity = MODEL_OK;
	size_t i;

	for (i = 0; i < node->n_conditions; i++)
		severity = worse(severity, node->conditions[i].severity);
	return severity;
}

static void condition_drop(struct model_node *node, size_t at)
{
	node->n_conditions--;
	memmove(&node->conditions[at], &node->conditions[at + 1],
		(node->n_conditions - at) * sizeof(*node->conditions));
}

/*
 * What an event says is over. A memory module event is the device's whole
 * state and replaces what the last one said; clearing poison undoes the
 * condition only if it is the address that the condition names: there may be
 * others.
 */
static void conditions_expire(struct model_node *node,
			      const struct knl_event *event,
			      enum fabmon_event_type type,
			      enum model_severity severity)
{
	uint64_t dpa = knl_event_num(event, FABMON_A_EVENT_DPA, -1);
	struct model_condition *c;
	size_t i = 0;

	while (i < node->n_conditions) {
		c = &node->conditions[i];
		if (c->type == type &&
		    ((type == FABMON_EVENT_TYPE_MEMORY_MODULE &&
		      c->severity != severity) ||
		     (type == FABMON_EVENT_TYPE_POISON &&
		      severity == MODEL_OK && c->dpa == dpa)))
			condition_drop(node, i);
		else
			i++;
	}
}

static struct model_condition *condition_get(struct model_node *node,
					     enum fabmon_event_type type,
					     enum model_severity severity)
{
	struct model_condition *c;
	size_t i;

	for (i = 0; i < node->n_conditions; i++) {
		c = &node->conditions[i];
		if (c->type == type && c->severity == severity)
			return c;
	}
	/* a type that is newer than this program */
	if (node->n_conditions == MODEL_MAX_CONDITIONS)
		condition_drop(node, 0);
	c = &node->conditions[node->n_conditions++];
	memset(c, 0, sizeof(*c));
	c->type = type;
	c->severity = severity;
	return c;
}

static struct model_node *event_node(const struct model *model,
				     const struct knl_event *event)
{
	uint32_t id = knl_event_num(event, FABMON_A_EVENT_NODE, 0);
	struct model_node *node = NULL;

	if (id)
		node = model_node_by_id(model, id);
	if (!node && event->device)
		node = model_node_by_name(model, FABMON_NODE_KIND_CXL_MEMDEV,
					  event->device);
	if (node && node->k.kind != FABMON_NODE_KIND_CXL_MEMDEV)
		node = NULL;
	return node;
}

struct model_node *model_health(struct model *model,
				const struct knl_event *event,
				uint64_t realtime)
{
	enum fabmon_event_type type = knl_event_num(event, FABMON_A_EVENT_TYPE,
						    0);
	enum model_severity severity = model_event_severity(event);
	struct model_node *node = event_node(model, event);
	struct model_condition *c;

	if (!node || !is_health(type))
		return NULL;
	conditions_expire(node, event, type, severity);
	if (severity == MODEL_OK)
		return node;
	c = condition_get(node, type, severity);
	c->realtime = realtime;
	c->count++;
	c->uncorrected = knl_event_num(event, FABMON_A_EVENT_DESCRIPTOR, 0) &
			 DESC_UNCORRECTABLE;
	c->dpa = knl_event_num(event, FABMON_A_EVENT_DPA, -1);
	return node;
}
