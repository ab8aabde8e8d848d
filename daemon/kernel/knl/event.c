// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Events taken apart. Most attributes are numbers, and a new one needs a line
 * here only if it is something else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "field.h"
#include "util/error.h"

void knl_event_clear(struct knl_event *event)
{
	int attr;

	for (attr = 0; attr <= FABMON_A_EVENT_MAX; attr++)
		free(event->bytes[attr].data);
	free(event->raw.data);
	free(event->device);
	memset(event, 0, sizeof(*event));
}

int64_t knl_event_num(const struct knl_event *event, int attr, int64_t def)
{
	if (attr <= 0 || attr > FABMON_A_EVENT_MAX || !event->has[attr])
		return def;
	return (int64_t)event->num[attr];
}

/* The length says whether it has 32 or 64 bits. */
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
		return knl_bytes_copy(&event->bytes[attr->type], attr->data,
				  attr->len);
	default:
		return number_read(event, attr);
	}
}

int knl_event_read(struct knl_event *event, struct knl_span span)
{
	struct knl_attr attr;
	int rc;

	knl_event_clear(event);
	rc = knl_bytes_copy(&event->raw, span.pos, span.len);
	if (rc)
		return rc;
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

int knl_event_parse(const struct knl_bytes *raw, struct knl_event *event)
{
	const struct knl_span span = { .pos = raw->data, .len = raw->len };
	int rc;

	memset(event, 0, sizeof(*event));
	rc = knl_event_read(event, span);
	if (rc)
		knl_event_clear(event);
	return error_origin(rc, "event of %zu bytes", raw->len);
}
