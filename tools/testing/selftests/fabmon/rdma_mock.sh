#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# What soft RDMA does not have, through the RDMA core's own event path, with a
# device (mock_ib) that has no kernel verbs. Each event is notified once.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rdma_lib.sh"

rdma_load || { skip "all" "the modules do not load"; finish; }
mock_load || { skip "all" "mock_ib does not load"; finish; }

change() { echo ".op == \"change\" and .cause == [\"$1\"] and .node.name == \"mock0/1\""; }
event() { echo ".op == \"event\" and .cause == [\"$1\"] and .event.type == \"rdma-async\""; }
p='.node."rdma-port"'

equal "K1: a device without kernel verbs is there, with its ports" \
	'["mock0","mock0/1","mock0/2"]' "$(nodes '[.[] | select(.kind | startswith("rdma")) | .name] | sort')"
equal "K1: device as rdma(8) has it" "$(rdma_devs)" "$(fabmon_devs)"
equal "K1: ports as rdma(8) has them" "$(rdma_links)" "$(fabmon_links)"
port_equal mock0 1
port_equal mock0 2
equal "K1: its board id" "$(cat /sys/class/infiniband/mock0/board_id)" \
	"$(node mock0 | jq -r '."rdma-dev"."board-id"')"
equal "K1: rate as sysfs has it" "$(cut -d ' ' -f 1 /sys/class/infiniband/mock0/ports/1/rate)" \
	"$(node mock0/1 | jq '."rdma-port".rate / 1000')"

stream_start
set_and_tell() {
	local event=$1

	shift
	mock "$@"
	mock_event 1 "$event"
}
one "K3: LID" "$(change lid-change) and $p.lid == 7 and $p.lmc == 2" \
	set_and_tell lid lid 1 7 2
one "K3: SM LID and SL" "$(change sm-change) and $p.\"sm-lid\" == 5 and $p.\"sm-sl\" == 3" \
	set_and_tell sm sm 1 5 3
one "K3: a P_Key that comes is named" "$(change pkey-change) and
	.\"pkey-added\" == [{index: 3, value: 32769}] and .\"pkey-removed\" == null" \
	set_and_tell pkey pkey 1 3 0x8001
one "K3: a P_Key that is replaced is named twice" "$(change pkey-change) and
	.\"pkey-added\" == [{index: 3, value: 2}] and
	.\"pkey-removed\" == [{index: 3, value: 32769}]" \
	set_and_tell pkey pkey 1 3 0x0002
one "K3: a P_Key that goes is named" "$(change pkey-change) and
	.\"pkey-removed\" == [{index: 3, value: 2}] and .\"pkey-added\" == null and
	$p.\"pkey-count\" == 1" set_and_tell pkey pkey 1 3 0x8000
one "K3: capability masks" "$(change lid-change) and
	$p.capabilities == 66 and $p.capabilities2 == 2" \
	set_and_tell lid cap 1 0x42 0x2
one "K3: speed and width, by whatever event" "$(change lid-change) and
	$p.speed == \"NDR\" and $p.width == 8 and $p.rate == 800000" \
	set_and_tell lid speed 1 128 4
one "K3: a GID that comes with a new subnet is named" "$(change client-reregister) and
	.\"gid-added\" == [{index: 4, type: \"ib\",
	value: \"fe80:0000:0000:0000:0000:0000:0000:0044\"}]" \
	set_and_tell reregister gid 1 4 0x44
one "K3: port error" "$(change port-error) and $p.state == \"down\" and
	$p.\"phys-state\" == \"polling\"" set_and_tell error state 1 1 2
none "K3: the same again is no news" mock_event 1 error
one "K3: port active" "$(change port-active) and $p.state == \"active\"" \
	set_and_tell active state 1 4 5
none "K3: the same again is no news" mock_event 1 active

one "K3: a link that was lost and is back" "$(event port-error) and
	.event.device == \"mock0/1\"" mock_event 1 error
one "K3: client reregister" "$(event client-reregister) and
	.event.node == $(node mock0/1 | jq .id)" mock_event 1 reregister
one "K3: a subnet manager that is the same" "$(event sm-change)" mock_event 1 sm
one "K3: device fatal, once for the device" "$(event device-fatal) and
	.event.device == \"mock0\" and .event.node == $(node mock0 | jq .id)" \
	mock_event 1 fatal
one "K3: an event that the module does not know" "$(event other)" mock_event 1 wq
case $(uname -r) in
[1-6].*) skip "speed change" "the event is of Linux 7.2" ;;
*)
	one "K3: speed change, once for the device" "$(event speed-change) and
		.event.device == \"mock0\"" mock_event 1 speed
	;;
esac
for what in lid pkey gid; do
	none "K3: a $what event without a difference says nothing" mock_event 1 "$what"
done
none "K3: nor does one of a port that is not marked" mock_event 2 lid

# What got lost is found by the next event of the port.
none "K3: a change whose event is lost is not notified" mock pkey 1 5 0x9999
one "K3: the port's next event finds it" "$(change lid-change) and
	.\"pkey-added\" == [{index: 5, value: 39321}]" mock_event 1 lid
mock gid 1 6 0x66
mock_event 1 gid
mock lid 1 9 0
one "K3: two lost ones are found at once" "$(change sm-change) and $p.lid == 9 and
	(.\"gid-added\" | map(.index)) == [6]" mock_event 1 sm

# What no event leads to, a rescan finds, and says nothing else.
rescan=/sys/module/fabmon_rdma/parameters/rescan_interval
equal "no rescan by default" 0 "$(cat "$rescan")"
mock sm 1 2 0
check "K3: a rescan begins when it is asked for" sh -c "echo 1 >$rescan"
since
check "K3: it finds what is new" until_true 10 fresh \
	'[.[] | select(.cause == ["scan"]) | .node."rdma-port"."sm-lid"] == [2]'
unchanged() { fabmon info -j | jq '.providers[] | select(.name == "rdma") | .unchanged'; }
before=$(unchanged)
none "K3: and goes on" sleep 2.5
check "K3: reading again ($before, then $(unchanged))" test "$(unchanged)" -gt "$before"
check "a senseless interval is refused" sh -c "! echo 90000 >$rescan"
echo 0 >"$rescan"

# A device that does not answer
since
mock fail 1 5
mock_event 1 sm
check "K3: the state of a port that does not answer is unknown" until_true 10 fresh \
	'.[0].op == "change" and .[0].node."rdma-port".state == "unknown" or
	 .[0].node."rdma-port".state == "nop"'
mock fail 1 0
check "K3: it is notified when it answers again, without another event" \
	until_true 20 fresh '.[-1].node."rdma-port".state == "active"'
stream_stop
stream_sound "$stream_file" "made-up InfiniBand"
rmmod mock_ib

mock_load gids=1400
for i in $(seq 1 1399); do mock gid 1 "$i" "$i"; done
mock_event 1 reregister
check "K1: all GIDs of a large table are counted" until_true 20 sh -c \
	'fabmon show -j | jq -e "any(.[]; .\"rdma-port\".\"gid-count\" == 1400)"'
check "K1: and listed as far as an attribute reaches" sh -c \
	'fabmon show -j | jq -e "any(.[]; (.\"rdma-port\".gids | length) > 1200)"'
rmmod mock_ib
for protocol in opa usnic; do
	check "a device with $protocol loads" mock_load protocol="$protocol"
	equal "K1: $protocol is in the node" "[\"$protocol\",[\"$protocol\"]]" \
		"$(node mock0/1 | jq -c '."rdma-port" | [.protocol, .protocols]')"
	rmmod mock_ib
done
finish
