/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Facts: what sysfs, procfs and SMBIOS say of the host and of each node. host/
 * reads them and fills them in.
 *
 * Unknown is: an address MODEL_NONE, any other number 0, a string NULL, unless a
 * member says otherwise.
 */
#ifndef FABMON_MODEL_FACTS_H
#define FABMON_MODEL_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/knl/node.h"

#define MODEL_NONE	UINT64_MAX	/* an address that is unknown */

struct model_cpu {
	unsigned int package;		/* physical package id */
	unsigned int cores, threads;
	char *vendor;			/* "GenuineIntel" or NULL */
	char *model;			/* model name or NULL */
};

/* A NUMA node that has processors. */
struct model_numa {
	unsigned int node;
	unsigned int package;		/* that its processors are in */
};

/* The host. Strings are NULL where unknown or a vendor's filler. */
struct model_host {
	char *id;			/* stable Redfish id of the host */
	char *uuid;			/* lower case, with dashes; never NULL */
	char *hostname;
	char *vendor, *product, *sku, *serial, *bios;
	bool is_virtual;		/* runs under a hypervisor */
	uint64_t memory;		/* bytes of system memory */
	struct model_cpu *cpus;
	size_t n_cpus;			/* at least 1 */
	struct model_numa *nodes;
	size_t n_nodes;			/* 0: the kernel does not report it */
};

/* A PCI function, by address. Numbers are 0 where unknown. */
struct model_pci {
	char addr[KNL_PCI_LEN];
	uint16_t vendor, device, subvendor, subdevice;
	uint32_t class_code;		/* 24 bits */
	uint8_t revision;
	unsigned int gen, max_gen;	/* PCIe generation 1 .. 6 */
	unsigned int lanes, max_lanes;
	bool is_rcd;			/* restricted CXL device (CXL 1.1) */
	int numa_node;			/* -1: unknown */
	unsigned int max_vfs, vfs;	/* virtual functions: most, enabled */
	char physfn[KNL_PCI_LEN];	/* of a virtual one: whose it is, or "" */
	int vf;				/* its number there, -1: unknown */
};

/* cxl-memdev. */
struct model_memdev {
	uint64_t serial;		/* 0: none */
	uint64_t ram_size, pmem_size;	/* bytes */
	uint64_t label_size;		/* bytes */
	uint64_t payload_max;		/* bytes */
	int ram_qos, pmem_qos;		/* QoS throttling group, -1: unknown */
	char *firmware;
	char *security;			/* sysfs word or NULL */
};

/* cxl-root-decoder, cxl-switch-decoder, cxl-endpoint-decoder. */
struct model_decoder {
	uint64_t start, size;		/* host physical, bytes */
	uint64_t dpa_start, dpa_size;	/* endpoint decoders, bytes */
	unsigned int ways;		/* interleave ways, 0 unknown */
	uint64_t granularity;		/* bytes */
	bool cap_ram, cap_pmem, cap_type2, cap_type3, locked;
	bool makes_ram, makes_pmem;	/* regions, if the kernel is asked to */
	int qos;			/* of a window; -1: unknown */
	char *mode;			/* "ram", "pmem", "none" or NULL */
	char *region;			/* name of the region or NULL */
};

/* One position of a region. */
struct model_target {
	char *decoder;			/* endpoint decoder's name, "" if unset */
};

/* cxl-region. */
struct model_region {
	uint64_t start, size;		/* host physical, bytes */
	unsigned int ways;
	uint64_t granularity;
	char *mode;			/* "ram", "pmem" or NULL (6.1: no file) */
	char *uuid;
	char *birth;			/* of the kernel's object: boot "/" inode */
	bool commit;			/* sysfs "commit" reads 1 */
	struct model_target *targets;	/* in position order */
	size_t n_targets;
};

/* cxl-root, cxl-port, cxl-endpoint. */
struct model_cxl_port {
	/* decoders are committed in the order of their numbers */
	int committed;			/* how many are; -1: unknown */
};

/* A device-dax device. */
struct model_dax {
	char *name;
	char *driver;			/* "kmem", "device_dax"; NULL: none */
	uint64_t size;			/* bytes */
};

/* cxl-dax-region: one for each edge to a DAX device. */
struct model_dax_region {
	struct model_dax *devices;
	size_t n_devices;
};

/* rdma-dev. */
struct model_rdma {
	char *hca_type, *board_id, *node_desc;
};

enum model_netdev_kind {
	MODEL_NETDEV_PLAIN,
	MODEL_NETDEV_IPOIB,
	MODEL_NETDEV_VLAN,
	MODEL_NETDEV_BOND,
};

#define MODEL_MODE_LEN	24

/* A network device over an RDMA port, or over one that is. */
struct model_netdev {
	char ifname[KNL_IFNAME_LEN];
	uint32_t ifindex;
	enum model_netdev_kind kind;
	uint32_t lower;			/* ifindex that a VLAN is on, 0: none */
	uint32_t master;		/* ifindex of its bond, 0: none */
	uint8_t address[KNL_ADDRESS_LEN];
	uint8_t address_len;		/* 0: unknown */
	uint32_t mtu;			/* bytes */
	uint32_t speed;			/* Mb/s */
	uint32_t vlan;			/* 1 to 4094 */
	uint32_t pkey;			/* of IP over InfiniBand */
	bool up;			/* by the administrator */
	bool full_duplex, half_duplex;
	char operstate[MODEL_MODE_LEN];	/* sysfs word or "" */
	char mode[MODEL_MODE_LEN];	/* of a bond or of IPoIB, or "" */
};

/* rdma-port. The device that the kernel names as the port's is the first. */
struct model_rdma_port {
	struct model_netdev *netdevs;
	size_t n_netdevs;
};

struct model;
struct model_node;

/* The host's facts; host/ fills them in once, before anything is projected. */
struct model_host *model_host(struct model *model);
const struct model_host *model_host_get(const struct model *model);

/* PCI functions, by address. _put returns a record to fill in. */
struct model_pci *model_pci_put(struct model *model, const char *addr);
const struct model_pci *model_pci_get(const struct model *model, const char *addr);

/**
 * model_facts_clear - forget the facts of a node
 *
 * Frees what an earlier reading left; all is unknown then.
 */
void model_facts_clear(struct model_node *node);

#endif /* FABMON_MODEL_FACTS_H */
