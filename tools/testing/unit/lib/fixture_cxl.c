// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The CXL parts of the hosts of fixture.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"
#include "fixture_priv.h"

#define SYS		"/devices/pci0000:0c"
#define SYS2		"/devices/pci0000:de"
#define SYS4		"/devices/pci0000:6a"
#define SYS_RCD		"/devices/pci0000:3f"

static void decoder(struct model *model, uint32_t id, uint32_t parent,
		    enum fabmon_node_kind kind, const char *name,
		    const struct model_decoder *facts)
{
	struct knl_node k = fix_knl(id, parent, kind, name);
	struct model_node *node = fix_put(model, &k);

	node->decoder = *facts;
	node->decoder.mode = facts->mode ? strdup(facts->mode) : NULL;
	if (!facts->qos)
		node->decoder.qos = -1;
}

/* Port, decoder and device, as deep below @port as in @path. */
static void memdev(struct model *model, unsigned int n, uint32_t port,
		   const char *addr, const char *path,
		   const struct model_memdev *facts)
{
	struct knl_node k;
	struct model_node *node;
	char name[32], full[160];

	snprintf(name, sizeof(name), "mem%u", n);
	snprintf(full, sizeof(full), "%s/%s/%s", path, addr, name);
	k = fix_knl(ID_MEM + 10 * n, 0, FABMON_NODE_KIND_CXL_MEMDEV, name);
	strncpy(k.pci, addr, sizeof(k.pci) - 1);
	k.path = strdup(full);
	k.driver = strdup("cxl_mem");
	node = fix_put(model, &k);
	node->memdev = *facts;
	if (!facts->ram_qos)
		node->memdev.ram_qos = -1;
	if (!facts->pmem_qos)
		node->memdev.pmem_qos = -1;
	node->memdev.firmware = strdup("1.0.3");
	node->memdev.security = strdup("disabled");
	if (*addr)
		fix_pci(model, addr, 0x8086, 0x0d93, 0x050210);

	snprintf(name, sizeof(name), "endpoint%u", n);
	k = fix_knl(ID_MEM + 10 * n + 1, port, FABMON_NODE_KIND_CXL_ENDPOINT,
		     name);
	k.driver = strdup("cxl_port");
	fix_edge(&k, FABMON_EDGE_TYPE_UPORT, 0, "")->node = ID_MEM + 10 * n;
	node = fix_put(model, &k);
	node->cxl_port.committed = n < 3;

	snprintf(name, sizeof(name), "decoder%u.0", n + 10);
	decoder(model, ID_MEM + 10 * n + 2, ID_MEM + 10 * n + 1,
		FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, name,
		&(struct model_decoder){
			.start = MODEL_NONE,
			.dpa_start = n == 2 ? 2 * GIB : 0,
			.dpa_size = GIB, .mode = n == 2 ? "pmem" : "ram",
		});
}

/* A host bridge or switch; @up: the directory of what it stands for. */
static struct knl_node cxl_port(uint32_t id, uint32_t parent, const char *name,
				const char *up)
{
	struct knl_node k = fix_knl(id, parent, FABMON_NODE_KIND_CXL_PORT,
				    name);
	const char *last = strrchr(up, '/') + 1;
	bool bridge = parent == ID_ROOT;

	k.driver = strdup("cxl_port");
	k.cxl_port.role = bridge ? FABMON_CXL_PORT_ROLE_HOST_BRIDGE :
				   FABMON_CXL_PORT_ROLE_SWITCH;
	if (!bridge)
		snprintf(k.pci, sizeof(k.pci), "%s", last);
	fix_edge(&k, FABMON_EDGE_TYPE_UPORT, 0, bridge ? "" : last)->path =
		strdup(up);
	if (!bridge)
		fix_edge(&k, FABMON_EDGE_TYPE_PARENT_DPORT, 0, "")->path =
			strndup(up, (size_t)(last - up) - 1);
	return k;
}

static struct model_pci *dport(struct model *model, struct knl_node *k,
			       uint32_t index, const char *dir,
			       const char *addr)
{
	struct knl_edge *edge = fix_edge(k, FABMON_EDGE_TYPE_DPORT, index,
					 addr);

	assert_true(asprintf(&edge->path, "%s/%s", dir, addr) > 0);
	return fix_pci(model, addr, 0x8086, 0x7075, 0x060400);
}

/* Decoder @n of the port, or of the host bridge, and what it spreads over. */
static void port_decoder(struct model *model, uint32_t port, unsigned int n,
			 uint64_t start, const char *target)
{
	struct knl_node k;
	struct model_node *node;
	char name[32];

	snprintf(name, sizeof(name), "decoder%u.%u", port, n);
	k = fix_knl(ID_MEM + 1000 + 10 * port + n, port,
		    FABMON_NODE_KIND_CXL_SWITCH_DECODER, name);
	if (target)
		fix_edge(&k, FABMON_EDGE_TYPE_TARGET, 0, "")->path =
			strdup(target);
	node = fix_put(model, &k);
	if (!target)
		return;
	node->decoder.start = start;
	node->decoder.size = 2 * GIB;
	node->decoder.ways = 1;
	node->decoder.granularity = 256;
}

static void add_root(struct model *model)
{
	struct knl_node k;

	if (model_node_by_id(model, ID_ROOT))
		return;
	k = fix_knl(ID_ROOT, 0, FABMON_NODE_KIND_CXL_ROOT, "root0");
	fix_edge(&k, FABMON_EDGE_TYPE_DPORT, 0x0c, "")->path = strdup(SYS);
	fix_edge(&k, FABMON_EDGE_TYPE_DPORT, 0x3f, "")->path = strdup(SYS_RCD);
	fix_edge(&k, FABMON_EDGE_TYPE_DPORT, 0x6a, "")->path = strdup(SYS4);
	fix_edge(&k, FABMON_EDGE_TYPE_DPORT, 0xde, "")->path = strdup(SYS2);
	fix_put(model, &k);
}

static void topology(struct model *model)
{
	struct knl_node k;

	if (model_node_by_id(model, ID_BRIDGE))
		return;
	add_root(model);
	k = cxl_port(ID_BRIDGE, ID_ROOT, "port1", SYS);
	dport(model, &k, 0, SYS, "0000:0c:00.0");
	dport(model, &k, 1, SYS, "0000:0c:01.0");
	dport(model, &k, 2, SYS, "0000:0c:02.0")->numa_node = 1;
	fix_put(model, &k)->cxl_port.committed = 1;
	port_decoder(model, ID_BRIDGE, 0, 0x430000000, SYS "/0000:0c:01.0");
	port_decoder(model, ID_BRIDGE, 1, 0, NULL);

	k = cxl_port(ID_SWITCH, ID_BRIDGE, "port2",
		     SYS "/0000:0c:01.0/0000:0d:00.0");
	dport(model, &k, 0, SYS "/0000:0c:01.0/0000:0d:00.0", "0000:0e:00.0");
	dport(model, &k, 1, SYS "/0000:0c:01.0/0000:0d:00.0", "0000:0e:01.0");
	dport(model, &k, 2, SYS "/0000:0c:01.0/0000:0d:00.0", "0000:0e:02.0");
	fix_put(model, &k)->cxl_port.committed = 1;
	fix_pci(model, "0000:0d:00.0", 0x1000, 0xc040, 0x060400)->lanes = 4;
	port_decoder(model, ID_SWITCH, 0, 0x430000000,
		     SYS "/0000:0c:01.0/0000:0d:00.0/0000:0e:00.0");
	port_decoder(model, ID_SWITCH, 1, 0, NULL);

	decoder(model, ID_WINDOW, ID_ROOT, FABMON_NODE_KIND_CXL_ROOT_DECODER,
		"decoder0.0", &(struct model_decoder){
			.start = 0x430000000, .size = 16 * GIB,
			.dpa_start = MODEL_NONE, .ways = 1, .granularity = 256,
			.cap_ram = true, .cap_type3 = true, .makes_ram = true,
		});
	decoder(model, ID_WINDOW2, ID_ROOT, FABMON_NODE_KIND_CXL_ROOT_DECODER,
		"decoder0.1", &(struct model_decoder){
			.start = 0x830000000, .size = 16 * GIB,
			.dpa_start = MODEL_NONE, .ways = 1, .granularity = 256,
			.cap_ram = true, .cap_pmem = true, .cap_type3 = true,
			.makes_ram = true, .makes_pmem = true,
			.qos = 1,
		});
	k = fix_knl(ID_WINDOW, ID_ROOT, FABMON_NODE_KIND_CXL_ROOT_DECODER,
		    "decoder0.0");
	fix_edge(&k, FABMON_EDGE_TYPE_TARGET, 0, "")->path = strdup(SYS);
	fix_put(model, &k);
}

void fix_cxl(struct model *model)
{
	topology(model);
	memdev(model, 0, ID_BRIDGE, "0000:0f:00.0", SYS "/0000:0c:00.0",
	       &(struct model_memdev){
			.serial = 0xdead0001, .ram_size = 4 * GIB,
			.payload_max = 512, .ram_qos = 1,
	       });
	memdev(model, 1, ID_SWITCH, "0000:10:00.0",
	       SYS "/0000:0c:01.0/0000:0d:00.0/0000:0e:00.0",
	       &(struct model_memdev){
			.serial = 0xdead0002, .ram_size = 4 * GIB,
	       });
}

void fix_birth(struct model_node *region, uint64_t number)
{
	free(region->region.birth);
	assert_true(asprintf(&region->region.birth, "boot/%llx",
			     (unsigned long long)number) > 0);
}

static void region(struct model *model, uint32_t id, uint32_t window,
		   const char *name, const struct model_region *facts,
		   const char *const *targets)
{
	struct knl_node k = fix_knl(id, window, FABMON_NODE_KIND_CXL_REGION,
				     name);
	struct model_node *node;
	size_t i;

	k.driver = strdup("cxl_region");
	node = fix_put(model, &k);
	node->region = *facts;
	node->region.mode = facts->mode ? strdup(facts->mode) : NULL;
	node->region.uuid = facts->uuid ? strdup(facts->uuid) : NULL;
	node->region.commit = true;
	fix_birth(node, facts->start);
	node->region.n_targets = facts->ways;
	node->region.targets = calloc(facts->ways,
				      sizeof(*node->region.targets));
	for (i = 0; i < facts->ways; i++)
		node->region.targets[i].decoder = strdup(targets[i]);
}

static void child(struct model *model, uint32_t id, uint32_t parent,
		  enum fabmon_node_kind kind, const char *name)
{
	struct knl_node k = fix_knl(id, parent, kind, name);

	fix_put(model, &k);
}

void fix_region(struct model *model)
{
	/* the device behind the switch comes first */
	static const char *const targets[] = { "decoder11.0", "decoder10.0" };

	region(model, ID_REGION, ID_WINDOW, "region0",
	       &(struct model_region){
			.start = 0x430000000, .size = 2 * GIB, .ways = 2,
			.granularity = 256,
	       }, targets);
}

void fix_pmem(struct model *model)
{
	static const char *const targets[] = { "decoder12.0" };

	topology(model);
	memdev(model, 2, ID_SWITCH, "0000:11:00.0",
	       SYS "/0000:0c:01.0/0000:0d:00.0/0000:0e:01.0",
	       &(struct model_memdev){
			.serial = 0xdead0003, .ram_size = 2 * GIB,
			.pmem_size = 6 * GIB, .label_size = 131072,
	       });
	region(model, ID_PMEM_REGION, ID_WINDOW2, "region1",
	       &(struct model_region){
			.start = 0x830000000, .size = 1 * GIB, .ways = 1,
			.granularity = 256, .mode = (char *)"pmem",
			.uuid = (char *)"8f4c2a7e-3a51-4f35-9a26-0f6a3f5f8d11",
	       }, targets);
	child(model, ID_PMEM, ID_PMEM_REGION, FABMON_NODE_KIND_CXL_PMEM_REGION,
	      "pmem_region1");
}

void fix_dax(struct model *model, const char *driver, uint64_t online)
{
	struct model_dax_region *dax;
	struct model_node *node;
	struct knl_edge *edge;

	child(model, ID_DAX, ID_REGION, FABMON_NODE_KIND_CXL_DAX_REGION,
	      "dax_region0");
	dax = &model_node_by_id(model, ID_DAX)->dax_region;
	dax->n_devices = 1;
	dax->devices = calloc(1, sizeof(*dax->devices));
	dax->devices[0].name = strdup("dax0.0");
	dax->devices[0].driver = driver ? strdup(driver) : NULL;
	dax->devices[0].size = 2 * GIB;
	if (!online)
		return;
	node = fix_node(model, "region0", FABMON_NODE_KIND_CXL_REGION);
	edge = fix_edge(&node->k, FABMON_EDGE_TYPE_MEMORY, 0, "");
	edge->has = KNL_HAS(FABMON_A_EDGE_NUMA_NODE);
	edge->start = 0x430000000;
	edge->size = online;
	edge->numa_node = 2;
}

void fix_kmem(struct model *model)
{
	fix_dax(model, "kmem", GIB);
}

void fix_devdax(struct model *model)
{
	fix_dax(model, "device_dax", 0);
}

/* Two switches in a row, a device behind each, on the second processor. */
void fix_switches(struct model *model)
{
	const char *first = SYS2 "/0000:de:00.0/0000:df:00.0";
	const char *second = SYS2 "/0000:de:00.0/0000:df:00.0/0000:e0:01.0/"
			     "0000:e1:00.0";
	struct knl_node k;

	add_root(model);
	k = cxl_port(ID_BRIDGE2, ID_ROOT, "port5", SYS2);
	dport(model, &k, 0, SYS2, "0000:de:00.0")->numa_node = 1;
	fix_put(model, &k);
	k = cxl_port(ID_SWITCH2, ID_BRIDGE2, "port6", first);
	dport(model, &k, 0, first, "0000:e0:00.0");
	dport(model, &k, 1, first, "0000:e0:01.0");
	fix_put(model, &k);
	k = cxl_port(ID_SWITCH3, ID_SWITCH2, "port7", second);
	dport(model, &k, 3, second, "0000:e2:03.0");
	fix_put(model, &k);
	port_decoder(model, ID_SWITCH3, 0, 0, NULL);
	memdev(model, 5, ID_SWITCH2, "0000:e4:00.0",
	       SYS2 "/0000:de:00.0/0000:df:00.0/0000:e0:00.0",
	       &(struct model_memdev){
			.serial = 0xdead0005, .ram_size = 4 * GIB,
	       });
	memdev(model, 6, ID_SWITCH3, "0000:e3:00.0",
	       SYS2 "/0000:de:00.0/0000:df:00.0/0000:e0:01.0/0000:e1:00.0/"
	       "0000:e2:03.0",
	       &(struct model_memdev){
			.serial = 0xdead0006, .ram_size = 4 * GIB,
	       });
}

/* Four devices on one host bridge, and a region over all of them. */
void fix_four(struct model *model)
{
	static const char *const targets[] = { "decoder19.0", "decoder17.0",
					       "decoder20.0", "decoder18.0" };
	char root[24], path[64], addr[24];
	struct knl_node k;
	unsigned int i;

	add_root(model);
	k = cxl_port(ID_BRIDGE4, ID_ROOT, "port8", SYS4);
	for (i = 0; i < 4; i++) {
		snprintf(root, sizeof(root), "0000:6a:%02x.0", i);
		dport(model, &k, i, SYS4, root);
	}
	fix_put(model, &k);
	decoder(model, ID_WINDOW2 + 1, ID_ROOT,
		FABMON_NODE_KIND_CXL_ROOT_DECODER, "decoder0.2",
		&(struct model_decoder){
			.start = 0xc30000000, .size = 16 * GIB,
			.dpa_start = MODEL_NONE, .ways = 1, .granularity = 256,
			.cap_ram = true, .cap_type3 = true, .makes_ram = true,
		});
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), SYS4 "/0000:6a:%02x.0", i);
		snprintf(addr, sizeof(addr), "0000:%02x:00.0", 0x6b + i);
		memdev(model, 7 + i, ID_BRIDGE4, addr, path,
		       &(struct model_memdev){
				.serial = 0xdead0007 + i, .ram_size = 2 * GIB,
		       });
		model_node_by_id(model, ID_MEM + 10 * (7 + i) + 2)->
			decoder.dpa_start = i * 256 * MIB;
	}
	region(model, ID_REGION4, ID_WINDOW2 + 1, "region4",
	       &(struct model_region){
			.start = 0xc30000000, .size = 4 * GIB, .ways = 4,
			.granularity = 1024, .mode = (char *)"ram",
	       }, targets);
}

/* A restricted device: a root complex integrated endpoint. */
void fix_rcd(struct model *model)
{
	struct model_node *node;
	struct model_pci *pci;

	add_root(model);
	memdev(model, 11, ID_ROOT, "0000:3f:00.0", SYS_RCD,
	       &(struct model_memdev){
			.serial = 0xdead000b, .ram_size = 8 * GIB,
	       });
	node = fix_node(model, "mem11", FABMON_NODE_KIND_CXL_MEMDEV);
	node->k.numa_node = 1;
	pci = model_pci_put(model, "0000:3f:00.0");
	pci->is_rcd = true;
	pci->numa_node = 1;
}

void fix_noserial(struct model *model)
{
	topology(model);
	memdev(model, 3, ID_BRIDGE, "0000:4e:00.0", SYS "/0000:0c:02.0",
	       &(struct model_memdev){ .ram_size = 1 * GIB });
}

void fix_mock(struct model *model)
{
	static const char *const targets[] = { "decoder14.0" };
	struct model_node *node;
	struct knl_node k;

	k = fix_knl(ID_MOCK, 0, FABMON_NODE_KIND_CXL_ROOT, "root3");
	fix_put(model, &k);
	k = fix_knl(ID_MOCK + 1, ID_MOCK, FABMON_NODE_KIND_CXL_PORT, "port4");
	fix_edge(&k, FABMON_EDGE_TYPE_DPORT, 0, "")->path =
		strdup("/devices/platform/cxl_host_bridge.0/cxl_root_port.0");
	fix_put(model, &k);
	decoder(model, ID_MOCK + 2, ID_MOCK, FABMON_NODE_KIND_CXL_ROOT_DECODER,
		"decoder3.0", &(struct model_decoder){
			.start = 0xf010000000, .size = 16 * GIB,
			.dpa_start = MODEL_NONE, .cap_ram = true,
		});
	memdev(model, 4, ID_MOCK + 1, "",
	       "/devices/platform/cxl_host_bridge.0/cxl_root_port.0/cxl_mem.0",
	       &(struct model_memdev){ .serial = 1, .ram_size = 2 * GIB });
	node = fix_node(model, "mem4", FABMON_NODE_KIND_CXL_MEMDEV);
	node->memdev.pmem_size = MODEL_NONE;
	region(model, ID_MOCK + 3, ID_MOCK + 2, "region3",
	       &(struct model_region){
			.start = 0xf010000000, .size = GIB, .ways = 1,
	       }, targets);
}

void fix_unbind(struct model *model)
{
	struct model_node *node = fix_node(model, "mem0",
					   FABMON_NODE_KIND_CXL_MEMDEV);

	free(node->k.driver);
	node->k.driver = NULL;
	model_node_drop(model, ID_MEM + 2);
	model_node_drop(model, ID_MEM + 1);
}
