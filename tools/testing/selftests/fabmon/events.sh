#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# CXL health events, injected into the emulated device from outside: every
# field of each. Topology: cxl-basic. What QEMU cannot inject is cxl_mock.sh's.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"

command -v vmctl >/dev/null || { skip "all" "not in the test machine"; finish; }
cxl_start

# The node of the device that QEMU calls cxl-vmem0: by its serial.
mem=$(mem_of 0x1234)
id=$(node_id "$mem")

inject_line() {
	echo "$1 {\"path\": \"/machine/peripheral/cxl-vmem0\", $2}"
}

inject() { inject_line "$@" | vmctl batch; }

# absent NAME: nothing to test because this kernel has no such tracepoint
absent() {
	has "event-$1" && return 1
	check "K7: $1 is absent, and why" sh -c "fabmon info -j | jq -e '
		.absences[] | select(.capability | index(\"event-$1\")) | .reason'"
}

module_event='"log": "warning", "flags": 1, "type": 3, "health-status": 3,
	"media-status": 7, "additional-status": 33, "life-used": 30,
	"temperature": -15, "dirty-shutdown-count": 4,
	"corrected-volatile-error-count": 3233,
	"corrected-persistent-error-count": 1300'
module_event=${module_event//$'\n'/ }

# QEMU's records have the length and the handle, and nothing of CXL 3.1 on.
common='"flags": 1, "record-length": 128, "related-handle": 0, "maint-op-class": 0'

stream_start --admin
inject cxl-inject-general-media-event '"log": "failure", "flags": 1, "dpa": 4099, "descriptor": 3, "type": 0, "transaction-type": 192, "channel": 3, "rank": 1, "device": 5, "component-id": "iel2"' >/dev/null
inject cxl-inject-dram-event '"log": "informational", "flags": 1, "dpa": 8192, "descriptor": 1, "type": 0, "transaction-type": 4, "channel": 2, "rank": 1, "nibble-mask": 64, "bank-group": 5, "bank": 2, "row": 13, "column": 7, "correction-mask": [33, 44, 55, 66]' >/dev/null
inject cxl-inject-memory-module-event "$module_event" >/dev/null
sleep 1
inject cxl-inject-poison '"start": 2048, "length": 256' >/dev/null
[ -e "$bus/$mem/trigger_poison_list" ] && echo 1 >"$bus/$mem/trigger_poison_list"
stream_stop 1.5

absent general-media || {
	event_is "general media: every field" general-media "{$common, \"log\": \"failure\",
		\"uuid\": \"fbcd0a77-c260-417f-85a9-088b1621eba6\", \"dpa\": 4096,
		\"dpa-flags\": 3, \"descriptor\": 3, \"memory-event-type\": 0,
		\"transaction-type\": 192, \"channel\": 3, \"rank\": 1,
		\"component-device\": 5, \"threshold-flags\": 0, \"sub-type\": 0,
		\"component-id\": \"69656c32000000000000000000000000\",
		\"corrected-errors\": 0}"
	check "general media: its node, and the raw record" sh -c "jq -se '.[] |
		select(.event.type == \"general-media\") | .node.id == $id and
		.event.node == $id and .event.device == \"$mem\" and
		(.event.raw | length) == 224 and .event.handle > 0' '$stream_file'"
}
absent dram || event_is "DRAM: every field" dram "{$common, \"log\": \"info\",
	\"uuid\": \"601dcbb3-9c06-4eab-b8af-4e9bfb5c9624\", \"dpa\": 8192,
	\"dpa-flags\": 0, \"descriptor\": 1, \"memory-event-type\": 0,
	\"transaction-type\": 4, \"channel\": 2, \"rank\": 1, \"nibble-mask\": 64,
	\"bank-group\": 5, \"bank\": 2, \"row\": 13, \"column\": 7,
	\"correction-mask\": \"$(for n in 33 44 55 66; do
		printf '%02x00000000000000' "$n"; done)\",
	\"threshold-flags\": 0, \"corrected-volatile\": 0, \"sub-type\": 0}"
absent memory-module || event_is "memory module: every field" memory-module "{$common,
	\"log\": \"warning\", \"uuid\": \"fe927475-dd59-4339-a586-79bab113b774\",
	\"module-event-type\": 3, \"health-status\": 3, \"media-status\": 7,
	\"additional-status\": 33, \"life-used\": 30, \"temperature\": -15,
	\"dirty-shutdowns\": 4, \"corrected-volatile-errors\": 3233,
	\"corrected-persistent-errors\": 1300, \"sub-type\": 0}"
# what QEMU injects it lists as found by the device itself
absent poison || event_is "poison: every field" poison '{"poison-op": "list",
	"poison-source": 2, "poison-flags": 0, "dpa": 2048, "length": 256}'

# More than the log holds while the guest is halted.
absent overflow || {
	stream_start
	for _ in $(seq 12); do
		inject_line cxl-inject-memory-module-event "$module_event"
	done | vmctl batch >/dev/null
	stream_stop 1.5
	check "overflow: the records that there was room for" sh -c \
		"[ $(events memory-module | jq length) -ge 8 ]"
	check "overflow: its node, log and times" sh -c "jq -se '.[] |
		select(.event.type == \"overflow\") | .event | .node == $id and
		.log == \"warning\" and .\"first-time\" > 0 and
		.\"last-time\" >= .\"first-time\"' '$stream_file'"
	equal "overflow: what is missing is counted" 12 \
		"$(($(events memory-module | jq length) +
		    $(events overflow | jq '[.[].event.count] | max // 0')))"
}

if has event-memory-module; then
	stream_start
	inject cxl-inject-memory-module-event "$module_event" >/dev/null
	inject cxl-inject-general-media-event '"log": "failure", "flags": 1, "dpa": 4096, "descriptor": 3, "type": 0, "transaction-type": 192' >/dev/null
	stream_stop 1.5
	check "K6: without privilege the event is notified" stream \
		'[.[] | select(.event.type == "memory-module")] | length == 1'
	check "K6: without privilege there is no address and no raw record" stream \
		'[.[] | select(.op == "event") | .event | (.dpa, .hpa, .length, .raw)
		 | select(. != null)] | length == 0'
	no_gap "K3: the sequence has no gap without privilege either"
fi

# Protocol errors: internal errors are masked in the device's AER capability.
absent aer || {
	pci=$(nodes ".[] | select(.name == \"$mem\") | .pci" | jq -r .)
	./aer_unmask.py "$pci"
	stream_start --admin
	inject cxl-inject-correctable-error '"type": "physical"' >/dev/null
	stream_stop 2
	if [ "$(events aer-correctable)" = "[]" ]; then
		skip "protocol errors" \
			"this kernel does not hand it on from QEMU; cxl_mock tests the rest"
	else
		event_is "correctable protocol error: every field" aer-correctable \
			"{\"status\": 64, \"pci\": \"$pci\"}"
		# last: the kernel resets the device for it
		stream_start --admin
		inject cxl-inject-uncorrectable-errors '"errors": [{"type": "cache-address-parity", "header": [3, 4]}, {"type": "cache-data-parity", "header": [5, 6]}]' >/dev/null
		stream_stop 3
		event_is "uncorrectable protocol errors: every field" aer-uncorrectable \
			"{\"status\": 3, \"first-error\": 2, \"pci\": \"$pci\",
			  \"header-log\": \"0300000004000000$(printf '0%.0s' {1..112})\"}"
		picture_is "K1: the picture is that of sysfs once the device was reset" 5
		check "the device has its driver, or gets it again" cxl_heal
		picture_is "K1: the picture is that of sysfs with its driver" 5
	fi
}

finish
