/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/* A host with everything and its tree, as a test's state; where CXL things are. */
#ifndef FABMON_FIXTURE_STATE_H
#define FABMON_FIXTURE_STATE_H

#include "fixture.h"

#define FA(ident)	FIX_CHASSIS "/FabricAdapters/" ident
#define LD(ident)	FIX_CHASSIS "/PCIeDevices/" ident "/CXLLogicalDevices/0"
#define MEM(ident)	FIX_SYSTEM "/Memory/" ident
#define TARGET(ident)	FIX_CXL "/Endpoints/" FIX_HOST "-" ident
#define INITIATOR	FIX_CXL "/Endpoints/" FIX_HOST "-CPU0"
#define SWITCH		FIX_CXL "/Switches/0000-0c-01.0-00.0"
#define ROOT_PORTS	FIX_SYSTEM "/Processors/CPU0/Ports"
#define WINDOW		FIX_SYSTEM "/MemoryDomains/cfmws-430000000-ram"
#define WINDOW2		FIX_SYSTEM "/MemoryDomains/cfmws-830000000"
#define CHUNKS		WINDOW "/MemoryChunks/" FIX_REGION
#define PMEM_CHUNKS	WINDOW2 "-pmem/MemoryChunks/" FIX_REGION_PMEM
#define HOST_ADAPTER	FIX_SYSTEM "/FabricAdapters/cxl-CPU0"

struct fixture {
	struct model *model;
	json_t *tree;
};

/* Of fix_all(), served alone. */
int fix_setup(void **state);
int fix_teardown(void **state);
/* The tree of a test's state. */
const json_t *fix_tree_of(void **state);

#endif /* FABMON_FIXTURE_STATE_H */
