#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# RDMA devices and ports over soft RDMA, with rdma(8) and sysfs as the oracle.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rdma_lib.sh"

rdma_load || { skip "all" "the modules do not load"; finish; }
rxe_add 0 || { skip "all" "no rxe here"; finish; }
rxe_add 1
ip addr add 198.51.100.1/24 dev d1
until_true 10 grep -q c633:6401 /sys/class/infiniband/rxe1/ports/1/gids/*

edge='(.node.edges[] | select(.type == "netdev"))'
port='(.op == "change" and .node.name == "rxe0/1")'
# because CAUSE...: any of them. More than one where the command does several
# things: the reading for an earlier one may find what a later one is about to
# cause, which then finds nothing new.
because() { echo "(.cause | any(.[]; IN($(printf '"%s",' "$@" | sed 's/,$//'))))"; }

equal "K1: devices as rdma(8) has them" "$(rdma_devs)" "$(fabmon_devs)"
equal "K1: ports as rdma(8) has them" "$(rdma_links)" "$(fabmon_links)"
port_equal rxe0 1
port_equal rxe1 1
equal "K1: the port's parent is the device" "$(node rxe0 | jq .id)" \
	"$(node rxe0/1 | jq .parent)"
equal "K1: protocol and protocols" '["rocev2",["rocev2"]]' \
	"$(node rxe0/1 | jq -c '."rdma-port" | [.protocol, .protocols]')"
equal "K1: the net device is that of ip(8)" \
	"$(ip -j link show d0 | jq -c '.[0] | [.ifindex, .ifname, .mtu,
		(.address | gsub(":"; "")), true, true]')" \
	"$(node rxe0/1 | jq -c '.edges[0] | [.ifindex, .ifname, .mtu, .address,
		.up, .carrier]')"
equal "K1: a GID names its net device" "$(ip -j link show d1 | jq '.[0].ifindex')" \
	"$(node rxe1/1 | jq '[."rdma-port".gids[].ifindex] | unique[0]')"
equal "K1: no board id where the driver has none" null \
	"$(node rxe0 | jq '."rdma-dev"."board-id"')"
check "K1: capability flags and the namespace's cookie are in the node" \
	sh -c 'fabmon show -j | jq -e "any(.[]; .\"rdma-dev\" |
		. != null and .capabilities > 0 and .\"netns-cookie\" > 0)"'

stream_start
notified "K3: link down, and why" \
	"$port and $(because netdev-down port-error) and
	 .node.\"rdma-port\".state == \"down\" and ($edge.up | not)" \
	ip link set d0 down
notified "K3: link up" \
	"$port and $(because netdev-up port-active) and .node.\"rdma-port\".state == \"active\"" \
	ip link set d0 up
notified "K3: a new GID is named" \
	"$port and $(because gid-change) and (.\"gid-added\" | any(.[];
	 (.value | test(\"c000:0201\")) and .type == \"rocev2\"))" \
	ip addr add 192.0.2.1/24 dev d0
notified "K3: a GID that goes is named" \
	"$port and (.\"gid-removed\" | any(.[]; .value | test(\"c000:0201\")))" \
	ip addr del 192.0.2.1/24 dev d0
notified "K3: MTU of the net device" \
	"$port and $(because netdev-mtu) and $edge.mtu == 1400" \
	ip link set d0 mtu 1400
notified "K3: hardware address of the net device" \
	"$port and $(because netdev-address gid-change) and $edge.address == \"021122334455\"" \
	ip link set d0 address 02:11:22:33:44:55
notified "K3: carrier lost, as if the cable were pulled" \
	"$port and $(because netdev-change port-error) and ($edge.carrier | not) and
	 .node.\"rdma-port\".state == \"down\"" ip link set d0 carrier off
notified "K3: carrier back" "$port and $edge.carrier" ip link set d0 carrier on
# Linux 6.1 renames no device that is up
ip link set d0 down
notified "K3: the net device's new name" \
	"$port and $(because netdev-rename) and $edge.ifname == \"dd0\"" \
	ip link set d0 name dd0
ip link set dd0 name d0
ip link set d0 up

if modprobe -q bonding && ip link add bond7 type bond mode active-backup; then
	ip link set d0 down
	notified "K3: the net device joins a bond" \
		"$(because netdev-master netdev-up netdev-mtu netdev-address) and
		 $edge.\"master-ifname\" == \"bond7\" and
		 $edge.\"master-ifindex\" == $(cat /sys/class/net/bond7/ifindex)" \
		ip link set d0 master bond7
	ip link set bond7 down
	notified "K3: the bond's new name" \
		"$(because netdev-rename) and $edge.\"master-ifname\" == \"bond8\"" \
		ip link set bond7 name bond8
	notified "K3: the net device leaves the bond" \
		"$(because netdev-master) and $edge.\"master-ifname\" == null" \
		ip link set d0 nomaster
	ip link del bond8
	ip link set d0 up
else
	skip "bond" "this kernel has none"
fi

since
rdma dev set rxe0 name rxe7
check "K3: a device's new name, and its port's" until_true 10 fresh \
	'[.[] | select(.op == "change" and (.cause | index("rename"))) | .node.name] |
	 index("rxe7") != null and index("rxe7/1") != null'
since
rxe_add 2
check "K3: a new device, then its port" until_true 10 fresh \
	'[.[] | select(.op == "add" and (.cause | index("scan"))) | .node.name] ==
	 ["rxe2", "rxe2/1"]'
since
rdma link del rxe2
check "K3: they are gone, the port first" until_true 10 fresh \
	'[.[] | select(.op == "delete") | .node.name] == ["rxe2/1", "rxe2"]'
since
ip link del d1
check "K3: a device goes with its net device" until_true 10 fresh \
	'[.[] | select(.op == "delete") | .node.name] == ["rxe1/1", "rxe1"]'
none "K3: nothing happens, nothing is notified" true
stream_stop
stream_sound "$stream_file" "soft RDMA"
check "K3: time stamps do not run backwards" stream '[.[].boottime |
	select(. != null)] | . == sort'

# A module that is unloaded is not a device that goes.
stream_start
notified "K3: unloading the provider deletes its nodes, with that as the cause" \
	'.op == "delete" and .node.name == "rxe7" and .cause == ["provider-exit"]' \
	unload fabmon_rdma
load fabmon_rdma
notified "K3: a device that goes has no such cause" \
	'.op == "delete" and .node.name == "rxe7" and
	 (.cause // [] | index("provider-exit") | not)' \
	rdma link del rxe7
stream_stop
ip link del d0
ip link del d2
equal "K1: no RDMA node is left" 0 \
	"$(nodes '[.[] | select(.kind | startswith("rdma"))] | length')"

# iWARP: soft, where the kernel has it, and made up. Soft iWARP goes by its net
# device's carrier alone.
iwarp_equal() {
	equal "K1: iWARP ($1): protocol, and no P_Keys" '["iwarp",null]' \
		"$(node "$1/1" | jq -c '."rdma-port" | [.protocol, ."pkey-count"]')"
	equal "K1: iWARP ($1): ports as rdma(8) has them" "$(rdma_links)" \
		"$(fabmon_links)"
}
iwarp='.node.name == "iw0/1" and .node."rdma-port".state'
ip link add w0 type dummy
ip link set w0 up
if modprobe -q siw && rdma link add iw0 type siw netdev w0; then
	iwarp_equal iw0
	stream_start
	notified "K3: iWARP: link down" "$iwarp == \"down\"" ip link set w0 down
	notified "K3: iWARP: link up" "$iwarp == \"active\"" ip link set w0 up
	stream_stop
	rdma link del iw0
else
	skip "soft iWARP" "this kernel has none"
fi
mock_load protocol=iwarp netdev=w0
iwarp_equal mock0
stream_start
notified "K3: iWARP: active with its first IPv4 address, which no event reports" \
	".node.name == \"mock0/1\" and .node.\"rdma-port\".state == \"active\" and
	 $(because netdev-address)" \
	ip addr add 192.0.2.9/24 dev w0
stream_stop
rmmod mock_ib
ip link del w0
finish
