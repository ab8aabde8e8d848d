// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Network namespaces. Each has a stream of its own, of what may be seen there,
 * numbered without gaps. A record is seen either in all namespaces or in one.
 * So a namespace's sequence number is the sum of two counters, one for all
 * namespaces and one of its own, and a record moves only one of them.
 */
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "core.h"

static unsigned int fabmon_net_id;

/**
 * fabmon_net - our part of a network namespace
 * @net: the namespace, alive
 *
 * Return: our part; never NULL.
 */
struct fabmon_net *fabmon_net(const struct net *net)
{
	return net_generic(net, fabmon_net_id);
}

/**
 * fabmon_net_seq - the last sequence number of a namespace
 * @fnet: the namespace
 *
 * Context: fabmon_store.lock held.
 *
 * Return: the number of its last notification, 0 if there was none.
 */
u64 fabmon_net_seq(const struct fabmon_net *fnet)
{
	lockdep_assert_held(&fabmon_store.lock);
	return fabmon_store.shared + fnet->own;
}

/**
 * fabmon_net_sees - is a record part of a namespace's stream?
 * @fnet: the namespace
 * @record: the record
 *
 * Compares cookies: no later namespace gets the same one.
 *
 * Return: true if so.
 */
bool fabmon_net_sees(const struct fabmon_net *fnet,
		     const struct fabmon_record *record)
{
	return !record->netns || record->netns == fnet->net->net_cookie;
}

static int __net_init fabmon_net_enter(struct net *net)
{
	struct fabmon_net *fnet = fabmon_net(net);

	mutex_lock(&fabmon_store.lock);
	fnet->net = net;
	fnet->own = 0;
	fnet->first = fabmon_store.shared;
	list_add_tail(&fnet->entry, &fabmon_store.nets);
	mutex_unlock(&fabmon_store.lock);
	return 0;
}

static void __net_exit fabmon_net_leave(struct net *net)
{
	mutex_lock(&fabmon_store.lock);
	list_del(&fabmon_net(net)->entry);
	mutex_unlock(&fabmon_store.lock);
}

static struct pernet_operations fabmon_net_ops = {
	.init	= fabmon_net_enter,
	.exit	= fabmon_net_leave,
	.id	= &fabmon_net_id,
	.size	= sizeof(struct fabmon_net),
};

/**
 * fabmon_net_init - begin to follow the network namespaces
 *
 * Return: 0 or -errno.
 */
int fabmon_net_init(void)
{
	return register_pernet_subsys(&fabmon_net_ops);
}

/**
 * fabmon_net_exit - stop following them
 */
void fabmon_net_exit(void)
{
	unregister_pernet_subsys(&fabmon_net_ops);
}
