// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Roles, their privileges, and the privilege that an operation needs: the
 * DMTF's privilege registry (DSP8011, PrivilegeRegistry 1.8.0) for the kinds
 * of resources that the service has.
 */
#include <errno.h>
#include <string.h>

#include "service/protocol/who.h"
#include "privilege.h"

static const struct {
	const char *name;
	unsigned int may;
} roles[SVC_ROLES] = {
	[SVC_ADMINISTRATOR] = {
		"Administrator", SVC_MAY_LOGIN | SVC_MAY_MANAGER |
		SVC_MAY_USERS | SVC_MAY_COMPONENTS | SVC_MAY_SELF,
	},
	[SVC_OPERATOR] = {
		"Operator", SVC_MAY_LOGIN | SVC_MAY_COMPONENTS | SVC_MAY_SELF,
	},
	[SVC_READ_ONLY] = { "ReadOnly", SVC_MAY_LOGIN | SVC_MAY_SELF },
};

/*
 * What it takes to change a resource, any one of the privileges; what is not
 * here is a part of the host or a fabric and takes ConfigureComponents.
 * @read: what it takes to read it, where Login alone is not enough.
 */
static const struct rule {
	const char *type;
	unsigned int change;
	unsigned int read;
} rules[] = {
	{ "AccountService", SVC_MAY_USERS },
	{ "AggregationService", SVC_MAY_MANAGER },
	{ "AggregationSource", SVC_MAY_MANAGER },
	{ "ConnectionMethod", SVC_MAY_MANAGER },
	{ "EventDestination", SVC_MAY_MANAGER | SVC_MAY_SELF },
	{ "EventDestinationCollection", SVC_MAY_MANAGER | SVC_MAY_COMPONENTS },
	{ "EventService", SVC_MAY_MANAGER },
	{ "JsonSchemaFile", SVC_MAY_MANAGER },
	{ "LogEntry", SVC_MAY_MANAGER },
	{ "LogService", SVC_MAY_MANAGER },
	{ "Manager", SVC_MAY_MANAGER },
	{ "ManagerAccount", SVC_MAY_USERS,
	  SVC_MAY_MANAGER | SVC_MAY_USERS | SVC_MAY_SELF },
	{ "ManagerAccountCollection", SVC_MAY_USERS },
	{ "MessageRegistryFile", SVC_MAY_MANAGER },
	{ "Role", SVC_MAY_MANAGER },
	{ "ServiceRoot", SVC_MAY_MANAGER },
	{ "Session", SVC_MAY_MANAGER | SVC_MAY_SELF,
	  SVC_MAY_MANAGER | SVC_MAY_SELF },
	{ "SessionService", SVC_MAY_MANAGER },
};

const char *svc_role_name(enum svc_role role)
{
	return roles[role].name;
}

/**
 * svc_role_parse - the role of a name
 *
 * Return: 0; -EINVAL if there is no such role.
 */
int svc_role_parse(const char *name, enum svc_role *role)
{
	for (*role = 0; *role < SVC_ROLES; (*role)++)
		if (!strcmp(name, roles[*role].name))
			return 0;
	return -EINVAL;
}

unsigned int svc_role_may(enum svc_role role)
{
	return roles[role].may;
}

static const struct rule *rule_find(const char *type, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strlen(rules[i].type) == n &&
		    !strncmp(rules[i].type, type, n))
			return &rules[i];
	return NULL;
}

/**
 * svc_privilege_needed - what it takes to do something to a resource
 * @type: its @odata.type, or NULL where it has none
 *
 * A collection without a rule of its own has that of its members, but for
 * reading. Return: SVC_MAY_*, of which one is enough; SVC_MAY_SELF counts for
 * the resource's owner only.
 */
unsigned int svc_privilege_needed(const char *type, const char *method)
{
	static const char tail[] = "Collection";
	bool read = !strcmp(method, "GET") || !strcmp(method, "HEAD");
	const struct rule *rule;
	size_t n;

	if (!type)
		return read ? SVC_MAY_LOGIN : SVC_MAY_MANAGER;
	type += *type == '#';
	n = strcspn(type, ".");
	rule = rule_find(type, n);
	if (read)
		return rule && rule->read ? rule->read : SVC_MAY_LOGIN;
	if (!rule && n > sizeof(tail) - 1 &&
	    !strncmp(type + n - (sizeof(tail) - 1), tail, sizeof(tail) - 1))
		rule = rule_find(type, n - (sizeof(tail) - 1));
	return rule ? rule->change : SVC_MAY_COMPONENTS;
}
