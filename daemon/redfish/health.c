// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Status: state and health of a resource, and the conditions that explain it.
 *
 * A condition has no memory addresses, although its event had: more clients may
 * read the tree than may see those.
 */
#include "family.h"
#include "health.h"
#include "kernel/knl/names.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

const char *rf_health_name(enum model_severity severity)
{
	switch (severity) {
	case MODEL_CRITICAL:
		return "Critical";
	case MODEL_WARNING:
		return "Warning";
	default:
		return "OK";
	}
}

/**
 * rf_status - set Status; it is returned, borrowed
 */
json_t *rf_status(struct rf *rf, json_t *obj, const char *state,
		  enum model_severity severity)
{
	json_t *status = rf_obj(rf, obj, "Status");

	rf_str(rf, status, "State", state);
	rf_str(rf, status, "Health", rf_health_name(severity));
	return status;
}

/**
 * rf_status_rollup - set the health of a resource with what depends on it
 * @obj: the Status
 */
void rf_status_rollup(struct rf *rf, json_t *obj, enum model_severity severity)
{
	rf_str(rf, obj, "HealthRollup", rf_health_name(severity));
}

/**
 * rf_severity_host - the worst of all devices and ports that are watched
 */
enum model_severity rf_severity_host(const struct rf *rf)
{
	enum model_severity worst = MODEL_OK, severity;
	const struct model_node *node;

	for (node = model_first(rf->model); node; node = node->next) {
		if (model_unwatched_since(rf->model,
					  model_provider_of(node->k.kind)))
			continue;
		if (rf_has_log(node))
			severity = model_node_severity(node);
		else if (node->k.kind == FABMON_NODE_KIND_RDMA_PORT)
			severity = rf_port_severity(node);
		else
			continue;
		if (severity > worst)
			worst = severity;
	}
	return worst;
}

/* Whether a condition is of a partition; without an address, of all. */
static bool concerns(const struct model_node *memdev,
		     const struct model_condition *cond, enum rf_part part)
{
	uint64_t ram = rf_part_size(memdev, RF_RAM);

	if (part == RF_PARTS || !rf_known(cond->dpa))
		return true;
	return part == (cond->dpa < ram ? RF_RAM : RF_PMEM);
}

enum model_severity rf_severity_part(const struct model_node *memdev,
				     enum rf_part part)
{
	enum model_severity worst = MODEL_OK;
	size_t i;

	for (i = 0; i < memdev->n_conditions; i++)
		if (concerns(memdev, &memdev->conditions[i], part) &&
		    memdev->conditions[i].severity > worst)
			worst = memdev->conditions[i].severity;
	return worst;
}

/* The log entry of a condition, with those fields that the condition has. */
static struct model_entry entry_of(const struct model_condition *cond)
{
	return (struct model_entry) {
		.what = cond->what,
		.type = cond->type,
		.severity = cond->severity,
		.after = cond->severity,
		.uncorrected = cond->uncorrected,
	};
}

static void add_condition(struct rf *rf, json_t *list,
			  const struct model_node *dev, const char *uri,
			  const struct model_condition *cond)
{
	const struct model_entry bare = entry_of(cond), *entry;
	json_t *obj = rf_push_obj(rf, list), *oem;

	entry = model_log_by_number(model_log_find(rf->model, dev->ident),
				    cond->number);
	rf_message_entry(rf, obj, entry ? entry : &bare, dev->ident, uri);
	rf_str(rf, obj, "Severity", rf_health_name(cond->severity));
	rf_str(rf, obj, "Timestamp", rf_time(rf, cond->realtime));
	/* the log is added later; nothing but memory keeps it away */
	if (entry)
		rf_str(rf, rf_obj(rf, obj, "LogEntry"), "@odata.id",
		       rf_uri_log_entry(rf, rf_uri_log(rf, dev), entry));
	oem = rf_oem(rf, obj, "Condition");
	if (cond->what == MODEL_EVENT)
		rf_str(rf, oem, "EventType", knl_event_name(cond->type));
	rf_int(rf, oem, "Count", (int64_t)cond->count);
}

/**
 * rf_conditions - set the Conditions of a Status
 * @status: the Status
 * @node: the device, or port of one, that has them
 * @uri: the resource that it belongs to
 * @part: of a memory device, only conditions of this partition; RF_PARTS: all
 */
void rf_conditions(struct rf *rf, json_t *status, const struct model_node *node,
		   const char *uri, enum rf_part part)
{
	const struct model_node *dev = rf_has_log(node) ? node : node->parent;
	const struct model_condition *cond;
	size_t i;

	for (i = 0; status && dev && i < node->n_conditions; i++) {
		cond = &node->conditions[i];
		if (concerns(node, cond, part))
			add_condition(rf, rf_arr(rf, status, "Conditions"),
				      dev, uri, cond);
	}
}
