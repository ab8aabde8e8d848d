#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# fabmond, the OFMF and the link between them come and go.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"
. "$(dirname "$0")/daemon_lib.sh"

load || { skip "all" "the modules do not load"; finish; }
cxl_modules && until_true 20 test -e /sys/bus/cxl/devices/mem1
rxe_add 0 || { skip "all" "no rxe here"; finish; }
agent_setup

agent_start
check "without an OFMF fabmond says what is wrong" until_true 15 \
	grep -q 'warning: .*unreachable' "$work/agent.log"
sleep 4
check "and serves and goes on" curl -sf "$AGENT/redfish/v1/Systems"
equal "and says it once" 1 "$(grep -c 'warning: .*unreachable' "$work/agent.log")"
ofmf_start --conformant
trees_equal 70 "it registers when the OFMF is there"

agent_stop KILL
ip link set d0 down
agent_start
trees_equal 30 "after kill -9 it is registered as before"
equal "once" 1 "$(agents)"
ip link set d0 up

# Health and its log. The device that QEMU calls cxl-vmem0, by its serial number;
# one RDMA port.
device=$(curl -sf "$AGENT/redfish/v1/Chassis" | jq -r '.Members[0]."@odata.id"')
memory=$device/PCIeDevices/cxl-0000000000001234/CXLLogicalDevices/0
nic=$(curl -sf "$AGENT$device/NetworkAdapters" | jq -r '.Members[0]."@odata.id"')
nic_log=${device/Chassis/Systems}/LogServices/${nic##*/}

inject() {
	echo "$1 {\"path\": \"/machine/peripheral/cxl-vmem0\", $2}" |
		vmctl batch >/dev/null
}

# asks URI JQ-CONDITION
asks() { curl -sf "$AGENT$1" | jq -e "$2" >/dev/null; }
log_ids() { curl -sf "$AGENT$1/Entries" | jq -c '[.Members[]."@odata.id"]'; }

if command -v vmctl >/dev/null && has event-dram; then
	inject cxl-inject-dram-event '"log": "failure", "flags": 1, "dpa": 8192, "descriptor": 1, "type": 0, "transaction-type": 4'
	check "an uncorrected error makes the device critical" until_true 10 \
		asks "$memory" '.Status.Health == "Critical"'
	check "it is in the log, and in the events" until_true 10 \
		ofmf_logged '.message_id == "Platform.1.3.MemoryUncorrectableError"'
	ids=$(log_ids "$memory/DeviceLog")
	check "the log has its entry" jq -e 'length == 1' <<<"$ids"
	links=$(curl -sf "$AGENT$nic_log/Entries" | jq '.Members | length')
	agent_stop KILL
	inject cxl-inject-memory-module-event '"log": "warning", "flags": 1, "type": 3, "health-status": 3, "media-status": 7, "additional-status": 33, "life-used": 30, "temperature": -15, "dirty-shutdown-count": 4, "corrected-volatile-error-count": 3233, "corrected-persistent-error-count": 1300'
	ip link set d0 down
	ip link set d0 up
	sleep 1
	agent_start
	check "after kill -9 the device is critical" \
		asks "$memory" '.Status.Health == "Critical"'
	check "and its entry is where it was" asks "$(jq -r '.[0]' <<<"$ids")" \
		'.MessageId == "Platform.1.3.MemoryUncorrectableError"'
	check "and what happened meanwhile is in the log" asks \
		"$memory/DeviceLog/Entries" '.Members | length == 2'
	check "once" sh -c "curl -sf '$AGENT$memory' |
		jq -e '.Status.Conditions | length == 2'"
	check "a link that went and came meanwhile, too" asks \
		"$nic_log/Entries" ".Members | length == $((links + 2))"
	check "the port is well" asks "$nic/Ports/1" '.Status.Health == "OK"'
	check "its log can be cleared" curl -sf -X POST -d '{}' \
		-H 'Content-Type: application/json' \
		"$AGENT$memory/DeviceLog/Actions/LogService.ClearLog"
	check "and all is well then" asks "$memory" '.Status.Health == "OK"'
	agent_stop KILL
	agent_start
	check "for good" asks "$memory" '.Status.Health == "OK"'
else
	skip "health over restarts" "no CXL events here"
fi

# A link that flaps is reported once, and in the end shown as it is.
agent_stop
mv "$work/fabmond.conf" "$work/whole.conf"
sed 's/^flap_count.*/flap_hold = 2\nflap_quiet = 4/' "$work/whole.conf" \
	>"$work/fabmond.conf"
agent_start
flaps() { jq -s 'map(select((.message_id // "") | endswith(".LinkFlapDetected"))) |
	length' "$work/ofmf.log"; }
before=$(flaps)
for _ in $(seq 40); do
	ip link set d0 down
	ip link set d0 up
done
check "a port that flaps is warned of" until_true 5 \
	asks "$nic/Ports/1" '.Status.Health == "Warning"'
ip link set d0 down
check "what it is in the end is shown" until_true 10 \
	asks "$nic/Ports/1" '.LinkStatus != "LinkUp"'
check "when it is quiet it is well" until_true 20 \
	asks "$nic/Ports/1" '.Status.Health == "OK"'
trees_equal 30 "and all is delivered"
equal "of the flapping once" "$((before + 1))" "$(flaps)"
ip link set d0 up
agent_stop
mv "$work/whole.conf" "$work/fabmond.conf"
agent_start
trees_equal 30 "without damping all is as before"

rm -rf "$work/state"/*
agent_stop
agent_start
trees_equal 30 "with its state lost it finds its registration again"
equal "once" 1 "$(agents)"

curl -sf -X POST "$OFMF/ResetResources"
ip link set d0 down
trees_equal 70 "after the OFMF was wiped it registers anew"
ip link set d0 up

ofmf_stop
ip link set d0 mtu 1300
rxe_add 1
sleep 2
ofmf_start --conformant
trees_equal 90 "after the OFMF was away (and forgot) all is there"
equal "once" 1 "$(agents)"
agent_stop
ofmf_stop

# What the reference server does: 409 on the second registration.
: >"$work/ofmf.log"
rm -rf "$work/state"/*
ofmf_start
agent_start
check "the reference behaviour: registered and uploaded" until_true 40 sh -c "curl -sf $OFMF/standin/tree | grep -q rxe0"
rm -rf "$work/state"/*
agent_stop
agent_start
sleep 6
equal "the reference behaviour: 409 is survived without a second source" 1 "$(agents)"
check "fabmond knows its context again" sh -c "curl -sf $AGENT/redfish/v1/EventService/Subscriptions/SunfishServer | jq -e '.Context | length > 10'"
agent_stop
rxe_del 1
rxe_del 0
[ "$ktap_failed" -eq 0 ] || tail -n 40 "$work/agent.log" | sed 's/^/# /'
finish
