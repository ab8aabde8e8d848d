#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# CXL memory comes online as system memory and goes offline, with daxctl(1) and
# sysfs as the oracle. Topology: cxl-basic.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"
cxl_start
[ -e "$bus/decoder0.0/create_ram_region" ] ||
	{ skip "all" "this kernel makes no volatile regions"; finish; }
modprobe -a device_dax dax_cxl kmem || { skip "all" "no device-dax for CXL"; finish; }
check "K7: the capability is there" has memory

# Only what can go offline again may be put there.
auto=/sys/devices/system/memory/auto_online_blocks
was=$(cat $auto)
echo online_movable >$auto
block=$((16#$(cat /sys/devices/system/memory/block_size_bytes)))

# blocks TYPE: address, length and node of each event, sorted
blocks() {
	jq -sc "[.[] | select(.event.type == \"$1\") | .event |
		[.hpa, .length, .\"numa-node\"]] | sort" "$stream_file"
}

stream_start
region_make -t ram -d decoder0.0 -m "$(mem_of 0x1234)" -s 256M
check "cxl(1) makes a region: $region" test -n "$region"
until_true 10 sh -c "daxctl list | jq -e '.[] | select(.mode == \"system-ram\")'"
picture_is "K1: memory and DAX device are edges, as in sysfs" 5
stream_stop 1
dax=$(daxctl list | jq -r '.[0].chardev')
numa=$(daxctl list | jq '.[0].target_node')
start=$(($(cat "$bus/$region/resource")))
size=$(($(cat "$bus/$region/size")))
want=$(for ((at = start; at < start + size; at += block)); do
	echo "[$at,$block,$numa]"
done | jq -sc .)

equal "K1: the region's memory is one range of one node" \
	"[{\"start\":$start,\"size\":$size,\"numa-node\":$numa}]" \
	"$(nodes "[.[] | select(.name == \"$region\") | .edges[] |
		select(.type == \"memory\") | {start, size, \"numa-node\"}]")"
equal "K1: the DAX device is that of daxctl(1)" "\"$dax\"" \
	"$(nodes '.[] | select(.kind == "cxl-dax-region") | .edges[] |
		select(.type == "dax") | .path | sub(".*/"; "")')"
equal "K3: each block was notified when it came online, to everyone" \
	"$want" "$(blocks memory-online)"
id=$(node_id "$region")
check "K3: with its region, although that was new" stream "[.[] |
	select(.event.type == \"memory-online\")] | all(.[];
	.event.region == $id and .event.node == $id and .cause == [\"memory\"])"
check "K3: the region's change names memory as its cause" stream "[.[] |
	select(.op == \"change\" and .node.name == \"$region\" and
	any(.node.edges[]; .type == \"memory\")) | .cause] | .[0] | index(\"memory\") != null"

stream_start
check "daxctl(1) takes the memory offline" daxctl offline-memory "$dax"
stream_stop 1
equal "K3: each block was notified when it went offline, with its node" \
	"$want" "$(blocks memory-offline)"
check "K3: the region's memory goes with it" stream "[.[] | select(.op == \"change\" and
	.node.name == \"$region\")] | .[-1].node | any(.edges[]; .type == \"memory\") | not"
picture_is "K1: the picture is that of sysfs"

# Half of it, by hand: the first block alone.
first=/sys/devices/system/memory/memory$((start / block))
stream_start
echo online_movable >"$first/state"
stream_stop 1
equal "K3: one block online" "[[$start,$block,$numa]]" "$(blocks memory-online)"
equal "K1: the range is what is online of the region" \
	"[[$start,$block]]" "$(nodes "[.[] | select(.name == \"$region\") | .edges[] |
		select(.type == \"memory\") | [.start, .size]]")"
no_gap "K3: the sequence has no gap"

# What is online already is found when the module is loaded.
rmmod fabmon_cxl && load
picture_is "K1: a module loaded later finds the memory that is online"
equal "K1: it has the range" "[[$start,$block,$numa]]" \
	"$(nodes "[.[] | select(.name == \"$region\") | .edges[] |
		select(.type == \"memory\") | [.start, .size, .\"numa-node\"]]")"

# Another 20 times, quickly: nothing is missed, and the end is right.
stream_start
for _ in $(seq 10); do
	echo offline >"$first/state"
	echo online_movable >"$first/state"
done
stream_stop 1
equal "K4: 10 times on and off: all notified" "10 10" \
	"$(events memory-online | jq length) $(events memory-offline | jq length)"
picture_is "K1: the picture is that of sysfs afterwards"

echo offline >"$first/state"
region_destroy "$region"
picture_is "K1: and when the region is gone" 5
echo "$was" >$auto
finish
