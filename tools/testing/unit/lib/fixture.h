/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Hosts to project, built through the model's own interface, and what tests
 * ask of the trees that come of them.
 */
#ifndef FABMON_FIXTURE_H
#define FABMON_FIXTURE_H

#include <jansson.h>
#include <stdbool.h>

#include "model/model.h"
#include "redfish/redfish.h"

#define FIX_HOST	"68d5e212-165b-4ca0-909b-c86b9cee0112"
#define FIX_SYSTEM	RF_PREFIX "/Systems/" FIX_HOST
#define FIX_CHASSIS	RF_PREFIX "/Chassis/" FIX_HOST
#define FIX_CXL		RF_PREFIX "/Fabrics/CXL-" FIX_HOST
#define FIX_ADAPTERS	FIX_CHASSIS "/NetworkAdapters"

/* Identities of the devices below. */
#define FIX_HCA		"0c42a10300799a1c"
#define FIX_NIC		"0c42a10300aabb00"
#define FIX_MEM0	"cxl-00000000dead0001"
#define FIX_MEM1	"cxl-00000000dead0002"
#define FIX_PMEM	"cxl-00000000dead0003"
/* What the regions of fix_region(), fix_pmem() and fix_four() are called. */
#define FIX_REGION	"430000000-a2f9113d"
#define FIX_REGION_PMEM	"830000000-1062dfc2"
#define FIX_REGION_FOUR	"c30000000-4e147578"
#define FIX_NOSERIAL	"cxl-0000-0c-02.0-00.0"
#define FIX_MEM5	"cxl-00000000dead0005"	/* behind one switch */
#define FIX_MEM6	"cxl-00000000dead0006"	/* behind two */
#define FIX_RCD		"cxl-00000000dead000b"

/* What the kernel calls devices ends in this; "" unless a test sets it. */
extern const char *fix_suffix;

/* Parts of a host; they can be added to one another. */
void fix_hca(struct model *model);	/* InfiniBand, two ports, one down */
void fix_nic(struct model *model);	/* RoCE, two ports */
void fix_iwarp(struct model *model);	/* without PCI address */
void fix_cxl(struct model *model);	/* mem0 direct, mem1 behind a switch */
void fix_region(struct model *model);	/* committed, over mem0 and mem1 */
/* The kernel's object is this one; the fixture's own: its first address. */
void fix_birth(struct model_node *region, uint64_t number);
void fix_pmem(struct model *model);	/* both kinds, and a pmem region */
void fix_switches(struct model *model);	/* two in a row, two devices */
void fix_four(struct model *model);	/* a region over four devices */
void fix_rcd(struct model *model);	/* of CXL 1.1 */
void fix_noserial(struct model *model);	/* serial number 0 */
void fix_mock(struct model *model);	/* like cxl_test: no PCI at all */
/* The DAX device of fix_region()'s, and how much of it is system memory. */
void fix_dax(struct model *model, const char *driver, uint64_t online);
void fix_kmem(struct model *model);	/* half of it */
void fix_devdax(struct model *model);
void fix_unbind(struct model *model);	/* take mem0's driver away */
void fix_conditions(struct model *model);	/* mem0 and pmem are ill */

void fix_lan(struct model *model);	/* fix_nic's ports bonded, VLANs above */
void fix_ipoib(struct model *model);	/* IPoIB over fix_hca's first port */
void fix_virtual(struct model *model);	/* RoCE with two virtual functions */
void fix_opa(struct model *model);	/* Omni-Path */
void fix_usnic(struct model *model);
void fix_rocev1(struct model *model);	/* one device, InfiniBand and RoCE v1 */

/*
 * The same host after a reboot: found in another order, with other ids, names
 * and network interface indexes. Frees @old, and takes its facts over.
 */
struct model *fix_reboot(struct model *old);

/* What such parts are made of. */
struct model_node *fix_rdma_dev(struct model *model, uint32_t id,
				const char *name, const char *addr,
				uint64_t guid);
struct knl_node fix_rdma_port(uint32_t dev, const char *name, uint32_t number,
			      enum fabmon_rdma_protocol protocol);
void fix_gid(struct knl_node *k, enum fabmon_gid_type type,
	     const uint8_t value[16]);
void fix_netdev(struct knl_node *k, const char *name, uint8_t last);

/* A host with nothing but processors. */
struct model *fix_host(void);
/* A host with all of the above but fix_unbind(). */
struct model *fix_all(void);

/* By its name without the suffix; fails the test if it is not there. */
struct model_node *fix_node(struct model *model, const char *name,
			    enum fabmon_node_kind kind);

extern const struct rf_agent fix_alone;		/* without an OFMF */
extern const struct rf_agent fix_waiting;	/* with one, no context yet */
extern const struct rf_agent fix_registered;

/* As which that OFMF sees the tree. */
extern const struct rf_view fix_seen_waiting;
extern const struct rf_view fix_seen_registered;

/* model_identify(), rf_project(); fails the test on NULL. */
json_t *fix_project(struct model *model, const struct rf_agent *agent);

typedef void (*fix_host_fn)(const char *name, struct model *model);

/* Calls @fn for a score of hosts. */
void fix_each_host(fix_host_fn fn);

/* A whole tree as an OFMF sees it; the reference is taken over. */
json_t *fix_decorated(json_t *tree, const struct rf_view *view);

/* @view: the OFMF that sees @tree; NULL: there is no OFMF. */
typedef void (*fix_tree_fn)(const json_t *tree, const struct rf_view *view);

/* Calls @fn for the trees of these, with an agent in each state. */
void fix_each_tree(fix_tree_fn fn);

/*
 * What is at a path like "Links/Endpoints/0/@odata.id" of a resource, NULL if
 * nothing. The string, number and link versions fail the test if it is none.
 */
const json_t *fix_at(const json_t *tree, const char *uri, const char *path);
const char *fix_str(const json_t *tree, const char *uri, const char *path);
json_int_t fix_int(const json_t *tree, const char *uri, const char *path);
/* Whether the array at @path has a link to @to. */
bool fix_links(const json_t *tree, const char *uri, const char *path,
	       const char *to);

/*
 * Run validate.py --links over a tree, or over one document. Return: 0 clean,
 * 1 not, -1 the schemas are not there (printed on stderr).
 */
int fix_validate_tree(const json_t *tree);
int fix_validate_doc(const json_t *doc);

#endif /* FABMON_FIXTURE_H */
