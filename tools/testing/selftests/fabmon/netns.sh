#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Two network namespaces, in both modes of the RDMA subsystem: each sees what
# rdma(8) shows there, and has a stream without holes.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/rdma_lib.sh"

rdma_load || { skip "all" "the modules do not load"; finish; }
rxe_add 1 || { skip "all" "no rxe here"; finish; }
ip link add d0 type dummy
mock_load netdev=d0 || { skip "all" "mock_ib does not load"; finish; }
cxl_modules && load fabmon_cxl
cxl=$(nodes '[.[] | select(.kind | startswith("cxl"))] | length')

there() { ip netns exec fm1 "$@"; }
rdma_names() { "$@" rdma -j dev show | jq -c '[.[].ifname] | sort'; }
fabmon_names() {
	"$@" fabmon show -j | jq -c '[.[] | select(.kind == "rdma-dev") | .name] | sort'
}
cookie() { "$@" fabmon show -j | jq '[.[]."rdma-dev" | select(. != null)][0]."netns-cookie"'; }

# streams_start NAME: one here, $here, and one there, $elsewhere
streams_start() {
	stream_start
	here=$stream_file here_pid=$stream_pid
	elsewhere=$work/elsewhere.$1
	# no function: the process is to be the one that gets the signal
	ip netns exec fm1 fabmon monitor -j >"$elsewhere" 2>"$elsewhere.err" &
	elsewhere_pid=$!
	children+=("$elsewhere_pid")
	until_true 10 grep -q ready "$elsewhere.err"
}
streams_stop() {
	sleep 1
	kill -INT "$here_pid" "$elsewhere_pid" 2>/dev/null
	wait "$here_pid" "$elsewhere_pid" 2>/dev/null
	stream_sound "$here" "$1, here"
	stream_sound "$elsewhere" "$1, there"
}
# in_file FILE FILTER: over what came
in_file() { jq -sce "$2" "$1"; }

# Shared: all namespaces see all devices.
if ! rdma system set netns shared || ! ip netns add fm1; then
	skip "all" "no namespaces here"
	finish
fi
equal "K6: shared: here as rdma(8) shows" "$(rdma_names)" "$(fabmon_names)"
equal "K6: shared: there as rdma(8) shows" "$(rdma_names there)" "$(fabmon_names there)"
equal "K6: CXL is seen here" "$cxl" "$(nodes '[.[] | select(.kind | startswith("cxl"))] | length')"
equal "K6: CXL is not seen there" 0 \
	"$(there fabmon show -j | jq '[.[] | select(.kind | startswith("cxl"))] | length')"
streams_start shared
rdma dev set mock0 name shared0
check "K6: shared: a change is notified here" until_true 10 in_file "$here" \
	'any(.[]; .node.name == "shared0")'
check "K6: shared: and there" until_true 10 in_file "$elsewhere" \
	'any(.[]; .node.name == "shared0")'
rdma dev set shared0 name mock0
streams_stop shared
ip netns del fm1
# the namespace goes in its own time, and the mode may change only then
exclusive() { rdma system set netns exclusive; }
until_true 10 exclusive || { fail "exclusive mode" "$(exclusive 2>&1)"; finish; }

# Exclusive: each sees its own.
ip netns add fm1
equal "K6: exclusive: here as rdma(8) shows" "$(rdma_names)" "$(fabmon_names)"
equal "K6: exclusive: there as rdma(8) shows: nothing" "[]" "$(fabmon_names there)"
id=$(node mock0/1 | jq .id)
there fabmon show -j "$id" >"$work/foreign" 2>&1
check "K6: a node of another namespace is not to be had by its id" \
	sh -c "! grep -q mock0 '$work/foreign'"
streams_start exclusive
before=$(cookie)
check "a device moves" rdma dev set mock0 netns fm1
check "K6: it is gone here, its ports first" until_true 10 in_file "$here" \
	'[.[] | select(.op == "delete") | .node.name] == ["mock0/2", "mock0/1", "mock0"]'
check "K6: and new there" until_true 10 in_file "$elsewhere" \
	'[.[] | select(.op == "add") | .node.name] == ["mock0", "mock0/1", "mock0/2"]'
equal "K6: here as rdma(8) shows" "$(rdma_names)" "$(fabmon_names)"
equal "K6: there as rdma(8) shows" "$(rdma_names there)" "$(fabmon_names there)"
equal "K6: its net device, which stayed, is not in its node there" 0 \
	"$(there fabmon show -j | jq '[.[].edges[]] | length')"
equal "K6: its board id is" '"MOCK0000000001"' \
	"$(there fabmon show -j | jq '.[0]."rdma-dev"."board-id"')"
check "K6: the namespace's cookie is another" test "$before" != "$(cookie there)"
there rdma dev set mock0 name moved0
check "K6: what happens to it is notified there" until_true 10 \
	in_file "$elsewhere" 'any(.[]; .node.name == "moved0/2")'
mock_event 1 fatal
check "K6: events, too" until_true 10 in_file "$elsewhere" 'any(.[]; .op == "event")'
check "K6: and neither here" sh -c "! grep -qE 'moved0|\"event\":' '$here'"
rdma dev set rxe1 name stayed1
check "K6: what happens here is notified here" until_true 10 \
	in_file "$here" 'any(.[]; .node.name == "stayed1/1")'
check "K6: and not there" sh -c "! grep -q stayed1 '$elsewhere'"
rdma dev set stayed1 name rxe1
sleep 1
kill -INT "$elsewhere_pid"
wait "$elsewhere_pid" 2>/dev/null
ip netns del fm1
check "K6: it comes back when its namespace goes" until_true 20 \
	in_file "$here" 'any(.[]; .op == "add" and .node.name == "moved0")'
equal "K6: and its net device is in its node" 2 \
	"$(nodes '[.[] | select(.name | startswith("moved0")) | .edges[]] | length')"
streams_stop exclusive
rmmod mock_ib
rdma link del rxe1
ip link del d0
ip link del d1
check "shared mode again" until_true 20 rdma system set netns shared
unload fabmon_cxl
finish
