#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# A client that subscribed at fabmond's EventService keeps a mirror of its tree,
# through kills of fabmond and its own absence.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/daemon_lib.sh"

MIRROR=http://127.0.0.1:5902
EVENTS=/redfish/v1/EventService

load || { skip "all" "the modules do not load"; finish; }
rxe_add 0 || { skip "all" "no rxe here"; finish; }
agent_setup
printf '[events]\nretry_interval = 1\n' >>"$work/fabmond.conf"
agent_start
"$(dirname "$0")/mirror.py" "$AGENT" 5902 "$work/received" &
children+=($!)
until_true 10 curl -sf "$MIRROR/"

# mirror WHAT: tells it to read, refuse or accept
mirror() { curl -sf -X POST "$MIRROR/$1"; }

mirror_equal() {
	tree_wanted | jq -S "$tree_normal" >"$work/wanted.json"
	curl -sf "$MIRROR/" | jq -S "$tree_normal" >"$work/has.json"
	[ "$(jq length "$work/wanted.json")" -gt 3 ] || return 1
	diff -u "$work/wanted.json" "$work/has.json" | head -n 60
	return "${PIPESTATUS[0]}"
}

# mirrored SECONDS DESCRIPTION
mirrored() {
	if until_true "$1" mirror_equal; then
		pass "$2"
	else
		fail "$2" "$(mirror_equal)"
	fi
}

received() { wc -l <"$work/received"; }

subscribe() {
	curl -sf -X POST -H 'Content-Type: application/json' \
		"$AGENT$EVENTS/Subscriptions" -d "{\"Protocol\": \"Redfish\",
		\"Destination\": \"$MIRROR/events\",
		\"DeliveryRetryPolicy\": \"RetryForever\"}"
}

check "it subscribes" subscribe
check "and reads the tree" mirror read
mirrored 10 "it has the tree"
ip link set d0 down
mirrored 10 "it follows a change"

agent_stop KILL
agent_start
sleep 3
received=$(received)
agent_stop KILL
agent_start
sleep 3
equal "fabmond is killed and nothing happens: there is nothing to tell" \
	"$received" "$(received)"

agent_stop KILL
ip link set d0 up
rxe_add 1
agent_start
mirrored 20 "what happened while fabmond was dead is delivered"
agent_stop KILL
rxe_del 1
agent_start
mirrored 20 "what went, too"

for _ in $(seq 10); do
	ip link set d0 down
	rxe_add 1
	sleep "0.0$((RANDOM % 10))"
	ip link set d0 up
	rxe_del 1
	sleep "0.0$((RANDOM % 10))"
	agent_stop KILL
	agent_start
done
mirrored 20 "killed at any time, ten times"

# a day, delivered as its difference
mirror refuse
for _ in $(seq 50); do
	ip link set d0 down
	ip link set d0 up
done
sleep 1
agent_stop KILL
agent_start
ip link set d0 down
sleep 1
received=$(received)
mirror accept
mirrored 20 "it comes back and catches up"
twice=$(tail -n "+$((received + 1))" "$work/received" | grep ' ResourceChanged ' |
	cut -d' ' -f3 | sort | uniq -d)
equal "no change is delivered twice" "" "$twice"

check "nothing was reported as lost" sh -c "! grep EventBufferExceeded '$work/received'"
agent_stop
rxe_del 0
[ "$ktap_failed" -eq 0 ] || tail -n 40 "$work/agent.log" | sed 's/^/# /'
finish
