/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Where each resource lives. A URI is a string of the projection's pool; NULL
 * where the model lacks what it is made of, or without memory.
 */
#ifndef FABMON_RF_URI_H
#define FABMON_RF_URI_H

#include "rf.h"

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

#endif /* FABMON_RF_URI_H */
