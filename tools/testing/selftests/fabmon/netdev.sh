#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Network devices over RDMA ports in the tree that fabmond serves, and counters.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/daemon_lib.sh"

load fabmon fabmon_rdma || { skip "all" "the modules do not load"; finish; }
rxe_add 0 && rxe_add 1 || { skip "all" "no rxe here"; finish; }
agent_setup
fabmond --config "$work/fabmond.conf" --state-dir "$work/state" \
	--listen "127.0.0.1:$AGENT_PORT" >"$work/agent.log" 2>&1 &
agent_pid=$!
children+=("$agent_pid")
check "fabmond starts" until_true 10 curl -sf "$AGENT/redfish/v1/"

get() { curl -sf "$AGENT$1"; }
members() { get "$1" | jq -r '.Members[]."@odata.id"'; }
system=$(members /redfish/v1/Systems)
interfaces() { members "$system/EthernetInterfaces"; }
# interface NAME: its URI
interface() {
	local uri

	for uri in $(interfaces); do
		[ "$(get "$uri" | jq -r .Name)" != "$1" ] || echo "$uri"
	done
}
# has NAME JQ-CONDITION: of its resource
has() { get "$(interface "$1")" | jq -e "$2"; }
# becomes DESCRIPTION NAME JQ-CONDITION
becomes() {
	if until_true 3 has "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "wanted: $3" "$(get "$(interface "$2")")"
	fi
}

# What is served is what is there: a fresh process sees the same.
served() {
	find "$work/tree" -name index.json -exec jq -r '."@odata.id"' {} + |
	while IFS= read -r uri; do
		get "$uri"
	done | jq -s 'map({(.["@odata.id"]): .}) | add'
}
no_drift() {
	tree_wanted | jq -S "$tree_normal" >"$work/wanted.json"
	served | jq -S "$tree_normal" >"$work/has.json"
	[ "$(jq length "$work/wanted.json")" -gt 3 ] || return 1
	diff -u "$work/wanted.json" "$work/has.json" | head -n 60
	return "${PIPESTATUS[0]}"
}
drift_free() {
	if until_true 3 no_drift; then
		pass "$1"
	else
		fail "$1" "$(no_drift)"
	fi
}

own=$(interface d0)
check "the port's own device is there: $own" test -n "$own"
becomes "its MAC address is the kernel's" d0 \
	".MACAddress == \"$(cat /sys/class/net/d0/address)\""
ip link set d0 mtu 1400
becomes "its MTU follows" d0 '.MTUSize == 1400'

# A VLAN that is down has no GID: the module has no notification of it.
modprobe -q 8021q
if ip link add link d0 name storage type vlan id 100; then
	becomes "a VLAN arrives without any GID" storage '.VLAN.VLANId == 100'
	vlan=$(interface storage)
	equal "it is called after what it is on" "$own-vlan100" "$vlan"
	becomes "it is linked with that" storage \
		".Links.RelatedInterfaces == [{\"@odata.id\": \"$own\"}]"
	becomes "and is off" storage '.InterfaceEnabled == false'
	ip link set storage up mtu 1300
	becomes "it is set up, and has another MTU" storage \
		'.InterfaceEnabled and .MTUSize == 1300 and .LinkStatus == "LinkUp"'
	ip addr add 192.0.2.100/24 dev storage
	becomes "its address is here" storage \
		'any(.IPv4Addresses[]; .Address == "192.0.2.100")'
	ip link set storage down
	ip link set storage name backup
	becomes "it is renamed" backup '.VLAN.VLANId == 100'
	equal "and its URI stays" "$vlan" "$(interface backup)"
	drift_free "with a VLAN nothing drifts"
else
	skip "VLANs" "none here"
fi

modprobe -q bonding
if ip link add team type bond mode active-backup; then
	for n in 1 0; do
		ip link set "d$n" down
		ip link set "d$n" master team
		ip link set "d$n" up
	done
	ip link set team up
	becomes "a bond arrives" team '.TeamMode == "ActiveBackup"'
	becomes "with both its ports" team \
		'(.Links.RelatedInterfaces | length == 2) and (.Links.NetworkDeviceFunctions | length == 2)'
	becomes "a port says whose it is" d0 '.Oem.Fabmon.MasterName == "team"'
	drift_free "with a bond nothing drifts"
	if [ -n "${REDFISH_SCHEMAS:-}" ] && [ -f "$REDFISH_SCHEMAS/validate.py" ]; then
		tree_wanted >/dev/null
		check "the tree validates, no link dangles" \
			python3 "$REDFISH_SCHEMAS/validate.py" --links "$work/tree"
	else
		skip "the tree validates" "no schemas: set REDFISH_SCHEMAS"
	fi
	ip link del team
	check "it goes" until_true 3 sh -c "! curl -sf '$AGENT$system/EthernetInterfaces' | grep -q bond"
	ip link set d0 up
	ip link set d1 up
else
	skip "bonds" "none here"
fi

# Counters: another answer each time, and no change of the tree.
port=$(get "$own" | jq -r '.Links.Ports[0]."@odata.id"')
metrics=$(get "$port" | jq -r '.Metrics."@odata.id"')
tx() { get "$metrics" | jq .TXBytes; }
check "a port has counters" sh -c "curl -sf '$AGENT$metrics' | jq -e '.Oem.Fabmon.HardwareCounters | length > 5'"
tag() { curl -sfI "$AGENT$port" | sed -n 's/^ETag: //p'; }
before=$(tx)
tag_before=$(tag)
ip addr add 192.0.2.1/24 dev d0
ip link set d0 up
until_true 3 sh -c "curl -sf '$AGENT$port' | grep -q c000:0201"
tag_before=$(tag)
before=$(tx)
python3 - <<'END'
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("d0", 0))
s.send(b"\xff" * 6 + b"\x02" * 6 + b"\x88\xb5" + bytes(64))
END
check "they move: $before to $(tx)" test "$(tx)" -gt "$before"
equal "and the port they are of has not changed" "$tag_before" "$(tag)"
low=$(cat /sys/class/net/d0/statistics/tx_bytes)
now=$(tx)
check "they are what the network device counts: $now from $low on" \
	test "$low" -le "$now" -a "$now" -le "$(cat /sys/class/net/d0/statistics/tx_bytes)"

adapter=$(get "${port%/Ports/*}" | jq -r '.Metrics."@odata.id"')
equal "queue pairs are those that rdma(8) counts" \
	"$(rdma -j resource show rxe0 | jq '.[0].qp')" \
	"$(get "$adapter" | jq .Oem.Fabmon.QueuePairCount)"

switches() { awk '/ctxt_switches/ {s += $2} END {print s}' "/proc/$agent_pid/status"; }
sleep 2
idle=$(switches)
sleep 4
equal "idle, it does not wake up in four seconds" 0 "$(($(switches) - idle))"

agent_stop
equal "it ends at SIGTERM" 0 "$?"
[ "$ktap_failed" -eq 0 ] || tail -n 30 "$work/agent.log" | sed 's/^/# /'
ip link del backup 2>/dev/null
rxe_del 0
rxe_del 1
finish
