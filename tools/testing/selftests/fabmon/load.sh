#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Loading and unloading in every order that the dependencies allow, with
# devices there, readers active, and things changing.
. "$(dirname "$0")/lib.sh"

unload
check "K7: the core loads alone" load fabmon
equal "K1: the core alone has no nodes" 0 "$(nodes length || echo 0)"
check "K7: the RDMA provider loads without a device" load fabmon_rdma
check "K7: an RDMA device appears" rxe_add 0
equal "K1: the device and its port are nodes" 2 \
	"$(nodes '[.[] | select(.kind | startswith("rdma"))] | length')"
check "K5: the core stays while a provider needs it" \
	sh -c '! rmmod fabmon 2>/dev/null'
check "K5: the RDMA provider unloads with a device there" unload fabmon_rdma
equal "K1: its nodes are gone" 0 "$(nodes length)"
check "K7: it loads again with a device there" load fabmon_rdma
equal "K1: and finds the device" 2 "$(nodes length)"

if cxl_modules; then
	check "K7: the CXL provider loads second" load fabmon_cxl
	count=$(nodes '[.[] | select(.kind | startswith("cxl"))] | length')
	check "K7: it finds what is on the bus" test "$count" -gt 4
	check "K5: the CXL provider unloads first" unload fabmon_cxl
	check "K5: the RDMA provider unloads next" unload fabmon_rdma
	check "K7: the CXL provider loads first" load fabmon_cxl
	check "K7: the RDMA provider loads after it" load fabmon_rdma
	equal "K1: as many CXL nodes as before" "$count" \
		"$(nodes '[.[] | select(.kind | startswith("cxl"))] | length')"
else
	skip "CXL provider" "no CXL here"
fi

# Users active: a reader of the stream, one that is stopped with its socket
# full, one that dumps without end, and a device that comes and goes.
stream_start
fabmon monitor -j >/dev/null 2>&1 &
children+=($!)
stopped=$!
sleep 0.3
kill -STOP "$stopped"
( while :; do fabmon show -j >/dev/null 2>&1; done ) &
children+=($!)
dumper=$!
(
	n=0
	while [ $((n += 1)) -le 15 ]; do
		rxe_add 9 && rxe_del 9
	done
) >/dev/null 2>&1 &
churn=$!
for round in 1 2 3 4 5; do
	until_true 20 rmmod fabmon_rdma || echo "# round $round: rmmod failed"
	load fabmon_rdma
done
wait "$churn"
check "K5: five reloads under load leave it working" \
	sh -c "fabmon show -j | jq -e 'map(select(.name==\"rxe0\")) | length == 1'"

start=$(date +%s%N)
rxe_del 0
took=$((($(date +%s%N) - start) / 1000000))
check "K5: a stopped reader delays no removal (${took} ms)" test "$took" -lt "$held_up"

kill -CONT "$stopped"
kill "$dumper" "$stopped"
wait "$dumper" "$stopped" 2>/dev/null
stream_stop
check "K5: the whole unloads with a stream that was open" unload
check "K7: nothing of it is left" sh -c '! grep -q ^fabmon /proc/modules'
check "K7: and loads again" load
finish
