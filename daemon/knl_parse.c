// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Messages of the family "fabmon" taken apart, without any I/O.
 *
 * One table per attribute set says where its attributes go.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "knl.h"
#include "knl_attr.h"

enum field_type {
	FIELD_SKIP,
	FIELD_U32,
	FIELD_U64,
	FIELD_TEXT,		/* char *, allocated */
	FIELD_SHORT,		/* char [16] */
	FIELD_NEST,
};

/**
 * struct field - where an attribute goes
 * @type: how it is encoded
 * @offset: of the member, in the object that the attribute set describes
 * @nest: reads an attribute of FIELD_NEST into the whole object
 */
struct field {
	enum field_type type;
	size_t offset;
	int (*nest)(void *object, struct knl_span span);
};

#define FIELD(field_type, object, member) \
	{ .type = FIELD_##field_type, .offset = offsetof(object, member) }
#define NEST(parser) \
	{ .type = FIELD_NEST, .nest = parser }

#define HAS(attr)	(1ULL << (attr))

_Static_assert(sizeof(enum fabmon_node_kind) == sizeof(uint32_t),
	       "enum members are filled as u32");
_Static_assert(KNL_PCI_LEN == KNL_IFNAME_LEN, "FIELD_SHORT is one size");
_Static_assert(FABMON_A_EVENT_MAX < 64 && FABMON_A_NODE_MAX < 64 &&
	       FABMON_A_RDMA_PORT_MAX < 64, "sets of attributes are u64");

static int field_read(const struct field *field, const struct knl_attr *attr,
		      void *object)
{
	uint8_t *member = (uint8_t *)object + field->offset;

	switch (field->type) {
	case FIELD_U32:
		return knl_attr_u32(attr, (uint32_t *)member);
	case FIELD_U64:
		return knl_attr_u64(attr, (uint64_t *)member);
	case FIELD_TEXT:
		return knl_attr_text(attr, (char **)member);
	case FIELD_SHORT:
		return knl_attr_copy(attr, (char *)member, KNL_PCI_LEN);
	case FIELD_NEST:
		return field->nest(object, (struct knl_span){
			.pos = attr->data, .len = attr->len });
	case FIELD_SKIP:
		break;
	}
	return 0;
}

/*
 * Reads the attributes that @fields (of indexes 0 to @max) knows; *@has gets
 * a bit for each.
 */
static int set_read(struct knl_span span, const struct field *fields,
		    unsigned int max, void *object, uint64_t *has)
{
	struct knl_attr attr;
	int rc;

	while ((rc = knl_attr_next(&span, &attr)) > 0) {
		if (attr.type > max)
			continue;
		rc = field_read(&fields[attr.type], &attr, object);
		if (rc)
			return rc;
		*has |= HAS(attr.type);
	}
	return rc;
}

/*
 * Room for one more of @size bytes in an array of @n; zeroed. NULL and errno:
 * ENOMEM, or EBADMSG for too many.
 */
static void *array_add(void *array, size_t n, size_t size)
{
	void *grown = array;

	if (n >= KNL_LIST_MAX) {
		errno = EBADMSG;
		return NULL;
	}
	/* Grows at the powers of two. */
	if (!(n & (n - 1))) {
		grown = realloc(array, (n ? 2 * n : 1) * size);
		if (!grown) {
			errno = ENOMEM;
			return NULL;
		}
	}
	memset((uint8_t *)grown + n * size, 0, size);
	return grown;
}

static int address_parse(void *object, struct knl_span span)
{
	struct knl_edge *edge = object;

	if (span.len > sizeof(edge->address))
		return -EBADMSG;
	memcpy(edge->address, span.pos, span.len);
	edge->address_len = span.len;
	return 0;
}

static const struct field edge_fields[FABMON_A_EDGE_MAX + 1] = {
	[FABMON_A_EDGE_TYPE] = FIELD(U32, struct knl_edge, type),
	[FABMON_A_EDGE_INDEX] = FIELD(U32, struct knl_edge, index),
	[FABMON_A_EDGE_NODE] = FIELD(U32, struct knl_edge, node),
	[FABMON_A_EDGE_PATH] = FIELD(TEXT, struct knl_edge, path),
	[FABMON_A_EDGE_PCI] = FIELD(SHORT, struct knl_edge, pci),
	[FABMON_A_EDGE_IFINDEX] = FIELD(U32, struct knl_edge, ifindex),
	[FABMON_A_EDGE_IFNAME] = FIELD(SHORT, struct knl_edge, ifname),
	[FABMON_A_EDGE_MTU] = FIELD(U32, struct knl_edge, mtu),
	[FABMON_A_EDGE_ADDRESS] = NEST(address_parse),
};

static int edge_parse(void *object, struct knl_span span)
{
	struct knl_node *node = object;
	struct knl_edge *edges;
	uint64_t has = 0;

	edges = array_add(node->edges, node->n_edges, sizeof(*edges));
	if (!edges)
		return -errno;
	node->edges = edges;
	return set_read(span, edge_fields, FABMON_A_EDGE_MAX,
			&edges[node->n_edges++], &has);
}

static int gid_value_parse(void *object, struct knl_span span)
{
	struct knl_gid *gid = object;

	if (span.len != sizeof(gid->value))
		return -EBADMSG;
	memcpy(gid->value, span.pos, sizeof(gid->value));
	return 0;
}

static const struct field gid_fields[FABMON_A_GID_MAX + 1] = {
	[FABMON_A_GID_INDEX] = FIELD(U32, struct knl_gid, index),
	[FABMON_A_GID_TYPE] = FIELD(U32, struct knl_gid, type),
	[FABMON_A_GID_VALUE] = NEST(gid_value_parse),
	[FABMON_A_GID_IFINDEX] = FIELD(U32, struct knl_gid, ifindex),
};

static int gid_parse(void *object, struct knl_span span)
{
	struct knl_rdma_port *port = object;
	struct knl_gid *gids;
	uint64_t has = 0;

	gids = array_add(port->gids, port->n_gids, sizeof(*gids));
	if (!gids)
		return -errno;
	port->gids = gids;
	return set_read(span, gid_fields, FABMON_A_GID_MAX,
			&gids[port->n_gids++], &has);
}

static const struct field dev_fields[FABMON_A_RDMA_DEV_MAX + 1] = {
	[FABMON_A_RDMA_DEV_INDEX] = FIELD(U32, struct knl_rdma_dev, index),
	[FABMON_A_RDMA_DEV_NODE_TYPE] =
		FIELD(U32, struct knl_rdma_dev, node_type),
	[FABMON_A_RDMA_DEV_NODE_GUID] =
		FIELD(U64, struct knl_rdma_dev, node_guid),
	[FABMON_A_RDMA_DEV_SYS_IMAGE_GUID] =
		FIELD(U64, struct knl_rdma_dev, sys_image_guid),
	[FABMON_A_RDMA_DEV_FIRMWARE] =
		FIELD(TEXT, struct knl_rdma_dev, firmware),
	[FABMON_A_RDMA_DEV_PORTS] = FIELD(U32, struct knl_rdma_dev, ports),
};

static int dev_parse(void *object, struct knl_span span)
{
	struct knl_node *node = object;
	uint64_t has = 0;

	return set_read(span, dev_fields, FABMON_A_RDMA_DEV_MAX, &node->dev,
			&has);
}

#define PORT(attr, member) \
	[FABMON_A_RDMA_PORT_##attr] = FIELD(U32, struct knl_rdma_port, member)

static const struct field port_fields[FABMON_A_RDMA_PORT_MAX + 1] = {
	PORT(NUMBER, number),
	PORT(STATE, state),
	PORT(PHYS_STATE, phys_state),
	PORT(LINK_LAYER, link_layer),
	PORT(PROTOCOL, protocol),
	PORT(SPEED, speed),
	PORT(WIDTH, width),
	PORT(RATE, rate),
	PORT(ACTIVE_MTU, active_mtu),
	PORT(MAX_MTU, max_mtu),
	PORT(LID, lid),
	PORT(LMC, lmc),
	PORT(SM_LID, sm_lid),
	PORT(SM_SL, sm_sl),
	PORT(CAPABILITIES, capabilities),
	[FABMON_A_RDMA_PORT_SUBNET_PREFIX] =
		FIELD(U64, struct knl_rdma_port, subnet_prefix),
	PORT(GID_COUNT, gid_count),
	[FABMON_A_RDMA_PORT_GID] = NEST(gid_parse),
};

static int port_parse(void *object, struct knl_span span)
{
	struct knl_node *node = object;
	uint64_t has = 0;
	int err;

	err = set_read(span, port_fields, FABMON_A_RDMA_PORT_MAX, &node->port,
		       &has);
	if (has & HAS(FABMON_A_RDMA_PORT_LID))
		node->port.has_lid = true;
	return err;
}

static const struct field node_fields[FABMON_A_NODE_MAX + 1] = {
	[FABMON_A_NODE_ID] = FIELD(U32, struct knl_node, id),
	[FABMON_A_NODE_KIND] = FIELD(U32, struct knl_node, kind),
	[FABMON_A_NODE_NAME] = FIELD(TEXT, struct knl_node, name),
	[FABMON_A_NODE_PARENT] = FIELD(U32, struct knl_node, parent),
	[FABMON_A_NODE_PATH] = FIELD(TEXT, struct knl_node, path),
	[FABMON_A_NODE_DRIVER] = FIELD(TEXT, struct knl_node, driver),
	[FABMON_A_NODE_PCI] = FIELD(SHORT, struct knl_node, pci),
	[FABMON_A_NODE_NUMA_NODE] = FIELD(U32, struct knl_node, numa_node),
	[FABMON_A_NODE_EDGE] = NEST(edge_parse),
	[FABMON_A_NODE_RDMA_DEV] = NEST(dev_parse),
	[FABMON_A_NODE_RDMA_PORT] = NEST(port_parse),
};

static int node_parse(void *object, struct knl_span span)
{
	const uint64_t need = HAS(FABMON_A_NODE_ID) | HAS(FABMON_A_NODE_KIND) |
			      HAS(FABMON_A_NODE_NAME);
	struct knl_msg *msg = object;
	uint64_t has = 0;
	int err;

	knl_node_clear(&msg->node);
	msg->node.numa_node = -1;
	err = set_read(span, node_fields, FABMON_A_NODE_MAX, &msg->node, &has);
	if (err)
		return err;
	if ((has & need) != need || !msg->node.id || !msg->node.kind)
		return -EBADMSG;
	return 0;
}

static int event_raw_read(struct knl_event *event, const struct knl_attr *attr)
{
	uint8_t *copy = malloc(attr->len ? attr->len : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, attr->data, attr->len);
	free(event->raw);
	event->raw = copy;
	event->raw_len = attr->len;
	return 0;
}

static int event_component_read(struct knl_event *event,
				const struct knl_attr *attr)
{
	if (attr->len > sizeof(event->component_id))
		return -EBADMSG;
	memset(event->component_id, 0, sizeof(event->component_id));
	memcpy(event->component_id, attr->data, attr->len);
	event->component_len = attr->len;
	return 0;
}

static int event_attr_read(struct knl_event *event, const struct knl_attr *attr)
{
	uint32_t value;
	int err;

	switch (attr->type) {
	case FABMON_A_EVENT_DEVICE:
		return knl_attr_text(attr, &event->device);
	case FABMON_A_EVENT_COMPONENT_ID:
		return event_component_read(event, attr);
	case FABMON_A_EVENT_RAW:
		return event_raw_read(event, attr);
	}

	/* The rest are numbers; which is of which size the length says. */
	if (attr->len == sizeof(event->num[0]))
		return knl_attr_u64(attr, &event->num[attr->type]);
	err = knl_attr_u32(attr, &value);
	if (err)
		return err;
	event->num[attr->type] = value;
	if (attr->type == FABMON_A_EVENT_TEMPERATURE)
		event->num[attr->type] = (int64_t)(int32_t)value;
	return 0;
}

static int event_parse(void *object, struct knl_span span)
{
	struct knl_event *event = &((struct knl_msg *)object)->event;
	struct knl_attr attr;
	int rc;

	knl_event_clear(event);
	while ((rc = knl_attr_next(&span, &attr)) > 0) {
		if (!attr.type || attr.type > FABMON_A_EVENT_MAX)
			continue;
		rc = event_attr_read(event, &attr);
		if (rc)
			return rc;
		event->has |= KNL_EVENT_HAS(attr.type);
	}
	if (!rc && !(event->has & KNL_EVENT_HAS(FABMON_A_EVENT_TYPE)))
		return -EBADMSG;
	return rc;
}

static const struct field msg_fields[FABMON_A_MAX + 1] = {
	[FABMON_A_INSTANCE] = FIELD(U64, struct knl_msg, instance),
	[FABMON_A_SEQ] = FIELD(U64, struct knl_msg, seq),
	[FABMON_A_BOOTTIME] = FIELD(U64, struct knl_msg, boottime),
	[FABMON_A_REALTIME] = FIELD(U64, struct knl_msg, realtime),
	[FABMON_A_NODE] = NEST(node_parse),
	[FABMON_A_EVENT] = NEST(event_parse),
};

/* The command and the attributes of a whole message. */
static int msg_open(const struct nlmsghdr *hdr, size_t len, uint8_t *cmd,
		    struct knl_span *span)
{
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	struct genlmsghdr genl;

	if (len < head || hdr->nlmsg_len < head || hdr->nlmsg_len > len)
		return -EBADMSG;
	memcpy(&genl, NLMSG_DATA(hdr), sizeof(genl));
	*cmd = genl.cmd;
	span->pos = (const uint8_t *)hdr + head;
	span->len = hdr->nlmsg_len - head;
	return 0;
}

/* Attributes that a message of this command must have. */
static uint64_t msg_need(uint8_t cmd)
{
	uint64_t need = HAS(FABMON_A_INSTANCE) | HAS(FABMON_A_SEQ);

	switch (cmd) {
	case FABMON_CMD_NODE_GET:
	case FABMON_CMD_NODE_ADD_NTF:
	case FABMON_CMD_NODE_CHANGE_NTF:
	case FABMON_CMD_NODE_DELETE_NTF:
		return need | HAS(FABMON_A_NODE);
	case FABMON_CMD_EVENT_NTF:
		return need | HAS(FABMON_A_EVENT);
	}
	return need;
}

int knl_msg_parse(const struct nlmsghdr *hdr, size_t len, struct knl_msg *msg)
{
	uint64_t has = 0, need;
	struct knl_span span;
	int err;

	memset(msg, 0, sizeof(*msg));
	err = msg_open(hdr, len, &msg->cmd, &span);
	if (!err && msg->cmd == FABMON_CMD_INFO_GET)
		err = -EBADMSG;
	if (!err)
		err = set_read(span, msg_fields, FABMON_A_MAX, msg, &has);
	need = msg_need(msg->cmd);
	if (!err && (has & need) != need)
		err = -EBADMSG;
	if (err)
		knl_msg_clear(msg);
	return err;
}

static int version_parse(void *object, struct knl_span span)
{
	struct knl_attr attr = { .data = span.pos, .len = span.len };
	struct knl_info *info = object;

	return knl_attr_copy(&attr, info->version, sizeof(info->version));
}

static const struct field info_fields[FABMON_A_INFO_MAX + 1] = {
	[FABMON_A_INFO_MODULE_VERSION] = NEST(version_parse),
	[FABMON_A_INFO_ABI] = FIELD(U32, struct knl_info, abi),
	[FABMON_A_INFO_INSTANCE] = FIELD(U64, struct knl_info, instance),
	[FABMON_A_INFO_SEQ] = FIELD(U64, struct knl_info, seq),
	[FABMON_A_INFO_NODES] = FIELD(U32, struct knl_info, nodes),
	[FABMON_A_INFO_CAPABILITIES] =
		FIELD(U32, struct knl_info, capabilities),
	[FABMON_A_INFO_LOST_BUILD] = FIELD(U64, struct knl_info, lost_build),
	[FABMON_A_INFO_LOST_HOOK] = FIELD(U64, struct knl_info, lost_hook),
	[FABMON_A_INFO_LOST_SEND] = FIELD(U64, struct knl_info, lost_send),
};

int knl_info_parse(const struct nlmsghdr *hdr, size_t len,
		   struct knl_info *info)
{
	const uint64_t need = HAS(FABMON_A_INFO_ABI) |
			      HAS(FABMON_A_INFO_INSTANCE) |
			      HAS(FABMON_A_INFO_SEQ);
	uint64_t has = 0;
	struct knl_span span;
	uint8_t cmd;
	int err;

	memset(info, 0, sizeof(*info));
	err = msg_open(hdr, len, &cmd, &span);
	if (err)
		return err;
	if (cmd != FABMON_CMD_INFO_GET)
		return -EBADMSG;
	err = set_read(span, info_fields, FABMON_A_INFO_MAX, info, &has);
	if (!err && (has & need) != need)
		err = -EBADMSG;
	return err;
}
