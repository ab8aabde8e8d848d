// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The hosts of fixture.h, as kernels 6.1 to 7 describe such hardware. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

#define GIB		(1ULL << 30)
#define MIB		(1ULL << 20)
#define SYS		"/devices/pci0000:0c"

/* Ids; names of nodes that others refer to. */
enum {
	ID_HCA = 10, ID_NIC = 20, ID_IWARP = 30, ID_ROOT = 100, ID_BRIDGE,
	ID_SWITCH, ID_WINDOW, ID_WINDOW2, ID_REGION = 150, ID_PMEM_REGION,
	ID_MOCK = 160, ID_MEM = 200,
};

const struct rf_agent fix_alone = {
	.version = "0.1.0",
	.rdma_fabric = "RoCE",
};

const struct rf_agent fix_waiting = {
	.version = "0.1.0",
	.rdma_fabric = "RoCE",
	.ofmf = "http://ofmf.example.org:5000",
};

const struct rf_agent fix_registered = {
	.version = "0.1.0",
	.rdma_fabric = "RoCE",
	.ofmf = "http://ofmf.example.org:5000",
	.context = "5ba9a3a2-1ab6-4f69-8a86-3a9d5e1c2f4b",
	.login = true,
	.certificates = true,
};

const char *fix_suffix = "";

/* Regions refer to endpoint decoders by name, so that those keep theirs. */
static char *full_name(const char *name, enum fabmon_node_kind kind)
{
	char *full;

	if (kind == FABMON_NODE_KIND_CXL_ENDPOINT_DECODER)
		return strdup(name);
	assert_true(asprintf(&full, "%s%s", name, fix_suffix) > 0);
	return full;
}

static struct knl_node knl_node(uint32_t id, uint32_t parent,
				enum fabmon_node_kind kind, const char *name)
{
	return (struct knl_node){
		.id = id,
		.parent = parent,
		.kind = kind,
		.numa_node = -1,
		.name = full_name(name, kind),
	};
}

static struct knl_edge *add_edge(struct knl_node *k, enum fabmon_edge_type type,
				 uint32_t index, const char *pci)
{
	struct knl_edge *edge;

	k->edges = realloc(k->edges, (k->n_edges + 1) * sizeof(*k->edges));
	edge = &k->edges[k->n_edges++];
	memset(edge, 0, sizeof(*edge));
	edge->type = type;
	edge->index = index;
	strncpy(edge->pci, pci, sizeof(edge->pci) - 1);
	return edge;
}

static struct model_node *put(struct model *model, struct knl_node *k)
{
	struct model_node *node = model_node_put(model, k);

	assert_non_null(node);
	return node;
}

struct model_node *fix_node(struct model *model, const char *name,
			    enum fabmon_node_kind kind)
{
	char *full = full_name(name, kind);
	struct model_node *node = model_node_by_name(model, kind, full);

	free(full);
	assert_non_null(node);
	return node;
}

static struct model_pci *pci(struct model *model, const char *addr,
			     uint16_t vendor, uint16_t device, uint32_t class)
{
	struct model_pci *p = model_pci_put(model, addr);

	assert_non_null(p);
	p->vendor = vendor;
	p->device = device;
	p->subvendor = vendor;
	p->subdevice = 0x0006;
	p->class_code = class;
	p->gen = p->max_gen = 5;
	p->lanes = p->max_lanes = 8;
	p->numa_node = 0;
	return p;
}

struct model *fix_host(void)
{
	struct model *model = model_new();
	struct model_host *host = model_host(model);

	host->id = strdup(FIX_HOST);
	host->uuid = strdup("68d5e212-165b-4ca0-909b-c86b9cee0112");
	host->hostname = strdup("node01.example.org");
	host->vendor = strdup("Contoso");
	host->product = strdup("X1");
	host->serial = strdup("S1");
	host->bios = strdup("1.2");
	host->memory = 15 * GIB + 700 * MIB;
	host->n_cpus = 2;
	host->cpus = calloc(2, sizeof(*host->cpus));
	host->cpus[1].package = 1;
	host->cpus[0].cores = host->cpus[1].cores = 8;
	host->cpus[0].threads = host->cpus[1].threads = 16;
	host->cpus[0].vendor = strdup("GenuineIntel");
	host->cpus[0].model = strdup("Example CPU @ 2.0 GHz");
	host->cpus[1].vendor = strdup("GenuineIntel");
	host->cpus[1].model = strdup("Example CPU @ 2.0 GHz");
	return model;
}

/* ---- RDMA --------------------------------------------------------------- */

struct model_node *fix_rdma_dev(struct model *model, uint32_t id,
				const char *name, const char *addr,
				uint64_t guid)
{
	struct knl_node k = knl_node(id, 0, FABMON_NODE_KIND_RDMA_DEV, name);
	struct model_node *node;

	strncpy(k.pci, addr, sizeof(k.pci) - 1);
	k.numa_node = 0;
	k.dev.node_type = 1;
	k.dev.node_guid = guid;
	k.dev.sys_image_guid = guid;
	k.dev.ports = 2;
	k.dev.firmware = strdup("20.31.1014");
	node = put(model, &k);
	node->rdma.hca_type = strdup("MT4123");
	node->rdma.board_id = strdup("MT_0000000223");
	/* as some drivers leave it */
	node->rdma.node_desc = strdup("node01 \xff");
	return node;
}

struct knl_node fix_rdma_port(uint32_t dev, const char *name, uint32_t number,
			      enum fabmon_rdma_protocol protocol)
{
	struct knl_node k = knl_node(dev + number, dev,
				     FABMON_NODE_KIND_RDMA_PORT, name);

	k.port.number = number;
	k.port.state = 4;
	k.port.phys_state = 5;
	k.port.link_layer = protocol == FABMON_RDMA_PROTOCOL_INFINIBAND ? 1 : 2;
	k.port.protocol = protocol;
	k.port.protocols = 1u << protocol;
	if (protocol == FABMON_RDMA_PROTOCOL_ROCEV2)
		k.port.protocols |= 1u << FABMON_RDMA_PROTOCOL_ROCEV1;
	k.port.speed = 32;
	k.port.width = 4;
	k.port.rate = 100000;
	k.port.active_mtu = 4096;
	k.port.max_mtu = 4096;
	return k;
}

void fix_gid(struct knl_node *k, enum fabmon_gid_type type,
	     const uint8_t value[16])
{
	struct knl_rdma_port *p = &k->port;

	p->gids = realloc(p->gids, (p->n_gids + 1) * sizeof(*p->gids));
	memset(&p->gids[p->n_gids], 0, sizeof(*p->gids));
	p->gids[p->n_gids].index = (uint32_t)p->n_gids;
	p->gids[p->n_gids].type = type;
	memcpy(p->gids[p->n_gids].value, value, 16);
	p->gid_count = (uint32_t)++p->n_gids;
}

void fix_hca(struct model *model)
{
	static const uint8_t gid[16] = {
		0xfe, 0x80, 0, 0, 0, 0, 0, 1,
		0x0c, 0x42, 0xa1, 0x03, 0, 0x79, 0x9a, 0x1d
	};
	struct knl_node k;

	fix_rdma_dev(model, ID_HCA, "mlx5_0", "0000:3b:00.0", 0x0c42a10300799a1c);
	pci(model, "0000:3b:00.0", 0x15b3, 0x101b, 0x020700);

	k = fix_rdma_port(ID_HCA, "mlx5_0/1", 1, FABMON_RDMA_PROTOCOL_INFINIBAND);
	k.port.has = KNL_HAS(FABMON_A_RDMA_PORT_LID);
	k.port.lid = 7;
	k.port.sm_lid = 1;
	k.port.capabilities = 0x2651e848;
	k.port.subnet_prefix = 0xfe80000000000001;
	fix_gid(&k, FABMON_GID_TYPE_IB, gid);
	put(model, &k);

	k = fix_rdma_port(ID_HCA, "mlx5_0/2", 2, FABMON_RDMA_PROTOCOL_INFINIBAND);
	k.port.state = 1;
	k.port.phys_state = 2;
	k.port.has = KNL_HAS(FABMON_A_RDMA_PORT_LID);
	k.port.subnet_prefix = 0xfe80000000000001;
	k.port.rate = 2500;
	k.port.width = 1;
	put(model, &k);
}

void fix_netdev(struct knl_node *k, const char *name, uint8_t last)
{
	const uint8_t mac[6] = { 0x0c, 0x42, 0xa1, 0xaa, 0xbb, last };
	struct knl_edge *edge = calloc(1, sizeof(*edge));

	edge->type = FABMON_EDGE_TYPE_NETDEV;
	edge->ifindex = 100u + last;
	strncpy(edge->ifname, name, sizeof(edge->ifname) - 1);
	memcpy(edge->address, mac, sizeof(mac));
	edge->address_len = sizeof(mac);
	edge->mtu = 9000;
	k->edges = edge;
	k->n_edges = 1;
}

void fix_nic(struct model *model)
{
	static const uint8_t local[16] = { 0xfe, 0x80, [8] = 0x0e, 0x42, 0xa1,
					   0xff, 0xfe, 0xaa, 0xbb, 0x00 };
	static const uint8_t v4[16] = { [10] = 0xff, 0xff, 10, 0, 0, 1 };
	struct knl_node k;

	fix_rdma_dev(model, ID_NIC, "mlx5_1", "0000:5e:00.0", 0x0c42a10300aabb00);
	pci(model, "0000:5e:00.0", 0x15b3, 0x101d, 0x020000);

	k = fix_rdma_port(ID_NIC, "mlx5_1/1", 1, FABMON_RDMA_PROTOCOL_ROCEV2);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV1, local);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV2, local);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV1, v4);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV2, v4);
	fix_netdev(&k, "ens1f0np0", 0);
	put(model, &k);

	k = fix_rdma_port(ID_NIC, "mlx5_1/2", 2, FABMON_RDMA_PROTOCOL_ROCEV2);
	k.port.state = 1;
	k.port.phys_state = 3;
	fix_netdev(&k, "ens1f1np1", 1);
	put(model, &k);
}

void fix_iwarp(struct model *model)
{
	struct knl_node k;

	fix_rdma_dev(model, ID_IWARP, "siw0", "", 0x0242acfffe110002);
	k = fix_rdma_port(ID_IWARP, "siw0/1", 1, FABMON_RDMA_PROTOCOL_IWARP);
	k.port.width = 0;
	k.port.rate = 0;
	k.port.speed = 0;
	put(model, &k);
}

/* ---- CXL ---------------------------------------------------------------- */

static void decoder(struct model *model, uint32_t id, uint32_t parent,
		    enum fabmon_node_kind kind, const char *name,
		    const struct model_decoder *facts)
{
	struct knl_node k = knl_node(id, parent, kind, name);
	struct model_node *node = put(model, &k);

	node->decoder = *facts;
	node->decoder.mode = facts->mode ? strdup(facts->mode) : NULL;
}

/* Port, decoder and device: as deep below @port as @path says. */
static void memdev(struct model *model, unsigned int n, uint32_t port,
		   const char *addr, const char *path,
		   const struct model_memdev *facts)
{
	struct knl_node k;
	struct model_node *node;
	char name[32], full[160];

	snprintf(name, sizeof(name), "mem%u", n);
	snprintf(full, sizeof(full), "%s/%s/%s", path, addr, name);
	k = knl_node(ID_MEM + 10 * n, 0, FABMON_NODE_KIND_CXL_MEMDEV, name);
	strncpy(k.pci, addr, sizeof(k.pci) - 1);
	k.path = strdup(full);
	k.driver = strdup("cxl_mem");
	node = put(model, &k);
	node->memdev = *facts;
	node->memdev.firmware = strdup("1.0.3");
	node->memdev.security = strdup("disabled");
	if (*addr)
		pci(model, addr, 0x8086, 0x0d93, 0x050210);

	snprintf(name, sizeof(name), "endpoint%u", n);
	k = knl_node(ID_MEM + 10 * n + 1, port, FABMON_NODE_KIND_CXL_ENDPOINT,
		     name);
	k.driver = strdup("cxl_port");
	add_edge(&k, FABMON_EDGE_TYPE_UPORT, 0, "")->node = ID_MEM + 10 * n;
	put(model, &k);

	snprintf(name, sizeof(name), "decoder%u.0", n + 10);
	decoder(model, ID_MEM + 10 * n + 2, ID_MEM + 10 * n + 1,
		FABMON_NODE_KIND_CXL_ENDPOINT_DECODER, name,
		&(struct model_decoder){
			.start = MODEL_NONE,
			.dpa_start = n == 2 ? 2 * GIB : 0,
			.dpa_size = GIB, .mode = n == 2 ? "pmem" : "ram",
		});
}

static void topology(struct model *model)
{
	struct knl_node k;

	if (model_node_by_id(model, ID_ROOT))
		return;
	k = knl_node(ID_ROOT, 0, FABMON_NODE_KIND_CXL_ROOT, "root0");
	put(model, &k);

	k = knl_node(ID_BRIDGE, ID_ROOT, FABMON_NODE_KIND_CXL_PORT, "port1");
	add_edge(&k, FABMON_EDGE_TYPE_DPORT, 0, "0000:0c:00.0");
	add_edge(&k, FABMON_EDGE_TYPE_DPORT, 1, "0000:0c:01.0");
	add_edge(&k, FABMON_EDGE_TYPE_DPORT, 2, "0000:0c:02.0");
	put(model, &k);
	pci(model, "0000:0c:00.0", 0x8086, 0x7075, 0x060400);
	pci(model, "0000:0c:01.0", 0x8086, 0x7075, 0x060400);
	pci(model, "0000:0c:02.0", 0x8086, 0x7075, 0x060400)->numa_node = 1;

	k = knl_node(ID_SWITCH, ID_BRIDGE, FABMON_NODE_KIND_CXL_PORT, "port2");
	add_edge(&k, FABMON_EDGE_TYPE_UPORT, 0, "0000:0d:00.0");
	add_edge(&k, FABMON_EDGE_TYPE_DPORT, 0, "0000:0e:00.0");
	add_edge(&k, FABMON_EDGE_TYPE_DPORT, 1, "0000:0e:01.0");
	put(model, &k);

	decoder(model, ID_WINDOW, ID_ROOT, FABMON_NODE_KIND_CXL_ROOT_DECODER,
		"decoder0.0", &(struct model_decoder){
			.start = 0x430000000, .size = 16 * GIB,
			.dpa_start = MODEL_NONE, .ways = 1, .granularity = 256,
			.cap_ram = true, .cap_type3 = true,
		});
	decoder(model, ID_WINDOW2, ID_ROOT, FABMON_NODE_KIND_CXL_ROOT_DECODER,
		"decoder0.1", &(struct model_decoder){
			.start = 0x830000000, .size = 16 * GIB,
			.dpa_start = MODEL_NONE, .ways = 1, .granularity = 256,
			.cap_ram = true, .cap_pmem = true, .cap_type3 = true,
		});
}

void fix_cxl(struct model *model)
{
	topology(model);
	memdev(model, 0, ID_BRIDGE, "0000:0f:00.0", SYS "/0000:0c:00.0",
	       &(struct model_memdev){
			.serial = 0xdead0001, .ram_size = 4 * GIB,
			.payload_max = 512,
	       });
	memdev(model, 1, ID_SWITCH, "0000:10:00.0",
	       SYS "/0000:0c:01.0/0000:0d:00.0/0000:0e:00.0",
	       &(struct model_memdev){
			.serial = 0xdead0002, .ram_size = 4 * GIB,
	       });
}

static void region(struct model *model, uint32_t id, uint32_t window,
		   const char *name, const struct model_region *facts,
		   const char *const *targets)
{
	struct knl_node k = knl_node(id, window, FABMON_NODE_KIND_CXL_REGION,
				     name);
	struct model_node *node;
	size_t i;

	k.driver = strdup("cxl_region");
	node = put(model, &k);
	node->region = *facts;
	node->region.mode = facts->mode ? strdup(facts->mode) : NULL;
	node->region.uuid = facts->uuid ? strdup(facts->uuid) : NULL;
	node->region.commit = true;
	node->region.n_targets = facts->ways;
	node->region.targets = calloc(facts->ways,
				      sizeof(*node->region.targets));
	for (i = 0; i < facts->ways; i++)
		node->region.targets[i].decoder = strdup(targets[i]);
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

	k = knl_node(ID_MOCK, 0, FABMON_NODE_KIND_CXL_ROOT, "root3");
	put(model, &k);
	k = knl_node(ID_MOCK + 1, ID_MOCK, FABMON_NODE_KIND_CXL_PORT, "port4");
	add_edge(&k, FABMON_EDGE_TYPE_DPORT, 0, "")->path =
		strdup("/devices/platform/cxl_host_bridge.0/cxl_root_port.0");
	put(model, &k);
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

static void condition(struct model_node *node, enum fabmon_event_type type,
		      enum model_severity severity, uint64_t dpa)
{
	node->conditions[node->n_conditions++] = (struct model_condition){
		.what = MODEL_EVENT,
		.type = type,
		.severity = severity,
		.realtime = 1795356000123456789,
		.count = 3,
		.uncorrected = severity == MODEL_CRITICAL,
		.dpa = dpa,
	};
}

void fix_conditions(struct model *model)
{
	struct model_node *node;

	node = fix_node(model, "mem0", FABMON_NODE_KIND_CXL_MEMDEV);
	condition(node, FABMON_EVENT_TYPE_DRAM, MODEL_WARNING, 4096);
	condition(node, FABMON_EVENT_TYPE_DRAM, MODEL_CRITICAL, 8192);
	node = fix_node(model, "mem2", FABMON_NODE_KIND_CXL_MEMDEV);
	condition(node, FABMON_EVENT_TYPE_POISON, MODEL_WARNING, 3 * GIB);
}

struct model *fix_all(void)
{
	struct model *model = fix_host();

	fix_hca(model);
	fix_nic(model);
	fix_iwarp(model);
	fix_cxl(model);
	fix_region(model);
	fix_pmem(model);
	fix_noserial(model);
	fix_conditions(model);
	return model;
}
