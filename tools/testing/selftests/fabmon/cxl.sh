#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# Every device on the CXL bus is a node, with cxl(1) and sysfs as the oracle.
# Any topology.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"
cxl_start

picture_is "K1: kind, name, parent, driver, PCI address, role and every edge are those of sysfs"
check "K1: what the picture shows of regions and decoders was read" has region-detail
mems='.[] | select(.kind == "cxl-memdev")'
equal "K1: memory devices as cxl(1) lists them" \
	"$(cxl list -M | jq -c '[.[] | [.memdev, .host]] | sort')" \
	"$(nodes "[$mems | [.name, .pci]] | sort")"
check "K1: each endpoint stands for a memory device" sh -c "fabmon show -j | jq -e '
	[.[] | select(.kind == \"cxl-memdev\") | .id] as \$mems |
	all(.[] | select(.kind == \"cxl-endpoint\");
	    any(.edges[]; .type == \"uport\" and (.node as \$n | \$mems | index(\$n) != null)))'"

# A second oracle, for what both tell.
equal "K1: ports and their downstream ports as cxl(1) lists them" \
	"$(cxl list -PT | jq -c '[.. | objects | select(.port != null) |
		[.port, ([.dports[]?.dport] | sort)]] | unique')" \
	"$(nodes '[.[] | select(.kind == "cxl-port") | [.name, ([.edges[] |
		select(.type == "dport") | .path | sub(".*/"; "")] | sort)]] | unique')"

check "K4: the provider counts its nodes" sh -c "fabmon info -j | jq -e '
	.providers[] | select(.name == \"cxl\") | .nodes > 0 and .added >= .nodes'"
check "K7: each absent capability has a reason" sh -c "fabmon info -j | jq -e '
	all(.absences[]; (.reason | length) > 0)'"

mem=$(cxl list -M | jq -r '.[0].memdev')
pci=$(cxl list -M | jq -r '.[0].host')
stream_start
echo "$mem" >/sys/bus/cxl/drivers/cxl_mem/unbind
sleep 0.5
echo "$mem" >/sys/bus/cxl/drivers/cxl_mem/bind
sleep 1.5
stream_stop
check "K3: unbinding is notified with its cause: the driver goes" stream "[.[] |
	select(.op == \"change\" and .node.name == \"$mem\")] | .[0] |
	.node.driver == null and (.cause | index(\"unbind\") != null)"
check "K3: binding is notified with its cause: the driver comes" stream "[.[] |
	select(.op == \"change\" and .node.name == \"$mem\")] | .[-1] |
	.node.driver == \"cxl_mem\" and (.cause | index(\"bind\") != null)"
check "K3: its endpoint goes and comes" stream '[.[] | select(.node.kind == "cxl-endpoint")
	| .op] | (index("delete") != null and index("add") != null)'

before=$(nodes "[$mems | .id] | sort")
stream_start
echo "$pci" >/sys/bus/pci/drivers/cxl_pci/unbind
sleep 0.5
echo "$pci" >/sys/bus/pci/drivers/cxl_pci/bind
until_true 15 sh -c "fabmon show -j | jq -e '[.[] | select(.pci == \"$pci\" and .kind == \"cxl-memdev\" and .driver == \"cxl_mem\")] | length == 1'"
stream_stop 1
check "K1: a rebound memory device is a new node with the same PCI address" \
	test "$before" != "$(nodes "[$mems | .id] | sort")"
no_gap "K3: the sequence has no gap"
picture_is "K1: the picture is that of sysfs again"

# There is no notification once all links are there.
sleep 3
stream_start
stream_stop 3
equal "K3: no notification where nothing changes" "0" \
	"$(grep -c '"op"' "$stream_file")"
finish
