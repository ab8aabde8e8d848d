// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Nodes, events and the module as JSON. Keys and enum values have the names of
 * the netlink specification; what is not there is left out. The shape is
 * described in fabmon(1) and only ever grows.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"

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

static json_t *edge_json(const struct knl_edge *edge)
{
	json_t *json = json_object();

	put_text(json, "type", knl_edge_name(edge->type));
	if (edge->type == FABMON_EDGE_TYPE_DPORT || edge->index)
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
	return json;
}

static json_t *gids_json(const struct knl_rdma_port *port)
{
	json_t *list = json_array();
	char text[CLI_GID_LEN];
	json_t *json;
	size_t i;

	for (i = 0; i < port->n_gids; i++) {
		const struct knl_gid *gid = &port->gids[i];

		json = json_object();
		put_int(json, "index", gid->index);
		put_word(json, "type", cli_gid_type(gid->type), gid->type);
		put_text(json, "value", cli_gid(text, gid->value));
		if (gid->ifindex)
			put_int(json, "ifindex", gid->ifindex);
		json_array_append_new(list, json);
	}
	return list;
}

static json_t *port_json(const struct knl_rdma_port *port)
{
	json_t *json = json_object();
	char prefix[CLI_GUID_LEN];

	put_int(json, "number", port->number);
	put_word(json, "state", cli_port_state(port->state), port->state);
	put_word(json, "phys-state", cli_phys_state(port->phys_state),
		 port->phys_state);
	put_word(json, "link-layer", cli_link_layer(port->link_layer),
		 port->link_layer);
	if (port->protocol)
		put_text(json, "protocol", knl_protocol_name(port->protocol));
	put_word(json, "speed", cli_port_speed(port->speed), port->speed);
	put_int(json, "width", port->width);
	put_int(json, "rate", port->rate);
	put_int(json, "active-mtu", port->active_mtu);
	put_int(json, "max-mtu", port->max_mtu);
	if (port->has_lid) {
		put_int(json, "lid", port->lid);
		put_int(json, "lmc", port->lmc);
		put_int(json, "sm-lid", port->sm_lid);
		put_int(json, "sm-sl", port->sm_sl);
		put_int(json, "capabilities", port->capabilities);
		put_text(json, "subnet-prefix",
			 cli_guid(prefix, port->subnet_prefix));
	}
	put_int(json, "gid-count", port->gid_count);
	json_object_set_new(json, "gids", gids_json(port));
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
	return json;
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
	case FABMON_A_EVENT_LOG:
		put_word(json, key, cli_event_log(event->num[attr]),
			 event->num[attr]);
		break;
	case FABMON_A_EVENT_POISON_OP:
		put_word(json, key, cli_poison_op(event->num[attr]),
			 event->num[attr]);
		break;
	case FABMON_A_EVENT_COMPONENT_ID:
		put_hex(json, key, event->component_id, event->component_len);
		break;
	case FABMON_A_EVENT_RAW:
		put_hex(json, key, event->raw, event->raw_len);
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
		if (event->has & KNL_EVENT_HAS(attr))
			event_put(json, event, attr);
	}
	return json;
}

json_t *cli_json_info(const struct knl_info *info)
{
	json_t *json = json_object(), *list = json_array();
	char instance[24];
	uint32_t bit;

	if (!json || !list) {
		json_decref(json);
		json_decref(list);
		return NULL;
	}
	put_text(json, "module-version", info->version);
	put_int(json, "abi", info->abi);
	snprintf(instance, sizeof(instance), "%016" PRIx64, info->instance);
	put_text(json, "instance", instance);
	put_int(json, "seq", (int64_t)info->seq);
	put_int(json, "nodes", info->nodes);
	for (bit = 1; bit; bit <<= 1) {
		if ((info->capabilities & bit) && cli_capability(bit))
			json_array_append_new(list,
					      json_string(cli_capability(bit)));
	}
	json_object_set_new(json, "capabilities", list);
	put_int(json, "lost-build", (int64_t)info->lost_build);
	put_int(json, "lost-hook", (int64_t)info->lost_hook);
	put_int(json, "lost-send", (int64_t)info->lost_send);
	return json;
}

int cli_json_print(const struct cli *cli, json_t *json)
{
	int err = -ENOMEM;

	if (!json)
		return err;
	if (!json_dumpf(json, cli->out,
			cli->pretty ? JSON_INDENT(2) : JSON_COMPACT)) {
		fputc('\n', cli->out);
		err = 0;
	}
	json_decref(json);
	return err;
}
