#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Several OFMFs at once, of which one is not there; and what the service manager
# and an operator are notified of meanwhile.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/daemon_lib.sh"

load || { skip "all" "the modules do not load"; finish; }
cxl_modules && until_true 20 test -e /sys/bus/cxl/devices/mem1
rxe_add 0 || { skip "all" "no rxe here"; finish; }
agent_setup
cat >>"$work/fabmond.conf" <<END
control_socket = $work/control
[ofmf rack7]
url = http://127.0.0.1:5910
register_spread = 0
[ofmf gone]
url = http://127.0.0.1:5911
register_spread = 0
[ofmf plain]
profile = redfish
END
rack7=http://127.0.0.1:5910
gone=http://127.0.0.1:5911

# other PORT COMMAND...: for the OFMF that listens there
other() {
	local OFMF_PORT=$1 OFMF=http://127.0.0.1:$1

	shift
	"$@"
}

"$(dirname "$0")/notified.py" "$work/notify" >"$work/notified" 2>&1 &
children+=("$!")
until_true 10 grep -q listening "$work/notified" ||
	{ fail "the service manager is played" "$(cat "$work/notified")"; finish; }
notified() { cut -d' ' -f2- "$work/notified"; }
last_status() { notified | sed -n 's/^STATUS=//p' | tail -n 1; }

check "two OFMFs start" ofmf_start --conformant
check "the other one" other 5910 ofmf_start --conformant
export NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=2000000
check "fabmond starts" agent_start
unset NOTIFY_SOCKET WATCHDOG_USEC

# READY: with the first dump in the tree (its status comes with it), and once
check "it says that it is ready" until_true 10 sh -c "grep -q 'READY=1' '$work/notified'"
equal "once" 1 "$(notified | grep -c '^READY=1')"
before=$(notified | sed -n '/^READY=1/,$s/^STATUS=//p' | head -n 1)
resources=$(tree_wanted | jq length)
check "the first dump is in the tree then: $before" \
	test "$(sed -n 's/^following the kernel; \([0-9]*\) resources;.*/\1/p' <<<"$before")" = "$resources"

trees_equal 30 "the first has what the kernel has"
other 5910 trees_equal 30 "so has the second"
one=$(curl -sf "$AGENT/redfish/v1/EventService/Subscriptions/SunfishServer" | jq -r .Context)
two=$(curl -sf "$AGENT/ofmf/rack7/redfish/v1/EventService/Subscriptions/SunfishServer" | jq -r .Context)
check "each knows the host by a name of its own" \
	test -n "$one" -a -n "$two" -a "$one" != "$two"
system=$(curl -sf "$AGENT/redfish/v1/Systems" | jq -r '.Members[0]."@odata.id"')
agent_in() { curl -sf "$1$system" | jq -r '.Oem.Sunfish_RM.ManagingAgent."@odata.id" | split("/") | last'; }
equal "and finds it in what it reads: the first" "$one" "$(agent_in "$AGENT")"
equal "the second" "$two" "$(agent_in "$AGENT/ofmf/rack7")"
equal "and in what it has: the first" "$one" "$(agent_in "$OFMF")"
equal "the second" "$two" "$(agent_in "$rack7")"
equal "an OFMF that there is not sees nothing" 404 \
	"$(curl -s -o /dev/null -w '%{http_code}' "$AGENT/ofmf/nobody/redfish/v1/")"

rxe_add 1
check "a new device arrives at the first while one is gone" \
	until_true 5 sh -c "curl -sf $OFMF/standin/tree | grep -q rxe1"
check "and at the second" \
	until_true 5 sh -c "curl -sf $rack7/standin/tree | grep -q rxe1"

# how it stands
check "the status says so: $(last_status)" until_true 5 sh -c \
	"tail -n 5 '$work/notified' | grep -q 'OFMF: rack7 registered; gone not registered, .* failures in a row; plain subscribes; registered\$'"
check "fabmon status has each of them" sh -c \
	"fabmon -j --socket '$work/control' status | jq -e '[.receivers[] | [.name, .state]] == [[\"rack7\", \"registered\"], [\"gone\", \"not registered\"], [\"plain\", \"subscribes\"], [null, \"registered\"]]'"
check "what is pending for the one that is gone is seen" sh -c \
	"fabmon -j --socket '$work/control' status | jq -e '.receivers[] | select(.name == \"gone\") | .failures > 0'"
kill -USR1 "$agent_pid"
check "SIGUSR1 has a line for each" until_true 5 sh -c \
	"[ \$(grep -c 'status: OFMF.*: ' '$work/agent.log') = 4 ]"

other 5911 ofmf_start
OFMF=$gone check "the one that was gone is registered with when it is there" \
	until_true 70 sh -c "curl -sf $gone/standin/tree | grep -q rxe1"
check "and the status follows" until_true 10 sh -c \
	"tail -n 3 '$work/notified' | grep -q 'gone registered;'"

# the watchdog is fed by the loop itself
fed() { notified | grep -c '^WATCHDOG=1'; }
n=$(fed)
sleep 4
check "the loop feeds the watchdog" test "$(fed)" -gt "$n"
kill -STOP "$agent_pid"
sleep 1
n=$(fed)
sleep 4
equal "and not where it stands still" "$n" "$(fed)"
kill -CONT "$agent_pid"

agent_stop
equal "it ends at SIGTERM" 0 "$?"
check "and says that it stops" sh -c "grep -q 'STOPPING=1' '$work/notified'"
rxe_del 0
rxe_del 1
[ "$ktap_failed" -eq 0 ] || tail -n 30 "$work/agent.log" | sed 's/^/# /'
finish
