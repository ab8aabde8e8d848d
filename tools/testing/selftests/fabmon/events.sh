#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# CXL health events, injected into the emulated device from outside.
. "$(dirname "$0")/lib.sh"

command -v vmctl >/dev/null || { skip "all" "not in the test machine"; finish; }
load || { skip "all" "the modules do not load"; finish; }
cxl_modules || { skip "all" "no CXL here"; finish; }
until_true 20 test -e /sys/bus/cxl/devices/mem0

caps=$(fabmon info -j | jq -c .capabilities)
has() { jq -e "index(\"event-$1\") != null" >/dev/null <<<"$caps"; }

# The node of the device that QEMU calls cxl-vmem0: by its serial, 0x1234.
mem=$(cxl list -M | jq -r '.[] | select(.serial == 4660) | .memdev')
id=$(nodes ".[] | select(.name == \"$mem\") | .id")
event='.[] | select(.op == "event" and .event.type =='

inject() {
	vmctl qmp "$1" "{\"path\": \"/machine/peripheral/cxl-vmem0\", $2}"
}

stream_start --admin
inject cxl-inject-general-media-event '"log": "failure", "flags": 1, "dpa": 4096,
	"descriptor": 3, "type": 0, "transaction-type": 192, "channel": 3,
	"rank": 1, "device": 5, "component-id": "iel2"' >/dev/null
inject cxl-inject-dram-event '"log": "informational", "flags": 1, "dpa": 8192,
	"descriptor": 1, "type": 0, "transaction-type": 4, "channel": 2,
	"rank": 1, "nibble-mask": 64, "bank-group": 5, "bank": 2, "row": 13,
	"column": 7, "correction-mask": [33, 44, 55, 66]' >/dev/null
inject cxl-inject-memory-module-event '"log": "warning", "flags": 1, "type": 3,
	"health-status": 3, "media-status": 7, "additional-status": 33,
	"life-used": 30, "temperature": 40, "dirty-shutdown-count": 4,
	"corrected-volatile-error-count": 5,
	"corrected-persistent-error-count": 6' >/dev/null
sleep 2
inject cxl-inject-poison '"start": 2048, "length": 256' >/dev/null
[ -e "/sys/bus/cxl/devices/$mem/trigger_poison_list" ] &&
	echo 1 >"/sys/bus/cxl/devices/$mem/trigger_poison_list"
stream_stop 2

if has general-media; then
	check "general media: the device" stream "$event \"general-media\") | .event.node == $id"
	check "general media: log, address, descriptor" stream "$event \"general-media\") |
		.event | [.log, .dpa, .descriptor, .\"transaction-type\"] == [\"failure\", 4096, 3, 192]"
	check "general media: the fields marked valid" stream "$event \"general-media\") |
		.event | [.channel, .rank, .\"component-device\"] == [3, 1, 5]"
	check "general media: the raw record" stream "$event \"general-media\") |
		.event.raw | length >= 160"
else
	skip "general media" "this kernel has no usable tracepoint"
fi
if has dram; then
	check "DRAM: address and place" stream "$event \"dram\") | .event |
		[.log, .dpa, .channel, .rank, .\"bank-group\", .bank, .row, .column] ==
		[\"info\", 8192, 2, 1, 5, 2, 13, 7]"
else
	skip "DRAM" "this kernel has no usable tracepoint"
fi
if has memory-module; then
	check "memory module: health information" stream "$event \"memory-module\") | .event |
		[.log, .\"life-used\", .temperature, .\"dirty-shutdowns\",
		 .\"corrected-volatile-errors\", .\"corrected-persistent-errors\"] ==
		[\"warning\", 30, 40, 4, 5, 6]"
else
	skip "memory module" "this kernel has no usable tracepoint"
fi
if has poison; then
	check "poison: address and length" stream "[$event \"poison\") | .event |
		select(.dpa == 2048 and .length == 256)] | length >= 1"
else
	skip "poison" "this kernel has no usable tracepoint"
fi

if has memory-module; then
	stream_start
	inject cxl-inject-memory-module-event '"log": "fatal", "flags": 1, "type": 0,
		"health-status": 1, "media-status": 1, "additional-status": 1,
		"life-used": 1, "temperature": 1, "dirty-shutdown-count": 1,
		"corrected-volatile-error-count": 1,
		"corrected-persistent-error-count": 1' >/dev/null
	inject cxl-inject-general-media-event '"log": "failure", "flags": 1, "dpa": 4096,
		"descriptor": 3, "type": 0, "transaction-type": 192' >/dev/null
	stream_stop 2
	check "without privilege the event is told" stream \
		"[$event \"memory-module\")] | length == 1"
	check "without privilege there is no address and no raw record" stream \
		'[.[] | select(.op == "event") | .event | (.dpa, .hpa, .length, .raw)
		 | select(. != null)] | length == 0'
	check "the sequence has no gap without privilege either" stream \
		'[.[] | select(.seq != null) | .seq] | . as $s | . == [range($s[0]; $s[0] + length)]'
fi
finish
