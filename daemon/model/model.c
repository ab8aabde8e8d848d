// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The graph of nodes.
 *
 * Nodes are kept in an array in order of their id: ids only grow, so that
 * adding is appending, a lookup is a binary search, and walking in order is
 * free. Two chained hashes find a node by its name and by its uport; they use
 * links inside the nodes, so that only growing them can fail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"

#define MIN_BUCKETS	64

static struct model_slot *to_slot(const struct model_node *node)
{
	return (struct model_slot *)node;
}

/* ---- index by name and by uport ----------------------------------------- */

static uint32_t hash_bytes(uint32_t hash, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		hash = (hash ^ *p++) * 16777619u;	/* FNV-1a */
	return hash;
}

static uint32_t hash_name(enum fabmon_node_kind kind, const char *name)
{
	uint32_t hash = hash_bytes(2166136261u, &kind, sizeof(kind));

	return hash_bytes(hash, name, strlen(name));
}

static uint32_t hash_uport(enum fabmon_node_kind kind, uint32_t uport)
{
	uint32_t hash = hash_bytes(2166136261u, &kind, sizeof(kind));

	return hash_bytes(hash, &uport, sizeof(uport));
}

static uint32_t node_uport(const struct model_node *node)
{
	const struct knl_edge *edge = model_edge(node, FABMON_EDGE_TYPE_UPORT);

	return edge ? edge->node : 0;
}

/* Where the node belongs under a key; NULL where it has no such key. */
static struct model_slot **bucket_of(struct model *model,
				     const struct model_slot *slot,
				     enum model_key key)
{
	const struct knl_node *k = &slot->node.k;
	uint32_t uport, hash;

	if (key == MODEL_KEY_NAME) {
		if (!k->name)
			return NULL;
		hash = hash_name(k->kind, k->name);
	} else {
		uport = node_uport(&slot->node);
		if (!uport)
			return NULL;
		hash = hash_uport(k->kind, uport);
	}
	return &model->buckets[key][hash & (model->n_buckets - 1)];
}

static void index_add(struct model *model, struct model_slot *slot)
{
	struct model_slot **bucket;
	int key;

	for (key = 0; key < MODEL_KEYS; key++) {
		bucket = bucket_of(model, slot, key);
		slot->hashed[key] = bucket;
		if (!bucket)
			continue;
		slot->hash[key] = *bucket;
		*bucket = slot;
	}
}

/* While the node still has the keys that it was added under. */
static void index_del(struct model *model, struct model_slot *slot)
{
	struct model_slot **p;
	int key;

	for (key = 0; key < MODEL_KEYS; key++) {
		if (!slot->hashed[key])
			continue;
		p = bucket_of(model, slot, key);
		while (*p != slot)
			p = &(*p)->hash[key];
		*p = slot->hash[key];
		slot->hashed[key] = false;
	}
}

static int index_grow(struct model *model, size_t n_buckets)
{
	struct model_slot **fresh[MODEL_KEYS];
	size_t i;
	int key;

	for (key = 0; key < MODEL_KEYS; key++) {
		fresh[key] = calloc(n_buckets, sizeof(*fresh[key]));
		if (!fresh[key]) {
			while (key--)
				free(fresh[key]);
			return -ENOMEM;
		}
	}
	for (key = 0; key < MODEL_KEYS; key++) {
		free(model->buckets[key]);
		model->buckets[key] = fresh[key];
	}
	model->n_buckets = n_buckets;
	for (i = 0; i < model->count; i++)
		index_add(model, model->slots[i]);
	return 0;
}

/* ---- parents ------------------------------------------------------------ */

static void list_leave(struct model_slot *slot)
{
	if (!slot->link)
		return;
	*slot->link = slot->sibling;
	if (slot->sibling)
		slot->sibling->link = slot->link;
	slot->link = NULL;
	slot->sibling = NULL;
}

static void list_enter(struct model_slot **head, struct model_slot *slot)
{
	list_leave(slot);
	slot->sibling = *head;
	if (*head)
		(*head)->link = &slot->sibling;
	slot->link = head;
	*head = slot;
}

static void parent_set(struct model *model, struct model_slot *slot)
{
	uint32_t id = slot->node.k.parent;
	struct model_node *parent = NULL;

	if (id && id != slot->node.k.id)
		parent = model_node_by_id(model, id);
	slot->node.parent = parent;
	if (parent)
		list_enter(&to_slot(parent)->children, slot);
	else if (id)
		list_enter(&model->orphans, slot);
	else
		list_leave(slot);
}

/* A new node may be the parent that others have been waiting for. */
static void orphans_adopt(struct model *model, struct model_slot *parent)
{
	struct model_slot *slot, *next;

	for (slot = model->orphans; slot; slot = next) {
		next = slot->sibling;
		if (slot != parent &&
		    slot->node.k.parent == parent->node.k.id)
			parent_set(model, slot);
	}
}

static void children_orphan(struct model *model, struct model_slot *parent)
{
	struct model_slot *slot;

	while ((slot = parent->children)) {
		slot->node.parent = NULL;
		list_enter(&model->orphans, slot);
	}
}

/* ---- the model ---------------------------------------------------------- */

static void host_clear(struct model_host *host)
{
	size_t i;

	free(host->id);
	free(host->uuid);
	free(host->hostname);
	free(host->vendor);
	free(host->product);
	free(host->sku);
	free(host->serial);
	free(host->bios);
	for (i = 0; i < host->n_cpus; i++) {
		free(host->cpus[i].vendor);
		free(host->cpus[i].model);
	}
	free(host->cpus);
	free(host->nodes);
	memset(host, 0, sizeof(*host));
}

struct model *model_new(void)
{
	struct model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->logs = model_logs_new();
	if (!model->logs || index_grow(model, MIN_BUCKETS)) {
		model_logs_free(model->logs);
		free(model);
		return NULL;
	}
	return model;
}

void model_free(struct model *model)
{
	size_t i;
	int key;

	if (!model)
		return;
	model_clear_nodes(model);
	for (i = 0; i < model->n_pcis; i++)
		free(model->pcis[i]);
	for (key = 0; key < MODEL_KEYS; key++)
		free(model->buckets[key]);
	host_clear(&model->host);
	model_ledger_free(model->ledger);
	model_logs_free(model->logs);
	free(model->pcis);
	free(model->slots);
	free(model);
}

struct model_host *model_host(struct model *model)
{
	return &model->host;
}

const struct model_host *model_host_get(const struct model *model)
{
	return &model->host;
}

static void dax_clear(struct model_dax_region *region)
{
	size_t i;

	for (i = 0; i < region->n_devices; i++) {
		free(region->devices[i].name);
		free(region->devices[i].driver);
	}
	free(region->devices);
	memset(region, 0, sizeof(*region));
}

void model_facts_clear(struct model_node *node)
{
	size_t i;

	switch (node->k.kind) {
	case FABMON_NODE_KIND_CXL_MEMDEV:
		free(node->memdev.firmware);
		free(node->memdev.security);
		memset(&node->memdev, 0, sizeof(node->memdev));
		node->memdev.ram_qos = -1;
		node->memdev.pmem_qos = -1;
		break;
	case FABMON_NODE_KIND_CXL_ROOT:
	case FABMON_NODE_KIND_CXL_PORT:
	case FABMON_NODE_KIND_CXL_ENDPOINT:
		node->cxl_port.committed = -1;
		break;
	case FABMON_NODE_KIND_CXL_DAX_REGION:
		dax_clear(&node->dax_region);
		break;
	case FABMON_NODE_KIND_CXL_ROOT_DECODER:
	case FABMON_NODE_KIND_CXL_SWITCH_DECODER:
	case FABMON_NODE_KIND_CXL_ENDPOINT_DECODER:
		free(node->decoder.mode);
		free(node->decoder.region);
		memset(&node->decoder, 0, sizeof(node->decoder));
		node->decoder.start = MODEL_NONE;
		node->decoder.dpa_start = MODEL_NONE;
		node->decoder.qos = -1;
		break;
	case FABMON_NODE_KIND_CXL_REGION:
		for (i = 0; i < node->region.n_targets; i++)
			free(node->region.targets[i].decoder);
		free(node->region.targets);
		free(node->region.mode);
		free(node->region.uuid);
		memset(&node->region, 0, sizeof(node->region));
		node->region.start = MODEL_NONE;
		break;
	case FABMON_NODE_KIND_RDMA_DEV:
		free(node->rdma.hca_type);
		free(node->rdma.board_id);
		free(node->rdma.node_desc);
		memset(&node->rdma, 0, sizeof(node->rdma));
		break;
	case FABMON_NODE_KIND_RDMA_PORT:
		free(node->port.netdevs);
		memset(&node->port, 0, sizeof(node->port));
		break;
	default:
		break;
	}
}

/* Facts of a node that nothing was read of. */
static void facts_init(struct model_node *node)
{
	const size_t start = offsetof(struct model_node, memdev);
	const size_t end = offsetof(struct model_node, conditions);

	memset((char *)node + start, 0, end - start);
	model_facts_clear(node);
}

/* Index of the first slot whose id is not below @id. */
static size_t slot_index(const struct model *model, uint32_t id)
{
	size_t low = 0, high = model->count, mid;

	/* a new node usually has the highest id so far */
	if (high && model->slots[high - 1]->node.k.id < id)
		return high;
	while (low < high) {
		mid = low + (high - low) / 2;
		if (model->slots[mid]->node.k.id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static struct model_slot *slot_new(struct model *model, uint32_t id)
{
	struct model_slot *slot, **slots;
	size_t room, at;

	if (model->count == model->room) {
		room = model->room ? 2 * model->room : 64;
		slots = reallocarray(model->slots, room, sizeof(*slots));
		if (!slots)
			return NULL;
		model->slots = slots;
		model->room = room;
	}
	if (model->count >= model->n_buckets &&
	    index_grow(model, 2 * model->n_buckets))
		return NULL;
	slot = calloc(1, sizeof(*slot));
	if (!slot)
		return NULL;
	slot->node.k.id = id;
	at = slot_index(model, id);
	memmove(&model->slots[at + 1], &model->slots[at],
		(model->count - at) * sizeof(*model->slots));
	model->slots[at] = slot;
	model->count++;
	if (at)
		model->slots[at - 1]->node.next = &slot->node;
	if (at + 1 < model->count)
		slot->node.next = &model->slots[at + 1]->node;
	return slot;
}

static void slot_free(struct model *model, struct model_slot *slot)
{
	index_del(model, slot);
	list_leave(slot);
	children_orphan(model, slot);
	model_link_free(model, &slot->node);
	model_facts_clear(&slot->node);
	model_ident_clear(&slot->node);
	knl_node_clear(&slot->node.k);
	free(slot);
}

struct model_node *model_node_put(struct model *model, struct knl_node *k)
{
	struct model_node *node = model_node_by_id(model, k->id);
	struct model_slot *slot;
	bool fresh = !node;

	if (fresh) {
		slot = slot_new(model, k->id);
		if (!slot)
			return NULL;
		node = &slot->node;
	} else if (node->k.kind == k->kind && model_link_hold(node, k)) {
		to_slot(node)->marked = false;
		return node;
	} else {
		slot = to_slot(node);
		index_del(model, slot);
		if (node->k.kind != k->kind) {
			model_link_free(model, node);
			model_facts_clear(node);
			model_ident_clear(node);
			node->n_conditions = 0;
			node->settled = false;
			memset(&node->module, 0, sizeof(node->module));
			fresh = true;
		}
	}
	knl_node_move(&node->k, k);
	if (fresh)
		facts_init(node);
	slot->marked = false;
	index_add(model, slot);
	parent_set(model, slot);
	orphans_adopt(model, slot);
	return node;
}

void model_node_drop(struct model *model, uint32_t id)
{
	size_t at = slot_index(model, id);
	struct model_slot *slot;

	if (at == model->count || model->slots[at]->node.k.id != id)
		return;
	slot = model->slots[at];
	if (at)
		model->slots[at - 1]->node.next = slot->node.next;
	model->count--;
	memmove(&model->slots[at], &model->slots[at + 1],
		(model->count - at) * sizeof(*model->slots));
	slot_free(model, slot);
}

void model_mark(struct model *model)
{
	size_t i;

	for (i = 0; i < model->count; i++)
		model->slots[i]->marked = true;
}

void model_sweep(struct model *model)
{
	struct model_slot *slot;
	size_t i, kept = 0;

	for (i = 0; i < model->count; i++) {
		slot = model->slots[i];
		if (slot->marked) {
			slot_free(model, slot);
			continue;
		}
		slot->node.next = NULL;
		if (kept)
			model->slots[kept - 1]->node.next = &slot->node;
		model->slots[kept++] = slot;
	}
	model->count = kept;
}

void model_clear_nodes(struct model *model)
{
	model_mark(model);
	model_sweep(model);
}

/* ---- lookups ------------------------------------------------------------ */

struct model_node *model_node_by_id(const struct model *model, uint32_t id)
{
	size_t at = slot_index(model, id);

	if (at == model->count || model->slots[at]->node.k.id != id)
		return NULL;
	return &model->slots[at]->node;
}

struct model_node *model_node_by_name(const struct model *model,
				      enum fabmon_node_kind kind,
				      const char *name)
{
	size_t at = hash_name(kind, name) & (model->n_buckets - 1);
	struct model_slot *slot;

	for (slot = model->buckets[MODEL_KEY_NAME][at]; slot;
	     slot = slot->hash[MODEL_KEY_NAME])
		if (slot->node.k.kind == kind &&
		    !strcmp(slot->node.k.name, name))
			return &slot->node;
	return NULL;
}

struct model_node *model_node_by_uport(const struct model *model,
				       enum fabmon_node_kind kind,
				       uint32_t uport)
{
	size_t at = hash_uport(kind, uport) & (model->n_buckets - 1);
	struct model_slot *slot;

	for (slot = model->buckets[MODEL_KEY_UPORT][at]; slot;
	     slot = slot->hash[MODEL_KEY_UPORT])
		if (slot->node.k.kind == kind &&
		    node_uport(&slot->node) == uport)
			return &slot->node;
	return NULL;
}

struct model_node *model_first(const struct model *model)
{
	return model->count ? &model->slots[0]->node : NULL;
}

size_t model_count(const struct model *model)
{
	return model->count;
}

/* ---- PCI functions ------------------------------------------------------ */

static size_t pci_index(const struct model *model, const char *addr)
{
	size_t low = 0, high = model->n_pcis, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (strcmp(model->pcis[mid]->addr, addr) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct model_pci *model_pci_get(const struct model *model,
				      const char *addr)
{
	size_t at = pci_index(model, addr);

	if (at == model->n_pcis || strcmp(model->pcis[at]->addr, addr))
		return NULL;
	return model->pcis[at];
}

struct model_pci *model_pci_put(struct model *model, const char *addr)
{
	size_t at = pci_index(model, addr);
	struct model_pci *pci, **pcis;

	if (at < model->n_pcis && !strcmp(model->pcis[at]->addr, addr))
		return model->pcis[at];
	if (!*addr || strlen(addr) >= sizeof(pci->addr))
		return NULL;
	pcis = reallocarray(model->pcis, model->n_pcis + 1, sizeof(*pcis));
	if (!pcis)
		return NULL;
	model->pcis = pcis;
	pci = calloc(1, sizeof(*pci));
	if (!pci)
		return NULL;
	strcpy(pci->addr, addr);
	pci->numa_node = -1;
	pci->vf = -1;
	memmove(&pcis[at + 1], &pcis[at],
		(model->n_pcis - at) * sizeof(*pcis));
	pcis[at] = pci;
	model->n_pcis++;
	return pci;
}
