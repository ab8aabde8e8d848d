/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Events as they come from the kernel: with the bytes that they came as. */
#ifndef FABMON_EVENT_BYTES_H
#define FABMON_EVENT_BYTES_H

#include "kernel/knl/knl.h"

/* An event of this type, of the node; FABMON_A_EVENT_NODE is left out for 0. */
struct knl_event event_of_type(enum fabmon_event_type type, uint32_t node);
/* Sets a number, and what goes with it. */
void event_set(struct knl_event *event, int attr, int64_t value);
/*
 * Sets @raw to the attributes that the event has; into a buffer that is used
 * anew by the next call.
 */
void event_pack(struct knl_event *event);

#endif /* FABMON_EVENT_BYTES_H */
