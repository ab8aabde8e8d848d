// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The generic netlink controller: which id a family and its groups have.
 *
 * libnl can ask that too, but then returns "not found" whatever went wrong, and
 * a moment without memory would pass for an unloaded module.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>

#include "attr.h"
#include "priv.h"
#include "util/error.h"

/* One group: is it the one that is wanted? Then its id is taken. */
static int group_read(struct knl_span span, const char *wanted, int *id)
{
	char name[GENL_NAMSIZ] = "";
	struct knl_attr attr;
	uint32_t value = 0;
	int rc;

	while ((rc = knl_attr_next(&span, &attr)) > 0) {
		if (attr.type == CTRL_ATTR_MCAST_GRP_NAME)
			rc = knl_attr_copy(&attr, name, sizeof(name));
		else if (attr.type == CTRL_ATTR_MCAST_GRP_ID)
			rc = knl_attr_u32(&attr, &value);
		if (rc < 0)
			return rc;
	}
	if (!rc && wanted && !strcmp(name, wanted))
		*id = (int)value;
	return rc;
}

static int groups_read(struct knl_span span, const char *wanted, int *id)
{
	struct knl_attr attr;
	int rc;

	while ((rc = knl_attr_next(&span, &attr)) > 0) {
		rc = group_read((struct knl_span){
			.pos = attr.data, .len = attr.len }, wanted, id);
		if (rc)
			return rc;
	}
	return rc;
}

static int attr_read(const struct knl_attr *attr, const char *group,
		     struct knl_ctrl *ctrl)
{
	const struct knl_span span = { .pos = attr->data, .len = attr->len };
	uint16_t id;

	switch (attr->type) {
	case CTRL_ATTR_FAMILY_NAME:
		return knl_attr_copy(attr, ctrl->name, sizeof(ctrl->name));
	case CTRL_ATTR_FAMILY_ID:
		if (attr->len != sizeof(id))
			return -EBADMSG;
		memcpy(&id, attr->data, sizeof(id));
		ctrl->id = id;
		return 0;
	case CTRL_ATTR_MCAST_GROUPS:
		return groups_read(span, group, &ctrl->group);
	}
	return 0;
}

int knl_ctrl_parse(const struct nlmsghdr *hdr, size_t len, const char *group,
		   struct knl_ctrl *ctrl)
{
	const size_t head = NLMSG_HDRLEN + GENL_HDRLEN;
	struct genlmsghdr genl;
	struct knl_span span;
	struct knl_attr attr;
	int rc;

	memset(ctrl, 0, sizeof(*ctrl));
	if (len < head || hdr->nlmsg_len < head || hdr->nlmsg_len > len)
		return error_origin(-EBADMSG,
				    "netlink controller: a message of %zu bytes",
				    len);
	memcpy(&genl, NLMSG_DATA(hdr), sizeof(genl));
	ctrl->cmd = genl.cmd;
	span.pos = (const uint8_t *)hdr + head;
	span.len = hdr->nlmsg_len - head;
	while ((rc = knl_attr_next(&span, &attr)) > 0) {
		rc = attr_read(&attr, group, ctrl);
		if (rc)
			break;
	}
	return error_origin(rc, "netlink controller: message %u", ctrl->cmd);
}

struct lookup {
	const char *group;
	struct knl_ctrl ctrl;
};

static int lookup_take(const struct nlmsghdr *hdr, size_t len, void *ctx)
{
	struct lookup *lookup = ctx;

	return knl_ctrl_parse(hdr, len, lookup->group, &lookup->ctrl);
}

int knl_family_resolve(struct knl *knl, const char *family, const char *group,
		       int *family_id, int *group_id)
{
	const struct knl_request request = {
		.family = GENL_ID_CTRL, .cmd = CTRL_CMD_GETFAMILY,
		.flags = NLM_F_ACK, .name = family,
	};
	struct lookup lookup = { .group = group };
	struct knl_answer answer = { .fn = lookup_take, .ctx = &lookup };
	int err;

	err = knl_request(knl, &request, &answer);
	if (err)
		return err;
	if (!lookup.ctrl.id || strcmp(lookup.ctrl.name, family))
		return error_origin(-EBADMSG,
				    "netlink controller: another family than %s",
				    family);
	if (group && !lookup.ctrl.group)
		return -ENOENT;
	*family_id = lookup.ctrl.id;
	*group_id = lookup.ctrl.group;
	return 0;
}
