// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The attributes of a CXL node, for every message that has one.
 */
#include <linux/numa.h>
#include <linux/string.h>

#include "provider.h"

/* fill_edge - one edge, or nothing of it when there is no room */
static int fill_edge(struct sk_buff *attrs, const struct fabmon_cxl_edge *edge)
{
	const char *last = kbasename(edge->path);
	struct fabmon_cxl_dev *peer;
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_NODE_EDGE);
	if (!nest)
		return -EMSGSIZE;
	if (nla_put_u32(attrs, FABMON_A_EDGE_TYPE, edge->type) ||
	    (edge->type == FABMON_EDGE_TYPE_DPORT &&
	     nla_put_u32(attrs, FABMON_A_EDGE_INDEX, edge->index)) ||
	    nla_put_string(attrs, FABMON_A_EDGE_PATH, edge->path))
		goto err_cancel;
	if (fabmon_cxl_pci_address(last) &&
	    nla_put_string(attrs, FABMON_A_EDGE_PCI, last))
		goto err_cancel;
	peer = fabmon_cxl_dev_find_path(edge->path);
	if (peer && peer->id &&
	    nla_put_u32(attrs, FABMON_A_EDGE_NODE, peer->id))
		goto err_cancel;
	nla_nest_end(attrs, nest);
	return 0;

err_cancel:
	nla_nest_cancel(attrs, nest);
	return -EMSGSIZE;
}

static int fill_identity(struct sk_buff *attrs,
			 const struct fabmon_cxl_dev *cdev)
{
	struct fabmon_cxl_dev *parent = NULL;

	if (cdev->parent)
		parent = fabmon_cxl_dev_find(cdev->parent);
	if (nla_put_string(attrs, FABMON_A_NODE_NAME, cdev->name) ||
	    (parent && parent->id &&
	     nla_put_u32(attrs, FABMON_A_NODE_PARENT, parent->id)) ||
	    nla_put_string(attrs, FABMON_A_NODE_PATH, cdev->path))
		return -EMSGSIZE;
	if (cdev->driver[0] &&
	    nla_put_string(attrs, FABMON_A_NODE_DRIVER, cdev->driver))
		return -EMSGSIZE;
	if (cdev->pci[0] &&
	    nla_put_string(attrs, FABMON_A_NODE_PCI, cdev->pci))
		return -EMSGSIZE;
	if (cdev->numa_node != NUMA_NO_NODE &&
	    nla_put_s32(attrs, FABMON_A_NODE_NUMA_NODE, cdev->numa_node))
		return -EMSGSIZE;
	return 0;
}

/**
 * fabmon_cxl_node_fill - describe a device
 * @cdev: the device
 *
 * Follows nothing but what @cdev holds copies of. Edges for which there is no
 * room are left out, the last ones first.
 *
 * Context: process, fabmon_cxl_lock held.
 * Return: the attributes, to be handed to the core, or ERR_PTR: -ENOMEM, or
 * -EMSGSIZE if the device's path alone fills the buffer.
 */
struct sk_buff *fabmon_cxl_node_fill(const struct fabmon_cxl_dev *cdev)
{
	struct sk_buff *attrs;
	unsigned int i;

	lockdep_assert_held(&fabmon_cxl_lock);

	attrs = fabmon_attrs_new();
	if (!attrs)
		return ERR_PTR(-ENOMEM);
	if (fill_identity(attrs, cdev)) {
		fabmon_attrs_free(attrs);
		return ERR_PTR(-EMSGSIZE);
	}
	for (i = 0; cdev->edges && i < cdev->edges->count; i++) {
		if (fill_edge(attrs, &cdev->edges->edge[i]))
			break;
	}
	return attrs;
}
