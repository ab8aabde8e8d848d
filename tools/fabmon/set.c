// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* Nodes by id, in an array: ids come in ascending order, nearly always. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "util/error.h"

/* Where @id is, or would be. */
static size_t position(const struct cli_set *set, uint32_t id)
{
	size_t low = 0, high = set->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (set->nodes[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct knl_node *cli_set_find(const struct cli_set *set, uint32_t id)
{
	size_t at = position(set, id);

	return at < set->count && set->nodes[at].id == id ? &set->nodes[at] :
							    NULL;
}

int cli_set_put(struct cli_set *set, struct knl_node *node)
{
	size_t at = position(set, node->id);
	struct knl_node *grown;
	size_t room;

	if (at < set->count && set->nodes[at].id == node->id) {
		knl_node_move(&set->nodes[at], node);
		return 0;
	}
	if (set->count == set->room) {
		room = set->room ? 2 * set->room : 64;
		grown = reallocarray(set->nodes, room, sizeof(*grown));
		if (!grown)
			return error_origin(-ENOMEM, "the list of nodes");
		set->nodes = grown;
		set->room = room;
	}
	memmove(&set->nodes[at + 1], &set->nodes[at],
		(set->count - at) * sizeof(*set->nodes));
	memset(&set->nodes[at], 0, sizeof(*set->nodes));
	knl_node_move(&set->nodes[at], node);
	set->count++;
	return 0;
}

void cli_set_remove(struct cli_set *set, uint32_t id)
{
	struct knl_node *node = cli_set_find(set, id);
	size_t at;

	if (!node)
		return;
	at = node - set->nodes;
	knl_node_clear(node);
	set->count--;
	memmove(node, node + 1, (set->count - at) * sizeof(*node));
}

void cli_set_clear(struct cli_set *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		knl_node_clear(&set->nodes[i]);
	free(set->nodes);
	memset(set, 0, sizeof(*set));
}
