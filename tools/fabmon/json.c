// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Nodes, events and the module as JSON. Keys and enum values have the names of
 * the netlink specification; what is not there is left out. The shape is
 * described in fabmon(1) and only ever grows.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "util/error.h"

static void put_int(json_t *object, const char *key, int64_t value)
{
	json_object_set_new(object, key, json_integer(value));
}

static void put_text(json_t *object, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(object, key, json_string(text));
}

/* The word of a value, or its number where there is none. */
static void put_word(json_t *object, const char *key, const char *word,
		     uint32_t value)
{
	char number[16];

	snprintf(number, sizeof(number), "%" PRIu32, value);
	put_text(object, key, word ? word : number);
}

static void put_hex(json_t *object, const char *key, const uint8_t *data,
		    size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * 4096 + 1];
	size_t i;

	if (len > sizeof(text) / 2)
		len = sizeof(text) / 2;
	for (i = 0; i < len; i++) {
		text[2 * i] = digits[data[i] >> 4];
		text[2 * i + 1] = digits[data[i] & 15];
	}
	text[2 * len] = 0;
	json_object_set_new(object, key, json_string(text));
}

static void put_bool(json_t *object, const char *key, uint32_t value)
{
	json_object_set_new(object, key, json_boolean(value));
}

/* Words for the bits that are set; of one without a word the number. */
static json_t *bits_json(uint32_t bits, const char *(*name)(uint32_t bit))
{
	json_t *list = json_array();
	const char *word;
	char number[16];
	uint32_t bit;

	for (bit = 1; bit; bit <<= 1) {
		if (!(bits & bit))
			continue;
		word = name(bit);
		snprintf(number, sizeof(number), "%" PRIu32, bit);
		json_array_append_new(list, json_string(
			strcmp(word, "unknown") ? word : number));
	}
	return list;
}

json_t *cli_json_causes(uint32_t cause)
{
	return bits_json(cause, knl_cause_name);
}

/* enum fabmon_rdma_protocol is no set of flags: bit n stands for the value n. */
static const char *protocol_bit_name(uint32_t bit)
{
	return knl_protocol_name(ffs((int)bit) - 1);
}

static json_t *edge_json(const struct knl_edge *edge)
{
	json_t *json = json_object();

	put_text(json, "type", knl_edge_name(edge->type));
	if (edge->has & KNL_HAS(FABMON_A_EDGE_INDEX))
		put_int(json, "index", edge->index);
	if (edge->node)
		put_int(json, "node", edge->node);
	put_text(json, "path", edge->path);
	put_text(json, "pci", edge->pci);
	if (edge->ifindex)
		put_int(json, "ifindex", edge->ifindex);
	put_text(json, "ifname", edge->ifname);
	if (edge->mtu)
		put_int(json, "mtu", edge->mtu);
	if (edge->address_len)
		put_hex(json, "address", edge->address, edge->address_len);
	if (edge->has & KNL_HAS(FABMON_A_EDGE_UP))
		put_bool(json, "up", edge->up);
	if (edge->has & KNL_HAS(FABMON_A_EDGE_CARRIER))
		put_bool(json, "carrier", edge->carrier);
	if (edge->master_ifindex)
		put_int(json, "master-ifindex", edge->master_ifindex);
	put_text(json, "master-ifname", edge->master_ifname);
	if (edge->has & KNL_HAS(FABMON_A_EDGE_START))
		put_int(json, "start", (int64_t)edge->start);
	if (edge->has & KNL_HAS(FABMON_A_EDGE_SIZE))
		put_int(json, "size", (int64_t)edge->size);
	if (edge->has & KNL_HAS(FABMON_A_EDGE_NUMA_NODE))
		put_int(json, "numa-node", edge->numa_node);
	return json;
}

static json_t *dev_json(const struct knl_rdma_dev *dev)
{
	json_t *json = json_object();
	char guid[CLI_GUID_LEN];

	put_int(json, "index", dev->index);
	put_word(json, "node-type", cli_node_type(dev->node_type),
		 dev->node_type);
	put_text(json, "node-guid", cli_guid(guid, dev->node_guid));
	put_text(json, "sys-image-guid", cli_guid(guid, dev->sys_image_guid));
	put_text(json, "firmware", dev->firmware);
	put_int(json, "ports", dev->ports);
	put_text(json, "board-id", dev->board_id);
	if (dev->has & KNL_HAS(FABMON_A_RDMA_DEV_CAPABILITIES))
		put_int(json, "capabilities", (int64_t)dev->capabilities);
	if (dev->has & KNL_HAS(FABMON_A_RDMA_DEV_NETNS_COOKIE))
		put_int(json, "netns-cookie", (int64_t)dev->netns_cookie);
	return json;
}

json_t *cli_json_gids(const struct knl_gid *gids, size_t n)
{
	json_t *list = json_array();
	char text[CLI_GID_LEN];
	json_t *json;
	size_t i;

	for (i = 0; i < n; i++) {
		json = json_object();
		put_int(json, "index", gids[i].index);
		put_word(json, "type", cli_gid_type(gids[i].type),
			 gids[i].type);
		put_text(json, "value", cli_gid(text, gids[i].value));
		if (gids[i].ifindex)
			put_int(json, "ifindex", gids[i].ifindex);
		json_array_append_new(list, json);
	}
	return list;
}

json_t *cli_json_pkeys(const struct knl_pkey *pkeys, size_t n)
{
	json_t *list = json_array();
	json_t *json;
	size_t i;

	for (i = 0; i < n; i++) {
		json = json_object();
		put_int(json, "index", pkeys[i].index);
		put_int(json, "value", pkeys[i].value);
		json_array_append_new(list, json);
	}
	return list;
}

/* What only a port with a subnet manager has. */
static void subnet_put(json_t *json, const struct knl_rdma_port *port)
{
	char prefix[CLI_GUID_LEN];

	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_LID))
		put_int(json, "lid", port->lid);
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_LMC))
		put_int(json, "lmc", port->lmc);
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_SM_LID))
		put_int(json, "sm-lid", port->sm_lid);
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_SM_SL))
		put_int(json, "sm-sl", port->sm_sl);
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_CAPABILITIES))
		put_int(json, "capabilities", port->capabilities);
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_CAPABILITIES2))
		put_int(json, "capabilities2", port->capabilities2);
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_SUBNET_PREFIX))
		put_text(json, "subnet-prefix",
			 cli_guid(prefix, port->subnet_prefix));
}

static json_t *port_json(const struct knl_rdma_port *port)
{
	json_t *json = json_object();

	put_int(json, "number", port->number);
	put_word(json, "state", cli_port_state(port->state), port->state);
	put_word(json, "phys-state", cli_phys_state(port->phys_state),
		 port->phys_state);
	put_word(json, "link-layer", cli_link_layer(port->link_layer),
		 port->link_layer);
	if (port->protocol)
		put_text(json, "protocol", knl_protocol_name(port->protocol));
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_PROTOCOLS))
		json_object_set_new(json, "protocols",
				    bits_json(port->protocols,
					      protocol_bit_name));
	put_word(json, "speed", cli_port_speed(port->speed), port->speed);
	put_int(json, "width", port->width);
	put_int(json, "rate", port->rate);
	put_int(json, "active-mtu", port->active_mtu);
	put_int(json, "max-mtu", port->max_mtu);
	subnet_put(json, port);
	put_int(json, "gid-count", port->gid_count);
	json_object_set_new(json, "gids",
			    cli_json_gids(port->gids, port->n_gids));
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_PKEY_COUNT)) {
		put_int(json, "pkey-count", port->pkey_count);
		json_object_set_new(json, "pkeys",
				    cli_json_pkeys(port->pkeys,
						   port->n_pkeys));
	}
	return json;
}

static json_t *cxl_port_json(const struct knl_cxl_port *port)
{
	json_t *json = json_object();

	if (port->role)
		put_text(json, "role", knl_role_name(port->role));
	if (port->has & KNL_HAS(FABMON_A_CXL_PORT_DPORTS))
		put_int(json, "dports", port->dports);
	return json;
}

static json_t *cxl_region_json(const struct knl_cxl_region *region)
{
	json_t *json = json_object();

	if (region->has & KNL_HAS(FABMON_A_CXL_REGION_COMMITTED))
		put_bool(json, "committed", region->committed);
	if (region->has & KNL_HAS(FABMON_A_CXL_REGION_TARGETS))
		put_int(json, "targets", region->targets);
	return json;
}

json_t *cli_json_node(const struct knl_node *node)
{
	json_t *json = json_object();
	json_t *edges;
	size_t i;

	if (!json)
		return NULL;
	put_int(json, "id", node->id);
	put_text(json, "kind", knl_kind_name(node->kind));
	put_text(json, "name", node->name);
	if (node->parent)
		put_int(json, "parent", node->parent);
	put_text(json, "path", node->path);
	put_text(json, "driver", node->driver);
	put_text(json, "pci", node->pci);
	if (node->numa_node >= 0)
		put_int(json, "numa-node", node->numa_node);

	edges = json_array();
	for (i = 0; i < node->n_edges; i++)
		json_array_append_new(edges, edge_json(&node->edges[i]));
	json_object_set_new(json, "edges", edges);

	if (node->kind == FABMON_NODE_KIND_RDMA_DEV)
		json_object_set_new(json, "rdma-dev", dev_json(&node->dev));
	if (node->kind == FABMON_NODE_KIND_RDMA_PORT)
		json_object_set_new(json, "rdma-port", port_json(&node->port));
	if (node->cxl_port.has)
		json_object_set_new(json, "cxl-port",
				    cxl_port_json(&node->cxl_port));
	if (node->region.has)
		json_object_set_new(json, "cxl-region",
				    cxl_region_json(&node->region));
	return json;
}

static void event_put_bytes(json_t *json, const char *key,
			    const struct knl_bytes *bytes, bool uuid)
{
	char text[CLI_UUID_LEN];

	if (uuid && bytes->len == 16)
		put_text(json, key, cli_uuid(text, bytes->data));
	else
		put_hex(json, key, bytes->data, bytes->len);
}

static void event_put(json_t *json, const struct knl_event *event, int attr)
{
	const char *key = cli_event_attr(attr);

	switch (attr) {
	case FABMON_A_EVENT_TYPE:
		put_text(json, key, knl_event_name(event->num[attr]));
		break;
	case FABMON_A_EVENT_DEVICE:
		put_text(json, key, event->device);
		break;
	case FABMON_A_EVENT_PCI:
		put_text(json, key, event->pci);
		break;
	case FABMON_A_EVENT_LOG:
		put_word(json, key, cli_event_log(event->num[attr]),
			 event->num[attr]);
		break;
	case FABMON_A_EVENT_POISON_OP:
		put_word(json, key, cli_poison_op(event->num[attr]),
			 event->num[attr]);
		break;
	case FABMON_A_EVENT_COMPONENT_ID:
	case FABMON_A_EVENT_RAW:
	case FABMON_A_EVENT_CORRECTION_MASK:
	case FABMON_A_EVENT_HEADER_LOG:
	case FABMON_A_EVENT_UUID:
		event_put_bytes(json, key, &event->bytes[attr],
				attr == FABMON_A_EVENT_UUID);
		break;
	default:
		if (key)
			put_int(json, key, (int64_t)event->num[attr]);
	}
}

json_t *cli_json_event(const struct knl_event *event)
{
	json_t *json = json_object();
	int attr;

	for (attr = 1; json && attr <= FABMON_A_EVENT_MAX; attr++) {
		if (event->has[attr])
			event_put(json, event, attr);
	}
	return json;
}

static json_t *providers_json(const struct knl_info *info)
{
	json_t *list = json_array(), *json;
	const struct knl_provider *provider;
	size_t i;

	for (i = 0; i < info->n_providers; i++) {
		provider = &info->providers[i];
		json = json_object();
		put_text(json, "name", provider->name);
		put_text(json, "version", provider->version);
		put_int(json, "nodes", provider->nodes);
		put_int(json, "added", (int64_t)provider->added);
		put_int(json, "changed", (int64_t)provider->changed);
		put_int(json, "unchanged", (int64_t)provider->unchanged);
		put_int(json, "deleted", (int64_t)provider->deleted);
		put_int(json, "events", (int64_t)provider->events);
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *absences_json(const struct knl_info *info)
{
	json_t *list = json_array(), *json;
	const struct knl_absence *absence;
	size_t i;

	for (i = 0; i < info->n_absences; i++) {
		absence = &info->absences[i];
		json = json_object();
		json_object_set_new(json, "capability",
				    bits_json(absence->capability,
					      knl_capability_name));
		put_text(json, "reason", absence->reason);
		json_array_append_new(list, json);
	}
	return list;
}

json_t *cli_json_info(const struct knl_info *info)
{
	json_t *json = json_object();
	char instance[24];

	if (!json)
		return NULL;
	put_text(json, "module-version", info->version);
	put_int(json, "abi", info->abi);
	snprintf(instance, sizeof(instance), "%016" PRIx64, info->instance);
	put_text(json, "instance", instance);
	put_int(json, "seq", (int64_t)info->seq);
	put_int(json, "nodes", info->nodes);
	json_object_set_new(json, "capabilities",
			    bits_json(info->capabilities,
				      knl_capability_name));
	put_int(json, "lost-build", (int64_t)info->lost_build);
	put_int(json, "lost-hook", (int64_t)info->lost_hook);
	put_int(json, "lost-send", (int64_t)info->lost_send);
	if (!(info->has & KNL_HAS(FABMON_A_INFO_RING_SIZE)))
		return json;
	put_int(json, "ring-size", info->ring_size);
	put_int(json, "ring-used", info->ring_used);
	put_int(json, "ring-bytes", (int64_t)info->ring_bytes);
	put_int(json, "ring-dropped", (int64_t)info->ring_dropped);
	json_object_set_new(json, "providers", providers_json(info));
	json_object_set_new(json, "absences", absences_json(info));
	return json;
}

int cli_json_print(const struct cli *cli, json_t *json)
{
	int err;

	if (!json)
		return error_origin(-ENOMEM, "the JSON document");
	errno = EIO;
	err = json_dumpf(json, cli->out,
			 cli->pretty ? JSON_INDENT(2) : JSON_COMPACT);
	if (err && ferror(cli->out))
		err = error_origin(-errno, "standard output: write");
	else if (err)
		err = error_origin(-ENOMEM, "the JSON document");
	else
		fputc('\n', cli->out);
	json_decref(json);
	return err;
}
