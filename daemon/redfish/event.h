/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Event records of differences of the tree, and the body that carries records.
 * Those of a device's log need the model: rf_entry_events() of redfish.h.
 */
#ifndef FABMON_REDFISH_EVENT_H
#define FABMON_REDFISH_EVENT_H

#include <jansson.h>
#include <stdint.h>

/**
 * rf_lifecycle_event - event record for a difference of the tree
 * @op: 'C'reated, 'M'odified, 'R'emoved
 * @uri: OriginOfCondition
 * @realtime: ns since the epoch, 0: leave EventTimestamp out
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *rf_lifecycle_event(char op, const char *uri, uint64_t realtime);

/**
 * rf_event_payload - the body of one event POST
 * @id: number of the payload, never 0
 * @context: the receiver's context, "" without one
 * @records: JSON array of records; a reference is taken over; EventId and
 *	MemberId are set here
 *
 * Return: a new reference, or NULL without memory.
 */
json_t *rf_event_payload(uint64_t id, const char *context, json_t *records);

#endif /* FABMON_REDFISH_EVENT_H */
