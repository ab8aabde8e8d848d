// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/*
 * EthernetInterface: the network device of an RDMA port, and the VLANs and
 * bonds above it, which RoCE addresses can belong to. Network devices of IP
 * over InfiniBand are here too. They have no MACAddress, as theirs has 20
 * octets.
 *
 * The kernel module reports name, address, MTU, state and bond of the port's
 * own device, with every change. Everything else is from sysfs.
 */
#include <arpa/inet.h>
#include <string.h>

#include "family.h"
#include "health.h"
#include "rf.h"
#include "text.h"
#include "uri.h"
#include "value.h"

static const char *team_mode(const char *mode)
{
	static const char *const modes[][2] = {
		{ "balance-rr", "RoundRobin" },
		{ "active-backup", "ActiveBackup" },
		{ "balance-xor", "XOR" },
		{ "broadcast", "Broadcast" },
		{ "802.3ad", "IEEE802_3ad" },
		{ "balance-tlb", "AdaptiveTransmitLoadBalancing" },
		{ "balance-alb", "AdaptiveLoadBalancing" },
	};
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(mode, modes[i][0]))
			return modes[i][1];
	return NULL;
}

/* RFC 2863, as the kernel prints it. */
static const char *link_status(const struct model_netdev *dev)
{
	if (!*dev->operstate)
		return NULL;
	if (!strcmp(dev->operstate, "up") ||
	    (!strcmp(dev->operstate, "unknown") && dev->up))
		return "LinkUp";
	return dev->up ? "NoLink" : "LinkDown";
}

/* For the port's own device where sysfs has nothing; RoCE and iWARP only. */
static const char *port_link_status(const struct model_node *port)
{
	const char *status = rf_port_link_status(port);

	/* it has no Starting, no Training */
	return status && (*status == 'S' || *status == 'T') ? "LinkDown" :
							      status;
}

/* Sorted, each once: the ports of a bond have the same ones in any order. */
static json_t *address_new(struct rf *rf, json_t *list, const char *text)
{
	json_t *ip;
	size_t i;
	int diff;

	/* without memory one may lack its address */
	if (rf->failed)
		return NULL;
	for (i = 0; i < json_array_size(list); i++) {
		ip = json_object_get(json_array_get(list, i), "Address");
		diff = strcmp(json_string_value(ip), text);
		if (!diff)
			return NULL;
		if (diff > 0)
			break;
	}
	ip = json_object();
	rf_str(rf, ip, "Address", text);
	if (json_array_insert_new(list, i, ip)) {
		rf_fail(rf, list, NULL);
		return NULL;
	}
	return ip;
}

static void add_address(struct rf *rf, json_t *obj, const uint8_t *gid)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	json_t *ip;

	if (!memcmp(gid, v4, sizeof(v4))) {
		inet_ntop(AF_INET, gid + 12, text, sizeof(text));
		address_new(rf, rf_arr(rf, obj, "IPv4Addresses"), text);
		return;
	}
	inet_ntop(AF_INET6, gid, text, sizeof(text));
	ip = address_new(rf, rf_arr(rf, obj, "IPv6Addresses"), text);
	if (gid[0] == 0xfe && (gid[1] & 0xc0) == 0x80)
		rf_str(rf, ip, "AddressOrigin", "LinkLocal");
}

/*
 * A RoCE GID is an address of the network device that it is given for. Each
 * is there once for each version of the protocol.
 */
static void set_addresses(struct rf *rf, const char *uri,
			  const struct model_node *port, uint32_t ifindex)
{
	const struct knl_rdma_port *p = &port->k.port;
	json_t *obj = rf_get(rf, uri);
	size_t i;

	if (!obj || !ifindex)
		return;
	for (i = 0; i < p->n_gids && i < RF_GIDS_MAX; i++)
		if (p->gids[i].type != FABMON_GID_TYPE_IB &&
		    p->gids[i].ifindex == ifindex)
			add_address(rf, obj, p->gids[i].value);
}

static const char *hex_address(struct rf *rf, const struct model_netdev *dev)
{
	const char *text = "";
	size_t i;

	for (i = 0; i < dev->address_len; i++)
		text = rf_printf(rf, "%s%s%02x", text, i ? ":" : "",
				 dev->address[i]);
	return text;
}

static void set_oem(struct rf *rf, json_t *obj, const struct model_node *port,
		    const struct model_netdev *dev)
{
	const struct knl_edge *edge = rf_port_netdev(port);
	json_t *oem;

	if (!obj)
		return;
	oem = rf_oem(rf, obj, "EthernetInterface");
	rf_str(rf, oem, "KernelName", dev->ifname);
	rf_str(rf, oem, "OperationalState", dev->operstate);
	if (dev->ifindex == edge->ifindex)
		rf_str(rf, oem, "MasterName", edge->master_ifname);
	if (dev->kind != MODEL_NETDEV_IPOIB)
		return;
	rf_str(rf, oem, "HardwareAddress", hex_address(rf, dev));
	if (dev->pkey)
		rf_hex(rf, oem, "PKey", dev->pkey, 4);
	rf_str(rf, oem, "IpoibMode", dev->mode);
}

static void set_kind(struct rf *rf, json_t *obj, const struct model_netdev *dev)
{
	bool is_virtual = dev->kind == MODEL_NETDEV_VLAN || dev->lower ||
			  dev->kind == MODEL_NETDEV_BOND;
	json_t *vlan;

	rf_str(rf, obj, "EthernetInterfaceType",
	       is_virtual ? "Virtual" : "Physical");
	if (dev->kind == MODEL_NETDEV_BOND)
		rf_str(rf, obj, "TeamMode", team_mode(dev->mode));
	if (dev->kind == MODEL_NETDEV_VLAN && dev->vlan) {
		vlan = rf_obj(rf, obj, "VLAN");
		rf_bool(rf, vlan, "VLANEnable", true);
		rf_int(rf, vlan, "VLANId", dev->vlan);
	}
}

static void add_interface(struct rf *rf, const char *uri,
			  const struct model_node *port,
			  const struct model_netdev *dev, const char *status)
{
	json_t *obj = rf_add(rf, uri, "EthernetInterface.v1_12_4",
			     dev->ifname);
	bool known = *dev->operstate;

	set_kind(rf, obj, dev);
	if (dev->address_len == 6)
		rf_str(rf, obj, "MACAddress", rf_mac(rf, dev->address));
	rf_count(rf, obj, "MTUSize", dev->mtu);
	rf_count(rf, obj, "SpeedMbps", dev->speed);
	if (dev->full_duplex || dev->half_duplex)
		rf_bool(rf, obj, "FullDuplex", dev->full_duplex);
	if (known)
		rf_bool(rf, obj, "InterfaceEnabled", dev->up);
	rf_str(rf, obj, "LinkStatus", known ? link_status(dev) : status);
	set_addresses(rf, uri, port, dev->ifindex);
	set_oem(rf, obj, port, dev);
	rf_status(rf, obj, known ? dev->up ? "Enabled" : "Disabled" :
				   rf_port_state(port), MODEL_OK);
}

/* The port's own device, with the newest values that the kernel reported. */
static struct model_netdev own_device(const struct model_node *port)
{
	const struct knl_edge *edge = rf_port_netdev(port);
	struct model_netdev dev = { 0 };

	if (port->port.n_netdevs)
		dev = port->port.netdevs[0];
	if (!*edge->ifname)
		return dev;
	if (dev.ifindex != edge->ifindex)
		dev = (struct model_netdev){ .ifindex = edge->ifindex };
	memcpy(dev.ifname, edge->ifname, sizeof(dev.ifname));
	memcpy(dev.address, edge->address, sizeof(dev.address));
	dev.address_len = edge->address_len;
	dev.mtu = edge->mtu;
	if (edge->has & KNL_HAS(FABMON_A_EDGE_UP))
		dev.up = edge->up;
	return dev;
}

/**
 * rf_ethernet_add - add the EthernetInterfaces of a port
 */
void rf_ethernet_add(struct rf *rf, const struct model_node *port)
{
	struct model_netdev own = own_device(port);
	const struct model_netdev *dev;
	size_t i;

	if (*own.ifname)
		add_interface(rf, rf_uri_ethernet(rf, port), port, &own,
			      port_link_status(port));
	for (i = 1; i < port->port.n_netdevs; i++) {
		dev = &port->port.netdevs[i];
		add_interface(rf, rf_uri_netdev(rf, port, dev), port, dev,
			      NULL);
	}
}

/* ---- bonds -------------------------------------------------------------- */

static void team_join(struct rf *rf, const struct model_node *port,
		      const struct model_netdev *bond)
{
	const char *name = rf_port_name(rf, port), *first, *key;

	key = rf_printf(rf, "%u", bond->ifindex);
	if (!name || !key)
		return;
	first = json_string_value(json_object_get(rf->teams, key));
	if (!first || strverscmp(name, first) < 0)
		rf_str(rf, rf->teams, key, name);
}

static bool is_team(const struct model_node *port, size_t i)
{
	return i && port->port.netdevs[i].kind == MODEL_NETDEV_BOND;
}

/**
 * rf_ethernet_teams - learn what bonds are called: after their first port
 *
 * First of its ports in the order of names, for the model's order changes.
 */
void rf_ethernet_teams(struct rf *rf)
{
	const struct model_node *port;
	size_t i;

	rf->teams = json_object();
	if (!rf->teams)
		rf_fail(rf, NULL, "the names of bonds");
	port = rf_first(rf, FABMON_NODE_KIND_RDMA_PORT);
	for (; port; port = rf_next(port))
		for (i = 0; i < port->port.n_netdevs; i++)
			if (is_team(port, i))
				team_join(rf, port, &port->port.netdevs[i]);
}

/* ---- links -------------------------------------------------------------- */

static void link_above(struct rf *rf, const char *lower, const char *upper)
{
	rf_link(rf, upper, "RelatedInterfaces", lower);
	rf_link(rf, lower, "AffiliatedInterfaces", upper);
}

/* What a device stands on; a bond on those that have it as their master. */
static void link_lower(struct rf *rf, const struct model_node *port,
		       const struct model_netdev *dev, const char *uri)
{
	const struct model_netdev *other;
	size_t i;

	for (i = 0; i < port->port.n_netdevs; i++) {
		other = &port->port.netdevs[i];
		if (other->ifindex == dev->lower ||
		    (dev->kind == MODEL_NETDEV_BOND &&
		     other->master == dev->ifindex))
			link_above(rf, rf_uri_netdev(rf, port, other), uri);
	}
}

static void link_common(struct rf *rf, const struct model_node *port,
			const char *uri)
{
	const char *ndf = rf_uri_ndf(rf, port);

	rf_link(rf, ndf, "EthernetInterfaces", uri);
	rf_link(rf, uri, "NetworkDeviceFunctions", ndf);
	rf_link(rf, uri, "Endpoints", rf_uri_rdma_endpoint(rf, port));
	rf_link_one(rf, uri, "Chassis", rf_uri_chassis(rf));
}

/**
 * rf_ethernet_link - link a port's EthernetInterfaces
 *
 * Only the port's own is linked with the Port: others stand on it.
 */
void rf_ethernet_link(struct rf *rf, const struct model_node *port)
{
	const char *own = rf_uri_ethernet(rf, port), *uri;
	const struct model_netdev *dev;
	size_t i;

	link_common(rf, port, own);
	rf_link(rf, own, "Ports", rf_uri_rdma_port(rf, port));
	rf_link(rf, rf_uri_rdma_port(rf, port), "EthernetInterfaces", own);
	for (i = 1; i < port->port.n_netdevs; i++) {
		dev = &port->port.netdevs[i];
		uri = rf_uri_netdev(rf, port, dev);
		link_common(rf, port, uri);
		link_lower(rf, port, dev, uri);
	}
}
