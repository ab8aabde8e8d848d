// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Health of devices and ports: what happens goes into the device's log, and
 * what nothing resolved there is what is wrong with the device.
 *
 * A CXL memory device has its conditions itself. An RDMA device has those of
 * the whole device, and each of its ports its own.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"

enum model_severity model_node_severity(const struct model_node *node)
{
	enum model_severity severity = MODEL_OK;
	size_t i;

	for (i = 0; i < node->n_conditions; i++)
		severity = model_worse(severity, node->conditions[i].severity);
	return severity;
}

static bool is_device(const struct model_node *node)
{
	return node->k.kind == FABMON_NODE_KIND_CXL_MEMDEV ||
	       node->k.kind == FABMON_NODE_KIND_RDMA_DEV;
}

/* The node that an entry of a device's log is about; NULL: it is not there. */
static struct model_node *target_of(struct model_node *dev, uint32_t port)
{
	struct model_slot *slot = ((struct model_slot *)dev)->children;

	if (!port)
		return dev;
	while (slot && (slot->node.k.kind != FABMON_NODE_KIND_RDMA_PORT ||
			slot->node.k.port.number != port))
		slot = slot->sibling;
	return slot ? &slot->node : NULL;
}

static void conditions_clear(struct model_node *dev)
{
	struct model_slot *slot = ((struct model_slot *)dev)->children;

	dev->n_conditions = 0;
	for (; slot; slot = slot->sibling)
		if (slot->node.k.kind == FABMON_NODE_KIND_RDMA_PORT)
			slot->node.n_conditions = 0;
}

/* From the log, in its order. */
static void conditions_renew(const struct model *model, struct model_node *dev)
{
	const struct model_log *log = model_log_find(model, dev->ident);
	const struct model_entry *entry = model_log_first(log);
	struct model_node *node;

	conditions_clear(dev);
	for (; entry; entry = model_log_next(entry)) {
		node = entry->pinned ? target_of(dev, entry->port) : NULL;
		if (!node || node->n_conditions == MODEL_MAX_CONDITIONS)
			continue;
		node->conditions[node->n_conditions++] =
			(struct model_condition) {
				.number = entry->number,
				.what = entry->what,
				.type = entry->type,
				.severity = entry->severity,
				.realtime = entry->realtime,
				.count = entry->count,
				.uncorrected = entry->uncorrected,
				.dpa = entry->dpa,
			};
	}
}

static uint64_t count_of(const struct model_node *node,
			 const struct model_entry *entry)
{
	const struct model_condition *c;
	size_t i;

	for (i = 0; i < node->n_conditions; i++) {
		c = &node->conditions[i];
		if (c->what == entry->what && c->type == entry->type &&
		    c->severity == entry->severity)
			return c->count + 1;
	}
	return 1;
}

/**
 * model_happen - put an entry into a device's log, and renew the conditions
 * @dev: the device, identified
 * @source: what, severity, node, port and what goes with them; raw.data is
 *	taken over
 *
 * Return: whether there is an entry; no memory is the one reason why not.
 */
bool model_happen(struct model *model, struct model_node *dev,
		  struct model_entry *source, const struct model_stamp *stamp)
{
	struct model_node *node = target_of(dev, source->port);
	struct model_entry *entry;

	if (!node)
		node = dev;
	if (!dev->settled)
		conditions_renew(model, dev);
	source->instance = stamp->instance;
	source->seq = stamp->seq;
	source->realtime = stamp->realtime;
	source->before = model_node_severity(node);
	source->count = count_of(node, source);
	if (!source->raw.len)
		source->dpa = MODEL_NONE;
	entry = model_log_add(model, dev->ident, source);
	if (!entry)
		return false;
	conditions_renew(model, dev);
	entry->after = model_node_severity(node);
	return true;
}

/* ---- events ------------------------------------------------------------- */

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
	return node;
}

struct model_node *model_event_device(const struct model *model,
				      const struct knl_event *event)
{
	struct model_node *node = event_node(model, event);

	if (node && node->k.kind == FABMON_NODE_KIND_RDMA_PORT)
		node = node->parent;
	return node && is_device(node) ? node : NULL;
}

/* Those that are a matter of health. */
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

static void keep_raw(struct model_entry *entry, const struct knl_event *event)
{
	if (!event->raw.len || event->raw.len > MODEL_RAW_MAX)
		return;
	entry->raw.data = malloc(event->raw.len);
	if (!entry->raw.data)
		return;
	memcpy(entry->raw.data, event->raw.data, event->raw.len);
	entry->raw.len = event->raw.len;
}

static bool memory_event(struct model *model, struct model_node *memdev,
			 const struct knl_event *event,
			 const struct model_stamp *stamp)
{
	struct model_entry entry = {
		.what = MODEL_EVENT,
		.type = knl_event_num(event, FABMON_A_EVENT_TYPE, 0),
		.severity = model_event_severity(event),
		.node = knl_event_num(event, FABMON_A_EVENT_NODE,
				      memdev->k.id),
	};

	if (!is_health(entry.type))
		return false;
	keep_raw(&entry, event);
	model_module_note(memdev, event, stamp->realtime);
	return model_happen(model, memdev, &entry, stamp);
}

/* Several ports can report one failure; it is one. */
static bool fatal_event(struct model *model, struct model_node *dev,
			const struct model_stamp *stamp)
{
	struct model_entry entry = {
		.what = MODEL_FATAL,
		.severity = MODEL_CRITICAL,
		.node = dev->k.id,
	};
	size_t i;

	for (i = 0; i < dev->n_conditions; i++)
		if (dev->conditions[i].what == MODEL_FATAL)
			return false;
	return model_happen(model, dev, &entry, stamp);
}

bool model_health(struct model *model, const struct knl_event *event,
		  uint32_t cause, const struct model_stamp *stamp)
{
	struct model_node *dev = model_event_device(model, event);
	struct model_node *node = event_node(model, event);
	bool news = false;

	if (!dev || !dev->ident)
		return false;
	if (dev->k.kind == FABMON_NODE_KIND_CXL_MEMDEV)
		return memory_event(model, dev, event, stamp);
	if (cause & FABMON_CAUSE_DEVICE_FATAL)
		news = fatal_event(model, dev, stamp);
	if (node != dev)
		news |= model_link_event(model, node, cause, stamp);
	return news;
}

/* ---- nodes -------------------------------------------------------------- */

static bool renew(struct model *model, struct model_node *dev,
		  const struct model_stamp *stamp)
{
	struct model_entry entry = {
		.what = MODEL_RENEWED, .node = dev->k.id,
	};

	return model_happen(model, dev, &entry, stamp);
}

static bool has_transient(const struct model_node *dev)
{
	const struct model_condition *c;
	size_t i;

	for (i = 0; i < dev->n_conditions; i++) {
		c = &dev->conditions[i];
		if (c->what == MODEL_FATAL ||
		    (c->what == MODEL_EVENT &&
		     c->type == FABMON_EVENT_TYPE_AER_UNCORRECTABLE))
			return true;
	}
	return false;
}

bool model_health_node(struct model *model, struct model_node *node,
		       const struct knl_node *k, uint32_t cause,
		       const struct model_stamp *stamp)
{
	struct model_node *dev = node;
	bool news = false;

	if (node->k.kind == FABMON_NODE_KIND_RDMA_PORT)
		dev = node->parent;
	if (!dev || !is_device(dev) || !dev->ident)
		return false;
	if (cause & FABMON_CAUSE_DEVICE_FATAL)
		news = fatal_event(model, dev, stamp);
	if (node != dev)
		return model_link_observe(model, node, k, stamp) || news;
	if (cause & FABMON_CAUSE_BIND && k->driver && has_transient(dev))
		news |= renew(model, dev, stamp);
	return news;
}

/* Something that is over with an earlier life of the device. */
static bool outlived(const struct model *model, const struct model_node *dev,
		     uint64_t instance)
{
	const struct model_log *log = model_log_find(model, dev->ident);
	const struct model_entry *entry = model_log_first(log);

	if (dev->k.kind == FABMON_NODE_KIND_CXL_MEMDEV && !dev->k.driver)
		return false;
	while (entry && !model_outlived(entry, dev, instance))
		entry = model_log_next(entry);
	return entry;
}

/* The last memory module event of a device, of this run or an earlier one. */
static void module_recall(const struct model *model, struct model_node *memdev)
{
	const struct model_log *log = model_log_find(model, memdev->ident);
	const struct model_entry *entry = model_log_first(log), *last = NULL;
	struct knl_event event;

	for (; entry; entry = model_log_next(entry))
		if (entry->what == MODEL_EVENT &&
		    entry->type == FABMON_EVENT_TYPE_MEMORY_MODULE)
			last = entry;
	if (!last || knl_event_parse(&last->raw, &event))
		return;
	model_module_note(memdev, &event, last->realtime);
	knl_event_clear(&event);
}

bool model_health_settle(struct model *model, const struct model_stamp *stamp)
{
	struct model_node *node;
	bool news = false;

	for (node = model_first(model); node; node = node->next) {
		if (!is_device(node) || !node->ident || node->settled)
			continue;
		node->settled = true;
		conditions_renew(model, node);
		if (node->k.kind == FABMON_NODE_KIND_CXL_MEMDEV)
			module_recall(model, node);
		if (outlived(model, node, stamp->instance))
			news |= renew(model, node, stamp);
	}
	for (node = model_first(model); node; node = node->next)
		if (node->k.kind == FABMON_NODE_KIND_RDMA_PORT &&
		    node->parent && node->parent->ident)
			news |= model_link_settle(model, node, stamp);
	return news;
}

bool model_health_clear(struct model *model, const char *device)
{
	struct model_node *node = model_first(model);

	if (!model_log_find(model, device))
		return false;
	model_log_remove(model, device);
	for (; node; node = node->next)
		if (is_device(node) && node->ident &&
		    !strcmp(node->ident, device))
			conditions_renew(model, node);
	return true;
}
