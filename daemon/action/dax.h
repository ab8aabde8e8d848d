/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What a volatile region is used as; in the child process, may block. */
#ifndef FABMON_ACTION_DAX_H
#define FABMON_ACTION_DAX_H

#include <cxl/libcxl.h>
#include <daxctl/libdaxctl.h>

#include "run.h"

/**
 * dax_use - take a region into use, and wait until it can be used
 * @region: volatile, with its driver
 *
 * Return: whether it is; else @result is set.
 */
bool dax_use(struct cxl_region *region, enum action_use use,
	     struct action_result *result);
/**
 * dax_release - take a region out of use, so that it can be torn down
 *
 * Nothing that is in use is taken away: memory that went offline in vain is set
 * online again. A region that has a driver but no DAX device is memory that
 * firmware gave to the system. Return: whether it is free; else @result names
 * what holds it.
 */
bool dax_release(struct cxl_region *region, struct action_result *result);

/* Whether there is a DAX device of it. */
bool dax_has_device(struct cxl_region *region);

/* dax_open.c: whether no process has the character device open. */
bool dax_is_closed(struct daxctl_dev *dev, struct action_result *result);

#endif /* FABMON_ACTION_DAX_H */
