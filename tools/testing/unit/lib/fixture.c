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
#include "fixture_priv.h"


const struct rf_agent fix_alone = {
	.version = "0.1.0",
	.rdma_fabric = "RoCE",
};

const struct rf_agent fix_waiting = {
	.version = "0.1.0",
	.rdma_fabric = "RoCE",
	.ofmf = true,
};

const struct rf_agent fix_registered = {
	.version = "0.1.0",
	.rdma_fabric = "RoCE",
	.ofmf = true,
	.login = true,
	.certificates = true,
};

const struct rf_view fix_seen_waiting = {
	.url = "http://ofmf.example.org:5000",
};

const struct rf_view fix_seen_registered = {
	.url = "http://ofmf.example.org:5000",
	.context = "5ba9a3a2-1ab6-4f69-8a86-3a9d5e1c2f4b",
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

struct knl_node fix_knl(uint32_t id, uint32_t parent,
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

struct knl_edge *fix_edge(struct knl_node *k, enum fabmon_edge_type type,
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

struct model_node *fix_put(struct model *model, struct knl_node *k)
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

struct model_pci *fix_pci(struct model *model, const char *addr,
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
	struct knl_node k = fix_knl(id, 0, FABMON_NODE_KIND_RDMA_DEV, name);
	struct model_node *node;

	strncpy(k.pci, addr, sizeof(k.pci) - 1);
	k.numa_node = 0;
	k.dev.node_type = 1;
	k.dev.node_guid = guid;
	k.dev.sys_image_guid = guid;
	k.dev.ports = 2;
	k.dev.firmware = strdup("20.31.1014");
	node = fix_put(model, &k);
	node->rdma.hca_type = strdup("MT4123");
	node->rdma.board_id = strdup("MT_0000000223");
	/* as some drivers leave it */
	node->rdma.node_desc = strdup("node01 \xff");
	return node;
}

struct knl_node fix_rdma_port(uint32_t dev, const char *name, uint32_t number,
			      enum fabmon_rdma_protocol protocol)
{
	struct knl_node k = fix_knl(dev + number, dev,
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
	fix_pci(model, "0000:3b:00.0", 0x15b3, 0x101b, 0x020700);

	k = fix_rdma_port(ID_HCA, "mlx5_0/1", 1, FABMON_RDMA_PROTOCOL_INFINIBAND);
	k.port.has = KNL_HAS(FABMON_A_RDMA_PORT_LID);
	k.port.lid = 7;
	k.port.sm_lid = 1;
	k.port.capabilities = 0x2651e848;
	k.port.subnet_prefix = 0xfe80000000000001;
	fix_gid(&k, FABMON_GID_TYPE_IB, gid);
	fix_put(model, &k);

	k = fix_rdma_port(ID_HCA, "mlx5_0/2", 2, FABMON_RDMA_PROTOCOL_INFINIBAND);
	k.port.state = 1;
	k.port.phys_state = 2;
	k.port.has = KNL_HAS(FABMON_A_RDMA_PORT_LID);
	k.port.subnet_prefix = 0xfe80000000000001;
	k.port.rate = 2500;
	k.port.width = 1;
	fix_put(model, &k);
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
	fix_pci(model, "0000:5e:00.0", 0x15b3, 0x101d, 0x020000);

	k = fix_rdma_port(ID_NIC, "mlx5_1/1", 1, FABMON_RDMA_PROTOCOL_ROCEV2);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV1, local);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV2, local);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV1, v4);
	fix_gid(&k, FABMON_GID_TYPE_ROCEV2, v4);
	fix_netdev(&k, "ens1f0np0", 0);
	fix_put(model, &k);

	k = fix_rdma_port(ID_NIC, "mlx5_1/2", 2, FABMON_RDMA_PROTOCOL_ROCEV2);
	k.port.state = 1;
	k.port.phys_state = 3;
	fix_netdev(&k, "ens1f1np1", 1);
	fix_put(model, &k);
}

void fix_iwarp(struct model *model)
{
	struct knl_node k;

	fix_rdma_dev(model, ID_IWARP, "siw0", "", 0x0242acfffe110002);
	k = fix_rdma_port(ID_IWARP, "siw0/1", 1, FABMON_RDMA_PROTOCOL_IWARP);
	k.port.width = 0;
	k.port.rate = 0;
	k.port.speed = 0;
	fix_put(model, &k);
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
