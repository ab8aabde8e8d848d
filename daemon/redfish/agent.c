// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Resources of the agent itself: the service root, sessions, accounts, events
 * and aggregation.
 *
 * They are served, but not uploaded, and no resource that is uploaded links to
 * them: Sunfish answers 500 to a tree that has links to the agent's services.
 */
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

#define SESSIONS	RF_PREFIX "/SessionService"
#define ACCOUNTS	RF_PREFIX "/AccountService"
#define EVENTS		RF_PREFIX "/EventService"
#define AGGREGATION	RF_PREFIX "/AggregationService"

static void protocol_features(struct rf *rf, json_t *root)
{
	json_t *features = rf_obj(rf, root, "ProtocolFeaturesSupported");
	json_t *expand = rf_obj(rf, features, "ExpandQuery");
	json_t *deep = rf_obj(rf, features, "DeepOperations");

	rf_bool(rf, features, "ExcerptQuery", false);
	rf_bool(rf, features, "FilterQuery", false);
	rf_bool(rf, features, "IncludeOriginOfConditionQuery", false);
	rf_bool(rf, features, "MultipleHTTPRequests", true);
	rf_bool(rf, features, "OnlyMemberQuery", true);
	rf_bool(rf, features, "SelectQuery", true);
	rf_bool(rf, features, "TopSkipQuery", true);
	rf_bool(rf, expand, "ExpandAll", true);
	rf_bool(rf, expand, "Levels", true);
	rf_int(rf, expand, "MaxLevels", RF_LEVELS_MAX);
	rf_bool(rf, expand, "Links", true);
	rf_bool(rf, expand, "NoLinks", true);
	rf_bool(rf, deep, "DeepPATCH", false);
	rf_bool(rf, deep, "DeepPOST", false);
}

static void add_root(struct rf *rf)
{
	json_t *root = rf_add(rf, RF_ROOT, "ServiceRoot.v1_20_0",
			      "fabmon host agent");

	/* the last segment is empty here */
	rf_str(rf, root, "Id", "RootService");
	rf_str(rf, root, "RedfishVersion", "1.23.0");
	rf_str(rf, root, "UUID", rf_uuid_host(rf, "ServiceRoot"));
	rf_str(rf, root, "Product",
	       rf_printf(rf, "fabmon %s", rf->agent->version));
	protocol_features(rf, root);
}

/*
 * ServiceRoot must name the collection of sessions, also where nobody can log
 * in. The service fills in what changes as it runs.
 */
static void add_sessions(struct rf *rf)
{
	json_t *obj = rf_add(rf, SESSIONS, "SessionService.v1_2_0",
			     "Session Service");
	bool login = rf->agent->login;

	rf_bool(rf, obj, "ServiceEnabled", login);
	rf_str(rf, rf_obj(rf, obj, "Status"), "State",
	       login ? "Enabled" : "Disabled");
	rf_collection(rf, SESSIONS "/Sessions");
	rf_nav(rf, RF_ROOT, "SessionService", SESSIONS);
	rf_link_one(rf, RF_ROOT, "Sessions", SESSIONS "/Sessions");
}

/* The standard's roles, whose privileges nobody may change. */
static void add_roles(struct rf *rf)
{
	static const struct {
		const char *name;
		const char *may[6];
	} roles[] = {
		{ "Administrator", { "Login", "ConfigureManager",
			"ConfigureUsers", "ConfigureComponents",
			"ConfigureSelf" } },
		{ "Operator", { "Login", "ConfigureComponents",
			"ConfigureSelf" } },
		{ "ReadOnly", { "Login", "ConfigureSelf" } },
	};
	const char *const *may;
	json_t *obj, *list;
	size_t i;

	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		obj = rf_add(rf, rf_printf(rf, ACCOUNTS "/Roles/%s",
					   roles[i].name),
			     "Role.v1_3_3", roles[i].name);
		rf_str(rf, obj, "RoleId", roles[i].name);
		rf_bool(rf, obj, "IsPredefined", true);
		list = rf_arr(rf, obj, "AssignedPrivileges");
		for (may = roles[i].may; *may; may++)
			rf_push_str(rf, list, *may);
	}
}

static void add_accounts(struct rf *rf)
{
	json_t *obj = rf_add(rf, ACCOUNTS, "AccountService.v1_18_1",
			     "Account Service");
	bool login = rf->agent->login;
	json_t *certificate;

	rf_bool(rf, obj, "ServiceEnabled", login);
	rf_str(rf, rf_obj(rf, obj, "Status"), "State",
	       login ? "Enabled" : "Disabled");
	rf_str(rf, obj, "HTTPBasicAuth", login ? "Enabled" : "Disabled");
	rf_push_str(rf, rf_arr(rf, obj, "SupportedAccountTypes"), "Redfish");
	if (rf->agent->certificates) {
		certificate = rf_obj(rf, rf_obj(rf, obj, "MultiFactorAuth"),
				     "ClientCertificate");
		rf_bool(rf, certificate, "Enabled", true);
		rf_str(rf, certificate, "CertificateMappingAttribute",
		       "CommonName");
	}
	rf_collection(rf, ACCOUNTS "/Accounts");
	add_roles(rf);
	rf_nav(rf, RF_ROOT, "AccountService", ACCOUNTS);
}

/* The service keeps what it is about, and adds it. */
static void add_events(struct rf *rf)
{
	json_t *obj = rf_add(rf, EVENTS, "EventService.v1_12_0",
			     "Event Service");

	rf_bool(rf, obj, "ServiceEnabled", true);
	rf_push_str(rf, rf_arr(rf, obj, "EventFormatTypes"), "Event");
	rf_status(rf, obj, "Enabled", MODEL_OK);
	rf_collection(rf, EVENTS "/Subscriptions");
	rf_nav(rf, RF_ROOT, "EventService", EVENTS);
}

static void add_aggregation(struct rf *rf)
{
	json_t *obj = rf_add(rf, AGGREGATION, "AggregationService.v1_0_3",
			     "Aggregation Service");
	const char *uri = rf_printf(rf, AGGREGATION
				    "/ConnectionMethods/host-%s", rf->host->id);

	rf_bool(rf, obj, "ServiceEnabled", true);
	rf_status(rf, obj, "Enabled", MODEL_OK);
	rf_nav(rf, RF_ROOT, "AggregationService", AGGREGATION);

	obj = rf_add(rf, uri, "ConnectionMethod.v1_2_0",
		     rf->host->hostname ? rf->host->hostname : rf->host->id);
	rf_str(rf, obj, "ConnectionMethodType", "Redfish");
	/* Sunfish fills it in, in its copy */
	rf_arr(rf, rf_obj(rf, obj, "Links"), "AggregationSources");
}

void rf_agent_add(struct rf *rf)
{
	add_root(rf);
	add_sessions(rf);
	add_accounts(rf);
	add_events(rf);
	if (rf->agent->ofmf)
		add_aggregation(rf);
}
