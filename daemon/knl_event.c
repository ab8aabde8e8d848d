// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Events taken apart. Most attributes are numbers, and a new one needs a line
 * here only if it is something else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "knl_field.h"

static int bytes_read(struct knl_bytes *bytes, const struct knl_attr *attr)
{
	uint8_t *copy = malloc(attr->len ? attr->len : 1);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, attr->data, attr->len);
	free(bytes->data);
	bytes->data = copy;
	bytes->len = attr->len;
	return 0;
}

/* Which is of which size the length says. */
static int number_read(struct knl_event *event, const struct knl_attr *attr)
{
	uint64_t *num = &event->num[attr->type];
	uint32_t value;
	int err;

	if (attr->len == sizeof(*num))
		return knl_attr_u64(attr, num);
	err = knl_attr_u32(attr, &value);
	if (err)
		return err;
	*num = value;
	if (attr->type == FABMON_A_EVENT_TEMPERATURE ||
	    attr->type == FABMON_A_EVENT_NUMA_NODE)
		*num = (int64_t)(int32_t)value;
	return 0;
}

static int attr_read(struct knl_event *event, const struct knl_attr *attr)
{
	switch (attr->type) {
	case FABMON_A_EVENT_DEVICE:
		return knl_attr_text(attr, &event->device);
	case FABMON_A_EVENT_PCI:
		return knl_attr_copy(attr, event->pci, sizeof(event->pci));
	case FABMON_A_EVENT_COMPONENT_ID:
	case FABMON_A_EVENT_RAW:
	case FABMON_A_EVENT_UUID:
	case FABMON_A_EVENT_CORRECTION_MASK:
	case FABMON_A_EVENT_HEADER_LOG:
		return bytes_read(&event->bytes[attr->type], attr);
	default:
		return number_read(event, attr);
	}
}

int knl_event_read(struct knl_event *event, struct knl_span span)
{
	struct knl_attr attr;
	int rc;

	knl_event_clear(event);
	while ((rc = knl_attr_next(&span, &attr)) > 0) {
		if (!attr.type || attr.type > FABMON_A_EVENT_MAX)
			continue;
		rc = attr_read(event, &attr);
		if (rc)
			return rc;
		event->has[attr.type] = true;
	}
	if (!rc && !event->has[FABMON_A_EVENT_TYPE])
		return -EBADMSG;
	return rc;
}
