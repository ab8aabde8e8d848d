#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# RDMA devices and ports, over rxe, with rdma(8) as the oracle.
. "$(dirname "$0")/lib.sh"

load || { skip "all" "the modules do not load"; finish; }
rxe_add 0 || { skip "all" "no rxe here"; finish; }

port='.[] | select(.name == "rxe0/1")'
dev='.[] | select(.name == "rxe0")'

equal "device index as rdma(8) has it" \
	"$(rdma -j dev show rxe0 | jq '.[0].ifindex')" \
	"$(nodes "$dev | .\"rdma-dev\".index")"
equal "node GUID as rdma(8) has it" \
	"\"$(rdma -j dev show rxe0 | jq -r '.[0].node_guid')\"" \
	"$(nodes "$dev | .\"rdma-dev\".\"node-guid\"")"
equal "the port's parent is the device" \
	"$(nodes "$dev | .id")" "$(nodes "$port | .parent")"
equal "state as rdma(8) has it" \
	"$(rdma -j link show rxe0/1 | jq -r '.[0].state')" \
	"$(nodes "$port | .\"rdma-port\".state" | jq -r 'ascii_upcase')"
equal "the port's network device" '"d0"' \
	"$(nodes "$port | [.edges[] | select(.type == \"netdev\")][0].ifname")"
equal "its MTU and hardware address are those of ip(8)" \
	"$(ip -j link show d0 | jq -c '.[0] | [.mtu, (.address | gsub(":"; ""))]')" \
	"$(nodes "$port | [.edges[] | select(.type == \"netdev\")][0] | [.mtu, .address]")"
equal "the protocol" '"rocev2"' "$(nodes "$port | .\"rdma-port\".protocol")"
gids=$(cat /sys/class/infiniband/rxe0/ports/1/gids/* 2>/dev/null |
	grep -cv '^0000:0000:0000:0000:0000:0000:0000:0000$')
equal "as many GIDs as sysfs lists" "$gids" \
	"$(nodes "$port | .\"rdma-port\".\"gid-count\"")"

stream_start
ip link set d0 down
sleep 0.3
ip link set d0 up
sleep 0.3
ip addr add 192.0.2.1/24 dev d0
sleep 0.3
ip link set d0 mtu 1400
sleep 0.3
# Linux 6.1 renames no device that is up
ip link set d0 down
ip link set d0 name dd0
ip link set dd0 up
sleep 0.3
rdma dev set rxe0 name rxe7
sleep 0.3
rxe_add 1
sleep 0.3
rdma link del rxe1
stream_stop

check "link down is told" stream '[.[] | select(.op == "change" and
	.node.kind == "rdma-port" and .node."rdma-port".state == "down")] | length >= 1'
check "link up is told after it" stream '[.[] | select(.node.kind == "rdma-port")
	| .node."rdma-port".state] | (index("down") != null and .[-1] != null)'
check "the new GID is told" stream '[.[] | select(.op == "change") |
	.node."rdma-port".gids[]?.value | tostring | select(test("192\\.0\\.2\\.1|c000:0201"))] | length >= 1'
check "the network device's new MTU is told" stream '[.[] | select(.op == "change") |
	.node.edges[]? | select(.type == "netdev") | .mtu] | index(1400) != null'
check "the network device'\''s new name is told" stream '[.[] |
	.node.edges[]? | select(.ifname == "dd0")] | length >= 1'
check "the device'\''s new name is told" stream '[.[] | select(.op == "change" and
	.node.name == "rxe7")] | length >= 1'
check "its port is renamed with it" stream '[.[] | select(.op == "change" and
	.node.name == "rxe7/1")] | length >= 1'
check "a new device and its port are told" stream '[.[] | select(.op == "add") |
	.node.name] | (index("rxe1") != null and index("rxe1/1") != null)'
check "and that they are gone, the port first" stream '[.[] |
	select(.op == "delete") | .node.name] == ["rxe1/1", "rxe1"]'
check "the sequence has no gap" stream '[.[] | select(.seq != null) | .seq] |
	. as $s | length > 0 and . == [range($s[0]; $s[0] + length)]'
check "one instance" stream '[.[] | select(.instance != null) | .instance] | unique | length == 1'
check "time stamps do not run backwards" stream '[.[] | select(.boottime != null) |
	.boottime] | . == sort'
check "no device is told to have changed without a difference" stream '
	[.[] | select(.op == "change")] | group_by(.node.id) |
	all([.[].node] | . as $n | all(range(1; length); $n[.] != $n[. - 1]))'

rdma link del rxe7
ip link del dd0
ip link del d1
equal "no RDMA node is left" 0 \
	"$(nodes '[.[] | select(.kind | startswith("rdma"))] | length')"
finish
