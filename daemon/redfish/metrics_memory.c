// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * MemoryMetrics and EnvironmentMetrics of CXL memory: what the device reported
 * in its last memory module event. A value about one kind of memory is shown
 * for that partition, all others for both.
 */
#include "family.h"
#include "metrics.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

/* CXL 3.1, table 8-133. */
#define HEALTH_DEGRADED		0x02
#define MEDIA_DATA_LOST		0x03
#define ADDITIONAL_TEMPERATURE	0x0c
#define ADDITIONAL_VOLATILE	0x10
#define ADDITIONAL_PERSISTENT	0x20

static void set_trips(struct rf *rf, json_t *health, enum rf_part part,
		      int additional)
{
	int corrected = part == RF_PMEM ? ADDITIONAL_PERSISTENT :
					  ADDITIONAL_VOLATILE;
	json_t *trips;

	if (additional < 0)
		return;
	trips = rf_obj(rf, health, "AlarmTrips");
	rf_bool(rf, trips, "Temperature",
		additional & ADDITIONAL_TEMPERATURE);
	rf_bool(rf, trips, "CorrectableECCError", additional & corrected);
}

static void set_health(struct rf *rf, json_t *obj, enum rf_part part,
		       const struct model_module *m)
{
	json_t *health = rf_obj(rf, obj, "HealthData");

	if (m->life_used >= 0)
		rf_int(rf, health, "PredictedMediaLifeLeftPercent",
		       100 - m->life_used);
	if (m->health >= 0)
		rf_bool(rf, health, "PerformanceDegraded",
			m->health & HEALTH_DEGRADED);
	if (m->media >= 0)
		rf_bool(rf, health, "DataLossDetected",
			m->media == MEDIA_DATA_LOST);
	set_trips(rf, health, part, m->additional);
}

static void set_metrics(struct rf *rf, json_t *obj, enum rf_part part,
			const struct model_module *m)
{
	set_health(rf, obj, part, m);
	if (part == RF_RAM && m->corrected_volatile >= 0)
		rf_int(rf, obj, "CorrectedVolatileErrorCount",
		       m->corrected_volatile);
	if (part == RF_PMEM && m->corrected_persistent >= 0)
		rf_int(rf, obj, "CorrectedPersistentErrorCount",
		       m->corrected_persistent);
	/* what was not written yet can only be lost where it was to stay */
	if (part == RF_PMEM && m->dirty_shutdowns >= 0)
		rf_int(rf, obj, "DirtyShutdownCount", m->dirty_shutdowns);
}

static void set_environment(struct rf *rf, json_t *obj,
			    const struct model_module *m)
{
	if (m->has_temperature)
		rf_int(rf, rf_obj(rf, obj, "TemperatureCelsius"), "Reading",
		       m->temperature);
}

static enum rf_part part_of(enum rf_metrics what)
{
	return what == RF_METRICS_PERSISTENT ||
	       what == RF_METRICS_ENVIRONMENT_PERSISTENT ? RF_PMEM : RF_RAM;
}

int rf_metrics_memory(json_t *resource, const struct model_node *memdev,
		      enum rf_metrics what)
{
	const struct model_module *m = &memdev->module;
	struct rf rf;

	if (!m->known)
		return 0;
	rf_init(&rf, NULL, rf_odata_id(resource));
	if (what == RF_METRICS_VOLATILE || what == RF_METRICS_PERSISTENT)
		set_metrics(&rf, resource, part_of(what), m);
	else
		set_environment(&rf, resource, m);
	rf_str(&rf, rf_oem(&rf, resource, "CxlMemoryMetrics"), "ReportedTime",
	       rf_time(&rf, m->realtime));
	return rf_done(&rf);
}

/**
 * rf_metrics_memory_add - add the placeholders of a partition's metrics
 *
 * Of the environment there is nothing to read before the device measured it.
 */
void rf_metrics_memory_add(struct rf *rf, const struct model_node *memdev,
			   enum rf_part part)
{
	const char *memory = rf_uri_memory(rf, memdev, part);
	const char *uri = rf_uri_memory_metrics(rf, memdev, part);

	rf_add(rf, uri, "MemoryMetrics.v1_8_0", "Memory metrics");
	rf_nav(rf, memory, "Metrics", uri);
	if (!memdev->module.has_temperature)
		return;
	uri = rf_uri_memory_environment(rf, memdev, part);
	rf_add(rf, uri, "EnvironmentMetrics.v1_5_0", "Environment metrics");
	rf_nav(rf, memory, "EnvironmentMetrics", uri);
}
