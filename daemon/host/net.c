// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * Network devices over RDMA ports.
 *
 * The kernel names the one of a RoCE or iWARP port; those of an InfiniBand
 * port are found below its device. From there on up: VLANs, bonds, and what is
 * on them in turn. Other devices that have one as a lower (bridges, tunnels)
 * are no business of a fabric.
 */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host.h"
#include "priv.h"
#include "sysfs.h"
#include "util/error.h"

/* Most network devices of a port; VLANs can be 4094 each. */
#define NETDEVS_MAX	64

/**
 * struct walk - the devices of one port, as they are found
 * @node: the port; gets the list
 * @sysfs: root
 * @failed: out of memory
 */
struct walk {
	struct model_node *node;
	const char *sysfs;
	bool failed;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define auto_fd __attribute__((cleanup(close_fd))) int

/*
 * sysfs has no file for it, and procfs's is root's; this needs no privilege.
 * 0 where it is no VLAN of the name space we are in.
 */
static uint32_t read_vlan(const char *ifname)
{
	struct vlan_ioctl_args args = { .cmd = GET_VLAN_VID_CMD };
	auto_fd fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return 0;
	snprintf(args.device1, sizeof(args.device1), "%s", ifname);
	if (ioctl(fd, SIOCGIFVLAN, &args) || args.u.VID < 1 ||
	    args.u.VID > 4094)
		return 0;
	return args.u.VID;
}

static void read_address(struct model_netdev *dev, int dir)
{
	/* room to see that it is longer than any */
	char text[3 * KNL_ADDRESS_LEN + 4];
	unsigned int octet;
	const char *at = text;
	int used;

	if (sysfs_read(dir, "address", text, sizeof(text)) <= 0)
		return;
	while (dev->address_len < sizeof(dev->address) &&
	       sscanf(at, "%2x%n", &octet, &used) == 1) {
		dev->address[dev->address_len++] = octet;
		at += used;
		if (*at != ':')
			break;
		at++;
	}
	if (*at)
		dev->address_len = 0;
}

/* The first word of a file, as in "802.3ad 4". */
static void read_word(int dir, const char *name, char word[MODEL_MODE_LEN])
{
	char text[SYSFS_MAX];

	if (sysfs_read(dir, name, text, sizeof(text)) > 0)
		snprintf(word, MODEL_MODE_LEN, "%.*s",
			 (int)strcspn(text, " \n"), text);
}

static bool has_devtype(int dir, const char *line)
{
	char text[SYSFS_MAX];
	const char *at;
	size_t n = strlen(line);

	if (sysfs_read(dir, "uevent", text, sizeof(text)) <= 0)
		return false;
	at = strstr(text, line);
	return at && (at == text || at[-1] == '\n') &&
	       (!at[n] || at[n] == '\n');
}

static void read_kind(struct model_netdev *dev, int dir)
{
	if (sysfs_number(dir, "type", 0) == ARPHRD_INFINIBAND) {
		dev->kind = MODEL_NETDEV_IPOIB;
		dev->pkey = sysfs_hex(dir, "pkey", 0) & 0xffff;
		read_word(dir, "mode", dev->mode);
	} else if (has_devtype(dir, "DEVTYPE=bond")) {
		dev->kind = MODEL_NETDEV_BOND;
		read_word(dir, "bonding/mode", dev->mode);
	} else if (has_devtype(dir, "DEVTYPE=vlan")) {
		dev->kind = MODEL_NETDEV_VLAN;
		dev->vlan = read_vlan(dev->ifname);
	}
}

static void read_state(struct model_netdev *dev, int dir)
{
	uint64_t speed = sysfs_number(dir, "speed", 0);
	char duplex[MODEL_MODE_LEN] = "";

	/* "-1" is no number here; some drivers print it without its sign */
	dev->speed = speed < INT32_MAX ? speed : 0;
	dev->mtu = sysfs_number(dir, "mtu", 0);
	dev->up = sysfs_hex(dir, "flags", 0) & IFF_UP;
	read_word(dir, "operstate", dev->operstate);
	read_word(dir, "duplex", duplex);
	dev->full_duplex = !strcmp(duplex, "full");
	dev->half_duplex = !strcmp(duplex, "half");
}

static bool netdev_known(const struct model_rdma_port *port, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < port->n_netdevs; i++)
		if (port->netdevs[i].ifindex == ifindex)
			return true;
	return false;
}

static void netdev_append(struct walk *walk, const struct model_netdev *dev)
{
	struct model_rdma_port *port = &walk->node->port;
	struct model_netdev *list;

	list = reallocarray(port->netdevs, port->n_netdevs + 1, sizeof(*list));
	if (!list) {
		walk->failed = true;
		return;
	}
	port->netdevs = list;
	list[port->n_netdevs++] = *dev;
}

static int netdev_open(const struct walk *walk, const char *ifname)
{
	char path[64];

	if (!*ifname || strlen(ifname) >= KNL_IFNAME_LEN ||
	    strchr(ifname, '/'))
		return -1;
	snprintf(path, sizeof(path), "class/net/%s", ifname);
	return sysfs_open(walk->sysfs, path);
}

/* Adds a device to the list, unless it is there. */
static void netdev_read(struct walk *walk, int dir, const char *ifname,
			uint32_t ifindex)
{
	struct model_netdev dev = { .ifindex = ifindex };

	if (!ifindex || walk->node->port.n_netdevs == NETDEVS_MAX ||
	    netdev_known(&walk->node->port, ifindex))
		return;
	snprintf(dev.ifname, sizeof(dev.ifname), "%s", ifname);
	read_kind(&dev, dir);
	read_state(&dev, dir);
	read_address(&dev, dir);
	dev.master = sysfs_number(dir, "master/ifindex", 0);
	if (dev.kind != MODEL_NETDEV_PLAIN && dev.kind != MODEL_NETDEV_BOND)
		dev.lower = sysfs_number(dir, "iflink", 0);
	if (dev.lower == ifindex)
		dev.lower = 0;
	netdev_append(walk, &dev);
}

/* An entry of a network device's directory: is it a VLAN or bond above it? */
static void upper_read(int unused, const char *name, void *ctx)
{
	static const char prefix[] = "upper_";
	struct walk *walk = ctx;
	auto_fd dir = -1;

	if (strncmp(name, prefix, sizeof(prefix) - 1))
		return;
	name += sizeof(prefix) - 1;
	dir = netdev_open(walk, name);
	if (has_devtype(dir, "DEVTYPE=vlan") ||
	    has_devtype(dir, "DEVTYPE=bond"))
		netdev_read(walk, dir, name,
			    sysfs_number(dir, "ifindex", 0));
}

/* Below an InfiniBand device: one directory for each of its devices. */
static void ipoib_read(int unused, const char *name, void *ctx)
{
	struct walk *walk = ctx;
	auto_fd dir = netdev_open(walk, name);

	if (sysfs_number(dir, "type", 0) == ARPHRD_INFINIBAND &&
	    sysfs_number(dir, "dev_port", 0) + 1 == walk->node->k.port.number)
		netdev_read(walk, dir, name,
			    sysfs_number(dir, "ifindex", 0));
}

/* What stands on another comes after all that do not. */
static int compare_netdevs(const void *a, const void *b)
{
	const struct model_netdev *x = a, *y = b;

	if (x->lower != y->lower)
		return x->lower < y->lower ? -1 : 1;
	return (x->ifindex > y->ifindex) - (x->ifindex < y->ifindex);
}

/* Found in no order; the one that the others stand on is the port's own. */
static void ipoib_walk(struct walk *walk)
{
	struct model_rdma_port *port = &walk->node->port;
	auto_fd dir = host_node_open(model_port_dev(walk->node), walk->sysfs);

	sysfs_each(dir, "device/net", ipoib_read, walk);
	if (port->n_netdevs)
		qsort(port->netdevs, port->n_netdevs, sizeof(*port->netdevs),
		      compare_netdevs);
}

/* Another device can have its name by now: only the index says which it is. */
static void edge_read(struct walk *walk, const struct knl_edge *edge)
{
	auto_fd dir = netdev_open(walk, edge->ifname);

	if (sysfs_number(dir, "ifindex", 0) == edge->ifindex)
		netdev_read(walk, dir, edge->ifname, edge->ifindex);
}

int host_read_netdevs(struct model_node *port, const char *sysfs)
{
	const struct knl_edge *edge = model_edge(port, FABMON_EDGE_TYPE_NETDEV);
	struct walk walk = { .node = port, .sysfs = sysfs };
	size_t i;

	if (edge)
		edge_read(&walk, edge);
	else if (model_port_dev(port))
		ipoib_walk(&walk);
	/* the list grows while it is walked */
	for (i = 0; i < port->port.n_netdevs; i++) {
		auto_fd dir = netdev_open(&walk, port->port.netdevs[i].ifname);

		sysfs_each(dir, ".", upper_read, &walk);
	}
	return walk.failed ? error_origin(-ENOMEM, "list of network devices") : 0;
}
