// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include <linux/netlink.h>
#include <string.h>

#include "event_bytes.h"

static uint8_t buffer[16384];

struct knl_event event_of_type(enum fabmon_event_type type, uint32_t node)
{
	struct knl_event event = { 0 };

	event_set(&event, FABMON_A_EVENT_TYPE, type);
	if (node)
		event_set(&event, FABMON_A_EVENT_NODE, node);
	return event;
}

void event_set(struct knl_event *event, int attr, int64_t value)
{
	event->has[attr] = true;
	event->num[attr] = (uint64_t)value;
}

static void put(struct knl_event *event, int attr, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = NLA_HDRLEN + len, .nla_type = attr };
	uint8_t *at = buffer + event->raw.len;

	memset(at, 0, NLA_ALIGN(head.nla_len));
	memcpy(at, &head, sizeof(head));
	memcpy(at + NLA_HDRLEN, data, len);
	event->raw.len += NLA_ALIGN(head.nla_len);
}

void event_pack(struct knl_event *event)
{
	int attr;

	event->raw = (struct knl_bytes) { buffer, 0 };
	if (event->device)
		put(event, FABMON_A_EVENT_DEVICE, event->device,
		    strlen(event->device) + 1);
	for (attr = 1; attr <= FABMON_A_EVENT_MAX; attr++) {
		if (event->bytes[attr].len)
			put(event, attr, event->bytes[attr].data,
			    event->bytes[attr].len);
		else if (event->has[attr])
			put(event, attr, &event->num[attr],
			    sizeof(event->num[attr]));
	}
}
