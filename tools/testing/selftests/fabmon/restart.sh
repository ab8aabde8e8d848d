#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# fabmond, the OFMF and the link between them come and go.
. "$(dirname "$0")/lib.sh"
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
