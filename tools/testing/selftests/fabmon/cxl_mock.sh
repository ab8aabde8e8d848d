#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# CXL events from made-up records (tools/testing/kmod/mock_cxl.c), every field
# set: those that QEMU cannot inject, and more than can be queued. Any topology.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"
cxl_start

mount -t debugfs none /sys/kernel/debug 2>/dev/null
insmod "$FABMON_KMOD/mock_cxl.ko" || { skip "all" "mock_cxl does not load"; finish; }
fire() { echo "$*" >/sys/kernel/debug/mock_cxl/fire; }

mem=$(cxl list -M | jq -r '.[0].memdev')
pci=$(cxl list -M | jq -r '.[0].host')
id=$(node_id "$mem")
# an upstream port, or the root port that the device hangs from
port=$(nodes '[.[] | select(."cxl-port".role == "switch")] | .[0] // empty')
[ -n "$port" ] || port=$(nodes '[.[] | select(."cxl-port".role == "host-bridge")] | .[0]')
port_id=$(jq .id <<<"$port")
port_pci=$(jq -r '.pci // ([.edges[] | select(.type == "dport")][0].pci)' <<<"$port")
dport_pci=$(jq -r '[.edges[] | select(.type == "dport")][0].pci' <<<"$port")

component='"component-id": "202122232425262728292a2b2c2d2e2f", "component-id-pldm": 1'
header='"flags": 452, "record-length": 128, "related-handle": 258, "maint-op-class": 2,
	"maint-op-sub-class": 1, "ld-id": 772, "head-id": 5'
media='"dpa": 268435520, "dpa-flags": 3, "hpa": 4886716416, "descriptor": 7,
	"memory-event-type": 5, "transaction-type": 4, "channel": 6, "rank": 9'
alias=$([ "$FABMON_SERIES" = 7 ] && echo '"hpa-alias": 9181683712,')
place='"channel": 6, "rank": 9, "nibble-mask": 3355185, "bank-group": 3, "bank": 4,
	"row": 4407873, "column": 1286, "sub-channel": 1'
header_log=$(printf '%02x' $(seq 128 191))

# try CAPABILITY EVENT DEVICE LOG
try() {
	has "event-$1" || return
	shift
	fire "$@" || fail "$1 is attached" "fire $*"
}

stream_start --admin
try general-media general_media "$mem" 2
try dram dram "$mem" 1
try memory-module memory_module "$mem" 3
try memory-sparing memory_sparing "$mem" 0
try generic generic_event "$mem" 4
try poison poison "$mem"
try overflow overflow "$mem" 3
try aer aer_correctable_error "$mem"
try aer aer_uncorrectable_error "$mem"
stream_stop

# expect CAPABILITY TEXT TYPE WANTED
expect() {
	local capability=event-$1

	shift
	if has "$capability"; then
		event_is "$@"
		check "$1: its node" sh -c "jq -se '.[] | select(.event.type == \"$2\") |
			.event.node == $id and .event.device == \"$mem\"' '$stream_file'"
	else
		check "K7: $capability is absent, and why" sh -c "fabmon info -j | jq -e '
			.absences[] | select(.capability | index(\"$capability\")) | .reason'"
	fi
}

expect general-media "general media, all set" general-media "{$header, $media, $alias
	\"log\": \"failure\", \"uuid\": \"fbcd0a77-c260-417f-85a9-088b1621eba6\",
	$component, \"component-device\": 1249809, \"threshold-flags\": 3,
	\"corrected-errors\": 197121, \"sub-type\": 2}"
expect dram "DRAM, all set" dram "{$header, $media, $alias $place, $component,
	\"log\": \"warning\", \"uuid\": \"601dcbb3-9c06-4eab-b8af-4e9bfb5c9624\",
	\"correction-mask\": \"$(printf '%02x' $(seq 96 127))\",
	\"threshold-flags\": 2, \"corrected-volatile\": 394500, \"sub-type\": 3}"
expect memory-module "memory module, all set" memory-module "{$header, $component,
	\"log\": \"fatal\", \"uuid\": \"fe927475-dd59-4339-a586-79bab113b774\",
	\"module-event-type\": 3, \"health-status\": 5, \"media-status\": 4,
	\"additional-status\": 21, \"life-used\": 77, \"temperature\": -40,
	\"dirty-shutdowns\": 16909060, \"corrected-volatile-errors\": 84281096,
	\"corrected-persistent-errors\": 151653132, \"sub-type\": 1}"
expect memory-sparing "memory sparing, all set" memory-sparing "{$header, $place,
	$component, \"log\": \"info\", \"uuid\": \"e71f3a40-2d29-4092-8a39-4d1c966c7c65\",
	\"sparing-flags\": 3, \"result\": 1, \"spares\": 1800}"
expect generic "a record of another type" generic "{$header,
	\"log\": \"dynamic-capacity\", \"uuid\": \"00112233-4455-6677-8899-aabbccddeeff\"}"
expect poison "poison, all set" poison '{"poison-op": "inject", "poison-source": 3,
	"poison-flags": 3, "dpa": 536871040, "length": 128,
	"first-time": 1700000000000000001}'
expect overflow "overflow" overflow '{"log": "fatal", "count": 258,
	"first-time": 1700000000000000002, "last-time": 1700000000000000003}'
expect aer "correctable protocol error" aer-correctable "{\"status\": 65, \"pci\": \"$pci\"}"
expect aer "uncorrectable protocol error" aer-uncorrectable "{\"status\": 192,
	\"first-error\": 64, \"pci\": \"$pci\", \"header-log\": \"$header_log\"}"

if has event-port-aer; then
	stream_start --admin
	fire port_aer_correctable_error "$port_pci"
	fire port_aer_uncorrectable_error "$dport_pci"
	stream_stop
	event_is "correctable error of a port" aer-correctable \
		"{\"status\": 65, \"pci\": \"$port_pci\"}"
	event_is "uncorrectable error of a downstream port" aer-uncorrectable \
		"{\"status\": 192, \"first-error\": 64, \"pci\": \"$dport_pci\",
		  \"header-log\": \"$header_log\"}"
	equal "the port is the node of both" "[$port_id,$port_id]" \
		"$(jq -sc '[.[] | select(.op == "event") | .event.node]' "$stream_file")"
fi

if has event-aer; then
	stream_start
	fire aer_uncorrectable_error "$mem"
	[ ! "$(has event-generic && echo 1)" ] || fire generic_event "$mem"
	stream_stop
	check "K6: without privilege there is no header log, address or raw record" stream \
		'[.[] | select(.op == "event") | .event] | length > 0 and
		 all(.[]; has("header-log") or has("raw") or has("dpa") or has("hpa") | not)'
fi

# A flood: each event is notified, or counted as lost in the stream.
if has event-memory-module; then
	lost_before=$(fabmon info -j | jq '."lost-hook"')
	events_before=$(fabmon info -j | jq '.providers[] | select(.name == "cxl") | .events')
	start=$SECONDS
	fire memory_module "$mem" 0 100000
	echo "# 100,000 events took $((SECONDS - start)) s"
	sleep 1
	lost=$(($(fabmon info -j | jq '."lost-hook"') - lost_before))
	sent=$(($(fabmon info -j | jq '.providers[] | select(.name == "cxl") | .events') - events_before))
	echo "# sent $sent, lost $lost"
	# a notice of loss is an event as well, and has a number of its own
	check "K4: of 100,000 events none is lost unreported" \
		test $((sent + lost)) -ge 100000 -a "$lost" -le 100000
	# the same as a reader sees it
	stream_start
	fire memory_module "$mem" 0 4000
	stream_stop 3
	equal "K4: the reader counts them all, with the lost ones" 4000 \
		"$(jq -s '([.[] | select(.event.type == "memory-module")] | length) +
		   ([.[] | select(.event.type == "lost") | .event.count] | add // 0)' "$stream_file")"
	no_gap "K3: the sequence has no gap"
fi
rmmod mock_cxl
finish
