#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Every device on the CXL bus is a node, with cxl(1) and sysfs as the oracle.
. "$(dirname "$0")/lib.sh"

load || { skip "all" "the modules do not load"; finish; }
cxl_modules || { skip "all" "no CXL here"; finish; }
until_true 20 test -e /sys/bus/cxl/devices/mem1
sleep 1

equal "the nodes are the devices of the bus" \
	"$(cd /sys/bus/cxl/devices && printf '%s\n' * | sort | paste -sd' ')" \
	"$(nodes '[.[] | select(.kind | startswith("cxl")) | .name] | sort[]' |
		jq -r . | sort | paste -sd' ')"

# The kind, the driver and the parent of each, as sysfs has them.
wrong=
while read -r name kind driver parent path; do
	dir=/sys/bus/cxl/devices/$name
	real=$(readlink -f "$dir")
	has=-
	[ -e "$dir/driver" ] && has=$(basename "$(readlink "$dir/driver")")
	[ "$has" = "$driver" ] || wrong="$wrong $name:driver=$driver/$has"
	[ "/sys$path" = "$real" ] || wrong="$wrong $name:path=$path"
	above=$(basename "$(dirname "$real")")
	[ -e "/sys/bus/cxl/devices/$above" ] || above=-
	[ "$above" = "$parent" ] || wrong="$wrong $name:parent=$parent/$above"
	type=$(sed -n 's/^DEVTYPE=//p' "$dir/uevent")
	case $type:$name in
	cxl_port:root*) want=cxl-root ;;
	cxl_port:endpoint*) want=cxl-endpoint ;;
	*) want=${type//_/-} ;;
	esac
	case $want in
	cxl-decoder-*) want=cxl-${want#cxl-decoder-}-decoder ;;
	esac
	[ "$want" = "$kind" ] || wrong="$wrong $name:kind=$kind/$want"
done < <(fabmon show -j | jq -r '(map({(.id | tostring): .name}) | add) as $names |
	.[] | select(.kind | startswith("cxl")) |
	[.name, .kind, .driver // "-", $names[.parent // 0 | tostring] // "-", .path] | join(" ")')
equal "kind, driver, parent and path are those of sysfs" "" "$wrong"

mems='.[] | select(.kind == "cxl-memdev")'
equal "memory devices as cxl(1) lists them" \
	"$(cxl list -M | jq -c '[.[] | [.memdev, .host]] | sort')" \
	"$(nodes "[$mems | [.name, .pci]] | sort")"
equal "the host bridge's downstream ports" \
	"$(for link in /sys/bus/cxl/devices/port1/dport*; do basename "$(readlink "$link")"; done | jq -cnR '[inputs] | sort')" \
	"$(nodes '[.[] | select(.name == "port1") | .edges[] | select(.type == "dport") | .pci] | sort')"
check "each endpoint stands for a memory device" sh -c "fabmon show -j | jq -e '
	[.[] | select(.kind == \"cxl-memdev\") | .id] as \$mems |
	all(.[] | select(.kind == \"cxl-endpoint\");
	    any(.edges[]; .type == \"uport\" and (.node as \$n | \$mems | index(\$n) != null)))'"

mem=$(cxl list -M | jq -r '.[0].memdev')
pci=$(cxl list -M | jq -r '.[0].host')
stream_start
echo "$mem" >/sys/bus/cxl/drivers/cxl_mem/unbind
sleep 0.5
echo "$mem" >/sys/bus/cxl/drivers/cxl_mem/bind
sleep 1.5
stream_stop
check "unbinding is told: the driver goes" stream "[.[] | select(.op == \"change\" and
	.node.name == \"$mem\") | .node.driver] | .[0] == null"
check "binding is told: the driver comes" stream "[.[] | select(.op == \"change\" and
	.node.name == \"$mem\") | .node.driver] | .[-1] == \"cxl_mem\""
check "its endpoint goes and comes" stream '[.[] | select(.node.kind == "cxl-endpoint")
	| .op] | (index("delete") != null and index("add") != null)'

before=$(nodes "[$mems | .id] | sort")
stream_start
echo "$pci" >/sys/bus/pci/drivers/cxl_pci/unbind
sleep 0.5
echo "$pci" >/sys/bus/pci/drivers/cxl_pci/bind
until_true 15 sh -c "fabmon show -j | jq -e '[.[] | select(.pci == \"$pci\" and .kind == \"cxl-memdev\" and .driver == \"cxl_mem\")] | length == 1'"
stream_stop 1
check "a rebound memory device is a new node with the same PCI address" \
	test "$before" != "$(nodes "[$mems | .id] | sort")"
check "the sequence has no gap" stream '[.[] | select(.seq != null) | .seq] |
	. as $s | length > 0 and . == [range($s[0]; $s[0] + length)]'
finish
