// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * fabmon_sim: a provider of made-up nodes, as many and as large as asked for,
 * to test the core and to measure what scale costs. Not installed.
 *
 * A line written to debugfs, fabmon_sim/ctl:
 *
 *	add COUNT GIDS	that many ports, with as many GIDs each
 *	change COUNT	that many changes, of one port after the other
 *	same COUNT	that many updates without a difference
 *	event COUNT	that many events, with an address
 *	remove		all ports
 *	private		what is added is seen in the writer's namespace alone
 *	shared		in all (as it begins)
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>

#include "core/fabmon_core.h"
#include "version.h"

/**
 * struct sim_port - a port
 * @entry: in sim_ports
 * @node: its node
 * @number: from 1
 * @gids: how many it has
 * @state: what changes
 */
struct sim_port {
	struct list_head entry;
	struct fabmon_node *node;
	u32 number;
	u32 gids;
	u32 state;
};

static DEFINE_MUTEX(sim_lock);	/* all that follows */
static LIST_HEAD(sim_ports);
static u32 sim_count;
static struct net *sim_net;
static struct dentry *sim_dir;

/* Constant while there are nodes: it changes with none only. */
static const struct net *sim_netns(void *ctx)
{
	return READ_ONCE(sim_net);
}

static struct fabmon_provider sim_provider = {
	.name = "sim",
	.version = FABMON_VERSION,
	.netns = sim_netns,
};

static struct fabmon_change sim_now(u32 cause)
{
	return (struct fabmon_change){
		.stamp = fabmon_stamp_now(),
		.cause = cause,
	};
}

static int sim_put_gid(struct sk_buff *attrs, u32 index)
{
	u8 value[16] = { 0xfe, 0x80 };
	struct nlattr *nest;

	nest = nla_nest_start(attrs, FABMON_A_RDMA_PORT_GID);
	if (!nest)
		return -EMSGSIZE;
	memcpy(value + 12, &index, sizeof(index));
	if (nla_put_u32(attrs, FABMON_A_GID_INDEX, index) ||
	    nla_put_u32(attrs, FABMON_A_GID_TYPE, FABMON_GID_TYPE_ROCEV2) ||
	    nla_put(attrs, FABMON_A_GID_VALUE, sizeof(value), value)) {
		nla_nest_cancel(attrs, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(attrs, nest);
	return 0;
}

static int sim_put_port(struct sk_buff *attrs, const struct sim_port *port)
{
	struct nlattr *nest;
	char name[16];
	u32 i;

	snprintf(name, sizeof(name), "sim%u", port->number);
	if (nla_put_string(attrs, FABMON_A_NODE_NAME, name))
		return -EMSGSIZE;
	nest = nla_nest_start(attrs, FABMON_A_NODE_RDMA_PORT);
	if (!nest ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_NUMBER, port->number) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_STATE, port->state) ||
	    nla_put_u32(attrs, FABMON_A_RDMA_PORT_GID_COUNT, port->gids))
		return -EMSGSIZE;
	for (i = 0; i < port->gids; i++) {
		if (sim_put_gid(attrs, i))
			break;
	}
	nla_nest_end(attrs, nest);
	return 0;
}

static struct sk_buff *sim_fill(const struct sim_port *port)
{
	struct sk_buff *attrs;

	attrs = fabmon_attrs_new(FABMON_ATTRS_SIZE + 64 * (size_t)port->gids);
	if (attrs && sim_put_port(attrs, port)) {
		fabmon_attrs_free(attrs);
		attrs = NULL;
	}
	return attrs;
}

static int sim_add_one(u32 gids)
{
	struct fabmon_change change = sim_now(FABMON_CAUSE_SCAN);
	struct sim_port *port;
	struct sk_buff *attrs;

	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return -ENOMEM;
	port->number = ++sim_count;
	port->gids = gids;
	port->state = 1;
	attrs = sim_fill(port);
	port->node = attrs ? fabmon_node_add(&sim_provider, NULL,
					     FABMON_NODE_KIND_RDMA_PORT, attrs,
					     &change) : ERR_PTR(-ENOMEM);
	if (IS_ERR(port->node)) {
		kfree(port);
		return -ENOMEM;
	}
	list_add_tail(&port->entry, &sim_ports);
	return 0;
}

static int sim_update_one(bool differs)
{
	struct fabmon_change change = sim_now(FABMON_CAUSE_PORT_ACTIVE);
	struct sim_port *port;
	struct sk_buff *attrs;
	int ret;

	port = list_first_entry_or_null(&sim_ports, struct sim_port, entry);
	if (!port)
		return -ENOENT;
	list_rotate_left(&sim_ports);
	if (differs)
		port->state = port->state % 5 + 1;
	attrs = sim_fill(port);
	if (!attrs)
		return -ENOMEM;
	ret = fabmon_node_update(port->node, attrs, NULL, &change);
	return min(ret, 0);
}

static int sim_event_one(u32 handle)
{
	struct fabmon_change change = sim_now(0);
	struct sk_buff *open = fabmon_attrs_new(FABMON_ATTRS_SIZE);
	struct sk_buff *secret = fabmon_attrs_new(FABMON_ATTRS_SIZE);

	if (!open || !secret ||
	    nla_put_u32(open, FABMON_A_EVENT_TYPE, FABMON_EVENT_TYPE_GENERIC) ||
	    nla_put_u32(open, FABMON_A_EVENT_HANDLE, handle) ||
	    nla_put_string(open, FABMON_A_EVENT_DEVICE, "sim") ||
	    fabmon_put_u64(secret, FABMON_A_EVENT_DPA, 0x5ec4e7)) {
		fabmon_attrs_free(open);
		fabmon_attrs_free(secret);
		return -ENOMEM;
	}
	fabmon_event_emit(&sim_provider, NULL, open, secret, &change);
	return 0;
}

static void sim_remove(void)
{
	struct fabmon_change change = sim_now(0);
	struct sim_port *port, *next;

	list_for_each_entry_safe(port, next, &sim_ports, entry) {
		list_del(&port->entry);
		fabmon_node_remove(port->node, &change);
		kfree(port);
	}
}

/* Nodes do not move between namespaces: there must be none. */
static int sim_scope(struct net *net)
{
	if (!list_empty(&sim_ports))
		return -EBUSY;
	if (sim_net)
		put_net(sim_net);
	WRITE_ONCE(sim_net, net ? get_net(net) : NULL);
	return 0;
}

static int sim_command(const char *line)
{
	unsigned int count = 0, gids = 0, i;
	int err = 0;

	if (!strcmp(line, "remove")) {
		sim_remove();
		return 0;
	}
	if (!strcmp(line, "private"))
		return sim_scope(current->nsproxy->net_ns);
	if (!strcmp(line, "shared"))
		return sim_scope(NULL);

	if (sscanf(line, "add %u %u", &count, &gids) == 2) {
		for (i = 0; i < count && !err; i++)
			err = sim_add_one(gids);
	} else if (sscanf(line, "change %u", &count) == 1) {
		for (i = 0; i < count && !err; i++)
			err = sim_update_one(true);
	} else if (sscanf(line, "same %u", &count) == 1) {
		for (i = 0; i < count && !err; i++)
			err = sim_update_one(false);
	} else if (sscanf(line, "event %u", &count) == 1) {
		for (i = 0; i < count && !err; i++)
			err = sim_event_one(i);
	} else {
		err = -EINVAL;
	}
	return err;
}

static ssize_t sim_write(struct file *file, const char __user *buf,
			 size_t len, loff_t *pos)
{
	char *line;
	int err;

	line = memdup_user_nul(buf, min_t(size_t, len, 64));
	if (IS_ERR(line))
		return PTR_ERR(line);
	mutex_lock(&sim_lock);
	err = sim_command(strim(line));
	mutex_unlock(&sim_lock);
	kfree(line);
	return err ?: len;
}

static const struct file_operations sim_fops = {
	.owner = THIS_MODULE,
	.write = sim_write,
};

static int __init sim_init(void)
{
	fabmon_provider_register(&sim_provider, 0);
	sim_dir = debugfs_create_dir("fabmon_sim", NULL);
	debugfs_create_file("ctl", 0200, sim_dir, NULL, &sim_fops);
	return 0;
}

static void __exit sim_exit(void)
{
	debugfs_remove_recursive(sim_dir);
	fabmon_provider_leave(&sim_provider);
	sim_remove();
	sim_scope(NULL);
	fabmon_provider_unregister(&sim_provider, 0);
}

module_init(sim_init);
module_exit(sim_exit);

MODULE_AUTHOR("fabmon developers");
MODULE_DESCRIPTION("Made-up nodes for tests of fabmon");
MODULE_VERSION(FABMON_VERSION);
MODULE_LICENSE("Dual BSD/GPL");
