// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * The nodes. A node is kept as the bytes of its netlink attributes. Messages
 * copy these bytes, and a node has changed if they differ.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include "core.h"

struct fabmon_store fabmon_store;

/**
 * fabmon_store_init - set up an empty store, with a new instance
 */
void fabmon_store_init(void)
{
	mutex_init(&fabmon_store.lock);
	xa_init(&fabmon_store.nodes);
	INIT_LIST_HEAD(&fabmon_store.nets);
	INIT_LIST_HEAD(&fabmon_store.providers);
	do {
		fabmon_store.instance = get_random_u64();
	} while (!fabmon_store.instance);
}

/**
 * fabmon_store_exit - free the empty store
 *
 * Providers hold a reference on this module, so there are no nodes left.
 */
void fabmon_store_exit(void)
{
	WARN_ON(!xa_empty(&fabmon_store.nodes));
	xa_destroy(&fabmon_store.nodes);
	mutex_destroy(&fabmon_store.lock);
}

struct sk_buff *fabmon_attrs_new(size_t room)
{
	return alloc_skb(min_t(size_t, room, FABMON_ATTRS_MAX), GFP_KERNEL);
}
EXPORT_SYMBOL_GPL(fabmon_attrs_new);

/**
 * fabmon_blob_new - keep attributes
 * @attrs: the attributes; still the caller's
 *
 * Return: a blob with one user, or NULL without memory.
 */
struct fabmon_blob *fabmon_blob_new(const struct sk_buff *attrs)
{
	struct fabmon_blob *blob;

	blob = kvmalloc(struct_size(blob, data, attrs->len), GFP_KERNEL);
	if (blob) {
		blob->users = 1;
		blob->len = attrs->len;
		memcpy(blob->data, attrs->data, attrs->len);
	}
	return blob;
}

/**
 * fabmon_blob_get - hold a blob
 * @blob: the blob, or NULL
 *
 * Context: fabmon_store.lock held.
 *
 * Return: @blob.
 */
struct fabmon_blob *fabmon_blob_get(struct fabmon_blob *blob)
{
	if (blob)
		blob->users++;
	return blob;
}

/**
 * fabmon_blob_put - hold a blob no longer
 * @blob: the blob, or NULL
 *
 * Context: fabmon_store.lock held, or nobody else holds the blob.
 */
void fabmon_blob_put(struct fabmon_blob *blob)
{
	if (blob && !--blob->users)
		kvfree(blob);
}

/**
 * fabmon_scope - who may see a node
 * @provider: whose node it is
 * @ctx: the node's context
 *
 * Return: the only network namespace that sees it, or NULL if all do.
 */
const struct net *fabmon_scope(const struct fabmon_provider *provider,
			       void *ctx)
{
	return provider->netns ? provider->netns(ctx) : &init_net;
}

/**
 * fabmon_node_visible - may a namespace see a node?
 * @node: the node
 * @net: the namespace
 *
 * Context: fabmon_store.lock held.
 *
 * Return: true if so.
 */
bool fabmon_node_visible(const struct fabmon_node *node, const struct net *net)
{
	const struct net *scope = fabmon_scope(node->provider, node->ctx);

	return !scope || net_eq(scope, net);
}

static void fabmon_node_publish(enum fabmon_action action,
				const struct fabmon_node *node,
				struct fabmon_blob *detail,
				const struct fabmon_change *change)
{
	struct fabmon_record record = {
		.change = *change,
		.body = node->attrs,
		.extra = detail,
		.id = node->id,
		.kind = node->kind,
		.action = action,
	};

	fabmon_publish(fabmon_scope(node->provider, node->ctx), &record);
}

static void fabmon_node_free(struct fabmon_node *node)
{
	if (!node)
		return;
	fabmon_blob_put(node->attrs);
	kfree(node);
}

static struct fabmon_node *fabmon_node_new(struct fabmon_provider *provider,
					   void *ctx,
					   enum fabmon_node_kind kind,
					   const struct sk_buff *attrs)
{
	struct fabmon_node *node;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return NULL;

	node->kind = kind;
	node->provider = provider;
	node->ctx = ctx;
	node->attrs = fabmon_blob_new(attrs);
	if (!node->attrs) {
		kfree(node);
		return NULL;
	}
	return node;
}

static int fabmon_node_insert(struct fabmon_node *node)
{
	int err;

	lockdep_assert_held(&fabmon_store.lock);

	if (fabmon_store.last_id == U32_MAX)
		return -ENOSPC;

	node->id = fabmon_store.last_id + 1;
	err = xa_err(xa_store(&fabmon_store.nodes, node->id, node,
			      FABMON_GFP_LOCKED));
	if (err)
		return err;

	fabmon_store.last_id = node->id;
	return 0;
}

struct fabmon_node *fabmon_node_add(struct fabmon_provider *provider,
				    void *ctx, enum fabmon_node_kind kind,
				    struct sk_buff *attrs,
				    const struct fabmon_change *change)
{
	struct fabmon_node *node;
	int err = -ENOMEM;

	node = fabmon_node_new(provider, ctx, kind, attrs);
	fabmon_attrs_free(attrs);

	mutex_lock(&fabmon_store.lock);
	if (node)
		err = fabmon_node_insert(node);
	if (!err) {
		provider->nodes++;
		provider->added++;
		fabmon_node_publish(FABMON_ACTION_ADD, node, NULL, change);
	} else {
		fabmon_publish_lost(fabmon_scope(provider, ctx), change);
	}
	mutex_unlock(&fabmon_store.lock);

	if (err) {
		fabmon_node_free(node);
		return ERR_PTR(err);
	}
	return node;
}
EXPORT_SYMBOL_GPL(fabmon_node_add);

static bool fabmon_node_same(const struct fabmon_node *node,
			     const struct sk_buff *attrs)
{
	return attrs->len == node->attrs->len &&
	       !memcmp(attrs->data, node->attrs->data, attrs->len);
}

/* Puts the new attributes in; 0, or -ENOMEM and the old ones stay. */
static int fabmon_node_replace(struct fabmon_node *node,
			       struct fabmon_blob *fresh,
			       struct fabmon_blob *detail,
			       const struct fabmon_change *change)
{
	lockdep_assert_held(&fabmon_store.lock);

	if (!fresh) {
		fabmon_publish_lost(fabmon_scope(node->provider, node->ctx),
				    change);
		return -ENOMEM;
	}

	fabmon_blob_put(node->attrs);
	node->attrs = fabmon_blob_get(fresh);
	node->provider->changed++;
	fabmon_node_publish(FABMON_ACTION_CHANGE, node, detail, change);
	return 1;
}

/* Without memory for its detail a change is sent without. */
static int fabmon_node_change(struct fabmon_node *node,
			      const struct sk_buff *attrs,
			      const struct sk_buff *detail,
			      const struct fabmon_change *change)
{
	struct fabmon_blob *named = detail ? fabmon_blob_new(detail) : NULL;
	struct fabmon_blob *fresh = fabmon_blob_new(attrs);
	int ret;

	mutex_lock(&fabmon_store.lock);
	ret = fabmon_node_replace(node, fresh, named, change);
	fabmon_blob_put(named);
	fabmon_blob_put(fresh);
	mutex_unlock(&fabmon_store.lock);
	return ret;
}

/* Only the provider changes a node, so it may be compared without the lock. */
int fabmon_node_update(struct fabmon_node *node, struct sk_buff *attrs,
		       struct sk_buff *detail,
		       const struct fabmon_change *change)
{
	int ret = 0;

	if (fabmon_node_same(node, attrs)) {
		mutex_lock(&fabmon_store.lock);
		node->provider->unchanged++;
		mutex_unlock(&fabmon_store.lock);
	} else {
		ret = fabmon_node_change(node, attrs, detail, change);
	}

	fabmon_attrs_free(attrs);
	fabmon_attrs_free(detail);
	return ret;
}
EXPORT_SYMBOL_GPL(fabmon_node_update);

void fabmon_node_remove(struct fabmon_node *node,
			const struct fabmon_change *change)
{
	struct fabmon_change why = *change;

	if (!node)
		return;

	mutex_lock(&fabmon_store.lock);
	if (node->provider->leaving)
		why.cause |= FABMON_CAUSE_PROVIDER_EXIT;
	xa_erase(&fabmon_store.nodes, node->id);
	node->provider->nodes--;
	node->provider->deleted++;
	fabmon_node_publish(FABMON_ACTION_DELETE, node, NULL, &why);
	fabmon_node_free(node);
	mutex_unlock(&fabmon_store.lock);
}
EXPORT_SYMBOL_GPL(fabmon_node_remove);

u32 fabmon_node_id(const struct fabmon_node *node)
{
	return node ? node->id : 0;
}
EXPORT_SYMBOL_GPL(fabmon_node_id);
