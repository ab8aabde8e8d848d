#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# A CXL memory device is plugged in, and pulled out without a word, with a
# region on it too. Topology: cxl-basic.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"

command -v vmctl >/dev/null || { skip "all" "not in the test machine"; finish; }
cxl_start

bound() { nodes "any(.[]; .kind == \"cxl-memdev\" and .pci == \"$1\" and .driver == \"cxl_mem\")"; }
mems() { nodes '[.[] | select(.kind == "cxl-memdev")] | length'; }
is_count() { [ "$(mems)" = "$1" ]; }
before=$(mems)

stream_start
check "QEMU adds a device" vmctl qmp device_add '{"driver": "cxl-type3",
	"bus": "hot0", "volatile-memdev": "hotmem", "id": "hot1", "sn": 22136}'
until_true 30 sh -c "cxl list -M | jq -e 'any(.[]; .serial == 22136)'"
mem=$(mem_of 22136)
pci=$(cxl list -M -m "$mem" | jq -r '.[0].host')
check "K3: it becomes a node with its driver: $mem" until_true 10 bound "$pci"
picture_is "K1: it, its endpoint and decoders, and the ports above, are as in sysfs" 5
region=
if [ -e "$bus/decoder0.0/create_ram_region" ]; then
	echo offline >/sys/devices/system/memory/auto_online_blocks
	region_make -t ram -d decoder0.0 -m "$mem" -s 256M
	check "it gets a region: $region" test -n "$region"
fi
check "QEMU pulls it" vmctl qmp device_del '{"id": "hot1"}'
check "K3: its node goes" until_true 40 is_count "$before"
stream_stop 1
check "K3: its endpoint and decoders were notified and are gone" stream '
	([.[] | select(.op == "add" and (.node.kind | test("region") | not)) | .node.id] -
	 [.[] | select(.op == "delete") | .node.id]) == []'
if [ -n "$region" ]; then
	check "K3: the region lost its driver, and that was notified" stream "[.[] |
		select(.node.name == \"$region\")] | .[-1] |
		.op == \"delete\" or .node.driver == null"
fi
no_gap "K3: the sequence has no gap"
picture_is "K1: the picture is that of sysfs afterwards" 5
[ -z "$region" ] || region_destroy "$region"

# Once more in the same slot: everything is new but the address.
vmctl qmp object-add '{"qom-type": "memory-backend-ram", "id": "m2",
	"size": 268435456, "share": true}' >/dev/null
until_true 20 sh -c "! vmctl qmp qom-list '{\"path\": \"/machine/peripheral\"}' | grep -q '\"hot1\"'"
check "QEMU adds another" vmctl qmp device_add '{"driver": "cxl-type3",
	"bus": "hot0", "volatile-memdev": "m2", "id": "hot2", "sn": 22137}'
check "K3: it becomes a node at the same address" until_true 30 bound "$pci"
picture_is "K1: the picture is that of sysfs" 5
finish
