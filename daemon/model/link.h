/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Links of RDMA ports, and what is shown of those that flap. */
#ifndef FABMON_MODEL_LINK_H
#define FABMON_MODEL_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "flap.h"
#include "kernel/knl/node.h"
#include "log.h"

struct model_node;

/*
 * Whether an RDMA port's interface was taken down: its network device says so
 * where it has one, else the port itself.
 */
bool model_link_disabled(const struct knl_node *port);

/* When links flap. Before there are nodes; without it none does. */
void model_flap_limit(struct model *model,
		      const struct model_flap_limits *limits);
/* Does what is due at @stamp->boottime; see model_flap_wait(). */
bool model_flap_run(struct model *model, const struct model_stamp *stamp);
/* CLOCK_BOOTTIME ns when something will be due; UINT64_MAX: nothing is. */
uint64_t model_flap_wait(const struct model *model);
/* The last state that the kernel reported, also where the tree shows another. */
const struct knl_node *model_link_true(const struct model_node *port);

#endif /* FABMON_MODEL_LINK_H */
