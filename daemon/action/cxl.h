/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What those who make and tear down CXL regions share; in the child. */
#ifndef FABMON_ACTION_CXL_H
#define FABMON_ACTION_CXL_H

#include <cxl/libcxl.h>

#include "action.h"

/**
 * struct cxl_work - CXL as it is, for one that changes it
 * @lock: the CXL bus's directory, locked: regions take decoders in the order
 *	of their numbers, so that two at work at once would get in each other's
 *	way
 */
struct cxl_work {
	struct cxl_ctx *ctx;
	int lock;
};

/* Waits for who else is at it. False with @result set; end it in any case. */
bool cxl_work_begin(struct cxl_work *work, struct action_result *result);
void cxl_work_end(struct cxl_work *work);

struct cxl_decoder *cxl_find_root(struct cxl_ctx *ctx, const char *name);
struct cxl_region *cxl_find_region(struct cxl_ctx *ctx, const char *name);
struct cxl_memdev *cxl_find_memdev(struct cxl_ctx *ctx, const char *name);

/* What failed, if @r is not 0; @what the kernel refused. Returns whether not. */
bool cxl_step(struct action_result *result, int r, const char *what);

/* Tear down a region that nothing uses any more, and free what it took. */
bool cxl_region_end(struct cxl_region *region, struct action_result *result);

#endif /* FABMON_ACTION_CXL_H */
