// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Stable identities: what a node is called in a URI.
 *
 * A device has a plain identity, made from its GUID, serial number or address,
 * and a located one, made from its place or distinguished by it: the PCI
 * address of an RDMA device, the way down from the root port to a CXL one.
 * It gets the located one if the plain one is 0 or another device that is there
 * has the same. Devices that arrive together are judged together, so
 * that the order within a dump does not matter: all of a doubled set are
 * located. A device that arrives later is judged against those that are there,
 * whose identities stand.
 *
 * A ledger remembers what was given to which device, by plain identity and
 * place, beyond the life of the node: after a driver was bound anew the
 * device gets what it had, whoever else has come or gone since. What does not
 * follow from the device alone is put into a memory that outlives the process,
 * so that order does not matter over a restart either.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "priv.h"

#define IDENT_LEN	64
/* Devices that came and went; the oldest are forgotten. */
#define LEDGER_MAX	1024

struct entry {
	enum fabmon_node_kind kind;
	char plain[IDENT_LEN];
	char place[IDENT_LEN];
	char ident[IDENT_LEN];
};

struct model_ledger {
	size_t count;
	size_t next;			/* to be overwritten when full */
	struct entry entries[LEDGER_MAX];
};

/* A device that has no identity yet, and what it could be called. */
struct candidate {
	struct model_node *node;
	char plain[IDENT_LEN];
	const char *netdev;		/* of its first port, "" without */
	char place[IDENT_LEN];		/* "" where it has none */
	bool known;			/* @plain says which device it is */
	bool doubled;			/* others in the batch have the same */
};

void model_ledger_free(struct model_ledger *ledger)
{
	free(ledger);
}

void model_ident_clear(struct model_node *node)
{
	free(node->ident);
	free(node->uid);
	free(node->shape);
	free(node->connection);
	node->ident = node->uid = node->shape = node->connection = NULL;
}

static void ident_set(struct model_node *node, const char *ident)
{
	if (node->ident && !strcmp(node->ident, ident))
		return;
	free(node->ident);
	node->ident = strdup(ident);	/* NULL: tried again next time */
}

/* Only [A-Za-z0-9._-] is safe in a URI; all else becomes a dash. */
static void sanitise(char *text)
{
	for (; *text; text++)
		if (!((*text >= '0' && *text <= '9') ||
		      (*text >= 'A' && *text <= 'Z') ||
		      (*text >= 'a' && *text <= 'z') ||
		      *text == '.' || *text == '_' || *text == '-'))
			*text = '-';
}

static bool is_device(const struct model_node *node)
{
	return node->k.kind == FABMON_NODE_KIND_RDMA_DEV ||
	       node->k.kind == FABMON_NODE_KIND_CXL_MEMDEV;
}

/* Returns whether the plain identity tells the device from others. */
static bool plain_ident(const struct model_node *node, char *ident)
{
	if (node->k.kind == FABMON_NODE_KIND_RDMA_DEV) {
		snprintf(ident, IDENT_LEN, "%016" PRIx64, node->k.dev.node_guid);
		return node->k.dev.node_guid;
	}
	snprintf(ident, IDENT_LEN, "cxl-%016" PRIx64, node->memdev.serial);
	return node->memdev.serial;
}

/* Room for "cxl-" or a GUID before it. */
#define PLACE_LEN	(IDENT_LEN - 18)

static void set_place(const struct model_node *node, char *place)
{
	if (node->k.kind == FABMON_NODE_KIND_CXL_MEMDEV &&
	    model_place(node->k.path, place, PLACE_LEN))
		return;
	snprintf(place, PLACE_LEN, "%s", node->k.pci);
	sanitise(place);
}

/* Without a place (rxe, siw) there is none: only a number tells. */
static bool located_ident(const struct candidate *c, char *ident)
{
	if (!*c->place)
		return false;
	if (c->node->k.kind == FABMON_NODE_KIND_RDMA_DEV)
		snprintf(ident, IDENT_LEN, "%.16s-%.45s", c->plain, c->place);
	else
		snprintf(ident, IDENT_LEN, "cxl-%.45s", c->place);
	return true;
}

static bool ident_taken(const struct model *model,
			const struct model_node *self, const char *ident)
{
	const struct model_node *node;

	for (node = model_first(model); node; node = node->next)
		if (node != self && node->k.kind == self->k.kind &&
		    node->ident && !strcmp(node->ident, ident))
			return true;
	return false;
}

/* Another device that is there and was identified before has the same plain. */
static bool plain_present(const struct model *model, const struct candidate *c)
{
	const struct model_node *node;
	char plain[IDENT_LEN];

	for (node = model_first(model); node; node = node->next) {
		if (node == c->node || node->k.kind != c->node->k.kind ||
		    !node->ident)
			continue;
		plain_ident(node, plain);
		if (!strcmp(plain, c->plain))
			return true;
	}
	return false;
}

/* ---- ledger ------------------------------------------------------------- */

static bool ledger_find(const struct model *model, const struct candidate *c,
			char *ident)
{
	const struct model_ledger *ledger = model->ledger;
	const struct entry *e;
	size_t i;

	for (i = 0; ledger && i < ledger->count; i++) {
		e = &ledger->entries[i];
		if (e->kind == c->node->k.kind && !strcmp(e->plain, c->plain) &&
		    !strcmp(e->place, c->place) &&
		    !ident_taken(model, c->node, e->ident)) {
			strcpy(ident, e->ident);
			return true;
		}
	}
	return false;
}

/* Without memory for it, identities are only less stable. */
static void ledger_add(struct model *model, const struct candidate *c,
		       const char *ident)
{
	struct model_ledger *ledger = model->ledger;
	struct entry *e;

	if (!ledger)
		ledger = model->ledger = calloc(1, sizeof(*ledger));
	if (!ledger)
		return;
	if (ledger->count < LEDGER_MAX) {
		e = &ledger->entries[ledger->count++];
	} else {
		e = &ledger->entries[ledger->next];
		ledger->next = (ledger->next + 1) % LEDGER_MAX;
	}
	e->kind = c->node->k.kind;
	strcpy(e->plain, c->plain);
	strcpy(e->place, c->place);
	strcpy(e->ident, ident);
}

/* ---- what earlier runs gave --------------------------------------------- */

/*
 * Devices on no bus (rxe, siw) have the GUID that their network device's MAC
 * address makes, and those of VLANs the same: who is first of them must not be
 * who was made first.
 */
static const char *first_netdev(const struct model_node *dev)
{
	const struct model_slot *slot = (const struct model_slot *)dev, *child;
	const struct knl_edge *edge, *first = NULL;
	uint32_t lowest = UINT32_MAX;

	if (dev->k.kind != FABMON_NODE_KIND_RDMA_DEV || *dev->k.pci)
		return "";
	for (child = slot->children; child; child = child->sibling) {
		edge = model_edge(&child->node, FABMON_EDGE_TYPE_NETDEV);
		if (!edge || child->node.k.port.number >= lowest)
			continue;
		lowest = child->node.k.port.number;
		first = edge;
	}
	return first ? first->ifname : "";
}

void model_remember(struct model *model, const struct model_memory *memory)
{
	model->memory = *memory;
}

static void memory_key(const struct model_node *node, char *key, size_t size)
{
	char plain[IDENT_LEN], place[IDENT_LEN];

	plain_ident(node, plain);
	set_place(node, place);
	snprintf(key, size, "%s/%s/%s", knl_kind_name(node->k.kind), plain,
		 *place ? place : first_netdev(node));
}

static bool memory_find(const struct model *model, const struct candidate *c,
			char *ident)
{
	const struct model_memory *memory = &model->memory;
	char key[3 * IDENT_LEN];

	if (!memory->get)
		return false;
	memory_key(c->node, key, sizeof(key));
	if (!memory->get(key, ident, IDENT_LEN, memory->ctx) || !*ident)
		return false;
	sanitise(ident);
	return !ident_taken(model, c->node, ident);
}

static void memory_put(const struct model *model, const struct model_node *node,
		       const char *ident)
{
	char key[3 * IDENT_LEN];

	if (!model->memory.put)
		return;
	memory_key(node, key, sizeof(key));
	model->memory.put(key, ident, model->memory.ctx);
}

/* Those that were here first, whose identities depend on that from now on. */
static void memory_put_rivals(const struct model *model,
			      const struct candidate *c)
{
	const struct model_node *node;
	char plain[IDENT_LEN];

	for (node = model_first(model); node; node = node->next) {
		if (node == c->node || node->k.kind != c->node->k.kind ||
		    !node->ident)
			continue;
		plain_ident(node, plain);
		if (!strcmp(plain, c->plain))
			memory_put(model, node, node->ident);
	}
}

/* ---- devices ------------------------------------------------------------ */

static void number_ident(const struct model *model, const struct candidate *c,
			 const char *base, char *ident)
{
	unsigned int n = 1;

	do
		snprintf(ident, IDENT_LEN, "%.48s-%u", base, n++);
	while (ident_taken(model, c->node, ident));
}

/* Whether the identity follows from the device alone, whoever else is there. */
static bool choose_ident(const struct model *model, const struct candidate *c,
			 char *ident)
{
	char base[IDENT_LEN];

	if (c->known && !c->doubled && !plain_present(model, c)) {
		strcpy(ident, c->plain);
		/* only another's located form could be in the way */
		if (!ident_taken(model, c->node, ident))
			return true;
		number_ident(model, c, c->plain, ident);
	} else if (!located_ident(c, ident)) {
		number_ident(model, c, c->plain, ident);
	} else if (!ident_taken(model, c->node, ident)) {
		return !c->known;
	} else {
		/* two devices on one function */
		strcpy(base, ident);
		number_ident(model, c, base, ident);
	}
	return false;
}

static void identify_device(struct model *model, const struct candidate *c)
{
	char ident[IDENT_LEN];

	if (ledger_find(model, c, ident)) {
		ident_set(c->node, ident);
		return;
	}
	if (!memory_find(model, c, ident) && !choose_ident(model, c, ident)) {
		memory_put(model, c->node, ident);
		if (c->known && !c->doubled)
			memory_put_rivals(model, c);
	}
	ident_set(c->node, ident);
	ledger_add(model, c, ident);
}

static int compare_plain(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = strcmp(x->plain, y->plain);

	if (!order)
		order = strcmp(x->place, y->place);
	if (!order)
		order = strcmp(x->netdev, y->netdev);
	if (!order)
		order = (x->node->k.id > y->node->k.id) -
			(x->node->k.id < y->node->k.id);
	return order;
}

static void identify_devices(struct model *model, size_t count)
{
	struct candidate *batch = calloc(count, sizeof(*batch)), *c;
	struct model_node *node;
	size_t n = 0, i;

	if (!batch)
		return;			/* they stay NULL until next time */
	for (node = model_first(model); node; node = node->next) {
		if (!is_device(node) || node->ident)
			continue;
		c = &batch[n++];
		c->node = node;
		c->known = plain_ident(node, c->plain);
		c->netdev = first_netdev(node);
		set_place(node, c->place);
	}
	/* the plain forms of the two kinds differ: "cxl-" */
	qsort(batch, n, sizeof(*batch), compare_plain);
	for (i = 1; i < n; i++)
		if (!strcmp(batch[i - 1].plain, batch[i].plain))
			batch[i - 1].doubled = batch[i].doubled = true;
	for (i = 0; i < n; i++)
		identify_device(model, &batch[i]);
	free(batch);
}

/* ---- everything else ---------------------------------------------------- */

/* The place of the device that a CXL port stands for, or its name. */
static void identify_uport(struct model_node *node)
{
	const struct knl_edge *edge = model_edge(node, FABMON_EDGE_TYPE_UPORT);
	char ident[IDENT_LEN];
	const char *name;

	if (node->ident || !edge)
		return;
	if (model_place(edge->path, ident, sizeof(ident))) {
		ident_set(node, ident);
		return;
	}
	if (*edge->pci)
		name = edge->pci;
	else if (edge->path && strrchr(edge->path, '/'))
		name = strrchr(edge->path, '/') + 1;
	else
		return;
	snprintf(ident, sizeof(ident), "%s", name);
	sanitise(ident);
	ident_set(node, ident);
}

static void identify_endpoint(const struct model *model,
			      struct model_node *node)
{
	const struct model_node *memdev;

	memdev = model_endpoint_memdev(model, node);
	if (!node->ident && memdev && memdev->ident)
		ident_set(node, memdev->ident);
}

static void identify_window(const struct model *model, struct model_node *node)
{
	char ident[IDENT_LEN];
	unsigned int n = 1;

	if (node->ident || node->decoder.start == MODEL_NONE)
		return;
	snprintf(ident, sizeof(ident), "cfmws-%" PRIx64, node->decoder.start);
	while (ident_taken(model, node, ident))
		snprintf(ident, sizeof(ident), "cfmws-%" PRIx64 "-%u",
			 node->decoder.start, n++);
	ident_set(node, ident);
}

static void identify_port(struct model_node *node)
{
	char ident[IDENT_LEN];

	if (node->ident)
		return;
	snprintf(ident, sizeof(ident), "%" PRIu32, node->k.port.number);
	ident_set(node, ident);
}

void model_identify(struct model *model)
{
	struct model_node *node;
	size_t fresh = 0;

	for (node = model_first(model); node; node = node->next)
		fresh += is_device(node) && !node->ident;
	if (fresh)
		identify_devices(model, fresh);
	for (node = model_first(model); node; node = node->next) {
		switch (node->k.kind) {
		case FABMON_NODE_KIND_RDMA_PORT:
			identify_port(node);
			break;
		case FABMON_NODE_KIND_CXL_ROOT:
		case FABMON_NODE_KIND_CXL_PORT:
			identify_uport(node);
			break;
		case FABMON_NODE_KIND_CXL_ENDPOINT:
			identify_endpoint(model, node);
			break;
		case FABMON_NODE_KIND_CXL_ROOT_DECODER:
			identify_window(model, node);
			break;
		case FABMON_NODE_KIND_CXL_REGION:
			model_identify_region(model, node);
			break;
		default:
			break;
		}
	}
}
