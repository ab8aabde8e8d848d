#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# From the kernel to the OFMF: what the kernel sees is what the OFMF has.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/daemon_lib.sh"

load || { skip "all" "the modules do not load"; finish; }
cxl_modules && until_true 20 test -e /sys/bus/cxl/devices/mem1
rxe_add 0 && rxe_add 1 || { skip "all" "no rxe here"; finish; }
agent_setup

check "the OFMF starts" ofmf_start --conformant
check "fabmond starts" agent_start
check "the host is registered" until_true 20 sh -c "[ \"\$(curl -sf $OFMF/redfish/v1/AggregationService/AggregationSources | jq '.Members | length')\" = 1 ]"
trees_equal 30 "the OFMF's tree becomes the kernel's"

if [ -n "${REDFISH_SCHEMAS:-}" ] && [ -f "$REDFISH_SCHEMAS/validate.py" ]; then
	tree_wanted >/dev/null
	check "the tree validates against the DMTF schemas, no link dangles" \
		python3 "$REDFISH_SCHEMAS/validate.py" --links "$work/tree"
else
	skip "the tree validates" "no schemas: set REDFISH_SCHEMAS"
fi

root=$(curl -sf "$AGENT/redfish/v1/")
check "the service root is served" jq -e '.RedfishVersion and .Systems and .Chassis' <<<"$root"
equal "a resource that is not there: 404 with a Redfish error" 404 \
	"$(curl -s -o "$work/404" -w '%{http_code}' "$AGENT/redfish/v1/Nope")"
check "the error says so" jq -e '.error."@Message.ExtendedInfo"[0].MessageId | test("ResourceMissingAtURI")' "$work/404"

port=$(ofmf_tree | jq -r 'first(to_entries[] | select(.key | test("NetworkAdapters/[^/]+/Ports/[^/]+$")) |
	select([.. | strings] | any(. == "rxe0/1" or . == "rxe0" or test("\\brxe0\\b"))) | .key)')
check "the port of rxe0 is at the OFMF: $port" test -n "$port"
state() { ofmf_tree | jq -r --arg p "$port" '.[$p].LinkStatus'; }
equal "its link is up" LinkUp "$(state)"
ip link set d0 down
check "link down arrives" until_true 5 sh -c "curl -sf $OFMF/standin/tree | jq -e '.\"$port\".LinkStatus == \"LinkDown\" or .\"$port\".LinkStatus == \"NoLink\"'"
ip link set d0 up
check "link up arrives" until_true 5 sh -c "curl -sf $OFMF/standin/tree | jq -e '.\"$port\".LinkStatus == \"LinkUp\"'"
ip addr add 192.0.2.7/24 dev d0
check "a new address arrives" until_true 5 sh -c "curl -sf $OFMF/standin/tree | grep -q 192.0.2.7"

uris=$(ofmf_tree | jq -c 'keys')
rdma dev set rxe0 name rxe8
check "the new name of a device arrives" until_true 5 sh -c "curl -sf $OFMF/standin/tree | grep -q rxe8"
equal "and no URI changes with it" "$uris" "$(ofmf_tree | jq -c 'keys')"

rxe_add 2
check "a new device arrives" until_true 5 sh -c "curl -sf $OFMF/standin/tree | grep -q rxe2"
rxe_del 2
check "its removal arrives" until_true 5 sh -c "! curl -sf $OFMF/standin/tree | grep -q rxe2"

for n in $(seq 1 25); do
	ip link set d0 down
	ip link set d0 up
	ip link set d1 down
	ip link set d1 up
done
trees_equal 15 "after a hundred flaps the trees are equal again"

# A loss: fabmond is stopped while more happens than its socket can hold.
kill -STOP "$agent_pid"
for n in $(seq 40 60); do rxe_add "$n"; done
for n in $(seq 1 200); do ip link set d0 mtu $((1280 + n)); done
for n in $(seq 40 60); do rxe_del "$n"; done
rxe_add 3
kill -CONT "$agent_pid"
trees_equal 60 "after a stop the trees are equal again"
rxe_del 3

# What is not loaded watches nothing; the devices are there all the same.
adapters() { ofmf_tree | jq -c '[to_entries[] |
	select(.key | test("/NetworkAdapters/[^/]+$")) | .value.Status]'; }
lines() { wc -l <"$work/ofmf.log"; }
is_quiet() { local before; before=$(lines) && sleep 3 && [ "$before" = "$(lines)" ]; }
until_true 30 is_quiet
lines=$(lines)
uris=$(ofmf_tree | jq -c keys)
unload fabmon_rdma
check "a provider unloads under fabmond: its devices are not watched" until_true 10 \
	sh -c "fabmon status | grep -q 'rdma devices are here and not watched since'"
unload
sleep 2
load
trees_equal 20 "the modules were exchanged, and the trees are equal"
equal "and no resource came or went" "$uris" "$(ofmf_tree | jq -c keys)"
equal "and nothing at all was delivered" "$lines" "$(lines)"
check "all is watched again" sh -c "! fabmon status | grep -q 'not watched'"

# Takes a minute, and is the same on each kernel.
left_unwatched() {
	unload fabmon_rdma
	check "a minute later it says so, without Health and in the same state" until_true 75 \
		sh -c "curl -sf $OFMF/standin/tree | jq -e '[to_entries[] |
		select(.key | test(\"/NetworkAdapters/[^/]+\$\")) | .value.Status] | length == 2 and
		all(.[]; .State == \"Enabled\" and .Health == null and (.Conditions | length == 1) and
		(.Conditions[0].Message | startswith(\"Not watched since\")))'"
	equal "one warning" 1 "$(grep -c 'RDMA devices are here and not watched' "$work/agent.log")"
	rxe_del 1
	check "a device that goes meanwhile goes" until_true 10 sh -c "! curl -sf $OFMF/standin/tree | grep -q rxe1"
	uris=$(ofmf_tree | jq -c keys)
	agent_stop
	agent_start
	sleep 4
	equal "nothing goes because fabmond starts without the provider" "$uris" \
		"$(ofmf_tree | jq -c keys)"
	equal "what is there is the device that was left" 1 "$(adapters | jq length)"
	rxe_add 1
	load fabmon_rdma
	trees_equal 20 "the provider is back"
}
[ "$FABMON_SERIES" != 6.12 ] || left_unwatched
unload
check "the whole module unloads under fabmond" sh -c '! grep -q ^fabmon /proc/modules'
sleep 1
check "fabmond lives on without it" kill -0 "$agent_pid"
load
trees_equal 20 "and follows it when it is back"

ticks() { awk '{print $14 + $15}' "/proc/$agent_pid/stat"; }
switches() { awk '/ctxt_switches/ {s += $2} END {print s}' "/proc/$agent_pid/status"; }
# the trees are equal before the last events of what came back are delivered
sleep 15
before=$(switches)
sleep 6
equal "idle, it does not wake up in six seconds" 0 "$(($(switches) - before))"

agent_stop
equal "it ends at SIGTERM" 0 "$?"
rdma link del rxe8
ip link del d0
rxe_del 1
[ "$ktap_failed" -eq 0 ] || tail -n 30 "$work/agent.log" | sed 's/^/# /'
finish
