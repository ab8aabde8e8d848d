/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Inside of redfish/: the projection under construction and what its files
 * share.
 *
 * A projection has two passes. The first adds every resource, parents before
 * children; rf_add() makes collections out of members, so that there is no
 * empty one. The second links resources; a link whose target was not added is
 * left out, so that no link dangles.
 *
 * Running out of memory sets rf.failed, and the whole projection fails.
 * Helpers take a NULL object for "was not added" and do nothing.
 */
#ifndef FABMON_RF_H
#define FABMON_RF_H

#include "redfish.h"

#define RF_OEM		"Fabmon"
#define RF_MIB		(1ULL << 20)
/* A port may have a thousand, most of them of VLANs; GidCount says how many. */
#define RF_GIDS_MAX	64
#define RF_PKEYS_MAX	64
/* Deepest hierarchy walked: a loop of parents must not hold us. */
#define RF_DEPTH_MAX	32

/**
 * struct rf - one projection
 * @model: what is projected
 * @host: the model's host
 * @agent: what the tree says about the agent; NULL in events
 * @tree: URI -> resource
 * @teams: ifindex of a bond -> name of its first port; rf_ethernet_teams()
 * @pool: strings that live as long as the projection
 * @failed: out of memory
 */
struct rf {
	const struct model *model;
	const struct model_host *host;
	const struct rf_agent *agent;
	json_t *tree;
	json_t *teams;
	struct rf_pool *pool;
	bool failed;
};

/* The two kinds of capacity, never mixed in one resource. */
enum rf_part { RF_RAM, RF_PMEM, RF_PARTS };

/* ---- project.c: the tree ------------------------------------------------ */

void rf_init(struct rf *rf, const struct model *model,
	     const struct rf_agent *agent);
void rf_done(struct rf *rf);

json_t *rf_add(struct rf *rf, const char *uri, const char *type,
	       const char *name);
json_t *rf_get(const struct rf *rf, const char *uri);
json_t *rf_collection(struct rf *rf, const char *uri);
void rf_nav(struct rf *rf, const char *parent, const char *key,
	    const char *uri);

void rf_link(struct rf *rf, const char *from, const char *key,
	     const char *to);
void rf_link_one(struct rf *rf, const char *from, const char *key,
		 const char *to);
void rf_link_into(struct rf *rf, json_t *array, const char *to);

/* All nodes of a kind, in the model's order. */
const struct model_node *rf_first(const struct rf *rf,
				  enum fabmon_node_kind kind);
const struct model_node *rf_next(const struct model_node *node);

/* ---- json.c: values ----------------------------------------------------- */

void rf_set(struct rf *rf, json_t *obj, const char *key, json_t *value);
void rf_str(struct rf *rf, json_t *obj, const char *key, const char *value);
void rf_int(struct rf *rf, json_t *obj, const char *key, int64_t value);
void rf_count(struct rf *rf, json_t *obj, const char *key, uint64_t value);
void rf_bool(struct rf *rf, json_t *obj, const char *key, bool value);
void rf_real(struct rf *rf, json_t *obj, const char *key, double value);
void rf_hex(struct rf *rf, json_t *obj, const char *key, uint64_t value,
	    int digits);
void rf_bytes(struct rf *rf, json_t *obj, const char *key, uint64_t value);
void rf_mib(struct rf *rf, json_t *obj, const char *key, uint64_t bytes);
void rf_ref(struct rf *rf, json_t *obj, const char *key, const char *uri);
void rf_push(struct rf *rf, json_t *array, json_t *value);
void rf_push_str(struct rf *rf, json_t *array, const char *value);
json_t *rf_obj(struct rf *rf, json_t *obj, const char *key);
json_t *rf_arr(struct rf *rf, json_t *obj, const char *key);
json_t *rf_push_obj(struct rf *rf, json_t *array);
json_t *rf_oem(struct rf *rf, json_t *obj, const char *type);
void rf_identifier(struct rf *rf, json_t *obj, const char *format,
		   const char *name);
bool rf_known(uint64_t value);

const char *rf_printf(struct rf *rf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
const char *rf_eui(struct rf *rf, uint64_t value);
const char *rf_guid(struct rf *rf, uint64_t value);
const char *rf_mac(struct rf *rf, const uint8_t mac[6]);
const char *rf_time(struct rf *rf, uint64_t realtime);
const char *rf_base64(struct rf *rf, const uint8_t *data, size_t len);

/* ---- uri.c: URIs and UUIDs ---------------------------------------------- */

const char *rf_uri_system(struct rf *rf);
const char *rf_uri_chassis(struct rf *rf);
const char *rf_uri_processor(struct rf *rf, const struct model_cpu *cpu);
const char *rf_uri_dport(struct rf *rf, struct model_dport dport);
const char *rf_uri_switch(struct rf *rf, const struct model_node *port);
const char *rf_uri_switch_uport(struct rf *rf, const struct model_node *port);
const char *rf_uri_vcs(struct rf *rf, const struct model_node *port);
const char *rf_uri_network_adapter(struct rf *rf, const struct model_node *dev);
const char *rf_uri_network_adapter_metrics(struct rf *rf,
					   const struct model_node *dev);
const char *rf_uri_network_interface(struct rf *rf,
				     const struct model_node *dev);
const char *rf_uri_rdma_port(struct rf *rf, const struct model_node *port);
const char *rf_uri_rdma_port_metrics(struct rf *rf,
				     const struct model_node *port);
const char *rf_uri_ndf(struct rf *rf, const struct model_node *port);
const char *rf_port_name(struct rf *rf, const struct model_node *port);
const char *rf_uri_ethernet(struct rf *rf, const struct model_node *port);
const char *rf_uri_netdev(struct rf *rf, const struct model_node *port,
			  const struct model_netdev *netdev);
const char *rf_uri_pcie_device(struct rf *rf, const struct model_node *node);
const char *rf_uri_pcie_function(struct rf *rf, const struct model_node *node);
const char *rf_uri_physical_function(struct rf *rf,
				     const struct model_node *node);
const char *rf_uri_logical_device(struct rf *rf,
				  const struct model_node *memdev);
const char *rf_uri_log(struct rf *rf, const struct model_node *dev);
const char *rf_uri_log_entry(struct rf *rf, const char *log,
			     const struct model_entry *entry);
const char *rf_uri_memory_region(struct rf *rf,
				 const struct model_node *memdev,
				 enum rf_part part);
const char *rf_uri_fabric_adapter(struct rf *rf,
				  const struct model_node *memdev);
const char *rf_uri_fabric_port(struct rf *rf, const struct model_node *memdev);
const char *rf_uri_fabric_port_metrics(struct rf *rf,
				       const struct model_node *memdev);
const char *rf_uri_host_adapter(struct rf *rf, const struct model_cpu *cpu);
const char *rf_uri_memory(struct rf *rf, const struct model_node *memdev,
			  enum rf_part part);
const char *rf_uri_memory_metrics(struct rf *rf,
				  const struct model_node *memdev,
				  enum rf_part part);
const char *rf_uri_memory_environment(struct rf *rf,
				      const struct model_node *memdev,
				      enum rf_part part);
const char *rf_uri_domain(struct rf *rf, const struct model_node *root,
			  enum rf_part part);
const char *rf_uri_chunks(struct rf *rf, const struct model_node *region);
const char *rf_uri_cxl_fabric(struct rf *rf);
const char *rf_uri_rdma_fabric(struct rf *rf, const struct model_node *port);
const char *rf_uri_initiator(struct rf *rf, const struct model_cpu *cpu);
const char *rf_uri_target(struct rf *rf, const struct model_node *memdev);
const char *rf_uri_rdma_endpoint(struct rf *rf, const struct model_node *port);
const char *rf_uri_connection(struct rf *rf, const struct model_node *region);

const char *rf_uuid_host(struct rf *rf, const char *name);
const char *rf_uuid_shared(struct rf *rf, const char *name);
const char *rf_uuid_memdev(struct rf *rf, const struct model_node *memdev,
			   const char *role);

/* ---- the resource families; _add is the first pass, _link the second ---- */

void rf_agent_add(struct rf *rf);

void rf_system_add(struct rf *rf);
void rf_system_link(struct rf *rf);

void rf_chassis_add(struct rf *rf);
void rf_chassis_link(struct rf *rf);

void rf_processor_add(struct rf *rf);
void rf_processor_link(struct rf *rf);

typedef void (*rf_dport_fn)(struct rf *rf, struct model_dport dport);

void rf_root_port_add(struct rf *rf);
void rf_root_port_link(struct rf *rf);
void rf_root_ports(struct rf *rf, rf_dport_fn fn);
const char *rf_root_port_id(struct rf *rf, const struct knl_edge *dport);
const struct model_cpu *rf_dport_cpu(const struct rf *rf,
				     struct model_dport dport);

void rf_switch_add(struct rf *rf);
void rf_switch_link(struct rf *rf);

/* What CXL ports have in common; cxl_port.c. */
json_t *rf_cxl_port_add(struct rf *rf, const char *uri, const char *name,
			const char *pci_addr);
void rf_cxl_port_up(struct rf *rf, const char *uri, const char *pci_addr);
void rf_cxl_port_join(struct rf *rf, struct model_dport upper,
		      const char *lower);
void rf_decoders(struct rf *rf, json_t *oem, const struct model_node *port);

void rf_adapter_add(struct rf *rf);
void rf_adapter_link(struct rf *rf);

void rf_port_add(struct rf *rf, const struct model_node *port);
const struct knl_edge *rf_port_netdev(const struct model_node *port);
const char *rf_port_mac(struct rf *rf, const struct model_node *port);
bool rf_port_is_ib(const struct model_node *port);
const char *rf_port_protocol(const struct model_node *port);
const char *rf_port_link_status(const struct model_node *port);
const char *rf_port_state(const struct model_node *port);
enum model_severity rf_port_severity(const struct model_node *port);
bool rf_port_guid(const struct model_node *port, uint64_t *guid);
bool rf_port_prefix(const struct model_node *port, uint64_t *prefix);

void rf_ethernet_teams(struct rf *rf);
void rf_ethernet_add(struct rf *rf, const struct model_node *port);
void rf_ethernet_link(struct rf *rf, const struct model_node *port);

void rf_metrics_adapter_add(struct rf *rf, const struct model_node *dev);
int64_t rf_counter_int(const struct rf_counter *counter);
void rf_counter_push(struct rf *rf, json_t *oem, const char *property,
		     const struct rf_counter *counter);
void rf_metrics_port_add(struct rf *rf, const struct model_node *port);

void rf_pcie_add(struct rf *rf);
void rf_pcie_link(struct rf *rf);
void rf_pcie_interface(struct rf *rf, json_t *obj, const char *pci_addr);
double rf_pcie_gbps(unsigned int gen, unsigned int lanes);
bool rf_pci_split(const char *addr, unsigned int part[4]);

void rf_cxl_device_add(struct rf *rf);
void rf_cxl_device_link(struct rf *rf);
const char *rf_memdev_state(const struct rf *rf,
			    const struct model_node *memdev);
bool rf_memdev_serial(const struct model_node *memdev);
const char *rf_memdev_gcxlid(struct rf *rf, const struct model_node *memdev);

void rf_memory_add(struct rf *rf);
void rf_memory_link(struct rf *rf);
void rf_metrics_memory_add(struct rf *rf, const struct model_node *memdev,
			   enum rf_part part);
void rf_metrics_cxl_port_add(struct rf *rf, const struct model_node *memdev);
const char *rf_part_name(enum rf_part part);
uint64_t rf_part_size(const struct model_node *memdev, enum rf_part part);

void rf_domain_add(struct rf *rf);
bool rf_domain_makes(const struct rf *rf, const struct model_node *window,
		     enum rf_part part);
void rf_domain_link(struct rf *rf);

void rf_chunks_add(struct rf *rf);
void rf_chunks_link(struct rf *rf);
const struct model_node *rf_region_decoder(const struct rf *rf,
					   const struct model_node *region,
					   size_t position);
bool rf_region_removable(const struct rf *rf, const struct model_node *region);
const char *rf_region_state(const struct rf *rf,
			    const struct model_node *region);
void rf_region_oem(struct rf *rf, json_t *obj,
		   const struct model_node *region);
/* Whether the region is one that the host decodes right now. */
bool rf_region_live(const struct model_node *region);
enum rf_part rf_region_part(const struct rf *rf,
			    const struct model_node *region);
/* The memory device at a position of a region, or NULL. */
const struct model_node *rf_region_memdev(const struct rf *rf,
					  const struct model_node *region,
					  size_t position);

void rf_fabric_add(struct rf *rf);
void rf_fabric_link(struct rf *rf);
void rf_fabric_new(struct rf *rf, const char *uri, const char *type,
		   const char *uuid);
json_t *rf_fabric_entity(struct rf *rf, json_t *endpoint, const char *type,
			 const char *role, const char *uri);
void rf_fabric_pci_id(struct rf *rf, json_t *entity, const char *addr);

/* The CXL fabric, made if need be. */
void rf_fabric_cxl(struct rf *rf);
void rf_fabric_cxl_add(struct rf *rf);
void rf_fabric_cxl_link(struct rf *rf);
void rf_fabric_rdma_add(struct rf *rf);
void rf_fabric_rdma_link(struct rf *rf);

void rf_log_add(struct rf *rf);
void rf_log_link(struct rf *rf);
bool rf_has_log(const struct model_node *node);

/* ---- entry.c, health.c, message.c --------------------------------------- */

enum rf_message {
	RF_RESOURCE_CREATED,
	RF_RESOURCE_CHANGED,
	RF_RESOURCE_REMOVED,
	RF_STATUS_OK,
	RF_STATUS_WARNING,
	RF_STATUS_CRITICAL,
	RF_ERRORS_DETECTED,
	RF_ERRORS_CORRECTED,
	RF_MEMORY_UNCORRECTABLE,
	RF_MEMORY_CONTAINED,
	RF_PCIE_UNCORRECTABLE,
	RF_LINK_UP,
	RF_LINK_DEGRADED,
	RF_LINK_DOWN,
	RF_LINK_FLAPS,
	RF_MESSAGES,
};

#define RF_ARGS_MAX	5

struct rf_message_def {
	const char *id, *text;
	unsigned int args;
};

/* All that we ever send. */
extern const struct rf_message_def rf_messages[RF_MESSAGES];

void rf_message(struct rf *rf, json_t *obj, enum rf_message message,
		const char *const *args);
void rf_message_status(struct rf *rf, json_t *obj, const char *uri,
		       enum model_severity severity);
void rf_message_entry(struct rf *rf, json_t *obj,
		      const struct model_entry *entry, const char *device,
		      const char *uri);
bool rf_message_is_status(const struct model_entry *entry);

void rf_entry_details(struct rf *rf, json_t *obj,
		      const struct model_entry *entry, bool told);
int64_t rf_entry_group(const struct model_entry *entry);
const struct model_node *rf_entry_device(const struct rf *rf,
					 const struct model_entry *entry);
const char *rf_entry_origin(struct rf *rf, const struct model_node *dev,
			    const struct model_entry *entry);

const char *rf_health_name(enum model_severity severity);
json_t *rf_status(struct rf *rf, json_t *obj, const char *state,
		  enum model_severity severity);
void rf_status_rollup(struct rf *rf, json_t *obj, enum model_severity severity);
enum model_severity rf_severity_host(const struct rf *rf);
enum model_severity rf_severity_part(const struct model_node *memdev,
				     enum rf_part part);
void rf_conditions(struct rf *rf, json_t *status, const struct model_node *node,
		   const char *uri, enum rf_part part);

#endif /* FABMON_RF_H */
