// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Views: what only one OFMF is to see. It is added to a resource when that is
 * read, and is not in the tree, so that a context that an OFMF gives us changes
 * no resource for the others.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "names.h"
#include "util/error.h"
#include "view.h"

#define SUBSCRIPTIONS	RF_PREFIX "/EventService/Subscriptions"
#define SOURCES		RF_PREFIX "/AggregationService/AggregationSources"

/* Sunfish neither makes it nor reads it, but patches its Context. */
static json_t *subscription(const struct rf_view *view)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s}",
			 "@odata.id", RF_SUBSCRIPTION_URI,
			 "@odata.type",
			 "#EventDestination.v1_16_0.EventDestination",
			 "Id", strrchr(RF_SUBSCRIPTION_URI, '/') + 1,
			 "Name", "Sunfish",
			 "Context", view->context ? view->context : "",
			 "Destination",
			 json_sprintf("%s/EventListener", view->url),
			 "EventFormatType", "Event",
			 "Protocol", "Redfish",
			 "SubscriptionType", "RedfishEvent");
}

/* A copy that may be given other values of @key; NULL without memory. */
static json_t *copy_with(const json_t *object, const char *key, json_t *value)
{
	json_t *copy = object ? json_copy((json_t *)object) : json_object();

	if (!json_object_set_new(copy, key, value))
		return copy;
	json_decref(copy);
	return NULL;
}

/* With the subscription before those of others. */
static json_t *subscriptions(const json_t *collection)
{
	json_t *members = json_copy(json_object_get(collection, "Members"));
	json_t *link = json_pack("{s:s}", "@odata.id", RF_SUBSCRIPTION_URI);
	json_t *copy;

	if (json_array_insert_new(members, 0, link)) {
		json_decref(members);
		return NULL;
	}
	copy = copy_with(collection, "Members@odata.count",
			 json_integer((json_int_t)json_array_size(members)));
	if (!json_object_set_new(copy, "Members", members))
		return copy;
	json_decref(copy);
	return NULL;
}

/* The part of the tree that an OFMF takes over. */
static bool is_uploaded(const char *uri, const json_t *resource)
{
	static const char *const roots[] = { "Systems/", "Chassis/",
					     "Fabrics/" };
	size_t i;

	if (!resource || json_object_get(resource, "Members"))
		return false;
	for (i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (!strncmp(uri, RF_ROOT, strlen(RF_ROOT)) &&
		    !strncmp(uri + strlen(RF_ROOT), roots[i],
			     strlen(roots[i])))
			return true;
	return false;
}

/*
 * Sunfish takes what it reads back from us as the whole truth: a resource that
 * does not name its agent has none from then on.
 */
static json_t *stamped(const struct rf_view *view, const json_t *resource)
{
	json_t *agent;

	agent = json_pack("{s:s, s:{s:o}}", "@odata.type",
			  "#SunfishExtensions.v1_0_0.ResourceExtensions",
			  "ManagingAgent", "@odata.id",
			  json_sprintf(SOURCES "/%s", view->context));
	return copy_with(resource, "Oem",
			 copy_with(json_object_get(resource, "Oem"),
				   "Sunfish_RM", agent));
}

static json_t *decorated(const struct rf_view *view, const char *uri,
			 const json_t *resource)
{
	if (!strcmp(uri, RF_SUBSCRIPTION_URI))
		return subscription(view);
	if (resource && !strcmp(uri, SUBSCRIPTIONS))
		return subscriptions(resource);
	if (view->context && is_uploaded(uri, resource))
		return stamped(view, resource);
	return json_incref((json_t *)resource);
}

json_t *rf_view_decorate(const struct rf_view *view, const char *uri,
			 const json_t *resource)
{
	json_t *seen = decorated(view, uri, resource);

	if (!seen && (resource || !strcmp(uri, RF_SUBSCRIPTION_URI)))
		error_origin(-ENOMEM, "%s: no room for what its view adds",
			     uri);
	return seen;
}
