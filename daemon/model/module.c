// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The state of a memory device, as its last memory module event reported it
 * (CXL 3.1, 8.2.9.2.1.3). No sysfs file has it, and asking the device takes more
 * privileges than we have.
 */
#include <string.h>

#include "model.h"

/* Outside of these a device does not measure it; percent and degrees. */
#define LIFE_MAX		100
#define TEMPERATURE_MIN		-273
#define TEMPERATURE_MAX		1000

static int64_t number(const struct knl_event *event, int attr)
{
	return knl_event_num(event, attr, -1);
}

void model_module_note(struct model_node *memdev,
		       const struct knl_event *event, uint64_t realtime)
{
	struct model_module *m = &memdev->module;
	int64_t value;

	if (knl_event_num(event, FABMON_A_EVENT_TYPE, 0) !=
	    FABMON_EVENT_TYPE_MEMORY_MODULE)
		return;
	memset(m, 0, sizeof(*m));
	m->known = true;
	m->realtime = realtime;
	m->health = number(event, FABMON_A_EVENT_HEALTH_STATUS);
	m->media = number(event, FABMON_A_EVENT_MEDIA_STATUS);
	m->additional = number(event, FABMON_A_EVENT_ADDITIONAL_STATUS);
	value = number(event, FABMON_A_EVENT_LIFE_USED);
	m->life_used = value <= LIFE_MAX ? (int)value : -1;
	value = knl_event_num(event, FABMON_A_EVENT_TEMPERATURE,
			      TEMPERATURE_MAX);
	m->has_temperature = value >= TEMPERATURE_MIN &&
			     value < TEMPERATURE_MAX;
	m->temperature = m->has_temperature ? (int)value : 0;
	m->dirty_shutdowns = number(event, FABMON_A_EVENT_DIRTY_SHUTDOWNS);
	m->corrected_volatile =
		number(event, FABMON_A_EVENT_CORRECTED_VOLATILE_ERRORS);
	m->corrected_persistent =
		number(event, FABMON_A_EVENT_CORRECTED_PERSISTENT_ERRORS);
}
