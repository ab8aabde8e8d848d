#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# What Redfish says of CXL, against what sysfs and cxl(1) say: switches in a
# row, regions over several devices, what becomes of their memory, devices
# without a driver.
# shellcheck disable=SC2154
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cxl_lib.sh"
. "$(dirname "$0")/daemon_lib.sh"
cxl_start
agent_setup

# tree_take: the tree as it is now, in $work/tree.json
tree_take() { tree_wanted >"$work/tree.json" && [ -s "$work/tree.json" ]; }

# tree JQ-CONDITION...: of all resources, by URI
tree() { jq -e "$1" "$work/tree.json"; }

# of TYPE: resources of a type
of() { jq -c "[.[] | select(.\"@odata.type\" // \"\" | startswith(\"#$1.v\"))]" "$work/tree.json"; }

valid() {
	if [ -f "${REDFISH_SCHEMAS:-}/validate.py" ]; then
		check "$1: it validates, no link dangles" \
			python3 "$REDFISH_SCHEMAS/validate.py" --links "$work/tree"
	else
		skip "$1: it validates" "no schemas: set REDFISH_SCHEMAS"
	fi
}

tree_take || { fail "the tree is dumped" "$(cat "$work/dump.log")"; finish; }
valid "all devices"

# ---- switches and links

equal "a Switch for each upstream port that CXL drives" \
	"$(nodes '.[] | select(.kind == "cxl-port" and ."cxl-port".role == "switch") | .name' |
		jq -sc sort)" \
	"$(of Switch | jq -c '[.[].Oem.Fabmon.KernelName] | sort')"
equal "as many HDM decoders as the kernel registered" \
	"$(for port in $(of Switch | jq -r 'sort_by(.Oem.Fabmon.KernelName)[].Oem.Fabmon.KernelName'); do
		find "$bus/$port/" -maxdepth 1 -name 'decoder[0-9]*' | wc -l
	done | jq -sc .)" \
	"$(of Switch | jq -c 'sort_by(.Oem.Fabmon.KernelName) | [.[].CXL.TotalHDMDecoders]')"
check "each CXL link is named at both ends" tree '. as $t |
	[.[] | select(.PortProtocol == "CXL") | .["@odata.id"] as $uri |
		.Links.ConnectedPorts[]?["@odata.id"] |
		{there: ., back: [$t[.].Links.ConnectedPorts[]?["@odata.id"]], $uri}] |
	length > 0 and all(.[]; .uri as $u | .back | index($u) != null)'
check "each device is plugged into something" tree '[.[] | select(.FabricType == "CXL" and
	(.["@odata.id"] | startswith("/redfish/v1/Chassis/")))
	| .Ports["@odata.id"] + "/1"] as $ports | . as $t |
	($ports | length) > 0 and all($ports[]; $t[.].Links.ConnectedPorts | length == 1)'
if [ -n "$(mem_of 0x2001)" ]; then
	check "a device behind two switches is an endpoint of both" tree '
		[.[] | select(.SwitchType == "CXL" and any(.Links.Endpoints[]?;
			.["@odata.id"] | endswith("cxl-0000000000002001")))] | length == 2'
	check "between switches there are interswitch ports, two" tree '
		[.[] | select(.PortType? == "InterswitchPort")] | length == 2'
fi

# ---- a device's speeds are those of sysfs

pci=$(basename "$(dirname "$(readlink -f "$bus/$(mem_of 0x1001)")")")
if [ "$pci" != / ] && [ -n "$(mem_of 0x1001)" ]; then
	device='.[] | select(.SerialNumber? == "0x0000000000001001" and .PCIeInterface?
		and .CXLDevice?)'
	equal "lanes of its link" "$(cat "/sys/bus/pci/devices/$pci/current_link_width")" \
		"$(tree "$device | .PCIeInterface.LanesInUse")"
	above=$(basename "$(dirname "$(readlink -f "/sys/bus/pci/devices/$pci")")")
	equal "lanes of its slot" "$(cat "/sys/bus/pci/devices/$above/max_link_width")" \
		"$(tree "$device | .Slot.Lanes")"
	equal "its PCIe errors are read when asked for" \
		"$(awk '$1 == "TOTAL_ERR_COR" { print $2 }' \
			"/sys/bus/pci/devices/$pci/aer_dev_correctable")" \
		"$(tree '.[] | select(.["@odata.id"] |
			endswith("/FabricAdapters/cxl-0000000000001001/Ports/1/Metrics")) |
			.PCIeErrors.CorrectableErrorCount')"
fi

# ---- regions

# region_says TEXT JQ: of the region's MemoryChunks
region_says() {
	equal "$1" "$3" "$(of MemoryChunks |
		jq -c ".[] | select(.Name == \"$region\") | $2")"
}

# region_tree TEXT ARGUMENT...: makes a region and compares it with cxl(1)
region_tree() {
	local text=$1 listed

	shift
	if ! region_make "$@"; then
		fail "$text: cxl(1) makes it" "$(cat "$work/err")"
		return 1
	fi
	sleep 1
	tree_take
	valid "$text"
	listed=$(cxl list -RT -r "$region")
	region_says "$text: where it is, in MiB" '[.AddressRangeOffsetMiB, .MemoryChunkSizeMiB]' \
		"$(jq -c '.[0] | [.resource, .size] | map(. / 1048576)' <<<"$listed")"
	region_says "$text: over which devices, in position order" \
		'[.InterleaveSets[].Memory["@odata.id"] | sub(".*/cxl-0*"; "") | sub("-.*"; "")]' \
		"$(for mem in $(jq -r '.[0].mappings | sort_by(.position)[].memdev' <<<"$listed"); do
			printf '"%x"\n' "$(cat "$bus/$mem/serial")"
		done | jq -sc .)"
	region_says "$text: at which of their addresses, in bytes" \
		'[.Oem.Fabmon.Targets[].DpaStart]' \
		"$(for d in $(jq -r '.[0].mappings | sort_by(.position)[].decoder' <<<"$listed"); do
			printf '"0x%x"\n' "$(cat "$bus/$d/dpa_resource")"
		done | jq -sc .)"
	check "$text: its decoders are committed" tree "[.. | objects |
		select(.KernelName? == \"$(jq -r '.[0].mappings[0].decoder' <<<"$listed")\")] |
		length == 1 and .[0].Committed and .[0].SizeBytes > 0"
}

echo offline >/sys/devices/system/memory/auto_online_blocks
modprobe -qa device_dax dax_cxl kmem
if [ ! -e "$bus/decoder0.0/create_ram_region" ]; then
	skip "volatile regions" "this kernel makes none"
elif [ -n "$(mem_of 0x1003)" ]; then
	region_tree "two ways" -d decoder0.0 -t ram -w 2 -s 512M \
		-m "$(mem_of 0x1001)" "$(mem_of 0x1003)" && region_destroy "$region"
	region_tree "four ways" -d decoder0.0 -t ram -w 4 -s 1G -m "$(mem_of 0x1001)" \
		"$(mem_of 0x1003)" "$(mem_of 0x1002)" "$(mem_of 0x1004)" &&
		made=1
elif region_tree "one way" -d decoder0.0 -t ram -m "$(mem_of 0x1234)" -s 256M; then
	made=1
fi

# ---- what becomes of its memory, live

# live_says JQ WANTED: the daemon says so of the region within five seconds
live_says() { [ "$(curl -sf "$AGENT$chunks" | jq -c "$1")" = "$2" ]; }
becomes() {
	if until_true 5 live_says "$2" "$3"; then
		pass "$1"
	else
		fail "$1" "wanted: $3" "got:    $(curl -sf "$AGENT$chunks" | jq -c "$2")"
	fi
}

dax=dax${region#region}.0
if [ -n "${made:-}" ] && ! [ -e "/sys/bus/dax/devices/$dax" ]; then
	skip "the region's memory" "no device-dax for CXL"
elif [ -n "${made:-}" ]; then
	chunks=$(of MemoryChunks | jq -r ".[] | select(.Name == \"$region\") | .[\"@odata.id\"]")
	state='[.Status.State, .Oem.Fabmon.Use, .Oem.Fabmon.OnlineBytes,
		.Oem.Fabmon.DaxDevices[0].Driver]'
	size=$(cxl list -R -r "$region" | jq '.[0].size')
	agent_start
	becomes "memory that is offline waits" "$state" \
		'["StandbyOffline","SystemMemory",0,"kmem"]'
	daxctl online-memory "$dax" >"$work/err" 2>&1
	becomes "memory that is online" "$state" \
		"[\"Enabled\",\"SystemMemory\",$size,\"kmem\"]"
	tree_take
	valid "online memory"
	daxctl reconfigure-device -f -m devdax "$dax" >"$work/err" 2>&1
	becomes "memory that is a character device" "$state" \
		'["Enabled","DeviceDax",null,"device_dax"]'
	region_destroy "$region"
	check "a region that is gone has no MemoryChunks" until_true 5 sh -c \
		"! curl -sf $AGENT$chunks"
	agent_stop
	tree_take
fi

# ---- without a driver

mem=$(basename "$(find "$bus" -maxdepth 1 -name 'mem*' | sort | tail -n 1)")
serial=$(printf '0x%016x' "$(cat "$bus/$mem/serial")")
before=$(jq -c 'keys' "$work/tree.json")
echo "$mem" >/sys/bus/cxl/drivers/cxl_mem/unbind
sleep 1
tree_take
valid "a device without a driver"
check "without a driver it is Disabled, and still itself" tree "[.[] | select(
	.SerialNumber? == \"$serial\" and .MemoryDeviceType?) | .Status.State] |
	length > 0 and all(.[]; . == \"Disabled\")"
cxl_bind "$mem"
until_true 20 cxl_settled
sleep 1
tree_take
equal "bound again, every URI is there again" "$before" "$(jq -c 'keys' "$work/tree.json")"
finish
