// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Netlink messages of the family from and to JSON. An attribute has the name
 * that the specification gives it, which is made from that in
 * uapi/linux/fabmon.h: FABMON_A_NODE_FOO_BAR is foo-bar.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/fabmon.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"

#define MESSAGE_MAX	(512u << 10)
#define VALUES_MAX	64	/* no enum of the specification has as many */

enum type { NONE, U32, S32, U64, TEXT, BYTES, NEST, NESTS };

/**
 * struct attr - an attribute
 * @name: the end of its name in uapi, as FOO_BAR
 * @set: what is in a NEST, or in a NESTS, which may come more than once
 * @value: name of an enum's value, "unknown" where it has none
 * @flags: the number is a set of bits, and @value names one bit
 */
struct attr {
	const char *name;
	enum type type;
	const struct set *set;
	const char *(*value)(uint32_t value);
	bool flags;
};

struct set {
	const struct attr *attrs;
	int max;
};

#define SET(array) { (array), (int)(sizeof(array) / sizeof((array)[0])) - 1 }

/* ---- names of values ------------------------------------------------------ */

static const char *kind_name(uint32_t value)
{
	return knl_kind_name(value);
}

static const char *edge_name(uint32_t value)
{
	return knl_edge_name(value);
}

static const char *role_name(uint32_t value)
{
	return knl_role_name(value);
}

static const char *protocol_name(uint32_t value)
{
	return knl_protocol_name(value);
}

/* Bit n for the value n. */
static const char *protocol_bit_name(uint32_t bit)
{
	return knl_protocol_name((uint32_t)__builtin_ctz(bit));
}

static const char *event_name(uint32_t value)
{
	return knl_event_name(value);
}

static const char *gid_name(uint32_t value)
{
	static const char *const names[] = { "ib", "rocev1", "rocev2" };

	return value < 3 ? names[value] : "unknown";
}

static const char *log_name(uint32_t value)
{
	static const char *const names[] = {
		"info", "warning", "failure", "fatal", "dynamic-capacity"
	};

	return value < 5 ? names[value] : "unknown";
}

static const char *poison_name(uint32_t value)
{
	static const char *const names[] = { "list", "inject", "clear" };

	return value < 3 ? names[value] : "unknown";
}

static const char *action_name(uint32_t value)
{
	static const char *const names[] = {
		"unknown", "add", "change", "delete", "event", "lost"
	};

	return value < 6 ? names[value] : "unknown";
}

/* ---- the attribute sets --------------------------------------------------- */

#define ATTR(in, attr, kind) [FABMON_A_##in##_##attr] = { #attr, kind }
#define ENUM(in, attr, names) \
	[FABMON_A_##in##_##attr] = { #attr, U32, NULL, names }
#define FLAGS(in, attr, names) \
	[FABMON_A_##in##_##attr] = { #attr, U32, NULL, names, true }
#define SUB(in, attr, kind, nested) \
	[FABMON_A_##in##_##attr] = { #attr, kind, &(nested) }

static const struct attr edge_attrs[] = {
	ENUM(EDGE, TYPE, edge_name), ATTR(EDGE, INDEX, U32),
	ATTR(EDGE, NODE, U32), ATTR(EDGE, PATH, TEXT), ATTR(EDGE, PCI, TEXT),
	ATTR(EDGE, IFINDEX, U32), ATTR(EDGE, IFNAME, TEXT),
	ATTR(EDGE, MTU, U32), ATTR(EDGE, ADDRESS, BYTES), ATTR(EDGE, UP, U32),
	ATTR(EDGE, CARRIER, U32), ATTR(EDGE, MASTER_IFINDEX, U32),
	ATTR(EDGE, MASTER_IFNAME, TEXT), ATTR(EDGE, START, U64),
	ATTR(EDGE, SIZE, U64), ATTR(EDGE, NUMA_NODE, S32),
};
static const struct set edge_set = SET(edge_attrs);

static const struct attr gid_attrs[] = {
	ATTR(GID, INDEX, U32), ENUM(GID, TYPE, gid_name),
	ATTR(GID, VALUE, BYTES), ATTR(GID, IFINDEX, U32),
};
static const struct set gid_set = SET(gid_attrs);

static const struct attr pkey_attrs[] = {
	ATTR(PKEY, INDEX, U32), ATTR(PKEY, VALUE, U32),
};
static const struct set pkey_set = SET(pkey_attrs);

static const struct attr dev_attrs[] = {
	ATTR(RDMA_DEV, INDEX, U32), ATTR(RDMA_DEV, NODE_TYPE, U32),
	ATTR(RDMA_DEV, NODE_GUID, U64), ATTR(RDMA_DEV, SYS_IMAGE_GUID, U64),
	ATTR(RDMA_DEV, FIRMWARE, TEXT), ATTR(RDMA_DEV, PORTS, U32),
	ATTR(RDMA_DEV, BOARD_ID, TEXT), ATTR(RDMA_DEV, CAPABILITIES, U64),
	ATTR(RDMA_DEV, NETNS_COOKIE, U64),
};
static const struct set dev_set = SET(dev_attrs);

static const struct attr port_attrs[] = {
	ATTR(RDMA_PORT, NUMBER, U32), ATTR(RDMA_PORT, STATE, U32),
	ATTR(RDMA_PORT, PHYS_STATE, U32), ATTR(RDMA_PORT, LINK_LAYER, U32),
	ENUM(RDMA_PORT, PROTOCOL, protocol_name), ATTR(RDMA_PORT, SPEED, U32),
	ATTR(RDMA_PORT, WIDTH, U32), ATTR(RDMA_PORT, RATE, U32),
	ATTR(RDMA_PORT, ACTIVE_MTU, U32), ATTR(RDMA_PORT, MAX_MTU, U32),
	ATTR(RDMA_PORT, LID, U32), ATTR(RDMA_PORT, LMC, U32),
	ATTR(RDMA_PORT, SM_LID, U32), ATTR(RDMA_PORT, SM_SL, U32),
	ATTR(RDMA_PORT, CAPABILITIES, U32),
	ATTR(RDMA_PORT, SUBNET_PREFIX, U64), ATTR(RDMA_PORT, GID_COUNT, U32),
	SUB(RDMA_PORT, GID, NESTS, gid_set),
	FLAGS(RDMA_PORT, PROTOCOLS, protocol_bit_name),
	ATTR(RDMA_PORT, CAPABILITIES2, U32), ATTR(RDMA_PORT, PKEY_COUNT, U32),
	SUB(RDMA_PORT, PKEY, NESTS, pkey_set),
};
static const struct set port_set = SET(port_attrs);

static const struct attr cxl_port_attrs[] = {
	ENUM(CXL_PORT, ROLE, role_name), ATTR(CXL_PORT, DPORTS, U32),
};
static const struct set cxl_port_set = SET(cxl_port_attrs);

static const struct attr region_attrs[] = {
	ATTR(CXL_REGION, COMMITTED, U32), ATTR(CXL_REGION, TARGETS, U32),
};
static const struct set region_set = SET(region_attrs);

static const struct attr node_attrs[] = {
	ATTR(NODE, ID, U32), ENUM(NODE, KIND, kind_name),
	ATTR(NODE, NAME, TEXT), ATTR(NODE, PARENT, U32),
	ATTR(NODE, PATH, TEXT), ATTR(NODE, DRIVER, TEXT),
	ATTR(NODE, PCI, TEXT), ATTR(NODE, NUMA_NODE, S32),
	SUB(NODE, EDGE, NESTS, edge_set), SUB(NODE, RDMA_DEV, NEST, dev_set),
	SUB(NODE, RDMA_PORT, NEST, port_set),
	SUB(NODE, CXL_PORT, NEST, cxl_port_set),
	SUB(NODE, CXL_REGION, NEST, region_set),
};
static const struct set node_set = SET(node_attrs);

#define EV(attr, kind) ATTR(EVENT, attr, kind)

static const struct attr event_attrs[] = {
	ENUM(EVENT, TYPE, event_name), EV(NODE, U32), EV(DEVICE, TEXT),
	ENUM(EVENT, LOG, log_name), EV(FLAGS, U32), EV(HANDLE, U32),
	EV(RECORD_TIME, U64), EV(DPA, U64), EV(LENGTH, U64), EV(HPA, U64),
	EV(REGION, U32), EV(DESCRIPTOR, U32), EV(MEMORY_EVENT_TYPE, U32),
	EV(TRANSACTION_TYPE, U32), EV(CHANNEL, U32), EV(RANK, U32),
	EV(NIBBLE_MASK, U32), EV(BANK_GROUP, U32), EV(BANK, U32),
	EV(ROW, U32), EV(COLUMN, U32), EV(COMPONENT_DEVICE, U32),
	EV(COMPONENT_ID, BYTES), EV(MODULE_EVENT_TYPE, U32),
	EV(HEALTH_STATUS, U32), EV(MEDIA_STATUS, U32),
	EV(ADDITIONAL_STATUS, U32), EV(LIFE_USED, U32), EV(TEMPERATURE, S32),
	EV(DIRTY_SHUTDOWNS, U32), EV(CORRECTED_VOLATILE_ERRORS, U32),
	EV(CORRECTED_PERSISTENT_ERRORS, U32),
	ENUM(EVENT, POISON_OP, poison_name), EV(POISON_SOURCE, U32),
	EV(POISON_FLAGS, U32), EV(RAW, BYTES), EV(COUNT, U64),
	EV(UUID, BYTES), EV(RECORD_LENGTH, U32), EV(RELATED_HANDLE, U32),
	EV(MAINT_OP_CLASS, U32), EV(MAINT_OP_SUB_CLASS, U32), EV(LD_ID, U32),
	EV(HEAD_ID, U32), EV(SUB_TYPE, U32), EV(THRESHOLD_FLAGS, U32),
	EV(CORRECTED_ERRORS, U32), EV(CORRECTED_VOLATILE, U32),
	EV(SUB_CHANNEL, U32), EV(CORRECTION_MASK, BYTES),
	EV(SPARING_FLAGS, U32), EV(RESULT, U32), EV(SPARES, U32),
	EV(FIRST_TIME, U64), EV(LAST_TIME, U64), EV(STATUS, U32),
	EV(FIRST_ERROR, U32), EV(HEADER_LOG, BYTES), EV(PCI, TEXT),
	EV(NUMA_NODE, S32), EV(HPA_ALIAS, U64), EV(DPA_FLAGS, U32),
	EV(COMPONENT_ID_PLDM, U32),
};
static const struct set event_set = SET(event_attrs);

#define TOP(attr, kind) [FABMON_A_##attr] = { #attr, kind }
#define TABLE(attr, nested) [FABMON_A_##attr] = { #attr, NESTS, &(nested) }

static const struct attr top_attrs[] = {
	TOP(INSTANCE, U64), TOP(SEQ, U64), TOP(BOOTTIME, U64),
	TOP(REALTIME, U64), TOP(ID, U32),
	[FABMON_A_NODE] = { "NODE", NEST, &node_set },
	[FABMON_A_EVENT] = { "EVENT", NEST, &event_set },
	[FABMON_A_CAUSE] = { "CAUSE", U32, NULL, knl_cause_name, true },
	TABLE(GID_ADDED, gid_set), TABLE(GID_REMOVED, gid_set),
	TABLE(PKEY_ADDED, pkey_set), TABLE(PKEY_REMOVED, pkey_set),
	[FABMON_A_ACTION] = { "ACTION", U32, NULL, action_name },
	TOP(LOST, U64),
};
static const struct set top_set = SET(top_attrs);

_Static_assert(sizeof(node_attrs) / sizeof(node_attrs[0]) ==
	       FABMON_A_NODE_MAX + 1, "all of a node is here");
_Static_assert(sizeof(event_attrs) / sizeof(event_attrs[0]) ==
	       FABMON_A_EVENT_MAX + 1, "all of an event is here");

/* ---- from JSON ------------------------------------------------------------ */

/* FOO_BAR is foo-bar. */
static char name_char(char c)
{
	return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

static int attr_find(const struct set *set, const char *name)
{
	const char *own;
	size_t i;
	int n;

	for (n = 1; n <= set->max; n++) {
		own = set->attrs[n].name;
		for (i = 0; own && own[i] && name_char(own[i]) == name[i]; i++)
			;
		if (own && !own[i] && !name[i])
			return n;
	}
	return 0;
}

static bool value_find(const struct attr *attr, const char *name,
		       uint32_t *number)
{
	uint32_t i, value;

	for (i = 0; i < (attr->flags ? 32 : VALUES_MAX); i++) {
		value = attr->flags ? 1u << i : i;
		if (strcmp(attr->value(value), name))
			continue;
		*number = value;
		return true;
	}
	return false;
}

static bool number_get(const struct attr *attr, const json_t *json,
		       uint64_t *number)
{
	const char *text = json_string_value(json);
	uint32_t bit;
	json_t *flag;
	char *end;
	size_t i;

	*number = 0;
	if (json_is_integer(json)) {
		*number = (uint64_t)json_integer_value(json);
		return true;
	}
	if (attr->flags && json_is_array(json)) {
		json_array_foreach(json, i, flag) {
			if (!json_is_string(flag) ||
			    !value_find(attr, json_string_value(flag), &bit))
				return false;
			*number |= bit;
		}
		return true;
	}
	if (text && attr->value && value_find(attr, text, &bit)) {
		*number = bit;
		return true;
	}
	errno = 0;
	*number = text ? strtoull(text, &end, 0) : 0;
	return text && end > text && !*end && !errno;
}

static int put_bytes(struct nl_msg *msg, int type, const char *text)
{
	size_t len = strlen(text) / 2, i;
	uint8_t *data = malloc(len + 1);
	int rc = strlen(text) % 2 ? -1 : 0;

	for (i = 0; data && i < len && !rc; i++)
		rc = sscanf(text + 2 * i, "%2hhx", &data[i]) == 1 ? 0 : -1;
	if (!data || rc || nla_put(msg, type, (int)len, data))
		rc = -1;
	free(data);
	return rc;
}

static int put_set(struct nl_msg *msg, const struct set *set,
		   const json_t *json);

static int put_nests(struct nl_msg *msg, int type, const struct set *set,
		     const json_t *json)
{
	struct nlattr *nest;
	json_t *one;
	size_t i;

	if (!json_is_array(json))
		return -1;
	json_array_foreach(json, i, one) {
		nest = nla_nest_start(msg, type | NLA_F_NESTED);
		if (!nest || put_set(msg, set, one))
			return -1;
		nla_nest_end(msg, nest);
	}
	return 0;
}

static int put_nest(struct nl_msg *msg, int type, const struct set *set,
		    const json_t *json)
{
	json_t *list = json_pack("[O]", json);
	int rc = list ? put_nests(msg, type, set, list) : -1;

	json_decref(list);
	return rc;
}

static int put_attr(struct nl_msg *msg, int type, const struct attr *attr,
		    const json_t *json)
{
	const char *text = json_string_value(json);
	uint64_t number;

	switch (attr->type) {
	case U32:
	case S32:
		return number_get(attr, json, &number) ?
		       nla_put_u32(msg, type, (uint32_t)number) : -1;
	case U64:
		return number_get(attr, json, &number) ?
		       nla_put_u64(msg, type, number) : -1;
	case TEXT:
		return text ? nla_put_string(msg, type, text) : -1;
	case BYTES:
		return text ? put_bytes(msg, type, text) : -1;
	case NEST:
		return put_nest(msg, type, attr->set, json);
	case NESTS:
		return put_nests(msg, type, attr->set, json);
	case NONE:
		break;
	}
	return -1;
}

static int put_set(struct nl_msg *msg, const struct set *set,
		   const json_t *json)
{
	const char *name;
	json_t *value;
	int type;

	if (!json_is_object(json))
		return -1;
	json_object_foreach((json_t *)json, name, value) {
		type = attr_find(set, name);
		if (type && !put_attr(msg, type, &set->attrs[type], value))
			continue;
		fprintf(stderr, "golden: \"%s\" %s\n", name,
			type ? "has a value that is not valid" :
			"is not an attribute here");
		return -1;
	}
	return 0;
}

struct nlmsghdr *golden_message_new(uint8_t cmd, const json_t *json)
{
	struct nl_msg *msg = nlmsg_alloc_size(MESSAGE_MAX);
	struct nlmsghdr *copy = NULL;
	size_t len;

	if (msg && genlmsg_put(msg, 0, 0, GENL_MIN_ID, 0, 0, cmd, 1) &&
	    !put_set(msg, &top_set, json)) {
		len = nlmsg_hdr(msg)->nlmsg_len;
		copy = malloc(len);
		if (copy)
			memcpy(copy, nlmsg_hdr(msg), len);
	}
	nlmsg_free(msg);
	return copy;
}

/* ---- to JSON -------------------------------------------------------------- */

static json_t *hex_new(const uint8_t *data, size_t len)
{
	char *text = malloc(2 * len + 1);
	json_t *json = NULL;
	size_t i;

	if (!text)
		return NULL;
	for (i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	text[2 * len] = '\0';
	json = json_string(text);
	free(text);
	return json;
}

static json_t *value_new(const struct attr *attr, uint32_t number)
{
	const char *name = attr->value ? attr->value(number) : "unknown";

	return strcmp(name, "unknown") ? json_string(name) :
	       json_integer(number);
}

static json_t *flags_new(const struct attr *attr, uint32_t number)
{
	json_t *list = json_array();
	uint32_t bit;

	for (; number; number &= number - 1) {
		bit = number & -number;
		json_array_append_new(list, json_string(attr->value(bit)));
	}
	return list;
}

static json_t *u64_new(uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, number);
	return json_string(text);
}

static json_t *get_set(const struct nlattr *first, int len,
		       const struct set *set);

static json_t *get_attr(const struct nlattr *nla, const struct attr *attr)
{
	switch (attr->type) {
	case U32:
		return attr->flags ? flags_new(attr, nla_get_u32(nla)) :
		       value_new(attr, nla_get_u32(nla));
	case S32:
		return json_integer((int32_t)nla_get_u32(nla));
	case U64:
		return u64_new(nla_get_u64(nla));
	case TEXT:
		return json_string(nla_get_string(nla));
	case BYTES:
		return hex_new(nla_data(nla), (size_t)nla_len(nla));
	case NEST:
	case NESTS:
		return get_set(nla_data(nla), nla_len(nla), attr->set);
	case NONE:
		break;
	}
	return NULL;
}

static json_t *get_set(const struct nlattr *first, int len,
		       const struct set *set)
{
	const struct nlattr *nla;
	json_t *json = json_object(), *value, *list;
	char name[64];
	int left, type, i;

	nla_for_each_attr(nla, first, len, left) {
		type = nla_type(nla);
		value = type <= set->max ? get_attr(nla, &set->attrs[type]) :
			NULL;
		if (!value) {
			json_decref(json);
			return NULL;
		}
		for (i = 0; set->attrs[type].name[i]; i++)
			name[i] = name_char(set->attrs[type].name[i]);
		name[i] = '\0';
		list = json_object_get(json, name);
		if (set->attrs[type].type != NESTS) {
			json_object_set_new(json, name, value);
			continue;
		}
		if (!list) {
			json_object_set_new(json, name, json_array());
			list = json_object_get(json, name);
		}
		json_array_append_new(list, value);
	}
	return json;
}

json_t *golden_message_read(const struct nlmsghdr *hdr)
{
	const struct genlmsghdr *genl = nlmsg_data(hdr);

	return get_set(genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0),
		       &top_set);
}
