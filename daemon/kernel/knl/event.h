/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* An event as the kernel describes it: something that happened and is no state. */
#ifndef FABMON_KNL_EVENT_H
#define FABMON_KNL_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/fabmon.h>

#include "node.h"

/**
 * struct knl_event - one event
 * @has: which attributes came, by FABMON_A_EVENT_*
 * @num: those that are numbers; read with knl_event_num()
 * @bytes: those that are binary, such as the raw record
 * @device: NULL where absent
 * @pci: empty where absent
 * @raw: the attributes as they came, for knl_event_parse() some other day; none
 *	in an event that came no such way
 */
struct knl_event {
	bool has[FABMON_A_EVENT_MAX + 1];
	uint64_t num[FABMON_A_EVENT_MAX + 1];
	struct knl_bytes bytes[FABMON_A_EVENT_MAX + 1];
	char *device;
	char pci[KNL_PCI_LEN];
	struct knl_bytes raw;
};

/**
 * knl_event_parse - take the attributes of an event apart again (pure; fuzzed)
 * @raw: what @event.raw held, of this version of the module or another
 * @event: filled on success; knl_event_clear() frees what it holds
 *
 * Return: 0, -EBADMSG or -ENOMEM. After an error @event is empty.
 */
int knl_event_parse(const struct knl_bytes *raw, struct knl_event *event);

/* Frees what the event holds and leaves it empty; an empty one is fine. */
void knl_event_clear(struct knl_event *event);

/**
 * knl_event_num - a number of an event
 * @event: the event
 * @attr: FABMON_A_EVENT_*
 * @def: what to answer where the event has no such attribute
 */
int64_t knl_event_num(const struct knl_event *event, int attr, int64_t def);

#endif /* FABMON_KNL_EVENT_H */
