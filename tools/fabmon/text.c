// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Nodes and events as text: what a node is, after its name, on one line.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "cli.h"

/* State words the way rdma(8) writes them: LINK_UP. */
static void shout(FILE *out, const char *word, uint32_t value)
{
	if (!word) {
		fprintf(out, "  %" PRIu32, value);
		return;
	}
	fputs("  ", out);
	for (; *word; word++)
		fputc(*word == '-' ? '_' : toupper((unsigned char)*word), out);
}

static void rate(FILE *out, const struct knl_rdma_port *port)
{
	const char *speed = cli_port_speed(port->speed);

	if (!port->rate)
		return;
	if (port->rate < 1000)
		fprintf(out, "  %" PRIu32 " Mb/s", port->rate);
	else
		fprintf(out, "  %g Gb/s", port->rate / 1000.0);
	if (speed && port->width)
		fprintf(out, " (%" PRIu32 "X %s)", port->width, speed);
}

static const struct knl_edge *edge_find(const struct knl_node *node,
					enum fabmon_edge_type type)
{
	size_t i;

	for (i = 0; i < node->n_edges; i++) {
		if (node->edges[i].type == type)
			return &node->edges[i];
	}
	return NULL;
}

/* The device at the other end: its address, else the end of its path. */
static const char *edge_target(const struct knl_edge *edge)
{
	const char *slash;

	if (edge->ifname[0])
		return edge->ifname;
	if (edge->pci[0])
		return edge->pci;
	if (!edge->path)
		return "?";
	slash = strrchr(edge->path, '/');
	return slash ? slash + 1 : edge->path;
}

static void netdev_text(FILE *out, const struct knl_edge *netdev)
{
	fprintf(out, "  netdev %s", edge_target(netdev));
	if (netdev->has & KNL_HAS(FABMON_A_EDGE_UP) && !netdev->up)
		fputs(" (down)", out);
	else if (netdev->has & KNL_HAS(FABMON_A_EDGE_CARRIER) &&
		 !netdev->carrier)
		fputs(" (no carrier)", out);
	if (netdev->master_ifname[0])
		fprintf(out, " of %s", netdev->master_ifname);
}

static void port_text(FILE *out, const struct knl_node *node)
{
	const struct knl_edge *netdev = edge_find(node,
						  FABMON_EDGE_TYPE_NETDEV);
	const struct knl_rdma_port *port = &node->port;

	shout(out, cli_port_state(port->state), port->state);
	shout(out, cli_phys_state(port->phys_state), port->phys_state);
	if (port->protocol)
		fprintf(out, "  %s", knl_protocol_name(port->protocol));
	rate(out, port);
	fprintf(out, "  mtu %" PRIu32, port->active_mtu);
	if (port->has & KNL_HAS(FABMON_A_RDMA_PORT_LID))
		fprintf(out, "  lid %" PRIu32 "  sm-lid %" PRIu32, port->lid,
			port->sm_lid);
	if (netdev)
		netdev_text(out, netdev);
	fprintf(out, "  gids %" PRIu32, port->gid_count);
	/* Ethernet has one, which has no meaning there. */
	if (port->pkey_count > 1)
		fprintf(out, "  pkeys %" PRIu32, port->pkey_count);
}

static void dev_text(FILE *out, const struct knl_node *node)
{
	const char *type = cli_node_type(node->dev.node_type);
	char guid[CLI_GUID_LEN];

	if (type)
		fprintf(out, "  %s", type);
	fprintf(out, "  guid %s", cli_guid(guid, node->dev.node_guid));
	if (node->dev.firmware && node->dev.firmware[0])
		fprintf(out, "  firmware %s", node->dev.firmware);
	if (node->dev.board_id && node->dev.board_id[0])
		fprintf(out, "  board %s", node->dev.board_id);
}

/* The edges of a type that have a position: "  dports 0=...,1=...". */
static void list_text(FILE *out, const struct knl_node *node,
		      enum fabmon_edge_type type, const char *title)
{
	const char *sep = "";
	size_t i;

	for (i = 0; i < node->n_edges; i++) {
		if (node->edges[i].type != type)
			continue;
		fprintf(out, "%s%s%" PRIu32 "=%s", *sep ? "" : title,
			*sep ? sep : " ", node->edges[i].index,
			edge_target(&node->edges[i]));
		sep = ",";
	}
}

/* An older module reports no role: it follows from the node above. */
static enum fabmon_cxl_port_role role_of(const struct knl_node *node,
					 const struct knl_node *parent)
{
	if (node->cxl_port.role || node->kind != FABMON_NODE_KIND_CXL_PORT ||
	    !parent)
		return node->cxl_port.role;
	return parent->kind == FABMON_NODE_KIND_CXL_ROOT ?
	       FABMON_CXL_PORT_ROLE_HOST_BRIDGE : FABMON_CXL_PORT_ROLE_SWITCH;
}

/* Of CXL ports: which device it stands for and what hangs from it. */
static void cxl_port_text(FILE *out, const struct knl_node *node,
			  const struct knl_node *parent)
{
	const struct knl_edge *uport = edge_find(node, FABMON_EDGE_TYPE_UPORT);
	enum fabmon_cxl_port_role role = role_of(node, parent);

	if (role == FABMON_CXL_PORT_ROLE_HOST_BRIDGE)
		fputs("  host bridge", out);
	else if (role == FABMON_CXL_PORT_ROLE_SWITCH)
		fputs("  switch", out);
	/* Of an endpoint that is the device below it; "pci" follows anyway. */
	if (uport && node->kind != FABMON_NODE_KIND_CXL_ENDPOINT &&
	    strcmp(edge_target(uport), node->pci))
		fprintf(out, "  %s", edge_target(uport));
	list_text(out, node, FABMON_EDGE_TYPE_DPORT, "  dports");
}

/* Where it is as system memory, and as what device. */
static void region_text(FILE *out, const struct knl_node *node)
{
	bool known = node->region.has & KNL_HAS(FABMON_A_CXL_REGION_COMMITTED);
	const struct knl_edge *edge;
	size_t i;

	if (known ? node->region.committed : !!node->driver)
		fputs("  committed", out);
	list_text(out, node, FABMON_EDGE_TYPE_TARGET, "  targets");
	for (i = 0; i < node->n_edges; i++) {
		edge = &node->edges[i];
		if (edge->type == FABMON_EDGE_TYPE_DAX)
			fprintf(out, "  dax %s", edge_target(edge));
		if (edge->type != FABMON_EDGE_TYPE_MEMORY)
			continue;
		fprintf(out, "  memory 0x%" PRIx64 "-0x%" PRIx64, edge->start,
			edge->start + edge->size - 1);
		if (edge->numa_node >= 0)
			fprintf(out, " numa %" PRId32, edge->numa_node);
	}
}

/* Kinds that a driver serves; without one they do nothing. */
static bool wants_driver(enum fabmon_node_kind kind)
{
	switch (kind) {
	case FABMON_NODE_KIND_CXL_PORT:
	case FABMON_NODE_KIND_CXL_ENDPOINT:
	case FABMON_NODE_KIND_CXL_MEMDEV:
	case FABMON_NODE_KIND_CXL_REGION:
	case FABMON_NODE_KIND_CXL_PMEM_REGION:
	case FABMON_NODE_KIND_CXL_DAX_REGION:
	case FABMON_NODE_KIND_CXL_NVDIMM:
	case FABMON_NODE_KIND_CXL_NVDIMM_BRIDGE:
	case FABMON_NODE_KIND_CXL_PMU:
		return true;
	default:
		return false;
	}
}

void cli_text_node(FILE *out, const struct knl_node *node,
		   const struct knl_node *parent)
{
	switch (node->kind) {
	case FABMON_NODE_KIND_RDMA_DEV:
		dev_text(out, node);
		break;
	case FABMON_NODE_KIND_RDMA_PORT:
		port_text(out, node);
		return;
	case FABMON_NODE_KIND_CXL_ROOT:
	case FABMON_NODE_KIND_CXL_PORT:
	case FABMON_NODE_KIND_CXL_ENDPOINT:
		cxl_port_text(out, node, parent);
		break;
	case FABMON_NODE_KIND_CXL_REGION:
		region_text(out, node);
		break;
	case FABMON_NODE_KIND_CXL_ROOT_DECODER:
	case FABMON_NODE_KIND_CXL_SWITCH_DECODER:
		list_text(out, node, FABMON_EDGE_TYPE_TARGET, "  targets");
		break;
	default:
		break;
	}
	if (node->pci[0])
		fprintf(out, "  pci %s", node->pci);
	if (node->numa_node >= 0)
		fprintf(out, "  numa %" PRId32, node->numa_node);
	if (node->driver)
		fprintf(out, "  driver %s", node->driver);
	else if (wants_driver(node->kind))
		fputs("  (no driver)", out);
}

static bool reads_as_hex(int attr)
{
	switch (attr) {
	case FABMON_A_EVENT_FLAGS:
	case FABMON_A_EVENT_DPA:
	case FABMON_A_EVENT_LENGTH:
	case FABMON_A_EVENT_HPA:
	case FABMON_A_EVENT_NIBBLE_MASK:
	case FABMON_A_EVENT_HEALTH_STATUS:
	case FABMON_A_EVENT_ADDITIONAL_STATUS:
	case FABMON_A_EVENT_POISON_FLAGS:
	case FABMON_A_EVENT_HPA_ALIAS:
	case FABMON_A_EVENT_THRESHOLD_FLAGS:
	case FABMON_A_EVENT_SPARING_FLAGS:
	case FABMON_A_EVENT_STATUS:
		return true;
	}
	return false;
}

static bool is_time(int attr)
{
	return attr == FABMON_A_EVENT_RECORD_TIME ||
	       attr == FABMON_A_EVENT_FIRST_TIME ||
	       attr == FABMON_A_EVENT_LAST_TIME;
}

static void event_attr_text(FILE *out, const struct knl_event *event, int attr)
{
	const char *word = cli_event_word(event, attr);
	const char *name = cli_event_attr(attr);
	char when[CLI_TIME_LEN];
	uint64_t value = event->num[attr];

	if (!name)
		return;
	fprintf(out, "  %s ", name);
	if (is_time(attr) && value)
		fputs(cli_time(when, value, true), out);
	else if (attr == FABMON_A_EVENT_LIFE_USED)
		fprintf(out, "%" PRIu64 "%%", value);
	else if (attr == FABMON_A_EVENT_TEMPERATURE)
		fprintf(out, "%" PRId64 "C", (int64_t)value);
	else if (attr == FABMON_A_EVENT_NUMA_NODE)
		fprintf(out, "%" PRId64, (int64_t)value);
	else if (word && strchr(word, ' '))
		fprintf(out, "\"%s\"", word);
	else if (word)
		fputs(word, out);
	else if (reads_as_hex(attr))
		fprintf(out, "0x%" PRIx64, value);
	else
		fprintf(out, "%" PRIu64, value);
}

/* What is binary and short; a raw record is for programs. */
static void event_bytes_text(FILE *out, const struct knl_event *event, int attr)
{
	const struct knl_bytes *bytes = &event->bytes[attr];
	char uuid[CLI_UUID_LEN];
	size_t i;

	fprintf(out, "  %s ", cli_event_attr(attr));
	if (attr == FABMON_A_EVENT_UUID && bytes->len == 16) {
		fputs(cli_uuid(uuid, bytes->data), out);
		return;
	}
	for (i = 0; i < bytes->len; i++)
		fprintf(out, "%02x", bytes->data[i]);
}

void cli_text_event(FILE *out, const struct knl_event *event)
{
	int attr;

	fprintf(out, "%s", knl_event_name(event->num[FABMON_A_EVENT_TYPE]));
	for (attr = 1; attr <= FABMON_A_EVENT_MAX; attr++) {
		if (!event->has[attr])
			continue;
		switch (attr) {
		case FABMON_A_EVENT_TYPE:
		case FABMON_A_EVENT_NODE:
		case FABMON_A_EVENT_DEVICE:
		case FABMON_A_EVENT_HANDLE:
		case FABMON_A_EVENT_RECORD_LENGTH:
		case FABMON_A_EVENT_RAW:
		case FABMON_A_EVENT_CORRECTION_MASK:
		case FABMON_A_EVENT_HEADER_LOG:
			break;
		case FABMON_A_EVENT_PCI:
			fprintf(out, "  pci %s", event->pci);
			break;
		case FABMON_A_EVENT_COMPONENT_ID:
		case FABMON_A_EVENT_UUID:
			event_bytes_text(out, event, attr);
			break;
		default:
			event_attr_text(out, event, attr);
		}
	}
}
