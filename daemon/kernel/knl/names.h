/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Names of the specification's enum values, for people and for JSON; "unknown"
 * for a value that a newer module has. Never NULL, never to be freed.
 */
#ifndef FABMON_KNL_NAMES_H
#define FABMON_KNL_NAMES_H

#include <stdint.h>
#include <linux/fabmon.h>

const char *knl_kind_name(enum fabmon_node_kind kind);
const char *knl_edge_name(enum fabmon_edge_type type);
const char *knl_event_name(enum fabmon_event_type type);
const char *knl_protocol_name(enum fabmon_rdma_protocol protocol);
const char *knl_role_name(enum fabmon_cxl_port_role role);
/* Of one bit, FABMON_CAUSE_* or FABMON_CAPABILITY_*. */
const char *knl_cause_name(uint32_t bit);
const char *knl_capability_name(uint32_t bit);

#endif /* FABMON_KNL_NAMES_H */
