#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# A CXL memory device is plugged in, and pulled out without a word.
. "$(dirname "$0")/lib.sh"

command -v vmctl >/dev/null || { skip "all" "not in the test machine"; finish; }
load || { skip "all" "the modules do not load"; finish; }
cxl_modules || { skip "all" "no CXL here"; finish; }
until_true 20 test -e /sys/bus/cxl/devices/mem1

mems() { nodes '[.[] | select(.kind == "cxl-memdev" and .driver == "cxl_mem")] | length'; }
before=$(mems)
stream_start
check "QEMU adds a device" vmctl qmp device_add '{"driver": "cxl-type3",
	"bus": "hot0", "volatile-memdev": "hotmem", "id": "hot1", "sn": 22136}'
check "it becomes a node with its driver" until_true 30 sh -c \
	"[ \$(fabmon show -j | jq '[.[] | select(.kind == \"cxl-memdev\" and .driver == \"cxl_mem\")] | length') = $((before + 1)) ]"
check "QEMU pulls it" vmctl qmp device_del '{"id": "hot1"}'
check "its node goes" until_true 40 sh -c \
	"[ \$(fabmon show -j | jq '[.[] | select(.kind == \"cxl-memdev\")] | length') = $before ]"
stream_stop 1
check "its endpoint and decoders were told and are gone" stream '
	([.[] | select(.op == "add") | .node.id] - [.[] | select(.op == "delete") | .node.id]) == []'
check "the sequence has no gap" stream '[.[] | select(.seq != null) | .seq] |
	. as $s | length > 0 and . == [range($s[0]; $s[0] + length)]'
finish
