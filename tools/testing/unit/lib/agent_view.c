// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What an OFMF has of an agent's host, against what the agent serves. */
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "redfish/redfish.h"

#define R	AGENT_ROOT
#define URI_MAX	AGENT_URI_MAX

static bool differs_at(char *why, size_t size, const char *uri, const char *what)
{
	snprintf(why, size, "%s %s", uri, what);
	return true;
}

/*
 * Without what the OFMF adds. The reference also rewrites what refers to nested
 * collections.
 */
static json_t *bare(const json_t *resource, bool reference)
{
	json_t *copy = json_deep_copy(resource);
	json_t *oem = json_object_get(copy, "Oem"), *value;
	const char *key;
	void *next;

	json_object_del(oem, "Sunfish_RM");
	if (oem && !json_object_size(oem))
		json_object_del(copy, "Oem");
	/*
	 * A PATCH to null is as far as the reference lets one remove; of Links,
	 * to an empty object.
	 */
	json_object_foreach_safe(copy, next, key, value)
		if (json_is_null(value) ||
		    (!strcmp(key, "Links") && !json_object_size(value)) ||
		    (reference && json_object_get(value, "@odata.id")))
			json_object_del(copy, key);
	return copy;
}

static bool one_differs(const char *uri, const json_t *ours,
			const json_t *theirs, bool reference, char *why,
			size_t size)
{
	json_t *a = bare(ours, reference), *b = bare(theirs, reference), *value;
	const char *key;
	bool differs = false;

	json_object_foreach(a, key, value) {
		if (differs || json_equal(value, json_object_get(b, key)))
			continue;
		snprintf(why, size, "%s differs in %s", uri, key);
		differs = true;
	}
	if (!differs && json_object_size(a) != json_object_size(b))
		differs = differs_at(why, size, uri, "has what ours has not");
	json_decref(a);
	json_decref(b);
	return differs;
}

static bool is_own(const char *uri)
{
	static const char *const hosts[] = { "Systems/", "Chassis/",
		"Fabrics/", "AggregationService/ConnectionMethods/" };
	size_t i;

	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++)
		if (!strncmp(uri + strlen(R), hosts[i], strlen(hosts[i])))
			return false;
	return true;
}

static const char *link_of(const json_t *resource, const char *a,
			   const char *b, const char *c)
{
	const json_t *at = json_object_get(resource, a);

	at = b ? json_object_get(at, b) : at;
	at = c ? json_object_get(at, c) : at;
	return json_string_value(json_object_get(at, "@odata.id"));
}

/* A fabric that several have says what the first of them sees. */
static bool is_shared(const json_t *theirs, const struct agent *agent)
{
	const char *type = json_string_value(json_object_get(theirs,
							     "@odata.type"));
	const char *to = link_of(theirs, "Oem", "Sunfish_RM", "ManagingAgent");
	const char *context = agent_context(agent);

	return type && !strncmp(type, "#Fabric.", 8) && to && context &&
	       !strstr(to, context);
}

static bool ours_differ(const struct agent *agent, const json_t *all,
			enum agent_view view, char *why, size_t size)
{
	const json_t *theirs;
	const char *uri;
	json_t *ours;

	json_object_foreach(agent->resources, uri, ours) {
		/* the service's own is no matter of the OFMF's, and entries of
		 * logs it gets as events */
		if (json_object_get(ours, "Members") || is_own(uri) ||
		    strstr(uri, "/Entries/"))
			continue;
		theirs = json_object_get(all, uri);
		if (!theirs)
			return differs_at(why, size, uri, "is not there");
		if (view == AGENT_CONTENTS && strcmp(uri, agent->method) &&
		    !is_shared(theirs, agent) &&
		    one_differs(uri, ours, theirs,
				!agent->standin->conformant, why, size))
			return true;
	}
	return false;
}

static bool theirs_differ(const struct agent *agent, const json_t *all,
			  enum agent_view view, char *why, size_t size)
{
	char source[URI_MAX];
	unsigned int sources = 0;
	const char *uri, *to;
	json_t *theirs;

	snprintf(source, sizeof(source), OFMF_SOURCES "/%s",
		 agent_context(agent) ? agent_context(agent) : "-");
	json_object_foreach((json_t *)all, uri, theirs) {
		to = link_of(theirs, "Links", "ConnectionMethod", NULL);
		if (to && !strcmp(to, agent->method)) {
			sources++;
			if (strcmp(uri, source))
				return differs_at(why, size, uri,
					   "is an AggregationSource of ours");
		}
		to = link_of(theirs, "Oem", "Sunfish_RM", "ManagingAgent");
		if (view == AGENT_CONTENTS && to && !strcmp(to, source) &&
		    !json_object_get(theirs, "Members") &&
		    !json_object_get(agent->resources, uri))
			return differs_at(why, size, uri, "is still there");
	}
	if (sources != 1)
		return differs_at(why, size, source, "is not there");
	return false;
}

/* Each member that we have, once; others' members are among them. */
static bool members_differ(const struct agent *agent, const json_t *all,
			   char *why, size_t size)
{
	const char *uri;
	json_t *ours, *mine, *other;
	size_t i, j, n;

	json_object_foreach(agent->resources, uri, ours) {
		json_t *theirs = json_object_get(json_object_get(all, uri),
						 "Members");

		json_array_foreach(json_object_get(ours, "Members"), i, mine) {
			n = 0;
			if (is_own(json_string_value(json_object_get(mine,
							"@odata.id"))))
				continue;
			json_array_foreach(theirs, j, other)
				n += json_equal(mine, other);
			if (n > 1 || (theirs && !n))
				return differs_at(why, size, uri,
					   "has other Members");
		}
	}
	return false;
}

bool agent_differs(const struct agent *agent, enum agent_view view, char *why,
		   size_t size)
{
	json_t *all = standin_ask(agent->standin, "GET", "/standin/tree");
	bool differs;

	if (!all)
		return differs_at(why, size, agent->standin->url, "does not answer");
	differs = ours_differ(agent, all, view, why, size) ||
		  theirs_differ(agent, all, view, why, size) ||
		  members_differ(agent, all, why, size);
	json_decref(all);
	return differs;
}

size_t agent_received(const struct agent *agent, const char *message,
		  const char *path)
{
	json_t *log = standin_ask(agent->standin, "GET", "/standin/log");
	char want[URI_MAX];
	json_t *entry;
	size_t i, n = 0;

	if (path)
		agent_uri(agent, path, want);
	json_array_foreach(log, i, entry) {
		const char *id = json_string_value(
			json_object_get(entry, "message_id"));
		const char *uri = json_string_value(
			json_object_get(entry, "uri"));

		n += (!message || (id && strstr(id, message))) &&
		     (!path || (uri && !strcmp(uri, want)));
	}
	json_decref(log);
	return n;
}
