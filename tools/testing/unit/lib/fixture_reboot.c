// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The same host as another boot finds it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "fixture.h"

#define IDS		100000		/* more than a fixture's */
#define IF_OFFSET	40

static uint32_t other_id(uint32_t id)
{
	return id ? IDS - id : 0;
}

static uint32_t other_if(uint32_t ifindex)
{
	return ifindex ? ifindex + IF_OFFSET : 0;
}

/* Endpoint decoders are identified by name: their regions refer to it. */
static void rename_node(struct knl_node *k)
{
	char *name;

	if (!k->name || k->kind == FABMON_NODE_KIND_CXL_ENDPOINT_DECODER)
		return;
	assert_true(asprintf(&name, "x%u-%s", k->id % 7, k->name) > 0);
	free(k->name);
	k->name = name;
}

static void renumber(struct knl_node *k)
{
	size_t i;

	k->id = other_id(k->id);
	k->parent = other_id(k->parent);
	for (i = 0; i < k->n_edges; i++) {
		k->edges[i].node = other_id(k->edges[i].node);
		k->edges[i].ifindex = other_if(k->edges[i].ifindex);
		k->edges[i].master_ifindex =
			other_if(k->edges[i].master_ifindex);
	}
	for (i = 0; i < k->port.n_gids; i++)
		k->port.gids[i].ifindex = other_if(k->port.gids[i].ifindex);
	rename_node(k);
}

static void copy_pci(struct model *to, const struct model *from,
		     const char *addr)
{
	const struct model_pci *pci = model_pci_get(from, addr);

	if (!pci)
		return;
	*model_pci_put(to, addr) = *pci;
	if (strcmp(addr, pci->physfn))
		copy_pci(to, from, pci->physfn);
}

static char *copy_text(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void *copy_list(const void *list, size_t count, size_t size)
{
	void *copy;

	if (!count)
		return NULL;
	copy = malloc(count * size);
	return memcpy(copy, list, count * size);
}

static struct knl_node copy_node(const struct knl_node *old)
{
	struct knl_node k = *old;
	size_t i;

	k.name = copy_text(old->name);
	k.path = copy_text(old->path);
	k.driver = copy_text(old->driver);
	k.dev.firmware = copy_text(old->dev.firmware);
	k.dev.board_id = copy_text(old->dev.board_id);
	k.edges = copy_list(old->edges, old->n_edges, sizeof(*k.edges));
	for (i = 0; i < k.n_edges; i++)
		k.edges[i].path = copy_text(old->edges[i].path);
	k.port.gids = copy_list(old->port.gids, old->port.n_gids,
				sizeof(*k.port.gids));
	k.port.pkeys = copy_list(old->port.pkeys, old->port.n_pkeys,
				 sizeof(*k.port.pkeys));
	return k;
}

/* The facts move along; the old model is not to be projected any more. */
static void move_node(struct model *to, const struct model *from,
		      struct model_node *old)
{
	const size_t start = offsetof(struct model_node, memdev);
	const size_t end = offsetof(struct model_node, n_conditions) +
			   sizeof(old->n_conditions);
	struct model_node *node;
	struct knl_node k = copy_node(&old->k);
	size_t i;

	copy_pci(to, from, old->k.pci);
	for (i = 0; i < old->k.n_edges; i++)
		copy_pci(to, from, old->k.edges[i].pci);
	renumber(&k);
	node = model_node_put(to, &k);
	assert_non_null(node);
	model_facts_clear(node);
	memcpy((char *)node + start, (char *)old + start, end - start);
	memset((char *)old + start, 0, end - start);
	if (node->k.kind != FABMON_NODE_KIND_RDMA_PORT)
		return;
	for (i = 0; i < node->port.n_netdevs; i++) {
		struct model_netdev *dev = &node->port.netdevs[i];

		dev->ifindex = other_if(dev->ifindex);
		dev->lower = other_if(dev->lower);
		dev->master = other_if(dev->master);
	}
}

struct model *fix_reboot(struct model *old)
{
	struct model *model = fix_host();
	struct model_node *node;

	for (node = model_first(old); node; node = node->next)
		move_node(model, old, node);
	model_free(old);
	return model;
}
