// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Fabrics and the endpoints that this host has in them. */
#include "family.h"
#include "health.h"
#include "rf.h"
#include "value.h"

/**
 * rf_fabric_new - add a Fabric, unless it is there
 */
void rf_fabric_new(struct rf *rf, const char *uri, const char *type,
		   const char *uuid)
{
	json_t *obj = rf_add(rf, uri, "Fabric.v1_4_0", NULL);

	rf_str(rf, obj, "FabricType", type);
	rf_str(rf, obj, "UUID", uuid);
	rf_status(rf, obj, "Enabled", MODEL_OK);
}

/**
 * rf_fabric_entity - append to the ConnectedEntities of an endpoint
 * @type: EntityType
 * @role: EntityRole
 * @uri: what is connected
 *
 * Return: the entity, borrowed; NULL if there is no resource at @uri.
 */
json_t *rf_fabric_entity(struct rf *rf, json_t *endpoint, const char *type,
			 const char *role, const char *uri)
{
	json_t *entity;

	if (!rf_get(rf, uri))
		return NULL;
	entity = rf_push_obj(rf, rf_arr(rf, endpoint, "ConnectedEntities"));
	rf_str(rf, entity, "EntityType", type);
	rf_str(rf, entity, "EntityRole", role);
	rf_ref(rf, entity, "EntityLink", uri);
	return entity;
}

/**
 * rf_fabric_pci_id - set the EntityPciId of an entity
 * @addr: PCI function, may be empty
 */
void rf_fabric_pci_id(struct rf *rf, json_t *entity, const char *addr)
{
	const struct model_pci *pci = model_pci_get(rf->model, addr);
	json_t *id;

	if (!entity || !pci || !pci->vendor)
		return;
	id = rf_obj(rf, entity, "EntityPciId");
	rf_hex(rf, id, "VendorId", pci->vendor, 4);
	rf_hex(rf, id, "DeviceId", pci->device, 4);
	rf_hex(rf, id, "ClassCode", pci->class_code, 6);
	if (!pci->subvendor)
		return;
	rf_hex(rf, id, "SubsystemVendorId", pci->subvendor, 4);
	rf_hex(rf, id, "SubsystemId", pci->subdevice, 4);
}

void rf_fabric_add(struct rf *rf)
{
	rf_fabric_cxl_add(rf);
	rf_fabric_rdma_add(rf);
}

void rf_fabric_link(struct rf *rf)
{
	rf_fabric_cxl_link(rf);
	rf_fabric_rdma_link(rf);
}
