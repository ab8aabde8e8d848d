// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The host is about to be stopped: what a reader looks at first says so. */
#include <string.h>

#include "redfish.h"

/* One resource tells of what is below it. */
static const char *const types[] = {
	"ComputerSystem", "Chassis", "NetworkAdapter", "FabricAdapter",
	"Endpoint",
};

/* "#Chassis.v1_25_0.Chassis" is a Chassis, a collection is none. */
static bool is_marked(const json_t *resource)
{
	const char *type = json_string_value(json_object_get(resource,
							     "@odata.type"));
	size_t i, len;

	for (i = 0; type && i < sizeof(types) / sizeof(types[0]); i++) {
		len = strlen(types[i]);
		if (!strncmp(type + 1, types[i], len) && type[len + 1] == '.')
			return true;
	}
	return false;
}

void rf_mark_offline(json_t *tree)
{
	json_t *resource, *status, *old;
	const char *uri;

	json_object_foreach(tree, uri, resource) {
		if (!is_marked(resource))
			continue;
		old = json_object_get(resource, "Status");
		status = old ? json_copy(old) : json_object();
		json_object_set_new(status, "State",
				    json_string("UnavailableOffline"));
		json_object_set_new(resource, "Status", status);
	}
}
