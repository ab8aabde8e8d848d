/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Identities of CXL regions. A region belongs to whoever made it, not to its
 * addresses: one that is made where another was is another.
 *
 * It is called what its maker asked for, or else by its address and a number
 * that no other region gets. What it is called is remembered beyond the process
 * together with the kernel's object (model_region.birth), which no other region
 * of this boot is, and with its shape: window, range, ways, devices, UUID. In
 * another boot a region of that shape is the same one.
 */
#ifndef FABMON_MODEL_REGION_H
#define FABMON_MODEL_REGION_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_REGION_NAME	64	/* bytes that a name may take, with NUL */

struct model;
struct model_node;

/* Whether a client may call a region this: safe in a URI, and no "..". */
bool model_region_name_valid(const char *name);
/* The region that is called this, or NULL. */
const struct model_node *model_region_by_ident(const struct model *model,
					       const char *ident);
/* The region whose Connection is called this, or NULL. */
const struct model_node *model_region_by_connection(const struct model *model,
						    const char *name);
/* A client calls the Connection of a region this, from now on. */
void model_region_connect(struct model *model, const char *ident,
			  const char *name);

/**
 * model_region_expect - a region is about to be made on request
 * @name: what it is to be called; "": nothing in particular
 * @connection: what its Connection is to be called; the same
 * @window: kernel name of the root decoder
 * @others: kernel names of the regions that are there, a blank after each
 *
 * New regions in the window get no identity, and so are not shown, until one of
 * the two functions below is called. Replaces what was expected before. Return:
 * 0 or -ENOMEM.
 */
int model_region_expect(struct model *model, const char *name,
			const char *connection, const char *window,
			const char *others);
/*
 * It is the one at @start, whether that is known already or will be. If it was
 * called otherwise it is renamed.
 */
void model_region_made(struct model *model, uint64_t start);
/* It is not made. */
void model_region_failed(struct model *model);

/**
 * model_regions_end - forget the regions that are not there any more
 * @there: whether the kernel's object with this birth still is, at @path; true
 *	where it cannot be known
 */
void model_regions_end(struct model *model,
		       bool (*there)(const char *birth, const char *path,
				     void *ctx), void *ctx);

#endif /* FABMON_MODEL_REGION_H */
