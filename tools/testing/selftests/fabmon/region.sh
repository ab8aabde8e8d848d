#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Regions: made, committed, torn down; volatile, persistent, interleaved. What
# a topology does not have is left to the other one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"
cxl_start
echo online_movable >/sys/devices/system/memory/auto_online_blocks

# life TEXT WAYS DECODER ARGUMENT...: one region's life
life() {
	local text=$1 ways=$2 root=$3 listed node root_id

	shift 3
	stream_start
	if ! region_make -d "$root" "$@"; then
		fail "$text: cxl(1) makes and commits it" "$(cat "$work/err")"
		stream_stop
		return
	fi
	picture_is "K1: $text: every edge is what sysfs has" 5
	listed=$(cxl list -RT -r "$region")
	node=$(nodes ".[] | select(.name == \"$region\")")
	root_id=$(node_id "$root")
	equal "K1: $text: committed, bound, $ways targets, below the root decoder" \
		"[true,$ways,\"cxl_region\",$root_id]" \
		"$(jq -c '[."cxl-region".committed, ."cxl-region".targets, .driver, .parent]' <<<"$node")"
	equal "K1: $text: the targets in the order of cxl(1)" \
		"$(jq -c '[.[0].mappings | sort_by(.position)[].decoder]' <<<"$listed")" \
		"$(jq -c '[[.edges[] | select(.type == "target")] | sort_by(.index)[] |
			.path | sub(".*/"; "")]' <<<"$node")"
	check "K1: $text: each target is a node" jq -e '[.edges[] | select(.type == "target")] |
		length > 0 and all(.[]; .node > 0)' <<<"$node"
	region_destroy "$region"
	stream_stop 1.5

	check "K3: $text: notified when made, without a driver" stream "[.[] |
		select(.op == \"add\" and .node.name == \"$region\")] |
		length == 1 and .[0].node.driver == null and .[0].cause == [\"scan\"]"
	check "K3: $text: notified when bound, and why" stream "[.[] | select(.op == \"change\" and
		.node.name == \"$region\" and .node.driver == \"cxl_region\" and
		(.cause | index(\"bind\")))] | length > 0"
	check "K3: $text: notified when committed" stream "[.[] | select(.op == \"change\" and
		.node.name == \"$region\" and .node.\"cxl-region\".committed)] | length > 0"
	check "K3: $text: notified when unbound, and why" stream "[.[] | select(.op == \"change\" and
		.node.name == \"$region\" and .node.driver == null and
		(.cause | index(\"unbind\")))] | length > 0"
	check "K3: $text: notified when gone" stream "[.[] | select(.op == \"delete\" and
		.node.name == \"$region\")] | length == 1"
	no_gap "K3: $text: the sequence has no gap"
	picture_is "K1: $text: the picture is that of sysfs afterwards" 5
}

volatile=
[ -e "$bus/decoder0.0/create_ram_region" ] && volatile=1
if [ -z "$volatile" ]; then
	skip "volatile regions" "this kernel makes none"
elif [ -n "$(mem_of 0x1234)" ]; then
	life "volatile region" 1 decoder0.0 -t ram -m "$(mem_of 0x1234)" -s 256M
	life "volatile region behind a switch" 1 decoder0.0 -t ram -m "$(mem_of 0x2345)" -s 256M
elif [ -n "$(mem_of 0x1003)" ]; then
	life "2-way region over two bridges" 2 decoder0.0 -t ram -w 2 -s 512M \
		-m "$(mem_of 0x1001)" "$(mem_of 0x1003)"
	life "4-way region" 4 decoder0.0 -t ram -w 4 -s 1G -m "$(mem_of 0x1001)" \
		"$(mem_of 0x1003)" "$(mem_of 0x1002)" "$(mem_of 0x1004)"
fi
pmem=$(mem_of 0x3456)
if [ -n "$pmem" ]; then
	# the window of its own host bridge alone, whichever number that got; on
	# 6.1 the target is the bridge's ACPI device
	bridge=$(readlink -f "$bus/$pmem" | cut -d/ -f1-4)
	while read -r name path; do
		[ -e "/sys$path/physical_node" ] && path=$path/physical_node
		[ "$(readlink -f "/sys$path")" != "$bridge" ] || window=$name
	done < <(fabmon show -j | jq -r '.[] | select(.kind == "cxl-root-decoder") |
		([.edges[] | select(.type == "target")]) as $t |
		select(($t | length) == 1) | "\(.name) \($t[0].path)"')
	life "persistent region" 1 "$window" -t pmem -m "$pmem" -s 256M
fi

# Committed and reset by hand, without a driver: within the time that a new
# region is looked at, it is seen.
if [ -n "$volatile" ] && [ -n "$(mem_of 0x1234)" ]; then
	endpoint=$(nodes "(.[] | select(.name == \"$(mem_of 0x1234)\") | .id) as \$m | .[] |
		select(.kind == \"cxl-endpoint\" and any(.edges[]; .node == \$m)) | .name" | jq -r .)
	decoder=decoder${endpoint#endpoint}.0
	stream_start
	read -r region <"$bus/decoder0.0/create_ram_region"
	echo "$region" >"$bus/decoder0.0/create_ram_region"
	echo 256 >"$bus/$region/interleave_granularity"
	echo 1 >"$bus/$region/interleave_ways"
	echo ram >"$bus/$decoder/mode"
	echo 0x10000000 >"$bus/$decoder/dpa_size"
	echo 0x10000000 >"$bus/$region/size"
	echo "$decoder" >"$bus/$region/target0"
	echo 1 >"$bus/$region/commit"
	stream_stop 3
	check "K3: a commit by hand is seen without a bind" stream "[.[] | select(.op == \"change\"
		and .node.name == \"$region\" and .node.driver == null and
		.node.\"cxl-region\".committed)] | length > 0"
	picture_is "K1: the picture is that of sysfs then"
	region_destroy "$region"
	picture_is "K1: and when it is gone" 5
fi
finish
