/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* Identity: the name of a device that outlives rebinding, reboots and renames. */
#ifndef FABMON_MODEL_IDENT_H
#define FABMON_MODEL_IDENT_H

#include <stdbool.h>
#include <stddef.h>

struct model;

/**
 * model_identify - give every node its stable identity
 *
 * Call after facts changed and before a projection; cheap where nothing is
 * new. An identity once given stays with the node, and a device that comes
 * back at the same PCI address gets it again. Rules: rdma-dev: node GUID as 16
 * hex digits, with "-<pci>" (or "-<n>" without one, in the order of the names of
 * their network devices) where it is 0 or doubled;
 * rdma-port: port number, unique in its device only; cxl-memdev: "cxl-" +
 * serial as 16 hex digits, "cxl-" + model_place() where the serial is 0 or
 * doubled; cxl-endpoint: that of its memdev; root decoder: "cfmws-" + HPA
 * start in hex; region: see region.h, NULL while it is not committed or not
 * to be shown yet, and another when it is committed elsewhere; cxl-root and cxl-port: model_place()
 * of the device it stands for (uport), its name where that is no PCI function;
 * others NULL. Where the fact that makes it is unreadable it is NULL.
 *
 * Doubled: devices that are identified in one call and share a GUID or serial
 * all get the longer form; one that arrives later gets it alone. Which form it
 * was then depends on who else was there: model_remember() makes it last.
 */
void model_identify(struct model *model);

/**
 * struct model_memory - identities that outlive the process
 * @get: what was put under @key, into @ident; false: nothing
 * @put: remember @ident; both are copied; NULL: forget the key
 * @each: all that begin with @prefix; @fn must not put
 *
 * Asked for those only that do not follow from the device alone, once each.
 */
struct model_memory {
	bool (*get)(const char *key, char *ident, size_t size, void *ctx);
	void (*put)(const char *key, const char *ident, void *ctx);
	void (*each)(const char *prefix,
		     void (*fn)(const char *key, const char *value,
				void *fn_ctx), void *fn_ctx, void *ctx);
	void *ctx;
};

/* Before anything is identified. */
void model_remember(struct model *model, const struct model_memory *memory);

/**
 * model_place - where a PCI device is, whatever its bus is called
 * @path: its path in sysfs, or that of something below it
 * @place: out: "0000-0c-01.0-00.0": address of the root port, then device and
 *	function of each step down; safe in a URI
 *
 * Return: false where the path leads to no PCI device, or @size is too small.
 */
bool model_place(const char *path, char *place, size_t size);

#endif /* FABMON_MODEL_IDENT_H */
