// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The nodes. A node is the bytes that describe it: whoever asks gets a copy of
 * them, and a change is a difference in them.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "core.h"

struct fabmon_store fabmon_store;

void fabmon_store_init(void)
{
	mutex_init(&fabmon_store.lock);
	xa_init(&fabmon_store.nodes);
	do {
		fabmon_store.instance = get_random_u64();
	} while (!fabmon_store.instance);
}

/* Providers hold a reference on this module, so there are no nodes left. */
void fabmon_store_exit(void)
{
	WARN_ON(!xa_empty(&fabmon_store.nodes));
	xa_destroy(&fabmon_store.nodes);
	mutex_destroy(&fabmon_store.lock);
}

struct sk_buff *fabmon_attrs_new(void)
{
	return alloc_skb(FABMON_ATTRS_SIZE, GFP_KERNEL);
}
EXPORT_SYMBOL_GPL(fabmon_attrs_new);

static void fabmon_node_free(struct fabmon_node *node)
{
	kfree(node->attrs);
	kfree(node);
}

/* Counts what is lost when a state cannot be kept, and shows it as a hole. */
static void fabmon_store_lose(void)
{
	mutex_lock(&fabmon_store.lock);
	fabmon_store.seq++;
	fabmon_store.lost_build++;
	mutex_unlock(&fabmon_store.lock);
}

static struct fabmon_node *fabmon_node_new(enum fabmon_node_kind kind,
					   const struct sk_buff *attrs)
{
	struct fabmon_node *node;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return NULL;

	node->kind = kind;
	node->len = attrs->len;
	node->attrs = kmemdup(attrs->data, attrs->len, GFP_KERNEL);
	if (!node->attrs) {
		kfree(node);
		return NULL;
	}
	return node;
}

static int fabmon_node_insert(struct fabmon_node *node,
			      const struct fabmon_stamp *stamp)
{
	int err;

	lockdep_assert_held(&fabmon_store.lock);

	if (fabmon_store.last_id == U32_MAX)
		return -ENOSPC;

	node->id = fabmon_store.last_id + 1;
	err = xa_err(xa_store(&fabmon_store.nodes, node->id, node, GFP_KERNEL));
	if (err)
		return err;

	fabmon_store.last_id = node->id;
	fabmon_store.count++;
	fabmon_notify_node(FABMON_CMD_NODE_ADD_NTF, node, stamp);
	return 0;
}

struct fabmon_node *fabmon_node_add(enum fabmon_node_kind kind,
				    struct sk_buff *attrs,
				    const struct fabmon_stamp *stamp)
{
	struct fabmon_node *node;
	int err;

	node = fabmon_node_new(kind, attrs);
	fabmon_attrs_free(attrs);
	if (!node) {
		fabmon_store_lose();
		return ERR_PTR(-ENOMEM);
	}

	mutex_lock(&fabmon_store.lock);
	err = fabmon_node_insert(node, stamp);
	if (err) {
		fabmon_store.seq++;
		fabmon_store.lost_build++;
	}
	mutex_unlock(&fabmon_store.lock);

	if (err) {
		fabmon_node_free(node);
		return ERR_PTR(err);
	}
	return node;
}
EXPORT_SYMBOL_GPL(fabmon_node_add);

/* Only the provider changes a node, so it may be compared without the lock. */
int fabmon_node_update(struct fabmon_node *node, struct sk_buff *attrs,
		       const struct fabmon_stamp *stamp)
{
	void *fresh, *old;

	if (attrs->len == node->len &&
	    !memcmp(attrs->data, node->attrs, node->len)) {
		fabmon_attrs_free(attrs);
		return 0;
	}

	fresh = kmemdup(attrs->data, attrs->len, GFP_KERNEL);
	if (!fresh) {
		fabmon_attrs_free(attrs);
		fabmon_store_lose();
		return -ENOMEM;
	}

	mutex_lock(&fabmon_store.lock);
	old = node->attrs;
	node->attrs = fresh;
	node->len = attrs->len;
	fabmon_notify_node(FABMON_CMD_NODE_CHANGE_NTF, node, stamp);
	mutex_unlock(&fabmon_store.lock);

	kfree(old);
	fabmon_attrs_free(attrs);
	return 1;
}
EXPORT_SYMBOL_GPL(fabmon_node_update);

void fabmon_node_remove(struct fabmon_node *node,
			const struct fabmon_stamp *stamp)
{
	if (!node)
		return;

	mutex_lock(&fabmon_store.lock);
	xa_erase(&fabmon_store.nodes, node->id);
	fabmon_store.count--;
	fabmon_notify_node(FABMON_CMD_NODE_DELETE_NTF, node, stamp);
	mutex_unlock(&fabmon_store.lock);

	fabmon_node_free(node);
}
EXPORT_SYMBOL_GPL(fabmon_node_remove);

u32 fabmon_node_id(const struct fabmon_node *node)
{
	return node ? node->id : 0;
}
EXPORT_SYMBOL_GPL(fabmon_node_id);

void fabmon_capability_set(u32 mask)
{
	mutex_lock(&fabmon_store.lock);
	fabmon_store.capabilities |= mask;
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_capability_set);

void fabmon_capability_clear(u32 mask)
{
	mutex_lock(&fabmon_store.lock);
	fabmon_store.capabilities &= ~mask;
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_capability_clear);
