// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The devices' logs: a LogService for each device that has health, and a
 * LogEntry for each entry. The tree has only a placeholder of an entry: there
 * can be thousands, few are ever read, and the only change is that one is
 * resolved.
 *
 * A CXL device's log is below its logical device, where the schema has it. The
 * schema of NetworkAdapter has no log, so an RDMA device's is one of the
 * system's, under the adapter's id. The chassis could have it, too, but its
 * logs sort before the adapters, and an OFMF gets new resources in the order of
 * their URIs: Sunfish would read the adapter twice, once on the way to its log.
 *
 * A log gets its Entries with the first entry, as no collection here is ever
 * empty (Sunfish follows a link to an empty one, and gets a 404).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "family.h"
#include "health.h"
#include "kernel/knl/event.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/**
 * rf_has_log - whether a node is a device with a log of its own
 */
bool rf_has_log(const struct model_node *node)
{
	return node->ident && (node->k.kind == FABMON_NODE_KIND_CXL_MEMDEV ||
			       node->k.kind == FABMON_NODE_KIND_RDMA_DEV);
}

/* @next: the entry after @obj's; it may be the overflow of the device's log. */
static void set_overflow(struct rf *rf, json_t *obj,
			 const struct model_entry *next)
{
	struct knl_event event;

	if (!next || next->what != MODEL_EVENT ||
	    next->type != FABMON_EVENT_TYPE_OVERFLOW ||
	    knl_event_parse(&next->raw, &event))
		return;
	rf_int(rf, obj, "OverflowErrorCount",
	       knl_event_num(&event, FABMON_A_EVENT_COUNT, 0));
	rf_str(rf, obj, "FirstOverflowTimestamp",
	       rf_time(rf, (uint64_t)knl_event_num(&event,
					FABMON_A_EVENT_FIRST_TIME, 0)));
	rf_str(rf, obj, "LastOverflowTimestamp",
	       rf_time(rf, (uint64_t)knl_event_num(&event,
					FABMON_A_EVENT_LAST_TIME, 0)));
	knl_event_clear(&event);
}

static void add_entry(struct rf *rf, const char *log,
		      const struct model_node *dev,
		      const struct model_entry *entry)
{
	rf_add(rf, rf_uri_log_entry(rf, log, entry), "LogEntry.v1_21_0",
	       rf_printf(rf, "%s entry %llu", dev->k.name,
			 (unsigned long long)entry->number));
}

static void add_log(struct rf *rf, const struct model_node *dev)
{
	const char *uri = rf_uri_log(rf, dev);
	const struct model_entry *entry;
	json_t *obj;

	obj = rf_add(rf, uri, "LogService.v1_9_0",
		     rf_printf(rf, "%s log", dev->k.name));
	if (!obj)
		return;
	rf_str(rf, obj, "LogEntryType", "Event");
	rf_push_str(rf, rf_arr(rf, obj, "LogPurposes"), "Diagnostic");
	rf_count(rf, obj, "MaxNumberOfRecords",
		 model_log_limit_get(rf->model));
	rf_str(rf, obj, "OverWritePolicy", "WrapsWhenFull");
	rf_bool(rf, obj, "Overflow", false);
	rf_bool(rf, obj, "Persistency", true);
	rf_bool(rf, obj, "ServiceEnabled", true);
	rf_status(rf, obj, "Enabled", MODEL_OK);
	rf_str(rf, rf_obj(rf, rf_obj(rf, obj, "Actions"),
			  "#LogService.ClearLog"), "target",
	       rf_printf(rf, "%s/Actions/LogService.ClearLog", uri));
	entry = model_log_first(model_log_find(rf->model, dev->ident));
	for (; entry; entry = model_log_next(entry))
		add_entry(rf, uri, dev, entry);
}

void rf_log_add(struct rf *rf)
{
	const struct model_node *node = model_first(rf->model);

	for (; node; node = node->next)
		if (rf_has_log(node))
			add_log(rf, node);
}

static void link_log(struct rf *rf, const struct model_node *dev)
{
	const char *log = rf_uri_log(rf, dev);

	if (dev->k.kind == FABMON_NODE_KIND_CXL_MEMDEV && rf_get(rf, log))
		rf_nav(rf, rf_uri_logical_device(rf, dev), "Log", log);
}

void rf_log_link(struct rf *rf)
{
	const struct model_node *node = model_first(rf->model);

	for (; node; node = node->next)
		if (rf_has_log(node))
			link_log(rf, node);
}

/* The device whose LogService is at @uri, or NULL. */
static const struct model_node *log_device(struct rf *rf, const char *uri)
{
	const struct model_node *node = model_first(rf->model);
	const char *log;

	for (; node; node = node->next) {
		/* comparing that first saves making the URIs of all nodes */
		if (!rf_has_log(node) || !strstr(uri, node->ident))
			continue;
		log = rf_uri_log(rf, node);
		if (log && !strcmp(log, uri))
			return node;
	}
	return NULL;
}

int rf_log_device(const struct model *model, const char *uri,
		  const char **ident)
{
	const struct model_node *node;
	struct rf rf;
	int ret;

	rf_init(&rf, model, uri);
	node = log_device(&rf, uri);
	ret = rf_done(&rf);
	if (ret)
		return ret;
	if (!node)
		return -ENOENT;
	*ident = node->ident;
	return 0;
}

/* ---- entries, when asked for -------------------------------------------- */

/*
 * EntryType is Event, not CXL, whose Message would be the raw record and which
 * would have no MessageId: a reader is to understand it without CXL's tables.
 */
static void fill_entry(struct rf *rf, json_t *obj,
		       const struct model_node *dev,
		       const struct model_entry *entry)
{
	const char *origin = rf_entry_origin(rf, dev, entry);

	rf_str(rf, obj, "EntryType", "Event");
	rf_str(rf, obj, "Created", rf_time(rf, entry->realtime));
	rf_str(rf, obj, "EventTimestamp", rf_time(rf, entry->realtime));
	rf_int(rf, obj, "EventGroupId", rf_entry_group(entry));
	rf_str(rf, obj, "Severity", rf_health_name(entry->severity));
	rf_message_entry(rf, obj, entry, entry->device,
			 origin ? origin : entry->device);
	if (entry->severity != MODEL_OK)
		rf_bool(rf, obj, "Resolved", entry->resolved);
	rf_bool(rf, obj, "Persistency", true);
	rf_entry_details(rf, obj, entry, false);
	set_overflow(rf, obj, model_log_next(entry));
	if (origin)
		rf_str(rf, rf_obj(rf, rf_obj(rf, obj, "Links"),
				  "OriginOfCondition"), "@odata.id", origin);
}

int rf_log_fill(const struct model *model, const char *uri, json_t *resource)
{
	const char *tail = strstr(uri, "/Entries/");
	const struct model_entry *entry = NULL;
	const struct model_node *dev = NULL;
	const char *log;
	struct rf rf;
	int ret;

	if (!tail)
		return -ENOENT;
	rf_init(&rf, model, uri);
	log = rf_printf(&rf, "%.*s", (int)(tail - uri), uri);
	if (log)
		dev = log_device(&rf, log);
	if (dev)
		entry = model_log_by_number(model_log_find(model, dev->ident),
					    strtoull(tail + strlen("/Entries/"),
						     NULL, 10));
	if (entry)
		fill_entry(&rf, resource, dev, entry);
	ret = rf_done(&rf);
	return ret ? ret : entry ? 0 : -ENOENT;
}
