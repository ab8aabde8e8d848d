# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# What the tests of the CXL provider share; source lib.sh first.

bus=/sys/bus/cxl/devices

# cxl_start: modules and devices, or the test ends here
cxl_start() {
	load || { skip "all" "the modules do not load"; finish; }
	cxl_modules || { skip "all" "no CXL here"; finish; }
	# all memory devices that QEMU has, with a driver
	until_true 30 cxl_settled
	sleep 0.5
}

cxl_settled() {
	local functions mems

	functions=$(grep -lx 0x050210 /sys/bus/pci/devices/*/class | wc -l)
	mems=$(cd /sys/bus/cxl/drivers/cxl_mem && find . -name 'mem*' -type l | wc -l)
	[ "$mems" -gt 0 ] && [ "$mems" -eq "$functions" ]
}

# cxl_heal: binds what is without a driver. After a reset of the device the kernel
# tries once, and gives up with EBUSY where the old endpoint is not yet gone.
cxl_heal() {
	local mem

	for mem in "$bus"/mem*; do
		[ -e "$mem/driver" ] ||
			until_true 20 cxl_bind "${mem##*/}" || return
	done
}

cxl_bind() { echo "$1" >/sys/bus/cxl/drivers/cxl_mem/bind; }

# mem_of SERIAL: memN of the device with that serial number (0x1234)
mem_of() {
	cxl list -M | jq -r --argjson serial "$(($1))" \
		'.[] | select(.serial == $serial) | .memdev'
}

# node_id NAME
node_id() { nodes ".[] | select(.name == \"$1\") | .id"; }

capabilities() { fabmon info -j | jq -c .capabilities; }
has() { capabilities | jq -e "index(\"$1\") != null" >/dev/null; }

# events TYPE: the notifications of that type, as an array
events() { jq -sc "[.[] | select(.op == \"event\" and .event.type == \"$1\")]" "$stream_file"; }

# event_is TEXT TYPE WANTED: the first event of that type has exactly these
# attributes, besides who and when it was and the raw record
event_is() {
	equal "$1" "$(jq -cS . <<<"$3")" "$(events "$2" | jq -cS '.[0].event |
		if . == null then "no such event" else
		del(.type, .node, .device, .handle, .raw, ."record-time") end')"
}

no_gap() {
	check "$1" stream '[.[] | select(.seq != null) | .seq] |
		. as $s | length > 0 and . == [range($s[0]; $s[0] + length)]'
}

# region_make ARGUMENT...: cxl create-region; sets $region, or fails
region_make() {
	region=$(cxl create-region "$@" 2>"$work/err" | jq -r '.region // empty')
	[ -n "$region" ] && return
	cat "$work/err"
	return 1
}

region_destroy() {
	cxl disable-region "$1" >/dev/null 2>&1
	cxl destroy-region -f "$1" >/dev/null 2>&1
}

# picture_is TEXT: all nodes and edges are what sysfs has, within three seconds
picture_is() {
	if until_true "${2:-3}" picture_matches; then
		pass "$1"
	else
		fail "$1" "$(diff "$work/sysfs" "$work/nodes")"
	fi
}

picture_matches() {
	./cxl_sysfs.py >"$work/sysfs" &&
		fabmon show -j | ./cxl_sysfs.py --nodes >"$work/nodes" &&
		diff "$work/sysfs" "$work/nodes"
}
