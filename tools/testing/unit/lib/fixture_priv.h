/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* What the files that build the hosts of fixture.h share. */
#ifndef FABMON_FIXTURE_PRIV_H
#define FABMON_FIXTURE_PRIV_H

#include "fixture.h"

#define GIB		(1ULL << 30)
#define MIB		(1ULL << 20)

/* Ids of nodes that others refer to. */
enum {
	ID_HCA = 10, ID_NIC = 20, ID_IWARP = 30, ID_ROOT = 100, ID_BRIDGE,
	ID_SWITCH, ID_WINDOW, ID_WINDOW2, ID_DECODERS, ID_BRIDGE2 = 120,
	ID_SWITCH2, ID_SWITCH3, ID_BRIDGE4, ID_REGION = 150, ID_PMEM_REGION,
	ID_PMEM, ID_DAX, ID_REGION4, ID_MOCK = 160, ID_MEM = 200,
};

struct knl_node fix_knl(uint32_t id, uint32_t parent,
			enum fabmon_node_kind kind, const char *name);
struct knl_edge *fix_edge(struct knl_node *k, enum fabmon_edge_type type,
			  uint32_t index, const char *pci);
struct model_node *fix_put(struct model *model, struct knl_node *k);
struct model_pci *fix_pci(struct model *model, const char *addr,
			  uint16_t vendor, uint16_t device, uint32_t class);

#endif /* FABMON_FIXTURE_PRIV_H */
