// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Assembling the tree: resources, the collections they make up, and the links
 * between them.
 */
#include <errno.h>
#include <string.h>

#include "family.h"
#include "rf.h"
#include "text.h"
#include "value.h"

/* What a collection is called and holds, by the last segment of its URI. */
static const struct collection {
	const char *segment, *type, *name;
	/* where the parent names it, unless that is its segment */
	const char *object, *key;
} collections[] = {
	{ "Accounts", "ManagerAccount", "Accounts" },
	{ "CXLLogicalDevices", "CXLLogicalDevice", "CXL Logical Devices" },
	{ "Chassis", "Chassis", "Chassis" },
	{ "ConnectionMethods", "ConnectionMethod", "Connection Methods" },
	{ "Connections", "Connection", "Connections" },
	{ "Endpoints", "Endpoint", "Endpoints" },
	{ "Entries", "LogEntry", "Log Entries" },
	{ "EthernetInterfaces", "EthernetInterface", "Ethernet Interfaces" },
	{ "FabricAdapters", "FabricAdapter", "Fabric Adapters" },
	{ "Fabrics", "Fabric", "Fabrics" },
	{ "LogServices", "LogService", "Log Services" },
	{ "Memory", "Memory", "Memory" },
	{ "MemoryChunks", "MemoryChunks", "Memory Chunks" },
	{ "MemoryDomains", "MemoryDomain", "Memory Domains" },
	{ "MemoryRegions", "MemoryRegion", "Memory Regions" },
	{ "NetworkAdapters", "NetworkAdapter", "Network Adapters" },
	{ "NetworkDeviceFunctions", "NetworkDeviceFunction",
	  "Network Device Functions" },
	{ "NetworkInterfaces", "NetworkInterface", "Network Interfaces" },
	{ "PCIeDevices", "PCIeDevice", "PCIe Devices" },
	{ "PCIeFunctions", "PCIeFunction", "PCIe Functions" },
	{ "Ports", "Port", "Ports" },
	{ "Processors", "Processor", "Processors" },
	{ "Roles", "Role", "Roles" },
	{ "Sessions", "Session", "Sessions" },
	{ "Subscriptions", "EventDestination", "Event Subscriptions" },
	{ "Switches", "Switch", "Switches" },
	{ "Systems", "ComputerSystem", "Computer Systems" },
	{ "VCSs", "VirtualCXLSwitch", "Virtual CXL Switches",
	  "CXL", "VirtualCXLSwitches" },
};

static const struct collection *collection_find(const char *segment)
{
	size_t i;

	for (i = 0; i < sizeof(collections) / sizeof(collections[0]); i++)
		if (!strcmp(collections[i].segment, segment))
			return &collections[i];
	return NULL;
}

/* The URI one level up; the service root's own for those below it. */
static const char *parent_of(struct rf *rf, const char *uri)
{
	const char *slash = strrchr(uri, '/');
	const char *parent = rf_printf(rf, "%.*s", (int)(slash - uri), uri);

	return parent && !strcmp(parent, RF_PREFIX) ? RF_ROOT : parent;
}

/**
 * rf_get - a resource of the tree, borrowed, or NULL
 */
json_t *rf_get(const struct rf *rf, const char *uri)
{
	return uri ? json_object_get(rf->tree, uri) : NULL;
}

static json_t *resource_new(struct rf *rf, const char *uri, const char *type,
			    const char *name)
{
	json_t *obj = json_object();

	rf_set(rf, rf->tree, uri, obj);
	if (rf->failed)
		return NULL;
	rf_str(rf, obj, "@odata.id", uri);
	rf_str(rf, obj, "@odata.type", rf_printf(rf, "#%s", type));
	rf_str(rf, obj, "Name", name);
	return obj;
}

/**
 * rf_nav - make @parent name a subordinate resource
 */
void rf_nav(struct rf *rf, const char *parent, const char *key,
	    const char *uri)
{
	rf_ref(rf, rf_get(rf, parent), key, uri);
}

/**
 * rf_collection - the collection at @uri, made if need be; borrowed
 *
 * Return: NULL where no collection is called that: what is below is no member.
 */
json_t *rf_collection(struct rf *rf, const char *uri)
{
	const struct collection *kind = collection_find(strrchr(uri, '/') + 1);
	json_t *obj, *parent;

	if (!kind)
		return NULL;
	obj = rf_get(rf, uri);
	if (obj)
		return obj;
	obj = resource_new(rf, uri, rf_printf(rf, "%sCollection.%sCollection",
					      kind->type, kind->type),
			   kind->name);
	rf_int(rf, obj, "Members@odata.count", 0);
	rf_arr(rf, obj, "Members");
	parent = rf_get(rf, parent_of(rf, uri));
	if (kind->object)
		parent = rf_obj(rf, parent, kind->object);
	rf_ref(rf, parent, kind->key ? kind->key : kind->segment, uri);
	return obj;
}

/*
 * Puts a reference into a sorted array, once. Sorted because the model's order
 * is that in which the kernel found things, which differs from boot to boot.
 */
static void insert(struct rf *rf, json_t *array, const char *to)
{
	size_t low = 0, high = json_array_size(array), mid;
	json_t *ref;
	int diff;

	/* without memory a reference may lack what it leads to */
	if (rf->failed)
		return;
	while (low < high) {
		mid = low + (high - low) / 2;
		ref = json_object_get(json_array_get(array, mid), "@odata.id");
		diff = strverscmp(to, json_string_value(ref));
		if (!diff)
			return;
		if (diff < 0)
			high = mid;
		else
			low = mid + 1;
	}
	ref = json_object();
	rf_str(rf, ref, "@odata.id", to);
	if (!ref || json_array_insert_new(array, low, ref))
		rf_fail(rf, array, NULL);
}

/**
 * rf_link_into - put a reference to a resource that is there into an array
 */
void rf_link_into(struct rf *rf, json_t *array, const char *to)
{
	if (array && rf_get(rf, to))
		insert(rf, array, to);
}

/**
 * rf_add - add a resource, and itself to the collection it belongs to
 * @uri: its URI, of the projection's pool
 * @type: "Type.vX_Y_Z"
 * @name: Name; the last segment of the URI where that is NULL or empty
 *
 * Return: the resource, borrowed; NULL if there is one already, if @uri is
 * NULL, or without memory.
 */
json_t *rf_add(struct rf *rf, const char *uri, const char *type,
	       const char *name)
{
	const char *id, *up;
	json_t *obj, *list, *members;

	if (rf->failed || !uri || rf_get(rf, uri))
		return NULL;
	rf->about = uri;
	id = strrchr(uri, '/') + 1;
	up = parent_of(rf, uri);
	if (!up)
		return NULL;
	list = strcmp(up, RF_ROOT) ? rf_collection(rf, up) : NULL;
	obj = resource_new(rf, uri, rf_printf(rf, "%s.%.*s", type,
					      (int)strcspn(type, "."), type),
			   name && *name ? name : id);
	rf_str(rf, obj, "Id", id);
	rf_unwatched_note(rf, uri);
	members = json_object_get(list, "Members");
	/* one that its parent has but one of is in no collection */
	if (!obj || !members)
		return obj;
	insert(rf, members, uri);
	rf_int(rf, list, "Members@odata.count",
	       (int64_t)json_array_size(members));
	return obj;
}

/**
 * rf_link - add to an array of links
 * @from: resource that gets the link
 * @key: property of its Links
 * @to: resource that it leads to
 *
 * Does nothing if either is not there.
 */
void rf_link(struct rf *rf, const char *from, const char *key, const char *to)
{
	json_t *obj = rf_get(rf, from);

	if (!obj || !rf_get(rf, to))
		return;
	rf->about = from;
	obj = rf_arr(rf, rf_obj(rf, obj, "Links"), key);
	if (obj)
		insert(rf, obj, to);
}

/**
 * rf_link_one - set a link that is no array
 */
void rf_link_one(struct rf *rf, const char *from, const char *key,
		 const char *to)
{
	json_t *obj = rf_get(rf, from);

	if (!obj || !rf_get(rf, to))
		return;
	rf->about = from;
	rf_ref(rf, rf_obj(rf, obj, "Links"), key, to);
}

static const struct model_node *next_of(const struct model_node *node,
					enum fabmon_node_kind kind)
{
	while (node && node->k.kind != kind)
		node = node->next;
	return node;
}

const struct model_node *rf_first(const struct rf *rf,
				  enum fabmon_node_kind kind)
{
	return next_of(model_first(rf->model), kind);
}

/**
 * rf_next - the next node of the same kind
 */
const struct model_node *rf_next(const struct model_node *node)
{
	return next_of(node->next, node->k.kind);
}

/**
 * rf_init - begin a projection, or an event
 * @model: NULL for events that need none
 * @about: what it is of, for errors: a URI, or a device; borrowed
 */
void rf_init(struct rf *rf, const struct model *model, const char *about)
{
	*rf = (struct rf){
		.model = model,
		.host = model ? model_host_get(model) : NULL,
		.about = about,
		.tree = json_object(),
	};
	if (!rf->tree)
		rf_fail(rf, NULL, "a tree");
}

/**
 * rf_done - free what the projection used
 *
 * Return: 0, or -ENOMEM if it failed.
 */
int rf_done(struct rf *rf)
{
	rf_text_free(rf);
	json_decref(rf->teams);
	json_decref(rf->unwatched);
	json_decref(rf->tree);
	rf->tree = NULL;
	return rf->failed ? -ENOMEM : 0;
}

json_t *rf_project(const struct model *model, const struct rf_agent *agent)
{
	/* parents before children */
	static void (*const families[])(struct rf *rf) = {
		rf_agent_add, rf_system_add, rf_chassis_add, rf_processor_add,
		rf_adapter_add, rf_pcie_add, rf_cxl_device_add, rf_switch_add,
		rf_memory_add, rf_domain_add, rf_chunks_add, rf_fabric_add,
		rf_log_add,
	};
	struct rf rf;
	json_t *tree;
	size_t i;

	rf_init(&rf, model, "redfish");
	rf.agent = agent;

	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		rf.since = 0;
		families[i](&rf);
	}

	rf_system_link(&rf);
	rf_chassis_link(&rf);
	rf_processor_link(&rf);
	rf_adapter_link(&rf);
	rf_cxl_device_link(&rf);
	rf_switch_link(&rf);
	rf_pcie_link(&rf);
	rf_memory_link(&rf);
	rf_domain_link(&rf);
	rf_chunks_link(&rf);
	rf_fabric_link(&rf);
	rf_log_link(&rf);
	rf_unwatched_show(&rf);

	tree = json_incref(rf.tree);
	if (!rf_done(&rf))
		return tree;
	json_decref(tree);
	return NULL;
}
