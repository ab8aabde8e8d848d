/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* CXL through libcxl, for the actions on regions; in the child process. */
#ifndef FABMON_ACTION_CXL_H
#define FABMON_ACTION_CXL_H

#include <cxl/libcxl.h>

#include "run.h"

/**
 * struct cxl_work - access to CXL for one action
 * @lock: the directory of the CXL bus, locked: regions take decoders in the
 *	order of their numbers, so that two actions at once would disturb each
 *	other
 */
struct cxl_work {
	struct cxl_ctx *ctx;
	int lock;
};

/*
 * Waits until no other action is at work. False: @result is set. To be ended in
 * either case.
 */
bool cxl_work_begin(struct cxl_work *work, struct action_result *result);
void cxl_work_end(struct cxl_work *work);

struct cxl_decoder *cxl_find_root(struct cxl_ctx *ctx, const char *name);
struct cxl_region *cxl_find_region(struct cxl_ctx *ctx, const char *name);
struct cxl_memdev *cxl_find_memdev(struct cxl_ctx *ctx, const char *name);

/*
 * One step: @r is what libcxl returned, @object the kernel's name of what was
 * changed, @what the kernel refused if @r is not 0. Then @result is set.
 * Return: whether it succeeded.
 */
bool cxl_step(struct action_result *result, int r, const char *object,
	      const char *what);

/* Tears down a region that is not in use, and frees the capacity it had. */
bool cxl_region_end(struct cxl_region *region, struct action_result *result);

#endif /* FABMON_ACTION_CXL_H */
