// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Resources whose provider is not loaded. Their devices are there, in the state
 * that they were in last. How healthy they are, and what their links negotiated,
 * is not known: it is left out, and a condition says since when.
 *
 * Whether the host as a whole is well is not known then, either.
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "value.h"

/*
 * No registry of the DMTF has a message for it. As in its registries, the version
 * is that of the message.
 */
#define NOT_WATCHED	"Fabmon.1.0.NotWatched"

/* What two ends of a link agree upon, and agree upon anew. */
static const char *const negotiated[] = {
	"ActiveMtuBytes", "ActiveWidth", "CurrentSpeedGbps", "FullDuplex",
	"LanesInUse", "LinkStatus", "LogicalState", "PCIeType", "PhysicalState",
	"SignalDetected", "SpeedMbps", "SpeedName",
};

/**
 * rf_of - whose resources are added from now on
 */
void rf_of(struct rf *rf, enum model_provider provider)
{
	rf->since = model_unwatched_since(rf->model, provider);
}

/**
 * rf_unwatched_note - a resource is added
 */
void rf_unwatched_note(struct rf *rf, const char *uri)
{
	if (!rf->since)
		return;
	if (!rf->unwatched)
		rf->unwatched = json_object();
	if (json_object_set_new(rf->unwatched, uri,
				json_integer((json_int_t)rf->since)))
		rf_fail(rf, rf->unwatched, uri);
}

static void drop_negotiated(json_t *value)
{
	json_t *below;
	size_t i;
	const char *key;

	for (i = 0; i < sizeof(negotiated) / sizeof(negotiated[0]); i++)
		json_object_del(value, negotiated[i]);
	json_object_foreach(value, key, below)
		drop_negotiated(below);
	json_array_foreach(value, i, below)
		drop_negotiated(below);
}

static void set_condition(struct rf *rf, json_t *status, uint64_t since)
{
	const char *time = rf_time(rf, since);
	json_t *condition;

	json_object_del(status, "Conditions");
	condition = rf_push_obj(rf, rf_arr(rf, status, "Conditions"));
	rf_str(rf, condition, "MessageId", NOT_WATCHED);
	rf_str(rf, condition, "Message",
	       rf_printf(rf, "Not watched since %s.", time));
	rf_push_str(rf, rf_arr(rf, condition, "MessageArgs"), time);
	rf_str(rf, condition, "Severity", rf_health_name(MODEL_WARNING));
	rf_str(rf, condition, "Resolution",
	       "Load fabmon's kernel modules on the host.");
	rf_str(rf, condition, "Timestamp", time);
}

static void show(struct rf *rf, json_t *obj, uint64_t since)
{
	json_t *status = json_object_get(obj, "Status");

	drop_negotiated(obj);
	if (!status)
		return;
	json_object_del(status, "Health");
	json_object_del(status, "HealthRollup");
	set_condition(rf, status, since);
}

/* All is well as far as is known: that is not to say that all is well. */
static void drop_rollup(json_t *obj)
{
	json_t *status = json_object_get(obj, "Status");
	const char *health;

	health = json_string_value(json_object_get(status, "HealthRollup"));
	if (health && !strcmp(health, rf_health_name(MODEL_OK)))
		json_object_del(status, "HealthRollup");
}

/**
 * rf_unwatched_show - what is not known is left out
 *
 * When all resources are added and linked.
 */
void rf_unwatched_show(struct rf *rf)
{
	const char *uri;
	json_t *obj, *since;

	if (!rf->unwatched)
		return;
	json_object_foreach(rf->tree, uri, obj) {
		rf->about = uri;
		since = json_object_get(rf->unwatched, uri);
		if (since)
			show(rf, obj, json_integer_value(since));
		else
			drop_rollup(obj);
	}
}
