/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Health of devices and ports: what is wrong with them now.
 *
 * What happens is put into the logs (log.h), and the conditions of a device are
 * the entries that nothing has resolved.
 */
#ifndef FABMON_MODEL_HEALTH_H
#define FABMON_MODEL_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/knl/event.h"
#include "log.h"

#define MODEL_MAX_CONDITIONS	16

/* One thing that is wrong with a device or port: an entry that is pinned. */
struct model_condition {
	uint64_t number;		/* of the entry; 0: none */
	enum model_what what;
	enum fabmon_event_type type;
	enum model_severity severity;
	uint64_t realtime;		/* ns, of the latest */
	uint64_t count;			/* how often, until the latest */
	bool uncorrected;
	uint64_t dpa;			/* bytes or MODEL_NONE */
};

/*
 * The state of a memory device, as its last memory module event reported it.
 * Numbers are -1 where it did not.
 */
struct model_module {
	bool known;			/* there was such an event */
	uint64_t realtime;		/* ns, 0: unknown */
	/* CXL 3.1, table 8-133: as the device encodes them */
	int health, media, additional;
	int life_used;			/* percent */
	bool has_temperature;
	int temperature;		/* degrees Celsius */
	int64_t dirty_shutdowns;
	int64_t corrected_volatile, corrected_persistent;
};

struct model_node;

/*
 * The functions that put entries into the logs want devices that are identified.
 * They return whether the tree has something new to show.
 */

/**
 * model_health - an event
 * @cause: of its message
 */
bool model_health(struct model *model, const struct knl_event *event,
		  uint32_t cause, const struct model_stamp *stamp);
/* The device that an event is about; NULL: none that has health. */
struct model_node *model_event_device(const struct model *model,
				      const struct knl_event *event);

/**
 * model_health_node - a node came or changed
 * @node: the node; it may be ahead of
 * @k: what it was then
 * @cause: of the message
 */
bool model_health_node(struct model *model, struct model_node *node,
		       const struct knl_node *k, uint32_t cause,
		       const struct model_stamp *stamp);

/**
 * model_health_settle - nothing is missing between the log and the nodes
 *
 * Call after model_identify(), when all that was to be replayed has been: what
 * the logs have of devices that are new is made theirs, and where it cannot be
 * true any more, an entry says so.
 */
bool model_health_settle(struct model *model, const struct model_stamp *stamp);

/* Empties a device's log: all is well then. @device: identity. */
bool model_health_clear(struct model *model, const char *device);

/* Keeps the state that a memory module event reports; others report none. */
void model_module_note(struct model_node *memdev,
		       const struct knl_event *event, uint64_t realtime);
enum model_severity model_node_severity(const struct model_node *node);
enum model_severity model_event_severity(const struct knl_event *event);

#endif /* FABMON_MODEL_HEALTH_H */
