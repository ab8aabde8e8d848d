// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Chassis: the enclosure that adapters and devices are in. */
#include "family.h"
#include "health.h"
#include "rf.h"
#include "uri.h"
#include "value.h"

void rf_chassis_add(struct rf *rf)
{
	const struct model_host *host = rf->host;
	json_t *obj = rf_add(rf, rf_uri_chassis(rf), "Chassis.v1_28_0",
			     host->hostname);

	/* required; a host cannot find out which it is */
	rf_str(rf, obj, "ChassisType", "Other");
	rf_str(rf, obj, "UUID", rf_uuid_host(rf, "Chassis"));
	rf_str(rf, obj, "Manufacturer", host->vendor);
	rf_str(rf, obj, "Model", host->product);
	rf_str(rf, obj, "PowerState", "On");
	rf_status_rollup(rf, rf_status(rf, obj, "Enabled", MODEL_OK),
			 rf_severity_host(rf));
}

void rf_chassis_link(struct rf *rf)
{
	rf_link(rf, rf_uri_chassis(rf), "ComputerSystems", rf_uri_system(rf));
}
