// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * debugfs: fabmon/state, fabmon/nodes, fabmon/ring. To debug this module; not
 * an interface, it may change.
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <net/net_namespace.h>

#include "core.h"

static struct dentry *fabmon_debugfs;

static const char *blob_string(const struct fabmon_blob *blob, int type)
{
	const struct nlattr *attr;

	attr = blob ? nla_find((const struct nlattr *)blob->data, blob->len,
			       type) : NULL;
	return attr ? nla_data(attr) : "-";
}

static int state_show(struct seq_file *file, void *unused)
{
	const struct fabmon_store *store = &fabmon_store;
	const struct fabmon_net *fnet;

	mutex_lock(&fabmon_store.lock);
	seq_printf(file, "instance %016llx\n", store->instance);
	seq_printf(file, "capabilities 0x%x\n", store->capabilities);
	seq_printf(file, "lost build %llu hook %llu send %llu\n",
		   store->lost_build, store->lost_hook, store->lost_send);
	seq_printf(file, "ring %llu to %llu, largest record %u\n",
		   fabmon_ring_oldest(), fabmon_ring_head(), store->largest);
	fabmon_provider_show(file);
	list_for_each_entry(fnet, &fabmon_store.nets, entry)
		seq_printf(file, "netns %llu seq %llu own %llu first %llu\n",
			   fnet->net->net_cookie, fabmon_net_seq(fnet),
			   fnet->own, fnet->first);
	mutex_unlock(&fabmon_store.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int nodes_show(struct seq_file *file, void *unused)
{
	const struct fabmon_node *node;
	unsigned long id;

	mutex_lock(&fabmon_store.lock);
	xa_for_each(&fabmon_store.nodes, id, node) {
		const struct net *scope = fabmon_scope(node->provider,
						       node->ctx);

		seq_printf(file, "%lu %s kind %u %s netns %llu bytes %u\n", id,
			   node->provider->name, node->kind,
			   blob_string(node->attrs, FABMON_A_NODE_NAME),
			   scope ? scope->net_cookie : 0, node->attrs->len);
	}
	mutex_unlock(&fabmon_store.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(nodes);

static void ring_show_one(struct seq_file *file, u64 pos,
			  const struct fabmon_record *record)
{
	static const char *const actions[] = {
		[FABMON_ACTION_ADD] = "add",
		[FABMON_ACTION_CHANGE] = "change",
		[FABMON_ACTION_DELETE] = "delete",
		[FABMON_ACTION_EVENT] = "event",
		[FABMON_ACTION_LOST] = "lost",
	};
	int name = record->action == FABMON_ACTION_EVENT ?
		   FABMON_A_EVENT_DEVICE : FABMON_A_NODE_NAME;

	seq_printf(file, "%llu %llu %s node %u %s cause 0x%x netns %llu bytes %u+%u\n",
		   pos, record->change.stamp.boottime, actions[record->action],
		   record->id, blob_string(record->body, name),
		   record->change.cause, record->netns,
		   record->body ? record->body->len : 0,
		   record->extra ? record->extra->len : 0);
}

static int ring_show(struct seq_file *file, void *unused)
{
	u64 pos;

	mutex_lock(&fabmon_store.lock);
	for (pos = fabmon_ring_oldest(); pos < fabmon_ring_head(); pos++)
		ring_show_one(file, pos, fabmon_ring_at(pos));
	mutex_unlock(&fabmon_store.lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(ring);

/**
 * fabmon_debugfs_init - make the files; without debugfs there are none
 */
void fabmon_debugfs_init(void)
{
	fabmon_debugfs = debugfs_create_dir("fabmon", NULL);
	debugfs_create_file("state", 0400, fabmon_debugfs, NULL, &state_fops);
	debugfs_create_file("nodes", 0400, fabmon_debugfs, NULL, &nodes_fops);
	debugfs_create_file("ring", 0400, fabmon_debugfs, NULL, &ring_fops);
}

/**
 * fabmon_debugfs_exit - remove the files
 */
void fabmon_debugfs_exit(void)
{
	debugfs_remove_recursive(fabmon_debugfs);
}
