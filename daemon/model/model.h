/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The fabric graph of this host in memory: the kernel's nodes, what sysfs
 * says about them, and identities that outlive names and rebinding.
 *
 * model.c does no I/O. host.c reads SMBIOS and sysfs and fills the facts in;
 * redfish/ reads the graph and changes nothing.
 */
#ifndef FABMON_MODEL_H
#define FABMON_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel/knl/event.h"
#include "kernel/knl/names.h"
#include "kernel/knl/node.h"
#include "flap.h"
#include "log.h"

#define MODEL_NONE	UINT64_MAX	/* an address that is unknown */

/*
 * ---- facts that host.c reads ------------------------------------------
 *
 * Unknown is: an address MODEL_NONE, any other number 0, a string NULL.
 */

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
	size_t n_nodes;			/* 0: the kernel does not tell */
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

/* ---- health ------------------------------------------------------------ */

#define MODEL_MAX_CONDITIONS	16

/* One thing that is wrong with a device or port: an entry that is pinned. */
struct model_condition {
	uint64_t number;		/* of the entry; 0: none */
	enum model_what what;
	enum fabmon_event_type type;
	enum model_severity severity;
	uint64_t realtime;		/* ns, of the latest */
	uint64_t count;			/* how often, until the latest */
	bool uncorrected;
	uint64_t dpa;			/* bytes or MODEL_NONE */
};

/*
 * What a memory device said of itself last, in a memory module event. Numbers
 * are -1 where it did not say.
 */
struct model_module {
	bool known;			/* there was such an event */
	uint64_t realtime;		/* ns, 0: unknown */
	/* CXL 3.1, table 8-133: as the device encodes them */
	int health, media, additional;
	int life_used;			/* percent */
	bool has_temperature;
	int temperature;		/* degrees Celsius */
	int64_t dirty_shutdowns;
	int64_t corrected_volatile, corrected_persistent;
};

/* ---- the graph ---------------------------------------------------------- */

struct model_node {
	struct knl_node k;		/* as the kernel told it */
	struct model_node *parent;	/* NULL: none, or not known (yet) */
	/*
	 * Stable identity, unique among the nodes of its kind, safe in a URI
	 * ([A-Za-z0-9._-]); NULL where the node has none of its own.
	 */
	char *ident;
	union {
		struct model_memdev memdev;
		struct model_decoder decoder;
		struct model_region region;
		struct model_cxl_port cxl_port;
		struct model_dax_region dax_region;
		struct model_rdma rdma;
		struct model_rdma_port port;
	};
	struct model_condition conditions[MODEL_MAX_CONDITIONS];
	size_t n_conditions;
	struct model_link *link;	/* rdma-port; model_link.c's */
	bool settled;			/* its conditions are the log's */
	struct model_module module;	/* cxl-memdev */
	struct model_node *next;	/* in id order */
};

struct model;

/* NULL without memory. The model owns everything it is given. */
struct model *model_new(void);
void model_free(struct model *model);

/* The host's facts; host.c fills them in once, before anything is projected. */
struct model_host *model_host(struct model *model);
const struct model_host *model_host_get(const struct model *model);

/**
 * model_node_put - add a node or replace what the kernel said of it
 * @k: moved out of
 *
 * Facts, identity and conditions of a known node stay. Return: the node, or
 * NULL without memory.
 */
struct model_node *model_node_put(struct model *model, struct knl_node *k);
/* Forget a node. Unknown ids are fine. */
void model_node_drop(struct model *model, uint32_t id);
/* Forget all nodes that were not put since model_mark(). For a new dump. */
void model_mark(struct model *model);
void model_sweep(struct model *model);
/* Forget all nodes, e.g. for a new instance of the module. */
void model_clear_nodes(struct model *model);

struct model_node *model_node_by_id(const struct model *model, uint32_t id);
struct model_node *model_node_by_name(const struct model *model,
				      enum fabmon_node_kind kind, const char *name);
/* All nodes in id order: for (n = model_first(m); n; n = n->next). */
struct model_node *model_first(const struct model *model);
size_t model_count(const struct model *model);

/* PCI functions, by address. _put returns a record to fill in. */
struct model_pci *model_pci_put(struct model *model, const char *addr);
const struct model_pci *model_pci_get(const struct model *model, const char *addr);

/* Facts: frees what an earlier reading left behind, per kind. */
void model_facts_clear(struct model_node *node);

/*
 * ---- what happens ------------------------------------------------------
 *
 * These put entries into the logs (model_log.h) and renew the conditions of the
 * devices, which must be identified. They return whether the tree has something
 * new to show.
 */

/**
 * model_health - an event
 * @cause: of its message
 */
bool model_health(struct model *model, const struct knl_event *event,
		  uint32_t cause, const struct model_stamp *stamp);
/* The device that an event is about; NULL: none that has health. */
struct model_node *model_event_device(const struct model *model,
				      const struct knl_event *event);

/**
 * model_health_node - a node came or changed
 * @node: the node; it may be ahead of
 * @k: what it was then
 * @cause: of the message
 */
bool model_health_node(struct model *model, struct model_node *node,
		       const struct knl_node *k, uint32_t cause,
		       const struct model_stamp *stamp);

/**
 * model_health_settle - nothing is missing between the log and the nodes
 *
 * Call after model_identify(), when all that was to be replayed has been: what
 * the logs say of devices that are new is made theirs, and where it cannot be
 * true any more, an entry says so.
 */
bool model_health_settle(struct model *model, const struct model_stamp *stamp);

/* Empties a device's log: all is well then. @device: identity. */
bool model_health_clear(struct model *model, const char *device);

/* Keeps what a memory module event says; other events say nothing of it. */
void model_module_note(struct model_node *memdev,
		       const struct knl_event *event, uint64_t realtime);
enum model_severity model_node_severity(const struct model_node *node);
enum model_severity model_event_severity(const struct knl_event *event);

/* When links flap. Before there are nodes; without it none does. */
void model_flap_limit(struct model *model,
		      const struct model_flap_limits *limits);
/* Does what is due at @stamp->boottime; see model_flap_wait(). */
bool model_flap_run(struct model *model, const struct model_stamp *stamp);
/* CLOCK_BOOTTIME ns when something will be due; UINT64_MAX: nothing is. */
uint64_t model_flap_wait(const struct model *model);
/* What the kernel said last of a port, also where the tree does not show it. */
const struct knl_node *model_link_true(const struct model_node *port);

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
 * start in hex; region: HPA start in hex, NULL while it is not committed, and
 * another when it is committed elsewhere; cxl-root and cxl-port: model_place()
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
 * @put: remember @ident; both are copied
 *
 * Asked for those only that do not follow from the device alone, once each.
 */
struct model_memory {
	bool (*get)(const char *key, char *ident, size_t size, void *ctx);
	void (*put)(const char *key, const char *ident, void *ctx);
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

/* Relations that the projection asks for. NULL where there is none. */
/*
 * Whether an RDMA port's interface was taken down: its network device says so
 * where it has one, else the port itself.
 */
bool model_link_disabled(const struct knl_node *port);
const struct model_node *model_port_dev(const struct model_node *port);
const struct knl_edge *model_edge(const struct model_node *node,
				  enum fabmon_edge_type type);
/* The memdev that an endpoint decoder (by name) or endpoint belongs to. */
const struct model_node *model_decoder_memdev(const struct model *model,
					      const char *decoder);
const struct model_node *model_endpoint_memdev(const struct model *model,
					       const struct model_node *endpoint);
/* The endpoint port of a memdev; NULL while its driver is not bound. */
const struct model_node *model_memdev_endpoint(const struct model *model,
					       const struct model_node *memdev);
/**
 * struct model_dport - a downstream port
 * @port: the host bridge or switch that it belongs to; the cxl-root for that of
 *	a host bridge that has a restricted CXL device (CXL 1.1) and no port of
 *	its own
 * @edge: which of its dports; NULL: there is none, or it is not known
 */
struct model_dport {
	const struct model_node *port;
	const struct knl_edge *edge;
};

/* What a memory device, or the switch of a cxl-port, is plugged into. */
struct model_dport model_dport_above(const struct model *model,
				     const struct model_node *node);
/* The same beyond all switches: the root port. */
struct model_dport model_dport_root(const struct model *model,
				    const struct model_node *node);
bool model_is_bridge(const struct model_node *node);
bool model_is_switch(const struct model_node *node);
/* A memory device of CXL 1.1: integrated into the root complex. */
bool model_is_rcd(const struct model *model, const struct model_node *memdev);
/* Its decoders are committed, by whomever, whether a driver has it or not. */
bool model_region_committed(const struct model_node *region);
/* The root decoder that a region lies in. */
const struct model_node *model_region_root(const struct model_node *region);

#endif /* FABMON_MODEL_H */
