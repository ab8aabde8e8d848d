// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The properties of a subscription that a client may set: one table for POST
 * and PATCH. Pure functions.
 */
#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "service/protocol/message.h"
#include "service/protocol/protocol.h"
#include "subscription.h"

#define ITEMS_MAX	64		/* of an array */
#define TEXT_MAX	1024		/* bytes of a string */

enum flags { REQUIRED = 1, WRITABLE = 2 };

/**
 * struct property - one that a client may set
 * @check: NULL if the value will do, else a message, a new reference
 * @list: values of a string or of the strings of an array, up to a NULL
 */
struct property {
	const char *name;
	json_t *(*check)(const struct property *property, const json_t *value);
	const char *const *list;
	unsigned int flags;
};

/* Registries that messages of ours are from, or of the EventService itself. */
const char *const subscription_registries[] = {
	"Base", "Fabric", "HeartbeatEvent", "NetworkDevice", "Platform",
	"ResourceEvent", NULL
};

/* Types of the resources that are served. */
const char *const subscription_types[] = {
	"AccountService", "AggregationService", "CXLLogicalDevice", "Chassis",
	"ComputerSystem", "Connection", "ConnectionMethod", "Endpoint",
	"EnvironmentMetrics", "EthernetInterface", "EventDestination",
	"EventService", "Fabric", "FabricAdapter", "LogEntry", "LogService",
	"Manager", "ManagerAccount", "Memory", "MemoryChunks", "MemoryDomain",
	"MemoryMetrics", "MemoryRegion", "MessageRegistryFile",
	"NetworkAdapter", "NetworkAdapterMetrics", "NetworkDeviceFunction",
	"NetworkDeviceFunctionMetrics", "NetworkInterface",
	"PCIeDevice", "PCIeFunction", "Port", "PortMetrics", "Processor",
	"Role", "ServiceRoot", "Session", "SessionService", "Switch",
	"VirtualCXLSwitch", "VirtualPCI2PCIBridge", "Zone", NULL
};

const char *const subscription_severities[] = {
	"OK", "Warning", "Critical", NULL
};

static const char *const formats[] = { "Event", NULL };
static const char *const protocols[] = { "Redfish", NULL };
static const char *const kinds[] = { "RedfishEvent", NULL };
static const char *const policies[] = {
	"TerminateAfterRetries", "SuspendRetries", "RetryForever",
	"RetryForeverWithBackoff", NULL
};

static json_t *refuse(enum svc_message id, const json_t *value,
		      const char *name)
{
	char *text = json_is_string(value) ? NULL :
		     json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
	json_t *message;

	message = svc_message_new(id, text ? text : json_string_value(value),
				  name, name);
	free(text);
	return message;
}

static json_t *check_text(const struct property *p, const json_t *value)
{
	if (!json_is_string(value))
		return refuse(SVC_PROPERTY_TYPE, value, p->name);
	if (json_string_length(value) > TEXT_MAX)
		return svc_message_new(SVC_TEXT_LONG, json_string_value(value),
				       "1024", p->name);
	return NULL;
}

static bool is_listed(const char *const *list, const char *text, size_t len)
{
	for (; *list; list++)
		if (strlen(*list) == len && !strncmp(*list, text, len))
			return true;
	return false;
}

static json_t *check_word(const struct property *p, const json_t *value)
{
	json_t *message = check_text(p, value);

	if (message ||
	    is_listed(p->list, json_string_value(value),
		      json_string_length(value)))
		return message;
	return refuse(SVC_PROPERTY_LIST, value, p->name);
}

static json_t *check_bool(const struct property *p, const json_t *value)
{
	return json_is_boolean(value) ? NULL :
	       refuse(SVC_PROPERTY_TYPE, value, p->name);
}

static json_t *check_minutes(const struct property *p, const json_t *value)
{
	if (!json_is_integer(value))
		return refuse(SVC_PROPERTY_TYPE, value, p->name);
	if (json_integer_value(value) < 1 || json_integer_value(value) > 65535)
		return refuse(SVC_PROPERTY_RANGE, value, p->name);
	return NULL;
}

/* http or https and a host; a password in it would be seen by all who read. */
static bool is_destination(const char *text)
{
	char *scheme = NULL, *host = NULL, *user = NULL, *fragment = NULL;
	CURLU *url = curl_url();
	bool good;

	good = url && !curl_url_set(url, CURLUPART_URL, text, 0) &&
	       !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) &&
	       !curl_url_get(url, CURLUPART_HOST, &host, 0) && *host &&
	       curl_url_get(url, CURLUPART_USER, &user, 0) ==
	       CURLUE_NO_USER &&
	       curl_url_get(url, CURLUPART_FRAGMENT, &fragment, 0) ==
	       CURLUE_NO_FRAGMENT &&
	       (!strcasecmp(scheme, "http") || !strcasecmp(scheme, "https"));
	curl_free(scheme);
	curl_free(host);
	curl_free(user);
	curl_free(fragment);
	curl_url_cleanup(url);
	return good;
}

static json_t *check_destination(const struct property *p, const json_t *value)
{
	json_t *message = check_text(p, value);

	if (message || is_destination(json_string_value(value)))
		return message;
	return refuse(SVC_PROPERTY_FORMAT, value, p->name);
}

/* ---- arrays ------------------------------------------------------------- */

typedef json_t *(*check_item)(const struct property *p, const json_t *item);

static json_t *check_items(const struct property *p, const json_t *value,
			   check_item check)
{
	json_t *item, *message;
	size_t i;

	if (!json_is_array(value))
		return refuse(SVC_PROPERTY_TYPE, value, p->name);
	if (json_array_size(value) > ITEMS_MAX)
		return svc_message_new(SVC_ARRAY_LONG, p->name, "64", p->name);
	json_array_foreach(value, i, item) {
		message = check(p, item);
		if (message)
			return message;
	}
	return NULL;
}

static json_t *check_words(const struct property *p, const json_t *value)
{
	return check_items(p, value, check_word);
}

/* Prefix.Key or Prefix.Major.Minor.Key of a registry that is used. */
static json_t *check_message(const struct property *p, const json_t *item)
{
	json_t *message = check_text(p, item);
	const char *text = json_string_value(item), *key;
	size_t prefix;

	if (message)
		return message;
	if (!event_message_split(text, &prefix, &key))
		return refuse(SVC_PROPERTY_FORMAT, item, p->name);
	if (!is_listed(subscription_registries, text, prefix))
		return refuse(SVC_PROPERTY_LIST, item, p->name);
	return NULL;
}

static json_t *check_messages(const struct property *p, const json_t *value)
{
	return check_items(p, value, check_message);
}

/* What is not there may come. */
static json_t *check_link(const struct property *p, const json_t *item)
{
	const json_t *id = json_object_get(item, "@odata.id");
	static const char root[] = SVC_PREFIX "/";

	if (!json_is_object(item) || json_object_size(item) != 1 ||
	    !json_is_string(id))
		return refuse(SVC_PROPERTY_TYPE, item, p->name);
	if (json_string_length(id) >= SVC_URI_MAX ||
	    strncmp(json_string_value(id), root, strlen(root)))
		return refuse(SVC_PROPERTY_FORMAT, item, p->name);
	return NULL;
}

static json_t *check_links(const struct property *p, const json_t *value)
{
	return check_items(p, value, check_link);
}

/* RFC 9110: a name is a token; those that make up the request are ours. */
static bool is_header(const char *name, const char *value)
{
	static const char *const ours[] = {
		"Connection", "Content-Encoding", "Content-Length",
		"Content-Type", "Expect", "Host", "Keep-Alive", "Te",
		"Trailer", "Transfer-Encoding", "Upgrade",
	};
	const char *c;
	size_t i;

	for (c = name; *c; c++)
		if (!isalnum((unsigned char)*c) &&
		    !strchr("!#$%&'*+-.^_`|~", *c))
			return false;
	for (c = value; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return false;
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcasecmp(name, ours[i]))
			return false;
	return *name && strlen(name) + strlen(value) < TEXT_MAX;
}

/* Values may be secrets: no message repeats them. */
static json_t *check_header(const struct property *p, const json_t *item)
{
	const char *name;
	json_t *value;

	if (!json_object_size(item))
		return svc_message_new(SVC_PROPERTY_VALUE, p->name, NULL,
				       p->name);
	json_object_foreach((json_t *)item, name, value)
		if (!json_is_string(value) ||
		    !is_header(name, json_string_value(value)))
			return svc_message_new(SVC_PROPERTY_VALUE, p->name,
					       NULL, p->name);
	return NULL;
}

static json_t *check_headers(const struct property *p, const json_t *value)
{
	if (!json_is_array(value))
		return svc_message_new(SVC_PROPERTY_VALUE, p->name, NULL,
				       p->name);
	return check_items(p, value, check_header);
}

/* ---- all of it ---------------------------------------------------------- */

static const struct property table[] = {
	{ "Destination", check_destination, NULL, REQUIRED },
	{ "Protocol", check_word, protocols, REQUIRED },
	{ "Name", check_text, NULL, 0 },
	{ "Context", check_text, NULL, WRITABLE },
	{ "SubscriptionType", check_word, kinds, 0 },
	{ "EventFormatType", check_word, formats, 0 },
	{ "RegistryPrefixes", check_words, subscription_registries, 0 },
	{ "ExcludeRegistryPrefixes", check_words, subscription_registries, 0 },
	{ "MessageIds", check_messages, NULL, 0 },
	{ "ExcludeMessageIds", check_messages, NULL, 0 },
	{ "ResourceTypes", check_words, subscription_types, 0 },
	{ "OriginResources", check_links, NULL, 0 },
	{ "SubordinateResources", check_bool, NULL, 0 },
	{ "Severities", check_words, subscription_severities, 0 },
	{ "DeliveryRetryPolicy", check_word, policies, WRITABLE },
	{ "VerifyCertificate", check_bool, NULL, WRITABLE },
	{ "HttpHeaders", check_headers, NULL, WRITABLE },
	{ "SendHeartbeat", check_bool, NULL, 0 },
	{ "HeartbeatIntervalMinutes", check_minutes, NULL, 0 },
};

#define TABLE_SIZE	(sizeof(table) / sizeof(table[0]))

static const struct property *property_find(const char *name)
{
	size_t i;

	for (i = 0; i < TABLE_SIZE; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

/* Annotations are what a client copies along, and are passed over. */
static bool is_annotation(const char *name)
{
	return strchr(name, '@');
}

static json_t *check_pair(const json_t *body, const char *name)
{
	const struct property *property = property_find(name);

	if (!property)
		return svc_message_new(SVC_PROPERTY_UNKNOWN, name, NULL, name);
	return property->check(property, json_object_get(body, name));
}

/* A value that is both wanted and not. */
static bool arrays_meet(const json_t *a, const json_t *b)
{
	json_t *x, *y;
	size_t i, j;

	json_array_foreach(a, i, x)
		json_array_foreach(b, j, y)
			if (json_equal(x, y))
				return true;
	return false;
}

static void check_conflicts(const json_t *body, json_t *messages)
{
	static const char *const pairs[][2] = {
		{ "MessageIds", "ExcludeMessageIds" },
		{ "RegistryPrefixes", "ExcludeRegistryPrefixes" },
	};
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (arrays_meet(json_object_get(body, pairs[i][0]),
				json_object_get(body, pairs[i][1])))
			json_array_append_new(messages,
					      svc_message_new(SVC_PROPERTY_CONFLICT,
							      pairs[i][1],
							      pairs[i][0],
							      pairs[i][1]));
	if (json_object_get(body, "HeartbeatIntervalMinutes") &&
	    !json_is_true(json_object_get(body, "SendHeartbeat")))
		json_array_append_new(messages,
				      svc_message_new(SVC_PROPERTY_CONFLICT,
						      "HeartbeatIntervalMinutes",
						      "SendHeartbeat",
						      "HeartbeatIntervalMinutes"));
}

static void default_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_get(object, key))
		json_decref(value);
	else
		json_object_set_new(object, key, value);
}

static void defaults_set(json_t *properties)
{
	default_set(properties, "Context", json_string(""));
	default_set(properties, "SubscriptionType",
		    json_string("RedfishEvent"));
	default_set(properties, "EventFormatType", json_string("Event"));
	default_set(properties, "DeliveryRetryPolicy",
		    json_string("RetryForeverWithBackoff"));
	default_set(properties, "VerifyCertificate", json_true());
	if (json_is_true(json_object_get(properties, "SendHeartbeat")))
		default_set(properties, "HeartbeatIntervalMinutes",
			    json_integer(10));
}

/**
 * subscription_parse - the properties of a new subscription
 * @messages: set to what is wrong with @body, a new reference; or NULL
 *
 * Return: the properties with their defaults, HttpHeaders among them, a new
 * reference; NULL if anything is wrong.
 */
json_t *subscription_parse(const json_t *body, json_t **messages)
{
	json_t *properties = json_object(), *wrong = json_array();
	const char *name;
	json_t *value, *message;
	size_t i;

	json_object_foreach((json_t *)body, name, value) {
		/* null is what has no value */
		if (is_annotation(name) ||
		    (json_is_null(value) && property_find(name)))
			continue;
		message = check_pair(body, name);
		if (message)
			json_array_append_new(wrong, message);
		else
			json_object_set(properties, name, value);
	}
	for (i = 0; i < TABLE_SIZE; i++)
		if (table[i].flags & REQUIRED &&
		    (!json_object_get(body, table[i].name) ||
		     json_is_null(json_object_get(body, table[i].name))))
			json_array_append_new(wrong,
					      svc_message_new(SVC_PROPERTY_MISSING,
							      table[i].name, NULL,
							      table[i].name));
	check_conflicts(properties, wrong);
	if (!json_array_size(wrong)) {
		json_decref(wrong);
		*messages = NULL;
		defaults_set(properties);
		return properties;
	}
	json_decref(properties);
	*messages = wrong;
	return NULL;
}

/**
 * subscription_parse_changes - what a PATCH may change
 * @resource: that it is of
 * @refused: set to name -> message of what cannot be done, a new reference
 *
 * Return: name -> value of what can, a new reference.
 */
json_t *subscription_parse_changes(const json_t *body, const json_t *resource,
				   json_t **refused)
{
	json_t *changes = json_object();
	const struct property *property;
	const char *name;
	json_t *value, *message;

	*refused = json_object();
	json_object_foreach((json_t *)body, name, value) {
		if (is_annotation(name))
			continue;
		property = property_find(name);
		if (property && property->flags & WRITABLE)
			message = property->check(property, value);
		else
			message = svc_message_new(property ||
						  json_object_get(resource, name) ?
						  SVC_PROPERTY_READ_ONLY :
						  SVC_PROPERTY_UNKNOWN, name,
						  NULL, name);
		if (message)
			json_object_set_new(*refused, name, message);
		else
			json_object_set(changes, name, value);
	}
	return changes;
}
