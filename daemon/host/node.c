// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Facts of nodes, from sysfs: CXL devices, RDMA devices, the network devices
 * of their ports and the PCI functions behind them.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host.h"
#include "priv.h"
#include "sysfs.h"
#include "util/error.h"

/* Most positions of a region (CXL 3.1: 16 ways), with room. */
#define MAX_TARGETS	64

static void close_dir(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define auto_dir __attribute__((cleanup(close_dir))) int

/* A small number; -1, which is how the kernel prints "none", if unknown. */
static int read_small(int dir, const char *name)
{
	uint64_t value = sysfs_number(dir, name, INT_MAX);

	return value < INT_MAX ? (int)value : -1;
}

static int read_memdev(struct model_memdev *m, int dir)
{
	m->serial = sysfs_number(dir, "serial", 0);
	m->ram_size = sysfs_number(dir, "ram/size", 0);
	m->pmem_size = sysfs_number(dir, "pmem/size", 0);
	m->label_size = sysfs_number(dir, "label_storage_size", 0);
	m->payload_max = sysfs_number(dir, "payload_max", 0);
	m->ram_qos = read_small(dir, "ram/qos_class");
	m->pmem_qos = read_small(dir, "pmem/qos_class");
	if (sysfs_string(dir, "firmware_version", &m->firmware) ||
	    sysfs_string(dir, "security/state", &m->security))
		return error_trace(-ENOMEM);
	return 0;
}

/* An attribute that is there, whatever it says. */
static bool has_attribute(int dir, const char *name)
{
	char text[48];

	return sysfs_read(dir, name, text, sizeof(text)) >= 0;
}

static int read_decoder(struct model_decoder *d, int dir)
{
	d->start = sysfs_number(dir, "start", MODEL_NONE);
	d->size = sysfs_number(dir, "size", 0);
	d->dpa_start = sysfs_number(dir, "dpa_resource", MODEL_NONE);
	d->dpa_size = sysfs_number(dir, "dpa_size", 0);
	d->ways = sysfs_number(dir, "interleave_ways", 0);
	d->granularity = sysfs_number(dir, "interleave_granularity", 0);
	d->cap_ram = sysfs_flag(dir, "cap_ram");
	d->cap_pmem = sysfs_flag(dir, "cap_pmem");
	d->cap_type2 = sysfs_flag(dir, "cap_type2");
	d->cap_type3 = sysfs_flag(dir, "cap_type3");
	d->locked = sysfs_flag(dir, "locked");
	d->makes_ram = has_attribute(dir, "create_ram_region");
	d->makes_pmem = has_attribute(dir, "create_pmem_region");
	d->qos = read_small(dir, "qos_class");
	if (sysfs_string(dir, "mode", &d->mode) ||
	    sysfs_string(dir, "region", &d->region))
		return error_trace(-ENOMEM);
	return 0;
}

static int read_targets(struct model_region *r, int dir)
{
	char name[24], **decoder;
	unsigned int i;

	if (!r->ways || r->ways > MAX_TARGETS)
		return 0;
	r->targets = calloc(r->ways, sizeof(*r->targets));
	if (!r->targets)
		return error_origin(-ENOMEM, "list of %u targets", r->ways);
	for (i = 0; i < r->ways; i++) {
		decoder = &r->targets[i].decoder;
		snprintf(name, sizeof(name), "target%u", i);
		if (sysfs_string(dir, name, decoder))
			return error_trace(-ENOMEM);
		if (!*decoder)
			*decoder = strdup("");
		if (!*decoder)
			return error_origin(-ENOMEM, "name of target %u", i);
		r->n_targets++;
	}
	return 0;
}

static int read_region(struct model_region *r, int dir)
{
	r->birth = host_birth(dir);
	r->start = sysfs_number(dir, "resource", MODEL_NONE);
	r->size = sysfs_number(dir, "size", 0);
	r->ways = sysfs_number(dir, "interleave_ways", 0);
	r->granularity = sysfs_number(dir, "interleave_granularity", 0);
	r->commit = sysfs_flag(dir, "commit");
	if (sysfs_string(dir, "mode", &r->mode) ||
	    sysfs_string(dir, "uuid", &r->uuid))
		return error_trace(-ENOMEM);
	return read_targets(r, dir);
}

static int read_dax_device(struct model_dax *dax, const char *path,
			   const char *sysfs)
{
	auto_dir dir = sysfs_open(sysfs, path);
	const char *name = strrchr(path, '/');
	char driver[SYSFS_NAME_MAX];

	dax->name = strdup(name ? name + 1 : path);
	if (!dax->name)
		return error_origin(-ENOMEM, "name of DAX device %s", path);
	dax->size = sysfs_number(dir, "size", 0);
	sysfs_link(dir, "driver", driver, sizeof(driver));
	dax->driver = *driver ? strdup(driver) : NULL;
	if (*driver && !dax->driver)
		return error_origin(-ENOMEM, "driver of DAX device %s", path);
	return 0;
}

static int read_dax(struct model_node *node, const char *sysfs)
{
	struct model_dax_region *region = &node->dax_region;
	const struct knl_edge *edge;
	size_t i;

	if (!node->k.n_edges)
		return 0;
	region->devices = calloc(node->k.n_edges, sizeof(*region->devices));
	if (!region->devices)
		return error_origin(-ENOMEM, "list of %zu DAX devices",
				    node->k.n_edges);
	for (i = 0; i < node->k.n_edges; i++) {
		edge = &node->k.edges[i];
		if (edge->type != FABMON_EDGE_TYPE_DAX || !edge->path)
			continue;
		if (read_dax_device(&region->devices[region->n_devices++],
				    edge->path, sysfs))
			return error_trace(-ENOMEM);
	}
	return 0;
}

static int read_rdma(struct model_rdma *r, int dir)
{
	if (sysfs_string(dir, "hca_type", &r->hca_type) ||
	    sysfs_string(dir, "board_id", &r->board_id) ||
	    sysfs_string(dir, "node_desc", &r->node_desc))
		return error_trace(-ENOMEM);
	return 0;
}

/* 255 is how the kernel prints that it does not know. */
static unsigned int read_lanes(int dir, const char *name)
{
	uint64_t lanes = sysfs_number(dir, name, 0);

	return lanes < 255 ? lanes : 0;
}

/*
 * The link of a restricted CXL device is that of a port that PCI does not see:
 * the CXL driver prints its Link Capabilities and Link Status (PCIe 6.0,
 * 7.5.3.6 and 7.5.3.8: speed in bits 3:0, width in bits 9:4).
 */
static void read_rcd_link(struct model_pci *pci, int dir)
{
	uint64_t cap = sysfs_hex(dir, "rcd_link_cap", MODEL_NONE);
	uint64_t status = sysfs_hex(dir, "rcd_link_status", MODEL_NONE);

	pci->is_rcd = cap != MODEL_NONE;
	if (pci->is_rcd && !pci->max_gen) {
		pci->max_gen = cap & 0xf;
		pci->max_lanes = cap >> 4 & 0x3f;
	}
	if (pci->is_rcd && status != MODEL_NONE && !pci->gen) {
		pci->gen = status & 0xf;
		pci->lanes = status >> 4 & 0x3f;
	}
}

static int open_pci(const char *addr, const char *sysfs)
{
	char path[64];

	if (!*addr || strchr(addr, '/'))
		return -1;
	snprintf(path, sizeof(path), "bus/pci/devices/%s", addr);
	return sysfs_open(sysfs, path);
}

/* A function's number among all of its bus, -1 if @addr is none. */
static int pci_rid(const char *addr)
{
	unsigned int domain, bus, dev, fn;

	if (sscanf(addr, "%x:%2x:%2x.%1x", &domain, &bus, &dev, &fn) != 4)
		return -1;
	return bus << 8 | dev << 3 | fn;
}

/*
 * PCI Express Base 6.0, 9.3.3: virtual functions follow the physical one at an
 * offset, with a stride. The link that has the number must agree.
 */
static void read_virtual(struct model_pci *pci, const char *sysfs)
{
	char name[32], addr[KNL_PCI_LEN];
	auto_dir dir = open_pci(pci->physfn, sysfs);
	uint64_t offset = sysfs_number(dir, "sriov_offset", 0);
	uint64_t stride = sysfs_number(dir, "sriov_stride", 0);
	int64_t at = pci_rid(pci->addr) - pci_rid(pci->physfn);

	pci->vf = -1;
	if (!*pci->physfn || offset > 0xffff || stride > 0xffff ||
	    at < (int64_t)offset)
		return;
	at -= offset;
	at = stride ? at / (int64_t)stride : 0;
	snprintf(name, sizeof(name), "virtfn%d", (int)at);
	sysfs_link(dir, name, addr, sizeof(addr));
	if (!strcmp(addr, pci->addr))
		pci->vf = (int)at;
}

static void read_ids(struct model_pci *pci, int dir)
{
	pci->vendor = sysfs_hex(dir, "vendor", 0);
	pci->device = sysfs_hex(dir, "device", 0);
	pci->subvendor = sysfs_hex(dir, "subsystem_vendor", 0);
	pci->subdevice = sysfs_hex(dir, "subsystem_device", 0);
	pci->class_code = sysfs_hex(dir, "class", 0);
	pci->revision = sysfs_hex(dir, "revision", 0);
}

static void read_link(struct model_pci *pci, int dir)
{
	char text[64];

	pci->gen = pci->max_gen = 0;
	if (sysfs_read(dir, "current_link_speed", text, sizeof(text)) > 0)
		pci->gen = sysfs_parse_gen(text);
	if (sysfs_read(dir, "max_link_speed", text, sizeof(text)) > 0)
		pci->max_gen = sysfs_parse_gen(text);
	pci->lanes = read_lanes(dir, "current_link_width");
	pci->max_lanes = read_lanes(dir, "max_link_width");
}

static struct model_pci *read_function(struct model *model, const char *addr,
				       const char *sysfs)
{
	struct model_pci *pci = model_pci_put(model, addr);
	auto_dir dir = -1;

	if (!pci)
		return NULL;
	dir = open_pci(addr, sysfs);
	read_ids(pci, dir);
	read_link(pci, dir);
	read_rcd_link(pci, dir);
	pci->numa_node = read_small(dir, "numa_node");
	pci->max_vfs = sysfs_number(dir, "sriov_totalvfs", 0) & 0xffff;
	pci->vfs = sysfs_number(dir, "sriov_numvfs", 0) & 0xffff;
	sysfs_link(dir, "physfn", pci->physfn, sizeof(pci->physfn));
	read_virtual(pci, sysfs);
	return pci;
}

/* A virtual function is a part of the physical one's device. */
static int read_pci(struct model *model, const char *addr, const char *sysfs)
{
	const struct model_pci *pci;

	if (!*addr || strchr(addr, '/'))
		return 0;
	pci = read_function(model, addr, sysfs);
	if (pci && *pci->physfn)
		pci = read_function(model, pci->physfn, sysfs);
	return pci ? 0 : error_trace(-ENOMEM);
}

/* The directory of a node; its class names it where the kernel gave no path. */
int host_node_open(const struct model_node *node, const char *sysfs)
{
	char path[256];

	if (node->k.path)
		return sysfs_open(sysfs, node->k.path);
	if (node->k.kind != FABMON_NODE_KIND_RDMA_DEV || !node->k.name ||
	    strchr(node->k.name, '/'))
		return -1;
	snprintf(path, sizeof(path), "class/infiniband/%s", node->k.name);
	return sysfs_open(sysfs, path);
}

static int read_facts(struct model_node *node, const char *sysfs)
{
	auto_dir dir = -1;

	dir = host_node_open(node, sysfs);
	switch (node->k.kind) {
	case FABMON_NODE_KIND_RDMA_DEV:
		return read_rdma(&node->rdma, dir);
	case FABMON_NODE_KIND_RDMA_PORT:
		return host_read_netdevs(node, sysfs);
	case FABMON_NODE_KIND_CXL_MEMDEV:
		return read_memdev(&node->memdev, dir);
	case FABMON_NODE_KIND_CXL_ROOT_DECODER:
	case FABMON_NODE_KIND_CXL_SWITCH_DECODER:
	case FABMON_NODE_KIND_CXL_ENDPOINT_DECODER:
		return read_decoder(&node->decoder, dir);
	case FABMON_NODE_KIND_CXL_REGION:
		return read_region(&node->region, dir);
	case FABMON_NODE_KIND_CXL_ROOT:
	case FABMON_NODE_KIND_CXL_PORT:
	case FABMON_NODE_KIND_CXL_ENDPOINT:
		node->cxl_port.committed = read_small(dir,
						      "decoders_committed");
		return 0;
	case FABMON_NODE_KIND_CXL_DAX_REGION:
		return read_dax(node, sysfs);
	default:
		return 0;
	}
}

int host_read_node(struct model *model, struct model_node *node,
		   const char *sysfs)
{
	size_t i;
	int ret;

	model_facts_clear(node);
	ret = read_facts(node, sysfs);
	if (!ret)
		ret = read_pci(model, node->k.pci, sysfs);
	for (i = 0; !ret && i < node->k.n_edges; i++)
		ret = read_pci(model, node->k.edges[i].pci, sysfs);
	return error_step(ret, "%s: reading its facts",
			  node->k.name ? node->k.name : "node");
}
