# SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
# shellcheck shell=bash
# What the tests of RDMA share; sourced after lib.sh. In the names of checks
# K1 to K7 are the points of the contract between kernel and userspace.

mock_control=/sys/kernel/debug/mock_ib/control

rdma_load() { load fabmon fabmon_rdma; }

mock_load() {
	modprobe ib_core && insmod "$FABMON_KMOD/mock_ib.ko" "$@"
}

# mock WORD...: see mock_ib.c. Linux has these numbers for the events.
mock() { echo "$*" >"$mock_control"; }
declare -A ib_event=([fatal]=8 [active]=9 [error]=10 [lid]=11 [pkey]=12 [sm]=13
	[reregister]=17 [gid]=18 [wq]=19 [speed]=20)
mock_event() { mock event "$1" "${ib_event[$2]}"; }

# node NAME: as fabmon shows it
node() { nodes ".[] | select(.name == \"$1\")"; }

# since: what `fresh` sees begins here
since() { since_line=$(wc -l <"$stream_file"); }

# fresh JQ-FILTER: over the array of what came since
fresh() { tail -n "+$((since_line + 1))" "$stream_file" | jq -sce "$1"; }

# one DESCRIPTION JQ-FILTER COMMAND...: COMMAND leads to one notification, which
# the filter is true of
one() {
	local text=$1 filter=$2

	shift 2
	since
	"$@"
	until_true 15 fresh 'length >= 1'
	sleep 0.2
	if fresh "length == 1 and (.[0] | $filter)" >"$work/one" 2>&1; then
		pass "$text"
	else
		fail "$text" "wanted: $filter" "$(fresh 'map(del(.changed))[]')"
	fi
}

# notified DESCRIPTION JQ-FILTER COMMAND...: COMMAND leads to a notification, among
# others, which the filter is true of
notified() {
	local text=$1 filter=$2

	shift 2
	since
	"$@"
	if until_true 15 fresh "any(.[]; $filter)"; then
		pass "$text"
	else
		fail "$text" "wanted: $filter" "$(fresh 'map(del(.changed))[]')"
	fi
}

# none DESCRIPTION COMMAND...: COMMAND leads to no notification
none() {
	local text=$1

	shift
	since
	"$@"
	sleep 0.4
	equal "$text" 0 "$(fresh length)"
}

# What holds for every stream, over the file NAME of one
stream_sound() {
	equal "K3: $2: no number is missing, none comes twice" true \
		"$(jq -sc '[.[].seq | select(. != null)] | . as $s |
			$s == [range($s[0] // 0; ($s[0] // 0) + length)]' "$1")"
	equal "K3: $2: no change without a difference" true \
		"$(jq -sc '[.[] | select(.op == "change")] | group_by(.node.id) |
			all([.[].node] | . as $n |
			all(range(1; length); $n[.] != $n[. - 1]))' "$1")"
}

# The oracles: what rdma(8) and sysfs say, in the shape of fabmon's JSON.

rdma_devs() {
	rdma -j dev show | jq -c 'map({name: .ifname, index: .ifindex,
		"node-type": .node_type, "node-guid": .node_guid,
		"sys-image-guid": .sys_image_guid, firmware: .fw}) | sort_by(.name)'
}

fabmon_devs() {
	nodes '[.[] | select(.kind == "rdma-dev") | {name} + (."rdma-dev" |
		{index, "node-type", "node-guid", "sys-image-guid", firmware})] |
		sort_by(.name)'
}

rdma_links() {
	rdma -j link show | jq -c 'map({name: "\(.ifname)/\(.port)",
		state: (.state | ascii_downcase),
		"phys-state": (.physical_state | ascii_downcase | gsub("_"; "-")),
		lid, "sm-lid": .sm_lid, lmc, "subnet-prefix": .subnet_prefix,
		ifname: .netdev, ifindex: .netdev_index}) | sort_by(.name)'
}

fabmon_links() {
	nodes '[.[] | select(.kind == "rdma-port") |
		([.edges[] | select(.type == "netdev")][0]) as $e | {name} +
		(."rdma-port" | {state, "phys-state", lid, "sm-lid", lmc,
		"subnet-prefix"}) + {ifname: $e.ifname, ifindex: $e.ifindex}] |
		sort_by(.name)'
}

# sysfs_gids DEVICE PORT
sysfs_gids() {
	local dir=/sys/class/infiniband/$1/ports/$2 file i type

	grep -v '^0000:0000:0000:0000:0000:0000:0000:0000$' "$dir"/gids/* |
	while IFS= read -r file; do
		i=${file##*/}
		i=${i%%:*}
		read -r type <"$dir/gid_attrs/types/$i"
		case $type in
		"RoCE v2") type=rocev2 ;;
		"IB/RoCE v1") type=ib ;;
		esac
		echo "{\"index\": $i, \"type\": \"$type\", \"value\": \"${file#*:}\"}"
	done | jq -sc 'sort_by(.index)'
}

# sysfs_pkeys DEVICE PORT: those in use
sysfs_pkeys() {
	local file value

	for file in "/sys/class/infiniband/$1/ports/$2"/pkeys/*; do
		read -r value <"$file"
		[ $((value & 0x7fff)) -eq 0 ] ||
			echo "{\"index\": ${file##*/}, \"value\": $((value))}"
	done | jq -sc 'sort_by(.index)'
}

# Compares all that rdma(8) and sysfs tell of a port with what fabmon does.
port_equal() {
	local dev=$1 port=$2

	equal "K1: $dev/$port: the GID table is that of sysfs" \
		"$(sysfs_gids "$dev" "$port")" \
		"$(node "$dev/$port" | jq -c '."rdma-port".gids | map(del(.ifindex))')"
	equal "K1: $dev/$port: the P_Key table is that of sysfs" \
		"$(sysfs_pkeys "$dev" "$port")" \
		"$(node "$dev/$port" | jq -c '."rdma-port".pkeys')"
}
