/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * The families of resources, one a file, and what they use of each other. A
 * family's _add() is called in the first pass, its _link() in the second.
 */
#ifndef FABMON_RF_FAMILY_H
#define FABMON_RF_FAMILY_H

#include "action/action.h"
#include "metrics.h"
#include "rf.h"

/* A port may have a thousand, most of them of VLANs; GidCount has them all. */
#define RF_GIDS_MAX	64
#define RF_PKEYS_MAX	64

/* Resources that nobody watches; unwatched.c. */
void rf_unwatched_note(struct rf *rf, const char *uri);
void rf_unwatched_show(struct rf *rf);

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
enum action_use rf_region_use(const struct rf *rf,
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

#endif /* FABMON_RF_FAMILY_H */
